#!/usr/bin/env bats
# The page as the filter writes it; test/browser looks at it in a browser.

load helper

# The data of the page that the last expect wrote, in the file data.
data_of() {
	touch looked_out
	sed -n '/ id="data">$/,/^<\/script>$/{/^</d;p;}' "${1:-out}" >data
	[ -s data ]
}

data_is() {
	jq -e "$1" data >/dev/null || {
		echo "not true of the data: $1" >&2
		head -c 3000 data >&2
		return 1
	}
}

@test "mk-dash: three fields make a point" {
	given '{"case":"a/n=1","metric":"m","value":1.5}' \
		'{"type":"point","case":"a/n=1","metric":"m","value":2}'
	expect 0 mk-dash
	out_has '<!DOCTYPE html>'
	data_of
	data_is '.series | length == 1'
	data_is '.series[0] | .metric == "m" and .value == [1.5, 2]'
	data_is '.cases == [{"case":"a/n=1","workload":"a"}]'
	data_is '.runs.n == 2'
}

@test "mk-dash: a demo of a history, column by column" {
	"$TOP/test/demo-history" --points >stdin
	expect 0 mk-dash
	data_of
	data_is '.runs.n == 128 and (.runs.time | length) == 128'
	data_is '.series | length == 27'
	data_is '[.series[].value | length] | add == 1152'
	data_is '.changes | length == 10'
	data_is '.marks | map(.kind) | sort == ["change", "mute"]'
	data_is '.cases[2].criteria[0].limit == 12'
	# What points and series are made of comes out again.
	jq -r 'select(.type == "point") | [.metric, .branch, .machine] | @tsv' \
		stdin | sort | uniq -c | sort >wanted
	jq -r '.series[] | .value[] as $v |
		[.metric, .branch, .machine] | @tsv' data |
		sort | uniq -c | sort >found
	diff wanted found
	jq -s 'map(select(.type == "point") | .value) | add' stdin >wanted
	jq '[.series[].value[]] | add' data >found
	paste wanted found | awk '{ exit !($1 / $2 - 1 < 1e-6 && $2 / $1 - 1 < 1e-6) }'
}

@test "mk-dash: the run of a point, its result and its report" {
	given '{"type":"run","v":1,"run":"20260102T030405Z-ab12","time":"2026-01-02T03:04:05Z","commit":"0123456789abcdef0123456789abcdef01234567","branch":"main","arch":"x86_64","machine":"m1","dirty":true,"host":{"cpu":"c"},"checks":[{"id":"i","level":"ok"}],"result":"fail","report":"r.html"}' \
		'{"type":"point","case":"a","metric":"m","value":1,"run":"20260102T030405Z-ab12"}'
	expect 0 mk-dash
	data_of
	data_is '.runs.run == ["-ab12"] and .runs.time == 1767323045'
	data_is '.runs.commit == ["0123456789abcdef"] and .runs.dirty == 1'
	data_is '.texts[.runs.result] == "fail" and .runs.report == ["r.html"]'
	data_is '.texts[.runs.branch] == "main" and .texts[.runs.arch] == "x86_64"'
	data_is '.hosts[.runs.host].cpu == "c"'
	data_is '.checks[.runs.checks][0].id == "i"'
}

# What the page PAGE says of the report REPORT: report_in PAGE REPORT.
report_in() {
	given "{\"type\":\"run\",\"v\":1,\"run\":\"r\",\"report\":\"$2\"}" \
		'{"case":"a","metric":"m","value":1,"run":"r"}'
	mk-dash -o "$1" <stdin
	data_of "$1"
	jq -r '.runs.report[0]' data
}

