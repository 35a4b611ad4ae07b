/* The sheet: headings, paragraphs and tables, one below the other, as PDF. */
#include "mk-report-pdf.h"

#include <stdlib.h>
#include <string.h>

enum {
	TITLE_COLUMNS = 200,
	MAX_COLUMNS = 12, /* of a table */
};

static const double leading = 1.3; /* from line to line, of the size */
static const double padding = 2;   /* beside what is in a cell */

static const double gap = 3; /* above and below a line */

static const struct stroke rule = {COLOR_LINE, 0.6, 0, 0};

/* A text and how it looks. */
struct style {
	enum face face;
	double size;
	enum color color;
};

static const struct style body = {FACE_PLAIN, 8.5, COLOR_TEXT};
static const struct style quiet = {FACE_PLAIN, 8.5, COLOR_MUTED};
static const struct style cell_style = {FACE_PLAIN, 7, COLOR_TEXT};
static const struct style cell_head = {FACE_BOLD, 7, COLOR_MUTED};
static const struct style cell_case = {FACE_BOLD, 7.5, COLOR_TEXT};
static const struct style cell_class = {FACE_BOLD, 9, COLOR_TEXT};
static const struct style cell_more = {FACE_PLAIN, 7, COLOR_MUTED};

static void
new_page(struct page *page)
{
	struct pdf_sheet *sheet = page->sheet;

	canvas_page(sheet->canvas);
	sheet->y = SHEET_TOP;
}

/* What is left free at the left: more where a number may end just there. */
static double
cell_left(size_t column)
{
	return column ? 3 * padding : padding;
}

/* Where the text of a column begins or, of numbers, ends. */
static double
cell_edge(const struct pdf_sheet *sheet, size_t column)
{
	double x = SHEET_MARGIN, width;

	for (size_t i = 0; i < column; i++)
		x += sheet->columns[i].share * SHEET_WIDTH;
	width = sheet->columns[column].share * SHEET_WIDTH;
	return sheet->columns[column].is_number ? x + width - padding
						: x + cell_left(column);
}

static double
cell_width(const struct pdf_sheet *sheet, size_t column)
{
	double left =
	    sheet->columns[column].is_number ? padding : cell_left(column);

	return sheet->columns[column].share * SHEET_WIDTH - left - padding;
}

static double
height_of(const struct typeset *typeset, const struct style *style)
{
	return (double)typeset->n_lines * style->size * leading;
}

/* Lines from a top down; x is their right end where they are numbers. */
static void
put_lines(struct pdf_sheet *sheet, const struct typeset *typeset,
    const struct style *style, double x, double top, bool right)
{
	for (size_t i = 0; i < typeset->n_lines; i++)
		typeset_line(sheet->canvas, style->face, style->size,
		    style->color, x,
		    top + style->size * (leading * (double)i + 1), right,
		    &typeset->lines[i]);
}

static struct typeset
set_cell(struct pdf_sheet *sheet, size_t column, const struct style *style,
    const char *shown)
{
	return typeset_text(sheet->canvas, style->face, style->size,
	    cell_width(sheet, column), shown);
}

static void
put_table_head(struct pdf_sheet *sheet)
{
	struct typeset heads[MAX_COLUMNS];
	double height = 0;

	for (size_t i = 0; i < sheet->n_columns; i++) {
		heads[i] =
		    set_cell(sheet, i, &cell_head, sheet->columns[i].name);
		if (height_of(&heads[i], &cell_head) > height)
			height = height_of(&heads[i], &cell_head);
	}
	/* They stand on the line below them. */
	for (size_t i = 0; i < sheet->n_columns; i++) {
		put_lines(sheet, &heads[i], &cell_head, cell_edge(sheet, i),
		    sheet->y + height - height_of(&heads[i], &cell_head),
		    sheet->columns[i].is_number);
		typeset_release(&heads[i]);
	}
	sheet->y += height + gap;
	canvas_line(sheet->canvas, &rule, SHEET_MARGIN, sheet->y,
	    SHEET_MARGIN + SHEET_WIDTH, sheet->y);
	sheet->y += gap;
}

