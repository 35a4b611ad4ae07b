/* Runs every case and measures it: cases in, trials and samples out. */
#include "wl-run-place.h"

#include <getopt.h>
#include <malloc.h>
#include <stdlib.h>

#include "die.h"

static struct jobs jobs;

/*
 * A child starts in our memory, and its max_rss with our size, so what we
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

/* What the guard removes when the runner was killed. */
static void
remove_files(void)
{
	callgrind_close();
	scratch_close();
	fixture_close();
}

/* Whatever ends us, no process and no set-up case is left behind. */
static void
at_exit(void)
{
	jobs.silent = true;
	tree_kill();
	finish_all();
	remove_files();
	cgroup_leave();
	journal_how_to_go_on();
	tree_wake_guard();
}

static void
describe_run(struct run *run, const char *checks, const char *options)
{
	record_clear(&run_type, run);
	run->v = 1;
	run->tool = "wl-run " PLUMBLINE_VERSION;
	run->arch = jobs.arch ? mem_copy(jobs.arch) : NULL;
	run->target = jobs.target;
	run->seed = jobs.settings.seed;
	run->checks.text = checks;
	run->options.text = options;
	run->cwd = jobs.home;
	run->records = (double)jobs.n_lines;
	host_describe(run);
}

/* The run's record and its cases, or those of a run that is gone on with. */
static void
write_begin(const struct run *run)
{
	if (jobs.journal.run.run) {
		resume_begin(&jobs, run);
		return;
	}
	journal_begin(&jobs);
	write_add(&jobs, &run_type, run);
	write_out(&jobs);
	jobs_pass(&jobs);
}

static void
write_end(const struct run *run, bool complete)
{
	const char *resumed = jobs.journal.run.run;
	struct run_end end = {
	    .run = resumed ? resumed : run->run,
	    .complete = complete,
	    .trials = (double)jobs.seq,
	    .failed = (double)jobs.failed,
	    .rejected = (double)jobs.rejected,
	    .skipped = (double)jobs.skipped,
	};

	shadow_write(&jobs);
	write_add(&jobs, &end_type, &end);
	write_out(&jobs);
	journal_close(&jobs, complete);
}

/* All cases, and what is known of them. */
static void
read_cases(char *operands[])
{
	if (jobs.journal.resumes)
		resume_read(&jobs, operands);
	else
		jobs_read(&jobs, operands);
}

/* The trials; returns the signal that stopped them, or 0. */
static int
run_cases(char *operands[])
{
	struct run run;
	char *checks = checks_look(&jobs.settings);
	char *options = options_text(&jobs);
	int stopped;

	if (jobs.settings.keep_output)
		keep_open(jobs.settings.keep_output);
	if (!jobs.journal.resumes)
		journal_open(&jobs);
	callgrind_open(&jobs);
	if (jobs.wants_scratch)
		scratch_open();
	if (jobs.wants_fixture)
		fixture_open(&jobs);
	tree_guard(
	    jobs.has_services, remove_files, journal_command(&jobs, operands));
	tree_catch_signals();
	atexit(at_exit);
	counters_open(jobs.settings.events, jobs.declared);
	tally_open(jobs.declared);
	describe_run(&run, checks, options);
	write_begin(&run);
	order_run(&jobs);
	finish_all();
	manifest_report();
	stopped = tree_stop_signal;
	write_end(&run, !stopped);
	host_release(&run);
	free(checks);
	free(options);
	return stopped;
}

int
main(int argc, char *argv[])
{
	int stopped = 0;
	bool failed;

	options_parse(&jobs, argc, argv);
	keep_memory_small();
	read_cases(argv + optind);
	if (jobs.journal.finished)
		journal_pass(&jobs);
	else
		stopped = run_cases(argv + optind);
	failed = jobs.failed;
	out_close();
	if (!jobs.settings.quiet && !jobs.settings.no_table)
		table_write(&jobs);
	jobs_release(&jobs);
	if (stopped)
		warn("stopped by signal %d; the run is not complete", stopped);
	return stopped ? 128 + stopped : failed ? STATUS_NO : STATUS_DONE;
}
