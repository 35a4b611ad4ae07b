/*
 * What stat-agg remembers of a stream: sessions, their cases, and the lines
 * of their samples. Everything lives as long as the study.
 */
#ifndef STAT_AGG_H
#define STAT_AGG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "metric.h"
#include "record.h"
#include "sketch.h"
#include "stats.h"
#include "sum.h"

enum {
	MOST_QUANTILES = 20 /* that can be asked for */
};

/* A group keeps so many lines; of more, what they come to. */
#define MOST_LINES 10000

/* A summary lists so many round values. */
#define MOST_VALUES 10000

/*
 * Where a sample was read: the number of the part of the input, and that of
 * the line in it. Parts are in the order of what they are called, "file9"
 * before "file10", and else in that in which they were read.
 */
#define PART_SHIFT 44
#define LINE_MASK  (((uint64_t)1 << PART_SHIFT) - 1)

struct parts {
	const char **names; /* by number; the study's */
	size_t n, capacity;
};

/* One sample, as far as it is not said by its group. */
struct observation {
	double round; /* NAN where none */
	double value;
	uint64_t order;
};

/*
 * What lines come to. Nothing but `last` depends on their order, and that is
 * of the latest.
 */
struct tally {
	uint64_t n;
	double min, max, last;
	uint64_t order;
	struct sum sum, squares, logs; /* the logs are those of the sizes */
	struct sketch sketch;
};

/* The lines of a round: one, or what they come to. */
struct round_lines {
	double round;
	double value;
	uint64_t order;
	struct tally *tally; /* NULL where there is one line; owned */
};

/* The rounds of a group, in no order, and the lines without a round. */
struct pools {
	struct round_lines *p;
	size_t n, capacity;
	size_t *slots; /* by round: place + 1, or 0 where free */
	size_t n_slots;
	size_t current;	     /* where the last line went */
	struct tally *loose; /* or NULL; owned */
};

/*
 * The samples of a source that have a variant and a unit in common: their
 * lines, or, where there are more than MOST_LINES, their pools. So it depends
 * on their number alone how exact a group is.
 */
struct group {
	const char *variant, *unit; /* NULL where none; the study's */
	const char *file;	    /* where the first was read; an operand */
	size_t line;
	uint64_t n; /* how many lines were read */
	struct observation *lines;
	size_t n_lines, capacity;
	struct pools *pools; /* or NULL; owned */
};

/* What samples call their metric: the origin of one or more metrics. */
struct source {
	const char *name; /* the case's */
	struct group *groups;
	size_t n, capacity;
};

/* A metric that a case record declares. Its texts are the record's. */
struct declared {
	struct metric metric;
	struct aggregator aggregator;
	const char *source;
};

/* What matters of a trial that measured and was not skipped. */
struct tried {
	const char *variant; /* the study's */
	double round;	     /* NAN where none */
	double elapsed_ns;
	const char *status; /* the study's */
	size_t order;
	bool ok;
};

/* How a metric grew within a trial. */
struct course {
	const char *metric, *variant, *unit; /* NULL where none; the study's */
	struct stats_growth growth;	     /* the slope is in unit/s */
};

/* A case of one session. */
struct subject {
	const char *name; /* the session's */
	tree *record;	  /* the case record, or NULL; owned */
	const char *id;	  /* the record's, as all that it declares */
	const char *workload, *arch, *target;
	const tree *params;
	struct scaling *scalings;
	size_t n_scalings, scalings_capacity;
	struct declared *declared;
	size_t n_declared, declared_capacity;
	struct criterion *criteria;
	size_t n_criteria, criteria_capacity;
	struct index source_names;
	struct source *sources;
	size_t n_sources, sources_capacity;
	struct tried *trials;
	size_t n_trials, trials_capacity;
	struct course *courses;
	size_t n_courses, courses_capacity;
};

/* The subjects of a session. */
struct session_data {
	char *session, *run, *machine; /* NULL where none; owned */
	struct index subject_names;
	struct subject *subjects;
	size_t n_subjects, subjects_capacity;
};

/* Where the samples of a shape go, in the session that is current. */
struct route {
	size_t subject, source, group; /* SHAPE_NONE: not known */
};

