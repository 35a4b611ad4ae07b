/* What the processes of a trial have used until now: their tree is found. */
#include "wl-run-usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wl-run-child.h"

/*
 * Nothing is waited for in here, no memory is kept, and what cannot be read is
 * done without: the guard, who looks, has more important things to do. It sees
 * no more processes than these.
 */
enum {
	MOST_PROCESSES = 4096
};

static struct process {
	pid_t pid, parent;
	bool ours;
} list[MOST_PROCESSES];

/*
 * The files of our control groups (cgroups(7)); empty where there is none. Of
 * version 1 the measuring process is in them, too.
 */
static char group_procs[PATH_MAX], group_cpu[PATH_MAX];
static double group_cpu_ns; /* what is 1 in the latter */

static void
name_file(char *path, const char *group, const char *file)
{
	if (group)
		snprintf(path, PATH_MAX, "%s/%s", group, file);
}

void
usage_make(void)
{
	const char *v2 = cgroup_path(NULL);

	*group_procs = *group_cpu = '\0';
	name_file(group_procs, cgroup_path("pids"), "cgroup.procs");
	name_file(group_procs, v2, "trial/cgroup.procs");
	name_file(group_cpu, v2, "cpu.stat");
	group_cpu_ns = 1e3;
	if (cgroup_path("cpuacct")) {
		name_file(group_cpu, cgroup_path("cpuacct"), "cpuacct.usage");
		group_cpu_ns = 1;
	}
}

/* --- files of the kernel --- */

/* The beginning of a file, up to the next call; empty where there is none. */
static const char *
read_text(const char *path)
{
	static char text[32 << 10];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;
	ssize_t n = fd < 0 ? 0 : 1;

	while (n > 0 && len < sizeof text - 1) {
		n = read(fd, text + len, sizeof text - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
}

static const char *
read_of_process(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
	return read_text(path);
}

/* The number behind a key at the beginning of a line, or NAN. */
static double
number_at(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		char *end;
		double x;

		text += *text == '\n';
		if (strncmp(text, key, len) != 0)
			continue;
		x = strtod(text + len, &end);
		return end > text + len ? x : (double)NAN;
	}
	return (double)NAN;
}

/* What proc(5) has in /proc/PID/stat. Times are in ticks. */
struct stat_line {
	int parent;
	unsigned long waited_user, waited_system; /* children waited for */
	unsigned long long born;		  /* since boot */
};

static bool
read_stat(pid_t pid, struct stat_line *line)
{
	/* The name, in parentheses, may itself hold parentheses. */
	const char *text = strrchr(read_of_process(pid, "stat"), ')');

	return text &&
	       sscanf(text + 1,
		   " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
		   "%lu %lu %*d %*d %*d %*d %llu",
		   &line->parent, &line->waited_user, &line->waited_system,
		   &line->born) == 4;
}

/* --- the tree --- */

static double
ticks_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec) *
	       (double)sysconf(_SC_CLK_TCK);
}

void
usage_begin(struct usage_trial *trial)
{
	*trial = (struct usage_trial){
	    .runner = getpid(), .born = floor(ticks_now())};
}

/* Somebody has a more urgent wish. */
static bool
is_disturbed(void)
{
	sigset_t waiting;

	sigpending(&waiting);
	return !sigisemptyset(&waiting);
}

static bool
list_group(const struct usage_trial *trial, size_t *n)
{
	const char *text;
	char *end;

	if (!*group_procs || access(group_procs, R_OK) < 0)
		return false;
	text = read_text(group_procs);
	for (*n = 0; *text && *n < MOST_PROCESSES; text = end) {
		pid_t pid = (pid_t)strtol(text, &end, 10);

		if (end == text || *end != '\n')
			break;
		if (pid > 0 && pid != trial->runner)
			list[(*n)++] =
			    (struct process){.pid = pid, .ours = true};
	}
	return true;
}

static int
by_pid(const void *a, const void *b)
{
	const struct process *p = a, *q = b;

	return (p->pid > q->pid) - (p->pid < q->pid);
}

/* The processes that are as young as the trial, or false. */
static bool
list_young(const struct usage_trial *trial, size_t *n)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	struct stat_line line;
	bool done = proc != NULL;

	*n = 0;
	while (done && *n < MOST_PROCESSES && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && read_stat(pid, &line) &&
		    (double)line.born >= trial->born)
			list[(*n)++] =
			    (struct process){.pid = pid, .parent = line.parent};
		done = !is_disturbed();
	}
	if (proc)
		closedir(proc);
	return done;
}

