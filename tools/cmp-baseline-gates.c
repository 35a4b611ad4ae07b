/* Gate files: limits, budgets and targets that no case declares. */
#include "cmp-baseline.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "day.h"
#include "die.h"
#include "metric.h"

/* --- words --- */

static const struct {
	const char *name, *op;
} operators[] = {
    {"LessThan", "<"},
    {"LessThanOrEqual", "<="},
    {"GreaterThan", ">"},
    {"GreaterThanOrEqual", ">="},
    {"Equal", "=="},
    {"Equals", "=="},
    {"NotEqual", "!="},
    {"<", "<"},
    {"<=", "<="},
    {">", ">"},
    {">=", ">="},
    {"==", "=="},
    {"!=", "!="},
};

static const char *
operator_of(const char *name)
{
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (strcasecmp(operators[i].name, name) == 0)
			return operators[i].op;
	return NULL;
}

static const char *
severity_of(const char *name)
{
	static const char *const words[] = {"blocking", "warning", "info"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(words[i], name) == 0)
			return words[i];
	return NULL;
}

const char *
gates_statistic(struct input *input, const char *name)
{
	struct aggregator aggregator;
	const char *number = name + (*name == 'p');
	char *long_name = mem_format("percentile_%s", number);
	const char *own = NULL;

	if (strcmp(name, "avg") == 0 || strcmp(name, "average") == 0 ||
	    strcmp(name, "mean") == 0)
		own = "mean";
	else if (strcmp(name, "median") == 0)
		own = "median";
	else if (strcmp(name, "min") == 0)
		own = "min";
	else if (strcmp(name, "max") == 0)
		own = "max";
	else if (*name == 'p' && aggregator_parse(long_name, &aggregator))
		own = index_text(&input->words, name);
	free(long_name);
	return own;
}

/* --- reading --- */

/* What is being read, as messages name it. */
struct place {
	struct input *input;
	const char *file, *list;
	size_t number; /* in the list, from 1 */
};

#define PLACE_DIE(place, ...)                                                  \
	place_die((place), mem_format(__VA_ARGS__)) /* never freed: it ends */

/* "gates.json: budgets 2" */
static const char *
place_name(const struct place *place)
{
	char *name;
	const char *word;

	if (!place->number)
		return place->file;
	name =
	    mem_format("%s: %s %zu", place->file, place->list, place->number);
	word = index_text(&place->input->words, name);
	free(name);
	return word;
}

static _Noreturn void
place_die(const struct place *place, const char *text)
{
	die("%s: %s", place_name(place), text);
}

/* Dies where the object has a member that is none of these. */
static void
check_keys(
    const struct place *place, const tree *object, const char *const keys[])
{
	void *at = NULL;
	const char *key;

	if (!tree_is_object(object))
		PLACE_DIE(place, "not an object");
	while (tree_member(object, &at, &key)) {
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			PLACE_DIE(place, "unknown key: %s", key);
	}
}

static const char *
text_of(const struct place *place, const tree *object, const char *key)
{
	const tree *value = tree_get(object, key);

	if (!value)
		return NULL;
	if (!tree_string(value))
		PLACE_DIE(place, "%s is not a text", key);
	return index_text(&place->input->words, tree_string(value));
}

static double
number_of(const struct place *place, const tree *object, const char *key)
{
	const tree *value = tree_get(object, key);
	double x = tree_number(value);

	if (value && isnan(x))
		PLACE_DIE(place, "%s is not a number", key);
	return x;
}

static int
truth_of(const struct place *place, const tree *object, const char *key)
{
	const tree *value = tree_get(object, key);

	if (!value)
		return ABSENT;
	if (!tree_is_bool(value))
		PLACE_DIE(place, "%s is not true or false", key);
	return tree_is_true(value);
}

/* The next word of a text, of these bytes or of letters; the caller frees it.
 */
static char *
next_word(const char **text, const char *bytes)
{
	size_t len = 0;
	char *word;

	while (isspace((unsigned char)**text))
		(*text)++;
	while ((*text)[len] && (bytes ? strchr(bytes, (*text)[len]) != NULL
				      : isalnum((unsigned char)(*text)[len]) ||
					    strchr("%/_.", (*text)[len])))
		len++;
	word = mem_format("%.*s", (int)len, *text);
	*text += len;
	return word;
}

