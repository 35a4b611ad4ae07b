# For tests that start servers of workloads: their teardown calls stop_servers.

# Start a server, in a group of its own, and wait until the command before -- can
# be done.
serve_until() {
	local ready=() tries=0
	while [ "$1" != -- ]; do
		ready+=("$1")
		shift
	done
	shift
	setsid "$@" >log 2>&1 3>&- &
	mkdir -p servers
	touch servers/$!
	until "${ready[@]}" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 500 ] || {
			cat log >&2
			return 1
		}
		sleep 0.02
	done
}

# A port of 127.0.0.1 that nobody listens to; another for each number.
free_port() {
	local port=$((30000 + $$ % 2000 + $1))
	while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 10))
	done
	echo $port
}

# End what serve_until has started, and wait for it.
stop_servers() {
	local server
	for server in servers/*; do
		[ ! -e "$server" ] || kill -- "-${server##*/}" || :
	done
	for server in servers/*; do
		while [ -e "$server" ] && kill -0 "${server##*/}" 2>/dev/null; do
			sleep 0.02
		done
	done
	rm -rf servers
}
