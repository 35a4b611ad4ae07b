#!/bin/sh
# Ask a redis on 127.0.0.1 to set and get 64 bytes, REQUESTS times each by
# CLIENTS, and check what it has then:
#
#	redis-bench.sh PORT CLIENTS REQUESTS
#
# REDIS_BENCH_SIZE=BYTES is another size: a planted regression.
set -eu

name=${0##*/}
if [ $# -ne 3 ]; then
	echo "$name: usage: $name PORT CLIENTS REQUESTS" >&2
	exit 2
fi
size=${REDIS_BENCH_SIZE:-64}

redis-benchmark -h 127.0.0.1 -p "$1" -c "$2" -n "$3" -d "$size" -t set,get \
	--csv | awk -F '","' '
	function report(metric, value, unit) {
		printf "{\"metric\":\"%s\",\"value\":%s,\"unit\":\"%s\"}\n",
			tolower(metric), value, unit
	}
	{ gsub(/^"|"$/, "") }
	$1 == "SET" || $1 == "GET" {
		report($1 "_rate", $2, "/s")
		report($1 "_p50_time", $5, "ms")
		report($1 "_p99_time", $7, "ms")
	}'
length=$(redis-cli -h 127.0.0.1 -p "$1" strlen key:__rand_int__)
if [ "$length" -ne "$size" ]; then
	echo "$name: the value has $length bytes, must have $size" >&2
	exit 1
fi
