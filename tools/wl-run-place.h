/*
 * What cases share while they are measured: a directory in memory, ports, a
 * fixture, services. Only wl-run includes this.
 */
#ifndef WL_RUN_PLACE_H
#define WL_RUN_PLACE_H

#include "wl-run.h"

/* --- wl-run-place.c: places --- */

struct port {
	char *name;
	int number;
};

/*
 * A place is of one variant, and of the cases whose services, and all that is
 * given to these, are the same; or of one case that has none.
 */
struct place {
	size_t number;
	size_t users; /* units that have not come to their end */
	bool is_chosen, is_open;
	struct port *ports;
	size_t n_ports;
	char *scratch; /* NULL: none is wanted, or can be had */
};

/* A name that stands for a value in texts: $(name), and WL_name. */
enum {
	MOST_VALUES = 64
};
struct value {
	const char *name, *text;
	char number[16];
};

/*
 * The number of a case's place, from 1; 0: it needs none. Then, when all cases
 * have been read, the places; and that of a variant of a case, or NULL.
 */
unsigned place_take(struct jobs *jobs, const struct loaded *loaded);
void places_make(struct jobs *jobs);
struct place *place_of(
    const struct jobs *jobs, const struct job *job, size_t v);
void places_release(struct jobs *jobs);

/* The values of a loaded case's place; they live as long as that. */
size_t place_values(const struct loaded *loaded, struct value *values);

/* A text with the values in it; it is the case's. */
const char *place_fill(struct loaded *loaded, const char *text);

/*
 * Makes what it needs before the first of its units is set up. False where that
 * cannot be: the attempt has failed, or is skipped.
 */
bool place_open(struct loaded *loaded, struct attempt *attempt);

/*
 * A unit has come to its end: true for the last one, and then it is to be
 * closed when its cleanup has run.
 */
bool place_leave(struct place *place);
void place_close(struct place *place);

#endif
