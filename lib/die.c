#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void
say(const char *format, va_list arguments, const char *reason)
{
	flockfile(stderr);
	fprintf(stderr, "%s: ", tool);
	vfprintf(stderr, format, arguments);
	if (reason)
		fprintf(stderr, ": %s", reason);
	fputc('\n', stderr);
	funlockfile(stderr);
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
