/* hist-add: which runs a stream has. */
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "die.h"
#include "hist-add.h"

/* Whether records of that kind are of a run. */
static bool
is_of_run(enum record_kind kind)
{
	switch (kind) {
	case RECORD_HISTORY:
	case RECORD_POINT:
	case RECORD_MARK:
	case RECORD_CHANGE:
	case RECORD_BASELINE_FILE:
	case RECORD_BASELINE:
		return false;
	default:
		return true;
	}
}

/* Whether the history keeps them. */
static bool
is_kept(enum record_kind kind, const struct choice *choice)
{
	return choice->all ||
	       (kind != RECORD_TRIAL && kind != RECORD_SAMPLE &&
		   kind != RECORD_SERIES && kind != RECORD_PARTIAL);
}

/* Whether a record of that kind says nothing without its run. */
static bool
needs_run(enum record_kind kind)
{
	return kind == RECORD_CASE || kind == RECORD_SUMMARY ||
	       kind == RECORD_VERDICT || kind == RECORD_RESULT ||
	       kind == RECORD_END || kind == RECORD_RESUME;
}

static void
read_run(struct intake *intake, struct reader *in, const char *report)
{
	struct incoming *incoming =
	    MEM_PUSH(intake->runs, intake->n, intake->capacity);

	*incoming = (struct incoming){
	    .report = report,
	    .where = mem_format("%s:%zu", in->lines.name, in->lines.number),
	};
	filed_take_run(&incoming->filed, in, report);
}

/* What a record says of its run: absent is the one before it. */
static void
check_run(const struct incoming *incoming, const struct reader *in,
    const char *run, const char *session)
{
	if (run && strcmp(run, incoming->filed.run.run) != 0)
		lines_die(&in->lines,
		    "is of run %s, and comes after the run record of %s", run,
		    incoming->filed.run.run);
	if (session && incoming->filed.run.session &&
	    strcmp(session, incoming->filed.run.session) != 0)
		lines_die(&in->lines, "is of session %s, and run %s of %s",
		    session, incoming->filed.run.run,
		    incoming->filed.run.session);
}

static const char *
or_none(const char *text)
{
	return text ? text : "";
}

/* Of two values of one thing only one would be kept. */
static void
check_once(
    struct incoming *incoming, const struct reader *in, const struct summary *s)
{
	char *what = mem_format("%s\n%s\n%s\n%s\n%s", s->name, s->metric,
	    or_none(s->unit), or_none(s->id), or_none(s->variant));
	size_t n = incoming->summaries.n;

	if (index_add(&incoming->summaries, what) < n)
		lines_die(&in->lines, "case %s: metric %s is here twice",
		    s->name, s->metric);
	free(what);
}

static void
check(struct incoming *incoming, struct reader *in)
{
	struct summary summary;
	struct resume resume;
	struct result result;

	if (in->kind == RECORD_SUMMARY) {
		reader_get(in, &summary_type, &summary);
		check_run(incoming, in, summary.run, summary.session);
		check_once(incoming, in, &summary);
		record_release(&summary_type, &summary);
	} else if (in->kind == RECORD_RESULT) {
		reader_get(in, &result_type, &result);
		check_run(incoming, in, result.run, NULL);
		record_release(&result_type, &result);
	} else if (in->kind == RECORD_RESUME) {
		reader_get(in, &resume_type, &resume);
		check_run(incoming, in, resume.run, NULL);
		record_release(&resume_type, &resume);
	}
}

/* One that a signal has stopped has an end, and is not whole. */
static void
read_end(struct incoming *incoming, struct reader *in)
{
	struct run_end end;

	reader_get(in, &end_type, &end);
	check_run(incoming, in, end.run, NULL);
	incoming->over = true;
	incoming->ended = end.complete != false;
}

static void
read_record(
    struct intake *intake, struct reader *in, const struct choice *choice)
{
	struct incoming *current =
	    intake->n ? &intake->runs[intake->n - 1] : NULL;

	if (!current && needs_run(in->kind))
		lines_die(&in->lines, "there is no run record before it");
	if (!current || !is_of_run(in->kind))
		return;
	if (current->over)
		lines_die(&in->lines, "comes after the end of run %s",
		    current->filed.run.run);
	if (!is_kept(in->kind, choice))
		return;
	check(current, in);
	/* What the history cannot be read with later is refused now. */
	filed_take(&current->filed, in, current->text.len);
	if (in->kind == RECORD_END)
		read_end(current, in);
	jline_text(&current->text, in->lines.text, in->lines.len);
	jline_end(&current->text);
	current->records++;
}

/* A clock may be wrong by so much that all that follows is put before it. */
static void
check_past(const struct incoming *incoming)
{
	enum {
		DAY_S = 24 * 60 * 60
	};
	const struct run *run = &incoming->filed.run;
	char text[32];

	if (day_compare(run->time, time_from_now(text, DAY_S)) > 0)
		warn("%s: run %s is dated in the future, %s: it will be the "
		     "newest till then",
		    incoming->where, run->run, run->time);
}

static void
check_whole(const struct incoming *incoming, const struct choice *choice)
{
	if (!incoming->ended && !choice->partial)
		die("%s: run %s was cut short: --partial files it all the same",
		    incoming->where, incoming->filed.run.run);
}

void
intake_read(
    struct intake *intake, char *operands[], const struct choice *choice)
{
	const char *report = choice->report;
	struct reader in;

	reader_open(&in, operands);
	while (reader_next(&in)) {
		struct history head;

		if (in.kind == RECORD_HISTORY) {
			reader_get(&in, &history_type, &head);
			if (!choice->report && head.report)
				report =
				    index_text(&intake->texts, head.report);
		}
		if (in.kind == RECORD_RUN) {
			read_run(intake, &in, report);
			report = choice->report;
		}
		read_record(intake, &in, choice);
	}
	reader_release(&in);
	if (!intake->n)
		die("there is no run to file");
	for (size_t i = 0; i < intake->n; i++)
		check_whole(&intake->runs[i], choice);
	for (size_t i = 0; i < intake->n; i++)
		check_past(&intake->runs[i]);
}

void
intake_release(struct intake *intake)
{
	for (size_t i = 0; i < intake->n; i++) {
		filed_release(&intake->runs[i].filed);
		jline_release(&intake->runs[i].text);
		index_release(&intake->runs[i].summaries);
		free(intake->runs[i].where);
	}
	free(intake->runs);
	index_release(&intake->texts);
	*intake = (struct intake){0};
}
