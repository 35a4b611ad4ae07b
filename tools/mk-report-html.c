/*
 * The report as one HTML file that needs nothing else: no script, no font, no
 * image of another site. What the input says is text only, never markup.
 */
#include "mk-report-html.h"

#include <stdlib.h>
#include <string.h>

static FILE *
out_of(struct page *page)
{
	return ((struct sheet *)page->sheet)->out;
}

const char *const html_tones[] = {
    [TONE_NONE] = "none",
    [TONE_GOOD] = "good",
    [TONE_WARN] = "warn",
    [TONE_BAD] = "bad",
};

/* When and of what, below the headline. */
static void
put_source(struct page *page)
{
	const struct facts *about = &page->model->about;
	FILE *out = out_of(page);
	bool any = false;

	for (size_t i = 0; i < about->n; i++) {
		const struct fact *fact = &about->list[i];

		if (strcmp(fact->name, "Date") != 0 &&
		    strcmp(fact->name, "Commit") != 0)
			continue;
		fputs(any ? "<span>" : "<p class=\"source\"><span>", out);
		markup_sentence(out, fact->value, 100);
		fputs("</span>", out);
		any = true;
	}
	fputs(any ? "</p>\n" : "", out);
}

static void
html_begin(struct page *page)
{
	const struct model *model = page->model;
	FILE *out = out_of(page);

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
	markup_sentence(out, page_title(page), 100);
	fprintf(out,
	    "</title>\n<style>\n:root{color-scheme:light dark;%s}\n"
	    "@media (prefers-color-scheme:dark){:root{%s}}\n"
	    "@media print{:root{color-scheme:light;%s}}\n%s</style>\n",
	    style_light, style_dark, style_light, style_rules);
	fputs("</head>\n<body>\n<header>\n<h1>", out);
	markup_sentence(out, page_title(page), 200);
	fprintf(out, "</h1>\n<p class=\"status %s\">", html_tones[model->tone]);
	if (*tone_signs[model->tone])
		fprintf(out, "<span aria-hidden=\"true\">%s</span>",
		    tone_signs[model->tone]);
	markup_sentence(out, model->headline, 200);
	fputs("</p>\n", out);
	put_source(page);
	fputs("</header>\n<main>\n", out);
	html_shapes(page);
}

static void
html_end(struct page *page)
{
	fprintf(out_of(page),
	    "</main>\n<footer>mk-report, plumbline %s</footer>\n"
	    "</body>\n</html>\n",
	    PLUMBLINE_VERSION);
}

static void
html_section(struct page *page, const char *title)
{
	fprintf(out_of(page), "<section>\n<h2>%s</h2>\n", title);
}

static void
html_section_end(struct page *page)
{
	fputs("</section>\n", out_of(page));
}

static void
html_workload(struct page *page, size_t number)
{
	const char *name = page->model->workload_names.texts[number];

	fprintf(
	    out_of(page), "<section>\n<h3 id=\"w%zu\" class=\"name\">", number);
	/* No heading is empty. */
	markup_text(out_of(page), name[strspn(name, " ")] ? name : "(no name)",
	    NAME_COLUMNS);
	fputs("</h3>\n", out_of(page));
}

static void
html_paragraph(struct page *page, const char *text)
{
	fputs("<p>", out_of(page));
	markup_sentence(out_of(page), text, SENTENCE_COLUMNS);
	fputs("</p>\n", out_of(page));
}

static void
html_fold(struct page *page, bool open, const char *what, size_t n)
{
	fprintf(out_of(page), "<details%s>\n<summary>%s (%zu)</summary>\n",
	    open ? " open" : "", what, n);
}

static void
html_fold_end(struct page *page)
{
	fputs("</details>\n", out_of(page));
}

static void
html_facts(struct page *page, const struct facts *facts)
{
	FILE *out = out_of(page);

	fputs("<dl class=\"facts\">\n", out);
	for (size_t i = 0; i < facts->n; i++) {
		fputs("<dt>", out);
		markup_text(out, facts->list[i].name, 40);
		fputs("</dt><dd>", out);
		markup_sentence(out, facts->list[i].value, 300);
		fputs("</dd>\n", out);
	}
	fputs("</dl>\n", out);
}

static void
html_list(struct page *page)
{
	fputs("<ul>\n", out_of(page));
}

static void
html_item(struct page *page, const char *name, const char *text)
{
	FILE *out = out_of(page);

	fputs("<li>", out);
	if (name) {
		fputs("<span class=\"name\">", out);
		markup_text(out, name, NAME_COLUMNS);
		fputs("</span>: ", out);
	}
	markup_sentence(out, text, SENTENCE_COLUMNS);
	fputs("</li>\n", out);
}

static void
html_list_end(struct page *page)
{
	fputs("</ul>\n", out_of(page));
}

