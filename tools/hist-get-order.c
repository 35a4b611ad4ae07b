/* hist-get: what comes before what. */
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "git.h"
#include "hist-get.h"

/* NULL is before all texts. */
static int
compare_texts(const char *a, const char *b)
{
	if (!a || !b)
		return !b - !a;
	return strcmp(a, b);
}

/* --- runs --- */

static int
compare_times(const struct past_run *a, const struct past_run *b)
{
	int order = day_compare(a->time, b->time);

	return order ? order : compare_texts(a->run, b->run);
}

/* A run, and where its commit is for git. */
struct turn {
	struct past_run *run;
	size_t at; /* INDEX_NONE where git does not know it */
};

static int
compare_turns(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return compare_times(x->run, y->run);
}

/*
 * Those that git knows are in its order, and all others in that of time; each
 * of these is put before the first of those that was run later.
 */
static void
merge(struct turn *turns, size_t n)
{
	size_t known = 0, i = 0, j, rank = 0;

	while (known < n && turns[known].at != INDEX_NONE)
		known++;
	j = known;
	while (i < known || j < n)
		if (j == n || (i < known && compare_times(turns[i].run,
						turns[j].run) <= 0))
			turns[i++].run->rank = rank++;
		else
			turns[j++].run->rank = rank++;
}

static void
ask_git(const struct selection *selection, struct index *ordered)
{
	const char **commits = mem_zero(selection->n_runs, sizeof *commits);
	size_t n = 0;

	for (size_t i = 0; i < selection->n_runs; i++)
		if (selection->runs[i].commit)
			commits[n++] = selection->runs[i].commit;
	git_order(commits, n, ordered);
	free(commits);
}

void
order_runs(struct selection *selection, bool by_time)
{
	struct turn *turns = mem_zero(selection->n_runs, sizeof *turns);
	struct index ordered = {0};

	if (!by_time)
		ask_git(selection, &ordered);
	for (size_t i = 0; i < selection->n_runs; i++) {
		const char *commit = selection->runs[i].commit;

		turns[i].run = &selection->runs[i];
		turns[i].at =
		    commit ? index_find(&ordered, commit) : INDEX_NONE;
	}
	qsort(turns, selection->n_runs, sizeof *turns, compare_turns);
	merge(turns, selection->n_runs);
	index_release(&ordered);
	free(turns);
}

/* --- series --- */

static int
compare_places(const void *a, const void *b)
{
	const struct past_run *x = *(struct past_run *const *)a;
	const struct past_run *y = *(struct past_run *const *)b;
	int order = compare_texts(x->arch, y->arch);

	if (!order)
		order = compare_texts(x->target, y->target);
	return order ? order : compare_texts(x->machine, y->machine);
}

static int
compare_branches(const void *a, const void *b)
{
	const struct past_run *x = *(struct past_run *const *)a;
	const struct past_run *y = *(struct past_run *const *)b;
	int order = compare_places(a, b);

	return order ? order : compare_texts(x->branch, y->branch);
}

static int
compare_kinds(const void *a, const void *b)
{
	const struct point_record *x =
	    &(*(struct past_series *const *)a)->point;
	const struct point_record *y =
	    &(*(struct past_series *const *)b)->point;
	int order = compare_texts(x->name, y->name);

	if (!order)
		order = compare_texts(x->metric, y->metric);
	if (!order)
		order = compare_texts(x->id, y->id);
	return order ? order : compare_texts(x->unit, y->unit);
}

/* Numbers the runs by where they were, and the series by what they are of. */
static void
number(struct selection *selection)
{
	int (*compare)(const void *, const void *) =
	    selection->join ? compare_places : compare_branches;
	size_t n = selection->n_runs, number = 0;
	struct past_run **runs = mem_zero(n, sizeof *runs);
	struct past_series **series;

	for (size_t i = 0; i < n; i++)
		runs[i] = &selection->runs[i];
	qsort(runs, n, sizeof *runs, compare);
	for (size_t i = 0; i < n; i++) {
		number += i && compare(&runs[i - 1], &runs[i]) != 0;
		runs[i]->place = number;
	}
	free(runs);
	n = selection->n_series;
	series = mem_zero(n, sizeof *series);
	for (size_t i = 0; i < n; i++)
		series[i] = &selection->series[i];
	qsort(series, n, sizeof *series, compare_kinds);
	number = 0;
	for (size_t i = 0; i < n; i++) {
		number += i && compare_kinds(&series[i - 1], &series[i]) != 0;
		series[i]->kind = number;
	}
	free(series);
}

