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
#include "sum.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static double
sum_of(const double *x, size_t n)
{
	struct sum sum = {0};
	double value;

	for (size_t i = 0; i < n; i++)
		sum_add(&sum, x[i]);
	value = sum_value(&sum);
	sum_release(&sum);
	return value;
}

/* The exact sums are known; doubles added one by one miss each of them. */
static void
test_a_sum_is_the_nearest_double(void **state)
{
	static const struct {
		double x[6], sum;
	} cases[] = {
	    {{0}, 0}, {{1, -1}, 0}, {{1e100, 1, -1e100}, 1},
	    {{0x1p53, 1, 1}, 0x1p53 + 2},
	    {{0x1p53, 1}, 0x1p53},		      /* a tie, to even */
	    {{0x1p53 + 2, 1}, 0x1p53 + 4},	      /* a tie, to even */
	    {{0x1p53, 1, 0x1p-1074}, 0x1p53 + 2},     /* no tie */
	    {{-0x1p53, -1, -0x1p-1074}, -0x1p53 - 2}, /* nor below 0 */
	    {{0x1p53, 1, -0x1p-1074}, 0x1p53},
	    {{0x1p-1074, 0x1p-1074}, 0x1p-1073},
	    {{DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX, 3}, 3},
	    {{DBL_MAX, -0x1p-1074, -DBL_MAX}, -0x1p-1074},
	    {{0x1p32, -1, 0x1p64, -0x1p64}, 0x1p32 - 1}, {{-0x1p32}, -0x1p32},
	    {{-0x1p32, -0x1p64, -1}, -0x1p64 - 0x1p32},
	    {{0.1, 0.2, -0.3}, 0x1p-55}, /* as binary fractions */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		if (sum_of(cases[i].x, 6) != cases[i].sum)
			fail_msg("case %zu: %.17g", i, sum_of(cases[i].x, 6));
	assert_true(isinf(sum_of((double[]){DBL_MAX, DBL_MAX}, 2)));
}

/* Numbers of all sizes and both signs, and their negatives but for one. */
static void
fill(double *x, size_t n, struct rng *rng)
{
	for (size_t i = 0; i < n; i++) {
		x[i] = ldexp(
		    rng_uniform(rng) - 0.5, (int)rng_below(rng, 600) - 300);
		if (i % 2)
			x[i] = -x[i - 1];
	}
}

static void
swap_some(double *x, size_t n, struct rng *rng)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = rng_below(rng, i + 1);
		double t = x[i];

		x[i] = x[j];
		x[j] = t;
	}
}

static void
test_the_order_is_of_no_matter(void **state)
{
	double x[401];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (int i = 0; i < 50; i++) {
		double last;

		fill(x, LENGTH(x), &rng);
		last = x[LENGTH(x) - 1];
		swap_some(x, LENGTH(x), &rng);
		assert_true(sum_of(x, LENGTH(x)) == last);
	}
}

/* However it is split: the digits are the same, not only the value. */
static void
test_parts_merge_to_the_whole(void **state)
{
	double x[200];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 8);
	for (int round = 0; round < 50; round++) {
		struct sum whole = {0}, merged = {0}, parts[3] = {0};

		fill(x, LENGTH(x), &rng);
		for (size_t i = 0; i < LENGTH(x); i++) {
			sum_add(&whole, x[i] + 1);
			sum_add(&parts[rng_below(&rng, 3)], x[i] + 1);
		}
		for (int i = 2; i >= 0; i--)
			sum_merge(&merged, &parts[i]);
		sum_settle(&whole);
		sum_settle(&merged);
		assert_int_equal(whole.low, merged.low);
		assert_int_equal(whole.n, merged.n);
		assert_memory_equal(whole.digits, merged.digits,
		    (size_t)whole.n * sizeof *whole.digits);
		for (int i = 0; i < 3; i++)
			sum_release(&parts[i]);
		sum_release(&whole);
		sum_release(&merged);
	}
}

static double
stddev_of(const double *x, size_t n)
{
	struct sum sum = {0}, squares = {0};
	double value;

	for (size_t i = 0; i < n; i++) {
		sum_add(&sum, x[i]);
		sum_add_square(&squares, x[i]);
	}
	value = sum_stddev(&sum, &squares, n);
	sum_release(&sum);
	sum_release(&squares);
	return value;
}

static void
assert_near(double have, double want)
{
	if (!(fabs(have - want) <= 2 * DBL_EPSILON * fabs(want)))
		fail_msg("%.17g instead of %.17g", have, want);
}

static void
test_a_standard_deviation_does_not_cancel(void **state)
{
	(void)state;
	assert_true(isnan(stddev_of((double[]){1}, 1)));
	assert_true(stddev_of((double[]){0.1, 0.1, 0.1}, 3) == 0);
	assert_true(stddev_of((double[]){0, 0}, 2) == 0);
	assert_near(stddev_of((double[]){1, 2, 6}, 3), sqrt(7));
	assert_near(stddev_of((double[]){-1, -2, -6}, 3), sqrt(7));
	/* The squares have 20 digits in common. */
	assert_near(stddev_of((double[]){1e10, 1e10 + 1, 1e10 + 2}, 3), 1);
	assert_near(stddev_of((double[]){0x1p52, 0x1p52 + 1}, 2), sqrt(0.5));
	/* Whose squares are no doubles. */
	assert_near(stddev_of((double[]){1e200, 3e200}, 2), sqrt(2) * 1e200);
	assert_near(stddev_of((double[]){1e-200, 3e-200}, 2), sqrt(2) * 1e-200);
	assert_near(stddev_of((double[]){-1e280, 1e280}, 2), sqrt(2) * 1e280);
}

static void
test_digits_are_taken_as_they_were_given(void **state)
{
	struct sum sum = {0}, copy = {0};
	double digits[16];

	(void)state;
	sum_add(&sum, -1e10);
	sum_add(&sum, 0x1p-40);
	sum_settle(&sum);
	for (int i = 0; i < sum.n; i++)
		digits[i] = (double)sum.digits[i];
	assert_true(sum_set(&copy, sum.low, digits, (size_t)sum.n));
	assert_true(sum_value(&copy) == sum_value(&sum));
	assert_true(sum_set(&copy, 0, NULL, 0));
	assert_true(sum_value(&copy) == 0);
	assert_false(sum_set(&copy, 0, (double[]){0.5}, 1));
	assert_false(sum_set(&copy, 0, (double[]){-1, 1}, 2));
	assert_false(sum_set(&copy, 0, (double[]){0x1p32}, 1));
	assert_false(sum_set(&copy, 1e9, (double[]){1}, 1));
	assert_false(sum_set(&copy, (double)NAN, (double[]){1}, 1));
	sum_release(&sum);
	sum_release(&copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_sum_is_the_nearest_double),
	    cmocka_unit_test(test_the_order_is_of_no_matter),
	    cmocka_unit_test(test_parts_merge_to_the_whole),
	    cmocka_unit_test(test_a_standard_deviation_does_not_cancel),
	    cmocka_unit_test(test_digits_are_taken_as_they_were_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
