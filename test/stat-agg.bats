#!/usr/bin/env bats
# stat-agg: samples in, summaries out, all else as it was.

load helper

# A sample of case c: sample ROUND VALUE [UNIT [METRIC [VARIANT]]]; "-": none.
sample() {
	local unit=${3--} variant=${5--}

	printf '{"type":"sample","case":"c"'
	[ "$variant" = - ] || printf ',"variant":"%s"' "$variant"
	[ "$1" = - ] || printf ',"round":%s' "$1"
	printf ',"metric":"%s"' "${4-m}"
	[ "$unit" = - ] || printf ',"unit":"%s"' "$unit"
	printf ',"value":%s}\n' "$2"
}

# The case record of case c: a list of metrics and perhaps one of criteria.
declare_case() {
	printf '{"type":"case","case":"c","workload":"w","id":"00ff",'
	printf '"metrics":[%s],"criteria":[%s]}\n' "$1" "${2-}"
}

trial() {
	printf '{"type":"trial","case":"c","round":%s,"status":"%s"' "$1" "$2"
	[ -z "${3-}" ] || printf ',"elapsed":%s' "$3"
	[ -z "${4-}" ] || printf ',"phase":"%s"' "$4"
	[ -z "${5-}" ] || printf ',"variant":"%s"' "$5"
	printf '}\n'
}

# Two rounds of three lines: 1 2 6, then 4 9 5, with an aggregator.
two_rounds() {
	{
		declare_case '{"name":"m","aggregator":"'"$1"'"}'
		trial 1 ok 2e9
		trial 2 ok 1e9
		for value in 1 2 6; do sample 1 "$value" "${2--}"; done
		for value in 4 9 5; do sample 2 "$value" "${2--}"; done
	} >stdin
}

# The one summary of stdout.
summary_is() {
	out_json "map(select(.type == \"summary\"))[0] | $1"
}

summaries_are() {
	out_json "map(select(.type == \"summary\")) | $1"
}

@test "stat-agg: a usage error" {
	expect 2 stat-agg --level
	err_is "stat-agg: option '--level' requires an argument
Try 'stat-agg --help'."
	expect 2 stat-agg --level 1.5
	err_has "--level: must be from 0.5 to 0.9999: 1.5"
	expect 2 stat-agg --level 95%
	err_has "--level: not a number: 95%"
	expect 2 stat-agg -x
	err_has "invalid option -- 'x'"
}

@test "stat-agg: nothing in, nothing out" {
	expect 0 stat-agg
	out_is ''
	expect 0 stat-agg /dev/null
	out_is ''
}

@test "stat-agg: the least that a sample needs" {
	given '{"case":"a","metric":"m","value":2}'
	expect 0 stat-agg
	out_is '{"type":"summary","case":"a","metric":"m","better":"lower","aggregator":"median","value":2,"n":1,"lines":1,"mean":2,"median":2,"mad":0,"min":2,"max":2,"p50":2,"p90":2,"p95":2,"p99":2,"outliers":{"mild":0,"severe":0},"values":[2]}'
}

@test "stat-agg: a summary in full, and its fields in order" {
	{
		echo '{"type":"run","run":"r","session":"s","machine":"k"}'
		declare_case '{"name":"m","unit":"ms"}'
		for i in 1 2 3 4 5 6 7 8 9 10 11; do sample "$i" "$i" ms; done
	} >stdin
	expect 0 stat-agg
	out_json '.[2] | keys_unsorted == ["type", "case", "workload", "id", "run",
		"session", "machine", "metric", "unit", "better", "aggregator",
		"value", "n", "lines", "mean", "mean_ci", "stddev", "cv",
		"median", "mad", "qn", "min", "max", "p50", "p90", "p95", "p99",
		"ci", "level", "outliers", "ties", "step", "flags", "r1",
		"se_block", "rounds", "values"]'
	summary_is '[.workload, .id, .run, .session, .machine, .unit] ==
		["w", "00ff", "r", "s", "k", "ms"]'
	# P(Bin(11, 1/2) < 2) = 12/2048: 2 to 10 covers 0.988, 3 to 9 only 0.935.
	summary_is '.value == 6 and .ci == [2, 10] and .level == 0.95'
}

