/* One trial: its hooks, its judgement, its records. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

/* After so many rounds whose retries were all perturbed there are no more. */
enum {
	MOST_IN_VAIN = 3
};

/* How much longer a command may take while its instructions are counted. */
enum {
	SLOWED_BY = 100
};

/* --- running --- */

/* An empty file in memory, made once for each purpose and used again. */
static int
scratch_file(int *fd)
{
	struct stat st;

	if (*fd < 0)
		*fd = memfd_create("plumbline", MFD_CLOEXEC);
	/* Most of the time it is empty, and to empty it takes longer. */
	if (*fd < 0 || fstat(*fd, &st) < 0 ||
	    (st.st_size && ftruncate(*fd, 0) < 0) ||
	    lseek(*fd, 0, SEEK_SET) < 0)
		die_errno("scratch file");
	return *fd;
}

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

/* A file of the case, relative to its working directory. */
static int
open_file(const struct exec *exec, const char *name, int flags)
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
		return open_file(
		    &loaded->exec, name, O_RDWR | O_CREAT | O_TRUNC);
	return judge_wants_output(loaded) ? scratch_file(&scratch_out)
					  : open_null();
}

static int
open_stdin(const struct loaded *loaded)
{
	const char *name = loaded->exec.in;

	return name ? open_file(&loaded->exec, name, O_RDONLY) : open_null();
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

/* Whether instructions are counted, and nothing else is measured. */
static bool
is_count(const struct attempt *attempt)
{
	return word_is(attempt->phase, "count");
}

static double
timeout_of(const struct jobs *jobs, const struct attempt *attempt)
{
	double timeout_s = isnan(jobs->settings.timeout_s)
			       ? attempt->loaded->exec.timeout_s
			       : jobs->settings.timeout_s;

	return is_count(attempt) ? SLOWED_BY * timeout_s : timeout_s;
}

/* How the command is set up. Who counts it needs what its limits forbid. */
static struct setup
setup_of(const struct attempt *attempt)
{
	struct setup setup = attempt->loaded->setup;

	if (is_count(attempt))
		record_clear(&limits_type, &setup.limits);
	return setup;
}

/* Runs a command of the case to its end. stderr is kept for a failure. */
static void
run_command(const struct jobs *jobs, struct attempt *attempt,
    const struct texts *words, int in, int out)
{
	const struct exec *exec = &attempt->loaded->exec;
	long pad = attempt->pad = pad_of(jobs, attempt);
	struct environment env = env_make(
	    jobs, attempt->loaded, attempt->phase, attempt->round, pad);
	const char **argv = mem_zero(words->n + 1, sizeof *argv);
	struct setup setup = setup_of(attempt);
	struct command command = {
	    .argv = argv,
	    .env = env.texts,
	    .cwd = exec->cwd,
	    .in = in,
	    .out = out,
	    .err = scratch_file(&scratch_err),
	    .timeout_s = timeout_of(jobs, attempt),
	    .grace_s = jobs->settings.grace_s,
	    .unstoppable = word_is(attempt->phase, "cleanup"),
	    .most_out = judge_wants_output(attempt->loaded) ? OUTPUT_MOST : 0,
	    .kept_err = jobs->settings.keep_output ? OUTPUT_MOST : OUTPUT_END,
	    .setup = attempt->hook ? NULL : &setup,
	};

	memcpy(argv, words->s, words->n * sizeof *argv);
	monitor_start(monitor_interval(jobs, attempt));
	process_run(&command, &attempt->outcome);
	monitor_stop(&attempt->outcome);
	judge_ending(attempt, command.timeout_s);
	free(argv);
	env_release(&env);
}

/* --- writing --- */

/* The noise of the command itself; hooks and what never ran have none. */
static bool
has_noise(const struct attempt *attempt)
{
	enum ending ending = attempt->outcome.ending;

	return !attempt->hook && !is_count(attempt) && ending != ENDING_NONE &&
	       ending != ENDING_SPAWN;
}

static const char *
put_noise(struct jline *object, const struct attempt *attempt)
{
	record_put(object, NULL, &noise_type, &attempt->noise);
	return object->text;
}

static const char *
put_flags(struct jline *list, const struct attempt *attempt)
{
	jline_list(list, NULL);
	for (size_t i = 0; i < attempt->n_flags; i++)
		jline_string(list, NULL, attempt->flags[i]);
	jline_list_end(list);
	return list->text;
}

static void
add_trial(struct jobs *jobs, const struct attempt *attempt, size_t records)
{
	const struct outcome *o = &attempt->outcome;
	struct jline noise = {0}, flags = {0};
	struct trial trial;

	record_clear(&trial_type, &trial);
	trial.name = attempt->loaded->record.name;
	trial.variant = attempt->loaded->variant->name;
	trial.phase = attempt->phase;
	trial.status = attempt->status;
	trial.round = attempt->round;
	trial.seq = (double)++jobs->seq;
	if (*attempt->why)
		trial.why = attempt->why;
	if (o->ending == ENDING_EXIT)
		trial.exit = o->exit;
	if (o->ending == ENDING_SIGNAL || o->ending == ENDING_STOPPED)
		trial.signal = o->signal;
	if (o->elapsed_ns > 0)
		trial.elapsed = o->elapsed_ns;
	trial.output = attempt->output;
	if (attempt->pad >= 0)
		trial.pad = (double)attempt->pad;
	if (!attempt->hook)
		trial.cpus = attempt->loaded->setup.cpus;
	trial.records = (double)records;
	if (has_noise(attempt))
		trial.noise.text = put_noise(&noise, attempt);
	if (attempt->n_flags)
		trial.flags.text = put_flags(&flags, attempt);
	write_add(jobs, &trial_type, &trial);
	jline_release(&noise);
	jline_release(&flags);
	if (status_is_skipped(attempt->status))
		jobs->skipped++;
	else if (!status_is_ok(attempt->status))
		jobs->failed++;
}

/* "wl-run: case", in the place of the progress. */
static void
begin_message(const struct jobs *jobs, const struct loaded *loaded)
{
	if (jobs->progress)
		fputs(CLEAR_LINE, stderr);
	fputs("wl-run: ", stderr);
	output_show(loaded->record.name);
}

static void
show_failure(const struct jobs *jobs, const struct attempt *attempt)
{
	begin_message(jobs, attempt->loaded);
	fprintf(stderr, ": %s: ", attempt->phase);
	output_show(attempt->why);
	fputc('\n', stderr);
	if (attempt->outcome.ending != ENDING_SPAWN)
		output_show_end(scratch_err, "stderr");
}

/* A trial that has no samples. */
static void
write_trial(struct jobs *jobs, const struct attempt *attempt)
{
	add_trial(jobs, attempt, 0);
	write_out(jobs);
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

static size_t
count_samples(const struct attempt *attempt, const struct output *output)
{
	size_t n = output->n;

	for (enum builtin i = 0; i < BUILTIN_COUNT; i++)
		n += isfinite(attempt->values[i]) ? 1 : 0;
	return n;
}

static size_t
count_series(void)
{
	struct series series;
	size_t n = 0;

	for (size_t i = 0; i < MONITOR_METRICS; i++)
		n += monitor_series(i, &series);
	return n;
}

static void
add_samples(struct jobs *jobs, const struct attempt *attempt,
    const struct output *output)
{
	struct sample sample;

	record_clear(&sample_type, &sample);
	sample.name = attempt->loaded->record.name;
	sample.variant = attempt->loaded->variant->name;
	sample.round = attempt->round;
	for (enum builtin i = 0; i < BUILTIN_COUNT; i++) {
		sample.metric = builtin_names[i];
		sample.unit = builtin_units[i];
		sample.value = attempt->values[i];
		if (isfinite(sample.value))
			write_add(jobs, &sample_type, &sample);
	}
	for (size_t i = 0; i < output->n; i++) {
		sample.metric = output->reported[i].metric;
		sample.unit = output->reported[i].unit;
		sample.value = output->reported[i].value;
		write_add(jobs, &sample_type, &sample);
	}
}

static void
add_series(struct jobs *jobs, const struct attempt *attempt)
{
	struct series series;

	record_clear(&series_type, &series);
	series.name = attempt->loaded->record.name;
	series.variant = attempt->loaded->variant->name;
	series.round = attempt->round;
	for (size_t i = 0; i < MONITOR_METRICS; i++)
		if (monitor_series(i, &series))
			write_add(jobs, &series_type, &series);
}

/* --- the steps of a trial --- */

/* A hook: true where there is none, or where it went well. */
static bool
run_hook(struct jobs *jobs, struct loaded *loaded, const char *phase,
    const struct texts *words, double round)
{
	struct attempt attempt = {
	    .loaded = loaded,
	    .phase = phase,
	    .hook = true,
	    .round = round,
	    .pad = -1,
	};

	if (!words->n)
		return true;
	run_command(jobs, &attempt, words, open_null(), open_null());
	if (status_is_ok(attempt.status))
		return true;
	if (attempt.outcome.ending != ENDING_INTERRUPTED) {
		keep_output(jobs, &attempt, -1, scratch_err);
		show_failure(jobs, &attempt);
		write_trial(jobs, &attempt);
	}
	return false;
}

/* Why a case cannot run here; false where it can. */
static bool
is_skipped(const struct jobs *jobs, struct attempt *attempt)
{
	const struct loaded *loaded = attempt->loaded;
	const struct requires *need = &loaded->requires;
	struct environment env;
	char *why = attempt->why;
	size_t size = sizeof attempt->why;
	bool found = true;

	if (!loaded->exec.command.n) {
		snprintf(why, size,
		    "%s: no command, and no script of its "
		    "name in the workload path",
		    loaded->record.status);
		return true;
	}
	env =
	    env_make(jobs, attempt->loaded, attempt->phase, attempt->round, -1);
	for (size_t i = 0; found && i < need->programs.n; i++) {
		found = process_finds(
		    need->programs.s[i], env.texts, loaded->exec.cwd);
		snprintf(
		    why, size, "program not found: %s", need->programs.s[i]);
	}
	env_release(&env);
	for (size_t i = 0; found && i < need->files.n; i++) {
		int fd = open_file(&loaded->exec, need->files.s[i], O_PATH);

		found = fd >= 0;
		if (found)
			close(fd);
		snprintf(why, size, "file not found: %s", need->files.s[i]);
	}
	return !found;
}

/* Whether the case is to run on a CPU that this machine has not got. */
static bool
lacks_cpus(struct attempt *attempt)
{
	const struct setup *setup = &attempt->loaded->setup;
	char *missing = setup->cpus ? setup_missing_cpus(&setup->set) : NULL;

	if (missing)
		judge_fail(attempt, "spawn",
		    "cpus %s: this machine has no CPU %s", setup->cpus,
		    missing);
	free(missing);
	return missing != NULL;
}

/* Whether it is to have a limit that this machine cannot keep. */
static bool
lacks_limits(struct attempt *attempt)
{
	const char *missing = limits_begin(&attempt->loaded->limits);

	if (missing)
		judge_fail(attempt, "spawn",
		    "limits: %s: no control group keeps it here", missing);
	return missing != NULL;
}

/* What precedes the first trial of a unit; false where it cannot go on. */
static bool
begin_unit(struct jobs *jobs, struct unit *unit, struct loaded *loaded)
{
	struct attempt none = {
	    .loaded = loaded,
	    .phase = "measure",
	    .round = NAN,
	    .pad = -1,
	    .outcome.ending = ENDING_SPAWN,
	};

	if (unit->set_up)
		return true;
	if (is_skipped(jobs, &none)) {
		none.status = "skipped";
		write_trial(jobs, &none);
		return false;
	}
	*none.why = '\0';
	if (lacks_cpus(&none) || lacks_limits(&none)) {
		show_failure(jobs, &none);
		write_trial(jobs, &none);
		unit->failed++;
		return false;
	}
	limits_end();
	unit->set_up = true;
	if (run_hook(jobs, loaded, "setup", &loaded->exec.setup, NAN))
		return true;
	unit->failed += !tree_stop_signal;
	return false;
}

/* The command, and all that is measured of it. */
static void
run_metered(const struct jobs *jobs, struct attempt *attempt, int in, int out)
{
	if (lacks_limits(attempt)) {
		attempt->outcome.ending = ENDING_SPAWN;
		return;
	}
	counters_start();
	noise_start();
	tally_start();
	run_command(jobs, attempt, &attempt->loaded->exec.command, in, out);
	tally_stop(attempt->values);
	noise_stop(&attempt->noise, attempt->values);
	if (!counters_stop(attempt->values))
		judge_flag(attempt, "counters");
	judge_memory(attempt);
	limits_end();
	if (has_noise(attempt))
		noise_judge(attempt);
}

/* The command, and how many instructions it takes, which needs more memory. */
static void
run_counted(const struct jobs *jobs, struct attempt *attempt, int in, int out)
{
	struct loaded *loaded = attempt->loaded;
	struct texts words =
	    callgrind_words(&loaded->exec.command, &loaded->words);
	double total;

	run_command(jobs, attempt, &words, in, out);
	total = callgrind_total();
	free(words.s);
	if (status_is_ok(attempt->status) && isnan(total))
		judge_fail(attempt, "expect", "callgrind has counted nothing");
	attempt->values[BUILTIN_CALLGRIND_INSTRUCTIONS] = total;
}

/* The command itself, and its judgement. */
static void
run_measured(
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
		if (is_count(attempt))
			run_counted(jobs, attempt, in, out);
		else
			run_metered(jobs, attempt, in, out);
		judge_output(attempt, output, out);
		keep_output(
		    jobs, attempt, out == scratch_out ? out : -1, scratch_err);
	}
	if (in >= 0 && in != open_null())
		close(in);
	if (out >= 0 && out == scratch_out)
		scratch_file(&scratch_out); /* its memory is needed elsewhere */
	else if (out >= 0 && out != open_null())
		close(out);
}

/* The trial, its samples and its series, which leave together. */
static void
write_measured(
    struct jobs *jobs, struct attempt *attempt, const struct output *output)
{
	bool sampled = status_is_ok(attempt->status) && !isnan(attempt->round);

	if (sampled && !is_count(attempt))
		get_values(attempt);
	add_trial(jobs, attempt,
	    sampled ? count_samples(attempt, output) + count_series() : 0);
	if (sampled) {
		add_samples(jobs, attempt, output);
		add_series(jobs, attempt);
	}
	write_out(jobs);
	if (!status_is_ok(attempt->status))
		show_failure(jobs, attempt);
}

/* Counts the trial, and keeps of it what is needed later. */
static void
count_trial(const struct jobs *jobs, const struct job *job, struct unit *unit,
    const struct attempt *attempt, const struct output *output)
{
	struct made made = {
	    .round = attempt->round,
	    .ok = status_is_ok(attempt->status),
	    .flagged = attempt->n_flags > 0,
	    .elapsed_ns = attempt->outcome.elapsed_ns,
	    .values = attempt->values,
	    .output = output,
	};

	unit_count(jobs, job, unit, attempt->loaded, &made);
}

/*
 * Whether a trial is to be made again, as something disturbed it, after so
 * many others of its round. Where that has helped in none of some rounds, the
 * case disturbs itself.
 */
static bool
is_rejected(const struct jobs *jobs, struct unit *unit,
    const struct attempt *attempt, long tries)
{
	bool perturbed = attempt->perturbed;

	if (!jobs->settings.retries || unit->in_vain == MOST_IN_VAIN ||
	    isnan(attempt->round) || !status_is_ok(attempt->status))
		return false;
	if (perturbed && tries < jobs->settings.retries)
		return true;
	unit->in_vain = perturbed ? unit->in_vain + 1 : 0;
	if (unit->in_vain < MOST_IN_VAIN)
		return false;
	begin_message(jobs, attempt->loaded);
	fprintf(stderr,
	    ": perturbed each time in %d rounds; it is not made again any "
	    "more\n",
	    MOST_IN_VAIN);
	return false;
}

/* A trial that is in the stream, but is none of those that count. */
static void
reject(struct jobs *jobs, struct unit *unit, struct attempt *attempt)
{
	attempt->phase = "rejected";
	write_trial(jobs, attempt);
	jobs->rejected++;
	unit->spent_ns += attempt->outcome.elapsed_ns;
}

/* False where it was rejected, after so many others of its round. */
static bool
trial_with_hooks(struct jobs *jobs, struct job *job, struct unit *unit,
    struct loaded *loaded, long tries)
{
	struct output output = {0};
	bool warmup = unit_wants_warmup(job, unit), rejected = false;
	struct attempt attempt = {
	    .loaded = loaded,
	    .phase = warmup ? "warmup" : "measure",
	    .round = warmup ? (double)NAN : (double)unit->done + 1,
	    .pad = -1,
	};
	bool interrupted;

	for (enum builtin i = 0; i < BUILTIN_COUNT; i++)
		attempt.values[i] = NAN;
	if (!run_hook(jobs, loaded, "prepare", &loaded->exec.prepare,
		attempt.round)) {
		attempt.status = "exit";
		count_trial(jobs, job, unit, &attempt, &output);
		return true;
	}
	if (!warmup && jobs->settings.cool_s > 0)
		process_pause(setup_pause_s(jobs->settings.cool_s,
		    jobs->settings.seed, loaded->record.name, attempt.round));
	run_measured(jobs, &attempt, &output);
	interrupted = attempt.outcome.ending == ENDING_INTERRUPTED;
	if (!interrupted)
		rejected = is_rejected(jobs, unit, &attempt, tries);
	if (rejected) {
		reject(jobs, unit, &attempt);
	} else if (!interrupted) {
		write_measured(jobs, &attempt, &output);
		count_trial(jobs, job, unit, &attempt, &output);
	}
	output_release(&output);
	if (!interrupted)
		run_hook(jobs, loaded, "conclude", &loaded->exec.conclude,
		    attempt.round);
	return !rejected;
}

void
job_trial(struct jobs *jobs, struct job *job, size_t v)
{
	struct unit *unit = job_unit(jobs, job, v);
	struct loaded loaded;
	long tries = 0;

	job_load(jobs, job, v, &loaded);
	if (begin_unit(jobs, unit, &loaded))
		while (!trial_with_hooks(jobs, job, unit, &loaded, tries) &&
		       !tree_stop_signal)
			tries++;
	else
		unit->over = true;
	job_unload(&loaded);
}

/* What the command reports of itself is not true of it now, so it is lost. */
static void
count_with_hooks(struct jobs *jobs, struct job *job, struct unit *unit,
    struct loaded *loaded)
{
	const struct output none = {0};
	struct output output = {0};
	struct attempt attempt = {
	    .loaded = loaded,
	    .phase = "count",
	    .round = unit->counted + 1,
	    .pad = -1,
	};

	for (enum builtin i = 0; i < BUILTIN_COUNT; i++)
		attempt.values[i] = NAN;
	if (!run_hook(jobs, loaded, "prepare", &loaded->exec.prepare, NAN)) {
		unit_has_counted(job, unit, false);
		return;
	}
	run_measured(jobs, &attempt, &output);
	output_release(&output);
	if (attempt.outcome.ending == ENDING_INTERRUPTED)
		return;
	write_measured(jobs, &attempt, &none);
	unit_has_counted(job, unit, status_is_ok(attempt.status));
	run_hook(jobs, loaded, "conclude", &loaded->exec.conclude, NAN);
}

void
job_count(struct jobs *jobs, struct job *job, size_t v)
{
	struct unit *unit = job_unit(jobs, job, v);
	struct loaded loaded;

	job_load(jobs, job, v, &loaded);
	if (begin_unit(jobs, unit, &loaded))
		count_with_hooks(jobs, job, unit, &loaded);
	else
		unit->over = true;
	job_unload(&loaded);
}

void
job_finish(struct jobs *jobs, struct job *job, size_t v)
{
	struct unit *unit = job_unit(jobs, job, v);
	struct loaded loaded;

	if (!unit->set_up)
		return;
	unit->set_up = false;
	unit->over = true;
	tree_stop_again = 0; /* each request ends one that hangs */
	job_load(jobs, job, v, &loaded);
	run_hook(jobs, &loaded, "cleanup", &loaded.exec.cleanup, NAN);
	job_unload(&loaded);
}
