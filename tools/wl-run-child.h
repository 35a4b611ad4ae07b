/*
 * The lower half of wl-run: a child process and its tree, how it is set up and
 * watched, and what is measured of it. It knows processes, groups and files,
 * and nothing of cases and trials: those are in wl-run.h.
 */
#ifndef WL_RUN_CHILD_H
#define WL_RUN_CHILD_H

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "mem.h"
#include "metric.h"
#include "record.h"

/* --- wl-run-tree.c: no process of ours outlives a trial, or wl-run --- */

/*
 * Splits into a guard, which returns never, and the runner, which returns. The
 * guard is the parent: it hands signals on, and when the runner has ended or
 * was killed it ends what that had started, and calls `clean_up`; where it was
 * killed it says `last_words` if they are not NULL. The runner is told when the
 * guard dies. Both are subreapers, so that daemons, too, become their children;
 * and all trials live in control groups, where these can be made. Where there
 * are services it has a nursery, too.
 */
void tree_guard(
    bool has_services, void (*clean_up)(void), const char *last_words);

/* From now on a signal does not end the runner, but asks it to stop. */
void tree_catch_signals(void);

/*
 * In the runner: whether the guard has ended; and at the end, in case a
 * workload has stopped it, lets it go on.
 */
bool tree_is_orphan(void);
void tree_wake_guard(void);

/* The signal that asked us to stop, or 0; and whether we were asked again. */
extern volatile sig_atomic_t tree_stop_signal, tree_stop_again;

/* Sends every descendant a signal, or none (0); returns how many there are. */
size_t tree_signal(int number);

/* Asks every descendant to end: SIGTERM. */
void tree_terminate(void);

/* Reaps descendants that have ended, some; false where none is left. */
bool tree_reap(void);

/* Kills descendants until none is left, or none but some children and theirs.
 */
void tree_kill(void);
void tree_kill_but(const pid_t *spared, size_t n_spared);

/* --- wl-run-setup.c: what a child does to itself before execve --- */

struct setup {
	const char *cpus; /* as a list; NULL: all that we may use */
	cpu_set_t set;	  /* the same */
	double nice;	  /* NAN: ours */
	struct limits limits;
	bool no_aslr;
};

/*
 * In the child: NULL, or what cannot be done, and errno says why. Of the limits
 * it sets those that no control group keeps.
 */
const char *setup_child(const struct setup *setup);

/* The CPUs that a child can be bound to; none where that is not known. */
const cpu_set_t *setup_usable_cpus(void);

/* A round's environment is so many bytes longer, below SETUP_PADS. */
#define SETUP_PADS 4096
size_t setup_pad(double seed, const char *name, double round);

/* A round's pause before the command, below `most_s`. */
double setup_pause_s(
    double most_s, double seed, const char *name, double round);

/* --- wl-run-group.c: one control group --- */

/* What the names of our groups begin with. */
#define GROUP_PREFIX "plumbline-run-"

/*
 * The directory of the group that we are in: in the hierarchy of a controller
 * of version 1, or in that of version 2 (NULL). Both this and a new group in
 * the group `parent` are for the caller to free; NULL where there is none.
 *
 * A group is ours as long as `lock` is open here or in a process that was
 * forked since. Those in `parent` that nobody holds are removed.
 */
char *group_home(const char *controller);
char *group_make(const char *parent, int *lock);

/* Removes what is in a group and nobody holds, and kills what is in that. */
void group_sweep(const char *parent);

/*
 * Removes a group with those in it. What has been killed and reaped may need a
 * moment to leave it.
 */
void group_remove(const char *group);

/* Whether a group has groups of any wl-run in it. */
bool group_has_ours(const char *parent);

/* A file of a group: opened, looked for, written; errno says why not. */
int group_open(const char *group, const char *file, int flags);
bool group_has(const char *group, const char *file, int rights);
bool group_write(const char *group, const char *file, const char *text);

/* Its first line; empty where there is none. */
void group_line(const char *group, const char *file, char *text, size_t size);

