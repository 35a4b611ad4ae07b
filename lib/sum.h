/*
 * Exact sums: whatever the order of their terms, the same bits. Level 1.
 *
 * A sum is kept as a fixed-point number wide enough for all that was added: an
 * integer of 32-bit digits, each in 64 bits, so that carries can wait.
 * Source: Neal 2015, "Fast exact summation using small and large
 * superaccumulators", arXiv:1505.05571, sections 2 and 3; the idea is of
 * Kulisch and Miranker 1986, "The arithmetic of the digital computer".
 */
#ifndef SUM_H
#define SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is 0; sum_release frees it. Digit i counts 2^(32 (low + i)). */
struct sum {
	int64_t *digits; /* n of them; owned */
	int low;
	int n;
	uint32_t adds; /* since the carries were last resolved */
};

/* Add x, or its square, or all of another sum. Requires: x finite. */
void sum_add(struct sum *sum, double x);
void sum_add_square(struct sum *sum, double x);
void sum_merge(struct sum *sum, const struct sum *other);

/*
 * The double nearest to the sum, ties to even; infinite where it is beyond all
 * doubles. Resolves carries.
 */
double sum_value(struct sum *sum);

/*
 * The sample standard deviation (divisor n - 1) of n numbers, from their sum
 * and the sum of their squares: n times the squares minus the square of the
 * sum is found exactly, so that nothing cancels; only the last steps round.
 * NAN for n < 2. Resolves carries.
 */
double sum_stddev(struct sum *sum, struct sum *squares, uint64_t n);

/*
 * Resolves carries: afterwards digits are 0 to 2^32 - 1 but for the highest,
 * which has the sign, and equal sums have equal digits.
 */
void sum_settle(struct sum *sum);

/* Digits as sum_settle leaves them; false where they are none. */
bool sum_set(struct sum *sum, double low, const double *digits, size_t n);

void sum_release(struct sum *sum);

#endif
