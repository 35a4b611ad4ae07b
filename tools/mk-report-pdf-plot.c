/* Plots on a sheet of PDF: as in HTML, a pixel is three quarters of a point. */
#include "mk-report-pdf.h"

#include <stdlib.h>

static const double pixel = 0.75;
static const double text_size = 8, tick_size = 6.5;

static double
x_at(double x)
{
	return SHEET_MARGIN + x / PLOT_WIDTH * SHEET_WIDTH;
}

static double
y_at(const struct page *page, double y)
{
	const struct pdf_sheet *sheet = page->sheet;

	return sheet->lane + y * pixel;
}

void
pdf_plot(struct page *page, double height, const char *meaning)
{
	struct pdf_sheet *sheet = page->sheet;

	(void)height;
	(void)meaning;
	sheet->y += 4;
	sheet->tone = TONE_NONE;
}

void
pdf_plot_end(struct page *page)
{
	struct pdf_sheet *sheet = page->sheet;

	sheet->y += 4;
}

void
pdf_lane(struct page *page, double height, bool keep)
{
	struct pdf_sheet *sheet = page->sheet;

	pdf_need(page, (height + (keep ? 60 : 0)) * pixel);
	sheet->lane = sheet->y;
	sheet->y += height * pixel;
}

void
pdf_group(struct page *page, enum tone tone, const char *meaning)
{
	struct pdf_sheet *sheet = page->sheet;

	(void)meaning;
	sheet->tone = tone;
}

void
pdf_group_end(struct page *page)
{
	struct pdf_sheet *sheet = page->sheet;

	sheet->tone = TONE_NONE;
}

static enum color
color_of(const struct page *page, enum color first)
{
	const struct pdf_sheet *sheet = page->sheet;

	return (enum color)((int)first + (int)sheet->tone);
}

void
pdf_band(struct page *page, double x0, double x1, double y, double height)
{
	struct pdf_sheet *sheet = page->sheet;

	canvas_rect(sheet->canvas, COLOR_BAND, x_at(x0), y_at(page, y),
	    x_at(x1) - x_at(x0), height * pixel);
}

void
pdf_line(struct page *page, enum line_style style, double x0, double y0,
    double x1, double y1)
{
	static const struct stroke strokes[LINE_STYLES] = {
	    [LINE_GRID] = {COLOR_LINE, 0.5, 0, 0},
	    [LINE_BASE] = {COLOR_MUTED, 0.7, 0, 0},
	    [LINE_THRESHOLD] = {COLOR_MUTED, 0.6, 1, 2},
	    [LINE_INTERVAL] = {COLOR_NONE, 1.2, 0, 0},
	    [LINE_UNSURE] = {COLOR_NONE, 1.2, 3, 2},
	    [LINE_MIDDLE] = {COLOR_NONE, 1.4, 0, 0},
	};
	struct pdf_sheet *sheet = page->sheet;
	struct stroke stroke = strokes[style];

	if (style >= LINE_INTERVAL)
		stroke.color = color_of(page, COLOR_NONE);
	canvas_line(sheet->canvas, &stroke, x_at(x0), y_at(page, y0), x_at(x1),
	    y_at(page, y1));
}

void
pdf_grid(struct page *page, const double x[], size_t n, size_t baseline,
    double height)
{
	for (size_t i = 0; i < n; i++)
		pdf_line(page, i == baseline ? LINE_BASE : LINE_GRID, x[i], 0,
		    x[i], height);
}

/* Points of a shape around a place, in pixels. */
static void
put_shape(struct page *page, bool open, double x, double y,
    const struct dot shape[], size_t n)
{
	struct pdf_sheet *sheet = page->sheet;
	struct stroke stroke = {color_of(page, COLOR_NONE), 1.2, 0, 0};
	struct dot points[4];

	for (size_t i = 0; i < n; i++)
		points[i] = (struct dot){
		    x_at(x) + shape[i].x * pixel, y_at(page, y + shape[i].y)};
	canvas_polygon(sheet->canvas, open ? COLOR_PAPER : stroke.color,
	    open ? &stroke : NULL, points, n);
}

