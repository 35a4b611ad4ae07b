/*
 * Control groups (cgroups(7)): what a run starts is in groups of its own, of
 * version 2, of version 1, or of both, as each controller is in only one.
 */
#include "wl-run-child.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

/* No workload needs more of them, and no machine is lost with as many. */
enum {
	MOST_PROCESSES = 10000
};

/*
 * Version 2. `path` is a group of ours that holds no process, only the group
 * `trial`, into which children are cloned. So what is read of it, by files
 * that stay open, outlives a trial that was killed.
 */
static struct {
	char *path;
	int lock, trial;
	bool spent;  /* killed: the next child needs a new one */
	char *root;  /* where we have switched controllers on */
	char *added; /* which: "+memory +pids" */
} v2 = {.lock = -1, .trial = -1};

/*
 * Version 1: a group for each controller. The measuring process enters it
 * once, so that children are in it at no cost.
 */
static struct v1 {
	const char *controller;
	const char *stands_for; /* the file of version 2 that has the same */
	char *path;
	int lock;
	int back; /* cgroup.procs of where it was before */
} v1[] = {
    {"memory", "memory.current", .lock = -1, .back = -1},
    {"pids", "pids.max", .lock = -1, .back = -1},
    {"cpuacct", "cpu.stat", .lock = -1, .back = -1},
    {"cpu", "cpu.max", .lock = -1, .back = -1},
};

enum {
	N_V1 = sizeof v1 / sizeof *v1
};

static pid_t guard;
static double process_limit = NAN;

/* --- the number of processes --- */

/* What a file says is the most that there can be; "max" is nothing. */
static void
lower_limit(const char *dir, const char *file, double factor)
{
	char text[64], *end;
	double x;

	group_line(dir, file, text, sizeof text);
	x = factor * strtod(text, &end);
	if (end > text && x < process_limit)
		process_limit = x;
}

/* --- version 2 --- */

/*
 * Only the root may hold processes beside groups with controllers. What is not
 * yet switched on there is, for as long as we run.
 */
static void
switch_on_at_root(const char *home)
{
	static const char *const wanted[] = {"memory", "pids", "io", "cpu"};
	char all[512], on[512], text[64] = "";

	if (group_has(home, "cgroup.type", F_OK))
		return; /* it is no root */
	group_line(home, "cgroup.controllers", all, sizeof all);
	group_line(home, "cgroup.subtree_control", on, sizeof on);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (group_has_word(all, wanted[i]) &&
		    !group_has_word(on, wanted[i])) {
			strcat(text, *text ? " +" : "+");
			strcat(text, wanted[i]);
		}
	if (*text && group_write(home, "cgroup.subtree_control", text)) {
		v2.root = mem_copy(home);
		v2.added = mem_copy(text);
	}
}

/* When our group has gone. */
static void
switch_off_at_root(void)
{
	if (!v2.root)
		return;
	for (char *c = v2.added; *c; c++)
		if (*c == '+')
			*c = '-';
	/* Another run may have found them on, and needs them still. */
	if (!group_has_ours(v2.root))
		group_write(v2.root, "cgroup.subtree_control", v2.added);
	free(v2.root);
	free(v2.added);
	v2.root = v2.added = NULL;
}

/* Whether a group has limits of its own, which its neighbours do not have. */
static bool
is_limited(const char *group)
{
	static const struct {
		const char *file, *unlimited;
	} limits[] = {
	    {"memory.max", "max"},
	    {"memory.high", "max"},
	    {"memory.swap.max", "max"},
	    {"cpu.max", "max"},
	    {"cpuset.cpus", ""},
	    {"cpuset.mems", ""},
	    {"io.max", ""},
	};
	char text[256];

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		if (!group_has(group, limits[i].file, F_OK))
			continue;
		group_line(group, limits[i].file, text, sizeof text);
		text[strcspn(text, " ")] = '\0';
		if (strcmp(text, limits[i].unlimited) != 0)
			return true;
	}
	return false;
}

