/*
 * The upper half of wl-run: cases, and one trial of one (case, unit, trial,
 * attempt, env, judge, output); which trial is next (order); what comes of
 * them (emit, write, journal, resume); what a person sees (show, table); the
 * machine (host, machine, checks, noise). Only wl-run includes this.
 */
#ifndef WL_RUN_H
#define WL_RUN_H

#include <stdio.h>

#include "wl-run-child.h"

/* --- wl-run-callgrind.c: instructions, counted by valgrind --- */

struct jobs;

/*
 * Makes a directory for the counts, if any case wants some; where there is no
 * valgrind, warns, and none is wanted any more. The process that calls it, or
 * any that is forked from that, removes the directory with callgrind_close.
 */
void callgrind_open(struct jobs *jobs);
void callgrind_close(void);
bool callgrind_is_open(void);

/* A command that counts another one; its texts are in that or in `words`. */
struct texts callgrind_words(const struct texts *command, struct index *words);

/* What was counted since the last call, or NAN. */
double callgrind_total(void);

/* --- wl-run-host.c: the machine and the source --- */

/*
 * Fills what a run record says of its time, the machine and the source; arch
 * must be there. The texts live until host_release.
 */
void host_describe(struct run *run);
void host_release(struct run *run);

/* --- wl-run-machine.c: the files in which the kernel tells about it --- */

/*
 * All of them are below the directory that PLUMBLINE_ROOT names, or else below
 * the root. Opens a file for reading, or reads its beginning or its first line
 * without the end into a text that is empty where it cannot be read.
 */
int machine_open(const char *path);
bool machine_read(const char *path, char *text, size_t size);
bool machine_line(const char *path, char *text, size_t size);

/* The number at a file's beginning, or NAN. */
double machine_number(const char *path);

/* What /proc/meminfo has under a key, in B, or NAN. */
double machine_memory(const char *key);

/* Whether this is a virtual machine; only x86 tells, else it is ABSENT. */
int machine_is_virtual(void);

/* Calls `see` for every path that matches a pattern, in their order. */
void machine_each(
    const char *pattern, void (*see)(const char *path, void *what), void *what);

/*
 * How many processors' time we may use, by the nearest control group, from our
 * own upwards, that limits it: its directory is put into `dir`. INFINITY where
 * none does, NAN where that cannot be read.
 */
double machine_cpu_quota(char *dir, size_t size);

/*
 * Why a command cannot run on these CPUs: that they are not there, or that we
 * may not use them. For the caller to free; NULL: it can.
 */
char *machine_lacks_cpus(const cpu_set_t *wanted);

/* --- wl-run-case.c: cases, and what is known of them between trials --- */

enum order {
	ORDER_ROUNDS,
	ORDER_ABBA,
	ORDER_RANDOM,
	ORDER_SEQUENTIAL
};

/* When progress is shown. */
enum showing {
	SHOWING_AUTO,  /* one line on a terminal, else nothing */
	SHOWING_PLAIN, /* lines, now and then */
	SHOWING_NONE
};

/* What the options say. */
struct settings {
	long iterations, warmup; /* -1: as the case says */
	double timeout_s;	 /* NAN: as the case says */
	double grace_s;
	double seed;   /* NAN: as the first case says, or 1 */
	char *cpus;    /* of cases that name none; NULL: any */
	double cool_s; /* at most, before a measured trial */
	bool no_aslr, no_pad;
	const char *keep_output; /* a directory, or NULL */
	const char *cache;	 /* of fixtures; NULL: the usual one */
	const char *adaptive;	 /* a command that decides, or NULL */
	double budget_s;	 /* of the whole run; NAN: none */
	long shadows;		 /* how many cases have an A/A shadow */
	double monitor_s;	 /* of cases that do not say it; NAN: none */
	enum order order;
	enum showing showing; /* of progress */
	bool quiet, no_table;
	unsigned events; /* COUNTERS_DEFAULT, or as counters_parse has it */
	double probe_percent; /* of the time, for the probe */
	long retries;	      /* of a trial that was perturbed */
	bool strict_env;      /* refuse a machine that has warnings */
};

