/*
 * stat-agg: how the pools of a round become its value, and what is said of
 * more lines than are kept.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"
#include "stats.h"

/* What a group has of a round, in its own unit. */
struct share {
	double round; /* NAN for the lines without one */
	double value; /* where there is one line */
	struct tally *tally;
	uint64_t order;
	size_t group; /* groups are in the order of their units */
	struct conversion by;
};

/* Shares of one round that go into one value. */
struct shares {
	struct share *s;
	size_t n, capacity;
};

static double
convert(double x, const struct share *share)
{
	return x * share->by.multiply / share->by.divide;
}

static void
collect(struct shares *shares, const struct plan *plan)
{
	for (size_t g = 0; g < plan->source->n; g++) {
		const struct group *group = &plan->source->groups[g];
		struct share share;

		if (!plan_takes(plan, group))
			continue;
		share.by = conversion_of(group, plan);
		share.group = g;
		for (size_t i = 0; i < group->pools->n; i++) {
			const struct round_lines *pool = &group->pools->p[i];

			share.round = pool->round;
			share.value = pool->value;
			share.tally = pool->tally;
			share.order =
			    pool->tally ? pool->tally->order : pool->order;
			*MEM_PUSH(shares->s, shares->n, shares->capacity) =
			    share;
		}
		share.round = (double)NAN;
		share.tally = group->pools->loose;
		if (!share.tally)
			continue;
		share.order = share.tally->order;
		*MEM_PUSH(shares->s, shares->n, shares->capacity) = share;
	}
}

/*
 * By group, not by the order of lines: what is added up in doubles must not
 * depend on how the input was shuffled.
 */
static int
compare_shares(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (isnan(x->round) != isnan(y->round))
		return isnan(x->round) ? 1 : -1;
	if (x->round < y->round || x->round > y->round)
		return x->round < y->round ? -1 : 1;
	return (x->group > y->group) - (x->group < y->group);
}

/* --- what shares come to, in the unit of the plan --- */

static uint64_t
count_of(const struct share *s, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += s[i].tally ? s[i].tally->n : 1;
	return count;
}

static double
sum_of(const struct share *s, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += convert(
		    s[i].tally ? sum_value(&s[i].tally->sum) : s[i].value,
		    &s[i]);
	return sum;
}

static double
min_of(const struct share *s, size_t n)
{
	double min = INFINITY;

	for (size_t i = 0; i < n; i++)
		min = fmin(min,
		    convert(s[i].tally ? s[i].tally->min : s[i].value, &s[i]));
	return min;
}

static double
max_of(const struct share *s, size_t n)
{
	double max = -INFINITY;

	for (size_t i = 0; i < n; i++)
		max = fmax(max,
		    convert(s[i].tally ? s[i].tally->max : s[i].value, &s[i]));
	return max;
}

/* What rounding has put outside of the values is put back. */
static double
clamp(double x, const struct share *s, size_t n)
{
	return fmin(fmax(x, min_of(s, n)), max_of(s, n));
}

static double
mean_of(const struct share *s, size_t n)
{
	return clamp(sum_of(s, n) / (double)count_of(s, n), s, n);
}

/*
 * Exact but for the last steps where there is one share; several are combined.
 * Source: Chan, Golub and LeVeque 1983, "Algorithms for computing the sample
 * variance", The American Statistician 37.
 */
static double
stddev_of(const struct share *s, size_t n)
{
	double count = 0, mean = 0, squares = 0, part = (double)NAN;

	for (size_t i = 0; i < n; i++) {
		double own = (double)count_of(&s[i], 1);
		double away = mean_of(&s[i], 1) - mean;

		part = s[i].tally
			   ? convert(sum_stddev(&s[i].tally->sum,
					 &s[i].tally->squares, s[i].tally->n),
				 &s[i])
			   : (double)NAN;
		if (own > 1)
			squares += part * part * (own - 1);
		squares += away * away * count * own / (count + own);
		count += own;
		mean += away * own / count;
	}
	if (n == 1)
		return part;
	return count > 1 ? sqrt(squares / (count - 1)) : (double)NAN;
}

static double
geometric_mean_of(const struct share *s, size_t n)
{
	double logs = 0;

	if (!(min_of(s, n) > 0))
		return (double)NAN;
	for (size_t i = 0; i < n; i++) {
		double own = (double)count_of(&s[i], 1);

		logs +=
		    s[i].tally ? sum_value(&s[i].tally->logs) : log(s[i].value);
		logs += own * log(s[i].by.multiply / s[i].by.divide);
	}
	return clamp(exp(logs / (double)count_of(s, n)), s, n);
}

static void
points_of(struct points *points, const struct share *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].tally)
			points_add_sketch(points, &s[i].tally->sketch,
			    s[i].tally->min, s[i].tally->max, s[i].by.multiply,
			    s[i].by.divide);
		else
			points_add(points, convert(s[i].value, &s[i]), 1);
	points_sort(points);
}

static double
quantile_of(const struct share *s, size_t n, double fraction)
{
	struct points points = {0};
	double quantile;

	points_of(&points, s, n);
	quantile = points_quantile(&points, fraction);
	points_release(&points);
	return quantile;
}

static double
last_of(const struct share *s, size_t n)
{
	const struct share *last = s;

	for (size_t i = 1; i < n; i++)
		if (s[i].order > last->order)
			last = &s[i];
	return convert(last->tally ? last->tally->last : last->value, last);
}

