#!/usr/bin/env bats
# wl-run's services: what runs beside the trials is started, measured and
# stopped, and nothing of it is left, whatever it or anybody does.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# Besides: a server that says "up", and answers whoever connects with a line and
# the end. It works for so many seconds each time: server PORT [SECONDS].
prepare_test() {
	mark=77$$.$BATS_TEST_NUMBER
	cat >server <<-'END'
		#!/usr/bin/perl
		use Socket;
		use POSIX ();
		sub used { my @t = times; return $t[0] + $t[1] }
		# At once: perl itself looks for signals before a call, not in it.
		POSIX::sigaction(POSIX::SIGTERM, POSIX::SigAction->new(sub {
			syswrite STDOUT, "down\n"; POSIX::_exit(0) }));
		$| = 1;
		socket my $s, PF_INET, SOCK_STREAM, 0 or die;
		setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1;
		bind $s, pack_sockaddr_in($ARGV[0], INADDR_LOOPBACK) or die "bind: $!\n";
		listen $s, 9;
		print "up\n";
		while (accept my $c, $s) {
			my $end = used() + $ARGV[1];
			1 while used() < $end;
			syswrite $c, "hello from $$\n";
			print "served\n";
		}
	END
	cat >ask <<-'END'
		#!/usr/bin/perl
		use Socket;
		socket my $c, PF_INET, SOCK_STREAM, 0 or die;
		connect $c, pack_sockaddr_in($ARGV[0], INADDR_LOOPBACK) or die "connect: $!\n";
		print <$c>;
	END
	chmod +x server ask
}

# A service, JSON: service COMMAND [MEMBERS]; a shell's: sh_service TEXT [...].
service() { printf '{"command":%s%s}' "$1" "${2:+,$2}"; }
sh_service() { service "$(sh_command "$1 # $mark")" "${2-}"; }
server() {
	service "[\"$PWD/server\",\"\$(port)\",\"${2-0}\",\"$mark\"]" \
		"\"ports\":[\"port\"]${1:+,$1}"
}
on_port='"ready":{"port":"$(port)"}'

# A case with services: beside NAME TEXT SERVICES [EXEC]; one that asks the
# server: asking NAME SERVICES [EXEC].
beside() { script "$1" "$2" "\"services\":[$3]${4:+,$4}"; }
asking() {
	record "$1" "[\"$PWD/ask\",\"\$(port)\"]" \
		"\"expect\":{\"regex\":\"hello\"},\"services\":[$2]${3:+,$3}"
}

# Nothing is left of the wl-run of a number: no process, no control group.
nothing_left() {
	until_true nobody_alive
	no_group_left "$1"
}

# Runs the cases of stdin: serve STATUS [ARGUMENT ...]
serve() {
	expect "$1" sh -c 'echo $$ >pid; exec wl-run --no-table "$@"' sh "${@:2}"
	nobody_alive
	no_group_left "$(cat pid)"
}

# --- what it is ---

@test "wl-run: a service is up before prepare and until conclude, and then down" {
	asking a "$(server "$on_port")" "$(
		tr -d '\n' <<-END
			"setup":["sh","-c","! ./ask \$WL_port 2>/dev/null && echo setup >>log"],
			"prepare":["sh","-c","./ask \$WL_port >>log"],
			"conclude":["sh","-c","./ask \$WL_port >>log"],
			"cleanup":["sh","-c","! ./ask \$WL_port 2>/dev/null && echo cleanup >>log"]
		END
	)" >stdin
	serve 0 -n 3 -w 1
	trials_are 'map(.status) | unique == ["ok"] '
	# One process has answered all of them.
	[ "$(grep -c hello log)" -eq 8 ]
	[ "$(sed 's/from.*//' log | uniq -c | tr -d '\n' | tr -s ' ')" = \
		' 1 setup 8 hello 1 cleanup' ]
	[ "$(grep hello log | sort -u | wc -l)" -eq 1 ]
}

