#!/usr/bin/env bats
# wl-expand: what stands beside a command, the steps of a trial, and scaling.
#
# A $(name) in single quotes is for wl-expand:
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

id_of() {
	expect 0 wl-expand -a x86_64
	touch looked_out
	jq -r '.id' out
}

@test "wl-expand: every key of a service reaches the record" {
	workload 'parameters: [{name: n, value: 7}]' 'tmpfs: true' 'shell: true' \
		'service:' '- command: [httpd, -p, $(http), -d, $(scratch), $(n)]' \
		'  ports: [http, admin]' '  ready: {port: $(http)}' \
		'  startup_timeout: 2m' '  stop_signal: QUIT' \
		'  stop_timeout: 500ms' '  cpus: [1, 0]' '  each: trial' \
		'- {command: [proxy, $(admin)], ready: {line: "^up$"}}' \
		'- {command: exec db "$WL_db", ports: db,' \
		'   ready: {command: [ping, $(db)]}}' \
		'command: [get, "http://127.0.0.1:$(http)/$(n)", $(scratch)]' \
		'prepare: [x, $(db)]' 'env: {URL: ":$(admin)"}' 'cwd: $(scratch)' \
		'stdin: $(scratch)/in' 'stdout: $(scratch)/out'
	expect 0 wl-expand
	out_json '.[0].exec | del(.path) == {
		command: ["get", "http://127.0.0.1:$(http)/7", "$(scratch)"],
		prepare: ["x", "$(db)"], env: {URL: ":$(admin)"},
		cwd: "$(scratch)", stdin: "$(scratch)/in",
		stdout: "$(scratch)/out", tmpfs: true,
		services: [
		{command: ["httpd", "-p", "$(http)", "-d", "$(scratch)", "7"],
		 ports: ["http", "admin"], ready: {port: "$(http)"},
		 startup_timeout_s: 120, stop_signal: "QUIT",
		 stop_timeout_s: 0.5, cpus: "0-1", each: "trial"},
		{command: ["proxy", "$(admin)"], ready: {line: "^up$"}},
		{command: ["/bin/sh", "-c", "exec db \"$WL_db\""], ports: ["db"],
		 ready: {command: ["ping", "$(db)"]}}]}'
}

@test "wl-expand: the only service has a port that is called port" {
	workload 'command: [get, $(port)]' 'service: {command: [d, $(port)]}'
	expect 0 wl-expand
	out_json '.[0].exec.services == [{command: ["d", "$(port)"],
		ports: ["port"]}]'
	workload 'command: [get]' 'service: [{command: [d], ready: {port: 80}}]'
	expect 0 wl-expand
	out_json '.[0].exec.services == [{command: ["d"], ports: ["port"],
		ready: {port: "80"}}]'
	workload 'command: [get]' 'service: {command: [d], ports: []}' \
		'parameters: [{name: port, value: 3}]' 'env: {A: $(port)}'
	expect 0 wl-expand
	ignore_err
	out_json '.[0].exec.services == [{command: ["d"]}] and
		.[0].exec.env.A == "3"'
	workload 'service: [{command: [d, $(port)]}, {command: [e]}]'
	bad '3:27: $(port) needs a service with a port of that name'
}

@test "wl-expand: services that are wrong" {
	workload 'service: nginx'
	bad '3:12: service must be a mapping or a list of mappings'
	workload 'service: []'
	bad '3:12: service is an empty list'
	workload 'service: [d]'
	bad '3:13: a service must be a mapping of keys to values'
	workload 'service: {ready: {port: 1}}'
	bad '3:12: a service needs a command'
	workload 'service: {command: d}'
	bad '3:22: command is a text: write a list, or add shell: true'
	workload 'service: {command: [d], redy: {port: 1}}'
	bad '3:27: unknown key: redy (did you mean ready?)'
	workload 'service: {command: [d], ready: {}}'
	bad '3:34: ready needs one of port, command and line'
	workload 'service: {command: [d], ready: {port: 1, line: x}}'
	bad '3:34: ready needs one of port, command and line'
	workload 'service: {command: [d], ready: {port: 65536}}'
	bad '3:41: port must be from 1 to 65535: 65536'
	workload 'service: {command: [d], ready: {line: "("}}'
	expect 2 wl-expand
	err_has '<stdin>:3:41: regex: '
	workload 'service: {command: [d], ports: [a, a]}'
	bad '3:38: $(a) is there already'
	workload 'service: [{command: [d], ports: a}, {command: [e], ports: a}]'
	bad '3:61: $(a) is there already'
	workload 'service: {command: [d], ports: [1a]}'
	bad "3:35: a port's name is letters, digits and _: 1a"
	workload 'service: {command: [d], ports: [dir]}'
	bad '3:35: the name is taken: $(dir)'
	workload 'service: {command: [d], ports: [SEED]}'
	bad '3:35: the name is taken: WL_SEED'
	workload 'service: {command: [d], stop_signal: SIGTERM}'
	bad '3:40: stop_signal must be one of TERM, INT, QUIT, HUP, KILL, USR1, USR2: SIGTERM'
	workload 'service: {command: [d], each: round}'
	bad '3:33: each must be one of run, trial: round'
	workload 'service: {command: [d], startup_timeout: 0}'
	bad '3:44: startup_timeout must be above 0: 0'
	workload 'service: {command: [d], cpus: x}'
	bad '3:33: cpus must be numbers from 0 to 1023 or ranges of them, such as 0-1,3: x'
	workload "service: {command: [d], ports: [$(printf 'p%s, ' {1..33})]}"
	expect 2 wl-expand
	err_has 'more than 32 ports'
	workload 'parameters: [{name: port, value: 1}]' 'service: {command: [d]}'
	bad '4:12: $(port) is a parameter of this workload'
}

