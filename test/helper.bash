# What every test file loads: a test states stdin, arguments, status, stdout
# and stderr; silence and status 0 are what is expected unless it says so.
#
#	given '{"case":"a"}'           the stdin of the next expect, a line each
#	given_file NAME                a file of test/data as stdin
#	expect 2 stat-agg -x           run it: the status must be 2
#	out_is 'text' / out_has 'part' / out_json '.jq == "filter"'
#	err_is 'text' / err_has 'part'
#
# A test that has not looked at stderr has asked for none: expect fails where
# something was written there and neither err_is nor err_has follows. So
# `quiet` (called by teardown) checks what was not looked at.

bats_require_minimum_version 1.5.0
for lib in /usr/lib/bats /usr/share/bats; do
	[ -d "$lib/bats-support" ] || continue
	load "$lib/bats-support/load.bash"
	load "$lib/bats-assert/load.bash"
	break
done

TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
DATA=$TOP/test/data
: "${PLUMBLINE_BUILD:=$TOP/build}"
case $PLUMBLINE_BUILD in /*) ;; *) PLUMBLINE_BUILD=$TOP/$PLUMBLINE_BUILD ;; esac
PATH=$PLUMBLINE_BUILD/bin:$PATH
export LC_ALL=C.UTF-8 NO_COLOR=1
# The sanitizers' reports must never look like a tool's own status.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
unset MAKEFLAGS MAKELEVEL MFLAGS

# The closing table is of no interest but to its own tests.
wl-run() { command wl-run --no-table "$@"; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	: >stdin
	rm -f looked_out looked_err out err
	if declare -F prepare_test >/dev/null; then prepare_test; fi
}

teardown() {
	quiet
}

given() {
	printf '%s\n' "$@" >stdin
}

given_file() {
	cp "$DATA/$1" stdin
}

# Death by a signal, and a sanitizer's status, never pass.
expect() {
	local want=$1 status
	shift
	quiet
	rm -f looked_out looked_err
	status=0
	"$@" <stdin >out 2>err || status=$?
	[ "$status" -eq "$want" ] && return 0
	{
		echo "status $status, expected $want: $*"
		echo "stderr:"
		head -n 30 err
		echo "stdout:"
		head -n 30 out
	} >&2
	touch looked_out looked_err
	return 1
}

# What the last expect wrote, but no test looked at, must be nothing.
quiet() {
	[ -e err ] || return 0
	if [ ! -e looked_err ] && [ -s err ]; then
		echo "unexpected stderr:" >&2
		head -n 30 err >&2
		touch looked_err looked_out
		return 1
	fi
	if [ ! -e looked_out ] && [ -s out ]; then
		echo "unexpected stdout:" >&2
		head -n 30 out >&2
		touch looked_err looked_out
		return 1
	fi
}

same() {
	printf '%s\n' "$2" | diff -u - "$1" >&2
}

out_is() {
	touch looked_out
	if [ -z "$1" ]; then [ ! -s out ]; else same out "$1"; fi
}

err_is() {
	touch looked_err
	if [ -z "$1" ]; then [ ! -s err ]; else same err "$1"; fi
}

out_has() {
	touch looked_out
	grep -qF -- "$1" out || {
		echo "stdout has no: $1" >&2
		head -n 30 out >&2
		return 1
	}
}

err_has() {
	touch looked_err
	grep -qF -- "$1" err || {
		echo "stderr has no: $1" >&2
		head -n 30 err >&2
		return 1
	}
}

# A jq condition over all lines of stdout, as an array.
out_json() {
	touch looked_out
	jq -es "$1" out >/dev/null || {
		echo "not true of stdout: $1" >&2
		head -c 4000 out >&2
		return 1
	}
}

# For a test that wants the output only as a step.
ignore_out() { touch looked_out; }
ignore_err() { touch looked_err; }

# Skip the test where one of these programs is not there.
need() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "there is no $program"
	done
}