static const char *
class_of_column(const struct sheet *sheet, size_t i)
{
	const struct column *column = &sheet->columns[i];

	if (column->is_extra && !sheet->is_all)
		return column->is_number ? " class=\"num extra\""
					 : " class=\"extra\"";
	return column->is_number ? " class=\"num\"" : "";
}

/* What may be wider than the page can be scrolled, by keys as well. */
static void
html_table(struct page *page, const char *what, bool is_all,
    const struct column columns[], size_t n)
{
	struct sheet *sheet = page->sheet;

	sheet->columns = columns;
	sheet->n_columns = n;
	sheet->has_body = false;
	sheet->is_all = is_all;
	fprintf(sheet->out,
	    "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"%s\"><table>\n<thead><tr>",
	    what);
	for (size_t i = 0; i < n; i++)
		fprintf(sheet->out, "<th scope=\"col\"%s>%s</th>",
		    class_of_column(sheet, i), columns[i].name);
	fputs("</tr></thead>\n", sheet->out);
}

static void
html_table_end(struct page *page)
{
	struct sheet *sheet = page->sheet;

	fprintf(sheet->out, "%s</table></div>\n",
	    sheet->has_body ? "</tbody>" : "");
}

/* A head speaks for its group of rows, so each group is a body of its own. */
static void
begin_body(struct sheet *sheet, bool anew)
{
	if (sheet->has_body && anew)
		fputs("</tbody>\n", sheet->out);
	if (!sheet->has_body || anew)
		fputs("<tbody>\n", sheet->out);
	sheet->has_body = true;
}

static void
html_rows_of(struct page *page, const char *title, size_t n)
{
	struct sheet *sheet = page->sheet;

	begin_body(sheet, true);
	fprintf(sheet->out,
	    "<tr class=\"class\"><th scope=\"rowgroup\" colspan=\"%zu\">%s "
	    "(%zu)</th></tr>\n",
	    sheet->n_columns, title, n);
}

static void
html_rows_of_case(struct page *page, const char *name, size_t workload)
{
	struct sheet *sheet = page->sheet;
	bool links = workload != INDEX_NONE && page->model->has_changes;

	begin_body(sheet, true);
	fprintf(sheet->out,
	    "<tr class=\"case\"><th scope=\"rowgroup\" colspan=\"%zu\" "
	    "class=\"name\">",
	    sheet->n_columns);
	if (links)
		fprintf(sheet->out, "<a href=\"#w%zu\">", workload);
	markup_text(sheet->out, name, NAME_COLUMNS);
	fputs(links ? "</a></th></tr>\n" : "</th></tr>\n", sheet->out);
}

static void
put_cell(struct sheet *sheet, size_t i, const struct cell *cell)
{
	const char *element = i ? "td" : "th scope=\"row\" class=\"name\"";

	if (cell->tone != TONE_NONE ||
	    strcmp(sheet->columns[i].name, "Verdict") == 0)
		fprintf(sheet->out, "<td class=\"%s tag\">%s",
		    html_tones[cell->tone], tone_signs[cell->tone]);
	else
		fprintf(sheet->out, "<%s%s>", element,
		    i ? class_of_column(sheet, i) : "");
	if (cell->text)
		markup_text(sheet->out, cell->text, NAME_COLUMNS);
	fputs(i ? "</td>" : "</th>", sheet->out);
}

static void
html_row(struct page *page, const struct cell cells[], const char *more)
{
	struct sheet *sheet = page->sheet;

	begin_body(sheet, false);
	fputs("<tr>", sheet->out);
	for (size_t i = 0; i < sheet->n_columns; i++)
		put_cell(sheet, i, &cells[i]);
	fputs("</tr>\n", sheet->out);
	if (!more)
		return;
	fprintf(sheet->out, "<tr class=\"more\"><td colspan=\"%zu\">",
	    sheet->n_columns);
	markup_sentence(sheet->out, more, SENTENCE_COLUMNS);
	fputs("</td></tr>\n", sheet->out);
}

const struct paper html_paper = {
    .begin = html_begin,
    .end = html_end,
    .section = html_section,
    .section_end = html_section_end,
    .workload = html_workload,
    .workload_end = html_section_end,
    .paragraph = html_paragraph,
    .fold = html_fold,
    .fold_end = html_fold_end,
    .facts = html_facts,
    .list = html_list,
    .item = html_item,
    .list_end = html_list_end,
    .table = html_table,
    .table_end = html_table_end,
    .rows_of = html_rows_of,
    .rows_of_case = html_rows_of_case,
    .row = html_row,
    .plot = html_plot,
    .plot_end = html_plot_end,
    .lane = html_lane,
    .group = html_group,
    .group_end = html_group_end,
    .grid = html_grid,
    .band = html_band,
    .line = html_line,
    .mark = html_mark,
    .dots = html_dots,
    .text = html_text,
    .words = html_words,
};

void
write_html(FILE *out, const struct model *model, const struct options *options)
{
	struct sheet sheet = {.out = out};
	struct page page = {model, options, &html_paper, &sheet, false};

	put_page(&page);
}
