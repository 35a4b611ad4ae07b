#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "metric.h"
#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	MAX_RULES = 10000 /* criteria of a workload */
};

/* --- metrics --- */

static const char *const directions[] = {"lower", "higher"};
static const char *const scales[] = {"linear", "log"};
static const char *const severities[] = {"blocking", "warning", "info"};

/*
 * The unit of what wl-run measures of this workload, or NULL where it does not
 * measure that.
 */
static const char *
measured_unit(const struct workload *w, const char *name)
{
	enum builtin builtin = builtin_find(name);

	if (builtin != BUILTIN_COUNT)
		return builtin_units[builtin];
	if (index_find(&w->stages, name) != INDEX_NONE)
		return builtin_units[BUILTIN_WALL_TIME];
	return NULL;
}

/* What only services and stages have needs them. */
static void
check_source(
    const struct workload *w, const struct node *node, const char *name)
{
	static const char service[] = "service_", stage[] = "stage.";

	if (builtin_find(name) != BUILTIN_COUNT && !w->exec.services.text &&
	    strncmp(name, service, strlen(service)) == 0)
		node_die(node, "%s needs a service", name);
	if (w->stages.n && strncmp(name, stage, strlen(stage)) == 0 &&
	    index_find(&w->stages, name) == INDEX_NONE)
		node_die_unknown(node, "stage", name,
		    (const char *const *)w->stages.texts, w->stages.n);
}

/* The unit of what wl-run measures is known: it must lead to the declared. */
static void
check_unit(
    const struct workload *w, struct metric *metric, const struct node *unit)
{
	const char *name = metric->from ? metric->from : metric->name;
	const char *measured = measured_unit(w, name);
	double factor;

	if (!measured || !aggregator_keeps_unit(metric->aggregator))
		return;
	if (!unit)
		metric->unit = measured;
	else if (!unit_factor(measured, unit->text, &factor))
		node_die(unit, "%s is measured in %s, which cannot be in %s",
		    name, measured, unit->text);
}

static double
not_negative(const struct node *node, const char *what)
{
	double x = node_number(node, what);

	if (x < 0)
		node_die(node, "%s must not be below 0: %s", what, node->text);
	return x;
}

static void
read_metric(struct workload *w, struct jline *line, struct index *names,
    const struct node *node)
{
	const struct node *name, *unit, *aggregator, *better, *from;
	const struct node *threshold, *min_abs, *severity, *gate, *exact,
	    *scale;
	const struct field fields[] = {
	    {"name", &name},
	    {"unit", &unit},
	    {"aggregator", &aggregator},
	    {"better", &better},
	    {"from", &from},
	    {"threshold_percent", &threshold},
	    {"min_abs", &min_abs},
	    {"severity", &severity},
	    {"gate", &gate},
	    {"exact", &exact},
	    {"scale", &scale},
	};
	struct aggregator parsed;
	struct metric metric;
	size_t n = names->n;

	node_fields(node, "a metric", fields, COUNT(fields));
	if (!name)
		node_die(node, "a metric needs a name");
	record_clear(&metric_type, &metric);
	metric.name = node_full_text(name, "a metric's name");
	if (index_add(names, metric.name) < n)
		node_die(name, "a second metric of the name %s", metric.name);
	metric.unit = node_full_text(unit, "unit");
	metric.aggregator = node_full_text(aggregator, "aggregator");
	if (!metric.aggregator)
		metric.aggregator = AGGREGATOR_DEFAULT;
	if (!aggregator_parse(metric.aggregator, &parsed))
		node_die(aggregator,
		    "unknown aggregator: %s (one of average, mean, median, "
		    "min, max, sum, count, stddev, percentile_N, "
		    "geometric_mean, rate, last, success_rate)",
		    metric.aggregator);
	metric.better =
	    node_word(better, "better", directions, COUNT(directions));
	metric.from = node_full_text(from, "from");
	metric.threshold_percent = not_negative(threshold, "threshold_percent");
	metric.min_abs = not_negative(min_abs, "min_abs");
	metric.severity =
	    node_word(severity, "severity", severities, COUNT(severities));
	metric.gate = node_truth(gate, "gate");
	metric.exact = node_truth(exact, "exact");
	metric.scale = node_word(scale, "scale", scales, COUNT(scales));
	check_source(
	    w, from ? from : name, metric.from ? metric.from : metric.name);
	check_unit(w, &metric, unit);
	w->gates =
	    w->gates ||
	    (metric.gate != false && metric.exact != true &&
		(!metric.severity || strcmp(metric.severity, "blocking") == 0));
	record_put(line, NULL, &metric_type, &metric);
}

/* Without a list, what is measured is how long it takes. */
static void
read_metrics(
    struct workload *w, struct index *names, const struct node *metrics)
{
	struct jline line = {0};
	size_t n = metrics ? node_list(metrics, "metrics") : 0;

