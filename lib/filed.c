#include "filed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "marking.h"

static const char *
keep(struct filed *filed, const char *text)
{
	return text ? index_text(&filed->texts, text) : NULL;
}

void
point_members(struct jline *line, const struct point_record *point)
{
	static const char head[] = "{\"type\":\"point\"";
	const size_t n = sizeof head - 1;

	line->len = 0;
	record_put(line, NULL, &point_type, point);
	/* Without the head, and without the brace at the end. */
	line->len -= n + 1;
	memmove(line->text, line->text + n, line->len);
	line->text[line->len] = '\0';
}

/* --- the head --- */

static void
read_head(struct filed *filed, struct reader *in, struct history *head)
{
	if (!reader_next(in) || in->kind != RECORD_HISTORY)
		die("%s:1: not a file of the history: it begins with no "
		    "history record",
		    in->lines.name ? in->lines.name : "?");
	reader_get(in, &history_type, head);
	reader_check_time(in, "time", head->time);
	if (!head->run)
		lines_die(&in->lines, "run is missing");
	record_keep(&history_type, head, &filed->texts);
}

void
filed_take_run(struct filed *filed, struct reader *in, const char *report)
{
	struct run *run = &filed->run;
	struct jline line = {0};

	reader_get(in, &run_type, run);
	reader_check_time(in, "time", run->time);
	if (!run->run || !*run->run)
		lines_die(&in->lines, "run is missing: it has no name");
	if (!run->time)
		lines_die(&in->lines, "time is missing: when was it run?");
	/* The run's record as others are to see it. */
	run->result = NULL;
	run->report = report;
	record_put_over(&line, NULL, &run_type, run, in->record);
	filed->text = keep(filed, line.text);
	record_keep(&run_type, run, &filed->texts);
	jline_release(&line);
}

/* What came of it stands behind all else. */
static void
read_result(struct filed *filed, struct reader *in)
{
	struct result result;

	reader_get(in, &result_type, &result);
	filed->run.result = keep(filed, result.status);
	record_release(&result_type, &result);
}

static void
read_end(struct filed *filed, struct reader *in)
{
	struct run_end end;

	reader_get(in, &end_type, &end);
	filed->complete = end.complete != false;
}

/* --- cases --- */

static struct filed_case *
case_of(struct filed *filed, const char *name)
{
	size_t i = index_add(&filed->case_names, name);

	if (i == filed->n_cases)
		*MEM_PUSH(filed->cases, filed->n_cases, filed->cases_capacity) =
		    (struct filed_case){0};
	return &filed->cases[i];
}

static void
read_metrics(struct filed *filed, struct reader *in, struct filed_case *c,
    const struct part *metrics)
{
	c->declares = metrics->value != NULL;
	for (size_t i = 0; i < tree_length(metrics->value); i++) {
		struct metric m;

		reader_get_part(
		    in, tree_at(metrics->value, i), &metric_type, &m);
		*MEM_PUSH(c->metrics, c->n, c->capacity) = (struct declared){
		    .name = keep(filed, m.name),
		    .better = keep(filed, m.better),
		    .severity = keep(filed, m.severity),
		    .threshold_percent = m.threshold_percent,
		    .gate = m.gate,
		};
	}
}

static void
read_case(struct filed *filed, struct reader *in, size_t at)
{
	const tree *tags = tree_get(in->record, "tags");
	struct case_record record;
	struct filed_case *c;

	reader_get(in, &case_type, &record);
	reader_check_case(in, &record);
	c = case_of(filed, record.name);
	c->has_record = true;
	c->workload = keep(filed, record.workload);
	c->at = at;
	c->len = in->lines.len;
	if (record.tags.n) {
		char *text = tree_text(tags);

		c->tags = keep(filed, text);
		free(text);
	}
	c->n = 0;
	read_metrics(filed, in, c, &record.metrics);
	record_release(&case_type, &record);
}

/* --- points --- */

/* What is its own, as text. */
static const char *
own_members(struct filed *filed, const struct summary *s)
{
	struct point_record own;
	struct jline line = {0};
	const char *text;

	record_clear(&point_type, &own);
	own.value = s->value;
	own.n = s->n;
	own.ci = s->ci;
	own.level = s->level;
	own.mad = s->mad;
	own.min = s->min;
	own.max = s->max;
	own.p95 = s->p95;
	point_members(&line, &own);
	text = keep(filed, line.text);
	jline_release(&line);
	return text;
}

static void
read_summary(struct filed *filed, struct reader *in, size_t at)
{
	struct filed_point *point;
	struct summary s;

	reader_get(in, &summary_type, &s);
	reader_check_summary(in, &s);
	/* A shadow is no other program: see record.h. */
	if (s.variant && strcmp(s.variant, SHADOW_VARIANT) == 0) {
		record_release(&summary_type, &s);
		return;
	}
	point = MEM_PUSH(filed->points, filed->n, filed->capacity);
	*point = (struct filed_point){
	    .variant = keep(filed, s.variant),
	    .text = own_members(filed, &s),
	    .value = s.value,
	    .at = at,
	    .len = in->lines.len,
	};
	record_clear(&point_type, &point->point);
	point->point.name = keep(filed, s.name);
	point->point.workload = keep(filed, s.workload);
	point->point.id = keep(filed, s.id);
	point->point.metric = keep(filed, s.metric);
	point->point.unit = keep(filed, s.unit);
	point->point.better = keep(filed, s.better);
	point->point.aggregator = keep(filed, s.aggregator);
	record_release(&summary_type, &s);
}

