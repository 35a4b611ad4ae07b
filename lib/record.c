#include "record.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "mem.h"

enum field_kind {
	FIELD_TEXT,    /* const char * */
	FIELD_NUMBER,  /* double */
	FIELD_TRUTH,   /* int: 0, 1 or ABSENT */
	FIELD_NUMBERS, /* struct numbers */
	FIELD_TEXTS,   /* struct texts */
	FIELD_PART,    /* struct part */
};

struct field {
	const char *name;
	size_t offset;
	enum field_kind kind;
	bool required;
};

struct record_type {
	const char *word; /* of "type"; NULL for a part */
	const char *name; /* in messages */
	const struct field *fields;
	size_t n;
};

#define NEED(type, kind, name, member)                                         \
	{                                                                      \
		name, offsetof(struct type, member), FIELD_##kind, true        \
	}
#define MAY(type, kind, name, member)                                          \
	{                                                                      \
		name, offsetof(struct type, member), FIELD_##kind, false       \
	}
#define TYPE(type, word)                                                       \
	{                                                                      \
		word, #type, type##_fields,                                    \
		    sizeof type##_fields / sizeof *type##_fields               \
	}

static const struct field run_fields[] = {
    MAY(run, NUMBER, "v", v),
    MAY(run, TEXT, "run", run),
    MAY(run, TEXT, "session", session),
    MAY(run, TEXT, "tool", tool),
    MAY(run, TEXT, "arch", arch),
    MAY(run, TEXT, "target", target),
    MAY(run, TEXT, "commit", commit),
    MAY(run, TEXT, "branch", branch),
    MAY(run, TRUTH, "dirty", dirty),
    MAY(run, TEXT, "time", time),
    MAY(run, NUMBER, "seed", seed),
    MAY(run, PART, "host", host),
    MAY(run, TEXT, "machine", machine),
    MAY(run, PART, "caps", caps),
    MAY(run, PART, "checks", checks),
    MAY(run, PART, "overhead", overhead),
    MAY(run, PART, "options", options),
    MAY(run, TEXT, "cwd", cwd),
    MAY(run, NUMBER, "records", records),
};
const struct record_type run_type = TYPE(run, "run");

static const struct field resume_fields[] = {
    MAY(resume, TEXT, "run", run),
    MAY(resume, TEXT, "time", time),
    MAY(resume, TEXT, "commit", commit),
    MAY(resume, PART, "checks", checks),
};
const struct record_type resume_type = TYPE(resume, "resume");

static const struct field check_fields[] = {
    NEED(check, TEXT, "id", id),
    NEED(check, TEXT, "level", level),
    MAY(check, TEXT, "msg", msg),
    MAY(check, TEXT, "fix", fix),
};
const struct record_type check_type = TYPE(check, NULL);

static const struct field case_record_fields[] = {
    NEED(case_record, TEXT, "case", name),
    MAY(case_record, TEXT, "workload", workload),
    MAY(case_record, TEXT, "id", id),
    MAY(case_record, TEXT, "arch", arch),
    MAY(case_record, TEXT, "target", target),
    MAY(case_record, TEXT, "description", description),
    MAY(case_record, TEXT, "status", status),
    MAY(case_record, NUMBER, "tier", tier),
    MAY(case_record, TEXTS, "tags", tags),
    MAY(case_record, NUMBER, "seed", seed),
    MAY(case_record, TEXT, "file", file),
    MAY(case_record, NUMBER, "line", line),
    MAY(case_record, PART, "params", params),
    MAY(case_record, PART, "metrics", metrics),
    MAY(case_record, PART, "criteria", criteria),
    MAY(case_record, PART, "scaling", scaling),
    MAY(case_record, PART, "exec", exec),
};
const struct record_type case_type = TYPE(case_record, "case");

static const struct field metric_fields[] = {
    NEED(metric, TEXT, "name", name),
    MAY(metric, TEXT, "unit", unit),
    MAY(metric, TEXT, "aggregator", aggregator),
    MAY(metric, TEXT, "better", better),
    MAY(metric, TEXT, "from", from),
    MAY(metric, NUMBER, "threshold_percent", threshold_percent),
    MAY(metric, NUMBER, "min_abs", min_abs),
    MAY(metric, TEXT, "severity", severity),
    MAY(metric, TRUTH, "gate", gate),
    MAY(metric, TRUTH, "exact", exact),
    MAY(metric, TEXT, "scale", scale),
};
const struct record_type metric_type = TYPE(metric, NULL);

