#!/usr/bin/env bats
# wl-run --aa: what a case seems to have changed against itself.
#
# shellcheck disable=SC2016,SC2317

load helper
load wl-run

# The changes that the samples of a file show: [case, metric, change, n].
expected() {
	jq -cs '
		def median: sort | length as $n |
			(.[($n - 1) / 2 | floor] + .[$n / 2 | floor]) / 2;
		map(select(.type == "sample" and
			(.metric == "wall_time" or .metric == "cpu_time"))) |
		group_by([.case, .metric])[] |
		[.[] | select(.variant == "aa").value] as $b |
		[.[] | select(.variant != "aa").value] as $a |
		select($b | length > 0) |
		[.[0].case, .[0].metric, ($b | median) / ($a | median) - 1,
			([$a, $b] | map(length) | min)]' "$1"
}

# Those that it has itself, right before its end.
found() {
	jq -cs '(map(select(.type == "aa")) | length) as $n |
		.[-1 - $n : -1] |
		if all(.type == "aa") then .[] | [.case, .metric, .change, .n]
		else error("not before the end") end' "$1" | sort
}

# The same, but for the last digits: processor times are kept with seven.
changes_are_those_of() {
	expected "$1" | sort >wanted
	found "$1" >changes
	jq -en --slurpfile a wanted --slurpfile b changes '[$a, $b] |
		transpose | all((.[0][2] - .[1][2] | fabs) < 1e-5)' \
		>/dev/null || {
		paste wanted changes >&2
		return 1
	}
	diff -u <(jq -c 'del(.[2])' wanted) <(jq -c 'del(.[2])' changes) >&2
}

@test "wl-run: a shadow's change is a record for wall_time and cpu_time" {
	for name in a b c; do record $name '["true"]'; done >stdin
	expect 0 wl-run -n 5 --aa 2
	changes_are_those_of out
	out_json 'map(select(.type == "aa")) | length == 4 and
		(map(.n == 5) | all) and (map(.case) | unique | length == 2)'
	expect 0 wl-run -n 4 --aa 3 -V x=. -V y=.
	jq -c 'select(.variant != "y")' out >first
	changes_are_those_of first
	out_json 'map(select(.type == "aa")) | length == 6'
	expect 0 wl-run -n 2
	out_json 'map(select(.type == "aa")) == []'
}

@test "wl-run: the shadow of what failed has no change" {
	record a '["false"]' >stdin
	script b '[ $WL_ROUND != 2 ]' >>stdin
	expect 1 wl-run -n 3 -w 0 --aa 2
	ignore_err
	changes_are_those_of out
	out_json 'map(select(.type == "aa") | [.case, .n]) ==
		[["b", 2], ["b", 2]]'
}

@test "wl-run: a slower shadow would be seen" {
	script a '[ "$WL_VARIANT" != aa ] || sleep 0.2' >stdin
	expect 0 wl-run -n 3 -w 0 --aa 1
	out_json 'map(select(.type == "aa" and .metric == "wall_time").change) |
		length == 1 and .[0] > 1'
}

@test "wl-run: a run that is gone on with has each change once, of all rounds" {
	for name in a b; do record $name '["true"]'; done >cases
	expect 0 wl-run -n 6 -w 0 --probe 0 --aa 2 --journal journal cases
	ignore_out
	# Cut after some trials; after the first of the changes; before the end.
	for last in '"seq":15,' '"type":"aa"' '"records":'; do
		if [ "$last" = '"records":' ]; then
			sed '$d' journal >torn
		else
			awk -v last="$last" '{ print }
				index($0, last) { exit }' journal >torn
		fi
		expect 0 wl-run --resume torn cases
		ignore_err
		changes_are_those_of out
		out_json 'map(select(.type == "aa")) | length == 4 and
			(map(.n == 6) | all)'
		cmp out torn
	done
}
