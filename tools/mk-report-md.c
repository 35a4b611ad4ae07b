/*
 * The report as GitHub Flavored Markdown, for comments on pull requests, job
 * summaries and repositories. Names of others are put into code spans, where
 * nothing is markup, a mention or a link; sentences are escaped.
 */
#include "mk-report.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum {
	FOLD = 10, /* rows; a longer table is folded */
	MAX_FAILURES = 20,
	NAME_MAX_COLUMNS = 120,
	SENTENCE_MAX = 600,
};

/* A bot finds its comment by this, to replace it. */
static const char marker[] = "<!-- plumbline-report -->";

/* How much of everything goes into the report. */
struct share {
	size_t rows, measured;
};

struct page {
	FILE *out;
	const struct model *model;
	const struct options *options;
	struct share share;
};

static size_t
longest_run(const char *text, char c)
{
	size_t longest = 0, n = 0;

	for (; *text; text++) {
		n = *text == c ? n + 1 : 0;
		longest = n > longest ? n : longest;
	}
	return longest;
}

/*
 * A code span: its fence is longer than any in the text (CommonMark 0.31,
 * section 6.1). In a table, | must be escaped even there (GFM, section 4.10).
 */
static void
put_code(const struct page *page, const char *text, bool in_table)
{
	char *shown = show_text(text, NAME_MAX_COLUMNS);
	size_t fence = longest_run(shown, '`') + 1;
	bool spaces = shown[0] == '`' || shown[0] == ' ' ||
		      (*shown && strchr("` ", shown[strlen(shown) - 1]));

	for (size_t i = 0; *shown && i < fence; i++)
		fputc('`', page->out);
	fputs(*shown ? spaces ? " " : "" : "(empty)", page->out);
	for (const char *c = shown; *c; c++)
		fprintf(
		    page->out, "%s%c", in_table && *c == '|' ? "\\" : "", *c);
	fputs(spaces ? " " : "", page->out);
	for (size_t i = 0; *shown && i < fence; i++)
		fputc('`', page->out);
	free(shown);
}

/*
 * A character of a sentence, without its meaning. GitHub looks for mentions
 * and references in the text that it has rendered, where an escape is gone:
 * only another character, of no width, breaks them.
 */
static void
put_character(FILE *out, const char *text, size_t i)
{
	char c = text[i], before = i ? text[i - 1] : ' ';
	bool in_word = isalnum((unsigned char)before) &&
		       isalnum((unsigned char)text[i + 1]);

	/* No tag begins with "< " or "<=". */
	if (c == '<' && text[i + 1] != ' ' && text[i + 1] != '=')
		fputs("&lt;", out);
	else if (c == '&')
		fputs("&amp;", out);
	else if (c == '@' || c == '#')
		fprintf(out, "\\%c\u200b", c);
	else if (strchr("\\`*[]|~$", c) || (c == '_' && !in_word) ||
		 (c == ':' && text[i + 1] == '/') ||
		 (c == '.' && (before == 'w' || before == 'W')))
		fprintf(out, "\\%c", c);
	else
		fputc(c, out);
}

static void
put_sentence(const struct page *page, const char *text, size_t columns)
{
	char *shown = show_sentence(text, columns);

	for (size_t i = 0; shown[i]; i++)
		put_character(page->out, shown, i);
	free(shown);
}

static const char *
symbol_of(enum state state)
{
	switch (state) {
	case STATE_PASS:
		return "✅ ";
	case STATE_FAIL:
		return "❌ ";
	case STATE_DOUBT:
		return "⚠️ ";
	case STATE_NONE:
		break;
	}
	return "";
}

