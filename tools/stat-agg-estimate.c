/*
 * stat-agg: what a summary says of the round values.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "rng.h"
#include "stat-agg.h"
#include "stats.h"

enum {
	FLAG_VALUES = 10 /* fewer show neither steps nor dependence */
};

/* A chance of one in a hundred in values that have nothing to show. */
#define FLAG_P 0.01

/* The round values of a metric, three times. */
struct sample_of_rounds {
	const double *x; /* in the order of rounds */
	double *sorted;
	double *logs; /* as x; NULL where a value is zero or less */
	size_t n;
};

/* Where the intervals of a summary are until it is written. */
struct intervals {
	double value[2], mean[2], geometric_mean[2];
};

static struct sample_of_rounds
sample_make(const struct rounds *rounds)
{
	size_t n = rounds->n;
	struct sample_of_rounds sample = {
	    .x = rounds->values,
	    .sorted = mem_resize(NULL, n, sizeof *sample.sorted),
	    .n = n,
	};

	memcpy(sample.sorted, sample.x, n * sizeof *sample.sorted);
	stats_sort(sample.sorted, n);
	if (sample.sorted[0] <= 0)
		return sample;
	sample.logs = mem_resize(NULL, n, sizeof *sample.logs);
	for (size_t i = 0; i < n; i++)
		sample.logs[i] = log(sample.x[i]);
	return sample;
}

static void
sample_release(struct sample_of_rounds *sample)
{
	free(sample->sorted);
	free(sample->logs);
}

static struct numbers
keep_interval(struct stats_interval interval, double ci[2])
{
	ci[0] = interval.lo;
	ci[1] = interval.hi;
	return (struct numbers){ci, 2};
}

/* Level, spread and quantiles. */
static void
describe(struct summary *summary, const struct sample_of_rounds *sample)
{
	const double *sorted = sample->sorted;
	size_t n = sample->n;

	summary->n = (double)n;
	summary->mean = stats_mean(sample->x, n);
	summary->stddev = stats_stddev(sample->x, n);
	if (summary->mean != 0)
		summary->cv = summary->stddev / fabs(summary->mean);
	summary->median = stats_median(sorted, n);
	summary->mad = stats_mad(sorted, n);
	summary->qn = stats_qn(sorted, n);
	summary->min = sorted[0];
	summary->max = sorted[n - 1];
	summary->p50 = stats_quantile(sorted, n, 0.50);
	summary->p90 = stats_quantile(sorted, n, 0.90);
	summary->p95 = stats_quantile(sorted, n, 0.95);
	summary->p99 = stats_quantile(sorted, n, 0.99);
}

/* The same metric has the same seed in every session. */
static struct rng
rng_of(const struct summary *summary)
{
	char *key = mem_format("%s\n%s\n%s\n%s", summary->name,
	    summary->variant ? summary->variant : "", summary->metric,
	    summary->unit ? summary->unit : "");
	struct rng rng;

	rng_seed(&rng, rng_hash(key, strlen(key)));
	free(key);
	return rng;
}

static void
set_mean_interval(struct summary *summary, const struct sample_of_rounds *s,
    const struct wishes *wishes, struct intervals *to)
{
	struct rng rng = rng_of(summary);
	struct stats_interval interval;

	if (stats_mean_interval(s->sorted, s->n, wishes->level,
		wishes->resamples, &rng, &interval))
		summary->mean_ci = keep_interval(interval, to->mean);
}

/* On the scale of logarithms mean and deviation are a factor. */
static void
describe_logs(struct summary *summary, const struct sample_of_rounds *sample,
    const struct wishes *wishes, struct intervals *to)
{
	size_t n = sample->n;
	double *sorted = mem_resize(NULL, n, sizeof *sorted);
	struct rng rng = rng_of(summary);
	struct stats_interval interval;

	for (size_t i = 0; i < n; i++)
		sorted[i] = log(sample->sorted[i]);
	summary->scale = "log";
	summary->geometric_mean = stats_geometric_mean(sample->x, n);
	summary->geometric_stddev = exp(stats_stddev(sorted, n));
	if (stats_mean_interval(
		sorted, n, wishes->level, wishes->resamples, &rng, &interval))
		summary->geometric_mean_ci = keep_interval(
		    (struct stats_interval){exp(interval.lo), exp(interval.hi)},
		    to->geometric_mean);
	free(sorted);
}

