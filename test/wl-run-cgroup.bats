#!/usr/bin/env bats
# wl-run and control groups: what a tree uses is counted, what a case may use is
# limited, and no group is left. A machine without groups skips what it lacks.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# The first line that wl-run writes here: has CONDITION.
has() {
	if [ ! -e run ]; then
		record a '["true"]' | wl-run -n 1 -w 0 | head -n 1 >run
	fi
	jq -e ".caps | $1" run >/dev/null
}

@test "wl-run: control groups are there while they are used, and gone afterwards" {
	has '.cgroup != "none"' || skip "no control group can be made here"
	script a 'cat /proc/self/cgroup >own; echo $$ >pid; until [ -e go ]; do sleep 0.02; done' >stdin
	start -n 1 -w 0
	until_true test -s pid
	groups_of_ours >groups
	grep -q . groups
	# The command is in all of them: in it, or in the one in it for trials.
	while read -r group; do
		[[ $group != */cpu/* ]] || continue
		cat "$group/cgroup.procs" "$group/trial/cgroup.procs" 2>/dev/null |
			grep -qx "$(cat pid)"
		grep -q "${group##*/}" own
	done <groups
	touch go
	finish 0
	no_group_left
	if has '.cgroup | test("v2")'; then
		run_is '.caps.start | test("cgroup")'
	fi
	ignore_out
}

@test "wl-run: what a group allows at most is in the run record" {
	has '.process_limit' || skip "no group with the controller pids"
	script a 'cat /proc/self/cgroup >own; echo $$ >pid; until [ -e go ]; do sleep 0.02; done' >stdin
	start -n 1 -w 0
	until_true test -s pid
	groups_of_ours | while read -r group; do
		cat "$group/pids.max" 2>/dev/null || true
	done >limits
	touch go
	finish 0
	# Version 1 counts the process that measures, too.
	run_is ".caps.process_limit as \$n | \$n <= 10000 and
		($(head -n 1 limits) - \$n | IN(0, 1))"
}

@test "wl-run: no group is left after a signal, or where the guard or the runner is killed" {
	has '.cgroup != "none"' || skip "no control group can be made here"
	for victim in TERM guard runner; do
		rm -f ready
		script a "setsid sleep $mark & echo >ready; sleep $mark" >stdin
		start -n 1 -w 0 -g 0.1
		until_true test -e ready
		runner=$(pgrep -P "$RUN" -x wl-run)
		groups_of_ours | grep -q .
		case $victim in
		TERM) kill -TERM "$RUN" && finish 143 ;;
		guard) kill -KILL "$RUN" && finish 137 && until_true ended "$runner" ;;
		runner) kill -KILL "$runner" && finish 2 ;;
		esac
		ignore_err
		ignore_out
		nobody_alive
		no_group_left
	done
}

stopped() { [[ $(ps -o stat= -p "$1") = T* ]]; }

# Moves this test into a group of version 2 of its own, where no wl-run of
# another test removes what it finds: at the end of a test it is gone.
in_a_group_of_its_own() {
	local mount above

	mount=$(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p' \
		/proc/self/mountinfo | head -n 1)
	above=$mount$(sed -n 's/^0:://p' /proc/self/cgroup)
	mkdir -p "$above/plumbline-test-$$/inner" &&
		echo $$ >"$above/plumbline-test-$$/inner/cgroup.procs" &&
		home=$above
}

teardown() {
	pkill -KILL -f "$mark" || true
	quiet
	[ -n "${home-}" ] || return 0
	echo $$ >"$home/cgroup.procs"
	until_true rmdir "$home/plumbline-test-$$/inner"
	rmdir "$home/plumbline-test-$$"
}

@test "wl-run: what two killed processes leave, the next run removes" {
	has '.cgroup | test("v2")' || skip "no group that can be killed"
	in_a_group_of_its_own || skip "this user makes no group"
	script a "setsid sleep $mark & echo >ready; sleep $mark" >stdin
	start -n 1 -w 0
	until_true test -e ready
	runner=$(pgrep -P "$RUN" -x wl-run)
	# The guard is stopped, so that it does not see the runner go.
	kill -STOP "$RUN"
	until_true stopped "$RUN"
	kill -KILL "$runner"
	kill -KILL "$RUN"
	finish 137
	ignore_out
	groups_of_ours | grep -q "plumbline-test-$$"
	pgrep -f "setsid sleep $mark|^sleep $mark" >/dev/null

	# A run that goes on meanwhile loses nothing.
	killed=$RUN
	script b 'echo >there; until [ -e go ]; do sleep 0.02; done' >stdin
	start -n 2 -w 0
	until_true test -e there
	no_group_left "$killed"
	nobody_alive
	record c '["true"]' >other
	wl-run -n 1 -w 0 other >other.out
	groups_of_ours | grep -q .
	touch go
	finish 0
	no_group_left
	out_json 'map(select(.type == "trial").status) == ["ok", "ok"]'
}

# Forks without end, and so does each child.
bomb() {
	record "$1" "$(jq -nc --arg mark "$mark" '["perl", "-e",
		"fork while 1", $mark]')" '"timeout_s":1'
}