/* Where a table goes on, so does its head. */
void
pdf_need(struct page *page, double height)
{
	struct pdf_sheet *sheet = page->sheet;

	if (sheet->y + height <= SHEET_BOTTOM)
		return;
	new_page(page);
	if (sheet->n_columns)
		put_table_head(sheet);
}

/* Text across the sheet; a long one goes on on the next page. */
static void
put_text(struct page *page, const struct style *style, double indent,
    const char *shown)
{
	struct pdf_sheet *sheet = page->sheet;
	struct typeset typeset = typeset_text(sheet->canvas, style->face,
	    style->size, SHEET_WIDTH - indent - padding, shown);

	for (size_t i = 0; i < typeset.n_lines; i++) {
		pdf_need(page, style->size * leading);
		typeset_line(sheet->canvas, style->face, style->size,
		    style->color, SHEET_MARGIN + indent, sheet->y + style->size,
		    false, &typeset.lines[i]);
		sheet->y += style->size * leading;
	}
	typeset_release(&typeset);
}

/* "2026-11-21 01:30:00 UTC  1f0c2d3e4b5a on main" */
static void
put_source(struct page *page)
{
	const struct facts *about = &page->model->about;
	char *line = mem_copy(""), *longer;

	for (size_t i = 0; i < about->n; i++) {
		const struct fact *fact = &about->list[i];
		char *shown;

		if (strcmp(fact->name, "Date") != 0 &&
		    strcmp(fact->name, "Commit") != 0)
			continue;
		shown = show_sentence(fact->value, 100);
		longer =
		    mem_format("%s%s%s", line, *line ? "\u2003" : "", shown);
		free(shown);
		free(line);
		line = longer;
	}
	if (*line)
		put_text(page, &quiet, 0, line);
	free(line);
}

static enum color
color_of(enum tone tone)
{
	return (enum color)(COLOR_NONE + (int)tone);
}

static void
pdf_begin(struct page *page)
{
	const struct style title = {FACE_BOLD, 9.5, COLOR_MUTED};
	const struct style headline = {FACE_BOLD, 14, COLOR_TEXT};
	struct pdf_sheet *sheet = page->sheet;
	char *shown = show_sentence(page_title(page), TITLE_COLUMNS), *text;
	double top, height;
	struct typeset typeset;

	sheet->canvas = canvas_new(shown, page->model->run.time);
	new_page(page);
	put_text(page, &title, 0, shown);
	free(shown);
	shown = show_sentence(page->model->headline, TITLE_COLUMNS);
	text = mem_format("%s%s", tone_signs[page->model->tone], shown);
	typeset = typeset_text(sheet->canvas, headline.face, headline.size,
	    SHEET_WIDTH - 28, text);
	top = sheet->y + 6;
	height = height_of(&typeset, &headline) + 16;
	canvas_rect(
	    sheet->canvas, COLOR_SOFT, SHEET_MARGIN, top, SHEET_WIDTH, height);
	canvas_rect(sheet->canvas, color_of(page->model->tone), SHEET_MARGIN,
	    top, 5, height);
	put_lines(
	    sheet, &typeset, &headline, SHEET_MARGIN + 16, top + 9, false);
	sheet->y = top + height + 8;
	typeset_release(&typeset);
	free(text);
	free(shown);
	put_source(page);
	sheet->y += 8;
}

/* How many pages there are is known now. */
static void
pdf_end(struct page *page)
{
	struct pdf_sheet *sheet = page->sheet;
	size_t n = canvas_pages(sheet->canvas);
	char *shown = show_sentence(page_title(page), 60);

	for (size_t i = 0; i < n; i++) {
		char *number = mem_format("page %zu of %zu", i + 1, n);
		double y = canvas_height - SHEET_MARGIN + 6;

		canvas_turn_to(sheet->canvas, i);
		typeset_put(sheet->canvas, FACE_PLAIN, 7, COLOR_MUTED,
		    SHEET_MARGIN, y, false, shown);
		typeset_put(sheet->canvas, FACE_PLAIN, 7, COLOR_MUTED,
		    SHEET_MARGIN + SHEET_WIDTH, y, true, number);
		free(number);
	}
	free(shown);
}