static const struct field criterion_fields[] = {
    MAY(criterion, TEXT, "target", target),
    NEED(criterion, TEXT, "metric", metric),
    NEED(criterion, TEXT, "operator", op),
    NEED(criterion, NUMBER, "limit", limit),
    MAY(criterion, TEXT, "severity", severity),
    MAY(criterion, TEXT, "by", by),
};
const struct record_type criterion_type = TYPE(criterion, NULL);

static const struct field scaling_fields[] = {
    NEED(scaling, TEXT, "over", over),
    NEED(scaling, TEXT, "metric", metric),
    NEED(scaling, NUMBER, "at_most", at_most),
};
const struct record_type scaling_type = TYPE(scaling, NULL);

static const struct field exec_fields[] = {
    MAY(exec, TEXTS, "command", command),
    MAY(exec, TEXTS, "setup", setup),
    MAY(exec, TEXTS, "prepare", prepare),
    MAY(exec, TEXTS, "conclude", conclude),
    MAY(exec, TEXTS, "cleanup", cleanup),
    MAY(exec, PART, "env", env),
    MAY(exec, TEXTS, "path", path),
    MAY(exec, TEXT, "cwd", cwd),
    MAY(exec, TEXT, "stdin", in),
    MAY(exec, TEXT, "stdout", out),
    MAY(exec, NUMBER, "warmup", warmup),
    MAY(exec, NUMBER, "min_iterations", min_iterations),
    MAY(exec, NUMBER, "max_iterations", max_iterations),
    MAY(exec, NUMBER, "precision_percent", precision_percent),
    MAY(exec, NUMBER, "budget_s", budget_s),
    MAY(exec, NUMBER, "timeout_s", timeout_s),
    MAY(exec, TEXT, "cpus", cpus),
    MAY(exec, NUMBER, "nice", nice),
    MAY(exec, PART, "limits", limits),
    MAY(exec, NUMBER, "monitor_s", monitor_s),
    MAY(exec, NUMBERS, "ok_exit", ok_exit),
    MAY(exec, PART, "expect", expect),
    MAY(exec, PART, "requires", requires),
    MAY(exec, PART, "services", services),
    MAY(exec, TRUTH, "tmpfs", tmpfs),
    MAY(exec, PART, "fixture", fixture),
    MAY(exec, PART, "stages", stages),
};
const struct record_type exec_type = TYPE(exec, NULL);

static const struct field service_fields[] = {
    NEED(service, TEXTS, "command", command),
    MAY(service, TEXTS, "ports", ports),
    MAY(service, PART, "ready", ready),
    MAY(service, NUMBER, "startup_timeout_s", startup_timeout_s),
    MAY(service, TEXT, "stop_signal", stop_signal),
    MAY(service, NUMBER, "stop_timeout_s", stop_timeout_s),
    MAY(service, TEXT, "cpus", cpus),
    MAY(service, TEXT, "each", each),
};
const struct record_type service_type = TYPE(service, NULL);

static const struct field ready_fields[] = {
    MAY(ready, TEXT, "port", port),
    MAY(ready, TEXTS, "command", command),
    MAY(ready, TEXT, "line", line),
};
const struct record_type ready_type = TYPE(ready, NULL);

static const struct field fixture_fields[] = {
    NEED(fixture, TEXTS, "command", command),
    NEED(fixture, NUMBER, "size", size),
};
const struct record_type fixture_type = TYPE(fixture, NULL);

static const struct field stage_fields[] = {
    NEED(stage, TEXT, "name", name),
    NEED(stage, TEXTS, "command", command),
};
const struct record_type stage_type = TYPE(stage, NULL);

static const struct field limits_fields[] = {
    MAY(limits, NUMBER, "memory", memory),
    MAY(limits, NUMBER, "cpu", cpu),
    MAY(limits, NUMBER, "processes", processes),
    MAY(limits, NUMBER, "open_files", open_files),
    MAY(limits, NUMBER, "file_size", file_size),
    MAY(limits, NUMBER, "stack", stack),
    MAY(limits, NUMBER, "cpu_time_s", cpu_time_s),
};
const struct record_type limits_type = TYPE(limits, NULL);

