/* Runs every case and measures it: cases in, trials and samples out. */
#include "wl-run.h"

#include <getopt.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "rng.h"
#include "tool.h"

enum order {
	ORDER_ROUNDS,
	ORDER_RANDOM,
	ORDER_SEQUENTIAL
};

static const char *const order_names[] = {
    [ORDER_ROUNDS] = "rounds",
    [ORDER_RANDOM] = "random",
    [ORDER_SEQUENTIAL] = "sequential",
};

static const struct tool_option tool_options[] = {
    {'n', "iterations", "N", "measure each case N times, whatever it says"},
    {'w', "warmup", "N", "run each case N times before, unmeasured"},
    {'t', "timeout", "SECONDS", "end a trial that takes longer"},
    {'g', "grace", "SECONDS", "from SIGTERM to SIGKILL (2)"},
    {'o', "order", "ORDER", "rounds, random or sequential (rounds)"},
    {'s', "seed", "N", "of the order and of WL_SEED (1)"},
    {'q', "quiet", NULL, "no progress, even on a terminal"},
    {0},
};

static const struct tool tool = {
    .name = "wl-run",
    .synopsis = "[-q] [-n iterations] [-w warmup] [-t timeout] [-g grace] "
		"[-o order] [-s seed] [file ...]",
    .purpose = "Run every case, interleaved, and measure it.",
    .options = tool_options,
};

struct options {
	struct settings settings;
	enum order order;
	bool quiet;
};

static enum order
parse_order(const char *text)
{
	for (enum order o = 0; o <= ORDER_SEQUENTIAL; o++)
		if (strcmp(order_names[o], text) == 0)
			return o;
	tool_usage(&tool, "--order: not an order: %s", text);
}

static struct options
parse_options(int argc, char *argv[])
{
	struct options o = {
	    .settings = {.iterations = -1,
		.warmup = -1,
		.timeout_s = NAN,
		.grace_s = 2,
		.seed = NAN},
	};
	struct settings *s = &o.settings;
	const long many = 1000000;
	int key;

	tool_start(&tool, argv);
	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'n':
			s->iterations = tool_integer(
			    &tool, "--iterations", optarg, 1, many);
			break;
		case 'w':
			s->warmup =
			    tool_integer(&tool, "--warmup", optarg, 0, many);
			break;
		case 't':
			s->timeout_s =
			    tool_number(&tool, "--timeout", optarg, 1e-3, 1e9);
			break;
		case 'g':
			s->grace_s =
			    tool_number(&tool, "--grace", optarg, 0, 1e6);
			break;
		case 'o':
			o.order = parse_order(optarg);
			break;
		case 's':
			s->seed = (double)tool_integer(
			    &tool, "--seed", optarg, 0, 1L << 53);
			break;
		case 'q':
			o.quiet = true;
			break;
		}
	return o;
}

/* --- progress --- */

struct progress {
	double start_ns;
	long done, all;
};