static int
compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int
compare_points(const void *a, const void *b, void *data)
{
	const struct selection *selection = data;
	const struct past_point *x = a, *y = b;
	const struct past_run *p = &selection->runs[x->run];
	const struct past_run *q = &selection->runs[y->run];
	int order = compare_numbers(selection->series[x->series].kind,
	    selection->series[y->series].kind);

	if (!order)
		order = compare_numbers(p->place, q->place);
	return order ? order : compare_numbers(p->rank, q->rank);
}

void
selection_sort(struct selection *selection)
{
	number(selection);
	if (selection->n)
		qsort_r(selection->points, selection->n,
		    sizeof *selection->points, compare_points, selection);
}

bool
is_one_series(const struct selection *selection, size_t a, size_t b)
{
	const struct past_point *x = &selection->points[a];
	const struct past_point *y = &selection->points[b];

	return selection->series[x->series].kind ==
		   selection->series[y->series].kind &&
	       selection->runs[x->run].place == selection->runs[y->run].place;
}

void
selection_cut(struct selection *selection, size_t last)
{
	size_t n = 0, end;

	for (size_t i = 0; i < selection->n; i = end) {
		for (end = i + 1;
		     end < selection->n && is_one_series(selection, i, end);)
			end++;
		for (size_t k = i; k < end; k++)
			if (end - k <= last)
				selection->points[n++] = selection->points[k];
			else
				free(selection->points[k].text);
	}
	selection->n = n;
}

/* --- marks --- */

struct point_record
series_of(const struct selection *selection, const struct past_point *point)
{
	struct point_record series = selection->series[point->series].point;
	const struct past_run *run = &selection->runs[point->run];

	series.arch = run->arch;
	series.target = run->target;
	series.machine = run->machine;
	series.branch = run->branch;
	return series;
}

/* Whether the point before is of the same branch of the same series. */
static bool
is_the_same(const struct selection *selection, size_t i)
{
	/* Texts are of one index, or absent. */
	return i && is_one_series(selection, i - 1, i) &&
	       selection->runs[selection->points[i - 1].run].branch ==
		   selection->runs[selection->points[i].run].branch;
}

/* Whether it is of a series that is selected. */
static bool
is_selected(const struct selection *selection, const struct mark *mark)
{
	for (size_t i = 0; i < selection->n; i++) {
		struct point_record series;

		if (is_the_same(selection, i))
			continue;
		series = series_of(selection, &selection->points[i]);
		if (mark_is_of(mark, &series))
			return true;
	}
	return false;
}

/* A mark of one branch is one of the series that this is a part of. */
static char *
text_of(const struct selection *selection, const struct mark *mark,
    const struct reader *in)
{
	struct mark joined = *mark;
	struct jline line = {0};

	if (!selection->join || !mark->branch)
		return mem_copy(in->lines.text);
	joined.branch = NULL;
	record_put_over(&line, NULL, &mark_type, &joined, in->record);
	return line.text;
}

/* Reads a mark of the index, which was made of what has been checked. */
static void
read_mark(struct selection *selection, const char *text)
{
	char *operands[] = {NULL};
	struct past_mark mark;
	struct reader in;

	reader_open(&in, operands);
	lines_open_text(&in.lines, mem_copy(text), strlen(text), "<index>");
	if (reader_next(&in) && in.kind == RECORD_MARK) {
		reader_get(&in, &mark_type, &mark.mark);
		mark_check(&in, &mark.mark);
		record_keep(&mark_type, &mark.mark, &selection->texts);
		mark.text = text_of(selection, &mark.mark, &in);
		if (is_selected(selection, &mark.mark))
			*MEM_PUSH(selection->marks, selection->n_marks,
			    selection->marks_capacity) = mark;
		else
			free(mark.text);
	}
	reader_release(&in);
}

void
marks_make(struct selection *selection, struct store *store)
{
	struct query query;

	query_open(&query, &store->db, "SELECT text FROM mark ORDER BY mark");
	while (query_next(&query))
		read_mark(selection, query_text(&query, 0));
	query_release(&query);
}
