#!/usr/bin/env bats
# mk-report: what it says, in which order, and that nothing it reads can act.

# mk-report.bash assigns all_formats.
# shellcheck disable=SC2154

load helper
load mk-report

headline() {
	expect 0 mk-report
	touch looked_out
	[ "$(head -n 1 out)" = "$1" ] || {
		head -n 3 out >&2
		return 1
	}
}

# No byte of the report acts on a terminal, and all of it is UTF-8.
is_clean() {
	touch looked_out
	[ "$(LC_ALL=C tr -d '\n -~\200-\377' <out | wc -c)" -eq 0 ]
	iconv -f UTF-8 -t UTF-8 out >/dev/null
	for text in $'\u009b' $'\u202e' $'\u2066' $'\ufeff'; do
		lacks "$text"
	done
}

# The columns of the widest line.
columns() {
	wc -L <out
}

# --- the headline ---

@test "mk-report: a pass" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	headline PASS
}

@test "mk-report: a pass with a doubt" {
	{
		verdict a inconclusive 10 10.3
		verdict b incomparable 10 10.3
		verdict c inconclusive 10 10.3 '"gating":false'
		result inconclusive
	} >stdin
	headline 'PASS, but 2 metrics that gate could not be judged'
}

@test "mk-report: what is missing is a doubt, although it never gates" {
	{
		verdict a missing 10 10 '"gating":false,"severity":"warning"'
		result inconclusive
	} >stdin
	headline 'PASS, but 1 metric that gates could not be judged'
}

@test "mk-report: a failure says why" {
	{
		verdict a regressed 10 12
		verdict b regressed 10 11
		verdict c failed 1 1 '"metric":"all"'
		verdict d fail 1 9 '"kind":"criterion","operator":"<=","limit":5'
		result fail ',"exit":1'
	} >stdin
	headline 'FAIL: 2 regressions, 1 failed case, 1 failed criterion'
}

@test "mk-report: a failure of the SLO alone" {
	{
		verdict a pass 1 1 '"kind":"criterion"'
		result fail ',"slo_compliance_percent":87.5'
	} >stdin
	headline 'FAIL: SLO compliance 87.5%'
	out_has 'SLO compliance 87.5%'
}

@test "mk-report: the result decides, not the rows" {
	{ verdict a regressed 10 12 && result pass; } >stdin
	headline PASS
	{ verdict a unchanged 10 10 && result fail; } >stdin
	headline FAIL
}

@test "mk-report: verdicts without a result are no pass" {
	verdict a unchanged 10 10 >stdin
	headline 'NO RESULT: the comparison did not come to its end'
}

@test "mk-report: a first run has nothing to compare with" {
	{ verdict a new 10 10 && result pass; } >stdin
	headline 'PASS: 1 new, nothing to compare with'
}

@test "mk-report: a result without verdicts" {
	result pass >stdin
	headline 'PASS, but nothing was compared'
	result inconclusive >stdin
	headline 'INCONCLUSIVE: nothing was measured'
}

@test "mk-report: a strict result" {
	{
		verdict a inconclusive 10 10.3
		result inconclusive ',"exit":3'
	} >stdin
	headline 'UNDECIDED: 1 metric that gates could not be judged'
}

@test "mk-report: a result that is none of ours" {
	{ verdict a unchanged 10 10 && result maybe; } >stdin
	headline 'UNKNOWN RESULT: maybe'
}

@test "mk-report: a truncated run" {
	{
		echo '{"type":"run","run":"r"}'
		verdict a unchanged 10 10
		result pass
	} >stdin
	headline 'INCOMPLETE RUN: nothing failed in what was there'
	{
		echo '{"type":"run","run":"r"}'
		verdict a regressed 10 12
		result fail
		echo '{"type":"end","run":"r","complete":false}'
	} >stdin
	headline 'FAIL: 1 regression (INCOMPLETE RUN)'
	echo '{"type":"run","run":"r"}' >stdin
	headline 'INCOMPLETE RUN: it was not judged'
	{ verdict a unchanged 10 10 && result pass ',"complete":false'; } >stdin
	headline 'INCOMPLETE RUN: nothing failed in what was there'
}

@test "mk-report: ends that come late belong to their runs" {
	{
		echo '{"type":"run","run":"r"}'
		echo '{"type":"run","run":"s"}'
		verdict a unchanged 10 10
		result pass
		echo '{"type":"end","run":"r","complete":true}'
		echo '{"type":"end","run":"s","complete":true}'
	} >stdin
	headline PASS
	out_has '2, the last one is described'
	sed -i '/end.*"r"/d' stdin
	headline 'INCOMPLETE RUN: nothing failed in what was there'
}

@test "mk-report: a resumed run is complete when its last end says so" {
	{
		echo '{"type":"run","run":"r"}'
		echo '{"type":"end","run":"r","complete":false}'
		echo '{"type":"run","run":"r"}'
		verdict a unchanged 10 10
		result pass
		echo '{"type":"end","complete":true}'
	} >stdin
	headline PASS
}

@test "mk-report: a last line cut short" {
	{
		echo '{"type":"run","run":"r"}'
		verdict a unchanged 10 10
		printf '{"type":"resu'
	} >stdin
	expect 0 mk-report
	err_has '<stdin>:3: the last line is cut short'
	out_has 'INCOMPLETE RUN'
}

# --- the order of rows ---

