/* All steps of a course. */
#include "step.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* So many values on either side of a step tell what the noise is like. */
enum {
	WINDOW = 500
};

/* A value this many standard deviations from a level is not of it. */
static const double FAR = 3;

/* Of a normal distribution: its standard deviation over its mad. */
static const double SD_OF_MAD = 1.4826;

/* p of the strongest step, by ranks or, where that is less, by values. */
static double
strongest(const double *x, size_t n, size_t least, size_t *at)
{
	double gain = step_search(x, n, least, at), p = step_p(gain, n, *at);
	size_t elsewhere;
	double apart = step_apart(x, n, least, &elsewhere);

	if (apart >= p)
		return p;
	*at = elsewhere;
	return apart;
}

/* Looks for steps in x[start..end-1], and on both sides of one. */
static void
search(struct steps *steps, const double *x, size_t start, size_t end,
    const struct step_rule *rule)
{
	size_t n = end - start, at;

	if (n < 2 * rule->least ||
	    strongest(x + start, n, rule->least, &at) > rule->alpha)
		return;
	search(steps, x, start, start + at, rule);
	*MEM_PUSH(steps->step, steps->n, steps->capacity) =
	    (struct step){.at = start + at};
	search(steps, x, start + at, end, rule);
}

/* Where the level before step i begins, and where that after i - 1 ends. */
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

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

double
step_median(const double *x, size_t n)
{
	double *sorted = mem_alloc(n * sizeof *sorted), median;

	memcpy(sorted, x, n * sizeof *sorted);
	stats_sort(sorted, n);
	median = stats_median(sorted, n);
	free(sorted);
	return median;
}

/* How much noisier a level of fewer values may be than the other. */
static const double NOISIER = 1.4;

/*
 * Where the level of fewer values is noisier than the other, it may be far off
 * by chance: p of Welch's t then, else 0. Source: Welch 1947.
 */
static double
unequal_p(const double *x, size_t nx, const double *y, size_t ny)
{
	double sx = stats_stddev(x, nx), sy = stats_stddev(y, ny);
	double vx = sx * sx / (double)nx, vy = sy * sy / (double)ny;
	double t, df;

	if (nx < ny ? sx <= NOISIER * sy : sy <= NOISIER * sx)
		return 0;
	t = fabs(stats_mean(x, nx) - stats_mean(y, ny)) / sqrt(vx + vy);
	df = (vx + vy) * (vx + vy) /
	     (vx * vx / (double)(nx - 1) + vy * vy / (double)(ny - 1));
	return 2 * stats_t_upper(t, df);
}

/* x[lo..hi-1] as if there were no step but number i. */
static void
flatten(const struct steps *steps, size_t i, const double *x, size_t n,
    size_t lo, size_t hi, double *flat)
{
	double before = 0, jump = 0;

	for (size_t j = 0; j <= steps->n; j++) {
		size_t a = begin_of(steps, j), b = end_of(steps, j, n);
		double median;

		if (b <= lo || a >= hi)
			continue;
		median = step_median(x + a, b - a);
		if (j == i)
			before = median;
		if (j == i + 1)
			jump = median - before;
		for (size_t k = larger(a, lo); k < smaller(b, hi); k++)
			flat[k - lo] = x[k] - median + jump;
	}
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
	size_t lo = step->at - smaller(step->at, WINDOW);
	size_t hi = smaller(n, step->at + WINDOW);
	size_t start = larger(lo, begin_of(steps, i));
	size_t end = smaller(hi, end_of(steps, i + 1, n));
	double *scores = mem_alloc((hi - lo) * sizeof *scores), p;
	struct step_fit fit;
	double apart;
	size_t at;

	flatten(steps, i, x, n, lo, hi, scores);
	step_scores(scores, hi - lo, scores);
	fit = step_fit(scores, hi - lo, start + rule->least - lo,
	    end - rule->least - lo, false);
	step->at = lo + fit.at;
	step->gain = fit.gain;
	step->spread = step_spread(&fit.noise);
	p = unequal_p(scores + (start - lo), step->at - start,
	    scores + (step->at - lo), end - step->at);
	step->p = fmax(p, step_p(fit.gain, hi - lo, fit.at));
	apart = step_apart(x + start, end - start, rule->least, &at);
	apart = fmax(
	    apart, unequal_p(x + start, at, x + start + at, end - start - at));
	step->apart = apart <= rule->alpha;
	if (apart < step->p) {
		step->p = apart;
		step->at = start + at;
	}
	free(scores);
}

static void
leave_out(struct steps *steps, size_t i)
{
	steps->n--;
	memmove(&steps->step[i], &steps->step[i + 1],
	    (steps->n - i) * sizeof *steps->step);
}

/* Leaves out the weakest steps until all that are left are strong enough. */
static void
drop_weak(struct steps *steps, const double *x, size_t n,
    const struct step_rule *rule)
{
	for (size_t i = 0; i < steps->n; i++)
		weigh(steps, i, x, n, rule);
	while (steps->n) {
		size_t worst = 0;

		for (size_t i = 1; i < steps->n; i++)
			if (steps->step[i].p > steps->step[worst].p)
				worst = i;
		if (steps->step[worst].p <= rule->alpha)
			return;
		leave_out(steps, worst);
		if (worst > 0)
			weigh(steps, worst - 1, x, n, rule);
		if (worst < steps->n)
			weigh(steps, worst, x, n, rule);
	}
}

/* What each further step must explain more than a line does. */
static const double STEP_PRICE = 10;

/*
 * Whether a line explains the course as well as all steps together. Values far
 * from their level count as if they were FAR standard deviations from it.
 */
