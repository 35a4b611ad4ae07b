#include "stats.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One value of two samples that are ranked together. */
struct pooled {
	double value;
	bool of_x;
};

/* A p-value and where it came from. */
struct ranked_p {
	double p;
	size_t index;
};

static void *
allocate(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (memory == NULL)
		abort();
	return memory;
}

static double *
sorted_copy(const double *x, size_t n)
{
	double *copy = allocate(n, sizeof(*copy));

	memcpy(copy, x, n * sizeof(*copy));
	stats_sort(copy, n);
	return copy;
}

static int
compare_pooled(const void *a, const void *b)
{
	const struct pooled *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static int
compare_ranked_p(const void *a, const void *b)
{
	const struct ranked_p *x = a, *y = b;

	return (x->p > y->p) - (x->p < y->p);
}

/* n over m, exact below 2^53; INFINITY beyond the range of a double. */
static double
choose(size_t n, size_t m)
{
	double ways = 1;

	if (m > n - m)
		m = n - m;
	for (size_t i = 1; i <= m && !isinf(ways); i++)
		ways = ways * (double)(n - m + i) / (double)i;
	return ways;
}

static double
normal_upper(double z)
{
	return erfc(z * M_SQRT1_2) / 2;
}

/*
 * In how many ways m of the ascending score[0..n-1] can be drawn, by their
 * sum: element t counts the sums of t more than the smallest, for
 * 0 <= t <= reach. The caller frees it.
 *
 * The shift algorithm: ways[j][t] counts the draws of j among the scores seen
 * so far. The next score turns a draw of j - 1 into one of j whose excess is
 * greater by what that score exceeds the j-th smallest.
 */
static double *
count_sums(const size_t *score, size_t n, size_t m, size_t reach)
{
	size_t width = reach + 1;
	double *ways = allocate((m + 1) * width, sizeof(*ways));
	size_t *below = allocate(n + 1, sizeof(*below));

	for (size_t i = 0; i < n; i++)
		below[i + 1] = below[i] + score[i];
	ways[0] = 1;
	for (size_t i = 0; i < n; i++) {
		/* Fewer than this cannot become m any more. */
		size_t fewest = m > n - 1 - i ? m - (n - 1 - i) : 1;

		for (size_t j = i < m ? i + 1 : m; j >= fewest; j--) {
			size_t shift = score[i] - score[j - 1];
			size_t most =
			    below[i] - below[i - j + 1] - below[j - 1];
			double *from = ways + (j - 1) * width;
			double *to = ways + j * width + shift;

			if (shift > reach)
				continue;
			if (most > reach - shift)
				most = reach - shift;
			for (size_t t = 0; t <= most; t++)
				to[t] += from[t];
		}
	}
	memmove(ways, ways + m * width, width * sizeof(*ways));
	free(below);
	return ways;
}

/* Turn scores around: the largest becomes the smallest, ascending still. */
static void
reflect(size_t *score, size_t n)
{
	size_t ends = score[0] + score[n - 1];

	for (size_t i = 0; i < n - 1 - i; i++) {
		size_t first = score[i];

		score[i] = ends - score[n - 1 - i];
		score[n - 1 - i] = ends - first;
	}
	if (n % 2)
		score[n / 2] = ends - score[n / 2];
}

/* P(the sum of m drawn from score[0..n-1] <= sum), from the thinner tail. */
static double
draw_at_most(size_t *score, size_t n, size_t m, size_t sum)
{
	size_t least = 0, total = 0;
	size_t ends = score[0] + score[n - 1];
	double *ways, p;

	for (size_t i = 0; i < n; i++)
		total += score[i];
	if (sum * n >= m * total) {
		if (sum >= m * ends)
			return 1;
		reflect(score, n);
		return 1 - draw_at_most(score, n, m, m * ends - sum - 1);
	}
	for (size_t i = 0; i < m; i++)
		least += score[i];
	if (sum < least)
		return 0;
	ways = count_sums(score, n, m, sum - least);
	p = stats_sum(ways, sum - least + 1) / choose(n, m);
	free(ways);
	return p;
}
