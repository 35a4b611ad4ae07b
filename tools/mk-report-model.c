#include "mk-report.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "die.h"
#include "metric.h"

const struct row_look row_looks[] = {
#define X(id, tone, word, title) [ROW_##id] = {TONE_##tone, word, title},
    ROW_CLASSES(X)
#undef X
};

/* The verdicts that there are, in the order in which totals name them. */
static const struct {
	const char *word;
	enum row_class rank; /* where it blocks and means something bad */
} verdicts[] = {
    {"regressed", ROW_REGRESSION},
    {"exact-changed", ROW_REGRESSION},
    {"failed", ROW_FAILED},
    {"fail", ROW_LIMIT},
    {"improved", ROW_IMPROVEMENT},
    {"small", ROW_SMALL},
    {"inconclusive", ROW_UNJUDGED},
    {"incomparable", ROW_UNJUDGED},
    {"missing", ROW_UNJUDGED},
    {"unknown", ROW_UNJUDGED},
    {"new", ROW_NEW},
    {"unchanged", ROW_UNREMARKABLE},
    {"pass", ROW_UNREMARKABLE},
};

#define N_VERDICTS (sizeof verdicts / sizeof *verdicts)

enum {
	WORD_COLUMNS = 24 /* of a verdict that is none of ours */
};

/* What is known only until the stream is read. */
struct reading {
	struct reader in;
	struct index runs; /* by their names */
	bool *are_whole;   /* by run: its end says so */
	size_t runs_capacity;
	struct index failures; /* by what they have in common */
	struct index variants, row_variants;
	struct index declared; /* metrics of cases; see key_of */
	struct run_end ends;   /* their sums */
	bool has_trials;
	size_t n_reported; /* records that make a report */
};

static const char *
keep(struct model *model, const char *text)
{
	return index_text(&model->texts, text);
}

/* As keep, for a text from mem_format or the like, which is freed. */
static const char *
keep_own(struct model *model, char *text)
{
	const char *kept = keep(model, text);

	free(text);
	return kept;
}

static bool
is(const char *text, const char *word)
{
	return text && strcasecmp(text, word) == 0;
}

/* Reading. */

static size_t
add_workload(struct model *model, const char *name)
{
	size_t known = model->workload_names.n;
	size_t number = index_add(&model->workload_names, name);

	if (number == known)
		*MEM_PUSH(model->workloads, known, model->workloads_capacity) =
		    (struct workload){0};
	return number;
}

/* The number of a case, with the name before the slash as its workload. */
static size_t
add_case(struct model *model, const char *name)
{
	size_t known = model->cases.n;
	size_t number = index_add(&model->cases, name);
	char *workload;

	if (number < known)
		return number;
	workload = mem_copy(name);
	workload[strcspn(workload, "/")] = '\0';
	*MEM_PUSH(model->workload_of, known, model->cases_capacity) =
	    add_workload(model, workload);
	free(workload);
	return number;
}

/* A metric of a case as one text. */
static char *
key_of(const char *name, const char *metric)
{
	return mem_format("%zu %s%s", strlen(name), name, metric);
}

static void
add_key(struct index *keys, const char *name, const char *metric)
{
	char *key = key_of(name, metric);

	index_add(keys, key);
	free(key);
}

static void
read_case(struct model *model, struct reading *reading)
{
	struct case_record record;
	size_t number, workload;

	reader_get(&reading->in, &case_type, &record);
	if (case_is_probe(record.name)) {
		record_release(&case_type, &record);
		return;
	}
	number = add_case(model, record.name);
	if (record.workload)
		model->workload_of[number] =
		    add_workload(model, record.workload);
	workload = model->workload_of[number];
	if (record.description)
		model->workloads[workload].description =
		    keep(model, record.description);
	reader_check_list(&reading->in, "metrics", &record.metrics);
	for (size_t i = 0; i < tree_length(record.metrics.value); i++) {
		struct metric metric;

		reader_get_part(&reading->in, tree_at(record.metrics.value, i),
		    &metric_type, &metric);
		add_key(&reading->declared, record.name, metric.name);
	}
	record_release(&case_type, &record);
}

