#!/usr/bin/env bats
# wl-run: what it says of the machine before it measures, on good and bad ones.
#
# shellcheck disable=SC2016,SC2317

load helper
load wl-run

# A file of the machine: has PATH TEXT.
has() {
	mkdir -p "root/$(dirname "$1")"
	printf '%s\n' "$2" >"root/$1"
}

cpu=sys/devices/system/cpu
clock=sys/devices/system/clocksource/clocksource0/current_clocksource

# A machine of which nothing is known: the run record has no checks then.
empty_machine() {
	rm -rf root
	unknown_machine
}

# A machine on which nothing disturbs, and which says so of everything.
good_machine() {
	empty_machine
	has $cpu/cpufreq/policy0/scaling_governor performance
	has $cpu/cpufreq/policy1/scaling_governor performance
	has $cpu/intel_pstate/no_turbo 1
	has $cpu/smt/active 0
	has proc/sys/kernel/randomize_va_space 0
	has sys/kernel/mm/transparent_hugepage/enabled 'always [madvise] never'
	has proc/meminfo 'MemTotal:       24000000 kB
SwapTotal:             0 kB
SwapFree:              0 kB'
	has proc/cpuinfo 'processor	: 0
flags		: fpu vme de pse tsc'
	has proc/loadavg '0.12 0.30 0.25 1/88 6716'
	has $clock tsc
	has proc/self/mountinfo '30 24 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw'
	has proc/self/cgroup 0::/user/session
	has sys/fs/cgroup/user/session/cpu.max 'max 100000'
	has sys/class/power_supply/AC/type Mains
}

# What a run on it says: check ID LEVEL [PART OF MSG].
check() {
	record a '["true"]' >stdin
	once 0
	run_is ".checks | map(select(.id == \"$1\")) | length == 1 and
		(.[0] | .level == \"$2\" and (.msg | contains(\"${3-}\")) and
		has(\"fix\") == (.level != \"ok\"))"
}

# Nothing is said of it.
no_check() {
	record a '["true"]' >stdin
	once 0
	run_is ".checks | map(.id) | index(\"$1\") == null"
}

@test "wl-run: on a good machine every check is ok" {
	good_machine
	record a '["true"]' >stdin
	once 0
	run_is '.checks | map(.id) == ["governor", "turbo", "aslr", "thp",
		"swap", "smt", "virtualisation", "load", "clock_source",
		"cpu_quota", "battery"]'
	run_is '.checks | map(.level == "ok" and (.msg | length > 0) and
		(has("fix") | not)) | all'
	once 0 --strict-env
	trial_is ok
	err_is ''
}

@test "wl-run: what cannot be read is not mentioned" {
	empty_machine
	record a '["true"]' >stdin
	once 0 --strict-env
	run_is '.checks == []'
	err_is ''
	# Files that hold nothing, or no number, are no better.
	good_machine
	find root -type f -exec truncate -s 0 {} +
	once 0
	run_is '.checks | map(.id) == ["battery"]'
	find root -type f | while read -r file; do echo none >"$file"; done
	once 0
	run_is '.checks | map(select(.level == "warning").id) == ["governor"]'
}

@test "wl-run: the real machine can be looked at" {
	record a '["true"]' >stdin
	once 0
	run_is '.checks | length > 0 and (map(.id) | unique | length) == length'
	run_is '.checks | map(.level | . == "ok" or . == "info" or
		. == "warning") | all'
}

@test "wl-run: check governor" {
	good_machine
	check governor ok performance
	has $cpu/cpufreq/policy1/scaling_governor powersave
	check governor warning 'is powersave'
	has $cpu/cpufreq/policy0/scaling_governor schedutil
	check governor warning 'is schedutil'
	rm -r root/$cpu/cpufreq
	no_check governor
}

@test "wl-run: check turbo, of Intel and of others" {
	good_machine
	check turbo ok off
	has $cpu/intel_pstate/no_turbo 0
	check turbo warning 'turbo is on'
	run_is '.checks[] | select(.id == "turbo").fix |
		contains("echo 1 >/sys/devices/system/cpu/intel_pstate/no_turbo")'
	rm -r root/$cpu/intel_pstate
	no_check turbo
	has $cpu/cpufreq/boost 0
	check turbo ok off
	has $cpu/cpufreq/boost 1
	check turbo warning 'turbo is on'
	run_is '.checks[] | select(.id == "turbo").fix |
		contains("echo 0 >/sys/devices/system/cpu/cpufreq/boost")'
}

@test "wl-run: check aslr" {
	good_machine
	check aslr ok
	has proc/sys/kernel/randomize_va_space 2
	check aslr info
	once 0 --no-aslr
	run_is '.checks[] | select(.id == "aslr").level == "ok"'
	setarch -R true || skip 'setarch cannot turn it off here'
	record a '["true"]' >stdin
	expect 0 setarch -R wl-run --no-table -n 1 -w 0
	run_is '.checks[] | select(.id == "aslr").level == "ok"'
}

@test "wl-run: check thp" {
	good_machine
	check thp ok
	has sys/kernel/mm/transparent_hugepage/enabled 'always madvise [never]'
	check thp ok
	has sys/kernel/mm/transparent_hugepage/enabled '[always] madvise never'
	check thp info
}

