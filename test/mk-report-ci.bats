#!/usr/bin/env bats
# mk-report: what CI systems read: JUnit's XML, annotations, badges and the
# exit status. Each is looked at by a program that is not ours.

# mk-report.bash assigns hostile_texts.
# shellcheck disable=SC2154

load helper
load mk-report

junit() {
	expect 0 mk-report -f junit "$@"
	ignore_out
	xmllint --noout --schema "$DATA/junit.xsd" out 2>xmllint.err || {
		cat xmllint.err out >&2
		return 1
	}
}

# An XPath expression over the XML that was written.
xpath() {
	xmllint --xpath "$1" out
}

# --- JUnit ---

@test "mk-report: each verdict that gates is a test case" {
	junit "$DATA/verdicts.jsonl"
	[ "$(xpath 'count(//testcase)')" = 14 ]
	[ "$(xpath 'string(//testsuite/@tests)')" = 14 ]
	[ "$(xpath 'count(//failure)')" = 4 ]
	[ "$(xpath 'string(//testsuite/@failures)')" = 4 ]
	[ "$(xpath 'count(//skipped)')" = 4 ]
	[ "$(xpath 'string(//testsuite/@skipped)')" = 4 ]
	[ "$(xpath 'string(//testsuite/@errors)')" = 0 ]
	[ "$(xpath 'string(//testsuite/@time)')" = 30.020 ]
	[ "$(xpath 'string(//testsuite/@timestamp)')" = 2026-11-21T01:30:00 ]
	[ "$(xpath 'string(//property[@name="arch"]/@value)')" = x86_64 ]
	[ "$(xpath 'count(//testcase[@classname="vector-similarity" and
		@name="dim=128/wall_time" and @time="0.001334000"]/failure[
		@type="regressed"])')" = 1 ]
	xpath 'string(//testcase[@name="dim=128/wall_time"]/failure)' >body
	grep -qF 'regressed: 8.1% slower, 95 % interval +6.1% to +10.2%' body
	grep -qF 'baseline 1.234 ms, current 1.334 ms' body
	grep -qF '5 sessions, p < 0.0001, q < 0.0001' body
	grep -qF 'worse by more than ' body
	# A criterion is not the metric that it is on.
	[ "$(xpath 'count(//testcase[@name="packet_size_bytes=1024/latency_p99 <= 75 us"])')" = 1 ]
	xpath 'string(//system-out)' | grep -qF 'throughput: regressed'
	xpath 'string(//system-err)' | grep -qF 'stop it, or measure again'
}

@test "mk-report: why a limit could not be judged is in every format" {
	{
		printf '%s\n' '{"type":"verdict","kind":"criterion","case":"a","metric":"m","verdict":"unknown","operator":"<=","limit":5,"gating":true,"severity":"blocking","why":"must be <= 5 ms, but its case was skipped: needs nft"}'
		result inconclusive
	} >stdin
	for format in text md html json junit github; do
		expect 0 mk-report -f "$format"
		out_has 'but its case was skipped: needs nft'
		lacks ': ,'
	done
}

@test "mk-report: what a failed trial said last is in every format" {
	{
		printf '{"type":"trial","case":"a","phase":"measure","status":"exit","exit":3,"why":"exited 3","stderr":"%sno <such> file\\n| end"}\n' \
			"$(seq -f 'line %g' -s '\n' 20)\n"
		printf '{"type":"trial","case":"a","phase":"measure","status":"exit","exit":3,"why":"exited 3","stderr":"other"}\n'
		verdict a failed 10 10 '"why":"2 of 3 trials failed: exited 3"' |
			jq -c 'del(.metric, .change, .baseline, .current)'
		result fail
	} >stdin
	for format in text md html junit; do
		expect 0 mk-report -f "$format"
		sed -i 's/&lt;/</g; s/&gt;/>/g' out
		in_order 'line 13' 'line 20' 'no <such> file' '| end'
		lacks 'line 12'
		lacks other
	done
	expect 0 mk-report -f pdf -o report.pdf
	pdftotext report.pdf out 2>/dev/null
	in_order 'line 13' 'no <such> file' '| end'
	expect 0 mk-report -f json
	out_json '.[0].trials.failures[0].stderr | endswith("| end")'
	junit
	xpath 'string(//failure)' | grep -q 'no <such> file'
}

