#!/usr/bin/env bats
# mk-baseline: what enters a baseline, what is refused, and how files survive.

load helper

HEAD='{"type":"baseline-file","v":1,"platform":"x86_64","cpu":"Some CPU","timestamp":"2026-11-01T00:00:00Z"}'

# The run record of session $1, on day $2 of the month, on machine $3.
run_record() {
	printf '{"type":"run","run":"r%s","session":"%s","arch":"x86_64",' "$1" "$1"
	printf '"commit":"c%s","branch":"b","time":"2026-11-%sT00:00:00Z",' "$1" "$2"
	printf '"machine":"%s","host":{"cpu":"Some CPU"}}\n' "${3-k}"
}

# The summary of a metric: summary SESSION CASE METRIC VALUE [MORE]
summary() {
	printf '{"type":"summary","case":"%s","session":"%s","metric":"%s",' \
		"$2" "$1" "$3"
	printf '"unit":"ms","better":"lower","aggregator":"median",'
	printf '"value":%s,"n":10%s}\n' "$4" "${5-}"
}

end_record() {
	printf '{"type":"end","run":"r%s","complete":true,"failed":0}\n' "$1"
}

# A complete run of one metric: session SESSION DAY VALUE [MACHINE [MORE]]
session() {
	run_record "$1" "$2" "${4-k}"
	summary "$1" a m "$3" "${5-}"
	end_record "$1"
}

# Accept sessions 1, 2, ... of the first days, with these values, into `base`.
accept() {
	local i=0 value

	for value; do
		i=$((i + 1))
		session $i "0$i" "$value" | mk-baseline -q -b base
	done
}

# A jq condition on the lines of the file `base`.
base_is() {
	jq -es "$1" base >/dev/null || {
		echo "not true of base: $1" >&2
		cat base >&2
		return 1
	}
}

# The values of the only metric of `base`, and nothing beside it.
values_are() {
	base_is ".[1].sessions | map(.value) == [$1]"
}

# Nothing but what the tests make is left in the directory.
nothing_left() {
	[ -z "$(find . -name '.plumbline*')" ]
}

@test "mk-baseline: a usage error" {
	expect 2 mk-baseline -b
	err_has "option requires an argument -- 'b'"
	expect 2 mk-baseline -k 0
	err_has '--keep: must be from 1 to 1000: 0'
	expect 2 mk-baseline -k ten
	err_has '--keep: not a whole number: ten'
	expect 2 mk-baseline -b -
	err_has '--baseline: not a file: -'
	expect 2 mk-baseline --nothing
	err_has "unrecognized option '--nothing'"
}

@test "mk-baseline: nothing to accept" {
	expect 2 mk-baseline
	err_is 'mk-baseline: there are no summaries'
	expect 2 mk-baseline -f -b base
	err_is 'mk-baseline: there are no summaries'
	{ run_record 1 01; end_record 1; } >stdin
	expect 2 mk-baseline -b new/base
	err_is 'mk-baseline: there are no summaries'
	[ ! -e base ] && [ ! -e new ]
}

@test "mk-baseline: a baseline to stdout, byte for byte" {
	session 1 01 12.5 k ',"id":"00ff","se_block":0.01' >stdin
	expect 0 mk-baseline
	out_is "$HEAD"'
{"type":"baseline","case":"a","id":"00ff","metric":"m","unit":"ms","better":"lower","aggregator":"median","sessions":[{"session":"1","machine":"k","time":"2026-11-01T00:00:00Z","commit":"c1","branch":"b","value":12.5,"n":10,"se_block":0.01}]}'
	err_is 'mk-baseline: <stdout>: metrics: 1, new: 1, sessions of each: 1'
	mv out first
	expect 0 mk-baseline -q -b base
	cmp first base
}

@test "mk-baseline: summaries without a run" {
	given '{"type":"summary","case":"a","metric":"m","value":0}'
	expect 0 mk-baseline -q
	out_is '{"type":"baseline-file","v":1}
{"type":"baseline","case":"a","metric":"m","sessions":[{"value":0}]}'
}

@test "mk-baseline: stat-agg's output enters as it is" {
	{
		run_record 1 01
		echo '{"type":"case","case":"a","id":"ff","metrics":[{"name":"m","from":"x","unit":"ms","aggregator":"max"}]}'
		for i in 1 2 3 4 5 6 7 8 9 10; do
			echo '{"type":"trial","case":"a","round":'$i',"status":"ok"}'
			echo '{"case":"a","round":'$i',"metric":"x","unit":"us","value":'$i'000}'
			echo '{"case":"a","round":'$i',"metric":"max_rss","unit":"B","value":4096}'
		done
		end_record 1
	} >stdin
	# shellcheck disable=SC2016
	expect 0 bash -c 'stat-agg | mk-baseline -q -b base'
	base_is 'length == 2 and (.[1] | .metric == "m" and .id == "ff" and
		.aggregator == "max" and (.sessions[0] | .value == 10 and
		.n == 10 and .se_block > 0 and .machine == "k"))'
}

