#!/usr/bin/env bats
# wl-run --monitor: what a trial uses in the course of time.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2154,SC2317

load helper
load wl-run

# A case whose command is perl: perl_case NAME TEXT [EXEC]
perl_case() {
	record "$1" "$(jq -nc --arg text "$2" '["perl", "-e", $text]')" "${3-}"
}

# A perl that works for so much processor time, in s, and marks its arguments.
spinner() {
	printf 'perl -e "1 while (times)[0] < %s" %s' "$1" "$mark"
}

# A jq condition on the list of the series of a metric.
series_are() {
	out_json "map(select(.type == \"series\" and .metric == \"$1\")) | $2"
}

# jq functions: the time that a series of shares comes to, in ns; the sum of a
# series; the value of the one sample of a metric.
jq_tools='def busy: [[0] + .t, .t, .value] | transpose |
		map(select(.[2]) | (.[1] - .[0]) * .[2] / 100) | add;
	def total: .value | add;
	def of(f; m): map(select(.type == f and .metric == m));
	def one(m): of("sample"; m)[0].value;'

stream_is() {
	out_json "$jq_tools $1"
}

@test "wl-run: --monitor wants a time" {
	expect 2 wl-run --monitor
	err_has "option '--monitor' requires an argument"
	expect 2 wl-run --monitor soon
	err_is "wl-run: --monitor: not a time such as 2, 500ms or 1m: soon
Try 'wl-run --help'."
	expect 2 wl-run --monitor 0
	err_has '--monitor: must be from 0.001s to 3600s: 0'
	expect 2 wl-run --monitor 0.5ms
	err_has '--monitor: must be from 0.001s to 3600s: 0.5ms'
	expect 2 wl-run --monitor 61m
	err_has '--monitor: must be from 0.001s to 3600s: 61m'
}

@test "wl-run: without --monitor there are no series" {
	script c 'sleep 0.2' >stdin
	once 0
	out_json 'all(.type != "series")'
}

@test "wl-run: a trial that is monitored has six series, behind its samples" {
	script c 'sleep 0.5' >stdin
	once 0 --monitor 0.1
	series_are cpu 'length == 1 and .[0].unit == "%"'
	out_json 'map(select(.type == "series")) |
		map([.metric, .unit]) == [["cpu", "%"], ["rss", "B"],
			["disk_read", "B"], ["disk_written", "B"],
			["net_received", "B"], ["net_sent", "B"]] and
		all(.case == "c" and .round == 1 and .variant == null and
			(.t | length) == (.value | length) and
			.t == (.t | sort) and .t[0] > 0 and
			all(.value[]; . >= 0))'
	# All of them belong to the trial.
	out_json 'map(.type) as $types | ($types | index("trial")) as $at |
		.[$at].records as $n |
		($types[$at + 1:$at + 1 + $n] | unique) == ["sample", "series"] and
		($types[$at + 1:$at + 1 + $n] == ($types[$at + 1:$at + 1 + $n] |
			sort)) and $types[$at + 1 + $n:] == ["end"]'
	# The intervals are those that were asked for; the last one is not long.
	stream_is 'one("wall_time") as $wall | of("series"; "cpu")[0] |
		(.t | length) >= 2 and .t[0] > 8e7 and (.t[-1] - $wall | fabs) < 1 and
		(.t[-1] - .t[-2]) > 4e7'
	# Of memory nothing is seen at the end.
	stream_is 'one("wall_time") as $wall | of("series"; "rss")[0] |
		.t[-1] < $wall and all(.value[]; . > 100000)'
}

@test "wl-run: a trial that is shorter than the interval has no series" {
	script c 'sleep 0.05' >stdin
	once 0 --monitor 10
	out_json 'all(.type != "series")'
}

@test "wl-run: a case's own interval goes before that of --monitor" {
	{
		script own 'sleep 0.6' '"monitor_s":0.05'
		script other 'sleep 0.6'
		script never 'sleep 0.6' '"monitor_s":5'
	} >stdin
	once 0 --monitor 200ms
	series_are rss 'map({(.case): .t[0]}) | add |
		(keys == ["other", "own"]) and .own < .other and .other > 1.5e8'
	grep -v other stdin >one
	mv one stdin
	once 0
	series_are rss 'map(.case) == ["own"]'
}

