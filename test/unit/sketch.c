#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"
#include "sketch.h"
#include "stats.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define N	     5000

static void
add(struct sketch *sketch, double x)
{
	sketch_add(sketch, x, log(fabs(x)));
}

/* Sorts x, and says what a sketch of it makes of every quantile. */
static void
assert_quantiles(double *x, size_t n, double error)
{
	struct sketch sketch;
	struct points points = {0};

	sketch_init(&sketch, error);
	for (size_t i = 0; i < n; i++)
		add(&sketch, x[i]);
	stats_sort(x, n);
	points_add_sketch(&points, &sketch, x[0], x[n - 1], 1, 1);
	points_sort(&points);
	assert_int_equal(points.total, n);
	for (size_t i = 0; i < n; i++) {
		double have = points_rank(&points, i);

		if (!(fabs(have - x[i]) <= error * 1.000001 * fabs(x[i])))
			fail_msg("rank %zu: %.17g for %.17g", i, have, x[i]);
	}
	assert_true(points_quantile(&points, 0) == x[0]);
	assert_true(points_quantile(&points, 1) == x[n - 1]);
	points_release(&points);
	sketch_release(&sketch);
}

/* From a uniform number to one of a distribution. */
static double
draw(int kind, struct rng *rng)
{
	double u = rng_uniform(rng);

	switch (kind) {
	case 0:
		return 1e6 * (1 + u);
	case 1:
		return exp(40 * (u - 0.5));
	case 2:
		return u - 0.5;
	case 3:
		return floor(10 * u) - 5;
	case 4:
		return -1 / (1e-9 + u);
	default:
		return ldexp(u - 0.5, (int)rng_below(rng, 1800) - 900);
	}
}

static void
test_each_quantile_is_as_exact_as_promised(void **state)
{
	static const double errors[] = {
	    SKETCH_ERROR_LEAST, SKETCH_ERROR, 0.01, SKETCH_ERROR_MOST};
	static double x[N];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	for (int kind = 0; kind < 6; kind++)
		for (size_t e = 0; e < LENGTH(errors); e++) {
			for (size_t i = 0; i < N; i++)
				x[i] = draw(kind, &rng);
			assert_quantiles(x, N, errors[e]);
		}
}

static void
test_one_and_two_numbers_are_exact(void **state)
{
	struct sketch sketch;
	struct points points = {0};

	(void)state;
	sketch_init(&sketch, 0.01);
	add(&sketch, 1.2345);
	points_add_sketch(&points, &sketch, 1.2345, 1.2345, 1, 1);
	points_sort(&points);
	assert_true(points_quantile(&points, 0.5) == 1.2345);
	points_release(&points);
	add(&sketch, 1.2346);
	points_add_sketch(&points, &sketch, 1.2345, 1.2346, 1000, 10);
	points_sort(&points);
	assert_int_equal(points.total, 2);
	assert_true(points_rank(&points, 0) == 123.45);
	assert_true(points_rank(&points, 1) == 1.2346 * 1000 / 10);
	points_release(&points);
	sketch_release(&sketch);
}

static void
assert_same(struct buckets *a, struct buckets *b)
{
	buckets_count_all(a);
	buckets_count_all(b);
	assert_int_equal(!a->counts, !b->counts);
	if (!a->counts)
		return;
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->last, b->last);
	for (int32_t i = a->first; i <= a->last; i++)
		assert_int_equal(buckets_count(a, i), buckets_count(b, i));
}

static void
test_parts_merge_to_the_whole(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2);
	for (int kind = 0; kind < 6; kind++) {
		struct sketch whole, merged, parts[4];

		sketch_init(&whole, 0.001);
		sketch_init(&merged, 0.001);
		for (int i = 0; i < 4; i++)
			sketch_init(&parts[i], 0.001);
		for (int i = 0; i < 3 * N; i++) {
			double x = draw(kind, &rng);

			add(&whole, x);
			/* The last is left with a few. */
			add(&parts[i % 500 ? i % 3 : 3], x);
		}
		for (int i = 3; i >= 0; i--)
			sketch_merge(&merged, &parts[i]);
		assert_same(&whole.positive, &merged.positive);
		assert_same(&whole.negative, &merged.negative);
		assert_int_equal(whole.zeros, merged.zeros);
		for (int i = 0; i < 4; i++)
			sketch_release(&parts[i]);
		sketch_release(&whole);
		sketch_release(&merged);
	}
}

/* Points that are all single are a sample: the same statistics. */
static void
test_points_describe_as_a_sample_does(void **state)
{
	static const double ps[] = {0, 0.01, 0.25, 1. / 3, 0.5, 0.9, 0.999, 1};
	double x[101];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	for (size_t n = 1; n <= LENGTH(x); n++) {
		struct points points = {0};

		for (size_t i = 0; i < n; i++) {
			x[i] = floor(20 * rng_uniform(&rng));
			points_add(&points, x[i], 1);
		}
		stats_sort(x, n);
		points_sort(&points);
		for (size_t i = 0; i < LENGTH(ps); i++)
			assert_true(points_quantile(&points, ps[i]) ==
				    stats_quantile(x, n, ps[i]));
		assert_true(points_mad(&points) == stats_mad(x, n));
		points_release(&points);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_quantile_is_as_exact_as_promised),
	    cmocka_unit_test(test_one_and_two_numbers_are_exact),
	    cmocka_unit_test(test_parts_merge_to_the_whole),
	    cmocka_unit_test(test_points_describe_as_a_sample_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
