/* What each rule says of a suite. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "evaluate.h"
#include "json.h"
#include "looks.h"
#include "mem.h"
#include "stats.h"
#include "step.h"

enum {
	BASELINE_FD = 9 /* what the tool finds in /dev/fd */
};

static const double NAIVE_LIMIT = 1.05, BARE_ALPHA = 0.05;

static struct {
	const char *path;
	int input, output, baseline;
	char *text; /* what the tool wrote */
	size_t capacity;
	struct jline line;
} tool;

void
tally_add(struct tally *sum, const struct tally *part)
{
	sum->suites += part->suites;
	sum->failed += part->failed;
	sum->unchanged += part->unchanged;
	sum->claims += part->claims;
	for (enum outcome o = 0; o < N_OUTCOMES; o++) {
		sum->shifted[o] += part->shifted[o];
		sum->steady[o] += part->steady[o];
	}
	sum->shifted_rounds += part->shifted_rounds;
	sum->steady_rounds += part->steady_rounds;
}

long
tally_total(const long outcomes[N_OUTCOMES])
{
	long total = 0;

	for (enum outcome o = 0; o < N_OUTCOMES; o++)
		total += outcomes[o];
	return total;
}

static int
memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		die_errno("memfd_create");
	return fd;
}

void
judge_open(const char *path)
{
	tool.path = path;
	tool.input = memory_file("input");
	tool.output = memory_file("output");
	tool.baseline = memory_file("baseline");
}

/* --- cmp-baseline --- */

/* Makes the line being written the whole of a file, and empties it. */
static void
fill(int fd)
{
	size_t done = 0;

	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		die_errno("a file in memory");
	while (done < tool.line.len) {
		ssize_t n =
		    write(fd, tool.line.text + done, tool.line.len - done);

		if (n < 0)
			die_errno("a file in memory");
		done += (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET) != 0)
		die_errno("a file in memory");
	tool.line.len = 0;
}

static void
put_name(const char *type, size_t number)
{
	char name[32];

	jline_open(&tool.line, NULL);
	jline_string(&tool.line, "type", type);
	snprintf(name, sizeof name, "%zu", number);
	jline_string(&tool.line, "case", name);
	jline_string(&tool.line, "metric", "time");
	jline_string(&tool.line, "unit", "ns");
}

static void
put_summary(size_t number, const char *variant, const double *x, size_t n,
    bool has_rounds)
{
	put_name("summary", number);
	jline_string(&tool.line, "variant", variant);
	jline_number(&tool.line, "value", step_median(x, n));
	jline_number(&tool.line, "n", (double)n);
	if (has_rounds) {
		jline_list(&tool.line, "rounds");
		for (size_t i = 0; i < n; i++)
			jline_number(&tool.line, NULL, (double)i + 1);
		jline_list_end(&tool.line);
	}
	jline_list(&tool.line, "values");
	for (size_t i = 0; i < n; i++)
		jline_number(&tool.line, NULL, x[i]);
	jline_list_end(&tool.line);
	jline_close(&tool.line);
	jline_end(&tool.line);
}

static void
put_baseline(size_t number, const double *x, size_t n)
{
	put_name("baseline", number);
	jline_list(&tool.line, "sessions");
	for (size_t i = 0; i < n; i++) {
		char session[32];

		snprintf(session, sizeof session, "s%zu", i);
		jline_open(&tool.line, NULL);
		jline_string(&tool.line, "session", session);
		jline_number(&tool.line, "value", x[i]);
		jline_close(&tool.line);
	}
	jline_list_end(&tool.line);
	jline_close(&tool.line);
	jline_end(&tool.line);
}

/* Runs the tool, and returns its exit status. */
static int
run_tool(char *argv[])
{
	posix_spawn_file_actions_t actions;
	int status, error;
	pid_t pid;

	if (ftruncate(tool.output, 0) != 0 ||
	    lseek(tool.output, 0, SEEK_SET) != 0)
		die_errno("a file in memory");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, tool.input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, tool.output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, tool.baseline, BASELINE_FD);
	posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(&pid, tool.path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		errno = error;
		die_errno("%s", tool.path);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
		die("%s ended with status %d", tool.path, status);
	return WEXITSTATUS(status);
}

/* What the tool wrote, until it is run again. */
static char *
read_output(void)
{
	struct stat st;
	size_t size, done = 0;

	if (fstat(tool.output, &st) != 0)
		die_errno("a file in memory");
	size = (size_t)st.st_size;
	if (size + 1 > tool.capacity) {
		tool.capacity = 2 * size + 1;
		tool.text = mem_resize(tool.text, tool.capacity, 1);
	}
	while (done < size) {
		ssize_t n = pread(
		    tool.output, tool.text + done, size - done, (off_t)done);

		if (n <= 0)
			die_errno("a file in memory");
		done += (size_t)n;
	}
	tool.text[size] = '\0';
	return tool.text;
}

static enum outcome
outcome_of(const char *verdict, double change)
{
	if (strcmp(verdict, "regressed") == 0)
		return REGRESSED;
	if (strcmp(verdict, "small") == 0)
		return change > 0 ? SMALL : BETTER;
	if (strcmp(verdict, "improved") == 0)
		return BETTER;
	if (strcmp(verdict, "unchanged") == 0)
		return UNCHANGED;
	if (strcmp(verdict, "inconclusive") == 0)
		return INCONCLUSIVE;
	die("%s: an unexpected verdict: %s", tool.path, verdict);
}

