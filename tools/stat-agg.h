/*
 * What stat-agg remembers of a stream: sessions, their cases, and the lines
 * of their samples. Everything lives as long as the study.
 */
#ifndef STAT_AGG_H
#define STAT_AGG_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "metric.h"
#include "record.h"

/* A value beyond this is refused, so that no sum of values overflows. */
#define LARGEST_VALUE 1e280

enum {
	MOST_QUANTILES = 20 /* that can be asked for */
};

/* One sample, as far as it is not said by its group. */
struct observation {
	double round; /* NAN where none */
	double value;
	size_t order; /* in the stream */
};

/* The samples of a source that have a variant and a unit in common. */
struct group {
	const char *variant, *unit; /* NULL where none; the study's */
	const char *file;	    /* where the first was read; an operand */
	size_t line;
	struct observation *lines;
	size_t n, capacity;
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
	bool ok;
};

/* A case of one session. */
struct subject {
	const char *name; /* the session's */
	tree *record;	  /* the case record, or NULL; owned */
	const char *id;	  /* the record's, as all that it declares */
	const char *workload;
	struct declared *declared;
	size_t n_declared, declared_capacity;
	struct criterion *criteria;
	size_t n_criteria, criteria_capacity;
	struct index source_names;
	struct source *sources;
	size_t n_sources, sources_capacity;
	struct tried *trials;
	size_t n_trials, trials_capacity;
};

/* The subjects of a session, in the order in which they were first seen. */
struct session_data {
	char *session, *run, *machine; /* NULL where none; owned */
	struct index subject_names;
	struct subject *subjects;
	size_t n_subjects, subjects_capacity;
};

struct study {
	struct index session_names;
	struct session_data *sessions;
	size_t n_sessions, sessions_capacity;
	size_t current; /* the session of the last run record */
	struct index
	    texts; /* variants and units: equal texts, equal pointers */
	size_t n_lines;
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
};

/* The round values of one metric, ascending by round; those without, last. */
struct rounds {
	double *rounds, *values;
	double *scratch; /* here, so that it is not lost where making dies */
	size_t n;
	bool paired;	/* every value has a round */
	size_t lines;	/* how many lines they were made of */
	double overall; /* a rate or a success rate over all rounds */
};

/* The unit of the lines of a group: its own, else a built-in metric's. */
const char *group_unit(const struct source *source, const struct group *group);

/* Whether two texts are the same; NULL is like NULL only. */
bool same_text(const char *a, const char *b);

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

/* Writes a summary for every metric of every subject. */
void study_write(const struct study *study, const struct wishes *wishes);

#endif
