#include "database.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/*
 * In KiB, less than zero: what a transaction changes is to fit. What does not
 * is written before it is committed, and waits for the disk each time.
 */
#define CACHE "-32768"

enum {
	WAIT_MS = 60000 /* for others; each of them needs milliseconds */
};

/* Keeps the first failure: what comes after it follows from it. */
static void
fail(struct database *db, int code)
{
	const char *why =
	    db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);

	if (db->failed)
		return;
	db->failed = true;
	db->damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ||
		      code == SQLITE_ERROR || code == SQLITE_SCHEMA ||
		      code == SQLITE_MISMATCH || code == SQLITE_CONSTRAINT;
	db->why = mem_copy(why);
}

static void
check(struct database *db, int code)
{
	code &= 0xff;
	if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
		fail(db, code);
}

/*
 * The schema and the rows may be anybody's, as a file in a checkout is: nothing
 * in it may call functions, or change what SQLite keeps about itself.
 */
static void
distrust(struct database *db)
{
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

void
database_run(struct database *db, const char *sql)
{
	if (!db->failed)
		check(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

bool
database_open(struct database *db, const char *path, enum database_mode mode)
{
	static const int flags[] = {
	    [DATABASE_READ] = SQLITE_OPEN_READONLY,
	    [DATABASE_WRITE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	    [DATABASE_MEMORY] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY,
	};

	*db = (struct database){0};
	check(db, sqlite3_open_v2(path, &db->handle, flags[mode], NULL));
	if (db->failed)
		return false;
	sqlite3_busy_timeout(db->handle, WAIT_MS);
	distrust(db);
	database_run(db, "PRAGMA cache_size = " CACHE);
	/* The journal's checksums say how much of it is there. */
	database_run(db, "PRAGMA synchronous = NORMAL");
	return !db->failed;
}

void
database_close(struct database *db)
{
	sqlite3_close(db->handle);
	free(db->why);
	*db = (struct database){0};
}

int64_t
database_number(struct database *db, const char *sql)
{
	struct query query;
	int64_t x = 0;

	query_open(&query, db, sql);
	if (query_next(&query))
		x = query_integer(&query, 0);
	query_release(&query);
	return x;
}

int64_t
database_last(const struct database *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

void
database_copy(struct database *to, struct database *from)
{
	sqlite3_backup *backup;

	if (to->failed || from->failed)
		return;
	backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
	if (backup) {
		sqlite3_backup_step(backup, -1);
		sqlite3_backup_finish(backup);
	}
	check(to, sqlite3_errcode(to->handle));
}

void
query_open(struct query *query, struct database *db, const char *sql)
{
	*query = (struct query){.db = db};
	if (!db->failed)
		check(db, sqlite3_prepare_v2(
			      db->handle, sql, -1, &query->statement, NULL));
}

void
query_put_text(struct query *query, int at, const char *text)
{
	if (query->db->failed)
		return;
	check(query->db, sqlite3_bind_text(query->statement, at + 1, text, -1,
			     SQLITE_TRANSIENT));
}

void
query_put_number(struct query *query, int at, double x)
{
	if (query->db->failed)
		return;
	/* SQLite itself makes a null of NAN. */
	check(query->db, sqlite3_bind_double(query->statement, at + 1, x));
}

void
query_put_integer(struct query *query, int at, int64_t x)
{
	if (query->db->failed)
		return;
	check(query->db, sqlite3_bind_int64(query->statement, at + 1, x));
}

bool
query_next(struct query *query)
{
	int code;

	if (query->db->failed)
		return false;
	code = sqlite3_step(query->statement);
	check(query->db, code);
	if (code != SQLITE_ROW)
		sqlite3_reset(query->statement);
	return code == SQLITE_ROW;
}

void
query_run(struct query *query)
{
	while (query_next(query))
		;
}

const char *
query_text(const struct query *query, int at)
{
	return (const char *)sqlite3_column_text(query->statement, at);
}

double
query_number(const struct query *query, int at)
{
	if (sqlite3_column_type(query->statement, at) == SQLITE_NULL)
		return (double)NAN;
	return sqlite3_column_double(query->statement, at);
}

int64_t
query_integer(const struct query *query, int at)
{
	return sqlite3_column_int64(query->statement, at);
}

void
query_release(struct query *query)
{
	sqlite3_finalize(query->statement);
	*query = (struct query){0};
}
