#!/usr/bin/env bats
# cmp-baseline and stored sessions: which of them count, and for what.

load helper
load cmp-baseline

# Suites of metrics with these values: suite PREFIX COUNT VALUE ...
suite() {
	local i prefix=$1 count=$2

	shift 2
	for ((i = 1; i <= count; i++)); do
		metric=$prefix$i past "$@" >>base
		metric=$prefix$i s 100 >>stdin
	done
}

@test "cmp-baseline: what is learned is for metrics that have five sessions" {
	suite k 12 99.3 99.7 100 100.3 100.7
	metric=new past 100 >>base
	metric=new s 103.5 >>stdin
	metric=four past 99 100 101 102 >>base
	metric=four s 100 >>stdin
	expect 0 cmp-baseline -b base
	verdicts_are '(map(select(.metric == "new" or .metric == "four")) |
		length == 2 and all(.[]; .prior_sd == 0.02 and .prior_df == 4
		and (has("prior_metrics") | not))) and
		all(.[] | select(.metric | startswith("k"));
		.prior_metrics == 12 and .prior_df == 10)'
}

@test "cmp-baseline: metrics that differ too much are no rule for others" {
	suite k 6 99.7 99.9 100 100.1 100.3
	suite z 6 60 80 100 120 140
	metric=new past 100 101 100 99 100 >>base
	metric=new s 200 >>stdin
	expect 1 cmp-baseline -b base
	verdicts_are 'all(.[]; .prior_df == 4 and (has("prior_metrics") | not))
		and (.[12] | .verdict == "regressed" and .metric == "new")'
}

@test "cmp-baseline: what never differs neither teaches nor learns" {
	suite same 10 100 100 100 100 100
	suite k 9 97 99 100 101 103
	expect 0 cmp-baseline -b base
	verdicts_are 'all(.[]; has("prior_metrics") | not)'
	suite z 1 97 99 100 101 103
	expect 0 cmp-baseline -b base
	verdicts_are '(map(select(.prior_metrics == 10)) | length == 10) and
		(map(select(.metric | startswith("same"))) | length == 10 and
		all(.[]; .prior_df == 4))'
}

@test "cmp-baseline: of two variants a metric teaches once" {
	local i

	suite k 5 97 99 100 101 103
	sed 's/"n":/"variant":"a",&/; p; s/"variant":"a"/"variant":"b"/' stdin >both
	expect 0 cmp-baseline -b base both
	verdicts_are 'length == 10 and all(.[]; has("prior_metrics") | not)'
	suite z 5 97 99 100 101 103
	sed 's/"n":/"variant":"a",&/; p; s/"variant":"a"/"variant":"b"/' stdin >both
	expect 0 cmp-baseline -b base both
	verdicts_are 'length == 20 and all(.[]; .prior_metrics == 10)'
}

# N sessions of a metric that follows the probe, of 1000 to 1140; better: which
# way, sign: what slow sessions do to it.
probed() {
	local i probe

	for ((i = 1; i <= $1; i++)); do
		probe=$((1000 + i * 37 % 8 * 20))
		case=:probe s $probe "\"session\":\"s$i\""
		s "$(awk -v p=$probe -v i=$i -v sign="${sign-1}" 'BEGIN {
			printf "%.3f", 1e6 * (p / 1000) ^ sign + i % 3 * 1000 }')" \
			"\"session\":\"s$i\"${better:+,\"better\":\"$better\"}"
	done
}

@test "cmp-baseline: the probe of another session explains nothing" {
	probed 8 >base
	session() { # NAME PROBE VALUE
		case=:probe s "$2" "\"session\":\"$1\""
		s "$3" "\"session\":\"$1\""
	}
	# A slow machine, and a fast one before it: the last probe counts.
	{ session fast 1000 1000000; session slow 1140 1140000; } >stdin
	expect 0 cmp-baseline -b base
	err_has 'measured more than once'
	verdict_is '.covariate == "m" and .verdict == "unchanged"'
	# A regression on a fast machine, and a slow one before it.
	{ session slow 1140 1140000; session fast 1000 1150000; } >stdin
	expect 1 cmp-baseline -b base
	err_has 'measured more than once'
	verdict_is '.covariate == "m" and .verdict == "regressed"'
	# The session that is judged has no probe.
	{ session slow 1140 1140000; s 1150000 '"session":"fast"'; } >stdin
	expect 0 cmp-baseline -b base
	err_has 'measured more than once'
	verdict_is 'has("covariate") | not'
	# A measure counts once, however often it is there.
	{ session a 1000 1000000; session a 1140 1140000; } >stdin
	expect 0 cmp-baseline -b base
	err_has 'measured more than once'
	verdict_is '.covariate == "m"'
}

