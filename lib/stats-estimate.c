#include "stats.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

static double *
allocate(size_t n)
{
	double *memory = calloc(n, sizeof(*memory));

	if (memory == NULL)
		abort();
	return memory;
}

/*
 * How many k of 0 to n are such that P(Bin(n, p) <= k) is at most tail. The
 * relative 1e-12 is what the distribution may be off where it is met exactly.
 */
static size_t
count_below(size_t n, double p, double tail)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t k = lo + (hi - lo) / 2;

		if (gsl_cdf_binomial_P((unsigned)k, p, (unsigned)n) <=
		    tail * (1 + 1e-12))
			lo = k + 1;
		else
			hi = k;
	}
	return lo;
}

bool
stats_quantile_ranks(
    size_t n, double p, double level, size_t *lower, size_t *upper)
{
	double tail = (1 - level) / 2;
	size_t below, above;

	assert(n >= 1 && n < UINT32_MAX);
	assert(p > 0 && p < 1);
	assert(level > 0 && level < 1);
	below = count_below(n, p, tail);
	/* The upper end is the lower end for 1 - p, from the other side. */
	above = count_below(n, 1 - p, tail);
	if (below == 0 || above == 0)
		return false;
	*lower = below;
	*upper = n + 1 - above;
	return true;
}

bool
stats_quantile_interval(const double *sorted, size_t n, double p, double level,
    struct stats_interval *out)
{
	size_t lower, upper;

	if (!stats_quantile_ranks(n, p, level, &lower, &upper))
		return false;
	out->lo = sorted[lower - 1];
	out->hi = sorted[upper - 1];
	return true;
}

/* Quantile p of the replicates, between two of them by the normal's. */
static double
replicate_quantile(const double *sorted, size_t n, double p)
{
	double rank = (double)(n + 1) * p;
	double at, below, above;
	size_t k;

	if (rank < 1)
		return sorted[0];
	if (rank >= (double)n)
		return sorted[n - 1];
	k = (size_t)rank;
	if (rank == (double)k || sorted[k - 1] == sorted[k])
		return sorted[k - 1];
	at = stats_normal_quantile(p);
	below = stats_normal_quantile((double)k / (double)(n + 1));
	above = stats_normal_quantile((double)(k + 1) / (double)(n + 1));
	return sorted[k - 1] +
	       (at - below) / (above - below) * (sorted[k] - sorted[k - 1]);
}

/*
 * The share of the replicates below the estimate; those equal to it, but for
 * rounding, count half.
 */
static double
share_below(const double *replicates, size_t n, double estimate)
{
	double reach =
	    1e-12 * fmax(fabs(estimate),
			fmax(fabs(replicates[0]), fabs(replicates[n - 1])));
	double below = 0;

	for (size_t i = 0; i < n; i++)
		if (replicates[i] < estimate - reach)
			below += 1;
		else if (replicates[i] <= estimate + reach)
			below += 0.5;
	return below / (double)n;
}

bool
stats_bca(const double *replicates, size_t n, double estimate,
    double acceleration, double level, struct stats_interval *out)
{
	double ends[2], bias;

	assert(n >= 1);
	assert(level > 0 && level < 1);
	bias = stats_normal_quantile(share_below(replicates, n, estimate));
	if (isinf(bias))
		return false;
	for (size_t i = 0; i < 2; i++) {
		double tail = i ? (1 + level) / 2 : (1 - level) / 2;
		double z = bias + stats_normal_quantile(tail);
		double slope = 1 - acceleration * z;

		if (!(slope > 0))
			return false;
		ends[i] = replicate_quantile(
		    replicates, n, 0.5 * erfc(-(bias + z / slope) * M_SQRT1_2));
	}
	out->lo = ends[0];
	out->hi = ends[1];
	return true;
}

