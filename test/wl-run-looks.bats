#!/usr/bin/env bats
# wl-run --adaptive, and cmp-baseline --adaptive: what is decided is measured no
# further. Workloads report numbers of their own, so that nothing here depends
# on how long things take.

load helper
load wl-run

# A case that reports what arithmetic of its round and variant says: case NAME
# EXPRESSION, where r is the round and h is 1 for head. The noise of a round is
# the same in all runs.
metric_case() {
	# shellcheck disable=SC2016,SC2154
	script "$1" ': '"$mark"'; r=$WL_ROUND; h=0; [ ! -e is_head ] || h=1
		echo "{\"metric\":\"cost\",\"value\":$(('"$2"'))}"' \
		'"warmup":0,"cwd":"."' \
		'"metrics":[{"name":"cost","unit":"B","better":"lower"}]'
}

variants() {
	mkdir base head
	touch head/is_head
}

# Looks as perf-ab does.
adaptive() {
	expect "$1" wl-run --quiet --variant base=base --variant head=head \
		--journal run.jsonl --probe 0 \
		--adaptive 'tee -a seen | stat-agg | cmp-baseline --adaptive' "${@:2}"
}

# How often each case was measured: rounds_are '{"a":15}'
rounds_are() {
	out_json "map(select(.type == \"trial\" and .variant == \"head\")) |
		group_by(.case) | map({(.[0].case): length}) | add == $1"
}

# What is found in the end.
verdicts_are() {
	stat-agg run.jsonl | cmp-baseline --adaptive >verdicts || [ $? -eq 1 ]
	jq -es 'map(select(.type == "verdict")) | map({(.case):
		[.verdict, .n, .looks]}) | add == '"$1" verdicts >/dev/null || {
		jq -c 'select(.type == "verdict")' verdicts >&2
		return 1
	}
}

@test "wl-run: what is decided is measured no further" {
	variants
	{
		metric_case worse '1000 + 300 * h + r % 7'
		metric_case better '1000 - 300 * h + r % 7'
		metric_case same '1000 + (r + h) % 7'
		metric_case noisy '1000 + (r * 37 + h * 1231 * r) % 600'
	} >stdin
	adaptive 0
	rounds_are '{"worse":15,"better":15,"same":15,"noisy":40}'
	verdicts_are '{"worse":["regressed",15,1],"better":["improved",15,1],
		"same":["unchanged",15,1],"noisy":["inconclusive",40,3]}'
	# It was looked at twice, and each time all of it was there.
	[ "$(grep -c '"type":"end","complete":true}' seen)" = 2 ]
	[ "$(grep -c '"type":"trial"' seen)" = $((2 * (4 * 15) + 2 * (3 * 15 + 25))) ]
	# Another order stops just so.
	rm run.jsonl seen
	adaptive 0 --order sequential
	rounds_are '{"worse":15,"better":15,"same":15,"noisy":40}'
	rm run.jsonl seen
	adaptive 0 --order random
	rounds_are '{"worse":15,"better":15,"same":15,"noisy":40}'
}

@test "wl-run: a small change is measured to the end, as is what nobody judges" {
	variants
	{
		metric_case small '1000 + 30 * h + r % 3'
		metric_case same '1000 + (r + h) % 7'
	} >stdin
	adaptive 0
	rounds_are '{"small":40,"same":15}'
	verdicts_are '{"small":["small",40,3],"same":["unchanged",15,1]}'
}

@test "wl-run: what does not gate keeps no case going" {
	variants
	metric_case noisy '1000 + (r * 37 + h * 1231 * r) % 600' |
		sed 's/"better":"lower"/&,"gate":false/' >stdin
	adaptive 0
	rounds_are '{"noisy":15}'
}

@test "wl-run: what is said of how a metric grows keeps all its cases going" {
	variants
	for name in w/n=1,o=x w/n=10,o=x w/n=1,o=y w/m=1,o=x w v/n=1,o=x; do
		metric_case "$name" 1000
	done >stdin
	expect 0 wl-run -q --variant base=base --variant head=head \
		--journal run.jsonl --probe 0 --adaptive 'cat >records; echo \
		"{\"type\":\"verdict\",\"kind\":\"change\",\"case\":\"w/n=*,o=x\",\"verdict\":\"inconclusive\",\"gating\":true}"'
	rounds_are '{"w/n=1,o=x":40,"w/n=10,o=x":40,"w/n=1,o=y":15,
		"w/m=1,o=x":15,"w":15,"v/n=1,o=x":15}'
}

@test "wl-run: a look says how many cases are decided, unless it is quiet" {
	variants
	{
		metric_case worse '1000 + 300 * h + r % 7'
		metric_case noisy '1000 + (r * 37 + h * 1231 * r) % 600'
	} >stdin
	expect 0 wl-run --no-table --variant base=base --variant head=head \
		--journal run.jsonl \
		--adaptive 'stat-agg | cmp-baseline --adaptive'
	err_is 'wl-run: after 15 rounds 1 of 2 cases are decided
wl-run: after 25 rounds 0 of 1 cases are decided'
	rounds_are '{"worse":15,"noisy":40}'
}

@test "wl-run: where the decision fails nothing is decided" {
	variants
	metric_case worse '1000 + 300 * h' >stdin
	expect 0 wl-run -q --variant base=base --variant head=head \
		--journal run.jsonl --adaptive 'echo no; exit 2'
	rounds_are '{"worse":40}'
	err_is 'wl-run: --adaptive: its command failed: nothing is decided
wl-run: --adaptive: its command failed: nothing is decided'
	# One that says nothing finds nothing open; one that says nonsense is
	# trouble, and what was measured can be gone on with.
	rm run.jsonl
	expect 0 wl-run -q --variant base=base --variant head=head \
		--journal run.jsonl --adaptive 'cat >records'
	rounds_are '{"worse":15}'
	tail -n 1 records | grep -q '^{"type":"end","complete":true}$'
	rm run.jsonl
	expect 2 wl-run -q --variant base=base --variant head=head \
		--journal run.jsonl --adaptive 'echo no'
	ignore_out
	err_has 'wl-run: the answer of --adaptive:1: not JSON'
	err_has '--resume run.jsonl'
}

