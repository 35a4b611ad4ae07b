/*
 * hist-get: two sides of the history as the variants base and head, for
 * cmp-baseline. Sessions are the replicates of each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "git.h"
#include "hist-get.h"

enum {
	LEAST_DIGITS = 4, /* of a commit that is cut */
	SHOWN_DIGITS = 12
};

/* --- which runs a side has --- */

static void
add(struct side *side, size_t run)
{
	*MEM_PUSH(side->runs, side->n, side->capacity) = run;
}

static int
compare_ranks(const void *a, const void *b, void *data)
{
	const struct selection *selection = data;
	size_t x = selection->runs[*(const size_t *)a].rank;
	size_t y = selection->runs[*(const size_t *)b].rank;

	return (x > y) - (x < y);
}

static void
sort(struct side *side, struct selection *selection)
{
	if (side->n)
		qsort_r(side->runs, side->n, sizeof *side->runs, compare_ranks,
		    selection);
}

static void
add_branch(struct side *side, const struct selection *selection)
{
	for (size_t i = 0; i < selection->n_runs; i++) {
		const char *branch = selection->runs[i].branch;

		if (branch && strcmp(branch, side->name) == 0)
			add(side, i);
	}
}

/* The commit that a text is the beginning of, if it is of just one. */
static char *
find_commit(const struct selection *selection, const char *text)
{
	const char *found = NULL;

	if (strlen(text) < LEAST_DIGITS)
		return NULL;
	for (size_t i = 0; i < selection->n_runs; i++) {
		const char *commit = selection->runs[i].commit;

		if (!commit || strncmp(commit, text, strlen(text)) != 0)
			continue;
		if (found && strcmp(found, commit) != 0)
			die("%s: several commits of the history begin so",
			    text);
		found = commit;
	}
	return found ? mem_copy(found) : NULL;
}

/* What a side is looked for in. */
static const char *
place_of(const struct choice *choice)
{
	bool all = !choice->range && !choice->since && !choice->until;

	for (size_t i = COLUMN_ARCH; i <= COLUMN_BRANCH; i++)
		all = all && !choice->globs[i].n;
	return all ? "the history" : "what is selected of the history";
}

/*
 * What was changed since the commit is not the commit: such runs are taken only
 * where there are no others.
 */
static void
add_commit(struct side *side, const struct selection *selection,
    const char *commit, bool dirty)
{
	for (size_t i = 0; i < selection->n_runs; i++) {
		const struct past_run *run = &selection->runs[i];

		if (run->commit && strcmp(run->commit, commit) == 0 &&
		    (run->dirty == true) == dirty)
			add(side, i);
	}
}

/* Says which of its ancestors has been measured, where one has. */
static _Noreturn void
die_unmeasured(const struct selection *selection, const struct side *side,
    const char *commit, const char *place)
{
	struct index ancestors = {0};
	size_t nearest = INDEX_NONE;

	if (git_is_commit(commit) && git_is_here())
		git_range(commit, &ancestors);
	for (size_t i = 0; i < selection->n_runs; i++) {
		const char *other = selection->runs[i].commit;
		size_t at = other ? index_find(&ancestors, other) : INDEX_NONE;

		nearest = at < nearest ? at : nearest;
	}
	if (nearest == INDEX_NONE)
		die("%s: %s has no run of commit %.*s", side->name, place,
		    SHOWN_DIGITS, commit);
	die("%s: %s has no run of commit %.*s; the nearest before it that has "
	    "one is %.*s",
	    side->name, place, SHOWN_DIGITS, commit, SHOWN_DIGITS,
	    ancestors.texts[nearest]);
}

/*
 * A branch is its last sessions, as the history names branches; all else is a
 * commit, and is all sessions of it.
 */
static void
fill(
    struct side *side, struct selection *selection, const struct choice *choice)
{
	char *commit;

	add_branch(side, selection);
	sort(side, selection);
	if (side->n > choice->sessions) {
		memmove(side->runs, side->runs + (side->n - choice->sessions),
		    choice->sessions * sizeof *side->runs);
		side->n = choice->sessions;
	}
	side->is_branch = side->n > 0;
	if (side->n)
		return;
	commit = git_commit(side->name);
	if (!commit)
		commit = find_commit(selection, side->name);
	if (!commit)
		die("%s: %s has no branch of that name, and %s", side->name,
		    place_of(choice),
		    git_is_here() ? "git no commit"
				  : "here is no git repository");
	add_commit(side, selection, commit, false);
	if (!side->n) {
		add_commit(side, selection, commit, true);
		if (side->n)
			warn("%s: all runs of commit %.*s are of changed files",
			    side->name, SHOWN_DIGITS, commit);
	}
	if (!side->n)
		die_unmeasured(selection, side, commit, place_of(choice));
	sort(side, selection);
	free(commit);
}

