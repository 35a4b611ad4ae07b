/* The report for a terminal: 100 columns, what matters first. */
#include "mk-report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	COLUMNS = 100,
	METRIC_LEAST = 8, /* columns */
	NOTE_CUT = 13,
	NOTE_LEAST = 34,   /* what is said of a row has so many, if need be */
	MAX_FAILURES = 10, /* of trials, without --all */
	NAME_MAX = 300,
	SENTENCE_MAX = 400,
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

static const struct {
	size_t before; /* spaces */
	bool right;
} columns[N_COLUMNS] = {
    [METRIC] = {4, false},
    [BASELINE] = {2, true},
    [CURRENT] = {2, true},
    [CHANGE] = {2, true},
    [INTERVAL] = {2, false},
    [NOTE] = {2, false},
};

/* A row, a value or a failure of a case, as safe texts; NULL is nothing. */
struct line {
	size_t case_number;
	enum tone tone;
	char *cells[N_COLUMNS];
	char *detail; /* below it */
};

/* Select graphic rendition, ECMA-48 section 8.3.117. */
static void
paint(const struct page *page, enum tone tone, const char *text)
{
	static const char *const codes[] = {
	    [TONE_NONE] = "1",
	    [TONE_GOOD] = "1;32",
	    [TONE_WARN] = "1;33",
	    [TONE_BAD] = "1;31",
	};

	if (page->options->color)
		fprintf(page->out, "\033[%sm%s\033[0m", codes[tone], text);
	else
		fputs(text, page->out);
}

static void
pad(const struct page *page, size_t n)
{
	fprintf(page->out, "%*s", (int)n, "");
}

/* How many bytes of a safe text go into a line: up to a break, if it can. */
static size_t
line_length(const char *text, size_t width, bool is_name)
{
	size_t fit = show_fit(text, width);
	size_t at = fit;

	if (!text[fit])
		return fit;
	while (at && text[at] != ' ' && !(is_name && text[at - 1] == ','))
		at--;
	return at ? at : fit;
}

/* A safe text behind a label that is `indent` columns wide, in lines. */
static void
put_lines(const struct page *page, const char *label, const char *shown,
    size_t indent, bool is_name)
{
	shown += strspn(shown, " ");
	while (*shown) {
		size_t n = line_length(shown, COLUMNS - indent, is_name);

		fprintf(
		    page->out, "%-*s%.*s\n", (int)indent, label, (int)n, shown);
		shown += n;
		shown += strspn(shown, " ");
		label = "";
	}
}

static void
put_wrapped(
    const struct page *page, const char *label, const char *text, size_t indent)
{
	char *shown = show_sentence(
	    text, page->options->all ? SENTENCE_ALL : SENTENCE_MAX);

	put_lines(page, label, shown, indent, false);
	free(shown);
}

/* A name is never cut where it could tell one case from another. */
static void
put_name(const struct page *page, const char *name, size_t indent)
{
	char *shown = show_text(name, NAME_MAX);

	put_lines(page, "", shown, indent, true);
	free(shown);
}

/* The workload where it is another one, and the case. */
static void
put_case(const struct page *page, size_t number, const size_t *last)
{
	const struct model *model = page->model;
	size_t workload = model->places[number].workload;

	if (last && *last == number)
		return;
	if (model->workloads[workload].n_cases == 1) {
		put_name(page, model->cases.texts[number], 2);
		return;
	}
	if (!last || model->places[*last].workload != workload)
		put_name(page, model->workload_names.texts[workload], 2);
	put_name(page, case_rest(model, number), 3);
}

static size_t
width_of(const char *cell)
{
	return cell ? show_width(cell) : 0;
}

/* A note without a change before it begins where that would. */
static bool
is_early(const struct line *line)
{
	return !line->cells[CHANGE] && !line->cells[INTERVAL];
}

