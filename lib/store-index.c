/* The index of the history: its tables, and what a file puts into them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "filed.h"
#include "replace.h"
#include "store.h"

/* The version of the tables; whoever changes them counts on. */
#define VERSION "4"

enum {
	SHARES = 64 /* fewer: more series in each; more: more runs are recent */
};

/*
 * The records of runs are long, and apart from the rows that are searched. What
 * a point has of its own is the text of its members, ready to be written. `at`
 * and `len` say where in the file a record is.
 */
static const char *const tables[] = {
    "CREATE TABLE run (id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE,"
    " file TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, session TEXT,"
    " confirms TEXT,"
    " time TEXT NOT NULL,"
    " \"commit\" TEXT, branch TEXT, arch TEXT, target TEXT, machine TEXT,"
    " dirty INTEGER, result TEXT, report TEXT, complete INTEGER NOT NULL)",
    "CREATE INDEX run_machine ON run (machine)",
    "CREATE TABLE record (run INTEGER PRIMARY KEY REFERENCES run,"
    " text TEXT NOT NULL)",
    "CREATE TABLE series (id INTEGER PRIMARY KEY, \"case\" TEXT NOT NULL,"
    " workload TEXT NOT NULL, what TEXT, metric TEXT NOT NULL, unit TEXT,"
    " better TEXT, aggregator TEXT, variant TEXT, threshold_percent REAL,"
    " severity TEXT, gate INTEGER, tags TEXT, arch TEXT, target TEXT,"
    " machine TEXT, spec TEXT NOT NULL UNIQUE)",
    "CREATE INDEX series_case ON series (\"case\", metric)",
    "CREATE TABLE point (series INTEGER NOT NULL REFERENCES series,"
    " run INTEGER NOT NULL REFERENCES run, value REAL NOT NULL,"
    " at INTEGER NOT NULL, len INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (series, run)) WITHOUT ROWID",
    /*
     * Points that were added last. Those of a run lie together, so that few
     * pages are written: see fold().
     */
    "CREATE TABLE recent (run INTEGER NOT NULL REFERENCES run,"
    " series INTEGER NOT NULL REFERENCES series, value REAL NOT NULL,"
    " at INTEGER NOT NULL, len INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (run, series)) WITHOUT ROWID",
    "CREATE INDEX recent_series ON recent (series)",
    "CREATE TABLE declared (\"case\" TEXT NOT NULL,"
    " run INTEGER NOT NULL REFERENCES run, at INTEGER NOT NULL,"
    " len INTEGER NOT NULL, PRIMARY KEY (\"case\", run)) WITHOUT ROWID",
    "CREATE TABLE mark (id INTEGER PRIMARY KEY, mark TEXT NOT NULL UNIQUE,"
    " file TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, kind TEXT NOT NULL,"
    " \"case\" TEXT NOT NULL, text TEXT NOT NULL)",
    /* Files of runs and marks of which another file counts. */
    "CREATE TABLE twin (file TEXT PRIMARY KEY, stamp TEXT NOT NULL,"
    " name TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE directory (path TEXT PRIMARY KEY, stamp TEXT NOT NULL)"
    " WITHOUT ROWID",
    "PRAGMA user_version = " VERSION,
    NULL,
};

void
index_create(struct database *db)
{
	for (size_t i = 0; tables[i]; i++)
		database_run(db, tables[i]);
}

/* A file of a checkout may claim to be of our version: all of it is compared.
 */
bool
index_is_ours(struct database *db)
{
	struct query query;
	size_t n = 0;
	bool same = true;

	if (database_number(db, "PRAGMA user_version") != atoi(VERSION))
		return false;
	query_open(&query, db,
	    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
	    "ORDER BY rowid");
	while (query_next(&query)) {
		const char *sql = query_text(&query, 0);

		same = same && tables[n] &&
		       strncmp(tables[n], "CREATE", 6) == 0 &&
		       strcmp(tables[n], sql) == 0;
		n += same;
	}
	query_release(&query);
	return same && !db->failed && strncmp(tables[n], "PRAGMA", 6) == 0;
}

/* --- runs --- */