/* A value of the host as a text; NULL for what has parts. */
static char *
fact_text(const char *name, const tree *value)
{
	double number = tree_number(value);
	char text[64];

	if (tree_string(value))
		return mem_copy(tree_string(value));
	if (tree_is_bool(value))
		return mem_copy(tree_is_true(value) ? "yes" : "no");
	if (isnan(number))
		return NULL;
	/* Sizes of machines are B, as all sizes are. */
	if (strstr(name, "memory") || strstr(name, "swap"))
		metric_format(text, sizeof text, number, "B");
	else
		json_format_number(text, sizeof text, number);
	return mem_copy(text);
}

static void
add_fact(struct model *model, struct facts *facts, const char *name,
    const char *value)
{
	if (value && *value)
		*MEM_PUSH(facts->list, facts->n, facts->capacity) =
		    (struct fact){keep(model, name), keep(model, value)};
}

static void
read_host(struct model *model, const tree *host)
{
	void *at = NULL;
	const char *name;
	const tree *value;

	while ((value = tree_member(host, &at, &name))) {
		char *text = fact_text(name, value);

		if (text)
			add_fact(model, &model->host, name, text);
		free(text);
	}
}

/* Checks that found nothing are not worth a line. */
static void
read_checks(struct model *model, const tree *checks)
{
	model->n_checks = 0;
	for (size_t i = 0; i < tree_length(checks); i++) {
		const tree *check = tree_at(checks, i);
		const char *level = tree_string(tree_get(check, "level"));
		const char *message = tree_string(tree_get(check, "msg"));
		const char *fix = tree_string(tree_get(check, "fix"));

		if (is(level, "ok") || is(level, "pass") || is(level, "info") ||
		    !message)
			continue;
		*MEM_PUSH(model->checks, model->n_checks,
		    model->checks_capacity) = keep_own(model,
		    mem_format("%s: %s%s%s", level ? level : "warning", message,
			fix ? "; " : "", fix ? fix : ""));
	}
}

/* The number of a run in reading->runs. */
static size_t
add_run(struct reading *reading, const char *name)
{
	size_t known = reading->runs.n;
	size_t number = index_add(&reading->runs, name ? name : "");

	if (number == known)
		*MEM_PUSH(reading->are_whole, known, reading->runs_capacity) =
		    false;
	return number;
}

static void
read_run(struct model *model, struct reading *reading)
{
	struct run run;

	reader_get(&reading->in, &run_type, &run);
	add_run(reading, run.run);
	model->host.n = 0;
	add_fact(model, &model->host, "run", run.run);
	add_fact(model, &model->host, "machine", run.machine);
	add_fact(model, &model->host, "commit", run.commit);
	read_host(model, run.host.value);
	read_checks(model, run.checks.value);
	record_keep(&run_type, &run, &model->texts);
	record_release(&run_type, &model->run);
	model->run = run;
}

static void
read_end(struct reading *reading)
{
	struct run_end end;
	size_t number;

	reader_get(&reading->in, &end_type, &end);
	/* An end without a name is that of the last run. */
	number = !end.run && reading->runs.n ? reading->runs.n - 1
					     : add_run(reading, end.run);
	reading->are_whole[number] = end.complete != false;
	reading->ends.trials += isnan(end.trials) ? 0 : end.trials;
	reading->ends.failed += isnan(end.failed) ? 0 : end.failed;
	reading->ends.skipped += isnan(end.skipped) ? 0 : end.skipped;
	record_release(&end_type, &end);
}

static void
count_failure(struct model *model, struct reading *reading, struct trial *trial)
{
	char *key = mem_format("%s\n%s\n%s\n%s\n%s", trial->name,
	    trial->variant ? trial->variant : "",
	    trial->phase ? trial->phase : "", trial->status,
	    trial->why ? trial->why : "");
	size_t number = index_add(&reading->failures, key);

	free(key);
	if (number == model->n_failures) {
		record_keep(&trial_type, trial, &model->texts);
		*MEM_PUSH(model->failures, model->n_failures,
		    model->failures_capacity) =
		    (struct failure){.trial = *trial};
	}
	model->failures[number].n++;
}

static void
read_trial(struct model *model, struct reading *reading)
{
	struct trial trial;

	reader_get(&reading->in, &trial_type, &trial);
	if (case_is_probe(trial.name))
		return;
	add_case(model, trial.name);
	reading->has_trials = true;
	model->trials++;
	if (phase_is_rejected(trial.phase)) {
		model->trials_rejected++;
		return;
	}
	if (status_is_skipped(trial.status))
		model->trials_skipped++;
	else if (!status_is_ok(trial.status))
		model->trials_failed++;
	if (!status_is_ok(trial.status))
		count_failure(model, reading, &trial);
}

