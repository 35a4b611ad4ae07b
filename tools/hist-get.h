/*
 * The parts of hist-get: what is selected of the history, in which order, and
 * how it is written.
 */
#ifndef HIST_GET_H
#define HIST_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filed.h"
#include "marking.h"
#include "mem.h"
#include "record.h"
#include "store.h"

/* Globs, one of which a text must match; none: any text will do. */
struct globs {
	const char **globs;
	size_t n, capacity;
};

enum column {
	COLUMN_WORKLOAD, /* these are of series */
	COLUMN_CASE,
	COLUMN_METRIC,
	COLUMN_TAG,
	COLUMN_ARCH, /* and these of runs */
	COLUMN_TARGET,
	COLUMN_MACHINE,
	COLUMN_BRANCH,
	COLUMNS,
};

struct choice {
	const char *root;
	struct globs globs[COLUMNS];
	const char *variant;	   /* NULL: points without one */
	const char *range;	   /* of commits, or NULL */
	const char *since, *until; /* or NULL */
	const char *compare;	   /* BASE..HEAD, or NULL */
	size_t last;		   /* points of each series; 0: all */
	size_t sessions; /* of a branch that is compared; 0: nobody says */
	bool values, series, runs, skips, by_time, join;
	bool confirmations; /* runs that measured again what had failed */
};

/* Whether points are asked for that not every run has. */
bool choice_is_of_points(const struct choice *choice);

/* A run; texts are the selection's, NULL where absent. */
struct past_run {
	int64_t id;
	const char *run, *file, *session, *time, *commit;
	const char *branch, *arch, *target, *machine;
	int dirty;
	bool complete;
	size_t rank;  /* in the order of the history */
	size_t place; /* of where its series are: equal, or sorted */
	bool wanted;  /* it is to be written */
	bool judged;  /* it is of the head: its cases count before others */
	char *text;   /* its record, once it was loaded */
	char *where, *when; /* members of its points, or NULL so far */
};

/* What points share, as a row of the index has it. */
struct past_series {
	int64_t id;
	struct point_record point;
	const char *tags;
	size_t kind; /* of case, id, metric and unit: equal, or sorted */
	char *head, *tail;
};

struct past_point {
	size_t series, run; /* their numbers in the selection */
	int64_t at, len;
	char *text;
};

/* The newest record of a case. */
struct past_case {
	size_t run;
	int64_t at, len;
};

struct past_mark {
	struct mark mark;
	char *text;
};

struct selection {
	struct index texts;
	bool join;	       /* the branches of a case are one series */
	bool outdated;	       /* a file is not what the index was made of */
	struct past_run *runs; /* by id */
	size_t n_runs, runs_capacity;
	struct past_series *series;
	size_t n_series, series_capacity;
	struct past_point *points;
	size_t n, capacity;
	struct past_mark *marks;
	size_t n_marks, marks_capacity;
	struct past_case *cases;
	size_t n_cases, cases_capacity;
};

/* Selects what is asked for, sorted; nothing is known of its order so far. */
void selection_make(struct selection *selection, struct store *store,
    const struct choice *choice);

/* Sorts the points: by series, and in it by the order of the runs. */
void selection_sort(struct selection *selection);

/* Whether two points are of one series. */
bool is_one_series(const struct selection *selection, size_t a, size_t b);

/* Keeps the last points of each series only. */
void selection_cut(struct selection *selection, size_t last);

void selection_release(struct selection *selection);

/* Gives all runs their ranks: as git has them where it knows them, else by
 * time. */
void order_runs(struct selection *selection, bool by_time);

/* The marks of the selected series; others are dropped. */
void marks_make(struct selection *selection, struct store *store);

/*
 * Loads what the index has of the runs that are wanted and of the cases, so
 * that it is known to be whole before anything is written; and looks whether
 * their files are still what the index was made of.
 */
void selection_load(struct selection *selection, struct store *store);

/* Writing. */
void write_runs(struct selection *selection);
void write_cases(const struct selection *selection, const struct store *store);
void write_marks(const struct selection *selection);
void write_points(struct selection *selection, const struct store *store,
    const struct choice *choice);

/* A record of a run's file, for the caller to tree_free. */
tree *read_at(const struct store *store, const struct past_run *run, int64_t at,
    int64_t len);

/* Where a series is, as its points say it. */
struct point_record series_of(
    const struct selection *selection, const struct past_point *point);

/* What is compared: runs by their number, the oldest first. */
struct side {
	const char *name;
	bool is_branch;
	size_t *runs;
	size_t n, capacity;
};

/* Two sides as variants base and head: which runs they are, and writing. */
struct sides {
	struct side base, head;
	struct descents descents; /* of their commits */
	char *names;
};

void sides_choose(struct sides *sides, struct selection *selection,
    const struct choice *choice);
/* Returns whether either of them has a summary. */
bool sides_write(struct sides *sides, struct selection *selection,
    const struct store *store);
void sides_release(struct sides *sides);

#endif