/* --- both sides --- */

static bool
has(const struct side *side, size_t run)
{
	for (size_t i = 0; i < side->n; i++)
		if (side->runs[i] == run)
			return true;
	return false;
}

static bool
is_on(const struct selection *selection, size_t run, const char *machine)
{
	const char *other = selection->runs[run].machine;

	/* Both are of one index of texts, or absent. */
	return other == machine;
}

static bool
has_machine(const struct side *side, const struct selection *selection,
    const char *machine)
{
	for (size_t i = 0; i < side->n; i++)
		if (is_on(selection, side->runs[i], machine))
			return true;
	return false;
}

/* Keeps the runs of one machine; returns whether others were left out. */
static bool
keep_machine(
    struct side *side, const struct selection *selection, const char *machine)
{
	size_t n = 0, all = side->n;

	for (size_t i = 0; i < all; i++)
		if (is_on(selection, side->runs[i], machine))
			side->runs[n++] = side->runs[i];
	side->n = n;
	return n < all;
}

/*
 * Times of two machines are not compared: the machine of the newest run of the
 * head that the base has, too.
 */
static void
choose_machine(
    struct selection *selection, struct side *base, struct side *head)
{
	for (size_t i = head->n; i > 0; i--) {
		const char *machine =
		    selection->runs[head->runs[i - 1]].machine;
		bool others;

		if (!has_machine(base, selection, machine))
			continue;
		others = keep_machine(base, selection, machine);
		others |= keep_machine(head, selection, machine);
		if (others)
			warn("compared on machine %s; others are left out: "
			     "--machine chooses one",
			    machine ? machine : "(unknown)");
		return;
	}
	die("no machine has runs of both %s and %s", base->name, head->name);
}

/* A run is on one side only: what is new is not compared with itself. */
static void
take_away(struct side *base, const struct side *head)
{
	size_t n = 0;

	for (size_t i = 0; i < base->n; i++)
		if (!has(head, base->runs[i]))
			base->runs[n++] = base->runs[i];
	base->n = n;
	if (!n)
		die("%s: all of its runs are runs of %s, too%s", base->name,
		    head->name,
		    head->is_branch ? ", of which --sessions takes fewer" : "");
}

/* BASE..HEAD; a side that is empty is HEAD, as git has it. */
static char *
split(const char *text, struct side *base, struct side *head)
{
	char *copy = mem_copy(text);
	size_t n = strlen(copy), at = 0;

	while (at < n && strncmp(copy + at, "..", 2) != 0)
		at++;
	if (at == n || copy[at + 2] == '.' || strstr(copy + at + 2, ".."))
		die("--compare: not BASE..HEAD: %s", text);
	copy[at] = '\0';
	base->name = *copy ? copy : "HEAD";
	head->name = copy[at + 2] ? copy + at + 2 : "HEAD";
	if (*base->name == '-' || *head->name == '-')
		die("--compare: not a revision: %s", text);
	return copy;
}

/* --- what is written --- */

/* The first run of a name; NULL where it is not selected. */
static const struct past_run *
run_named(const struct selection *selection, const char *name)
{
	for (size_t i = 0; i < selection->n_runs; i++)
		if (strcmp(selection->runs[i].run, name) == 0)
			return &selection->runs[i];
	return NULL;
}

static bool
holds_for(struct sides *sides, const struct selection *selection,
    const struct mark *mark, const struct past_run *run)
{
	const struct measured_at at = {run->commit, run->branch, run->time};
	const struct past_run *first =
	    mark->run ? run_named(selection, mark->run) : NULL;

	return first ? run->rank >= first->rank
		     : mark_holds_at(&sides->descents, mark, &at);
}

