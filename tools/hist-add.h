/*
 * The parts of hist-add: what is read, filed, and marked.
 */
#ifndef HIST_ADD_H
#define HIST_ADD_H

#include <stdbool.h>
#include <stddef.h>

#include "filed.h"
#include "mem.h"
#include "record.h"
#include "store.h"

/* A run that was read. */
struct incoming {
	struct filed filed; /* what it will hold, as the history has it */
	const char *report;
	char *where;	   /* it begins: FILE:LINE */
	struct jline text; /* its records */
	size_t records;
	struct index summaries; /* what they are of: each thing once */
	bool over, ended;	/* it has an end, that of a whole run */
};

struct choice {
	const char *root;
	const char *report; /* or NULL */
	bool partial;	    /* runs that were cut short, too */
	bool all;	    /* with their samples */
};

/* Runs, in the order in which they were read; texts live as long. */
struct intake {
	struct index texts;
	struct incoming *runs;
	size_t n, capacity;
};

void intake_read(
    struct intake *intake, char *operands[], const struct choice *choice);
void intake_release(struct intake *intake);

/* Files all of them, and says where each of them is. */
void intake_file(struct intake *intake, const struct choice *choice);

/* What is asked of a mark: its times are still as they were given. */
struct marking {
	struct mark mark;
	const char *at; /* a time */
};

/* The time then, as records have it. */
const char *time_from_now(char text[32], int seconds);

/* Makes the mark, and says where it is; takes one away. */
void marking_make(struct marking *marking, const struct choice *choice);
void marking_remove(const char *name, const struct choice *choice);

#endif