@test "mk-report: what matters most comes first" {
	{
		verdict same unchanged 10 10
		verdict fresh new 10 10
		verdict doubt inconclusive 10 11
		verdict tiny small 10 10.2
		verdict good improved 10 8
		verdict soft regressed 10 19 '"severity":"warning","gating":false'
		verdict limit fail 1 9 '"kind":"criterion","operator":"<=","limit":5'
		verdict crash failed 1 1
		verdict minor regressed 10 11
		verdict major regressed 10 15
		result fail
	} >stdin
	expect 0 mk-report
	in_order 'Regressions (2)' '  major' '  minor' 'Failed cases (1)' \
		'  crash' 'Failed criteria (1)' '  limit' 'Warnings' '  soft' \
		'Improvements (1)' '  good' 'Small changes' '  tiny' \
		'Not judged (1)' '  doubt' 'New' '  fresh' 'Unchanged' '  same'
	expect 0 mk-report -f md
	in_order Regressions '`major`' '`minor`' '`crash`' '`limit`' '`soft`' \
		Improvements '`good`' '`tiny`' '`doubt`' '`fresh`' '`same`'
	expect 0 mk-report -f json
	out_json '[.[0].rows[].case] == ["major", "minor", "crash", "limit",
		"soft", "good", "tiny", "doubt", "fresh", "same"]'
	out_json '[.[0].rows[].class] == ["regression", "regression", "failed",
		"limit", "warning", "improvement", "small", "unjudged", "new",
		"unremarkable"]'
	expect 0 mk-report -f html
	in_order '>major<' '>minor<' '>crash<' '>limit<' '>soft<' '>good<'
}

@test "mk-report: less of what should be more is worse" {
	{
		verdict up exact-changed 10 12 '"better":"higher"'
		verdict down exact-changed 10 8 '"better":"higher"'
		verdict half regressed 10 5 '"better":"higher"'
		result fail
	} >stdin
	expect 0 mk-report -f json
	out_json '[.[0].rows[] | .case + " " + .class] == ["half regression",
		"down regression", "up improvement"]'
}

@test "mk-report: from zero there is no change, but a direction" {
	{
		verdict a exact-changed 1 3 '"baseline":0,"change":null' |
			jq -c 'del(.change)'
		verdict b exact-changed 1 0 '"change":null' |
			jq -c 'del(.change)'
		result fail
	} >stdin
	expect 0 mk-report -f json
	out_json '[.[0].rows[] | .case + " " + .class] == ["a regression",
		"b improvement"]'
}

@test "mk-report: a verdict that is none of ours is not judged" {
	{ verdict a odd 10 10 && result pass; } >stdin
	headline 'PASS, but 1 metric that gates could not be judged'
	touch looked_out
	grep -qx 'Verdicts  1 odd' out
}

# --- the overall improvement ---

@test "mk-report: the overall improvement is a geometric mean" {
	# The example of seed 003: 500 to 85 and 4000 to 950.
	{
		verdict cache_lookup improved 500 85
		verdict parallel_batch improved 4000 950
		verdict ignored improved 10 1 '"gating":false'
		verdict unsure inconclusive 10 30
		result pass
	} >stdin
	expect 0 mk-report -f md
	out_has '**Overall improvement:** 79.9% (geometric mean of 2 judged metrics)'
	out_has '- `cache_lookup` `wall_time`: **83.0%** faster (500 ms → 85 ms)'
	in_order '### Regressions' 'None detected' '### ✅ Improvements'
	{ verdict a unchanged 10 12.5 '"better":"higher"' && result pass; } >stdin
	expect 0 mk-report -f json
	out_json '.[0].overall_improvement | . - 0.2 | fabs < 1e-12'
	{ verdict a inconclusive 10 12 && result pass; } >stdin
	expect 0 mk-report -f md
	lacks 'Overall improvement'
	# What is more than twice as bad is no percentage.
	{ verdict a regressed 10 19 && result fail; } >stdin
	expect 0 mk-report -f md
	out_has '**Overall improvement:** -90.0% ('
	{ verdict a regressed 10 21.6 && result fail; } >stdin
	for format in text md html; do
		expect 0 mk-report -f "$format"
		out_has 'x2.16 worse (geometric mean of 1 judged metric)'
	done
	expect 0 mk-report -f json
	out_json '.[0].overall_improvement | . + 1.16 | fabs < 1e-12'
}

# --- text ---

@test "mk-report: text in full" {
	expect 0 mk-report "$DATA/verdicts.jsonl"
	touch looked_out
	diff -u "$DATA/report.txt" out
	[ "$(columns)" -le 100 ]
}

@test "mk-report: --all shows every row and every reason" {
	expect 0 mk-report -a "$DATA/verdicts.jsonl"
	# Without what the row says, and up to a word that becomes a number.
	jq -r 'select(.kind == "change").why | sub("^[^:]* against [^:]*: "; "") |
		sub("the (margin|threshold).*"; "") | .[:60]' \
		"$DATA/verdicts.jsonl" >whys
	[ "$(wc -l <whys)" -eq 13 ]
	mapfile -t whys <whys
	for why in "${whys[@]}"; do out_has "$why"; done
	[ "$(columns)" -le 100 ]
}

# What a line of the report says of a metric, from its values on.
line_of() {
	touch looked_out
	grep -A "${2-0}" -- "^    $1 " out | sed 's/^ *//'
}

