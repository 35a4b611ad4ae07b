#!/bin/sh
# What `make perf-ab` does: build two revisions, each in a worktree of its own,
# measure them turn by turn in one run, and compare and report that run.
# perf.mk calls it in the project's directory, with PATH and WL_PATH set and
#
#	AB_BASE, AB_HEAD	the revisions
#	AB_RUN			the directory of this run, which is made
#	AB_LATEST		the link that leads to the latest run
#	AB_BUILD		the command that builds a revision
#	AB_ADAPTIVE		not empty: stop with each case when it is decided
#	AB_EXPAND, AB_MEASURE	wl-expand and wl-run, with their options, and
#	AB_COMPARE		cmp-baseline; as words for the shell
#
# Exit status: 0 no regression; 1 one, or a failed trial; 2 trouble; 128 and
# the number of the signal that ended it.

set -u

die() {
	printf 'perf-ab: %s\n' "$*" >&2
	exit 2
}

# --- the worktrees, which never stay behind ---

made=    # the names of those that there may be
failed=  # a build did: its log is kept
running= # a command is
linked=  # the latest run is this one, and was the one of `latest`

remove_worktrees() {
	for name in $made; do
		git worktree remove --force "$run/$name" || {
			chmod -R u+w "$run/$name"
			rm -rf "${run:?}/$name"
			git worktree remove --force --force "$run/$name"
		}
	done 2>/dev/null
	made=
}

link_latest() { # WHERE IT LEADS
	rm -f "$AB_LATEST"
	[ -z "$1" ] || ln -s "$1" "$AB_LATEST"
}

# Where nothing was measured there was no run, and the latest is as before.
finish() {
	trap '' HUP INT TERM
	remove_worktrees
	[ ! -s "$run/samples.jsonl" ] && [ -z "$failed" ] || return
	[ -z "$linked" ] || link_latest "$latest"
	rm -r "$run"
}

cut_short() { # STATUS OF WL-RUN
	echo "$1" >"$run/run.status"
	echo 'the run was cut short: make perf-report shows it' >&2
}

# A command runs in a session of its own: it gets one signal, from here, and
# with it all that it has started. Of a build nothing may write any more when
# its worktree is removed.
stop() {
	trap '' HUP INT TERM
	if [ -n "$running" ]; then
		kill -s TERM -- "-$!" 2>/dev/null || kill -s TERM "$!"
		wait "$!"
		ran=$?
		for _ in 1 2 3 4 5 6 7 8 9; do
			kill -s 0 -- "-$!" || break
			sleep 0.3
		done 2>/dev/null
		kill -s KILL -- "-$!" 2>/dev/null
		[ ! -s "$run/samples.jsonl" ] || cut_short "$ran"
	fi
	exit $((128 + $1))
}

run_in() { # DIRECTORY COMMAND [ARGUMENT ...]
	running=1
	# shellcheck disable=SC2016 # its own shell expands it
	setsid sh -c 'cd "$1" && shift && eval "$1"' sh "$@" &
	wait "$!"
	set -- "$?"
	running=
	return "$1"
}

# --- before anything is built ---

# A hook of git's sets variables that name one checkout.
# shellcheck disable=SC2046 # a word each
unset $(git rev-parse --local-env-vars 2>/dev/null)
command -v git >/dev/null || die 'git is not in PATH'
top=$(git rev-parse --show-toplevel 2>/dev/null) ||
	die "not in a checkout of git: $PWD"
prefix=$(git rev-parse --show-prefix)

commit_of() {
	git rev-parse --verify --quiet --end-of-options "$1^{commit}" ||
		die "no such revision: $1"
}

base=$(commit_of "$AB_BASE") || exit
head=$(commit_of "$AB_HEAD") || exit
[ -z "$(git --no-optional-locks status --porcelain --untracked-files=no)" ] ||
	echo 'perf-ab: uncommitted changes are not measured' >&2

