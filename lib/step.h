/*
 * Where the level of a course changes: steps, told from noise that depends on
 * what was before it, and from a line. Numbers in, numbers out. Level 1.
 *
 * A course is a list of finite values in the order of time. plumbline-
 * statistics(7) has the formulas, and how often what is found is not there.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

/* What a step must explain more than a line, of a stretch. */
#define STEP_OVER_LINE 2

/* The fewest values of a level, unless more are asked for. */
#define STEP_LEAST 4

/* The median of values in any order. Requires: n >= 1. */
double step_median(const double *x, size_t n);

/*
 * Noise whose values depend on those before, e being independent:
 * x[i] = ar x[i-1] + e[i] + ma e[i-1].
 */
struct step_noise {
	double ar, ma;
};

/* What explains a course best: no step, one step, or a line. */
struct step_fit {
	double gain;	  /* of a step, in twice the logarithm of likelihood */
	double over_line; /* the same against a line; NAN where not asked */
	size_t at;	  /* the first value of the new level */
	struct step_noise noise; /* beside the step */
};

/* What the search takes for a step. */
struct step_rule {
	size_t least; /* values of a level; at least STEP_LEAST */
	double alpha; /* p of a step, at most */
};

/* A step, between the level before it and the level after. */
struct step {
	size_t at;	 /* the first value of the new level */
	size_t from, to; /* where it may be, at 0.95; levels may be short */
	double gain, p, q;
	double spread; /* of long means, over that of independent values */
	bool apart;    /* its levels are, which are those of no line then */
};

struct steps {
	struct step *step;
	size_t n, capacity;
	bool is_line; /* there are none, but it rises or falls all the time */
};

/*
 * The normal scores of x: what the rank of each value would be among as many
 * normal ones, scaled to a mean square of 1; ties get the mean of theirs. All
 * 0 where all are equal. Requires: n >= 1.
 * Source: van der Waerden 1952; ranks as Blom 1958.
 */
void step_scores(const double *x, size_t n, double *scores);

/*
 * Fits y, scores for example, with the step at from to `to`, both included.
 * Requires: 1 <= from <= to < n.
 */
struct step_fit step_fit(
    const double *y, size_t n, size_t from, size_t to, bool line);

/*
 * -2 log likelihood of the noise that y is without a step, or about a line, up
 * to what is the same for all y of this length. Requires: n >= 2.
 */
double step_deviance(const double *y, size_t n, bool line);

/*
 * The standard error of the mean of very many values, over what it is where
 * the same values are independent.
 */
double step_spread(const struct step_noise *noise);

/*
 * p of such a gain, the largest of all stretches of n independent values, by a
 * step at `at`: never less than that of two of all orders of two groups of
 * these sizes. Requires: 1 <= at < n.
 */
double step_p(double gain, size_t n, size_t at);

/*
 * The fewest values, in levels of `least` or more, that can have a step with
 * such a p, by step_p and by step_apart. Requires: p > 0.
 */
size_t step_enough(size_t least, double p);

/*
 * p of so few runs, or fewer, in all orders of two groups of these sizes.
 * Requires: each >= 1, runs >= 2.
 * Source: Wald and Wolfowitz 1940.
 */
double step_runs_p(size_t old, size_t new, size_t runs);

/*
 * p of a step between two levels so far apart that which value is of which
 * needs no statistics: that of the order of the two groups. 1 where there are
 * no such groups, or no step. Requires: n >= 2 * least.
 */
double step_apart(const double *x, size_t n, size_t least, size_t *at);

/*
 * Whether there is any step: the largest gain of all stretches, less what it
 * costs to look at many, and where it is. Requires: n >= 2 * least.
 */
double step_search(const double *x, size_t n, size_t least, size_t *at);

/* p of any step in x. Requires: n >= 2 * least. */
double steps_p(const double *x, size_t n, size_t least);

/* All steps, in order; `steps` is {0}, or what steps_release left. */
void steps_find(struct steps *steps, const double *x, size_t n,
    const struct step_rule *rule);
void steps_release(struct steps *steps);

#endif
