/*
 * mk-dash: the order of the runs on the page.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "mk-dash.h"

/* By time; where that is the same, as they came. */
static int
by_time(const void *a, const void *b)
{
	const struct shown_run *const *x = a, *const *y = b;

	if ((*x)->time != (*y)->time)
		return (*x)->time < (*y)->time ? -1 : 1;
	return *x < *y ? -1 : 1;
}

static bool
are_in_order(const struct model *model)
{
	for (size_t i = 0; i < model->series_names.n; i++) {
		const struct shown_series *series = &model->series[i];

		for (size_t k = 1; k < series->n; k++)
			if (model->runs[series->points[k].run].place <
			    model->runs[series->points[k - 1].run].place)
				return false;
	}
	return true;
}

/* For each run those that are just before it in a series, by number. */
struct befores {
	size_t *starts, *runs; /* runs[starts[i] .. starts[i + 1]] */
};

static struct befores
befores_of(const struct model *model)
{
	size_t n = model->run_names.n, n_points = 0;
	struct befores befores = {.starts = mem_zero(n + 2, sizeof(size_t))};
	size_t *next = befores.starts + 1;

	for (size_t i = 0; i < model->series_names.n; i++) {
		const struct shown_series *series = &model->series[i];

		n_points += series->n;
		for (size_t k = 1; k < series->n; k++)
			next[series->points[k].run + 1]++;
	}
	for (size_t i = 1; i <= n; i++)
		next[i] += next[i - 1];
	befores.runs = mem_zero(n_points, sizeof *befores.runs);
	for (size_t i = 0; i < model->series_names.n; i++) {
		const struct shown_series *series = &model->series[i];

		for (size_t k = 1; k < series->n; k++)
			befores.runs[next[series->points[k].run]++] =
			    series->points[k - 1].run;
	}
	return befores;
}

/*
 * Places a run after all that a series has before it: depth first, without
 * recursion. Where series contradict each other the first one is followed.
 */
static void
place_after(struct model *model, const struct befores *befores, size_t *next,
    size_t *stack, size_t first, size_t *place)
{
	size_t depth = 0;

	stack[depth++] = first;
	model->runs[first].place = 0;
	while (depth) {
		size_t top = stack[depth - 1];

		if (next[top] < befores->starts[top + 1]) {
			size_t before = befores->runs[next[top]++];

			if (model->runs[before].place == SIZE_MAX) {
				model->runs[before].place = 0;
				stack[depth++] = before;
			}
		} else {
			model->runs[top].place = (*place)++;
			depth--;
		}
	}
}

/*
 * An older commit that was measured again has a late run, but its place in the
 * series is an early one: that is where its run is shown.
 */
static void
follow_series(struct model *model, struct shown_run *const sorted[])
{
	size_t n = model->run_names.n, place = 0;
	struct befores befores = befores_of(model);
	size_t *next = mem_zero(n, sizeof *next);
	size_t *stack = mem_zero(n, sizeof *stack);

	for (size_t i = 0; i < n; i++) {
		next[i] = befores.starts[i];
		model->runs[i].place = SIZE_MAX;
	}
	for (size_t i = 0; i < n; i++)
		if (sorted[i]->place == SIZE_MAX)
			place_after(model, &befores, next, stack,
			    (size_t)(sorted[i] - model->runs), &place);
	free(befores.starts);
	free(befores.runs);
	free(next);
	free(stack);
}

/*
 * Runs that have records come in their order. Where some have none they were
 * found as the series were read, and only their times can say their order.
 */
void
model_place_runs(struct model *model)
{
	size_t n = model->run_names.n;
	struct shown_run **sorted = mem_zero(n, sizeof *sorted);
	bool all_timed = true, all_recorded = true;

	for (size_t i = 0; i < n; i++) {
		sorted[i] = &model->runs[i];
		all_timed = all_timed && !isnan(model->runs[i].time);
		all_recorded = all_recorded && model->runs[i].has_record;
	}
	if (all_timed && !all_recorded)
		qsort(sorted, n, sizeof(*sorted), by_time);
	for (size_t i = 0; i < n; i++)
		sorted[i]->place = i;
	if (!are_in_order(model))
		follow_series(model, sorted);
	free(sorted);
}
