#!/usr/bin/env bats
# cmp-baseline: summaries in, verdicts and one answer out.

load helper
load cmp-baseline

@test "cmp-baseline: a usage error" {
	expect 2 cmp-baseline --alpha
	err_is "cmp-baseline: option '--alpha' requires an argument
Try 'cmp-baseline --help'."
	expect 2 cmp-baseline --alpha 0.6
	err_has "--alpha: must be from 1e-09 to 0.5: 0.6"
	expect 2 cmp-baseline -t 0
	err_has "--threshold: must be from 0.01 to 1000: 0"
	expect 2 cmp-baseline -m -1
	err_has "--margin: must be from 0 to 1000: -1"
	expect 2 cmp-baseline --fdr BH
	err_has "--fdr: one of bh, by, holm and none: BH"
	expect 2 cmp-baseline --min-slo 90%
	err_has "--min-slo: not a number: 90%"
	expect 2 cmp-baseline -x
	err_has "invalid option -- 'x'"
	expect 2 cmp-baseline -b /dev/null -B main
	err_has "--baseline and --base: one of them only"
	expect 128 cmp-baseline --strict --bisect
	err_has "--strict, --bisect and --check: one of them only"
	expect 2 cmp-baseline --check
	err_has "--check is for --gates, and nothing else"
	expect 2 cmp-baseline --check --gates /dev/null -b /dev/null
	err_has "--check is for --gates, and nothing else"
	expect 2 cmp-baseline --check --gates /dev/null /dev/null
	err_has "--check is for --gates, and nothing else"
	expect 2 cmp-baseline -m 6
	err_has "the margin, 6 %, is above the threshold, 5 %: no change could fail anything"
	expect 2 cmp-baseline -t 0.5
	err_has "the margin, 1 %, is above the threshold, 0.5 %: no change could fail anything"
	expect 2 cmp-baseline -b -
	err_has "the baseline and the run are both stdin"
	expect 2 cmp-baseline -b - /dev/null -
	err_has "the baseline and the run are both stdin"
}

@test "cmp-baseline: nothing in is no pass" {
	expect 2 cmp-baseline
	err_is 'cmp-baseline: no records to compare'
	expect 2 cmp-baseline --strict /dev/null
	err_is 'cmp-baseline: no records to compare'
}

# nothing MESSAGE: what stdin has is trouble, however it is asked for.
nothing() {
	local ask

	for ask in '' --strict; do
		# shellcheck disable=SC2086 # no word, or one
		expect 2 cmp-baseline $ask
		err_is "cmp-baseline: $1"
		out_json 'all(.[]; .type != "result")'
	done
	expect 128 cmp-baseline --bisect
	err_is "cmp-baseline: $1"
	ignore_out
}

@test "cmp-baseline: what is to be an object, and is none, is named" {
	local line

	for line in 'metric {"type":"case","case":"c","metrics":[5]}' \
		'criterion {"type":"case","case":"c","criteria":[null]}' \
		'session {"type":"baseline","case":"c","metric":"m","sessions":["x"]}'; do
		given "${line#* }"
		if [ "${line%% *}" = session ]; then
			s 1 >run
			expect 2 cmp-baseline -b - run
		else
			expect 2 cmp-baseline
		fi
		err_is "cmp-baseline: <stdin>:1: ${line%% *} is not an object"
	done
	given 5
	expect 2 cmp-baseline
	err_is 'cmp-baseline: <stdin>:1: not a JSON object'
}

@test "cmp-baseline: a metric that a baseline file has twice" {
	{ past 100; metric=k past 100; past 200; } >base
	s 100 >stdin
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base:3: case c: metric m is here twice'
	# Of summaries each is a session.
	{ s 100; s 101; } >base
	expect 0 cmp-baseline -b base
	verdict_is '.sessions == 2'
}

@test "cmp-baseline: a change that no number holds has words" {
	past 1e-200 >base
	s 1e200 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '(has("change") | not) and
		(.why | startswith("beyond any number against 1 session: "))'
}

@test "cmp-baseline: a later version of the format is not guessed at" {
	given '{"type":"run","v":2}'
	expect 2 cmp-baseline
	err_is 'cmp-baseline: <stdin>:1: a run of version 2; this tool knows 1'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: a run of version 2; this tool knows 1'
	{ echo '{"type":"baseline-file","v":2}'; past 100; } >base
	s 100 >stdin
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base:1: a baseline file of version 2; this tool knows 1'
	sed -i 's/2/1/' base
	expect 0 cmp-baseline -b base
	ignore_out
}

@test "cmp-baseline: a run of which nothing was summarised is no pass" {
	given '{}'
	nothing 'no summary was read'
	given '{"type":"run","run":"r"}' '{"type":"end","complete":true}'
	nothing 'no summary was read'
	given "$(declare_case '{"name":"m"}')" "$(trial ok)"
	nothing 'no summary was read'
	past 100 >stdin
	nothing 'no summary was read'
	case=:probe metric=cpu_loop s 1 >stdin
	nothing 'no summary was read'
	# A stage was forgotten.
	given '{"case":"c","metric":"m","value":1}' "$(trial ok)"
	nothing 'no summary was read; samples are for stat-agg(1)'
	stat-agg --partial stdin >partial
	cp partial stdin
	nothing 'no summary was read; partial ones are for stat-agg --merge'
	given "$(trial skipped)" '{"type":"series","case":"c","metric":"m","t":[],"value":[]}'
	nothing 'no summary was read; samples are for stat-agg(1)'
	# What was cut short has perhaps nothing yet.
	given '{"type":"run","run":"r"}' "$(trial ok)"
	expect 3 cmp-baseline --strict
	err_is 'cmp-baseline: the run is not complete'
	result_is '.status == "inconclusive" and (.complete | not)'
}

# unjudged MESSAGE: of what stdin has nobody knows anything.
unjudged() {
	expect 0 cmp-baseline
	err_is "cmp-baseline: $1"
	result_is '.status == "inconclusive" and .exit == 0'
	expect 3 cmp-baseline --strict
	err_is "cmp-baseline: $1"
	ignore_out
	expect 125 cmp-baseline --bisect
	err_is "cmp-baseline: $1"
	ignore_out
}

@test "cmp-baseline: where all was skipped nothing is known" {
	{
		declare_case '{"name":"m"}' \
			'{"metric":"m","operator":"<=","limit":1,"severity":"info"}'
		trial skipped '"phase":"measure","why":"program not found: x"'
	} >stdin
	unjudged 'nothing was measured'
	expect 0 cmp-baseline
	ignore_err
	verdict_is '.kind == "criterion" and .verdict == "unknown" and
		(.gating | not) and
		.why == "must be <= 1, but its case was skipped: program not found: x"'
	echo '{"update_baseline_on_success":true}' >gates.json
	expect 0 cmp-baseline -g gates.json
	ignore_err
	result_is '.update_baseline == false'
	# So does a case beside others, if all that its trials were is good.
	{ case=d s 1; trial ok '"phase":"measure"'; } >stdin
	unjudged 'c: it was run, and no summary of it was read'
	# Nor does what no case declares tell anything.
	{ declare_case '{"name":"m"}'; metric=k s 2; } >stdin
	unjudged 'nothing that was measured is to be judged'
	# One that was skipped beside others is of no harm.
	{ case=d s 1; trial skipped; } >stdin
	expect 0 cmp-baseline --strict
	verdict_is '.case == "d" and .verdict == "new"'
}

# R's line I is split into the files stream.I and base.I, and ours is out.I.
@test "cmp-baseline: the statistics of R" {
	local oracle=$TOP/test/oracle/cmp-baseline.jsonl lines i status

	lines=$(wc -l <"$oracle")
	[ "$lines" -ge 70 ]
	jq -c '[input_line_number, "stream"], .stream[],
		[input_line_number, "base"], .baseline[]' "$oracle" |
		awk '/^\[/ { gsub(/[]["]/, ""); split($0, a, ","); file = a[2] "." a[1]; next }
			{ print > file }'
	for ((i = 1; i <= lines; i++)); do
		set --
		[ ! -e "base.$i" ] || set -- -b "base.$i"
		status=0
		cmp-baseline "$@" "stream.$i" >answer 2>>err || status=$?
		[ "$status" -le 1 ]
		jq -c -n '[inputs | select(.type == "verdict")]' answer >>out
	done
	ignore_out
	jq -n --slurpfile wanted "$oracle" --slurpfile got out '
		def near($a; $b):
			if ($a | type) == "number" and ($b | type) == "number"
			then ($a - $b | fabs) <=
				1e-9 * ([($a | fabs), ($b | fabs), 1e-6] | max)
			elif ($a | type) == "array" and ($b | type) == "array"
			then ($a | length) == ($b | length) and
				all(range($a | length); near($a[.]; $b[.]))
			else $a == $b end;
		$wanted | to_entries[] | .key as $i | .value.name as $name |
		if (.value.want | length) != ($got[$i] | length)
		then $name + ": other verdicts" else
		.value.want | to_entries[] | .key as $k | .value | to_entries[] |
		select(near(.value; $got[$i][$k][.key]) | not) |
		"\($name): \($k): \(.key): \($got[$i][$k][.key]), R: \(.value)"
		end' >differences
	cat differences >&2
	[ ! -s differences ]
	# All that a test can say is there.
	[ "$(jq -r '.want[].verdict' "$oracle" | sort -u | wc -l)" = 5 ]
}