@test "wl-expand: a fixture knows its directory, and nothing that a run chooses" {
	workload 'parameters: [{name: n, values: [1, 2]}]' 'tmpfs: true' \
		'fixture: {command: [make, -n, $(n), -o, $(fixture)], size: 12MB}' \
		'command: [grep, x, $(fixture)/$(n)]'
	expect 0 wl-expand
	out_json 'map(.exec.fixture) == [
		{command: ["make", "-n", "1", "-o", "$(fixture)"], size: 12000000},
		{command: ["make", "-n", "2", "-o", "$(fixture)"], size: 12000000}]'
	out_json '.[1].exec.command == ["grep", "x", "$(fixture)/2"]'
	workload 'fixture: {command: [make, $(scratch)], size: 1B}' 'tmpfs: true'
	bad '3:29: $(scratch) needs tmpfs: true, and a fixture has none'
	workload 'fixture: {command: [m, $(port)], size: 1B}' \
		'service: {command: [d]}'
	bad '3:26: $(port) needs a service with a port of that name, and a fixture has none'
	workload 'fixture: {command: [make]}'
	bad '3:12: fixture needs a size'
	workload 'fixture: {size: 1MB}'
	bad '3:12: fixture needs a command'
	workload 'fixture: {command: [make], size: 12}'
	bad '3:36: size must be a size with a unit such as 64MiB or 1.5GB: 12'
}

@test "wl-expand: names that wl-run puts values for" {
	workload 'command: [x, $(scratch)]'
	bad '3:16: $(scratch) needs tmpfs: true'
	workload 'tmpfs: false' 'command: [x, $(scratch)]'
	bad '4:16: $(scratch) needs tmpfs: true'
	workload 'command: [x, $(fixture)]'
	bad '3:16: $(fixture) needs a fixture'
	workload 'command: [x, $(port)]'
	bad '3:16: $(port) needs a service with a port of that name'
	# They would be replaced wherever they come from.
	workload 'tmpfs: true' 'command: [x, "a$$(scratch)"]'
	bad '4:16: no plain $(scratch) can be here: wl-run puts a value in its place'
	workload 'tmpfs: true' 'command: [x, $$(other), "$$(scratch"]'
	expect 0 wl-expand
	out_json '.[0].exec.command == ["x", "$(other)", "$(scratch"]'
	workload 'tmpfs: true' 'parameters: [{name: a, value: "-$(scratch)"}]'
	bad '4:16: wl-run would put a value in this one of parameter a: -$(scratch)'
	workload 'tmpfs: true' 'shell: true' 'command: cd $(scratch)'
	bad '5:12: a shell needs "$WL_scratch" instead of $(scratch)'
	workload 'tmpfs: true' 'command: [/bin/sh, -c, cd $(scratch)]'
	bad '4:26: a shell needs "$WL_scratch" instead of $(scratch)'
	workload 'tmpfs: true' 'command: [/bin/sh, -c, cd "$1", x, $(scratch)]'
	expect 0 wl-expand
	out_json '.[0].exec.command[4] == "$(scratch)"'
	workload 'tmpfs: true' 'parameters: [{name: scratch, value: 1}]'
	bad '3:10: $(scratch) is a parameter of this workload'
	workload 'tmpfs: true' 'env: {WL_scratch: /tmp}'
	bad '4:9: WL_scratch is set already'
	workload 'tmpfs: true' 'requires: {files: $(scratch)/x}'
	bad '4:21: requires is looked at before there is a $(scratch)'
	workload 'tmpfs: true' 'requires: {command: [ls, $(scratch)]}'
	bad '4:28: requires is looked at before there is a $(scratch)'
	# Without tmpfs the names are free.
	workload 'command: [x, $(scratch), $(port)]' 'parameters:' \
		'- {name: scratch, value: 1}' '- {name: port, value: 2}'
	expect 0 wl-expand
	out_json '.[0].exec.command == ["x", "1", "2"]'
}

