#include "wl-expand-node.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "mem.h"
#include "metric.h"
#include "record.h"

enum {
	/*
	 * A file may visit each of its nodes a few times, and this many more
	 * through aliases and merge keys: a limit of memory and time, far above
	 * what a person writes.
	 */
	MAX_VISITS = 1000000,
	MAX_WORD = 40, /* longer ones have no near neighbour */
};

void
node_die(const struct node *node, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	/* Not freed: the process ends in the next line. */
	die("%s:%zu:%zu: %s", node->source->name, node->line, node->column,
	    text);
}

void
node_warn(const struct node *node, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	warn("%s:%zu:%zu: %s", node->source->name, node->line, node->column,
	    text);
	free(text);
}

/*
 * How many insertions, deletions, replacements and swaps of neighbours lead
 * from a to b. Source: optimal string alignment; Damerau 1964, CACM 7(3).
 */
static size_t
distance(const char *a, const char *b)
{
	size_t d[MAX_WORD + 1][MAX_WORD + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_WORD;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			size_t least;

			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			least = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < least)
				least = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < least)
				least = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < least)
				least = d[i - 2][j - 2] + 1;
			d[i][j] = least;
		}
	return d[n][m];
}

/* The nearest of the words, or NULL where none is near. */
static const char *
nearest(const char *word, const char *const known[], size_t n)
{
	const char *best = NULL;
	/* One slip in a short word, two or three in a long one. */
	size_t least = 2 + strlen(word) / 5;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, known[i]);

		if (d < least && d < strlen(known[i])) {
			least = d;
			best = known[i];
		}
	}
	return best;
}

void
node_die_unknown(const struct node *node, const char *what, const char *word,
    const char *const known[], size_t n)
{
	const char *best = nearest(word, known, n);

	if (best)
		node_die(node, "unknown %s: %s (did you mean %s?)", what, word,
		    best);
	node_die(node, "unknown %s: %s", what, word);
}

void
node_visit(const struct node *node, size_t n)
{
	struct source *source = node->source;

	source->visits += n;
	if (source->visits > 4 * source->n_nodes + MAX_VISITS)
		node_die(node, "aliases make this file too large");
}

size_t
node_list(const struct node *node, const char *what)
{
	if (node_is_null(node))
		node_die(node, "%s has no value", what);
	if (node->kind != NODE_LIST)
		node_die(node, "%s must be a list", what);
	node_visit(node, node->n);
	return node->n;
}

size_t
node_map(const struct node *node, const char *what)
{
	if (node_is_null(node))
		node_die(node, "%s has no value", what);
	if (node->kind != NODE_MAP)
		node_die(node, "%s must be a mapping of keys to values", what);
	node_visit(node, node->n);
	return node->n;
}

bool
node_is_null(const struct node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (node->kind != NODE_TEXT || !node->plain)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(node->text, words[i]) == 0)
			return true;
	return false;
}

static _Noreturn void
die_unknown_key(const struct node *key, const struct field fields[], size_t n)
{
	const char **known = mem_zero(n, sizeof *known);

	for (size_t i = 0; i < n; i++)
		known[i] = fields[i].name;
	node_die_unknown(key, "key", key->text, known, n);
}

void
node_fields(const struct node *node, const char *what,
    const struct field fields[], size_t n)
{
	size_t n_items = node_map(node, what);

	for (size_t i = 0; i < n; i++)
		*fields[i].value = NULL;
	for (size_t i = 0; i < n_items; i++) {
		const struct item *item = &node->items[i];
		size_t at = 0;

		while (at < n && strcmp(fields[at].name, item->key->text) != 0)
			at++;
		if (at == n)
			die_unknown_key(item->key, fields, n);
		*fields[at].value = item->value;
	}
}

size_t
node_count(const struct node *node, const char *what)
{
	size_t n;

	if (node->kind == NODE_TEXT && !node_is_null(node))
		return 1;
	n = node_list(node, what);
	if (n == 0)
		node_die(node, "%s is an empty list", what);
	return n;
}

const struct node *
node_item(const struct node *node, size_t i)
{
	return node->kind == NODE_TEXT ? node : node->items[i].value;
}

const char *
node_text(const struct node *node, const char *what)
{
	if (!node)
		return NULL;
	if (node_is_null(node))
		node_die(node, "%s has no value", what);
	if (node->kind != NODE_TEXT)
		node_die(node, "%s must be one value, not a %s", what,
		    node->kind == NODE_LIST ? "list" : "mapping");
	return node->text;
}

const char *
node_full_text(const struct node *node, const char *what)
{
	const char *text = node_text(node, what);

	if (text && !*text)
		node_die(node, "%s is empty", what);
	return text;
}

