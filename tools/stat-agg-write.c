/*
 * stat-agg: which metrics have a summary, and what it says.
 */
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"

bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

const char *
group_unit(const struct source *source, const struct group *group)
{
	enum builtin builtin = builtin_find(source->name);

	if (group->unit || builtin == BUILTIN_COUNT)
		return group->unit;
	return builtin_units[builtin];
}

/* The direction that makes a value better. */
static const char *
better_of(const struct subject *subject, const struct plan *plan)
{
	if (plan->better)
		return plan->better;
	for (size_t i = 0; i < subject->n_criteria; i++) {
		const struct criterion *criterion = &subject->criteria[i];

		if (strcmp(criterion->metric, plan->name) != 0)
			continue;
		if (*criterion->op == '>')
			return "higher";
		if (*criterion->op == '<')
			return "lower";
	}
	if (plan->aggregator.kind == AGGREGATE_SUCCESS_RATE)
		return "higher";
	return plan->unit && series_unit_is_rate(plan->source, plan->unit)
		   ? "higher"
		   : "lower";
}

void
summary_begin(struct summary *summary, const struct writer *writer)
{
	record_clear(&summary_type, summary);
	summary->run = writer->session->run;
	summary->session = writer->session->session;
	summary->machine = writer->session->machine;
}

static void
write_summary(struct writer *writer, const struct subject *subject,
    const struct plan *plan)
{
	struct summary summary;
	struct rounds rounds;

	summary_begin(&summary, writer);
	summary.name = subject->name;
	summary.workload = subject->workload;
	summary.id = subject->id;
	summary.variant = plan->variant;
	summary.metric = plan->name;
	summary.unit = plan->unit;
	summary.better = better_of(subject, plan);
	summary.aggregator = plan->word;
	if (!rounds_make(&rounds, subject, plan))
		/* It has said why. */;
	else if (rounds.pooled)
		summary_write_pooled(
		    &writer->line, &summary, &rounds, plan, writer->wishes);
	else
		summary_write(&writer->line, &summary, &rounds, subject, plan,
		    writer->wishes);
	rounds_release(&rounds);
}

/* Whether an earlier group of the source has the same summary. */
static bool
is_repeated(const struct source *source, size_t g, bool declared)
{
	const struct group *group = &source->groups[g];

	for (size_t i = 0; i < g; i++)
		if (source->groups[i].variant == group->variant &&
		    (declared ||
			same_text(group_unit(source, &source->groups[i]),
			    group_unit(source, group))))
			return true;
	return false;
}

/* A summary for each variant of a source and, undeclared, for each unit. */
static void
write_source(
    struct writer *writer, const struct subject *subject, struct plan plan)
{
	const struct source *source = plan.source;

	for (size_t g = 0; g < source->n; g++) {
		if (is_repeated(source, g, plan.declared))
			continue;
		plan.variant = source->groups[g].variant;
		if (!plan.declared)
			plan.unit = group_unit(source, &source->groups[g]);
		write_summary(writer, subject, &plan);
	}
}

static void
write_success_rate(
    struct writer *writer, const struct subject *subject, struct plan plan)
{
	for (size_t i = 0; i < subject->n_trials; i++) {
		size_t first = 0;

		plan.variant = subject->trials[i].variant;
		while (subject->trials[first].variant != plan.variant)
			first++;
		if (first == i)
			write_summary(writer, subject, &plan);
	}
}

/* The unit of a declared metric that names none; the caller frees it. */
static char *
unit_of(const struct source *source, enum aggregation kind)
{
	const char *unit = NULL;

	for (size_t g = 0; g < source->n && !unit; g++)
		unit = group_unit(source, &source->groups[g]);
	if (kind == AGGREGATE_COUNT)
		unit = "count";
	if (!unit)
		return NULL;
	return mem_format("%s%s", unit, kind == AGGREGATE_RATE ? "/s" : "");
}

/*
 * The plan of a declared metric, without a variant, or false where there is
 * nothing that it is made of. Its unit may be a text to be freed.
 */
