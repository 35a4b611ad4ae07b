#!/usr/bin/env bats
# wl-run's $(scratch) and $(port): directories in memory, and ports, that are
# there while cases are measured, and nothing of them afterwards.
#
# The $ in single quotes are for workloads and jq; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# The directories of a wl-run, which is $RUN or of the number given.
scratch_of() {
	find /dev/shm -maxdepth 1 -name "plumbline-run-${1-$RUN}-*"
}

no_scratch_left() {
	scratch_of "$@" >scratch_left
	cat scratch_left >&2
	[ ! -s scratch_left ]
}

# Runs the cases of stdin: in_memory STATUS [ARGUMENT ...]; nothing is left.
in_memory() {
	expect "$1" sh -c 'echo $$ >pid; exec wl-run --no-table "$@"' sh "${@:2}"
	no_scratch_left "$(cat pid)"
}

ports='"services":[{"command":["sleep","1000"],"ports":["port","api_port"]}]'

@test "wl-run: tmpfs is a directory in memory, in texts and in the environment" {
	exec=$(
		tr -d '\n' <<-END
			"tmpfs":true,"cwd":"\$(scratch)","env":{"DATA":"\$(scratch)/d"},
			"setup":["sh","-c","echo in >\$WL_scratch/in"],
			"stdin":"\$(scratch)/in","stdout":"\$(scratch)/out",
			"conclude":["sh","-c","cat \$1 >>$PWD/outs","sh","\$(scratch)/out"]
		END
	)
	record a "$(jq -nc --arg seen "$PWD/seen" '["sh", "-c",
		"echo \"$1 $WL_scratch $PWD $DATA\" >>\"$2\"; cat; stat -f -c %T .",
		"sh", "$(scratch)", $seen]')" "$exec" >stdin
	in_memory 0 -n 2 -w 0
	trials_are 'map(.status) == ["ok", "ok"]'
	dir=$(cut -d' ' -f1 seen | sort -u)
	case $dir in
	/dev/shm/plumbline-run-"$(cat pid)"-??????/0) ;;
	*) false ;;
	esac
	[ "$(sort -u seen)" = "$dir $dir $dir $dir/d" ]
	[ "$(sort -u outs)" = "$(printf 'in\ntmpfs')" ]
	# The record of the case says what was asked for.
	out_json '.[1].exec.cwd == "$(scratch)"'
}

@test "wl-run: a scratch directory is that of one case and variant, from setup to cleanup" {
	script a 'ls; echo a >a' "$(
		tr -d '\n' <<-END
			"tmpfs":true,"cwd":"\$(scratch)","stdout":"$PWD/a.out",
			"setup":["touch","made"],"cleanup":["cp","-r",".","$PWD/kept"]
		END
	)" >stdin
	script b '[ -z "$(ls)" ] && echo b >b && rm b' '"tmpfs":true,"cwd":"$(scratch)"' >>stdin
	script c '[ -z "$WL_scratch" ]' >>stdin
	WL_scratch=old in_memory 0 -n 3 -w 0
	trials_are 'map(.status) | unique == ["ok"]'
	[ "$(ls kept)" = "$(printf 'a\nmade')" ]
	[ "$(cat a.out)" = "$(printf 'a\nmade')" ]
	mkdir one two
	script d 'echo "$WL_VARIANT $WL_scratch" >>../where; [ ! -e "$WL_scratch/x" ] || [ "$(cat "$WL_scratch/x")" = "$WL_VARIANT" ]; echo "$WL_VARIANT" >"$WL_scratch/x"' \
		'"tmpfs":true' >stdin
	in_memory 0 -n 3 -w 0 -V one=one -V two=two
	trials_are 'map(.status) == ["ok", "ok", "ok", "ok", "ok", "ok"]'
	[ "$(sort -u where | wc -l)" -eq 2 ]
}

