/* The plots of the HTML report, as SVG. */
#include "mk-report-html.h"

#include <string.h>

/*
 * A plot is as wide as the page: what is across it is in percent, what is down
 * it in pixels, so that text keeps its size on a narrow screen.
 */
void
html_plot(struct page *page, double height, const char *meaning)
{
	struct sheet *sheet = page->sheet;

	sheet->top = sheet->next = 0;
	sheet->grid = -1;
	fprintf(sheet->out,
	    "<svg class=\"plot\" height=\"%.0f\" role=\"img\" "
	    "aria-label=\"%s\">\n",
	    height, meaning);
}

void
html_plot_end(struct page *page)
{
	fputs("</svg>\n", ((struct sheet *)page->sheet)->out);
}

void
html_lane(struct page *page, double height, bool keep)
{
	struct sheet *sheet = page->sheet;

	(void)keep;
	sheet->top = sheet->next;
	sheet->next += height;
}

void
html_group(struct page *page, enum tone tone, const char *meaning)
{
	fprintf(((struct sheet *)page->sheet)->out, "<g class=\"%s\">",
	    html_tones[tone]);
	if (meaning) {
		fputs("<title>", ((struct sheet *)page->sheet)->out);
		markup_text(
		    ((struct sheet *)page->sheet)->out, meaning, NAME_COLUMNS);
		fputs("</title>", ((struct sheet *)page->sheet)->out);
	}
	fputc('\n', ((struct sheet *)page->sheet)->out);
}

void
html_group_end(struct page *page)
{
	fputs("</g>\n", ((struct sheet *)page->sheet)->out);
}

static double
percent(double x)
{
	return 100 * x / PLOT_WIDTH;
}

void
html_band(struct page *page, double x0, double x1, double y, double height)
{
	struct sheet *sheet = page->sheet;

	fprintf(sheet->out,
	    "<rect class=\"band\" x=\"%.2f%%\" y=\"%.0f\" width=\"%.2f%%\" "
	    "height=\"%.0f\"/>\n",
	    percent(x0), sheet->top + y, percent(x1 - x0), height);
}

void
html_line(struct page *page, enum line_style style, double x0, double y0,
    double x1, double y1)
{
	static const char *const names[] = {
	    [LINE_GRID] = "grid",
	    [LINE_BASE] = "base",
	    [LINE_THRESHOLD] = "threshold",
	    [LINE_INTERVAL] = "interval",
	    [LINE_UNSURE] = "unsure",
	    [LINE_MIDDLE] = "middle",
	};
	struct sheet *sheet = page->sheet;

	fprintf(sheet->out,
	    "<line class=\"%s\" x1=\"%.2f%%\" y1=\"%.0f\" x2=\"%.2f%%\" "
	    "y2=\"%.0f\"/>\n",
	    names[style], percent(x0), sheet->top + y0, percent(x1),
	    sheet->top + y1);
}

/* The lanes of a plot have the same lines, which are drawn once. */
void
html_grid(struct page *page, const double x[], size_t n, size_t baseline,
    double height)
{
	struct sheet *sheet = page->sheet;

	if (sheet->grid >= 0) {
		fprintf(sheet->out, "<use href=\"#x%zu\" y=\"%.0f\"/>\n",
		    sheet->n_grids, sheet->top - sheet->grid);
		return;
	}
	sheet->grid = sheet->top;
	fprintf(sheet->out, "<g id=\"x%zu\">\n", ++sheet->n_grids);
	for (size_t i = 0; i < n; i++)
		html_line(page, i == baseline ? LINE_BASE : LINE_GRID, x[i], 0,
		    x[i], height);
	fputs("</g>\n", sheet->out);
}

static const char *const shape_names[] = {
    [MARK_DIAMOND] = "diamond",
    [MARK_OPEN_DIAMOND] = "open",
    [MARK_DISC] = "disc",
    [MARK_RING] = "ring",
    [MARK_LEFT] = "left",
    [MARK_RIGHT] = "right",
};