/* Sets the value and, where it is known how to, its interval. */
static void
set_value(struct summary *summary, const struct rounds *rounds,
    const struct sample_of_rounds *sample, const struct wishes *wishes,
    double ci[2], enum aggregation kind)
{
	struct stats_interval interval;

	switch (kind) {
	case AGGREGATE_MIN:
		summary->value = summary->min;
		return;
	case AGGREGATE_MAX:
		summary->value = summary->max;
		return;
	case AGGREGATE_SUM:
	case AGGREGATE_COUNT:
		summary->value = summary->mean;
		return;
	case AGGREGATE_RATE:
		summary->value = rounds->overall;
		return;
	case AGGREGATE_SUCCESS_RATE:
		summary->value = rounds->overall;
		interval = stats_wilson(
		    round(rounds->overall / 100 * (double)rounds->lines),
		    (double)rounds->lines, wishes->level);
		interval.lo *= 100;
		interval.hi *= 100;
		break;
	default:
		summary->value = summary->median;
		if (!stats_median_interval(
			sample->sorted, sample->n, wishes->level, &interval))
			return;
		break;
	}
	summary->ci = keep_interval(interval, ci);
}

static char *
outliers_text(const struct sample_of_rounds *sample, bool is_log)
{
	size_t n = sample->n;
	double *x = mem_resize(NULL, n, sizeof *x);
	struct stats_outliers outliers;

	for (size_t i = 0; i < n; i++)
		x[i] = is_log ? log(sample->sorted[i]) : sample->sorted[i];
	outliers = stats_outliers(x, n);
	free(x);
	return mem_format(
	    "{\"mild\":%zu,\"severe\":%zu}", outliers.mild, outliers.severe);
}

/* The quantiles that were asked for; NULL where none was. */
static char *
quantiles_text(
    const struct sample_of_rounds *sample, const struct wishes *wishes)
{
	struct jline line = {0};

	if (!wishes->n_quantiles)
		return NULL;
	jline_list(&line, NULL);
	for (size_t i = 0; i < wishes->n_quantiles; i++) {
		struct stats_interval interval;
		struct quantile quantile;
		double ci[2];

		record_clear(&quantile_type, &quantile);
		quantile.p = wishes->quantiles[i];
		quantile.value =
		    stats_quantile(sample->sorted, sample->n, quantile.p);
		if (stats_quantile_interval(sample->sorted, sample->n,
			quantile.p, wishes->level, &interval))
			quantile.ci = keep_interval(interval, ci);
		record_put(&line, NULL, &quantile_type, &quantile);
	}
	jline_list_end(&line);
	return line.text;
}

/* How many trials of a variant failed, and how; NULL where none did. */
static char *
failures_text(const struct subject *subject, const char *variant)
{
	struct jline line = {0};
	struct index kinds = {0};
	double *counts = mem_zero(subject->n_trials + 1, sizeof *counts);

	for (size_t i = 0; i < subject->n_trials; i++) {
		const struct tried *trial = &subject->trials[i];

		if (!trial->ok && same_text(trial->variant, variant))
			counts[index_add(&kinds, trial->status)]++;
	}
	if (kinds.n) {
		jline_open(&line, NULL);
		for (size_t i = 0; i < kinds.n; i++)
			jline_number(&line, kinds.texts[i], counts[i]);
		jline_close(&line);
	}
	index_release(&kinds);
	free(counts);
	return line.text;
}

/* Steps as large as the spread, from a clock for example. */
static bool
is_coarse(const struct summary *summary)
{
	return summary->n >= FLAG_VALUES && summary->ties >= 0.5 &&
	       summary->stddev > 0;
}