@test "wl-run: check swap" {
	good_machine
	check swap ok 'no swap'
	has proc/meminfo 'SwapTotal:       4000000 kB
SwapFree:        4000000 kB'
	check swap ok 'swap is unused'
	has proc/sys/vm/swappiness 60
	check swap ok 'swappiness is 60'
	has proc/meminfo 'SwapTotal:       4000000 kB
SwapFree:        3000000 kB'
	check swap warning '1024 MB of swap are in use'
}

@test "wl-run: check smt" {
	good_machine
	check smt ok
	has $cpu/smt/active 1
	check smt info
}

@test "wl-run: check virtualisation" {
	good_machine
	check virtualisation ok
	has proc/cpuinfo 'processor	: 0
flags		: fpu vme hypervisor lahf_lm
power management:'
	check virtualisation info
	# It is the flag that counts, not the word.
	has proc/cpuinfo 'model name	: best hypervisor
flags		: fpu vme
power management: hypervisor'
	check virtualisation ok
	has proc/cpuinfo 'Features	: fp asimd'
	no_check virtualisation
}

@test "wl-run: check load" {
	good_machine
	check load ok 0.12
	has proc/loadavg '900.5 0.30 0.25 1/88 6716'
	check load warning 900.50
}

@test "wl-run: check clock_source" {
	good_machine
	check clock_source ok tsc
	has $clock arch_sys_counter
	check clock_source ok arch_sys_counter
	has $clock hpet
	check clock_source warning hpet
	has $clock acpi_pm
	check clock_source warning acpi_pm
}

@test "wl-run: check cpu_quota, version 2: the nearest group that has one" {
	good_machine
	check cpu_quota ok
	has sys/fs/cgroup/user/cpu.max '150000 100000'
	check cpu_quota warning 'may use 1.5 processors'
	has sys/fs/cgroup/user/session/cpu.max '50000 100000'
	check cpu_quota warning 'may use 0.5 processors'
	# A group of another name that only begins alike is another one.
	has proc/self/cgroup 0::/users
	check cpu_quota ok
	# In a container: what is mounted is a part of the whole.
	has proc/self/mountinfo '30 24 0:26 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw'
	has proc/self/cgroup 0::/docker/ab
	check cpu_quota ok
	has sys/fs/cgroup/cpu.max '200000 100000'
	check cpu_quota warning 'may use 2 processors'
	rm root/proc/self/cgroup
	no_check cpu_quota
}

@test "wl-run: check cpu_quota, version 1" {
	local cpuacct=sys/fs/cgroup/cpu,cpuacct

	good_machine
	has proc/self/mountinfo "31 25 0:27 / /$cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
32 25 0:28 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset
30 24 0:26 / /sys/fs/cgroup/unified rw shared:4 - cgroup2 cgroup2 rw"
	has proc/self/cgroup '9:cpuset:/set
8:cpu,cpuacct:/job/1
0::/unified'
	check cpu_quota ok
	has $cpuacct/job/cpu.cfs_quota_us 300000
	has $cpuacct/job/cpu.cfs_period_us 100000
	has $cpuacct/job/1/cpu.cfs_quota_us -1
	has $cpuacct/job/1/cpu.cfs_period_us 100000
	check cpu_quota warning 'may use 3 processors'
	has $cpuacct/job/cpu.cfs_quota_us -1
	check cpu_quota ok
}

@test "wl-run: check battery" {
	good_machine
	check battery ok 'no battery'
	has sys/class/power_supply/BAT0/type Battery
	has sys/class/power_supply/BAT0/status Charging
	check battery ok 'not run'
	has sys/class/power_supply/BAT0/status Discharging
	has sys/class/power_supply/BAT1/type Battery
	has sys/class/power_supply/BAT1/status Full
	check battery warning 'on its battery'
	# That of a mouse.
	has sys/class/power_supply/BAT0/scope Device
	check battery ok 'not run'
	rm -r root/sys/class/power_supply
	no_check battery
}

@test "wl-run: --strict-env refuses what has warnings, and says what to do" {
	good_machine
	record a '["touch","ran"]' >stdin
	has $clock hpet
	has proc/meminfo 'SwapTotal:       4000000 kB
SwapFree:        3000000 kB'
	expect 2 wl-run --strict-env
	err_is 'wl-run: swap: 1024 MB of swap are in use; swapoff -a
wl-run: clock_source: the clock is hpet, which takes a microsecond and more to read; boot with clocksource=tsc, if that is stable here
wl-run: --strict-env: nothing was measured'
	out_is ''
	[ ! -e ran ]
	# Without it, and without a terminal, the record says it and nobody else.
	once 0
	err_is ''
	run_is '.checks | map(select(.level == "warning").id) ==
		["swap", "clock_source"]'
	# What is only worth knowing does not stop it.
	good_machine
	has $cpu/smt/active 1
	once 0 --strict-env
	err_is ''
	trial_is ok
}

@test "wl-run: warnings are told on a terminal, unless -q" {
	good_machine
	has $clock hpet
	record a '["true"]' >cases.jsonl
	on_terminal() {
		command script -qec "wl-run -n 1 -w 0 $* cases.jsonl >records" \
			/dev/null </dev/null
	}
	expect 0 on_terminal
	out_has 'wl-run: clock_source: the clock is hpet'
	expect 0 on_terminal -q
	out_is ''
}
