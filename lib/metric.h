/*
 * The vocabulary of metrics: built-in metrics, units, directions, aggregators,
 * and how a value is shown to a person. Level 2.
 */
#ifndef METRIC_H
#define METRIC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What wl-run measures of every trial without being asked, where the machine
 * can.
 */
#define BUILTIN_METRICS(X)                                                     \
	X(WALL_TIME, "wall_time", "ns")                                        \
	X(SPAWN_TIME, "spawn_time", "ns")                                      \
	X(CPU_TIME, "cpu_time", "ns")                                          \
	X(MAX_RSS, "max_rss", "B")                                             \
	X(MINOR_FAULTS, "minor_faults", "count")                               \
	X(MAJOR_FAULTS, "major_faults", "count")                               \
	X(VOLUNTARY_SWITCHES, "voluntary_switches", "count")                   \
	X(INVOLUNTARY_SWITCHES, "involuntary_switches", "count")               \
	X(BLOCK_INPUT, "block_input", "B")                                     \
	X(BLOCK_OUTPUT, "block_output", "B")                                   \
	X(BYTES_READ, "bytes_read", "B")                                       \
	X(BYTES_WRITTEN, "bytes_written", "B")                                 \
	X(NETWORK_RECEIVED, "network_received", "B")                           \
	X(NETWORK_SENT, "network_sent", "B")                                   \
	X(TASK_CLOCK, "task_clock", "ns")                                      \
	X(PAGE_FAULTS, "page_faults", "count")                                 \
	X(CONTEXT_SWITCHES, "context_switches", "count")                       \
	X(CPU_MIGRATIONS, "cpu_migrations", "count")                           \
	X(INSTRUCTIONS, "instructions", "count")                               \
	X(INSTRUCTIONS_USER, "instructions_user", "count")                     \
	X(CYCLES, "cycles", "count")                                           \
	X(CYCLES_USER, "cycles_user", "count")                                 \
	X(BRANCH_MISSES, "branch_misses", "count")                             \
	X(BRANCH_MISSES_USER, "branch_misses_user", "count")                   \
	X(CACHE_MISSES, "cache_misses", "count")                               \
	X(CACHE_MISSES_USER, "cache_misses_user", "count")                     \
	X(TREE_CPU_TIME, "tree_cpu_time", "ns")                                \
	X(PEAK_MEMORY, "peak_memory", "B")                                     \
	X(TREE_BLOCK_READ, "tree_block_read", "B")                             \
	X(TREE_BLOCK_WRITTEN, "tree_block_written", "B")                       \
	X(CALLGRIND_INSTRUCTIONS, "callgrind_instructions", "count")           \
	X(SERVICE_STARTUP_TIME, "service_startup_time", "ns")                  \
	X(SERVICE_CPU_TIME, "service_cpu_time", "ns")                          \
	X(SERVICE_MEMORY, "service_memory", "B")

enum builtin {
#define X(id, name, unit) BUILTIN_##id,
	BUILTIN_METRICS(X)
#undef X
	BUILTIN_COUNT
};

extern const char *const builtin_names[BUILTIN_COUNT];
extern const char *const builtin_units[BUILTIN_COUNT];

/* The built-in metric of that name, or BUILTIN_COUNT. */
enum builtin builtin_find(const char *name);

/*
 * How many of `to` one `from` is: 1000 from "s" to "ms". Equal texts are
 * always 1. Returns false where one cannot become the other.
 */
bool unit_factor(const char *from, const char *to, double *factor);

/* The number that a text starts with, or NAN, and the unit after it. */
double number_and_unit(const char *text, const char **unit);

/*
 * The seconds in a text such as "30", "500ms", "2m" or "1h": a plain number is
 * of seconds. NAN where it is no time.
 */
double seconds_parse(const char *text);

/* Whether more of it is better: rates (a unit that ends in /s, bps or ops). */
bool unit_is_rate(const char *unit);

/*
 * What a series comes to: a metric of its own, which is called after it, as
 * "rss.peak" is, and has its unit, or one that is made of it.
 */
#define SERIES_PARTS(X)                                                        \
	X(MEAN, "mean", "")                                                    \
	X(PEAK, "peak", "")                                                    \
	X(AREA, "area", "*s")                                                  \
	X(SLOPE, "slope", "/s")

enum series_part {
#define X(id, name, unit) SERIES_##id,
	SERIES_PARTS(X)
#undef X
	SERIES_PART_COUNT
};

extern const char *const series_part_names[SERIES_PART_COUNT];
extern const char *const series_part_units[SERIES_PART_COUNT];

/*
 * Of which part of a series a metric has the name: 3 and SERIES_PEAK for
 * "rss.peak", whose series has a name of 3 bytes. 0 where it is none.
 */
size_t series_part_find(const char *name, enum series_part *part);

/* How the lines of one trial become its value. */
enum aggregation {
	AGGREGATE_MEAN,
	AGGREGATE_MEDIAN,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
	AGGREGATE_SUM,
	AGGREGATE_COUNT,
	AGGREGATE_STDDEV,
	AGGREGATE_PERCENTILE,
	AGGREGATE_GEOMETRIC_MEAN,
	AGGREGATE_RATE,
	AGGREGATE_LAST,
	AGGREGATE_SUCCESS_RATE,
};

struct aggregator {
	enum aggregation kind;
	double fraction; /* of AGGREGATE_PERCENTILE, 0 to 1 */
};

/* The aggregator for a metric that names none. */
#define AGGREGATOR_DEFAULT "median"

/* Reads "median", "percentile_99.9" and so on; false for any other word. */
bool aggregator_parse(const char *text, struct aggregator *aggregator);

/*
 * Whether the aggregator's result is in the unit of the lines: not so for
 * counts and rates. Requires: a text that aggregator_parse reads, or NULL for
 * the default.
 */
bool aggregator_keeps_unit(const char *text);

/*
 * The value of the n >= 1 lines of a trial, which are sorted by it; of a rate
 * their sum. NAN where the aggregator has none for them.
 */
double aggregator_apply(struct aggregator aggregator, double *x, size_t n);

/*
 * A value for people: four significant digits, in the multiple of its unit
 * that makes them easy to read: 1234567 ns is "1.235 ms". size >= 48.
 */
void metric_format(char *text, size_t size, double value, const char *unit);

/*
 * A change for people: 0.0812 is "+8.1%", and from ten times more on it is the
 * ratio of the new value to the old: 12.5 is "x13.5". An infinite one is
 * "beyond any number". size >= 32.
 */
void change_format(char *text, size_t size, double fraction);

#endif
