#!/usr/bin/env bats
# lib/perf.mk, from the Makefile of another project. Its workload reports a
# number that a file holds, so that nothing here depends on how long things
# take.

load helper

prepare_test() {
	unset TARGET_ARCH TARGET TAGS TIER FILTER ITERATIONS WARMUP SEED \
		BASELINE TAG BASE HEAD UPDATE_BASELINES KEEP_OUTPUT WL_PATH \
		ROUNDS REASON PRUNE CONFIRM ADAPTIVE GATES KEEP HISTORY \
		HISTORY_SELECT PERF_BRANCH
	MACHINE=$(uname -m)
	LATEST=$PWD/perf_results/latest
	mkdir perf
	cat >Makefile <<-END
		PERF_WORKLOADS = perf/*.yaml
		PERF_TOOLS = $PLUMBLINE_BUILD/bin
		include $TOP/lib/perf.mk
	END
	workload tiny quick
}

# A workload that costs what the file `number` holds: workload NAME TAG.
workload() {
	cat >"perf/$1.yaml" <<-END
		workloads:
		  - workload_id: $1
		    tags: [$2]
		    warmup: 0
		    iterations: 10
		    metrics:
		      - {name: cost, unit: ms, better: lower}
	END
	cat >"perf/$1.sh" <<-'END'
		#!/bin/sh
		echo "{\"metric\":\"cost\",\"value\":$(cat number)}"
	END
	chmod +x "perf/$1.sh"
	echo 100 >number
}

# Runs that a test needs before it looks at anything.
quietly() {
	make "$@" >log 2>&1 || {
		cat log >&2
		return 1
	}
}

# Tools as they are, but wl-run is a script: tool_instead 'what it does'
tool_instead() {
	mkdir tools
	ln -s "$PLUMBLINE_BUILD"/bin/* tools
	rm tools/wl-run
	printf '#!/bin/sh\n%s\n' "$1" >tools/wl-run
	chmod +x tools/wl-run
	sed -i "s|^PERF_TOOLS = .*|PERF_TOOLS = $PWD/tools|" Makefile
}

baseline() {
	jq -c 'select(.type == "baseline") | .sessions | map(.value)' \
		"baselines/${1-local}/$MACHINE.jsonl"
}

runs() {
	find perf_results -mindepth 1 -maxdepth 1 -type d | wc -l
}

latest() {
	jq -r "select(.type == \"$1\" and (.metric // \"cost\") == \"cost\") | .$2" \
		"$LATEST/verdicts.jsonl"
}

@test "perf.mk: the first run records a baseline, and says so" {
	expect 0 make perf-test
	out_has 'measuring 1 case'
	out_has 'no baseline yet: this run is its first session'
	out_has 'PASS: 1 new'
	out_has "report: perf_results/$(readlink perf_results/latest)/report.html"
	err_is "mk-baseline: baselines/local/$MACHINE.jsonl: metrics: 1, new: 1, sessions of each: 1"
	[ "$(baseline)" = '[100]' ]
	for file in cases.jsonl samples.jsonl summary.jsonl verdicts.jsonl \
		report.txt report.md report.html report.xml; do
		[ -s "perf_results/latest/$file" ]
	done
	[ "$(cat perf_results/latest/run.status)" = 0 ]
	[ "$(cat perf_results/latest/verdict.status)" = 0 ]
	[ -z "$(find perf_results -name '*.part')" ]
	[ "$(latest verdict verdict)" = new ]
}

@test "perf.mk: the second run compares, and adds its session" {
	quietly perf-test
	expect 0 make perf-test
	err_has 'sessions of each: 2'
	out_has 'inconclusive'
	[ "$(grep -c 'no baseline yet' out)" = 0 ]
	[ "$(latest verdict sessions)" = 1 ]
	[ "$(baseline)" = '[100,100]' ]
	[ "$(runs)" = 2 ]
}

@test "perf.mk: three times worse fails, with verdicts and reports" {
	quietly perf-test
	echo 300 >number
	expect 2 make perf-test
	err_has 'Error 1'
	out_has 'FAIL: 1 regression'
	[ "$(latest verdict verdict)" = regressed ]
	[ "$(latest result status)" = fail ]
	grep -q regressed perf_results/latest/report.txt
	grep -q regressed perf_results/latest/report.md
	grep -q regressed perf_results/latest/report.html
	[ "$(cat perf_results/latest/verdict.status)" = 1 ]
	[ "$(baseline)" = '[100]' ]
	# What was found can be looked at again, without measuring.
	expect 0 make perf-report
	out_has 'FAIL: 1 regression'
	[ "$(runs)" = 2 ]
}

# From the trial of number $1 on, what costs 300 costs 100 again.
passing_after() {
	echo 300 >number
	# shellcheck disable=SC2016
	sed -i "2i echo >>made; [ \$(wc -l <made) -le $1 ] || echo 100 >number" \
		perf/tiny.sh
}

@test "perf.mk: what failed is measured again, and both are reported" {
	workload other quick
	quietly perf-test
	echo 300 >number
	sed -i 's/cat number/echo 100/' perf/other.sh
	expect 2 make perf-test
	err_has 'Error 1'
	out_has 'measuring 2 cases'
	out_has 'measuring 1 case that failed again'
	out_has 'confirmed: it failed in a new session, too'
	out_has "measured again: perf_results/$(readlink perf_results/latest)/confirm/report.html"
	[ "$(grep -c 'FAIL: 1 regression' out)" = 1 ]
	out_has 'confirmed: measured again +200%, regressed'
	[ "$(latest verdict again | sort | tr '\n' ' ')" = 'null regressed ' ]
	cd perf_results/latest/confirm
	for file in cases.jsonl samples.jsonl summary.jsonl verdicts.jsonl \
		report.txt report.md report.html report.xml; do
		[ -s "$file" ]
	done
	[ "$(cat run.status verdict.status | tr '\n' ' ')" = '0 1 ' ]
	[ "$(jq -r 'select(.type == "case").case' cases.jsonl)" = tiny ]
	# A session of its own.
	[ "$(cat ../samples.jsonl samples.jsonl | jq -r 'select(.type == "run").session' |
		sort -u | wc -l)" = 2 ]
	cd ../../..
	[ "$(baseline | sort -u)" = '[100]' ]
	expect 0 make perf-report
	out_has 'FAIL: 1 regression'
	out_has "measured again: perf_results/latest/confirm/report.html"
}

@test "perf.mk: what does not fail again does not fail the build" {
	quietly perf-test
	passing_after 10
	expect 0 make perf-test
	out_has 'not confirmed: it did not fail in a new session'
	out_has 'PASS; 1 failure not confirmed'
	run ! grep -q FAIL out
	cd perf_results/latest
	[ "$(cat verdict.status confirm/verdict.status | tr '\n' ' ')" = '0 0 ' ]
	[ "$(latest result status)" = pass ]
	[ "$(latest verdict 'verdict + " \(.was) \(.again)"')" = \
		'unconfirmed regressed inconclusive' ]
	for file in report.txt report.md report.html report.xml; do
		grep -qi 'not confirmed: measured again +0.0%, inconclusive' "$file"
		run ! grep -q FAIL "$file"
	done
	[ "$(xmllint --xpath 'count(//skipped)' report.xml)" = 1 ]
	[ "$(xmllint --xpath 'count(//failure)' report.xml)" = 0 ]
	# Both are in the history, the second one as what it is.
	[ "$(jq -r 'select(.type == "result").status' \
		../../history/*/*/*.jsonl | sort | uniq -c | tr -s ' \n' ' ')" = ' 1 inconclusive 2 pass ' ]
	[ "$(jq -r 'select(.confirms).confirms' ../../history/*/*/*.jsonl)" = \
		"$(jq -r 'select(.type == "run").run' samples.jsonl)" ]
	cd ../..
	# What seemed worse enters no baseline.
	err_has 'metrics that may have changed, and are not added: 1'
	[ "$(baseline)" = '[100]' ]
	workload tiny quick
	echo 300 >number
	expect 2 make perf-test CONFIRM=0
	ignore_err
	out_has 'FAIL: 1 regression'
	run ! grep -q 'confirm' out
	[ ! -e perf_results/latest/confirm ]
}

@test "perf.mk: what grows faster is measured again with all its cases" {
	workload grow quick
	cat >>perf/grow.yaml <<-'END'
		    parameters: [{name: n, values: [1, 10, 100]}]
		    scaling: {over: n, metric: cost, at_most: 1.2}
	END
	cat >perf/grow.sh <<-'END'
		#!/bin/sh
		cost=$((100 * WL_n))
		[ "$(cat number)" = 100 ] || cost=$((cost * WL_n))
		echo "{\"metric\":\"cost\",\"value\":$cost}"
	END
	sed -i 's/cat number/echo 100/' perf/tiny.sh
	quietly perf-test
	echo 300 >number
	expect 2 make perf-test
	err_has 'Error 1'
	out_has 'FAIL: 3 regressions, 1 failed criterion'
	out_has 'measuring 3 cases that failed again'
	[ "$(jq -r 'select(.type == "case").case' \
		perf_results/latest/confirm/cases.jsonl | tr '\n' ' ')" = \
		'grow/n=1 grow/n=10 grow/n=100 ' ]
	[ "$(jq -r 'select(.kind and .case == "grow/n=*").verdict' \
		perf_results/latest/confirm/verdicts.jsonl | tr '\n' ' ')" = \
		'regressed fail ' ]
}

@test "perf.mk: a criterion, too; and without a baseline" {
	cat >>perf/tiny.yaml <<-'END'
		    acceptance_criteria:
		      here:
		        - {metric: cost, operator: <=, limit: 200}
	END
	passing_after 10
	expect 0 make perf-test TARGET=here
	ignore_err
	out_has 'must be <= 200 ms'
	out_has '1 failure not confirmed'
	out_has 'not confirmed: measured again 100 ms, pass'
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
}

@test "perf.mk: where it cannot be confirmed the failure stands" {
	quietly perf-test
	echo 300 >number
	tool_instead "case \$* in */confirm/*) exit 2 ;; esac
		exec $PLUMBLINE_BUILD/bin/wl-run \"\$@\""
	expect 2 make perf-test
	ignore_out
	err_has 'the confirmation was cut short: the failure stands'
	# A trial that fails has nothing to do with chance.
	echo 'exit 3' >>perf/tiny.sh
	expect 2 make perf-test
	ignore_err
	out_has 'FAIL: 1 failed case'
	run ! grep -q 'again' out
	[ ! -e perf_results/latest/confirm ]
}

@test "perf.mk: a second measurement that was cut short goes on with perf-resume" {
	quietly perf-test
	echo 300 >number
	# The second session is killed at its second trial.
	# shellcheck disable=SC2016
	sed -i '2i echo >>made; [ $(wc -l <made) -ne 12 ] || [ -e killed ] || { >killed; kill -9 $(cat pid); sleep 9; }' \
		perf/tiny.sh
	tool_instead "echo \$\$ >pid; exec $PLUMBLINE_BUILD/bin/wl-run \"\$@\""
	expect 2 make perf-test
	out_has 'FAIL: 1 regression'
	err_has 'the confirmation was cut short: the failure stands'
	[ -e killed ]
	cd perf_results/latest
	[ "$(latest result status)" = fail ]
	run=$(jq -r 'select(.type == "run").run' confirm/samples.jsonl)
	cd ../..
	expect 2 make perf-resume
	ignore_err
	out_has 'measuring 1 case that failed again'
	out_has 'confirmed: it failed in a new session, too'
	out_has 'FAIL: 1 regression'
	[ "$(jq -r 'select(.type == "run").run' perf_results/latest/confirm/samples.jsonl)" = "$run" ]
}

@test "perf.mk: UPDATE_BASELINES accepts what was measured" {
	quietly perf-test
	echo 300 >number
	expect 2 make perf-test UPDATE_BASELINES=0
	ignore_out
	ignore_err
	[ "$(baseline)" = '[100]' ]
	expect 0 make perf-test UPDATE_BASELINES=1
	out_has 'FAIL: 1 regression'
	err_has 'mk-baseline: '
	[[ $(baseline) = *300* ]]
	# From the environment, too, and for a baseline that is not there yet.
	expect 0 env UPDATE_BASELINES=1 make perf-test BASELINE=v2
	ignore_out
	err_has "baselines/v2/$MACHINE.jsonl: metrics: 1, new: 1"
	[ "$(baseline v2)" = '[300]' ]
}

@test "perf.mk: perf-baseline names a baseline, BASELINE compares with it" {
	quietly perf-test
	expect 0 make perf-baseline TAG=v1.0
	err_is "mk-baseline: baselines/v1.0/$MACHINE.jsonl: metrics: 1, new: 1, sessions of each: 1"
	[ "$(baseline v1.0)" = '[100]' ]
	[ "$(runs)" = 1 ]
	echo 300 >number
	expect 2 make perf-test BASELINE=v1.0
	ignore_err
	out_has 'FAIL: 1 regression'
	echo 100 >number
	expect 0 make perf-test BASELINE=v1.0
	ignore_out
	# Only perf-baseline changes a baseline that has a name.
	[ "$(baseline v1.0)" = '[100]' ]
	[ "$(baseline)" = '[100]' ]
	expect 0 make perf-baseline TAG=v1.0
	err_has 'sessions of each: 2'
}

@test "perf.mk: a baseline has a name, and is below PERF_BASELINES" {
	local name

	quietly perf-test
	for name in '' ' ' .. ../evil ../../../evil a/../../evil a/.. \
		"$PWD/evil"; do
		for of in 'perf-baseline TAG' 'perf-test perf-baseline TAG' \
			'perf-test BASELINE'; do
			# shellcheck disable=SC2086
			expect 2 make UPDATE_BASELINES=1 ${of% *} \
				"${of##* }=$name"
			err_has 'not the name of a baseline'
		done
	done
	[ "$(runs)" = 1 ]
	[ "$(find . -name "$MACHINE.jsonl" | wc -l)" = 1 ]
	[ ! -e "../evil" ]
	expect 0 make perf-baseline TAG=release/v1..2
	ignore_err
	[ "$(baseline release/v1..2)" = '[100]' ]
}

@test "perf.mk: perf-baseline without a TAG adds to the local one" {
	quietly perf-test BASELINE=v1 UPDATE_BASELINES=1
	expect 0 make perf-baseline
	err_has "baselines/local/$MACHINE.jsonl: metrics: 1, new: 1"
	[ "$(baseline)" = '[100]' ]
}

@test "perf.mk: GATES are judged, and may say that what passed is accepted" {
	printf '%s\n' '{"gates": [{"name": "cheap", "metric": "tiny.cost",' \
		'"operator": "LessThan", "threshold": 200}],' \
		'"update_baseline_on_success": true}' >'the gates.json'
	expect 2 make perf-test GATES=absent.json
	err_has "cmp-baseline: $PWD/absent.json: No such file or directory"
	[ ! -e perf_results ]
	# A gate file that is none is told before anything is measured.
	sed 's/"gates"/"gate"/' 'the gates.json' >'no gates.json'
	expect 2 make perf-test 'GATES=no gates.json'
	err_has "cmp-baseline: $PWD/no gates.json: unknown key: gate"
	expect 2 make perf-ab BASE=HEAD 'GATES=no gates.json'
	err_has "cmp-baseline: $PWD/no gates.json: unknown key: gate"
	[ ! -e perf_results ]
	quietly perf-test BASELINE=v1 UPDATE_BASELINES=1
	expect 0 make perf-test BASELINE=v1 'GATES=the gates.json'
	ignore_out
	err_has "baselines/v1/$MACHINE.jsonl: metrics: 1, new: 0, sessions of each: 2"
	[ "$(baseline v1)" = '[100,100]' ]
	grep -q '"reason":"update_baseline_on_success"' "baselines/v1/$MACHINE.jsonl"
	[ ! -e baselines/local ]
	# What fails the gates is not accepted.
	echo 300 >number
	expect 2 make perf-test "GATES=$PWD/the gates.json" CONFIRM=0
	ignore_err
	out_has 'FAIL: '
	[ ! -e baselines/local ]
	sed -i 's/: true/: false/' 'the gates.json'
	echo 100 >number
	expect 0 make perf-test 'GATES=the gates.json'
	ignore_out
	[ ! -e baselines/local ]
}

@test "perf.mk: where all was skipped nothing is known, and nothing accepted" {
	sed -i 's/warmup: 0/requires: {programs: [no such program]}/' perf/tiny.yaml
	expect 0 make perf-test
	err_has 'cmp-baseline: nothing was measured'
	out_has 'INCONCLUSIVE: nothing was measured'
	out_has 'there is still no baseline'
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
}

@test "perf.mk: KEEP says how many sessions a baseline keeps" {
	for i in 1 2 3; do
		quietly perf-test KEEP=2
	done
	[ "$(baseline)" = '[100,100]' ]
	quietly perf-test KEEP=3
	[ "$(baseline)" = '[100,100,100]' ]
	quietly perf-baseline KEEP=1
	[ "$(baseline)" = '[100]' ]
	expect 2 make perf-baseline KEEP=0
	err_has '--keep: must be from 1 to 1000: 0'
}

@test "perf.mk: REASON stays with what is accepted, PRUNE drops what has gone" {
	quietly perf-test
	quietly perf-test
	# shellcheck disable=SC2016
	expect 0 make perf-baseline 'REASON=it'"'"'s 2 "new" `touch x` ways'
	ignore_err
	jq -se '.[1].sessions | map(.reason) == [null, "it'"'"'s 2 \"new\" `touch x` ways"]' \
		"baselines/local/$MACHINE.jsonl" >/dev/null
	workload other quick
	rm perf/tiny.*
	quietly perf-test UPDATE_BASELINES=1 REASON=moved
	[ "$(baseline | sort | tr '\n' ' ')" = '[100,100] [100] ' ]
	grep -q '"reason":"moved"' "baselines/local/$MACHINE.jsonl"
	expect 0 make perf-baseline PRUNE=0
	ignore_err
	[ "$(baseline | wc -l)" = 2 ]
	expect 0 make perf-baseline PRUNE=1
	err_has 'mk-baseline: case tiny: metric cost: not in this run: pruned'
	[ "$(baseline)" = '[100]' ]
}

@test "perf.mk: perf-test and perf-baseline in one call measure first" {
	expect 0 make -j2 perf-test perf-baseline TAG=v1
	ignore_out
	ignore_err
	[ "$(baseline v1)" = '[100]' ]
	[ "$(runs)" = 1 ]
	echo 300 >number
	expect 2 make -j2 perf-test perf-baseline TAG=v1 BASELINE=v1
	ignore_out
	ignore_err
	[ "$(baseline v1)" = '[100]' ]
	[ "$(runs)" = 2 ]
}

@test "perf.mk: a baseline that is not there is told before measuring" {
	expect 2 make perf-test BASELINE=v7
	err_has "perf-test: no such baseline: baselines/v7/$MACHINE.jsonl"
	[ ! -e perf_results ]
}

@test "perf.mk: another architecture is told before measuring" {
	expect 2 make perf-test TARGET_ARCH=pdp11
	err_has "perf-test: this machine is $MACHINE, and there is no host to run pdp11 on"
	[ ! -e perf_results ]
	quietly perf-test "TARGET_ARCH=$MACHINE"
}

@test "perf.mk: TARGET names the baseline, and whose criteria are judged" {
	cat >>perf/tiny.yaml <<-'END'
		    acceptance_criteria:
		      small:
		        - {metric: cost, operator: <=, limit: 50}
		      large:
		        - {metric: cost, operator: <=, limit: 200}
	END
	expect 2 make perf-test TARGET=small
	ignore_err
	out_has 'must be <= 50 ms'
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
	expect 0 make perf-test TARGET=large
	ignore_out
	err_has 'baselines/local/large.jsonl'
}

@test "perf.mk: a trial that fails: a report, a failure, no baseline" {
	echo 'exit 3' >>perf/tiny.sh
	expect 2 make perf-test
	err_has 'wl-run: tiny: measure: exited 3'
	out_has 'FAIL: 1 failed case'
	[ "$(cat perf_results/latest/run.status)" = 1 ]
	[ -s perf_results/latest/report.html ]
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
	# Not even where it is to be accepted.
	expect 2 make perf-test UPDATE_BASELINES=1
	ignore_out
	ignore_err
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
	expect 2 make perf-baseline
	err_has 'mk-baseline: '
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
}

# The fourth trial has wl-run killed; nothing that it could do about that.
@test "perf.mk: wl-run killed midway: nothing is lost, and the report says so" {
	tool_instead "$PLUMBLINE_BUILD/bin/wl-run \"\$@\" &
		while [ ! -e now ]; do sleep 0.02; done
		kill -9 \$!
		wait \$!"
	# shellcheck disable=SC2016
	sed -i '2i [ "$WL_ROUND" != 4 ] || { touch now; sleep 1; exit; }' \
		perf/tiny.sh
	expect 2 make perf-test
	err_has 'the run was cut short: make perf-resume goes on with it, make perf-report shows it'
	out_has 'measuring 1 case'
	[ "$(cat perf_results/latest/run.status)" = 137 ]
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
	expect 0 make perf-report
	out_has 'INCOMPLETE RUN'
	err_has 'cmp-baseline: the run is not complete'
	[ "$(latest result complete)" = false ]
	[ "$(latest summary n)" = 3 ]
	# It is no baseline.
	expect 2 make perf-baseline
	err_has 'mk-baseline: '
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
}

# The fourth trial of a run has wl-run killed.
killed_midway() {
	rm -rf tools now
	tool_instead "$PLUMBLINE_BUILD/bin/wl-run \"\$@\" &
		while [ ! -e now ]; do sleep 0.02; done
		kill -9 \$!
		wait \$!"
	cp perf/tiny.sh saved
	# shellcheck disable=SC2016
	sed -i '2i [ "$WL_ROUND" != 4 ] || { touch now; sleep 9; }' perf/tiny.sh
	expect 2 make perf-test "$@"
	ignore_out
	ignore_err
	sed -i "s|^PERF_TOOLS = .*|PERF_TOOLS = $PLUMBLINE_BUILD/bin|" Makefile
	mv saved perf/tiny.sh
}

@test "perf.mk: perf-resume goes on with a run that was cut short" {
	local run

	killed_midway ITERATIONS=12
	run=$(readlink perf_results/latest)
	quietly perf-report
	cp perf_results/latest/samples.jsonl before
	expect 0 make perf-resume
	out_has "going on with $run"
	out_has 'no baseline yet: this run is its first session'
	out_has 'PASS: 1 new'
	out_has 'report: perf_results/latest/report.html'
	err_has 'metrics: 1, new: 1, sessions of each: 1'
	[ "$(baseline)" = '[100]' ]
	[ "$(runs)" = 1 ]
	[ "$(cat perf_results/latest/run.status)" = 0 ]
	# All rounds that were asked for, each once.
	[ "$(latest summary rounds | tr -d ' \n')" = \
		'[1,2,3,4,5,6,7,8,9,10,11,12]' ]
	[ "$(latest result complete)" = true ]
	[ "$(grep -c INCOMPLETE perf_results/latest/report.txt)" = 0 ]
	# What was measured before is there as it was.
	[ "$(grep -c '"type":"trial"' before)" = 3 ]
	grep '"type":"trial"' before >trials
	grep -xFf trials perf_results/latest/samples.jsonl | cmp - trials
	# That was all of it.
	expect 2 make perf-resume
	err_has 'the latest run is complete: make perf-report shows it'
	[ "$(baseline)" = '[100]' ]
}

@test "perf.mk: perf-resume ends as perf-test does" {
	quietly perf-test
	echo 300 >number
	killed_midway
	expect 2 make perf-resume
	out_has 'FAIL: 1 regression'
	err_has 'Error 1'
	[ "$(baseline)" = '[100]' ]
	[ "$(cat perf_results/latest/verdict.status)" = 1 ]
	# Cut short once more, by an interrupt; and what follows in the call.
	killed_midway
	# shellcheck disable=SC2016
	sed -i '2i [ "$WL_ROUND" != 7 ] || [ -e again ] || { touch again; kill -INT $PPID; sleep 9; }' \
		perf/tiny.sh
	expect 2 make perf-resume
	out_has 'going on with '
	err_has 'the run was cut short: make perf-resume goes on with it'
	[ "$(cat perf_results/latest/run.status)" = 130 ]
	expect 0 make perf-resume perf-baseline TAG=v1 UPDATE_BASELINES=1
	ignore_out
	ignore_err
	[ "$(baseline v1)" = '[300]' ]
	[[ $(baseline) = *300* ]]
	[ "$(runs)" = 3 ]
}

@test "perf.mk: where there is nothing to go on with, perf-resume says so" {
	expect 2 make perf-resume
	err_has 'there is no run yet: make perf-test measures one'
	expect 2 make perf-resume BASELINE=v7
	err_has 'perf-test: no such baseline: baselines/v7/'
	[ ! -e perf_results ]
	expect 2 make perf-test perf-resume
	err_has 'perf-resume goes on with the latest run, and others begin a new one'
	killed_midway
	cp perf_results/latest/samples.jsonl before
	touch perf_results/latest/revisions
	expect 2 make perf-resume
	err_has 'the latest run is one of perf-ab, whose builds are gone: make perf-ab measures anew'
	rm perf_results/latest/revisions
	# wl-run has its own reasons.
	sed -i '1s/"machine":"[0-9a-f]*"/"machine":"0123"/' before
	cp before perf_results/latest/samples.jsonl
	expect 2 make perf-resume
	err_has 'its run was made on another machine: 0123'
	ignore_out
	cmp before perf_results/latest/samples.jsonl
}

@test "perf.mk: the probe and the shadow enter no baseline and no report" {
	local probe='{"type":"case","case":":probe","metrics":[{"name":"cpu_loop","gate":false,"severity":"info"}]}
{"case":":probe","round":1,"metric":"cpu_loop","unit":"ns","value":7}'

	tool_instead "$PLUMBLINE_BUILD/bin/wl-run --aa 1 \"\$@\"
		for file; do
			case \$file in */samples.jsonl) echo '$probe' >>\$file ;; esac
		done"
	quietly perf-test
	[ "$(latest trial variant | sort -u | tr '\n' ' ')" = 'aa null ' ]
	grep -q '"type":"summary","case":":probe"' \
		perf_results/latest/verdicts.jsonl
	[ "$(baseline)" = '[100]' ]
	expect 0 make perf-test
	out_has 'inconclusive'
	ignore_err
	[ "$(latest verdict case)" = tiny ]
	[ "$(baseline)" = '[100,100]' ]
	[ "$(grep -rl probe perf_results/latest/report.* baselines)" = '' ]
}

