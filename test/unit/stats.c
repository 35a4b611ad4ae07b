#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ORACLE TEST_DATA_DIR "/oracle/stats.txt"
#include "oracle.h"
#include "rng.h"
#include "stats.h"

/* The oracle: its functions. */

static size_t
answer_sum(const struct oracle_case *c, double *got)
{
	got[0] = stats_sum(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_mean(const struct oracle_case *c, double *got)
{
	got[0] = stats_mean(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_stddev(const struct oracle_case *c, double *got)
{
	got[0] = stats_stddev(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_geometric_mean(const struct oracle_case *c, double *got)
{
	got[0] = stats_geometric_mean(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_quantile(const struct oracle_case *c, double *got)
{
	for (size_t i = 0; i < c->want.n; i++)
		got[i] =
		    stats_quantile(c->x.value, c->x.n, c->arguments.value[i]);
	return c->arguments.n;
}

static size_t
answer_median(const struct oracle_case *c, double *got)
{
	got[0] = stats_median(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_mad(const struct oracle_case *c, double *got)
{
	got[0] = stats_mad(c->x.value, c->x.n);
	return 1;
}

/* The values are 1 to n, so that the interval is the ranks of its ends. */
static size_t
answer_median_interval(const struct oracle_case *c, double *got)
{
	size_t n = (size_t)c->arguments.value[0];
	double *sorted = test_malloc(n * sizeof(*sorted));
	struct stats_interval interval = {0};
	bool reached;

	for (size_t i = 0; i < n; i++)
		sorted[i] = (double)(i + 1);
	reached =
	    stats_median_interval(sorted, n, c->arguments.value[1], &interval);
	test_free(sorted);
	return answer_interval(reached, interval, got);
}

static size_t
answer_outliers(const struct oracle_case *c, double *got)
{
	struct stats_outliers outliers = stats_outliers(c->x.value, c->x.n);

	got[0] = (double)outliers.mild;
	got[1] = (double)outliers.severe;
	return 2;
}

static size_t
answer_lag1(const struct oracle_case *c, double *got)
{
	got[0] = stats_lag1(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_block_se(const struct oracle_case *c, double *got)
{
	got[0] = stats_block_se(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_mann_whitney(const struct oracle_case *c, double *got)
{
	got[0] = stats_mann_whitney(c->x.value, c->x.n, c->y.value, c->y.n);
	return 1;
}

static size_t
answer_mann_whitney_min_p(const struct oracle_case *c, double *got)
{
	got[0] = stats_mann_whitney_min_p(
	    (size_t)c->arguments.value[0], (size_t)c->arguments.value[1]);
	return 1;
}

static size_t
answer_hodges_lehmann(const struct oracle_case *c, double *got)
{
	got[0] = stats_hodges_lehmann(c->x.value, c->x.n, c->y.value, c->y.n);
	return 1;
}

static size_t
answer_shift_interval(const struct oracle_case *c, double *got)
{
	struct stats_interval interval = {0};
	bool reached = stats_shift_interval(c->x.value, c->x.n, c->y.value,
	    c->y.n, c->arguments.value[0], &interval);

	return answer_interval(reached, interval, got);
}

static size_t
answer_signed_rank(const struct oracle_case *c, double *got)
{
	got[0] = stats_signed_rank(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_signed_rank_min_p(const struct oracle_case *c, double *got)
{
	got[0] = stats_signed_rank_min_p((size_t)c->arguments.value[0]);
	return 1;
}

static size_t
answer_pseudomedian(const struct oracle_case *c, double *got)
{
	got[0] = stats_pseudomedian(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_pseudomedian_interval(const struct oracle_case *c, double *got)
{
	struct stats_interval interval = {0};
	bool reached = stats_pseudomedian_interval(
	    c->x.value, c->x.n, c->arguments.value[0], &interval);

	return answer_interval(reached, interval, got);
}

static size_t
answer_correct(const struct oracle_case *c, double *got)
{
	enum stats_correction correction = c->name[0] == 'h' ? STATS_HOLM
					   : strstr(c->name, "yekutieli") != 0
					       ? STATS_BENJAMINI_YEKUTIELI
					       : STATS_BENJAMINI_HOCHBERG;

	if (c->x.n <= c->want.n)
		stats_correct(correction, c->x.value, c->x.n, got);
	return c->x.n;
}

static size_t
answer_t_upper(const struct oracle_case *c, double *got)
{
	for (size_t i = 0; i < c->want.n; i++)
		got[i] = stats_t_upper(c->x.value[i], c->arguments.value[0]);
	return c->x.n;
}

static size_t
answer_t_quantile(const struct oracle_case *c, double *got)
{
	for (size_t i = 0; i < c->want.n; i++)
		got[i] = stats_t_quantile(c->x.value[i], c->arguments.value[0]);
	return c->x.n;
}

static size_t
answer_normal_quantile(const struct oracle_case *c, double *got)
{
	for (size_t i = 0; i < c->want.n; i++)
		got[i] = stats_normal_quantile(c->x.value[i]);
	return c->x.n;
}

static const struct stats_prior stated = {STATS_PRIOR_SD, STATS_PRIOR_DF};

static size_t
answer_predict(const struct oracle_case *c, double *got)
{
	struct stats_prediction prediction =
	    stats_predict(c->arguments.value[0], c->x.value, c->x.n,
		c->arguments.value[1], stated);

	got[0] = prediction.effect;
	got[1] = prediction.sd;
	got[2] = prediction.se;
	got[3] = prediction.df;
	return 4;
}

static size_t
answer_line(const struct oracle_case *c, double *got)
{
	struct stats_line line = stats_line(c->x.value, c->y.value, c->x.n);

	got[0] = line.slope;
	got[1] = line.p;
	got[2] = line.center;
	got[3] = line.squares;
	return 4;
}

static size_t
answer_learn_prior(const struct oracle_case *c, double *got)
{
	struct stats_prior prior = {0};

	got[0] = stats_learn_prior(c->x.value, c->y.value, c->x.n, &prior);
	got[1] = prior.sd;
	got[2] = prior.df;
	return 3;
}

static struct oracle functions[] = {
    {"sum", answer_sum, 1e-15, true},
    {"mean", answer_mean, 1e-15, true},
    {"stddev", answer_stddev, 1e-14, false},
    {"geometric_mean", answer_geometric_mean, 1e-12, false},
    {"quantile", answer_quantile, 1e-15, true},
    {"median", answer_median, 0, false},
    {"mad", answer_mad, 1e-15, true},
    {"median_interval", answer_median_interval, 0, false},
    {"outliers", answer_outliers, 0, false},
    {"lag1", answer_lag1, 1e-13, false},
    {"block_se", answer_block_se, 1e-13, false},
    {"mann_whitney", answer_mann_whitney, 1e-11, false},
    {"mann_whitney_min_p", answer_mann_whitney_min_p, 1e-14, false},
    {"hodges_lehmann", answer_hodges_lehmann, 1e-15, true},
    {"shift_interval", answer_shift_interval, 1e-11, true},
    {"signed_rank", answer_signed_rank, 1e-11, false},
    {"signed_rank_min_p", answer_signed_rank_min_p, 0, false},
    {"pseudomedian", answer_pseudomedian, 1e-15, true},
    {"pseudomedian_interval", answer_pseudomedian_interval, 1e-11, true},
    {"benjamini_hochberg", answer_correct, 1e-15, false},
    {"benjamini_yekutieli", answer_correct, 1e-14, false},
    {"holm", answer_correct, 1e-15, false},
    {"t_upper", answer_t_upper, 1e-10, false},
    {"t_quantile", answer_t_quantile, 1e-10, false},
    {"normal_quantile", answer_normal_quantile, 1e-13, false},
    {"predict", answer_predict, 1e-13, true},
    {"line", answer_line, 1e-10, false},
    {"learn_prior", answer_learn_prior, 1e-9, false},
};

/* Describing a sample. */

static void
test_sort(void **state)
{
	double x[] = {3, -0.5, INFINITY, 0, 3, -7, 1e-300};
	double want[] = {-7, -0.5, 0, 1e-300, 3, 3, INFINITY};

	(void)state;
	stats_sort(NULL, 0);
	stats_sort(x, LENGTH(x));
	assert_memory_equal(x, want, sizeof(x));
}

static void
test_sum_carries_rounding_errors(void **state)
{
	double cancelling[] = {1, 1e100, 1, -1e100};
	double tenths[10];

	(void)state;
	assert_true(stats_sum(NULL, 0) == 0);
	assert_true(stats_sum(cancelling, LENGTH(cancelling)) == 2);
	for (size_t i = 0; i < LENGTH(tenths); i++)
		tenths[i] = 0.1;
	assert_true(stats_sum(tenths, LENGTH(tenths)) == 1);
}

/* n * (1 / 49) / n is not 1 / 49 for every n, rounded. */
static void
test_equal_values_have_no_spread(void **state)
{
	static const double values[] = {0.1, 1.0 / 49, -3.3e200, 5e-324, 0};
	double x[300];

	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++) {
		for (size_t n = 1; n <= LENGTH(x); n++) {
			x[n - 1] = values[i];
			assert_true(stats_mean(x, n) == values[i]);
			assert_true(stats_mad(x, n) == 0);
			assert_true(isnan(stats_lag1(x, n)));
			if (n > 1)
				assert_true(stats_stddev(x, n) == 0);
			if (values[i] > 0)
				assert_true(
				    stats_geometric_mean(x, n) == values[i]);
		}
	}
}

static void
test_stddev_far_from_zero(void **state)
{
	double x[] = {1e15 + 1, 1e15 + 3, 1e15 + 2};

	(void)state;
	assert_true(stats_stddev(x, 3) == 1);
}

static void
test_quantiles_ascend(void **state)
{
	double x[] = {-1, -0.1, 0, 0.3, 0.7, 1e3};
	double last = x[0];

	(void)state;
	for (int i = 0; i <= 10000; i++) {
		double q = stats_quantile(x, LENGTH(x), i / 10000.0);

		assert_true(q >= last);
		last = q;
	}
	assert_true(last == 1e3);
}

/* P(Bin(n, 1/2) < rank) * 2^n, exact for n < 63. */
static uint64_t
binomial_below(size_t n, size_t rank)
{
	uint64_t ways = 1, sum = 0;

	for (size_t k = 0; k < rank; k++) {
		sum += ways;
		ways = ways * (n - k) / (k + 1);
	}
	return sum;
}

static void
test_median_interval_is_the_narrowest(void **state)
{
	static const double levels[] = {0.5, 0.9, 0.95, 0.99, 0.999};
	double x[58];

	(void)state;
	for (size_t i = 0; i < LENGTH(x); i++)
		x[i] = (double)(i + 1);
	for (size_t i = 0; i < LENGTH(levels); i++) {
		for (size_t n = 1; n <= LENGTH(x); n++) {
			struct stats_interval interval = {-1, -2};
			double all = ldexp(1, (int)n);
			size_t rank = 0;

			if (stats_median_interval(x, n, levels[i], &interval)) {
				rank = (size_t)interval.lo;
				assert_true(interval.hi + interval.lo ==
					    (double)(n + 1));
				assert_true(
				    1 - 2 * (double)binomial_below(n, rank) /
					    all >=
				    levels[i]);
			} else {
				assert_true(interval.lo == -1);
				assert_true(interval.hi == -2);
			}
			assert_true(
			    1 - 2 * (double)binomial_below(n, rank + 1) / all <
			    levels[i]);
		}
	}
}

static void
test_block_se_needs_ten_values(void **state)
{
	/* Block means of 1, 2, 3, 4, 5: a standard deviation of sqrt(2.5). */
	double x[] = {0, 2, 1, 3, 2, 4, 3, 5, 4, 6};

	(void)state;
	assert_true(isnan(stats_block_se(x, 9)));
	assert_true(fabs(stats_block_se(x, 10) - sqrt(0.5)) < 1e-15);
}

/* Tests and distributions. */

/* Equal to the literal, or a comparison with alpha would be off. */
static void
test_the_least_p_is_reached_exactly(void **state)
{
	double x[40], y[40];

	(void)state;
	for (size_t i = 0; i < LENGTH(x); i++) {
		x[i] = (double)i;
		y[i] = -1 - (double)i;
	}
	assert_true(stats_mann_whitney(x, 3, y, 3) == 0.05);
	assert_true(stats_mann_whitney(x, 1, y, 19) == 0.05);
	assert_true(stats_mann_whitney(x, 19, y, 1) == 0.05);
	for (size_t nx = 1; nx <= LENGTH(x); nx++)
		for (size_t ny = 1; ny <= LENGTH(y); ny++)
			assert_true(stats_mann_whitney(x, nx, y, ny) ==
				    stats_mann_whitney_min_p(nx, ny));
	assert_true(stats_mann_whitney_min_p(3000000, 2000000) == 0);
	assert_true(stats_mann_whitney(y, 40, x, 40) == 1);
}

static void
test_mann_whitney_does_not_depend_on_order_or_sign(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 11);
	for (int trial = 0; trial < 300; trial++) {
		double x[20], y[20], minus_x[20], minus_y[20], p;
		size_t nx = 1 + (size_t)rng_below(&r, 20);
		size_t ny = 1 + (size_t)rng_below(&r, 20);

		for (size_t i = 0; i < nx; i++) {
			x[i] = (double)rng_below(&r, 15);
			minus_x[nx - 1 - i] = -x[i];
		}
		for (size_t i = 0; i < ny; i++) {
			y[i] = (double)rng_below(&r, 12);
			minus_y[ny - 1 - i] = -y[i];
		}
		p = stats_mann_whitney(x, nx, y, ny);
		assert_true(p > 0 && p <= 1);
		assert_true(is_near(
		    stats_mann_whitney(minus_y, ny, minus_x, nx), p, 1e-12));
		/* Both directions together count what is as extreme twice. */
		assert_true(p + stats_mann_whitney(y, ny, x, nx) > 1);
	}
}

/* A p of the normal approximation is near the exact one beside the bound. */
static void
test_exact_p_meets_the_normal_one(void **state)
{
	double x[51], y[50], exact, normal;

	(void)state;
	for (size_t i = 0; i < LENGTH(y); i++) {
		x[i] = (double)i + 10.5;
		y[i] = (double)i;
	}
	x[50] = 35.25;
	exact = stats_mann_whitney(x, 50, y, 50);
	normal = stats_mann_whitney(x, 51, y, 50);
	assert_true(exact != normal);
	assert_true(fabs(log(exact / normal)) < 0.2);
}

/* Fill x with n numbers, of coarse steps where steps > 0. */
static void
draw(struct rng *r, double *x, size_t n, uint64_t steps)
{
	for (size_t i = 0; i < n; i++)
		x[i] = steps > 0 ? (double)rng_below(r, steps)
				 : 1e6 * (rng_uniform(r) - 0.3);
}

static void
test_shift_agrees_with_all_differences(void **state)
{
	double x[60], y[60], all[3600];
	struct rng r;

	(void)state;
	rng_seed(&r, 12);
	for (int trial = 0; trial < 500; trial++) {
		size_t nx = 1 + (size_t)rng_below(&r, LENGTH(x));
		size_t ny = 1 + (size_t)rng_below(&r, LENGTH(y));
		struct stats_interval interval;
		size_t pairs = nx * ny, at_lo = 0, at_hi = 0;
		double shift;

		draw(&r, x, nx, trial % 3 ? 0 : 5);
		draw(&r, y, ny, trial % 3 ? 0 : 5);
		for (size_t i = 0; i < pairs; i++)
			all[i] = x[i / ny] - y[i % ny];
		stats_sort(all, pairs);
		shift = stats_hodges_lehmann(x, nx, y, ny);
		assert_true(shift == stats_median(all, pairs));
		if (!stats_shift_interval(x, nx, y, ny, 0.9, &interval))
			continue;
		assert_true(interval.lo <= shift && shift <= interval.hi);
		/* Both ends are differences, of mirrored ranks. */
		while (all[at_lo] != interval.lo)
			assert_true(++at_lo < pairs);
		while (all[pairs - 1 - at_hi] != interval.hi)
			assert_true(++at_hi < pairs);
		if (trial % 3)
			assert_int_equal(at_lo, at_hi);
	}
}

/* The interval is of those shifts that the two one-sided tests leave. */
static void
test_shift_interval_inverts_the_test(void **state)
{
	static const double level = 0.95;
	double x[12], y[12], moved[12];
	struct rng r;

	(void)state;
	rng_seed(&r, 13);
	for (int trial = 0; trial < 200; trial++) {
		size_t nx = 4 + (size_t)rng_below(&r, 9);
		size_t ny = 4 + (size_t)rng_below(&r, 9);
		struct stats_interval interval;

		draw(&r, x, nx, 0);
		draw(&r, y, ny, 0);
		assert_true(
		    stats_shift_interval(x, nx, y, ny, level, &interval));
		for (int outside = 0; outside < 2; outside++) {
			double nudge = outside ? -1e-3 : 1e-3;
			bool rejected;

			for (size_t i = 0; i < nx; i++)
				moved[i] = x[i] - (interval.lo + nudge);
			rejected = stats_mann_whitney(moved, nx, y, ny) <=
				   (1 - level) / 2;
			assert_int_equal(rejected, outside);
			for (size_t i = 0; i < nx; i++)
				moved[i] = x[i] - (interval.hi - nudge);
			rejected = stats_mann_whitney(y, ny, moved, nx) <=
				   (1 - level) / 2;
			assert_int_equal(rejected, outside);
		}
	}
}

static void
test_shift_interval_refuses_what_it_cannot_reach(void **state)
{
	double x[] = {1, 2, 3, 4}, y[] = {5, 6, 7, 9};
	struct stats_interval interval = {-1, -2};

	(void)state;
	assert_false(stats_shift_interval(x, 3, y, 3, 0.95, &interval));
	assert_true(interval.lo == -1 && interval.hi == -2);
	/* Three and three reach 1 - 2 / 20, not a rounding error less. */
	assert_true(stats_shift_interval(x, 3, y, 3, 0.9, &interval));
	assert_true(interval.lo == 1 - 7 && interval.hi == 3 - 5);
	assert_true(stats_shift_interval(x, 4, y, 4, 0.95, &interval));
	assert_true(interval.lo == 1 - 9 && interval.hi == 4 - 5);
}

/* One among many: exact up to the bound, where the normal would refuse. */
static void
test_shift_interval_is_exact_to_the_bound(void **state)
{
	double x[] = {0}, y[STATS_EXACT_PAIRS];
	struct stats_interval interval;

	(void)state;
	for (size_t i = 0; i < LENGTH(y); i++)
		y[i] = -1 - (double)i;
	assert_true(stats_shift_interval(x, 1, y, LENGTH(y), 0.95, &interval));
	/* 62 of the 2501 places on either side: 2.48 %; 63 would be 2.52 %. */
	assert_true(interval.lo == 62);
	assert_true(interval.hi == STATS_EXACT_PAIRS + 1 - 62);
}

static void
test_no_shift_is_not_negative_zero(void **state)
{
	double x[] = {0, 0}, y[] = {-0.0, 0};
	double shift = stats_hodges_lehmann(y, 2, x, 2);

	(void)state;
	assert_true(shift == 0 && !signbit(shift));
}

/* Equal to the literal, or a comparison with alpha would be off. */
static void
test_the_least_signed_rank_p_is_reached_exactly(void **state)
{
	double x[STATS_EXACT_SIGNS], minus[LENGTH(x)];

	(void)state;
	for (size_t n = 1; n <= LENGTH(x); n++) {
		x[n - 1] = (double)n * 0.7;
		minus[n - 1] = -x[n - 1];
		assert_true(
		    stats_signed_rank(x, n) == stats_signed_rank_min_p(n));
		assert_true(stats_signed_rank(minus, n) == 1);
	}
	assert_true(stats_signed_rank(x, 4) == 0.0625);
	assert_true(stats_signed_rank(x, 5) == 0.03125);
	assert_true(stats_signed_rank_min_p(100000) == 0);
	assert_true(stats_signed_rank_min_p(SIZE_MAX) == 0);
}

/* P(the sum of the positive >= theirs), all signs tried. */
static double
signed_rank_by_trying(const double *x, size_t n)
{
	double rank[16], sum = 0;
	size_t as_large = 0;

	for (size_t i = 0; i < n; i++) {
		rank[i] = 0.5;
		for (size_t j = 0; j < n; j++)
			if (x[j] != 0)
				rank[i] += fabs(x[j]) < fabs(x[i])    ? 1
					   : fabs(x[j]) == fabs(x[i]) ? 0.5
								      : 0;
		if (x[i] == 0)
			rank[i] = 0;
		sum += x[i] > 0 ? rank[i] : 0;
	}
	for (size_t signs = 0; signs < (size_t)1 << n; signs++) {
		double other = 0;

		for (size_t i = 0; i < n; i++)
			other += signs >> i & 1 ? rank[i] : 0;
		as_large += other >= sum;
	}
	return ldexp((double)as_large, -(int)n);
}

static void
test_signed_rank_agrees_with_all_signs(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 14);
	for (int trial = 0; trial < 400; trial++) {
		double x[12], turned[12], minus[12], p;
		size_t n = 1 + (size_t)rng_below(&r, LENGTH(x));

		for (size_t i = 0; i < n; i++) {
			x[i] = trial % 2 ? rng_uniform(&r) - 0.3
					 : (double)rng_below(&r, 8) - 3;
			turned[n - 1 - i] = x[i];
			minus[i] = -x[i];
		}
		p = stats_signed_rank(x, n);
		assert_true(p == signed_rank_by_trying(x, n));
		assert_true(p == stats_signed_rank(turned, n));
		/* Both directions together count what is as extreme twice. */
		assert_true(p + stats_signed_rank(minus, n) > 1);
	}
}

/* Samples of other sizes in between do not change an answer. */
static void
test_signed_rank_remembers_the_right_size(void **state)
{
	double x[] = {1, -2, 3, 4, 5, -6, 7, 8}, of_8, of_5;

	(void)state;
	of_8 = stats_signed_rank(x, 8);
	of_5 = stats_signed_rank(x, 5);
	assert_true(of_8 == signed_rank_by_trying(x, 8));
	assert_true(of_5 == signed_rank_by_trying(x, 5));
	assert_true(stats_signed_rank(x, 8) == of_8);
	assert_true(stats_signed_rank(x, 5) == of_5);
}

static void
test_exact_signed_rank_p_meets_the_normal_one(void **state)
{
	double x[STATS_EXACT_SIGNS + 1], exact, normal;

	(void)state;
	for (size_t i = 0; i < LENGTH(x); i++)
		x[i] = (double)(i + 1) * (i % 3 ? 1 : -1);
	exact = stats_signed_rank(x, STATS_EXACT_SIGNS);
	normal = stats_signed_rank(x, STATS_EXACT_SIGNS + 1);
	assert_true(exact != normal);
	assert_true(fabs(log(exact / normal)) < 0.5);
}

static void
test_pseudomedian_agrees_with_all_averages(void **state)
{
	double x[40], all[820];
	struct rng r;

	(void)state;
	rng_seed(&r, 15);
	for (int trial = 0; trial < 500; trial++) {
		size_t n = 1 + (size_t)rng_below(&r, LENGTH(x));
		struct stats_interval interval;
		size_t pairs = 0, at_lo = 0, at_hi = 0;
		double center;

		draw(&r, x, n, trial % 3 ? 0 : 5);
		for (size_t i = 0; i < n; i++)
			for (size_t j = i; j < n; j++)
				all[pairs++] = x[i] / 2 + x[j] / 2;
		stats_sort(all, pairs);
		center = stats_pseudomedian(x, n);
		assert_true(center == stats_median(all, pairs));
		if (!stats_pseudomedian_interval(x, n, 0.9, &interval))
			continue;
		assert_true(interval.lo <= center && center <= interval.hi);
		/* Both ends are averages, of mirrored ranks. */
		while (all[at_lo] != interval.lo)
			assert_true(++at_lo < pairs);
		while (all[pairs - 1 - at_hi] != interval.hi)
			assert_true(++at_hi < pairs);
		if (trial % 3)
			assert_int_equal(at_lo, at_hi);
	}
}

/* The interval is of those centers that the two one-sided tests leave. */
static void
test_pseudomedian_interval_inverts_the_test(void **state)
{
	static const double level = 0.95;
	double x[30], moved[30];
	struct rng r;

	(void)state;
	rng_seed(&r, 16);
	for (int trial = 0; trial < 200; trial++) {
		size_t n = 6 + (size_t)rng_below(&r, 25);
		struct stats_interval interval;

		draw(&r, x, n, 0);
		assert_true(
		    stats_pseudomedian_interval(x, n, level, &interval));
		for (int outside = 0; outside < 2; outside++) {
			double nudge = outside ? -1e-3 : 1e-3;
			bool rejected;

			for (size_t i = 0; i < n; i++)
				moved[i] = x[i] - (interval.lo + nudge);
			rejected =
			    stats_signed_rank(moved, n) <= (1 - level) / 2;
			assert_int_equal(rejected, outside);
			for (size_t i = 0; i < n; i++)
				moved[i] = interval.hi - nudge - x[i];
			rejected =
			    stats_signed_rank(moved, n) <= (1 - level) / 2;
			assert_int_equal(rejected, outside);
		}
	}
}

static void
test_pseudomedian_interval_refuses_what_it_cannot_reach(void **state)
{
	double x[] = {4, 1, 5, 3, 2, 9};
	struct stats_interval interval = {-1, -2};

	(void)state;
	assert_false(stats_pseudomedian_interval(x, 5, 0.95, &interval));
	assert_true(interval.lo == -1 && interval.hi == -2);
	/* Five reach 1 - 2 / 32. */
	assert_true(stats_pseudomedian_interval(x, 5, 0.9375, &interval));
	assert_true(interval.lo == 1 && interval.hi == 5);
	assert_true(stats_pseudomedian_interval(x, 6, 0.95, &interval));
	assert_true(interval.lo == 1 && interval.hi == 9);
}

static void
test_no_center_is_not_negative_zero(void **state)
{
	double x[] = {-0.0, -0.0, 0}, center = stats_pseudomedian(x, 3);

	(void)state;
	assert_true(center == 0 && !signbit(center));
	assert_true(stats_signed_rank(x, 3) == 1);
}

static void
test_correct_in_place(void **state)
{
	double p[] = {0.04, 0.01, 0.9, 0.02}, q[4];

	(void)state;
	stats_correct(STATS_BENJAMINI_HOCHBERG, NULL, 0, NULL);
	stats_correct(STATS_HOLM, NULL, 0, NULL);
	stats_correct(STATS_UNCORRECTED, p, 4, q);
	assert_memory_equal(p, q, sizeof(p));
	stats_correct(STATS_BENJAMINI_HOCHBERG, p, 4, q);
	stats_correct(STATS_BENJAMINI_HOCHBERG, p, 4, p);
	assert_memory_equal(p, q, sizeof(p));
	assert_true(is_near(q[0], 0.16 / 3, 1e-15));
	assert_true(q[1] == 0.04 && q[2] == 0.9 && q[3] == 0.04);
}

/* What stats_lone_p says is just rejected, and a little more is not. */
static void
test_lone_p(void **state)
{
	const double alpha = 0.05;

	(void)state;
	for (int c = STATS_BENJAMINI_HOCHBERG; c <= STATS_UNCORRECTED; c++)
		for (size_t n = 1; n <= 30; n++) {
			enum stats_correction correction =
			    (enum stats_correction)c;
			double p[30], q[30];
			double lone = stats_lone_p(correction, alpha, n);

			for (size_t i = 0; i < n; i++)
				p[i] = 1;
			p[0] = lone * (1 - 1e-9);
			stats_correct(correction, p, n, q);
			assert_true(q[0] <= alpha);
			p[0] = lone * (1 + 1e-9);
			stats_correct(correction, p, n, q);
			assert_true(q[0] > alpha);
		}
}

/* GSL gives up with abort() where its iteration does not converge. */
static void
test_t_quantile_inverts_t_upper(void **state)
{
	(void)state;
	for (double df = 2; df < 1e7; df *= 1.3)
		for (double p = 1e-15; p < 0.5; p *= 1.7) {
			double t = stats_t_quantile(p, df);

			assert_true(t < 0);
			assert_true(
			    is_near(stats_t_upper(-t, df), p, p * 1e-8));
			/* For less, 1 - p is too coarse. */
			if (p > 1e-7)
				assert_true(is_near(stats_t_quantile(1 - p, df),
				    -t, -t * 1e-8));
		}
}

static void
test_line_at_the_edges(void **state)
{
	const double same[] = {2, 2, 2}, up[] = {1, 2, 3}, down[] = {3, 2, 1};
	struct stats_line flat = stats_line(same, up, 3);

	(void)state;
	assert_true(flat.slope == 0 && flat.p == 1 && flat.squares == 0);
	assert_true(stats_line(up, up, 3).p == 0);
	assert_true(stats_line(up, down, 3).p == 1);
	assert_true(stats_line(up, same, 3).p == 1);
	assert_true(stats_line(up, down, 2).slope == -1);
	assert_true(stats_line(up, up, 2).p == 1);
}

static void
test_few_metrics_are_no_prior(void **state)
{
	const double sd[STATS_PRIOR_METRICS - 1] = {0};
	struct stats_prior prior = {1, 2};

	(void)state;
	assert_false(stats_learn_prior(sd, sd, LENGTH(sd), &prior));
	assert_true(prior.sd == 1 && prior.df == 2);
}

static void
test_predict_sharpens_with_sessions(void **state)
{
	double stored[] = {1, 1, 1, 1, 1};
	struct stats_prediction one =
	    stats_predict(1.1, stored, 1, NAN, stated);
	struct stats_prediction five =
	    stats_predict(1.1, stored, 5, NAN, stated);
	struct stats_prediction unsteady =
	    stats_predict(1.1, stored, 5, 0.1, stated);

	(void)state;
	assert_true(is_near(one.sd, STATS_PRIOR_SD, 1e-15));
	assert_true(is_near(one.se, STATS_PRIOR_SD * sqrt(2), 1e-15));
	assert_true(one.df == STATS_PRIOR_DF);
	assert_true(is_near(five.sd, STATS_PRIOR_SD * sqrt(0.5), 1e-15));
	assert_true(five.df == STATS_PRIOR_DF + 4);
	assert_true(unsteady.sd == 0.2);
}

/* The values are R's: the deviations of both sides are pooled. */
static void
test_predict_mean_of_several_sessions(void **state)
{
	double stored[] = {1.0, 1.02, 0.99, 1.01}, y[] = {1.1, 1.08, 1.12};
	struct stats_prediction one =
	    stats_predict_mean(y, 1, stored, 4, NAN, stated);
	struct stats_prediction same =
	    stats_predict(1.1, stored, 4, NAN, stated);
	struct stats_prediction three =
	    stats_predict_mean(y, 3, stored, 4, NAN, stated);

	(void)state;
	assert_true(one.se == same.se && one.df == same.df);
	assert_true(one.effect == same.effect && one.sd == same.sd);
	assert_true(is_near(three.effect, 0.095, 1e-15));
	assert_true(three.df == 9);
	assert_true(is_near(three.sd, 0.017950549357115, 1e-12));
	assert_true(is_near(three.se, 0.0137099585325034, 1e-12));
}

/* What is required is asserted. */

static double one_to_three[] = {1, 2, 3};
static struct stats_interval ignored;

static void
break_sort_first(void)
{
	double x[] = {NAN, 1, 3};

	stats_sort(x, 3);
}

static void
break_sort_last(void)
{
	double x[] = {1, 3, NAN};

	stats_sort(x, 3);
}

static void
break_mean(void)
{
	stats_mean(one_to_three, 0);
}

static void
break_geometric_mean(void)
{
	stats_geometric_mean(one_to_three, 0);
}

static void
break_quantile_n(void)
{
	stats_quantile(one_to_three, 0, 0.5);
}

static void
break_quantile_high(void)
{
	stats_quantile(one_to_three, 3, 1.5);
}

static void
break_quantile_nan(void)
{
	stats_quantile(one_to_three, 3, NAN);
}

static void
break_quantile_order(void)
{
	double descending[] = {3, 2, 1};

	stats_quantile(descending, 3, 0.5);
}

static void
break_median_interval_n(void)
{
	(void)stats_median_interval(one_to_three, 0, 0.9, &ignored);
}

static void
break_median_interval_low(void)
{
	(void)stats_median_interval(one_to_three, 3, 0, &ignored);
}

static void
break_median_interval_high(void)
{
	(void)stats_median_interval(one_to_three, 3, 1, &ignored);
}

static void
break_mann_whitney_n(void)
{
	stats_mann_whitney(one_to_three, 0, one_to_three, 3);
}

static void
break_mann_whitney_nan(void)
{
	double x[] = {NAN};

	stats_mann_whitney(x, 1, one_to_three, 3);
}

static void
break_min_p_n(void)
{
	stats_mann_whitney_min_p(0, 3);
}

static void
break_hodges_lehmann_nx(void)
{
	stats_hodges_lehmann(one_to_three, 0, one_to_three, 3);
}

static void
break_hodges_lehmann_ny(void)
{
	stats_hodges_lehmann(one_to_three, 3, one_to_three, 0);
}

static void
break_shift_interval_n(void)
{
	(void)stats_shift_interval(
	    one_to_three, 0, one_to_three, 3, 0.9, &ignored);
}

static void
break_shift_interval_low(void)
{
	(void)stats_shift_interval(
	    one_to_three, 3, one_to_three, 3, 0, &ignored);
}

static void
break_shift_interval_high(void)
{
	(void)stats_shift_interval(
	    one_to_three, 3, one_to_three, 3, 1, &ignored);
}

static void
break_signed_rank_n(void)
{
	stats_signed_rank(one_to_three, 0);
}

static void
break_signed_rank_nan(void)
{
	double x[] = {1, NAN};

	stats_signed_rank(x, 2);
}

static void
break_signed_rank_min_p_n(void)
{
	stats_signed_rank_min_p(0);
}

static void
break_pseudomedian_n(void)
{
	stats_pseudomedian(one_to_three, 0);
}

static void
break_pseudomedian_interval_n(void)
{
	(void)stats_pseudomedian_interval(one_to_three, 0, 0.9, &ignored);
}

static void
break_pseudomedian_interval_low(void)
{
	(void)stats_pseudomedian_interval(one_to_three, 3, 0, &ignored);
}

static void
break_pseudomedian_interval_high(void)
{
	(void)stats_pseudomedian_interval(one_to_three, 3, 1, &ignored);
}

static void
break_correct_high(void)
{
	double p[] = {0.5, 1.1}, q[2];

	stats_correct(STATS_BENJAMINI_HOCHBERG, p, 2, q);
}

static void
break_correct_low(void)
{
	double p[] = {0.5, -0.1}, q[2];

	stats_correct(STATS_BENJAMINI_HOCHBERG, p, 2, q);
}

static void
break_t_upper(void)
{
	stats_t_upper(1, 0);
}

static void
break_t_quantile_p(void)
{
	stats_t_quantile(1.1, 3);
}

static void
break_t_quantile_df(void)
{
	stats_t_quantile(0.9, 0);
}

static void
break_normal_quantile_low(void)
{
	stats_normal_quantile(-0.1);
}

static void
break_normal_quantile_high(void)
{
	stats_normal_quantile(1.1);
}

static void
break_predict_k(void)
{
	stats_predict(1, one_to_three, 0, NAN, stated);
}

static void
break_predict_block_se(void)
{
	stats_predict(1, one_to_three, 3, -1, stated);
}

static void
assert_aborts(void (*breaks)(void), const char *name)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit no_core = {0};

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		breaks();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
		fail_msg(
		    "%s: went on, wait status %#x", name, (unsigned int)status);
}

static void
test_requirements_are_asserted(void **state)
{
#define BREAK(name)                                                            \
	{                                                                      \
		break_##name, #name                                            \
	}
	static const struct {
		void (*breaks)(void);
		const char *name;
	} requirements[] = {
	    BREAK(sort_first),
	    BREAK(sort_last),
	    BREAK(mean),
	    BREAK(geometric_mean),
	    BREAK(quantile_n),
	    BREAK(quantile_high),
	    BREAK(quantile_nan),
	    BREAK(quantile_order),
	    BREAK(median_interval_n),
	    BREAK(median_interval_low),
	    BREAK(median_interval_high),
	    BREAK(mann_whitney_n),
	    BREAK(mann_whitney_nan),
	    BREAK(min_p_n),
	    BREAK(hodges_lehmann_nx),
	    BREAK(hodges_lehmann_ny),
	    BREAK(shift_interval_n),
	    BREAK(shift_interval_low),
	    BREAK(shift_interval_high),
	    BREAK(signed_rank_n),
	    BREAK(signed_rank_nan),
	    BREAK(signed_rank_min_p_n),
	    BREAK(pseudomedian_n),
	    BREAK(pseudomedian_interval_n),
	    BREAK(pseudomedian_interval_low),
	    BREAK(pseudomedian_interval_high),
	    BREAK(correct_high),
	    BREAK(correct_low),
	    BREAK(t_upper),
	    BREAK(t_quantile_p),
	    BREAK(t_quantile_df),
	    BREAK(normal_quantile_low),
	    BREAK(normal_quantile_high),
	    BREAK(predict_k),
	    BREAK(predict_block_se),
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(requirements); i++)
		assert_aborts(requirements[i].breaks, requirements[i].name);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {
	    cmocka_unit_test(test_sort),
	    cmocka_unit_test(test_sum_carries_rounding_errors),
	    cmocka_unit_test(test_equal_values_have_no_spread),
	    cmocka_unit_test(test_stddev_far_from_zero),
	    cmocka_unit_test(test_quantiles_ascend),
	    cmocka_unit_test(test_median_interval_is_the_narrowest),
	    cmocka_unit_test(test_block_se_needs_ten_values),
	    cmocka_unit_test(test_the_least_p_is_reached_exactly),
	    cmocka_unit_test(
		test_mann_whitney_does_not_depend_on_order_or_sign),
	    cmocka_unit_test(test_exact_p_meets_the_normal_one),
	    cmocka_unit_test(test_shift_agrees_with_all_differences),
	    cmocka_unit_test(test_shift_interval_inverts_the_test),
	    cmocka_unit_test(test_shift_interval_refuses_what_it_cannot_reach),
	    cmocka_unit_test(test_shift_interval_is_exact_to_the_bound),
	    cmocka_unit_test(test_no_shift_is_not_negative_zero),
	    cmocka_unit_test(test_the_least_signed_rank_p_is_reached_exactly),
	    cmocka_unit_test(test_signed_rank_agrees_with_all_signs),
	    cmocka_unit_test(test_signed_rank_remembers_the_right_size),
	    cmocka_unit_test(test_exact_signed_rank_p_meets_the_normal_one),
	    cmocka_unit_test(test_pseudomedian_agrees_with_all_averages),
	    cmocka_unit_test(test_pseudomedian_interval_inverts_the_test),
	    cmocka_unit_test(
		test_pseudomedian_interval_refuses_what_it_cannot_reach),
	    cmocka_unit_test(test_no_center_is_not_negative_zero),
	    cmocka_unit_test(test_correct_in_place),
	    cmocka_unit_test(test_lone_p),
	    cmocka_unit_test(test_t_quantile_inverts_t_upper),
	    cmocka_unit_test(test_line_at_the_edges),
	    cmocka_unit_test(test_few_metrics_are_no_prior),
	    cmocka_unit_test(test_predict_sharpens_with_sessions),
	    cmocka_unit_test(test_predict_mean_of_several_sessions),
	    cmocka_unit_test(test_requirements_are_asserted),
	};

	return oracle_run(functions, LENGTH(functions), own, LENGTH(own));
}
