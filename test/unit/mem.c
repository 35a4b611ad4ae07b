#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"

/* The sanitizer's allocator would rather end the process than return NULL. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
test_nothing_is_still_a_pointer(void **state)
{
	void *p = mem_alloc(0), *q = mem_zero(0, 8), *r = mem_zero(8, 0);

	(void)state;
	assert_non_null(p);
	assert_non_null(q);
	assert_non_null(r);
	p = mem_resize(p, 0, 8);
	assert_non_null(p);
	free(p);
	free(q);
	free(r);
}

static void
test_zero_is_zero(void **state)
{
	unsigned char *p = mem_zero(1000, 3);

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(p[i], 0);
	free(p);
}

static void
test_format_and_copy(void **state)
{
	char *text = mem_format("%s-%d", "case", 7);
	char *copy = mem_copy(text);

	(void)state;
	assert_string_equal(text, "case-7");
	assert_string_equal(copy, text);
	assert_ptr_not_equal(copy, text);
	free(text);
	free(copy);
}

/* Asking for more than there is: status 2 and a reason, not a NULL. */
static void
test_no_memory_is_said(void **state)
{
	size_t huge = SIZE_MAX / 2;
	static const char last[] =
	    "plumbline: memory: Cannot allocate memory\n";
	char said[4096] = "";
	int status, ends[2];
	size_t len = 0;
	ssize_t got;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		mem_resize(NULL, huge, 16);
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_true(len >= strlen(last));
	assert_string_equal(said + len - strlen(last), last);
}

static void
test_push_keeps_what_was_pushed(void **state)
{
	size_t *list = NULL;
	size_t n = 0, capacity = 0;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		*MEM_PUSH(list, n, capacity) = i * i;
		assert_int_equal(n, i + 1);
		assert_true(n <= capacity);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i], i * i);
	/* Amortised: it grows by a factor. */
	assert_true(capacity < 2 * n);
	free(list);
}

static void
test_index_numbers_in_order_of_appearance(void **state)
{
	struct index index = {0};

	(void)state;
	assert_int_equal(index_find(&index, "a"), INDEX_NONE);
	assert_int_equal(index_add(&index, "b"), 0);
	assert_int_equal(index_add(&index, "a"), 1);
	assert_int_equal(index_add(&index, "b"), 0);
	assert_int_equal(index_add(&index, ""), 2);
	assert_int_equal(index_find(&index, ""), 2);
	assert_int_equal(index_find(&index, "a"), 1);
	assert_int_equal(index_find(&index, "ab"), INDEX_NONE);
	assert_int_equal(index.n, 3);
	index_release(&index);
	assert_int_equal(index.n, 0);
	assert_int_equal(index_find(&index, "a"), INDEX_NONE);
	index_release(&index);
}

/* Through many rehashes: numbers stay, and texts stay where they are. */
static void
test_index_of_many(void **state)
{
	enum {
		MANY = 20000
	};
	struct index index = {0};
	const char *first;
	char text[32];

	(void)state;
	index_add(&index, "the first one");
	first = index.texts[0];
	for (size_t i = 1; i < MANY; i++) {
		snprintf(text, sizeof text, "case/n=%zu", i);
		assert_int_equal(index_add(&index, text), i);
	}
	assert_ptr_equal(index.texts[0], first);
	for (size_t i = 1; i < MANY; i++) {
		snprintf(text, sizeof text, "case/n=%zu", i);
		assert_int_equal(index_find(&index, text), i);
		assert_string_equal(index.texts[i], text);
	}
	assert_int_equal(index_find(&index, "case/n=0"), INDEX_NONE);
	index_release(&index);
}

/* The index owns copies: the caller's text may go. */
static void
test_index_owns_copies(void **state)
{
	struct index index = {0};
	char text[] = "head";

	(void)state;
	index_add(&index, text);
	memset(text, 'x', 4);
	assert_string_equal(index.texts[0], "head");
	assert_int_equal(index_find(&index, "head"), 0);
	index_release(&index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_is_still_a_pointer),
	    cmocka_unit_test(test_zero_is_zero),
	    cmocka_unit_test(test_format_and_copy),
	    cmocka_unit_test(test_no_memory_is_said),
	    cmocka_unit_test(test_push_keeps_what_was_pushed),
	    cmocka_unit_test(test_index_numbers_in_order_of_appearance),
	    cmocka_unit_test(test_index_of_many),
	    cmocka_unit_test(test_index_owns_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