@test "wl-run: only good, measured trials have series" {
	script warm 'sleep 0.2' >stdin
	expect 0 wl-run -w 1 -n 2 --monitor 50ms
	series_are rss 'map(.round) == [1, 2]'
	{
		script bad 'sleep 0.2; exit 1'
		script hook true '"prepare":["sleep","0.2"]'
		script late 'sleep 20' '"timeout_s":0.2'
	} >stdin
	once 1 --monitor 50ms
	ignore_err
	out_json 'all(.type != "series")'
	trials_are 'map([.case, .records > 0]) | sort ==
		[["bad", false], ["hook", true], ["late", false]]'
}

@test "wl-run: a metric that is made of a series is not one to report" {
	script c 'sleep 0.2' '"monitor_s":0.05' \
		'"metrics":[{"name":"peak","from":"rss.peak"},{"name":"cpu.mean"}]' \
		>stdin
	once 0
	trials_are 'map(.status) == ["ok"]'
	script c 'sleep 0.2' '"monitor_s":0.05' \
		'"metrics":[{"name":"pss.peak"}]' >stdin
	once 1
	err_has 'did not report the metric pss.peak'
	trials_are 'map(.status) == ["expect"]'
}

@test "wl-run: series have the variant and the round of their trial" {
	mkdir one two
	script c 'sleep 0.2' >stdin
	expect 0 wl-run -n 2 -w 0 --monitor 50ms -V base=one -V head=two
	series_are rss 'map([.variant, .round]) | sort ==
		[["base", 1], ["base", 2], ["head", 1], ["head", 2]]'
}

@test "wl-run: memory that grows is seen to grow" {
	perl_case c 'for (1 .. 10) {
			push @x, "x" x 5_000_000;
			select undef, undef, undef, 0.1;
		}' >stdin
	once 0 --monitor 50ms
	# The last look may meet the process as it gives its memory back.
	series_are rss '.[0].value | length >= 3 and (.[:-1] | . == sort) and
		max - .[0] > 3e7 and max < 9e7'
	stream_is 'one("max_rss") as $most | of("series"; "rss")[0].value |
		max <= $most + 4e6'
}

@test "wl-run: what spins is busy, and what sleeps is not" {
	{
		script spin "$(spinner 0.5)"
		script sleep 'sleep 0.5'
	} >stdin
	once 0 --monitor 50ms
	# The machine may have others to serve, but no time is lost or made up.
	stream_is 'map(select(.case == "spin")) | one("cpu_time") as $cpu |
		of("series"; "cpu")[0] | (.value | max) > 30 and
		(.value | min) < 130 and (busy - $cpu | fabs) < 4e7'
	series_are cpu 'map(select(.case == "sleep"))[0].value | add / length < 20'
}

@test "wl-run: a grandchild that spins is counted" {
	script c "($(spinner 0.3)) & ($(spinner 0.3)) & wait" >stdin
	once 0 --monitor 50ms
	stream_is 'of("series"; "cpu")[0] | busy > 5.5e8'
	series_are rss '.[0].value | max > 4e6'
}

# A daemon is no child of the command any more, and nobody waits for it.
daemon_is_counted() {
	script c "setsid sh -c '($(spinner 0.3); : >finished; sleep 100) &' &
		until [ -e finished ]; do sleep 0.02; done" >stdin
	rm -f finished
	once 0 --monitor 50ms
	stream_is 'of("series"; "cpu")[0] | busy > 2.5e8'
	nobody_alive
}

@test "wl-run: a daemon that spins is counted" {
	daemon_is_counted
}

# The path of a machine that gives us no control group.
without_groups() {
	unshare "$@" sh -c 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"' - \
		wl-run -q -n 1 -w 0 --monitor 50ms
}

@test "wl-run: without a control group the tree is found, too" {
	local how=-m

	if ! unshare -m mount -t tmpfs none /sys/fs/cgroup 2>/dev/null; then
		how=-rm
		unshare -rm mount -t tmpfs none /sys/fs/cgroup 2>/dev/null ||
			skip 'no file system can be hidden here'
	fi
	{
		script fork "($(spinner 0.3)) & ($(spinner 0.3)) & wait"
		script many 'i=0; while [ $i -lt 200 ]; do
			env true; i=$((i + 1)); done'
	} >stdin
	expect 0 without_groups $how
	run_is '.caps.cgroup == "none"'
	# Of what has ended the kernel tells hundredths of a second.
	stream_is 'map(select(.case == "fork")) |
		of("series"; "cpu")[0] | busy > 5.5e8'
	stream_is 'map(select(.case == "many")) | one("cpu_time") as $cpu |
		of("series"; "cpu")[0] | (busy - $cpu | fabs) < 5e7'
	series_are rss 'map(select(.case == "fork"))[0].value | max > 4e6'
}

