/* What is on the pages of a report, and in which order. */
#include "mk-report-page.h"

#include <stdlib.h>
#include <string.h>

const char *const tone_signs[] = {
    [TONE_NONE] = "",
    [TONE_GOOD] = "✔ ",
    [TONE_WARN] = "⚠ ",
    [TONE_BAD] = "✖ ",
};

const char *
page_title(const struct page *page)
{
	return page->options->title ? page->options->title : DEFAULT_TITLE;
}

/* The case that the rows below are about; in full, with a way to its plot. */
void
put_case_head(struct page *page, size_t number, bool in_full)
{
	const struct model *model = page->model;
	const char *rest = case_rest(model, number);

	if (in_full)
		page->paper->rows_of_case(page, model->cases.texts[number],
		    model->n_rows ? model->places[number].workload
				  : INDEX_NONE);
	else
		page->paper->rows_of_case(
		    page, rest + (*rest == '/'), INDEX_NONE);
}

static char *
name_metric(const struct row *row, const struct cells *c)
{
	return mem_format("%s%s", c->metric, row->gates ? "" : FREE_MARK);
}

static const struct column change_columns[] = {
    {"Metric", false, .13, false},
    {"Verdict", false, .15, false},
    {"Change", true, .075, false},
    {"95 % interval", true, .14, true},
    {"Baseline or limit", true, .095, true},
    {"Current", true, .09, true},
    {"p", true, .075, true},
    {"q", true, .075, true},
    {"Basis", false, .10, true},
    {"Detects", true, .07, true},
};

/* The numbers, and below them a sentence that says more than they do. */
static void
put_change(struct page *page, const struct row *row)
{
	struct cells c;
	char *meaning, *metric;
	bool must_see;

	show_cells(page->model, row, &c);
	meaning = show_meaning(row, &c);
	metric = name_metric(row, &c);
	must_see = page->options->all || row->rank <= ROW_LAST_REMARKABLE ||
		   (row->rank == ROW_UNJUDGED && !is_unproven(meaning));
	page->paper->row(page,
	    (struct cell[N_OF(change_columns)]){
		{.text = metric},
		{row->v.verdict, row_looks[row->rank].tone},
		{.text = c.change},
		{.text = c.interval},
		{.text = *c.limit ? c.limit : c.baseline},
		{.text = c.current},
		{.text = c.p},
		{.text = c.q},
		{.text = c.basis},
		{.text = c.mde},
	    },
	    must_see && *meaning ? meaning : NULL);
	free(metric);
	free(meaning);
}

/* Rows, with a line wherever another case begins; in full, or of a workload. */
static void
put_changes(struct page *page, const char *what, const struct row *const rows[],
    size_t n, bool in_full)
{
	page->paper->table(
	    page, what, !in_full, change_columns, N_OF(change_columns));
	for (size_t i = 0; i < n; i++) {
		const struct row *row = rows[i], *last = i ? rows[i - 1] : NULL;
		bool new_class = in_full && (!last || row->rank != last->rank);

		if (new_class)
			page->paper->rows_of(page, row_looks[row->rank].title,
			    page->model->n_of_class[row->rank]);
		if (new_class || !last || row->case_number != last->case_number)
			put_case_head(page, row->case_number, in_full);
		put_change(page, row);
	}
	page->paper->table_end(page);
}

/* What a reader must see: before all plots, the worst first. */
static void
put_remarkable(struct page *page, const struct row *const rows[])
{
	size_t n = 0;

	for (int rank = 0; rank <= ROW_LAST_REMARKABLE; rank++)
		n += page->model->n_of_class[rank];
	if (!n)
		return;
	page->paper->section(page, "What changed, and what failed");
	put_changes(page, "What changed, and what failed", rows, n, true);
	page->paper->section_end(page);
}

static bool
is_demand(const struct row *row)
{
	return strcmp(row->v.kind, "change") != 0;
}

