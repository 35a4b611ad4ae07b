/*
 * How a struct looks as JSON: a table of its fields, in the order in which they
 * are written. Only lib/record*.c include it. Level 0.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
	FIELD_TEXT,    /* const char * */
	FIELD_NUMBER,  /* double */
	FIELD_TRUTH,   /* int: 0, 1 or ABSENT */
	FIELD_NUMBERS, /* struct numbers */
	FIELD_TEXTS,   /* struct texts */
	FIELD_PART,    /* struct part */
};

struct field {
	const char *name;
	size_t offset;
	enum field_kind kind;
	bool required;
};

struct record_type {
	const char *word; /* of "type"; NULL for a part */
	const char *name; /* in messages */
	const struct field *fields;
	size_t n;
};

#define NEED(type, kind, name, member)                                         \
	{                                                                      \
		name, offsetof(struct type, member), FIELD_##kind, true        \
	}
#define MAY(type, kind, name, member)                                          \
	{                                                                      \
		name, offsetof(struct type, member), FIELD_##kind, false       \
	}
#define TYPE(type, word)                                                       \
	{                                                                      \
		word, #type, type##_fields,                                    \
		    sizeof type##_fields / sizeof *type##_fields               \
	}

#endif
