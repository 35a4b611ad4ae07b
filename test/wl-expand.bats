#!/usr/bin/env bats
# wl-expand: workload files in, cases out, or an error that names its place.
#
# A $(name) in single quotes is for wl-expand, and a $x for jq:
# shellcheck disable=SC2016

load helper

# A file with one workload, w, and these lines in it.
workload() {
	given 'workloads:' '- workload_id: w' "${@/#/  }"
}

# Nothing but this error, which starts at a line and column of stdin.
bad() {
	expect 2 wl-expand
	err_is "wl-expand: <stdin>:$1"
	out_is ''
}

# The names of all cases, in their order.
cases_are() {
	touch looked_out
	jq -r .case out >names
	same names "$(printf '%s\n' "$@")"
}

@test "wl-expand: the format of seed 000 expands as it stands" {
	expect 0 wl-expand -a x86_64 "$DATA/harvey.yaml"
	local long=iot_gateway_data_forwarding_udp_burst
	local rest=burst_duration_seconds=60,packets_per_second_target=10000
	cases_are "$long/packet_size_bytes=64,$rest" \
		"$long/packet_size_bytes=256,$rest" \
		"$long/packet_size_bytes=1024,$rest" kernel_compile_from_clean
	out_json 'all(.[]; .type == "case" and .status == "not-implemented"
		and (.exec | has("command") | not))'
	out_json '.[2].params == {packet_size_bytes: 1024,
		burst_duration_seconds: 60, packets_per_second_target: 10000}'
	out_json '.[0].metrics == [
		{name: "avg_throughput_mbps", unit: "Mbps", aggregator: "average"},
		{name: "p99_latency_ms", unit: "ms", aggregator: "percentile_99"},
		{name: "cpu_utilization_percentage_avg", unit: "%",
		 aggregator: "average"},
		{name: "memory_footprint_delta_mb", unit: "MB", aggregator: "max"}]'
	out_json '.[0].criteria | length == 4 and
		.[3] == {target: "x86_64_generic_2ghz_2gb",
		metric: "p99_latency_ms", operator: "<=", limit: 20}'
	out_json '.[3].metrics == [{name: "compile_time_seconds",
		unit: "seconds", aggregator: "median"}]'
	out_json 'map(.tier) == [1, 1, 1, 1]'
	out_json '.[3].line == 46 and (.[3].file | endswith("harvey.yaml"))'
}

@test "wl-expand: a workload without a command is a script of its name" {
	mkdir -p scripts
	printf '#!/bin/sh\n' >scripts/kernel_compile_from_clean.sh
	chmod +x scripts/kernel_compile_from_clean.sh
	expect 0 wl-expand -p scripts "$DATA/harvey.yaml"
	out_json "map(has(\"status\")) == [true, true, true, false]"
	out_json ".[3].exec.command ==
		[\"$PWD/scripts/kernel_compile_from_clean.sh\"]"
	out_json ".[3].exec.path == [\"$PWD/scripts\", \"$DATA\"]"
	WL_PATH=/nonesuch:scripts: expect 0 wl-expand "$DATA/harvey.yaml"
	out_json 'map(has("status")) == [true, true, true, false]'
	cp "$DATA/harvey.yaml" scripts
	expect 0 wl-expand scripts/harvey.yaml
	out_json 'map(has("status")) == [true, true, true, false]'
	chmod -x scripts/kernel_compile_from_clean.sh
	expect 0 wl-expand scripts/harvey.yaml
	err_is "wl-expand: scripts/harvey.yaml:46:5: $PWD/scripts/kernel_compile_from_clean.sh is not executable"
	out_json 'all(.[]; .status == "not-implemented")'
}

@test "wl-expand: a script is found by its endings, and in the order of the path" {
	mkdir -p one two
	touch one/w.pl two/w two/w.py
	chmod +x one/w.pl two/w two/w.py
	workload
	expect 0 wl-expand -p two -p one
	out_json ".[0].exec.command == [\"$PWD/two/w\"]"
	expect 0 wl-expand -p one -p two
	out_json ".[0].exec.command == [\"$PWD/one/w.pl\"]"
	WL_PATH=two expect 0 wl-expand -p one
	out_json ".[0].exec.path == [\"$PWD/one\", \"$PWD/two\", \"$PWD\"]"
	expect 2 wl-expand -p nonesuch
	err_is 'wl-expand: --path: nonesuch: No such file or directory'
}

@test "wl-expand: every key reaches the record" {
	expect 0 wl-expand -a x86_64 -T small -s 7 "$DATA/expand.yaml"
	out_json '.[0] | del(.id, .file, .exec, .metrics, .criteria) == {
		type: "case", case: "full/size=64,rate=0.3,n=1,mode=a",
		workload: "full", arch: "x86_64", target: "small", seed: 7,
		description: "First line \"quoted\".\nsecond\n", tier: 1,
		tags: ["quick", "net"], line: 3,
		params: {size: 64, rate: 0.3, n: 1, mode: "a"}}'
	out_json '.[0].exec | del(.path) == {
		command: ["./prog", "-s", "64",
			"--x=0.3/$(x) $HOME full/size=64,rate=0.3,n=1,mode=a",
			"x86_64"],
		setup: ["mkdir", "-p", "full-small"],
		prepare: ["/bin/sh", "-c", "echo $(size) $$"],
		conclude: ["rm", "1"],
		cleanup: ["/bin/sh", "-c", "rm -r \"$WL_WORKLOAD\""],
		env: {MODE: "xa\ty", EMPTY: ""},
		cwd: "build-64", stdin: "in-64", stdout: "null",
		warmup: 0, min_iterations: 3, max_iterations: 20,
		precision_percent: 2, budget_s: 120, timeout_s: 0.5,
		cpus: "0-1,3", nice: -5, limits: {memory: 67108864, cpu: 0.5,
			processes: 9, open_files: 64, file_size: 1500000000,
			stack: 8388608, cpu_time_s: 60}, monitor_s: 0.1,
		ok_exit: [0, 3], expect: {exit: 0, regex: "^a+$"},
		requires: {programs: ["sh", "a"], files: ["x"],
			command: ["test", "-w", "64"]}}'
	out_json '.[0].metrics == [
		{name: "wall_time", unit: "ms", aggregator: "median", gate: false},
		{name: "p99", unit: "us", aggregator: "percentile_99.9",
		 better: "lower", from: "latency", threshold_percent: 3,
		 min_abs: 0.1, severity: "warning", exact: true}]'
	out_json '.[0].criteria == [
		{target: "small", metric: "wall_time", operator: "<", limit: 5},
		{target: "small", metric: "p99", operator: ">=", limit: 1,
		 severity: "info", by: "2027-01-01"},
		{target: "large", metric: "max_rss", operator: "==", limit: 0.1}]'
	out_json 'map(select(.params.size == true).criteria | length) |
		unique == [2]'
	out_json 'map(.case) | length == (unique | length)'
	out_json 'map(.id) | length == (unique | length)'
}