/* Drawn once, as pixels, so that they keep their shape in a wide plot. */
void
html_shapes(struct page *page)
{
	static const char *const shapes[] = {
	    [MARK_DIAMOND] = "<path d=\"M0-6 6 0 0 6-6 0z\"/>",
	    [MARK_OPEN_DIAMOND] = "<path d=\"M0-5 5 0 0 5-5 0z\"/>",
	    [MARK_DISC] = "<circle r=\"5\"/>",
	    [MARK_RING] = "<circle r=\"4\"/>",
	    [MARK_LEFT] = "<path d=\"M-6 0 4-6v12z\"/>",
	    [MARK_RIGHT] = "<path d=\"M6 0-4-6v12z\"/>",
	};
	struct sheet *sheet = page->sheet;

	fputs("<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>",
	    sheet->out);
	for (int i = 0; i < MARK_SHAPES; i++)
		fprintf(sheet->out, "<g id=\"%s\">%s</g>", shape_names[i],
		    shapes[i]);
	fputs("</defs></svg>\n", sheet->out);
}

void
html_mark(struct page *page, enum mark_shape shape, double x, double y)
{
	struct sheet *sheet = page->sheet;
	bool open = shape == MARK_OPEN_DIAMOND || shape == MARK_RING;

	fprintf(sheet->out,
	    "<use class=\"%s\" href=\"#%s\" x=\"%.2f%%\" y=\"%.0f\"/>\n",
	    open ? "ring" : "mark", shape_names[shape], percent(x),
	    sheet->top + y);
}

/* One path, which is stretched with the plot; its strokes are not. */
void
html_dots(struct page *page, const struct dot dots[], size_t n, double y,
    double height)
{
	struct sheet *sheet = page->sheet;

	fprintf(sheet->out,
	    "<symbol id=\"s%zu\" viewBox=\"0 0 %d %.0f\" "
	    "preserveAspectRatio=\"none\"><path class=\"dots\" "
	    "vector-effect=\"non-scaling-stroke\" d=\"",
	    ++sheet->n_strips, PLOT_WIDTH, height);
	for (size_t i = 0; i < n; i++)
		fprintf(sheet->out, "M%.0f %.1fh0", dots[i].x, dots[i].y);
	fprintf(sheet->out,
	    "\"/></symbol><use href=\"#s%zu\" y=\"%.0f\" width=\"100%%\" "
	    "height=\"%.0f\"/>\n",
	    sheet->n_strips, sheet->top + y, height);
}

void
html_text(struct page *page, enum text_style style, double x, double y,
    const char *text)
{
	static const char *const names[] = {
	    [TEXT_HEAD] = "head",
	    [TEXT_LABEL] = "label",
	    [TEXT_TICK] = "tick",
	};
	struct sheet *sheet = page->sheet;
	const char *place = style != TEXT_TICK	    ? ""
			    : x < 0.05 * PLOT_WIDTH ? " first"
			    : x > 0.95 * PLOT_WIDTH ? " last"
						    : "";

	fprintf(sheet->out, "<text class=\"%s%s\" x=\"%.2f%%\" y=\"%.0f\">",
	    names[style], place, percent(x), sheet->top + y);
	markup_text(sheet->out, text, NAME_COLUMNS);
	fputs("</text>\n", sheet->out);
}

void
html_words(struct page *page, double y, const char *values, const char *verdict)
{
	struct sheet *sheet = page->sheet;

	fprintf(sheet->out,
	    "<text class=\"words\" x=\"100%%\" y=\"%.0f\"><tspan "
	    "class=\"values\">",
	    sheet->top + y);
	markup_text(sheet->out, values, NAME_COLUMNS);
	fputs("</tspan>", sheet->out);
	if (*verdict) {
		fputs("\u2003<tspan class=\"verdict\">", sheet->out);
		markup_text(sheet->out, verdict, 30);
		fputs("</tspan>", sheet->out);
	}
	fputs("</text>\n", sheet->out);
}