@test "stat-agg: the statistics of R" {
	local line i=0

	while read -r line; do
		i=$((i + 1))
		jq -c '.values | to_entries[] | {case: "c", metric: "m",
			round: .key, value}' <<<"$line" >stdin
		jq -c . <<<"$line" >want
		expect 0 stat-agg
		ignore_out
		jq -es '
			def near($a; $b): ($a - $b | fabs) <=
				1e-12 * ([($a | fabs), ($b | fabs), 1e-9] | max);
			.[0].want as $want | .[1] as $got |
			[$want, ($got | delpaths([["type"], ["case"], ["metric"],
				["better"], ["aggregator"], ["value"], ["lines"],
				["level"], ["mean_ci"], ["flags"], ["rounds"],
				["values"]]))] |
			map([paths(scalars)] | sort) as [$a, $b] |
			$a == $b and all($a[];
				near(. as $p | $want | getpath($p);
					. as $p | $got | getpath($p)))
		' want out >/dev/null || {
			echo "line $i of the oracle:" >&2
			cat want out >&2
			return 1
		}
	done <"$TOP/test/oracle/stat-agg.jsonl"
	[ "$i" -eq 13 ]
}

# Thirty values about 100 that anyone can make: rounds 1 to 30.
thirty() {
	for i in {1..30}; do sample "$i" "$((100 + i * 7919 % 31))"; done
}

@test "stat-agg: an interval for the mean, the same for the same values" {
	thirty >stdin
	expect 0 stat-agg
	summary_is '.mean_ci as [$lo, $hi] | .level == 0.95 and
		$lo < .mean and .mean < $hi and
		# 2.05 standard errors to each side, give or take 15 %.
		(($hi - $lo) / (2 * 2.05 * .stddev / (30 | sqrt)) |
			. > 0.85 and . < 1.15)'
	cp out first
	sort -R --random-source=/dev/zero stdin >shuffled
	expect 0 stat-agg shuffled
	ignore_out
	cmp first out
	# Of another metric it is another draw.
	sed -i 's/"m"/"other"/' stdin
	expect 0 stat-agg
	ignore_out
	[ "$(jq -c .mean_ci first)" != "$(jq -c .mean_ci out)" ]
	expect 0 stat-agg --level 0.5 --resamples 100
	summary_is '.level == 0.5 and
		.mean_ci[1] - .mean_ci[0] < 1.5 * .stddev / (30 | sqrt)'
	expect 0 stat-agg --resamples 0
	summary_is 'has("mean_ci") | not'
	head -n 9 stdin >nine
	expect 0 stat-agg nine
	summary_is 'has("mean_ci") | not'
	expect 2 stat-agg --resamples 1.5
	err_has '--resamples: not a whole number: 1.5'
}

@test "stat-agg: quantiles that are asked for, each with its interval" {
	for i in {1..100}; do sample "$i" "$i"; done >stdin
	expect 0 stat-agg --quantile 0.75 --quantile=0.95 --quantile 0.99
	# R: qbinom(c(.025, .975), 100, c(.75, .95)), the upper plus 1.
	summary_is '.quantiles | map([.p, .ci]) ==
		[[0.75, [66, 84]], [0.95, [90, 100]], [0.99, null]] and
		map(.value) == [75.25, 95.05, 99.01]'
	expect 2 stat-agg --quantile 1
	err_has '--quantile: must be between 0 and 1: 1: see min and max'
	expect 0 stat-agg
	summary_is 'has("quantiles") | not'
}

@test "stat-agg: flags: a coarse clock, drift, rounds that depend on each other" {
	for i in {1..20}; do sample "$i" "$((10 + i % 2))"; done >stdin
	expect 0 stat-agg
	summary_is '.flags == ["coarse"] and .ties == 1 and .step == 1 and
		.drift == 0 and .drift_p == 1'
	for i in {1..20}; do sample "$i" "$((100 + i * i))"; done >stdin
	expect 0 stat-agg
	# The medians of the logs of rounds 15 to 20 and 1 to 6, about.
	summary_is '.flags == ["autocorrelated", "drift"] and .ties == 0 and
		.step == 3 and .drift > 2 and .drift < 3.5 and
		(.drift_p - 2 / 924 | fabs) < 1e-12'
	thirty >stdin
	expect 0 stat-agg
	summary_is 'has("flags") | not'
	for i in {1..11}; do sample "$i" "$((100 + i * i))"; done >stdin
	expect 0 stat-agg
	summary_is 'has("drift") or has("drift_p") | not'
	# Of what may be zero it is a fraction of the median.
	for i in {0..11}; do sample "$i" "$((i < 6 ? 0 : 10))"; done >stdin
	expect 0 stat-agg
	summary_is '.median == 5 and .drift == 2'
}

