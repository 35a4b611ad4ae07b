#!/usr/bin/env bats
# The evaluation of stat-trend: that it counts what a tool really says.

load helper
load make

setup_file() { make_program evaluate-trend; }

evaluate() {
	"$PLUMBLINE_BUILD/evaluate-trend" -n 2 "$@"
}

# A recorded series with steps at 15 and 71.
data() {
	mkdir -p data/otava
	awk 'BEGIN {
		printf "{\"series\":["
		for (i = 0; i < 200; i++)
			printf "%s%.3f", i ? "," : "", (i < 15 ? 100 : \
				i < 71 ? 120 : 110) + sin(i * i)
		print "]}"
	}' >data/otava/tigerbeetle.json
}

# A tool that tells of a step at the same points of every series.
says() {
	cat >tool <<-END
		#!/bin/sh
		tee all
		sed -n 's/^{"case":"\([0-9]*\)".*/\1/p' all | sort -un |
		while read -r name; do
			for at in $*; do
				echo '{"type":"change","kind":"step","case":"'\$name'","index":'\$at',"range":['\$at','\$at'],"ci":[-1,1]}'
			done
		done
	END
	chmod +x tool
}

promise_is() {
	touch looked_out
	grep -qE "^ *$1 +(at most|at least) [0-9.]+ +$2$" out || {
		grep -E "$1" out >&2
		return 1
	}
}

@test "evaluate-trend: a tool that always cries is found out" {
	data
	says 15 40 71 90
	expect 1 evaluate ./tool data
	promise_is 'normal: false' '100.0 +NOT KEPT'
	promise_is 'AR[(]0.6[)]: false' '100.0 +NOT KEPT'
	promise_is '40 before, 10 after: found' '100.0 +kept'
	promise_is '90 before, 10 after: found' '100.0 +kept'
	promise_is 'tigerbeetle: both found' '100.0 +kept'
	grep -E '^ *one, 90 and 10 +100.0 +100.0 +100.0 +100.0 +3.000$' out
	tr '\n' ' ' <out | grep -F 'steps at 15, 40, 71, 90.'
}

@test "evaluate-trend: a tool that sees nothing is found out" {
	data
	printf '#!/bin/sh\ncat\n' >tool
	chmod +x tool
	expect 1 evaluate ./tool data
	promise_is 'normal: false' '0.0 +kept'
	promise_is '40 before, 10 after: found' '0.0 +NOT KEPT'
	promise_is 'tigerbeetle: both found' '0.0 +NOT KEPT'
}

@test "evaluate-trend: the tool as it is, the same bytes twice" {
	data
	tool=$PLUMBLINE_BUILD/bin/stat-trend
	# Two series of a kind need not keep what is promised of many.
	"$PLUMBLINE_BUILD/evaluate-trend" -n 1 "$tool" data >one || [ $? -eq 1 ]
	"$PLUMBLINE_BUILD/evaluate-trend" -n 1 "$tool" data >two || [ $? -eq 1 ]
	cmp one two
	grep -E '^ *tigerbeetle: both found +at least 100.0 +100.0 +kept$' one
}

@test "evaluate-trend: a tool that fails, or that loses points, is trouble" {
	data
	printf '#!/bin/sh\nexit 3\n' >tool
	chmod +x tool
	expect 2 evaluate ./tool data
	err_has 'evaluate-trend: ./tool ended with status'
	ignore_out
	printf '#!/bin/sh\nhead -n 3\n' >tool
	expect 2 evaluate ./tool data
	err_has 'evaluate-trend: ./tool: 3 lines of 24 came back'
	ignore_out
	expect 2 evaluate ./no-tool data
	err_has 'evaluate-trend: ./no-tool'
	ignore_out
	says 1
	expect 2 evaluate ./tool no-data
	err_has 'no-data/otava/tigerbeetle.json'
	ignore_out
}