@test "wl-run: cases with the same service share it, with another one they do not" {
	for i in 1 2; do
		asking "same$i" "$(server "$on_port")" \
			"\"stdout\":\"same$i.out\",\"conclude\":[\"sh\",\"-c\",\"cat same$i.out >>same\"]" |
			jq -c ".params = {n: $i}"
	done >stdin
	asking other "$(server "$on_port" 0.01)" \
		'"stdout":"o.out","conclude":["sh","-c","cat o.out >>other"]' >>stdin
	serve 0 -n 2 -w 0
	ignore_out
	[ "$(wc -l <same)" -eq 4 ]
	[ "$(sort -u same | wc -l)" -eq 1 ]
	[ "$(sort -u other | wc -l)" -eq 1 ]
	[ "$(sort -u same)" != "$(sort -u other)" ]
	# Each variant has its own.
	mkdir one two
	cp server ask one
	cp server ask two
	rm same
	sed -i '2,$d' stdin
	serve 0 -n 2 -w 0 -V one=one -V two=two -o sequential
	ignore_out
	cat one/same two/same >same
	[ "$(sort -u same | wc -l)" -eq 2 ]
}

@test "wl-run: what a service finds in its environment, and where it is" {
	mkdir there
	beside a 'cat env' "$(sh_service 'env >env; pwd >>env; exec sleep 100' \
		'"ready":{"command":["sh","-c","test -s env && echo $WL_PHASE >phase"]}')" \
		'"cwd":"there","env":{"MINE":"x"},"tmpfs":true,"path":["/opt/some"]' |
		jq -c '.params = {size: 3} | .workload = "w"' >stdin
	WL_size=old serve 0 -n 1 -w 0
	ignore_out
	[ "$(cat there/phase)" = service ]
	grep -qx MINE=x there/env
	grep -q '^PATH=/opt/some:' there/env
	grep -q '^WL_scratch=/dev/shm/' there/env
	grep -qx "$PWD/there" there/env
	run ! grep -E '^WL_(size|CASE|WORKLOAD|ROUND)=' there/env
}

@test "wl-run: a service for the shell has the parameters, and is not shared over them" {
	for n in 1 2; do
		script "a/n=$n" "[ \"\$(cat up.$n)\" = $n ]" '"services":[{"command":["/bin/sh","-c","echo $WL_n >up.$WL_n; echo up; exec sleep 100 # '"$mark"'"],"ready":{"line":"up"}}]' \
			"\"params\":{\"n\":$n}"
	done >stdin
	serve 0 -n 1 -w 0
	trials_are 'map(.status) == ["ok", "ok"]'
}

@test "wl-run: a service is ready by a port, a command, a line, or at once" {
	{
		asking port "$(server "$on_port")"
		beside command 'test -e made' "$(sh_service 'sleep 0.3; touch made; exec sleep 100' \
			'"ready":{"command":["test","-e","made"]}')"
		beside line 'test -e seen' "$(sh_service 'echo not yet; sleep 0.3; touch seen; printf "is up "; echo now >&2; exec sleep 100' \
			'"ready":{"line":"^is up now$"}')"
		beside once 'sleep 0.2; test -e here' "$(sh_service 'touch here; exec sleep 100')"
	} >stdin
	serve 0 -n 1 -w 0
	trials_are 'map(.status) == ["ok", "ok", "ok", "ok"]'
	out_json 'map(select(.metric == "service_startup_time")) |
		(map(.unit) | unique == ["ns"]) and
		(map({(.case): .value}) | add |
		.command > 0.3e9 and .line > 0.3e9 and .once < 0.3e9 and .port > 0)'
}

