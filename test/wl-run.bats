#!/usr/bin/env bats
# wl-run: cases in; measured trials and samples out; and no process left.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC1003,SC2016,SC2317

load helper
load wl-run

# --- usage and input ---

@test "wl-run: a usage error" {
	expect 2 wl-run -x
	err_is "wl-run: invalid option -- 'x'
Try 'wl-run --help'."
	expect 2 wl-run --iterations
	err_has "option '--iterations' requires an argument"
	expect 2 wl-run -n 0
	err_has '--iterations: must be from 1 to 1000000: 0'
	expect 2 wl-run -w -1
	err_has '--warmup: must be from 0 to 1000000: -1'
	expect 2 wl-run -t 0
	err_has '--timeout: must be from 0.001 to 1e+09: 0'
	expect 2 wl-run -g soon
	err_has '--grace: not a number: soon'
	expect 2 wl-run -s 1.5
	err_has '--seed: not a whole number: 1.5'
	expect 2 wl-run --cpus 1-
	err_has '--cpus: not numbers from 0 to 1023 or ranges of them, such as 0-1,3: 1-'
	expect 2 wl-run --cool -1
	err_has '--cool: must be from 0 to 3600: -1'
	expect 2 wl-run -o shuffled
	err_is "wl-run: --order: none of its words: shuffled
Try 'wl-run --help'."
}

@test "wl-run: nothing to run" {
	expect 2 wl-run
	err_is 'wl-run: no cases to run'
	expect 2 wl-run /dev/null
	err_is 'wl-run: no cases to run'
	given '{"type":"other","case":"a","exec":{"command":["true"]}}'
	expect 2 wl-run
	err_is 'wl-run: no cases to run'
	closed() { wl-run <&-; }
	expect 2 closed
	err_is 'wl-run: <stdin>: Bad file descriptor'
}

# A bad second line: refused WHY RECORD. Nothing has run then.
refused() {
	{
		record first '["touch","ran"]'
		printf '%s\n' "$2"
	} >stdin
	expect 2 wl-run
	err_is "wl-run: <stdin>:2: $1"
	[ ! -e ran ]
}

@test "wl-run: a bad record is named by file and line, before anything runs" {
	refused 'exec is missing' '{"type":"case","case":"a"}'
	refused 'exec has no command' '{"type":"case","case":"a","exec":{}}'
	refused 'exec has no command' "$(record a '[]')"
	refused 'case is missing' '{"type":"case","exec":{"command":["true"]}}'
	refused 'command is not a list of texts' "$(record a '"true"')"
	refused 'command is not a list of texts' "$(record a '["a",1]')"
	refused 'setup is not a list of texts' "$(record a '["a"]' '"setup":"b"')"
	refused 'timeout_s is not a number' "$(record a '["a"]' '"timeout_s":"1"')"
	refused 'name is missing' "$(record a '["a"]' '' '"metrics":[{}]')"
	refused 'metric m: unknown aggregator: p99' "$(record a '["a"]' '' \
		'"metrics":[{"name":"m","aggregator":"p99"}]')"
	refused 'metric m is declared twice' "$(record a '["a"]' '' \
		'"metrics":[{"name":"m"},{"name":"m"}]')"
	refused 'unknown better: Lower' "$(record a '["a"]' '' \
		'"metrics":[{"name":"m","better":"Lower"}]')"
	refused 'env is not an object' "$(record a '["a"]' '"env":[]')"
	refused 'env: A is neither a text, a number nor a truth' \
		"$(record a '["a"]' '"env":{"A":null}')"
	refused 'env: not a name of a variable: "A=B"' \
		"$(record a '["a"]' '"env":{"A=B":"c"}')"
	refused 'expect is not an object' "$(record a '["a"]' '"expect":[]')"
	refused 'requires is not an object' "$(record a '["a"]' '"requires":[]')"
	refused 'params is not an object' "$(record a '["a"]' '' '"params":[]')"
	refused 'metrics is not a list' "$(record a '["a"]' '' '"metrics":{}')"
	refused 'sha256 is not 64 hexadecimal digits: 12' \
		"$(record a '["a"]' '"expect":{"sha256":"12"}')"
	refused "the case's name is empty" "$(record '' '["a"]')"
	refused ":probe is the name of wl-run's own probe" "$(record :probe '["a"]')"
	refused 'a second case of the name first' "$(record first '["true"]')"
	refused 'not a JSON object' '[1]'
	refused 'these cases have been run' '{"type":"run","run":"r"}'
	refused 'these cases have been run' '{"type":"end","run":"r"}'
	printf 'x\n' >bad.jsonl
	expect 2 wl-run bad.jsonl
	err_has 'wl-run: bad.jsonl:1: not JSON: '
}

