#!/usr/bin/env bats
# wl-run: what a command is given before it starts: its CPUs, its niceness, its
# limits, its addresses, its pad; and the pause before it.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# A CPU that can be had, and one that cannot.
some_cpu() { sed -n 's/^Cpus_allowed_list:[ \t]*\([0-9]*\).*/\1/p' /proc/self/status; }
no_cpu=1023

needs_root() { [ "$(id -u)" -eq 0 ] || skip "only root may do that"; }

# --- CPUs ---

@test "wl-run: a command runs on the CPUs of its case or of --cpus" {
	cpu=$(some_cpu)
	where='sed -n "s/^Cpus_allowed_list:[ \t]*//p" /proc/self/status >>'
	script own "$where own" "\"cpus\":\"$cpu\",\"setup\":$(sh_command "$where hook")" >stdin
	expect 0 wl-run -n 2 -w 1
	[ "$(sort -u own)" = "$cpu" ]
	[ "$(wc -l <own)" -eq 3 ]
	# A hook has all that we have, and so have we when it is over.
	sed -n 's/^Cpus_allowed_list:[ \t]*//p' /proc/self/status | diff - hook
	trials_are "map(.cpus) | unique == [\"$cpu\"]"

	script any "$where any" >stdin
	script own "$where own2" "\"cpus\":\"$cpu\"" >>stdin
	once 0
	trials_are "map(select(.case == \"any\") | has(\"cpus\")) == [false]"
	sed -n 's/^Cpus_allowed_list:[ \t]*//p' /proc/self/status | diff - any
	once 0 --cpus "$cpu,$cpu"
	trials_are "map(.cpus) == [\"$cpu\", \"$cpu\"]"
	[ "$(tail -n 1 any)" = "$cpu" ]
}

@test "wl-run: the case's CPUs come before those of --cpus" {
	[ "$(nproc)" -ge 2 ] || skip "one CPU"
	taskset -c 1 true 2>/dev/null && taskset -c 0 true || skip "not these CPUs"
	script a 'taskset -pc $$ >where' '"cpus":"1"' >stdin
	once 0 --cpus 0
	trial_is ok
	trials_are '.[0].cpus == "1"'
	grep -q ': 1$' where
	# What we are bound to ourselves is no bound.
	bound() { taskset -c 0 wl-run --no-table -n 1 -w 0; }
	expect 0 bound
	trials_are '.[0].cpus == "1"'
}

