#!/bin/sh
# Three nginx on 127.0.0.1, in the foreground: one hands its requests in turn to
# two others.
#
#	http-balance.sh PORT PORT_A PORT_B DIR
#
# All answer any path with the file DIR/answer and name themselves, a or b, in
# the header X-Backend; DIR/a.pid and DIR/b.pid have their process numbers. Where
# one does not answer, the other is asked.
#
# BALANCE_NO_FAILOVER=1 does without that: a planted regression.
set -eu
export LC_ALL=C

if [ $# -ne 4 ]; then
	echo "${0##*/}: usage: ${0##*/} PORT PORT_A PORT_B DIR" >&2
	exit 2
fi
dir=$4
user=
[ "$(id -u)" -ne 0 ] || user="user root;"
retry=error
failures=1
[ -z "${BALANCE_NO_FAILOVER-}" ] || {
	retry=off
	failures=0
}

mkdir -p "$dir"
awk 'BEGIN { for (i = 0; i < 64; i++) print "an answer of some length", i }' \
	>"$dir/answer"

# One process, which is what is killed.
configure() {
	mkdir -p "$dir/tmp-$1"
	cat >"$dir/$1.conf" <<-END
		daemon off;
		master_process off;
		$user
		pid $dir/$1.pid;
		error_log /dev/null;
		events { worker_connections 512; }
		http {
			access_log off;
			keepalive_requests 100000000;
			client_body_temp_path $dir/tmp-$1/body;
			proxy_temp_path $dir/tmp-$1/proxy;
			fastcgi_temp_path $dir/tmp-$1/fastcgi;
			uwsgi_temp_path $dir/tmp-$1/uwsgi;
			scgi_temp_path $dir/tmp-$1/scgi;
			$3
			server {
				listen 127.0.0.1:$2;
				root $dir;
				$4
			}
		}
	END
}

for backend in "a $2" "b $3"; do
	configure "${backend% *}" "${backend#* }" "" \
		"location / { add_header X-Backend ${backend% *};
			try_files /answer =404; }"
	nginx -e /dev/null -p "$dir" -c "$dir/${backend% *}.conf" &
done
configure front "$1" "upstream both {
		server 127.0.0.1:$2 max_fails=$failures;
		server 127.0.0.1:$3 max_fails=$failures;
		keepalive 16;
	}" "location / { proxy_pass http://both; proxy_http_version 1.1;
		proxy_set_header Connection \"\";
		proxy_next_upstream $retry; }"

# The front begins only when both can answer.
for backend in a b; do
	tries=0
	until [ -s "$dir/$backend.pid" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 200 ]; then
			echo "${0##*/}: backend $backend does not start" >&2
			exit 1
		fi
		sleep 0.02
	done
done
exec nginx -e /dev/null -p "$dir" -c "$dir/front.conf"
