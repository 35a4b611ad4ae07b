/* The stream of records as a model. */
#include "mk-report-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "metric.h"

/* What is known only until the stream is read. */
struct reading {
	struct reader in;
	struct index runs; /* by their names */
	bool *are_whole;   /* by run: its end says so */
	size_t runs_capacity;
	struct index failures; /* by what they have in common */
	struct index variants;
	struct index declared; /* metrics of cases; see metric_key */
	struct run_end ends;   /* their sums */
	bool has_trials;
	size_t n_reported; /* records that make a report */
};

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
	*MEM_PUSH(model->places, known, model->cases_capacity) =
	    (struct place){.workload = add_workload(model, workload)};
	free(workload);
	return number;
}

static void
read_case(struct model *model, struct reading *reading)
{
	struct case_record record;
	struct place *place;
	size_t number;

	reader_get(&reading->in, &case_type, &record);
	if (case_is_probe(record.name)) {
		record_release(&case_type, &record);
		return;
	}
	number = add_case(model, record.name);
	place = &model->places[number];
	if (record.workload)
		place->workload = add_workload(model, record.workload);
	if (record.description)
		model->workloads[place->workload].description =
		    keep(model, record.description);
	if (record.file)
		place->file = keep(model, record.file);
	place->line = record.line;
	reader_check_list(&reading->in, "metrics", &record.metrics);
	for (size_t i = 0; i < tree_length(record.metrics.value); i++) {
		struct metric metric;

		reader_get_part(&reading->in, tree_at(record.metrics.value, i),
		    &metric_type, &metric);
		add_metric(&reading->declared, record.name, metric.name);
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

bool
is_warning(const struct check *check)
{
	return !is(check->level, "ok") && !is(check->level, "pass") &&
	       !is(check->level, "info");
}

/* Those that found something come first. */
static void
read_checks(struct model *model, const tree *checks)
{
	model->n_checks = model->n_warnings = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < tree_length(checks); i++) {
			const tree *part = tree_at(checks, i);
			struct check check = {
			    .id = tree_string(tree_get(part, "id")),
			    .level = tree_string(tree_get(part, "level")),
			    .msg = tree_string(tree_get(part, "msg")),
			    .fix = tree_string(tree_get(part, "fix")),
			};

			if (!check.msg || is_warning(&check) != (pass == 0))
				continue;
			if (!check.level)
				check.level = "warning";
			record_keep(&check_type, &check, &model->texts);
			*MEM_PUSH(model->checks, model->n_checks,
			    model->checks_capacity) = check;
			model->n_warnings += pass == 0;
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
count_flags(struct disturbance *d, const tree *flags)
{
	for (size_t i = 0; i < tree_length(flags); i++) {
		const char *flag = tree_string(tree_at(flags, i));
		size_t known = d->flags.n, number;

		if (!flag)
			continue;
		number = index_add(&d->flags, flag);
		if (number == known)
			*MEM_PUSH(d->n_of_flag, known, d->flags_capacity) = 0;
		d->n_of_flag[number]++;
	}
}

static double
known(double x)
{
	return isnan(x) ? 0 : x;
}

/* What disturbed a trial that counts. */
static void
add_disturbance(
    struct model *model, struct reading *reading, const struct trial *trial)
{
	struct disturbance *d = &model->disturbance;
	struct noise noise;

	if (!trial->noise.value || !is(trial->phase, "measure"))
		return;
	reader_get_part(&reading->in, trial->noise.value, &noise_type, &noise);
	d->trials++;
	d->elapsed_ns += known(trial->elapsed);
	d->steal_ns += known(noise.steal_ns);
	d->cpu_ns += known(noise.psi_cpu_ns);
	d->memory_ns += known(noise.psi_memory_ns);
	d->io_ns += known(noise.psi_io_ns);
	d->throttled_ns += known(noise.throttled_ns);
	count_flags(d, trial->flags.value);
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
	model->seconds += known(trial.elapsed) / 1e9;
	add_disturbance(model, reading, &trial);
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
	if (case_is_probe(summary.name)) {
		record_keep(&summary_type, &summary, &model->texts);
		*MEM_PUSH(model->probes, model->n_probes,
		    model->probes_capacity) = summary;
		return;
	}
	if (is_calibration(summary.name, summary.variant)) {
		record_release(&summary_type, &summary);
		return;
	}
	add_case(model, summary.name);
	if (summary.variant)
		index_add(&reading->variants, summary.variant);
	record_keep(&summary_type, &summary, &model->texts);
	*MEM_PUSH(model->measured, model->n_measured,
	    model->measured_capacity) = summary;
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
	model->has_changes =
	    model->has_changes || strcmp(row.v.kind, "change") == 0;
	if (row.v.variant) {
		index_add(&reading->variants, row.v.variant);
		index_add(&model->judged_variants, row.v.variant);
	}
	if (row.v.ci.n != 2) { /* no interval has another number of ends */
		free(row.v.ci.x);
		row.v.ci = (struct numbers){0};
	}
	record_keep(&verdict_type, &row.v, &model->texts);
	*MEM_PUSH(model->rows, model->n_rows, model->rows_capacity) = row;
}

/* What a program seems to have changed against itself. */
static void
read_aa(struct model *model, struct reading *reading)
{
	struct self_test *test = &model->self_test;
	struct aa aa;

	reader_get(&reading->in, &aa_type, &aa);
	if (isnan(aa.change))
		return;
	if (!test->n++ || fabs(aa.change) > fabs(test->worst)) {
		test->worst = aa.change;
		test->name = keep(model, aa.name);
		test->metric = keep(model, aa.metric);
	}
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
	case RECORD_AA:
		read_aa(model, reading);
		reading->n_reported--;
		break;
	default:
		reading->n_reported--;
		break;
	}
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
look_back(struct model *model, const struct reading *reading)
{
	model->complete = model->result.complete != false;
	for (size_t i = 0; i < reading->runs.n; i++)
		model->complete = model->complete && reading->are_whole[i];
	model->n_runs = reading->runs.n;
	model->variants = reading->variants.n > 1;
	model->row_variants = model->judged_variants.n > 1;
	count_trials(model, reading);
}

void
model_read(struct model *model, char *operands[])
{
	struct reading reading = {0};

	*model = (struct model){.self_test.worst = NAN};
	record_clear(&run_type, &model->run);
	record_clear(&result_type, &model->result);
	reader_open(&reading.in, operands);
	while (reader_next(&reading.in))
		read_record(model, &reading);
	/* A stage upstream that broke must not look like a pass. */
	if (!reading.n_reported)
		die("no records to report");
	look_back(model, &reading);
	model_finish(model, &reading.declared);

	reader_release(&reading.in);
	index_release(&reading.runs);
	index_release(&reading.declared);
	index_release(&reading.failures);
	index_release(&reading.variants);
	free(reading.are_whole);
}
