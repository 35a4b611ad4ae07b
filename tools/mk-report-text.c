/* The report for a terminal: 100 columns, what matters first. */
#include "mk-report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	COLUMNS = 100,
	MAX_FAILURES = 10, /* of trials, without --all */
	SENTENCE_MAX = 400,
	SENTENCE_ALL = 4000,
};

/* What is being written, and how. */
struct page {
	FILE *out;
	const struct model *model;
	const struct options *options;
};

/* Select graphic rendition, ECMA-48 section 8.3.117. */
static void
paint(const struct page *page, const char *code, const char *text)
{
	if (page->options->color)
		fprintf(page->out, "\033[%sm%s\033[0m", code, text);
	else
		fputs(text, page->out);
}

static void
pad(const struct page *page, size_t columns)
{
	for (; columns; columns--)
		fputc(' ', page->out);
}

/* A safe text in a column; to the right where it is a number. */
static void
put_left(const struct page *page, const char *shown, size_t columns)
{
	size_t width = show_width(shown);

	fputs(shown, page->out);
	pad(page, columns > width ? columns - width : 0);
}

static void
put_right(const struct page *page, const char *shown, size_t columns)
{
	size_t width = show_width(shown);

	pad(page, columns > width ? columns - width : 0);
	fputs(shown, page->out);
}

/* How many bytes of a safe text go into a line: up to a space, if it can. */
static size_t
line_length(const char *text, size_t columns)
{
	size_t fit = show_fit(text, columns);
	size_t at = fit;

	if (!text[fit])
		return fit;
	while (at && text[at] != ' ')
		at--;
	return at ? at : fit;
}

/* A text in lines of its own, each after `indent` spaces. */
static void
put_wrapped(const struct page *page, const char *text, size_t indent)
{
	size_t max = page->options->all ? SENTENCE_ALL : SENTENCE_MAX;
	char *shown = show_sentence(text, max);
	const char *rest = shown + strspn(shown, " ");

	while (*rest) {
		size_t n = line_length(rest, COLUMNS - indent);

		pad(page, indent);
		fprintf(page->out, "%.*s\n", (int)n, rest);
		rest += n;
		rest += strspn(rest, " ");
	}
	free(shown);
}

static void
put_heading(
    const struct page *page, const char *code, const char *text, size_t n)
{
	fputc('\n', page->out);
	paint(page, code, text);
	fprintf(page->out, " (%zu)\n", n);
}

static const char *
code_of_state(enum state state)
{
	switch (state) {
	case STATE_PASS:
		return "1;32";
	case STATE_FAIL:
		return "1;31";
	case STATE_DOUBT:
		return "1;33";
	case STATE_NONE:
		break;
	}
	return "1";
}

static const char *
code_of_class(enum row_class rank)
{
	switch (rank) {
	case ROW_REGRESSION:
	case ROW_FAILED:
	case ROW_LIMIT:
		return "1;31";
	case ROW_WARNING:
		return "1;33";
	case ROW_IMPROVEMENT:
		return "1;32";
	default:
		return "1";
	}
}

static void
put_source(const struct page *page)
{
	const struct run *run = &page->model->run;
	char *commit = run->commit ? show_commit(run->commit) : NULL;
	char *branch = show_text(run->branch, 40);
	char *time = run->time ? show_time(run->time) : NULL;
	char *arch = show_text(run->arch, 20);
	/* TARGET is the architecture unless somebody said otherwise. */
	bool named =
	    run->target && !(run->arch && strcmp(run->target, run->arch) == 0);
	char *target = show_text(named ? run->target : NULL, 40);
	char *line = mem_format("%s%s%s%s%s%s%s%s%s%s%s",
	    commit ? "commit " : "", commit ? commit : "",
	    commit && *branch ? " on " : "", commit ? branch : "",
	    run->dirty == true ? " with uncommitted changes" : "",
	    commit && time ? ", " : "", time ? time : "", *arch ? ", " : "",
	    arch, *target ? ", target " : "", target);

	put_wrapped(page, line + (*line == ',' ? 2 : 0), 0);
	free(line);
	free(target);
	free(arch);
	free(time);
	free(branch);
	free(commit);
}

static void
put_counts(const struct page *page)
{
	const struct model *model = page->model;
	char percent[32] = "";
	char *line;

	if (isfinite(model->result.slo_compliance_percent))
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
	if (model->n_rows) {
		line = mem_format("%s%s%s", model->totals,
		    *percent ? "; SLO compliance " : "", percent);
		put_wrapped(page, line, 0);
		free(line);
	}
	if (model->trials_line)
		put_wrapped(page, model->trials_line, 0);
	if (model->n_overall) {
		show_percent(percent, sizeof percent, model->overall);
		fprintf(page->out,
		    "overall improvement %s, the geometric mean of %zu judged "
		    "metric%s\n",
		    percent, model->n_overall,
		    model->n_overall == 1 ? "" : "s");
	}
}

