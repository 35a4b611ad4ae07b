/*
 * The record types of the pipeline: the only place that spells a field.
 * plumbline-records(5) explains them. Level 3.
 *
 * A record is read into a struct of its type and written from one. In these
 * structs a number that is absent is NAN, a text NULL, a truth ABSENT, a list
 * empty; record_clear makes all of them absent. Texts and trees that were read
 * belong to the reader and live until its next record; lists belong to the
 * struct and are freed by record_release.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "line.h"
#include "shape.h"

#define ABSENT (-1)

struct numbers {
	double *x;
	size_t n;
};

struct texts {
	const char **s;
	size_t n;
};

/* A part that is read as a tree and written as text where there is one. */
struct part {
	const tree *value;
	const char *text;
};

/* One start of wl-run, and the machine it ran on. */
struct run {
	const char *run, *session, *tool, *arch, *target;
	const char *commit, *branch, *time, *machine, *cwd;
	int dirty;
	double v, seed;
	double records; /* how many that were its input follow */
	struct part host, caps, checks, overhead;
	struct part options; /* a list of texts */
};

/* What a look at one property of the machine has shown; inside a run. */
struct check {
	const char *id, *level, *msg, *fix;
};

/* Where a run goes on that was cut short. */
struct resume {
	const char *run, *time, *commit;
	struct part checks;
};

/* One workload with one choice of its parameters. */
struct case_record {
	const char *name, *workload, *id, *arch, *target, *description;
	const char *status, *file;
	double line, seed, tier;
	struct texts tags;
	struct part params, metrics, criteria, scaling, exec;
};

/* What a case declares to be worth judging; inside a case. */
struct metric {
	const char *name, *unit, *aggregator, *better, *from, *severity, *scale;
	double threshold_percent, min_abs;
	int gate, exact;
};

/* A limit that a metric must keep; inside a case. */
struct criterion {
	const char *target, *metric, *op, *severity, *by;
	double limit;
};

/* How fast a metric may grow with a parameter; inside a case. */
struct scaling {
	const char *over, *metric;
	double at_most; /* the exponent */
};

/*
 * How a case is run; inside a case. Commands are argument lists. Names that
 * wl-run puts values for are in it as $(name).
 */
struct exec {
	struct texts command, setup, prepare, conclude, cleanup, path;
	struct part env;
	const char *cwd, *in, *out; /* working directory, stdin, stdout */
	double warmup, min_iterations, max_iterations;
	double precision_percent, budget_s, timeout_s;
	const char *cpus; /* as lib/cpus.h reads it */
	double nice, monitor_s;
	struct part limits;
	struct numbers ok_exit;
	struct part expect, requires;
	struct part services, fixture, stages;
	int tmpfs;
};

/* What runs beside a command; inside exec. */
struct service {
	struct texts command;
	struct texts ports; /* names of TCP ports to be chosen */
	struct part ready;
	double startup_timeout_s, stop_timeout_s;
	const char *stop_signal; /* TERM and so on */
	const char *cpus, *each; /* each: run or trial */
};

/* When a service is; inside it: one of these. */
struct ready {
	const char *port, *line;
	struct texts command;
};

/* The files that a case reads, and what makes them; inside exec. */
struct fixture {
	struct texts command;
	double size; /* B */
};

/* A step of a trial; inside exec. */
struct stage {
	const char *name;
	struct texts command;
};

/* What a command may use; inside exec. Sizes are in B. */
struct limits {
	double memory, cpu, processes, open_files, file_size, stack, cpu_time_s;
};

/* What a good trial must show; inside exec. */
struct expect {
	double exit;
	const char *regex, *sha256;
};

/* What must be there for a case to run; inside exec. */
struct requires
{
	struct texts programs, files, command;
};

/* One execution of a case's command or of one of its hooks. */
struct trial {
	const char *name, *variant, *phase, *status, *why, *cpus, *output;
	double round, seq, exit, signal, elapsed, pad;
	struct part noise;
	struct part flags; /* a list of texts */
	double records;	   /* how many that belong to it follow */
};

/* What disturbed a trial; inside it. */
struct noise {
	double steal_ns, psi_cpu_ns, psi_memory_ns, psi_io_ns, throttled_ns;
	double thermal_throttles, swapped, involuntary_switches, migrations;
	double load;
};

struct sample {
	const char *name, *variant, *metric, *unit;
	double round, value;
};

/*
 * A metric in the course of a trial. A value belongs to the time at its place,
 * in ns since the start.
 */
struct series {
	const char *name, *variant, *metric, *unit;
	double round;
	struct numbers t, value;
};

