/*
 * The report as one HTML file that needs nothing else: no script, no font, no
 * image of another site. What the input says is text only, never markup.
 */
#include "mk-report.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAME_COLUMNS = 300,
	SENTENCE_COLUMNS = 1000,
	MAX_FAILURES = 200,
};

struct page {
	FILE *out;
	const struct model *model;
	const struct options *options;
};

/* Text on its background has a contrast of at least 4.5 (WCAG 2.2, 1.4.3). */
static const char light[] = "--bg:#fff;--fg:#1c2128;--muted:#57606a;"
			    "--line:#d5dbe1;--soft:#f5f7f9;--band:#e9eef3;"
			    "--bad:#b3261e;--good:#15703a;--warn:#8a5300;"
			    "--none:#4a5560;";
static const char dark[] = "--bg:#11151a;--fg:#e3e8ee;--muted:#9aa5b1;"
			   "--line:#303841;--soft:#191f26;--band:#212a33;"
			   "--bad:#ff9088;--good:#62cf8c;--warn:#eab54e;"
			   "--none:#aab4bf;";

static const char style[] =
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--fg);"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,"
    "\"DejaVu Sans\",sans-serif}\n"
    "header,main,footer{max-width:1160px;margin:0 auto;padding:0 24px}\n"
    "header{padding-top:32px}\n"
    "h1{font-size:1rem;font-weight:600;color:var(--muted);margin:0 0 12px;"
    "display:flex;flex-wrap:wrap;gap:0 24px}h1 span{font-weight:400;"
    "font-size:.93rem}\n"
    "header+main{padding-top:16px}h2{font-size:1.2rem;margin:36px 0 8px}\n"
    "h3{font-size:1rem;margin:28px 0 4px}\n"
    "p{margin:0 0 8px;overflow-wrap:anywhere}\n"
    "a{color:inherit;text-decoration-color:var(--muted);"
    "text-underline-offset:3px}\n"
    ".name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"
    "\"DejaVu Sans Mono\",monospace;overflow-wrap:anywhere}\n"
    ".status{border:1px solid var(--line);border-left:6px solid var(--c);"
    "border-radius:6px;background:var(--soft);padding:16px 20px;"
    "font-size:1.5rem;font-weight:650;line-height:1.3;margin:0}\n"
    ".status span{color:var(--c);margin-right:.2em}\n"
    ".bad{--c:var(--bad)}.good{--c:var(--good)}.warn{--c:var(--warn)}"
    ".none{--c:var(--none)}\n"
    ".facts{display:grid;grid-template-columns:max-content 1fr;"
    "gap:2px 16px;margin:8px 0;font-size:.93rem}\n"
    ".facts dt{color:var(--muted)}.facts dd{margin:0;"
    "overflow-wrap:anywhere}\n"
    ".muted{color:var(--muted);font-size:.93rem}\n"
    ".wide{overflow-x:auto}\n"
    "svg{display:block;width:100%;min-width:640px;height:auto;"
    "font-size:13px;margin:8px 0}\n"
    "svg text{fill:var(--fg)}svg .label{text-anchor:end}\n"
    "svg .tick{text-anchor:middle;fill:var(--muted);font-size:11px}\n"
    "svg .head{font-weight:650;paint-order:stroke;stroke:var(--bg);"
    "stroke-width:6px}\n"
    "svg .words{font-variant-numeric:tabular-nums}\n"
    "svg .verdict{fill:var(--c)}\n"
    "svg .bad .verdict,svg .good .verdict,svg .warn .verdict"
    "{font-weight:650}\n"
    ".band{fill:var(--band)}.grid{stroke:var(--line)}"
    ".zero{stroke:var(--muted)}\n"
    ".ci,.cap{stroke:var(--c);stroke-width:2;fill:none}"
    ".unsure .ci{stroke-dasharray:4 3}\n"
    ".mark{fill:var(--c)}.ring{fill:var(--bg);stroke:var(--c);"
    "stroke-width:2}\n"
    "details{margin:8px 0}summary{cursor:pointer;color:var(--muted)}\n"
    "table{border-collapse:collapse;width:100%;font-size:.85rem;"
    "margin:4px 0 8px}\n"
    "th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;"
    "border-bottom:1px solid var(--line)}\n"
    "thead th:first-child{width:24%}\n"
    "thead th{color:var(--muted);font-weight:600;vertical-align:bottom}\n"
    "tbody th{font-weight:400}tbody tr:not(.case,.class)>:first-child"
    "{padding-left:14px}\n"
    ".case th{font-weight:650;padding-top:12px}"
    ".class th{font-weight:650;font-size:1.05rem;padding-top:20px}\n"
    "td{white-space:nowrap}.more td{white-space:normal}"
    "tbody tr:not(.case) .name{overflow-wrap:break-word}\n"
    ".num{text-align:right;font-variant-numeric:tabular-nums}\n"
    ".tag{color:var(--c)}.bad.tag,.good.tag,.warn.tag"
    "{font-weight:650}\n"
    "tr:has(+.more)>*{border-bottom:0;padding-bottom:0}\n"
    ".more td{color:var(--muted);padding-top:0}\n"
    "ul{padding-left:1.2em;margin:8px 0}\n"
    "footer{margin-top:48px;padding-bottom:32px;color:var(--muted);"
    "font-size:.85rem}\n"
    "@media print{body{font-size:11px}header,main,footer{max-width:none;"
    "padding:0}.wide{overflow:visible}svg,tr{break-inside:avoid}"
    "h2,h3,.class,.case{break-after:avoid}svg{min-width:0}"
    "details::details-content{content-visibility:visible;display:block}}\n";