@test "cmp-baseline: a verdict and a result in full, and their fields in order" {
	more='"id":"1","aggregator":"median"' past 100 >base
	{
		printf '{"type":"run","run":"r","arch":"a","target":"t","time":"2026-11-21T00:00:00Z"}\n'
		s 120 '"id":"1","r1":0.5,"better":"lower","aggregator":"median"'
		echo '{"type":"end","run":"r","complete":true}'
	} >stdin
	expect 1 cmp-baseline -b base
	out_json '.[2] | keys_unsorted == ["type", "kind", "case", "metric",
		"verdict", "severity", "gating", "unit", "better", "baseline",
		"current", "change", "ci", "p", "p_better", "q", "method", "n",
		"sessions", "prior_sd", "prior_df", "r1", "margin", "threshold", "mde", "why"]'
	verdict_is '.kind == "change" and .verdict == "regressed" and
		.severity == "blocking" and .gating and .baseline == 100 and
		.current == 120 and .method == "predictive-t" and .n == 10 and
		.sessions == 1 and .r1 == 0.5 and .margin == 0.01 and
		.threshold == 0.05 and .why ==
		"+20.0% (+10.9% to +29.8%) against 1 session: worse by more than the margin, and the whole interval is beyond the threshold"'
	result_is 'keys_unsorted == ["type", "status", "exit", "complete",
		"run", "target", "alpha", "fdr", "counts"] and .status == "fail" and
		.exit == 1 and .complete and .fdr == "bh" and .run == "r" and .target == "t" and
		.counts.regressed == 1 and (.counts | add) == 1'
}

@test "cmp-baseline: passes everything as it was read; end comes last" {
	printf '%s\n' '{ "type" : "run", "x":[1e3, 0.10]}' '' \
		'{"type":"note","case":"c"}' \
		'{"type":"series", "case":"c","metric":"m","t":[1e3],"value":[0.10]}' \
		'{"type":"end", "complete" : true}' \
		'{"case":"c","metric":"m","value":1.50}' \
		'{"type":"summary","case":"c","metric":"m","value":1.50,"new":{}}' \
		'{"type":"verdict","verdict":"older"}' >stdin
	expect 0 cmp-baseline
	ignore_out
	grep -v -e '^$' -e '"end"' stdin >want
	head -n 6 out | cmp want -
	[ "$(tail -n 1 out)" = '{"type":"end", "complete" : true}' ]
	out_json 'map(.type) == ["run", "note", "series", null, "summary",
		"verdict", "verdict", "result", "end"]'
}

@test "cmp-baseline: same input, same bytes" {
	steady
	{
		declare_case '{"name":"m"},{"name":"k"}' \
			'{"metric":"m","operator":"<=","limit":110}'
		s 120
		metric=k s 1
		metric=z s 1
		trial exit
	} >stdin
	expect 1 cmp-baseline -b base
	cp out first
	ignore_out
	expect 1 cmp-baseline -b base
	ignore_out
	cmp first out
}

@test "cmp-baseline: five sessions: regressed, improved, unchanged" {
	steady
	s 120 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .sessions == 5 and
		(.change - 0.2 | fabs) < 1e-4'
	result_is '.status == "fail"'
	s 80 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "improved" and (.change + 0.2 | fabs) < 1e-4 and
		.q < 0.05 and .p > 0.95'
	result_is '.status == "pass" and .counts.improved == 1'
	s 100 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "unchanged"'
	result_is '.status == "pass" and .counts.unchanged == 1'
}

@test "cmp-baseline: more is better" {
	steady
	s 120 '"better":"higher"' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "improved" and .change > 0'
	s 80 '"better":"higher"' >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .change < 0 and .p < 0.01'
}

@test "cmp-baseline: small is real, but does not fail" {
	local hundreds

	mapfile -t hundreds < <(yes 100 | head -n 40)
	past "${hundreds[@]}" >base
	s 103 >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "small" and .q <= 0.05 and .ci[1] < 0.05 and
		(.why | endswith("worse, but by less than the threshold"))'
	result_is '.status == "pass" and .counts.small == 1'
	s 97 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "small" and
		(.why | endswith("better, but by less than the threshold"))'
	# The same change, where less matters.
	s 103 >stdin
	expect 1 cmp-baseline -b base -t 3
	verdict_is '.verdict == "regressed" and .threshold == 0.03'
	{ declare_case '{"name":"m","threshold_percent":3}'; s 103; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .threshold == 0.03'
	# A metric's own threshold is worth more than the option's.
	{ declare_case '{"name":"m","threshold_percent":6}'; s 103; } >stdin
	expect 0 cmp-baseline -b base -t 3
	verdict_is '.verdict == "small" and .threshold == 0.06'
}

@test "cmp-baseline: inconclusive says what would help" {
	past 100 100 100 100 100 100 >base
	s 103 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and .need_n == 7 and
		.mde > 0.05 and .mde < 0.051 and .why ==
		"+3.0% (-0.3% to +6.4%) against 6 sessions: neither a change nor its absence is shown; from +5.0% worse it would be found; 7 sessions would find the threshold"'
	result_is '.status == "inconclusive" and .exit == 0'
	expect 3 cmp-baseline -b base --strict
	result_is '.status == "inconclusive" and .exit == 3'
	# More than mk-baseline keeps must be asked of it.
	past 100 100 100 100 100 >base
	expect 0 cmp-baseline -b base
	verdict_is '.need_n == 11 and (.why | endswith("; 11 sessions would find the threshold, which is more than mk-baseline keeps unless it is told to"))'
	# Where there are as many as are needed, no number is named.
	past 100 100 100 100 100 100 100 100 >base
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and .mde < 0.05 and
		(has("need_n") | not)'
	# Nor where no number of sessions would do.
	past 80 120 >base
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and (has("need_n") | not) and
		(.why | endswith("; no number of sessions would find the threshold: it takes a longer run, or a quieter machine"))'
}

@test "cmp-baseline: --margin" {
	steady
	s 108 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .margin == 0.01'
	expect 0 cmp-baseline -b base --margin 4.9
	verdict_is '.verdict == "inconclusive" and .margin == 0.049'
	s 102 >stdin
	expect 0 cmp-baseline -b base --margin 0
	verdict_is '.margin == 0'
}

@test "cmp-baseline: a margin that reaches the threshold does not gate" {
	steady
	s 120 >stdin
	expect 0 cmp-baseline -b base -m 5
	verdict_is '.verdict == "regressed" and (.gating | not) and
		(.why | endswith("does not gate, as its margin reaches its threshold"))'
	{ declare_case '{"name":"m","threshold_percent":1}'; s 120; } >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "regressed" and (.gating | not)'
	{ declare_case '{"name":"m","threshold_percent":6}'; s 120; } >stdin
	expect 1 cmp-baseline -b base -m 5
	verdict_is '.gating'
}

@test "cmp-baseline: --alpha" {
	past 100 >base
	s 110 >stdin
	expect 1 cmp-baseline -b base
	result_is '.alpha == 0.05'
	expect 0 cmp-baseline -b base --alpha 0.01
	verdict_is '.verdict == "inconclusive"'
	result_is '.alpha == 0.01'
}

@test "cmp-baseline: one session and ten metrics: a lone change fires at 15 %" {
	local i

	for i in 1 2 3 4 5 6 7 8 9; do
		metric=k$i past 100
		metric=k$i s 100 >>stdin
	done >base
	past 100 >>base
	cp stdin others
	s 114.5 >>stdin
	expect 0 cmp-baseline -b base
	verdicts_are 'all(.[]; .verdict != "regressed")'
	s 115.5 >>others
	expect 1 cmp-baseline -b base others
	verdicts_are '[.[] | select(.verdict == "regressed") | .metric] == ["m"]'
}

@test "cmp-baseline: five sessions and ten metrics: a lone change fires at 9 %" {
	local i

	for i in 1 2 3 4 5 6 7 8 9; do
		metric=k$i past 97.47 98.735 100 101.265 102.53
		metric=k$i s 100 >>stdin
	done >base
	past 97.47 98.735 100 101.265 102.53 >>base
	cp stdin others
	s 108.4 >>stdin
	expect 0 cmp-baseline -b base
	verdicts_are 'all(.[]; .verdict != "regressed")'
	s 109 >>others
	expect 1 cmp-baseline -b base others
	verdicts_are '[.[] | select(.verdict == "regressed") | .metric] == ["m"]'
}

@test "cmp-baseline: the spread of sessions is learned from ten metrics of a unit" {
	local i

	metrics() { # FIRST LAST
		for ((i = $1; i <= $2; i++)); do
			metric=k$i past 99.7 99.9 100 100.1 100.3 >>base
			metric=k$i s 100 >>stdin
		done
	}
	metrics 1 8
	unit=B metrics 21 22
	metric=few past 99 100 101 102 >>base
	metric=few s 100 >>stdin
	metric=loud past 99 99.5 100 100.5 101 >>base
	metric=loud s 100 >>stdin
	# Nine of one unit are too few, and so are four sessions.
	expect 0 cmp-baseline -b base
	verdicts_are 'length == 12 and all(.[]; .prior_sd == 0.02 and .prior_df == 4
		and (has("prior_metrics") | not))'
	metrics 9 9
	expect 0 cmp-baseline -b base
	verdicts_are '(map(select(.unit == "ns" and .metric != "few")) |
		length == 10 and all(.[];
		.prior_metrics == 10 and .prior_df == 10 and .prior_sd < 0.01 and
		(.why | contains("sessions, which differ as those of 10 metrics do")))) and
		(map(select(.unit == "B" or .metric == "few")) | length == 3 and
		all(.[]; .prior_df == 4 and (has("prior_metrics") | not)))'
	# A metric declared exact teaches nothing.
	{ declare_case "$(for i in 1 2 3 4 5 6 7 8 loud few; do
		printf '{"name":"%s"},' "${i/#[0-9]/k$i}"
	done)"'{"name":"k9","exact":true}'; cat stdin; } >with
	expect 0 cmp-baseline -b base with
	verdicts_are 'all(.[]; has("prior_metrics") | not)'
}

