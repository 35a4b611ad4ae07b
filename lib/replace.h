/*
 * Give a file new content in one step: nobody ever sees half of it; and read
 * all of one. Level 1.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stdbool.h>
#include <stddef.h>

/* The directory that a file is in, for the caller to free. */
char *directory_of(const char *path);

/*
 * Makes `len` bytes of text the content of the file, whose mode stays as it
 * is, or of a new one: all of them or, whatever stops us, none, and then it
 * dies. A link stays a link; what it names is replaced. Requires: what is at
 * `path`, if anything is, is a regular file.
 */
void replace_file(const char *path, const char *text, size_t len);

/*
 * The same for whatever is at `path`: a device or a pipe is written to. Dies
 * where that fails.
 */
void write_or_replace(const char *path, const char *text, size_t len);

/*
 * As replace_file() for a file that is to be new: returns false, and changes
 * nothing, where there is something at `path`. What it has made outlives a
 * crash.
 */
bool create_file(const char *path, const char *text, size_t len);

/*
 * All of a file, for the caller to free; NULL where it is empty, or cannot be
 * read.
 */
char *read_file(const char *path, size_t *len);

#endif
