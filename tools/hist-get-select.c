/* hist-get: what is selected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "die.h"
#include "git.h"
#include "hist-get.h"

bool
choice_is_of_points(const struct choice *choice)
{
	return choice->variant || choice->globs[COLUMN_WORKLOAD].n ||
	       choice->globs[COLUMN_CASE].n || choice->globs[COLUMN_METRIC].n ||
	       choice->globs[COLUMN_TAG].n;
}

/* --- conditions --- */

/* The text of a statement, and its parameters. */
struct statement {
	struct jline text;
	const char **parameters;
	size_t n, capacity;
};

static void
say(struct statement *statement, const char *text)
{
	jline_text(&statement->text, text, strlen(text));
}

static void
give(struct statement *statement, const char *parameter)
{
	*MEM_PUSH(statement->parameters, statement->n, statement->capacity) =
	    parameter;
}

/* A name without a wildcard is found by its index. */
static const char *
operator_of(const char *glob)
{
	return strpbrk(glob, "*?[") ? " GLOB ?" : " = ?";
}

static void
add_globs(
    struct statement *statement, const char *column, const struct globs *globs)
{
	if (!globs->n)
		return;
	say(statement, " AND (");
	for (size_t i = 0; i < globs->n; i++) {
		if (i)
			say(statement, " OR ");
		say(statement, column);
		say(statement, operator_of(globs->globs[i]));
		give(statement, globs->globs[i]);
	}
	say(statement, ")");
}

static void
add_tags(struct statement *statement, const struct globs *globs)
{
	if (!globs->n)
		return;
	say(statement, " AND EXISTS (SELECT 1 FROM json_each(tags) WHERE 1");
	add_globs(statement, "json_each.value", globs);
	say(statement, ")");
}

static void
statement_open(
    struct query *query, struct store *store, struct statement *statement)
{
	query_open(query, &store->db, statement->text.text);
	for (size_t i = 0; i < statement->n; i++)
		query_put_text(query, (int)i, statement->parameters[i]);
}

static void
statement_release(struct statement *statement)
{
	jline_release(&statement->text);
	free(statement->parameters);
}

/* --- rows --- */

static const char *
keep(struct selection *selection, const struct query *query, int at)
{
	const char *text = query_text(query, at);

	return text ? index_text(&selection->texts, text) : NULL;
}

static void
add_run(struct selection *selection, const struct query *query)
{
	*MEM_PUSH(selection->runs, selection->n_runs,
	    selection->runs_capacity) = (struct past_run){
	    .id = query_integer(query, 0),
	    .run = keep(selection, query, 1),
	    .file = keep(selection, query, 2),
	    .session = keep(selection, query, 3),
	    .time = keep(selection, query, 4),
	    .commit = keep(selection, query, 5),
	    .branch = keep(selection, query, 6),
	    .arch = keep(selection, query, 7),
	    .target = keep(selection, query, 8),
	    .machine = keep(selection, query, 9),
	    .dirty =
		query_text(query, 10) ? query_integer(query, 10) != 0 : ABSENT,
	    .complete = query_integer(query, 11) != 0,
	};
}

/* A day has all that begins with it. */
static bool
is_of_then(const char *time, const struct choice *choice)
{
	const char *until = choice->until;

	if (choice->since && day_compare(time, choice->since) < 0)
		return false;
	return !until || day_compare(time, until) <= 0 ||
	       (strlen(until) == DAY_LENGTH &&
		   strncmp(time, until, DAY_LENGTH) == 0);
}

/* What the commits of a range, as git has them, are asked of runs. */
struct range {
	const char *text; /* or NULL: all commits are asked for */
	struct index commits, others;
	size_t n_without; /* runs that have no commit */
};

static void
range_open(struct range *range, const char *text)
{
	*range = (struct range){.text = text};
	if (text && !git_range(text, &range->commits))
		die("--commits: git does not know them: %s", text);
}

static bool
range_has(struct range *range, const char *commit)
{
	if (!range->text ||
	    (commit && index_find(&range->commits, commit) != INDEX_NONE))
		return true;
	if (commit)
		index_add(&range->others, commit);
	else
		range->n_without++;
	return false;
}