@test "perf.mk: without a run there is nothing to report or to accept" {
	expect 2 make perf-report
	err_has 'there is no run yet'
	err_has 'make perf-test measures one'
	expect 2 make perf-baseline
	err_has 'there is no run yet'
	[ ! -e perf_results ]
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
}

@test "perf.mk: TAGS and FILTER, also what they leave out" {
	workload other slow
	quietly perf-test
	[ "$(latest case case)" = tiny ]
	quietly perf-test TAGS=slow
	[ "$(latest case case)" = other ]
	quietly perf-test TAGS=all
	[ "$(latest case case | sort | tr '\n' ' ')" = 'other tiny ' ]
	quietly perf-test 'TAGS=!slow'
	[ "$(latest case case)" = tiny ]
	quietly perf-test TAGS=all 'FILTER=!t*'
	[ "$(latest case case)" = other ]
	quietly perf-test TAGS=all FILTER=tiny
	[ "$(latest case case)" = tiny ]
}

@test "perf.mk: what selects nothing is an error, and no run" {
	quietly perf-test
	expect 2 make perf-test FILTER=absent
	err_has 'wl-expand: no case is selected'
	[ "$(runs)" = 1 ]
	expect 0 make perf-report
	out_has 'PASS'
}

@test "perf.mk: ITERATIONS, WARMUP and SEED reach the tools" {
	quietly perf-test ITERATIONS=12 WARMUP=2 SEED=77
	[ "$(latest summary n)" = 12 ]
	[ "$(latest trial phase | grep -c warmup)" = 2 ]
	[ "$(latest case seed)" = 77 ]
}

