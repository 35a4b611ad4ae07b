#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rng.h"

/* The first outputs of xoshiro256starstar.c from the state 1, 2, 3, 4. */
static void
test_next_gives_the_published_sequence(void **state)
{
	static const uint64_t published[] = {
	    11520,
	    0,
	    1509978240,
	    1215971899390074240,
	    1216172134540287360,
	    607988272756665600,
	    16172922978634559625U,
	    8476171486693032832,
	    10595114339597558777U,
	    2904607092377533576,
	};
	struct rng r = {{1, 2, 3, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(published) / sizeof(*published); i++)
		assert_int_equal(rng_next(&r), published[i]);
}

/* The first outputs of splitmix64.c; then xoshiro256** seeded by them. */
static void
test_seed_fills_the_state_from_splitmix64(void **state)
{
	static const uint64_t published[] = {
	    6457827717110365317,
	    3203168211198807973,
	    9817491932198370423U,
	    4593380528125082431,
	};
	struct rng r;

	(void)state;
	rng_seed(&r, 1234567);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(r.state[i], published[i]);
	rng_seed(&r, 0);
	assert_int_equal(r.state[0], 0xe220a8397b1dcdaf);
	assert_int_equal(rng_next(&r), 11091344671253066420U);
}

static void
test_same_seed_same_numbers(void **state)
{
	struct rng a, b, c;
	bool differs = false;

	(void)state;
	rng_seed(&a, 7);
	rng_seed(&b, 7);
	rng_seed(&c, 8);
	for (int i = 0; i < 100; i++) {
		uint64_t x = rng_next(&a);

		assert_int_equal(x, rng_next(&b));
		differs |= x != rng_next(&c);
	}
	assert_true(differs);
}

static void
test_below_is_in_range_and_even(void **state)
{
	size_t seen[6] = {0};
	double chi_squared = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, 1);
	for (int i = 0; i < 60000; i++) {
		uint64_t x = rng_below(&r, 6);

		assert_in_range(x, 0, 5);
		seen[x]++;
	}
	for (int i = 0; i < 6; i++) {
		double off = (double)seen[i] - 10000;

		chi_squared += off * off / 10000;
	}
	/* The 0.9999 quantile on 5 degrees of freedom. */
	assert_true(chi_squared < 25.74);
	for (int i = 0; i < 100; i++)
		assert_int_equal(rng_below(&r, 1), 0);
}

/*
 * Of the numbers below n = 2^63 + 2^62, a plain remainder would draw those
 * below 2^62 twice as often: half of all, where a third is right.
 */
static void
test_below_is_unbiased_for_large_n(void **state)
{
	const uint64_t n = UINT64_C(3) << 62;
	size_t low = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, 2);
	for (int i = 0; i < 30000; i++) {
		uint64_t x = rng_below(&r, n);

		assert_true(x < n);
		low += x < UINT64_C(1) << 62;
	}
	assert_in_range(low, 9600, 10400);
	for (int i = 0; i < 100; i++)
		assert_true(rng_below(&r, UINT64_MAX) < UINT64_MAX);
}

/* 2^64 is 1 more than a multiple of 3: 0 is drawn again, 1 is not. */
static void
test_below_draws_again_only_what_is_in_excess(void **state)
{
	struct rng zero = {{5, 0, 0, 0}}, one = {{5, 0x7d6c16c16c16c16c, 0, 0}};
	struct rng after = one;

	(void)state;
	assert_int_equal(rng_next(&after), 1);
	assert_int_equal(rng_below(&one, 3), 1);
	assert_memory_equal(&one, &after, sizeof(one));
	after = zero;
	assert_int_equal(rng_next(&after), 0);
	rng_below(&zero, 3);
	assert_memory_not_equal(&zero, &after, sizeof(zero));
}

static void
test_uniform_is_in_range_and_even(void **state)
{
	double sum = 0, least = 1, most = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, 3);
	for (int i = 0; i < 100000; i++) {
		double x = rng_uniform(&r);

		assert_true(x >= 0 && x < 1);
		sum += x;
		least = fmin(least, x);
		most = fmax(most, x);
	}
	/* Five standard errors of the mean. */
	assert_true(fabs(sum / 100000 - 0.5) < 5 * 0.2887 / 316);
	assert_true(least < 0.0002 && most > 0.9998);

	/* The states whose next number is 0, and 2^64 - 1. */
	r = (struct rng){{1, 0, 0, 0}};
	assert_true(rng_uniform(&r) == 0);
	r = (struct rng){{0, 0x4fc71c71c71c71c7, 0, 0}};
	assert_true(rng_uniform(&r) == 1 - 0x1p-53);
}

