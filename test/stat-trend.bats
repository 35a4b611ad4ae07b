#!/usr/bin/env bats
# stat-trend: what it finds in planted series, and what it leaves as it is.

load helper

# A series: the level of each point is $LEVELS, an awk expression of i; the
# noise is uniform, +-2 % unless NOISE says otherwise.
series() { # POINTS LEVEL [FIELDS]
	awk -v n="$1" -v noise="${NOISE:-0.02}" -v seed="${SEED:-1}" -v f="$3" '
	function random() {
		seed = (seed * 16807) % 2147483647
		return seed / 2147483647
	}
	BEGIN {
		for (k = 0; k < 20; k++)
			random()
		for (i = 0; i < n; i++)
			printf "{\"type\":\"point\",\"case\":\"c\",\"metric\":\"m\",\"unit\":\"ms\",\"commit\":\"r%d\",\"run\":\"run%d\",\"time\":\"2026-%02d-%02dT00:00:00Z\"%s,\"value\":%.4f}\n",
				i, i, 1 + i / 28, 1 + i % 28, f,
				('"$2"') * (1 + noise * (2 * random() - 1))
	}'
}

changes() { jq -c 'select(.type == "change")' out; }

@test "stat-trend: a step is found where it is, with its size" {
	series 50 'i < 40 ? 100 : 105' >stdin
	expect 0 stat-trend
	out_json 'map(select(.type == "change")) | length == 1 and (.[0] |
		.kind == "step" and .case == "c" and .metric == "m" and
		.index == 40 and .commit == "r40" and .run == "run40" and
		.time == "2026-02-13T00:00:00Z" and
		.range[0] <= 40 and .range[1] >= 40 and
		.change > 0.03 and .change < 0.07 and
		.ci[0] < 0.05 and .ci[1] > 0.05 and .ci[0] > 0 and
		.before > 99 and .before < 101 and .after > 104 and
		.p < 0.01 and .q < 0.01 and .q >= .p and
		.worse == true and .stable == true and
		(has("accepted") or has("muted") | not) and
		(.commits | length) == 2)'
	out_has '"why":"40 points of '
}

@test "stat-trend: what it reads it writes, byte for byte" {
	{
		echo '{"type":"run", "run":"é","x":[1 , 2]}'
		echo '{"case":"c","metric":"m",   "value":1.50}'
		series 30 'i < 15 ? 1 : 2' ',"new":{"a":1e3}'
		echo '{"type":"mark","kind":"mute","case":"d","who":1}'
		echo '{"type":"sample","case":"c","metric":"m","value":1}'
		echo '{"type":"end","complete":true}'
		echo '{"no":"type"}'
	} >stdin
	expect 0 stat-trend
	head -n "$(wc -l <stdin)" out | cmp - stdin
	# The point without a type is the first of a series of its own.
	out_json 'map(select(.type == "change")) | length == 1 and
		.[0].index == 15'
}

@test "stat-trend: the same bytes twice, whatever the seed" {
	series 150 'i < 60 ? 100 : i < 100 ? 108 : 100' >stdin
	expect 0 stat-trend --seed 1
	ignore_out
	mv out one
	expect 0 stat-trend --seed 2
	ignore_out
	cmp out one
	[ "$(grep -c '"kind":"step"' out)" -eq 2 ]
}

@test "stat-trend: what may be no change at all is not told" {
	# Four points that differ by a third, before long waves.
	awk 'BEGIN {
		split("106 107 140 105.5", first, " ")
		for (i = 0; i < 50; i++) {
			wave = 100 + 2 * sin(i / 8) + i * 7 % 5 / 10
			printf "{\"case\":\"c\",\"metric\":\"m\",\"value\":%.3f}\n",
				(i < 4 ? first[i + 1] : wave)
		}
	}' >stdin
	expect 0 stat-trend
	out_json 'map(select(.type == "change")) == []'
}

@test "stat-trend: several steps, up and down" {
	series 120 'i < 30 ? 100 : i < 60 ? 110 : i < 90 ? 100 : 95' >stdin
	expect 0 stat-trend
	out_json '[.[] | select(.kind == "step") | .index] == [30, 60, 90]'
	out_json '[.[] | select(.kind == "step") | .worse] ==
		[true, false, false]'
}