/* A value keeps closer to its baseline. */
static size_t
gap_before(int c, const size_t widths[])
{
	return columns[c].before - (c == CURRENT && widths[BASELINE]);
}

/* How wide the columns must be; the metric gets what is left. */
static void
measure(const struct line *lines, size_t n, size_t widths[])
{
	size_t rest = columns[METRIC].before, early = 0;

	memset(widths, 0, N_COLUMNS * sizeof *widths);
	for (size_t i = 0; i < n; i++)
		for (int c = 0; c < N_COLUMNS; c++) {
			size_t width = width_of(lines[i].cells[c]);
			bool is_note = c == NOTE && is_early(&lines[i]);
			size_t *most = is_note ? &early : &widths[c];

			*most = width > *most ? width : *most;
		}
	if (widths[NOTE] > NOTE_LEAST)
		widths[NOTE] = NOTE_LEAST;
	for (int c = CHANGE; c <= NOTE; c++)
		rest += widths[c] ? columns[c].before + widths[c] : 0;
	early = early < NOTE_LEAST ? early : NOTE_LEAST;
	early += columns[METRIC].before + columns[NOTE].before;
	rest = rest > early ? rest : early;
	for (int c = BASELINE; c <= CURRENT; c++)
		rest += widths[c] ? gap_before(c, widths) + widths[c] : 0;
	if (widths[METRIC] + rest > COLUMNS)
		widths[METRIC] = rest + METRIC_LEAST < COLUMNS ? COLUMNS - rest
							       : METRIC_LEAST;
}

/*
 *     wall_time  1.234 -> 1.334 ms  +8.1%  +6.0% to +10.2%  regressed
 *     latency             80.12 us  fail: must be <= 75 us
 */
static void
put_line(
    const struct page *page, const struct line *line, const size_t widths[])
{
	size_t at = 0;

	for (int c = 0; c < NOTE; c++) {
		const char *cell = line->cells[c] ? line->cells[c] : "";
		size_t width = show_width(cell);
		size_t blank = widths[c] > width ? widths[c] - width : 0;
		size_t before = gap_before(c, widths);

		if (!widths[c] || (c >= CHANGE && is_early(line)))
			continue;
		pad(page, before + (columns[c].right ? blank : 0));
		fputs(cell, page->out);
		if (width > widths[c]) { /* a long metric has its own line */
			fputc('\n', page->out);
			pad(page, before + widths[c]);
		}
		pad(page, columns[c].right ? 0 : blank);
		at += before + widths[c];
	}
	if (line->cells[NOTE]) {
		size_t room = at + columns[NOTE].before + NOTE_CUT < COLUMNS
				  ? COLUMNS - at - columns[NOTE].before
				  : NOTE_CUT;
		char *note = show_sentence(line->cells[NOTE], room);

		pad(page, columns[NOTE].before);
		paint(page, line->tone, note);
		free(note);
	}
	fputc('\n', page->out);
}

/* Writes lines under a heading and frees what they hold. */
static void
put_section(const struct page *page, enum tone tone, const char *title,
    size_t total, struct line *lines, size_t n)
{
	size_t widths[N_COLUMNS];

	if (!n)
		return;
	measure(lines, n, widths);
	fputc('\n', page->out);
	paint(page, tone, title);
	fprintf(page->out, " (%zu)\n", total);
	for (size_t i = 0; i < n; i++) {
		put_case(page, lines[i].case_number,
		    i ? &lines[i - 1].case_number : NULL);
		if (lines[i].cells[METRIC])
			put_line(page, &lines[i], widths);
		if (lines[i].detail)
			put_wrapped(page, "", lines[i].detail,
			    lines[i].cells[METRIC] ? 6 : 4);
	}
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < N_COLUMNS; c++)
			free(lines[i].cells[c]);
		free(lines[i].detail);
	}
}

static char *
copy_unless_empty(const char *text)
{
	return *text ? mem_copy(text) : NULL;
}

