/* Made-up series. */
#include <math.h>

#include "stats.h"
#include "trend.h"

const char *const noise_names[N_NOISES] = {
    [NORMAL] = "normal",
    [HEAVY] = "heavy tails, t(2)",
    [SKEWED] = "exponential",
    [BIMODAL] = "two modes",
    [SPIKED] = "5 % spikes",
    [ROUNDED] = "rounded",
    [UNEQUAL] = "unequal sessions",
    [AR_03] = "AR(0.3)",
    [AR_06] = "AR(0.6)",
    [AR_09] = "AR(0.9)",
    [AR_MINUS] = "AR(-0.2)",
    [AR_2] = "AR(0.4, 0.2)",
    [AR_SKEWED] = "AR(0.5), skewed",
    [WANDERING] = "wandering level",
    [SLOPE_3] = "slope, 3 sd",
    [SLOPE_15] = "slope, 15 sd",
    [MODES] = "modes of 5 points",
    [LOUDER] = "louder half",
    [LOUD_END] = "louder end",
};

static double
normal(struct rng *rng)
{
	double u;

	do
		u = rng_uniform(rng);
	while (u == 0);
	return stats_normal_quantile(u);
}

/* Noise of a second order, from its long run on. */
static void
make_ar(struct rng *rng, double *x, size_t n, double first, double second)
{
	double a = 0, b = 0;

	for (size_t i = 0; i < n + 100; i++) {
		double next = first * a + second * b + normal(rng);

		b = a;
		a = next;
		if (i >= 100)
			x[i - 100] = next;
	}
}

/* Noise whose values do not depend on each other. */
static double
one_value(enum noise noise, struct rng *rng)
{
	double z = normal(rng), u = rng_uniform(rng);

	switch (noise) {
	case HEAVY:
		return z / sqrt(-log(1 - u));
	case SKEWED:
		return -log(1 - u);
	case BIMODAL:
		return z + (u < 0.4 ? 6 : 0);
	case SPIKED:
		return z + (u < 0.05 ? 15 * u / 0.05 : 0);
	case ROUNDED:
		return rint(z);
	case UNEQUAL:
		return z * exp(0.7 * normal(rng));
	default:
		return z;
	}
}

static void
make_noise(enum noise noise, struct rng *rng, double *x, size_t n)
{
	static const double orders[N_NOISES][2] = {
	    [AR_03] = {0.3, 0},
	    [AR_06] = {0.6, 0},
	    [AR_09] = {0.9, 0},
	    [AR_MINUS] = {-0.2, 0},
	    [AR_2] = {0.4, 0.2},
	    [AR_SKEWED] = {0.5, 0},
	};
	double first = orders[noise][0], second = orders[noise][1];
	double variance =
	    (1 - second) /
	    ((1 + second) * ((1 - second) * (1 - second) - first * first));
	double walk = 0, mode = 0;

	if (first != 0)
		make_ar(rng, x, n, first, second);
	for (size_t i = 0; i < n; i++) {
		double part = (double)i / (double)n;

		if (first != 0)
			x[i] /= sqrt(variance);
		else
			x[i] = one_value(noise, rng);
		if (noise == AR_SKEWED)
			x[i] = exp(x[i]);
		if (noise == WANDERING)
			x[i] += walk += 0.2 * normal(rng);
		if (noise == MODES && rng_uniform(rng) < 0.2)
			mode = 3 - mode;
		x[i] += mode;
		if (noise == SLOPE_3 || noise == SLOPE_15)
			x[i] += part * (noise == SLOPE_3 ? 3 : 15);
		if ((noise == LOUDER && 2 * i >= n) ||
		    (noise == LOUD_END && i + 10 >= n))
			x[i] *= 4;
	}
}

void
make_series(const struct cell *cell, struct rng *rng, double *x)
{
	make_noise(cell->noise, rng, x, cell->n);
	for (size_t i = 0; i < cell->n; i++) {
		double level = 0;

		for (size_t k = 0; k < MOST_STEPS; k++)
			if (cell->at[k] && i >= cell->at[k])
				level += cell->up[k] * cell->jump;
		x[i] = 100 * exp(cell->sd * x[i] + level);
	}
}
