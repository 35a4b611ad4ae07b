/*
 * An interval plot as SVG: a line per metric of a case, its change with its
 * interval, the line of no change, and a band as wide as the threshold. What
 * colour says, shape and words say as well. Colours are the page's.
 */
#include "mk-report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* User units; the text is 13 of them high. */
enum {
	WIDTH = 1000,
	LABEL_END = 330,
	PLOT_START = 350,
	PLOT_END = 740,
	WORDS_START = 760,
	ROW_HEIGHT = 26,
	AXIS_HEIGHT = 26,
	LABEL_COLUMNS = 46,
	CASE_COLUMNS = 140,
};

/* A change of more than this is drawn at the edge, as an arrow. */
#define MAX_REACH 1.0

struct plot {
	FILE *out;
	const struct model *model;
	double reach; /* the fraction at both ends of the axis */
	double y;     /* the middle of the row */
};

static bool
has_change(const struct row *row)
{
	return isfinite(row->v.change);
}

static double
x_of(const struct plot *plot, double change)
{
	double share = change / plot->reach;

	share = share > 1 ? 1 : share < -1 ? -1 : share;
	return (PLOT_START + PLOT_END) / 2.0 +
	       share * (PLOT_END - PLOT_START) / 2.0;
}

/*
 * How far the axis must go for all rows that gate to be seen, or all where none
 * does.
 */
static double
find_reach(const struct row *const rows[], size_t n, bool gating)
{
	double reach = 0;

	for (size_t i = 0; i < n; i++) {
		const struct verdict *v = &rows[i]->v;

		if (!has_change(rows[i]) || (gating && !rows[i]->gates))
			continue;
		/* fmax passes over what is absent */
		reach = fmax(reach, 1.3 * v->threshold);
		reach = fmax(reach, 1.05 * fabs(v->change));
		for (size_t j = 0; j < v->ci.n; j++)
			reach = fmax(reach, 1.05 * fabs(v->ci.x[j]));
	}
	if (reach == 0)
		return gating ? find_reach(rows, n, false) : 0.01;
	return reach > MAX_REACH ? MAX_REACH : reach;
}

/* 1, 2 or 5 times a power of ten: two to four steps to each side. */
static double
find_step(double reach)
{
	double power = pow(10, floor(log10(reach / 2)));
	double steps = reach / 2 / power;

	return power * (steps >= 5 ? 5 : steps >= 2 ? 2 : 1);
}

static void
put_axis(const struct plot *plot, double height)
{
	double step = find_step(plot->reach);
	int most = (int)floor(plot->reach / step + 1e-9);

	for (int i = -most; i <= most; i++) {
		double x = x_of(plot, i * step);
		char label[32] = "0";

		if (i)
			snprintf(label, sizeof label, "%+.*f%%",
			    step < 0.001  ? 2
			    : step < 0.01 ? 1
					  : 0,
			    100 * i * step);
		fprintf(plot->out,
		    "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" "
		    "y2=\"%.0f\"/>\n",
		    i ? "grid" : "zero", x, x, height);
		fprintf(plot->out,
		    "<text class=\"tick\" x=\"%.1f\" y=\"%.0f\">%s</text>\n", x,
		    height + 18, label);
	}
}

static void
put_band(const struct plot *plot, double threshold)
{
	double lo = x_of(plot, -threshold), hi = x_of(plot, threshold);

	if (threshold > 0)
		fprintf(plot->out,
		    "<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%d\"/>\n",
		    lo, plot->y - ROW_HEIGHT / 2.0, hi - lo, ROW_HEIGHT);
}

/* A diamond for worse, a disc for better, a ring for neither. */
static void
put_mark(const struct plot *plot, const struct row *row)
{
	double x = x_of(plot, row->v.change), y = plot->y;
	double way = row->v.change < 0 ? -1 : 1;

	if (fabs(row->v.change) > plot->reach)
		fprintf(plot->out,
		    "<path class=\"mark\" d=\"M%.1f %.1fl%.1f 6v-12z\"/>\n",
		    x + 6 * way, y, -10 * way);
	else if (row_looks[row->rank].tone >= TONE_WARN)
		fprintf(plot->out,
		    "<path class=\"mark\" d=\"M%.1f %.1fl6 6 -6 6 -6 -6z\"/>\n",
		    x, y - 6);
	else if (row->rank == ROW_SMALL)
		fprintf(plot->out,
		    "<path class=\"ring\" d=\"M%.1f %.1fl5 5 -5 5 -5 -5z\"/>\n",
		    x, y - 5);
	else
		fprintf(plot->out,
		    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
		    row->rank == ROW_IMPROVEMENT ? "mark" : "ring", x, y,
		    row->rank == ROW_IMPROVEMENT ? "5" : "4");
}