@test "stat-trend: noise has no steps, however it is distributed" {
	for s in 1 2 3 4 5 6 7 8; do
		SEED=$s series 100 100 >stdin
		expect 0 stat-trend --fdr none
		out_json 'map(select(.type == "change")) == []'
	done
	# Two modes, and a slope.
	series 100 'random() < 0.4 ? 100 : 120' >stdin
	expect 0 stat-trend
	out_json 'map(select(.kind == "step")) == []'
	series 100 '100 + i' >stdin
	expect 0 stat-trend
	out_json 'map(select(.kind == "step")) == []'
}

@test "stat-trend: single points are outliers, and hide no step" {
	series 60 'i == 20 ? 150 : i == 59 ? 90 : i < 40 ? 100 : 105' >stdin
	expect 0 stat-trend
	out_json 'map(select(.type == "change") | [.kind, .index]) ==
		[["outlier", 20], ["step", 40], ["outlier", 59]]'
	out_json '.[] | select(.kind == "outlier" and .index == 20) |
		.change > 0.4 and .worse and (has("ci") or has("q") | not)'
}

@test "stat-trend: small steps add up to a creep" {
	series 160 '100 + 3 * int(i / 40)' >stdin
	expect 1 stat-trend -x
	out_json '[.[] | select(.type == "change") | .kind] ==
		["step", "step", "step", "creep"]'
	out_json '.[] | select(.kind == "creep") | .change > 0.08 and
		.change < 0.1 and .worse and .range[0] >= 38 and
		.range[0] <= 42 and .range[1] == .index and .index >= 118 and
		.index <= 122 and .q < 0.01'
	# Also where no step is told; and only where it matters, toward worse.
	expect 1 stat-trend -x -e 4
	out_json '[.[] | select(.type == "change") | .kind] == ["creep"]'
	series 160 '100 + 3 * int(i / 40)' ',"threshold_percent":12' >stdin
	expect 0 stat-trend -e 4
	out_json 'map(select(.type == "change")) == []'
	series 160 '100 + 3 * int(i / 40)' ',"better":"higher"' >stdin
	expect 0 stat-trend -e 4
	out_json 'map(select(.type == "change")) == []'
	# One step that matters is told as it is.
	series 160 'i < 40 ? 100 : i < 100 ? 102.5 : 109' >stdin
	expect 0 stat-trend
	out_json 'any(.kind == "creep") | not'
}

@test "stat-trend: a slope is no step, but a creep" {
	series 100 '100 + 0.12 * i' >stdin
	expect 1 stat-trend -x
	out_json 'map(select(.type == "change")) | length == 1 and (.[0] |
		.kind == "creep" and .index == 80 and .range == [20, 80] and
		.change > 0.07 and .change < 0.12 and .worse)'
	series 100 '112 - 0.12 * i' >stdin
	expect 0 stat-trend -x
	out_json 'map(select(.type == "change")) == []'
	series 100 '100 + 0.03 * i' >stdin
	expect 0 stat-trend -x
	out_json 'map(select(.type == "change")) == []'
}

@test "stat-trend: an accepted step is told so, and ends a level" {
	series 50 'i < 40 ? 100 : 105' >points
	for place in '"commit":"r40"' '"run":"run40"' \
		'"time":"2026-02-13T00:00:00Z"' '"time":"2026-02-13"'; do
		given '{"type":"mark","kind":"change","case":"c",'"$place"'}'
		expect 0 stat-trend -x - points
		out_json 'map(select(.type == "change")) | length == 1 and
			(.[0] | .accepted and .index == 40 and .kind == "step")'
	done
	# Of another metric, or a commit that is not there.
	for other in '"metric":"n","commit":"r40"' '"commit":"r99"' \
		'"machine":"x","commit":"r40"'; do
		given '{"type":"mark","kind":"change","case":"c",'"$other"'}'
		expect 1 stat-trend -x - points
		out_json 'any(.type == "change" and .accepted == null)'
	done
}

