/*
 * The report as one HTML file that needs nothing else: no script, no font, no
 * image of another site. What the input says is text only, never markup.
 */
#include "mk-report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_COLUMNS = 120,
	SENTENCE_COLUMNS = 1000,
	MAX_CARDS = 40,
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
    "h1{font-size:1rem;font-weight:600;color:var(--muted);margin:0 0 12px}\n"
    "h2{font-size:1.2rem;margin:40px 0 12px}\n"
    "h3{font-size:1rem;margin:28px 0 4px}\n"
    "p{margin:0 0 "
    "8px;overflow-wrap:anywhere}a{color:inherit;text-decoration-color:var(--"
    "muted);"
    "text-underline-offset:3px}\n"
    "code,.name{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"
    "\"DejaVu Sans Mono\",monospace;font-size:.92em;"
    "overflow-wrap:anywhere}\n"
    ".status{border:1px solid var(--line);border-left:6px solid var(--c);"
    "border-radius:6px;background:var(--soft);padding:16px 20px;"
    "font-size:1.5rem;font-weight:650;line-height:1.3;margin:0 0 16px}\n"
    ".status span{color:var(--c);margin-right:.5em}\n"
    ".bad{--c:var(--bad)}.good{--c:var(--good)}.warn{--c:var(--warn)}"
    ".none,.small,.unsure,.same{--c:var(--none)}\n"
    ".totals{margin:0 0 12px;padding:0;list-style:none;display:flex;"
    "flex-wrap:wrap;gap:4px 20px}\n"
    ".totals b{font-variant-numeric:tabular-nums}\n"
    ".facts{display:grid;grid-template-columns:max-content 1fr;"
    "gap:2px 16px;margin:0;font-size:.93rem}\n"
    ".facts dt{color:var(--muted)}.facts dd{margin:0;"
    "overflow-wrap:anywhere}\n"
    ".card{border:1px solid var(--line);border-left:4px solid var(--c);"
    "border-radius:6px;padding:12px 16px;margin:0 0 10px}\n"
    ".card p{margin:0}\n"
    ".card .first{display:flex;flex-wrap:wrap;gap:0 14px;"
    "align-items:baseline}\n"
    ".tag{color:var(--c);font-weight:650;white-space:nowrap}\n"
    ".big{font-weight:650;font-variant-numeric:tabular-nums}\n"
    ".muted{color:var(--muted);font-size:.93rem}\n"
    ".wide{overflow-x:auto}\n"
    "svg{display:block;width:100%;min-width:640px;height:auto;"
    "font-size:13px;margin:8px 0}\n"
    "svg text{fill:var(--fg)}svg .label{text-anchor:end}\n"
    "svg .tick{text-anchor:middle;fill:var(--muted);font-size:11px}\n"
    "svg .words{font-variant-numeric:tabular-nums}\n"
    "svg .verdict{fill:var(--c)}\n"
    "svg .bad .verdict,svg .good .verdict,svg .warn .verdict"
    "{font-weight:650}\n"
    ".band{fill:var(--band)}.grid{stroke:var(--line)}"
    ".zero{stroke:var(--muted)}\n"
    ".ci{stroke:var(--c);stroke-width:2;fill:none}"
    ".unsure .ci{stroke-dasharray:4 3}\n"
    ".mark{fill:var(--c)}.ring{fill:var(--bg);stroke:var(--c);"
    "stroke-width:2}\n"
    "details{margin:8px 0}summary{cursor:pointer;color:var(--muted)}\n"
    "table{border-collapse:collapse;width:100%;font-size:.85rem;"
    "margin:8px 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:5px 9px 5px 0;"
    "border-bottom:1px solid var(--line)}\n"
    "thead th{color:var(--muted);font-weight:600;vertical-align:bottom}\n"
    "tbody th{font-weight:400}\n"
    ".num{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}\n"
    "table .name{min-width:7rem;overflow-wrap:break-word}\n"
    ".first-of-two>*{border-bottom:0;padding-bottom:0}\n"
    "td.why{color:var(--muted);padding-top:0}\n"
    "ul{padding-left:1.2em;margin:8px 0}\n"
    "footer{margin-top:48px;padding-bottom:32px;color:var(--muted);"
    "font-size:.85rem}\n"
    "@media print{body{font-size:11px}header,main,footer{max-width:none;"
    "padding:0}.wide{overflow:visible}.card,svg,tr{break-inside:avoid}"
    "h2,h3{break-after:avoid}svg{min-width:0}"
    "details::details-content{content-visibility:visible;display:block}}\n";