	if (metrics && n == 0)
		node_die(metrics, "metrics is an empty list");
	jline_list(&line, NULL);
	for (size_t i = 0; i < n; i++)
		read_metric(w, &line, names, metrics->items[i].value);
	if (!metrics) {
		struct metric metric;

		record_clear(&metric_type, &metric);
		metric.name = builtin_names[BUILTIN_WALL_TIME];
		metric.aggregator = AGGREGATOR_DEFAULT;
		check_unit(w, &metric, NULL);
		record_put(&line, NULL, &metric_type, &metric);
		index_add(names, metric.name);
		w->gates = true;
	}
	jline_list_end(&line);
	w->metrics = line.text;
}

/* --- acceptance criteria --- */

/* The operators, as the records have them and as files may spell them. */
static const struct {
	const char *word, *op;
} operators[] = {
    {">=", ">="},
    {"<=", "<="},
    {">", ">"},
    {"<", "<"},
    {"==", "=="},
    {"!=", "!="},
    {"GreaterThanOrEqual", ">="},
    {"LessThanOrEqual", "<="},
    {"GreaterThan", ">"},
    {"LessThan", "<"},
    {"Equal", "=="},
    {"NotEqual", "!="},
};

static const char *
operator_of(const struct node *node)
{
	const char *words[COUNT(operators)];
	const char *word;

	for (size_t i = 0; i < COUNT(operators); i++)
		words[i] = operators[i].word;
	word = node_word(node, "condition", words, COUNT(words));
	for (size_t i = 0;; i++)
		if (operators[i].word == word)
			return operators[i].op;
}

/* One of two words for one thing. */
static const struct node *
either(const struct node *criterion, const char *what, const struct node *a,
    const struct node *b)
{
	if (!a && !b)
		node_die(criterion, "a criterion needs %s", what);
	if (a && b)
		node_die(criterion, "a criterion has one %s only", what);
	return a ? a : b;
}

static void
check_metric(const struct workload *w, const struct node *node,
    const struct index *names)
{
	const struct index *lists[] = {names, &w->stages};
	const char **known;
	size_t n = 0;

	if (index_find(names, node->text) != INDEX_NONE)
		return;
	check_source(w, node, node->text);
	if (measured_unit(w, node->text))
		return;
	known = mem_zero(names->n + w->stages.n + BUILTIN_COUNT, sizeof *known);
	for (size_t i = 0; i < COUNT(lists); i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			known[n++] = lists[i]->texts[k];
	for (size_t i = 0; i < BUILTIN_COUNT; i++)
		known[n++] = builtin_names[i];
	node_die_unknown(node, "metric", node->text, known, n);
}

static bool
is_one_of(const char *op, const char *a, const char *b)
{
	return strcmp(op, a) == 0 || strcmp(op, b) == 0 ||
	       strcmp(op, "==") == 0;
}

/* Whether a wants more than b allows. */
static bool
is_above(const struct criterion *a, const struct criterion *b)
{
	bool strict = strcmp(a->op, ">") == 0 || strcmp(b->op, "<") == 0;

	return is_one_of(a->op, ">=", ">") && is_one_of(b->op, "<=", "<") &&
	       (a->limit > b->limit || (strict && a->limit == b->limit));
}

static bool
contradict(const struct criterion *a, const struct criterion *b)
{
	bool never = (strcmp(a->op, "==") == 0 && strcmp(b->op, "!=") == 0) ||
		     (strcmp(a->op, "!=") == 0 && strcmp(b->op, "==") == 0);

	return is_above(a, b) || is_above(b, a) ||
	       (never && a->limit == b->limit);
}

static bool
is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether the conditions on some parameter have no value in common. */
static bool
are_apart(const struct match *a, const struct match *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++) {
			const struct condition *x = &a->conditions[i];
			const struct condition *y = &b->conditions[k];
			bool common = x->parameter != y->parameter;

			for (size_t m = 0; m < x->n * y->n && !common; m++)
				common =
				    x->values[m / y->n] == y->values[m % y->n];
			if (!common)
				return true;
		}
	return false;
}

static bool
share_a_case(
    const struct space *space, const struct rule *a, const struct rule *b)
{
	bool shared = false;
	struct walk walk;

	if (are_apart(&a->where, &b->where))
		return false;
	walk_begin(&walk, space);
	while (!shared && walk_next(&walk))
		shared = match_holds(&a->where, walk.values) &&
			 match_holds(&b->where, walk.values);
	walk_end(&walk);
	return shared;
}

static void
check_contradictions(const struct workload *w, const struct rule *rule)
{
	const struct criterion *b = &rule->criterion;

	for (size_t i = 0; i < w->n_rules; i++) {
		const struct rule *other = &w->rules[i];
		const struct criterion *a = &other->criterion;

		if (strcmp(a->target, b->target) == 0 &&
		    strcmp(a->metric, b->metric) == 0 &&
		    is_same(a->by, b->by) && contradict(a, b) &&
		    share_a_case(&w->space, other, rule))
			node_die(rule->node,
			    "%s %s %.15g contradicts %s %.15g on line %zu",
			    b->metric, b->op, b->limit, a->op, a->limit,
			    other->node->line);
	}
}

