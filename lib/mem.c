#include "mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "rng.h"

static void *
or_die(void *p)
{
	if (!p) {
		errno = ENOMEM;
		die_errno("memory");
	}
	return p;
}

void *
mem_alloc(size_t size)
{
	return or_die(malloc(size ? size : 1));
}

void *
mem_zero(size_t n, size_t size)
{
	return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *
mem_resize(void *old, size_t n, size_t size)
{
	return or_die(reallocarray(old, n ? n : 1, size ? size : 1));
}

char *
mem_copy(const char *text)
{
	return or_die(strdup(text));
}

char *
mem_vformat(const char *format, va_list arguments)
{
	char *text;

	return or_die(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

char *
mem_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	return text;
}

void *
mem_grow(void *array, size_t n, size_t *capacity, size_t size)
{
	if (n < *capacity)
		return array;
	*capacity = n < 8 ? 8 : n + n / 2;
	return mem_resize(array, *capacity, size);
}

/* Where `text` is, or the free slot where it would be. */
static size_t *
slot_of(const struct index *index, const char *text)
{
	size_t mask = index->n_slots - 1;
	size_t at = (size_t)rng_hash(text, strlen(text)) & mask;

	while (index->slots[at] &&
	       strcmp(index->texts[index->slots[at] - 1], text))
		at = (at + 1) & mask;
	return &index->slots[at];
}

static void
rehash(struct index *index)
{
	index->n_slots = index->n_slots ? 2 * index->n_slots : 64;
	free(index->slots);
	index->slots = mem_zero(index->n_slots, sizeof *index->slots);
	for (size_t i = 0; i < index->n; i++)
		*slot_of(index, index->texts[i]) = i + 1;
}

size_t
index_add(struct index *index, const char *text)
{
	size_t *slot;

	if (2 * (index->n + 1) > index->n_slots)
		rehash(index);
	slot = slot_of(index, text);
	if (!*slot) {
		*MEM_PUSH(index->texts, index->n, index->capacity) =
		    mem_copy(text);
		*slot = index->n;
	}
	return *slot - 1;
}

const char *
index_text(struct index *index, const char *text)
{
	size_t number = index_add(index, text);

	return index->texts[number];
}

size_t
index_find(const struct index *index, const char *text)
{
	size_t slot = index->n ? *slot_of(index, text) : 0;

	return slot ? slot - 1 : INDEX_NONE;
}

void
index_release(struct index *index)
{
	for (size_t i = 0; i < index->n; i++)
		free(index->texts[i]);
	free(index->texts);
	free(index->slots);
	*index = (struct index){0};
}