/* Whether a list, with commas or spaces, has a word. */
bool group_has_word(const char *list, const char *word);

/* --- wl-run-cgroup.c: the control groups of a run --- */

/*
 * In the guard: makes groups, below the one that we are in or beside it.
 * Whatever of this fails is done without. Then the runner enters those of
 * version 1. In the end the guard removes all, when they are empty; if it has
 * gone, the runner leaves and does.
 */
void cgroup_make(void);
void cgroup_enter(void);
void cgroup_remove(void);
void cgroup_leave(void);

/* In a process that was forked since: these groups are those of others. */
void cgroup_forget(void);

/*
 * The descriptor of the group of version 2 into which children are cloned, or
 * -1; and gives that up, as it does not work.
 */
int cgroup_trial(void);
void cgroup_without_v2(void);

/*
 * Kills what is in the group of version 2, if it can. A group that has been
 * killed kills whatever is cloned into it later (seen with Linux 6.18: clone3
 * compares the kill count of the new group with that of the old one), so it
 * must be renewed before the next child.
 */
bool cgroup_kill(void);
bool cgroup_is_spent(void);
void cgroup_renew(bool always);

/* Gives a controller to that group; false where we have not got it. */
bool cgroup_hand_down(const char *controller);

/*
 * The processes in our groups, in ascending order, for the caller to free; and
 * whether one of them is among these. Groups that a workload has made in ours
 * are not looked into.
 */
pid_t *cgroup_members(size_t *n);
bool cgroup_is_member(pid_t pid, const pid_t *members, size_t n);

/*
 * The directory of our group of a version 1 controller, or of version 2
 * (NULL); NULL where there is none.
 */
const char *cgroup_path(const char *controller);

/* What of this there is, for the run record. */
void cgroup_describe(struct jline *caps);

/* --- wl-run-scratch.c: directories in memory, and ports --- */

/*
 * Makes a directory that the others are in, where there is a file system in
 * memory, and removes those that runs have left of which all processes were
 * killed. The process that calls it, or any that is forked from that, removes
 * it with scratch_close.
 */
void scratch_open(void);
void scratch_close(void);

/* The path of the directory of a number, for the caller to free, or NULL. */
char *scratch_path(size_t number);

/* Makes it, or errno says why not; and removes it with all that is in it. */
bool scratch_make(const char *path);
void scratch_remove(const char *path);

/* A TCP port of 127.0.0.1 that nobody has, and that was not chosen before. */
int port_choose(void);

/* --- wl-run-nursery.c, wl-run-keeper.c: what runs beside the trials --- */

/*
 * In the guard: makes a process that makes keepers; and forgets how to talk to
 * it, which is for the runner.
 */
void nursery_make(void);
void nursery_forget(void);

/* How a service is stopped. */
struct stopping {
	int signal;
	double timeout_s; /* from that to SIGKILL */
};

/* In the runner: a process that has a service, with all that descends. */
struct keeper {
	int fd; /* -1: there is none; readable when the service has gone */
	struct stopping stopping;
	bool has_gone, is_lost; /* lost: nobody knows how it went */
	bool was_killed;	/* it did not end when it was asked to */
	int exit, signal;	/* how it ended, if it was not lost */
	char step[200];
};

struct command;
struct outcome;

/*
 * Starts a service: `out` is the file that its output goes to, of whose end
 * kept_err bytes are kept; of the set-up, only the CPUs count. False where it
 * cannot be started: the outcome says why.
 */
bool keeper_start(struct keeper *keeper, const struct command *command,
    const struct stopping *stopping, struct outcome *outcome);

/* Whether it has ended by itself. */
bool keeper_has_gone(struct keeper *keeper);

/*
 * Around a trial: the processor time of its tree; and of its memory the peak,
 * if a control group knows that, or how much it is at the end. NAN: not known.
 */
void keeper_begin(struct keeper *keeper);
void keeper_end(struct keeper *keeper, double *cpu_ns, double *memory);

