#!/usr/bin/env bats
# wl-run --journal and --resume: what was measured is not lost, and not
# measured again.
#
# The $ in single quotes are for workloads and jq; functions are called by
# expect.
# shellcheck disable=SC2016,SC2094,SC2154,SC2317

load helper
load wl-run

# No test leaves a process, or what it has mounted.
teardown() {
	pkill -KILL -f "$mark" || true
	! mountpoint -q disk || umount disk
	quiet
}

# Cases that do nothing: nothing_cases NAME ...
nothing_cases() {
	local name

	for name; do record "$name" '["true"]'; done
}

# The measured trials of a file: case, variant and round of each.
measured() {
	jq -c 'select(.type == "trial" and .phase == "measure") |
		[.case, .variant, .round]' "$1" | sort
}

# What they are to be: all_of 'CASES' 'VARIANTS' ROUNDS; null is no variant.
all_of() {
	jq -nc --arg cases "$1" --arg variants "$2" --argjson rounds "$3" '
		($cases | split(" "))[] as $case |
		($variants | split(" "))[] as $variant |
		range(1; $rounds + 1) |
		[$case, if $variant == "null" then null else $variant end, .]' |
		sort
}

# One run with one end, all of its trials with all of their samples, nothing
# twice: sound FILE.
sound() {
	jq -es '
		def key: [.case, .variant, .round];
		map(select(.type == "trial")) as $trials |
		map(select(.type == "sample")) as $samples |
		($trials | map(select(.phase == "measure") |
			{key: (key | tostring), value: .records}) |
			from_entries) as $wanted |
		($samples | map(select(.case != ":probe")) | group_by(key) |
			map({key: (.[0] | key | tostring), value: length}) |
			from_entries) as $found |
		.[0].type == "run" and .[-1].type == "end" and
		(map(select(.type == "run" or .type == "end")) | length == 2) and
		.[-1].complete and .[-1].run == .[0].run and
		.[-1].trials == ($trials | length) and
		($trials | map(.seq)) == [range(1; ($trials | length) + 1)] and
		($samples | map([key, .metric]) | length == (unique | length)) and
		$wanted == $found
	' "$1" >/dev/null || {
		echo "$1 is not sound" >&2
		head -c 3000 "$1" >&2
		return 1
	}
}

# Sound, and with exactly these trials: whole FILE 'CASES' 'VARIANTS' ROUNDS.
whole() {
	sound "$1"
	measured "$1" >found
	all_of "${@:2}" >wanted
	diff -u wanted found >&2
}

# A journal of two cases with three rounds, without warm-up; its cases are in
# the file `cases`.
make_journal() {
	nothing_cases a b >cases
	wl-run -n 3 -w 0 --journal "$1" cases >/dev/null
}

# Whether a file that is being written has more measured trials than that.
more_than() {
	[ "$(grep -c '"phase":"measure"' "$2")" -gt "$1" ]
}

# The first lines of a file that are before the Nth measured trial.
before_trial() {
	awk -v n="$2" '/"type":"trial"/ && /"phase":"measure"/ && !--n { exit }
		{ print }' "$1"
}

# --- the journal ---

@test "journal: it has what stdout has" {
	nothing_cases a b c >stdin
	expect 0 wl-run -n 4 --journal j
	cmp out j
	ignore_out
	whole j 'a b c' null 4
	# A record leaves for it before it leaves for stdout.
	full() { wl-run -n 4 --journal k >/dev/full; }
	expect 2 full
	err_has 'wl-run: stdout: No space left on device'
	[ "$(tail -n 1 err)" = "wl-run --iterations=4 --resume k" ]
	[ "$(head -n 1 k | jq -r .type)" = run ]
}

@test "journal: the command that goes on names only what is there again" {
	nothing_cases a >stdin
	cp stdin ./-cases
	full() { wl-run -n 4 --journal "$1" -- "${@:2}" >/dev/full; }
	expect 2 full j ./-cases -cases
	err_has 'a second case of the name a'
	for operand in /dev/stdin ./-cases -cases; do
		rm -f j
		expect 2 full j "$operand"
		err_has 'wl-run: stdout: No space left on device'
		tail -n 1 err
	done >commands
	diff - commands <<-'END'
		wl-run --iterations=4 --resume j
		wl-run --iterations=4 --resume j ./-cases
		wl-run --iterations=4 --resume j -- -cases
	END
}

