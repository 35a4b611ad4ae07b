#!/bin/sh
# How long the history takes that has 1,000,000 points, of 2,000 runs on ten
# machines, 500 metrics each: one series by hist-get, all that one metric has,
# and to add a run more; how long it took to file them all, and to make the
# index of them anew.
#
# usage: test/bench-hist.sh [BUILD]
#
# One series, of 200 points, should take less than 5 ms, a run more, of 500
# points, less than 50 ms. git is not asked: it is measured where there is no
# repository. 600 MB are needed where temporary files are.

set -eu
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PATH=$build/bin:$PATH
cd "$dir"

# The records of runs FIRST to LAST, in full.
records() { # FIRST LAST
	awk -v first="$1" -v last="$2" '
	BEGIN {
		for (i = first; i <= last; i++) {
			srand(i)
			day = sprintf("%04d-%02d-%02d", 2016 + int(i / 336),
				1 + int(i / 28) % 12, 1 + i % 28)
			run = day "-" i
			machine = sprintf("%016d", i % 10)
			printf "{\"type\":\"run\",\"v\":1,\"run\":\"%s\",\"session\":\"%s\",\"arch\":\"x86_64\",\"target\":\"x86_64\",\"commit\":\"%040d\",\"branch\":\"main\",\"dirty\":false,\"time\":\"%sT01:30:00Z\",\"machine\":\"%s\",\"host\":{\"cpu\":\"a processor\",\"cores\":8,\"memory\":16000000000,\"kernel\":\"6.1.0\"},\"checks\":[{\"id\":\"turbo\",\"level\":\"ok\",\"msg\":\"turbo is off\"},{\"id\":\"governor\",\"level\":\"warning\",\"msg\":\"the clock frequency varies\",\"fix\":\"cpupower frequency-set -g performance\"}]}\n",
				run, run, i, day, machine
			for (k = 0; k < 500; k++) {
				x = 1e6 * (1 + k) * (1 + .02 * (rand() - .5))
				printf "{\"type\":\"summary\",\"case\":\"workload_%03d/n=1\",\"workload\":\"workload_%03d\",\"id\":\"0123456789abcdef\",\"run\":\"%s\",\"session\":\"%s\",\"machine\":\"%s\",\"metric\":\"metric_%d\",\"unit\":\"ns\",\"better\":\"lower\",\"aggregator\":\"median\",\"value\":%.1f,\"n\":10,\"mad\":%.1f,\"min\":%.1f,\"max\":%.1f,\"p95\":%.1f,\"ci\":[%.1f,%.1f],\"level\":0.95,\"se_block\":0.004}\n",
					int(k / 5), int(k / 5), run, run, machine,
					k % 5, x, x / 100, x * .98, x * 1.02,
					x * 1.01, x * .99, x * 1.01
			}
			printf "{\"type\":\"end\",\"run\":\"%s\",\"complete\":true}\n", run
		}
	}'
}

now() {
	date +%s.%N
}

since() { # TIME
	echo "$(now) $1" | awk '{ printf "%.1f", $1 - $2 }'
}

began=$(now)
i=0
while [ $i -lt 2000 ]; do
	records $i $((i + 49)) | hist-add >/dev/null
	i=$((i + 50))
done
printf 'hist: %s points filed in %s s, the index has %s MB\n' \
	"$(hist-get --runs | wc -l | awk '{ print 500 * $1 }')" \
	"$(since "$began")" "$(du -m history/index.sqlite | cut -f1)"

# What comes next; of each round another one. A warm-up has none.
for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	records $((2000 + i)) $((2000 + i)) >"more-$i"
done
# The stamps of directories count once they are older than a tick.
sleep 3
hist-get --runs -n 1 >/dev/null
sleep 1

cat >bench.yaml <<'END'
workloads:
  - workload_id: one_series
    command: [hist-get, --case, workload_042/n=1, --metric, metric_3,
      --machine, "0000000000000007"]
    iterations: 50
    stdout: null
    metrics: &what [{name: wall_time, unit: ms, gate: false},
      {name: max_rss, unit: MB, gate: false}]
  - workload_id: one_metric
    command: [hist-get, --case, workload_042/n=1, --metric, metric_3]
    iterations: 30
    stdout: null
    metrics: *what
  - workload_id: all_series
    command: [hist-get, --series]
    iterations: 3
    stdout: null
    metrics: *what
END
cat >add.yaml <<'END'
workloads:
  - workload_id: add_a_run
    command: 'exec hist-add "more-${WL_ROUND:-0}"'
    shell: true
    iterations: 15
    stdout: null
    metrics: [{name: wall_time, unit: ms, gate: false},
      {name: max_rss, unit: MB, gate: false}]
END
for file in bench.yaml add.yaml; do
	wl-expand $file | wl-run 2>err | stat-agg >>summaries || {
		cat err >&2
		exit 1
	}
done
jq -rs 'map(select(.type == "summary" and .case != ":probe")) | group_by(.workload)[] |
	(map({(.metric): .}) | add) as $m |
	[.[0].workload, $m.wall_time.value, $m.wall_time.max, $m.max_rss.value] |
	@tsv' summaries |
	while read -r what ms worst megabytes; do
		printf '%-12s  %7.1f ms  (at most %.1f ms)  %.1f MB\n' \
			"$what" "$ms" "$worst" "$megabytes"
	done
began=$(now)
hist-add --reindex
printf 'reindex       %s s\n' "$(since "$began")"