void
pdf_mark(struct page *page, enum mark_shape shape, double x, double y)
{
	static const struct dot diamond[] = {{0, -6}, {6, 0}, {0, 6}, {-6, 0}};
	static const struct dot small[] = {{0, -5}, {5, 0}, {0, 5}, {-5, 0}};
	static const struct dot left[] = {{-6, 0}, {4, -6}, {4, 6}};
	static const struct dot right[] = {{6, 0}, {-4, -6}, {-4, 6}};
	struct pdf_sheet *sheet = page->sheet;
	struct stroke stroke = {color_of(page, COLOR_NONE), 1.2, 0, 0};

	switch (shape) {
	case MARK_DIAMOND:
		put_shape(page, false, x, y, diamond, N_OF(diamond));
		break;
	case MARK_OPEN_DIAMOND:
		put_shape(page, true, x, y, small, N_OF(small));
		break;
	case MARK_LEFT:
		put_shape(page, false, x, y, left, N_OF(left));
		break;
	case MARK_RIGHT:
		put_shape(page, false, x, y, right, N_OF(right));
		break;
	case MARK_DISC:
	case MARK_RING:
	case MARK_SHAPES:
		canvas_disc(sheet->canvas,
		    shape == MARK_DISC ? stroke.color : COLOR_PAPER,
		    shape == MARK_DISC ? NULL : &stroke, x_at(x), y_at(page, y),
		    (shape == MARK_DISC ? 5 : 4) * pixel);
		break;
	}
}

void
pdf_dots(struct page *page, const struct dot dots[], size_t n, double y,
    double height)
{
	struct pdf_sheet *sheet = page->sheet;
	struct dot *placed = mem_zero(n, sizeof *placed);

	(void)height;
	for (size_t i = 0; i < n; i++)
		placed[i] =
		    (struct dot){x_at(dots[i].x), y_at(page, y + dots[i].y)};
	canvas_dots(
	    sheet->canvas, color_of(page, COLOR_PALE_NONE), 3.4, placed, n);
	free(placed);
}

void
pdf_text(struct page *page, enum text_style style, double x, double y,
    const char *text)
{
	struct pdf_sheet *sheet = page->sheet;
	char *shown = show_text(text, NAME_COLUMNS);
	double at = x_at(x), width, end = SHEET_MARGIN + SHEET_WIDTH;

	if (style == TEXT_TICK) {
		width =
		    typeset_width(sheet->canvas, FACE_PLAIN, tick_size, shown);
		at -= width / 2;
		at = at < SHEET_MARGIN	? SHEET_MARGIN
		     : at + width > end ? end - width
					: at;
		typeset_put(sheet->canvas, FACE_PLAIN, tick_size, COLOR_MUTED,
		    at, y_at(page, y), false, shown);
	} else {
		typeset_put(sheet->canvas,
		    style == TEXT_HEAD ? FACE_BOLD : FACE_PLAIN, text_size,
		    COLOR_TEXT, at, y_at(page, y), false, shown);
	}
	free(shown);
}

void
pdf_words(struct page *page, double y, const char *values, const char *verdict)
{
	struct pdf_sheet *sheet = page->sheet;
	char *shown = show_text(values, NAME_COLUMNS);
	char *word = show_text(verdict, 30);
	double end = SHEET_MARGIN + SHEET_WIDTH;

	if (*word)
		end -= typeset_put(sheet->canvas,
			   sheet->tone == TONE_NONE ? FACE_PLAIN : FACE_BOLD,
			   text_size, color_of(page, COLOR_NONE), end,
			   y_at(page, y), true, word) +
		       text_size;
	typeset_put(sheet->canvas, FACE_PLAIN, text_size, COLOR_MUTED, end,
	    y_at(page, y), true, shown);
	free(word);
	free(shown);
}
