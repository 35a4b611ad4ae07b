/*
 * usage: evaluate [-m] [-j JOBS] [-n DRAWS] [-s SUITES] TOOL DATA
 *
 * How often cmp-baseline, run as TOOL, is wrong, and how much it sees, beside
 * two simpler rules: on real measurements of one unchanged program, from
 * DATA/golang-benchseries/bent-ns_op.ndjson, and on simulated ones. -m writes
 * the tables as a part of a manual page. The same arguments give the same
 * bytes, whatever JOBS.
 *
 * Exit status: 0 the rule keeps what is promised of it; 1 it does not.
 */
#include <errno.h>
#include <getopt.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "line.h"
#include "mem.h"
#include "plan.h"
#include "tool.h"

static const struct tool_option tool_options[] = {
    {'j', "jobs", "N", "processes at once (1)"},
    {'m', "manual", NULL, "write a part of a manual page"},
    {'n', "draws", "N", "draws from the real measurements (100)"},
    {'s', "suites", "N", "simulated suites in each cell (400)"},
    {0},
};

static const struct tool tool = {
    .name = "evaluate",
    .synopsis = "[-m] [-j N] [-n N] [-s N] TOOL DATA",
    .purpose = "Print how often cmp-baseline is wrong, and what it sees.",
    .options = tool_options,
};

static struct plan
parse_options(int argc, char *argv[])
{
	struct plan plan = {.jobs = 1, .draws = 100, .suites = 400};
	int key;

	tool_start(&tool, argv);
	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'j':
			plan.jobs = (size_t)tool_integer(
			    &tool, "--jobs", optarg, 1, 1000);
			break;
		case 'm':
			plan.format = MDOC;
			break;
		case 'n':
			plan.draws = (size_t)tool_integer(
			    &tool, "--draws", optarg, 1, 10000);
			break;
		case 's':
			plan.suites = (size_t)tool_integer(
			    &tool, "--suites", optarg, 1, 1000000);
			break;
		}
	if (argc - optind != 2)
		tool_usage(&tool, "a tool and a directory of data");
	return plan;
}

/* Does what is left to do, together with the other workers. */
static void
work(const struct plan *plan, struct shared *shared)
{
	size_t item;

	while ((item = atomic_fetch_add(&shared->next, 1)) < plan->n_items)
		plan_do(plan, item, &shared->results[item]);
}

static void
work_together(const struct plan *plan, struct shared *shared)
{
	int status;

	for (size_t i = 0; i < plan->jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die_errno("fork");
		if (pid > 0)
			continue;
		judge_open(plan->tool);
		work(plan, shared);
		_exit(0);
	}
	for (size_t i = 0; i < plan->jobs; i++)
		if (wait(&status) < 0 || status != 0)
			die("a part of the evaluation failed");
}

int
main(int argc, char *argv[])
{
	struct plan plan = parse_options(argc, argv);
	struct shared *shared;
	char *path = mem_format(
	    "%s/golang-benchseries/bent-ns_op.ndjson", argv[optind + 1]);
	size_t size;
	bool kept;

	plan.tool = argv[optind];
	plan.nights = nights_read(path, "Go1.17");
	plan_items(&plan);
	size = sizeof *shared + plan.n_items * sizeof shared->results[0];
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die_errno("mmap");
	work_together(&plan, shared);
	kept = report(&plan, shared);

	munmap(shared, size);
	plan_release(&plan);
	free(path);
	out_close();
	return kept ? STATUS_DONE : STATUS_NO;
}