/* The third moment about the mean over the standard deviation's cube. */
static double
skewness(const double *x, size_t n, double mean)
{
	double *cubes = allocate(n), *squares = allocate(n);
	double scale = fmax(fabs(x[0] - mean), fabs(x[n - 1] - mean));
	double square, cube;

	for (size_t i = 0; i < n; i++) {
		double deviation = (x[i] - mean) / scale;

		squares[i] = deviation * deviation;
		cubes[i] = squares[i] * deviation;
	}
	square = stats_sum(squares, n) / (double)n;
	cube = stats_sum(cubes, n) / (double)n;
	free(squares);
	free(cubes);
	return cube / (square * sqrt(square));
}

/*
 * The mean of n values drawn from x[0..n-1], with the numbers of rng two at a
 * time: 32 bits, times n, over 2^32, are off from uniform by n / 2^32.
 */
static double
resampled_mean(const double *x, size_t n, struct rng *rng)
{
	double sum = 0;
	size_t i = 0;

	while (i < n) {
		uint64_t bits = rng_next(rng);

		sum += x[(bits & UINT32_MAX) * n >> 32] - x[0];
		if (++i == n)
			break;
		sum += x[(bits >> 32) * n >> 32] - x[0];
		i++;
	}
	return x[0] + sum / (double)n;
}

bool
stats_mean_interval(const double *sorted, size_t n, double level,
    size_t resamples, struct rng *rng, struct stats_interval *out)
{
	double mean = stats_mean(sorted, n), skew;
	double *replicates;
	bool done;

	assert(level > 0 && level < 1);
	assert(sorted[0] <= sorted[n - 1]);
	if (n < STATS_RESAMPLE_LEAST)
		return false;
	if (sorted[0] == sorted[n - 1]) {
		*out = (struct stats_interval){mean, mean};
		return true;
	}
	skew = skewness(sorted, n, mean);
	if (n > STATS_RESAMPLE_MOST) {
		double z = stats_normal_quantile((1 + level) / 2);
		double error = stats_stddev(sorted, n) / sqrt((double)n);
		double shift = skew * (2 * z * z + 1) / (6 * sqrt((double)n));

		out->lo = mean + error * (shift - z);
		out->hi = mean + error * (shift + z);
		return true;
	}
	if (resamples == 0)
		return false;
	replicates = allocate(resamples);
	for (size_t i = 0; i < resamples; i++)
		replicates[i] = resampled_mean(sorted, n, rng);
	stats_sort(replicates, resamples);
	done = stats_bca(replicates, resamples, mean,
	    skew / (6 * sqrt((double)n)), level, out);
	free(replicates);
	return done;
}

struct stats_interval
stats_wilson(double successes, double n, double level)
{
	double z, share, center, half, grown;

	assert(n >= 1 && successes >= 0 && successes <= n);
	assert(level > 0 && level < 1);
	z = stats_normal_quantile((1 + level) / 2);
	share = successes / n;
	grown = 1 + z * z / n;
	center = (share + z * z / (2 * n)) / grown;
	half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / grown;
	return (struct stats_interval){
	    successes == 0 ? 0 : center - half,
	    successes == n ? 1 : center + half,
	};
}

struct stats_interval
stats_newcombe(double k, double n, double l, double m, double level)
{
	struct stats_interval a = stats_wilson(k, n, level);
	struct stats_interval b = stats_wilson(l, m, level);
	double x = k / n, y = l / m;

	return (struct stats_interval){
	    x - y - hypot(x - a.lo, b.hi - y),
	    x - y + hypot(a.hi - x, y - b.lo),
	};
}

/* By bisection: GSL's own inverse does not converge for every share. */
static double
beta_quantile(double p, double a, double b)
{
	double lo = 0, hi = 1;

	for (double x = 0.5; lo < x && x < hi; x = lo + (hi - lo) / 2)
		if (gsl_cdf_beta_P(x, a, b) < p)
			lo = x;
		else
			hi = x;
	return hi;
}

struct stats_interval
stats_clopper_pearson(double successes, double n, double level)
{
	double failures = n - successes, tail = (1 - level) / 2;

	assert(n > 0 && successes >= 0 && failures >= 0);
	assert(level > 0 && level < 1);
	return (struct stats_interval){
	    successes > 0 ? beta_quantile(tail, successes, failures + 1) : 0,
	    failures > 0 ? beta_quantile(1 - tail, successes + 1, failures) : 1,
	};
}

