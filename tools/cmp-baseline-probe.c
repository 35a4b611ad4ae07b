/*
 * The calibration probe as a covariate: what the machine did to all programs
 * of a session, it did to the probe, too, which is the same work every time.
 *
 * Where it demonstrably helps, what it explains is taken off this session and
 * the stored ones. It has to be shown on the stored sessions alone, each of
 * which counts once, however many metrics it has: that those in which the
 * probe was slower were the slower ones of all metrics of that name.
 */
#include "cmp-baseline.h"

#include <math.h>
#include <stdlib.h>

enum {
	LEAST_PROBED = 8 /* stored sessions */
};

void
covariate_release(struct covariate *covariate)
{
	free(covariate->sessions);
	free(covariate->x);
	*covariate = (struct covariate){0};
}

static bool
is_same_sessions(
    const struct covariate *c, const struct past *const *pasts, size_t n)
{
	if (n != c->n)
		return false;
	/* Texts of the input are the same where their places are. */
	for (size_t i = 0; i < n; i++)
		if (pasts[i]->session != c->sessions[i])
			return false;
	return true;
}

const struct covariate *
covariate_of(const struct tests *tests, const struct subject *s,
    const struct past *const *pasts, size_t n)
{
	size_t number = index_find(&tests->metrics, s->metric);
	const struct covariate *c =
	    number == INDEX_NONE ? NULL : &tests->covariates[number];

	return c && c->probe && !texts_differ(c->now, s->session) &&
		       is_same_sessions(c, pasts, n)
		   ? c
		   : NULL;
}

/*
 * Adds the logs of the metric's sessions, less their mean and toward worse, to
 * y: where more is better, a slow session has less.
 */
static void
add_centered(double *y, const struct subject *s,
    const struct past *const *pasts, size_t n)
{
	double mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += log(pasts[i]->value) / (double)n;
	for (size_t i = 0; i < n; i++)
		y[i] += test_direction(s) * (log(pasts[i]->value) - mean);
}

/*
 * How slow the sessions were, by all metrics of the covariate's name that have
 * the same sessions; the first of them says which. The caller frees it; NULL
 * where they are too few.
 */
static double *
course_of(struct covariate *c, const size_t *next, struct input *input,
    const struct options *options)
{
	double *y = NULL, metrics = 0;

	for (size_t i = c->first; i; i = next[i - 1]) {
		const struct subject *s = &input->subjects[i - 1];
		const struct past **pasts;
		size_t n;

		if (!s->rule.declared)
			continue;
		pasts = usable_pasts(input, s, options, &n);
		if (!y && n >= LEAST_PROBED) {
			c->n = n;
			c->now = s->session;
			c->sessions = mem_zero(n, sizeof *c->sessions);
			for (size_t k = 0; k < n; k++)
				c->sessions[k] = pasts[k]->session;
			y = mem_zero(n, sizeof *y);
		}
		if (y && is_same_sessions(c, pasts, n) &&
		    pasts_are_positive(pasts, n)) {
			add_centered(y, s, pasts, n);
			metrics++;
		}
		free(pasts);
	}
	for (size_t i = 0; y && i < c->n; i++)
		y[i] /= fmax(metrics, 1);
	return y;
}

/* The logs of the probe in those sessions; false where one has none. */
static bool
probe_course(const struct covariate *c, const struct stored *stored, double *x)
{
	for (size_t i = 0; i < c->n; i++) {
		x[i] = NAN;
		for (size_t k = 0; k < stored->n; k++)
			if (c->sessions[i] &&
			    stored->sessions[k].session == c->sessions[i] &&
			    stored->sessions[k].value > 0)
				x[i] = log(stored->sessions[k].value);
		if (isnan(x[i]))
			return false;
	}
	return true;
}

static bool
is_within(double at, const double *x, size_t n)
{
	double lo = x[0], hi = x[0];

	for (size_t i = 1; i < n; i++) {
		lo = fmin(lo, x[i]);
		hi = fmax(hi, x[i]);
	}
	return at >= lo && at <= hi;
}

/* Tries one measure of the probe; the best of those that help is kept. */
static void
try_probe(struct covariate *c, double *p_best, const double *y,
    struct input *input, const struct probe *now, double alpha)
{
	const struct stored *stored =
	    input_stored(input, PROBE_CASE, now->metric);
	double *x = mem_zero(c->n, sizeof *x), at = log(now->value);
	struct stats_line line;

	if (stored && probe_course(c, stored, x)) {
		line = stats_line(x, y, c->n);
		/* Beyond what was seen nobody knows how it goes on. */
		if (line.p <= alpha && line.p < *p_best &&
		    is_within(at, x, c->n)) {
			*p_best = line.p;
			c->probe = now->metric;
			c->line = line;
			c->at = at - line.center;
			free(c->x);
			c->x = x;
			for (size_t i = 0; i < c->n; i++)
				x[i] -= line.center;
			return;
		}
	}
	free(x);
}

static void
learn_covariate(struct covariate *c, const size_t *next, struct input *input,
    const struct options *options)
{
	double *y = course_of(c, next, input, options), p_best = 1;

	for (size_t i = 0; y && i < input->n_probes; i++) {
		const struct probe *probe = &input->probes[i];

		/* What the machine did in another session explains nothing. */
		if (probe->value > 0 && !texts_differ(probe->session, c->now))
			try_probe(c, &p_best, y, input, probe,
			    options->alpha / (double)input->n_probes);
	}
	free(y);
}

/* Whether the baseline has a measure that this run's probe has. */
static bool
has_stored_probe(struct input *input)
{
	for (size_t i = 0; i < input->n_probes; i++)
		if (input_stored(input, PROBE_CASE, input->probes[i].metric))
			return true;
	return false;
}

/*
 * A covariate for each name of a metric; next[i] is the subject of the same
 * name that follows subject i: its number + 1, or 0.
 */
static void
name_covariates(struct tests *tests, const struct input *input, size_t *next)
{
	for (size_t i = input->n_subjects; i-- > 0;) {
		const char *metric = input->subjects[i].metric;
		size_t number = index_add(&tests->metrics, metric);

		if (number == tests->n_covariates)
			*MEM_PUSH(tests->covariates, tests->n_covariates,
			    tests->covariates_capacity) =
			    (struct covariate){.metric = metric};
		next[i] = tests->covariates[number].first;
		tests->covariates[number].first = i + 1;
	}
}

void
learn_covariates(
    struct tests *tests, struct input *input, const struct options *options)
{
	size_t *next;

	if (!has_stored_probe(input))
		return;
	next = mem_zero(input->n_subjects, sizeof *next);
	name_covariates(tests, input, next);
	for (size_t i = 0; i < tests->n_covariates; i++)
		learn_covariate(&tests->covariates[i], next, input, options);
	free(next);
}
