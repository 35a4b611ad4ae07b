/* How a command is set up: its CPUs, its niceness, its limits, its layout. */
#include "wl-run-child.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "rng.h"

/*
 * The limits that the kernel keeps for each process, getrlimit(2). NULL, or
 * the one that cannot be set.
 */
static const char *
limit_child(const struct limits *limits)
{
	const struct {
		const char *name;
		double most;
		__rlimit_resource_t resource;
	} kept[] = {
	    {"open_files", limits->open_files, RLIMIT_NOFILE},
	    {"file_size", limits->file_size, RLIMIT_FSIZE},
	    {"processes",
		limits_keep_processes() ? (double)NAN : limits->processes,
		RLIMIT_NPROC},
	    {"cpu_time", limits->cpu_time_s, RLIMIT_CPU},
	    {"stack", limits->stack, RLIMIT_STACK},
	};

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		struct rlimit limit;

		if (isnan(kept[i].most))
			continue;
		limit.rlim_cur = limit.rlim_max = (rlim_t)kept[i].most;
		/* SIGXCPU, which says why, comes before SIGKILL. */
		if (kept[i].resource == RLIMIT_CPU)
			limit.rlim_max++;
		if (setrlimit(kept[i].resource, &limit) < 0)
			return kept[i].name;
	}
	return NULL;
}

/* The kernel takes a set of which it has only some, and says nothing. */
static bool
pin_child(const struct setup *setup)
{
	cpu_set_t got;

	if (sched_setaffinity(0, sizeof setup->set, &setup->set) < 0)
		return false;
	if (sched_getaffinity(0, sizeof got, &got) < 0)
		return true; /* it has more CPUs than a set can hold */
	errno = ENODEV;
	return CPU_EQUAL(&got, &setup->set);
}

const char *
setup_child(const struct setup *setup)
{
	if (setup->cpus && !pin_child(setup))
		return "cpus";
	if (!isnan(setup->nice) &&
	    setpriority(PRIO_PROCESS, 0, (int)setup->nice) < 0)
		return "nice";
	if (setup->no_aslr) {
		int old = personality(0xffffffff);

		if (old < 0 ||
		    personality((unsigned long)old | ADDR_NO_RANDOMIZE) < 0)
			return "no-aslr";
	}
	return limit_child(&setup->limits);
}

/*
 * What the kernel makes of a wish for all CPUs: those that are there and that
 * our cpuset has. Empty where that cannot be known.
 */
static void
find_usable(cpu_set_t *usable)
{
	cpu_set_t before, all;

	CPU_ZERO(usable);
	memset(&all, 0xff, sizeof all);
	if (sched_getaffinity(0, sizeof before, &before) < 0 ||
	    sched_setaffinity(0, sizeof all, &all) < 0)
		return;
	if (sched_getaffinity(0, sizeof *usable, usable) < 0)
		CPU_ZERO(usable);
	sched_setaffinity(0, sizeof before, &before);
}

const cpu_set_t *
setup_usable_cpus(void)
{
	static cpu_set_t usable;
	static bool found;

	if (!found)
		find_usable(&usable);
	found = true;
	return &usable;
}

/*
 * A number of random bits for one use of one round of a case: the same in
 * each variant, and the same when the round is made after an interrupt.
 */
static void
seed_round(struct rng *rng, const char *use, double seed, const char *name,
    double round)
{
	char *key = mem_format("%s %.17g %.17g %s", use, seed, round, name);

	rng_seed(rng, rng_hash(key, strlen(key)));
	free(key);
}

size_t
setup_pad(double seed, const char *name, double round)
{
	struct rng rng;

	seed_round(&rng, "pad", seed, name, round);
	return (size_t)rng_below(&rng, SETUP_PADS);
}

double
setup_pause_s(double most_s, double seed, const char *name, double round)
{
	struct rng rng;

	seed_round(&rng, "cool", seed, name, round);
	return most_s * rng_uniform(&rng);
}
