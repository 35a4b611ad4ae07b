#!/usr/bin/env bats
# wl-run's counters: what the kernel counts of a trial, and of nothing else.
#
# The $ in single quotes are for workloads and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# Skips a test where the kernel does not let us count.
needs_counters() {
	record probe '["true"]' >probe.jsonl
	wl-run -n 1 -w 0 --events "$1" probe.jsonl 2>/dev/null | grep -q "\"metric\":\"$1\"" ||
		skip "no $1 is counted here"
}

# A command that uses so much processor time, in s.
busy() {
	printf 'perl -e "1 while (times)[0] + (times)[1] < %s"' "$1"
}

# Runs wl-run where perf_event_open(2) is another one, see fake-counters.c.
fake() {
	[ -x fake-counters ] || ${CC:-cc} -o fake-counters -D_GNU_SOURCE \
		"$BATS_TEST_DIRNAME/fake-counters.c" || skip "it cannot be built"
	./fake-counters 0 true || skip "no filter of system calls can be made"
	./fake-counters "$@"
}

# What an event's descriptor reads: value, time enabled, time running, again
# and again.
readings() {
	perl -e 'print pack "Q*", @ARGV' "$@"
}

@test "wl-run: --events" {
	expect 2 wl-run --events task_clock,clocks,cycles
	err_is "wl-run: --events: not an event: clocks; there are \
task_clock,page_faults,context_switches,cpu_migrations,instructions,\
instructions_user,cycles,cycles_user,branch_misses,branch_misses_user,\
cache_misses,cache_misses_user
Try 'wl-run --help'."
	expect 2 wl-run --events ''
	err_has '--events: not an event: ;'
	expect 2 wl-run --events task_clock,
	err_has '--events: not an event: ;'
	record a '["true"]' >stdin
	once 0 --events none
	run_is '.caps.events == []'
	out_json 'map(select(.type == "sample" and
		(.metric | test("^(tree|peak)_") | not))) | length == 14'
}

@test "wl-run: counters by default, and those that are asked for" {
	needs_counters task_clock
	needs_counters page_faults
	record a '["true"]' >stdin
	once 0
	run_is '.caps.events[:2] == ["task_clock", "cpu_migrations"]'
	run_is '.caps.hardware_counters | length > 0'
	samples_are task_clock '.[0].unit == "ns" and .[0].value > 1e4'
	samples_are cpu_migrations '.[0].unit == "count"'
	samples_are page_faults '. == []'
	once 0 --events page_faults,task_clock
	run_is '.caps.events == ["task_clock", "page_faults"]'
	samples_are page_faults '.[0].unit == "count" and .[0].value > 5'
	samples_are cpu_migrations '. == []'
}

@test "wl-run: counters count each of many trials" {
	needs_counters task_clock
	needs_counters page_faults
	unknown_machine
	record a '["true"]' >stdin
	expect 0 wl-run -n 100 --events task_clock,page_faults
	samples_are task_clock 'length == 100 and (map(.value > 1e4) | all)'
	samples_are page_faults 'length == 100 and
		(map(.value) | max - min < 20 and min > 5)'
	trials_are 'map(.flags // [] | index("counters")) | any | not'
}

@test "wl-run: counters count descendants, and not hooks" {
	needs_counters task_clock
	{
		record idle '["sleep","0.3"]'
		script nested "sh -c '$(busy 0.3); true' & wait; true"
		record hooked '["true"]' "\"setup\":$(sh_command "$(busy 0.3)"),
			\"prepare\":$(sh_command "$(busy 0.3)"),
			\"conclude\":$(sh_command "$(busy 0.3)")" | tr -d '\n\t'
		echo
		record last '["true"]'
	} >stdin
	once 0 -o sequential
	samples_are task_clock '.[0].value < 0.1e9 and .[1].value > 0.25e9 and
		.[2].value < 0.1e9 and .[3].value < 0.1e9'
	# Two clocks of one thing: task_clock begins later.
	out_json '[.[] | select(.metric == "task_clock" and .case == "nested")][0].value as $task |
		[.[] | select(.metric == "cpu_time" and .case == "nested")][0].value as $cpu |
		$task < 1.02 * $cpu and $task > 0.9 * $cpu'
}

@test "wl-run: counters count a daemon, and it does not spoil the next trial" {
	needs_counters task_clock
	script daemon "setsid sh -c '$(busy 0.3); echo >ready; while :; do : $mark; done' & until [ -e ready ]; do sleep 0.02; done" >stdin
	record next '["true"]' >>stdin
	once 0 -o sequential
	nobody_alive
	samples_are task_clock '.[0].value > 0.28e9 and .[1].value < 0.1e9'
	samples_are cpu_time '.[0].value < 0.2e9'
}

@test "wl-run: a declared metric is counted; one that cannot be fails no trial" {
	needs_counters page_faults
	record a '["true"]' '' '"metrics":[{"name":"faults","from":"page_faults"}]' >stdin
	once 0
	samples_are page_faults '.[0].value > 5'
	once 0 --events task_clock
	err_is 'wl-run: page_faults: not among --events'
	trial_is ok
	samples_are page_faults '. == []'
}

@test "wl-run: a kernel without counters, or that does not permit them" {
	unknown_machine
	record a '["true"]' '' '"metrics":[{"name":"cycles"}]' >stdin
	# ENOSYS, EACCES, ENOENT
	fake 38 true
	expect 0 fake 38 wl-run --no-table -n 1 -w 0
	err_is 'wl-run: cycles: this kernel does not count'
	run_is '.caps | .events == [] and
		.hardware_counters == "this kernel does not count"'
	trial_is ok
	out_json 'map(select(.type == "sample" and
		(.metric | test("^(tree|peak)_") | not))) | length == 10'
	trials_are '.[0] | has("flags") | not'
	expect 0 fake 13 wl-run --no-table -n 1 -w 0
	err_is 'wl-run: cycles: not permitted (see kernel.perf_event_paranoid)'
	run_is '.caps.events == []'
	expect 0 fake 2 wl-run --no-table -n 1 -w 0 --events task_clock,cycles
	err_is 'wl-run: task_clock: there is no such counter here; cycles: there is no such counter here'
	trial_is ok
}

@test "wl-run: an event that was not counted all the time has no sample, and a flag" {
	unknown_machine
	record a '["true"]' >stdin
	# An event is read before the first trial and after each: shared with
	# others in the second one, refused a counter in the third, and gone in
	# the fourth.
	readings 0 0 0  1000 500 500  1500 1000 900  1500 1000 900 >instructions
	readings 5 0 0  15 500 500  25 1000 1000  45 1500 1500  77 2000 2000 \
		>cycles
	fake 38 true
	expect 0 fake instructions,cycles \
		wl-run --no-table -n 4 -w 0 --events cycles,instructions
	run_is '.caps | .events == ["instructions", "cycles"] and
		.hardware_counters == "yes"'
	samples_are instructions 'map([.round, .value]) == [[1, 1000]]'
	samples_are cycles 'map([.round, .value]) ==
		[[1, 10], [2, 10], [3, 20], [4, 32]]'
	trials_are 'map(.flags) == [null, ["counters"], ["counters"], ["counters"]]'
	trials_are 'map(.status == "ok") | all'
	trials_are 'map(.records) | . as $n | map($n[0] - .) == [0, 1, 1, 1]'
}
