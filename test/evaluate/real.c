/* Measurements of one program on successive nights: nothing has changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "evaluate.h"
#include "json.h"
#include "line.h"
#include "mem.h"

struct values {
	double *x;
	size_t n;
};

/* values[night * metrics + metric] */
struct nights {
	struct index names; /* of the nights */
	struct index metrics;
	struct values *values;
	size_t capacity; /* of metrics, in each night */
};

static struct values *
values_of(const struct nights *nights, size_t night, size_t metric)
{
	return &nights->values[night * nights->capacity + metric];
}

/* Every metric of the largest suite has a place in every night. */
static void
make_room(struct nights *nights, size_t n_nights, size_t n_metrics)
{
	nights->capacity = n_metrics;
	nights->values = mem_zero(n_nights * n_metrics, sizeof *nights->values);
}

/* The key of a metric, for the caller to free; NULL for another side. */
static char *
key_of(const tree *record, const char *side)
{
	const char *its_side = tree_string(tree_get(record, "side"));
	const char *package = tree_string(tree_get(record, "pkg"));
	const char *name = tree_string(tree_get(record, "bench"));

	if (!its_side || strcmp(its_side, side) != 0 || !package || !name)
		return NULL;
	return mem_format("%s %s", package, name);
}

static void
keep(struct nights *nights, const struct lines *in, const tree *record,
    const char *key)
{
	const char *run = tree_string(tree_get(record, "run"));
	const tree *list = tree_get(record, "v");
	struct values *values;

	if (!run || !tree_length(list))
		lines_die(in, "no run, or no values");
	values = values_of(nights, index_add(&nights->names, run),
	    index_add(&nights->metrics, key));
	free(values->x);
	values->n = tree_length(list);
	values->x = mem_zero(values->n, sizeof *values->x);
	for (size_t i = 0; i < values->n; i++) {
		values->x[i] = tree_number(tree_at(list, i));
		if (!(values->x[i] > 0))
			lines_die(in, "a value is not above 0");
	}
}

/* Goes through the file: counts at first, and keeps what was counted then. */
static void
read_all(
    struct nights *nights, const char *path, const char *side, bool counting)
{
	char *operands[] = {(char *)path, NULL}, why[100];
	struct lines in;

	lines_open(&in, operands);
	while (lines_next(&in)) {
		tree *record = tree_parse(in.text, in.len, why, sizeof why);
		char *key;

		if (!record)
			lines_die(&in, "%s", why);
		key = key_of(record, side);
		if (key && counting) {
			const char *run = tree_string(tree_get(record, "run"));

			index_add(&nights->names, run ? run : "");
			index_add(&nights->metrics, key);
		} else if (key) {
			keep(nights, &in, record, key);
		}
		free(key);
		tree_free(record);
	}
	lines_release(&in);
}

struct nights *
nights_read(const char *path, const char *side)
{
	struct nights *nights = mem_zero(1, sizeof *nights);

	read_all(nights, path, side, true);
	if (nights->names.n < 2)
		die("%s: fewer than two nights of %s", path, side);
	make_room(nights, nights->names.n, nights->metrics.n);
	read_all(nights, path, side, false);
	return nights;
}

size_t
nights_suites(const struct nights *nights)
{
	return nights->names.n - 1;
}

size_t
nights_metrics(const struct nights *nights)
{
	return nights->metrics.n;
}

void
nights_free(struct nights *nights)
{
	for (size_t i = 0; i < nights->names.n * nights->capacity; i++)
		free(nights->values[i].x);
	free(nights->values);
	index_release(&nights->names);
	index_release(&nights->metrics);
	free(nights);
}

/* n of the values, in random order, for the caller to free. */
static double *
draw(struct rng *rng, const struct values *values, size_t n)
{
	size_t *order = mem_zero(values->n, sizeof *order);
	double *x = mem_zero(n, sizeof *x);

	for (size_t i = 0; i < values->n; i++)
		order[i] = i;
	rng_shuffle(rng, order, values->n);
	for (size_t i = 0; i < n; i++)
		x[i] = values->x[order[i]];
	free(order);
	return x;
}

/* Whether the metric is one of those that are made slower. */
static bool
is_chosen(enum spread spread, size_t metric, size_t start, size_t n_metrics)
{
	switch (spread) {
	case ALL:
		return true;
	case TENTH:
		return metric % 10 == start % 10;
	default:
		return metric == start % n_metrics;
	}
}

static void
judge_night(const struct nights *nights, size_t night,
    const struct setting *setting, struct rng *rng, struct tally tally[N_RULES])
{
	size_t n_metrics = nights->metrics.n, n = 0;
	struct pair *pairs = mem_zero(n_metrics, sizeof *pairs);
	size_t start = (size_t)rng_below(rng, n_metrics);

	for (size_t i = 0; i < n_metrics; i++) {
		const struct values *base = values_of(nights, night, i);
		const struct values *head = values_of(nights, night + 1, i);
		struct pair *pair = &pairs[n];

		if (base->n < setting->n || head->n < setting->n)
			continue;
		*pair = (struct pair){
		    .base = draw(rng, base, setting->n),
		    .head = draw(rng, head, setting->n),
		    .n_base = setting->n,
		    .n_head = setting->n,
		    .shifted = setting->slower > 0 &&
			       is_chosen(setting->spread, i, start, n_metrics),
		};
		for (size_t j = 0; pair->shifted && j < setting->n; j++)
			pair->head[j] *= 1 + setting->slower;
		n++;
	}
	if (n > 0)
		for (enum rule rule = 0; rule < N_RULES; rule++)
			judge(rule, UNPAIRED, pairs, n, &tally[rule]);
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].base);
		free(pairs[i].head);
	}
	free(pairs);
}

void
real_judge(const struct nights *nights, const struct setting *setting,
    size_t draw_number, struct tally tally[N_RULES])
{
	struct rng rng;
	char key[80];

	snprintf(key, sizeof key, "%zu %zu", draw_number, setting->n);
	rng_seed(&rng, rng_hash(key, strlen(key)));
	for (size_t night = 0; night < nights_suites(nights); night++)
		judge_night(nights, night, setting, &rng, tally);
}
