#!/usr/bin/env bats
# What all tools have in common, asked of each that the Makefile lists.

load helper
load make

setup_file() {
	TOOLS=$(tools)
	export TOOLS
	# Those that read files; hist-get reads the history.
	FILTERS=${TOOLS/hist-get/}
	# Those that read records; wl-expand reads YAML.
	READERS=${FILTERS/wl-expand/}
	export FILTERS READERS
	[ "$(wc -w <<<"$TOOLS")" -ge 6 ]
}

# What makes a tool write something.
input_of() {
	case $1 in
	wl-expand)
		printf 'w_workloads:\n  - workload_id: w\n    command: [true]\n'
		;;
	wl-run)
		printf '{"type":"case","case":"w","exec":{"command":["true"],'
		printf '"max_iterations":1,"warmup":0}}\n'
		;;
	hist-add)
		printf '{"type":"run","run":"r","time":"2026-11-21"}\n'
		printf '{"type":"end","complete":true}\n'
		;;
	mk-dash)
		printf '{"type":"point","case":"w","metric":"m","value":1}\n'
		;;
	*)
		printf '{"type":"summary","case":"w","metric":"m","value":1}\n'
		printf '{"type":"end","complete":true}\n'
		;;
	esac
}

# The same as stdin; hist-get finds it in the history.
give_input() {
	input_of "$1" >stdin
	[ "$1" != hist-get ] || input_of hist-add | hist-add >said
}

to_full() { "$@" >/dev/full; }
to_nowhere() { "$@" >&-; }

@test "tools: --help is for people, on stdout" {
	for tool in $TOOLS; do
		for option in -h --help; do
			expect 0 "$tool" $option
			out_has "usage: $tool "
			out_has '--help'
			out_has '--version'
			# The usage is one line, however long.
			[ "$(awk 'NR > 1 && length > 80' out | wc -l)" -eq 0 ]
		done
	done
}

@test "tools: --version says the Makefile's" {
	version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
	for tool in $TOOLS; do
		expect 0 "$tool" --version
		out_is "$tool (plumbline) $version"
	done
}

@test "tools: an unknown option is refused with a hint" {
	for tool in $TOOLS; do
		for option in --no-such-option -?; do
			expect 2 "$tool" "$option"
			err_has "$tool: "
			err_has "Try '$tool --help'."
		done
	done
}

@test "tools: a full disk is noticed" {
	for tool in $TOOLS; do
		for option in --help --version; do
			expect 2 to_full "$tool" $option
			err_is "$tool: stdout: No space left on device"
		done
		give_input "$tool"
		expect 2 to_full "$tool"
		err_has "$tool: stdout: No space left on device"
	done
}

@test "tools: a closed stdout is noticed" {
	for tool in $TOOLS; do
		expect 2 to_nowhere "$tool" --help
		err_is "$tool: stdout: Bad file descriptor"
		give_input "$tool"
		expect 2 to_nowhere "$tool"
		err_has "$tool: stdout: Bad file descriptor"
	done
}

@test "tools: a closed stderr hurts nobody" {
	for tool in $TOOLS; do
		status=0
		"$tool" --no-such-option 2>&- >out || status=$?
		[ $status -eq 2 ]
		[ ! -s out ]
	done
}

@test "tools: a file that is missing is named" {
	for tool in $FILTERS; do
		expect 2 "$tool" no-such-file
		err_has "$tool: no-such-file: No such file or directory"
	done
}

@test "tools: a directory is no file" {
	mkdir directory
	for tool in $FILTERS; do
		expect 2 "$tool" directory
		err_has "$tool: directory: Is a directory"
	done
}

# A reader that goes away ends the tool, by the signal or by its own choice.
@test "tools: nobody reads on" {
	for ((i = 0; i < 5000; i++)); do
		printf '{"type":"unknown","text":"%0100d"}\n' "$i"
	done >many
	for tool in $FILTERS; do
		input_of "$tool" >some
		[ "$tool" = wl-expand ] || cat many >>some
		timeout 20 "$tool" some 2>/dev/null | true
		status=${PIPESTATUS[0]}
		# It was not stopped, and no sanitizer complained.
		[ "$status" -ne 124 ]
		[ "$status" -ne 99 ]
	done
}

bad_line() {
	for tool in $READERS; do
		expect 2 "$tool" bad.jsonl
		err_has "$tool: bad.jsonl:3: $1"
		ignore_out
	done
}

@test "tools: a bad line is named" {
	printf '{"type":"other"}\n\n{"type":"other"\n{}\n' >bad.jsonl
	bad_line 'not JSON'
}

