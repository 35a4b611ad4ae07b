/*
 * The history: files of runs and marks, which are the truth, and beside them
 * an index, which is made of them. Level 6.
 *
 *	ROOT/ARCH/MACHINE/UTC-COMMIT-RUN.jsonl	a run; never changed
 *	ROOT/marks/ID.jsonl			a mark
 *	ROOT/index.sqlite			the index
 *
 * Files come, go and are replaced without us, by git or a copy, so the index is
 * brought up to date whenever it is opened: of directories that are as they
 * were at the last look nothing is asked, of others the stamps of the files:
 * one that differs is read again. An index that is damaged, or has another
 * schema than ours, is made anew.
 *
 * A run may be in two files, as after a merge of two histories. With the same
 * records, whatever their first lines say, the file that is first by name
 * counts and nothing is said. Of other records only one can be true: who reads
 * refuses them, who skips damaged files takes the first by name.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "database.h"
#include "mem.h"
#include "record.h"

#define STORE_DEFAULT "history"
#define STORE_MARKS   "marks"
#define STORE_INDEX   "index.sqlite"

struct store {
	const char *root;
	struct database db;
	bool skips;	/* files that are damaged; each is named */
	bool bears;	/* a run with two accounts of it, which is named */
	bool is_new;	/* the index: all files are put into it at once */
	bool in_memory; /* the index cannot be written, and is not */
	int lock;	/* a descriptor, or -1 */
};

/*
 * To read: what is there, also where nothing can be written. Dies where there
 * is no store, and on a damaged file where it does not skip them.
 */
void store_open(struct store *store, const char *root, bool skips);

/*
 * To add: makes the store where there is none, and keeps others from writing.
 * Damaged files of others are named, and no matter.
 */
void store_open_to_add(struct store *store, const char *root);

/* Makes the index anew. */
void store_reindex(struct store *store, const char *root, bool skips);

/* All was asked of the index: who writes no longer has to wait for us. */
void store_let_go(struct store *store);

/* After something has failed: the index anew, or one that only we see. */
void store_recover(struct store *store);

/* Whether a file is still what the index was made of. */
bool store_is_current(
    const struct store *store, const char *file, const char *stamp);

/* Once one was not: looks at all of them again. */
void store_look_again(struct store *store);

void store_close(struct store *store);

/* Dies where something has failed in the index. */
void store_check(const struct store *store);

/*
 * Puts files that were added, ROOT/FILE, into the index. `filed`: what such a
 * file holds, or NULL where it is to be read.
 */
void store_begin(struct store *store);
struct filed;
void store_note(
    struct store *store, const char *file, const struct filed *filed);
void store_scan(struct store *store); /* looks at all files again */
void store_end(struct store *store);

/*
 * The file that a run, or a mark, is in, for the caller to free; NULL where
 * there is none.
 */
char *store_file_of(struct store *store, const char *run);
char *store_file_of_mark(struct store *store, const char *mark);

/* The path of a file of the store, for the caller to free. */
char *store_path(const struct store *store, const char *file);

/* Where a run is to be filed: ARCH/MACHINE/NAME, for the caller to free. */
char *store_name(const struct run *run);

/* A text as a part of a file's name, for the caller to free. */
char *store_word(const char *text);

/*
 * Makes the directory that a file of the store is in, and dies where a link
 * stands in its way: nothing is written outside of the store. It outlives a
 * crash.
 */
void store_make_directory(struct store *store, const char *file);

/* Makes sure that a file that is there outlives a crash. */
void store_sync(const struct store *store, const char *file);

/* Whether a file has these records behind its first line. */
bool store_has_records(const char *path, const char *records, size_t len);

/* --- of lib/store-*.c only --- */

/* Makes the tables; whether those that there are are ours. */
void index_create(struct database *db);
bool index_is_ours(struct database *db);

/*
 * Puts a file into the index, or takes it out. A file may be a twin of one that
 * is there, see above. `filed` is what it holds, or NULL.
 */
void index_put(struct store *store, const char *file, const char *stamp,
    const struct filed *filed);
void index_drop(struct database *db, const char *file);

/* Takes all files out, but not what is known of directories. */
void index_empty(struct database *db);

/* Whether a file is one of a mark, not of a run. */
bool store_is_mark(const char *file);

/* What a file is known by, for the caller to free: NULL where there is none. */
char *stamp_of_file(const char *path);

/* What is in a directory is to be looked at again the next time. */
void scan_again(struct store *store, const char *file);

/*
 * Whether the index knows all that is there, by the stamps of the directories;
 * and what makes it so. `all`: whatever these stamps say.
 */
bool scan_is_fresh(struct store *store);
void scan(struct store *store, bool all);

/*
 * Whether files can be read, found out by a process that may die of them. It
 * goes ahead while we go on: {0} but for store and files, asked in order.
 */
struct trial_reader {
	const struct store *store;
	const struct index *files;
	int child, fd; /* 0: none is at work */
};
bool trial_reader_can(struct trial_reader *reader, size_t i);
void trial_reader_release(struct trial_reader *reader);

#endif
