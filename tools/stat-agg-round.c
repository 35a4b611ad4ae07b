/*
 * stat-agg: how the lines of a round become its value.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"
#include "stats.h"

static bool
convert_unit(const char *from, const char *to, struct conversion *conversion)
{
	double forth, back;

	*conversion = (struct conversion){1, 1};
	if (!unit_factor(from, to, &forth) || !unit_factor(to, from, &back))
		return false;
	if (forth < 1)
		conversion->divide = back;
	else
		conversion->multiply = forth;
	return true;
}

/*
 * From the unit of an amount to that of a rate: B to MB/s or to Mbps. A plain
 * number of things becomes whatever the rate counts.
 */
static bool
convert_to_rate(const char *from, const char *to, struct conversion *conversion)
{
	static const char per_second[] = "/s";
	size_t len = strlen(to);
	size_t suffix = strlen(per_second);
	char *amount = mem_copy(to);
	bool done = false;

	if (len > suffix && strcmp(to + len - suffix, per_second) == 0) {
		amount[len - suffix] = '\0';
		done = convert_unit(from, amount, conversion);
	}
	free(amount);
	if (!done && convert_unit("bps", to, conversion)) {
		struct conversion bytes;

		done = convert_unit(from, "B", &bytes);
		conversion->multiply *= 8 * bytes.multiply;
		conversion->divide *= bytes.divide;
	}
	if (done)
		return true;
	*conversion = (struct conversion){1, 1};
	return strcmp(from, "count") == 0 || strcmp(from, "1") == 0;
}

struct conversion
conversion_of(const struct group *group, const struct plan *plan)
{
	struct conversion conversion = {1, 1};
	const char *from = group->unit, *to = plan->unit;
	bool done = true;

	if (!from || !to || plan->aggregator.kind == AGGREGATE_COUNT)
		return conversion;
	if (plan->aggregator.kind == AGGREGATE_RATE)
		done = convert_to_rate(from, to, &conversion);
	else
		done = convert_unit(from, to, &conversion);
	if (!done)
		die("%s:%zu: %s: metric %s: cannot convert %s to %s",
		    group->file, group->line, plan->source->name, plan->name,
		    from, to);
	return conversion;
}

bool
plan_takes(const struct plan *plan, const struct group *group)
{
	return same_text(plan->variant, group->variant) &&
	       (plan->declared ||
		   same_text(plan->unit, group_unit(plan->source, group)));
}

static int
compare_observations(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (isnan(x->round) != isnan(y->round))
		return isnan(x->round) ? 1 : -1;
	if (x->round < y->round || x->round > y->round)
		return x->round < y->round ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

struct observations {
	struct observation *o;
	size_t n, capacity;
};

static void
collect_lines(struct observations *all, const struct plan *plan)
{
	for (size_t g = 0; g < plan->source->n; g++) {
		const struct group *group = &plan->source->groups[g];
		struct conversion by;

		if (!plan_takes(plan, group))
			continue;
		by = conversion_of(group, plan);
		for (size_t i = 0; i < group->n_lines; i++) {
			struct observation line = group->lines[i];

			line.value = line.value * by.multiply / by.divide;
			*MEM_PUSH(all->o, all->n, all->capacity) = line;
		}
	}
}

/*
 * The trials of the plan's variant as lines: for a rate how many seconds the
 * good ones took, else whether they were good: 100 % or 0 %.
 */
static void
collect_trials(struct observations *all, const struct plan *plan,
    const struct subject *subject)
{
	bool times = plan->aggregator.kind == AGGREGATE_RATE;

	for (size_t i = 0; i < subject->n_trials; i++) {
		const struct tried *trial = &subject->trials[i];

		if (!same_text(plan->variant, trial->variant))
			continue;
		if (times && !(trial->ok && trial->elapsed_ns > 0))
			continue;
		*MEM_PUSH(all->o, all->n, all->capacity) = (struct observation){
		    .round = trial->round,
		    .value = times	 ? trial->elapsed_ns / 1e9
			     : trial->ok ? 100
					 : 0,
		    .order = i,
		};
	}
}

static void
sort_by_round(struct observations *all)
{
	if (all->n > 1)
		qsort(all->o, all->n, sizeof *all->o, compare_observations);
}

/* Where the round that begins at `start` ends. */
static size_t
end_of_round(const struct observations *all, size_t start)
{
	size_t end = start + 1;

	while (end < all->n && all->o[end].round == all->o[start].round)
		end++;
	return end;
}

void
times_make(
    struct times *times, const struct subject *subject, const struct plan *plan)
{
	struct observations all = {0};
	size_t end;

	collect_trials(&all, plan, subject);
	sort_by_round(&all);
	times->n = 0;
	times->rounds = mem_resize(NULL, all.n, sizeof *times->rounds);
	times->seconds = mem_resize(NULL, all.n, sizeof *times->seconds);
	for (size_t start = 0; start < all.n; start = end) {
		struct sum sum = {0};

		end = end_of_round(&all, start);
		for (size_t i = start; i < end; i++)
			sum_add(&sum, all.o[i].value);
		times->rounds[times->n] = all.o[start].round;
		times->seconds[times->n++] = sum_value(&sum);
		sum_release(&sum);
	}
	free(all.o);
}

void
times_release(struct times *times)
{
	free(times->rounds);
	free(times->seconds);
	*times = (struct times){0};
}

double
times_of_round(const struct times *times, double round,
    const struct subject *subject, const struct plan *plan)
{
	size_t low = 0, high = times->n;

	if (isnan(round))
		die("case %s: metric %s: a rate needs samples that say their "
		    "round",
		    subject->name, plan->name);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		/* Those without a round are last. */
		if (times->rounds[middle] < round)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == times->n || times->rounds[low] != round ||
	    !(times->seconds[low] > 0))
		die("case %s: metric %s: a rate needs the elapsed time of a "
		    "good trial, and round %g has none",
		    subject->name, plan->name, round);
	return times->seconds[low];
}