static void
read_rule(struct workload *w, const struct index *names, const char *target,
    const struct node *node)
{
	const struct node *metric, *condition, *operator, * threshold, *limit;
	const struct node *severity, *where, *by;
	const struct field fields[] = {{"metric", &metric},
	    {"condition", &condition},
	    {
		"operator",
		&operator},
		{"threshold_value", &threshold},
		{"limit", &limit},
		{"severity", &severity},
		{"where", &where},
		{"by", &by},
	};
	struct rule rule = {.node = node};
	struct criterion *c = &rule.criterion;
	struct jline line = {0};

	node_fields(node, "a criterion", fields, COUNT(fields));
	if (!metric)
		node_die(node, "a criterion needs a metric");
	if (w->n_rules == MAX_RULES)
		node_die(node, "more than %d criteria", MAX_RULES);
	record_clear(&criterion_type, c);
	c->target = target;
	c->metric = node_full_text(metric, "metric");
	check_metric(w, metric, names);
	c->op = operator_of(
	    either(node, "condition (or operator)", condition, operator));
	c->limit = node_number(
	    either(node, "threshold_value (or limit)", threshold, limit),
	    "threshold_value");
	c->severity =
	    node_word(severity, "severity", severities, COUNT(severities));
	c->by = node_full_text(by, "by");
	if (c->by && !day_is(c->by) && !milestone_is(c->by))
		node_die(by, "by " NO_DAY ": %s", c->by);
	if (where)
		match_read(&rule.where, &w->space, where);
	check_contradictions(w, &rule);
	record_put(&line, NULL, &criterion_type, c);
	rule.json = line.text;
	*MEM_PUSH(w->rules, w->n_rules, w->rules_capacity) = rule;
}

static void
read_rules(
    struct workload *w, const struct index *names, const struct node *criteria)
{
	size_t n_targets = node_map(criteria, "acceptance_criteria");

	for (size_t i = 0; i < n_targets; i++) {
		const struct item *target = &criteria->items[i];
		size_t n = node_list(target->value, "a target's criteria");

		node_full_text(target->key, "a target's name");
		for (size_t k = 0; k < n; k++)
			read_rule(w, names, target->key->text,
			    target->value->items[k].value);
	}
}

/* --- scaling --- */

/* A growth is one of numbers that have a logarithm. */
static void
check_growing(
    const struct workload *w, const struct node *over, const char *name)
{
	size_t number = space_find(&w->space, name);
	const struct parameter *p;

	if (number == INDEX_NONE)
		space_die_unknown(&w->space, over, name);
	p = &w->space.parameters[number];
	for (size_t i = 0; i < p->values.n; i++)
		if (!p->bare[i] || strtod(p->values.texts[i], NULL) <= 0)
			node_die(over,
			    "scaling is over numbers above 0, and %s has the "
			    "value %s",
			    name, p->values.texts[i]);
	if (p->values.n < 2 && !p->defined)
		node_die(over, "scaling needs two values of %s", name);
	if (!p->defined && !space_varies_alone(&w->space, number))
		node_die(over,
		    "scaling is over %s, but with it others vary: it is zipped",
		    name);
}

static void
read_scaling_item(struct workload *w, struct jline *line,
    const struct index *names, struct index *seen, const struct node *node)
{
	const struct node *over, *metric, *at_most;
	const struct field fields[] = {
	    {"over", &over},
	    {"metric", &metric},
	    {"at_most", &at_most},
	};
	struct scaling scaling;
	size_t n = seen->n;
	char *key;

	node_fields(node, "scaling", fields, COUNT(fields));
	if (!metric)
		node_die(node, "scaling needs a metric");
	if (!over || !at_most)
		node_die(node, "scaling needs over and at_most");
	scaling.over = node_full_text(over, "over");
	check_growing(w, over, scaling.over);
	scaling.metric = node_full_text(metric, "metric");
	check_metric(w, metric, names);
	scaling.at_most = node_number(at_most, "at_most");
	key = mem_format("%s\n%s", scaling.over, scaling.metric);
	if (index_add(seen, key) < n)
		node_die(node, "a second scaling of %s over %s", scaling.metric,
		    scaling.over);
	free(key);
	record_put(line, NULL, &scaling_type, &scaling);
}

static void
read_scaling(
    struct workload *w, const struct index *names, const struct node *scaling)
{
	bool one = scaling->kind == NODE_MAP;
	size_t n = one ? 1 : node_list(scaling, "scaling");
	struct index seen = {0};
	struct jline line = {0};

	if (n == 0)
		node_die(scaling, "scaling is an empty list");
	jline_list(&line, NULL);
	for (size_t i = 0; i < n; i++)
		read_scaling_item(w, &line, names, &seen,
		    one ? scaling : scaling->items[i].value);
	jline_list_end(&line);
	index_release(&seen);
	w->scaling = line.text;
}

void
judge_read(struct workload *w, const struct keys *keys)
{
	struct index names = {0};

	read_metrics(w, &names, keys->metrics);
	if (keys->criteria)
		read_rules(w, &names, keys->criteria);
	if (keys->scaling)
		read_scaling(w, &names, keys->scaling);
	index_release(&names);
}
