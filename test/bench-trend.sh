#!/bin/sh
# How long stat-trend takes, and how much memory: 1,000 and 10,000 series of 150
# points, of which every fourth has a step; and one series of 100,000 points.
#
# usage: test/bench-trend.sh [BUILD]
#
# 10,000 series should take less than a minute.

set -eu
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

points() { # SERIES POINTS
	awk -v series="$1" -v points="$2" '
	BEGIN {
		srand(1)
		for (s = 0; s < series; s++)
			for (i = 0; i < points; i++) {
				z = sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand())
				v = 1e6 * (1 + 0.02 * z)
				if (s % 4 == 0 && i > points / 3)
					v *= 1.05
				printf "{\"type\":\"point\",\"case\":\"workload_%d\",\"metric\":\"wall_time\",\"unit\":\"ns\",\"better\":\"lower\",\"run\":\"run%d\",\"commit\":\"%040d\",\"value\":%.1f}\n", s, i, i, v
			}
	}' >"$dir/$1x$2"
}

# wl-run measures it.
cat >"$dir/bench.yaml" <<'END'
workloads:
  - workload_id: trend
    command: [stat-trend, $(dir)/$(size)]
    parameters: [{name: size, values: [1000x150, 10000x150, 1x100000]}]
    iterations: 1
    warmup: 0
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: cpu_time, unit: s, gate: false},
      {name: max_rss, unit: MB, gate: false}]
END
points 1000 150
points 10000 150
points 1 100000

echo 'stat-trend: time and maximum resident memory'
PATH=$build/bin:$PATH
wl-expand "$dir/bench.yaml" | wl-run 2>"$dir/err" | stat-agg >"$dir/summaries" || {
	cat "$dir/err" >&2
	exit 1
}
jq -rs 'map(select(.type == "summary" and .case != ":probe")) | group_by(.case)[] |
	(map({(.metric): .value}) | add) as $m | (.[0].case | split("/size=")) as $c |
	[$c[1], $m.wall_time, $m.cpu_time, $m.max_rss] | @tsv' "$dir/summaries" |
	while read -r size seconds cpu megabytes; do
		printf '%-11s  %.2f s  (cpu %.2f s)  %.1f MB\n' \
			"$size" "$seconds" "$cpu" "$megabytes"
	done
