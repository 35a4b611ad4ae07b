#!/usr/bin/env bats
# wl-run: the calibration probe, by which a machine's drift is seen.
#
# shellcheck disable=SC2016,SC2317

load helper
load wl-run

# A jq condition on the probe's samples.
probe_is() {
	out_json "map(select(.case == \":probe\" and .type == \"sample\")) | $1"
}

@test "wl-run: the probe is a case of its own, which decides nothing" {
	script a 'sleep 0.05' >stdin
	expect 0 wl-run -n 8 --probe 100
	probe_is 'length > 3 and length % 3 == 0'
	probe_is 'map(.round) == [range(length) | . / 3 | floor + 1]'
	probe_is '[.[:3][].metric] == ["cpu_loop", "memory_walk", "spawn_loop"]'
	probe_is 'map(.unit == "ns" and .value > 1e4 and .value < 60e9) | all'
	out_json 'map(select(.case == ":probe" and .type != "sample")) |
		length == 1 and (.[0] | .type == "case" and
		.workload == ":probe" and (has("exec") | not) and
		(.metrics | map(.name) == ["cpu_loop", "memory_walk",
			"spawn_loop"] and
			(map(.gate == false and .severity == "info") | all)))'
	# Its case comes before its samples, and no sample of it within a trial.
	out_json '(map(.case == ":probe" and .type == "case") | index(true)) <
		(map(.case == ":probe" and .type == "sample") | index(true))'
	out_json '[foreach .[] as $r (0;
		if . > 0 then . - 1 else $r.records // 0 end;
		select(. == 0 or $r.case != ":probe") | $r)] | length > 20'
	out_json '.[-1].trials == 9'
	cp out stdin
	expect 0 stat-agg
	out_json 'map(select(.type == "summary" and .case == ":probe").metric) |
		sort == ["cpu_loop", "memory_walk", "spawn_loop"]'
}

@test "wl-run: a run that is shorter than a second has no probe, unless asked" {
	script a 'sleep 0.01' >stdin
	expect 0 wl-run -n 5
	out_json 'map(select(.case == ":probe")) == []'
	script a 'sleep 0.05' >stdin
	expect 0 wl-run -n 8 --probe 0
	out_json 'map(select(.case == ":probe")) == []'
	expect 2 wl-run --probe 101
	err_has '--probe: must be from 0 to 100: 101'
}

@test "wl-run: the probe takes its share of the time at most" {
	local start end

	script a 'sleep 0.02' >stdin
	start=$(date +%s%N)
	expect 0 wl-run -n 40 --probe 5
	end=$(date +%s%N)
	# Each is reckoned to take 10 ms, though it were less.
	probe_is "length >= 3 and length / 3 * 10e6 <= 0.05 * $((end - start))"
}

@test "wl-run: the probe comes in every order" {
	{
		script a 'sleep 0.03'
		script b 'sleep 0.03'
	} >stdin
	for order in rounds abba random sequential; do
		expect 0 wl-run -n 4 -o $order --probe 100
		probe_is 'length >= 3'
	done
	expect 0 wl-run -n 4 --probe 100 -V x=. -V y=.
	probe_is 'length >= 3 and (map(has("variant")) | any | not)'
	# The variants of a case are not parted by it.
	out_json '[.[] | select(.phase == "measure" or
		.metric == "cpu_loop")] | map(.variant // "probe") |
		[foreach .[] as $v (0; if $v == "probe" then . else 1 - . end;
			select($v == "probe" and . == 1))] == []'
}

@test "wl-run: the probe leaves the floor of max_rss where it is" {
	record a '["true"]' >stdin
	script b 'sleep 0.05' >>stdin
	expect 0 wl-run -n 8 --probe 0
	jq -s 'map(select(.case == "a" and .metric == "max_rss").value) | max' \
		out >without
	ignore_out
	expect 0 wl-run -n 8 --probe 100
	probe_is 'length >= 3'
	samples_are max_rss "map(select(.case == \"a\").value) |
		max - $(cat without) < 1e6"
}

@test "wl-run: a run that is gone on with goes on counting its probes" {
	script a 'sleep 0.05' >stdin
	expect 0 wl-run -n 12 --probe 100 --journal journal
	probe_is 'length >= 9'
	# Up to the first sample of the third probe, and some of a trial.
	awk '{ print } /":probe","round":3,/ { exit }' journal >torn
	expect 0 wl-run --resume torn </dev/null
	probe_is '[.[] | select(.metric == "cpu_loop").round] |
		. == [range(length) | . + 1] and length > 3'
	out_json 'map(select(.case == ":probe" and .type == "case")) |
		length == 1'
	trials_are 'map(select(.phase == "measure").round) == [range(12) + 1]'
}
