/* Made-up measurements, whose truth is known. */
#include <math.h>
#include <stdlib.h>

#include "evaluate.h"
#include "mem.h"

static const double AUTOCORRELATION = 0.7;

const char *const noise_names[N_NOISES] = {
    [CALM] = "normal, 2 %",
    [LOUD] = "normal, 5 %",
    [DRIFTING] = "drifting, 5 %",
    [SPIKED] = "2 % and spikes",
    [BIMODAL] = "two modes",
    [TIED] = "2 %, coarse clock",
};

/* A source of trials, one after the other. */
struct source {
	enum noise noise;
	double drift; /* standard normal, as of the last trial */
};

/*
 * A standard normal number.
 * Source: Box and Muller 1958, "A note on the generation of random normal
 * deviates", The Annals of Mathematical Statistics 29.
 */
static double
normal(struct rng *rng)
{
	double u = 1 - rng_uniform(rng), v = rng_uniform(rng);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static double
exponential(struct rng *rng)
{
	return -log(1 - rng_uniform(rng));
}

static void
source_start(struct source *source, enum noise noise, struct rng *rng)
{
	*source = (struct source){.noise = noise, .drift = normal(rng)};
}

/* The next trial of a program that takes exp(level). */
static double
trial(struct source *source, double level, struct rng *rng)
{
	static const double tick = 0.02;
	double x = level, z = normal(rng);

	switch (source->noise) {
	case LOUD:
		return exp(x + 0.05 * z);
	case DRIFTING:
		source->drift = AUTOCORRELATION * source->drift +
				sqrt(1 - AUTOCORRELATION * AUTOCORRELATION) * z;
		return exp(x + 0.05 * source->drift);
	case SPIKED:
		x += 0.02 * z;
		if (rng_below(rng, 10) == 0)
			x += log1p(0.5 * exponential(rng));
		return exp(x);
	case BIMODAL:
		x += 0.01 * z;
		if (rng_below(rng, 2) == 0)
			x += log1p(0.1);
		return exp(x);
	case TIED:
		return tick * (floor(exp(x + 0.02 * z) / tick) + 1);
	default:
		return exp(x + 0.02 * z);
	}
}

/* Both variants in each round, in random order. */
static void
interleave(
    const struct cell *cell, double level, struct rng *rng, struct pair *pair)
{
	struct source source;

	pair->n_base = pair->n_head = cell->n;
	source_start(&source, cell->noise, rng);
	for (size_t i = 0; i < cell->n; i++) {
		bool head_first = rng_below(rng, 2) == 0;

		if (head_first)
			pair->head[i] = trial(&source, level, rng);
		pair->base[i] = trial(&source, 0, rng);
		if (!head_first)
			pair->head[i] = trial(&source, level, rng);
	}
}

static int
compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The rounds of one session. */
static void
session(const struct cell *cell, double level, struct rng *rng, double *x)
{
	struct source source;

	level += cell->session_sd * normal(rng);
	source_start(&source, cell->noise, rng);
	for (size_t i = 0; i < cell->n; i++)
		x[i] = trial(&source, level, rng);
}

/* The median of a session's rounds, which are brought into order. */
static double
session_value(double *x, size_t n)
{
	qsort(x, n, sizeof *x, compare_doubles);
	return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

static void
store(const struct cell *cell, double level, struct rng *rng, struct pair *pair)
{
	pair->n_base = cell->sessions;
	pair->n_head = cell->n;
	for (size_t i = 0; i < cell->sessions; i++) {
		session(cell, 0, rng, pair->head);
		pair->base[i] = session_value(pair->head, cell->n);
	}
	session(cell, level, rng, pair->head);
}

void
simulate_judge(const struct cell *cell, size_t suites, struct rng *rng,
    struct tally *tally)
{
	struct pair *pairs = mem_zero(cell->metrics, sizeof *pairs);
	size_t room = cell->n > cell->sessions ? cell->n : cell->sessions;

	for (size_t i = 0; i < cell->metrics; i++) {
		pairs[i].base = mem_zero(room, sizeof(double));
		pairs[i].head = mem_zero(room, sizeof(double));
		pairs[i].shifted =
		    cell->slower > 0 && (i == 0 || cell->all_slower);
	}
	for (size_t suite = 0; suite < suites; suite++) {
		for (size_t i = 0; i < cell->metrics; i++) {
			double level =
			    pairs[i].shifted ? log1p(cell->slower) : 0;

			if (cell->design == STORED)
				store(cell, level, rng, &pairs[i]);
			else
				interleave(cell, level, rng, &pairs[i]);
		}
		judge(PLUMBLINE, cell->design, pairs, cell->metrics, tally);
	}
	for (size_t i = 0; i < cell->metrics; i++) {
		free(pairs[i].base);
		free(pairs[i].head);
	}
	free(pairs);
}
