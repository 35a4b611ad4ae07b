#!/usr/bin/env bats
# wl-run: trials that are made of stages.
#
# The $ in single quotes are for workloads and jq; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# A case of stages: staged NAME EXEC RECORD [STAGE TEXT ...]. EXEC and RECORD
# are further members of exec and of the record; may be empty.
staged() {
	local name=$1 exec=$2 record=$3 stages=

	shift 3
	while [ $# -gt 0 ]; do
		stages+="${stages:+,}{\"name\":\"$1\",\"command\":"
		stages+="$(sh_command "$2")}"
		shift 2
	done
	printf '{"type":"case","case":"%s"%s,"exec":{"stages":[%s]%s}}\n' \
		"$name" "${record:+,$record}" "$stages" "${exec:+,$exec}"
}

# jq: the values of a metric.
of='def of(m): map(select(.type == "sample" and .metric == m) | .value);'

samples_say() {
	out_json "$of $1"
}

@test "wl-run: a trial of stages is all of them in turn, and one trial" {
	staged c '"prepare":["sh","-c","echo prepare >>log"]' '' \
		a 'echo a $WL_PHASE $WL_ROUND >>log' b 'echo b >>log' >stdin
	expect 0 wl-run -n 2 -w 1
	trials_are 'map([.phase, .round, .status, .exit]) == [
		["warmup", null, "ok", 0], ["measure", 1, "ok", 0],
		["measure", 2, "ok", 0]]'
	diff log - <<-'END'
	prepare
	a warmup
	b
	prepare
	a measure 1
	b
	prepare
	a measure 2
	b
	END
	out_json 'map(select(.round == 1)) | .[0].records == length - 1'
	out_json 'map(select(.metric // "" | startswith("stage."))) |
		map([.case, .round, .metric, .unit]) == [
		["c", 1, "stage.a", "ns"], ["c", 1, "stage.b", "ns"],
		["c", 2, "stage.a", "ns"], ["c", 2, "stage.b", "ns"]]'
}

@test "wl-run: what stages take is added up, but of memory the most counts" {
	staged c '' '' \
		short 'sleep 0.05' \
		long 'sleep 0.2' \
		busy 'perl -e "1 while (times)[0] < 0.1"' \
		large 'perl -e "\$a = q(x) x 40e6; 1 while (times)[0] < 0.1"' \
		small : >stdin
	once 0 --events task_clock
	samples_say '(of("wall_time")[0] - ([of("stage.short"),
		of("stage.long"), of("stage.busy"), of("stage.large"),
		of("stage.small")] | flatten | add) | fabs) < 1'
	samples_say 'of("stage.short")[0] >= 5e7 and of("stage.long")[0] >= 2e8
		and of("stage.short")[0] < of("stage.long")[0] and
		of("stage.busy")[0] >= 1e8'
	samples_say 'of("cpu_time")[0] >= 2e8 and of("max_rss")[0] > 40e6 and
		of("max_rss")[0] < 120e6 and of("minor_faults")[0] > 5000'
	# What the whole tree takes is read around all of them.
	samples_say '(of("task_clock") + of("tree_cpu_time")) | all(. >= 1.9e8)'
	trials_are '.[0].elapsed >= 4.5e8'
}

@test "wl-run: a stage that fails, fails the trial, which says which" {
	{
		staged exits '"conclude":["touch","concluded"]' '' \
			first 'echo told >&2' second 'echo oh >&2; exit 3' \
			third 'touch never'
		staged killed '' '' a : b 'kill -SEGV $$'
		staged absent '' '' a : b :
	} | sed '/"absent"/s/"sh"/"no-such-program"/2' >stdin
	once 1
	err_has 'wl-run: exits: measure: stage second: exited 3'
	err_has '  | oh'
	trials_are 'map({(.case): [.status, .exit, .signal, .why]}) | add == {
		exits: ["exit", 3, null, "stage second: exited 3"],
		killed: ["signal", null, 11,
			"stage b: ended by signal 11 (Segmentation fault)"],
		absent: ["spawn", null, null,
			"stage b: no-such-program: No such file or directory"]}'
	out_json 'all(.type != "sample")'
	[ ! -e never ]
	[ -e concluded ]
}

@test "wl-run: the timeout is that of all stages" {
	staged c '"timeout_s":0.5' '' a 'sleep 0.35' b "sleep 20 $mark" >stdin
	once 1
	trial_is timeout 'stage b: still running after 0.5 s'
	trials_are '.[0].elapsed < 4e9'
	err_has 'stage b: still running'
	nobody_alive
}

@test "wl-run: what a stage has started is gone before the next" {
	staged c '' '' \
		a 'setsid sh -c "echo \$\$ >pid; exec sleep 20" &
			until [ -s pid ]; do :; done' \
		b 'read -r pid <pid && ! kill -0 "$pid" 2>gone' >stdin
	once 0
	trial_is ok
	grep -q 'No such process' gone
}

@test "wl-run: stages share the output, and each reads the whole input" {
	echo in >input
	{
		staged c '"stdin":"input","stdout":"output"' '' a cat b 'cat; echo b'
		staged e '"expect":{"regex":"^1\n2\n$"}' '' a 'echo 1' b 'echo 2'
		staged f '"expect":{"regex":"^2"}' '' a 'echo 1' b 'echo 2'
		staged m '' '"metrics":[{"name":"x"},{"name":"y"}]' \
			a 'echo "{\"metric\":\"x\",\"value\":1}"' \
			b 'echo "{\"metric\":\"y\",\"value\":2}"'
	} >stdin
	once 1
	trials_are 'map({(.case): .why}) | add == {c: null, e: null, m: null,
		f: "its output does not match ^2"}'
	err_has 'does not match ^2'
	samples_say 'of("x") == [1] and of("y") == [2]'
	printf 'in\nin\nb\n' | diff - output
}

