/* What stat-agg writes: summaries, and partials that merge. */
#include "fields.h"
#include "record.h"

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
