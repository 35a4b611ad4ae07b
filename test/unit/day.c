#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "day.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static void
test_days(void **state)
{
	static const char *const texts[] = {"2026-12-31", "2026-01-01",
	    "2028-02-29", "2000-02-29", "2026-02-28", "2026-04-30",
	    "0001-01-01", "2026-12-31T23:59", "2026-12-31 00:00",
	    "2026-12-31T23:59:60", "2026-12-31T01:02:03.25Z",
	    "2026-12-31T01:02Z", "2026-12-31T01:02:03+01:00",
	    "2026-12-31T01:02-23:59"};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		if (!day_is(texts[i]) || milestone_is(texts[i]))
			fail_msg("it is no day: %s", texts[i]);
}

static void
test_what_is_no_day(void **state)
{
	static const char *const texts[] = {"", "2026", "2026-2-1",
	    "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32",
	    "2026-02-29", "2100-02-29", "2026-04-31", "2026-06-31",
	    "2026-09-31", "2026-11-31", "20260101", "2026/01/01", "26-01-01",
	    "2026-01-01x", "2026-01-01T", "2026-01-01T1:00", "2026-01-01T24:00",
	    "2026-01-01T00:60", "2026-01-01T00:00:61", "2026-01-01T00:00:0",
	    "2026-01-01T00:00.5", "2026-01-01T00:00z", "2026-01-01T00:00ZZ",
	    "2026-01-01T00:00+1", "2026-01-01T00:00+24:00",
	    "2026-01-01T00:00+01:60", "2026-01-01T00:00:00.",
	    "2026-01-01T00:00+01:00:00", " 2026-01-01", "-2026-01-01"};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		if (day_is(texts[i]))
			fail_msg("it is a day: %s", texts[i]);
}

static void
test_order(void **state)
{
	/* Each is before the next. */
	static const char *const times[] = {"2026-11-20T23:59:59.999Z",
	    "2026-11-21", "2026-11-21T01:30:00Z", "2026-11-21T01:30:00.05Z",
	    "2026-11-21T01:30:00.5Z", "2026-11-21T01:30:00.51Z",
	    "2026-11-21T01:30:01Z", "2026-11-22"};

	(void)state;
	for (size_t i = 0; i < LENGTH(times); i++)
		for (size_t k = 0; k < LENGTH(times); k++) {
			int order = day_compare(times[i], times[k]);

			assert_int_equal(
			    (order > 0) - (order < 0), (i > k) - (i < k));
		}
	assert_int_equal(
	    day_compare("2026-11-21T01:30:00Z", "2026-11-21T01:30:00.00Z"), 0);
	assert_int_equal(
	    day_compare("2026-11-21T01:30:00.5Z", "2026-11-21T01:30:00.500Z"),
	    0);
}

static void
test_milestones(void **state)
{
	static const char *const good[] = {
	    "beta", "week 4", "Q3 2026", "v1.0", "-", "\xc3\xa4"};
	static const char *const bad[] = {
	    "", " ", " beta", "\tbeta", "4 weeks", "2026-2-1", "1.0"};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		if (!milestone_is(good[i]) || day_is(good[i]))
			fail_msg("it is no milestone: %s", good[i]);
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (milestone_is(bad[i]))
			fail_msg("it is a milestone: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_what_is_no_day),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_milestones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