@test "wl-run: a CPU that is not there is found out before anything runs" {
	expect 2 wl-run --cpus "$no_cpu"
	err_is "wl-run: --cpus: this machine has no CPU $no_cpu"
	cpu=$(some_cpu)
	hooks='"setup":["touch","setup"],"cleanup":["touch","cleanup"]'
	record a '["touch","ran"]' "\"cpus\":\"$cpu,$no_cpu\",$hooks" >stdin
	record b '["true"]' >>stdin
	expect 0 wl-run -n 2 -w 0
	[ ! -e ran ] && [ ! -e setup ] && [ ! -e cleanup ]
	trials_are 'group_by(.case) | map(map(.status)) ==
		[["skipped"], ["ok", "ok"]]'
	trials_are "map(.why // empty) == [\"cpus $cpu,$no_cpu: this machine has no CPU $no_cpu\"]"
	# One that is there, and that we may not use.
	mkdir -p root/sys/devices/system/cpu
	echo "0-$no_cpu" >root/sys/devices/system/cpu/online
	PLUMBLINE_ROOT=$PWD/root expect 0 wl-run -n 1 -w 0
	trials_are "map(.why // empty) | length == 1 and (.[0] |
		startswith(\"cpus $cpu,$no_cpu: this process may not use CPU $no_cpu (it may use \"))"
}

# --- niceness ---

@test "wl-run: niceness" {
	script a 'ps -o ni= -p $$ >niceness' \
		"\"nice\":7,\"prepare\":$(sh_command 'ps -o ni= -p $$ >hook')" >stdin
	once 0
	trial_is ok
	[ "$(tr -d ' ' <niceness)" -eq 7 ]
	[ "$(tr -d ' ' <hook)" -eq "$(nice)" ]
}

@test "wl-run: a niceness that this user may not have" {
	needs_root
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	record a '["true"]' '"nice":-5' >stdin
	as_nobody() { "${nobody[@]}" wl-run --no-table -n 1 -w 0; }
	expect 1 as_nobody
	err_is 'wl-run: a: measure: nice: Permission denied'
	trial_is spawn
	once 0
	trial_is ok
}

# --- limits ---

# The limits that a command has: limit_is WORDS OF ulimit.
limited() {
	script a "ulimit $1 >limit; ulimit -H $1 >>limit" \
		"\"limits\":$2,\"prepare\":$(sh_command "ulimit $1 >hook")" >stdin
	ulimit "$1" >ours
	once 0
	trial_is ok
	diff ours hook
}

@test "wl-run: limits of each process, for the command and not for its hooks" {
	limited -n '{"open_files":64}'
	printf '64\n64\n' | diff - limit
	# In blocks of 512 bytes, kB, seconds.
	limited -f '{"file_size":1048576}'
	printf '2048\n2048\n' | diff - limit
	limited -s '{"stack":4194304}'
	printf '4096\n4096\n' | diff - limit
	limited -t '{"cpu_time_s":7}'
	printf '7\n8\n' | diff - limit
}

@test "wl-run: a trial that meets its limit" {
	{
		script cpu 'while :; do :; done' '"limits":{"cpu_time_s":1}'
		script file 'head -c 9000 /dev/zero >big' '"limits":{"file_size":4096}'
		script out 'exec head -c 9000 /dev/zero' \
			'"stdout":"capture","limits":{"file_size":4096}'
		script stack 'exec bash -c "f() { f; }; f"' '"limits":{"stack":1048576}'
		record files "$(jq -nc '["perl", "-e",
			"for (1..9) { open my $f, \"<\", \"/dev/null\" or exit 5; push @f, $f }"]')" \
			'"limits":{"open_files":8}'
	} >stdin
	once 1
	ignore_err
	trials_are 'map({(.case): .}) | add |
		.cpu.status == "signal" and .cpu.signal == 24 and
		.out.status == "signal" and .out.signal == 25 and
		.file.status == "exit" and
		.stack.status == "signal" and .stack.signal == 11 and
		.files.status == "exit" and .files.exit == 5'
	[ "$(stat -c %s big)" -eq 4096 ]
}

@test "wl-run: a limit on processes, where no group keeps it" {
	needs_root
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	"${nobody[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	record a '["sed","-n","/^Max processes/p","/proc/self/limits"]' \
		'"limits":{"processes":5000},"stdout":"limit"' >stdin
	chmod 777 .
	as_nobody() { "${nobody[@]}" wl-run --no-table -n 1 -w 0; }
	expect 0 as_nobody
	trial_is ok
	grep -q ' 5000  *5000 ' limit
}

@test "wl-run: bad set-ups are refused, by file and line" {
	bad() {
		record a '["true"]' "$1" >stdin
		expect 2 wl-run
		err_is "wl-run: <stdin>:1: $2"
	}
	bad '"cpus":"x"' 'cpus is not a list of CPUs: x'
	bad '"cpus":3' 'cpus is not a text'
	bad '"nice":20' 'nice must be from -20 to 19: 20'
	bad '"nice":1.5' 'nice is not a whole number: 1.5'
	bad '"monitor_s":0' 'monitor_s must be from 0.001 to 3600: 0'
	bad '"limits":[1]' 'limits is not an object'
	bad '"limits":{"memory":0}' 'memory must be from 1 to 9.0072e+15: 0'
	bad '"limits":{"cpu":0}' 'cpu must be from 0.01 to 1023: 0'
	bad '"limits":{"processes":0}' 'processes must be from 1 to 1e+09: 0'
	bad '"limits":{"open_files":3}' 'open_files must be from 4 to 1e+09: 3'
	bad '"limits":{"file_size":0.5}' 'file_size must be from 1 to 9.0072e+15: 0.5'
	bad '"limits":{"stack":1.5}' 'stack is not a whole number: 1.5'
	bad '"limits":{"cpu_time_s":0.5}' 'cpu_time_s must be from 1 to 1e+09: 0.5'
}

