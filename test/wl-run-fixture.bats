#!/usr/bin/env bats
# wl-run's $(fixture): files that are made once, kept, and found again.
#
# The $ in single quotes are for workloads and jq; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# Besides: a generator, which writes what it is told into the file data, and
# notes that it ran; and a cache for this test.
prepare_test() {
	mark=77$$.$BATS_TEST_NUMBER
	export WL_CACHE=$PWD/cache
	cat >generator <<-END
		#!/bin/sh
		echo "\$WL_PHASE \$1" >>'$PWD/made'
		echo "\$1" >data
	END
	chmod +x generator
}

# A case that reads it: reading NAME ARGUMENT [SIZE [EXEC [RECORD]]]
reading() {
	record "$1" '["sh","-c","cat \"$1/data\" && [ \"$1\" = \"$WL_fixture\" ]","sh","$(fixture)"]' \
		"$(
			printf '"stdout":"capture","expect":{"regex":"^%s"},"fixture":{"command":["%s","%s"],"size":%s}' \
				"$2" "$PWD/generator" "$2" "${3:-100}"
		)${4:+,$4}" "${5-}"
}

# How often the generator has run, and what is in the cache.
made() { wc -l <made; }
cached() { find "$WL_CACHE" -mindepth 1 -maxdepth 1 -type d | sort; }

@test "wl-run: a fixture is made once, and found again by a later run" {
	reading a one >stdin
	reading b one >>stdin
	once 0 -n 2
	trials_are 'map(.status) == ["ok", "ok", "ok", "ok"]'
	[ "$(cat made)" = 'fixture one' ]
	once 0
	ignore_out
	[ "$(made)" -eq 1 ]
	# Its name is that of a hash, and nothing else is left.
	cached | grep -Eqx '.*/[0-9a-f]{64}'
	[ "$(cached | wc -l)" -eq 1 ]
	[ "$(find "$WL_CACHE" -maxdepth 1 -type f)" = "$(cached).files" ]
	# What was removed is made again.
	rm -r "$WL_CACHE"
	once 0
	ignore_out
	[ "$(made)" -eq 2 ]
}

@test "wl-run: a fixture is another one by its words, program, files, seed and size" {
	again() {
		once 0 "${@:2}"
		ignore_out
		[ "$(made)" -eq "$1" ]
	}
	reading a one >stdin
	again 1
	again 1 -n 2
	again 2 --seed 7
	reading a one 101 >stdin
	again 3
	reading a two >stdin
	again 4
	echo '# changed' >>generator
	again 5
	# A file that is named by a word.
	echo x >input
	sed -i "s|\"two\"\],|\"two\",\"$PWD/input\"],|" stdin
	again 6
	again 6
	echo y >input
	again 7
	# Where a checkout has it does not matter, and neither does the case.
	mkdir elsewhere
	cp generator input elsewhere
	sed -i "s|$PWD/generator|$PWD/elsewhere/generator|; s|$PWD/input|$PWD/elsewhere/input|" stdin
	jq -c '.case = "b" | .exec.env = {A: "b"} | .params = {n: 1}' stdin >b
	mv b stdin
	again 7
}