@test "journal: what is in the way is refused, and stays as it was" {
	nothing_cases a >stdin
	echo precious >j
	expect 2 wl-run --journal j
	err_is 'wl-run: j: it is not empty; to go on with the run in it: --resume j'
	[ "$(cat j)" = precious ]
	expect 2 wl-run --journal .
	err_is 'wl-run: .: Is a directory'
	expect 2 wl-run --journal /dev/null
	err_is 'wl-run: /dev/null: not a regular file'
	expect 2 wl-run --journal absent/j
	err_is 'wl-run: absent/j: No such file or directory'
	expect 2 wl-run --journal j --resume j
	err_is "wl-run: only one --journal or --resume
Try 'wl-run --help'."
	expect 2 wl-run --journal
	err_has "option '--journal' requires an argument"
	itself() { wl-run --journal k >k; }
	expect 2 itself
	err_is 'wl-run: k: standard output is the same file'
	# Bad input makes no journal.
	echo '{"type":"case"}' >stdin
	expect 2 wl-run --journal new
	err_has '<stdin>:1: '
	[ ! -e new ]
	# An empty file is as good as none.
	nothing_cases a >stdin
	: >empty
	expect 0 wl-run -n 1 -w 0 --journal empty
	cmp out empty
	ignore_out
}

@test "journal: two at once are one too many" {
	script a "sleep 60 $mark" >cases
	start -n 1 -w 0 --journal j cases
	until_true test -s j
	cp err first
	nothing_cases b >other
	wl-run --journal j other 2>second && return 1
	[ $? = 2 ]
	# One that goes on waits, but not forever.
	SECONDS=0
	wl-run --resume j 2>third && return 1
	[ $? = 2 ]
	((SECONDS >= 9))
	[ "$(cat second)" = 'wl-run: j: another wl-run is writing to it' ]
	[ "$(cat third)" = 'wl-run: j: another wl-run is writing to it' ]
	kill -TERM "$RUN"
	finish 143
	ignore_out
	ignore_err
	cmp out j
	# A file that is locked is not touched, empty or not.
	: >k
	flock k wl-run --journal k other 2>fourth && return 1
	[ "$(cat fourth)" = 'wl-run: k: another wl-run is writing to it' ]
}

@test "journal: no workload holds its lock, and none can write to it" {
	record a '["ls","-l","/proc/self/fd"]' '"stdout":"list"' >stdin
	expect 0 wl-run -n 1 -w 0 --journal j
	ignore_out
	grep -q ' 1 -> .*/list' list
	[ "$(grep -c '/j$' list)" = 0 ]
}

# --- going on ---

@test "resume: what is missing is measured, and only that" {
	nothing_cases a b c >cases
	wl-run -n 5 --journal whole cases >/dev/null
	before_trial whole 8 >j
	cp j before
	expect 0 wl-run --resume j
	cmp out j
	ignore_out
	whole j 'a b c' null 5
	# What was there is there still, and then comes the rest.
	cmp -n "$(stat -c %s before)" before j
	[ "$(jq -r 'select(.type == "resume").run' j)" = \
		"$(head -n 1 before | jq -r .run)" ]
	jq -es 'map(select(.type == "resume")) | length == 1 and
		(.[0].time | test("^20.*Z$"))' j
	# Programs are warmed up again: three before and three after it.
	[ "$(jq -c 'select(.phase == "warmup").case' j | sort | uniq -c |
		tr -s ' \n' ' ')" = ' 2 "a" 2 "b" 2 "c" ' ]
}