@test "wl-run: a declared stage needs no output, and can lead" {
	staged c '' '"metrics":[{"name":"first","from":"stage.a","unit":"ms"}]' \
		a 'sleep 0.02' b : >stdin
	expect 0 command wl-run -n 6 -w 0
	ignore_out
	err_has 'c     first '
	staged c '' '"metrics":[{"name":"first","from":"stage.a","unit":"ms"}]' \
		a 'to=$(readlink /proc/$$/fd/1); echo "$to" >out1' b : >stdin
	once 0
	ignore_out
	[ "$(cat out1)" = /dev/null ]
	# Another case's stage must be reported.
	staged c '' '"metrics":[{"name":"stage.z"}]' a : >stdin
	once 1
	trial_is expect 'it did not report the metric stage.z'
	err_has 'stage.z'
	# And none can be reported that is measured.
	staged c '"stdout":"capture"' '' \
		a 'echo "{\"metric\":\"stage.a\",\"value\":1}"' >stdin
	once 1
	trial_is expect "metric stage.a is the name of a stage's"
	err_has 'stage.a'
}

@test "wl-run: stages are monitored as one trial" {
	staged c '' '' a 'sleep 0.3' b 'perl -e "1 while (times)[0] < 0.3"' >stdin
	once 0 --monitor 50ms
	out_json 'map(select(.type == "series" and .metric == "cpu"))[0] |
		.t[-1] > 6e8 and .value[0] < 50 and (.value | max) > 20'
}

@test "wl-run: stages of variants are moved" {
	mkdir other
	staged c '' '' a "cat $PWD/name" b 'cat name' |
		sed 's/"stages"/"stdout":"output","stages"/' >stdin
	echo base >name
	echo other >other/name
	once 0 --variant base=. --variant head=other
	ignore_out
	printf 'base\nbase\n' | diff - output
	printf 'other\nother\n' | diff - other/output
}

@test "wl-run: a run of stages goes on" {
	staged c '' '"metrics":[{"name":"stage.b"}]' a : b : >case
	expect 0 wl-run -n 3 --journal whole case
	ignore_out
	head -n 30 whole >part
	expect 0 wl-run --resume part case
	samples_say 'of("stage.b") | length == 3'
	err_has 'dropped'
	head -n 30 whole >part
	sed 's/"name":"a"/"name":"x"/' case >changed
	expect 2 wl-run --resume part changed
	err_has 'the case c has changed'
}

@test "wl-run: each of a trial's stages is limited" {
	staged c '"limits":{"open_files":16}' '' a 'ulimit -n >log' \
		b 'ulimit -n >>log' >stdin
	once 0
	ignore_out
	printf '16\n16\n' | diff - log
}

@test "wl-run: stages have one limit on memory, also after one that was killed" {
	record c '["true"]' '"limits":{"memory":50000000}' >stdin
	wl-run -n 1 -w 0 <stdin >limited 2>&1 ||
		skip 'no group keeps a limit on memory here'
	# The first leaves a process: its group is killed, and is of no more use.
	staged c '"limits":{"memory":50000000}' '' \
		a 'setsid sleep 20 &' \
		b 'perl -e "my \$x = chr(1) x 9e7"; :' c 'touch never' >stdin
	once 1
	trial_is oom 'stage b: the kernel ended 1 of its processes for want of memory'
	err_has 'stage b: '
	[ ! -e never ]
}

@test "wl-run: instructions of all stages are counted" {
	command -v valgrind >/dev/null || skip 'there is no valgrind'
	printf '{"type":"case","case":"%s","metrics":%s,"exec":{"stages":[%s]}}\n' \
		one '[{"name":"callgrind_instructions"}]' \
		'{"name":"a","command":["true"]}' \
		two '[{"name":"callgrind_instructions"}]' \
		'{"name":"a","command":["true"]},{"name":"b","command":["true"]}' \
		>stdin
	once 0
	samples_are callgrind_instructions 'map({(.case): .value}) | add |
		.two == 2 * .one and .one > 10000'
	out_json 'map(select(.metric == "stage.a")) | length == 2'
}

# A case whose exec has these members is refused: refused WHY EXEC
refused() {
	printf '{"type":"case","case":"c","exec":{%s}}\n' "$2" >stdin
	expect 2 wl-run
	err_is "wl-run: <stdin>:1: $1"
}

@test "wl-run: stages that are none are refused" {
	refused 'stages is not a list' '"stages":{}'
	refused 'exec has no command' '"stages":[]'
	refused 'exec has both a command and stages' \
		'"command":["a"],"stages":[{"name":"a","command":["b"]}]'
	refused 'name is missing' '"stages":[{"command":["a"]}]'
	refused 'command is missing' '"stages":[{"name":"a"}]'
	refused 'the name of a stage is empty' \
		'"stages":[{"name":"","command":["a"]}]'
	refused 'stage a has no command' '"stages":[{"name":"a","command":[]}]'
	refused 'a second stage of the name a' \
		'"stages":[{"name":"a","command":["b"]},{"name":"a","command":["c"]}]'
}