@test "stat-agg: a metric on the log scale" {
	{
		declare_case '{"name":"m","scale":"log"},{"name":"l","scale":"linear","from":"m"}'
		for i in 1 2 4 8 16 32 64 128 256 512 1048576; do
			sample "$((++round))" "$i"
		done
	} >stdin
	expect 0 stat-agg
	summaries_are '.[0] as $log | .[1] as $linear |
		$log.scale == "log" and ($linear | has("scale") | not) and
		($log.geometric_mean - pow(2; 65 / 11) | fabs) < 1e-9 and
		# R: exp(sd(log(c(2^(0:9), 2^20))))
		($log.geometric_stddev - 44.803 | fabs) < 0.01 and
		$log.geometric_mean_ci[0] < $log.geometric_mean and
		$log.geometric_mean_ci[1] > $log.geometric_mean and
		($log | has("mean_ci") | not) and
		($linear | has("geometric_mean") | not) and
		$log.outliers == {mild: 1, severe: 0} and
		$linear.outliers == {mild: 1, severe: 1} and
		$log.r1 > $linear.r1 and $log.value == $linear.value'
	{
		declare_case '{"name":"m","scale":"log"}'
		sample 1 0
		sample 2 1
	} >stdin
	expect 0 stat-agg
	err_is 'stat-agg: case c: metric m: a log scale needs values above zero'
	summary_is 'has("scale") or has("geometric_mean") | not'
}

@test "stat-agg: whether a metric that is declared exact is" {
	{
		declare_case '{"name":"m","exact":true},{"name":"n"}'
		for i in 1 2 3; do sample "$i" 7; sample "$i" 7 - n; done
	} >stdin
	expect 0 stat-agg
	summaries_are 'map(.exact) == [true, null]'
	sample 4 8 >>stdin
	expect 0 stat-agg
	err_is 'stat-agg: case c: metric m is declared exact, but is not the same in all rounds'
	summaries_are 'map(.exact) == [false, null]'
}

@test "stat-agg: aggregators that take the median of the rounds" {
	two_rounds median
	expect 0 stat-agg
	summary_is '.value == 3.5 and .values == [2, 5] and .n == 2 and .lines == 6'
	two_rounds mean
	expect 0 stat-agg
	summary_is '.value == 4.5 and .values == [3, 6] and .aggregator == "mean"'
	two_rounds average
	expect 0 stat-agg
	summary_is '.value == 4.5 and .values == [3, 6] and .aggregator == "average"'
	two_rounds percentile_50
	expect 0 stat-agg
	summary_is '.value == 3.5 and .values == [2, 5]'
	two_rounds percentile_99.5
	expect 0 stat-agg
	summary_is '(.values[0] - 5.96 | fabs) < 1e-12 and (.values[1] - 8.96 | fabs) < 1e-12'
	two_rounds percentile_0
	expect 0 stat-agg
	summary_is '.values == [1, 4]'
	two_rounds percentile_100
	expect 0 stat-agg
	summary_is '.values == [6, 9]'
	two_rounds last
	expect 0 stat-agg
	summary_is '.values == [6, 5] and .value == 5.5'
	two_rounds stddev
	expect 0 stat-agg
	# 1 2 6: squares 4 1 9; 4 9 5: squares 4 9 1.
	summary_is '.values[0] == (7 | sqrt) and .values == [.value, .value]'
	two_rounds geometric_mean
	expect 0 stat-agg
	# The cube roots of 12 and of 180.
	summary_is '(.values[0] - 2.2894284851066637 | fabs) < 1e-12 and
		(.values[1] - 5.646216173286172 | fabs) < 1e-12'
}

@test "stat-agg: aggregators that say something else of the rounds" {
	two_rounds min
	expect 0 stat-agg
	summary_is '.values == [1, 4] and .value == 1'
	two_rounds max
	expect 0 stat-agg
	summary_is '.values == [6, 9] and .value == 9'
	two_rounds sum
	expect 0 stat-agg
	summary_is '.values == [9, 18] and .value == 13.5'
	two_rounds count ms
	expect 0 stat-agg
	summary_is '.values == [3, 3] and .value == 3 and .unit == "count"'
	# 9 in 2 s, 18 in 1 s: 27 in 3 s.
	two_rounds rate B
	expect 0 stat-agg
	summary_is '.values == [4.5, 18] and .value == 9 and
		.unit == "B/s" and .better == "higher"'
}

@test "stat-agg: the interval belongs to a median" {
	for aggregator in median mean max sum; do
		{
			declare_case '{"name":"m","aggregator":"'$aggregator'"}'
			for i in 1 2 3 4 5 6; do sample "$i" "$i"; done
		} >stdin
		expect 0 stat-agg
		case $aggregator in
		median | mean) summary_is '.ci == [1, 6] and .level == 0.95' ;;
		*) summary_is 'has("ci") or has("level") | not' ;;
		esac
	done
}