@test "wl-run: a fork bomb without a group ends at its timeout and leaves nothing" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody without groups"
	# The limit counts all processes of a user, so nobody else must be it.
	id=$((60000 + $$ % 5000))
	nobody=(setpriv --reuid "$id" --regid "$id" --clear-groups)
	"${nobody[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	chmod 777 .
	bomb a >stdin
	record b '["true"]' >>stdin
	bounded() { prlimit --nproc=200 "${nobody[@]}" wl-run --no-table -g 0.2 -n 1 -w 0 -o sequential; }
	expect 1 bounded
	err_has 'a: measure: still running after 1 s'
	nobody_alive
	run_is '.caps.cgroup == "none"'
	trials_are 'map(.status) == ["timeout", "ok"]'
	trials_are '.[0].elapsed < 5e9'
}

# --- what a tree used ---

# A perl script as a case: perl_case NAME TEXT [EXEC [RECORD]].
perl_case() {
	record "$1" "$(jq -nc --arg text "$2" --arg mark "$mark" \
		'["perl", "-MPOSIX", "-e", $text, $mark]')" "${3-}" "${4-}"
}

# A process that nobody waits for: a daemon, which forks twice. It says "done"
# by closing what the command waits for: daemon WHAT.
daemon() {
	printf '%s' 'pipe R, W; if (!fork) { close R; setsid; if (!fork) { ' \
		"$1" '; exit } exit } close W; wait; <R>;'
}

burn='1 while (times)[0] + (times)[1] < 0.3'

@test "wl-run: tree_cpu_time has what an escaped process used" {
	has .tree_cpu_time || skip "no group counts it here"
	{
		perl_case idle '1'
		perl_case own "$burn"
		perl_case escaped "$(daemon "$burn")"
		# One that is still at it when the trial ends.
		perl_case left "$(daemon "$burn; close W; 1 while 1")"
	} >stdin
	expect 0 wl-run -n 2 -w 1
	samples_are tree_cpu_time 'group_by(.case) | map({(.[0].case): .}) | add |
		(.idle | map(.value < 0.2e9) | all) and
		(.own, .escaped, .left | map(.value > 0.28e9 and .value < 3e9) | all)'
	samples_are cpu_time 'group_by(.case) | map({(.[0].case): .}) | add |
		(.own | map(.value > 0.28e9) | all) and
		(.escaped | map(.value < 0.28e9) | all)'
	samples_are tree_cpu_time 'map(.unit) | unique == ["ns"]'
	# Where nothing is left behind there are two accounts of one thing.
	out_json '[.[] | select(.case == ("idle", "own") and
		.metric == ("cpu_time", "tree_cpu_time"))] |
		group_by([.case, .round]) | length == 4 and
		(map((.[0].value - .[1].value | fabs) < 2e6) | all)'
	nobody_alive
}

# Touches so many MB in each of so many processes at the same time, unless one
# is killed.
fill='my ($n, $mb) = @ARGV; pipe R, W; for (1..$n) { next if fork; close W;
	my $x = "\1" x ($mb * 1e6); print STDERR "x"; <R>; exit }
	close R; 1 until -s STDERR >= $n or waitpid(-1, 1) > 0; close W; 1 until wait < 0'

