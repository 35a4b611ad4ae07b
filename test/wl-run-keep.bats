#!/usr/bin/env bats
# wl-run --keep-output: the whole output of trials that failed.
#
# The $ in single quotes are for workloads, jq and perl; functions are called by
# expect.
# shellcheck disable=SC2016,SC2317

load helper
load wl-run

# The files that were kept, sorted.
kept() { find "${1-kept}" -type f -printf '%P\n' | LC_ALL=C sort; }

@test "wl-run: of what many processes write at once nothing is lost" {
	record a "$(jq -nc '["perl", "-e", "$| = 1; for (1..8) { next if fork;
		for (1..2000) { print STDERR qq(y\n); print qq(x\n) } exit }
		1 until wait < 0; exit 3"]')" '"stdout":"capture"' >stdin
	expect 1 wl-run -n 1 -w 0 --keep-output kept
	ignore_err
	trials_are '.[0].status == "exit"'
	[ "$(grep -c '^x$' kept/a.measure.1.stdout)" -eq 16000 ]
	[ "$(grep -c '^y$' kept/a.measure.1.stderr)" -eq 16000 ]
}

@test "wl-run: the output of trials that fail is kept, whole" {
	{
		script w/n=1 'seq 20000; seq 30000 >&2; exit 3' '"stdout":"capture"'
		script good 'echo fine; echo fine >&2' '"stdout":"capture"'
		script plain 'echo lost; echo said >&2; exit 1'
		script silent 'exit 1' '"stdout":"capture"'
		script mute 'echo odd' '"expect":{"regex":"even"}'
	} >stdin
	expect 1 wl-run -n 2 -w 1 -o sequential --keep-output kept
	ignore_err
	kept >names
	{
		printf '%s\n' mute.measure.{1,2}.stdout mute.warmup.s13.stdout
		printf '%s\n' plain.measure.{1,2}.stderr plain.warmup.s7.stderr
		printf '%s\n' w%2Fn=1.measure.{1,2}.std{err,out}
		printf '%s\n' w%2Fn=1.warmup.s1.std{err,out}
	} | diff - names
	seq 20000 | cmp - kept/w%2Fn=1.measure.2.stdout
	seq 30000 | cmp - kept/w%2Fn=1.warmup.s1.stderr
	[ "$(cat kept/plain.measure.1.stderr)" = said ]
	[ "$(cat kept/mute.measure.1.stdout)" = odd ]
	trials_are 'map(select(.output) | .output) | sort | unique == [
		"kept/mute.measure.1", "kept/mute.measure.2",
		"kept/mute.warmup.s13", "kept/plain.measure.1",
		"kept/plain.measure.2", "kept/plain.warmup.s7",
		"kept/w%2Fn=1.measure.1", "kept/w%2Fn=1.measure.2",
		"kept/w%2Fn=1.warmup.s1"]'
	# The record is that of the trial.
	trials_are 'map(select(.output)) | all(.output == "kept/" +
		(.case | sub("/"; "%2F")) + "." + .phase + "." +
		(.round // "s\(.seq)" | tostring))'
	trials_are 'map(select(.case == "good" or .case == "silent") |
		has("output")) | any | not'
}

@test "wl-run: a hook's output, a timeout's and a variant's are kept" {
	mkdir base head here
	script a 'echo slow >&2; sleep 100' '"timeout_s":0.3' >stdin
	script b true "\"prepare\":$(sh_command 'echo no >&2; exit 1')" >>stdin
	expect 1 wl-run -n 1 -w 0 -g 0.1 -V base=base -V head=head --keep-output here
	ignore_err
	ignore_out
	kept here >names
	printf '%s\n' {a.{base,head}.measure,b.{base,head}.prepare}.1.stderr |
		diff - names
	[ "$(cat here/a.head.measure.1.stderr)" = slow ]
}

@test "wl-run: a name is safe, and not too long" {
	long=$(printf 'x%.0s' {1..300})
	{
		script ../a 'echo 1 >&2; exit 1'
		script 'b/c d\"$(touch ran)é' 'echo 2 >&2; exit 1'
		script "$long" 'echo 3 >&2; exit 1'
		script "${long}y" 'echo 4 >&2; exit 1'
	} >stdin
	once 1 --keep-output kept/
	ignore_err
	ignore_out
	kept >names
	[ "$(wc -l <names)" -eq 4 ]
	grep -qx '%2E.%2Fa.measure.1.stderr' names
	grep -qx 'b%2Fc%20d%22%24%28touch%20ran%29%C3%A9.measure.1.stderr' names
	[ "$(grep -cE '^x{180}~[0-9a-f]{16}\.measure\.1\.stderr$' names)" -eq 2 ]
	cat kept/* | sort | tr -d '\n' | grep -qx 1234
	[ ! -e ran ] && [ ! -e a.measure.1.stderr ]
}

@test "wl-run: older files give way, links are not followed" {
	mkdir kept
	seq 1000 >kept/a.measure.1.stderr
	echo mine >mine
	ln -s ../mine kept/b.measure.1.stderr
	{
		script a 'echo new >&2; exit 1'
		script b 'echo new >&2; exit 1'
	} >stdin
	once 1 --keep-output kept
	[ "$(cat kept/a.measure.1.stderr)" = new ]
	[ "$(cat mine)" = mine ]
	err_has 'wl-run: --keep-output: b.measure.1.stderr: Too many levels of symbolic links'
	trials_are 'map([.case, has("output")]) | sort == [["a", true], ["b", false]]'
}

@test "wl-run: of a very long stderr the end is kept" {
	script a 'head -c 600M /dev/zero | tr "\0" x >&2; echo end >&2; exit 1' >stdin
	once 1 --keep-output kept
	ignore_err
	trial_is exit
	size=$(stat -c %s kept/a.measure.1.stderr)
	# Not less than the 256 MiB, and what came since the last look.
	[ "$size" -ge $((256 << 20)) ] && [ "$size" -lt $((600 << 20)) ]
	[ "$(tail -c 4 kept/a.measure.1.stderr)" = end ]
	[ "$(head -c 10 kept/a.measure.1.stderr)" = xxxxxxxxxx ]
}

@test "wl-run: a directory that cannot be, and a full disk" {
	record a '["touch","ran"]' >stdin
	touch file
	once 2 --keep-output file
	err_is 'wl-run: --keep-output: file: Not a directory'
	once 2 --keep-output absent/deep
	err_is 'wl-run: --keep-output: absent/deep: No such file or directory'
	[ ! -e ran ]
	# Only wl-run itself meets the limit.
	script a 'ulimit -S -f unlimited; head -c 100000 /dev/zero | tr "\0" x >&2; exit 1' >stdin
	full() (
		ulimit -S -f 8
		wl-run -n 1 -w 0 --keep-output kept | cat
		exit "${PIPESTATUS[0]}"
	)
	expect 1 full
	err_has 'wl-run: --keep-output: a.measure.1.stderr: File too large'
	trial_is exit
	trials_are '.[0] | has("output") | not'
	[ -z "$(kept)" ]
}

@test "wl-run: a FIFO where output is to be kept does not hold it up" {
	script a 'echo e >&2; exit 1' >stdin
	mkdir kept
	mkfifo kept/a.measure.1.stderr
	once 1 --keep-output kept
	err_has 'wl-run: --keep-output: a.measure.1.stderr: No such device or address'
	trial_is exit
}
