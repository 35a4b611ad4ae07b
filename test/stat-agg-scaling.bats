#!/usr/bin/env bats
# stat-agg: how metrics grow with a parameter.

load helper

# A case of the workload w: a_case N [SCALING [OTHER [METRICS]]]. OTHER is the
# value of another parameter.
a_case() {
	local scaling='{"over":"n","metric":"m","at_most":1.1}'

	printf '{"type":"case","case":"w/n=%s,o=%s","workload":"w","id":"%s%s"' \
		"$1" "${3-x}" "$1" "${3-x}"
	printf ',"arch":"a","target":"t","params":{"n":%s,"o":"%s"}' \
		"$1" "${3-x}"
	printf ',"metrics":[%s],"scaling":[%s]}\n' \
		"${4-{\"name\":\"m\",\"unit\":\"ms\"\}}" "${2:-$scaling}"
}

# A sample of it: sample N ROUND VALUE [OTHER [METRIC [UNIT [VARIANT]]]]
sample() {
	printf '{"type":"sample","case":"w/n=%s,o=%s"' "$1" "${4-x}"
	[ -z "${7-}" ] || printf ',"variant":"%s"' "$7"
	[ "$2" = - ] || printf ',"round":%s' "$2"
	printf ',"metric":"%s","unit":"%s","value":%s}\n' \
		"${5-m}" "${6-ms}" "$3"
}

# 1, 10 and 100: what awk makes of n and of the round r, for 12 rounds.
grown() { # EXPRESSION [OTHER [METRIC [UNIT [VARIANT]]]]
	local n r

	for n in 1 10 100; do
		for r in {1..12}; do
			sample "$n" "$r" "$(awk -v n="$n" -v r="$r" \
				"BEGIN { printf \"%.17g\", $1 }")" "${@:2}"
		done
	done
}

cases() {
	local n

	for n in 1 10 100; do a_case "$n" "$@"; done
}

# jq: the summaries of exponents; whether two numbers are the same.
of_exponents='map(select(.type == "summary" and
	(.metric | endswith(".exponent"))))'
near='def near(x): . - x | fabs < 1e-12;'

exponents_are() {
	out_json "$near $of_exponents | $1"
}

@test "stat-agg: the exponent of a power, and the case that it belongs to" {
	{
		echo '{"type":"run","run":"r","session":"s","machine":"k"}'
		cases
		grown '3 * n ^ 2'
		echo '{"type":"end","run":"r"}'
	} >stdin
	expect 0 stat-agg
	out_json '.[-3] | del(.id) == {type: "case", case: "w/n=*,o=x",
		workload: "w", arch: "a", target: "t", params: {o: "x"},
		metrics: [{name: "m.exponent", unit: "", better: "lower",
			min_abs: 0.05}],
		criteria: [{metric: "m.exponent", operator: "<=", limit: 1.1}]}'
	out_json '.[-3].id == .[-2].id and (.[-2].id | test("^[0-9a-f]{16}$"))'
	out_json '.[-1].type == "end"'
	exponents_are 'length == 1 and (.[0] | (.value | near(2)) and
		([.case, .workload, .run, .session, .machine, .metric, .unit,
		.better, .aggregator, .n, .lines, .rounds] == ["w/n=*,o=x",
		"w", "r", "s", "k", "m.exponent", "", "lower", "median", 12,
		36, [range(1; 13)]]) and all(.values[]; near(2)))'
}

@test "stat-agg: an exponent for each round, with an interval" {
	{
		cases
		grown 'n ^ (1 + r / 100)'
	} >stdin
	expect 0 stat-agg
	exponents_are '.[0] | [.values, [range(1; 13) | 1 + . / 100]] |
		transpose | all(.[0] as $want | .[1] | near($want))'
	# Of 12 values the interval of the median is from the third on.
	exponents_are '.[0] | (.value | near(1.065)) and (.ci[0] | near(1.03))
		and (.ci[1] | near(1.1)) and .level == 0.95 and has("se_block")'
	# By least squares, and not by the ends only.
	{
		for n in 1 10 1000; do
			a_case "$n"
			sample "$n" 1 "$((n == 10 ? 20 : n))"
		done
	} >stdin
	expect 0 stat-agg
	exponents_are '.[0].value | near(0.9784978574525727)'
}

