/* One trial: its hooks, its environment, its judgement, its records. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "die.h"

extern char **environ;

/* How one command of a case is run, and how that went. */
struct attempt {
	struct loaded *loaded;
	const char *phase;
	bool hook;    /* not the command itself */
	double round; /* NAN outside the measured rounds */
	struct outcome outcome;
	double values[BUILTIN_COUNT]; /* NAN: not measured */
	const char *status;
	char why[512];
};

/* --- the environment --- */

struct environment {
	char **texts; /* NULL at the end */
	size_t n, capacity;
};

static void
env_add(struct environment *env, char *text)
{
	size_t name = strcspn(text, "=") + 1;

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->texts[i], text, name) == 0) {
			free(env->texts[i]);
			env->texts[i] = text;
			return;
		}
	*MEM_PUSH(env->texts, env->n, env->capacity) = text;
}

static void
env_set(struct environment *env, const char *name, const char *value)
{
	if (value)
		env_add(env, mem_format("%s=%s", name, value));
}

static void
env_set_number(struct environment *env, const char *name, double x)
{
	char text[32];

	if (!isfinite(x))
		return;
	json_format_number(text, sizeof text, x);
	env_set(env, name, text);
}

static void
env_release(struct environment *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->texts[i]);
	free(env->texts);
}

static void
env_set_value(struct environment *env, struct loaded *loaded, const char *name,
    const tree *value)
{
	if (tree_string(value))
		env_set(env, name, loaded_text(loaded, tree_string(value)));
	else if (tree_is_bool(value))
		env_set(env, name, tree_is_true(value) ? "true" : "false");
	else
		env_set_number(env, name, tree_number(value));
}

static void
env_set_path(struct environment *env, const struct texts *dirs)
{
	const char *inherited = getenv("PATH");
	char *path = mem_copy(inherited ? inherited : "/usr/bin:/bin");

	for (size_t i = dirs->n; i > 0; i--) {
		char *longer = mem_format("%s:%s", dirs->s[i - 1], path);

		free(path);
		path = longer;
	}
	env_set(env, "PATH", path);
	free(path);
}

/* plumbline-workload(5), ENVIRONMENT: what is added to the inherited one. */
static struct environment
env_make(const struct jobs *jobs, const struct attempt *attempt)
{
	struct loaded *loaded = attempt->loaded;
	struct environment env = {0};
	const char *name;
	const tree *value;
	void *at = NULL;

	for (char **e = environ; *e; e++)
		if (strncmp(*e, "WL_", 3) != 0)
			*MEM_PUSH(env.texts, env.n, env.capacity) =
			    mem_copy(*e);
	env_set_path(&env, &loaded->exec.path);
	env_set_number(&env, "WL_SEED", jobs->settings.seed);
	env_set(&env, "WL_ARCH", loaded->record.arch);
	env_set(&env, "WL_TARGET", loaded->record.target);
	env_set(&env, "WL_WORKLOAD", loaded->record.workload);
	env_set(&env, "WL_CASE", loaded->record.name);
	env_set(&env, "WL_VARIANT", loaded->variant->name);
	env_set(&env, "WL_PHASE", attempt->phase);
	env_set_number(&env, "WL_ROUND", attempt->round);
	while ((value = tree_member(loaded->record.params.value, &at, &name))) {
		char *variable = mem_format("WL_%s", name);

		env_set_value(&env, loaded, variable, value);
		free(variable);
	}
	at = NULL;
	while ((value = tree_member(loaded->exec.env.value, &at, &name)))
		env_set_value(&env, loaded, name, value);
	*MEM_PUSH(env.texts, env.n, env.capacity) = NULL;
	return env;
}

/* --- running --- */

/* An empty file in memory, made once for each purpose and used again. */
static int
scratch_file(int *fd)
{
	if (*fd < 0)
		*fd = memfd_create("plumbline", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, 0) < 0 || lseek(*fd, 0, SEEK_SET) < 0)
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

