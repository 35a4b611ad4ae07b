#include "record.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "fields.h"
#include "mem.h"

bool
status_is_ok(const char *status)
{
	return strcmp(status, "ok") == 0;
}

bool
status_is_skipped(const char *status)
{
	return strcmp(status, "skipped") == 0;
}

bool
phase_is_rejected(const char *phase)
{
	return phase && strcmp(phase, "rejected") == 0;
}

bool
case_is_probe(const char *name)
{
	return strcmp(name, PROBE_CASE) == 0;
}

bool
is_calibration(const char *name, const char *variant)
{
	return case_is_probe(name) ||
	       (variant && strcmp(variant, SHADOW_VARIANT) == 0);
}

static void *
at(const void *record, const struct field *field)
{
	return (char *)(uintptr_t)record + field->offset;
}

static void
clear_field(const struct field *field, void *record)
{
	void *p = at(record, field);

	switch (field->kind) {
	case FIELD_TEXT:
		*(const char **)p = NULL;
		break;
	case FIELD_NUMBER:
		*(double *)p = NAN;
		break;
	case FIELD_TRUTH:
		*(int *)p = ABSENT;
		break;
	case FIELD_NUMBERS:
		*(struct numbers *)p = (struct numbers){0};
		break;
	case FIELD_TEXTS:
		*(struct texts *)p = (struct texts){0};
		break;
	case FIELD_PART:
		*(struct part *)p = (struct part){0};
		break;
	}
}

void
record_clear(const struct record_type *type, void *record)
{
	for (size_t i = 0; i < type->n; i++)
		clear_field(&type->fields[i], record);
}

void
record_release(const struct record_type *type, void *record)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct field *field = &type->fields[i];
		void *p = at(record, field);

		if (field->kind == FIELD_NUMBERS)
			free(((struct numbers *)p)->x);
		else if (field->kind == FIELD_TEXTS)
			free(((struct texts *)p)->s);
		clear_field(field, record);
	}
}

static const char *
keep_text(struct index *texts, const char *text)
{
	return text ? index_text(texts, text) : NULL;
}

static void
keep_part(struct index *texts, struct part *part)
{
	char *text = part->value ? tree_text(part->value) : NULL;

	part->text = keep_text(texts, text ? text : part->text);
	part->value = NULL;
	free(text);
}

void
record_keep(const struct record_type *type, void *record, struct index *texts)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct field *field = &type->fields[i];
		void *p = at(record, field);

		if (field->kind == FIELD_TEXT)
			*(const char **)p = keep_text(texts, *(const char **)p);
		else if (field->kind == FIELD_PART)
			keep_part(texts, p);
		else if (field->kind == FIELD_TEXTS)
			for (size_t j = 0; j < ((struct texts *)p)->n; j++)
				((struct texts *)p)->s[j] =
				    keep_text(texts, ((struct texts *)p)->s[j]);
	}
}

/*
 * Reading. A value of the wrong kind leaves its field absent and says what it
 * should have been.
 */
static const char *
read_numbers(struct numbers *numbers, const tree *value)
{
	if (!tree_is_array(value))
		return "a list of numbers";
	numbers->n = tree_length(value);
	numbers->x = mem_zero(numbers->n, sizeof *numbers->x);
	for (size_t i = 0; i < numbers->n; i++) {
		numbers->x[i] = tree_number(tree_at(value, i));
		if (isnan(numbers->x[i]))
			return "a list of numbers";
	}
	return NULL;
}

static const char *
read_texts(struct texts *texts, const tree *value)
{
	if (!tree_is_array(value))
		return "a list of texts";
	texts->n = tree_length(value);
	texts->s = mem_zero(texts->n, sizeof *texts->s);
	for (size_t i = 0; i < texts->n; i++) {
		texts->s[i] = tree_string(tree_at(value, i));
		if (!texts->s[i])
			return "a list of texts";
	}
	return NULL;
}

