#!/usr/bin/env bats

load helper
load hist

FILE=x86_64/$MACHINE_ID/20261121T013000Z-0123456789ab-r1.jsonl
COMMIT=0123456789abcdef0123456789abcdef01234567

# One run is filed, and where it is is said.
file_one() {
	run_of r1 100 $COMMIT >stdin
	expect 0 hist-add "$@"
	out_is "history/$FILE"
}

@test "hist-add: a run becomes a file, with its records but its trials and samples" {
	file_one
	{
		printf '{"type":"history","v":1,"run":"r1","time":"2026-11-21T01:30:00Z","commit":"%s","arch":"x86_64","target":"x86_64","machine":"%s","records":5}\n' \
			"$COMMIT" "$MACHINE_ID"
		grep -vE '"(trial|sample)"' stdin
	} | diff - "history/$FILE" >&2
	[ "$(cat history/.gitignore)" = $'index.sqlite*\n.plumbline.*' ]
	grep -q '^\*\.jsonl -text' history/.gitattributes
	index_is_right
	[ "$(sqlite3 history/index.sqlite "SELECT value FROM $POINTS")" = 100.0 ]
}

@test "hist-add: --all keeps all, --report where the report is, -d is another place" {
	run_of r1 100 $COMMIT >stdin
	expect 0 hist-add --all --report 'a "b"/report.html' -d some/where
	out_is "some/where/$FILE"
	sed 1d "some/where/$FILE" | diff - stdin >&2
	head -n 1 "some/where/$FILE" | jq -e '.report == "a \"b\"/report.html"'
	index_is_right some/where
}

@test "hist-add: several runs, each filed; and from files of another history" {
	{
		run_of r1
		run_of r2
		run_of r3
	} >stdin
	expect 0 hist-add --report one.html
	[ "$(wc -l <out)" -eq 3 ]
	ignore_out
	find history -name '*.jsonl' -print0 | xargs -0 cat >stdin
	expect 0 hist-add -d other
	ignore_out
	diff -r -x index.sqlite history other >&2
}

@test "hist-add: a run that was cut short, and what has no run" {
	{
		run_of r1
		run_of r2 | sed '$d'
	} >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:8: run r2 was cut short: --partial files it all the same'
	[ ! -e history ]
	expect 0 hist-add --partial
	[ "$(wc -l <out)" -eq 2 ]
	ignore_out
	run_of r3 | sed 's/"complete":true/"complete":false/' >stdin
	expect 2 hist-add
	err_has 'run r3 was cut short'
	run_of r4 | sed 1d >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:1: there is no run record before it'
	given '{"type":"run","time":"2026-11-21"}'
	expect 2 hist-add
	err_is 'hist-add: <stdin>:1: run is missing: it has no name'
	given '{"type":"run","run":"r"}'
	expect 2 hist-add
	err_is 'hist-add: <stdin>:1: time is missing: when was it run?'
	given '{"type":"strange"}'
	expect 2 hist-add
	err_is 'hist-add: there is no run to file'
}

@test "hist-add: what could not be read again is not filed" {
	run_of r1 1e300 >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:5: value is out of range'
	run_of r1 | sed 's/"severity"//; s/7}/7,"severity":"dire"}/' >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:2: unknown severity: dire'
	run_of r1 | sed 's/"time":"2026-11-21T01:30:00Z"/"time":"today"/' >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:1: time is no time as 2026-11-21T01:30:00Z: today'
	[ ! -e history ]
}

@test "hist-add: records of another run, after the end, or there twice are refused" {
	run_of r1 >one
	run_of r2 >two
	# As stat-agg leaves two runs: their summaries, then their ends.
	{
		grep -hv '"end"' one two
		grep -h '"end"' one two
	} | grep -v '"result"' >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:11: is of run r1, and comes after the run record of r2'
	grep -vh '"summary"' stdin >both
	expect 2 hist-add --partial both
	err_is 'hist-add: both:9: is of run r1, and comes after the run record of r2'
	sed 's/"type":"result"/&,"run":"r9"/' one >stdin
	expect 2 hist-add
	err_has '<stdin>:6: is of run r9'
	sed '5s/"session":"r1"/"session":"s"/' one >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:5: is of session s, and run r1 of r1'
	for line in "$(sed -n 5p one)" "$(sed -n 3p one)" '{"type":"note"}' \
		'{"type":"end"}'; do
		{
			cat one
			echo "$line"
			cat two
		} >stdin
		expect 2 hist-add
		err_is 'hist-add: <stdin>:8: comes after the end of run r1'
	done
	sed '5{p;s/"value":100/"value":101/}' one >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:6: case sort/n=1: metric wall_time is here twice'
	[ ! -e history ]
	# Of another variant it is another thing.
	sed '5{p;s/"metric"/"variant":"base","metric"/}' one >stdin
	expect 0 hist-add
	ignore_out
	# What is of no run may stand between two.
	{
		cat "history/$(sqlite3 history/index.sqlite 'SELECT file FROM run')"
		echo '{"type":"mark","kind":"change","case":"c"}'
		cat two
	} >stdin
	expect 0 hist-add
	ignore_out
}

