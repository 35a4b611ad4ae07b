#!/usr/bin/env bats
# lib/perf-aa.sh: that it counts what really happened. Its workloads make their
# numbers up, so that nothing here depends on how long things take.

load helper

prepare_test() {
	unset TARGET_ARCH TARGET TAGS TIER FILTER ITERATIONS WARMUP SEED \
		BASELINE TAG BASE HEAD UPDATE_BASELINES KEEP_OUTPUT WL_PATH \
		ROUNDS N PLANTED SESSIONS WLBENCH_SLOWDOWN
	mkdir perf
	cat >Makefile <<-END
		PERF_WORKLOADS = perf/*.yaml
		PERF_TOOLS = $PLUMBLINE_BUILD/bin
		include $TOP/lib/perf.mk
	END
	cat >perf/tiny.yaml <<-'END'
		workloads:
		  - workload_id: tiny
		    tags: [quick]
		    warmup: 0
		    iterations: 10
		    command: [tiny.sh, $(number)]
		    parameters:
		      - {name: number, value: 100}
		    metrics:
		      - {name: cost, unit: ms, better: lower}
	END
	program 1
}

# A cost that varies a little from round to round, times WLBENCH_SLOWDOWN and a
# factor, an expression of awk with `dir`, where it runs.
program() {
	cat >perf/tiny.sh <<-END
		#!/bin/sh
		factor=\${WLBENCH_SLOWDOWN:-*=1}
		awk -v number="\$1" -v round="\$WL_ROUND" -v factor="\${factor#*=}" \\
			-v dir="\${PWD##*/}" 'BEGIN {
			noise = 1 + 0.01 * sin(round * round + length(dir))
			printf "{\"metric\":\"cost\",\"value\":%.4f}\n",
				number * noise * factor * ($1) }'
	END
	chmod +x perf/tiny.sh
}

row_is() { # NAME NUMBERS
	touch looked_out
	grep -E "^ *$1 +$2\$" out >/dev/null || {
		cat out >&2
		return 1
	}
}

@test "aa-test: no false alarm, and what was planted is found" {
	expect 0 make aa-test N=3 PLANTED=2 SESSIONS=5 ROUNDS=20
	row_is '20 rounds of variants' '3 +0 +70.8 % +3 +0 +0 +3 +0'
	row_is '5 stored sessions' '3 +0 +70.8 % +3 +0 +0 +3 +0'
	row_is 'tiny/number=100 cost' '0.0 % +2 +0 +2'
}

@test "aa-test: a false alarm is counted, and is an error" {
	# What lies in another directory is slower, which is no change.
	program 'dir == "head" ? 1.2 : 1'
	expect 2 make aa-test N=2 PLANTED=0 SESSIONS=1 ROUNDS=20
	err_has 'Error 1'
	row_is '20 rounds of variants' '2 +2 +100.0 % +2 +2 +0 +0 +0'
	row_is '1 stored sessions' '2 +0 +84.2 % +2 +0 +0 +0 +2'
	run ! grep planted out
}

@test "aa-test: a selection that has nothing is trouble" {
	expect 2 make aa-test N=1 TAGS=nothing
	err_has 'no case'
	ignore_out
}