static char *
flags_text(const struct summary *summary)
{
	const struct {
		const char *name;
		bool set;
	} flags[] = {
	    {"coarse", is_coarse(summary)},
	    {"autocorrelated", stats_lag1_shows(summary->r1, summary->n)},
	    {"drift", summary->drift_p <= FLAG_P},
	};
	struct jline line = {0};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!flags[i].set)
			continue;
		if (!line.text)
			jline_list(&line, NULL);
		jline_string(&line, NULL, flags[i].name);
	}
	if (line.text)
		jline_list_end(&line);
	return line.text;
}

/* Of slopes: too few rounds for an interval of their own have that of all. */
static void
set_growth(struct summary *summary, const struct subject *subject,
    const struct plan *plan, double ci[2])
{
	struct stats_interval all;

	series_describe(summary, subject, plan, &all);
	if (!summary->ci.n && all.lo <= all.hi &&
	    plan->aggregator.kind == AGGREGATE_MEDIAN)
		summary->ci = keep_interval(all, ci);
}

/* What hangs together from round to round, and what is equal. */
static void
examine(
    struct summary *summary, const struct sample_of_rounds *sample, bool is_log)
{
	struct stats_ties ties = stats_ties(sample->sorted, sample->n);
	struct stats_drift drift;
	const double *x = sample->logs ? sample->logs : sample->x;

	if (sample->n > 1)
		summary->ties = ties.share;
	summary->step = ties.step;
	summary->r1 = stats_lag1(is_log ? x : sample->x, sample->n);
	if (sample->logs)
		summary->se_block = stats_block_se(sample->logs, sample->n);
	if (!stats_drift(x, sample->n, &drift))
		return;
	summary->drift_p = drift.p;
	if (sample->logs)
		summary->drift = expm1(drift.shift);
	else if (summary->median != 0)
		summary->drift = drift.shift / fabs(summary->median);
}

/* What its case says of a metric, and what of that is so. */
static void
set_declared(struct summary *summary, const struct plan *plan)
{
	if (!plan->exact)
		return;
	summary->exact = summary->min == summary->max;
	if (!summary->exact)
		warn("case %s: metric %s is declared exact, but is not the "
		     "same in all rounds",
		    summary->name, summary->metric);
}

void
summary_write(struct jline *line, struct summary *summary,
    const struct rounds *rounds, const struct subject *subject,
    const struct plan *plan, const struct wishes *wishes)
{
	bool is_rate = plan->aggregator.kind == AGGREGATE_SUCCESS_RATE;
	struct sample_of_rounds sample = sample_make(rounds);
	bool is_log = plan->is_log && sample.logs;
	char *outliers = outliers_text(&sample, is_log);
	char *quantiles = quantiles_text(&sample, wishes);
	char *failures = is_rate ? failures_text(subject, plan->variant) : NULL;
	char *flags;
	struct intervals intervals;

	if (plan->is_log && !is_log)
		warn("case %s: metric %s: a log scale needs values above zero",
		    summary->name, summary->metric);
	describe(summary, &sample);
	examine(summary, &sample, is_log);
	if (is_log)
		describe_logs(summary, &sample, wishes, &intervals);
	else if (!is_rate)
		set_mean_interval(summary, &sample, wishes, &intervals);
	if (is_rate)
		summary->n = (double)rounds->lines; /* trials */
	summary->lines = (double)rounds->lines;
	set_value(summary, rounds, &sample, wishes, intervals.value,
	    plan->aggregator.kind);
	set_growth(summary, subject, plan, intervals.value);
	set_declared(summary, plan);
	if (summary->ci.n || summary->mean_ci.n ||
	    summary->geometric_mean_ci.n || quantiles)
		summary->level = wishes->level;
	flags = flags_text(summary);
	summary->outliers.text = outliers;
	summary->quantiles.text = quantiles;
	summary->failures.text = failures;
	summary->flags.text = flags;
	if (sample.n <= MOST_VALUES) {
		summary->values = (struct numbers){rounds->values, sample.n};
		if (rounds->paired)
			summary->rounds =
			    (struct numbers){rounds->rounds, sample.n};
	}
	summary->error = rounds->error;
	record_write(line, &summary_type, summary);
	free(outliers);
	free(quantiles);
	free(failures);
	free(flags);
	sample_release(&sample);
}