@test "stat-agg: --level" {
	for i in 1 2 3 4 5 6 7 8; do sample "$i" "$i"; done >stdin
	expect 0 stat-agg --level 0.5
	# P(Bin(8, 1/2) < 3) = 37/256: 3 to 6 covers 0.71, 4 to 5 only 0.27.
	summary_is '.ci == [3, 6] and .level == 0.5'
	expect 0 stat-agg --level=0.99
	summary_is '.ci == [1, 8] and .level == 0.99'
	expect 0 stat-agg --level 0.999
	summary_is 'has("ci") or has("level") | not'
}

@test "stat-agg: a success rate is that of the trials that measured" {
	{
		declare_case '{"name":"good","aggregator":"success_rate"}'
		trial 0 exit 1 warmup
		trial 1 ok 1 measure
		trial 2 timeout 1 measure
		trial 3 ok 1
		trial 4 skipped
		trial 5 ok 1 measure
	} >stdin
	expect 0 stat-agg
	summary_is '.value == 75 and .n == 4 and .unit == "%" and
		.better == "higher" and .rounds == [1, 2, 3, 5] and
		.values == [100, 0, 100, 100] and (has("se_block") | not)'
	# R: prop.test(3, 4, correct = FALSE)$conf.int, in percent.
	summary_is '(.ci[0] - 30.06418 | fabs) < 1e-5 and
		(.ci[1] - 95.44127 | fabs) < 1e-5 and .level == 0.95 and
		.failures == {"timeout": 1} and (has("mean_ci") | not)'
}

@test "stat-agg: failures by kind, of each variant" {
	{
		declare_case '{"name":"good","aggregator":"success_rate"}'
		trial 1 ok 1 measure head
		trial 1 exit 1 measure base
		trial 2 oom 1 measure base
		trial 3 exit 1 measure base
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.variant, .failures, .ci[0] > 0, .ci[1] < 100]) ==
		[["base", {exit: 2, oom: 1}, false, true],
		["head", null, true, false]]'
	summaries_are '.[1].ci[1] == 100 and .[0].ci[0] == 0'
}

@test "stat-agg: a success rate counts trials, also of one round" {
	{
		declare_case '{"name":"good","aggregator":"success_rate"}'
		trial 1 ok
		trial 1 exit
		trial 2 ok
	} >stdin
	expect 0 stat-agg
	summary_is '.n == 3 and .values == [50, 100] and
		(.value - 200 / 3 | fabs) < 1e-12'
}

@test "stat-agg: a success rate for each variant, and none without trials" {
	{
		declare_case '{"name":"good","aggregator":"success_rate"}'
		trial 1 ok 1 measure head
		trial 1 exit 1 measure base
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.variant, .value]) == [["base", 0], ["head", 100]]'
	declare_case '{"name":"good","aggregator":"success_rate"}' >stdin
	expect 0 stat-agg
	summaries_are '. == []'
}

@test "stat-agg: trials that were rejected, or counted, are no trials of a rate" {
	{
		declare_case '{"name":"good","aggregator":"success_rate"}'
		trial 1 ok 1 measure
		trial 2 ok 1 rejected
		trial 3 exit 1 rejected
		trial 4 ok 1 count
		trial 5 exit 1 measure
	} >stdin
	expect 0 stat-agg
	summary_is '.value == 50 and .n == 2 and .rounds == [1, 5]'
	{
		declare_case '{"name":"m","aggregator":"rate"}'
		trial 1 ok 9e9 rejected
		trial 1 ok 2e9 measure
		trial 1 ok 9e9 count
		sample 1 10 count
	} >stdin
	expect 0 stat-agg
	summary_is '.value == 5'
}

@test "stat-agg: the probe and the shadow have summaries of their own" {
	{
		sample 1 10 ns m head
		sample 1 30 ns m aa
		printf '{"type":"case","case":":probe","metrics":[%s]}\n' \
			'{"name":"cpu_loop","unit":"us","gate":false,"severity":"info"}'
		printf '{"case":":probe","round":%s,"metric":"cpu_loop","unit":"ns","value":%s}\n' \
			1 7000 2 9000
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.case, .variant, .value, .unit]) ==
		[[":probe", null, 8, "us"], ["c", "aa", 30, "ns"],
		["c", "head", 10, "ns"]]'
}

