/* Parameters, and the values that each can have. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wl-expand.h"

enum {
	MAX_VALUES = 100000, /* of a range: a slip in a digit is caught */
};

size_t
space_find(const struct space *space, const char *name)
{
	for (size_t i = 0; i < space->n; i++)
		if (strcmp(space->parameters[i].name, name) == 0)
			return i;
	return INDEX_NONE;
}

void
space_die_unknown(
    const struct space *space, const struct node *node, const char *name)
{
	const char **known = mem_zero(space->n, sizeof *known);

	for (size_t i = 0; i < space->n; i++)
		known[i] = space->parameters[i].name;
	node_die_unknown(node, "parameter", name, known, space->n);
}

size_t
parameter_find(const struct space *space, const struct node *node)
{
	const char *name = node_text(node, "a parameter's name");
	size_t number = space_find(space, name);

	if (number == INDEX_NONE)
		space_die_unknown(space, node, name);
	return number;
}

/* The number of a value, which is added where it is new. */
static size_t
add_value(struct parameter *p, const char *text, bool bare)
{
	size_t number = index_add(&p->values, text);

	if (number == p->n_bare)
		*MEM_PUSH(p->bare, p->n_bare, p->bare_capacity) = bare;
	return number;
}

size_t
parameter_add(struct parameter *p, const struct node *node)
{
	const char *text;

	if (node_is_null(node))
		node_die(node, "null is no value; an empty text is \"\"");
	text = node_text(node, "a parameter's value");
	return add_value(p, text, node->plain && text_is_bare(text));
}

static void
list_value(struct parameter *p, size_t number)
{
	*MEM_PUSH(p->listed, p->n_listed, p->listed_capacity) = number;
}

/* The digits after the point; dies where there is an exponent. */
static int
decimals_of(const struct node *node)
{
	const char *point = strchr(node->text, '.');

	if (strpbrk(node->text, "eE"))
		node_die(node, "write the number without an exponent: %s",
		    node->text);
	return point ? (int)strlen(point + 1) : 0;
}

/* The number times 10^decimals, which is whole. */
static double
scaled(const struct node *node, const char *what, int decimals)
{
	double x = node_number(node, what);

	x = round(x * pow(10, decimals));
	if (decimals > 15 || fabs(x) >= 0x1p53)
		node_die(node, "%s has too many digits: %s", what, node->text);
	return x;
}

static void
list_number(struct parameter *p, const struct node *range, double x)
{
	char text[32];

	if (p->n_listed == MAX_VALUES)
		node_die(range, "a range of more than %d values", MAX_VALUES);
	json_format_number(text, sizeof text, x);
	list_value(p, add_value(p, text, true));
}

/* Sums of decimal fractions are made of whole numbers: 0.3, not 0.1 + 0.2. */
static void
list_steps(struct parameter *p, const struct node *range,
    const struct node *from, const struct node *to, const struct node *step)
{
	int decimals = decimals_of(from);
	double first, last, by, scale;
	size_t n;

	if (decimals_of(to) > decimals)
		decimals = decimals_of(to);
	if (step && decimals_of(step) > decimals)
		decimals = decimals_of(step);
	scale = pow(10, decimals);
	first = scaled(from, "from", decimals);
	last = scaled(to, "to", decimals);
	by = step ? scaled(step, "step", decimals) : scale;
	if (by == 0 || (last - first) / by < 0)
		node_die(range, "the steps do not lead from %s to %s",
		    from->text, to->text);
	/* One more than there may be is enough to be refused. */
	n = 1 + (size_t)fmin(floor((last - first) / by), MAX_VALUES);
	for (size_t i = 0; i < n; i++)
		list_number(p, range, (first + (double)i * by) / scale);
}

static void
list_factors(struct parameter *p, const struct node *range,
    const struct node *from, const struct node *to, const struct node *factor)
{
	double x = node_number(from, "from");
	double last = node_number(to, "to");
	double by = node_number(factor, "factor");
	/* A fraction's last digits are not worth a value of their own. */
	double slack = by > 1 ? 1 + 1e-9 : 1 - 1e-9;

	if (x <= 0 || last <= 0 || by <= 0 || by == 1 ||
	    (by > 1 ? last < x : last > x))
		node_die(range, "the factor does not lead from %s to %s",
		    from->text, to->text);
	for (; by > 1 ? x <= last * slack : x >= last * slack; x *= by) {
		char text[32];

		snprintf(text, sizeof text, "%.12g", x);
		list_number(p, range, x == trunc(x) ? x : strtod(text, NULL));
	}
}

