/*
 * Allocate or die, and the two containers that every tool wants: a growing
 * array and an index from a text to a number. Level 1.
 */
#ifndef MEM_H
#define MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* As malloc, calloc, realloc (of n elements) and strdup; they never fail. */
void *mem_alloc(size_t size);
void *mem_zero(size_t n, size_t size);
void *mem_resize(void *old, size_t n, size_t size);
char *mem_copy(const char *text);

/* A text as printf makes it, for the caller to free. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vformat(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

/*
 * Makes room for one element more in `array`, which holds `n` of `capacity`
 * elements, and says where it is. The element is not cleared.
 *
 *     *MEM_PUSH(list->items, list->n, list->capacity) = item;
 */
#define MEM_PUSH(array, n, capacity)                                           \
	((array) = mem_grow((array), (n), &(capacity), sizeof *(array)),       \
	    &(array)[(n)++])
void *mem_grow(void *array, size_t n, size_t *capacity, size_t size);

/*
 * An index: which number a text was given. Numbers are given in the order in
 * which texts are first seen, from 0, so they index an array beside it.
 * {0} is an empty index. Owns copies of its texts, which stay where they are
 * until index_release.
 */
struct index {
	char **texts;  /* by number */
	size_t *slots; /* open addressing; number + 1, or 0 where free */
	size_t n;
	size_t capacity;
	size_t n_slots; /* a power of two */
};

#define INDEX_NONE ((size_t)-1)

/* The number of `text`, which is added where it is new. */
size_t index_add(struct index *index, const char *text);

/*
 * The index's copy of `text`, which is added where it is new: the same text is
 * the same pointer. Use it rather than texts[index_add()], which may look at
 * where `texts` was before it grew.
 */
const char *index_text(struct index *index, const char *text);

/* The number of `text`, or INDEX_NONE. */
size_t index_find(const struct index *index, const char *text);

void index_release(struct index *index);

#endif
