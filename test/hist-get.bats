#!/usr/bin/env bats

load helper
load hist

add() {
	hist-add "$@" >added
}

points() {
	jq -c 'select(.type == "point")' out
}

# The values of the points, in their order.
values_are() {
	touch looked_out
	[ "$(points | jq -r .value | paste -sd ' ')" = "$1" ] || {
		echo "points: $(points | jq -r .value | paste -sd ' '), not $1" >&2
		return 1
	}
}

@test "hist-get: runs, cases, marks, points, in this order, with all their fields" {
	run_of r1 100 >stdin
	add --report 'r.html' stdin
	add --mark mute --case sort/n=1 --until 2027-01-01 --reason r
	add --mark mute --case other --until 2027-01-01 --reason r 2>said
	expect 0 hist-get
	out_json 'map(.type) == ["run", "case", "mark", "point"]'
	head -n 1 stdin | jq '. + {report: "r.html", result: "pass"}' >want
	diff <(jq -S . want) <(head -n 1 out | jq -S .) >&2
	sed -n 2p stdin | diff - <(sed -n 2p out) >&2
	[ "$(points)" = "$(printf '{"type":"point","case":"sort/n=1","workload":"sort","id":"a1","metric":"wall_time","unit":"ns","better":"lower","aggregator":"median","arch":"x86_64","target":"x86_64","machine":"%s","branch":"main","tags":["quick"],"run":"r1","session":"r1","time":"2026-11-21T01:30:00Z","commit":"%s","dirty":false,"value":100,"n":10,"ci":[100,100],"level":0.95,"mad":0.5,"min":100,"max":100,"threshold_percent":7,"gate":true}' \
		"$MACHINE_ID" "$(printf r1 | sha1sum | cut -c1-40)")" ]
	expect 0 hist-get --values
	out_json '.[-1] | .rounds == [1, 2] and (has("values") | not) and (keys_unsorted | index("rounds") < index("threshold_percent"))'
}

@test "hist-get: which points there are, and what gates" {
	jq -cn '{type: "run", run: "r", time: "2026-11-21"},
		{type: "summary", case: "c/p=1", metric: "m", value: 1},
		{type: "summary", case: "c/p=1", metric: "m", variant: "head", value: 2},
		{type: "summary", case: "c/p=1", metric: "m", variant: "aa", value: 3},
		{type: "summary", case: ":probe", metric: "m", value: 4},
		{type: "summary", case: "d", metric: "declared", value: 5},
		{type: "summary", case: "d", metric: "mild", value: 6},
		{type: "summary", case: "d", metric: "free", value: 7},
		{type: "summary", case: "d", metric: "other", value: 8},
		{type: "case", case: "d", metrics: [{name: "declared", better: "higher"}, {name: "mild", severity: "warning"}, {name: "free", gate: false}]},
		{type: "end", complete: true}' | add
	expect 0 hist-get
	out_json 'map(select(.type == "point") | {(.case + " " + .metric): [.value, .gate, .better]}) | add == {
		":probe m": [4, false, null], "c/p=1 m": [1, true, null],
		"d declared": [5, true, "higher"], "d free": [7, false, null],
		"d mild": [6, false, null], "d other": [8, false, null]}'
	out_json 'map(select(.case == "c/p=1"))[0].workload == "c"'
	expect 0 hist-get --variant head
	values_are 2
	expect 1 hist-get --variant aa
	err_is 'hist-get: history: nothing of it was selected'
}