static const struct column doubt_columns[] = {
    {"Metric", false, .26, false},
    {"Baseline", true, .11, true},
    {"Current", true, .11, true},
    {"Change", true, .08, false},
    {"95 % interval", true, .16, true},
    {"Detects", true, .08, false},
    {"What it needs", false, .20, false},
};

static void
put_doubt(struct page *page, const struct row *row)
{
	struct cells c;
	char *meaning, *metric;

	show_cells(page->model, row, &c);
	meaning = show_meaning(row, &c);
	metric = name_metric(row, &c);
	page->paper->row(page,
	    (struct cell[N_OF(doubt_columns)]){
		{.text = metric},
		{.text = c.baseline},
		{.text = c.current},
		{.text = c.change},
		{.text = c.interval},
		{.text = c.mde},
		{.text = c.need},
	    },
	    is_unproven(meaning) ? NULL : meaning);
	free(metric);
	free(meaning);
}

/* What could not be decided, and what it would take. */
static void
put_doubts(struct page *page, const struct row *const rows[])
{
	const struct row *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < page->model->n_rows; i++)
		n += rows[i]->rank == ROW_UNJUDGED && !is_demand(rows[i]);
	if (!n)
		return;
	page->paper->section(page, "What could not be decided");
	page->paper->paragraph(page,
	    "Neither a pass nor a failure. A change for the worse that is "
	    "smaller than what a row detects would mostly not have been found; "
	    "the last column says with how much more measuring one as large as "
	    "the threshold would be.");
	page->paper->table(page, "What could not be decided", false,
	    doubt_columns, N_OF(doubt_columns));
	for (size_t i = 0; i < page->model->n_rows; i++) {
		const struct row *row = rows[i];

		if (row->rank != ROW_UNJUDGED || is_demand(row))
			continue;
		if (!last || last->case_number != row->case_number)
			put_case_head(page, row->case_number, true);
		put_doubt(page, row);
		last = row;
	}
	page->paper->table_end(page);
	page->paper->section_end(page);
}

static const struct column demand_columns[] = {
    {"Metric", false, .25, false},
    {"Limit", true, .16, false},
    {"Current", true, .13, false},
    {"Verdict", false, .12, false},
    {"From", false, .13, false},
    {"Severity", false, .10, false},
    {"By", false, .11, false},
};

static void
put_demand(struct page *page, const struct row *row)
{
	const struct verdict *v = &row->v;
	struct cells c;
	char *meaning, *metric;

	show_cells(page->model, row, &c);
	meaning = show_meaning(row, &c);
	metric = name_metric(row, &c);
	page->paper->row(page,
	    (struct cell[N_OF(demand_columns)]){
		{.text = metric},
		{.text = c.limit},
		{.text = c.current},
		{v->verdict, row_looks[row->rank].tone},
		{.text = v->gate ? v->gate : v->kind},
		{.text = v->severity},
		{.text = v->by},
	    },
	    *meaning && strcmp(v->verdict, "pass") != 0 ? meaning : NULL);
	free(metric);
	free(meaning);
}

static void
put_demands(struct page *page, const struct row *const rows[])
{
	const struct model *model = page->model;
	const struct row *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		n += is_demand(rows[i]);
	if (!n)
		return;
	page->paper->section(page, "Acceptance criteria and gates");
	if (*model->compliance)
		page->paper->paragraph(page, model->compliance);
	page->paper->table(page, "Acceptance criteria and gates", true,
	    demand_columns, N_OF(demand_columns));
	for (size_t i = 0; i < model->n_rows; i++) {
		if (!is_demand(rows[i]))
			continue;
		if (!last || last->case_number != rows[i]->case_number)
			put_case_head(page, rows[i]->case_number, true);
		put_demand(page, rows[i]);
		last = rows[i];
	}
	page->paper->table_end(page);
	page->paper->section_end(page);
}