@test "mk-dash: reports are where the page can find them" {
	mkdir -p out/deep other
	[ "$(report_in page.html r/a.html)" = r/a.html ]
	[ "$(report_in out/page.html out/r/a.html)" = r/a.html ]
	[ "$(report_in out/page.html ./out/./r//a.html)" = r/a.html ]
	[ "$(report_in out/deep/page.html out/r/a.html)" = ../r/a.html ]
	[ "$(report_in out/deep/page.html r/a.html)" = ../../r/a.html ]
	[ "$(report_in out/page.html out/deep/../a.html)" = a.html ]
	[ "$(report_in "$PWD/other/page.html" out/a.html)" = ../out/a.html ]
	[ "$(report_in out/page.html "$PWD/a.html")" = "$PWD/a.html" ]
	[ "$(report_in out/page.html https://ci.invalid/1)" = https://ci.invalid/1 ]
	[ "$(report_in out/page.html ../a.html)" = ../../a.html ]
}

@test "mk-dash: a result behind its run says how that ended" {
	given '{"type":"run","v":1,"run":"r1"}' \
		'{"type":"point","case":"a","metric":"m","value":1,"run":"r1"}' \
		'{"type":"result","status":"pass","run":"r1"}'
	expect 0 mk-dash
	data_of
	data_is '.texts[.runs.result] == "pass"'
}

@test "mk-dash: runs without records are in the order of their times" {
	given '{"case":"a","metric":"m","value":1,"time":"2026-01-03","run":"c"}' \
		'{"case":"b","metric":"m","value":2,"time":"2026-01-01","run":"a"}' \
		'{"case":"b","metric":"m","value":3,"time":"2026-01-02","run":"b"}'
	expect 0 mk-dash
	data_of
	data_is '.runs.run == ["a", "b", "c"]'
	data_is '.series[0].run == [2] and .series[1].run == [0, 1]'
}

@test "mk-dash: a run is where the series have it, and else where it came" {
	for r in a b c old d; do
		printf '{"type":"run","v":1,"run":"%s"}\n' "$r"
	done >stdin
	for r in a/1 a/2 old/2 b/1 b/2 c/1 c/2 d/1; do
		printf '{"case":"%s","metric":"m","value":1,"run":"%s"}\n' \
			"${r#*/}" "${r%/*}"
	done >>stdin
	expect 0 mk-dash
	data_of
	data_is '.runs.run == ["a", "old", "b", "c", "d"]'
	# Series that contradict each other are shown all the same.
	given '{"case":"x","metric":"m","value":1,"run":"a"}' \
		'{"case":"x","metric":"m","value":1,"run":"b"}' \
		'{"case":"y","metric":"m","value":1,"run":"b"}' \
		'{"case":"y","metric":"m","value":1,"run":"a"}'
	expect 0 mk-dash
	data_of
	data_is '.runs.run | sort == ["a", "b"]'
}

@test "mk-dash: two ids, units, machines or branches are two series" {
	given '{"case":"a","metric":"m","value":1}' \
		'{"case":"a","metric":"m","value":1,"id":"x"}' \
		'{"case":"a","metric":"m","value":1,"unit":"s"}' \
		'{"case":"a","metric":"m","value":1,"machine":"x"}' \
		'{"case":"a","metric":"m","value":1,"branch":"x"}' \
		'{"case":"a","metric":"m","value":1,"target":"x"}' \
		'{"case":"a","metric":"m","value":1,"arch":"x"}' \
		'{"case":"a","metric":"m","value":2}'
	expect 0 mk-dash
	data_of
	data_is '.series | length == 7'
	data_is '.series[0].value == [1, 2]'
}

@test "mk-dash: intervals are how far they reach, n is one number" {
	given '{"case":"a","metric":"m","value":100,"ci":[99.5,101.25],"n":10}' \
		'{"case":"a","metric":"m","value":123456.78901234,"n":10}'
	expect 0 mk-dash
	data_of
	data_is '.series[0] | .lo == [0.5, null] and .hi == [1.25, null]'
	data_is '.series[0] | .n == 10 and .value[1] == 123456.8'
}

@test "mk-dash: numbers of every size keep seven digits" {
	for x in 0 -1.5 0.1 1e-9 -2.5e-7 123456789012 1234567890123456 \
		1.23456789123e250 99999.99999 0.00123456789; do
		printf '{"case":"a","metric":"m","value":%s,"ci":[%s,%s]}\n' $x $x $x
	done >stdin
	expect 0 mk-dash
	data_of
	jq -c '.series[0].value' data >found
	jq -sc 'map(.value)' stdin >wanted
	jq -sce '[., $wanted] as $x | [range(10)] | all(
		($x[0][0][.] - $x[1][0][.]) as $d |
		($d | fabs) <= ($x[1][0][.] | fabs) * 1e-6)' \
		--slurpfile wanted wanted found
}

