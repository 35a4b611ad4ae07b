/* What was read: the stream of this run. */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "metric.h"

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

/* --- the records of the stream --- */

static void
add_run(struct input *input)
{
	struct run run;

	reader_get(&input->reader, &run_type, &run);
	reader_check_time(&input->reader, "time", run.time);
	input->has_run = true;
	input->has_end = false;
	input->run = input_word(input, run.run);
	input->time = input_word(input, run.time);
	input->target = input_word(input, run.target ? run.target : run.arch);
	input->arch = input_word(input, run.arch);
	input->branch = input_word(input, run.branch);
	input->commit = input_word(input, run.commit);
	input->cpu =
	    input_word(input, tree_string(tree_get(run.host.value, "cpu")));
}

static struct numbers
copy_numbers(const struct numbers *from)
{
	struct numbers copy = {mem_zero(from->n, sizeof *copy.x), from->n};

	if (from->n)
		memcpy(copy.x, from->x, from->n * sizeof *copy.x);
	return copy;
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

struct past
subject_as_past(const struct subject *s)
{
	return (struct past){
	    .session = s->session,
	    .machine = s->machine,
	    .unit = s->unit,
	    .aggregator = s->aggregator,
	    .id = s->id,
	    .value = s->value,
	};
}

/* Sessions of one variant are replicates; another summary of one is none. */
static bool
keep_session(struct subject *subject, const struct summary *s)
{
	if (!s->variant || !texts_differ(s->session, subject->session))
		return false;
	*MEM_PUSH(subject->sessions, subject->n_sessions,
	    subject->sessions_capacity) = subject_as_past(subject);
	return true;
}

static void
warn_of_repeated(struct input *input, const struct summary *s)
{
	if (!input->repeated++)
		lines_warn(&input->reader.lines,
		    "%s %s: measured more than once in the stream; of such "
		    "metrics the last summary is judged",
		    s->name, s->metric);
}

/* The subject of that key; a new one is the last of its case. */
static struct subject *
subject_of(struct input *input, const struct summary *s)
{
	struct case_info *info = input_case(input, s->name);
	size_t number =
	    input_key(&input->keys, s->name, s->metric, s->variant, true);

	if (number < input->n_subjects) {
		if (!keep_session(&input->subjects[number], s))
			warn_of_repeated(input, s);
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

/* As of a metric that is measured more than once, the last counts. */
static void
add_probe(struct input *input, const struct summary *s)
{
	size_t number = index_add(&input->probe_keys, s->metric);

	if (number == input->n_probes)
		MEM_PUSH(
		    input->probes, input->n_probes, input->probes_capacity);
	input->probes[number] = (struct probe){input_word(input, s->metric),
	    input_word(input, s->session), s->value};
}

static void
add_summary(struct input *input)
{
	struct reader *in = &input->reader;
	struct subject *subject;
	struct summary s;

	reader_get(in, &summary_type, &s);
	reader_check_summary(in, &s);
	if (is_calibration(s.name, s.variant)) {
		if (case_is_probe(s.name) && !s.variant)
			add_probe(input, &s);
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
	    .exact = s.exact,
	    .median = s.median,
	    .p50 = s.p50,
	    .p90 = s.p90,
	    .p95 = s.p95,
	    .p99 = s.p99,
	    .values = copy_numbers(&s.values),
	    .next = subject->next,
	    .sessions = subject->sessions,
	    .n_sessions = subject->n_sessions,
	    .sessions_capacity = subject->sessions_capacity,
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
		else if (!input_case(input, s->name)->has_record)
			s->rule = always;
		if (!s->better)
			s->better = direction_of(input, s);
	}
}

/*
 * A stage before this one that broke, or that was forgotten, must not look like
 * a pass. Cases that failed or were skipped have no summary, though, and a run
 * that was cut short may have none yet.
 */
static void
check_measured(const struct input *input, bool any)
{
	if (!any)
		die("no records to compare");
	if (input->n_subjects)
		return;
	if (input->has_partials)
		die("no summary was read; partial ones are for stat-agg "
		    "--merge");
	if (input->has_samples)
		die("no summary was read; samples are for stat-agg(1)");
	if (input_is_truncated(input))
		return;
	for (size_t i = 0; i < input->n_cases; i++)
		if (input->cases[i].skipped || input->cases[i].has_bad_trial)
			return;
	die("no summary was read");
}

void
input_read(struct input *input, char *operands[])
{
	struct reader *in = &input->reader;
	bool any = false;

	reader_open(in, operands);
	while (reader_next(in)) {
		any = true;
		input->has_partials |= in->kind == RECORD_PARTIAL;
		input->has_samples |=
		    in->kind == RECORD_SAMPLE || in->kind == RECORD_SERIES;
		if (in->kind == RECORD_RUN)
			add_run(input);
		else if (in->kind == RECORD_CASE)
			input_add_case(input);
		else if (in->kind == RECORD_TRIAL)
			input_add_trial(input);
		else if (in->kind == RECORD_SUMMARY)
			add_summary(input);
		else if (in->kind == RECORD_MARK)
			input_add_mark(input);
		else if (in->kind == RECORD_END)
			add_end(input);
		if (in->kind == RECORD_END)
			reader_hold(in);
		else
			reader_pass(in);
	}
	check_measured(input, any);
	attach_rules(input);
	input_attach_marks(input);
}

void
input_release(struct input *input)
{
	for (size_t i = 0; i < input->n_subjects; i++) {
		free(input->subjects[i].values.x);
		free(input->subjects[i].rounds.x);
		free(input->subjects[i].sessions);
	}
	for (size_t i = 0; i < input->n_stored; i++)
		free(input->stored[i].sessions);
	free(input->subjects);
	for (size_t i = 0; i < input->n_marks; i++)
		index_release(&input->marks[i].left_out);
	free(input->stored);
	free(input->entries);
	free(input->probes);
	free(input->marks);
	free(input->rules);
	free(input->limits);
	free(input->cases);
	descents_release(&input->descents);
	index_release(&input->words);
	index_release(&input->case_names);
	index_release(&input->keys);
	index_release(&input->rule_keys);
	index_release(&input->stored_keys);
	index_release(&input->probe_keys);
	index_release(&input->entry_names);
	reader_release(&input->reader);
}
