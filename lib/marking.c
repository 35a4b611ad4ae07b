#include "marking.h"

#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "git.h"

bool
mark_is_change(const struct mark *mark)
{
	return strcmp(mark->kind, "change") == 0;
}

bool
mark_is_mute(const struct mark *mark)
{
	return strcmp(mark->kind, "mute") == 0;
}

static bool
fits(const char *mark, const char *series)
{
	return !mark || (series && strcmp(mark, series) == 0);
}

bool
mark_is_of(const struct mark *mark, const struct point_record *series)
{
	return fits(mark->name, series->name) &&
	       fits(mark->metric, series->metric) &&
	       fits(mark->arch, series->arch) &&
	       fits(mark->target, series->target) &&
	       fits(mark->machine, series->machine) &&
	       fits(mark->branch, series->branch);
}

void
mark_check(const struct reader *reader, const struct mark *mark)
{
	static const char *const kinds[] = {"change", "mute", NULL};

	reader_check_word(reader, "kind", mark->kind, kinds);
	reader_check_time(reader, "time", mark->time);
	reader_check_time(reader, "until", mark->until);
	reader_check_time(reader, "made", mark->made);
	if (!mark->mark)
		lines_die(&reader->lines, "mark is missing");
	if (mark_is_change(mark) && !mark->time)
		lines_die(&reader->lines, "time is missing");
	if (mark_is_mute(mark) && !mark->until)
		lines_die(&reader->lines, "until is missing");
}

void
descents_add(struct descents *descents, const char *commit)
{
	if (commit)
		index_add(&descents->commits, commit);
}

void
descents_release(struct descents *descents)
{
	for (size_t i = 0; i < descents->n; i++) {
		index_release(&descents->descents[i].with);
		index_release(&descents->descents[i].without);
	}
	free(descents->descents);
	index_release(&descents->commits);
	index_release(&descents->marked);
	*descents = (struct descents){0};
}

static const struct descent *
descent_of(struct descents *descents, const char *marked)
{
	size_t i = index_add(&descents->marked, marked);
	struct descent *descent;

	if (i < descents->n)
		return &descents->descents[i];
	descent = MEM_PUSH(descents->descents, descents->n, descents->capacity);
	*descent = (struct descent){0};
	git_contain(marked, (const char *const *)descents->commits.texts,
	    descents->commits.n, &descent->with, &descent->without);
	return descent;
}

/* Times are texts that sort, and a day is before all times of it. */
int
mark_is_in(
    struct descents *descents, const struct mark *mark, const char *commit)
{
	const struct descent *descent;

	if (!mark->commit || !commit)
		return ABSENT;
	if (strcmp(mark->commit, commit) == 0)
		return true;
	descent = descent_of(descents, mark->commit);
	if (index_find(&descent->with, commit) != INDEX_NONE)
		return true;
	return index_find(&descent->without, commit) == INDEX_NONE ? ABSENT
								   : false;
}

static bool
is_since(const char *time, const char *begin)
{
	return !begin || !time || day_compare(time, begin) >= 0;
}

bool
mark_holds_at(struct descents *descents, const struct mark *mark,
    const struct measured_at *at)
{
	int is_in = mark_is_in(descents, mark, at->commit);

	if (is_in != ABSENT)
		return is_in;
	/* Another branch may not have what was changed on this one. */
	if (mark->branch && at->branch && strcmp(mark->branch, at->branch) != 0)
		return false;
	return is_since(at->time, mark->time);
}

bool
mark_is_over(const struct mark *mark, const char *time)
{
	const char *until = mark->until;

	if (!until || !time)
		return false;
	if (strlen(until) == DAY_LENGTH)
		return strncmp(time, until, DAY_LENGTH) > 0;
	return day_compare(time, until) > 0;
}
