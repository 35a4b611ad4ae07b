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
	bool all, color;
	size_t max_rows, max_bytes;
};

/* --- mk-report-model.c: the stream as rows --- */

/* What a row means to the reader, in the order in which rows are shown. */
#define ROW_CLASSES(X)                                                         \
	X(REGRESSION, "regression", "Regressions")                             \
	X(FAILED, "failed", "Failed cases")                                    \
	X(LIMIT, "limit", "Failed criteria")                                   \
	X(WARNING, "warning", "Warnings: bad, but not blocking")               \
	X(IMPROVEMENT, "improvement", "Improvements")                          \
	X(SMALL, "small", "Small changes: real, but below the threshold")      \
	X(UNJUDGED, "unjudged", "Not judged")                                  \
	X(NEW, "new", "New: nothing to compare with")                          \
	X(UNREMARKABLE, "unremarkable", "Unchanged or passed")

enum row_class {
#define X(id, word, title) ROW_##id,
	ROW_CLASSES(X)
#undef X
	ROW_CLASS_COUNT
};

extern const char *const row_words[ROW_CLASS_COUNT];
extern const char *const row_titles[ROW_CLASS_COUNT];

/* The last class of rows that a reader must see. */
#define ROW_LAST_REMARKABLE ROW_SMALL

/* One verdict. */
struct row {
	struct verdict v;    /* its texts are the model's */
	enum row_class rank; /* its class; a lower one is shown first */
	size_t order;	     /* in the input */
	size_t workload;     /* number in the model's workloads */
};

/* Trials that ended in the same way, other than well. */
struct failure {
	struct trial trial; /* the first one */
	size_t n;
};

struct fact {
	const char *name, *value;
};

/* What the machine was found to be like before the run. */
struct check {
	const char *level, *message, *fix;
};

/* What the headline says, as a colour would. */
enum state {
	STATE_PASS,
	STATE_FAIL,
	STATE_DOUBT, /* nothing failed, but do not rely on it */
	STATE_NONE,  /* nothing was judged */
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

	struct summary *measured; /* of all metrics; from rows if from_rows */
	size_t n_measured, measured_capacity;
	bool from_rows;

	struct failure *failures;
	size_t n_failures, failures_capacity;
	size_t trials, trials_failed, trials_skipped;

	struct run run; /* the last one */
	struct fact *facts;
	size_t n_facts, facts_capacity;
	struct check *checks;
	size_t n_checks, checks_capacity;
	const char *machine; /* facts in one line, or NULL */
	size_t n_runs;
	bool complete; /* all runs have come to their end */

	struct index workloads;
	const char **descriptions; /* by workload; NULL where there is none */
	size_t descriptions_capacity;
	size_t n_cases; /* that were seen anywhere */

	struct result result; /* all absent where there was none */
	enum state state;
	const char *headline;
	const char *totals;	 /* "12 verdicts: 1 regressed, 11 unchanged" */
	const char *trials_line; /* "120 trials, 2 failed", or NULL */
	double overall;	  /* improvement, a fraction; NAN: nothing was judged */
	size_t n_overall; /* of so many metrics */
	bool variants;	  /* more than one, so rows must name theirs */
};

/* Reads all operands; dies where there is nothing to report. */
void model_read(struct model *model, char *operands[]);
void model_release(struct model *model);

/* How much worse a change is, as a log ratio; NAN where nobody can tell. */
double verdict_worsening(const struct verdict *verdict);

/* --- mk-report-show.c: values as people read them --- */

/*
 * A text made safe to look at, for the caller to free: valid UTF-8 of at most
 * `columns` columns, the middle left out where it is longer. What would not be
 * seen, or would act (control characters, marks that turn the direction of
 * writing, bytes that are no UTF-8), is shown as \x1b or \u202e.
 * NULL is shown as an empty text.
 */
char *show_text(const char *text, size_t columns);

/* The same, with newlines and tabs as spaces: for sentences. */
char *show_sentence(const char *text, size_t columns);

/* The columns that a text from show_text takes; and its first bytes that fit
 * into so many columns. */
size_t show_width(const char *shown);
size_t show_fit(const char *shown, size_t columns);

/* A value with its unit, "" where it is absent. size >= 64. */
void show_value(char *text, size_t size, double value, const char *unit);

/* A count, "" where it is absent. size >= 32. */
void show_count(char *text, size_t size, double n);

/* A fraction of one as a percentage without a sign. size >= 32. */
void show_percent(char *text, size_t size, double fraction);

/* "2026-11-21 01:30:00 UTC" of an ISO 8601 time; another text as it is. */
char *show_time(const char *time);

/* The first 12 digits of a hash; another text as it is. */
char *show_commit(const char *commit);

/* The cells of a row, as every format shows them; "" where one is absent. */
struct cells {
	char metric[160]; /* with the variant, where the model has several */
	char baseline[64], current[64];
	char change[32], interval[80];
	char sense[16]; /* faster, slower, better, worse */
	char limit[96]; /* "<= 75 us", of a criterion */
	char p[32], q[32], basis[64], mde[32], need[48];
	char stats[320]; /* the last ones as one phrase */
	bool repeated;	 /* the interval is in the sentence `why`, too */
};

void show_cells(
    const struct model *model, const struct row *row, struct cells *cells);

/* --- the formats --- */

void write_text(
    FILE *out, const struct model *model, const struct options *options);
void write_md(
    FILE *out, const struct model *model, const struct options *options);
void write_html(
    FILE *out, const struct model *model, const struct options *options);
void write_json(
    FILE *out, const struct model *model, const struct options *options);

/* A text in HTML, safe in content and in quoted attributes. */
void html_text(FILE *out, const char *text, size_t columns);
void html_sentence(FILE *out, const char *text, size_t columns);

/*
 * The intervals of some rows of one workload as SVG, for inside HTML; nothing,
 * and false, where none of them has a change.
 */
bool write_plot(FILE *out, const struct model *model,
    const struct row *const rows[], size_t n);

#define DEFAULT_TITLE "Performance Report"

#endif
