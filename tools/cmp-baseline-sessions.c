/* A metric of this run, and what earlier sessions made of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "metric.h"

enum {
	LEARNING_SESSIONS = 5 /* that a metric must have to be learned from */
};

/*
 * Of sessions, as a standard deviation of logs: a tenth of the margin. What
 * differs less is the same every time, and says nothing of what is measured.
 */
static const double LEAST_SPREAD = 0.001;

/* --- stored sessions: which of them --- */

/* Why a stored session is not compared with; the last is the least reason. */
enum obstacle {
	IS_OF_ANOTHER_UNIT,
	IS_OF_ANOTHER_AGGREGATOR,
	IS_OF_ANOTHER_ID,
	IS_OF_ANOTHER_MACHINE,
	IS_BEYOND_A_CHANGE,
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
	if (!past->unit != !s->unit || texts_differ(past->unit, s->unit))
		return IS_OF_ANOTHER_UNIT;
	if (texts_differ(
		aggregator_of(past->aggregator), aggregator_of(s->aggregator)))
		return IS_OF_ANOTHER_AGGREGATOR;
	if (texts_differ(past->id, s->id))
		return IS_OF_ANOTHER_ID;
	if (texts_differ(past->machine, s->machine) && !options->any_machine)
		return IS_OF_ANOTHER_MACHINE;
	if (past->beyond)
		return IS_BEYOND_A_CHANGE;
	if (past->session && s->session &&
	    strcmp(past->session, s->session) == 0)
		return IS_THIS_SESSION;
	return IS_COMPARABLE;
}

size_t
usable_of(const struct past *sessions, size_t all, const struct subject *s,
    const struct options *options, const struct past **pasts,
    const struct past **least)
{
	enum obstacle best = IS_OF_ANOTHER_UNIT;
	size_t n = 0;

	*least = NULL;
	for (size_t i = 0; i < all; i++) {
		const struct past *past = &sessions[i];
		enum obstacle obstacle = obstacle_of(past, s, options);

		if (obstacle >= best) {
			best = obstacle;
			*least = past;
		}
		if (obstacle == IS_COMPARABLE)
			pasts[n++] = past;
	}
	return n;
}

const struct past **
usable_pasts(struct input *input, const struct subject *s,
    const struct options *options, size_t *n)
{
	const struct stored *stored = input_stored(input, s->name, s->metric);
	const struct past **pasts, *least;

	*n = 0;
	pasts = mem_zero(stored ? stored->n : 0, sizeof *pasts);
	if (stored)
		*n = usable_of(
		    stored->sessions, stored->n, s, options, pasts, &least);
	return pasts;
}

bool
pasts_are_positive(const struct past *const *pasts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pasts[i]->value <= 0)
			return false;
	return true;
}

static const char *
unit_or_none(const char *unit)
{
	return unit ? unit : "no unit";
}

void
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
	case IS_BEYOND_A_CHANGE:
		v->verdict = "new";
		v->why = findings_say(findings,
		    "the baseline has no session on this side of an accepted "
		    "change: %s",
		    noted_reason(least->beyond));
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

double
t_above(double t, double df)
{
	if (isinf(t))
		return t < 0;
	return stats_t_upper(t, df);
}

void
test_by_t(struct test *t, double se)
{
	t->lo = t->effect + se * stats_t_quantile((1 - TEST_LEVEL) / 2, t->df);
	t->hi = t->effect + se * stats_t_quantile((1 + TEST_LEVEL) / 2, t->df);
	t->worse.p = t_above((t->effect - t->worse.margin) / se, t->df);
	t->better.p = t_above((-t->effect - t->better.margin) / se, t->df);
	t->p_equal = fmax(t_above((t->worse.threshold - t->effect) / se, t->df),
	    t_above((t->better.threshold + t->effect) / se, t->df));
	se *= stats_t_quantile(1 - t->alpha, t->df);
	if (t->p_equal <= t->alpha)
		t->equal =
		    (struct stats_interval){t->effect - se, t->effect + se};
}

double
session_error(const struct test *t, const struct subject *s)
{
	double *x, se;

	if (t->is_log && !isnan(s->se_block))
		return s->se_block;
	if (!t->is_log && is_success_rate(s) && !isnan(rate_error(t, s)))
		return rate_error(t, s);
	x = test_all_scaled(t, s, &s->values, 0);
	se = stats_block_se(x, s->values.n);
	free(x);
	return se;
}