static const struct field expect_fields[] = {
    MAY(expect, NUMBER, "exit", exit),
    MAY(expect, TEXT, "regex", regex),
    MAY(expect, TEXT, "sha256", sha256),
};
const struct record_type expect_type = TYPE(expect, NULL);

static const struct field requires_fields[] = {
    MAY(requires, TEXTS, "programs", programs),
    MAY(requires, TEXTS, "files", files),
    MAY(requires, TEXTS, "command", command),
};
const struct record_type requires_type = TYPE(requires, NULL);

static const struct field trial_fields[] = {
    NEED(trial, TEXT, "case", name),
    MAY(trial, TEXT, "variant", variant),
    MAY(trial, TEXT, "phase", phase),
    MAY(trial, NUMBER, "round", round),
    MAY(trial, NUMBER, "seq", seq),
    NEED(trial, TEXT, "status", status),
    MAY(trial, NUMBER, "exit", exit),
    MAY(trial, NUMBER, "signal", signal),
    MAY(trial, TEXT, "why", why),
    MAY(trial, NUMBER, "elapsed", elapsed),
    MAY(trial, PART, "noise", noise),
    MAY(trial, PART, "flags", flags),
    MAY(trial, TEXT, "cpus", cpus),
    MAY(trial, NUMBER, "pad", pad),
    MAY(trial, TEXT, "output", output),
    MAY(trial, NUMBER, "records", records),
};
const struct record_type trial_type = TYPE(trial, "trial");

static const struct field noise_fields[] = {
    MAY(noise, NUMBER, "steal_ns", steal_ns),
    MAY(noise, NUMBER, "psi_cpu_ns", psi_cpu_ns),
    MAY(noise, NUMBER, "psi_memory_ns", psi_memory_ns),
    MAY(noise, NUMBER, "psi_io_ns", psi_io_ns),
    MAY(noise, NUMBER, "throttled_ns", throttled_ns),
    MAY(noise, NUMBER, "thermal_throttles", thermal_throttles),
    MAY(noise, NUMBER, "swapped", swapped),
    MAY(noise, NUMBER, "involuntary_switches", involuntary_switches),
    MAY(noise, NUMBER, "migrations", migrations),
    MAY(noise, NUMBER, "load", load),
};
const struct record_type noise_type = TYPE(noise, NULL);

static const struct field sample_fields[] = {
    NEED(sample, TEXT, "case", name),
    MAY(sample, TEXT, "variant", variant),
    MAY(sample, NUMBER, "round", round),
    NEED(sample, TEXT, "metric", metric),
    MAY(sample, TEXT, "unit", unit),
    NEED(sample, NUMBER, "value", value),
};
const struct record_type sample_type = TYPE(sample, "sample");

static const struct field series_fields[] = {
    NEED(series, TEXT, "case", name),
    MAY(series, TEXT, "variant", variant),
    MAY(series, NUMBER, "round", round),
    NEED(series, TEXT, "metric", metric),
    MAY(series, TEXT, "unit", unit),
    NEED(series, NUMBERS, "t", t),
    NEED(series, NUMBERS, "value", value),
};
const struct record_type series_type = TYPE(series, "series");

static const struct field aa_fields[] = {
    NEED(aa, TEXT, "case", name),
    NEED(aa, TEXT, "metric", metric),
    MAY(aa, NUMBER, "change", change),
    MAY(aa, NUMBER, "n", n),
};
const struct record_type aa_type = TYPE(aa, "aa");

static const struct field run_end_fields[] = {
    MAY(run_end, TEXT, "run", run),
    MAY(run_end, TRUTH, "complete", complete),
    MAY(run_end, NUMBER, "trials", trials),
    MAY(run_end, NUMBER, "failed", failed),
    MAY(run_end, NUMBER, "rejected", rejected),
    MAY(run_end, NUMBER, "skipped", skipped),
};
const struct record_type end_type = TYPE(run_end, "end");

