#!/bin/sh
# How long mk-report takes, and how much memory, for a report of 50 pages and
# for one of 10,000 metrics, of 30 rounds each in two variants, in each format.
#
# usage: test/bench-report.sh [BUILD]
#
# 50 pages of PDF should take less than half a second.

set -eu
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Summaries with their round values and verdicts, as cmp-baseline passes and
# writes them.
records() { # METRICS
	awk -v n="$1" '
	function summary(variant, level,    k, v, r) {
		v = r = ""
		for (k = 1; k <= 30; k++) {
			r = r (k > 1 ? "," : "") k
			v = v (k > 1 ? "," : "") \
				sprintf("%.1f", level * (1 + .04 * (rand() - .5)))
		}
		printf "{\"type\":\"summary\",%s,\"variant\":\"%s\",%s,\"value\":%.1f,\"n\":30,\"min\":%.1f,\"max\":%.1f,\"cv\":0.012,\"ci\":[%.1f,%.1f],\"level\":0.95,\"rounds\":[%s],\"values\":[%s]}\n",
			name, variant, metric, level, level * .98, level * 1.02,
			level * .99, level * 1.01, r, v
	}
	BEGIN {
		srand(1)
		print "{\"type\":\"run\",\"run\":\"r\",\"time\":\"2026-11-21T01:30:00Z\"}"
		for (i = 0; i < n; i++) {
			level = 1e6 * (1 + 1000 * rand())
			change = rand() < .1 ? .1 : .01 * (rand() - .5)
			w = sprintf("workload_%03d", i / 6)
			name = sprintf("\"case\":\"%s/size=%d\"", w, 10 ^ (i % 3))
			metric = sprintf("\"metric\":\"metric_%d\",\"unit\":\"ns\",\"better\":\"lower\"", i % 6)
			summary("base", level)
			summary("head", level * (1 + change))
			printf "{\"type\":\"verdict\",\"kind\":\"change\",%s,%s,\"variant\":\"head\",\"verdict\":\"%s\",\"severity\":\"blocking\",\"gating\":true,\"baseline\":%.1f,\"current\":%.1f,\"change\":%.4f,\"ci\":[%.4f,%.4f],\"p\":0.01,\"q\":0.02,\"method\":\"paired-wilcoxon\",\"n\":30,\"margin\":0.01,\"threshold\":0.05,\"mde\":0.02,\"why\":\"+1.0%% (+0.5%% to +1.5%%) against base: worse by more than the margin, and perhaps by as much as the threshold\"}\n",
				name, metric, (change > .05 ? "regressed" : "unchanged"),
				level, level * (1 + change), change,
				change - .01, change + .01
		}
		print "{\"type\":\"result\",\"status\":\"fail\",\"exit\":1}"
		print "{\"type\":\"end\",\"run\":\"r\",\"complete\":true}"
	}' >"$dir/$1"
}

# wl-run measures it: the median of five.
cat >"$dir/bench.yaml" <<'END'
workloads:
  - workload_id: report
    command: [mk-report, -f, $(format), -o, $(dir)/out, $(dir)/$(metrics)]
    parameters:
      - {name: format, values: [pdf, html, md, text, json, junit, github]}
      - {name: metrics, values: [160, 10000]}
    iterations: 5
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: cpu_time, unit: s, gate: false},
      {name: max_rss, unit: MB, gate: false}]
END
records 160
records 10000

PATH=$build/bin:$PATH
pages=
if command -v pdfinfo >/dev/null; then
	mk-report -f pdf -o "$dir/pdf" "$dir/160"
	pages=$(pdfinfo "$dir/pdf" 2>/dev/null | sed -n 's/^Pages: *//p')
fi
echo "mk-report: time and maximum resident memory; 160 metrics are ${pages:-50} pages"
wl-expand "$dir/bench.yaml" | wl-run 2>"$dir/err" | stat-agg >"$dir/summaries" || {
	cat "$dir/err" >&2
	exit 1
}
jq -rs 'map(select(.type == "summary")) | group_by(.case)[] |
	(map({(.metric): .value}) | add) as $m |
	(.[0].case | capture("format=(?<f>[a-z]*),metrics=(?<n>[0-9]*)")) as $c |
	[$c.f, $c.n, $m.wall_time, $m.cpu_time, $m.max_rss] | @tsv' "$dir/summaries" |
	sort -s -k1,1 -k2,2n |
	while read -r format metrics seconds cpu megabytes; do
		printf '%-6s  %5d metrics  %.3f s  (cpu %.3f s)  %.1f MB\n' \
			"$format" "$metrics" "$seconds" "$cpu" "$megabytes"
	done
