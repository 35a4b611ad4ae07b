#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "place.h"
#include "replace.h"

/* What git is to know of a store: its files are never changed, not by it. */
static const char ignore[] = STORE_INDEX "*\n.plumbline.*\n";
static const char attributes[] = "*.jsonl -text -diff linguist-generated\n";

void
store_check(const struct store *store)
{
	if (store->db.failed)
		die("%s/%s: %s", store->root, STORE_INDEX, store->db.why);
}

static void
lock(struct store *store)
{
	if (store->lock < 0)
		store->lock = place_lock(store->root);
}

/* --- the index as a file --- */

/* A link is none: who follows it may meet anybody's file. */
static bool
is_file(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Opens the index; false where there is none, or none of ours. */
static bool
open_index(struct store *store, enum database_mode mode)
{
	char *path = store_path(store, STORE_INDEX);
	bool ours = is_file(path) && database_open(&store->db, path, mode) &&
		    index_is_ours(&store->db);

	if (!ours)
		database_close(&store->db);
	free(path);
	return ours;
}

/*
 * Puts a new index in the place of the old one, whose journal would be rolled
 * back into it: first the old one goes, then its journal.
 */
static bool
put_in_place(const struct store *store, const char *made)
{
	char *path = store_path(store, STORE_INDEX);
	char *journal = store_path(store, STORE_INDEX "-journal");
	bool done = (unlink(path) == 0 || errno == ENOENT) &&
		    (unlink(journal) == 0 || errno == ENOENT) &&
		    rename(made, path) == 0;

	free(journal);
	free(path);
	return done;
}

/* Into a database that is empty. */
static void
put_all(struct store *store)
{
	index_create(&store->db);
	store->is_new = true;
	scan(store, false);
	store->is_new = false;
}

/*
 * Makes an index of all files, and opens it; or returns why it cannot, for the
 * caller to free. Requires: the store is locked.
 */
static char *
make_index(struct store *store)
{
	char *made = store_path(store, STORE_INDEX ".new");
	char *journal = store_path(store, STORE_INDEX ".new-journal");
	char *why = NULL;

	/* What a killed process left. */
	unlink(made);
	unlink(journal);
	database_close(&store->db);
	database_open(&store->db, made, DATABASE_WRITE);
	database_run(&store->db, "PRAGMA synchronous = OFF");
	database_run(&store->db, "BEGIN IMMEDIATE");
	put_all(store);
	database_run(&store->db, "COMMIT");
	if (store->db.failed)
		why = mem_copy(store->db.why);
	database_close(&store->db);
	if (!why && !put_in_place(store, made))
		why = mem_copy(strerror(errno));
	if (!why && !open_index(store, DATABASE_WRITE))
		why = mem_copy("cannot be opened");
	unlink(made);
	free(journal);
	free(made);
	return why;
}

static void
make_index_or_die(struct store *store)
{
	char *why = make_index(store);

	if (why)
		die("%s/%s: %s", store->root, STORE_INDEX, why);
}

/* --- for those who read --- */

static bool
can_write(const struct store *store)
{
	char *path = store_path(store, STORE_INDEX);
	bool can = access(store->root, W_OK) == 0 &&
		   (access(path, W_OK) == 0 || errno == ENOENT);

	free(path);
	return can;
}

/* Opens the index to write, anew where it is damaged; whether that is done. */
static bool
open_or_make(struct store *store)
{
	char *why = NULL;

	if (!open_index(store, DATABASE_WRITE))
		why = make_index(store);
	if (why)
		warn("%s/%s: %s", store->root, STORE_INDEX, why);
	free(why);
	return !why;
}

/*
 * Brings the index up to date, `all` of it; false where it cannot be written.
 */
static bool
update(struct store *store, bool all)
{
	char *why = NULL;
	bool done;

	if (!can_write(store))
		return false;
	lock(store);
	done = open_or_make(store);
	if (done && (all || !scan_is_fresh(store))) {
		database_run(&store->db, "BEGIN IMMEDIATE");
		scan(store, all);
		database_run(&store->db, "COMMIT");
		if (store->db.damaged)
			why = make_index(store);
		done = !why && !store->db.failed;
	}
	free(why);
	close(store->lock);
	store->lock = -1;
	return done;
}

static void
begin_in_memory(struct store *store)
{
	database_close(&store->db);
	database_open(&store->db, "", DATABASE_MEMORY);
}

/* An index that only we see, from what there is of the other. */
static void
open_memory(struct store *store, bool all)
{
	struct database file;
	bool found = open_index(store, DATABASE_READ);

	file = store->db;
	store->db = (struct database){0};
	store->in_memory = true;
	begin_in_memory(store);
	if (found)
		database_copy(&store->db, &file);
	database_close(&file);
	if (found)
		scan(store, all);
	if (!found || store->db.failed) {
		begin_in_memory(store);
		put_all(store);
	}
	store_check(store);
}

/* Requires: it is closed. */
static void
open_current(struct store *store, bool all)
{
	if (update(store, all)) {
		database_run(&store->db, "BEGIN");
		return;
	}
	database_close(&store->db);
	open_memory(store, all);
}

static void
check_root(const char *root)
{
	struct stat status;

	if (stat(root, &status) != 0)
		die_errno("%s", root);
	if (!S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		die_errno("%s", root);
	}
}

void
store_open(struct store *store, const char *root, bool skips)
{
	*store = (struct store){
	    .root = root, .skips = skips, .bears = skips, .lock = -1};
	check_root(root);
	if (open_index(store, DATABASE_READ)) {
		/* All that is read is of one moment, and locked once. */
		database_run(&store->db, "BEGIN");
		if (scan_is_fresh(store))
			return;
	}
	database_close(&store->db);
	open_current(store, false);
}

void
store_look_again(struct store *store)
{
	database_close(&store->db);
	open_current(store, true);
}

void
store_let_go(struct store *store)
{
	database_close(&store->db);
}

void
store_recover(struct store *store)
{
	char *why = NULL;
	bool made = false;

	if (store->db.damaged && can_write(store)) {
		lock(store);
		why = make_index(store);
		made = !why;
		free(why);
		close(store->lock);
		store->lock = -1;
	}
	database_close(&store->db);
	if (!made)
		open_memory(store, false);
	else if (!open_index(store, DATABASE_READ))
		die("%s/%s: cannot be opened", store->root, STORE_INDEX);
	database_run(&store->db, "BEGIN");
}

/* --- for those who write --- */

/* What is for git is there once; who has written his own keeps it. */
static void
make_root(const struct store *store)
{
	char *path;

	place_make(store->root);
	path = store_path(store, ".gitignore");
	if (access(path, F_OK) != 0)
		create_file(path, ignore, strlen(ignore));
	free(path);
	path = store_path(store, ".gitattributes");
	if (access(path, F_OK) != 0)
		create_file(path, attributes, strlen(attributes));
	free(path);
}

void
store_open_to_add(struct store *store, const char *root)
{
	*store = (struct store){
	    .root = root, .skips = true, .bears = true, .lock = -1};
	make_root(store);
	lock(store);
	if (!open_index(store, DATABASE_WRITE))
		make_index_or_die(store);
}

void
store_reindex(struct store *store, const char *root, bool skips)
{
	*store = (struct store){
	    .root = root, .skips = skips, .bears = true, .lock = -1};
	check_root(root);
	make_root(store);
	lock(store);
	make_index_or_die(store);
}

void
store_begin(struct store *store)
{
	database_run(&store->db, "BEGIN IMMEDIATE");
	scan(store, false);
	/* It may have looked well, and not be. */
	if (store->db.damaged) {
		make_index_or_die(store);
		database_run(&store->db, "BEGIN IMMEDIATE");
	}
	store_check(store);
}

void
store_scan(struct store *store)
{
	scan(store, true);
	store_check(store);
}

void
store_note(struct store *store, const char *file, const struct filed *filed)
{
	char *path = store_path(store, file), *stamp = stamp_of_file(path);

	index_put(store, file, stamp ? stamp : "", filed);
	scan_again(store, file);
	free(stamp);
	free(path);
}

void
store_end(struct store *store)
{
	database_run(&store->db, "COMMIT");
	store_check(store);
}

/* The file of the one that has a name. */
static char *
file_of(struct store *store, const char *sql, const char *name)
{
	struct query query;
	char *file = NULL;

	query_open(&query, &store->db, sql);
	query_put_text(&query, 0, name);
	if (query_next(&query))
		file = mem_copy(query_text(&query, 0));
	query_release(&query);
	return file;
}

char *
store_file_of(struct store *store, const char *run)
{
	return file_of(store, "SELECT file FROM run WHERE run = ?", run);
}

char *
store_file_of_mark(struct store *store, const char *mark)
{
	return file_of(store, "SELECT file FROM mark WHERE mark = ?", mark);
}

/* Whether it has these records, whatever its first line says. */
bool
store_has_records(const char *path, const char *records, size_t n)
{
	size_t len;
	char *text = read_file(path, &len);
	const char *line = text ? memchr(text, '\n', len) : NULL;
	bool same = line && len - (size_t)(line + 1 - text) == n &&
		    memcmp(line + 1, records, n) == 0;

	free(text);
	return same;
}

void
store_close(struct store *store)
{
	database_close(&store->db);
	if (store->lock >= 0)
		close(store->lock);
	*store = (struct store){.lock = -1};
}
