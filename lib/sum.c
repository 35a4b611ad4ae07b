#include "sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum {
	DIGIT_BITS = 32,
	MOST_DIGITS = 400,     /* of a square of doubles, and much to spare */
	MOST_ADDS = 0x3fffffff /* each adds less than 2^32 to a digit */
};

#define DIGIT_MASK 0xffffffffu

/* Makes the digits from `low` up to, not including, `end` part of the sum. */
static void
widen(struct sum *sum, int low, int end)
{
	int64_t *digits;
	int n;

	if (sum->n) {
		if (low >= sum->low && end <= sum->low + sum->n)
			return;
		low = low < sum->low ? low : sum->low;
		end = end > sum->low + sum->n ? end : sum->low + sum->n;
	}
	n = end - low;
	digits = mem_zero((size_t)n, sizeof *digits);
	if (sum->n)
		memcpy(digits + (sum->low - low), sum->digits,
		    (size_t)sum->n * sizeof *digits);
	free(sum->digits);
	sum->digits = digits;
	sum->low = low;
	sum->n = n;
}

/* Carries everything but the sign out of the digits below the highest. */
static void
carry(struct sum *sum)
{
	int64_t over = 0;

	for (int i = 0; i < sum->n; i++) {
		int64_t digit = sum->digits[i] + over;

		/* The arithmetic shift rounds down: what stays is positive. */
		over = digit >> DIGIT_BITS;
		sum->digits[i] = digit & (int64_t)DIGIT_MASK;
	}
	if (sum->n)
		sum->digits[sum->n - 1] += over * ((int64_t)1 << DIGIT_BITS);
	sum->adds = 0;
}

/* Adds bits * 2^exponent, or subtracts it. */
static void
add_bits(struct sum *sum, bool negative, uint64_t bits, int exponent)
{
	int at = exponent >> 5, shift = exponent & 31;
	int64_t *digits;
	int64_t parts[3] = {
	    (int64_t)((bits << shift) & DIGIT_MASK),
	    (int64_t)((bits >> (DIGIT_BITS - shift)) & DIGIT_MASK),
	    shift ? (int64_t)(bits >> (2 * DIGIT_BITS - shift)) : 0,
	};

	/* The highest digit has room for the sign and for carries. */
	if (at < sum->low || at + 4 > sum->low + sum->n)
		widen(sum, at, at + 4);
	if (sum->adds++ == MOST_ADDS)
		carry(sum);
	digits = sum->digits + (at - sum->low);
	if (negative) {
		digits[0] -= parts[0];
		digits[1] -= parts[1];
		digits[2] -= parts[2];
	} else {
		digits[0] += parts[0];
		digits[1] += parts[1];
		digits[2] += parts[2];
	}
}

/* x is the mantissa, below 2^53, times 2^exponent; false for 0. */
static bool
take_apart(double x, uint64_t *mantissa, int *exponent)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	*mantissa = bits & 0xfffffffffffffu;
	*exponent = (int)(bits >> 52 & 0x7ff);
	if (*exponent)
		*mantissa |= (uint64_t)1 << 52;
	else
		*exponent = 1;
	*exponent -= 1075;
	return *mantissa != 0;
}

void
sum_add(struct sum *sum, double x)
{
	uint64_t mantissa;
	int exponent;

	if (take_apart(x, &mantissa, &exponent))
		add_bits(sum, x < 0, mantissa, exponent);
}

void
sum_add_square(struct sum *sum, double x)
{
	uint64_t mantissa, high, low;
	int exponent;

	if (!take_apart(x, &mantissa, &exponent))
		return;
	/* (high 2^32 + low)^2: no product has more than 64 bits. */
	high = mantissa >> 32;
	low = mantissa & DIGIT_MASK;
	add_bits(sum, false, low * low, 2 * exponent);
	add_bits(sum, false, 2 * high * low, 2 * exponent + 32);
	add_bits(sum, false, high * high, 2 * exponent + 64);
}

void
sum_merge(struct sum *sum, const struct sum *other)
{
	struct sum settled = {0};

	if (!other->n)
		return;
	widen(&settled, other->low, other->low + other->n);
	memcpy(settled.digits, other->digits,
	    (size_t)other->n * sizeof *other->digits);
	sum_settle(&settled);
	if (settled.n)
		widen(sum, settled.low, settled.low + settled.n + 1);
	carry(sum);
	for (int i = 0; i < settled.n; i++)
		sum->digits[settled.low - sum->low + i] += settled.digits[i];
	sum_release(&settled);
}

