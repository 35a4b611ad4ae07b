# What the test files of wl-run load after the helper: cases by hand, what a
# stream must hold, a run in the background, and no process left.

# What every process of this test's workloads has in its arguments.
prepare_test() {
	mark=77$$.$BATS_TEST_NUMBER
}

# No test leaves a process, however it ended.
teardown() {
	pkill -KILL -f "$mark" || true
	quiet
}

# A case record: record NAME COMMAND [EXEC [RECORD]]. COMMAND is JSON, EXEC and
# RECORD are further members of exec and of the record.
record() {
	printf '{"type":"case","case":"%s"%s,"exec":{"command":%s%s}}\n' \
		"$1" "${4:+,$4}" "$2" "${3:+,$3}"
}

# The same for a script: script NAME TEXT [EXEC [RECORD]].
script() {
	record "$1" "$(sh_command "$2")" "${3-}" "${4-}"
}

sh_command() {
	jq -nc --arg text "$1" '["sh", "-c", $text]'
}

# Runs each case of stdin once, without warm-up.
once() {
	expect "$1" wl-run -n 1 -w 0 "${@:2}"
}

# A jq condition on the list of the trials, the samples of a metric, all.
trials_are() {
	out_json "map(select(.type == \"trial\")) | $1"
}

samples_are() {
	out_json "map(select(.metric == \"$1\" and .type == \"sample\")) | $2"
}

run_is() {
	out_json ".[0] | $1"
}

# The one trial's status and reason.
trial_is() {
	trials_are "length == 1 and .[0].status == \"$1\" and
		((.[0].why // \"\") | contains(\"${2-}\"))"
}

# Polls until a command succeeds, for 20 s.
until_true() {
	local i

	for ((i = 0; i < 400; i++)); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.05
	done
	echo "never true: $*" >&2
	return 1
}

alive() { pgrep -f "$mark"; }

# No process of the workload is there: now, or soon.
nobody_alive() {
	if ! alive >survivors; then return 0; fi
	xargs ps -o pid,ppid,args <survivors >&2
	return 1
}

# A command in the background, as expect runs it; its number is in $RUN.
background() {
	quiet
	rm -f looked_out looked_err
	"$@" <stdin >out 2>err 3>&- &
	RUN=$!
}

# A shell makes what it starts in the background ignore SIGINT, nohup SIGHUP.
start() {
	background env --default-signal=INT,HUP wl-run --no-table "$@"
}

# It ends by itself: finish STATUS.
finish() {
	local status=0

	until_true ended "$RUN" || kill -KILL "$RUN"
	wait "$RUN" || status=$?
	[ "$status" -eq "$1" ] && return 0
	echo "status $status, expected $1" >&2
	cat err out >&2
	return 1
}

# Whether a process has ended; a zombie has.
ended() {
	case $(ps -o stat= -p "$1") in '' | Z*) ;; *) return 1 ;; esac
}

# A machine of which nothing is known, and so nothing of it disturbs a trial.
unknown_machine() {
	mkdir -p root
	export PLUMBLINE_ROOT=$PWD/root
}

has_sanitizer() {
	grep -q __asan_init "$(type -P wl-run)"
}

# How often to try what is tried N times: the sanitizers, which are slow, look at
# a fifth of it.
attempts() {
	if has_sanitizer; then echo $(($1 / 5)); else echo "$1"; fi
}

# The control groups of a wl-run, which is $RUN or of the number given.
groups_of_ours() {
	sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2* .*/\1/p' \
		/proc/self/mountinfo | sort -u | while read -r mount; do
		find "$mount" -type d -name "plumbline-run-${1-$RUN}-*" 2>/dev/null || true
	done
}

no_group_left() {
	groups_of_ours "$@" >groups_left
	cat groups_left >&2
	[ ! -s groups_left ]
}
