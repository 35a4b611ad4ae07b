#!/bin/sh
# How long cmp-baseline takes, and how much memory, for a run of 1,000 and of
# 10,000 metrics of 30 rounds each: against a baseline of 5 sessions, against
# another variant in pairs, and with a gate file of a limit for each metric.
#
# usage: test/bench-cmp.sh [BUILD]
#
# 10,000 metrics against 5 sessions should take less than a second.

set -eu
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Records as stat-agg and mk-baseline write them, in full.
records() { # METRICS
	awk -v n="$1" -v dir="$dir" '
	function summary(variant, shift, i,    k, r, v) {
		r = v = ""
		for (k = 1; k <= 30; k++) {
			r = r (k > 1 ? "," : "") k
			v = v (k > 1 ? "," : "") \
				sprintf("%.1f", level * (1 + .04 * (rand() - .5)))
		}
		return sprintf("{\"type\":\"summary\",%s,\"run\":\"%s\",\"session\":\"%s\",\"machine\":\"fedcba9876543210\"%s,%s,\"value\":%.1f,\"n\":30,\"mean\":%.1f,\"stddev\":%.1f,\"median\":%.1f,\"mad\":%.1f,\"min\":%.1f,\"max\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p95\":%.1f,\"p99\":%.1f,\"ci\":[%.1f,%.1f],\"level\":0.95,\"outliers\":{\"mild\":0,\"severe\":0},\"r1\":0.4,\"se_block\":0.004,\"rounds\":[%s],\"values\":[%s]}",
			name, run, run, variant, metric,
			level * (1 + .02 * (rand() - .5)), level, level / 50,
			level, level / 80, level * .98, level * 1.02, level,
			level, level, level, level * .99, level * 1.01, r, v)
	}
	BEGIN {
		srand(1)
		run = "20261127T013000Z-3f9a"
		stored = dir "/" n ".baseline"
		stream = dir "/" n ".run"
		pairs = dir "/" n ".variants"
		gates = dir "/" n ".gates"
		printf "{\"gates\":[" >gates
		for (i = 0; i < n; i++) {
			level = 1e6 * (1 + 1000 * rand())
			w = sprintf("workload_%03d", i % 500)
			m = "metric_" int(i / 500)
			name = sprintf("\"case\":\"%s\",\"workload\":\"%s\",\"id\":\"0123456789abcdef\"", w, w)
			metric = sprintf("\"metric\":\"%s\",\"unit\":\"ns\",\"better\":\"lower\",\"aggregator\":\"median\"", m)
			printf "{\"type\":\"baseline\",%s,%s,\"sessions\":[", name, metric >stored
			for (k = 0; k < 5; k++)
				printf "%s{\"session\":\"2026112%dT013000Z-3f9a\",\"machine\":\"fedcba9876543210\",\"time\":\"2026-11-2%dT01:30:00Z\",\"commit\":\"0123456789abcdef0123456789abcdef01234567\",\"value\":%.1f,\"n\":30,\"se_block\":0.004}",
					k ? "," : "", k, k, level * (1 + .02 * (rand() - .5)) >stored
			print "]}" >stored
			print summary("", 0) >stream
			print summary(",\"variant\":\"base\"", 0) >pairs
			print summary(",\"variant\":\"head\"", 0) >pairs
			printf "%s{\"metric\":\"%s.%s\",\"operator\":\"<\",\"threshold\":%.1f}",
				i ? "," : "", w, m, 2 * level >gates
		}
		print "]}" >gates
	}'
}

# wl-run measures it: the median of five.
cat >"$dir/bench.yaml" <<'END'
workloads:
  - workload_id: stored
    command: [cmp-baseline, -b, $(dir)/$(metrics).baseline, $(dir)/$(metrics).run]
    parameters: &sizes [{name: metrics, values: [1000, 10000]}]
    iterations: 5
    stdout: null
    metrics: &what [{name: wall_time, unit: s, gate: false},
      {name: cpu_time, unit: s, gate: false},
      {name: max_rss, unit: MB, gate: false}]
  - workload_id: variants
    command: [cmp-baseline, $(dir)/$(metrics).variants]
    parameters: *sizes
    iterations: 5
    stdout: null
    metrics: *what
  - workload_id: gates
    command: [cmp-baseline, -g, $(dir)/$(metrics).gates, $(dir)/$(metrics).run]
    parameters: *sizes
    iterations: 5
    stdout: null
    metrics: *what
END
records 1000
records 10000

echo 'cmp-baseline: time and maximum resident memory'
PATH=$build/bin:$PATH
wl-expand "$dir/bench.yaml" | wl-run 2>"$dir/err" | stat-agg >"$dir/summaries" || {
	cat "$dir/err" >&2
	exit 1
}
jq -rs 'map(select(.type == "summary" and .case != ":probe")) | group_by(.case)[] |
	(map({(.metric): .value}) | add) as $m | (.[0].case | split("/metrics=")) as $c |
	[$c[0], $c[1], $m.wall_time, $m.cpu_time, $m.max_rss] | @tsv' "$dir/summaries" |
	sort -s -k1,1 -k2,2n |
	while read -r what metrics seconds cpu megabytes; do
		printf '%-8s  %5d metrics  %.3f s  (cpu %.3f s)  %.1f MB\n' \
			"$what" "$metrics" "$seconds" "$cpu" "$megabytes"
	done
