/*
 * mk-dash: baselines, as the lines that values are compared with.
 */
#include <stdlib.h>
#include <string.h>

#include "marking.h"
#include "mk-dash.h"
#include "stats.h"

static const char *
keep(struct model *model, const char *text)
{
	return text ? index_text(&model->texts, text) : NULL;
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The sessions of one machine; those that name none are of none. */
static void
add_machine(struct model *model, struct shown_baseline shown,
    const struct session *sessions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same(sessions[i].machine, shown.machine))
			*MEM_PUSH(shown.sessions, shown.n, shown.capacity) =
			    (struct shown_session){
				.commit = keep(model, sessions[i].commit),
				.branch = keep(model, sessions[i].branch),
				.time = keep(model, sessions[i].time),
				.value = sessions[i].value,
			    };
	shown.machine = keep(model, shown.machine);
	*MEM_PUSH(model->baselines, model->n_baselines,
	    model->baselines_capacity) = shown;
}

void
baseline_read(struct model *model, struct reader *in, const char *file)
{
	struct shown_baseline shown = {.file = file};
	struct baseline baseline;
	struct session *sessions;
	size_t n;

	reader_get(in, &baseline_type, &baseline);
	reader_check_list(in, "sessions", &baseline.sessions);
	n = tree_length(baseline.sessions.value);
	sessions = mem_zero(n, sizeof *sessions);
	shown.name = keep(model, baseline.name);
	shown.id = keep(model, baseline.id);
	shown.metric = keep(model, baseline.metric);
	shown.unit = keep(model, baseline.unit);
	for (size_t i = 0; i < n; i++) {
		reader_get_part(in, tree_at(baseline.sessions.value, i),
		    &session_type, &sessions[i]);
		reader_check_session(in, &sessions[i]);
	}
	for (size_t i = 0; i < n; i++) {
		size_t first = 0;

		while (!same(sessions[first].machine, sessions[i].machine))
			first++;
		shown.machine = sessions[i].machine;
		if (first == i)
			add_machine(model, shown, sessions, n);
	}
	free(sessions);
	record_release(&baseline_type, &baseline);
}

/* "v1.0/x86_64" of "baselines/v1.0/x86_64.jsonl". */
static const char *
label_of(struct model *model, const char *path)
{
	char *copy = mem_copy(path), *end = strrchr(copy, '.');
	const char *label = copy, *kept;
	size_t slashes = 0;

	if (end && strcmp(end, ".jsonl") == 0)
		*end = '\0';
	for (const char *c = copy + strlen(copy); c > copy; c--)
		if (c[-1] == '/' && ++slashes == 2) {
			label = c;
			break;
		}
	kept = keep(model, label);
	free(copy);
	return kept;
}

void
model_read_baseline(struct model *model, const char *path)
{
	char *operands[] = {(char *)path, NULL};
	const char *label = label_of(model, path);
	struct reader in;

	reader_open(&in, operands);
	while (reader_next(&in))
		if (in.kind == RECORD_BASELINE)
			baseline_read(model, &in, label);
	reader_release(&in);
}

/* Whether the page shows the baseline with a series. */
static bool
is_beside(const struct shown_baseline *b, const struct point_record *series)
{
	return same(b->name, series->name) && same(b->metric, series->metric) &&
	       same(b->unit, series->unit) &&
	       (!b->id || same(b->id, series->id)) &&
	       (!b->machine || same(b->machine, series->machine));
}

/* All commits that the marks may be asked about. */
static void
add_commits(struct descents *descents, const struct model *model)
{
	for (size_t i = 0; i < model->run_names.n; i++)
		descents_add(descents, model->runs[i].commit);
	for (size_t i = 0; i < model->n_baselines; i++)
		for (size_t k = 0; k < model->baselines[i].n; k++)
			descents_add(
			    descents, model->baselines[i].sessions[k].commit);
}

/*
 * Leaves out the sessions that a mark is between and the newest point of a
 * series, as cmp-baseline does: it holds for one of them only.
 */
static void
leave_out(struct descents *descents, const struct mark *mark,
    struct shown_baseline *b, const struct measured_at *now)
{
	bool holds = mark_holds_at(descents, mark, now);

	for (size_t i = 0; i < b->n; i++) {
		struct shown_session *session = &b->sessions[i];
		const struct measured_at then = {
		    session->commit, session->branch, session->time};

		if (holds != mark_holds_at(descents, mark, &then))
			session->left_out = true;
	}
}

/* Leaves out what accepted changes of the series are between. */
static void
apply_marks(const struct model *model, struct descents *descents,
    struct shown_baseline *b, const struct shown_series *series)
{
	const struct shown_run *run =
	    &model->runs[series->points[series->n - 1].run];
	const struct measured_at now = {run->commit,
	    series->head.branch ? series->head.branch : run->branch, run->when};

	for (size_t i = 0; i < b->n; i++)
		b->sessions[i].left_out = false;
	for (size_t i = 0; i < model->n_marks; i++) {
		const struct mark *mark = &model->marks[i];

		if (mark_is_change(mark) && mark_is_of(mark, &series->head))
			leave_out(descents, mark, b, &now);
	}
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One line, of a series or, where that is INDEX_NONE, of all that fit. */
static void
put_line(struct jline *line, const struct shown_baseline *b, size_t series)
{
	double *values = mem_zero(b->n, sizeof *values);
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->sessions[i].left_out)
			values[n++] = b->sessions[i].value;
	if (n) {
		qsort(values, n, sizeof *values, ascending);
		jline_open(line, NULL);
		jline_string(line, "name", b->file);
		jline_string(line, "case", b->name);
		jline_string(line, "id", b->id);
		jline_string(line, "metric", b->metric);
		jline_string(line, "unit", b->unit);
		jline_string(line, "machine", b->machine);
		if (series != INDEX_NONE)
			jline_number(line, "series", (double)series);
		jline_number(line, "value", stats_quantile(values, n, 0.5));
		jline_number(line, "n", (double)n);
		jline_close(line);
	}
	free(values);
}

static bool
accepts_any(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_marks; i++)
		if (mark_is_change(&model->marks[i]) &&
		    (!model->marks[i].name || same(model->marks[i].name, name)))
			return true;
	return false;
}

static void
put_baseline(struct jline *line, const struct model *model,
    struct descents *descents, struct shown_baseline *b)
{
	if (!accepts_any(model, b->name)) {
		put_line(line, b, INDEX_NONE);
		return;
	}
	for (size_t i = 0; i < model->series_names.n; i++)
		if (is_beside(b, &model->series[i].head)) {
			apply_marks(model, descents, b, &model->series[i]);
			put_line(line, b, i);
		}
}

void
baselines_put(struct jline *line, const struct model *model)
{
	struct descents descents = {0};

	if (model->n_baselines)
		add_commits(&descents, model);
	jline_list(line, "baselines");
	for (size_t i = 0; i < model->n_baselines; i++)
		put_baseline(line, model, &descents, &model->baselines[i]);
	jline_list_end(line);
	descents_release(&descents);
}