@test "resume: a unit that has all its rounds is left alone" {
	script a 'echo x >>a.ran' >cases
	script b 'echo x >>b.ran' >>cases
	wl-run -n 2 -w 1 -o sequential --journal whole cases >/dev/null
	before_trial whole 4 >j
	rm ./*.ran
	expect 0 wl-run --resume j
	ignore_out
	[ ! -e a.ran ]
	# One warm-up, one round.
	[ "$(wc -l <b.ran)" = 2 ]
	whole j 'a b' null 2
}

@test "resume: a finished run is written out, and nothing is measured" {
	script a 'echo x >>ran' >stdin
	expect 0 wl-run -n 2 -w 0 --journal j
	ignore_out
	cp j before
	expect 0 wl-run --resume j
	cmp out j
	cmp j before
	ignore_out
	[ "$(wc -l <ran)" = 2 ]
	# With the status that it had.
	script b false >stdin
	expect 1 wl-run -n 2 -w 0 --journal k
	ignore_out
	ignore_err
	expect 1 wl-run --resume k
	cmp out k
	ignore_out
	# Its variants may have gone.
	mkdir gone
	nothing_cases c >stdin
	expect 0 wl-run -n 2 -w 0 -V new=gone --journal l
	ignore_out
	rmdir gone
	expect 0 wl-run --resume l
	cmp out l
	ignore_out
	before_trial l 2 >m
	expect 2 wl-run --resume m
	err_is "wl-run: --variant: $PWD/gone: No such file or directory"
}

@test "resume: saved standard output will do" {
	nothing_cases a b >cases
	wl-run -n 3 -w 0 cases >saved
	before_trial saved 4 >j
	expect 0 wl-run --resume j
	cmp out j
	ignore_out
	whole j 'a b' null 3
	# Also in a pipeline, where each metric has all its rounds.
	before_trial saved 3 >j
	pipeline() { wl-run --resume j | stat-agg; }
	expect 0 pipeline
	out_json '(map(select(.type == "summary" and .metric == "wall_time") |
		[.case, .n, .rounds])) == [["a", 3, [1, 2, 3]], ["b", 3, [1, 2, 3]]]
		and (map(select(.type == "summary") | [.run, .session]) | unique |
		length == 1)'
}

@test "resume: the options are those of the run, until others are given" {
	script a 'echo "$WL_SEED" >>seeds' >cases
	wl-run -n 4 -w 2 -s 77 -o sequential --journal whole cases >/dev/null
	run jq -c 'select(.type == "run").options' whole
	[ "$output" = '["--iterations=4","--warmup=2","--seed=77","--order=sequential"]' ]
	before_trial whole 3 >j
	rm seeds
	expect 0 wl-run --resume j
	ignore_out
	# Two warm-ups and two rounds.
	[ "$(tr '\n' ' ' <seeds)" = '77 77 77 77 ' ]
	before_trial whole 3 >j
	expect 0 wl-run -n 6 --resume j -w 0
	ignore_out
	whole j a null 6
	# The seed is drawn for all of it.
	before_trial whole 3 >j
	expect 2 wl-run -s 78 --resume j
	err_is 'wl-run: j: the seed of its run is 77'
	expect 0 wl-run -s 77 --resume j
	ignore_out
}

@test "resume: variants and shadows are the same" {
	local cut

	mkdir one two
	nothing_cases a b c d >cases
	wl-run -n 3 -w 0 -V one=one -V two=two --aa 2 --journal whole cases \
		>/dev/null
	measured whole >wanted
	[ "$(grep -c '"aa"' wanted)" = 6 ]
	for cut in 1 2 3 8 15 27 30; do
		before_trial whole "$cut" >j
		expect 0 wl-run --resume j
		cmp out j
		ignore_out
		sound j
		measured j | diff wanted - >&2
	done
	# Given again, also in another order and by another way to write them.
	before_trial whole 9 >j
	expect 0 wl-run -V two=./two/../two -V "one=$PWD/one" --resume j cases
	ignore_out
	sound j
	measured j | diff wanted - >&2
	before_trial whole 9 >j
	cp j before
	expect 2 wl-run -V one=one --resume j
	err_is "wl-run: j: its run was given --variant=two=$PWD/two, too"
	expect 2 wl-run -V one=one -V two=one --resume j
	err_is "wl-run: j: its run was not given --variant=two=$PWD/one"
	expect 2 wl-run -V three=one --resume j
	err_is "wl-run: j: its run was not given --variant=three=$PWD/one"
	expect 2 wl-run --aa 3 --resume j
	err_is 'wl-run: j: its run was not given --aa=3'
	cmp j before
}

# The variants of a round stay side by side, and those behind catch up first.
@test "resume: variants go on in step" {
	nothing_cases a >cases
	wl-run -n 4 -w 1 -V one=. -V two=. -o abba --journal whole cases >/dev/null
	before_trial whole 4 >j
	expect 0 wl-run --resume j
	ignore_out
	jq -r 'select(.type == "trial") | .variant + (.round // "w" | tostring)' \
		j >order
	[ "$(tr '\n' ' ' <order)" = \
		'onew twow one1 two1 two2 twow onew one2 one3 two3 two4 one4 ' ]
}

@test "resume: every order" {
	local order

	nothing_cases a b c >cases
	for order in rounds abba random sequential; do
		wl-run -n 3 -w 1 -V x=. -V y=. -o $order --journal $order cases \
			>/dev/null
		before_trial $order 8 >j
		expect 0 wl-run --resume j
		ignore_out
		whole j 'a b c' 'x y' 3
	done
}

@test "resume: setup and cleanup, where a trial is to come" {
	local name

	for name in a b; do
		script $name "echo trial >>$name.log" \
			'"setup":["sh","-c","echo setup >>'$name'.log"],"cleanup":["sh","-c","echo cleanup >>'$name'.log"]'
	done >cases
	wl-run -n 2 -w 0 -o sequential --journal whole cases >/dev/null
	before_trial whole 4 >j
	rm ./*.log
	expect 0 wl-run --resume j
	ignore_out
	[ ! -e a.log ]
	[ "$(tr '\n' ' ' <b.log)" = 'setup trial cleanup ' ]
}

@test "resume: what failed has failed, and counts" {
	{
		script a 'exit 3'
		script b 'true' '"setup":["false"]'
		script c 'true' '"prepare":["false"]'
		script d 'true' '"requires":{"programs":["no-such-program"]}'
		nothing_cases e
	} >cases
	wl-run -w 0 -n 6 --journal whole cases >/dev/null 2>&1 && return 1
	jq -c 'select(.type == "trial") | [.case, .phase, .round, .status]' \
		whole | sort >wanted
	for cut in 5 9 12; do
		head -n $((6 + cut * 3)) whole >j
		expect 1 wl-run --resume j
		cmp out j
		ignore_out
		ignore_err
		jq -c 'select(.type == "trial") |
			[.case, .phase, .round, .status]' j | sort |
			diff wanted - >&2
		[ "$(jq -c 'select(.type == "end") | [.failed, .skipped]' j)" = \
			"$(jq -c 'select(.type == "end") | [.failed, .skipped]' whole)" ]
	done
	# The status is that of the whole run, though all that is new is good.
	before_trial whole "$(measured whole | wc -l)" >j
	expect 1 wl-run --resume j
	ignore_out
	quiet
}

# Its own metric is the same each time, so six rounds are precise enough.
@test "resume: what was measured counts for the precision" {
	script a 'echo "{\"metric\":\"m\",\"value\":5}"' \
		'"min_iterations":3,"max_iterations":50,"precision_percent":1' \
		'"metrics":[{"name":"m"}]' >cases
	wl-run -w 0 --journal whole cases >/dev/null
	[ "$(measured whole | wc -l)" = 6 ]
	before_trial whole 5 >j
	expect 0 wl-run --resume j
	ignore_out
	[ "$(measured j | wc -l)" = 6 ]
	sound j
	# With values that differ, it would have gone on.
	before_trial whole 5 | sed '/"metric":"m"/s/"value":5/"value":50/;' |
		awk '/"value":50/ && n++ % 2 { sub("50", "5") } { print }' >j
	expect 0 wl-run --resume j
	ignore_out
	[ "$(measured j | wc -l)" -gt 6 ]
}

@test "resume: what was spent counts for the budgets" {
	record a '["true"]' \
		'"min_iterations":2,"max_iterations":9,"budget_s":1000' >cases
	wl-run -w 0 --journal whole cases >/dev/null
	[ "$(measured whole | wc -l)" = 9 ]
	before_trial whole 5 >j
	expect 0 wl-run --resume j
	ignore_out
	whole j a null 9
	before_trial whole 5 | sed 's/"elapsed":[0-9.]*/"elapsed":1e12/' >j
	expect 0 wl-run --resume j
	ignore_out
	whole j a null 4
	# That of the whole run.
	record a '["true"]' '"min_iterations":2,"max_iterations":9' >cases
	wl-run -w 0 -b 1000 --journal other cases >/dev/null
	before_trial other 5 | sed 's/"elapsed":[0-9.]*/"elapsed":1e12/' >j
	expect 0 wl-run --resume j
	ignore_out
	whole j a null 4
	before_trial other 5 >j
	expect 0 wl-run --resume j
	ignore_out
	[ "$(measured j | wc -l)" -gt 4 ]
}