/* Two spaces at the end of a line are a line break. */
static void
put_source(const struct page *page)
{
	const struct model *model = page->model;
	const struct run *run = &model->run;
	char *text;

	if (run->time) {
		text = show_time(run->time);
		fputs("**Date:** ", page->out);
		put_sentence(page, text, NAME_MAX_COLUMNS);
		fputs("  \n", page->out);
		free(text);
	}
	if (run->commit) {
		text = show_commit(run->commit);
		fputs("**Commit:** ", page->out);
		put_code(page, text, false);
		free(text);
		if (run->branch) {
			fputs(" on ", page->out);
			put_code(page, run->branch, false);
		}
		fputs(run->dirty == true ? ", with uncommitted changes" : "",
		    page->out);
		fputs("  \n", page->out);
	}
	if (run->target) {
		fputs("**Target:** ", page->out);
		put_code(page, run->target, false);
		fputs("  \n", page->out);
	}
	if (model->machine) {
		fputs("**Machine:** ", page->out);
		put_sentence(page, run->arch ? run->arch : "", 20);
		fputs(run->arch ? ", " : "", page->out);
		put_sentence(page, model->machine, 160);
		fputs("  \n", page->out);
	}
	if (model->trials_line)
		fprintf(page->out, "**Trials:** %s  \n", model->trials_line);
	if (model->n_runs > 1)
		fprintf(page->out, "**Runs:** %zu, the last one is described\n",
		    model->n_runs);
}

static void
put_head(const struct page *page)
{
	const struct options *options = page->options;

	fprintf(page->out, "%s\n# ", marker);
	put_sentence(
	    page, options->title ? options->title : DEFAULT_TITLE, 100);
	fprintf(page->out, "\n\n%s**", symbol_of(page->model->state));
	put_sentence(page, page->model->headline, 100);
	fputs("**\n\n", page->out);
	put_source(page);
}

static void
open_fold(const struct page *page, bool fold, const char *summary, size_t n)
{
	if (fold)
		fprintf(page->out, "\n<details>\n<summary>%s (%zu)</summary>\n",
		    summary, n);
}

static void
close_fold(const struct page *page, bool fold)
{
	fputs(fold ? "\n</details>\n" : "", page->out);
}

static void
put_left_out(const struct page *page, size_t n, const char *what)
{
	if (n)
		fprintf(page->out,
		    "\n_%zu more %s%s left out: the report would be longer "
		    "than %zu bytes._\n",
		    n, what, n == 1 ? "" : "s", page->options->max_bytes);
}

static void
put_measured_row(const struct page *page, const struct summary *s)
{
	char value[64], min[64], max[64], n[32];

	show_value(value, sizeof value, s->value, s->unit);
	show_value(min, sizeof min, s->min, s->unit);
	show_value(max, sizeof max, s->max, s->unit);
	show_count(n, sizeof n, s->n);
	fputs("| ", page->out);
	put_code(page, s->name, true);
	fputs(" | ", page->out);
	put_code(page, s->metric, true);
	if (page->model->variants && s->variant) {
		fputs(" ", page->out);
		put_code(page, s->variant, true);
	}
	fprintf(page->out, " | %s | ", n);
	put_sentence(page, value, 40);
	fputs(" | ", page->out);
	put_sentence(page, min, 40);
	fputs(" | ", page->out);
	put_sentence(page, max, 40);
	fputs(" |\n", page->out);
}

static void
put_measured(const struct page *page)
{
	const struct model *model = page->model;
	bool fold = model->n_rows && page->share.measured > FOLD;

	if (!model->n_measured)
		return;
	fputs("\n## Results\n", page->out);
	if (page->share.measured) {
		open_fold(page, fold, "Measured values", page->share.measured);
		fputs("\n| Case | Metric | n | Value | Min | Max |\n"
		      "|------|--------|--:|------:|----:|----:|\n",
		    page->out);
		for (size_t i = 0; i < page->share.measured; i++)
			put_measured_row(page, &model->measured[i]);
		close_fold(page, fold);
	}
	put_left_out(page, model->n_measured - page->share.measured, "value");
}

