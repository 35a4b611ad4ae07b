/* A metric of this run, and the same of another variant in it. */
#include <math.h>
#include <stdlib.h>

#include "cmp-baseline.h"

/* --- two variants in one stream: pairs of the rounds that both have --- */

/*
 * How much worse each round of `s` was than the same round of the base: sets
 * x, and the numbers of the rounds, of at least s->rounds.n each, and returns
 * how many there are.
 */
static size_t
differences(const struct test *t, const struct subject *s,
    const struct subject *base, double *x, double *rounds)
{
	size_t n = 0, j = 0;

	for (size_t i = 0; i < s->rounds.n; i++) {
		double round = s->rounds.x[i];

		while (j < base->rounds.n && base->rounds.x[j] < round)
			j++;
		if (j >= base->rounds.n || base->rounds.x[j] != round)
			continue;
		rounds[n] = round;
		x[n++] = test_scaled(t, s, s->values.x[i]) -
			 test_scaled(t, s, base->values.x[j]);
	}
	return n;
}

/*
 * p that the differences, turned to `sign` and moved by `shift`, are above 0;
 * perhaps how many pairs the look had that it is of.
 */
static double
p_positive(const struct test *t, const double *x, size_t n, double sign,
    double shift, size_t *shown)
{
	double *moved, p;

	if (isinf(shift))
		return shift < 0;
	moved = mem_zero(n, sizeof *moved);
	for (size_t i = 0; i < n; i++)
		moved[i] = sign * x[i] + shift;
	p = looks_p(&t->looks, moved, stats_signed_rank, shown);
	free(moved);
	return p;
}

/* By the differences x of n >= 1 pairs. */
static void
pair(struct test *t, const double *x, size_t n)
{
	struct stats_interval ci = {-INFINITY, INFINITY};

	t->kind = TEST_PAIRS;
	t->effect = stats_pseudomedian(x, n);
	stats_pseudomedian_interval(x, n, TEST_LEVEL, &ci);
	t->lo = ci.lo;
	t->hi = ci.hi;
	t->sd = stats_stddev(x, n);
	t->n = t->n_least = (double)n;
	t->worse.p = p_positive(t, x, n, 1, -t->worse.margin, &t->worse.shown);
	t->better.p =
	    p_positive(t, x, n, -1, -t->better.margin, &t->better.shown);
	t->p_equal = fmax(p_positive(t, x, n, -1, t->worse.threshold, NULL),
	    p_positive(t, x, n, 1, t->better.threshold, NULL));
	if (t->p_equal <= t->alpha)
		stats_pseudomedian_interval(
		    x, n, 1 - 2 * t->alpha * looks_share(&t->looks), &t->equal);
	t->least_p = stats_signed_rank_min_p(n) / looks_share(&t->looks);
}

/* --- two variants in one stream: rank sums, where there are no pairs --- */

/* p that the values of `high`, moved by `shift`, lie above those of `low`. */
static double
p_above(const struct test *t, const struct subject *s,
    const struct numbers *high, double shift, const struct numbers *low)
{
	double *x, *y, p;

	if (isinf(shift))
		return shift < 0;
	x = test_all_scaled(t, s, high, shift);
	y = test_all_scaled(t, s, low, 0);
	p = stats_mann_whitney(x, high->n, y, low->n);
	free(x);
	free(y);
	return p;
}

/* The standard deviation of one value, from both variants alike. */
static double
pooled_sd(const double *x, size_t nx, const double *y, size_t ny)
{
	double sd_x, sd_y;

	if (nx < 2 || ny < 2)
		return NAN;
	sd_x = stats_stddev(x, nx);
	sd_y = stats_stddev(y, ny);
	return sqrt((sd_x * sd_x + sd_y * sd_y) / 2);
}

/* Whether the rounds resemble those before them: x are in their order. */
static bool
is_dependent(const struct subject *s, const double *x)
{
	double n = (double)s->values.n;
	double r1 = isnan(s->r1) ? stats_lag1(x, s->values.n) : s->r1;

	return stats_lag1_shows(r1, n);
}

