#include "stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A p-value and where it came from. */
struct ranked_p {
	double p;
	size_t index;
};

static int
compare_ranked_p(const void *a, const void *b)
{
	const struct ranked_p *x = a, *y = b;

	return (x->p > y->p) - (x->p < y->p);
}

/* Ascending; the caller frees it. Requires: n >= 1. */
static struct ranked_p *
ranked(const double *p, size_t n)
{
	struct ranked_p *list = calloc(n, sizeof(*list));

	if (list == NULL)
		abort();
	for (size_t i = 0; i < n; i++) {
		assert(p[i] >= 0 && p[i] <= 1);
		list[i] = (struct ranked_p){p[i], i};
	}
	qsort(list, n, sizeof(*list), compare_ranked_p);
	return list;
}

/* The step-up procedure, with each rate `factor` times that of independence. */
static void
step_up(const double *p, size_t n, double factor, double *q)
{
	struct ranked_p *list;
	double least = 1;

	if (n == 0)
		return;
	list = ranked(p, n);
	for (size_t rank = n; rank > 0; rank--) {
		double rate =
		    factor * ((double)n / (double)rank * list[rank - 1].p);

		least = fmin(least, rate);
		q[list[rank - 1].index] = least;
	}
	free(list);
}

/* 1 + 1/2 + ... + 1/n. */
static double
harmonic(size_t n)
{
	double sum = 0;

	/* The small ones first: they add up before they are lost. */
	for (size_t i = n; i > 0; i--)
		sum += 1 / (double)i;
	return sum;
}

static void
holm(const double *p, size_t n, double *q)
{
	struct ranked_p *list;
	double most = 0;

	if (n == 0)
		return;
	list = ranked(p, n);
	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fmin(1, (double)(n - i) * list[i].p));
		q[list[i].index] = most;
	}
	free(list);
}

void
stats_correct(
    enum stats_correction correction, const double *p, size_t n, double *q)
{
	switch (correction) {
	case STATS_BENJAMINI_HOCHBERG:
		step_up(p, n, 1, q);
		break;
	case STATS_BENJAMINI_YEKUTIELI:
		step_up(p, n, harmonic(n), q);
		break;
	case STATS_HOLM:
		holm(p, n, q);
		break;
	case STATS_UNCORRECTED:
		for (size_t i = 0; i < n; i++)
			q[i] = p[i];
		break;
	}
}

double
stats_lone_p(enum stats_correction correction, double alpha, size_t n)
{
	assert(n >= 1);
	switch (correction) {
	case STATS_BENJAMINI_HOCHBERG:
	case STATS_HOLM:
		return alpha / (double)n;
	case STATS_BENJAMINI_YEKUTIELI:
		return alpha / ((double)n * harmonic(n));
	case STATS_UNCORRECTED:
		break;
	}
	return alpha;
}
