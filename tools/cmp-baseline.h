/*
 * The parts of cmp-baseline: what was read (input, case, stored, file), what
 * each metric shows (scale, sessions, welch, variants), what all of them mean
 * (decide), and what must hold (limits, gates). Only cmp-baseline includes
 * this. All texts live in `words` of the input.
 */
#ifndef CMP_BASELINE_H
#define CMP_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "looks.h"
#include "marking.h"
#include "mem.h"
#include "record.h"
#include "stats.h"

struct options {
	char *baseline;	  /* a file, or NULL */
	char *gates;	  /* another, or NULL */
	char *again;	  /* the verdicts of a second measurement, or NULL */
	const char *base; /* the variant that others are compared with */
	bool base_named;  /* by the user */
	const char *target;
	double alpha, margin, threshold; /* fractions */
	double min_slo_percent;		 /* NAN: none */
	enum stats_correction correction;
	struct texts reached; /* milestones */
	bool any_machine, strict, bisect;
	bool check;	    /* the gate file, and do nothing else */
	bool spare_changes; /* no change of a metric fails anything */
	bool adaptive;	    /* the rounds were looked at as lib/looks.h says */
};

/* A whole file. */
struct file {
	const char *name; /* as messages have it */
	char *text;
	size_t len;
};

/* Reads the file of that name, or stdin for "-". */
struct file file_read(const char *path);
void file_release(struct file *file);

/*
 * The file as one object, for tree_free; dies where it is none. With `member`
 * NULL, too, where it has no such member, or is perhaps a stream of records.
 */
tree *file_document(const struct file *file, const char *member);

/* Opens it as a stream of records, which takes its text. */
void file_as_records(struct file *file, struct reader *in);

/* How the metric of a case is to be judged. */
struct rule {
	bool declared;
	bool gates; /* a regression fails the build */
	bool exact;
	const char *severity;
	const char *better; /* "lower", "higher" or NULL */
	double threshold;   /* fraction; NAN: the general one */
	double min_abs;	    /* in the metric's unit; NAN: none */
};

/* A mark, and the names of the sessions that it keeps from being compared. */
struct noted {
	struct mark mark;
	struct index left_out;
};

/* A metric of a case in an earlier session. */
struct past {
	const char *session, *machine, *unit, *aggregator, *id;
	/* Of stored ones, where they are known. */
	const char *time, *commit, *branch;
	struct noted *beyond; /* a mark between it and this run, or NULL */
	double value;
};

/* A metric of a case in the current stream. */
struct subject {
	const char *name, *metric, *variant, *unit, *better, *aggregator;
	const char *id, *machine, *session;
	double value, n, r1, se_block;
	double mean, stddev, min, max, median, p50, p90, p95, p99;
	int exact;	       /* or ABSENT */
	struct numbers values; /* of the rounds */
	struct numbers rounds; /* their numbers, ascending; or none */
	struct rule rule;
	bool compared;	       /* another variant with this one */
	struct past *sessions; /* of this variant, before this one */
	size_t n_sessions, sessions_capacity;
	size_t next; /* of the case: its number + 1, or 0 */
};

/* What the baseline has of a metric of a case. */
struct stored {
	const char *name, *metric;
	double noise_floor;    /* what it differs by itself; or NAN */
	struct past *sessions; /* in the order of the file */
	size_t n, capacity;
	bool seen;	/* in the current stream */
	bool taught;	/* how its sessions differ */
	bool is_record; /* of a baseline file, where it is once */
};

/* A baseline that is only summed up: a time of a case, in ns. */
struct entry {
	const char *name; /* of the case; or CASE.METRIC */
	double mean, stddev, n;
	bool seen; /* in the current stream */
};

/* A measure of the calibration probe, in the last session that has it. */
struct probe {
	const char *metric, *session;
	double value;
};

struct limit {
	struct criterion criterion;
	size_t case_number;
};

/* A case of the current stream. */
struct case_info {
	const char *name, *workload;
	bool has_record, skipped, failures_are_data;
	const char *target;
	long trials;
	long measured, good; /* trials of the phase measure */
	long failures;	     /* that are no data */
	long base_unstarted; /* others: a program that the base has not */
	bool has_bad_trial;  /* of either sort */
	const char *first_failure, *why_skipped;
	size_t first, last; /* of its subjects: number + 1, or 0 */
};