static void
put_escaped(FILE *out, char *shown)
{
	for (const char *c = shown; *c; c++)
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*c, out);
		}
	free(shown);
}

void
html_text(FILE *out, const char *text, size_t columns)
{
	put_escaped(out, show_text(text, columns));
}

void
html_sentence(FILE *out, const char *text, size_t columns)
{
	put_escaped(out, show_sentence(text, columns));
}

static const char *
style_of_state(enum state state)
{
	switch (state) {
	case STATE_PASS:
		return "good";
	case STATE_FAIL:
		return "bad";
	case STATE_DOUBT:
		return "warn";
	case STATE_NONE:
		break;
	}
	return "none";
}

static const char *
symbol_of_state(enum state state)
{
	switch (state) {
	case STATE_PASS:
		return "✔";
	case STATE_FAIL:
		return "✖";
	case STATE_DOUBT:
		return "⚠";
	case STATE_NONE:
		break;
	}
	return "○";
}

static const char *
style_of_class(enum row_class rank)
{
	switch (rank) {
	case ROW_REGRESSION:
	case ROW_FAILED:
	case ROW_LIMIT:
		return "bad";
	case ROW_WARNING:
		return "warn";
	case ROW_IMPROVEMENT:
		return "good";
	default:
		return "none";
	}
}

static const char *
symbol_of_class(enum row_class rank)
{
	switch (rank) {
	case ROW_REGRESSION:
	case ROW_FAILED:
	case ROW_LIMIT:
		return "✖ ";
	case ROW_WARNING:
		return "⚠ ";
	case ROW_IMPROVEMENT:
		return "✔ ";
	default:
		return "";
	}
}

static void
put_fact(const struct page *page, const char *name, const char *value)
{
	if (!value)
		return;
	fputs("<dt>", page->out);
	html_text(page->out, name, 40);
	fputs("</dt><dd>", page->out);
	html_sentence(page->out, value, 300);
	fputs("</dd>\n", page->out);
}

static void
put_source(const struct page *page)
{
	const struct model *model = page->model;
	const struct run *run = &model->run;
	char *commit = run->commit ? show_commit(run->commit) : NULL;
	char *time = run->time ? show_time(run->time) : NULL;
	char percent[32];

	fputs("<dl class=\"facts\">\n", page->out);
	put_fact(page, "Date", time);
	if (commit) {
		fputs("<dt>Commit</dt><dd><code>", page->out);
		html_text(page->out, commit, 40);
		fputs("</code>", page->out);
		if (run->branch) {
			fputs(" on <code>", page->out);
			html_text(page->out, run->branch, 60);
			fputs("</code>", page->out);
		}
		fputs(run->dirty == true ? ", with uncommitted changes" : "",
		    page->out);
		fputs("</dd>\n", page->out);
	}
	put_fact(page, "Target", run->target);
	put_fact(page, "Machine", model->machine);
	put_fact(page, "Trials", model->trials_line);
	if (isfinite(model->result.slo_compliance_percent)) {
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
		put_fact(page, "SLO compliance", percent);
	}
	if (model->n_overall) {
		char *text;

		show_percent(percent, sizeof percent, model->overall);
		text = mem_format("%s (geometric mean of %zu judged metric%s)",
		    percent, model->n_overall,
		    model->n_overall == 1 ? "" : "s");
		put_fact(page, "Overall improvement", text);
		free(text);
	}
	if (model->n_runs > 1)
		fprintf(page->out,
		    "<dt>Runs</dt><dd>%zu, the last one is described</dd>\n",
		    model->n_runs);
	fputs("</dl>\n", page->out);
	free(commit);
	free(time);
}

static void
put_totals(const struct page *page)
{
	const struct model *model = page->model;

	if (!model->n_rows)
		return;
	fputs("<ul class=\"totals\" aria-label=\"Verdicts\">\n", page->out);
	for (size_t i = 0; i < model->words.n; i++) {
		if (!model->n_of_word[i])
			continue;
		fprintf(page->out, "<li><b>%zu</b> ", model->n_of_word[i]);
		html_text(page->out, model->words.texts[i], 30);
		fputs("</li>\n", page->out);
	}
	fputs("</ul>\n", page->out);
}

