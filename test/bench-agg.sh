#!/bin/sh
# How fast stat-agg is beside what others do with the same lines: jq, which
# only takes the value out of each, and Miller, which makes statistics of them;
# and how much memory it takes for 10,000,000 lines.
#
# usage: test/bench-agg.sh [BUILD]
#
# The lines are samples of 180 bytes: 8 cases, 30 rounds of each, in each some
# 4,000 latencies of packets and four numbers of the whole trial. wl-run
# measures all in turn, and what is compared is compared round by round. It
# should be at least 10 times faster than jq and 20 times faster than Miller,
# and take less than 64 MB, or the status is 1.

set -eu
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PATH=$build/bin:$PATH

# usage: samples LINES
cat >"$dir/samples" <<'END'
#!/usr/bin/awk -f
BEGIN {
	n = ARGV[1]
	srand(1)
	line = "{\"type\":\"sample\",\"case\":\"iot_gateway_data_forwarding_udp_burst/" \
		"packet_size_bytes=%d,rate_pps=10000\",\"variant\":\"head\"," \
		"\"round\":%d,\"metric\":\"%s\",\"unit\":\"%s\",\"value\":%s}\n"
	split("wall_time cpu_time max_rss task_clock", metric)
	split("ns ns B ns", unit)
	for (r = 1; r <= 30; r++)
		for (c = 0; c < 8; c++) {
			size = 64 * 2 ^ c
			for (m = 1; m <= 4; m++)
				printf line, size, r, metric[m], unit[m],
					int(1e9 * (1 + .02 * rand()))
			for (i = 4; i < n / 240; i++) {
				x = sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand())
				printf line, size, r, "packet_latency", "us",
					sprintf("%.3f", (20 + 10 * c) * exp(.3 * x))
			}
		}
	exit
}
END
chmod +x "$dir/samples"
"$dir/samples" 1000000 >"$dir/million.jsonl"

cat >"$dir/bench.yaml" <<'END'
workloads:
  - workload_id: stat-agg
    command: [stat-agg, $(dir)/million.jsonl]
    iterations: 3
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: max_rss, unit: kB, gate: false}]
  - workload_id: strict
    command: [stat-agg, --strict, $(dir)/million.jsonl]
    iterations: 3
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: max_rss, unit: kB, gate: false}]
  - workload_id: jq
    command: [jq, -r, .value, $(dir)/million.jsonl]
    requires: {programs: [jq]}
    iterations: 3
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: max_rss, unit: kB, gate: false}]
  - workload_id: miller
    command: [mlr, --ijsonl, --ojsonl, stats1, -a, "mean,p50,p99,stddev",
      -f, value, -g, "case,metric", $(dir)/million.jsonl]
    requires: {programs: [mlr]}
    iterations: 3
    stdout: null
    metrics: [{name: wall_time, unit: s, gate: false},
      {name: max_rss, unit: kB, gate: false}]
  - workload_id: ten-million
    command: [sh, -c, $(dir)/samples 10000000 | stat-agg >$(dir)/ten]
    warmup: 0
    iterations: 1
    timeout: 600s
    stdout: null
    metrics: [{name: max_rss, unit: kB, gate: false}]
END
wl-expand "$dir/bench.yaml" | wl-run 2>"$dir/err" | stat-agg >"$dir/summaries" || {
	cat "$dir/err"
	exit 1
}

lines=$(jq -s 'map(.lines) | add' "$dir/ten")
[ "$lines" -gt 9990000 ] || {
	echo "only $lines of 10,000,000 samples were read"
	exit 1
}
echo "stat-agg: 1,000,000 samples, $(wc -c <"$dir/million.jsonl") bytes"
jq -rs 'map(select(.type == "summary")) |
	(map({("\(.case) \(.metric)"): .}) | add) as $s |
	def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
	def times(c): $s["\(c) wall_time"].values;
	def ratio(c): [times(c), times("stat-agg")] | transpose |
		map(.[0] / .[1]) | median;
	def round: . * 100 | floor | . / 100;
	def least(x): if . >= x then "" else ", should be \(x)" end;
	def row(c; x): if $s["\(c) wall_time"] then
		"  \(c): \(times(c) | median | round) s, " +
		"\($s["\(c) max_rss"].value / 1000 | round) MB" +
		(if c == "stat-agg" then "" else
		ratio(c) | ", \(round) times stat-agg\(least(x))" end)
		else "  \(c) is not here" end;
	row("stat-agg"; 0), row("strict"; 0), row("jq"; 10), row("miller"; 20),
	($s["ten-million max_rss"].value / 1000 |
	"  10,000,000 samples: \(round) MB of memory" +
	if . < 64 then "" else ", should be 64" end)' "$dir/summaries" |
	tee "$dir/report"
! grep -q 'should be' "$dir/report"
