#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cpus.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static void
test_a_list_comes_back_short_and_in_order(void **state)
{
	static const char *const pairs[][2] = {
	    {"0", "0"},
	    {"3,1", "1,3"},
	    {"0-1,3", "0-1,3"},
	    {"0,1,2,3", "0-3"},
	    {"2-2", "2"},
	    {"4-7,0-5,6", "0-7"},
	    {"007", "7"},
	    {"1023", "1023"},
	    {"0-1023", "0-1023"},
	    {"1022,1023,0", "0,1022-1023"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		cpu_set_t set;
		char *text;

		CPU_ZERO(&set);
		assert_true(cpus_add(&set, pairs[i][0]));
		text = cpus_text(&set);
		assert_string_equal(text, pairs[i][1]);
		free(text);
	}
}

static void
test_what_is_no_list(void **state)
{
	static const char *const texts[] = {"", " ", "a", "-1", "1-", "1,",
	    ",1", "1--2", "2-1", "1;2", "1 2", " 1", "+1", "1024", "0-1024",
	    "99999999999999999999", "1-99999999999999999999", "0x1", "1.5"};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		cpu_set_t set;

		CPU_ZERO(&set);
		if (cpus_add(&set, texts[i]))
			fail_msg("it reads %s", texts[i]);
	}
}

static void
test_lists_add_up(void **state)
{
	cpu_set_t set;
	char *text;

	(void)state;
	CPU_ZERO(&set);
	assert_true(cpus_add(&set, "1"));
	assert_true(cpus_add(&set, "0,3"));
	text = cpus_text(&set);
	assert_string_equal(text, "0-1,3");
	free(text);
	CPU_ZERO(&set);
	text = cpus_text(&set);
	assert_string_equal(text, "");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_list_comes_back_short_and_in_order),
	    cmocka_unit_test(test_what_is_no_list),
	    cmocka_unit_test(test_lists_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
