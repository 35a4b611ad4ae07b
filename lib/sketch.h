/*
 * A sketch of many numbers: how many lie in each of many narrow intervals, so
 * that quantiles are known with a relative error that was agreed upon. Two
 * sketches of one error merge to that of all their numbers, in any order.
 * Level 1.
 *
 * Bucket i holds the sizes above g^(i-1), up to g^i, with
 * g = (1 + error) / (1 - error), and stands for 2 g^i / (g + 1), from which
 * none of them differs by more than the error, as a fraction of itself. There
 * are buckets for either sign, and 0 has its own. At an error of 0.1 %, what
 * lies between 1 ns and 1000 s is in 13,800 buckets, and all doubles are in
 * 710,000: memory is bounded without dropping any.
 * Source: Masson, Rim and Lee 2019, "DDSketch: a fast and fully-mergeable
 * quantile sketch with relative-error guarantees", PVLDB 12.
 */
#ifndef SKETCH_H
#define SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an error may be. */
#define SKETCH_ERROR	   0.001
#define SKETCH_ERROR_LEAST 0.0001
#define SKETCH_ERROR_MOST  0.05

/*
 * The buckets of one sign: as long as that takes less memory a list of the
 * bucket of each number, then a count for each bucket.
 */
struct buckets {
	int32_t *list;	  /* n of `capacity`; NULL where there are counts */
	uint32_t *counts; /* of `capacity` buckets from `low` on, or NULL */
	size_t n, capacity;
	int32_t low;
	int32_t first, last; /* what is not empty lies between them */
};

struct sketch {
	double error, width; /* width: log g */
	struct buckets positive, negative;
	uint64_t zeros;
};

/* Requires: SKETCH_ERROR_LEAST <= error <= SKETCH_ERROR_MOST. */
void sketch_init(struct sketch *sketch, double error);

/* Adds x, whose size has this logarithm; of 0 it is of no matter. */
void sketch_add(struct sketch *sketch, double x, double log_size);

/* Adds `n` numbers of a bucket; `negative` tells of which sign. */
void sketch_add_bucket(
    struct sketch *sketch, bool negative, int32_t bucket, uint32_t n);

/* Adds all numbers of another. Requires: the same error. */
void sketch_merge(struct sketch *sketch, const struct sketch *other);

/* How many there are in a bucket from `first` to `last`. Requires: counts. */
uint32_t buckets_count(const struct buckets *buckets, int32_t bucket);

/* Turns the list into counts. */
void buckets_count_all(struct buckets *buckets);

void sketch_release(struct sketch *sketch);

/* A number that stands for `n` numbers. */
struct point {
	double value;
	uint64_t n;
};

/* Numbers, ascending after points_sort. {0} is none; points_release frees. */
struct points {
	struct point *p;
	size_t n, capacity;
	uint64_t total; /* of all p[i].n */
};

void points_add(struct points *points, double value, uint64_t n);

/*
 * Adds what a sketch holds, times `multiply` over `divide`, and not outside
 * [min, max], which are exact.
 */
void points_add_sketch(struct points *points, struct sketch *sketch, double min,
    double max, double multiply, double divide);

void points_sort(struct points *points);

/* Adds them to a sketch. */
void points_sketch(const struct points *points, struct sketch *sketch);

/* The number of a rank from 0. Requires: sorted, rank < total. */
double points_rank(const struct points *points, uint64_t rank);

/* As stats_quantile, and stats_mad. Requires: sorted, total >= 1. */
double points_quantile(const struct points *points, double p);
double points_mad(const struct points *points);

void points_release(struct points *points);

#endif
