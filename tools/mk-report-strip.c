/*
 * Strips of samples: the round values of each metric as dots from left to
 * right, and from the first round at the top to the last one at the bottom, so
 * that a drift is a slope. Base and head are one below the other.
 */
#include "mk-report-page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

enum {
	HEAD_HEIGHT = 26,
	TEXT_HEIGHT = 20,
	TEXT_Y = 14,
	STRIP_HEIGHT = 24,
	TICKS_HEIGHT = 20,
	MOST_STRIPS = 6, /* of a metric */
	MOST_DOTS = 200, /* of a strip */
	LABEL_COLUMNS = 60,
	CASE_COLUMNS = 140,
	MARGIN = 12,
};

/* What a metric's strips show. */
struct strips {
	const struct summary *of[MOST_STRIPS];
	size_t n;
	const struct row *row; /* or NULL */
	double lo, hi;	       /* the ends of the axis */
};

static bool
has_samples(const struct summary *s)
{
	return s->values.n >= 2;
}

/* Whether some row is about a variant; the base has none. */
static bool
is_judged(const struct model *model, const char *variant)
{
	return index_find(&model->judged_variants, variant) != INDEX_NONE;
}

static bool
belongs(
    const struct model *model, const struct row *row, const struct summary *s)
{
	if (!row->v.variant || !s->variant)
		return !row->v.variant && !s->variant;
	return strcmp(row->v.variant, s->variant) == 0 ||
	       !is_judged(model, s->variant);
}

static void
widen(struct strips *strips, double x)
{
	strips->lo = fmin(strips->lo, x);
	strips->hi = fmax(strips->hi, x);
}

static void
add_strip(struct strips *strips, const struct summary *s)
{
	if (!has_samples(s) || strips->n == MOST_STRIPS)
		return;
	strips->of[strips->n++] = s;
	for (size_t i = 0; i < s->values.n; i++)
		widen(strips, s->values.x[i]);
}

/* Where a change toward worse begins to matter. */
static double
threshold_value(const struct verdict *v)
{
	bool higher = v->better && strcmp(v->better, "higher") == 0;

	return higher ? v->baseline / (1 + v->threshold)
		      : v->baseline * (1 + v->threshold);
}

static void
finish_axis(struct strips *strips)
{
	double width = strips->hi - strips->lo, baseline, threshold;

	if (strips->row) {
		baseline = strips->row->v.baseline;
		threshold = threshold_value(&strips->row->v);
		/* Unless the samples would be a dot then. */
		if (fabs(baseline - strips->lo) < 20 * width)
			widen(strips, baseline);
		if (fabs(threshold - strips->lo) < 20 * width)
			widen(strips, threshold);
	}
	if (!(strips->hi > strips->lo)) {
		strips->lo -= fabs(strips->lo) / 100 + 1e-9;
		strips->hi += fabs(strips->hi) / 100 + 1e-9;
	}
}

static struct strips
strips_of_row(const struct page *page, const struct row *row)
{
	struct strips strips = {.row = row, .lo = INFINITY, .hi = -INFINITY};
	const struct model *model = page->model;
	size_t i = INDEX_NONE;

	while (row->v.metric && (i = next_summary(model, row->v.name,
				     row->v.metric, i)) != INDEX_NONE)
		if (belongs(model, row, &model->measured[i]))
			add_strip(&strips, &model->measured[i]);
	if (strips.n)
		finish_axis(&strips);
	return strips;
}

/* All of a metric at its first summary, none at the others. */
static struct strips
strips_of_measured(const struct page *page, size_t number)
{
	struct strips strips = {.lo = INFINITY, .hi = -INFINITY};
	const struct model *model = page->model;
	const struct summary *s = &model->measured[number];
	size_t i = next_summary(model, s->name, s->metric, INDEX_NONE);

	for (; i != INDEX_NONE && i <= number;
	     i = next_summary(model, s->name, s->metric, i))
		if (i < number)
			return strips;
	for (i = number; i != INDEX_NONE;
	     i = next_summary(model, s->name, s->metric, i))
		add_strip(&strips, &model->measured[i]);
	if (strips.n)
		finish_axis(&strips);
	return strips;
}

static double
x_of(const struct strips *strips, double value)
{
	double share = (value - strips->lo) / (strips->hi - strips->lo);

	share = share > 1 ? 1 : share > 0 ? share : 0; /* never NAN */
	return MARGIN + share * (PLOT_WIDTH - 2 * MARGIN);
}

static double
height_of(const struct strips *strips)
{
	return TEXT_HEIGHT + (double)strips->n * STRIP_HEIGHT + TICKS_HEIGHT;
}

/* Not more than can be told apart, evenly taken. */
static void
put_dots(
    struct page *page, const struct strips *strips, size_t number, double y)
{
	const struct numbers *values = &strips->of[number]->values;
	size_t n = values->n > MOST_DOTS ? MOST_DOTS : values->n;
	struct dot dots[MOST_DOTS];

	for (size_t i = 0; i < n; i++) {
		size_t at = i * (values->n - 1) / (n - 1);

		dots[i] = (struct dot){x_of(strips, values->x[at]),
		    4 + (STRIP_HEIGHT - 8) * (double)i / (double)(n - 1)};
	}
	page->paper->dots(page, dots, n, y, STRIP_HEIGHT);
}

static void
put_reference(struct page *page, const struct strips *strips,
    enum line_style style, double value)
{
	double x;

	if (!(value >= strips->lo && value <= strips->hi))
		return;
	x = x_of(strips, value);
	page->paper->line(page, style, x, TEXT_HEIGHT, x,
	    TEXT_HEIGHT + (double)strips->n * STRIP_HEIGHT);
}

