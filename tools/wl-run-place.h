/*
 * What cases share while they are measured: a directory in memory, ports, a
 * fixture, services. Only wl-run includes this.
 */
#ifndef WL_RUN_PLACE_H
#define WL_RUN_PLACE_H

#include "wl-run.h"

/* --- wl-run-ready.c: when a service can be used --- */

/* A service as it runs, or as it did. */
struct instance {
	struct keeper keeper; /* its fd is -1 where it does not run */
	int out;	      /* the file with its output; -1: none yet */
	double exec_ns, startup_ns;
	bool is_new;   /* no trial was told yet how long it took to start */
	unsigned ends; /* how often it has failed */
};

enum readiness {
	READY,
	READY_NOT, /* it is not, and `why` says so */
	READY_INTERRUPTED
};

/* Waits until it is. */
enum readiness ready_wait(const struct jobs *jobs, struct loaded *loaded,
    const struct service *service, struct instance *instance, char *why,
    size_t size);

/*
 * The port that it is to listen on, if somebody does already, who will not be
 * the service then; else NULL.
 */
const char *ready_taken(struct loaded *loaded, const struct service *service);

/* The parts of a service, and dies where they make no sense. */
void ready_read(const struct loaded *loaded, const struct service *service,
    struct ready *ready);
void ready_check(const struct loaded *loaded, const struct service *service);

/* --- wl-run-service.c: what runs beside the trials of a place --- */

void services_read(struct loaded *loaded);
void services_check(const struct loaded *loaded);
void services_release(struct loaded *loaded);

/*
 * Before a trial, and its prepare: starts those that do not run. False where
 * one cannot be started, and the attempt says why; or where we were asked to
 * stop.
 */
bool services_start(const struct jobs *jobs, struct attempt *attempt);

/* What ends a command if it is readable: one of them has gone. */
size_t services_alarms(const struct place *place, int *alarms);

/*
 * Around the command. What they used is added to the attempt's values, and it
 * has failed where one of them has gone.
 */
void services_begin(const struct loaded *loaded);
void services_end(struct attempt *attempt);

/* After a trial, and its conclude: stops those that are started for each. */
void services_after(const struct loaded *loaded);

/* Stops all of a case's place. */
void services_stop(const struct loaded *loaded);

/* Keeps what they wrote, where the attempt has failed: --keep-output. */
void services_keep(const struct jobs *jobs, struct attempt *attempt);

/* Shows a person what the one wrote that has failed a trial. */
void services_show(const struct attempt *attempt);

/* --- wl-run-manifest.c: what is in a directory --- */

/* How much: files are all but directories, and the size is that of files. */
struct survey {
	double size;
	size_t files;
};
struct survey manifest_survey(const char *dir);

/* Writes down what is there, for later; errno says why it cannot. */
bool manifest_write(const char *dir, const char *file);

/*
 * NULL where a directory is as was written down; or the path in it of the first
 * file that is not, for the caller to free: empty where nothing was.
 */
char *manifest_differs(const char *dir);

/* The file that it is written down in, for the caller to free. */
char *manifest_of(const char *dir);

/*
 * Somebody uses it; and tells a person, in the end, of those that were changed,
 * and of whom.
 */
void manifest_note(const char *dir, const char *user);
void manifest_report(void);
void manifest_forget(void);

/* --- wl-run-fixture.c: files that are made once and kept --- */

void fixture_read(struct loaded *loaded);
void fixture_check(const struct loaded *loaded);
void fixture_release(struct loaded *loaded);

/*
 * Finds or makes the cache, or dies where an option says where it is. The
 * process that calls it, or any that is forked from that, removes what was not
 * finished with fixture_close.
 */
void fixture_open(const struct jobs *jobs);
void fixture_close(void);

/* Where that of a case is, or will be, for the caller to free; or NULL. */
char *fixture_path(const struct jobs *jobs, struct loaded *loaded);

/*
 * Makes it, if it is not there. False where it cannot be, and the attempt says
 * why, or where we were asked to stop.
 */
bool fixture_make(const struct jobs *jobs, struct attempt *attempt);

/* Whether the one in the making is larger than it may be. */
bool fixture_is_too_large(void);

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
	char *scratch;		    /* NULL: none is wanted, or can be had */
	char *fixture;		    /* the directory; NULL: it has none */
	struct instance *instances; /* one for each service */
	size_t n_instances;
};

/* A name that stands for a value in texts: $(name), and WL_name. */
enum {
	MOST_VALUES = 64,
	MOST_DIRECTORIES = 2
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

/* Makes its choice, once; before the first text of a case is filled in. */
void place_choose(const struct jobs *jobs, struct loaded *loaded);

/* The values of a loaded case's place; they live as long as that. */
size_t place_values(const struct loaded *loaded, struct value *values);

/* A text with the values in it; it is the case's. */
const char *place_fill(struct loaded *loaded, const char *text);

/*
 * Makes what it needs before the first of its units is set up. False where that
 * cannot be: the attempt has failed, or is skipped.
 */
bool place_open(const struct jobs *jobs, struct attempt *attempt);

/*
 * A unit has come to its end: true for the last one, and then it is to be
 * closed when its cleanup has run.
 */
bool place_leave(struct place *place);
void place_close(struct place *place);

#endif
