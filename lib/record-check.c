#include <string.h>

#include "day.h"
#include "mem.h"
#include "record.h"

/* A floor below this is as none; above it its square is no zero. */
static const double LEAST_MIN_ABS = 1e-20;

static const char *const severities[] = {"blocking", "warning", "info", NULL};
static const char *const directions[] = {"lower", "higher", NULL};
static const char *const scales[] = {"linear", "log", NULL};
static const char *const operators[] = {"<=", "<", ">=", ">", "==", "!=", NULL};

void
reader_check_range(const struct reader *reader, const char *field, double x,
    double least, double most)
{
	if (x < least || x > most)
		lines_die(&reader->lines, "%s is out of range", field);
}

void
reader_check_value(const struct reader *reader, const char *field, double x)
{
	reader_check_range(reader, field, x, -RECORD_LARGEST, RECORD_LARGEST);
}

void
reader_check_word(const struct reader *reader, const char *field,
    const char *text, const char *const words[])
{
	if (!text)
		return;
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return;
	lines_die(&reader->lines, "unknown %s: %s", field, text);
}

void
reader_check_list(
    const struct reader *reader, const char *field, const struct part *part)
{
	if (part->value && !tree_is_array(part->value))
		lines_die(&reader->lines, "%s is not a list", field);
}

/* In UTC and to the second, or a day alone, so that such texts sort. */
static bool
is_time(const char *text)
{
	size_t n = strlen(text);

	return day_is(text) &&
	       (n == DAY_LENGTH ||
		   (text[DAY_LENGTH] == 'T' && text[n - 1] == 'Z' &&
		       n >= strlen("2026-11-21T01:30:00Z")));
}

void
reader_check_time(
    const struct reader *reader, const char *field, const char *text)
{
	if (text && !is_time(text))
		lines_die(&reader->lines,
		    "%s is no time as 2026-11-21T01:30:00Z: %s", field, text);
}

void
reader_check_point(
    const struct reader *reader, const struct point_record *point)
{
	const struct numbers *ci = &point->ci;

	reader_check_value(reader, "value", point->value);
	reader_check_word(reader, "better", point->better, directions);
	reader_check_range(reader, "threshold_percent",
	    point->threshold_percent, 0, RECORD_LARGEST);
	if (ci->n && ci->n != 2)
		lines_die(&reader->lines, "ci is not a list of two numbers");
	for (size_t i = 0; i < ci->n; i++)
		reader_check_value(reader, "ci", ci->x[i]);
	if (ci->n && ci->x[0] > ci->x[1])
		lines_die(&reader->lines, "ci ends before it begins");
}

static void
check_metrics(struct reader *reader, const struct part *metrics)
{
	struct index names = {0};
	struct metric metric;

	reader_check_list(reader, "metrics", metrics);
	for (size_t i = 0; i < tree_length(metrics->value); i++) {
		reader_get_part(
		    reader, tree_at(metrics->value, i), &metric_type, &metric);
		reader_check_word(
		    reader, "severity", metric.severity, severities);
		reader_check_word(reader, "better", metric.better, directions);
		reader_check_word(reader, "scale", metric.scale, scales);
		reader_check_range(reader, "threshold_percent",
		    metric.threshold_percent, 0, 1e6);
		if (metric.min_abs != 0)
			reader_check_range(reader, "min_abs", metric.min_abs,
			    LEAST_MIN_ABS, RECORD_LARGEST);
		if (index_add(&names, metric.name) < i)
			lines_die(&reader->lines, "metric %s is declared twice",
			    metric.name);
	}
	index_release(&names);
}

void
reader_check_case(struct reader *reader, const struct case_record *record)
{
	struct criterion criterion;

	check_metrics(reader, &record->metrics);
	reader_check_list(reader, "criteria", &record->criteria);
	for (size_t i = 0; i < tree_length(record->criteria.value); i++) {
		reader_get_part(reader, tree_at(record->criteria.value, i),
		    &criterion_type, &criterion);
		reader_check_word(
		    reader, "severity", criterion.severity, severities);
		reader_check_word(reader, "operator", criterion.op, operators);
	}
}

void
reader_check_summary(const struct reader *reader, const struct summary *summary)
{
	reader_check_word(reader, "better", summary->better, directions);
	reader_check_value(reader, "value", summary->value);
	for (size_t i = 0; i < summary->values.n; i++)
		reader_check_value(reader, "values", summary->values.x[i]);
	reader_check_range(
	    reader, "se_block", summary->se_block, 0, RECORD_LARGEST);
	if (summary->rounds.n && summary->values.n &&
	    summary->rounds.n != summary->values.n)
		lines_die(&reader->lines, "rounds and values differ in number");
}

void
reader_check_session(const struct reader *reader, const struct session *session)
{
	reader_check_value(reader, "value", session->value);
	reader_check_range(
	    reader, "se_block", session->se_block, 0, RECORD_LARGEST);
	reader_check_range(reader, "aa", session->aa, -1, RECORD_LARGEST);
	reader_check_time(reader, "time", session->time);
}