@test "stat-trend: a mark of a commit is one of the series that contains it" {
	local i commits=() other

	git init -q -b main .
	commit() { # [PARENT]
		git -c user.name=n -c user.email=e commit-tree ${1:+-p "$1"} \
			-m "$RANDOM" "$(git mktree </dev/null)"
	}
	commits[0]=$(commit)
	for ((i = 1; i < 30; i++)); do
		commits[i]=$(commit "${commits[i - 1]}")
	done
	other=$(commit "${commits[3]}")
	# Slower from the 20th on; the first two of the new level are the same.
	for ((i = 0; i < 30; i++)); do
		[ $i -ne 20 ] || continue
		printf '{"type":"point","case":"c","metric":"m","better":"lower","time":"2026-01-%02d","commit":"%s","value":%d}\n' \
			$((i + 1)) "${commits[i]}" $((i < 20 ? 1000 + i % 3 : 1300 + i % 3))
	done >points
	mark() {
		printf '{"type":"mark","kind":"change","case":"c","commit":"%s","time":"2026-01-%s"}\n' \
			"$1" "$2"
	}
	# Of the commit itself there is no point; whenever it was made.
	for day in 01 21 30; do
		given "$(mark "${commits[20]}" "$day")"
		expect 0 stat-trend -x - points
		out_json 'map(select(.type == "change")) | length == 1 and .[0].accepted and .[0].index == 20'
	done
	# Of another branch, though it was made just then.
	given "$(mark "$other" 21)"
	expect 1 stat-trend -x - points
	out_json 'map(select(.type == "change")) | length == 1 and (.[0] | has("accepted") | not)'
	rm -rf .git
	expect 0 stat-trend -x - points
	out_json 'map(select(.type == "change")) | length == 1 and .[0].accepted'
}

@test "stat-trend: what is muted is told so, until the mute ends" {
	series 50 'i < 40 ? 100 : 105' >points
	mute='{"type":"mark","kind":"mute","case":"c"'
	# The day that it ends with is a whole one.
	last=$(tail -n 1 points | jq -r '.time[:10]')
	for place in ',"commit":"r40"' ',"time":"2026-02-01"' '' \
		',"until":"2026-03-01"' ',"until":"LAST"'; do
		given "${mute}${place/LAST/$last}}"
		expect 0 stat-trend -x - points
		out_json 'any(.type == "change" and .muted)'
	done
	for place in ',"commit":"r41"' ',"until":"2026-02-20"'; do
		given "$mute$place}"
		expect 1 stat-trend -x - points
		out_json 'any(.type == "change" and .muted == null)'
	done
	# What was measured last need not come last.
	{ tail -n 1 points; head -n 49 points; } >turned
	given "$mute,\"until\":\"${last%?}0\"}"
	expect 1 stat-trend -x - turned
	out_json 'any(.type == "change" and .muted == null)'
}

@test "stat-trend: the exit status is about what is still worse" {
	series 50 'i < 40 ? 100 : 105' >stdin
	expect 1 stat-trend -x
	ignore_out
	expect 0 stat-trend
	ignore_out
	series 50 'i < 40 ? 105 : 100' >stdin
	expect 0 stat-trend -x
	ignore_out
	series 75 'i < 40 ? 100 : i < 60 ? 105 : 100' >stdin
	expect 0 stat-trend -x
	ignore_out
	series 50 'i < 40 ? 100 : 105' ',"gate":false' >stdin
	expect 0 stat-trend -x
	ignore_out
	series 50 'i < 40 ? 100 : 105' ',"better":"higher"' >stdin
	expect 0 stat-trend -x
	out_json 'any(.kind == "step" and .worse == false)'
	series 50 'i < 40 ? 105 : 100' ',"unit":"MB/s"' | sed 's/"unit":"ms",//' >stdin
	expect 1 stat-trend -x
	ignore_out
	# Nobody says what is better.
	series 50 'i < 40 ? 100 : 105' | sed 's/"unit":"ms",//' >stdin
	expect 0 stat-trend -x
	out_json 'any(.kind == "step" and (has("worse") | not))'
}

@test "stat-trend: another id, unit or machine is another series" {
	for field in id unit arch target machine branch; do
		{
			series 20 100 | sed 's/"unit":"ms",//'
			series 20 200 ",\"$field\":\"x\"" | sed 's/"unit":"ms",//'
		} >stdin
		expect 0 stat-trend
		out_json 'map(select(.type == "change")) == []'
	done
	# Series that come mixed are put apart.
	series 50 'i < 40 ? 100 : 105' >one
	series 50 'i < 30 ? 100 : 105' ',"id":"x"' >two
	paste -d '\n' one two >stdin
	expect 0 stat-trend
	out_json 'map(select(.type == "change") | [.id, .index]) ==
		[[null, 40], ["x", 30]]'
}

