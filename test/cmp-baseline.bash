# What the tests of cmp-baseline have in common: records, and what came of
# them.

# A summary: s VALUE [MORE FIELDS]; case, metric, unit, n and error are set by
# assignments before it.
s() {
	printf '{"type":"summary","case":"%s","metric":"%s","unit":"%s"' \
		"${case-c}" "${metric-m}" "${unit-ns}"
	printf ',"value":%s,"n":%s,"se_block":%s%s}\n' \
		"$1" "${n-10}" "${error-0.001}" "${2:+,$2}"
}

# A line of a baseline: past VALUE ...; more: fields of it, each: of a session.
past() {
	local value comma=

	printf '{"type":"baseline","case":"%s","metric":"%s","unit":"%s"%s' \
		"${case-c}" "${metric-m}" "${unit-ns}" "${more:+,$more}"
	printf ',"sessions":['
	for value; do
		printf '%s{"value":%s%s}' "$comma" "$value" "${each:+,$each}"
		comma=,
	done
	printf ']}\n'
}

# A summary of round values, the first of which is its value:
# v VARIANT VALUE ...
v() {
	local variant=$1 values

	shift
	values=$(
		IFS=,
		echo "$*"
	)
	printf '{"type":"summary","case":"%s","variant":"%s","metric":"%s"' \
		"${case-c}" "$variant" "${metric-m}"
	printf ',"value":%s,"n":%s,"values":[%s]%s}\n' \
		"$1" $# "$values" "${more:+,$more}"
}

# The record of case c: a list of metrics, and one of criteria.
declare_case() {
	printf '{"type":"case","case":"%s","metrics":[%s],"criteria":[%s]%s}\n' \
		"${case-c}" "$1" "${2-}" "${more:+,$more}"
}

trial() {
	printf '{"type":"trial","case":"%s","status":"%s"%s}\n' \
		"${case-c}" "$1" "${2:+,$2}"
}

verdict_is() {
	verdicts_are "length == 1 and (.[0] | $1)"
}

verdicts_are() {
	out_json "map(select(.type == \"verdict\")) | $1"
}

result_is() {
	out_json "map(select(.type == \"result\")) |
		length == 1 and (.[0] | $1)"
}

# Five sessions: 100 is unchanged and 120 regressed.
steady() {
	past 99 100 100 100 101 >base
}
