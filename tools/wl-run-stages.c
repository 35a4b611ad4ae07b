/*
 * A trial is made of steps, its stages, each a command that is run when the one
 * before has ended well. A case without stages has one, of no name: its
 * command.
 */
#include "wl-run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static const char PREFIX[] = "stage.";

/* --- reading --- */

void
stages_read(struct loaded *loaded)
{
	const tree *list = loaded->exec.stages.value;
	size_t n = tree_length(list);

	loaded->stages = mem_zero(n ? n : 1, sizeof *loaded->stages);
	loaded->stage_ns = mem_zero(n ? n : 1, sizeof *loaded->stage_ns);
	for (size_t i = 0; i < n; i++)
		reader_get_part(&loaded->reader, tree_at(list, i), &stage_type,
		    &loaded->stages[i]);
	loaded->n_stages = n;
	if (n || !loaded->exec.command.n)
		return;
	loaded->n_stages = 1;
	loaded->stages[0].command = loaded->exec.command;
}

void
stages_check(const struct loaded *loaded)
{
	const struct lines *in = &loaded->reader.lines;
	const struct stage *stages = loaded->stages;
	const tree *list = loaded->exec.stages.value;

	if (list && !tree_is_array(list))
		lines_die(in, "stages is not a list");
	if (!tree_length(list))
		return;
	if (loaded->exec.command.n)
		lines_die(in, "exec has both a command and stages");
	for (size_t i = 0; i < loaded->n_stages; i++) {
		if (!*stages[i].name)
			lines_die(in, "the name of a stage is empty");
		if (!stages[i].command.n)
			lines_die(
			    in, "stage %s has no command", stages[i].name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(stages[i].name, stages[j].name) == 0)
				lines_die(in, "a second stage of the name %s",
				    stages[i].name);
	}
}

void
stages_release(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->n_stages; i++)
		if (loaded->stages[i].name)
			record_release(&stage_type, &loaded->stages[i]);
	free(loaded->stages);
	free(loaded->stage_ns);
	loaded->stages = NULL;
	loaded->stage_ns = NULL;
	loaded->n_stages = 0;
}

/* --- running --- */

/* What all have used of one after the other; of memory the most. */
static void
add_usage(struct rusage *sum, const struct rusage *more)
{
	timeradd(&sum->ru_utime, &more->ru_utime, &sum->ru_utime);
	timeradd(&sum->ru_stime, &more->ru_stime, &sum->ru_stime);
	if (more->ru_maxrss > sum->ru_maxrss)
		sum->ru_maxrss = more->ru_maxrss;
	sum->ru_minflt += more->ru_minflt;
	sum->ru_majflt += more->ru_majflt;
	sum->ru_nvcsw += more->ru_nvcsw;
	sum->ru_nivcsw += more->ru_nivcsw;
	sum->ru_inblock += more->ru_inblock;
	sum->ru_oublock += more->ru_oublock;
}

/* A trial ends as its last stage does, and began with the first one. */
static void
add_outcome(struct outcome *sum, const struct outcome *more)
{
	struct outcome before = *sum;

	*sum = *more;
	if (before.ending == ENDING_NONE)
		return;
	sum->exec_ns = before.exec_ns;
	sum->wall_ns += before.wall_ns;
	sum->spawn_ns += before.spawn_ns;
	sum->elapsed_ns += before.elapsed_ns;
	add_usage(&sum->usage, &before.usage);
}

/* What precedes each stage but the first. */
static void
prepare_next(struct attempt *attempt, const struct command *command)
{
	/* Each reads the input from its beginning; of a FIFO there is none. */
	lseek(command->in, 0, SEEK_SET);
	limits_renew(&attempt->loaded->limits);
}

/* What is left of a timeout; NAN: there is none. */
static double
left_s(double timeout_s, const struct outcome *so_far)
{
	double left = timeout_s - so_far->elapsed_ns / 1e9;

	return left < 0 ? 0 : left;
}

void
stages_run(const struct stage *stages, size_t n, struct command *command,
    struct attempt *attempt)
{
	double timeout_s = command->timeout_s;

	for (size_t i = 0; i < n; i++) {
		const struct texts *words = &stages[i].command;
		const char **argv = mem_zero(words->n + 1, sizeof *argv);
		struct outcome outcome;

		memcpy(argv, words->s, words->n * sizeof *argv);
		command->argv = argv;
		if (i > 0)
			prepare_next(attempt, command);
		process_run(command, &outcome);
		free(argv);
		if (attempt->stage_ns)
			attempt->stage_ns[i] = outcome.wall_ns;
		add_outcome(&attempt->outcome, &outcome);
		attempt->stage = stages[i].name;
		judge_ending(attempt, timeout_s);
		if (attempt->stage && attempt->stage_ns)
			judge_memory(attempt);
		if (!status_is_ok(attempt->status))
			return;
		command->timeout_s = left_s(timeout_s, &attempt->outcome);
	}
	attempt->stage = NULL;
}

/* --- reporting --- */

/* The number of the stage that a metric is of, or SIZE_MAX. */
static size_t
stage_of(const struct loaded *loaded, const char *metric)
{
	size_t len = sizeof PREFIX - 1;

	if (strncmp(metric, PREFIX, len) == 0)
		for (size_t i = 0; i < loaded->n_stages; i++)
			if (word_is(loaded->stages[i].name, metric + len))
				return i;
	return SIZE_MAX;
}

bool
stages_measure(const struct loaded *loaded, const char *metric)
{
	return stage_of(loaded, metric) != SIZE_MAX;
}

void
stages_report(struct attempt *attempt, struct output *output)
{
	const struct loaded *loaded = attempt->loaded;

	for (size_t i = 0; i < output->n; i++)
		if (stages_measure(loaded, output->reported[i].metric)) {
			judge_fail(attempt, "expect",
			    "metric %s is the name of a stage's",
			    output->reported[i].metric);
			return;
		}
	for (size_t i = 0; i < loaded->n_stages; i++) {
		char *metric;

		if (!loaded->stages[i].name)
			continue;
		metric = mem_format("%s%s", PREFIX, loaded->stages[i].name);
		output_report(output, metric, builtin_units[BUILTIN_WALL_TIME],
		    loaded->stage_ns[i]);
		free(metric);
	}
}