/* How many of the pairs of ascending values lie at most reach apart. */
static size_t
count_near(const double *sorted, size_t n, double reach)
{
	size_t count = 0;

	for (size_t i = 0, j = 0; j < n; j++) {
		while (sorted[j] - sorted[i] > reach)
			i++;
		count += j - i;
	}
	return count;
}

/* Doubles of 0 and more are in the order of their bits. */
static double
from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint64_t
to_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* What makes Qn that of a normal, on the average of small samples too. */
static double
qn_factor(size_t n)
{
	static const double small[] = {
	    0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872};
	double count = (double)n;
	double consistent = 1 / (M_SQRT2 * stats_normal_quantile(5.0 / 8));

	if (n <= 9)
		return consistent * small[n - 2];
	return consistent * count / (count + (n % 2 ? 1.4 : 3.8));
}

/*
 * The distance of this rank, from 1, among those of more than `least` and at
 * most `most`, of which there are n_near.
 */
static double
select_near(const double *sorted, size_t n, double least, double most,
    size_t n_near, size_t rank)
{
	double *near = allocate(n_near), distance;
	size_t count = 0;

	for (size_t first = 0, last = 0, j = 0; j < n; j++) {
		while (sorted[j] - sorted[first] > most)
			first++;
		while (last < j && sorted[j] - sorted[last] > least)
			last++;
		for (size_t i = first; i < last; i++)
			near[count++] = sorted[j] - sorted[i];
	}
	assert(count == n_near);
	stats_sort(near, count);
	distance = near[rank - 1];
	free(near);
	return distance;
}

double
stats_qn(const double *sorted, size_t n)
{
	size_t half = n / 2 + 1, rank = half * (half - 1) / 2;
	size_t below = 0, at_most = n * (n - 1) / 2;
	uint64_t lo = 0, hi;

	assert(n >= 1);
	assert(sorted[0] <= sorted[n - 1]);
	if (n == 1)
		return NAN;
	hi = to_bits(sorted[n - 1] - sorted[0]);
	/* Bisects until there are few enough to look at each. */
	while (lo < hi && at_most - below > n) {
		uint64_t middle = lo + (hi - lo) / 2;
		size_t count = count_near(sorted, n, from_bits(middle));

		if (count >= rank) {
			hi = middle;
			at_most = count;
		} else {
			lo = middle + 1;
			below = count;
		}
	}
	if (lo < hi)
		hi = to_bits(select_near(sorted, n, lo ? from_bits(lo - 1) : -1,
		    from_bits(hi), at_most - below, rank - below));
	return qn_factor(n) * from_bits(hi);
}

struct stats_ties
stats_ties(const double *sorted, size_t n)
{
	struct stats_ties ties = {0, NAN};
	size_t tied = 0;

	assert(n >= 1);
	for (size_t i = 0; i < n; i++) {
		bool before = i > 0 && sorted[i - 1] == sorted[i];
		bool after = i + 1 < n && sorted[i + 1] == sorted[i];

		tied += before || after;
		if (i > 0 && !before)
			ties.step = fmin(ties.step, sorted[i] - sorted[i - 1]);
	}
	ties.share = (double)tied / (double)n;
	return ties;
}

bool
stats_drift(const double *x, size_t n, struct stats_drift *out)
{
	size_t third = n / 3;
	const double *last = x + n - third;

	if (third < STATS_DRIFT_THIRD)
		return false;
	out->shift = stats_hodges_lehmann(last, third, x, third);
	out->p = fmin(1, 2 * fmin(stats_mann_whitney(last, third, x, third),
				 stats_mann_whitney(x, third, last, third)));
	return true;
}

bool
stats_lag1_shows(double r1, double n)
{
	return n >= STATS_BLOCK_MIN &&
	       r1 * sqrt(n) > stats_normal_quantile(0.99);
}
