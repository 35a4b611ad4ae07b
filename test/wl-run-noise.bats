#!/usr/bin/env bats
# wl-run: what disturbs a trial is in its record; and what is done about it.
#
# The machine is one of files that the workload itself writes while it runs.
# shellcheck disable=SC2016,SC2317

load helper
load wl-run

# A file of the machine: has PATH TEXT.
has() {
	mkdir -p "root/$(dirname "$1")"
	printf '%s\n' "$2" >"root/$1"
}

# A machine that nothing disturbs, as long as no workload writes these files.
quiet_machine() {
	rm -rf root
	unknown_machine
	has proc/stat 'cpu  1 2 3 4 5 6 7 100 0 0
cpu0 1 2 3 4 5 6 7 50 0 0'
	for kind in cpu memory io; do
		has proc/pressure/$kind 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000
full avg10=0.00 avg60=0.00 avg300=0.00 total=500'
	done
	has proc/meminfo 'SwapTotal:       4000000 kB
SwapFree:        4000000 kB'
	has proc/vmstat 'nr_free_pages 1
pswpin 10
pswpout 20
pgfault 3'
	has proc/loadavg '0.01 0.02 0.03 1/88 6716'
	has proc/self/mountinfo '30 24 0:26 / /cgroup rw - cgroup2 cgroup2 rw'
	has proc/self/cgroup 0::/group
	has cgroup/group/cpu.max '50000 100000'
	has cgroup/group/cpu.stat 'usage_usec 1000
nr_periods 5
nr_throttled 1
throttled_usec 100'
	cpu=sys/devices/system/cpu
	for n in 0 1 2; do
		has $cpu/cpu$n/topology/physical_package_id $((n / 2))
		has $cpu/cpu$n/thermal_throttle/package_throttle_count 7
	done
	has $cpu/cpufreq/policy0/scaling_governor performance
}

# One trial of a script, and its noise: noise_is SCRIPT CONDITION FLAGS.
noise_is() {
	script a "$1" >stdin
	once 0
	trials_are ".[0].noise | $2"
	trials_are ".[0] | (.flags // []) == $3"
}

@test "wl-run: every trial says what disturbed it, and so little is nothing" {
	quiet_machine
	noise_is : 'del(.migrations) == {steal_ns: 0, psi_cpu_ns: 0, psi_memory_ns: 0,
		psi_io_ns: 0, throttled_ns: 0, thermal_throttles: 0, swapped: 0,
		involuntary_switches: .involuntary_switches, load: 0.01} and
		.involuntary_switches >= 0' '[]'
	trials_are '.[0] | has("flags") | not'
}

@test "wl-run: noise of the real machine" {
	script a 'sleep 0.01' '"warmup":1' >stdin
	script b 'exit 3' >>stdin
	expect 1 wl-run -n 2
	ignore_err
	trials_are 'length > 4 and (map(.noise | .involuntary_switches >= 0 and
		.load >= 0) | all)'
	if [ -r /proc/pressure/cpu ]; then
		trials_are 'map(.noise | .psi_cpu_ns >= 0 and .psi_io_ns >= 0 and
			.psi_memory_ns >= 0) | all'
	fi
	trials_are 'map(.noise.steal_ns >= 0) | all'
}

@test "wl-run: what cannot be read is absent" {
	unknown_machine
	noise_is : 'del(.migrations) | keys == ["involuntary_switches"]' '[]'
	samples_are bytes_read 'length == 0'
	samples_are network_sent 'length == 0'
	run_is '.caps | has("network") | not'
}