/* One of several builds that are measured side by side. */
struct variant {
	const char *name; /* NULL: there is only this one */
	const char *dir;  /* where its commands run; NULL: where we are */
};

/* What is kept of a good trial, to stop in time and for the closing table. */
struct kept {
	double value, wall_ns; /* of the leading metric, and wall_time */
	float cpu_ns, max_rss;
};

/* What is remembered of a variant of a case between its trials. */
struct unit {
	double spent_ns;
	struct kept *kept;
	unsigned n_kept, kept_capacity;
	int warmups_done, done, failed, failures_in_a_row, flagged;
	float half_width; /* of the interval of the leading metric's median,
			     a fraction of it; INFINITY: not known */
	unsigned char in_vain; /* rounds in a row that no retry has helped */
	unsigned char counted; /* trials that counted instructions */
	bool set_up, over;
	bool left; /* its place */
};

/* What is remembered of a case. */
struct job {
	size_t offset, len;	     /* of its line in the spool */
	double precision, budget_ns; /* NAN: no such limit */
	int warmup, min, max;
	float threshold;      /* of the leading metric, a fraction */
	unsigned place;	      /* as place_take says */
	unsigned char counts; /* trials that count instructions */
	bool keep_trying;
};

/* Where all records go, besides stdout. */
struct journal {
	const char *path; /* NULL: there is none */
	bool resumes;	  /* it has the records of a run that is gone on with */
	bool finished;	  /* and that is all of it */
	int fd;
	off_t len; /* of what is whole in it */
	bool begun;
	struct run run; /* if it resumes; run.run is NULL where it is anew */
	struct index texts;
};

struct jobs {
	struct settings settings;
	struct journal journal;
	const char *program; /* as we were called */
	char **options;	     /* as given, in the long form */
	size_t n_options, options_capacity;
	struct variant *variants;
	size_t n_variants, variants_capacity;
	struct job *jobs;
	size_t n, capacity;
	struct unit *units; /* n_variants for each job, see job_unit */
	FILE *spool;	    /* all lines, as they were read */
	size_t n_lines, spool_len;
	struct index names; /* of the jobs; only while they are read */
	struct index place_keys;
	struct place *places; /* n_variants for each key */
	bool wants_scratch, wants_fixture, has_services;
	char *arch, *target;	      /* of the first case, or NULL */
	char *home;		      /* the directory that we are in */
	bool declared[BUILTIN_COUNT]; /* by any case */
	long seq, failed, rejected, skipped;
	size_t look;	    /* the next one, where they are adaptive */
	double spent_ns;    /* by trials before this start */
	struct jline batch; /* records that leave together */
	bool keeps;	    /* good trials are kept for the closing table */
	bool silent;	    /* nothing may be written any more */
	bool progress;	    /* a line of it is on the terminal */
};

/* A case as it is needed for a trial of one of its variants. */
struct loaded {
	struct reader reader; /* holds the line's tree */
	struct case_record record;
	struct exec exec;
	struct expect expect;
	struct requires requires;
	struct limits limits;
	struct setup setup; /* of the command, not of hooks */
	struct metric *metrics;
	size_t n_metrics;
	struct stage *stages; /* of a case without: the command, unnamed */
	double *stage_ns;     /* their wall times */
	size_t n_stages;
	struct fixture fixture;
	struct service *services;
	size_t n_services;
	struct place *place; /* NULL: it needs none */
	const struct variant *variant;
	const char *home;
	struct index words; /* texts as they are for the variant */
};

/*
 * Reads all cases. Fills in settings.seed, arch and target. The variants must
 * be there.
 */
void jobs_read(struct jobs *jobs, char *operands[]);

/*
 * The steps of that: an empty list; the record that was read into
 * loaded->reader; all that there are; and no more names.
 */
void jobs_begin(struct jobs *jobs);
void jobs_take(struct jobs *jobs, struct loaded *loaded);
void jobs_take_all(struct jobs *jobs, char *operands[]);
void jobs_ready(struct jobs *jobs);
void jobs_release(struct jobs *jobs);