mkdir -p "$(dirname "$AB_RUN")" "${AB_LATEST%/*}" && mkdir "$AB_RUN" || exit 2
run=$(cd "$AB_RUN" && pwd) || exit 2
trap finish EXIT
trap 'stop 1' HUP
trap 'stop 2' INT
trap 'stop 15' TERM
printf '%s (%.12s) against %s (%.12s)\n' \
	"$AB_HEAD" "$head" "$AB_BASE" "$base" >"$run/revisions"

# --- build, measure ---

build() { # NAME COMMIT REVISION
	echo "building $1: $3"
	made="$made $1"
	git worktree add --quiet --detach "$run/$1" "$2" || exit 2
	[ -d "$run/$1/$prefix" ] || die "$3 has no directory $prefix"
	run_in "$run/$1/$prefix" "$AB_BUILD" </dev/null \
		>"$run/build-$1.log" 2>&1 && return
	failed=1
	tail -n 10 "$run/build-$1.log" >&2
	die "$3 could not be built: the log is $AB_RUN/build-$1.log"
}

# A list of directories, with colons between them: those of this checkout are
# of the worktree instead.
in_worktree() {
	(
		IFS=:
		set -f
		for dir in $1; do
			real=$(cd "$dir" 2>/dev/null && pwd -P) || real=$dir
			case $real/ in
			"$top"/*) dir=$run/head${real#"$top"} ;;
			esac
			printf '%s:' "$dir"
		done
	)
}

build base "$base" "$AB_BASE"
build head "$head" "$AB_HEAD"
WL_PATH=$(in_worktree "$WL_PATH")
(cd "$run/head/$prefix" && eval "$AB_EXPAND") >"$run/cases.jsonl" || exit 2
n=$(grep -c '"type":"case"' "$run/cases.jsonl")
echo "measuring $n case$([ "$n" -eq 1 ] || echo s) of each"
latest=$(readlink "$AB_LATEST")
linked=1
case $AB_RUN in
"${AB_LATEST%/*}"/*) link_latest "${AB_RUN#"${AB_LATEST%/*}"/}" ;;
*) link_latest "$run" ;;
esac
ran=0
AB_COMPARE="$AB_COMPARE --base base${AB_ADAPTIVE:+ --adaptive}"
if [ -n "$AB_ADAPTIVE" ]; then
	# shellcheck disable=SC2016 # the shell of run_in expands it
	run_in "$run/head/$prefix" \
		"exec $AB_MEASURE"' --variant "base=$2" --variant head=. \
		--journal "$4" --adaptive "$5" "$3"' \
		"$run/base/$prefix" "$run/cases.jsonl" "$run/samples.jsonl" \
		"stat-agg | $AB_COMPARE" >/dev/null || ran=$?
else
	# shellcheck disable=SC2016
	run_in "$run/head/$prefix" \
		"exec $AB_MEASURE"' --variant "base=$2" --variant head=. "$3"' \
		"$run/base/$prefix" "$run/cases.jsonl" \
		>"$run/samples.jsonl" || ran=$?
fi
remove_worktrees
if [ ! -s "$run/samples.jsonl" ]; then
	exit 2 # wl-run refused to begin
elif [ "$ran" -gt 1 ]; then
	cut_short "$ran"
	exit "$ran"
fi
echo "$ran" >"$run/run.status"

# --- compare, report: the same files as perf-test ---

cd "$run" || exit 2
[ -z "$AB_ADAPTIVE" ] || touch adaptive
stat-agg samples.jsonl >summary.jsonl.part &&
	mv summary.jsonl.part summary.jsonl || exit 2
judged=0
eval "$AB_COMPARE summary.jsonl" >verdicts.jsonl.part || judged=$?
case $judged in 0 | 1) ;; *) exit "$judged" ;; esac
echo "$judged" >verdict.status
mv verdicts.jsonl.part verdicts.jsonl
report() { # FORMAT FILE
	mk-report --title "$(cat revisions)" -f "$1" -o "$2" verdicts.jsonl ||
		exit 2
}
report text report.txt
report md report.md
report html report.html
report junit report.xml
cat report.txt
echo
echo "report: $AB_RUN/report.html"
# Of trials that failed, cmp-baseline knows whether it matters.
[ "$judged" -eq 0 ]
