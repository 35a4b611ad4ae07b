/*
 * One comparison, and the scale of its effect.
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

double
test_direction(const struct subject *s)
{
	return strcmp(s->better, "higher") == 0 ? -1 : 1;
}

bool
texts_differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

bool
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
 * A success rate is zero where all fails, and is none of the metrics that
 * people think of declaring min_abs for: a percentage point, then.
 */
static double
min_abs_of(const struct subject *s)
{
	return isnan(s->rule.min_abs) && is_success_rate(s) ? 1
							    : s->rule.min_abs;
}

/*
 * Sets up the scale of a test. `level` is where the baseline is. Differences
 * are counted in what the prior of the log scale takes for the standard
 * deviation of a session: min_abs or, if larger, the same share of the level.
 * False where there is neither a logarithm nor a min_abs.
 */
bool
test_set_scale(struct test *t, const struct subject *s,
    const struct options *options, bool is_log, double level)
{
	double min_abs = min_abs_of(s);
	double margin = fmax(options->margin, t->noise_floor);
	double threshold =
	    isnan(s->rule.threshold) ? options->threshold : s->rule.threshold;

	t->alpha = options->alpha;
	t->equal = (struct stats_interval){-INFINITY, INFINITY};
	t->is_log = is_log;
	t->unit = NAN;
	t->is_noisy = margin > options->margin;
	t->is_coarse = margin >= threshold;
	if (is_log) {
		set_log_margins(
		    t, log1p(margin), min_abs, level, test_direction(s) > 0);
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
double
test_scaled(const struct test *t, const struct subject *s, double x)
{
	return test_direction(s) * (t->is_log ? log(x) : x / t->unit);
}

/* The caller frees it. */
double *
test_all_scaled(const struct test *t, const struct subject *s,
    const struct numbers *values, double shift)
{
	double *x = mem_zero(values->n, sizeof *x);

	for (size_t i = 0; i < values->n; i++)
		x[i] = test_scaled(t, s, values->x[i]) + shift;
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
	return test_fraction(t, test_direction(s) * effect);
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
void
tests_add(struct tests *tests, struct verdict *v, const struct test *t,
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

void
refuse_to_scale(struct verdict *v)
{
	v->verdict = "inconclusive";
	v->why = "values of zero or less have no ratio, and it has no min_abs: "
		 "declare one to have it judged";
}

/* --- a metric that is the same every time is compared as it is --- */

/* Whether its rounds are not all the same. */
static bool
varies(const struct subject *s)
{
	for (size_t i = 1; i < s->values.n; i++)
		if (s->values.x[i] != s->values.x[0])
			return true;
	return s->exact == false || s->min < s->max;
}

/* The value of its worst round, as far as it is known. */
static double
worst_of(const struct subject *s)
{
	double direction = test_direction(s);
	double end = direction > 0 ? s->max : s->min, worst = s->value;

	if (direction * (end - worst) > 0)
		worst = end;
	for (size_t i = 0; i < s->values.n; i++)
		if (direction * (s->values.x[i] - worst) > 0)
			worst = s->values.x[i];
	return worst;
}

/* A round that differs is a change, whatever the median makes of it. */
void
compare_exactly(struct findings *findings, struct verdict *v,
    const struct subject *s, double before)
{
	bool differs = varies(s);
	double now = differs ? worst_of(s) : s->value;
	double worse = test_direction(s) * (now - before);
	char text[64];

	v->baseline = before;
	v->method = "exact";
	v->change = before != 0 ? (now - before) / fabs(before) : (double)NAN;
	v->verdict = worse == 0 && !differs ? "unchanged" : "exact-changed";
	v->gating = v->gating && (worse > 0 || (worse == 0 && !differs));
	if (differs) {
		metric_format(text, sizeof text, now, s->unit ? s->unit : "");
		v->why = findings_say(findings,
		    "declared exact, but its rounds differ; the worst is %s, "
		    "which is %s",
		    text,
		    worse > 0	 ? "worse than before"
		    : worse == 0 ? "as before"
				 : "better than before");
		return;
	}
	v->why = worse == 0  ? "exactly as before"
		 : worse > 0 ? "declared exact, and it changed toward worse"
			     : "declared exact, and it changed toward better";
}