/* What a case seems to have changed against itself. */
struct aa {
	const char *name, *metric;
	double change, n;
};

struct run_end {
	const char *run;
	int complete;
	double trials, failed, rejected, skipped;
};

/* A metric of a case over the rounds of a session. */
struct summary {
	const char *name, *workload, *id, *run, *session, *machine, *variant;
	const char *metric, *unit, *better, *aggregator;
	double value, n, lines, mean, stddev, cv, median, mad, min, max;
	double p50, p90, p95, p99, level, r1, se_block;
	double geometric_mean, geometric_stddev, qn, ties, step, drift, drift_p;
	const char *scale, *growth;
	int exact;
	struct numbers ci, mean_ci, geometric_mean_ci, rounds, values;
	struct part outliers, quantiles, failures, sketch;
	double error;
	struct part flags; /* a list of texts */
};

/* A quantile of round values; inside a summary. */
struct quantile {
	double p, value;
	struct numbers ci;
};

/*
 * The samples of a group, to be merged with others of it. Either all its lines
 * are there, or what they come to: of each round, and of those without one.
 */
struct partial {
	const char *name, *run, *session, *machine, *variant, *metric, *unit;
	double number, of; /* in its file, from 0; and how many it has */
	double error;
	struct texts parts; /* what the inputs are called; "" where nothing */
	struct part lines, pools; /* lists */
	struct part loose;	  /* a pool */
};

/* Lines of one part, in their order; inside a partial. */
struct piece {
	double part; /* which of the parts, from 0 */
	struct numbers round, order, value;
};

/* What lines come to; inside a partial. */
struct pool {
	double round, n, min, max;
	double last, part, order; /* the value read last, and where */
	struct part sum, squares, logs, sketch;
};

/* An exact sum as lib/sum.h has it; inside a pool. */
struct digits {
	double low;
	struct numbers digits;
};

/* A sketch as lib/sketch.h has it; inside a pool or a summary. */
struct histogram {
	double error, zeros;
	struct part positive, negative;
};

/* How many are in each bucket from `low` on; inside a histogram. */
struct frequencies {
	double low;
	struct numbers counts;
};

/* The first line of a baseline file. */
struct baseline_file {
	const char *platform, *cpu, *timestamp;
	double v;
};

/* How many sessions of a metric are kept where nobody says another number. */
#define SESSIONS_KEPT 10

/* What was accepted of a metric: a value for each of its last sessions. */
struct baseline {
	const char *name, *id, *metric, *unit, *better, *aggregator;
	double noise_floor; /* of A/A changes, as a fraction */
	struct part sessions;
};

/* One stored session; inside a baseline. */
struct session {
	const char *session, *machine, *time, *commit;
	const char *reason; /* why it was accepted */
	double value, n, se_block;
	double aa; /* the change of its shadow, as a fraction */
};

/* What cmp-baseline found out about a metric, a criterion or a case. */
struct verdict {
	const char *kind, *name, *metric, *variant, *unit, *better, *verdict;
	double change, p, p_better, q, mde, need_n, n, sessions, looks, r1;
	double threshold, margin, baseline, current, limit;
	double start, improvement, prior_sd, prior_df, prior_metrics;
	struct numbers ci;
	const char *gate, *statistic, *covariate;
	const char *method, *severity, *op, *by, *target, *why;
	int gating;
};

/* The answer of a whole comparison. */
struct result {
	const char *status, *run, *target, *fdr;
	double exit, alpha, slo_compliance_percent, improvement_percent;
	int complete, update_baseline;
	struct part counts, reporting;
};

/* The version of this format, which runs and baseline files say. */
#define RECORD_VERSION 1

/* The types, with the word that "type" holds. */
#define RECORD_KINDS(X)                                                        \
	X(RUN, "run")                                                          \
	X(RESUME, "resume")                                                    \
	X(CASE, "case")                                                        \
	X(TRIAL, "trial")                                                      \
	X(SAMPLE, "sample")                                                    \
	X(SERIES, "series")                                                    \
	X(AA, "aa")                                                            \
	X(END, "end")                                                          \
	X(PARTIAL, "partial")                                                  \
	X(SUMMARY, "summary")                                                  \
	X(BASELINE_FILE, "baseline-file")                                      \
	X(BASELINE, "baseline")                                                \
	X(VERDICT, "verdict")                                                  \
	X(RESULT, "result")

enum record_kind {
#define X(id, word) RECORD_##id,
	RECORD_KINDS(X)
#undef X
	RECORD_OTHER, /* a type that is not ours: passed on */
};

