/*
 * stat-agg: what records become in the study.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"

const char *
study_text(struct study *study, const char *text)
{
	return text ? index_text(&study->texts, text) : NULL;
}

static char *
copy_or_null(const char *text)
{
	return text ? mem_copy(text) : NULL;
}

size_t
study_session(struct study *study, const struct run *run)
{
	const char *name = run->session ? run->session : run->run;
	struct session_data *session;
	size_t i = index_add(&study->session_names, name ? name : "");

	if (i == study->n_sessions)
		*MEM_PUSH(study->sessions, study->n_sessions,
		    study->sessions_capacity) =
		    (struct session_data){.session = copy_or_null(name)};
	session = &study->sessions[i];
	if (!session->run)
		session->run = copy_or_null(run->run);
	if (!session->machine)
		session->machine = copy_or_null(run->machine);
	return i;
}

void
study_begin_session(struct study *study, const struct run *run)
{
	study->current = study_session(study, run);
	for (size_t i = 0; i < study->n_routes; i++)
		study->routes[i].subject = SHAPE_NONE;
}

/* What follows is of the next file. */
static void
begin_part(struct study *study, const struct reader *in, bool merge)
{
	const char *name = study->called;

	if (!name && in->lines.stream != stdin)
		name = in->lines.name;
	if (merge && in->lines.stream != stdin) {
		size_t n = study->files.n;

		if (index_add(&study->files, in->lines.name) < n)
			die("%s: to be merged twice", in->lines.name);
	}
	study->operand = in->lines.operands;
	/* Of one name, no two lines have one number. */
	study->order = (uint64_t)study->parts.n << PART_SHIFT |
		       (study->called ? study->order & LINE_MASK : 0);
	*MEM_PUSH(study->parts.names, study->parts.n, study->parts.capacity) =
	    study_text(study, study->named && name ? name : "");
	/* The last run of another file is not that of this one. */
	if (merge)
		partials_end(study);
	if (merge)
		study_begin_session(study, &(struct run){0});
}

static struct session_data *
current_session(struct study *study)
{
	return &study->sessions[study->current];
}

struct subject *
subject_of(struct session_data *session, const char *name)
{
	size_t i = index_add(&session->subject_names, name);

	if (i == session->n_subjects)
		*MEM_PUSH(session->subjects, session->n_subjects,
		    session->subjects_capacity) = (struct subject){
		    .name = session->subject_names.texts[i],
		};
	return &session->subjects[i];
}

struct source *
source_of(struct subject *subject, const char *name)
{
	size_t i = index_add(&subject->source_names, name);

	if (i == subject->n_sources)
		*MEM_PUSH(subject->sources, subject->n_sources,
		    subject->sources_capacity) = (struct source){
		    .name = subject->source_names.texts[i],
		};
	return &subject->sources[i];
}

struct group *
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
	study_begin_session(study, &run);
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
	reader_check_case(in, &record);
	subject = subject_of(current_session(study), record.name);
	subject->id = record.id;
	subject->workload = record.workload;
	subject->arch = record.arch;
	subject->target = record.target;
	subject->params = record.params.value;
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
	subject->n_scalings = 0;
	for (size_t i = 0; i < tree_length(record.scaling.value); i++)
		reader_get_part(in, tree_at(record.scaling.value, i),
		    &scaling_type,
		    MEM_PUSH(subject->scalings, subject->n_scalings,
			subject->scalings_capacity));
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
	subject = subject_of(current_session(study), trial.name);
	*MEM_PUSH(subject->trials, subject->n_trials,
	    subject->trials_capacity) = (struct tried){
	    .variant = study_text(study, trial.variant),
	    .round = trial.round,
	    .elapsed_ns = trial.elapsed,
	    .status = study_text(study, trial.status),
	    .order = subject->n_trials - 1,
	    .ok = status_is_ok(trial.status),
	};
}

/* The group that a shape leads to, or NULL where that is not known. */
static struct group *
group_of_route(struct study *study, size_t shape)
{
	struct subject *subjects = current_session(study)->subjects;
	const struct route *route;

	if (shape >= study->n_routes)
		return NULL;
	route = &study->routes[shape];
	if (route->subject == SHAPE_NONE)
		return NULL;
	return &subjects[route->subject]
		    .sources[route->source]
		    .groups[route->group];
}

static void
set_route(struct study *study, size_t shape, const struct route *route)
{
	while (shape >= study->n_routes)
		MEM_PUSH(study->routes, study->n_routes, study->routes_capacity)
		    ->subject = SHAPE_NONE;
	study->routes[shape] = *route;
}

/* The group of a sample that was parsed; its shape leads there from now on. */
static struct group *
find_group(struct study *study, struct reader *in, const struct sample *sample)
{
	struct session_data *session = current_session(study);
	struct subject *subject = subject_of(session, sample->name);
	struct source *source = source_of(subject, sample->metric);
	struct group *group =
	    group_of(source, study_text(study, sample->variant),
		study_text(study, sample->unit));
	const struct route route = {
	    .subject = (size_t)(subject - session->subjects),
	    .source = (size_t)(source - subject->sources),
	    .group = (size_t)(group - source->groups),
	};

	if (in->shapes && in->shape == SHAPE_NONE) {
		in->numbers = (struct shape_numbers){
		    .round = sample->round, .value = sample->value};
		in->shape = shapes_learn(
		    in->shapes, in->lines.text, in->lines.len, &in->numbers);
	}
	if (in->shapes && in->shape != SHAPE_NONE)
		set_route(study, in->shape, &route);
	return group;
}

static void
read_sample(struct study *study, struct reader *in)
{
	struct observation line = {.order = study->order++};
	struct group *group = NULL;
	struct sample sample;

	if (in->shape != SHAPE_NONE) {
		line.round = in->numbers.round;
		line.value = in->numbers.value;
		group = group_of_route(study, in->shape);
	}
	if (!group) {
		reader_get(in, &sample_type, &sample);
		line.round = sample.round;
		line.value = sample.value;
	}
	reader_check_value(in, "value", line.value);
	if (!group)
		group = find_group(study, in, &sample);
	if (!group->n) {
		group->file = in->lines.name;
		group->line = in->lines.number;
	}
	group_add(study, group, &line);
}

void
study_read(struct study *study, struct reader *in, bool merge)
{
	if (study->operand != in->lines.operands)
		begin_part(study, in, merge);
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
	case RECORD_PARTIAL:
		if (!merge)
			lines_die(&in->lines, "a partial: --merge reads it");
		partial_read(study, in);
		break;
	case RECORD_SERIES:
		if (study->level > 0)
			series_read(study, in);
		else
			reader_pass(in);
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
			group_release(&source->groups[g]);
		free(source->groups);
	}
	free(subject->sources);
	index_release(&subject->source_names);
	free(subject->declared);
	free(subject->criteria);
	free(subject->scalings);
	free(subject->trials);
	free(subject->courses);
	tree_free(subject->record);
}

void
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
	index_release(&study->files);
	free(study->parts.names);
	free(study->pieces);
	free(study->routes);
	shapes_release(&study->shapes);
	*study = (struct study){0};
}