@test "cmp-baseline: the probe explains what it can be shown to" {
	local i

	sessions() { # N
		for ((i = 1; i <= $1; i++)); do
			printf '{"type":"summary","case":"%s","session":"s%d","metric":"m","unit":"ns","value":%d}\n' \
				:probe $i $((1000 + i * 37 % 8 * 20)) \
				c $i $(((1000 + i * 37 % 8 * 20) * 1000 + i % 3 * 1000))
		done
	}
	sessions 8 >base
	{ case=:probe s 1140; s 1141000; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.covariate == "m" and .verdict == "unchanged" and
		(.why | contains("against 8 sessions, less what the probe'"'"'s m explains: "))'
	# The same without a probe: nobody knows.
	grep -v :probe stdin >without
	expect 0 cmp-baseline -b base without
	verdict_is '.verdict == "inconclusive" and (has("covariate") | not)'
	# What the probe does not explain is found.
	{ case=:probe s 1060; s 1200000; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.covariate == "m" and .verdict == "regressed"'
	# Seven sessions are too few, a shadow's is no probe.
	sed -i 's/1200000/1081000/' stdin
	sessions 7 >few
	expect 0 cmp-baseline -b few
	verdict_is 'has("covariate") | not'
	sed -i 's/":probe"/":probe","variant":"aa"/' stdin
	expect 0 cmp-baseline -b base
	verdict_is 'has("covariate") | not'
}

@test "cmp-baseline: only what gates is corrected together" {
	local i metrics='{"name":"m"}' dull=

	for i in 1 2 3 4 5 6 7 8 9; do
		metric=k$i past 100
		dull=$dull',{"name":"k'$i'","gate":false}'
	done >base
	past 100 >>base
	{
		for i in 1 2 3 4 5 6 7 8 9; do metric=k$i s 100; done
		s 110
	} >summaries
	# Alone its p would do; among ten it does not.
	{
		declare_case "$metrics${dull//,\"gate\":false/}"
		cat summaries
	} >stdin
	expect 0 cmp-baseline -b base
	verdicts_are '.[9] | .p < 0.05 and .q > 0.05 and .verdict == "inconclusive"'
	{ declare_case "$metrics$dull"; cat summaries; } >stdin
	expect 1 cmp-baseline -b base
	verdicts_are '.[9] | .p == .q and .verdict == "regressed"'
	# Those that do not gate are a family of their own.
	{
		declare_case "$metrics$dull"
		grep -v '"k9"' summaries
		metric=k9 s 110
	} >stdin
	expect 1 cmp-baseline -b base
	verdicts_are '(.[] | select(.metric == "k9") |
		.p < 0.05 and .q > 0.05 and (.gating | not))'
}

# R: p.adjust(p, METHOD) of the p that the verdicts have.
@test "cmp-baseline: --fdr" {
	local i by

	for i in 1 2 3 4; do metric=k$i past 100; done >base
	{ metric=k1 s 114; metric=k2 s 111; metric=k3 s 100; metric=k4 s 109; } >stdin
	near='def near($a; $b): ($a - $b | fabs) < 1e-12; map(.p) as $p | map(.q) as $q |'
	expect 1 cmp-baseline -b base
	verdicts_are "$near near(\$q[0]; 4 * \$p[0]) and near(\$q[1]; 2 * \$p[1])
		and near(\$q[3]; 4 / 3 * \$p[3]) and
		map(.verdict == \"regressed\") == [true, true, false, true]"
	cp out bh
	expect 1 cmp-baseline -b base --fdr bh
	cmp out bh
	ignore_out
	expect 0 cmp-baseline -b base --fdr by
	by=25/12 # 1 + 1/2 + 1/3 + 1/4
	verdicts_are "$near near(\$q[1]; $by * 2 * \$p[1]) and \$q[0] > 0.05"
	result_is '.fdr == "by"'
	expect 1 cmp-baseline -b base --fdr holm
	verdicts_are "$near near(\$q[0]; 4 * \$p[0]) and near(\$q[1]; 3 * \$p[1])
		and near(\$q[3]; 2 * \$p[3])"
	result_is '.fdr == "holm"'
	expect 1 cmp-baseline -b base --fdr none
	verdicts_are 'all(.[]; .p == .q and .mde < 0.12)'
	result_is '.fdr == "none"'
}

@test "cmp-baseline: severity and gate: what does not fail the build" {
	steady
	for field in '"severity":"warning"' '"severity":"info"' '"gate":false'; do
		{ declare_case '{"name":"m",'"$field"'}'; s 120; } >stdin
		expect 0 cmp-baseline -b base
		verdict_is '.verdict == "regressed" and (.gating | not)'
		result_is '.status == "pass" and .counts.regressed == 1'
	done
	for field in '"severity":"blocking"' '"gate":true'; do
		{ declare_case '{"name":"m",'"$field"'}'; s 120; } >stdin
		expect 1 cmp-baseline -b base
		verdict_is '.gating and .severity == "blocking"'
	done
}

@test "cmp-baseline: what no record declares" {
	steady
	metric=k past 100 >>base
	{ s 120; metric=k s 300; metric=z s 1; } >stdin
	# Without a record of the case, everything gates.
	expect 1 cmp-baseline -b base
	verdicts_are 'map([.metric, .verdict, .gating]) == [["m", "regressed", true],
		["k", "regressed", true], ["z", "new", true]]'
	{ declare_case '{"name":"m"}'; cat stdin; } >with
	expect 1 cmp-baseline -b base with
	verdict_is '.metric == "m"'
}

@test "cmp-baseline: fewer than ten rounds never fail" {
	steady
	n=9 s 150 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and .need_n == 10 and
		(.why | endswith("with fewer than 10 rounds the error of this session is not known"))'
	n=9 s 50 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive"'
	# Nor do they prove anything.
	n=9 s 100 >stdin
	expect 3 cmp-baseline -b base --strict
	verdict_is '.verdict == "inconclusive" and .need_n == 10'
	n=10 s 100 >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "unchanged"'
	# The least that a summary needs says nothing of rounds.
	echo '{"type":"summary","case":"c","metric":"m","unit":"ns","value":150}' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive"'
	expect 3 cmp-baseline -b base --strict
	ignore_out
}

@test "cmp-baseline: the error of a session, said or found" {
	steady
	s 120 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed"'
	error=0.1 s 120 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive"'
	echo '{"type":"summary","case":"c","metric":"m","unit":"ns","value":120,"n":30}' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and (.why | endswith(
		"neither values nor se_block, as where many samples have no round, so the error of this session is not known"))'
	echo '{"type":"summary","case":"c","metric":"m","unit":"ns","value":120,
		"values":[120,121,119,120,120,121,119,120,120,120]}' |
		tr -d '\n\t' >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .n == 10'
	echo '{"type":"summary","case":"c","metric":"m","unit":"ns","value":120,
		"values":[60,70,80,90,100,140,150,160,170,180]}' |
		tr -d '\n\t' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and .mde > 0.5'
}

@test "cmp-baseline: a metric declared exact" {
	past 7 100 >base
	{ declare_case '{"name":"m","exact":true}'; s 100; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "unchanged" and .method == "exact" and
		.change == 0 and .baseline == 100 and .sessions == 2 and
		(has("p") or has("q") or has("ci") | not)'
	{ declare_case '{"name":"m","exact":true}'; s 100.5; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and .change == 0.005 and .gating'
	result_is '.counts["exact-changed"] == 1'
	{ declare_case '{"name":"m","exact":true}'; n=1 s 99; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and .change == -0.01 and
		(.gating | not)'
	{
		declare_case '{"name":"m","exact":true,"better":"higher"}'
		s 99
	} >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and .gating'
	{
		declare_case '{"name":"m","exact":true,"severity":"info"}'
		s 101
	} >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and (.gating | not)'
	past 0 >base
	{ declare_case '{"name":"m","exact":true}'; s 1; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and (has("change") | not)'
	# Between variants, too; one round is enough for it.
	{ declare_case '{"name":"m","exact":true}'; v base 5; v head 6; } >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "exact-changed" and .method == "exact" and
		.change == 0.2 and .variant == "head"'
}

@test "cmp-baseline: values of zero or less need min_abs to be judged" {
	past 0 1 >base
	s 5 >stdin
	expect 3 cmp-baseline -b base --strict
	verdict_is '.verdict == "inconclusive" and .gating and .why ==
		"values of zero or less have no ratio, and it has no min_abs: declare one to have it judged"'
	expect 0 cmp-baseline -b base
	result_is '.status == "inconclusive"'
	past 1 1 >base
	s 0 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and .gating'
	{ declare_case '{"name":"m","min_abs":0}'; s 0; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive" and .gating'
	{ declare_case '{"name":"m","gate":false}'; s 0; } >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "inconclusive" and (.gating | not)'
	# A round of zero, though the value is above.
	v now 5 5 5 5 5 5 5 5 5 0 >stdin
	sed 's/"unit":"ns",//' base >unitless
	expect 3 cmp-baseline -b unitless --strict
	verdict_is '.verdict == "inconclusive" and .gating'
	{ v base 0 1 2 3; v head 5 6 7 8; } >stdin
	expect 3 cmp-baseline --strict
	verdict_is '.verdict == "inconclusive" and .gating'
	{
		declare_case '{"name":"m","min_abs":2}'
		v base 0 1 2 3 4
		v head 25 26 27 28 29
	} >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed" and (has("change") | not) and
		.why == "a change against the base variant: worse by more than the margin, and the whole interval is beyond the threshold"'
}

@test "cmp-baseline: below min_abs nothing matters, up or down" {
	past 10 10 10 10 10 >base
	{ declare_case '{"name":"m","min_abs":9}'; s 17; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "unchanged" and .margin == 0.9'
	# A fall from 10 to 5 doubles the ratio, but is less than 9.
	{ declare_case '{"name":"m","min_abs":9,"better":"higher"}'; s 5; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "unchanged"'
	{ declare_case '{"name":"m","min_abs":9}'; s 25; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed"'
	{ declare_case '{"name":"m","min_abs":9,"better":"higher"}'; s 0.5; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed"'
	# From below min_abs no fall is one.
	{ declare_case '{"name":"m","min_abs":11,"better":"higher"}'; s 0.1; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "unchanged" and (has("margin") | not)'
}

@test "cmp-baseline: so few rounds that nothing could be shown are refused" {
	{ v base 100 101; v head 150 151; } >stdin
	expect 2 cmp-baseline
	err_is 'cmp-baseline: so few rounds can never show a change: the least possible p is 0.17, and alpha is 0.05'
	ignore_out
	expect 0 cmp-baseline --alpha 0.2
	verdict_is '.verdict == "inconclusive" and .q < 0.2 and .need_n == 4 and
		(has("ci") or has("mde") | not) and (.why |
		endswith("so few rounds do not say how large the change is; 4 rounds of each would"))'
	# Where anything else is to be judged, it is only inconclusive, too.
	{ declare_case '{"name":"m"}' '{"metric":"m","operator":"<=","limit":1}'; cat stdin; } >limit
	expect 1 cmp-baseline limit
	verdicts_are 'map(.verdict) == ["inconclusive", "fail"] and .[0].need_n == 4'
	{ cat stdin; case=d trial exit; } >failed
	expect 1 cmp-baseline failed
	verdicts_are 'map(.verdict) == ["inconclusive", "failed"]'
	{
		declare_case '{"name":"m"},{"name":"e","exact":true}'
		cat stdin
		metric=e v base 5 5
		metric=e v head 5 5
	} >exact
	expect 0 cmp-baseline exact
	verdicts_are 'map(.verdict) == ["inconclusive", "unchanged"]'
	# Where another metric could, it is only inconclusive.
	{
		cat stdin
		metric=k v base 100 101 102 103 104
		metric=k v head 100 101 102 103 104.5
	} >both
	expect 0 cmp-baseline both
	verdicts_are 'map(.verdict) == ["inconclusive", "unchanged"] and
		.[0].need_n == 4 and (.[0] | has("mde") | not) and
		(.[0].why | contains("so few cannot show any change; 4 rounds of each would"))'
}

@test "cmp-baseline: where only the correction is too much, inconclusive with need_n" {
	local i

	for i in 1 2 3 4 5 6 7 8; do
		metric=k$i v base 100 101 102 103
		metric=k$i v head 100.5 101.5 102.5 103.5
	done >stdin
	v base 100 101 102 103 >>stdin
	v head 200 201 202 203 >>stdin
	expect 0 cmp-baseline
	verdicts_are '.[8] | .verdict == "inconclusive" and .p < 0.05 and
		.q > 0.05 and .need_n == 5'
	result_is '.status == "inconclusive"'
}

@test "cmp-baseline: another machine is incomparable" {
	each='"machine":"k1"' past 100 100 >base
	s 200 '"machine":"k2"' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "incomparable" and .gating and .why ==
		"the baseline has no session of this machine" and
		(has("baseline") or has("p") | not)'
	result_is '.status == "inconclusive" and .counts.incomparable == 1'
	expect 3 cmp-baseline -b base --strict
	ignore_out
	expect 1 cmp-baseline -b base --any-machine
	verdict_is '.verdict == "regressed" and .sessions == 2'
	# What does not say its machine compares.
	s 200 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 2'
	past 100 100 >base
	s 200 '"machine":"k2"' >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 2'
}

@test "cmp-baseline: only sessions of this machine count" {
	printf '%s' '{"type":"baseline","case":"c","metric":"m","unit":"ns","sessions":[
		{"machine":"k1","value":1},{"machine":"k2","value":100},
		{"value":100},{"machine":"k1","value":1}]}' | tr -d '\n\t' >base
	s 200 '"machine":"k2"' >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 2 and .baseline == 100'
	expect 0 cmp-baseline -b base --any-machine
	verdict_is '.sessions == 4'
}

@test "cmp-baseline: another unit, aggregator or id is incomparable" {
	past 100 100 >base
	unit=ms s 100 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "incomparable" and
		.why == "the baseline is in ns, this run in ms"'
	s 100 | sed 's/"unit":"ns",//' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "incomparable" and
		.why == "the baseline is in ns, this run in no unit"'
	more='"aggregator":"mean"' past 100 100 >base
	s 100 '"aggregator":"percentile_99"' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "incomparable" and .why ==
		"the baseline is made by mean, this run'"'"'s value by percentile_99"'
	s 100 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "incomparable"'
	more='"id":"1"' past 100 100 >base
	s 200 '"id":"2"' >stdin
	expect 0 cmp-baseline -b base --any-machine
	verdict_is '.verdict == "incomparable" and
		(.why | startswith("what is measured has changed"))'
	# One that does not say it compares.
	s 200 >stdin
	expect 1 cmp-baseline -b base
	ignore_out
}

@test "cmp-baseline: new is what the baseline has not" {
	case=d past 100 >base
	s 100 >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "new" and .current == 100 and
		(has("baseline") | not)'
	result_is '.status == "pass" and .counts.new == 1'
	expect 0 cmp-baseline --strict
	verdict_is '.verdict == "new" and
		.why == "there is nothing to compare it with"'
	past >base
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "new" and
		.why == "the baseline has no session of it"'
	expect 2 cmp-baseline -b /dev/null
	err_is 'cmp-baseline: /dev/null: it holds neither baselines nor summaries'
}

@test "cmp-baseline: a session is not compared with itself, and counts once" {
	each='"session":"s1"' past 100 >base
	s 200 '"session":"s1"' >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "new" and
		.why == "the baseline has only this very session of it"'
	{
		s 100 '"session":"s1"'
		s 101 '"session":"s2"'
		s 104 '"session":"s1"'
		s 1 '"session":"s3"'
	} >base
	s 130 '"session":"s3"' >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 2 and .baseline > 102 and .baseline < 103'
	# Sessions without a name are one each.
	past 100 100 100 >base
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 3'
}

@test "cmp-baseline: a bare summary is a session" {
	{ s 99 '"session":"a"'; s 101 '"session":"b"'; s 100; } >base
	s 100 '"session":"z"' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.sessions == 3'
	# Each has its own unit and id.
	{
		s 99 '"id":"1","session":"a"'
		s 500 '"id":"2"'
		unit=s s 1 '"session":"a"'
		s 101 '"id":"1"'
	} >base
	s 130 '"id":"1"' >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 2 and .baseline < 101'
}

@test "cmp-baseline: missing is what a case that was run no longer has" {
	{
		past 1
		metric=k past 2
		case=other past 3
		case=skipped past 4
		case=broken past 5
	} >base
	{
		s 1
		case=skipped trial skipped '"why":"no such program"'
		case=broken trial timeout
	} >stdin
	expect 1 cmp-baseline -b base
	verdicts_are 'map(select(.verdict == "missing")) |
		length == 1 and (.[0] | .case == "c" and .metric == "k" and
		.unit == "ns" and .severity == "warning" and (.gating | not))'
	# It is not a failure, but it is not an answer either.
	grep -v broken stdin >rest
	expect 0 cmp-baseline -b base rest
	result_is '.status == "inconclusive" and .counts.missing == 1'
	expect 3 cmp-baseline -b base --strict rest
	ignore_out
	# A case record is enough to have been run; undeclared is not missing.
	{ declare_case '{"name":"m"}'; metric=k s 2; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "missing" and .metric == "m"'
}

@test "cmp-baseline: a case whose trials failed has failed" {
	past 100 >base
	{
		trial ok
		trial exit '"phase":"measure","why":"exited 3"'
		trial timeout
		s 100
	} >stdin
	expect 1 cmp-baseline -b base
	verdicts_are '.[1] | .kind == "change" and .case == "c" and
		.verdict == "failed" and .gating and .severity == "blocking" and
		(has("metric") | not) and .why == "2 of 3 trials failed: exited 3"'
	result_is '.status == "fail" and .counts.failed == 1'
	given "$(trial signal)"
	expect 1 cmp-baseline
	verdict_is '.why == "1 of 1 trials failed: signal"'
}

@test "cmp-baseline: failures are the data of a success rate" {
	{
		declare_case '{"name":"m"},{"name":"good","aggregator":"success_rate"}'
		trial exit '"phase":"measure"'
		trial exit
		trial timeout '"phase":"warmup"'
	} >stdin
	expect 0 cmp-baseline
	err_is 'cmp-baseline: nothing was measured'
	verdicts_are '. == []'
	# But not those of its hooks.
	trial exit '"phase":"setup"' >>stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "failed" and .why == "1 of 4 trials failed: exit"'
}

# The records of a probe that has become twice as slow, and of a shadow.
calibration() {
	printf '{"type":"case","case":":probe","metrics":[%s]}\n' \
		'{"name":"cpu_loop","gate":false,"severity":"info"}'
	case=:probe trial exit
	case=:probe metric=cpu_loop s 200
	case=:probe metric=cpu_loop v head 200 201 202 203 204
	case=:probe metric=cpu_loop v base 100 101 102 103 104
	v aa 300 301 302 303 304
	printf '{"type":"case","case":":probe","metrics":[],"criteria":[%s]}\n' \
		'{"metric":"cpu_loop","operator":"<","limit":1}'
}

@test "cmp-baseline: the probe and the shadow are not judged" {
	{ past 99 100 100 100 101; case=:probe metric=cpu_loop past 100; } >base
	{
		declare_case '{"name":"m"}' '{"metric":"m","operator":"<","limit":200}'
		calibration
		s 100
	} >stdin
	expect 0 cmp-baseline --strict -b base
	verdicts_are 'map([.case, .metric, .variant, .verdict]) ==
		[["c", "m", null, "unchanged"], ["c", "m", null, "pass"]]'
	out_json 'map(select(.variant == "aa")) | length == 1'
	# Nor are they candidates, a base, or what is missing.
	{
		calibration
		v base 100 101 102 103 104
		v head 100 101 102 103 104
	} >stdin
	expect 0 cmp-baseline --strict
	verdict_is '.variant == "head" and .verdict == "unchanged"'
	expect 2 cmp-baseline --base aa
	ignore_out
	err_is 'cmp-baseline: no summary is of the variant aa'
	# Beside the shadow alone, nothing is a variant that is compared.
	{ v base 100 101 102 103 104; v aa 300 301 302 303 304; } >stdin
	expect 2 cmp-baseline
	ignore_out
	err_is 'cmp-baseline: no summary is of another variant than base'
}

@test "cmp-baseline: a base that nothing is compared with is no pass" {
	v base 100 101 102 103 104 >stdin
	expect 2 cmp-baseline
	err_is 'cmp-baseline: no summary is of another variant than base'
	ignore_out
	expect 128 cmp-baseline --bisect -B base
	err_is 'cmp-baseline: no summary is of another variant than base'
	ignore_out
	# With a baseline it is a metric as others are.
	past 100 >base
	expect 0 cmp-baseline -b base
	verdict_is '.variant == "base"'
	# Beside summaries without a variant the base must be asked for.
	case=d s 1 >>stdin
	expect 0 cmp-baseline
	verdicts_are 'map(.verdict) == ["new", "new"]'
	expect 2 cmp-baseline -B base
	err_is 'cmp-baseline: no summary is of another variant than base'
	ignore_out
	# What failed, was skipped or was cut short, is told as that.
	{
		declare_case '{"name":"m"}' '{"metric":"m","operator":"<","limit":1}'
		v base 100 101 102 103 104
		trial spawn '"variant":"head"'
	} >stdin
	expect 1 cmp-baseline
	verdicts_are 'map(.verdict) == ["failed", "unknown"]'
	{ v base 100 101 102 103 104; case=d trial skipped; } >stdin
	expect 3 cmp-baseline --strict
	verdict_is '.verdict == "missing" and .why == "only the base variant has it"'
	{ echo '{"type":"run","run":"r"}'; v base 100 101 102 103 104; } >stdin
	expect 3 cmp-baseline --strict -B base
	err_is 'cmp-baseline: the run is not complete'
	verdict_is '.verdict == "missing"'
	trial skipped '"variant":"base"' >stdin
	expect 0 cmp-baseline -B base
	err_is 'cmp-baseline: nothing was measured'
	result_is '.status == "inconclusive"'
	{ trial spawn '"variant":"base"'; v head 1 2 3; } >stdin
	expect 0 cmp-baseline -B base
	verdict_is '.verdict == "new"'
}

@test "cmp-baseline: the shadow and the probe are no sessions of a baseline" {
	{
		s 100 '"session":"a"'
		s 500 '"session":"b","variant":"aa"'
		case=:probe metric=cpu_loop s 1
	} >base
	{ s 130; case=:probe metric=cpu_loop s 9; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 1 and .baseline == 100'
}

@test "cmp-baseline: rejected trials are none, and counting ones are no data" {
	{
		trial ok '"phase":"measure"'
		trial exit '"phase":"rejected"'
		s 100
	} >stdin
	expect 0 cmp-baseline --strict
	verdict_is '.verdict == "new"'
	trial signal '"phase":"measure"' >>stdin
	expect 1 cmp-baseline
	verdicts_are '.[1].why == "1 of 2 trials failed: signal"'
	{
		declare_case '{"name":"good","aggregator":"success_rate"}'
		trial exit '"phase":"measure"'
		trial exit '"phase":"count"'
	} >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "failed" and .why == "1 of 2 trials failed: exit"'
}

@test "cmp-baseline: criteria: every operator" {
	local op limit want

	while read -r op limit want; do
		{
			declare_case '' '{"metric":"m","operator":"'"$op"'","limit":'"$limit"'}'
			s 75
		} >stdin
		if [ "$want" = pass ]; then
			expect 0 cmp-baseline --strict
		else
			expect 1 cmp-baseline
		fi
		verdict_is '.kind == "criterion" and .verdict == "'"$want"'" and
			.operator == "'"$op"'" and .limit == '"$limit"' and
			.current == 75 and .gating and .unit == "ns"'
	done <<-'END'
		<= 75 pass
		<= 74.9 fail
		< 75 fail
		< 75.1 pass
		>= 75 pass
		>= 75.1 fail
		> 75 fail
		> 74.9 pass
		== 75 pass
		== 74 fail
		!= 75 fail
		!= 74 pass
	END
}

@test "cmp-baseline: a criterion in full" {
	{
		declare_case '{"name":"m"}' \
			'{"target":"x86_64","metric":"m","operator":"<=","limit":75,"severity":"blocking","by":"2026-01-01"}'
		echo '{"type":"run","target":"x86_64","time":"2026-11-21T01:30:00Z"}'
		unit=ms s 80.5
		echo '{"type":"end","complete":true}'
	} >stdin
	expect 1 cmp-baseline
	verdicts_are '.[1] | keys_unsorted == ["type", "kind", "case", "metric",
		"verdict", "severity", "gating", "unit", "current", "n",
		"operator", "limit", "target", "by", "why"] and
		.target == "x86_64" and .by == "2026-01-01" and
		.why == "80.50 ms; must be <= 75 ms by 2026-01-01"'
	result_is '.status == "fail" and .slo_compliance_percent == 0 and
		.counts.fail == 1 and .counts.new == 1'
}

@test "cmp-baseline: criteria: severity, and what was not measured" {
	for severity in warning info; do
		{
			declare_case '' '{"metric":"m","operator":"<=","limit":1,"severity":"'$severity'"}'
			s 75
		} >stdin
		expect 0 cmp-baseline --strict
		verdict_is '.verdict == "fail" and .severity == "'$severity'" and
			(.gating | not)'
	done
	{
		declare_case '' '{"metric":"m","operator":"<=","limit":1}'
		metric=k s 1
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "unknown" and .gating and
		.why == "must be <= 1, but it was not measured"'
	result_is '.status == "inconclusive" and .counts.unknown == 1 and
		(has("slo_compliance_percent") | not)'
	expect 3 cmp-baseline --strict
	ignore_out
	# Nor is it known of a case that was skipped.
	{
		declare_case '' '{"metric":"m","operator":"<=","limit":1}'
		trial skipped
		case=d s 1
	} >stdin
	expect 0 cmp-baseline
	verdicts_are '.[1] | .verdict == "unknown" and .gating and
		.why == "must be <= 1, but its case was skipped"'
	expect 3 cmp-baseline --strict
	ignore_out
	# A limit may be on a metric that nobody declares.
	{
		declare_case '{"name":"m"}' '{"metric":"max_rss","operator":"<=","limit":1}'
		metric=max_rss s 2
	} >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "fail"'
}

@test "cmp-baseline: criteria of this target only" {
	local limit='"metric":"m","operator":"<","limit":'

	{
		declare_case '' "{\"target\":\"a\",${limit}1},{\"target\":\"b\",${limit}2},{${limit}3}"
		s 5
	} >stdin
	expect 1 cmp-baseline --target a
	verdicts_are 'map(.limit) == [1, 3]'
	result_is '.target == "a"'
	expect 1 cmp-baseline -T c
	verdicts_are 'map(.limit) == [3]'
	# Without the option the case says its target, or else the run.
	expect 1 cmp-baseline
	verdicts_are 'map(.limit) == [3]'
	echo '{"type":"run","arch":"z","target":"b"}' | cat - stdin >run
	expect 1 cmp-baseline run
	err_has 'not complete'
	verdicts_are 'map(.limit) == [2, 3]'
	echo '{"type":"run","arch":"a"}' | cat - stdin >run
	expect 1 cmp-baseline run
	err_has 'not complete'
	verdicts_are 'map(.limit) == [1, 3]'
	sed 's/"case":"c","metrics"/"target":"b",&/' run >case
	expect 1 cmp-baseline case
	err_has 'not complete'
	verdicts_are 'map(.limit) == [2, 3]'
}

@test "cmp-baseline: criteria by a date are judged from that day on" {
	local by want

	while read -r by want; do
		{
			echo '{"type":"run","time":"2026-11-21T01:30:00Z"}'
			declare_case '' '{"metric":"m","operator":"<","limit":1,"by":"'"$by"'"}'
			s 5
			echo '{"type":"end","complete":true}'
		} >stdin
		if [ "$want" = due ]; then
			expect 1 cmp-baseline
			verdict_is '.verdict == "fail" and .gating and
				.severity == "blocking"'
			result_is '.slo_compliance_percent == 0'
		else
			expect 0 cmp-baseline --strict
			verdict_is '.verdict == "fail" and (.gating | not) and
				.severity == "info" and (.why |
				endswith(", which is not due yet"))'
			result_is '.counts.fail == 1 and
				(has("slo_compliance_percent") | not)'
		fi
	done <<-'END'
		2026-11-20 due
		2026-11-21 due
		2026-11-21T12:00:00Z due
		2026-11-22 later
		2027-01-01 later
	END
	# Without a time nobody knows.
	grep -v '"run"' stdin >timeless
	sed -i 's/2027-01-01/2020-01-01/' timeless
	expect 0 cmp-baseline timeless
	verdict_is '.gating | not'
	# What begins as a date does, and is none, would never be due.
	for by in 2026-2-1 2026-13-45 2026-02-31 2026-11-20x ''; do
		sed "s/2020-01-01/$by/" timeless >stdin
		expect 2 cmp-baseline
		ignore_out
		err_is "cmp-baseline: <stdin>:1: by is neither a date, YYYY-MM-DD, nor a milestone: $by"
	done
	expect 2 cmp-baseline --reached 2026-02-01
	err_has '--reached: not a milestone: 2026-02-01'
	expect 2 cmp-baseline --reached ''
	err_has '--reached: not a milestone: '
}

@test "cmp-baseline: criteria by a milestone are judged once it is reached" {
	{
		declare_case '' '{"metric":"m","operator":"<","limit":1,"by":"beta"}'
		s 5
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.severity == "info" and .by == "beta"'
	expect 0 cmp-baseline --reached alpha
	verdict_is '.severity == "info"'
	expect 1 cmp-baseline --reached alpha --reached beta
	verdict_is '.severity == "blocking" and .verdict == "fail"'
}

@test "cmp-baseline: --min-slo" {
	local limit='"metric":"m","operator":"<","severity":"info"'

	{
		declare_case '' "{$limit,\"limit\":10},{$limit,\"limit\":1},{$limit,\"limit\":9},
			{$limit,\"limit\":8},{$limit,\"limit\":1,\"by\":\"beta\"},
			{\"metric\":\"z\",\"operator\":\"<\",\"severity\":\"info\",\"limit\":1}" |
			tr -d '\n\t'
		echo
		s 5
	} >stdin
	expect 0 cmp-baseline
	result_is '.slo_compliance_percent == 75 and .status == "pass"'
	expect 0 cmp-baseline --min-slo 75
	result_is '.status == "pass"'
	expect 1 cmp-baseline --min-slo 75.1
	result_is '.status == "fail" and .exit == 1'
	expect 0 cmp-baseline --min-slo 60 --reached beta
	result_is '.slo_compliance_percent == 60'
	# Where nothing was judged, nothing is known.
	s 5 >stdin
	expect 0 cmp-baseline --min-slo 0
	result_is '.status == "inconclusive"'
	expect 3 cmp-baseline --min-slo 0 --strict
	ignore_out
}

@test "cmp-baseline: --strict is no answer to a failure" {
	steady
	{ s 120; case=d trial exit; metric=k s 1; } >stdin
	expect 1 cmp-baseline -b base --strict
	result_is '.status == "fail" and .exit == 1'
	s 100 >stdin
	expect 0 cmp-baseline -b base --strict
	result_is '.status == "pass" and .exit == 0'
}

@test "cmp-baseline: a run that was cut short is told, and proves nothing" {
	steady
	metric=k past 5 >>base
	{ echo '{"type":"run","run":"r"}'; s 100; } >stdin
	expect 0 cmp-baseline -b base
	err_is 'cmp-baseline: the run is not complete'
	result_is '.status == "inconclusive" and .complete == false'
	verdicts_are '.[1] | .verdict == "missing" and
		.why == "the run was cut short before it was measured"'
	expect 3 cmp-baseline -b base --strict
	err_is 'cmp-baseline: the run is not complete'
	ignore_out
	# A regression is one all the same.
	{ echo '{"type":"run","run":"r"}'; s 120; } >stdin
	expect 1 cmp-baseline -b base
	err_is 'cmp-baseline: the run is not complete'
	result_is '.status == "fail"'
	{ s 100; echo '{"type":"end","complete":false}'; } >stdin
	expect 0 cmp-baseline -b base
	err_is 'cmp-baseline: the run is not complete'
	result_is '.complete == false'
	# A complete run before it does not help.
	{
		echo '{"type":"run","run":"r"}'
		echo '{"type":"end","complete":true}'
		echo '{"type":"run","run":"q"}'
		s 100
	} >stdin
	expect 0 cmp-baseline -b base
	err_is 'cmp-baseline: the run is not complete'
	result_is '.complete == false and .run == "q"'
	echo '{"type":"end"}' >>stdin
	expect 0 cmp-baseline -b base
	result_is '.complete and .status == "inconclusive"'
}

@test "cmp-baseline: several sessions in the stream: the last is judged" {
	steady
	{
		s 120 '"session":"a"'
		metric=k s 1 '"session":"a"'
		s 100 '"session":"b"'
		metric=k s 2 '"session":"b"'
		metric=z s 3 '"session":"b"'
	} >stdin
	expect 0 cmp-baseline -b base
	err_is 'cmp-baseline: <stdin>:3: c m: measured more than once in the stream; of such metrics the last summary is judged'
	verdicts_are 'map([.metric, .current]) == [["m", 100], ["k", 2], ["z", 3]]'
}

@test "cmp-baseline: variants: against the one that is named base" {
	{
		v head 110 111 112 113 114
		v base 100 101 102 103 104
		v next 100 101 102 103 104.5
	} >stdin
	expect 1 cmp-baseline
	verdicts_are 'map([.variant, .verdict, .method, .baseline]) ==
		[["head", "regressed", "mann-whitney", 100],
		["next", "unchanged", "mann-whitney", 100]]'
	expect 0 cmp-baseline --base head
	verdicts_are 'map([.variant, .verdict]) ==
		[["base", "improved"], ["next", "improved"]]'
	expect 2 cmp-baseline -B heed
	ignore_out
	err_is 'cmp-baseline: no summary is of the variant heed'
}

# The second variant is 3 % worse in each round, which only pairs can tell.
drifting() {
	more=$1 v base 100 120 140 160 180 200 220
	more=$2 v head 103 123.6 144.2 164.8 185.4 206 226.6
}

@test "cmp-baseline: variants: the rounds that both have are pairs" {
	local rounds='"rounds":[1,2,3,4,5,6,7]'

	drifting "$rounds" "$rounds" >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "small" and .method == "paired-wilcoxon" and
		.n == 7 and .p == 0.0078125 and (.change - 0.03 | fabs) < 1e-12'
	# In any order, and beside others.
	drifting "$rounds" '"rounds":[7,6,5,4,3,2,1]' >stdin
	expect 0 cmp-baseline
	verdict_is '.method == "paired-wilcoxon" and .verdict == "inconclusive"'
	drifting "$rounds" '"rounds":[0,2,3,4,5,6,7]' >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "small" and .method == "paired-wilcoxon" and
		.n == 6 and .p == 0.015625 and (.change - 0.03 | fabs) < 1e-12'
	# Rounds that only one says, that none shares, or that no session has.
	drifting "$rounds" >stdin
	expect 0 cmp-baseline
	verdict_is '.method == "mann-whitney" and .verdict == "inconclusive"'
	drifting "$rounds" '"rounds":[8,9,10,11,12,13,14]' >stdin
	expect 0 cmp-baseline
	verdict_is '.method == "mann-whitney"'
	drifting "$rounds" "$rounds" >stdin
	sed -i '1s/}$/,"session":"s1"}/; 2s/}$/,"session":"s2"}/' stdin
	expect 0 cmp-baseline
	verdict_is '.method == "predictive-t" and .n == 7'
	sed -i 's/"s2"/"s1"/' stdin
	expect 0 cmp-baseline
	verdict_is '.method == "paired-wilcoxon"'
}

@test "cmp-baseline: variants: rounds that make no sense are refused" {
	drifting '"rounds":[1,2,3]' >stdin
	expect 2 cmp-baseline
	err_is 'cmp-baseline: <stdin>:1: rounds and values differ in number'
	ignore_out
	drifting '"rounds":[1,2,3,4,5,6,7]' '"rounds":[1,2,3,4,5,2,7]' >stdin
	expect 2 cmp-baseline
	err_is 'cmp-baseline: <stdin>:2: round 2 is there twice'
	ignore_out
}

@test "cmp-baseline: variants: so few pairs that nothing could be shown" {
	local i

	{
		more='"rounds":[1,2,3,4]' v base 100 101 102 103
		more='"rounds":[1,2,3,4]' v head 200 201 202 203
	} >stdin
	expect 2 cmp-baseline
	err_is 'cmp-baseline: so few rounds can never show a change: the least possible p is 0.062, and alpha is 0.05'
	ignore_out
	# A run that was cut short has what it has.
	{ cat stdin; echo '{"type":"end","complete":false}'; } >short
	expect 0 cmp-baseline short
	err_is 'cmp-baseline: the run is not complete'
	verdict_is '.verdict == "inconclusive" and .need_n == 6'
	# Where only the correction makes it so: inconclusive, with need_n.
	for i in 1 2 3 4 5 6 7 8; do
		metric=k$i more='"rounds":[1,2,3,4,5]' v base 100 101 102 103 104
		metric=k$i more='"rounds":[1,2,3,4,5]' v head 100 101.5 102 103 104
	done >stdin
	more='"rounds":[1,2,3,4,5]' v base 100 101 102 103 104 >>stdin
	more='"rounds":[1,2,3,4,5]' v head 200 201 202 203 204 >>stdin
	expect 0 cmp-baseline
	verdicts_are '.[8] | .verdict == "inconclusive" and .p == 0.03125 and
		.q > 0.05 and .need_n == 8 and (has("mde") | not) and
		(.why | contains("so few cannot show any change; 8 rounds of each would"))'
}

@test "cmp-baseline: variants: without a base they are new" {
	v head 100 101 102 103 104 >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "new" and .variant == "head"'
}

@test "cmp-baseline: variants: what only one of them has" {
	{
		v base 100 101 102 103 104
		v head 100 101 102 103 104
		metric=k v base 1 2 3
		metric=z v head 1 2 3
		case=d v base 1 2 3
		case=d trial exit
	} >stdin
	expect 1 cmp-baseline
	verdicts_are 'map([.case, .metric, .verdict]) ==
		[["c", "m", "unchanged"], ["c", "z", "new"], ["d", null, "failed"],
		["c", "k", "missing"]]'
	result_is '.counts.missing == 1'
	{ declare_case '{"name":"m"}'; sed '/"d"/d; /"z"/d' stdin; } >declared
	expect 0 cmp-baseline declared
	verdict_is '.metric == "m"'
}

@test "cmp-baseline: variants: a program that the base does not have is new" {
	{
		trial spawn '"phase":"measure","variant":"base","why":"no such file"'
		trial ok '"phase":"measure","variant":"head"'
		v head 100 101 102 103 104
		case=d v base 100 101 102 103 104
		case=d v head 100 101 102 103 104
	} >stdin
	expect 0 cmp-baseline --strict
	verdicts_are 'map([.case, .verdict]) == [["c", "new"], ["d", "unchanged"]]'
	# But not one that the others do not have, or that fails otherwise.
	trial spawn '"phase":"measure","variant":"head"' >>stdin
	expect 1 cmp-baseline
	verdicts_are '.[2] | .why == "1 of 3 trials failed: spawn"'
	trial exit '"phase":"measure","variant":"base"' >>stdin
	expect 1 cmp-baseline
	verdicts_are '.[2] | .why == "2 of 4 trials failed: spawn"'
	# Where nothing is compared with the base, it has failed.
	{ trial spawn '"variant":"base"'; v base 1; } >stdin
	expect 1 cmp-baseline
	verdict_is '.why == "1 of 1 trials failed: spawn"'
}

@test "cmp-baseline: variants that cannot be compared" {
	{ more='"unit":"s"' v base 1 2 3 4; more='"unit":"ms"' v head 1 2 3 4; } >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "incomparable" and
		.why == "the two variants have different units"'
	{
		v base 1 2 3 4
		echo '{"type":"summary","case":"c","variant":"head","metric":"m","value":9}'
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "incomparable" and
		.why == "a variant has no round values: its samples need rounds"'
}

@test "cmp-baseline: variants: criteria are not for the base" {
	{
		declare_case '' '{"metric":"m","operator":"<","limit":200}'
		v base 300 301 302 303
		v head 100 101 102 103
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "pass" and .variant == "head"'
	# But where the base is alone, they are.
	grep -v head stdin >alone
	past 300 >base
	expect 1 cmp-baseline -b base alone
	verdict_is '.verdict == "fail" and .variant == "base"'
}

@test "cmp-baseline: variants are compared with a baseline, if there is one" {
	steady
	sed -i 's/"unit":"ns",//' base
	{
		v base 100 100 100 100 100 100 100 100 100 100
		v head 120 120 120 120 120 120 120 120 120 120
	} >stdin
	expect 1 cmp-baseline -b base
	verdicts_are 'map([.variant, .verdict, .sessions]) ==
		[["base", "unchanged", 5], ["head", "regressed", 5]]'
}

@test "cmp-baseline: which direction is better, where the summary does not say" {
	steady
	{ declare_case '{"name":"m","better":"higher"}'; s 80; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .better == "higher"'
	{
		declare_case '{"name":"m"}' '{"metric":"m","operator":">=","limit":1}'
		s 80
	} >stdin
	expect 1 cmp-baseline -b base
	verdicts_are '.[0].verdict == "regressed"'
	unit=MB/s past 99 100 100 100 101 >base
	unit=MB/s s 80 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .better == "higher"'
	unit=MB/s s 80 '"better":"lower"' >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "improved" and .better == "lower"'
}

@test "cmp-baseline: a baseline file that is none is named by file and line" {
	s 100 >stdin
	printf '%s\n' '{"type":"baseline-file","v":1}' \
		'{"type":"baseline","case":"c","metric":"m"}' >base
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base:2: sessions is missing'
	printf '%s\n' '{"type":"baseline","case":"c","metric":"m","sessions":{}}' >base
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base:1: sessions is not a list'
	printf '%s\n' '{"type":"baseline","case":"c","metric":"m","sessions":[{}]}' >base
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base:1: value is missing'
	past 1e290 >base
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base:1: value is out of range'
	printf 'case: c\n' >base
	expect 2 cmp-baseline -b base
	err_has 'cmp-baseline: base:1: not JSON'
	# Cut short it would pass what it has lost.
	{ past 100; printf '{"type":"baseline","case"'; } >base
	expect 2 cmp-baseline -b base
	err_has 'cmp-baseline: base:2: not JSON'
	# Samples are no baseline; that nothing is, is one.
	printf '%s\n' '{"case":"c","metric":"m","value":1}' >base
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base: it holds neither baselines nor summaries'
	expect 2 cmp-baseline -b absent
	err_is 'cmp-baseline: absent: No such file or directory'
	expect 2 cmp-baseline -b .
	err_is 'cmp-baseline: .: Is a directory'
	echo '{"type":"baseline-file","v":1}' >base
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "new"'
}

@test "cmp-baseline: - is stdin, of the run or of the baseline" {
	steady
	s 120 >stdin
	expect 1 cmp-baseline -b base -
	ignore_out
	cp stdin run
	cp base stdin
	expect 1 cmp-baseline -b - run
	verdict_is '.sessions == 5'
	metric=k s 1 >stdin
	metric=z s 1 >two
	expect 1 cmp-baseline -b base run - two
	verdicts_are 'map(.metric) == ["m", "k", "z"]'
}

@test "cmp-baseline: a bad record is named by file and line" {
	local line message

	while IFS='|' read -r line message; do
		printf '\n%s\n' "$line" >two
		s 1 >stdin
		expect 2 cmp-baseline - two
		ignore_out
		err_is "cmp-baseline: two:2: $message"
	done <<-'END'
		[1]|not a JSON object
		{"type":"summary","case":"c","metric":"m"}|value is missing
		{"type":"summary","case":"c","metric":"m","value":"x"}|value is not a number
		{"type":"summary","case":"c","metric":"m","value":1e290}|value is out of range
		{"type":"summary","case":"c","metric":"m","value":1,"values":[1,-1e290]}|values is out of range
		{"type":"summary","case":"c","metric":"m","value":1,"values":[1,"x"]}|values is not a list of numbers
		{"type":"summary","case":"c","metric":"m","value":1,"se_block":-1}|se_block is out of range
		{"type":"summary","case":"c","metric":"m","value":1,"better":"Lower"}|unknown better: Lower
		{"type":"trial","case":"c"}|status is missing
		{"type":"end","complete":1}|complete is not true or false
		{"type":"case","case":"c","metrics":{}}|metrics is not a list
		{"type":"case","case":"c","criteria":{}}|criteria is not a list
		{"type":"case","case":"c","metrics":[{"unit":"s"}]}|name is missing
		{"type":"case","case":"c","metrics":[{"name":"m","severity":"fatal"}]}|unknown severity: fatal
		{"type":"case","case":"c","metrics":[{"name":"m","better":"more"}]}|unknown better: more
		{"type":"case","case":"c","metrics":[{"name":"m","min_abs":-1}]}|min_abs is out of range
		{"type":"case","case":"c","metrics":[{"name":"m","threshold_percent":-1}]}|threshold_percent is out of range
		{"type":"case","case":"c","criteria":[{"metric":"m","operator":"=<","limit":1}]}|unknown operator: =<
		{"type":"case","case":"c","criteria":[{"metric":"m","operator":"<"}]}|limit is missing
		{"type":"case","case":"c","criteria":[{"metric":"m","operator":"<","limit":1,"severity":"x"}]}|unknown severity: x
		{"type":7}|type is not a text
	END
}

@test "cmp-baseline: a file that cannot be read" {
	expect 2 cmp-baseline absent
	err_is 'cmp-baseline: absent: No such file or directory'
	expect 2 cmp-baseline .
	err_is 'cmp-baseline: .: Is a directory'
}

@test "cmp-baseline: a last line without its newline" {
	printf '%s\n%s' "$(s 1)" "$(metric=k s 2)" >stdin
	expect 0 cmp-baseline
	verdicts_are 'map(.current) == [1, 2]'
	printf '%s\n%s' "$(s 1)" '{"type":"summary","case"' >stdin
	expect 0 cmp-baseline
	err_is 'cmp-baseline: <stdin>:2: the last line is cut short and is dropped: the run was truncated'
	verdicts_are 'map(.current) == [1]'
	printf '%s\n%s' '{"type":"end"}' '{"type":"summary","case"' >stdin
	expect 2 cmp-baseline
	ignore_out
	err_has '<stdin>:2: not JSON'
}

@test "cmp-baseline: bytes that are no JSON" {
	printf '{"type":"summary","case":"c\0","metric":"m","value":1}\n\n' >stdin
	expect 2 cmp-baseline
	err_has '<stdin>:1: not JSON'
	printf '{"type":"summary","case":"\377","metric":"m","value":1}\n' >stdin
	expect 2 cmp-baseline
	err_has '<stdin>:1: not JSON'
	printf '{"type":"summary","case":"c","case":"d","metric":"m","value":1}\n' >stdin
	expect 2 cmp-baseline
	err_has '<stdin>:1: not JSON'
	head -c 4096 /dev/urandom >stdin
	echo >>stdin
	expect 2 cmp-baseline
	err_has 'cmp-baseline: <stdin>:'
}

@test "cmp-baseline: names that run into one another are kept apart" {
	{ case=ab metric=c past 100; case=a metric=bc past 200; } >base
	{ case=a metric=bc s 200; case=ab metric=c s 100; } >stdin
	expect 0 cmp-baseline -b base
	verdicts_are 'map(.baseline | round) == [200, 100]'
	{
		case='a\u001fb' metric=c s 1
		case=a metric='b\u001fc' s 2
		case='"\\\n\u00e9' metric=é s 3
	} | sed 's/"case":"""/"case":"\\""/; s/"case":""\\/"case":"\\"\\/' >stdin
	expect 0 cmp-baseline
	verdicts_are 'map(.current) == [1, 2, 3] and .[2].case == "\"\\\né"'
}

@test "cmp-baseline: a line of 10 MB" {
	{
		printf '{"type":"note","text":"'
		head -c 10485760 /dev/zero | tr '\0' x
		printf '"}\n'
		s 1
	} >stdin
	expect 0 cmp-baseline
	ignore_out
	[ "$(head -n 1 out | wc -c)" -gt 10485760 ]
	[ "$(tail -n 1 out | jq -r .type)" = result ]
}

@test "cmp-baseline: values at the edge of what is accepted" {
	local a b floor

	for a in 1e280 -1e280 1e-300 -1e-300 0; do
		for b in 1e280 -1e280 1e-300 0; do
			for floor in 0 1e-20 1e280; do
				declare_case '{"name":"m","min_abs":'$floor'}' >case
				past "$b" "$a" "$b" | sed 's/"unit":"ns",//' >base
				v now "$a" "$b" "$a" "$b" "$a" "$b" "$a" "$b" \
					"$a" "$b" "$a" "$b" >here
				cmp-baseline -b base case here >out || [ $? = 1 ]
				{
					v base "$a" "$a" "$b" "$b"
					v head "$b" "$b" "$a" "$b"
				} >here
				cmp-baseline case here >out || [ $? = 1 ]
			done
		done
	done
	ignore_out
}

@test "cmp-baseline: ten thousand metrics" {
	local i

	seq 10000 | sed 's/.*/{"type":"baseline","case":"c","metric":"m&","sessions":[{"value":100},{"value":101},{"value":99},{"value":100},{"value":100}]}/' >base
	seq 10000 | sed 's/.*/{"type":"summary","case":"c","metric":"m&","value":100,"n":10,"se_block":0}/; 7s/"value":100/"value":150/' >stdin
	expect 1 cmp-baseline -b base
	result_is '.counts.regressed == 1 and .counts.unchanged == 9999'
}

@test "cmp-baseline: what stat-agg makes" {
	local i

	for i in 1 2 3 4 5; do
		{
			echo '{"type":"run","run":"r'$i'","machine":"k"}'
			echo '{"type":"case","case":"c","id":"1","metrics":[{"name":"lat_ms","from":"lat","unit":"ms","aggregator":"percentile_90"},{"name":"ops","unit":"req/s"}]}'
			for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
				echo '{"case":"c","round":'$round',"metric":"lat","unit":"us","value":'$((5000 + 7 * (round * i % 5)))'}'
				echo '{"case":"c","round":'$round',"metric":"ops","unit":"req/s","value":'$((900 + (round + i) % 3))'}'
			done
			echo '{"type":"end","run":"r'$i'","complete":true}'
		} >run$i
		stat-agg run$i >summary$i
	done
	expect 0 cmp-baseline -b summary1 summary2
	verdicts_are 'map([.metric, .better, .unit]) ==
		[["lat_ms", "lower", "ms"], ["ops", "higher", "req/s"]] and
		all(.[]; .sessions == 1 and .method == "predictive-t")'
	cat summary1 summary2 summary3 summary4 >base
	expect 0 cmp-baseline -b base summary5
	verdicts_are 'map([.verdict, .sessions]) ==
		[["unchanged", 4], ["unchanged", 4]]'
	sed 's/"value":9../"value":700/' run5 | stat-agg >worse
	expect 1 cmp-baseline -b base worse
	verdicts_are 'map(.verdict) == ["unchanged", "regressed"]'
}

@test "cmp-baseline: a disk that is full, a stdout that is closed" {
	s 1 >stdin
	expect 2 sh -c 'cmp-baseline >/dev/full'
	err_is 'cmp-baseline: stdout: No space left on device'
	expect 2 sh -c 'cmp-baseline >&-'
	err_is 'cmp-baseline: stdout: Bad file descriptor'
}

@test "cmp-baseline: a reader that leaves ends it" {
	yes '{"type":"note"}' | head -n 100000 >stdin
	# shellcheck disable=SC2016
	expect 0 bash -c 'cmp-baseline | head -n 1; [ "${PIPESTATUS[0]}" = 141 ]'
	out_is '{"type":"note"}'
}

@test "cmp-baseline: help names every option" {
	expect 0 cmp-baseline --help
	for option in baseline base threshold margin alpha target reached min-slo \
		any-machine strict help version; do
		out_has "--$option"
	done
	expect 0 cmp-baseline --version
	out_has 'cmp-baseline (plumbline)'
}

@test "cmp-baseline: --again: what did not fail again is unconfirmed" {
	local limit='{"metric":"m","operator":"<=","limit":110}'

	past 99 100 100 100 101 >base
	{ declare_case '{"name":"m"}' "$limit"; s 150; } >stdin
	# The second measurement: nothing fails.
	{ declare_case '{"name":"m"}' "$limit"; s 100; } |
		cmp-baseline -b base >again
	expect 0 cmp-baseline -b base --again again --min-slo 100
	verdicts_are 'map([.kind, .verdict, .was, .again, .gating]) ==
		[["change", "unconfirmed", "regressed", "unchanged", true],
		["criterion", "unconfirmed", "fail", "pass", true]] and
		(.[0].why | endswith("; not confirmed: measured again +0.0%, unchanged")) and
		(.[1].why | endswith("; not confirmed: measured again 100 ns, pass"))'
	# It is no failure; and it was neither met nor missed.
	result_is '.status == "inconclusive" and .exit == 0 and .counts.unconfirmed == 2 and
		.counts.regressed == 0 and (has("slo_compliance_percent") | not)'
	# Nor is it a success by which a baseline is moved.
	echo '{"update_baseline_on_success":true}' >gates
	expect 0 cmp-baseline -b base --again again -g gates
	result_is '.update_baseline == false'
	# Where anything of the case failed again, all of it stands.
	{ declare_case '{"name":"m"}' "$limit"; s 109; } |
		cmp-baseline -b base >again || :
	expect 1 cmp-baseline -b base --again again
	verdicts_are 'map([.verdict, .was, .again]) ==
		[["regressed", null, "regressed"], ["fail", null, "pass"]] and
		(.[0].why | endswith("; confirmed: measured again +9.0%, regressed"))'
	result_is '.status == "fail" and .counts.unconfirmed == 0'
}

@test "cmp-baseline: --again: what was not judged again stands" {
	past 99 100 100 100 101 >base
	s 150 >stdin
	for line in "$(case=other s 100)" "$(metric=other s 100)" \
		"$(unit=B s 100)" ''; do
		{ [ -z "$line" ] || cmp-baseline -b base <<<"$line" 2>/dev/null; } >again
		expect 1 cmp-baseline -b base --again again
		verdict_is '.verdict == "regressed" and (has("again") | not)'
	done
	# A trial that failed is no matter of chance; what does not gate is no
	# failure.
	s 100 | cmp-baseline -b base >again
	{ trial exit; s 150; } >stdin
	expect 1 cmp-baseline -b base --again again
	verdicts_are 'map(.verdict) | index("failed")'
	{ declare_case '{"name":"m","gate":false}'; s 150; } >stdin
	expect 0 cmp-baseline -b base --again again
	verdict_is '.verdict == "regressed" and (has("was") | not)'
	expect 2 cmp-baseline -b base --again -
	err_has '--again: a file, and not stdin'
	expect 2 cmp-baseline -b base --again nowhere
	ignore_out
	err_has 'nowhere: No such file or directory'
}
