/*
 * Lines from files or stdin, with a place to blame; stdout finished honestly.
 * Level 1.
 */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The lines of all operands, one after the other. After lines_next has
 * returned true, `text` holds the line without its newline, `len` bytes and a
 * NUL behind them, until the next call.
 */
struct lines {
	char **operands;  /* NULL at the end; borrowed */
	FILE *stream;	  /* the open one, or NULL */
	const char *name; /* of the open one, as messages name it */
	size_t number;	  /* of the line in its file, from 1 */
	char *text;
	size_t len;
	size_t capacity;
	bool cut; /* the line is the file's last and has no newline */
};

/* Reads `operands`, a list that ends in NULL; "-" or an empty list is stdin. */
void lines_open(struct lines *lines, char *operands[]);

/* The next line that is not empty. Dies where a file cannot be read. */
bool lines_next(struct lines *lines);

/* Dies with "tool: file:line: message". */
_Noreturn void lines_die(const struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same as a warning. */
void lines_warn(const struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void lines_release(struct lines *lines);

/* Writes len bytes and a newline to stdout. */
void out_line(const char *text, size_t len);

/* Writes the current line as it was read. */
void out_pass(const struct lines *lines);

/*
 * Makes sure that everything written has left for its file, or dies: a full
 * disk and a closed stdout are noticed here. Returns STATUS_DONE.
 */
int out_close(void);

#endif