/*
 * A group with processes, such as the one that we are in, cannot give a group
 * in it controllers, but the one above it can. We go there if that evades no
 * limit and escapes no other wl-run, which counts and kills what is in its
 * trial.
 */
static char *
make_group_beside(const char *home)
{
	char *parent = mem_copy(home), *slash = strrchr(parent, '/');
	char *path = NULL;

	if (slash)
		*slash = '\0';
	if (group_has(home, "memory.current", F_OK) && !is_limited(home) &&
	    !strstr(home, "/" GROUP_PREFIX) &&
	    group_has(parent, "cgroup.procs", W_OK))
		path = group_make(parent, &v2.lock);
	free(parent);
	return path;
}

/* A new group for the next child. */
static void
open_trial(void)
{
	char *path = mem_format("%s/trial", v2.path);

	if (v2.trial >= 0)
		close(v2.trial);
	v2.trial = -1;
	group_remove(path);
	if (mkdir(path, 0700) == 0)
		v2.trial = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	v2.spent = false;
	free(path);
	if (v2.trial < 0)
		cgroup_without_v2();
}

static void
make_v2(void)
{
	char *home = group_home(NULL);

	if (!home)
		return;
	lower_limit(home, "pids.max", 1);
	switch_on_at_root(home);
	v2.path = make_group_beside(home);
	if (!v2.path)
		v2.path = group_make(home, &v2.lock);
	if (v2.path)
		open_trial();
	else
		switch_off_at_root();
	free(home);
}

void
cgroup_without_v2(void)
{
	char *trial;

	if (!v2.path)
		return;
	if (v2.trial >= 0)
		close(v2.trial);
	close(v2.lock);
	v2.trial = v2.lock = -1;
	trial = mem_format("%s/trial", v2.path);
	group_remove(trial);
	group_remove(v2.path);
	free(trial);
	free(v2.path);
	v2.path = NULL;
	switch_off_at_root();
}

/* --- version 1 --- */

/* Controllers may share a hierarchy, as cpu and cpuacct often do. */
static char *
make_shared_group(struct v1 *group, const char *home)
{
	size_t len = strlen(home);

	for (const struct v1 *g = v1; g < group; g++)
		if (g->path && strncmp(g->path, home, len) == 0 &&
		    strncmp(g->path + len, "/" GROUP_PREFIX,
			strlen("/" GROUP_PREFIX)) == 0)
			return mem_copy(g->path);
	return group_make(home, &group->lock);
}

static void
make_v1(struct v1 *group)
{
	char *home;

	if (v2.path && group_has(v2.path, group->stands_for, F_OK))
		return;
	home = group_home(group->controller);
	if (!home)
		return;
	group->back = group_open(home, "cgroup.procs", O_WRONLY);
	if (group->back >= 0)
		group->path = make_shared_group(group, home);
	free(home);
}

static void
without_v1(struct v1 *group)
{
	if (group->back >= 0)
		close(group->back);
	if (group->lock >= 0)
		close(group->lock);
	if (group->path)
		group_remove(group->path);
	free(group->path);
	group->path = NULL;
	group->back = group->lock = -1;
}

/*
 * A workload that forks without end must not take the machine. Where we are in
 * the group we count, too.
 */
static void
limit_processes(void)
{
	const char *group = cgroup_path(NULL);
	double ours = 0;
	char text[32];

	if (cgroup_path("pids")) {
		group = cgroup_path("pids");
		ours = 1;
	}
	snprintf(text, sizeof text, "%.0f", floor(process_limit) + ours);
	if (!group || !group_write(group, "pids.max", text))
		process_limit = NAN;
}

/* --- for the run --- */

void
cgroup_make(void)
{
	guard = getpid();
	process_limit = MOST_PROCESSES;
	lower_limit("/proc/sys/kernel", "threads-max", 0.5);
	make_v2();
	for (size_t i = 0; i < N_V1; i++)
		make_v1(&v1[i]);
	limit_processes();
}