static const struct field summary_fields[] = {
    NEED(summary, TEXT, "case", name),
    MAY(summary, TEXT, "workload", workload),
    MAY(summary, TEXT, "id", id),
    MAY(summary, TEXT, "run", run),
    MAY(summary, TEXT, "session", session),
    MAY(summary, TEXT, "machine", machine),
    MAY(summary, TEXT, "variant", variant),
    NEED(summary, TEXT, "metric", metric),
    MAY(summary, TEXT, "unit", unit),
    MAY(summary, TEXT, "better", better),
    MAY(summary, TEXT, "aggregator", aggregator),
    NEED(summary, NUMBER, "value", value),
    MAY(summary, NUMBER, "n", n),
    MAY(summary, NUMBER, "lines", lines),
    MAY(summary, TEXT, "scale", scale),
    MAY(summary, TRUTH, "exact", exact),
    MAY(summary, NUMBER, "mean", mean),
    MAY(summary, NUMBERS, "mean_ci", mean_ci),
    MAY(summary, NUMBER, "geometric_mean", geometric_mean),
    MAY(summary, NUMBERS, "geometric_mean_ci", geometric_mean_ci),
    MAY(summary, NUMBER, "geometric_stddev", geometric_stddev),
    MAY(summary, NUMBER, "stddev", stddev),
    MAY(summary, NUMBER, "cv", cv),
    MAY(summary, NUMBER, "median", median),
    MAY(summary, NUMBER, "mad", mad),
    MAY(summary, NUMBER, "qn", qn),
    MAY(summary, NUMBER, "min", min),
    MAY(summary, NUMBER, "max", max),
    MAY(summary, NUMBER, "p50", p50),
    MAY(summary, NUMBER, "p90", p90),
    MAY(summary, NUMBER, "p95", p95),
    MAY(summary, NUMBER, "p99", p99),
    MAY(summary, NUMBERS, "ci", ci),
    MAY(summary, NUMBER, "level", level),
    MAY(summary, PART, "quantiles", quantiles),
    MAY(summary, TEXT, "growth", growth),
    MAY(summary, PART, "failures", failures),
    MAY(summary, PART, "outliers", outliers),
    MAY(summary, NUMBER, "ties", ties),
    MAY(summary, NUMBER, "step", step),
    MAY(summary, NUMBER, "drift", drift),
    MAY(summary, NUMBER, "drift_p", drift_p),
    MAY(summary, PART, "flags", flags),
    MAY(summary, NUMBER, "r1", r1),
    MAY(summary, NUMBER, "se_block", se_block),
    MAY(summary, NUMBERS, "rounds", rounds),
    MAY(summary, NUMBERS, "values", values),
    MAY(summary, NUMBER, "error", error),
    MAY(summary, PART, "sketch", sketch),
};
const struct record_type summary_type = TYPE(summary, "summary");

static const struct field quantile_fields[] = {
    NEED(quantile, NUMBER, "p", p),
    NEED(quantile, NUMBER, "value", value),
    MAY(quantile, NUMBERS, "ci", ci),
};
const struct record_type quantile_type = TYPE(quantile, NULL);

static const struct field partial_fields[] = {
    NEED(partial, TEXT, "case", name),
    MAY(partial, TEXT, "run", run),
    MAY(partial, TEXT, "session", session),
    MAY(partial, TEXT, "machine", machine),
    MAY(partial, TEXT, "variant", variant),
    NEED(partial, TEXT, "metric", metric),
    MAY(partial, TEXT, "unit", unit),
    NEED(partial, NUMBER, "number", number),
    NEED(partial, NUMBER, "of", of),
    NEED(partial, NUMBER, "error", error),
    NEED(partial, TEXTS, "parts", parts),
    MAY(partial, PART, "lines", lines),
    MAY(partial, PART, "pools", pools),
    MAY(partial, PART, "loose", loose),
};
const struct record_type partial_type = TYPE(partial, "partial");

static const struct field piece_fields[] = {
    NEED(piece, NUMBER, "part", part),
    MAY(piece, NUMBERS, "round", round),
    NEED(piece, NUMBERS, "order", order),
    NEED(piece, NUMBERS, "value", value),
};
const struct record_type piece_type = TYPE(piece, NULL);

static const struct field pool_fields[] = {
    MAY(pool, NUMBER, "round", round),
    NEED(pool, NUMBER, "n", n),
    MAY(pool, NUMBER, "min", min),
    MAY(pool, NUMBER, "max", max),
    NEED(pool, NUMBER, "last", last),
    NEED(pool, NUMBER, "part", part),
    NEED(pool, NUMBER, "order", order),
    MAY(pool, PART, "sum", sum),
    MAY(pool, PART, "squares", squares),
    MAY(pool, PART, "logs", logs),
    MAY(pool, PART, "sketch", sketch),
};
const struct record_type pool_type = TYPE(pool, NULL);

