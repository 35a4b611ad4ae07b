#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "replace.h"

/* Each test has an empty directory, which is the current one. */
static char place[] = "/tmp/plumbline-replace-XXXXXX";

static int
make_place(void **state)
{
	(void)state;
	strcpy(strrchr(place, '-') + 1, "XXXXXX");
	return mkdtemp(place) && chdir(place) == 0 ? 0 : -1;
}

static int
remove_place(void **state)
{
	(void)state;
	return chdir("/") == 0 ? rmdir(place) : -1;
}

static void
has(const char *path, const char *wanted)
{
	char text[100];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_string_equal(text, wanted);
}

static mode_t
mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 0777;
}

static void
test_directories(void **state)
{
	static const char *const table[][2] = {
	    {"a", "."}, {"a/b", "a"}, {"/a", "/"}, {"/a/b/c", "/a/b"}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *directory = directory_of(table[i][0]);

		assert_string_equal(directory, table[i][1]);
		free(directory);
	}
}

static void
test_a_new_file_has_the_usual_mode(void **state)
{
	mode_t mask = umask(027);

	(void)state;
	replace_file("new", "text", 4);
	umask(mask);
	has("new", "text");
	assert_int_equal(mode_of("new"), 0640);
	unlink("new");
}

static void
test_an_old_file_keeps_its_mode(void **state)
{
	(void)state;
	replace_file("old", "a longer text", 13);
	chmod("old", 0604);
	replace_file("old", "text", 4);
	has("old", "text");
	assert_int_equal(mode_of("old"), 0604);
	replace_file("old", "", 0);
	has("old", "");
	unlink("old");
}

static void
test_a_link_stays_a_link(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(mkdir("inside", 0777), 0);
	replace_file("inside/file", "old", 3);
	assert_int_equal(symlink("inside/file", "link"), 0);
	replace_file("link", "new", 3);
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	has("inside/file", "new");
	unlink("link");
	unlink("inside/file");
	/* And nothing else is left there. */
	assert_int_equal(rmdir("inside"), 0);
}

/* A write that fails leaves what was there, and no other file. */
static void
test_a_full_disk_changes_nothing(void **state)
{
	static char much[100000];
	int status;
	pid_t child;

	(void)state;
	memset(much, 'x', sizeof much);
	replace_file("file", "old", 3);
	child = fork();
	if (child == 0) {
		struct rlimit limit = {4096, 4096};

		fclose(stderr);
		setrlimit(RLIMIT_FSIZE, &limit);
		replace_file("file", much, sizeof much);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	has("file", "old");
	unlink("file");
}

static void
test_no_such_directory(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		fclose(stderr);
		replace_file("nowhere/file", "text", 4);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

#define IN_PLACE(test)                                                         \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_directories),
	    IN_PLACE(test_a_new_file_has_the_usual_mode),
	    IN_PLACE(test_an_old_file_keeps_its_mode),
	    IN_PLACE(test_a_link_stays_a_link),
	    IN_PLACE(test_a_full_disk_changes_nothing),
	    IN_PLACE(test_no_such_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