/* "1.234 ->" before "1.334 ms": the unit is said once. */
static char *
before_of(const struct cells *c)
{
	size_t number = strcspn(c->baseline, " ");
	size_t other = strcspn(c->current, " ");
	bool same = strcmp(c->baseline + number, c->current + other) == 0;

	if (!*c->baseline)
		return NULL;
	return mem_format("%.*s%s", same ? (int)number : 64, c->baseline,
	    *c->current ? " ->" : "");
}

/* What is said besides the numbers, in one line unless everything is asked. */
static char *
detail_of(const struct page *page, const struct row *row, const struct cells *c)
{
	char *meaning, *text, *shown;

	if (!page->options->all && row->rank > ROW_LAST_REMARKABLE)
		return NULL;
	meaning = show_meaning(row, c);
	text = mem_format(
	    "%s%s%s", c->stats, *c->stats && *meaning ? ": " : "", meaning);
	shown = show_sentence(
	    text, page->options->all ? SENTENCE_ALL : COLUMNS - 6);
	free(meaning);
	free(text);
	return shown;
}

static struct line
line_of_row(const struct page *page, const struct row *row)
{
	bool judged = row->rank != ROW_UNJUDGED;
	struct cells c;
	struct line line = {
	    row->case_number, row_looks[row->rank].tone, {0}, NULL};
	char *verdict;

	show_cells(page->model, row, &c);
	verdict = show_verdict(row, &c);
	line.cells[METRIC] =
	    mem_format("%s%s", c.metric, row->gates ? "" : FREE_MARK);
	line.cells[BASELINE] = before_of(&c);
	line.cells[CURRENT] = copy_unless_empty(c.current);
	line.cells[CHANGE] = copy_unless_empty(c.change);
	line.cells[INTERVAL] = copy_unless_empty(judged ? c.interval : "");
	line.cells[NOTE] = mem_format(
	    "%s%s%s", verdict, *c.limit ? ": must be " : "", c.limit);
	line.detail = detail_of(page, row, &c);
	free(verdict);
	return line;
}

/*
 * How many of the rows where nothing happened are shown: [true] of those that
 * gate, which come before all others, [false] of the others.
 */
static void
share_out(const struct page *page, size_t quota[2])
{
	const struct model *model = page->model;
	size_t most =
	    page->options->all ? model->n_rows : page->options->max_rows;
	size_t gating = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		gating += model->rows[i].gates &&
			  model->rows[i].rank > ROW_LAST_REMARKABLE;
	quota[true] = gating < most ? gating : most;
	quota[false] = most - quota[true];
}

static void
put_hidden(const struct page *page, const size_t hidden[])
{
	size_t n =
	    hidden[ROW_UNJUDGED] + hidden[ROW_NEW] + hidden[ROW_UNREMARKABLE];

	if (!n)
		return;
	fprintf(page->out, "\n%zu more row%s:", n, n == 1 ? "" : "s");
	if (hidden[ROW_UNJUDGED])
		fprintf(page->out, " %zu not judged,", hidden[ROW_UNJUDGED]);
	if (hidden[ROW_NEW])
		fprintf(page->out, " %zu new,", hidden[ROW_NEW]);
	if (hidden[ROW_UNREMARKABLE])
		fprintf(page->out, " %zu unchanged or passed,",
		    hidden[ROW_UNREMARKABLE]);
	fputs(" shown by --all\n", page->out);
}