@test "stat-agg: what a rate may be made of" {
	{
		declare_case '{"name":"a","from":"bytes","unit":"MB/s","aggregator":"rate"},
			{"name":"b","from":"bytes","unit":"Mbps","aggregator":"rate"},
			{"name":"c","from":"n","unit":"req/s","aggregator":"rate"},
			{"name":"d","from":"n","aggregator":"rate"},
			{"name":"e","from":"plain","unit":"ops","aggregator":"rate"},
			{"name":"f","from":"plain","aggregator":"rate"}' |
			tr -d '\n\t'
		echo
		trial 1 ok 5e8
		sample 1 3000 kB bytes
		sample 1 10 count n
		sample 1 10 - plain
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.metric, .value, .unit]) == [["a", 6, "MB/s"],
		["b", 48, "Mbps"], ["c", 20, "req/s"], ["d", 20, "count/s"],
		["e", 20, "ops"], ["f", 20, null]]'
}

@test "stat-agg: a rate needs the time of its round and variant" {
	local metric='{"name":"m","unit":"B/s","aggregator":"rate"}'

	{ declare_case "$metric"; sample 3 1 B; } >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: case c: metric m: a rate needs the elapsed time of a good trial, and round 3 has none'
	{ declare_case "$metric"; trial 3 ok; sample 3 1 B; } >stdin
	expect 2 stat-agg
	ignore_out
	err_has 'round 3 has none'
	{ declare_case "$metric"; trial 3 ok 1 measure v; sample 3 1 B; } >stdin
	expect 2 stat-agg
	ignore_out
	err_has 'round 3 has none'
	{ declare_case "$metric"; trial 3 ok 1 warmup; sample 3 1 B; } >stdin
	expect 2 stat-agg
	ignore_out
	err_has 'round 3 has none'
	{ declare_case "$metric"; trial 3 ok 1; sample - 1 B; } >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: case c: metric m: a rate needs samples that say their round'
	{ declare_case "$metric"; trial 3 ok 1; sample 3 1 ms; } >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: <stdin>:3: m: metric m: cannot convert ms to B/s'
}

@test "stat-agg: an aggregator without a value: a warning, and no summary" {
	two_rounds geometric_mean
	sample 2 0 >>stdin
	sample 1 1 - other >>stdin
	expect 0 stat-agg
	err_is 'stat-agg: case c: metric m has no summary: its geometric_mean needs values above zero'
	summaries_are 'map(.metric) == ["other"]'
	two_rounds stddev
	sample 3 1 >>stdin
	expect 0 stat-agg
	err_is 'stat-agg: case c: metric m has no summary: its stddev needs two lines in every round'
	summaries_are '. == []'
}

@test "stat-agg: several metrics of one source" {
	{
		declare_case '{"name":"p50","from":"lat","unit":"us","aggregator":"percentile_50"},{"name":"worst","from":"lat","unit":"ms","aggregator":"max"},{"name":"wall_time"}'
		sample 1 1500 us lat
		sample 1 2500 us lat
		sample 1 7000000 ns wall_time
		sample 1 9 B max_rss
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.metric, .value, .unit]) == [["p50", 2000, "us"],
		["worst", 2.5, "ms"], ["wall_time", 7000000, "ns"],
		["max_rss", 9, "B"]]'
}

@test "stat-agg: units are converted, without a rounding error of our own" {
	{
		declare_case '{"name":"t","unit":"s"},{"name":"m","unit":"KiB"},{"name":"w","from":"wall_time","unit":"ms"}'
		sample 1 1712345 ns t
		sample 2 2 min t
		sample 1 3 MiB m
		sample 1 5 - m
		sample 1 1234567 ns wall_time
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.metric, .unit, .values]) ==
		[["t", "s", [0.001712345, 120]], ["m", "KiB", [1538.5]],
		["w", "ms", [1.234567]]]'
}

@test "stat-agg: a unit that cannot be converted is named by its line" {
	{
		declare_case '{"name":"m","unit":"ms"}'
		sample 1 1 us
		sample 1 1 B
	} >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: <stdin>:3: m: metric m: cannot convert B to ms'
	# Whoever reads on sees a truncated run.
	sed -i 's/"B"/"s"/' stdin
	echo '{"type":"end","complete":true}' >>stdin
	expect 0 stat-agg
	out_has '"type":"end"'
	sed -i 's/"us"/"B"/' stdin
	expect 2 stat-agg
	out_json 'map(.type) == ["case"]'
	err_has '<stdin>:2:'
}

@test "stat-agg: the unit of a metric that declares none" {
	{
		declare_case '{"name":"m"},{"name":"cpu_time"}'
		sample 1 3
		sample 1 1 us
		sample 2 1 ms
		sample 1 5 - cpu_time
		sample 1 7 - wall_time
		sample 1 9 us wall_time
		sample 1 11 ns wall_time
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.metric, .unit, .values]) == [["m", "ms", [1.5005, 1]],
		["cpu_time", "ns", [5]], ["wall_time", "ns", [9]],
		["wall_time", "us", [9]]]'
}

