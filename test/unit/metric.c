#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "metric.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static void
assert_near(double x, double wanted)
{
	if (!(fabs(x - wanted) <= 1e-12 * fabs(wanted)))
		fail_msg("%.17g is not %.17g", x, wanted);
}

static void
test_builtin_metrics_are_found(void **state)
{
	(void)state;
	for (enum builtin i = 0; i < BUILTIN_COUNT; i++) {
		assert_int_equal(builtin_find(builtin_names[i]), i);
		assert_true(*builtin_units[i]);
	}
	assert_int_equal(builtin_find("wall_time"), BUILTIN_WALL_TIME);
	assert_string_equal(builtin_units[BUILTIN_WALL_TIME], "ns");
	assert_string_equal(builtin_units[BUILTIN_MAX_RSS], "B");
	assert_int_equal(builtin_find("wall_tim"), BUILTIN_COUNT);
	assert_int_equal(builtin_find(""), BUILTIN_COUNT);
}

static void
test_units_become_one_another(void **state)
{
	static const struct {
		const char *from, *to;
		double factor;
	} good[] = {
	    {"s", "ms", 1000},
	    {"ns", "s", 1e-9},
	    {"us", "\xc2\xb5s", 1},
	    {"seconds", "s", 1},
	    {"min", "s", 60},
	    {"h", "min", 60},
	    {"kB", "B", 1000},
	    {"KB", "kB", 1},
	    {"KiB", "B", 1024},
	    {"GiB", "MiB", 1024},
	    {"MB", "GB", 0.001},
	    {"Gbps", "Mbps", 1000},
	    {"Mbit/s", "kbps", 1000},
	    {"MB/s", "kB/s", 1000},
	    {"MiB/s", "B/s", 1048576},
	    {"percent", "%", 1},
	    {"furlong", "furlong", 1},
	    {"", "", 1},
	};
	static const char *const bad[][2] = {
	    {"s", "B"},
	    {"s", "furlong"},
	    {"MB/s", "MB"},
	    {"MB", "MB/s"},
	    {"MB/s", "Mbps"},
	    {"count", "%"},
	    {"/s", "B/s"},
	    {"", "s"},
	    {"MS", "ms"},
	    {"s ", "s"},
	};
	double factor;

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		if (!unit_factor(good[i].from, good[i].to, &factor))
			fail_msg("%s to %s", good[i].from, good[i].to);
		assert_near(factor, good[i].factor);
		assert_true(unit_factor(good[i].to, good[i].from, &factor));
		assert_near(factor * good[i].factor, 1);
	}
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (unit_factor(bad[i][0], bad[i][1], &factor))
			fail_msg("%s to %s", bad[i][0], bad[i][1]);
}

static void
test_times_are_read(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {{"30", 30}, {"0.5s", 0.5}, {"100ms", 0.1}, {"2m", 120},
	    {"2min", 120}, {"1h", 3600}, {"-1", -1}};
	static const char *const bad[] = {
	    "", "s", "1 s", "1S", "100us", "1.2.3", "1e3", "0x10", "inf"};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		assert_near(seconds_parse(good[i].text), good[i].seconds);
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (!isnan(seconds_parse(bad[i])))
			fail_msg("%s", bad[i]);
}

static void
test_rates_are_told_by_their_unit(void **state)
{
	static const char *const rates[] = {
	    "MB/s", "Mbps", "bps", "ops", "/s", "requests/s"};
	static const char *const others[] = {"s", "ms", "", "MB", "/ms", "bp"};

	(void)state;
	for (size_t i = 0; i < LENGTH(rates); i++)
		assert_true(unit_is_rate(rates[i]));
	for (size_t i = 0; i < LENGTH(others); i++)
		assert_false(unit_is_rate(others[i]));
}

static void
test_aggregators_are_read(void **state)
{
	struct aggregator aggregator;

	(void)state;
	assert_true(aggregator_parse("average", &aggregator));
	assert_int_equal(aggregator.kind, AGGREGATE_MEAN);
	assert_true(aggregator_parse("mean", &aggregator));
	assert_int_equal(aggregator.kind, AGGREGATE_MEAN);
	assert_true(aggregator_parse("success_rate", &aggregator));
	assert_int_equal(aggregator.kind, AGGREGATE_SUCCESS_RATE);
	assert_true(aggregator_parse(AGGREGATOR_DEFAULT, &aggregator));
	assert_true(aggregator_parse("percentile_99", &aggregator));
	assert_int_equal(aggregator.kind, AGGREGATE_PERCENTILE);
	assert_near(aggregator.fraction, 0.99);
	assert_true(aggregator_parse("percentile_99.9", &aggregator));
	assert_near(aggregator.fraction, 0.999);
	assert_true(aggregator_parse("percentile_0", &aggregator));
	assert_true(aggregator.fraction == 0);
	assert_true(aggregator_parse("percentile_100", &aggregator));
	assert_true(aggregator.fraction == 1);
}

static void
test_other_words_are_no_aggregators(void **state)
{
	static const char *const words[] = {"", "p99", "Median", "means",
	    "percentile", "percentile_", "percentile_101", "percentile_-1",
	    "percentile_inf", "percentile_nan", "percentile_0x1",
	    "percentile_.", "percentile_9.9.9", "percentile_ 5",
	    "percentile_1e1"};
	struct aggregator aggregator;

	(void)state;
	for (size_t i = 0; i < LENGTH(words); i++)
		if (aggregator_parse(words[i], &aggregator))
			fail_msg("%s is taken for an aggregator", words[i]);
}

