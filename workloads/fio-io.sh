#!/bin/sh
# One pattern of input and output by fio, and its figures as lines of JSON:
#
#	fio-io.sh PLACE PATTERN BLOCK SIZE_MB JOBS
#	fio-io.sh --try PLACE	whether that can be done here
#
# PLACE is memory (WL_scratch, or else /dev/shm), or disk: TMPDIR or else
# /var/tmp, past the page cache. Each of the JOBS has a file of SIZE_MB of its own, and does all of it
# once. FIO_IO_RATE is the most blocks that a job may do in a second: a
# planted regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

place_of() {
	case $1 in
	memory) directory=${WL_scratch:-/dev/shm} direct=0 ;;
	disk) directory=${TMPDIR:-/var/tmp} direct=1 ;;
	*) trouble "no such place: $1" ;;
	esac
	# What one of us left that was killed outright, whose number nobody has.
	for left in "$directory/fio-io.$(id -u)".*; do
		[ ! -d "$left" ] || [ -e "/proc/${left##*.}" ] ||
			rm -rf "$left"
	done
	scratch=$directory/fio-io.$(id -u).$$
	mkdir -m 700 "$scratch"
}

trap '[ -z "${scratch-}" ] || rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "${1-}" = --try ] && [ $# -eq 2 ]; then
	place_of "$2"
	[ "$direct" = 0 ] || dd if=/dev/zero of="$scratch/file" oflag=direct \
		bs=4096 count=1 2>/dev/null || trouble "$directory: no direct I/O"
	exit
fi
[ $# -eq 5 ] || trouble "usage: $name PLACE PATTERN BLOCK SIZE_MB JOBS | --try PLACE"

place_of "$1"
fio --name=io --directory="$scratch" --rw="$2" --bs="$3" --size="$4M" \
	--numjobs="$5" --group_reporting --ioengine=psync --direct="$direct" \
	--randseed="${WL_SEED:-1}" --rate_iops="${FIO_IO_RATE:-0}" \
	--output-format=json --output="$scratch/json"
jq -ce --argjson bytes "$(($4 * 1024 * 1024 * $5))" '
	def line($metric; $value; $unit):
		{metric: $metric, value: $value, unit: $unit};
	.jobs[0] |
	([.read, .write] | map(select(.total_ios > 0))) as $sides |
	if .error != 0 or ($sides | map(.io_bytes) | add) != $bytes then
		error("not all was read or written: error \(.error)")
	else
		line("io_rate"; $sides | map(.iops) | add; "1/s"),
		line("bandwidth_rate"; $sides | map(.bw_bytes) | add / 1e6; "MB/s"),
		line("p50_latency";
			$sides | map(.clat_ns.percentile["50.000000"]) | max; "ns"),
		line("p99_latency";
			$sides | map(.clat_ns.percentile["99.000000"]) | max; "ns")
	end' "$scratch/json"
