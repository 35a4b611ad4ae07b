/* What the parts that write text have in common. Only they include this. */
#ifndef MK_REPORT_TEXT_H
#define MK_REPORT_TEXT_H

#include "mk-report.h"

enum {
	COLUMNS = 100,
	SENTENCE_ALL = 4000,
};

/* What is being written, and how. */
struct page {
	FILE *out;
	const struct model *model;
	const struct options *options;
};

/* The columns of a line; the last one may take the room of empty ones. */
enum {
	METRIC,
	BASELINE,
	CURRENT,
	CHANGE,
	INTERVAL,
	NOTE,
	N_COLUMNS
};

/* A row, a value or a failure of a case, as safe texts; NULL is nothing. */
struct line {
	size_t case_number;
	enum tone tone;
	char *cells[N_COLUMNS];
	char *detail; /* below it */
};

/* A text in the colour of a tone. */
void paint(const struct page *page, enum tone tone, const char *text);

/* A sentence behind a label that is `indent` columns wide, in lines. */
void put_wrapped(const struct page *page, const char *label, const char *text,
    size_t indent);

/* Writes lines under a heading and frees what they hold. */
void put_section(const struct page *page, enum tone tone, const char *title,
    size_t total, struct line *lines, size_t n);

#endif