@test "hist-add: the same run again is harmless, another one of that name is not" {
	file_one
	before=$(stat -c %i%y "history/$FILE")
	file_one --report other.html
	[ "$before" = "$(stat -c %i%y "history/$FILE")" ]
	run_of r1 101 $COMMIT >stdin
	expect 2 hist-add
	err_is "hist-add: <stdin>:1: run r1 is there already, and is not the same: history/$FILE"
	# Under another file name, too.
	run_of r1 100 >stdin
	expect 2 hist-add
	err_is "hist-add: <stdin>:1: run r1 is there already, and is not the same: history/$FILE"
	[ "$(find history -name '*.jsonl' | wc -l)" -eq 1 ]
}

@test "hist-add: where one run is refused none is filed" {
	file_one
	{
		run_of r2
		run_of r3
		run_of r1 101 $COMMIT
	} >stdin
	expect 2 hist-add
	err_is "hist-add: <stdin>:15: run r1 is there already, and is not the same: history/$FILE"
	[ "$(find history -name '*.jsonl' | wc -l)" -eq 1 ]
	{
		run_of r2
		run_of r2 101
	} >stdin
	expect 2 hist-add
	err_is 'hist-add: <stdin>:8: run r2 is at <stdin>:1, too, and is not the same'
	{
		run_of r2
		run_of r2
	} >stdin
	expect 0 hist-add
	[ "$(sort -u out | wc -l) $(wc -l <out)" = '1 2' ]
	ignore_out
}

@test "hist-add: a run whose file is damaged is not said to be another one" {
	file_one
	cp "history/$FILE" good
	for damage in '$d' '1s/"v":1/"v":2/' 's/r1/r9/g'; do
		sed "$damage" good >"history/$FILE"
		run_of r1 100 $COMMIT >stdin
		expect 2 hist-add
		err_has "hist-add: <stdin>:1: run r1: in its place is a file that is damaged, or of another run: history/$FILE"
	done
	cp good "history/$FILE"
	file_one
}

# What reaches the disk: a library of ours says what fsync is asked for.
@test "hist-add: directories that it makes, and runs that are there, outlive a crash" {
	local of

	cat >syncs.c <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <unistd.h>
		int
		fsync(int fd)
		{
			char link[50], path[4000];
			FILE *to = fopen(getenv("SYNCS"), "a");
			ssize_t n;

			snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
			n = readlink(link, path, sizeof path);
			fprintf(to, "%.*s\n", (int)n, path);
			fclose(to);
			return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
		}
	END
	${CC:-cc} -shared -fPIC -o syncs.so syncs.c -ldl || skip 'it cannot be built'
	add_and_see() {
		: >"$PWD/syncs"
		SYNCS=$PWD/syncs LD_PRELOAD=$PWD/syncs.so \
			ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 \
			hist-add -d some/history
	}
	run_of r1 100 $COMMIT >stdin
	expect 0 add_and_see
	out_is "some/history/$FILE"
	for of in '' /some /some/history /some/history/x86_64 \
		"/some/history/x86_64/$MACHINE_ID"; do
		grep -qxF "$PWD$of" syncs
	done
	# Who has put it there may not have waited for the disk.
	expect 0 add_and_see
	out_is "some/history/$FILE"
	grep -qxF "$PWD/some/history/$FILE" syncs
	grep -qxF "$PWD/some/history/x86_64/$MACHINE_ID" syncs
}

# Each writer is a process of its own, and all begin at once.
@test "hist-add: 200 at once, all there, and the index as one made anew" {
	for ((i = 0; i < 200; i++)); do run_of "r$i" "$i" >"run.$i"; done
	for ((i = 0; i < 200; i++)); do
		hist-add "run.$i" >"out.$i" 2>&1 &
	done
	wait
	[ "$(cat out.* | sort -u | wc -l)" -eq 200 ]
	cat out.* | while read -r path; do [ -f "$path" ]; done
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM run')" -eq 200 ]
	[ "$(sqlite3 history/index.sqlite "SELECT count(*), sum(value) FROM $POINTS")" = '200|19900.0' ]
	index_is_right
	[ -z "$(find history -name '.plumbline.*' -o -name '*.new*' -o -name '*-journal')" ]
}

