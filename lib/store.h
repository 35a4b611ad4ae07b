/*
 * The history: files of runs and marks, which are the truth, and beside them
 * an index, which is made of them. Level 6.
 *
 *	ROOT/ARCH/MACHINE/UTC-COMMIT-RUN.jsonl	a run; never changed
 *	ROOT/marks/ID.jsonl			a mark
 *	ROOT/index.sqlite			the index
 *
 * Files come and go without us, with git or a copy, so the index is brought up
 * to date whenever it is opened: of directories that are as they were at the
 * last look nothing is asked, of others the names of the files. An index that
 * is damaged, or has another schema than ours, is made anew.
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

void store_close(struct store *store);

/* Dies where something has failed in the index. */
void store_check(const struct store *store);

/* Puts files that were added, ROOT/FILE, into the index. */
void store_begin(struct store *store);
void store_note_run(struct store *store, const char *file);
void store_note_mark(struct store *store, const char *file);
void store_end(struct store *store);

/* The file that a run is in, for the caller to free; NULL where there is none.
 */
char *store_file_of(struct store *store, const char *run);

/* The path of a file of the store, for the caller to free. */
char *store_path(const struct store *store, const char *file);

/* Where a run is to be filed: ARCH/MACHINE/NAME, for the caller to free. */
char *store_name(const struct run *run);

/* A text as a part of a file's name, for the caller to free. */
char *store_word(const char *text);

/*
 * Makes the directory that a file of the store is in, and dies where a link
 * stands in its way: nothing is written outside of the store.
 */
void store_make_directory(const struct store *store, const char *file);

/* --- of lib/store-index.c and lib/store-scan.c only --- */

/* Makes the tables; whether those that there are are ours. */
void index_create(struct database *db);
bool index_is_ours(struct database *db);

/* Puts a file into the index, or takes it out. */
void index_put_run(struct store *store, const char *file);
void index_put_mark(struct store *store, const char *file);
void index_drop(struct database *db, const char *table, const char *file);

/*
 * Whether the index knows all that is there, by the stamps of the directories;
 * and what makes it so, by names. That returns whether anything was changed
 * but stamps.
 */
bool scan_is_fresh(struct store *store);
bool scan(struct store *store);

#endif
