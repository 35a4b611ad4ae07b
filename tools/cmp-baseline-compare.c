/*
 * One comparison: a metric of this run with its stored sessions, or with the
 * same metric of another variant. What a test says of it alone; the verdict
 * needs all of them (decide).
 *
 * Effects are log ratios toward worse, so that 0.05 is about 5 % worse,
 * whatever direction the metric has. A metric with values of zero or less has
 * no logarithm: there the effect is a difference, in units of its min_abs.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "metric.h"
#include "stats.h"

static const double LEVEL = 0.95;

static double
direction(const struct subject *s)
{
	return strcmp(s->better, "higher") == 0 ? -1 : 1;
}

static bool
differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

static bool
all_positive(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] <= 0)
			return false;
	return true;
}

/* --- scales --- */

/*
 * A log ratio's margins are those of the options, and more where min_abs is
 * more: below it nothing matters, however large the ratio. A fall by min_abs
 * is a larger ratio than a rise by it, and from a level below min_abs there is
 * none at all.
 */
static void
set_log_margins(
    struct test *t, double margin, double min_abs, double level, bool is_cost)
{
	double rise = margin, fall = margin;

	if (!isnan(min_abs)) {
		double share = min_abs / level;

		rise = fmax(rise, log1p(share));
		fall = share < 1 ? fmax(fall, -log1p(-share)) : INFINITY;
	}
	t->worse.margin = is_cost ? rise : fall;
	t->better.margin = is_cost ? fall : rise;
}

/*
 * Sets up the scale of a test. `level` is where the baseline is. Differences
 * are counted in what the prior of the log scale takes for the standard
 * deviation of a session: min_abs or, if larger, the same share of the level.
 * False where there is neither a logarithm nor a min_abs.
 */
static bool
set_scale(struct test *t, const struct subject *s,
    const struct options *options, bool is_log, double level)
{
	double min_abs = s->rule.min_abs;
	double margin = options->margin;
	double threshold =
	    isnan(s->rule.threshold) ? options->threshold : s->rule.threshold;

	t->is_log = is_log;
	t->unit = NAN;
	t->is_coarse = margin >= threshold;
	if (is_log) {
		set_log_margins(
		    t, log1p(margin), min_abs, level, direction(s) > 0);
		threshold = log1p(threshold);
	} else if (min_abs > 0) {
		double size = fabs(level);

		t->unit = fmax(min_abs / STATS_PRIOR_SD, size);
		t->worse.margin = fmax(min_abs, margin * size) / t->unit;
		t->better.margin = t->worse.margin;
		threshold *= size / t->unit;
	} else {
		return false;
	}
	t->worse.threshold = fmax(threshold, t->worse.margin);
	t->better.threshold = fmax(threshold, t->better.margin);
	return true;
}

/* A value on the scale of the test, growing toward worse. */
static double
scaled(const struct test *t, const struct subject *s, double x)
{
	return direction(s) * (t->is_log ? log(x) : x / t->unit);
}

/* The caller frees it. */
static double *
all_scaled(const struct test *t, const struct subject *s,
    const struct numbers *values, double shift)
{
	double *x = mem_zero(values->n, sizeof *x);

	for (size_t i = 0; i < values->n; i++)
		x[i] = scaled(t, s, values->x[i]) + shift;
	return x;
}

double
test_fraction(const struct test *t, double effect)
{
	if (t->is_log)
		return expm1(effect);
	return t->level != 0 ? effect * t->unit / fabs(t->level) : (double)NAN;
}

/* An effect as a fraction of the raw value, positive where that rose. */
static double
as_change(const struct test *t, const struct subject *s, double effect)
{
	return test_fraction(t, direction(s) * effect);
}

static void
set_interval(struct verdict *v, double a, double b)
{
	if (!isfinite(a) || !isfinite(b))
		return;
	v->ci.x = mem_zero(2, sizeof *v->ci.x);
	v->ci.n = 2;
	v->ci.x[0] = fmin(a, b);
	v->ci.x[1] = fmax(a, b);
}