@test "perf.mk: KEEP_OUTPUT keeps the output of trials that fail" {
	printf '#!/bin/sh\necho "it is late" >&2\nexit 3\n' >perf/tiny.sh
	expect 2 make perf-test KEEP_OUTPUT=1
	ignore_out
	ignore_err
	[ "$(cat perf_results/latest/output/tiny.measure.2.stderr)" = 'it is late' ]
	# Where nothing is measured, nothing is left.
	tool_instead 'while [ "$1" != --keep-output ]; do shift; done; mkdir "$2"; exit 2'
	expect 2 make perf-test KEEP_OUTPUT=1
	ignore_out
	ignore_err
	[ "$(runs)" = 1 ]
	printf '#!/bin/sh\necho "$@" >seen; exit 2\n' >tools/wl-run
	expect 2 make perf-test KEEP_OUTPUT=0
	ignore_out
	ignore_err
	run ! grep -q keep seen
}

@test "perf.mk: a value is a value, whatever it holds" {
	local evil name

	# shellcheck disable=SC2016
	for evil in "'; touch x; '" '"; touch x; "' '`touch x`' '; touch x' \
		$'a\ntouch x\n' '* ; touch x #' \\; do
		for name in FILTER TAGS TIER ITERATIONS WARMUP SEED; do
			expect 2 make perf-test "$name=$evil"
			ignore_out
			ignore_err
			[ ! -e x ]
		done
		expect 2 make perf-test "BASELINE=$evil"
		err_has 'perf-test: no such baseline'
		expect 2 make perf-test "TARGET_ARCH=$evil"
		err_has 'there is no host to run'
		[ ! -e x ]
	done
	[ "$(find perf_results -mindepth 1 | wc -l)" = 0 ]
	expect 0 make perf-test "TARGET=it's 2 GHz"
	ignore_out
	err_has "baselines/local/it's 2 GHz.jsonl: metrics: 1, new: 1"
}