static void
read_summary(struct model *model, struct reading *reading)
{
	struct summary summary;

	reader_get(&reading->in, &summary_type, &summary);
	if (is_calibration(summary.name, summary.variant)) {
		record_release(&summary_type, &summary);
		return;
	}
	add_case(model, summary.name);
	if (summary.variant)
		index_add(&reading->variants, summary.variant);
	/* The round values are many, and a report shows none of them. */
	free(summary.rounds.x);
	free(summary.values.x);
	summary.rounds = summary.values = (struct numbers){0};
	record_keep(&summary_type, &summary, &model->texts);
	*MEM_PUSH(model->measured, model->n_measured,
	    model->measured_capacity) = summary;
}

double
verdict_worsening(const struct verdict *verdict)
{
	double change = verdict->change;

	if (isnan(change)) /* of zero or less: only its sign is known */
		change = verdict->current > verdict->baseline	? INFINITY
			 : verdict->current < verdict->baseline ? -1
								: (double)NAN;
	change = change <= -1 ? -INFINITY : log1p(change);
	return is(verdict->better, "higher") ? -change : change;
}

static enum row_class
class_of(const struct verdict *verdict, bool gates)
{
	enum row_class rank = ROW_UNJUDGED;
	bool blocks =
	    gates && (!verdict->severity || is(verdict->severity, "blocking"));

	for (size_t i = 0; i < N_VERDICTS; i++)
		if (strcmp(verdict->verdict, verdicts[i].word) == 0)
			rank = verdicts[i].rank;
	if (strcmp(verdict->verdict, "exact-changed") == 0 &&
	    verdict_worsening(verdict) < 0)
		return ROW_IMPROVEMENT;
	if (!blocks && (rank == ROW_REGRESSION || rank == ROW_LIMIT))
		return ROW_WARNING;
	return rank;
}

static void
read_verdict(struct model *model, struct reading *reading)
{
	struct row row = {.number = model->n_rows};

	reader_get(&reading->in, &verdict_type, &row.v);
	row.case_number = add_case(model, row.v.name);
	row.gates = row.v.gating != false;
	row.rank = class_of(&row.v, row.gates);
	model->any_free = model->any_free || !row.gates;
	if (row.v.variant) {
		index_add(&reading->variants, row.v.variant);
		index_add(&reading->row_variants, row.v.variant);
	}
	if (row.v.ci.n != 2) { /* no interval has another number of ends */
		free(row.v.ci.x);
		row.v.ci = (struct numbers){0};
	}
	record_keep(&verdict_type, &row.v, &model->texts);
	*MEM_PUSH(model->rows, model->n_rows, model->rows_capacity) = row;
}

static void
read_result(struct model *model, struct reading *reading)
{
	struct result result;

	reader_get(&reading->in, &result_type, &result);
	record_keep(&result_type, &result, &model->texts);
	record_release(&result_type, &model->result);
	model->result = result;
}

static void
read_record(struct model *model, struct reading *reading)
{
	reading->n_reported++;
	switch (reading->in.kind) {
	case RECORD_RUN:
		read_run(model, reading);
		break;
	case RECORD_TRIAL:
		read_trial(model, reading);
		break;
	case RECORD_SUMMARY:
		read_summary(model, reading);
		break;
	case RECORD_VERDICT:
		read_verdict(model, reading);
		break;
	case RECORD_RESULT:
		read_result(model, reading);
		break;
	case RECORD_END:
		read_end(reading);
		break;
	case RECORD_CASE:
		read_case(model, reading);
		reading->n_reported--;
		break;
	default:
		reading->n_reported--;
		break;
	}
}

/* What follows from the records. */

/* How far up a row goes in its class: what nobody must see stays where it is.
 */
static double
size_of(const struct row *row)
{
	double size = fabs(verdict_worsening(&row->v));

	return row->rank > ROW_LAST_REMARKABLE ? 0 : isnan(size) ? -1 : size;
}