@test "wl-run: a number out of its range is refused" {
	refused 'warmup must be from 0 to 1e+09: -1' \
		"$(record a '["a"]' '"warmup":-1')"
	refused 'min_iterations must be from 1 to 1e+09: 0' \
		"$(record a '["a"]' '"min_iterations":0')"
	refused 'max_iterations is not a whole number: 2.5' \
		"$(record a '["a"]' '"max_iterations":2.5')"
	refused 'max_iterations must be from 1 to 1e+09: 1e+300' \
		"$(record a '["a"]' '"max_iterations":1e300')"
	refused 'timeout_s must be from 1e-06 to 1e+09: -3' \
		"$(record a '["a"]' '"timeout_s":-3')"
	refused 'budget_s must be from 0 to 1e+09: 1e+10' \
		"$(record a '["a"]' '"budget_s":1e10')"
	refused 'precision_percent must be from 0 to 100: 101' \
		"$(record a '["a"]' '"precision_percent":101')"
	refused 'ok_exit must be from 0 to 255: 1e+10' \
		"$(record a '["a"]' '"ok_exit":[0,1e10]')"
	refused 'exit must be from 0 to 255: 256' \
		"$(record a '["a"]' '"expect":{"exit":256}')"
	refused 'seed must be from 0 to 9.0072e+15: -4' \
		"$(record a '["a"]' '' '"seed":-4')"
	refused 'not a regular expression: (' \
		"$(record a '["a"]' '"expect":{"regex":"("}')"
}

@test "wl-run: the last line needs no newline, but must be whole" {
	record a '["true"]' | tr -d '\n' >stdin
	once 0
	trial_is ok
	{
		record a '["true"]'
		record b '["touch","ran"]' | head -c 40
	} >stdin
	once 0
	trial_is ok
	err_is 'wl-run: <stdin>:2: the last line is cut short and is dropped: the run was truncated'
	record b '["touch","ran"]' | head -c 40 >stdin
	once 2
	err_has 'wl-run: no cases to run'
	[ ! -e ran ]
}

@test "wl-run: NUL bytes, invalid UTF-8 and long lines" {
	{
		record a '["touch","ran"]'
		printf '{"type":"x\0y"}\n'
	} >stdin
	once 2
	err_has 'wl-run: <stdin>:2: not JSON: '
	{
		record a '["touch","ran"]'
		printf '{"type":"\377"}\n'
	} >stdin
	once 2
	err_has 'wl-run: <stdin>:2: not JSON: '
	head -c 10000000 /dev/zero | tr '\0' x >stdin
	echo >>stdin
	once 2
	err_has 'wl-run: <stdin>:1: not JSON: '
	[ ! -e ran ]
	{
		printf '{"type":"case","case":"a","description":"'
		head -c 10000000 /dev/zero | tr '\0' x
		printf '","exec":{"command":["true"]}}\n'
	} >stdin
	once 0
	sed -n 2p out | cmp - stdin
	grep -v '"type":"case"' out >short
	mv short out
	trial_is ok
}

@test "wl-run: operands are files, - is stdin" {
	record a '["true"]' >a.jsonl
	record c '["true"]' >c.jsonl
	record b '["true"]' >stdin
	once 0 a.jsonl - c.jsonl
	out_json 'map(select(.type == "case").case) == ["a", "b", "c"]'
	expect 2 wl-run a.jsonl missing.jsonl
	err_is 'wl-run: missing.jsonl: No such file or directory'
	expect 2 wl-run .
	err_is 'wl-run: .: Is a directory'
}

# --- the stream ---

@test "wl-run: run first, cases as they were read, trials before samples, end last" {
	printf '%s\n' '{"note" : "kept",  "type":"remark"}' \
		'{"type":"case","x":1.50,"case":"a","exec":{"command":["true"],"own":[ ]}}' \
		'' '{"own":"record"}' \
		'{"case":"b","type":"case","exec":{"command":["false"]}}' \
		'{"type":"remark","at":"the end"}' >stdin
	once 1 --events none
	err_has 'wl-run: b: measure: exited 1'
	sed -n 2,6p out >passed
	grep . stdin | diff - passed
	run_is '.type == "run" and .v == 1'
	out_json '.[-1] | .type == "end" and .complete and .trials == 2 and
		.failed == 1 and .skipped == 0'
	out_json '.[0].run == .[-1].run'
	tail -n +7 out >results
	run grep -cv '^{"type":"[a-z]*",' results
	[ "$output" -eq 0 ]
	# The trial's samples follow it at once.
	out_json 'map(select(.type == "trial" or .type == "sample")) |
		[.[] | select(.case == "a")] | .[0].records >= 14 and
		map(.type) == ["trial"] + [range(.[0].records) | "sample"]'
	samples_are wall_time 'length == 1'
}

@test "wl-run: the run record says where, what and how" {
	git init -q -b topic .
	git -c user.name=n -c user.email=e commit -q --allow-empty -m m
	record a '["true"]' '' '"arch":"x86_64","target":"t1","seed":7' >stdin
	record b '["true"]' '' '"arch":"other","target":"t2","seed":8' >>stdin
	once 0
	run_is '.arch == "x86_64" and .target == "t1" and .seed == 7'
	run_is ".commit == \"$(git rev-parse HEAD)\" and .branch == \"topic\""
	run_is '.dirty == false'
	run_is '.session == .run and (.run | test("^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$"))'
	run_is '.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")'
	run_is '.host | .cores >= 1 and .memory > 1e6 and .system == "Linux" and
		(.cpu | length > 0) and (.kernel | length > 0) and
		(.virtualisation | length > 0)'
	run_is '.machine | test("^[0-9a-f]{16}$")'
	run_is '.caps | (.start | length > 0) and (.exit | length > 0) and
		(.cgroup | IN("v2", "v1", "v2+v1", "none"))'
	run_is '.overhead.max_rss_floor > 0'
	run_is '.overhead | (.null_wall_time, .null_spawn_time) |
		.p50 > 0 and .p90 >= .p50 and .p90 < 10e9'
	run_is '.tool | startswith("wl-run ")'
	jq -c 'select(.type == "run") | [.machine, .host]' out >first
	echo x >tracked
	git add tracked
	once 0 -s 9
	jq -c 'select(.type == "run") | [.machine, .host]' out | diff first -
	run_is '.dirty == true and .seed == 9'
}

# Two builds of a program: builds NAME ...
builds() {
	local name

	for name; do
		mkdir -p "$name/bin"
		printf '#!/bin/sh\necho "$0 $PWD $*" >>"%s/seen"\n' "$PWD" \
			>"$name/bin/program"
		chmod +x "$name/bin/program"
	done
}

@test "wl-run: two variants are measured side by side, in each round" {
	builds one two
	record a '["bin/program"]' >stdin
	expect 0 wl-run -n 4 -w 1 --variant base=one --variant head=two
	trials_are 'map(.variant) | sort | unique == ["base", "head"]'
	trials_are 'map(select(.phase == "measure")) | group_by(.round) |
		length == 4 and all(map(.variant) | sort == ["base", "head"])'
	trials_are 'map(select(.phase == "measure") | .round) == [1,1,2,2,3,3,4,4]'
	trials_are '[.[] | select(.phase == "measure") | .variant] as $v |
		[range(0; 8; 2) | $v[.]] | unique | length == 2'
	samples_are wall_time 'group_by(.variant) | map(length) == [4, 4]'
	[ "$(sort seen | uniq -c | tr -s ' ')" = \
		"$(printf ' 5 bin/program %s \n' "$PWD/one" "$PWD/two")" ]
}

@test "wl-run: abba turns the order of the variants with each round" {
	builds one two
	record a '["bin/program"]' >stdin
	expect 0 wl-run -n 4 -w 0 -o abba -V base=one -V head=two
	trials_are 'map(.variant[:1]) | add == "bhhbbhhb"'
}

@test "wl-run: a variant stands where our directory begins a path" {
	builds one two
	mkdir one/sub two/sub onetwo
	jq -nc --arg d "$PWD/one" '{type: "case", case: "a", exec: {
		command: ["program", "--in=\($d)/x", $d, "\($d)two", "/a\($d)"],
		env: {WHERE: "\($d)/y"}, path: ["\($d)/bin"], cwd: "sub"}}' \
		>cases
	printf '#!/bin/sh\nenv >&2; echo "$0 $PWD $*" >>"%s/seen"; false\n' \
		"$PWD" >two/bin/program
	expect 1 env -C one wl-run -n 1 -w 0 -V head=../two ../cases
	trials_are '.[0].status == "exit"'
	err_has "  | WHERE=$PWD/two/y"
	err_has '  | WL_VARIANT=head'
	echo "$PWD/two/bin/program $PWD/two/sub --in=$PWD/two/x $PWD/two" \
		"$PWD/onetwo /a$PWD/one" | diff - seen
}

@test "wl-run: a variant needs a name of its own and a directory" {
	expect 2 wl-run -V head
	err_has 'wl-run: --variant: not NAME=DIR: head'
	expect 2 wl-run -V aa=.
	err_has 'wl-run: --variant: aa is the name of'
	expect 2 wl-run -V a=. -V a=.
	err_has 'wl-run: --variant: a second a'
	expect 2 wl-run -V a=nowhere
	err_is 'wl-run: --variant: nowhere: No such file or directory'
}

@test "wl-run: some cases have a shadow, and these are the first variant again" {
	for name in a b c d e; do record "$name" '["true"]'; done >stdin
	expect 0 wl-run -n 3 -w 1 --aa 2
	trials_are '[.[] | select(.variant == "aa") | .case] | unique | length == 2'
	trials_are 'map(select(.variant == "aa")) | length == 8'
	trials_are 'map(select(has("variant") | not)) | length == 20'
	expect 0 wl-run -n 1 -w 0 --aa 9
	trials_are 'map(select(.variant == "aa")) | length == 5'
}

@test "wl-run: a budget goes to the case that needs it most" {
	{
		# Its values differ more; both are equally fast.
		script wide 'printf "{\"metric\":\"m\",\"value\":%s}\n" $((10000 + WL_ROUND * 37 % 1009)); sleep 0.005' \
			'' '"metrics":[{"name":"m","unit":"s"}]'
		script narrow 'printf "{\"metric\":\"m\",\"value\":%s}\n" $((1000000 + WL_ROUND * 37 % 1009)); sleep 0.005' \
			'' '"metrics":[{"name":"m","unit":"s"}]'
	} >stdin
	expect 0 wl-run -w 0 --budget 2
	trials_are 'group_by(.case) | map({(.[0].case): length}) | add |
		.wide > 2 * .narrow'
	# A threshold says how wide is wide.
	sed -i '/"case":"wide"/s/"unit":"s"/&,"threshold_percent":10000/
		/"case":"narrow"/s/"unit":"s"/&,"threshold_percent":0.01/' stdin
	expect 0 wl-run -w 0 --budget 2
	trials_are 'group_by(.case) | map({(.[0].case): length}) | add |
		.narrow > 2 * .wide'
}

@test "wl-run: the budget never takes from the least number of trials" {
	record a '["true"]' >stdin
	expect 0 wl-run -w 0 --budget 0
	trials_are 'length == 10'
}

@test "wl-run: precision is that of the leading metric" {
	script a 'printf "{\"metric\":\"m\",\"value\":5}\n"' \
		'"precision_percent":1,"min_iterations":1,"max_iterations":50' \
		'"metrics":[{"name":"i","unit":"s","from":"m","severity":"info"},{"name":"m","unit":"s"}]' \
		>stdin
	expect 0 wl-run -w 0
	# Six values that are equal: the fewest that have an interval.
	trials_are 'length == 6'
}