# --- cases that are given again ---

@test "resume: the cases may be given again, and must be the same" {
	record a '["true"]' '' '"id":"00aa"' >cases
	record b '["true"]' >>cases
	wl-run -n 3 -w 0 --journal whole cases >/dev/null
	before_trial whole 3 >j
	cp j before
	expect 0 wl-run --resume j cases
	ignore_out
	whole j 'a b' null 3
	# In another order, from standard input, in another place.
	cp before j
	tac cases >stdin
	expect 0 wl-run --resume j -
	ignore_out
	whole j 'a b' null 3
	cp before j
	{
		record b '["true"]'
		record a '["echo"]' '"timeout_s":9' '"id":"00aa","description":"d"'
	} >other
	expect 0 wl-run --resume j other
	ignore_out
	whole j 'a b' null 3
	cp before j
	sed 's/00aa/00ab/' cases >other
	expect 2 wl-run --resume j other
	err_is 'wl-run: j:2: the case a has changed since: it is another thing to measure'
	sed '/"b"/s/true/false/' cases >other
	expect 2 wl-run --resume j other
	err_is 'wl-run: j:3: the case b has changed since: it is another thing to measure'
	head -n 1 cases >other
	expect 2 wl-run --resume j other
	err_is 'wl-run: j:3: the case b is not among those given'
	{
		cat cases
		nothing_cases c
	} >other
	expect 2 wl-run --resume j other
	err_is 'wl-run: j: its run has no case c'
	expect 2 wl-run --resume j /dev/null
	err_is 'wl-run: j:2: the case a is not among those given'
	expect 2 wl-run --resume j j
	err_is 'wl-run: j:1: these cases have been run'
	cmp j before
}

