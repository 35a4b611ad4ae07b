/*
 * stat-agg: the cases that differ in one parameter and in nothing else.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "rng.h"
#include "stat-agg.h"

/* The number that a parameter is, in whatever way it is written; or NAN. */
static double
number_of(const tree *value)
{
	const char *text = tree_string(value);
	char *end;
	double x;

	if (!text)
		return tree_number(value);
	x = strtod(text, &end);
	return end == text || *end ? (double)NAN : x;
}

/* All of a case but the one parameter. */
static char *
key_of(const struct subject *subject, const char *over)
{
	struct jline line = {0};
	const tree *value;
	const char *name;
	void *at = NULL;

	jline_list(&line, NULL);
	jline_string(&line, NULL, over);
	jline_string(&line, NULL, subject->workload ? subject->workload : "");
	jline_open(&line, NULL);
	while ((value = tree_member(subject->params, &at, &name)))
		if (strcmp(name, over) != 0)
			jline_tree(&line, name, value);
	jline_close(&line);
	jline_list_end(&line);
	return line.text;
}

/*
 * "sort/n=*,order=random" of the case sort/n=10,order=random. A name that was
 * cut may lack the parameter: then a hash stands for all others.
 */
static char *
name_of(const struct subject *subject, const char *over, const char *key)
{
	char *wanted = mem_format("%s=", over), *name = NULL;
	const char *at = strchr(subject->name, '/');
	size_t len = strlen(wanted);

	while (at && !name) {
		at++;
		if (strncmp(at, wanted, len) == 0)
			name = mem_format("%.*s*%s",
			    (int)(at + len - subject->name), subject->name,
			    at + strcspn(at, ","));
		at = strchr(at, ',');
	}
	if (!name)
		name = mem_format("%.*s/%s*~%016jx",
		    (int)strcspn(subject->name, "/"), subject->name, wanted,
		    (uintmax_t)rng_hash(key, strlen(key)));
	free(wanted);
	return name;
}

static void
add_member(
    struct families *families, const struct subject *subject, const char *over)
{
	double x = number_of(tree_get(subject->params, over));
	char *key;
	size_t i;
	struct family *family;

	if (!(x > 0) || isinf(x)) {
		warn("case %s: scaling: %s is no number above zero",
		    subject->name, over);
		return;
	}
	key = key_of(subject, over);
	i = index_add(&families->keys, key);
	if (i == families->n)
		*MEM_PUSH(families->f, families->n, families->capacity) =
		    (struct family){
			.over = over,
			.name = name_of(subject, over, key),
		    };
	free(key);
	family = &families->f[i];
	*MEM_PUSH(family->members, family->n, family->capacity) =
	    (struct member){subject, x};
}

void
families_add(struct families *families, const struct subject *subject)
{
	for (size_t i = 0; i < subject->n_scalings; i++) {
		const char *over = subject->scalings[i].over;
		size_t first = 0;

		while (strcmp(subject->scalings[first].over, over) != 0)
			first++;
		if (first == i)
			add_member(families, subject, over);
	}
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	return strcmp(x->subject->name, y->subject->name);
}

/* With other cases in it, it is another thing that grows. */
static char *
id_of(const struct family *family)
{
	char *all = mem_copy(""), *id;

	for (size_t i = 0; all && i < family->n; i++) {
		const char *next = family->members[i].subject->id;
		char *longer = next ? mem_format("%s%s\n", all, next) : NULL;

		free(all);
		all = longer;
	}
	if (!all)
		return NULL;
	id = mem_format("%016jx", (uintmax_t)rng_hash(all, strlen(all)));
	free(all);
	return id;
}

void
families_settle(struct families *families)
{
	for (size_t i = 0; i < families->n; i++) {
		struct family *family = &families->f[i];

		qsort(family->members, family->n, sizeof *family->members,
		    compare_members);
		family->id = id_of(family);
	}
}

void
families_release(struct families *families)
{
	for (size_t i = 0; i < families->n; i++) {
		free(families->f[i].members);
		free(families->f[i].name);
		free(families->f[i].id);
	}
	free(families->f);
	index_release(&families->keys);
}