/* By class; in each, those that gate first, and then the largest. */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double size_x = size_of(x), size_y = size_of(y);

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->gates != y->gates)
		return x->gates ? -1 : 1;
	if (size_x != size_y)
		return size_x > size_y ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void
count_rows(struct model *model)
{
	for (size_t i = 0; i < N_VERDICTS; i++)
		index_add(&model->words, verdicts[i].word);
	for (size_t i = 0; i < model->n_rows; i++)
		index_add(&model->words, model->rows[i].v.verdict);
	model->n_of_word = mem_zero(model->words.n, sizeof(size_t));
	for (size_t i = 0; i < model->n_rows; i++) {
		const struct row *row = &model->rows[i];

		model->n_of_class[row->rank]++;
		model->n_of_word[index_find(&model->words, row->v.verdict)]++;
		/* What is missing never gates, and is yet no pass. */
		model->n_unjudged +=
		    row->rank == ROW_UNJUDGED &&
		    (row->gates || is(row->v.verdict, "missing"));
	}
}

/* Whether the verdict says that two values were compared, and how. */
static bool
was_judged(const struct row *row)
{
	return row->gates && isfinite(verdict_worsening(&row->v)) &&
	       strcmp(row->v.kind, "change") == 0 && row->rank != ROW_FAILED &&
	       row->rank != ROW_UNJUDGED && row->rank != ROW_NEW;
}

/* One minus the geometric mean of the cost ratios. */
static void
find_overall(struct model *model)
{
	double sum = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		if (was_judged(&model->rows[i])) {
			sum += verdict_worsening(&model->rows[i].v);
			model->n_overall++;
		}
	model->overall = model->n_overall
			     ? -expm1(sum / (double)model->n_overall)
			     : (double)NAN;
}

/* Without summaries, the current values are all that is known. */
static void
measure_from_rows(struct model *model)
{
	model->from_rows = !model->n_measured;
	for (size_t i = 0; model->from_rows && i < model->n_rows; i++) {
		const struct verdict *v = &model->rows[i].v;
		struct summary summary;

		if (isnan(v->current) || strcmp(v->kind, "change") != 0)
			continue;
		record_clear(&summary_type, &summary);
		summary.name = v->name;
		summary.metric = v->metric ? v->metric : "";
		summary.variant = v->variant;
		summary.unit = v->unit;
		summary.value = v->current;
		summary.n = v->n;
		*MEM_PUSH(model->measured, model->n_measured,
		    model->measured_capacity) = summary;
	}
}

/* Moves the metrics that somebody asked for to the front. */
static void
choose_measured(struct model *model, const struct reading *reading)
{
	struct index judged = {0};
	const struct index *wanted =
	    model->n_rows ? &judged : &reading->declared;
	struct summary *sorted =
	    mem_zero(model->n_measured, sizeof *model->measured);
	size_t n = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].v.metric)
			add_key(&judged, model->rows[i].v.name,
			    model->rows[i].v.metric);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < model->n_measured; i++) {
			const struct summary *s = &model->measured[i];
			char *key = key_of(s->name, s->metric);
			bool is_wanted =
			    !wanted->n || index_find(wanted, key) != INDEX_NONE;

			if (is_wanted == (pass == 0))
				sorted[n++] = *s;
			free(key);
		}
		model->n_asked_for = pass ? model->n_asked_for : n;
	}
	free(model->measured);
	model->measured = sorted;
	index_release(&judged);
}

size_t
measured_shown(const struct model *model, const struct options *options)
{
	return options->all ? model->n_measured : model->n_asked_for;
}

const char *
case_rest(const struct model *model, size_t case_number)
{
	const char *name = model->cases.texts[case_number];
	size_t workload = model->workload_of[case_number];
	const char *prefix = model->workload_names.texts[workload];
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len] == '/' ? name + len
								   : name;
}

/* Adds an item to a list, and frees it. */
static char *
join(char *list, const char *separator, char *item)
{
	char *longer = mem_format("%s%s%s", list, *list ? separator : "", item);

	free(list);
	free(item);
	return longer;
}

