/*
 * What files the history has, and the index made to know them.
 *
 * A directory whose stamp is that of the last look holds what it held then: a
 * new name makes new times of modification and of change, of which who copies
 * can set back the first only. But for one that was changed a moment before it
 * was looked at no stamp is kept: the clock of a file system has ticks, and
 * what comes in the same tick makes no new time.
 *
 * What is written into a file that is there changes the stamp of the file only.
 * Who uses what the index says of it compares that: store_is_current.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "die.h"
#include "replace.h"
#include "store.h"

enum {
	TICK_S = 2 /* longer than that of any file system */
};

/* What there is to do. Names are those behind the root. */
struct work {
	struct store *store;
	bool all;
	struct index known;    /* directories, as the index has them */
	struct index seen;     /* those that are there */
	struct index files;    /* to be read */
	struct index unlisted; /* to be taken out */
};

static char *
stamp_text(const struct stat *status)
{
	return mem_format("%ju %jd %jd.%09ld %jd.%09ld",
	    (uintmax_t)status->st_ino, (intmax_t)status->st_size,
	    (intmax_t)status->st_mtim.tv_sec, status->st_mtim.tv_nsec,
	    (intmax_t)status->st_ctim.tv_sec, status->st_ctim.tv_nsec);
}

static bool
is_recent(time_t t)
{
	return llabs((long long)(time(NULL) - t)) <= TICK_S;
}

/* A directory is one, and no link to one: "" else. */
static char *
stamp_of(const char *path, bool to_keep)
{
	struct stat status;

	if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return mem_copy("");
	if (to_keep &&
	    (is_recent(status.st_mtime) || is_recent(status.st_ctime)))
		return mem_copy("");
	return stamp_text(&status);
}

char *
stamp_of_file(const char *path)
{
	struct stat status;

	if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode))
		return NULL;
	return stamp_text(&status);
}

bool
store_is_current(const struct store *store, const char *file, const char *stamp)
{
	char *path = store_path(store, file), *now = stamp_of_file(path);
	bool same = now && stamp && strcmp(now, stamp) == 0;

	free(now);
	free(path);
	return same;
}

/* --- directories --- */

static bool
is_kind(int dir, const struct dirent *entry, mode_t kind)
{
	struct stat status;

	if (kind == S_IFDIR && entry->d_type == DT_DIR)
		return true;
	if (kind == S_IFREG && entry->d_type == DT_REG)
		return true;
	if (entry->d_type != DT_UNKNOWN)
		return false;
	return fstatat(dir, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (status.st_mode & S_IFMT) == kind;
}

static bool
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

/*
 * The names in a directory, behind a prefix: of directories, or of files of
 * records. False where it cannot be read, and that is to be skipped.
 */
static bool
list(const struct store *store, const char *path, const char *prefix,
    mode_t kind, struct index *names)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir && errno == ENOENT)
		return true;
	if (!dir && !store->skips)
		die_errno("%s", path);
	if (!dir) {
		warn("%s: skipped: %s", path, strerror(errno));
		return false;
	}
	while ((entry = readdir(dir))) {
		char *name;

		if (*entry->d_name == '.' ||
		    !is_kind(dirfd(dir), entry, kind) ||
		    (kind == S_IFREG && !ends_in(entry->d_name, ".jsonl")))
			continue;
		name = mem_format("%s%s", prefix, entry->d_name);
		index_add(names, name);
		free(name);
	}
	closedir(dir);
	return true;
}

static bool
list_below(const struct store *store, const char *directory, mode_t kind,
    struct index *names)
{
	char *path = store_path(store, directory);
	char *prefix = mem_format("%s/", directory);
	bool listed = list(store, path, prefix, kind, names);

	free(prefix);
	free(path);
	return listed;
}

static void
put_stamp(struct store *store, const char *directory, const char *stamp)
{
	struct query query;

	query_open(&query, &store->db,
	    "INSERT OR REPLACE INTO directory (path, stamp) VALUES (?, ?)");
	query_put_text(&query, 0, directory);
	query_put_text(&query, 1, stamp);
	query_run(&query);
	query_release(&query);
}

static void
forget(struct store *store, const char *directory)
{
	struct query query;

	query_open(&query, &store->db, "DELETE FROM directory WHERE path = ?");
	query_put_text(&query, 0, directory);
	query_run(&query);
	query_release(&query);
}

