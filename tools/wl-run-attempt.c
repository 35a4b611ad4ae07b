/* One command of a case, run as the case says, and what is measured of it. */
#include "wl-run-place.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

/* How much longer a command may take while its instructions are counted. */
enum {
	SLOWED_BY = 100
};

static int scratch_out = -1, scratch_err = -1;

static int
open_null(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die_errno("/dev/null");
	return fd;
}

int
attempt_open(const struct exec *exec, const char *name, int flags)
{
	char *path = exec->cwd && *name != '/'
			 ? mem_format("%s/%s", exec->cwd, name)
			 : mem_copy(name);
	/* We wait for no partner of a FIFO: a signal could not end that. */
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

	if (fd >= 0 && !(flags & O_PATH))
		fcntl(fd, F_SETFL, 0);
	free(path);
	return fd;
}

static int
open_stdout(const struct loaded *loaded)
{
	const char *name = loaded->exec.out;

	if (name && !word_is(name, "null") && !word_is(name, "capture"))
		return attempt_open(
		    &loaded->exec, name, O_RDWR | O_CREAT | O_TRUNC);
	return judge_wants_output(loaded) ? output_file(&scratch_out)
					  : open_null();
}

static int
open_stdin(const struct loaded *loaded)
{
	const char *name = loaded->exec.in;

	return name ? attempt_open(&loaded->exec, name, O_RDONLY) : open_null();
}

/* Instructions are counted in an environment that is always the same. */
static long
pad_of(const struct jobs *jobs, const struct attempt *attempt)
{
	if (attempt->hook || jobs->settings.no_pad ||
	    word_is(attempt->phase, "count"))
		return -1;
	return (long)setup_pad(jobs->settings.seed,
	    attempt->loaded->record.name, fmax(attempt->round, 0));
}

/* How often a trial is looked at; NAN: never. */
static double
monitor_interval(const struct jobs *jobs, const struct attempt *attempt)
{
	double interval_s = attempt->loaded->exec.monitor_s;

	if (!word_is(attempt->phase, "measure"))
		return (double)NAN; /* nothing of it would be written */
	return isnan(interval_s) ? jobs->settings.monitor_s : interval_s;
}

bool
attempt_is_count(const struct attempt *attempt)
{
	return word_is(attempt->phase, "count");
}

static double
timeout_of(const struct jobs *jobs, const struct attempt *attempt)
{
	double timeout_s = word_is(attempt->phase, "fixture") ? (double)NAN
			   : isnan(jobs->settings.timeout_s)
			       ? attempt->loaded->exec.timeout_s
			       : jobs->settings.timeout_s;

	return attempt_is_count(attempt) ? SLOWED_BY * timeout_s : timeout_s;
}

/* How the command is set up. Who counts it needs what its limits forbid. */
static struct setup
setup_of(const struct attempt *attempt)
{
	struct setup setup = attempt->loaded->setup;

	if (attempt_is_count(attempt))
		record_clear(&limits_type, &setup.limits);
	return setup;
}

/*
 * What ends it. A conclude may stop a service, and what comes before and after
 * all trials runs without.
 */
static size_t
alarms_of(const struct attempt *attempt, int *alarms)
{
	if (attempt->hook && !word_is(attempt->phase, "prepare"))
		return 0;
	return services_alarms(attempt->loaded->place, alarms);
}

/*
 * Runs commands of the case, one after the other. stderr is kept for a failure.
 */
static void
run_commands(const struct jobs *jobs, struct attempt *attempt,
    const struct stage *stages, size_t n, int in, int out)
{
	const struct exec *exec = &attempt->loaded->exec;
	long pad = attempt->pad = pad_of(jobs, attempt);
	struct environment env = env_make(
	    jobs, attempt->loaded, attempt->phase, attempt->round, pad);
	struct setup setup = setup_of(attempt);
	int alarms[MOST_ALARMS];
	struct command command = {
	    .env = env.texts,
	    .cwd = exec->cwd,
	    .in = in,
	    .out = out,
	    .err = output_file(&scratch_err),
	    .timeout_s = timeout_of(jobs, attempt),
	    .grace_s = jobs->settings.grace_s,
	    .unstoppable = word_is(attempt->phase, "cleanup"),
	    .most_out = judge_wants_output(attempt->loaded) ? OUTPUT_MOST : 0,
	    .kept_err = jobs->settings.keep_output ? OUTPUT_MOST : OUTPUT_END,
	    .setup = attempt->hook ? NULL : &setup,
	    .alarms = alarms,
	    .n_alarms = alarms_of(attempt, alarms),
	    .look = word_is(attempt->phase, "fixture") ? fixture_is_too_large
						       : NULL,
	};

	monitor_start(monitor_interval(jobs, attempt));
	stages_run(stages, n, &command, attempt);
	monitor_stop(&attempt->outcome);
	env_release(&env);
}

bool
attempt_lacks_limits(struct attempt *attempt)
{
	const char *missing = limits_begin(&attempt->loaded->limits);

	if (missing)
		judge_fail(attempt, "spawn",
		    "limits: %s: no control group keeps it here", missing);
	return missing != NULL;
}

