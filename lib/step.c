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

/*
 * What it costs to look at stretches of a length, of which there are the more
 * the shorter they are. The stretches are the seeded intervals of Kovacs and
 * others 2023, "Seeded Binary Segmentation", Biometrika 110, each shorter by
 * sqrt(1/2).
 */
static const double SCALE_COST = 2, PART_COST = 1;

/* Below this gain nothing is a step, and a line need not be fitted. */
static const double WORTH_LINE = 9;

struct search {
	const double *x;
	double *scores;
	size_t least, at;
	double gain;
};

/* Whether x[start..start+n-1] has the strongest step so far. */
static void
look(struct search *s, size_t start, size_t n, double cost)
{
	struct step_fit fit;

	step_scores(s->x + start, n, s->scores);
	fit = step_fit(s->scores, n, s->least, n - s->least, false);
	if (!(fit.gain - cost > s->gain))
		return;
	if (fit.gain - cost > WORTH_LINE) {
		fit = step_fit(s->scores, n, s->least, n - s->least, true);
		if (!(fit.over_line > STEP_OVER_LINE))
			return;
	}
	s->gain = fit.gain - cost;
	s->at = start + fit.at;
}

double
step_search(const double *x, size_t n, size_t least, size_t *at)
{
	struct search s = {.x = x, .least = least, .at = least};

	assert(n >= 2 * least);
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

/* Two of all orders of groups of at and n - at values. */
static double
two_orders(size_t n, size_t at)
{
	double all = (double)n, old = (double)at;

	return 2 *
	       exp(lgamma(old + 1) + lgamma(all - old + 1) - lgamma(all + 1));
}

double
step_p(double gain, size_t n, size_t at)
{
	double line = AT_N1 + PER_LOG_N * log((double)n);

	return fmin(
	    1, fmax(AT_P * exp(-SLOPE * (gain - line)), two_orders(n, at)));
}

size_t
step_enough(size_t least, double p)
{
	size_t n = 2 * least;

	assert(p > 0);
	while (two_orders(n, n / 2) > p)
		n++;
	return n;
}