/* Which of them are descendants: children, then theirs, until no more are. */
static void
mark_descendants(pid_t runner, size_t n)
{
	bool more = true;

	qsort(list, n, sizeof *list, by_pid);
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			struct process key = {.pid = list[i].parent};
			const struct process *parent;

			if (list[i].ours)
				continue;
			parent = bsearch(&key, list, n, sizeof *list, by_pid);
			list[i].ours =
			    key.pid == runner || (parent && parent->ours);
			more |= list[i].ours;
		}
	}
}

static bool
list_tree(const struct usage_trial *trial, size_t *n)
{
	size_t n_ours = 0;

	if (list_group(trial, n))
		return true;
	if (!list_young(trial, n))
		return false;
	mark_descendants(trial->runner, *n);
	for (size_t i = 0; i < *n; i++)
		if (list[i].ours)
			list[n_ours++] = list[i];
	*n = n_ours;
	return true;
}

/* --- what it uses --- */

/*
 * Reading a process's clock brings the accounts of its threads up to date, also
 * that of the control group: otherwise those that run are up to a tick behind.
 */
static double
cpu_of_process(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &t) < 0)
		return 0;
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static double
cpu_of_waited(pid_t pid)
{
	struct stat_line line;

	return read_stat(pid, &line)
		   ? 1e9 * (double)(line.waited_user + line.waited_system) /
			 (double)sysconf(_SC_CLK_TCK)
		   : 0;
}

/* Where no group has counted it, what ended and was waited for is known. */
static double
cpu_of_tree(pid_t runner, size_t n)
{
	double sum_ns = 0, group;

	for (size_t i = 0; i < n; i++)
		sum_ns += cpu_of_process(list[i].pid);
	group = number_at(
	    read_text(group_cpu), group_cpu_ns == 1 ? "" : "usage_usec ");
	if (!isnan(group))
		return group * group_cpu_ns;
	for (size_t i = 0; i < n; i++)
		sum_ns += cpu_of_waited(list[i].pid);
	return sum_ns + cpu_of_waited(runner);
}

static double
rss_of_process(pid_t pid)
{
	double pages = 0;

	if (sscanf(read_of_process(pid, "statm"), "%*u %lf", &pages) != 1)
		return 0;
	return pages * (double)sysconf(_SC_PAGESIZE);
}

/* That of children who were waited for is in it, too. */
static void
add_io(pid_t pid, struct usage *usage)
{
	const char *text = read_of_process(pid, "io");
	double read_bytes = number_at(text, "read_bytes: ");
	double written = number_at(text, "write_bytes: ");

	if (isnan(read_bytes) || isnan(written))
		return; /* it has ended, or belongs to another user */
	usage->x[USAGE_READ] += read_bytes;
	usage->x[USAGE_WRITTEN] += written;
}

/* All interfaces; a line of proc(5)'s table begins with a name and a colon. */
static void
read_network(struct usage *usage)
{
	const char *text = read_text("/proc/self/net/dev");
	double received, sent;

	usage->x[USAGE_RECEIVED] = usage->x[USAGE_SENT] = *text ? 0 : NAN;
	while ((text = strchr(text, ':')))
		if (sscanf(++text, "%lf %*u %*u %*u %*u %*u %*u %*u %lf",
			&received, &sent) == 2) {
			usage->x[USAGE_RECEIVED] += received;
			usage->x[USAGE_SENT] += sent;
		}
}

bool
usage_read(const struct usage_trial *trial, bool running, struct usage *usage)
{
	bool counts_io = *read_of_process(trial->runner, "io") != '\0';
	size_t n = 0;

	if (running && !list_tree(trial, &n))
		return false;
	for (enum usage_kind i = 0; i < USAGE_COUNT; i++)
		usage->x[i] = 0;
	usage->x[USAGE_CPU] = cpu_of_tree(trial->runner, n);
	usage->at_ns = process_now_ns();
	for (size_t i = 0; i < n && !is_disturbed(); i++) {
		usage->x[USAGE_RSS] += rss_of_process(list[i].pid);
		add_io(list[i].pid, usage);
	}
	add_io(trial->runner, usage);
	if (!counts_io)
		usage->x[USAGE_READ] = usage->x[USAGE_WRITTEN] = NAN;
	read_network(usage);
	return !running || !is_disturbed();
}
