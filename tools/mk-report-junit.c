/*
 * The verdicts that gate as JUnit's XML, which test reporters of CI systems
 * read. There is no standard: this is what both the schema of Apache Ant's
 * tasks and that of Jenkins' xUnit plugin take. Details are in the body of a
 * failure, as GitLab shows nothing else.
 */
#include "mk-report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

enum {
	NAME_COLUMNS = 300,
	SENTENCE_COLUMNS = 2000,
};

/* What becomes of a row. */
enum outcome {
	PASSED,
	FAILED,
	SKIPPED,
	UNTESTED, /* it does not gate: no test case */
	N_OUTCOMES
};

static enum outcome
outcome_of(const struct row *row)
{
	if (row->rank == ROW_UNJUDGED && row_is_doubt(row))
		return SKIPPED;
	if (row_is_muted(row))
		return SKIPPED;
	if (!row->gates && !row->v.muted)
		return UNTESTED;
	if (row->rank <= ROW_LAST_BLOCKING)
		return FAILED;
	return row->rank == ROW_UNCONFIRMED || row->rank == ROW_UNJUDGED ||
		       row->rank == ROW_NEW
		   ? SKIPPED
		   : PASSED;
}

/*
 * The result says what no row says, and none must hide it: the element of its
 * test case, or NULL where the rows say it. A comparison that did not come to
 * its end is an error, whatever there is of it.
 */
static const char *
result_element(const struct model *model, const size_t n_of[])
{
	if (!model->complete ||
	    (model->tone == TONE_WARN && !model->result.status))
		return "error";
	if (model->tone == TONE_BAD)
		return n_of[FAILED] ? NULL : "failure";
	return model->tone == TONE_GOOD || n_of[SKIPPED] ? NULL : "skipped";
}

/* A name that a schema takes: it has more than white space. */
static void
put_attribute(FILE *out, const char *name, const char *text)
{
	if (!text[strspn(text, " \t\r\n")])
		text = "(blank)";
	fprintf(out, " %s=\"", name);
	markup_text(out, text, NAME_COLUMNS);
	fputc('"', out);
}