@test "wl-run: what says how often leaves nothing to be decided" {
	variants
	metric_case worse 1 >stdin
	expect 2 wl-run --adaptive true
	err_has '--adaptive needs a --journal to look at'
	expect 2 wl-run --adaptive true -j run.jsonl -n 20
	err_has '--adaptive says how often, so there can be no --iterations and no --budget'
	expect 2 wl-run --adaptive true -j run.jsonl -b 20
	err_has '--adaptive says how often, so there can be no --iterations and no --budget'
	[ ! -e run.jsonl ]
	# What the case says counts no more.
	metric_case noisy '1000 + (r * 37 + h * 1231 * r) % 600' |
		sed 's/"warmup":0/&,"min_iterations":3,"budget_s":0.001/' >stdin
	adaptive 0
	rounds_are '{"noisy":40}'
}

@test "wl-run: an adaptive run that was cut short goes on" {
	variants
	{
		metric_case worse '1000 + 300 * h + r % 7'
		metric_case noisy '1000 + (r * 37 + h * 1231 * r) % 600'
	} >cases
	cp cases stdin
	adaptive 0
	ignore_out
	mv run.jsonl whole
	# In the first stage, between the looks, and in the last one.
	for n in 20 70 100; do
		awk '/"type":"trial"/ && ++n > '$n' { exit } { print }' whole >run.jsonl
		expect 0 wl-run -q --resume run.jsonl
		rounds_are '{"worse":15,"noisy":40}'
	done
	expect 2 wl-run -q --resume run.jsonl -n 50
	ignore_out
	err_has '--adaptive says how often'
}

@test "wl-run: an interrupt ends what decides, too" {
	variants
	metric_case worse '1000 + 300 * h' >stdin
	start -q --variant base=base --variant head=head --journal run.jsonl \
		--adaptive "sleep $mark"
	until_true pgrep -f "^sleep $mark"
	kill -INT "$RUN"
	finish 130
	ignore_out
	err_has '--resume run.jsonl'
	nobody_alive
	[ "$(tail -n 1 run.jsonl | jq .complete)" = false ]
	expect 0 wl-run -q --resume run.jsonl --adaptive true
	rounds_are '{"worse":15}'
}

# Paired round values: a ratio of head to base for each round from 1 on.
pairs() {
	local i=0 rounds='' base='' head=''

	for ratio; do
		i=$((i + 1))
		rounds=$rounds,$i base=$base,$((i * i + 900))
		head=$head,$(((i * i + 900) * ratio / 1000))
	done
	for variant in base head; do
		printf '{"type":"summary","case":"c","metric":"m","unit":"B",'
		printf '"variant":"%s","value":1000,"n":%d,' "$variant" "$i"
		printf '"rounds":[%s],"values":[%s]}\n' "${rounds#,}" \
			"$(if [ $variant = base ]; then echo "${base#,}"; else echo "${head#,}"; fi)"
	done
}

repeat() { # N WORD
	for ((k = 0; k < $1; k++)); do echo "$2"; done
}

verdict_is() {
	out_json 'map(select(.type == "verdict"))[0] | '"$1"
}

@test "cmp-baseline: --adaptive: p is the least of all looks, by their shares" {
	# All of the first 15 are worse: 2^-15, of which 0.140625 may be spent.
	# shellcheck disable=SC2046
	pairs $(repeat 15 1200) >stdin
	expect 1 cmp-baseline
	verdict_is '.p == pow(2; -15) and (has("looks") | not)'
	expect 1 cmp-baseline --adaptive
	verdict_is '.p == pow(2; -15) / 0.140625 and .looks == 1 and .n == 15'
	# Some that are better follow: what was found is not lost again.
	# shellcheck disable=SC2046
	pairs $(repeat 15 1200) $(repeat 5 900) >stdin
	expect 1 cmp-baseline --adaptive
	verdict_is '.p == pow(2; -15) / 0.140625 and .looks == 2 and .n == 20'
	expect 1 cmp-baseline
	verdict_is '.p > 1e-4'
	# The last look alone.
	# shellcheck disable=SC2046
	pairs $(repeat 12 900) $(repeat 28 1200) >stdin
	expect 1 cmp-baseline
	jq 'select(.type == "verdict").p' out >p
	ignore_out
	expect 1 cmp-baseline --adaptive
	verdict_is ".looks == 3 and (.p * 0.609375 / $(cat p) - 1 | fabs) < 1e-9"
	verdict_is '.mde > 0'
}

@test "cmp-baseline: --adaptive without pairs, and with a baseline" {
	# shellcheck disable=SC2046
	pairs $(repeat 15 1200) |
		sed '2s/"rounds":\[[^]]*\],//; s/}$/,"r1":0}/' >stdin
	expect 1 cmp-baseline
	jq 'select(.type == "verdict").p' out >p
	ignore_out
	expect 1 cmp-baseline --adaptive
	verdict_is ".method == \"mann-whitney\" and .looks == 1 and
		(.p * 0.140625 / $(cat p) - 1 | fabs) < 1e-9"
	expect 2 cmp-baseline --adaptive -b stdin
	err_has '--adaptive is for variants: with a baseline more rounds do not make up for sessions'
}