@test "wl-run: migrations are those of the counters" {
	record a '["true"]' >stdin
	once 0
	out_json '(map(select(.type == "trial"))[0].noise.migrations) as $m |
		map(select(.metric == "cpu_migrations").value) | . == [$m // empty]'
	once 0 --events none
	trials_are '.[0].noise | has("migrations") | not'
}

@test "wl-run: hooks, and what never ran, have no noise" {
	record a '["true"]' '"prepare":["false"],"cleanup":["false"]' >stdin
	record b '["./missing"]' >>stdin
	record c '["true"]' '"requires":{"files":["missing"]}' >>stdin
	once 1
	ignore_err
	trials_are 'map([.phase, .status]) | unique | length == 4'
	trials_are 'map(has("noise") or has("flags")) | any | not'
}

@test "wl-run: steal is flagged from 1 % of the elapsed time on" {
	quiet_machine
	noise_is 'echo "cpu  9 9 9 9 9 9 9 300 9 9" >root/proc/stat' \
		".steal_ns == 200 * 1e9 / $(getconf CLK_TCK)" '["steal"]'
	# A real machine is not asked.
	quiet_machine
	has proc/cpuinfo 'processor	: 0
flags		: fpu vme'
	noise_is 'echo "cpu  9 9 9 9 9 9 9 300 9 9" >root/proc/stat' \
		'.steal_ns == 0' '[]'
	has proc/cpuinfo 'processor	: 0
flags		: fpu vme hypervisor'
	noise_is 'echo "cpu  9 9 9 9 9 9 9 500 9 9" >root/proc/stat' \
		'.steal_ns > 0' '["steal"]'
	# One tick of 10 ms in more than a second.
	quiet_machine
	noise_is 'sleep 1.1; echo "cpu  1 2 3 4 5 6 7 101 0 0" >root/proc/stat' \
		'.steal_ns > 0 and .steal_ns <= 0.01 * 1e9' '[]'
}

# Pressure of a KIND that rises by so many us in 0.1 s: pressure KIND US.
pressure() {
	quiet_machine
	script a "sleep 0.1; echo some avg10=0.00 total=$((1000 + $2)) >root/proc/pressure/$1" >stdin
	once 0
	trials_are ".[0].noise.psi_$1_ns == $2 * 1000"
}

flags_are() {
	trials_are ".[0] | (.flags // []) == $1"
}

@test "wl-run: pressure is flagged from its limits on" {
	pressure cpu 5000
	flags_are '[]'
	pressure cpu 2000000
	flags_are '["psi_cpu"]'
	pressure memory 500
	flags_are '[]'
	pressure memory 20000
	flags_are '["psi_memory"]'
	pressure io 3000
	flags_are '[]'
	pressure io 1000000
	flags_are '["psi_io"]'
	# Only "some": a machine that has nothing else to do is "full", too.
	quiet_machine
	noise_is 'printf "some avg10=0 total=1000\nfull avg10=0 total=99999999\n" >root/proc/pressure/io' \
		'.psi_io_ns == 0' '[]'
}

@test "wl-run: a throttled control group is flagged" {
	quiet_machine
	noise_is 'printf "nr_throttled 2\nthrottled_usec 107\n" >root/cgroup/group/cpu.stat' \
		'.throttled_ns == 7000' '["throttled"]'
	# The group above it has the limit.
	quiet_machine
	has cgroup/group/cpu.max 'max 100000'
	has cgroup/cpu.max '50000 100000'
	has cgroup/cpu.stat 'throttled_usec 5'
	noise_is 'echo throttled_usec 999 >root/cgroup/group/cpu.stat
		echo throttled_usec 6 >root/cgroup/cpu.stat' \
		'.throttled_ns == 1000' '["throttled"]'
	# Version 1 counts nanoseconds.
	quiet_machine
	has proc/self/mountinfo '30 24 0:26 / /cgroup rw - cgroup cgroup rw,cpu'
	has proc/self/cgroup 3:cpu:/group
	has cgroup/group/cpu.cfs_quota_us 50000
	has cgroup/group/cpu.cfs_period_us 100000
	has cgroup/group/cpu.stat 'throttled_time 300'
	noise_is 'echo throttled_time 350 >root/cgroup/group/cpu.stat' \
		'.throttled_ns == 50' '["throttled"]'
	# Where nothing is limited, nothing is read.
	quiet_machine
	has cgroup/group/cpu.max 'max 100000'
	noise_is 'echo throttled_usec 999 >root/cgroup/group/cpu.stat' \
		'.throttled_ns == 0' '[]'
}

@test "wl-run: heat is counted once for each package" {
	quiet_machine
	noise_is "for n in 0 1 2; do
		echo 10 >root/$cpu/cpu\$n/thermal_throttle/package_throttle_count
		done" '.thermal_throttles == 6' '["thermal"]'
}

@test "wl-run: swapping is flagged" {
	quiet_machine
	noise_is 'printf "x 1\npswpin 13\npswpout 24\n" >root/proc/vmstat' \
		'.swapped == 7' '["swapped"]'
	# Without swap the file is not read.
	quiet_machine
	has proc/meminfo 'SwapTotal:             0 kB'
	noise_is 'printf "x 1\npswpin 13\npswpout 24\n" >root/proc/vmstat' \
		'.swapped == 0' '[]'
}

@test "wl-run: a load over the number of processors is flagged" {
	quiet_machine
	noise_is "echo $(getconf _NPROCESSORS_ONLN).00 1 1 >root/proc/loadavg" \
		".load == $(getconf _NPROCESSORS_ONLN)" '[]'
	noise_is "echo $(getconf _NPROCESSORS_ONLN).01 1 1 >root/proc/loadavg" \
		'.load > 1' '["load"]'
}

@test "wl-run: many involuntary switches are flagged" {
	quiet_machine
	# Three that compete for one processor, all of them ours.
	record a '["taskset","-c","0","sh","-c","for i in 1 2 3; do perl -e \"1 while (times)[0] + (times)[1] < 0.3\" & done; wait"]' >stdin
	taskset -c 0 true || skip 'there is no processor 0 for us'
	once 0
	trials_are '.[0] | .noise.involuntary_switches > 20'
	trials_are '.[0] | (.noise.involuntary_switches >
		100 * .elapsed / 1e9) == (.flags == ["switches"])'
	samples_are involuntary_switches '.[0].value > 20'
	noise_is : '.involuntary_switches <= 20' '[]'
}