@test "mk-baseline: sorted by case and metric" {
	{
		for name in b/x=2 b/x=10 a B; do
			summary 1 $name z 1
			summary 1 $name m 1
		done
	} >stdin
	expect 0 mk-baseline -q
	out_json '.[1:] | map(.case + " " + .metric) == ["B m", "B z", "a m",
		"a z", "b/x=10 m", "b/x=10 z", "b/x=2 m", "b/x=2 z"]'
}

@test "mk-baseline: sessions gather in order of time, the oldest go" {
	accept 1 2 3
	values_are '1,2,3'
	session 0 01 9 | sed 's/11-01/10-31/' | mk-baseline -q -b base
	values_are '9,1,2,3'
	session 5 05 5 | mk-baseline -q -k 3 -b base
	values_are '2,3,5'
	cp base before
	session 0 01 9 | sed 's/11-01/10-31/' >stdin
	expect 0 mk-baseline -k 3 -b base
	err_is 'mk-baseline: base: nothing to change'
	cmp before base
	base_is '.[0].timestamp == "2026-11-05T00:00:00Z"'
}

@test "mk-baseline: ten sessions unless told otherwise" {
	accept 1 2 3 4 5 6 7 8 9
	session x 10 10 | mk-baseline -q -b base
	values_are '1,2,3,4,5,6,7,8,9,10'
	session y 11 11 | mk-baseline -q -b base
	values_are '2,3,4,5,6,7,8,9,10,11'
}

@test "mk-baseline: sessions without a time count as the latest" {
	accept 1 2
	summary x a m 7 | mk-baseline -q -b base
	values_are '1,2,7'
	session 3 03 3 | mk-baseline -q -b base
	values_are '1,2,3,7'
	summary y a m 8 | mk-baseline -q -k 4 -b base
	values_are '2,3,7,8'
}

@test "mk-baseline: the same session replaces itself" {
	accept 1 2 3
	session 2 02 5 >stdin
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: case a: metric m: the median moved +50.0%, from 2 ms to 3 ms
mk-baseline: base: metrics: 1, new: 0, sessions of each: 3'
	values_are '1,5,3'
	cp base before
	touch -d '2001-01-01' base
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: base: nothing to change'
	cmp before base
	[ "$(stat -c %Y base)" = "$(date -d 2001-01-01 +%s)" ]
}

@test "mk-baseline: several runs at once are a session each" {
	{ session 2 02 2; session 1 01 1; } >stdin
	session 3 03 3 >three
	expect 0 mk-baseline -b base three -
	err_is 'mk-baseline: base: metrics: 1, new: 1, sessions of each: 3'
	values_are '1,2,3'
	base_is '.[1].sessions | map(.commit) == ["c1", "c2", "c3"]'
	# As stat-agg writes it: summaries, then all the ends.
	{
		run_record 4 04
		run_record 5 05
		summary 4 a m 4
		summary 5 a m 5
		end_record 4
	} >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 5 was cut short: not accepted without --force'
	end_record 5 >>stdin
	expect 0 mk-baseline -q -b base
	values_are '1,2,3,4,5'
}

@test "mk-baseline: metrics that the run does not have stay" {
	{ summary 1 a m 1; summary 1 b m 1; summary 1 a n 1; } |
		mk-baseline -q -b base
	summary 2 b m 2 >stdin
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: case b: metric m: the median moved +50.0%, from 1 ms to 1.500 ms
mk-baseline: base: metrics: 1, new: 0, sessions of each: 2'
	base_is '.[1:] | map([.case, .metric, (.sessions | map(.value))]) ==
		[["a", "m", [1]], ["a", "n", [1]], ["b", "m", [1, 2]]]'
}

@test "mk-baseline: only what the case declares" {
	{
		run_record 1 01
		echo '{"type":"case","case":"a","metrics":[{"name":"m"}]}'
		echo '{"type":"case","case":"none","metrics":[]}'
		echo '{"type":"case","case":"unsaid"}'
		for name in a none unsaid b; do
			summary 1 $name m 1
			summary 1 $name max_rss 1
		done
		end_record 1
	} >stdin
	expect 0 mk-baseline -q
	out_json '.[1:] | map(.case + " " + .metric) == ["a m", "b m",
		"b max_rss", "unsaid m", "unsaid max_rss"]'
}

@test "mk-baseline: only names that match" {
	{ summary 1 fast m 1; summary 1 slow latency 1; summary 1 slow m 1; } >stdin
	expect 0 mk-baseline -q -m fas --match late
	out_json '.[1:] | map(.case + " " + .metric) == ["fast m", "slow latency"]'
	expect 2 mk-baseline -m 'fas*'
	err_is 'mk-baseline: none of the summaries can be accepted: no name matches'
}