const char *const html_tones[] = {
    [TONE_NONE] = "none",
    [TONE_GOOD] = "good",
    [TONE_WARN] = "warn",
    [TONE_BAD] = "bad",
};

static const char *const symbols[] = {
    [TONE_NONE] = "",
    [TONE_GOOD] = "✔ ",
    [TONE_WARN] = "⚠ ",
    [TONE_BAD] = "✖ ",
};

static const char *
title_of(const struct page *page)
{
	return page->options->title ? page->options->title : DEFAULT_TITLE;
}

/* When and of what, beside the title. */
static void
put_source(const struct page *page)
{
	const struct facts *about = &page->model->about;

	for (size_t i = 0; i < about->n; i++) {
		const struct fact *fact = &about->list[i];

		if (strcmp(fact->name, "Date") != 0 &&
		    strcmp(fact->name, "Commit") != 0)
			continue;
		fputs("<span>", page->out);
		markup_sentence(page->out, fact->value, 100);
		fputs("</span>", page->out);
	}
}

static void
put_head(const struct page *page)
{
	const struct model *model = page->model;
	FILE *out = page->out;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\""
	      "default-src 'none'; style-src 'unsafe-inline'; "
	      "img-src data:\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<title>",
	    out);
	markup_sentence(out, model->headline, 100);
	fputs(" – ", out);
	markup_sentence(out, title_of(page), 100);
	fprintf(out,
	    "</title>\n<style>\n:root{color-scheme:light dark;%s}\n"
	    "@media (prefers-color-scheme:dark){:root{%s}}\n"
	    "@media print{:root{color-scheme:light;%s}}\n%s</style>\n",
	    light, dark, light, style);
	fputs("</head>\n<body>\n<header>\n<h1>", out);
	markup_sentence(out, title_of(page), 200);
	put_source(page);
	fprintf(out,
	    "</h1>\n<p class=\"status %s\"><span "
	    "aria-hidden=\"true\">%s</span>",
	    html_tones[model->tone], symbols[model->tone]);
	markup_sentence(out, model->headline, 200);
	fputs("</p>\n</header>\n<main>\n", out);
}

