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
#include "utf8.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

static tree *
parse(const char *text)
{
	char why[200];
	tree *value = tree_parse(text, strlen(text), why, sizeof why);

	if (!value)
		fail_msg("%s: %s", text, why);
	return value;
}

static void
test_members_are_found(void **state)
{
	tree *value = parse("{\"a\":1.5,\"b\":\"x\",\"c\":[1,2,3],\"d\":true,"
			    "\"e\":null,\"f\":{\"g\":\"deep\"}}");

	(void)state;
	assert_true(tree_number(tree_get(value, "a")) == 1.5);
	assert_string_equal(tree_string(tree_get(value, "b")), "x");
	assert_int_equal(tree_length(tree_get(value, "c")), 3);
	assert_true(tree_number(tree_at(tree_get(value, "c"), 2)) == 3);
	assert_null(tree_at(tree_get(value, "c"), 3));
	assert_true(tree_is_true(tree_get(value, "d")));
	assert_true(tree_is_bool(tree_get(value, "d")));
	assert_true(tree_is_null(tree_get(value, "e")));
	assert_string_equal(
	    tree_string(tree_get(tree_get(value, "f"), "g")), "deep");
	tree_free(value);
}

/* What is absent, or of another kind, is nothing, and never a crash. */
static void
test_other_kinds_hold_nothing(void **state)
{
	tree *value = parse("{\"n\":1,\"s\":\"1\"}");
	const tree *n = tree_get(value, "n"), *s = tree_get(value, "s");

	(void)state;
	assert_null(tree_get(value, "x"));
	assert_null(tree_get(NULL, "x"));
	assert_null(tree_get(n, "x"));
	assert_null(tree_string(n));
	assert_null(tree_string(NULL));
	assert_true(isnan(tree_number(s)));
	assert_true(isnan(tree_number(NULL)));
	assert_false(tree_is_true(n));
	assert_false(tree_is_true(NULL));
	assert_false(tree_is_bool(n));
	assert_false(tree_is_object(NULL));
	assert_false(tree_is_array(value));
	assert_false(tree_is_null(NULL));
	assert_int_equal(tree_length(value), 0);
	assert_null(tree_at(value, 0));
	tree_free(value);
	tree_free(NULL);
}

static void
test_members_come_in_their_order(void **state)
{
	static const char *const order[] = {"z", "a", "m"};
	tree *value = parse("{\"z\":1,\"a\":2,\"m\":3}");
	void *at = NULL;
	const char *key;
	const tree *member;
	size_t i = 0;

	(void)state;
	while ((member = tree_member(value, &at, &key))) {
		assert_true(i < 3);
		assert_string_equal(key, order[i++]);
		assert_true(tree_number(member) == (double)i);
	}
	assert_int_equal(i, 3);
	tree_free(value);
}

static void
test_whole_numbers_of_any_length(void **state)
{
	const char text[] = "{\"a\":9223372036854775807,"
			    "\"b\":-100000000000000000000}";
	char why[200];
	tree *value = tree_parse(text, strlen(text), why, sizeof why);

	(void)state;
	assert_non_null(value);
	assert_true(tree_number(tree_get(value, "a")) == 0x1p63);
	assert_true(tree_number(tree_get(value, "b")) == -1e20);
	tree_free(value);
}

