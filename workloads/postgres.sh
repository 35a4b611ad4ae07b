#!/bin/sh
# PostgreSQL on 127.0.0.1 with a new cluster in a scratch directory:
#
#	postgres.sh serve PORT DIR		make the cluster DIR/data and serve
#						it, in the foreground
#	postgres.sh there			succeeds where PostgreSQL is
#						installed, and says where
#	postgres.sh ask PORT			succeeds once there are answers
#	postgres.sh prepare PORT SCALE		make the tables of pgbench, if they
#						are not there, and clear away what
#						transactions left in them
#	postgres.sh bench PORT CLIENTS COUNT	COUNT transactions of each of
#						CLIENTS: rate and time as metrics
#	postgres.sh read PORT CLIENTS COUNT	the same, only reading
#
# What root starts runs as the user postgres. Nothing is written for good: the
# cluster does without fsync.
#
# POSTGRES_NO_INDEX=1 drops the primary key of the accounts once they are
# there: a planted regression.
set -eu

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

# The newest one that is installed. What is in /usr/bin only looks for it.
for directory in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin; do
	[ ! -x "$directory/initdb" ] || bin=$directory
done
[ -n "${bin-}" ] || trouble 'there is no initdb'
export PGHOST=127.0.0.1 PGDATABASE=postgres PGUSER=bench PGTZ=UTC

as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

serve() {
	mkdir -p "$2/data"
	[ "$(id -u)" -ne 0 ] || chown postgres: "$2/data"
	cd "$2/data"
	as_user "$bin/initdb" -D "$2/data" -U bench -A trust -N \
		--no-instructions -E UTF8 --locale=C >&2
	cat >>"$2/data/postgresql.conf" <<-END
		listen_addresses = '127.0.0.1'
		port = $1
		unix_socket_directories = ''
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		autovacuum = off
		dynamic_shared_memory_type = mmap
		shared_buffers = 64MB
		max_connections = 120
		checkpoint_timeout = 1h
		logging_collector = off
	END
	# It has shared memory that outlives it where it is killed, unless that
	# is in a namespace.
	if [ "$(id -u)" -eq 0 ]; then
		exec unshare --ipc -- setpriv --reuid=postgres --regid=postgres --init-groups -- \
			"$bin/postgres" -D "$2/data"
	fi
	exec "$bin/postgres" -D "$2/data"
}

query() {
	export PGPORT
	"$bin/psql" -XAtq -v ON_ERROR_STOP=1 -c "$1"
}

fill() {
	"$bin/pgbench" -i -q -s "$1" >&2
	[ -z "${POSTGRES_NO_INDEX-}" ] ||
		query 'ALTER TABLE pgbench_accounts DROP CONSTRAINT pgbench_accounts_pkey'
	[ "$(query 'SELECT count(*) FROM pgbench_accounts')" -eq \
		$((100000 * $1)) ] || trouble 'rows are missing'
}

prepare() {
	PGPORT=$1
	export PGPORT
	[ -n "$(query "SELECT to_regclass('pgbench_history')")" ] || fill "$2"
	"$bin/psql" -XAtq -v ON_ERROR_STOP=1 <<-END
		TRUNCATE pgbench_history;
		VACUUM pgbench_branches;
		VACUUM pgbench_tellers;
		VACUUM pgbench_accounts;
		CHECKPOINT;
	END
}

# Each transaction leaves one row of history.
bench() {
	PGPORT=$1
	export PGPORT
	clients=$2
	count=$3
	shift 3
	said=$("$bin/pgbench" -n -c "$clients" -t "$count" \
		--random-seed="${WL_SEED:-1}" "$@")
	[ $# -gt 0 ] || [ "$(query 'SELECT count(*) FROM pgbench_history')" -eq \
		$((clients * count)) ] || trouble 'transactions are missing'
	printf '%s\n' "$said" | awk -v all=$((clients * count)) '
		function report(metric, value, unit) {
			printf "{\"metric\":\"%s\",\"value\":%s,\"unit\":\"%s\"}\n",
				metric, value, unit
		}
		/^number of transactions actually processed/ {
			split($NF, done, "/")
			report("success_rate", 100 * done[1] / all, "%")
		}
		/^latency average/ { report("avg_time", $4, "ms") }
		/^tps/ { report("transaction_rate", $3, "/s") }'
}

case $#,${1-} in
1,there) echo "$bin" ;;
3,serve) serve "$2" "$3" ;;
2,ask) PGPORT=$2 query 'SELECT 1' >/dev/null ;;
3,prepare) prepare "$2" "$3" ;;
4,bench) bench "$2" "$3" "$4" ;;
4,read) bench "$2" "$3" "$4" -S ;;
*)
	trouble "usage: $name there | serve PORT DIR | ask PORT | prepare PORT SCALE |\
 bench|read PORT CLIENTS COUNT"
	;;
esac