@test "resume: the shadows are those of the run, in whatever order it is given" {
	nothing_cases a b c d e f g h >cases
	wl-run -n 2 -w 0 --aa 3 --journal whole cases >/dev/null
	measured whole >wanted
	before_trial whole 8 >j
	tac cases >other
	expect 0 wl-run --resume j other
	ignore_out
	sound j
	measured j | diff wanted - >&2
}

@test "resume: cut short before its first trial, it begins anew" {
	make_journal whole
	head -n 2 whole >j
	cp j before
	expect 2 wl-run --resume j
	err_is 'wl-run: j: it was cut short before its first trial: name the files of its cases, too'
	cmp j before
	expect 0 wl-run --resume j cases
	err_is 'wl-run: j: it was cut short before its first trial: the run begins anew'
	cmp out j
	ignore_out
	whole j 'a b' null 3
	[ "$(jq -c 'select(.type == "run").options' j)" = \
		'["--iterations=3","--warmup=0"]' ]
	# Also where there is not even a run.
	: >j
	expect 2 wl-run --resume j
	err_has 'name the files of its cases, too'
	expect 0 wl-run -n 2 -w 0 --resume j cases
	ignore_out
	ignore_err
	whole j 'a b' null 2
	head -c 200 whole >j
	expect 0 wl-run -n 2 -w 0 --resume j cases
	err_has 'wl-run: j:1: the last line is cut short and is dropped'
	ignore_out
	whole j 'a b' null 2
}

# --- what cannot go on ---

# A file is refused and stays as it is: refused WHY [OPTION ...]
refused() {
	cp j before
	expect 2 wl-run --resume j "${@:2}"
	err_is "wl-run: $1"
	cmp before j
}

@test "resume: a file that is not ours is refused, and stays as it was" {
	nothing_cases a >cases
	printf 'precious\nand more' >j
	refused "j:1: not JSON: invalid token near 'precious'" cases
	# Without a newline, it might be the beginning of something else.
	printf 'precious' >j
	refused 'j:1: the last line is cut short and is dropped: the run was truncated
wl-run: j: it does not begin with a run' cases
	printf '{"type":"case","ca' >j
	refused 'j:1: the last line is cut short and is dropped: the run was truncated
wl-run: j: it does not begin with a run' cases
	nothing_cases a >j
	refused 'j:1: it does not begin with a run' cases
	echo '{"case":"a","metric":"m","value":1}' >j
	refused 'j:1: it does not begin with a run'
	echo '{"type":"run","run":"r","seed":1}' >j
	refused 'j:1: an older wl-run made this, and did not say which records belong together: it cannot go on'
	expect 2 wl-run --resume absent cases
	err_is 'wl-run: absent: No such file or directory'
	[ ! -e absent ]
	expect 2 wl-run --resume .
	err_is 'wl-run: .: Is a directory'
	expect 2 wl-run --resume /dev/null cases
	err_is 'wl-run: /dev/null: not a regular file'
	make_journal k
	before_trial k 3 >j
	cp j before
	itself() { wl-run --resume j >>j; }
	expect 2 itself
	err_is 'wl-run: j: standard output is the same file'
	cmp j before
}

# The line before which the Nth measured trial stands.
line_of() {
	before_trial "$1" "$2" | wc -l
}