@test "wl-run: what is written to a disk is seen" {
	script c 'sleep 0.1
		dd if=/dev/zero of=file bs=64k count=32 conv=fsync 2>&1
		sleep 0.1' >stdin
	once 0 --monitor 50ms
	stream_is 'one("block_output") > 0 or halt_error(9)' ||
		skip 'the files of this test are on no disk'
	stream_is 'one("block_output") as $out | of("series"; "disk_written")[0] |
		total >= 2097152 and total == $out'
}

@test "wl-run: what goes through the network is seen" {
	perl_case c 'use IO::Socket::INET;
		$l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)
			or die;
		$a = IO::Socket::INET->new(PeerAddr => "127.0.0.1",
			PeerPort => $l->sockport) or die;
		$b = $l->accept;
		for (1 .. 20) {
			syswrite $a, "x" x 50_000;
			for ($n = 50_000; $n > 0;) { $n -= sysread $b, $x, $n }
			select undef, undef, undef, 0.01;
		}' >stdin
	once 0 --monitor 50ms
	stream_is '(of("series"; "net_sent")[0] | total >= 1e6) and
		(of("series"; "net_received")[0] | total >= 1e6)'
}

@test "wl-run: a long trial keeps its shape with fewer looks" {
	perl_case c '$n = 30_000_000; select undef, undef, undef, 3;
		$x = "x" x $n; select undef, undef, undef, 3' >stdin
	once 0 --monitor 1ms
	# Whether there was time for 1024 looks is for the machine to say.
	stream_is 'one("wall_time") as $wall | of("series"; "rss")[0] |
		(.t | length) as $n | $n > 100 and $n <= 1024 and
		.t == (.t | unique) and .t[0] < 1e9 and .t[-1] > $wall - 1e9 and
		([.t, .value] | transpose |
			all(.[0] > 3e9 or .[1] < 3e7) and
			all(.[0] < $wall - 2.5e9 or .[1] > 3e7))'
}

@test "wl-run: nothing is left when a process of it is killed as it looks" {
	local victim runner

	for victim in guard runner; do
		script c "sh -c 'sleep 100 $mark' & sleep 100; : $mark" >stdin
		start --monitor 1ms
		until_true alive
		runner=$(pgrep -P "$RUN" -x wl-run)
		if [ $victim = guard ]; then
			kill -KILL "$RUN"
			wait "$RUN" || true
		else
			kill -KILL "$runner"
			finish 2
		fi
		ignore_out
		ignore_err
		until_true nobody_alive
		until_true ended "$runner"
	done
}

@test "wl-run: a signal is heard at once while it monitors" {
	local from

	script c "sleep 100; : $mark" >stdin
	start --monitor 1h
	until_true alive
	from=$SECONDS
	kill -TERM "$RUN"
	finish 143
	ignore_err
	[ $((SECONDS - from)) -le 10 ]
	nobody_alive
	out_json '.[-1].complete == false and all(.type != "series")'
}

@test "wl-run: series leave every other metric as it was" {
	local of_series='"type":"series"|"metric":"[a-z_]*\.(mean|peak|area|slope)"'

	script c 'sleep 0.1' >stdin
	expect 0 wl-run -n 10 -w 0 --monitor 20ms
	series_are rss 'length == 10'
	cp out with
	grep -v '"type":"series"' with >without
	stat-agg with >with.sum
	stat-agg without >without.sum
	grep -q '"metric":"rss.mean"' with.sum
	cmp without.sum <(grep -Ev "$of_series" with.sum)
	cmp-baseline with.sum >with.cmp
	cmp-baseline without.sum >without.cmp
	cmp without.cmp <(grep -Ev "$of_series" with.cmp)
	mk-baseline -q -b with.base with.sum
	mk-baseline -q -b without.base without.sum
	cmp without.base <(grep -Ev "$of_series" with.base)
}
