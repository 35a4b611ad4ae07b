/* What wl-run writes: the run, its trials, and what they measured. */
#include "fields.h"
#include "record.h"

static const struct field run_fields[] = {
    MAY(run, NUMBER, "v", v),
    MAY(run, TEXT, "run", run),
    MAY(run, TEXT, "session", session),
    MAY(run, TEXT, "confirms", confirms),
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
    MAY(run, TEXT, "result", result),
    MAY(run, TEXT, "report", report),
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
    MAY(trial, TEXT, "stderr", said),
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
