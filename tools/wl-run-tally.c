/* What all processes of a trial used together, as control groups count it. */
#include "wl-run-child.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

/* A file of our groups. It stays open, so that reading it is cheap. */
struct file {
	const char *controller; /* of version 1; NULL: of version 2 */
	const char *name;
	int fd; /* -1: it is not there */
};

static struct file cpu_stat = {NULL, "cpu.stat", -1},
		   cpuacct = {"cpuacct", "cpuacct.usage", -1},
		   io_stat = {NULL, "io.stat", -1},
		   peak_v2 = {NULL, "memory.peak", -1},
		   now_v2 = {NULL, "memory.current", -1},
		   oom_v2 = {NULL, "memory.events", -1},
		   peak_v1 = {"memory", "memory.max_usage_in_bytes", -1},
		   now_v1 = {"memory", "memory.usage_in_bytes", -1},
		   oom_v1 = {"memory", "memory.oom_control", -1};

/*
 * Before Linux 6.12 no peak of version 2 can be begun anew, so each trial has
 * a new group, and this is the peak of that.
 */
static struct file peak_of_trial = {NULL, "trial/memory.peak", -1};
static bool renews;

/* In version 1 what is killed counts only in the group that it was in. */
static struct file oom_of_trial = {"memory", "trial/memory.oom_control", -1};

/* What had been used when the trial began. */
static struct {
	double cpu_ns, memory, read, written, oom_kills;
} before;

/* --- the files --- */

static bool
open_file(struct file *file, int flags)
{
	const char *group = cgroup_path(file->controller);

	file->fd = group ? group_open(group, file->name, flags) : -1;
	return file->fd >= 0;
}