/* Sets the outcomes of n metrics, each of which must have a verdict. */
static void
read_verdicts(enum outcome *outcomes, size_t n)
{
	static const char start[] = "{\"type\":\"verdict\"";
	char why[100], *line, *end;
	size_t seen = 0;

	for (line = read_output(); *line; line = end + 1) {
		tree *record;
		const char *name, *verdict;
		size_t number;

		end = strchr(line, '\n');
		if (!end)
			die("%s: its last line is cut short", tool.path);
		if (strncmp(line, start, sizeof start - 1) != 0)
			continue;
		record =
		    tree_parse(line, (size_t)(end - line), why, sizeof why);
		if (!record)
			die("%s: %s", tool.path, why);
		name = tree_string(tree_get(record, "case"));
		verdict = tree_string(tree_get(record, "verdict"));
		number = name ? strtoul(name, NULL, 10) : n;
		if (number >= n)
			die("%s: a verdict on another case", tool.path);
		outcomes[number] = outcome_of(verdict ? verdict : "none",
		    tree_number(tree_get(record, "change")));
		seen++;
		tree_free(record);
	}
	if (seen != n)
		die("%s: %zu verdicts on %zu metrics", tool.path, seen, n);
}

static void
ask_plumbline(enum design design, const struct pair *pairs, size_t n,
    enum outcome *outcomes)
{
	char file[] = "/dev/fd/9";
	char *stored[] = {"cmp-baseline", "-b", file, NULL};
	char *variants[] = {"cmp-baseline", "--base", "base",
	    design == ADAPTIVE ? "--adaptive" : NULL, NULL};

	if (design == STORED) {
		for (size_t i = 0; i < n; i++)
			put_baseline(i, pairs[i].base, pairs[i].n_base);
		fill(tool.baseline);
	} else {
		for (size_t i = 0; i < n; i++)
			put_summary(i, "base", pairs[i].base, pairs[i].n_base,
			    design != UNPAIRED);
	}
	for (size_t i = 0; i < n; i++)
		put_summary(i, "head", pairs[i].head, pairs[i].n_head,
		    design == PAIRED || design == ADAPTIVE);
	fill(tool.input);
	if (run_tool(design == STORED ? stored : variants) != 2)
		read_verdicts(outcomes, n);
	else
		for (size_t i = 0; i < n; i++)
			outcomes[i] = REFUSED;
}

/*
 * The same, as wl-run does it: metrics that are not decided go on to the next
 * look. One that is called better and small is taken for an improvement here,
 * and stops. Leaves in `pairs` the rounds that were needed.
 */
static void
ask_at_looks(struct pair *pairs, size_t n, enum outcome *outcomes)
{
	size_t *all = mem_zero(n, sizeof *all);

	for (size_t i = 0; i < n; i++) {
		all[i] = pairs[i].n_base;
		pairs[i].n_base = 0;
		outcomes[i] = INCONCLUSIVE;
	}
	for (size_t k = 0; k < LOOKS; k++) {
		size_t before = k ? looks_rounds[k - 1] : 0;

		for (size_t i = 0; i < n; i++) {
			bool open =
			    outcomes[i] == INCONCLUSIVE || outcomes[i] == SMALL;

			if (open && pairs[i].n_base == before &&
			    all[i] >= looks_rounds[k])
				pairs[i].n_base = pairs[i].n_head =
				    looks_rounds[k];
		}
		ask_plumbline(ADAPTIVE, pairs, n, outcomes);
	}
	free(all);
}

/* --- the other rules --- */

static enum outcome
ask_naive(const struct pair *pair)
{
	double base = stats_mean(pair->base, pair->n_base);
	double head = stats_mean(pair->head, pair->n_head);

	return head > base * NAIVE_LIMIT   ? REGRESSED
	       : base > head * NAIVE_LIMIT ? BETTER
					   : INCONCLUSIVE;
}

static enum outcome
ask_bare_test(const struct pair *pair)
{
	if (stats_mann_whitney(pair->head, pair->n_head, pair->base,
		pair->n_base) <= BARE_ALPHA)
		return REGRESSED;
	if (stats_mann_whitney(pair->base, pair->n_base, pair->head,
		pair->n_head) <= BARE_ALPHA)
		return BETTER;
	return INCONCLUSIVE;
}

void
judge(enum rule rule, enum design design, const struct pair *pairs, size_t n,
    struct tally *tally)
{
	enum outcome *outcomes = mem_zero(n, sizeof *outcomes);
	struct pair *used = mem_zero(n, sizeof *used);
	bool failed = false, wrongly = false, claimed = false;

	memcpy(used, pairs, n * sizeof *used);
	if (rule == PLUMBLINE && design == ADAPTIVE)
		ask_at_looks(used, n, outcomes);
	else if (rule == PLUMBLINE)
		ask_plumbline(design, pairs, n, outcomes);
	for (size_t i = 0; i < n; i++) {
		enum outcome o = rule == PLUMBLINE ? outcomes[i]
				 : rule == NAIVE   ? ask_naive(&pairs[i])
						   : ask_bare_test(&pairs[i]);
		bool shifted = pairs[i].shifted;

		(shifted ? tally->shifted : tally->steady)[o]++;
		*(shifted ? &tally->shifted_rounds : &tally->steady_rounds) +=
		    (long)used[i].n_head;
		failed = failed || o == REGRESSED;
		wrongly = wrongly || (o == REGRESSED && !shifted);
		claimed =
		    claimed || ((o == REGRESSED || o == SMALL) && !shifted);
	}
	tally->suites++;
	tally->failed += failed;
	tally->unchanged += wrongly;
	tally->claims += claimed;
	free(used);
	free(outcomes);
}
