/*
 * The structs of all records and of their parts. lib/record-*.c spell their
 * fields, plumbline-records(5) explains them. Level 3.
 *
 * A number that is absent is NAN, a text NULL, a truth ABSENT, a list empty;
 * record_clear makes all of them absent. Texts and trees that were read belong
 * to the reader and live until its next record; lists belong to the struct and
 * are freed by record_release.
 */
#ifndef RECORD_TYPES_H
#define RECORD_TYPES_H

#include <stddef.h>

#include "json.h"

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
	const char *run, *session, *confirms, *tool, *arch, *target;
	const char *commit, *branch, *time, *machine, *cwd;
	int dirty;
	double v, seed;
	double records; /* how many that were its input follow */
	struct part host, caps, checks, overhead;
	struct part options; /* a list of texts */
	const char *result;  /* the answer of its comparison */
	const char *report;  /* the path of one about it */
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
	const char *said; /* at the end of its standard error */
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
	const char *session, *machine, *time, *commit, *branch;
	const char *reason; /* why it was accepted */
	double value, n, se_block;
	double aa; /* the change of its shadow, as a fraction */
};

/* What cmp-baseline found out about a metric, a criterion or a case. */
struct verdict {
	const char *kind, *name, *metric, *variant, *unit, *better, *verdict;
	double change, p, p_better, q, mde, need_n, n, sessions, left_out;
	double looks, r1;
	double threshold, margin, baseline, current, limit;
	double start, improvement, prior_sd, prior_df, prior_metrics;
	struct numbers ci;
	const char *gate, *statistic, *covariate;
	const char *method, *severity, *op, *by, *target, *why;
	const char *muted;	 /* why it is not to be complained of */
	const char *was, *again; /* where it was measured again */
	int gating;
};

/* The answer of a whole comparison. */
struct result {
	const char *status, *run, *target, *fdr;
	double exit, alpha, slo_compliance_percent, improvement_percent;
	int complete, update_baseline;
	struct part counts, reporting;
};

/* The first line of a file of the history: of which run it is. */
struct history {
	const char *run, *time, *commit, *arch, *target, *machine, *report;
	double v;
	double records; /* how many follow */
};

/* What a run of the history says of a metric of a case. */
struct point_record {
	const char *name, *workload, *id, *metric, *unit, *better, *aggregator;
	const char *arch, *target, *machine, *branch;
	struct texts tags;
	const char *run, *session, *time, *commit;
	int dirty;
	double value, n, level, mad, min, max, p95;
	struct numbers ci, rounds, values;
	double threshold_percent;
	const char *severity;
	int gate;
	double points; /* of its series, where it stands for all of them */
};

/* What people say about the history: a change is accepted, or muted. */
struct mark {
	const char *mark, *kind; /* its id; change or mute */
	const char *name, *metric, *arch, *target, *machine, *branch;
	const char *commit, *run, *time, *until;
	const char *reason, *by, *made;
};

/* Where a series of points is no longer what it was. */
struct change {
	const char *kind, *name, *workload, *id, *metric, *unit, *better;
	const char *arch, *target, *machine, *branch;
	double index;	      /* of the point, from 0 */
	struct numbers range; /* where it may be instead */
	const char *run, *time, *commit;
	struct texts commits; /* the last one before, and the last suspect */
	double before, after, change, p, q;
	struct numbers ci;
	int worse, stable, accepted, muted;
	const char *why;
};

/* What a struct looks like as JSON. */
struct record_type;
extern const struct record_type run_type, resume_type, case_type, trial_type,
    sample_type, series_type, aa_type, end_type, partial_type, summary_type,
    baseline_file_type, baseline_type, verdict_type, result_type, history_type,
    point_type, mark_type, change_type;
/* Parts of records: no "type". */
extern const struct record_type check_type, metric_type, criterion_type,
    scaling_type, exec_type, limits_type, expect_type, noise_type,
    requires_type, service_type, ready_type, fixture_type, stage_type,
    session_type, quantile_type, piece_type, pool_type, digits_type,
    histogram_type, frequencies_type;

#endif