static int64_t
put_run(struct database *db, const char *file, const char *stamp,
    const struct filed *filed)
{
	const struct run *run = &filed->run;
	const char *texts[] = {run->run, file, stamp, run->session, run->time,
	    run->commit, run->branch, run->arch, run->target, run->machine,
	    NULL, run->result, run->report, NULL, run->confirms};
	struct query query;
	int64_t id;

	query_open(&query, db,
	    "INSERT INTO run (run, file, stamp, session, time, \"commit\", "
	    "branch,"
	    " arch, target, machine, dirty, result, report, complete, confirms)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
		query_put_text(&query, i, texts[i]);
	if (run->dirty != ABSENT)
		query_put_integer(&query, 10, run->dirty);
	query_put_integer(&query, 13, filed->complete);
	query_run(&query);
	query_release(&query);
	id = database_last(db);
	query_open(&query, db, "INSERT INTO record (run, text) VALUES (?, ?)");
	query_put_integer(&query, 0, id);
	query_put_text(&query, 1, filed->text);
	query_run(&query);
	query_release(&query);
	return id;
}

/*
 * What points of a series share, as one text. Points of two machines are apart,
 * so that those of one lie together.
 */
static char *
spec_of(
    const struct filed_point *point, const struct run *run, struct jline *line)
{
	struct point_record shared = point->point;

	shared.arch = run->arch;
	shared.target = run->target;
	shared.machine = run->machine;
	point_members(line, &shared);
	return mem_format("%s\n%s\n%s", line->text,
	    point->variant ? point->variant : "",
	    point->tags ? point->tags : "");
}

static int64_t
new_series(struct database *db, const struct filed_point *point,
    const struct run *run, const char *spec)
{
	const struct point_record *p = &point->point;
	const char *texts[] = {p->name, p->workload, p->id, p->metric, p->unit,
	    p->better, p->aggregator, point->variant, NULL, p->severity, NULL,
	    point->tags, run->arch, run->target, run->machine, spec};
	struct query query;

	query_open(&query, db,
	    "INSERT INTO series (\"case\", workload, what, metric, unit,"
	    " better, aggregator, variant, threshold_percent, severity, gate,"
	    " tags, arch, target, machine, spec)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
		query_put_text(&query, i, texts[i]);
	query_put_number(&query, 8, p->threshold_percent);
	query_put_integer(&query, 10, p->gate);
	query_run(&query);
	query_release(&query);
	return database_last(db);
}

static int64_t
series_of(struct database *db, struct query *find,
    const struct filed_point *point, const struct run *run, struct jline *line)
{
	char *spec = spec_of(point, run, line);
	int64_t id = 0;

	query_put_text(find, 0, spec);
	if (query_next(find))
		id = query_integer(find, 0);
	while (query_next(find))
		;
	if (!id)
		id = new_series(db, point, run, spec);
	free(spec);
	return id;
}

/* Of two summaries of one thing in a run the last counts. */
static void
put_points(struct store *store, int64_t run, const struct filed *filed)
{
	struct database *db = &store->db;
	struct query find, put;
	struct jline line = {0};

	query_open(&find, db, "SELECT id FROM series WHERE spec = ?");
	query_open(&put, db,
	    store->is_new
		? "INSERT OR REPLACE INTO point (series, run, value, at, len,"
		  " text) VALUES (?, ?, ?, ?, ?, ?)"
		: "INSERT OR REPLACE INTO recent (series, run, value, at, len,"
		  " text) VALUES (?, ?, ?, ?, ?, ?)");
	for (size_t i = 0; i < filed->n && !db->failed; i++) {
		const struct filed_point *point = &filed->points[i];

		query_put_integer(
		    &put, 0, series_of(db, &find, point, &filed->run, &line));
		query_put_integer(&put, 1, run);
		query_put_number(&put, 2, point->value);
		query_put_integer(&put, 3, (int64_t)point->at);
		query_put_integer(&put, 4, (int64_t)point->len);
		query_put_text(&put, 5, point->text);
		query_run(&put);
	}
	query_release(&put);
	query_release(&find);
	jline_release(&line);
}

static void
run_between(struct database *db, const char *sql, int64_t first, int64_t last)
{
	struct query query;

	query_open(&query, db, sql);
	query_put_integer(&query, 0, first);
	query_put_integer(&query, 1, last);
	query_run(&query);
	query_release(&query);
}

/*
 * Puts recent points of a share of the series, another one with each run, where
 * their series are. A share has those of many runs, and so fills pages.
 */
static void
fold(struct database *db, int64_t run)
{
	int64_t n = database_number(db, "SELECT max(id) FROM series");
	int64_t share = run % SHARES;
	int64_t first = share * n / SHARES + 1, last = (share + 1) * n / SHARES;

	run_between(db,
	    "INSERT INTO point (series, run, value, at, len, text)"
	    " SELECT series, run, value, at, len, text FROM recent"
	    " WHERE series BETWEEN ? AND ? ORDER BY series, run",
	    first, last);
	run_between(
	    db, "DELETE FROM recent WHERE series BETWEEN ? AND ?", first, last);
}

static void
put_cases(struct database *db, int64_t run, const struct filed *filed)
{
	struct query put;

	query_open(&put, db,
	    "INSERT INTO declared (\"case\", run, at, len) VALUES (?, ?, ?, "
	    "?)");
	for (size_t i = 0; i < filed->n_cases; i++) {
		const struct filed_case *c = &filed->cases[i];

		if (!c->has_record)
			continue;
		query_put_text(&put, 0, filed->case_names.texts[i]);
		query_put_integer(&put, 1, run);
		query_put_integer(&put, 2, (int64_t)c->at);
		query_put_integer(&put, 3, (int64_t)c->len);
		query_run(&put);
	}
	query_release(&put);
}

/* --- twins --- */

static void
put_twin(
    struct database *db, const char *file, const char *stamp, const char *name)
{
	struct query put;

	query_open(&put, db,
	    "INSERT OR REPLACE INTO twin (file, stamp, name)"
	    " VALUES (?, ?, ?)");
	query_put_text(&put, 0, file);
	query_put_text(&put, 1, stamp);
	query_put_text(&put, 2, name);
	query_run(&put);
	query_release(&put);
}

/* The stamp that the index has of a file that counts. */
static char *
stamp_in(struct store *store, const char *file)
{
	struct query query;
	char *stamp = NULL;

	query_open(&query, &store->db,
	    "SELECT stamp FROM run WHERE file = ?1"
	    " UNION ALL SELECT stamp FROM mark WHERE file = ?1");
	query_put_text(&query, 0, file);
	if (query_next(&query) && query_text(&query, 0))
		stamp = mem_copy(query_text(&query, 0));
	query_release(&query);
	return stamp ? stamp : mem_copy("");
}

/* A file, and what it holds. */
struct candidate {
	const char *file, *stamp, *path;
	const char *kind, *name;
	bool same; /* as the one that is there */
};

/* What is said where two files differ; who cannot bear it ends here. */
static void
judge(struct store *store, const struct candidate *new, const char *other)
{
	bool first = strcmp(new->file, other) < 0;

	if (new->same)
		return;
	if (!store->bears)
		die("%s: %s %s is in %s/%s, too, with other records", new->path,
		    new->kind, new->name, store->root, other);
	warn("%s/%s: skipped: %s %s is in %s/%s, too, with other records",
	    store->root, first ? other : new->file, new->kind, new->name,
	    store->root, first ? new->file : other);
	scan_again(store, first ? other : new->file);
}

/*
 * Whether a file counts, where another one may have the same run or mark: the
 * first by name does. `other` is that file, or NULL; it is freed.
 */
static bool
counts(struct store *store, const struct candidate *new, char *other)
{
	bool first = !other || strcmp(new->file, other) < 0;
	char *stamp;

	if (!other)
		return true;
	judge(store, new, other);
	stamp = stamp_in(store, other);
	if (first)
		index_drop(&store->db, other);
	if (new->same)
		put_twin(&store->db, first ? other : new->file,
		    first ? stamp : new->stamp, new->name);
	free(stamp);
	free(other);
	return first;
}

/* Whether the records of a file, but for its first line, are those of another.
 */
static bool
is_same(const struct store *store, const char *path, const char *other)
{
	char *other_path;
	size_t len;
	char *text, *line;
	bool same = false;

	if (!other)
		return false;
	text = read_file(path, &len);
	line = text ? memchr(text, '\n', len) : NULL;
	other_path = store_path(store, other);
	if (line)
		same = store_has_records(
		    other_path, line + 1, len - (size_t)(line + 1 - text));
	free(other_path);
	free(text);
	return same;
}

/* --- files --- */

static void
index_put_run(
    struct store *store, struct candidate *new, const struct filed *filed)
{
	char *other;
	int64_t run;

	new->kind = "run";
	new->name = filed->run.run;
	other = store_file_of(store, new->name);
	new->same = is_same(store, new->path, other);
	if (counts(store, new, other)) {
		run = put_run(&store->db, new->file, new->stamp, filed);
		put_points(store, run, filed);
		put_cases(&store->db, run, filed);
		if (!store->is_new)
			fold(&store->db, run);
	}
}

static void
put_read(struct store *store, struct candidate *new)
{
	struct filed filed;

	filed_read(&filed, new->path);
	index_put_run(store, new, &filed);
	filed_release(&filed);
}

static bool
is_same_mark(struct store *store, const char *name, const char *text)
{
	struct query query;
	bool same;

	query_open(&query, &store->db, "SELECT text FROM mark WHERE mark = ?");
	query_put_text(&query, 0, name);
	same = query_next(&query) && query_text(&query, 0) &&
	       strcmp(query_text(&query, 0), text) == 0;
	query_release(&query);
	return same;
}

static void
index_put_mark(struct store *store, struct candidate *new)
{
	struct index texts = {0};
	struct query put;
	struct mark mark;
	char *text;

	filed_read_mark(new->path, &mark, &texts, &text);
	new->kind = "mark";
	new->name = mark.mark;
	new->same = is_same_mark(store, mark.mark, text);
	if (counts(store, new, store_file_of_mark(store, mark.mark))) {
		query_open(&put, &store->db,
		    "INSERT INTO mark (mark, file, stamp, kind, \"case\","
		    " text) VALUES (?, ?, ?, ?, ?, ?)");
		query_put_text(&put, 0, mark.mark);
		query_put_text(&put, 1, new->file);
		query_put_text(&put, 2, new->stamp);
		query_put_text(&put, 3, mark.kind);
		query_put_text(&put, 4, mark.name);
		query_put_text(&put, 5, text);
		query_run(&put);
		query_release(&put);
	}
	index_release(&texts);
	free(text);
}

bool
store_is_mark(const char *file)
{
	return strncmp(file, STORE_MARKS "/", sizeof STORE_MARKS) == 0;
}

void
index_put(struct store *store, const char *file, const char *stamp,
    const struct filed *filed)
{
	char *path = store_path(store, file);
	struct candidate new = {.file = file, .stamp = stamp, .path = path};

	if (filed)
		index_put_run(store, &new, filed);
	else if (store_is_mark(file))
		index_put_mark(store, &new);
	else
		put_read(store, &new);
	free(path);
}

/* --- files that are gone --- */

static void
drop_by(struct database *db, const char *sql, const char *file)
{
	struct query query;

	query_open(&query, db, sql);
	query_put_text(&query, 0, file);
	query_run(&query);
	query_release(&query);
}

void
index_empty(struct database *db)
{
	database_run(db,
	    "DELETE FROM point; DELETE FROM recent; DELETE FROM declared;"
	    " DELETE FROM record; DELETE FROM run; DELETE FROM mark;"
	    " DELETE FROM twin; DELETE FROM series");
}

void
index_drop(struct database *db, const char *file)
{
	static const char *const statements[] = {
	    "DELETE FROM point WHERE series IN (SELECT id FROM series)"
	    " AND run = (SELECT id FROM run WHERE file = ?)",
	    "DELETE FROM recent WHERE run = (SELECT id FROM run"
	    " WHERE file = ?)",
	    "DELETE FROM declared WHERE run = (SELECT id FROM run"
	    " WHERE file = ?)",
	    "DELETE FROM record WHERE run = (SELECT id FROM run"
	    " WHERE file = ?)",
	    "DELETE FROM run WHERE file = ?",
	    "DELETE FROM mark WHERE file = ?",
	    "DELETE FROM twin WHERE file = ?",
	};

	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
		drop_by(db, statements[i], file);
}
