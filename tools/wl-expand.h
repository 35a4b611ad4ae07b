/*
 * The parts of wl-expand share these: the options (wl-expand), parameters
 * (parameter) and their combinations (space), the workload files (read, text,
 * exec, setup, beside, judge), the cases (name, select, list, write), what they
 * cover (coverage). Only wl-expand includes this.
 *
 * Texts that come from a file or the command line are borrowed and live until
 * the end of the program; `owned` says otherwise.
 */
#ifndef WL_EXPAND_H
#define WL_EXPAND_H

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "record.h"
#include "wl-expand-node.h"

/* --- wl-expand.c: what the user asks for --- */

/* One of the globs of an option; a leading ! has become `negated`. */
struct glob {
	char *text; /* owned */
	bool negated;
};

struct globs {
	struct glob *globs;
	size_t n, capacity;
};

/* --define name=value */
struct definition {
	char *name; /* owned */
	const char *value;
	bool used;
};

struct options {
	const char *arch, *target;
	double tier, seed; /* NAN: not given */
	struct globs tags, filters;
	struct definition *definitions;
	size_t n_definitions, definitions_capacity;
	char **paths; /* absolute directories; owned */
	size_t n_paths, paths_capacity;
	unsigned long shard, shards; /* shard is in [0, shards) */
	bool list, check;
	const char *coverage; /* a file of what is to be covered */
	double at_least;      /* percent of it; NAN: not given */
};

/* --- parameters and their combinations --- */

/*
 * A parameter and its values, which are numbered in the order in which they
 * are first met: those of its own list, then those that only an included case
 * has.
 */
struct parameter {
	const char *name;
	const struct node *node, *list; /* list: of its values, or NULL */
	struct index values;
	bool *bare; /* by value: its text is JSON as it stands */
	size_t n_bare, bare_capacity;
	size_t *listed; /* the values of its list, by their numbers */
	size_t n_listed, listed_capacity;
	size_t n_own; /* values from n_own on are from included cases */
	bool defined; /* by --define, instead of by the file */
	bool zipped;
	bool named; /* by $(name) in a command */
};

/* Parameters that vary together: one, or a zip group. */
struct axis {
	size_t *members;
	size_t n_members, capacity;
	size_t length;
};

/* The value of a parameter is one of these. */
struct condition {
	size_t parameter;
	size_t *values;
	size_t n, capacity;
};

/* All conditions hold. */
struct match {
	struct condition *conditions;
	size_t n, capacity;
};

/* All cases of a workload: a case is a value's number for each parameter. */
struct space {
	struct parameter *parameters;
	size_t n, capacity;
	struct axis *axes;
	size_t n_axes, axes_capacity;
	struct match *excludes;
	size_t n_excludes, excludes_capacity;
	size_t *includes; /* n numbers for each included case */
	size_t n_includes;
	bool defined; /* one of the parameters is */
};

/* --- wl-expand-parameter.c: parameters and their values --- */

/* Reads the list of parameters; marks the definitions that it uses. */
void parameters_read(struct space *space, const struct node *node,
    struct definition *definitions, size_t n_definitions);

/* The parameter that a text names, or death. */
size_t parameter_find(const struct space *space, const struct node *node);

/* The number of a value, which is added where it is new. */
size_t parameter_add(struct parameter *p, const struct node *node);

/* The parameter of that name, or INDEX_NONE. */
size_t space_find(const struct space *space, const char *name);

/* Dies because there is no such parameter. */
_Noreturn void space_die_unknown(
    const struct space *space, const struct node *node, const char *name);

/* Whether wl-run itself sets WL_name. */
bool variable_is_taken(const char *name);

/* Dies where a name that a file gives has a meaning in $(name) or WL_name. */
void check_free_name(const struct node *node, const char *name);

/* --- wl-expand-space.c: the combinations --- */

/* Whether there may be cases that differ in one parameter and nothing else. */
bool space_varies_alone(const struct space *space, size_t number);

/* The keys of a workload that make its space; NULL where absent. */
struct space_nodes {
	const struct node *parameters, *zip, *include, *exclude;
};

/* Marks the definitions that it uses. */
void space_read(struct space *space, const struct space_nodes *nodes,
    struct definition *definitions, size_t n_definitions);
void space_release(struct space *space);

/* Reads a mapping of parameters to a value, or to a list of values. */
void match_read(
    struct match *match, const struct space *space, const struct node *node);
bool match_holds(const struct match *match, const size_t values[]);
void match_release(struct match *match);

/*
 * A walk through all cases: the parameters in their order, the last varying
 * fastest, then the included cases.
 *
 *     walk_begin(&walk, space);
 *     while (walk_next(&walk))
 *             use(walk.values);
 *     walk_end(&walk);
 */