@test "hist-get: selections, by name, glob and time" {
	run_of r1 1 '' main 2026-11-01 | add
	run_of r2 2 '' next 2026-11-02 | add
	run_of r3 3 '' main 2026-11-03 | sed 's/x86_64/arm64/g; s/sort/find/g; s/quick/slow/; s/wall_time/max_rss/' | add
	while IFS='|' read -r options want; do
		eval "set -- $options"
		expect 0 hist-get "$@"
		values_are "$want"
	done <<-'END'
		|3 1 2
		--workload find|3
		--workload 'so*'|1 2
		--workload '[rs]ort' --workload '????'|3 1 2
		--case sort/n=1|1 2
		--case '*/n=1' --metric max_rss|3
		--tag slow|3
		--tag 'q*'|1 2
		--arch arm64|3
		--target 'x*'|1 2
		--branch next|2
		--branch main --arch x86_64|1
		--since 2026-11-02|3 2
		--until 2026-11-02|1 2
		--since 2026-11-02T01:30:00Z --until 2026-11-02T01:30:00Z|2
		--since 2026-11-02 --until 2026-11-02|2
	END
	for options in '--workload sor' '--case sort' "--metric ''" '--machine x' \
		'--since 2026-11-04' "--tag '[q]'" "--branch 'x' OR 1=1 --'"; do
		eval "set -- ${options//" OR 1=1 --'"/}"
		expect 1 hist-get "$@"
		err_has 'nothing of it was selected'
	done
	expect 1 hist-get --case "' OR 1=1 --"
	err_has 'nothing of it was selected'
	expect 0 hist-get --runs --branch main
	out_json 'map([.type, .run]) == [["run", "r1"], ["run", "r3"]]'
	expect 0 hist-get --runs -n 2
	out_json 'map(.run) == ["r2", "r3"]'
	expect 0 hist-get --runs --workload find
	out_json 'map(.run) == ["r3"]'
	expect 0 hist-get --series
	out_json 'map([.type, .case, .branch, .points]) == [["point", "find/n=1", "main", 1], ["point", "sort/n=1", "main", 1], ["point", "sort/n=1", "next", 1]]'
}

@test "hist-get: the last of each series, and the runs that they are of" {
	for i in 1 2 3 4 5; do run_of "r$i" "$i" '' main "2026-11-0$i"; done | add
	for i in 6 7; do run_of "r$i" "$i" '' next "2026-11-0$i"; done | add
	expect 0 hist-get --last 3
	values_are '3 4 5 6 7'
	out_json 'map(select(.type == "run").run) == ["r3", "r4", "r5", "r6", "r7"]'
	expect 0 hist-get -n 1
	values_are '5 7'
	expect 0 hist-get --series
	out_json 'map([.value, .points]) == [[5, 5], [7, 2]]'
}

@test "hist-get: two ids are two series, and another threshold is none" {
	run_of r1 1 '' main 2026-11-01 | add
	run_of r2 2 '' main 2026-11-02 | sed 's/percent":7/percent":9/' | add
	run_of r3 3 '' main 2026-11-03 | sed 's/"a1"/"a0"/' | add
	expect 0 hist-get
	values_are '3 1 2'
	out_json 'map(select(.type == "point").threshold_percent) == [7, 7, 9]'
	# The newest record of the case.
	out_json 'map(select(.type == "case")) | length == 1 and .[0].id == "a0"'
	expect 0 hist-get --series
	out_json 'map(.points) == [1, 2]'
}

@test "hist-get: a run in which nothing was measured is one all the same" {
	run_of r1 | grep -v summary | add
	expect 0 hist-get
	out_json 'map(.type) == ["run"]'
	expect 1 hist-get --case 'sort*'
	err_has 'nothing of it was selected'
}

# --- git ---

# The commits of repository, by their names.
a='' b='' x='' m='' c=''

# commit NAME DATE [PARENT ...]: makes it, and sets $NAME to it.
commit() {
	local name=$1 date=$2 parent tree made args=()

	shift 2
	for parent; do args+=(-p "${!parent}"); done
	tree=$(git mktree </dev/null)
	made=$(GIT_AUTHOR_DATE=$date GIT_COMMITTER_DATE=$date git -c user.name=n \
		-c user.email=e commit-tree "${args[@]}" -m "$name" "$tree")
	eval "$name=\$made"
	git tag "$name" "$made"
}

# Two lines that are merged: a - b - m - c, with x between a and m; the clock
# of who made b was wrong.
repository() {
	git init -q -b main .
	commit a 2026-10-01T00:00:00Z
	commit b 2020-01-01T00:00:00Z a
	commit x 2026-10-03T00:00:00Z a
	commit m 2026-10-04T00:00:00Z b x
	commit c 2026-10-05T00:00:00Z m
	git update-ref refs/heads/main "$c"
}

