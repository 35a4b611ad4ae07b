/*
 * Records read and written, a line of JSON each. Level 4.
 *
 * A record is read into a struct of its type, lib/record-types.h, and written
 * from one.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "line.h"
#include "record-types.h"
#include "shape.h"

/* The version of this format, which runs, baseline files and histories say. */
#define RECORD_VERSION 1

/* The types, with the word that "type" holds. */
#define RECORD_KINDS(X)                                                        \
	X(RUN, "run")                                                          \
	X(RESUME, "resume")                                                    \
	X(CASE, "case")                                                        \
	X(TRIAL, "trial")                                                      \
	X(SAMPLE, "sample")                                                    \
	X(SERIES, "series")                                                    \
	X(AA, "aa")                                                            \
	X(END, "end")                                                          \
	X(PARTIAL, "partial")                                                  \
	X(SUMMARY, "summary")                                                  \
	X(BASELINE_FILE, "baseline-file")                                      \
	X(BASELINE, "baseline")                                                \
	X(VERDICT, "verdict")                                                  \
	X(RESULT, "result")                                                    \
	X(HISTORY, "history")                                                  \
	X(POINT, "point")                                                      \
	X(MARK, "mark")                                                        \
	X(CHANGE, "change")

enum record_kind {
#define X(id, word) RECORD_##id,
	RECORD_KINDS(X)
#undef X
	RECORD_OTHER, /* a type that is not ours: passed on */
};

/* The words of a trial's status. */
bool status_is_ok(const char *status);
bool status_is_skipped(const char *status);

/* A trial that was disturbed, and was run again: it has no samples. */
bool phase_is_rejected(const char *phase);

/*
 * What a run measures of itself, to show how noisy it is: the case of its
 * calibration probe, and the shadow of a case, the same program once more
 * beside itself. It is summarised as all is, but never judged, never part of a
 * baseline, and not in reports.
 */
#define PROBE_CASE     ":probe"
#define SHADOW_VARIANT "aa"

bool case_is_probe(const char *name);

/* Whether samples or summaries are of either; the variant may be NULL. */
bool is_calibration(const char *name, const char *variant);

/* A stream of records. */
struct reader {
	struct lines lines;
	tree *record; /* the current one */
	enum record_kind kind;
	bool ended; /* an end record has been read since the last run */
	char *held; /* lines held back, each with its newline */
	size_t held_len, held_capacity;

	/*
	 * Where there are shapes, borrowed, a sample of a shape that was
	 * learned has this one and these numbers, and is not parsed.
	 */
	struct shapes *shapes;
	size_t shape; /* or SHAPE_NONE */
	struct shape_numbers numbers;

	bool whole; /* asked for: a line that is cut short is bad anywhere */
};

void reader_open(struct reader *reader, char *operands[]);

/*
 * The next record: its kind, and the record for reader_get. A record without a
 * type that has a metric and a value is a sample. Dies on a bad line, and on a
 * run or a baseline file of a version that is not known; but a last line that
 * was cut short in a stream without end is dropped, with a warning.
 */
bool reader_next(struct reader *reader);

/* Fills `record`, a struct of that type, or dies and names the line. */
void reader_get(
    struct reader *reader, const struct record_type *type, void *record);

/* The same for a part inside the record. */
void reader_get_part(struct reader *reader, const tree *value,
    const struct record_type *type, void *record);

/*
 * Values beyond this are refused by all tools: sums and ratios of such may have
 * no double. What one tool writes the others read.
 */
#define RECORD_LARGEST 1e280

/*
 * What fields may hold, beside being of their kind; lib/record-check.c. They
 * die and name the line. A number that is NAN, a text or part that is NULL, is
 * absent and so good.
 */
void reader_check_range(const struct reader *reader, const char *field,
    double x, double least, double most);
void reader_check_value(
    const struct reader *reader, const char *field, double x);
void reader_check_word(const struct reader *reader, const char *field,
    const char *text, const char *const words[]);
void reader_check_list(
    const struct reader *reader, const char *field, const struct part *part);

/* A moment in UTC, as 2026-11-21T01:30:00Z, or a day of it. */
void reader_check_time(
    const struct reader *reader, const char *field, const char *text);

/* What a case declares: each metric once. */
void reader_check_case(struct reader *reader, const struct case_record *record);
/* What a point says of its value; not its time. */
void reader_check_point(
    const struct reader *reader, const struct point_record *point);
void reader_check_summary(
    const struct reader *reader, const struct summary *summary);
void reader_check_session(
    const struct reader *reader, const struct session *session);

/* Writes the record as it was read; or keeps it for reader_write_held. */
void reader_pass(const struct reader *reader);
void reader_hold(struct reader *reader);
void reader_write_held(struct reader *reader);

void reader_release(struct reader *reader);

/* Makes every field absent. */
void record_clear(const struct record_type *type, void *record);

/* Frees the lists of a struct, and makes every field absent. */
void record_release(const struct record_type *type, void *record);

/*
 * Makes a record outlive the reader: its texts are put into `texts`, and its
 * parts become texts there.
 */
struct index;
void record_keep(
    const struct record_type *type, void *record, struct index *texts);

/* Adds a struct to a line: a whole record, or a part under a key. */
void record_put(struct jline *line, const char *key,
    const struct record_type *type, const void *record);

/*
 * The same, and behind its fields those members of `old`, what the record was
 * read from, that no field is for: what a tool does not know it keeps.
 */
void record_put_over(struct jline *line, const char *key,
    const struct record_type *type, const void *record, const tree *old);

/* Writes a record to stdout; `line` is scratch space. */
void record_write(
    struct jline *line, const struct record_type *type, const void *record);

#endif