@test "wl-run: a table closes the run" {
	{
		script a/n=1 'printf "{\"metric\":\"m\",\"value\":2500}\n"' \
			'' '"metrics":[{"name":"m","unit":"us"}]'
		record b '["false"]'
		record c '["true"]' '"setup":["false"]'
		record d '["true"]' '"cpus":"1023"'
		record e '["true"]' '"requires":{"programs":["no such"]}'
	} >stdin
	unknown_machine
	expect 1 command wl-run -n 6 -w 0
	ignore_out
	grep -v '^wl-run: [bc]' err >table
	[ "$(wc -l <table)" = 4 ]
	grep -qE '^case +metric +median +cpu +max rss +trials$' table
	grep -qE '^a/n=1 +m +2\.500 ms ±0\.0 % +[0-9.]+ [mu]s +[0-9.]+ MB +6$' table
	grep -qE '^b +wall_time +3  3 failed$' table
	grep -qE '^c +wall_time +0  1 failed$' table
	ignore_err
	record b '["false"]' >stdin
	expect 1 command wl-run -n 1 -w 0 --no-table
	ignore_out
	err_is 'wl-run: b: measure: exited 1'
	expect 1 command wl-run -n 1 -w 0 -q
	ignore_out
	err_is 'wl-run: b: measure: exited 1'
}

@test "wl-run: the table names variants, and no name breaks it" {
	record "$(printf 'x%.0s' {1..70})\\u001b[31m" '["true"]' >stdin
	expect 0 command wl-run -n 1 -w 0 -V head=.
	ignore_out
	err_has 'xxxxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxxxxxxxxxxx\x1b[31m [head]  wall_time'
}

@test "wl-run: plain progress comes where it is asked for" {
	for name in a b; do record "$name" '["true"]'; done >stdin
	expect 0 wl-run -n 2 -w 0 -o sequential -p plain
	ignore_out
	err_is 'wl-run: 1/4, a'
	expect 0 wl-run -n 2 -w 0 -q -p plain
	ignore_out
	expect 2 wl-run -p loud
	err_has 'wl-run: --progress: none of its words: loud'
}

@test "wl-run: where CI has checked out a commit the environment has its branch" {
	local names=(PERF_BRANCH GITHUB_HEAD_REF GITHUB_REF_NAME
		CI_COMMIT_BRANCH)

	unset "${names[@]}" GITHUB_REF_TYPE
	git init -q -b topic .
	git -c user.name=n -c user.email=e commit -q --allow-empty -m m
	record a '["true"]' >stdin
	PERF_BRANCH=other once 0
	run_is '.branch == "topic"'
	git checkout -q --detach
	once 0
	run_is 'has("branch") | not'
	for name in "${names[@]}"; do export "$name=of $name"; done
	for name in "${names[@]}"; do
		once 0
		run_is ".branch == \"of $name\""
		export "$name="
	done
	GITHUB_REF_NAME=v1.0 GITHUB_REF_TYPE=tag once 0
	run_is 'has("branch") | not'
}