static bool
plan_declared(struct plan *plan, const struct subject *subject,
    const struct declared *declared, char **made_unit)
{
	const struct metric *metric = &declared->metric;
	size_t i = index_find(&subject->source_names, declared->source);

	*made_unit = NULL;
	*plan = (struct plan){
	    .name = metric->name,
	    .unit = metric->unit,
	    .better = metric->better,
	    .word =
		metric->aggregator ? metric->aggregator : AGGREGATOR_DEFAULT,
	    .aggregator = declared->aggregator,
	    .declared = true,
	    .is_log = metric->scale && strcmp(metric->scale, "log") == 0,
	    .exact = metric->exact == true,
	};
	if (plan->aggregator.kind == AGGREGATE_SUCCESS_RATE) {
		plan->unit = plan->unit ? plan->unit : "%";
		return true;
	}
	if (i == INDEX_NONE)
		return false;
	plan->source = &subject->sources[i];
	if (!plan->unit)
		plan->unit = *made_unit =
		    unit_of(plan->source, plan->aggregator.kind);
	return true;
}

static void
write_declared(struct writer *writer, const struct subject *subject,
    const struct declared *declared)
{
	struct plan plan;
	char *unit;

	if (!plan_declared(&plan, subject, declared, &unit))
		return;
	if (plan.source)
		write_source(writer, subject, plan);
	else
		write_success_rate(writer, subject, plan);
	free(unit);
}

/* Whether there is anything of the plan's variant. */
static bool
has_any(const struct plan *plan, const struct subject *subject)
{
	for (size_t g = 0; plan->source && g < plan->source->n; g++)
		if (plan_takes(plan, &plan->source->groups[g]))
			return true;
	for (size_t i = 0; !plan->source && i < subject->n_trials; i++)
		if (same_text(subject->trials[i].variant, plan->variant))
			return true;
	return false;
}

/* Of an undeclared metric in several units, the first. */
static bool
plan_undeclared(struct plan *plan, const struct subject *subject,
    const char *metric, const char *variant)
{
	size_t i = index_find(&subject->source_names, metric);

	if (i == INDEX_NONE)
		return false;
	*plan = (struct plan){
	    .name = metric,
	    .word = AGGREGATOR_DEFAULT,
	    .source = &subject->sources[i],
	};
	aggregator_parse(plan->word, &plan->aggregator);
	for (size_t g = plan->source->n; g > 0; g--) {
		const struct group *group = &plan->source->groups[g - 1];

		if (same_text(group->variant, variant))
			plan->unit = group_unit(plan->source, group);
	}
	return true;
}

bool
plan_make(struct plan *plan, const struct subject *subject, const char *metric,
    const char *variant, char **unit)
{
	const struct declared *declared = NULL;
	bool made;

	*unit = NULL;
	for (size_t i = 0; i < subject->n_declared; i++)
		if (strcmp(subject->declared[i].metric.name, metric) == 0)
			declared = &subject->declared[i];
	made = declared ? plan_declared(plan, subject, declared, unit)
			: plan_undeclared(plan, subject, metric, variant);
	plan->variant = variant;
	return made && has_any(plan, subject);
}

/* A source that no metric takes is a metric of its own. */
static void
write_undeclared(struct writer *writer, const struct subject *subject,
    const struct source *source)
{
	struct plan plan = {
	    .name = source->name,
	    .word = AGGREGATOR_DEFAULT,
	    .source = source,
	};

	for (size_t i = 0; i < subject->n_declared; i++)
		if (strcmp(subject->declared[i].source, source->name) == 0)
			return;
	for (size_t i = 0; i < subject->n_declared; i++)
		if (strcmp(subject->declared[i].metric.name, source->name) ==
		    0) {
			warn("case %s: samples of %s have no summary: that is "
			     "the name of a metric made from %s",
			    subject->name, source->name,
			    subject->declared[i].source);
			return;
		}
	aggregator_parse(plan.word, &plan.aggregator);
	write_source(writer, subject, plan);
}

void
study_write(const struct study *study, const struct wishes *wishes)
{
	struct writer writer = {.wishes = wishes};

	for (size_t i = 0; i < study->n_sessions; i++) {
		writer.session = &study->sessions[i];
		for (size_t s = 0; s < writer.session->n_subjects; s++) {
			const struct subject *subject =
			    &writer.session->subjects[s];

			for (size_t d = 0; d < subject->n_declared; d++)
				write_declared(
				    &writer, subject, &subject->declared[d]);
			for (size_t u = 0; u < subject->n_sources; u++)
				write_undeclared(
				    &writer, subject, &subject->sources[u]);
		}
		scaling_write(&writer);
	}
	jline_release(&writer.line);
}
