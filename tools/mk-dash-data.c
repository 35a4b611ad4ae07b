/*
 * mk-dash: the model as columns of JSON. Each column is a list with a value
 * for each point or run, or one value where all are the same.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mk-dash.h"

enum {
	VALUE_DIGITS = 7,
	WIDTH_DIGITS = 3,   /* of how far an interval reaches */
	COMMIT_DIGITS = 16, /* of a hash: enough to find it by */
};

/* A number of so many digits in the fewest bytes that JSON has for it. */
static void
format_short(char *text, size_t size, double x, int digits)
{
	char raw[40], mantissa[24];
	int n = 0, exponent;

	snprintf(raw, sizeof raw, "%.*e", digits - 1, fabs(x));
	exponent = atoi(strchr(raw, 'e') + 1) - (digits - 1);
	for (const char *c = raw; *c != 'e'; c++)
		if (*c != '.')
			mantissa[n++] = *c;
	for (; n > 1 && mantissa[n - 1] == '0'; n--)
		exponent++;
	mantissa[n] = '\0';
	if (exponent > 2)
		snprintf(text, size, "%s%se%d", x < 0 ? "-" : "", mantissa,
		    exponent);
	else if (exponent >= 0)
		snprintf(text, size, "%s%s%.*s", x < 0 ? "-" : "", mantissa,
		    exponent, "00");
	else if (n > -exponent)
		snprintf(text, size, "%s%.*s.%s", x < 0 ? "-" : "",
		    n + exponent, mantissa, mantissa + n + exponent);
	else if (-exponent - n <= 2)
		snprintf(text, size, "%s0.%.*s%s", x < 0 ? "-" : "",
		    -exponent - n, "00", mantissa);
	else
		snprintf(text, size, "%s%se%d", x < 0 ? "-" : "", mantissa,
		    exponent);
}

static void
put_short(struct jline *line, double x, int digits)
{
	char text[48];

	if (x == 0 || (x == trunc(x) && fabs(x) < 0x1p53))
		jline_number(line, NULL, x);
	else {
		format_short(text, sizeof text, x, digits);
		jline_json(line, NULL, text);
	}
}

/* How far an interval reaches from its value: rounded, whatever it is. */
static void
put_width(struct jline *line, double width)
{
	char text[48];

	if (isnan(width))
		jline_json(line, NULL, "null");
	else if (width == 0)
		jline_json(line, NULL, "0");
	else {
		format_short(text, sizeof text, width, WIDTH_DIGITS);
		jline_json(line, NULL, text);
	}
}

/* The number of a text in the page's list, or -1. */
static double
text_number(struct index *texts, const char *text)
{
	return text ? (double)index_add(texts, text) : -1;
}

/*
 * A column of numbers: one where all are the same, null where one is not
 * known, and nothing where none is.
 */
static void
put_column(struct jline *line, const char *key, const double *x, size_t n)
{
	bool all_same = true;

	for (size_t i = 1; i < n; i++)
		all_same =
		    all_same && (x[i] == x[0] || (isnan(x[i]) && isnan(x[0])));
	if (all_same) {
		jline_number(line, key, n ? x[0] : NAN);
		return;
	}
	jline_list(line, key);
	for (size_t i = 0; i < n; i++)
		if (isnan(x[i]))
			jline_json(line, NULL, "null");
		else
			jline_number(line, NULL, x[i]);
	jline_list_end(line);
}

/* The runs as the page has them: the oldest first. */
static const struct shown_run **
runs_in_order(const struct model *model)
{
	size_t n = model->run_names.n;
	const struct shown_run **runs = mem_zero(n, sizeof *runs);

	for (size_t i = 0; i < n; i++)
		runs[model->runs[i].place] = &model->runs[i];
	return runs;
}

/* A run that is called after its time says only the rest of its name. */
static void
put_run_name(struct jline *line, const struct shown_run *run)
{
	char stamp[32] = "";
	time_t time = isnan(run->time) ? 0 : (time_t)run->time;
	struct tm tm;
	size_t len;

	if (!isnan(run->time) && gmtime_r(&time, &tm))
		strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	len = strlen(stamp);
	if (len && run->run && strncmp(run->run, stamp, len) == 0 &&
	    run->run[len] == '-')
		jline_string(line, NULL, run->run + len);
	else
		jline_string(line, NULL, run->run ? run->run : "");
}