static const struct field digits_fields[] = {
    NEED(digits, NUMBER, "low", low),
    MAY(digits, NUMBERS, "digits", digits),
};
const struct record_type digits_type = TYPE(digits, NULL);

static const struct field histogram_fields[] = {
    NEED(histogram, NUMBER, "error", error),
    MAY(histogram, NUMBER, "zeros", zeros),
    MAY(histogram, PART, "positive", positive),
    MAY(histogram, PART, "negative", negative),
};
const struct record_type histogram_type = TYPE(histogram, NULL);

static const struct field frequencies_fields[] = {
    NEED(frequencies, NUMBER, "low", low),
    NEED(frequencies, NUMBERS, "counts", counts),
};
const struct record_type frequencies_type = TYPE(frequencies, NULL);

static const struct field baseline_file_fields[] = {
    MAY(baseline_file, NUMBER, "v", v),
    MAY(baseline_file, TEXT, "platform", platform),
    MAY(baseline_file, TEXT, "cpu", cpu),
    MAY(baseline_file, TEXT, "timestamp", timestamp),
};
const struct record_type baseline_file_type =
    TYPE(baseline_file, "baseline-file");

static const struct field baseline_fields[] = {
    NEED(baseline, TEXT, "case", name),
    MAY(baseline, TEXT, "id", id),
    NEED(baseline, TEXT, "metric", metric),
    MAY(baseline, TEXT, "unit", unit),
    MAY(baseline, TEXT, "better", better),
    MAY(baseline, TEXT, "aggregator", aggregator),
    MAY(baseline, NUMBER, "noise_floor", noise_floor),
    NEED(baseline, PART, "sessions", sessions),
};
const struct record_type baseline_type = TYPE(baseline, "baseline");

static const struct field session_fields[] = {
    MAY(session, TEXT, "session", session),
    MAY(session, TEXT, "machine", machine),
    MAY(session, TEXT, "time", time),
    MAY(session, TEXT, "commit", commit),
    MAY(session, TEXT, "reason", reason),
    NEED(session, NUMBER, "value", value),
    MAY(session, NUMBER, "n", n),
    MAY(session, NUMBER, "se_block", se_block),
    MAY(session, NUMBER, "aa", aa),
};
const struct record_type session_type = TYPE(session, NULL);

static const struct field verdict_fields[] = {
    NEED(verdict, TEXT, "kind", kind),
    MAY(verdict, TEXT, "gate", gate),
    NEED(verdict, TEXT, "case", name),
    MAY(verdict, TEXT, "metric", metric),
    MAY(verdict, TEXT, "variant", variant),
    NEED(verdict, TEXT, "verdict", verdict),
    MAY(verdict, TEXT, "severity", severity),
    MAY(verdict, TRUTH, "gating", gating),
    MAY(verdict, TEXT, "unit", unit),
    MAY(verdict, TEXT, "better", better),
    MAY(verdict, NUMBER, "baseline", baseline),
    MAY(verdict, NUMBER, "current", current),
    MAY(verdict, NUMBER, "change", change),
    MAY(verdict, NUMBERS, "ci", ci),
    MAY(verdict, NUMBER, "p", p),
    MAY(verdict, NUMBER, "p_better", p_better),
    MAY(verdict, NUMBER, "q", q),
    MAY(verdict, TEXT, "method", method),
    MAY(verdict, NUMBER, "n", n),
    MAY(verdict, NUMBER, "sessions", sessions),
    MAY(verdict, NUMBER, "looks", looks),
    MAY(verdict, NUMBER, "prior_sd", prior_sd),
    MAY(verdict, NUMBER, "prior_df", prior_df),
    MAY(verdict, NUMBER, "prior_metrics", prior_metrics),
    MAY(verdict, TEXT, "covariate", covariate),
    MAY(verdict, NUMBER, "r1", r1),
    MAY(verdict, NUMBER, "margin", margin),
    MAY(verdict, NUMBER, "threshold", threshold),
    MAY(verdict, NUMBER, "mde", mde),
    MAY(verdict, NUMBER, "need_n", need_n),
    MAY(verdict, TEXT, "operator", op),
    MAY(verdict, NUMBER, "limit", limit),
    MAY(verdict, TEXT, "statistic", statistic),
    MAY(verdict, NUMBER, "start", start),
    MAY(verdict, NUMBER, "improvement", improvement),
    MAY(verdict, TEXT, "target", target),
    MAY(verdict, TEXT, "by", by),
    MAY(verdict, TEXT, "why", why),
};
const struct record_type verdict_type = TYPE(verdict, "verdict");