/* A table's head; numbers are to the right, and their names begin with #. */
static void
open_table(const struct page *page, const char *const names[], size_t n_names)
{
	fputs("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>",
	    page->out);
	for (size_t i = 0; i < n_names; i++)
		fprintf(page->out, "<th scope=\"col\"%s>%s</th>",
		    *names[i] == '#' ? " class=\"num\"" : "",
		    names[i] + (*names[i] == '#'));
	fputs("</tr></thead>\n", page->out);
}

static void
close_table(const struct page *page)
{
	fputs("</table></div>\n", page->out);
}

static void
put_number(const struct page *page, const char *text)
{
	fputs("<td class=\"num\">", page->out);
	markup_text(page->out, text, 60);
	fputs("</td>", page->out);
}

/* The case that the rows below are about; in full, with a way to its plot. */
static void
put_case(const struct page *page, size_t number, bool in_full, size_t columns)
{
	const struct model *model = page->model;
	const char *rest = case_rest(model, number);
	bool links = in_full && model->n_rows;

	fprintf(page->out,
	    "<tr class=\"case\"><th scope=\"rowgroup\" colspan=\"%zu\" "
	    "class=\"name\">",
	    columns);
	if (links)
		fprintf(page->out, "<a href=\"#w%zu\">",
		    model->places[number].workload);
	markup_text(page->out,
	    in_full ? model->cases.texts[number] : rest + (*rest == '/'),
	    NAME_COLUMNS);
	fputs(links ? "</a></th></tr>\n" : "</th></tr>\n", page->out);
}

static void
put_metric(const struct page *page, const char *metric, const char *mark)
{
	fputs("<tr><th scope=\"row\" class=\"name\">", page->out);
	markup_text(page->out, metric, NAME_COLUMNS);
	fprintf(page->out, "%s</th>", mark);
}

static const char *const row_columns[] = {"Metric", "#Baseline or limit",
    "#Current", "#Change", "#95 % interval", "Verdict", "#p", "#q", "Basis",
    "#Detects"};

#define N_ROW_COLUMNS (sizeof row_columns / sizeof *row_columns)

/* The numbers, and below them a sentence that says more than they do. */
static void
put_row(const struct page *page, const struct row *row)
{
	enum tone tone = row_looks[row->rank].tone;
	struct cells c;
	char *meaning;
	bool must_see;

	show_cells(page->model, row, &c);
	meaning = show_meaning(row, &c);
	must_see = page->options->all || row->rank <= ROW_LAST_REMARKABLE ||
		   (row->rank == ROW_UNJUDGED && !is_unproven(meaning));
	put_metric(page, c.metric, row->gates ? "" : FREE_MARK);
	put_number(page, *c.limit ? c.limit : c.baseline);
	put_number(page, c.current);
	put_number(page, c.change);
	put_number(page, c.interval);
	fprintf(page->out, "<td class=\"%s tag\">%s", html_tones[tone],
	    symbols[tone]);
	markup_text(page->out, row->v.verdict, 30);
	fputs("</td>", page->out);
	put_number(page, c.p);
	put_number(page, c.q);
	fprintf(page->out, "<td>%s</td>", c.basis);
	put_number(page, c.mde);
	fputs("</tr>\n", page->out);
	if (must_see && *meaning) {
		fprintf(page->out, "<tr class=\"more\"><td colspan=\"%zu\">",
		    N_ROW_COLUMNS);
		markup_sentence(page->out, meaning, SENTENCE_COLUMNS);
		fputs("</td></tr>\n", page->out);
	}
	free(meaning);
}

static void
put_class(const struct page *page, enum row_class rank)
{
	fprintf(page->out,
	    "<tr class=\"class\"><th scope=\"rowgroup\" colspan=\"%zu\">%s "
	    "(%zu)</th></tr>\n",
	    N_ROW_COLUMNS, row_looks[rank].title,
	    page->model->n_of_class[rank]);
}