@test "stat-agg: an undeclared source has a summary for each unit" {
	{
		sample 1 1 ms
		sample 1 2 s
		sample 1 3
		sample 1 5 ms
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.unit, .value]) == [["ms", 3], ["s", 2], [null, 3]]'
}

@test "stat-agg: an undeclared source whose name is taken" {
	{
		declare_case '{"name":"m","from":"x"}'
		sample 1 1 - m
		sample 1 2 - x
	} >stdin
	expect 0 stat-agg
	err_is 'stat-agg: case c: samples of m have no summary: that is the name of a metric made from x'
	summaries_are 'map([.metric, .value]) == [["m", 2]]'
}

@test "stat-agg: rounds in any order, and lines without a round" {
	{ sample 10 1; sample 2 5; sample -1 7; sample 2 6; } >stdin
	expect 0 stat-agg
	summary_is '.rounds == [-1, 2, 10] and .values == [7, 5.5, 1] and .lines == 4'
	{ sample - 3; sample - 1; sample 4 9; sample - 2; } >stdin
	expect 0 stat-agg
	summary_is '(has("rounds") | not) and .values == [9, 3, 1, 2] and .n == 4'
}

@test "stat-agg: ties, zeros and negative values" {
	for i in 1 2 3 4 5 6 7 8 9 10; do sample "$i" 4; done >stdin
	expect 0 stat-agg
	summary_is '.value == 4 and .stddev == 0 and .cv == 0 and .mad == 0 and
		.ci == [4, 4] and .se_block == 0 and (has("r1") | not) and
		.outliers == {mild: 0, severe: 0}'
	for i in 1 2 3 4 5 6 7 8 9 10; do sample "$i" 0; done >stdin
	expect 0 stat-agg
	summary_is '.value == 0 and .stddev == 0 and
		(has("cv") or has("se_block") or has("r1") | not)'
	for i in 1 2 3; do sample "$i" "-$i"; done >stdin
	expect 0 stat-agg
	summary_is '.value == -2 and .cv == 0.5 and .min == -3 and .max == -1'
}

@test "stat-agg: the standard error of the logs needs ten rounds" {
	for i in 1 2 3 4 5 6 7 8 9; do sample "$i" "$i"; done >stdin
	expect 0 stat-agg
	summary_is 'has("r1") and (has("se_block") | not)'
	sample 10 10 >>stdin
	expect 0 stat-agg
	summary_is 'has("se_block")'
	sed -i 's/"value":5}/"value":0}/' stdin
	expect 0 stat-agg
	summary_is 'has("r1") and (has("se_block") | not)'
}

@test "stat-agg: which direction is better" {
	{
		declare_case '{"name":"a","better":"lower","unit":"MB/s"},{"name":"b"},{"name":"d"},{"name":"e","unit":"req/s"},{"name":"f","better":"higher"},{"name":"g"}' \
			'{"metric":"a","operator":">=","limit":1},{"metric":"b","operator":">","limit":1},{"metric":"e","operator":"<=","limit":1},{"metric":"f","operator":"<","limit":1},{"metric":"g","operator":"==","limit":1}'
		for metric in a b d e f g; do sample 1 1 - $metric; done
		sample 1 1 Mbps h
		sample 1 1 ms i
	} >stdin
	expect 0 stat-agg
	summaries_are 'map(.better) == ["lower", "higher", "lower", "lower",
		"higher", "lower", "higher", "lower"]'
}

@test "stat-agg: variants have summaries of their own" {
	{
		sample 1 1 ms m head
		sample 1 2 ms m base
		sample 2 3 ms m head
		sample 2 4 ms
	} >stdin
	expect 0 stat-agg
	summaries_are 'map([.variant, .values]) ==
		[["base", [2]], ["head", [1, 3]], [null, [4]]]'
}

@test "stat-agg: sessions have summaries of their own; end comes last" {
	given '{"type":"run","run":"r1","machine":"k1"}' \
		'{"case":"b","metric":"m","value":1}' \
		'{"type":"end","run":"r1","complete":true}' \
		'{"type":"run","run":"r2","session":"s2","machine":"k2"}' \
		'{"case":"a","metric":"m","value":2}' \
		'{"case":"b","metric":"m","value":3}' \
		'{"type":"end","run":"r2","complete":true}' \
		'{"type":"run","run":"r3","session":"s2"}' \
		'{"case":"a","metric":"m","value":4}'
	expect 0 stat-agg
	out_json 'map(.type) == ["run", "run", "run", "summary", "summary",
		"summary", "end", "end"]'
	summaries_are 'map([.run, .session, .machine, .case, .values]) ==
		[["r1", "r1", "k1", "b", [1]],
		["r2", "s2", "k2", "a", [2, 4]], ["r2", "s2", "k2", "b", [3]]]'
}