const char *
node_word(const struct node *node, const char *what, const char *const words[],
    size_t n)
{
	const char *text = node_text(node, what);

	char *all;
	size_t len;
	FILE *stream;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return words[i];
	stream = open_memstream(&all, &len);
	if (!stream)
		die_errno("memory");
	for (size_t i = 0; i < n; i++)
		fprintf(stream, "%s%s", i ? ", " : "", words[i]);
	fclose(stream);
	node_die(node, "%s must be one of %s: %s", what, all, text);
}

/* RFC 8259, section 6. */
static bool
is_number(const char *text)
{
	static const char digits[] = "0123456789";
	const char *t = text + (*text == '-');
	size_t whole = strspn(t, digits);

	if (whole == 0 || (*t == '0' && whole > 1))
		return false;
	t += whole;
	if (*t == '.') {
		if (strspn(t + 1, digits) == 0)
			return false;
		t += 1 + strspn(t + 1, digits);
	}
	if (*t == 'e' || *t == 'E') {
		t++;
		t += *t == '+' || *t == '-';
		if (strspn(t, digits) == 0)
			return false;
		t += strspn(t, digits);
	}
	return !*t;
}

/* Whether a double holds the number without a loss that would be noticed. */
static bool
is_exact(const char *text)
{
	double x = strtod(text, NULL);

	return text[strcspn(text, ".eE")] ? isfinite(x) : fabs(x) < 0x1p53;
}

bool
text_is_bare(const char *text)
{
	char again[32];

	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return true;
	if (!is_number(text) || !is_exact(text))
		return false;
	json_format_number(again, sizeof again, strtod(text, NULL));
	return strcmp(text, again) == 0;
}

bool
text_is_clean(const char *text)
{
	while (*text && !iscntrl((unsigned char)*text))
		text++;
	return !*text;
}

bool
text_is_name(const char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz_"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	return *text && !isdigit((unsigned char)*text) &&
	       !text[strspn(text, characters)];
}

double
node_number(const struct node *node, const char *what)
{
	const char *text = node_text(node, what);

	if (!text)
		return (double)NAN;
	if (!node->plain)
		node_die(node, "%s must be a number, without quotes", what);
	if (!is_number(text))
		node_die(node, "%s must be a number: %s", what, text);
	if (!is_exact(text))
		node_die(node, "%s is too large to be exact: %s", what, text);
	return strtod(text, NULL);
}

double
node_integer(
    const struct node *node, const char *what, double least, double most)
{
	double x = node_number(node, what);

	if (!node)
		return x;
	if (x != trunc(x))
		node_die(
		    node, "%s must be a whole number: %s", what, node->text);
	if (x < least || x > most)
		node_die(node, "%s must be from %.0f to %.0f: %s", what, least,
		    most, node->text);
	return x;
}

double
node_range(const struct node *node, const char *what, double least, double most)
{
	double x = node_number(node, what);

	if (node && (x < least || x > most))
		node_die(node, "%s must be from %.10g to %.10g: %s", what,
		    least, most, node->text);
	return x;
}

double
node_seconds(const struct node *node, const char *what)
{
	const char *text = node_text(node, what);
	double x;

	if (!text)
		return (double)NAN;
	x = seconds_parse(text);
	if (isnan(x))
		node_die(node, "%s must be a time such as 30, 500ms or 2m: %s",
		    what, text);
	if (x <= 0 || !isfinite(x))
		node_die(node, "%s must be above 0: %s", what, text);
	return x;
}

double
node_bytes(const struct node *node, const char *what)
{
	const char *text = node_text(node, what);
	const char *unit;
	double x, factor;

	if (!text)
		return (double)NAN;
	x = number_and_unit(text, &unit);
	if (isnan(x) || !unit_factor(unit, "B", &factor))
		node_die(node,
		    "%s must be a size with a unit such as 64MiB or 1.5GB: %s",
		    what, text);
	x = trunc(x * factor);
	if (x < 1 || x > 0x1p53)
		node_die(
		    node, "%s must be from 1B to 8388608GiB: %s", what, text);
	return x;
}

double
node_percent(const struct node *node, const char *what)
{
	const char *text = node_text(node, what);
	const char *unit;
	double x;

	if (!text)
		return (double)NAN;
	x = number_and_unit(text, &unit);
	if (isnan(x) || (*unit && strcmp(unit, "%") != 0))
		node_die(node, "%s must be a percentage: %s", what, text);
	if (x <= 0 || x > 100)
		node_die(
		    node, "%s must be above 0 and up to 100: %s", what, text);
	return x;
}

int
node_truth(const struct node *node, const char *what)
{
	const char *text = node_text(node, what);

	if (!text)
		return ABSENT;
	if (!node->plain ||
	    (strcmp(text, "true") != 0 && strcmp(text, "false") != 0))
		node_die(node, "%s must be true or false: %s", what, text);
	return strcmp(text, "true") == 0;
}
