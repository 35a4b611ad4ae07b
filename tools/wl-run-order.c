/* Which trial comes next. */
#include "wl-run.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"

/* The state of going through all cases. */
struct course {
	struct jobs *jobs;
	struct rng rng;
	struct progress progress;
	size_t *variants; /* scratch space: an order of the variants */
};

/* One trial of a unit, if it wants one; false where we are to stop. */
static bool
one_trial(struct course *c, struct job *job, size_t v)
{
	struct jobs *jobs = c->jobs;
	struct unit *unit = job_unit(jobs, job, v);
	long before = progress_still_to_do(jobs, job, unit);

	if (tree_stop_signal)
		return false;
	if (unit->over || unit->done >= job->max)
		return true;
	progress_now(&c->progress, jobs, job, v);
	job_trial(jobs, job, v);
	progress_step(&c->progress, jobs, job, v, before);
	return !tree_stop_signal;
}

static bool
wants_any(const struct course *c, const struct job *job)
{
	for (size_t v = 0; v < c->jobs->n_variants; v++)
		if (unit_wants_trial(c->jobs, job, job_unit(c->jobs, job, v)))
			return true;
	return false;
}

/*
 * The trials that count instructions: after all others of the case, in any
 * order, for what they find does not depend on it.
 */
static void
count(struct course *c, struct job *job)
{
	struct jobs *jobs = c->jobs;

	for (size_t v = 0; v < jobs->n_variants; v++) {
		struct unit *unit = job_unit(jobs, job, v);

		while (!tree_stop_signal && unit_wants_count(job, unit)) {
			long before = progress_still_to_do(jobs, job, unit);

			progress_now(&c->progress, jobs, job, v);
			job_count(jobs, job, v);
			progress_step(&c->progress, jobs, job, v, before);
		}
	}
}

/* What follows the last trial of a case, now or ever. */
static void
finish(struct course *c, struct job *job)
{
	if (tree_stop_signal || wants_any(c, job) ||
	    !isnan(c->jobs->settings.budget_s) || c->jobs->settings.adaptive)
		return;
	count(c, job);
	if (tree_stop_signal)
		return;
	for (size_t v = 0; v < c->jobs->n_variants; v++)
		job_finish(c->jobs, job, v);
}

static bool
may_warm_up(const struct job *job, const struct unit *unit)
{
	return unit_wants_warmup(job, unit) && unit->done < job->max;
}

/*
 * Leaves of c->variants those that are to come in this turn. They go on in
 * step; only where a run was cut short within a turn some are behind, and catch
 * up with the others.
 */
static size_t
choose_variants(struct course *c, const struct job *job)
{
	size_t n = 0;
	bool warm_up = false;
	int least = job->max;

	for (size_t v = 0; v < c->jobs->n_variants; v++) {
		const struct unit *unit = job_unit(c->jobs, job, v);

		warm_up = warm_up || may_warm_up(job, unit);
		if (!unit->over && unit->done < least)
			least = unit->done;
	}
	for (size_t i = 0; i < c->jobs->n_variants; i++) {
		size_t v = c->variants[i];
		const struct unit *unit = job_unit(c->jobs, job, v);

		if (warm_up ? may_warm_up(job, unit) : unit->done == least)
			c->variants[n++] = v;
	}
	return n;
}

/*
 * A trial of each variant of a case, one directly after the other, so that
 * what the machine does in the meantime is the same for all of them.
 */
static bool
one_turn(struct course *c, struct job *job)
{
	size_t n = c->jobs->n_variants;
	bool go_on = true;

	for (size_t v = 0; v < n; v++)
		c->variants[v] = v;
	if (c->jobs->settings.order == ORDER_ROUNDS)
		rng_shuffle(&c->rng, c->variants, n);
	if (c->jobs->settings.order == ORDER_ABBA &&
	    job_unit(c->jobs, job, 0)->done % 2)
		for (size_t v = 0; v < n; v++)
			c->variants[v] = n - 1 - v;
	n = choose_variants(c, job);
	for (size_t i = 0; go_on && i < n; i++)
		go_on = one_trial(c, job, c->variants[i]);
	finish(c, job);
	probe_run(c->jobs);
	return go_on;
}

static bool
wants_warmup(const struct course *c, const struct job *job)
{
	for (size_t v = 0; v < c->jobs->n_variants; v++)
		if (unit_wants_warmup(job, job_unit(c->jobs, job, v)) &&
		    unit_wants_trial(c->jobs, job, job_unit(c->jobs, job, v)))
			return true;
	return false;
}

