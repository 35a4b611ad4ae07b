#include "stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A running sum and the rounding errors that it has left out. */
struct sum {
	double total;
	double lost;
};

static void
sum_add(struct sum *sum, double x)
{
	double total = sum->total + x;

	if (fabs(sum->total) >= fabs(x))
		sum->lost += (sum->total - total) + x;
	else
		sum->lost += (x - total) + sum->total;
	sum->total = total;
}

static double
sum_value(const struct sum *sum)
{
	return sum->total + sum->lost;
}

/* A mean that rounding has put outside the values is put back. */
static double
clamp_to_range(double mean, const double *x, size_t n)
{
	double lo = x[0], hi = x[0];

	for (size_t i = 1; i < n; i++) {
		lo = fmin(lo, x[i]);
		hi = fmax(hi, x[i]);
	}
	return fmin(fmax(mean, lo), hi);
}

/* The largest distance from mean: 0 only where all values are equal to it. */
static double
largest_deviation(const double *x, size_t n, double mean)
{
	double largest = 0;

	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i] - mean));
	return largest;
}

static void
assert_sorted_sample(const double *sorted, size_t n)
{
	assert(n >= 1);
	/* The ends only, as this is called often; false for a NAN too. */
	assert(sorted[0] <= sorted[n - 1]);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
stats_sort(double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert(!isnan(x[i]));
	if (n > 1)
		qsort(x, n, sizeof(*x), compare_doubles);
}

double
stats_sum(const double *x, size_t n)
{
	struct sum sum = {0};

	for (size_t i = 0; i < n; i++)
		sum_add(&sum, x[i]);
	return sum_value(&sum);
}

double
stats_mean(const double *x, size_t n)
{
	assert(n >= 1);
	return clamp_to_range(stats_sum(x, n) / (double)n, x, n);
}

double
stats_stddev(const double *x, size_t n)
{
	struct sum squares = {0}, rest = {0};
	double mean = stats_mean(x, n);
	double scale = largest_deviation(x, n, mean);
	double variance;

	if (n == 1)
		return NAN;
	if (scale == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		double deviation = (x[i] - mean) / scale;

		sum_add(&squares, deviation * deviation);
		sum_add(&rest, deviation);
	}
	/* The deviations from a rounded mean do not quite add up to 0. */
	variance = sum_value(&squares);
	variance -= sum_value(&rest) * sum_value(&rest) / (double)n;
	return scale * sqrt(variance / (double)(n - 1));
}

double
stats_geometric_mean(const double *x, size_t n)
{
	struct sum logs = {0};

	assert(n >= 1);
	for (size_t i = 0; i < n; i++) {
		if (!(x[i] > 0))
			return NAN;
		sum_add(&logs, log(x[i]));
	}
	return clamp_to_range(exp(sum_value(&logs) / (double)n), x, n);
}

double
stats_quantile(const double *sorted, size_t n, double p)
{
	double position, fraction, below, above;
	size_t rank;

	assert_sorted_sample(sorted, n);
	assert(p >= 0 && p <= 1);
	position = (double)(n - 1) * p;
	rank = (size_t)position;
	fraction = position - (double)rank;
	below = sorted[rank];
	above = sorted[rank + 1 < n ? rank + 1 : rank];
	/* Interpolation between equals would round. */
	if (below == above)
		return below;
	return (1 - fraction) * below + fraction * above;
}

double
stats_median(const double *sorted, size_t n)
{
	return stats_quantile(sorted, n, 0.5);
}

double
stats_mad(const double *sorted, size_t n)
{
	double median = stats_median(sorted, n);
	/* Not above it, and not yet passed; above it, the next. */
	size_t below = n - n / 2, above = below;
	double last = 0, middle = 0;

	/* Outwards from the median: deviations in ascending order. */
	for (size_t i = 0; i <= n / 2; i++) {
		double down = below > 0 ? median - sorted[below - 1] : INFINITY;
		double up = above < n ? sorted[above] - median : INFINITY;

		last = middle;
		middle = fmin(down, up);
		if (down <= up)
			below--;
		else
			above++;
	}
	return n % 2 ? middle : last / 2 + middle / 2;
}

bool
stats_median_interval(
    const double *sorted, size_t n, double level, struct stats_interval *out)
{
	double count = (double)n;
	double k, mass, tail = 0;
	size_t rank = 0;

	assert_sorted_sample(sorted, n);
	assert(level > 0 && level < 1);
	if (n < 1000) {
		k = 0;
		mass = ldexp(1, -(int)n);
	} else {
		/* 2^-n is no double. Below 30 deviations lies under 1e-190. */
		k = floor(count / 2 - 15 * sqrt(count));
		mass = exp(lgamma(count + 1) - lgamma(k + 1) -
			   lgamma(count - k + 1) - count * M_LN2);
	}
	/* [x(rank), x(n+1-rank)] misses the median with P(Bin < rank) twice. */
	for (;; k++) {
		tail += mass;
		if (1 - 2 * tail < level)
			break;
		rank = (size_t)k + 1;
		mass *= (count - k) / (k + 1);
	}
	if (rank == 0)
		return false;
	out->lo = sorted[rank - 1];
	out->hi = sorted[n - rank];
	return true;
}

struct stats_outliers
stats_outliers(const double *sorted, size_t n)
{
	double q1 = stats_quantile(sorted, n, 0.25);
	double q3 = stats_quantile(sorted, n, 0.75);
	double iqr = q3 - q1;
	struct stats_outliers count = {0};

	for (size_t i = 0; i < n; i++) {
		double beyond = fmax(q1 - sorted[i], sorted[i] - q3);

		if (beyond > 3 * iqr)
			count.severe++;
		else if (beyond > 1.5 * iqr)
			count.mild++;
	}
	return count;
}

double
stats_lag1(const double *x, size_t n)
{
	struct sum products = {0}, squares = {0};
	double mean, scale, last;

	if (n < 3)
		return NAN;
	mean = stats_mean(x, n);
	scale = largest_deviation(x, n, mean);
	if (scale == 0)
		return NAN;
	last = 0;
	for (size_t i = 0; i < n; i++) {
		double deviation = (x[i] - mean) / scale;

		sum_add(&products, last * deviation);
		sum_add(&squares, deviation * deviation);
		last = deviation;
	}
	return sum_value(&products) / sum_value(&squares);
}

double
stats_block_se(const double *x, size_t n)
{
	double means[STATS_BLOCKS];

	if (n < STATS_BLOCK_MIN)
		return NAN;
	for (size_t i = 0; i < STATS_BLOCKS; i++) {
		size_t start = i * n / STATS_BLOCKS;
		size_t end = (i + 1) * n / STATS_BLOCKS;

		means[i] = stats_mean(x + start, end - start);
	}
	return stats_stddev(means, STATS_BLOCKS) / sqrt(STATS_BLOCKS);
}
