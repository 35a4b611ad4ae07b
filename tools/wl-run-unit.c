/* What is known of a variant of a case between its trials. */
#include "wl-run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

/* After so many failures in a row a case is given up. */
enum {
	MOST_FAILURES_IN_A_ROW = 3
};

struct unit *
job_unit(const struct jobs *jobs, const struct job *job, size_t v)
{
	return &jobs->units[(size_t)(job - jobs->jobs) * jobs->n_variants + v];
}

const char *
source_of(const struct metric *metric)
{
	return metric->from ? metric->from : metric->name;
}

const struct metric *
leading_metric(const struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->n_metrics; i++) {
		const struct metric *m = &loaded->metrics[i];
		const char *severity = m->severity;

		if (m->gate != 0 &&
		    (!severity || strcmp(severity, "blocking") == 0) &&
		    (!m->aggregator ||
			strcmp(m->aggregator, "success_rate") != 0))
			return m;
	}
	return NULL;
}

/*
 * The value of the leading metric, as stat-agg makes it of the samples, in its
 * own unit; but of a rate in no unit at all.
 */
static double
leading_value(const struct loaded *loaded, const struct made *made)
{
	const struct metric *leading = leading_metric(loaded);
	const char *source =
	    leading ? source_of(leading) : builtin_names[BUILTIN_WALL_TIME];
	enum builtin builtin = builtin_find(source);
	const struct output *output = made->output;
	struct aggregator aggregator;
	double *lines, value;
	size_t n = 0;

	if (builtin != BUILTIN_COUNT)
		return made->values[builtin];
	lines = mem_zero(output->n, sizeof *lines);
	for (size_t i = 0; i < output->n; i++) {
		const struct reported *r = &output->reported[i];
		double factor = 1;

		if (strcmp(r->metric, source) != 0)
			continue;
		if (r->unit && leading->unit)
			unit_factor(r->unit, leading->unit, &factor);
		lines[n++] = r->value * factor;
	}
	aggregator_parse(
	    leading->aggregator ? leading->aggregator : AGGREGATOR_DEFAULT,
	    &aggregator);
	value = n ? aggregator_apply(aggregator, lines, n) : (double)NAN;
	free(lines);
	return aggregator.kind == AGGREGATE_RATE ? value / made->elapsed_ns
						 : value;
}

struct estimate
unit_estimate(const struct unit *unit, double (*value)(const struct kept *))
{
	struct estimate estimate = {.median = NAN, .half_width = INFINITY};
	struct stats_interval ci;
	double *sorted;

	if (!unit->n_kept)
		return estimate;
	sorted = mem_zero(unit->n_kept, sizeof *sorted);
	for (unsigned i = 0; i < unit->n_kept; i++)
		sorted[i] = value(&unit->kept[i]);
	stats_sort(sorted, unit->n_kept);
	estimate.median = stats_median(sorted, unit->n_kept);
	if (stats_median_interval(sorted, unit->n_kept, 0.95, &ci))
		estimate.half_width =
		    (ci.hi - ci.lo) / 2 / fabs(estimate.median);
	if (isnan(estimate.half_width))
		estimate.half_width = 0; /* all are zero */
	free(sorted);
	return estimate;
}

double
kept_value(const struct kept *kept)
{
	return kept->value;
}

static bool
is_adaptive(const struct jobs *jobs, const struct job *job)
{
	return !isnan(job->precision) || !isnan(jobs->settings.budget_s);
}

bool
unit_keeps(const struct jobs *jobs, const struct job *job)
{
	return jobs->keeps || is_adaptive(jobs, job) || shadow_is_of(jobs, job);
}

/* Keeps what was measured, for whoever decides how often, and the table. */
static void
keep(const struct jobs *jobs, const struct job *job, struct unit *unit,
    const struct loaded *loaded, const struct made *made)
{
	struct kept kept = {
	    .value = leading_value(loaded, made),
	    .wall_ns = made->values[BUILTIN_WALL_TIME],
	    .cpu_ns = (float)made->values[BUILTIN_CPU_TIME],
	    .max_rss = (float)made->values[BUILTIN_MAX_RSS],
	};

	if (!isfinite(kept.value))
		return;
	if (unit->n_kept == unit->kept_capacity) {
		unit->kept_capacity = unit->n_kept ? 2 * unit->n_kept : 16;
		unit->kept = mem_resize(
		    unit->kept, unit->kept_capacity, sizeof *unit->kept);
	}
	unit->kept[unit->n_kept++] = kept;
	if (is_adaptive(jobs, job))
		unit->half_width =
		    (float)unit_estimate(unit, kept_value).half_width;
}

void
unit_count(const struct jobs *jobs, const struct job *job, struct unit *unit,
    const struct loaded *loaded, const struct made *made)
{
	if (isnan(made->round))
		unit->warmups_done++;
	else
		unit->done++;
	unit->failed += !made->ok;
	unit->flagged += made->flagged && !isnan(made->round);
	unit->spent_ns += made->elapsed_ns;
	unit->failures_in_a_row = made->ok ? 0 : unit->failures_in_a_row + 1;
	if (unit->failures_in_a_row >= MOST_FAILURES_IN_A_ROW &&
	    !job->keep_trying)
		unit->over = true;
	if (made->ok && !isnan(made->round) && unit_keeps(jobs, job))
		keep(jobs, job, unit, loaded, made);
}

bool
job_is_precise(const struct jobs *jobs, const struct job *job)
{
	if (isnan(job->precision))
		return false;
	for (size_t v = 0; v < jobs->n_variants; v++) {
		const struct unit *unit = job_unit(jobs, job, v);

		if (!unit->over && !(unit->half_width <= job->precision))
			return false;
	}
	return true;
}

bool
unit_wants_warmup(const struct job *job, const struct unit *unit)
{
	return !unit->over && unit->warmups_done < job->warmup;
}

bool
unit_wants_trial(
    const struct jobs *jobs, const struct job *job, const struct unit *unit)
{
	if (unit->over)
		return false;
	if (unit->done < job->min)
		return true;
	return isnan(jobs->settings.budget_s) && unit->done < job->max &&
	       !(unit->spent_ns >= job->budget_ns) &&
	       !job_is_precise(jobs, job);
}

bool
unit_wants_count(const struct job *job, const struct unit *unit)
{
	return !unit->over && unit->counted < job->counts;
}

void
unit_has_counted(const struct job *job, struct unit *unit, bool ok)
{
	unit->counted++;
	if (!ok)
		unit->counted = job->counts;
	unit->failed += !ok;
}
