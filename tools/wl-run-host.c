/* The machine that a run is made on, and the source that it is made of. */
#include "wl-run.h"

#include <fcntl.h>
#include <math.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "stats.h"

extern char **environ;

enum {
	GIT_TIMEOUT_S = 10,
	NULL_TRIALS = 15
};

/* The first line of a small file, without its end; NULL where there is none. */
static char *
first_line(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len = f ? getline(&line, &capacity, f) : -1;

	if (f)
		fclose(f);
	if (len <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* The value of a line "key : value" in /proc/cpuinfo or /proc/meminfo. */
static char *
value_in(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	char line[4096];
	char *found = NULL;

	while (f && !found && fgets(line, sizeof line, f)) {
		size_t n = strlen(key);
		char *value = strchr(line, ':');

		if (!value || strncmp(line, key, n) != 0 ||
		    line[n + strspn(line + n, " \t")] != ':')
			continue;
		value += 1 + strspn(value + 1, " \t");
		value[strcspn(value, "\n")] = '\0';
		found = mem_copy(value);
	}
	if (f)
		fclose(f);
	return found;
}

static char *
cpu_model(void)
{
	/* x86; arm64 has no name there but an implementer and a part. */
	char *model = value_in("/proc/cpuinfo", "model name");

	if (!model)
		model = value_in("/proc/cpuinfo", "Model");
	if (!model)
		model = value_in("/proc/cpuinfo", "CPU part");
	return model ? model : mem_copy("unknown");
}

static double
memory_bytes(void)
{
	char *text = value_in("/proc/meminfo", "MemTotal");
	double kib = text ? strtod(text, NULL) : (double)NAN;

	free(text);
	return 1024 * kib;
}

/* "none", or who makes the virtual machine, or "vm" for one unnamed. */
static char *
virtualisation(void)
{
	char *flags = value_in("/proc/cpuinfo", "flags");
	bool guest = flags && strstr(flags, " hypervisor");
	char *vendor;

	free(flags);
	if (!guest)
		return mem_copy("none");
	vendor = first_line("/sys/class/dmi/id/sys_vendor");
	return vendor ? vendor : mem_copy("vm");
}

/*
 * What makes one machine another: samples of two machines are not compared.
 * Memory in whole GiB, as kernels keep back different amounts.
 */
static char *
fingerprint(const char *arch, const char *model, long cores, double memory,
    const char *virtual)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	char *text = mem_format("%s\n%s\n%ld\n%.0f\n%s\n", arch, model, cores,
	    round(memory / 0x1p30), virtual);

	SHA256Data((uint8_t *)text, strlen(text), hex);
	free(text);
	hex[16] = '\0';
	return mem_copy(hex);
}

static char *
describe_host(struct run *run)
{
	struct jline line = {0};
	struct utsname names;
	char *model = cpu_model(), *virtual = virtualisation();
	char *governor =
	    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	double memory = memory_bytes();

	uname(&names);
	if (!run->arch)
		run->arch = mem_copy(names.machine);
	run->machine = fingerprint(run->arch, model, cores, memory, virtual);
	jline_open(&line, NULL);
	jline_string(&line, "cpu", model);
	jline_number(&line, "cores", (double)cores);
	jline_number(&line, "memory", memory);
	jline_string(&line, "system", names.sysname);
	jline_string(&line, "kernel", names.release);
	jline_string(&line, "governor", governor);
	jline_string(&line, "virtualisation", virtual);
	jline_close(&line);
	free(model);
	free(virtual);
	free(governor);
	return line.text;
}

/* What a program writes to stdout, without its last newline; NULL: it failed.
 */
static char *
output_of(const char *const *argv, struct outcome *outcome)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int out = memfd_create("plumbline", MFD_CLOEXEC);
	struct command command = {.argv = argv,
	    .env = environ,
	    .in = null,
	    .out = out,
	    .err = null,
	    .timeout_s = GIT_TIMEOUT_S,
	    .grace_s = 1};
	char text[1024];
	ssize_t n;

	if (null < 0 || out < 0)
		die_errno("/dev/null");
	process_run(&command, outcome);
	n = pread(out, text, sizeof text - 1, 0);
	close(null);
	close(out);
	if (outcome->ending != ENDING_EXIT || outcome->exit != 0 || n < 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return mem_copy(text);
}

/*
 * CI checks out a commit without its branch, and says in its environment what
 * that is: of GitHub, whose name of a tag is no branch, and of GitLab.
 */
static char *
branch_by_environment(void)
{
	static const char *const names[] = {"PERF_BRANCH", "GITHUB_HEAD_REF",
	    "GITHUB_REF_NAME", "CI_COMMIT_BRANCH"};
	const char *type = getenv("GITHUB_REF_TYPE");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *text = getenv(names[i]);

		if (text && *text &&
		    !(strcmp(names[i], "GITHUB_REF_NAME") == 0 && type &&
			strcmp(type, "tag") == 0))
			return mem_copy(text);
	}
	return NULL;
}

