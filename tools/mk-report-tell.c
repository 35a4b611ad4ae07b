/* What a model comes to, in words: the headline and the facts. */
#include "mk-report-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum {
	WORD_COLUMNS = 24 /* of a verdict that is none of ours */
};

void
add_fact(struct model *model, struct facts *facts, const char *name,
    const char *value)
{
	if (value && *value)
		*MEM_PUSH(facts->list, facts->n, facts->capacity) =
		    (struct fact){keep(model, name), keep(model, value), false};
}

char *
text_join(char *list, const char *separator, char *item)
{
	char *longer =
	    mem_format("%s%s%s", list, *list && *item ? separator : "", item);

	free(list);
	free(item);
	return longer;
}

static const struct {
	enum row_class rank;
	const char *one, *many;
} nouns[] = {
    {ROW_REGRESSION, "regression", "regressions"},
    {ROW_FAILED, "failed case", "failed cases"},
    {ROW_LIMIT, "failed criterion", "failed criteria"},
};

#define N_NOUNS (sizeof nouns / sizeof *nouns)

/* "FAIL: 1 regression, 2 failed cases" */
static char *
fail_headline(const struct model *model)
{
	char *list = mem_copy("");
	char percent[32];

	for (size_t i = 0; i < N_NOUNS; i++) {
		size_t n = model->n_of_class[nouns[i].rank];

		if (n)
			list = text_join(list, ", ",
			    mem_format("%zu %s", n,
				n == 1 ? nouns[i].one : nouns[i].many));
	}
	if (!*list && isfinite(model->result.slo_compliance_percent)) {
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
		list = text_join(
		    list, "", mem_format("SLO compliance %s", percent));
	}
	list = text_join(mem_copy("FAIL"), *list ? ": " : "", list);
	return model->complete
		   ? list
		   : text_join(list, " ", mem_copy("(INCOMPLETE RUN)"));
}

static char *
pass_headline(struct model *model)
{
	size_t n = model->n_unjudged;
	const char *gating = n == 1 ? "metric that gates" : "metrics that gate";
	bool strict = model->result.exit == STATUS_UNDECIDED;

	model->tone = TONE_WARN;
	if (!model->n_measured && is(model->result.status, "inconclusive"))
		return mem_copy("INCONCLUSIVE: nothing was measured");
	if (!model->n_rows)
		return mem_copy("PASS, but nothing was compared");
	if (strict && n)
		return mem_format(
		    "UNDECIDED: %zu %s could not be judged", n, gating);
	if (strict)
		return mem_copy("UNDECIDED");
	if (n)
		return mem_format(
		    "PASS, but %zu %s could not be judged", n, gating);
	if (is(model->result.status, "inconclusive"))
		return mem_copy("INCONCLUSIVE");
	if (!is(model->result.status, "pass"))
		return mem_format("UNKNOWN RESULT: %s", model->result.status);
	model->tone = TONE_GOOD;
	if (model->n_of_class[ROW_NEW] && !model->n_overall)
		return mem_format("PASS: %zu new, nothing to compare with",
		    model->n_of_class[ROW_NEW]);
	return mem_copy("PASS");
}

/* The report never decides: this is the result record in words. */
static char *
tell_result(struct model *model)
{
	const char *status = model->result.status;

	model->tone = TONE_WARN;
	if (is(status, "fail")) {
		model->tone = TONE_BAD;
		return fail_headline(model);
	}
	if (!model->complete)
		return mem_copy(
		    status ? "INCOMPLETE RUN: nothing failed in what was there"
			   : "INCOMPLETE RUN: it was not judged");
	if (status)
		return pass_headline(model);
	if (model->n_rows)
		return mem_copy(
		    "NO RESULT: the comparison did not come to its end");
	model->tone = TONE_NONE;
	return mem_copy(model->n_measured
			    ? "NOT COMPARED: these are measured values only"
			    : "NOT COMPARED: no summaries and no verdicts");
}

/* And what would have failed, were it not known. */
static char *
add_muted(const struct model *model, char *text)
{
	return text_join(text, ", ",
	    model->n_muted ? mem_format("%zu muted", model->n_muted)
			   : mem_copy(""));
}

/* What failed, and did not when it was measured again, is a word of warning. */
static char *
add_unconfirmed(struct model *model, char *headline)
{
	size_t n = model->n_of_class[ROW_UNCONFIRMED];

	if (n && model->tone == TONE_GOOD)
		model->tone = TONE_WARN;
	return text_join(headline, "; ",
	    n ? mem_format("%zu failure%s not confirmed", n, n == 1 ? "" : "s")
	      : mem_copy(""));
}

/* "2 regressions, 1 more", where that is what failed. */
static char *
brief_failure(const struct model *model)
{
	size_t first = 0, rest = 0;

	while (first < N_NOUNS && !model->n_of_class[nouns[first].rank])
		first++;
	if (first == N_NOUNS)
		return mem_copy("fail");
	for (size_t i = first + 1; i < N_NOUNS; i++)
		rest += model->n_of_class[nouns[i].rank];
	return text_join(
	    mem_format("%zu %s", model->n_of_class[nouns[first].rank],
		model->n_of_class[nouns[first].rank] == 1 ? nouns[first].one
							  : nouns[first].many),
	    ", ", rest ? mem_format("%zu more", rest) : mem_copy(""));
}

