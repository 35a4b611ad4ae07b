/* The records of a trial, and what a person is told of one that failed. */
#include "wl-run-place.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

/* What a command that failed said last, for the caller to free; or NULL. */
static char *
last_words(const struct attempt *attempt)
{
	enum ending ending = attempt->outcome.ending;

	if (status_is_ok(attempt->status) ||
	    status_is_skipped(attempt->status) || ending == ENDING_NONE ||
	    ending == ENDING_SPAWN)
		return NULL;
	return output_last_lines(attempt_stderr());
}

static void
add_trial(struct jobs *jobs, const struct attempt *attempt, size_t records)
{
	const struct outcome *o = &attempt->outcome;
	struct jline noise = {0}, flags = {0};
	struct trial trial;
	char *said = last_words(attempt);

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
	trial.said = said;
	trial.output = attempt->output;
	if (attempt->pad >= 0)
		trial.pad = (double)attempt->pad;
	if (!attempt->hook)
		trial.cpus = attempt->loaded->setup.cpus;
	trial.records = (double)records;
	if (attempt_has_noise(attempt))
		trial.noise.text = put_noise(&noise, attempt);
	if (attempt->n_flags)
		trial.flags.text = put_flags(&flags, attempt);
	write_add(jobs, &trial_type, &trial);
	jline_release(&noise);
	jline_release(&flags);
	free(said);
	if (status_is_skipped(attempt->status))
		jobs->skipped++;
	else if (!status_is_ok(attempt->status))
		jobs->failed++;
}

void
emit_trial(struct jobs *jobs, const struct attempt *attempt)
{
	add_trial(jobs, attempt, 0);
	write_out(jobs);
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

void
emit_measured(struct jobs *jobs, const struct attempt *attempt,
    const struct output *output)
{
	bool sampled = status_is_ok(attempt->status) && !isnan(attempt->round);

	add_trial(jobs, attempt,
	    sampled ? count_samples(attempt, output) + count_series() : 0);
	if (sampled) {
		add_samples(jobs, attempt, output);
		add_series(jobs, attempt);
	}
	write_out(jobs);
	if (!status_is_ok(attempt->status))
		emit_failure(jobs, attempt);
}

void
emit_name(const struct jobs *jobs, const struct loaded *loaded)
{
	if (jobs->progress)
		fputs(CLEAR_LINE, stderr);
	fputs("wl-run: ", stderr);
	output_show(loaded->record.name);
}

void
emit_failure(const struct jobs *jobs, const struct attempt *attempt)
{
	emit_name(jobs, attempt->loaded);
	fprintf(stderr, ": %s: ", attempt->phase);
	output_show(attempt->why);
	fputc('\n', stderr);
	if (attempt->outcome.ending != ENDING_SPAWN)
		output_show_end(attempt_stderr(), "stderr");
	services_show(attempt);
}