/* Whether a change was accepted between a point and the newest of the head. */
static bool
is_of_old(struct sides *sides, const struct selection *selection,
    const struct past_point *point, const struct past_run *newest)
{
	const struct past_run *run = &selection->runs[point->run];
	struct point_record series = series_of(selection, point);

	for (size_t i = 0; i < selection->n_marks; i++) {
		const struct mark *mark = &selection->marks[i].mark;

		if (mark_is_change(mark) && mark_is_of(mark, &series) &&
		    holds_for(sides, selection, mark, newest) &&
		    !holds_for(sides, selection, mark, run))
			return true;
	}
	return false;
}

static void
write_summary(const struct selection *selection, const struct store *store,
    const struct past_point *point, const char *variant)
{
	tree *record =
	    read_at(store, &selection->runs[point->run], point->at, point->len);
	struct jline line = {0};
	const tree *member;
	const char *key;
	void *at = NULL;

	jline_open(&line, NULL);
	while ((member = tree_member(record, &at, &key))) {
		if (strcmp(key, "variant") == 0)
			continue;
		jline_tree(&line, key, member);
		if (strcmp(key, "type") == 0)
			jline_string(&line, "variant", variant);
	}
	jline_close(&line);
	jline_out(&line);
	jline_release(&line);
	tree_free(record);
}

static size_t
write_side(struct sides *sides, const struct selection *selection,
    const struct store *store, const struct side *side,
    const struct past_run *newest, const char *variant)
{
	size_t n = 0;

	for (size_t i = 0; i < selection->n; i++) {
		const struct past_point *point = &selection->points[i];

		if (has(side, point->run) &&
		    !case_is_probe(
			selection->series[point->series].point.name) &&
		    !is_of_old(sides, selection, point, newest)) {
			write_summary(selection, store, point, variant);
			n++;
		}
	}
	return n;
}

static void
write_ends(const struct selection *selection, const struct side *side)
{
	struct jline line = {0};
	struct run_end end;

	record_clear(&end_type, &end);
	for (size_t i = 0; i < side->n; i++) {
		const struct past_run *run = &selection->runs[side->runs[i]];

		end.run = run->run;
		end.complete = run->complete;
		record_write(&line, &end_type, &end);
	}
	jline_release(&line);
}

/* The points that are neither of the base nor of the head are of no use. */
static void
keep_sides(struct selection *selection, const struct side *base,
    const struct side *head)
{
	size_t n = 0;

	for (size_t i = 0; i < selection->n; i++)
		if (has(base, selection->points[i].run) ||
		    has(head, selection->points[i].run))
			selection->points[n++] = selection->points[i];
		else
			free(selection->points[i].text);
	selection->n = n;
}

void
sides_choose(struct sides *sides, struct selection *selection,
    const struct choice *choice)
{
	struct side *base = &sides->base, *head = &sides->head;

	*sides = (struct sides){0};
	sides->names = split(choice->compare, base, head);
	fill(head, selection, choice);
	fill(base, selection, choice);
	take_away(base, head);
	choose_machine(selection, base, head);
	keep_sides(selection, base, head);
	for (size_t i = 0; i < selection->n_runs; i++) {
		selection->runs[i].judged = has(head, i);
		selection->runs[i].wanted = has(base, i) || has(head, i);
		if (selection->runs[i].wanted)
			descents_add(
			    &sides->descents, selection->runs[i].commit);
	}
}

static void
write_side_runs(const struct selection *selection, const struct side *side)
{
	for (size_t i = 0; i < side->n; i++) {
		const char *text = selection->runs[side->runs[i]].text;

		if (text)
			out_line(text, strlen(text));
	}
}

/* The head comes last: it is the run that is judged. */
bool
sides_write(
    struct sides *sides, struct selection *selection, const struct store *store)
{
	const struct side *base = &sides->base, *head = &sides->head;
	const struct past_run *newest =
	    &selection->runs[head->runs[head->n - 1]];
	size_t n_base, n_head;

	write_side_runs(selection, base);
	write_side_runs(selection, head);
	write_cases(selection, store);
	write_marks(selection);
	n_base = write_side(sides, selection, store, base, newest, "base");
	n_head = write_side(sides, selection, store, head, newest, "head");
	write_ends(selection, base);
	write_ends(selection, head);
	if (n_head && !n_base)
		warn("%s has nothing that %s is to be compared with: all of it "
		     "is of other cases, or before an accepted change",
		    base->name, head->name);
	return n_base + n_head > 0;
}

void
sides_release(struct sides *sides)
{
	free(sides->base.runs);
	free(sides->head.runs);
	free(sides->names);
	descents_release(&sides->descents);
	*sides = (struct sides){0};
}
