#!/bin/sh
# What a program does to a database of SQLite all day:
#
#	database.sh make DIR ROWS		write the statements to DIR
#	database.sh crud DIR ROWS		create, read, update and delete
#						ROWS rows: a statement each, one
#						transaction for each kind
#	database.sh transactions DIR ROWS	ROWS transfers between accounts, a
#						transaction each, of which one in
#						ten is rolled back
#	database.sh bulk DIR ROWS		insert ROWS rows by one statement,
#						and index them
#	database.sh query DIR ROWS		join, filter and group
#
# Rates are metrics. All answers are compared with what must be there.
#
# DATABASE_NO_INDEX=1 leaves out the index that the query needs: a planted
# regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

sql() {
	sqlite3 -init /dev/null -batch -bail "$@"
}

# What a query says must be the answer.
check() {
	answer=$(sql "$1" "$2")
	if [ "$answer" != "$3" ]; then
		echo "$name: $2: is $answer, must be $3" >&2
		exit 1
	fi
}

make_statements() {
	awk -v dir="$dir" -v rows="$rows" '
	function start(name) {
		file = dir "/" name ".sql"
		print "BEGIN;" >file
	}
	function end() {
		print "COMMIT;" >file
		close(file)
	}
	BEGIN {
		# The rows in an order of their own: 7919 is a prime, so it
		# divides no count of rows that is not a multiple of it.
		for (i = 0; i < rows; i++)
			key[i] = 1 + i * 7919 % rows
		start("create")
		for (i = 0; i < rows; i++)
			printf "INSERT INTO item VALUES(%d, '\''item %d'\'', %d," \
				" '\''%s'\'');\n", key[i], key[i], key[i] * 3, \
				"some text that makes a row as long as rows are" >file
		end()
		start("read")
		for (i = 0; i < rows; i++)
			printf "SELECT name FROM item WHERE id = %d;\n", key[i] >file
		end()
		for (i = 0; i < rows; i++)
			print "item " key[i] >(dir "/answers")
		start("update")
		for (i = 0; i < rows; i++)
			printf "UPDATE item SET amount = amount + 1 WHERE id = %d;\n", \
				key[i] >file
		end()
		start("delete")
		for (i = 0; i < rows; i += 2)
			printf "DELETE FROM item WHERE id = %d;\n", key[i] >file
		for (i = 1; i < rows; i += 2)
			printf "DELETE FROM item WHERE id = %d;\n", key[i] >file
		end()
		file = dir "/transactions.sql"
		print "PRAGMA synchronous = normal;" >file
		for (i = 0; i < rows; i++) {
			from = 1 + i * 7 % 1000
			to = 1 + (i * 13 + 500) % 1000
			printf "BEGIN IMMEDIATE;\n" \
				"UPDATE account SET balance = balance - %d " \
				"WHERE id = %d;\n" \
				"UPDATE account SET balance = balance + %d " \
				"WHERE id = %d;\n" \
				"INSERT INTO history VALUES(%d, %d, %d);\n%s;\n", \
				i, from, i, to, from, to, i, \
				i % 10 == 9 ? "ROLLBACK" : "COMMIT" >file
		}
	}'
}

crud() {
	rm -f "$dir/crud.db"
	sql "$dir/crud.db" 'CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT,
		amount INTEGER, body TEXT)'
	for kind in create read update delete; do
		set -- -o "$rows" -i "$dir/$kind.sql"
		[ "$kind" != read ] || set -- "$@" -e "$dir/answers"
		repeat "$@" "${kind}_rate" /s sqlite3 -init /dev/null -batch -bail "$dir/crud.db"
		[ "$kind" != update ] || check "$dir/crud.db" \
			'SELECT count(*), sum(amount - 3 * id) FROM item' \
			"$rows|$rows"
	done
	check "$dir/crud.db" 'SELECT count(*) FROM item' 0
}

transactions() {
	rm -f "$dir/bank.db" "$dir/bank.db-wal" "$dir/bank.db-shm"
	sql "$dir/bank.db" 'PRAGMA journal_mode = wal;
		CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER);
		CREATE TABLE history(source INTEGER, target INTEGER, amount INTEGER);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
			LIMIT 1000)
		INSERT INTO account SELECT i, 0 FROM n' >/dev/null
	repeat -o "$rows" -i "$dir/transactions.sql" transaction_rate /s \
		sqlite3 -init /dev/null -batch -bail "$dir/bank.db"
	check "$dir/bank.db" 'SELECT (SELECT sum(balance) FROM account),
		(SELECT count(*) FROM history)' "0|$((rows - rows / 10))"
}

bulk() {
	rm -f "$dir/bulk.db"
	sql "$dir/bulk.db" 'PRAGMA journal_mode = wal;
		CREATE TABLE event(id INTEGER PRIMARY KEY, kind INTEGER, text TEXT)' \
		>/dev/null
	repeat -o "$rows" bulk_insert_rate /s sqlite3 -init /dev/null -batch -bail "$dir/bulk.db" \
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
			LIMIT $rows)
		INSERT INTO event SELECT i, i * 7919 % 1000,
			printf('event %d of kind %d', i, i * 7919 % 1000) FROM n"
	repeat -o "$rows" index_rate /s sqlite3 -init /dev/null -batch -bail "$dir/bulk.db" \
		'CREATE INDEX by_kind ON event(kind, text)'
	check "$dir/bulk.db" 'SELECT count(*), count(DISTINCT kind),
		sum(text LIKE '\''event %'\'') FROM event' "$rows|1000|$rows"
	check "$dir/bulk.db" 'PRAGMA integrity_check' ok
	rm -f "$dir/bulk.db"
}

# The query is run for each of 20 customers; what it finds is known.
query() {
	join="SELECT sum(amount), count(*) FROM customer JOIN sale
		ON sale.customer = customer.id WHERE customer.name ="
	if [ ! -e "$dir/query.db" ]; then
		sql "$dir/query.db.part" "
			PRAGMA journal_mode = off;
			CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
			CREATE TABLE sale(id INTEGER PRIMARY KEY, customer INTEGER,
				amount INTEGER);
			WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1
				FROM n LIMIT 100)
			INSERT INTO customer SELECT i, 'customer ' || i FROM n;
			WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1
				FROM n LIMIT $rows)
			INSERT INTO sale SELECT i, i % 100, 1 FROM n" >/dev/null
		[ -n "${DATABASE_NO_INDEX-}" ] || sql "$dir/query.db.part" \
			'CREATE INDEX by_customer ON sale(customer)'
		i=0
		while [ $i -lt 20 ]; do
			echo "$join 'customer $i';"
			i=$((i + 1))
		done >"$dir/query.sql"
		yes "$((rows / 100))|$((rows / 100))" | head -n 20 >"$dir/query.answers"
		mv "$dir/query.db.part" "$dir/query.db"
	fi
	repeat -n 5 -o 20 -i "$dir/query.sql" -e "$dir/query.answers" query_time ms \
		sqlite3 -init /dev/null -batch -bail -readonly "$dir/query.db"
	steps=$(sql -readonly "$dir/query.db" \
		"EXPLAIN QUERY PLAN $join 'customer 1'" | grep -c ' USING .*INDEX')
	printf '{"metric":"indexed_steps","value":%d,"unit":"count"}\n' "$steps"
}

[ $# -eq 3 ] || trouble "usage: $name make|crud|transactions|bulk|query DIR ROWS"
dir=$2
rows=$3
case $1 in
make) make_statements ;;
crud) crud ;;
transactions) transactions ;;
bulk) bulk ;;
query) query ;;
*) trouble "no such work: $1" ;;
esac