@test "wl-run: what a service uses is measured apart from the command" {
	asking busy "$(server "$on_port" 0.2)" >stdin
	beside idle true "$(sh_service "perl -e '\$x = \"x\" x (40 << 20); print \"up\\n\"; \$| = 1; print \"\"; sleep 100'" \
		'"ready":{"line":"up"}')" >>stdin
	serve 0 -n 2 -w 0
	samples_are service_cpu_time 'length == 4 and (map(.unit) | unique == ["ns"]) and
		(map(select(.case == "busy").value) | all(. > 0.18e9 and . < 1e9)) and
		(map(select(.case == "idle").value) | all(. < 0.1e9))'
	samples_are cpu_time 'map(.value) | all(. < 0.15e9)'
	samples_are service_memory 'length == 4 and (map(.unit) | unique == ["B"]) and
		(map(select(.case == "idle").value) | all(. > 40e6 and . < 100e6)) and
		(map(select(.case == "busy").value) | all(. < 40e6))'
	# That of the start is told once, with the first measured trial.
	samples_are service_startup_time 'map([.case, .round]) | sort ==
		[["busy", 1], ["idle", 1]]'
}

@test "wl-run: what a daemon of many short processes uses is known, too" {
	beside a 'sleep 0.3' "$(sh_service 'setsid sh -c "echo up; while :; do (:; exec setsid sh -c : & ); done # '"$mark"'" & true' '"ready":{"line":"up"}')" >stdin
	serve 0 -n 3 -w 0
	samples_are service_cpu_time 'length == 3 and all(.value > 1e6)'
	samples_are service_memory 'length == 3 and all(.value > 1e4)'
}

@test "wl-run: a service for each trial is started as often, and told each time" {
	asking a "$(server "$on_port,\"each\":\"trial\"")" \
		'"stdout":"a.out","conclude":["sh","-c","cat a.out >>log"]' >stdin
	serve 0 -n 3 -w 1
	samples_are service_startup_time 'map(.round) == [1, 2, 3]'
	[ "$(sort -u log | wc -l)" -eq 4 ]
}

@test "wl-run: of several services each waits for those before, and they stop in turn" {
	beside a 'cat log' "$(
		sh_service 'echo 1 up >>log; trap "echo 1 down >>log; exit" TERM; echo up; while :; do sleep 0.01; done' '"ready":{"line":"up"}'
	),$(
		sh_service 'sleep 0.2; echo 2 up >>log; trap "sleep 0.1; echo 2 down >>log; exit" TERM; echo up; while :; do sleep 0.01; done' '"ready":{"line":"up"}'
	),$(server "$on_port")" >stdin
	serve 0 -n 2 -w 0
	trials_are 'map(.status) == ["ok", "ok"]'
	printf '1 up\n2 up\n2 down\n1 down\n' | diff - log
	samples_are service_startup_time 'length == 1 and .[0].value > 0.2e9'
}

@test "wl-run: the CPUs of a service are the case's, or its own" {
	beside a true "$(sh_service 'grep Cpus_allowed_list /proc/self/status >case; exec sleep 100' '"ready":{"command":["test","-s","case"]}'),$(
		sh_service 'grep Cpus_allowed_list /proc/self/status >own; exec sleep 100' '"cpus":"0","ready":{"command":["test","-s","own"]}'
	)" '"cpus":"'"$(($(nproc) - 1))"'"' >stdin
	serve 0 -n 1 -w 0
	ignore_out
	[ "$(cut -f2 case)" = "$(($(nproc) - 1))" ]
	[ "$(cut -f2 own)" = 0 ]
	beside b true "$(sh_service true '"cpus":"1000"')" >stdin
	serve 1 -n 1 -w 0
	trial_is service 'service sh: cpus: this machine has no CPU 1000'
	err_has 'this machine has no CPU 1000'
}

# --- what goes wrong with it ---