@test "stat-trend: few points, no points, equal points" {
	for n in 0 1 2 3 7 8; do
		series $n 'i < 2 ? 1 : 100' >stdin
		expect 0 stat-trend
		cmp out stdin
		ignore_out
	done
	NOISE=0 series 100 100 >stdin
	expect 0 stat-trend -e 0
	cmp out stdin
	ignore_out
	# Without noise a step of any size is one.
	NOISE=0 series 30 'i < 20 ? 100 : 100.1' >stdin
	expect 0 stat-trend -e 0
	out_json 'map(select(.type == "change") | [.kind, .index, .range]) ==
		[["step", 20, [20, 20]]]'
	expect 0 stat-trend
	out_json 'map(select(.type == "change")) == []'
}

@test "stat-trend: values of zero and less" {
	series 50 'i < 40 ? -100 : -90' >stdin
	expect 0 stat-trend
	out_json '.[] | select(.type == "change") | .index == 40 and
		.change > 0.05 and .change < 0.15 and .worse'
	NOISE=0 series 50 'i < 40 ? 0 : 3' >stdin
	expect 0 stat-trend
	out_json '.[] | select(.type == "change") | .index == 40 and
		.before == 0 and .after == 3 and (has("change") | not) and .worse'
	out_has '"why":"40 points of 0 ms, then 10 points of 3 ms"'
}

@test "stat-trend: the correction for many series" {
	for i in $(seq 60); do
		SEED=$i series 40 100 ",\"id\":\"$i\""
	done >many
	{
		cat many
		series 40 'i < 30 ? 100 : 102.6' ',"id":"x"'
	} >stdin
	expect 0 stat-trend -e 0
	out_json 'map(select(.type == "change")) == []'
	expect 0 stat-trend -e 0 --fdr none
	out_json 'map(select(.type == "change")) | length == 1 and
		.[0].id == "x" and .[0].q == .[0].p'
	for fdr in bh by holm; do
		expect 0 stat-trend -e 0 -q 1 --fdr $fdr
		out_json 'map(select(.type == "change")) | length == 1 and
			.[0].q > 5 * .[0].p'
	done
	expect 2 stat-trend --fdr no
	err_has 'stat-trend: --fdr: one of bh, by, holm and none: no'
}

@test "stat-trend: options" {
	series 50 'i < 40 ? 100 : 105' >stdin
	for effect in 7 7%; do
		expect 0 stat-trend -e $effect
		out_json 'map(select(.type == "change")) == []'
	done
	expect 0 stat-trend -m 11
	out_json 'map(select(.type == "change" and .index == 40)) == []'
	expect 0 stat-trend --alpha 1e-9
	out_json 'map(select(.type == "change")) == []'
	for bad in '-m 3' '-a 0' '-a x' '-e x' '-e %' '--seed x'; do
		# shellcheck disable=SC2086
		expect 2 stat-trend $bad
		err_has 'stat-trend: --'
	done
}

@test "stat-trend: a list says where a step may be instead, and that it did not stay" {
	series 36 'i >= 15 && i < 21 ? 120 : 100' >stdin
	expect 0 stat-trend -t
	out_has 'c m: step at point 15, r15, worse: 15 points of'
	out_has '%); it did not stay so'
	# A step as large as its noise can be anywhere near.
	awk 'BEGIN { srand(1); for (i = 0; i < 45; i++) printf \
		"{\"case\":\"c\",\"metric\":\"m\",\"commit\":\"c%d\",\"value\":%f}\n",
		i, (i < 30 ? 100 : 106) + 7 * (i * 7919 % 31 / 31 - .5) }' >stdin
	expect 0 stat-trend
	range=$(jq -r 'select(.kind == "step") |
		"(from \(.range[0]) to \(.range[1]), between \(.commits[0]) and \(.commits[1]))"' out)
	ignore_out
	[ "${range#(from }" != "$range" ]
	expect 0 stat-trend -t
	out_has "$range"
}

@test "stat-trend: a list for people" {
	series 50 'i < 40 ? 100 : 105' | sed 's/"r40"/"\\u001b[31m\\u202e"/' >stdin
	expect 0 stat-trend --text
	out_has 'c m: step at point 40, \x1b[31m\u202e (from 39 to 40, between r38 and \x1b[31m\u202e), worse: 40 points of 100.'
	out_has 'series: 1, points: 50, changes: 1'
	[ "$(wc -l <out)" -eq 2 ]
	series 7 100 >stdin
	expect 0 stat-trend -t
	out_is 'series: 1, points: 7, changes: 0; too short for a step: 1, with less than 10 points'
}

