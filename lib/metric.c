#include "metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

const char *const builtin_names[BUILTIN_COUNT] = {
#define X(id, name, unit) [BUILTIN_##id] = name,
    BUILTIN_METRICS(X)
#undef X
};

const char *const builtin_units[BUILTIN_COUNT] = {
#define X(id, name, unit) [BUILTIN_##id] = unit,
    BUILTIN_METRICS(X)
#undef X
};

enum builtin
builtin_find(const char *name)
{
	for (enum builtin i = 0; i < BUILTIN_COUNT; i++)
		if (strcmp(builtin_names[i], name) == 0)
			return i;
	return BUILTIN_COUNT;
}

const char *const series_part_names[SERIES_PART_COUNT] = {
#define X(id, name, unit) [SERIES_##id] = name,
    SERIES_PARTS(X)
#undef X
};

const char *const series_part_units[SERIES_PART_COUNT] = {
#define X(id, name, unit) [SERIES_##id] = unit,
    SERIES_PARTS(X)
#undef X
};

size_t
series_part_find(const char *name, enum series_part *part)
{
	const char *dot = strrchr(name, '.');

	for (*part = 0; dot && *part < SERIES_PART_COUNT; ++*part)
		if (strcmp(dot + 1, series_part_names[*part]) == 0)
			return (size_t)(dot - name);
	return 0;
}

/* Units that can become one another share a dimension. */
static const struct unit {
	const char *name;
	const char *dimension;
	double factor; /* to the smallest unit of its dimension */
} units[] = {
    {"ns", "time", 1},
    {"us", "time", 1e3},
    {"µs", "time", 1e3},
    {"ms", "time", 1e6},
    {"s", "time", 1e9},
    {"sec", "time", 1e9},
    {"second", "time", 1e9},
    {"seconds", "time", 1e9},
    {"min", "time", 60e9},
    {"minutes", "time", 60e9},
    {"h", "time", 3600e9},
    {"B", "size", 1},
    {"bytes", "size", 1},
    {"kB", "size", 1e3},
    {"KB", "size", 1e3},
    {"MB", "size", 1e6},
    {"GB", "size", 1e9},
    {"KiB", "size", 0x1p10},
    {"MiB", "size", 0x1p20},
    {"GiB", "size", 0x1p30},
    {"bps", "bit rate", 1},
    {"bit/s", "bit rate", 1},
    {"kbps", "bit rate", 1e3},
    {"Mbps", "bit rate", 1e6},
    {"Mbit/s", "bit rate", 1e6},
    {"Gbps", "bit rate", 1e9},
    {"count", "count", 1},
    {"1", "count", 1},
    {"%", "share", 1},
    {"percent", "share", 1},
};

/* The unit named by the first len bytes. */
static const struct unit *
unit_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i].name) == len &&
		    memcmp(units[i].name, name, len) == 0)
			return &units[i];
	return NULL;
}

/* The length of a unit without its "/s". */
static size_t
without_per_second(const char *unit)
{
	size_t len = strlen(unit);

	return len > 2 && strcmp(unit + len - 2, "/s") == 0 ? len - 2 : len;
}

bool
unit_factor(const char *from, const char *to, double *factor)
{
	const struct unit *a = unit_find(from, strlen(from));
	const struct unit *b = unit_find(to, strlen(to));
	size_t from_len = without_per_second(from);
	size_t to_len = without_per_second(to);

	*factor = 1;
	if (strcmp(from, to) == 0)
		return true;
	if ((!a || !b) && from[from_len] && to[to_len]) {
		a = unit_find(from, from_len);
		b = unit_find(to, to_len);
	}
	if (!a || !b || strcmp(a->dimension, b->dimension) != 0)
		return false;
	*factor = a->factor / b->factor;
	return true;
}

double
number_and_unit(const char *text, const char **unit)
{
	size_t len = strspn(text, "+-.0123456789");
	char *end;
	double x = strtod(text, &end);

	*unit = text + len;
	return len && end == *unit ? x : (double)NAN;
}

double
seconds_parse(const char *text)
{
	static const struct {
		const char *name;
		double seconds;
	} names[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"min", 60},
	    {"h", 3600}};
	const char *unit;
	double x = number_and_unit(text, &unit);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(unit, names[i].name) == 0)
			return x * names[i].seconds;
	return (double)NAN;
}

bool
unit_is_rate(const char *unit)
{
	static const char *const endings[] = {"/s", "bps", "ops"};
	size_t len = strlen(unit);

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i]);

		if (len >= n && strcmp(unit + len - n, endings[i]) == 0)
			return true;
	}
	return false;
}