/* Rows, with a line wherever another case begins; in full, or of a workload. */
static void
put_table(const struct page *page, const struct row *const rows[], size_t n,
    bool in_full)
{
	open_table(page, row_columns, N_ROW_COLUMNS);
	fputs("<tbody>\n", page->out);
	for (size_t i = 0; i < n; i++) {
		const struct row *row = rows[i], *last = i ? rows[i - 1] : NULL;
		bool new_class = in_full && (!last || row->rank != last->rank);

		if (new_class)
			put_class(page, row->rank);
		if (new_class || !last || row->case_number != last->case_number)
			put_case(
			    page, row->case_number, in_full, N_ROW_COLUMNS);
		put_row(page, row);
	}
	fputs("</tbody>", page->out);
	close_table(page);
}

/* What a reader must see: before all plots, the worst first. */
static void
put_remarkable(const struct page *page, const struct row *const rows[])
{
	size_t n = 0;

	for (int rank = 0; rank <= ROW_LAST_REMARKABLE; rank++)
		n += page->model->n_of_class[rank];
	if (!n)
		return;
	fputs("<section>\n", page->out);
	put_table(page, rows, n, true);
	fputs("</section>\n", page->out);
}

static void
open_details(const struct page *page, bool open, const char *what, size_t n)
{
	fprintf(page->out, "<details%s>\n<summary>%s (%zu)</summary>\n",
	    open ? " open" : "", what, n);
}

