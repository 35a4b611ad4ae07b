#include "stats.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One value of two samples that are ranked together, or the size of one. */
struct pooled {
	double value;
	bool of_x; /* of a size: it is that of a positive value */
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

/* n over m; exact while n times it is below 2^53, INFINITY beyond doubles. */
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
		/* Scores start at 1, so that sum < m * ends. */
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

/*
 * Sort and rank what is pooled: score[] gets the mid-ranks in ascending order,
 * doubled if any tie, so that they are whole. Returns the sum of x's scores;
 * *ties gets the sum of t^3 - t over groups of t equal values.
 */
static size_t
rank_pooled(struct pooled *pooled, size_t n, size_t *score, double *ties)
{
	size_t sum = 0, end;

	qsort(pooled, n, sizeof(*pooled), compare_pooled);

	*ties = 0;
	for (size_t start = 0; start < n; start = end) {
		double tied;

		assert(!isnan(pooled[start].value));
		end = start + 1;
		while (end < n && pooled[end].value == pooled[start].value)
			end++;
		tied = (double)(end - start);
		*ties += tied * tied * tied - tied;
		/* The mean of the ranks start+1 to end, doubled. */
		for (size_t i = start; i < end; i++)
			score[i] = start + 1 + end;
	}
	for (size_t i = 0; i < n; i++) {
		if (*ties == 0)
			score[i] /= 2;
		if (pooled[i].of_x)
			sum += score[i];
	}
	return sum;
}

double
stats_mann_whitney(const double *x, size_t nx, const double *y, size_t ny)
{
	size_t n = nx + ny;
	struct pooled *pooled;
	size_t *score, sum_x;
	double ties, p;

	assert(nx >= 1 && ny >= 1);
	pooled = allocate(n, sizeof(*pooled));
	for (size_t i = 0; i < nx; i++)
		pooled[i] = (struct pooled){x[i], true};
	for (size_t i = 0; i < ny; i++)
		pooled[nx + i] = (struct pooled){y[i], false};
	score = allocate(n, sizeof(*score));
	sum_x = rank_pooled(pooled, n, score, &ties);
	free(pooled);
	if (score[0] == score[n - 1]) {
		p = 1;
	} else if (nx > STATS_EXACT_PAIRS / ny) {
		double pairs = (double)nx * (double)ny, count = (double)n;
		double rank_sum = (double)sum_x / (ties > 0 ? 2 : 1);
		double u = rank_sum - (double)nx * (double)(nx + 1) / 2;
		double variance =
		    pairs / 12 * (count + 1 - ties / (count * (count - 1)));

		p = normal_upper((u - pairs / 2 - 0.5) / sqrt(variance));
	} else if (nx < ny) {
		size_t ends = score[0] + score[n - 1];

		reflect(score, n);
		p = draw_at_most(score, n, nx, nx * ends - sum_x);
	} else {
		size_t total = 0;

		for (size_t i = 0; i < n; i++)
			total += score[i];
		p = draw_at_most(score, n, ny, total - sum_x);
	}
	free(score);
	return p;
}

double
stats_mann_whitney_min_p(size_t nx, size_t ny)
{
	assert(nx >= 1 && ny >= 1);
	return 1 / choose(nx + ny, nx);
}

/*
 * Doubles as integers in the same order, so that bisection ends at a double:
 * negative ones have all bits turned, the others their sign.
 */
static uint64_t
order_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double
double_of(uint64_t order)
{
	uint64_t bits = order >> 63 ? order ^ UINT64_C(1) << 63 : ~order;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/*
 * The difference x[i] - y[j] of this rank (from 1, ascending), x and y
 * sorted. Bisects over the doubles, 64 times at most, so that neither time
 * nor memory grows with nx * ny.
 */
static double
difference_of_rank(
    const double *x, size_t nx, const double *y, size_t ny, size_t rank)
{
	uint64_t lo = order_of(x[0] - y[ny - 1]);
	uint64_t hi = order_of(x[nx - 1] - y[0]);

	while (lo < hi) {
		uint64_t middle = lo + (hi - lo) / 2;
		double limit = double_of(middle);
		size_t at_most = 0;

		for (size_t i = 0, j = 0; i < nx; i++) {
			while (j < ny && x[i] - y[j] > limit)
				j++;
			at_most += ny - j;
		}
		if (at_most >= rank)
			hi = middle;
		else
			lo = middle + 1;
	}
	/* Adding 0 turns -0 into 0. */
	return double_of(lo) + 0.0;
}

double
stats_hodges_lehmann(const double *x, size_t nx, const double *y, size_t ny)
{
	double *xs, *ys, lower, upper;
	size_t pairs = nx * ny;

	assert(nx >= 1 && ny >= 1);
	xs = sorted_copy(x, nx);
	ys = sorted_copy(y, ny);
	lower = difference_of_rank(xs, nx, ys, ny, (pairs + 1) / 2);
	upper = pairs % 2 ? lower
			  : difference_of_rank(xs, nx, ys, ny, pairs / 2 + 1);
	free(xs);
	free(ys);
	return lower / 2 + upper / 2;
}

/*
 * The largest rank r, from 1, for which the differences of rank r from below
 * and from above enclose the shift at this level: P(U < r) <= (1 - level) / 2
 * without ties. 0 where there is none.
 */
static size_t
shift_rank(size_t nx, size_t ny, double level)
{
	size_t n = nx + ny, m = nx < ny ? nx : ny, rank = 0;
	double pairs = (double)nx * (double)ny, tail = 0, all = choose(n, m);
	size_t *score;
	double *ways;

	if (nx > STATS_EXACT_PAIRS / ny) {
		double sd = sqrt(pairs * (double)(n + 1) / 12);
		double z = stats_normal_quantile((1 + level) / 2);

		return (size_t)fmax(0, ceil((pairs - 1) / 2 - z * sd));
	}
	score = allocate(n, sizeof(*score));
	for (size_t i = 0; i < n; i++)
		score[i] = i + 1;
	ways = count_sums(score, n, m, nx * ny / 2);
	for (; rank <= nx * ny / 2; rank++) {
		tail += ways[rank];
		if (1 - 2 * (tail / all) < level)
			break;
	}
	free(score);
	free(ways);
	return rank;
}

bool
stats_shift_interval(const double *x, size_t nx, const double *y, size_t ny,
    double level, struct stats_interval *out)
{
	double *xs, *ys;
	size_t rank;

	assert(nx >= 1 && ny >= 1);
	assert(level > 0 && level < 1);
	rank = shift_rank(nx, ny, level);
	if (rank == 0)
		return false;
	xs = sorted_copy(x, nx);
	ys = sorted_copy(y, ny);
	out->lo = difference_of_rank(xs, nx, ys, ny, rank);
	out->hi = difference_of_rank(xs, nx, ys, ny, nx * ny + 1 - rank);
	free(xs);
	free(ys);
	return true;
}

/*
 * In how many ways signs can be given to score[0..n-1], by the sum of those
 * that become positive: ways[t] for 0 <= t <= reach. The caller frees it.
 */
static double *
count_signs(const size_t *score, size_t n, size_t reach)
{
	double *ways = allocate(reach + 1, sizeof(*ways));
	size_t most = 0;

	ways[0] = 1;
	for (size_t i = 0; i < n; i++) {
		most += score[i];
		for (size_t t = most < reach ? most : reach; t >= score[i]; t--)
			ways[t] += ways[t - score[i]];
	}
	return ways;
}

/* The sums of the ranks 1 to n, and what lies in the lower half of them. */
#define RANK_TOTAL(n) ((n) * ((n) + 1) / 2)
#define LOWER_HALF(n) (RANK_TOTAL(n) / 2 + 1)

/*
 * In how many ways the positive ones of the ranks 1 to n sum to t or less, for
 * t in the lower half of the sums. Samples mostly have the size of the last
 * one, so the last answer is kept.
 */
static const double *
untied_at_most(size_t n)
{
	static _Thread_local double at_most[LOWER_HALF(STATS_EXACT_SIGNS)];
	static _Thread_local size_t known;
	size_t rank[STATS_EXACT_SIGNS] = {0};
	double *ways;

	assert(n >= 1 && n <= STATS_EXACT_SIGNS);
	if (n == known)
		return at_most;
	for (size_t i = 0; i < n; i++)
		rank[i] = i + 1;
	ways = count_signs(rank, n, LOWER_HALF(n) - 1);
	at_most[0] = ways[0];
	for (size_t t = 1; t < LOWER_HALF(n); t++)
		at_most[t] = at_most[t - 1] + ways[t];
	free(ways);
	known = n;
	return at_most;
}

/*
 * P(the sum of the positive ones among score[0..n-1] <= sum), for a sum that
 * is at most half of all. Untied, the scores are 1 to n.
 */
static double
signs_at_most(const size_t *score, size_t n, bool tied, size_t sum)
{
	double *ways, count;

	if (!tied)
		return ldexp(untied_at_most(n)[sum], -(int)n);
	ways = count_signs(score, n, sum);
	count = stats_sum(ways, sum + 1);
	free(ways);
	return ldexp(count, -(int)n);
}

/* P(the sum of the positive ones >= sum) by the normal approximation. */
static double
signs_normal(const size_t *score, size_t n, bool tied, size_t sum)
{
	double mean = 0, variance = 0, half = tied ? 1 : 0.5;

	for (size_t i = 0; i < n; i++) {
		double size = (double)score[i];

		mean += size / 2;
		variance += size * size / 4;
	}
	return normal_upper(((double)sum - mean - half) / sqrt(variance));
}

double
stats_signed_rank(const double *x, size_t n)
{
	struct pooled *sizes;
	size_t *score, sum, total = 0, count = 0;
	double ties, p;

	assert(n >= 1);
	sizes = allocate(n, sizeof(*sizes));
	score = allocate(n, sizeof(*score));
	for (size_t i = 0; i < n; i++)
		if (x[i] != 0)
			sizes[count++] = (struct pooled){fabs(x[i]), x[i] > 0};
	sum = rank_pooled(sizes, count, score, &ties);
	for (size_t i = 0; i < count; i++)
		total += score[i];
	/* The sums are symmetric: the thinner tail is counted. */
	if (sum == 0)
		p = 1;
	else if (count > STATS_EXACT_SIGNS)
		p = signs_normal(score, count, ties > 0, sum);
	else if (sum > total - sum)
		p = signs_at_most(score, count, ties > 0, total - sum);
	else
		p = 1 - signs_at_most(score, count, ties > 0, sum - 1);
	free(sizes);
	free(score);
	return p;
}

double
stats_signed_rank_min_p(size_t n)
{
	assert(n >= 1);
	/* Below the least double it is 0. */
	return n < 2000 ? ldexp(1, -(int)n) : 0;
}

/*
 * The Walsh average (sorted[i] + sorted[j]) / 2, i <= j, of this rank (from 1,
 * ascending). Bisects over the doubles, as difference_of_rank does.
 */
static double
average_of_rank(const double *sorted, size_t n, size_t rank)
{
	uint64_t lo = order_of(sorted[0]);
	uint64_t hi = order_of(sorted[n - 1]);

	while (lo < hi) {
		uint64_t middle = lo + (hi - lo) / 2;
		double limit = double_of(middle);
		size_t at_most = 0;

		/* The higher i, the fewer j: those in [i, end). */
		for (size_t i = 0, end = n; i < end; i++) {
			while (end > i &&
			       sorted[i] / 2 + sorted[end - 1] / 2 > limit)
				end--;
			at_most += end - i;
		}
		if (at_most >= rank)
			hi = middle;
		else
			lo = middle + 1;
	}
	/* Adding 0 turns -0 into 0. */
	return double_of(lo) + 0.0;
}

double
stats_pseudomedian(const double *x, size_t n)
{
	size_t pairs = RANK_TOTAL(n);
	double *sorted, lower, upper;

	assert(n >= 1);
	sorted = sorted_copy(x, n);
	lower = average_of_rank(sorted, n, (pairs + 1) / 2);
	upper = pairs % 2 ? lower : average_of_rank(sorted, n, pairs / 2 + 1);
	free(sorted);
	return lower / 2 + upper / 2;
}

/*
 * The largest rank r, from 1, for which the averages of rank r from below and
 * from above enclose the center at this level: P(sum < r) <= (1 - level) / 2
 * without ties. 0 where there is none.
 */
static size_t
average_rank(size_t n, double level)
{
	size_t rank = 0;
	const double *at_most;

	if (n > STATS_EXACT_SIGNS) {
		double count = (double)n, pairs = (double)RANK_TOTAL(n);
		double sd = sqrt(pairs * (2 * count + 1) / 12);
		double z = stats_normal_quantile((1 + level) / 2);

		return (size_t)fmax(0, ceil((pairs - 1) / 2 - z * sd));
	}
	at_most = untied_at_most(n);
	while (rank < LOWER_HALF(n) &&
	       1 - 2 * ldexp(at_most[rank], -(int)n) >= level)
		rank++;
	return rank;
}

bool
stats_pseudomedian_interval(
    const double *x, size_t n, double level, struct stats_interval *out)
{
	double *sorted;
	size_t rank;

	assert(n >= 1);
	assert(level > 0 && level < 1);
	rank = average_rank(n, level);
	if (rank == 0)
		return false;
	sorted = sorted_copy(x, n);
	out->lo = average_of_rank(sorted, n, rank);
	out->hi = average_of_rank(sorted, n, RANK_TOTAL(n) + 1 - rank);
	free(sorted);
	return true;
}

double
stats_t_upper(double t, double df)
{
	assert(df > 0);
	return gsl_cdf_tdist_Q(t, df);
}

double
stats_t_quantile(double p, double df)
{
	assert(p >= 0 && p <= 1);
	assert(df > 0);
	/* Near p = 1 the distribution is flat, and GSL would lose digits. */
	if (p > 0.5)
		return -gsl_cdf_tdist_Pinv(1 - p, df);
	return gsl_cdf_tdist_Pinv(p, df);
}

double
stats_normal_quantile(double p)
{
	assert(p >= 0 && p <= 1);
	return gsl_cdf_ugaussian_Pinv(p);
}

/* The sum of the squared deviations from the mean. */
static double
squares_of(const double *x, size_t n)
{
	double sd = n > 1 ? stats_stddev(x, n) : 0;

	return ((double)n - 1) * sd * sd;
}

struct stats_prediction
stats_predict_mean(const double *y, size_t m, const double *stored, size_t k,
    double block_se, struct stats_prior prior)
{
	struct stats_prediction prediction;
	double squares = prior.df * prior.sd * prior.sd;

	assert(m >= 1);
	assert(isnan(block_se) || block_se >= 0);
	assert(prior.sd > 0 && prior.df > 0);
	prediction.effect = stats_mean(y, m) - stats_mean(stored, k);
	prediction.df = (double)k - 1 + prior.df + (double)m - 1;
	squares += squares_of(stored, k);
	squares += squares_of(y, m);
	/* fmax takes the other where one is NAN. */
	prediction.sd = fmax(sqrt(squares / prediction.df), 2 * block_se);
	prediction.se = prediction.sd * sqrt(1 / (double)m + 1 / (double)k);
	return prediction;
}

struct stats_prediction
stats_predict(double y, const double *stored, size_t k, double block_se,
    struct stats_prior prior)
{
	return stats_predict_mean(&y, 1, stored, k, block_se, prior);
}