# fill_case NAME PROCESSES MB [EXEC [RECORD]]
fill_case() {
	record "$1" "$(jq -nc --arg text "$fill" --arg n "$2" --arg mb "$3" \
		--arg mark "$mark" '["perl", "-e", $text, $n, $mb, $mark]')" \
		"${4-}" "${5-}"
}

@test "wl-run: peak_memory is that of the tree at a time, max_rss that of one process" {
	has .peak_memory || skip "no group counts it here"
	{
		fill_case three 3 40
		fill_case one 1 40
		record none '["true"]'
	} >stdin
	expect 0 wl-run -n 3 -w 1
	# A group takes up to 256 KiB for each processor in advance.
	slack=$(($(getconf _NPROCESSORS_CONF) * 262144))
	# The process that measures is in it; the sanitizer keeps what it frees.
	if has_sanitizer; then slack=$((slack + 8000000)); fi
	samples_are peak_memory 'length == 9 and (map(.unit) | unique == ["B"])'
	samples_are peak_memory 'group_by(.case) | map({(.[0].case): map(.value)}) | add |
		(.three | map(. > 120e6 - '"$slack"' and . < 135e6 + '"$slack"') | all) and
		(.one | map(. > 40e6 - '"$slack"' and . < 50e6 + '"$slack"') | all) and
		(.none | map(. < 3e6 + '"$slack"') | all)'
	samples_are max_rss 'map(select(.case == "three").value) |
		map(. > 40e6 and . < 60e6) | all'
}

@test "wl-run: without a group the tree is not measured, and whoever asks is told" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody without groups"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	record a '["true"]' >stdin
	record b '["true"]' '' '"metrics":[{"name":"peak_memory"}]' >>stdin
	as_nobody() { "${nobody[@]}" wl-run --no-table -n 1 -w 0 --events none; }
	expect 0 as_nobody
	err_is 'wl-run: peak_memory: no control group counts that here'
	trials_are 'map(.status) == ["ok", "ok"]'
	out_json 'map(select(.type == "sample").metric) | any(test("^(tree_|peak_)")) | not'
	run_is '.caps | has("tree_cpu_time") or has("peak_memory") | not'
}

# --- what a case may use ---

# Needs a group that keeps a limit: needs_limit NAME VALUE.
needs_limit() {
	record a '["true"]' "\"limits\":{\"$1\":$2}" >needed
	wl-run -n 1 -w 0 needed >needed.out 2>&1 ||
		skip "no group keeps a limit on $1 here"
}

@test "wl-run: a limit on memory ends what needs more, with the status oom" {
	needs_limit memory 50000000
	{
		fill_case more 1 90 '"limits":{"memory":50000000},"max_iterations":4'
		fill_case less 1 30 '"limits":{"memory":50000000}'
		# What is left exits 0, and is no good all the same.
		script rest "perl -e 'my \$x = \"\\1\" x 9e7; sleep 9' $mark; exit 0" \
			'"limits":{"memory":50000000}'
		fill_case tree 3 30 '"limits":{"memory":50000000}'
		fill_case free 3 30
	} >stdin
	expect 1 wl-run -n 2 -w 0 -o sequential
	err_has 'more: measure: the kernel ended 1 of its processes for want of memory, of which it may have 50 MB'
	trials_are 'map(select(.case == ("more", "rest", "tree")).status) | unique == ["oom"]'
	trials_are 'map(select(.case == ("less", "free")).status) == ["ok", "ok", "ok", "ok"]'
	# All are counted in the run's group.
	samples_are peak_memory 'map(select(.case == "less").value) | length == 2 and
		(map(. > 29e6 and . < 50e6) | all)'
	nobody_alive
}

