#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "line.h"
#include "mem.h"
#include "utf8.h"

static bool
is_blank(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && memchr(" \t\r\n", text[i], 4))
		i++;
	return i == len;
}

tree *
tree_parse(const char *text, size_t len, char *why, size_t size)
{
	json_error_t error;
	json_t *value = json_loadb(
	    text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

	/* A whole number that no int64_t holds is a number all the same. */
	if (!value && json_error_code(&error) == json_error_numeric_overflow)
		value = json_loadb(text, len,
		    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
			JSON_DECODE_INT_AS_REAL,
		    &error);
	if (json_is_object(value))
		return value;
	if (value || is_blank(text, len))
		snprintf(why, size, "not a JSON object");
	else if (error.line > 1 && memchr(text, '\n', len - 1))
		snprintf(
		    why, size, "line %d: not JSON: %s", error.line, error.text);
	else
		snprintf(why, size, "not JSON: %s", error.text);
	json_decref(value);
	return NULL;
}

void
tree_free(tree *value)
{
	json_decref(value);
}

const tree *
tree_get(const tree *object, const char *key)
{
	return json_object_get(object, key);
}

const tree *
tree_member(const tree *object, void **at, const char **key)
{
	/* The library's iterators want an object that they could change. */
	json_t *o = (json_t *)object;

	*at = *at ? json_object_iter_next(o, *at) : json_object_iter(o);
	if (!*at)
		return NULL;
	*key = json_object_iter_key(*at);
	return json_object_iter_value(*at);
}

size_t
tree_length(const tree *array)
{
	return json_array_size(array);
}

const tree *
tree_at(const tree *array, size_t i)
{
	return json_array_get(array, i);
}

const char *
tree_string(const tree *value)
{
	return json_string_value(value);
}

double
tree_number(const tree *value)
{
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

bool
tree_is_true(const tree *value)
{
	return json_is_true(value);
}

bool
tree_is_object(const tree *value)
{
	return json_is_object(value);
}

bool
tree_is_array(const tree *value)
{
	return json_is_array(value);
}

bool
tree_is_bool(const tree *value)
{
	return json_is_boolean(value);
}

bool
tree_is_null(const tree *value)
{
	return json_is_null(value);
}

static void
put(struct jline *line, const char *text, size_t len)
{
	if (line->len + len + 1 > line->capacity) {
		line->capacity = 2 * (line->len + len + 1);
		line->text = mem_resize(line->text, line->capacity, 1);
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len] = '\0';
}

static void
put_char(struct jline *line, char c)
{
	put(line, &c, 1);
}

/* How many bytes at the beginning of a text are in quotes as they are. */
static size_t
plain(const char *text)
{
	size_t n = 0;

	while ((unsigned char)text[n] >= 0x20 &&
	       (unsigned char)text[n] < 0x80 && text[n] != '"' &&
	       text[n] != '\\')
		n++;
	return n;
}

/* One character that is not plain; returns its length. */
static size_t
put_special(struct jline *line, const char *text)
{
	uint32_t code;
	size_t n = utf8_decode(text, &code);
	char escape[8];

	if (n == 0) {
		put(line, "\\ufffd", 6);
	} else if (*text == '"' || *text == '\\') {
		put_char(line, '\\');
		put_char(line, *text);
	} else if (n == 1 && (unsigned char)*text < 0x20) {
		snprintf(escape, sizeof escape, "\\u%04x", *text);
		put(line, escape, strlen(escape));
	} else {
		put(line, text, n);
	}
	return n ? n : 1;
}

/* RFC 8259, section 7; what is not UTF-8 becomes U+FFFD. */
static void
put_quoted(struct jline *line, const char *text)
{
	put_char(line, '"');
	for (;;) {
		size_t n = plain(text);

		put(line, text, n);
		text += n;
		if (!*text)
			break;
		text += put_special(line, text);
	}
	put_char(line, '"');
}

/* The comma before a member and its key. */
static void
begin(struct jline *line, const char *key)
{
	char last = line->len ? line->text[line->len - 1] : '{';

	if (last != '{' && last != '[' && last != '\n')
		put_char(line, ',');
	if (!key)
		return;
	put_quoted(line, key);
	put_char(line, ':');
}

void
jline_open(struct jline *line, const char *key)
{
	begin(line, key);
	put_char(line, '{');
}

void
jline_close(struct jline *line)
{
	put_char(line, '}');
}

void
jline_list(struct jline *line, const char *key)
{
	begin(line, key);
	put_char(line, '[');
}

void
jline_list_end(struct jline *line)
{
	put_char(line, ']');
}

void
jline_string(struct jline *line, const char *key, const char *text)
{
	if (!text)
		return;
	begin(line, key);
	put_quoted(line, text);
}

void
json_format_number(char *text, size_t size, double x)
{
	if (x == trunc(x) && fabs(x) < 0x1p53) {
		snprintf(text, size, "%" PRId64, (int64_t)x);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, size, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			return;
	}
}

void
jline_number(struct jline *line, const char *key, double x)
{
	char text[32];

	if (!isfinite(x))
		return;
	json_format_number(text, sizeof text, x);
	begin(line, key);
	put(line, text, strlen(text));
}

/* A number keeps all its digits, also an integer that is no double. */
static void
put_integer(struct jline *line, const char *key, json_int_t x)
{
	char text[32];

	snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, x);
	jline_json(line, key, text);
}

/* The reader's limit of depth bounds the recursion. */
void
jline_tree(struct jline *line, const char *key, const tree *value)
{
	const tree *part;
	void *at = NULL;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		jline_open(line, key);
		while ((part = tree_member(value, &at, &key)))
			jline_tree(line, key, part);
		jline_close(line);
		break;
	case JSON_ARRAY:
		jline_list(line, key);
		for (size_t i = 0; i < tree_length(value); i++)
			jline_tree(line, NULL, tree_at(value, i));
		jline_list_end(line);
		break;
	case JSON_STRING:
		jline_string(line, key, tree_string(value));
		break;
	case JSON_INTEGER:
		put_integer(line, key, json_integer_value(value));
		break;
	case JSON_REAL:
		jline_number(line, key, tree_number(value));
		break;
	case JSON_NULL:
		jline_json(line, key, "null");
		break;
	default:
		jline_bool(line, key, tree_is_true(value));
		break;
	}
}

char *
tree_text(const tree *value)
{
	struct jline line = {0};

	jline_tree(&line, NULL, value);
	return line.text;
}

void
jline_bool(struct jline *line, const char *key, bool x)
{
	jline_json(line, key, x ? "true" : "false");
}

void
jline_json(struct jline *line, const char *key, const char *text)
{
	if (!text)
		return;
	begin(line, key);
	put(line, text, strlen(text));
}

void
jline_text(struct jline *line, const char *text, size_t len)
{
	put(line, text, len);
}

void
jline_end(struct jline *line)
{
	put_char(line, '\n');
}

void
jline_out(struct jline *line)
{
	out_line(line->text, line->len);
	line->len = 0;
}

void
jline_release(struct jline *line)
{
	free(line->text);
	*line = (struct jline){0};
}
