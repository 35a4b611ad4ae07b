#!/bin/sh
# How long wl-expand takes, and how much memory, for a workload that makes
# 1,000, 10,000 and 100,000 cases.
#
# usage: test/bench-expand.sh [BUILD]
#
# The memory must not grow with the number of cases.

set -eu
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Five parameters: 10 x 10 x 10 x A x B cases.
workload() {
	cat <<END
workloads:
  - workload_id: udp_burst
    description: A burst of packets, forwarded, and the latency of each.
    tags: [net, quick]
    parameters:
      - {name: size, range: {from: 1, to: 10}}
      - {name: rate, range: {from: 100, to: 1000, step: 100}}
      - {name: threads, range: {from: 1, to: 10}}
      - {name: batch, range: {from: 1, to: $1}}
      - {name: burst, range: {from: 1, to: $2}}
    command: [./udp-burst, -s, \$(size), -r, \$(rate), --threads=\$(threads),
      -b, \$(batch), -n, \$(burst)]
    env: {BURST: "\$(burst)"}
    timeout: 30s
    metrics:
      - {name: wall_time, unit: ms, gate: false}
      - {name: p99_latency, unit: us, from: latency, better: lower,
         aggregator: percentile_99}
    acceptance_criteria:
      x86_64:
        - {metric: p99_latency, condition: "<=", threshold_value: 75,
           where: {size: 10}}
        - {metric: wall_time, condition: "<=", threshold_value: 750}
END
}

# wl-run measures it: the median of five.
cat >"$dir/bench.yaml" <<'END'
workloads:
  - workload_id: wl-expand
    command: [wl-expand, $(dir)/$(cases).yaml]
    parameters: [{name: cases, values: [1000, 10000, 100000]}]
    iterations: 5
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: max_rss, unit: kB, gate: false}]
END
workload 1 1 >"$dir/1000.yaml"
workload 10 1 >"$dir/10000.yaml"
workload 10 10 >"$dir/100000.yaml"

echo 'wl-expand: wall time and maximum resident memory'
PATH=$build/bin:$PATH
wl-expand "$dir/bench.yaml" | wl-run 2>"$dir/err" | stat-agg >"$dir/summaries" || {
	cat "$dir/err"
	exit 1
}
jq -rs 'map(select(.type == "summary" and (.case | startswith("wl-expand/")))) |
	group_by(.case)[] |
	(map({(.metric): .value}) | add) as $m |
	[(.[0].case | split("=")[1] | tonumber), $m.wall_time, $m.max_rss] |
	@tsv' "$dir/summaries" | sort -n |
	while read -r cases seconds kilobytes; do
		printf '%7d cases  %.3f s  %.0f kB\n' \
			"$cases" "$seconds" "$kilobytes"
	done
