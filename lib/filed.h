/*
 * A file of the history, read and looked through. Level 5.
 *
 * What it holds is not ours to trust: files come with a checkout. A file that
 * is not as hist-add writes it is named, with its line, and we end.
 */
#ifndef FILED_H
#define FILED_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "record.h"

/* A metric as its case declares it. */
struct declared {
	const char *name, *better, *severity;
	double threshold_percent;
	int gate;
};

/* A case, and where in the file its record is, if it has one. */
struct filed_case {
	const char *workload, *tags; /* a list, as JSON */
	struct declared *metrics;
	size_t n, capacity;
	bool has_record, declares;
	size_t at, len;
};

/* A summary as a point, and where in the file it is. */
struct filed_point {
	struct point_record point; /* what points of a series share */
	const char *variant;
	const char *tags; /* a list, as JSON */
	const char *text; /* what is its own, as members of the record */
	double value;
	size_t at, len;
};

/* All texts live as long as it does. */
struct filed {
	struct index texts, case_names;
	struct run run;
	const char *text; /* the run's record, with its result */
	bool complete;	  /* its end says so */
	struct filed_case *cases;
	size_t n_cases, cases_capacity;
	struct filed_point *points;
	size_t n, capacity;
};

/* Reads the file of a run. */
void filed_read(struct filed *filed, const char *path);

/*
 * The same, record by record, of what is to be filed: *filed is {0}, and the
 * run comes first. A record is `at` bytes into the file; records that say
 * nothing are none of its business. In the end, how far all is moved.
 */
void filed_take_run(struct filed *filed, struct reader *in, const char *report);
void filed_take(struct filed *filed, struct reader *in, size_t at);
void filed_finish(struct filed *filed, size_t further);

void filed_release(struct filed *filed);

/* Reads the file of a mark; its texts are put into `texts`. */
void filed_read_mark(
    const char *path, struct mark *mark, struct index *texts, char **text);

/*
 * The members of a point that are there, each behind a comma, in `line`, which
 * is emptied before.
 */
void point_members(struct jline *line, const struct point_record *point);

#endif