static void
test_shuffle_reaches_every_order_evenly(void **state)
{
	size_t seen[27] = {0}, orders = 0;
	double chi_squared = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, 4);
	for (int i = 0; i < 6000; i++) {
		size_t x[] = {0, 1, 2};

		rng_shuffle(&r, x, 3);
		seen[x[0] * 9 + x[1] * 3 + x[2]]++;
	}
	for (int i = 0; i < 27; i++) {
		double off = (double)seen[i] - 1000;

		if (seen[i] == 0)
			continue;
		orders++;
		chi_squared += off * off / 1000;
	}
	assert_int_equal(orders, 6);
	assert_true(chi_squared < 25.74);
}

static void
test_shuffle_keeps_the_elements(void **state)
{
	size_t x[100], moved = 0;
	bool seen[100] = {false};
	struct rng r;

	(void)state;
	rng_seed(&r, 5);
	for (size_t i = 0; i < 100; i++)
		x[i] = i;
	rng_shuffle(&r, x, 0);
	rng_shuffle(&r, x, 1);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(x[i], i);
	rng_shuffle(&r, x, 100);
	for (size_t i = 0; i < 100; i++) {
		assert_false(seen[x[i]]);
		seen[x[i]] = true;
		moved += x[i] != i;
	}
	assert_true(moved > 80);
}

/* Test vectors of draft-eastlake-fnv and of the FNV test suite. */
static void
test_hash_gives_the_published_values(void **state)
{
	(void)state;
	assert_int_equal(rng_hash("", 0), 0xcbf29ce484222325);
	assert_int_equal(rng_hash("a", 1), 0xaf63dc4c8601ec8c);
	assert_int_equal(rng_hash("foobar", 6), 0x85944171f73967e8);
	/* Bytes above 127 count as what they are, and so does a NUL. */
	assert_int_equal(rng_hash("\xff", 1), 0xaf64724c8602eb6e);
	assert_int_equal(rng_hash("", 1), 0xaf63bd4c8601b7df);
}

static void
test_requirements_are_asserted(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (child == 0) {
			struct rlimit no_core = {0};
			struct rng zero = {{0}}, one = {{1}};

			setrlimit(RLIMIT_CORE, &no_core);
			signal(SIGFPE, SIG_DFL);
			fclose(stderr);
			if (i == 0)
				rng_next(&zero);
			else
				rng_below(&one, 0);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

/* Even whole numbers, whose doubles have many zeros, fill the table evenly. */
static void
test_slots_of_whole_numbers(void **state)
{
	enum {
		SLOTS = 65536,
		NUMBERS = 30000
	};
	static unsigned count[SLOTS];

	(void)state;
	for (int step = 1; step <= 1024; step *= 32) {
		unsigned most = 0, used = 0;

		memset(count, 0, sizeof count);
		for (int i = 0; i < NUMBERS; i++) {
			size_t slot = rng_slot((double)i * step, SLOTS);

			assert_true(slot < SLOTS);
			used += !count[slot]++;
			most = count[slot] > most ? count[slot] : most;
		}
		/* By chance 24073 are used, and one at most by 6. */
		assert_in_range(used, 23700, 24500);
		assert_true(most <= 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_next_gives_the_published_sequence),
	    cmocka_unit_test(test_seed_fills_the_state_from_splitmix64),
	    cmocka_unit_test(test_same_seed_same_numbers),
	    cmocka_unit_test(test_below_is_in_range_and_even),
	    cmocka_unit_test(test_below_is_unbiased_for_large_n),
	    cmocka_unit_test(test_below_draws_again_only_what_is_in_excess),
	    cmocka_unit_test(test_uniform_is_in_range_and_even),
	    cmocka_unit_test(test_shuffle_reaches_every_order_evenly),
	    cmocka_unit_test(test_shuffle_keeps_the_elements),
	    cmocka_unit_test(test_hash_gives_the_published_values),
	    cmocka_unit_test(test_slots_of_whole_numbers),
	    cmocka_unit_test(test_requirements_are_asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