@test "mk-report: why something is not judged, or what would be seen" {
	local unproven='neither a change nor its absence is shown; from +22.0% worse it would be found'
	{
		verdict a inconclusive 10 11 '"metric":"sees","sessions":1,"mde":0.22,
			"ci":[0.01,0.2],"why":"+10.0% (+1.0% to +20.0%) against 1 session: '"$unproven"'"'
		verdict a inconclusive 10 11 '"metric":"factor","mde":436,
			"why":"+10.0% against 1 session: '"$unproven"'"'
		verdict a inconclusive 10 11 '"metric":"nothing",
			"why":"+10.0% against 1 session: '"$unproven"'"'
		verdict a inconclusive 10 11 '"metric":"few","mde":0.1,"sessions":1,
			"why":"+10.0% against 1 session: with fewer than 10 rounds the error of this session is not known"'
		verdict a incomparable 10 11 '"metric":"other","baseline":null,"change":null,
			"why":"what is measured has changed: another command, parameters, input or environment (id)"' |
			jq -c 'del(.change, .baseline)'
		verdict a missing 10 11 '"metric":"gone","gating":false,"why":"the baseline has it"' |
			jq -c 'del(.change, .baseline, .current)'
		verdict a new 10 11 '"metric":"fresh"' | jq -c 'del(.change, .baseline)'
		result inconclusive
	} >stdin
	expect 0 mk-report
	[ "$(line_of sees)" = 'sees     10 -> 11 ms  +10.0%  inconclusive, sees 22.0% worse' ]
	[ "$(line_of factor)" = 'factor   10 -> 11 ms  +10.0%  inconclusive, sees x437 worse' ]
	[ "$(line_of nothing)" = 'nothing  10 -> 11 ms  +10.0%  inconclusive, sees nothing' ]
	line_of few | grep -q '+10.0%  inconclusive$'
	line_of few 1 | tail -n 1 |
		grep -qx 'with fewer than 10 rounds the error of this session is not known'
	line_of other | grep -q '11 ms  incomparable$'
	line_of other 1 | tail -n 1 |
		grep -qx 'what is measured has changed: another command, parameters, input or environment (id)'
	line_of 'gone\*' | grep -qx 'gone\* *missing: the baseline has it'
	line_of fresh | grep -qx 'fresh  11 ms  new'
	out_has '* does not gate'
	# A heading, a case, six rows, of which two have a second line; a blank
	# line, a heading, a case and a row.
	[ "$(sed -n '/^Not judged/,/^\*/p' out | wc -l)" -eq 16 ]
	[ "$(columns)" -le 100 ]
}

@test "mk-report: the detail of a row does not repeat it, and is not cut" {
	local stats='"sessions":12,"p":1e-9,"q":0.00012,"ci":[0.05,0.2],"margin":0.01,"threshold":0.125'
	local worse='worse by more than the margin, and the interval reaches beyond the threshold'
	{
		verdict a regressed 10 11 "$stats"',"metric":"m",
			"why":"+10.0% (+5.0% to +20.0%) against 12 sessions: '"$worse"'"'
		verdict a regressed 10 11 '"metric":"base","margin":0.01,"threshold":0.05,"n":30,
			"why":"a change against the base variant: '"$worse"'"'
		verdict a small 10 10.2 '"metric":"said","why":"'"$(printf 'word %.0s' {1..40})"'last"'
		verdict a fail 1 9 '"metric":"late","kind":"criterion","operator":"<=",
			"limit":5,"why":"9 ms; must be <= 5 ms by M3"'
		verdict a fail 1 9 '"metric":"now","kind":"criterion","operator":"<=",
			"limit":5,"why":"9 ms; must be <= 5 ms"'
		result fail
	} >stdin
	expect 0 mk-report
	[ "$(line_of m 2 | tail -n 2 | tr '\n' ' ')" = '12 sessions, p < 0.0001, q 0.00012: worse by more than the margin of 1.0%, and the interval reaches beyond the threshold of 12.5% ' ]
	[ "$(line_of base 2 | tail -n 2 | tr '\n' ' ')" = 'n = 30: worse by more than the margin of 1.0%, and the interval reaches beyond the threshold of 5.0% ' ]
	line_of said 3 | tail -n 1 | grep -qx 'word .* last'
	line_of late 1 | grep -qx 'by M3'
	[ "$(line_of now | wc -l)" -eq 1 ]
	[ "$(columns)" -le 100 ]
	expect 0 mk-report -a
	[ "$(line_of said 3 | grep -c word)" -eq 3 ]
}

# Verdicts of so many cases of a workload, with names longer than a line.
matrix() {
	for i in $(seq "$1"); do
		verdict "long/packet_size_bytes=$i,packets_per_second_target=10000,burst_duration_ms=200,another_parameter=with_a_value" \
			"$2" 10 10.1
	done
}

@test "mk-report: no case is told from another by what was left out" {
	{
		matrix 3 unchanged
		verdict short/x=1 unchanged 10 10
		verdict strange unchanged 10 10
		echo '{"type":"case","case":"strange","workload":"long"}'
		result pass
	} >stdin
	expect 0 mk-report
	in_order '  long' '   /packet_size_bytes=1,packets_per_second_target=10000,burst_duration_ms=200,' \
		'   another_parameter=with_a_value' '    wall_time' \
		'   /packet_size_bytes=2,' '   /packet_size_bytes=3,' \
		'  short/x=1' '  long' '   strange'
	lacks ...
	[ "$(columns)" -le 100 ]
	for format in md html; do
		expect 0 mk-report -f "$format"
		for i in 1 2 3; do
			out_has "packet_size_bytes=$i,packets_per_second_target=10000,burst_duration_ms=200,another_parameter=with_a_value"
		done
	done
}