/* Keeps a test, and what the verdict says of it. */
static void
add_test(struct tests *tests, struct verdict *v, const struct test *t,
    const struct subject *s)
{
	v->change = as_change(t, s, t->effect);
	set_interval(v, as_change(t, s, t->lo), as_change(t, s, t->hi));
	v->p = t->worse.p;
	v->p_better = t->better.p;
	v->margin = test_fraction(t, t->worse.margin);
	v->threshold = test_fraction(t, t->worse.threshold);
	if (t->is_coarse)
		v->gating = false;
	*MEM_PUSH(tests->tests, tests->n, tests->capacity) = *t;
}

static void
refuse_to_scale(struct verdict *v)
{
	v->verdict = "inconclusive";
	v->gating = false;
	v->why = "values of zero or less have no ratio: declare min_abs to "
		 "have it judged";
}

/* --- a metric that is the same every time is compared as it is --- */

static void
compare_exactly(struct verdict *v, const struct subject *s, double before)
{
	double worse = direction(s) * (s->value - before);

	v->baseline = before;
	v->method = "exact";
	v->change =
	    before != 0 ? (s->value - before) / fabs(before) : (double)NAN;
	v->verdict = worse == 0 ? "unchanged" : "exact-changed";
	v->gating = v->gating && worse >= 0;
	v->why = worse == 0  ? "exactly as before"
		 : worse > 0 ? "declared exact, and it changed toward worse"
			     : "declared exact, and it changed toward better";
}

/* --- stored sessions: which of them --- */

/* Why a stored session is not compared with; the last is the least reason. */
enum obstacle {
	IS_OF_ANOTHER_UNIT,
	IS_OF_ANOTHER_AGGREGATOR,
	IS_OF_ANOTHER_ID,
	IS_OF_ANOTHER_MACHINE,
	IS_THIS_SESSION,
	IS_COMPARABLE,
};

static const char *
aggregator_of(const char *word)
{
	return word ? word : AGGREGATOR_DEFAULT;
}

static enum obstacle
obstacle_of(const struct past *past, const struct subject *s,
    const struct options *options)
{
	if (!past->unit != !s->unit || differ(past->unit, s->unit))
		return IS_OF_ANOTHER_UNIT;
	if (differ(
		aggregator_of(past->aggregator), aggregator_of(s->aggregator)))
		return IS_OF_ANOTHER_AGGREGATOR;
	if (differ(past->id, s->id))
		return IS_OF_ANOTHER_ID;
	if (differ(past->machine, s->machine) && !options->any_machine)
		return IS_OF_ANOTHER_MACHINE;
	if (past->session && s->session &&
	    strcmp(past->session, s->session) == 0)
		return IS_THIS_SESSION;
	return IS_COMPARABLE;
}

/* The values to compare with; where none, `least` came closest to one. */
static size_t
usable_sessions(const struct stored *stored, const struct subject *s,
    const struct options *options, double *values, const struct past **least)
{
	enum obstacle best = IS_OF_ANOTHER_UNIT;
	size_t n = 0;

	*least = NULL;
	for (size_t i = 0; i < stored->n; i++) {
		const struct past *past = &stored->sessions[i];
		enum obstacle obstacle = obstacle_of(past, s, options);

		if (obstacle >= best) {
			best = obstacle;
			*least = past;
		}
		if (obstacle == IS_COMPARABLE)
			values[n++] = past->value;
	}
	return n;
}

static const char *
unit_or_none(const char *unit)
{
	return unit ? unit : "no unit";
}

static void
explain_obstacle(struct findings *findings, struct verdict *v,
    const struct subject *s, const struct past *least,
    const struct options *options)
{
	enum obstacle obstacle =
	    least ? obstacle_of(least, s, options) : IS_THIS_SESSION;

	v->verdict = "incomparable";
	switch (obstacle) {
	case IS_OF_ANOTHER_UNIT:
		v->why = findings_say(findings,
		    "the baseline is in %s, this run in %s",
		    unit_or_none(least->unit), unit_or_none(s->unit));
		break;
	case IS_OF_ANOTHER_AGGREGATOR:
		v->why = findings_say(findings,
		    "the baseline is made by %s, this run's value by %s",
		    aggregator_of(least->aggregator),
		    aggregator_of(s->aggregator));
		break;
	case IS_OF_ANOTHER_ID:
		v->why = "what is measured has changed: another command, "
			 "parameters, input or environment (id)";
		break;
	case IS_OF_ANOTHER_MACHINE:
		v->why = "the baseline has no session of this machine";
		break;
	case IS_THIS_SESSION:
	case IS_COMPARABLE:
		v->verdict = "new";
		v->why = least ? "the baseline has only this very session of it"
			       : "the baseline has no session of it";
		break;
	}
}