@test "mk-baseline: variants" {
	{
		summary 1 a m 1
		summary 1 a m 2 ',"variant":"head"'
		summary 1 a m 3 ',"variant":"base"'
	} >stdin
	expect 0 mk-baseline -q
	out_json '.[1].sessions | map(.value) == [1]'
	expect 0 mk-baseline -q --variant head
	out_json '.[1].sessions | map(.value) == [2]'
	expect 2 mk-baseline -v tail
	err_is 'mk-baseline: no summary of variant tail can be accepted: there is none of it'
	sed -i 1d stdin
	expect 2 mk-baseline
	err_is 'mk-baseline: none of the summaries can be accepted: all of them have a variant; -v NAME accepts one'
	expect 2 mk-baseline -v head -m else
	err_is 'mk-baseline: no summary of variant head can be accepted: not of that variant: 1, with no name that matches: 1'
	{
		echo '{"type":"case","case":"a","metrics":[{"name":"n"}]}'
		summary 1 a m 1
		summary 1 b m 1
		echo '{"type":"trial","case":"b","status":"exit"}'
	} >stdin
	expect 2 mk-baseline -f
	err_has 'mk-baseline: none of the summaries can be accepted: in cases that failed: 1, not declared by their cases: 1'
}

@test "mk-baseline: a metric that is not the same starts anew" {
	accept 1 2
	session 3 03 3 k ',"id":"1"' | mk-baseline -q -b base
	values_are '1,2,3'
	base_is '.[1].id == "1"'
	# Who does not say its id is believed; and the id stays.
	session 4 04 4 | mk-baseline -q -b base
	base_is '.[1].id == "1" and (.[1].sessions | length) == 4'
	session 5 05 5 k ',"id":"2"' >stdin
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: case a: metric m: what is measured changed, its baseline starts anew
mk-baseline: base: metrics: 1, new: 1, sessions of each: 1'
	values_are 5
	session 6 06 6 k ',"id":"2"' | sed 's/"ms"/"s"/' >stdin
	expect 0 mk-baseline -q -b base
	err_is 'mk-baseline: case a: metric m: its unit changed, its baseline starts anew'
	values_are 6
	session 7 07 7 k ',"id":"2"' | sed 's/"ms"/"s"/; s/"median"/"max"/' >stdin
	expect 0 mk-baseline -q -b base
	err_is 'mk-baseline: case a: metric m: its aggregator changed, its baseline starts anew'
	values_are 7
	session 8 08 8 k ',"id":"2"' |
		sed 's/"ms"/"s"/; s/"median"/"max"/; s/lower/higher/' >stdin
	expect 0 mk-baseline -q -b base
	values_are '7,8'
	base_is '.[1].better == "higher"'
}

@test "mk-baseline: a run that was cut short is refused" {
	accept 1
	cp base before
	session 2 02 2 >whole
	sed '$d' whole >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 2 was cut short: not accepted without --force'
	sed 's/true/false/' whole >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 2 was cut short: not accepted without --force'
	{ sed '$d' whole; printf '{"type":"en'; } >stdin
	expect 2 mk-baseline -b base
	err_has 'the last line is cut short and is dropped'
	cmp before base
	expect 0 mk-baseline -q -f -b base
	err_has 'mk-baseline: session 2 was cut short: accepted all the same'
	values_are '1,2'
}

@test "mk-baseline: only its own end, and a complete one, ends a run" {
	{ run_record 1 01; summary 1 a m 1; end_record 2; } >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 1 was cut short: not accepted without --force'
	{ run_record 1 01; summary 1 a m 1; echo '{"type":"end","run":"r1"}'; } >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 1 was cut short: not accepted without --force'
	# Of two runs of a session the last counts, wherever the ends are.
	{
		run_record 1 01
		run_record 1 01 | sed 's/"r1"/"r2"/'
		summary 1 a m 1
		end_record 1
	} >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 1 was cut short: not accepted without --force'
	end_record 2 >>stdin
	expect 0 mk-baseline -q -b base
	values_are 1
}

@test "mk-baseline: a run that was resumed is whole" {
	{
		run_record 1 01
		echo '{"type":"end","run":"r1","complete":false}'
		session 1 01 4
	} >stdin
	expect 0 mk-baseline -q -b base
	values_are 4
}

