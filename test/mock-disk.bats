#!/usr/bin/env bats
# The disks of mock-disk, what disk-inspect.sh finds on them, and repeat.

load helper

PATH=$PLUMBLINE_BUILD/workloads:$TOP/workloads:$PATH:/usr/sbin:/sbin

# What the last expect wrote is what this file holds.
out_file() {
	ignore_out
	cmp out "$1"
}

@test "mock-disk: the same arguments make the same bytes, another seed others" {
	need genext2fs e2fsck
	expect 0 mock-disk -t minimal a.img
	expect 0 mock-disk -t minimal b.img
	expect 0 mock-disk -t minimal -s 2 c.img
	cmp a.img b.img
	run ! cmp -s a.img c.img
	[ "$(stat -c %s a.img)" -eq 1048576 ]
	e2fsck -fn a.img >log 2>&1
	[ "$(echo a.img*)" = 'a.img a.img.os a.img.packages' ]
}

@test "mock-disk: os, hostname, files and packages are what was asked for" {
	need genext2fs debugfs
	local os
	for os in debian alpine; do
		expect 0 mock-disk -S 600000 -f 7 -p 13 -o $os -H box -t large \
			disk.img
		[ "$(stat -c %s disk.img)" -eq 600064 ]
		expect 0 disk-inspect.sh os disk.img
		out_has "$os "
		out_has " box"
		out_file disk.img.os
		[ "$(wc -l <disk.img.packages)" -eq 13 ]
		expect 0 disk-inspect.sh packages disk.img
		out_file disk.img.packages
		[ "$(debugfs -R 'ls -p /srv/data/d00000' disk.img 2>log |
			grep -c /f00)" -eq 7 ]
	done
}

@test "mock-disk: batches are alike, or vary; MOCK_DISK_GROW plants more" {
	need genext2fs debugfs
	expect 0 mock-disk -t minimal -n 2 -j 2 same.img
	cmp same-1.img same-2.img
	expect 0 mock-disk -t minimal -n 3 -b varied -H box varied.img
	[ "$(cut -d ' ' -f 1 varied-?.img.os | sort | paste -sd ' ')" = \
		'alpine debian ubuntu' ]
	run ! cmp -s varied-1.img varied-2.img
	cat varied-?.img.os | sort >answers
	expect 0 disk-inspect.sh batch 3 varied-1.img varied-2.img varied-3.img
	out_file answers
	MOCK_DISK_GROW=1.5 expect 0 mock-disk -t minimal grown.img
	[ "$(wc -l <grown.img.packages)" -eq 15 ]
	[ "$(stat -c %b grown.img)" -gt "$(stat -c %b same-1.img)" ]
}

@test "mock-disk: what does not fit leaves nothing" {
	need genext2fs
	expect 2 mock-disk -t minimal -f 100000 a.img
	err_has 'a.img: genext2fs failed: does all of it fit in 1048576 bytes?'
	[ "$(echo ./*img*)" = './*img*' ]
	expect 2 mock-disk -t huge a.img
	err_has 'no such type: huge'
	expect 2 mock-disk -b varied a.img
	err_has '-b varied: needs -n'
	expect 2 mock-disk -H 'a b' a.img
	err_has 'not a hostname: a b'
}

@test "disk-inspect.sh: a cache answers without the disk, until that changes" {
	need genext2fs debugfs
	mkdir cache
	expect 0 mock-disk -t minimal -H one a.img
	expect 0 disk-inspect.sh cached cache a.img
	out_file a.img.os
	echo planted >planted
	cp planted "$(echo cache/*)"
	expect 0 disk-inspect.sh cached cache a.img
	out_file planted
	expect 0 mock-disk -t minimal -H two a.img
	expect 0 disk-inspect.sh cached cache a.img
	out_file a.img.os
	expect 2 disk-inspect.sh os /dev/null
	err_has '/dev/null: no operating system found'
}

@test "repeat: a value for each time, as a time or as a rate" {
	expect 0 repeat -n 3 start ms true
	out_json 'length == 3 and all(.metric == "start" and .unit == "ms")'
	WLBENCH_SLOWDOWN='*=2' expect 0 repeat -o 10 naps /s sleep 0.05
	out_json '.[0].unit == "/s" and .[0].value < 101'
	expect 0 repeat -n 2 -o 10 -r naps nap s sleep 0.05
	out_json 'map(.metric) == ["nap", "naps", "nap", "naps"] and
		(.[0].value * .[1].value - 1 | fabs) < 1e-6'
	WLBENCH_SLOWDOWN='*=2' expect 0 repeat -o 10 nap us sleep 0.05
	out_json '.[0].value >= 9999'
}

@test "repeat: what fails or says something else is no measurement" {
	echo hello >hello
	expect 0 repeat -n 2 -i hello -e hello m s cat
	out_json 'length == 2'
	expect 1 repeat -e hello m s echo bye
	err_is 'repeat: echo: time 1: its output is not hello'
	expect 1 repeat m s false
	err_is 'repeat: false: time 1: status 1'
	expect 1 repeat m s sh -c 'kill -9 $$'
	err_is 'repeat: sh: time 1: signal 9'
	expect 2 repeat m kg true
	err_has 'the unit is none of'
	expect 2 repeat m s no-such-program
	err_is 'repeat: no-such-program: No such file or directory'
}