@test "mk-report: a metric with a long name has a line of its own" {
	{
		verdict a regressed 10 12 '"metric":"'"$(printf 'n%.0s' {1..70})"'","ci":[0.1,0.3]'
		verdict a regressed 10 11 '"metric":"m","ci":[0.05,0.15]'
		result fail
	} >stdin
	expect 0 mk-report
	out_has "    $(printf 'n%.0s' {1..70})"
	[ "$(grep -n ' -> ' out | sed 's/ -> .*//; s/^[0-9]*://; s/^ *m//' | tr -d ' ' | uniq)" = 10 ]
	[ "$(columns)" -le 100 ]
}

@test "mk-report: what fits into a line has one" {
	{
		verdict a inconclusive 129223 130132 '"unit":"files/s","mde":0.782,
			"metric":"cpu_utilization_percentage_avg","change":-0.1234,
			"why":"-12.3% against 1 session: neither a change nor its absence is shown"'
		result inconclusive
	} >stdin
	expect 0 mk-report
	out_has '    cpu_utilization_percentage_avg  129223 -> 130132 files/s  -12.3%  inconclusive, sees 78.2% worse'
	sed -i 's/percentage_avg/percentages_avg/' stdin
	expect 0 mk-report
	out_has '    cpu_utilization_percentages_avg'
	[ "$(columns)" -eq 100 ]
	sed -i 's/percentages_avg/percentages_avg_/' stdin
	expect 0 mk-report
	touch looked_out
	grep -qx '    cpu_utilization_percentages_avg_' out
}

@test "mk-report: a suite where nothing happened is one screen" {
	{
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
			jq -n --arg i "$i" '{type: "case", case: "w\($i)/n=1", workload: "w\($i)"}'
			verdict "w$i/n=1" unchanged 10 10
			[ "$i" -gt 7 ] || verdict "w$i/n=1" unchanged 10 10 '"metric":"m"'
			verdict "w$i/n=1" inconclusive 10 11 '"metric":"free","gating":false'
		done
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
			verdict "w$i/n=1" pass 10 10 '"kind":"criterion","operator":"<=","limit":50'
		done
		result pass
	} | jq -c . >stdin
	expect 0 mk-report
	out_has '26 more rows: 13 not judged, 13 unchanged or passed, shown by --all'
	[ "$(grep -c 'unchanged$' out)" -eq 20 ]
	lacks '* does not gate'
	[ "$(wc -l <out)" -le 50 ]
	expect 0 mk-report --max-rows=35
	out_has '11 more rows: 11 not judged, shown by --all'
}

@test "mk-report: rows where nothing happened are counted beyond --max-rows" {
	{
		for i in 1 2 3 4 5 6; do verdict "same$i" unchanged 10 10; done
		verdict doubt inconclusive 10 11
		verdict fresh new 10 10
		verdict bad regressed 10 11
		result fail
	} >stdin
	expect 0 mk-report --max-rows=3
	out_has bad
	out_has doubt
	out_has fresh
	out_has same1
	lacks same2
	out_has '5 more rows: 5 unchanged or passed, shown by --all'
	expect 0 mk-report --max-rows=0
	out_has bad
	lacks doubt
	out_has '8 more rows: 1 not judged, 1 new, 6 unchanged or passed, shown by --all'
	expect 0 mk-report --max-rows=0 --all
	out_has same6
	lacks 'more rows'
	expect 0 mk-report
	out_has same6
}

@test "mk-report: colour is asked for, or a terminal's" {
	{ verdict a regressed 10 12 && result fail; } >stdin
	expect 0 mk-report --color=always
	out_has $'\033[1;31mFAIL: 1 regression\033[0m'
	expect 0 env -u NO_COLOR TERM=xterm mk-report --color=auto
	lacks $'\033'
	expect 0 env -u NO_COLOR TERM=xterm script -qec 'mk-report stdin' /dev/null
	out_has $'\033[1;31m'
	expect 0 env -u NO_COLOR TERM=dumb script -qec 'mk-report stdin' /dev/null
	lacks $'\033'
	expect 0 env NO_COLOR=1 TERM=xterm script -qec 'mk-report stdin' /dev/null
	lacks $'\033'
	expect 0 env -u NO_COLOR TERM=xterm \
		script -qec 'mk-report --color=never stdin' /dev/null
	lacks $'\033'
}

@test "mk-report: variants are named where there are several" {
	{
		verdict a unchanged 10 10 '"variant":"head"'
		verdict a regressed 10 12 '"variant":"other"'
		result fail
	} >stdin
	for format in text md html; do
		expect 0 mk-report -f "$format"
		out_has 'wall_time (other)'
	done
	sed -i 1d stdin
	expect 0 mk-report
	lacks other
	# The base that one is compared with has no row, but it has values.
	printf '{"type":"summary","case":"a","metric":"wall_time","value":3,"variant":"%s"}\n' \
		base other >>stdin
	expect 0 mk-report -f md
	[ "$(grep -c 'wall_time (other)' out)" = 1 ]
	out_has 'wall_time (base)'
}

@test "mk-report: columns count characters, not bytes" {
	{
		verdict 'größe/日本=1' regressed 10 12 '"metric":"日本語"'
		verdict 'b' regressed 10 11 '"metric":"abcdef"'
		result fail
	} >stdin
	expect 0 mk-report
	touch looked_out
	grep -q '^    日本語  10 -> 12 ms' out
	grep -q '^    abcdef  10 -> 11 ms' out
}