@test "mk-baseline: failed trials are refused, and failed cases stay out" {
	{
		run_record 1 01
		echo '{"type":"trial","case":"b","status":"timeout"}'
		echo '{"type":"trial","case":"c","status":"skipped"}'
		summary 1 a m 1
		summary 1 b m 1
		summary 1 c m 1
		end_record 1
	} >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 1 has failed trials: not accepted without --force'
	[ ! -e base ]
	expect 0 mk-baseline -q --force -b base
	err_is 'mk-baseline: session 1 has failed trials: accepted all the same
mk-baseline: case b failed and is left out'
	base_is '.[1:] | map(.case) == ["a", "c"]'
	session 2 02 2 | sed 's/"failed":0/"failed":1/' >stdin
	expect 2 mk-baseline -b base
	err_has 'session 2 has failed trials'
	{ session 2 02 2; echo '{"type":"verdict","kind":"change","case":"a","verdict":"failed"}'; } >stdin
	expect 2 mk-baseline -f -b base
	err_is 'mk-baseline: case a failed and is left out
mk-baseline: none of the summaries can be accepted: their cases failed'
	{ session 2 02 2; echo '{"type":"verdict","kind":"change","case":"a","verdict":"regressed"}'; } >stdin
	expect 0 mk-baseline -q -b base
}

@test "mk-baseline: another machine is refused" {
	accept 1
	cp base before
	session 2 02 2 other >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: session 2 is of another machine than those of base: not accepted without --force'
	cmp before base
	nothing_left
	expect 0 mk-baseline -q -f -b base
	err_is 'mk-baseline: session 2 is of another machine than those of base: accepted all the same'
	values_are '1,2'
	# From now on the file knows both.
	session 3 03 3 other | mk-baseline -q -b base
	session 4 04 4 k | mk-baseline -q -b base
	summary 5 a m 5 | mk-baseline -q -b base
	values_are '1,2,3,4,5'
	# Also within what is read at once.
	{ session 1 01 1 k; session 2 02 2 other; } >stdin
	expect 2 mk-baseline
	err_has 'session 2 is of another machine than those of <stdout>'
}

@test "mk-baseline: --grow adds only where there is room" {
	accept 1 2
	{
		run_record 3 03
		summary 3 a m 3
		summary 3 b m 3
		end_record 3
	} >stdin
	expect 0 mk-baseline -g -k 2 -b base
	err_is 'mk-baseline: base: metrics: 1, new: 1, sessions of each: 1'
	base_is '.[1:] | map(.sessions | map(.value)) == [[1, 2], [3]]'
	cp base before
	session 4 04 4 >stdin
	expect 0 mk-baseline --grow -k 2 -b base
	err_is 'mk-baseline: base: nothing to change'
	cmp before base
	expect 0 mk-baseline -q --grow -k 3 -b base
	values_are '1,2,4'
	# What cannot be compared with has no place to be full of.
	session 5 05 5 | sed 's/"ms"/"s"/' >stdin
	expect 0 mk-baseline -q -g -k 1 -b base
	err_has 'its unit changed, its baseline starts anew'
	values_are 5
}

@test "mk-baseline: medians that moved by more than 5 % are told" {
	accept 100
	session 2 02 110 >stdin
	# The median is 105 now: not more than 5 %.
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: base: metrics: 1, new: 0, sessions of each: 2'
	session 3 03 -400 >stdin
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: base: metrics: 1, new: 0, sessions of each: 3'
	session 4 04 -400 >stdin
	expect 0 mk-baseline -b base
	err_has 'case a: metric m: the median moved -250%, from 100 ms to -150 ms'
	rm base
	accept 0
	session 2 02 4 >stdin
	expect 0 mk-baseline -b base
	err_has 'case a: metric m: the median moved from 0 ms to 2 ms'
}

@test "mk-baseline: what it does not know it keeps" {
	accept 1 2
	jq -c 'if .type == "baseline" then
			.sessions[0] += {by: "me", at: 0.1} | . + {noise: {p95: 0.012}}
		else . + {note: "x"} end' base >with
	{ cat with; echo '{"type":"margin", "x" : 1}'; } >base
	session 3 03 3 | mk-baseline -q -b base
	base_is '.[0].note == "x" and .[0].timestamp == "2026-11-03T00:00:00Z"'
	base_is '.[1].noise == {p95: 0.012} and .[1].sessions[0].by == "me"'
	values_are '1,2,3'
	grep -qF '"at":0.1}' base
	[ "$(tail -n 1 base)" = '{"type":"margin", "x" : 1}' ]
	# But not what was found out about something else.
	session 4 04 3 | sed 's/"ms"/"s"/' | mk-baseline -q -b base 2>/dev/null
	base_is '.[1] | has("noise") | not'
}