@test "tools: a line that is no object" {
	printf '{"type":"other"}\n\n["type","other"]\n' >bad.jsonl
	bad_line 'not a JSON object'
}

@test "tools: a NUL byte in a line" {
	printf '{"type":"other"}\n\n{"type":"other\0"}\n' >bad.jsonl
	bad_line 'not JSON'
	printf '{"type":"other"}\n\n{"type":"other"}\0\n' >bad.jsonl
	bad_line 'not JSON'
}

@test "tools: a line that is not UTF-8" {
	printf '{"type":"other"}\n\n{"type":"oth\377er"}\n' >bad.jsonl
	bad_line 'not JSON'
}

@test "tools: a key that comes twice" {
	printf '{"type":"other"}\n\n{"type":"other","type":"end"}\n' >bad.jsonl
	bad_line 'not JSON: duplicate object key'
}

@test "tools: a type that is no text" {
	printf '{"type":"other"}\n\n{"type":7}\n' >bad.jsonl
	bad_line 'type is not a text'
}

@test "tools: the second file is blamed for its own lines" {
	printf '{"type":"other"}\n' >good.jsonl
	printf '{"type":"other"\n{}\n' >bad.jsonl
	for tool in $READERS; do
		expect 2 "$tool" good.jsonl bad.jsonl
		err_has "$tool: bad.jsonl:1: not JSON"
		ignore_out
	done
}

@test "tools: what a filter does not know it passes on, first and last" {
	other='{"type":"strange","x":[1,2,{"y":null}],"z":"é"}'
	for tool in wl-run stat-agg cmp-baseline; do
		{
			printf '%s\n' "$other"
			input_of "$tool" | head -n 1
			printf '%s\n' "$other"
		} >stdin
		expect 0 "$tool"
		[ "$(grep -cxF "$other" out)" -eq 2 ]
		ignore_out
		ignore_err
	done
}

# Those that have nothing to do without records say so.
@test "tools: no input" {
	expect 0 stat-agg
	expect 0 stat-trend
	for tool in ${FILTERS/stat-agg/}; do
		[ "$tool" != cmp-baseline ] || continue
		[ "$tool" != stat-trend ] || continue
		expect 2 "$tool"
		err_has "$tool: "
	done
}

@test "tools: - is stdin, and operands are read in order" {
	printf '{"type":"strange","n":1}\n' >one
	printf '{"type":"strange","n":3}\n' >three
	printf '{"type":"strange","n":2}\n' >stdin
	expect 0 stat-agg one - three
	out_json 'map(.n) == [1, 2, 3]'
}

@test "tools: a line of ten million bytes" {
	{
		printf '{"type":"strange","text":"'
		head -c 10000000 /dev/zero | tr '\0' x
		printf '"}\n'
	} >stdin
	cp stdin long
	expect 0 stat-agg
	cmp out long
	ignore_out
}

# Control characters, and those that turn the direction of writing, of what
# nobody vouches for: they are shown, and do nothing.
@test "tools: what is said of the input does nothing to a terminal" {
	name=$(printf 'a\033[31m\007\nb\177\302\233\342\200\256\377é')
	shown='a\x1b[31m\x07\x0ab\x7f\u009b\u202e\xffé'
	printf '{"type":"other"\n' >"$name"
	for tool in $FILTERS; do
		expect 2 "$tool" "no/$name"
		err_is "$tool: no/$shown: No such file or directory"
		[ "$tool" = wl-expand ] && continue
		expect 2 "$tool" "$name"
		err_has "$tool: $shown:1: not JSON"
		[ "$(wc -l <err)" -eq 1 ]
	done
}

# The two that say most of what they read.
@test "tools: what a record says does nothing to a terminal" {
	given '{"type":"case","case":"\u001b[2Jc\nd\u202e","metrics":[{"name":"m","exact":true}]}' \
		'{"case":"\u001b[2Jc\nd\u202e","metric":"m","value":1}' \
		'{"case":"\u001b[2Jc\nd\u202e","metric":"m","value":2}'
	expect 0 stat-agg
	ignore_out
	err_is 'stat-agg: case \x1b[2Jc\x0ad\u202e: metric m is declared exact, but is not the same in all rounds'
	given '{"type":"summary","case":"\u001b[2Jc","metric":"m\u0007","value":1,"unit":"ns"}'
	expect 0 mk-baseline -b base
	ignore_err
	given '{"type":"summary","case":"\u001b[2Jc","metric":"m\u0007","value":1,"unit":"s"}'
	expect 0 mk-baseline -b base
	err_has 'case \x1b[2Jc: metric m\x07: its unit changed'
	expect 2 cmp-baseline --fdr "$(printf 'x\033')"
	err_has 'x\x1b'
}
