#!/bin/sh
# PostgreSQL on 127.0.0.1 with a new cluster in a scratch directory:
#
#	postgres.sh serve PORT DIR		make the cluster DIR/data and serve
#						it, in the foreground
#	postgres.sh there			succeeds where PostgreSQL is
#						installed and can be run, and
#						says where
#	postgres.sh ask PORT			succeeds once there are answers
#	postgres.sh prepare PORT SCALE		make the tables of pgbench, if they
#						are not there, clear away what
#						transactions left in them, and
#						see that they have all rows
#	postgres.sh bench PORT CLIENTS COUNT	COUNT transactions of each of
#						CLIENTS: rate and time as metrics
#	postgres.sh read PORT CLIENTS COUNT	the same, only reading: each read
#						must find its row
#
# What root starts runs as the user postgres. Nothing is written for good: the
# cluster does without fsync.
#
# POSTGRES_NO_INDEX=1 drops the primary key of the accounts once they are
# there: a planted regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

# The newest one that is installed. What is in /usr/bin only looks for it.
for directory in $(printf '%s\n' /usr/local/pgsql/bin \
	/usr/lib/postgresql/*/bin | sort -V); do
	[ ! -x "$directory/initdb" ] || bin=$directory
done
[ -n "${bin-}" ] || trouble 'there is no initdb'
# What leads the caller to another server, or into another mode, is not for us.
for variable in $(env | sed -n 's/^\(PG[A-Z_0-9]*\)=.*/\1/p'); do
	unset "$variable"
done
export PGHOST=127.0.0.1 PGDATABASE=postgres PGUSER=bench PGTZ=UTC

as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		exec "$@"
	fi
}

# Shared memory outlives a process that is killed, and what is in /dev/shm too:
# so root has namespaces for both, in which the cluster is at /mnt.
serve() {
	rm -rf "$2/data" # of one that died
	mkdir -p "$2/data" "$2/shm"
	chmod 1777 "$2/shm"
	if [ "$(id -u)" -ne 0 ]; then
		serve_here "$1" "$2/data"
	fi
	chown postgres: "$2/data"
	exec unshare --ipc --mount -- "$0" inside "$1" "$2"
}

inside() {
	mount --bind "$2" /mnt
	mount --bind /mnt/shm /dev/shm
	serve_here "$1" /mnt/data
}

# A signal is for initdb to clean up, as long as that runs.
serve_here() {
	cd "$2"
	as_user "$bin/initdb" -D "$2" -U bench -A trust -N \
		--no-instructions -E UTF8 --locale=C >&2 &
	making=$!
	trap 'kill "$making" 2>/dev/null; wait "$making"; exit 143' INT TERM
	wait "$making"
	trap - INT TERM
	cat >>"$2/postgresql.conf" <<-END
		listen_addresses = '127.0.0.1'
		port = $1
		unix_socket_directories = ''
		dynamic_shared_memory_type = mmap
		shared_buffers = 64MB
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		autovacuum = off
		max_connections = 120
		checkpoint_timeout = 1h
		logging_collector = off
	END
	as_user "$bin/postgres" -D "$2"
}

there() {
	if [ "$(id -u)" -eq 0 ]; then
		id postgres >/dev/null 2>&1 ||
			trouble 'root needs the user postgres for it'
		unshare --ipc --mount -- true ||
			trouble 'root needs namespaces for it'
	fi
	echo "$bin"
}

query() {
	export PGPORT
	"$bin/psql" -XAtq -v ON_ERROR_STOP=1 -c "$1"
}

fill() {
	"$bin/pgbench" -i -q -s "$1" >&2
	[ -z "${POSTGRES_NO_INDEX-}" ] ||
		query 'ALTER TABLE pgbench_accounts DROP CONSTRAINT pgbench_accounts_pkey'
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
	[ "$(query 'SELECT count(*), count(DISTINCT aid), min(aid), max(aid)
		FROM pgbench_accounts')" = \
		"$((100000 * $2))|$((100000 * $2))|1|$((100000 * $2))" ] ||
		trouble 'rows are missing'
}

# What pgbench -S does, but the answer must be one row: \gset fails otherwise.
read_one() {
	cat <<-'END'
		\set aid random(1, 100000 * :scale)
		SELECT abalance FROM pgbench_accounts WHERE aid = :aid \gset
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
1,there) there ;;
3,serve) serve "$2" "$3" ;;
3,inside) inside "$2" "$3" ;;
2,ask) PGPORT=$2 query 'SELECT 1' >/dev/null ;;
3,prepare) prepare "$2" "$3" ;;
4,bench) bench "$2" "$3" "$4" ;;
4,read)
	PGPORT=$2
	scale=$(query 'SELECT count(*) FROM pgbench_branches')
	read_one | bench "$2" "$3" "$4" -s "$scale" -f /dev/stdin
	;;
*)
	trouble "usage: $name there | serve PORT DIR | ask PORT | prepare PORT SCALE |\
 bench|read PORT CLIENTS COUNT"
	;;
esac