/* Ends it, and all its tree. */
void keeper_stop(struct keeper *keeper);

/* --- wl-run-start.c: how a child is made --- */

/*
 * Starts a child, which calls `run(what)`: that must end in execve or _exit,
 * and leave all memory as it is. Returns its number when it has called one of
 * these, and in `pidfd` a descriptor of it, or -1; or returns -1 with errno.
 * Requires: all signals are blocked.
 */
pid_t start_child(void (*run)(const void *), const void *what, int *pidfd);

/* How children are started and their exits seen, after the first one. */
const char *process_start_method(void);
const char *process_exit_method(void);

/* --- wl-run-process.c: one child, measured --- */

struct command {
	const char *const *argv;   /* NULL at the end */
	char *const *env;	   /* NULL at the end */
	const char *cwd;	   /* NULL: ours */
	int in, out, err;	   /* descriptors */
	double timeout_s;	   /* NAN: none */
	double grace_s;		   /* from SIGTERM to SIGKILL */
	bool unstoppable;	   /* it ends only if we are asked again */
	const struct setup *setup; /* NULL: nothing to set up */
	off_t most_out;		   /* bytes of a file `out`; 0: any number */
	off_t kept_err;		   /* of the end of `err`, at least */
	const int *alarms;  /* descriptors: if one is readable, it ends */
	size_t n_alarms;    /* up to MOST_ALARMS */
	bool (*look)(void); /* called now and again: whether it has written too
			       much; or NULL */
};

enum {
	MOST_ALARMS = 16
};

enum ending {
	ENDING_NONE, /* nothing was started */
	ENDING_EXIT,
	ENDING_SIGNAL,
	ENDING_TIMEOUT,
	ENDING_SPAWN,	    /* it could not be started: why is in `error` */
	ENDING_STOPPED,	    /* `signal` stopped it, and it did not go on */
	ENDING_OUTPUT,	    /* it wrote more than it may */
	ENDING_ALARM,	    /* what it needs is no longer there */
	ENDING_INTERRUPTED, /* we were asked to stop */
};

/* How a child ended. Times are in ns. */
struct outcome {
	enum ending ending;
	int exit, signal;
	int error;	  /* errno of a failed start */
	const char *step; /* what failed then */
	double wall_ns;	  /* from the stamp before execve to the exit */
	double spawn_ns;  /* from before the clone to that stamp */
	double exec_ns;	  /* when that was, on process_now_ns's clock */
	double end_ns;	  /* and when it had exited */
	double elapsed_ns;
	struct rusage usage; /* of the child and what it waited for */
};

/*
 * Empties *fd, a file in memory for the output of commands, and makes it first
 * where it is -1. Whatever many processes write at once is in it, in the order
 * of arrival. Any error is fatal.
 */
int output_file(int *fd);

/* Runs a command to its end, and ends everything it leaves behind. */
void process_run(const struct command *command, struct outcome *outcome);

/*
 * Starts a command and does not wait for it; its number, and of the outcome
 * exec_ns, or why it could not be started. Requires: all signals are blocked.
 */
bool process_launch(
    const struct command *command, pid_t *pid, struct outcome *outcome);

/*
 * How many there were. While it is the same, what only commands change, as it
 * was read after the last one, need not be read again.
 */
unsigned long process_runs(void);

/*
 * Whether a child in the directory `cwd` (NULL: ours) would find a program, in
 * the PATH of `env` or by its path.
 */
bool process_finds(const char *name, char *const *env, const char *cwd);

/* Where that is, for the caller to free; NULL with errno where there is none.
 */
char *process_find(const char *name, char *const *env, const char *cwd);

/* Waits so long, or until we are asked to stop. */
void process_pause(double s);

/* Nanoseconds of the monotonic clock. */
double process_now_ns(void);

/* --- wl-run-watch.c: what a command does while it runs --- */

