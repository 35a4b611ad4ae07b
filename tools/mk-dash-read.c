/*
 * mk-dash: runs, cases, points, changes and marks of a stream.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "die.h"
#include "mk-dash.h"

static const char *
keep(struct model *model, const char *text)
{
	return text ? index_text(&model->texts, text) : NULL;
}

static const char *
either(struct model *model, const char *old, const char *text)
{
	return old ? old : keep(model, text);
}

/* s since 1970 of a time that reader_check_time has let through. */
static double
seconds_of(const char *time)
{
	struct tm tm = {0};
	const char *rest;

	if (!time)
		return NAN;
	rest = strptime(time, "%Y-%m-%d", &tm);
	if (!rest)
		return NAN;
	if (*rest)
		strptime(rest + 1, "%H:%M:%S", &tm);
	return (double)timegm(&tm);
}

static size_t
part_number(struct index *index, const struct part *part)
{
	size_t number = INDEX_NONE;
	char *text;

	if (part->value) {
		text = tree_text(part->value);
		number = index_add(index, text);
		free(text);
	}
	return number;
}

/* The run of that key, which is added where it is new. */
static struct shown_run *
run_of(struct model *model, const char *key, size_t *number)
{
	size_t known = model->run_names.n;

	*number = index_add(&model->run_names, key);
	if (*number == known)
		*MEM_PUSH(model->runs, known, model->runs_capacity) =
		    (struct shown_run){.time = NAN,
			.host = INDEX_NONE,
			.checks = INDEX_NONE,
			.dirty = ABSENT};
	return &model->runs[*number];
}

static void
read_run(struct model *model, struct reader *in)
{
	struct shown_run *shown;
	struct run run;
	char *key;
	size_t number;

	reader_get(in, &run_type, &run);
	reader_check_time(in, "time", run.time);
	if (run.run) {
		key = mem_format("r%s", run.run);
		shown = run_of(model, key, &number);
		*shown = (struct shown_run){
		    .run = keep(model, run.run),
		    .commit = keep(model, run.commit),
		    .arch = keep(model, run.arch),
		    .target = keep(model, run.target),
		    .machine = keep(model, run.machine),
		    .branch = keep(model, run.branch),
		    .result = keep(model, run.result),
		    .report = keep(model, run.report),
		    .when = keep(model, run.time),
		    .time = seconds_of(run.time),
		    .host = part_number(&model->hosts, &run.host),
		    .checks = part_number(&model->checks, &run.checks),
		    .dirty = run.dirty,
		    .has_record = true,
		};
		free(key);
	}
	record_release(&run_type, &run);
}

/* A result that follows its run, as cmp-baseline writes it. */
static void
read_result(struct model *model, struct reader *in)
{
	struct result result;
	char *key;
	size_t number;

	reader_get(in, &result_type, &result);
	if (result.run) {
		key = mem_format("r%s", result.run);
		number = index_find(&model->run_names, key);
		if (number != INDEX_NONE)
			model->runs[number].result = keep(model, result.status);
		free(key);
	}
	record_release(&result_type, &result);
}

/* The number of a case; its workload is what is before the slash. */
static size_t
case_of(struct model *model, const char *name)
{
	size_t known = model->case_names.n;
	size_t number = index_add(&model->case_names, name);
	char *workload;

	if (number < known)
		return number;
	workload = mem_copy(name);
	workload[strcspn(workload, "/")] = '\0';
	*MEM_PUSH(model->cases, known, model->cases_capacity) =
	    (struct shown_case){
		.name = keep(model, name), .workload = keep(model, workload)};
	free(workload);
	return number;
}

static void
read_case(struct model *model, struct reader *in)
{
	struct case_record record;
	struct shown_case *shown;
	char *criteria;
	size_t number;

	reader_get(in, &case_type, &record);
	reader_check_case(in, &record);
	number = case_of(model, record.name);
	shown = &model->cases[number];
	if (record.workload)
		shown->workload = keep(model, record.workload);
	shown->description = keep(model, record.description);
	shown->criteria = (struct part){0};
	if (record.criteria.value) {
		criteria = tree_text(record.criteria.value);
		shown->criteria.text = keep(model, criteria);
		free(criteria);
	}
	record_release(&case_type, &record);
}

static const char *
or_empty(const char *text)
{
	return text ? text : "";
}

/* What a series is known by; no text of a record holds a NUL or this byte. */
#define BETWEEN "\x1f"

static char *
series_key(const char *const fields[8])
{
	char *key = mem_copy("");

	for (size_t i = 0; i < 8; i++) {
		char *longer = mem_format("%s%zu" BETWEEN "%s", key,
		    strlen(or_empty(fields[i])), or_empty(fields[i]));

		free(key);
		key = longer;
	}
	return key;
}

static char *
key_of_point(const struct point_record *p)
{
	return series_key((const char *const[8]){p->name, p->id, p->metric,
	    p->unit, p->arch, p->target, p->machine, p->branch});
}

static char *
key_of_change(const struct change *c)
{
	return series_key((const char *const[8]){c->name, c->id, c->metric,
	    c->unit, c->arch, c->target, c->machine, c->branch});
}

static struct shown_series *
series_of(struct model *model, const struct point_record *point)
{
	size_t known = model->series_names.n, number;
	char *key = key_of_point(point);
	struct shown_series *shown;

	number = index_add(&model->series_names, key);
	free(key);
	if (number < known)
		return &model->series[number];
	shown = MEM_PUSH(model->series, known, model->series_capacity);
	*shown =
	    (struct shown_series){.case_number = case_of(model, point->name)};
	shown->head = *point;
	shown->head.tags = (struct texts){0};
	shown->head.ci = (struct numbers){0};
	shown->head.rounds = (struct numbers){0};
	shown->head.values = (struct numbers){0};
	record_keep(&point_type, &shown->head, &model->texts);
	if (point->workload)
		model->cases[shown->case_number].workload =
		    shown->head.workload;
	return shown;
}