static void
put_interval(const struct plot *plot, const struct verdict *v)
{
	if (!v->ci.n)
		return;
	fprintf(plot->out, "<path class=\"ci\" d=\"M%.1f %.1fH%.1f\"/>\n",
	    x_of(plot, v->ci.x[0]), plot->y, x_of(plot, v->ci.x[1]));
	/* An end that is drawn where it is has a cap. */
	for (size_t i = 0; i < v->ci.n; i++)
		if (fabs(v->ci.x[i]) <= plot->reach)
			fprintf(plot->out,
			    "<path class=\"cap\" d=\"M%.1f %.1fv8\"/>\n",
			    x_of(plot, v->ci.x[i]), plot->y - 4);
}

static void
put_text(const struct plot *plot, const char *style, int x, const char *text,
    size_t columns)
{
	fprintf(plot->out, "<text class=\"%s\" x=\"%d\" y=\"%.1f\">", style, x,
	    plot->y + 4);
	markup_text(plot->out, text, columns);
	fputs("</text>\n", plot->out);
}

static void
put_row(const struct plot *plot, const struct row *row)
{
	struct cells c;
	char *label;

	show_cells(plot->model, row, &c);
	label = mem_format("%s%s", c.metric, row->gates ? "" : FREE_MARK);
	fprintf(plot->out, "<g class=\"%s%s\"><title>",
	    html_tones[row_looks[row->rank].tone],
	    row->rank == ROW_UNJUDGED ? " unsure" : "");
	markup_text(plot->out, row->v.name, 120);
	fputs(" ", plot->out);
	markup_text(plot->out, c.metric, 60);
	fprintf(plot->out, ": %s%s%s%s, ", c.change, *c.interval ? " (" : "",
	    c.interval, *c.interval ? ")" : "");
	markup_text(plot->out, row->v.verdict, 20);
	fputs("</title>\n", plot->out);
	put_text(plot, "label", LABEL_END, label, LABEL_COLUMNS);
	free(label);
	put_interval(plot, &row->v);
	put_mark(plot, row);
	fprintf(plot->out, "<text class=\"words\" x=\"%d\" y=\"%.1f\">%s ",
	    WORDS_START, plot->y + 4, c.change);
	fprintf(plot->out, "<tspan class=\"verdict\">");
	markup_text(plot->out, row->v.verdict, 20);
	fputs("</tspan></text></g>\n", plot->out);
}

/* What is done to the lines of a plot, one thing after the other. */
enum step {
	COUNT,
	DRAW_BANDS,
	DRAW_ROWS
};

/* A line for each row, and one before each case that has a name of its own. */
static size_t
go_through(
    struct plot *plot, const struct row *const rows[], size_t n, enum step step)
{
	size_t lines = 0, last = INDEX_NONE;

	for (size_t i = 0; i < n; i++) {
		size_t number = rows[i]->case_number;
		const char *rest = case_rest(plot->model, number);

		if (!has_change(rows[i]))
			continue;
		if (number != last && *rest == '/') {
			plot->y = ((double)lines++ + 0.5) * ROW_HEIGHT;
			if (step == DRAW_ROWS)
				put_text(
				    plot, "head", 0, rest + 1, CASE_COLUMNS);
		}
		plot->y = ((double)lines++ + 0.5) * ROW_HEIGHT;
		if (step == DRAW_BANDS)
			put_band(plot, rows[i]->v.threshold);
		else if (step == DRAW_ROWS)
			put_row(plot, rows[i]);
		last = number;
	}
	return lines;
}

bool
write_plot(FILE *out, const struct model *model, const struct row *const rows[],
    size_t n)
{
	struct plot plot = {out, model, find_reach(rows, n, true), 0};
	size_t lines = go_through(&plot, rows, n, COUNT);
	double height = (double)lines * ROW_HEIGHT;

	if (!lines)
		return false;
	fprintf(out,
	    "<div class=\"wide\"><svg viewBox=\"0 0 %d %.0f\" role=\"img\" "
	    "aria-label=\"Changes with their intervals; the table below has "
	    "the same numbers\">\n",
	    WIDTH, height + AXIS_HEIGHT);
	go_through(&plot, rows, n, DRAW_BANDS);
	put_axis(&plot, height);
	go_through(&plot, rows, n, DRAW_ROWS);
	fputs("</svg></div>\n", out);
	return true;
}
