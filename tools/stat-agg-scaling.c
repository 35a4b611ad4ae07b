/*
 * stat-agg: how metrics grow with a parameter. A power of it is fitted to what
 * the cases of a family measured in the same round, and its exponent is a
 * metric of a case of its own.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"

/* A smaller difference of two exponents never matters. */
static const double MIN_ABS = 0.05;

/* --- what they measured --- */

/* The round values of a metric of all members. */
struct table {
	struct rounds *of; /* by member */
	size_t n;
	const char *lacking; /* the first member that has none, or NULL */
	bool paired, positive;
	bool any; /* some member has some */
};

static void
table_add(struct table *table, const struct subject *subject,
    const char *metric, const char *variant)
{
	struct rounds *rounds = &table->of[table->n++];
	struct plan plan;
	char *unit;

	if (plan_make(&plan, subject, metric, variant, &unit) &&
	    !rounds_make(rounds, subject, &plan)) {
		/* It has said why. */
		rounds->n = 0;
		rounds->pooled = false;
	}
	free(unit);
	if (!rounds->n && !rounds->pooled) {
		if (!table->lacking)
			table->lacking = subject->name;
		return;
	}
	table->any = true;
	table->paired &= rounds->paired;
	for (size_t i = 0; i < rounds->n; i++)
		table->positive &= rounds->values[i] > 0;
	if (rounds->pooled)
		table->positive &= points_rank(&rounds->points, 0) > 0;
}

static struct table
table_make(const struct family *family, const char *metric, const char *variant)
{
	struct table table = {
	    .of = mem_zero(family->n, sizeof *table.of),
	    .paired = true,
	    .positive = true,
	};

	for (size_t i = 0; i < family->n; i++)
		table_add(&table, family->members[i].subject, metric, variant);
	return table;
}

static void
table_release(struct table *table)
{
	for (size_t i = 0; i < table->n; i++)
		rounds_release(&table->of[i]);
	free(table->of);
}

/* --- the exponent --- */

static double
median_of(const struct rounds *rounds)
{
	double *sorted, median;

	if (rounds->pooled)
		return points_quantile(&rounds->points, 0.5);
	sorted = mem_resize(NULL, rounds->n, sizeof *sorted);
	memcpy(sorted, rounds->values, rounds->n * sizeof *sorted);
	stats_sort(sorted, rounds->n);
	median = stats_median(sorted, rounds->n);
	free(sorted);
	return median;
}

/*
 * The values of a round, as logarithms; false where a member has none. `at`
 * goes along with the rounds of each, which ascend.
 */
static bool
logs_of_round(const struct table *table, double round, size_t *at, double *y)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct rounds *rounds = &table->of[i];

		while (at[i] < rounds->n && rounds->rounds[at[i]] < round)
			at[i]++;
		if (at[i] == rounds->n || rounds->rounds[at[i]] != round)
			return false;
		y[i] = log(rounds->values[at[i]]);
	}
	return true;
}

/* A line for each round that all have, or one through the medians. */
static void
fit(struct rounds *to, const struct table *table, const double *x)
{
	const struct rounds *first = &table->of[0];
	size_t n = table->n, *at = mem_zero(n, sizeof *at);
	double *y = mem_zero(n, sizeof *y);

	*to = (struct rounds){
	    .rounds = mem_zero(first->n + 1, sizeof *to->rounds),
	    .values = mem_zero(first->n + 1, sizeof *to->values),
	    .paired = table->paired,
	    .overall = (double)NAN,
	    .error = (double)NAN,
	};
	for (size_t i = 0; i < n; i++)
		to->lines += table->of[i].lines;
	for (size_t r = 0; table->paired && r < first->n; r++)
		if (logs_of_round(table, first->rounds[r], at, y)) {
			to->rounds[to->n] = first->rounds[r];
			to->values[to->n++] = stats_line(x, y, n).slope;
		}
	if (!table->paired) {
		for (size_t i = 0; i < n; i++)
			y[i] = log(median_of(&table->of[i]));
		to->values[to->n++] = stats_line(x, y, n).slope;
	}
	free(at);
	free(y);
}

/* --- a family --- */

/* The exponent of a metric, of a variant. */
struct exponent {
	const struct scaling *scaling;
	const char *variant;
	struct rounds rounds;
};

struct exponents {
	struct exponent *e;
	size_t n, capacity;
};

/* Why there is no exponent, to be freed, or NULL. */
static char *
why_not(const struct table *table)
{
	if (table->lacking)
		return mem_format("the case %s has no value", table->lacking);
	if (!table->positive)
		return mem_copy("not all values are above zero");
	return NULL;
}

/* Who was measured beside itself need not be complete. */
static bool
is_shadow(const char *variant)
{
	return variant && strcmp(variant, SHADOW_VARIANT) == 0;
}

static void
add_exponent(struct exponents *exponents, const struct family *family,
    const struct scaling *scaling, const char *variant)
{
	struct table table = table_make(family, scaling->metric, variant);
	char *why = why_not(&table);
	double *x = mem_zero(family->n, sizeof *x);
	struct exponent e = {scaling, variant, {0}};

	for (size_t i = 0; i < family->n; i++)
		x[i] = log(family->members[i].x);
	if (!why)
		fit(&e.rounds, &table, x);
	if (!why && !e.rounds.n)
		why = mem_copy("in no round have all cases a value");
	if (!why)
		*MEM_PUSH(exponents->e, exponents->n, exponents->capacity) = e;
	else
		rounds_release(&e.rounds);
	if (why && table.any && !is_shadow(variant))
		warn("case %s: %s has no exponent: %s", family->name,
		    scaling->metric, why);
	free(why);
	free(x);
	table_release(&table);
}

