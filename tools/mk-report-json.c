/* The model as one JSON object, for programs. */
#include "mk-report.h"

#include <math.h>

static void
put_counts(struct jline *line, const struct model *model)
{
	jline_open(line, "counts");
	for (size_t i = 0; i < model->words.n; i++)
		if (model->n_of_word[i])
			jline_number(line, model->words.texts[i],
			    (double)model->n_of_word[i]);
	jline_close(line);
}

static void
put_trials(struct jline *line, const struct model *model)
{
	jline_open(line, "trials");
	jline_number(line, "total", (double)model->trials);
	jline_number(line, "failed", (double)model->trials_failed);
	jline_number(line, "skipped", (double)model->trials_skipped);
	jline_number(line, "rejected", (double)model->trials_rejected);
	jline_list(line, "failures");
	for (size_t i = 0; i < model->n_failures; i++) {
		const struct failure *f = &model->failures[i];

		jline_open(line, NULL);
		jline_string(line, "case", f->trial.name);
		jline_string(line, "variant", f->trial.variant);
		jline_string(line, "phase", f->trial.phase);
		jline_string(line, "status", f->trial.status);
		jline_number(line, "exit", f->trial.exit);
		jline_number(line, "signal", f->trial.signal);
		jline_string(line, "why", f->trial.why);
		jline_string(line, "stderr", f->trial.said);
		jline_number(line, "count", (double)f->n);
		jline_close(line);
	}
	jline_list_end(line);
	jline_close(line);
}

/* A verdict as it was read, with the class that it is shown under. */
static void
put_row(struct jline *line, const struct row *row)
{
	record_put(line, NULL, &verdict_type, &row->v);
	line->len--; /* opens the object again: its last byte is } */
	jline_string(line, "class", row_looks[row->rank].word);
	jline_close(line);
}

void
write_json(FILE *out, const struct model *model, const struct options *options)
{
	struct jline line = {0};
	const char *status = model->result.status;

	jline_open(&line, NULL);
	jline_string(
	    &line, "title", options->title ? options->title : DEFAULT_TITLE);
	jline_string(&line, "status", status ? status : "none");
	jline_string(&line, "headline", model->headline);
	jline_bool(&line, "complete", model->complete);
	put_counts(&line, model);
	jline_number(&line, "muted", (double)model->n_muted);
	jline_number(&line, "overall_improvement", model->overall);
	jline_number(&line, "slo_compliance_percent",
	    model->result.slo_compliance_percent);
	put_trials(&line, model);
	if (model->n_runs)
		record_put(&line, "run", &run_type, &model->run);
	jline_list(&line, "rows");
	for (size_t i = 0; i < model->n_rows; i++)
		put_row(&line, &model->rows[i]);
	jline_list_end(&line);
	jline_list(&line, "summaries");
	for (size_t i = 0; i < model->n_measured && !model->from_rows; i++)
		record_put(&line, NULL, &summary_type, &model->measured[i]);
	jline_list_end(&line);
	jline_close(&line);
	fprintf(out, "%s\n", line.text);
	jline_release(&line);
}
