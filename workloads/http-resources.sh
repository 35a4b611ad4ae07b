#!/bin/sh
# Run the server of http-serve.sh for a second while it is asked RATE times a
# second, which may be 0, and then end it:
#
#	http-resources.sh PORT DIR RATE
set -eu
export LC_ALL=C

name=${0##*/}
if [ $# -ne 3 ]; then
	echo "$name: usage: $name PORT DIR RATE" >&2
	exit 2
fi

trouble() {
	echo "$name: $1" >&2
	exit 1
}

rm -f "$2/nginx.pid" # of one that died
http-serve.sh "$1" "$2" &
server=$!
trap 'kill $server 2>/dev/null || :; wait $server 2>/dev/null || :' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
tries=0
until [ -s "$2/nginx.pid" ]; do
	kill -0 "$server" 2>/dev/null || {
		wait "$server" || status=$?
		trouble "the server ended with status ${status-0}"
	}
	tries=$((tries + 1))
	[ "$tries" -le 200 ] || trouble 'the server does not start'
	sleep 0.02
done
if [ "$3" -eq 0 ]; then
	sleep 1
else
	http-load -n "$3" -r "$3" "$1" '/api/search?q=7' "$2/search/7.json"
fi
kill -0 "$server" 2>/dev/null || trouble 'the server ended before the second did'
