/*
 * What a keeper and the runner say to each other, and what is asked of the
 * nursery. Only these three include this.
 */
#ifndef WL_RUN_KEEPER_H
#define WL_RUN_KEEPER_H

#include "wl-run-child.h"

/* A message of a socket that keeps them apart. */
enum word {
	/* of the runner */
	WORD_BEGIN, /* a trial begins */
	WORD_END,   /* and has ended */
	WORD_STOP,
	WORD_KILL,
	/* of the keeper */
	WORD_STARTED,
	WORD_FAILED,
	WORD_BEGUN,
	WORD_USED,
	WORD_GONE,   /* the service has ended by itself */
	WORD_KILLED, /* or did not, although it was asked to */
};

struct message {
	enum word word;
	double exec_ns; /* STARTED */
	int error;	/* FAILED: errno, and what failed */
	char step[200];
	double cpu_ns, memory; /* USED */
	int exit, signal;      /* GONE */
};

/*
 * What the nursery is asked: it gets three descriptors, which are that of a
 * file with this at its beginning and then the texts, each with its NUL; the
 * keeper's end of its socket; and where the output goes.
 */
enum {
	ASKED_ORDER,
	ASKED_CONTROL,
	ASKED_OUTPUT,
	N_ASKED
};

struct order_head {
	struct stopping stopping;
	off_t kept; /* of the output, at least */
	bool has_cwd, has_cpus;
	cpu_set_t set;
	size_t n_argv, n_env;
};

/* The keeper's whole life. */
_Noreturn void keeper_live(const int fds[N_ASKED]);

#endif