@test "hist-get: in the order of the commits, whenever they were measured" {
	repository
	run_of r1 1 "$c" main 2026-11-01 | add
	run_of r2 2 "$a" main 2026-11-02 | add
	run_of r3 3 "$m" main 2026-11-03 | add
	run_of r4 4 "$b" main 2026-11-04 | add
	run_of r5 5 "$a" main 2026-11-05 | add
	expect 0 hist-get
	values_are '2 5 4 3 1'
	out_json 'map(select(.type == "run").run) == ["r2", "r5", "r4", "r3", "r1"]'
	expect 0 hist-get --by-time
	values_are '1 2 3 4 5'
	# What git does not know comes by its time.
	run_of r0 0 '' main 2026-10-31 | add
	run_of r9 9 '' main 2026-11-09 | add
	run_of r8 8 not-a-commit main 2026-11-08 | add
	expect 0 hist-get
	values_are '0 2 5 4 3 1 8 9'
	# Where there is no repository, too.
	mv .git away
	expect 0 hist-get
	values_are '0 1 2 3 4 5 8 9'
}

@test "hist-get: ranges of commits, as git has them" {
	repository
	for name in a b x m c; do run_of "r-$name" 1 "${!name}" | add; done
	while IFS=' ' read -r range want; do
		expect 0 hist-get --runs --commits "$range"
		touch looked_out
		[ "$(jq -r .run out | sort | paste -sd ' ')" = "$want" ] ||
			{ cat out >&2; echo "$range" >&2; return 1; }
	done <<-'END'
		a..c r-b r-c r-m r-x
		b..main r-c r-m r-x
		x r-a r-x
		m^! r-m
		x...b r-b r-x
		main~1.. r-c
	END
	for range in --all -n1 --output=stolen; do
		expect 2 hist-get --commits "$range"
		err_has "hist-get: --commits: not a revision: $range"
	done
	for range in no-such '$(touch stolen)' 'a --all'; do
		expect 2 hist-get --commits "$range"
		err_has "hist-get: --commits: git does not know them: $range"
	done
	[ ! -e stolen ]
}

@test "hist-get: branches are one series, of what has led to a commit" {
	repository
	run_of r1 1 "$a" main 2026-11-01 | add
	run_of r2 2 "$x" topic 2026-11-02 | add
	run_of r3 3 "$m" main 2026-11-03 | add
	run_of r4 4 "$b" next 2026-11-04 | add
	run_of r5 5 "$c" main 2026-11-05 | add
	expect 0 hist-get --join
	values_are '1 4 2 3 5'
	out_json 'map(select(.type == "point")) | all(.[]; has("branch") | not)'
	out_json 'map(select(.type == "run").branch) == ["main", "next", "topic", "main", "main"]'
	expect 0 hist-get --join -n 2
	values_are '3 5'
	expect 0 hist-get --join --series
	out_json 'map([.value, .points]) == [[5, 5]]'
	expect 0 hist-get --join --commits x
	values_are '1 2'
	# A mark of one of the branches is one of the series.
	add --mark change --case sort/n=1 --branch topic --commit x --reason r
	expect 0 hist-get --join
	out_json 'map(select(.type == "mark")) | length == 1 and (.[0] | .commit and .reason == "r" and (has("branch") | not))'
	expect 0 hist-get
	out_json 'map(select(.type == "mark").branch) == ["topic"]'
	expect 0 hist-get --join --commits b
	values_are '1 4'
	out_json 'all(.type != "mark")'
	# What git does not know is left out, and that is said.
	run_of r6 6 '' main 2026-11-06 | add
	run_of r7 7 '' main 2026-11-07 | add
	run_of r8 8 none main 2026-11-08 | sed 's/"commit":"none",//' | add
	expect 0 hist-get --join --commits main
	values_are '1 4 2 3 5'
	err_is 'hist-get: --commits: git does not know 2 commits of the history: runs of them are left out
hist-get: --commits: runs that have no commit are left out: 1'
}

@test "hist-get: a shallow repository knows what it has" {
	repository
	git clone -q --depth 2 "file://$PWD" shallow 2>said
	cd shallow
	: >stdin
	run_of r1 1 "$c" main 2026-11-01 | add
	run_of r2 2 "$m" main 2026-11-02 | add
	run_of r3 3 "$a" main 2026-10-03 | add
	expect 0 hist-get
	values_are '3 2 1'
}

