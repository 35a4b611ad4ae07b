#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "rng.h"
#include "shape.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static bool
is_same(double a, double b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* What the library makes of a number; false where it refuses it. */
static bool
library_number(const char *text, double *number)
{
	char line[200], why[100];
	tree *value;

	snprintf(line, sizeof line, "{\"x\":%s}", text);
	value = tree_parse(line, strlen(line), why, sizeof why);
	*number = value ? tree_number(tree_get(value, "x")) : 0;
	tree_free(value);
	return value && !isnan(*number);
}

/* Never another number than the library's, and none that it refuses. */
static bool
agrees(const char *text)
{
	const char *end = text;
	double have = 0, want = 0;

	if (!shape_number(&end, &have) || *end)
		return false;
	if (!library_number(text, &want))
		fail_msg("the library refuses %s", text);
	if (!is_same(have, want))
		fail_msg("%s: %.17g instead of %.17g", text, have, want);
	return true;
}

static void
test_numbers_are_read_as_the_library_reads_them(void **state)
{
	static const char *const taken[] = {"0", "-0", "0.0", "-0.0", "1", "-1",
	    "12345678901234567", "999999999999999999", "1.5", "1e5", "1E+5",
	    "1.25e-7", "0.1", "0.30000000000000004", "9007199254740993",
	    "9007199254740993.0", "123456789012.34567", "1712345.123456789012",
	    "0.0000000000000000000000000012345678901234567", "1e22", "1e23",
	    "1e99", "1e-99", "9.999999999999999e22", "8.5e-20",
	    "2.2250738585072014e-99", "0e0", "-0e0", "100000000000000000.5"};
	static const char *const refused[] = {"", "-", "+1", "01", "-01", ".5",
	    "1.", "1e", "1e+", "1e100", "0x1", "NaN", "Infinity", "1_0", "1 ",
	    "12345678901234567890", "9223372036854775808",
	    "1.23456789012345678901", "--1", "1..2", "1e1.5"};

	(void)state;
	for (size_t i = 0; i < LENGTH(taken); i++)
		if (!agrees(taken[i]))
			fail_msg("not taken: %s", taken[i]);
	for (size_t i = 0; i < LENGTH(refused); i++)
		if (agrees(refused[i]))
			fail_msg("taken: %s", refused[i]);
}

static void
test_random_numbers_agree(void **state)
{
	static const char *const formats[] = {
	    "%.17g", "%.15g", "%.6g", "%.3f", "%.12e", "%.0f"};
	struct rng rng;
	size_t taken = 0, n = 60000;
	char text[400];

	(void)state;
	rng_seed(&rng, 4);
	for (size_t i = 0; i < n; i++) {
		double x = ldexp(
		    rng_uniform(&rng) - 0.5, (int)rng_below(&rng, 120) - 60);

		snprintf(text, sizeof text, formats[i % LENGTH(formats)], x);
		taken += agrees(text);
	}
	/* Most are read, or the test shows nothing. */
	assert_true(taken > n * 95 / 100);
}

/* Numbers halfway between doubles, and beside it, are the hardest. */
static void
test_numbers_between_doubles_agree(void **state)
{
	struct rng rng;
	char text[100];

	(void)state;
	rng_seed(&rng, 5);
	for (int i = 0; i < 20000; i++) {
		uint64_t x = (UINT64_C(1) << 53) + rng_below(&rng, 1 << 20);

		snprintf(text, sizeof text, "%llu.%s",
		    (unsigned long long)(x * 2 + 1),
		    i % 3 == 0	 ? "0"
		    : i % 3 == 1 ? "01"
				 : "1");
		agrees(text);
		x = rng_next(&rng) % UINT64_C(1000000000000000000);
		snprintf(text, sizeof text, "%llue%d", (unsigned long long)x,
		    (int)rng_below(&rng, 60) - 30);
		agrees(text);
	}
}

/* --- lines --- */

static size_t
match(struct shapes *shapes, const char *text, struct shape_numbers *numbers)
{
	return shapes_match(shapes, text, strlen(text), numbers);
}

static size_t
learn(struct shapes *shapes, const char *text, double round, double value)
{
	struct shape_numbers numbers = {round, value};

	return shapes_learn(shapes, text, strlen(text), &numbers);
}

static void
test_a_line_that_differs_in_its_numbers(void **state)
{
	struct shapes shapes = {0};
	struct shape_numbers n;

	(void)state;
	assert_int_equal(match(&shapes, "{}", &n), SHAPE_NONE);
	assert_int_equal(
	    learn(&shapes, "{\"case\":\"c 1\",\"round\":1,\"value\":2.5}", 1,
		2.5),
	    0);
	assert_int_equal(
	    learn(&shapes, "{\"case\":\"c 1\",\"value\": 2}", (double)NAN, 2),
	    1);
	assert_int_equal(
	    match(&shapes, "{\"case\":\"c 1\",\"round\":-1,\"value\":1e3}", &n),
	    0);
	assert_true(n.round == -1 && n.value == 1000);
	assert_int_equal(
	    match(&shapes, "{\"case\":\"c 1\",\"value\": 77}", &n), 1);
	assert_true(isnan(n.round) && n.value == 77);
	assert_int_equal(
	    match(&shapes, "{\"case\":\"c 1\",\"round\":3,\"value\":4}", &n),
	    0);
	shapes_release(&shapes);
}

static void
test_a_line_that_differs_in_anything_else(void **state)
{
	static const char *const others[] = {
	    "{\"case\":\"c 2\",\"round\":1,\"value\":2.5}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":2.5} ",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":2.5",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":2.5}}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":02.5}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":2.5.5}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":\"2.5\"}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":null}",
	    "{\"case\":\"c 1\",\"round\":1,\"value\":1e999}",
	    "{\"case\":\"c 1\",\"round\":99999999999999999999,\"value\":1}",
	    "{\"case\":\"c 1\",\"Round\":1,\"value\":2.5}",
	    "{\"case\":\"c 1\", \"round\":1,\"value\":2.5}",
	    "{\"case\":\"c 1\",\"value\":1,\"round\":2.5}",
	    "{\"case\":\"c 1\",\"round\":[1],\"value\":2.5}", "", "x", "{}"};
	struct shapes shapes = {0};
	struct shape_numbers n;

	(void)state;
	learn(&shapes, "{\"case\":\"c 1\",\"round\":1,\"value\":2.5}", 1, 2.5);
	for (size_t i = 0; i < LENGTH(others); i++)
		if (match(&shapes, others[i], &n) != SHAPE_NONE)
			fail_msg("matched: %s", others[i]);
	shapes_release(&shapes);
}