static void
put_commit(struct jline *line, const char *commit)
{
	char text[COMMIT_DIGITS + 1];
	size_t len = commit ? strlen(commit) : 0;

	if (len < 40 || strspn(commit, "0123456789abcdef") != len) {
		jline_string(line, NULL, commit ? commit : "");
		return;
	}
	memcpy(text, commit, COMMIT_DIGITS);
	text[COMMIT_DIGITS] = '\0';
	jline_string(line, NULL, text);
}

static const char *
text_of_run(const struct shown_run *run, size_t which)
{
	const char *const texts[] = {
	    run->arch, run->target, run->machine, run->branch, run->result};

	return texts[which];
}

static double
number_of_run(const struct shown_run *run, size_t which)
{
	const double numbers[] = {
	    run->time,
	    run->dirty == true ? 1 : 0,
	    run->host == INDEX_NONE ? -1 : (double)run->host,
	    run->checks == INDEX_NONE ? -1 : (double)run->checks,
	};

	return numbers[which];
}

static void
put_reports(struct jline *line, const struct shown_run *const *runs, size_t n,
    const char *page)
{
	char *report;

	jline_list(line, "report");
	for (size_t i = 0; i < n; i++) {
		report =
		    report_place(runs[i]->report ? runs[i]->report : "", page);
		jline_string(line, NULL, report);
		free(report);
	}
	jline_list_end(line);
}

static void
put_runs(struct jline *line, struct index *texts,
    const struct shown_run *const *runs, size_t n, const char *page)
{
	static const char *const words[] = {
	    "arch", "target", "machine", "branch", "result"};
	static const char *const numbers[] = {
	    "time", "dirty", "host", "checks"};
	double *x = mem_zero(n, sizeof *x);

	jline_open(line, "runs");
	jline_number(line, "n", (double)n);
	jline_list(line, "run");
	for (size_t i = 0; i < n; i++)
		put_run_name(line, runs[i]);
	jline_list_end(line);
	jline_list(line, "commit");
	for (size_t i = 0; i < n; i++)
		put_commit(line, runs[i]->commit);
	jline_list_end(line);
	put_reports(line, runs, n, page);
	for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
		for (size_t i = 0; i < n; i++)
			x[i] = text_number(texts, text_of_run(runs[i], k));
		put_column(line, words[k], x, n);
	}
	for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
		for (size_t i = 0; i < n; i++)
			x[i] = number_of_run(runs[i], k);
		put_column(line, numbers[k], x, n);
	}
	jline_close(line);
	free(x);
}

static void
put_index(struct jline *line, const char *key, const struct index *index,
    bool are_json)
{
	jline_list(line, key);
	for (size_t i = 0; i < index->n; i++)
		if (are_json)
			jline_json(line, NULL, index->texts[i]);
		else
			jline_string(line, NULL, index->texts[i]);
	jline_list_end(line);
}

static void
put_cases(struct jline *line, const struct model *model)
{
	jline_list(line, "cases");
	for (size_t i = 0; i < model->case_names.n; i++) {
		const struct shown_case *shown = &model->cases[i];

		jline_open(line, NULL);
		jline_string(line, "case", shown->name);
		jline_string(line, "workload", shown->workload);
		jline_string(line, "description", shown->description);
		jline_json(line, "criteria", shown->criteria.text);
		jline_close(line);
	}
	jline_list_end(line);
}

/* Which run each point is of, as the difference to the one before. */
static void
put_run_steps(struct jline *line, const struct model *model,
    const struct shown_series *series)
{
	double last = 0;

	jline_list(line, "run");
	for (size_t i = 0; i < series->n; i++) {
		double place = (double)model->runs[series->points[i].run].place;

		jline_number(line, NULL, place - last);
		last = place;
	}
	jline_list_end(line);
}