@test "stat-agg: only rounds that all cases have count" {
	{
		cases
		grown 'n * r' | grep -v 'n=10,.*"round":[379],'
	} >stdin
	expect 0 stat-agg
	exponents_are '.[0] | .n == 9 and .rounds == [1, 2, 4, 5, 6, 8, 10,
		11, 12] and (.value | near(1)) and .lines == 33'
	{
		cases
		sample 1 1 1
		sample 10 2 10
		sample 100 2 100
	} >stdin
	expect 0 stat-agg
	err_is 'stat-agg: case w/n=*,o=x: m has no exponent: in no round have all cases a value'
	exponents_are '. == []'
	out_json 'map(select(.case == "w/n=*,o=x")) == []'
}

@test "stat-agg: without rounds there is one exponent, of the medians" {
	{
		cases
		for value in 1 3 1000; do
			sample 1 - "$value"
			sample 10 - "$((10 * value))"
			sample 100 - "$((100 * value))"
		done
	} >stdin
	expect 0 stat-agg
	exponents_are '.[0] | .n == 1 and (.value | near(1)) and
		(has("rounds") or has("ci") | not)'
	# Of many, too.
	{
		cases
		sample 1 - 1
		sample 10 - 10
		sample 100 - 0 | awk '{ for (i = 1; i <= 20001; i++) {
			line = $0
			sub(/"value":0/, "\"value\":" int(i / 100) + 1, line)
			print line
		} }'
	} >stdin
	expect 0 stat-agg
	err_has 'give them rounds'
	exponents_are '.[0] | .n == 1 and (.value - 1 | fabs) < 0.01'
}

@test "stat-agg: what differs in another parameter grows apart" {
	{
		cases '' a
		cases '' b
		grown n a
		grown 'n ^ 3' b
	} >stdin
	expect 0 stat-agg
	exponents_are 'map([.case, (.value * 1e9 | round / 1e9)]) ==
		[["w/n=*,o=a", 1], ["w/n=*,o=b", 3]]'
	out_json 'map(select(.case == "w/n=*,o=b" and .type == "case").params)
		== [{o: "b"}]'
	# The names of parameters and workloads are whole.
	sed 's/w\/n=/w\/on=1,n=/; s/"params":{/&"on":1,/' stdin >larger
	cp larger stdin
	expect 0 stat-agg
	exponents_are 'map(.case) == ["w/on=1,n=*,o=a", "w/on=1,n=*,o=b"]'
}

@test "stat-agg: the exponents of metrics that are made of others" {
	local declared='{"name":"p90","from":"latency","unit":"us","aggregator":"percentile_90"}'

	{
		cases '{"over":"n","metric":"p90","at_most":2},{"over":"n","metric":"max_rss","at_most":0.5}' \
			x "$declared"
		grown n x latency ms
		grown '1e6 * n' x latency ns
		grown '1e5 * n ^ 0.5' x max_rss B
	} >stdin
	expect 0 stat-agg
	exponents_are 'map([.metric, (.value * 1e9 | round / 1e9)]) ==
		[["p90.exponent", 1], ["max_rss.exponent", 0.5]]'
	out_json 'map(select(.case == "w/n=*,o=x" and .type == "case")) |
		length == 1 and (.[0] | (.metrics | map(.name)) ==
		["p90.exponent", "max_rss.exponent"] and
		(.criteria | map(.limit)) == [2, 0.5])'
}

@test "stat-agg: the exponents of variants" {
	{
		cases
		grown n x m ms base
		grown 'n ^ 1.5' x m ms head
		# A shadow of one case only is none of the family.
		sample 10 1 10 x m ms aa
	} >stdin
	expect 0 stat-agg
	exponents_are 'map([.variant, (.value * 1e9 | round / 1e9), .n]) ==
		[["base", 1, 12], ["head", 1.5, 12]]'
	out_json 'map(select(.case == "w/n=*,o=x" and .type == "case")) |
		length == 1'
	sed -i 's/"aa"/"other"/' stdin
	expect 0 stat-agg
	ignore_out
	err_is 'stat-agg: case w/n=*,o=x: m has no exponent: the case w/n=1,o=x has no value'
}

