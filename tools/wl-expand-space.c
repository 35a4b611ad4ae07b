/* The combinations of parameters that are cases. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wl-expand.h"

enum {
	MAX_CASES = 10000000,
};

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

/* Whether two rows of a zip group differ in one of its parameters alone. */
static bool
has_family(const struct space *space, const struct axis *axis, size_t number)
{
	size_t *others = mem_zero(axis->n_members, sizeof *others), rows = 0;
	struct index seen = {0};
	bool found = false;

	for (; rows < axis->length && !found; rows++) {
		size_t n = 0;
		char *key;

		for (size_t i = 0; i < axis->n_members; i++)
			if (axis->members[i] != number)
				others[n++] =
				    space->parameters[axis->members[i]]
					.listed[rows];
		key = key_of(others, n);
		found = index_add(&seen, key) < rows;
		free(key);
	}
	free(others);
	index_release(&seen);
	return found;
}

bool
space_varies_alone(const struct space *space, size_t number)
{
	for (size_t i = 0; i < space->n_axes; i++) {
		const struct axis *axis = &space->axes[i];

		for (size_t j = 0; j < axis->n_members; j++)
			if (axis->members[j] == number && axis->n_members > 1)
				return space->n_includes ||
				       has_family(space, axis, number);
	}
	return true;
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
		size_t number = parameter_find(space, name);

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
		    .parameter = parameter_find(space, node->items[i].key),
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
		size_t number = parameter_find(space, node->items[i].key);
		struct parameter *p = &space->parameters[number];

		if (!p->defined) {
			values[number] = parameter_add(p, value);
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
	parameters_read(space, nodes->parameters, definitions, n_definitions);
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
