/*
 * What files the history has, and the index made to know them.
 *
 * A directory whose stamp is that of the last look holds what it held then: a
 * new name makes new times of modification and of change, of which who copies
 * can set back the first only. But for one that was changed a moment before it
 * was looked at no stamp is kept: the clock of a file system has ticks, and
 * what comes in the same tick makes no new time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "filed.h"
#include "store.h"

enum {
	TICK_S = 2 /* longer than that of any file system */
};

/* What there is. Names are those behind the root. */
struct listing {
	struct index runs, marks, directories;
	char **stamps; /* of the directories; "" where none is to be kept */
	size_t n, capacity;
};

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
	return mem_format("%ju %ju %jd.%09ld %jd.%09ld",
	    (uintmax_t)status.st_dev, (uintmax_t)status.st_ino,
	    (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
	    (intmax_t)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

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

/* The names in a directory: of directories, or of files of records. */
static void
list(const char *path, mode_t kind, struct index *names)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir) {
		if (errno == ENOENT)
			return;
		die_errno("%s", path);
	}
	while ((entry = readdir(dir)))
		if (*entry->d_name != '.' && is_kind(dirfd(dir), entry, kind) &&
		    (kind == S_IFDIR || ends_in(entry->d_name, ".jsonl")))
			index_add(names, entry->d_name);
	closedir(dir);
}

static void
list_below(const struct store *store, const char *directory, mode_t kind,
    struct index *all)
{
	char *path = store_path(store, directory);
	struct index names = {0};

	list(path, kind, &names);
	for (size_t i = 0; i < names.n; i++) {
		char *name = mem_format("%s/%s", directory, names.texts[i]);

		index_add(all, name);
		free(name);
	}
	index_release(&names);
	free(path);
}

/* The stamp is taken first: what comes after it makes another. */
static void
add_directory(
    struct listing *listing, const struct store *store, const char *directory)
{
	char *path = store_path(store, directory);

	index_add(&listing->directories, directory);
	*MEM_PUSH(listing->stamps, listing->n, listing->capacity) =
	    stamp_of(path, true);
	free(path);
}

static void
list_all(struct listing *listing, const struct store *store)
{
	struct index tops = {0}, machines = {0};

	list(store->root, S_IFDIR, &tops);
	for (size_t i = 0; i < tops.n; i++) {
		add_directory(listing, store, tops.texts[i]);
		if (strcmp(tops.texts[i], STORE_MARKS) == 0)
			list_below(
			    store, tops.texts[i], S_IFREG, &listing->marks);
		else
			list_below(store, tops.texts[i], S_IFDIR, &machines);
	}
	for (size_t i = 0; i < machines.n; i++) {
		add_directory(listing, store, machines.texts[i]);
		list_below(store, machines.texts[i], S_IFREG, &listing->runs);
	}
	index_release(&tops);
	index_release(&machines);
}

static void
listing_release(struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++)
		free(listing->stamps[i]);
	free(listing->stamps);
	index_release(&listing->runs);
	index_release(&listing->marks);
	index_release(&listing->directories);
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
	list(store->root, S_IFDIR, &tops);
	fresh = fresh && n == tops.n && !store->db.failed;
	index_release(&tops);
	return fresh;
}

/* Whether a file can be read, found out by a process that may die of it. */
static bool
is_good(const struct store *store, const char *file, bool is_mark)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		die_errno("fork");
	if (child == 0) {
		char *path = store_path(store, file), *text;
		struct index texts = {0};
		struct filed filed;
		struct mark mark;

		if (is_mark)
			filed_read_mark(path, &mark, &texts, &text);
		else
			filed_read(&filed, path);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait");
	return status == 0;
}

/* A damaged file is looked at again the next time. */
static void
skip(const struct store *store, struct listing *listing, const char *file)
{
	char *directory =
	    mem_format("%.*s", (int)(strrchr(file, '/') - file), file);
	size_t i = index_find(&listing->directories, directory);

	warn("%s/%s: skipped", store->root, file);
	listing->stamps[i][0] = '\0';
	free(directory);
}

/*
 * Makes a table know just the files of a listing; returns whether it had to be
 * changed.
 */
static bool
match(struct store *store, struct listing *listing, const char *table,
    const struct index *files)
{
	bool is_mark = files == &listing->marks;
	struct index known = {0}, gone = {0};
	bool changed = false;
	struct query query;

	query_open(&query, &store->db,
	    is_mark ? "SELECT file FROM mark" : "SELECT file FROM run");
	while (query_next(&query))
		index_add(index_find(files, query_text(&query, 0)) == INDEX_NONE
			      ? &gone
			      : &known,
		    query_text(&query, 0));
	query_release(&query);
	for (size_t i = 0; i < gone.n; i++)
		index_drop(&store->db, table, gone.texts[i]);
	changed = gone.n > 0;
	for (size_t i = 0; i < files->n; i++) {
		const char *file = files->texts[i];

		if (index_find(&known, file) != INDEX_NONE)
			continue;
		changed = true;
		if (store->skips && !is_good(store, file, is_mark))
			skip(store, listing, file);
		else if (is_mark)
			index_put_mark(store, file);
		else
			index_put_run(store, file);
	}
	index_release(&known);
	index_release(&gone);
	return changed;
}

static void
keep_stamps(struct database *db, const struct listing *listing)
{
	struct query put;

	database_run(db, "DELETE FROM directory");
	query_open(
	    &put, db, "INSERT INTO directory (path, stamp) VALUES (?, ?)");
	for (size_t i = 0; i < listing->n; i++) {
		query_put_text(&put, 0, listing->directories.texts[i]);
		query_put_text(&put, 1, listing->stamps[i]);
		query_run(&put);
	}
	query_release(&put);
}

bool
scan(struct store *store)
{
	struct listing listing = {0};
	bool changed;

	list_all(&listing, store);
	changed = match(store, &listing, "run", &listing.runs);
	if (changed)
		database_run(&store->db,
		    "DELETE FROM series WHERE NOT EXISTS"
		    " (SELECT 1 FROM point WHERE point.series = series.id)");
	changed |= match(store, &listing, "mark", &listing.marks);
	keep_stamps(&store->db, &listing);
	listing_release(&listing);
	return changed;
}
