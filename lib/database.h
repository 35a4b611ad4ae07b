/*
 * A small database in one file. The only file that sees the SQLite library.
 * Level 2.
 *
 * Trouble stays: after something has failed all that is asked of a database
 * does nothing, and a query has no more rows, so that it is enough to look once
 * at the end. Values reach a statement by binding only, never in its text.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum database_mode {
	DATABASE_READ,	/* a file that is there, and stays as it is */
	DATABASE_WRITE, /* a file, which is made where there is none */
	DATABASE_MEMORY /* without a file */
};

struct database {
	struct sqlite3 *handle;
	bool failed;
	bool damaged; /* what failed is the file's fault */
	char *why;    /* what failed; NULL where nothing has */
};

/*
 * Opens a database: *db is whatever, and database_close releases it, also where
 * this fails. A database that others are at work in is waited for.
 */
bool database_open(
    struct database *db, const char *path, enum database_mode mode);
void database_close(struct database *db);

/* Runs statements that give no rows. */
void database_run(struct database *db, const char *sql);

/* The one number that a statement gives; 0 where it gives none. */
int64_t database_number(struct database *db, const char *sql);

/* The number that the last row inserted was given. */
int64_t database_last(const struct database *db);

/* Copies all of `from`, which must be open, into an empty database. */
void database_copy(struct database *to, struct database *from);

/* A prepared statement. Columns and parameters count from 0. */
struct query {
	struct database *db;
	struct sqlite3_stmt *statement;
};

/* `query` is whatever; query_release releases it. */
void query_open(struct query *query, struct database *db, const char *sql);

/* What a parameter is; a text that is NULL and a number that is NAN are null.
 */
void query_put_text(struct query *query, int at, const char *text);
void query_put_number(struct query *query, int at, double x);
void query_put_integer(struct query *query, int at, int64_t x);

/* The next row; at the end the query can be put and run again. */
bool query_next(struct query *query);

/* Runs a statement that gives no rows. */
void query_run(struct query *query);

/* What a column of the row holds: texts live until the next row. */
const char *query_text(const struct query *query, int at);
double query_number(const struct query *query, int at);
int64_t query_integer(const struct query *query, int at);

void query_release(struct query *query);

#endif
