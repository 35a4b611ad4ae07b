#!/bin/bash
# Reload what has changed, as tools for developers do: inotifywait tells of a
# change of a template, envsubst renders it, tomljson parses the result, and a
# line says what is in it. In this directory, where config-templates.sh has
# made the templates:
#
#	hot-reload.sh latency TIMES	one change after the other
#	hot-reload.sh concurrent FILES	as many files changed at once
#	hot-reload.sh debounce WRITES	one file written so often in a row: it
#					is rendered when it is quiet
#
# Times are from before the write, by the clock of the day, the only fine one that
# bash has: a trial in which that is set has failed. HOT_RELOAD_DELAY holds up every rendering by
# so many seconds: a planted regression.
set -eu
export LC_ALL=C
# The variables of the templates.
export T_NAME T_VERSION=0.7.0 T_IMAGE=registry/service T_RUN='run --step'

name=${0##*/}
quiet_s=0.05 # after which a burst has ended

trouble() {
	echo "$name: $*" >&2
	exit 1
}

now_us() {
	now=${EPOCHREALTIME/./}
}

# The time since the start of the machine, which cannot be set, to 10 ms.
uptime_us() {
	read -r uptime _ </proc/uptime
	uptime=${uptime/./}0000
}

# Has the clock gone as far as the machine has?
check_clock() {
	local off

	now_us && uptime_us
	off=$((now - clock_start - (uptime - uptime_start)))
	((off > -50000 && off < 50000)) ||
		trouble "the clock was set by $((off / 1000)) ms"
}

# emit METRIC FROM_US TO_US
emit() {
	(($3 >= $2)) || trouble "the clock was set back by $(($2 - $3)) us"
	printf '{"metric":"%s","value":%d.%03d,"unit":"ms"}\n' "$1" \
		$((($3 - $2) / 1000)) $((($3 - $2) % 1000)) >>lines
}

watch() {
	local start tries=0

	now_us && start=$now
	coproc WATCH {
		exec inotifywait -m -e close_write -e moved_to --format %f \
			watched 2>watch.err
	}
	watcher=$WATCH_PID
	until grep -q established watch.err 2>/dev/null; do
		tries=$((tries + 1))
		if [ "$tries" -gt 5000 ] || ! kill -0 "$watcher" 2>/dev/null; then
			trouble "inotifywait does not watch: $(<watch.err)"
		fi
		sleep 0.001
	done
	now_us && emit watch_start_time "$start" "$now"
}

# The next file that has changed, or none after so many seconds.
next_change() {
	read -r -t "$1" file <&"${WATCH[0]}"
}

render() {
	[ -z "${HOT_RELOAD_DELAY-}" ] || sleep "$HOT_RELOAD_DELAY"
	envsubst <"watched/$1" >"rendered/$1"
}

# It is complete, and it is the newest.
validate() {
	tomljson "rendered/$1" >json
}

# What a person is shown of it.
feedback() {
	awk -F'"' '$2 == "name" && $4 ~ /^change/ { name = $4 }
		$2 == "name" && $4 ~ /^scenario/ { n++ }
		END { print name ": " n " scenarios" }' json
}

# Changes are whole: readers of half a file would be a test of luck.
change() {
	cp medium.envsubst ".new.$1"
	mv ".new.$1" "watched/$1"
}

latency() {
	local i start detected rendered parsed

	for ((i = 1; i <= $1; i++)); do
		T_NAME=change$i
		now_us && start=$now
		change app.toml
		next_change 10 || trouble "change $i was not seen"
		now_us && detected=$now
		render "$file"
		now_us && rendered=$now
		validate "$file"
		now_us && parsed=$now
		feedback >said
		now_us
		[ "$(<said)" = "change$i: 5 scenarios" ] ||
			trouble "change $i came to: $(<said)"
		emit detect_time "$start" "$detected"
		emit render_time "$detected" "$rendered"
		emit parse_time "$rendered" "$parsed"
		emit feedback_time "$parsed" "$now"
		emit reload_time "$start" "$now"
	done
}

concurrent() {
	local i start writers=() seen=0

	T_NAME=concurrent
	for ((i = 1; i <= $1; i++)); do
		cp medium.envsubst ".new.$i"
	done
	now_us && start=$now
	for ((i = 1; i <= $1; i++)); do
		mv ".new.$i" "watched/$i.toml" &
		writers+=($!)
	done
	while [ "$seen" -lt "$1" ]; do
		next_change 10 || trouble "only $seen of $1 changes were seen"
		[ ! -e "rendered/$file" ] || continue
		render "$file"
		validate "$file"
		seen=$((seen + 1))
	done
	now_us && emit concurrent_time "$start" "$now"
	wait "${writers[@]}"
	for ((i = 1; i <= $1; i++)); do
		cmp -s "rendered/$i.toml" concurrent.expected ||
			trouble "file $i is not what it should be"
	done
}

debounce() {
	local i last renders=0

	for ((i = 1; i <= $1; i++)); do
		printf 'n = %d\n' "$i" >watched/burst.toml
	done
	now_us && last=$now
	while next_change 1; do
		while next_change "$quiet_s"; do :; done
		render burst.toml
		validate burst.toml
		renders=$((renders + 1))
		now_us && emit settle_time "$last" "$now"
	done
	[ "$(<rendered/burst.toml)" = "n = $1" ] || trouble 'the last is missing'
	printf '{"metric":"debounce_effectiveness","value":%d,"unit":"%%"}\n' \
		$((100 - 100 * renders / $1)) >>lines
}

[ $# -eq 2 ] || trouble "usage: $name {latency|concurrent|debounce} NUMBER"
rm -rf watched rendered lines watch.err
mkdir watched rendered
: >lines
now_us && clock_start=$now
uptime_us && uptime_start=$uptime
trap '[ -z "${watcher-}" ] || kill "$watcher" 2>/dev/null || :' EXIT
watch
case $1 in
concurrent)
	sed 's/^name = "journey"/name = "concurrent"/' medium.expected \
		>concurrent.expected
	concurrent "$2"
	;;
latency | debounce) "$1" "$2" ;;
*) trouble "no such thing to do: $1" ;;
esac
# What the watcher holds at most.
awk '/^VmHWM:/ {
	printf "{\"metric\":\"watcher_memory\",\"value\":%d,\"unit\":\"kB\"}\n",
		$2 * 1.024
}' "/proc/$watcher/status" >>lines
check_clock
cat lines
