/*
 * Steps of a course: against R, and what is found in noise and in steps that
 * were planted.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ORACLE TEST_DATA_DIR "/oracle/step.txt"
#include "oracle.h"
#include "rng.h"
#include "step.h"

/* The oracle: its functions. */

static size_t
answer_scores(const struct oracle_case *c, double *got)
{
	step_scores(c->x.value, c->x.n, got);
	return c->x.n;
}

static size_t
answer_deviance(const struct oracle_case *c, double *got)
{
	got[0] = step_deviance(c->x.value, c->x.n, c->arguments.value[0] != 0);
	return 1;
}

static size_t
answer_step(const struct oracle_case *c, double *got)
{
	struct step_fit fit =
	    step_fit(c->x.value, c->x.n, (size_t)c->arguments.value[0],
		(size_t)c->arguments.value[1], false);

	got[0] = (double)fit.at;
	got[1] = fit.gain;
	return 2;
}

static size_t
answer_runs(const struct oracle_case *c, double *got)
{
	got[0] = step_runs_p((size_t)c->arguments.value[0],
	    (size_t)c->arguments.value[1], (size_t)c->arguments.value[2]);
	return 1;
}

static struct oracle functions[] = {
    {"scores", answer_scores, 1e-12, true},
    {"deviance", answer_deviance, 1e-8, false},
    {"step", answer_step, 1e-3, false},
    {"runs", answer_runs, 1e-12, false},
};

/* What no oracle says. */

enum {
	N = 100
};
static const struct step_rule rule = {.least = STEP_LEAST, .alpha = 0.01};

static double
normal(struct rng *rng)
{
	double u;

	do
		u = rng_uniform(rng);
	while (u == 0);
	return stats_normal_quantile(u);
}

/* Noise that resembles its neighbours by r. */
static void
fill(double *x, double r, struct rng *rng)
{
	double state = normal(rng);

	for (size_t i = 0; i < N; i++) {
		x[i] = state;
		state = r * state + sqrt(1 - r * r) * normal(rng);
	}
}

/* How many of 100 courses without a step are told to have one. */
static size_t
count_false(double r)
{
	size_t count = 0;
	struct rng rng;

	rng_seed(&rng, 20261121);
	for (size_t i = 0; i < 100; i++) {
		struct steps steps = {0};
		double x[N];

		fill(x, r, &rng);
		steps_find(&steps, x, N, &rule);
		count += steps.n > 0;
		steps_release(&steps);
	}
	return count;
}

static void
test_noise_has_no_steps(void **state)
{
	(void)state;
	assert_in_range(count_false(0), 0, 3);
	assert_in_range(count_false(0.3), 0, 6);
	assert_in_range(count_false(0.6), 0, 10);
}

/* How many of 100 courses have their one step found, of `jump` at N - after. */
static size_t
count_found(double jump, size_t after)
{
	size_t count = 0;
	struct rng rng;

	rng_seed(&rng, 20261121);
	for (size_t i = 0; i < 100; i++) {
		struct steps steps = {0};
		double x[N];

		fill(x, 0, &rng);
		for (size_t k = N - after; k < N; k++)
			x[k] += jump;
		steps_find(&steps, x, N, &rule);
		count += steps.n == 1 && steps.step[0].at + 5 >= N - after &&
			 steps.step[0].at <= N - after + 5;
		steps_release(&steps);
	}
	return count;
}

static void
test_steps_are_found(void **state)
{
	(void)state;
	assert_in_range(count_found(2.44, 10), 92, 100);
	assert_in_range(count_found(-2.44, 40), 92, 100);
	assert_in_range(count_found(6, 5), 95, 100);
}

/*
 * What is told of courses of `before` values, and `after` that are 100 standard
 * deviations more, and then `before` again where it is up and down: how many of
 * 50 have these steps alone.
 */
static size_t
count_large(size_t before, size_t after, bool down)
{
	size_t count = 0, n = before + after + (down ? before : 0);
	struct rng rng;

	rng_seed(&rng, 20261121);
	for (size_t i = 0; i < 50; i++) {
		struct steps steps = {0};
		double x[N];

		fill(x, 0, &rng);
		for (size_t k = before; k < before + after; k++)
			x[k] += 100;
		steps_find(&steps, x, n, &rule);
		assert_false(steps.is_line);
		count += steps.n == (down ? 2 : 1) &&
			 steps.step[0].at == before &&
			 steps.step[0].from == before &&
			 steps.step[0].to == before &&
			 (!down || steps.step[1].at == before + after);
		steps_release(&steps);
	}
	return count;
}

static void
test_large_steps_are_found_at_once(void **state)
{
	(void)state;
	for (size_t before = 4; before <= 20; before++)
		for (size_t after = 4; after <= 8; after++)
			assert_int_equal(count_large(before, after, false),
			    before + after < 10 ? 0 : 50);
	assert_int_equal(count_large(8, 8, true), 50);
	assert_int_equal(count_large(20, 8, true), 50);
	assert_int_equal(count_large(30, 5, true), 50);
}