@test "mk-report: trials that failed, and what the machine was like" {
	for format in text md html; do
		expect 0 mk-report -f "$format" "$DATA/verdicts.jsonl"
		out_has 'no end after 30 s'
		out_has 'needs the program nft, which is not there'
		out_has '19, 1 failed, 1 skipped'
		out_has 'another process used 12 % of a CPU'
		out_has 'AMD EPYC 7B13, 2 cores, 8.346 GB, kernel 6.1.0-18-amd64'
		out_has 1f0c2d3e4b5a
		out_has '2026-11-21 01:30:00 UTC'
		out_has x86_64_generic_2ghz_2gb
		out_has 'with uncommitted changes'
		out_has main
	done
}

@test "mk-report: the probe and the shadow clutter no report" {
	{
		printf '{"type":"case","case":"a","metrics":[{"name":"m"}]}\n'
		printf '{"type":"case","case":":probe","metrics":[{"name":"cpu_loop"}]}\n'
		printf '{"type":"trial","case":":probe","status":"exit"}\n'
		printf '{"type":"trial","case":"a","status":"ok"}\n'
		printf '{"type":"trial","case":"a","phase":"rejected","status":"%s"}\n' \
			ok timeout
		printf '{"type":"summary","case":"%s","metric":"%s","value":%s%s}\n' \
			a m 3 ,'"variant":"head"' a m 4 ,'"variant":"aa"' \
			:probe cpu_loop 77 ''
	} >stdin
	for format in text md json; do
		expect 0 mk-report --all -f $format
		out_has 'm'
		for word in probe cpu_loop '"aa"' '(aa)' '(head)' timeout; do
			lacks "$word"
		done
	done
	out_json '.[0] | .trials == {total: 3, failed: 0, skipped: 0, rejected: 2,
		failures: []} and (.summaries | length) == 1'
	expect 0 mk-report
	out_has '3, 0 failed, 0 skipped, 2 rejected'
}

@test "mk-report: without trials, the end says how many" {
	{
		verdict a unchanged 10 10
		result pass
		echo '{"type":"end","complete":true,"trials":30,"failed":2,"skipped":1}'
	} >stdin
	expect 0 mk-report
	out_has '30, 2 failed, 1 skipped'
}

# --- what comes first ---