@test "mk-dash: values are there where the points have them" {
	given '{"case":"a","metric":"m","value":2,"values":[1,2,3]}' \
		'{"case":"a","metric":"m","value":2}'
	expect 0 mk-dash
	data_of
	data_is '.series[0].values == [[1, 2, 3], null]'
}

@test "mk-dash: a baseline is the median of its sessions, by machine" {
	mkdir -p baselines/v1.0
	printf '%s\n' '{"type":"baseline-file","v":1}' \
		'{"type":"baseline","case":"a","metric":"m","unit":"s","sessions":[{"machine":"x","value":3},{"machine":"x","value":1},{"machine":"x","value":2},{"machine":"y","value":7}]}' \
		>baselines/v1.0/x86_64.jsonl
	given '{"case":"a","metric":"m","value":2}'
	expect 0 mk-dash -b baselines/v1.0/x86_64.jsonl
	data_of
	data_is '.baselines | map([.name, .machine, .value, .n]) ==
		[["v1.0/x86_64", "x", 2, 3], ["v1.0/x86_64", "y", 7, 1]]'
}

@test "mk-dash: a baseline has no sessions from before an accepted change" {
	# session TIME VALUE, and point BRANCH TIME VALUE
	session() {
		printf '{"machine":"x","time":"%s","value":%s}' "$@"
	}
	point() {
		printf '{"type":"point","case":"a","metric":"m","unit":"s","machine":"x","branch":"%s","time":"%s","value":%s}\n' "$@"
	}
	printf '{"type":"baseline","case":"a","metric":"m","unit":"s","sessions":[%s,%s,%s]}\n' \
		"$(session 2026-01-01 10)" "$(session 2026-01-02 10)" \
		"$(session 2026-01-06 20)" >base.jsonl
	mark='{"type":"mark","mark":"k","kind":"change","case":"a","metric":"m","time":"2026-01-05","branch":"main"}'
	given "$(point main 2026-01-07 20)" "$(point old 2026-01-03 10)" \
		"$mark"
	expect 0 mk-dash -b base.jsonl
	data_of
	data_is '.baselines | map([.series, .value, .n]) ==
		[[0, 20, 1], [1, 10, 3]]'
	# Before it the sessions from before it count.
	given "$mark" "$(point main 2026-01-03 10)"
	expect 0 mk-dash -b base.jsonl
	data_of
	data_is '.baselines | map([.series, .value, .n]) == [[0, 10, 2]]'
	# A mark of another metric leaves all; where none is left there is no line.
	given "${mark/\"m\"/\"other\"}" "$(point main 2026-01-07 20)"
	expect 0 mk-dash -b base.jsonl
	data_of
	data_is '.baselines | map([.value, .n]) == [[10, 3]]'
	given "${mark/01-05/01-07}" "$(point main 2026-01-07 20)"
	expect 0 mk-dash -b base.jsonl
	data_of
	data_is '.baselines == []'
}