@test "wl-run: a service that is never ready fails the trials, and is ended" {
	beside a 'echo >ran' "$(sh_service 'echo starting; exec sleep 100' \
		'"ready":{"line":"up"},"startup_timeout_s":0.3')" '"prepare":["touch","prepared"]' >stdin
	serve 1 -n 2 -w 0
	[ ! -e ran ] && [ ! -e prepared ]
	trials_are 'map([.status, .why, .phase, .round]) == [
		["service", "service sh: not ready after 0.3 s: no line matched up", "measure", 1],
		["service", "service sh: not ready after 0.3 s: no line matched up", "measure", 2]]'
	err_has 'wl-run: a: measure: service sh: not ready after 0.3 s'
	err_has "  all of its service's output:"
	err_has '  | starting'
	samples_are wall_time 'length == 0'
}

@test "wl-run: who has the port already is not taken for the service" {
	local port

	port=$(perl -MSocket -e 'socket my $s, PF_INET, SOCK_STREAM, 0;
		bind $s, pack_sockaddr_in(0, INADDR_LOOPBACK);
		print +(unpack_sockaddr_in getsockname $s)[0]')
	./server "$port" 0 "$mark" 3>&- >/dev/null 2>&1 &
	until_true ./ask "$port"
	beside a 'echo >ran' "$(sh_service 'echo >started; exec sleep 100' \
		"\"ready\":{\"port\":\"$port\"}")" >stdin
	serve_beside() {
		expect 1 wl-run --no-table -n 1 -w 0
		trial_is service "service sh: port $port is in use by another process"
		[ ! -e started ] && [ ! -e ran ]
		ignore_err
	}
	serve_beside
	# Also that of a later one, before the first is started.
	beside a 'echo >ran' "$(sh_service 'echo >started; exec sleep 100'),$(
		sh_service 'exec sleep 100' "\"ready\":{\"port\":\"$port\"}"
	)" >stdin
	expect 1 wl-run --no-table -n 1 -w 0
	trial_is service "service 2, sh: port $port is in use by another process"
	[ ! -e started ]
	ignore_err
}

@test "wl-run: why a service is not ready" {
	local n=0

	: >stdin
	: >wanted
	not_ready() {
		n=$((n + 1))
		beside "$n" true "$(sh_service "$1" "\"ready\":$2,\"startup_timeout_s\":0.5")" >>stdin
		echo "service sh: $3" >>wanted
	}
	not_ready 'exec sleep 100' '{"command":["sh","-c","echo one >&2; echo no luck >&2; exit 2"]}' \
		'not ready after 0.5 s: its ready command exited 2: no luck'
	not_ready 'exec sleep 100' '{"command":["false"]}' \
		'not ready after 0.5 s: its ready command exited 1'
	not_ready 'exec sleep 100' '{"command":["sleep","'"$mark"'"]}' \
		'not ready after 0.5 s: its ready command was still running'
	not_ready 'exec sleep 100' '{"port":"9"}' \
		'not ready after 0.5 s: nothing listens on port 9'
	not_ready 'exec sleep 100' '{"line":"^up"}' \
		'not ready after 0.5 s: no line matched ^up; it has written nothing, or holds it back'
	not_ready 'printf up; exec sleep 100' '{"line":"up"}' \
		'not ready after 0.5 s: no line matched up; the end of its output is no whole line'
	# What never can be is not waited for.
	not_ready 'exec sleep 100' '{"command":["no-such-thing"]}' \
		'its ready command: no-such-thing: No such file or directory'
	serve 1 -n 1 -w 0 -o sequential
	ignore_err
	jq -r 'select(.type == "trial") | .why' out | diff wanted -
	ignore_out
	# And without any wish nothing is said of being ready.
	beside a 'sleep 0.2' "$(service '["true"]')" >stdin
	serve 1 -n 1 -w 0
	trials_are '.[0].why | test("^service true: exited 0 (at once|while the command ran)$")'
	ignore_err
}

