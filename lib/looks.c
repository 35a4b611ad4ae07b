/* The looks of an adaptive comparison. */
#include "looks.h"

#include <assert.h>

/* Fewer than 15 rounds cannot reject after correction for many metrics. */
const unsigned looks_rounds[LOOKS] = {15, 25, 40};

/* What all looks up to one of them may spend of alpha. */
static double
spent(size_t look)
{
	double t = (double)looks_rounds[look] / looks_rounds[LOOKS - 1];

	return t * t;
}

struct looks
looks_single(size_t n)
{
	return (struct looks){.n = 1, .values = {n}, .share = {1}};
}

struct looks
looks_at(const double *rounds, size_t n)
{
	struct looks looks = {0};
	size_t k, i = 0;

	assert(n >= 1);
	do {
		k = looks.n++;
		while (
		    i < n && (k == LOOKS - 1 || rounds[i] <= looks_rounds[k]))
			i++;
		looks.values[k] = i;
		looks.share[k] = spent(k) - (k ? spent(k - 1) : 0);
	} while (i < n);
	return looks;
}

double
looks_share(const struct looks *looks)
{
	assert(looks->n);
	return looks->share[looks->n - 1];
}

double
looks_p(const struct looks *looks, const double *x,
    double (*test)(const double *x, size_t n), size_t *shown)
{
	double least = 1;

	if (shown)
		*shown = 0;
	for (size_t k = 0; k < looks->n; k++) {
		double p = looks->values[k] ? test(x, looks->values[k]) : 1;

		if (p / looks->share[k] >= least)
			continue;
		least = p / looks->share[k];
		if (shown)
			*shown = looks->values[k];
	}
	return least;
}