# --- addresses and the environment ---

@test "wl-run: --no-aslr gives each trial the same addresses" {
	record a '["sed","-n","/stack/p","/proc/self/maps"]' \
		"\"stdout\":\"stack\",\"conclude\":$(sh_command 'cat stack >>stacks')" >stdin
	expect 0 wl-run -n 3 -w 0 --no-aslr --no-pad
	ignore_out
	[ "$(sort -u stacks | wc -l)" -eq 1 ]
	[ "$(cat /proc/sys/kernel/randomize_va_space)" -gt 0 ] || return 0
	rm stacks
	expect 0 wl-run -n 3 -w 0 --no-pad
	ignore_out
	[ "$(sort -u stacks | wc -l)" -gt 1 ]
}

# "CASE ROUND VARIANT PAD" for each trial of stdout, sorted.
pads() {
	jq -r 'select(.type == "trial") |
		"\(.case) \(.round) \(.variant) \(.pad)"' out | sort
}

@test "wl-run: the pad is that of the seed, the case and the round" {
	mkdir one two
	measured='echo ${#WL_PAD} >pad; test "${WL_PAD+set}" = set'
	{
		script a "$measured" "\"conclude\":$(sh_command 'cat pad >>pads; test -z "${WL_PAD+set}"')"
		script b true
	} >stdin
	expect 0 wl-run -n 8 -w 1 -s 3 -V b=one -V h=two
	out_json 'map(select(.type == "trial") | .pad) |
		all(. >= 0 and . <= 4095 and . == floor) and (unique | length) > 8'
	trials_are 'map(select(.phase == "measure")) | group_by([.case, .round]) |
		all(map(.pad) | unique | length == 1)'
	# What is recorded is what was.
	jq -r 'select(.case == "a" and .type == "trial" and .variant == "b") | .pad' \
		out | diff - one/pads
	pads >first
	expect 0 wl-run -n 8 -w 1 -s 3 -o sequential -V b=one -V h=two
	ignore_out
	pads | diff - first
	expect 0 wl-run -n 8 -w 1 -s 4 -V b=one -V h=two
	ignore_out
	pads >other
	run ! diff -q other first
}

@test "wl-run: --no-pad" {
	script a 'test -z "${WL_PAD+set}"' >stdin
	expect 0 wl-run -n 3 --no-pad
	trials_are 'map(.status == "ok" and (has("pad") | not)) | all'
}

# --- the pause ---

@test "wl-run: --cool pauses before measured trials, for a random time" {
	record a '["true"]' '"prepare":["sh","-c","date +%s%N >>before"]' >stdin
	expect 0 wl-run -n 4 -w 4 --cool 0.5 -s 1
	end=$(date +%s%N)
	trials_are 'map(.status) | length == 8 and all(. == "ok")'
	mapfile -t at <before
	# Four pauses; of this seed they are 0.9 s together.
	[ $((end - at[4])) -ge 800000000 ]
	# They are no part of the trials.
	jq -s 'map(.elapsed // 0) | add / 1e9 < 0.8' out | grep -qx true
}

@test "wl-run: a signal ends a pause" {
	record a '["touch","ran"]' '"prepare":["touch","ready"],"cleanup":["touch","cleaned"]' >stdin
	start -n 1 -w 0 --cool 3600 -s 2
	until_true test -e ready
	sleep 0.2
	kill -INT "$RUN"
	finish 130
	[ ! -e ran ]
	[ -e cleaned ]
	err_is 'wl-run: stopped by signal 2; the run is not complete'
	out_json '.[-1] | .complete == false and .failed == 0'
}