/* What a struct looks like as JSON. */
struct record_type;
extern const struct record_type run_type, resume_type, case_type, trial_type,
    sample_type, series_type, aa_type, end_type, partial_type, summary_type,
    baseline_file_type, baseline_type, verdict_type, result_type;
/* Parts of records: no "type". */
extern const struct record_type check_type, metric_type, criterion_type,
    scaling_type, exec_type, limits_type, expect_type, noise_type,
    requires_type, service_type, ready_type, fixture_type, stage_type,
    session_type, quantile_type, piece_type, pool_type, digits_type,
    histogram_type, frequencies_type;

/* The words of a trial's status. */
bool status_is_ok(const char *status);
bool status_is_skipped(const char *status);

/* A trial that was disturbed, and was run again: it has no samples. */
bool phase_is_rejected(const char *phase);

/*
 * What a run measures of itself, to show how noisy it is: the case of its
 * calibration probe, and the shadow of a case, the same program once more
 * beside itself. It is summarised as all is, but never judged, never part of a
 * baseline, and not in reports.
 */
#define PROBE_CASE     ":probe"
#define SHADOW_VARIANT "aa"

bool case_is_probe(const char *name);

/* Whether samples or summaries are of either; the variant may be NULL. */
bool is_calibration(const char *name, const char *variant);

/* A stream of records. */
struct reader {
	struct lines lines;
	tree *record; /* the current one */
	enum record_kind kind;
	bool ended; /* an end record has been read since the last run */
	char *held; /* lines held back, each with its newline */
	size_t held_len, held_capacity;

	/*
	 * Where there are shapes, borrowed, a sample of a shape that was
	 * learned has this one and these numbers, and is not parsed.
	 */
	struct shapes *shapes;
	size_t shape; /* or SHAPE_NONE */
	struct shape_numbers numbers;

	bool whole; /* asked for: a line that is cut short is bad anywhere */
};

void reader_open(struct reader *reader, char *operands[]);

/*
 * The next record: its kind, and the record for reader_get. A record without a
 * type that has a metric and a value is a sample. Dies on a bad line, and on a
 * run or a baseline file of a version that is not known; but a last line that
 * was cut short in a stream without end is dropped, with a warning.
 */
bool reader_next(struct reader *reader);

/* Fills `record`, a struct of that type, or dies and names the line. */
void reader_get(
    struct reader *reader, const struct record_type *type, void *record);

/* The same for a part inside the record. */
void reader_get_part(struct reader *reader, const tree *value,
    const struct record_type *type, void *record);

/*
 * Values beyond this are refused by all tools: sums and ratios of such may have
 * no double. What one tool writes the others read.
 */
#define RECORD_LARGEST 1e280

/*
 * What fields may hold, beside being of their kind; lib/record-check.c. They
 * die and name the line. A number that is NAN, a text or part that is NULL, is
 * absent and so good.
 */
void reader_check_range(const struct reader *reader, const char *field,
    double x, double least, double most);
void reader_check_value(
    const struct reader *reader, const char *field, double x);
void reader_check_word(const struct reader *reader, const char *field,
    const char *text, const char *const words[]);
void reader_check_list(
    const struct reader *reader, const char *field, const struct part *part);

/* A moment in UTC, as 2026-11-21T01:30:00Z, or a day of it. */
void reader_check_time(
    const struct reader *reader, const char *field, const char *text);

/* What a case declares: each metric once. */
void reader_check_case(struct reader *reader, const struct case_record *record);
void reader_check_summary(
    const struct reader *reader, const struct summary *summary);
void reader_check_session(
    const struct reader *reader, const struct session *session);

/* Writes the record as it was read; or keeps it for reader_write_held. */
void reader_pass(const struct reader *reader);
void reader_hold(struct reader *reader);
void reader_write_held(struct reader *reader);

void reader_release(struct reader *reader);

/* Makes every field absent. */
void record_clear(const struct record_type *type, void *record);

/* Frees the lists of a struct, and makes every field absent. */
void record_release(const struct record_type *type, void *record);

/*
 * Makes a record outlive the reader: its texts are put into `texts`, and its
 * parts become texts there.
 */
struct index;
void record_keep(
    const struct record_type *type, void *record, struct index *texts);

/* Adds a struct to a line: a whole record, or a part under a key. */
void record_put(struct jline *line, const char *key,
    const struct record_type *type, const void *record);

/*
 * The same, and behind its fields those members of `old`, what the record was
 * read from, that no field is for: what a tool does not know it keeps.
 */
void record_put_over(struct jline *line, const char *key,
    const struct record_type *type, const void *record, const tree *old);

/* Writes a record to stdout; `line` is scratch space. */
void record_write(
    struct jline *line, const struct record_type *type, const void *record);

#endif
