#include "stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCKS = STATS_GROWTH_BLOCKS,
	PAIRS = BLOCKS * (BLOCKS - 1) / 2
};

/* The course of a metric in a few points. */
struct course {
	double t[BLOCKS];
	double x[BLOCKS];
};

/* How often x rises less how often it falls, over all pairs. */
static double
kendall_score(const double *x, size_t n, double *ties)
{
	double score = 0, tied;

	*ties = 0;
	for (size_t i = 0; i < n; i++) {
		size_t equal = 1;
		bool seen = false;

		for (size_t j = 0; j < i; j++)
			seen = seen || x[j] == x[i];
		for (size_t j = i + 1; j < n; j++) {
			score += (x[j] > x[i]) - (x[j] < x[i]);
			equal += x[j] == x[i];
		}
		tied = (double)equal;
		if (!seen)
			*ties += tied * (tied - 1) * (2 * tied + 5);
	}
	return score;
}

/*
 * In how many of the n! orders there are k pairs that fall, for each k up to
 * n (n - 1) / 2; n at most BLOCKS. Each value that is put in front of the
 * others falls below 0 to all of them.
 */
static void
count_falls(size_t n, double *ways)
{
	size_t most = 0;

	ways[0] = 1;
	for (size_t m = 2; m <= n; m++) {
		double next[PAIRS + 1] = {0};

		for (size_t k = 0; k <= most; k++)
			for (size_t add = 0; add < m; add++)
				next[k + add] += ways[k];
		most += m - 1;
		memcpy(ways, next, (most + 1) * sizeof(*ways));
	}
}

/* P(at most k pairs fall) where no order is more likely than another. */
static double
falls_at_most(size_t n, double k)
{
	double ways[PAIRS + 1] = {0}, below = 0, all = 0;
	size_t most = n * (n - 1) / 2;

	count_falls(n, ways);
	for (size_t i = 0; i <= most; i++) {
		all += ways[i];
		if ((double)i <= k)
			below += ways[i];
	}
	return below / all;
}

double
stats_kendall_rise(const double *x, size_t n)
{
	double count = (double)n, pairs = count * (count - 1) / 2;
	double score, ties, variance;

	assert(n >= 2);
	score = kendall_score(x, n, &ties);
	if (n <= BLOCKS && ties == 0)
		return falls_at_most(n, (pairs - score) / 2);
	variance = (count * (count - 1) * (2 * count + 5) - ties) / 18;
	if (!(variance > 0))
		return 1;
	return erfc((score - 1) / sqrt(variance) * M_SQRT1_2) / 2;
}

/* The slopes of all pairs of points, ascending; how many there are. */
static size_t
slopes_of(const double *t, const double *x, size_t n, double *slopes)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			slopes[count++] = (x[j] - x[i]) / (t[j] - t[i]);
	stats_sort(slopes, count);
	return count;
}

/*
 * The largest rank, from 1, so that the slopes of this rank from below and
 * from above enclose the true one at this level; 0 where none does.
 */
static size_t
slope_rank(size_t n, double level)
{
	size_t rank = 0;

	while (falls_at_most(n, (double)rank) <= (1 - level) / 2 * (1 + 1e-12))
		rank++;
	return rank;
}

bool
stats_slope(const double *t, const double *x, size_t n, double level,
    double *slope, struct stats_interval *out)
{
	double slopes[PAIRS];
	size_t count, rank;

	assert(n >= 2 && n <= BLOCKS);
	assert(level > 0 && level < 1);
	for (size_t i = 1; i < n; i++)
		assert(t[i] > t[i - 1]);
	count = slopes_of(t, x, n, slopes);
	*slope = stats_median(slopes, count);
	rank = slope_rank(n, level);
	if (rank == 0)
		return false;
	out->lo = slopes[rank - 1];
	out->hi = slopes[count - rank];
	return true;
}

/* The medians of consecutive blocks; false where their times do not rise. */
static bool
reduce(const double *t, const double *x, size_t n, struct course *course)
{
	double *scratch = calloc(n, sizeof(*scratch));
	bool rises = true;

	if (scratch == NULL)
		abort();
	for (size_t b = 0; b < BLOCKS; b++) {
		size_t start = b * n / BLOCKS;
		size_t count = (b + 1) * n / BLOCKS - start;

		memcpy(scratch, x + start, count * sizeof(*scratch));
		stats_sort(scratch, count);
		course->x[b] = stats_median(scratch, count);
		course->t[b] = stats_median(t + start, count);
		rises = rises && (b == 0 || course->t[b] > course->t[b - 1]);
	}
	free(scratch);
	return rises;
}

/* Whether it rises faster and faster: its steps rise, and much. */
static bool
is_bent_up(const struct course *course, double tail)
{
	double steps[BLOCKS - 1], slopes[PAIRS], early, late;
	size_t half = BLOCKS / 2, count;

	for (size_t b = 0; b + 1 < BLOCKS; b++)
		steps[b] = (course->x[b + 1] - course->x[b]) /
			   (course->t[b + 1] - course->t[b]);
	count = slopes_of(course->t, course->x, half, slopes);
	early = stats_median(slopes, count);
	count = slopes_of(
	    course->t + half, course->x + half, BLOCKS - half, slopes);
	late = stats_median(slopes, count);
	return late >= STATS_GROWTH_BENT * early &&
	       stats_kendall_rise(steps, BLOCKS - 1) <= tail;
}

bool
stats_growth(const double *t, const double *x, size_t n, double level,
    struct stats_growth *out)
{
	double start, span, size;
	struct course course;
	size_t first = 0;

	assert(n >= 1);
	assert(level > 0 && level < 1);
	start = t[0] + (t[n - 1] - t[0]) / 3;
	while (first < n && t[first] < start)
		first++;
	if (n - first < BLOCKS ||
	    !reduce(t + first, x + first, n - first, &course))
		return false;
	if (!stats_slope(
		course.t, course.x, BLOCKS, level, &out->slope, &out->interval))
		return false;
	span = t[n - 1] - t[first];
	size = fabs(course.x[0]);
	out->kind = STATS_STABLE;
	if (!(out->interval.lo > 0) ||
	    out->slope * span < STATS_GROWTH_LEAST * size)
		return true;
	out->kind = is_bent_up(&course, (1 - level) / 2) ? STATS_SUPERLINEAR
							 : STATS_LINEAR;
	return true;
}