static const char *
title_of(const struct page *page)
{
	return page->options->title ? page->options->title : DEFAULT_TITLE;
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
	html_sentence(out, model->headline, 100);
	fputs(" – ", out);
	html_sentence(out, title_of(page), 100);
	fprintf(out,
	    "</title>\n<style>\n:root{color-scheme:light dark;%s}\n"
	    "@media (prefers-color-scheme:dark){:root{%s}}\n"
	    "@media print{:root{color-scheme:light;%s}}\n%s</style>\n",
	    light, dark, light, style);
	fputs("</head>\n<body>\n<header>\n<h1>", out);
	html_sentence(out, title_of(page), 200);
	fprintf(out,
	    "</h1>\n<p class=\"status %s\"><span "
	    "aria-hidden=\"true\">%s</span>",
	    style_of_state(model->state), symbol_of_state(model->state));
	html_sentence(out, model->headline, 200);
	fputs("</p>\n", out);
	put_totals(page);
	put_source(page);
	fputs("</header>\n<main>\n", out);
}

/* A row that a reader must see, in full. */
static void
put_card(const struct page *page, const struct row *row)
{
	FILE *out = page->out;
	struct cells c;

	show_cells(page->model, row, &c);
	fprintf(out,
	    "<article class=\"card %s\">\n<p class=\"first\">"
	    "<span class=\"tag\">%s",
	    style_of_class(row->rank), symbol_of_class(row->rank));
	html_text(out, row->v.verdict, 30);
	fprintf(
	    out, "</span> <a class=\"name\" href=\"#w%zu\">", row->workload);
	html_text(out, row->v.name, NAME_COLUMNS);
	fputs("</a>", out);
	if (row->v.metric) {
		fputs(" <span class=\"name\">", out);
		html_text(out, c.metric, 60);
		fputs("</span>", out);
	}
	if (*c.change)
		fprintf(out, " <span class=\"big\">%s%s%s</span>", c.change,
		    *c.sense ? " " : "", c.sense);
	if (*c.baseline && *c.current) {
		fputs(" <span>", out);
		html_text(out, c.baseline, 40);
		fputs(" → ", out);
		html_text(out, c.current, 40);
		fputs("</span>", out);
	} else if (*c.limit) {
		fputs(" <span class=\"big\">", out);
		html_text(out, c.current, 40);
		fputs("</span> <span>limit ", out);
		html_text(out, c.limit, 60);
		fputs("</span>", out);
	}
	fputs("</p>\n", out);
	if (row->v.why) {
		fputs("<p>", out);
		html_sentence(out, row->v.why, SENTENCE_COLUMNS);
		fputs("</p>\n", out);
	}
	if (!*c.limit && (*c.interval || *c.stats)) {
		bool says_interval = *c.interval && !c.repeated;

		fprintf(out, "<p class=\"muted\">%s%s%s",
		    says_interval ? "95 % interval " : "",
		    says_interval ? c.interval : "",
		    says_interval && *c.stats ? ", " : "");
		html_text(out, c.stats, 300);
		fputs("</p>\n", out);
	}
	fputs("</article>\n", out);
}

/* The classes from `first` to `last`, as cards. */
static void
put_cards(const struct page *page, const char *title, enum row_class first,
    enum row_class last)
{
	const struct model *model = page->model;
	size_t from = 0, n = 0, shown;

	for (int rank = 0; rank <= (int)last; rank++)
		if (rank < (int)first)
			from += model->n_of_class[rank];
		else
			n += model->n_of_class[rank];
	if (!n)
		return;
	shown = n > MAX_CARDS ? MAX_CARDS : n;
	fprintf(page->out, "<section>\n<h2>%s</h2>\n", title);
	for (size_t i = 0; i < shown; i++)
		put_card(page, &model->rows[from + i]);
	if (shown < n)
		fprintf(page->out,
		    "<p class=\"muted\">%zu more are in the tables "
		    "below.</p>\n",
		    n - shown);
	fputs("</section>\n", page->out);
}

static void
put_cell(const struct page *page, const char *attribute, const char *text)
{
	fprintf(page->out, "<td%s>", attribute);
	html_text(page->out, text, 60);
	fputs("</td>", page->out);
}

/* Two lines: the numbers, and below them the sentence. */
static void
put_table_row(const struct page *page, const struct row *row)
{
	static const char num[] = " class=\"num\"";
	/* The workload is said above the table. */
	const char *slash = strchr(row->v.name, '/');
	struct cells c;

	show_cells(page->model, row, &c);
	fprintf(page->out, "<tr%s><th scope=\"row\" class=\"name\">",
	    row->v.why ? " class=\"first-of-two\"" : "");
	html_text(page->out, slash ? slash + 1 : row->v.name, NAME_COLUMNS);
	fputs("</th>", page->out);
	put_cell(page, " class=\"name\"", c.metric);
	put_cell(page, num, *c.limit ? c.limit : c.baseline);
	put_cell(page, num, c.current);
	put_cell(page, num, c.change);
	put_cell(page, num, c.interval);
	fprintf(page->out, "<td class=\"%s\"><span class=\"tag\">%s",
	    style_of_class(row->rank), symbol_of_class(row->rank));
	html_text(page->out, row->v.verdict, 30);
	fputs("</span></td>", page->out);
	put_cell(page, num, c.p);
	put_cell(page, num, c.q);
	put_cell(page, num, c.basis);
	put_cell(page, num, c.mde);
	fputs("</tr>\n", page->out);
	if (!row->v.why)
		return;
	fputs("<tr><td></td><td class=\"why\" colspan=\"10\">", page->out);
	html_sentence(page->out, row->v.why, SENTENCE_COLUMNS);
	fputs("</td></tr>\n", page->out);
}