struct study {
	struct index session_names;
	struct session_data *sessions;
	size_t n_sessions, sessions_capacity;
	size_t current; /* the session of the last run record */
	struct index
	    texts;    /* variants and units: equal texts, equal pointers */
	double error; /* of sketches, relative */
	double level; /* of the intervals of slopes; 0: series pass */

	struct parts parts;
	uint64_t order;	    /* of the next line */
	char **operand;	    /* that is being read, as lib/line.h counts */
	const char *called; /* what --part says, or NULL */
	bool named;	    /* whether what parts are called matters */

	struct shapes shapes;
	struct route *routes; /* by shape */
	size_t n_routes, routes_capacity;

	struct index files; /* that were read, where partials are merged */

	/* Of the file of partials that is being read. */
	const char *giver;     /* what it is called; the study's */
	size_t given, to_give; /* how many partials it has given, and has */
	size_t *pieces;	       /* the study's number of each of its parts */
	size_t n_pieces, pieces_capacity;
};

/* A metric to summarise: what it is called and which lines belong to it. */
struct plan {
	const char *name, *unit, *variant, *better;
	const char *word; /* the aggregator's */
	struct aggregator aggregator;
	const struct source *source; /* NULL for a success rate */
	bool declared; /* takes lines of other units, too, and converts them */
	bool is_log;   /* described by the logarithms of its values */
	bool exact;    /* said to be the same every time */
};

/* What the command line asks of all summaries. */
struct wishes {
	double level;
	size_t resamples;
	double quantiles[MOST_QUANTILES];
	size_t n_quantiles;
	double error; /* of sketches, relative */
};

/* The round values of one metric, ascending by round; those without, last. */
struct rounds {
	double *rounds, *values;
	double *scratch; /* here, so that it is not lost where making dies */
	size_t n;
	bool paired;	/* every value has a round */
	uint64_t lines; /* how many lines they were made of */
	double overall; /* a rate or a success rate over all rounds */

	/* The relative error of values, where they are from sketches; or NAN.
	 */
	double error;
	/*
	 * Where there are more than MOST_VALUES they are these points,
	 * ascending; only those that have a round are listed above, too.
	 */
	bool pooled;
	struct points points;
	double mean, stddev;
};

/*
 * Two factors, one of them 1: to divide by a whole number is exact where to
 * multiply by its reciprocal is not.
 */
struct conversion {
	double multiply, divide;
};

/* Whether a place in the input is behind another. */
bool order_is_later(const struct parts *parts, uint64_t a, uint64_t b);

/* Dies of a line that is there twice, as where a part is merged twice. */
_Noreturn void order_die_of_repeated(const struct parts *parts, uint64_t order);

/* A text that lives as long as the study; NULL is itself. */
const char *study_text(struct study *study, const char *text);

/* Takes a record; where it merges, partials too. */
void study_read(struct study *study, struct reader *in, bool merge);
void study_release(struct study *study);

/* What follows belongs to this run's session; "" is that of no run. */
void study_begin_session(struct study *study, const struct run *run);

/* The session of a run, which is added where it is new. */
size_t study_session(struct study *study, const struct run *run);

struct subject *subject_of(struct session_data *session, const char *name);
struct source *source_of(struct subject *subject, const char *name);
struct group *group_of(
    struct source *source, const char *variant, const char *unit);

/* Tallies. A tally is made for an error of its sketch. */
struct tally *tally_new(double error);
void tally_add(struct tally *tally, const struct parts *parts, double value,
    uint64_t order);
void tally_merge(
    struct tally *tally, const struct parts *parts, const struct tally *other);
void tally_free(struct tally *tally);

/* The pool of a round, which is new where it has neither order nor tally. */
struct round_lines *pools_round(
    struct pools *pools, double round, bool *is_new);

/* Adds a line, or all of another group, or of a pool of which it has n. */
void group_add(
    struct study *study, struct group *group, const struct observation *line);
void group_merge(
    struct study *study, struct group *group, const struct group *other);
void group_merge_pool(
    struct study *study, struct group *group, const struct round_lines *pool);

/* Replaces its lines, where it has them, by pools. */
void group_pool(struct study *study, struct group *group);
void group_release(struct group *group);

/*
 * When all is read: it is put into an order that does not depend on that in
 * which it was read. Where nothing more can come, what was read of no run is
 * of the only run there is.
 */
void study_settle(struct study *study, bool is_whole);