static void
read_range(struct parameter *p, const struct node *range)
{
	const struct node *from, *to, *step, *factor;
	const struct field fields[] = {
	    {"from", &from},
	    {"to", &to},
	    {"step", &step},
	    {"factor", &factor},
	};

	node_fields(range, "range", fields, sizeof fields / sizeof *fields);
	if (!from || !to)
		node_die(range, "a range needs from and to");
	if (step && factor)
		node_die(range, "a range has a step or a factor, not both");
	node_number(from, "from");
	node_number(to, "to");
	if (factor)
		list_factors(p, range, from, to, factor);
	else
		list_steps(p, range, from, to, step);
}

static void
read_values(struct parameter *p, const struct node *values)
{
	size_t n = node_list(values, "values");

	if (n == 0)
		node_die(values, "the list of values is empty");
	p->list = values;
	for (size_t i = 0; i < n; i++)
		list_value(p, parameter_add(p, values->items[i].value));
}

bool
variable_is_taken(const char *name)
{
	static const char *const taken[] = {"ARCH", "TARGET", "WORKLOAD",
	    "CASE", "PAD", "PATH", "PHASE", "ROUND", "SEED"};

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (strcmp(name, taken[i]) == 0)
			return true;
	return false;
}

void
check_free_name(const struct node *node, const char *name)
{
	static const char *const references[] = {
	    "arch", "target", "workload", "case", "dir"};

	for (size_t i = 0; i < sizeof references / sizeof *references; i++)
		if (strcmp(name, references[i]) == 0)
			node_die(node, "the name is taken: $(%s)", name);
	if (variable_is_taken(name))
		node_die(node, "the name is taken: WL_%s", name);
}

static void
check_name(const struct node *node)
{
	const char *name = node_text(node, "a parameter's name");

	if (!text_is_name(name))
		node_die(node,
		    "a parameter's name is letters, digits and _: %s", name);
	check_free_name(node, name);
}

/* --define takes the place of what the file lists. */
static void
define(
    struct parameter *p, struct definition *definitions, size_t n_definitions)
{
	for (size_t i = 0; i < n_definitions; i++) {
		const char *value = definitions[i].value;

		if (strcmp(definitions[i].name, p->name) != 0)
			continue;
		if (!p->defined) {
			index_release(&p->values);
			p->n_bare = p->n_listed = 0;
			p->list = NULL;
		}
		p->defined = true;
		definitions[i].used = true;
		list_value(p, add_value(p, value, text_is_bare(value)));
	}
}

static void
read_parameter(struct space *space, const struct node *node)
{
	struct parameter p = {.node = node};
	const struct node *name, *value, *values, *range;
	const struct field fields[] = {
	    {"name", &name},
	    {"value", &value},
	    {"values", &values},
	    {"range", &range},
	};

	node_fields(
	    node, "a parameter", fields, sizeof fields / sizeof *fields);
	if (!name)
		node_die(node, "a parameter needs a name");
	check_name(name);
	p.name = node_text(name, "name");
	if (space_find(space, p.name) != INDEX_NONE)
		node_die(node, "a second parameter of the name %s", p.name);
	if (!!value + !!values + !!range != 1)
		node_die(node,
		    "parameter %s needs one of value, values and range",
		    p.name);
	if (value && value->kind == NODE_LIST)
		node_die(value, "value is one value; for a list use values");
	if (value)
		list_value(&p, parameter_add(&p, value));
	if (values)
		read_values(&p, values);
	if (range)
		read_range(&p, range);
	*MEM_PUSH(space->parameters, space->n, space->capacity) = p;
}

void
parameters_read(struct space *space, const struct node *node,
    struct definition *definitions, size_t n_definitions)
{
	size_t n = node ? node_list(node, "parameters") : 0;

	for (size_t i = 0; i < n; i++) {
		struct parameter *p;

		read_parameter(space, node->items[i].value);
		p = &space->parameters[i];
		define(p, definitions, n_definitions);
		space->defined |= p->defined;
		p->n_own = p->values.n;
	}
}