static double
value_of(struct aggregator aggregator, const struct share *s, size_t n)
{
	switch (aggregator.kind) {
	case AGGREGATE_MEAN:
		return mean_of(s, n);
	case AGGREGATE_MEDIAN:
		return quantile_of(s, n, 0.5);
	case AGGREGATE_PERCENTILE:
		return quantile_of(s, n, aggregator.fraction);
	case AGGREGATE_MIN:
		return min_of(s, n);
	case AGGREGATE_MAX:
		return max_of(s, n);
	case AGGREGATE_SUM:
	case AGGREGATE_RATE:
		return sum_of(s, n);
	case AGGREGATE_COUNT:
		return (double)count_of(s, n);
	case AGGREGATE_STDDEV:
		return stddev_of(s, n);
	case AGGREGATE_GEOMETRIC_MEAN:
		return geometric_mean_of(s, n);
	case AGGREGATE_LAST:
		return last_of(s, n);
	case AGGREGATE_SUCCESS_RATE:
		break;
	}
	return (double)NAN;
}

/* --- rounds --- */

static bool
is_quantile(enum aggregation kind)
{
	return kind == AGGREGATE_MEDIAN || kind == AGGREGATE_PERCENTILE;
}

/*
 * The lines without a round, each a round of its own: what is one line's
 * value depends on the aggregator. Returns false where it has none.
 */
static bool
add_loose(struct rounds *rounds, const struct share *s, size_t n,
    const struct subject *subject, const struct plan *plan)
{
	enum aggregation kind = plan->aggregator.kind;
	uint64_t count = count_of(s, n);

	if (kind == AGGREGATE_RATE)
		die("case %s: metric %s: a rate needs samples that say their "
		    "round",
		    subject->name, plan->name);
	if (kind == AGGREGATE_STDDEV ||
	    (kind == AGGREGATE_GEOMETRIC_MEAN && !(min_of(s, n) > 0)))
		return false;
	rounds->pooled = true;
	rounds->paired = false;
	if (kind == AGGREGATE_COUNT) {
		points_add(&rounds->points, 1, count);
		rounds->mean = 1;
		rounds->stddev = 0;
		return true;
	}
	rounds_check(min_of(s, n), subject, plan);
	rounds_check(max_of(s, n), subject, plan);
	points_of(&rounds->points, s, n);
	rounds->mean = mean_of(s, n);
	rounds->stddev = stddev_of(s, n);
	rounds->error = s[0].tally->sketch.error;
	return true;
}

/* The round values join what has no round, and are then not listed. */
static void
add_rounds_to_loose(struct rounds *rounds)
{
	double loose = (double)rounds->points.total;
	double n = (double)rounds->n, mean, stddev, away, squares;

	if (!rounds->n)
		return;
	mean = stats_mean(rounds->values, rounds->n);
	stddev = stats_stddev(rounds->values, rounds->n);
	away = mean - rounds->mean;
	squares = rounds->stddev * rounds->stddev * (loose - 1) +
		  (rounds->n > 1 ? stddev * stddev * (n - 1) : 0) +
		  away * away * loose * n / (loose + n);
	if (loose <= 1)
		squares = (rounds->n > 1 ? stddev * stddev * (n - 1) : 0) +
			  away * away * loose * n / (loose + n);
	rounds->mean += away * n / (loose + n);
	rounds->stddev = sqrt(squares / (loose + n - 1));
	for (size_t i = 0; i < rounds->n; i++)
		points_add(&rounds->points, rounds->values[i], 1);
	points_sort(&rounds->points);
}

static bool
add_round(struct rounds *rounds, const struct share *s, size_t n,
    const struct times *times, const struct subject *subject,
    const struct plan *plan, double total[2])
{
	double value = value_of(plan->aggregator, s, n);

	if (isnan(value))
		return false;
	if (plan->aggregator.kind == AGGREGATE_RATE) {
		double seconds = times_of_round(times, s->round, subject, plan);

		total[0] += value;
		total[1] += seconds;
		value /= seconds;
	}
	/* One and two lines are the least and the greatest: exact. */
	if (is_quantile(plan->aggregator.kind) && count_of(s, n) > 2)
		for (size_t i = 0; i < n; i++)
			if (s[i].tally)
				rounds->error = s[i].tally->sketch.error;
	rounds_add(rounds, s->round, value, subject, plan);
	return true;
}

static bool
make_values(struct rounds *rounds, const struct shares *shares,
    const struct times *times, const struct subject *subject,
    const struct plan *plan)
{
	double total[2] = {0, 0}; /* the amount, and the seconds */
	size_t end;

	for (size_t start = 0; start < shares->n; start = end) {
		const struct share *s = &shares->s[start];

		if (isnan(s->round)) {
			if (!add_loose(
				rounds, s, shares->n - start, subject, plan))
				return false;
			add_rounds_to_loose(rounds);
			break;
		}
		end = start + 1;
		while (end < shares->n && shares->s[end].round == s->round)
			end++;
		if (!add_round(
			rounds, s, end - start, times, subject, plan, total))
			return false;
	}
	rounds->overall = total[1] > 0 ? total[0] / total[1] : (double)NAN;
	return true;
}

bool
rounds_of_pools(struct rounds *rounds, const struct subject *subject,
    const struct plan *plan)
{
	struct shares shares = {0};
	struct times times = {0};
	bool done;

	collect(&shares, plan);
	qsort(shares.s, shares.n, sizeof *shares.s, compare_shares);
	if (plan->aggregator.kind == AGGREGATE_RATE)
		times_make(&times, subject, plan);
	*rounds = (struct rounds){
	    .rounds = mem_resize(NULL, shares.n, sizeof *rounds->rounds),
	    .values = mem_resize(NULL, shares.n, sizeof *rounds->values),
	    .paired = true,
	    .lines = count_of(shares.s, shares.n),
	    .error = (double)NAN,
	};
	done = make_values(rounds, &shares, &times, subject, plan);
	times_release(&times);
	free(shares.s);
	return done;
}
