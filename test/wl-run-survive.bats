#!/usr/bin/env bats
# wl-run survives its workloads: whatever they do to it or to themselves, the
# stream is whole, and no process, group, mount or file of ours is left.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# Runs the cases of stdin to their end: survive STATUS [ARGUMENT ...]; then
# looks at what is left. What is in `by`, such as setpriv, runs it.
by=()
survive() {
	prepare_to_look
	TMPDIR=$PWD/tmp expect "$1" "${by[@]}" \
		sh -c 'echo $$ >&9; exec wl-run --no-table "$@" 9>&-' \
		sh "${@:2}" 9>pid
	nothing_left "$(cat pid)"
	stream_is_whole
}

# Other runs, killed long ago, can have had our number.
all_groups() { find /sys/fs/cgroup -name '*plumbline-*' 2>/dev/null | sort; }

prepare_to_look() {
	mkdir -p -m 1777 tmp
	all_groups >groups
}

nothing_left() {
	nobody_alive
	{
		all_groups | comm -13 groups - | grep "plumbline-run-$1-" || true
		grep plumbline /proc/self/mountinfo || true
		find tmp -mindepth 1
	} >left
	cat left >&2
	[ ! -s left ]
}

# A run, all lines of it JSON, and an end.
stream_is_whole() {
	out_json '.[0].type == "run" and .[-1].type == "end" and
		.[-1].complete'
}

# What the memory files of a process hold at most, in MiB, until it ends: it is
# written to `peak`.
watch_memory() {
	perl -e 'my ($pid, $most) = (shift, 0);
		while (kill 0, $pid) {
			my $used = 0;
			for my $fd (glob "/proc/$pid/fd/*") {
				readlink($fd) =~ /memfd:plumbline/ or next;
				$used += (stat $fd)[12] * 512;
			}
			$most = $used if $used > $most;
			select undef, undef, undef, 0.002;
		}
		printf "%d\n", $most >> 20' "$1" >peak
}

# Runs a case while its memory files are watched: watched STATUS [ARGUMENT ...]
# It waits for the file `go`.
watched() {
	prepare_to_look
	TMPDIR=$PWD/tmp start -n 1 -w 0 "${@:2}"
	until_true pgrep -P "$RUN" -x wl-run
	watch_memory "$(pgrep -P "$RUN" -x -o wl-run)" &
	touch go
	finish "$1"
	wait $!
	nothing_left "$RUN"
	stream_is_whole
}

until_go='until [ -e go ]; do sleep 0.02; done; '

# --- output ---

@test "wl-run: 10 GB on stderr take no memory, and their end is shown" {
	script a "$until_go"'head -c 10G /dev/zero >&2; seq 9999 >&2; exit 3' >stdin
	watched 1
	err_has '  the last 4 KiB of its stderr:'
	err_has '  | 9999'
	[ "$(grep -c '  | ' err)" -ge 800 ]
	[ "$(cat peak)" -lt 2500 ]
	trial_is exit
}

@test "wl-run: 10 GB on a stdout that is read end the trial" {
	script a "$until_go"'head -c 10G /dev/zero; echo >finished' '"stdout":"capture"' >stdin
	watched 1
	[ ! -e finished ]
	err_has 'it wrote more than 256 MiB to its standard output, which is read'
	[ "$(cat peak)" -lt 2500 ]
	trial_is expect 'more than 256 MiB'
}

@test "wl-run: a file that stdout goes to and is read has the same limit" {
	script a 'truncate -s 257M here; cat here' \
		'"stdout":"out.txt","expect":{"regex":"x"}' >stdin
	survive 1 -n 1 -w 0
	trial_is expect 'more than 256 MiB'
	err_has 'more than 256 MiB'
	# What nobody reads has none.
	script a 'cat here' '"stdout":"out.txt"' >stdin
	survive 0 -n 1 -w 0
	trial_is ok
	[ "$(stat -c %s out.txt)" -eq $((257 << 20)) ]
}

@test "wl-run: 10 GB of a daemon's, while it has its grace" {
	script a "$until_go (trap '' TERM; setsid dd if=/dev/zero bs=1M count=10000 status=none) >&2 & exec sleep $mark" \
		'"timeout_s":1' >stdin
	watched 1 -g 6
	[ "$(cat peak)" -lt 2500 ]
	err_has 'still running after 1 s'
	trial_is timeout
}

@test "wl-run: a stdout that is closed, or that is full" {
	{
		script closed 'exec >&- 2>&-; echo lost; true'
		script silent 'exec >&- 2>&-; exit 0' '"expect":{"regex":"x"}'
		script full 'echo lost; exit $?' '"stdout":"/dev/full"'
	} >stdin
	survive 1 -n 1 -w 0
	trials_are 'map([.case, .status]) | sort == [["closed", "ok"],
		["full", "exit"], ["silent", "expect"]]'
	err_has 'full: measure: exited'
	err_has 'silent: measure: its output does not match x'
}

