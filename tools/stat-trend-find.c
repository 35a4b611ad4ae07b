/* What stat-trend finds: steps, single points, and what adds up. */
#include "stat-trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a level: the intervals that are told, and when it has lasted. */
static const double LEVEL = 0.95;
enum {
	SETTLED = 8,	/* points after a step that is stable */
	SPIKE_LEAST = 8 /* points of a level that shows what is outside it */
};

static void
take_logs(struct course *course)
{
	course->is_log = true;
	for (size_t i = 0; i < course->n; i++)
		course->is_log = course->is_log && course->x[i] > 0;
	course->y = course->x;
	if (!course->is_log)
		return;
	course->y = mem_alloc(course->n * sizeof *course->y);
	for (size_t i = 0; i < course->n; i++)
		course->y[i] = log(course->x[i]);
}

static void
add_stretches(struct trends *trends, struct course *course)
{
	for (size_t i = 0; i <= course->n_cuts; i++) {
		size_t start = i ? course->cuts[i - 1] : 0;
		size_t end = i < course->n_cuts ? course->cuts[i] : course->n;

		*MEM_PUSH(trends->stretches, trends->n_stretches,
		    trends->stretches_capacity) = (struct stretch){
		    .course = course,
		    .start = start,
		    .end = end,
		    .p = NAN,
		    .q = NAN,
		};
	}
}

/* The p that a step may have, where so many of n series have any. */
static double
level_within(const struct choices *choices, size_t found, size_t n)
{
	double lone = stats_lone_p(choices->correction, choices->rate, n);

	if (choices->correction == STATS_HOLM)
		lone = choices->rate / (double)(n - found + 1);
	else if (choices->correction != STATS_UNCORRECTED)
		lone *= (double)found;
	return fmin(choices->alpha, lone);
}

/* p of any step in each stretch that has room for one. */
static void
any_step(struct trends *trends, const struct choices *choices)
{
	for (size_t i = 0; i < trends->n_stretches; i++) {
		struct stretch *stretch = &trends->stretches[i];
		const double *y = stretch->course->y + stretch->start;
		size_t n = stretch->end - stretch->start;

		if (n >= 2 * choices->least)
			stretch->p = steps_p(y, n, choices->least);
	}
}

/* Whether a stretch is tested among those that gate, or among the others. */
static bool
is_of(const struct stretch *stretch, bool gates)
{
	return stretch->course->gates == gates && !isnan(stretch->p);
}

/* Sets q of a family; how many there are in it. */
static size_t
correct(struct trends *trends, const struct choices *choices, bool gates)
{
	double *p = mem_alloc((trends->n_stretches + 1) * sizeof *p);
	size_t tested = 0, k = 0;

	for (size_t i = 0; i < trends->n_stretches; i++)
		if (is_of(&trends->stretches[i], gates))
			p[tested++] = trends->stretches[i].p;
	if (tested)
		stats_correct(choices->correction, p, tested, p);
	for (size_t i = 0; i < trends->n_stretches; i++)
		if (is_of(&trends->stretches[i], gates))
			trends->stretches[i].q = p[k++];
	free(p);
	return tested;
}

static bool
has_any(const struct stretch *stretch, const struct choices *choices)
{
	return stretch->p <= choices->alpha && stretch->q <= choices->rate;
}

/*
 * The steps of a family of stretches. Those that have any are found first, then
 * all steps of these, at the level that this leaves: Benjamini and Bogomolov
 * 2014, "Selective Inference on Multiple Families of Hypotheses".
 */
static void
find_steps(struct trends *trends, const struct choices *choices, bool gates)
{
	struct step_rule rule = {.least = choices->least};
	size_t tested = correct(trends, choices, gates), found = 0;

	trends->lone_p[gates] = level_within(choices, 1, tested ? tested : 1);
	for (size_t i = 0; i < trends->n_stretches; i++)
		found += is_of(&trends->stretches[i], gates) &&
			 has_any(&trends->stretches[i], choices);
	if (found)
		rule.alpha = level_within(choices, found, tested);
	for (size_t i = 0; i < trends->n_stretches; i++) {
		struct stretch *stretch = &trends->stretches[i];
		struct steps *steps = &stretch->steps;

		if (!is_of(stretch, gates) || !has_any(stretch, choices))
			continue;
		steps_find(steps, stretch->course->y + stretch->start,
		    stretch->end - stretch->start, &rule);
		for (size_t k = 0; k < steps->n; k++) {
			double q = steps->step[k].p * stretch->q / stretch->p;

			steps->step[k].q = fmin(1, fmax(stretch->q, q));
		}
	}
}

