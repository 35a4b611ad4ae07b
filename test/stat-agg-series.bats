#!/usr/bin/env bats
# stat-agg: series in, what they come to and how they grow out.

load helper

# A series of case c: series ROUND 't values' 'values' [UNIT [METRIC [VARIANT]]]
series() {
	printf '{"type":"series","case":"c","round":%s,"metric":"%s","unit":"%s"' \
		"$1" "${5-rss}" "${4-B}"
	[ -z "${6-}" ] || printf ',"variant":"%s"' "$6"
	printf ',"t":[%s],"value":[%s]}\n' "$2" "$3"
}

# Forty looks at a course, 0.1 s apart: course ROUND 'awk expression of u from
# 0 to 1 and i from 0' [UNIT [METRIC [VARIANT]]]
course() {
	local t value

	t=$(seq -s, 100000000 100000000 4000000000)
	value=$(awk 'BEGIN { for (i = 0; i < 40; i++) { u = i / 39
		printf "%s%.9g", i ? "," : "", '"$2"' } }')
	series "$1" "$t" "$value" "${@:3}"
}

# A jq condition on the summary of a metric.
metric_is() {
	out_json "map(select(.type == \"summary\" and .metric == \"$1\"))[0] |
		$2"
}

summaries_are() {
	out_json "map(select(.type == \"summary\")) | $1"
}

@test "stat-agg: mean, peak and area of a series" {
	{
		series 1 1e9,2e9,4e9 10,20,40
		series 2 1e9,3e9 10,10
	} >stdin
	expect 0 stat-agg
	# 15 for a second and 30 for two: 75 in 3 s.
	summaries_are 'map([.metric, .unit, .values, .better]) == [
		["rss.area", "B*s", [75, 20], "lower"],
		["rss.mean", "B", [25, 10], "lower"],
		["rss.peak", "B", [40, 10], "lower"]]'
	# They are consumed.
	out_json 'all(.type == "summary")'
}

@test "stat-agg: a series of one look has no area; of none, nothing" {
	series 1 1e9 7 >stdin
	expect 0 stat-agg
	summaries_are 'map([.metric, .value]) == [["rss.area", 0],
		["rss.mean", 7], ["rss.peak", 7]]'
	series 1 '' '' >stdin
	expect 0 stat-agg
	summaries_are '. == []'
}

@test "stat-agg: the growth of a series: stable, linear or superlinear" {
	while IFS=';' read -r want expression; do
		course 1 "$expression" >stdin
		expect 0 stat-agg
		metric_is rss.slope ".growth == \"$want\" and .unit == \"B/s\""
	done <<-'END'
	stable;1e8
	stable;1e8 * (u < 0.2 ? 5 * u : 1)
	stable;1e8 + i * 7919 % 31 * 1e5
	stable;1e8 * (2 - u)
	stable;1e8 * (1 + u / 40)
	linear;1e8 * (1 + u)
	linear;1e8 * (1 + u) + i * 7919 % 31 * 1e5
	linear;4096 * int(1000 * (1 + u))
	superlinear;1e8 * exp(3 * u)
	superlinear;1e8 * (1 + u * u * u)
	END
}

@test "stat-agg: the slope of a series has an interval" {
	course 1 '100 * u * 3.9 + i * 7919 % 31 / 10' >stdin
	expect 0 stat-agg
	# 100 B in a second, within what 3 B of noise leave of it.
	metric_is rss.slope '.ci as [$lo, $hi] | $lo < 100 and 100 < $hi and
		$hi - $lo < 4 and $hi - $lo > 0.01 and .level == 0.95 and
		(.value - 100 | fabs) < 1 and .n == 1'
	expect 0 stat-agg --level 0.9999
	metric_is rss.slope '.ci[1] - .ci[0] > 4 and .level == 0.9999'
	# Of fewer rounds than an interval of the median needs, that of all.
	{
		course 1 '100 * u * 3.9'
		course 2 '200 * u * 3.9'
	} >stdin
	expect 0 stat-agg
	metric_is rss.slope '.ci as [$lo, $hi] | ($lo - 100 | fabs) < 1e-3 and
		($hi - 200 | fabs) < 1e-3 and (.value - 150 | fabs) < 1e-3'
	# Of enough, that of their median.
	for i in {1..6}; do course "$i" "100 * $i * u * 3.9"; done >stdin
	expect 0 stat-agg
	metric_is rss.slope '.ci as [$lo, $hi] | ($lo - 100 | fabs) < 1e-3 and
		($hi - 600 | fabs) < 1e-3'
}

