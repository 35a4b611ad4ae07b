/*
 * What mk-report has to say, before it is put into words: one pass reads the
 * stream into a model, and every format is written from it, so that no two of
 * them can disagree. Only mk-report includes this.
 */
#ifndef MK_REPORT_H
#define MK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mem.h"
#include "record.h"

struct options {
	const char *output; /* NULL: stdout */
	const char *title;  /* NULL: none was given */
	bool all, color, exit_status;
	size_t max_rows, max_bytes;
};

#define DEFAULT_TITLE "Performance Report"

/* --- mk-report-model.c: the stream as rows --- */

/* What something is to the reader: each format has its colours and signs. */
enum tone {
	TONE_NONE,
	TONE_GOOD,
	TONE_WARN, /* of the headline: do not rely on it */
	TONE_BAD,
};

/* What a row means to the reader, in the order in which rows are shown. */
#define ROW_CLASSES(X)                                                         \
	X(REGRESSION, BAD, "regression", "Regressions")                        \
	X(FAILED, BAD, "failed", "Failed cases")                               \
	X(LIMIT, BAD, "limit", "Failed criteria")                              \
	X(UNCONFIRMED, WARN, "unconfirmed",                                    \
	    "Not confirmed: failed once, and not when measured again")         \
	X(WARNING, WARN, "warning", "Warnings: bad, but not blocking")         \
	X(IMPROVEMENT, GOOD, "improvement", "Improvements")                    \
	X(SMALL, NONE, "small",                                                \
	    "Small changes: real, but below the threshold")                    \
	X(UNJUDGED, NONE, "unjudged", "Not judged")                            \
	X(NEW, NONE, "new", "New: nothing to compare with")                    \
	X(UNREMARKABLE, NONE, "unremarkable", "Unchanged or passed")

enum row_class {
#define X(id, tone, word, title) ROW_##id,
	ROW_CLASSES(X)
#undef X
	ROW_CLASS_COUNT
};

extern const struct row_look {
	enum tone tone;
	const char *word, *title;
} row_looks[ROW_CLASS_COUNT];

/* The last class of rows that a reader must see. */
#define ROW_LAST_REMARKABLE ROW_SMALL
/* The last class of those that fail a comparison. */
#define ROW_LAST_BLOCKING ROW_LIMIT

/* One verdict. */
struct row {
	struct verdict v;    /* its texts are the model's */
	enum row_class rank; /* its class; a lower one is shown first */
	bool gates;
	size_t number;	    /* in the input */
	size_t case_number; /* in the model's cases */
};

/* Trials that ended in the same way, other than well. */
struct failure {
	struct trial trial; /* the first one */
	size_t n;
};

struct fact {
	const char *name, *value;
	bool is_outcome; /* what came out, and not what was so before */
};

struct facts {
	struct fact *list;
	size_t n, capacity;
};

struct workload {
	const char *description; /* NULL where there is none */
	size_t n_cases;		 /* that were seen anywhere */
};

struct place {
	size_t workload;
	const char *file; /* of the workload; NULL where it is not known */
	double line;
};

/* What disturbed the trials that count. */
struct disturbance {
	size_t trials;	   /* that were looked at */
	double elapsed_ns; /* of them */
	double steal_ns, cpu_ns, memory_ns, io_ns, throttled_ns;
	struct index flags; /* what was more than usual */
	size_t *n_of_flag;  /* in so many trials */
	size_t flags_capacity;
};

/* Programs that were compared with themselves. */
struct self_test {
	size_t n;
	double worst; /* the largest change, a fraction; NAN where none is */
	const char *name, *metric;
};

/*
 * Everything that a report says. {0} is an empty one. Texts are as they were
 * in the input, of any length and content: show.. and the formats make them
 * safe.
 */
struct model {
	struct index texts; /* owns all texts */

	struct row *rows; /* sorted: what matters most comes first */
	size_t n_rows, rows_capacity;
	size_t n_of_class[ROW_CLASS_COUNT];
	struct index words; /* verdicts, in the order of the totals */
	size_t *n_of_word;  /* how many rows have that verdict */
	size_t n_unjudged;  /* rows that were to be judged, and were not */
	size_t n_muted;	    /* rows that would have failed the comparison */

	struct index cases;
	struct place *places; /* by case */
	size_t cases_capacity;
	struct index workload_names;
	struct workload *workloads;
	size_t workloads_capacity;

	/*
	 * All metrics, from rows where there is no summary; first those that
	 * somebody asked for: that have a verdict or, where nothing was
	 * compared, that a case declares.
	 */
	struct summary *measured;
	size_t n_measured, n_asked_for, measured_capacity;
	bool from_rows;
	struct index metrics;	    /* of cases; see metric_key */
	size_t *first_of, *next_of; /* summaries of a metric, or INDEX_NONE */
	struct summary *probes;	    /* of the calibration probe */
	size_t n_probes, probes_capacity;

	struct self_test self_test;

	struct failure *failures;
	size_t n_failures, failures_capacity;
	size_t trials, trials_failed, trials_skipped;
	size_t trials_rejected; /* disturbed, and run again */
	double seconds;		/* that all of them took */
	struct disturbance disturbance;

	struct run run;	    /* the last one */
	struct facts about; /* the run and what came out, for people */
	struct facts host, noise;
	struct check *checks; /* of the machine, those that found something */
	size_t n_checks, checks_capacity; /* first */
	size_t n_warnings;		  /* of them */
	size_t n_runs;
	bool complete; /* all runs have come to their end */

