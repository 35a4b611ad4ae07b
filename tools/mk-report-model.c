/* What follows from the records, and what rows mean. */
#include "mk-report-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct row_look row_looks[] = {
#define X(id, tone, word, title) [ROW_##id] = {TONE_##tone, word, title},
    ROW_CLASSES(X)
#undef X
};

/* The verdicts that there are, in the order in which totals name them. */
static const struct {
	const char *word;
	enum row_class rank; /* where it blocks and means something bad */
} verdicts[] = {
    {"regressed", ROW_REGRESSION},
    {"exact-changed", ROW_REGRESSION},
    {"failed", ROW_FAILED},
    {"fail", ROW_LIMIT},
    {"unconfirmed", ROW_UNCONFIRMED},
    {"improved", ROW_IMPROVEMENT},
    {"small", ROW_SMALL},
    {"inconclusive", ROW_UNJUDGED},
    {"incomparable", ROW_UNJUDGED},
    {"missing", ROW_UNJUDGED},
    {"unknown", ROW_UNJUDGED},
    {"new", ROW_NEW},
    {"unchanged", ROW_UNREMARKABLE},
    {"pass", ROW_UNREMARKABLE},
};

#define N_VERDICTS (sizeof verdicts / sizeof *verdicts)

const char *
keep(struct model *model, const char *text)
{
	return index_text(&model->texts, text);
}

const char *
keep_own(struct model *model, char *text)
{
	const char *kept = keep(model, text);

	free(text);
	return kept;
}

bool
is(const char *text, const char *word)
{
	return text && strcasecmp(text, word) == 0;
}

double
verdict_worsening(const struct verdict *verdict)
{
	double change = verdict->change;

	if (isnan(change)) /* of zero or less: only its sign is known */
		change = verdict->current > verdict->baseline	? INFINITY
			 : verdict->current < verdict->baseline ? -1
								: (double)NAN;
	change = change <= -1 ? -INFINITY : log1p(change);
	return is(verdict->better, "higher") ? -change : change;
}

enum row_class
class_of(const struct verdict *verdict, bool gates)
{
	enum row_class rank = ROW_UNJUDGED;
	bool blocks =
	    gates && (!verdict->severity || is(verdict->severity, "blocking"));

	for (size_t i = 0; i < N_VERDICTS; i++)
		if (strcmp(verdict->verdict, verdicts[i].word) == 0)
			rank = verdicts[i].rank;
	if (strcmp(verdict->verdict, "exact-changed") == 0 &&
	    verdict_worsening(verdict) < 0)
		return ROW_IMPROVEMENT;
	if (!blocks && (rank == ROW_REGRESSION || rank == ROW_LIMIT))
		return ROW_WARNING;
	return rank;
}

/* What follows from the records. */

/* How far up a row goes in its class: what nobody must see stays where it is.
 */
static double
size_of(const struct row *row)
{
	double size = fabs(verdict_worsening(&row->v));

	return row->rank > ROW_LAST_REMARKABLE ? 0 : isnan(size) ? -1 : size;
}

/* By class; in each, those that gate first, and then the largest. */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double size_x = size_of(x), size_y = size_of(y);

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->gates != y->gates)
		return x->gates ? -1 : 1;
	if (size_x != size_y)
		return size_x > size_y ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* What is missing never gates, and is yet no pass. */
bool
row_is_doubt(const struct row *row)
{
	return row->rank == ROW_UNJUDGED &&
	       (row->gates || is(row->v.verdict, "missing"));
}

bool
row_is_muted(const struct row *row)
{
	return row->v.muted && class_of(&row->v, true) <= ROW_LAST_BLOCKING;
}

static void
count_rows(struct model *model)
{
	for (size_t i = 0; i < N_VERDICTS; i++)
		index_add(&model->words, verdicts[i].word);
	for (size_t i = 0; i < model->n_rows; i++)
		index_add(&model->words, model->rows[i].v.verdict);
	model->n_of_word = mem_zero(model->words.n, sizeof(size_t));
	for (size_t i = 0; i < model->n_rows; i++) {
		const struct row *row = &model->rows[i];

		model->n_of_class[row->rank]++;
		model->n_of_word[index_find(&model->words, row->v.verdict)]++;
		model->n_unjudged += row_is_doubt(row);
		model->n_muted += row_is_muted(row);
	}
}

/* Whether the verdict says that two values were compared, and how. */
static bool
was_judged(const struct row *row)
{
	return row->gates && isfinite(verdict_worsening(&row->v)) &&
	       strcmp(row->v.kind, "change") == 0 && row->rank != ROW_FAILED &&
	       row->rank != ROW_UNCONFIRMED && row->rank != ROW_UNJUDGED &&
	       row->rank != ROW_NEW;
}

/* One minus the geometric mean of the cost ratios. */
static void
find_overall(struct model *model)
{
	double sum = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		if (was_judged(&model->rows[i])) {
			sum += verdict_worsening(&model->rows[i].v);
			model->n_overall++;
		}
	model->overall = model->n_overall
			     ? -expm1(sum / (double)model->n_overall)
			     : (double)NAN;
}

