/* What a person sees of a run while it goes on. */
#include "wl-run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

long
progress_still_to_do(
    const struct jobs *jobs, const struct job *job, const struct unit *unit)
{
	long warmups = job->warmup - unit->warmups_done;
	long trials = job->min - unit->done;

	if (!unit_wants_trial(jobs, job, unit))
		return 0;
	return (warmups > 0 ? warmups : 0) + (trials > 0 ? trials : 0);
}

/* A terminal that shows the records has no place for progress. */
static bool
shows_progress(bool quiet)
{
	const char *term = getenv("TERM");

	return !quiet && isatty(2) && !isatty(1) && term &&
	       strcmp(term, "dumb") != 0;
}

void
progress_begin(struct progress *p, struct jobs *jobs)
{
	*p = (struct progress){.start_ns = process_now_ns()};
	jobs->progress = shows_progress(jobs->settings.quiet);
	for (size_t i = 0; i < jobs->n; i++)
		for (size_t v = 0; v < jobs->n_variants; v++)
			p->all += progress_still_to_do(jobs, &jobs->jobs[i],
			    job_unit(jobs, &jobs->jobs[i], v));
}

void
progress_step(struct progress *p, const struct jobs *jobs,
    const struct job *job, const struct unit *unit, long before)
{
	double spent_s = (process_now_ns() - p->start_ns) / 1e9;
	long left_s;

	p->done++;
	p->all += 1 + progress_still_to_do(jobs, job, unit) - before;
	if (!jobs->progress)
		return;
	left_s = lround(spent_s / (double)p->done * (double)(p->all - p->done));
	fprintf(stderr, CLEAR_LINE "trial %ld of %ld, %ld:%02ld left", p->done,
	    p->all, left_s / 60, left_s % 60);
}

void
progress_end(struct jobs *jobs)
{
	if (jobs->progress)
		fputs(CLEAR_LINE, stderr);
	jobs->progress = false;
}