@test "perf.mk: make -j2" {
	expect 0 make -j2 perf-test
	ignore_out
	err_has 'metrics: 1, new: 1'
	for format in txt md html xml; do
		[ -s "perf_results/latest/report.$format" ]
	done
}

@test "perf.mk: the local baseline grows to ten sessions" {
	local i

	for ((i = 0; i < 11; i++)); do quietly perf-test; done
	[ "$(baseline)" = '[100,100,100,100,100,100,100,100,100,100]' ]
	cp "baselines/local/$MACHINE.jsonl" before
	expect 0 make perf-test
	out_has 'unchanged'
	ignore_err
	cmp before "baselines/local/$MACHINE.jsonl"
	# What a person accepts takes the place of the oldest.
	echo 101 >number
	quietly perf-test
	expect 0 make perf-baseline
	err_has 'sessions of each: 10'
	[ "$(baseline)" = '[100,100,100,100,100,100,100,100,100,101]' ]
}

@test "perf.mk: a stage that fails leaves nothing that looks done" {
	local run

	quietly perf-test
	run=$(readlink perf_results/latest)
	rm perf_results/latest/{summary,verdicts}.jsonl
	echo '{"type":"sample"}' >>"perf_results/$run/samples.jsonl"
	expect 2 make perf-report
	err_has 'samples.jsonl:'
	expect 2 make perf-report
	err_has 'samples.jsonl:'
	[ ! -e "perf_results/$run/summary.jsonl" ]
}