@test "stat-agg: what has no exponent" {
	# A case that was not measured.
	{
		cases
		grown n | grep -v 'n=100,'
	} >stdin
	expect 0 stat-agg
	err_is 'stat-agg: case w/n=*,o=x: m has no exponent: the case w/n=100,o=x has no value'
	out_json 'map(select(.case == "w/n=*,o=x")) == []'
	# One of which all were skipped says nothing, and neither does one case.
	cases >stdin
	expect 0 stat-agg
	exponents_are '. == []'
	{
		a_case 10
		sample 10 1 5
	} >stdin
	expect 0 stat-agg
	exponents_are '. == []'
	# A value of zero.
	{
		cases
		grown 'n * (r != 5)'
	} >stdin
	expect 0 stat-agg
	err_is 'stat-agg: case w/n=*,o=x: m has no exponent: not all values are above zero'
	exponents_are '. == []'
}

@test "stat-agg: a parameter is a number, however it is written" {
	{
		cases | sed 's/"n":100/"n":"1e2"/; s/"n":1,/"n":"01",/'
		grown n
	} >stdin
	expect 0 stat-agg
	exponents_are '.[0].value | near(1)'
	{
		cases | sed 's/"n":10,/"n":"ten",/; s/"n":1,/"n":0,/'
		grown n
	} >stdin
	expect 0 stat-agg
	err_is 'stat-agg: case w/n=1,o=x: scaling: n is no number above zero
stat-agg: case w/n=10,o=x: scaling: n is no number above zero'
	exponents_are '. == []'
	given '{"type":"case","case":"c","scaling":[{"over":"n"}]}'
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: <stdin>:1: metric is missing'
}

@test "stat-agg: a name that was cut lacks its parameter" {
	long=$(printf '%180s' '' | tr ' ' y)
	{
		cases
		grown n
	} | sed -E "s/w\/n=([0-9]+),o=x/w\/o=$long~\1/" >stdin
	expect 0 stat-agg
	exponents_are '.[0] | (.case | test("^w/n=\\*~[0-9a-f]{16}$")) and
		(.value | near(1))'
}

@test "stat-agg: an exponent does not depend on how the input is split" {
	{
		echo '{"type":"run","run":"r"}'
		cases
		grown 'n ^ 1.2 * (20 + r)'
	} >stdin
	expect 0 stat-agg
	cp out whole
	ignore_out
	exponents_are '.[0].value | near(1.2)'
	split -n l/3 stdin part.
	for part in part.a?; do stat-agg --partial "$part" >"$part.partial"; done
	: >stdin
	expect 0 stat-agg --merge part.*.partial
	cmp out whole
	ignore_out
}

@test "stat-agg: other cases make another id" {
	{
		cases
		grown n
	} >stdin
	expect 0 stat-agg
	ignore_out
	all=$(jq -r 'select(.case == "w/n=*,o=x" and .type == "case").id' out)
	grep -v 'n=10,' stdin >some
	cp some stdin
	expect 0 stat-agg
	exponents_are '.[0].value | near(1)'
	[ "$(jq -r 'select(.case == "w/n=*,o=x" and .type == "case").id' out)" != "$all" ]
	# Cases without an id have none together.
	sed -i 's/,"id":"[^"]*"//' stdin
	expect 0 stat-agg
	exponents_are '.[0] | has("id") | not'
}

# What cmp-baseline says of a growth: judged STATUS EXPRESSION
judged() {
	{
		cases
		grown "$2"
	} | stat-agg >now.jsonl
	expect "$1" cmp-baseline -b stored.jsonl now.jsonl
}

@test "cmp-baseline: an exponent that grows fails, and so does its limit" {
	for i in 1 2 3; do
		echo '{"type":"run","run":"r","session":"'"$i"'"}'
		cases
		grown "n * (100 + $i + r * 7919 % 5)"
	done | stat-agg >stored.jsonl
	is='map(select(.type == "verdict" and .case == "w/n=*,o=x") |
		{(.kind): .verdict}) | add'
	judged 0 'n * (100 + r * 7919 % 7)'
	out_json "$is == {change: \"unchanged\", criterion: \"pass\"}"
	judged 1 'n ^ 1.3 * (100 + r * 7919 % 7)'
	out_json "$is == {change: \"regressed\", criterion: \"fail\"}"
	# What grows a little more than linearly is a change, but within it.
	judged 1 'n ^ 1.08 * (100 + r * 7919 % 7)'
	out_json "$is | .criterion == \"pass\""
	judged 0 'n ^ 0.5 * (100 + r * 7919 % 7)'
	out_json "$is == {change: \"improved\", criterion: \"pass\"}"
}