# --- two sides ---

# Ten sessions of main, the last five slower by PERCENT.
sessions() {
	local i value

	for i in 0 1 2 3 4 5 6 7 8 9; do
		value=$((100000 + i * 7 % 5 * 200 + (i < 5 ? 0 : $1 * 1000)))
		run_of "r$i" $value "$((i / 5))$(printf '%039d' 7)" \
			"$([ $i -lt 5 ] && echo main || echo next)" "2026-11-1$i"
	done | add
}

@test "hist-get: two sides are variants, and a regression in them is found" {
	sessions 8
	expect 0 hist-get --compare main..next
	out_json 'map(select(.type == "summary") | .variant) == (["base", "base", "base", "base", "base", "head", "head", "head", "head", "head"])'
	out_json 'map(.type) | .[:10] == [range(10) | "run"] and .[10] == "case" and .[-1] == "end"'
	out_json 'map(select(.type == "end")) | length == 10 and all(.complete)'
	sed -n 5p <(run_of r0 100000) >want
	jq -c 'select(.session == "r0" and .type == "summary") | del(.variant)' out |
		diff <(jq -c . want) - >&2
	hist-get --compare main..next >two
	expect 1 cmp-baseline two
	out_json 'map(select(.type == "verdict"))[0] | .verdict == "regressed" and .sessions == 5 and (.change > 0.07 and .change < 0.09)'
	expect 0 cmp-baseline --base head two
	out_json 'map(select(.type == "verdict"))[0] | .verdict == "improved"'
	# By commits, of which only the beginning is said, it is the same.
	expect 0 hist-get --compare "0000000..1000"
	diff two out >&2
	ignore_out
}

@test "hist-get: of two sides the head says what its cases are" {
	run_of r1 100 '' main 2026-11-02 | add
	run_of r2 100 '' next 2026-11-01 | sed 's/percent":7/percent":9/' | add
	expect 0 hist-get --compare main..next
	out_json 'map(select(.type == "case"))[0].metrics[0].threshold_percent == 9'
	expect 0 hist-get --compare next..main
	out_json 'map(select(.type == "case"))[0].metrics[0].threshold_percent == 7'
}

@test "hist-get: two sides without a change are no regression" {
	sessions 0
	hist-get --compare main..next >two
	expect 0 cmp-baseline two
	out_json 'map(select(.type == "verdict"))[0] | .verdict == "unchanged"'
	hist-get --compare main..next --sessions 1 >two
	expect 0 cmp-baseline -t 5 two
	out_json 'map(select(.type == "verdict"))[0] | .sessions == 1 and .ci[1] > 0.08'
}

@test "hist-get: sides by git, and what they cannot be" {
	repository
	for i in 1 2 3; do
		run_of "a$i" 100 "$a" main "2026-11-1$i"
		run_of "c$i" 100 "$c" main "2026-11-2$i"
	done | add
	run_of dirty 300 "$c" next | sed 's/"dirty":false/"dirty":true/' | add
	expect 0 hist-get --compare a..c
	out_json 'map(select(.type == "summary") | [.variant, .session]) == [["base", "a1"], ["base", "a2"], ["base", "a3"], ["head", "c1"], ["head", "c2"], ["head", "c3"]]'
	# The branch, without the sessions of the head; HEAD is understood.
	expect 0 hist-get --compare main..c
	out_json 'map(select(.variant == "base").session) == ["a2", "a3"]'
	expect 0 hist-get --compare a..
	out_json 'map(select(.variant == "head").session) == ["c1", "c2", "c3"]'
	expect 2 hist-get --compare b..c
	err_is "hist-get: b: the history has no run of commit ${b:0:12}; the nearest before it that has one is ${a:0:12}"
	expect 2 hist-get --compare no-such..c
	err_is 'hist-get: no-such: the history has no branch of that name, and git no commit'
	expect 2 hist-get --compare c..c
	err_is 'hist-get: c: all of its runs are runs of c, too'
	expect 2 hist-get --compare c..main
	err_is 'hist-get: c: all of its runs are runs of main, too, of which --sessions takes fewer'
	# What was left out by another option is not said of all the history.
	expect 2 hist-get --compare a..c --since 2026-11-20
	err_is "hist-get: a: what is selected of the history has no run of commit ${a:0:12}"
	run_of s1 1 aaaa1 other | add
	run_of s2 1 aaaa2 other | add
	expect 2 hist-get --compare aaaa..main
	err_is 'hist-get: aaaa: several commits of the history begin so'
	expect 2 hist-get --compare "a..$x"
	err_has 'the history has no run of commit'
	for text in main main...c a..b..c; do
		expect 2 hist-get --compare "$text"
		err_is "hist-get: --compare: not BASE..HEAD: $text"
	done
	expect 2 hist-get --compare a..-c
	err_is 'hist-get: --compare: not a revision: a..-c'
	# Where there are only runs of changed files, that is said.
	run_of only 300 "$x" next | sed 's/"dirty":false/"dirty":true/' | add
	expect 0 hist-get --compare a..x
	ignore_out
	err_is "hist-get: x: all runs of commit ${x:0:12} are of changed files"
}