/* Of what git does not know nobody knows whether it was asked for. */
static void
range_close(struct range *range)
{
	struct index known = {0};
	size_t n;

	git_know(
	    (const char *const *)range->others.texts, range->others.n, &known);
	n = range->others.n - known.n;
	if (n)
		warn("--commits: git does not know %zu commit%s of the "
		     "history: runs of %s are left out",
		    n, n == 1 ? "" : "s", n == 1 ? "it" : "them");
	if (range->n_without)
		warn("--commits: runs that have no commit are left out: %zu",
		    range->n_without);
	index_release(&known);
	index_release(&range->commits);
	index_release(&range->others);
}

static void
select_runs(struct selection *selection, struct store *store,
    const struct choice *choice)
{
	struct statement statement = {0};
	struct range range;
	struct query query;

	range_open(&range, choice->range);
	say(&statement,
	    "SELECT id, run, file, session, time, \"commit\", branch, arch,"
	    " target, machine, dirty, complete FROM run WHERE 1");
	if (!choice->confirmations)
		say(&statement, " AND confirms IS NULL");
	add_globs(&statement, "arch", &choice->globs[COLUMN_ARCH]);
	add_globs(&statement, "target", &choice->globs[COLUMN_TARGET]);
	add_globs(&statement, "machine", &choice->globs[COLUMN_MACHINE]);
	add_globs(&statement, "branch", &choice->globs[COLUMN_BRANCH]);
	say(&statement, " ORDER BY id");
	statement_open(&query, store, &statement);
	while (query_next(&query)) {
		const char *time = query_text(&query, 4);
		const char *commit = query_text(&query, 5);

		if (is_of_then(time, choice) && range_has(&range, commit))
			add_run(selection, &query);
	}
	query_release(&query);
	statement_release(&statement);
	range_close(&range);
}

static void
add_series(struct selection *selection, const struct query *query)
{
	struct past_series *series = MEM_PUSH(
	    selection->series, selection->n_series, selection->series_capacity);
	struct point_record *p = &series->point;

	*series = (struct past_series){.id = query_integer(query, 0)};
	record_clear(&point_type, p);
	p->name = keep(selection, query, 1);
	p->workload = keep(selection, query, 2);
	p->id = keep(selection, query, 3);
	p->metric = keep(selection, query, 4);
	p->unit = keep(selection, query, 5);
	p->better = keep(selection, query, 6);
	p->aggregator = keep(selection, query, 7);
	p->threshold_percent = query_number(query, 8);
	p->severity = keep(selection, query, 9);
	p->gate =
	    query_text(query, 10) ? query_integer(query, 10) != 0 : ABSENT;
	series->tags = keep(selection, query, 11);
}

static void
select_series(struct selection *selection, struct store *store,
    const struct choice *choice)
{
	struct statement statement = {0};
	struct query query;

	say(&statement,
	    "SELECT id, \"case\", workload, what, metric, unit, better,"
	    " aggregator, threshold_percent, severity, gate, tags FROM series"
	    " WHERE variant");
	say(&statement, choice->variant ? " = ?" : " IS NULL");
	if (choice->variant)
		give(&statement, choice->variant);
	add_globs(&statement, "workload", &choice->globs[COLUMN_WORKLOAD]);
	add_globs(&statement, "\"case\"", &choice->globs[COLUMN_CASE]);
	add_globs(&statement, "metric", &choice->globs[COLUMN_METRIC]);
	add_globs(&statement, "arch", &choice->globs[COLUMN_ARCH]);
	add_globs(&statement, "target", &choice->globs[COLUMN_TARGET]);
	add_globs(&statement, "machine", &choice->globs[COLUMN_MACHINE]);
	add_tags(&statement, &choice->globs[COLUMN_TAG]);
	statement_open(&query, store, &statement);
	while (query_next(&query))
		add_series(selection, &query);
	query_release(&query);
	statement_release(&statement);
}

static int
compare_ids(const void *a, const void *b)
{
	const int64_t *id = a;
	const struct past_run *run = b;

	return (*id > run->id) - (*id < run->id);
}

/* The run of that number, if it is selected. */
static const struct past_run *
run_of(const struct selection *selection, int64_t id)
{
	if (!selection->n_runs)
		return NULL;
	return bsearch(&id, selection->runs, selection->n_runs,
	    sizeof *selection->runs, compare_ids);
}

