#!/usr/bin/env bats
# cmp-baseline and variants: when their rounds can be compared, and how.

load helper
load cmp-baseline

# As many values as there are, from one on: from FIRST COUNT
from() {
	awk -v x="$1" -v n="$2" 'BEGIN {
		for (i = 0; i < n; i++) print x * (1 + i * 7 % n / 1000) }'
}

# The same in rounds: of FIRST ROUND COUNT
in_rounds() { # VARIANT FIRST ROUND COUNT
	local values

	mapfile -t values < <(from "$2" "$4")
	more="\"rounds\":[$(seq -s , "$3" $(($3 + $4 - 1)))]${fields:+,$fields}" \
		v "$1" "${values[@]}"
}

@test "cmp-baseline: variants of two sessions: the base is one stored session" {
	local base head

	mapfile -t base < <(from 100 30)
	mapfile -t head < <(from 104 30)
	{
		more='"session":"a"' v base "${base[@]}"
		more='"session":"b"' v head "${head[@]}"
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "inconclusive" and .method == "predictive-t" and
		.sessions == 1 and .prior_sd == 0.02 and .need_n == 4 and
		(.why | contains("against the base variant: ")) and (.why |
		endswith("; the base is of another session, and counts as one value"))'
	# What is far beyond sessions is found, and rounds need not be there.
	mapfile -t head < <(from 130 30)
	{
		more='"session":"a"' v base "${base[@]}"
		more='"session":"b"' v head "${head[@]}"
	} >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed" and .method == "predictive-t"'
	expect 1 cmp-baseline --adaptive
	verdict_is '.verdict == "regressed" and .looks == 1 and .p > 1e-4'
	{
		s 100 '"session":"a","variant":"base"'
		s 130 '"session":"b","variant":"head"'
	} >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed"'
	# In one session they are two heaps of values.
	{ more='"session":"a"' v base 100 101 102 103 104
		more='"session":"a"' v head 104 105 106 107 108; } >stdin
	expect 1 cmp-baseline
	verdict_is '.method == "mann-whitney" and (has("sessions") | not)'
}

# sessions VARIANT VALUE ...; more: fields of each. Named by their values.
sessions() {
	local variant=$1 value

	shift
	for value; do
		error=0.004 s "$value" \
			"\"variant\":\"$variant\",\"session\":\"$variant-$value\"${more:+,$more}"
	done
}

@test "cmp-baseline: variants of several sessions: sessions of both are replicates" {
	{ sessions base 100 101 99 100.5 102; sessions head 106 107 105; } >stdin
	sed -i 's/"value":100.5/"value":100/' stdin
	expect 1 cmp-baseline
	# R: pt() of the pooled t, with 4 degrees of freedom of 2 % before.
	verdict_is '.verdict == "regressed" and .method == "predictive-t" and
		.sessions == 5 and (.p - 0.001237624 | fabs) < 1e-9 and
		(.change - 0.05579994 | fabs) < 1e-8 and
		(.ci[0] - 0.03010532 | fabs) < 1e-8 and
		(.ci[1] - 0.08213548 | fabs) < 1e-8 and
		(.baseline - 100.3948 | fabs) < 1e-4 and
		(.current - 105.9969 | fabs) < 1e-4 and
		(.why | contains("against the base variant, 3 and 5 sessions: "))'
	# The same sessions without a change, and too few of them.
	{ sessions base 100 101 99 100.5 102; sessions head 100.2 101.1 99.9 100.7 101.5; } >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "unchanged"'
	{ sessions base 100 101; sessions head 103; } >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "inconclusive" and .need_n > 2 and
		(.why | contains("sessions of each would find the threshold"))'
	# A session that is there twice counts once, with what it says last.
	{ sessions base 100; sessions head 101 101; } >stdin
	expect 0 cmp-baseline
	verdict_is '.current == 101'
	err_has 'measured more than once'
}

@test "cmp-baseline: variants of several sessions: what cannot be compared is left out" {
	{
		sessions base 100 101 99
		more='"machine":"x"' sessions base 300
		more='"id":"other"' sessions base 400
		more='"machine":"m","id":"i"' sessions head 100.4 101.4
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.sessions == 3 and (.baseline - 100 | fabs) < 0.1'
	{
		more='"id":"other"' sessions base 400 401
		more='"id":"i"' sessions head 100.4 101.4
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "incomparable" and (has("method") | not) and
		(.why | contains("(id)"))'
	{
		more='"machine":"other"' sessions base 400 401
		more='"machine":"m"' sessions head 100.4 101.4
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "incomparable" and (.why | contains("this machine"))'
	expect 1 cmp-baseline --any-machine -B head
	ignore_out
	# Both variants in each session are compared by their rounds.
	{
		more='"session":"a"' v base 100 101 102 103 104
		more='"session":"a"' v head 104 105 106 107 108
		more='"session":"b"' v base 100 101 102 103 104
		more='"session":"b"' v head 100 101 102 103 104
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.method == "mann-whitney" and
		(.why | endswith("; of several sessions the last is compared"))'
}

@test "cmp-baseline: variants without pairs whose rounds depend on each other" {
	local low high

	mapfile -t low < <(from 100 12)
	mapfile -t high < <(from 150 12)
	{ v base "${low[@]}"; v head "${high[@]}"; } >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed"'
	for which in 1 2; do
		sed "${which}s/}\$/,\"r1\":0.7}/" stdin >dependent
		expect 3 cmp-baseline --strict dependent
		verdict_is '.verdict == "inconclusive" and .gating and (.why |
			endswith("its rounds depend on each other (r1), and only as pairs could they be compared all the same"))'
		sed -i 's/"r1":0\.7/"r1":0.6/' dependent
		expect 1 cmp-baseline dependent
		ignore_out
	done
	# Who does not say it is asked for it; of few it does not show.
	{ v base "${low[@]}"; v head 150 151 152 153 154 155 156 157 158 159 160; } >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "inconclusive"'
	{ v base "${low[@]}"; v head 150 151 152 153 154 155 156 157 158; } >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed"'
	# Pairs may.
	{ fields='"r1":0.9' in_rounds base 100 1 12; fields='"r1":0.9' in_rounds head 150 1 12; } >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed" and .method == "paired-wilcoxon"'
}

@test "cmp-baseline: variants that share few rounds are compared without pairs" {
	{ in_rounds base 100 1 30; in_rounds head 130 30 30; } >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed" and .method == "mann-whitney" and
		(.why | endswith("; compared without pairs, as fewer than half of the rounds are shared"))'
	{ in_rounds base 100 1 30; in_rounds head 130 17 30; } >stdin
	expect 1 cmp-baseline
	verdict_is '.method == "mann-whitney"'
	{ in_rounds base 100 1 30; in_rounds head 130 16 30; } >stdin
	expect 1 cmp-baseline
	verdict_is '.method == "paired-wilcoxon" and .n == 15'
	# Half of the smaller one.
	{ in_rounds base 100 1 30; in_rounds head 130 26 10; } >stdin
	expect 0 cmp-baseline
	verdict_is '.method == "paired-wilcoxon" and .n == 5'
	{ in_rounds base 100 1 10; in_rounds head 130 11 10; } >stdin
	expect 1 cmp-baseline
	verdict_is '.method == "mann-whitney" and (.why | contains("shared") | not)'
}

@test "cmp-baseline: variants: without an interval nothing has regressed" {
	paired() { # VARIANT VALUE ...
		more="\"rounds\":[$(seq -s , $(($# - 1)))]" v "$@"
	}
	{ paired base 100 101 102 103 104; paired head 101.5 102.515 103.53 104.55 105.56; } >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "inconclusive" and .q < 0.05 and .need_n == 6 and
		(has("ci") or has("mde") | not)'
	{ paired base 100 101 102 103 104; paired head 70 71 72 73 74; } >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "inconclusive" and .p_better < 0.05 and .need_n == 6'
	{ paired base 100 101 102 103 104 105; paired head 130 131 132 133 134 135; } >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed" and (.ci | length == 2)'
}

@test "cmp-baseline: what does not gate is told of its own family" {
	local i

	{
		declare_case "$(printf '{"name":"m"}'
			for i in 1 2 3 4 5 6 7 8 9; do
				printf ',{"name":"k%d","gate":false}' "$i"
			done)"
		s 100
		for i in 1 2 3 4 5 6 7 8 9; do metric=k$i s 100; done
	} >stdin
	past 100 >base
	for i in 1 2 3 4 5 6 7 8 9; do metric=k$i past 100; done >>base
	expect 0 cmp-baseline -b base
	verdicts_are '(.[0].mde < 0.12) and all(.[1:][]; .mde > 0.15)'
}

@test "cmp-baseline: exact metrics: a round that differs is a change" {
	past 1000 >base
	check() { # STATUS VERDICT GATING VALUE ...
		{ declare_case '{"name":"m","exact":true'"${direction-}"'}'
			v now "${@:4}" | sed 's/"variant":"now",/"unit":"ns",/'
		} >stdin
		expect "$1" cmp-baseline -b base
		verdict_is ".verdict == \"$2\" and .gating == $3"
	}
	check 0 unchanged true 1000 1000 1000
	check 1 exact-changed true 1000 1000 1000 5000
	out_json '.[2] | .change == 4 and .why ==
		"declared exact, but its rounds differ; the worst is 5 us, which is worse than before"'
	check 0 exact-changed false 1000 1000 900
	check 0 exact-changed false 900 900 800
	direction=',"better":"higher"' check 1 exact-changed true 1000 1000 900
	direction=',"better":"higher"' check 0 exact-changed false 1000 1000 1100
	# A summary may say it without the values.
	{ declare_case '{"name":"m","exact":true}'; s 1000 '"exact":false,"min":1000,"max":5000'; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and .gating and .change == 4'
	{ declare_case '{"name":"m","exact":true}'; s 1000 '"min":1000,"max":1001'; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "exact-changed" and .gating'
	{ declare_case '{"name":"m","exact":true}'; s 1000 '"exact":true,"min":1000,"max":1000'; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "unchanged"'
}

@test "cmp-baseline: a success rate has a min_abs of a percentage point" {
	rate() { # VALUE [FIELDS]
		unit=% s "$1" '"better":"higher","aggregator":"success_rate"'"${2:+,$2}"
	}
	unit=% more='"aggregator":"success_rate"' past 100 100 100 100 100 >base
	{ declare_case '{"name":"m","aggregator":"success_rate"}'
		rate 50 '"values":[100,0,100,0,100,0,100,0,100,0,100,0]'; } >stdin
	expect 1 cmp-baseline -b base --strict
	verdict_is '.verdict == "regressed" and .gating'
	# All that fail in a row are no drift that would excuse them.
	{ declare_case '{"name":"m","aggregator":"success_rate"}'
		rate 50 '"values":[100,100,100,100,100,100,100,100,100,100,0,0,0,0,0,0,0,0,0,0]'; } >stdin
	expect 1 cmp-baseline -b base
	verdict_is '.verdict == "regressed"'
	# One of twenty may.
	{ declare_case '{"name":"m","aggregator":"success_rate"}'
		rate 95 '"values":[100,100,100,100,100,100,100,100,100,100,0,100,100,100,100,100,100,100,100,100]'; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.verdict == "inconclusive"'
	{ declare_case '{"name":"m","aggregator":"success_rate"}'; rate 99.5; } >stdin
	expect 0 cmp-baseline -b base --strict
	verdict_is '.verdict == "unchanged" and .margin > 0.009'
	# Its own counts more.
	{ declare_case '{"name":"m","aggregator":"success_rate","min_abs":60}'
		rate 50 '"values":[100,0,100,0,100,0,100,0,100,0,100,0]'; } >stdin
	expect 0 cmp-baseline -b base
	verdict_is '.margin == 0.6'
}

@test "cmp-baseline: what an earlier look showed is said to be its" {
	local rounds base head

	rounds="\"rounds\":[$(seq -s , 40)]"
	mapfile -t base < <(from 100 40)
	mapfile -t head < <(awk 'BEGIN { for (i = 0; i < 40; i++)
		print 100 * (1 + i * 7 % 40 / 1000) * (i < 15 ? 1.08 : 0.98) }')
	{ more=$rounds v base "${base[@]}"; more=$rounds v head "${head[@]}"; } >stdin
	expect 0 cmp-baseline --adaptive
	verdict_is '.verdict == "small" and .looks == 3 and .ci[0] < 0 and
		(.why | endswith("worse, as the first 15 pairs showed, but by less than the threshold"))'
	# One look, or the last of them, is that of all.
	expect 0 cmp-baseline
	verdict_is '.why | contains("pairs showed") | not'
	sed -i 's/"value":/"x":0,&/; s/,"rounds":[^]]*\]//' stdin
	expect 0 cmp-baseline --adaptive
	verdict_is '.why | contains("pairs showed") | not'
}

# Of so many trials so many were good: rates BASE HEAD COUNT
rates() {
	declare_case '{"name":"m","aggregator":"success_rate"'"${min_abs-}"'}'
	for which in "base $1" "head $2"; do
		awk -v of="$which" -v n="$3" 'BEGIN {
			split(of, a)
			printf "{\"type\":\"summary\",\"case\":\"c\",\"variant\":\"%s\"", a[1]
			printf ",\"metric\":\"m\",\"unit\":\"%%\",\"better\":\"higher\""
			printf ",\"aggregator\":\"success_rate\",\"value\":%.9g", 100 * a[2] / n
			for (i = 1; i <= n; i++) {
				rounds = rounds (i > 1 ? "," : "") i
				bad = int(i * (n - a[2]) / n) > int((i - 1) * (n - a[2]) / n)
				values = values (i > 1 ? "," : "") (bad ? 0 : 100)
			}
			printf ",\"n\":%d,\"rounds\":[%s],\"values\":[%s]}\n", n, rounds, values
		}'
	done
}

# R: the level at which Newcombe's interval of prop.test's ends at 0.01; that of
# fisher.test(matrix(c(10, 20, 0, 30), 2), alternative = "greater") is less.
@test "cmp-baseline: variants: success rates are compared as such" {
	rates 30 20 30 >stdin
	expect 1 cmp-baseline
	verdict_is '.verdict == "regressed" and .method == "rates" and
		(.change + 1/3 | fabs) < 1e-12 and .ci[0] < -0.33 and
		.ci[1] < -0.15 and (.p / 0.000683038664 - 1 | fabs) < 1e-8'
	# A tenth of them fails: that is neither shown nor nothing.
	rates 30 27 30 >stdin
	expect 3 cmp-baseline --strict
	verdict_is '.verdict == "inconclusive" and .need_n > 30'
	rates 20 30 30 >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "improved" and .change > 0'
	# Where none failed there is nothing to compare.
	rates 30 30 30 >stdin
	expect 0 cmp-baseline --strict
	verdict_is '.verdict == "unchanged" and .method == "paired-wilcoxon"'
	# Many trials can show that little has changed, either way.
	rates 990 988 1000 >stdin
	expect 0 cmp-baseline --strict
	verdict_is '.verdict == "unchanged" and .method == "rates"'
	rates 1000 970 1000 >stdin
	expect 0 cmp-baseline --strict
	verdict_is '.verdict == "small" and (.why |
		contains("worse, but by less than the threshold"))'
	rates 190 189 200 >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "unchanged" and .ci[0] < -0.05 and (.why |
		contains("ruled out, as it is from -4.6% to ")) and
		(.why | endswith(" with a confidence of 90%"))'
	min_abs=',"min_abs":4' rates 1000 970 1000 >stdin
	expect 0 cmp-baseline
	verdict_is '.verdict == "inconclusive" or .verdict == "unchanged"'
}

@test "cmp-baseline: unchanged says the interval that proves it" {
	local proof='a change as large as the threshold is ruled out, as it is'
	local direction

	# 1.8595 = t(0.95) of 8 degrees of freedom, and 1.5492 % are se.
	past 100 100 100 100 100 >base
	for direction in lower higher; do
		s 101.4 '"better":"'$direction'"' >stdin
		expect 0 cmp-baseline -b base
		verdict_is '.verdict == "unchanged" and .ci[1] > 0.05 and
			(.why | endswith("'"$proof"' from -1.5% to +4.4% with a confidence of 90%"))'
	done
	expect 0 cmp-baseline -b base -a 0.045
	verdict_is '.why | endswith("with a confidence of 91%")'
	# Of pairs, and without.
	{
		v base 100 100 100 100 100 100 100 100 100 100 100 100
		v head 98 106 99 101.5 103 97.5 100.5 107 99.2 102.2 100.2 104.9
	} >stdin
	expect 0 cmp-baseline
	verdict_is '.method == "mann-whitney" and .verdict == "unchanged" and (.why |
		endswith("'"$proof"' from -0.8% to +3.0% with a confidence of 90%"))'
	sed -i 's/}$/,"rounds":[1,2,3,4,5,6,7,8,9,10,11,12]}/' stdin
	expect 0 cmp-baseline
	verdict_is '.method == "paired-wilcoxon" and .verdict == "unchanged" and
		.ci[1] > 0.036 and (.why |
		endswith("'"$proof"' from -0.3% to +3.2% with a confidence of 90%"))'
	# What the first rounds have shown, more may not show any more.
	{
		fields='' in_rounds base 100 1 25
		in_rounds base 100 1 25 | sed 's/base/head/; s/"values":\[[^]]*/"values":[100.1,100.2,100.3,100.4,100.1,100.2,100.3,100.4,100.1,100.2,100.3,100.4,100.1,100.2,100.3,120,80,121,79,122,78,123,77,124,76/'
	} >stdin
	expect 0 cmp-baseline --adaptive
	verdict_is '.verdict == "unchanged" and .looks == 2 and
		(.why | endswith("is ruled out, as an earlier look showed"))'
}