/* How many trials a job is certain to make yet. */
static long
still_to_do(const struct job *job)
{
	long warmups = job->warmup - job->warmups_done;
	long trials = job->min - job->done;

	if (!job_wants_trial(job))
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

static void
progress_begin(struct progress *p, struct jobs *jobs, bool quiet)
{
	*p = (struct progress){.start_ns = process_now_ns()};
	jobs->progress = shows_progress(quiet);
	for (size_t i = 0; i < jobs->n; i++)
		p->all += still_to_do(&jobs->jobs[i]);
}

/* A trial was made of a job that had `before` to do. */
static void
progress_step(struct progress *p, const struct jobs *jobs,
    const struct job *job, long before)
{
	double spent_s = (process_now_ns() - p->start_ns) / 1e9;
	long left_s;

	p->done++;
	p->all += 1 + still_to_do(job) - before;
	if (!jobs->progress)
		return;
	left_s = lround(spent_s / (double)p->done * (double)(p->all - p->done));
	fprintf(stderr, CLEAR_LINE "trial %ld of %ld, %ld:%02ld left", p->done,
	    p->all, left_s / 60, left_s % 60);
}

static void
progress_end(struct jobs *jobs)
{
	if (jobs->progress)
		fputs(CLEAR_LINE, stderr);
	jobs->progress = false;
}

/* --- the order of trials --- */

static bool
one_trial(struct jobs *jobs, struct job *job, struct progress *progress)
{
	long before = still_to_do(job);

	if (tree_stop_signal)
		return false;
	if (!job_wants_trial(job))
		return true;
	job_trial(jobs, job);
	progress_step(progress, jobs, job, before);
	if (!job_wants_trial(job) && !tree_stop_signal)
		job_finish(jobs, job);
	return !tree_stop_signal;
}

/* All jobs in a new random order, again and again, until none wants more. */
static void
run_rounds(struct jobs *jobs, struct rng *rng, struct progress *progress,
    bool (*wants)(const struct job *))
{
	size_t *order = mem_zero(jobs->n, sizeof *order);
	size_t n;

	do {
		n = 0;
		for (size_t i = 0; i < jobs->n; i++)
			if (wants(&jobs->jobs[i]))
				order[n++] = i;
		rng_shuffle(rng, order, n);
		for (size_t i = 0; i < n; i++)
			if (!one_trial(jobs, &jobs->jobs[order[i]], progress))
				n = 0;
	} while (n);
	free(order);
}

/* Warm-up in rounds; then all trials that are certain in one random order. */
static void
run_random(struct jobs *jobs, struct rng *rng, struct progress *progress)
{
	size_t *order = NULL;
	size_t n = 0, capacity = 0;

	run_rounds(jobs, rng, progress, job_wants_warmup);
	for (size_t i = 0; i < jobs->n; i++)
		for (long k = 0; k < jobs->jobs[i].min; k++)
			*MEM_PUSH(order, n, capacity) = i;
	rng_shuffle(rng, order, n);
	for (size_t i = 0; i < n; i++)
		if (!one_trial(jobs, &jobs->jobs[order[i]], progress))
			break;
	free(order);
	run_rounds(jobs, rng, progress, job_wants_trial);
}

static void
run_all(struct jobs *jobs, const struct options *options)
{
	struct progress progress;
	struct rng rng;

	rng_seed(&rng, (uint64_t)jobs->settings.seed);
	progress_begin(&progress, jobs, options->quiet);
	switch (options->order) {
	case ORDER_ROUNDS:
		run_rounds(jobs, &rng, &progress, job_wants_trial);
		break;
	case ORDER_RANDOM:
		run_random(jobs, &rng, &progress);
		break;
	case ORDER_SEQUENTIAL:
		for (size_t i = 0; i < jobs->n; i++)
			while (job_wants_trial(&jobs->jobs[i]) &&
			       one_trial(jobs, &jobs->jobs[i], &progress))
				continue;
		break;
	}
	progress_end(jobs);
}

/* --- the run --- */

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
		job_finish(&jobs, &jobs.jobs[i]);
}

/* Whatever ends us, no process and no set-up case is left behind. */
static void
at_exit(void)
{
	jobs.silent = true;
	tree_kill(0);
	finish_all();
	tree_without_cgroup();
}

static void
write_run(struct run *run)
{
	record_clear(&run_type, run);
	run->v = 1;
	run->tool = "wl-run " PLUMBLINE_VERSION;
	run->arch = jobs.arch ? mem_copy(jobs.arch) : NULL;
	run->target = jobs.target;
	run->seed = jobs.settings.seed;
	host_describe(run);
	record_write(&jobs.line, &run_type, run);
	if (fflush(stdout))
		die_errno("stdout");
}

static void
write_end(const struct run *run, bool complete)
{
	struct run_end end = {
	    .run = run->run,
	    .complete = complete,
	    .trials = (double)jobs.seq,
	    .failed = (double)jobs.failed,
	    .skipped = (double)jobs.skipped,
	};

	record_write(&jobs.line, &end_type, &end);
}

int
main(int argc, char *argv[])
{
	struct options options = parse_options(argc, argv);
	struct run run;
	int stopped;
	bool failed;

	keep_memory_small();
	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof stdout_buffer);
	jobs.settings = options.settings;
	jobs_read(&jobs, argv + optind);
	tree_guard();
	tree_catch_signals();
	atexit(at_exit);
	write_run(&run);
	jobs_pass(&jobs);
	run_all(&jobs, &options);
	finish_all();
	stopped = tree_stop_signal;
	write_end(&run, !stopped);
	host_release(&run);
	failed = jobs.failed;
	out_close();
	jobs_release(&jobs);
	if (stopped)
		warn("stopped by signal %d; the run is not complete", stopped);
	return stopped ? 128 + stopped : failed ? STATUS_NO : STATUS_DONE;
}
