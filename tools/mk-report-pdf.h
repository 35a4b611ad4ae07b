/*
 * A report on pages of A4, as PDF, in three layers: a canvas, which is all that
 * sees the PDF library, text in lines, and the sheet that paragraphs, tables
 * and plots are put onto. Only the parts that write PDF include this. Lengths
 * are points, 72 to an inch, and y grows downward from the top of the page.
 */
#ifndef MK_REPORT_PDF_H
#define MK_REPORT_PDF_H

#include <stdint.h>

#include "mk-report-page.h"

enum color {
	COLOR_TEXT,
	COLOR_MUTED,
	COLOR_LINE,
	COLOR_SOFT,
	COLOR_BAND,
	COLOR_PAPER,
	/* In the order of tones; and paler ones. */
	COLOR_NONE,
	COLOR_GOOD,
	COLOR_WARN,
	COLOR_BAD,
	COLOR_PALE_NONE,
	COLOR_PALE_GOOD,
	COLOR_PALE_WARN,
	COLOR_PALE_BAD,
	N_COLORS
};

enum face {
	FACE_PLAIN,
	FACE_BOLD,
	FACE_HAN, /* for scripts that the others have not; may be absent */
	FACE_HANGUL,
	N_FACES
};

/* --- mk-report-canvas.c --- */

struct canvas;

extern const double canvas_width, canvas_height; /* of a page */

/* Dies where a font is missing. `time` is that of a run, or NULL. */
struct canvas *canvas_new(const char *title, const char *time);
void canvas_page(struct canvas *canvas);
size_t canvas_pages(const struct canvas *canvas);

/* Draws on a page again, from 0. */
void canvas_turn_to(struct canvas *canvas, size_t page);

/* The face that has a character: the wanted one or another; or N_FACES. */
enum face canvas_face_of(
    struct canvas *canvas, enum face wanted, uint32_t code);

/* How wide it is in that face, which has it, of a text one point high. */
double canvas_advance(struct canvas *canvas, enum face face, uint32_t code);

/* Characters, all of that face, which must have them; as UTF-8. */
void canvas_show(struct canvas *canvas, enum face face, double size,
    enum color color, double x, double y, const char *text);

void canvas_rect(struct canvas *canvas, enum color color, double x, double y,
    double width, double height);

struct stroke {
	enum color color;
	double width;
	unsigned dash, gap; /* 0: none */
};

void canvas_line(struct canvas *canvas, const struct stroke *stroke, double x0,
    double y0, double x1, double y1);

/* Filled with one colour, and with a stroke where there is one. */
void canvas_polygon(struct canvas *canvas, enum color fill,
    const struct stroke *stroke, const struct dot points[], size_t n);
void canvas_disc(struct canvas *canvas, enum color fill,
    const struct stroke *stroke, double x, double y, double radius);

/* Discs of one colour. */
void canvas_dots(struct canvas *canvas, enum color color, double width,
    const struct dot dots[], size_t n);

/* A bookmark for the current page; below the last top one, or such a one. */
void canvas_bookmark(
    struct canvas *canvas, bool top, double y, const char *title);

/* Writes the document and frees it. */
void canvas_finish(struct canvas *canvas, FILE *out);

/* --- mk-report-glyphs.c --- */

enum {
	MOST_HELPERS = 64
};

/* A part of a file, up to its end. */
struct table {
	const unsigned char *start;
	size_t len;
};

/* The glyphs of a TrueType font, by their numbers. */
struct glyphs {
	unsigned char *font; /* the file */
	struct table loca, glyf;
	bool long_offsets;
	uint16_t of_code[0x10000]; /* of a character; 0: it has none */
	uint16_t helper[0x10000];  /* a character that brings the glyph along */
};

/* Characters that must be asked for beside another one. */
struct glyph_helpers {
	uint32_t codes[MOST_HELPERS];
	size_t n;
};

/* Takes the content of a file over; NULL where it is no font, or not whole. */
struct glyphs *glyphs_read(unsigned char *font, size_t len);
void glyphs_release(struct glyphs *glyphs);

/* Whether a character can be shown, and which ones must help. */
bool glyphs_find(
    const struct glyphs *glyphs, uint32_t code, struct glyph_helpers *helpers);

/* --- mk-report-typeset.c --- */

/* Text that can be drawn: what no font has is written as its number. */
struct line_of_text {
	uint32_t *codes; /* in the order of reading; not owned */
	size_t n;
	double width;
};

struct typeset {
	uint32_t *codes;
	struct line_of_text *lines;
	size_t n_lines, capacity;
};

/*
 * A text, which show_text has made, in lines that are no wider than `width`,
 * broken at spaces where there are any. There is at least one.
 */
struct typeset typeset_text(struct canvas *canvas, enum face face, double size,
    double width, const char *shown);
void typeset_release(struct typeset *typeset);

/* One line, whose base line is at y; right is where it ends instead. */
void typeset_line(struct canvas *canvas, enum face face, double size,
    enum color color, double x, double y, bool right,
    const struct line_of_text *line);

/* A text in one line, however long; returns how wide it is. */
double typeset_put(struct canvas *canvas, enum face face, double size,
    enum color color, double x, double y, bool right, const char *shown);
double typeset_width(
    struct canvas *canvas, enum face face, double size, const char *shown);

/* --- mk-report-pdf.c --- */

#define SHEET_MARGIN 40.0
#define SHEET_WIDTH  (canvas_width - 2 * SHEET_MARGIN)
#define SHEET_TOP    SHEET_MARGIN
#define SHEET_BOTTOM (canvas_height - SHEET_MARGIN - 14)

struct pdf_sheet {
	struct canvas *canvas;
	double y; /* what is below is free */
	const struct column *columns;
	size_t n_columns; /* 0: in no table */
	double lane;	  /* its top */
	enum tone tone;	  /* of what is drawn */
};

/* Room for so much, on another page if need be. */
void pdf_need(struct page *page, double height);

/* As in struct paper; mk-report-pdf-plot.c. */
void pdf_plot(struct page *page, double height, const char *meaning);
void pdf_plot_end(struct page *page);
void pdf_lane(struct page *page, double height, bool keep);
void pdf_group(struct page *page, enum tone tone, const char *meaning);
void pdf_group_end(struct page *page);
void pdf_grid(struct page *page, const double x[], size_t n, size_t baseline,
    double height);
void pdf_band(struct page *page, double x0, double x1, double y, double height);
void pdf_line(struct page *page, enum line_style style, double x0, double y0,
    double x1, double y1);
void pdf_mark(struct page *page, enum mark_shape shape, double x, double y);
void pdf_dots(struct page *page, const struct dot dots[], size_t n, double y,
    double height);
void pdf_text(struct page *page, enum text_style style, double x, double y,
    const char *text);
void pdf_words(
    struct page *page, double y, const char *values, const char *verdict);

#endif