struct input {
	struct index words;
	struct index case_names;  /* of cases */
	struct index keys;	  /* of subjects: case, metric, variant */
	struct index rule_keys;	  /* of rules: case, metric */
	struct index stored_keys; /* of stored: case, metric */
	struct index probe_keys;  /* of probes: metric */
	struct case_info *cases;
	size_t n_cases, cases_capacity;
	struct subject *subjects;
	size_t n_subjects, subjects_capacity;
	struct rule *rules;
	size_t n_rules, rules_capacity;
	struct stored *stored;
	size_t n_stored, stored_capacity;
	struct probe *probes;
	size_t n_probes, probes_capacity;
	struct index entry_names;
	struct entry *entries;
	size_t n_entries, entries_capacity;
	bool has_document; /* the baseline is entries */
	const char *document_platform, *document_cpu;
	struct limit *limits;
	size_t n_limits, limits_capacity;
	const char *base; /* the variant that others are compared with */
	const char *run, *target, *time, *arch, *cpu, *branch, *commit;
	struct noted *marks;
	size_t n_marks, marks_capacity;
	struct descents descents;
	bool has_run, has_end, complete;
	bool has_samples, has_partials; /* that no summary was made of */
	size_t repeated;		/* summaries that replaced another */
	struct reader reader;
};

/* Reads the baseline file, and the stream, which is passed on. */
void input_read_baseline(struct input *input, const char *path);
void input_read(struct input *input, char *operands[]);
void input_release(struct input *input);

/* Whether the stream was cut short. */
bool input_is_truncated(const struct input *input);

/* Whether a stream has a variant of that name; and others beside it. */
bool input_has_variant(const struct input *input, const char *variant);
bool input_has_others(const struct input *input, const char *variant);

/*
 * Whether variants are compared: the base was asked for, or the stream has it,
 * and not only beside summaries without a variant.
 */
bool input_compares_variants(
    const struct input *input, const struct options *options);

/* The subject or the stored metric of that name, or NULL. */
struct subject *input_subject(struct input *input, const char *name,
    const char *metric, const char *variant);
struct stored *input_stored(
    struct input *input, const char *name, const char *metric);
struct entry *input_entry(struct input *input, const struct subject *s);

/* A copy of a text that lives as long as the input; NULL stays NULL. */
const char *input_word(struct input *input, const char *text);

/* The number of a metric of a case, perhaps of a variant; or INDEX_NONE. */
size_t input_key(struct index *index, const char *name, const char *metric,
    const char *variant, bool add);

/* The case of that name; a new one is zero but for its name. */
struct case_info *input_case(struct input *input, const char *name);

/* What the current record of the stream says. */
void input_add_case(struct input *input);
void input_add_trial(struct input *input);
void input_add_mark(struct input *input);

/* Says of stored sessions which accepted change lies between. */
void input_attach_marks(struct input *input);

/* Why it was accepted; and says how many sessions were left out for each. */
const char *noted_reason(const struct noted *noted);
void input_tell_marks(const struct input *input);

/*
 * Where a mark mutes the metric of a verdict that gates, it no longer does, and
 * says why. Returns whether there is one.
 */
bool verdict_mute(struct input *input, struct verdict *v);

/* What its case declares of a metric, or NULL. */
const struct rule *input_rule(
    struct input *input, const char *name, const char *metric);

/* What is to be counted and written: all verdicts, and the answer. */
struct findings {
	struct verdict *verdicts;
	size_t n, capacity;
	size_t judged, passed; /* criteria and gates that are due */
	size_t targets;	       /* that say where they began, and were reached */
	double improvements;   /* their sum, fractions */
	double least_p;	       /* that a test could show; NAN: there is none */
	struct index sentences; /* owns the texts of `why` */
};

/* A direction of a test: what is real there, what matters, and its test. */
struct side {
	double margin, threshold;
	double p, q;  /* of the margin test; q is corrected */
	size_t shown; /* pairs of the look that p is of; 0: there is one look */
};

/* What a test is made of. */
enum test_kind {
	TEST_SESSIONS, /* stored ones, and this */
	TEST_SUMMARY,  /* of an entry: Welch's */
	TEST_PAIRS,    /* rounds that two variants share */
	TEST_RANKS,    /* rounds of two variants */
};