@test "wl-expand: parameters as written, the last fastest, includes at the end" {
	workload 'command: [x, $(a), $(b), $(c), $(d)]' 'parameters:' \
		'- {name: a, values: [1, 2]}' '- {name: b, values: [x, y]}' \
		'- {name: c, value: 7}' '- {name: d, values: [p, q]}' \
		'zip: [d, a]' 'exclude: [{a: 2, b: y}]' \
		'include: [{b: z, a: 1, d: p, c: 7}, {a: 2, b: y, c: 7, d: q}]'
	expect 0 wl-expand
	cases_are w/a=1,b=x,c=7,d=p w/a=1,b=y,c=7,d=p w/a=2,b=x,c=7,d=q \
		w/a=1,b=z,c=7,d=p w/a=2,b=y,c=7,d=q
}

@test "wl-expand: two zip groups vary like two parameters" {
	workload 'parameters:' '- {name: a, values: [1, 2]}' \
		'- {name: b, values: [x, y]}' '- {name: c, values: [3, 4]}' \
		'- {name: d, values: [p, q]}' 'zip: [[a, c], [b, d]]'
	expect 0 wl-expand
	cases_are w/a=1,b=x,c=3,d=p w/a=1,b=y,c=3,d=q w/a=2,b=x,c=4,d=p \
		w/a=2,b=y,c=4,d=q
}

@test "wl-expand: ranges by steps and by factors, up and down" {
	workload 'parameters:' '- {name: a, range: {from: 0.1, to: 0.35, step: 0.1}}'
	expect 0 wl-expand
	cases_are w/a=0.1 w/a=0.2 w/a=0.3
	workload 'parameters:' '- {name: a, range: {from: 3, to: 1}}'
	bad '4:22: the steps do not lead from 3 to 1'
	workload 'parameters:' '- {name: a, range: {from: 3, to: 1, step: -1}}'
	expect 0 wl-expand
	cases_are w/a=3 w/a=2 w/a=1
	workload 'parameters:' '- {name: a, range: {from: 2, to: 2}}'
	expect 0 wl-expand
	cases_are w/a=2
	workload 'parameters:' '- {name: a, range: {from: 0.1, to: 10, factor: 10}}'
	expect 0 wl-expand
	cases_are w/a=0.1 w/a=1 w/a=10
	workload 'parameters:' '- {name: a, range: {from: 8, to: 2, factor: 0.5}}'
	expect 0 wl-expand
	cases_are w/a=8 w/a=4 w/a=2
}

@test "wl-expand: values keep their text; numbers are those that read back" {
	workload 'parameters:' '- name: a' \
		'  values: [0, -5, 2.5, 9007199254740991, true, "1", yes, 08,' \
		'    1e3, 1.0, 9007199254740992, 0x1F, -0, .5, "", "a b/ü"]'
	expect 0 wl-expand
	out_json 'map(.params.a) == [0, -5, 2.5, 9007199254740991, true, "1",
		"yes", "08", "1e3", "1.0", "9007199254740992", "0x1F", "-0",
		".5", "", "a b/ü"]'
	out_has '"case":"w/a=a%20b%2F%C3%BC"'
	out_has '"case":"w/a="'
}

@test "wl-expand: a name that is too long is cut and ends in the id" {
	workload 'parameters:' "- {name: a, values: [\"$(printf 'x%.0s' {1..300})1\",
    \"$(printf 'x%.0s' {1..300})2\"]}"
	expect 0 wl-expand
	out_json 'map(.case | length) == [197, 197]'
	out_json 'all(.[]; .case[180:] == "~" + .id)'
	out_json '.[0].id != .[1].id'
}

@test "wl-expand: the id is what is measured, and does not change" {
	local yaml=('workloads:' '- workload_id: w' '  command: [p, $(a)]'
		'  parameters: [{name: a, value: 1}]')
	given "${yaml[@]}"
	expect 0 wl-expand -a x86_64
	# A tool of another day must find the same: baselines hold it.
	out_json '.[0].id == "cae0906c3d9e434b"'
	local id
	id=$(jq -r .id out)
	given "${yaml[@]}" '  timeout: 3' '  warmup: 9' '  tags: x' \
		'  requires: {files: f}' '  iterations: 14' '  cpus: 0' \
		'  nice: 1' '  limits: {cpu: 1}' '  monitor: 1s'
	expect 0 wl-expand -a x86_64 -T other -s 9
	out_json ".[0].id == \"$id\""
	for more in 'stdin: f' 'stdout: capture' 'env: {A: 1}'; do
		given "${yaml[@]}" "  $more"
		expect 0 wl-expand -a x86_64
		out_json ".[0].id != \"$id\""
	done
	given "${yaml[@]}"
	expect 0 wl-expand -a arm64
	out_json ".[0].id != \"$id\""
	given "${yaml[@]}" '  env: {A: 1, B: 2}'
	expect 0 wl-expand -a x86_64
	ignore_out
	id=$(jq -r .id out)
	given "${yaml[@]}" '  env: {B: 2, A: 1}'
	expect 0 wl-expand -a x86_64
	out_json ".[0].id == \"$id\""
	given 'workloads: [{workload_id: w, command: "p q", shell: true}]'
	expect 0 wl-expand
	ignore_out
	id=$(jq -r .id out)
	given 'workloads: [{workload_id: w, command: ["p q"]}]'
	expect 0 wl-expand
	out_json ".[0].id != \"$id\""
}

@test "wl-expand: no metrics list declares wall_time; built-in units are known" {
	workload 'command: [x]'
	expect 0 wl-expand
	out_json '.[0].metrics ==
		[{name: "wall_time", unit: "ns", aggregator: "median"}]'
	out_json '.[0].params == {} and (.[0] | has("criteria") | not)'
	workload 'metrics:' '- {name: cpu, from: cpu_time, unit: s}' \
		'- {name: max_rss}' '- {name: mine}' \
		'- {name: per_second, from: wall_time, aggregator: rate, unit: 1/s}'
	expect 0 wl-expand
	out_json '.[0].metrics | map(.unit) == ["s", "B", null, "1/s"]'
}

@test "wl-expand: criteria hold where they say, and all targets stay" {
	workload 'parameters: [{name: a, values: [1, 2, 3]}]' \
		'acceptance_criteria:' '  t:' \
		'  - {metric: wall_time, condition: ">=", limit: 5, where: {a: 1}}' \
		'  - {metric: wall_time, condition: <, limit: 5, where: {a: [2, 3]}}' \
		'  u: [{metric: cpu_time, condition: GreaterThan, limit: 1}]'
	expect 0 wl-expand -T u
	out_json 'map(.criteria | map(.operator)) ==
		[[">=", ">"], ["<", ">"], ["<", ">"]]'
	out_json 'all(.[]; .target == "u")'
	workload 'parameters: [{name: a, values: [1, 2]}]' \
		'acceptance_criteria:' \
		'  t: [{metric: wall_time, condition: <, limit: 5, where: {a: 1}}]'
	expect 0 wl-expand
	out_json 'map(.criteria | length) == [1, 0]'
}