/* Writes all lines as they were read. */
void jobs_pass(struct jobs *jobs);

void job_load(const struct jobs *jobs, const struct job *job, size_t v,
    struct loaded *loaded);
void job_unload(struct loaded *loaded);

/*
 * A text of a case, as it is for the variant, and with the values that are
 * chosen here: ports and directories.
 */
const char *loaded_text(struct loaded *loaded, const char *text);

/* The same for a command; one for the shell finds the values by itself. */
void loaded_texts(struct loaded *loaded, struct texts *texts);

/* Whether it is one: /bin/sh -c. There, $(name) is a command, too. */
bool texts_are_for_shell(const struct texts *texts);

/* --- wl-run-valid.c: whether a case makes sense --- */

/* Dies where it does not, or has the name of another one; adds its name. */
void valid_check(const struct loaded *loaded, struct index *names);

/* --- wl-run-unit.c: a variant of a case, between its trials --- */

/* What is known of the variant of number v of a job. */
struct unit *job_unit(const struct jobs *jobs, const struct job *job, size_t v);

/* The name under which a metric's values arrive. */
const char *source_of(const struct metric *metric);

/*
 * The metric that decides when a case has been measured often enough: the
 * first that is declared and gates. NULL: wall_time.
 */
const struct metric *leading_metric(const struct loaded *loaded);

struct output;

/* What a trial came to. */
struct made {
	double round; /* NAN: a warm-up */
	bool ok, flagged;
	double elapsed_ns;
	const double *values;	     /* BUILTIN_COUNT; NAN: not measured */
	const struct output *output; /* its own metrics */
};

/*
 * Counts a trial, keeps what a good measured one came to, and gives the case
 * up where it only fails.
 */
void unit_count(const struct jobs *jobs, const struct job *job,
    struct unit *unit, const struct loaded *loaded, const struct made *made);

/* Whether that is kept; else loaded, values and output are not looked at. */
bool unit_keeps(const struct jobs *jobs, const struct job *job);

/* The median of what was kept, and how well it is known. */
struct estimate {
	double median;
	double half_width; /* of its 95 % interval, a fraction of it; INFINITY:
			      not known */
};
struct estimate unit_estimate(
    const struct unit *unit, double (*value)(const struct kept *));
double kept_value(const struct kept *kept);

/* Whether a unit still wants a warm-up trial. */
bool unit_wants_warmup(const struct job *job, const struct unit *unit);

/*
 * Whether it wants any trial, apart from those that a budget of the whole run
 * may add.
 */
bool unit_wants_trial(
    const struct jobs *jobs, const struct job *job, const struct unit *unit);

/* Whether a unit wants a trial that counts instructions. */
bool unit_wants_count(const struct job *job, const struct unit *unit);

/* Notes that it has made one; after one that failed it wants no more. */
void unit_has_counted(const struct job *job, struct unit *unit, bool ok);

/* Whether the intervals of all variants are as narrow as the case wants. */
bool job_is_precise(const struct jobs *jobs, const struct job *job);

/* --- wl-run-checks.c: what disturbs measuring on this machine --- */

/*
 * Looks for that: a list in JSON for the run record, for the caller to free.
 * Warnings are told, and with strict_env they end wl-run.
 */
char *checks_look(const struct settings *settings);

/* --- wl-run-noise.c: what disturbs a trial --- */

/*
 * Right before and right after a trial. Fills in the noise, but for what the
 * child's usage and the counters say, and those of the built-in metrics that
 * come from the same files.
 */
void noise_start(void);
void noise_stop(struct noise *noise, double *values);

struct attempt;

/*
 * Flags a trial, the one that noise_stop was called for last, with what passes
 * its limit, after the rest of its noise has been filled in.
 */
void noise_judge(struct attempt *attempt);

/*
 * Whose network it is that is counted: "machine", or "namespace" where
 * process 1 has another one; NULL: not known.
 */
const char *noise_network(void);

/* --- wl-run-options.c: what the command line says --- */

/* Fills in settings, options, variants and where the journal is. */
void options_parse(struct jobs *jobs, int argc, char *argv[]);

