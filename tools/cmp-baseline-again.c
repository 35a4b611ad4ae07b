/*
 * What a second measurement says of what failed: chance fails a run now and
 * then, and seldom the same case twice.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "metric.h"

/* The verdicts of the second measurement. */
struct again {
	struct verdict *list;
	size_t n, capacity;
	struct index failed; /* cases of which something failed again */
};

static bool
is_one_of(const char *word, const char *const words[])
{
	while (*words && strcmp(word, *words) != 0)
		words++;
	return *words;
}

/* Whether it fails the build. */
static bool
is_failure(const struct verdict *v)
{
	static const char *const failures[] = {
	    "regressed", "exact-changed", "failed", "fail", NULL};

	return v->gating == true && is_one_of(v->verdict, failures);
}

/* Whether what it is about was not measured, or compared with nothing. */
static bool
is_unknown(const struct verdict *v)
{
	static const char *const unknown[] = {
	    "incomparable", "missing", "unknown", "new", NULL};

	return is_one_of(v->verdict, unknown);
}

static void
again_read(struct again *again, struct input *input, char *path)
{
	char *operands[] = {path, NULL};
	struct reader in = {0};

	reader_open(&in, operands);
	while (reader_next(&in)) {
		struct verdict v;

		if (in.kind != RECORD_VERDICT)
			continue;
		reader_get(&in, &verdict_type, &v);
		record_keep(&verdict_type, &v, &input->words);
		if (is_failure(&v))
			index_add(&again->failed, v.name);
		*MEM_PUSH(again->list, again->n, again->capacity) = v;
	}
	reader_release(&in);
}

static void
again_release(struct again *again)
{
	for (size_t i = 0; i < again->n; i++)
		record_release(&verdict_type, &again->list[i]);
	free(again->list);
	index_release(&again->failed);
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* The verdict on the same thing, or NULL. */
static const struct verdict *
twin_of(const struct again *again, const struct verdict *v)
{
	for (size_t i = 0; i < again->n; i++) {
		const struct verdict *twin = &again->list[i];

		if (same(twin->kind, v->kind) && same(twin->gate, v->gate) &&
		    same(twin->name, v->name) &&
		    same(twin->metric, v->metric) &&
		    same(twin->variant, v->variant) && same(twin->op, v->op) &&
		    same(twin->by, v->by) &&
		    same(twin->statistic, v->statistic) &&
		    same_number(twin->limit, v->limit))
			return twin;
	}
	return NULL;
}

/* "+0.4%, inconclusive" or "71 ms, pass" */
static const char *
outcome(struct findings *findings, const struct verdict *v)
{
	char value[64] = "";

	if (!isnan(v->change))
		change_format(value, sizeof value, v->change);
	else if (!isnan(v->current))
		metric_format(
		    value, sizeof value, v->current, v->unit ? v->unit : "");
	return findings_say(
	    findings, "%s%s%s", value, *value ? ", " : "", v->verdict);
}

/*
 * A trial that failed is no matter of chance. Where the case failed again, in
 * whatever it has, the failure stands, and so it does where nobody knows.
 */
static void
settle(const struct again *again, struct verdict *v, struct findings *findings)
{
	const struct verdict *twin = twin_of(again, v);
	bool stands = index_find(&again->failed, v->name) != INDEX_NONE;

	if (!is_failure(v) || strcmp(v->verdict, "failed") == 0 || !twin ||
	    is_unknown(twin))
		return;
	v->again = twin->verdict;
	v->why = findings_say(findings, "%s; %sconfirmed: measured again %s",
	    v->why, stands ? "" : "not ", outcome(findings, twin));
	if (stands)
		return;
	v->was = v->verdict;
	v->verdict = "unconfirmed";
	findings->judged -= strcmp(v->kind, "change") != 0;
}

void
confirm(struct input *input, const struct options *options,
    struct findings *findings)
{
	struct again again = {0};

	if (!options->again)
		return;
	again_read(&again, input, options->again);
	for (size_t i = 0; i < findings->n; i++)
		settle(&again, &findings->verdicts[i], findings);
	again_release(&again);
}