static void
put_table(const struct page *page, const struct row *const rows[], size_t n,
    bool open)
{
	fprintf(page->out,
	    "<details%s>\n<summary>Table of %zu row%s</summary>\n"
	    "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>"
	    "<th scope=\"col\">Case</th><th scope=\"col\">Metric</th>"
	    "<th scope=\"col\" class=\"num\">Baseline or limit</th>"
	    "<th scope=\"col\" class=\"num\">Current</th>"
	    "<th scope=\"col\" class=\"num\">Change</th>"
	    "<th scope=\"col\" class=\"num\">95 %% interval</th>"
	    "<th scope=\"col\">Verdict</th>"
	    "<th scope=\"col\" class=\"num\">p</th>"
	    "<th scope=\"col\" class=\"num\">q</th>"
	    "<th scope=\"col\" class=\"num\">Basis</th>"
	    "<th scope=\"col\" class=\"num\">Detects</th>"
	    "</tr></thead>\n<tbody>\n",
	    open ? " open" : "", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++)
		put_table_row(page, rows[i]);
	fputs("</tbody></table></div>\n</details>\n", page->out);
}

static void
put_workload(const struct page *page, const struct row *const rows[], size_t n)
{
	const struct model *model = page->model;
	size_t workload = rows[0]->workload;

	fprintf(
	    page->out, "<section>\n<h3 id=\"w%zu\" class=\"name\">", workload);
	html_text(page->out, model->workloads.texts[workload], NAME_COLUMNS);
	fputs("</h3>\n", page->out);
	if (model->descriptions[workload]) {
		fputs("<p class=\"muted\">", page->out);
		html_sentence(
		    page->out, model->descriptions[workload], SENTENCE_COLUMNS);
		fputs("</p>\n", page->out);
	}
	/* What no plot shows is worth an open table. */
	put_table(page, rows, n, !write_plot(page->out, model, rows, n));
	fputs("</section>\n", page->out);
}

