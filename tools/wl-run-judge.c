/* Whether a trial is good: how it ended, and what it wrote. */
#include "wl-run.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
word_is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static bool
is_reported(const struct loaded *loaded, const struct metric *metric)
{
	return builtin_find(source_of(metric)) == BUILTIN_COUNT &&
	       !monitor_makes(source_of(metric)) &&
	       !stages_measure(loaded, source_of(metric)) &&
	       !word_is(metric->aggregator, "success_rate");
}

bool
judge_wants_output(const struct loaded *loaded)
{
	if (loaded->expect.regex || loaded->expect.sha256 ||
	    word_is(loaded->exec.out, "capture"))
		return true;
	for (size_t i = 0; i < loaded->n_metrics; i++)
		if (is_reported(loaded, &loaded->metrics[i]))
			return true;
	return false;
}

void
judge_flag(struct attempt *attempt, const char *flag)
{
	if (attempt->n_flags < MOST_FLAGS)
		attempt->flags[attempt->n_flags++] = flag;
}

void
judge_fail(struct attempt *attempt, const char *status, const char *format, ...)
{
	va_list arguments;
	size_t size = sizeof attempt->why, len = 0;

	attempt->status = status;
	if (attempt->stage)
		len = (size_t)snprintf(
		    attempt->why, size, "stage %.200s: ", attempt->stage);
	va_start(arguments, format);
	vsnprintf(attempt->why + len, size - len, format, arguments);
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

void
judge_ending(struct attempt *attempt, double timeout_s)
{
	const struct outcome *o = &attempt->outcome;

	attempt->status = "ok";
	switch (o->ending) {
	case ENDING_SPAWN:
		judge_fail(
		    attempt, "spawn", "%s: %s", o->step, strerror(o->error));
		break;
	case ENDING_SIGNAL:
		judge_fail(attempt, "signal", "ended by signal %d (%s)",
		    o->signal, strsignal(o->signal));
		break;
	case ENDING_STOPPED:
		judge_fail(attempt, "signal",
		    "stopped by signal %d (%s), and did not go on", o->signal,
		    strsignal(o->signal));
		break;
	case ENDING_OUTPUT:
		judge_fail(attempt, "expect",
		    "it wrote more than %d MiB to its standard output, which "
		    "is read",
		    OUTPUT_MOST >> 20);
		break;
	case ENDING_TIMEOUT:
		judge_fail(
		    attempt, "timeout", "still running after %g s", timeout_s);
		break;
	case ENDING_EXIT:
		if (!is_good_exit(attempt))
			judge_fail(attempt, "exit", "exited %d", o->exit);
		break;
	case ENDING_ALARM:
		judge_fail(attempt, "service", "its service ended meanwhile");
		break;
	case ENDING_NONE:
	case ENDING_INTERRUPTED:
		attempt->status = "interrupted"; /* never written */
		break;
	}
}

void
judge_memory(struct attempt *attempt)
{
	double n = tally_oom_kills();
	double limit = attempt->loaded->limits.memory;
	char size[48] = "";
	const char *of_limit = "";

	switch (attempt->outcome.ending) {
	case ENDING_NONE:
	case ENDING_SPAWN:
	case ENDING_INTERRUPTED:
		return;
	default:
		break;
	}
	if (!(n > 0))
		return;
	if (!isnan(limit)) {
		metric_format(size, sizeof size, limit, "B");
		of_limit = ", of which it may have ";
	}
	judge_fail(attempt, "oom",
	    "the kernel ended %.0f of its processes for want of memory%s%s", n,
	    of_limit, size);
}

/* A declared metric must be reported, in a unit that can be converted. */
static void
check_reported(struct attempt *attempt, const struct output *output)
{
	const struct loaded *loaded = attempt->loaded;

	for (size_t i = 0; i < loaded->n_metrics; i++) {
		const struct metric *m = &loaded->metrics[i];
		bool seen = !is_reported(loaded, m);
		double unused;

		for (size_t j = 0; j < output->n; j++) {
			const struct reported *r = &output->reported[j];

			if (strcmp(r->metric, source_of(m)) != 0)
				continue;
			seen = true;
			if (r->unit && m->unit &&
			    aggregator_keeps_unit(m->aggregator) &&
			    !unit_factor(r->unit, m->unit, &unused))
				judge_fail(attempt, "expect",
				    "metric %s: %s cannot become %s", m->name,
				    r->unit, m->unit);
		}
		if (!seen)
			judge_fail(attempt, "expect",
			    "it did not report the metric %s", source_of(m));
	}
}

void
judge_output(struct attempt *attempt, struct output *output, int out)
{
	char *why = attempt->why;
	size_t size = sizeof attempt->why;

	if (!status_is_ok(attempt->status) ||
	    !judge_wants_output(attempt->loaded))
		return;
	if (!output_is_file(out)) {
		judge_fail(attempt, "expect",
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