/* Without summaries, the current values are all that is known. */
static void
measure_from_rows(struct model *model)
{
	model->from_rows = !model->n_measured;
	for (size_t i = 0; model->from_rows && i < model->n_rows; i++) {
		const struct verdict *v = &model->rows[i].v;
		struct summary summary;

		if (isnan(v->current) || strcmp(v->kind, "change") != 0)
			continue;
		record_clear(&summary_type, &summary);
		summary.name = v->name;
		summary.metric = v->metric ? v->metric : "";
		summary.variant = v->variant;
		summary.unit = v->unit;
		summary.value = v->current;
		summary.n = v->n;
		*MEM_PUSH(model->measured, model->n_measured,
		    model->measured_capacity) = summary;
	}
}

char *
metric_key(const char *name, const char *metric)
{
	return mem_format("%zu %s%s", strlen(name), name, metric);
}

void
add_metric(struct index *keys, const char *name, const char *metric)
{
	char *key = metric_key(name, metric);

	index_add(keys, key);
	free(key);
}

/* Moves the metrics that somebody asked for to the front. */
static void
choose_measured(struct model *model, const struct index *declared)
{
	struct index judged = {0};
	const struct index *wanted = model->n_rows ? &judged : declared;
	struct summary *sorted =
	    mem_zero(model->n_measured, sizeof *model->measured);
	size_t n = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].v.metric)
			add_metric(&judged, model->rows[i].v.name,
			    model->rows[i].v.metric);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < model->n_measured; i++) {
			const struct summary *s = &model->measured[i];
			char *key = metric_key(s->name, s->metric);
			bool is_wanted =
			    !wanted->n || index_find(wanted, key) != INDEX_NONE;

			if (is_wanted == (pass == 0))
				sorted[n++] = *s;
			free(key);
		}
		model->n_asked_for = pass ? model->n_asked_for : n;
	}
	free(model->measured);
	model->measured = sorted;
	index_release(&judged);
}

size_t
measured_shown(const struct model *model, const struct options *options)
{
	return options->all ? model->n_measured : model->n_asked_for;
}

const char *
case_rest(const struct model *model, size_t case_number)
{
	const char *name = model->cases.texts[case_number];
	size_t workload = model->places[case_number].workload;
	const char *prefix = model->workload_names.texts[workload];
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len] == '/' ? name + len
								   : name;
}

/* Finds the summaries of a metric without looking at all. */
static void
link_summaries(struct model *model)
{
	size_t n = model->n_measured;

	model->first_of = mem_zero(n, sizeof *model->first_of);
	model->next_of = mem_zero(n, sizeof *model->next_of);
	while (n-- > 0) {
		const struct summary *s = &model->measured[n];
		char *key = metric_key(s->name, s->metric);
		size_t known = model->metrics.n;
		size_t number = index_add(&model->metrics, key);

		model->next_of[n] =
		    number < known ? model->first_of[number] : INDEX_NONE;
		model->first_of[number] = n;
		free(key);
	}
}

size_t
next_summary(const struct model *model, const char *name, const char *metric,
    size_t last)
{
	char *key;
	size_t number;

	if (last != INDEX_NONE)
		return model->next_of[last];
	key = metric_key(name, metric);
	number = index_find(&model->metrics, key);
	free(key);
	return number == INDEX_NONE ? INDEX_NONE : model->first_of[number];
}

void
model_finish(struct model *model, const struct index *declared)
{
	for (size_t i = 0; i < model->cases.n; i++)
		model->workloads[model->places[i].workload].n_cases++;
	if (model->n_rows)
		qsort(model->rows, model->n_rows, sizeof *model->rows,
		    compare_rows);
	count_rows(model);
	find_overall(model);
	measure_from_rows(model);
	choose_measured(model, declared);
	link_summaries(model);
	model_tell(model);
}

void
model_release(struct model *model)
{
	for (size_t i = 0; i < model->n_rows; i++)
		record_release(&verdict_type, &model->rows[i].v);
	for (size_t i = 0; i < model->n_measured; i++)
		record_release(&summary_type, &model->measured[i]);
	for (size_t i = 0; i < model->n_probes; i++)
		record_release(&summary_type, &model->probes[i]);
	record_release(&run_type, &model->run);
	record_release(&result_type, &model->result);
	free(model->rows);
	free(model->n_of_word);
	free(model->measured);
	free(model->failures);
	free(model->about.list);
	free(model->host.list);
	free(model->checks);
	free(model->places);
	free(model->first_of);
	free(model->next_of);
	free(model->probes);
	free(model->disturbance.n_of_flag);
	index_release(&model->disturbance.flags);
	index_release(&model->metrics);
	index_release(&model->judged_variants);
	free(model->noise.list);
	free(model->workloads);
	index_release(&model->texts);
	index_release(&model->words);
	index_release(&model->cases);
	index_release(&model->workload_names);
	*model = (struct model){0};
}