# The summary says what no values could have shown.
@test "stat-trend: series that are too short are counted" {
	short='too short for a step'
	for n in 9 10; do
		series $n 100 ",\"id\":\"$n\""
	done >two
	expect 0 stat-trend -t two
	out_is "series: 2, points: 19, changes: 0; $short: 1, with less than 10 points"
	for i in $(seq 8); do
		SEED=$i series 10 100 ",\"id\":\"x$i\""
	done >ten
	expect 0 stat-trend -t two ten
	out_is "series: 10, points: 99, changes: 0; $short: 1, with less than 10 points; $short of one series alone: 10, with less than 11"
	expect 0 stat-trend -t --fdr none two
	out_is "series: 2, points: 19, changes: 0; $short: 1, with less than 10 points"
	expect 0 stat-trend -t --fdr none -a 0.02 two
	out_is 'series: 2, points: 19, changes: 0'
	expect 0 stat-trend -t --fdr none -m 6 two
	out_is "series: 2, points: 19, changes: 0; $short: 2, with less than 12 points"
	# An accepted change begins a new one.
	series 50 100 >stdin
	echo '{"type":"mark","kind":"change","case":"c","commit":"r41"}' >mark
	expect 0 stat-trend -t mark -
	out_is "series: 1, points: 50, changes: 0; $short: 1, with less than 10 points"
}

# What gates is one family, and what does not is another.
@test "stat-trend: series that do not gate hide nothing in those that do" {
	NOISE=0.005 series 14 'i < 10 ? 100 : 130' >one
	for i in $(seq 60); do
		SEED=$i series 14 100 ",\"id\":\"$i\",\"gate\":false"
	done >idle
	sed 's/,"gate":false//' idle >busy
	expect 0 stat-trend -x one busy
	out_json 'any(.type == "change") | not'
	expect 1 stat-trend -x one idle
	out_json '[.[] | select(.type == "change") | [.id, .index, .q == .p]]
		== [[null, 10, true]]'
	expect 0 stat-trend -t -q 0.03 idle
	out_is 'series: 60, points: 840, changes: 0; too short for a step of one series alone that does not gate: 60, with less than 15'
}

# Of few points ranks do not tell that a step is large.
@test "stat-trend: a large step is told as soon as the order of points can" {
	for s in 1 2 3; do
		for at in 4 6 8 20; do
			n=$((at == 4 ? 10 : at + 4))
			SEED=$s NOISE=0.005 series $n "i < $at ? 100 : 130" >stdin
			expect 1 stat-trend -x
			out_json 'map(select(.type == "change") |
				[.kind, .index, .range]) ==
				[["step", '$at', ['$at', '$at']]]'
			expect 1 stat-trend -x -a 0.05
			out_json 'map(select(.type == "change") |
				[.kind, .index]) == [["step", '$at']]'
		done
		series 9 'i < 5 ? 100 : 130' >stdin
		expect 0 stat-trend
		out_json 'any(.type == "change") | not'
		# One that was undone.
		SEED=$s NOISE=0.005 series 40 'i < 16 || i > 23 ? 100 : 130' >stdin
		expect 0 stat-trend
		out_json 'map(select(.type == "change") | [.kind, .index]) ==
			[["step", 16], ["step", 24]]'
	done
}

# Three points are no level: where all say that a step is before the last three,
# or behind the first ones, it is not told one point off; where noise hides its
# place, the range has it.
@test "stat-trend: a step is not told where it cannot be" {
	for s in 41 49; do
		SEED=$s NOISE=0.01 series 23 'i < 20 ? 100 : 150' >stdin
		expect 0 stat-trend
		out_json 'any(.kind == "step") | not'
	done
	SEED=15 NOISE=0.01 series 23 'i < 3 ? 150 : 100' >stdin
	expect 0 stat-trend
	out_json 'any(.kind == "step") | not'
	SEED=52 NOISE=0.01 series 23 'i < 20 ? 100 : 150' >stdin
	expect 0 stat-trend
	out_json 'map(select(.kind == "step") | .range) == [[19, 20]]'
	SEED=44 NOISE=0.01 series 23 'i < 3 ? 150 : 100' >stdin
	expect 0 stat-trend
	out_json 'map(select(.kind == "step") | .range) == [[2, 4]]'
}

@test "stat-trend: points at the end that are too few for a step are told" {
	for n in 9 10 11 20 40; do
		for last in 1 2 3; do
			NOISE=0.01 series $((n + last)) "i < $n ? 100 : 150" >stdin
			expect 0 stat-trend -x
			out_json '[.[] | select(.type == "change") |
				[.kind, .index, .worse]] == [range('$last') |
				["outlier", '$n' + ., true]]'
			[ $last -eq 1 ] || out_has 'so are all of the last points'
		done
	done
	# On both sides it is noise.
	NOISE=0.01 series 15 'i < 12 ? 100 : i == 13 ? 60 : 150' >stdin
	expect 0 stat-trend
	out_json 'map(select(.type == "change")) | length < 2'
}