struct level
level_at(const struct course *course, size_t start, size_t end)
{
	return (struct level){
	    .start = start,
	    .end = end,
	    .median = step_median(course->y + start, end - start),
	    .value = step_median(course->x + start, end - start),
	};
}

struct level
level_of(const struct stretch *stretch, size_t i)
{
	const struct steps *steps = &stretch->steps;

	return level_at(stretch->course,
	    stretch->start + (i ? steps->step[i - 1].at : 0),
	    i < steps->n ? stretch->start + steps->step[i].at : stretch->end);
}

/*
 * From one level to another: the interval is that of independent values, as
 * much wider as long means of the noise vary more than of such.
 */
void
change_set_levels(struct change *change, const struct course *course,
    const struct level *before, const struct level *after, double spread)
{
	const double *x = course->y + before->start, *y;
	size_t nx = before->end - before->start;
	size_t ny = after->end - after->start;
	struct stats_interval interval;
	double effect;
	bool reached;

	y = course->y + after->start;
	effect = stats_hodges_lehmann(y, ny, x, nx);
	reached = stats_shift_interval(y, ny, x, nx, LEVEL, &interval);
	if (reached) {
		interval.lo = effect - spread * (effect - interval.lo);
		interval.hi = effect + spread * (interval.hi - effect);
	}
	change_set_effect(change, course, effect, reached ? &interval : NULL,
	    before->value, after->value);
}

/* Whether it is too small to be told, or may be none at all. */
static bool
is_small(const struct change *change, const struct choices *choices)
{
	return fabs(change->change) < choices->min_effect ||
	       (change->ci.n && change->ci.x[0] <= 0 && change->ci.x[1] >= 0);
}

void
tell_regressed(struct trends *trends, struct change *change,
    const struct course *course, bool still)
{
	if (course_is_muted(course, &trends->marks, (size_t)change->index))
		change->muted = true;
	else if (change->worse == true && course->gates && still)
		trends->regressed = true;
}

/* Whether the last level of a stretch is still worse than one before it. */
static bool
is_still_worse(const struct choices *choices, const struct stretch *stretch,
    const struct level *before)
{
	struct level last = level_of(stretch, stretch->steps.n);
	struct change now = stretch->course->of;

	change_set_effect(&now, stretch->course, last.median - before->median,
	    NULL, before->value, last.value);
	return stretch->end == stretch->course->n && now.worse == true &&
	       !is_small(&now, choices);
}

static void
tell_step(struct trends *trends, const struct choices *choices,
    const struct stretch *stretch, size_t i)
{
	const struct step *step = &stretch->steps.step[i];
	struct level before = level_of(stretch, i);
	struct level after = level_of(stretch, i + 1);
	struct course *course = stretch->course;
	struct change *change = trends_add(trends, course, "step", after.start);

	change_set_levels(change, course, &before, &after, step->spread);
	if (is_small(change, choices)) {
		trends_drop(trends);
		return;
	}
	change_set_range(change, course, stretch->start + step->from,
	    stretch->start + step->to);
	change->p = step->p;
	change->q = step->q;
	change->stable = after.end - after.start >= SETTLED;
	change_explain(trends, change, before.end - before.start,
	    after.end - after.start, course->n - after.end);
	tell_regressed(
	    trends, change, course, is_still_worse(choices, stretch, &before));
}

/* The step that a mark accepts, between two parts. */
static void
tell_accepted(struct trends *trends, const struct choices *choices,
    const struct stretch *old, const struct stretch *new)
{
	struct level before = level_of(old, old->steps.n);
	struct level after = level_of(new, 0);
	struct change *change =
	    trends_add(trends, new->course, "step", after.start);

	change_set_levels(change, new->course, &before, &after, 1);
	if (is_small(change, choices)) {
		trends_drop(trends);
		return;
	}
	change->accepted = true;
	change->stable = after.end - after.start >= SETTLED;
	change_explain(trends, change, before.end - before.start,
	    after.end - after.start, new->course->n - after.end);
}

/* What is outside a level, by Tukey's outer fences. */
struct fences {
	double low, high;
};