@test "wl-run: a count that began anew is unknown" {
	quiet_machine
	noise_is 'echo "cpu  1 2 3 4 5 6 7 3 0 0" >root/proc/stat' \
		'has("steal_ns") | not' '[]'
}

@test "wl-run: the closing table counts the trials with flags" {
	quiet_machine
	record a '["true"]' '"warmup":2' >stdin
	has proc/loadavg '9999.0 1 1'
	expect 0 command wl-run -n 3
	ignore_out
	grep -qE '^a .* 3  3 disturbed$' err
	ignore_err
}

# --- bytes ---

@test "wl-run: bytes_read and bytes_written are exact, of the whole tree" {
	copy() {
		record "$1" "[\"dd\",\"if=/dev/zero\",\"of=target\",\"bs=1000\",\"count=$2\",\"status=none\"]"
	}
	{
		copy none 0
		copy some 777
		script child 'dd if=/dev/zero of=target bs=1000 count=777 status=none & wait'
		script nochild 'dd if=/dev/zero of=target bs=1000 count=0 status=none & wait'
	} >stdin
	expect 0 wl-run -n 3
	for metric in bytes_read bytes_written; do
		out_json "map(select(.metric == \"$metric\")) |
			[group_by(.case)[] | map(.value) | unique |
				if length == 1 then .[0] else error(\"not constant\") end] |
			.[0] - .[1] == 777000 and .[3] - .[2] == 777000"
	done
	samples_are bytes_written 'map(select(.case == "none").value) ==
		[0, 0, 0]'
}

@test "wl-run: network bytes are those of the loopback, too" {
	cat >udp.pl <<-'END'
		use Socket;
		socket(my $to, PF_INET, SOCK_DGRAM, 0) or die;
		socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
		bind($to, sockaddr_in(0, INADDR_LOOPBACK)) or die;
		send($s, "x" x 1000, 0, getsockname($to)) or die for 1 .. 20;
	END
	record a '["perl","udp.pl"]' >stdin
	once 0
	samples_are network_sent '.[0].value >= 20000 and .[0].unit == "B"'
	samples_are network_received '.[0].value >= 20000'
}

@test "wl-run: network bytes are the sum over all interfaces" {
	quiet_machine
	# dev LO_RECEIVED LO_SENT ETH_RECEIVED ETH_SENT
	dev() {
		printf 'Inter-| Receive | Transmit\n face |bytes packets\n'
		printf '%s: %s 1 1 1 1 1 1 1 %s 1 1 1 1 1 1 1\n' \
			'    lo' "$1" "$2" 'eth0.5' "$3" "$4"
	}
	mkdir -p root/proc/self/net
	dev 10 20 30 40 >root/proc/self/net/dev
	dev 1010 2020 33 44 >after
	script a 'cat after >root/proc/self/net/dev' >stdin
	once 0
	samples_are network_received 'map(.value) == [1003]'
	samples_are network_sent 'map(.value) == [2004]'
}

@test "wl-run: caps say whose network it is" {
	quiet_machine
	record a '["true"]' >stdin
	once 0
	run_is '.caps | has("network") | not'
	has proc/self/ns/net x
	has proc/1/ns/net x
	once 0
	run_is '.caps.network == "namespace"'
	ln -f root/proc/self/ns/net root/proc/1/ns/net
	once 0
	run_is '.caps.network == "machine"'
}

# --- --retry-perturbed ---

# A script that is perturbed in its first N trials: perturbed N [STATUS].
perturbed() {
	printf 'echo >>tries; n=$(wc -l <tries); [ $n -gt %s ] ||
		echo "cpu  1 2 3 4 5 6 7 $((100 + 300 * n)) 0 0" >root/proc/stat
		echo $WL_PHASE $WL_ROUND >>seen; exit %s' "$1" "${2-0}"
}

retry() {
	rm -f tries seen
	expect "$1" wl-run -w 0 "${@:2}"
}

@test "wl-run: --retry-perturbed makes a trial with flags again" {
	quiet_machine
	script a "$(perturbed 2)" '"prepare":["touch","-a","p"]' >stdin
	retry 0 -n 2 --retry-perturbed 3
	trials_are 'map(.phase) == ["rejected", "rejected", "measure", "measure"]'
	trials_are 'map(.round) == [1, 1, 1, 2]'
	trials_are 'map(.seq) == [1, 2, 3, 4]'
	trials_are 'map(.flags // []) == [["steal"], ["steal"], [], []]'
	trials_are 'map(.records == 0) == [true, true, false, false]'
	trials_are 'map(.noise.steal_ns > 0 and .elapsed > 0) ==
		[true, true, false, false]'
	samples_are wall_time 'map(.round) == [1, 2]'
	out_json '.[-1] | .rejected == 2 and .trials == 4 and .failed == 0'
	diff - seen <<-END
		measure 1
		measure 1
		measure 1
		measure 2
	END
}

@test "wl-run: --retry-perturbed is bounded, and the last trial counts" {
	quiet_machine
	script a "$(perturbed 9)" >stdin
	retry 0 -n 1 --retry-perturbed 2
	trials_are 'map(.phase) == ["rejected", "rejected", "measure"]'
	trials_are 'map(.flags) == [["steal"], ["steal"], ["steal"]]'
	samples_are wall_time 'map(.round) == [1]'
	retry 0 -n 1
	trials_are 'map(.phase) == ["measure"]'
	retry 0 -n 1 --retry-perturbed 0
	trials_are 'map(.phase) == ["measure"]'
	expect 2 wl-run --retry-perturbed -1
	err_has '--retry-perturbed: must be from 0 to 1000: -1'
}

@test "wl-run: a warm-up, a failure, and a load are not made again" {
	quiet_machine
	script a "$(perturbed 9 3)" >stdin
	retry 1 -n 1 --retry-perturbed 2
	ignore_err
	trials_are 'map([.phase, .status]) == [["measure", "exit"]]'
	quiet_machine
	script a "$(perturbed 1)" >stdin
	rm -f tries
	expect 0 wl-run -w 1 -n 1 --retry-perturbed 2
	trials_are 'map([.phase, .flags // []]) ==
		[["warmup", ["steal"]], ["measure", []]]'
	quiet_machine
	has proc/loadavg '9999.0 1 1'
	record a '["true"]' >stdin
	expect 0 wl-run -w 0 -n 1 --retry-perturbed 2
	trials_are 'map([.phase, .flags]) == [["measure", ["load"]]]'
}

@test "wl-run: a case that is always perturbed is not made again for ever" {
	quiet_machine
	script a "$(perturbed 99)" >stdin
	retry 0 -n 6 --retry-perturbed 1
	err_is 'wl-run: a: perturbed each time in 3 rounds; it is not made again any more'
	trials_are 'map(.phase) == ["rejected", "measure", "rejected", "measure",
		"rejected", "measure", "measure", "measure", "measure"]'
	trials_are 'map(.round) == [1, 1, 2, 2, 3, 3, 4, 5, 6]'
}

@test "wl-run: what a rejected trial took counts against the budget" {
	quiet_machine
	script a "sleep 0.2; $(perturbed 9)" \
		'"budget_s":0.5,"min_iterations":1' >stdin
	retry 0 --retry-perturbed 1
	trials_are 'map(.phase) == ["rejected", "measure", "rejected", "measure"]'
}