static void
select_points(struct selection *selection, struct store *store)
{
	struct query query;

	query_open(&query, &store->db,
	    "SELECT run, at, len, text FROM point WHERE series = ?1 UNION ALL"
	    " SELECT run, at, len, text FROM recent WHERE series = ?1");
	for (size_t i = 0; i < selection->n_series; i++) {
		query_put_integer(&query, 0, selection->series[i].id);
		while (query_next(&query)) {
			const struct past_run *run =
			    run_of(selection, query_integer(&query, 0));

			if (!run || !query_text(&query, 3))
				continue;
			*MEM_PUSH(selection->points, selection->n,
			    selection->capacity) = (struct past_point){
			    .series = i,
			    .run = (size_t)(run - selection->runs),
			    .at = query_integer(&query, 1),
			    .len = query_integer(&query, 2),
			    .text = mem_copy(query_text(&query, 3)),
			};
		}
	}
	query_release(&query);
}

void
selection_make(struct selection *selection, struct store *store,
    const struct choice *choice)
{
	*selection = (struct selection){.join = choice->join};
	select_runs(selection, store, choice);
	/* Runs alone are found without them. */
	if (choice->runs && !choice_is_of_points(choice))
		return;
	select_series(selection, store, choice);
	select_points(selection, store);
}

/* --- what is written as it is --- */

static void
load_run(struct selection *selection, struct past_run *run,
    const struct query *query, const struct store *store)
{
	if (!run->text && query_text(query, 0))
		run->text = mem_copy(query_text(query, 0));
	if (!store_is_current(store, run->file, query_text(query, 1)))
		selection->outdated = true;
}

static void
load_runs(struct selection *selection, struct store *store)
{
	struct query query;

	query_open(&query, &store->db,
	    "SELECT text, stamp FROM record JOIN run ON run.id = record.run"
	    " WHERE record.run = ?");
	for (size_t i = 0; i < selection->n_runs; i++) {
		struct past_run *run = &selection->runs[i];

		if (!run->wanted || run->text)
			continue;
		query_put_integer(&query, 0, run->id);
		while (query_next(&query))
			load_run(selection, run, &query, store);
	}
	query_release(&query);
}

/* Whether what a run says counts more than what another one says. */
static bool
is_newer(const struct past_run *a, const struct past_run *b)
{
	return a->judged != b->judged ? a->judged : a->rank > b->rank;
}

/* The newest record of a case that the wanted runs have. */
static void
load_case(struct selection *selection, struct query *query, const char *name)
{
	struct past_case newest = {0};
	bool found = false;

	query_put_text(query, 0, name);
	while (query_next(query)) {
		const struct past_run *run =
		    run_of(selection, query_integer(query, 0));

		if (!run || !run->wanted ||
		    (found && !is_newer(run, &selection->runs[newest.run])))
			continue;
		found = true;
		newest = (struct past_case){
		    .run = (size_t)(run - selection->runs),
		    .at = query_integer(query, 1),
		    .len = query_integer(query, 2),
		};
	}
	if (found)
		*MEM_PUSH(selection->cases, selection->n_cases,
		    selection->cases_capacity) = newest;
}

static void
load_cases(struct selection *selection, struct store *store)
{
	struct index names = {0};
	struct query query;

	for (size_t i = 0; i < selection->n; i++)
		index_add(&names,
		    selection->series[selection->points[i].series].point.name);
	query_open(&query, &store->db,
	    "SELECT run, at, len FROM declared WHERE \"case\" = ?");
	for (size_t i = 0; i < names.n; i++)
		load_case(selection, &query, names.texts[i]);
	query_release(&query);
	index_release(&names);
}

void
selection_load(struct selection *selection, struct store *store)
{
	load_runs(selection, store);
	load_cases(selection, store);
	marks_make(selection, store);
}

void
selection_release(struct selection *selection)
{
	for (size_t i = 0; i < selection->n_runs; i++) {
		free(selection->runs[i].where);
		free(selection->runs[i].when);
		free(selection->runs[i].text);
	}
	for (size_t i = 0; i < selection->n_series; i++) {
		free(selection->series[i].head);
		free(selection->series[i].tail);
	}
	for (size_t i = 0; i < selection->n; i++)
		free(selection->points[i].text);
	for (size_t i = 0; i < selection->n_marks; i++)
		free(selection->marks[i].text);
	free(selection->runs);
	free(selection->series);
	free(selection->points);
	free(selection->marks);
	free(selection->cases);
	index_release(&selection->texts);
	*selection = (struct selection){0};
}
