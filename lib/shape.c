#include "shape.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum {
	MOST_HOLES = 16,
	MOST_LENGTH = 2000,
	MOST_SHAPES = 1 << 14,
	MOST_DIGITS = 60,  /* zeros at the beginning among them */
	MOST_EXPONENT = 22 /* 10^22 is a double */
};

/* What has no more digits than this fits into 63 bits. */
#define LEAST_OF_19_DIGITS UINT64_C(1000000000000000000)

/* The bytes up to a hole, or up to the end. */
struct part {
	uint32_t at, len;
};

struct shape {
	char *text; /* what is between the holes */
	struct part parts[MOST_HOLES + 1];
	size_t n_holes;
	size_t round, value; /* their holes; n_holes where there is no round */
	uint64_t hash;
	size_t next; /* the shape that the next line had */
};

/* A line in the making of its shape. */
struct outline {
	struct part parts[MOST_HOLES + 1];
	size_t n_holes;
	size_t round, value;
	uint64_t hash;
};

/* --- numbers --- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The digits at *p are added to *digits: how many there are, or -1 where it
 * would have more than 19.
 */
static int
take_digits(const char **p, uint64_t *digits)
{
	const char *start = *p;

	for (; is_digit(**p); ++*p) {
		if (*digits >= LEAST_OF_19_DIGITS || *p - start == MOST_DIGITS)
			return -1;
		*digits = 10 * *digits + (uint64_t)(**p - '0');
	}
	return (int)(*p - start);
}

/* An exponent, where there is one; false where it is no number or large. */
static bool
take_exponent(const char **p, int *exponent)
{
	uint64_t digits = 0;
	bool negative;
	int n;

	if (**p != 'e' && **p != 'E')
		return true;
	++*p;
	negative = **p == '-';
	if (negative || **p == '+')
		++*p;
	n = take_digits(p, &digits);
	if (n < 1 || n > 2)
		return false;
	*exponent += negative ? -(int)digits : (int)digits;
	return true;
}

/*
 * Where a long double has 64 bits, the digits and the power of ten are exact,
 * and their quotient or product is wrong by half of its last bit at most. If
 * that is of no matter for the double, this is the nearest; else false.
 */
static bool
scale(uint64_t digits, int exponent, double *number)
{
	static const long double powers[] = {1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L,
	    1e6L, 1e7L, 1e8L, 1e9L, 1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L,
	    1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L,
	    1e25L, 1e26L, 1e27L};
	const int most = (int)(sizeof powers / sizeof *powers) - 1;
	long double x = (long double)digits;

	if (LDBL_MANT_DIG < 64 || exponent > most || exponent < -most)
		return false;
	if (exponent < 0)
		x /= powers[-exponent];
	else
		x *= powers[exponent];
	*number = (double)(x * (1 - LDBL_EPSILON));
	return *number == (double)(x * (1 + LDBL_EPSILON));
}

