/*
 * What R has computed, read for a test: one case a line, as the script beside
 * it says. A file that includes this defines ORACLE, the path.
 */
#ifndef UNIT_ORACLE_H
#define UNIT_ORACLE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats.h"

#ifndef ORACLE
#define ORACLE "" /* where this header is looked at alone */
#endif

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Numbers in memory of just their size, so that a sanitizer sees past it. */
struct list {
	double *value;
	size_t n;
};

/* One line of the oracle: the script says what the fields are. */
struct oracle_case {
	size_t line;
	char *name;
	struct list arguments;
	struct list x;
	struct list y;
	struct list want;
};

/*
 * A function that has an oracle. answer() stores what it makes of a case, at
 * most c->want.n numbers, and returns how many it has. Their error may be
 * tolerance, relative to the expected number or, of_x, to the largest |x|.
 */
struct oracle {
	const char *name;
	size_t (*answer)(const struct oracle_case *c, double *got);
	double tolerance;
	bool of_x;
};

static struct oracle_case *cases;
static size_t case_count;
static struct oracle *oracles;
static size_t oracle_count;

static inline struct list
parse_list(char *text)
{
	struct list list = {0};
	char *end;

	for (;; text = end) {
		double x = strtod(text, &end);
		double *grown;

		if (end == text)
			break;
		grown = realloc(list.value, (list.n + 1) * sizeof(*grown));
		assert_non_null(grown);
		list.value = grown;
		list.value[list.n++] = x;
	}
	assert_string_equal(text + strspn(text, " \n"), "");
	return list;
}

static inline struct oracle_case
parse_case(char *line, size_t number)
{
	struct oracle_case c = {.line = number};
	struct list *lists[] = {&c.arguments, &c.x, &c.y, &c.want};
	char *name = strsep(&line, ";");

	c.name = strndup(name, strcspn(name, " "));
	for (size_t i = 0; i < LENGTH(lists); i++) {
		char *field = strsep(&line, ";");

		assert_non_null(field);
		*lists[i] = parse_list(field);
	}
	assert_null(line);
	return c;
}

static inline int
read_oracle(void **state)
{
	FILE *file = fopen(ORACLE, "r");
	char *line = NULL;
	size_t size = 0;

	(void)state;
	if (file == NULL) {
		perror(ORACLE);
		return -1;
	}
	while (getline(&line, &size, file) > 0) {
		struct oracle_case *grown =
		    realloc(cases, (case_count + 1) * sizeof(*cases));

		assert_non_null(grown);
		cases = grown;
		cases[case_count] = parse_case(line, case_count + 1);
		case_count++;
	}
	free(line);
	return fclose(file);
}

static inline int
free_oracle(void **state)
{
	(void)state;
	for (size_t i = 0; i < case_count; i++) {
		free(cases[i].name);
		free(cases[i].arguments.value);
		free(cases[i].x.value);
		free(cases[i].y.value);
		free(cases[i].want.value);
	}
	free(cases);
	return 0;
}

static inline bool
is_near(double got, double want, double error)
{
	if (isnan(want))
		return isnan(got);
	if (isinf(want))
		return got == want;
	return fabs(got - want) <= error;
}

static inline double
largest_magnitude(struct list list)
{
	double largest = 0;

	for (size_t i = 0; i < list.n; i++)
		largest = fmax(largest, fabs(list.value[i]));
	return largest;
}

static inline void
compare_case(const struct oracle *oracle, const struct oracle_case *c)
{
	double got[64];
	size_t n;

	assert_in_range(c->want.n, 1, LENGTH(got));
	n = oracle->answer(c, got);
	if (n != c->want.n)
		fail_msg("%s:%zu: %s: %zu numbers, not %zu", ORACLE, c->line,
		    oracle->name, n, c->want.n);
	for (size_t i = 0; i < n; i++) {
		double want = c->want.value[i];
		double unit =
		    oracle->of_x ? largest_magnitude(c->x) : fabs(want);

		if (!is_near(got[i], want, oracle->tolerance * unit))
			fail_msg("%s:%zu: %s: number %zu is %.17g, not %.17g",
			    ORACLE, c->line, oracle->name, i + 1, got[i], want);
	}
}

static inline void
test_agrees_with_r(void **state)
{
	const struct oracle *oracle = *state;
	size_t compared = 0;

	for (size_t i = 0; i < case_count; i++) {
		if (strcmp(cases[i].name, oracle->name) != 0)
			continue;
		compare_case(oracle, &cases[i]);
		compared++;
	}
	assert_true(compared > 0);
}

static inline size_t
answer_interval(bool reached, struct stats_interval interval, double *got)
{
	got[0] = reached;
	if (!reached)
		return 1;
	got[1] = interval.lo;
	got[2] = interval.hi;
	return 3;
}

static inline void
test_every_oracle_line_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < case_count; i++) {
		size_t j = 0;

		while (j < oracle_count &&
		       strcmp(cases[i].name, oracles[j].name) != 0)
			j++;
		if (j == oracle_count)
			fail_msg("%s:%zu: no such function: %s", ORACLE,
			    cases[i].line, cases[i].name);
	}
}

/* Runs a test for each function that has an oracle, and then the others. */
static inline int
oracle_run(struct oracle *functions, size_t n, const struct CMUnitTest *own,
    size_t own_count)
{
	size_t total = n + 1 + own_count;
	struct CMUnitTest *tests = calloc(total, sizeof(*tests));
	int failed;

	assert_non_null(tests);
	oracles = functions;
	oracle_count = n;
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){
		    .name = functions[i].name,
		    .test_func = test_agrees_with_r,
		    .initial_state = &functions[i],
		};
	tests[n] =
	    (struct CMUnitTest)cmocka_unit_test(test_every_oracle_line_is_read);
	memcpy(tests + n + 1, own, own_count * sizeof(*own));
	failed = _cmocka_run_group_tests(
	    ORACLE, tests, total, read_oracle, free_oracle);
	free(tests);
	return failed;
}

#endif
