/* What was measured, what failed, and where: the end of the report. */
#include "mk-report-page.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_FAILURES = 200,
};

/* Only the facts that came out, or only those that were so before. */
void
put_facts_of(struct page *page, const struct facts *facts, bool outcome)
{
	struct facts some = {0};

	for (size_t i = 0; i < facts->n; i++)
		if (facts->list[i].is_outcome == outcome)
			*MEM_PUSH(some.list, some.n, some.capacity) =
			    facts->list[i];
	if (some.n)
		page->paper->facts(page, &some);
	free(some.list);
}

static const struct column measured_columns[] = {
    {"Metric", false, .32, false},
    {"n", true, .06, false},
    {"Value", true, .12, false},
    {"95 % interval", true, .22, false},
    {"Min", true, .10, false},
    {"Max", true, .10, false},
    {"cv", true, .08, false},
};

static void
put_measured_row(struct page *page, const struct summary *s)
{
	struct measured_cells c;

	show_measured(page->model, s, &c);
	page->paper->row(page,
	    (struct cell[N_OF(measured_columns)]){
		{.text = c.metric},
		{.text = c.n},
		{.text = c.value},
		{.text = c.interval},
		{.text = c.min},
		{.text = c.max},
		{.text = c.cv},
	    },
	    NULL);
}

void
put_measured(struct page *page)
{
	const struct model *model = page->model;
	size_t n = measured_shown(model, page->options), n_samples;

	if (!n || model->from_rows)
		return;
	page->paper->section(page, "Measured values");
	page->is_long = n > MANY_METRICS && !page->options->all;
	n_samples =
	    model->n_rows || page->is_long ? 0 : samples_of_measured(page, n);
	page->paper->fold(page, !model->n_rows, "All numbers", n);
	page->paper->table(page, "Measured values", true, measured_columns,
	    N_OF(measured_columns));
	for (size_t i = 0; i < n; i++) {
		const struct summary *s = &model->measured[i];

		if (!i || strcmp(s->name, model->measured[i - 1].name) != 0)
			put_case_head(
			    page, index_find(&model->cases, s->name), true);
		put_measured_row(page, s);
	}
	page->paper->table_end(page);
	page->paper->fold_end(page);
	if (n_samples) {
		page->paper->fold(page, true, "Samples", n_samples);
		put_measured_samples(page, n);
		page->paper->fold_end(page);
	} else if (page->is_long && !model->n_rows)
		page->paper->paragraph(page,
		    "Of so many values no samples are drawn; --all draws "
		    "them.");
	page->paper->section_end(page);
}

/* What a trial said last, a line each. */
static void
put_said(struct page *page, const struct failure *failure)
{
	const char *at = failure_said(failure);
	char *line, *marked;

	while ((line = show_said(&at))) {
		marked = mem_format("| %s", line);
		page->paper->item(page, NULL, marked);
		free(marked);
		free(line);
	}
}

void
put_failures(struct page *page)
{
	const struct model *model = page->model;
	size_t n =
	    model->n_failures > MAX_FAILURES ? MAX_FAILURES : model->n_failures;
	char *text;

	if (!n)
		return;
	page->paper->section(page, "Trials that failed or were skipped");
	page->paper->list(page);
	for (size_t i = 0; i < n; i++) {
		text = show_failure(model, &model->failures[i]);
		page->paper->item(page, model->failures[i].trial.name, text);
		free(text);
		put_said(page, &model->failures[i]);
	}
	if (n < model->n_failures) {
		text = mem_format("and %zu more kinds", model->n_failures - n);
		page->paper->item(page, NULL, text);
		free(text);
	}
	page->paper->list_end(page);
	page->paper->section_end(page);
}

static const struct column check_columns[] = {
    {"Check", false, .18, false},
    {"State", false, .12, false},
    {"What was found", false, .38, false},
    {"What to do", false, .32, false},
};

static void
put_checks(struct page *page)
{
	const struct model *model = page->model;

	if (!model->n_checks)
		return;
	page->paper->fold(page, model->n_warnings > 0,
	    "What may disturb measuring", model->n_checks);
	page->paper->table(page, "What may disturb measuring", true,
	    check_columns, N_OF(check_columns));
	for (size_t i = 0; i < model->n_checks; i++) {
		const struct check *check = &model->checks[i];

		page->paper->row(page,
		    (struct cell[N_OF(check_columns)]){
			{.text = check->id},
			{check->level,
			    i < model->n_warnings ? TONE_WARN : TONE_NONE},
			{.text = check->msg},
			{.text = check->fix},
		    },
		    NULL);
	}
	page->paper->table_end(page);
	page->paper->fold_end(page);
}

void
put_run(struct page *page)
{
	const struct model *model = page->model;

	page->paper->section(page, "Noise and environment");
	put_facts_of(page, &model->about, false);
	if (model->noise.n)
		page->paper->facts(page, &model->noise);
	put_checks(page);
	if (model->host.n) {
		page->paper->fold(page, false,
		    "All that is known of the machine", model->host.n);
		page->paper->facts(page, &model->host);
		page->paper->fold_end(page);
	}
	page->paper->section_end(page);
}
