#include "step.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct ranked {
	double x;
	size_t i;
};

static int
compare_ranked(const void *a, const void *b)
{
	const struct ranked *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

void
step_scores(const double *x, size_t n, double *scores)
{
	struct ranked *sorted = mem_alloc(n * sizeof *sorted);
	double squares = 0, scale;

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ranked){x[i], i};
	qsort(sorted, n, sizeof *sorted, compare_ranked);
	for (size_t i = 0, end; i < n; i = end) {
		double score = 0;

		for (end = i; end < n && sorted[end].x == sorted[i].x; end++)
			score += stats_normal_quantile(
			    ((double)end + 0.625) / ((double)n + 0.25));
		score /= (double)(end - i);
		for (size_t j = i; j < end; j++)
			scores[sorted[j].i] = score;
		squares += score * score * (double)(end - i);
	}
	scale = squares > 0 ? sqrt((double)n / squares) : 0;
	for (size_t i = 0; i < n; i++)
		scores[i] *= scale;
	free(sorted);
}

/* What each halving of a stretch costs, and the first look at any. */
static const double SCALE_COST = 2, PART_COST = 1;

/* A step must explain a stretch so much better than a line does. */
static const double LINE_MARGIN = 2;

struct search {
	const double *x;
	double *scores;
	size_t least, at;
	double gain;
};

static void
look(struct search *s, size_t start, size_t n, double cost)
{
	struct step_fit fit;

	step_scores(s->x + start, n, s->scores);
	fit = step_fit(s->scores, n, s->least, n - s->least, false);
	if (!(fit.gain - cost > s->gain))
		return;
	if (fit.gain > 9 + cost) {
		fit = step_fit(s->scores, n, s->least, n - s->least, true);
		if (!(fit.over_line > LINE_MARGIN))
			return;
	}
	s->gain = fit.gain - cost;
	s->at = start + fit.at;
}

double
step_search(const double *x, size_t n, size_t least, size_t *at)
{
	struct search s = {.x = x, .least = least, .at = least};

	if (n < 2 * least)
		return (double)NAN;
	s.scores = mem_alloc(n * sizeof *s.scores);
	look(&s, 0, n, 0);
	for (double length = (double)n * M_SQRT1_2; length >= 4 * (double)least;
	     length *= M_SQRT1_2) {
		size_t l = (size_t)length;
		size_t count = (size_t)ceil(2 * (double)(n - l) / length) + 1;
		double cost = SCALE_COST * log((double)n / length) + PART_COST;

		for (size_t i = 0; i < count; i++)
			look(&s, (n - l) * i / (count - 1), l, cost);
	}
	free(s.scores);
	*at = s.at;
	return s.gain;
}

/*
 * What gain independent values exceed with probability p is a line in log n and
 * in log p, fitted to simulations with least = STEP_LEAST; it is too large for
 * p < 0.001, and for longer levels.
 */
static const double AT_P = 0.01, AT_N1 = 5.8, PER_LOG_N = 1.58, SLOPE = 0.58;

double
step_p(double gain, size_t n, size_t at)
{
	double all = (double)n, old = (double)at;
	double line = AT_N1 + PER_LOG_N * log(all);
	double orders =
	    lgamma(all + 1) - lgamma(old + 1) - lgamma(all - old + 1);

	return fmin(
	    1, fmax(AT_P * exp(-SLOPE * (gain - line)), 2 * exp(-orders)));
}

enum {
	WINDOW = 500
};

static void
add_step(struct steps *steps, size_t at)
{
	struct step *step = MEM_PUSH(steps->step, steps->n, steps->capacity);

	*step = (struct step){.at = at};
}

/* Looks for steps in x[start..end-1], and on both sides of one. */
static void
search_part(struct steps *steps, const double *x, size_t start, size_t end,
    const struct step_rule *rule)
{
	size_t n = end - start, at = 0;
	double gain;

	if (n < 2 * rule->least)
		return;
	gain = step_search(x + start, n, rule->least, &at);
	if (step_p(gain, n, at) > rule->alpha)
		return;
	search_part(steps, x, start, start + at, rule);
	add_step(steps, start + at);
	search_part(steps, x, start + at, end, rule);
}

static size_t
begin_of(const struct steps *steps, size_t i)
{
	return i ? steps->step[i - 1].at : 0;
}

static size_t
end_of(const struct steps *steps, size_t i, size_t n)
{
	return i < steps->n ? steps->step[i].at : n;
}

static double
median_of(const double *x, size_t n)
{
	double *sorted = mem_alloc(n * sizeof *sorted), median;

	memcpy(sorted, x, n * sizeof *sorted);
	stats_sort(sorted, n);
	median = stats_median(sorted, n);
	free(sorted);
	return median;
}

/*
 * What a step explains of the course around it, in which the other steps are
 * undone: there the noise is seen in all of it, and not only near the step.
 */