@test "stat-agg: how most rounds grow is how a series does" {
	{
		course 1 '1e8'
		course 2 '1e8 * (1 + u)'
		course 3 '1e8 * exp(3 * u)'
	} >stdin
	expect 0 stat-agg
	metric_is rss.slope '.growth == "linear" and .n == 3'
	course 4 '1e8' >>stdin
	expect 0 stat-agg
	metric_is rss.slope '.growth == "stable"'
}

@test "stat-agg: a series that is too short has no slope" {
	t=$(seq -s, 1000000000 1000000000 14000000000)
	series 1 "$t" "$(seq -s, 14)" >stdin
	expect 0 stat-agg
	summaries_are 'map(.metric) == ["rss.area", "rss.mean", "rss.peak"] and
		all(has("growth") | not)'
	t=$t,15e9
	series 1 "$t" "$(seq -s, 15)" >stdin
	expect 0 stat-agg
	metric_is rss.slope '.value == 1 and .growth == "linear"'
}

@test "stat-agg: metrics that are made of a series" {
	{
		printf '{"type":"case","case":"c","metrics":[%s]}\n' \
			'{"name":"leak","from":"rss.slope","unit":"kB/s"},{"name":"rss.peak","unit":"MB"},{"name":"worst","from":"rss.slope","aggregator":"max"}'
		course 1 '1e6 * (1 + 3.9 * u)'
		course 2 '1e6 * (1 + 3.9 * u)'
	} >stdin
	expect 0 stat-agg
	metric_is leak '(.value - 1000 | fabs) < 1e-3 and .unit == "kB/s" and
		.growth == "linear" and (.ci[0] - 1000 | fabs) < 1e-3 and
		.better == "lower"'
	metric_is rss.peak '.value == 4.9 and .unit == "MB"'
	metric_is worst '.unit == "B/s" and (has("ci") | not) and
		.growth == "linear"'
	summaries_are 'map(.metric) | index("rss.slope") == null'
	sed -i 's/kB\/s/ms/' stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: <stdin>:2: rss.slope: metric leak: cannot convert B/s to ms'
}

@test "stat-agg: series of variants, of other metrics, of rates" {
	{
		course 1 '1e8' B rss base
		course 1 '1e8 * (1 + u)' B rss head
		course 1 '50' % cpu head
		course 1 '1e3 * (1 + u)' req/s throughput head
	} >stdin
	expect 0 stat-agg
	summaries_are 'map(select(.metric == "rss.slope") |
		[.variant, .growth]) == [["base", "stable"], ["head", "linear"]]'
	metric_is cpu.mean '.value == 50 and .unit == "%"'
	metric_is cpu.area '.unit == "%*s" and .better == "lower"'
	summaries_are 'map(select(.metric | startswith("thr")) |
		[.unit, .better]) | sort == [["req/s", "higher"],
		["req/s", "higher"], ["req/s*s", "higher"],
		["req/s/s", "higher"]]'
}

@test "stat-agg: a bad series is named by its line" {
	series 1 1e9,2e9 1 >stdin
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: t and value are not of one length'
	series 1 2e9,1e9 1,2 >stdin
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: t does not ascend'
	series 1 1e9 1e281 >stdin
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: value is out of range'
	series 1 1e9 '"x"' >stdin
	expect 2 stat-agg
	err_has '<stdin>:1: value'
}

@test "stat-agg: series pass into partials, and are merged" {
	for i in {1..7}; do course "$i" "1e6 * (1 + $i * u)"; done >stdin
	printf '{"case":"c","metric":"m","round":%s,"value":2}\n' {1..7} >>stdin
	expect 0 stat-agg
	ignore_out
	cp out want
	head -n 3 stdin >one
	tail -n +4 stdin >two
	stat-agg --partial one >one.partial
	stat-agg --partial two >two.partial
	expect 0 stat-agg --merge two.partial one.partial
	ignore_out
	cmp want out
}