static const struct declared *
declared_of(const struct filed_case *c, const char *metric)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->metrics[i].name, metric) == 0)
			return &c->metrics[i];
	return NULL;
}

/* Whether a regression can fail a comparison: see cmp-baseline(1). */
static bool
gates(const struct filed_case *c, const struct declared *declared,
    const char *name)
{
	if (case_is_probe(name))
		return false;
	if (!declared)
		return !c->declares;
	return declared->gate != false &&
	       (!declared->severity ||
		   strcmp(declared->severity, "blocking") == 0);
}

/* A case without a workload is a workload without parameters. */
static const char *
workload_of(struct filed *filed, const char *name)
{
	char *text = mem_format("%.*s", (int)strcspn(name, "/"), name);
	const char *workload = keep(filed, text);

	free(text);
	return workload;
}

/* What the case says, wherever in the file its record is. */
static void
complete(struct filed *filed, struct filed_point *point)
{
	struct point_record *p = &point->point;
	const struct filed_case *c = case_of(filed, p->name);
	const struct declared *declared = declared_of(c, p->metric);

	if (!p->workload)
		p->workload =
		    c->workload ? c->workload : workload_of(filed, p->name);
	if (declared) {
		p->threshold_percent = declared->threshold_percent;
		p->severity = declared->severity;
		if (!p->better)
			p->better = declared->better;
	}
	p->gate = gates(c, declared, p->name);
	point->tags = c->tags;
}

/* --- files --- */

/* Behind the text of a run, which ends in a brace. */
static void
add_result(struct filed *filed)
{
	struct jline line = {0};
	char *text;

	if (!filed->run.result)
		return;
	jline_string(&line, NULL, filed->run.result);
	text = mem_format("%.*s,\"result\":%s}", (int)strlen(filed->text) - 1,
	    filed->text, line.text);
	filed->text = keep(filed, text);
	free(text);
	jline_release(&line);
}

void
filed_take(struct filed *filed, struct reader *in, size_t at)
{
	if (in->kind == RECORD_CASE)
		read_case(filed, in, at);
	else if (in->kind == RECORD_SUMMARY)
		read_summary(filed, in, at);
	else if (in->kind == RECORD_RESULT)
		read_result(filed, in);
	else if (in->kind == RECORD_END)
		read_end(filed, in);
}

void
filed_finish(struct filed *filed, size_t further)
{
	add_result(filed);
	for (size_t i = 0; i < filed->n; i++) {
		complete(filed, &filed->points[i]);
		filed->points[i].at += further;
	}
	for (size_t i = 0; i < filed->n_cases; i++)
		filed->cases[i].at += further;
}

static void
read_records(struct filed *filed, struct reader *in)
{
	struct history head;
	double n = 0;

	read_head(filed, in, &head);
	while (reader_next(in)) {
		if ((in->kind == RECORD_RUN) != (n++ == 0))
			lines_die(&in->lines, "a file of the history has one "
					      "run, in its second line");
		if (in->kind != RECORD_RUN) {
			filed_take(filed, in, in->lines.offset);
			continue;
		}
		filed_take_run(filed, in, head.report);
		if (strcmp(filed->run.run, head.run) != 0)
			lines_die(&in->lines,
			    "not the run that the first line names");
	}
	if (n == 0 || (!isnan(head.records) && n != head.records))
		lines_die(&in->lines,
		    "the file is cut short: it has %g records, and should have "
		    "%g",
		    n, isnan(head.records) ? 1 : head.records);
}

void
filed_read(struct filed *filed, const char *path)
{
	char *operands[] = {mem_copy(path), NULL};
	struct reader in;

	*filed = (struct filed){0};
	reader_open(&in, operands);
	in.whole = true;
	read_records(filed, &in);
	filed_finish(filed, 0);
	reader_release(&in);
	free(operands[0]);
}

void
filed_release(struct filed *filed)
{
	for (size_t i = 0; i < filed->n_cases; i++)
		free(filed->cases[i].metrics);
	free(filed->cases);
	free(filed->points);
	record_release(&run_type, &filed->run);
	index_release(&filed->texts);
	index_release(&filed->case_names);
	*filed = (struct filed){0};
}

/* --- marks --- */

void
filed_read_mark(
    const char *path, struct mark *mark, struct index *texts, char **text)
{
	char *operands[] = {mem_copy(path), NULL};
	struct reader in;

	reader_open(&in, operands);
	in.whole = true;
	if (!reader_next(&in) || in.kind != RECORD_MARK)
		die("%s:1: not a file of the history: it begins with no mark",
		    path);
	reader_get(&in, &mark_type, mark);
	mark_check(&in, mark);
	*text = mem_copy(in.lines.text);
	record_keep(&mark_type, mark, texts);
	if (reader_next(&in))
		lines_die(&in.lines, "a file of a mark has one line");
	reader_release(&in);
	free(operands[0]);
}