/* One comparison, on the scale of its effect. */
struct test {
	enum test_kind kind;
	size_t verdict;	       /* in the findings */
	bool is_log;	       /* else differences */
	double noise_floor;    /* fraction; NAN or 0: none is known */
	bool is_noisy;	       /* its margin is that */
	bool is_coarse;	       /* its margin reaches its threshold */
	bool has_few_rounds;   /* too few to know the error of the session */
	bool has_no_error;     /* of the session, for any reason */
	bool is_dependent;     /* its rounds are, and are no pairs */
	bool is_of_variants;   /* the sessions are of two variants */
	double m;	       /* where it is TEST_SESSIONS: the new ones */
	const char *note;      /* how it was compared, or NULL */
	double effect, lo, hi; /* estimate and 95 % interval */
	struct side worse, better;
	double p_equal; /* both equivalence tests */
	double alpha;	/* the rate of each of them */
	/*
	 * The changes that they do not reject, of a confidence of 1 - 2 alpha;
	 * infinite where that is not known, or p_equal is above alpha.
	 */
	struct stats_interval equal;
	double unit;  /* value of an effect of 1, if not log */
	double level; /* where the baseline is, in the metric's unit */
	double sd;    /* of one observation */
	double df;    /* of t, where it is one */
	struct stats_prior prior;	   /* where it is TEST_SESSIONS */
	const struct covariate *covariate; /* the same; or NULL */
	double se;	/* of the effect, where it is TEST_SUMMARY */
	double n;	/* sessions, pairs, rounds of each variant, or values */
	double n_least; /* the same, of the variant that has fewer */
	double least_p; /* the least that could come out */
	struct looks looks; /* single, unless the rounds were added to */
};

/* What was learned of the sessions of a unit's metrics. */
struct learned {
	struct stats_prior prior;
	size_t metrics; /* that it was learned from; 0: nothing was */
};

/* What the probe explains of the metrics of a name, toward worse. */
struct covariate {
	const char *metric;
	const char *probe;     /* its measure, or NULL: none helps */
	const char *now;       /* the session that is judged, or NULL */
	const char **sessions; /* that it was learned from */
	size_t n;
	size_t first; /* subject of that name: its number + 1 */
	struct stats_line line;
	double *x, at; /* the probe's logs, then and now, less their mean */
};

struct tests {
	struct test *tests;
	size_t n, capacity;
	struct index metrics; /* of covariates */
	struct covariate *covariates;
	size_t n_covariates, covariates_capacity;
	struct index units; /* of learned */
	struct learned *learned;
};

/* What the metrics of the suite say of how their sessions differ. */
void learn_priors(
    struct tests *tests, struct input *input, const struct options *options);

/* Of the interval of an effect. */
#define TEST_LEVEL 0.95

/* Whether both are there, and not the same. */
bool texts_differ(const char *a, const char *b);
bool all_positive(const double *x, size_t n);

/* 1 where less is better, else -1: what turns a change toward worse. */
double test_direction(const struct subject *s);

/*
 * Sets up the scale of a test, its margins and its thresholds. `level` is where
 * the baseline is. False where there is neither a logarithm nor a min_abs.
 */
bool test_set_scale(struct test *t, const struct subject *s,
    const struct options *options, bool is_log, double level);

/* A value on that scale, growing toward worse. */
double test_scaled(const struct test *t, const struct subject *s, double x);

/* All of them, each moved by `shift`; the caller frees it. */
double *test_all_scaled(const struct test *t, const struct subject *s,
    const struct numbers *values, double shift);

/* Keeps a test, and what the verdict says of it. */
void tests_add(struct tests *tests, struct verdict *v, const struct test *t,
    const struct subject *s);

/* Verdicts without a test. */
void refuse_to_scale(struct verdict *v);
void compare_exactly(struct findings *findings, struct verdict *v,
    const struct subject *s, double before);

/* What the probe explains: see cmp-baseline-probe.c. */
void learn_covariates(
    struct tests *tests, struct input *input, const struct options *options);
void covariate_release(struct covariate *covariate);

/* The one for a metric that has these sessions, or NULL. */
const struct covariate *covariate_of(const struct tests *tests,
    const struct subject *s, const struct past *const *pasts, size_t n);

/* A metric of this stream as one of a session among others. */
struct past subject_as_past(const struct subject *s);

/* The n sessions to compare with; the caller frees the list. */
const struct past **usable_pasts(struct input *input, const struct subject *s,
    const struct options *options, size_t *n);
bool pasts_are_positive(const struct past *const *pasts, size_t n);

/*
 * The same of any sessions, into a list that has room for all; of those that
 * are not, *least came closest.
 */
size_t usable_of(const struct past *sessions, size_t n, const struct subject *s,
    const struct options *options, const struct past **pasts,
    const struct past **least);

/* What is said where there is none. */
void explain_obstacle(struct findings *findings, struct verdict *v,
    const struct subject *s, const struct past *least,
    const struct options *options);

