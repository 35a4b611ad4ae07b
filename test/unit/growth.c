/*
 * The course of a metric in time: against R, and by what it calls growth.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ORACLE TEST_DATA_DIR "/oracle/growth.txt"
#include "oracle.h"
#include "rng.h"
#include "stats.h"

/* The oracle: its functions. */

static size_t
answer_kendall_rise(const struct oracle_case *c, double *got)
{
	got[0] = stats_kendall_rise(c->x.value, c->x.n);
	return 1;
}

static size_t
answer_slope(const struct oracle_case *c, double *got)
{
	struct stats_interval interval;
	bool reached = stats_slope(c->x.value, c->y.value, c->x.n,
	    c->arguments.value[0], &got[3], &interval);
	size_t n = answer_interval(reached, interval, got);

	return reached ? n + 1 : n;
}

static size_t
answer_growth(const struct oracle_case *c, double *got)
{
	struct stats_growth growth = {0};
	bool reached = stats_growth(
	    c->x.value, c->y.value, c->x.n, c->arguments.value[0], &growth);

	if (answer_interval(reached, growth.interval, got) == 1)
		return 1;
	got[3] = growth.slope;
	got[4] = (double)growth.kind;
	return 5;
}

static struct oracle functions[] = {
    {"kendall_rise", answer_kendall_rise, 1e-10, false},
    {"slope", answer_slope, 1e-13, false},
    {"growth", answer_growth, 1e-9, false},
};

/* What no oracle says. */

enum {
	LOOKS = 100
};

/* A course over 10 s: a trend in u, from 0 to 1, and noise from rng. */
struct recipe {
	double (*trend)(double u);
	double noise; /* a fraction of 1 */
	double r1;    /* of the noise */
};

static double
normal(struct rng *rng)
{
	double u;

	do
		u = rng_uniform(rng);
	while (u == 0);
	return stats_normal_quantile(u);
}

/* How many of 1,000 courses are of this kind. */
static size_t
count_kind(struct recipe recipe, enum stats_growth_kind kind)
{
	size_t count = 0;
	struct rng rng;

	rng_seed(&rng, 20261121);
	for (size_t i = 0; i < 1000; i++) {
		double t[LOOKS], x[LOOKS], state = normal(&rng);
		struct stats_growth growth;

		for (size_t j = 0; j < LOOKS; j++) {
			t[j] = 0.1 * (double)(j + 1);
			x[j] = recipe.trend(t[j] / 10) + recipe.noise * state;
			state = recipe.r1 * state +
				sqrt(1 - recipe.r1 * recipe.r1) * normal(&rng);
		}
		assert_true(stats_growth(t, x, LOOKS, 0.95, &growth));
		count += growth.kind == kind;
	}
	return count;
}

static double
flat(double u)
{
	(void)u;
	return 1;
}

/* A program that fills its memory, and then keeps it. */
static double
filling(double u)
{
	return fmin(1, 0.1 + 3 * u);
}

static double
leak(double u)
{
	return 1 + 0.3 * u;
}

static double
explosion(double u)
{
	return exp(3 * u);
}

/* A table that doubles when it is full. */
static double
doubling(double u)
{
	return exp2(floor(log2(1 + 100 * u)));
}

/* Noise of 5 % is as large as what counts as growth. */
static void
test_noise_does_not_grow(void **state)
{
	(void)state;
	assert_int_equal(
	    count_kind((struct recipe){flat, 0.01, 0}, STATS_STABLE), 1000);
	assert_int_equal(
	    count_kind((struct recipe){filling, 0.01, 0.6}, STATS_STABLE),
	    1000);
	assert_in_range(
	    count_kind((struct recipe){flat, 0.05, 0.6}, STATS_STABLE), 970,
	    1000);
	assert_in_range(
	    count_kind((struct recipe){flat, 0.3, 0}, STATS_STABLE), 960, 1000);
}

static void
test_growth_is_found(void **state)
{
	(void)state;
	assert_in_range(
	    count_kind((struct recipe){leak, 0.01, 0.6}, STATS_LINEAR), 950,
	    1000);
	assert_in_range(
	    count_kind((struct recipe){leak, 0.05, 0}, STATS_LINEAR), 950,
	    1000);
	assert_in_range(count_kind((struct recipe){explosion, 0.01, 0.6},
			    STATS_SUPERLINEAR),
	    950, 1000);
}

/* Steps are no acceleration. */
static void
test_a_table_that_doubles_grows_linearly(void **state)
{
	(void)state;
	assert_int_equal(
	    count_kind((struct recipe){doubling, 1e-6, 0}, STATS_SUPERLINEAR),
	    0);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {
	    cmocka_unit_test(test_noise_does_not_grow),
	    cmocka_unit_test(test_growth_is_found),
	    cmocka_unit_test(test_a_table_that_doubles_grows_linearly),
	};

	return oracle_run(functions, LENGTH(functions), own, LENGTH(own));
}