/*
 * Takes what the probe explains off the stored sessions, and returns what that
 * is of this one.
 */
static double
take_off(const struct test *t, double *stored)
{
	const struct covariate *c = t->covariate;

	for (size_t i = 0; i < c->n; i++)
		stored[i] -= c->line.slope * c->x[i];
	return c->line.slope * c->at;
}

/*
 * The line costs a degree of freedom, and is the less certain the further from
 * the middle this session is.
 * Source: Draper and Smith 1998, section 3.1.
 */
static void
widen(struct stats_prediction *p, const struct covariate *c, double error)
{
	double df = p->df - 1;

	p->sd = fmax(p->sd * sqrt(p->df / df), 2 * error);
	p->se = p->sd *
		sqrt(1 + 1 / (double)c->n + c->at * c->at / c->line.squares);
	p->df = df;
}

/* The rule is that of cmp-baseline(1), and stats_predict. */
void
test_by_sessions(struct test *t, const struct subject *s, double *stored,
    size_t n, double *others, size_t m)
{
	double *y = mem_zero(m + 1, sizeof *y);
	double rounds = s->values.n ? (double)s->values.n : s->n;
	double error = session_error(t, s);
	struct stats_prediction p;

	y[0] = test_scaled(t, s, s->value);
	for (size_t i = 0; i < m; i++)
		y[i + 1] = test_scaled(t, s, others[i]);
	for (size_t i = 0; i < n; i++)
		stored[i] = test_scaled(t, s, stored[i]);
	if (t->covariate)
		y[0] -= take_off(t, stored);
	p = stats_predict_mean(
	    y, m + 1, stored, n, t->covariate ? (double)NAN : error, t->prior);
	if (t->covariate)
		widen(&p, t->covariate, error);
	free(y);
	t->m = (double)m + 1;
	t->has_few_rounds = !(rounds >= STATS_BLOCK_MIN);
	t->has_no_error = isnan(error);
	t->effect = p.effect;
	t->sd = p.sd;
	t->df = p.df;
	t->n = t->n_least = (double)n;
	t->least_p = 0;
	test_by_t(t, p.se);
}

/* --- what the metrics of the suite say of how sessions differ --- */

/* The spreads of the metrics of one unit, on their degrees of freedom. */
struct spreads {
	double *sd, *df;
	size_t n, sd_capacity, df_capacity;
};

static bool
add_spread(struct spreads *spreads, const struct past *const *pasts, size_t n)
{
	double *logs = mem_zero(n, sizeof *logs), sd;
	size_t n_df = spreads->n;

	for (size_t i = 0; i < n; i++)
		logs[i] = log(pasts[i]->value);
	sd = stats_stddev(logs, n);
	free(logs);
	if (sd < LEAST_SPREAD)
		return false;
	*MEM_PUSH(spreads->sd, spreads->n, spreads->sd_capacity) = sd;
	*MEM_PUSH(spreads->df, n_df, spreads->df_capacity) = (double)n - 1;
	return true;
}

/* That of a metric, where it has enough sessions; of two variants, once. */
static void
collect(struct spreads *spreads, struct input *input, const struct subject *s,
    const struct options *options)
{
	struct stored *stored = input_stored(input, s->name, s->metric);
	const struct past **pasts;
	size_t n;

	if (!stored || stored->taught || !s->rule.declared || s->rule.exact)
		return;
	pasts = usable_pasts(input, s, options, &n);
	if (n >= LEARNING_SESSIONS && pasts_are_positive(pasts, n))
		stored->taught = add_spread(spreads, pasts, n);
	free(pasts);
}

static const char *
unit_key(const char *unit)
{
	return unit ? unit : "";
}

void
learn_priors(
    struct tests *tests, struct input *input, const struct options *options)
{
	struct spreads *spreads = NULL;
	size_t capacity = 0, n = 0;

	for (size_t i = 0; i < input->n_subjects; i++) {
		const struct subject *s = &input->subjects[i];
		size_t unit = index_add(&tests->units, unit_key(s->unit));

		if (unit == n)
			*MEM_PUSH(spreads, n, capacity) = (struct spreads){0};
		collect(&spreads[unit], input, s, options);
	}
	tests->learned = mem_zero(n, sizeof *tests->learned);
	for (size_t i = 0; i < n; i++) {
		struct learned *learned = &tests->learned[i];

		/* Few degrees of freedom: the metrics are not of one kind. */
		if (stats_learn_prior(spreads[i].sd, spreads[i].df,
			spreads[i].n, &learned->prior) &&
		    learned->prior.df >= STATS_PRIOR_DF)
			learned->metrics = spreads[i].n;
		free(spreads[i].sd);
		free(spreads[i].df);
	}
	free(spreads);
}