@test "cmp-baseline: the probe, where more is better" {
	better=higher sign=-1 probed 8 >base
	{ case=:probe s 1140; s 877193 '"better":"higher"'; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.covariate == "m" and .verdict == "unchanged"'
	{ case=:probe s 1000; s 877193 '"better":"higher"'; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.covariate == "m" and .verdict == "regressed"'
	# What is slow where the machine is fast follows nothing.
	better=higher sign=1 probed 8 >base
	expect 1 cmp-baseline -b base
	verdict_is 'has("covariate") | not'
}

@test "cmp-baseline: of variants only the base is a session" {
	local i

	for i in 1 2 3 4 5 6 7 8; do
		s 100 "\"session\":\"s$i\""
	done >base
	s 108 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .sessions == 8'
	{
		s 100 '"session":"ab","variant":"base"'
		s 130 '"session":"ab","variant":"head"'
		s 160 '"session":"ab","variant":"aa"'
	} >>base
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and .sessions == 9 and
		(.baseline - 100 | fabs) < 1e-9'
	# Without a session, too.
	{ s 100 '"variant":"head"'; s 100; s 100 '"variant":"base"'; } >base
	expect 1 cmp-baseline -b base
	verdict_is '.sessions == 2'
	{ s 100 '"variant":"head"'; s 100 '"variant":"next"'; } >base
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: base: all of its summaries are of variants, and none is of base'
}

@test "cmp-baseline: the noise floor of a metric is its margin" {
	more='"noise_floor":0.03' past 99 100 100 100 101 >base
	s 112 >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed" and (.margin - 0.03 | fabs) < 1e-12 and
		(.why | contains("; its margin is the noise floor, as the same program differed by as much"))'
	s 105 >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive"'
	# It never makes the margin less.
	expect 0 cmp-baseline -b base -m 4
	verdict_is '(.margin - 0.04 | fabs) < 1e-12 and (.why | contains("noise") | not)'
	sed 's/0.03/0.004/' base >quiet
	s 107 >stdin
	expect 1 cmp-baseline -b quiet
	verdict_is '.verdict == "regressed" and .margin == 0.01'
	# As large as the threshold: too noisy to gate.
	sed 's/0.03/0.05/' base >loud
	s 120 >stdin
	expect 0 cmp-baseline -b loud
	verdict_is '.verdict == "regressed" and (.gating | not) and (.why |
		endswith("; does not gate, as its margin reaches its threshold"))'
	{ declare_case '{"name":"m","threshold_percent":6}'; s 120; } >stdin
	expect 1 cmp-baseline -b loud
	verdict_is '.verdict == "regressed" and .gating'
	sed 's/0.03/-0.05/' base >bad
	expect 2 cmp-baseline -b bad
	err_is 'cmp-baseline: bad:1: noise_floor is out of range'
}

# dated VALUE ...: a session for each, on the days from the tenth on.
dated() {
	local day=10 value

	printf '{"type":"baseline","case":"c","metric":"m","unit":"ns","sessions":['
	for value; do
		[ $day -eq 10 ] || printf ,
		printf '{"session":"d%s","time":"2026-11-%sT01:00:00Z","value":%s,"n":10}' \
			$day $day "$value"
		: $((day += 1))
	done
	printf ']}\n'
}

mark() { # TIME [FIELD ...]
	printf '{"type":"mark","mark":"x","kind":"change","case":"c","time":"%s"%s}\n' \
		"$1" "${2:+,$2}"
}

@test "cmp-baseline: an accepted change ends the sessions before it" {
	local run='{"type":"run","run":"r","time":"2026-11-20T00:00:00Z","arch":"x86_64","branch":"main"}'
	local end='{"type":"end","complete":true}'

	dated 50 50 50 100 100 >base
	given "$(mark 2026-11-13)" "$run" "$(s 100)" "$end"
	expect 0 cmp-baseline -b base
	verdict_is '.sessions == 2 and .baseline == 100 and .left_out == 3 and
		(.why | endswith("; 3 sessions are left out, as an accepted change lies between: 2026-11-13"))'
	out_json '.[0].type == "mark"'
	err_is 'cmp-baseline: c: 3 sessions are left out, as an accepted change lies between: 2026-11-13 (mark x)'
	given "$run" "$(s 100)" "$end"
	expect 0 cmp-baseline -b base
	verdict_is '.sessions == 5 and .baseline < 70 and (has("left_out") | not)'
	# The last of several; and where it leaves nothing.
	given "$run" "$(mark 2026-11-12)" "$(mark 2026-11-14)" "$(s 100)" "$end"
	expect 0 cmp-baseline -b base
	verdict_is '.sessions == 1'
	err_is 'cmp-baseline: c: 4 sessions are left out, as an accepted change lies between: 2026-11-14 (mark x)'
	given "$run" "$(mark 2026-11-19 '"reason":"it sorts more"')" "$(s 150)" "$end"
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "new" and .left_out == 5 and .why == "the baseline has no session on this side of an accepted change: it sorts more"'
	err_has '5 sessions are left out, as an accepted change lies between: it sorts more (mark x)'
	# Of another series, mute, or later than the run: no matter.
	for other in "$(mark 2026-11-13 '"metric":"k"')" \
		"$(mark 2026-11-13 '"branch":"next"')" \
		"$(mark 2026-11-13 '"machine":"y"')" \
		"$(mark 2026-11-13 | sed 's/"c"/"d"/')" \
		"$(mark 2026-11-13 '"until":"2027-01-01"' | sed 's/change/mute/')" \
		"$(mark 2026-11-21)"; do
		given "$run" "$other" "$(s 100)" "$end"
		expect 0 cmp-baseline -b base
		verdict_is '.sessions == 5'
	done
	for series in '"metric":"m"' '"arch":"x86_64"' '"branch":"main"'; do
		given "$run" "$(mark 2026-11-13 "$series")" "$(s 100)" "$end"
		expect 0 cmp-baseline -b base
		verdict_is '.sessions == 2'
		err_has '3 sessions are left out'
	done
	given "$run" "$(mark soon)" "$(s 100)" "$end"
	expect 2 cmp-baseline -b base
	err_is 'cmp-baseline: <stdin>:2: time is no time as 2026-11-21T01:30:00Z: soon'
	ignore_out
}

# A baseline of sessions "COMMIT:DAY:VALUE[:BRANCH]".
of_commits() {
	local session comma='' commit day value branch

	printf '{"type":"baseline","case":"c","metric":"m","unit":"ns","sessions":['
	for session; do
		IFS=: read -r commit day value branch <<<"$session"
		printf '%s{"session":"%s","time":"2026-11-%sT01:00:00Z","commit":"%s"%s,"value":%s,"n":10}' \
			"$comma" "$session" "$day" "$commit" \
			"${branch:+,\"branch\":\"$branch\"}" "$value"
		comma=,
	done
	printf ']}\n'
}

# What is judged: now COMMIT DAY [BRANCH]
now() {
	printf '{"type":"run","run":"r","time":"2026-11-%sT00:00:00Z","commit":"%s"%s}\n' \
		"$2" "$1" "${3:+,\"branch\":\"$3\"}"
	s 150
	printf '{"type":"end","complete":true}\n'
}

@test "cmp-baseline: a change is accepted for what contains its commit, whenever it was measured" {
	local old main slow next no=1111111111111111111111111111111111111111

	git init -q -b main .
	commit() { # [PARENT]
		git -c user.name=n -c user.email=e commit-tree ${1:+-p "$1"} \
			-m "$RANDOM" "$(git mktree </dev/null)"
	}
	old=$(commit)
	main=$(commit "$old")
	slow=$(commit "$old")
	next=$(commit "$slow")
	# The other branch was measured after the mark, and has no change.
	of_commits "$old:10:100" "$slow:12:150" "$main:13:100" >base
	mark 2026-11-12T01:00:00Z "\"commit\":\"$slow\"" >marked
	now "$next" 14 >stdin
	expect 0 cmp-baseline -b base marked -
	verdict_is '.sessions == 1 and .baseline == 150 and .left_out == 2'
	err_has '2 sessions are left out'
	# That branch does not have it, though it was measured later; nor has
	# what was before it, measured again.
	for commit in "$main" "$old"; do
		now "$commit" 20 >stdin
		expect 1 cmp-baseline -b base marked -
		verdict_is '.sessions == 2 and .baseline == 100 and .left_out == 1'
		err_has '1 session is left out'
	done
	# The very commit has.
	now "$slow" 20 >stdin
	expect 0 cmp-baseline -b base marked -
	verdict_is '.sessions == 1'
	ignore_err
	# What git does not know goes by its time.
	of_commits "$old:10:100" "$no:11:100" "$no:13:150" >base
	now "$next" 14 >stdin
	expect 0 cmp-baseline -b base marked -
	verdict_is '.sessions == 1 and .left_out == 2'
	ignore_err
	now "$no" 11 >stdin
	expect 1 cmp-baseline -b base marked -
	verdict_is '.sessions == 2 and .left_out == 1'
	ignore_err
	# As all does where there is no repository; so it does in a shallow one,
	# which has lost what it came from.
	of_commits "$old:10:100" "$slow:12:150" "$main:13:100" >base
	now "$next" 14 >stdin
	mv .git away
	expect 0 cmp-baseline -b base marked -
	verdict_is '.sessions == 2 and .left_out == 1'
	ignore_err
	git --git-dir=away update-ref refs/heads/next "$next"
	git --git-dir=away update-ref refs/heads/slow "$slow"
	git clone -q --depth 1 --no-single-branch "file://$PWD/away" shallow 2>said
	cp base marked stdin shallow/
	cd shallow
	expect 0 cmp-baseline -b base marked -
	verdict_is '.sessions == 2 and .left_out == 1'
	ignore_err
}

@test "cmp-baseline: a mark of a branch leaves out sessions of others" {
	of_commits a:10:100:next b:12:150:next c:13:100:main d:13:100 >base
	mark 2026-11-12T01:00:00Z '"branch":"next"' >marked
	now e 14 next >stdin
	expect 0 cmp-baseline -b base marked -
	verdict_is '.sessions == 2 and .left_out == 2'
	err_has '2 sessions are left out'
	now e 14 main >stdin
	expect 1 cmp-baseline -b base marked -
	verdict_is '.sessions == 4'
}

@test "cmp-baseline: what is muted is judged as always, and does not gate" {
	local run='{"type":"run","run":"r","time":"2026-11-20T12:00:00Z","arch":"x86_64","branch":"main"}'
	local end='{"type":"end","complete":true}'

	mute() { # [FIELD ...]
		jq -cn "{type: \"mark\", mark: \"x\", kind: \"mute\", case: \"c\",
			until: \"2026-11-20\", reason: \"a fix comes\"} + {${1-}}"
	}
	steady
	given "$run" "$(s 150)" "$end"
	expect 1 cmp-baseline -b base
	mv out plain
	for place in '' '"metric":"m"' '"time":"2026-11-19"' '"branch":"main"' \
		'"until":"2026-11-20T12:00:00Z"'; do
		given "$(mute "$place")" "$run" "$(s 150)" "$end"
		expect 0 cmp-baseline -b base
		verdict_is '.verdict == "regressed" and .gating == false and .muted == "a fix comes"'
		result_is '.status == "pass"'
		# But for that it is the same verdict.
		diff <(jq -c 'select(.type == "verdict") | del(.gating, .muted)' out) \
			<(jq -c 'select(.type == "verdict") | del(.gating)' plain) >&2
	done
	for place in '"metric":"k"' '"time":"2026-11-21"' '"branch":"next"' \
		'"until":"2026-11-19"' '"until":"2026-11-20T11:59:59Z"'; do
		given "$(mute "$place")" "$run" "$(s 150)" "$end"
		expect 1 cmp-baseline -b base
		verdict_is '.gating and (has("muted") | not)'
	done
	# By its commit, it begins where that is.
	given "$(mute '"commit":"x","time":"2026-11-21"')" "${run%?},\"commit\":\"x\"}" "$(s 150)" "$end"
	expect 0 cmp-baseline -b base
	verdict_is '.muted == "a fix comes"'
	# Limits, too, which are none of the SLO then; not what failed.
	given "$(mute)" "$run" "$(declare_case '{"name":"m"}' \
		'{"metric":"m","operator":"<=","limit":1,"severity":"blocking"}')" "$(s 100)" "$end"
	expect 0 cmp-baseline --min-slo 100 -b base
	verdicts_are 'map(select(.kind == "criterion")) | length == 1 and .[0].verdict == "fail" and .[0].muted == "a fix comes"'
	result_is 'has("slo_compliance_percent") | not'
	given "$(mute)" "$run" "$(trial exit '"phase":"measure"')" "$(s 100)" "$end"
	expect 1 cmp-baseline -b base
	verdicts_are 'any(.verdict == "failed" and .gating)'
}