@test "resume: a file that was changed is refused, and stays as it was" {
	local n

	make_journal whole
	n=$(($(line_of whole 2) + 1))
	# A sample is gone; a trial is gone, twice, or of something else.
	sed "$((n - 1))d" whole >j
	refused "j:$((n - 1)): the trial before it lacks 1 of its records"
	sed "/\"round\":1,/d" whole >j
	refused "j:4: round 2 of $(sed -n "$(line_of whole 3)p;4q" whole | jq -r .case >/dev/null; jq -r 'select(.round == 2 and .type == "trial").case' whole | head -n 1) comes after 0 others"
	{
		before_trial whole 2
		sed -n "4,$((n - 1))p" whole
	} >j
	refused "j:$n: round 1 of $(sed -n 4p whole | jq -r .case) comes after 1 others"
	sed "4s/\"case\":\"[ab]\"/\"case\":\"c\"/" whole >j
	refused 'j:4: a trial of a case that the run does not have: c'
	sed '4s/"case"/"variant":"x","case"/' whole >j
	refused 'j:4: a trial of a variant that the run does not have: x'
	sed '4s/,"records":[0-9]*//' whole >j
	refused 'j:4: the trial does not say how many records belong to it'
	sed '5s/"round":1/"round":2/' whole >j
	refused 'j:5: it does not belong to the trial before'
	sed '5s/"case":"[ab]"/"case":"c"/' whole >j
	refused 'j:5: a trial of a case that the run does not have: c'
	cat whole whole >j
	refused "j:$(($(wc -l <whole) + 1)): a record behind the end of the run"
	{
		before_trial whole 3
		cat whole
	} >j
	refused "j:$(($(line_of whole 3) + 1)): a second run"
	stat-agg whole >j
	refused 'j:5: the trial before it lacks '"$(jq 'select(.seq == 1).records' whole)"' of its records'
	sed '4s/^/x/' whole >j
	cp j before
	expect 2 wl-run --resume j
	err_has 'wl-run: j:4: not JSON: '
	cmp j before
}

@test "resume: another machine, another directory" {
	make_journal whole
	before_trial whole 3 | sed '1s/"machine":"[0-9a-f]*"/"machine":"0123"/' >j
	cp j before
	expect 2 wl-run --resume j
	err_has 'wl-run: j: its run was made on another machine: 0123, this is '
	cmp j before
	before_trial whole 3 >j
	cp j before
	mkdir other
	elsewhere() { (cd other && wl-run --resume ../j); }
	expect 2 elsewhere
	err_is "wl-run: ../j: its run was made in $PWD: it goes on there"
	cmp j before
	before_trial whole 3 | sed '1s/"--warmup=0"/"--foo=1"/' >j
	refused 'j: its run was given an option that is not known here: --foo=1'
	# What is finished can be had anywhere.
	sed '1s/"machine":"[0-9a-f]*"/"machine":"0123"/' whole >j
	expect 0 wl-run --resume j
	cmp out j
	ignore_out
}

@test "resume: another commit is told" {
	git init -q .
	commit() {
		git -c user.name=n -c user.email=e commit -q --allow-empty -m m
		git rev-parse HEAD
	}
	one=$(commit)
	make_journal whole
	two=$(commit)
	before_trial whole 3 >j
	expect 0 wl-run --resume j
	err_is "wl-run: j: its run began at the commit $one, and this is $two"
	ignore_out
	[ "$(jq -r 'select(.type == "resume").commit' j)" = "$two" ]
	whole j 'a b' null 3
}

# --- being cut short ---

@test "resume: a torn tail is cut off, and told" {
	make_journal whole
	before_trial whole 4 >j
	cp j before
	# A trial without one of its samples.
	before_trial whole 5 | sed '$d' >j
	expect 0 wl-run --resume j
	err_is 'wl-run: j: the last trial lacks records and is dropped'
	cmp out j
	ignore_out
	cmp -n "$(stat -c %s before)" before j
	whole j 'a b' null 3
	# Half a line of it, too.
	before_trial whole 5 | head -c -20 >j
	expect 0 wl-run --resume j
	err_is "wl-run: j:$(line_of whole 5): the last line is cut short and is dropped: the run was truncated
wl-run: j: the last trial lacks records and is dropped"
	ignore_out
	whole j 'a b' null 3
	# A line that lacks only its end.
	before_trial whole 5 | head -c -1 >j
	expect 0 wl-run --resume j
	err_is "wl-run: j:$(line_of whole 5): the last line is cut short and is dropped
wl-run: j: the last trial lacks records and is dropped"
	ignore_out
	whole j 'a b' null 3
	# What a crash of the machine may leave.
	{
		before_trial whole 5
		head -c 3000 /dev/zero
	} >j
	expect 0 wl-run --resume j
	err_has 'the last line is cut short and is dropped'
	ignore_out
	whole j 'a b' null 3
}

