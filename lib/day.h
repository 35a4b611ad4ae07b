/*
 * When a limit is due, or something was: a day of the calendar, a time, or a
 * milestone. Level 0.
 */
#ifndef DAY_H
#define DAY_H

#include <stdbool.h>

/* The bytes of 2026-12-31. Texts that begin with days sort as the days do. */
#define DAY_LENGTH 10

/*
 * Whether it is a day, as 2026-12-31, perhaps with the time of it, as
 * 2026-12-31T23:59, 2026-12-31 23:59:59.5Z or 2026-12-31T23:59:59+01:00.
 * Source: RFC 3339, section 5.6, whose seconds and offset may be left out here;
 * the calendar is the Gregorian.
 */
bool day_is(const char *text);

/*
 * Which of two times, or days, of records is earlier, as strcmp says it; they
 * are in UTC. A day is before all its times; fractions of seconds count.
 * Requires: each is day_is, and ends in Z where it is no day.
 */
int day_compare(const char *a, const char *b);

/*
 * Whether it can be the name of a milestone: anything that is not empty, and
 * begins neither with a blank nor with a digit, as a mistyped day does.
 */
bool milestone_is(const char *text);

/* What a text is that is none of both, behind its name. */
#define NO_DAY "is neither a date, YYYY-MM-DD, nor a milestone"

#endif
