/*
 * What disturbs a trial, and what the machine counts while one runs: the files
 * are opened once and read before and after each trial.
 */
#include "wl-run.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum file {
	FILE_STAT,
	FILE_PSI_CPU,
	FILE_PSI_MEMORY,
	FILE_PSI_IO,
	FILE_QUOTA,
	FILE_VMSTAT,
	FILE_NET,
	FILE_IO,
	FILE_OWN_IO,
	FILE_LOAD,
	N_FILES,
	LEAST_PAGE = 4096,
	N_PACKAGES = 8, /* of processors; no more of them are looked at */
};

static const char *const paths[N_FILES] = {
    [FILE_PSI_CPU] = "/proc/pressure/cpu",
    [FILE_PSI_MEMORY] = "/proc/pressure/memory",
    [FILE_PSI_IO] = "/proc/pressure/io",
    [FILE_NET] = "/proc/self/net/dev",
    [FILE_IO] = "/proc/self/io",
    [FILE_OWN_IO] = "/proc/thread-self/io",
    [FILE_LOAD] = "/proc/loadavg",
};

/* What counts up for the whole machine. NAN: it is not counted here. */
struct counts {
	double at_ns; /* when they were read */
	double steal_ns, psi_cpu_ns, psi_memory_ns, psi_io_ns;
	double throttled_ns, thermal, swapped, received, sent;
};

static struct meters {
	bool open;
	int files[N_FILES]; /* -1: there is none */
	int packages[N_PACKAGES];
	size_t n_packages;
	double ns_per_tick, processors;
	/* What stands for files that need not be read: 0, or NAN. */
	double steal_without, throttled_without, swapped_without;
	struct counts start, stop;
	double bytes_read, written; /* by children, after runs_read commands */
	unsigned long runs_read;
	double load, load_ns; /* and when it was read */
} m;

/* --- opening --- */

/* One count for each package of processors: that of its first one. */
static void
see_package(const char *path, void *seen)
{
	char file[PATH_MAX];
	double number;
	unsigned long *bits = seen;

	snprintf(file, sizeof file, "%s/topology/physical_package_id", path);
	number = machine_number(file);
	if (!(number >= 0 && number < 64) || *bits & 1UL << (int)number ||
	    m.n_packages == N_PACKAGES)
		return;
	*bits |= 1UL << (int)number;
	snprintf(file, sizeof file,
	    "%s/thermal_throttle/package_throttle_count", path);
	m.packages[m.n_packages] = machine_open(file);
	m.n_packages += m.packages[m.n_packages] >= 0;
}

/*
 * Nobody steals from a real machine; and a large one takes long to say so, as
 * it adds up all its interrupts on the way.
 */
static void
open_steal(void)
{
	bool real = machine_is_virtual() == 0;

	m.steal_without = real ? 0 : (double)NAN;
	m.files[FILE_STAT] = real ? -1 : machine_open("/proc/stat");
}

/* Only a control group that has a limit is stopped. */
static void
open_quota(void)
{
	char dir[PATH_MAX], path[PATH_MAX + 16];
	double cpus = machine_cpu_quota(dir, sizeof dir);

	m.throttled_without = isinf(cpus) ? 0 : (double)NAN;
	m.files[FILE_QUOTA] = -1;
	if (!isfinite(cpus))
		return;
	snprintf(path, sizeof path, "%s/cpu.stat", dir);
	m.files[FILE_QUOTA] = machine_open(path);
}

/* The dearest of the files says nothing where there is no swap. */
static void
open_swapped(void)
{
	double swap = machine_memory("SwapTotal");

	m.swapped_without = swap == 0 ? 0 : (double)NAN;
	m.files[FILE_VMSTAT] = swap > 0 ? machine_open("/proc/vmstat") : -1;
}

static void
open_meters(void)
{
	unsigned long seen = 0;

	m.open = true;
	for (enum file f = 0; f < N_FILES; f++)
		if (paths[f])
			m.files[f] = machine_open(paths[f]);
	open_steal();
	open_quota();
	open_swapped();
	machine_each("/sys/devices/system/cpu/cpu[0-9]*", see_package, &seen);
	m.ns_per_tick = 1e9 / (double)sysconf(_SC_CLK_TCK);
	m.processors = (double)sysconf(_SC_NPROCESSORS_ONLN);
}

/* --- reading --- */

/* What all readers share; only the pages that are used take memory. */
static char text[1 << 16];