/* "FAIL: 1 regression, 2 failed cases" */
static char *
fail_headline(const struct model *model)
{
	static const struct {
		enum row_class rank;
		const char *one, *many;
	} nouns[] = {
	    {ROW_REGRESSION, "regression", "regressions"},
	    {ROW_FAILED, "failed case", "failed cases"},
	    {ROW_LIMIT, "failed criterion", "failed criteria"},
	};
	char *list = mem_copy("");
	char percent[32];

	for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
		size_t n = model->n_of_class[nouns[i].rank];

		if (n)
			list = join(list, ", ",
			    mem_format("%zu %s", n,
				n == 1 ? nouns[i].one : nouns[i].many));
	}
	if (!*list && isfinite(model->result.slo_compliance_percent)) {
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
		list = join(list, "", mem_format("SLO compliance %s", percent));
	}
	list = join(mem_copy("FAIL"), *list ? ": " : "", list);
	return model->complete ? list
			       : join(list, " ", mem_copy("(INCOMPLETE RUN)"));
}

static char *
pass_headline(struct model *model)
{
	size_t n = model->n_unjudged;
	bool strict = model->result.exit == STATUS_UNDECIDED;

	model->tone = TONE_WARN;
	if (!model->n_measured && is(model->result.status, "inconclusive"))
		return mem_copy("INCONCLUSIVE: nothing was measured");
	if (!model->n_rows)
		return mem_copy("PASS, but nothing was compared");
	if (strict && n)
		return mem_format(
		    "UNDECIDED: %zu that gate could not be judged", n);
	if (strict)
		return mem_copy("UNDECIDED");
	if (n)
		return mem_format(
		    "PASS, but %zu that gate could not be judged", n);
	if (is(model->result.status, "inconclusive"))
		return mem_copy("INCONCLUSIVE");
	if (!is(model->result.status, "pass"))
		return mem_format("UNKNOWN RESULT: %s", model->result.status);
	model->tone = TONE_GOOD;
	if (model->n_of_class[ROW_NEW] && !model->n_overall)
		return mem_format("PASS: %zu new, nothing to compare with",
		    model->n_of_class[ROW_NEW]);
	return mem_copy("PASS");
}

/* The report never decides: this is the result record in words. */
static char *
make_headline(struct model *model)
{
	const char *status = model->result.status;

	model->tone = TONE_WARN;
	if (is(status, "fail")) {
		model->tone = TONE_BAD;
		return fail_headline(model);
	}
	if (!model->complete)
		return mem_copy(
		    status ? "INCOMPLETE RUN: nothing failed in what was there"
			   : "INCOMPLETE RUN: it was not judged");
	if (status)
		return pass_headline(model);
	if (model->n_rows)
		return mem_copy(
		    "NO RESULT: the comparison did not come to its end");
	model->tone = TONE_NONE;
	return mem_copy(model->n_measured
			    ? "NOT COMPARED: these are measured values only"
			    : "NOT COMPARED: no summaries and no verdicts");
}

/* The machine in one line: "x86_64, AMD EPYC, 2 cores, 8.1 GB, kernel 6.1". */
static char *
describe_machine(const struct model *model)
{
	static const struct {
		const char *name, *before, *after;
	} parts[] = {
	    {"cpu", "", ""},
	    {"cores", "", " cores"},
	    {"memory", "", ""},
	    {"kernel", "kernel ", ""},
	    {"virtualisation", "virtualised (", ")"},
	    {"governor", "governor ", ""},
	};
	char *line = mem_copy(model->run.arch ? model->run.arch : "");

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (size_t j = 0; j < model->host.n; j++) {
			const struct fact *fact = &model->host.list[j];

			if (strcmp(fact->name, parts[i].name) == 0 &&
			    *fact->value && !is(fact->value, "none"))
				line = join(line, ", ",
				    mem_format("%s%s%s", parts[i].before,
					fact->value, parts[i].after));
		}
	return line;
}

/* "1 regressed, 11 unchanged" */
static char *
count_words(const struct model *model)
{
	char *list = mem_copy("");

	for (size_t i = 0; i < model->words.n; i++) {
		char *word = show_text(model->words.texts[i], WORD_COLUMNS);

		if (model->n_of_word[i])
			list = join(list, ", ",
			    mem_format("%zu %s", model->n_of_word[i], word));
		free(word);
	}
	return list;
}

/* Says it of the run, and frees it. */
static void
tell(struct model *model, const char *name, char *value)
{
	add_fact(model, &model->about, name, value);
	free(value);
}