@test "wl-run: parameters belong to a fixture that the shell makes" {
	for n in 1 2; do
		script "a/n=$n" '[ "$(cat "$WL_fixture/data")" = "$WL_n" ]' \
			'"fixture":{"command":["/bin/sh","-c","echo $WL_n >data; echo $PWD $WL_fixture $WL_CASE >>'"$PWD"'/made"],"size":10}' \
			"\"params\":{\"n\":$n}"
	done >stdin
	once 0
	trials_are 'map(.status) == ["ok", "ok"]'
	[ "$(made)" -eq 2 ]
	# It is in the directory that it writes to, and knows of no case.
	while read -r pwd fixture more; do
		[ "$pwd" = "$fixture" ] && [ -z "$more" ]
		case $pwd in "$WL_CACHE"/*) ;; *) false ;; esac
	done <made
}

@test "wl-run: a generator that fails, fails the case, and leaves nothing" {
	printf '#!/bin/sh\necho half >data\necho no luck >&2\necho x >>%s/made\nexit 3\n' "$PWD" >generator
	reading a one 100 '"setup":["touch","set-up"]' >stdin
	reading b one >>stdin
	script c true >>stdin
	once 1 -n 3
	trials_are 'map(select(.case != "c") | [.phase, .status, .why]) | sort ==
		[["fixture", "exit", "exited 3"], ["fixture", "exit", "it has failed before"]]'
	trials_are 'map(select(.case == "c") | .status) == ["ok", "ok", "ok"]'
	err_has 'fixture: exited 3'
	err_has '  | no luck'
	[ "$(made)" -eq 1 ]
	[ -z "$(cached)" ]
	[ ! -e set-up ]
	reading a one | sed 's|generator|no-generator|' >stdin
	once 1
	trial_is spawn 'no-generator: No such file or directory'
	ignore_err
	[ -z "$(cached)" ]
}

@test "wl-run: a case whose fixture failed is not tried again by a run that goes on" {
	reading a one | sed 's|generator|no-generator|' >stdin
	script b true >>stdin
	expect 1 wl-run -n 2 -w 0 -o sequential --journal journal.jsonl
	ignore_out
	ignore_err
	sed -i '/"round":2/,$d' journal.jsonl
	expect 1 wl-run --resume journal.jsonl
	trials_are 'map([.case, .phase, .round]) | sort ==
		[["a", "fixture", null], ["b", "measure", 1], ["b", "measure", 2]]'
}

@test "wl-run: a fixture is as large as was said, or a tenth larger" {
	printf '#!/bin/sh\nmkdir d; head -c "$1" /dev/zero >d/x; head -c 10 /dev/zero >y\n' >generator
	big() {
		record a '["true"]' "\"fixture\":{\"command\":[\"$PWD/generator\",\"$1\"],\"size\":1000}" >stdin
	}
	big 1090
	once 0
	ignore_out
	big 1091
	once 1
	trial_is expect 'it made files of 1.101 kB, and they were to have 1 kB'
	ignore_err
	[ "$(cached | wc -l)" -eq 1 ]
}

@test "wl-run: a generator that makes nothing, or without end" {
	printf '#!/bin/sh\nmkdir empty\n' >generator
	reading a one >stdin
	once 1
	trial_is expect 'it made no file'
	ignore_err
	[ -z "$(cached)" ]
	# It is ended as soon as it has made too much.
	printf '#!/bin/sh\nhead -c 2000 /dev/zero >zeros; exec sleep %s\n' "$mark" >generator
	once 1
	trial_is expect 'it made files of 2 kB, and they were to have 100 B; it was ended'
	ignore_err
	[ -z "$(cached)" ]
	nobody_alive
}

@test "wl-run: who waits for a fixture is told" {
	printf '#!/bin/sh\nsleep 2.6\necho one >data\n' >generator
	reading a one >stdin
	wl-run -n 1 -w 0 -p plain stdin >other.jsonl 2>other.err 3>&- &
	until_true eval '[ -n "$(cached)" ]'
	once 0 -p plain
	trial_is ok
	wait $!
	err_has 'wl-run: waiting for another run that makes a fixture; then comes that of a'
	ignore_err
	grep -qx 'wl-run: making the fixture of a' other.err
}

@test "wl-run: a fixture that was changed is told, and made anew" {
	printf '#!/bin/sh\nmkdir d; echo one >data; echo x >d/a; echo y >d/b; echo >>%s/made\n' "$PWD" >generator
	changed_by() {
		reading a one 100 "\"conclude\":[\"sh\",\"-c\",\"cd \\\"\$WL_fixture\\\" && $1\"]" \
			'"workload":"mine"' >stdin
		once 0
		ignore_out
		err_is "wl-run: the fixture of mine was changed while it ran: $2; it will be made anew"
		reading a one >stdin
		once 0
		ignore_out
		err_is "wl-run: a: its fixture was changed: $2; it is made anew"
		once 0
		ignore_out
		err_is
	}
	changed_by 'echo z >d/b' d/b
	changed_by 'touch d/a' d/a
	changed_by 'rm data' data
	changed_by 'echo >d/new' d/new
	changed_by 'rm d/a d/b; rmdir d' d
	[ "$(made)" -eq 6 ]
	# What nobody wrote down is made anew, too.
	rm cache/*.files
	once 0
	ignore_out
	err_is
	[ "$(made)" -eq 7 ]
	[ "$(cached | wc -l)" -eq 1 ]
}

@test "wl-run: two runs that want the same fixture make it once" {
	printf '#!/bin/sh\necho x >>%s/made\nsleep 1\necho one >data\n' "$PWD" >generator
	reading a one >stdin
	wl-run -n 1 -w 0 stdin >other.jsonl 2>other.err 3>&- &
	expect 0 wl-run -n 1 -w 0
	trial_is ok
	wait $!
	[ "$(jq -s 'map(select(.type == "trial") | .status) == ["ok"]' other.jsonl)" = true ]
	[ ! -s other.err ]
	[ "$(made)" -eq 1 ]
}

stopped() { [[ $(ps -o stat= -p "$1") = T* ]]; }

@test "wl-run: a fixture in the making does not outlive an interrupt or a kill" {
	local how status

	printf '#!/bin/sh\nhead -c 50 /dev/zero >data\ntouch %s/ready\nexec sleep %s\n' "$PWD" "$mark" >generator
	reading a one >stdin
	for how in INT KILL runner both; do
		rm -f ready
		start -n 1 -w 0 -g 0.1
		until_true [ -e ready ]
		[ "$(cached | wc -l)" -eq 1 ]
		runner=$(pgrep -P "$RUN" -x wl-run)
		case $how in
		INT) kill -INT "$RUN" && status=130 ;;
		KILL) kill -KILL "$RUN" && status=137 ;;
		runner) kill -KILL "$runner" && status=2 ;;
		both) # the guard must not see that the runner has gone
			kill -STOP "$RUN"
			until_true stopped "$RUN"
			kill -KILL "$runner" && kill -KILL "$RUN" && status=137
			;;
		esac
		finish "$status"
		ignore_err
		trials_are 'length == 0'
		until_true nobody_alive
		[ "$how" = both ] || until_true eval '[ -z "$(cached)" ]'
	done
	# What two that were killed at once have left, the next one removes.
	[ "$(cached | wc -l)" -eq 1 ]
	printf '#!/bin/sh\necho one >data\n' >generator
	once 0
	ignore_out
	[ "$(cached | wc -l)" -eq 1 ]
	cached | grep -Eqx '.*/[0-9a-f]{64}'
}