/* A word of a limit that is no number: a statistic or a unit. */
static bool
take_word(const struct place *place, struct gate *gate, const char *word)
{
	const char *statistic = gates_statistic(place->input, word);

	if (statistic && !gate->statistic)
		gate->statistic = statistic;
	else if (!statistic && !gate->unit &&
		 !(*word == 'p' && isdigit((unsigned char)word[1])))
		gate->unit = index_text(&place->input->words, word);
	else
		return false;
	return true;
}

/*
 * "p95 < 3 s", "<3s p95", "<100ms", "10 MB": sets what it has, and returns its
 * number, or NAN where it is none of these.
 */
static double
parse_limit(const struct place *place, struct gate *gate, const char *text)
{
	char *word = next_word(&text, NULL), *end;
	bool good = true;
	double x;

	if (isalpha((unsigned char)*word))
		good = take_word(place, gate, word);
	else
		text -= strlen(word);
	free(word);
	word = next_word(&text, "<>=!");
	if (*word) {
		good = good && !gate->op;
		gate->op = operator_of(word);
		good = good && gate->op;
	}
	free(word);
	x = strtod(text, &end);
	/* Of what strtod reads, "0x10" and "inf" are no limits. */
	good = good && end != text && isfinite(x) &&
	       strcspn(text, "xX") >= (size_t)(end - text);
	text = end;
	for (;;) {
		word = next_word(&text, NULL);
		if (!*word)
			break;
		good = good && take_word(place, gate, word);
		free(word);
	}
	free(word);
	return good && !*text ? x : (double)NAN;
}

/* A number, or a text that says more: "3 s". */
static double
limit_of(const struct place *place, struct gate *gate, const tree *object,
    const char *key)
{
	const tree *value = tree_get(object, key);
	const char *text = tree_string(value);
	double x = text ? parse_limit(place, gate, text) : tree_number(value);

	if (value && isnan(x))
		PLACE_DIE(place,
		    "%s is neither a number nor a limit such as \"p95 < 3 s\"",
		    key);
	return x;
}

/* Where the work began becomes one of the limit's unit. */
static void
convert_start(const struct place *place, struct gate *gate)
{
	double factor;

	if (!gate->start_unit)
		return;
	if (!gate->unit)
		gate->unit = gate->start_unit;
	if (!unit_factor(gate->start_unit, gate->unit, &factor))
		PLACE_DIE(place, "baseline is in %s, and the limit in %s",
		    gate->start_unit, gate->unit);
	gate->start *= factor;
}

static void
add_gate(struct gates *gates, const struct place *place, struct gate *gate)
{
	convert_start(place, gate);
	if (!gate->metric || !*gate->metric)
		PLACE_DIE(
		    place, "metric is %s", gate->metric ? "empty" : "missing");
	if (gate->by && !day_is(gate->by) && !milestone_is(gate->by))
		PLACE_DIE(place, "by " NO_DAY ": %s", gate->by);
	if (!gate->op)
		PLACE_DIE(place, "operator is missing");
	if (isnan(gate->limit))
		PLACE_DIE(place, "threshold is missing");
	gate->place = place_name(place);
	*MEM_PUSH(gates->list, gates->n, gates->capacity) = *gate;
}

/* What gates, and targets, have in common. */
static struct gate
begin_gate(const struct place *place, const tree *object)
{
	const char *severity = text_of(place, object, "severity");
	const char *statistic = text_of(place, object, "statistic");
	struct gate gate = {
	    .name = text_of(place, object, "name"),
	    .metric = text_of(place, object, "metric"),
	    .unit = text_of(place, object, "unit"),
	    .target = text_of(place, object, "target"),
	    .severity = severity ? severity_of(severity) : "blocking",
	    .limit = NAN,
	    .start = NAN,
	};
	struct gate start = {0};

	if (!gate.severity)
		PLACE_DIE(place,
		    "severity is none of Blocking, Warning and "
		    "Info: %s",
		    severity);
	if (statistic) {
		gate.statistic = gates_statistic(place->input, statistic);
		if (!gate.statistic)
			PLACE_DIE(place, "unknown statistic: %s", statistic);
	}
	gate.start = limit_of(place, &start, object, "baseline");
	gate.start_unit = start.unit;
	gate.counts = !isnan(gate.start);
	return gate;
}

