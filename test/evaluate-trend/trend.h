/*
 * How often stat-trend sees a step where there is none, and how many of those
 * that are there: made-up series (make), what the tool says of them (ask), how
 * often that is right (judge), and the tables (main).
 */
#ifndef EVALUATE_TREND_H
#define EVALUATE_TREND_H

#include <stdbool.h>
#include <stddef.h>

#include "rng.h"

/* What the logarithms of the values are like, with a variance of about 1. */
enum noise {
	NORMAL,
	HEAVY,	   /* Student's t on 2 degrees of freedom */
	SKEWED,	   /* exponential */
	BIMODAL,   /* two modes, 6 standard deviations apart */
	SPIKED,	   /* one in twenty is up to 15 standard deviations more */
	ROUNDED,   /* to whole standard deviations */
	UNEQUAL,   /* each value with a standard deviation of its own */
	AR_03,	   /* autoregression: 0.3 */
	AR_06,	   /* 0.6 */
	AR_09,	   /* 0.9 */
	AR_MINUS,  /* -0.2 */
	AR_2,	   /* 0.4 and 0.2 */
	AR_SKEWED, /* exponential of one of 0.5 */
	WANDERING, /* and a random walk, of a fifth of it at each point */
	SLOPE_3,   /* rising by 3 standard deviations in all */
	SLOPE_15,  /* by 15 */
	MODES,	   /* two, 3 apart, that last for 5 points in the mean */
	LOUDER,	   /* four times as loud in the second half */
	LOUD_END,  /* in the last ten */
	N_NOISES
};
extern const char *const noise_names[N_NOISES];

enum {
	MOST_STEPS = 3,
	MOST_POINTS = 1000
};

/* Series of one kind. */
struct cell {
	enum noise noise;
	size_t n;
	double sd;	       /* of the logarithms */
	double jump;	       /* of them, at each step */
	size_t at[MOST_STEPS]; /* where the steps are; 0: no more */
	int up[MOST_STEPS];    /* 1 or -1 */
};

/* How far from a step it may be found. */
enum {
	NEAR = 5
};

/* What was said of many series. */
struct tally {
	size_t series;
	size_t flagged, crept;	       /* of them, with a step, with a creep */
	size_t found[MOST_STEPS];      /* within NEAR points */
	size_t exact, in_range, in_ci; /* of those that were found */
	size_t extra;		       /* steps that are not there */
};

/* What is asked for. */
extern struct plan {
	const char *path, *data;
	size_t series; /* of each kind */
	bool broken;   /* a promise */
} plan;

/* One series; x has room for MOST_POINTS. */
void make_series(const struct cell *cell, struct rng *rng, double *x);

/* A change that the tool told of. */
struct told {
	size_t series, index, from, to;
	double lo, hi; /* of the interval; NAN where there is none */
	bool is_step;  /* else a creep */
};

/*
 * Has `tool` look at n series of `length` points in x, one behind the other,
 * each as if it were the only one; `each` gets what it tells of, and `data`.
 */
void ask(const char *tool, const double *x, size_t n, size_t length,
    void (*each)(const struct told *told, void *data), void *data);

/* What the tool says of series of one kind. */
struct tally judge_cell(struct cell cell);
struct tally judge_null(enum noise noise, size_t n);
struct tally judge_step(
    enum noise noise, double sd, double change, size_t before, size_t after);

#endif