@test "perf.mk: one stage again, from the stage before" {
	quietly perf-test
	rm perf_results/latest/verdicts.jsonl
	expect 0 make perf-report
	# The baseline has this very session only: nothing to compare with.
	out_has 'PASS: 1 new'
	expect 0 make perf-report
	out_has 'PASS: 1 new'
}

@test "perf.mk: the latest run again, by another baseline" {
	quietly perf-test BASELINE=v1 UPDATE_BASELINES=1
	echo 300 >number
	quietly perf-test
	[ "$(latest verdict verdict)" = new ]
	rm perf_results/latest/verdicts.jsonl
	expect 2 make perf-report BASELINE=v2
	err_has 'perf-test: no such baseline: baselines/v2/'
	expect 0 make perf-report BASELINE=v1
	out_has 'FAIL: 1 regression'
	[ "$(runs)" = 2 ]
}

@test "perf.mk: PERF_OUT, PERF_BASELINES and PERF_RUN" {
	expect 0 make perf-test PERF_OUT=a/b PERF_BASELINES=c
	ignore_err
	out_has 'report: a/b/'
	[ -s a/b/latest/report.txt ]
	[ -s "c/local/$MACHINE.jsonl" ]
	[ ! -e perf_results ]
	quietly perf-test PERF_RUN=elsewhere/run1
	[ -s elsewhere/run1/report.txt ]
	[ -s perf_results/latest/report.txt ]
	# A run is never measured over another.
	rm elsewhere/run1/*
	expect 2 make perf-test PERF_RUN=elsewhere/run1
	err_has 'File exists'
}

@test "perf.mk: PERF_NEEDS is built first; PERF_KERNELS finds programs" {
	mv perf/tiny.sh saved
	# shellcheck disable=SC2016
	printf 'kernels/tiny.sh: saved\n\tmkdir -p $(@D)\n\tcp $< $@\n' >>Makefile
	sed -i '1i PERF_NEEDS = kernels/tiny.sh\nPERF_KERNELS = kernels' Makefile
	expect 0 make perf-test
	ignore_err
	out_has 'PASS: 1 new'
	# Without it, WL_PATH is where they are looked for.
	sed -i '1,2d' Makefile
	expect 0 env WL_PATH="$PWD/kernels" make perf-test
	ignore_err
	out_has 'PASS'
}

# --- perf-ab ---

# The project under git, built by make: perf/tiny.sh comes from tiny.in, and
# says what the file `cost` of its revision does: versioned [TOP DIRECTORY]
versioned() {
	export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1
	git config --global user.name 'A Tester'
	git config --global user.email tester@example.org
	printf '/perf_results\n/perf/tiny.sh\n/gitconfig\n/[a-z]*\n!/perf\n!/cost\n' \
		>.gitignore
	rm -f perf/tiny.sh number
	# shellcheck disable=SC2016
	printf '%s\n\t%s\n' 'perf/tiny.sh: cost' \
		'{ echo "#!/bin/sh"; cat cost; } >$@; chmod +x $@' >>Makefile
	git -C "${1-.}" init -q
	revision 100
}

# A revision that costs that much.
revision() {
	printf 'echo "{\\"metric\\":\\"cost\\",\\"value\\":%s}"\n' "$1" >cost
	git add .
	git commit -q -m "$1" --allow-empty
}

# No worktree but this one, and nothing of others; and no baseline.
cleaned_up() {
	[ "$(git worktree list --porcelain | grep -c '^worktree')" = 1 ]
	[ -z "$(find perf_results -mindepth 2 -name base -o -mindepth 2 -name head)" ]
	run ! grep -q 'no baseline yet' out
	[ ! -e baselines/local/here.jsonl ]
}

@test "perf.mk: perf-ab: a worse revision fails, with verdicts and reports" {
	versioned
	revision 130
	# What is built here is no part of what is measured.
	echo 'exit 9' >perf/tiny.sh
	expect 2 make perf-ab BASE=HEAD~1
	err_has 'Error 1'
	out_has 'building base: HEAD~1'
	out_has 'building head: HEAD'
	out_has 'measuring 1 case of each'
	out_has 'FAIL: 1 regression'
	out_has '+30.0%'
	out_has "HEAD ($(git rev-parse HEAD | cut -c 1-12)) against HEAD~1 ($(git rev-parse HEAD~1 | cut -c 1-12))"
	out_has "report: perf_results/$(readlink perf_results/latest)/report.html"
	cleaned_up
	for file in cases.jsonl samples.jsonl summary.jsonl verdicts.jsonl \
		report.txt report.md report.html report.xml; do
		[ -s "perf_results/latest/$file" ]
	done
	[ "$(cat perf_results/latest/run.status)" = 0 ]
	[ "$(cat perf_results/latest/verdict.status)" = 1 ]
	[ -z "$(find perf_results -name '*.part')" ]
	[ "$(latest verdict method)" = paired-wilcoxon ]
	[ "$(latest verdict n)" = 30 ]
	[ "$(latest run commit)" = "$(git rev-parse HEAD)" ]
	# It can be looked at again, and its base is the revision still.
	mkdir -p baselines/local
	printf '{"type":"baseline-file","v":1}\n' >"baselines/local/$MACHINE.jsonl"
	rm perf_results/latest/verdicts.jsonl perf_results/latest/report.*
	expect 0 make perf-report
	out_has 'FAIL: 1 regression'
	out_has 'against HEAD~1 ('
	# A baseline it cannot be.
	expect 2 make perf-baseline
	err_has 'mk-baseline: none of the summaries can be accepted'
}

@test "perf.mk: perf-ab: where nothing changed it passes" {
	versioned
	revision 100
	expect 0 make perf-ab BASE=HEAD~1
	out_has 'PASS'
	out_has 'unchanged'
	cleaned_up
	# Turn by turn: both revisions are in every round, side by side.
	jq -n '[inputs | select(.type == "trial")] | length == 60 and
		([_nwise(2) | map(.variant) | sort] | unique) == [["base", "head"]] and
		([_nwise(2) | .[0].round == .[1].round] | all)' \
		perf_results/latest/samples.jsonl >is
	[ "$(cat is)" = true ]
	expect 0 make -j3 perf-ab BASE=HEAD~1 ITERATIONS=6 WARMUP=1 SEED=7 perf-report
	[ "$(grep -c '^report: ' out)" = 2 ]
	out_has 'PASS'
	[ "$(latest verdict n)" = 6 ]
	[ "$(latest trial phase | grep -c warmup)" = 2 ]
	[ "$(latest case seed)" = 7 ]
	expect 0 make perf-ab BASE=HEAD~1 ROUNDS=7 ITERATIONS=6
	out_has 'PASS'
	[ "$(latest verdict n)" = 7 ]
	[ "$(runs)" = 3 ]
	expect 2 make perf-ab perf-test BASE=HEAD~1
	err_has 'perf-test and perf-ab are two runs: call make twice'
	expect 2 make perf-ab BASE=HEAD~1 ITERATIONS=5
	err_has 'perf-ab: fewer than 6 rounds cannot show any change'
	expect 2 make perf-ab BASE=HEAD~1 ROUNDS=5 ITERATIONS=6
	err_has 'perf-ab: fewer than 6 rounds cannot show any change'
	[ "$(runs)" = 3 ]
}

@test "perf.mk: perf-ab: ADAPTIVE stops with what is decided" {
	workload other quick
	# Of the one the cost is certain, and of the other it is not.
	cat >perf/other.sh <<-'END'
		#!/bin/sh
		case $PWD in */head) r=1268 ;; *) r=37 ;; esac
		echo "{\"metric\":\"cost\",\"value\":$((1000 + WL_ROUND * r % 600))}"
	END
	versioned
	revision 130
	expect 2 make perf-ab BASE=HEAD~1 ADAPTIVE=1
	err_has 'wl-run: after 15 rounds 1 of 2 cases are decided'
	out_has 'FAIL: 1 regression'
	verdicts='select(.type == "verdict" and .metric == "cost") |
		"\(.case) \(.verdict) \(.n) \(.looks)"'
	[ "$(jq -r "$verdicts" perf_results/latest/verdicts.jsonl | sort)" = \
		'other inconclusive 40 3
tiny regressed 15 1' ]
	cleaned_up
	# Judged again, it is judged the same.
	cp perf_results/latest/verdicts.jsonl before
	rm perf_results/latest/verdicts.jsonl
	quietly perf-report
	cmp before perf_results/latest/verdicts.jsonl
	expect 2 make perf-ab BASE=HEAD~1 ADAPTIVE=0 ROUNDS=6 FILTER=tiny
	ignore_out
	ignore_err
	[ "$(latest verdict looks)" = null ]
}

