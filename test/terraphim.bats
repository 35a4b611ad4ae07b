#!/usr/bin/env bats
# What the workloads of terraphim.yaml are made of: that it finds what is there,
# and notices what is wrong.

load helper
load servers

PATH=$PLUMBLINE_BUILD/workloads:$TOP/workloads:$PATH

teardown() {
	stop_servers
	quiet
}

@test "make-documents: the same bytes each time, and counts that are right" {
	local word n
	expect 0 make-documents -n 800 a
	expect 0 make-documents -n 800 b
	diff -r a b
	expect 0 make-documents -n 800 -s 2 c
	run ! cmp -s a/documents.tsv c/documents.tsv
	[ "$(wc -l <a/documents.tsv)" -eq 800 ]
	while read -r word n; do
		[ "$(grep -cw "$word" a/documents.tsv)" -eq "$n" ]
	done <a/counts.tsv
	expect 2 make-documents -n 10 d
	err_has 'from 400 to'
}

@test "search.sh: finds what is there, with and without its index" {
	need sqlite3
	local index
	expect 0 search.sh able
	expect 0 make-documents -n 1000 docs
	for index in "" 1; do
		export SEARCH_NO_INDEX=$index
		expect 0 search.sh index docs search.db
		out_is 1000
		expect 0 search.sh queries docs . 2
		out_is 40
		expect 0 repeat -i queries.sql -e answers query_time ms \
			sqlite3 -batch -bail search.db
		ignore_out
	done
	echo "planted|1|1" >>answers
	expect 1 repeat -i queries.sql -e answers query_time ms \
		sqlite3 -batch -bail search.db
	err_has 'its output is not answers'
}

@test "search.sh: the ranking and the misspelt words" {
	need sqlite3
	expect 0 make-documents -n 1000 docs
	expect 0 search.sh index docs search.db
	ignore_out
	expect 0 search.sh ranking docs search.db
	out_json '.[0].metric == "ndcg" and .[0].value > 0.95 and .[0].value < 1'
	expect 0 search.sh words docs words.db
	expect 0 search.sh fuzzy docs words.db
	out_json '.[0].metric == "found_words" and .[0].value > 80'
	SEARCH_NO_INDEX=1 expect 0 search.sh index docs search.db
	ignore_out
	SEARCH_NO_INDEX=1 expect 0 search.sh ranking docs search.db
	out_json '.[0].value < 0.95'
}

@test "database.sh: each kind of work checks what became of it" {
	need sqlite3
	expect 0 database.sh make . 500
	expect 0 database.sh crud . 500
	out_json 'map(.metric) == ["create_rate", "read_rate", "update_rate",
		"delete_rate"]'
	expect 0 database.sh transactions . 500
	out_json '.[0].metric == "transaction_rate"'
	expect 0 database.sh bulk . 2000
	out_json 'map(.metric) == ["bulk_insert_rate", "index_rate"]'
	sed -i '1,/ROLLBACK/s/ROLLBACK/COMMIT/' transactions.sql
	expect 1 database.sh transactions . 500
	err_has 'is 0|451, must be 0|450'
	ignore_out
	echo wrong >>answers
	expect 1 database.sh crud . 500
	err_has 'its output is not'
	ignore_out
	expect 2 database.sh make .
	err_has 'usage: '
}

@test "database.sh: a lost index is seen in the plan" {
	need sqlite3
	mkdir a b
	expect 0 database.sh query a 1000
	out_json 'map(select(.metric == "indexed_steps").value) == [2] and
		(map(select(.metric == "query_time")) | length) == 5'
	DATABASE_NO_INDEX=1 expect 0 database.sh query b 1000
	out_json 'map(select(.metric == "indexed_steps").value) == [1]'
}

@test "file-ops: five kinds, three times each, and nothing is left" {
	mkdir here
	expect 0 file-ops -s 2 -j 2 -d 10 here
	out_json 'length == 15 and all(.value > 0) and
		(map(.metric) | unique | length) == 5'
	[ -z "$(ls here)" ]
	expect 2 file-ops nowhere
	err_has 'nowhere: No such file or directory'
}

@test "http-balance.sh: one of two servers is killed, and nobody notices" {
	need nginx awk setsid
	local a b c
	a=$(free_port 1) b=$(free_port 2) c=$(free_port 3)
	serve_until test -s site/front.pid -- http-balance.sh "$a" "$b" "$c" "$PWD/site"
	expect 0 http-load -n 300 -r 2000 -k site/b.pid "$a" /x site/answer
	out_json 'map({(.metric): .value}) | add | .spread > 90 and
		.failed_requests <= 3 and .success_rate >= 99 and
		.recovery_time >= 0'
}

@test "http-balance.sh: without failover, half of the requests fail then" {
	need nginx awk setsid
	local a b c
	export BALANCE_NO_FAILOVER=1
	a=$(free_port 4) b=$(free_port 5) c=$(free_port 6)
	serve_until test -s site/front.pid -- http-balance.sh "$a" "$b" "$c" "$PWD/site"
	expect 0 http-load -n 300 -r 2000 -k site/b.pid "$a" /x site/answer
	out_json 'map({(.metric): .value}) | add |
		.failed_requests > 50 and .recovery_time > 0'
	echo planted >>site/answer
	cp site/answer other
	echo more >>other
	expect 0 http-load -n 10 "$a" /x other
	out_json 'map({(.metric): .value}) | add | .success_rate == 0'
}

@test "http-users.lua: an answer that is not what it must be fails" {
	need nginx wrk awk setsid
	local a
	a=$(free_port 7)
	serve_until test -s site/nginx.pid -- http-serve.sh "$a" "$PWD/site"
	expect 0 wrk -t1 -c2 -d1s -s "$TOP/workloads/http-users.lua" \
		"http://127.0.0.1:$a" -- search "$PWD/site"
	out_has '"metric":"success_rate","value":100'
	cp -r site other
	echo planted >>other/config.json
	expect 1 wrk -t1 -c2 -d1s -s "$TOP/workloads/http-users.lua" \
		"http://127.0.0.1:$a" -- config "$PWD/other"
	err_has 'answers are wrong'
	ignore_out
}

@test "http-resources.sh: a server that dies is told" {
	need nginx awk setsid
	local a pid status tries=0
	a=$(free_port 8)
	expect 0 http-resources.sh "$a" "$PWD/site" 100
	out_has '"metric":"success_rate","value":100'
	http-resources.sh "$a" "$PWD/site" 0 2>said 3>&- &
	pid=$!
	until [ -s site/nginx.pid ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 500 ]
		sleep 0.01
	done
	sleep 0.2
	kill "$(cat site/nginx.pid)"
	wait "$pid" && status=0 || status=$?
	[ "$status" -eq 1 ]
	grep -qF 'http-resources.sh: the server ended before the second did' said
	# It is given a port of no such number.
	expect 1 http-resources.sh 99999 "$PWD/site" 0
	err_has 'http-resources.sh: the server ended with status 1'
}

@test "terraphim-slo.json: each gate is about a metric that is declared" {
	local metric
	jq -r '.gates[].metric' "$TOP/workloads/terraphim-slo.json" >metrics
	expect 0 wl-expand "$TOP/workloads/terraphim.yaml"
	ignore_out
	jq -r '.workload as $w | .case as $c | .metrics[].name |
		"\($w).\(.)", "\($c).\(.)"' out | sort -u >declared
	while read -r metric; do
		grep -qxF -- "$metric" declared || {
			echo "not declared: $metric" >&2
			return 1
		}
	done <metrics
}