@test "mk-report: what is not confirmed is no failure, in any format" {
	{
		verdict a unconfirmed 10 15 '"was":"regressed","again":"inconclusive",
			"why":"+50.0% against 5 sessions: worse by more than the margin; not confirmed: measured again +0.1%, inconclusive"'
		verdict a unchanged 10 10 '"metric":"other"'
		result pass
	} >stdin
	for format in text md html json junit github badge shields; do
		expect 0 mk-report -f "$format"
		out_has 'not confirmed'
		lacks FAIL
		lacks failure\>
		lacks ::error
	done
	expect 0 mk-report
	out_has 'PASS; 1 failure not confirmed'
	in_order 'Not confirmed: failed once, and not when measured again (1)' \
		'unconfirmed' 'measured again +0.1%, inconclusive' 'Unchanged or passed'
	junit
	[ "$(xpath 'string(//testsuite/@tests)')" = 2 ]
	[ "$(xpath 'string(//testsuite/@skipped)')" = 1 ]
	xpath 'string(//testcase[@name="wall_time"]/skipped)' |
		grep -q 'measured again +0.1%, inconclusive'
	expect 0 mk-report -f github
	out_has '::warning title=a wall_time::unconfirmed: 50.0%25 slower'
	expect 0 mk-report -f badge
	out_has 'pass, 1 not confirmed'
	expect 0 mk-report -f json
	out_json '.[0].rows[0].class == "unconfirmed" and .[0].status == "pass" and
		.[0].overall_improvement == 0'
}

@test "mk-report: no test case hides what the result says" {
	{ verdict a unchanged 10 10 && result fail; } >stdin
	junit
	[ "$(xpath 'string(//testcase[@classname="plumbline" and
		@name="result"]/failure)')" = FAIL ]
	[ "$(xpath 'string(//testsuite/@failures)')" = 1 ]
	echo '{"type":"run","run":"r"}' >stdin
	junit
	[ "$(xpath 'string(//testcase/error)')" = 'INCOMPLETE RUN: it was not judged' ]
	[ "$(xpath 'string(//testsuite/@errors)')" = 1 ]
	verdict a unchanged 10 10 >stdin
	junit
	[ "$(xpath 'string(//testsuite/@errors)')" = 1 ]
	# What failed or was skipped does not hide that a run was cut short.
	for status in pass fail inconclusive; do
		{
			echo '{"type":"run","run":"r"}'
			verdict a inconclusive 10 11
			verdict b regressed 10 20
			result "$status"
		} >stdin
		junit
		xpath 'string(//testcase[@name="result"]/error)' |
			grep -q 'INCOMPLETE RUN'
		[ "$(xpath 'string(//testsuite/@errors)')" = 1 ]
		[ "$(xpath 'string(//testsuite/@tests)')" = 3 ]
	done
	result pass >stdin
	junit
	[ "$(xpath 'string(//testcase/skipped)')" = 'PASS, but nothing was compared' ]
	given '{"type":"summary","case":"a","metric":"m","value":1}'
	junit
	[ "$(xpath 'count(//testcase/skipped)')" = 1 ]
	[ "$(xpath 'string(//testsuite/@skipped)')" = 1 ]
	{ verdict a unchanged 10 10 && result pass; } >stdin
	junit
	[ "$(xpath 'count(//testcase)')" = 1 ]
}

@test "mk-report: JUnit's XML holds any text" {
	for text in "${hostile_texts[@]}"; do
		hostile "$text" >stdin
		junit --title "$text"
		[ "$(xpath 'count(//testcase)')" = 4 ]
		[ "$(xpath 'count(//failure/*)')" = 0 ]
	done
}

# --- annotations ---

@test "mk-report: annotations name the file and the line of the workload" {
	{
		echo '{"type":"case","case":"a/x=1","workload":"a","file":"perf/a,b:c%.yaml","line":12}'
		verdict a/x=1 regressed 10 12 '"ci":[0.1,0.3]'
		verdict b improved 10 5
		result fail
	} >stdin
	expect 0 mk-report -f github
	out_is '::error file=perf/a%2Cb%3Ac%25.yaml,line=12,title=a/x=1 wall_time::regressed: 20.0%25 slower, 95 %25 interval +10.0%25 to +30.0%25, 10 ms -> 12 ms%0Abecause of a/x=1
::notice title=b wall_time::improved: 50.0%25 faster, 10 ms -> 5 ms%0Abecause of b
::notice title=Performance Report::FAIL: 1 regression'
}

@test "mk-report: ten annotations of each kind, and how many more" {
	{
		for i in $(seq 12); do verdict "bad$i" regressed 10 12; done
		for i in $(seq 13); do verdict "odd$i" missing 10 12; done
		for i in $(seq 11); do verdict "good$i" improved 10 5; done
		result fail
	} >stdin
	expect 0 mk-report -f github
	out_has '::notice title=Performance Report::FAIL: 12 regressions; 2 more errors, 3 more warnings, 1 more notice, which the report has'
	[ "$(grep -c ^::error out)" -eq 10 ]
	[ "$(grep -c ^::warning out)" -eq 10 ]
	[ "$(grep -c ^::notice out)" -eq 11 ]
}