/* --- stored sessions: predictive t --- */

/* P(T > t), also where a margin was infinite. */
static double
t_above(double t, double df)
{
	if (isinf(t))
		return t < 0;
	return stats_t_upper(t, df);
}

/* The standard error of this session's mean on the scale of the test. */
static double
session_error(const struct test *t, const struct subject *s)
{
	double *x, se;

	if (t->is_log && !isnan(s->se_block))
		return s->se_block;
	x = all_scaled(t, s, &s->values, 0);
	se = stats_block_se(x, s->values.n);
	free(x);
	return se;
}

/*
 * design of the rule: cmp-baseline(1), and stats_predict. `stored` are the
 * values of n sessions, and are changed.
 */
static void
predict(struct test *t, const struct subject *s, double *stored, size_t n)
{
	double y = scaled(t, s, s->value);
	double rounds = s->values.n ? (double)s->values.n : s->n;
	double error = session_error(t, s);
	struct stats_prediction p;

	for (size_t i = 0; i < n; i++)
		stored[i] = scaled(t, s, stored[i]);
	p = stats_predict(y, stored, n, error);
	t->has_few_rounds = !(rounds >= STATS_BLOCK_MIN);
	t->has_no_error = isnan(error);
	t->effect = p.effect;
	t->sd = p.sd;
	t->df = p.df;
	t->n = t->n_least = (double)n;
	t->least_p = 0;
	t->lo = p.effect + p.se * stats_t_quantile((1 - LEVEL) / 2, p.df);
	t->hi = p.effect + p.se * stats_t_quantile((1 + LEVEL) / 2, p.df);
	t->worse.p = t_above((p.effect - t->worse.margin) / p.se, p.df);
	t->better.p = t_above((-p.effect - t->better.margin) / p.se, p.df);
	t->p_equal = fmax(t_above((t->worse.threshold - p.effect) / p.se, p.df),
	    t_above((t->better.threshold + p.effect) / p.se, p.df));
}

void
compare_stored(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct stored *stored,
    const struct options *options)
{
	double *values = mem_zero(stored->n, sizeof *values);
	const struct past *least;
	size_t n = usable_sessions(stored, s, options, values, &least);
	bool is_log = s->value > 0 && all_positive(values, n) &&
		      all_positive(s->values.x, s->values.n);
	struct test t = {.verdict = (size_t)(v - findings->verdicts)};

	if (n == 0) {
		explain_obstacle(findings, v, s, least, options);
		free(values);
		return;
	}
	v->sessions = (double)n;
	if (s->rule.exact) {
		compare_exactly(v, s, values[n - 1]);
		free(values);
		return;
	}
	v->method = "predictive-t";
	t.level =
	    is_log ? stats_geometric_mean(values, n) : stats_mean(values, n);
	v->baseline = t.level;
	if (set_scale(&t, s, options, is_log, t.level)) {
		predict(&t, s, values, n);
		add_test(tests, v, &t, s);
	} else {
		refuse_to_scale(v);
	}
	free(values);
}

/* --- two variants in one stream: pairs of the rounds that both have --- */

/*
 * How much worse each round of `s` was than the same round of the base: sets
 * x, of at least s->rounds.n, and returns how many there are. A round of one
 * session is not the same as that of another, whatever its number.
 */
static size_t
differences(const struct test *t, const struct subject *s,
    const struct subject *base, double *x)
{
	size_t n = 0, j = 0;

	if (differ(s->session, base->session))
		return 0;
	for (size_t i = 0; i < s->rounds.n; i++) {
		double round = s->rounds.x[i];

		while (j < base->rounds.n && base->rounds.x[j] < round)
			j++;
		if (j < base->rounds.n && base->rounds.x[j] == round)
			x[n++] = scaled(t, s, s->values.x[i]) -
				 scaled(t, s, base->values.x[j]);
	}
	return n;
}