/*
 * Reading and writing partials. When a file ends, and before another begins,
 * it must have given all that it has.
 */
void partial_read(struct study *study, struct reader *in);
void partials_end(const struct study *study);
void study_write_partials(struct study *study);

/* Takes a series: what it comes to become samples. */
void series_read(struct study *study, struct reader *in);

/*
 * Of a plan of slopes: how they grow. Sets the interval that has those of all
 * rounds; it is empty, with lo above hi, where there is none.
 */
void series_describe(struct summary *summary, const struct subject *subject,
    const struct plan *plan, struct stats_interval *interval);

/* Whether more is better, but for what a part of a series adds to its unit. */
bool series_unit_is_rate(const struct source *source, const char *unit);

/* The unit of the lines of a group: its own, else a built-in metric's. */
const char *group_unit(const struct source *source, const struct group *group);

/* Whether two texts are the same; NULL is like NULL only. */
bool same_text(const char *a, const char *b);

/* Whether the plan summarises the lines of a group. */
bool plan_takes(const struct plan *plan, const struct group *group);

/* How the lines of a group become lines of the plan's unit; or dies. */
struct conversion conversion_of(
    const struct group *group, const struct plan *plan);

/* How many seconds the good trials of each round took, ascending by round. */
struct times {
	double *rounds, *seconds;
	size_t n;
};
void times_make(struct times *times, const struct subject *subject,
    const struct plan *plan);
void times_release(struct times *times);

/* The seconds of a round; dies where nobody knows. */
double times_of_round(const struct times *times, double round,
    const struct subject *subject, const struct plan *plan);

/* Dies where a value is out of range: what reads a summary would refuse it. */
void rounds_check(
    double value, const struct subject *subject, const struct plan *plan);

/* Adds a value that is checked. */
void rounds_add(struct rounds *rounds, double round, double value,
    const struct subject *subject, const struct plan *plan);

/* As rounds_make, of groups that have pools; it does not warn. */
bool rounds_of_pools(struct rounds *rounds, const struct subject *subject,
    const struct plan *plan);

/* A sketch as JSON, to be freed. */
char *sketch_text(struct sketch *sketch);

/* As summary_write, where the values are pooled. */
void summary_write_pooled(struct jline *line, struct summary *summary,
    const struct rounds *rounds, const struct plan *plan,
    const struct wishes *wishes);

/*
 * The round values of a plan. Returns false, and warns, where a round has no
 * value; dies where a unit cannot be converted.
 */
bool rounds_make(struct rounds *rounds, const struct subject *subject,
    const struct plan *plan);
void rounds_release(struct rounds *rounds);

/*
 * Writes the summary of the round values of a plan: what they say of
 * themselves. What they are values of, it says already.
 */
void summary_write(struct jline *line, struct summary *summary,
    const struct rounds *rounds, const struct subject *subject,
    const struct plan *plan, const struct wishes *wishes);

/* What all summaries of a session are written with. */
struct writer {
	const struct session_data *session;
	const struct wishes *wishes;
	struct jline line;
};

/* A summary of the session, with nothing but where it belongs. */
void summary_begin(struct summary *summary, const struct writer *writer);

/*
 * The plan of a metric of a case, declared or not, for a variant; false where
 * it has no samples. Its unit may be a text to be freed, `unit`.
 */
bool plan_make(struct plan *plan, const struct subject *subject,
    const char *metric, const char *variant, char **unit);

/* Cases that differ in one parameter, `over`, and in nothing else. */
struct member {
	const struct subject *subject;
	double x;
};

struct family {
	const char *over;
	struct member *members; /* ascending by x */
	size_t n, capacity;
	char *name, *id; /* of its case; NULL where it has no id */
};

struct families {
	struct index keys;
	struct family *f;
	size_t n, capacity;
};

/* Adds a case to the families that it belongs to, by what it scales over. */
void families_add(struct families *families, const struct subject *subject);

/* When all are there. */
void families_settle(struct families *families);
void families_release(struct families *families);

/*
 * Writes how metrics grow with a parameter, over the cases of the session that
 * differ in nothing else: for each such family a case and its summaries.
 */
void scaling_write(struct writer *writer);

/* Writes a summary for every metric of every subject. */
void study_write(const struct study *study, const struct wishes *wishes);

#endif
