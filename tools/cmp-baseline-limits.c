/* Acceptance criteria: limits that a metric must keep. */
#include "cmp-baseline.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

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

/* 2026-12-31, perhaps with a time of the day behind a T or a blank. */
static bool
is_date(const char *text)
{
	static const char shape[] = "dddd-dd-dd";
	const size_t len = strlen(shape);

	for (size_t i = 0; i < len; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)text[i])
				    : text[i] != shape[i])
			return false;
	return !text[len] || text[len] == 'T' || text[len] == ' ';
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
	if (is_date(by))
		return time && strncmp(time, by, strlen("2026-01-01")) >= 0;
	for (size_t i = 0; i < options->reached.n; i++)
		if (is(by, options->reached.s[i]))
			return true;
	return false;
}

static void
judge(struct input *input, const struct options *options,
    struct findings *findings, const struct limit *limit,
    const struct subject *s)
{
	const struct criterion *c = &limit->criterion;
	bool due = is_due(c->by, input->time, options);
	struct verdict *v = findings_add(findings, "criterion");
	char value[64], bound[64];
	const char *unit = s && s->unit ? s->unit : "";

	v->name = input->cases[limit->case_number].name;
	v->metric = c->metric;
	v->target = c->target;
	v->op = c->op;
	v->limit = c->limit;
	v->by = c->by;
	v->severity = due ? c->severity : "info";
	v->gating = is(v->severity, "blocking");
	metric_format(bound, sizeof bound, c->limit, unit);
	if (!s) {
		v->verdict = "unknown";
		v->why = findings_say(findings,
		    "must be %s %s, but it was not measured", c->op, bound);
		return;
	}
	v->variant = s->variant;
	v->unit = s->unit;
	v->current = s->value;
	v->n = s->n;
	v->verdict = holds(s->value, c->op, c->limit) ? "pass" : "fail";
	if (due) {
		findings->judged++;
		findings->passed += is(v->verdict, "pass");
	}
	metric_format(value, sizeof value, s->value, unit);
	v->why = findings_say(findings, "%s; must be %s %s%s%s%s", value, c->op,
	    bound, c->by ? " by " : "", c->by ? c->by : "",
	    due ? "" : ", which is not due yet");
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

void
judge_limits(struct input *input, const struct options *options,
    struct findings *findings)
{
	/* Where variants are compared, the base is not what is judged. */
	const char *spared =
	    input_has_others(input, options->base) ? options->base : NULL;

	for (size_t i = 0; i < input->n_limits; i++) {
		const struct limit *limit = &input->limits[i];
		const struct case_info *info =
		    &input->cases[limit->case_number];
		const struct subject *s;
		bool found = false;

		if (!is_for_target(input, options, limit) || info->skipped)
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