# Whatever moment it is killed at, what it has said is there, and the next one
# finds nothing in its way.
@test "hist-add: kill -9 at any moment loses nothing that was reported" {
	for ((i = 0; i < 40; i++)); do
		run_of "r$i" "$i" >"run.$i"
		hist-add "run.$i" >"out.$i" 2>/dev/null &
		sleep "0.0$((RANDOM % 3))$((RANDOM % 10))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	cat out.* >said
	while read -r path; do
		[ -f "$path" ] || { echo "lost: $path" >&2 && return 1; }
	done <said
	run_of last >stdin
	expect 0 hist-add
	ignore_out
	index_is_right
	# All that is there under its name is whole.
	find history -name '*r*.jsonl' | while read -r path; do
		tail -n 1 "$path" | jq -e '.type == "end"' >/dev/null
	done
	[ -z "$(find history -name '.plumbline.*')" ]
}

@test "hist-add: files that come and go without it" {
	file_one
	run_of r2 >stdin
	expect 0 hist-add -d other
	ignore_out
	cp -r other/x86_64 history/
	run_of r3 >stdin
	expect 0 hist-add
	ignore_out
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM run')" -eq 3 ]
	rm "history/$FILE"
	run_of r4 >stdin
	expect 0 hist-add
	ignore_out
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM run')" -eq 3 ]
	run_of r5 | sed 's/"x86_64"/"arm64"/g' >stdin
	expect 0 hist-add
	ignore_out
	rm -r history/arm64
	expect 0 hist-get --runs
	out_json 'map(.run) == ["r2", "r3", "r4"]'
	index_is_right
}

# Points that are added are kept apart for 64 runs, a share of the series each.
@test "hist-add: the points of many runs come where their series are" {
	many_of() { # RUN
		run_of "$1" | jq -c 'if .type == "summary" then
			range(100) as $k | .metric = "m\($k)" | .value = $k else . end'
	}
	apart() {
		sqlite3 history/index.sqlite "SELECT count(*), count(DISTINCT run) FROM $1"
	}
	for i in {100..239}; do many_of "r$i"; done >stdin
	expect 0 hist-add
	ignore_out
	[ "$(apart "$POINTS")" = '14000|140' ]
	# Each series was folded twice, when the 128th run came or before.
	[ "$(apart 'point WHERE run <= 64')" = '6400|64' ]
	[ "$(apart 'recent WHERE run > 128')" != '0|0' ]
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) < 6500 FROM recent')" -eq 1 ]
	expect 0 hist-get --metric m17
	out_json 'map(select(.type == "point") | [.run, .value]) ==
		[range(100; 240) | ["r\(.)", 17]]'
	rm history/*/*/*-r{110,239}.jsonl
	expect 0 hist-get --metric m17
	out_json 'map(select(.type == "point").run) | length == 138 and
		index("r110") == null and index("r239") == null'
	index_is_right
}

@test "hist-add: an index that is damaged, of another version or none is made anew" {
	local damage

	file_one
	index_of >right
	for damage in empty cut program gone \
		'PRAGMA user_version = 9' \
		'ALTER TABLE point ADD COLUMN x' \
		'DROP TABLE mark' \
		'CREATE VIEW v AS SELECT 1' \
		scribble as_link; do
		damage_index "$damage" history/index.sqlite
		run_of r1 100 $COMMIT >stdin
		expect 0 hist-add
		out_is "history/$FILE"
		index_of | diff right - >&2
	done
	[ "$(cat precious)" = precious ]
	# One that is none, and that we do not take away.
	rm history/index.sqlite
	mkdir history/index.sqlite
	expect 2 hist-add
	err_is 'hist-add: history/index.sqlite: Is a directory'
	[ -d history/index.sqlite ]
}

