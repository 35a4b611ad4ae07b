/*
 * stat-agg: make summaries of samples.
 */
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat-agg.h"
#include "tool.h"

enum {
	KEY_LEVEL = 256,
	KEY_QUANTILE,
	KEY_RESAMPLES
};

static const struct tool_option options[] = {
    {KEY_LEVEL, "level", "P", "the confidence of intervals (0.95)"},
    {KEY_QUANTILE, "quantile", "Q", "this quantile, too, and its interval"},
    {KEY_RESAMPLES, "resamples", "N",
	"for the interval of the mean (2000; 0: none)"},
    {0},
};

static const struct tool tool = {
    .name = "stat-agg",
    .synopsis = "[--level P] [--quantile Q] ... [--resamples N] [file ...]",
    .purpose = "Aggregate samples: one summary per case, metric and variant.",
    .options = options,
};

/* A text that lives as long as the study. */
static const char *
keep_text(struct study *study, const char *text)
{
	return text ? index_text(&study->texts, text) : NULL;
}

static char *
copy_or_null(const char *text)
{
	return text ? mem_copy(text) : NULL;
}

/* What follows belongs to this run's session; "" is that of no run. */
static void
begin_session(struct study *study, const struct run *run)
{
	const char *name = run->session ? run->session : run->run;
	struct session_data *session;

	study->current = index_add(&study->session_names, name ? name : "");
	if (study->current == study->n_sessions)
		*MEM_PUSH(study->sessions, study->n_sessions,
		    study->sessions_capacity) =
		    (struct session_data){.session = copy_or_null(name)};
	session = &study->sessions[study->current];
	if (!session->run)
		session->run = copy_or_null(run->run);
	if (!session->machine)
		session->machine = copy_or_null(run->machine);
}

static struct subject *
subject_of(struct study *study, const char *name)
{
	struct session_data *session = &study->sessions[study->current];
	size_t i = index_add(&session->subject_names, name);

	if (i == session->n_subjects)
		*MEM_PUSH(session->subjects, session->n_subjects,
		    session->subjects_capacity) = (struct subject){
		    .name = session->subject_names.texts[i],
		};
	return &session->subjects[i];
}

static struct group *
group_of(struct source *source, const char *variant, const char *unit)
{
	for (size_t i = 0; i < source->n; i++)
		if (source->groups[i].variant == variant &&
		    source->groups[i].unit == unit)
			return &source->groups[i];
	*MEM_PUSH(source->groups, source->n, source->capacity) =
	    (struct group){.variant = variant, .unit = unit};
	return &source->groups[source->n - 1];
}

static void
read_run(struct study *study, struct reader *in)
{
	struct run run;

	reader_get(in, &run_type, &run);
	begin_session(study, &run);
	reader_pass(in);
}

static void
declare(struct subject *subject, const struct metric *metric, struct reader *in)
{
	struct declared declared = {
	    .metric = *metric,
	    .source = metric->from ? metric->from : metric->name,
	};
	const char *word = metric->aggregator;

	if (!aggregator_parse(
		word ? word : AGGREGATOR_DEFAULT, &declared.aggregator))
		lines_die(&in->lines, "metric %s: unknown aggregator: %s",
		    metric->name, word);
	*MEM_PUSH(subject->declared, subject->n_declared,
	    subject->declared_capacity) = declared;
}

/* Keeps the record itself, so that its texts stay. */
static void
read_case(struct study *study, struct reader *in)
{
	struct case_record record;
	struct subject *subject;
	struct criterion criterion;
	struct metric metric;

	reader_get(in, &case_type, &record);
	subject = subject_of(study, record.name);
	subject->id = record.id;
	subject->workload = record.workload;
	subject->n_declared = 0;
	for (size_t i = 0; i < tree_length(record.metrics.value); i++) {
		reader_get_part(in, tree_at(record.metrics.value, i),
		    &metric_type, &metric);
		declare(subject, &metric, in);
	}
	subject->n_criteria = 0;
	for (size_t i = 0; i < tree_length(record.criteria.value); i++) {
		reader_get_part(in, tree_at(record.criteria.value, i),
		    &criterion_type, &criterion);
		*MEM_PUSH(subject->criteria, subject->n_criteria,
		    subject->criteria_capacity) = criterion;
	}
	reader_pass(in);
	tree_free(subject->record);
	subject->record = in->record;
	in->record = NULL;
	record_release(&case_type, &record);
}

