/* What was read: the stream of this run. */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "metric.h"

/* As INPUT_LARGEST, at the other end. */
static const double LEAST_MIN_ABS = 1e-20;

static const char *const severities[] = {"blocking", "warning", "info", NULL};
static const char *const directions[] = {"lower", "higher", NULL};
static const char *const operators[] = {"<=", "<", ">=", ">", "==", "!=", NULL};

const char *
input_word(struct input *input, const char *text)
{
	return text ? index_text(&input->words, text) : NULL;
}

size_t
input_key(struct index *index, const char *name, const char *metric,
    const char *variant, bool add)
{
	/* The lengths keep "a" "bc" and "ab" "c" apart. */
	char *key = mem_format("%zu %zu %s%s%s", strlen(name), strlen(metric),
	    name, metric, variant ? variant : "");
	size_t number = add ? index_add(index, key) : index_find(index, key);

	free(key);
	return number;
}

/* The case of that name; a new one is zero but for its name. */
static struct case_info *
case_of(struct input *input, const char *name)
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

/* --- what records may hold --- */

/* Dies where a word is there, but is none of those that it may be. */
static void
check_word(const struct reader *in, const char *field, const char *text,
    const char *const words[])
{
	if (!text)
		return;
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return;
	lines_die(&in->lines, "unknown %s: %s", field, text);
}

/* The same for a number; NAN is none. */
static void
check_range(const struct reader *in, const char *field, double x, double least,
    double most)
{
	if (x < least || x > most)
		lines_die(&in->lines, "%s is out of range", field);
}

void
input_check_value(const struct reader *in, const char *field, double x)
{
	check_range(in, field, x, -INPUT_LARGEST, INPUT_LARGEST);
}

void
input_check_list(
    const struct reader *in, const char *field, const struct part *part)
{
	if (part->value && !tree_is_array(part->value))
		lines_die(&in->lines, "%s is not a list", field);
}

/* --- the records of the stream --- */

static void
add_run(struct input *input)
{
	struct run run;

	reader_get(&input->reader, &run_type, &run);
	input->has_run = true;
	input->has_end = false;
	input->run = input_word(input, run.run);
	input->time = input_word(input, run.time);
	input->target = input_word(input, run.target ? run.target : run.arch);
	input->arch = input_word(input, run.arch);
	input->cpu =
	    input_word(input, tree_string(tree_get(run.host.value, "cpu")));
}

