#!/usr/bin/env bats
# wl-expand --coverage: which items of a list the workloads measure.

load helper

# Three workloads, of which the last has nothing to run.
some() {
	given 'workloads:' \
		'- {workload_id: a, command: [x], tags: quick,' \
		'   use_case_refs: [Größe, other], components_stressed: vfs,' \
		'   operations: [search, health check]}' \
		'- {workload_id: b, stages: [{name: s, command: [x]}],' \
		'   parameters: [{name: n, values: [1, 2]}],' \
		'   use_case_refs: Größe, operations: [search]}' \
		'- {workload_id: c, operations: [index, chat]}'
}

@test "wl-expand --coverage: a table and a percentage for each list" {
	some
	printf '%s\n' 'operations: [search, health check, index]' \
		'use_cases: [Größe, IoT]' 'components: vfs' >list
	expect 0 wl-expand --coverage list
	out_is 'use_cases: 1 of 2, 50.0 %
  Größe  a, b
  IoT    -
  not in the list: other
components: 1 of 1, 100.0 %
  vfs  a
operations: 2 of 3, 66.7 %
  search        a, b
  health check  a
  index         -'
}

@test "wl-expand --coverage: only of what is selected" {
	some
	echo 'operations: [search, health check]' >list
	expect 0 wl-expand --coverage list -f b
	out_is 'operations: 1 of 2, 50.0 %
  search        b
  health check  -'
	expect 0 wl-expand --coverage list -t quick
	out_has 'operations: 2 of 2, 100.0 %'
	expect 1 wl-expand --coverage list -f nonesuch
	out_has 'operations: 0 of 2, 0.0 %'
	err_has 'no case is selected'
}

@test "wl-expand --at-least: each of the lists" {
	some
	printf '%s\n' 'operations: [search, health check, index]' \
		'components: vfs' >list
	expect 0 wl-expand --coverage list --at-least 66.6
	ignore_out
	expect 1 wl-expand --coverage list --at-least 66.7
	err_is 'wl-expand: operations: 2 of 3 is less than 66.7 %'
	ignore_out
	echo 'components: [vfs]' >list
	expect 0 wl-expand --coverage list --at-least 100
	ignore_out
	printf '%s\n' 'components: net' 'operations: [index]' >list
	expect 1 wl-expand --coverage list --at-least 0.1
	err_has 'components: 0 of 1 is less than 0.1 %'
	err_has 'operations: 0 of 1 is less than 0.1 %'
	ignore_out
	expect 0 wl-expand --coverage list --at-least 0
	ignore_out
}

@test "wl-expand --coverage: lists that are wrong" {
	some
	expect 2 wl-expand --coverage nonesuch
	err_is 'wl-expand: nonesuch: No such file or directory'
	echo 'operation: [a]' >list
	expect 2 wl-expand --coverage list
	err_is 'wl-expand: list:1:1: unknown key: operation (did you mean operations?)'
	echo '{}' >list
	expect 2 wl-expand --coverage list
	err_is 'wl-expand: list:1:1: the file has no list'
	echo 'operations: []' >list
	expect 2 wl-expand --coverage list
	err_is 'wl-expand: list:1:13: operations is an empty list'
	echo 'operations: [a, b, a]' >list
	expect 2 wl-expand --coverage list
	err_is 'wl-expand: list:1:20: a is here a second time'
	echo 'operations: [a, [b]]' >list
	expect 2 wl-expand --coverage list
	err_is 'wl-expand: list:1:17: operations must be one value, not a list'
	echo '[a]' >list
	expect 2 wl-expand --coverage list
	err_is 'wl-expand: list:1:1: a list of what is to be covered must be a mapping of keys to values'
}

@test "wl-expand --coverage: usage errors" {
	expect 2 wl-expand --at-least 95
	err_has 'wl-expand: --at-least needs --coverage'
	expect 2 wl-expand --coverage x --list
	err_has 'wl-expand: --coverage goes without --list and --check'
	expect 2 wl-expand --coverage x --check
	err_has 'wl-expand: --coverage goes without --list and --check'
	expect 2 wl-expand --coverage x --at-least 101
	err_has 'wl-expand: --at-least: '
	expect 2 wl-expand --coverage ''
	err_has 'wl-expand: --coverage: an empty name'
}

@test "wl-expand --coverage: output that does not arrive is trouble" {
	[ -w /dev/full ] || skip 'no /dev/full'
	some
	echo 'operations: [search]' >list
	expect 2 bash -c 'wl-expand --coverage list >/dev/full'
	err_is 'wl-expand: stdout: No space left on device'
}

@test "wl-expand --coverage: of the reference workloads" {
	local list=$TOP/workloads/coverage.yml

	expect 0 wl-expand --coverage "$list" --at-least 95 \
		"$TOP"/workloads/*.yaml
	ignore_out
	# What a workload measures is on the list, in the same letters.
	if grep "not in the list" out; then return 1; fi
}