static void
read_trial(struct study *study, struct reader *in)
{
	struct subject *subject;
	struct trial trial;

	reader_get(in, &trial_type, &trial);
	reader_pass(in);
	if (trial.phase && strcmp(trial.phase, "measure") != 0)
		return;
	if (status_is_skipped(trial.status))
		return;
	subject = subject_of(study, trial.name);
	*MEM_PUSH(subject->trials, subject->n_trials,
	    subject->trials_capacity) = (struct tried){
	    .variant = keep_text(study, trial.variant),
	    .round = trial.round,
	    .elapsed_ns = trial.elapsed,
	    .status = keep_text(study, trial.status),
	    .ok = status_is_ok(trial.status),
	};
}

static void
read_sample(struct study *study, struct reader *in)
{
	struct subject *subject;
	struct source *source;
	struct sample sample;
	struct group *group;
	size_t i;

	reader_get(in, &sample_type, &sample);
	if (fabs(sample.value) > LARGEST_VALUE)
		lines_die(&in->lines, "value is out of range");
	subject = subject_of(study, sample.name);
	i = index_add(&subject->source_names, sample.metric);
	if (i == subject->n_sources)
		*MEM_PUSH(subject->sources, subject->n_sources,
		    subject->sources_capacity) = (struct source){
		    .name = subject->source_names.texts[i],
		};
	source = &subject->sources[i];
	group = group_of(source, keep_text(study, sample.variant),
	    keep_text(study, sample.unit));
	if (!group->n) {
		group->file = in->lines.name;
		group->line = in->lines.number;
	}
	*MEM_PUSH(group->lines, group->n, group->capacity) =
	    (struct observation){
		.round = sample.round,
		.value = sample.value,
		.order = study->n_lines++,
	    };
}

static void
read_record(struct study *study, struct reader *in)
{
	switch (in->kind) {
	case RECORD_RUN:
		read_run(study, in);
		break;
	case RECORD_CASE:
		read_case(study, in);
		break;
	case RECORD_TRIAL:
		read_trial(study, in);
		break;
	case RECORD_SAMPLE:
		read_sample(study, in);
		break;
	case RECORD_END:
		reader_hold(in);
		break;
	default:
		reader_pass(in);
		break;
	}
}

static void
subject_release(struct subject *subject)
{
	for (size_t i = 0; i < subject->n_sources; i++) {
		struct source *source = &subject->sources[i];

		for (size_t g = 0; g < source->n; g++)
			free(source->groups[g].lines);
		free(source->groups);
	}
	free(subject->sources);
	index_release(&subject->source_names);
	free(subject->declared);
	free(subject->criteria);
	free(subject->trials);
	tree_free(subject->record);
}

static void
study_release(struct study *study)
{
	for (size_t i = 0; i < study->n_sessions; i++) {
		struct session_data *session = &study->sessions[i];

		for (size_t s = 0; s < session->n_subjects; s++)
			subject_release(&session->subjects[s]);
		free(session->subjects);
		index_release(&session->subject_names);
		free(session->session);
		free(session->run);
		free(session->machine);
	}
	free(study->sessions);
	index_release(&study->session_names);
	index_release(&study->texts);
	*study = (struct study){0};
}

static void
add_quantile(struct wishes *wishes, const char *text)
{
	if (wishes->n_quantiles == MOST_QUANTILES)
		tool_usage(&tool, "--quantile: %d at most", MOST_QUANTILES);
	wishes->quantiles[wishes->n_quantiles++] =
	    tool_number(&tool, "--quantile", text, 1e-9, 1 - 1e-9);
}

int
main(int argc, char *argv[])
{
	struct study study = {0};
	struct wishes wishes = {.level = 0.95, .resamples = 2000};
	struct reader in;
	int key;

	tool_start(&tool, argv);
	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case KEY_LEVEL:
			wishes.level =
			    tool_number(&tool, "--level", optarg, 0.5, 0.9999);
			break;
		case KEY_QUANTILE:
			add_quantile(&wishes, optarg);
			break;
		case KEY_RESAMPLES:
			wishes.resamples = (size_t)tool_integer(
			    &tool, "--resamples", optarg, 0, 1000000);
			break;
		}
	begin_session(&study, &(struct run){0});
	reader_open(&in, argv + optind);
	while (reader_next(&in))
		read_record(&study, &in);
	study_write(&study, &wishes);
	reader_write_held(&in);
	reader_release(&in);
	study_release(&study);
	return out_close();
}
