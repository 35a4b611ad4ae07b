/* The false changes that a run has seen: a case beside its own shadow. */
#include "wl-run.h"

#include <math.h>

bool
shadow_is_of(const struct jobs *jobs, const struct job *job)
{
	const struct unit *shadow = job_unit(jobs, job, jobs->n_variants - 1);

	return jobs->settings.shadows && (!shadow->over || shadow->done);
}

static double
wall_of(const struct kept *kept)
{
	return kept->wall_ns;
}

static double
cpu_of(const struct kept *kept)
{
	return (double)kept->cpu_ns;
}

static void
add_change(struct jobs *jobs, const struct job *job, const char *name,
    enum builtin builtin, double (*value)(const struct kept *))
{
	const struct unit *first = job_unit(jobs, job, 0);
	const struct unit *shadow = job_unit(jobs, job, jobs->n_variants - 1);
	double a = unit_estimate(first, value).median;
	double b = unit_estimate(shadow, value).median;
	struct aa aa = {
	    .name = name,
	    .metric = builtin_names[builtin],
	    .change = b / a - 1,
	    .n = (double)(first->n_kept < shadow->n_kept ? first->n_kept
							 : shadow->n_kept),
	};

	if (isfinite(aa.change))
		write_add(jobs, &aa_type, &aa);
}

void
shadow_write(struct jobs *jobs)
{
	struct loaded loaded;

	for (size_t i = 0; i < jobs->n; i++) {
		const struct job *job = &jobs->jobs[i];

		if (!shadow_is_of(jobs, job))
			continue;
		job_load(jobs, job, 0, &loaded);
		add_change(
		    jobs, job, loaded.record.name, BUILTIN_WALL_TIME, wall_of);
		add_change(
		    jobs, job, loaded.record.name, BUILTIN_CPU_TIME, cpu_of);
		job_unload(&loaded);
	}
}
