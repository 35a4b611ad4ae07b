#!/bin/sh
# Full-text search with SQLite's FTS5, over what make-documents makes:
#
#	search.sh able			succeeds where sqlite3 has what is
#					needed
#	search.sh index DOCS DB		make the index DB anew of the directory
#					DOCS; says how many documents it has
#	search.sh queries DOCS DIR N	write N rounds of queries to
#					DIR/queries.sql, what they must answer to
#					DIR/answers, and how many they are to
#					standard output
#	search.sh words DOCS DB		make an index of all words by trigrams
#	search.sh fuzzy DOCS DB		look misspelt words up there: how many
#					are found, as a metric
#	search.sh ranking DOCS DB	how good the first ten results are: their
#					nDCG, as a metric
#
# SEARCH_NO_INDEX=1 makes tables without an index, which are searched with LIKE:
# a planted regression.
#
# nDCG: K. Jaervelin and J. Kekaelaeinen, Cumulated gain-based evaluation of IR
# techniques, ACM Transactions on Information Systems 20, 2002; a document of
# the grade g has the gain 2^g - 1.
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

index() {
	rm -f "$2"
	table='CREATE VIRTUAL TABLE search USING fts5(title, body, tokenize=ascii)'
	[ -z "${SEARCH_NO_INDEX-}" ] ||
		table='CREATE TABLE search(title TEXT, body TEXT)'
	sql "$2" <<-END
		.output /dev/null
		PRAGMA journal_mode = off;
		PRAGMA synchronous = off;
		.output
		CREATE TEMP TABLE documents(id INTEGER PRIMARY KEY, title, body);
		.mode tabs
		.import '$1/documents.tsv' documents
		$table;
		BEGIN;
		INSERT INTO search(rowid, title, body)
			SELECT id, title, body FROM documents;
		COMMIT;
		SELECT count(*) FROM search;
	END
}

# Each query counts what it finds and looks at the ten best.
queries() {
	awk -F '\t' -v rounds="$3" -v like="${SEARCH_NO_INDEX-}" \
		-v answers="$2/answers" -v queries="$2/queries.sql" '
	{
		word[NR] = $1
		found[NR] = $2
	}
	END {
		printf "" >answers
		for (round = 0; round < rounds; round++)
			for (i = 1; i <= NR; i++) {
				where = "search MATCH '\''" word[i] "'\''"
				order = "rank"
				if (like) {
					where = "'\'' '\'' || title || '\'' '\'' || body ||" \
						" '\'' '\'' LIKE '\''% " word[i] " %'\''"
					order = "rowid"
				}
				printf "SELECT '\''%s'\'', (SELECT count(*) FROM search " \
					"WHERE %s), (SELECT count(id) FROM (SELECT " \
					"rowid AS id FROM search WHERE %s ORDER BY %s " \
					"LIMIT 10));\n", word[i], where, where, \
					order >queries
				print word[i] "|" found[i] "|" \
					(found[i] < 10 ? found[i] : 10) >answers
			}
		print rounds * NR
	}' "$1/counts.tsv"
}

words() {
	rm -f "$2"
	sql "$2" <<-END
		.output /dev/null
		PRAGMA journal_mode = off;
		PRAGMA synchronous = off;
		.output
		CREATE TEMP TABLE one(word TEXT);
		.mode tabs
		.import '$1/words.tsv' one
		CREATE VIRTUAL TABLE words USING fts5(word, tokenize=trigram);
		BEGIN;
		INSERT INTO words(word) SELECT '^' || word || '\$' FROM one;
		COMMIT;
	END
}

# Of all words that have one of its trigrams, the best is what was meant. The
# ends of a word count as letters.
fuzzy() {
	sql "$2" <<-END
		CREATE TEMP TABLE misspelt(wrong TEXT, meant TEXT);
		.mode tabs
		.import '$1/misspelt.tsv' misspelt
		.mode list
		WITH RECURSIVE part(wrong, meant, at) AS (
			SELECT '^' || wrong || '\$', '^' || meant || '\$', 1
				FROM misspelt
			UNION ALL
			SELECT wrong, meant, at + 1 FROM part
				WHERE at + 3 <= length(wrong)
		), query(meant, text) AS (
			SELECT meant, group_concat(
				'"' || substr(wrong, at, 3) || '"', ' OR ')
			FROM part GROUP BY wrong, meant
		)
		SELECT printf('{"metric":"found_words","value":%.9g,"unit":"%%"}',
			100.0 * avg(meant = (SELECT word FROM words
				WHERE words MATCH text ORDER BY rank LIMIT 1)))
		FROM query;
	END
}

ranking() {
	hits='JOIN search ON search MATCH text'
	rank='search.rank, search.rowid'
	if [ -n "${SEARCH_NO_INDEX-}" ]; then
		hits="JOIN search ON ' ' || title || ' ' || body || ' ' LIKE
			'% ' || substr(text, 1, instr(text, ' OR ')) || '%'"
		rank=search.rowid
	fi
	sql "$2" <<-END
		CREATE TEMP TABLE relevance(text TEXT, id INTEGER, grade INTEGER);
		CREATE INDEX temp.by_id ON relevance(text, id);
		.mode tabs
		.import '$1/relevance.tsv' relevance
		.mode list
		WITH topic AS (SELECT DISTINCT text FROM relevance),
		hit AS (
			SELECT text, search.rowid AS id, row_number() OVER
				(PARTITION BY text ORDER BY $rank) AS place
			FROM topic $hits
		), gain AS (
			SELECT hit.text, sum((pow(2, coalesce(grade, 0)) - 1) /
				log2(place + 1)) AS dcg
			FROM hit LEFT JOIN relevance USING (text, id)
			WHERE place <= 10 GROUP BY hit.text
		), best AS (
			SELECT text, grade, row_number() OVER
				(PARTITION BY text ORDER BY grade DESC) AS place
			FROM relevance
		), ideal AS (
			SELECT text, sum((pow(2, grade) - 1) / log2(place + 1)) AS dcg
			FROM best WHERE place <= 10 GROUP BY text
		)
		SELECT printf('{"metric":"ndcg","value":%.9g}',
			avg(coalesce(gain.dcg, 0) / ideal.dcg))
		FROM ideal LEFT JOIN gain USING (text);
	END
}

case $#,${1-} in
1,able) sql :memory: 'CREATE VIRTUAL TABLE t USING fts5(a, tokenize=trigram);
	SELECT log2(8) FROM t' ;;
3,index) index "$2" "$3" ;;
4,queries) queries "$2" "$3" "$4" ;;
3,words) words "$2" "$3" ;;
3,fuzzy) fuzzy "$2" "$3" ;;
3,ranking) ranking "$2" "$3" ;;
*)
	trouble "usage: $name able | index|words|fuzzy|ranking DOCS DB |\
 queries DOCS DIR N"
	;;
esac