static void
test_groups_that_are_apart(void **state)
{
	static const double two[] = {1, 2, 1, 2, 1, 2, 9, 8, 9, 8, 9, 8};
	static const double spike[] = {1, 2, 1, 2, 1, 2, 9, 8, 99, 8, 9, 8};
	static const double spikes[] = {1, 2, 1, 2, 1, 2, 9, 98, 99, 8, 9, 8};
	static const double near[] = {1, 8, 1, 8, 1, 8, 17, 10, 17, 10, 17, 10};
	static const double modes[] = {1, 1, 1, 1, 9, 9, 9, 9, 1, 1, 1, 1};
	static const double few[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9};
	double slope[N];
	size_t at;

	(void)state;
	assert_true(fabs(step_apart(two, 12, 4, &at) - 2.0 / 924) < 1e-12);
	assert_int_equal(at, 6);
	assert_true(fabs(step_apart(spike, 12, 4, &at) - 2.0 / 924) < 1e-12);
	assert_int_equal(at, 6);
	assert_true(step_apart(spikes, 12, 4, &at) == 1);
	assert_true(step_apart(near, 12, 4, &at) == 1);
	assert_true(step_apart(modes, 12, 4, &at) == 1);
	assert_true(step_apart(few, 12, 4, &at) == 1);
	assert_true(step_apart(two, 12, 6, &at) < 1);
	for (size_t i = 0; i < N; i++)
		slope[i] = (double)i;
	assert_true(step_apart(slope, N, 4, &at) == 1);
}

static void
test_exact_steps(void **state)
{
	struct steps steps = {0};
	double x[N];

	(void)state;
	for (size_t i = 0; i < N; i++)
		x[i] = i < 30 ? 7 : i < 80 ? 9 : 8;
	steps_find(&steps, x, N, &rule);
	assert_int_equal(steps.n, 2);
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(steps.step[k].at, k ? 80 : 30);
		assert_int_equal(steps.step[k].from, steps.step[k].at);
		assert_int_equal(steps.step[k].to, steps.step[k].at);
		assert_true(steps.step[k].p > 0 && steps.step[k].p < 1e-9);
	}
	steps_release(&steps);
	for (size_t i = 0; i < N; i++)
		x[i] = 7;
	assert_true(steps_p(x, N, STEP_LEAST) > 0.5);
	steps_find(&steps, x, N, &rule);
	assert_int_equal(steps.n, 0);
	assert_false(steps.is_line);
	steps_release(&steps);
}

static void
test_a_line_is_no_step(void **state)
{
	struct steps steps = {0};
	struct rng rng;
	double x[N];

	(void)state;
	rng_seed(&rng, 1);
	fill(x, 0, &rng);
	for (size_t i = 0; i < N; i++)
		x[i] += 0.08 * (double)i;
	assert_true(steps_p(x, N, STEP_LEAST) < 0.01);
	steps_find(&steps, x, N, &rule);
	assert_int_equal(steps.n, 0);
	assert_true(steps.is_line);
	steps_release(&steps);
}

/* A short level that is much noisier than the other may be far off by chance.
 */
static void
test_a_louder_end_is_no_step(void **state)
{
	static const uint64_t seeds[] = {117, 158, 173, 174, 177};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++) {
		struct steps steps = {0};
		struct rng rng;
		double x[N];

		rng_seed(&rng, seeds[i]);
		fill(x, 0, &rng);
		for (size_t k = N - 10; k < N; k++)
			x[k] *= 6;
		assert_true(steps_p(x, N, STEP_LEAST) < 0.01);
		steps_find(&steps, x, N, &rule);
		assert_int_equal(steps.n, 0);
		steps_release(&steps);
	}
}

/* Levels keep their least length, whatever is in the noise. */
static void
test_levels_have_their_length(void **state)
{
	struct step_rule wide = {.least = 9, .alpha = 0.5};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2);
	for (size_t i = 0; i < 30; i++) {
		struct steps steps = {0};
		size_t before = 0;
		double x[N];

		fill(x, 0.9, &rng);
		steps_find(&steps, x, N, &wide);
		for (size_t k = 0; k < steps.n; k++) {
			const struct step *step = &steps.step[k];

			assert_true(step->at >= before + wide.least);
			assert_true(step->from <= step->at);
			assert_true(step->to >= step->at && step->to < N);
			before = step->at;
		}
		assert_true(!steps.n || before + wide.least <= N);
		steps_release(&steps);
	}
}

static void
test_p(void **state)
{
	(void)state;
	assert_true(step_p(0, 100, 50) == 1);
	assert_true(fabs(step_p(5.8 + 1.58 * log(100), 100, 50) - 0.01) < 1e-9);
	/* Two of the 70 orders of four and four. */
	assert_true(fabs(step_p(1e9, 8, 4) - 2.0 / 70) < 1e-9);
	/* Two of 126 and of 252. */
	assert_int_equal(step_enough(4, 2.0 / 126 + 1e-9), 9);
	assert_int_equal(step_enough(4, 2.0 / 126 - 1e-9), 10);
	assert_int_equal(step_enough(4, 0.01), 10);
	assert_int_equal(step_enough(7, 0.01), 14);
	assert_int_equal(step_enough(4, 0.5), 8);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {
	    cmocka_unit_test(test_noise_has_no_steps),
	    cmocka_unit_test(test_steps_are_found),
	    cmocka_unit_test(test_large_steps_are_found_at_once),
	    cmocka_unit_test(test_groups_that_are_apart),
	    cmocka_unit_test(test_exact_steps),
	    cmocka_unit_test(test_a_line_is_no_step),
	    cmocka_unit_test(test_a_louder_end_is_no_step),
	    cmocka_unit_test(test_levels_have_their_length),
	    cmocka_unit_test(test_p),
	};

	return oracle_run(functions, LENGTH(functions), own, LENGTH(own));
}