/*
 * What was learned is for the metrics that it was learned from, as nobody knows
 * whether another is like them; differences are counted in what is stated: see
 * test_set_scale.
 */
static void
set_prior(struct test *t, struct verdict *v, const struct tests *tests,
    const struct subject *s, const struct stored *stored)
{
	const struct learned *learned =
	    &tests->learned[index_find(&tests->units, unit_key(s->unit))];

	t->prior = (struct stats_prior){STATS_PRIOR_SD, STATS_PRIOR_DF};
	if (t->is_log && learned->metrics && stored->taught) {
		t->prior = learned->prior;
		v->prior_metrics = (double)learned->metrics;
	}
	if (t->is_log) {
		v->prior_sd = t->prior.sd;
		v->prior_df = t->prior.df;
	}
}

static void
set_covariate(struct test *t, struct verdict *v, const struct tests *tests,
    const struct subject *s, const struct past *const *pasts)
{
	if (t->is_log && !isnan(v->sessions))
		t->covariate =
		    covariate_of(tests, s, pasts, (size_t)v->sessions);
	if (t->covariate)
		v->covariate = t->covariate->probe;
}

/* Counts the sessions that would be compared, were it not for a mark. */
static void
count_left_out(struct verdict *v, const struct subject *s,
    const struct stored *stored, const struct options *options)
{
	double n = 0;

	for (size_t i = 0; i < stored->n; i++) {
		const struct past *past = &stored->sessions[i];
		char *name;

		if (obstacle_of(past, s, options) != IS_BEYOND_A_CHANGE)
			continue;
		name = past->session ? mem_format("=%s", past->session)
				     : mem_format("%zu", i);
		index_add(&past->beyond->left_out, name);
		free(name);
		n++;
	}
	if (n > 0)
		v->left_out = n;
}

/* "; 3 sessions are left out, as an accepted change lies between: why" */
static const char *
tell_left_out(struct findings *findings, const struct verdict *v,
    const struct stored *stored)
{
	const struct noted *noted = NULL;

	if (isnan(v->left_out))
		return NULL;
	for (size_t i = 0; i < stored->n && !noted; i++)
		noted = stored->sessions[i].beyond;
	return findings_say(findings,
	    "; %.0f session%s left out, as an accepted change lies between: "
	    "%s",
	    v->left_out, v->left_out == 1 ? " is" : "s are",
	    noted_reason(noted));
}

void
compare_stored(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct stored *stored,
    const struct options *options)
{
	const struct past **pasts = mem_zero(stored->n, sizeof *pasts), *least;
	size_t n =
	    usable_of(stored->sessions, stored->n, s, options, pasts, &least);
	double *values = mem_zero(n, sizeof *values);
	bool is_log = s->value > 0 && pasts_are_positive(pasts, n) &&
		      all_positive(s->values.x, s->values.n);
	struct test t = {
	    .verdict = (size_t)(v - findings->verdicts),
	    .noise_floor = stored->noise_floor,
	    .looks = looks_single(1),
	};

	for (size_t i = 0; i < n; i++)
		values[i] = pasts[i]->value;
	count_left_out(v, s, stored, options);
	t.note = tell_left_out(findings, v, stored);
	v->sessions = n ? (double)n : (double)NAN;
	v->method = "predictive-t";
	if (n == 0) {
		v->method = NULL;
		explain_obstacle(findings, v, s, least, options);
	} else if (s->rule.exact) {
		compare_exactly(findings, v, s, values[n - 1]);
	} else {
		t.level = is_log ? stats_geometric_mean(values, n)
				 : stats_mean(values, n);
		v->baseline = t.level;
		if (test_set_scale(&t, s, options, is_log, t.level)) {
			set_prior(&t, v, tests, s, stored);
			set_covariate(&t, v, tests, s, pasts);
			test_by_sessions(&t, s, values, n, NULL, 0);
			tests_add(tests, v, &t, s);
		} else {
			refuse_to_scale(v);
		}
	}
	free(pasts);
	free(values);
}
