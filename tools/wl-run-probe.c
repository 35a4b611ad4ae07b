/*
 * The calibration probe: work that is the same whenever it is done, so that
 * what a machine does to itself in the course of a run can be told from what a
 * program does.
 */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Some 3 ms each on a virtual machine of 2026, and 10 ms with what is around.
 */
enum {
	CPU_STEPS = 1500000,
	SPAWNS = 12,
	MEMORY_STEPS = 1 << 15,
	LINE = 64,	 /* B of a cache line */
	LINES = 1 << 16, /* 4 MiB: more than level 2 caches have */
	LEAST_MS = 10,	 /* what all of it is reckoned to take at least */
};

enum kind {
	KIND_CPU,
	KIND_MEMORY,
	KIND_SPAWN,
	N_KINDS
};

static const char *const kind_names[N_KINDS] = {
    [KIND_CPU] = "cpu_loop",
    [KIND_MEMORY] = "memory_walk",
    [KIND_SPAWN] = "spawn_loop",
};

/* What the compiler may not leave out. */
static volatile uint64_t result;

/* One step needs the one before: G. Marsaglia, Xorshift RNGs, 2003. */
static void
use_cpu(void)
{
	uint64_t x = 88172645463325252;

	for (int i = 0; i < CPU_STEPS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	result = x;
}

/* Processes that do nothing. */
static void
use_spawns(void)
{
	for (int i = 0; i < SPAWNS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
}

/*
 * Where a step goes depends on what the one before has read, and none goes
 * where one was: a congruential generator whose period is the number of lines
 * (Hull and Dobell 1962).
 */
static void
use_memory(const unsigned char *memory)
{
	uint32_t at = 0;

	for (int i = 0; i < MEMORY_STEPS; i++) {
		at = at * 1664525 + 1013904223;
		at = (at + memory[at % LINES * (size_t)LINE]) % LINES;
	}
	result = at;
}

static double
time_of(void (*use)(void))
{
	double start_ns = process_now_ns();

	use();
	return process_now_ns() - start_ns;
}

static double
time_of_memory(void)
{
	size_t size = (size_t)LINES * LINE;
	unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double start_ns;

	if (memory == MAP_FAILED)
		return NAN;
	/* Whether a large page is to be had changes from time to time. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 0, size);
	start_ns = process_now_ns();
	use_memory(memory);
	return process_now_ns() - start_ns;
}

/*
 * All of it is done by a process of its own: what a trial starts as is a copy
 * of us, and its peak memory would have been ours.
 */
static _Noreturn void
child(int out, pid_t runner)
{
	double times[N_KINDS];
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != runner)
		_exit(1);
	times[KIND_CPU] = time_of(use_cpu);
	times[KIND_SPAWN] = time_of(use_spawns);
	times[KIND_MEMORY] = time_of_memory();
	n = write(out, times, sizeof times);
	_exit(n != sizeof times);
}

static bool
measure(double *times)
{
	pid_t runner = getpid(), pid;
	int fds[2], status = 1;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0)
		child(fds[1], runner);
	close(fds[1]);
	do
		n = read(fds[0], times, N_KINDS * sizeof *times);
	while (n < 0 && errno == EINTR);
	close(fds[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return n == N_KINDS * sizeof *times && status == 0;
}

/* --- records --- */

/* It declares metrics that say something, but decide nothing. */
static void
add_case(struct jobs *jobs)
{
	struct jline metrics = {0};
	struct case_record record;
	struct metric metric;

	record_clear(&metric_type, &metric);
	metric.unit = "ns";
	metric.severity = "info";
	metric.gate = false;
	jline_list(&metrics, NULL);
	for (enum kind k = 0; k < N_KINDS; k++) {
		metric.name = kind_names[k];
		record_put(&metrics, NULL, &metric_type, &metric);
	}
	jline_list_end(&metrics);
	record_clear(&case_type, &record);
	record.name = record.workload = PROBE_CASE;
	record.description = "The same work again and again: how fast the "
			     "machine is";
	record.metrics.text = metrics.text;
	write_add(jobs, &case_type, &record);
	jline_release(&metrics);
}

static void
add_samples(struct jobs *jobs, const double *times, double round)
{
	struct sample sample;

	record_clear(&sample_type, &sample);
	sample.name = PROBE_CASE;
	sample.round = round;
	sample.unit = "ns";
	for (enum kind k = 0; k < N_KINDS; k++) {
		sample.metric = kind_names[k];
		sample.value = times[k];
		if (isfinite(sample.value))
			write_add(jobs, &sample_type, &sample);
	}
}

/* --- when --- */

static struct {
	double start_ns, spent_ns, last_ns;
	double round; /* the last one */
	bool declared;
} probe;

void
probe_start(void)
{
	probe.start_ns = process_now_ns();
	probe.last_ns = 1e6 * LEAST_MS;
}

void
probe_resume(double round)
{
	probe.declared = true;
	probe.round = fmax(probe.round, round);
}

void
probe_run(struct jobs *jobs)
{
	double share = jobs->settings.probe_percent / 100;
	double now_ns = process_now_ns(), times[N_KINDS];

	if (tree_stop_signal ||
	    probe.spent_ns + probe.last_ns > share * (now_ns - probe.start_ns))
		return;
	if (measure(times)) {
		if (!probe.declared)
			add_case(jobs);
		probe.declared = true;
		add_samples(jobs, times, ++probe.round);
		write_out(jobs);
	}
	probe.last_ns = fmax(process_now_ns() - now_ns, 1e6 * LEAST_MS);
	probe.spent_ns += probe.last_ns;
}