struct walk {
	const struct space *space;
	size_t *values;	   /* by parameter */
	size_t *positions; /* by axis */
	size_t included;   /* cases so far */
	bool started, grid_over;
};

void walk_begin(struct walk *walk, const struct space *space);
bool walk_next(struct walk *walk);
void walk_end(struct walk *walk);

/* --- wl-expand-read.c: workload files --- */

/* A criterion, and the cases for which it holds. */
struct rule {
	struct criterion criterion;
	struct match where;
	const struct node *node;
	char *json; /* owned */
};

/* What an id hashes: a text, and what it is. */
struct written {
	const char *key, *text;
};

/*
 * Texts of `exec` hold marks (see wl-expand-write.c) where a case puts its
 * own. What the id hashes is there as it was written.
 */
struct workload {
	const struct node *node;
	const char *id, *description;
	struct texts tags, architectures;
	struct texts use_cases, components, operations;
	struct numbers tiers;
	struct space space;
	struct index later; /* names for which wl-run puts values */
	struct exec exec;
	struct index stages; /* their metrics */
	struct written *written;
	size_t n_written, written_capacity;
	bool takes_shell; /* commands may be texts */
	bool named;	  /* the command can name parameters */
	bool gates;	  /* a metric may fail a comparison by its rounds */
	char *metrics;	  /* JSON; owned */
	char *scaling;	  /* JSON, or NULL; owned */
	struct rule *rules;
	size_t n_rules, rules_capacity;
	char **texts; /* what exec borrows; owned */
	size_t n_texts, texts_capacity;
};

struct workloads {
	struct workload *workloads;
	size_t n, capacity;
	struct document **files;
	size_t n_files, files_capacity;
	char **dirs; /* of the files, absolute; owned */
	size_t n_dirs, dirs_capacity;
	struct index ids;
};

/* Reads all operands, "-" or none being stdin; dies at the first error. */
void workloads_read(
    struct workloads *workloads, struct options *options, char *operands[]);
void workloads_release(struct workloads *workloads);

/* Every key of a workload: a member, and the word in the file. */
#define KEYS(X)                                                                \
	X(workload_id, "workload_id")                                          \
	X(description, "description")                                          \
	X(use_case_refs, "use_case_refs")                                      \
	X(tiers, "tier_applicability")                                         \
	X(components, "components_stressed")                                   \
	X(operations, "operations")                                            \
	X(parameters, "parameters")                                            \
	X(zip, "zip")                                                          \
	X(include, "include")                                                  \
	X(exclude, "exclude")                                                  \
	X(metrics, "metrics")                                                  \
	X(criteria, "acceptance_criteria")                                     \
	X(scaling, "scaling")                                                  \
	X(command, "command")                                                  \
	X(shell, "shell")                                                      \
	X(setup, "setup")                                                      \
	X(prepare, "prepare")                                                  \
	X(conclude, "conclude")                                                \
	X(cleanup, "cleanup")                                                  \
	X(env, "env")                                                          \
	X(cwd, "cwd")                                                          \
	X(in, "stdin")                                                         \
	X(out, "stdout")                                                       \
	X(warmup, "warmup")                                                    \
	X(iterations, "iterations")                                            \
	X(min_iterations, "min_iterations")                                    \
	X(max_iterations, "max_iterations")                                    \
	X(precision, "precision")                                              \
	X(budget, "budget")                                                    \
	X(timeout, "timeout")                                                  \
	X(cpus, "cpus")                                                        \
	X(nice, "nice")                                                        \
	X(limits, "limits")                                                    \
	X(monitor, "monitor")                                                  \
	X(monitor_ms, "monitoring_interval_ms")                                \
	X(ok_exit, "ok_exit")                                                  \
	X(expect, "expect")                                                    \
	X(requires, "requires")                                                \
	X(service, "service")                                                  \
	X(tmpfs, "tmpfs")                                                      \
	X(fixture, "fixture")                                                  \
	X(stages, "stages")                                                    \
	X(architectures, "architectures")                                      \
	X(tags, "tags")

struct keys {
#define X(member, word) const struct node *member;
	KEYS(X)
#undef X
};

/* What is known while a file is read. */
struct reading {
	struct workloads *all;
	struct options *options;
	const char *dir; /* of the file, absolute */
};

/* --- wl-expand-text.c: the texts of a workload, and its commands --- */

/* Makes a text, or that of a line, the workload's own. */
const char *text_own(struct workload *w, char *text);
const char *text_own_line(struct workload *w, struct jline *line);

/* The items of a list; none without a node. For the caller to free. */
struct texts texts_of(const struct node *node, const char *what);
struct numbers integers_of(
    const struct node *node, const char *what, double least, double most);

