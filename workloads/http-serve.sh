#!/bin/sh
# nginx as a small API server on 127.0.0.1, one worker, in the foreground:
#
#	http-serve.sh PORT DIR
#
# DIR gets its files, if they are not there. It answers
#
#	/health			{"status":"ok"}
#	/api/search?q=N		a page of search results, N from 0 to 15: 4 kB
#	/api/config		a configuration of 1 kB, with an ETag
#	/api/documents/N	a document of 16 kB, N from 0 to 15
#
# and says in the header X-Asked what was asked for.
#
# HTTP_LIMIT_RATE=RATE is its limit_rate, as 1m: a planted regression.
set -eu
export LC_ALL=C

if [ $# -ne 2 ]; then
	echo "${0##*/}: usage: ${0##*/} PORT DIR" >&2
	exit 2
fi
port=$1
dir=$2
user=
[ "$(id -u)" -ne 0 ] || user="user root;"

mkdir -p "$dir/search" "$dir/documents" "$dir/tmp"
[ -s "$dir/config.json" ] || awk -v dir="$dir" -v seed="${WL_SEED:-1}" '
# The minimal standard generator of Park and Miller: the same in every awk.
function below(n) {
	state = state * 16807 % 2147483647
	return int(state / 2147483647 * n)
}
function words(n,    text) {
	for (text = ""; n > 0; n--)
		text = text sprintf("%s%c%c%c", text == "" ? "" : " ", \
		    97 + below(26), 97 + below(26), 97 + below(26))
	return text
}
BEGIN {
	state = 1 + seed % 2147483646
	for (page = 0; page < 16; page++) {
		file = dir "/search/" page ".json"
		printf "{\"query\":%d,\"results\":[", page >file
		for (i = 0; i < 20; i++)
			printf "%s{\"id\":%d,\"rank\":%.4f,\"title\":\"%s\"}", \
			    i ? "," : "", below(1000000), below(10000) / 1e4, \
			    words(38) >file
		print "]}" >file
		close(file)
		file = dir "/documents/" page ".json"
		printf "{\"id\":%d,\"body\":\"%s\"}\n", page, words(4096) >file
		close(file)
	}
	file = dir "/config.json"
	printf "{\"roles\":[" >file
	for (i = 0; i < 16; i++)
		printf "%s{\"name\":\"%s\",\"theme\":\"%s\",\"limit\":%d}", \
		    i ? "," : "", words(3), words(3), below(100) >file
	print "]}" >file
}'

cat >"$dir/nginx.conf" <<END
daemon off;
$user
worker_processes 1;
pid $dir/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
	access_log off;
	default_type application/json;
	keepalive_requests 100000000;
	client_body_temp_path $dir/tmp/body;
	proxy_temp_path $dir/tmp/proxy;
	fastcgi_temp_path $dir/tmp/fastcgi;
	uwsgi_temp_path $dir/tmp/uwsgi;
	scgi_temp_path $dir/tmp/scgi;
	server {
		listen 127.0.0.1:$port;
		root $dir;
		add_header X-Asked \$request_uri;
		${HTTP_LIMIT_RATE:+limit_rate $HTTP_LIMIT_RATE;}
		location = /health { return 200 '{"status":"ok"}'; }
		location = /api/search { rewrite ^ /search/\$arg_q.json; }
		location = /api/config { try_files /config.json =404; }
		location /api/documents/ {
			rewrite ^/api/documents/(\d+)$ /documents/\$1.json break;
		}
	}
}
END
exec nginx -e stderr -p "$dir" -c "$dir/nginx.conf"