@test "wl-run: a limit on cpu, for all processes together" {
	needs_limit cpu 1
	has .tree_cpu_time || skip "no group counts cpu time"
	script a "for i in 1 2; do perl -e '1 while (times)[0] + (times)[1] < 0.2' & done; wait" \
		'"limits":{"cpu":0.25}' >stdin
	once 0
	# 0.4 s at a quarter of a processor; the first quota comes at once.
	samples_are wall_time '.[0].value > 1.2e9'
	samples_are tree_cpu_time '.[0].value > 0.38e9 and .[0].value < 1e9'
}

@test "wl-run: a limit on processes, for all of the tree" {
	needs_limit processes 100
	has '.process_limit' || skip "no group counts processes"
	perl_case a 'my $n = 0; for (1..30) { my $pid = fork; defined $pid or last;
		if (!$pid) { setsid; sleep 100 } $n++ }
		print qq({"metric":"started","value":$n}\n)' \
		'"limits":{"processes":10},"stdout":"capture"' >stdin
	record b '["cat","/proc/self/limits"]' '"limits":{"processes":10},"stdout":"limits"' >>stdin
	expect 0 wl-run -n 2 -w 0
	nobody_alive
	samples_are started 'map(.value) == [9, 9]'
	# The group keeps it, and so nothing else does.
	run ! grep -q '^Max processes *10 ' limits
}

@test "wl-run: a fork bomb in a group ends at its timeout and leaves nothing" {
	needs_limit processes 100
	has '.process_limit' || skip "no group counts processes"
	bomb a | jq -c '.exec.limits = {"processes": 1000}' >stdin
	record b '["true"]' >>stdin
	expect 1 wl-run -g 0.2 -n 1 -w 0 -o sequential
	err_has 'a: measure: still running after 1 s'
	nobody_alive
	trials_are 'map(.status) == ["timeout", "ok"]'
	trials_are '.[0].elapsed < 5e9'
}

@test "wl-run: a limit that nothing keeps fails the case, and nothing of it is run" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody without groups"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	chmod 777 .
	{
		record a '["touch","ran"]' '"limits":{"memory":50000000},"setup":["touch","ran"]'
		record b '["touch","ran"]' '"limits":{"cpu":1}'
		record c '["true"]' '"limits":{"open_files":50}'
	} >stdin
	as_nobody() { "${nobody[@]}" wl-run --no-table -n 2 -w 0 -o sequential; }
	expect 1 as_nobody
	err_is 'wl-run: a: measure: limits: memory: no control group keeps it here
wl-run: b: measure: limits: cpu: no control group keeps it here'
	trials_are 'map(.status) == ["spawn", "spawn", "ok", "ok"]'
	[ ! -e ran ]
}

# --- many, and in one another ---

@test "wl-run: of a hundred trials that each leave a daemon, none survives" {
	perl_case a "$(daemon "sleep 100")" >stdin
	# It closes what the command waits for.
	sed -i 's/setsid; if/setsid; close W; if/' stdin
	expect 0 wl-run -n 100 -w 0
	nobody_alive
	trials_are 'map(select(.status == "ok")) | length == 100'
}

@test "wl-run: in a workload of wl-run, and what that leaves" {
	record inner '["sh","-c","setsid sleep '"$mark"' & true"]' >inner.jsonl
	script outer 'wl-run --no-table -n 2 -w 0 inner.jsonl >inner.out' >stdin
	# One that is killed as a whole, with its groups.
	script killed "sh -c 'echo \$\$ >pid; exec wl-run -n 1 -w 0 stuck.jsonl >stuck.out' &
		until [ -e stuck ]; do sleep 0.02; done
		kill -KILL \$(cat pid) \$(pgrep -P \$(cat pid) -x wl-run); rm stuck" >>stdin
	script stuck "echo >stuck; setsid sleep $mark & sleep $mark" >stuck.jsonl
	expect 0 wl-run -n 2 -w 0
	nobody_alive
	jq -es 'map(select(.type == "trial").status) == ["ok", "ok"]' inner.out
	outer=$(jq -r 'select(.type == "run").caps.cgroup' out)
	[ "$(jq -r 'select(.type == "run").caps.cgroup' inner.out)" = "$outer" ]
	ignore_out
	groups_of_ours '[0-9]*' >all
	no_group_left "$(cat pid)"
}
