/* What a case is called, and its id. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wl-expand.h"

enum {
	ID_DIGITS = 16,
	MAX_NAME = 200, /* bytes: with a suffix it is still a file's name */
	CUT_NAME = 180, /* of a longer one; "~" and the id follow */
};

void
text_add(struct text *text, const char *s, size_t len)
{
	if (text->len + len + 1 > text->capacity) {
		text->capacity = 2 * (text->len + len + 1);
		text->s = mem_resize(text->s, text->capacity, 1);
	}
	memcpy(text->s + text->len, s, len);
	text->len += len;
	text->s[text->len] = '\0';
}

static const char *
value_of(const struct workload *w, const size_t values[], size_t parameter)
{
	return w->space.parameters[parameter].values.texts[values[parameter]];
}

/* RFC 3986, section 2.1, for all but a few characters that are safe. */
static void
add_escaped(struct text *text, const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.+:@-";

	for (;;) {
		size_t len = strspn(s, safe);
		char escape[4];

		text_add(text, s, len);
		s += len;
		if (!*s)
			return;
		snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*s++);
		text_add(text, escape, 3);
	}
}

/* "key length:bytes": no two different lists of these read the same. */
static void
add_item(struct text *text, const char *key, const char *s)
{
	char length[32];

	text_add(text, key, strlen(key));
	text_add(text, length,
	    (size_t)snprintf(length, sizeof length, " %zu:", strlen(s)));
	text_add(text, s, strlen(s));
	text_add(text, "\n", 1);
}

/* The parameters' numbers, sorted by their names. */
static size_t *
sort_by_name(const struct space *space)
{
	size_t *sorted = mem_zero(space->n, sizeof *sorted);

	/* Insertion sort: parameters are few. */
	for (size_t i = 0; i < space->n; i++) {
		const char *name = space->parameters[i].name;
		size_t at = i;

		while (at && strcmp(space->parameters[sorted[at - 1]].name,
				 name) > 0) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = i;
	}
	return sorted;
}

/*
 * The id hashes what is measured, as it is written in the file: no paths of a
 * checkout, no counts, no limits. What is the same in all cases comes first.
 */
void
naming_begin(struct naming *naming, const struct workload *w, const char *arch)
{
	struct text *text = &naming->scratch;

	free(naming->by_name);
	naming->workload = w;
	naming->by_name = sort_by_name(&w->space);
	text->len = 0;
	add_item(text, "workload", w->id);
	add_item(text, "arch", arch);
	for (size_t i = 0; i < w->n_written; i++)
		add_item(text, w->written[i].key, w->written[i].text);
	SHA256Init(&naming->hash);
	SHA256Update(&naming->hash, (const uint8_t *)text->s, text->len);
}

void
naming_make_id(struct naming *naming, const size_t values[])
{
	const struct workload *w = naming->workload;
	struct text *text = &naming->scratch;
	SHA2_CTX hash = naming->hash;

	text->len = 0;
	for (size_t i = 0; i < w->space.n; i++) {
		size_t p = naming->by_name[i];

		add_item(text, "parameter", w->space.parameters[p].name);
		add_item(text, "is", value_of(w, values, p));
	}
	if (text->len)
		SHA256Update(&hash, (const uint8_t *)text->s, text->len);
	SHA256End(&hash, naming->id);
	naming->id[ID_DIGITS] = '\0';
}

void
naming_make_name(struct naming *naming, const size_t values[])
{
	const struct workload *w = naming->workload;
	struct text *name = &naming->name;

	name->len = 0;
	text_add(name, w->id, strlen(w->id));
	for (size_t i = 0; i < w->space.n; i++) {
		const char *parameter = w->space.parameters[i].name;

		text_add(name, i ? "," : "/", 1);
		text_add(name, parameter, strlen(parameter));
		text_add(name, "=", 1);
		add_escaped(name, value_of(w, values, i));
	}
	if (name->len <= MAX_NAME)
		return;
	naming_make_id(naming, values);
	name->len = CUT_NAME;
	text_add(name, "~", 1);
	text_add(name, naming->id, strlen(naming->id));
}

void
naming_release(struct naming *naming)
{
	free(naming->by_name);
	free(naming->name.s);
	free(naming->scratch.s);
	*naming = (struct naming){0};
}
