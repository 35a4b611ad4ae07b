#!/bin/sh
# What perf.mk does before a run fails: measure the cases that failed once
# more, in a session of its own, and judge that. perf.mk calls it in the
# project's directory, with PATH and WL_PATH set and
#
#	CONFIRM_RUN		the directory of the run that failed
#	CONFIRM_VERDICTS	what was found there
#	CONFIRM_MEASURE		wl-run, with its options; or empty: nothing is
#				measured, and what there is is judged again
#	CONFIRM_COMPARE		cmp-baseline, with its options; both as words
#				for the shell
#
# Its operands are those of cmp-baseline before the summaries. What it makes is
# in the directory `confirm` of the run, the same files as there.
#
# Exit status: 0 there are verdicts of a second session, for cmp-baseline
# --again; 1 there are none, and a line says why.

set -u

stands() {
	printf '%s: the failure stands\n' "$*" >&2
	exit 1
}

# The cases of verdicts that fail the build, as their records begin. A verdict
# is one line, with its members in one order; a quote within a text has a
# backslash before it.
failed_cases() {
	sed -nE '/"verdict":"(regressed|exact-changed|fail)".*"gating":true/s/^\{"type":"verdict","kind":"[a-z]+",("gate":"([^"\\]|\\.)*",)?("case":"([^"\\]|\\.)*",).*/{"type":"case",\3/p' \
		"$1" | sort -u
}

# The same as patterns: w/n=* is made of all cases of w, whatever n is.
patterns() {
	sed 's/[][\\.^$|+?(){}]/\\&/g; s/=\*/=[^",]*/'
}

is_complete() {
	[ -s "$1" ] && tail -n 1 "$1" |
		grep -q '^{"type":"end".*"complete":true'
}

# Writes the cases that failed; what was measured of them is kept.
choose() {
	failed=$(failed_cases "$CONFIRM_VERDICTS")
	[ -n "$failed" ] || stands 'no case failed by what was measured'
	mkdir -p "$again" || stands 'it cannot be confirmed'
	printf '%s\n' "$failed" | patterns >"$again/patterns"
	grep -E -f "$again/patterns" "$CONFIRM_RUN/cases.jsonl" \
		>"$again/cases.jsonl" || stands 'its cases are not there'
	rm "$again/patterns"
}

measure() {
	n=$(grep -c . "$again/cases.jsonl")
	echo "measuring $n case$([ "$n" -eq 1 ] || echo s) that failed again"
	journal=--journal
	[ ! -s "$again/samples.jsonl" ] || journal=--resume
	ran=0
	eval "$CONFIRM_MEASURE $journal"' "$again/samples.jsonl" "$again/cases.jsonl"' \
		>/dev/null || ran=$?
	echo "$ran" >"$again/run.status"
	[ "$ran" -le 1 ] || stands 'the confirmation was cut short'
}

report() { # FORMAT FILE
	mk-report --title 'the cases that failed, once more' -f "$1" \
		-o "$again/$2" "$again/verdicts.jsonl" ||
		stands 'it cannot be confirmed'
}

again=$CONFIRM_RUN/confirm
# Cases and their journal belong together.
[ -s "$again/samples.jsonl" ] || [ -z "$CONFIRM_MEASURE" ] || choose
is_complete "$again/samples.jsonl" || [ -z "$CONFIRM_MEASURE" ] || measure
is_complete "$again/samples.jsonl" || stands 'it was not measured again'

# Which run this one confirms is in its own record.
run=$(sed -n '1s/^{"type":"run",[^{}]*"run":"\([^"\\]*\)".*/\1/p' \
	"$CONFIRM_RUN/samples.jsonl")
sed "1s/^{\"type\":\"run\",/&\"confirms\":\"$run\",/" \
	"$again/samples.jsonl" >"$again/confirms.part" ||
	stands 'it cannot be confirmed'
stat-agg "$again/confirms.part" >"$again/summary.jsonl" ||
	stands 'it cannot be confirmed'
rm "$again/confirms.part"
judged=0
eval "$CONFIRM_COMPARE"' "$@" "$again/summary.jsonl"' \
	>"$again/verdicts.jsonl" || judged=$?
[ "$judged" -le 1 ] || stands 'it cannot be confirmed'
echo "$judged" >"$again/verdict.status"
report text report.txt
report md report.md
report html report.html
report junit report.xml