static void
put_rows(const struct page *page)
{
	const struct model *model = page->model;
	struct line *lines = mem_zero(model->n_rows, sizeof *lines);
	size_t quota[2], hidden[ROW_CLASS_COUNT] = {0}, at = 0;
	bool any_free = false;

	share_out(page, quota);
	for (int rank = 0; rank < ROW_CLASS_COUNT; rank++) {
		size_t total = model->n_of_class[rank], n = 0;

		for (size_t i = 0; i < total; i++) {
			const struct row *row = &model->rows[at++];

			if (rank > ROW_LAST_REMARKABLE && !quota[row->gates]) {
				hidden[rank]++;
				continue;
			}
			quota[row->gates] -= rank > ROW_LAST_REMARKABLE;
			any_free = any_free || !row->gates;
			lines[n++] = line_of_row(page, row);
		}
		put_section(page, row_looks[rank].tone, row_looks[rank].title,
		    total, lines, n);
	}
	if (any_free)
		fputs("\n" FREE_LEGEND "\n", page->out);
	put_hidden(page, hidden);
	free(lines);
}

static struct line
line_of_measured(const struct page *page, const struct summary *s)
{
	struct measured_cells c;
	struct line line = {
	    .case_number = index_find(&page->model->cases, s->name)};

	show_measured(page->model, s, &c);
	line.cells[METRIC] = mem_copy(c.metric);
	line.cells[CURRENT] = mem_copy(c.value);
	line.cells[INTERVAL] = mem_copy(c.interval);
	line.cells[NOTE] = mem_format(
	    "%s%s%s%s", *c.n ? "n = " : "", c.n, *c.cv ? ", cv " : "", c.cv);
	return line;
}

/* Where nothing was compared: what was measured. */
static void
put_measured(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = measured_shown(model, page->options);
	struct line *lines = mem_zero(n, sizeof *lines);

	for (size_t i = 0; i < n; i++)
		lines[i] = line_of_measured(page, &model->measured[i]);
	put_section(page, TONE_NONE, "Measured values", n, lines, n);
	if (n < model->n_measured)
		fprintf(page->out,
		    "\n%zu more, which no case declares, shown "
		    "by --all\n",
		    model->n_measured - n);
	free(lines);
}

static void
put_failures(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = model->n_failures;
	struct line *lines = mem_zero(n, sizeof *lines);

	if (!page->options->all && n > MAX_FAILURES)
		n = MAX_FAILURES;
	for (size_t i = 0; i < n; i++) {
		const struct failure *failure = &model->failures[i];

		lines[i].case_number =
		    index_find(&model->cases, failure->trial.name);
		lines[i].detail = show_failure(model, failure);
	}
	put_section(page, TONE_NONE, "Trials that failed or were skipped",
	    model->trials_failed + model->trials_skipped, lines, n);
	if (n < model->n_failures)
		fprintf(page->out, "    and %zu more kinds, shown by --all\n",
		    model->n_failures - n);
	free(lines);
}

/* What the machine was like, and the run in short. */
static void
put_run(const struct page *page)
{
	const struct model *model = page->model;
	size_t width = 0;

	if (model->n_warnings) {
		fputc('\n', page->out);
		paint(page, TONE_NONE, "The machine");
		fprintf(page->out, " (%zu)\n", model->n_warnings);
	}
	for (size_t i = 0; i < model->n_warnings; i++) {
		char *text = show_check(&model->checks[i]);

		put_wrapped(page, "", text, 2);
		free(text);
	}
	if (model->about.n)
		fputc('\n', page->out);
	for (size_t i = 0; i < model->about.n; i++) {
		size_t len = strlen(model->about.list[i].name);

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < model->about.n; i++) {
		const struct fact *fact = &model->about.list[i];

		put_wrapped(page, fact->name, fact->value, width + 2);
	}
}

void
write_text(FILE *out, const struct model *model, const struct options *options)
{
	struct page page = {out, model, options};
	char *title = show_sentence(options->title, COLUMNS);
	char *headline = show_sentence(model->headline, COLUMNS);

	if (*title)
		fprintf(out, "%s\n", title);
	paint(&page, model->tone, headline);
	fputc('\n', out);
	if (model->n_rows)
		put_rows(&page);
	else
		put_measured(&page);
	put_failures(&page);
	put_run(&page);
	free(headline);
	free(title);
}