static void
read_gate(struct gates *gates, const struct place *place, const tree *object)
{
	static const char *const keys[] = {"name", "description", "metric",
	    "operator", "threshold", "unit", "statistic", "severity", "by",
	    "target", "baseline", NULL};
	const char *op;
	struct gate gate;

	check_keys(place, object, keys);
	op = text_of(place, object, "operator");
	gate = begin_gate(place, object);
	gate.by = text_of(place, object, "by");
	if (op) {
		gate.op = operator_of(op);
		if (!gate.op)
			PLACE_DIE(place, "unknown operator: %s", op);
	}
	gate.limit = limit_of(place, &gate, object, "threshold");
	add_gate(gates, place, &gate);
}

/* A metric, and limits that it must keep from a day or a milestone on. */
static void
read_target(struct gates *gates, const struct place *place, const tree *object)
{
	static const char *const keys[] = {"name", "description", "metric",
	    "unit", "statistic", "severity", "target", "baseline", "targets",
	    NULL};
	const tree *targets;
	const char *by;
	void *at = NULL;
	struct gate common;

	check_keys(place, object, keys);
	targets = tree_get(object, "targets");
	if (!tree_is_object(targets))
		PLACE_DIE(place, "targets is not an object");
	common = begin_gate(place, object);
	while (tree_member(targets, &at, &by)) {
		struct gate gate = common;

		gate.by = index_text(&place->input->words, by);
		gate.limit = limit_of(place, &gate, targets, by);
		if (!gate.op)
			gate.op = "<=";
		add_gate(gates, place, &gate);
		common.counts = false; /* an improvement counts once */
	}
}

static void
read_list(struct gates *gates, struct place *place, const char *key,
    void (*read)(struct gates *, const struct place *, const tree *))
{
	const tree *list = tree_get(gates->document, key);

	if (list && !tree_is_array(list))
		PLACE_DIE(place, "%s is not a list", key);
	place->list = key;
	for (size_t i = 0; i < tree_length(list); i++) {
		place->number = i + 1;
		read(gates, place, tree_at(list, i));
	}
	place->number = 0;
}

/* {"hot_reload": "p95 < 3 s"} */
static void
read_budgets(struct gates *gates, struct place *place)
{
	const tree *budgets = tree_get(gates->document, "budgets");
	const char *metric;
	void *at = NULL;

	if (budgets && !tree_is_object(budgets))
		PLACE_DIE(place, "budgets is not an object");
	place->list = "budgets";
	while (tree_member(budgets, &at, &metric)) {
		struct gate gate = {
		    .metric = index_text(&place->input->words, metric),
		    .severity = "blocking",
		    .start = NAN,
		};

		place->number++;
		gate.limit = limit_of(place, &gate, budgets, metric);
		if (!gate.op)
			gate.op = "<=";
		add_gate(gates, place, &gate);
	}
	place->number = 0;
}

void
gates_read(struct gates *gates, struct input *input, const char *path)
{
	static const char *const keys[] = {"gates", "budgets", "targets",
	    "fail_on_regression", "regression_threshold_percent",
	    "update_baseline_on_success", "min_slo_percent", "reporting", NULL};
	struct file file = file_read(path);
	struct place place = {.input = input, .file = file.name};

	gates->document = file_document(&file, NULL);
	check_keys(&place, gates->document, keys);
	read_list(gates, &place, "gates", read_gate);
	read_budgets(gates, &place);
	read_list(gates, &place, "targets", read_target);
	gates->spares_changes =
	    truth_of(&place, gates->document, "fail_on_regression") == false;
	gates->update_baseline =
	    truth_of(&place, gates->document, "update_baseline_on_success");
	gates->min_slo = number_of(&place, gates->document, "min_slo_percent");
	if (gates->min_slo < 0 || gates->min_slo > 100)
		die("%s: min_slo_percent: must be from 0 to 100", file.name);
	gates->threshold =
	    number_of(&place, gates->document, "regression_threshold_percent") /
	    100;
	if (gates->threshold < 0.0001 || gates->threshold > 10)
		die("%s: regression_threshold_percent: must be from 0.01 to "
		    "1000",
		    file.name);
	gates->reporting.value = tree_get(gates->document, "reporting");
	if (gates->reporting.value && !tree_is_object(gates->reporting.value))
		die("%s: reporting is not an object", file.name);
	file_release(&file);
}

void
gates_release(struct gates *gates)
{
	tree_free(gates->document);
	free(gates->list);
	*gates = (struct gates){0};
}