@test "mk-baseline: a file that is no baseline stays as it is" {
	session 1 01 1 >stdin
	cp stdin run
	expect 2 mk-baseline -b run
	err_is 'mk-baseline: run:1: this is not a baseline file'
	cmp stdin run
	echo '{"platform":"x86_64","baselines":{}}' >seed
	expect 2 mk-baseline -f -b seed
	err_is 'mk-baseline: seed:1: this is not a baseline file'
	{ echo "$HEAD"; cat run; } >mixed
	expect 2 mk-baseline -b mixed
	err_is 'mk-baseline: mixed:2: this is no record of a baseline file'
	echo '{"type":"baseline-file","v":2}' >newer
	expect 2 mk-baseline -b newer
	err_is 'mk-baseline: newer:1: a baseline file of version 2; this tool knows 1'
	{ echo "$HEAD"; printf '{"type":"baseline","case":"a","metr'; } >damaged
	expect 2 mk-baseline -f -b damaged
	err_has 'mk-baseline: damaged:2: not JSON'
	mk-baseline -q -b twice <stdin
	tail -n 1 twice >last
	cat last >>twice
	expect 2 mk-baseline -f -b twice
	err_is 'mk-baseline: twice:3: case a: metric m is here twice'
	{ echo "$HEAD"; echo '{"type":"baseline","case":"a","metric":"m","sessions":[{"n":1}]}'; } >bad
	expect 2 mk-baseline -f -b bad
	err_is 'mk-baseline: bad:2: value is missing'
	nothing_left
	: >empty
	expect 0 mk-baseline -q -b empty
	[ "$(wc -l <empty)" = 2 ]
}

@test "mk-baseline: what is no file is not replaced" {
	session 1 01 1 >stdin
	mkdir directory
	expect 2 mk-baseline -b directory
	err_is 'mk-baseline: directory: not a regular file'
	mkfifo pipe
	expect 2 mk-baseline -b pipe
	err_is 'mk-baseline: pipe: not a regular file'
	expect 2 mk-baseline -b stdin/base
	err_is 'mk-baseline: stdin/base: Not a directory'
	[ -p pipe ]
}

@test "mk-baseline: makes the directories of a new file" {
	session 1 01 1 >stdin
	expect 0 mk-baseline -q -b one/two//three/base
	[ "$(wc -l <one/two/three/base)" = 2 ]
	expect 0 mk-baseline -q -b "$PWD/four/base"
	cmp four/base one/two/three/base
	nothing_left
}

@test "mk-baseline: a link stays a link, a mode stays a mode" {
	accept 1
	umask 022
	rm base
	session 1 01 1 | mk-baseline -q -b base
	[ "$(stat -c %a base)" = 644 ]
	chmod 600 base
	mkdir away
	mv base away/real
	ln -s away/real base
	session 2 02 2 >stdin
	expect 0 mk-baseline -q -b base
	[ -L base ]
	[ "$(stat -c %a away/real)" = 600 ]
	values_are '1,2'
	rm away/real
	session 3 03 3 >stdin
	expect 2 mk-baseline -q -b base
	err_is 'mk-baseline: base: No such file or directory'
	[ -L base ]
}

@test "mk-baseline: the file of a user stays his, when root replaces it" {
	[ "$(id -u)" = 0 ] || skip 'only root can give a file away'
	accept 1
	chown nobody:nogroup base
	session 2 02 2 >stdin
	expect 0 mk-baseline -q -b base
	[ "$(stat -c %U base)" = nobody ]
	values_are '1,2'
}

@test "mk-baseline: a write that fails leaves the old file, and nothing else" {
	accept 1
	cp base before
	for i in $(seq 40); do summary 2 "case-$i" m 1; done >stdin
	expect 2 bash -c 'ulimit -f 2; exec mk-baseline -b base'
	err_has 'base: File too large'
	cmp before base
	nothing_left
}

@test "mk-baseline: killed while it waits for another writer" {
	accept 1
	cp base before
	session 2 02 2 >stdin
	exec 8<.
	flock 8
	expect 124 timeout -s TERM 0.3 mk-baseline -b base
	cmp before base
	nothing_left
	# And it does wait: once the other one is done it goes on.
	mk-baseline -q -b base <stdin 8<&- 3>&- &
	sleep 0.1
	cmp before base
	flock -u 8
	wait $!
	values_are '1,2'
}

@test "mk-baseline: what a killed writer left goes, what one works on stays" {
	accept 1
	touch .plumbline.abcdef .plumbline.ABCDEF .plumbline.longer.x .plumbline
	chmod 600 .plumbline.abcdef
	exec 8<.plumbline.ABCDEF
	flock 8
	session 2 02 2 >stdin
	expect 0 mk-baseline -q -b base
	values_are '1,2'
	[ ! -e .plumbline.abcdef ]
	[ -e .plumbline.ABCDEF ] && [ -e .plumbline.longer.x ] && [ -e .plumbline ]
	exec 8<&-
	session 3 03 3 >stdin
	expect 0 mk-baseline -q -b base
	values_are '1,2,3'
	[ ! -e .plumbline.ABCDEF ]
}

@test "mk-baseline: many writers at once lose nothing" {
	local day pids=()

	for day in 11 12 13 14 15 16 17 18 19 20; do
		session $day $day $day | mk-baseline -q -b base 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	values_are '11,12,13,14,15,16,17,18,19,20'
	nothing_left
}