/* All cases in a new random order, again and again, until none wants more. */
static void
run_rounds(
    struct course *c, bool (*wants)(const struct course *, const struct job *))
{
	struct jobs *jobs = c->jobs;
	size_t *order = mem_zero(jobs->n, sizeof *order);
	size_t n;

	do {
		n = 0;
		for (size_t i = 0; i < jobs->n; i++)
			if (wants(c, &jobs->jobs[i]))
				order[n++] = i;
		rng_shuffle(&c->rng, order, n);
		for (size_t i = 0; i < n; i++)
			if (!one_turn(c, &jobs->jobs[order[i]]))
				n = 0;
	} while (n);
	free(order);
}

/* Warm-up in rounds; then all trials that are certain in one random order. */
static void
run_random(struct course *c)
{
	struct jobs *jobs = c->jobs;
	size_t *order = NULL;
	size_t n = 0, capacity = 0, n_units = jobs->n * jobs->n_variants;

	run_rounds(c, wants_warmup);
	for (size_t u = 0; u < n_units; u++)
		for (int k = jobs->units[u].done;
		     k < jobs->jobs[u / jobs->n_variants].min; k++)
			*MEM_PUSH(order, n, capacity) = u;
	rng_shuffle(&c->rng, order, n);
	for (size_t i = 0; i < n; i++) {
		struct job *job = &jobs->jobs[order[i] / jobs->n_variants];

		if (!one_trial(c, job, order[i] % jobs->n_variants))
			break;
		finish(c, job);
		probe_run(jobs);
	}
	free(order);
	run_rounds(c, wants_any);
}

static void
run_sequential(struct course *c)
{
	for (size_t i = 0; i < c->jobs->n; i++)
		while (wants_any(c, &c->jobs->jobs[i]) &&
		       one_turn(c, &c->jobs->jobs[i]))
			continue;
}

/* --- the budget of the whole run --- */

/*
 * How far a case is from what it needs: the widest interval of its variants,
 * in units of its own threshold. 0: nothing more is to be had.
 */
static double
need_of(const struct course *c, const struct job *job, double left_ns)
{
	double need = 0, one_turn_ns = 0;

	for (size_t v = 0; v < c->jobs->n_variants; v++) {
		const struct unit *unit = job_unit(c->jobs, job, v);

		if (unit->over || unit->done >= job->max ||
		    2 * unit->failed > unit->done)
			continue;
		need = fmax(need, unit->half_width / job->threshold);
		one_turn_ns +=
		    unit->spent_ns / (double)(unit->done + unit->warmups_done);
	}
	return one_turn_ns > left_ns || job_is_precise(c->jobs, job) ? 0 : need;
}

/* The next trial goes to the case that needs it most, while there is time. */
static void
run_budget(struct course *c)
{
	double end_ns = c->progress.start_ns - c->jobs->spent_ns +
			1e9 * c->jobs->settings.budget_s;
	struct job *neediest;

	do {
		double left_ns = end_ns - process_now_ns(), most = 0;

		neediest = NULL;
		for (size_t i = 0; left_ns > 0 && i < c->jobs->n; i++) {
			double need = need_of(c, &c->jobs->jobs[i], left_ns);

			if (need > most) {
				most = need;
				neediest = &c->jobs->jobs[i];
			}
		}
	} while (neediest && one_turn(c, neediest));
}

/* All trials that are wanted now. */
static void
run_all(struct course *c)
{
	switch (c->jobs->settings.order) {
	case ORDER_ROUNDS:
	case ORDER_ABBA:
		run_rounds(c, wants_any);
		break;
	case ORDER_RANDOM:
		run_random(c);
		break;
	case ORDER_SEQUENTIAL:
		run_sequential(c);
		break;
	}
}

void
order_run(struct jobs *jobs)
{
	struct course c = {.jobs = jobs};

	rng_seed(&c.rng, (uint64_t)jobs->settings.seed);
	c.variants = mem_zero(jobs->n_variants, sizeof *c.variants);
	progress_begin(&c.progress, jobs);
	probe_start();
	run_all(&c);
	while (looks_next(jobs)) {
		progress_more(&c.progress, jobs);
		run_all(&c);
	}
	if (!isnan(jobs->settings.budget_s))
		run_budget(&c);
	/* What was left: all, under a budget, or what a stop has cut off. */
	for (size_t i = 0; i < jobs->n; i++)
		count(&c, &jobs->jobs[i]);
	progress_end(&c.progress, jobs);
	free(c.variants);
}
