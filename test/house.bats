#!/usr/bin/env bats
# The house itself: what checks the rest must notice what it is there for.

load helper
load make

# --- ci/check ---

# A checkout of ci/check alone, with the test files that a test puts there.
prepare_test() {
	mkdir -p house/ci house/test/unit house/build/test
	cp "$TOP/ci/check" house/ci/
}

# A unit test NAME that does what a script says.
unit() {
	touch "house/test/unit/$1.c"
	printf '#!/bin/bash\n%s\n' "$2" >"house/build/test/$1"
	chmod +x "house/build/test/$1"
}

# house.bats is run by bats, whose state no inner bats must see.
check() {
	env -u BATS_ROOT -u BATS_RUN_TMPDIR -u BATS_SUITE_TMPDIR \
		-u BATS_TEST_FILTER house/ci/check build "$@"
}

last_line_is() {
	touch looked_out
	[ "$(tail -n 1 out)" = "$1" ] || {
		cat out >&2
		return 1
	}
}

@test "check: counts the tests of both runners" {
	unit one 'printf "1..2\nok 1 - a\nok 2 - b\n"'
	printf '@test "c" { true; }\n' >house/test/two.bats
	expect 0 check
	last_line_is '3 passed, 0 failed'
	out_has 'one  '
	out_has 'two.bats  '
}

@test "check: shows a failure in full" {
	unit one 'printf "1..2\nok 1 - a\nnot ok 2 - b\n# 1 != 2\n"; exit 1'
	printf '@test "c" { echo the reason; false; }\n' >house/test/two.bats
	expect 1 check
	last_line_is '1 passed, 2 failed'
	out_has '# 1 != 2'
	out_has '# the reason'
}

@test "check: a crash is a failure, of all that did not come" {
	unit one 'printf "1..5\nok 1 - a\n"; kill -SEGV $$'
	expect 1 check
	last_line_is '1 passed, 4 failed'
	out_has 'status 139'
}

@test "check: a crash behind the last test is a failure, too" {
	unit one 'printf "1..1\nok 1 - a\n"; exit 99'
	expect 1 check
	last_line_is '1 passed, 1 failed'
}

@test "check: a test that says nothing is a failure" {
	unit one 'true'
	expect 1 check
	last_line_is '0 passed, 1 failed'
}

@test "check: what was not built is a failure" {
	touch house/test/unit/gone.c
	unit one 'printf "1..1\nok 1 - a\n"'
	expect 1 check
	last_line_is '1 passed, 1 failed'
	out_has 'status 127'
}

@test "check: a bats file that bats cannot read is a failure" {
	printf '@test "c" {\nif\n' >house/test/two.bats
	expect 1 check
	last_line_is '0 passed, 1 failed'
}

@test "check: a skipped test has not passed" {
	printf '@test "c" { skip "not here"; }\n@test "d" { true; }\n' \
		>house/test/two.bats
	expect 0 check
	last_line_is '1 passed, 0 failed'
	out_has 'not here'
	printf '@test "c" { skip; }\n' >house/test/two.bats
	expect 1 check
	last_line_is '0 passed, 0 failed'
}

@test "check: what a build no longer has a source for is not run" {
	unit one 'printf "1..1\nok 1 - a\n"'
	unit old 'exit 1'
	rm house/test/unit/old.c
	expect 0 check
	last_line_is '1 passed, 0 failed'
}

@test "check: runs only the files that are named" {
	unit one 'exit 1'
	printf '@test "c" { true; }\n' >house/test/two.bats
	expect 0 check test/two.bats
	last_line_is '1 passed, 0 failed'
}

@test "check: appends its counts to CHECK_TALLY" {
	unit one 'printf "1..2\nok 1 - a\nnot ok 2 - b\n"; exit 1'
	echo '7 0' >tally
	printf '@test "c" { [ -z "${CHECK_TALLY-}" ]; }\n' >house/test/two.bats
	CHECK_TALLY=$PWD/tally expect 1 check
	ignore_out
	[ "$(cat tally)" = $'7 0\n2 1' ]
}

@test "check: nothing to run, or nowhere" {
	expect 2 check
	err_is 'ci/check: there are no tests'
	expect 2 house/ci/check nowhere
	err_is 'ci/check: no such directory: nowhere'
}

# --- .ci/run ---

# A checkout whose stages do what the test says.
stages() {
	mkdir -p run/.ci run/ci
	cp "$TOP/.ci/run" run/.ci/
	printf '#!/bin/bash\n%s\n' "$1" >run/ci/bootstrap
	chmod +x run/ci/bootstrap
	printf 'check:\n\t%s\nlint:\n\t%s\nbrowser-test:\n' "$2" "$3" \
		>run/Makefile
}

@test "ci: sums up all stages in the last line" {
	stages true '@echo 10 0 >>$$CHECK_TALLY' @true
	BROWSER=/bin/sh expect 0 run/.ci/run
	last_line_is '30 passed, 0 failed'
	[ "$(grep -c '^== status 0' out)" -eq 6 ]
	BROWSER=/nowhere expect 0 run/.ci/run
	last_line_is '30 passed, 0 failed'
	[ "$(grep -c '^== status 0' out)" -eq 5 ]
}

@test "ci: a failed test is counted once, and the later stages run" {
	stages true '@echo 9 1 >>$$CHECK_TALLY; test "$(SAN)"' @true
	expect 1 run/.ci/run
	err_has 'Error 1'
	last_line_is '27 passed, 3 failed'
}

