/* What stat-trend finds that no single step shows. */
#include "stat-trend.h"

#include <math.h>
#include <stdlib.h>

/* Of a slope, how much of either end is compared. */
enum {
	ENDS = 5
};

/* The effect that a change of so much has, in y, upward. */
static double
effect_of(const struct course *course, double fraction, double level)
{
	return course->is_log ? log1p(fraction) : fraction * fabs(level);
}

/*
 * By how much y is worse at one level than at another; where nobody says what
 * is better, by how much it differs.
 */
static double
worse_by(int direction, double before, double after)
{
	if (direction == ABSENT)
		return fabs(after - before);
	return direction ? before - after : after - before;
}

/*
 * The level that the last one is furthest from toward worse, where no step
 * behind it is as large as what matters, and there are two or more; or the
 * last one.
 */
static size_t
best_level(const struct stretch *stretch, int direction)
{
	const struct steps *steps = &stretch->steps;
	const struct course *course = stretch->course;
	size_t best = steps->n;
	struct level last = level_of(stretch, best), after = last;
	double most = 0;

	for (size_t i = steps->n; i-- > 0;) {
		struct level level = level_of(stretch, i);
		double matters =
		    effect_of(course, course->threshold, level.median);
		double worse = worse_by(direction, level.median, last.median);

		if (worse_by(direction, level.median, after.median) >= matters)
			break;
		if (worse > most && worse >= matters && i + 2 <= steps->n) {
			most = worse;
			best = i;
		}
		after = level;
	}
	return best;
}

static void
tell(struct trends *trends, const struct stretch *stretch,
    const struct level *before, const struct level *after, double p, double q,
    double spread)
{
	struct course *course = stretch->course;
	struct change *change =
	    trends_add(trends, course, "creep", after->start);

	change_set_levels(change, course, before, after, spread);
	change_set_range(change, course, before->end, after->start);
	change->p = p;
	change->q = q;
	change_explain(trends, change, before->end - before->start,
	    after->end - after->start, 0);
	tell_regressed(trends, change, course, stretch->end == course->n);
}

/* A slope: the first points of it beside the last ones. */
static void
tell_slope(struct trends *trends, const struct stretch *stretch, int direction)
{
	const struct course *course = stretch->course;
	size_t n = (stretch->end - stretch->start) / ENDS;
	size_t start = stretch->start, end = stretch->end;
	struct level before, after;
	double matters;

	n = n < STEP_LEAST ? STEP_LEAST : n;
	before = level_at(course, start, start + n);
	after = level_at(course, end - n, end);
	matters = effect_of(course, course->threshold, before.median);
	if (worse_by(direction, before.median, after.median) >= matters)
		tell(trends, stretch, &before, &after, stretch->p, stretch->q,
		    1);
}

void
tell_creep(struct trends *trends, const struct stretch *stretch)
{
	const struct steps *steps = &stretch->steps;
	int direction = change_direction(&stretch->course->of);
	size_t best = best_level(stretch, direction);
	double p = 0, q = 0, spread = 1;
	struct level before, after;

	if (steps->is_line) {
		tell_slope(trends, stretch, direction);
		return;
	}
	if (best == steps->n)
		return;
	for (size_t i = best; i < steps->n; i++) {
		p = fmax(p, steps->step[i].p);
		q = fmax(q, steps->step[i].q);
		spread = fmax(spread, steps->step[i].spread);
	}
	before = level_of(stretch, best);
	after = level_of(stretch, steps->n);
	tell(trends, stretch, &before, &after, p, q, spread);
}