@test "stat-agg: the machine of a run without a name" {
	given '{"type":"run","machine":"k"}' '{"case":"b","metric":"m","value":1}'
	expect 0 stat-agg
	summary_is '.machine == "k" and (has("run") or has("session") | not)'
}

@test "stat-agg: cases by name, of each the metrics declared, then the rest" {
	{
		sample 1 1 - z
		declare_case '{"name":"y"},{"name":"x"},{"name":"q"}'
		echo '{"case":"a","metric":"m","value":1}'
		sample 1 1 - x
		sample 1 1 - w
		sample 1 1 - y
	} >stdin
	expect 0 stat-agg
	summaries_are 'map(.case + .metric) == ["am", "cy", "cx", "cw", "cz"]'
	cp out first
	expect 0 stat-agg
	ignore_out
	cmp first out
}

@test "stat-agg: passes what it does not consume as it was read" {
	printf '%s\n' '{ "type" : "trial", "case":"c" , "status":"ok", "x":[1e3, 0.10]}' \
		'{"more":"of the world", "n":1}' '' \
		'{"type":"unheard", "metric":"m", "value":3}' \
		'{"type":"aa","case":"c","metric":"m", "change":0.10}' \
		'{"type":"summary","case":"c","metric":"m","value":1.50}' >stdin
	expect 0 stat-agg
	grep -v '^$' stdin >want
	ignore_out
	cmp want out
}

@test "stat-agg: - and files, in order, and the line is named" {
	given '{"case":"c","metric":"m","value":2}'
	echo '{"case":"c","metric":"m","value":1}' >one
	printf '\n%s\n' '{"case":"c","metric":"m","value":"x"}' >two
	expect 0 stat-agg one - one
	summary_is '.values == [1, 2, 1]'
	expect 2 stat-agg one - two
	err_is 'stat-agg: two:2: value is not a number'
	expect 2 stat-agg one absent
	err_is 'stat-agg: absent: No such file or directory'
	expect 2 stat-agg .
	err_is 'stat-agg: .: Is a directory'
}

@test "stat-agg: a bad record is named by file and line" {
	given '{"case":"a","metric":"m","value":"x"}'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: value is not a number'
	given '{"type":"sample","case":"a","value":1}'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: metric is missing'
	given '{"case":"a","metric":"m","value":1e290}'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: value is out of range'
	given '{"case":"a","metric":"m","value":1' '{}'
	expect 2 stat-agg
	err_has 'stat-agg: <stdin>:1: not JSON:'
	given '[1]'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: not a JSON object'
	declare_case '{"name":"m","aggregator":"percentile_101"}' >stdin
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: metric m: unknown aggregator: percentile_101'
	declare_case '{"unit":"ms"}' >stdin
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: name is missing'
}

@test "stat-agg: what a case may not declare" {
	local message metrics criteria

	while IFS='|' read -r message metrics criteria; do
		declare_case "$metrics" "$criteria" >stdin
		expect 2 stat-agg
		err_is "stat-agg: <stdin>:1: $message"
	done <<-'END'
		unknown better: Lower|{"name":"m","better":"Lower"}|
		unknown severity: fatal|{"name":"m","severity":"fatal"}|
		unknown scale: Log|{"name":"m","scale":"Log"}|
		threshold_percent is out of range|{"name":"m","threshold_percent":-1}|
		min_abs is out of range|{"name":"m","min_abs":-1}|
		metric m is declared twice|{"name":"m"},{"name":"n"},{"name":"m","unit":"s"}|
		unknown operator: =|{"name":"m"}|{"metric":"m","operator":"=","limit":1}
		unknown severity: no|{"name":"m"}|{"metric":"m","operator":"<","limit":1,"severity":"no"}
	END
	given '{"type":"case","case":"c","metrics":{"name":"m"}}'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: metrics is not a list'
	given '{"type":"case","case":"c","criteria":{}}'
	expect 2 stat-agg
	err_is 'stat-agg: <stdin>:1: criteria is not a list'
}

@test "stat-agg: whole numbers that no 64 bits hold" {
	sample 1 9223372036854775808 >stdin
	sample 2 -100000000000000000000 >>stdin
	expect 0 stat-agg
	summary_is '.values == [9223372036854775808, -1e20]'
	sample 1 1e400 >stdin
	expect 2 stat-agg
	err_has 'stat-agg: <stdin>:1: not JSON: real number overflow'
}

