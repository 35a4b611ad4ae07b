#!/bin/sh
# What `make perf-test` does before it fails: measure the cases that failed
# once more, in a session of its own, and judge that. perf.mk calls it in the
# project's directory, with PATH and WL_PATH set and
#
#	CONFIRM_RUN		the directory of the run that failed
#	CONFIRM_MARKS		the marks of the history, as a pattern, or empty
#	CONFIRM_BASELINE	what it was compared with, if it is there
#	CONFIRM_HISTORY		hist-add, or empty: the run is not filed
#	CONFIRM_MEASURE		wl-run, with its options, and
#	CONFIRM_COMPARE		cmp-baseline; these as words for the shell
#
# What it makes is in the directory `confirm` of the run, the same files as
# there.
#
# Exit status: 0 not confirmed: nothing failed this time; 1 confirmed, or it
# could not be found out.

set -u

stands() {
	printf '%s: the failure stands\n' "$*" >&2
	exit 1
}

# The cases of verdicts that fail the build, as their records begin. A verdict
# is one line, with its members in one order; a quote within a text has a
# backslash before it.
failed_cases() {
	sed -nE '/"verdict":"(regressed|exact-changed|fail)".*"gating":true/s/^\{"type":"verdict","kind":"[a-z]+",("case":"([^"\\]|\\.)*",).*/{"type":"case",\1/p' \
		"$1" | sort -u
}

# The same as patterns: w/n=* is made of all cases of w, whatever n is.
patterns() {
	sed 's/[][\\.^$|+?(){}]/\\&/g; s/=\*/=[^",]*/'
}

again=$CONFIRM_RUN/confirm
failed=$(failed_cases "$CONFIRM_RUN/verdicts.jsonl")
[ -n "$failed" ] || stands 'no case failed by what was measured'
mkdir "$again" || stands 'it cannot be confirmed'
printf '%s\n' "$failed" | patterns >"$again/patterns"
grep -E -f "$again/patterns" "$CONFIRM_RUN/cases.jsonl" \
	>"$again/cases.jsonl" || stands 'its cases are not there'
rm "$again/patterns"

echo
n=$(grep -c . "$again/cases.jsonl")
echo "measuring $n case$([ "$n" -eq 1 ] || echo s) that failed again"
ran=0
eval "$CONFIRM_MEASURE"' --journal "$again/samples.jsonl" "$again/cases.jsonl"' \
	>/dev/null || ran=$?
echo "$ran" >"$again/run.status"
[ "$ran" -le 1 ] || stands 'the confirmation was cut short'

judged=0
stat-agg "$again/samples.jsonl" >"$again/summary.jsonl" ||
	stands 'it cannot be confirmed'
set --
[ ! -e "$CONFIRM_BASELINE" ] || set -- -b "$CONFIRM_BASELINE"
eval "for mark in $CONFIRM_MARKS"'; do
	[ ! -e "$mark" ] || set -- "$@" "$mark"
done'
eval "$CONFIRM_COMPARE"' "$@" "$again/summary.jsonl"' \
	>"$again/verdicts.jsonl" ||
	judged=$?
[ "$judged" -le 1 ] || stands 'it cannot be confirmed'
echo "$judged" >"$again/verdict.status"
report() { # FORMAT FILE
	mk-report --title 'the cases that failed, once more' -f "$1" \
		-o "$again/$2" "$again/verdicts.jsonl" ||
		stands 'it cannot be confirmed'
}
report text report.txt
report md report.md
report html report.html
[ -z "$CONFIRM_HISTORY" ] ||
	eval "$CONFIRM_HISTORY"' --report "$again/report.html" \
		"$again/verdicts.jsonl"' >/dev/null ||
	echo 'the run is not in the history' >&2
report junit report.xml
cat "$again/report.txt"
echo
echo "report: $again/report.html"
if [ "$judged" -ne 0 ]; then
	echo 'confirmed: it failed in a new session, too'
	exit 1
fi
echo 'not confirmed: nothing failed in a new session'
