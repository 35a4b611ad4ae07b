/*
 * The parts of stat-trend: series and marks as they are read, what is found in
 * them, and how it is written.
 */
#ifndef STAT_TREND_H
#define STAT_TREND_H

#include <stdbool.h>
#include <stddef.h>

#include "marking.h"
#include "mem.h"
#include "record.h"
#include "stats.h"
#include "step.h"

/* What is asked for. */
struct choices {
	double alpha;	   /* p of a step, at most */
	double rate;	   /* q, at most */
	double min_effect; /* fraction */
	size_t least;	   /* points of a level */
	enum stats_correction correction;
	bool text, exit_status;
};

/* Where a point was measured; texts may be NULL. */
struct place {
	const char *run, *time, *commit;
};

/* Points of one thing, in the order in which they came. */
struct course {
	struct change of; /* the fields of the series */
	double *x;	  /* their values */
	struct place *places;
	double *y; /* their logarithms, or x itself */
	size_t n, x_capacity, places_capacity;
	bool is_log;
	bool gates;
	double threshold; /* fraction: the change that matters */
	size_t *cuts;	  /* where accepted changes are, ascending */
	size_t n_cuts, cuts_capacity;
};

/* What lies between accepted changes is looked at by itself. */
struct stretch {
	struct course *course;
	size_t start, end;
	double p, q; /* of any step or slope in it; NAN: it is too short */
	struct steps steps;
};

/* A level of a course, between two steps. */
struct level {
	size_t start, end;
	double median; /* of y */
	double value;  /* the median of x */
};

struct marks {
	struct mark *items;
	size_t n, capacity;
	struct descents descents; /* of the commits of all points */
};

/* All that was read, and all that was found. */
struct trends {
	struct index texts, keys;
	struct course *courses; /* by the number of their key */
	size_t n, capacity;
	struct marks marks;
	struct jline key;
	struct stretch *stretches;
	size_t n_stretches, stretches_capacity;
	struct change *changes;
	size_t n_changes, changes_capacity;
	/* What a step must reach that no other has of those that gate, or not.
	 */
	double lone_p[2];
	bool regressed; /* one that nobody accepted, muted or undid */
};

/* --- reading --- */

void trends_read_point(struct trends *trends, struct reader *in);
void trends_read_mark(struct trends *trends, struct reader *in);

/* Where marks accept a change, and whether one mutes that at a point. */
void course_cut(struct course *course, struct marks *marks);
bool course_is_muted(
    const struct course *course, struct marks *marks, size_t at);

void trends_release(struct trends *trends);

/* --- finding --- */

/* Fills in stretches and changes. */
void trends_find(struct trends *trends, const struct choices *choices);

/* The points from start to end - 1 as one level. */
struct level level_at(const struct course *course, size_t start, size_t end);

/* The level before step i of a stretch, or after the last one. */
struct level level_of(const struct stretch *stretch, size_t i);

/* From one level to another; `spread` is that of a step. */
void change_set_levels(struct change *change, const struct course *course,
    const struct level *before, const struct level *after, double spread);

/*
 * Whether the last level of a stretch has become worse than its best by more
 * than what matters, and none of the steps between them by as much: tells it.
 */
void tell_creep(struct trends *trends, const struct stretch *stretch);

/* Says of a new change that it is muted, or that the series has regressed. */
void tell_regressed(struct trends *trends, struct change *change,
    const struct course *course, bool still);

/* --- telling --- */

/* A new record of a change at a point of a course. */
struct change *trends_add(struct trends *trends, const struct course *course,
    const char *kind, size_t at);

/* Forgets the change that was added last. */
void trends_drop(struct trends *trends);

/* Whether more is better; ABSENT where nobody says it, nor the unit. */
int change_direction(const struct change *change);

/*
 * Sets change, ci and worse from an effect in y; and before and after, which
 * are values.
 */
void change_set_effect(struct change *change, const struct course *course,
    double effect, const struct stats_interval *interval, double before,
    double after);

/* Sets range and commits: the change is at from, at to, or between. */
void change_set_range(
    struct change *change, const struct course *course, size_t from, size_t to);

/* Says in a sentence what there was before, what came, and if it stayed. */
void change_explain(struct trends *trends, struct change *change,
    size_t n_before, size_t n_after, size_t n_later);

void trends_write(struct trends *trends);
void trends_show(const struct trends *trends, const struct choices *choices);

#endif