/*
 * Fills them in anew for a run that is gone on with: as it was told, and then
 * as we are. Dies where that cannot be the same run.
 */
void options_resume(struct jobs *jobs, const struct run *run);

/* The options as a list in JSON, for the caller to free. */
char *options_text(const struct jobs *jobs);

void options_release(struct jobs *jobs);

/* --- wl-run-order.c: which trial comes next --- */

/* Makes all trials, until none is wanted or a signal stops them. */
void order_run(struct jobs *jobs);

/* --- wl-run-looks.c: which cases are decided --- */

/* A case is measured up to the next look. */
void looks_set(const struct jobs *jobs, struct job *job);

/*
 * Looks at what was measured; false where nothing more is to be measured, by
 * what is found, or because this was no adaptive run.
 */
bool looks_next(struct jobs *jobs);

/* --- wl-run-probe.c: how fast the machine is, now and again --- */

/* The run begins. */
void probe_start(void);

/*
 * Between two trials: the probe and its records, if it has taken less than its
 * share of the time.
 */
void probe_run(struct jobs *jobs);

/* A run that is gone on with has its case already, and so many rounds. */
void probe_resume(double rounds);

/* --- wl-run-shadow.c: false changes, by --aa --- */

/* Whether a case is measured twice. */
bool shadow_is_of(const struct jobs *jobs, const struct job *job);

/* Adds a record for each of them and metric; they leave with the end. */
void shadow_write(struct jobs *jobs);

/* --- wl-run-show.c: what a person sees of it --- */

/* What precedes a message or more progress where a line of it is shown. */
#define CLEAR_LINE "\r\033[K"

struct progress {
	double start_ns, shown_ns;
	long done, all;
	char *last; /* the estimate of the case that was measured last */
};

void progress_begin(struct progress *p, struct jobs *jobs);

/* There is more to do than there was. */
void progress_more(struct progress *p, const struct jobs *jobs);

/* A trial of this unit begins. */
void progress_now(struct progress *p, const struct jobs *jobs,
    const struct job *job, size_t v);

/* How many trials a unit is certain to make yet. */
long progress_still_to_do(
    const struct jobs *jobs, const struct job *job, const struct unit *unit);

/* A trial was made of a unit that had `before` to do. */
void progress_step(struct progress *p, const struct jobs *jobs,
    const struct job *job, size_t v, long before);
void progress_end(struct progress *p, struct jobs *jobs);

/* What is done of a case that takes long, and is no trial. */
void progress_say(
    const struct jobs *jobs, const struct loaded *loaded, const char *what);

/* --- wl-run-table.c: what a person sees at the end --- */

/* What of its good trials a case shows: the leading metric, or wall_time. */
struct shown {
	const char *metric, *unit;
	double (*value)(const struct kept *);
};
struct shown table_shown(const struct loaded *loaded);

/* "12.35 ms ±0.8 %" */
void table_format(
    char *text, size_t size, const struct estimate *estimate, const char *unit);

/* The name of a case and its variant, for the caller to free. */
char *table_name(const struct loaded *loaded);

/* How many columns a text takes. */
size_t table_width(const char *text);

/* The closing table on stderr. */
void table_write(const struct jobs *jobs);

/* --- wl-run-write.c: records leave together, and at once --- */

/* Adds a record to those that leave with the next write_out. */
void write_add(
    struct jobs *jobs, const struct record_type *type, const void *record);
void write_line(struct jobs *jobs, const char *text, size_t len);
void write_out(struct jobs *jobs);

/* Writes to standard output itself; dies where that cannot be. */
void write_stdout(const char *text, size_t len);

/* --- wl-run-journal.c: the same records in a file --- */

/*
 * Opens and locks the journal, if there is to be one: a new one, or the one to
 * go on with.
 */
void journal_open(struct jobs *jobs);

/* Writes what is whole in it to stdout. */
void journal_pass(const struct jobs *jobs);

/* From now on write_out writes to it, behind what is whole in it. */
void journal_begin(struct jobs *jobs);
void journal_write(struct jobs *jobs, const char *text, size_t len);