@test "perf.mk: perf-ab: which revisions" {
	versioned
	revision 130
	revision 50
	git tag v2
	revision 51
	expect 2 make perf-ab
	err_has 'perf-ab: which revision to compare with? make perf-ab BASE=HEAD~1'
	expect 2 make perf-ab BASE=v3
	err_has 'perf-ab: no such revision: v3'
	expect 2 make perf-ab BASE=v2 HEAD=--all
	err_has 'perf-ab: no such revision: --all'
	[ ! -e perf_results ]
	expect 2 make perf-ab BASE=HEAD~3 HEAD=HEAD~2 ITERATIONS=6
	err_has 'Error 1'
	out_has '+30.0%'
	expect 0 make perf-ab BASE=HEAD~3 HEAD=v2 ITERATIONS=6
	out_has '-50.0%'
	out_has 'v2 ('
	# shellcheck disable=SC2016
	for evil in "'; touch x; '" '`touch x`' '; touch x' '$$(touch x)'; do
		expect 2 make perf-ab "BASE=$evil"
		err_has 'perf-ab: no such revision: '
		expect 2 make perf-ab BASE=v2 "HEAD=$evil"
		err_has 'perf-ab: no such revision: '
		[ ! -e x ]
	done
	cleaned_up
	rm -rf .git
	expect 2 env GIT_CEILING_DIRECTORIES="${PWD%/*}" make perf-ab BASE=v2
	err_has "perf-ab: not in a checkout of git: $PWD"
}

@test "perf.mk: perf-ab: uncommitted changes are not measured, and it says so" {
	versioned
	revision 100
	echo 'exit 9' >cost
	expect 0 make perf-ab BASE=HEAD~1 ITERATIONS=6
	err_is 'perf-ab: uncommitted changes are not measured'
	out_has 'unchanged'
	[ "$(cat cost)" = 'exit 9' ]
	cleaned_up
}

@test "perf.mk: perf-ab: a revision that cannot be built is named, with its log" {
	versioned
	revision 100
	quietly perf-ab BASE=HEAD~1 ITERATIONS=6
	before=$(readlink perf_results/latest)
	printf 'all:\n\t@echo it does not compile; exit 3\n' >Makefile.old
	cp Makefile Makefile.new
	cp Makefile.old Makefile
	revision 100
	cp Makefile.new Makefile
	revision 101
	expect 2 make perf-ab BASE=HEAD~1
	err_has 'it does not compile'
	err_has 'perf-ab: HEAD~1 could not be built: the log is perf_results/'
	out_is 'building base: HEAD~1'
	grep -q 'it does not compile' perf_results/*/build-base.log
	cleaned_up
	[ "$(readlink perf_results/latest)" = "$before" ]
	expect 2 make perf-ab BASE=HEAD HEAD=HEAD~1
	err_has 'perf-ab: HEAD~1 could not be built: the log is perf_results/'
	ignore_out
	grep -q 'it does not compile' perf_results/*/build-head.log
	cleaned_up
}

@test "perf.mk: perf-ab: trials that fail" {
	versioned
	revision 100
	echo 'exit 3' >>cost
	git commit -qam broken
	expect 2 make perf-ab BASE=HEAD~1 ITERATIONS=6 KEEP_OUTPUT=1
	err_has 'wl-run: tiny'
	out_has 'FAIL: 1 failed case'
	[ -n "$(ls perf_results/latest/output)" ]
	[ "$(cat perf_results/latest/run.status)" = 1 ]
	cleaned_up
	# A workload that the base does not have yet is new.
	revision 100
	workload later quick
	echo 100 >number
	printf '%s\n' '!/number' >>.gitignore
	git add .
	git commit -qm later
	expect 0 make perf-ab BASE=HEAD~1 ITERATIONS=6
	err_has 'later.sh'
	out_has '1 new, 1 unchanged'
	cleaned_up
}

