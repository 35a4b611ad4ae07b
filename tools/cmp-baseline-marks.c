/* What was read: marks of the history, by which changes were accepted. */
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "filed.h"

void
input_add_mark(struct input *input)
{
	struct mark mark;

	reader_get(&input->reader, &mark_type, &mark);
	mark_check(&input->reader, &mark);
	if (!mark_is_change(&mark))
		return;
	record_keep(&mark_type, &mark, &input->words);
	*MEM_PUSH(input->marks, input->n_marks, input->marks_capacity) = mark;
}

/* Whether it is of a metric of this run; what is unknown fits no mark. */
static bool
is_of(
    const struct input *input, const struct mark *mark, const struct subject *s)
{
	struct point_record series;

	record_clear(&point_type, &series);
	series.name = s->name;
	series.metric = s->metric;
	series.arch = input->arch;
	series.target = input->target;
	series.machine = s->machine;
	series.branch = input->branch;
	return mark_is_of(mark, &series);
}

/* A run that is older than a mark is compared with what was before it. */
void
input_attach_marks(struct input *input)
{
	for (size_t i = 0; i < input->n_subjects; i++)
		for (size_t k = 0; k < input->n_marks; k++) {
			struct subject *s = &input->subjects[i];
			const struct mark *mark = &input->marks[k];

			if (is_of(input, mark, s) &&
			    (!input->time ||
				strcmp(mark->time, input->time) <= 0) &&
			    (!s->since || strcmp(mark->time, s->since) > 0))
				s->since = mark->time;
		}
}
