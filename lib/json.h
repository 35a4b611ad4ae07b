/*
 * One JSON object per line: read as a tree, written as text. The only file
 * that sees the JSON library. Level 2.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A value of any kind, as the library holds it. Parts belong to the whole. */
typedef struct json_t tree;

/*
 * The object in a text of `len` bytes, for the caller to tree_free. Duplicate
 * keys, NUL bytes and invalid UTF-8 are refused. On failure returns NULL and
 * puts the reason into `why`, a text of at most `size` bytes; of a text of
 * several lines the reason has the line.
 */
tree *tree_parse(const char *text, size_t len, char *why, size_t size);
void tree_free(tree *value);

/* The member of an object, or NULL; NULL and other kinds have no members. */
const tree *tree_get(const tree *object, const char *key);

/*
 * The next member of an object: `*at` is NULL at first, and the result is NULL
 * after the last.
 */
const tree *tree_member(const tree *object, void **at, const char **key);

/* An array's length and elements; 0 and NULL for anything else. */
size_t tree_length(const tree *array);
const tree *tree_at(const tree *array, size_t i);

/* What a value holds: NULL, NAN and false where it is of another kind. */
const char *tree_string(const tree *value);
double tree_number(const tree *value);
bool tree_is_true(const tree *value);

/* What kind it is; NULL is of none. */
bool tree_is_object(const tree *value);
bool tree_is_array(const tree *value);
bool tree_is_bool(const tree *value);
bool tree_is_null(const tree *value);

/* A value as compact text, for the caller to free. */
char *tree_text(const tree *value);

/*
 * A line of JSON in the making. {0} is an empty one; jline_release frees it.
 * Keys are NULL inside arrays. Numbers are written in the shortest form that
 * reads back as the same double (jansson 2.14 prints 0.1 as
 * 0.10000000000000001, which nobody wants to review in a diff). A number that
 * is not finite, and a string that is NULL, is left out with its key.
 */
struct jline {
	char *text; /* len bytes and a NUL, or NULL while len is 0 */
	size_t len;
	size_t capacity;
};

void jline_open(struct jline *line, const char *key); /* { */
void jline_close(struct jline *line);		      /* } */
void jline_list(struct jline *line, const char *key); /* [ */
void jline_list_end(struct jline *line);	      /* ] */
void jline_string(struct jline *line, const char *key, const char *text);
void jline_number(struct jline *line, const char *key, double x);
void jline_bool(struct jline *line, const char *key, bool x);

/* A tree, with its numbers as jline_number writes them. */
void jline_tree(struct jline *line, const char *key, const tree *value);

/* A text that is JSON already. */
void jline_json(struct jline *line, const char *key, const char *text);

/* A line that is JSON already. */
void jline_text(struct jline *line, const char *text, size_t len);

/* Ends the line; another object may follow in the same text. */
void jline_end(struct jline *line);

/* Writes the line to stdout and empties it. */
void jline_out(struct jline *line);

void jline_release(struct jline *line);

/* The shortest text that reads back as x, which is finite; size >= 32. */
void json_format_number(char *text, size_t size, double x);

#endif
