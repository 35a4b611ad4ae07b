/* What the tool says of series. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "json.h"
#include "trend.h"

/* A file that is nowhere. */
static FILE *
scratch(void)
{
	FILE *file = tmpfile();

	if (!file)
		die_errno("a temporary file");
	return file;
}

static void
run(const char *tool, FILE *in, FILE *out)
{
	char *argv[] = {(char[]){"stat-trend"}, (char[]){"--fdr"},
	    (char[]){"none"}, (char[]){"--min-effect"}, (char[]){"0"}, NULL};
	posix_spawn_file_actions_t actions;
	int status, error;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
	error = posix_spawn(&pid, tool, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		errno = error;
		die_errno("%s", tool);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("waitpid");
	if (status != 0)
		die("%s ended with status %d", tool, status);
}

/* Two numbers of a list, or NAN. */
static double
number_at(const tree *change, const char *key, size_t i)
{
	return tree_number(tree_at(tree_get(change, key), i));
}

/* Whether a line tells of a step or a creep. */
static bool
read_change(const char *line, size_t len, struct told *told)
{
	static const char start[] = "{\"type\":\"change\"";
	const char *kind, *name;
	bool is_outlier;
	char why[100];
	tree *change;

	if (strncmp(line, start, sizeof start - 1) != 0)
		return false;
	change = tree_parse(line, len, why, sizeof why);
	kind = change ? tree_string(tree_get(change, "kind")) : NULL;
	name = change ? tree_string(tree_get(change, "case")) : NULL;
	told->is_step = kind && strcmp(kind, "step") == 0;
	is_outlier = kind && strcmp(kind, "outlier") == 0;
	told->series = name ? strtoul(name, NULL, 10) : SIZE_MAX;
	told->index = (size_t)tree_number(tree_get(change, "index"));
	told->from = (size_t)fmax(0, number_at(change, "range", 0));
	told->to = (size_t)fmax(0, number_at(change, "range", 1));
	told->lo = number_at(change, "ci", 0);
	told->hi = number_at(change, "ci", 1);
	tree_free(change);
	return !is_outlier;
}

void
ask(const char *tool, const double *x, size_t n, size_t length,
    void (*each)(const struct told *told, void *data), void *data)
{
	FILE *in = scratch(), *out = scratch();
	struct told told;
	char *line = NULL;
	size_t size = 0, seen = 0;
	ssize_t len;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < length; k++)
			fprintf(in,
			    "{\"case\":\"%zu\",\"metric\":\"m\","
			    "\"value\":%.17g}\n",
			    i, x[i * length + k]);
	if (fflush(in) != 0)
		die_errno("a temporary file");
	rewind(in);
	run(tool, in, out);
	rewind(out);
	while ((len = getline(&line, &size, out)) > 0) {
		seen++;
		if (!read_change(line, (size_t)len - 1, &told))
			continue;
		if (told.series >= n)
			die("%s: a change of another series", tool);
		each(&told, data);
	}
	if (seen < n * length)
		die("%s: %zu lines of %zu came back", tool, seen, n * length);
	free(line);
	fclose(in);
	fclose(out);
}
