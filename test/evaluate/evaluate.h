/*
 * How often cmp-baseline is wrong, and how much it sees: the parts of the
 * evaluation. What is compared (real: measurements, simulate: made-up ones),
 * what rules say of it (judge), and the tables (show).
 */
#ifndef EVALUATE_H
#define EVALUATE_H

#include <stdbool.h>
#include <stddef.h>

#include "rng.h"
#include "show.h"

/* A metric of both sides of a comparison; the values are the caller's. */
struct pair {
	double *base, *head; /* of rounds, or of sessions where it is stored */
	size_t n_base, n_head;
	bool shifted; /* head is slower, as it was made so */
};

/* How the two sides were measured. */
enum design {
	PAIRED,	  /* two variants, base[i] and head[i] of one round */
	UNPAIRED, /* two variants */
	STORED,	  /* base: values of sessions; head: rounds of one */
	ADAPTIVE, /* as PAIRED, but metrics that are decided stop */
};

/* What was said of a metric. */
enum outcome {
	REGRESSED, /* and the build fails */
	SMALL,	   /* worse, but not failing */
	BETTER,	   /* improved, or better but small */
	UNCHANGED, /* proven */
	INCONCLUSIVE,
	REFUSED, /* too few values for any verdict */
	N_OUTCOMES
};

/* The rules that are compared with each other. */
enum rule {
	PLUMBLINE, /* cmp-baseline, run as it is */
	NAIVE,	   /* the mean is more than 5 % larger */
	BARE_TEST, /* Mann-Whitney, one-sided p <= 0.05, no correction */
	N_RULES
};

/* What a rule said of many comparisons. */
struct tally {
	long suites;	/* comparisons */
	long failed;	/* of them, with any regressed */
	long unchanged; /* of them, that failed for what had not changed */
	long claims;	/* of them, where an unchanged one was called worse */
	/* Of metrics that were made slower, and of the others. */
	long shifted[N_OUTCOMES], steady[N_OUTCOMES];
	long shifted_rounds, steady_rounds; /* that were looked at */
};

void tally_add(struct tally *sum, const struct tally *part);
long tally_total(const long outcomes[N_OUTCOMES]);

/* --- judge --- */

/* Names the tool; opens what it reads and writes. */
void judge_open(const char *path);

/* What a rule says of a suite of n metrics: adds to the tally. */
void judge(enum rule rule, enum design design, const struct pair *pairs,
    size_t n, struct tally *tally);

/* --- real measurements --- */

/* What is known of one side's nights: as many metrics in each. */
struct nights;

/* Dies where there are fewer than two nights of that side. */
struct nights *nights_read(const char *path, const char *side);
size_t nights_suites(const struct nights *nights);
size_t nights_metrics(const struct nights *nights);
void nights_free(struct nights *nights);

/* Which metrics are made slower. */
enum spread {
	ALL,
	TENTH,
	LONE,
	N_SPREADS
};

/* A cell of the table: so many values, so much slower, so many of them. */
struct setting {
	size_t n;
	double slower; /* fraction */
	enum spread spread;
};

/*
 * Compares each night with the next one, n values of either drawn at random:
 * the same for each setting that has the same n and draw.
 */
void real_judge(const struct nights *nights, const struct setting *setting,
    size_t draw, struct tally tally[N_RULES]);

/* --- simulated measurements --- */

enum noise {
	CALM,	  /* normal, 2 % */
	LOUD,	  /* normal, 5 % */
	DRIFTING, /* autocorrelated, 0.7 at lag 1, 5 % */
	SPIKED,	  /* 2 %, and one in ten takes 50 % longer on average */
	BIMODAL,  /* 1 %, and half of them 10 % slower */
	TIED,	  /* 2 %, read from a clock whose tick is 2 % */
	N_NOISES
};
extern const char *const noise_names[N_NOISES];

/* A cell: one suite is of `metrics` metrics, the first one is slower. */
struct cell {
	enum design design;
	enum noise noise;
	size_t n;	   /* rounds */
	size_t sessions;   /* stored only: in the baseline */
	double session_sd; /* stored only: between sessions */
	size_t metrics;
	double slower; /* of the first, or of all */
	bool all_slower;
};

void simulate_judge(const struct cell *cell, size_t suites, struct rng *rng,
    struct tally *tally);

#endif