static void
put_workload(const struct page *page, const struct row *const rows[], size_t n)
{
	const struct model *model = page->model;
	size_t number = model->places[rows[0]->case_number].workload;
	const char *description = model->workloads[number].description;
	bool has_plot;

	fprintf(
	    page->out, "<section>\n<h3 id=\"w%zu\" class=\"name\">", number);
	markup_text(
	    page->out, model->workload_names.texts[number], NAME_COLUMNS);
	fputs("</h3>\n", page->out);
	if (description) {
		fputs("<p class=\"muted\">", page->out);
		markup_sentence(page->out, description, SENTENCE_COLUMNS);
		fputs("</p>\n", page->out);
	}
	has_plot = write_plot(page->out, model, rows, n);
	/* What no plot shows is worth an open table. */
	open_details(page, !has_plot, "All numbers", n);
	put_table(page, rows, n, false);
	fputs("</details>\n</section>\n", page->out);
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
put_workloads(const struct page *page, const struct row *rows[])
{
	const struct model *model = page->model;

	if (!model->n_rows)
		return;
	qsort_r(
	    rows, model->n_rows, sizeof *rows, compare_cases, model->places);
	fputs("<section>\n<h2>By workload</h2>\n"
	      "<p class=\"muted\">Each line is a change against the baseline "
	      "with its 95 % interval: to the right it rose, to the left it "
	      "fell. The band is as wide as the threshold of what matters. A "
	      "diamond is worse, a disc better, a ring neither; a dashed "
	      "interval could not be judged.",
	    page->out);
	fputs(
	    model->any_free ? " " FREE_LEGEND ".</p>\n" : "</p>\n", page->out);
	for (size_t i = 0, n; i < model->n_rows; i += n) {
		size_t number = model->places[rows[i]->case_number].workload;

		for (n = 1; i + n < model->n_rows &&
			    model->places[rows[i + n]->case_number].workload ==
				number;)
			n++;
		put_workload(page, rows + i, n);
	}
	fputs("</section>\n", page->out);
}

static void
put_rows(const struct page *page)
{
	const struct model *model = page->model;
	const struct row **rows = mem_zero(model->n_rows, sizeof *rows);

	for (size_t i = 0; i < model->n_rows; i++)
		rows[i] = &model->rows[i];
	put_remarkable(page, rows);
	put_workloads(page, rows);
	free(rows);
}

static void
put_measured(const struct page *page)
{
	static const char *const names[] = {
	    "Metric", "#n", "#Value", "#95 % interval", "#Min", "#Max", "#cv"};
	const size_t n_names = sizeof names / sizeof *names;
	const struct model *model = page->model;
	size_t n = measured_shown(model, page->options);

	if (!n || model->from_rows)
		return;
	fputs("<section>\n<h2>Measured values</h2>\n", page->out);
	open_details(page, !model->n_rows, "All numbers", n);
	open_table(page, names, n_names);
	fputs("<tbody>\n", page->out);
	for (size_t i = 0; i < n; i++) {
		const struct summary *s = &model->measured[i];
		struct measured_cells c;

		show_measured(model, s, &c);
		if (!i || strcmp(s->name, model->measured[i - 1].name) != 0)
			put_case(page, index_find(&model->cases, s->name), true,
			    n_names);
		put_metric(page, c.metric, "");
		put_number(page, c.n);
		put_number(page, c.value);
		put_number(page, c.interval);
		put_number(page, c.min);
		put_number(page, c.max);
		put_number(page, c.cv);
		fputs("</tr>\n", page->out);
	}
	fputs("</tbody>", page->out);
	close_table(page);
	fputs("</details>\n</section>\n", page->out);
}

static void
put_failures(const struct page *page)
{
	const struct model *model = page->model;
	size_t n =
	    model->n_failures > MAX_FAILURES ? MAX_FAILURES : model->n_failures;

	if (!n)
		return;
	fputs("<section>\n<h2>Trials that failed or were skipped</h2>\n<ul>\n",
	    page->out);
	for (size_t i = 0; i < n; i++) {
		char *text = show_failure(model, &model->failures[i]);

		fputs("<li><span class=\"name\">", page->out);
		markup_text(
		    page->out, model->failures[i].trial.name, NAME_COLUMNS);
		fputs("</span>: ", page->out);
		markup_sentence(page->out, text, SENTENCE_COLUMNS);
		fputs("</li>\n", page->out);
		free(text);
	}
	if (n < model->n_failures)
		fprintf(page->out, "<li>and %zu more kinds</li>\n",
		    model->n_failures - n);
	fputs("</ul>\n</section>\n", page->out);
}

static void
put_facts(const struct page *page, const struct facts *facts)
{
	fputs("<dl class=\"facts\">\n", page->out);
	for (size_t i = 0; i < facts->n; i++) {
		fputs("<dt>", page->out);
		markup_text(page->out, facts->list[i].name, 40);
		fputs("</dt><dd>", page->out);
		markup_sentence(page->out, facts->list[i].value, 300);
		fputs("</dd>\n", page->out);
	}
	fputs("</dl>\n", page->out);
}

static void
put_run(const struct page *page)
{
	const struct model *model = page->model;

	fputs("<section>\n<h2>Run and machine</h2>\n", page->out);
	if (model->n_warnings)
		fputs("<ul>\n", page->out);
	for (size_t i = 0; i < model->n_warnings; i++) {
		char *text = show_check(&model->checks[i]);

		fputs("<li>", page->out);
		markup_sentence(page->out, text, SENTENCE_COLUMNS);
		free(text);
		fputs("</li>\n", page->out);
	}
	if (model->n_warnings)
		fputs("</ul>\n", page->out);
	put_facts(page, &model->about);
	if (model->host.n) {
		open_details(page, false, "All that is known of the machine",
		    model->host.n);
		put_facts(page, &model->host);
		fputs("</details>\n", page->out);
	}
	fputs("</section>\n", page->out);
}

void
write_html(FILE *out, const struct model *model, const struct options *options)
{
	struct page page = {out, model, options};

	put_head(&page);
	put_rows(&page);
	put_measured(&page);
	put_failures(&page);
	put_run(&page);
	fprintf(out,
	    "</main>\n<footer>mk-report, plumbline %s</footer>\n"
	    "</body>\n</html>\n",
	    PLUMBLINE_VERSION);
}