	struct result result; /* all absent where there was none */
	enum tone tone;	      /* of the headline */
	const char *headline;
	const char *brief; /* the same in a few words of ours */
	double overall;	  /* improvement, a fraction; NAN: nothing was judged */
	size_t n_overall; /* of so many metrics */
	const char *compliance; /* with criteria and gates; "" where unknown */
	bool variants;		/* more than one, so values must name theirs */
	bool row_variants;	/* the same of rows: the base has none */
	struct index judged_variants;
	bool any_free;	  /* a row does not gate */
	bool has_changes; /* a row is no criterion and no gate */
};

/* Reads all operands; dies where there is nothing to report. */
void model_read(struct model *model, char *operands[]);
void model_release(struct model *model);

/* How much worse a change is, as a log ratio; NAN where nobody can tell. */
double verdict_worsening(const struct verdict *verdict);

/* Whether a row was to be judged, and was not. */
bool row_is_doubt(const struct row *row);

/* Whether a row would be a failure, were it not muted. */
bool row_is_muted(const struct row *row);

/*
 * What tells a case from others of its workload: its name from the slash on,
 * or the whole of it.
 */
const char *case_rest(const struct model *model, size_t case_number);

/* The next summary of a metric of a case, from INDEX_NONE on; or that. */
size_t next_summary(const struct model *model, const char *name,
    const char *metric, size_t last);

/* How many measured values a report shows. */
size_t measured_shown(const struct model *model, const struct options *options);

/* --- mk-report-show.c: values as people read them --- */

/*
 * A text made safe to look at, for the caller to free: valid UTF-8 of at most
 * `columns` columns, its end left out where it is longer. What would not be
 * seen, or would act (control characters, marks that turn the direction of
 * writing, bytes that are no UTF-8), is shown as \x1b or \u202e.
 * NULL is shown as an empty text.
 */
char *show_text(const char *text, size_t columns);

/* The same, with newlines and tabs as spaces. */
char *show_sentence(const char *text, size_t columns);

/* The columns that a text from show_text takes; and its first bytes that fit
 * into so many columns. */
size_t show_width(const char *shown);
size_t show_fit(const char *shown, size_t columns);

/* A fraction of one as a percentage without a sign. size >= 32. */
void show_percent(char *text, size_t size, double fraction);

/* "2026-11-21 01:30:00 UTC" of an ISO 8601 time; another text as it is. */
char *show_time(const char *time);

/* The first 12 digits of a hash; another text as it is. */
char *show_commit(const char *commit);

/* "2 x timeout in measure: no end after 30 s" */
char *show_failure(const struct model *model, const struct failure *failure);

/*
 * The next of the last lines that a failed trial wrote to its standard error,
 * from *at on, which is failure_said() at first. For the caller to free, and
 * not safe yet; NULL where there is no more.
 */
const char *failure_said(const struct failure *failure);
char *show_said(const char **at);

/* "warning: turbo is on; turn it off" */
char *show_check(const struct check *check);

/* The cells of a row, as every format shows them; "" where one is absent. */
struct cells {
	char metric[512]; /* with the variant, where the model has several */
	char baseline[64], current[64];
	char change[32], interval[80];
	char sense[16];	 /* faster, slower, better, worse */
	char told[56];	 /* "8.1% slower"; the change, where there is none */
	char limit[160]; /* "<= 75 us", of a criterion */
	char p[32], q[32], basis[64], mde[32];
	char stats[160]; /* basis, p and q as one phrase */
	char need[64];	 /* "12 more rounds", to find the threshold */
};

void show_cells(
    const struct model *model, const struct row *row, struct cells *cells);

/*
 * The verdict, and of what was not judged why, or what would have been seen:
 * "inconclusive, sees 22.0% worse". For the caller to free, and not safe yet.
 */
char *show_verdict(const struct row *row, const struct cells *cells);

/*
 * What the sentence of a row says besides its cells. For the caller to free,
 * and not safe yet.
 */
char *show_meaning(const struct row *row, const struct cells *cells);

/* Whether that is only that nothing is known. */
bool is_unproven(const char *meaning);

/* The cells of a measured value. */
struct measured_cells {
	char metric[512];
	char value[64], interval[140], min[64], max[64], n[32], cv[32];
};

void show_measured(const struct model *model, const struct summary *summary,
    struct measured_cells *cells);

/* --- the formats --- */

/* The metric's mark in all of them, and what it means. */
#define FREE_MARK   "*"
#define FREE_LEGEND "* does not gate: whatever it does, nothing fails"

void write_text(
    FILE *out, const struct model *model, const struct options *options);
void write_md(
    FILE *out, const struct model *model, const struct options *options);
void write_html(
    FILE *out, const struct model *model, const struct options *options);
void write_pdf(
    FILE *out, const struct model *model, const struct options *options);
void write_pdf_by_chromium(
    FILE *out, const struct model *model, const struct options *options);
void write_json(
    FILE *out, const struct model *model, const struct options *options);
void write_junit(
    FILE *out, const struct model *model, const struct options *options);
void write_github(
    FILE *out, const struct model *model, const struct options *options);
void write_badge(
    FILE *out, const struct model *model, const struct options *options);
void write_shields(
    FILE *out, const struct model *model, const struct options *options);

/* A text in HTML, SVG and XML, safe in content and in quoted attributes. */
void markup_text(FILE *out, const char *text, size_t columns);
void markup_sentence(FILE *out, const char *text, size_t columns);

#endif
