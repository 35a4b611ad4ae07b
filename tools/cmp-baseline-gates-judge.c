/* What gates say of this run. */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "metric.h"

/* --- what a gate is about --- */

static bool
begins_with(const char *text, const char *start, const char **rest)
{
	size_t len = strlen(start);

	*rest = text + len;
	return strncmp(text, start, len) == 0;
}

/*
 * The metric of a case that WORKLOAD.METRIC names, or CASE.METRIC, or either
 * without a metric: its time. Else, what has no dot is the metric of any case.
 * NULL where it is about another case.
 */
static const char *
metric_for(const char *text, const struct case_info *info)
{
	const char *const names[] = {info->name, info->workload};
	const char *rest;

	for (size_t i = 0; i < 2; i++)
		if (begins_with(text, names[i], &rest)) {
			if (!*rest)
				return builtin_names[BUILTIN_WALL_TIME];
			if (*rest == '.')
				return rest + 1;
		}
	return NULL;
}

static bool
has_metric(
    const struct input *input, const struct case_info *info, const char *metric)
{
	for (size_t k = info->first; k; k = input->subjects[k - 1].next)
		if (strcmp(input->subjects[k - 1].metric, metric) == 0)
			return true;
	return false;
}

/*
 * avg_time_ms, p95_time_s and the like, where no metric has that name: sets
 * the statistic and the unit, and returns the metric; the caller frees it.
 */
static char *
derived_metric(struct input *input, const char *metric, struct gate *gate)
{
	const char *time = strchr(metric, '_'), *unit = strrchr(metric, '_');
	char *word, *name;
	double factor;

	if (!time || time == unit)
		return NULL;
	word = mem_format("%.*s", (int)(time - metric), metric);
	gate->statistic = gates_statistic(input, word);
	free(word);
	if (!gate->statistic || !unit_factor(unit + 1, "ns", &factor))
		return NULL;
	if (!gate->unit)
		gate->unit = index_text(&input->words, unit + 1);
	name = mem_format("%.*s", (int)(unit - time - 1), time + 1);
	if (strcmp(name, "time") == 0) {
		free(name);
		name = mem_copy(builtin_names[BUILTIN_WALL_TIME]);
	}
	return name;
}

/* --- values --- */

/* A statistic of the rounds, from their values or else as summed up. */
static double
statistic_value(const struct subject *s, const char *statistic)
{
	static const struct {
		const char *name;
		size_t offset;
		double fraction; /* of a quantile */
	} known[] = {
	    {"min", offsetof(struct subject, min), 0},
	    {"median", offsetof(struct subject, median), 0.5},
	    {"p50", offsetof(struct subject, p50), 0.5},
	    {"p90", offsetof(struct subject, p90), 0.9},
	    {"p95", offsetof(struct subject, p95), 0.95},
	    {"p99", offsetof(struct subject, p99), 0.99},
	    {"max", offsetof(struct subject, max), 1},
	};
	double fraction = NAN, summed = NAN, value, *sorted;

	if (strcmp(statistic, "mean") == 0)
		return s->values.n ? stats_mean(s->values.x, s->values.n)
				   : s->mean;
	if (*statistic == 'p')
		fraction = strtod(statistic + 1, NULL) / 100;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, statistic) == 0) {
			fraction = known[i].fraction;
			summed =
			    *(const double *)(const void *)((const char *)s +
							    known[i].offset);
		}
	if (!s->values.n)
		return summed;
	sorted = mem_zero(s->values.n, sizeof *sorted);
	memcpy(sorted, s->values.x, s->values.n * sizeof *sorted);
	stats_sort(sorted, s->values.n);
	value = stats_quantile(sorted, s->values.n, fraction);
	free(sorted);
	return value;
}

static struct demand
demand_of(const struct gate *gate, const char *name, const char *metric)
{
	return (struct demand){
	    .kind = "gate",
	    .gate = gate->name,
	    .name = name,
	    .metric = metric,
	    .op = gate->op,
	    .target = gate->target,
	    .by = gate->by,
	    .severity = gate->severity,
	    .statistic = gate->statistic,
	    .unit = gate->unit,
	    .limit = gate->limit,
	    .start = gate->start,
	    .current = NAN,
	    .n = NAN,
	};
}

/* Adds the verdict, and counts what has improved since the work began. */
static void
judge(const struct gate *gate, struct input *input,
    const struct options *options, struct findings *findings,
    const struct demand *demand)
{
	double gain;

	judge_demand(input, options, findings, demand);
	gain = findings->verdicts[findings->n - 1].improvement;
	if (gate->counts && !isnan(gain)) {
		findings->targets++;
		findings->improvements += gain;
	}
}