static void
pdf_section(struct page *page, const char *title)
{
	const struct style style = {FACE_BOLD, 13, COLOR_TEXT};
	struct pdf_sheet *sheet = page->sheet;

	if (sheet->y > SHEET_TOP)
		sheet->y += 16;
	pdf_need(page, 100);
	canvas_bookmark(sheet->canvas, true, sheet->y, title);
	put_text(page, &style, 0, title);
	sheet->y += 3;
}

static void
pdf_workload(struct page *page, size_t number)
{
	const struct style style = {FACE_BOLD, 10, COLOR_TEXT};
	struct pdf_sheet *sheet = page->sheet;
	char *shown =
	    show_text(page->model->workload_names.texts[number], NAME_COLUMNS);

	sheet->y += 12;
	pdf_need(page, 110);
	canvas_bookmark(sheet->canvas, false, sheet->y, shown);
	put_text(page, &style, 0, shown);
	free(shown);
}

static void
pdf_paragraph(struct page *page, const char *text)
{
	struct pdf_sheet *sheet = page->sheet;
	char *shown = show_sentence(text, SENTENCE_COLUMNS);

	put_text(page, &quiet, 0, shown);
	sheet->y += 3;
	free(shown);
}

/* Paper does not fold. */
static void
pdf_fold(struct page *page, bool open, const char *what, size_t n)
{
	const struct style style = {FACE_BOLD, 8.5, COLOR_MUTED};
	struct pdf_sheet *sheet = page->sheet;
	char *title = mem_format("%s (%zu)", what, n);

	(void)open;
	sheet->y += 6;
	pdf_need(page, 80);
	put_text(page, &style, 0, title);
	sheet->y += 2;
	free(title);
}

static void
pdf_facts(struct page *page, const struct facts *facts)
{
	const double indent = 120;
	struct pdf_sheet *sheet = page->sheet;

	for (size_t i = 0; i < facts->n; i++) {
		char *name = show_text(facts->list[i].name, 40);
		char *value = show_sentence(facts->list[i].value, 300);
		struct typeset typeset = typeset_text(sheet->canvas, quiet.face,
		    quiet.size, indent - padding, name);
		double top;

		pdf_need(page, height_of(&typeset, &quiet));
		top = sheet->y;
		put_lines(sheet, &typeset, &quiet, SHEET_MARGIN, top, false);
		put_text(page, &body, indent, value);
		if (sheet->y > top &&
		    sheet->y < top + height_of(&typeset, &quiet))
			sheet->y = top + height_of(&typeset, &quiet);
		typeset_release(&typeset);
		free(value);
		free(name);
	}
	sheet->y += 4;
}

static void
pdf_nothing(struct page *page)
{
	(void)page;
}

static void
pdf_item(struct page *page, const char *name, const char *text)
{
	char *shown_name = show_text(name, NAME_COLUMNS);
	char *shown = show_sentence(text, SENTENCE_COLUMNS);
	char *whole = mem_format("%s%s%s", shown_name, name ? ": " : "", shown);

	put_text(page, &body, 0, whole);
	free(whole);
	free(shown);
	free(shown_name);
}

/* Paper has room for all columns. */
static void
pdf_table(struct page *page, const char *what, bool is_all,
    const struct column columns[], size_t n)
{
	struct pdf_sheet *sheet = page->sheet;

	(void)what;
	(void)is_all;
	pdf_need(page, 60);
	sheet->y += gap;
	sheet->columns = columns;
	sheet->n_columns = n;
	put_table_head(sheet);
}

static void
pdf_table_end(struct page *page)
{
	struct pdf_sheet *sheet = page->sheet;

	sheet->n_columns = 0;
	sheet->y += 4;
}