void
rounds_check(
    double value, const struct subject *subject, const struct plan *plan)
{
	if (fabs(value) > RECORD_LARGEST)
		die("case %s: metric %s: a value is out of range",
		    subject->name, plan->name);
}

void
rounds_add(struct rounds *rounds, double round, double value,
    const struct subject *subject, const struct plan *plan)
{
	rounds_check(value, subject, plan);
	rounds->paired = rounds->paired && !isnan(round);
	rounds->rounds[rounds->n] = round;
	rounds->values[rounds->n++] = value;
}

/* Returns false where the aggregator has no value for the lines of a round. */
static bool
make_values(struct rounds *rounds, const struct observations *lines,
    const struct times *times, const struct subject *subject,
    const struct plan *plan)
{
	double *slice = rounds->scratch;
	double amount = 0, base = 0, value = 0;
	size_t end;

	for (size_t start = 0; start < lines->n; start = end) {
		double round = lines->o[start].round;

		end = end_of_round(lines, start);
		for (size_t i = start; i < end; i++)
			slice[i - start] = lines->o[i].value;
		value = aggregator_apply(plan->aggregator, slice, end - start);
		if (isnan(value))
			break;
		if (plan->aggregator.kind == AGGREGATE_SUCCESS_RATE) {
			amount += stats_sum(slice, end - start);
			base += (double)(end - start);
		}
		if (plan->aggregator.kind == AGGREGATE_RATE) {
			double seconds =
			    times_of_round(times, round, subject, plan);

			amount += value;
			base += seconds;
			value /= seconds;
		}
		rounds_add(rounds, round, value, subject, plan);
	}
	rounds->overall = base > 0 ? amount / base : (double)NAN;
	return !isnan(value);
}

/* Where the lines are kept. */
static bool
rounds_of_lines(struct rounds *rounds, const struct subject *subject,
    const struct plan *plan)
{
	struct observations lines = {0};
	struct times times = {0};
	bool done;

	if (plan->aggregator.kind == AGGREGATE_SUCCESS_RATE)
		collect_trials(&lines, plan, subject);
	else
		collect_lines(&lines, plan);
	if (plan->aggregator.kind == AGGREGATE_RATE)
		times_make(&times, subject, plan);
	sort_by_round(&lines);
	*rounds = (struct rounds){
	    .rounds = mem_resize(NULL, lines.n, sizeof *rounds->rounds),
	    .values = mem_resize(NULL, lines.n, sizeof *rounds->values),
	    .scratch = mem_resize(NULL, lines.n, sizeof *rounds->scratch),
	    .paired = true,
	    .lines = lines.n,
	    .error = (double)NAN,
	};
	done = make_values(rounds, &lines, &times, subject, plan);
	free(lines.o);
	times_release(&times);
	return done;
}

static bool
has_pools(const struct plan *plan)
{
	if (plan->aggregator.kind == AGGREGATE_SUCCESS_RATE)
		return false;
	for (size_t g = 0; g < plan->source->n; g++)
		if (plan->source->groups[g].pools &&
		    plan_takes(plan, &plan->source->groups[g]))
			return true;
	return false;
}

/* Of too many values only what they come to is said. */
static void
pool_values(struct rounds *rounds)
{
	rounds->pooled = true;
	rounds->mean = stats_mean(rounds->values, rounds->n);
	rounds->stddev = stats_stddev(rounds->values, rounds->n);
	for (size_t i = 0; i < rounds->n; i++)
		points_add(&rounds->points, rounds->values[i], 1);
	points_sort(&rounds->points);
}

bool
rounds_make(struct rounds *rounds, const struct subject *subject,
    const struct plan *plan)
{
	bool done = has_pools(plan) ? rounds_of_pools(rounds, subject, plan)
				    : rounds_of_lines(rounds, subject, plan);

	if (!done)
		warn("case %s: metric %s has no summary: its %s needs %s",
		    subject->name, plan->name, plan->word,
		    plan->aggregator.kind == AGGREGATE_STDDEV
			? "two lines in every round"
			: "values above zero");
	else if (!rounds->pooled && rounds->n > MOST_VALUES &&
		 plan->aggregator.kind != AGGREGATE_SUCCESS_RATE)
		pool_values(rounds);
	return done;
}

void
rounds_release(struct rounds *rounds)
{
	free(rounds->rounds);
	free(rounds->values);
	free(rounds->scratch);
	points_release(&rounds->points);
	*rounds = (struct rounds){0};
}
