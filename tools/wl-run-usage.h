/*
 * What the processes of a trial have used until now. Only wl-run's monitor
 * includes this.
 */
#ifndef WL_RUN_USAGE_H
#define WL_RUN_USAGE_H

#include <stdbool.h>
#include <sys/types.h>

enum usage_kind {
	USAGE_CPU, /* ns */
	USAGE_RSS, /* B, of now */
	USAGE_READ,
	USAGE_WRITTEN,
	USAGE_RECEIVED,
	USAGE_SENT,
	USAGE_COUNT
};

/* All but the memory counts from some time before the trial on. */
struct usage {
	double at_ns;
	double x[USAGE_COUNT]; /* NAN: that cannot be known here */
};

/* How to tell the processes of a trial. */
struct usage_trial {
	pid_t runner; /* their ancestor */
	double born;  /* no earlier than this, in ticks since boot */
};

/* In the guard, when the control groups are there. */
void usage_make(void);

/* Before the trial. */
void usage_begin(struct usage_trial *trial);

/*
 * Adds up what the tree has used. Where nothing runs, before and after the
 * trial, no process is looked for. False where a blocked signal waits: then it
 * was given up.
 */
bool usage_read(
    const struct usage_trial *trial, bool running, struct usage *usage);

#endif