@test "resume: a journal cut at any byte" {
	local size at i n

	n=$(attempts 200)
	make_journal whole
	size=$(stat -c %s whole)
	for ((i = 0; i < n; i++)); do
		at=$((size * i / n + i % 7))
		head -c $at whole >j
		wl-run -n 3 -w 0 --resume j cases >out 2>err || {
			echo "cut at byte $at of $size" >&2
			cat err >&2
			return 1
		}
		cmp out j
		cat j >>all
	done
	# All of them at once, as it takes long to start jq.
	jq -es --argjson n "$n" '
		def key: [.case, .round];
		reduce .[] as $r ([]; if $r.type == "run" then . + [[$r]]
			else .[-1] += [$r] end) |
		length == $n and all(.[];
			([.[] | select(.type == "trial") | key] | sort) ==
			[["a", 1], ["a", 2], ["a", 3], ["b", 1], ["b", 2], ["b", 3]]
			and ([.[] | select(.type == "trial").records] | add) ==
				([.[] | select(.type == "sample") | key + [.metric]] |
				unique | length)
			and ([.[] | select(.type == "sample")] | length) ==
				([.[] | select(.type == "trial").records] | add)
			and ([.[] | select(.type == "trial").seq] ==
				[range(1; 7)])
			and ([.[] | select(.type == "end")] | length) == 1
			and .[-1].type == "end" and .[-1].complete)' all >/dev/null
	ignore_out
	ignore_err
}

@test "resume: an interrupt says how to go on, and that goes on" {
	local dir="it's a \$dir"

	mkdir "$dir"
	script 'a' "echo x >>ran; sleep 0.02 # $mark" >"$dir/the cases"
	start -n 30 -w 0 --journal "$dir/j" --grace 1 "$dir/the cases"
	until_true test -s ran
	kill -INT "$RUN"
	finish 130
	cmp out "$dir/j"
	ignore_out
	err_has 'wl-run: stopped by signal 2; the run is not complete'
	[ "$(tail -n 1 err)" = "wl-run --iterations=30 --warmup=0 --grace=1 --resume 'it'\\''s a \$dir/j' 'it'\\''s a \$dir/the cases'" ]
	[ "$(tail -n 1 out | jq -c '[.type, .complete]')" = '["end",false]' ]
	tail -n 1 err >go-on
	expect 0 sh go-on
	cmp out "$dir/j"
	whole "$dir/j" a null 30
	ignore_out
	ignore_err
	# Nothing was made twice.
	[ "$(wc -l <ran)" -le 31 ]
	# What came from standard input is in the journal.
	script a "sleep 60 # $mark" >stdin
	start -n 1 --journal k
	until_true alive
	kill -TERM "$RUN"
	finish 143
	ignore_out
	ignore_err
	[ "$(tail -n 1 err)" = 'wl-run --iterations=1 --resume k' ]
}

@test "resume: interrupted again and again" {
	script a "sleep 0.05 # $mark" >cases
	start -n 40 --journal j cases
	until_true more_than 2 j
	kill -INT "$RUN"
	finish 130
	ignore_out
	ignore_err
	for _ in 1 2 3; do
		made=$(measured j | wc -l)
		start --resume j
		until_true more_than "$made" j
		kill -TERM "$RUN"
		finish 143
		cmp out j
		ignore_out
		ignore_err
	done
	expect 0 wl-run --resume j
	cmp out j
	ignore_out
	whole j a null 40
	[ "$(grep -c '"type":"resume"' j)" = 4 ]
}

@test "resume: where the guard was killed, it waits for the runner" {
	script a "echo x >>ran; sleep 60 # $mark" \
		'"cleanup":["sh","-c","sleep 1; touch cleaned"]' >cases
	start -n 1 -w 0 --journal j cases
	until_true test -s ran
	kill -KILL "$RUN"
	wait "$RUN" || true
	ignore_out
	ignore_err
	# It ends by itself then, with cleanup.
	sed -i 's/sleep 60/exit 0/' cases
	expect 2 wl-run --resume j cases
	err_has 'the case a has changed since'
	[ -e cleaned ]
	ignore_out
}

