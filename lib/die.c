#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static const char *tool = "plumbline";
static enum status trouble = STATUS_TROUBLE;

void
die_name(const char *name)
{
	tool = name;
}

void
die_status(enum status status)
{
	trouble = status;
}

/* What the input says is for a terminal only as far as it can be seen there. */
static void
put_shown(FILE *to, const char *text)
{
	char shown[16];

	while (*text)
		if (*text == '\t') {
			putc(*text++, to);
		} else {
			text += utf8_show(shown, text);
			fputs(shown, to);
		}
}

/* Where memory is short, without what the format would have put in. */
static void
say(const char *format, va_list arguments, const char *reason)
{
	char *message = NULL, *line = NULL;
	size_t len;
	FILE *to = open_memstream(&line, &len);

	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	if (!to)
		to = stderr;
	flockfile(stderr);
	fprintf(to, "%s: ", tool);
	put_shown(to, message ? message : format);
	if (reason)
		fprintf(to, ": %s", reason);
	putc('\n', to);
	if (to != stderr && fclose(to) == 0)
		fputs(line, stderr);
	funlockfile(stderr);
	free(line);
	free(message);
}

void
die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, NULL);
	va_end(arguments);
	exit((int)trouble);
}

void
die_errno(const char *format, ...)
{
	const char *reason = strerror(errno);
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, reason);
	va_end(arguments);
	exit((int)trouble);
}

void
die_silent(void)
{
	exit((int)trouble);
}

void
warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments, NULL);
	va_end(arguments);
}