@test "hist-add: a damaged file is named, and is in the way of --reindex only" {
	file_one
	run_of r2 >stdin
	expect 0 hist-add
	path=$(cat out)
	ignore_out
	cp "$path" good
	for damage in '$d' 1d 2d '2s/r2/r9/' '4s/{/[/' '1s/"v":1/"v":2/' '3s/"7"/"x"/;3s/:7/:"x"/'; do
		sed "$damage" good >"$path"
		run_of r1 100 $COMMIT >stdin
		expect 2 hist-add --reindex
		err_has "hist-add: $path:"
		expect 0 hist-add --reindex --skip-damaged
		err_has "hist-add: $path: skipped"
		[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM run')" -eq 1 ]
		expect 0 hist-add
		out_is "history/$FILE"
		err_has "hist-add: $path:"
	done
	: >"$path"
	expect 2 hist-add --reindex
	err_is "hist-add: $path:1: not a file of the history: it begins with no history record"
	head -c 300 good >"$path"
	expect 2 hist-add --reindex
	err_has "hist-add: $path:2: not JSON"
	cp good "$path"
	expect 0 hist-add --reindex
	index_is_right
}

# As after a merge of the histories of two machines.
@test "hist-add, hist-get: a run in two files with the same records counts once" {
	local dir=history/x86_64/$MACHINE_ID copy

	file_one
	for copy in "$dir/z.jsonl" "$dir/1.jsonl" history/x86_64/other.jsonl/b.jsonl; do
		mkdir -p "$(dirname "$copy")"
		sed '1s/}$/,"report":"elsewhere.html"}/' "history/$FILE" >"$copy"
		expect 0 hist-get
		out_json 'map(.type) == ["run", "case", "point"]'
	done
	index_is_right
	[ "$(sqlite3 history/index.sqlite 'SELECT file FROM run')" = "${dir#history/}/1.jsonl" ]
	# Whichever is left counts.
	for copy in "$dir/1.jsonl" history/x86_64/other.jsonl/b.jsonl "history/$FILE"; do
		rm "$copy"
		expect 0 hist-get
		out_json 'map(.type) == ["run", "case", "point"]'
		index_is_right
	done
	expect 0 hist-add --mark mute --case sort/n=1 --until 2027-01-01 --reason r
	cp "$(cat out)" history/marks/a.jsonl
	ignore_out
	expect 0 hist-get
	out_json 'map(.type) == ["run", "case", "mark", "point"]'
	index_is_right
}

@test "hist-add, hist-get: of two accounts of a run the first by name counts, if any" {
	local dir=history/x86_64/$MACHINE_ID other=z.jsonl says

	file_one
	for other in z.jsonl 1.jsonl; do
		sed 's/"value":100/"value":105/' "history/$FILE" >"$dir/$other"
		says="$dir/$other: run r1 is in history/$FILE, too, with other records"
		expect 2 hist-get
		err_is "hist-get: $says"
		says="$dir/$other: skipped: run r1 is in history/$FILE, too, with other records"
		[ $other = z.jsonl ] ||
			says="history/$FILE: skipped: run r1 is in $dir/$other, too, with other records"
		expect 0 hist-get --skip-damaged
		out_json "map(select(.type == \"point\" and .run == \"r1\").value) == [$([ $other = z.jsonl ] && echo 100 || echo 105)]"
		err_is "hist-get: $says"
		# It keeps nobody from filing another run, each time.
		for run in r2 r3; do
			run_of $run-$other >stdin
			expect 0 hist-add
			ignore_out
			err_is "hist-add: $says"
		done
		expect 0 hist-add --reindex
		err_is "hist-add: $says"
		index_of >index.is
		expect 0 hist-add --reindex --skip-damaged
		err_is "hist-add: $says"
		index_of | diff - index.is
		rm "$dir/$other"
		expect 0 hist-get
		out_json 'any(.run == "r1" and .value == 100)'
	done
}

@test "hist-add, hist-get: a store is copied, with its index" {
	local i

	for i in 1 2 3 4; do
		run_of "r$i" >stdin
		expect 0 hist-add
		ignore_out
	done
	expect 0 hist-add --mark mute --case sort/n=1 --until 2027-01-01 --reason r
	ignore_out
	cp -r history other
	# One of its files is another one, and one is in two.
	cp other/x86_64/*/*r1.jsonl other/x86_64/twin.jsonl
	sed -i 's/"value":100/"value":105/' other/x86_64/*/*r3.jsonl
	mkdir other/x86_64/m
	mv other/x86_64/twin.jsonl other/x86_64/m
	expect 0 hist-get -d other
	out_json 'map(select(.type == "point") | [.run, .value]) ==
		[["r1", 100], ["r2", 100], ["r3", 105], ["r4", 100]]'
	index_is_right other
	# Few are replaced, and few are gone.
	cp other/x86_64/*/*r3.jsonl new
	mv new other/x86_64/*/*r3.jsonl
	rm other/x86_64/*/*r1.jsonl
	expect 0 hist-get -d other
	out_json 'map(select(.type == "point").run) == ["r1", "r2", "r3", "r4"]'
	index_is_right other
}

@test "hist-add, hist-get: a file that was replaced or written into is read again" {
	file_one
	run_of r2 >stdin
	expect 0 hist-add
	ignore_out
	# As git does it, and with the time that the old one had.
	sed 's/"value":100/"value":105/' "history/$FILE" >new
	touch -r "history/$FILE" new
	mv new "history/$FILE"
	expect 0 hist-get
	out_json 'map(select(.type == "point").value) == [105, 100]'
	index_is_right
	sleep 3 # the stamps of directories count once they are old
	expect 0 hist-get
	ignore_out
	# As rsync --inplace does it: the directory does not change.
	sed 's/"value":105/"value":42/' "history/$FILE" >new
	before=$(stat -c %z history/x86_64/*)
	cat new >"history/$FILE"
	[ "$before" = "$(stat -c %z history/x86_64/*)" ]
	expect 0 hist-get
	out_json 'map(select(.type == "point").value) == [42, 100]'
	index_is_right
	sed '4d' new >"history/$FILE"
	expect 2 hist-get
	err_has "hist-get: history/$FILE:5: the file is cut short"
	expect 0 hist-get --skip-damaged
	out_json 'map(select(.type == "point").value) == [100]'
	err_has "hist-get: history/$FILE: skipped"
}

@test "hist-add: hostile names stay in their place, in files and in the index" {
	local long
	long=$(printf '%010000d' 0)

	while read -r name; do
		jq -cn --argjson n "$name" '
			{type: "run", run: $n, time: "2026-11-21T01:30:00Z", arch: $n, machine: $n, commit: $n, branch: $n, session: $n, target: $n},
			{type: "case", case: $n, workload: $n, id: $n, tags: [$n], metrics: [{name: $n, unit: $n}]},
			{type: "summary", case: $n, metric: $n, unit: $n, aggregator: $n, value: 1},
			{type: "summary", case: $n, metric: $n, unit: $n, variant: $n, aggregator: $n, value: 2},
			{type: "end", complete: true}' >stdin
		expect 0 hist-add --report "$(jq -r . <<<"$name")"
		path=$(cat out)
		ignore_out
		[ -f "$path" ]
		[[ $path =~ ^history/[A-Za-z0-9_.+@%~-]+/[A-Za-z0-9_.+@%~-]+/[A-Za-z0-9_.+@%~-]+\.jsonl$ ]]
		[ "$(sqlite3 history/index.sqlite "SELECT count(*) FROM run JOIN $POINTS AS p ON p.run = run.id WHERE file = '${path#history/}'")" -eq 2 ]
	done <<-END
		"'; DROP TABLE run; --"
		"../../../etc/passwd"
		".."
		"-rf"
		"a\nb\u001b[31m\u202e"
		"\"\\\\\u0001"
		"日本語"
		"$long"
	END
	index_is_right
	[ "$(find . -name '*.jsonl' | grep -cv '^./history/')" -eq 0 ]
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM run WHERE run = branch AND run = machine')" -eq 8 ]
}

@test "hist-add: nothing is written through a link, and links are no files" {
	mkdir -p elsewhere history
	ln -s ../elsewhere history/x86_64
	run_of r1 100 $COMMIT >stdin
	expect 2 hist-add
	err_is 'hist-add: history/x86_64: not a directory of the history'
	rm history/x86_64
	file_one
	run_of r2 >stdin
	expect 0 hist-add -d other
	path=$(cat out)
	ignore_out
	ln -s "$PWD/$path" "history/x86_64/$MACHINE_ID/link.jsonl"
	ln -s "$PWD/other/x86_64" history/linked
	expect 0 hist-add --reindex
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM run')" -eq 1 ]
	# The whole store may be somewhere else.
	mv history moved
	ln -s moved history
	file_one
	ln -s ../../elsewhere moved/marks
	expect 2 hist-add --mark mute --case c --until 2027-01-01 --reason r
	err_has 'history/marks: not a directory of the history'
}

# A file system of our own, where that can be had.
on_small_disk() {
	unshare -rm true 2>/dev/null || skip 'no name spaces here'
	unshare -rm sh -c "$@"
}

@test "hist-add: an architecture called as the history's own files are" {
	local arch

	for arch in marks index.sqlite index.sqlite.new; do
		run_of "of-$arch" | sed "s/\"x86_64\"/\"$arch\"/" | hist-add
	done
	index_is_right
	[ "$(hist-get --runs | jq -r .arch | sort | paste -sd ' ')" = \
		'index.sqlite index.sqlite.new marks' ]
}

@test "hist-add: --unmark removes nothing through a link" {
	mkdir history precious
	echo data >precious/notes.jsonl
	ln -s ../precious history/marks
	expect 2 hist-add --unmark notes
	err_has 'history/marks: not a directory of the history'
	[ -s precious/notes.jsonl ]
}

@test "hist-add, hist-get: a directory that cannot be read is named, and skipped" {
	local hidden
	local -a as=()
	[ "$(id -u)" -ne 0 ] ||
		as=(setpriv --bounding-set='-dac_override,-dac_read_search')
	"${as[@]}" true 2>/dev/null || skip 'its rights cannot be given up'
	file_one
	run_of r2 | sed 's/"x86_64"/"arm64"/g' >stdin
	expect 0 hist-add
	ignore_out
	for hidden in history/arm64 "history/arm64/$MACHINE_ID"; do
		chmod 0 "$hidden"
		expect 2 "${as[@]}" hist-get
		err_is "hist-get: $hidden: Permission denied"
		expect 0 "${as[@]}" hist-get --skip-damaged
		out_json 'map(select(.type == "point").run) == ["r1"]'
		err_is "hist-get: $hidden: skipped: Permission denied"
		run_of r1 100 $COMMIT >stdin
		expect 0 "${as[@]}" hist-add
		out_is "history/$FILE"
		err_is "hist-add: $hidden: skipped: Permission denied"
		expect 2 "${as[@]}" hist-add --reindex
		err_is "hist-add: $hidden: Permission denied"
		chmod 755 "$hidden"
		expect 0 hist-get
		out_json 'map(select(.type == "point")) | length == 2'
	done
	index_is_right
}

@test "hist-add: a full disk leaves nothing under the name of a run" {
	run_of r1 >small
	{
		run_of r2 | head -n 3
		head -c 300000 /dev/zero | tr '\0' ' ' | sed 's/^/{"type":"strange","x":"/; s/$/"}/'
		echo
		run_of r2 | sed 1,3d
	} >large
	on_small_disk '
		mkdir disk && mount -t tmpfs -o size=200k none disk &&
		hist-add -d disk small && hist-add -d disk large
		echo "status $?"
		find disk -name "*r2*" -o -name ".plumbline*"
		hist-add -d disk --reindex &&
		sqlite3 disk/index.sqlite "SELECT count(*) FROM run"' >said 2>&1
	grep -q 'hist-add: disk/.*: No space left on device' said
	[ "$(tail -n 2 said)" = $'status 2\n1' ]
}

@test "hist-add: a store that cannot be written" {
	file_one
	run_of r2 >two
	on_small_disk '
		mount --bind history history &&
		mount -o remount,ro,bind history history
		hist-add two' >said 2>&1 && return 1
	grep -qE 'hist-add: history.*: (Read-only file system|.*readonly)' said
	file_one
}

# --- marks ---

@test "hist-add: marks are files, one each, and name what they are of" {
	file_one
	expect 0 hist-add --mark change --case sort/n=1 --commit 0123456 --reason 'a "good" one'
	path=$(cat out)
	[[ $path =~ ^history/marks/2[0-9]{7}T[0-9]{6}Z-[0-9a-f]{8}\.jsonl$ ]]
	ignore_out
	jq -e --arg id "$(basename "$path" .jsonl)" '.type == "mark" and
		.mark == $id and .kind == "change" and .case == "sort/n=1" and
		.commit == "'$COMMIT'" and .time == "2026-11-21T01:30:00Z" and
		.reason == "a \"good\" one" and .by and .made and
		(has("until") or has("metric")) == false' "$path"
	expect 0 hist-add --mark change --case sort/n=1 --run r1 --reason r \
		--metric wall_time --arch a --target t --machine m --branch b
	jq -e '.run == "r1" and .time == "2026-11-21T01:30:00Z" and
		[.metric, .arch, .target, .machine, .branch] ==
		["wall_time", "a", "t", "m", "b"]' "$(cat out)"
	ignore_out
	# What may be mistyped is told.
	err_is 'hist-add: arch a: the history has none so far
hist-add: target t: the history has none so far
hist-add: machine m: the history has none so far
hist-add: branch b: the history has none so far'
	expect 0 hist-add --mark change --case sort/n=1 --run r1 --reason r \
		--metric wall_time --arch x86_64 --target x86_64 \
		--machine "$MACHINE_ID" --branch main
	hist-add --unmark "$(basename "$(cat out)" .jsonl)"
	ignore_out
	expect 0 hist-add --mark change --case sort/n=1 --run r1 --reason r --metric walltime
	err_is 'hist-add: metric walltime: the history has none so far'
	hist-add --unmark "$(basename "$(cat out)" .jsonl)"
	ignore_out
	# A mute that ends before it begins, or that is over.
	expect 2 hist-add --mark mute --case sort/n=1 --run r1 --reason r --until 2026-11-20
	err_is 'hist-add: --until 2026-11-20: it would end before it begins, 2026-11-21T01:30:00Z'
	expect 0 hist-add --mark mute --case sort/n=1 --reason r --until 2020-01-01
	err_is 'hist-add: --until 2020-01-01: that is over already'
	hist-add --unmark "$(basename "$(cat out)" .jsonl)"
	ignore_out
	# And a mark that is still to begin.
	local later
	later=$(date -u -d '+3 days' +%Y-%m-%d)
	expect 0 hist-add --mark change --case sort/n=1 --reason r --at "$later"
	err_is "hist-add: it begins in the future, $later: till then it does nothing"
	hist-add --unmark "$(basename "$(cat out)" .jsonl)"
	ignore_out
	expect 0 hist-add --mark mute --case sort/n=1 --until 2027-01-01 --reason r
	jq -e '.until == "2027-01-01" and (has("time") | not)' "$(cat out)"
	ignore_out
	expect 0 hist-add --mark change --case other --at 2026-11-20 --reason r
	ignore_out
	err_is 'hist-add: case other: the history has none so far'
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM mark')" -eq 4 ]
	index_is_right
	expect 0 hist-add --unmark "$(basename "$path" .jsonl)"
	[ ! -e "$path" ]
	[ "$(sqlite3 history/index.sqlite 'SELECT count(*) FROM mark')" -eq 3 ]
	expect 2 hist-add --unmark "$(basename "$path" .jsonl)"
	err_is "hist-add: no such mark: $(basename "$path" .jsonl)"
	expect 2 hist-add --unmark "../x86_64/$MACHINE_ID/x"
	err_has 'no such mark'
}

@test "hist-add: a mark from a commit that git knows, run or not" {
	git init -q repo
	cd repo
	GIT_COMMITTER_DATE='2026-11-02T10:00:00+02:00' git -c user.name=n -c user.email=e \
		commit -q --allow-empty -m x
	git tag v1.0
	run_of r1 >../stdin
	cp ../stdin stdin
	expect 0 hist-add
	ignore_out
	expect 0 hist-add --mark change --case sort/n=1 --commit v1.0 --reason r
	jq -e --arg c "$(git rev-parse v1.0)" \
		'.commit == $c and .time == "2026-11-02T08:00:00Z"' "$(cat out)"
	ignore_out
	for revision in no-such --all -1 v1.0..v1.0 ''; do
		expect 2 hist-add --mark change --case sort/n=1 --commit "$revision" --reason r
		err_is "hist-add: no such commit, in git or in the history: $revision"
	done
}

# A clone without all objects asks where it came from for what it has not.
@test "hist-add, hist-get: nothing is fetched for commits that are not here" {
	git init -q repo
	git -C repo -c user.name=n -c user.email=e commit -q --allow-empty -m x
	git -C repo config uploadpack.allowFilter true
	git clone -q --no-local --filter=tree:0 --no-checkout repo part 2>said ||
		skip 'git makes no such clones'
	cd part
	printf '#!/bin/sh\necho called >>%s\nexec git-upload-pack "$@"\n' \
		"$PWD/calls" >fetch
	chmod +x fetch
	git config remote.origin.uploadpack "$PWD/fetch"
	git cat-file -e 0123456789012345678901234567890123456789 2>said && return 1
	grep -q called calls
	rm calls
	run_of r1 1 0123456789012345678901234567890123456789 >stdin
	expect 0 hist-add
	ignore_out
	run_of r2 2 "$(git rev-parse HEAD)" main 2026-11-22 >stdin
	expect 0 hist-add
	ignore_out
	expect 0 hist-get
	out_json 'map(select(.type == "point").value) == [1, 2]'
	expect 0 hist-add --mark change --case sort/n=1 --reason r \
		--commit 0123456789012345678901234567890123456789
	ignore_out
	expect 2 hist-get --commits 0123456789012345678901234567890123456789..HEAD
	ignore_err
	[ ! -e calls ]
}

@test "hist-add: marks that make no sense are refused, and make no store" {
	while IFS='|' read -r options message; do
		eval "set -- $options"
		expect 2 hist-add "$@"
		err_has "hist-add: $message"
	done <<-'END'
		--mark other --case c --reason r|--mark: neither change nor mute: other
		--mark change --reason r --at 2026-11-21|--mark: of which case? --case NAME
		--mark change --case c --at 2026-11-21|--mark: why? --reason TEXT
		--mark change --case c --at 2026-11-21 --reason ''|--mark: why? --reason TEXT
		--mark change --case c --reason r|--mark change: from when on?
		--mark change --case c --reason r --at 2026-11-21 --until 2026-12-01|--until: a change does not end
		--mark change --case c --reason r --at 2026-11-21 --run r|--commit, --run and --at: one of them only
		--mark mute --case c --reason r|--mark mute: until when? --until TIME
		--mark mute --case c --reason r --until soon|--until: neither a date
		--mark mute --case c --reason r --until '2026-11-21 10:00'|--until: neither a date
		--mark mute --case c --reason r --until 2026-12-01 --unmark x|--mark, --unmark and --reindex: one of them only
		--mark mute --case c --reason r --until 2026-12-01 file|nothing is filed with --mark
		--mark mute --case c --reason r --at 2026-11-22 --until 2026-11-21|--until: it would end before it begins
		--case c|--case: only with --mark
		--at 2026-11-21|--at: only with --mark
		--until 2026-11-21 file|--until: only with --mark
		--metric m --reindex|--metric: only with --mark
		--branch main --unmark x|--branch: only with --mark
		--skip-damaged|--skip-damaged: only with --reindex
		-d ''|--directory: it has no name
		--unmark x|history: No such file or directory
		--reindex|history: No such file or directory
	END
	[ ! -e history ]
}

@test "hist-add: a damaged mark is named" {
	file_one
	expect 0 hist-add --mark mute --case sort/n=1 --until 2027-01-01 --reason r
	path=$(cat out)
	ignore_out
	cp "$path" good
	for damage in 's/"mute"/"loud"/' 's/"until":"[^"]*"/"until":"soon"/' 's/"type":"mark"/"type":"run"/' '$p' 's/"mark":"[^"]*",//'; do
		sed "$damage" good >"$path"
		expect 2 hist-add --reindex
		err_has "hist-add: $path:"
	done
}

# --- histories of others ---

@test "hist-add: a history of github-action-benchmark" {
	cat >data.js <<-'END'
		window.BENCHMARK_DATA = {
		  "lastUpdate": 1574000000000, "repoUrl": "https://example.org/x",
		  "entries": {
		    "Go Benchmark": [
		      {"commit": {"id": "1111111111111111111111111111111111111111", "message": "one {", "url": "u"},
		       "date": 1573312140323, "tool": "go", "benches": [
		        {"name": "BenchmarkFib(10)", "value": 250.5, "range": "± 3", "unit": "ns/op", "extra": "100 times"},
		        {"name": "memory", "value": 12, "unit": "B/op"}]},
		      {"commit": {"id": "2222222222222222222222222222222222222222", "message": "two"},
		       "date": 1573412140323, "tool": "go", "benches": [
		        {"name": "BenchmarkFib(10)", "value": 251, "unit": "ns/op"}]},
		      {"commit": {"id": "1111111111111111111111111111111111111111", "message": "one {"},
		       "date": 1573512140323, "tool": "go", "benches": [
		        {"name": "BenchmarkFib(10)", "value": 252, "unit": "ns/op"}]}],
		    "<JS> & more": [
		      {"commit": {"id": "1111111111111111111111111111111111111111", "message": "one {"},
		       "date": 1573312150323, "tool": "benchmarkjs", "benches": [
		        {"name": "fib", "value": 1e6, "unit": "ops/sec"},
		        {"name": "score", "value": 7, "unit": "points"}]}]
		  }
		}
	END
	expect 0 jq -Rsc -f "$TOP/lib/from-github-action-benchmark.jq" \
		--arg branch main --arg arch x86_64 data.js
	cp out stdin
	ignore_out
	expect 0 hist-add
	[ "$(wc -l <out)" -eq 3 ]
	ignore_out
	expect 0 hist-get
	# A run for each commit, with all suites, and once more where it was.
	out_json 'map(select(.type == "run") | [.time, .commit[:1], .branch, .arch]) == [
		["2019-11-09T15:09:00Z", "1", "main", "x86_64"],
		["2019-11-10T18:55:40Z", "2", "main", "x86_64"],
		["2019-11-11T22:42:20Z", "1", "main", "x86_64"]]'
	out_json 'map(select(.type == "point") | [.case, .metric, .unit, .better, .value]) == [
		["Go_Benchmark/bench=BenchmarkFib%2810%29", "time", "ns", "lower", 250.5],
		["Go_Benchmark/bench=BenchmarkFib%2810%29", "time", "ns", "lower", 251],
		["Go_Benchmark/bench=BenchmarkFib%2810%29", "time", "ns", "lower", 252],
		["Go_Benchmark/bench=memory", "value", "B/op", "lower", 12],
		["JS_more/bench=fib", "rate", "ops/s", "higher", 1000000],
		["JS_more/bench=score", "value", "points", "higher", 7]]'
	# What the history has of it, and others do not know, it keeps.
	grep -q '"range":"± 3","extra":"100 times"' history/x86_64/unknown/*-111111111111-*.jsonl
}

@test "hist-add: a run of the day after tomorrow is filed, and told" {
	local later

	run_of r1 100 '' main "$(date -u +%Y-%m-%d)" | hist-add
	later=$(date -u -d '+2 days' +%Y-%m-%d)
	run_of r2 100 '' main "$later" >stdin
	expect 0 hist-add
	ignore_out
	err_is "hist-add: <stdin>:1: run r2 is dated in the future, ${later}T01:30:00Z: it will be the newest till then"
	expect 0 hist-get --runs
	ignore_out
	[ "$(wc -l <out)" -eq 2 ]
}