@test "mk-baseline: a bad record is named by file and line" {
	accept 1
	cp base before
	printf '%s\n' '{"type":"note"}' '{"type":"summary","case":"a"}' >stdin
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: <stdin>:2: metric is missing'
	given '{"type":"summary","case":"a","metric":"m","value":"1"}'
	expect 2 mk-baseline -b base
	err_is 'mk-baseline: <stdin>:1: value is not a number'
	printf '{"type":"summary","case":"a\0","metric":"m","value":1}\n\n' >stdin
	expect 2 mk-baseline -b base
	err_has '<stdin>:1: not JSON'
	printf '{"type":"summary","case":"\377","metric":"m","value":1}\n' >stdin
	expect 2 mk-baseline -b base
	err_has '<stdin>:1: not JSON'
	expect 2 mk-baseline -b base absent
	err_is 'mk-baseline: absent: No such file or directory'
	cmp before base
}

# What is in a baseline cmp-baseline must be able to read.
@test "mk-baseline: what cmp-baseline refuses is refused" {
	local line message

	accept 1
	cp base before
	while IFS='|' read -r message line; do
		given "$line"
		expect 2 mk-baseline -f -b base
		err_is "mk-baseline: <stdin>:1: $message"
		expect 2 cmp-baseline
		ignore_out
		err_is "cmp-baseline: <stdin>:1: $message"
	done <<-'END'
		value is out of range|{"type":"summary","case":"a","metric":"m","value":1.1e280}
		value is out of range|{"type":"summary","case":"a","metric":"m","value":-1e290}
		values is out of range|{"type":"summary","case":"a","metric":"m","value":1,"values":[1e281]}
		se_block is out of range|{"type":"summary","case":"a","metric":"m","value":1,"se_block":-1}
		unknown better: Lower|{"type":"summary","case":"a","metric":"m","value":1,"better":"Lower"}
		metrics is not a list|{"type":"case","case":"a","metrics":{}}
		criteria is not a list|{"type":"case","case":"a","criteria":{}}
		unknown better: Lower|{"type":"case","case":"a","metrics":[{"name":"m","better":"Lower"}]}
		unknown severity: block|{"type":"case","case":"a","metrics":[{"name":"m","severity":"block"}]}
	END
	for line in 's/"value":1/"value":1e281/' 's/\[\(.*\)\]/{}/'; do
		sed "$line" before >base
		session 2 02 2 >stdin
		expect 2 mk-baseline -f -b base
		err_has 'mk-baseline: base:2: '
		expect 2 cmp-baseline -b base
		ignore_out
		err_has 'cmp-baseline: base:2: '
	done
	cp before base
	given '{"type":"summary","case":"a","metric":"m","value":1e280}'
	expect 0 mk-baseline -q
	cp out base
	ignore_out
	expect 0 cmp-baseline -b base
	ignore_out
}

@test "mk-baseline: a time that is none" {
	local time

	for time in 2026-11-31T00:00:00Z 2026-12-00 2026-02-29 2026-13-01 \
		2026-11-21T24:00:00Z 2026-11-21T01:60:00Z 2026-11-21T01:30:00 \
		2026-11-21T01:30:00+01:00 2026-11-21T01:30Z 2026-1-2 \
		2026-11-21T01:30:00.Z.5 yesterday ''; do
		given '{"type":"run","run":"r","time":"'"$time"'"}'
		expect 2 mk-baseline
		err_is "mk-baseline: <stdin>:1: time is no time as 2026-11-21T01:30:00Z: $time"
		printf '%s\n' "$HEAD" '{"type":"baseline","case":"a","metric":"m","sessions":[{"value":1,"time":"'"$time"'"}]}' >base
		session 1 01 1 >stdin
		expect 2 mk-baseline -b base
		err_has 'mk-baseline: base:2: time is no time'
	done
	for time in 2026-11-30T23:59:60Z 2028-02-29 2000-02-29T00:00:00.125Z; do
		session 1 01 1 | sed "s/2026-11-01T00:00:00Z/$time/" >stdin
		expect 0 mk-baseline -q
		out_has "\"time\":\"$time\""
	done
}

@test "mk-baseline: a last line without its newline" {
	session 1 01 1 >whole
	printf %s "$(cat whole)" >stdin
	expect 0 mk-baseline -q -b base
	values_are 1
	printf %s "$(cat base)" >open
	mv open base
	session 2 02 2 >stdin
	expect 0 mk-baseline -q -b base
	values_are '1,2'
}

@test "mk-baseline: a line of 10 MB, here and there" {
	{
		printf '{"type":"note","text":"'
		head -c 10485760 /dev/zero | tr '\0' x
		printf '"}\n'
	} >long
	{ cat long; session 1 01 1; } >stdin
	expect 0 mk-baseline -q -b base
	values_are 1
	cat long >>base
	session 2 02 2 >stdin
	expect 0 mk-baseline -q -b base
	head -n 2 base >short
	tail -n 1 base | cmp - long
	mv short base
	values_are '1,2'
}