static struct fences
fences_of(const double *y, size_t n)
{
	double *sorted = mem_alloc(n * sizeof *sorted), low, high;

	memcpy(sorted, y, n * sizeof *sorted);
	stats_sort(sorted, n);
	low = stats_quantile(sorted, n, 0.25);
	high = stats_quantile(sorted, n, 0.75);
	free(sorted);
	return (struct fences){
	    low - 3 * (high - low),
	    high + 3 * (high - low),
	};
}

/* On which side of its level a value is: -1, 0 for within, 1. */
static int
side_of(const struct fences *fences, double y)
{
	return (y > fences->high) - (y < fences->low);
}

/*
 * How many of the last points of a series are all far from the level of those
 * before them, on one side, and too few for a level.
 */
static size_t
count_last(const struct course *course, const struct level *level, size_t least)
{
	const double *y = course->y + level->start;
	size_t n = level->end - level->start;

	if (level->end < course->n)
		return 0;
	if (least > SPIKE_LEAST)
		least = SPIKE_LEAST;
	for (size_t last = least - 1; last > 0; last--) {
		struct fences fences;
		int side;
		size_t k = n - 1;

		if (n < SPIKE_LEAST + last)
			continue;
		fences = fences_of(y, n - last);
		side = side_of(&fences, y[k]);
		while (side && k > 0 && side_of(&fences, y[k - 1]) == side)
			k--;
		if (side && k <= n - last)
			return k == n - last ? last : 0;
	}
	return 0;
}

/* One of `last` points at the end, or, with 0, a single one. */
static void
tell_outlier(struct trends *trends, const struct choices *choices,
    struct course *course, const struct level *level, size_t at, size_t last)
{
	struct change *change = trends_add(trends, course, "outlier", at);

	change_set_effect(change, course, course->y[at] - level->median, NULL,
	    level->value, course->x[at]);
	if (is_small(change, choices)) {
		trends_drop(trends);
		return;
	}
	change_explain(trends, change, level->end - level->start - !last,
	    last ? last : 1, 0);
	if (course_is_muted(course, &trends->marks, at))
		change->muted = true;
}

/* Points far outside their level: single ones, and the last ones. */
static void
tell_outliers(struct trends *trends, const struct choices *choices,
    const struct stretch *stretch, size_t i)
{
	struct level level = level_of(stretch, i);
	struct course *course = stretch->course;
	size_t last = count_last(course, &level, choices->least), n;
	size_t first = trends->n_changes;
	struct fences fences;

	level = level_at(course, level.start, level.end - last);
	n = level.end - level.start;
	if (n < SPIKE_LEAST)
		return;
	fences = fences_of(course->y + level.start, n);
	for (size_t k = level.start; k < level.end; k++)
		if (side_of(&fences, course->y[k]))
			tell_outlier(trends, choices, course, &level, k, 0);
	/* Where there are many, it is what the noise is like. */
	if (10 * (trends->n_changes - first) > n) {
		while (trends->n_changes > first)
			trends_drop(trends);
		return;
	}
	for (size_t k = level.end; k < level.end + last; k++)
		tell_outlier(trends, choices, course, &level, k, last);
}

static int
compare_changes(const void *a, const void *b)
{
	const struct change *p = a, *q = b;

	return (p->index > q->index) - (p->index < q->index);
}

static void
tell_stretch(struct trends *trends, const struct choices *choices, size_t i)
{
	const struct stretch *stretch = &trends->stretches[i];

	if (i && stretch[-1].course == stretch->course)
		tell_accepted(trends, choices, stretch - 1, stretch);
	for (size_t k = 0; k <= stretch->steps.n; k++) {
		if (k)
			tell_step(trends, choices, stretch, k - 1);
		tell_outliers(trends, choices, stretch, k);
	}
	tell_creep(trends, stretch);
}

void
trends_find(struct trends *trends, const struct choices *choices)
{
	size_t first = 0;

	for (size_t i = 0; i < trends->n; i++) {
		take_logs(&trends->courses[i]);
		course_cut(&trends->courses[i], &trends->marks);
		add_stretches(trends, &trends->courses[i]);
	}
	any_step(trends, choices);
	find_steps(trends, choices, true);
	find_steps(trends, choices, false);
	for (size_t i = 0; i < trends->n_stretches; i++) {
		tell_stretch(trends, choices, i);
		if (i + 1 < trends->n_stretches &&
		    trends->stretches[i + 1].course ==
			trends->stretches[i].course)
			continue;
		if (trends->n_changes > first)
			qsort(trends->changes + first,
			    trends->n_changes - first, sizeof *trends->changes,
			    compare_changes);
		first = trends->n_changes;
	}
}