@test "mk-report: a regression is the first thing after the headline" {
	expect 0 mk-report "$DATA/verdicts.jsonl"
	touch looked_out
	[ "$(sed -n '1p; 3,6p' out | cut -c 1-24)" = 'FAIL: 2 regressions, 1 f
Regressions (2)
  iot_gateway_data_forwa
   /packet_size_bytes=10
    latency_p99  71.50 -' ]
	expect 0 mk-report -f md "$DATA/verdicts.jsonl"
	touch looked_out
	[ "$(grep -v '^$' out | sed -n '3,6p' | cut -d_ -f1)" = \
		'❌ **FAIL: 2 regressions, 1 failed case, 1 failed criterion**
## Baseline Comparison
### ❌ Regressions
- `iot' ]
	expect 0 mk-report -f html "$DATA/verdicts.jsonl"
	in_order '</span>FAIL: 2 regressions, 1 failed case' 'Regressions (2)' \
		'iot_gateway_data_forwarding_udp_burst/packet_size_bytes=1024</a>' \
		'>latency_p99</th>' 'worse by more than the margin of 1.0%' 'Failed cases (1)' \
		'<svg ' '<h2>Measured values' '<dt>Date</dt>'
	expect 0 mk-report -f json "$DATA/verdicts.jsonl"
	out_json '.[0].rows[0].class == "regression"'
}

# --- what was measured ---

measured() {
	jq -cn --arg case "$1" --arg metric "$2" '{type: "summary", case: $case,
		metric: $metric, unit: "ms", value: 5, n: 10}'
}

@test "mk-report: of what was measured, what somebody asked for" {
	{
		echo '{"type":"case","case":"a","metrics":[{"name":"wall_time"},{"name":"declared"}]}'
		for case in a b; do
			for metric in wall_time declared limited max_rss; do
				measured $case $metric
			done
		done
	} >stdin
	for format in text md html; do
		expect 0 mk-report -f "$format"
		out_has wall_time
		out_has declared
		lacks max_rss
		lacks limited
		expect 0 mk-report -a -f $format
		out_has max_rss
	done
	expect 0 mk-report
	out_has '6 more, which no case declares, shown by --all'
	{
		verdict a unchanged 5 5
		verdict b pass 5 5 '"kind":"criterion","metric":"limited"'
		result pass
	} >>stdin
	expect 0 mk-report -f md
	out_has '| `a` | `wall_time` | 10 |'
	out_has '| `b` | `limited` | 10 |'
	lacks declared
	lacks max_rss
	[ "$(grep -c '| 10 |' out)" -eq 2 ]
	expect 0 mk-report -a -f md
	touch looked_out
	[ "$(grep -c '| 10 |' out)" -eq 8 ]
	expect 0 mk-report -f html
	lacks max_rss
	expect 0 mk-report -f json
	out_json '.[0].summaries | length == 8'
	# Where no case declares anything, all is shown.
	measured a anything >stdin
	expect 0 mk-report
	out_has anything
}

# --- without a comparison ---

@test "mk-report: summaries alone are shown, and called not compared" {
	grep '"summary"' "$DATA/verdicts.jsonl" >stdin
	headline 'NOT COMPARED: these are measured values only'
	in_order Measured packet_size_bytes=64 latency_p99 \
		'48.20 us' '47.48 us to 49.16 us' 'n = 10, cv 2.0%'
	[ "$(columns)" -le 100 ]
	expect 0 mk-report -f md
	out_has '| `vector-similarity/dim=128` | `wall_time` | 10 | 1.334 ms | 1.294 ms | 1.401 ms |'
	out_has 'Not compared.'
	expect 0 mk-report -f html
	out_has '1.334 ms'
	expect 0 mk-report -f json
	out_json '.[0] | .status == "none" and (.rows | length) == 0 and
		(.summaries | length) == 11 and .summaries[0].n == 10'
}

@test "mk-report: a run that nobody aggregated" {
	{
		echo '{"type":"run","run":"r"}'
		echo '{"type":"trial","case":"a","status":"ok"}'
		echo '{"type":"sample","case":"a","metric":"m","value":1}'
		echo '{"type":"end","run":"r","complete":true}'
	} >stdin
	headline 'NOT COMPARED: no summaries and no verdicts'
}

@test "mk-report: nothing to report is trouble" {
	expect 2 mk-report
	err_is 'mk-report: no records to report'
	given '{"type":"other"}' '{"type":"sample","case":"a","metric":"m","value":1}'
	for format in "${all_formats[@]}"; do
		expect 2 mk-report -f "$format"
		err_is 'mk-report: no records to report'
	done
}

# --- Markdown ---

@test "mk-report: Markdown in full" {
	expect 0 mk-report -f md "$DATA/verdicts.jsonl"
	touch looked_out
	diff -u "$DATA/report.md" out
}

@test "mk-report: Markdown has the sections of seed 003" {
	expect 0 mk-report -f md "$DATA/verdicts.jsonl"
	in_order '<!-- plumbline-report -->' '# Performance Report' \
		'## Baseline Comparison' '### ❌ Regressions' \
		'### ✅ Improvements' '## Results' '| Case | Metric | n |' \
		'**Date:**' '**Commit:**' '**Overall improvement:**'
	[ "$(head -n 1 out)" = '<!-- plumbline-report -->' ]
}

@test "mk-report: without summaries, the results are those of the verdicts" {
	{ verdict a unchanged 10 10.1 && result pass; } >stdin
	expect 0 mk-report -f md
	in_order '## Results' '| `a` | `wall_time` |  | 10.10 ms |'
	expect 0 mk-report -f json
	out_json '.[0].summaries == []'
}

@test "mk-report: --max-bytes drops what matters least, and says so" {
	{
		verdict bad regressed 10 12
		for i in $(seq 300); do
			echo '{"type":"verdict","kind":"change","case":"same'"$i"'","metric":"m","verdict":"unchanged","current":5}'
		done
		result fail
	} >stdin
	expect 0 mk-report -f md --max-bytes=8192
	out_has '- `bad` `wall_time`: **20.0%** slower'
	out_has 'more rows left out: the report would be longer than 8192 bytes._'
	out_has '301 more values left out'
	[ "$(wc -c <out)" -le 8192 ]
	[ "$(wc -c <out)" -gt 7900 ]
	[ "$(grep -c '<details>' out)" -eq "$(grep -c '</details>' out)" ]
	expect 0 mk-report -f md
	lacks 'left out'
	out_has '`same300`'
}

@test "mk-report: every verdict is too much" {
	for i in $(seq 400); do
		echo '{"type":"verdict","kind":"change","case":"'"$i"'","metric":"m","verdict":"regressed","why":"'"$(printf '%0500d' "$i")"'"}'
		echo '{"type":"trial","case":"'"$i"'","status":"exit","why":"'"$(printf '%0500d' "$i")"'"}'
	done >stdin
	result fail >>stdin
	expect 0 mk-report -f md --max-bytes=8192
	out_has 'FAIL: 400 regressions'
	[ "$(wc -c <out)" -le 8192 ]
	expect 0 mk-report -f md
	ignore_out
	[ "$(wc -c <out)" -le 65000 ]
}

# --- JSON ---

@test "mk-report: JSON is one object" {
	expect 0 mk-report -f json --title T "$DATA/verdicts.jsonl"
	[ "$(wc -l <out)" -eq 1 ]
	out_json '.[0] | .title == "T" and .status == "fail" and .complete and
		.headline == "FAIL: 2 regressions, 1 failed case, 1 failed criterion"
		and .counts.regressed == 3 and .counts.pass == 2
		and .slo_compliance_percent == 50
		and .trials.total == 19 and .trials.failures[0].status == "timeout"
		and .run.host.cores == 2 and .run.target == "x86_64_generic_2ghz_2gb"
		and (.rows | length) == 18'
	# Each verdict is there as it was read.
	jq -c 'select(.type == "verdict")' "$DATA/verdicts.jsonl" |
		jq -cS . | sort >was
	jq -cS '.rows[] | del(.class)' out | sort >is
	diff was is
}

@test "mk-report: a stream with nothing but verdicts as JSON" {
	verdict a unchanged 10 10 >stdin
	expect 0 mk-report -f json
	out_json '.[0] | .status == "none" and (has("run") | not) and
		(has("slo_compliance_percent") | not)'
}

@test "mk-report: what makes measurements worse is told, with what to do" {
	{
		jq -cn '{type: "run", run: "r", checks: [
			{id: "turbo", level: "warning", msg: "turbo is on",
				fix: "turn it off"},
			{id: "smt", level: "info", msg: "cores are shared"},
			{id: "swap", level: "ok", msg: "there is no swap"}]}'
		verdict a unchanged 10 10
	} >stdin
	for format in text md; do
		expect 0 mk-report -f "$format"
		out_has 'turbo is on; turn it off'
		run ! grep -E 'cores are shared|there is no swap' out
	done
}

# --- texts that would act ---

# Each format, with a text in every field that shows one.
reports_of() {
	hostile "$1" >stdin
	for format in text md html json; do
		expect 0 mk-report -a -f $format --title "$1"
		cp out "$format"
		ignore_out
		[ $format = json ] || is_clean
	done
	jq -e --arg t "$1" '.rows[0].case == $t and .run.commit == $t' json >/dev/null
}

# What the report itself says in HTML, whatever the input: nothing else is a
# tag, and no tag has another attribute.
tags() {
	grep -o '<[a-zA-Z!/][^>]*>' "$1" | sed 's/="[^"]*"//g' | sort -u
}

@test "mk-report: a name that is markup" {
	reports_of 'harmless'
	tags html >first
	for text in '<script>alert(1)</script>' '"><img src=x onerror=alert(1)>' \
		"' onmouseover='alert(1)" '</title></style><svg onload=alert(1)>' \
		'<!-- --> <b>&amp;</b>' '--><h1>'; do
		reports_of "$text"
		tags html >now
		diff first now
	done
	grep -qF -- '--&gt;&lt;h1&gt;' html
}

@test "mk-report: a name that breaks a table" {
	reports_of 'a|b'
	touch looked_out
	# Every line of every table has as many cells as its head.
	sed 's/\\|//g' md | awk -F'|' '/^\|/ {
		if (!n) n = NF; if (NF != n) exit 1; next } { n = 0 }'
	grep -qF '`a\|b`' md
	grep -qF 'a|b' text
}

@test "mk-report: a name with backticks" {
	reports_of '`a` ``b'
	grep -qF '``` `a` ``b ```' md
	reports_of '`'
	grep -qF '`` ` ``' md
}

@test "mk-report: a name with line breaks" {
	reports_of $'one\ntwo\r\nthree\tfour'
	grep -qF 'one\x0atwo\x0d\x0athree\x09four' text
	grep -qF '`one\x0atwo\x0d\x0athree\x09four`' md
	grep -qF 'one\x0atwo' html
}

@test "mk-report: a name with terminal control" {
	reports_of $'\033[31mred\033[0m\a\177'
	grep -qF '\x1b[31mred\x1b[0m\x07\x7f' text
	reports_of $'\u009b31m \u202edesrever\u2066 \ufeff\u200b'
	grep -qF '\u009b31m \u202edesrever\u2066' text
}

@test "mk-report: sentences in Markdown call nobody and link nowhere" {
	reports_of '@user see #12, https://evil.example, [x](y) ![i](j) *b* _i_ a_b'
	touch looked_out
	# Outside code spans.
	sed 's/``* *[^`]* *``*//g' md >prose
	run ! grep -E '@user|#12|[^\\]\[x|[^\\]\*b\*|[^\\]_i_|https:/' prose
	grep -qF 'a_b' prose
}

@test "mk-report: texts that are not UTF-8" {
	# Records cannot hold them, but an option can.
	{ verdict a unchanged 10 10 && result pass; } >stdin
	for format in text md html; do
		expect 0 mk-report -f "$format" --title $'a\xff\xc3(\xed\xa0\x80\xf0\x9f'
		is_clean
		sed 's/\\\\/\\/g' out >plain
		grep -qE 'a\\xff\\xc3.?\(\\xed\\xa0\\x80\\xf0\\x9f' plain
	done
	expect 0 mk-report -f json --title $'a\xff'
	out_json '.[0].title == "a\ufffd"'
	printf '{"type":"verdict","kind":"change","case":"\xff","verdict":"new"}\n' >stdin
	expect 2 mk-report
	err_has 'mk-report: <stdin>:1: not JSON'
}

@test "mk-report: names of 10 MB" {
	head -c 10485760 /dev/zero | tr '\0' n >name
	{
		printf '{"type":"verdict","kind":"change","verdict":"regressed","baseline":1,"current":2,"change":1,"metric":"m","why":"w","case":"'
		cat name
		printf '"}\n{"type":"verdict","kind":"change","verdict":"new","case":"c","metric":"m","why":"'
		cat name
		printf '"}\n{"type":"result","status":"fail"}'
	} >stdin
	for format in text md html; do
		expect 0 mk-report -f "$format"
		out_has 'nnn...'
		[ "$(wc -c <out)" -lt 30000 ]
	done
	expect 0 mk-report
	ignore_out
	[ "$(columns)" -le 100 ]
	expect 0 mk-report -f json
	ignore_out
	[ "$(wc -c <out)" -gt 20971520 ]
}

@test "mk-report: a text of nothing but marks without width" {
	marks=$(printf '\u0301%.0s' {1..5000})
	hostile "x$marks" >stdin
	for format in text md html; do
		expect 0 mk-report -f "$format"
		ignore_out
		[ "$(wc -c <out)" -lt 60000 ]
	done
}

# --- files ---

@test "mk-report: operands, - and no final newline" {
	verdict a unchanged 10 10 >a.jsonl
	result pass | tr -d '\n' >b.jsonl
	verdict c unchanged 10 10 | tr -d '\n' >stdin
	expect 0 mk-report a.jsonl - b.jsonl
	in_order PASS '  a' '  c' '2 unchanged'
	expect 2 mk-report a.jsonl nowhere.jsonl
	err_is 'mk-report: nowhere.jsonl: No such file or directory'
}

@test "mk-report: unknown records and unknown members are passed over" {
	given '{"type":"point","case":1}' '{"x":[]}'
	verdict a unchanged 10 10 '"extra":{"y":[1]}' >>stdin
	result pass >>stdin
	headline PASS
}

@test "mk-report: a bad record is named by file and line" {
	given '{"type":"run"}' '{"type":"verdict","kind":"change","case":"a"}'
	expect 2 mk-report
	err_is 'mk-report: <stdin>:2: verdict is missing'
	given '{"type":"verdict","kind":"change","case":"a","verdict":"new","ci":["x"]}'
	expect 2 mk-report
	err_is 'mk-report: <stdin>:1: ci is not a list of numbers'
	given '{"type":"case","case":"a","metrics":{}}'
	expect 2 mk-report
	err_is 'mk-report: <stdin>:1: metrics is not a list'
	printf '{"type":"result","status":"pa\0ss"}\n' >stdin
	expect 2 mk-report
	err_has 'mk-report: <stdin>:1: not JSON'
}

@test "mk-report: --output replaces a file in one step" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 0 mk-report -f html -o new.html
	out_is ''
	grep -q '</html>' new.html
	umask 027
	expect 0 mk-report -o fresh.txt
	[ "$(stat -c %a fresh.txt)" = 640 ]
	echo old >there.txt
	chmod 604 there.txt
	ln -s there.txt link.txt
	expect 0 mk-report -o link.txt
	[ -L link.txt ]
	[ "$(head -n 1 there.txt)" = PASS ]
	[ "$(stat -c %a there.txt)" = 604 ]
	expect 0 mk-report -o -
	out_has PASS
	[ -z "$(find . -name '.plumbline*')" ]
}

@test "mk-report: --output leaves the old file where there is trouble" {
	echo old >report.txt
	given '{"type":"result"}'
	expect 2 mk-report -o report.txt
	err_has 'status is missing'
	[ "$(cat report.txt)" = old ]
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 2 mk-report -o nowhere/report.txt
	err_is 'mk-report: nowhere/report.txt: No such file or directory'
	# A file may have at most two blocks of 512 bytes here.
	expect 2 bash -c 'trap "" XFSZ; ulimit -f 2; exec mk-report -f html -o report.txt'
	err_is 'mk-report: report.txt: File too large'
	[ "$(cat report.txt)" = old ]
	[ -z "$(find . -name '.plumbline*')" ]
}

@test "mk-report: --output to what is no file" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 0 mk-report -o /dev/null
	[ -c /dev/null ]
	expect 2 mk-report -o /dev/full
	err_is 'mk-report: /dev/full: No space left on device'
	[ -c /dev/full ]
}