/* The run is at its end, complete or not. */
void journal_close(struct jobs *jobs, bool complete);

/* The command that goes on with the run; NULL where there is no journal. */
const char *journal_command(const struct jobs *jobs, char *operands[]);

/* Says it, where the run has begun and is not complete. */
void journal_how_to_go_on(void);

/* --- wl-run-resume.c: a run that was cut short goes on --- */

/*
 * Instead of jobs_read: opens the journal, and reads the cases and all that is
 * known of them from it. Where nothing was measured, as if it were a new one.
 */
void resume_read(struct jobs *jobs, char *operands[]);

/*
 * Begins to go on, on the machine and at the time of `now`: cuts off what is
 * not whole, passes the rest, and writes a record of it.
 */
void resume_begin(struct jobs *jobs, const struct run *now);

/* --- wl-run-output.c: what a trial wrote --- */

/* One line of a trial's own measurements; the texts are the output's. */
struct reported {
	const char *metric, *unit;
	double value;
};

/* {0} is an empty one. */
struct output {
	struct reported *reported;
	size_t n, capacity;
	struct index words; /* owns the texts */
};

/* In bytes: what is read at most, and what is kept of the rest. */
enum {
	OUTPUT_MOST = 256 << 20,
	OUTPUT_END = 64 << 10
};

/* Whether what was written can be read again. */
bool output_is_file(int fd);

/*
 * Adds the metrics that a trial wrote to the file `fd`. False where a line is
 * not as it should be, and `why` says so.
 */
bool output_read(struct output *output, int fd, char *why, size_t size);

/* Adds one; or one of an object with metric, unit and value. */
void output_report(
    struct output *output, const char *metric, const char *unit, double value);
void output_add(struct output *output, const tree *object);
void output_release(struct output *output);

/* Whether a pattern is a POSIX extended regular expression. */
bool output_is_regex(const char *pattern);

/* Whether the file matches what is expected; else `why` says how not. */
bool output_matches(
    const struct expect *expect, int fd, char *why, size_t size);

/*
 * Shows a person a text, harmless for a terminal; or makes such a text, for the
 * caller to free.
 */
void output_show(const char *text);
char *output_harmless(const char *text);

/* The same for the last 4 KiB of a file. */
void output_show_end(int fd, const char *what);

/* The last line of a file, or as much of its end as `line` can hold. */
void output_last_line(int fd, char *line, size_t size);

/*
 * Its last lines, of up to 2000 bytes, as output_harmless shows them, for the
 * caller to free; NULL where there is nothing.
 */
char *output_last_lines(int fd);

/* --- wl-run-judge.c: whether a trial is good --- */

enum {
	MOST_FLAGS = 16
};

/* How one command of a case is run, and how that went. */
struct attempt {
	struct loaded *loaded;
	const char *phase;
	bool hook;    /* not the command itself */
	double round; /* NAN outside the measured rounds */
	long pad;     /* bytes of its environment; -1: none */
	struct outcome outcome;
	const char *stage; /* that it has come to; NULL: they have no names */
	double *stage_ns;  /* where their times go; NULL: nowhere */
	double values[BUILTIN_COUNT]; /* NAN: not measured */
	struct noise noise;
	const char *flags[MOST_FLAGS]; /* as judge_flag has them */
	size_t n_flags;
	bool perturbed; /* by what may be over when it is made again */
	const char *status;
	const char *output; /* where its output is kept, or NULL */
	int service;	    /* of the output of the one that failed it; or 0 */
	char why[512];
};