@test "mk-dash: names cannot leave their place" {
	given '{"case":"</script><script>alert(1)</script>","metric":"<!--<script>","value":1,"branch":"\u2028\u2029\u202e&lt;\"","commit":"__proto__","machine":"constructor"}'
	expect 0 mk-dash --title '</title><script>alert(2)</script>&'
	# dygraphs and ours are the only script, and the data the other one.
	[ "$(grep -c '<script' out)" -eq 2 ]
	[ "$(grep -c '</script' out)" -eq 2 ]
	[ "$(grep -c '</title' out)" -eq 1 ]
	out_has '&lt;/title>&lt;script>'
	data_of
	[ "$(wc -l <data)" -eq 1 ]
	run ! grep -q '<' data
	run ! grep -qP '\x{2028}|\x{2029}' data
	data_is '.cases[0].case == "</script><script>alert(1)</script>"'
	data_is '.series[0].branch == "\u2028\u2029\u202e&lt;\""'
	data_is '.series[0].metric == "<!--<script>"'
}

@test "mk-dash: only its own script and style are allowed" {
	given '{"case":"a","metric":"m","value":1}'
	expect 0 mk-dash
	out_has "default-src 'none'"
	for part in script style; do
		hash=$(sed -n "s/.*$part-src 'sha256-\\([^']*\\)'.*/\\1/p" out)
		awk -v part="<$part>" -v end="</$part>" '
			inside && index($0, end) == 1 { exit }
			inside { printf "%s\n", $0 }
			index($0, part) { inside = 1; printf "\n" }' out >text
		digest=$(sha256sum <text | cut -c1-64 | sed 's/../\\x&/g')
		[ "$(printf '%b' "$digest" | base64)" = "$hash" ]
	done
	run ! grep -qE '(src|href)="?(https?:)?//' out
	out_has 'Permission is hereby granted, free of charge'
	run ! grep -q sourceMappingURL out
}

@test "mk-dash: the same input makes the same bytes" {
	"$TOP/test/demo-history" --points >history
	expect 0 mk-dash -o one.html history
	expect 0 mk-dash -o two.html history
	cmp one.html two.html
	expect 0 mk-dash history
	cmp one.html out
	ignore_out
}

@test "mk-dash: 100,000 points fit into 3 MB" {
	awk 'BEGIN {
		for (s = 0; s < 100; s++)
			for (r = 0; r < 1000; r++)
				printf "{\"type\":\"point\",\"case\":\"c/n=%d\",\"metric\":\"wall_time\",\"unit\":\"ns\",\"run\":\"run-%04d\",\"time\":\"2026-01-%02d\",\"commit\":\"%040d\",\"value\":%.9g,\"n\":10,\"ci\":[%.9g,%.9g]}\n", \
					s, r, r / 40 + 1, r, 1712345.678 + r / 7, \
					1702345.678, 1722345.678
	}' >stdin
	expect 0 mk-dash -o page.html
	data_of page.html
	data_is '[.series[].value | length] | add == 100000'
	[ "$(stat -c %s page.html)" -lt 3000000 ]
}

@test "mk-dash: nothing to show is an error" {
	expect 2 mk-dash
	err_is 'mk-dash: there are no points to show'
	given '{"type":"run","v":1,"run":"r"}'
	expect 2 mk-dash
	err_is 'mk-dash: there are no points to show'
}

@test "mk-dash: bad points are named by line" {
	given '{"type":"point","case":"a","metric":"m"}'
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:1: value is missing'
	given '{"case":"a","metric":"m","value":"1"}'
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:1: value is not a number'
	given '{"case":"a","metric":"m","value":1}' \
		'{"case":"a","metric":"m","value":1,"ci":[1]}'
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:2: ci is not a list of two numbers'
	given '{"case":"a","metric":"m","value":1,"time":"today"}'
	expect 2 mk-dash
	err_has 'mk-dash: <stdin>:1: time is no time'
	given '{"case":"a","metric":"m","value":1e300}'
	expect 2 mk-dash
	err_has 'mk-dash: <stdin>:1: value '
}

@test "mk-dash: a change must be at a point" {
	given '{"case":"a","metric":"m","value":1}' \
		'{"type":"change","kind":"step","case":"a","metric":"m","index":1}'
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:2: index is that of no point: 1'
	given '{"case":"a","metric":"m","value":1}' \
		'{"type":"change","kind":"step","case":"a","metric":"m","index":0.5}'
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:2: index is that of no point: 0.5'
	# That of a series that was filtered away is none to be shown.
	given '{"case":"a","metric":"m","value":1}' \
		'{"type":"change","kind":"step","case":"b","metric":"m","index":1}'
	expect 0 mk-dash
	data_of
	data_is '.changes == []'
}

