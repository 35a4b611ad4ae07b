/* The files in which the kernel tells about this machine. */
#include "wl-run.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"

/* The path of a file, or a pattern, below what stands for the root. */
static char *
path_below_root(const char *path)
{
	const char *root = getenv("PLUMBLINE_ROOT");

	return mem_format("%s%s", root ? root : "", path);
}

int
machine_open(const char *path)
{
	char *full = path_below_root(path);
	int fd = open(full, O_RDONLY | O_CLOEXEC);

	free(full);
	return fd;
}

bool
machine_read(const char *path, char *text, size_t size)
{
	int fd = machine_open(path);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool
machine_line(const char *path, char *text, size_t size)
{
	bool read = machine_read(path, text, size);

	text[strcspn(text, "\n")] = '\0';
	return read;
}

double
machine_number(const char *path)
{
	char text[64], *end = text;
	double x = 0;

	if (machine_line(path, text, sizeof text))
		x = strtod(text, &end);
	return end == text ? (double)NAN : x;
}

double
machine_memory(const char *key)
{
	char text[1 << 12], *line = text, *end;
	size_t len = strlen(key);
	double x;

	machine_read("/proc/meminfo", text, sizeof text);
	while (strncmp(line, key, len) != 0 || line[len] != ':') {
		line = strchr(line, '\n');
		if (!line)
			return NAN;
		line++;
	}
	x = strtod(line + len + 1, &end);
	return end == line + len + 1 ? (double)NAN : 1024 * x;
}

int
machine_is_virtual(void)
{
	char text[1 << 13];
	char *flags;

	machine_read("/proc/cpuinfo", text, sizeof text);
	flags = strstr(text, "\nflags\t");
	if (!flags)
		return ABSENT;
	flags[1 + strcspn(flags + 1, "\n")] = '\0';
	return strstr(flags, " hypervisor") != NULL;
}

void
machine_each(
    const char *pattern, void (*see)(const char *path, void *what), void *what)
{
	char *full = path_below_root(pattern);
	size_t root = strlen(full) - strlen(pattern);
	glob_t found;

	if (glob(full, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			see(found.gl_pathv[i] + root, what);
		globfree(&found);
	}
	free(full);
}

/* --- the limit of CPU time that a control group may have --- */

/* Whether a word is one of a list of words with commas between them. */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (strncmp(list, word, len) == 0 &&
		    (!list[len] || list[len] == ','))
			return true;
	}
	return false;
}

/*
 * The groups that limit CPU time: where they are mounted, and which of them is
 * at that place. Source: cgroups(7), proc_pid_mountinfo(5).
 */
struct hierarchy {
	bool found, v1;
	char root[PATH_MAX], point[PATH_MAX];
};

/* Where version 1 has the cpu controller, version 2 does not have it. */
static void
see_mount(struct hierarchy *h, const char *line)
{
	const char *rest = strstr(line, " - ");
	char type[32], options[512];
	struct hierarchy seen = {.found = true};

	if (!rest || sscanf(rest, " - %31s %*s %511s", type, options) != 2 ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", seen.root, seen.point) !=
		2)
		return;
	seen.v1 = strcmp(type, "cgroup") == 0 && has_word(options, "cpu");
	if (seen.v1 || (strcmp(type, "cgroup2") == 0 && !h->v1))
		*h = seen;
}

static FILE *
open_lines(const char *path)
{
	int fd = machine_open(path);

	return fd < 0 ? NULL : fdopen(fd, "r");
}

static void
find_hierarchy(struct hierarchy *h)
{
	char line[3 * PATH_MAX];
	FILE *f = open_lines("/proc/self/mountinfo");

	while (f && fgets(line, sizeof line, f))
		see_mount(h, line);
	if (f)
		fclose(f);
}

/* A line is number:controllers:path. NULL where it is of another hierarchy. */
static const char *
own_group_in(const struct hierarchy *h, char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return NULL;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (h->v1)
		return has_word(controllers + 1, "cpu") ? path : NULL;
	return strcmp(line, "0:") == 0 ? path : NULL;
}

/* The part of a path below `root`; "" where it is not below that. */
static const char *
below(const char *path, const char *root)
{
	size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, len) != 0 || strncmp(path, "/..", 3) == 0 ||
	    strcmp(path + len, "/") == 0)
		return "";
	return path + len;
}

/* The directory of our own group. */
static bool
find_own_group(const struct hierarchy *h, char *dir, size_t size)
{
	char line[2 * PATH_MAX];
	const char *own = NULL;
	FILE *f = open_lines("/proc/self/cgroup");

	while (f && !own && fgets(line, sizeof line, f))
		own = own_group_in(h, line);
	if (f)
		fclose(f);
	return own && snprintf(dir, size, "%s%s", h->point,
			  below(own, h->root)) < (int)size;
}

/* How many processors' time a group may use; INFINITY where it may use all. */
static double
quota_of(const struct hierarchy *h, const char *dir)
{
	char path[PATH_MAX + 32], text[64];
	double quota = INFINITY, period = 1;

	if (h->v1) {
		snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir);
		quota = machine_number(path);
		snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
		period = machine_number(path);
	} else {
		snprintf(path, sizeof path, "%s/cpu.max", dir);
		if (machine_line(path, text, sizeof text))
			sscanf(text, "%lf %lf", &quota, &period);
	}
	/* No limit is "max" or -1. */
	return quota > 0 && period > 0 ? quota / period : (double)INFINITY;
}

double
machine_cpu_quota(char *dir, size_t size)
{
	struct hierarchy h = {0};
	double cpus;

	find_hierarchy(&h);
	if (!h.found || !find_own_group(&h, dir, size))
		return NAN;
	while (isinf(cpus = quota_of(&h, dir)) && strlen(dir) > strlen(h.point))
		*strrchr(dir, '/') = '\0';
	return cpus;
}

/* Those of the one set that are not in the other. */
static cpu_set_t
without(const cpu_set_t *set, const cpu_set_t *other)
{
	cpu_set_t left;

	CPU_OR(&left, set, other);
	CPU_XOR(&left, &left, other);
	return left;
}

char *
machine_lacks_cpus(const cpu_set_t *wanted)
{
	const cpu_set_t *usable = setup_usable_cpus();
	cpu_set_t missing = without(wanted, usable), there, absent;
	char online[4096], *list, *may, *why;

	if (!CPU_COUNT(usable) || !CPU_COUNT(&missing))
		return NULL;
	absent = missing;
	CPU_ZERO(&there);
	if (machine_line(
		"/sys/devices/system/cpu/online", online, sizeof online) &&
	    cpus_add(&there, online))
		absent = without(&missing, &there);
	if (CPU_COUNT(&absent)) {
		list = cpus_text(&absent);
		why = mem_format("this machine has no CPU %s", list);
	} else {
		list = cpus_text(&missing);
		may = cpus_text(usable);
		why = mem_format(
		    "this process may not use CPU %s (it may use %s)", list,
		    may);
		free(may);
	}
	free(list);
	return why;
}