static void
put_head(const struct page *page)
{
	const struct model *model = page->model;
	char *headline = show_sentence(model->headline, COLUMNS);
	char *title = show_sentence(page->options->title, COLUMNS);

	if (*title)
		fprintf(page->out, "%s\n", title);
	paint(page, code_of_state(model->state), headline);
	fputc('\n', page->out);
	put_source(page);
	if (model->n_runs > 1)
		fprintf(page->out, "the last of %zu runs\n", model->n_runs);
	put_wrapped(page, model->machine, 0);
	put_counts(page);
	free(headline);
	free(title);
}

/* The columns of the lines of rows. */
struct widths {
	size_t metric, baseline, current, change, interval;
};

static size_t
wider(size_t width, const char *text, size_t most)
{
	size_t n = show_width(text);

	n = n > most ? most : n;
	return n > width ? n : width;
}

static struct widths
measure(const struct page *page, size_t n)
{
	struct widths w = {0};
	size_t others;

	for (size_t i = 0; i < n; i++) {
		struct cells c;

		show_cells(page->model, &page->model->rows[i], &c);
		w.metric = wider(w.metric, c.metric, 60);
		w.baseline = wider(w.baseline, c.baseline, 16);
		w.current = wider(w.current, c.current, 16);
		w.change = wider(w.change, c.change, 8);
		w.interval = wider(w.interval, c.interval, 20);
	}
	/* Indent, " -> ", the gaps, and the longest word, "exact-changed". */
	others = 4 + 1 + w.baseline + 4 + w.current + 1 + w.change + 2 +
		 w.interval + 2 + strlen("exact-changed");
	if (w.metric + others > COLUMNS)
		w.metric = COLUMNS - others;
	return w;
}

/* A safe text cut once more, to its column. */
static char *
cell(const char *text, size_t columns)
{
	return show_text(text, columns < 8 ? 8 : columns);
}

/*
 *     wall_time  1.234 ms -> 1.334 ms  +8.1%  +6.0% to +10.2%  regressed
 *     latency                80.12 us  limit <= 75 us          fail
 */
static void
put_row(const struct page *page, const struct row *row, const struct widths *w)
{
	struct cells c;
	char *metric, *baseline, *current, *limit, *interval, *verdict;
	char *bound;

	show_cells(page->model, row, &c);
	metric = cell(c.metric, w->metric);
	baseline = cell(c.baseline, w->baseline);
	current = cell(c.current, w->current);
	interval = cell(c.interval, w->interval);
	bound = mem_format("%s%s", *c.limit ? "limit " : "", c.limit);
	limit = cell(bound, w->change + 1 + w->interval);
	verdict = show_text(row->v.verdict, strlen("exact-changed"));

	pad(page, 4);
	put_left(page, metric, w->metric);
	pad(page, 1);
	put_right(page, baseline, w->baseline);
	fputs(*baseline && *current ? " -> " : "    ", page->out);
	put_right(page, current, w->current);
	pad(page, 1);
	if (*limit) {
		pad(page, 1);
		put_left(page, limit, w->change + 1 + w->interval);
	} else {
		put_right(page, c.change, w->change);
		pad(page, 2);
		put_left(page, interval, w->interval);
	}
	pad(page, 2);
	paint(page, code_of_class(row->rank), verdict);
	fputc('\n', page->out);

	free(metric);
	free(baseline);
	free(current);
	free(interval);
	free(limit);
	free(bound);
	free(verdict);
}

static void
put_details(const struct page *page, const struct row *row)
{
	struct cells c;
	bool criterion = !isnan(row->v.limit);
	char *by = show_text(row->v.by, 40);
	char *more;

	show_cells(page->model, row, &c);
	more = mem_format("%s%s%s%s%s", *by ? "by " : "", by,
	    *by && *c.stats && !criterion ? ", " : "", criterion ? "" : c.stats,
	    row->v.gating == false ? "; does not gate" : "");
	put_wrapped(page, more + (*more == ';' ? 2 : 0), 6);
	put_wrapped(page, row->v.why, 6);
	free(more);
	free(by);
}

static void
put_case(const struct page *page, const char *name)
{
	char *shown = show_text(name, COLUMNS - 2);

	fprintf(page->out, "  %s\n", shown);
	free(shown);
}

/* How many rows of the model are shown. */
static size_t
rows_shown(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = 0;

	for (int rank = 0; rank <= ROW_LAST_REMARKABLE; rank++)
		n += model->n_of_class[rank];
	if (page->options->all || model->n_rows - n <= page->options->max_rows)
		return model->n_rows;
	return n + page->options->max_rows;
}