/* The variants of all members; the texts are the study's. */
struct variants {
	const char **v;
	size_t n, capacity;
};

static void
add_variant(struct variants *variants, const char *variant)
{
	for (size_t i = 0; i < variants->n; i++)
		if (same_text(variants->v[i], variant))
			return;
	*MEM_PUSH(variants->v, variants->n, variants->capacity) = variant;
}

static void
add_variants(struct variants *variants, const struct subject *subject)
{
	for (size_t s = 0; s < subject->n_sources; s++)
		for (size_t g = 0; g < subject->sources[s].n; g++)
			add_variant(
			    variants, subject->sources[s].groups[g].variant);
	for (size_t i = 0; i < subject->n_trials; i++)
		add_variant(variants, subject->trials[i].variant);
}

static struct exponents
exponents_of(const struct family *family)
{
	const struct subject *first = family->members[0].subject;
	struct exponents exponents = {0};
	struct variants variants = {0};

	for (size_t i = 0; i < family->n; i++)
		add_variants(&variants, family->members[i].subject);
	for (size_t i = 0; i < first->n_scalings; i++)
		for (size_t v = 0; v < variants.n; v++)
			if (same_text(first->scalings[i].over, family->over))
				add_exponent(&exponents, family,
				    &first->scalings[i], variants.v[v]);
	free(variants.v);
	return exponents;
}

/* --- records --- */

/* What it is called, for the caller to free. */
static char *
metric_of(const struct scaling *scaling)
{
	return mem_format("%s.exponent", scaling->metric);
}

static void
put_metric(struct jline *list, const struct scaling *scaling)
{
	char *name = metric_of(scaling);
	struct metric metric;

	record_clear(&metric_type, &metric);
	metric.name = name;
	metric.unit = "";
	metric.better = "lower";
	metric.min_abs = MIN_ABS;
	record_put(list, NULL, &metric_type, &metric);
	free(name);
}

static void
put_criterion(struct jline *list, const struct scaling *scaling)
{
	char *name = metric_of(scaling);
	struct criterion criterion;

	record_clear(&criterion_type, &criterion);
	criterion.metric = name;
	criterion.op = "<=";
	criterion.limit = scaling->at_most;
	record_put(list, NULL, &criterion_type, &criterion);
	free(name);
}

/* A list of a part for each metric that has exponents, as text. */
static char *
list_text(const struct exponents *exponents,
    void (*put)(struct jline *, const struct scaling *))
{
	struct jline list = {0};

	jline_list(&list, NULL);
	for (size_t i = 0; i < exponents->n; i++)
		if (!i ||
		    exponents->e[i].scaling != exponents->e[i - 1].scaling)
			put(&list, exponents->e[i].scaling);
	jline_list_end(&list);
	return list.text;
}

/* The parameters that all members share. */
static char *
params_text(const struct family *family)
{
	struct jline object = {0};
	const tree *value;
	const char *name;
	void *at = NULL;

	jline_open(&object, NULL);
	while ((value = tree_member(
		    family->members[0].subject->params, &at, &name)))
		if (strcmp(name, family->over) != 0)
			jline_tree(&object, name, value);
	jline_close(&object);
	return object.text;
}

static void
write_case(struct writer *writer, const struct family *family,
    const struct exponents *exponents)
{
	const struct subject *first = family->members[0].subject;
	char *params = params_text(family);
	char *metrics = list_text(exponents, put_metric);
	char *criteria = list_text(exponents, put_criterion);
	struct case_record record;

	record_clear(&case_type, &record);
	record.name = family->name;
	record.workload = first->workload;
	record.id = family->id;
	record.arch = first->arch;
	record.target = first->target;
	record.params.text = params;
	record.metrics.text = metrics;
	record.criteria.text = criteria;
	record_write(&writer->line, &case_type, &record);
	free(params);
	free(metrics);
	free(criteria);
}

static void
write_exponent(struct writer *writer, const struct family *family,
    const struct exponent *exponent)
{
	const struct subject *first = family->members[0].subject;
	char *metric = metric_of(exponent->scaling);
	const struct plan plan = {
	    .name = metric,
	    .unit = "",
	    .variant = exponent->variant,
	    .word = AGGREGATOR_DEFAULT,
	    .aggregator = {.kind = AGGREGATE_MEDIAN},
	};
	struct summary summary;

	summary_begin(&summary, writer);
	summary.name = family->name;
	summary.workload = first->workload;
	summary.id = family->id;
	summary.variant = plan.variant;
	summary.metric = plan.name;
	summary.unit = plan.unit;
	summary.better = "lower";
	summary.aggregator = plan.word;
	summary_write(&writer->line, &summary, &exponent->rounds, first, &plan,
	    writer->wishes);
	free(metric);
}

static void
write_family(struct writer *writer, const struct family *family)
{
	struct exponents exponents;

	/* Who selects one case asks for no exponent. */
	if (family->members[0].x == family->members[family->n - 1].x)
		return;
	exponents = exponents_of(family);
	if (exponents.n)
		write_case(writer, family, &exponents);
	for (size_t i = 0; i < exponents.n; i++) {
		write_exponent(writer, family, &exponents.e[i]);
		rounds_release(&exponents.e[i].rounds);
	}
	free(exponents.e);
}

void
scaling_write(struct writer *writer)
{
	const struct session_data *session = writer->session;
	struct families families = {0};

	for (size_t i = 0; i < session->n_subjects; i++)
		families_add(&families, &session->subjects[i]);
	families_settle(&families);
	for (size_t i = 0; i < families.n; i++)
		write_family(writer, &families.f[i]);
	families_release(&families);
}
