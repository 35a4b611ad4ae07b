/*
 * The two halves of mk-baseline: what runs offer, and the baseline that takes
 * it.
 */
#ifndef MK_BASELINE_H
#define MK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "record.h"

/* What is asked of a metric's value, and how its sessions are kept. */
struct choice {
	const char *variant; /* NULL: summaries without one */
	const char **match;  /* texts of which a name must contain one */
	size_t n_match, match_capacity;
	size_t keep; /* sessions of a metric, at most */
	bool grow;   /* only metrics that have fewer, and no doubtful offers */
	bool force;  /* accept what is objected to */
	bool prune;  /* drop metrics that the runs do not have */
	const char *reason; /* kept with the sessions; NULL: none */
};

/* One session that the input tells of. */
struct origin {
	struct session session; /* without its value */
	const char *arch, *cpu;
	const char *run;   /* the last of its runs; NULL where it has no name */
	bool begun, ended; /* a run record was read; and its end */
	bool failed;	   /* a trial was not good */
};

/* What the records of a case say. */
struct known_case {
	const char **metrics; /* that it declares */
	size_t n, capacity;
	bool declares, failed, skipped;
};

/* A summary. */
struct offer {
	struct baseline metric; /* without its sessions */
	struct session session;
	const char *variant;
	size_t origin;
	bool new_level;	  /* by its verdict; the old sessions tell of another */
	bool doubtful;	  /* it may be: what nobody has looked at adds none */
	bool unconfirmed; /* it failed, and did not when measured again */
	bool accepted;	  /* some of the old sessions are from before a mark */
};

/* The summary of a shadow: its case measured once more in the same session. */
struct shadow {
	const char *unit;
	double value;
};

/* All that was read. Texts live as long as it does. */
struct input {
	struct index texts;
	struct index origin_names, case_names; /* of the next two lists */
	struct origin *origins;
	size_t n_origins, origins_capacity;
	struct known_case *cases;
	size_t n_cases, cases_capacity;
	struct index run_names; /* which origin a run belongs to */
	size_t *origin_of_run;
	size_t n_runs, runs_capacity;
	size_t current; /* the origin of the last run record */
	struct offer *offers;
	size_t n, capacity;
	struct index shadow_names; /* session, case and metric */
	struct shadow *shadows;
	size_t n_shadows, shadows_capacity;
};

void input_read(struct input *input, char *operands[]);

/*
 * Keeps the offers that are chosen, in their order, or dies where there is
 * none. An offer is of a metric that its case declares (of any, where no
 * record does), and of a case that did not fail.
 */
void input_choose(struct input *input, const struct choice *choice);

/* Whether names are chosen by `match`. */
bool choice_matches(
    const struct choice *choice, const char *name, const char *metric);

/*
 * Whether a metric is one that the runs could have measured and have not: they
 * do not know its case, or that does not declare it. Of a case that failed or
 * was skipped nothing is known.
 */
bool input_lacks(
    const struct input *input, const char *name, const char *metric);

/* What a person calls the session. */
const char *origin_name(const struct origin *origin);

void input_release(struct input *input);

/* Dies, or goes on under --force and says so. */
void refuse(const struct choice *choice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A session of a metric, and the record that it was read from, or NULL. */
struct kept_session {
	struct session session;
	const tree *old;
};

/* A metric of the baseline. */
struct entry {
	struct baseline metric;
	tree *old; /* the record that it was read from, or NULL; owned */
	struct kept_session *sessions; /* in order of time */
	size_t n, capacity;
	double before; /* the median of its sessions, or NAN while new */
	bool touched;
};

/* A baseline file. Its texts are those of the records it was read from. */
struct store {
	struct baseline_file head;
	tree *old_head;	    /* owned, or NULL */
	struct index names; /* of the entries */
	struct entry *entries;
	size_t n, capacity;
	size_t n_doubtful; /* offers that were not taken, under `grow` */
	char *others;	   /* lines of records that are not ours, or NULL */
};

/* Reads a file; one that does not exist is an empty baseline. */
void store_read(struct store *store, const char *path);

/* Takes the offers of an input; `name` is what messages call the baseline. */
void store_merge(struct store *store, const char *name,
    const struct input *input, const struct choice *choice);

/* Drops the metrics that an input lacks, and says which. */
void store_prune(struct store *store, const struct input *input,
    const struct choice *choice);

/* The median of an entry's sessions; NAN where it has none. */
double entry_median(const struct entry *entry);

/* The first line, and the lines behind it; for the caller to free. */
char *store_head_text(const struct store *store);
char *store_body_text(const struct store *store);

void store_release(struct store *store);

/* Where a baseline file is. */
struct place {
	char *path;	 /* of the file itself, behind symbolic links */
	char *directory; /* that it is in */
	int fd;		 /* of the directory, which is locked */
};

/*
 * Makes the directory where it is missing, and waits until nobody else is at
 * work in it: between this and place_release the file is ours.
 */
void place_open(struct place *place, const char *path);

void place_release(struct place *place);

#endif
