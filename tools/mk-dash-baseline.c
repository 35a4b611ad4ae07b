/*
 * mk-dash: baselines, as the lines that values are compared with.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The line of one machine; sessions that name none are of none. */
static void
add_machine(struct model *model, struct shown_baseline shown,
    const struct session *sessions, size_t n)
{
	double *values = mem_zero(n, sizeof *values);
	size_t n_values = 0;

	for (size_t i = 0; i < n; i++)
		if (same(sessions[i].machine, shown.machine))
			values[n_values++] = sessions[i].value;
	qsort(values, n_values, sizeof *values, ascending);
	shown.value = stats_quantile(values, n_values, 0.5);
	shown.n = (double)n_values;
	shown.machine = keep(model, shown.machine);
	*MEM_PUSH(model->baselines, model->n_baselines,
	    model->baselines_capacity) = shown;
	free(values);
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
