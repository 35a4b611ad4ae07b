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
      - {name: wall_time, unit: ms}
      - {name: p99_latency, unit: us, from: latency, better: lower,
         aggregator: percentile_99}
    acceptance_criteria:
      x86_64:
        - {metric: p99_latency, condition: "<=", threshold_value: 75,
           where: {size: 10}}
        - {metric: wall_time, condition: "<=", threshold_value: 750}
END
}

echo 'wl-expand: wall time and maximum resident memory'
for ab in '1 1' '10 1' '10 10'; do
	# shellcheck disable=SC2086 # two arguments
	workload $ab >"$dir/workload.yaml"
	/usr/bin/time -f '%e %M' -o "$dir/time" \
		"$build/bin/wl-expand" "$dir/workload.yaml" >"$dir/cases"
	read -r seconds kilobytes <"$dir/time"
	printf '%7d cases  %6s s  %6s kB\n' "$(wc -l <"$dir/cases")" \
		"$seconds" "$kilobytes"
done