static void
weigh(struct steps *steps, size_t i, const double *x, size_t n,
    const struct step_rule *rule)
{
	struct step *step = &steps->step[i];
	size_t lo = step->at > WINDOW ? step->at - WINDOW : 0;
	size_t hi = n - step->at > WINDOW ? step->at + WINDOW : n;
	size_t from = begin_of(steps, i) + rule->least;
	size_t to = end_of(steps, i + 1, n) - rule->least;
	double *flat = mem_alloc(n * sizeof *flat);
	double *scores = mem_alloc(n * sizeof *scores);
	double before = 0, jump = 0;
	struct step_fit fit;

	if (from < lo + 1)
		from = lo + 1;
	if (to > hi - 1)
		to = hi - 1;
	for (size_t j = 0; j <= steps->n; j++) {
		size_t a = begin_of(steps, j), b = end_of(steps, j, n);
		double median = median_of(x + a, b - a);

		if (j == i)
			before = median;
		if (j == i + 1)
			jump = median - before;
		for (size_t k = a; k < b; k++)
			flat[k] = x[k] - median + (j > i ? jump : 0);
	}
	step_scores(flat + lo, hi - lo, scores);
	fit = step_fit(scores, hi - lo, from - lo, to - lo, false);
	step->at = lo + fit.at;
	step->gain = fit.gain;
	step->p = step_p(fit.gain, hi - lo, fit.at);
	step->spread = step_spread(&fit.noise);
	free(flat);
	free(scores);
}

/*
 * Where the step may as well be, at 0.95: where the likelihood is less than
 * the greatest by a factor of exp(RANGE_DROP / 2) at most. Source: Hansen 2000,
 * "Sample Splitting and Threshold Estimation", Econometrica 68, section 3.
 */
static const double RANGE_DROP = 7.352;

/* A value this many standard deviations from a level is not of it. */
static const double FAR = 3;

static double
misfit(double x, double level, double sd)
{
	double u = fmin(fabs(x - level) / sd, FAR);

	return u * u;
}

/* The standard deviation about two levels, unless a fiftieth of the step. */
static double
spread_about(const double *x, size_t start, size_t at, size_t end, double old,
    double new)
{
	double *off = mem_alloc((end - start) * sizeof *off), sd;

	for (size_t i = start; i < end; i++)
		off[i - start] = fabs(x[i] - (i < at ? old : new));
	sd = 1.4826 * median_of(off, end - start);
	free(off);
	return fmax(sd, fabs(new - old) / 50);
}

/*
 * Puts a step where the values fit the levels about it best. They are compared
 * as they are, and not by rank: of a large step its ranks do not tell how
 * large it is. What is far from both levels says nothing.
 */
static void
settle(struct steps *steps, size_t i, const double *x, size_t n,
    const struct step_rule *rule)
{
	struct step *step = &steps->step[i];
	size_t start = begin_of(steps, i), end = end_of(steps, i + 1, n);
	double old = median_of(x + start, step->at - start);
	double new = median_of(x + step->at, end - step->at);
	double sd = spread_about(x, start, step->at, end, old, new);
	double drop = RANGE_DROP * step->spread, best, sum;
	size_t from = start + rule->least, to = end - rule->least;

	if (!(sd > 0))
		return;
	sum = best = 0;
	for (size_t t = from; t < to; t++) {
		sum += misfit(x[t], old, sd) - misfit(x[t], new, sd);
		if (sum < best) {
			best = sum;
			step->at = t + 1;
		}
	}
	if (best == 0)
		step->at = from;
	step->from = step->to = step->at;
	sum = 0;
	for (size_t t = from;; t++) {
		if (sum <= best + drop) {
			step->from = t < step->from ? t : step->from;
			step->to = t > step->to ? t : step->to;
		}
		if (t == to)
			return;
		sum += misfit(x[t], old, sd) - misfit(x[t], new, sd);
	}
}

static void
drop_weak(struct steps *steps, const double *x, size_t n,
    const struct step_rule *rule)
{
	for (size_t i = 0; i < steps->n; i++)
		weigh(steps, i, x, n, rule);
	while (steps->n) {
		size_t worst = 0;

		for (size_t i = 1; i < steps->n; i++)
			if (steps->step[i].gain < steps->step[worst].gain)
				worst = i;
		if (steps->step[worst].p <= rule->alpha)
			return;
		memmove(&steps->step[worst], &steps->step[worst + 1],
		    (steps->n - worst - 1) * sizeof *steps->step);
		steps->n--;
		if (worst > 0)
			weigh(steps, worst - 1, x, n, rule);
		if (worst < steps->n)
			weigh(steps, worst, x, n, rule);
	}
}

double
steps_p(const double *x, size_t n, size_t least)
{
	size_t at = 0;
	double gain;

	assert(n >= 2 * least);
	gain = step_search(x, n, least, &at);
	return step_p(gain, n, at);
}

void
steps_find(struct steps *steps, const double *x, size_t n,
    const struct step_rule *rule)
{
	*steps = (struct steps){0};
	search_part(steps, x, 0, n, rule);
	drop_weak(steps, x, n, rule);
	for (size_t i = 0; i < steps->n; i++)
		settle(steps, i, x, n, rule);
}

void
steps_release(struct steps *steps)
{
	free(steps->step);
	*steps = (struct steps){0};
}
