#!/bin/sh
# What `make aa-test` does: measure the same programs against themselves, many
# times, in both ways that a comparison can be made, and count the alarms, each
# of which is false. Then plant a slowdown in some more runs, and count how
# often it is found. perf.mk calls it in the project's directory, with PATH and
# WL_PATH set and
#
#	AA_RUN		the directory of this run, which is made
#	AA_N		how many runs in each way
#	AA_PLANTED	how many with a slowdown in each way, may be 0
#	AA_SESSIONS	how many sessions the stored baseline has
#	AA_EXPAND	wl-expand and AA_MEASURE wl-run, with their options, and
#	AA_COMPARE	cmp-baseline; as words for the shell
#	AA_ROUNDS	the rounds of variants
#	AA_SLOWER_AB	the slowdown of a variant, and
#	AA_SLOWER	that of a session, in percent
#
# Slowdowns are planted with WLBENCH_SLOWDOWN, which the kernels know.
#
# Exit status: 0 no false alarm; 1 one or more; 2 trouble.

set -u

die() {
	printf 'aa-test: %s\n' "$*" >&2
	exit 2
}

mkdir -p "$(dirname "$AA_RUN")" && mkdir "$AA_RUN" || exit 2
run=$(cd "$AA_RUN" && pwd) || exit 2

factor() { # PERCENT
	awk -v percent="$1" 'BEGIN { printf "%.6g", 1 + percent / 100 }'
}

# Each directory is a variant: the same programs, by a script that may make
# them slower.
variant() { # NAME FACTOR
	mkdir "$run/$1" || exit 2
	printf '#!/bin/sh\n%sexec "$@"\n' \
		"${2:+WLBENCH_SLOWDOWN='*=$2' }" >"$run/$1/aa-run"
	chmod +x "$run/$1/aa-run"
}

variant base ''
variant head ''
variant slower "$(factor "$AA_SLOWER_AB")"
variant slow-session "$(factor "$AA_SLOWER")"

# A command that is one text for the shell keeps it, and is not made slower.
eval "$AA_EXPAND" >"$run/all.jsonl" || exit 2
sed 's/"command":\["/"command":[".\/aa-run","/' "$run/all.jsonl" \
	>"$run/cases.jsonl"

# Measures, and makes summaries in NAME.jsonl.
measure() { # NAME DIRECTORY [ARGUMENT OF WL-RUN ...]
	name=$1
	dir=$2
	shift 2
	status=0
	(cd "$run/$dir" && eval "$AA_MEASURE"' "$@"' "$run/cases.jsonl") \
		>"$run/samples.jsonl" </dev/null || status=$?
	[ "$status" -le 1 ] || exit 2
	stat-agg "$run/samples.jsonl" >"$run/$name.jsonl" || exit 2
	rm "$run/samples.jsonl"
}

judge() { # NAME [ARGUMENT OF CMP-BASELINE ...]
	name=$1
	shift
	status=0
	eval "$AA_COMPARE"' "$@"' "$run/$name.jsonl" >"$run/$name.verdicts" ||
		status=$?
	[ "$status" -le 1 ] || exit 2
}

# Two variants, turn by turn.
variants() { # NAME DIRECTORY
	measure "$1" . --iterations "$AA_ROUNDS" \
		--variant base="$run/base" --variant head="$run/$2"
	judge "$1" --base base
}

# One session, beside the stored ones.
session() { # NAME DIRECTORY
	measure "$1" "$2"
	judge "$1" -b "$run/baseline"
}

tell() {
	[ ! -t 2 ] || printf '\r%-40s' "$*" >&2
}

i=0
while [ $((i += 1)) -le "$AA_SESSIONS" ]; do
	tell "session $i of $AA_SESSIONS of the baseline"
	measure "stored-$i" base
	grep '"type":"summary"' "$run/stored-$i.jsonl" >>"$run/baseline"
done
[ -s "$run/baseline" ] || die 'nothing was measured'
i=0
while [ $((i += 1)) -le "$AA_N" ]; do
	tell "run $i of $AA_N"
	session "session-$i" base
	variants "variants-$i" head
	[ "$i" -le "$AA_PLANTED" ] || continue
	session "slow-session-$i" slow-session
	variants "slower-$i" slower