void
scan_again(struct store *store, const char *file)
{
	char *directory = directory_of(file);

	put_stamp(store, directory, "");
	free(directory);
}

/* The stamp that the index has of a directory, for the caller to free. */
static char *
known_stamp(struct store *store, const char *directory)
{
	struct query query;
	char *stamp = NULL;

	query_open(
	    &query, &store->db, "SELECT stamp FROM directory WHERE path = ?");
	query_put_text(&query, 0, directory);
	if (query_next(&query) && query_text(&query, 0))
		stamp = mem_copy(query_text(&query, 0));
	query_release(&query);
	return stamp;
}

/* Whether it is to be looked at; its stamp is that of before the look. */
static bool
is_stale(struct work *work, const char *directory)
{
	struct store *store = work->store;
	char *path = store_path(store, directory);
	char *stamp = stamp_of(path, true);
	char *known = known_stamp(store, directory);
	bool stale = work->all || !*stamp || !known || strcmp(known, stamp);

	index_add(&work->seen, directory);
	if (stale)
		put_stamp(store, directory, stamp);
	free(known);
	free(stamp);
	free(path);
	return stale;
}

bool
scan_is_fresh(struct store *store)
{
	struct index tops = {0};
	struct query query;
	bool fresh = true;
	size_t n = 0;

	query_open(&query, &store->db, "SELECT path, stamp FROM directory");
	while (query_next(&query)) {
		const char *directory = query_text(&query, 0);
		char *path = store_path(store, directory);
		char *stamp = stamp_of(path, false);

		fresh = fresh && *stamp &&
			strcmp(stamp, query_text(&query, 1)) == 0;
		n += !strchr(directory, '/');
		free(stamp);
		free(path);
	}
	query_release(&query);
	/* The root itself changes with each journal of the database. */
	fresh = fresh && list(store, store->root, "", S_IFDIR, &tops) &&
		n == tops.n && !store->db.failed;
	index_release(&tops);
	return fresh;
}

/* --- files --- */

/* The files of a directory that the index has, and their stamps. */
static void
open_known(struct query *query, struct store *store, const char *directory)
{
	static const char *const sql[] = {
	    "SELECT file, stamp FROM run WHERE file > ?1 || '/' AND"
	    " file < ?1 || '0' UNION ALL SELECT file, stamp FROM twin WHERE"
	    " file > ?1 || '/' AND file < ?1 || '0'",
	    "SELECT file, stamp FROM mark UNION ALL SELECT file, stamp FROM"
	    " twin WHERE file > ?1 || '/' AND file < ?1 || '0'",
	};
	bool marks = strcmp(directory, STORE_MARKS) == 0;

	query_open(query, &store->db, sql[marks]);
	query_put_text(query, 0, directory);
}

/* What came, went, or was replaced. */
static void
compare(struct work *work, const char *directory, const struct index *there)
{
	struct index same = {0};
	struct query query;

	open_known(&query, work->store, directory);
	while (query_next(&query)) {
		const char *file = query_text(&query, 0);

		if (index_find(there, file) != INDEX_NONE &&
		    store_is_current(work->store, file, query_text(&query, 1)))
			index_add(&same, file);
		else
			index_add(&work->unlisted, file);
	}
	query_release(&query);
	for (size_t i = 0; i < there->n; i++)
		if (index_find(&same, there->texts[i]) == INDEX_NONE)
			index_add(&work->files, there->texts[i]);
	index_release(&same);
}

static void
look_at(struct work *work, const char *directory)
{
	struct index there = {0};

	if (!is_stale(work, directory))
		return;
	if (!list_below(work->store, directory, S_IFREG, &there))
		put_stamp(work->store, directory, "");
	compare(work, directory, &there);
	index_release(&there);
}

/* Those of an architecture are few, and are listed each time. */
static void
look_below(struct work *work, const char *top)
{
	struct index machines = {0};

	is_stale(work, top);
	if (!list_below(work->store, top, S_IFDIR, &machines))
		put_stamp(work->store, top, "");
	for (size_t i = 0; i < machines.n; i++)
		look_at(work, machines.texts[i]);
	index_release(&machines);
}