@test "mk-dash: -o leaves the old page where there is trouble" {
	echo old >page.html
	given '{"case":"a","metric":"m","value":"x"}'
	expect 2 mk-dash -o page.html
	err_has 'value is not a number'
	[ "$(cat page.html)" = old ]
	given '{"case":"a","metric":"m","value":1}'
	expect 0 mk-dash -o page.html
	grep -q '<!DOCTYPE html>' page.html
	[ "$(echo *.html*)" = page.html ]
	expect 2 mk-dash -o no/such/page.html
	err_has 'mk-dash: no/such'
	expect 0 mk-dash -o -
	out_has '<!DOCTYPE html>'
}

@test "mk-dash: a bad baseline is named" {
	given '{"case":"a","metric":"m","value":1}'
	expect 2 mk-dash -b missing.jsonl
	err_is 'mk-dash: missing.jsonl: No such file or directory'
	echo '{"type":"baseline","case":"a","metric":"m","sessions":[{"value":"x"}]}' >bad.jsonl
	expect 2 mk-dash -b bad.jsonl
	err_is 'mk-dash: bad.jsonl:1: value is not a number'
}

@test "mk-dash: the page is valid HTML" {
	command -v tidy >/dev/null || skip 'there is no tidy'
	"$TOP/test/demo-history" --points >stdin
	expect 0 mk-dash -o page.html --title 'a & b'
	# What it has against script and style elements is their content.
	tidy -q -e --show-warnings yes page.html >tidy.out 2>&1 || true
	run ! grep -vE 'trimming empty|proprietary' tidy.out
}

@test "mk-dash: make perf-dashboard makes the page of a history" {
	mkdir -p baselines/local
	printf 'PERF_TOOLS = %s/bin\ninclude %s/lib/perf.mk\n' \
		"$PLUMBLINE_BUILD" "$TOP" >Makefile
	unset HISTORY BASELINE VALUES PERF_OUT
	expect 2 make perf-dashboard
	err_has 'history'
	ignore_out
	[ ! -e perf_results/dashboard.html ]
	"$TOP/test/demo-history" |
		hist-add -d history --report perf_results/r/report.html >filed
	echo '{"type":"baseline","case":"compile","metric":"wall_time","unit":"ns","sessions":[{"value":1.8e9}]}' \
		>baselines/local/x86_64.jsonl
	expect 0 make perf-dashboard
	out_is 'dashboard: perf_results/dashboard.html'
	[ "$(ls perf_results)" = dashboard.html ]
	data_of perf_results/dashboard.html
	data_is '.runs.n == 128 and .runs.report[0] == "r/report.html"'
	data_is '.baselines[0].name == "local/x86_64"'
	data_is '[.changes[] | select(.kind == "step" and .worse)] | length >= 2'
	data_is '.series[0].values[0] | length == 10'
	expect 0 make perf-dashboard VALUES=0 HISTORY=history
	ignore_out
	data_of perf_results/dashboard.html
	data_is '.series[0] | has("values") | not'
}

@test "mk-dash: what a point or a mark cannot say is refused" {
	local point='{"case":"a","metric":"m","value":1'

	given "$point}" "$point,\"threshold_percent\":-1}"
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:2: threshold_percent is out of range'
	given "$point,\"better\":\"sideways\"}"
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:1: unknown better: sideways'
	given "$point,\"ci\":[2,1]}"
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:1: ci ends before it begins'
	given "$point,\"ci\":[1,1]}" \
		'{"type":"mark","mark":"k","kind":"maybe","case":"a"}'
	expect 2 mk-dash
	err_is 'mk-dash: <stdin>:2: unknown kind: maybe'
}