static void
put_property(FILE *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	fputs("<property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void
put_properties(FILE *out, const struct model *model)
{
	const struct run *run = &model->run;
	char percent[32] = "";

	fputs("<properties>\n", out);
	put_property(out, "headline", model->headline);
	put_property(out, "run", run->run);
	put_property(out, "time", run->time);
	put_property(out, "arch", run->arch);
	put_property(out, "target", run->target);
	put_property(out, "machine", run->machine);
	put_property(out, "branch", run->branch);
	put_property(out, "commit", run->commit);
	if (isfinite(model->result.slo_compliance_percent))
		json_format_number(percent, sizeof percent,
		    model->result.slo_compliance_percent);
	put_property(out, "slo_compliance_percent", percent);
	fputs("</properties>\n", out);
}

/* The seconds of a value that is a time, else none. */
static double
seconds_of(const struct verdict *v)
{
	double factor;

	if (!v->unit || !(v->current >= 0) ||
	    !unit_factor(v->unit, "s", &factor))
		return 0;
	return v->current * factor < 1e9 ? v->current * factor : 0;
}

/* What the row says, each on a line. */
static void
put_details(FILE *out, const struct row *row, const struct cells *c)
{
	char *meaning = show_meaning(row, c);

	markup_text(out, row->v.verdict, 40);
	if (*c->limit) {
		fputs(": ", out);
		markup_text(out, c->current, 60);
		fputs(*c->current ? ", must be " : "must be ", out);
		markup_text(out, c->limit, 160);
	} else if (*c->change) {
		fprintf(out, ": %s", c->told);
	}
	if (*c->interval)
		fprintf(out, ", 95 %% interval %s", c->interval);
	if (*c->baseline && *c->current) {
		fputs("\nbaseline ", out);
		markup_text(out, c->baseline, 60);
		fputs(", current ", out);
		markup_text(out, c->current, 60);
	}
	if (*c->stats) {
		fputc('\n', out);
		markup_text(out, c->stats, 160);
	}
	if (*meaning) {
		fputc('\n', out);
		markup_sentence(out, meaning, SENTENCE_COLUMNS);
	}
	fputs("\ncase ", out);
	markup_text(out, row->v.name, NAME_COLUMNS);
	free(meaning);
}

/* What the trials of a failed case said last. */
static void
put_said(FILE *out, const struct model *model, const struct row *row)
{
	for (size_t i = 0; i < model->n_failures; i++) {
		const struct failure *failure = &model->failures[i];
		const char *at = failure_said(failure);
		char *line;

		if (strcmp(failure->trial.name, row->v.name) != 0 || !*at)
			continue;
		line = show_failure(model, failure);
		fputc('\n', out);
		markup_sentence(out, line, SENTENCE_COLUMNS);
		free(line);
		while ((line = show_said(&at))) {
			fputs("\n| ", out);
			markup_text(out, line, SENTENCE_COLUMNS);
			free(line);
		}
	}
}

/* classname="parse" name="small/wall_time <= 75 us" */
static void
put_names(FILE *out, const struct model *model, const struct row *row,
    const struct cells *c)
{
	const char *rest = case_rest(model, row->case_number);
	size_t workload = model->places[row->case_number].workload;
	char *name;

	rest = *rest == '/' ? rest + 1 : "";
	name = mem_format("%s%s%s%s%s", rest, *rest ? "/" : "", c->metric,
	    *c->limit ? " " : "", c->limit);
	put_attribute(out, "classname", model->workload_names.texts[workload]);
	put_attribute(out, "name", name);
	free(name);
}

static void
put_case(FILE *out, const struct model *model, const struct row *row)
{
	enum outcome outcome = outcome_of(row);
	struct cells c;

	if (outcome == UNTESTED)
		return;
	show_cells(model, row, &c);
	fputs("<testcase", out);
	put_names(out, model, row, &c);
	fprintf(out, " time=\"%.9f\"", seconds_of(&row->v));
	if (outcome == PASSED) {
		fputs("/>\n", out);
		return;
	}
	fputs(outcome == FAILED ? "><failure" : "><skipped", out);
	if (outcome == FAILED)
		put_attribute(out, "type", row->v.verdict);
	fputc('>', out);
	put_details(out, row, &c);
	if (row->rank == ROW_FAILED)
		put_said(out, model, row);
	fputs(outcome == FAILED ? "</failure></testcase>\n"
				: "</skipped></testcase>\n",
	    out);
}

static void
put_result(FILE *out, const struct model *model, const char *element)
{
	fprintf(out,
	    "<testcase classname=\"plumbline\" name=\"result\" "
	    "time=\"0\"><%s%s>",
	    element, *element == 's' ? "" : " type=\"result\"");
	markup_sentence(out, model->headline, SENTENCE_COLUMNS);
	fprintf(out, "</%s></testcase>\n", element);
}

/* Ant's schema wants a time, without its zone; it is UTC. */
static void
put_timestamp(FILE *out, const struct model *model)
{
	const char *time = model->run.time ? model->run.time : "";
	char *shown = show_time(time);

	/* show_time has made "2026-11-21 01:30:00 UTC" of a good one. */
	if (strcmp(shown, time) != 0 && strlen(time) == 20)
		fprintf(out, " timestamp=\"%.19s\"", time);
	else
		fputs(" timestamp=\"1970-01-01T00:00:00\"", out);
	free(shown);
}

/* What was measured and does not gate is told where nothing counts it. */
static void
put_remarks(FILE *out, const struct model *model)
{
	fputs("<system-out>", out);
	for (size_t i = 0; i < model->n_rows; i++) {
		const struct row *row = &model->rows[i];
		struct cells c;

		if (row->rank != ROW_WARNING && row->rank != ROW_IMPROVEMENT)
			continue;
		show_cells(model, row, &c);
		markup_text(out, c.metric, 100);
		fputs(": ", out);
		put_details(out, row, &c);
		fputs("\n\n", out);
	}
	fputs("</system-out>\n<system-err>", out);
	for (size_t i = 0; i < model->n_warnings; i++) {
		char *text = show_check(&model->checks[i]);

		markup_sentence(out, text, SENTENCE_COLUMNS);
		fputc('\n', out);
		free(text);
	}
	fputs("</system-err>\n", out);
}

static bool
is(const char *element, const char *word)
{
	return element && strcmp(element, word) == 0;
}

void
write_junit(FILE *out, const struct model *model, const struct options *options)
{
	size_t n_of[N_OUTCOMES] = {0};
	const char *own;

	for (size_t i = 0; i < model->n_rows; i++)
		n_of[outcome_of(&model->rows[i])]++;
	own = result_element(model, n_of);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
	      "<testsuite id=\"0\" package=\"plumbline\"",
	    out);
	put_attribute(
	    out, "name", options->title ? options->title : DEFAULT_TITLE);
	put_timestamp(out, model);
	put_attribute(out, "hostname",
	    model->run.machine ? model->run.machine : "localhost");
	fprintf(out,
	    " tests=\"%zu\" failures=\"%zu\" errors=\"%d\" skipped=\"%zu\" "
	    "time=\"%.3f\">\n",
	    n_of[PASSED] + n_of[FAILED] + n_of[SKIPPED] + (own != NULL),
	    n_of[FAILED] + is(own, "failure"), is(own, "error"),
	    n_of[SKIPPED] + is(own, "skipped"), model->seconds);
	put_properties(out, model);
	if (own)
		put_result(out, model, own);
	for (size_t i = 0; i < model->n_rows; i++)
		put_case(out, model, &model->rows[i]);
	put_remarks(out, model);
	fputs("</testsuite>\n</testsuites>\n", out);
}
