/*
 * An interval plot: a lane per metric of a case, its change with its interval,
 * the line of the baseline, and a band as wide as the threshold. What colour
 * says, shape and words say as well.
 */
#include "mk-report-page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD_HEIGHT = 26,
	ROW_HEIGHT = 38,
	TEXT_Y = 14, /* of the words of a row */
	MARK_Y = 26, /* of its interval */
	AXIS_HEIGHT = 22,
	LABEL_COLUMNS = 60,
	CASE_COLUMNS = 140,
	MARGIN = 12,	/* for marks at both ends */
	MOST_STEPS = 5, /* of the axis, to each side */
};

/* A change of more than this is drawn at the edge, as an arrow. */
#define MAX_REACH 1.0

struct plot {
	struct page *page;
	double reach; /* the fraction at both ends of the axis */
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
	return PLOT_WIDTH / 2.0 + share * (PLOT_WIDTH / 2.0 - MARGIN);
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

/* How many steps of the axis there are to each side. */
static int
count_steps(const struct plot *plot, double step)
{
	return (int)floor(plot->reach / step + 1e-9);
}

static void
put_grid(const struct plot *plot)
{
	double step = find_step(plot->reach), x[2 * MOST_STEPS + 1];
	int most = count_steps(plot, step);
	size_t n = 0;

	for (int i = -most; i <= most && n < N_OF(x); i++)
		x[n++] = x_of(plot, i * step);
	plot->page->paper->grid(plot->page, x, n, (size_t)most, ROW_HEIGHT);
}

/* What the lines of the grid mean; of many, every other one. */
static void
put_axis(const struct plot *plot)
{
	const struct paper *paper = plot->page->paper;
	double step = find_step(plot->reach);
	int most = count_steps(plot, step);

	for (int i = -most; i <= most; i++) {
		double x = x_of(plot, i * step);
		char label[32] = "baseline";

		if (i)
			snprintf(label, sizeof label, "%+.*f%%",
			    step < 0.001  ? 2
			    : step < 0.01 ? 1
					  : 0,
			    100 * i * step);
		paper->line(plot->page, i ? LINE_GRID : LINE_BASE, x, 0, x, 4);
		if (most < 3 || i % 2 == 0)
			paper->text(plot->page, TEXT_TICK, x, 17, label);
	}
}

/* What matters: the band of the threshold, and its edges. */
static void
put_threshold(const struct plot *plot, double threshold)
{
	const struct paper *paper = plot->page->paper;
	double lo = x_of(plot, -threshold), hi = x_of(plot, threshold);

	if (!(threshold > 0))
		return;
	paper->band(plot->page, lo, hi, MARK_Y - 9, 18);
	for (int i = 0; i < 2 && threshold <= plot->reach; i++)
		paper->line(plot->page, LINE_THRESHOLD, i ? hi : lo, MARK_Y - 9,
		    i ? hi : lo, MARK_Y + 9);
}

/* A diamond for worse, a disc for better, a ring for neither. */
static enum mark_shape
shape_of(const struct plot *plot, const struct row *row)
{
	if (fabs(row->v.change) > plot->reach)
		return row->v.change < 0 ? MARK_LEFT : MARK_RIGHT;
	if (row_looks[row->rank].tone >= TONE_WARN)
		return MARK_DIAMOND;
	if (row->rank == ROW_SMALL)
		return MARK_OPEN_DIAMOND;
	return row->rank == ROW_IMPROVEMENT ? MARK_DISC : MARK_RING;
}

static void
put_interval(const struct plot *plot, const struct row *row)
{
	const struct paper *paper = plot->page->paper;
	const struct verdict *v = &row->v;
	enum line_style style =
	    row->rank == ROW_UNJUDGED ? LINE_UNSURE : LINE_INTERVAL;

	if (!v->ci.n)
		return;
	paper->line(plot->page, style, x_of(plot, v->ci.x[0]), MARK_Y,
	    x_of(plot, v->ci.x[1]), MARK_Y);
	/* An end that is drawn where it is has a cap. */
	for (size_t i = 0; i < v->ci.n; i++) {
		double x = x_of(plot, v->ci.x[i]);

		if (fabs(v->ci.x[i]) <= plot->reach)
			paper->line(plot->page, LINE_INTERVAL, x, MARK_Y - 4, x,
			    MARK_Y + 4);
	}
}

/* "1.234 ms to 1.334 ms  +8.1%" */
static char *
tell_values(const struct cells *c)
{
	bool both = *c->baseline && *c->current;

	return mem_format("%s%s%s%s%s", c->baseline, both ? " → " : "",
	    c->current, both || *c->current ? "\u2003" : "", c->change);
}

static void
put_row(const struct plot *plot, const struct row *row)
{
	const struct paper *paper = plot->page->paper;
	struct cells c;
	char *label, *values, *shown, *meaning;

	show_cells(plot->page->model, row, &c);
	label = mem_format("%s%s", c.metric, row->gates ? "" : FREE_MARK);
	shown = show_text(label, LABEL_COLUMNS);
	values = tell_values(&c);
	meaning = mem_format("%s %s: %s%s%s%s, %s", row->v.name, c.metric,
	    c.change, *c.interval ? " (" : "", c.interval,
	    *c.interval ? ")" : "", row->v.verdict);
	put_grid(plot);
	put_threshold(plot, row->v.threshold);
	paper->group(plot->page, row_looks[row->rank].tone, meaning);
	paper->text(plot->page, TEXT_LABEL, 0, TEXT_Y, shown);
	paper->words(plot->page, TEXT_Y, values, row->v.verdict);
	put_interval(plot, row);
	paper->mark(
	    plot->page, shape_of(plot, row), x_of(plot, row->v.change), MARK_Y);
	paper->group_end(plot->page);
	free(meaning);
	free(values);
	free(shown);
	free(label);
}

/*
 * A lane for each row, and one before each case that has a name of its own;
 * returns how high they are, and draws them where there is something to draw
 * on.
 */
static double
put_lanes(const struct plot *plot, const struct row *const rows[], size_t n,
    bool draw)
{
	const struct paper *paper = plot->page->paper;
	double height = 0;
	size_t last = INDEX_NONE;

	for (size_t i = 0; i < n; i++) {
		size_t number = rows[i]->case_number;
		const char *rest = case_rest(plot->page->model, number);
		bool has_head = number != last && *rest == '/';

		if (!has_change(rows[i]))
			continue;
		last = number;
		height += has_head ? HEAD_HEIGHT + ROW_HEIGHT : ROW_HEIGHT;
		if (draw && has_head) {
			char *shown = show_text(rest + 1, CASE_COLUMNS);

			paper->lane(plot->page, HEAD_HEIGHT, true);
			paper->text(plot->page, TEXT_HEAD, 0, 18, shown);
			free(shown);
		}
		if (draw) {
			paper->lane(plot->page, ROW_HEIGHT, false);
			put_row(plot, rows[i]);
		}
	}
	return height;
}

bool
put_intervals(struct page *page, const struct row *const rows[], size_t n)
{
	struct plot plot = {page, find_reach(rows, n, true)};
	double height = put_lanes(&plot, rows, n, false);

	if (height == 0)
		return false;
	page->paper->plot(page, height + AXIS_HEIGHT,
	    "Changes with their intervals; the table below has the same "
	    "numbers");
	put_lanes(&plot, rows, n, true);
	page->paper->lane(page, AXIS_HEIGHT, false);
	put_axis(&plot);
	page->paper->plot_end(page);
	return true;
}