/* - `case` `metric`: **+8.1%** slower (1.234 ms → 1.334 ms), ... */
static void
put_item(const struct page *page, const struct row *row)
{
	struct cells c;

	show_cells(page->model, row, &c);
	fputs("- ", page->out);
	put_code(page, row->v.name, false);
	if (row->v.metric) {
		fputs(" ", page->out);
		put_code(page, c.metric, false);
	}
	fputs(": ", page->out);
	if (*c.limit) {
		put_sentence(page, c.current, 40);
		fputs(", limit ", page->out);
		put_sentence(page, c.limit, 60);
	} else if (*c.change) {
		fprintf(page->out, "**%s**%s%s", c.change, *c.sense ? " " : "",
		    c.sense);
	} else {
		put_sentence(page, row->v.verdict, 40);
	}
	if (*c.baseline && *c.current) {
		fputs(" (", page->out);
		put_sentence(page, c.baseline, 40);
		fputs(" → ", page->out);
		put_sentence(page, c.current, 40);
		fputs(")", page->out);
	}
	if (*c.interval && !c.repeated)
		fprintf(page->out, ", 95 %% interval %s", c.interval);
	if (*c.stats && !*c.limit) {
		fputs(", ", page->out);
		put_sentence(page, c.stats, 200);
	}
	if (row->v.why) {
		/* The word keeps what follows from being a list or quote. */
		fputs("  \n  Why: ", page->out);
		put_sentence(page, row->v.why, SENTENCE_MAX);
	}
	fputs("\n", page->out);
}

static void
put_table_row(const struct page *page, const struct row *row)
{
	struct cells c;

	show_cells(page->model, row, &c);
	fputs("| ", page->out);
	put_code(page, row->v.name, true);
	fputs(" | ", page->out);
	put_code(page, c.metric, true);
	fputs(" | ", page->out);
	put_sentence(page, *c.limit ? c.limit : c.baseline, 60);
	fputs(" | ", page->out);
	put_sentence(page, c.current, 40);
	fprintf(page->out, " | %s | %s | ", c.change, c.interval);
	put_sentence(page, row->v.verdict, 40);
	fputs(" | ", page->out);
	put_sentence(page, row->v.why, SENTENCE_MAX);
	fputs(" |\n", page->out);
}

static void
put_table(const struct page *page, const struct row *rows, size_t n, bool fold)
{
	open_fold(page, fold, "Rows", n);
	fputs("\n| Case | Metric | Baseline or limit | Current | Change "
	      "| 95 % interval | Verdict | Why |\n"
	      "|------|--------|------------------:|--------:|-------:"
	      "|---------------|---------|-----|\n",
	    page->out);
	for (size_t i = 0; i < n; i++)
		put_table_row(page, &rows[i]);
	close_fold(page, fold);
}

/*
 * The rows of a class: a list of what a reader must see, else a table. Says
 * "None detected" where that is an answer.
 */
static void
put_class(const struct page *page, enum row_class rank)
{
	const struct model *model = page->model;
	size_t n = model->n_of_class[rank], from = 0, shown;
	const char *title = row_titles[rank];

	for (int c = 0; c < (int)rank; c++)
		from += model->n_of_class[c];
	if (!n && rank != ROW_REGRESSION && rank != ROW_IMPROVEMENT)
		return;
	fprintf(page->out, "\n### %s%s\n",
	    !n			      ? ""
	    : rank <= ROW_LIMIT	      ? "❌ "
	    : rank == ROW_WARNING     ? "⚠️ "
	    : rank == ROW_IMPROVEMENT ? "✅ "
				      : "",
	    title);
	if (!n)
		fputs("\nNone detected\n", page->out);
	shown = page->share.rows <= from      ? 0
		: page->share.rows < from + n ? page->share.rows - from
					      : n;
	if (shown && rank <= ROW_IMPROVEMENT) {
		fputs("\n", page->out);
		for (size_t i = 0; i < shown; i++)
			put_item(page, &model->rows[from + i]);
	} else if (shown) {
		put_table(page, model->rows + from, shown,
		    shown > FOLD || rank >= ROW_NEW);
	}
	put_left_out(page, n - shown, "row");
}

static void
put_overall(const struct page *page)
{
	const struct model *model = page->model;
	char percent[32];

	show_percent(percent, sizeof percent, model->overall);
	if (model->n_overall)
		fprintf(page->out,
		    "\n**Overall improvement:** %s (geometric mean of %zu "
		    "judged metric%s)\n",
		    percent, model->n_overall,
		    model->n_overall == 1 ? "" : "s");
	else
		fputs("\n**Overall improvement:** not known: no metric was "
		      "judged\n",
		    page->out);
}