# --- stopping, ignoring, escaping ---

@test "wl-run: nobody reads its stdout, and it is to end" {
	# More than a pipe holds.
	record a "$(jq -nc '["seq", "-f", "{\"metric\":\"m\",\"value\":%g}", "30000"]')" \
		'"stdout":"capture","cleanup":["touch","cleaned"]' >stdin
	mkfifo pipe
	exec 7<>pipe
	env --default-signal=INT wl-run --no-table -n 5 -w 0 <stdin >pipe 2>err 3>&- 7>&- &
	RUN=$!
	until_true grep -q pipe_write "/proc/$(pgrep -P "$RUN" -x wl-run)/wchan" || sleep 1
	kill -TERM "$RUN"
	sleep 1.2
	[ ! -e cleaned ]
	kill -TERM "$RUN"
	finish 2
	err_is 'wl-run: stdout: nobody reads it, and the run is to end'
	exec 7>&-
	[ -e cleaned ]
	no_group_left
}

@test "wl-run: a workload that stops the guard" {
	script a 'kill -STOP $(sed -n "s/^PPid:\t//p" /proc/$PPID/status)' >stdin
	start -n 2 -w 0
	finish 0
	trials_are 'map(.status) == ["ok", "ok"]'
	no_group_left
}

@test "wl-run: a command that stops itself is ended after the grace" {
	{
		script a "sleep $mark & kill -STOP \$\$; echo >went-on"
		script b 'true' '"setup":["sh","-c","kill -STOP $$"]'
	} >stdin
	survive 1 -n 1 -w 0 -g 0.3
	[ ! -e went-on ]
	err_has 'wl-run: a: measure: stopped by signal 19 (Stopped (signal)), and did not go on'
	err_has 'wl-run: b: setup: stopped by signal 19 (Stopped (signal)), and did not go on'
	trials_are 'map([.status, .signal]) | unique == [["signal", 19]]'
	trials_are 'map(.elapsed >= 0.3e9 and .elapsed < 10e9) | all'
}

@test "wl-run: a command that is stopped, and goes on, is good" {
	script a '(sleep 0.3; kill -CONT $$) & kill -STOP $$; sleep 1; kill -STOP $$; true' >stdin
	script b '(for i in 1 2 3; do sleep 0.2; kill -CONT $$; done) & kill -STOP $$; kill -STOP $$; kill -STOP $$; echo >>went-on' >stdin
	survive 0 -n 2 -w 0 -g 2
	trials_are 'map(.status) == ["ok", "ok"]'
	[ "$(wc -l <went-on)" -eq 2 ]
}

@test "wl-run: a command that reads from the terminal is stopped, and ended" {
	script a 'read -r x </dev/tty; echo >went-on' >cases.jsonl
	prepare_to_look
	TMPDIR=$PWD/tmp command script -qec 'echo $$ >pid; exec wl-run \
		--no-table -g 0.3 -n 1 -w 0 cases.jsonl >out 2>err' \
		/dev/null >/dev/null </dev/null || true
	[ ! -e went-on ]
	nothing_left "$(cat pid)"
	stream_is_whole
	err_has 'stopped by signal 21 (Stopped (tty input)), and did not go on'
	trial_is signal
}

@test "wl-run: a timeout ends what has stopped somewhere in the tree" {
	script a "sh -c 'sh -c \"kill -STOP \\\$\\\$\" $mark' $mark; true" \
		'"timeout_s":0.5' >stdin
	survive 1 -n 1 -w 0 -g 0.1
	trial_is timeout
	ignore_err
}

@test "wl-run: no tree is too deaf, too deep or too far away to be ended" {
	local away='use POSIX; POSIX::setsid(); $SIG{TERM} = $SIG{INT} = $SIG{HUP} = "IGNORE"; if (fork) { exit } setpgrp; open my $f, ">>", "ready"; print $f "x\n"; close $f; sleep shift'
	{
		script daemon "perl -e '$away' $mark; true"
		script hang "trap '' TERM INT HUP; perl -e '$away' $mark; sleep $mark" \
			'"timeout_s":0.5'
		script nested "for i in 1 2 3 4 5; do (perl -e '$away' $mark &); done; true"
		script session "exec setsid sh -c 'perl -e '\\''$away'\\'' $mark; true'"
	} >stdin
	survive 1 -n 3 -w 1 -g 0.1
	ignore_err
	trials_are 'group_by(.case) | map([.[0].case, (map(.status) | unique)]) ==
		[["daemon", ["ok"]], ["hang", ["timeout"]], ["nested", ["ok"]],
		 ["session", ["ok"]]]'
	[ -s ready ]
}

@test "wl-run: a command that leaves its process group for ours" {
	script a 'perl -e '\''POSIX::setpgid(0, getpgrp(getppid())); sleep shift'\'' '"$mark"' & true' >stdin
	survive 0 -n 1 -w 0
	trial_is ok
}

# --- what is taken away ---

