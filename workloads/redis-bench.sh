#!/bin/sh
# Ask a redis on 127.0.0.1 to set and get 64 bytes, REQUESTS times each by
# CLIENTS:
#
#	redis-bench.sh PORT CLIENTS REQUESTS
#
# redis-benchmark does not look at the values that it gets. So the server must say
# that it found all of them, the last must be as long as it was set, and another
# that was set before must still be what it was.
#
# REDIS_BENCH_SIZE=BYTES is another size: a planted regression.
set -eu
export LC_ALL=C

name=${0##*/}
if [ $# -ne 3 ]; then
	echo "$name: usage: $name PORT CLIENTS REQUESTS" >&2
	exit 2
fi
size=${REDIS_BENCH_SIZE:-64}

trouble() {
	echo "$name: $1" >&2
	exit 1
}

ask() {
	redis-cli -e -h 127.0.0.1 -p "$port" "$@"
}

# What the server counted under this name.
counted() {
	ask info stats | tr -d '\r' | sed -n "s/^$1://p"
}

port=$1
known="set before, by $name $$"
[ "$(ask set known "$known")" = OK ] || trouble 'nothing can be set'
[ "$(ask config resetstat)" = OK ] || trouble 'its counters cannot be reset'
said=$(redis-benchmark -h 127.0.0.1 -p "$1" -c "$2" -n "$3" -d "$size" -t set,get \
	--csv) || trouble 'redis-benchmark failed'
found=$(counted keyspace_hits)
missed=$(counted keyspace_misses)
if [ "${found:-0}" -lt "$3" ] || [ "${missed:-1}" -ne 0 ]; then
	trouble "$found values were found and $missed were not, of $3"
fi
length=$(ask strlen key:__rand_int__)
[ "$length" -eq "$size" ] ||
	trouble "the value has $length bytes, must have $size"
value=$(ask get known)
[ "$value" = "$known" ] || trouble "the known value is: $value"
printf '%s\n' "$said" | awk -F '","' '
	function report(metric, value, unit) {
		printf "{\"metric\":\"%s\",\"value\":%s,\"unit\":\"%s\"}\n",
			tolower(metric), value, unit
	}
	{ gsub(/^"|"$/, "") }
	$1 == "SET" || $1 == "GET" {
		report($1 "_rate", $2, "/s")
		report($1 "_p50_time", $5, "ms")
		report($1 "_p99_time", $7, "ms")
		seen++
	}
	END { exit seen != 2 }' || trouble "redis-benchmark said: $said"