@test "hist-get: what two sides cannot have is refused, and what they do not have is told" {
	sessions 8
	expect 2 hist-get --sessions 3
	err_has 'hist-get: --sessions: only with --compare'
	for option in '-n 1' --values --join; do
		# shellcheck disable=SC2086
		expect 2 hist-get --compare main..next $option
		err_has 'hist-get: --last, --values and --join: --compare has no points'
	done
	for option in --case --metric --workload --tag; do
		expect 1 hist-get --compare main..next "$option" none
		err_is 'hist-get: history: nothing of it was selected'
		ignore_out
	done
	expect 2 hist-get --compare none..next
	err_is 'hist-get: none: the history has no branch of that name, and here is no git repository'
}

@test "hist-get: times of two machines are not compared" {
	sessions 8
	{
		run_of o1 500 '' main 2026-12-01
		run_of o2 500 '' next 2026-12-02
	} | sed "s/$MACHINE_ID/other/g" | add
	run_of alone 500 '' lonely 2026-12-03 | sed "s/$MACHINE_ID/third/g" | add
	expect 0 hist-get --compare main..next
	err_is 'hist-get: compared on machine other; others are left out: --machine chooses one'
	out_json 'map(select(.type == "summary").session) == ["o1", "o2"]'
	expect 0 hist-get --compare main..next --machine "$MACHINE_ID"
	[ "$(grep -c '"summary"' out)" -eq 10 ]
	ignore_out
	expect 2 hist-get --compare main..lonely
	err_is 'hist-get: no machine has runs of both main and lonely'
}

@test "hist-get: an accepted change ends what was before it" {
	sessions 8
	add --mark change --case sort/n=1 --run r5 --reason 'sorts more'
	expect 0 hist-get --compare main..next
	out_json 'map(select(.type == "summary").variant) | unique == ["head"]'
	err_is 'hist-get: main has nothing that next is to be compared with: all of it is of other cases, or before an accepted change'
	out_json 'map(select(.type == "mark")) | length == 1'
	# Of another series, or before the base: no matter.
	rm -r history
	sessions 8
	add --mark change --case sort/n=1 --metric max_rss --run r5 --reason r
	add --mark change --case sort/n=1 --branch next --run r5 --reason r
	add --mark change --case sort/n=1 --at 2026-11-12 --reason r
	add --mark mute --case sort/n=1 --until 2027-01-01 --reason r
	expect 0 hist-get --compare main..next
	out_json 'map(select(.variant == "base").session) == ["r2", "r3", "r4"]'
	# The head is older than the one of its base.
	expect 0 hist-get --compare next..main
	out_json 'map(select(.variant == "base").session) == ["r5", "r6", "r7", "r8", "r9"]'
	out_json 'map(select(.variant == "head").session) == ["r2", "r3", "r4"]'
}