static const struct field result_fields[] = {
    NEED(result, TEXT, "status", status),
    MAY(result, NUMBER, "exit", exit),
    MAY(result, TRUTH, "complete", complete),
    MAY(result, TEXT, "run", run),
    MAY(result, TEXT, "target", target),
    MAY(result, NUMBER, "alpha", alpha),
    MAY(result, TEXT, "fdr", fdr),
    MAY(result, PART, "counts", counts),
    MAY(result, NUMBER, "slo_compliance_percent", slo_compliance_percent),
    MAY(result, NUMBER, "improvement_percent", improvement_percent),
    MAY(result, TRUTH, "update_baseline", update_baseline),
    MAY(result, PART, "reporting", reporting),
};
const struct record_type result_type = TYPE(result, "result");

bool
status_is_ok(const char *status)
{
	return strcmp(status, "ok") == 0;
}

bool
status_is_skipped(const char *status)
{
	return strcmp(status, "skipped") == 0;
}

bool
phase_is_rejected(const char *phase)
{
	return phase && strcmp(phase, "rejected") == 0;
}

bool
case_is_probe(const char *name)
{
	return strcmp(name, PROBE_CASE) == 0;
}

bool
is_calibration(const char *name, const char *variant)
{
	return case_is_probe(name) ||
	       (variant && strcmp(variant, SHADOW_VARIANT) == 0);
}

static void *
at(const void *record, const struct field *field)
{
	return (char *)(uintptr_t)record + field->offset;
}

static void
clear_field(const struct field *field, void *record)
{
	void *p = at(record, field);

	switch (field->kind) {
	case FIELD_TEXT:
		*(const char **)p = NULL;
		break;
	case FIELD_NUMBER:
		*(double *)p = NAN;
		break;
	case FIELD_TRUTH:
		*(int *)p = ABSENT;
		break;
	case FIELD_NUMBERS:
		*(struct numbers *)p = (struct numbers){0};
		break;
	case FIELD_TEXTS:
		*(struct texts *)p = (struct texts){0};
		break;
	case FIELD_PART:
		*(struct part *)p = (struct part){0};
		break;
	}
}

void
record_clear(const struct record_type *type, void *record)
{
	for (size_t i = 0; i < type->n; i++)
		clear_field(&type->fields[i], record);
}

void
record_release(const struct record_type *type, void *record)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct field *field = &type->fields[i];
		void *p = at(record, field);

		if (field->kind == FIELD_NUMBERS)
			free(((struct numbers *)p)->x);
		else if (field->kind == FIELD_TEXTS)
			free(((struct texts *)p)->s);
		clear_field(field, record);
	}
}

static const char *
keep_text(struct index *texts, const char *text)
{
	return text ? index_text(texts, text) : NULL;
}

static void
keep_part(struct index *texts, struct part *part)
{
	char *text = part->value ? tree_text(part->value) : NULL;

	part->text = keep_text(texts, text ? text : part->text);
	part->value = NULL;
	free(text);
}

void
record_keep(const struct record_type *type, void *record, struct index *texts)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct field *field = &type->fields[i];
		void *p = at(record, field);

		if (field->kind == FIELD_TEXT)
			*(const char **)p = keep_text(texts, *(const char **)p);
		else if (field->kind == FIELD_PART)
			keep_part(texts, p);
		else if (field->kind == FIELD_TEXTS)
			for (size_t j = 0; j < ((struct texts *)p)->n; j++)
				((struct texts *)p)->s[j] =
				    keep_text(texts, ((struct texts *)p)->s[j]);
	}
}

/*
 * Reading. A value of the wrong kind leaves its field absent and says what it
 * should have been.
 */
static const char *
read_numbers(struct numbers *numbers, const tree *value)
{
	if (!tree_is_array(value))
		return "a list of numbers";
	numbers->n = tree_length(value);
	numbers->x = mem_zero(numbers->n, sizeof *numbers->x);
	for (size_t i = 0; i < numbers->n; i++) {
		numbers->x[i] = tree_number(tree_at(value, i));
		if (isnan(numbers->x[i]))
			return "a list of numbers";
	}
	return NULL;
}

