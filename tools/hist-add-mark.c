/* hist-add: marks. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "day.h"
#include "die.h"
#include "filed.h"
#include "git.h"
#include "hist-add.h"
#include "marking.h"
#include "replace.h"

enum {
	LEAST_DIGITS = 4 /* of a commit that is cut, as git has it */
};

const char *
time_from_now(char text[32], int seconds)
{
	time_t t = time(NULL) + seconds;
	struct tm tm;

	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	return text;
}

/* 20261121T013000Z-3f9a2b1c: no two writers have the same. */
static char *
new_name(void)
{
	char text[32];
	time_t t = time(NULL);
	struct tm tm;
	uint32_t chance;

	if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
		die_errno("random numbers");
	strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", gmtime_r(&t, &tm));
	return mem_format("%s-%08x", text, (unsigned)chance);
}

static char *
file_of(const char *name)
{
	char *word = store_word(name);
	char *file = mem_format(STORE_MARKS "/%s.jsonl", word);

	free(word);
	return file;
}

/* One text that a query has for another, for the caller to free; or NULL. */
static char *
look_up(struct store *store, const char *sql, const char *text)
{
	struct query query;
	char *found = NULL;

	query_open(&query, &store->db, sql);
	query_put_text(&query, 0, text);
	if (query_next(&query) && query_text(&query, 0))
		found = mem_copy(query_text(&query, 0));
	query_release(&query);
	return found;
}

/* What git calls it, or a run that has it; for the caller to free. */
static char *
find_commit(struct store *store, const char *revision)
{
	char *commit = git_commit(revision);

	if (!commit && strlen(revision) >= LEAST_DIGITS)
		commit = look_up(store,
		    "SELECT DISTINCT \"commit\" FROM run WHERE"
		    " substr(\"commit\", 1, length(?1)) = ?1 AND 1 = (SELECT"
		    " count(DISTINCT \"commit\") FROM run WHERE"
		    " substr(\"commit\", 1, length(?1)) = ?1)",
		    revision);
	if (!commit)
		die("no such commit, in git or in the history: %s", revision);
	return commit;
}

/* The time of its first run, or else when it was committed. */
static char *
time_of_commit(struct store *store, const char *commit)
{
	char *when = look_up(store,
	    "SELECT time FROM run WHERE \"commit\" = ?"
	    " ORDER BY rtrim(time, 'Z') LIMIT 1",
	    commit);

	if (!when)
		when = git_time(commit);
	if (!when)
		die("there is no run of commit %s, and git does not know it",
		    commit);
	return when;
}

/* From when on it holds: for the caller to free, as are its other texts. */
static void
place(struct store *store, struct marking *marking)
{
	struct mark *mark = &marking->mark;

	if (mark->commit) {
		mark->commit = find_commit(store, mark->commit);
		mark->time = time_of_commit(store, mark->commit);
	} else if (mark->run) {
		mark->time = look_up(
		    store, "SELECT time FROM run WHERE run = ?", mark->run);
		if (!mark->time)
			die("no such run in the history: %s", mark->run);
	} else if (marking->at) {
		mark->time = mem_copy(marking->at);
	}
}

/* What the history has none of may be mistyped. */
static void
check_known(struct store *store, const char *what, const char *sql,
    const char *text, const char *of)
{
	struct query query;

	if (!text)
		return;
	query_open(&query, &store->db, sql);
	query_put_text(&query, 0, text);
	if (of)
		query_put_text(&query, 1, of);
	if (!query_next(&query))
		warn("%s %s: the history has none so far", what, text);
	query_release(&query);
}

static void
check_series(struct store *store, const struct mark *mark)
{
	check_known(store, "case", "SELECT 1 FROM series WHERE \"case\" = ?",
	    mark->name, NULL);
	check_known(store, "metric",
	    "SELECT 1 FROM series WHERE metric = ? AND \"case\" = ?",
	    mark->metric, mark->name);
	check_known(store, "arch", "SELECT 1 FROM run WHERE arch = ?",
	    mark->arch, NULL);
	check_known(store, "target", "SELECT 1 FROM run WHERE target = ?",
	    mark->target, NULL);
	check_known(store, "machine", "SELECT 1 FROM run WHERE machine = ?",
	    mark->machine, NULL);
	check_known(store, "branch", "SELECT 1 FROM run WHERE branch = ?",
	    mark->branch, NULL);
}

/* A mute must last, and not only in the past; a mark must begin some day. */
static void
check_times(const struct mark *mark)
{
	if (mark->time && day_compare(mark->time, mark->made) > 0)
		warn("it begins in the future, %s: till then it does nothing",
		    mark->time);
	if (mark_is_over(mark, mark->time))
		die("--until %s: it would end before it begins, %s",
		    mark->until, mark->time);
	if (mark_is_over(mark, mark->made))
		warn("--until %s: that is over already", mark->until);
}

static const char *
who(void)
{
	const struct passwd *user = getpwuid(geteuid());

	return user ? user->pw_name : NULL;
}

void
marking_make(struct marking *marking, const struct choice *choice)
{
	struct mark *mark = &marking->mark;
	char *name = new_name(), *file = file_of(name), *path;
	struct jline line = {0};
	struct store store;
	char text[32];

	store_open_to_add(&store, choice->root);
	store_begin(&store);
	mark->mark = name;
	mark->by = who();
	mark->made = time_from_now(text, 0);
	check_series(&store, mark);
	place(&store, marking);
	check_times(mark);
	record_put(&line, NULL, &mark_type, mark);
	jline_end(&line);
	store_make_directory(&store, file);
	path = store_path(&store, file);
	if (!create_file(path, line.text, line.len))
		die("%s: is there already", path);
	store_note(&store, file, NULL);
	store_end(&store);
	store_close(&store);
	out_line(path, strlen(path));
	if (mark->commit)
		free((char *)(uintptr_t)mark->commit);
	free((char *)(uintptr_t)mark->time);
	jline_release(&line);
	free(path);
	free(file);
	free(name);
}

void
marking_remove(const char *name, const struct choice *choice)
{
	char *file = file_of(name), *path;
	struct store store;

	if (access(choice->root, F_OK) != 0)
		die_errno("%s", choice->root);
	store_open_to_add(&store, choice->root);
	store_make_directory(&store, file); /* none through a link */
	path = store_path(&store, file);
	if (unlink(path) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			die_errno("%s", path);
		die("no such mark: %s", name);
	}
	store_begin(&store);
	store_end(&store);
	store_close(&store);
	free(path);
	free(file);
}
