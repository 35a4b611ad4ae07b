#!/bin/bash
# wl-run beside hyperfine: what a trial costs, how exact its times are, and how
# much memory it takes.
#
# usage: test/bench-run.sh [BUILD]
#
# Each comparison is made several times, one program directly after the other,
# and the medians are shown. Everything that wl-run measures is on.

set -eu
LC_ALL=C
export LC_ALL
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'cat err >&2' ERR
PATH=$build/bin:$PATH
cd "$dir"

echo 'wl-run:'
# The median of the numbers of standard input, as printf shows it.
median() {
	sort -g | awk -v format="$1" '{ x[NR] = $1 }
		END { printf format, (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2 }'
}

# CV in percent of the times in a list of JSON, in any unit.
# shellcheck disable=SC2016 # $mean is for jq
cv='(add / length) as $mean |
	(map(. - $mean | . * .) | add / (length - 1) | sqrt) / $mean * 100'

# A case whose command is the JSON given.
cases() {
	for command; do
		printf '{"type":"case","case":"%s","exec":{"command":%s}%s}\n' \
			"$(echo "$command" | tr -dc 'a-z0-9')" "$command" \
			',"metrics":[{"name":"own_time","unit":"ns"}]'
	done
}

# How many seconds a command takes, whose standard input is the file given.
seconds() {
	local TIMEFORMAT=%R

	{ time "${@:2}" <"$1" >out 2>err; } 2>&1
}

# --- what a trial costs ---

printf '{"type":"case","case":"true","exec":{"command":["/bin/true"]}}\n' >one.jsonl
for _ in {1..9}; do
	peer=$(seconds /dev/null hyperfine -N -w 0 -r 1000 --style none /bin/true)
	echo "$(seconds one.jsonl wl-run -n 1000 -w 0) $peer"
done >times.txt
awk '{ print $1 }' times.txt | median '  1,000 trials of /bin/true: %.2f s, '
awk '{ print $2 }' times.txt | median 'hyperfine -N: %.2f s, '
awk '{ print $1 / $2 }' times.txt | median 'ratio %.2f\n'

# --- how exact its times are ---

"${CC:-cc}" -O2 -D_GNU_SOURCE -o spin "$here/bench-spin.c"
cases '["./spin","0"]' '["./spin","10"]' '["./spin","100"]' >spin.jsonl
for _ in {1..5}; do
	wl-run -n 50 -w 1 -o sequential <spin.jsonl >run.jsonl 2>err
	for ms in 0 10 100; do
		jq -rs "map(select(.metric == \"wall_time\" and
			.case == \"spin$ms\").value) | $cv" run.jsonl >>"ours.$ms"
		hyperfine -N -w 1 -r 50 --style none --export-json peer.json \
			"./spin $ms" >/dev/null 2>&1
		jq -r ".results[0].times | $cv" peer.json >>"peer.$ms"
	done
	jq -rs 'def median: sort | (.[(length - 1) / 2 | floor] +
			.[length / 2 | floor]) / 2;
		def of(metric; ms): map(select(.metric == metric and
			.case == "spin\(ms)").value) | median;
		of("wall_time"; 0) as $zero | (10, 100) as $ms |
		[$ms, of("wall_time"; $ms) - $zero, of("own_time"; $ms)] |
		@tsv' run.jsonl >>accounts
done
for ms in 10 100; do
	awk -v ms="$ms" '$1 == ms { print ($2 / $3 - 1) * 100 }' accounts |
		median "  a spinner of $ms ms, less one of 0 ms: %+.2f %% of its own account\\n"
done
for ms in 0 10 100; do
	median "  coefficient of variation, $ms ms: %.2f %%, " <"ours.$ms"
	median 'hyperfine %.2f %%\n' <"peer.$ms"
done

# --- memory ---

# The last case looks at both processes of wl-run when it has all the others.
# shellcheck disable=SC2016 # it is not for this shell
look='["sh","-c","ps -o ppid= -p $PPID | { read -r guard; cat /proc/$PPID/status /proc/$guard/status; } >memory"]'
for n in 1000 100000; do
	awk -v n="$n" 'BEGIN { for (i = 1; i <= n; i++) printf \
		"{\"type\":\"case\",\"case\":\"true/n=%d\"," \
		"\"exec\":{\"command\":[\"/bin/true\"]}}\n", i }' >many
	printf '{"type":"case","case":"look","exec":{"command":%s}}\n' \
		"$(printf %s "$look")" >>many
	wl-run -n 1 -w 0 -o sequential <many >/dev/null 2>err
	awk -v n="$n" '$1 == "VmHWM:" { kb[++i] = $2 } END {
		printf "  %d cases: %.1f MB, and its parent %.1f MB\n",
			n, kb[1] / 1000, kb[2] / 1000 }' memory
done