static const char *
read_field(const struct field *field, void *record, const tree *value)
{
	void *p = at(record, field);

	switch (field->kind) {
	case FIELD_TEXT:
		*(const char **)p = tree_string(value);
		return tree_string(value) ? NULL : "a text";
	case FIELD_NUMBER:
		*(double *)p = tree_number(value);
		return isnan(tree_number(value)) ? "a number" : NULL;
	case FIELD_TRUTH:
		*(int *)p = tree_is_true(value);
		return tree_is_bool(value) ? NULL : "true or false";
	case FIELD_NUMBERS:
		return read_numbers(p, value);
	case FIELD_TEXTS:
		return read_texts(p, value);
	case FIELD_PART:
		((struct part *)p)->value = value;
		return tree_is_object(value) || tree_is_array(value)
			   ? NULL
			   : "an object or a list";
	}
	return NULL;
}

void
reader_get_part(struct reader *reader, const tree *value,
    const struct record_type *type, void *record)
{
	record_clear(type, record);
	if (value && !tree_is_object(value))
		lines_die(&reader->lines, "%s is not an object", type->name);
	for (size_t i = 0; i < type->n; i++) {
		const struct field *field = &type->fields[i];
		const tree *member = tree_get(value, field->name);
		const char *wanted;

		if (!member && !field->required)
			continue;
		if (!member)
			lines_die(&reader->lines, "%s is missing", field->name);
		wanted = read_field(field, record, member);
		if (wanted)
			lines_die(&reader->lines, "%s is not %s", field->name,
			    wanted);
	}
}

/* The tree of the current line, or NULL and why there is none. */
static void
parse_line(struct reader *reader, char *why, size_t size)
{
	const struct lines *in = &reader->lines;

	reader->record = tree_parse(in->text, in->len, why, size);
}

void
reader_get(struct reader *reader, const struct record_type *type, void *record)
{
	char why[200];

	/* A line that was matched has a tree all the same. */
	if (!reader->record)
		parse_line(reader, why, sizeof why);
	reader_get_part(reader, reader->record, type, record);
}

/* Writing. */
static void
put_numbers(struct jline *line, const char *key, const struct numbers *numbers)
{
	if (!numbers->n)
		return;
	jline_list(line, key);
	for (size_t i = 0; i < numbers->n; i++)
		jline_number(line, NULL, numbers->x[i]);
	jline_list_end(line);
}

static void
put_texts(struct jline *line, const char *key, const struct texts *texts)
{
	if (!texts->n)
		return;
	jline_list(line, key);
	for (size_t i = 0; i < texts->n; i++)
		jline_string(line, NULL, texts->s[i]);
	jline_list_end(line);
}

static void
put_part(struct jline *line, const char *key, const struct part *part)
{
	if (part->text || !part->value)
		jline_json(line, key, part->text);
	else
		jline_tree(line, key, part->value);
}

static void
put_field(struct jline *line, const struct field *field, const void *record)
{
	const void *p = at(record, field);

	switch (field->kind) {
	case FIELD_TEXT:
		jline_string(line, field->name, *(const char *const *)p);
		break;
	case FIELD_NUMBER:
		jline_number(line, field->name, *(const double *)p);
		break;
	case FIELD_TRUTH:
		if (*(const int *)p != ABSENT)
			jline_bool(line, field->name, *(const int *)p);
		break;
	case FIELD_NUMBERS:
		put_numbers(line, field->name, p);
		break;
	case FIELD_TEXTS:
		put_texts(line, field->name, p);
		break;
	case FIELD_PART:
		put_part(line, field->name, p);
		break;
	}
}