/* Compare a subject: a test more, or a verdict that needs none. */
void compare_stored(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct stored *stored,
    const struct options *options);
void compare_entry(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct entry *entry,
    const struct input *input, const struct options *options);
/* Whether both are success rates of rounds, and one of these was bad. */
bool is_success_rate(const struct subject *s);
bool are_rates(const struct subject *s, const struct subject *base);

/*
 * The error of a success rate, on a scale of differences; NAN where its rounds
 * are not known.
 */
double rate_error(const struct test *t, const struct subject *s);

/* Compares such, on a scale of differences. */
void test_rates(
    struct test *t, const struct subject *s, const struct subject *base);

void compare_variant(struct tests *tests, struct findings *findings,
    struct verdict *v, const struct subject *s, const struct subject *base,
    const struct options *options);

/* P(T > t), also where a margin was infinite. */
double t_above(double t, double df);

/*
 * The predictive t of this session, and of m others of its side, against n
 * stored values; it changes both lists. The scale and the prior of the test are
 * set, perhaps a covariate, which goes with m = 0 only.
 */
void test_by_sessions(struct test *t, const struct subject *s, double *stored,
    size_t n, double *others, size_t m);

/*
 * What Student's t says of t->effect, with a standard error of se: p, the
 * interval and p_equal.
 */
void test_by_t(struct test *t, double se);

/* The standard error of this session's mean on the scale of the test. */
double session_error(const struct test *t, const struct subject *s);

/* An effect toward worse as a fraction of the raw value; NAN where none. */
double test_fraction(const struct test *t, double effect);

/* Verdicts on what failed, and on what is not there; decide_changes asks. */
void add_untested(struct input *input, const struct options *options,
    struct findings *findings, bool variants);

/* The verdicts on changes (decide) and on criteria (limits). */
void decide_changes(struct input *input, const struct options *options,
    struct findings *findings);
void judge_limits(struct input *input, const struct options *options,
    struct findings *findings);

/*
 * Dies where no rank test could have rejected, whatever came out, and nothing
 * else was judged; but a run that was cut short did not choose how many rounds
 * it has. Called when all verdicts are there.
 */
void refuse_impossible(const struct input *input, const struct options *options,
    const struct findings *findings);

/*
 * What failed and did not fail when it was measured again is `unconfirmed`.
 * Called when all verdicts are there.
 */
void confirm(struct input *input, const struct options *options,
    struct findings *findings);

/* A limit, and what it is for. The unit is that of limit, current and start. */
struct demand {
	const char *kind;	 /* of the verdict */
	const char *gate;	 /* its name, or NULL */
	const char *name;	 /* of the case */
	const char *metric, *op; /* <= and so on */
	const char *target, *by, *severity, *variant, *unit;
	const char *statistic; /* of the rounds, or NULL: the value */
	double limit, start;   /* start: where the work began, or NAN */
	double current, n;     /* current: NAN where it was not measured */
	const char *why;       /* it was not */
};

/* Adds a verdict on it; `findings` counts it where it is due. */
void judge_demand(struct input *input, const struct options *options,
    struct findings *findings, const struct demand *demand);

/* The variant that no limit is for, or NULL. */
const char *limits_spare(
    const struct input *input, const struct options *options);

/* Why a metric of the case was not measured, where that is known; or NULL. */
const char *limits_why_unknown(
    struct findings *findings, const struct case_info *info);

/* A limit that no case declares. */
struct gate {
	const char *place; /* in the file, as messages have it */
	const char *name, *metric, *op, *unit, *by, *target, *severity;
	const char *statistic, *start_unit;
	double limit, start;
	bool counts; /* its start is that of an improvement */
};

struct gates {
	tree *document;
	struct gate *list;
	size_t n, capacity;
	int update_baseline;	   /* where nothing failed; or ABSENT */
	struct part reporting;	   /* as it stands in the file */
	double min_slo, threshold; /* percent, fraction; or NAN */
	bool spares_changes;
};

/* Reads the file, and judges what it has against what was read. */
void gates_read(struct gates *gates, struct input *input, const char *path);
void gates_judge(const struct gates *gates, struct input *input,
    const struct options *options, struct findings *findings);
void gates_release(struct gates *gates);

/*
 * The own name of a statistic of the rounds: mean for avg, p95; NULL where
 * there is none of that name.
 */
const char *gates_statistic(struct input *input, const char *name);

/* A new verdict, with everything absent, and a sentence that lives long. */
struct verdict *findings_add(struct findings *findings, const char *kind);
const char *findings_say(struct findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
