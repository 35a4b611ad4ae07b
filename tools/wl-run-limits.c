/*
 * What a case may use, as control groups keep it. Its command has groups of its
 * own in ours: into that of version 2 it is cloned, those of version 1 it
 * enters by itself before execve.
 */
#include "wl-run-child.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the kernel takes at most as a number of processes, PID_MAX_LIMIT. */
#define MOST_PROCESSES 4194304.0

enum {
	PERIOD_US = 100000, /* of a quota of the processor; the default */
	N_KINDS = 3
};

/* The command's groups of version 1: in which of ours, and cgroup.procs. */
static struct entered {
	const char *group;
	int procs;
} entered[N_KINDS];
static size_t n_entered;

static bool on, keeps_processes;

/* The same limit, in the files of the command's group of either version. */
struct limit {
	const char *controller;
	const char *file2, *text2;
	const char *file1, *text1;
};

static bool
keep_in_v2(const struct limit *limit)
{
	const char *group = cgroup_path(NULL);

	return group && cgroup_hand_down(limit->controller) &&
	       group_write(group, limit->file2, limit->text2);
}

static bool
keep_in_v1(const struct limit *limit)
{
	const char *group = cgroup_path(limit->controller);
	char *trial;
	int procs;

	if (!group)
		return false;
	for (size_t i = 0; i < n_entered; i++)
		if (strcmp(entered[i].group, group) == 0)
			return group_write(group, limit->file1, limit->text1);
	trial = mem_format("%s/trial", group);
	mkdir(trial, 0700); /* it may be there: controllers can share it */
	free(trial);
	if (!group_write(group, limit->file1, limit->text1))
		return false;
	procs = group_open(group, "trial/cgroup.procs", O_WRONLY);
	if (procs < 0)
		return false;
	entered[n_entered++] = (struct entered){group, procs};
	return true;
}

static bool
keep(const struct limit *limit)
{
	return keep_in_v2(limit) || keep_in_v1(limit);
}

/* Swap is no memory: a command that swaps is not measured, but waited for. */
static void
keep_from_swap(const char *most)
{
	const char *v1 = cgroup_path("memory");

	if (v1) {
		group_write(v1, "trial/memory.memsw.limit_in_bytes", most);
		return;
	}
	group_write(cgroup_path(NULL), "trial/memory.swap.max", "0");
	/* A command of which a part was killed is of no use either. */
	group_write(cgroup_path(NULL), "trial/memory.oom.group", "1");
}

static bool
keep_memory(double most)
{
	char text[32];
	const struct limit limit = {"memory", "trial/memory.max", text,
	    "trial/memory.limit_in_bytes", text};

	snprintf(text, sizeof text, "%.0f", most);
	if (!keep(&limit))
		return false;
	keep_from_swap(text);
	return true;
}

static bool
keep_cpu(double most)
{
	char text[64], quota[32];
	const struct limit limit = {
	    "cpu", "trial/cpu.max", text, "trial/cpu.cfs_quota_us", quota};

	snprintf(quota, sizeof quota, "%.0f", most * PERIOD_US);
	snprintf(text, sizeof text, "%s %d", quota, PERIOD_US);
	return keep(&limit);
}

/* Without a group there is RLIMIT_NPROC, but not for root. */
static bool
keep_processes(double most)
{
	char text[32];
	const struct limit limit = {
	    "pids", "trial/pids.max", text, "trial/pids.max", text};

	snprintf(text, sizeof text, "%.0f", fmin(most, MOST_PROCESSES));
	keeps_processes = keep(&limit);
	return keeps_processes || geteuid() != 0;
}

const char *
limits_begin(const struct limits *limits)
{
	const char *missing = NULL;

	if (isnan(limits->memory) && isnan(limits->cpu) &&
	    isnan(limits->processes))
		return NULL;
	on = true;
	cgroup_renew(true);
	if (!isnan(limits->memory) && !keep_memory(limits->memory))
		missing = "memory";
	else if (!isnan(limits->cpu) && !keep_cpu(limits->cpu))
		missing = "cpu";
	else if (!isnan(limits->processes) &&
		 !keep_processes(limits->processes))
		missing = "processes";
	if (missing)
		limits_end();
	return missing;
}

void
limits_renew(const struct limits *limits)
{
	if (on && cgroup_is_spent())
		limits_begin(limits);
}

bool
limits_are_on(void)
{
	return on;
}

bool
limits_keep_processes(void)
{
	return keeps_processes;
}

bool
limits_enter(void)
{
	for (size_t i = 0; i < n_entered; i++)
		if (write(entered[i].procs, "0", 1) < 0)
			return false;
	return true;
}

void
limits_end(void)
{
	if (!on)
		return;
	while (n_entered > 0) {
		struct entered *e = &entered[--n_entered];
		char *trial = mem_format("%s/trial", e->group);

		close(e->procs);
		group_remove(trial);
		free(trial);
	}
	cgroup_renew(true);
	on = keeps_processes = false;
}
