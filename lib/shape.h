/*
 * Lines that differ in their numbers only, read without parsing them again.
 * Level 1.
 *
 * A line that the JSON library has read as a sample is learned as a shape: its
 * bytes, with a hole for every number that stands outside of strings. A line
 * that has the same bytes around the holes, and in the holes numbers that the
 * library would take, is JSON too, with the same members in the same order;
 * only its numbers are new. All others are not matched, and are the library's
 * to read, or to refuse.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers that a line is read for. */
struct shape_numbers {
	double round; /* NAN where there is none */
	double value;
};

#define SHAPE_NONE ((size_t)-1)

struct shape;

/* {0} has learned nothing; shapes_release frees it. */
struct shapes {
	struct shape *shapes; /* numbered from 0 as they are learned */
	size_t n, capacity;
	size_t *slots; /* by hash: number + 1, or 0 where free */
	size_t n_slots;
	size_t last; /* the shape of the last line */
};

/* The shape of a line of `len` bytes and a NUL, or SHAPE_NONE. */
size_t shapes_match(struct shapes *shapes, const char *text, size_t len,
    struct shape_numbers *numbers);

/*
 * Learns the shape of a line, which the library has read as a sample with
 * these numbers. Returns SHAPE_NONE where it is not to be learned: it has
 * escapes, or is long, or there are too many shapes.
 */
size_t shapes_learn(struct shapes *shapes, const char *text, size_t len,
    const struct shape_numbers *numbers);

void shapes_release(struct shapes *shapes);

/*
 * The number at `*text`, which is moved behind it; false where there is none
 * or where the library had better be asked: it has too many digits, or an
 * exponent beyond 99. Text: ends in a NUL.
 * Source: RFC 8259, section 6; the double nearest to it is found by one
 * division that is exact enough, Clinger 1990, "How to read floating point
 * numbers accurately", else by strtod.
 */
bool shape_number(const char **text, double *number);

#endif