static void
put_points(struct jline *line, const struct shown_series *series)
{
	const struct shown_point *p = series->points;
	bool has_ci = false, has_values = false;
	double *n = mem_zero(series->n, sizeof *n);

	jline_list(line, "value");
	for (size_t i = 0; i < series->n; i++) {
		put_short(line, p[i].value, VALUE_DIGITS);
		has_ci = has_ci || !isnan(p[i].lo);
		has_values = has_values || p[i].values;
		n[i] = p[i].n;
	}
	jline_list_end(line);
	put_column(line, "n", n, series->n);
	free(n);
	for (int high = 0; has_ci && high < 2; high++) {
		jline_list(line, high ? "hi" : "lo");
		for (size_t i = 0; i < series->n; i++)
			put_width(line,
			    high ? p[i].hi - p[i].value : p[i].value - p[i].lo);
		jline_list_end(line);
	}
	if (!has_values)
		return;
	jline_list(line, "values");
	for (size_t i = 0; i < series->n; i++)
		jline_json(line, NULL, p[i].values ? p[i].values : "null");
	jline_list_end(line);
}

static void
put_series(struct jline *line, const struct model *model)
{
	jline_list(line, "series");
	for (size_t i = 0; i < model->series_names.n; i++) {
		const struct shown_series *series = &model->series[i];
		const struct point_record *head = &series->head;

		jline_open(line, NULL);
		jline_number(line, "case", (double)series->case_number);
		jline_string(line, "id", head->id);
		jline_string(line, "metric", head->metric);
		jline_string(line, "unit", head->unit);
		jline_string(line, "better", head->better);
		jline_string(line, "aggregator", head->aggregator);
		jline_string(line, "arch", head->arch);
		jline_string(line, "target", head->target);
		jline_string(line, "machine", head->machine);
		jline_string(line, "branch", head->branch);
		jline_number(line, "level", head->level);
		jline_number(
		    line, "threshold_percent", head->threshold_percent);
		if (head->gate != ABSENT)
			jline_bool(line, "gate", head->gate);
		put_run_steps(line, model, series);
		put_points(line, series);
		jline_close(line);
	}
	jline_list_end(line);
}

static void
put_truth(struct jline *line, const char *key, int truth)
{
	if (truth != ABSENT)
		jline_bool(line, key, truth);
}

static void
put_pair(struct jline *line, const char *key, const struct numbers *pair)
{
	if (pair->n != 2)
		return;
	jline_list(line, key);
	jline_number(line, NULL, pair->x[0]);
	jline_number(line, NULL, pair->x[1]);
	jline_list_end(line);
}

/* What the series says already is left out. */
static void
put_changes(struct jline *line, const struct model *model)
{
	jline_list(line, "changes");
	for (size_t i = 0; i < model->n_changes; i++) {
		const struct change *c = &model->changes[i].change;

		jline_open(line, NULL);
		jline_number(line, "series", (double)model->changes[i].series);
		jline_string(line, "kind", c->kind);
		jline_number(line, "index", c->index);
		jline_string(line, "commit", c->commit);
		if (c->commits.n) {
			jline_list(line, "commits");
			for (size_t k = 0; k < c->commits.n; k++)
				jline_string(line, NULL, c->commits.s[k]);
			jline_list_end(line);
		}
		jline_number(line, "before", c->before);
		jline_number(line, "after", c->after);
		jline_number(line, "change", c->change);
		put_pair(line, "range", &c->range);
		put_pair(line, "ci", &c->ci);
		jline_number(line, "q", c->q);
		put_truth(line, "worse", c->worse);
		put_truth(line, "stable", c->stable);
		put_truth(line, "accepted", c->accepted);
		put_truth(line, "muted", c->muted);
		jline_string(line, "why", c->why);
		jline_close(line);
	}
	jline_list_end(line);
}

void
data_write(struct jline *line, struct model *model, const char *title,
    const char *page)
{
	const struct shown_run **runs = runs_in_order(model);
	struct index texts = {0};

	jline_open(line, NULL);
	jline_number(line, "v", 1);
	jline_string(line, "title", title);
	put_runs(line, &texts, runs, model->run_names.n, page);
	put_index(line, "texts", &texts, false);
	put_index(line, "hosts", &model->hosts, true);
	put_index(line, "checks", &model->checks, true);
	put_cases(line, model);
	put_series(line, model);
	put_changes(line, model);
	jline_list(line, "marks");
	for (size_t i = 0; i < model->n_marks; i++)
		record_put(line, NULL, &mark_type, &model->marks[i]);
	jline_list_end(line);
	baselines_put(line, model);
	jline_close(line);
	index_release(&texts);
	free(runs);
}