/* p that the differences, turned to `sign` and moved by `shift`, are above 0.
 */
static double
p_positive(const double *x, size_t n, double sign, double shift)
{
	double *moved, p;

	if (isinf(shift))
		return shift < 0;
	moved = mem_zero(n, sizeof *moved);
	for (size_t i = 0; i < n; i++)
		moved[i] = sign * x[i] + shift;
	p = stats_signed_rank(moved, n);
	free(moved);
	return p;
}

/* By the differences x of n >= 1 pairs. */
static void
pair(struct test *t, const double *x, size_t n)
{
	struct stats_interval ci = {-INFINITY, INFINITY};

	t->is_paired = true;
	t->effect = stats_pseudomedian(x, n);
	stats_pseudomedian_interval(x, n, LEVEL, &ci);
	t->lo = ci.lo;
	t->hi = ci.hi;
	t->sd = stats_stddev(x, n);
	t->df = NAN;
	t->n = t->n_least = (double)n;
	t->worse.p = p_positive(x, n, 1, -t->worse.margin);
	t->better.p = p_positive(x, n, -1, -t->better.margin);
	t->p_equal = fmax(p_positive(x, n, -1, t->worse.threshold),
	    p_positive(x, n, 1, t->better.threshold));
	t->least_p = stats_signed_rank_min_p(n);
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
	x = all_scaled(t, s, high, shift);
	y = all_scaled(t, s, low, 0);
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

static void
rank(struct test *t, const struct subject *s, const struct subject *base)
{
	const struct numbers *now = &s->values, *was = &base->values;
	double *x = all_scaled(t, s, now, 0), *y = all_scaled(t, s, was, 0);
	struct stats_interval ci = {-INFINITY, INFINITY};

	t->effect = stats_hodges_lehmann(x, now->n, y, was->n);
	stats_shift_interval(x, now->n, y, was->n, LEVEL, &ci);
	t->lo = ci.lo;
	t->hi = ci.hi;
	t->sd = pooled_sd(x, now->n, y, was->n);
	t->df = NAN;
	/* As many rounds of each variant would know as much. */
	t->n = 2 / (1 / (double)now->n + 1 / (double)was->n);
	t->n_least = fmin((double)now->n, (double)was->n);
	free(x);
	free(y);
	t->worse.p = p_above(t, s, now, -t->worse.margin, was);
	/* Above this variant's by more than the margin: better. */
	t->better.p = p_above(t, s, was, -t->better.margin, now);
	t->p_equal = fmax(p_above(t, s, was, t->worse.threshold, now),
	    p_above(t, s, now, t->better.threshold, was));
	t->least_p = stats_mann_whitney_min_p(now->n, was->n);
}

/* Two variants that have round values, on a scale that is set. */
static void
test_variant(struct test *t, struct verdict *v, const struct subject *s,
    const struct subject *base)
{
	double *x = mem_zero(s->rounds.n, sizeof *x);
	size_t pairs = differences(t, s, base, x);

	if (pairs) {
		v->method = "paired-wilcoxon";
		v->n = (double)pairs;
		pair(t, x, pairs);
	} else {
		v->method = "mann-whitney";
		rank(t, s, base);
	}
	free(x);
}

void
compare_variant(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct subject *base,
    const struct options *options)
{
	struct test t = {
	    .verdict = (size_t)(v - findings->verdicts),
	    .level = base->value,
	};
	bool is_log = all_positive(s->values.x, s->values.n) &&
		      all_positive(base->values.x, base->values.n);

	v->baseline = base->value;
	if (!s->unit != !base->unit || differ(s->unit, base->unit)) {
		v->verdict = "incomparable";
		v->why = "the two variants have different units";
	} else if (s->rule.exact) {
		compare_exactly(v, s, base->value);
	} else if (!s->values.n || !base->values.n) {
		v->verdict = "incomparable";
		v->why = "a variant has no round values";
	} else if (set_scale(&t, s, options, is_log, base->value)) {
		test_variant(&t, v, s, base);
		add_test(tests, v, &t, s);
	} else {
		refuse_to_scale(v);
	}
}