@test "mk-report: what is inconclusive is counted in one annotation" {
	{
		verdict bad regressed 10 12
		for i in $(seq 13); do verdict "odd$i" inconclusive 10 12; done
		verdict free inconclusive 10 12 '"gating":false'
		result fail
	} >stdin
	expect 0 mk-report -f github
	[ "$(wc -l <out)" -eq 2 ]
	out_has '::error title=bad wall_time::'
	out_has '::notice title=Performance Report::FAIL: 1 regression; 13 inconclusive'
	{ verdict a inconclusive 10 12 && result inconclusive; } >stdin
	expect 0 mk-report -f github
	out_is '::warning title=Performance Report::PASS, but 1 metric that gates could not be judged'
}

@test "mk-report: the result is an annotation where no row is one" {
	{ verdict a unchanged 10 10 && result fail; } >stdin
	expect 0 mk-report -f github
	out_is '::error title=Performance Report::FAIL'
	verdict a unchanged 10 10 >stdin
	expect 0 mk-report -f github --title Nightly
	out_is '::warning title=Nightly::NO RESULT: the comparison did not come to its end'
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 0 mk-report -f github
	out_is '::notice title=Performance Report::PASS'
}

@test "mk-report: no text is a command of its own" {
	for text in $'a\n::error::b' $'a\r::stop-commands::x' 'x,line=3::y' \
		"${hostile_texts[@]}"; do
		hostile "$text" >stdin
		expect 0 mk-report -f github --title "$text"
		ignore_out
		run ! grep -vE '^::(error|warning|notice) (file=[^,:]*,)?(line=[0-9]+,)?title=[^,:]*::' out
		run ! grep -E $'\r|%[^02][^0-9A]' out
	done
}

# --- badges ---

badge() {
	expect 0 mk-report -f badge
	out_has ">$1</text>"
	rsvg-convert out >badge.png
	xmllint --noout out
	expect 0 mk-report -f shields
	out_json '.[0] == {schemaVersion: 1, label: "performance",
		message: "'"$1"'", color: "'"$2"'"}'
}

@test "mk-report: a badge for each result" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	badge pass green
	{
		verdict a unchanged 10 10
		verdict b inconclusive 10 10
		result inconclusive
	} >stdin
	badge 'pass, 1 not judged' orange
	{
		verdict a regressed 10 12
		verdict b failed 1 1
		verdict c regressed 10 12
		result fail
	} >stdin
	badge '2 regressions, 1 more' red
	{ verdict a unchanged 10 10 && result fail; } >stdin
	badge fail red
	echo '{"type":"run","run":"r"}' >stdin
	badge incomplete orange
	verdict a unchanged 10 10 >stdin
	badge 'no result' orange
	given '{"type":"summary","case":"a","metric":"m","value":1}'
	badge 'not compared' lightgrey
	{ verdict a inconclusive 1 1 && result inconclusive ',"exit":3'; } >stdin
	badge 'undecided, 1 not judged' orange
}

@test "mk-report: a badge has a name for those who do not see it" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 0 mk-report -f badge --title 'my <program>'
	out_has 'role="img" aria-label="my &lt;program&gt;: pass"'
	out_has '<title>my &lt;program&gt;: PASS</title>'
	for text in "${hostile_texts[@]}"; do
		expect 0 mk-report -f badge --title "$text"
		ignore_out
		rsvg-convert out >badge.png
		[ "$(grep -c '<' out)" -eq 9 ]
		expect 0 mk-report -f shields --title "$text"
		out_json 'length == 1'
	done
}

# --- the exit status ---

@test "mk-report: --exit-status is that of the result" {
	for format in "${all_formats[@]}"; do
		for status in 0 1 3; do
			{
				verdict a unchanged 10 10
				result pass ',"exit":'$status
			} >stdin
			expect $status mk-report -f "$format" --exit-status
			ignore_out
			[ -s out ]
			expect 0 mk-report -f "$format"
			ignore_out
		done
	done
	{ verdict a regressed 10 12 && result fail; } >stdin
	expect 1 mk-report --exit-status -o report.txt
	grep -q FAIL report.txt
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 0 mk-report --exit-status
	ignore_out
}

@test "mk-report: --exit-status of no result is trouble" {
	verdict a unchanged 10 10 >stdin
	expect 2 mk-report --exit-status
	ignore_out
	err_is 'mk-report: there is no result for --exit-status'
	result pass ',"exit":7' >>stdin
	expect 2 mk-report --exit-status
	ignore_out
	err_is "mk-report: the result's exit status is not 0, 1 or 3"
}

@test "mk-report: --exit-status never hides trouble" {
	{ verdict a regressed 10 12 && result fail ',"exit":1'; } >stdin
	expect 2 sh -c 'mk-report --exit-status >/dev/full'
	err_is 'mk-report: stdout: No space left on device'
	expect 2 mk-report --exit-status -o nowhere/report.txt
	err_has nowhere
}