bool
aggregator_parse(const char *text, struct aggregator *aggregator)
{
	static const struct {
		const char *word;
		enum aggregation kind;
	} words[] = {
	    {"average", AGGREGATE_MEAN},
	    {"mean", AGGREGATE_MEAN},
	    {"median", AGGREGATE_MEDIAN},
	    {"min", AGGREGATE_MIN},
	    {"max", AGGREGATE_MAX},
	    {"sum", AGGREGATE_SUM},
	    {"count", AGGREGATE_COUNT},
	    {"stddev", AGGREGATE_STDDEV},
	    {"geometric_mean", AGGREGATE_GEOMETRIC_MEAN},
	    {"rate", AGGREGATE_RATE},
	    {"last", AGGREGATE_LAST},
	    {"success_rate", AGGREGATE_SUCCESS_RATE},
	};
	static const char percentile[] = "percentile_";
	const char *number = text + strlen(percentile);
	char *end;

	*aggregator = (struct aggregator){0};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, text) == 0) {
			aggregator->kind = words[i].kind;
			return true;
		}
	if (strncmp(text, percentile, strlen(percentile)) != 0)
		return false;
	/* Digits and a point only: strtod alone would take "inf" and "0x1". */
	if (!*number || number[strspn(number, "0123456789.")])
		return false;
	aggregator->kind = AGGREGATE_PERCENTILE;
	aggregator->fraction = strtod(number, &end) / 100;
	return !*end && aggregator->fraction <= 1;
}

bool
aggregator_keeps_unit(const char *text)
{
	struct aggregator aggregator;

	return !text || !aggregator_parse(text, &aggregator) ||
	       (aggregator.kind != AGGREGATE_COUNT &&
		   aggregator.kind != AGGREGATE_RATE &&
		   aggregator.kind != AGGREGATE_SUCCESS_RATE);
}

double
aggregator_apply(struct aggregator aggregator, double *x, size_t n)
{
	double last = x[n - 1];

	stats_sort(x, n);
	switch (aggregator.kind) {
	case AGGREGATE_MEAN:
	case AGGREGATE_SUCCESS_RATE:
		return stats_mean(x, n);
	case AGGREGATE_MEDIAN:
		return stats_median(x, n);
	case AGGREGATE_MIN:
		return x[0];
	case AGGREGATE_MAX:
		return x[n - 1];
	case AGGREGATE_SUM:
	case AGGREGATE_RATE:
		return stats_sum(x, n);
	case AGGREGATE_COUNT:
		return (double)n;
	case AGGREGATE_STDDEV:
		return stats_stddev(x, n);
	case AGGREGATE_PERCENTILE:
		return stats_quantile(x, n, aggregator.fraction);
	case AGGREGATE_GEOMETRIC_MEAN:
		return stats_geometric_mean(x, n);
	case AGGREGATE_LAST:
		return last;
	}
	return NAN;
}

/* The multiples to choose from, the largest first. */
static const char *const *
multiples_of(const char *unit)
{
	static const char *const time[] = {"s", "ms", "us", "ns", NULL};
	static const char *const size[] = {"GB", "MB", "kB", "B", NULL};
	static const char *const none[] = {NULL};
	const struct unit *u = unit_find(unit, strlen(unit));

	if (u && strcmp(u->dimension, "time") == 0)
		return time;
	if (u && strcmp(u->dimension, "size") == 0)
		return size;
	return none;
}

/* Four significant digits, without an exponent where a person needs none. */
static int
digits_after_point(double x)
{
	double size = fabs(x);

	if (x == trunc(x) && size < 1e15)
		return 0;
	return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
}

void
metric_format(char *text, size_t size, double value, const char *unit)
{
	double scale;

	for (const char *const *to = multiples_of(unit); *to; to++)
		if (unit_factor(unit, *to, &scale) &&
		    (fabs(value * scale) >= 1 || !to[1] || value == 0)) {
			value *= scale;
			unit = value == 0 ? unit : *to;
			break;
		}
	if (strcmp(unit, "count") == 0)
		unit = "";
	if (fabs(value) >= 1e15 || (fabs(value) < 0.01 && value != 0))
		snprintf(text, size, "%.3e%s%s", value, *unit ? " " : "", unit);
	else
		snprintf(text, size, "%.*f%s%s", digits_after_point(value),
		    value, *unit ? " " : "", unit);
}

void
change_format(char *text, size_t size, double fraction)
{
	double percent = 100 * fraction, ratio = 1 + fraction;

	if (isinf(fraction)) {
		snprintf(text, size, "beyond any number");
		return;
	}
	if (percent >= 999.5)
		snprintf(text, size, ratio < 1e6 ? "x%.*f" : "x%.*e",
		    ratio < 99.95 || ratio >= 1e6, ratio);
	else
		snprintf(text, size, percent > -1e6 ? "%+.*f%%" : "%+.*e%%",
		    fabs(percent) < 99.95 || percent <= -1e6, percent);
}