@test "wl-run: a service that dies at once, or is not there, is tried 4 times" {
	beside a true "$(sh_service 'echo bad luck >&2; echo >>tries; exit 3' \
		'"ready":{"line":"up"}')" '"ok_exit":[0]' |
		jq -c '.metrics = [{name: "x", aggregator: "success_rate"}]' >stdin
	serve 1 -n 6 -w 0
	err_has '  | bad luck'
	[ "$(wc -l <tries)" -eq 4 ]
	trials_are 'map(.status) | unique == ["service"]'
	trials_are 'map(.why) == ([range(4) | "service sh: exited 3 before it was ready"] +
		[range(2) | "service sh: it has failed 4 times, and is not started again"])'
	beside b true "$(service '["./no-such-thing"]')" >stdin
	serve 1 -n 1 -w 0
	trial_is service 'service no-such-thing: ./no-such-thing: No such file or directory'
	ignore_err
}

@test "wl-run: a service that dies ends the trial, and is started again" {
	# The command would wait for ever.
	beside a "echo x >>trials; [ \"\$(wc -l <trials)\" -eq 2 ] || exit 0; echo >die; exec sleep $mark" \
		"$(sh_service 'echo start >>starts; echo up; until [ -e die ]; do sleep 0.01; done; rm die; kill -9 $$' \
			'"ready":{"line":"up"}')" >stdin
	serve 1 -n 4 -w 0 -g 0.5
	trials_are 'map(.status) == ["ok", "service", "ok", "ok"]'
	trials_are '.[1].why == "service sh: ended by signal 9 (Killed) while the command ran"'
	err_has 'wl-run: a: measure: service sh: ended by signal 9 (Killed) while the command ran'
	err_has '  | up'
	[ "$(wc -l <starts)" -eq 2 ]
	# It was told how long each start took.
	samples_are service_startup_time 'map(.round) == [1, 3]'
}

@test "wl-run: a service that dies between trials is started again, and nothing failed" {
	beside a true "$(sh_service 'echo start >>starts; echo up; echo $$ >pid2; exec sleep 100' '"ready":{"line":"up"}')" \
		'"conclude":["sh","-c","[ $WL_ROUND -ne 2 ] || kill -9 $(cat pid2); sleep 0.2"]' >stdin
	serve 0 -n 3 -w 0
	trials_are 'map(.status) == ["ok", "ok", "ok"]'
	[ "$(wc -l <starts)" -eq 2 ]
}

@test "wl-run: the output of a service is kept with that of a trial that failed" {
	beside a 'exit 3' "$(sh_service 'seq 2000; echo up; exec sleep 100' '"ready":{"line":"up"}'),$(
		sh_service 'echo two; exec sleep 100' '"ready":{"line":"two"}'
	)" >stdin
	serve 1 -n 1 -w 0 --keep-output kept
	ignore_err
	trial_is exit
	trials_are '.[0].output == "kept/a.measure.1"'
	[ "$(wc -l <kept/a.measure.1.service)" -eq 2001 ]
	[ "$(cat kept/a.measure.1.service2)" = two ]
}

@test "wl-run: a service that writes without end takes no memory" {
	beside a 'until [ "$(du -B1M --apparent-size big | cut -f1)" -ge 300 ]; do sleep 0.05; ln -sf "/proc/$(cat pid2)/fd/1" big; du -LB1M --apparent-size big >size; [ "$(cut -f1 size)" -lt 300 ] || break; done; sleep 0.6; du -LB1M big | cut -f1 >used' \
		"$(sh_service 'echo $$ >pid2; echo up; head -c 300M /dev/zero; exec sleep 100' '"ready":{"line":"up"}')" >stdin
	serve 0 -n 1 -w 0
	trial_is ok
	[ "$(cat used)" -le 20 ]
}

# --- its end ---

