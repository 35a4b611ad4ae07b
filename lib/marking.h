/*
 * What a mark of the history is of, and from when on it holds. Level 5.
 *
 * A mark that names a commit holds for what contains that commit, as git says.
 * Where git does not know one of the two commits, and of a mark without one,
 * the times are compared; a mark without a time, too, holds for everything.
 */
#ifndef MARKING_H
#define MARKING_H

#include <stdbool.h>

#include "mem.h"
#include "record.h"

/* The kinds of a mark, and whether a mark is of a series. */
bool mark_is_change(const struct mark *mark);
bool mark_is_mute(const struct mark *mark);
bool mark_is_of(const struct mark *mark, const struct point_record *series);

/* Checks what a mark says, and dies where it makes no sense. */
void mark_check(const struct reader *reader, const struct mark *mark);

/* What git said of a commit. */
struct descent {
	struct index with, without; /* which others contain it */
};

/*
 * All commits that may be asked about, and what git has said of them so far:
 * it is asked once for each mark. {0} knows none.
 */
struct descents {
	struct index commits, marked;
	struct descent *descents; /* by the number of the marked commit */
	size_t n, capacity;
};

/* Adds a commit, or NULL, which is none. Not once a mark was asked for. */
void descents_add(struct descents *descents, const char *commit);
void descents_release(struct descents *descents);

/*
 * Whether a commit is that of the mark, or comes from it: true, false, or
 * ABSENT where one of them is none, or git does not know.
 */
int mark_is_in(
    struct descents *descents, const struct mark *mark, const char *commit);

/* Where something was measured; what is unknown is NULL. */
struct measured_at {
	const char *commit, *branch, *time;
};

/*
 * Whether it was measured where the mark holds. Where the time is not known it
 * is after that of the mark.
 */
bool mark_holds_at(struct descents *descents, const struct mark *mark,
    const struct measured_at *at);

/*
 * Whether a mute has ended before that time, or NULL, which is before any end.
 * The day that it ends with is a whole one.
 */
bool mark_is_over(const struct mark *mark, const char *time);

#endif