static void
put_ticks(struct page *page, const struct strips *strips)
{
	const char *unit = strips->of[0]->unit;
	char *shown = show_text(unit, 12);
	double y = TEXT_HEIGHT + (double)strips->n * STRIP_HEIGHT + 13;
	char text[64];

	metric_format(text, sizeof text, strips->lo, shown);
	page->paper->text(page, TEXT_TICK, 0, y, text);
	metric_format(text, sizeof text, strips->hi, shown);
	page->paper->text(page, TEXT_TICK, PLOT_WIDTH, y, text);
	free(shown);
}

/* "base: 1.234 ms, n = 30; head: 1.334 ms, n = 30" */
static char *
tell_strips(const struct page *page, const struct strips *strips)
{
	char *list = mem_copy("");

	for (size_t i = 0; i < strips->n; i++) {
		const struct summary *s = strips->of[i];
		char *variant = show_text(s->variant, 30), *longer;
		struct measured_cells c;

		show_measured(page->model, s, &c);
		longer =
		    mem_format("%s%s%s%s%s, n = %zu", list, i ? ";\u2003" : "",
			variant, *variant ? ": " : "", c.value, s->values.n);
		free(variant);
		free(list);
		list = longer;
	}
	return list;
}

static void
put_strips(struct page *page, const struct strips *strips, const char *name,
    const char *metric)
{
	const struct paper *paper = page->paper;
	char *label = show_text(metric, LABEL_COLUMNS);
	char *words = tell_strips(page, strips);
	char *meaning = mem_format("%s %s: %s", name, metric, words);
	enum tone tone =
	    strips->row ? row_looks[strips->row->rank].tone : TONE_NONE;

	paper->lane(page, height_of(strips), false);
	for (size_t i = 0; i < strips->n; i++)
		paper->band(page, 0, PLOT_WIDTH,
		    TEXT_HEIGHT + (double)i * STRIP_HEIGHT + 1,
		    STRIP_HEIGHT - 2);
	if (strips->row) {
		put_reference(page, strips, LINE_BASE, strips->row->v.baseline);
		put_reference(page, strips, LINE_THRESHOLD,
		    threshold_value(&strips->row->v));
	}
	paper->group(page, TONE_NONE, meaning);
	paper->text(page, TEXT_LABEL, 0, TEXT_Y, label);
	paper->words(page, TEXT_Y, words, "");
	put_ticks(page, strips);
	paper->group_end(page);
	for (size_t i = 0; i < strips->n; i++) {
		bool is_current = i + 1 == strips->n;
		double y = TEXT_HEIGHT + (double)i * STRIP_HEIGHT;
		double x = x_of(strips, strips->of[i]->value);

		paper->group(page, is_current ? tone : TONE_NONE, NULL);
		put_dots(page, strips, i, y);
		if (isfinite(x))
			paper->line(page, LINE_MIDDLE, x, y + 2, x,
			    y + STRIP_HEIGHT - 2);
		paper->group_end(page);
	}
	free(meaning);
	free(words);
	free(label);
}

static void
put_head(struct page *page, const char *rest)
{
	char *shown = show_text(rest, CASE_COLUMNS);

	page->paper->lane(page, HEAD_HEIGHT, true);
	page->paper->text(page, TEXT_HEAD, 0, 18, shown);
	free(shown);
}

/* Draws, or only says how high that is. */
static double
go_through_rows(
    struct page *page, const struct row *const rows[], size_t n, bool draw)
{
	size_t last = INDEX_NONE;
	double height = 0;

	for (size_t i = 0; i < n; i++) {
		struct strips strips = strips_of_row(page, rows[i]);
		const char *rest = case_rest(page->model, rows[i]->case_number);
		bool has_head = rows[i]->case_number != last && *rest == '/';
		struct cells c;

		if (!strips.n)
			continue;
		last = rows[i]->case_number;
		height += height_of(&strips) + (has_head ? HEAD_HEIGHT : 0);
		if (draw && has_head)
			put_head(page, rest + 1);
		if (!draw)
			continue;
		show_cells(page->model, rows[i], &c);
		put_strips(page, &strips, rows[i]->v.name, c.metric);
	}
	return height;
}

static const char strips_meaning[] =
    "Samples: the values of the rounds, the first one at the top of each strip";

size_t
samples_of_rows(
    const struct page *page, const struct row *const rows[], size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += strips_of_row(page, rows[i]).n > 0;
	return found;
}

void
put_samples(struct page *page, const struct row *const rows[], size_t n)
{
	page->paper->plot(
	    page, go_through_rows(page, rows, n, false), strips_meaning);
	go_through_rows(page, rows, n, true);
	page->paper->plot_end(page);
}

static double
go_through_measured(struct page *page, size_t n, bool draw)
{
	const struct model *model = page->model;
	const char *last = NULL;
	double height = 0;

	for (size_t i = 0; i < n; i++) {
		const struct summary *s = &model->measured[i];
		struct strips strips = strips_of_measured(page, i);
		bool has_head = !last || strcmp(last, s->name) != 0;

		if (!strips.n)
			continue;
		last = s->name;
		height += height_of(&strips) + (has_head ? HEAD_HEIGHT : 0);
		if (draw && has_head)
			put_head(page, s->name);
		if (draw)
			put_strips(page, &strips, s->name, s->metric);
	}
	return height;
}

size_t
samples_of_measured(const struct page *page, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += strips_of_measured(page, i).n > 0;
	return found;
}

void
put_measured_samples(struct page *page, size_t n)
{
	page->paper->plot(
	    page, go_through_measured(page, n, false), strips_meaning);
	go_through_measured(page, n, true);
	page->paper->plot_end(page);
}
