# What the tests of mk-report have in common. shellcheck shell=bash

# A verdict on wall_time in ms: case, verdict, baseline, current, and more
# members, which may begin with a comma.
verdict() {
	jq -cn --arg case "$1" --arg verdict "$2" \
		--argjson base "$3" --argjson now "$4" --argjson more "{${5-}}" \
		'{type: "verdict", kind: "change", case: $case,
		metric: "wall_time", verdict: $verdict, severity: "blocking",
		gating: true, unit: "ms", better: "lower", baseline: $base,
		current: $now, change: ($now / $base - 1),
		why: "because of \($case)"} + $more'
}

result() {
	printf '{"type":"result","status":"%s"%s}\n' "$1" "${2-}"
}

# The texts are in the report in this order.
in_order() {
	local text line last=0

	touch looked_out
	for text; do
		line=$(grep -nF -- "$text" out | cut -d: -f1 |
			awk -v last="$last" '$1 >= last { print; exit }')
		[ -n "$line" ] || {
			echo "not after line $last: $text" >&2
			cat out >&2
			return 1
		}
		last=$line
	done
}

lacks() {
	touch looked_out
	if grep -qF -- "$1" out; then
		echo "stdout has: $1" >&2
		grep -nF -- "$1" out | cut -c 1-200 | head >&2
		return 1
	fi
}

# A stream with a text in every field that a report shows.
hostile() {
	local text=$1

	jq -cn --arg t "$text" '
		{type: "run", run: $t, arch: $t, target: $t, commit: $t,
		branch: $t, time: $t, host: {cpu: $t, kernel: $t, ($t): $t},
		checks: [{level: $t, msg: $t, fix: $t}]},
		{type: "case", case: $t, workload: $t, description: $t},
		{type: "trial", case: $t, phase: $t, status: $t, why: $t},
		{type: "summary", case: $t, metric: $t, unit: $t, value: 1},
		({type: "verdict", case: $t, metric: $t, unit: $t, baseline: 1,
		current: 2, change: 1, ci: [0.5, 1.5], why: $t, severity: $t, muted: $t,
		method: $t, better: $t, by: $t, limit: 3, operator: $t} +
		({kind: "change", verdict: "regressed", severity: "blocking"},
		{kind: "change", verdict: "improved"},
		{kind: "change", verdict: "unchanged"},
		{kind: "criterion", verdict: $t})),
		{type: "result", status: $t},
		{type: "end", run: $t}'
}

# shellcheck disable=SC2034
all_formats=(text md html pdf json junit github badge shields)

# Texts that are something else than text to somebody.
# shellcheck disable=SC2034
hostile_texts=('<script>alert(1)</script>' ']]>' '<![CDATA[' '--> <!--'
	$'"\'&amp;<\\' $'\u202eesrever\u2066' $'\001\010\033[31m\177\u0085'
	$'\ufffe\uffff' '漢字 かな 한글' '😀👩‍👩‍👧' 'مرحبا שלום' '%0A::error::x'
	$'one\ntwo\ttree\r' ' ' '|`*_[x](y)' '$(id);../..')