static void
put_rule(struct pdf_sheet *sheet)
{
	sheet->y += gap;
	canvas_line(sheet->canvas, &rule, SHEET_MARGIN, sheet->y,
	    SHEET_MARGIN + SHEET_WIDTH, sheet->y);
	sheet->y += gap;
}

static void
pdf_rows_of(struct page *page, const char *title, size_t n)
{
	struct pdf_sheet *sheet = page->sheet;
	char *text = mem_format("%s (%zu)", title, n);

	sheet->y += 7;
	pdf_need(page, 70);
	put_text(page, &cell_class, 0, text);
	put_rule(sheet);
	free(text);
}

static void
pdf_rows_of_case(struct page *page, const char *name, size_t workload)
{
	struct pdf_sheet *sheet = page->sheet;
	char *shown = show_text(name, NAME_COLUMNS);

	(void)workload;
	sheet->y += 3;
	pdf_need(page, 50);
	put_text(page, &cell_case, 0, shown);
	put_rule(sheet);
	free(shown);
}

/* "✖ regressed" of a verdict, and other cells as they are. */
static char *
show_cell(const struct cell *cell)
{
	char *shown = show_text(cell->text, NAME_COLUMNS), *text;

	text = mem_format("%s%s", tone_signs[cell->tone], shown);
	free(shown);
	return text;
}

static void
pdf_row(struct page *page, const struct cell cells[], const char *more)
{
	struct pdf_sheet *sheet = page->sheet;
	struct typeset set[MAX_COLUMNS];
	struct style styles[MAX_COLUMNS];
	double height = 0;
	char *shown;

	for (size_t i = 0; i < sheet->n_columns; i++) {
		styles[i] = cell_style;
		if (cells[i].tone != TONE_NONE) {
			styles[i].face = FACE_BOLD;
			styles[i].color = color_of(cells[i].tone);
		}
		shown = show_cell(&cells[i]);
		set[i] = set_cell(sheet, i, &styles[i], shown);
		free(shown);
		if (height_of(&set[i], &styles[i]) > height)
			height = height_of(&set[i], &styles[i]);
	}
	pdf_need(page, height + (more ? 20 : 8));
	for (size_t i = 0; i < sheet->n_columns; i++) {
		put_lines(sheet, &set[i], &styles[i], cell_edge(sheet, i),
		    sheet->y, sheet->columns[i].is_number);
		typeset_release(&set[i]);
	}
	sheet->y += height;
	if (more) {
		shown = show_sentence(more, SENTENCE_COLUMNS);
		put_text(page, &cell_more, padding, shown);
		free(shown);
	}
	put_rule(sheet);
}

const struct paper pdf_paper = {
    .begin = pdf_begin,
    .end = pdf_end,
    .section = pdf_section,
    .section_end = pdf_nothing,
    .workload = pdf_workload,
    .workload_end = pdf_nothing,
    .paragraph = pdf_paragraph,
    .fold = pdf_fold,
    .fold_end = pdf_nothing,
    .facts = pdf_facts,
    .list = pdf_nothing,
    .item = pdf_item,
    .list_end = pdf_nothing,
    .table = pdf_table,
    .table_end = pdf_table_end,
    .rows_of = pdf_rows_of,
    .rows_of_case = pdf_rows_of_case,
    .row = pdf_row,
    .plot = pdf_plot,
    .plot_end = pdf_plot_end,
    .lane = pdf_lane,
    .group = pdf_group,
    .group_end = pdf_group_end,
    .grid = pdf_grid,
    .band = pdf_band,
    .line = pdf_line,
    .mark = pdf_mark,
    .dots = pdf_dots,
    .text = pdf_text,
    .words = pdf_words,
};

void
write_pdf(FILE *out, const struct model *model, const struct options *options)
{
	struct pdf_sheet sheet = {0};
	struct page page = {model, options, &pdf_paper, &sheet, false};

	put_page(&page);
	canvas_finish(sheet.canvas, out);
}
