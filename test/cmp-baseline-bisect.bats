#!/usr/bin/env bats
# cmp-baseline --bisect: what git bisect run wants to know.

load helper

# v VARIANT VALUE ...: a summary of rounds, the first of which is its value.
v() {
	local variant=$1 values

	shift
	values=$(
		IFS=,
		echo "$*"
	)
	printf '{"type":"summary","case":"c","variant":"%s","metric":"m","value":%s,"values":[%s],"rounds":[%s]}\n' \
		"$variant" "$1" "$values" "$(seq -s , $#)"
}

limit() {
	printf '{"type":"case","case":"c","metrics":[{"name":"m"}],"criteria":[{"metric":"m","operator":"<","limit":%s}]}\n' "$1"
}

status_is() {
	expect "$1" cmp-baseline --bisect
	out_json "map(select(.type == \"result\"))[0].exit == $1"
}

@test "cmp-baseline --bisect: good, bad, and what cannot be told" {
	v base 100 101 102 103 104 105 106 107 >good
	{ cat good; v head 100 101 102 103 104 105 106 107; } >stdin
	status_is 0
	{ cat good; v head 120 121 122 123 124 125 126 127; } >stdin
	status_is 1
	{ cat good; v head 80 81 82 83 84 85 86 87; } >stdin
	status_is 0
	{ cat good; v head 60 141 62 143 64 145 66 147; } >stdin
	status_is 125
	# Nothing to compare with is no good commit.
	sed 's/"variant":"base"/"variant":"head"/' good >stdin
	status_is 125
	# A limit that does not hold is bad; so is one beside failed trials.
	{ limit 10; cat good; v head 100 101 102 103 104 105 106 107; } >stdin
	status_is 1
	printf '{"type":"trial","case":"c","status":"exit"}\n' >>stdin
	status_is 1
	sed -i 's/"limit":10/"limit":1000/' stdin
	status_is 125
	{
		printf '{"type":"run","run":"r"}\n'
		cat good
		v head 100 101 102 103 104 105 106 107
	} >stdin
	expect 125 cmp-baseline --bisect
	ignore_out
	err_is 'cmp-baseline: the run is not complete'
}

@test "cmp-baseline --bisect: trouble ends it" {
	expect 128 cmp-baseline --bisect
	err_is 'cmp-baseline: no records to compare'
	expect 128 cmp-baseline -x --bisect
	err_has 'invalid option'
	expect 128 cmp-baseline --bis -t nine
	err_has 'not a number'
	expect 128 cmp-baseline --bisect --strict
	err_has '--strict, --bisect and --check: one of them only'
	given '{"type":"summary"}'
	expect 128 cmp-baseline --bisect
	err_is 'cmp-baseline: <stdin>:1: case is missing'
	expect 128 cmp-baseline --bisect -b nowhere
	err_has 'nowhere'
	v base 1 >stdin
	expect 128 cmp-baseline --bisect /dev/stdin /nowhere
	ignore_out
	err_has '/nowhere'
}

# The script of the manual, as a reader of it would copy it.
script_of_manual() {
	mandoc -T ascii -O width=100 "$TOP/man/cmp-baseline.1" |
		sed 's/.\x08//g' | sed -n '/#!\/bin\/sh/,/--bisect/s/^ *//p'
}

# What takes longer here is a count of steps, which no machine disturbs; the
# counts of one commit differ a little, as times would.
@test "cmp-baseline --bisect: git finds the commit that made a program slower" {
	local i
	git init -q repository
	cd repository
	git config user.email a@b.c
	git config user.name n
	printf 'all:\n\t@test -e work\n' >Makefile
	for i in 1 2 3 4 5 6 7 8 9; do
		cat >work <<-END
			#!/bin/sh
			# Version $i.
			steps=$((i < 6 ? 10000 : 10900))
			echo '{"metric":"steps","value":'\$((steps + $i + WL_ROUND * 37 % 50))'}'
		END
		chmod +x work
		# One commit cannot be built, and one only fails.
		case $i in
		4) git rm -q --cached work 2>/dev/null || :; git add Makefile ;;
		7) echo 'exit 1' >>work; git add . ;;
		*) git add . ;;
		esac
		git commit -q --allow-empty -m "version $i"
	done
	git tag v1.0 HEAD~8
	git worktree add -q ../good v1.0
	cat >../perf.yaml <<-'END'
		workloads:
		  - workload_id: steps
		    command: [./work]
		    warmup: 0
		    iterations: 8
		    metrics: [{name: steps, unit: count, better: lower}]
	END
	script_of_manual >../bisect.sh
	[ "$(wc -l <../bisect.sh)" = 5 ]
	sed -i 's/wl-run/wl-run --no-table/' ../bisect.sh
	chmod +x ../bisect.sh
	rm -f work
	git checkout -q -f HEAD
	git bisect start HEAD v1.0 >../log
	git bisect run ../bisect.sh >../log 2>&1 || {
		cat ../log >&2
		return 1
	}
	[ "$(git log -1 --format=%s refs/bisect/bad)" = 'version 6' ]
	grep -q 'version 6' ../log
}