static void
test_lines_that_are_not_learned(void **state)
{
	struct shapes shapes = {0};

	(void)state;
	/* Escapes could spell the same key in another way. */
	assert_int_equal(
	    learn(&shapes, "{\"v\\u0061lue\":1}", (double)NAN, 1), SHAPE_NONE);
	assert_int_equal(
	    learn(&shapes, "{\"a\":\"\\\\\",\"value\":1}", (double)NAN, 1),
	    SHAPE_NONE);
	/* Not what the library has said. */
	assert_int_equal(
	    learn(&shapes, "{\"value\":1}", (double)NAN, 2), SHAPE_NONE);
	assert_int_equal(
	    learn(&shapes, "{\"value\":-0.0}", (double)NAN, 0), SHAPE_NONE);
	assert_int_equal(
	    learn(&shapes, "{\"a\":{\"value\":1}}", (double)NAN, 1),
	    SHAPE_NONE);
	/* Of a member, not of its parts, and not of a string. */
	assert_int_equal(learn(&shapes,
			     "{\"x\":{\"value\":3,\"round\":4},"
			     "\"s\":\"value:9\",\"value\":1}",
			     (double)NAN, 1),
	    0);
	/* Known already. */
	assert_int_equal(learn(&shapes,
			     "{\"x\":{\"value\":5,\"round\":6},"
			     "\"s\":\"value:9\",\"value\":7}",
			     (double)NAN, 7),
	    SHAPE_NONE);
	shapes_release(&shapes);
}

static void
test_many_shapes_are_told_apart(void **state)
{
	struct shapes shapes = {0};
	struct shape_numbers n;
	struct rng rng;
	char text[100];

	(void)state;
	rng_seed(&rng, 6);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(text, sizeof text,
		    "{\"case\":\"c%zu\",\"metric\":\"m\",\"value\":%zu}", i, i);
		assert_int_equal(
		    learn(&shapes, text, (double)NAN, (double)i), i);
	}
	for (int i = 0; i < 10000; i++) {
		size_t k = rng_below(&rng, 1001);

		snprintf(text, sizeof text,
		    "{\"case\":\"c%zu\",\"metric\":\"m\",\"value\":%d}", k, i);
		assert_int_equal(
		    match(&shapes, text, &n), k < 1000 ? k : SHAPE_NONE);
		assert_true(k == 1000 || n.value == i);
	}
	shapes_release(&shapes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers_are_read_as_the_library_reads_them),
	    cmocka_unit_test(test_random_numbers_agree),
	    cmocka_unit_test(test_numbers_between_doubles_agree),
	    cmocka_unit_test(test_a_line_that_differs_in_its_numbers),
	    cmocka_unit_test(test_a_line_that_differs_in_anything_else),
	    cmocka_unit_test(test_lines_that_are_not_learned),
	    cmocka_unit_test(test_many_shapes_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
