/* Acceptance criteria: limits that a metric must keep. */
#include "cmp-baseline.h"

#include <math.h>
#include <string.h>

#include "day.h"
#include "metric.h"

static bool
is(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Whether `value op limit` holds. */
static bool
holds(double value, const char *op, double limit)
{
	if (is(op, "<="))
		return value <= limit;
	if (is(op, "<"))
		return value < limit;
	if (is(op, ">="))
		return value >= limit;
	if (is(op, ">"))
		return value > limit;
	if (is(op, "!="))
		return value != limit;
	return value == limit;
}

/*
 * Whether a criterion is due: a date is compared with the day of the run; a
 * milestone is due once --reached names it.
 */
static bool
is_due(const char *by, const char *time, const struct options *options)
{
	if (!by)
		return true;
	if (day_is(by))
		return time && strncmp(time, by, DAY_LENGTH) >= 0;
	for (size_t i = 0; i < options->reached.n; i++)
		if (is(by, options->reached.s[i]))
			return true;
	return false;
}

/* What was gained since the work began, as a fraction of what it began with. */
static double
improvement(const struct demand *d)
{
	double gain =
	    *d->op == '>' ? d->current - d->start : d->start - d->current;

	return d->start != 0 ? gain / fabs(d->start) : (double)NAN;
}

/* "; 83 % better than the 500 ms it began with", or nothing. */
static const char *
progress(struct findings *findings, const struct demand *d, double gain)
{
	char start[64];

	if (isnan(gain))
		return "";
	metric_format(start, sizeof start, d->start, d->unit ? d->unit : "");
	return findings_say(findings, "; %.1f %% %s than the %s it began with",
	    100 * fabs(gain), gain < 0 ? "worse" : "better", start);
}

static void
say(struct findings *findings, struct verdict *v, const struct demand *d,
    bool due)
{
	char value[64], bound[64];
	const char *unit = d->unit ? d->unit : "";
	const char *gate = "", *statistic = "";

	metric_format(bound, sizeof bound, d->limit, unit);
	if (d->gate)
		gate = findings_say(findings, " (%s)", d->gate);
	if (isnan(d->current)) {
		v->why =
		    findings_say(findings, "must be %s %s, but %s%s", d->op,
			bound, d->why ? d->why : "it was not measured", gate);
		return;
	}
	if (d->statistic)
		statistic = findings_say(findings, " for its %s", d->statistic);
	metric_format(value, sizeof value, d->current, unit);
	v->why = findings_say(findings, "%s; must be %s %s%s%s%s%s%s%s", value,
	    d->op, bound, statistic, d->by ? " by " : "", d->by ? d->by : "",
	    due ? "" : ", which is not due yet", gate,
	    progress(findings, d, v->improvement));
}

void
judge_demand(struct input *input, const struct options *options,
    struct findings *findings, const struct demand *d)
{
	bool due = is_due(d->by, input->time, options);
	struct verdict *v = findings_add(findings, d->kind);

	v->name = d->name;
	v->gate = d->gate;
	v->metric = d->metric;
	v->statistic = d->statistic;
	v->target = d->target;
	v->op = d->op;
	v->limit = d->limit;
	v->by = d->by;
	v->variant = d->variant;
	v->unit = d->unit;
	v->n = d->n;
	v->current = d->current;
	v->start = d->start;
	v->severity = due ? d->severity : "info";
	v->gating = is(v->severity, "blocking");
	due = due && !verdict_mute(input, v);
	if (isnan(d->current)) {
		v->verdict = "unknown";
	} else {
		v->improvement = improvement(d);
		v->verdict =
		    holds(d->current, d->op, d->limit) ? "pass" : "fail";
		findings->judged += due;
		findings->passed += due && is(v->verdict, "pass");
	}
	say(findings, v, d, due);
}

const char *
limits_why_unknown(struct findings *findings, const struct case_info *info)
{
	if (!info->skipped)
		return NULL;
	return findings_say(findings, "its case was skipped%s%s",
	    info->why_skipped ? ": " : "",
	    info->why_skipped ? info->why_skipped : "");
}

static void
judge(struct input *input, const struct options *options,
    struct findings *findings, const struct limit *limit,
    const struct subject *s)
{
	const struct criterion *c = &limit->criterion;
	const struct case_info *info = &input->cases[limit->case_number];
	struct demand d = {
	    .kind = "criterion",
	    .name = info->name,
	    .metric = c->metric,
	    .op = c->op,
	    .limit = c->limit,
	    .target = c->target,
	    .by = c->by,
	    .severity = c->severity,
	    .start = NAN,
	    .current = NAN,
	    .n = NAN,
	};

	if (s) {
		d.variant = s->variant;
		d.unit = s->unit;
		d.current = s->value;
		d.n = s->n;
	} else {
		d.why = limits_why_unknown(findings, info);
	}
	judge_demand(input, options, findings, &d);
}

static bool
is_for_target(const struct input *input, const struct options *options,
    const struct limit *limit)
{
	const struct case_info *info = &input->cases[limit->case_number];
	const char *target = options->target ? options->target
			     : info->target  ? info->target
					     : input->target;

	return !limit->criterion.target || is(limit->criterion.target, target);
}

/* Where variants are compared, the base is not what is judged. */
const char *
limits_spare(const struct input *input, const struct options *options)
{
	return input_has_others(input, options->base) ||
		       input_compares_variants(input, options)
		   ? options->base
		   : NULL;
}

void
judge_limits(struct input *input, const struct options *options,
    struct findings *findings)
{
	const char *spared = limits_spare(input, options);

	for (size_t i = 0; i < input->n_limits; i++) {
		const struct limit *limit = &input->limits[i];
		const struct case_info *info =
		    &input->cases[limit->case_number];
		const struct subject *s;
		bool found = false;

		if (!is_for_target(input, options, limit))
			continue;
		for (size_t k = info->first; k; k = s->next) {
			s = &input->subjects[k - 1];
			if (!is(s->metric, limit->criterion.metric) ||
			    is(s->variant, spared))
				continue;
			judge(input, options, findings, limit, s);
			found = true;
		}
		if (!found)
			judge(input, options, findings, limit, NULL);
	}
}
