#include "mk-report.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "die.h"
#include "metric.h"

const char *const row_words[] = {
#define X(id, word, title) [ROW_##id] = word,
    ROW_CLASSES(X)
#undef X
};

const char *const row_titles[] = {
#define X(id, word, title) [ROW_##id] = title,
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
	enum {
		RUN_OPEN,
		RUN_COMPLETE,
		RUN_CUT
	} * run_ends;
	size_t runs_capacity;
	struct index cases;
	size_t *workload_of; /* by case */
	size_t cases_capacity;
	struct index failures; /* by what they have in common */
	struct index variants;
	struct run_end ends; /* their sums */
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
add_workload(struct model *model, const char *name, const char *description)
{
	size_t known = model->workloads.n;
	size_t number = index_add(&model->workloads, name);

	if (number == known)
		*MEM_PUSH(model->descriptions, known,
		    model->descriptions_capacity) = NULL;
	if (description)
		model->descriptions[number] = keep(model, description);
	return number;
}

/*
 * The number of the workload of a case: what a record says, else the name
 * before the slash.
 */
static size_t
add_case(struct model *model, struct reading *reading, const char *name,
    const char *workload, const char *description)
{
	size_t known = reading->cases.n;
	size_t number = index_add(&reading->cases, name);
	char *prefix = NULL;

	if (number < known && !description)
		return reading->workload_of[number];
	if (!workload) {
		prefix = mem_copy(name);
		prefix[strcspn(prefix, "/")] = '\0';
	}
	if (number == known)
		*MEM_PUSH(
		    reading->workload_of, known, reading->cases_capacity) = 0;
	reading->workload_of[number] =
	    add_workload(model, workload ? workload : prefix, description);
	free(prefix);
	return reading->workload_of[number];
}

static void
read_case(struct model *model, struct reading *reading)
{
	struct case_record record;

	reader_get(&reading->in, &case_type, &record);
	add_case(
	    model, reading, record.name, record.workload, record.description);
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

static const char *
fact_find(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_facts; i++)
		if (strcmp(model->facts[i].name, name) == 0)
			return model->facts[i].value;
	return NULL;
}

/* The machine in one line: "AMD EPYC, 2 cores, 8.1 GB, kernel 6.1". */
static void
describe_machine(struct model *model)
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
	char *line = NULL;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *value = fact_find(model, parts[i].name);
		char *longer;

		if (!value || !*value || is(value, "none"))
			continue;
		longer = mem_format("%s%s%s%s%s", line ? line : "",
		    line ? ", " : "", parts[i].before, value, parts[i].after);
		free(line);
		line = longer;
	}
	model->machine = line ? keep_own(model, line) : NULL;
}

static void
read_host(struct model *model, const tree *host)
{
	void *at = NULL;
	const char *name;
	const tree *value;

	model->n_facts = 0;
	while ((value = tree_member(host, &at, &name))) {
		char *text = fact_text(name, value);

		if (!text)
			continue;
		*MEM_PUSH(model->facts, model->n_facts, model->facts_capacity) =
		    (struct fact){keep(model, name), keep_own(model, text)};
	}
	describe_machine(model);
}

static const char *
keep_member(struct model *model, const tree *object, const char *name)
{
	const char *text = tree_string(tree_get(object, name));

	return text ? keep(model, text) : NULL;
}

/* Checks that found nothing are not worth a line. */
static void
read_checks(struct model *model, const tree *checks)
{
	model->n_checks = 0;
	for (size_t i = 0; i < tree_length(checks); i++) {
		const tree *check = tree_at(checks, i);
		const char *level = tree_string(tree_get(check, "level"));

		if (is(level, "ok") || is(level, "pass") || is(level, "info") ||
		    !tree_string(tree_get(check, "msg")))
			continue;
		*MEM_PUSH(model->checks, model->n_checks,
		    model->checks_capacity) = (struct check){
		    .level = keep(model, level ? level : "warning"),
		    .message = keep_member(model, check, "msg"),
		    .fix = keep_member(model, check, "fix"),
		};
	}
}

/* The number of a run in reading->runs. */
static size_t
add_run(struct reading *reading, const char *name)
{
	size_t known = reading->runs.n;
	size_t number = index_add(&reading->runs, name ? name : "");

	if (number == known)
		*MEM_PUSH(reading->run_ends, known, reading->runs_capacity) =
		    RUN_OPEN;
	return number;
}

static void
read_run(struct model *model, struct reading *reading)
{
	struct run run;

	reader_get(&reading->in, &run_type, &run);
	add_run(reading, run.run);
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
	reading->run_ends[number] =
	    end.complete == false ? RUN_CUT : RUN_COMPLETE;
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
	add_case(model, reading, trial.name, NULL, NULL);
	reading->has_trials = true;
	model->trials++;
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
	add_case(model, reading, summary.name, summary.workload, NULL);
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

static bool
gates(const struct verdict *verdict)
{
	return verdict->gating != false;
}

static enum row_class
class_of(const struct verdict *verdict)
{
	enum row_class rank = ROW_UNJUDGED;
	bool blocks = gates(verdict) &&
		      (!verdict->severity || is(verdict->severity, "blocking"));

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
	struct row row = {.order = model->n_rows};

	reader_get(&reading->in, &verdict_type, &row.v);
	row.workload = add_case(model, reading, row.v.name, NULL, NULL);
	row.rank = class_of(&row.v);
	if (row.v.variant)
		index_add(&reading->variants, row.v.variant);
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
	case RECORD_SAMPLE:
	case RECORD_BASELINE_FILE:
	case RECORD_BASELINE:
	case RECORD_OTHER:
		reading->n_reported--;
		break;
	}
}

