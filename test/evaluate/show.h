/* Tables of an evaluation, for a terminal or as a part of a manual page. */
#ifndef SHOW_H
#define SHOW_H

enum format {
	TEXT,
	MDOC
};

/* How all that follows is written; text for a terminal by default. */
void table_format(enum format format);
void table_begin(void);
/* A heading or sentence between tables. */
void table_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The next cell of the row at hand; and the end of it. */
void table_cell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void table_row(void);
/* Writes the table whose rows were given, the first of which heads it. */
void table_end(void);

#endif
