/* What stat-trend reads: series of points, and what people say about them. */
#include "stat-trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "metric.h"

/* What is worth a complaint where the points do not say it. */
static const double THRESHOLD = 0.05;

static const char *
keep(struct trends *trends, const char *text)
{
	return text ? index_text(&trends->texts, text) : NULL;
}

static struct course *
course_of(struct trends *trends, const struct point_record *point)
{
	const char *const parts[] = {point->name, point->id, point->metric,
	    point->unit, point->arch, point->target, point->machine,
	    point->branch};
	struct course *course;
	size_t i;

	trends->key.len = 0;
	jline_list(&trends->key, NULL);
	for (i = 0; i < sizeof parts / sizeof *parts; i++)
		jline_string(&trends->key, NULL, parts[i] ? parts[i] : "");
	jline_list_end(&trends->key);
	i = index_add(&trends->keys, trends->key.text);
	if (i < trends->n)
		return &trends->courses[i];
	course = MEM_PUSH(trends->courses, trends->n, trends->capacity);
	*course = (struct course){.gates = true, .threshold = THRESHOLD};
	record_clear(&change_type, &course->of);
	course->of.name = keep(trends, point->name);
	course->of.id = keep(trends, point->id);
	course->of.metric = keep(trends, point->metric);
	course->of.unit = keep(trends, point->unit);
	course->of.arch = keep(trends, point->arch);
	course->of.target = keep(trends, point->target);
	course->of.machine = keep(trends, point->machine);
	course->of.branch = keep(trends, point->branch);
	return course;
}

/* What may be said anew with each point: the newest holds. */
static void
update(struct trends *trends, struct course *course,
    const struct point_record *point)
{
	if (point->workload)
		course->of.workload = keep(trends, point->workload);
	if (point->better)
		course->of.better = keep(trends, point->better);
	if (!isnan(point->threshold_percent))
		course->threshold = point->threshold_percent / 100;
	course->gates =
	    point->gate != 0 && !case_is_probe(point->name) &&
	    (!point->severity || strcmp(point->severity, "blocking") == 0);
}

void
trends_read_point(struct trends *trends, struct reader *in)
{
	struct point_record point;
	struct course *course;
	size_t n;

	reader_get(in, &point_type, &point);
	reader_check_point(in, &point);
	course = course_of(trends, &point);
	update(trends, course, &point);
	n = course->n;
	*MEM_PUSH(course->x, course->n, course->x_capacity) = point.value;
	course->n = n;
	*MEM_PUSH(course->places, course->n, course->places_capacity) =
	    (struct place){
		.run = keep(trends, point.run),
		.time = keep(trends, point.time),
		.commit = keep(trends, point.commit),
	    };
	descents_add(&trends->marks.descents, point.commit);
	record_release(&point_type, &point);
}

void
trends_read_mark(struct trends *trends, struct reader *in)
{
	static const char *const kinds[] = {"change", "mute", NULL};
	struct marks *marks = &trends->marks;
	struct mark mark;

	reader_get(in, &mark_type, &mark);
	reader_check_word(in, "kind", mark.kind, kinds);
	reader_check_time(in, "time", mark.time);
	reader_check_time(in, "until", mark.until);
	record_keep(&mark_type, &mark, &trends->texts);
	*MEM_PUSH(marks->items, marks->n, marks->capacity) = mark;
}

static bool
agrees(const char *wanted, const char *is)
{
	return is && strcmp(wanted, is) == 0;
}

static bool
is_of(const struct mark *mark, const struct course *course)
{
	struct point_record series;

	record_clear(&point_type, &series);
	series.name = course->of.name;
	series.metric = course->of.metric;
	series.arch = course->of.arch;
	series.target = course->of.target;
	series.machine = course->of.machine;
	series.branch = course->of.branch;
	return mark_is_of(mark, &series);
}

/* The first point that a mark holds for: 0 where it does not say, n: none. */
static size_t
mark_begins(
    struct marks *marks, const struct mark *mark, const struct course *course)
{
	size_t n = course->n, i;

	for (i = 0; mark->run && i < n; i++)
		if (agrees(mark->run, course->places[i].run))
			return i;
	for (i = 0; mark->commit && i < n; i++)
		if (agrees(mark->commit, course->places[i].commit))
			return i;
	if (!mark->time && !mark->commit)
		return mark->run ? n : 0;
	for (i = 0; i < n; i++) {
		const struct place *place = &course->places[i];
		int is_in = mark_is_in(&marks->descents, mark, place->commit);

		if (is_in == ABSENT)
			is_in = mark->time && place->time &&
				day_is(place->time) &&
				strcmp(place->time, mark->time) >= 0;
		if (is_in)
			return i;
	}
	return n;
}

static int
compare_places(const void *a, const void *b)
{
	size_t p = *(const size_t *)a, q = *(const size_t *)b;

	return (p > q) - (p < q);
}

void
course_cut(struct course *course, struct marks *marks)
{
	size_t n = 0;

	for (size_t i = 0; i < marks->n; i++) {
		const struct mark *mark = &marks->items[i];
		size_t at;

		if (!mark_is_change(mark) || !is_of(mark, course))
			continue;
		at = mark_begins(marks, mark, course);
		if (at > 0 && at < course->n)
			*MEM_PUSH(course->cuts, course->n_cuts,
			    course->cuts_capacity) = at;
	}
	if (course->n_cuts)
		qsort(course->cuts, course->n_cuts, sizeof *course->cuts,
		    compare_places);
	for (size_t i = 0; i < course->n_cuts; i++)
		if (n == 0 || course->cuts[i] != course->cuts[n - 1])
			course->cuts[n++] = course->cuts[i];
	course->n_cuts = n;
}

/* The time of the point that was measured last, wherever it is; or NULL. */
static const char *
newest_time(const struct course *course)
{
	const char *newest = NULL;

	for (size_t i = 0; i < course->n; i++) {
		const char *time = course->places[i].time;

		if (time && day_is(time) &&
		    (!newest || strcmp(time, newest) > 0))
			newest = time;
	}
	return newest;
}

bool
course_is_muted(const struct course *course, struct marks *marks, size_t at)
{
	const char *now = newest_time(course);

	for (size_t i = 0; i < marks->n; i++) {
		const struct mark *mark = &marks->items[i];

		if (mark_is_mute(mark) && is_of(mark, course) &&
		    !mark_is_over(mark, now) &&
		    mark_begins(marks, mark, course) <= at)
			return true;
	}
	return false;
}

void
trends_release(struct trends *trends)
{
	for (size_t i = 0; i < trends->n; i++) {
		struct course *course = &trends->courses[i];

		if (course->y != course->x)
			free(course->y);
		free(course->x);
		free(course->places);
		free(course->cuts);
	}
	for (size_t i = 0; i < trends->n_stretches; i++)
		steps_release(&trends->stretches[i].steps);
	for (size_t i = 0; i < trends->n_changes; i++)
		record_release(&change_type, &trends->changes[i]);
	free(trends->courses);
	free(trends->marks.items);
	descents_release(&trends->marks.descents);
	free(trends->stretches);
	free(trends->changes);
	jline_release(&trends->key);
	index_release(&trends->texts);
	index_release(&trends->keys);
}