/* Reads a file from its beginning; its length, or 0. */
static size_t
read_file(int fd, size_t size)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, text, size, 0);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* The number behind a word of the text. */
static double
number_after(const char *word)
{
	const char *at = strstr(text, word);
	char *end;
	double x;

	if (!at)
		return NAN;
	at += strlen(word);
	x = strtod(at, &end);
	return end == at ? (double)NAN : x;
}

/* The number of a line behind n others, or NAN. */
static double
number_behind(const char *line, int n)
{
	char *end;
	double x;

	while (n--) {
		line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	if (line[strspn(line, " ")] == '\n')
		return NAN;
	x = strtod(line, &end);
	return end == line ? (double)NAN : x;
}

/*
 * proc_stat(5): the first line is "cpu" and user, nice, system, idle, iowait,
 * irq, softirq, steal. Those behind it, with the interrupts, are not asked for.
 */
static double
read_steal_ns(void)
{
	if (m.files[FILE_STAT] < 0)
		return m.steal_without;
	read_file(m.files[FILE_STAT], 200);
	return number_behind(text, 8) * m.ns_per_tick;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=123", in microseconds. */
static double
read_pressure_ns(enum file file)
{
	read_file(m.files[file], 100);
	return 1e3 * number_after("total=");
}

/* Version 2 has microseconds, version 1 nanoseconds. */
static double
read_throttled_ns(void)
{
	double usec;

	if (m.files[FILE_QUOTA] < 0)
		return m.throttled_without;
	read_file(m.files[FILE_QUOTA], 1000);
	usec = number_after("throttled_usec ");
	return isnan(usec) ? number_after("throttled_time ") : 1e3 * usec;
}

static double
read_swapped(void)
{
	if (m.files[FILE_VMSTAT] < 0)
		return m.swapped_without;
	read_file(m.files[FILE_VMSTAT], sizeof text - 1);
	return number_after("\npswpin ") + number_after("\npswpout ");
}

static double
read_thermal(void)
{
	double events = m.n_packages ? 0 : (double)NAN;

	for (size_t i = 0; i < m.n_packages; i++) {
		read_file(m.packages[i], 32);
		events += strtod(text, NULL);
	}
	return events;
}

/*
 * proc_pid_net(5): two lines of headings; then a name, a colon, eight numbers
 * of what was received, the first in bytes, and as many of what was sent.
 */
static void
read_network(struct counts *c)
{
	size_t len = 0, n;
	int fd = m.files[FILE_NET];

	do {
		ssize_t got = fd < 0 ? 0
				     : pread(fd, text + len,
					   sizeof text - 1 - len, (off_t)len);

		n = got > 0 ? (size_t)got : 0;
		len += n;
		/* The kernel gives a page at a time: less is the last one. */
	} while (n > LEAST_PAGE / 2);
	text[len] = '\0';
	if (!len)
		return;
	c->received = c->sent = 0;
	for (const char *at = text; (at = strchr(at, ':'));) {
		c->received += number_behind(++at, 0);
		c->sent += number_behind(at, 8);
	}
}

static void
read_counts(struct counts *c)
{
	*c = (struct counts){
	    .at_ns = process_now_ns(),
	    .steal_ns = read_steal_ns(),
	    .psi_cpu_ns = read_pressure_ns(FILE_PSI_CPU),
	    .psi_memory_ns = read_pressure_ns(FILE_PSI_MEMORY),
	    .psi_io_ns = read_pressure_ns(FILE_PSI_IO),
	    .throttled_ns = read_throttled_ns(),
	    .thermal = read_thermal(),
	    .swapped = read_swapped(),
	    .received = NAN,
	    .sent = NAN,
	};
	read_network(c);
}

/*
 * proc_pid_io(5): what children that were waited for, and theirs, have read
 * and written by system calls. A process has that in its counts, and its only
 * thread has not. Of what is read here to know that, one knows more than the
 * other.
 */
static void
read_io(double *bytes_read, double *written)
{
	size_t len = read_file(m.files[FILE_IO], 1000);

	*bytes_read = number_after("rchar: ") + (double)len;
	*written = number_after("wchar: ");
	read_file(m.files[FILE_OWN_IO], 1000);
	*bytes_read -= number_after("rchar: ");
	*written -= number_after("wchar: ");
}

/* The kernel computes it every five seconds. */
static double
read_load(double now_ns)
{
	const double soon_ns = 1e9;

	if (m.load_ns > 0 && now_ns - m.load_ns < soon_ns)
		return m.load;
	read_file(m.files[FILE_LOAD], 32);
	m.load = *text ? strtod(text, NULL) : (double)NAN;
	m.load_ns = now_ns;
	return m.load;
}

/* --- around a trial --- */

void
noise_start(void)
{
	/* So soon after the last trial, what was read behind it still holds. */
	const double soon_ns = 1e6;

	if (!m.open)
		open_meters();
	if (process_now_ns() - m.stop.at_ns < soon_ns)
		m.start = m.stop;
	else
		read_counts(&m.start);
	if (m.runs_read != process_runs())
		read_io(&m.bytes_read, &m.written);
}

/* What has been counted; NAN where it has gone down, or begun anew. */
static double
since(double start, double stop)
{
	return stop >= start ? stop - start : (double)NAN;
}

void
noise_stop(struct noise *noise, double *values)
{
	const struct counts *a = &m.start, *b = &m.stop;
	double read_before = m.bytes_read, written_before = m.written;

	read_io(&m.bytes_read, &m.written);
	m.runs_read = process_runs();
	read_counts(&m.stop);
	*noise = (struct noise){
	    .steal_ns = since(a->steal_ns, b->steal_ns),
	    .psi_cpu_ns = since(a->psi_cpu_ns, b->psi_cpu_ns),
	    .psi_memory_ns = since(a->psi_memory_ns, b->psi_memory_ns),
	    .psi_io_ns = since(a->psi_io_ns, b->psi_io_ns),
	    .throttled_ns = since(a->throttled_ns, b->throttled_ns),
	    .thermal_throttles = since(a->thermal, b->thermal),
	    .swapped = since(a->swapped, b->swapped),
	    .involuntary_switches = NAN,
	    .migrations = NAN,
	    .load = read_load(m.stop.at_ns),
	};
	values[BUILTIN_BYTES_READ] = since(read_before, m.bytes_read);
	values[BUILTIN_BYTES_WRITTEN] = since(written_before, m.written);
	values[BUILTIN_NETWORK_RECEIVED] = since(a->received, b->received);
	values[BUILTIN_NETWORK_SENT] = since(a->sent, b->sent);
}

/* --- flags --- */

void
noise_judge(struct attempt *attempt)
{
	double elapsed_ns = m.stop.at_ns - m.start.at_ns;
	struct noise *n = &attempt->noise;
	double switches = (double)attempt->outcome.usage.ru_nivcsw;
	/* wl-run(1), The noise, has this table, too. */
	const struct limit {
		const char *flag;
		bool passed;
		bool lasts; /* it will be there again the next time */
	} limits[] = {
	    {"steal", n->steal_ns > 0.01 * elapsed_ns, false},
	    {"psi_cpu", n->psi_cpu_ns > 0.1 * elapsed_ns, false},
	    {"psi_memory", n->psi_memory_ns > 0.01 * elapsed_ns, false},
	    {"psi_io", n->psi_io_ns > 0.05 * elapsed_ns, false},
	    {"throttled", n->throttled_ns > 0, false},
	    {"thermal", n->thermal_throttles > 0, false},
	    {"swapped", n->swapped > 0, false},
	    {"switches", switches > 20 && switches > 100 * elapsed_ns / 1e9,
		false},
	    {"load", n->load > m.processors, true},
	};

	n->involuntary_switches = switches;
	n->migrations = attempt->values[BUILTIN_CPU_MIGRATIONS];
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].passed) {
			judge_flag(attempt, limits[i].flag);
			attempt->perturbed |= !limits[i].lasts;
		}
}

/* --- whose network it is --- */

static double
inode_of(const char *path)
{
	int fd = machine_open(path);
	struct stat st;
	bool known = fd >= 0 && fstat(fd, &st) == 0;

	if (fd >= 0)
		close(fd);
	return known ? (double)st.st_ino : (double)NAN;
}

const char *
noise_network(void)
{
	/* linux/nsfs.h, from 6.18 on: that of the machine has this number. */
	const double initial = 0xEFFFFFF9;
	double own = inode_of("/proc/self/ns/net");
	double first = inode_of("/proc/1/ns/net");

	if (isnan(own) || (isnan(first) && own != initial))
		return NULL;
	return own == initial || own == first ? "machine" : "namespace";
}
