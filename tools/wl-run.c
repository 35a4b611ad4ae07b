/* Runs every case and measures it: cases in, trials and samples out. */
#include "wl-run.h"

#include <getopt.h>
#include <malloc.h>
#include <stdlib.h>

#include "die.h"

static struct jobs jobs;

/* What is shorter leaves in one write: a kill cuts no record in two. */
static char stdout_buffer[64 << 10];

/*
 * A child starts as a copy of us, and its max_rss with our size, so what we
 * free goes back to the system: by default malloc keeps, after a large output
 * has been read, up to 64 MiB of it (mallopt(3), M_MMAP_THRESHOLD).
 */
static void
keep_memory_small(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 << 10);
	mallopt(M_TRIM_THRESHOLD, 64 << 10);
}

/* cleanup, of every case that was set up; it runs although we were stopped. */
static void
finish_all(void)
{
	for (size_t i = 0; i < jobs.n; i++)
		for (size_t v = 0; v < jobs.n_variants; v++)
			job_finish(&jobs, &jobs.jobs[i], v);
}

/* Whatever ends us, no process and no set-up case is left behind. */
static void
at_exit(void)
{
	jobs.silent = true;
	tree_kill();
	finish_all();
	cgroup_leave();
}

static void
write_run(struct run *run, const char *checks)
{
	record_clear(&run_type, run);
	run->v = 1;
	run->tool = "wl-run " PLUMBLINE_VERSION;
	run->arch = jobs.arch ? mem_copy(jobs.arch) : NULL;
	run->target = jobs.target;
	run->seed = jobs.settings.seed;
	run->checks.text = checks;
	host_describe(run);
	write_add(&jobs, &run_type, run);
	write_out(&jobs);
}

static void
write_end(const struct run *run, bool complete)
{
	struct run_end end = {
	    .run = run->run,
	    .complete = complete,
	    .trials = (double)jobs.seq,
	    .failed = (double)jobs.failed,
	    .rejected = (double)jobs.rejected,
	    .skipped = (double)jobs.skipped,
	};

	write_add(&jobs, &end_type, &end);
	write_out(&jobs);
}

int
main(int argc, char *argv[])
{
	struct run run;
	char *checks;
	int stopped;
	bool failed;

	options_parse(&jobs, argc, argv);
	keep_memory_small();
	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof stdout_buffer);
	jobs_read(&jobs, argv + optind);
	checks = checks_look(&jobs.settings);
	if (jobs.settings.keep_output)
		keep_open(jobs.settings.keep_output);
	tree_guard();
	tree_catch_signals();
	atexit(at_exit);
	counters_open(jobs.settings.events, jobs.declared);
	write_run(&run, checks);
	jobs_pass(&jobs);
	order_run(&jobs);
	finish_all();
	stopped = tree_stop_signal;
	write_end(&run, !stopped);
	host_release(&run);
	free(checks);
	failed = jobs.failed;
	out_close();
	if (!jobs.settings.quiet && !jobs.settings.no_table)
		table_write(&jobs);
	jobs_release(&jobs);
	if (stopped)
		warn("stopped by signal %d; the run is not complete", stopped);
	return stopped ? 128 + stopped : failed ? STATUS_NO : STATUS_DONE;
}
