#!/bin/sh
# How long the tools of this toolkit take for an ordinary suite:
#
#	toolkit-commands.sh make CASES		in this directory: a suite of so
#						many cases, and what it measured
#	toolkit-commands.sh run COMMAND TIMES	check, aggregate, compare, render
#
# The tools are those beside the workloads that were built with them, or else of
# the PATH.
set -eu
export LC_ALL=C

name=${0##*/}
kernels=$(dirname "$(command -v repeat)")
if [ -x "$kernels/../bin/stat-agg" ]; then
	PATH=$kernels/../bin:$PATH
fi

# A suite with two parameters and two metrics to judge.
suite() {
	echo 'workloads:'
	i=1
	while [ "$i" -le "$(($1 / 2))" ]; do
		cat <<-END
		- workload_id: w$i
		  description: Nothing is run.
		  command: ["true", \$(size)]
		  parameters: [{name: size, values: [1, 2]}]
		  metrics:
		  - {name: time, unit: ms, from: wall_time}
		  - {name: rate, unit: 1/s, better: higher, threshold_percent: 3}
		  acceptance_criteria:
		    x86_64: [{metric: time, condition: "<=", threshold_value: 1000}]
		END
		i=$((i + 1))
	done
}

# What a session measured: ten rounds of each case, a little noise.
session() {
	printf '{"type":"run","v":1,"run":"r%d","session":"s%d","arch":"x86_64","target":"x86_64","time":"2026-01-0%dT00:00:00Z","machine":"m"}\n' \
		"$1" "$1" "$1"
	cat cases.jsonl
	awk -v session="$1" -v cases="$2" 'BEGIN {
		srand(session)
		for (c = 0; c < cases; c++) {
			name = "w" int(c / 2) + 1 "/size=" c % 2 + 1
			for (r = 1; r <= 10; r++) {
				x = (c + 1) * (1 + (rand() - 0.5) / 50)
				printf "{\"type\":\"sample\",\"case\":\"%s\",\"round\":%d,\"metric\":\"wall_time\",\"unit\":\"ns\",\"value\":%.0f}\n",
					name, r, x * 1000000
				printf "{\"type\":\"sample\",\"case\":\"%s\",\"round\":%d,\"metric\":\"rate\",\"unit\":\"1/s\",\"value\":%.6f}\n",
					name, r, 1000 / x
			}
		}
		printf "{\"type\":\"end\",\"run\":\"r%d\",\"complete\":true,\"trials\":%d,\"failed\":0}\n",
			session, cases * 10
	}'
}

case ${1-} in
make)
	suite "$2" >suite.yaml
	wl-expand --arch x86_64 suite.yaml >cases.jsonl
	for s in 1 2 3 4 5; do
		session $s "$2" | stat-agg | mk-baseline -q -b baseline.jsonl
	done
	session 6 "$2" >samples.jsonl
	stat-agg samples.jsonl >aggregate
	cmp-baseline -b baseline.jsonl aggregate >compare
	mk-report -f html -o render compare
	mv cases.jsonl check
	;;
run)
	times=$3
	expected=$2
	case $2 in
	check) set -- wl-expand --arch x86_64 suite.yaml ;;
	aggregate) set -- stat-agg samples.jsonl ;;
	compare) set -- cmp-baseline -b baseline.jsonl aggregate ;;
	render) set -- mk-report -f html compare ;;
	*)
		echo "$name: no such command: $2" >&2
		exit 2
		;;
	esac
	exec repeat -n "$times" -e "$expected" command_time ms "$@"
	;;
*)
	echo "usage: $name make CASES | run COMMAND TIMES" >&2
	exit 2
	;;
esac
