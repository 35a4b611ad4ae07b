#!/usr/bin/env bats
# What all workloads have in common, and that the checks of servers notice what
# they are there for.

load helper
load servers

prepare_test() {
	PATH=$PLUMBLINE_BUILD/workloads:$TOP/workloads:$PATH
}

teardown() {
	stop_servers
	quiet
}

@test "workloads: no script depends on the locale" {
	local script

	for script in "$TOP"/workloads/*.sh; do
		grep -q '^export LC_ALL=C$' "$script" || {
			echo "$script does not set LC_ALL" >&2
			return 1
		}
	done
}

@test "workloads: sqlite3 reads no file of the user's" {
	local all

	all=$(grep -rhoE 'sqlite3 -.*' "$TOP/workloads")
	[ "$(wc -l <<<"$all")" -ge 5 ]
	run ! grep -v '^sqlite3 -init /dev/null -batch ' <<<"$all"
}

@test "kernel_compile_from_clean.sh: all of it is in the directory it is run in" {
	local directory

	mkdir linux TMP a b
	cat >linux/Makefile <<-'END'
		all:; test -e $(O)/.config && echo vmlinux >$(O)/vmlinux
		tinyconfig:; touch $(O)/.config
	END
	tar -cf linux.tar linux
	for directory in a b; do
		cd "$BATS_TEST_TMPDIR/$directory"
		export TMPDIR=$PWD/../TMP
		ln -s ../stdin .
		expect 0 kernel_compile_from_clean.sh unpack ../linux.tar
		expect 0 kernel_compile_from_clean.sh configure tinyconfig
		ignore_out
		expect 0 kernel_compile_from_clean.sh build 2
		ignore_out
	done
	cd "$BATS_TEST_TMPDIR"
	[ -s a/build/vmlinux ]
	[ -s b/build/vmlinux ]
	[ -z "$(ls TMP)" ]
	cd a
	expect 0 kernel_compile_from_clean.sh configure tinyconfig
	ignore_out
	[ ! -e build/vmlinux ]
}

# The N-th indented block of a section of the README.
block_of() {
	sed -n "/^## $1\$/,/^## /p" "$TOP/workloads/README.md" | awk -v n="$2" '
		/^    / { if (!inside) seen++; inside = 1 }
		!/^    / && NF { inside = 0 }
		inside && seen == n { sub(/^    /, ""); print }'
}

@test "workloads: the example of the README runs as it is" {
	block_of 'Writing one' 1 >my.yaml
	block_of 'Writing one' 2 >commands
	expect 0 bash -eo pipefail commands
	ignore_err
	expect 0 stat-agg run.jsonl
	out_json 'map(select(.type == "summary" and .metric == "size") |
		[.case, .n, .min == .max]) == [["compress/n=1000", 5, true],
		["compress/n=100000", 5, true]]'
}

@test "postgres.sh: is the server's, whatever the caller's variables say" {
	local a

	postgres.sh there >/dev/null 2>&1 || skip 'there is no PostgreSQL'
	a=$(free_port 1)
	export PGHOSTADDR=192.0.2.1 PGSERVICE=nowhere PGSSLMODE=require
	export PGOPTIONS='-c default_transaction_read_only=on'
	serve_until postgres.sh ask "$a" -- postgres.sh serve "$a" "$PWD/db"
	expect 0 postgres.sh prepare "$a" 1
	ignore_err
	expect 0 postgres.sh bench "$a" 2 10
	out_json 'map(.metric) | sort == ["avg_time", "success_rate",
		"transaction_rate"]'
	ignore_err
	expect 0 postgres.sh read "$a" 2 10
	out_has '"metric":"success_rate","value":100'
	ignore_err
	unset PGHOSTADDR PGSERVICE PGSSLMODE PGOPTIONS
	expect 0 psql -Xq -h 127.0.0.1 -p "$a" -U bench postgres \
		-c 'DELETE FROM pgbench_accounts WHERE aid > 20'
	expect 2 postgres.sh prepare "$a" 1
	err_has 'postgres.sh: rows are missing'
	expect 2 postgres.sh read "$a" 1 10
	err_has 'expected one row, got 0'
	ignore_out
}

@test "redis-bench.sh: all that was set is there, and gets are counted" {
	local a

	need redis-server redis-benchmark redis-cli
	a=$(free_port 2)
	serve_until redis-cli -e -p "$a" ping -- redis-server --bind 127.0.0.1 \
		--port "$a" --save '' --dir "$PWD"
	expect 0 redis-bench.sh "$a" 2 1000
	out_json 'map(.metric) | sort == ["get_p50_time", "get_p99_time",
		"get_rate", "set_p50_time", "set_p99_time", "set_rate"]'
	# One that loses all keys while it is asked.
	mkdir bin
	ln -s "$(command -v redis-benchmark)" bin/real
	cat >bin/redis-benchmark <<-'END'
		#!/bin/sh
		"${0%/*}/real" "$@"
		status=$?
		[ -n "$LOSE" ] || exit 3
		redis-cli -p "$4" $LOSE >/dev/null
		exit $status
	END
	chmod +x bin/redis-benchmark
	PATH=$PWD/bin:$PATH
	expect 1 redis-bench.sh "$a" 2 100
	err_is 'redis-bench.sh: redis-benchmark failed'
	LOSE='set known other' expect 1 redis-bench.sh "$a" 2 100
	err_is 'redis-bench.sh: the known value is: other'
	LOSE='get nothing' expect 1 redis-bench.sh "$a" 2 100
	err_is 'redis-bench.sh: 100 values were found and 1 were not, of 100'
	LOSE='set key:__rand_int__ x' expect 1 redis-bench.sh "$a" 2 100
	err_is 'redis-bench.sh: the value has 1 bytes, must have 64'
	expect 1 redis-bench.sh 1 2 100
	err_has 'nothing can be set'
}

@test "http-users.lua: another page than the one that was asked for is wrong" {
	local a users

	need nginx wrk awk setsid
	a=$(free_port 3)
	serve_until test -s site/nginx.pid -- http-serve.sh "$a" "$PWD/site"
	for users in 1 10; do
		expect 0 wrk -t1 -c$users -d1s -s \
			"$TOP/workloads/http-users.lua" \
			"http://127.0.0.1:$a" -- documents "$PWD/site"
		out_has '"metric":"success_rate","value":100'
	done
	cp -r site right
	cp site/documents/4.json site/documents/3.json
	expect 1 wrk -t1 -c10 -d1s -s "$TOP/workloads/http-users.lua" \
		"http://127.0.0.1:$a" -- documents "$PWD/right"
	err_has 'answers are wrong'
	ignore_out
}