void
sum_settle(struct sum *sum)
{
	int low = 0, n;

	if (!sum->n)
		return;
	/* Room for what is carried out of the highest digit. */
	widen(sum, sum->low, sum->low + sum->n + 2);
	carry(sum);
	/* A highest digit of -1 or 0 goes into the one below. */
	for (n = sum->n; n > 1; n--) {
		int64_t top = sum->digits[n - 1];

		if (top != 0 && top != -1)
			break;
		sum->digits[n - 2] += top * ((int64_t)1 << DIGIT_BITS);
	}
	while (low < n && !sum->digits[low])
		low++;
	n -= low;
	memmove(
	    sum->digits, sum->digits + low, (size_t)n * sizeof *sum->digits);
	sum->low = n ? sum->low + low : 0;
	sum->n = n;
	if (!n)
		sum_release(sum);
}

bool
sum_set(struct sum *sum, double low, const double *digits, size_t n)
{
	if (!(fabs(low) <= MOST_DIGITS && low == trunc(low)) || n > MOST_DIGITS)
		return false;
	for (size_t i = 0; i < n; i++) {
		double least = i + 1 < n ? 0 : -0x1p32;

		if (!(digits[i] >= least && digits[i] < 0x1p32 &&
			digits[i] == trunc(digits[i])))
			return false;
	}
	sum_release(sum);
	if (!n)
		return true;
	widen(sum, (int)low, (int)low + (int)n);
	for (size_t i = 0; i < n; i++)
		sum->digits[i] = (int64_t)digits[i];
	return true;
}

/* The size of a sum: digits from 0 to 2^32 - 1. Returns whether it is below 0.
 */
static bool
take_size(struct sum *sum, struct sum *size)
{
	bool negative;

	sum_settle(sum);
	*size = (struct sum){0};
	if (!sum->n)
		return false;
	negative = sum->digits[sum->n - 1] < 0;
	widen(size, sum->low, sum->low + sum->n + 1);
	for (int i = 0; i < sum->n; i++)
		size->digits[i] = negative ? -sum->digits[i] : sum->digits[i];
	carry(size);
	return negative;
}

/*
 * The highest 64 bits of a size, the first of them set, and their exponent; a
 * lowest bit that is set where any bit below them is. 0 for 0.
 */
static uint64_t
leading_bits(const struct sum *size, int *exponent)
{
	int top = size->n - 1, shift;
	uint64_t bits, rest;

	while (top >= 0 && !size->digits[top])
		top--;
	if (top < 0)
		return 0;
	bits = (uint64_t)size->digits[top] << DIGIT_BITS;
	bits |= top >= 1 ? (uint64_t)size->digits[top - 1] : 0;
	rest = top >= 2 ? (uint64_t)size->digits[top - 2] << DIGIT_BITS : 0;
	shift = __builtin_clzll(bits);
	*exponent = DIGIT_BITS * (size->low + top - 1) - shift;
	if (shift) {
		bits = bits << shift | rest >> (64 - shift);
		rest <<= shift;
	}
	for (int i = 0; i < top - 2; i++)
		rest |= (uint64_t)size->digits[i];
	return bits | (rest != 0);
}

double
sum_value(struct sum *sum)
{
	struct sum size;
	bool negative = take_size(sum, &size);
	int exponent = 0;
	uint64_t bits = leading_bits(&size, &exponent);
	double value = ldexp((double)bits, exponent);

	sum_release(&size);
	return negative ? -value : value;
}

/* Adds a times b times 2^(32 at), or subtracts it. Both are below 2^32. */
static void
add_product(struct sum *to, bool negative, int64_t a, int64_t b, int at)
{
	add_bits(to, negative, (uint64_t)a * (uint64_t)b, DIGIT_BITS * at);
}

double
sum_stddev(struct sum *sum, struct sum *squares, uint64_t n)
{
	struct sum s, q, d = {0};
	double count = (double)n, value;
	int exponent = 0;

	if (n < 2)
		return (double)NAN;
	take_size(sum, &s);
	take_size(squares, &q);
	for (int i = 0; i < q.n; i++) {
		add_product(&d, false, q.digits[i], (int64_t)(n & DIGIT_MASK),
		    q.low + i);
		add_product(&d, false, q.digits[i], (int64_t)(n >> DIGIT_BITS),
		    q.low + i + 1);
	}
	for (int i = 0; i < s.n; i++)
		for (int j = 0; j < s.n; j++)
			add_product(&d, true, s.digits[i], s.digits[j],
			    2 * s.low + i + j);
	sum_release(&s);
	sum_release(&q);
	take_size(&d, &q);
	value = (double)leading_bits(&q, &exponent);
	sum_release(&q);
	sum_release(&d);
	/* The root of an even power of 2 is exact. */
	if (exponent % 2) {
		value *= 2;
		exponent--;
	}
	return ldexp(sqrt(value / count / (count - 1)), exponent / 2);
}

void
sum_release(struct sum *sum)
{
	free(sum->digits);
	*sum = (struct sum){0};
}