static void
test_bad_lines_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *why;
	} table[] = {
	    {"[1]", 3, "not a JSON object"},
	    {"", 0, "not a JSON object"},
	    {" \t", 2, "not a JSON object"},
	    {"7", 1, "not a JSON object"},
	    {"9223372036854775808", 19, "not a JSON object"},
	    {"{", 1, "not JSON"},
	    {"{\"a\":1} x", 9, "not JSON"},
	    {"{\"a\":1,\"a\":2}", 13, "duplicate"},
	    {"{\"a\":\"\xff\"}", 9, "unable to decode"},
	    {"{\"a\":\"\0\"}", 9, "not JSON"},
	    {"{\"a\":\"\\u0000\"}", 14, "not JSON"},
	    {"{\"a\":NaN}", 9, "not JSON"},
	    {"{\"a\":1e999}", 11, "not JSON"},
	};
	char why[200];

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		memset(why, 0, sizeof why);
		assert_null(
		    tree_parse(table[i].text, table[i].len, why, sizeof why));
		if (!strstr(why, table[i].why))
			fail_msg("%s: %s", table[i].text, why);
		assert_null(tree_parse(table[i].text, table[i].len, why, 1));
		assert_int_equal(*why, '\0');
	}
}

static void
test_a_tree_as_text_is_the_same_tree(void **state)
{
	static const char text[] =
	    "{\"b\":[1,\"\xc3\xa9\",null,true],\"a\":{}}";
	tree *value = parse(text);
	char *again = tree_text(value);

	(void)state;
	assert_string_equal(again, text);
	free(again);
	tree_free(value);
}

static void
test_a_line_is_put_together(void **state)
{
	struct jline line = {0};

	(void)state;
	jline_open(&line, NULL);
	jline_string(&line, "s", "x");
	jline_number(&line, "n", 0.1);
	jline_bool(&line, "yes", true);
	jline_bool(&line, "no", false);
	jline_list(&line, "list");
	jline_number(&line, NULL, 1);
	jline_string(&line, NULL, "two");
	jline_open(&line, NULL);
	jline_close(&line);
	jline_list_end(&line);
	jline_open(&line, "o");
	jline_list(&line, "none");
	jline_list_end(&line);
	jline_close(&line);
	jline_json(&line, "j", "{\"k\":[]}");
	jline_close(&line);
	assert_string_equal(line.text,
	    "{\"s\":\"x\",\"n\":0.1,\"yes\":true,\"no\":false,"
	    "\"list\":[1,\"two\",{}],\"o\":{\"none\":[]},"
	    "\"j\":{\"k\":[]}}");
	assert_int_equal(line.len, strlen(line.text));
	jline_release(&line);
	assert_null(line.text);
}

static void
test_what_is_absent_is_left_out(void **state)
{
	struct jline line = {0};

	(void)state;
	jline_open(&line, NULL);
	jline_number(&line, "a", (double)NAN);
	jline_string(&line, "b", NULL);
	jline_number(&line, "c", (double)INFINITY);
	jline_number(&line, "d", (double)-INFINITY);
	jline_json(&line, "e", NULL);
	jline_number(&line, "f", 0);
	jline_close(&line);
	assert_string_equal(line.text, "{\"f\":0}");
	jline_release(&line);
}

/* RFC 8259, section 7; what is not UTF-8 becomes U+FFFD, byte by byte. */
static void
test_texts_are_escaped(void **state)
{
	static const struct {
		const char *text, *quoted;
	} table[] = {
	    {"", "\"\""},
	    {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
	    {"\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f\x7f\""},
	    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
	    {"\xff", "\"\\ufffd\""},
	    {"\x80x", "\"\\ufffdx\""},
	    {"\xc0\xaf", "\"\\ufffd\\ufffd\""},
	    {"\xe2\x82", "\"\\ufffd\\ufffd\""},
	    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
	    {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		struct jline line = {0};

		jline_string(&line, NULL, table[i].text);
		assert_string_equal(line.text, table[i].quoted);
		jline_release(&line);
	}
}

/* RFC 3629, section 4: the least and the greatest of each length. */
static void
test_utf8_is_decoded(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		uint32_t code;
	} table[] = {
	    {"a", 1, 'a'},
	    {"\x7f", 1, 0x7f},
	    {"\xc2\x80", 2, 0x80},
	    {"\xdf\xbf", 2, 0x7ff},
	    {"\xe0\xa0\x80", 3, 0x800},
	    {"\xed\x9f\xbf", 3, 0xd7ff},
	    {"\xee\x80\x80", 3, 0xe000},
	    {"\xef\xbf\xbf", 3, 0xffff},
	    {"\xf0\x90\x80\x80", 4, 0x10000},
	    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	};
	static const char *const invalid[] = {"\x80", "\xbf", "\xc0\x80",
	    "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
	    "\xff", "\xc3", "\xe2\x82", "\xe2x", "\xf0\x9f\x98", "\xc3\xc3"};
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		assert_int_equal(
		    utf8_decode(table[i].text, &code), table[i].length);
		assert_int_equal(code, table[i].code);
	}
	for (size_t i = 0; i < LENGTH(invalid); i++)
		assert_int_equal(utf8_decode(invalid[i], &code), 0);
}