void
cgroup_enter(void)
{
	for (size_t i = 0; i < N_V1; i++)
		if (v1[i].path && strcmp(v1[i].controller, "cpu") != 0 &&
		    !group_write(v1[i].path, "cgroup.procs", "0"))
			without_v1(&v1[i]);
}

/* Keepers that were killed have left theirs beside ours. */
static void
sweep_beside(const char *path)
{
	char *parent = mem_copy(path);

	*strrchr(parent, '/') = '\0';
	group_sweep(parent);
	free(parent);
}

void
cgroup_remove(void)
{
	if (v2.path)
		sweep_beside(v2.path);
	for (size_t i = 0; i < N_V1; i++)
		if (v1[i].path)
			sweep_beside(v1[i].path);
	cgroup_without_v2();
	for (size_t i = 0; i < N_V1; i++)
		without_v1(&v1[i]);
}

void
cgroup_leave(void)
{
	if (getppid() == guard)
		return;
	for (size_t i = 0; i < N_V1; i++)
		if (v1[i].path && write(v1[i].back, "0", 1) < 0)
			warn("%s: %s", v1[i].path, strerror(errno));
	cgroup_remove();
}

void
cgroup_forget(void)
{
	const int fds[] = {v2.lock, v2.trial, v1[0].lock, v1[0].back,
	    v1[1].lock, v1[1].back, v1[2].lock, v1[2].back, v1[3].lock,
	    v1[3].back};

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	for (size_t i = 0; i < N_V1; i++) {
		free(v1[i].path);
		v1[i].path = NULL;
		v1[i].lock = v1[i].back = -1;
	}
	free(v2.path);
	free(v2.root);
	free(v2.added);
	v2.path = v2.root = v2.added = NULL;
	v2.lock = v2.trial = -1;
	v2.spent = false;
}

bool
cgroup_kill(void)
{
	v2.spent = true;
	/* Linux 5.14 */
	return v2.path && group_write(v2.path, "cgroup.kill", "1");
}

bool
cgroup_is_spent(void)
{
	return v2.path && v2.spent;
}

static int
by_number(const void *a, const void *b)
{
	const pid_t *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

pid_t *
cgroup_members(size_t *n)
{
	const char *group = cgroup_path("pids");
	int fd = group	   ? group_open(group, "cgroup.procs", O_RDONLY)
		 : v2.path ? group_open(v2.path, "trial/cgroup.procs", O_RDONLY)
			   : -1;
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	pid_t *members = NULL;
	size_t capacity = 0;
	char line[32];

	*n = 0;
	while (f && fgets(line, sizeof line, f))
		*MEM_PUSH(members, *n, capacity) = (pid_t)atol(line);
	if (f)
		fclose(f);
	if (*n)
		qsort(members, *n, sizeof *members, by_number);
	return members;
}

bool
cgroup_is_member(pid_t pid, const pid_t *members, size_t n)
{
	return n && bsearch(&pid, members, n, sizeof *members, by_number);
}

void
cgroup_renew(bool always)
{
	if (cgroup_is_spent() || (v2.path && always))
		open_trial();
}

bool
cgroup_hand_down(const char *controller)
{
	char text[32];

	snprintf(text, sizeof text, "+%s", controller);
	return v2.path && group_write(v2.path, "cgroup.subtree_control", text);
}

int
cgroup_trial(void)
{
	return v2.trial;
}

const char *
cgroup_path(const char *controller)
{
	if (!controller)
		return v2.path;
	for (size_t i = 0; i < N_V1; i++)
		if (strcmp(v1[i].controller, controller) == 0)
			return v1[i].path;
	return NULL;
}

void
cgroup_describe(struct jline *caps)
{
	bool any_v1 = false;

	for (size_t i = 0; i < N_V1; i++)
		any_v1 |= v1[i].path != NULL;
	jline_string(caps, "cgroup",
	    v2.path && any_v1 ? "v2+v1"
	    : v2.path	      ? "v2"
	    : any_v1	      ? "v1"
			      : "none");
	jline_number(caps, "process_limit", process_limit);
}