bool
attempt_has_noise(const struct attempt *attempt)
{
	enum ending ending = attempt->outcome.ending;

	return !attempt->hook && !attempt_is_count(attempt) &&
	       ending != ENDING_NONE && ending != ENDING_SPAWN;
}

void
attempt_run_hook(
    const struct jobs *jobs, struct attempt *attempt, const struct texts *words)
{
	const struct stage hook = {.command = *words};

	run_commands(jobs, attempt, &hook, 1, open_null(), open_null());
	keep_output(jobs, attempt, -1, scratch_err);
}

int
attempt_stderr(void)
{
	return scratch_err;
}

static double
ns_of(struct timeval t)
{
	return 1e9 * (double)t.tv_sec + 1e3 * (double)t.tv_usec;
}

/* What the outcome itself says. */
static void
get_values(struct attempt *attempt)
{
	const struct outcome *o = &attempt->outcome;
	const struct rusage *u = &o->usage;
	double *values = attempt->values;

	values[BUILTIN_WALL_TIME] = o->wall_ns;
	values[BUILTIN_SPAWN_TIME] = o->spawn_ns;
	values[BUILTIN_CPU_TIME] = ns_of(u->ru_utime) + ns_of(u->ru_stime);
	/* getrusage(2): ru_maxrss is in KiB, blocks are of 512 bytes. */
	values[BUILTIN_MAX_RSS] = 1024 * (double)u->ru_maxrss;
	values[BUILTIN_MINOR_FAULTS] = (double)u->ru_minflt;
	values[BUILTIN_MAJOR_FAULTS] = (double)u->ru_majflt;
	values[BUILTIN_VOLUNTARY_SWITCHES] = (double)u->ru_nvcsw;
	values[BUILTIN_INVOLUNTARY_SWITCHES] = (double)u->ru_nivcsw;
	values[BUILTIN_BLOCK_INPUT] = 512 * (double)u->ru_inblock;
	values[BUILTIN_BLOCK_OUTPUT] = 512 * (double)u->ru_oublock;
}

/* The command, and all that is measured of it. */
static void
run_metered(const struct jobs *jobs, struct attempt *attempt, int in, int out)
{
	if (attempt_lacks_limits(attempt)) {
		attempt->outcome.ending = ENDING_SPAWN;
		return;
	}
	attempt->stage_ns = attempt->loaded->stage_ns;
	services_begin(attempt->loaded);
	counters_start();
	noise_start();
	tally_start();
	run_commands(jobs, attempt, attempt->loaded->stages,
	    attempt->loaded->n_stages, in, out);
	get_values(attempt);
	tally_stop(attempt->values);
	noise_stop(&attempt->noise, attempt->values);
	if (!counters_stop(attempt->values))
		judge_flag(attempt, "counters");
	judge_memory(attempt);
	services_end(attempt);
	limits_end();
	if (attempt_has_noise(attempt))
		noise_judge(attempt);
}

/* The command, and how many instructions it takes, which needs more memory. */
static void
run_counted(const struct jobs *jobs, struct attempt *attempt, int in, int out)
{
	struct loaded *loaded = attempt->loaded;
	size_t n = loaded->n_stages;
	struct stage *stages = mem_zero(n, sizeof *stages);
	double total;

	for (size_t i = 0; i < n; i++)
		stages[i] = (struct stage){
		    .name = loaded->stages[i].name,
		    .command = callgrind_words(
			&loaded->stages[i].command, &loaded->words),
		};
	run_commands(jobs, attempt, stages, n, in, out);
	total = callgrind_total();
	for (size_t i = 0; i < n; i++)
		free(stages[i].command.s);
	free(stages);
	if (status_is_ok(attempt->status) && isnan(total))
		judge_fail(attempt, "expect", "callgrind has counted nothing");
	attempt->values[BUILTIN_CALLGRIND_INSTRUCTIONS] = total;
}

void
attempt_run(
    const struct jobs *jobs, struct attempt *attempt, struct output *output)
{
	const struct loaded *loaded = attempt->loaded;
	int in = open_stdin(loaded);
	int out = in < 0 ? -1 : open_stdout(loaded);

	if (in < 0 || out < 0) {
		attempt->outcome.ending = ENDING_SPAWN;
		judge_fail(attempt, "spawn", "%s: %s",
		    in < 0 ? loaded->exec.in : loaded->exec.out,
		    strerror(errno));
	} else {
		if (attempt_is_count(attempt))
			run_counted(jobs, attempt, in, out);
		else
			run_metered(jobs, attempt, in, out);
		judge_output(attempt, output, out);
		if (status_is_ok(attempt->status) && attempt->stage_ns)
			stages_report(attempt, output);
		keep_output(
		    jobs, attempt, out == scratch_out ? out : -1, scratch_err);
		services_keep(jobs, attempt);
	}
	if (in >= 0 && in != open_null())
		close(in);
	if (out >= 0 && out == scratch_out)
		output_file(&scratch_out); /* its memory is needed elsewhere */
	else if (out >= 0 && out != open_null())
		close(out);
}
