#!/bin/sh
# Are the three kernels as fast as they were? Compares them with a file of means,
# standard deviations and sizes, as frameworks before this one kept it:
#
#	benchmark_regression.sh [-n ROUNDS] [BASELINES.json]
#
# With UPDATE_BASELINES=1 in the environment the file is written instead. What
# has no baseline there yet is added to it. The file is baselines.json, if it is
# not given.
#
# Needs jq; the tools are those beside the workloads that were built with them,
# or else of the PATH. WLBENCH_SLOWDOWN plants a regression.
#
# Exit status: 0 nothing is slower; 1 something is, by more than 5 %; 2 trouble.
set -eu
export LC_ALL=C

name=${0##*/}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
rounds=20

trouble() {
	echo "$name: $*" >&2
	exit 2
}

while getopts n: option; do
	case $option in
	n) rounds=$OPTARG ;;
	*) trouble "usage: $name [-n ROUNDS] [BASELINES.json]" ;;
	esac
done
shift $((OPTIND - 1))
case $rounds in
'' | *[!0-9]* | 0*) trouble "-n: not a whole number above 0: $rounds" ;;
esac
[ $# -le 1 ] || trouble "usage: $name [-n ROUNDS] [BASELINES.json]"
file=${1:-baselines.json}

for build in "$here/../build" "$here"; do
	[ ! -x "$build/workloads/decay" ] || WL_PATH=$build/workloads
	[ ! -x "$build/bin/wl-run" ] || PATH=$build/bin:$PATH
done
export WL_PATH="${WL_PATH-$here}"
for program in jq wl-run cmp-baseline; do
	command -v "$program" >/dev/null || trouble "there is no $program"
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The cases have the names that the file has them by.
echo 'Running performance regression benchmarks...'
wl-expand "$here/kernels.yaml" |
	sed 's|"vector_similarity/dimensions=\([0-9]*\),candidates=\([0-9]*\)"|"vector_similarity_\1d_\2c"|
		s|"spreading_activation/nodes=\([0-9]*\),.*,iterations=\([0-9]*\)"|"spreading_activation_\1n_\2i"|
		s|"decay_calculation/memories=\([0-9]*\)"|"decay_calculation_\1m"|' |
	wl-run --no-table --quiet -n "$rounds" >"$scratch/samples" ||
	trouble 'a benchmark failed'
stat-agg "$scratch/samples" >"$scratch/summary"

# The document: what is in the file already, and those that are measured now.
document() {
	jq -n --slurpfile run "$scratch/summary" --argjson old "$1" '
		($run[] | select(.type == "run")) as $r |
		{version: "1.0", platform: ($r.arch + "-unknown-linux-gnu"),
		 cpu: $r.host.cpu, timestamp: $r.time,
		 baselines: ([$run[] |
			select(.type == "summary" and .metric == "time_per_op") |
			{key: .case, value: {mean_ns: .mean | round,
				std_dev_ns: .stddev | round, sample_size: .n}}] |
			from_entries + $old)}' >"$scratch/new"
	mv "$scratch/new" "$file"
}

if [ "${UPDATE_BASELINES:-0}" != 0 ]; then
	document '{}'
	echo "Baselines updated and saved to $file"
	exit
fi

if [ -e "$file" ]; then
	known=$(jq -c .baselines "$file") || trouble "$file: not a baseline"
else
	known={}
fi
new=$(jq -r --argjson known "$known" '
	select(.type == "summary" and .metric == "time_per_op") | .case |
	select($known[.] | not) |
	"No baseline for \(.), recording current performance"' \
	"$scratch/summary")
[ -z "$new" ] || echo "$new"

status=0
if [ -e "$file" ]; then
	cmp-baseline -b "$file" "$scratch/summary" >"$scratch/verdicts" ||
		status=$?
	[ "$status" -le 1 ] || exit 2
	jq -r 'def percent: . * 10000 | round / 100 |
			tostring | if test("[.]") then . else . + ".0" end |
			if test("[.][0-9]$") then . + "0" else . end;
		select(.kind == "change" and .metric == "time_per_op") |
		if .verdict == "regressed" then
			"REGRESSION: \(.case) is \(.change | percent)% slower than baseline (\(.current | round) ns vs \(.baseline | round) ns)"
		elif .verdict == "improved" then
			"IMPROVEMENT: \(.case) is \(-.change | percent)% faster than baseline"
		elif .verdict == "incomparable" then
			"\(.case): \(.why)"
		else empty end' "$scratch/verdicts" >&2
fi
if [ "$status" -ne 0 ]; then
	echo '✗ Performance regressions detected'
	exit 1
fi
[ -z "$new" ] || document "$known"
echo '✓ Performance regression checks passed'