@test "wl-expand: stages instead of a command" {
	workload 'parameters: [{name: n, value: 3}]' 'shell: true' 'stages:' \
		'- {name: init, command: [git, init, $(n)]}' \
		'- {name: first_run, command: make && ./run}' \
		'metrics: [{name: stage.init, unit: ms},' \
		'  {name: first, from: stage.first_run}]' \
		'acceptance_criteria: {t: [' \
		'  {metric: stage.first_run, condition: <, limit: 2}]}'
	expect 0 wl-expand
	out_json '.[0] | has("status") | not'
	out_json '.[0].exec | del(.path) == {stages: [
		{name: "init", command: ["git", "init", "3"]},
		{name: "first_run", command: ["/bin/sh", "-c", "make && ./run"]}]}'
	out_json '.[0].metrics | map(.unit) == ["ms", "ns"]'
	expect 0 wl-expand -l
	out_has 'default'
}

@test "wl-expand: stages that are wrong" {
	workload 'command: [x]' 'stages: [{name: a, command: [x]}]'
	bad '4:11: a workload has a command or stages, not both'
	workload 'stages: []'
	bad '3:11: stages is an empty list'
	workload 'stages: {name: a, command: [x]}'
	bad '3:11: stages must be a list'
	workload 'stages: [{name: a}]'
	bad '3:12: a stage needs a command'
	workload 'stages: [{command: [x]}]'
	bad '3:12: a stage needs a name'
	workload 'stages: [{name: a, command: [x]}, {name: a, command: [y]}]'
	bad '3:44: a second stage of the name a'
	workload 'stages: [{name: a b, command: [x]}]'
	bad "3:19: a stage's name is letters, digits, _ . and -, and starts with a letter or a digit: a b"
	workload 'stages: [{name: init, command: [x]}]' \
		'metrics: [{name: stage.int}]'
	bad '4:20: unknown stage: stage.int (did you mean stage.init?)'
	workload 'stages: [{name: init, command: [x]}]' \
		'metrics: [{name: stage.init, unit: MB}]'
	bad '4:38: stage.init is measured in ns, which cannot be in MB'
	workload 'parameters: [{name: n, value: 3}]' \
		'stages: [{name: init, command: [x]}]'
	expect 0 wl-expand
	err_has 'the command of w has no $(name) of these: n'
	ignore_out
}

@test "wl-expand: metrics of services need one" {
	workload 'metrics: [{name: service_memory}]'
	bad '3:20: service_memory needs a service'
	workload 'metrics: [{name: m, from: service_cpu_time}]'
	bad '3:29: service_cpu_time needs a service'
	workload 'acceptance_criteria: {t: [' \
		'  {metric: service_startup_time, condition: <, limit: 1}]}'
	bad '4:14: service_startup_time needs a service'
	workload 'service: {command: [d]}' 'metrics:' \
		'- {name: service_startup_time, unit: ms}' \
		'- {name: service_memory, unit: MB}' '- {name: service_cpu_time}'
	expect 0 wl-expand
	out_json '.[0].metrics | map(.unit) == ["ms", "MB", "ns"]'
}

@test "wl-expand: scaling" {
	workload 'parameters: [{name: files, values: [1, 10, 100]},' \
		'  {name: mode, values: [a, b]}]' \
		'scaling: {over: files, metric: wall_time, at_most: 1.1}'
	expect 0 wl-expand
	out_json 'length == 6 and all(.[]; .scaling ==
		[{over: "files", metric: "wall_time", at_most: 1.1}])'
	workload 'parameters: [{name: n, range: {from: 1, to: 3}}]' 'metrics:' \
		'- {name: mine}' 'scaling:' '- {over: n, metric: mine, at_most: 0}' \
		'- {over: n, metric: max_rss, at_most: 1}'
	expect 0 wl-expand
	out_json '.[2].scaling | map(.metric) == ["mine", "max_rss"]'
	# What is zipped may vary alone all the same.
	workload 'parameters: [{name: n, values: [1, 2, 2]}, {name: m, values: [a, a, b]}]' \
		'zip: [n, m]' 'scaling: {over: n, metric: wall_time, at_most: 1}'
	expect 0 wl-expand
	out_json 'length == 3'
	workload 'parameters: [{name: n, range: {from: 1, to: 3}}]' \
		'scaling: {over: n, metric: wall_time, at_most: 1}'
	# A definition may leave one value, or any.
	expect 0 wl-expand -D n=5
	out_json 'length == 1'
}

