/* What was read: marks of the history. */
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "die.h"

void
input_add_mark(struct input *input)
{
	struct noted noted = {0};

	reader_get(&input->reader, &mark_type, &noted.mark);
	mark_check(&input->reader, &noted.mark);
	record_keep(&mark_type, &noted.mark, &input->words);
	*MEM_PUSH(input->marks, input->n_marks, input->marks_capacity) = noted;
}

/* Whether it is of a metric of this run; what is unknown fits no mark. */
static bool
is_of(const struct input *input, const struct mark *mark, const char *name,
    const char *metric, const char *machine)
{
	struct point_record series;

	record_clear(&point_type, &series);
	series.name = name;
	series.metric = metric;
	series.arch = input->arch;
	series.target = input->target;
	series.machine = machine;
	series.branch = input->branch;
	return mark_is_of(mark, &series);
}

static struct measured_at
now(const struct input *input)
{
	return (struct measured_at){input->commit, input->branch, input->time};
}

/* All commits that the marks may be asked about. */
static void
add_commits(struct input *input)
{
	descents_add(&input->descents, input->commit);
	for (size_t i = 0; i < input->n_stored; i++)
		for (size_t k = 0; k < input->stored[i].n; k++)
			descents_add(&input->descents,
			    input->stored[i].sessions[k].commit);
}

/*
 * Says of the sessions of a metric which mark is between them and this run: it
 * holds for one of them only.
 */
static void
leave_out(struct input *input, struct stored *stored, struct noted *noted)
{
	const struct measured_at at = now(input);
	bool holds = mark_holds_at(&input->descents, &noted->mark, &at);

	for (size_t i = 0; i < stored->n; i++) {
		struct past *past = &stored->sessions[i];
		const struct measured_at then = {
		    past->commit, past->branch, past->time};

		if (!past->beyond && holds != mark_holds_at(&input->descents,
						  &noted->mark, &then))
			past->beyond = noted;
	}
}

void
input_attach_marks(struct input *input)
{
	if (input->n_marks)
		add_commits(input);
	for (size_t i = 0; i < input->n_subjects; i++) {
		const struct subject *s = &input->subjects[i];
		struct stored *stored = input_stored(input, s->name, s->metric);

		/* The last one that was made is the one that is told. */
		for (size_t k = input->n_marks; stored && k-- > 0;)
			if (mark_is_change(&input->marks[k].mark) &&
			    is_of(input, &input->marks[k].mark, s->name,
				s->metric, s->machine))
				leave_out(input, stored, &input->marks[k]);
	}
}

const char *
noted_reason(const struct noted *noted)
{
	const struct mark *mark = &noted->mark;

	return mark->reason ? mark->reason
	       : mark->time ? mark->time
			    : mark->mark;
}

/* The mark that mutes a metric in this run, or NULL. */
static const struct noted *
mute_of(struct input *input, const struct verdict *v)
{
	const struct measured_at at = now(input);
	const struct subject *s =
	    input_subject(input, v->name, v->metric, v->variant);

	for (size_t i = input->n_marks; i-- > 0;) {
		const struct mark *mark = &input->marks[i].mark;

		if (mark_is_mute(mark) && !mark_is_over(mark, at.time) &&
		    is_of(input, mark, v->name, v->metric,
			s ? s->machine : NULL) &&
		    mark_holds_at(&input->descents, mark, &at))
			return &input->marks[i];
	}
	return NULL;
}

bool
verdict_mute(struct input *input, struct verdict *v)
{
	const struct noted *noted =
	    v->gating == true && v->metric ? mute_of(input, v) : NULL;

	if (!noted)
		return false;
	v->gating = false;
	v->muted = noted_reason(noted);
	return true;
}

void
input_tell_marks(const struct input *input)
{
	for (size_t i = 0; i < input->n_marks; i++) {
		const struct noted *noted = &input->marks[i];
		size_t n = noted->left_out.n;

		if (n)
			warn("%s: %zu session%s left out, as an accepted "
			     "change lies between: %s (mark %s)",
			    noted->mark.name, n, n == 1 ? " is" : "s are",
			    noted_reason(noted), noted->mark.mark);
	}
}