static void
put_rest(const struct page *page, size_t from)
{
	const struct model *model = page->model;
	size_t n[ROW_CLASS_COUNT] = {0};

	if (from == model->n_rows)
		return;
	for (size_t i = from; i < model->n_rows; i++)
		n[model->rows[i].rank]++;
	fprintf(page->out, "\n%zu more row%s:", model->n_rows - from,
	    model->n_rows - from == 1 ? "" : "s");
	if (n[ROW_UNJUDGED])
		fprintf(page->out, " %zu not judged,", n[ROW_UNJUDGED]);
	if (n[ROW_NEW])
		fprintf(page->out, " %zu new,", n[ROW_NEW]);
	if (n[ROW_UNREMARKABLE])
		fprintf(page->out, " %zu unchanged or passed,",
		    n[ROW_UNREMARKABLE]);
	fputs(" shown by --all\n", page->out);
}

static void
put_rows(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = rows_shown(page);
	struct widths w = measure(page, n);
	const struct row *last = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct row *row = &model->rows[i];
		bool new_class = !last || last->rank != row->rank;

		if (new_class)
			put_heading(page, code_of_class(row->rank),
			    row_titles[row->rank],
			    model->n_of_class[row->rank]);
		if (new_class || strcmp(last->v.name, row->v.name) != 0)
			put_case(page, row->v.name);
		put_row(page, row, &w);
		if (page->options->all || row->rank <= ROW_LAST_REMARKABLE)
			put_details(page, row);
		else if (row->rank == ROW_UNJUDGED)
			put_wrapped(page, row->v.why, 6);
		last = row;
	}
	put_rest(page, n);
}

static void
put_failures(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = model->n_failures;

	if (!n)
		return;
	put_heading(page, "1", "Trials that failed or were skipped",
	    model->trials_failed + model->trials_skipped);
	if (!page->options->all && n > MAX_FAILURES)
		n = MAX_FAILURES;
	for (size_t i = 0; i < n; i++) {
		const struct failure *f = &model->failures[i];
		char *phase = show_text(f->trial.phase, 20);
		char *status = show_text(f->trial.status, 20);
		char *variant = show_text(f->trial.variant, 30);

		put_case(page, f->trial.name);
		fprintf(page->out, "    %zu x %s%s%s%s%s\n", f->n, status,
		    *phase ? " in " : "", phase,
		    model->variants && *variant ? ", " : "",
		    model->variants ? variant : "");
		put_wrapped(page, f->trial.why, 6);
		free(phase);
		free(status);
		free(variant);
	}
	if (n < model->n_failures)
		fprintf(page->out, "    and %zu more kinds, shown by --all\n",
		    model->n_failures - n);
}

static void
put_checks(const struct page *page)
{
	const struct model *model = page->model;

	if (!model->n_checks)
		return;
	put_heading(page, "1", "The machine", model->n_checks);
	for (size_t i = 0; i < model->n_checks; i++) {
		const struct check *check = &model->checks[i];
		char *line =
		    mem_format("%s: %s%s%s", check->level, check->message,
			check->fix ? "; " : "", check->fix ? check->fix : "");

		put_wrapped(page, line, 2);
		free(line);
	}
}

/* Where nothing was compared: what was measured. */
static void
put_measured(const struct page *page)
{
	const struct model *model = page->model;
	const char *last = NULL;

	for (size_t i = 0; i < model->n_measured; i++) {
		const struct summary *s = &model->measured[i];
		char value[64], lo[64] = "", hi[64] = "", cv[32] = "", n[32];
		char *metric = show_text(s->metric, 28);
		char *variant = show_text(s->variant, 12);

		show_value(value, sizeof value, s->value, s->unit);
		if (s->ci.n == 2) {
			show_value(lo, sizeof lo, s->ci.x[0], s->unit);
			show_value(hi, sizeof hi, s->ci.x[1], s->unit);
		}
		if (!isnan(s->cv))
			show_percent(cv, sizeof cv, s->cv);
		show_count(n, sizeof n, s->n);
		if (!last)
			fputs("\nMeasured values\n", page->out);
		if (!last || strcmp(last, s->name) != 0)
			put_case(page, s->name);
		last = s->name;
		pad(page, 4);
		put_left(page, metric, 28);
		put_right(page, value, 12);
		fputs(*lo ? "  " : "    ", page->out);
		put_right(page, lo, 10);
		fputs(*lo ? " to " : "", page->out);
		put_left(page, hi, *lo ? 12 : 14);
		fprintf(page->out, "%s%s%s%s%s%s\n", *n ? "n = " : "", n,
		    *cv ? ", cv " : "", cv,
		    model->variants && *variant ? ", " : "",
		    model->variants ? variant : "");
		free(metric);
		free(variant);
	}
}

void
write_text(FILE *out, const struct model *model, const struct options *options)
{
	struct page page = {out, model, options};

	put_head(&page);
	if (model->n_rows)
		put_rows(&page);
	else
		put_measured(&page);
	put_failures(&page);
	put_checks(&page);
}
