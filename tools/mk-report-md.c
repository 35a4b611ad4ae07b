/*
 * The report as GitHub Flavored Markdown, for comments on pull requests, job
 * summaries and repositories. Names of others are put into code spans, where
 * nothing is markup, a mention or a link; sentences are escaped.
 */
#include "mk-report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum {
	FOLD = 10, /* rows; a longer table is folded */
	MAX_FAILURES = 20,
	NAME_MAX_COLUMNS = 300,
	SENTENCE_MAX = 600,
};

/* A bot finds its comment by this, to replace it. */
static const char marker[] = "<!-- plumbline-report -->";

/* What a report that is too long loses, in this order. */
enum {
	MEASURED,
	QUIET_ROWS,
	FAILURES,
	REMARKABLE_ROWS,
	N_PARTS
};

struct page {
	FILE *out;
	const struct model *model;
	const struct options *options;
	const size_t *share; /* how many of each part are shown */
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

static const char *const symbols[] = {
    [TONE_NONE] = "",
    [TONE_GOOD] = "✅ ",
    [TONE_WARN] = "⚠️ ",
    [TONE_BAD] = "❌ ",
};

static void
put_head(const struct page *page)
{
	const char *title = page->options->title;

	fprintf(page->out, "%s\n# ", marker);
	put_sentence(page, title ? title : DEFAULT_TITLE, 100);
	fprintf(page->out, "\n\n%s**", symbols[page->model->tone]);
	put_sentence(page, page->model->headline, 100);
	fputs("**\n", page->out);
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

/* Cells that are numbers, each with a bar behind it. */
static void
put_cell(const struct page *page, const char *text)
{
	put_sentence(page, text, NAME_MAX_COLUMNS);
	fputs(" | ", page->out);
}

static void
begin_row(const struct page *page, const char *name, const char *metric,
    const char *mark)
{
	fputs("| ", page->out);
	put_code(page, name, true);
	fputs(" | ", page->out);
	put_code(page, metric, true);
	put_sentence(page, mark, 1);
	fputs(" | ", page->out);
}

static void
put_measured_row(const struct page *page, const struct summary *s)
{
	struct measured_cells c;

	show_measured(page->model, s, &c);
	begin_row(page, s->name, c.metric, "");
	put_cell(page, c.n);
	put_cell(page, c.value);
	put_cell(page, c.min);
	put_sentence(page, c.max, NAME_MAX_COLUMNS);
	fputs(" |\n", page->out);
}

static void
put_measured(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = measured_shown(model, page->options);
	bool fold = model->n_rows && page->share[MEASURED] > FOLD;

	if (!n)
		return;
	fputs("\n## Results\n", page->out);
	if (page->share[MEASURED]) {
		open_fold(page, fold, "Measured values", page->share[MEASURED]);
		fputs("\n| Case | Metric | n | Value | Min | Max |\n"
		      "|------|--------|--:|------:|----:|----:|\n",
		    page->out);
		for (size_t i = 0; i < page->share[MEASURED]; i++)
			put_measured_row(page, &model->measured[i]);
		close_fold(page, fold);
	}
	put_left_out(page, n - page->share[MEASURED], "value");
}

/* - `case` `metric`: **+8.1%** slower (1.234 ms → 1.334 ms), ... */
static void
put_item(const struct page *page, const struct row *row)
{
	struct cells c;
	char *meaning;
	size_t n;

	show_cells(page->model, row, &c);
	meaning = show_meaning(row, &c);
	fputs("- ", page->out);
	put_code(page, row->v.name, false);
	if (row->v.metric) {
		fputs(" ", page->out);
		put_code(page, c.metric, false);
		put_sentence(page, row->gates ? "" : FREE_MARK, 1);
	}
	fputs(": ", page->out);
	if (*c.limit) {
		put_sentence(page, c.current, 40);
		fputs(", limit ", page->out);
		put_sentence(page, c.limit, 60);
	} else if (*c.change) {
		n = strlen(c.told) - strlen(c.sense);
		n -= *c.sense != '\0';
		fprintf(page->out, "**%.*s**%s", (int)n, c.told, c.told + n);
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
	if (*c.interval)
		fprintf(page->out, ", 95 %% interval %s", c.interval);
	if (*c.stats) {
		fputs(", ", page->out);
		put_sentence(page, c.stats, 200);
	}
	if (*meaning) {
		/* The word keeps what follows from being a list or quote. */
		fputs("  \n  Why: ", page->out);
		put_sentence(page, meaning, SENTENCE_MAX);
	}
	fputs("\n", page->out);
	free(meaning);
}

static void
put_table_row(const struct page *page, const struct row *row)
{
	struct cells c;
	char *verdict;

	show_cells(page->model, row, &c);
	verdict = show_verdict(row, &c);
	begin_row(page, row->v.name, c.metric, row->gates ? "" : FREE_MARK);
	put_cell(page, *c.limit ? c.limit : c.baseline);
	put_cell(page, c.current);
	put_cell(page, c.change);
	put_cell(page, c.interval);
	put_sentence(page, verdict, SENTENCE_MAX);
	fputs(" |\n", page->out);
	free(verdict);
}

static void
put_table(const struct page *page, const struct row *rows, size_t n, bool fold)
{
	open_fold(page, fold, "Rows", n);
	fputs("\n| Case | Metric | Baseline or limit | Current | Change "
	      "| 95 % interval | Verdict |\n"
	      "|------|--------|------------------:|--------:|-------:"
	      "|---------------|---------|\n",
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

	for (int c = 0; c < (int)rank; c++)
		from += model->n_of_class[c];
	if (!n && rank != ROW_REGRESSION && rank != ROW_IMPROVEMENT)
		return;
	fprintf(page->out, "\n### %s%s\n",
	    n ? symbols[row_looks[rank].tone] : "", row_looks[rank].title);
	if (!n)
		fputs("\nNone detected\n", page->out);
	shown = page->share[REMARKABLE_ROWS] + page->share[QUIET_ROWS];
	shown = shown <= from ? 0 : shown < from + n ? shown - from : n;
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
put_comparison(const struct page *page)
{
	fputs("\n## Baseline Comparison\n", page->out);
	if (!page->model->n_rows)
		fputs("\nNot compared.\n", page->out);
	for (int rank = 0; page->model->n_rows && rank < ROW_CLASS_COUNT;
	     rank++)
		put_class(page, (enum row_class)rank);
	if (page->model->any_free) {
		fputs("\n", page->out);
		put_sentence(page, FREE_LEGEND, 100);
		fputs("\n", page->out);
	}
}

/* What a trial said last, a line each. */
static void
put_said(const struct page *page, const struct failure *failure)
{
	const char *at = failure_said(failure);
	char *line;

	while ((line = show_said(&at))) {
		fputs("  - ", page->out);
		put_code(page, line, false);
		fputs("\n", page->out);
		free(line);
	}
}

static void
put_failures(const struct page *page)
{
	const struct model *model = page->model;
	size_t n = page->share[FAILURES];

	if (!n)
		return;
	fputs("\n## Trials that failed or were skipped\n\n", page->out);
	for (size_t i = 0; i < n; i++) {
		char *text = show_failure(model, &model->failures[i]);

		fputs("- ", page->out);
		put_code(page, model->failures[i].trial.name, false);
		fputs(": ", page->out);
		put_sentence(page, text, SENTENCE_MAX);
		fputs("\n", page->out);
		free(text);
		put_said(page, &model->failures[i]);
	}
	if (n < model->n_failures)
		fprintf(
		    page->out, "- and %zu more kinds\n", model->n_failures - n);
}

/* Two spaces at the end of a line are a line break. */
static void
put_run(const struct page *page)
{
	const struct model *model = page->model;

	if (model->about.n)
		fputs("\n## Run and machine\n\n", page->out);
	for (size_t i = 0; i < model->about.n; i++) {
		const struct fact *fact = &model->about.list[i];

		fprintf(page->out, "**%s:** ", fact->name);
		put_sentence(page, fact->value, 300);
		fputs("  \n", page->out);
	}
	if (model->n_warnings)
		fputs("\n", page->out);
	for (size_t i = 0; i < model->n_warnings && i < MAX_FAILURES; i++) {
		char *text = show_check(&model->checks[i]);

		/* The sign keeps what follows from being a list or quote. */
		fprintf(page->out, "- %s", symbols[TONE_WARN]);
		put_sentence(page, text, SENTENCE_MAX);
		fputs("\n", page->out);
		free(text);
	}
}

/* The report with so much in it, for the caller to free. */
static char *
render(const struct model *model, const struct options *options,
    const size_t share[], size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	struct page page;

	if (!out)
		die_errno("memory");
	page = (struct page){out, model, options, share};
	put_head(&page);
	put_comparison(&page);
	put_measured(&page);
	put_failures(&page);
	put_run(&page);
	fclose(out);
	return text;
}

static bool
fits(const struct model *model, const struct options *options,
    const size_t share[])
{
	size_t len;

	free(render(model, options, share, &len));
	return len <= options->max_bytes;
}

/* The most of a part that fits; 0 where nothing does. */
static void
fit(const struct model *model, const struct options *options, size_t share[],
    int part)
{
	/* No row is shorter than 8 bytes. */
	size_t least = 0, most = options->max_bytes / 8;

	most = share[part] < most ? share[part] : most;
	while (least < most) {
		share[part] = most - (most - least) / 2;
		if (fits(model, options, share))
			least = share[part];
		else
			most = share[part] - 1;
	}
	share[part] = least;
}

void
write_md(FILE *out, const struct model *model, const struct options *options)
{
	size_t share[N_PARTS] = {[MEASURED] = measured_shown(model, options)};
	size_t len = 0;
	char *text;

	for (int rank = 0; rank < ROW_CLASS_COUNT; rank++)
		share[rank <= ROW_LAST_REMARKABLE ? REMARKABLE_ROWS
						  : QUIET_ROWS] +=
		    model->n_of_class[rank];
	share[FAILURES] =
	    model->n_failures > MAX_FAILURES ? MAX_FAILURES : model->n_failures;
	for (int part = 0; part < N_PARTS && !fits(model, options, share);
	     part++)
		fit(model, options, share, part);
	text = render(model, options, share, &len);
	fwrite(text, 1, len, out);
	free(text);
}