@test "wl-expand: the warning for a parameter that argv does not name" {
	workload 'command: [x, $(a)]' 'parameters:' '- {name: a, values: [1, 2]}' \
		'- {name: b, value: 1}' '- {name: c, value: 1}'
	local text='wl-expand: <stdin>:2:3: warning: the command of w has no $(name) of these: b, c; it sees them only as WL_name'
	expect 0 wl-expand
	err_is "$text"
	out_json 'length == 2'
	expect 0 wl-expand -c
	err_is "$text"
	out_is ''
	expect 0 wl-expand -l
	err_is "$text"
	ignore_out
	expect 1 wl-expand -f nonesuch
	err_is 'wl-expand: no case is selected: 2 left out by --filter'
	workload 'command: x' 'shell: true' 'parameters: [{name: a, value: 1}]'
	expect 0 wl-expand
	ignore_out
}

@test "wl-expand: the warning for so few rounds that no regression can be shown" {
	local text='wl-expand: <stdin>:2:3: warning: w has 9 iterations, and a stored baseline shows no regression with fewer than 10'

	workload 'iterations: 9'
	expect 0 wl-expand
	err_is "$text"
	ignore_out
	workload 'min_iterations: 2' 'max_iterations: 9' \
		'metrics: [{name: a, unit: s, gate: false}, {name: b, unit: s}]'
	expect 0 wl-expand
	err_is "$text"
	ignore_out
	# Enough; or nothing that its rounds could make fail.
	for more in 'iterations: 10' 'min_iterations: 2' \
		'metrics: [{name: a, unit: s, gate: false}]' \
		'metrics: [{name: a, unit: s, severity: warning}]' \
		'metrics: [{name: a, unit: count, exact: true}]'; do
		case $more in metrics*) workload 'iterations: 9' "$more" ;; *) workload "$more" ;; esac
		expect 0 wl-expand
		ignore_out
	done
}

# --- selection ---

some() {
	given 'workloads:' \
		'- {workload_id: a, tags: [quick, net], tier_applicability: 1}' \
		'- {workload_id: b, tags: slow, architectures: [x, y]}' \
		'- workload_id: c' '  tier_applicability: [1, 2]' \
		'  parameters: [{name: p, values: [1, 2]}, {name: q, value: 3}]'
}

# The cases that the options select.
selected() {
	expect 0 wl-expand -a x "$@"
	touch looked_out
	jq -r .case out | tr '\n' ' '
}

@test "wl-expand: selection by architecture, tier and tag" {
	some
	[ "$(selected)" = 'a b c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected --tier 1)" = 'a b c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected --tier 2)" = 'b c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected -t quick)" = 'a ' ]
	[ "$(selected -t quick,slow)" = 'a b ' ]
	[ "$(selected -t quick -t slow)" = 'a b ' ]
	[ "$(selected -t '!net')" = 'b c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected -t 'all,!net')" = 'b c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected -a z)" = 'a c/p=1,q=3 c/p=2,q=3 ' ]
}

