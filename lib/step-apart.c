/*
 * Values that lie so far apart that nobody needs ranks to tell them apart: of
 * ten or twenty points ranks show no step well, however large it is.
 */
#include "step.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/*
 * Two groups of n values are apart where the gap between them is as wide as
 * GAP of either, or GAP_N / n: few values that depend on those before fall
 * apart easily. A tenth of a group, one value at least, may be further out.
 * Chosen by simulations of the noises of test/evaluate-trend.
 */
static const double GAP = 0.7, GAP_N = 15;
enum {
	OUTSIDE = 10
};

/* More runs than a point of so many has is noise that lasts for some points. */
enum {
	RUN = 8
};

static double
log_choose(size_t n, size_t k)
{
	return lgamma((double)n + 1) - lgamma((double)k + 1) -
	       lgamma((double)(n - k) + 1);
}

/* How many orders of n values have k runs, over how many groups make them. */
static double
orders(size_t n, size_t k, double all)
{
	return k < 1 || k > n ? 0 : exp(log_choose(n - 1, k - 1) - all / 2);
}

double
step_runs_p(size_t old, size_t new, size_t runs)
{
	double all = log_choose(old + new, old), p = 0;

	assert(old >= 1 && new >= 1 && runs >= 2);
	for (size_t k = 2; k <= runs && k <= old + new; k++) {
		size_t half = k / 2, more = k - half;

		p += orders(old, half, all) * orders(new, more, all) +
		     orders(old, more, all) * orders(new, half, all);
	}
	return fmin(1, p);
}

/* How wide sorted[0..n-1] is from its first value on, but for the last ones. */
static double
width(const double *sorted, size_t n, int direction)
{
	size_t inner = n - (n + OUTSIDE - 1) / OUTSIDE - 1;

	return direction > 0 ? sorted[inner] - sorted[0]
			     : sorted[n - 1] - sorted[n - 1 - inner];
}

/* The least value of the upper group, or NAN where there are no two. */
static double
upper_group(const double *x, size_t n, size_t least)
{
	double *sorted = mem_alloc(n * sizeof *sorted), gap = 0;
	double bound = (double)NAN, widest;
	size_t k = 0;

	memcpy(sorted, x, n * sizeof *sorted);
	stats_sort(sorted, n);
	for (size_t i = least; i + least <= n; i++)
		if (sorted[i] - sorted[i - 1] > gap) {
			gap = sorted[i] - sorted[i - 1];
			k = i;
		}
	if (k > 0) {
		widest =
		    fmax(width(sorted, k, -1), width(sorted + k, n - k, 1));
		if (gap >= fmax(GAP, GAP_N / (double)n) * widest)
			bound = sorted[k];
	}
	free(sorted);
	return bound;
}

double
step_apart(const double *x, size_t n, size_t least, size_t *at)
{
	double bound = upper_group(x, n, least), best = -1;
	size_t runs = 1, high = 0, seen = 0;

	*at = least;
	if (isnan(bound))
		return 1;
	for (size_t i = 0; i < n; i++)
		high += x[i] >= bound;
	for (size_t i = 1; i < n; i++) {
		double before, after;

		seen += x[i - 1] >= bound;
		if ((x[i] >= bound) == (x[i - 1] >= bound))
			continue;
		runs++;
		before = (double)seen / (double)i;
		after = (double)(high - seen) / (double)(n - i);
		if (i < least || i + least > n || fabs(after - before) <= best)
			continue;
		best = fabs(after - before);
		*at = i;
	}
	if (best < 0 || (runs > 2 && RUN * runs > n))
		return 1;
	return step_runs_p(n - high, high, runs);
}