/* Where the result of an aggregator is something else than its lines. */
static void
test_aggregators_that_change_the_unit(void **state)
{
	static const char *const keep[] = {
	    "median", "sum", "stddev", "percentile_99", "last", NULL};
	static const char *const change[] = {"count", "rate", "success_rate"};

	(void)state;
	for (size_t i = 0; i < LENGTH(keep); i++)
		assert_true(aggregator_keeps_unit(keep[i]));
	for (size_t i = 0; i < LENGTH(change); i++)
		assert_false(aggregator_keeps_unit(change[i]));
}

static void
test_values_are_shown_in_a_readable_multiple(void **state)
{
	static const struct {
		double value;
		const char *unit, *text;
	} table[] = {
	    {1234567, "ns", "1.235 ms"},
	    {1, "ns", "1 ns"},
	    {0, "ns", "0 ns"},
	    {0, "s", "0 s"},
	    {999, "ns", "999 ns"},
	    {1000, "ns", "1 us"},
	    {0.5, "ns", "0.500 ns"},
	    {2.5, "s", "2.500 s"},
	    {0.0125, "s", "12.50 ms"},
	    {7200, "s", "7200 s"},
	    {-1234567, "ns", "-1.235 ms"},
	    {1536, "KiB", "1.573 MB"},
	    {123456, "B", "123.5 kB"},
	    {42, "count", "42"},
	    {41.5, "count", "41.50"},
	    {99.25, "%", "99.25 %"},
	    {412.125, "Mbps", "412.1 Mbps"},
	    {3, "furlong", "3 furlong"},
	    {3, "", "3"},
	    {0.001, "%", "1.000e-03 %"},
	    {1e20, "count", "1.000e+20"},
	};
	char text[48];

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		metric_format(text, sizeof text, table[i].value, table[i].unit);
		assert_string_equal(text, table[i].text);
	}
}

/* No value and no unit writes past the end of the text. */
static void
test_values_never_overflow(void **state)
{
	static const double values[] = {
	    DBL_MAX, -DBL_MAX, DBL_MIN, -5e-324, 1e15, 999999999999999};
	static const char unit[] = "a unit that is longer than any text for it";
	char text[64];

	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++) {
		memset(text, '#', sizeof text);
		metric_format(text, 48, values[i], unit);
		assert_true(strlen(text) < 48);
		assert_int_equal(text[48], '#');
		metric_format(text, 48, values[i], "ns");
		memset(text, '#', sizeof text);
		change_format(text, 32, values[i]);
		assert_true(strlen(text) < 32);
		assert_int_equal(text[32], '#');
	}
}

static void
test_changes_are_signed_percentages_or_ratios(void **state)
{
	static const struct {
		double fraction;
		const char *text;
	} table[] = {
	    {0.0812, "+8.1%"},
	    {-0.05, "-5.0%"},
	    {0, "+0.0%"},
	    {0.9994, "+99.9%"},
	    {1, "+100%"},
	    {9.994, "+999%"},
	    {9.996, "x11.0"},
	    {12.345, "x13.3"},
	    {98.94, "x99.9"},
	    {98.96, "x100"},
	    {436666.37, "x436667"},
	    {1e6, "x1.0e+06"},
	    {1e300, "x1.0e+300"},
	    {INFINITY, "beyond any number"},
	    {-1, "-100%"},
	    {-12.345, "-1234%"},
	    {-1e300, "-1.0e+302%"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		change_format(text, sizeof text, table[i].fraction);
		assert_string_equal(text, table[i].text);
	}
}

static void
test_parts_of_a_series_are_found(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		enum series_part part;
	} table[] = {
	    {"rss.mean", 3, SERIES_MEAN},
	    {"rss.peak", 3, SERIES_PEAK},
	    {"a.b.area", 3, SERIES_AREA},
	    {"net_sent.slope", 8, SERIES_SLOPE},
	    {"rss", 0, SERIES_PART_COUNT},
	    {"peak", 0, SERIES_PART_COUNT},
	    {".peak", 0, SERIES_PEAK},
	    {"rss.", 0, SERIES_PART_COUNT},
	    {"rss.peaks", 0, SERIES_PART_COUNT},
	    {"rss.peak.x", 0, SERIES_PART_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		enum series_part part;

		assert_int_equal(
		    series_part_find(table[i].name, &part), table[i].len);
		if (table[i].len)
			assert_int_equal(part, table[i].part);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_builtin_metrics_are_found),
	    cmocka_unit_test(test_units_become_one_another),
	    cmocka_unit_test(test_times_are_read),
	    cmocka_unit_test(test_rates_are_told_by_their_unit),
	    cmocka_unit_test(test_parts_of_a_series_are_found),
	    cmocka_unit_test(test_aggregators_are_read),
	    cmocka_unit_test(test_other_words_are_no_aggregators),
	    cmocka_unit_test(test_aggregators_that_change_the_unit),
	    cmocka_unit_test(test_values_are_shown_in_a_readable_multiple),
	    cmocka_unit_test(test_values_never_overflow),
	    cmocka_unit_test(test_changes_are_signed_percentages_or_ratios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
