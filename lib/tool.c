#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "line.h"
#include "mem.h"

enum {
	KEY_VERSION = 1
};

/* Options that every tool has. */
static const struct tool_option common[] = {
    {'h', "help", NULL, "show this help"},
    {KEY_VERSION, "version", NULL, "show the version"},
    {0},
};

void
tool_start(const struct tool *tool, char *argv[])
{
	die_name(tool->name);
	argv[0] = (char *)tool->name; /* getopt's messages name it too */
	for (int fd = 0; fd <= 2; fd++)
		/* The wrong way round: using what was closed still fails. */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			die_errno("/dev/null");
}

static void
print_option(const struct tool_option *option)
{
	char left[64];
	char letter[8] = "    ";

	if (option->key > KEY_VERSION && option->key < 256)
		snprintf(letter, sizeof letter, "-%c, ", option->key);
	snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name,
	    option->argument ? "=" : "",
	    option->argument ? option->argument : "");
	printf("  %-26s  %s\n", left, option->help);
}

static _Noreturn void
help(const struct tool *tool)
{
	printf("usage: %s %s\n\n%s\n\n", tool->name, tool->synopsis,
	    tool->purpose);
	for (const struct tool_option *o = tool->options; o->name; o++)
		print_option(o);
	for (const struct tool_option *o = common; o->name; o++)
		print_option(o);
	printf("\nThe manual: man %s\n", tool->name);
	exit(out_close());
}

static _Noreturn void
version(const struct tool *tool)
{
	printf("%s (plumbline) %s\n", tool->name, PLUMBLINE_VERSION);
	exit(out_close());
}

/* getopt's own tables, made once from the tool's list. */
static void
make_tables(const struct tool *tool, char *letters, struct option *longs)
{
	const struct tool_option *lists[] = {tool->options, common};

	for (size_t i = 0; i < 2; i++)
		for (const struct tool_option *o = lists[i]; o->name; o++) {
			*longs++ = (struct option){
			    .name = o->name,
			    .has_arg =
				o->argument ? required_argument : no_argument,
			    .val = o->key,
			};
			if (o->key <= KEY_VERSION || o->key > 255)
				continue;
			*letters++ = (char)o->key;
			if (o->argument)
				*letters++ = ':';
		}
}

int
tool_next(const struct tool *tool, int argc, char *argv[])
{
	static char letters[128];
	static struct option longs[64];
	int key;

	if (!longs[0].name)
		make_tables(tool, letters, longs);
	key = getopt_long(argc, argv, letters, longs, NULL);
	switch (key) {
	case 'h':
		help(tool);
	case KEY_VERSION:
		version(tool);
	case '?':
		fprintf(stderr, "Try '%s --help'.\n", tool->name);
		die_silent();
	default:
		return key;
	}
}

void
tool_usage(const struct tool *tool, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	warn("%s", text);
	free(text);
	fprintf(stderr, "Try '%s --help'.\n", tool->name);
	die_silent();
}

double
tool_number(const struct tool *tool, const char *option, const char *text,
    double least, double most)
{
	char *end;
	double x;

	errno = 0;
	x = strtod(text, &end);
	if (end == text || *end || errno || !isfinite(x))
		tool_usage(tool, "%s: not a number: %s", option, text);
	if (x < least || x > most)
		tool_usage(tool, "%s: must be from %g to %g: %s", option, least,
		    most, text);
	return x;
}

long
tool_integer(const struct tool *tool, const char *option, const char *text,
    long least, long most)
{
	char *end;
	long x;

	errno = 0;
	x = strtol(text, &end, 10);
	if (end == text || *end || errno)
		tool_usage(tool, "%s: not a whole number: %s", option, text);
	if (x < least || x > most)
		tool_usage(tool, "%s: must be from %ld to %ld: %s", option,
		    least, most, text);
	return x;
}