@test "wl-expand: scaling that is wrong" {
	local p='parameters: [{name: n, values: [1, 2]}, {name: m, values: [a, 1e3]}]'
	workload "$p" 'scaling: []'
	bad '4:12: scaling is an empty list'
	workload "$p" 'scaling: {over: n, metric: wall_time}'
	bad '4:12: scaling needs over and at_most'
	workload "$p" 'scaling: {over: n, at_most: 1}'
	bad '4:12: scaling needs a metric'
	workload "$p" 'scaling: {over: k, metric: wall_time, at_most: 1}'
	bad '4:19: unknown parameter: k'
	workload "$p" 'scaling: {over: m, metric: wall_time, at_most: 1}'
	bad '4:19: scaling is over numbers above 0, and m has the value a'
	workload 'parameters: [{name: n, values: [0, 1]}]' \
		'scaling: {over: n, metric: wall_time, at_most: 1}'
	bad '4:19: scaling is over numbers above 0, and n has the value 0'
	workload 'parameters: [{name: n, values: [1, 1e3]}]' \
		'scaling: {over: n, metric: wall_time, at_most: 1}'
	bad '4:19: scaling is over numbers above 0, and n has the value 1e3'
	workload 'parameters: [{name: n, values: [1, true]}]' \
		'scaling: {over: n, metric: wall_time, at_most: 1}'
	bad '4:19: scaling is over numbers above 0, and n has the value true'
	workload 'parameters: [{name: n, value: 4}]' \
		'scaling: {over: n, metric: wall_time, at_most: 1}'
	bad '4:19: scaling needs two values of n'
	workload "$p" 'zip: [n, m]' \
		'scaling: {over: n, metric: wall_time, at_most: 1}'
	bad '5:19: scaling is over n, but with it others vary: it is zipped'
	workload "$p" 'scaling: {over: n, metric: wal_time, at_most: 1}'
	bad '4:30: unknown metric: wal_time (did you mean wall_time?)'
	workload "$p" 'scaling: {over: n, metric: wall_time, at_most: linear}'
	bad '4:50: at_most must be a number: linear'
	workload "$p" 'scaling: [&a {over: n, metric: wall_time, at_most: 1}, *a]'
	expect 2 wl-expand
	err_has 'a second scaling of wall_time over n'
}

@test "wl-expand: what stands beside a command is part of what is measured" {
	local more base
	local yaml=('workloads:' '- workload_id: w' '  command: [p]')

	given "${yaml[@]}" '  service: {command: [d]}'
	base=$(id_of)
	for more in 'service: {command: [e]}' 'service: {command: [d, x]}' \
		'service: {command: [d], each: trial}' \
		'service: [{command: [d]}, {command: [d]}]' 'tmpfs: true' \
		'fixture: {command: [d], size: 1B}' 'service: {command: [p]}'; do
		given "${yaml[@]}" "  $more"
		[ "$(id_of)" != "$base" ]
	done
	given "${yaml[@]}" '  service: {command: [d], stop_timeout: 3,' \
		'    startup_timeout: 9, cpus: 0, each: run, stop_signal: INT,' \
		'    ready: {port: $(x)}, ports: x}'
	[ "$(id_of)" = "$base" ]
	given 'workloads: [{workload_id: w, stages: [{name: a, command: [p]}]}]'
	base=$(id_of)
	given 'workloads: [{workload_id: w, stages: [{name: b, command: [p]}]}]'
	[ "$(id_of)" != "$base" ]
	given 'workloads: [{workload_id: w, stages: [{name: a, command: [q]}]}]'
	[ "$(id_of)" != "$base" ]
	# A tool of another day must find the same: baselines hold it.
	given "${yaml[@]}" '  tmpfs: true' '  service: {command: [d]}' \
		'  fixture: {command: [m], size: 1MB}'
	[ "$(id_of)" = 7a646828b6565db3 ]
}

@test "wl-expand: the server in the manual of the format" {
	sed -n '/^  - workload_id: documents$/,/^\.Ed$/{/^\.Ed$/q;p}' \
		"$TOP/man/plumbline-workload.5" | sed '1i workloads:' >stdin
	expect 0 wl-expand
	out_json 'map(.params.requests) == [100, 1000, 10000]'
	out_json 'all(.[]; .scaling[0].at_most == 1.1 and
		.exec.fixture.size == 12000000 and
		.exec.services[0].ready.port == "$(port)")'
}
