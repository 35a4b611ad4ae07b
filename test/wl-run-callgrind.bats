#!/usr/bin/env bats
# wl-run's counts of instructions, by valgrind.
#
# The $ in single quotes are for workloads; functions are called by expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	: >stdin
	prepare_test
	if ! command -v valgrind >/dev/null; then skip "there is no valgrind"; fi
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

metrics='"metrics":[{"name":"wall_time"},{"name":"callgrind_instructions"}]'

# A case that counts a script: counted NAME TEXT [EXEC]. The shell does a little
# more for a larger process number.
counted() {
	script "$1" "$2" "${3-}" "$metrics"
}

# One that is the same each time.
exact() {
	record "$1" '["seq","1000"]' '' "$metrics"
}

# Some instructions: a loop of that many turns.
loop() {
	printf 'i=0; while [ $i -lt %s ]; do i=$((i+1)); done' "$1"
}

counts_are() {
	samples_are callgrind_instructions "$1"
}

nothing_in_tmp() {
	[ -z "$(ls -A tmp)" ]
}

@test "wl-run: instructions are counted, the same each time, in trials of their own" {
	{
		exact a
		counted b 'echo "$WL_PHASE $WL_ROUND $LD_PRELOAD" >>log'
		record c '["true"]'
	} >stdin
	expect 0 wl-run -n 4 -w 1
	trials_are 'map(select(.case == "a") | [.phase, .round]) == [["warmup", null],
		["measure", 1], ["measure", 2], ["measure", 3], ["measure", 4],
		["count", 1], ["count", 2], ["count", 3]]'
	trials_are 'map(select(.case == "c" and .phase == "count")) == []'
	trials_are 'map(select(.phase == "count") | .status == "ok" and
		.records == 1 and (has("pad") or has("noise") | not)) | all'
	counts_are 'map(select(.case == "a")) | length == 3 and
		(map(.value) | unique | length == 1 and .[0] > 100000) and
		.[0].unit == "count"'
	samples_are wall_time 'map(select(.case == "a")) | length == 4'
	run_is '.caps.callgrind | startswith("valgrind-")'
	exact_counts() {
		jq -c 'select(.case == "a" and
			.metric == "callgrind_instructions").value' out
	}
	exact_counts >first
	grep -c '^warmup\|^measure' log | grep -qx 5
	grep -c '^count [123] .*vgpreload' log | grep -qx 3
	run ! grep '^[wm].*vgpreload' log
	# Fewer iterations, fewer counts; and the same in another run.
	rm log
	expect 0 wl-run -n 2 -w 0
	counts_are 'map(select(.case == "b").round) == [1, 2]'
	exact_counts | diff - <(head -n 2 first)
	nothing_in_tmp
}

@test "wl-run: the instructions of descendants are counted, and none twice" {
	{
		counted alone "$(loop 3000); :"
		counted before "$(loop 3000); (:); (:); :"
		counted forked "($(loop 3000)); :"
		counted executed "sh -c '$(loop 3000)'; :"
		counted both "($(loop 3000)); $(loop 3000); :"
	} >stdin
	once 0 -o sequential
	# What a shell costs to start is less than a tenth of the loop.
	counts_are 'map(.value) as [$alone, $before, $forked, $executed, $both] |
		$before > $alone and $before < 1.1 * $alone and
		$forked > 0.9 * $alone and $forked < 1.1 * $alone and
		$executed > 0.9 * $alone and $executed < 1.2 * $alone and
		$both > 1.8 * $alone and $both < 2.1 * $alone'
}

@test "wl-run: hooks are run around a count, and not counted" {
	counted a 'true' "\"prepare\":$(sh_command 'echo prepare $WL_PHASE $WL_ROUND $LD_PRELOAD >>log; '"$(loop 100000)"),\
\"conclude\":$(sh_command 'echo conclude >>log'),\"cleanup\":$(sh_command 'echo cleanup >>log')" >stdin
	once 0
	printf '%s\n' 'prepare prepare 1' conclude 'prepare prepare' conclude cleanup | diff - log
	counts_are '.[0].value < 1e6'
}

@test "wl-run: without valgrind nothing fails" {
	counted a : >stdin
	mkdir bin
	for program in sh wl-run true; do
		ln -s "$(type -P "$program")" bin/
	done
	expect 0 env PATH="$PWD/bin" wl-run --no-table -n 1 -w 0
	err_is 'wl-run: callgrind_instructions: not counted, as there is no valgrind'
	trials_are 'map(.phase) == ["measure"]'
	counts_are '. == []'
	run_is '.caps | has("callgrind") | not'
	nothing_in_tmp
}

@test "wl-run: a count has more time, and none of the limits" {
	# Some 10 ms, and with valgrind more than 1 s.
	counted a "$(loop 20000)" '"timeout_s":0.5,"limits":{"cpu_time_s":1}' >stdin
	once 0
	counts_are '.[0].value > 10e6'
	trials_are '.[1] | .phase == "count" and .elapsed > 0.5e9'
}

@test "wl-run: a count that fails is a failed trial, and is not tried again" {
	{
		counted a '[ $WL_PHASE != count ] || exit 3'
		counted b '[ $WL_PHASE = count ] || echo yes' '"expect":{"regex":"yes"}'
	} >stdin
	expect 1 wl-run -n 3 -w 0 -o sequential
	err_has 'wl-run: a: count: exited 3'
	err_has 'wl-run: b: count: its output does not match yes'
	trials_are 'map(select(.phase == "count").status) == ["exit", "expect"]'
	out_json '.[-1].failed == 2'
	counts_are '. == []'
	nothing_in_tmp
}

@test "wl-run: counts under a budget of the run" {
	counted a : >stdin
	expect 0 wl-run -b 0.1 -w 0
	trials_are '.[-3:] | map(.phase) == ["count", "count", "count"]'
	trials_are 'map(select(.phase == "measure")) | length >= 10'
}

@test "wl-run: nothing of a count stays behind after an interrupt or a kill" {
	# The shell itself goes on: valgrind, ended as it begins with a program,
	# leaves a file of its own.
	counted a '[ $WL_PHASE != count ] || { echo >ready; while :; do :; done; }; : '"$mark" >stdin
	start -n 1 -w 0 -g 0.2
	until_true test -e ready
	kill -INT "$RUN"
	finish 130
	err_has 'stopped by signal 2'
	trials_are 'map(.phase) == ["measure"]'
	nobody_alive
	nothing_in_tmp
	rm ready
	start -n 1 -w 0
	until_true test -e ready
	[ -n "$(ls -A tmp)" ]
	kill -KILL "$(pgrep -P "$RUN" -x wl-run)"
	finish 2
	ignore_err
	ignore_out
	nobody_alive
	nothing_in_tmp
}

@test "wl-run: counts that were made are not made again after an interrupt" {
	exact a >stdin
	expect 0 wl-run -n 3 -w 0 --journal journal
	ignore_out
	cp out whole
	# Cut off after the second count and its sample.
	last=$(grep -n '"phase":"count","round":2' journal | cut -d: -f1)
	head -n $((last + 1)) journal >shorter
	mv shorter journal
	expect 0 wl-run --resume journal </dev/null
	trials_are 'map([.phase, .round]) == [["measure", 1], ["measure", 2],
		["measure", 3], ["count", 1], ["count", 2], ["count", 3]]'
	counts_are 'length == 3 and (map(.value) | unique | length == 1)'
	head -n "$last" out | diff - <(head -n "$last" whole)
}