static void
judge_subject(const struct gate *gate, struct input *input,
    const struct options *options, struct findings *findings,
    const struct subject *s)
{
	struct demand d = demand_of(gate, s->name, s->metric);
	double factor = 1;

	d.variant = s->variant;
	d.n = s->n;
	if (gate->unit &&
	    !(s->unit && unit_factor(gate->unit, s->unit, &factor)))
		die("%s: the limit is in %s, and %s %s was measured in %s",
		    gate->place, gate->unit, s->name, s->metric,
		    s->unit ? s->unit : "no unit");
	d.unit = s->unit;
	d.limit *= factor;
	d.start *= factor;
	d.current =
	    gate->statistic ? statistic_value(s, gate->statistic) : s->value;
	d.why = "its summary has no values to make that of";
	judge(gate, input, options, findings, &d);
}

/* Every variant's metric of that name; false where there is none. */
static bool
judge_metric(const struct gate *gate, struct input *input,
    const struct options *options, struct findings *findings,
    const struct case_info *info, const char *metric)
{
	const char *spared = limits_spare(input, options);
	bool found = false;

	for (size_t k = info->first, next; k; k = next) {
		const struct subject *s = &input->subjects[k - 1];

		next = s->next;
		if (strcmp(s->metric, metric) != 0 ||
		    (spared && s->variant && strcmp(s->variant, spared) == 0))
			continue;
		judge_subject(gate, input, options, findings, s);
		found = true;
	}
	return found;
}

/* The share of good trials, where no metric of the case says it. */
static bool
judge_success(const struct gate *gate, struct input *input,
    const struct options *options, struct findings *findings,
    const struct case_info *info, const char *metric)
{
	struct demand d = demand_of(gate, info->name, metric);

	if (strcmp(metric, "success_rate") != 0 || !info->measured)
		return false;
	d.unit = "%";
	d.n = (double)info->measured;
	d.current = 100 * (double)info->good / (double)info->measured;
	judge(gate, input, options, findings, &d);
	return true;
}

/* False where the case was measured, and has no such metric. */
static bool
judge_case(const struct gate *gate, struct input *input,
    const struct options *options, struct findings *findings,
    const struct case_info *info, const char *metric)
{
	struct gate derived = *gate;
	struct demand d;
	bool found;
	char *name;

	if (judge_metric(gate, input, options, findings, info, metric) ||
	    judge_success(gate, input, options, findings, info, metric))
		return true;
	name = derived_metric(input, metric, &derived);
	found = name &&
		judge_metric(&derived, input, options, findings, info, name);
	free(name);
	if (found)
		return true;
	d = demand_of(gate, info->name, metric);
	d.why = limits_why_unknown(findings, info);
	judge(gate, input, options, findings, &d);
	return !info->first;
}

static bool
is_for_target(const struct input *input, const struct options *options,
    const struct gate *gate)
{
	const char *target = options->target ? options->target : input->target;

	return !gate->target || (target && strcmp(gate->target, target) == 0);
}

/*
 * A case that stat-agg made of others, for how fast their metrics grow: none of
 * its metrics is one of theirs.
 */
static bool
is_growth(const struct input *input, const struct case_info *info)
{
	static const char growth[] = ".exponent";

	for (size_t k = info->first; k; k = input->subjects[k - 1].next) {
		const char *metric = input->subjects[k - 1].metric;
		size_t len = strlen(metric);

		if (len < sizeof growth ||
		    strcmp(metric + len - (sizeof growth - 1), growth) != 0)
			return false;
	}
	return info->first != 0;
}

/* As metric_for, or a metric that any case may have. */
static const char *
metric_of_case(const struct gate *gate, const struct input *input,
    const struct case_info *info, bool named)
{
	const char *metric = metric_for(gate->metric, info);

	if (!metric && !named && has_metric(input, info, gate->metric))
		return gate->metric;
	if (metric && is_growth(input, info) &&
	    !has_metric(input, info, metric))
		return NULL;
	return metric;
}

static void
judge_gate(const struct gate *gate, struct input *input,
    const struct options *options, struct findings *findings)
{
	bool named = false, about = false, found = false;
	struct demand d;

	for (size_t i = 0; i < input->n_cases && !named; i++)
		named = metric_for(gate->metric, &input->cases[i]) != NULL;
	for (size_t i = 0; i < input->n_cases; i++) {
		const struct case_info *info = &input->cases[i];
		const char *metric = metric_of_case(gate, input, info, named);

		if (!metric)
			continue;
		about = true;
		found |= judge_case(gate, input, options, findings, info,
		    index_text(&input->words, metric));
	}
	/* A name that is mistyped must not pass for one that is not due. */
	if (!found)
		warn("%s: this run has nothing named %s", gate->place,
		    gate->metric);
	if (about)
		return;
	d = demand_of(gate, gate->metric, gate->metric);
	d.why = "this run has nothing of that name";
	judge(gate, input, options, findings, &d);
}

void
gates_judge(const struct gates *gates, struct input *input,
    const struct options *options, struct findings *findings)
{
	for (size_t i = 0; i < gates->n; i++)
		if (is_for_target(input, options, &gates->list[i]))
			judge_gate(&gates->list[i], input, options, findings);
}