static bool
is_line(const struct steps *steps, const double *x, size_t n)
{
	double *level = mem_alloc(n * sizeof *level);
	double *off = mem_alloc(n * sizeof *off);
	bool apart = false;
	double far, gain;

	for (size_t i = 0; i < steps->n; i++)
		apart = apart || steps->step[i].apart;
	for (size_t i = 0; i <= steps->n; i++) {
		size_t a = begin_of(steps, i), b = end_of(steps, i, n);
		double median = step_median(x + a, b - a);

		for (size_t k = a; k < b; k++) {
			level[k] = median;
			off[k] = fabs(x[k] - median);
		}
	}
	far = FAR * SD_OF_MAD * step_median(off, n);
	for (size_t k = 0; k < n; k++) {
		off[k] = fmax(-far, fmin(far, x[k] - level[k]));
		level[k] += off[k];
	}
	gain = step_deviance(level, n, true) - step_deviance(off, n, false);
	free(level);
	free(off);
	return !apart &&
	       gain < STEP_OVER_LINE + STEP_PRICE * (double)(steps->n - 1);
}

/*
 * Where a step may as well be, at 0.95: where the likelihood is less than the
 * greatest by a factor of exp(RANGE_DROP / 2) at most. Source: Hansen 2000,
 * "Sample Splitting and Threshold Estimation", Econometrica 68, section 3.
 */
static const double RANGE_DROP = 7.352;

/* Noise that is less than this part of a step is taken for as much. */
static const double FINE = 0.02;

/*
 * Two levels, the standard deviation about them, and how many of them from a
 * level a value is not of it. Where levels are apart there is no doubt of such
 * a value, however noise depends on what was before.
 */
struct contrast {
	double old, new, sd, far;
};

static struct contrast
contrast_of(const double *x, size_t at, size_t n)
{
	struct contrast c = {
	    .old = step_median(x, at),
	    .new = step_median(x + at, n - at),
	    .far = FAR,
	};
	double *off = mem_alloc(n * sizeof *off);

	for (size_t i = 0; i < n; i++)
		off[i] = fabs(x[i] - (i < at ? c.old : c.new));
	c.sd = SD_OF_MAD * step_median(off, n);
	c.sd = fmax(c.sd, FINE * fabs(c.new - c.old));
	free(off);
	return c;
}

/* How much worse a value fits the old level than the new one. */
static double
misfit(const struct contrast *c, double x)
{
	double old = fmin(fabs(x - c->old) / c->sd, c->far);
	double new = fmin(fabs(x - c->new) / c->sd, c->far);

	return old * old - new *new;
}

/*
 * Puts a step where the values fit the levels about it best. They are compared
 * as they are, and not by rank: of a large step ranks do not tell how large it
 * is. What is far from both levels says nothing. Says whether it stands: not
 * where all places that leave levels long enough are ruled out by a shorter
 * one.
 */
static bool
settle(struct steps *steps, size_t i, const double *x, size_t n,
    const struct step_rule *rule)
{
	struct step *step = &steps->step[i];
	size_t start = begin_of(steps, i), end = end_of(steps, i + 1, n);
	struct contrast c =
	    contrast_of(x + start, step->at - start, end - start);
	size_t from = start + rule->least, to = end - rule->least;
	double sum = 0, best = INFINITY, least = INFINITY, drop = RANGE_DROP;

	if (step->apart)
		c.far *= 2;
	else
		drop *= step->spread;

	step->from = step->to = step->at;
	if (!(c.sd > 0))
		return true;
	for (size_t t = start + 1; t < end; t++) {
		sum += misfit(&c, x[t - 1]);
		least = fmin(least, sum);
		if (t >= from && t <= to && sum < best) {
			best = sum;
			step->at = t;
		}
	}
	step->from = step->to = step->at;
	sum = 0;
	for (size_t t = start + 1; t < end; t++) {
		sum += misfit(&c, x[t - 1]);
		if (sum <= least + drop) {
			step->from = smaller(step->from, t);
			step->to = larger(step->to, t);
		}
	}
	return best <= least + drop;
}

/* Puts all steps in their places, without those that have none. */
static void
settle_all(struct steps *steps, const double *x, size_t n,
    const struct step_rule *rule)
{
	size_t i = 0;

	while (i < steps->n) {
		if (settle(steps, i, x, n, rule)) {
			i++;
			continue;
		}
		leave_out(steps, i);
		drop_weak(steps, x, n, rule);
		i = 0;
	}
}

/*
 * p of a line against none, of the whole course; 1 where a step explains it
 * better than the line does.
 */
static double
line_p(const double *x, size_t n, size_t least)
{
	double *scores = mem_alloc(n * sizeof *scores), gain;
	struct step_fit fit;

	step_scores(x, n, scores);
	gain = step_deviance(scores, n, false) - step_deviance(scores, n, true);
	fit = step_fit(scores, n, least, n - least, true);
	free(scores);
	return fit.over_line > STEP_OVER_LINE ? 1 : step_p(gain, n, n / 2);
}

double
steps_p(const double *x, size_t n, size_t least)
{
	size_t at;

	assert(n >= 2 * least);
	return fmin(strongest(x, n, least, &at), line_p(x, n, least));
}

void
steps_find(struct steps *steps, const double *x, size_t n,
    const struct step_rule *rule)
{
	*steps = (struct steps){0};
	search(steps, x, 0, n, rule);
	drop_weak(steps, x, n, rule);
	if (steps->n ? is_line(steps, x, n)
		     : line_p(x, n, rule->least) <= rule->alpha) {
		steps->is_line = true;
		steps->n = 0;
	}
	settle_all(steps, x, n, rule);
}

void
steps_release(struct steps *steps)
{
	free(steps->step);
	*steps = (struct steps){0};
}
