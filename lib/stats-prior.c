#include "stats.h"

#include <assert.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

/*
 * The x with trigamma(x) = y > 0: Newton's iteration on 1 / trigamma, which is
 * convex and nearly linear, so that it converges from one side.
 * Source: Smyth 2004, appendix.
 */
static double
trigamma_inverse(double y)
{
	double x = 0.5 + 1 / y;

	if (y > 1e7)
		return 1 / sqrt(y);
	if (y < 1e-6)
		return 1 / y;
	for (int i = 0; i < 50; i++) {
		double at = gsl_sf_psi_1(x);
		double step = at * (1 - at / y) / gsl_sf_psi_n(2, x);

		x += step;
		if (-step / x < 1e-10)
			break;
	}
	return x;
}

bool
stats_learn_prior(
    const double *sd, const double *df, size_t n, struct stats_prior *prior)
{
	double mean = 0, squares = 0, expected = 0, count = (double)n, excess;

	if (n < STATS_PRIOR_METRICS)
		return false;
	/* Welford's updates of the mean and the squares of the logs. */
	for (size_t i = 0; i < n; i++) {
		double half = df[i] / 2, e, off;

		assert(df[i] > 0 && sd[i] > 0);
		e = 2 * log(sd[i]) - gsl_sf_psi(half) + log(half);
		off = e - mean;
		mean += off / (double)(i + 1);
		squares += off * (e - mean);
		expected += gsl_sf_psi_1(half);
	}
	excess = squares / (count - 1) - expected / count;
	prior->df = STATS_PRIOR_MOST_DF;
	if (excess > 0) {
		double half = trigamma_inverse(excess);

		mean += gsl_sf_psi(half) - log(half);
		prior->df = fmin(2 * half, STATS_PRIOR_MOST_DF);
	}
	prior->sd = exp(mean / 2);
	return true;
}
