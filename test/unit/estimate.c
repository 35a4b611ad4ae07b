/*
 * Estimates and their intervals: against R, and by their coverage.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ORACLE TEST_DATA_DIR "/oracle/estimate.txt"
#include "oracle.h"
#include "rng.h"
#include "stats.h"

/* The oracle: its functions. */

static size_t
answer_quantile_ranks(const struct oracle_case *c, double *got)
{
	const double *arguments = c->arguments.value;
	size_t lower, upper;

	got[0] = stats_quantile_ranks(
	    (size_t)arguments[0], arguments[1], arguments[2], &lower, &upper);
	if (got[0] == 0)
		return 1;
	got[1] = (double)lower;
	got[2] = (double)upper;
	return 3;
}

static size_t
answer_bca(const struct oracle_case *c, double *got)
{
	const double *arguments = c->arguments.value;
	struct stats_interval interval;
	bool reached = stats_bca(c->x.value, c->x.n, arguments[0], arguments[1],
	    arguments[2], &interval);

	return answer_interval(reached, interval, got);
}

static size_t
answer_mean_interval(const struct oracle_case *c, double *got)
{
	struct stats_interval interval;
	struct rng rng;
	bool reached;

	rng_seed(&rng, c->line);
	reached = stats_mean_interval(
	    c->x.value, c->x.n, c->arguments.value[0], 2000, &rng, &interval);
	return answer_interval(reached, interval, got);
}

/* Beyond what is resampled: no resamples are needed. */
static size_t
answer_mean_limit(const struct oracle_case *c, double *got)
{
	struct stats_interval interval;
	bool reached = stats_mean_interval(
	    c->x.value, c->x.n, c->arguments.value[0], 0, NULL, &interval);

	return answer_interval(reached, interval, got);
}

static size_t
answer_wilson(const struct oracle_case *c, double *got)
{
	const double *arguments = c->arguments.value;
	struct stats_interval interval =
	    stats_wilson(arguments[0], arguments[1], arguments[2]);

	got[0] = interval.lo;
	got[1] = interval.hi;
	return 2;
}

static size_t
answer_newcombe(const struct oracle_case *c, double *got)
{
	const double *arguments = c->arguments.value;
	struct stats_interval interval = stats_newcombe(arguments[0],
	    arguments[1], arguments[2], arguments[3], arguments[4]);

	got[0] = interval.lo;
	got[1] = interval.hi;
	return 2;
}

static size_t
answer_clopper_pearson(const struct oracle_case *c, double *got)
{
	const double *arguments = c->arguments.value;
	struct stats_interval interval =
	    stats_clopper_pearson(arguments[0], arguments[1], arguments[2]);

	got[0] = interval.lo;
	got[1] = interval.hi;
	return 2;
}