@test "mk-baseline: a disk that is full, a stdout that is closed" {
	session 1 01 1 >stdin
	expect 2 sh -c 'mk-baseline -q >/dev/full'
	err_is 'mk-baseline: stdout: No space left on device'
	expect 2 sh -c 'mk-baseline -q >&-'
	err_is 'mk-baseline: stdout: Bad file descriptor'
	expect 0 sh -c 'mk-baseline -q -b base >&-'
	values_are 1
}

@test "mk-baseline: a reader that leaves ends it" {
	for i in $(seq 5000); do summary 1 "case-$i" m 1; done >stdin
	# shellcheck disable=SC2016
	expect 0 bash -c 'mk-baseline -q | head -n 1; [ "${PIPESTATUS[0]}" = 141 ]'
	out_is '{"type":"baseline-file","v":1}'
}

@test "mk-baseline: -g, which no person called, does not tell what moved" {
	accept 100
	session 2 02 200 >stdin
	expect 0 mk-baseline -g -b base
	err_is 'mk-baseline: base: metrics: 1, new: 0, sessions of each: 2'
}

# A session of value $1 whose metric has the verdict $2, with more members $3.
judged() {
	session 3 03 "$1"
	printf '{"type":"verdict","kind":"change","case":"a","metric":"m",'
	printf '"verdict":"%s"%s}\n' "$2" "${3-}"
	printf '{"type":"verdict","kind":"change","case":"a",'
	printf '"metric":"other","verdict":"improved"}\n'
}

@test "mk-baseline: a metric whose level changed starts anew" {
	local word

	for word in regressed improved exact-changed; do
		rm -f base
		accept 100 101
		judged 50 $word >stdin
		expect 0 mk-baseline -b base
		err_has "case a: metric m: its level changed, its baseline starts anew"
		values_are 50
	done
	for word in small unchanged inconclusive; do
		rm -f base
		accept 100 101
		judged 102 $word >stdin
		expect 0 mk-baseline -q -b base
		values_are 100,101,102
	done
}

@test "mk-baseline: -g adds nothing that may be another level" {
	local word more

	for word in regressed improved exact-changed; do
		rm -f base
		accept 100 101
		judged 50 $word >stdin
		expect 0 mk-baseline -g -b base
		err_is 'mk-baseline: base: metrics that may have changed, and are not added: 1
mk-baseline: base: nothing to change'
		values_are 100,101
	done
	for more in '"p":0.05,"n":10' '"p_better":0.05,"n":10' '"p":0.9,"n":9'; do
		rm -f base
		accept 100 101
		judged 110 inconclusive ",$more" >stdin
		expect 0 mk-baseline -q -g -b base
		values_are 100,101
		expect 0 mk-baseline -q -b base
		values_are 100,101,110
	done
	# What a second measurement did not confirm.
	rm base
	accept 100 101
	judged 110 unconfirmed >stdin
	expect 0 mk-baseline -q -g -b base
	values_are 100,101
	expect 0 mk-baseline -q -b base
	values_are 100,101,110
	rm base
	accept 100 101
	judged 102 inconclusive ',"p":0.06,"p_better":0.9,"n":10' >stdin
	expect 0 mk-baseline -q -g -b base
	values_are 100,101,102
	rm base
	judged 50 inconclusive ',"p":0.01,"n":3' >stdin
	expect 0 mk-baseline -q -g -b base
	values_are 50
}

@test "mk-baseline: the probe and the shadow never enter" {
	{
		run_record 1 01
		printf '{"type":"case","case":":probe","metrics":[%s]}\n' \
			'{"name":"cpu_loop","gate":false,"severity":"info"}'
		summary 1 :probe cpu_loop 7
		summary 1 a m 100
		summary 1 a m 900 ',"variant":"aa"'
		end_record 1
	} >stdin
	expect 0 mk-baseline -q -b base
	values_are 100
	expect 2 mk-baseline -q -v aa -b other
	err_is 'mk-baseline: no summary of variant aa can be accepted: there is none of it'
	[ ! -e other ]
	expect 2 mk-baseline -q -f -v aa -b other
	err_is 'mk-baseline: no summary of variant aa can be accepted: there is none of it'
}