static char *
tell_briefly(const struct model *model)
{
	const char *status = model->result.status;

	if (is(status, "fail"))
		return brief_failure(model);
	if (!model->complete)
		return mem_copy("incomplete");
	if (!status)
		return mem_copy(model->n_rows ? "no result" : "not compared");
	if (!is(status, "pass") && !is(status, "inconclusive"))
		return mem_copy("unknown");
	if (!model->n_rows)
		return mem_copy("nothing compared");
	if (model->n_unjudged)
		return mem_format("%s, %zu not judged",
		    model->result.exit == STATUS_UNDECIDED ? "undecided"
							   : "pass",
		    model->n_unjudged);
	if (is(status, "pass") && model->n_of_class[ROW_UNCONFIRMED])
		return mem_format("pass, %zu not confirmed",
		    model->n_of_class[ROW_UNCONFIRMED]);
	return mem_copy(model->tone == TONE_GOOD ? "pass" : "inconclusive");
}

/* The machine in one line: "x86_64, AMD EPYC, 2 cores, 8.1 GB, kernel 6.1". */
static char *
describe_machine(const struct model *model)
{
	static const struct {
		const char *name, *before, *after;
	} parts[] = {
	    {"cpu", "", ""},
	    {"cores", "", " cores"},
	    {"memory", "", ""},
	    {"kernel", "kernel ", ""},
	    {"virtualisation", "virtualised (", ")"},
	    {"governor", "governor ", ""},
	};
	char *line = mem_copy(model->run.arch ? model->run.arch : "");

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (size_t j = 0; j < model->host.n; j++) {
			const struct fact *fact = &model->host.list[j];

			if (strcmp(fact->name, parts[i].name) == 0 &&
			    *fact->value && !is(fact->value, "none"))
				line = text_join(line, ", ",
				    mem_format("%s%s%s", parts[i].before,
					fact->value, parts[i].after));
		}
	return line;
}

/* "1 regressed, 11 unchanged" */
static char *
count_words(const struct model *model)
{
	char *list = mem_copy("");

	for (size_t i = 0; i < model->words.n; i++) {
		char *word = show_text(model->words.texts[i], WORD_COLUMNS);

		if (model->n_of_word[i])
			list = text_join(list, ", ",
			    mem_format("%zu %s", model->n_of_word[i], word));
		free(word);
	}
	return list;
}

static char *
make_compliance(const struct model *model)
{
	char percent[32];

	if (!isfinite(model->result.slo_compliance_percent))
		return mem_copy("");
	show_percent(percent, sizeof percent,
	    model->result.slo_compliance_percent / 100);
	return mem_format("SLO compliance: %s of the criteria and gates that "
			  "could be judged are met.",
	    percent);
}

/* Says it of the run, and frees it. */
static void
tell(struct model *model, const char *name, char *value)
{
	add_fact(model, &model->about, name, value);
	free(value);
}

static void
tell_source(struct model *model)
{
	const struct run *run = &model->run;
	char *commit = run->commit ? show_commit(run->commit) : NULL;

	tell(model, "Date", run->time ? show_time(run->time) : NULL);
	if (commit)
		tell(model, "Commit",
		    mem_format("%s%s%s%s", commit, run->branch ? " on " : "",
			run->branch ? run->branch : "",
			run->dirty == true ? ", with uncommitted changes"
					   : ""));
	free(commit);
	/* It is the architecture unless somebody said otherwise. */
	if (run->target && !(run->arch && strcmp(run->target, run->arch) == 0))
		tell(model, "Target", mem_copy(run->target));
	tell(model, "Machine", describe_machine(model));
	if (model->n_runs > 1)
		tell(model, "Runs",
		    mem_format(
			"%zu, the last one is described", model->n_runs));
}

/* Where twice as bad would be -100 %, nobody could read a percentage. */
static void
show_overall(char *text, size_t size, double improvement)
{
	if (improvement > -1)
		show_percent(text, size, improvement);
	else if (isfinite(improvement))
		snprintf(text, size,
		    1 - improvement < 1e6 ? "x%.2f worse" : "x%.1e worse",
		    1 - improvement);
	else
		snprintf(text, size, "worse beyond any number");
}

static void
tell_outcome(struct model *model)
{
	char percent[32], rejected[64] = "";

	tell(model, "Verdicts", count_words(model));
	if (isfinite(model->result.slo_compliance_percent)) {
		show_percent(percent, sizeof percent,
		    model->result.slo_compliance_percent / 100);
		tell(model, "SLO compliance", mem_copy(percent));
	}
	if (model->n_overall) {
		show_overall(percent, sizeof percent, model->overall);
		tell(model, "Overall improvement",
		    mem_format("%s (geometric mean of %zu judged metric%s)",
			percent, model->n_overall,
			model->n_overall == 1 ? "" : "s"));
	}
	if (model->trials_rejected)
		snprintf(rejected, sizeof rejected, ", %zu rejected",
		    model->trials_rejected);
	if (model->trials)
		tell(model, "Trials",
		    mem_format("%zu, %zu failed, %zu skipped%s", model->trials,
			model->trials_failed, model->trials_skipped, rejected));
}

void
model_tell(struct model *model)
{
	size_t n_before;

	model->headline = keep_own(model,
	    add_unconfirmed(model, add_muted(model, tell_result(model))));
	model->compliance = keep_own(model, make_compliance(model));
	model->brief = keep_own(model, add_muted(model, tell_briefly(model)));
	tell_source(model);
	n_before = model->about.n;
	tell_outcome(model);
	for (size_t i = n_before; i < model->about.n; i++)
		model->about.list[i].is_outcome = true;
	model_tell_noise(model);
}
