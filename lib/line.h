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
 * NUL behind them, until the next call. They are read in blocks, as they come,
 * and the line is where its block was read to: nothing is copied.
 */
struct lines {
	char **operands; /* NULL at the end; borrowed */
	FILE *stream; /* the open one, or NULL; only its descriptor is read */
	const char *name; /* of the open one, as messages name it */
	size_t number;	  /* of the line in its file, from 1 */
	size_t offset;	  /* of the line in its file, in bytes */
	char *text;
	size_t len;
	bool cut; /* the line is the file's last and has no newline */

	char *block;
	size_t capacity;   /* of the block, and a byte for the NUL */
	size_t start, end; /* what has been read and was no line yet */
	bool is_text;	   /* the block is all there is */
};

/* Reads `operands`, a list that ends in NULL; "-" or an empty list is stdin. */
void lines_open(struct lines *lines, char *operands[]);

/* The same for a text of len bytes, which becomes the lines' own. */
void lines_open_text(
    struct lines *lines, char *text, size_t len, const char *name);

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
