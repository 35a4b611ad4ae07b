/*
 * The looks of an adaptive comparison: after how many rounds it is looked at
 * what has been found, and what each look may spend of alpha. Level 0.
 *
 * Who looks often enough will see anything: each look has its own chance of a
 * false alarm. So the look of number k may spend only its share of alpha, and
 * p is the least, over the looks so far, of p_k / share_k. That is a p value
 * whatever makes the measuring stop, for under the hypothesis
 *
 *     P(some p_k / share_k <= a) <= sum of P(p_k <= a share_k) <= a.
 *
 * A look that was not made only makes the least larger. The shares are those
 * of a spending function t^2, where t is how much of the rounds are there:
 * early looks get little, so that the last one loses little.
 * Source: Lan and DeMets 1983, "Discrete sequential boundaries for clinical
 * trials", Biometrika 70; the function is Kim and DeMets' 1987, Biometrika 74,
 * with rho = 2. Bonferroni's inequality takes the place of the joint
 * distribution of the looks, and asks for nothing.
 */
#ifndef LOOKS_H
#define LOOKS_H

#include <stddef.h>

enum {
	LOOKS = 3
};

/* After how many rounds each look is, ascending; it has those up to it. */
extern const unsigned looks_rounds[LOOKS];

/* Those looks that some values were seen at, and how many each of them had. */
struct looks {
	size_t n;
	size_t values[LOOKS]; /* the first ones; not less than before */
	double share[LOOKS];  /* of alpha */
};

/* A single look at n values. */
struct looks looks_single(size_t n);

/*
 * The looks at values of rounds[0..n-1], ascending. The last of them has all
 * values: where measuring was cut short between two looks, it was cut short at
 * the later one. Requires: n >= 1.
 */
struct looks looks_at(const double *rounds, size_t n);

/* What the latest of them may spend of alpha. */
double looks_share(const struct looks *looks);

/*
 * p of values x that were looked at so; `test` gives that of the first n of
 * them. At most 1. *shown is how many values the look had that p is of, or 0;
 * it may be NULL.
 */
double looks_p(const struct looks *looks, const double *x,
    double (*test)(const double *x, size_t n), size_t *shown);

#endif