static bool
is_word(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static bool
is_reported(const struct metric *metric)
{
	return builtin_find(source_of(metric)) == BUILTIN_COUNT &&
	       !is_word(metric->aggregator, "success_rate");
}

/* Whether what the command writes is looked at afterwards. */
static bool
wants_output(const struct loaded *loaded)
{
	if (loaded->expect.regex || loaded->expect.sha256 ||
	    is_word(loaded->exec.out, "capture"))
		return true;
	for (size_t i = 0; i < loaded->n_metrics; i++)
		if (is_reported(&loaded->metrics[i]))
			return true;
	return false;
}

static int
open_stdout(const struct loaded *loaded)
{
	const char *name = loaded->exec.out;

	if (name && !is_word(name, "null") && !is_word(name, "capture"))
		return open_file(
		    &loaded->exec, name, O_RDWR | O_CREAT | O_TRUNC);
	return wants_output(loaded) ? scratch_file(&scratch_out) : open_null();
}

static int
open_stdin(const struct loaded *loaded)
{
	const char *name = loaded->exec.in;

	return name ? open_file(&loaded->exec, name, O_RDONLY) : open_null();
}

static void fail(struct attempt *attempt, const char *status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
static void
fail(struct attempt *attempt, const char *status, const char *format, ...)
{
	va_list arguments;

	attempt->status = status;
	va_start(arguments, format);
	vsnprintf(attempt->why, sizeof attempt->why, format, arguments);
	va_end(arguments);
}

static bool
is_good_exit(const struct attempt *attempt)
{
	const struct numbers *good = &attempt->loaded->exec.ok_exit;
	double wanted = attempt->loaded->expect.exit;
	int got = attempt->outcome.exit;

	if (attempt->hook || (isnan(wanted) && !good->n))
		return got == 0;
	if (!isnan(wanted) && got == (int)wanted)
		return true;
	for (size_t i = 0; i < good->n; i++)
		if (got == (int)good->x[i])
			return true;
	return false;
}

/* How it ended, as a trial's status. */
static void
judge_ending(struct attempt *attempt, double timeout_s)
{
	const struct outcome *o = &attempt->outcome;

	attempt->status = "ok";
	switch (o->ending) {
	case ENDING_SPAWN:
		fail(attempt, "spawn", "%s: %s", o->step, strerror(o->error));
		break;
	case ENDING_SIGNAL:
		fail(attempt, "signal", "ended by signal %d (%s)", o->signal,
		    strsignal(o->signal));
		break;
	case ENDING_STOPPED:
		fail(attempt, "signal",
		    "stopped by signal %d (%s), and did not go on", o->signal,
		    strsignal(o->signal));
		break;
	case ENDING_OUTPUT:
		fail(attempt, "expect",
		    "it wrote more than %d MiB to its standard output, which "
		    "is read",
		    OUTPUT_MOST >> 20);
		break;
	case ENDING_TIMEOUT:
		fail(attempt, "timeout", "still running after %g s", timeout_s);
		break;
	case ENDING_EXIT:
		if (!is_good_exit(attempt))
			fail(attempt, "exit", "exited %d", o->exit);
		break;
	case ENDING_NONE:
	case ENDING_INTERRUPTED:
		attempt->status = "interrupted"; /* never written */
		break;
	}
}

/* Runs a command of the case to its end. stderr is kept for a failure. */
static void
run_command(const struct jobs *jobs, struct attempt *attempt,
    const struct texts *words, int in, int out)
{
	const struct exec *exec = &attempt->loaded->exec;
	struct environment env = env_make(jobs, attempt);
	const char **argv = mem_zero(words->n + 1, sizeof *argv);
	struct command command = {
	    .argv = argv,
	    .env = env.texts,
	    .cwd = exec->cwd,
	    .in = in,
	    .out = out,
	    .err = scratch_file(&scratch_err),
	    .timeout_s = isnan(jobs->settings.timeout_s)
			     ? exec->timeout_s
			     : jobs->settings.timeout_s,
	    .grace_s = jobs->settings.grace_s,
	    .unstoppable = is_word(attempt->phase, "cleanup"),
	    .most_out = wants_output(attempt->loaded) ? OUTPUT_MOST : 0,
	    .kept_err = OUTPUT_END,
	};

	memcpy(argv, words->s, words->n * sizeof *argv);
	process_run(&command, &attempt->outcome);
	judge_ending(attempt, command.timeout_s);
	free(argv);
	env_release(&env);
}

/* --- writing --- */

static void
add_trial(struct jobs *jobs, const struct attempt *attempt, size_t records)
{
	const struct outcome *o = &attempt->outcome;
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
	trial.records = (double)records;
	write_add(jobs, &trial_type, &trial);
	if (status_is_skipped(attempt->status))
		jobs->skipped++;
	else if (!status_is_ok(attempt->status))
		jobs->failed++;
}

static void
show_failure(const struct jobs *jobs, const struct attempt *attempt)
{
	if (jobs->progress)
		fputs(CLEAR_LINE, stderr);
	fputs("wl-run: ", stderr);
	output_show(attempt->loaded->record.name);
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
		n += isfinite(attempt->values[i]);
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

/* --- judging what a good exit reported --- */

/* A declared metric must be reported, in a unit that can be converted. */
static void
check_reported(struct attempt *attempt, const struct output *output)
{
	const struct loaded *loaded = attempt->loaded;

	for (size_t i = 0; i < loaded->n_metrics; i++) {
		const struct metric *m = &loaded->metrics[i];
		bool seen = !is_reported(m);
		double unused;

		for (size_t j = 0; j < output->n; j++) {
			const struct reported *r = &output->reported[j];

			if (strcmp(r->metric, source_of(m)) != 0)
				continue;
			seen = true;
			if (r->unit && m->unit &&
			    aggregator_keeps_unit(m->aggregator) &&
			    !unit_factor(r->unit, m->unit, &unused))
				fail(attempt, "expect",
				    "metric %s: %s cannot become %s", m->name,
				    r->unit, m->unit);
		}
		if (!seen)
			fail(attempt, "expect",
			    "it did not report the metric %s", source_of(m));
	}
}

static void
judge_output(struct attempt *attempt, struct output *output, int out)
{
	char *why = attempt->why;
	size_t size = sizeof attempt->why;

	if (!status_is_ok(attempt->status) || !wants_output(attempt->loaded))
		return;
	if (!output_is_file(out)) {
		fail(attempt, "expect",
		    "%s is no regular file, so its output cannot be read",
		    attempt->loaded->exec.out);
		return;
	}
	if (!output_matches(&attempt->loaded->expect, out, why, size) ||
	    !output_read(output, out, why, size)) {
		attempt->status = "expect";
		return;
	}
	*why = '\0';
	check_reported(attempt, output);
}

/* --- the steps of a trial --- */

/* A hook: true where there is none, or where it went well. */
static bool
run_hook(struct jobs *jobs, struct loaded *loaded, const char *phase,
    const struct texts *words, double round)
{
	struct attempt attempt = {
	    .loaded = loaded, .phase = phase, .hook = true, .round = round};

	if (!words->n)
		return true;
	run_command(jobs, &attempt, words, open_null(), open_null());
	if (status_is_ok(attempt.status))
		return true;
	if (attempt.outcome.ending != ENDING_INTERRUPTED) {
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
	env = env_make(jobs, attempt);
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

/* What precedes the first trial of a unit; false where it cannot go on. */
static bool
begin_unit(struct jobs *jobs, struct unit *unit, struct loaded *loaded)
{
	struct attempt skipped = {
	    .loaded = loaded, .phase = "measure", .round = NAN};

	if (unit->set_up)
		return true;
	if (is_skipped(jobs, &skipped)) {
		skipped.status = "skipped";
		write_trial(jobs, &skipped);
		return false;
	}
	unit->set_up = true;
	return run_hook(jobs, loaded, "setup", &loaded->exec.setup, NAN);
}

/* The measured command itself. */
static void
run_measured(
    const struct jobs *jobs, struct attempt *attempt, struct output *output)
{
	const struct loaded *loaded = attempt->loaded;
	int in = open_stdin(loaded);
	int out = in < 0 ? -1 : open_stdout(loaded);

	if (in < 0 || out < 0) {
		attempt->outcome.ending = ENDING_SPAWN;
		fail(attempt, "spawn", "%s: %s",
		    in < 0 ? loaded->exec.in : loaded->exec.out,
		    strerror(errno));
	} else {
		run_command(jobs, attempt, &loaded->exec.command, in, out);
		judge_output(attempt, output, out);
	}
	if (in >= 0 && in != open_null())
		close(in);
	if (out >= 0 && out == scratch_out)
		scratch_file(&scratch_out); /* its memory is needed elsewhere */
	else if (out >= 0 && out != open_null())
		close(out);
}

/* The trial and its samples, which leave together. */
static void
write_measured(
    struct jobs *jobs, struct attempt *attempt, const struct output *output)
{
	bool sampled = status_is_ok(attempt->status) && !isnan(attempt->round);

	if (sampled)
		get_values(attempt);
	add_trial(jobs, attempt, sampled ? count_samples(attempt, output) : 0);
	if (sampled)
		add_samples(jobs, attempt, output);
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
	    .elapsed_ns = attempt->outcome.elapsed_ns,
	    .values = attempt->values,
	    .output = output,
	};

	unit_count(jobs, job, unit, attempt->loaded, &made);
}

static void
trial_with_hooks(struct jobs *jobs, struct job *job, struct unit *unit,
    struct loaded *loaded)
{
	struct output output = {0};
	bool warmup = unit_wants_warmup(job, unit);
	struct attempt attempt = {
	    .loaded = loaded,
	    .phase = warmup ? "warmup" : "measure",
	    .round = warmup ? (double)NAN : (double)unit->done + 1,
	};
	bool interrupted;

	for (enum builtin i = 0; i < BUILTIN_COUNT; i++)
		attempt.values[i] = NAN;
	if (!run_hook(jobs, loaded, "prepare", &loaded->exec.prepare,
		attempt.round)) {
		attempt.status = "exit";
		count_trial(jobs, job, unit, &attempt, &output);
		return;
	}
	run_measured(jobs, &attempt, &output);
	interrupted = attempt.outcome.ending == ENDING_INTERRUPTED;
	if (!interrupted) {
		write_measured(jobs, &attempt, &output);
		count_trial(jobs, job, unit, &attempt, &output);
	}
	output_release(&output);
	if (!interrupted)
		run_hook(jobs, loaded, "conclude", &loaded->exec.conclude,
		    attempt.round);
}

void
job_trial(struct jobs *jobs, struct job *job, size_t v)
{
	struct unit *unit = job_unit(jobs, job, v);
	struct loaded loaded;

	job_load(jobs, job, v, &loaded);
	if (begin_unit(jobs, unit, &loaded))
		trial_with_hooks(jobs, job, unit, &loaded);
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