static void
rank(struct test *t, const struct subject *s, const struct subject *base)
{
	const struct numbers *now = &s->values, *was = &base->values;
	double *x = test_all_scaled(t, s, now, 0),
	       *y = test_all_scaled(t, s, was, 0);
	struct stats_interval ci = {-INFINITY, INFINITY};

	t->kind = TEST_RANKS;
	t->effect = stats_hodges_lehmann(x, now->n, y, was->n);
	stats_shift_interval(x, now->n, y, was->n, TEST_LEVEL, &ci);
	t->lo = ci.lo;
	t->hi = ci.hi;
	t->sd = pooled_sd(x, now->n, y, was->n);
	/* As many rounds of each variant would know as much. */
	t->n = 2 / (1 / (double)now->n + 1 / (double)was->n);
	t->n_least = fmin((double)now->n, (double)was->n);
	t->is_dependent = is_dependent(s, x) || is_dependent(base, y);
	t->worse.p = p_above(t, s, now, -t->worse.margin, was);
	/* Above this variant's by more than the margin: better. */
	t->better.p = p_above(t, s, was, -t->better.margin, now);
	t->p_equal = fmax(p_above(t, s, was, t->worse.threshold, now),
	    p_above(t, s, now, t->better.threshold, was));
	if (t->p_equal <= t->alpha)
		stats_shift_interval(
		    x, now->n, y, was->n, 1 - 2 * t->alpha, &t->equal);
	free(x);
	free(y);
	t->least_p = stats_mann_whitney_min_p(now->n, was->n);
}

/*
 * What was looked at before without pairs is judged by its latest look alone;
 * without rounds it may have been any, even the one of the least share.
 */
static void
spend(struct test *t, const struct subject *s)
{
	const double first = 1;
	double share;

	t->looks = s->rounds.n ? looks_at(s->rounds.x, s->rounds.n)
			       : looks_at(&first, 1);
	share = looks_share(&t->looks);
	t->worse.p = fmin(1, t->worse.p / share);
	t->better.p = fmin(1, t->better.p / share);
	t->p_equal = fmin(1, t->p_equal / share);
	t->equal = (struct stats_interval){-INFINITY, INFINITY};
	t->least_p /= share;
}

/*
 * Pairs are better evidence than as many rounds without, but not where most
 * rounds would be left out for them.
 */
static bool
are_few(size_t pairs, const struct subject *s, const struct subject *base)
{
	size_t n = s->values.n < base->values.n ? s->values.n : base->values.n;

	return 2 * pairs < n;
}

/* Two variants of one session, that have round values. */
static void
test_rounds(struct test *t, struct verdict *v, const struct subject *s,
    const struct subject *base, bool adaptive)
{
	double *x = mem_zero(s->rounds.n, sizeof *x);
	double *rounds = mem_zero(s->rounds.n, sizeof *rounds);
	size_t pairs = differences(t, s, base, x, rounds);

	if (!t->is_log && are_rates(s, base)) {
		v->method = "rates";
		test_rates(t, s, base);
		if (adaptive)
			spend(t, s);
	} else if (!are_few(pairs, s, base)) {
		v->method = "paired-wilcoxon";
		v->n = (double)pairs;
		t->looks =
		    adaptive ? looks_at(rounds, pairs) : looks_single(pairs);
		pair(t, x, pairs);
	} else {
		v->method = "mann-whitney";
		rank(t, s, base);
		if (pairs)
			t->note =
			    "; compared without pairs, as fewer than half "
			    "of the rounds are shared";
		if (adaptive)
			spend(t, s);
	}
	free(rounds);
	free(x);
}

/* --- two variants of several sessions --- */

/* The sessions of a variant that can be compared with this one's. */
static double *
values_of(const struct past *const *pasts, size_t n)
{
	double *values = mem_zero(n, sizeof *values);

	for (size_t i = 0; i < n; i++)
		values[i] = pasts[i]->value;
	return values;
}

/* This side but its last session, and the other with its last. */
struct sides {
	struct past *all; /* sessions of the other side */
	const struct past **now, **was;
	size_t n_now, n_was;
	const struct past *least; /* what came closest, where there is none */
};

/* The last session is one like those before. */
static void
choose_sessions(struct sides *sides, const struct subject *s,
    const struct subject *base, const struct options *options)
{
	size_t n = base->n_sessions + 1;
	const struct past *least;

	sides->all = mem_zero(n, sizeof *sides->all);
	for (size_t i = 0; i + 1 < n; i++)
		sides->all[i] = base->sessions[i];
	sides->all[n - 1] = subject_as_past(base);
	sides->now = mem_zero(s->n_sessions, sizeof *sides->now);
	sides->was = mem_zero(n, sizeof *sides->was);
	sides->n_now = usable_of(
	    s->sessions, s->n_sessions, s, options, sides->now, &least);
	sides->n_was =
	    usable_of(sides->all, n, s, options, sides->was, &sides->least);
}