@test "mk-report: a disk that is full, a stdout that is closed" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	for format in "${all_formats[@]}"; do
		expect 2 sh -c "mk-report -f $format >/dev/full"
		err_is 'mk-report: stdout: No space left on device'
		expect 2 sh -c "mk-report -f $format >&-"
		err_is 'mk-report: stdout: Bad file descriptor'
	done
}

@test "mk-report: a reader that leaves ends it" {
	seq 20000 | sed 's/.*/{"type":"verdict","kind":"change","case":"&","metric":"m","verdict":"unchanged"}/' >stdin
	result pass >>stdin
	# shellcheck disable=SC2016
	expect 0 bash -c 'mk-report -a | head -n 1; [ "${PIPESTATUS[0]}" = 141 ]'
	out_is PASS
}

@test "mk-report: the same input gives the same bytes" {
	for format in "${all_formats[@]}"; do
		expect 0 mk-report -f "$format" "$DATA/verdicts.jsonl"
		cp out first
		ignore_out
		expect 0 mk-report -f "$format" "$DATA/verdicts.jsonl"
		ignore_out
		cmp first out
	done
}

@test "mk-report: usage errors" {
	expect 2 mk-report -f doc
	err_has 'mk-report: --format: not text, md, html, pdf, json'
	expect 2 mk-report --color=blue
	err_has 'mk-report: --color: not auto, always or never: blue'
	expect 2 mk-report --max-bytes=100
	err_has 'mk-report: --max-bytes: must be from 8192'
	expect 2 mk-report --max-rows=-1
	err_has 'mk-report: --max-rows: must be from 0'
	expect 2 mk-report --max-rows=many
	err_has 'mk-report: --max-rows: not a whole number: many'
	expect 2 mk-report -o
	err_has "mk-report: option requires an argument -- 'o'"
}

@test "mk-report: what is muted is told in every format, and counted" {
	local muted='"gating":false,"muted":"a fix comes"'

	{
		verdict a regressed 10 15 "$muted"
		verdict b unchanged 10 10 "$muted"
		verdict c unchanged 10 10
		result pass
	} >stdin
	for format in text md html github junit; do
		expect 0 mk-report -f "$format"
		out_has 'PASS, 1 muted'
		out_has 'muted (a fix comes); because of a'
	done
	touch looked_out
	# Skipped is only what would have failed.
	[ "$(grep -c '<testcase' out) $(grep -c '<skipped' out)" = '3 1' ]
	expect 0 mk-report -f json
	out_json '.[0] | .headline == "PASS, 1 muted" and .muted == 1 and .rows[0].muted == "a fix comes"'
	expect 0 mk-report -f badge
	out_has '>pass, 1 muted<'
	sed -i 's/"pass"/"fail"/' stdin
	verdict d regressed 10 15 >>stdin
	expect 0 mk-report
	out_has 'FAIL: 1 regression, 1 muted'
}