@test "wl-run: outside a checkout there is no commit" {
	record a '["true"]' >stdin
	GIT_CEILING_DIRECTORIES=${PWD%/*} once 0
	run_is 'has("commit") or has("branch") or has("dirty") | not'
}

@test "wl-run: a trial and its samples are one write" {
	{
		printf '{"type":"case","case":"a","description":"'
		head -c 20000 /dev/zero | tr '\0' x
		printf '","exec":{"command":["true"]}}\n'
		record b '["true"]'
		record c '["false"]'
	} >stdin
	# Each write to such a socket is a packet of its own.
	cat >packets.pl <<-'END'
		use Socket;
		socketpair(my $ours, my $its, AF_UNIX, SOCK_SEQPACKET, 0) or die;
		if (!fork) {
			open(STDOUT, ">&", $its) or die;
			close($ours);
			exec(qw(wl-run -n 1 -w 0 --events none));
		}
		close($its);
		my ($n, $packet) = (0);
		while (recv($ours, $packet, 1 << 20, 0), length $packet) {
			$packet =~ /\A(?:\{[^\n]*\}\n)+\z/ or die "not lines: $packet";
			print join(" ", $packet =~ /"type":"(\w+)"/g), "\n";
		}
	END
	expect 0 perl packets.pl
	ignore_out
	grep -c '^trial sample.* sample$' out >trials
	sed 's/\( sample\)*$//' out | sort | uniq -c | tr -s ' ' >kinds
	[ "$(cat trials)" = 2 ]
	diff - kinds <<-'END'
		 1 case case case
		 1 end
		 1 run
		 3 trial
	END
	err_has 'wl-run: c: measure: exited 1'
}

# --- what is measured ---

@test "wl-run: the built-in metrics and their units, once a trial" {
	record a '["true"]' '"warmup":2' >stdin
	expect 0 wl-run -n 3 --events none
	out_json 'map(select(.type == "sample" and .round == 2) |
		.metric + " " + .unit) | .[:14] == ["wall_time ns", "spawn_time ns",
		"cpu_time ns", "max_rss B", "minor_faults count",
		"major_faults count", "voluntary_switches count",
		"involuntary_switches count", "block_input B", "block_output B",
		"bytes_read B", "bytes_written B", "network_received B",
		"network_sent B"]'
	samples_are wall_time 'map(.round) == [1, 2, 3]'
	out_json 'map(select(.type == "sample") | .value | . >= 0 and . < 9e15) | all'
	samples_are minor_faults 'map(.value > 0) | all'
	samples_are max_rss 'map(.value > 100000) | all'
	trials_are 'map(.phase) == ["warmup", "warmup", "measure", "measure", "measure"]'
	trials_are 'map(.round) == [null, null, 1, 2, 3]'
	trials_are 'map(.seq) == [1, 2, 3, 4, 5]'
	trials_are 'map(.exit == 0 and .elapsed > 0) | all'
}

@test "wl-run: wall_time begins before execve, elapsed before the clone" {
	record a '["sleep","0.2"]' >stdin
	once 0
	samples_are wall_time '.[0].value >= 0.2e9 and .[0].value < 20e9'
	samples_are voluntary_switches '.[0].value >= 1'
	out_json '(map(select(.type == "sample") | {(.metric): .value}) | add) as $s |
		map(select(.type == "trial"))[0].elapsed as $elapsed |
		$s.spawn_time > 0 and
		($s.spawn_time + $s.wall_time - $elapsed | fabs) <= 2 and
		$s.cpu_time < $s.wall_time'
}

@test "wl-run: cpu_time is the child's, and that of what it waited for" {
	record idle '["true"]' >stdin
	record busy '["perl","-e","1 while (times)[0] + (times)[1] < 0.3"]' >>stdin
	script nested "perl -e '1 while (times)[0] + (times)[1] < 0.3'; true" >>stdin
	once 0 -o sequential
	samples_are cpu_time '.[0].value < 0.3e9 and .[1].value >= 0.29e9 and
		.[1].value < 3e9 and .[2].value >= 0.29e9'
}

@test "wl-run: max_rss is that of each child, after a larger one and a smaller one" {
	# The child's own view: VmHWM of proc(5), in KiB.
	hog() {
		record "$1" "$(jq -nc --arg n "$2" '["perl", "-e",
			"my $x = \"\\1\" x ($ARGV[0] << 20); open F, \"/proc/self/status\";
			/VmHWM:\\s*(\\d+)/ and print qq({\"metric\":\"hwm\",\"value\":$1,\"unit\":\"KiB\"}\n) while <F>",
			$n]')" '' '"metrics":[{"name":"hwm"}]'
	}
	{
		hog small 2
		hog large 200
		hog small_again 2
	} >stdin
	once 0 -o sequential
	samples_are max_rss '.[1].value > 200 * 1048576'
	if has_sanitizer; then skip "the floor rises: the sanitizer keeps what is freed"; fi
	# A child cannot get below the floor: it starts in wl-run's memory.
	out_json '.[0].overhead.max_rss_floor as $floor |
		map(select(.metric == "hwm").value * 1024) as $own |
		map(select(.metric == "max_rss").value) as $rss |
		range(3) | ([$own[.], $floor] | max) as $want |
		($rss[.] - $want | fabs) <= 0.05 * $want'
}

@test "wl-run: what it read of one trial does not count for the next" {
	if has_sanitizer; then skip "the sanitizer keeps what is freed"; fi
	{
		script large 'head -c 8000000 /dev/zero | tr "\0" x' '"expect":{"regex":"xx"}'
		record small1 '["true"]'
		record many '["perl","-e","print qq({\"metric\":\"m$_\",\"value\":1}\\n) for 1..20000"]' \
			'"stdout":"capture"'
		record small2 '["true"]'
	} >stdin
	expect 0 wl-run -n 3 -w 0 -o sequential
	out_json 'map(select(.case == ("small1", "small2") and
		.metric == "max_rss") | .value < 4e6) | length == 6 and all'
	out_json '.[0].overhead.max_rss_floor < 4e6'
}

@test "wl-run: block_output counts what was written to a disk" {
	case $(stat -f -c %T .) in
	ext2/ext3 | xfs | btrfs) ;;
	*) skip "this file system does not count" ;;
	esac
	record a '["dd","if=/dev/zero","of=f","bs=64k","count=16","conv=fsync"]' >stdin
	once 0
	samples_are block_output '.[0].value >= 1048576 and .[0].value < 2e6 and
		.[0].value % 512 == 0'
}

# --- how often, and in which order ---

@test "wl-run: one warm-up and ten iterations by default, options override the file" {
	record a '["true"]' >stdin
	expect 0 wl-run
	trials_are 'map(.phase) == ["warmup"] + [range(10) | "measure"]'
	record a '["true"]' '"warmup":3,"min_iterations":2,"max_iterations":2' >stdin
	expect 0 wl-run
	trials_are 'map(.phase) == ["warmup", "warmup", "warmup", "measure", "measure"]'
	expect 0 wl-run --iterations 1 --warmup 0
	trials_are 'map(.phase) == ["measure"]'
	record a '["true"]' '"warmup":0,"max_iterations":4' >stdin
	expect 0 wl-run
	trials_are 'length == 4'
}

@test "wl-run: min_iterations, then on to max_iterations within the budget" {
	{
		record spent '["true"]' '"min_iterations":2,"max_iterations":5,"budget_s":0'
		record rich '["true"]' '"min_iterations":2,"max_iterations":5,"budget_s":1000'
		record some '["sleep","0.1"]' '"min_iterations":1,"max_iterations":90,"budget_s":0.25'
	} >stdin
	expect 0 wl-run -w 0
	trials_are 'map(select(.case == "spent")) | length == 2'
	trials_are 'map(select(.case == "rich")) | length == 5'
	trials_are 'map(select(.case == "some")) | length >= 1 and length <= 3'
}

@test "wl-run: precision ends a case as soon as its median is known well enough" {
	record a '["sleep","0.01"]' \
		'"min_iterations":2,"max_iterations":60,"precision_percent":100' >stdin
	expect 0 wl-run -w 0
	# The first interval of a median at 95 % needs 6 values.
	trials_are 'length >= 6 and length < 60'
}

eight_cases() {
	local name

	for name in a b c d e f g h; do record $name '["true"]'; done >stdin
}

# The cases in the order of their trials.
order() {
	jq -r 'select(.type == "trial") | "\(.phase) \(.round) \(.case)"' out
}

@test "wl-run: rounds over all cases, in an order of the seed" {
	eight_cases
	expect 0 wl-run -n 3 -w 1 -s 5
	order >first
	trials_are 'map(.phase + (.round | tostring)) | [.[0], .[8], .[16], .[24]] ==
		["warmupnull", "measure1", "measure2", "measure3"]'
	trials_are '[range(4) as $i | .[8 * $i : 8 * $i + 8] | map(.case) | sort] |
		unique == [["a", "b", "c", "d", "e", "f", "g", "h"]]'
	expect 0 wl-run -n 3 -w 1 -s 5
	order | diff first -
	ignore_out
	expect 0 wl-run -n 3 -w 1 -s 6
	order >second
	run ! cmp -s first second
	ignore_out
	# One round's order is not the next one's.
	trials_are '.[8:16] != .[16:24] | map(.case)? // true'
	run -1 diff <(sed -n 9,16p first | cut -d' ' -f3) \
		<(sed -n 17,24p first | cut -d' ' -f3)
}

@test "wl-run: the seed is the cases' own, or 1" {
	eight_cases
	expect 0 wl-run -n 2 -w 0
	run_is '.seed == 1'
	order >first
	expect 0 wl-run -n 2 -w 0 -s 1
	order | diff first -
	ignore_out
	sed -i 's/"exec"/"seed":6,&/' stdin
	expect 0 wl-run -n 2 -w 0
	run_is '.seed == 6'
	order >second
	run ! cmp -s first second
}

@test "wl-run: --order sequential runs a case to its end, --order random mixes trials" {
	eight_cases
	expect 0 wl-run -n 2 -w 1 --order sequential
	trials_are 'map(.case) | join("") == "aaabbbcccdddeeefffggghhh"'
	trials_are 'map(.round) | .[0:3] == [null, 1, 2]'
	expect 0 wl-run -n 4 -w 1 --order random
	order >first
	trials_are '.[0:8] | map(.phase) | unique == ["warmup"]'
	trials_are '.[8:] | map(.case) | sort | join("") ==
		"aaaabbbbccccddddeeeeffffgggghhhh"'
	# In rounds each eight trials would be eight cases.
	trials_are '.[8:16] | map(.case) | unique | length < 8'
	trials_are '.[8:] | group_by(.case) | map(map(.round) == [1, 2, 3, 4]) | all'
	expect 0 wl-run -n 4 -w 1 --order random
	order | diff first -
	ignore_out
}

# --- what the command is given ---

@test "wl-run: parameters and the rest of the environment" {
	script w/size=3 'env | grep -a "^WL_\|^OWN=\|^KEPT=" | sort >env.txt' \
		'"env":{"OWN":"own value","WL_OWN":"1","KEPT":"changed"}' \
		'"workload":"w","arch":"a1","target":"t1","params":{"size":3,"rate":0.1,"name":"x y;$(touch ran)","flag":true,"off":false}' >stdin
	WL_STRAY=1 KEPT=inherited once 0 -s 4 --no-pad
	ignore_out
	printf '%s\n' KEPT=changed 'OWN=own value' WL_ARCH=a1 WL_CASE=w/size=3 \
		WL_OWN=1 WL_PHASE=measure WL_ROUND=1 WL_SEED=4 WL_TARGET=t1 \
		WL_WORKLOAD=w WL_flag=true 'WL_name=x y;$(touch ran)' \
		WL_off=false WL_rate=0.1 WL_size=3 | diff - env.txt
	[ ! -e ran ]
}

@test "wl-run: the workload path comes first, the declared PATH instead" {
	mkdir one two three
	for dir in one two three; do
		printf '#!/bin/sh\necho %s >>ran\n' $dir >$dir/tool
		chmod +x $dir/tool
	done
	chmod -x one/tool
	printf '#!/bin/sh\necho "$PATH" >path\n' >two/show
	chmod +x two/show
	{
		record a '["tool"]' "\"path\":[\"$PWD/one\",\"$PWD/two\",\"$PWD/three\"]"
		record b '["tool"]' "\"path\":[\"$PWD/three\",\"$PWD/two\"]"
		record c '["tool"]' "\"path\":[\"$PWD/three\"],\"env\":{\"PATH\":\"$PWD/two:/bin\"}"
		record d '["show"]' "\"path\":[\"$PWD/two\",\"$PWD/three\"]"
		# What is relative is so to the directory of the child.
		record e '["tool"]' '"cwd":"two","env":{"PATH":".:/bin"}'
		record f '["./tool"]' '"cwd":"three"'
	} >stdin
	once 0 -o sequential
	ignore_out
	printf '%s\n' two three two | diff - ran
	echo "$PWD/two:$PWD/three:$PATH" | diff - path
	echo two | diff - two/ran
	echo three | diff - three/ran
}

@test "wl-run: what cannot be started says why" {
	mkdir dir
	echo 'echo no interpreter' >plain
	chmod +x plain
	echo '#!/no/such/interpreter' >lost
	chmod +x lost
	touch text
	{
		record a '["no-such-program"]'
		record b '["./text"]'
		record c '["./dir"]'
		record d '["./plain"]'
		record e '["./lost"]'
		record f '[""]'
	} >stdin
	once 1 -o sequential
	ignore_err
	trials_are 'map(.status) | unique == ["spawn"]'
	trials_are 'map(.why) == [
		"no-such-program: No such file or directory",
		"./text: Permission denied", "./dir: Permission denied",
		"./plain: Exec format error",
		"./lost: No such file or directory",
		": No such file or directory"]'
	trials_are 'map(has("exit") or has("signal")) | any | not'
	out_json 'map(select(.type == "sample")) == []'
}

@test "wl-run: no shell sees the words of a command" {
	printf '#!/bin/sh\nprintf "%%s|" "$@" >words\n' >show
	chmod +x show
	record a '["./show","a b","*","; touch ran","$(touch ran)","","\"'"'"'"]' >stdin
	once 0
	ignore_out
	[ "$(cat words)" = 'a b|*|; touch ran|$(touch ran)||"'"'|" ]
	[ ! -e ran ]
}

@test "wl-run: an argument list that is too long fails the trial" {
	{
		printf '{"type":"case","case":"a","exec":{"command":["true"],"env":{"X":"'
		head -c 3000000 /dev/zero | tr '\0' x
		printf '"}}}\n'
	} >stdin
	once 1
	err_is 'wl-run: a: measure: true: Argument list too long'
	trial_is spawn 'Argument list too long'
}

@test "wl-run: cwd" {
	mkdir -p there
	record a '["sh","-c","pwd >where"]' '"cwd":"there"' >stdin
	once 0
	ignore_out
	[ "$(cat there/where)" = "$PWD/there" ]
	record a '["true"]' '"cwd":"nowhere","cleanup":["true"]' >stdin
	once 1
	err_has 'wl-run: a: measure: nowhere: No such file or directory'
	err_has 'wl-run: a: cleanup: nowhere: No such file or directory'
	trials_are 'map(.status) == ["spawn", "spawn"]'
}

@test "wl-run: stdin is a file, or empty" {
	mkdir there
	echo 'from a file' >there/in
	{
		script a 'cat >got' '"stdin":"in","cwd":"there"'
		script b 'cat >nothing'
		script c 'cat >got' "\"stdin\":\"$PWD/there/in\""
	} >stdin
	once 0
	ignore_out
	cmp there/in there/got
	cmp there/in got
	[ -e nothing ] && [ ! -s nothing ]
	record a '["cat"]' '"stdin":"missing"' >stdin
	once 1
	err_is 'wl-run: a: measure: missing: No such file or directory'
	trial_is spawn missing
}

@test "wl-run: stdout is null, a file, or captured" {
	mkdir there
	{
		script a 'at=$(readlink /proc/$$/fd/1); echo "$at" >a.out; true'
		script b 'at=$(readlink /proc/$$/fd/1); echo "$at" >b.out; true' '"stdout":"null"'
		script c 'at=$(readlink /proc/$$/fd/1); echo "$at" >c.out; true' '"stdout":"capture"'
		script d 'echo "round $WL_ROUND"' '"stdout":"log","cwd":"there"'
		script e 'at=$(readlink /proc/$$/fd/1); echo "$at" >e.out; echo x' '"expect":{"regex":"x"}'
	} >stdin
	expect 0 wl-run -n 2 -w 0
	ignore_out
	echo /dev/null | diff - a.out
	echo /dev/null | diff - b.out
	grep memfd c.out
	grep memfd e.out
	echo 'round 2' | diff - there/log
	record a '["true"]' '"stdout":"nowhere/log"' >stdin
	once 1
	err_is 'wl-run: a: measure: nowhere/log: No such file or directory'
	trial_is spawn
}

@test "wl-run: a FIFO or a device does not hold it up" {
	mkfifo fifo
	{
		record in '["cat"]' '"stdin":"fifo"'
		record out '["echo","x"]' '"stdout":"fifo"'
		record device '["echo","x"]' '"stdout":"/dev/zero","expect":{"regex":"x"}'
	} >stdin
	expect 1 timeout -k 1 20 wl-run -n 1 -w 0 -o sequential
	err_has 'device: measure: /dev/zero is no regular file'
	trials_are 'map(.status) == ["ok", "ok", "expect"]'
}

@test "wl-run: a workload is given none of our signal handling" {
	record a '["grep","Sig","/proc/self/status"]' '"stdout":"signals"' >stdin
	(
		trap '' PIPE
		once 0
	)
	ignore_out
	grep '^SigBlk:.0*$' signals
	# Nor is SIGPIPE, 13, ignored, as it is in what started us.
	(((0x$(sed -n 's/^SigIgn:.//p' signals) & 1 << 12) == 0))
}

@test "wl-run: a workload is given no descriptor of ours" {
	script a 'for fd in /proc/$$/fd/*; do readlink $fd; done >fds' >stdin
	expect 0 env - PATH="$PATH" wl-run -q -n 1 -w 0 3>&-
	ignore_out
	run grep -e memfd -e '(deleted)' -e cgroup fds
	[ "$output" = '/memfd:plumbline (deleted)' ] # its stderr
}

# --- good and bad trials ---

@test "wl-run: exits and signals" {
	{
		script a 'exit 3'
		script b 'kill -SEGV $$'
		script c 'exit 3' '"ok_exit":[0,3]'
		script d 'exit 4' '"expect":{"exit":4}'
		script e 'exit 0' '"expect":{"exit":4}'
		script f 'exit 0' '"ok_exit":[3]'
		script g 'exit 5' '"ok_exit":[3],"expect":{"exit":4}'
	} >stdin
	once 1 -o sequential
	err_is 'wl-run: a: measure: exited 3
wl-run: b: measure: ended by signal 11 (Segmentation fault)
wl-run: e: measure: exited 0
wl-run: f: measure: exited 0
wl-run: g: measure: exited 5'
	trials_are 'map(.status) ==
		["exit", "signal", "ok", "ok", "exit", "exit", "exit"]'
	trials_are 'map(.exit) == [3, null, 3, 4, 0, 0, 5] and .[1].signal == 11'
	trials_are '.[0].why == "exited 3" and .[0].elapsed > 0'
	out_json 'map(select(.type == "sample").case) | unique == ["c", "d"]'
	out_json '.[-1].failed == 5 and .[-1].complete'
}

@test "wl-run: a case that only fails is given up after three trials" {
	{
		script bad 'exit 3'
		script sometimes 'test $((WL_ROUND % 3)) = 0'
		script counted 'exit 3' '' \
			'"metrics":[{"name":"s","aggregator":"success_rate"}]'
	} >stdin
	expect 1 wl-run -n 7 -w 0
	ignore_err
	trials_are 'map(select(.case == "bad")) | length == 3'
	trials_are 'map(select(.case == "sometimes").status) ==
		["exit", "exit", "ok", "exit", "exit", "ok", "exit"]'
	trials_are 'map(select(.case == "counted")) | length == 7'
	samples_are wall_time 'map([.case, .round]) == [["sometimes", 3], ["sometimes", 6]]'
}

@test "wl-run: the output must match a pattern or a digest" {
	sum=$(printf 'hello\n' | sha256sum | cut -d' ' -f1)
	{
		record a '["echo","hello"]' '"expect":{"regex":"^hel+o"}'
		record b '["echo","hello"]' '"expect":{"regex":"^bye"}'
		record c '["echo","hello"]' "\"expect\":{\"sha256\":\"$sum\"}"
		record d '["echo","hullo"]' "\"expect\":{\"sha256\":\"$sum\"}"
		record e '["printf","hello"]' '"expect":{"regex":"hello$"}'
		record f '["printf","h\\303\\244\\377llo\\n"]' '"expect":{"regex":"llo"}'
		script g 'echo hello; exit 1' '"expect":{"regex":"bye"}'
		record h '["echo","hello"]' '"stdout":"file","expect":{"regex":"hello"}'
	} >stdin
	once 1 -o sequential
	ignore_err
	trials_are 'map(.status) ==
		["ok", "expect", "ok", "expect", "ok", "ok", "exit", "ok"]'
	trials_are '.[1].why == "its output does not match ^bye" and
		(.[3].why | startswith("the sha256 of its output is ")) and
		.[1].exit == 0'
	out_json 'map(select(.type == "sample").case) | unique ==
		["a", "c", "e", "f", "h"]'
}

@test "wl-run: ten million bytes of output, in one line or in many" {
	line='head -c 10000000 /dev/zero | tr "\0" x'
	sum=$(eval "$line" | sha256sum | cut -d' ' -f1)
	{
		script a "$line" '"expect":{"regex":"xxx$"}'
		script b "$line" "\"expect\":{\"sha256\":\"$sum\"}"
		script c "yes '{}' | head -c 10000000; echo; echo '{\"metric\":\"m\",\"value\":1}'; $line" \
			'' '"metrics":[{"name":"m"}]'
		script d "$line >&2; exit 3"
	} >stdin
	once 1 -o sequential
	trials_are 'map(.status) == ["ok", "ok", "ok", "exit"]'
	samples_are m 'length == 1'
	trials_are '(.[3].stderr | length) == 2000 and
		(map(has("stderr")) == [false, false, false, true])'
	err_has '  the last 4 KiB of its stderr:'
	[ "$(wc -c <err)" -lt 5000 ]
}

@test "wl-run: what a failed trial said last is in its record" {
	{
		script a 'echo fine >&2'
		script b 'seq 1000 >&2; printf "\\033[31mred\\377\\n\\n" >&2; exit 3'
		record c '["/nonexistent"]'
	} >stdin
	once 1 -o sequential
	ignore_err
	trials_are 'map(has("stderr")) == [false, true, false] and
		(.[1].stderr | endswith("\n999\n1000\n\\x1b[31mred\\xff") and
		test("^[0-9]{3}\n") and length <= 2010)'
}

@test "wl-run: the workload's own metrics" {
	{
		printf '%s\n' 'some text' '{"metric":"latency","value":12.5,"unit":"us"}' \
			'{"metric":"latency","value":7}' '  {"metric":"other","value":-0.1,"unit":"x y"}' \
			'{"no":"metric"}' '{"broken' '[1]' '{"a":{"metric":"inside"}}'
		printf '{"metric":"latency","value":1e3,"extra":[1],"unit":"ns"}'
	} >lines
	record a '["cat","lines"]' '' \
		'"metrics":[{"name":"p99","from":"latency","unit":"ms","aggregator":"percentile_99"},{"name":"lines","from":"latency","aggregator":"count","unit":"count"},{"name":"speed","from":"latency","aggregator":"rate","unit":"MB/s"},{"name":"wall_time"}]' >stdin
	expect 0 wl-run -n 2 -w 1
	# They come under the name and in the unit of their source.
	samples_are latency 'map([.round, .value, .unit]) == [[1, 12.5, "us"],
		[1, 7, null], [1, 1000, "ns"], [2, 12.5, "us"], [2, 7, null],
		[2, 1000, "ns"]]'
	samples_are other 'map([.value, .unit]) == [[-0.1, "x y"], [-0.1, "x y"]]'
	samples_are inside 'length == 0'
	samples_are wall_time 'length == 2'
	# Where nobody declares a metric, nobody looks.
	record a '["cat","lines"]' >stdin
	once 0
	samples_are latency 'length == 0'
}

# A line that a workload should not have written: mistaken WHY LINE.
mistaken() {
	printf '{"metric":"m","value":1}\n%s\n' "$2" >line
	record a '["cat","line"]' '' '"metrics":[{"name":"m","unit":"ms"}]' >stdin
	once 1
	err_has "wl-run: a: measure: $1"
	trials_are 'map(.status) == ["expect"]'
	out_json 'map(select(.type == "sample")) == []'
}

@test "wl-run: a metric line with a mistake fails the trial" {
	mistaken 'line 2 of its output: value is not a number' \
		'{"metric":"m","value":"1"}'
	mistaken 'line 2 of its output: value is not a number' '{"metric":"m"}'
	mistaken 'line 2 of its output: metric is not a text' \
		'{"metric":1,"value":1}'
	mistaken 'line 2 of its output: unit is not a text' \
		'{"metric":"m","value":1,"unit":1}'
	mistaken 'line 2 of its output: metric is the name of a built-in one' \
		'{"metric":"wall_time","value":1}'
	# What printf makes of 0./0 and of too large a number.
	mistaken 'line 2 of its output: not JSON: ' '{"metric":"m","value":nan}'
	mistaken 'line 2 of its output: not JSON: ' '{"metric":"m","value":1e999}'
	mistaken 'line 2 of its output: not JSON: ' '{"metric":"m","value":'
	mistaken 'line 2 of its output: not JSON: ' \
		"$(printf '{"metric":"\377","value":1}')"
	mistaken 'metric m: MB cannot become ms' \
		'{"metric":"m","value":1,"unit":"MB"}'
}

@test "wl-run: a declared metric that is not reported fails the trial" {
	record a '["echo","{\"metric\":\"x\",\"value\":1}"]' '' \
		'"metrics":[{"name":"y","from":"z"}]' >stdin
	once 1
	err_is 'wl-run: a: measure: it did not report the metric z'
	trial_is expect
	record a '["echo","{\"metric\":\"x\",\"value\":1}"]' '' \
		'"metrics":[{"name":"y","from":"max_rss"},{"name":"s","aggregator":"success_rate"}]' >stdin
	once 0
	trial_is ok
}

@test "wl-run: what a workload writes cannot break the stream or a terminal" {
	{
		printf '{"metric":"a\\u001b[31m","value":1,"unit":"\\u0000x"}\n'
		printf '{"metric":"b\\ud800","value":1}\n'
	} >lines
	{
		script 'a\u001b[2J' 'printf "\033]0;title\007\n\302\233x \303\244 \377\000\r\ty\n\342\202" >&2; exit 3'
		record b '["cat","lines"]' '"stdout":"capture"'
		record 'c\"\\' '["echo","{\"metric\":\"m\\u001b\",\"value\":1,\"unit\":\"\\u0007\"}"]' \
			'"stdout":"capture"' '"metrics":[{"name":"m\u001b","unit":"ms"}]'
	} >stdin
	once 1 -o sequential
	iconv -f UTF-8 -t UTF-8 out >/dev/null
	iconv -f UTF-8 -t UTF-8 err >/dev/null
	run -1 grep -c '[[:cntrl:]]' <(tr -d '\n\t' <err)
	err_has 'wl-run: a\x1b[2J: measure: exited 3'
	err_has '  | \x1b]0;title\x07'
	err_has "  | \\u009bx $(printf '\303\244') \\xff\\x00\\x0d"
	err_has '  | \xe2\x82'
	err_has 'metric m\x1b: \x07 cannot become ms'
	trials_are 'map(.status) == ["exit", "expect", "expect"]'
}

@test "wl-run: the end of a failed trial's stderr is shown, a good one's is not" {
	{
		script a 'seq 1000 2000 >&2; echo "last words" >&2; exit 1'
		script b 'echo quiet >&2'
	} >stdin
	once 1
	ignore_out
	err_has '  the last 4 KiB of its stderr:'
	err_has '  | last words'
	run ! grep -qe '| 1000$' -e quiet err
}

# --- hooks ---

# A hook that says that it ran: log WORD.
log() { sh_command "echo $1 \$WL_PHASE \${WL_ROUND--} >>log; echo out; ${2-true}"; }

@test "wl-run: setup once, prepare and conclude around each trial, cleanup at last" {
	{
		record a "$(log a)" "\"setup\":$(log s),\"prepare\":$(log p),\"conclude\":$(log c),\"cleanup\":$(log x)"
	} >stdin
	expect 0 wl-run -n 2 -w 1
	printf '%s\n' 's setup -' 'p prepare -' 'a warmup -' 'c conclude -' \
		'p prepare 1' 'a measure 1' 'c conclude 1' \
		'p prepare 2' 'a measure 2' 'c conclude 2' 'x cleanup -' | diff - log
	# Good hooks leave no records.
	trials_are 'map(.phase) == ["warmup", "measure", "measure"]'
}

@test "wl-run: cleanup runs as soon as its case is done" {
	{
		record a "$(log a)" "\"cleanup\":$(log xa)"
		record b "$(log b)" "\"cleanup\":$(log xb)"
	} >stdin
	once 0 -o sequential
	ignore_out
	printf '%s\n' 'a measure 1' 'xa cleanup -' 'b measure 1' 'xb cleanup -' |
		diff - log
}

@test "wl-run: a hook that fails" {
	bad=$(log bad 'echo reason >&2; exit 4')
	record a "$(log a)" "\"setup\":$bad,\"cleanup\":$(log x)" >stdin
	expect 1 wl-run -n 2 -w 0
	printf '%s\n' 'bad setup -' 'x cleanup -' | diff - log
	err_is 'wl-run: a: setup: exited 4
  all of its stderr:
  | reason'
	trials_are 'map([.phase, .status, .exit, .stderr]) ==
		[["setup", "exit", 4, "reason"]]'
	rm log

	record a "$(log a)" "\"prepare\":$bad,\"conclude\":$(log c),\"cleanup\":$(log x)" >stdin
	expect 1 wl-run -n 9 -w 0
	ignore_err
	printf '%s\n' 'bad prepare 1' 'bad prepare 2' 'bad prepare 3' 'x cleanup -' |
		diff - log
	trials_are 'map([.phase, .status]) | unique == [["prepare", "exit"]]'
	rm log

	record a "$(log a)" "\"conclude\":$bad,\"cleanup\":$bad" >stdin
	once 1
	ignore_err
	printf '%s\n' 'a measure 1' 'bad conclude 1' 'bad cleanup -' | diff - log
	trials_are 'map([.phase, .status]) == [["measure", "ok"],
		["conclude", "exit"], ["cleanup", "exit"]]'
	samples_are wall_time 'length == 1'
	out_json '.[-1].failed == 2'
	record a '["true"]' '"setup":["no-such-program"]' >stdin
	once 1
	err_is 'wl-run: a: setup: no-such-program: No such file or directory'
	trial_is spawn
}

# --- requires ---

@test "wl-run: a case without what it requires is skipped, with the reason" {
	mkdir -p bin data
	printf '#!/bin/sh\n' >bin/only-here
	chmod +x bin/only-here
	touch data/there
	{
		record a "$(log a)" "\"requires\":{\"programs\":[\"sh\",\"no-such-program\"]},\"setup\":$(log s),\"cleanup\":$(log x)"
		record b "$(log b)" "\"requires\":{\"files\":[\"data/there\",\"data/missing\"]}"
		record c '["true"]' "\"requires\":{\"programs\":[\"only-here\"],\"files\":[\"there\",\"$PWD/data\"]},\"path\":[\"$PWD/bin\"],\"cwd\":\"data\""
		record d '["true"]' '"requires":{"programs":["../bin/only-here"]},"cwd":"data"'
		record e '["true"]' '"requires":{"programs":["sh"]},"env":{"PATH":"/nowhere"}'
		printf '{"type":"case","case":"f","status":"planned","exec":{}}\n'
	} >stdin
	expect 0 wl-run -n 2 -w 1 -o sequential
	trials_are 'map(select(.status == "skipped") | [.case, .phase, .why]) == [
		["a", "measure", "program not found: no-such-program"],
		["b", "measure", "file not found: data/missing"],
		["e", "measure", "program not found: sh"],
		["f", "measure", "planned: no command, and no script of its name in the workload path"]]'
	trials_are 'map(select(.status == "ok").case) == ["c", "c", "c", "d", "d", "d"]'
	out_json '.[-1].skipped == 4 and .[-1].failed == 0 and .[-1].complete'
	[ ! -e log ]
}

@test "wl-run: what a case requires may be that a command succeeds" {
	{
		record a "$(log a)" '"requires":{"command":["sh","-c","echo no such module >&2; echo >&2; exit 3"]},"setup":["false"]'
		record b "$(log b)" '"requires":{"command":["sh","-c","[ $WL_PHASE = requires ] && echo once >>log"]}'
		record c "$(log c)" '"requires":{"programs":["no-such-program"],"command":["touch","log"]}'
		record d "$(log d)" '"requires":{"command":["no-such-program"]}'
		record e "$(log e)" '"timeout_s":0.1,"requires":{"command":["sleep","9"]}'
	} >stdin
	expect 0 wl-run -n 2 -w 0 -o sequential
	trials_are 'map(select(.status == "skipped") | [.case, .why]) == [
		["a", "what it requires: exited 3: no such module"],
		["c", "program not found: no-such-program"],
		["d", "what it requires: no-such-program: No such file or directory"],
		["e", "what it requires: still running after 0.1 s"]]'
	trials_are 'map(select(.status == "ok").case) == ["b", "b"]'
	out_json '.[-1].skipped == 4 and .[-1].failed == 0 and .[-1].complete'
	printf 'once\nb measure 1\nb measure 2\n' | diff -u - log >&2
}

@test "wl-run: what a case requires is looked for before its directory is made" {
	{
		record a '["true"]' '"cwd":"made","setup":["false"],"requires":{"programs":["no-such-program"]}'
		record b '["true"]' '"cwd":"$(scratch)","tmpfs":true,"requires":{"programs":["sh","no-such-program"]}'
		record c '["true"]' '"cwd":"$(scratch)","tmpfs":true,"requires":{"programs":["sh"],"command":["test","-e","stdin"]}'
	} >stdin
	expect 0 wl-run -n 1 -w 0 -o sequential
	trials_are 'map([.case, .status, .why]) == [
		["a", "skipped", "program not found: no-such-program"],
		["b", "skipped", "program not found: no-such-program"],
		["c", "ok", null]]'
}

# --- no process is left ---

# A workload that leaves processes in every way: a child, one in a session and
# group of its own, and a daemon, which forked twice.
leave="sleep \$MARK & setsid sleep \$MARK & perl -MPOSIX -e 'exit if fork; setsid; exit if fork; \$SIG{TERM} = \$SIG{HUP} = q(IGNORE); exec qw(sh -c), q(trap \"\" TERM; sleep \$MARK; : \$MARK)'"

leaving() {
	script "$1" "${leave//\$MARK/$mark}; until [ \$(pgrep -fc '^sleep $mark') -ge 3 ]; do sleep 0.02; done; $2" "${3-}"
}

@test "wl-run: what a good trial leaves behind is ended" {
	leaving a 'echo $$ >>ran' >stdin
	expect 0 wl-run -n 2 -w 0
	nobody_alive
	trials_are 'map(.status) == ["ok", "ok"]'
	[ "$(wc -l <ran)" -eq 2 ]
}

@test "wl-run: what a hook leaves behind is ended before the trial" {
	script a 'pgrep -fc "^sleep '"$mark"'" >n; true' \
		"\"prepare\":$(sh_command "${leave//\$MARK/$mark}")" >stdin
	once 0
	ignore_out
	nobody_alive
	[ "$(cat n)" -eq 0 ]
}

@test "wl-run: a timeout is TERM, and time for the whole tree to end itself" {
	{
		script child "trap 'echo saved >saved; exit 0' TERM; echo >child; while :; do sleep 0.05; done"
		script grandchild "sh -c 'trap \"sleep 0.2; echo saved >later; exit\" TERM; echo >grandchild; while :; do sleep 0.05; done' $mark & while :; do sleep 0.05; done"
	} >stdin
	once 1 -t 1 -g 20
	nobody_alive
	[ -e child ] && [ -e saved ]
	[ -e grandchild ] && [ -e later ]
	err_has 'wl-run: child: measure: still running after 1 s'
	trials_are 'map(.status) == ["timeout", "timeout"]'
	trials_are 'map(.elapsed >= 1e9 and .elapsed < 20e9) | all'
	trials_are 'map(has("exit") or has("signal")) | any | not'
	out_json 'map(select(.type == "sample" and .case != ":probe")) == []'
}

@test "wl-run: a timeout is KILL in the end, for the whole tree" {
	# Of these, one sleep is a daemon that ignores TERM.
	leaving a "trap '' TERM; echo >ready; while :; do sleep 0.05; done" >stdin
	once 1 -t 1 -g 0.1
	nobody_alive
	[ -e ready ]
	err_has 'wl-run: a: measure: still running after 1 s'
	trial_is timeout
}

@test "wl-run: the file's timeout holds for hooks too, the option overrides it" {
	record a '["true"]' "\"timeout_s\":0.2,\"setup\":[\"sleep\",\"$mark\"]" >stdin
	once 1
	nobody_alive
	err_is 'wl-run: a: setup: still running after 0.2 s'
	trial_is timeout
	record a '["sleep","0.3"]' '"timeout_s":0.1' >stdin
	once 0 --timeout 100
	trial_is ok
	record a "[\"sleep\",\"$mark\"]" '"timeout_s":1000' >stdin
	once 1 --timeout 0.1
	ignore_err
	trial_is timeout
}

@test "wl-run: the same without a control group" {
	[ "$(id -u)" -eq 0 ] || skip "this is how all tests run for this user"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	chmod 777 .
	leaving a 'true' >stdin
	leaving b "sleep $mark" '"timeout_s":1' >>stdin
	once_nobody() { expect 1 "${nobody[@]}" wl-run -g 0.1 -n 1 -w 0; }
	once_nobody
	ignore_err
	nobody_alive
	run_is '.caps.cgroup == "none"'
	trials_are 'map([.case, .status]) | sort == [["a", "ok"], ["b", "timeout"]]'
}

# A run that is under way: its first trial, with a cleanup.
under_way() {
	leaving a "echo >ready; sleep $mark" '"cleanup":["sh","-c","echo done >cleaned"]' >stdin
	record b '["true"]' >>stdin
	start -n 2 -w 0 -o sequential "$@"
	until_true test -e ready
}

# What is true of any run that was cut short.
is_whole() {
	[ "$(tail -c 1 out)" = '' ]
	run_is '.type == "run"'
	out_json 'map(select(.type == "case")) | length == 2'
}

@test "wl-run: an interrupt" {
	under_way -g 0.2
	kill -INT "$RUN"
	finish 130
	nobody_alive
	[ -e cleaned ]
	err_is 'wl-run: stopped by signal 2; the run is not complete'
	is_whole
	# The trial that it hit is not recorded: it is no failure of the case.
	trials_are 'length == 0'
	out_json '.[-1] | .type == "end" and .complete == false and .failed == 0'
}

@test "wl-run: termination, and a terminal that goes away" {
	under_way -g 0.2
	kill -TERM "$RUN"
	finish 143
	nobody_alive
	[ -e cleaned ]
	err_is 'wl-run: stopped by signal 15; the run is not complete'
	is_whole
	out_json '.[-1] | .type == "end" and .complete == false'
	rm ready cleaned
	under_way -g 0.2
	kill -HUP "$RUN"
	finish 129
	nobody_alive
	[ -e cleaned ]
	err_has 'stopped by signal 1'
	is_whole
}

@test "wl-run: nohup" {
	script a 'echo >ready; until [ -e go ]; do sleep 0.02; done' >stdin
	background nohup wl-run -q -n 1 -w 0
	until_true test -e ready
	kill -HUP "$RUN"
	touch go
	finish 0
	trial_is ok
}

@test "wl-run: trials before an interrupt are kept" {
	script a '[ $WL_ROUND -lt 3 ] || { echo >ready; exec sleep '"$mark; }" >stdin
	start -w 0
	until_true test -e ready
	kill -INT "$RUN"
	finish 130
	ignore_err
	nobody_alive
	trials_are 'map(.status) == ["ok", "ok"]'
	samples_are wall_time 'length == 2'
	out_json '.[-1].complete == false and .[-1].trials == 2'
}

@test "wl-run: the first interrupt ends no cleanup, a later one does" {
	record a '["true"]' '"cleanup":["sh","-c","echo >ready; sleep 0.5; echo >cleaned"]' >stdin
	start -n 1 -w 0
	until_true test -e ready
	kill -INT "$RUN"
	finish 130
	ignore_err
	[ -e cleaned ]
	out_json '.[-1].complete == false'
	rm ready
	record a '["true"]' "\"cleanup\":[\"sh\",\"-c\",\"echo >ready; sleep $mark\"]" >stdin
	start -n 1 -w 0 -g 0.1
	until_true test -e ready
	for ((i = 0; i < 100; i++)); do
		ended "$RUN" && break
		kill -INT "$RUN"
		sleep 0.2
	done
	finish 130
	ignore_err
	nobody_alive
	out_json '.[-1] | .type == "end" and .complete == false'
}

@test "wl-run: kill -9 of wl-run itself" {
	under_way -g 0.2
	runner=$(pgrep -P "$RUN" -x wl-run)
	kill -KILL "$RUN"
	finish 137
	until_true ended "$runner"
	nobody_alive
	is_whole
	# What was its child ends the run as for a TERM.
	[ -e cleaned ]
	err_is 'wl-run: stopped by signal 15; the run is not complete'
	out_json '.[-1] | .type == "end" and .complete == false'
}

@test "wl-run: kill -9 of the process that runs the trials" {
	under_way
	kill -KILL "$(pgrep -P "$RUN" -x wl-run)"
	finish 2
	nobody_alive
	err_is 'wl-run: the runner was ended by signal 9: the run is truncated'
	is_whole
	out_json 'map(select(.type == "end")) == []'
	no_group_left
}

@test "wl-run: kill -9 of the whole group" {
	leaving a "echo >ready; sleep $mark" >stdin
	background setsid wl-run -n 2 -w 0 -g 0.2
	until_true test -e ready
	runner=$(pgrep -P "$RUN" -x wl-run)
	kill -KILL -- "-$RUN"
	finish 137
	until_true ended "$runner"
	nobody_alive
	ignore_err
	out_json '.[-1].complete == false'
}

@test "wl-run: a workload that kills its parent" {
	leaving a 'kill -KILL $PPID; sleep 100' >stdin
	once 2
	nobody_alive
	err_is 'wl-run: the runner was ended by signal 9: the run is truncated'
	out_json 'map(.type) == ["run", "case"]'
}

# --- output that fails ---

@test "wl-run: stdout that is closed, full or read no further" {
	record a '["touch","ran"]' >stdin
	closed() { wl-run >&-; }
	expect 2 closed
	err_is 'wl-run: stdout: Bad file descriptor'
	status=0
	wl-run <stdin >/dev/full 2>err || status=$?
	[ $status -eq 2 ]
	err_is 'wl-run: stdout: No space left on device'
	[ ! -e ran ]

	# The reader goes while the first trial runs.
	leaving a "echo >ready; until [ -e go ]; do sleep 0.02; done" \
		'"cleanup":["sh","-c","echo done >cleaned"]' >stdin
	rm -f out
	mkfifo out
	background wl-run -n 1 -w 0
	exec 4<out
	until_true test -e ready
	exec 4<&-
	touch go
	finish 2
	nobody_alive
	[ -e cleaned ]
	err_is 'wl-run: stdout: Broken pipe'
}

@test "wl-run: a full disk in the middle of a run" {
	script a "sleep $mark & true" \
		'"cleanup":["sh","-c","echo done >>cleaned; exit 3"]' >stdin
	full() (
		ulimit -f 2
		exec wl-run -w 0
	)
	expect 2 full
	nobody_alive
	# Of a cleanup that fails then, there is no record, but a message.
	err_is 'wl-run: stdout: File too large
wl-run: a: cleanup: exited 3'
	[ "$(wc -l <cleaned)" -eq 1 ]
	[ "$(wc -c <out)" -eq 2048 ]
	head -n -1 out >whole
	mv whole out
	trials_are 'length >= 1'
}

# --- progress ---

@test "wl-run: progress on a terminal" {
	{
		script a 'exit 3'
		record b '["true"]'
	} >cases.jsonl
	# The transcript of a terminal that has stderr: on_terminal ARGUMENTS.
	on_terminal() {
		TERM=${2-xterm} command script -qec "wl-run -n 2 -w 0 -o sequential $1 cases.jsonl >records" \
			/dev/null >transcript || true
	}
	on_terminal ''
	clear=$(printf '\r\033[K')
	grep -qF "${clear}1/4, a" transcript
	grep -qE '4/4, 0:00 left, b; last b: wall_time [0-9.]+ [mu]s' transcript
	grep -qE '2/4, [0-9]+:[0-9][0-9] left, a' transcript
	# A message takes the line's place.
	grep -qF "${clear}wl-run: a: measure: exited 3" transcript
	on_terminal '' dumb
	run ! grep -q 1/4 transcript
	on_terminal -q
	run ! grep -q 1/4 transcript
	record b '["true"]' >stdin
	once 0
	ignore_out
	err_is ''
}

@test "wl-run: a workload that stops the runner, its parent, is timed out" {
	record a '["sh","-c","kill -STOP $PPID; sleep 100"]' \
		'"timeout_s":0.5,"max_iterations":1,"warmup":0' >stdin
	expect 1 timeout -k 1 20 wl-run -g 0.1
	trial_is timeout
	err_has 'a process stopped the runner; it goes on'
}
