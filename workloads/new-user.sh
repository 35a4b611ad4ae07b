#!/bin/sh
# The way of a new user, from nothing to a result, in steps:
#
#	new-user.sh init DIRECTORY ...	make a project in the directory `project`;
#					one of the DIRECTORIES has perf.mk
#	new-user.sh check		see what would be measured
#	new-user.sh first_run		measure it, and keep it as a baseline
#	new-user.sh show		show the result again
#
# The tools are those beside the workloads that were built with them, or else of
# the PATH. NEW_USER_DELAY holds up each step by so many seconds: a planted
# regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

kernels=$(dirname "$(command -v repeat)")
if [ -x "$kernels/../bin/wl-run" ]; then
	PATH=$(CDPATH='' cd -- "$kernels/../bin" && pwd):$PATH
fi

# Nothing that was said to the make around us is meant for this one.
clean() {
	env -i PATH="$PATH" HOME="$PWD" LC_ALL=C.UTF-8 "$@"
}

[ -z "${NEW_USER_DELAY-}" ] || sleep "$NEW_USER_DELAY"
case ${1-} in
init)
	shift
	library=
	for directory; do
		[ -n "$library" ] || [ ! -e "$directory/perf.mk" ] ||
			library=$directory
	done
	[ -n "$library" ] || trouble "no directory has perf.mk: $*"
	# No include of make can name every directory.
	case $library in
	*[[:space:]\$\#%:\;*?[\\~\'\"\&\|]*)
		trouble "make cannot include a file of this directory: $library"
		;;
	esac
	rm -rf project
	mkdir -p project/perf
	cat >project/perf/sum.yaml <<-'END'
	workloads:
	- workload_id: sum
	  description: Adds numbers.
	  shell: true
	  command: seq "$WL_n" | awk '{ s += $1 } END { print s }'
	  parameters: [{name: n, values: [1000, 100000]}]
	  expect: {regex: '^(500500|5000050000|5.00005e\+09)'}
	  metrics: [{name: wall_time, unit: ms}]
	  tags: [quick]
	END
	printf 'PERF_WORKLOADS = perf/*.yaml\ninclude %s/perf.mk\n' "$library" \
		>project/Makefile
	;;
check)
	cd project
	[ "$(clean wl-expand perf/sum.yaml | grep -c '"type":"case"')" -eq 2 ]
	;;
first_run)
	cd project
	clean make perf-test >log 2>&1 || { cat log >&2; exit 1; }
	grep -q 'no baseline yet' log
	[ "$(grep -c '"type":"baseline"' baselines/local/*.jsonl)" -ge 2 ]
	;;
show)
	cd project
	clean make perf-report >log
	grep -q '^ */n=100000' log || grep -q 'sum/n=100000' log
	[ -s perf_results/latest/report.html ]
	;;
*)
	echo "usage: ${0##*/} init DIRECTORY ... | check | first_run | show" >&2
	exit 2
	;;
esac