static void
close_file(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* Its text; false where it is not there, or is too long to be whole. */
static bool
read_file(const struct file *file, char *text, size_t size)
{
	ssize_t n = file->fd < 0 ? -1 : pread(file->fd, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return n >= 0 && (size_t)n < size - 1;
}

/* A file that holds one number; NAN where there is none. */
static double
read_number(const struct file *file)
{
	char text[64];

	return read_file(file, text, sizeof text) && *text ? strtod(text, NULL)
							   : (double)NAN;
}

/*
 * The sum of what follows a key wherever it is in a file, as in "oom_kill 1"
 * or "8:0 rbytes=4096 wbytes=0"; NAN where there is no such file.
 */
static double
read_sum(const struct file *file, const char *key)
{
	char text[8192];
	double sum = 0;

	if (!read_file(file, text, sizeof text))
		return NAN;
	for (char *at = text; (at = strstr(at, key)); at += strlen(key))
		if (at == text || at[-1] == ' ' || at[-1] == '\n')
			sum += strtod(at + strlen(key), NULL);
	return sum;
}

/* Begins a peak anew: any text does that. */
static bool
reset_peak(const struct file *file)
{
	return pwrite(file->fd, "0", 1, 0) == 1;
}

static void
open_memory(void)
{
	if (!open_file(&now_v2, O_RDONLY)) {
		open_file(&now_v1, O_RDONLY);
		open_file(&oom_v1, O_RDONLY);
		open_file(&peak_v1, O_RDWR);
		return;
	}
	open_file(&oom_v2, O_RDONLY);
	if (open_file(&peak_v2, O_RDWR) && reset_peak(&peak_v2))
		return;
	close_file(&peak_v2);
	renews = cgroup_hand_down("memory") &&
		 group_has(cgroup_path(NULL), peak_of_trial.name, R_OK);
}

/* --- what they say --- */

/* By what each metric is measured, in a run's caps; NULL: by nothing. */
static const char *
means_of(enum builtin builtin)
{
	switch (builtin) {
	case BUILTIN_TREE_CPU_TIME:
		return cpu_stat.fd >= 0	 ? "v2 cpu.stat"
		       : cpuacct.fd >= 0 ? "v1 cpuacct.usage"
					 : NULL;
	case BUILTIN_PEAK_MEMORY:
		return peak_v2.fd >= 0	 ? "v2 memory.peak"
		       : renews		 ? "v2 memory.peak of a new group"
		       : peak_v1.fd >= 0 ? "v1 memory.max_usage_in_bytes"
					 : NULL;
	case BUILTIN_TREE_BLOCK_READ:
	case BUILTIN_TREE_BLOCK_WRITTEN:
		return io_stat.fd >= 0 ? "v2 io.stat" : NULL;
	default:
		return NULL;
	}
}

static const enum builtin measured[] = {
    BUILTIN_TREE_CPU_TIME,
    BUILTIN_PEAK_MEMORY,
    BUILTIN_TREE_BLOCK_READ,
    BUILTIN_TREE_BLOCK_WRITTEN,
};

enum {
	N_MEASURED = sizeof measured / sizeof *measured
};

void
tally_open(const bool declared[BUILTIN_COUNT])
{
	if (!open_file(&cpu_stat, O_RDONLY))
		open_file(&cpuacct, O_RDONLY);
	open_file(&io_stat, O_RDONLY);
	open_memory();
	for (size_t i = 0; i < N_MEASURED; i++)
		if (declared[measured[i]] && !means_of(measured[i]))
			warn("%s: no control group counts that here",
			    builtin_names[measured[i]]);
}

void
tally_describe(struct jline *caps)
{
	for (size_t i = 0; i < N_MEASURED; i++)
		jline_string(
		    caps, builtin_names[measured[i]], means_of(measured[i]));
}

/*
 * In version 1 we are in the group ourselves. Reading our own clock first also
 * brings what the group has of us up to date.
 */
static double
cpu_time_ns(void)
{
	struct timespec own;

	if (cpu_stat.fd >= 0)
		return 1e3 * read_sum(&cpu_stat, "usage_usec ");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	return read_number(&cpuacct) - 1e9 * (double)own.tv_sec -
	       (double)own.tv_nsec;
}

/* How many processes the kernel has killed for want of memory. */
static double
oom_kills(void)
{
	double n = read_sum(oom_v2.fd >= 0 ? &oom_v2 : &oom_v1, "oom_kill ");

	if (oom_of_trial.fd >= 0)
		n += read_sum(&oom_of_trial, "oom_kill ");
	return n;
}

void
tally_start(void)
{
	const struct file *peak = peak_v2.fd >= 0 ? &peak_v2 : &peak_v1;

	close_file(&oom_of_trial);
	if (limits_are_on())
		open_file(&oom_of_trial, O_RDONLY);
	before.oom_kills = oom_kills();
	before.read = read_sum(&io_stat, "rbytes=");
	before.written = read_sum(&io_stat, "wbytes=");
	before.memory = 0;
	if (renews) {
		close_file(&peak_of_trial);
		if (!limits_are_on())
			cgroup_renew(true);
		open_file(&peak_of_trial, O_RDONLY);
	} else if (peak->fd >= 0) {
		reset_peak(peak);
		before.memory = read_number(now_v2.fd >= 0 ? &now_v2 : &now_v1);
	}
	before.cpu_ns = cpu_time_ns();
}

void
tally_stop(double values[BUILTIN_COUNT])
{
	const struct file *peak = renews	    ? &peak_of_trial
				  : peak_v2.fd >= 0 ? &peak_v2
						    : &peak_v1;

	double more = read_number(peak) - before.memory;

	values[BUILTIN_TREE_CPU_TIME] = cpu_time_ns() - before.cpu_ns;
	values[BUILTIN_PEAK_MEMORY] = more < 0 ? 0 : more;
	values[BUILTIN_TREE_BLOCK_READ] =
	    read_sum(&io_stat, "rbytes=") - before.read;
	values[BUILTIN_TREE_BLOCK_WRITTEN] =
	    read_sum(&io_stat, "wbytes=") - before.written;
}

double
tally_oom_kills(void)
{
	return oom_kills() - before.oom_kills;
}