/*
 * The rounds of two sessions say nothing of how sessions differ, so the
 * sessions are the replicates, of both variants.
 */
static void
test_sessions(struct test *t, struct verdict *v, const struct subject *s,
    const struct sides *sides, bool adaptive)
{
	double *was = values_of(sides->was, sides->n_was);
	double *now = values_of(sides->now, sides->n_now);

	t->prior = (struct stats_prior){STATS_PRIOR_SD, STATS_PRIOR_DF};
	if (t->is_log) {
		v->prior_sd = t->prior.sd;
		v->prior_df = t->prior.df;
	}
	t->is_of_variants = true;
	test_by_sessions(t, s, was, sides->n_was, now, sides->n_now);
	t->n_least = fmin(t->n, t->m);
	if (t->n + t->m <= 2)
		t->note = "; the base is of another session, and counts as "
			  "one value";
	if (adaptive)
		spend(t, s);
	free(now);
	free(was);
}

/* The mean of a side, as the scale has it. */
static double
level_of(double value, const struct past *const *pasts, size_t n, bool is_log)
{
	double *values = mem_zero(n + 1, sizeof *values), mean;

	for (size_t i = 0; i < n; i++)
		values[i] = pasts[i]->value;
	values[n] = value;
	mean = is_log ? stats_geometric_mean(values, n + 1)
		      : stats_mean(values, n + 1);
	free(values);
	return mean;
}

static void
compare_sessions(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct subject *base,
    const struct options *options)
{
	struct test t = {
	    .verdict = (size_t)(v - findings->verdicts),
	    .looks = looks_single(s->values.n),
	};
	struct sides sides;
	bool is_log;

	choose_sessions(&sides, s, base, options);
	is_log = s->value > 0 && all_positive(s->values.x, s->values.n) &&
		 pasts_are_positive(sides.now, sides.n_now) &&
		 pasts_are_positive(sides.was, sides.n_was);
	v->sessions = sides.n_was ? (double)sides.n_was : (double)NAN;
	v->method = "predictive-t";
	if (!sides.n_was) {
		v->method = NULL;
		explain_obstacle(findings, v, s, sides.least, options);
	} else if (s->rule.exact) {
		compare_exactly(
		    findings, v, s, sides.was[sides.n_was - 1]->value);
	} else {
		t.level = level_of(sides.was[0]->value, sides.was + 1,
		    sides.n_was - 1, is_log);
		v->baseline = t.level;
		v->current = level_of(s->value, sides.now, sides.n_now, is_log);
		if (test_set_scale(&t, s, options, is_log, t.level)) {
			test_sessions(&t, v, s, &sides, options->adaptive);
			if (options->adaptive)
				v->looks = (double)t.looks.n;
			tests_add(tests, v, &t, s);
		} else {
			refuse_to_scale(v);
		}
	}
	free(sides.now);
	free(sides.was);
	free(sides.all);
}

void
compare_variant(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct subject *base,
    const struct options *options)
{
	struct test t = {
	    .verdict = (size_t)(v - findings->verdicts),
	    .level = base->value,
	    .looks = looks_single(s->values.n),
	};
	bool is_log = s->value > 0 && base->value > 0 &&
		      all_positive(s->values.x, s->values.n) &&
		      all_positive(base->values.x, base->values.n);

	if (texts_differ(s->session, base->session)) {
		compare_sessions(tests, findings, v, s, base, options);
		return;
	}
	if (s->n_sessions || base->n_sessions)
		t.note = "; of several sessions the last is compared";
	v->baseline = base->value;
	if (!s->unit != !base->unit || texts_differ(s->unit, base->unit)) {
		v->verdict = "incomparable";
		v->why = "the two variants have different units";
	} else if (s->rule.exact) {
		compare_exactly(findings, v, s, base->value);
	} else if (!s->values.n || !base->values.n) {
		v->verdict = "incomparable";
		v->why = "a variant has no round values: its samples need "
			 "rounds";
	} else if (test_set_scale(&t, s, options, is_log, base->value)) {
		test_rounds(&t, v, s, base, options->adaptive);
		if (options->adaptive)
			v->looks = (double)t.looks.n;
		tests_add(tests, v, &t, s);
	} else {
		refuse_to_scale(v);
	}
}