@test "wl-run: a service that ignores its signal is killed, with all its tree" {
	beside a true "$(sh_service "trap '' TERM INT; setsid sh -c 'trap \"\" TERM; sleep 100 # $mark' & echo up; while :; do sleep 0.1; done" \
		'"ready":{"line":"up"},"stop_timeout_s":0.3')" >stdin
	serve 0 -n 1 -w 0
	trial_is ok
	err_is 'wl-run: service sh: still there 0.3 s after its TERM, and was killed'
	# That is said once, however often it happens.
	sed -i 's/"stop_timeout_s":/"each":"trial",&/' stdin
	serve 0 -n 3 -w 0
	trials_are 'length == 3'
	err_is 'wl-run: service sh: still there 0.3 s after its TERM, and was killed'
}

@test "wl-run: a service is ended by the signal that it wants, and has time" {
	beside a true "$(sh_service 'trap "" TERM; trap "sleep 0.4; echo INT >ended; exit" INT; echo up; while :; do sleep 0.01; done' \
		'"ready":{"line":"up"},"stop_signal":"INT"')" >stdin
	serve 0 -n 1 -w 0
	trial_is ok
	[ "$(cat ended)" = INT ]
}

@test "wl-run: a service that makes itself a daemon serves, and is ended" {
	beside a './ask $WL_port | grep -q hello' "$(
		service "[\"perl\",\"-e\",\"use POSIX; if (fork) { exit } POSIX::setsid(); if (fork) { exit } exec @ARGV\",\"$PWD/server\",\"\$(port)\",\"0\",\"$mark\"]" \
			"\"ports\":[\"port\"],$on_port"
	)" >stdin
	serve 0 -n 3 -w 0
	trials_are 'map(.status) == ["ok", "ok", "ok"]'
	# One that has gone is noticed, too.
	beside b "kill -9 \$(cat pid2); exec sleep $mark" "$(
		sh_service 'sh -c "echo \$\$ >pid2; echo up; exec sleep 100" & ' '"ready":{"line":"up"}'
	)" >stdin
	serve 1 -n 1 -w 0 -g 0.2
	trial_is service 'service sh: exited 0 while the command ran'
	ignore_err
}

@test "wl-run: a service that is stopped, or that stops its keeper, is ended" {
	beside a 'true' "$(sh_service 'echo up; kill -STOP $$' '"ready":{"line":"up"},"stop_timeout_s":0.3')" >stdin
	beside b 'true' "$(sh_service 'echo up; sleep 100' '"ready":{"line":"up"}')" >>stdin
	serve 0 -n 1 -w 0
	ignore_out
}

@test "wl-run: nothing of a service is left, however wl-run ends" {
	local how status

	# It is deaf, and part of it has gone away.
	beside a "touch ready; exec sleep $mark" "$(
		sh_service "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep 100 # $mark' & echo up; while :; do sleep 0.1; done" \
			'"ready":{"line":"up"},"stop_timeout_s":0.2'
	)" '"tmpfs":true,"cleanup":["touch","cleaned"]' >stdin
	for how in INT TERM KILL runner nursery keeper guard_keeper; do
		rm -f ready cleaned
		start -n 1 -w 0 -g 0.1
		until_true [ -e ready ]
		runner=$(pgrep -P "$RUN" -x wl-run | tail -n 1)
		nursery=$(pgrep -P "$RUN" -x wl-run | head -n 1)
		keeper=$(pgrep -P "$nursery" -x wl-run)
		case $how in
		INT) kill -INT "$RUN" && status=130 ;;
		TERM) kill -TERM "$RUN" && status=143 ;;
		KILL) kill -KILL "$RUN" && status=137 ;;
		runner) kill -KILL "$runner" && status=2 ;;
		nursery) kill -KILL "$nursery" && status=1 ;;
		keeper) kill -KILL "$keeper" && status=1 ;;
		guard_keeper) kill -KILL "$RUN" "$keeper" && status=137 ;;
		esac
		finish "$status"
		ignore_out
		ignore_err
		until_true nobody_alive
		until_true no_group_left
		until_true no_group_left "$keeper"
		[ -z "$(find /dev/shm -maxdepth 1 -name "plumbline-run-$RUN-*")" ]
		case $how in KILL | runner | guard_keeper) continue ;; esac
		[ -e cleaned ]
	done
}

