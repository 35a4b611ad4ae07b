#include "line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "mem.h"

void
lines_open(struct lines *lines, char *operands[])
{
	static char dash[] = "-";
	static char *stdin_only[] = {dash, NULL};

	*lines = (struct lines){
	    .operands = operands && *operands ? operands : stdin_only,
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
}

bool
lines_next(struct lines *lines)
{
	for (;;) {
		ssize_t len;

		if (!lines->stream && !open_next(lines))
			return false;
		errno = 0;
		len = getline(&lines->text, &lines->capacity, lines->stream);
		if (len < 0) {
			if (ferror(lines->stream) || errno == ENOMEM)
				die_errno("%s", lines->name);
			close_current(lines);
			continue;
		}
		lines->number++;
		lines->len = (size_t)len;
		lines->cut = lines->text[len - 1] != '\n';
		if (!lines->cut)
			lines->text[--lines->len] = '\0';
		if (lines->len)
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
	free(lines->text);
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