static bool
has_field(const struct record_type *type, const char *name)
{
	for (size_t i = 0; i < type->n; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return true;
	return type->word && strcmp(name, "type") == 0;
}

void
record_put_over(struct jline *line, const char *key,
    const struct record_type *type, const void *record, const tree *old)
{
	const char *name;
	const tree *member;
	void *at = NULL;

	jline_open(line, key);
	if (type->word)
		jline_string(line, "type", type->word);
	for (size_t i = 0; i < type->n; i++)
		put_field(line, &type->fields[i], record);
	while ((member = tree_member(old, &at, &name)))
		if (!has_field(type, name))
			jline_tree(line, name, member);
	jline_close(line);
}

void
record_put(struct jline *line, const char *key, const struct record_type *type,
    const void *record)
{
	record_put_over(line, key, type, record, NULL);
}

void
record_write(
    struct jline *line, const struct record_type *type, const void *record)
{
	line->len = 0;
	record_put(line, NULL, type, record);
	jline_out(line);
}

/* Streams. */
void
reader_open(struct reader *reader, char *operands[])
{
	*reader = (struct reader){0};
	lines_open(&reader->lines, operands);
}

static enum record_kind
kind_of(struct reader *reader)
{
	static const char *const words[] = {
#define X(id, word) [RECORD_##id] = word,
	    RECORD_KINDS(X)
#undef X
	};
	const tree *type = tree_get(reader->record, "type");

	if (!type)
		return tree_get(reader->record, "metric") &&
			       tree_get(reader->record, "value")
			   ? RECORD_SAMPLE
			   : RECORD_OTHER;
	if (!tree_string(type))
		lines_die(&reader->lines, "type is not a text");
	for (enum record_kind k = 0; k < RECORD_OTHER; k++)
		if (strcmp(words[k], tree_string(type)) == 0)
			return k;
	return RECORD_OTHER;
}

/* Whether the current line is a sample of a shape that was learned. */
static bool
is_of_shape(struct reader *reader)
{
	const struct lines *in = &reader->lines;

	reader->shape = SHAPE_NONE;
	if (!reader->shapes)
		return false;
	reader->shape =
	    shapes_match(reader->shapes, in->text, in->len, &reader->numbers);
	reader->kind = RECORD_SAMPLE;
	return reader->shape != SHAPE_NONE;
}

/* What a later version says may not be what it seems. */
static void
check_version(const struct reader *reader)
{
	const char *what = NULL;
	double v = tree_number(tree_get(reader->record, "v"));

	if (reader->kind == RECORD_RUN)
		what = "run";
	else if (reader->kind == RECORD_BASELINE_FILE)
		what = "baseline file";
	else if (reader->kind == RECORD_HISTORY)
		what = "history";
	if (what && v > RECORD_VERSION)
		lines_die(&reader->lines,
		    "a %s of version %g; this tool knows %d", what, v,
		    RECORD_VERSION);
}

bool
reader_next(struct reader *reader)
{
	char why[200];

	tree_free(reader->record);
	reader->record = NULL;
	while (lines_next(&reader->lines)) {
		struct lines *in = &reader->lines;

		if (is_of_shape(reader))
			return true;
		parse_line(reader, why, sizeof why);
		if (!reader->record && in->cut && !reader->ended &&
		    !reader->whole) {
			lines_warn(in,
			    "the last line is cut short and is dropped: the "
			    "run was truncated");
			continue;
		}
		if (!reader->record)
			lines_die(in, "%s", why);
		reader->kind = kind_of(reader);
		check_version(reader);
		if (reader->kind == RECORD_RUN)
			reader->ended = false;
		if (reader->kind == RECORD_END)
			reader->ended = true;
		return true;
	}
	return false;
}

void
reader_pass(const struct reader *reader)
{
	out_pass(&reader->lines);
}

void
reader_hold(struct reader *reader)
{
	const struct lines *in = &reader->lines;

	for (size_t i = 0; i < in->len; i++)
		*MEM_PUSH(reader->held, reader->held_len,
		    reader->held_capacity) = in->text[i];
	*MEM_PUSH(reader->held, reader->held_len, reader->held_capacity) = '\n';
}

void
reader_write_held(struct reader *reader)
{
	if (reader->held_len)
		out_line(reader->held, reader->held_len - 1);
	reader->held_len = 0;
}

void
reader_release(struct reader *reader)
{
	tree_free(reader->record);
	free(reader->held);
	lines_release(&reader->lines);
	*reader = (struct reader){0};
}