@test "wl-run: where fixtures are kept" {
	reading a one >stdin
	once 0 --cache there/and/there
	ignore_out
	grep -q one there/and/there/*/data
	unset WL_CACHE
	XDG_CACHE_HOME=$PWD/xdg once 0
	ignore_out
	grep -q one xdg/plumbline/*/data
	HOME=$PWD/home XDG_CACHE_HOME='' once 0
	ignore_out
	grep -q one home/.cache/plumbline/*/data
	touch file
	# Without such a place, only those that need it fail.
	script b true >>stdin
	HOME=$PWD/file XDG_CACHE_HOME='' once 1
	trials_are 'map([.case, .phase, .status, .why]) | sort == [
		["a", "fixture", "spawn", "no directory to keep it in: '"$PWD"'/file/.cache/plumbline: Not a directory; --cache or WL_CACHE can say another one"],
		["b", "measure", "ok", null]]'
	ignore_err
	unset HOME XDG_CACHE_HOME
	once 1
	trials_are 'map(select(.case == "a") | .why) == ["no directory to keep it in: there is no HOME; --cache or WL_CACHE can say another one"]'
	ignore_err
	expect 2 wl-run --cache file/x
	err_is 'wl-run: --cache: file/x: Not a directory'
	# Who has no fixture needs none.
	record b '["true"]' >stdin
	once 0
	ignore_out
}

@test "wl-run: a fixture is there for a service, for setup, and for both variants" {
	mkdir one two
	cp generator one
	cp generator two
	reading a one 100 "$(
		tr -d '\n' <<-END
			"setup":["sh","-c","grep -q one \$1/data","sh","\$(fixture)"],
			"services":[{"command":["sh","-c","cat \$1/data; sleep 100 # $mark","sh","\$(fixture)"],"ready":{"line":"^one$"}}]
		END
	)" >stdin
	once 0 -V one=one -V two=two
	trials_are 'map(.status) == ["ok", "ok"]'
	nobody_alive
	[ "$(made)" -eq 1 ]
	# Each variant is measured with what its own generator makes.
	echo '# new' >>two/generator
	once 0 -V one=one -V two=two
	ignore_out
	[ "$(made)" -eq 2 ]
}

@test "wl-run: fixtures that make no sense" {
	wrong() {
		record a '["true"]' "\"fixture\":$1" >stdin
		expect 2 wl-run
		err_is "wl-run: <stdin>:1: $2"
	}
	wrong '[]' 'fixture is not an object'
	wrong '{"size":1}' 'command is missing'
	wrong '{"command":["a"]}' 'size is missing'
	wrong '{"command":[],"size":1}' 'the fixture has no command'
	wrong '{"command":["a"],"size":0}' 'size must be from 1 to 9.0072e+15: 0'
}
