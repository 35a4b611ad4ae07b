/* What was read: the cases of this run, and how their trials went. */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"

struct case_info *
input_case(struct input *input, const char *name)
{
	size_t number = index_add(&input->case_names, name);

	if (number == input->n_cases) {
		char *workload = mem_copy(name);

		workload[strcspn(workload, "/")] = '\0';
		*MEM_PUSH(input->cases, input->n_cases, input->cases_capacity) =
		    (struct case_info){.name = input_word(input, name),
			.workload = input_word(input, workload)};
		free(workload);
	}
	return &input->cases[number];
}

static void
add_rule(struct input *input, const struct case_record *record,
    const struct metric *metric)
{
	size_t number = input_key(
	    &input->rule_keys, record->name, metric->name, NULL, true);
	const char *severity = metric->severity ? metric->severity : "blocking";
	bool blocks = strcmp(severity, "blocking") == 0;

	if (number == input->n_rules)
		MEM_PUSH(input->rules, input->n_rules, input->rules_capacity);
	input->rules[number] = (struct rule){
	    .declared = true,
	    .gates = blocks && metric->gate != false,
	    .exact = metric->exact == true,
	    .severity = input_word(input, severity),
	    .better = input_word(input, metric->better),
	    .threshold = metric->threshold_percent / 100,
	    .min_abs = metric->min_abs,
	};
}

static void
add_limit(struct input *input, size_t case_number, struct criterion limit)
{
	limit.metric = input_word(input, limit.metric);
	limit.target = input_word(input, limit.target);
	limit.op = input_word(input, limit.op);
	limit.by = input_word(input, limit.by);
	limit.severity =
	    input_word(input, limit.severity ? limit.severity : "blocking");
	*MEM_PUSH(input->limits, input->n_limits, input->limits_capacity) =
	    (struct limit){.criterion = limit, .case_number = case_number};
}

void
input_add_case(struct input *input)
{
	struct reader *in = &input->reader;
	struct case_record record;
	struct case_info *info;
	size_t number;

	reader_get(in, &case_type, &record);
	reader_check_case(in, &record);
	if (case_is_probe(record.name)) {
		record_release(&case_type, &record);
		return;
	}
	info = input_case(input, record.name);
	number = (size_t)(info - input->cases);
	if (info->has_record) { /* the same case of another run */
		record_release(&case_type, &record);
		return;
	}
	info->has_record = true;
	if (record.workload)
		info->workload = input_word(input, record.workload);
	info->target = input_word(input, record.target);
	for (size_t i = 0; i < tree_length(record.metrics.value); i++) {
		struct metric metric;

		reader_get_part(in, tree_at(record.metrics.value, i),
		    &metric_type, &metric);
		add_rule(input, &record, &metric);
		if (metric.aggregator &&
		    strcmp(metric.aggregator, "success_rate") == 0)
			info->failures_are_data = true;
	}
	for (size_t i = 0; i < tree_length(record.criteria.value); i++) {
		struct criterion limit;

		reader_get_part(in, tree_at(record.criteria.value, i),
		    &criterion_type, &limit);
		if (limit.by && !day_is(limit.by) && !milestone_is(limit.by))
			lines_die(&in->lines, "by " NO_DAY ": %s", limit.by);
		add_limit(input, number, limit);
	}
	record_release(&case_type, &record);
}

/* A success rate is made of failures: those of the command, not of hooks. */
static bool
is_data(const struct case_info *info, const char *phase)
{
	return info->failures_are_data &&
	       (!phase || strcmp(phase, "measure") == 0 ||
		   strcmp(phase, "warmup") == 0);
}

/*
 * Whether a variant could not be started. Of the base that is no failure of
 * what is compared with it: a newer program may do what is new.
 */
static bool
is_unstarted_base(const struct input *input, const struct trial *trial)
{
	return trial->variant && strcmp(trial->variant, input->base) == 0 &&
	       strcmp(trial->status, "spawn") == 0;
}

void
input_add_trial(struct input *input)
{
	struct trial trial;
	struct case_info *info;

	reader_get(&input->reader, &trial_type, &trial);
	if (case_is_probe(trial.name) || phase_is_rejected(trial.phase))
		return;
	info = input_case(input, trial.name);
	info->trials++;
	if (!status_is_skipped(trial.status) &&
	    (!trial.phase || strcmp(trial.phase, "measure") == 0)) {
		info->measured++;
		info->good += status_is_ok(trial.status);
	}
	if (status_is_skipped(trial.status)) {
		info->skipped = true;
		info->why_skipped = input_word(input, trial.why);
	} else if (!status_is_ok(trial.status)) {
		info->has_bad_trial = true;
		if (is_unstarted_base(input, &trial))
			info->base_unstarted++;
		else if (!is_data(info, trial.phase) && !info->failures++)
			info->first_failure = input_word(
			    input, trial.why ? trial.why : trial.status);
	}
}