/* What follows from the records. */

/*
 * The largest regression first; among the unjudged, those that gate. Improved
 * and small rows go by size, the rest stays in the order of the input.
 */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double size_x = fabs(verdict_worsening(&x->v));
	double size_y = fabs(verdict_worsening(&y->v));

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (gates(&x->v) != gates(&y->v))
		return gates(&x->v) ? -1 : 1;
	if (x->rank <= ROW_LAST_REMARKABLE && isnan(size_x) != isnan(size_y))
		return isnan(size_x) ? 1 : -1;
	if (x->rank <= ROW_LAST_REMARKABLE && size_x > size_y)
		return -1;
	if (x->rank <= ROW_LAST_REMARKABLE && size_x < size_y)
		return 1;
	return x->order < y->order ? -1 : x->order > y->order;
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
		    (gates(&row->v) || is(row->v.verdict, "missing"));
	}
}

/* Whether the verdict says that two values were compared, and how. */
static bool
was_judged(const struct row *row)
{
	return gates(&row->v) && isfinite(verdict_worsening(&row->v)) &&
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

static char *
join(char *list, const char *separator, char *item)
{
	char *longer = mem_format("%s%s%s", list, *list ? separator : "", item);

	free(list);
	free(item);
	return longer;
}

/* "1 regression, 2 failed cases" */
static char *
list_failures(const struct model *model)
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
	return list;
}

static char *
fail_headline(const struct model *model)
{
	char *reasons = list_failures(model);
	char *text = mem_format("FAIL%s%s%s", *reasons ? ": " : "", reasons,
	    model->complete ? "" : " (INCOMPLETE RUN)");

	free(reasons);
	return text;
}

static char *
pass_headline(struct model *model)
{
	size_t n = model->n_unjudged;
	bool strict = model->result.exit == STATUS_UNDECIDED;

	model->state = STATE_DOUBT;
	if (!model->n_rows)
		return mem_copy("PASS, but nothing was compared");
	if (strict && n)
		return mem_format("UNDECIDED: %zu could not be judged", n);
	if (strict)
		return mem_copy("UNDECIDED");
	if (n)
		return mem_format("PASS, but %zu could not be judged", n);
	if (is(model->result.status, "inconclusive"))
		return mem_copy("INCONCLUSIVE");
	if (!is(model->result.status, "pass"))
		return mem_format("UNKNOWN RESULT: %s", model->result.status);
	model->state = STATE_PASS;
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

	model->state = STATE_DOUBT;
	if (is(status, "fail")) {
		model->state = STATE_FAIL;
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
	model->state = STATE_NONE;
	return mem_copy(model->n_measured
			    ? "NOT COMPARED: these are measured values only"
			    : "NOT COMPARED: no summaries and no verdicts");
}

static char *
make_totals(const struct model *model)
{
	char *list = mem_copy("");
	char *text;

	for (size_t i = 0; i < model->words.n; i++) {
		char *word = show_text(model->words.texts[i], WORD_COLUMNS);

		if (model->n_of_word[i])
			list = join(list, ", ",
			    mem_format("%zu %s", model->n_of_word[i], word));
		free(word);
	}
	text = mem_format("%zu verdict%s%s%s", model->n_rows,
	    model->n_rows == 1 ? "" : "s", *list ? ": " : "", list);
	free(list);
	return text;
}

static void
count_trials(struct model *model, const struct reading *reading)
{
	if (!reading->has_trials) {
		model->trials = (size_t)fmax(0, reading->ends.trials);
		model->trials_failed = (size_t)fmax(0, reading->ends.failed);
		model->trials_skipped = (size_t)fmax(0, reading->ends.skipped);
	}
	if (model->trials)
		model->trials_line = keep_own(
		    model, mem_format("%zu trial%s, %zu failed, %zu skipped",
			       model->trials, model->trials == 1 ? "" : "s",
			       model->trials_failed, model->trials_skipped));
}

static void
model_finish(struct model *model, const struct reading *reading)
{
	for (size_t i = 0; i < model->n_rows; i++)
		/* A case record may have come after its verdict. */
		model->rows[i].workload = reading->workload_of[index_find(
		    &reading->cases, model->rows[i].v.name)];
	if (model->n_rows)
		qsort(model->rows, model->n_rows, sizeof *model->rows,
		    compare_rows);
	model->complete = model->result.complete != false;
	for (size_t i = 0; i < reading->runs.n; i++)
		if (reading->run_ends[i] != RUN_COMPLETE)
			model->complete = false;
	model->n_runs = reading->runs.n;
	model->n_cases = reading->cases.n;
	model->variants = reading->variants.n > 1;
	count_rows(model);
	find_overall(model);
	measure_from_rows(model);
	count_trials(model, reading);
	model->headline = keep_own(model, make_headline(model));
	model->totals = keep_own(model, make_totals(model));
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
	index_release(&reading.cases);
	index_release(&reading.failures);
	index_release(&reading.variants);
	free(reading.run_ends);
	free(reading.workload_of);
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
	free(model->facts);
	free(model->checks);
	free(model->descriptions);
	index_release(&model->texts);
	index_release(&model->words);
	index_release(&model->workloads);
	*model = (struct model){0};
}