struct watch {
	pid_t pid;
	int out, err;
	off_t most_out, kept_err, size;
	double grace_ns, next_ns, stopped_until_ns;
	bool (*look)(void);
	double next_look_ns; /* when that comes next; NAN: never */
	int stop_signal;
	const int *alarms;
	size_t n_alarms;
	bool ending; /* it is being ended; only its files matter still */
};

void watch_begin(struct watch *watch, const struct command *command, pid_t pid);

/* When to look next, on process_now_ns's clock. */
double watch_next_ns(const struct watch *watch);

/*
 * Looks at the command, and gives back the memory of what nobody will read.
 * ENDING_NONE, or why it is to be ended: ENDING_STOPPED or ENDING_OUTPUT.
 */
enum ending watch_look(struct watch *watch);

/* Whether it has written more than it may. */
bool watch_is_full(const struct watch *watch);

/*
 * Gives back the memory of a file but for its end. The bytes before that become
 * a hole, which reads as zeros: the file's size, where the command writes next,
 * stays.
 */
void watch_trim(int fd, off_t kept);

/* --- wl-run-monitor.c: what a trial uses in the course of time --- */

/* In the guard, before it splits. */
void monitor_make(void);

/*
 * In the guard: looks, if it is time to. Returns `left`, how long the guard can
 * wait now, or NULL if for ever.
 */
const struct timespec *monitor_look(struct timespec *left);

/* Before and after a trial; an interval of NAN: without looking at it. */
void monitor_start(double interval_s);
void monitor_stop(const struct outcome *outcome);

/*
 * What has been seen of metric number i: fills in what a series has beyond
 * that of a sample, up to the next call. False where there is none, as for all
 * beyond MONITOR_METRICS.
 */
#define MONITOR_METRICS 6
bool monitor_series(size_t i, struct series *series);

/* Whether a metric is made of such a series, as rss.peak is. */
bool monitor_makes(const char *metric);

/* --- wl-run-counters.c: what the kernel counts while a trial runs --- */

/* Which events: a set of bits, or those that are worth what they cost. */
#define COUNTERS_DEFAULT (~0u)

/*
 * Reads a list of names with commas, or "none". Returns where in it is a name
 * of no event, or NULL. counters_names has them all, in such a list.
 */
const char *counters_parse(const char *list, unsigned *chosen);
const char *counters_names(void);

/*
 * Opens them, once, in the process that starts the trials: the chosen ones, by
 * default also those that a case declares. Warns of what was named, but cannot
 * be counted.
 */
void counters_open(unsigned chosen, const bool declared[BUILTIN_COUNT]);

/* Says in a run's caps what is counted. */
void counters_describe(struct jline *caps);

/*
 * Around a trial. What was counted between the two is added to the values; an
 * event that was not counted all the time is not, and the result is false.
 */
void counters_start(void);
bool counters_stop(double values[BUILTIN_COUNT]);

/* --- wl-run-limits.c: what a case may use, as control groups keep it --- */

/*
 * Makes groups with these limits for the next child, until limits_end. NULL, or
 * the name of a limit that this machine cannot keep: then there is none.
 */
const char *limits_begin(const struct limits *limits);
void limits_end(void);

/* Before a further child of the same trial. */
void limits_renew(const struct limits *limits);

/* Whether there are some; and among these, one on the number of processes. */
bool limits_are_on(void);
bool limits_keep_processes(void);

/* In the child: enters the groups. */
bool limits_enter(void);

/* --- wl-run-tally.c: what all processes of a trial used together --- */

/*
 * Opens what is read for each trial, once, in the process that starts the
 * trials. Warns of what is declared, but cannot be measured here.
 */
void tally_open(const bool declared[BUILTIN_COUNT]);

/* Says in a run's caps by what it is measured. */
void tally_describe(struct jline *caps);

/* Around a trial. What was used between the two is added to the values. */
void tally_start(void);
void tally_stop(double values[BUILTIN_COUNT]);

/*
 * How many processes the kernel has killed since tally_start for want of
 * memory; NAN where nobody counts them.
 */
double tally_oom_kills(void);

#endif
