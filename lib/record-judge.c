/* What was accepted, and what a comparison found out. */
#include "fields.h"
#include "record.h"

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
    MAY(session, TEXT, "branch", branch),
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
    MAY(verdict, TEXT, "was", was),
    MAY(verdict, TEXT, "again", again),
    MAY(verdict, TEXT, "severity", severity),
    MAY(verdict, TRUTH, "gating", gating),
    MAY(verdict, TEXT, "muted", muted),
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
    MAY(verdict, NUMBER, "left_out", left_out),
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