static void
check_metric(const struct reader *in, const struct metric *metric)
{
	check_word(in, "severity", metric->severity, severities);
	check_word(in, "better", metric->better, directions);
	check_range(in, "threshold_percent", metric->threshold_percent, 0, 1e6);
	if (metric->min_abs != 0)
		check_range(in, "min_abs", metric->min_abs, LEAST_MIN_ABS,
		    INPUT_LARGEST);
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

static void
add_case(struct input *input)
{
	struct reader *in = &input->reader;
	struct case_record record;
	struct case_info *info;
	size_t number;

	reader_get(in, &case_type, &record);
	if (case_is_probe(record.name)) {
		record_release(&case_type, &record);
		return;
	}
	info = case_of(input, record.name);
	number = (size_t)(info - input->cases);
	if (info->has_record) { /* the same case of another run */
		record_release(&case_type, &record);
		return;
	}
	info->has_record = true;
	if (record.workload)
		info->workload = input_word(input, record.workload);
	info->target = input_word(input, record.target);
	input_check_list(in, "metrics", &record.metrics);
	input_check_list(in, "criteria", &record.criteria);
	for (size_t i = 0; i < tree_length(record.metrics.value); i++) {
		struct metric metric;

		reader_get_part(in, tree_at(record.metrics.value, i),
		    &metric_type, &metric);
		check_metric(in, &metric);
		add_rule(input, &record, &metric);
		if (metric.aggregator &&
		    strcmp(metric.aggregator, "success_rate") == 0)
			info->failures_are_data = true;
	}
	for (size_t i = 0; i < tree_length(record.criteria.value); i++) {
		struct criterion limit;

		reader_get_part(in, tree_at(record.criteria.value, i),
		    &criterion_type, &limit);
		check_word(in, "severity", limit.severity, severities);
		check_word(in, "operator", limit.op, operators);
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

static void
add_trial(struct input *input)
{
	struct trial trial;
	struct case_info *info;

	reader_get(&input->reader, &trial_type, &trial);
	if (case_is_probe(trial.name) || phase_is_rejected(trial.phase))
		return;
	info = case_of(input, trial.name);
	info->trials++;
	if (!status_is_skipped(trial.status) &&
	    (!trial.phase || strcmp(trial.phase, "measure") == 0)) {
		info->measured++;
		info->good += status_is_ok(trial.status);
	}
	if (status_is_skipped(trial.status)) {
		info->skipped = true;
	} else if (!status_is_ok(trial.status)) {
		info->has_bad_trial = true;
		if (is_unstarted_base(input, &trial))
			info->base_unstarted++;
		else if (!is_data(info, trial.phase) && !info->failures++)
			info->first_failure = input_word(
			    input, trial.why ? trial.why : trial.status);
	}
}

static struct numbers
copy_numbers(const struct numbers *from)
{
	struct numbers copy = {mem_zero(from->n, sizeof *copy.x), from->n};

	if (from->n)
		memcpy(copy.x, from->x, from->n * sizeof *copy.x);
	return copy;
}

static void
check_summary(const struct reader *in, const struct summary *s)
{
	check_word(in, "better", s->better, directions);
	input_check_value(in, "value", s->value);
	for (size_t i = 0; i < s->values.n; i++)
		input_check_value(in, "values", s->values.x[i]);
	check_range(in, "se_block", s->se_block, 0, INPUT_LARGEST);
	if (s->rounds.n && s->values.n && s->rounds.n != s->values.n)
		lines_die(&in->lines, "rounds and values differ in number");
}

/* The value of a round. */
struct of_round {
	double round, value;
};

static int
compare_rounds(const void *a, const void *b)
{
	const struct of_round *x = a, *y = b;

	return (x->round > y->round) - (x->round < y->round);
}

/* Brings the rounds into order, and their values with them. */
static void
sort_rounds(
    const struct reader *in, struct numbers *rounds, struct numbers *values)
{
	struct of_round *list = mem_zero(rounds->n, sizeof *list);

	for (size_t i = 0; i < rounds->n; i++)
		list[i] = (struct of_round){rounds->x[i], values->x[i]};
	qsort(list, rounds->n, sizeof *list, compare_rounds);
	for (size_t i = 0; i < rounds->n; i++) {
		rounds->x[i] = list[i].round;
		values->x[i] = list[i].value;
		if (i && list[i - 1].round == list[i].round)
			lines_die(&in->lines, "round %g is there twice",
			    list[i].round);
	}
	free(list);
}

/* The subject of that key; a new one is the last of its case. */
static struct subject *
subject_of(struct input *input, const struct summary *s)
{
	struct case_info *info = case_of(input, s->name);
	size_t number =
	    input_key(&input->keys, s->name, s->metric, s->variant, true);

	if (number < input->n_subjects) {
		if (!input->repeated++)
			lines_warn(&input->reader.lines,
			    "%s %s: measured more than once in the stream; "
			    "of such metrics the last summary is judged",
			    s->name, s->metric);
		return &input->subjects[number];
	}
	*MEM_PUSH(input->subjects, input->n_subjects,
	    input->subjects_capacity) = (struct subject){0};
	if (info->last)
		input->subjects[info->last - 1].next = number + 1;
	else
		info->first = number + 1;
	info->last = number + 1;
	return &input->subjects[number];
}

static void
add_summary(struct input *input)
{
	struct reader *in = &input->reader;
	struct subject *subject;
	struct summary s;

	reader_get(in, &summary_type, &s);
	check_summary(in, &s);
	if (is_calibration(s.name, s.variant)) {
		if (case_is_probe(s.name) && !s.variant)
			*MEM_PUSH(input->probes, input->n_probes,
			    input->probes_capacity) = (struct probe){
			    input_word(input, s.metric), s.value};
		record_release(&summary_type, &s);
		return;
	}
	subject = subject_of(input, &s);
	free(subject->values.x);
	free(subject->rounds.x);
	*subject = (struct subject){
	    .name = input_word(input, s.name),
	    .metric = input_word(input, s.metric),
	    .variant = input_word(input, s.variant),
	    .unit = input_word(input, s.unit),
	    .better = input_word(input, s.better),
	    .aggregator = input_word(input, s.aggregator),
	    .id = input_word(input, s.id),
	    .machine = input_word(input, s.machine),
	    .session = input_word(input, s.session),
	    .value = s.value,
	    .n = isnan(s.n) ? (double)s.values.n : s.n,
	    .r1 = s.r1,
	    .se_block = s.se_block,
	    .mean = s.mean,
	    .stddev = s.stddev,
	    .min = s.min,
	    .max = s.max,
	    .median = s.median,
	    .p50 = s.p50,
	    .p90 = s.p90,
	    .p95 = s.p95,
	    .p99 = s.p99,
	    .values = copy_numbers(&s.values),
	    .next = subject->next,
	};
	if (s.rounds.n && s.values.n) {
		subject->rounds = copy_numbers(&s.rounds);
		sort_rounds(in, &subject->rounds, &subject->values);
	}
	record_release(&summary_type, &s);
}

static void
add_end(struct input *input)
{
	struct run_end end;

	reader_get(&input->reader, &end_type, &end);
	input->has_end = true;
	input->complete = end.complete != false;
}

/*
 * The direction of a summary that does not say it, as stat-agg has it: what
 * the case declares, what a limit asks for, what the unit suggests.
 */
static const char *
direction_of(const struct input *input, const struct subject *s)
{
	size_t number = index_find(&input->case_names, s->name);

	if (s->rule.better)
		return s->rule.better;
	for (size_t i = 0; i < input->n_limits; i++) {
		const struct limit *limit = &input->limits[i];

		if (limit->case_number != number ||
		    strcmp(limit->criterion.metric, s->metric) != 0)
			continue;
		if (*limit->criterion.op == '>')
			return "higher";
		if (*limit->criterion.op == '<')
			return "lower";
	}
	return s->unit && unit_is_rate(s->unit) ? "higher" : "lower";
}

/* A metric is judged by its case's rule; without a case record it gates. */
static void
attach_rules(struct input *input)
{
	const struct rule always = {
	    .declared = true,
	    .gates = true,
	    .severity = "blocking",
	    .threshold = NAN,
	    .min_abs = NAN,
	};

	for (size_t i = 0; i < input->n_subjects; i++) {
		struct subject *s = &input->subjects[i];
		const struct rule *rule = input_rule(input, s->name, s->metric);

		if (rule)
			s->rule = *rule;
		else if (!case_of(input, s->name)->has_record)
			s->rule = always;
		if (!s->better)
			s->better = direction_of(input, s);
	}
}

void
input_read(struct input *input, char *operands[])
{
	struct reader *in = &input->reader;
	bool any = false;

	reader_open(in, operands);
	while (reader_next(in)) {
		any = true;
		if (in->kind == RECORD_RUN)
			add_run(input);
		else if (in->kind == RECORD_CASE)
			add_case(input);
		else if (in->kind == RECORD_TRIAL)
			add_trial(input);
		else if (in->kind == RECORD_SUMMARY)
			add_summary(input);
		else if (in->kind == RECORD_END)
			add_end(input);
		if (in->kind == RECORD_END)
			reader_hold(in);
		else
			reader_pass(in);
	}
	/* A stage before this one that broke must not look like a pass. */
	if (!any)
		die("no records to compare");
	attach_rules(input);
}

void
input_release(struct input *input)
{
	for (size_t i = 0; i < input->n_subjects; i++) {
		free(input->subjects[i].values.x);
		free(input->subjects[i].rounds.x);
	}
	for (size_t i = 0; i < input->n_stored; i++)
		free(input->stored[i].sessions);
	free(input->subjects);
	free(input->stored);
	free(input->entries);
	free(input->probes);
	free(input->rules);
	free(input->limits);
	free(input->cases);
	index_release(&input->words);
	index_release(&input->case_names);
	index_release(&input->keys);
	index_release(&input->rule_keys);
	index_release(&input->stored_keys);
	index_release(&input->entry_names);
	reader_release(&input->reader);
}
