#!/usr/bin/env bats
# What the workloads for developers' tools are made of.

load helper

prepare_test() {
	PATH=$TOP/workloads:$PLUMBLINE_BUILD/workloads:$PATH
}

needs() {
	local program

	for program; do
		command -v "$program" >/dev/null ||
			skip "$program is not installed"
	done
}

@test "config-templates: all engines render the same bytes" {
	local complexity

	needs envsubst m4
	expect 0 config-templates.sh make
	[ "$(grep -c '^\[\[scenario.step\]\]' complex.expected)" -eq 300 ]
	for complexity in simple medium complex; do
		expect 0 config-templates.sh render envsubst $complexity 2
		out_json 'map([.metric, .unit, .value > 0]) ==
			[range(2) | ["render_time", "ms", true]]'
		expect 0 config-templates.sh render m4 $complexity 1
		ignore_out
	done
}

@test "config-templates: j2 renders them, too" {
	needs j2
	expect 0 config-templates.sh make
	expect 0 config-templates.sh render j2 medium 1
	ignore_out
}

@test "config-templates: a wrong result is no time" {
	needs m4
	expect 0 config-templates.sh make
	sed -i 's/wait = true/wait = false/' template.m4
	expect 0 config-templates.sh render m4 simple 1
	ignore_out
	expect 1 config-templates.sh render m4 medium 1
	err_is 'repeat: m4: time 1: its output is not medium.expected'
}

@test "config-templates: what is parsed has all scenarios" {
	needs tomljson
	expect 0 config-templates.sh toml 60
	ignore_out
	expect 0 config-templates.sh parse 60 2
	out_json 'map(.metric) == ["parse_time", "parse_time"]'
	echo '{}' >parsed
	expect 1 config-templates.sh parse 60 1
	err_has 'its output is not parsed'
}

@test "config-templates: a directory of templates" {
	needs envsubst
	expect 0 config-templates.sh tree 12
	expect 0 config-templates.sh work 12
	out_json 'map(.metric) | group_by(.) | map([.[0], length]) ==
		[["read_time", 20], ["render_all_time", 8], ["scan_time", 20]]'
	[ -z "$(ls rendered)" ]
	sed -i s/wait/waits/ tree/d1/t11.tmpl
	expect 1 config-templates.sh work 12
	err_has 'its output is not all'
	ignore_out
}

@test "hot-reload: each change is seen, rendered, parsed and shown" {
	needs inotifywait envsubst tomljson
	expect 0 config-templates.sh make
	expect 0 hot-reload.sh latency 3
	out_json 'map(.metric) | group_by(.) | map([.[0], length]) ==
		[["detect_time", 3], ["feedback_time", 3], ["parse_time", 3],
		 ["reload_time", 3], ["render_time", 3],
		 ["watch_start_time", 1], ["watcher_memory", 1]]'
	grep -q '"change3"' json
	# A planted delay is in it.
	expect 0 env HOT_RELOAD_DELAY=0.2 hot-reload.sh latency 1
	out_json 'map(select(.metric == "render_time").value >= 200) | any'
}

@test "hot-reload: files at once, and a burst that is one change" {
	needs inotifywait envsubst tomljson
	expect 0 config-templates.sh make
	expect 0 hot-reload.sh concurrent 5
	out_json 'map(.metric) == ["watch_start_time", "concurrent_time",
		"watcher_memory"]'
	[ "$(ls rendered)" = "$(printf '%s.toml\n' 1 2 3 4 5)" ]
	expect 0 hot-reload.sh debounce 10
	out_json 'map(select(.metric == "debounce_effectiveness").value >= 50) ==
		[true]'
	[ "$(<rendered/burst.toml)" = 'n = 10' ]
}

@test "hot-reload: a clock that is set is a failed trial" {
	needs inotifywait envsubst tomljson
	expect 0 config-templates.sh make
	# bash reads this before the script: a clock that stands, and one that
	# goes back.
	echo 'unset EPOCHREALTIME; EPOCHREALTIME=1000.000000' >stands
	expect 1 env BASH_ENV="$PWD/stands" hot-reload.sh latency 5
	err_has 'hot-reload.sh: the clock was set by -'
	cat >back <<-'END'
		unset EPOCHREALTIME
		for ((tick = 0; tick < 1000; tick++)); do
			clock[tick]=1000.000$((100 + tick % 900))
		done
		declare -n EPOCHREALTIME='clock[tick -= 1]'
	END
	expect 1 env BASH_ENV="$PWD/back" hot-reload.sh latency 1
	err_has 'hot-reload.sh: the clock was set back by '
}

@test "toolkit-commands: each command does what it did before, within a time" {
	local command

	expect 0 toolkit-commands.sh make 4
	[ "$(grep -c '"type":"case"' check)" -eq 4 ]
	grep -q '"type":"result"' compare
	for command in check aggregate compare render; do
		expect 0 toolkit-commands.sh run $command 2
		out_json 'map(.metric) == ["command_time", "command_time"]'
	done
	echo more >>compare
	expect 1 toolkit-commands.sh run compare 1
	err_has 'its output is not compare'
	expect 2 toolkit-commands.sh run walk 1
	err_is 'toolkit-commands.sh: no such command: walk'
}

@test "new-user: from nothing to a result" {
	expect 0 new-user.sh init "$TOP/lib"
	expect 0 new-user.sh check
	expect 0 new-user.sh first_run
	expect 0 new-user.sh show
	grep -q 'n=100000' project/log
	# A step that does not come to what it should has failed.
	sed -i 's/values: .*/values: [1000]}]/' project/perf/sum.yaml
	expect 1 new-user.sh check
	expect 2 new-user.sh init "$TOP/test" /nowhere
	err_is "new-user.sh: no directory has perf.mk: $TOP/test /nowhere"
	mkdir 'a b'
	touch 'a b/perf.mk'
	expect 2 new-user.sh init 'a b'
	err_is 'new-user.sh: make cannot include a file of this directory: a b'
}