static void
put_workload(struct page *page, const struct row *const rows[], size_t n)
{
	size_t number = page->model->places[rows[0]->case_number].workload;
	const char *description = page->model->workloads[number].description;
	const struct row **drawn = mem_zero(n, sizeof *drawn);
	bool has_plot, must_see = page->options->all;
	size_t n_drawn = 0, n_samples;

	for (size_t i = 0; i < n; i++) {
		bool is_remarkable = rows[i]->rank <= ROW_LAST_REMARKABLE;

		must_see = must_see || is_remarkable;
		if (is_remarkable || !page->is_long)
			drawn[n_drawn++] = rows[i];
	}
	page->paper->workload(page, number);
	if (description)
		page->paper->paragraph(page, description);
	has_plot = put_intervals(page, drawn, n_drawn);
	n_samples = samples_of_rows(page, drawn, n_drawn);
	if (n_samples) {
		page->paper->fold(page, must_see, "Samples", n_samples);
		put_samples(page, drawn, n_drawn);
		page->paper->fold_end(page);
	}
	/* What no plot shows is worth an open table, unless that is much. */
	page->paper->fold(page, !has_plot && !page->is_long, "All numbers", n);
	put_changes(page, "All numbers", rows, n, false);
	page->paper->fold_end(page);
	page->paper->workload_end(page);
	free(drawn);
}

/* What the plots mean, and what is not drawn. */
static void
put_legends(struct page *page)
{
	char *text;

	page->paper->paragraph(page,
	    "Each line is a change against the baseline with its 95 % "
	    "interval: to the right it rose, to the left it fell. The band is "
	    "as wide as the threshold of what matters. A diamond is worse, a "
	    "disc better, a ring neither; a dashed interval could not be "
	    "judged. Samples are the values of the rounds, the first one at "
	    "the top, and those of the base above those of the head. "
	    "The interval of a regression may begin a little below the "
	    "margin: it leaves 2.5 % to chance at either end, and the test, "
	    "which asks for worse only, 5 % by default.");
	if (page->model->any_free)
		page->paper->paragraph(page, FREE_LEGEND ".");
	if (!page->is_long)
		return;
	text = mem_format("Of more than %d metrics only those are drawn that "
			  "changed or failed; the tables have all. --all draws "
			  "all.",
	    MANY_METRICS);
	page->paper->paragraph(page, text);
	free(text);
}

/* By case, and the cases by workload; each in the order of the model. */
static int
compare_cases(const void *a, const void *b, void *of)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;
	const struct place *places = of;
	size_t i = places[x->case_number].workload;
	size_t j = places[y->case_number].workload;

	if (i != j)
		return i < j ? -1 : 1;
	if (x->case_number != y->case_number)
		return x->case_number < y->case_number ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void
put_workloads(struct page *page, const struct row *all[])
{
	const struct model *model = page->model;
	const struct row **rows = mem_zero(model->n_rows, sizeof *rows);
	size_t n_rows = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		if (!is_demand(all[i]))
			rows[n_rows++] = all[i];
	page->is_long = n_rows > MANY_METRICS && !page->options->all;
	if (n_rows) {
		qsort_r(
		    rows, n_rows, sizeof *rows, compare_cases, model->places);
		page->paper->section(page, "By workload");
		put_legends(page);
	}
	for (size_t i = 0, n; i < n_rows; i += n) {
		size_t number = model->places[rows[i]->case_number].workload;

		for (n = 1; i + n < n_rows &&
			    model->places[rows[i + n]->case_number].workload ==
				number;)
			n++;
		put_workload(page, rows + i, n);
	}
	if (n_rows)
		page->paper->section_end(page);
	free(rows);
}

static void
put_rows(struct page *page)
{
	const struct model *model = page->model;
	const struct row **rows = mem_zero(model->n_rows, sizeof *rows);

	for (size_t i = 0; i < model->n_rows; i++)
		rows[i] = &model->rows[i];
	put_remarkable(page, rows);
	put_doubts(page, rows);
	put_demands(page, rows);
	put_workloads(page, rows);
	free(rows);
}

void
put_page(struct page *page)
{
	page->paper->begin(page);
	put_facts_of(page, &page->model->about, true);
	put_rows(page);
	put_measured(page);
	put_failures(page);
	put_run(page);
	page->paper->end(page);
}