@test "ci: a stage that ends badly without a failed test is one failure" {
	stages true '@echo 10 0 >>$$CHECK_TALLY' @false
	expect 1 run/.ci/run
	err_has 'Error 1'
	last_line_is '30 passed, 1 failed'
	stages 'exit 2' @false @true
	expect 1 run/.ci/run
	err_has 'Error 1'
	last_line_is '0 passed, 4 failed'
}

# --- ci/lint ---

# A small checkout that has nothing to complain of.
clean_checkout() {
	mkdir -p tree/ci tree/lib tree/tools tree/man
	cp "$TOP/ci/lint" tree/ci/
	cp "$TOP/.clang-format" "$TOP/Makefile" tree/
	cp "$TOP/lib/perf.mk" "$TOP"/lib/{die,rng,mem,line}.[ch] tree/lib/
	git -C tree init -q
	git -C tree add .
}

@test "lint: silent where all is well" {
	clean_checkout
	expect 0 tree/ci/lint
}

@test "lint: finds what is wrong" {
	clean_checkout
	printf '#include "die.h"\nint  badly_formatted;\n' >tree/lib/format.c
	printf '/* Level 0. */\n#include "mem.h"\n' >tree/lib/format.h
	printf '/* Nothing about it. */\n' >tree/lib/nolevel.h
	printf '/* Level 0. */\nsize_t no_such_type(void);\n' >tree/lib/alone.h
	printf '#include "rng.h"\n#include "line.h"\n' >>tree/lib/rng.c
	printf '#include <jansson.h>\n' >tree/tools/json.c
	{
		printf '/* TO%s: more */\nint f(void);\n\nint\nf(void)\n{\n' DO
		printf '\tint x[2] = {0};\n\n\treturn x[2];\n}\n'
		printf '/* %s */\n' \
			'a comment that is longer than the eighty columns that'\
' a line of C may have here'
	} >tree/tools/wrong.c
	printf 'ends in a blank \n' >tree/notes.md
	printf 'see %s/main\n' /work >tree/paths.md
	printf '#!/bin/sh\necho $undefined\n' >tree/script
	printf '.Dd $Mdocdate$\n.Dt X 1\n.Os\n.Sh NAME\n' >tree/man/x.1
	printf '.Dd November 21, 2026\n.Dt Y 1\n.Os\n.Sh NAME\n.Nm y\n' >tree/man/y.1
	printf '.Nd a page\n.Sh SEE ALSO\n.Xr wl-nothing 1\n' >>tree/man/y.1
	git -C tree add .
	expect 1 tree/ci/lint
	out_has 'lib/format.c:2'
	out_has 'lib/format.h:2: level 0 includes mem.h of level 1'
	out_has 'lib/nolevel.h:1: the first comment states no level'
	out_has 'lib/alone.h:2'
	out_has 'level 0 includes line.h of level 1'
	out_has 'tools/json.c:1:#include <jansson.h>: this library is not'
	out_has 'arrayIndexOutOfBounds'
	out_has 'tools/wrong.c:1:'
	out_has 'tools/wrong.c:11: over 80 columns'
	out_has 'notes.md:1: white space at the end'
	out_has 'a path of one machine'
	out_has 'SC2086'
	out_has 'man/x.1:'
	out_has 'man/y.1: there is no wl-nothing(1)'
}

@test "lint: what git does not track is not looked at" {
	clean_checkout
	printf 'int  x ; \n' >tree/lib/draft.c
	expect 0 tree/ci/lint
}

@test "lint: outside a checkout all files are looked at" {
	clean_checkout
	rm -rf tree/.git
	expect 0 tree/ci/lint
	printf 'ends in a blank \n' >tree/notes.md
	mkdir tree/build
	printf 'ends in a blank \n' >tree/build/notes.md
	expect 1 tree/ci/lint
	out_is 'notes.md:1: white space at the end'
}

# --- Makefile ---

make_again() {
	# shellcheck disable=SC2046 # a word each
	make -s -C "$TOP" --no-print-directory BUILD="$PLUMBLINE_BUILD" \
		$(made_with) "$@"
}

@test "make: help lists every target that people use" {
	expect 0 make_again help
	for target in all check lint install uninstall clean help; do
		out_has "$target: "
	done
}

@test "make: install puts everything where it belongs, and takes it away" {
	# Without "all": the build under test is not to be touched.
	expect 0 make_again -o all install DESTDIR="$PWD/root" PREFIX=/usr
	for tool in "$PLUMBLINE_BUILD"/bin/*; do
		[ -x "root/usr/bin/${tool##*/}" ]
	done
	[ -f root/usr/share/man/man1/stat-agg.1 ]
	[ -f root/usr/share/man/man5/plumbline-records.5 ]
	[ -f root/usr/lib/plumbline/perf.mk ]
	[ -f root/usr/lib/plumbline/perf-ab.sh ]
	[ -f root/usr/lib/plumbline/perf-confirm.sh ]
	expect 0 root/usr/bin/stat-agg --version
	out_has 'stat-agg (plumbline) '
	expect 0 make_again uninstall DESTDIR="$PWD/root" PREFIX=/usr
	find root -type f >left
	[ ! -s left ]
}

@test "make: every tool and every part of lib/ has tests" {
	local tool source

	for tool in $(tools); do
		[ -f "$TOP/test/$tool.bats" ] || echo "$tool has no tests" >&2
		[ -f "$TOP/test/$tool.bats" ]
	done
	for source in mem replace json metric record stats rng; do
		[ -f "$TOP/test/unit/$source.c" ]
	done
}