@test "resume: where the runner was killed, the guard says how to go on" {
	script a "sleep 0.05 # $mark" >cases
	start -n 5 -w 0 --journal j cases
	until_true grep -q '"round":2,' j
	kill -KILL "$(pgrep -P "$RUN" -x wl-run)"
	finish 2
	ignore_out
	err_has 'wl-run: the runner was ended by signal 9: the run is truncated'
	[ "$(tail -n 1 err)" = 'wl-run --iterations=5 --warmup=0 --resume j cases' ]
	tail -n 1 err >go-on
	expect 0 sh go-on
	ignore_out
	ignore_err
	whole j a null 5
}

# A run that fills its journal, $file, to the end.
fill_the_disk() {
	local status=0

	script a true '"cleanup":["touch","cleaned"]' >cases
	"$@" >out 2>err || status=$?
	[ $status = 2 ]
	[ -e cleaned ]
	# Every record in it is whole, and of every trial all of them.
	before=$(measured "$file" | wc -l)
	[ "$before" -gt 0 ]
	jq -es '[.[] | select(.type == "trial").records] | add' "$file" >expected
	[ "$(grep -c '"type":"sample"' "$file")" = "$(cat expected)" ]
	[ "$(tail -n 1 err)" = "wl-run --iterations=40 --warmup=0 --resume $file cases" ]
	ignore_out
	ignore_err
}

@test "journal: a file that may not grow: the run stops, and can go on" {
	file=j
	limited() { (ulimit -f 16 && wl-run -n 40 -w 0 --journal j cases | cat); }
	pipefail() { (set -o pipefail; limited); }
	fill_the_disk pipefail
	grep -qx 'wl-run: j: File too large' err
	cp j before
	expect 0 wl-run --resume j
	cmp out j
	ignore_out
	cmp -n "$(stat -c %s before)" before j
	whole j a null 40
}

@test "journal: a full disk: the run stops, and can go on" {
	mkdir disk
	mount -t tmpfs -o size=16k tmpfs disk 2>/dev/null ||
		skip 'no file system can be mounted here'
	file=disk/j
	full() { wl-run -n 40 -w 0 --journal disk/j cases; }
	fill_the_disk full
	grep -qx 'wl-run: disk/j: No space left on device' err
	cp disk/j before
	mount -o remount,size=1m disk
	expect 0 wl-run --resume disk/j
	cp disk/j j
	cmp out j
	cmp -n "$(stat -c %s before)" before j
	whole j a null 40
	ignore_out
}

# --- kill -9 ---

# Runs wl-run and kills it at a random moment: the guard, the runner, or both.
# Half of the moments are counted from the start, half from the first record.
# What has ended before has not been killed.
run_and_kill() {
	local size runner

	size=$(stat -c %s j)
	command wl-run --no-table "$@" >out 2>err 3>&- &
	RUN=$!
	if ((RANDOM % 2)); then
		until_true changed "$size"
		sleep "0.0$((RANDOM % 90 + 10))"
	else
		sleep "0.$((RANDOM % 200 + 100))"
	fi
	runner=$(pgrep -P "$RUN" -x wl-run) || runner=
	case $((kills % 3)) in
	0) kill -KILL "$RUN" ;;
	1) kill -KILL "${runner:-$RUN}" ;;
	2) kill -KILL "$RUN" ${runner:+"$runner"} ;;
	esac 2>/dev/null || true
	status=0
	wait "$RUN" || status=$?
	case $status in
	0) ;;
	2) grep -q 'the runner was ended by signal 9' err && kills=$((kills + 1)) ;;
	137) kills=$((kills + 1)) ;;
	*) return 1 ;;
	esac
} 2>/dev/null

changed() {
	[ "$(stat -c %s j)" != "$1" ] || ended "$RUN"
}

@test "resume: killed at 100 random moments, no sample is lost, none is twice" {
	local kills=0 runs=0 n

	n=$(attempts 100)
	RANDOM=20261121
	{
		nothing_cases a b
		script c 'printf "{\"metric\":\"m\",\"value\":%d}\n" $WL_ROUND' \
			'' '"metrics":[{"name":"m"}]'
	} >cases
	while ((kills < n)); do
		: >j
		runs=$((runs + 1))
		run_and_kill -n 300 -V x=. -V y=. --journal j cases
		while ((kills < n && status != 0)); do
			run_and_kill --resume j cases
		done
		wl-run --resume j cases >out 2>err || {
			cat err >&2
			return 1
		}
		cmp out j
		whole j 'a b c' 'x y' 300
		echo "# $kills kills, $runs runs, $(grep -c '"resume"' j) times on" >&3
	done
	ignore_out
	ignore_err
}