static void
look_around(struct work *work)
{
	struct store *store = work->store;
	struct index tops = {0}, none = {0};
	struct query query;

	query_open(&query, &store->db, "SELECT path FROM directory");
	while (query_next(&query))
		index_add(&work->known, query_text(&query, 0));
	query_release(&query);
	list(store, store->root, "", S_IFDIR, &tops);
	for (size_t i = 0; i < tops.n; i++)
		if (strcmp(tops.texts[i], STORE_MARKS) == 0)
			look_at(work, tops.texts[i]);
		else
			look_below(work, tops.texts[i]);
	for (size_t i = 0; i < work->known.n; i++) {
		const char *directory = work->known.texts[i];

		if (index_find(&work->seen, directory) != INDEX_NONE)
			continue;
		compare(work, directory, &none);
		forget(store, directory);
	}
	index_release(&tops);
}

#define FILES                                                                  \
	"SELECT file FROM run UNION ALL SELECT file FROM mark UNION ALL"       \
	" SELECT file FROM twin"

/* Where most is to be taken out, as of a copy of a store, all is. */
static bool
empty(struct work *work)
{
	struct store *store = work->store;
	struct query query;

	if (database_number(&store->db, "SELECT count(*) FROM (" FILES ")") >=
	    2 * (int64_t)work->unlisted.n)
		return false;
	query_open(&query, &store->db, FILES);
	while (query_next(&query))
		if (index_find(&work->unlisted, query_text(&query, 0)) ==
		    INDEX_NONE)
			index_add(&work->files, query_text(&query, 0));
	query_release(&query);
	index_empty(&store->db);
	return true;
}

/* Twins of what was taken out may count now. */
static void
take_out(struct work *work)
{
	struct store *store = work->store;
	struct index orphans = {0};
	struct query query;

	for (size_t i = 0; i < work->unlisted.n; i++)
		index_drop(&store->db, work->unlisted.texts[i]);
	query_open(&query, &store->db,
	    "SELECT file FROM twin WHERE name NOT IN (SELECT run FROM run)"
	    " AND name NOT IN (SELECT mark FROM mark)");
	while (query_next(&query))
		index_add(&orphans, query_text(&query, 0));
	query_release(&query);
	for (size_t i = 0; i < orphans.n; i++) {
		index_drop(&store->db, orphans.texts[i]);
		index_add(&work->files, orphans.texts[i]);
	}
	index_release(&orphans);
	database_run(&store->db,
	    "DELETE FROM series WHERE NOT EXISTS"
	    " (SELECT 1 FROM point WHERE point.series = series.id) AND NOT"
	    " EXISTS (SELECT 1 FROM recent WHERE recent.series = series.id)");
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their names, so that messages are, too. */
static void
sort(struct index *files)
{
	const char **names = mem_zero(files->n, sizeof *names);
	struct index sorted = {0};

	for (size_t i = 0; i < files->n; i++)
		names[i] = files->texts[i];
	qsort(names, files->n, sizeof *names, compare_names);
	for (size_t i = 0; i < files->n; i++)
		index_add(&sorted, names[i]);
	free(names);
	index_release(files);
	*files = sorted;
}

/* A damaged file is looked at again the next time. */
static void
take_in(struct work *work)
{
	struct store *store = work->store;
	struct trial_reader reader = {.store = store, .files = &work->files};

	sort(&work->files);
	for (size_t i = 0; i < work->files.n && !store->db.failed; i++) {
		const char *file = work->files.texts[i];
		char *path = store_path(store, file);
		char *stamp = stamp_of_file(path);

		if (!store->skips || trial_reader_can(&reader, i)) {
			index_put(store, file, stamp ? stamp : "", NULL);
		} else {
			warn("%s: skipped", path);
			scan_again(store, file);
		}
		free(stamp);
		free(path);
	}
	trial_reader_release(&reader);
}

void
scan(struct store *store, bool all)
{
	struct work work = {.store = store, .all = all};
	bool is_new = store->is_new;

	look_around(&work);
	if (work.unlisted.n && empty(&work))
		store->is_new = true;
	else if (work.unlisted.n)
		take_out(&work);
	if (work.files.n)
		take_in(&work);
	store->is_new = is_new;
	index_release(&work.known);
	index_release(&work.seen);
	index_release(&work.files);
	index_release(&work.unlisted);
}
