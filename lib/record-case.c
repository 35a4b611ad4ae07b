/* A case and its parts: what is measured, and how it is to be judged. */
#include "fields.h"
#include "record.h"

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