@test "perf.mk: perf-ab: what wl-run refuses is no run" {
	versioned
	revision 100
	quietly perf-ab BASE=HEAD~1 ITERATIONS=6
	before=$(readlink perf_results/latest)
	expect 2 make perf-ab BASE=HEAD~1 ITERATIONS=many KEEP_OUTPUT=1
	err_has 'wl-run: --iterations: not a whole number: many'
	ignore_out
	expect 2 make perf-ab BASE=HEAD~1 FILTER=absent
	err_has 'wl-expand: no case is selected'
	ignore_out
	expect 2 make perf-ab BASE=HEAD~1 TARGET_ARCH=pdp11
	err_has "perf-ab: this machine is $MACHINE, and there is no host to run pdp11 on"
	[ "$(readlink perf_results/latest)" = "$before" ]
	[ "$(runs)" = 1 ]
	cleaned_up
	# Nothing is done where make is only to say what it would do.
	expect 0 make -n perf-ab BASE=HEAD~1
	ignore_out
	[ "$(runs)" = 1 ]
}

@test "perf.mk: perf-ab: programs of this checkout are not what is measured" {
	local path

	versioned
	sed -i 's|perf/tiny.sh|kernels/bin/tiny|' Makefile
	# shellcheck disable=SC2016
	sed -i 's|{ echo|mkdir -p $(@D); { echo|' Makefile
	revision 100
	revision 130
	mkdir -p kernels/bin
	printf '#!/bin/sh\nexit 9\n' >kernels/bin/tiny
	chmod +x kernels/bin/tiny
	ln -s "$PWD" ../link
	for path in kernels/bin "$PWD/kernels/bin" "$PWD/../link/kernels/bin" \
		"/nowhere:$PWD/kernels/bin/"; do
		expect 2 make perf-ab BASE=HEAD~1 ITERATIONS=6 WL_PATH="$path"
		err_has 'Error 1'
		out_has '+30.0%'
	done
	rm ../link
}

@test "perf.mk: perf-ab: a project in a directory of its checkout, built in its way" {
	mkdir sub
	mv Makefile perf sub
	cd sub
	# shellcheck disable=SC2016
	sed -i '1i PERF_BUILD = sh perf/build.sh\nPERF_KERNELS = $(CURDIR)/build' Makefile
	printf '%s\n' 'mkdir build' '{ echo "#!/bin/sh"; cat cost; } >build/tiny' \
		'chmod +x build/tiny' >perf/build.sh
	versioned ..
	revision 130
	: >stdin
	expect 2 make -j2 perf-ab BASE=HEAD~1 ITERATIONS=6 PERF_OUT=results
	err_has 'Error 1'
	out_has '+30.0%'
	out_has 'report: results/'
	[ -s results/latest/report.html ]
	[ "$(git worktree list --porcelain | grep -c '^worktree')" = 1 ]
	[ -z "$(find results -name base -o -name head)" ]
	rm results/latest/report.txt
	expect 0 make perf-report PERF_OUT=results
	out_has '+30.0%'
}

# Starts perf-ab; waits for the file; then signal: interrupt FILE SIGNAL WHOM
interrupt() {
	local pid status=0 whom

	setsid env --default-signal=INT make perf-ab BASE=HEAD~1 \
		>said 2>told </dev/null 3>&- &
	pid=$!
	while [ ! -e "$1" ]; do
		kill -0 "$pid"
		sleep 0.02
	done
	whom=$pid
	[ "$3" = make ] || whom=-$pid
	kill -s "$2" -- "$whom"
	wait "$pid" || status=$?
	[ "$status" -ne 0 ]
}

@test "perf.mk: perf-ab: interrupted while it builds, nothing stays" {
	local signal whom

	versioned
	# shellcheck disable=SC2016
	sed -i '1i PERF_BUILD = echo $$$$ >$(CURDIR)/now; sleep 60 & echo $$! >$(CURDIR)/sleeper; wait' \
		Makefile
	revision 100
	revision 101
	# make hands on SIGTERM; the terminal sends SIGINT to all.
	while read -r signal whom; do
		rm -f now sleeper
		interrupt sleeper "$signal" "$whom"
		cleaned_up
		[ "$(runs)" = 0 ]
		# A zombie waits for init only.
		! grep '^State:[[:space:]]*[^Z]' "/proc/$(cat sleeper)/status" \
			2>/dev/null
	done <<-'END'
		INT all
		TERM make
		TERM all
		HUP all
	END
}

@test "perf.mk: perf-ab: interrupted while it measures, what was measured stays" {
	local signal

	versioned
	# shellcheck disable=SC2016
	printf '[ "$WL_ROUND" != 4 ] || { touch %s/now; sleep 60; }\n' "$PWD" >also
	revision 100
	cat also >>cost
	git commit -qam slow
	git commit -q --allow-empty -m same
	for signal in INT TERM; do
		rm -rf now perf_results
		interrupt now $signal all
		cleaned_up
		grep -q 'the run was cut short: make perf-report shows it' told
		[ "$(cat perf_results/latest/run.status)" = 143 ]
		[ "$(runs)" = 1 ]
		expect 0 make perf-report
		out_has 'INCOMPLETE RUN'
		err_has 'cmp-baseline: the run is not complete'
	done
}

@test "perf.mk: it does not become what make does by default" {
	expect 2 make
	err_has 'No targets'
	printf 'all:\n\t@echo all\n' >>Makefile
	expect 0 make
	out_is 'all'
}

@test "perf.mk: TARGET_ARCH is no option of the compiler" {
	touch a.c b.cc c.S d.f
	sed -i '1i CFLAGS = -O1\nCXXFLAGS = -O2' Makefile
	expect 0 make -n a.o b.o c.o d.o "TARGET_ARCH=$MACHINE"
	[ "$(grep -c "$MACHINE" out)" = 0 ]
	out_has '-O1'
	out_has '-O2'
	# A rule of the project's own may use it.
	# shellcheck disable=SC2016
	printf 'COMPILE.c = mycc $(TARGET_ARCH)\n' >>Makefile
	expect 0 make -n a.o "TARGET_ARCH=$MACHINE"
	out_has "mycc $MACHINE"
}

@test "perf.mk: a workload may call make" {
	printf 'all:\n\t@echo "k: $(findstring k,$(MAKEFLAGS)), arch: $(TARGET_ARCH), level: $(MAKELEVEL)"\n' \
		>perf/makefile
	sed -i 's|^#!/bin/sh|&\nmake -sf perf/makefile >seen \|\| exit|' perf/tiny.sh
	quietly -k perf-test "TARGET_ARCH=$MACHINE"
	echo 'k: , arch: , level: 0' | diff -u - seen
}

@test "perf.mk: make help lists the targets" {
	cd "$TOP"
	make -s help >"$BATS_TEST_TMPDIR/out"
	cd "$BATS_TEST_TMPDIR"
	for target in perf-test perf-resume perf-ab perf-baseline perf-report; do
		grep -q "^$target: " out
	done
}

# --- the history ---