/*
 * The run of a point. Where it names none, those of one commit and time are of
 * one; where it says neither, the first points of all series are of one, and
 * so on.
 */
static size_t
run_of_point(
    struct model *model, const struct point_record *point, size_t index)
{
	struct shown_run *run;
	char *key;
	size_t number;

	if (point->run)
		key = mem_format("r%s", point->run);
	else if (point->commit || point->time)
		key = mem_format("c%s" BETWEEN "%s" BETWEEN "%s" BETWEEN "%s",
		    or_empty(point->commit), or_empty(point->time),
		    or_empty(point->machine), or_empty(point->arch));
	else
		key = mem_format("i%zu", index);
	run = run_of(model, key, &number);
	free(key);
	run->run = either(model, run->run, point->run);
	run->commit = either(model, run->commit, point->commit);
	run->arch = either(model, run->arch, point->arch);
	run->target = either(model, run->target, point->target);
	run->machine = either(model, run->machine, point->machine);
	run->branch = either(model, run->branch, point->branch);
	if (isnan(run->time)) {
		run->when = keep(model, point->time);
		run->time = seconds_of(point->time);
	}
	if (run->dirty == ABSENT)
		run->dirty = point->dirty;
	return number;
}

static char *
values_text(const struct numbers *values)
{
	struct jline line = {0};

	if (!values->n)
		return NULL;
	jline_list(&line, NULL);
	for (size_t i = 0; i < values->n; i++)
		jline_number(&line, NULL, values->x[i]);
	jline_list_end(&line);
	return line.text;
}

static void
read_point(struct model *model, struct reader *in)
{
	struct point_record point;
	struct shown_series *series;
	struct shown_point shown;

	reader_get(in, &point_type, &point);
	reader_check_point(in, &point);
	reader_check_time(in, "time", point.time);
	series = series_of(model, &point);
	shown = (struct shown_point){
	    .run = run_of_point(model, &point, series->n),
	    .value = point.value,
	    .lo = point.ci.n ? point.ci.x[0] : NAN,
	    .hi = point.ci.n ? point.ci.x[1] : NAN,
	    .n = point.n,
	    .values = values_text(&point.values),
	};
	*MEM_PUSH(series->points, series->n, series->capacity) = shown;
	record_release(&point_type, &point);
}

/* A list outlives its record by changing hands. */
static void
read_change(struct model *model, struct reader *in)
{
	struct shown_change shown;
	char *key;

	reader_get(in, &change_type, &shown.change);
	key = key_of_change(&shown.change);
	shown.series = index_find(&model->series_names, key);
	free(key);
	if (shown.series == INDEX_NONE) {
		record_release(&change_type, &shown.change);
		return;
	}
	if (shown.change.index != trunc(shown.change.index) ||
	    shown.change.index < 0 ||
	    !(shown.change.index < (double)model->series[shown.series].n))
		lines_die(&in->lines, "index is that of no point: %g",
		    shown.change.index);
	record_keep(&change_type, &shown.change, &model->texts);
	*MEM_PUSH(model->changes, model->n_changes, model->changes_capacity) =
	    shown;
}

static void
read_mark(struct model *model, struct reader *in)
{
	static const char *const kinds[] = {"change", "mute", NULL};
	struct mark mark;

	reader_get(in, &mark_type, &mark);
	reader_check_word(in, "kind", mark.kind, kinds);
	reader_check_time(in, "time", mark.time);
	reader_check_time(in, "until", mark.until);
	record_keep(&mark_type, &mark, &model->texts);
	*MEM_PUSH(model->marks, model->n_marks, model->marks_capacity) = mark;
}

/* Without a type, what has a metric and a value is a point here. */
static void
read_record(struct model *model, struct reader *in)
{
	switch (in->kind) {
	case RECORD_RUN:
		read_run(model, in);
		break;
	case RECORD_RESULT:
		read_result(model, in);
		break;
	case RECORD_CASE:
		read_case(model, in);
		break;
	case RECORD_SAMPLE:
		if (!tree_get(in->record, "type"))
			read_point(model, in);
		break;
	case RECORD_POINT:
		read_point(model, in);
		break;
	case RECORD_CHANGE:
		read_change(model, in);
		break;
	case RECORD_MARK:
		read_mark(model, in);
		break;
	case RECORD_BASELINE:
		baseline_read(model, in, "baseline");
		break;
	default:
		break;
	}
}

void
model_read(struct model *model, char *operands[])
{
	struct reader in;

	reader_open(&in, operands);
	while (reader_next(&in))
		read_record(model, &in);
	reader_release(&in);
	if (!model->series_names.n)
		die("there are no points to show");
	model_place_runs(model);
}

void
model_release(struct model *model)
{
	for (size_t i = 0; i < model->series_names.n; i++) {
		struct shown_series *series = &model->series[i];

		for (size_t k = 0; k < series->n; k++)
			free(series->points[k].values);
		free(series->points);
	}
	for (size_t i = 0; i < model->n_changes; i++)
		record_release(&change_type, &model->changes[i].change);
	for (size_t i = 0; i < model->n_baselines; i++)
		free(model->baselines[i].sessions);
	free(model->runs);
	free(model->cases);
	free(model->series);
	free(model->changes);
	free(model->marks);
	free(model->baselines);
	index_release(&model->run_names);
	index_release(&model->hosts);
	index_release(&model->checks);
	index_release(&model->case_names);
	index_release(&model->series_names);
	index_release(&model->texts);
	*model = (struct model){0};
}