/* The double nearest to the number at `text`, which has been read as these. */
static double
nearest(uint64_t digits, int exponent, const char *text)
{
	static const double powers[MOST_EXPONENT + 1] = {1e0, 1e1, 1e2, 1e3,
	    1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	double x = (double)digits;

	if (exponent == 0 || digits == 0)
		return x;
	/* Both are exact, and one operation rounds once. */
	if (digits < (uint64_t)1 << 53 && exponent < 0 &&
	    exponent >= -MOST_EXPONENT)
		return x / powers[-exponent];
	if (scale(digits, exponent, &x))
		return x;
	return fabs(strtod(text, NULL));
}

bool
shape_number(const char **text, double *number)
{
	const char *start = *text, *p = start;
	bool negative = *p == '-', real;
	int whole, fraction = 0, exponent;
	uint64_t digits = 0;

	p += negative;
	whole = take_digits(&p, &digits);
	if (whole < 1 || (whole > 1 && p[-whole] == '0'))
		return false;
	if (*p == '.') {
		p++;
		fraction = take_digits(&p, &digits);
		if (fraction < 1)
			return false;
	}
	exponent = -fraction;
	real = fraction || *p == 'e' || *p == 'E';
	if (!take_exponent(&p, &exponent))
		return false;
	if (!real && digits >= LEAST_OF_19_DIGITS)
		return false;
	*number = nearest(digits, exponent, start);
	/* A whole number has no negative zero. */
	if (negative && (real || digits))
		*number = -*number;
	*text = p;
	return true;
}

/* --- shapes --- */

static uint64_t
mix(uint64_t hash, uint64_t x)
{
	hash = (hash ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t
mix_bytes(uint64_t hash, const char *text, size_t len)
{
	uint64_t word;

	for (; len >= sizeof word; len -= sizeof word, text += sizeof word) {
		memcpy(&word, text, sizeof word);
		hash = mix(hash, word);
	}
	word = len;
	for (size_t i = 0; i < len; i++)
		word = word << 8 | (unsigned char)text[i];
	return mix(hash, word);
}

/* Whether the member that a hole at `at` is of has that key: "key":hole. */
static bool
is_member(const char *text, size_t at, const char *key)
{
	size_t len = strlen(key);

	while (at > 0 && strchr(" \t", text[at - 1]))
		at--;
	if (at == 0 || text[--at] != ':')
		return false;
	while (at > 0 && strchr(" \t", text[at - 1]))
		at--;
	return at >= len + 2 && text[at - 1] == '"' &&
	       memcmp(text + at - 1 - len, key, len) == 0 &&
	       text[at - 2 - len] == '"';
}

static bool
end_part(struct outline *outline, const char *text, size_t end, size_t depth)
{
	struct part *part = &outline->parts[outline->n_holes];

	part->len = (uint32_t)(end - part->at);
	outline->hash = mix_bytes(outline->hash, text + part->at, part->len);
	if (!text[end])
		return true; /* no hole, but the end of the line */
	if (outline->n_holes == MOST_HOLES)
		return false;
	if (depth == 1 && is_member(text, end, "round"))
		outline->round = outline->n_holes;
	if (depth == 1 && is_member(text, end, "value"))
		outline->value = outline->n_holes;
	outline->n_holes++;
	return true;
}

/*
 * Where the holes are, if the line is JSON; false where it is not to be
 * learned. Nothing is checked but what could lead astray.
 */
static bool
outline_make(struct outline *outline, const char *text, size_t len)
{
	size_t depth = 0, at = 0;

	outline->parts[0].at = 0;
	outline->n_holes = 0;
	outline->round = outline->value = MOST_HOLES;
	outline->hash = 0;
	if (len > MOST_LENGTH)
		return false;
	while (at < len) {
		const char c = text[at], *quote;

		if (c == '"') {
			quote = memchr(text + at + 1, '"', len - at - 1);
			if (!quote || memchr(text + at, '\\',
					  (size_t)(quote - text) - at))
				return false;
			at = (size_t)(quote - text);
		} else if (c == '-' || is_digit(c)) {
			if (!end_part(outline, text, at, depth))
				return false;
			at += strspn(text + at, "+-.0123456789eE");
			outline->parts[outline->n_holes].at = (uint32_t)at;
			continue;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			depth--;
		} else if (!c) {
			return false;
		}
		at++;
	}
	return end_part(outline, text, len, depth);
}

/* Whether the line has this shape, and with which numbers. */
static bool
has_shape(const struct shape *shape, const char *text, size_t len,
    struct shape_numbers *numbers)
{
	const char *p = text, *end = text + len;

	numbers->round = (double)NAN;
	for (size_t i = 0;; i++) {
		const struct part *part = &shape->parts[i];
		double number;

		if ((size_t)(end - p) < part->len ||
		    memcmp(p, shape->text + part->at, part->len) != 0)
			return false;
		p += part->len;
		if (i == shape->n_holes)
			return p == end;
		if (!shape_number(&p, &number))
			return false;
		if (i == shape->value)
			numbers->value = number;
		else if (i == shape->round)
			numbers->round = number;
	}
}

/* Where a shape of that hash is, or the free slot where it would be. */
static size_t *
slot_of(const struct shapes *shapes, uint64_t hash)
{
	size_t mask = shapes->n_slots - 1;
	size_t at = (size_t)hash & mask;

	while (shapes->slots[at] &&
	       shapes->shapes[shapes->slots[at] - 1].hash != hash)
		at = (at + 1) & mask;
	return &shapes->slots[at];
}

size_t
shapes_match(struct shapes *shapes, const char *text, size_t len,
    struct shape_numbers *numbers)
{
	struct outline outline;
	struct shape *last;
	size_t found;

	if (!shapes->n)
		return SHAPE_NONE;
	/* What came behind the last shape before comes again, mostly. */
	last = &shapes->shapes[shapes->last];
	found = last->next;
	if (!has_shape(&shapes->shapes[found], text, len, numbers)) {
		if (!outline_make(&outline, text, len))
			return SHAPE_NONE;
		found = *slot_of(shapes, outline.hash) - 1;
		if (found == SHAPE_NONE ||
		    !has_shape(&shapes->shapes[found], text, len, numbers))
			return SHAPE_NONE;
		last->next = found;
	}
	shapes->last = found;
	return found;
}

static void
rehash(struct shapes *shapes)
{
	shapes->n_slots = shapes->n_slots ? 2 * shapes->n_slots : 64;
	free(shapes->slots);
	shapes->slots = mem_zero(shapes->n_slots, sizeof *shapes->slots);
	for (size_t i = 0; i < shapes->n; i++)
		*slot_of(shapes, shapes->shapes[i].hash) = i + 1;
}

/* Whether two numbers are the same double, NAN like NAN. */
static bool
is_same(double a, double b)
{
	return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b));
}

size_t
shapes_learn(struct shapes *shapes, const char *text, size_t len,
    const struct shape_numbers *numbers)
{
	struct outline outline;
	struct shape_numbers again;
	struct shape shape;
	size_t *slot;

	if (shapes->n == MOST_SHAPES || !outline_make(&outline, text, len))
		return SHAPE_NONE;
	if (2 * (shapes->n + 1) > shapes->n_slots)
		rehash(shapes);
	slot = slot_of(shapes, outline.hash);
	if (*slot || outline.value == MOST_HOLES)
		return SHAPE_NONE;
	shape = (struct shape){
	    .text = mem_copy(text),
	    .n_holes = outline.n_holes,
	    .round = outline.round,
	    .value = outline.value,
	    .hash = outline.hash,
	    .next = shapes->n,
	};
	memcpy(shape.parts, outline.parts, sizeof shape.parts);
	/* What it would read itself must be what the library has read. */
	if (!has_shape(&shape, text, len, &again) ||
	    !is_same(again.round, numbers->round) ||
	    !is_same(again.value, numbers->value)) {
		free(shape.text);
		return SHAPE_NONE;
	}
	*slot = shapes->n + 1;
	*MEM_PUSH(shapes->shapes, shapes->n, shapes->capacity) = shape;
	return shapes->n - 1;
}

void
shapes_release(struct shapes *shapes)
{
	for (size_t i = 0; i < shapes->n; i++)
		free(shapes->shapes[i].text);
	free(shapes->shapes);
	free(shapes->slots);
	*shapes = (struct shapes){0};
}
