/*
 * stat-agg: what a summary says of more round values than it lists.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"
#include "stats.h"

static void
describe(struct summary *summary, const struct rounds *rounds)
{
	const struct points *points = &rounds->points;

	summary->n = (double)points->total;
	summary->lines = (double)rounds->lines;
	summary->mean = rounds->mean;
	summary->stddev = rounds->stddev;
	if (summary->mean != 0)
		summary->cv = summary->stddev / fabs(summary->mean);
	summary->median = points_quantile(points, 0.5);
	summary->mad = points_mad(points);
	summary->min = points_rank(points, 0);
	summary->max = points_rank(points, points->total - 1);
	summary->p50 = summary->median;
	summary->p90 = points_quantile(points, 0.90);
	summary->p95 = points_quantile(points, 0.95);
	summary->p99 = points_quantile(points, 0.99);
	summary->error = rounds->error;
}

/* What the order of the rounds tells, where all values have one. */
static void
examine(struct summary *summary, const struct rounds *rounds)
{
	size_t n = rounds->n;
	double *logs;

	if (!rounds->paired || n != rounds->points.total)
		return;
	summary->r1 = stats_lag1(rounds->values, n);
	if (!(summary->min > 0))
		return;
	logs = mem_resize(NULL, n, sizeof *logs);
	for (size_t i = 0; i < n; i++)
		logs[i] = log(rounds->values[i]);
	summary->se_block = stats_block_se(logs, n);
	free(logs);
}

/* Without values and their order no comparison can know how sure they are. */
static void
warn_of_loose(const struct summary *summary, const struct rounds *rounds)
{
	if (!rounds->paired && !is_calibration(summary->name, summary->variant))
		warn("case %s: metric %s: more than %d samples without a "
		     "round: no change in them can be shown; give them rounds",
		    summary->name, summary->metric, MOST_LINES);
}

/* The interval of a quantile; false where there is none. */
static bool
interval_of(const struct points *points, double p, double level, double ci[2])
{
	size_t lower, upper;

	if (points->total >= UINT32_MAX ||
	    !stats_quantile_ranks(
		(size_t)points->total, p, level, &lower, &upper))
		return false;
	ci[0] = points_rank(points, lower - 1);
	ci[1] = points_rank(points, upper - 1);
	return true;
}

static void
set_value(struct summary *summary, const struct rounds *rounds,
    enum aggregation kind, double level, double ci[2])
{
	switch (kind) {
	case AGGREGATE_MIN:
		summary->value = summary->min;
		break;
	case AGGREGATE_MAX:
		summary->value = summary->max;
		break;
	case AGGREGATE_SUM:
	case AGGREGATE_COUNT:
		summary->value = summary->mean;
		break;
	case AGGREGATE_RATE:
		summary->value = rounds->overall;
		break;
	default:
		summary->value = summary->median;
		if (!interval_of(&rounds->points, 0.5, level, ci))
			break;
		summary->ci = (struct numbers){ci, 2};
		summary->level = level;
		break;
	}
}

static char *
quantiles_text(const struct points *points, const struct wishes *wishes)
{
	struct jline line = {0};

	if (!wishes->n_quantiles)
		return NULL;
	jline_list(&line, NULL);
	for (size_t i = 0; i < wishes->n_quantiles; i++) {
		struct quantile quantile;
		double ci[2];

		record_clear(&quantile_type, &quantile);
		quantile.p = wishes->quantiles[i];
		quantile.value = points_quantile(points, quantile.p);
		if (interval_of(points, quantile.p, wishes->level, ci))
			quantile.ci = (struct numbers){ci, 2};
		record_put(&line, NULL, &quantile_type, &quantile);
	}
	jline_list_end(&line);
	return line.text;
}

static char *
outliers_text(const struct points *points)
{
	double q1 = points_quantile(points, 0.25);
	double q3 = points_quantile(points, 0.75);
	double mild = 0, severe = 0;

	for (size_t i = 0; i < points->n; i++) {
		double beyond =
		    fmax(q1 - points->p[i].value, points->p[i].value - q3);

		if (beyond > 3 * (q3 - q1))
			severe += (double)points->p[i].n;
		else if (beyond > 1.5 * (q3 - q1))
			mild += (double)points->p[i].n;
	}
	return mem_format("{\"mild\":%.0f,\"severe\":%.0f}", mild, severe);
}

/* --- the sketch --- */

static char *
counts_text(struct buckets *buckets)
{
	struct jline line = {0};
	struct frequencies counts = {.low = buckets->first};
	size_t n;

	buckets_count_all(buckets);
	if (!buckets->counts)
		return NULL;
	n = (size_t)(buckets->last - buckets->first) + 1;
	counts.counts.x = mem_resize(NULL, n, sizeof *counts.counts.x);
	counts.counts.n = n;
	for (size_t i = 0; i < n; i++)
		counts.counts.x[i] =
		    buckets_count(buckets, buckets->first + (int32_t)i);
	record_put(&line, NULL, &frequencies_type, &counts);
	free(counts.counts.x);
	return line.text;
}

char *
sketch_text(struct sketch *sketch)
{
	struct jline line = {0};
	char *positive = counts_text(&sketch->positive);
	char *negative = counts_text(&sketch->negative);
	struct histogram histogram = {
	    .error = sketch->error,
	    .zeros = sketch->zeros ? (double)sketch->zeros : (double)NAN,
	    .positive = {.text = positive},
	    .negative = {.text = negative},
	};

	record_put(&line, NULL, &histogram_type, &histogram);
	free(positive);
	free(negative);
	return line.text;
}

/*
 * The sketch of points. Those that stand for a bucket lie within it, so that a
 * sketch in the unit that it was made in stays what it was.
 */
static char *
points_text(const struct points *points, double error)
{
	struct sketch sketch;
	char *text;

	sketch_init(&sketch, error);
	points_sketch(points, &sketch);
	text = sketch_text(&sketch);
	sketch_release(&sketch);
	return text;
}

void
summary_write_pooled(struct jline *line, struct summary *summary,
    const struct rounds *rounds, const struct plan *plan,
    const struct wishes *wishes)
{
	const struct points *points = &rounds->points;
	char *outliers = outliers_text(points);
	char *quantiles = quantiles_text(points, wishes);
	char *sketch = points_text(points, wishes->error);
	double ci[2];

	describe(summary, rounds);
	examine(summary, rounds);
	warn_of_loose(summary, rounds);
	set_value(summary, rounds, plan->aggregator.kind, wishes->level, ci);
	if (quantiles)
		summary->level = wishes->level;
	if (plan->exact)
		summary->exact = summary->min == summary->max;
	summary->outliers.text = outliers;
	summary->quantiles.text = quantiles;
	summary->sketch.text = sketch;
	record_write(line, &summary_type, summary);
	free(outliers);
	free(quantiles);
	free(sketch);
}
