/* Changes that no test is made of: what failed, and what is not there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"

static void
add_missing(struct input *input, struct findings *findings)
{
	for (size_t i = 0; i < input->n_stored; i++) {
		const struct stored *stored = &input->stored[i];
		size_t number = index_find(&input->case_names, stored->name);
		const struct case_info *info =
		    number == INDEX_NONE ? NULL : &input->cases[number];
		const struct rule *rule =
		    input_rule(input, stored->name, stored->metric);
		struct verdict *v;

		if (stored->seen || !info || info->skipped ||
		    info->has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = stored->name;
		v->metric = stored->metric;
		if (stored->n)
			v->unit = stored->sessions[stored->n - 1].unit;
		v->verdict = "missing";
		v->severity = rule && !rule->gates ? "info" : "warning";
		v->gating = false;
		v->why = input_is_truncated(input)
			     ? "the run was cut short before it was measured"
			     : "the baseline has it, and this run ran its "
			       "case, but did not measure it";
	}
}

/* The same of an entry whose case this run ran. */
static void
add_missing_entries(struct input *input, struct findings *findings)
{
	for (size_t i = 0; i < input->n_entries; i++) {
		const struct entry *entry = &input->entries[i];
		size_t number = index_find(&input->case_names, entry->name);
		const struct case_info *info =
		    number == INDEX_NONE ? NULL : &input->cases[number];
		struct verdict *v;

		if (entry->seen || !info || info->skipped ||
		    info->has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = entry->name;
		v->verdict = "missing";
		v->severity = "warning";
		v->gating = false;
		v->why = "the baseline has it, and this run ran its case, but "
			 "has no time of it";
	}
}

static void
add_failed(struct input *input, struct findings *findings, bool variants)
{
	for (size_t i = 0; i < input->n_cases; i++) {
		const struct case_info *info = &input->cases[i];
		long failures =
		    info->failures + (variants ? 0 : info->base_unstarted);
		struct verdict *v;

		if (!failures)
			continue;
		v = findings_add(findings, "change");
		v->name = info->name;
		v->verdict = "failed";
		v->severity = "blocking";
		v->gating = true;
		v->why = findings_say(findings, "%ld of %ld trials failed: %s",
		    failures, info->trials,
		    info->first_failure ? info->first_failure : "spawn");
	}
}

/* A metric of the base variant that no other variant has. */
static void
add_missing_variants(struct input *input, const struct options *options,
    struct findings *findings)
{
	for (size_t i = 0; i < input->n_subjects; i++) {
		const struct subject *s = &input->subjects[i];
		size_t number = index_find(&input->case_names, s->name);
		struct verdict *v;

		if (!s->rule.declared || s->compared || !s->variant ||
		    strcmp(s->variant, options->base) != 0 ||
		    input->cases[number].has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = s->name;
		v->metric = s->metric;
		v->unit = s->unit;
		v->baseline = s->value;
		v->verdict = "missing";
		v->severity = "warning";
		v->gating = false;
		v->why = "only the base variant has it";
	}
}

void
add_untested(struct input *input, const struct options *options,
    struct findings *findings, bool variants)
{
	add_failed(input, findings,
	    variants && input_has_others(input, options->base));
	add_missing(input, findings);
	add_missing_entries(input, findings);
	if (variants)
		add_missing_variants(input, options, findings);
}