/* Whatever bytes a text holds, the line can be read again. */
static void
test_any_text_makes_a_valid_line(void **state)
{
	struct rng rng;
	char text[40], why[200];

	(void)state;
	rng_seed(&rng, 20);
	for (size_t round = 0; round < 20000; round++) {
		struct jline line = {0};
		size_t len = (size_t)rng_below(&rng, sizeof text);
		tree *value;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(1 + rng_below(&rng, 255));
		text[len] = '\0';
		jline_open(&line, NULL);
		jline_string(&line, text, text);
		jline_close(&line);
		value = tree_parse(line.text, line.len, why, sizeof why);
		if (!value)
			fail_msg("%s: %s", line.text, why);
		tree_free(value);
		jline_release(&line);
	}
}

static void
test_numbers_are_short_and_exact(void **state)
{
	static const struct {
		double x;
		const char *text;
	} table[] = {
	    {0, "0"},
	    {-0.0, "0"},
	    {0.1, "0.1"},
	    {-2.5, "-2.5"},
	    {1e15, "1000000000000000"},
	    {9007199254740991, "9007199254740991"},
	    {1e300, "1e+300"},
	    {0.30000000000000004, "0.30000000000000004"},
	    {1e-7, "1e-07"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		json_format_number(text, sizeof text, table[i].x);
		assert_string_equal(text, table[i].text);
	}
}

static void
test_any_number_reads_back_as_itself(void **state)
{
	struct rng rng;
	char text[32], line[64], why[200];

	(void)state;
	rng_seed(&rng, 21);
	for (size_t round = 0; round < 100000; round++) {
		uint64_t bits = rng_next(&rng);
		double x;

		memcpy(&x, &bits, sizeof x);
		if (!isfinite(x))
			continue;
		memset(text, '#', sizeof text);
		json_format_number(text, sizeof text, x);
		assert_non_null(memchr(text, '\0', sizeof text));
		if (strtod(text, NULL) != x)
			fail_msg("%a became %s", x, text);
		if (round % 10)
			continue;
		snprintf(line, sizeof line, "{\"x\":%s}", text);
		tree *value = tree_parse(line, strlen(line), why, sizeof why);
		if (!value || tree_number(tree_get(value, "x")) != x)
			fail_msg("%s was not read as it was written", line);
		tree_free(value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members_are_found),
	    cmocka_unit_test(test_other_kinds_hold_nothing),
	    cmocka_unit_test(test_members_come_in_their_order),
	    cmocka_unit_test(test_whole_numbers_of_any_length),
	    cmocka_unit_test(test_bad_lines_are_refused),
	    cmocka_unit_test(test_a_tree_as_text_is_the_same_tree),
	    cmocka_unit_test(test_a_line_is_put_together),
	    cmocka_unit_test(test_what_is_absent_is_left_out),
	    cmocka_unit_test(test_texts_are_escaped),
	    cmocka_unit_test(test_utf8_is_decoded),
	    cmocka_unit_test(test_any_text_makes_a_valid_line),
	    cmocka_unit_test(test_numbers_are_short_and_exact),
	    cmocka_unit_test(test_any_number_reads_back_as_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