@test "wl-run: what is in a scratch directory is removed, however it is locked up" {
	script a 'mkdir -p d/e/f && touch d/e/f/g && chmod 0 d/e/f d/e d; ln -s '"$PWD"'/precious link; exit 3' \
		'"tmpfs":true,"cwd":"$(scratch)"' >stdin
	mkdir precious
	touch precious/file
	in_memory 1 -n 1 -w 0
	ignore_err
	[ -e precious/file ]
	trial_is exit
	[ "$(id -u)" -eq 0 ] || return 0
	chmod 777 .
	expect 1 setpriv --reuid=nobody --clear-groups sh -c \
		'echo $$ >pid.nobody; exec wl-run --no-table "$@"' sh -n 1 -w 0
	ignore_out
	ignore_err
	no_scratch_left "$(cat pid.nobody)"
}

@test "wl-run: a scratch directory does not outlive an interrupt or a kill" {
	local signal status

	script a 'touch "$WL_scratch/x" ready; exec sleep '"$mark" '"tmpfs":true' >stdin
	for signal in INT TERM KILL runner both; do
		rm -f ready
		start -n 1 -w 0
		until_true [ -e ready ]
		[ -n "$(scratch_of)" ]
		RUNNER=$(pgrep -P "$RUN" -x wl-run | head -n 1)
		case $signal in
		INT) kill -INT "$RUN" && status=130 ;;
		TERM) kill -TERM "$RUN" && status=143 ;;
		KILL) kill -KILL "$RUN" && status=137 ;;
		runner) kill -KILL "$RUNNER" && status=2 ;;
		both) kill -KILL "$RUN" "$RUNNER" && status=137 ;;
		esac
		finish "$status"
		ignore_out
		ignore_err
		until_true nobody_alive
		[ "$signal" = both ] || until_true no_scratch_left
	done
	# Of two that were killed at once, the next run removes what is left.
	killed=$RUN
	[ -n "$(scratch_of)" ]
	script a true '"tmpfs":true' >stdin
	in_memory 0 -n 1 -w 0
	ignore_out
	no_scratch_left "$killed"
}

@test "wl-run: a run leaves the scratch directories of another one alone" {
	script a 'touch "$WL_scratch/x" ready; until [ -e go ]; do sleep 0.02; done; [ -e "$WL_scratch/x" ]' \
		'"tmpfs":true' >stdin
	start -n 1 -w 0
	until_true [ -e ready ]
	script b true '"tmpfs":true' >other
	wl-run -n 1 -w 0 other >/dev/null
	[ -n "$(scratch_of)" ]
	touch go
	finish 0
	trial_is ok
	no_scratch_left
}

@test "wl-run: ports are free, apart from each other, and not those that a client is given" {
	record a '["sh","-c","echo $1 $2 $WL_port $WL_api_port >>ports","sh","$(port)","at:$(api_port)."]' \
		"$ports" >stdin
	record b '["sh","-c","echo $1 $2 $WL_port $WL_api_port >>other","sh","$(port)","at:$(api_port)."]' \
		"$ports,\"cwd\":\".\"" >>stdin
	once 0
	trials_are 'map(.status) == ["ok", "ok"]'
	read -r low high </proc/sys/net/ipv4/ip_local_port_range
	while read -r one two three four; do
		[ "$one" -eq "$three" ]
		[ "$two" = "at:$four." ]
		for port in "$one" "$four"; do
			echo "$port" >>all
			[ "$port" -ge 10000 ] && [ "$port" -le 65535 ]
			[ "$port" -lt "$low" ] || [ "$port" -gt "$high" ]
			! ss -Hltn "sport = :$port" | grep -q .
		done
	done < <(cat ports other)
	[ "$(sort -u all | wc -l)" -eq 4 ]
}

@test "wl-run: a command for the shell has its ports in the environment only" {
	record a '["/bin/sh","-c","port() { echo called; }; echo $(port) $WL_port >seen"]' "$ports" >stdin
	once 0
	trial_is ok
	grep -Eqx 'called [0-9]+' seen
	# A name that is none stays as it is.
	record a '["sh","-c","echo \"$1\" >seen","sh","$(scratch)$(port"]' "$ports" >stdin
	once 0
	trial_is ok
	[ "$(cat seen)" = '$(scratch)$(port' ]
}
