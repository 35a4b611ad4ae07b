#include "line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "mem.h"

enum {
	BLOCK = 1 << 16 /* bytes that are read at once */
};

void
lines_open(struct lines *lines, char *operands[])
{
	static char dash[] = "-";
	static char *stdin_only[] = {dash, NULL};

	*lines = (struct lines){
	    .operands = operands && *operands ? operands : stdin_only,
	};
}

void
lines_open_text(struct lines *lines, char *text, size_t len, const char *name)
{
	static char *none[] = {NULL};

	*lines = (struct lines){
	    .operands = none,
	    .name = name,
	    .block = mem_resize(text, len + 1, 1),
	    .capacity = len,
	    .end = len,
	    .is_text = true,
	};
}

static bool
open_next(struct lines *lines)
{
	const char *operand = *lines->operands;

	if (!operand)
		return false;
	lines->operands++;
	lines->number = 0;
	lines->offset = 0;
	lines->text = NULL;
	if (strcmp(operand, "-") == 0) {
		lines->name = "<stdin>";
		lines->stream = stdin;
		return true;
	}
	lines->name = operand;
	lines->stream = fopen(operand, "re");
	if (!lines->stream)
		die_errno("%s", operand);
	return true;
}

static void
close_current(struct lines *lines)
{
	if (lines->stream && lines->stream != stdin)
		fclose(lines->stream);
	lines->stream = NULL;
	lines->is_text = false;
	lines->start = lines->end = 0;
}

/* Reads on behind what has been read; false at the end of the file. */
static bool
read_block(struct lines *lines)
{
	size_t left = lines->end - lines->start;
	ssize_t got;

	if (lines->is_text)
		return false;
	if (left)
		memmove(lines->block, lines->block + lines->start, left);
	lines->start = 0;
	lines->end = left;
	if (lines->capacity - left < BLOCK / 2) {
		lines->capacity = 2 * lines->capacity + BLOCK;
		lines->block = mem_resize(lines->block, lines->capacity + 1, 1);
	}
	got = read(
	    fileno(lines->stream), lines->block + left, lines->capacity - left);
	if (got < 0)
		die_errno("%s", lines->name);
	lines->end += (size_t)got;
	return got > 0;
}

/* The next len bytes are a line; `behind` is what they end with. */
static void
take_line(struct lines *lines, size_t len, size_t behind)
{
	lines->offset += lines->text ? lines->len + 1 : 0;
	lines->number++;
	lines->text = lines->block + lines->start;
	lines->len = len;
	lines->text[len] = '\0';
	lines->cut = !behind;
	lines->start += len + behind;
}

/* The next line of the open file; false at its end. */
static bool
next_of_file(struct lines *lines)
{
	size_t seen = 0;

	for (;;) {
		size_t left = lines->end - lines->start;
		char *begin = lines->block + lines->start;
		char *newline = left > seen
				    ? memchr(begin + seen, '\n', left - seen)
				    : NULL;

		if (newline) {
			take_line(lines, (size_t)(newline - begin), 1);
			return true;
		}
		seen = left;
		if (read_block(lines))
			continue;
		if (!left)
			return false;
		take_line(lines, left, 0);
		return true;
	}
}

bool
lines_next(struct lines *lines)
{
	for (;;) {
		if (!lines->stream && !lines->is_text && !open_next(lines))
			return false;
		if (!next_of_file(lines))
			close_current(lines);
		else if (lines->len)
			return true;
	}
}

void
lines_die(const struct lines *lines, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	/* Not freed: the process ends here. */
	die("%s:%zu: %s", lines->name, lines->number, text);
}

void
lines_warn(const struct lines *lines, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	warn("%s:%zu: %s", lines->name, lines->number, text);
	free(text);
}

void
lines_release(struct lines *lines)
{
	close_current(lines);
	free(lines->block);
	*lines = (struct lines){0};
}

void
out_line(const char *text, size_t len)
{
	if (fwrite(text, 1, len, stdout) != len || putchar('\n') == EOF)
		die_errno("stdout");
}

void
out_pass(const struct lines *lines)
{
	out_line(lines->text, lines->len);
}

int
out_close(void)
{
	/* fclose reports what the last write of some file systems does. */
	if (ferror(stdout) || fclose(stdout) != 0)
		die_errno("stdout");
	return STATUS_DONE;
}
