#include "rng.h"

#include <assert.h>
#include <string.h>

static uint64_t
rotate_left(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

/* splitmix64: step *state by the golden ratio, then mix (variant 13). */
static uint64_t
splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void
rng_seed(struct rng *r, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		r->state[i] = splitmix64(&seed);
}

uint64_t
rng_next(struct rng *r)
{
	uint64_t *s = r->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	assert(s[0] | s[1] | s[2] | s[3]);
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t
rng_below(struct rng *r, uint64_t n)
{
	uint64_t excess, x;

	assert(n >= 1);
	/* 2^64 mod n numbers are one too many for their remainder. */
	excess = (UINT64_MAX - n + 1) % n;
	do
		x = rng_next(r);
	while (x < excess);
	return x % n;
}

double
rng_uniform(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

void
rng_shuffle(struct rng *r, size_t *x, size_t n)
{
	for (size_t left = n; left > 1; left--) {
		size_t i = (size_t)rng_below(r, left);
		size_t last = x[left - 1];

		x[left - 1] = x[i];
		x[i] = last;
	}
}

uint64_t
rng_hash(const void *data, size_t n)
{
	const unsigned char *byte = data;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	return hash;
}

size_t
rng_slot(double x, size_t n)
{
	uint64_t bits;

	assert(n && (n & (n - 1)) == 0);
	memcpy(&bits, &x, sizeof bits);
	return (size_t)splitmix64(&bits) & (n - 1);
}