done
tell ''
tell

# --- what came of it ---

# The numbers of a table: of each way, how its runs and their metrics came out.
# The bounds are those of Clopper and Pearson (1934), by bisection.
count='
function field(name,    rest) {
	if (!match($0, "\"" name "\":(\"([^\"\\\\]|\\\\.)*\"|[^,}]*)"))
		return ""
	rest = substr($0, RSTART + length(name) + 3,
		RLENGTH - length(name) - 3)
	gsub(/^"|"$/, "", rest)
	return rest
}
function at_most(k, n, p,    i, term, sum) {
	term = sum = (1 - p) ^ n
	for (i = 1; i <= k; i++)
		sum += term *= (n - i + 1) / i * p / (1 - p)
	return sum
}
function upper(k, n,    lo, hi, i) {
	if (k >= n)
		return 1
	hi = 1
	for (i = 0; i < 60; i++)
		if (at_most(k, n, (lo + hi) / 2) > 0.025)
			lo = (lo + hi) / 2
		else
			hi = (lo + hi) / 2
	return lo
}'
# shellcheck disable=SC2086 # words
outcome() { # WHAT FILES
	what=$1
	shift
	cat "$@" | awk -v what="$what" -v runs=$# "$count"'
	{ gating = field("gating") == "true"; verdict = field("verdict") }
	/^{"type":"verdict","kind":"change"/ && gating {
		n++
		seen[verdict]++
		if (verdict ~ /^(regressed|exact-changed|failed)$/)
			alarm = 1
	}
	/^{"type":"result"/ { failed += alarm; alarm = 0 }
	END {
		printf "  %-24s %5d %6d  %5.1f %% %8d %9d %6d %9d %12d\n",
			what, runs, failed, 100 * upper(failed, runs), n,
			seen["regressed"], seen["small"], seen["unchanged"],
			n - seen["regressed"] - seen["small"] - seen["unchanged"]
		exit failed > 0
	}'
}

printf 'the same programs against themselves, so that each alarm is false:\n\n'
printf '  %-24s %5s %6s %8s %8s %9s %6s %9s %12s\n' 'by' runs failed \
	'at most' metrics regressed small unchanged other
false_alarm=0
outcome "$AA_ROUNDS rounds of variants" "$run"/variants-*.verdicts ||
	false_alarm=1
outcome "$AA_SESSIONS stored sessions" "$run"/session-*.verdicts ||
	false_alarm=1

# How often the slowdown of each metric was found, by how much its sessions
# differ: those that were not made slower.
if [ "$AA_PLANTED" -gt 0 ]; then
	printf '\na slowdown was planted; how often it was found, in %d runs:\n\n' \
		"$AA_PLANTED"
	printf '  %-44s %10s %18s %14s\n' '' 'CV of' \
		"variants, +$AA_SLOWER_AB %" "stored, +$AA_SLOWER %"
	printf '  %-44s %10s %9s %8s %14s\n' metric sessions regressed small \
		regressed
	{
		grep -h '^{"type":"summary"' "$run"/stored-*.jsonl \
			"$run"/session-*.jsonl
		grep -h '^{"type":"verdict"' "$run"/slower-*.verdicts \
			"$run"/slow-session-*.verdicts
	} | awk "$count"'
	{ key = field("case") " " field("metric") }
	/^{"type":"summary"/ && !/"variant":/ && field("value") > 0 {
		x = log(field("value"))
		n[key]++
		sum[key] += x
		squares[key] += x * x
	}
	/^{"type":"verdict","kind":"change"/ && field("gating") == "true" {
		way = field("method") == "predictive-t" ? "stored" : "ab"
		found[key, way, field("verdict")]++
		judged[key] = 1
	}
	END {
		for (key in judged) {
			about = squares[key] - sum[key] ^ 2 / n[key]
			cv = about > 0 ? sqrt(about / (n[key] - 1)) : 0
			printf "  %-44s %8.1f %% %9d %8d %14d\n", key,
				100 * cv, found[key, "ab", "regressed"],
				found[key, "ab", "small"],
				found[key, "stored", "regressed"]
		}
	}' | sort
fi
exit "$false_alarm"
