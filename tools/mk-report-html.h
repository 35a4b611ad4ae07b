/* What the parts that write HTML have in common. Only they include this. */
#ifndef MK_REPORT_HTML_H
#define MK_REPORT_HTML_H

#include "mk-report-page.h"

struct sheet {
	FILE *out;
	const struct column *columns; /* of the table */
	size_t n_columns;
	double top, next; /* of the lane, and of the one below it */
	bool is_all;	  /* has what other tables left out */
	bool has_body;	  /* of the table */
	size_t n_strips;  /* of samples, so far */
	size_t n_grids;	  /* the same; of a plot there is one */
	double grid;	  /* the top of the lane that it was drawn in, or -1 */
};

/* The classes of tones. */
extern const char *const html_tones[];

/* As in struct paper; and the shapes of marks, which come before them. */
void html_plot(struct page *page, double height, const char *meaning);
void html_plot_end(struct page *page);
void html_lane(struct page *page, double height, bool keep);
void html_group(struct page *page, enum tone tone, const char *meaning);
void html_group_end(struct page *page);
void html_grid(struct page *page, const double x[], size_t n, size_t baseline,
    double height);
void html_band(
    struct page *page, double x0, double x1, double y, double height);
void html_line(struct page *page, enum line_style style, double x0, double y0,
    double x1, double y1);
void html_mark(struct page *page, enum mark_shape shape, double x, double y);
void html_dots(struct page *page, const struct dot dots[], size_t n, double y,
    double height);
void html_text(struct page *page, enum text_style style, double x, double y,
    const char *text);
void html_words(
    struct page *page, double y, const char *values, const char *verdict);
void html_shapes(struct page *page);

#endif
