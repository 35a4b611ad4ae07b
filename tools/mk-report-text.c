/* The report for a terminal: 100 columns, what matters first. */
#include "mk-report-text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_FAILURES = 10, /* of trials, without --all */
};

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

/* What is said besides the numbers. */
static char *
detail_of(const struct page *page, const struct row *row, const struct cells *c)
{
	char *meaning, *text;

	if (!page->options->all && row->rank > ROW_LAST_REMARKABLE)
		return NULL;
	meaning = show_meaning(row, c);
	text = mem_format(
	    "%s%s%s", c->stats, *c->stats && *meaning ? ": " : "", meaning);
	free(meaning);
	return text;
}

static struct line
line_of_row(const struct page *page, const struct row *row)
{
	bool judged = row->rank != ROW_UNJUDGED, says;
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
	/* Why it was not judged says the limit, too. */
	says = row->rank == ROW_UNJUDGED && row->v.why;
	line.cells[NOTE] = mem_format("%s%s%s", verdict,
	    *c.limit && !says ? ": must be " : "", says ? "" : c.limit);
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

/* How many lines of their standard error they have. */
static size_t
count_said(const struct failure failures[], size_t n)
{
	size_t count = 0;
	char *line;

	for (size_t i = 0; i < n; i++) {
		const char *at = failure_said(&failures[i]);

		for (; (line = show_said(&at)); count++)
			free(line);
	}
	return count;
}

static void
put_failures(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = model->n_failures, n_lines = 0;
	struct line *lines;
	char *said;

	if (!page->options->all && n > MAX_FAILURES)
		n = MAX_FAILURES;
	lines = mem_zero(n + count_said(model->failures, n), sizeof *lines);
	for (size_t i = 0; i < n; i++) {
		const struct failure *failure = &model->failures[i];
		const char *at = failure_said(failure);
		size_t number = index_find(&model->cases, failure->trial.name);

		lines[n_lines++] = (struct line){.case_number = number,
		    .detail = show_failure(model, failure)};
		for (; (said = show_said(&at)); free(said))
			lines[n_lines++] = (struct line){.case_number = number,
			    .detail = mem_format("| %s", said)};
	}
	put_section(page, TONE_NONE, "Trials that failed or were skipped",
	    model->trials_failed + model->trials_skipped, lines, n_lines);
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