static size_t
answer_qn(const struct oracle_case *c, double *got)
{
	got[0] = stats_qn(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_ties(const struct oracle_case *c, double *got)
{
	struct stats_ties ties = stats_ties(c->x.value, c->x.n);

	got[0] = ties.share;
	got[1] = ties.step;
	return 2;
}

static size_t
answer_drift(const struct oracle_case *c, double *got)
{
	struct stats_drift drift;

	got[0] = stats_drift(c->x.value, c->x.n, &drift);
	if (got[0] == 0)
		return 1;
	got[1] = drift.shift;
	got[2] = drift.p;
	return 3;
}

static struct oracle functions[] = {
    {"quantile_ranks", answer_quantile_ranks, 0, false},
    {"bca", answer_bca, 1e-9, true},
    {"mean_interval", answer_mean_interval, 0.05, true},
    {"mean_limit", answer_mean_limit, 1e-13, true},
    {"wilson", answer_wilson, 1e-12, false},
    {"newcombe", answer_newcombe, 1e-9, false},
    {"clopper_pearson", answer_clopper_pearson, 1e-9, false},
    {"qn", answer_qn, 1e-12, false},
    {"ties", answer_ties, 0, false},
    {"drift", answer_drift, 1e-10, false},
};

/* What no oracle says. */

/*
 * R's 100,000 resamples and our 2,000: at most 8 % of the interval's width
 * apart, about five times what 2,000 leave to chance; at a level of 0.99, where
 * the ends are made of a few resamples, 20 %.
 */
static void
test_mean_interval_is_that_of_r_in_its_width(void **state)
{
	(void)state;
	for (size_t i = 0; i < case_count; i++) {
		const struct oracle_case *c = &cases[i];
		double got[3], width, reach;

		if (strcmp(c->name, "mean_interval") != 0 || c->want.n != 3)
			continue;
		width = c->want.value[2] - c->want.value[1];
		reach = c->arguments.value[0] < 0.99 ? 0.08 : 0.2;
		assert_int_equal(answer_mean_interval(c, got), 3);
		for (size_t end = 1; end <= 2; end++)
			if (!(fabs(got[end] - c->want.value[end]) <=
				reach * width))
				fail_msg("%s:%zu: %.9g is not near %.9g",
				    ORACLE, c->line, got[end],
				    c->want.value[end]);
	}
}

static void
test_mean_interval_is_that_of_its_seed(void **state)
{
	double x[30];
	struct stats_interval first, second, other;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < LENGTH(x); i++)
		x[i] = rng_uniform(&rng);
	stats_sort(x, LENGTH(x));
	rng_seed(&rng, 2);
	assert_true(
	    stats_mean_interval(x, LENGTH(x), 0.95, 2000, &rng, &first));
	rng_seed(&rng, 2);
	assert_true(
	    stats_mean_interval(x, LENGTH(x), 0.95, 2000, &rng, &second));
	assert_memory_equal(&first, &second, sizeof(first));
	rng_seed(&rng, 3);
	assert_true(
	    stats_mean_interval(x, LENGTH(x), 0.95, 2000, &rng, &other));
	assert_true(first.lo != other.lo && first.hi != other.hi);
	assert_false(stats_mean_interval(x, LENGTH(x), 0.95, 0, &rng, &other));
}

static double
normal(struct rng *rng)
{
	double u;

	do
		u = rng_uniform(rng);
	while (u == 0);
	return stats_normal_quantile(u);
}

/* The share of 2,000 samples whose interval has the mean of exp(sigma Z). */
static double
coverage(size_t n, double sigma)
{
	double *x = test_malloc(n * sizeof(*x));
	double mean = sigma > 0 ? exp(sigma * sigma / 2) : 0;
	struct stats_interval interval;
	size_t covered = 0;
	struct rng rng;

	rng_seed(&rng, 20261121);
	for (size_t i = 0; i < 2000; i++) {
		for (size_t j = 0; j < n; j++) {
			double z = normal(&rng);

			x[j] = sigma > 0 ? exp(sigma * z) : z;
		}
		stats_sort(x, n);
		assert_true(
		    stats_mean_interval(x, n, 0.95, 500, &rng, &interval));
		covered += interval.lo <= mean && mean <= interval.hi;
	}
	test_free(x);
	return (double)covered / 2000;
}

/* What stats.h says of it; at 2,000 samples one in a hundred is chance. */
static void
test_mean_interval_covers(void **state)
{
	(void)state;
	assert_in_range(100 * coverage(10, 0), 89, 93);
	assert_in_range(100 * coverage(30, 0), 93, 96);
	assert_in_range(100 * coverage(10, 0.5), 86, 91);
	assert_in_range(100 * coverage(30, 0.5), 91, 95);
}

/* Both count ways of n coins; above 1000 values by another road. */
static void
test_quantile_interval_at_half_is_that_of_the_median(void **state)
{
	static const double levels[] = {0.5, 0.75, 0.9, 0.95, 0.999};
	double x[1200];

	(void)state;
	for (size_t i = 0; i < LENGTH(x); i++)
		x[i] = (double)i;
	for (size_t i = 0; i < LENGTH(levels); i++)
		for (size_t n = 1; n <= LENGTH(x); n++) {
			struct stats_interval a = {0}, b = {0};

			assert_int_equal(
			    stats_median_interval(x, n, levels[i], &a),
			    stats_quantile_interval(x, n, 0.5, levels[i], &b));
			if (a.lo != b.lo || a.hi != b.hi)
				fail_msg("n = %zu at %g", n, levels[i]);
		}
}

/* Few and many values, values with ties, and some that lie far out. */
static void
test_qn_is_that_of_all_pairs(void **state)
{
	static const size_t sizes[] = {10, 11, 31, 100, 300, 301};
	double x[301], *all = test_malloc(301 * 150 * sizeof(*all));
	struct rng rng;

	(void)state;
	rng_seed(&rng, 6);
	for (size_t trial = 0; trial < 300; trial++) {
		size_t n = sizes[trial % LENGTH(sizes)], count = 0;
		size_t half = n / 2 + 1, rank = half * (half - 1) / 2;
		double size = pow(10, (double)(trial % 7) - 3);

		for (size_t i = 0; i < n; i++) {
			x[i] = size * exp(2 * normal(&rng));
			if (trial % 3 == 0)
				x[i] = floor(x[i]);
		}
		stats_sort(x, n);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < i; j++)
				all[count++] = x[i] - x[j];
		stats_sort(all, count);
		assert_true(fabs(stats_qn(x, n) -
				 2.21914446598508 * (double)n /
				     ((double)n + (n % 2 ? 1.4 : 3.8)) *
				     all[rank - 1]) <= 1e-12 * all[rank - 1]);
	}
	test_free(all);
}

static void
test_qn_does_not_mind_outliers(void **state)
{
	double x[101], spread, other;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	for (size_t i = 0; i < LENGTH(x); i++)
		x[i] = normal(&rng);
	stats_sort(x, LENGTH(x));
	spread = stats_qn(x, LENGTH(x));
	assert_true(spread > 0.8 && spread < 1.2);
	for (size_t i = 91; i < LENGTH(x); i++)
		x[i] = 1e9;
	other = stats_qn(x, LENGTH(x));
	assert_true(other < 1.6);
	assert_true(stats_stddev(x, LENGTH(x)) > 1e8);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {
	    cmocka_unit_test(test_mean_interval_is_that_of_r_in_its_width),
	    cmocka_unit_test(test_mean_interval_is_that_of_its_seed),
	    cmocka_unit_test(test_mean_interval_covers),
	    cmocka_unit_test(
		test_quantile_interval_at_half_is_that_of_the_median),
	    cmocka_unit_test(test_qn_is_that_of_all_pairs),
	    cmocka_unit_test(test_qn_does_not_mind_outliers),
	};

	return oracle_run(functions, LENGTH(functions), own, LENGTH(own));
}
