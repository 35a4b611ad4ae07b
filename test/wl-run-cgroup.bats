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

# Forks without end, and so does each child.
bomb() {
	record "$1" "$(jq -nc --arg mark "$mark" '["perl", "-e",
		"fork while 1", $mark]')" '"timeout_s":1'
}

@test "wl-run: a fork bomb without a group ends at its timeout and leaves nothing" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody without groups"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
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