@test "wl-expand: selection by case name and by workload" {
	some
	[ "$(selected -f c)" = 'c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected -f 'c/*')" = 'c/p=1,q=3 c/p=2,q=3 ' ]
	[ "$(selected -f a,b)" = 'a b ' ]
	[ "$(selected -f '!c')" = 'a b ' ]
	[ "$(selected -f 'c,!*=2*')" = 'c/p=1,q=3 ' ]
	# A whole name is taken as it is, in spite of its comma.
	[ "$(selected -f c/p=1,q=3)" = 'c/p=1,q=3 ' ]
	[ "$(selected -f 'a,!c/p=1,q=3,c')" = 'a c/p=2,q=3 ' ]
}

@test "wl-expand: shards are a partition, and depend on the name alone" {
	some
	selected >all
	for i in 1 2 3; do selected --shard $i/3 || true; done >parts
	ignore_err
	[ "$(tr ' ' '\n' <all | sort)" = "$(tr ' ' '\n' <parts | sort)" ]
	[ "$(selected --shard 1/1)" = "$(cat all)" ]
}

@test "wl-expand: nothing selected says what left it out" {
	some
	expect 1 wl-expand -a z --tier 7 -t quick,none -f nonesuch
	err_is 'wl-expand: no case is selected: 1 left out by --arch z, 3 left out by --tier'
	expect 1 wl-expand -t none
	err_is "wl-expand: no case is selected: 1 left out by --arch $(uname -m), 3 left out by --tag"
	expect 1 wl-expand -l -f none
	err_is "wl-expand: no case is selected: 1 left out by --arch $(uname -m), 3 left out by --filter"
	given 'workloads: [{workload_id: a}]'
	for i in 1 2 3 4; do wl-expand --shard $i/4 <stdin; done >out 2>err || true
	[ "$(wc -l <out) $(grep -c 'left out by --shard' err)" = '1 3' ]
	ignore_out
	ignore_err
}

@test "wl-expand: --define takes the place of a parameter's values" {
	workload 'parameters: [{name: a, values: [1, 2]}, {name: b, values: [1, 2]}]' \
		'exclude: [{a: 1, b: 2}]' 'include: [{a: 3, b: 3}, {a: 4, b: 4}]' \
		'acceptance_criteria:' \
		'  t: [{metric: wall_time, condition: <, limit: 1, where: {a: 1}}]'
	expect 0 wl-expand -D a=1
	cases_are w/a=1,b=1
	expect 0 wl-expand -D a=1 -D a=3 -D b=3
	cases_are w/a=1,b=3 w/a=3,b=3
	out_json 'map(.criteria | length) == [1, 0]'
	expect 0 wl-expand -D 'a=x y' -D a=08 -D b=true -D a=
	out_json 'map(.params) == [{a: "x y", b: true}, {a: "08", b: true},
		{a: "", b: true}]'
	expect 1 wl-expand -D a=1 -D b=2
	err_is 'wl-expand: no case is selected'
	expect 2 wl-expand -D c=1
	err_is 'wl-expand: --define: no workload has a parameter c'
	workload 'parameters: [{name: a, values: [1, 2]}, {name: b, values: [1, 2]}]' \
		'zip: [a, b]'
	expect 2 wl-expand -D a=1
	err_is 'wl-expand: <stdin>:4:8: zip of unequal lengths: a has 1 defined, b has 2'
	expect 0 wl-expand -D a=5 -D b=6
	cases_are w/a=5,b=6
}

@test "wl-expand: a list for people" {
	given 'workloads:' \
		'- {workload_id: a, tags: [x, ü], command: [x], iterations: 15,' \
		'   description: "One.\nTwo."}' \
		'- {workload_id: b, description: none}' \
		'- {workload_id: c, command: [x], min_iterations: 3}' \
		'- {workload_id: d, command: [x], max_iterations: 30}' \
		'- {workload_id: e, command: [x],' \
		'   parameters: [{name: long, value: 1}], min_iterations: 3,' \
		'   max_iterations: 14, env: {X: $(long)}}' \
		'- {workload_id: f, command: [x]}'
	expect 0 wl-expand -l
	out_is "CASE      TAGS  ITERATIONS  DESCRIPTION
a         x,ü   15          One.
b         -     -           none
c         -     3 or more
d         -     up to 30
e/long=1  -     3 to 14
f         -     default"
}

# --- files ---

@test "wl-expand: several files, and stdin among them" {
	given 'workloads: [{workload_id: a}]'
	echo 'workloads: [{workload_id: b}]' >b.yaml
	expect 0 wl-expand b.yaml -
	cases_are b a
	out_json 'map(.file) == ["b.yaml", "<stdin>"]'
	expect 0 wl-expand -
	cases_are a
	expect 0 wl-expand <stdin
	cases_are a
	expect 2 wl-expand b.yaml b.yaml
	err_is 'wl-expand: b.yaml:1:27: a second workload of the id b; the first is on b.yaml:1'
}

@test "wl-expand: an error in the last file leaves no half of an output" {
	echo 'workloads: [{workload_id: b, nope: 1}]' >b.yaml
	given 'workloads: [{workload_id: a}]'
	expect 2 wl-expand - b.yaml
	err_is 'wl-expand: b.yaml:1:30: unknown key: nope'
	out_is ''
}

@test "wl-expand: files that cannot be read" {
	expect 2 wl-expand nonesuch.yaml
	err_is 'wl-expand: nonesuch.yaml: No such file or directory'
	expect 2 wl-expand .
	err_is 'wl-expand: .: Is a directory'
	printf 'workloads: [{workload_id: a}]\n' >$'b\001.yaml'
	expect 2 wl-expand $'b\001.yaml'
	err_has "a control character in a file's name"
}

@test "wl-expand: a file that this user may not read" {
	touch secret
	chmod 0 secret
	[ -r secret ] && skip 'this user reads everything'
	expect 2 wl-expand secret
	err_is 'wl-expand: secret: Permission denied'
}

@test "wl-expand: a byte order mark, no final newline, CR LF, an end mark" {
	printf '\xef\xbb\xbfworkloads: [{workload_id: a}]' >stdin
	expect 0 wl-expand
	cases_are a
	printf 'workloads:\r\n- workload_id: a\r\n  tags: [x]\r\n...\r\n' >stdin
	expect 0 wl-expand
	out_json '.[0].tags == ["x"]'
}

@test "wl-expand: what is not one YAML document of text" {
	: >stdin
	bad '1:1: the file is empty'
	given '# nothing'
	bad '1:1: the file is empty'
	given '---'
	bad '2:1: the file has no workloads'
	given '{}'
	bad '1:1: the file has no workloads'
	given 'workloads: [{workload_id: a}]' '---' 'workloads: []'
	bad '2:1: a second document; a file has one'
	workload $'\ttags: x'
	bad '3:3: not YAML: a tab; indent with spaces'
	printf 'workloads: é\n- \xff\n' >stdin
	bad '2:3: not YAML: invalid leading UTF-8 octet (byte 0xFF)'
	printf 'a: é\0' >stdin
	bad '1:5: not YAML: control characters are not allowed (byte 0x00)'
	workload 'description: "a\0b"'
	bad '3:16: a control character (byte 0x00)'
	workload 'description: "\e[31m"'
	bad '3:16: a control character (byte 0x1B)'
	given 'workloads: [{workload_id: a},' '- b'
	bad '2:1: not YAML: did not find expected node content'
	given 'workloads:' '- workload_id: a' ' tags: b'
	bad '3:2: not YAML: did not find expected key while parsing a block mapping that starts on line 1'
	workload 'tags: !!int 5'
	bad '3:9: tags have no meaning here: !!int'
	workload 'tags: !mine [a]'
	bad '3:9: tags have no meaning here: !mine'
	workload 'tags: !!str x'
	expect 0 wl-expand
	out_json '.[0].tags == ["x"]'
	given '? [a]' ': b'
	bad '1:3: a key must be a text'
}

@test "wl-expand: aliases and merge keys" {
	given 'workloads:' '- &a {workload_id: a, tags: [x, y], timeout: 3}' \
		'- {<<: *a, workload_id: b, tags: z}' \
		'- <<: [{timeout: 5}, *a, {warmup: 2}]' '  workload_id: c'
	expect 0 wl-expand
	out_json 'map(.tags) == [["x", "y"], ["z"], ["x", "y"]]'
	out_json 'map(.exec.timeout_s) == [3, 3, 5] and .[2].exec.warmup == 2'
	given 'workloads:' '- &a {workload_id: a, <<: *a}'
	bad '2:27: there is no &a above this alias'
	given 'workloads: [{workload_id: a, <<: 5}]'
	bad '1:34: << must name a mapping, or a list of them'
	given 'workloads: [{workload_id: a, "<<": 5}]'
	bad '1:30: unknown key: <<'
	given 'workloads: [&a {workload_id: a}, *a]'
	bad '1:30: a second workload of the id a; the first is on <stdin>:1'
}

@test "wl-expand: aliases cannot blow up memory" {
	# A billion laughs: ten of ten of ten ...
	{
		echo 'workloads:'
		echo '- workload_id: a'
		echo '  tags: [&t0 [lol]'
		for i in {1..30}; do
			printf ', &t%d [%s]\n' "$i" "$(yes "*t$((i - 1))" | head -n 10 | paste -sd,)"
		done
		echo ']'
	} >stdin
	bad '3:10: tags must be one value, not a list'
	# A list of criteria under each of many targets.
	{
		echo 'workloads: [{workload_id: a, acceptance_criteria: {'
		echo 't0: &l ['
		yes '{metric: wall_time, condition: <, limit: 1},' | head -n 150
		echo ']'
		for i in {1..150}; do echo ", t$i: *l"; done
		echo '}}]'
	} >stdin
	expect 2 wl-expand
	err_has 'more than 10000 criteria'
	# An environment in which each merges the one before.
	{
		echo 'workloads:'
		echo '- {workload_id: w0, env: &e0 {A0: 1}}'
		for i in {1..2000}; do
			echo "- {workload_id: w$i, env: &e$i {<<: *e$((i - 1)), A$i: 1}}"
		done
	} >stdin
	expect 2 wl-expand
	err_has 'aliases make this file too large'
}

@test "wl-expand: a deep file, and a long line" {
	printf 'workloads: %s' "$(yes '[' | head -n 100 | tr -d '\n')" >stdin
	bad '1:75: more than 64 levels deep'
	head -c 1000000 /dev/zero | tr '\0' '[' >stdin
	bad '1:65: more than 64 levels deep'
	workload 'tags: [[x]]'
	bad '3:10: tags must be one value, not a list'
	{
		printf 'workloads: [{workload_id: a, description: "'
		head -c 10000000 /dev/zero | tr '\0' 'x'
		printf '"}]'
	} >stdin
	expect 0 wl-expand
	out_json '.[0].description | length == 10000000'
}

# --- the schema ---

@test "wl-expand: the root has one key" {
	given 'harvey_workloads: [{workload_id: a}]'
	expect 0 wl-expand
	cases_are a
	given 'workload: []'
	bad '1:1: unknown key: workload; a file has the key workloads, or one that ends in _workloads'
	given 'myworkloads: []'
	bad '1:1: unknown key: myworkloads; a file has the key workloads, or one that ends in _workloads'
	given 'workloads: [{workload_id: a}]' 'defaults: {}'
	bad '2:1: a file has one key, and it has workloads already'
	given 'workloads:'
	bad '1:11: workloads has no value'
	given 'workloads: []'
	bad '1:12: the list of workloads is empty'
	given 'workloads: {a: b}'
	bad '1:12: workloads must be a list'
	given 'workloads: [a]'
	bad '1:13: a workload must be a mapping of keys to values'
	given '[a]'
	bad '1:1: the file must be a mapping of keys to values'
}

@test "wl-expand: keys that are twice there, or unknown" {
	workload 'tags: a' 'tags: b'
	bad '4:3: the key tags is here a second time'
	workload 'comand: [x]'
	bad '3:3: unknown key: comand (did you mean command?)'
	workload 'stduot: x'
	bad '3:3: unknown key: stduot (did you mean stdout?)'
	workload 'severity: x'
	bad '3:3: unknown key: severity'
	workload 'metrics: [{name: a, aggregater: max}]'
	bad '3:23: unknown key: aggregater (did you mean aggregator?)'
	workload 'requires: {program: x}'
	bad '3:14: unknown key: program (did you mean programs?)'
}

@test "wl-expand: workload_id" {
	given 'workloads: [{tags: a}]'
	bad '1:13: a workload needs a workload_id'
	given 'workloads: [{workload_id: }]'
	bad '1:27: workload_id has no value'
	given 'workloads: [{workload_id: a/b}]'
	bad '1:27: a workload_id is letters, digits, _ . and -, and starts with a letter or a digit: a/b'
	given 'workloads: [{workload_id: ""}]'
	bad '1:27: a workload_id is letters, digits, _ . and -, and starts with a letter or a digit: '
	given "workloads: [{workload_id: $(printf 'x%.0s' {1..101})}]"
	expect 2 wl-expand
	err_has 'a workload_id has at most 100 characters'
	given "workloads: [{workload_id: $(printf 'x%.0s' {1..100})}]"
	expect 0 wl-expand
	out_json 'length == 1'
	given 'workloads:' '- workload_id: a' '- workload_id: b' '- workload_id: a'
	bad '4:16: a second workload of the id a; the first is on <stdin>:2'
}

@test "wl-expand: commands" {
	workload 'command: x y'
	bad '3:12: command is a text: write a list, or add shell: true'
	workload 'shell: false' 'setup: x y'
	bad '4:10: setup is a text: write a list, or add shell: true'
	workload 'shell: yes'
	bad '3:10: shell must be true or false: yes'
	workload 'command: []'
	bad '3:12: command is an empty list'
	workload 'command: [""]'
	bad '3:13: command is empty'
	workload 'command: [x, [y]]'
	bad '3:16: command must be one value, not a list'
	workload 'command: [x, ~]'
	bad '3:16: command has no value'
	workload 'command: {x: y}'
	bad '3:12: command must be a list'
	workload 'command:'
	bad '3:11: command has no value'
	workload 'command: [x, 5, true, "", 08]'
	expect 0 wl-expand
	out_json '.[0].exec.command == ["x", "5", "true", "", "08"]'
}

@test "wl-expand: references" {
	local p='parameters: [{name: size, value: "a\"\\b"}]'
	workload "$p" 'command: [x, $(sise)]'
	bad '4:16: unknown parameter: sise (did you mean size?)'
	workload "$p" 'env: {A: $(other)}'
	bad '4:12: unknown parameter: other'
	workload "$p" 'command: [x, $(size]'
	bad '4:16: a $( without its ); a plain $( is written $$('
	workload "$p" 'command: [x, "$(date +%s)"]'
	bad '4:16: $(date +%s) names no parameter; a plain $( is written $$('
	workload "$p" 'command: [x, $(size), "$$(size)", "$", $size, "$$$(size)",' \
		'  "\\u0001s0;", "$(size)$(size)"]'
	expect 0 wl-expand
	out_json '.[0].exec.command == ["x", "a\"\\b", "$(size)", "$", "$size",
		"$a\"\\b", "\\u0001s0;", "a\"\\ba\"\\b"]'
	workload 'command: [$(dir)/x]'
	cp stdin f.yaml
	expect 0 wl-expand f.yaml
	out_json ".[0].exec.command == [\"$PWD/x\"]"
}

@test "wl-expand: parameters" {
	workload 'parameters: {a: 1}'
	bad '3:15: parameters must be a list'
	workload 'parameters: [{value: 1}]'
	bad '3:16: a parameter needs a name'
	workload 'parameters: [{name: a}]'
	bad '3:16: parameter a needs one of value, values and range'
	workload 'parameters: [{name: a, value: 1, values: [2]}]'
	bad '3:16: parameter a needs one of value, values and range'
	workload 'parameters: [{name: a b, value: 1}]'
	bad "3:23: a parameter's name is letters, digits and _: a b"
	workload 'parameters: [{name: 1a, value: 1}]'
	bad "3:23: a parameter's name is letters, digits and _: 1a"
	workload 'parameters: [{name: dir, value: 1}]'
	bad '3:23: the name is taken: $(dir)'
	workload 'parameters: [{name: SEED, value: 1}]'
	bad '3:23: the name is taken: WL_SEED'
	workload 'parameters: [{name: a, value: 1}, {name: a, value: 2}]'
	bad '3:37: a second parameter of the name a'
	workload 'parameters: [{name: a, value: [1]}]'
	bad '3:33: value is one value; for a list use values'
	workload 'parameters: [{name: a, values: 1}]'
	bad '3:34: values must be a list'
	workload 'parameters: [{name: a, values: []}]'
	bad '3:34: the list of values is empty'
	workload 'parameters: [{name: a, values: [1, null]}]'
	bad '3:38: null is no value; an empty text is ""'
	workload 'parameters: [{name: a, values: [1, [2]]}]'
	bad "3:38: a parameter's value must be one value, not a list"
	workload 'parameters: [{name: a, values: [1, 2, "1"]}]'
	bad '3:41: parameter a has the value 1 twice'
}

@test "wl-expand: ranges" {
	workload 'parameters: [{name: a, range: {from: 1}}]'
	bad '3:33: a range needs from and to'
	workload 'parameters: [{name: a, range: {from: 1, to: x}}]'
	bad '3:47: to must be a number: x'
	workload 'parameters: [{name: a, range: {from: 1, to: 5, step: 0}}]'
	bad '3:33: the steps do not lead from 1 to 5'
	workload 'parameters: [{name: a, range: {from: 1, to: 5, step: 1, factor: 2}}]'
	bad '3:33: a range has a step or a factor, not both'
	workload 'parameters: [{name: a, range: {from: 0, to: 5, factor: 2}}]'
	bad '3:33: the factor does not lead from 0 to 5'
	workload 'parameters: [{name: a, range: {from: 1, to: 5, factor: 1}}]'
	bad '3:33: the factor does not lead from 1 to 5'
	workload 'parameters: [{name: a, range: {from: 1, to: 1e6}}]'
	bad '3:47: write the number without an exponent: 1e6'
	workload 'parameters: [{name: a, range: {from: 1, to: 1000000}}]'
	bad '3:33: a range of more than 100000 values'
	workload 'parameters: [{name: a, range: {from: 0, to: 1, step: 0.0000000000000001}}]'
	bad '3:40: from has too many digits: 0'
	workload 'parameters: [{name: a, range: {from: 1, to: 9999}},' \
		' {name: b, range: {from: 1, to: 9999}}]'
	bad '3:15: the parameters make more than 10000000 cases'
}

@test "wl-expand: zip, exclude and include" {
	local p='parameters: [{name: size, values: [1, 2]}, {name: rate, values: [5, 6, 7]}]'
	workload "$p" 'zip: [size, rate]'
	bad '4:8: zip of unequal lengths: size has 2, rate has 3'
	workload "$p" 'zip: [size, rat]'
	bad '4:15: unknown parameter: rat (did you mean rate?)'
	workload "$p" 'zip: [size]'
	bad '4:8: zip needs at least two parameters'
	workload "$p" 'zip: [size, size]'
	bad '4:15: size is zipped already'
	workload 'parameters: [{name: a, values: [1, 2, 1]}, {name: b, values: [x, y, x]}]' \
		'zip: [a, b]'
	bad '4:8: zip has the same values twice, at 1 and 3'
	workload "$p" 'exclude: [{size: 3}]'
	bad '4:20: size has no value 3'
	workload "$p" 'exclude: [{siz: 3}]'
	bad '4:14: unknown parameter: siz (did you mean size?)'
	workload "$p" 'exclude: [{}]'
	bad '4:13: no parameter is named'
	workload "$p" 'exclude: [{size: []}]'
	bad "4:20: a parameter's value is an empty list"
	workload "$p" 'exclude: [{size: [1, 2]}]'
	bad '4:12: every case is excluded'
	workload 'parameters: [{name: a, values: [1, 2]}, {name: b, values: [x, y]}]' \
		'zip: [a, b]' 'exclude: [{a: 1, b: y}]'
	bad '5:13: this excludes no case'
	workload "$p" 'include: [{size: 3}]'
	bad '4:13: an included case names all parameters; rate is missing'
	workload "$p" 'include: [{size: 1, rate: 5}]'
	bad '4:13: this includes a case that is there'
	workload "$p" 'include: [{size: 1, rate: 9}, {rate: 9, size: 1}]'
	bad '4:33: this includes a case that is there'
	workload "$p" 'include: [{size: 1, rate: 9, other: 1}]'
	bad '4:32: unknown parameter: other'
	workload 'include: [{a: 1}]'
	bad '3:12: include without parameters'
}

@test "wl-expand: metrics" {
	workload 'metrics: []'
	bad '3:12: metrics is an empty list'
	workload 'metrics: [{unit: ms}]'
	bad '3:13: a metric needs a name'
	workload 'metrics: [{name: a}, {name: a}]'
	bad '3:31: a second metric of the name a'
	workload 'metrics: [{name: a, aggregator: medain}]'
	bad '3:35: unknown aggregator: medain (one of average, mean, median, min, max, sum, count, stddev, percentile_N, geometric_mean, rate, last, success_rate)'
	workload 'metrics: [{name: a, aggregator: percentile_101}]'
	expect 2 wl-expand
	err_has '<stdin>:3:35: unknown aggregator: percentile_101'
	workload 'metrics: [{name: wall_time, unit: MB}]'
	bad '3:37: wall_time is measured in ns, which cannot be in MB'
	workload 'metrics: [{name: a, from: max_rss, unit: ms}]'
	bad '3:44: max_rss is measured in B, which cannot be in ms'
	workload 'metrics: [{name: a, better: more}]'
	bad '3:31: better must be one of lower, higher: more'
	workload 'metrics: [{name: a, severity: fatal}]'
	bad '3:33: severity must be one of blocking, warning, info: fatal'
	workload 'metrics: [{name: a, gate: 1}]'
	bad '3:29: gate must be true or false: 1'
	workload 'metrics: [{name: a, exact: "true"}]'
	bad '3:30: exact must be true or false: true'
	workload 'metrics: [{name: a, scale: ln}]'
	bad '3:30: scale must be one of linear, log: ln'
	workload 'metrics: [{name: a, scale: log}]'
	expect 0 wl-expand
	out_json '.[0].metrics[0].scale == "log"'
	workload 'metrics: [{name: a, threshold_percent: -1}]'
	bad '3:42: threshold_percent must not be below 0: -1'
	workload 'metrics: [{name: a, min_abs: 1e999}]'
	bad '3:32: min_abs is too large to be exact: 1e999'
}

@test "wl-expand: criteria" {
	local a='acceptance_criteria:'
	workload "$a [x]"
	bad '3:24: acceptance_criteria must be a mapping of keys to values'
	workload "$a {t: {metric: x}}"
	bad "3:28: a target's criteria must be a list"
	workload "$a {t: [{condition: <, limit: 1}]}"
	bad '3:29: a criterion needs a metric'
	workload "$a {t: [{metric: wal_time, condition: <, limit: 1}]}"
	bad '3:38: unknown metric: wal_time (did you mean wall_time?)'
	workload 'metrics: [{name: mine}]' "$a {t: [{metric: min, condition: <, limit: 1}]}"
	bad '4:38: unknown metric: min (did you mean mine?)'
	workload "$a {t: [{metric: wall_time, limit: 1}]}"
	bad '3:29: a criterion needs condition (or operator)'
	workload "$a {t: [{metric: wall_time, condition: <, operator: <, limit: 1}]}"
	bad '3:29: a criterion has one condition (or operator) only'
	workload "$a {t: [{metric: wall_time, condition: <}]}"
	bad '3:29: a criterion needs threshold_value (or limit)'
	workload "$a {t: [{metric: wall_time, condition: =<, limit: 1}]}"
	bad '3:60: condition must be one of >=, <=, >, <, ==, !=, GreaterThanOrEqual, LessThanOrEqual, GreaterThan, LessThan, Equal, NotEqual: =<'
	workload "$a {t: [{metric: wall_time, condition: <, limit: one}]}"
	bad '3:70: threshold_value must be a number: one'
	workload "$a {t: [{metric: wall_time, condition: <, limit: '1'}]}"
	bad '3:70: threshold_value must be a number, without quotes'
	workload "$a {t: [{metric: wall_time, condition: <, limit: 9007199254740993}]}"
	bad '3:70: threshold_value is too large to be exact: 9007199254740993'
	workload "$a {t: [{metric: wall_time, condition: <, limit: 1, where: {a: 1}}]}"
	bad '3:81: unknown parameter: a'
	workload 'parameters: [{name: a, value: 1}]' \
		"$a {t: [{metric: wall_time, condition: <, limit: 1, where: {a: 2}}]}"
	bad '4:84: a has no value 2'
}

# Two criteria of one metric; where nothing is wrong, the second is kept too.
two_criteria() {
	workload 'parameters: [{name: a, values: [1, 2]}, {name: b, values: [1, 2]}]' \
		'exclude: [{a: 1, b: 2}]' 'acceptance_criteria:' '  t:' \
		"  - {metric: wall_time, $1}" "  - {metric: ${3-wall_time}, $2}"
}

contradictory() {
	two_criteria "$@"
	expect 2 wl-expand
	err_has '<stdin>:8:7: wall_time '
	err_has ' on line 7'
}

agreeing() {
	two_criteria "$@"
	expect 0 wl-expand
	ignore_out
}

@test "wl-expand: limits that contradict each other" {
	two_criteria 'condition: ">=", limit: 100' 'condition: "<=", limit: 50.5'
	bad '8:7: wall_time <= 50.5 contradicts >= 100 on line 7'
	contradictory 'condition: <, limit: 1' 'condition: ">=", limit: 1'
	contradictory 'condition: <, limit: 1' 'condition: ">", limit: 1'
	contradictory 'condition: "==", limit: 1' 'condition: "==", limit: 2'
	contradictory 'condition: "==", limit: 1' 'condition: "!=", limit: 1'
	contradictory 'condition: "==", limit: 1' 'condition: <, limit: 1'
	contradictory 'condition: <, limit: 1, by: x' \
		'condition: ">", limit: 1, by: x'
	contradictory 'condition: <, limit: 1, where: {a: 2}' \
		'condition: ">", limit: 1, where: {b: 2}'
	contradictory 'condition: <, limit: 1, where: {a: [1, 2]}' \
		'condition: ">", limit: 1, where: {a: 2}'
	agreeing 'condition: "<=", limit: 1' 'condition: ">=", limit: 1'
	agreeing 'condition: "<=", limit: 1' 'condition: "<=", limit: 0'
	agreeing 'condition: <, limit: 1, by: x' 'condition: ">", limit: 1'
	agreeing 'condition: <, limit: 1, where: {a: 1}' \
		'condition: ">", limit: 1, where: {a: 2}'
	# These conditions meet in no case, since it is excluded.
	agreeing 'condition: <, limit: 1, where: {a: 1}' \
		'condition: ">", limit: 1, where: {b: 2}'
	agreeing 'condition: <, limit: 1' 'condition: ">", limit: 1' cpu_time
	agreeing 'condition: "!=", limit: 1' 'condition: "!=", limit: 1'
}

@test "wl-expand: counts, times and shares" {
	workload 'iterations: 0'
	bad '3:15: iterations must be from 1 to 1000000000: 0'
	workload 'iterations: 1.5'
	bad '3:15: iterations must be a whole number: 1.5'
	workload 'iterations: 9007199254740993'
	bad '3:15: iterations is too large to be exact: 9007199254740993'
	workload 'iterations: [3]'
	bad '3:15: iterations must be one value, not a list'
	workload 'warmup: -1'
	bad '3:11: warmup must be from 0 to 1000000000: -1'
	workload 'iterations: 3' 'max_iterations: 4'
	bad '3:15: iterations is both min_iterations and max_iterations: leave them out'
	workload 'min_iterations: 5' 'max_iterations: 4'
	bad '3:19: min_iterations is above max_iterations: 5, 4'
	workload 'timeout: -30'
	bad '3:12: timeout must be above 0: -30'
	workload 'timeout: 0s'
	bad '3:12: timeout must be above 0: 0s'
	for time in 3d 0x10 inf nan s '1 s' 1e3; do
		workload "timeout: $time"
		bad "3:12: timeout must be a time such as 30, 500ms or 2m: $time"
	done
	workload 'budget: 2x'
	bad '3:11: budget must be a time such as 30, 500ms or 2m: 2x'
	workload 'precision: 0'
	bad '3:14: precision must be above 0 and up to 100: 0'
	workload 'precision: 101%'
	bad '3:14: precision must be above 0 and up to 100: 101%'
	workload 'precision: tight'
	bad '3:14: precision must be a percentage: tight'
	workload 'tier_applicability: [one]'
	bad '3:24: tier_applicability must be a number: one'
	workload 'ok_exit: [0, 256]'
	bad '3:16: ok_exit must be from 0 to 255: 256'
	workload 'timeout: 1.5h' 'budget: 2min' 'precision: 0.5' 'ok_exit: 3' \
		'iterations: 17'
	expect 0 wl-expand
	out_json '.[0].exec | del(.path) == {timeout_s: 5400, budget_s: 120,
		precision_percent: 0.5, ok_exit: [3], min_iterations: 17,
		max_iterations: 17}'
}

@test "wl-expand: cpus, nice, limits and monitor" {
	for cpus in a 1- 2-1 1,,2 1024 0-1024 0x1 1.5 -1; do
		workload "cpus: $cpus"
		bad "3:9: cpus must be numbers from 0 to 1023 or ranges of them, such as 0-1,3: $cpus"
	done
	workload 'cpus: [0, x]'
	bad '3:13: cpus must be numbers from 0 to 1023 or ranges of them, such as 0-1,3: x'
	workload 'cpus: []'
	bad '3:9: cpus is an empty list'
	workload 'cpus:'
	bad '3:8: cpus has no value'
	workload 'nice: 20'
	bad '3:9: nice must be from -20 to 19: 20'
	workload 'nice: -21'
	bad '3:9: nice must be from -20 to 19: -21'
	workload 'limits: {}'
	bad '3:11: limits is empty'
	workload 'limits: {mem: 1GB}'
	expect 2 wl-expand
	err_has '3:12: unknown key: mem'
	for size in 64 64M 1TB -5 many 0x10B; do
		workload "limits: {memory: $size}"
		bad "3:20: memory must be a size with a unit such as 64MiB or 1.5GB: $size"
	done
	for size in 0B -1kB 0.5B 8388609GiB; do
		workload "limits: {stack: $size}"
		bad "3:19: stack must be from 1B to 8388608GiB: $size"
	done
	workload 'limits: {file_size: 0MB}'
	bad '3:23: file_size must be from 1B to 8388608GiB: 0MB'
	for cpu in 0 0.001 1024 -1; do
		workload "limits: {cpu: $cpu}"
		bad "3:17: cpu must be from 0.01 to 1023: $cpu"
	done
	workload 'limits: {processes: 0}'
	bad '3:23: processes must be from 1 to 1000000000: 0'
	workload 'limits: {open_files: 3}'
	bad '3:24: open_files must be from 4 to 1000000000: 3'
	workload 'limits: {cpu_time: 500ms}'
	bad '3:22: cpu_time must be in whole seconds: 500ms'
	workload 'limits: {cpu_time: 999999h}'
	bad '3:22: cpu_time must be up to 1000000000s: 999999h'
	workload 'monitor: 0.5ms'
	bad '3:12: monitor must be from 1ms to 1h: 0.5ms'
	workload 'monitor: 2h'
	bad '3:12: monitor must be from 1ms to 1h: 2h'
	workload 'monitoring_interval_ms: 0'
	bad '3:27: monitoring_interval_ms must be from 1 to 3600000: 0'
	workload 'monitor: 1s' 'monitoring_interval_ms: 5'
	bad '4:27: monitoring_interval_ms is another word for monitor: leave one out'
	workload 'monitoring_interval_ms: 500' 'cpus: 7' 'limits: {memory: 0.5KiB}'
	expect 0 wl-expand
	out_json '.[0].exec | del(.path) == {cpus: "7", limits: {memory: 512},
		monitor_s: 0.5}'
}

@test "wl-expand: env, expect, requires, tags and streams" {
	workload 'env: [A]'
	bad '3:8: env must be a mapping of keys to values'
	workload 'env: {"A B": 1}'
	bad '3:9: not a name for a variable: A B'
	workload 'env: {A: }'
	bad '3:12: A has no value'
	workload 'env: {WL_SEED: 1}'
	bad '3:9: WL_SEED is set already'
	workload 'parameters: [{name: p, value: 1}]' 'env: {WL_p: 1}'
	bad '4:9: WL_p is set already'
	workload 'env: {WL_RAW: 1}'
	expect 0 wl-expand
	out_json '.[0].exec.env == {WL_RAW: "1"}'
	workload 'expect: {}'
	bad '3:11: expect needs exit, regex or sha256'
	workload 'expect: {regex: "("}'
	expect 2 wl-expand
	err_has '<stdin>:3:19: regex: '
	workload 'expect: {sha256: abc}'
	bad '3:20: sha256 must be 64 digits 0-9a-f: abc'
	workload 'expect: {exit: -1}'
	bad '3:18: exit must be from 0 to 255: -1'
	workload 'requires: {files: []}'
	bad '3:21: files is an empty list'
	workload 'requires: {command: [try, 5]}'
	expect 0 wl-expand
	out_json '.[0].exec.requires == {command: ["try", "5"]}'
	workload 'requires: {command: try}'
	bad '3:23: command is a text: write a list, or add shell: true'
	workload 'tags: [a, all]'
	bad '3:13: a tag has no comma and no !, and is not all: all'
	workload 'tags: ["a,b"]'
	bad '3:10: a tag has no comma and no !, and is not all: a,b'
	workload 'stdout:'
	bad '3:10: stdout has no value'
	workload 'cwd: ""'
	bad '3:8: cwd is empty'
	workload 'stdout: capture'
	expect 0 wl-expand
	out_json '.[0].exec.stdout == "capture"'
}

# --- the tool ---

@test "wl-expand: usage errors" {
	expect 2 wl-expand --nonesuch
	err_has "Try 'wl-expand --help'."
	expect 2 wl-expand -D a
	err_has 'wl-expand: --define: not NAME=VALUE: a'
	expect 2 wl-expand -D 1=2
	err_has 'wl-expand: --define: not NAME=VALUE: 1=2'
	expect 2 wl-expand -D a=1 -D a=1
	err_has 'wl-expand: --define: twice: a=1'
	for shard in 0/2 3/2 1 1/ /2 -1/2 1/2/3 a/b; do
		expect 2 wl-expand --shard $shard
		err_has "wl-expand: --shard: not I/N with I from 1 to N: $shard"
	done
	expect 2 wl-expand --tier x
	err_has 'wl-expand: --tier: not a whole number: x'
	expect 2 wl-expand -s -1
	err_has 'wl-expand: --seed: must be from 0 to 9007199254740991: -1'
	expect 2 wl-expand -t ''
	err_has 'wl-expand: --tag: an empty item: '
	expect 2 wl-expand -f 'a,,b'
	err_has 'wl-expand: --filter: an empty item: a,,b'
	expect 2 wl-expand -a ''
	err_has 'wl-expand: --arch: an empty name'
	expect 2 wl-expand -T $'a\nb'
	err_has 'wl-expand: --target: a control character'
}

@test "wl-expand: help and version" {
	expect 0 wl-expand --help
	out_has 'usage: wl-expand [-cl]'
	expect 0 wl-expand --version
	out_has 'wl-expand (plumbline) '
}

@test "wl-expand: output that does not arrive is trouble" {
	workload 'command: [x]'
	[ -w /dev/full ] || skip 'no /dev/full'
	expect 2 bash -c 'wl-expand >/dev/full'
	err_is 'wl-expand: stdout: No space left on device'
	expect 2 bash -c 'wl-expand -l >/dev/full'
	err_is 'wl-expand: stdout: No space left on device'
	expect 2 bash -c 'wl-expand >&-'
	err_is 'wl-expand: stdout: Bad file descriptor'
	expect 0 bash -c 'wl-expand -c >/dev/full'
}

@test "wl-expand: a reader that leaves early ends it without a word" {
	workload 'parameters: [{name: a, range: {from: 1, to: 50000}}]'
	expect 0 bash -c 'wl-expand | head -n 1'
	out_json '.[0].case == "w/a=1"'
	expect 0 bash -c 'trap "" PIPE; { wl-expand; echo $? >status; } | true'
	err_is 'wl-expand: stdout: Broken pipe'
	[ "$(cat status)" = 2 ]
}

@test "wl-expand: the same input makes the same bytes" {
	cp "$DATA/expand.yaml" .
	expect 0 wl-expand -a x86_64 expand.yaml
	ignore_out
	cp out first
	expect 0 wl-expand -a x86_64 expand.yaml
	ignore_out
	cmp out first
}

@test "wl-expand: the workload in the manual of the format" {
	sed -n '/^workloads:$/,/^\.Ed$/{/^\.Ed$/q;p}' \
		"$TOP/man/plumbline-workload.5" >stdin
	expect 0 wl-expand
	cases_are sort/program=sort,lines=1000 sort/program=sort,lines=10000 \
		sort/program=sort,lines=100000 sort/program=slow-sort,lines=1000
	out_json 'map(.criteria | length) == [0, 0, 1, 0]'
}

@test "wl-expand: what begins as a date does must be one" {
	local by

	for by in 2026-13-45 2026-02-30 2026-1-1 20260101 2026-01-01x 1.0; do
		printf '%s\n' 'workloads:' '  - workload_id: a' \
			'    command: ["true"]' '    acceptance_criteria:' \
			'      x: [{metric: wall_time, operator: "<", limit: 1,' \
			"          by: $by}]" >stdin
		expect 2 wl-expand
		err_is "wl-expand: <stdin>:6:15: by is neither a date, YYYY-MM-DD, nor a milestone: $by"
	done
	for by in 2028-02-29 2028-02-29T12:00:00Z v1.0 'week 4'; do
		sed -i "s/by: .*}/by: \"$by\"}/" stdin
		expect 0 wl-expand
		out_json '.[0].criteria[0].by == "'"$by"'"'
	done
	sed -i 's/by: .*}/by: ""}/' stdin
	expect 2 wl-expand
	err_is 'wl-expand: <stdin>:6:15: by is empty'
}