@test "perf.mk: complete runs are filed, whatever was found, with their reports" {
	quietly perf-test
	[ "$(hist-get --runs | jq -r .report)" = "perf_results/$(readlink perf_results/latest)/report.html" ]
	[ "$(hist-get | jq -r 'select(.metric == "cost").value')" = 100 ]
	quietly perf-test
	echo 300 >number
	expect 2 make perf-test
	ignore_out
	ignore_err
	# The failure was measured again, and that is a run, too, but no point.
	hist-get | jq -r 'select(.metric == "cost").value' | sort -n | paste -sd ' ' >values
	[ "$(cat values)" = '100 100 300' ] || { cat values log >&2; return 1; }
	hist-get --confirmations | jq -r 'select(.metric == "cost").value' |
		sort -n | paste -sd ' ' >values
	[ "$(cat values)" = '100 100 300 300' ] || { cat values log >&2; return 1; }
	[ "$(hist-get --runs --confirmations | jq -r .result | grep -c fail)" -eq 2 ]
	hist-get --runs --confirmations | jq -r .report | while read -r report; do [ -s "$report" ]; done
	# Its index is not for git.
	grep -q '^index' history/.gitignore
	expect 0 make perf-history
	[ -s out ]
	ignore_out
}

@test "perf.mk: HISTORY is another place, or none" {
	quietly perf-test HISTORY=
	[ ! -e history ]
	expect 2 make perf-history
	err_has 'there is no history yet: make perf-test begins one'
	quietly perf-test HISTORY="a 'b'/c"
	[ ! -e history ]
	[ "$(hist-get -d "a 'b'/c" --runs | wc -l)" -eq 1 ]
}

@test "perf.mk: what cannot be filed is told, and fails nothing" {
	touch history
	expect 0 make perf-test
	ignore_out
	err_has 'the run is not in the history'
	[ "$(baseline)" = '[100]' ]
}

@test "perf.mk: a change that was accepted ends the baseline before it" {
	quietly perf-test
	quietly perf-test
	[ "$(latest verdict sessions)" = 1 ]
	hist-add --mark change --case tiny --at 2099-01-01 --reason r >log
	quietly perf-test
	[ "$(latest verdict sessions)" = 2 ]
	sleep 1
	hist-add --mark change --case tiny --at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --reason r >log
	echo 300 >number
	sleep 1
	expect 0 make perf-test
	ignore_out
	ignore_err
	[ "$(latest verdict verdict)" = new ]
}

@test "perf.mk: perf-history and perf-dashboard look at what has led to HEAD, as one series" {
	local i

	point() { # NAME VALUE DAY BRANCH
		printf '{"type":"run","run":"%s","session":"%s","time":"%s","commit":"%s","branch":"%s"}\n' \
			"$1" "$1" "2026-10-$3" "$(git rev-parse HEAD)" "$4"
		printf '{"type":"summary","case":"c","metric":"m","unit":"ms","value":%s,"n":10}\n' "$2"
		printf '{"type":"end","run":"%s"}\n' "$1"
	}
	commit() {
		git -c user.name=n -c user.email=e commit -q --allow-empty -m "$1"
	}
	git init -q -b main .
	for i in 10 11 12 13 14 15 16 17; do
		commit "$i"
		point "m$i" "10$((i % 3))" "$i" main
	done >runs
	git checkout -q -b next
	for i in 18 19 20 21 22 23 24 25; do
		commit "$i"
		point "n$i" "15$((i % 3))" "$i" next
	done >>runs
	git checkout -q main
	commit other
	point other 102 26 main >>runs
	git checkout -q next
	hist-add -d history runs >log
	expect 0 make perf-history
	out_has 'series: 1, points: 16, changes: 1'
	# All of it has each branch by itself, and shows nothing.
	expect 0 make perf-history HISTORY_SELECT=--by-time
	out_has 'series: 2, points: 17, changes: 0'
	expect 0 make perf-history HISTORY_SELECT='--join --commits main'
	out_has 'series: 1, points: 9, changes: 0'
	quietly perf-dashboard
	page() {
		sed -n '/ id="data">$/,/^<\/script>$/{/^</d;p;}' perf_results/dashboard.html
	}
	[ -n "$(page)" ]
	page | jq -e '.series | length == 1' >log
	# Where git knows none of the commits it is all of the history.
	rm -rf .git
	git init -q -b main .
	expect 0 make perf-history
	ignore_out
	commit new
	expect 0 make perf-history
	ignore_out
	err_has 'all of the history, then'
	expect 1 hist-get --join --commits HEAD
	ignore_err
	quietly perf-dashboard
	page | jq -e '.series | length == 2' >log
}

@test "perf.mk: PERF_BRANCH is the branch of what is checked out without one" {
	git init -q -b main .
	git -c user.name=n -c user.email=e commit -q --allow-empty -m m
	git checkout -q --detach
	sed -i '1i PERF_BRANCH = it'\''s $$x' Makefile
	quietly perf-test
	[ "$(hist-get --runs | jq -r .branch)" = "it's \$x" ]
	quietly perf-test PERF_BRANCH=other
	[ "$(hist-get --runs | jq -r .branch | sort | paste -sd ' ')" = "it's \$x other" ]
}

@test "perf.mk: what is muted does not fail, is told, and enters no baseline" {
	quietly perf-test
	echo 300 >number
	hist-add --mark mute --case tiny --until 2099-01-01 --reason 'a fix comes' >log
	expect 0 make perf-test
	out_has '1 muted'
	out_has 'muted (a fix comes)'
	ignore_err
	[ "$(latest verdict verdict)" = regressed ]
	[ "$(baseline)" = '[100]' ]
	[ ! -e perf_results/latest/confirm ]
	for format in md html xml; do
		grep -q 'muted (a fix comes)' "perf_results/latest/report.$format"
	done
	hist-add --unmark "$(basename "$(cat log)" .jsonl)"
	expect 2 make perf-test CONFIRM=0
	ignore_out
	ignore_err
}

@test "perf.mk: an accepted change stays accepted when another branch was measured since" {
	git init -q -b main .
	commit() {
		git add Makefile perf number
		git -c user.name=n -c user.email=e commit -qm "$1"
	}
	commit one
	quietly perf-test
	git checkout -q -b next
	echo 300 >number
	commit slow
	expect 2 make perf-test
	ignore_out
	ignore_err
	hist-add --mark change --case tiny --commit HEAD --reason 'does more' >log
	git checkout -q main
	quietly perf-test
	git checkout -q next
	expect 0 make perf-test
	ignore_out
	err_has 'tiny: 2 sessions are left out, as an accepted change lies between: does more'
	[ "$(latest verdict verdict)" = new ]
	# Its session is none that main is compared with.
	git checkout -q main
	expect 0 make perf-test
	ignore_out
	err_has 'tiny: 1 session is left out'
	[ "$(latest verdict sessions)" = 2 ]
	# What is measured again is compared in the same way.
	git checkout -q next
	sed -i '$a\    acceptance_criteria:\n      '"$MACHINE"':\n        - {metric: cost, condition: "<=", threshold_value: 1, severity: blocking}' perf/tiny.yaml
	expect 2 make perf-test
	ignore_out
	ignore_err
	jq -c 'select(.type == "verdict" and .kind == "change") | [.sessions, .left_out]' \
		perf_results/latest/confirm/verdicts.jsonl >again
	[ "$(cat again)" = '[1,3]' ] || { cat again >&2; return 1; }
}
