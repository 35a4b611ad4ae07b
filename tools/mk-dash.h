/*
 * What mk-dash shows, between reading it and writing the page. Only mk-dash
 * includes this.
 */
#ifndef MK_DASH_H
#define MK_DASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mem.h"
#include "record.h"

/* --- mk-dash-read.c: the stream --- */

/* A run: of its record or, where there is none, of what points say of it. */
struct shown_run {
	const char *run, *commit, *arch, *target, *machine, *branch;
	const char *result, *report;
	const char *when;    /* as it was said */
	double time;	     /* the same in s since 1970, or NAN */
	size_t host, checks; /* numbers in the model, or INDEX_NONE */
	int dirty;
	bool has_record;
	size_t place; /* on the page: the oldest is 0 */
};

struct shown_point {
	size_t run;
	double value, lo, hi, n; /* NAN where absent */
	char *values;		 /* JSON, or NULL; owned */
};

/* The points that are one line of a chart. */
struct shown_series {
	size_t case_number;
	struct point_record head; /* of its first point; the model's texts */
	struct shown_point *points;
	size_t n, capacity;
};

struct shown_case {
	const char *name, *workload, *description;
	struct part criteria;
};

struct shown_change {
	struct change change;
	size_t series;
};

/* A session of a baseline. */
struct shown_session {
	const char *commit, *branch, *time;
	double value;
	bool left_out;
};

/* The sessions of a baseline that are of one machine. */
struct shown_baseline {
	const char *file, *name, *id, *metric, *unit, *machine;
	struct shown_session *sessions;
	size_t n, capacity;
};

/* {0} is an empty one. */
struct model {
	struct index texts; /* owns all texts */

	struct index run_names;
	struct shown_run *runs;
	size_t runs_capacity;
	struct index hosts, checks; /* as JSON */

	struct index case_names;
	struct shown_case *cases;
	size_t cases_capacity;

	struct index series_names;
	struct shown_series *series;
	size_t series_capacity;

	struct shown_change *changes;
	size_t n_changes, changes_capacity;
	struct mark *marks;
	size_t n_marks, marks_capacity;
	struct shown_baseline *baselines;
	size_t n_baselines, baselines_capacity;
};

/* Reads all operands; dies where there is no point to show. */
void model_read(struct model *model, char *operands[]);

/* Adds the baselines of a file. Its name is shown beside them. */
void model_read_baseline(struct model *model, const char *path);

void model_release(struct model *model);

/* --- mk-dash-place.c --- */

/* Says of all runs which place they have. */
void model_place_runs(struct model *model);

/* --- mk-dash-baseline.c --- */

/* Adds the current record, a baseline. */
void baseline_read(struct model *model, struct reader *in, const char *file);

/*
 * Writes the lines: medians of sessions. Where changes were accepted each
 * series has its own, of the sessions on its side of all of them.
 */
void baselines_put(struct jline *line, const struct model *model);

/* --- mk-dash-report.c --- */

/*
 * A path from the current directory as one from that of the page, for the
 * caller to free. Whatever else it is stays as it is, and so does all where the
 * page is NULL.
 */
char *report_place(const char *report, const char *page);

/* --- mk-dash-data.c: the model as columns --- */

/* The data of a page as JSON, as mk-dash(1) describes it. */
void data_write(struct jline *line, struct model *model, const char *title,
    const char *page);

/* --- mk-dash-page.c: the page --- */

/* Writes the page around the data, `len` bytes of JSON. */
void page_write(FILE *out, const char *title, const char *data, size_t len);

/* --- mk-dash-embed.c: the files that the page is made of --- */

struct embedded {
	const char *text, *end;
};

extern const struct embedded page_body, page_style, dygraphs_style,
    dygraphs_notice, dygraphs_script;

/* Our own scripts, in their order; the last one has no text. */
extern const struct embedded page_scripts[];

#endif
