#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "looks.h"
#include "rng.h"
#include "stats.h"

#define MOST 64

/* The rounds 1 to n. */
static struct looks
after(size_t n)
{
	double rounds[MOST];

	for (size_t i = 0; i < n; i++)
		rounds[i] = (double)(i + 1);
	return looks_at(rounds, n);
}

static void
test_looks_are_at_15_25_and_40_rounds(void **state)
{
	static const struct {
		size_t n, looks;
		size_t values[LOOKS];
	} known[] = {
	    {1, 1, {1}},
	    {15, 1, {15}},
	    {16, 2, {15, 16}},
	    {25, 2, {15, 25}},
	    {26, 3, {15, 25, 26}},
	    {40, 3, {15, 25, 40}},
	    {50, 3, {15, 25, 50}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct looks looks = after(known[i].n);

		assert_int_equal(looks.n, known[i].looks);
		for (size_t k = 0; k < looks.n; k++)
			assert_int_equal(looks.values[k], known[i].values[k]);
	}
}

/* What counts is the number of the round, not how many there are. */
static void
test_looks_go_by_the_numbers_of_rounds(void **state)
{
	static const double some[] = {2, 15, 17, 30, 41};
	static const double late[] = {26, 27};
	struct looks looks = looks_at(some, 5);

	(void)state;
	assert_int_equal(looks.n, 3);
	assert_int_equal(looks.values[0], 2);
	assert_int_equal(looks.values[1], 3);
	assert_int_equal(looks.values[2], 5);
	looks = looks_at(late, 2);
	assert_int_equal(looks.n, 3);
	assert_int_equal(looks.values[0], 0);
	assert_int_equal(looks.values[1], 0);
	assert_int_equal(looks.values[2], 2);
}

/* (15/40)^2, (25/40)^2 and 1 are exact in binary, as are their differences. */
static void
test_shares_are_those_of_t_squared(void **state)
{
	struct looks looks = after(40), single = looks_single(7);

	(void)state;
	assert_true(looks.share[0] == 0.140625);
	assert_true(looks.share[1] == 0.25);
	assert_true(looks.share[2] == 0.609375);
	assert_true(looks_share(&looks) == 0.609375);
	looks = after(20);
	assert_true(looks_share(&looks) == 0.25);
	assert_true(looks_share(&single) == 1);
	assert_int_equal(single.n, 1);
	assert_int_equal(single.values[0], 7);
}

/* p that depends on how many values there are, and says so. */
static double
p_of_number(const double *x, size_t n)
{
	return x[n - 1];
}

static void
test_p_is_the_least_of_all_looks(void **state)
{
	double x[40];
	struct looks looks = after(40);
	size_t shown;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		x[i] = 1;
	x[14] = 0.0140625; /* 0.1 */
	x[24] = 0.02;	   /* 0.08 */
	x[39] = 0.06;	   /* 0.098 */
	assert_true(
	    fabs(looks_p(&looks, x, p_of_number, &shown) - 0.08) < 1e-15);
	assert_int_equal(shown, 25);
	x[24] = 1;
	assert_true(fabs(looks_p(&looks, x, p_of_number, NULL) -
			 0.06 / 0.609375) < 1e-15);
	x[39] = 1;
	assert_true(fabs(looks_p(&looks, x, p_of_number, NULL) - 0.1) < 1e-15);
	x[14] = 1;
	assert_true(looks_p(&looks, x, p_of_number, &shown) == 1);
	assert_int_equal(shown, 0);
	looks = looks_single(25);
	x[24] = 0.02;
	assert_true(looks_p(&looks, x, p_of_number, NULL) == 0.02);
}

/* A number from a normal distribution; or, heavy, Student's t on 2 df. */
static double
noise(struct rng *r, bool heavy)
{
	double radius = sqrt(-2 * log1p(-rng_uniform(r)));
	double angle = 2 * acos(-1) * rng_uniform(r);

	return radius * cos(angle) /
	       (heavy ? sqrt(-log1p(-rng_uniform(r))) : 1);
}

enum {
	N_METRICS = 10
};

/*
 * Whether anything is rejected at alpha = 0.05, at any of the looks, among
 * metrics that have not changed by more than the margin, all of which are
 * measured to the last look or until something is. Spending: as looks_p has
 * it; else each look is taken for the only one.
 */
static bool
raises_an_alarm(struct rng *r, bool heavy, bool spending)
{
	double x[N_METRICS][40], q[N_METRICS];
	struct looks all = after(40);

	for (size_t m = 0; m < N_METRICS; m++)
		for (size_t i = 0; i < 40; i++)
			x[m][i] = noise(r, heavy);
	for (size_t k = 0; k < LOOKS; k++) {
		struct looks looks = spending ? after(all.values[k])
					      : looks_single(all.values[k]);

		for (size_t m = 0; m < N_METRICS; m++)
			q[m] = looks_p(&looks, x[m], stats_signed_rank, NULL);
		stats_correct(STATS_BENJAMINI_HOCHBERG, q, N_METRICS, q);
		for (size_t m = 0; m < N_METRICS; m++)
			if (q[m] <= 0.05)
				return true;
	}
	return false;
}

/*
 * Of 4000 families 200 may raise one; three standard deviations are 41. Where
 * each look is taken for the only one, twice as many do.
 */
static void
test_looking_often_raises_no_more_alarms(void **state)
{
	const int n = 4000;
	struct rng r;

	(void)state;
	rng_seed(&r, 15);
	for (int heavy = 0; heavy <= 1; heavy++) {
		int spent = 0, unspent = 0;

		for (int i = 0; i < n; i++) {
			spent += raises_an_alarm(&r, heavy, true);
			unspent += raises_an_alarm(&r, heavy, false);
		}
		print_message(
		    "false alarms of %d: %d, else %d\n", n, spent, unspent);
		assert_in_range(spent, 1, 241);
		assert_in_range(unspent, 300, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_looks_are_at_15_25_and_40_rounds),
	    cmocka_unit_test(test_looks_go_by_the_numbers_of_rounds),
	    cmocka_unit_test(test_shares_are_those_of_t_squared),
	    cmocka_unit_test(test_p_is_the_least_of_all_looks),
	    cmocka_unit_test(test_looking_often_raises_no_more_alarms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
