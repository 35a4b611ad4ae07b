/*
 * What every main does: name itself, read its options, explain its usage.
 * Level 1.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stddef.h>

/* One option. The list of a tool ends with {0}; -h and --version are added. */
struct tool_option {
	int key;	      /* its letter; above 255 for a long option only */
	const char *name;     /* the long name */
	const char *argument; /* what its argument is called, or NULL */
	const char *help;     /* a line that begins in lower case */
};

/* A tool's face. The synopsis is the text after "usage: NAME ". */
struct tool {
	const char *name;
	const char *synopsis;
	const char *purpose; /* one line */
	const struct tool_option *options;
};

/*
 * Names the tool in messages and makes sure that descriptors 0 to 2 are open,
 * so that no file of ours is ever taken for stdout.
 */
void tool_start(const struct tool *tool, char *argv[]);

/*
 * The key of the next option, with its argument in optarg; -1 after the last
 * one, when optind is the first operand. Prints help and version itself, and
 * dies on a usage error.
 */
int tool_next(const struct tool *tool, int argc, char *argv[]);

/* "tool: message", a hint at --help, and exit status 2. */
_Noreturn void tool_usage(const struct tool *tool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * An option's argument as a number in [least, most], or a usage error that
 * names the option: `option` is its name with dashes.
 */
double tool_number(const struct tool *tool, const char *option,
    const char *text, double least, double most);
long tool_integer(const struct tool *tool, const char *option, const char *text,
    long least, long most);

#endif
