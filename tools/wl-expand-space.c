#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wl-expand.h"

enum {
	MAX_VALUES = 100000, /* of a range: a slip in a digit is caught */
	MAX_CASES = 10000000,
};

/* --- parameters and their values --- */

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

static size_t
find_named(const struct space *space, const struct node *node)
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

static size_t
add_node(struct parameter *p, const struct node *node)
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
		list_value(p, add_node(p, values->items[i].value));
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
		list_value(&p, add_node(&p, value));
	if (values)
		read_values(&p, values);
	if (range)
		read_range(&p, range);
	*MEM_PUSH(space->parameters, space->n, space->capacity) = p;
}

static void
read_parameters(struct space *space, const struct node *node,
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

/* --- axes --- */

/* Numbers as a text that an index can hold; for the caller to free. */
static char *
key_of(const size_t numbers[], size_t n)
{
	size_t len = 0;
	char *key = mem_alloc(n * 21 + 1);

	*key = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(key + len, "%zu,", numbers[i]);
	return key;
}

static void
check_zip_lengths(
    const struct space *space, const struct axis *axis, const struct node *node)
{
	const struct parameter *a = &space->parameters[axis->members[0]];

	for (size_t i = 1; i < axis->n_members; i++) {
		const struct parameter *b =
		    &space->parameters[axis->members[i]];

		if (a->n_listed != b->n_listed)
			node_die(node,
			    "zip of unequal lengths: %s has %zu%s, %s has "
			    "%zu%s",
			    a->name, a->n_listed, a->defined ? " defined" : "",
			    b->name, b->n_listed, b->defined ? " defined" : "");
	}
}

static void
check_zip_repeats(
    const struct space *space, const struct axis *axis, const struct node *node)
{
	struct index seen = {0};
	size_t *values = mem_zero(axis->n_members, sizeof *values);
	size_t at = 0, first = 0;

	for (; at < axis->length; at++) {
		char *key;

		for (size_t i = 0; i < axis->n_members; i++)
			values[i] =
			    space->parameters[axis->members[i]].listed[at];
		key = key_of(values, axis->n_members);
		first = index_add(&seen, key);
		free(key);
		if (first < at)
			break;
	}
	free(values);
	index_release(&seen);
	if (at < axis->length)
		node_die(node, "zip has the same values twice, at %zu and %zu",
		    first + 1, at + 1);
}

static void
read_zip_group(struct space *space, const struct node *node)
{
	struct axis axis = {0};
	size_t n = node_list(node, "zip");

	if (n < 2)
		node_die(node, "zip needs at least two parameters");
	for (size_t i = 0; i < n; i++) {
		const struct node *name = node->items[i].value;
		size_t number = find_named(space, name);

		if (space->parameters[number].zipped)
			node_die(name, "%s is zipped already", name->text);
		space->parameters[number].zipped = true;
		*MEM_PUSH(axis.members, axis.n_members, axis.capacity) = number;
	}
	check_zip_lengths(space, &axis, node);
	axis.length = space->parameters[axis.members[0]].n_listed;
	check_zip_repeats(space, &axis, node);
	*MEM_PUSH(space->axes, space->n_axes, space->axes_capacity) = axis;
}

static void
read_zip(struct space *space, const struct node *node)
{
	size_t n = node_list(node, "zip");

	if (n && node->items[0].value->kind != NODE_LIST) {
		read_zip_group(space, node);
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_zip_group(space, node->items[i].value);
}

static void
check_repeats(const struct parameter *p)
{
	for (size_t i = 0; i < p->n_listed; i++)
		if (p->listed[i] != i)
			node_die(p->list ? p->list->items[i].value : p->node,
			    "parameter %s has the value %s twice", p->name,
			    p->values.texts[p->listed[i]]);
}

/* The place of an axis is that of its first parameter. */
static int
compare_axes(const void *a, const void *b)
{
	const struct axis *const axes[] = {a, b};
	size_t first[2];

	for (size_t i = 0; i < 2; i++) {
		first[i] = axes[i]->members[0];
		for (size_t k = 1; k < axes[i]->n_members; k++)
			if (axes[i]->members[k] < first[i])
				first[i] = axes[i]->members[k];
	}
	return (first[0] > first[1]) - (first[0] < first[1]);
}

static void
make_axes(struct space *space, const struct space_nodes *nodes)
{
	size_t cases = 1;

	if (nodes->zip)
		read_zip(space, nodes->zip);
	for (size_t i = 0; i < space->n; i++) {
		struct axis axis = {.length = space->parameters[i].n_listed};

		if (space->parameters[i].zipped)
			continue;
		check_repeats(&space->parameters[i]);
		*MEM_PUSH(axis.members, axis.n_members, axis.capacity) = i;
		*MEM_PUSH(space->axes, space->n_axes, space->axes_capacity) =
		    axis;
	}
	if (space->n_axes)
		qsort(space->axes, space->n_axes, sizeof *space->axes,
		    compare_axes);
	for (size_t i = 0; i < space->n_axes; i++) {
		cases *= space->axes[i].length;
		if (cases > MAX_CASES)
			node_die(nodes->parameters,
			    "the parameters make more than %d cases",
			    MAX_CASES);
	}
}

/* --- conditions --- */

/*
 * What names a value that the parameter has not got is a slip, except where
 * --define took the values away.
 */
static void
add_condition_value(struct condition *condition, const struct parameter *p,
    const struct node *node)
{
	const char *text = node_text(node, "a parameter's value");
	size_t number = index_find(&p->values, text);

	if (number != INDEX_NONE)
		*MEM_PUSH(condition->values, condition->n,
		    condition->capacity) = number;
	else if (!p->defined)
		node_die(node, "%s has no value %s", p->name, text);
}

void
match_read(
    struct match *match, const struct space *space, const struct node *node)
{
	size_t n = node_map(node, "what to match");

	*match = (struct match){0};
	if (n == 0)
		node_die(node, "no parameter is named");
	for (size_t i = 0; i < n; i++) {
		const struct node *value = node->items[i].value;
		struct condition condition = {
		    .parameter = find_named(space, node->items[i].key),
		};
		const struct parameter *p =
		    &space->parameters[condition.parameter];
		size_t n_values = node_count(value, "a parameter's value");

		for (size_t k = 0; k < n_values; k++)
			add_condition_value(&condition, p, node_item(value, k));
		*MEM_PUSH(match->conditions, match->n, match->capacity) =
		    condition;
	}
}

static bool
condition_holds(const struct condition *condition, size_t value)
{
	for (size_t i = 0; i < condition->n; i++)
		if (condition->values[i] == value)
			return true;
	return false;
}

bool
match_holds(const struct match *match, const size_t values[])
{
	for (size_t i = 0; i < match->n; i++)
		if (!condition_holds(&match->conditions[i],
			values[match->conditions[i].parameter]))
			return false;
	return true;
}

void
match_release(struct match *match)
{
	for (size_t i = 0; i < match->n; i++)
		free(match->conditions[i].values);
	free(match->conditions);
	*match = (struct match){0};
}

/* Whether one of an axis's positions meets all conditions on its members. */
static bool
axis_can_hold(const struct space *space, const struct axis *axis,
    const struct match *match)
{
	for (size_t at = 0; at < axis->length; at++) {
		bool holds = true;

		for (size_t i = 0; i < axis->n_members; i++)
			for (size_t k = 0; k < match->n; k++) {
				const struct condition *c =
				    &match->conditions[k];
				size_t member = axis->members[i];

				if (c->parameter == member)
					holds &= condition_holds(
					    c, space->parameters[member]
						   .listed[at]);
			}
		if (holds)
			return true;
	}
	return false;
}

static void
read_excludes(struct space *space, const struct node *node)
{
	size_t n = node_list(node, "exclude");

	for (size_t i = 0; i < n; i++) {
		const struct node *item = node->items[i].value;
		struct match match;

		match_read(&match, space, item);
		*MEM_PUSH(space->excludes, space->n_excludes,
		    space->excludes_capacity) = match;
		for (size_t k = 0; k < space->n_axes && !space->defined; k++)
			if (!axis_can_hold(space, &space->axes[k], &match))
				node_die(item, "this excludes no case");
	}
}

static bool
is_excluded(const struct space *space, const size_t values[])
{
	for (size_t i = 0; i < space->n_excludes; i++)
		if (match_holds(&space->excludes[i], values))
			return true;
	return false;
}

/* --- included cases --- */

/* Whether the axes reach a case. */
static bool
is_on_grid(const struct space *space, const size_t values[])
{
	for (size_t i = 0; i < space->n_axes; i++) {
		const struct axis *axis = &space->axes[i];
		size_t at = 0;

		if (axis->n_members == 1 &&
		    values[axis->members[0]] >=
			space->parameters[axis->members[0]].n_own)
			return false;
		for (; axis->n_members > 1 && at < axis->length; at++) {
			size_t same = 0;

			for (size_t k = 0; k < axis->n_members; k++)
				same +=
				    space->parameters[axis->members[k]]
					.listed[at] == values[axis->members[k]];
			if (same == axis->n_members)
				break;
		}
		if (axis->n_members > 1 && at == axis->length)
			return false;
	}
	return !is_excluded(space, values);
}

/* Returns false where --define leaves no room for the case. */
static bool
read_include(struct space *space, const struct node *node, size_t values[])
{
	size_t n = node_map(node, "an included case");
	bool room = true;

	for (size_t i = 0; i < space->n; i++)
		values[i] = INDEX_NONE;
	for (size_t i = 0; i < n; i++) {
		const struct node *value = node->items[i].value;
		size_t number = find_named(space, node->items[i].key);
		struct parameter *p = &space->parameters[number];

		if (!p->defined) {
			values[number] = add_node(p, value);
			continue;
		}
		values[number] = index_find(
		    &p->values, node_text(value, "a parameter's value"));
		room &= values[number] != INDEX_NONE;
	}
	for (size_t i = 0; i < space->n && room; i++)
		if (values[i] == INDEX_NONE)
			node_die(node,
			    "an included case names all parameters; "
			    "%s is missing",
			    space->parameters[i].name);
	return room;
}

static void
read_includes(struct space *space, const struct node *node)
{
	struct index seen = {0};
	size_t n = node_list(node, "include");

	if (space->n == 0)
		node_die(node, "include without parameters");
	space->includes = mem_zero(n * space->n, sizeof *space->includes);
	for (size_t i = 0; i < n; i++) {
		const struct node *item = node->items[i].value;
		size_t *values = space->includes + space->n_includes * space->n;
		bool there;
		char *key;

		if (!read_include(space, item, values))
			continue;
		key = key_of(values, space->n);
		there = is_on_grid(space, values) ||
			index_find(&seen, key) != INDEX_NONE;
		if (there && !space->defined)
			node_die(item, "this includes a case that is there");
		if (!there)
			space->n_includes++;
		index_add(&seen, key);
		free(key);
	}
	index_release(&seen);
}

/* --- the whole --- */

void
space_read(struct space *space, const struct space_nodes *nodes,
    struct definition *definitions, size_t n_definitions)
{
	struct walk walk;

	*space = (struct space){0};
	read_parameters(space, nodes->parameters, definitions, n_definitions);
	make_axes(space, nodes);
	if (nodes->exclude)
		read_excludes(space, nodes->exclude);
	if (nodes->include)
		read_includes(space, nodes->include);
	walk_begin(&walk, space);
	if (!walk_next(&walk) && !space->defined)
		node_die(nodes->exclude, "every case is excluded");
	walk_end(&walk);
}

void
space_release(struct space *space)
{
	for (size_t i = 0; i < space->n; i++) {
		index_release(&space->parameters[i].values);
		free(space->parameters[i].bare);
		free(space->parameters[i].listed);
	}
	for (size_t i = 0; i < space->n_axes; i++)
		free(space->axes[i].members);
	for (size_t i = 0; i < space->n_excludes; i++)
		match_release(&space->excludes[i]);
	free(space->parameters);
	free(space->axes);
	free(space->excludes);
	free(space->includes);
	*space = (struct space){0};
}

/* --- the walk --- */

void
walk_begin(struct walk *walk, const struct space *space)
{
	*walk = (struct walk){
	    .space = space,
	    .values = mem_zero(space->n, sizeof *walk->values),
	    .positions = mem_zero(space->n_axes, sizeof *walk->positions),
	};
}

/* As an odometer counts; returns false when it is back at its start. */
static bool
advance(struct walk *walk)
{
	for (size_t i = walk->space->n_axes; i-- > 0;) {
		if (++walk->positions[i] < walk->space->axes[i].length)
			return true;
		walk->positions[i] = 0;
	}
	return false;
}

static void
set_values(struct walk *walk)
{
	const struct space *space = walk->space;

	for (size_t i = 0; i < space->n_axes; i++) {
		const struct axis *axis = &space->axes[i];

		for (size_t k = 0; k < axis->n_members; k++) {
			size_t member = axis->members[k];

			walk->values[member] = space->parameters[member]
						   .listed[walk->positions[i]];
		}
	}
}

bool
walk_next(struct walk *walk)
{
	const struct space *space = walk->space;

	while (!walk->grid_over) {
		if (walk->started)
			walk->grid_over = !advance(walk);
		walk->started = true;
		if (walk->grid_over)
			break;
		set_values(walk);
		if (!is_excluded(space, walk->values))
			return true;
	}
	if (walk->included == space->n_includes)
		return false;
	memcpy(walk->values, space->includes + walk->included * space->n,
	    space->n * sizeof *walk->values);
	walk->included++;
	return true;
}

void
walk_end(struct walk *walk)
{
	free(walk->values);
	free(walk->positions);
	*walk = (struct walk){0};
}