static void
tell_source(struct model *model)
{
	const struct run *run = &model->run;
	char *commit = run->commit ? show_commit(run->commit) : NULL;

	tell(model, "Date", run->time ? show_time(run->time) : NULL);
	if (commit)
		tell(model, "Commit",
		    mem_format("%s%s%s%s", commit, run->branch ? " on " : "",
			run->branch ? run->branch : "",
			run->dirty == true ? ", with uncommitted changes"
					   : ""));
	free(commit);
	/* It is the architecture unless somebody said otherwise. */
	if (run->target && !(run->arch && strcmp(run->target, run->arch) == 0))
		tell(model, "Target", mem_copy(run->target));
	tell(model, "Machine", describe_machine(model));
	if (model->n_runs > 1)
		tell(model, "Runs",
		    mem_format(
			"%zu, the last one is described", model->n_runs));
}

static void
tell_outcome(struct model *model)
{
	char percent[32], rejected[64] = "";

	tell(model, "Verdicts", count_words(model));
	if (isfinite(model->result.slo_compliance_percent)) {
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
		tell(model, "SLO compliance", mem_copy(percent));
	}
	if (model->n_overall) {
		show_percent(percent, sizeof percent, model->overall);
		tell(model, "Overall improvement",
		    mem_format("%s (geometric mean of %zu judged metric%s)",
			percent, model->n_overall,
			model->n_overall == 1 ? "" : "s"));
	}
	if (model->trials_rejected)
		snprintf(rejected, sizeof rejected, ", %zu rejected",
		    model->trials_rejected);
	if (model->trials)
		tell(model, "Trials",
		    mem_format("%zu, %zu failed, %zu skipped%s", model->trials,
			model->trials_failed, model->trials_skipped, rejected));
}

/* Without trials, what their ends say. */
static void
count_trials(struct model *model, const struct reading *reading)
{
	if (reading->has_trials)
		return;
	model->trials = (size_t)fmax(0, reading->ends.trials);
	model->trials_failed = (size_t)fmax(0, reading->ends.failed);
	model->trials_skipped = (size_t)fmax(0, reading->ends.skipped);
}

static void
model_finish(struct model *model, const struct reading *reading)
{
	for (size_t i = 0; i < model->cases.n; i++)
		model->workloads[model->workload_of[i]].n_cases++;
	if (model->n_rows)
		qsort(model->rows, model->n_rows, sizeof *model->rows,
		    compare_rows);
	model->complete = model->result.complete != false;
	for (size_t i = 0; i < reading->runs.n; i++)
		model->complete = model->complete && reading->are_whole[i];
	model->n_runs = reading->runs.n;
	model->variants = reading->variants.n > 1;
	model->row_variants = reading->row_variants.n > 1;
	count_rows(model);
	find_overall(model);
	measure_from_rows(model);
	choose_measured(model, reading);
	count_trials(model, reading);
	model->headline = keep_own(model, make_headline(model));
	tell_source(model);
	tell_outcome(model);
}

void
model_read(struct model *model, char *operands[])
{
	struct reading reading = {0};

	*model = (struct model){0};
	record_clear(&run_type, &model->run);
	record_clear(&result_type, &model->result);
	reader_open(&reading.in, operands);
	while (reader_next(&reading.in))
		read_record(model, &reading);
	/* A stage upstream that broke must not look like a pass. */
	if (!reading.n_reported)
		die("no records to report");
	model_finish(model, &reading);

	reader_release(&reading.in);
	index_release(&reading.runs);
	index_release(&reading.declared);
	index_release(&reading.failures);
	index_release(&reading.variants);
	index_release(&reading.row_variants);
	free(reading.are_whole);
}

void
model_release(struct model *model)
{
	for (size_t i = 0; i < model->n_rows; i++)
		record_release(&verdict_type, &model->rows[i].v);
	for (size_t i = 0; i < model->n_measured; i++)
		record_release(&summary_type, &model->measured[i]);
	record_release(&run_type, &model->run);
	record_release(&result_type, &model->result);
	free(model->rows);
	free(model->n_of_word);
	free(model->measured);
	free(model->failures);
	free(model->about.list);
	free(model->host.list);
	free(model->checks);
	free(model->workload_of);
	free(model->workloads);
	index_release(&model->texts);
	index_release(&model->words);
	index_release(&model->cases);
	index_release(&model->workload_names);
	*model = (struct model){0};
}
