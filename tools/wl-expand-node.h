/*
 * A YAML file as nodes that know where they stand, and what every reader of
 * nodes needs: their texts and numbers, or an error that names the place.
 *
 * An alias is the node that it names, so a file never grows in memory. Keys
 * are texts, each at most once in its mapping, and merge keys (<<) are already
 * merged: explicit keys win, then the first of a list of merged mappings.
 */
#ifndef WL_EXPAND_NODE_H
#define WL_EXPAND_NODE_H

#include <stdbool.h>
#include <stddef.h>

/* A file, as its nodes know it. */
struct source {
	const char *name; /* as messages name it */
	size_t n_nodes;
	size_t visits; /* of nodes, to see where aliases multiply them */
};

enum node_kind {
	NODE_TEXT,
	NODE_LIST,
	NODE_MAP,
};

/* A text has no NUL and no control characters but tab and line breaks. */
struct node {
	enum node_kind kind;
	bool plain;	    /* of a text: it has no quotes and no tag */
	const char *text;   /* of a text */
	struct item *items; /* of a list or a mapping, as they were written */
	size_t n, capacity;
	struct source *source;
	size_t line, column; /* from 1 */
};

struct item {
	const struct node *key; /* NULL in a list */
	const struct node *value;
};

/*
 * The one document of a file; "-" is stdin. Dies where it cannot be read or is
 * not YAML. Only the part that does this sees the YAML library.
 */
struct document;
struct document *document_read(const char *operand);
const struct node *document_root(const struct document *file);
void document_free(struct document *file);

/* "tool: file:line:column: message", and exit; or go on. */
_Noreturn void node_die(const struct node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void node_warn(const struct node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Dies because `word` is not a known `what`, and suggests the nearest of the
 * `n` that are known where one is near.
 */
_Noreturn void node_die_unknown(const struct node *node, const char *what,
    const char *word, const char *const known[], size_t n);

/*
 * How many items a list or a mapping has. Dies, and calls the node `what`,
 * where it is of another kind, or where aliases make the file larger than it
 * is worth reading.
 */
size_t node_list(const struct node *node, const char *what);
size_t node_map(const struct node *node, const char *what);

/* Counts n visits of nodes; dies where aliases make them too many. */
void node_visit(const struct node *node, size_t n);

/* Whether it stands for nothing: null, ~ or an empty place. */
bool node_is_null(const struct node *node);

/* One key of a mapping, and where its value goes. */
struct field {
	const char *name;
	const struct node **value;
};

/* Fills in the values of a mapping; dies at a key that is not in `fields`. */
void node_fields(const struct node *node, const char *what,
    const struct field fields[], size_t n);

/*
 * How many items a list has, and the i-th of them. A text counts as a list of
 * itself: [a] and a say the same. Dies where a list is empty.
 */
size_t node_count(const struct node *node, const char *what);
const struct node *node_item(const struct node *node, size_t i);

/*
 * What a node holds, or death: `what` is how messages call it. Without a node
 * the answer is NULL, NAN or ABSENT.
 */
const char *node_text(const struct node *node, const char *what);
const char *node_full_text(const struct node *node, const char *what);
int node_truth(const struct node *node, const char *what);

/* One of `n` words. */
const char *node_word(const struct node *node, const char *what,
    const char *const words[], size_t n);

/* A number that JSON has; a whole one is below 2^53. */
double node_number(const struct node *node, const char *what);

/* A number from `least` to `most`, and a whole one. */
double node_range(
    const struct node *node, const char *what, double least, double most);
double node_integer(
    const struct node *node, const char *what, double least, double most);

/* A time above 0, in seconds: 30, 30s, 500ms, 2m, 1h. */
double node_seconds(const struct node *node, const char *what);

/* A number of bytes, at least 1, with its unit: 64MiB, 1.5GB. */
double node_bytes(const struct node *node, const char *what);

/* Above 0 and up to 100: 2 or 2%. */
double node_percent(const struct node *node, const char *what);

/*
 * Whether a text, without quotes, is a truth or a number in JSON: one that
 * reads back as it is written, so 1000 but not 1e3, 08 or 1.0.
 */
bool text_is_bare(const char *text);

/* Whether it has no control characters: one line, safe in a terminal. */
bool text_is_clean(const char *text);

/* Letters, digits and _, and no digit first: a name in C and in the shell. */
bool text_is_name(const char *text);

#endif