static void
describe_source(struct run *run)
{
	const char *const commit[] = {"git", "rev-parse", "HEAD", NULL};
	/* Fails where the commit was checked out without its branch. */
	const char *const branch[] = {
	    "git", "symbolic-ref", "--quiet", "--short", "HEAD", NULL};
	/* Looking must not write: git status would refresh the index. */
	const char *const changes[] = {"git", "--no-optional-locks", "status",
	    "--porcelain", "--untracked-files=no", NULL};
	struct outcome unused;
	char *changed;

	run->commit = output_of(commit, &unused);
	if (!run->commit)
		return;
	run->branch = output_of(branch, &unused);
	if (!run->branch)
		run->branch = branch_by_environment();
	changed = output_of(changes, &unused);
	if (changed)
		run->dirty = *changed != '\0';
	free(changed);
}

/* Two quantiles of times that are in ascending order. */
static void
put_times(struct jline *line, const char *key, const double *ns, size_t n)
{
	jline_open(line, key);
	jline_number(line, "p50", stats_quantile(ns, n, 0.5));
	jline_number(line, "p90", stats_quantile(ns, n, 0.9));
	jline_close(line);
}

/*
 * What measuring itself costs: the times of a program that does nothing, and
 * its peak memory, which no child can get below, as it begins in our memory.
 */
static void
describe_overhead(struct run *run)
{
	const char *const nothing[] = {"true", NULL};
	double wall_ns[NULL_TRIALS], spawn_ns[NULL_TRIALS], floor = INFINITY;
	struct jline line = {0};

	for (size_t i = 0; i < NULL_TRIALS; i++) {
		struct outcome o;

		free(output_of(nothing, &o));
		if (o.ending != ENDING_EXIT)
			return;
		wall_ns[i] = o.wall_ns;
		spawn_ns[i] = o.spawn_ns;
		floor = fmin(floor, 1024 * (double)o.usage.ru_maxrss);
	}
	stats_sort(wall_ns, NULL_TRIALS);
	stats_sort(spawn_ns, NULL_TRIALS);
	jline_open(&line, NULL);
	jline_number(&line, "max_rss_floor", floor);
	put_times(&line, "null_wall_time", wall_ns, NULL_TRIALS);
	put_times(&line, "null_spawn_time", spawn_ns, NULL_TRIALS);
	jline_close(&line);
	run->overhead.text = line.text;
}

/* Which valgrind counts instructions; NULL: none is asked to. */
static char *
valgrind_version(void)
{
	const char *const version[] = {"valgrind", "--version", NULL};
	struct outcome unused;

	return callgrind_is_open() ? output_of(version, &unused) : NULL;
}

/* What this machine can measure, and how, after the first child. */
static void
describe_caps(struct run *run)
{
	char *valgrind = valgrind_version();
	struct jline caps = {0};

	jline_open(&caps, NULL);
	jline_string(&caps, "start", process_start_method());
	jline_string(&caps, "exit", process_exit_method());
	counters_describe(&caps);
	jline_string(&caps, "callgrind", valgrind);
	cgroup_describe(&caps);
	tally_describe(&caps);
	jline_string(&caps, "network", noise_network());
	jline_close(&caps);
	run->caps.text = caps.text;
	free(valgrind);
}

/*
 * Names sort as the runs began: behind the second is its fraction, in 65536ths.
 * Of those that many machines begin at once four random digits make names of
 * their own.
 */
static void
name_run(struct run *run)
{
	struct timespec now;
	struct tm utc;
	char text[64];
	unsigned salt = 0, part;

	clock_gettime(CLOCK_REALTIME, &now);
	part = (unsigned)(65536 * (double)now.tv_nsec / 1e9);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	run->time = mem_copy(text);
	strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
	if (getrandom(&salt, sizeof salt, 0) < 0)
		salt = (unsigned)getpid();
	run->run = mem_format("%s-%04x%04x", text, part, salt & 0xffff);
	run->session = run->run;
}

void
host_describe(struct run *run)
{
	name_run(run);
	run->host.text = describe_host(run);
	describe_source(run);
	describe_overhead(run);
	describe_caps(run);
}

void
host_release(struct run *run)
{
	const char *owned[] = {run->time, run->run, run->host.text,
	    run->machine, run->commit, run->branch, run->caps.text,
	    run->overhead.text, run->arch};

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free((char *)owned[i]);
}
