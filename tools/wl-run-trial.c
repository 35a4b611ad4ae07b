/* One trial: its hooks, its judgement, its records. */
#include "wl-run-place.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* After so many rounds whose retries were all perturbed there are no more. */
enum {
	MOST_IN_VAIN = 3
};

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
	attempt_run_hook(jobs, &attempt, words);
	if (status_is_ok(attempt.status))
		return true;
	if (attempt.outcome.ending != ENDING_INTERRUPTED) {
		emit_failure(jobs, &attempt);
		emit_trial(jobs, &attempt);
	}
	return false;
}

/* Whether the command that the case requires to succeed does. */
static bool
tries_well(const struct jobs *jobs, struct attempt *of)
{
	struct attempt attempt = {
	    .loaded = of->loaded,
	    .phase = "requires",
	    .hook = true,
	    .round = NAN,
	    .pad = -1,
	};
	const struct texts *words = &of->loaded->requires.command;
	char said[sizeof of->why / 2];

	if (!words->n)
		return true;
	attempt_run_hook(jobs, &attempt, words);
	if (status_is_ok(attempt.status))
		return true;
	output_last_line(attempt_stderr(), said, sizeof said);
	snprintf(of->why, sizeof of->why, "what it requires: %.100s%s%s",
	    attempt.why, *said ? ": " : "", said);
	return false;
}

/* Why a case cannot run here; false where it can. */
static bool
lacks_something(const struct jobs *jobs, struct attempt *attempt)
{
	const struct loaded *loaded = attempt->loaded;
	const struct requires *need = &loaded->requires;
	struct environment env;
	char *why = attempt->why;
	size_t size = sizeof attempt->why;
	bool found = true;

	if (!loaded->n_stages) {
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
		int fd = attempt_open(&loaded->exec, need->files.s[i], O_PATH);

		found = fd >= 0;
		if (found)
			close(fd);
		snprintf(why, size, "file not found: %s", need->files.s[i]);
	}
	return !found || !tries_well(jobs, attempt);
}

/* The same, from its directory, or from ours where that is yet to be made. */
static bool
is_skipped(const struct jobs *jobs, struct attempt *attempt)
{
	const char **cwd = &attempt->loaded->exec.cwd;
	const char *own = *cwd;
	bool lacks;

	if (own && access(own, X_OK) != 0)
		*cwd = NULL;
	lacks = lacks_something(jobs, attempt);
	*cwd = own;
	return lacks;
}

/* Whether the case is to run on a CPU that we have not got. */
static bool
lacks_cpus(struct attempt *attempt)
{
	const struct setup *setup = &attempt->loaded->setup;
	char *why = setup->cpus ? machine_lacks_cpus(&setup->set) : NULL;
	bool lacks = why != NULL;

	if (lacks)
		judge_fail(attempt, "skipped", "cpus %s: %s", setup->cpus, why);
	free(why);
	return lacks;
}

/* Tells of a unit that is not begun. */
static void
give_up(struct jobs *jobs, struct unit *unit, const struct attempt *attempt)
{
	bool skipped = status_is_skipped(attempt->status);

	unit->failed += !skipped;
	if (!skipped)
		emit_failure(jobs, attempt);
	emit_trial(jobs, attempt);
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
		if (tree_stop_signal)
			return false;
		none.status = "skipped";
		emit_trial(jobs, &none);
		return false;
	}
	*none.why = '\0';
	if (lacks_cpus(&none) || attempt_lacks_limits(&none)) {
		give_up(jobs, unit, &none);
		return false;
	}
	limits_end();
	if (!place_open(jobs, &none)) {
		if (none.outcome.ending != ENDING_INTERRUPTED)
			give_up(jobs, unit, &none);
		return false;
	}
	unit->set_up = true;
	if (run_hook(jobs, loaded, "setup", &loaded->exec.setup, NAN))
		return true;
	unit->failed += !tree_stop_signal;
	return false;
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
	emit_name(jobs, attempt->loaded);
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
	emit_trial(jobs, attempt);
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
	if (!services_start(jobs, &attempt)) {
		if (attempt.outcome.ending != ENDING_INTERRUPTED) {
			emit_measured(jobs, &attempt, &output);
			count_trial(jobs, job, unit, &attempt, &output);
		}
		services_after(loaded);
		return true;
	}
	if (!run_hook(jobs, loaded, "prepare", &loaded->exec.prepare,
		attempt.round)) {
		services_after(loaded);
		attempt.status = "exit";
		count_trial(jobs, job, unit, &attempt, &output);
		return true;
	}
	if (!warmup && jobs->settings.cool_s > 0)
		process_pause(setup_pause_s(jobs->settings.cool_s,
		    jobs->settings.seed, loaded->record.name, attempt.round));
	attempt_run(jobs, &attempt, &output);
	interrupted = attempt.outcome.ending == ENDING_INTERRUPTED;
	if (!interrupted)
		rejected = is_rejected(jobs, unit, &attempt, tries);
	if (rejected) {
		reject(jobs, unit, &attempt);
	} else if (!interrupted) {
		emit_measured(jobs, &attempt, &output);
		count_trial(jobs, job, unit, &attempt, &output);
	}
	output_release(&output);
	if (!interrupted)
		run_hook(jobs, loaded, "conclude", &loaded->exec.conclude,
		    attempt.round);
	services_after(loaded);
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
	if (!services_start(jobs, &attempt)) {
		if (attempt.outcome.ending == ENDING_INTERRUPTED)
			return;
		emit_measured(jobs, &attempt, &none);
		unit_has_counted(job, unit, false);
		return;
	}
	if (!run_hook(jobs, loaded, "prepare", &loaded->exec.prepare, NAN)) {
		unit_has_counted(job, unit, false);
		return;
	}
	attempt_run(jobs, &attempt, &output);
	output_release(&output);
	if (attempt.outcome.ending == ENDING_INTERRUPTED)
		return;
	emit_measured(jobs, &attempt, &none);
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
	services_after(&loaded);
	job_unload(&loaded);
}

/* cleanup, once; it runs although we were asked to stop. */
static void
clean_up(struct jobs *jobs, struct unit *unit, struct loaded *loaded)
{
	if (!unit->set_up)
		return;
	unit->set_up = false;
	unit->over = true;
	tree_stop_again = 0; /* each request ends one that hangs */
	run_hook(jobs, loaded, "cleanup", &loaded->exec.cleanup, NAN);
}

void
job_finish(struct jobs *jobs, struct job *job, size_t v)
{
	struct unit *unit = job_unit(jobs, job, v);
	struct place *place = place_of(jobs, job, v);
	struct loaded loaded;
	bool last = !unit->left && place_leave(place);

	unit->left = true;
	if (!unit->set_up && !last)
		return;
	job_load(jobs, job, v, &loaded);
	tree_stop_again = 0; /* each request ends one that hangs */
	if (last)
		services_stop(&loaded);
	clean_up(jobs, unit, &loaded);
	if (last)
		place_close(place);
	job_unload(&loaded);
}
