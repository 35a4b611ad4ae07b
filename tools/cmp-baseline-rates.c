/*
 * Success rates of two variants, where a trial failed: each round is good or
 * it is not, and neither ranks nor pairs see a difference in the mean of that.
 *
 * A difference is shown where the exact test of Fisher finds one, and the
 * interval of Newcombe lies beyond the margin.
 */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double GOOD = 100; /* per cent; the other value is 0 */

bool
is_success_rate(const struct subject *s)
{
	return s->aggregator && strcmp(s->aggregator, "success_rate") == 0;
}

/* How many of the rounds have the worse of the two values; -1 for another. */
static double
count_bad(const struct subject *s)
{
	double bad = test_direction(s) > 0 ? GOOD : 0, n = 0;

	for (size_t i = 0; i < s->values.n; i++) {
		if (s->values.x[i] != 0 && s->values.x[i] != GOOD)
			return -1;
		n += s->values.x[i] == bad;
	}
	return n;
}

bool
are_rates(const struct subject *s, const struct subject *base)
{
	double bad = count_bad(s), was = count_bad(base);

	return is_success_rate(s) && bad >= 0 && was >= 0 && bad + was > 0;
}

/*
 * That of so many trials; none that fails is no proof that none would. Trials
 * that fail one after the other are no drift that could excuse them, so it is
 * not asked of blocks; nor is it to be doubled as what those say: see
 * stats_predict.
 */
double
rate_error(const struct test *t, const struct subject *s)
{
	double n = (double)s->values.n, bad = count_bad(s);
	double share = (bad + 1) / (n + 2);

	return n > 0 && bad >= 0
		   ? sqrt(share * (1 - share) / n) * GOOD / t->unit / 2
		   : (double)NAN;
}

/* A share, as successes among trials. */
struct share {
	double k, n;
};

/*
 * p that a is larger than b by more than `margin`: the level at which the
 * interval of the difference ends there, by halving on a scale of logarithms.
 */
static double
p_larger(struct share a, struct share b, double margin)
{
	bool is_above = a.k / a.n - b.k / b.n > margin;
	double lo = log(1e-15), hi = log(0.5);

	for (int i = 0; i < 60; i++) {
		double p = (lo + hi) / 2;
		struct stats_interval ci =
		    stats_newcombe(a.k, a.n, b.k, b.n, 1 - 2 * exp(p));

		/* The less p is, the wider. */
		if (is_above ? ci.lo > margin : ci.hi < margin)
			hi = p;
		else
			lo = p;
	}
	return is_above ? exp(hi) : 1 - exp(hi);
}

/* By Fisher's test, which is that of rank sums for two values. */
static double
p_exact(
    const struct test *t, const struct subject *high, const struct subject *low)
{
	double *x = test_all_scaled(t, high, &high->values, 0);
	double *y = test_all_scaled(t, low, &low->values, 0);
	double p = stats_mann_whitney(x, high->values.n, y, low->values.n);

	free(x);
	free(y);
	return p;
}

void
test_rates(struct test *t, const struct subject *s, const struct subject *base)
{
	struct share now = {count_bad(s), (double)s->values.n};
	struct share was = {count_bad(base), (double)base->values.n};
	struct stats_interval ci =
	    stats_newcombe(now.k, now.n, was.k, was.n, TEST_LEVEL);
	double one = GOOD / t->unit; /* the effect of a share of 1 */
	double both = (now.k + was.k + 1) / (now.n + was.n + 2);

	t->kind = TEST_RANKS;
	t->effect = (now.k / now.n - was.k / was.n) * one;
	t->lo = ci.lo * one;
	t->hi = ci.hi * one;
	t->sd = sqrt(both * (1 - both)) * one;
	t->n = 2 / (1 / now.n + 1 / was.n);
	t->n_least = fmin(now.n, was.n);
	t->worse.p = fmax(
	    p_exact(t, s, base), p_larger(now, was, t->worse.margin / one));
	t->better.p = fmax(
	    p_exact(t, base, s), p_larger(was, now, t->better.margin / one));
	t->p_equal = fmax(p_larger(was, now, -t->worse.threshold / one),
	    p_larger(now, was, -t->better.threshold / one));
	if (t->p_equal <= t->alpha) {
		ci = stats_newcombe(
		    now.k, now.n, was.k, was.n, 1 - 2 * t->alpha);
		t->equal = (struct stats_interval){ci.lo * one, ci.hi * one};
	}
	t->least_p = stats_mann_whitney_min_p(s->values.n, base->values.n);
}
