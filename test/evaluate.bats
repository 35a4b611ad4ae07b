#!/usr/bin/env bats
# The evaluation of the rule: that it counts what a tool really says.

load helper
load make

setup_file() { make_program evaluate; }

# Three nights of twelve metrics, which differ by half a percent or so.
nights() {
	mkdir -p data/golang-benchseries
	awk -v nights="${1:-3}" 'BEGIN {
		for (night = 1; night <= nights; night++)
			for (metric = 1; metric <= 12; metric++) {
				printf "{\"run\":\"%d\",\"side\":\"Go1.17\",", night
				printf "\"pkg\":\"p\",\"bench\":\"%d\",", metric
				printf "\"unit\":\"ns/op\",\"v\":["
				for (i = 1; i <= 20; i++) {
					noise = sin(night * 71 + metric * 13 + i * i)
					printf "%s%.3f", (i > 1 ? "," : ""),
						metric * (100 + noise / 2)
				}
				print "]}"
			}
	}' >data/golang-benchseries/bent-ns_op.ndjson
}

evaluate() {
	"$PLUMBLINE_BUILD/evaluate" -n 2 -s 2 "$@"
}

# A tool that has the same verdict for everything.
says() {
	printf '#!/bin/sh\nsed -n %s\n' \
		"'s/.*\"case\":\"\\([0-9]*\\)\".*\"variant\":\"head\".*/{\"type\":\"verdict\",\"case\":\"\\1\",\"verdict\":\"$1\",\"change\":$2}/p'" \
		>tool
	chmod +x tool
}

# The row of the table of promises.
promise_is() { # ROW WORDS
	touch looked_out
	grep -E "^ *$1 +at (most|least) [0-9.]+ +$2\$" out >/dev/null || {
		tail -n 12 out >&2
		return 1
	}
}

@test "evaluate: the rule as it is" {
	nights
	# Two suites in a cell cannot show that false alarms are rare.
	expect 1 evaluate "$PLUMBLINE_BUILD/bin/cmp-baseline" data
	out_has 'one unchanged program: 3 nights'
	out_has '12 metrics'
	promise_is 'unchanged: suites failed' '0.0 +kept'
	promise_is 'all [+]7 %: regressed' '100.0 +kept'
	promise_is 'simulated: upper bound' \
		'[0-9.]+ +NOT KEPT'
	# What is slower is said to be; a single round is refused.
	grep -E '^ *all [+]10 % +100.0 100-100 ' out
	grep -E '^ *normal, 2 % +1 +0.0 .* refused$' out
}

@test "evaluate: the same bytes from any number of processes" {
	nights
	expect 1 evaluate "$PLUMBLINE_BUILD/bin/cmp-baseline" data
	ignore_out
	mv out one
	expect 1 evaluate -j 3 "$PLUMBLINE_BUILD/bin/cmp-baseline" data
	ignore_out
	diff one out >&2
}

@test "evaluate: a tool that always cries is found out" {
	nights
	says regressed 0.1
	expect 1 evaluate ./tool data
	promise_is 'unchanged: suites failed' '100.0 +NOT KEPT'
	promise_is 'all [+]3 %: regressed' '100.0 +NOT KEPT'
	promise_is 'all [+]5 %: regressed' '100.0 +kept'
	promise_is 'simulated: upper bound' \
		'100.0 +NOT KEPT'
}

@test "evaluate: a tool that sees nothing is found out" {
	nights
	says inconclusive 0.1
	expect 1 evaluate ./tool data
	promise_is 'unchanged: suites failed' '0.0 +kept'
	promise_is 'all [+]3 %: or small' '0.0 +NOT KEPT'
	promise_is 'all [+]5 %: regressed' '0.0 +NOT KEPT'
}

@test "evaluate: small is worse only where it rose" {
	nights
	says small 0.02
	expect 1 evaluate ./tool data
	promise_is 'all [+]3 %: or small' '100.0 +kept'
	says small -0.02
	expect 1 evaluate ./tool data
	promise_is 'all [+]3 %: or small' '0.0 +NOT KEPT'
}

@test "evaluate: a tool without verdicts, or with others, is trouble" {
	nights
	printf '#!/bin/sh\ncat\n' >tool
	chmod +x tool
	expect 2 evaluate ./tool data
	err_has 'evaluate: ./tool: 0 verdicts on 12 metrics'
	says new 0
	expect 2 evaluate ./tool data
	err_has 'evaluate: ./tool: an unexpected verdict: new'
}

@test "evaluate: data that is not there, or too little" {
	expect 2 evaluate ./tool data
	err_has 'data/golang-benchseries/bent-ns_op.ndjson'
	nights 1
	expect 2 evaluate ./tool data
	err_has 'fewer than two nights of Go1.17'
}

@test "evaluate: into a manual page, between its two lines" {
	nights
	says regressed 0.1
	printf '%s\n' .Sh '.\" BEGIN evaluate' old '.\" END evaluate' .Pp >page
	expect 1 "$TOP/test/evaluate/into-manual" page evaluate \
		"$PLUMBLINE_BUILD/evaluate" -m -n 1 -s 1 ./tool data
	run ! grep old page
	grep -q '^\.Bl -column' page
	[ "$(sed -n '1p;$p' page)" = $'.Sh\n.Pp' ]
	grep -q '^\.It "unchanged: suites failed" Ta ' page
}

@test "evaluate: the page stays as it was where nothing could be evaluated" {
	printf '%s\n' '.\" BEGIN evaluate' old '.\" END evaluate' >page
	cp page before
	expect 2 "$TOP/test/evaluate/into-manual" page evaluate sh -c 'echo x; exit 2'
	cmp page before
	printf '%s\n' old >page
	expect 2 "$TOP/test/evaluate/into-manual" page evaluate echo
	err_is 'into-manual: page: no line .\" BEGIN evaluate'
}