static const char *
read_texts(struct texts *texts, const tree *value)
{
	if (!tree_is_array(value))
		return "a list of texts";
	texts->n = tree_length(value);
	texts->s = mem_zero(texts->n, sizeof *texts->s);
	for (size_t i = 0; i < texts->n; i++) {
		texts->s[i] = tree_string(tree_at(value, i));
		if (!texts->s[i])
			return "a list of texts";
	}
	return NULL;
}

static const char *
read_field(const struct field *field, void *record, const tree *value)
{
	void *p = at(record, field);

	switch (field->kind) {
	case FIELD_TEXT:
		*(const char **)p = tree_string(value);
		return tree_string(value) ? NULL : "a text";
	case FIELD_NUMBER:
		*(double *)p = tree_number(value);
		return isnan(tree_number(value)) ? "a number" : NULL;
	case FIELD_TRUTH:
		*(int *)p = tree_is_true(value);
		return tree_is_bool(value) ? NULL : "true or false";
	case FIELD_NUMBERS:
		return read_numbers(p, value);
	case FIELD_TEXTS:
		return read_texts(p, value);
	case FIELD_PART:
		((struct part *)p)->value = value;
		return tree_is_object(value) || tree_is_array(value)
			   ? NULL
			   : "an object or a list";
	}
	return NULL;
}

void
reader_get_part(struct reader *reader, const tree *value,
    const struct record_type *type, void *record)
{
	record_clear(type, record);
	if (value && !tree_is_object(value))
		lines_die(&reader->lines, "%s is not an object", type->name);
	for (size_t i = 0; i < type->n; i++) {
		const struct field *field = &type->fields[i];
		const tree *member = tree_get(value, field->name);
		const char *wanted;

		if (!member && !field->required)
			continue;
		if (!member)
			lines_die(&reader->lines, "%s is missing", field->name);
		wanted = read_field(field, record, member);
		if (wanted)
			lines_die(&reader->lines, "%s is not %s", field->name,
			    wanted);
	}
}

/* The tree of the current line, or NULL and why there is none. */
static void
parse_line(struct reader *reader, char *why, size_t size)
{
	const struct lines *in = &reader->lines;

	reader->record = tree_parse(in->text, in->len, why, size);
}

void
reader_get(struct reader *reader, const struct record_type *type, void *record)
{
	char why[200];

	/* A line that was matched has a tree all the same. */
	if (!reader->record)
		parse_line(reader, why, sizeof why);
	reader_get_part(reader, reader->record, type, record);
}

/* Writing. */
static void
put_numbers(struct jline *line, const char *key, const struct numbers *numbers)
{
	if (!numbers->n)
		return;
	jline_list(line, key);
	for (size_t i = 0; i < numbers->n; i++)
		jline_number(line, NULL, numbers->x[i]);
	jline_list_end(line);
}

static void
put_texts(struct jline *line, const char *key, const struct texts *texts)
{
	if (!texts->n)
		return;
	jline_list(line, key);
	for (size_t i = 0; i < texts->n; i++)
		jline_string(line, NULL, texts->s[i]);
	jline_list_end(line);
}

static void
put_part(struct jline *line, const char *key, const struct part *part)
{
	if (part->text || !part->value)
		jline_json(line, key, part->text);
	else
		jline_tree(line, key, part->value);
}

static void
put_field(struct jline *line, const struct field *field, const void *record)
{
	const void *p = at(record, field);

	switch (field->kind) {
	case FIELD_TEXT:
		jline_string(line, field->name, *(const char *const *)p);
		break;
	case FIELD_NUMBER:
		jline_number(line, field->name, *(const double *)p);
		break;
	case FIELD_TRUTH:
		if (*(const int *)p != ABSENT)
			jline_bool(line, field->name, *(const int *)p);
		break;
	case FIELD_NUMBERS:
		put_numbers(line, field->name, p);
		break;
	case FIELD_TEXTS:
		put_texts(line, field->name, p);
		break;
	case FIELD_PART:
		put_part(line, field->name, p);
		break;
	}
}

