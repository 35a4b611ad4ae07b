#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* So short that these tests take no time; nothing here depends on it. */
#define WLBENCH_MIN_NS 20000
#include "../../workloads/wlbench.h"

#define assert_near(a, b, most) assert_true(fabs((a) - (b)) <= (most))

static double
factor_of(const char *text, const char *kernel)
{
	double factor = 0;

	if (!wlbench_find_factor(text, kernel, &factor))
		return -1;
	return factor;
}

static void
test_factor_is_that_of_the_kernel(void **state)
{
	(void)state;
	assert_near(factor_of("a=3", "a"), 3, 0);
	assert_near(factor_of("a=3,b=1.25", "b"), 1.25, 0);
	assert_near(factor_of("a=1000", "a"), 1000, 0);
	assert_near(factor_of("a=1.2", "a"), 1.2, 1e-15);
}

static void
test_factor_is_1_for_kernels_that_are_not_named(void **state)
{
	(void)state;
	assert_near(factor_of("", "a"), 1, 0);
	assert_near(factor_of("a=3", "ab"), 1, 0);
	assert_near(factor_of("ab=3", "a"), 1, 0);
}

static void
test_star_is_every_kernel_that_is_not_named(void **state)
{
	(void)state;
	assert_near(factor_of("*=2", "a"), 2, 0);
	assert_near(factor_of("*=2,a=3", "a"), 3, 0);
	assert_near(factor_of("a=3,*=2", "a"), 3, 0);
	assert_near(factor_of("a=3,*=2", "b"), 2, 0);
	assert_near(factor_of("a=1,*=2", "a"), 1, 0);
}

static void
test_malformed_slowdowns_are_refused(void **state)
{
	static const char *const malformed[] = {"a", "a=", "=2", "a=x", "a=2x",
	    "a=2,", ",a=2", "a=2,,b=2", "a=0.5", "a=0", "a=-2", "a= 2", "a=2.",
	    "a=.5", "a=1e3", "a=1001", "a=nan", "a=inf", "a=0x2", "a=2 ",
	    "a=99999999999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
		assert_near(factor_of(malformed[i], "a"), -1, 0);
		assert_near(factor_of(malformed[i], "b"), -1, 0);
	}
}

/* The whole turns of a plan must be the factor that was asked for. */
static void
test_plan_keeps_the_factor(void **state)
{
	static const double factors[] = {
	    1, 1.01, 1.05, 1.2, 1.333, 1.5, 2, 2.5, 7, 999.9, 1000};
	static const double turns[] = {1, 2, 3, 17, 40, 1e3, 1e6};

	(void)state;
	for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++)
		for (size_t j = 0; j < sizeof turns / sizeof turns[0]; j++) {
			struct wlbench bench = {.factor = factors[i]};
			double real;

			wlbench_plan(&bench, turns[j]);
			real = (double)bench.turns / (double)bench.counted;
			assert_near(real / factors[i], 1, 0.001);
			assert_true((double)bench.turns >= turns[j]);
		}
}

static void
test_loop_makes_all_measurements(void **state)
{
	struct wlbench bench = {.kernel = "k"};
	uint64_t turns = 0;

	(void)state;
	unsetenv("WLBENCH_SLOWDOWN");
	while (wlbench_next(&bench)) {
		turns++;
		wlbench_keep(&turns);
	}
	assert_int_equal(bench.done, WLBENCH_TIMES);
	assert_int_equal(bench.turns, bench.counted);
	assert_true(turns >= WLBENCH_TIMES * bench.turns);
	assert_string_equal(bench.metric, "time_per_op");
	for (unsigned i = 0; i < bench.done; i++)
		assert_true(bench.ns[i] > 0);
}

static void
test_loop_does_the_planted_work(void **state)
{
	struct wlbench bench = {.kernel = "k", .metric = "m", .ops = 2};

	(void)state;
	setenv("WLBENCH_SLOWDOWN", "k=4", 1);
	while (wlbench_next(&bench))
		wlbench_keep(&bench);
	assert_int_equal(bench.turns, 4 * bench.counted);
	assert_string_equal(bench.metric, "m");
	unsetenv("WLBENCH_SLOWDOWN");
}

/* The first outputs of splitmix64.c from the state 1234567. */
static void
test_random_gives_the_published_sequence(void **state)
{
	static const uint64_t published[] = {
	    6457827717110365317U,
	    3203168211198807973U,
	    9817491932198370423U,
	    4593380528125082431U,
	    16408922859458223821U,
	};
	uint64_t random = 1234567;

	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		assert_int_equal(wlbench_random(&random), published[i]);
}

static void
test_below_stays_below(void **state)
{
	uint64_t random = 1;
	bool seen[3] = {false};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t value = wlbench_below(&random, 3);

		assert_true(value < 3);
		seen[value] = true;
		assert_true(wlbench_uniform(&random) < 1);
	}
	assert_true(seen[0] && seen[1] && seen[2]);
}

static void
test_param_is_argument_then_environment_then_fallback(void **state)
{
	(void)state;
	unsetenv("WL_size");
	assert_int_equal(wlbench_param("size", NULL, 7, 1, 100), 7);
	setenv("WL_size", "8", 1);
	assert_int_equal(wlbench_param("size", NULL, 7, 1, 100), 8);
	assert_int_equal(wlbench_param("size", "100", 7, 1, 100), 100);
	setenv("WL_SEED", "18446744073709551615", 1);
	assert_int_equal(wlbench_seed(), UINT64_MAX);
	unsetenv("WL_SEED");
	assert_int_equal(wlbench_seed(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_factor_is_that_of_the_kernel),
	    cmocka_unit_test(test_factor_is_1_for_kernels_that_are_not_named),
	    cmocka_unit_test(test_star_is_every_kernel_that_is_not_named),
	    cmocka_unit_test(test_malformed_slowdowns_are_refused),
	    cmocka_unit_test(test_plan_keeps_the_factor),
	    cmocka_unit_test(test_loop_makes_all_measurements),
	    cmocka_unit_test(test_loop_does_the_planted_work),
	    cmocka_unit_test(test_random_gives_the_published_sequence),
	    cmocka_unit_test(test_below_stays_below),
	    cmocka_unit_test(
		test_param_is_argument_then_environment_then_fallback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