# Of the shadow nothing enters but how far it is from its case.
@test "mk-baseline: what --aa measured is kept, and becomes a noise floor" {
	local i aa

	for i in 1 2 3 4 5 6; do
		aa=$((100 + i * (i % 2 ? -1 : 1)))
		{
			run_record $i "0$i"
			summary $i a m 100
			summary $i a m $aa ',"variant":"aa"'
			summary $i a n 100
			summary $i a n 0 ',"variant":"aa"'
			summary $i b m 100
			end_record $i
		} | mk-baseline -q -b base
		base_is "map(select(.metric == \"n\" or .case == \"b\")) |
			length == 2 and all(.[]; has(\"noise_floor\") or
			any(.sessions[]; has(\"aa\")) | not)"
		if [ $i -lt 5 ]; then
			base_is '.[1] | has("noise_floor") | not'
		fi
	done
	# By hand: 0.01005 0.0198 0.03046 0.0392 0.05129 0.05827 as logarithms.
	base_is '.[1] | (.sessions | map(.aa * 100 | round)) ==
		[-1, 2, -3, 4, -5, 6] and
		(.noise_floor / ((0.05129 + 0.75 * (0.05827 - 0.05129) | exp) -
		1) - 1 | fabs) < 1e-3'
	# It is made of the sessions that are kept.
	session 7 07 100 | mk-baseline -q -k 5 -b base
	base_is '.[1] | .sessions | length == 5'
	base_is '.[1] | has("noise_floor") | not'
	# Of a variant that is not the first nobody knows which the shadow is of.
	{
		summary 1 a m 100 ',"variant":"head"'
		summary 1 a m 101 ',"variant":"aa"'
	} >stdin
	expect 0 mk-baseline -q -v head
	out_json '.[1].sessions[0] | has("aa") | not'
}

@test "mk-baseline: a trial that was rejected is no failure" {
	{
		run_record 1 01
		printf '{"type":"trial","case":"a","phase":"%s","status":"%s"}\n' \
			rejected timeout measure ok
		summary 1 a m 100
		end_record 1
	} >stdin
	expect 0 mk-baseline -q -b base
	values_are 100
}

@test "mk-baseline: -g makes room where a change was accepted" {
	accept 1 1 1
	new() { # [FIELD]
		run_record 4 04
		summary 4 a m 2
		printf '{"type":"verdict","kind":"change","case":"a","metric":"m","verdict":"new"%s}\n' "${1-}"
		end_record 4
	}
	new >stdin
	expect 0 mk-baseline -q -g -k 3 -b base
	values_are '1,1,1'
	new ',"left_out":3' >stdin
	expect 0 mk-baseline -q -g -k 3 -b base
	values_are '1,1,2'
}

@test "mk-baseline: --reason stays with the sessions it was given for" {
	accept 1 2
	session 3 03 9 >stdin
	expect 0 mk-baseline -q -b base --reason 'a "new" allocator'
	base_is '.[1].sessions | map(.reason) == [null, null, "a \"new\" allocator"]'
	# The same session again: nothing new is known, or another reason is.
	cp base before
	expect 0 mk-baseline -b base
	err_is 'mk-baseline: base: nothing to change'
	cmp before base
	expect 0 mk-baseline -q -b base --reason 'it is as it is'
	base_is '.[1].sessions | map(.reason) == [null, null, "it is as it is"]'
	# It goes with its session, and an empty one is none.
	session 4 04 9 >stdin
	expect 0 mk-baseline -q -k 1 -b base --reason ''
	base_is '.[1].sessions == [{session: "4", machine: "k",
		time: "2026-11-04T00:00:00Z", commit: "c4", branch: "b", value: 9, n: 10}]'
	values_are 9
}

# Cases a to d and their two metrics; b only declares m, c fails, d is skipped.
vanishing() {
	for name in a b c d gone; do
		summary 1 $name m 1
		summary 1 $name x 1
	done | mk-baseline -q -b base
	run_record 2 02
	for name in a b c d; do
		echo '{"type":"case","case":"'$name'","metrics":[{"name":"m"},{"name":"x"}]}'
	done | sed '/"b"/s/,{"name":"x"}//'
	echo '{"type":"trial","case":"c","status":"exit"}'
	echo '{"type":"trial","case":"d","status":"skipped"}'
	summary 2 a m 1
	summary 2 b m 1
	end_record 2
}

@test "mk-baseline: what the run does not have goes only under --prune" {
	vanishing >stdin
	expect 0 mk-baseline -qf -b base
	ignore_err
	base_is '.[1:] | length == 10'
	expect 0 mk-baseline -qf --prune -m m -b base
	err_has 'mk-baseline: case gone: metric m: not in this run: pruned'
	base_is '.[1:] | length == 9'
	expect 0 mk-baseline -qf --prune -b base
	err_is 'mk-baseline: session 2 has failed trials: accepted all the same
mk-baseline: case c failed and is left out
mk-baseline: case b: metric x: not in this run: pruned
mk-baseline: case gone: metric x: not in this run: pruned'
	base_is '.[1:] | map(.case + .metric) ==
		["am", "ax", "bm", "cm", "cx", "dm", "dx"]'
	# Bare summaries are all that is known of their cases.
	summary 3 a m 1 >stdin
	expect 0 mk-baseline -q --prune -b base
	ignore_err
	base_is '.[1:] | map(.case + .metric) == ["am"]'
	expect 2 mk-baseline -g --prune -b base
	err_has '--grow and --prune: one of them only'
}