static void
put_comparison(const struct page *page)
{
	const struct model *model = page->model;
	char percent[32];

	fputs("\n## Baseline Comparison\n\n", page->out);
	if (!model->n_rows) {
		fputs("Not compared.\n", page->out);
		return;
	}
	put_sentence(page, model->totals, 200);
	fputs(".\n", page->out);
	if (isfinite(model->result.slo_compliance_percent)) {
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
		fprintf(page->out, "\n**SLO compliance:** %s\n", percent);
	}
	for (int rank = 0; rank < ROW_CLASS_COUNT; rank++)
		put_class(page, (enum row_class)rank);
	put_overall(page);
}

static void
put_failures(const struct page *page)
{
	const struct model *model = page->model;
	size_t n =
	    model->n_failures > MAX_FAILURES ? MAX_FAILURES : model->n_failures;

	if (!n)
		return;
	fputs("\n## Trials that failed or were skipped\n\n", page->out);
	for (size_t i = 0; i < n; i++) {
		const struct failure *f = &model->failures[i];

		fputs("- ", page->out);
		put_code(page, f->trial.name, false);
		fprintf(page->out, ": %zu × ", f->n);
		put_sentence(page, f->trial.status, 40);
		if (f->trial.phase) {
			fputs(" in ", page->out);
			put_sentence(page, f->trial.phase, 40);
		}
		if (f->trial.why) {
			fputs(": ", page->out);
			put_sentence(page, f->trial.why, SENTENCE_MAX);
		}
		fputs("\n", page->out);
	}
	if (n < model->n_failures)
		fprintf(
		    page->out, "- and %zu more kinds\n", model->n_failures - n);
}

static void
put_checks(const struct page *page)
{
	const struct model *model = page->model;

	if (!model->n_checks)
		return;
	fputs("\n## The machine\n\n", page->out);
	for (size_t i = 0; i < model->n_checks && i < MAX_FAILURES; i++) {
		const struct check *check = &model->checks[i];

		fputs("- ", page->out);
		put_sentence(page, check->level, 20);
		fputs(": ", page->out);
		put_sentence(page, check->message, SENTENCE_MAX);
		fputs(check->fix ? "; " : "", page->out);
		put_sentence(page, check->fix, SENTENCE_MAX);
		fputs("\n", page->out);
	}
}

/* The report with so much in it, for the caller to free. */
static char *
render(const struct model *model, const struct options *options,
    struct share share, bool extras, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	struct page page = {out, model, options, share};

	if (!out)
		die_errno("memory");
	put_head(&page);
	put_measured(&page);
	put_comparison(&page);
	if (extras) {
		put_failures(&page);
		put_checks(&page);
	}
	fclose(out);
	return text;
}

static bool
fits(const struct model *model, const struct options *options,
    struct share share, bool extras)
{
	size_t len;

	free(render(model, options, share, extras, &len));
	return len <= options->max_bytes;
}

/* The most of `*part`, a member of *share, that fits; 0 where nothing does. */
static void
fit(const struct model *model, const struct options *options,
    struct share *share, size_t *part, bool extras)
{
	/* No row is shorter than 8 bytes. */
	size_t least = 0, most = options->max_bytes / 8;

	most = *part < most ? *part : most;
	while (least < most) {
		*part = most - (most - least) / 2;
		if (fits(model, options, *share, extras))
			least = *part;
		else
			most = *part - 1;
	}
	*part = least;
}

/*
 * What is too long loses its measured values first, then its rows from the
 * end, where nothing happened, and last the trials that failed.
 */
void
write_md(FILE *out, const struct model *model, const struct options *options)
{
	struct share share = {model->n_rows, model->n_measured};
	struct share unmeasured = {model->n_rows, 0};
	bool extras = true;
	size_t len = 0;
	char *text;

	if (!fits(model, options, share, extras)) {
		if (fits(model, options, unmeasured, extras)) {
			fit(model, options, &share, &share.measured, extras);
		} else {
			share = (struct share){0};
			extras = fits(model, options, share, extras);
			share = unmeasured;
			fit(model, options, &share, &share.rows, extras);
		}
	}
	text = render(model, options, share, extras, &len);
	fwrite(text, 1, len, out);
	free(text);
}