@test "hist-get: a mark by its commit holds for all that comes from it" {
	repository
	run_of r1 1 "$m" main 2026-11-01 | add
	run_of r2 2 "$c" main 2026-11-02 | add
	run_of r3 3 "$a" main 2026-11-03 | add
	run_of r4 4 "$b" main 2026-11-04 | add
	add --mark change --case sort/n=1 --commit m --reason r
	expect 0 hist-get --compare a..c
	out_json 'map(select(.type == "summary").session) == ["r2"]'
	err_has 'a has nothing that c is to be compared with'
	expect 0 hist-get --compare m..c
	out_json 'map(select(.type == "summary").session) == ["r1", "r2"]'
	# Not for another line that came together with it later.
	run_of r5 5 "$x" main 2026-11-05 | add
	add --mark change --case sort/n=1 --commit b --reason r
	grep -l "$m" history/marks/* | xargs rm
	expect 0 hist-get --compare x..c
	out_json 'map(select(.type == "summary").session) == ["r2"]'
	err_has 'x has nothing that c is to be compared with'
	expect 0 hist-get --compare a..x
	out_json 'map(select(.type == "summary").session) == ["r3", "r5"]'
}

# --- trouble ---

@test "hist-get: an index that is damaged, missing or old is made anew" {
	run_of r1 1 | add
	run_of r2 2 '' main 2026-11-22 | add
	for damage in empty cut program gone 'PRAGMA user_version = 9' \
		'DROP TABLE mark' scribble as_link; do
		damage_index "$damage" history/index.sqlite
		expect 0 hist-get
		values_are '1 2'
		index_is_right
	done
	[ "$(cat precious)" = precious ]
	# The part of it that is read, damaged behind the back of the tables.
	for ((page = 1; page < 14; page++)); do
		head -c 4096 /dev/zero | tr '\0' Q |
			dd of=history/index.sqlite bs=4096 seek=$page conv=notrunc status=none
		expect 0 hist-get
		values_are '1 2'
		hist-add --reindex
	done
	rm history/index.sqlite
	mkdir history/index.sqlite
	expect 0 hist-get
	values_are '1 2'
	err_is 'hist-get: history/index.sqlite: Is a directory'
}

@test "hist-get: runs that came without it, or went, are seen" {
	run_of r1 1 | add
	run_of r2 2 '' main 2026-11-22 | add -d other
	hist-get >said
	cp -r other/x86_64 history/
	expect 0 hist-get
	values_are '1 2'
	index_is_right
	rm history/x86_64/*/*-r1.jsonl
	expect 0 hist-get
	values_are 2
	index_is_right
	# Long after the last look, when it goes by the stamps.
	sleep 3
	hist-get >said
	[ "$(sqlite3 history/index.sqlite "SELECT count(*) FROM directory WHERE stamp <> ''")" -eq 2 ]
	mv history/x86_64/"$MACHINE_ID"/{20261122*,other}.jsonl
	expect 0 hist-get
	values_are 2
	mkdir -p history/arm64/m
	run_of r3 3 '' main 2026-11-23 | sed 's/x86_64/arm64/g' | add -d third
	cp third/arm64/*/* history/arm64/m/
	expect 0 hist-get
	values_are '3 2'
}

@test "hist-get: fractions of seconds count, in order and in --since and --until" {
	local k=9 fraction

	for fraction in .5 '' .05 .51; do
		k=$((k - 1))
		run_of "r$k" "0$fraction" |
			sed "s/\"2026-11-21T01:30:00Z\"/\"2026-11-21T01:30:00${fraction}Z\"/" | add
	done
	expect 0 hist-get
	values_are '0 0.05 0.5 0.51'
	expect 0 hist-get --since 2026-11-21T01:30:00.05Z --until 2026-11-21T01:30:00.50Z
	values_are '0.05 0.5'
	expect 0 hist-get --until 2026-11-21
	values_are '0 0.05 0.5 0.51'
	expect 0 hist-get --until 2026-11-21T01:30:00Z
	values_are 0
}

@test "hist-get: a damaged file is named, and skipped on request" {
	run_of r1 1 | add
	run_of r2 2 '' main 2026-11-22 | add
	path=$(cat added)
	sed -i '$d' "$path"
	hist-add --reindex 2>said && return 1
	rm -f history/index.sqlite
	expect 2 hist-get
	err_has "hist-get: $path:5: the file is cut short: it has 4 records, and should have 5"
	expect 0 hist-get --skip-damaged
	values_are 1
	err_has "hist-get: $path: skipped"
	expect 2 hist-get
	err_has "hist-get: $path:5:"
	# Its content is not what the index has of it.
	run_of r2 2 '' main 2026-11-22 >stdin
	rm "$path"
	add stdin
	sleep 0.01
	sed -i 's/"value":2/"value":  2/; s/:1}/:1 }/' "$path"
	expect 0 hist-get --values
	values_are '1 2'
	sqlite3 history/index.sqlite "UPDATE point SET at = at + 1 WHERE value = 2;
		UPDATE recent SET at = at + 1 WHERE value = 2"
	expect 2 hist-get --values
	err_has "hist-get: $path: is not what the index was made of: hist-add --reindex"
	ignore_out
}

@test "hist-get: a store that cannot be written, with and without an index" {
	unshare -rm true 2>/dev/null || skip 'no name spaces here'
	run_of r1 1 | add
	run_of r2 2 '' main 2026-11-22 | add -d other
	cp -r other/x86_64 history/
	read_only() {
		unshare -rm sh -c 'mount --bind history history &&
			mount -o remount,ro,bind history history && hist-get'
	}
	expect 0 read_only
	values_are '1 2'
	rm history/index.sqlite
	expect 0 read_only
	values_are '1 2'
	[ ! -e history/index.sqlite ]
}

# Its output is more than a pipe holds, and nobody reads it.
@test "hist-get: who does not read on keeps nobody from writing" {
	run_of r1 1 | jq -c 'if .type == "run" then .large = "x" * 200000 else . end' | add
	hist-get >said
	mkfifo pipe
	hist-get >pipe &
	exec 9<pipe
	sleep 0.3
	run_of r2 2 '' main 2026-11-22 >two
	timeout 20 hist-add two >said
	exec 9<&-
	wait $! || true
	expect 0 hist-get
	values_are '1 2'
}

@test "hist-get: no history" {
	expect 2 hist-get
	err_is 'hist-get: history: No such file or directory'
	touch history
	expect 2 hist-get
	err_is 'hist-get: history: Not a directory'
	rm history
	mkdir history
	expect 1 hist-get
	err_is 'hist-get: history: nothing of it was selected'
}

@test "hist-get: hostile names come out as they went in" {
	while read -r name; do
		jq -cn --argjson n "$name" '
			{type: "run", run: $n, time: "2026-11-21", arch: $n, machine: $n, commit: $n, branch: $n},
			{type: "case", case: $n, workload: $n, tags: [$n]},
			{type: "summary", case: $n, metric: $n, unit: $n, value: 1},
			{type: "end", complete: true}' >stdin
		add stdin
		glob=$(jq -rj 'gsub("\\["; "[[]")' <<<"$name")
		expect 0 hist-get --case "$glob" --tag "$glob"
		out_json "map(select(.type == \"point\"))[0] | [.case, .metric, .unit, .run, .arch, .machine, .commit, .branch, .workload, .tags[0]] | unique == [$name]"
	done <<-'END'
		"'; DROP TABLE run; --"
		"../../../etc/passwd"
		"a\nb\u001b[31m\u202e"
		"\"\\\u0001"
		"日本語"
		"--all"
	END
}

@test "hist-get: what is not understood" {
	mkdir history
	while IFS='|' read -r options message; do
		eval "set -- $options"
		expect 2 hist-get "$@"
		err_has "hist-get: $message"
	done <<-'END'
		--since yesterday|--since: neither a date
		--until 2026-13-01|--until: neither a date
		--last 0|--last: must be from 1
		--runs --series|--compare, --series and --runs: one of them only
		--sessions x|--sessions: not a whole number: x
		file|not an option: file
		--commits -x|--commits: not a revision: -x
	END
}

@test "hist-get: what measured failures again is no point more, unless asked for" {
	run_of first 150 >one
	run_of second 100 >two
	sed -i '1s/{"type":"run",/&"confirms":"first",/' two
	expect 0 hist-add one two
	ignore_out
	index_is_right
	ignore_out
	expect 0 hist-get
	out_json 'map(select(.type == "point" or .type == "run") | .run) == ["first", "first"]'
	expect 0 hist-get --runs
	out_json 'map(.run) == ["first"]'
	expect 0 hist-get --confirmations
	out_json 'map(select(.type == "point") | .value) == [150, 100] and
		map(select(.type == "run") | .confirms) == [null, "first"]'
}
