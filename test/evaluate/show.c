/* Tables, for a terminal or as a part of a manual page. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "show.h"

struct row {
	char **cells;
	size_t n, capacity;
};

static struct {
	enum format format;
	struct row *rows; /* the last one is not complete */
	size_t n, capacity;
} table;

void
table_format(enum format format)
{
	table.format = format;
}

void
table_begin(void)
{
	*MEM_PUSH(table.rows, table.n, table.capacity) = (struct row){0};
}

/* As many characters as a terminal shows: no byte that continues one. */
static size_t
width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

void
table_say(const char *format, ...)
{
	char *text, *word, *rest;
	size_t column = 0;
	va_list arguments;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	if (table.format == MDOC)
		puts(".Pp");
	for (word = strtok_r(text, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		size_t width = width_of(word);

		if (column && column + 1 + width > 79) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%s", column ? " " : "", word);
		/* A sentence begins a line in a manual page. */
		if (table.format == MDOC && strchr(".:;", word[width - 1])) {
			putchar('\n');
			column = 0;
		}
	}
	if (column)
		putchar('\n');
	if (table.format == TEXT)
		putchar('\n');
	free(text);
}

void
table_cell(const char *format, ...)
{
	struct row *row = &table.rows[table.n - 1];
	va_list arguments;

	va_start(arguments, format);
	*MEM_PUSH(row->cells, row->n, row->capacity) =
	    mem_vformat(format, arguments);
	va_end(arguments);
}

void
table_row(void)
{
	*MEM_PUSH(table.rows, table.n, table.capacity) = (struct row){0};
}

/* Words are at the left of their column, numbers at the right. */
static bool
is_word(size_t column)
{
	const struct row *row = &table.rows[table.n > 2];

	return !strchr("0123456789", row->cells[column][0]);
}

static void
write_text(const size_t *widths)
{
	for (size_t i = 0; i + 1 < table.n; i++) {
		const struct row *row = &table.rows[i];

		for (size_t j = 0; j < row->n; j++) {
			const char *cell = row->cells[j];
			size_t gap = widths[j] - width_of(cell);

			if (is_word(j))
				printf("  %s%*s", cell,
				    j + 1 < row->n ? (int)gap : 0, "");
			else
				printf("%*s", (int)(gap + 2 + width_of(cell)),
				    cell);
		}
		putchar('\n');
	}
	putchar('\n');
}

static void
write_mdoc(const size_t *widths)
{
	printf(".Bl -column");
	for (size_t j = 0; j < table.rows[0].n; j++)
		printf(" \"%.*s\"", (int)widths[j],
		    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	putchar('\n');
	for (size_t i = 0; i + 1 < table.n; i++) {
		const struct row *row = &table.rows[i];

		for (size_t j = 0; j < row->n; j++)
			printf("%s%s\"%s\"", j ? " Ta " : ".It ",
			    i == 0 ? "Em " : "", row->cells[j]);
		putchar('\n');
	}
	puts(".El");
}

void
table_end(void)
{
	size_t columns = table.rows[0].n;
	size_t *widths = mem_zero(columns, sizeof *widths);

	for (size_t i = 0; i + 1 < table.n; i++)
		for (size_t j = 0; j < table.rows[i].n && j < columns; j++) {
			size_t width = width_of(table.rows[i].cells[j]);

			widths[j] = width > widths[j] ? width : widths[j];
		}
	if (table.format == MDOC)
		write_mdoc(widths);
	else
		write_text(widths);
	for (size_t i = 0; i < table.n; i++) {
		for (size_t j = 0; j < table.rows[i].n; j++)
			free(table.rows[i].cells[j]);
		free(table.rows[i].cells);
	}
	free(table.rows);
	free(widths);
	table.rows = NULL;
	table.n = table.capacity = 0;
}
