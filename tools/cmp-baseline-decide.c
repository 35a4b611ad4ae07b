/*
 * What changed: plumbline(7) and design of the rule in cmp-baseline(1).
 *
 * Effects are log ratios toward worse, so that 0.05 is about 5 % worse,
 * whatever direction the metric has. A metric with values of zero or less has
 * no logarithm: there the effect is a difference, in units of its min_abs.
 */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "metric.h"
#include "stats.h"

enum {
	LEAST_ROUNDS = STATS_BLOCK_MIN,
	MOST_SESSIONS = 100
};

static const double LEVEL = 0.95, POWER = 0.8;

/* One comparison, on the scale of its effect. */
struct test {
	size_t verdict;		  /* in the findings */
	bool is_log;		  /* else differences */
	double effect, lo, hi;	  /* estimate and 95 % interval */
	double p_worse, p_better; /* margin tests */
	double p_equal;		  /* both equivalence tests */
	double q_worse, q_better; /* corrected */
	double margin, threshold; /* what is real; what matters */
	double unit;		  /* value of an effect of 1, if not log */
	double sd;		  /* of one observation */
	double se, df;		  /* stored sessions only; else NAN */
	double n_base;		  /* sessions, or rounds of the base */
	double least_p;		  /* the least that could come out */
	bool short_session;	  /* too few rounds to know its error */
};

struct tests {
	struct test *tests;
	size_t n, capacity;
};

static double
direction(const struct subject *s)
{
	return strcmp(s->better, "higher") == 0 ? -1 : 1;
}

static bool
is_declared(const struct subject *s)
{
	return s->rule.declared;
}

static struct verdict *
add_change(struct findings *findings, const struct subject *s)
{
	struct verdict *v = findings_add(findings, "change");

	v->name = s->name;
	v->metric = s->metric;
	v->variant = s->variant;
	v->unit = s->unit;
	v->better = s->better;
	v->current = s->value;
	v->n = s->n;
	v->r1 = s->r1;
	v->severity = s->rule.severity;
	v->gating = s->rule.gates;
	return v;
}

static void
set_incomparable(struct verdict *v, const char *why)
{
	v->verdict = "incomparable";
	v->why = why;
}

/* --- scales --- */

static bool
all_positive(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (x[i] <= 0)
			return false;
	return true;
}

/* The threshold of a metric as a fraction. */
static double
threshold_of(const struct subject *s, const struct options *options)
{
	return isnan(s->rule.threshold) ? options->threshold
					: s->rule.threshold;
}

/*
 * Sets up the scale of a test. `level` is where the baseline is. Differences
 * are counted in min_abs / STATS_PRIOR_SD, so that the prior of the log scale
 * says: a session's standard deviation is about min_abs. False where there is
 * neither a logarithm nor a min_abs.
 */
static bool
set_scale(struct test *t, const struct subject *s,
    const struct options *options, bool is_log, double level)
{
	double min_abs = s->rule.min_abs;
	double threshold = threshold_of(s, options);

	t->is_log = is_log;
	if (is_log) {
		t->unit = NAN;
		t->margin = log1p(options->margin);
		t->threshold = log1p(threshold);
		/* Below min_abs nothing matters, however large the ratio. */
		if (!isnan(min_abs)) {
			t->margin = fmax(t->margin, log1p(min_abs / level));
			t->threshold = fmax(t->threshold, t->margin);
		}
		return true;
	}
	if (isnan(min_abs) || min_abs <= 0)
		return false;
	t->unit = min_abs / STATS_PRIOR_SD;
	t->margin = STATS_PRIOR_SD;
	t->threshold = fmax(t->margin, threshold * fabs(level) / t->unit);
	return true;
}

/* A value on the scale of the test, growing toward worse. */
static double
scaled(const struct test *t, const struct subject *s, double x)
{
	return direction(s) * (t->is_log ? log(x) : x / t->unit);
}