@test "wl-run: a command that deletes the directory it is in" {
	mkdir gone
	script a 'rm -r "$PWD"' '"cwd":"gone","conclude":["true"],"cleanup":["true"]' >stdin
	survive 1 -n 2 -w 0
	trials_are 'map(select(.phase == "measure") | .status) == ["ok", "spawn"]'
	err_has 'wl-run: a: measure: gone: No such file or directory'
	err_has 'wl-run: a: cleanup: gone: No such file or directory'
	# And where it is ours, too.
	mkdir home
	script a 'rmdir "$PWD"; true' '"conclude":["true"]' >stdin
	by=(env -C home)
	survive 0 -n 2 -w 0
	[ ! -e home ]
	trials_are 'map(.status) == ["ok", "ok"]'
}

@test "wl-run: a command that replaces its program while it runs" {
	# $0 is renamed away and written anew; the next trial runs the new one.
	printf '#!/bin/sh\necho old >>log\ncp next new; mv new program\necho kept >>log\n' >program
	printf '#!/bin/sh\necho new >>log\n' >next
	chmod +x program next
	record a '["./program"]' >stdin
	survive 0 -n 2 -w 0
	printf 'old\nkept\nnew\n' | diff - log
	# One that is gone, and one that is open for writing.
	printf '#!/bin/sh\nrm program\n' >program
	chmod +x program
	survive 1 -n 2 -w 0
	err_is 'wl-run: a: measure: ./program: No such file or directory'
	trials_are 'map(.status) == ["ok", "spawn"]'
	cp "$(command -v sleep)" program
	script a 'exec 9>>program; ./program 0; [ $? -eq 126 ]' >stdin
	survive 0 -n 1 -w 0
	trial_is ok
}

@test "wl-run: a directory without rights" {
	mkdir shut
	{
		record a '["true"]' '"cwd":"nowhere"'
		record b '["true"]' '"cwd":"/etc/passwd"'
	} >stdin
	survive 1 -n 1 -w 0
	err_has 'a: measure: nowhere: No such file or directory'
	err_has 'b: measure: /etc/passwd: Not a directory'
	trials_are 'map(.status) | unique == ["spawn"]'
	if [ "$(id -u)" -eq 0 ]; then
		by=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		"${by[@]}" test -x "$(type -P wl-run)" || skip "nobody cannot run it"
	fi
	chmod 0 shut
	record a '["true"]' '"cwd":"shut"' >stdin
	survive 1 -n 1 -w 0
	err_is 'wl-run: a: measure: shut: Permission denied'
	trial_is spawn
}

# --- the clock ---

@test "wl-run: a clock that is set back an hour does not matter" {
	! has_sanitizer || skip "it has a clock of its own"
	cat >clock.c <<-'END'
		#define _GNU_SOURCE
		#include <fcntl.h>
		#include <sys/syscall.h>
		#include <sys/time.h>
		#include <time.h>
		#include <unistd.h>

		int
		clock_gettime(clockid_t clock, struct timespec *t)
		{
			static int asked;
			int result = (int)syscall(SYS_clock_gettime, clock, t);

			if (!asked)
				asked = open("asked", O_CREAT | O_CLOEXEC, 0666);
			if (clock == CLOCK_REALTIME && !access("stepped", F_OK))
				t->tv_sec -= 3600;
			return result;
		}

		int
		gettimeofday(struct timeval *restrict tv, void *restrict zone)
		{
			struct timespec t;

			(void)zone;
			clock_gettime(CLOCK_REALTIME, &t);
			tv->tv_sec = t.tv_sec;
			tv->tv_usec = t.tv_nsec / 1000;
			return 0;
		}

		time_t
		time(time_t *out)
		{
			struct timespec t;

			clock_gettime(CLOCK_REALTIME, &t);
			if (out)
				*out = t.tv_sec;
			return t.tv_sec;
		}
	END
	mkdir bin
	cc -o bin/wl-run clock.c "$PLUMBLINE_BUILD"/obj/tools/wl-run*.o \
		"$PLUMBLINE_BUILD/libplumb.a" -ljansson -lmd -lm
	{
		script a '[ "$WL_ROUND" != 2 ] || sleep 0.05 && echo >stepped'
		script late "sleep $mark" '"timeout_s":0.3,"max_iterations":1,"min_iterations":1'
		record b '["sleep","0.05"]' '"budget_s":0.4,"min_iterations":1'
	} >stdin
	by=(env PATH="$PWD/bin:$PATH")
	survive 1 -w 0 -g 0.1
	[ -e asked ]
	[ -e stepped ]
	err_is 'wl-run: late: measure: still running after 0.3 s'
	trials_are 'map(.elapsed > 0 and .elapsed < 60e9) | all'
	samples_are wall_time 'map(.value > 0 and .value < 60e9) | all'
	samples_are spawn_time 'map(.value > 0 and .value < 60e9) | all'
	trials_are 'map(select(.case == "b")) | length >= 2 and length <= 9'
}
