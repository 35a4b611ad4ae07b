/*
 * A report as pages that people look at: what is on them is said once, in
 * mk-report-page.c and the plots, and put onto two kinds of paper, HTML and
 * PDF, so that both have the same rows in the same order. Only the parts that
 * do this include it.
 */
#ifndef MK_REPORT_PAGE_H
#define MK_REPORT_PAGE_H

#include "mk-report.h"

enum {
	NAME_COLUMNS = 300,
	SENTENCE_COLUMNS = 1000,
	/* The width of a plot, whatever it is on paper; heights are pixels. */
	PLOT_WIDTH = 1000,
};

struct page {
	const struct model *model;
	const struct options *options;
	const struct paper *paper;
	void *sheet;  /* the paper's own */
	bool is_long; /* not all of it is drawn */
};

/* Of more metrics than that only those are drawn that changed or failed. */
enum {
	MANY_METRICS = 1000
};

struct column {
	const char *name;
	bool is_number;
	double share;  /* of the width, where that is fixed; they add up to 1 */
	bool is_extra; /* may be left out where there is no room for it */
};

/* Texts are not safe yet, and are shown in up to NAME_COLUMNS columns. */
struct cell {
	const char *text;
	enum tone tone; /* with its sign, where it is not TONE_NONE */
};

enum line_style {
	LINE_GRID,
	LINE_BASE, /* of the baseline */
	LINE_THRESHOLD,
	LINE_INTERVAL, /* in the group's tone */
	LINE_UNSURE,   /* of what was not judged */
	LINE_MIDDLE,   /* a median, in the group's tone */
	LINE_STYLES
};

enum text_style {
	TEXT_HEAD,  /* at the left */
	TEXT_LABEL, /* the same */
	TEXT_TICK,  /* its middle where it is put, but always on the plot */
	TEXT_STYLES
};

enum mark_shape {
	MARK_DIAMOND,
	MARK_OPEN_DIAMOND,
	MARK_DISC,
	MARK_RING,
	MARK_LEFT, /* off the plot */
	MARK_RIGHT,
	MARK_SHAPES
};

struct dot {
	double x, y;
};

/* What can be put onto paper. */
struct paper {
	void (*begin)(struct page *page);
	void (*end)(struct page *page);
	/* A heading, and what is below it. */
	void (*section)(struct page *page, const char *title);
	void (*section_end)(struct page *page);
	void (*workload)(struct page *page, size_t number);
	void (*workload_end)(struct page *page);
	void (*paragraph)(struct page *page, const char *text);
	/* What may be folded on paper that can be; or is at first. */
	void (*fold)(struct page *page, bool open, const char *what, size_t n);
	void (*fold_end)(struct page *page);
	void (*facts)(struct page *page, const struct facts *facts);
	void (*list)(struct page *page);
	void (*item)(struct page *page, const char *name, const char *text);
	void (*list_end)(struct page *page);

	/*
	 * A table; of its rows some follow a head of their own. What is extra
	 * stays where it is in no other table.
	 */
	void (*table)(struct page *page, const char *what, bool is_all,
	    const struct column columns[], size_t n);
	void (*table_end)(struct page *page);
	void (*rows_of)(struct page *page, const char *title, size_t n);
	/* A name with a link to a workload, or INDEX_NONE. */
	void (*rows_of_case)(
	    struct page *page, const char *name, size_t workload);
	/* As many cells as columns; and a sentence below, or NULL. */
	void (*row)(
	    struct page *page, const struct cell cells[], const char *more);

	/*
	 * A plot of lanes, one below the other, which together have that
	 * height, and what it says to those who cannot see it. A lane is not
	 * parted from the next one if it is to be kept with it. All that is
	 * drawn is in a lane, from its top.
	 */
	void (*plot)(struct page *page, double height, const char *meaning);
	void (*plot_end)(struct page *page);
	void (*lane)(struct page *page, double height, bool keep);
	/* What is drawn from here on has a tone and a name. */
	void (*group)(struct page *page, enum tone tone, const char *meaning);
	void (*group_end)(struct page *page);
	/* Lines through the whole lane; one of them is that of the baseline. */
	void (*grid)(struct page *page, const double x[], size_t n,
	    size_t baseline, double height);
	void (*band)(
	    struct page *page, double x0, double x1, double y, double height);
	void (*line)(struct page *page, enum line_style style, double x0,
	    double y0, double x1, double y1);
	void (*mark)(
	    struct page *page, enum mark_shape shape, double x, double y);
	void (*dots)(struct page *page, const struct dot dots[], size_t n,
	    double y, double height);
	void (*text)(struct page *page, enum text_style style, double x,
	    double y, const char *text);
	/* At the right: what may be left out where there is no room, and what
	 * is in the group's tone. */
	void (*words)(struct page *page, double y, const char *values,
	    const char *verdict);
};

/* The report, on the page's paper. */
void put_page(struct page *page);

/* What the report is called. */
const char *page_title(const struct page *page);

/* Parts of it. Of facts, those that came out, or those that were so before. */
void put_facts_of(struct page *page, const struct facts *facts, bool outcome);
void put_measured(struct page *page);
void put_failures(struct page *page);
void put_run(struct page *page);

/* The case that the rows below are about; in full, with a way to its plot. */
void put_case_head(struct page *page, size_t number, bool in_full);

#define N_OF(list) (sizeof(list) / sizeof *(list))

/* --- the plots --- */

/*
 * The intervals of some rows of one workload, sorted by case; nothing, and
 * false, where none of them has a change.
 */
bool put_intervals(struct page *page, const struct row *const rows[], size_t n);

/* How many of these rows have round values; and these as dots. */
size_t samples_of_rows(
    const struct page *page, const struct row *const rows[], size_t n);
void put_samples(struct page *page, const struct row *const rows[], size_t n);

/* The same of measured values, where nothing was compared. */
size_t samples_of_measured(const struct page *page, size_t n);
void put_measured_samples(struct page *page, size_t n);

/* --- paper --- */

extern const struct paper html_paper, pdf_paper;

/* The style sheet of HTML; mk-report-style.c. */
extern const char style_light[], style_dark[], style_rules[];

/* The sign of a tone, and the space behind it. */
extern const char *const tone_signs[];

#endif