@test "wl-run: what has lost its keeper is ended, and the port is free again" {
	beside a './ask $WL_port && [ "$WL_ROUND" -ne 2 ] || kill -KILL "$(ps -o ppid= -p "$(cat pid2)")"; sleep 0.2' "$(
		service '["sh","-c","echo $$ >pid2; setsid \"$0\" \"$@\" & wait","'"$PWD/server"'","$(port)","0","'"$mark"'"]' \
			"\"ports\":[\"port\"],$on_port"
	)" >stdin
	serve 1 -n 3 -w 0 -g 0.1
	trials_are 'map(.status) == ["ok", "service", "ok"]'
	trials_are '.[1].why == "service sh: its keeper was ended while the command ran"'
	ignore_err
}

@test "wl-run: an interrupt while a service starts, or stops" {
	beside a true "$(sh_service 'touch ready; exec sleep 100' '"ready":{"line":"never"}')" >stdin
	start -n 1 -w 0
	until_true [ -e ready ]
	kill -INT "$RUN"
	finish 130
	trials_are 'length == 0'
	err_is 'wl-run: stopped by signal 2; the run is not complete'
	nothing_left "$RUN"
	# The second request ends one that does not come to an end.
	beside a 'touch done' "$(sh_service 'trap "touch asked" TERM; echo up; while :; do sleep 0.1; done' \
		'"ready":{"line":"up"},"stop_timeout_s":100')" >stdin
	start -n 1 -w 0
	until_true [ -e asked ]
	kill -INT "$RUN"
	sleep 1.2
	kill -INT "$RUN"
	finish 130
	ignore_out
	ignore_err
	nothing_left "$RUN"
}

@test "wl-run: a run with services goes on" {
	asking a "$(server "$on_port")" >cases.jsonl
	wl-run -n 4 -w 0 cases.jsonl 2>/dev/null | sed '/"round":3/,$d' >cut.jsonl
	expect 0 wl-run --resume cut.jsonl
	trials_are 'map(.round) == [1, 2, 3, 4]'
	nobody_alive
	[ "$(jq -s 'map(select(.metric == "service_startup_time") | .round) == [1, 3]' cut.jsonl)" = true ]
}

@test "wl-run: services that make no sense" {
	wrong() {
		beside a true "$1" >stdin
		expect 2 wl-run
		err_is "wl-run: <stdin>:1: $2"
	}
	wrong '{}' 'command is missing'
	wrong '{"command":[]}' 'a service has no command'
	wrong '{"command":["a"],"stop_signal":"SOON"}' 'stop_signal is not the name of a signal: SOON'
	wrong '{"command":["a"],"each":"day"}' 'each is neither run nor trial: day'
	wrong '{"command":["a"],"cpus":"x"}' 'cpus is not a list of CPUs: x'
	wrong '{"command":["a"],"startup_timeout_s":0}' 'startup_timeout_s must be from 0.001 to 1e+06: 0'
	wrong '{"command":["a"],"stop_timeout_s":-1}' 'stop_timeout_s must be from 0 to 1e+06: -1'
	wrong '{"command":["a"],"ready":[]}' 'ready is not an object'
	wrong '{"command":["a"],"ready":{}}' 'ready wants one of port, command and line'
	wrong '{"command":["a"],"ready":{"port":"1","line":"x"}}' 'ready wants one of port, command and line'
	wrong '{"command":["a"],"ready":{"line":"("}}' 'not a regular expression: ('
	script a true '"services":{"command":["a"]}' >stdin
	expect 2 wl-run
	err_is 'wl-run: <stdin>:1: services is not a list'
}