@test "stat-trend: values at the ends of what there is" {
	series 50 'i < 40 ? 1e-300 : 9e279' >stdin
	sed -i 's/"value":0.0000/"value":1e-300/' stdin
	expect 1 stat-trend -x
	out_json 'any(.kind == "step" and .worse and (has("change") | not))'
	for level in 'i < 40 ? -9e279 : 9e279' 'i % 2 ? 0 : 9e279' \
		'i < 40 ? 0 : i % 3'; do
		NOISE=0 series 50 "$level" >stdin
		expect 0 stat-trend -e 0
		out_json 'map(select(.type == "change")) | length < 50'
	done
}

@test "stat-trend: many points outside are what the noise is like" {
	series 60 'i % 20 == 7 ? 150 : 100' >stdin
	expect 0 stat-trend
	out_json '[.[] | select(.kind == "outlier") | .index] == [7, 27, 47]'
	series 60 'i % 8 == 7 ? 150 : 100' >stdin
	expect 0 stat-trend
	out_json 'map(select(.type == "change")) == []'
}

# A second, weak step is left out where there are 60 other series.
@test "stat-trend: the steps of a series are found at the level of all" {
	for i in $(seq 60); do
		SEED=$i series 40 100 ",\"id\":\"$i\""
	done >many
	series 48 'i < 20 ? 100 : i < 40 ? 120 : 122.6' ',"id":"x"' >one
	expect 0 stat-trend -e 0 one
	out_json '[.[] | select(.kind == "step") | .index] == [20, 40]'
	expect 0 stat-trend -e 0 one many
	out_json '[.[] | select(.kind == "step") | .index] == [20]'
}

# tigerbeetle.LICENSE says whose it is. Otava finds 15 and 71 there with its
# defaults of at least 5 %.
@test "stat-trend: a recorded series" {
	jq -c '.series | to_entries[] | {case: "tb", metric: "m",
		commit: "c\(.key)", value}' "$DATA/tigerbeetle.json" >stdin
	expect 0 stat-trend
	out_json '[.[] | select(.kind == "step") | .index] | contains([15, 71])
		and length < 9'
	expect 0 stat-trend -e 10
	out_json '[.[] | select(.kind == "step") | [.index, .commit]] ==
		[[15, "c15"], [71, "c71"]]'
	out_json '[.[] | select(.kind == "outlier") | .index] == [10]'
}

@test "stat-trend: bad records are named" {
	given '{"type":"point","case":"c","metric":"m"}'
	expect 2 stat-trend
	err_is 'stat-trend: <stdin>:1: value is missing'
	given '{"type":"point","case":"c","metric":"m","value":1e300}'
	expect 2 stat-trend
	err_has 'stat-trend: <stdin>:1: value'
	given '{"case":7,"metric":"m","value":1}'
	expect 2 stat-trend
	err_is 'stat-trend: <stdin>:1: case is not a text'
	given '{"type":"mark","kind":"odd","case":"c"}'
	expect 2 stat-trend
	err_is "stat-trend: <stdin>:1: unknown kind: odd"
	given '{"type":"mark","kind":"mute","case":"c","until":"soon"}'
	expect 2 stat-trend
	err_has 'stat-trend: <stdin>:1: until'
}

@test "stat-trend: what a point or a mark cannot say is refused" {
	local point='{"case":"a","metric":"m","value":1'

	given "$point}" "$point,\"threshold_percent\":-1}"
	expect 2 stat-trend
	out_is "$point}"
	err_is 'stat-trend: <stdin>:2: threshold_percent is out of range'
	given "$point,\"better\":\"sideways\"}"
	expect 2 stat-trend
	err_is 'stat-trend: <stdin>:1: unknown better: sideways'
	given "$point,\"ci\":[2,1]}"
	expect 2 stat-trend
	err_is 'stat-trend: <stdin>:1: ci ends before it begins'
	given "$point,\"ci\":[1,1]}" \
		'{"type":"mark","mark":"k","kind":"maybe","case":"a"}'
	expect 2 stat-trend
	out_is "$point,\"ci\":[1,1]}"
	err_is 'stat-trend: <stdin>:2: unknown kind: maybe'
}
