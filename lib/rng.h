/*
 * Seeded random numbers: same seed, same numbers, on every machine.
 *
 * For shuffling, bootstrapping and making up data; not for secrets. Level 0.
 */
#ifndef RNG_H
#define RNG_H

#include <stddef.h>
#include <stdint.h>

/* The state of xoshiro256**; not all four may be 0. Copy it to fork it. */
struct rng {
	uint64_t state[4];
};

/*
 * Start r from any seed, 0 too: the state is the first four numbers of
 * splitmix64, as the authors of xoshiro advise.
 * Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
 * generators"; Vigna's splitmix64.c.
 */
void rng_seed(struct rng *r, uint64_t seed);

/*
 * The next number, uniform over all of 64 bits. Requires: r was seeded.
 * Source: xoshiro256**, Blackman and Vigna 2021, "Scrambled linear
 * pseudorandom number generators", ACM TOMS 47.
 */
uint64_t rng_next(struct rng *r);

/* A number from 0 to n - 1, each as likely as any other. Requires: n >= 1. */
uint64_t rng_below(struct rng *r, uint64_t n);

/* A multiple of 2^-53 in [0, 1). */
double rng_uniform(struct rng *r);

/*
 * Put x[0..n-1] in random order, in place, each order as likely as any other.
 * Source: Durstenfeld 1964, CACM Algorithm 235.
 */
void rng_shuffle(struct rng *r, size_t *x, size_t n);

/*
 * FNV-1a hash of n bytes, 64 bits: turns a key into a seed. No defence
 * against keys that were chosen to collide.
 * Source: Fowler, Noll and Vo; draft-eastlake-fnv.
 */
uint64_t rng_hash(const void *data, size_t n);

/*
 * Where a number belongs in a table of n slots: evenly, also where all numbers
 * are whole, whose doubles end in zeros. Requires: n is a power of two.
 */
size_t rng_slot(double x, size_t n);

#endif