static bool
has_field(const struct record_type *type, const char *name)
{
	for (size_t i = 0; i < type->n; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return true;
	return type->word && strcmp(name, "type") == 0;
}

void
record_put_over(struct jline *line, const char *key,
    const struct record_type *type, const void *record, const tree *old)
{
	const char *name;
	const tree *member;
	void *at = NULL;

	jline_open(line, key);
	if (type->word)
		jline_string(line, "type", type->word);
	for (size_t i = 0; i < type->n; i++)
		put_field(line, &type->fields[i], record);
	while ((member = tree_member(old, &at, &name)))
		if (!has_field(type, name))
			jline_tree(line, name, member);
	jline_close(line);
}

void
record_put(struct jline *line, const char *key, const struct record_type *type,
    const void *record)
{
	record_put_over(line, key, type, record, NULL);
}

void
record_write(
    struct jline *line, const struct record_type *type, const void *record)
{
	line->len = 0;
	record_put(line, NULL, type, record);
	jline_out(line);
}

/* Streams. */
void
reader_open(struct reader *reader, char *operands[])
{
	*reader = (struct reader){0};
	lines_open(&reader->lines, operands);
}

static enum record_kind
kind_of(struct reader *reader)
{
	static const char *const words[] = {
#define X(id, word) [RECORD_##id] = word,
	    RECORD_KINDS(X)
#undef X
	};
	const tree *type = tree_get(reader->record, "type");

	if (!type)
		return tree_get(reader->record, "metric") &&
			       tree_get(reader->record, "value")
			   ? RECORD_SAMPLE
			   : RECORD_OTHER;
	if (!tree_string(type))
		lines_die(&reader->lines, "type is not a text");
	for (enum record_kind k = 0; k < RECORD_OTHER; k++)
		if (strcmp(words[k], tree_string(type)) == 0)
			return k;
	return RECORD_OTHER;
}

/* Whether the current line is a sample of a shape that was learned. */
static bool
is_of_shape(struct reader *reader)
{
	const struct lines *in = &reader->lines;

	reader->shape = SHAPE_NONE;
	if (!reader->shapes)
		return false;
	reader->shape =
	    shapes_match(reader->shapes, in->text, in->len, &reader->numbers);
	reader->kind = RECORD_SAMPLE;
	return reader->shape != SHAPE_NONE;
}

/* What a later version says may not be what it seems. */
static void
check_version(const struct reader *reader)
{
	bool is_run = reader->kind == RECORD_RUN;
	double v = NAN;

	if (is_run || reader->kind == RECORD_BASELINE_FILE)
		v = tree_number(tree_get(reader->record, "v"));
	if (v > RECORD_VERSION)
		lines_die(&reader->lines,
		    "a %s of version %g; this tool knows %d",
		    is_run ? "run" : "baseline file", v, RECORD_VERSION);
}

bool
reader_next(struct reader *reader)
{
	char why[200];

	tree_free(reader->record);
	reader->record = NULL;
	while (lines_next(&reader->lines)) {
		struct lines *in = &reader->lines;

		if (is_of_shape(reader))
			return true;
		parse_line(reader, why, sizeof why);
		if (!reader->record && in->cut && !reader->ended &&
		    !reader->whole) {
			lines_warn(in,
			    "the last line is cut short and is dropped: the "
			    "run was truncated");
			continue;
		}
		if (!reader->record)
			lines_die(in, "%s", why);
		reader->kind = kind_of(reader);
		check_version(reader);
		if (reader->kind == RECORD_RUN)
			reader->ended = false;
		if (reader->kind == RECORD_END)
			reader->ended = true;
		return true;
	}
	return false;
}

void
reader_pass(const struct reader *reader)
{
	out_pass(&reader->lines);
}

void
reader_hold(struct reader *reader)
{
	const struct lines *in = &reader->lines;

	for (size_t i = 0; i < in->len; i++)
		*MEM_PUSH(reader->held, reader->held_len,
		    reader->held_capacity) = in->text[i];
	*MEM_PUSH(reader->held, reader->held_len, reader->held_capacity) = '\n';
}

void
reader_write_held(struct reader *reader)
{
	if (reader->held_len)
		out_line(reader->held, reader->held_len - 1);
	reader->held_len = 0;
}

void
reader_release(struct reader *reader)
{
	tree_free(reader->record);
	free(reader->held);
	lines_release(&reader->lines);
	*reader = (struct reader){0};
}