@test "stat-agg: a last line without its newline" {
	printf '%s\n%s' '{"case":"c","metric":"m","value":1}' \
		'{"case":"c","metric":"m","value":3}' >stdin
	expect 0 stat-agg
	summary_is '.values == [1, 3]'
	printf '%s\n%s' '{"case":"c","metric":"m","value":1}' \
		'{"case":"c","metric":"m","val' >stdin
	expect 0 stat-agg
	summary_is '.values == [1]'
	err_is 'stat-agg: <stdin>:2: the last line is cut short and is dropped: the run was truncated'
	printf '%s\n%s' '{"type":"end"}' '{"case":"c","metr' >stdin
	expect 2 stat-agg
	ignore_out
	err_has '<stdin>:2: not JSON'
}

@test "stat-agg: bytes that are no JSON" {
	printf '{"case":"c","metric":"m\0","value":1}\n\n' >stdin
	expect 2 stat-agg
	err_has '<stdin>:1: not JSON'
	printf '{"case":"c","metric":"\377","value":1}\n' >stdin
	expect 2 stat-agg
	err_has '<stdin>:1: not JSON'
	printf '{"case":"c","metric":"m\\u0000","value":1}\n' >stdin
	expect 2 stat-agg
	err_has '<stdin>:1: not JSON'
	printf '{"case":"c","metric":"m","value":NaN}\n' >stdin
	expect 2 stat-agg
	err_has '<stdin>:1: not JSON'
}

@test "stat-agg: names that need quoting" {
	given '{"case":"c","metric":"\"\\\n\u00e9é","value":1}'
	expect 0 stat-agg
	summary_is '.metric == "\"\\\néé"'
}

@test "stat-agg: a line of 10 MB" {
	{
		printf '{"type":"note","text":"'
		head -c 10485760 /dev/zero | tr '\0' x
		printf '"}\n'
		sample 1 1
	} >stdin
	expect 0 stat-agg
	ignore_out
	[ "$(head -n 1 out | wc -c)" -gt 10485760 ]
	[ "$(tail -n 1 out | jq .value)" = 1 ]
}

@test "stat-agg: more than 10000 rounds are not listed" {
	seq 10000 | sed 's/.*/{"case":"c","metric":"m","round":&,"value":&}/' >stdin
	expect 0 stat-agg
	summary_is '(.values | length) == 10000 and .rounds[9999] == 10000'
	sample 10001 10001 >>stdin
	expect 0 stat-agg
	summary_is '.n == 10001 and .median == 5001 and
		(has("values") or has("rounds") | not)'
}

@test "stat-agg: values at the edge of what is accepted" {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		sample "$i" 1e280 h
		sample "$i" -1e280 h
	done >stdin
	expect 0 stat-agg
	summary_is '.value == 0 and .max == 0'
	{
		declare_case '{"name":"m","unit":"h"}'
		for i in 1 2 3; do sample "$i" 1e280 h; done
	} >stdin
	expect 0 stat-agg
	summary_is '(.mean / 1e280 - 1 | fabs) < 1e-12'
	cp out summary
	expect 0 cmp-baseline summary
	ignore_out
	# No more than what others read: in another unit, or as a sum.
	{ declare_case '{"name":"m","unit":"ns"}'; sed 1d stdin; } >ns
	expect 2 stat-agg ns
	ignore_out
	err_is 'stat-agg: case c: metric m: a value is out of range'
	{
		declare_case '{"name":"m","unit":"ns"}'
		for ((i = 0; i < 10001; i++)); do sample - 1e280 h; done
	} >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: case c: metric m: a value is out of range'
	{
		declare_case '{"name":"m","aggregator":"sum"}'
		for i in 1 1; do sample "$i" 9e279; done
	} >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: case c: metric m: a value is out of range'
	{
		declare_case '{"name":"m","unit":"B/s","aggregator":"rate"}'
		trial 1 ok 1e-300
		sample 1 1e280 B
	} >stdin
	expect 2 stat-agg
	ignore_out
	err_is 'stat-agg: case c: metric m: a value is out of range'
}

@test "stat-agg: a disk that is full, a stdout that is closed" {
	sample 1 1 >stdin
	expect 2 sh -c 'stat-agg >/dev/full'
	err_is 'stat-agg: stdout: No space left on device'
	expect 2 sh -c 'stat-agg >&-'
	err_is 'stat-agg: stdout: Bad file descriptor'
}

@test "stat-agg: a reader that leaves ends it" {
	yes '{"type":"note"}' | head -n 100000 >stdin
	# shellcheck disable=SC2016
	expect 0 bash -c 'stat-agg | head -n 1; [ "${PIPESTATUS[0]}" = 141 ]'
	out_is '{"type":"note"}'
}