/* By workload; within one, in the order of the model, which is by address. */
static int
compare_workloads(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;

	if (x->workload != y->workload)
		return x->workload < y->workload ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void
put_workloads(const struct page *page)
{
	const struct model *model = page->model;
	const struct row **rows;

	if (!model->n_rows)
		return;
	rows = mem_zero(model->n_rows, sizeof *rows);
	for (size_t i = 0; i < model->n_rows; i++)
		rows[i] = &model->rows[i];
	qsort(rows, model->n_rows, sizeof *rows, compare_workloads);
	fputs("<section>\n<h2>By workload</h2>\n"
	      "<p class=\"muted\">Each line is a change against the baseline "
	      "with its 95 % interval: to the right it rose, to the left it "
	      "fell. The band is as wide as the threshold of what matters. A "
	      "diamond is worse, a disc better, a ring neither; a dashed "
	      "interval could not be judged.</p>\n",
	    page->out);
	for (size_t i = 0, n; i < model->n_rows; i += n) {
		for (n = 1; i + n < model->n_rows &&
			    rows[i + n]->workload == rows[i]->workload;)
			n++;
		put_workload(page, rows + i, n);
	}
	fputs("</section>\n", page->out);
	free(rows);
}

static void
put_measured_row(const struct page *page, const struct summary *s)
{
	static const char num[] = " class=\"num\"";
	char text[64], hi[64], both[140];

	fputs("<tr><th scope=\"row\" class=\"name\">", page->out);
	html_text(page->out, s->name, NAME_COLUMNS);
	fputs("</th><td class=\"name\">", page->out);
	html_text(page->out, s->metric, 60);
	if (page->model->variants && s->variant) {
		fputs(" (", page->out);
		html_text(page->out, s->variant, 30);
		fputs(")", page->out);
	}
	fputs("</td>", page->out);
	show_count(text, sizeof text, s->n);
	put_cell(page, num, text);
	show_value(text, sizeof text, s->value, s->unit);
	put_cell(page, num, text);
	both[0] = '\0';
	if (s->ci.n == 2) {
		show_value(text, sizeof text, s->ci.x[0], s->unit);
		show_value(hi, sizeof hi, s->ci.x[1], s->unit);
		snprintf(both, sizeof both, "%s to %s", text, hi);
	}
	put_cell(page, num, both);
	show_value(text, sizeof text, s->min, s->unit);
	put_cell(page, num, text);
	show_value(text, sizeof text, s->max, s->unit);
	put_cell(page, num, text);
	text[0] = '\0';
	if (!isnan(s->cv))
		show_percent(text, sizeof text, s->cv);
	put_cell(page, num, text);
	fputs("</tr>\n", page->out);
}

static void
put_measured(const struct page *page)
{
	const struct model *model = page->model;

	if (!model->n_measured || model->from_rows)
		return;
	fprintf(page->out,
	    "<section>\n<h2>Measured values</h2>\n<details%s>\n"
	    "<summary>Table of %zu row%s</summary>\n"
	    "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>"
	    "<th scope=\"col\">Case</th><th scope=\"col\">Metric</th>"
	    "<th scope=\"col\" class=\"num\">n</th>"
	    "<th scope=\"col\" class=\"num\">Value</th>"
	    "<th scope=\"col\" class=\"num\">95 %% interval</th>"
	    "<th scope=\"col\" class=\"num\">Min</th>"
	    "<th scope=\"col\" class=\"num\">Max</th>"
	    "<th scope=\"col\" class=\"num\">cv</th>"
	    "</tr></thead>\n<tbody>\n",
	    model->n_rows ? "" : " open", model->n_measured,
	    model->n_measured == 1 ? "" : "s");
	for (size_t i = 0; i < model->n_measured; i++)
		put_measured_row(page, &model->measured[i]);
	fputs("</tbody></table></div>\n</details>\n</section>\n", page->out);
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
		const struct failure *f = &model->failures[i];

		fputs("<li><code>", page->out);
		html_text(page->out, f->trial.name, NAME_COLUMNS);
		fprintf(page->out, "</code>: %zu × ", f->n);
		html_text(page->out, f->trial.status, 30);
		if (f->trial.phase) {
			fputs(" in ", page->out);
			html_text(page->out, f->trial.phase, 30);
		}
		if (f->trial.why) {
			fputs(": ", page->out);
			html_sentence(
			    page->out, f->trial.why, SENTENCE_COLUMNS);
		}
		fputs("</li>\n", page->out);
	}
	if (n < model->n_failures)
		fprintf(page->out, "<li>and %zu more kinds</li>\n",
		    model->n_failures - n);
	fputs("</ul>\n</section>\n", page->out);
}

static void
put_machine(const struct page *page)
{
	const struct model *model = page->model;
	const struct run *run = &model->run;

	if (!model->n_runs)
		return;
	fputs("<section>\n<h2>Run and machine</h2>\n", page->out);
	if (model->n_checks) {
		fputs("<ul>\n", page->out);
		for (size_t i = 0; i < model->n_checks; i++) {
			const struct check *check = &model->checks[i];

			fputs("<li><b>", page->out);
			html_text(page->out, check->level, 20);
			fputs("</b>: ", page->out);
			html_sentence(
			    page->out, check->message, SENTENCE_COLUMNS);
			fputs(check->fix ? "; " : "", page->out);
			html_sentence(page->out, check->fix, SENTENCE_COLUMNS);
			fputs("</li>\n", page->out);
		}
		fputs("</ul>\n", page->out);
	}
	fputs("<dl class=\"facts\">\n", page->out);
	put_fact(page, "run", run->run);
	put_fact(page, "commit", run->commit);
	put_fact(page, "arch", run->arch);
	put_fact(page, "machine", run->machine);
	for (size_t i = 0; i < model->n_facts; i++)
		put_fact(page, model->facts[i].name, model->facts[i].value);
	fputs("</dl>\n</section>\n", page->out);
}

void
write_html(FILE *out, const struct model *model, const struct options *options)
{
	struct page page = {out, model, options};

	put_head(&page);
	put_cards(&page, "Needs attention", ROW_REGRESSION, ROW_WARNING);
	put_cards(&page, "Improvements", ROW_IMPROVEMENT, ROW_IMPROVEMENT);
	put_workloads(&page);
	put_measured(&page);
	put_failures(&page);
	put_machine(&page);
	fprintf(out,
	    "</main>\n<footer>mk-report, plumbline %s</footer>\n"
	    "</body>\n</html>\n",
	    PLUMBLINE_VERSION);
}