/* An effect as a fraction of the raw value, positive where that rose. */
static double
as_change(
    const struct test *t, const struct subject *s, double effect, double level)
{
	double raw = direction(s) * effect;

	if (t->is_log)
		return expm1(raw);
	return level != 0 ? raw * t->unit / fabs(level) : (double)NAN;
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

static void
describe_test(struct verdict *v, const struct test *t, const struct subject *s)
{
	double level = v->baseline;

	v->change = as_change(t, s, t->effect, level);
	set_interval(
	    v, as_change(t, s, t->lo, level), as_change(t, s, t->hi, level));
	v->p = t->p_worse;
	v->p_better = t->p_better;
	v->margin = t->is_log ? expm1(t->margin) : (double)NAN;
	v->threshold = t->is_log ? expm1(t->threshold) : (double)NAN;
}

/* --- against stored sessions: predictive t --- */

/* Why a stored session is not compared with; the last is the least reason. */
enum obstacle {
	IS_OF_ANOTHER_UNIT,
	IS_OF_ANOTHER_AGGREGATOR,
	IS_OF_ANOTHER_ID,
	IS_OF_ANOTHER_MACHINE,
	IS_THIS_SESSION,
	IS_COMPARABLE,
};

static bool
differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

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

/* The values to compare with; where none, `least` says why. */
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

/* There are no sessions to compare with, and `least` came closest to one. */
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

static void
predict(struct test *t, const struct subject *s, double *values, size_t k)
{
	struct stats_prediction p;
	double y = scaled(t, s, s->value);
	double block_se = s->se_block;

	for (size_t i = 0; i < k; i++)
		values[i] = scaled(t, s, values[i]);
	if (!t->is_log) {
		double *raw = mem_zero(s->values.n, sizeof *raw);

		for (size_t i = 0; i < s->values.n; i++)
			raw[i] = scaled(t, s, s->values.x[i]);
		block_se = stats_block_se(raw, s->values.n);
		free(raw);
	}
	t->short_session = isnan(block_se);
	p = stats_predict(y, values, k, block_se);
	t->effect = p.effect;
	t->sd = p.sd;
	t->se = p.se;
	t->df = p.df;
	t->n_base = (double)k;
	t->lo = p.effect + p.se * stats_t_quantile((1 - LEVEL) / 2, p.df);
	t->hi = p.effect + p.se * stats_t_quantile((1 + LEVEL) / 2, p.df);
	t->p_worse = stats_t_upper((p.effect - t->margin) / p.se, p.df);
	t->p_better = stats_t_upper((-p.effect - t->margin) / p.se, p.df);
	t->p_equal = fmax(stats_t_upper((t->threshold - p.effect) / p.se, p.df),
	    stats_t_upper((t->threshold + p.effect) / p.se, p.df));
	t->least_p = 0;
}

/* The middle of the stored sessions, in the unit of the metric. */
static double
center_of(const double *x, size_t n)
{
	return all_positive(x, n) ? stats_geometric_mean(x, n)
				  : stats_mean(x, n);
}

/* A metric that is the same every time is compared as it is. */
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

static void
compare_stored(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct stored *stored,
    const struct options *options)
{
	double *values = mem_zero(stored->n, sizeof *values);
	const struct past *least;
	size_t k = usable_sessions(stored, s, options, values, &least);
	struct test t = {.verdict = (size_t)(v - findings->verdicts)};

	if (k == 0) {
		explain_obstacle(findings, v, s, least, options);
	} else if (s->rule.exact) {
		v->sessions = (double)k;
		compare_exactly(v, s, values[k - 1]);
	} else {
		v->method = "predictive-t";
		v->sessions = (double)k;
		v->baseline = center_of(values, k);
		if (set_scale(&t, s, options,
			s->value > 0 && all_positive(values, k), v->baseline)) {
			predict(&t, s, values, k);
			describe_test(v, &t, s);
			*MEM_PUSH(tests->tests, tests->n, tests->capacity) = t;
		} else {
			v->verdict = "inconclusive";
			v->gating = false;
			v->why = "values of zero or less have no ratio: "
				 "declare min_abs to have it judged";
		}
	}
	free(values);
}

/* --- two variants in one stream: rank sums --- */

static double *
all_scaled(const struct test *t, const struct subject *scale_of,
    const struct numbers *values, double shift)
{
	double *x = mem_zero(values->n, sizeof *x);

	for (size_t i = 0; i < values->n; i++)
		x[i] = scaled(t, scale_of, values->x[i]) + shift;
	return x;
}

/* p that the current values, moved by `shift`, lie above the base's. */
static double
p_above(const struct test *t, const struct subject *s,
    const struct numbers *high, double shift, const struct numbers *low)
{
	double *x = all_scaled(t, s, high, shift);
	double *y = all_scaled(t, s, low, 0);
	double p = stats_mann_whitney(x, high->n, y, low->n);

	free(x);
	free(y);
	return p;
}

static void
rank(struct test *t, const struct subject *s, const struct subject *base)
{
	const struct numbers *now = &s->values, *was = &base->values;
	double *x = all_scaled(t, s, now, 0), *y = all_scaled(t, s, was, 0);
	struct stats_interval ci = {-INFINITY, INFINITY};
	double var_x = now->n > 1 ? stats_stddev(x, now->n) : (double)NAN;
	double var_y = was->n > 1 ? stats_stddev(y, was->n) : (double)NAN;

	t->effect = stats_hodges_lehmann(x, now->n, y, was->n);
	stats_shift_interval(x, now->n, y, was->n, LEVEL, &ci);
	t->lo = ci.lo;
	t->hi = ci.hi;
	free(x);
	free(y);
	t->sd = sqrt((var_x * var_x + var_y * var_y) / 2);
	t->se = t->df = NAN;
	t->n_base = (double)was->n;
	t->p_worse = p_above(t, s, now, -t->margin, was);
	/* Above the current by more than the margin: better. */
	t->p_better = p_above(t, s, was, -t->margin, now);
	t->p_equal = fmax(p_above(t, s, was, t->threshold, now),
	    p_above(t, s, now, t->threshold, was));
	t->least_p = stats_mann_whitney_min_p(now->n, was->n);
}

static void
compare_variant(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct subject *base,
    const struct options *options)
{
	struct test t = {.verdict = (size_t)(v - findings->verdicts)};
	bool is_log = all_positive(s->values.x, s->values.n) &&
		      all_positive(base->values.x, base->values.n);

	v->baseline = base->value;
	v->method = "mann-whitney";
	if (s->unit && base->unit && strcmp(s->unit, base->unit) != 0) {
		set_incomparable(v, "the two variants have different units");
	} else if (!s->values.n || !base->values.n) {
		set_incomparable(v, "a variant has no round values");
	} else if (s->rule.exact) {
		compare_exactly(v, s, base->value);
	} else if (set_scale(&t, s, options, is_log, base->value)) {
		rank(&t, s, base);
		describe_test(v, &t, s);
		*MEM_PUSH(tests->tests, tests->n, tests->capacity) = t;
	} else {
		v->verdict = "inconclusive";
		v->gating = false;
		v->why = "values of zero or less have no ratio: declare "
			 "min_abs to have it judged";
	}
}

/* --- all tests together --- */

/*
 * Benjamini-Hochberg over the tests that gate, and apart from them over those
 * that do not: one family for worse, one for better.
 */
static void
correct(struct tests *tests, const struct findings *findings, bool gating)
{
	size_t *which = mem_zero(tests->n, sizeof *which), n = 0;
	double *p = mem_zero(tests->n, sizeof *p);

	for (size_t i = 0; i < tests->n; i++)
		if (findings->verdicts[tests->tests[i].verdict].gating ==
		    gating)
			which[n++] = i;
	for (size_t i = 0; i < n; i++)
		p[i] = tests->tests[which[i]].p_worse;
	stats_benjamini_hochberg(p, n, p);
	for (size_t i = 0; i < n; i++) {
		tests->tests[which[i]].q_worse = p[i];
		p[i] = tests->tests[which[i]].p_better;
	}
	stats_benjamini_hochberg(p, n, p);
	for (size_t i = 0; i < n; i++)
		tests->tests[which[i]].q_better = p[i];
	free(which);
	free(p);
}

static size_t
count_gating(const struct tests *tests, const struct findings *findings)
{
	size_t n = 0;

	for (size_t i = 0; i < tests->n; i++)
		n += findings->verdicts[tests->tests[i].verdict].gating == true;
	return n ? n : 1;
}

/*
 * The least effect that would be found in 8 of 10 cases, were it the only one
 * among m tests, with n observations behind the base (and, between variants,
 * as many behind the current one).
 */
static double
least_effect(const struct test *t, double n, double alpha, size_t m)
{
	double one = alpha / (double)m;

	if (!isnan(t->df)) {
		double df = n - 1 + STATS_PRIOR_DF;

		return t->margin + (stats_t_quantile(1 - one, df) +
				       stats_t_quantile(POWER, df)) *
				       t->sd * sqrt(1 + 1 / n);
	}
	/* 3/pi = 0.955: the efficiency of rank sums for a normal value. */
	return t->margin +
	       (stats_normal_quantile(1 - one) + stats_normal_quantile(POWER)) *
		   t->sd * sqrt(2 / (0.955 * n));
}

/* The fewest sessions, or rounds of each variant, that find the threshold. */
static double
needed(const struct test *t, double alpha, size_t m)
{
	for (int n = 1; n <= 10 * MOST_SESSIONS; n++) {
		if (isnan(t->df) && stats_mann_whitney_min_p((size_t)n,
					(size_t)n) > alpha / (double)m)
			continue;
		if (least_effect(t, n, alpha, m) <= t->threshold)
			return n;
	}
	return NAN;
}

/* --- words --- */

/* "+8.1% (+6.0% to +10.2%) against 3 sessions". */
static const char *
comparison(struct findings *findings, const struct verdict *v)
{
	char change[32] = "a change", lo[32], hi[32], base[64];

	if (!isnan(v->change))
		change_format(change, sizeof change, v->change);
	if (isnan(v->sessions))
		snprintf(base, sizeof base, "the base variant");
	else
		snprintf(base, sizeof base, "%.0f session%s", v->sessions,
		    v->sessions == 1 ? "" : "s");
	if (!v->ci.n)
		return findings_say(findings, "%s against %s", change, base);
	change_format(lo, sizeof lo, v->ci.x[0]);
	change_format(hi, sizeof hi, v->ci.x[1]);
	return findings_say(
	    findings, "%s (%s to %s) against %s", change, lo, hi, base);
}

static void
say_inconclusive(
    struct findings *findings, struct verdict *v, const struct test *t)
{
	const char *how = comparison(findings, v);
	char mde[32] = "nothing";
	const char *need = "";

	if (isfinite(v->mde))
		change_format(mde, sizeof mde, v->mde);
	if (!isnan(v->need_n))
		need = findings_say(findings,
		    "; %.0f %s would find the "
		    "threshold",
		    v->need_n, isnan(t->df) ? "rounds each" : "sessions");
	v->why = findings_say(findings,
	    "%s: neither a change nor its absence is shown; from %s worse it "
	    "would be found%s",
	    how, mde, need);
}

static void
say(struct findings *findings, struct verdict *v, const struct test *t,
    const char *word, const char *meaning)
{
	v->verdict = word;
	v->why =
	    findings_say(findings, "%s: %s", comparison(findings, v), meaning);
	(void)t;
}

/* The verdict of one test. */
static void
conclude(struct findings *findings, const struct test *t,
    const struct options *options, size_t m)
{
	struct verdict *v = &findings->verdicts[t->verdict];
	double alpha = options->alpha;
	bool worse = t->q_worse <= alpha, better = t->q_better <= alpha;
	double mde = least_effect(t, t->n_base, alpha, m);

	v->q = t->effect > 0 ? t->q_worse : t->q_better;
	if (t->is_log && isfinite(mde))
		v->mde = expm1(mde);
	if (t->margin >= t->threshold && t->is_log &&
	    options->margin >= options->threshold) {
		v->gating = false;
		say(findings, v, t, "inconclusive",
		    "too noisy to gate, as its margin reaches its threshold");
	} else if ((worse || better) && t->short_session) {
		v->need_n = LEAST_ROUNDS;
		say(findings, v, t, "inconclusive",
		    "with fewer than 10 rounds the error of this session is "
		    "not known");
	} else if (worse && t->hi >= t->threshold) {
		say(findings, v, t, "regressed",
		    "worse by more than the margin, and by as much as the "
		    "threshold or more");
	} else if (better && t->lo <= -t->threshold) {
		say(findings, v, t, "improved",
		    "better by more than the margin, and by as much as the "
		    "threshold or more");
	} else if (worse || better) {
		say(findings, v, t, "small",
		    worse ? "worse, but by less than the threshold"
			  : "better, but by less than the threshold");
	} else if (t->p_equal <= alpha) {
		say(findings, v, t, "unchanged",
		    "a change as large as the threshold is ruled out");
	} else {
		v->verdict = "inconclusive";
		v->need_n = needed(t, alpha, m);
		say_inconclusive(findings, v, t);
	}
}

/* --- what is not a test --- */

static void
add_missing(struct input *input, struct findings *findings)
{
	for (size_t i = 0; i < input->n_stored; i++) {
		const struct stored *stored = &input->stored[i];
		size_t number = index_find(&input->case_names, stored->name);
		const struct case_info *info =
		    number == INDEX_NONE ? NULL : &input->cases[number];
		struct verdict *v;

		if (stored->seen || !info || info->skipped ||
		    info->has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = stored->name;
		v->metric = stored->metric;
		if (stored->n)
			v->unit = stored->sessions[stored->n - 1].unit;
		v->verdict = "missing";
		v->severity = "warning";
		v->gating = false;
		v->why = input_is_truncated(input)
			     ? "the run was cut short before it was measured"
			     : "the baseline has it, and this run ran its "
			       "case, but did not measure it";
	}
}

static void
add_failed(struct input *input, struct findings *findings)
{
	for (size_t i = 0; i < input->n_cases; i++) {
		const struct case_info *info = &input->cases[i];
		struct verdict *v;

		if (!info->failures)
			continue;
		v = findings_add(findings, "change");
		v->name = info->name;
		v->verdict = "failed";
		v->severity = "blocking";
		v->gating = true;
		v->why = findings_say(findings, "%ld of %ld trials failed: %s",
		    info->failures, info->trials, info->first_failure);
	}
}

/* Whether a stream has the variant that others are to be compared with. */
static bool
has_base(const struct input *input, const char *base)
{
	for (size_t i = 0; i < input->n_subjects; i++)
		if (input->subjects[i].variant &&
		    strcmp(input->subjects[i].variant, base) == 0)
			return true;
	return false;
}

static void
compare_subject(struct input *input, const struct subject *s, bool variants,
    const struct options *options, struct tests *tests,
    struct findings *findings)
{
	struct stored *stored = input_stored(input, s->name, s->metric);
	const struct subject *base;
	struct verdict *v;

	if (stored)
		stored->seen = true;
	if (!is_declared(s) ||
	    (variants && s->variant && strcmp(s->variant, options->base) == 0))
		return;
	v = add_change(findings, s);
	base = variants && s->variant
		   ? input_subject(input, s->name, s->metric, options->base)
		   : NULL;
	if (base) {
		compare_variant(tests, findings, v, s, base, options);
	} else if (stored && !variants) {
		compare_stored(tests, findings, v, s, stored, options);
	} else {
		v->verdict = "new";
		v->why = "there is nothing to compare it with";
	}
}

/* A rank test that cannot reject, whatever comes out, is no test. */
static void
refuse_impossible(const struct tests *tests, const struct options *options)
{
	double least = INFINITY;

	for (size_t i = 0; i < tests->n; i++)
		least = fmin(least, tests->tests[i].least_p);
	if (tests->n && least > options->alpha)
		die("so few rounds can never show a change: the least possible "
		    "p is %.2g, and alpha is %g",
		    least, options->alpha);
}

void
decide_changes(struct input *input, const struct options *options,
    struct findings *findings)
{
	struct tests tests = {0};
	bool variants = !options->baseline && has_base(input, options->base);
	size_t m;

	for (size_t i = 0; i < input->n_subjects; i++)
		compare_subject(input, &input->subjects[i], variants, options,
		    &tests, findings);
	refuse_impossible(&tests, options);
	correct(&tests, findings, true);
	correct(&tests, findings, false);
	m = count_gating(&tests, findings);
	for (size_t i = 0; i < tests.n; i++)
		conclude(findings, &tests.tests[i], options, m);
	add_failed(input, findings);
	add_missing(input, findings);
	free(tests.tests);
}