/* A text with marks for each $(name) that its cases put there: w's own. */
const char *text_marked(const struct reading *r, struct workload *w,
    const struct node *node, const char *what);
const char *text_marked_or_null(const struct reading *r, struct workload *w,
    const struct node *node, const char *what);
struct texts texts_marked(const struct reading *r, struct workload *w,
    const struct node *node, const char *what);

/* A name that wl-run puts a value for, as $(name) in the text; or NULL. */
const char *text_find_later(const struct workload *w, const char *text);

/* A list is argv, marked; a text is for the shell. Without a node, none. */
struct texts command_of(const struct reading *r, struct workload *w,
    const struct node *node, const char *what);

/*
 * Adds to what the id hashes. Requires: texts that outlive w. Of a command,
 * returns whether it is for the shell.
 */
void write_down(struct workload *w, const char *key, const char *text);
bool write_down_command(struct workload *w, const struct node *node);

/* --- wl-expand-exec.c: how a case is run --- */

void exec_read(
    const struct reading *r, struct workload *w, const struct keys *keys);

/* Dies where a text is no extended regular expression. */
void check_regex(const struct node *node);

/* --- wl-expand-beside.c: what a command needs beside it, and its steps --- */

/* Services, tmpfs and fixture; what they are called is in w->later then. */
void beside_read(
    const struct reading *r, struct workload *w, const struct keys *keys);

void stages_read(
    const struct reading *r, struct workload *w, const struct node *stages);

/* --- wl-expand-judge.c: metrics, criteria and scaling --- */

/* Reads metrics, acceptance_criteria and scaling, behind all the others. */
void judge_read(struct workload *w, const struct keys *keys);

/* --- wl-expand-setup.c: where a command runs, and how much it may use --- */

/* What a key of a workload holds, as exec has it; for the caller to free. */
char *setup_cpus(const struct node *node);
char *setup_limits(const struct node *node);

/* How often it is looked at, in seconds: one of two keys, or NULL each. */
double setup_monitor(const struct node *interval, const struct node *ms);

/* --- wl-expand-name.c: what a case is called, and its id --- */

/* Bytes in the making. */
struct text {
	char *s;
	size_t len, capacity;
};

void text_add(struct text *text, const char *s, size_t len);

/*
 * The names of the cases of a workload. {0} is an empty one; naming_begin
 * begins with a workload, the first or another.
 */
struct naming {
	const struct workload *workload;
	SHA2_CTX hash;	  /* of what all its cases have in common */
	size_t *by_name;  /* its parameters, sorted by name */
	struct text name; /* of the case */
	char id[2 * SHA256_DIGEST_LENGTH + 1];
	struct text scratch;
};

void naming_begin(
    struct naming *naming, const struct workload *w, const char *arch);
void naming_make_name(struct naming *naming, const size_t values[]);
void naming_make_id(struct naming *naming, const size_t values[]);
void naming_release(struct naming *naming);

/* --- wl-expand-select.c: which cases are wanted --- */

/* The name of the case is there; its id is not. */
typedef void visit_case(
    void *context, struct naming *naming, const size_t values[]);

/*
 * Visits the cases that are selected, in their order. Returns STATUS_NO, and
 * says why, where there are none.
 */
int select_cases(const struct workloads *workloads,
    const struct options *options, visit_case *visit, void *context);

/* --- wl-expand-list.c: the cases as a list for people --- */

/* These return what select_cases does. */
int workloads_list(
    const struct workloads *workloads, const struct options *options);

/* Characters, where a combining one counts too. */
int width_of(const char *text);

/* Prints a text, and blanks up to two behind the width. */
void print_padded(const char *text, int width);

/* --- wl-expand-write.c: the cases as records --- */

/* A mark is MARK, one of these, the number of a parameter, and ";". */
#define MARK	      '\x01'
#define MARK_STRING   's' /* a parameter's value, inside a JSON string */
#define MARK_VALUE    'v' /* a parameter's value as JSON */
#define MARK_CASE     'c' /* the case's name */
#define MARK_ID	      'i'
#define MARK_CRITERIA 'k'

int workloads_write(
    const struct workloads *workloads, const struct options *options);

/* Whether there is anything to run. */
bool workload_is_implemented(const struct workload *w);

/* Warns of parameters that an argument list does not name. */
void workload_warn(const struct workload *w);
void workloads_warn(const struct workloads *workloads);

/* --- wl-expand-coverage.c: what the workloads measure of a list --- */

/*
 * Prints a table for each list of the file. Returns STATUS_NO, and says why,
 * where no case is selected or too few items of a list are covered.
 */
int coverage_write(
    const struct workloads *workloads, const struct options *options);

#endif