/* The status of a trial that is not good, and why. */
void judge_fail(struct attempt *attempt, const char *status, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* A word, which lives on, for what was wrong with measuring the trial. */
void judge_flag(struct attempt *attempt, const char *flag);

/* How it ended, as a trial's status. */
void judge_ending(struct attempt *attempt, double timeout_s);

/* Whether it met the end of the memory: then that is why it ended so. */
void judge_memory(struct attempt *attempt);

/* Reads what a good trial wrote to `out`; it is good still if it should. */
void judge_output(struct attempt *attempt, struct output *output, int out);

/* Whether what the command writes is looked at afterwards. */
bool judge_wants_output(const struct loaded *loaded);

/* Whether a text is there, and is that word. */
bool word_is(const char *text, const char *word);

/* --- wl-run-keep.c: the whole output of trials that failed --- */

/* Makes the directory where it is absent; dies where that cannot be. */
void keep_open(const char *dir);

/*
 * Keeps what a trial that failed wrote to the files `out` and `err` (-1: none),
 * and sets its `output`. Does nothing without keep_open.
 */
void keep_output(
    const struct jobs *jobs, struct attempt *attempt, int out, int err);

/* The same for the output of a service of a number, from 1. */
void keep_service(
    const struct jobs *jobs, struct attempt *attempt, size_t number, int out);

/* --- wl-run-stages.c: the steps of a trial --- */

/* Reads those of a case, or dies where they are not as they should be. */
void stages_read(struct loaded *loaded);
void stages_check(const struct loaded *loaded);
void stages_release(struct loaded *loaded);

/*
 * Runs one after the other, up to the first that fails, and judges them. The
 * timeout is that of all together.
 */
void stages_run(const struct stage *stages, size_t n, struct command *command,
    struct attempt *attempt);

/* Whether a metric is the time of a stage; and adds all of these. */
bool stages_measure(const struct loaded *loaded, const char *metric);
void stages_report(struct attempt *attempt, struct output *output);

/* --- wl-run-env.c: the environment of a command --- */

struct environment {
	char **texts; /* NULL at the end; of what is inherited no copies */
	size_t n, capacity;
	char **owned; /* those that are not inherited */
	size_t n_owned, owned_capacity;
};

/*
 * What is inherited, and what plumbline-workload(5) says is added; a pad that
 * is not negative is the length of WL_PAD.
 */
struct environment env_make(const struct jobs *jobs, struct loaded *loaded,
    const char *phase, double round, long pad);
void env_release(struct environment *env);

/* --- wl-run-attempt.c: one command of a case --- */

/* Opens a file of the case, relative to its directory; waits for no FIFO. */
int attempt_open(const struct exec *exec, const char *name, int flags);

/* Whether it is to have a limit that this machine cannot keep: it failed. */
bool attempt_lacks_limits(struct attempt *attempt);

/* Whether instructions are counted, and nothing else is measured. */
bool attempt_is_count(const struct attempt *attempt);

/* The noise of the command itself; hooks and what never ran have none. */
bool attempt_has_noise(const struct attempt *attempt);

/* Runs the words of a hook to their end, and judges it. */
void attempt_run_hook(const struct jobs *jobs, struct attempt *attempt,
    const struct texts *words);

/* The command itself, all that is measured of it, and its judgement. */
void attempt_run(
    const struct jobs *jobs, struct attempt *attempt, struct output *output);

/* What the last command wrote to its standard error. */
int attempt_stderr(void);

/* --- wl-run-emit.c: the records of a trial --- */

/* A trial that has no samples. */
void emit_trial(struct jobs *jobs, const struct attempt *attempt);

/* The trial, its samples and its series, which leave together. */
void emit_measured(struct jobs *jobs, const struct attempt *attempt,
    const struct output *output);

/* Tells a person why it failed, and what it wrote to its standard error. */
void emit_failure(const struct jobs *jobs, const struct attempt *attempt);

/* "wl-run: case", in the place of the progress: a message goes on. */
void emit_name(const struct jobs *jobs, const struct loaded *loaded);

/* --- wl-run-trial.c: one trial --- */

/*
 * Runs the next trial of a job's variant of number v, with its hooks, and
 * writes its records. The first one is preceded by the checks of what the case
 * requires and by setup.
 */
void job_trial(struct jobs *jobs, struct job *job, size_t v);

/* The same for a trial that counts instructions, if the unit wants one. */
void job_count(struct jobs *jobs, struct job *job, size_t v);

/* Runs cleanup where setup or a trial has run, once. */
void job_finish(struct jobs *jobs, struct job *job, size_t v);

#endif
