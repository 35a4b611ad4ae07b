/*
 * stat-agg: the lines of a group, and what they come to where there are many.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "rng.h"
#include "stat-agg.h"

bool
order_is_later(const struct parts *parts, uint64_t a, uint64_t b)
{
	uint64_t p = a >> PART_SHIFT, q = b >> PART_SHIFT;
	int difference =
	    p == q ? 0 : strverscmp(parts->names[p], parts->names[q]);

	return difference ? difference > 0 : a > b;
}

/* --- tallies --- */

struct tally *
tally_new(double error)
{
	struct tally *tally = mem_zero(1, sizeof *tally);

	tally->min = INFINITY;
	tally->max = -INFINITY;
	sketch_init(&tally->sketch, error);
	return tally;
}

/* Whether two places are one: of parts without a name nobody knows. */
static bool
is_same_place(const struct parts *parts, uint64_t a, uint64_t b)
{
	const char *name = parts->names[a >> PART_SHIFT];

	if ((a & LINE_MASK) != (b & LINE_MASK))
		return false;
	return *name && strcmp(name, parts->names[b >> PART_SHIFT]) == 0;
}

void
order_die_of_repeated(const struct parts *parts, uint64_t order)
{
	die("part %s: it has been read before; see --part",
	    parts->names[order >> PART_SHIFT]);
}

static void
take_last(struct tally *tally, const struct parts *parts, double value,
    uint64_t order)
{
	if (tally->n && is_same_place(parts, order, tally->order))
		order_die_of_repeated(parts, order);
	if (tally->n && !order_is_later(parts, order, tally->order))
		return;
	tally->last = value;
	tally->order = order;
}

void
tally_add(struct tally *tally, const struct parts *parts, double value,
    uint64_t order)
{
	double log_size = value != 0 ? log(fabs(value)) : 0;

	take_last(tally, parts, value, order);
	tally->n++;
	tally->min = value < tally->min ? value : tally->min;
	tally->max = value > tally->max ? value : tally->max;
	sum_add(&tally->sum, value);
	sum_add_square(&tally->squares, value);
	sum_add(&tally->logs, log_size);
	sketch_add(&tally->sketch, value, log_size);
}

void
tally_merge(
    struct tally *tally, const struct parts *parts, const struct tally *other)
{
	take_last(tally, parts, other->last, other->order);
	tally->n += other->n;
	tally->min = fmin(tally->min, other->min);
	tally->max = fmax(tally->max, other->max);
	sum_merge(&tally->sum, &other->sum);
	sum_merge(&tally->squares, &other->squares);
	sum_merge(&tally->logs, &other->logs);
	sketch_merge(&tally->sketch, &other->sketch);
}

void
tally_free(struct tally *tally)
{
	if (!tally)
		return;
	sum_release(&tally->sum);
	sum_release(&tally->squares);
	sum_release(&tally->logs);
	sketch_release(&tally->sketch);
	free(tally);
}

/* --- pools --- */

static size_t *
slot_of(const struct pools *pools, double round)
{
	size_t mask = pools->n_slots - 1;
	size_t at = rng_slot(round, pools->n_slots);

	while (
	    pools->slots[at] && pools->p[pools->slots[at] - 1].round != round)
		at = (at + 1) & mask;
	return &pools->slots[at];
}

static void
rehash(struct pools *pools)
{
	pools->n_slots = pools->n_slots ? 2 * pools->n_slots : 64;
	free(pools->slots);
	pools->slots = mem_zero(pools->n_slots, sizeof *pools->slots);
	for (size_t i = 0; i < pools->n; i++)
		*slot_of(pools, pools->p[i].round) = i + 1;
}

struct round_lines *
pools_round(struct pools *pools, double round, bool *is_new)
{
	size_t *slot;

	*is_new = false;
	if (pools->n && pools->p[pools->current].round == round)
		return &pools->p[pools->current];
	if (2 * (pools->n + 1) > pools->n_slots)
		rehash(pools);
	/* A negative zero is no other round. */
	round += 0.0;
	slot = slot_of(pools, round);
	*is_new = !*slot;
	if (*is_new) {
		*MEM_PUSH(pools->p, pools->n, pools->capacity) =
		    (struct round_lines){.round = round};
		*slot = pools->n;
	}
	pools->current = *slot - 1;
	return &pools->p[pools->current];
}

/* A pool of one line becomes one that can have more. */
static struct tally *
tally_of(const struct study *study, struct round_lines *pool)
{
	if (!pool->tally) {
		pool->tally = tally_new(study->error);
		tally_add(pool->tally, &study->parts, pool->value, pool->order);
	}
	return pool->tally;
}

static struct tally *
loose_of(const struct study *study, struct pools *pools)
{
	if (!pools->loose)
		pools->loose = tally_new(study->error);
	return pools->loose;
}

static void
pools_add(
    struct study *study, struct pools *pools, const struct observation *line)
{
	struct round_lines *pool;
	bool is_new;

	if (isnan(line->round)) {
		tally_add(loose_of(study, pools), &study->parts, line->value,
		    line->order);
		return;
	}
	pool = pools_round(pools, line->round, &is_new);
	if (is_new) {
		pool->value = line->value;
		pool->order = line->order;
	} else {
		tally_add(tally_of(study, pool), &study->parts, line->value,
		    line->order);
	}
}

static void
pools_free(struct pools *pools)
{
	if (!pools)
		return;
	for (size_t i = 0; i < pools->n; i++)
		tally_free(pools->p[i].tally);
	tally_free(pools->loose);
	free(pools->p);
	free(pools->slots);
	free(pools);
}

/* --- groups --- */

void
group_pool(struct study *study, struct group *group)
{
	if (group->pools)
		return;
	group->pools = mem_zero(1, sizeof *group->pools);
	for (size_t i = 0; i < group->n_lines; i++)
		pools_add(study, group->pools, &group->lines[i]);
	free(group->lines);
	group->lines = NULL;
	group->n_lines = group->capacity = 0;
}

/* Makes it pooled before it has n lines more, where these are too many. */
static void
expect_lines(struct study *study, struct group *group, uint64_t n)
{
	group->n += n;
	if (group->n > MOST_LINES && !group->pools)
		group_pool(study, group);
}

void
group_add(
    struct study *study, struct group *group, const struct observation *line)
{
	expect_lines(study, group, 1);
	if (group->pools)
		pools_add(study, group->pools, line);
	else
		*MEM_PUSH(group->lines, group->n_lines, group->capacity) =
		    *line;
}

void
group_merge_pool(
    struct study *study, struct group *group, const struct round_lines *pool)
{
	struct tally *tally;
	bool is_new;

	if (!pool->tally) {
		group_add(study, group,
		    &(struct observation){
			.round = pool->round,
			.value = pool->value,
			.order = pool->order,
		    });
		return;
	}
	/* Only what has too many lines is pooled. */
	expect_lines(study, group, pool->tally->n);
	group_pool(study, group);
	if (isnan(pool->round)) {
		tally = loose_of(study, group->pools);
	} else {
		struct round_lines *own =
		    pools_round(group->pools, pool->round, &is_new);

		if (is_new)
			own->tally = tally_new(study->error);
		tally = tally_of(study, own);
	}
	tally_merge(tally, &study->parts, pool->tally);
}

void
group_merge(struct study *study, struct group *group, const struct group *other)
{
	const struct pools *pools = other->pools;

	for (size_t i = 0; i < other->n_lines; i++)
		group_add(study, group, &other->lines[i]);
	for (size_t i = 0; pools && i < pools->n; i++)
		group_merge_pool(study, group, &pools->p[i]);
	if (pools && pools->loose)
		group_merge_pool(study, group,
		    &(struct round_lines){
			.round = (double)NAN,
			.tally = pools->loose,
		    });
}

void
group_release(struct group *group)
{
	free(group->lines);
	pools_free(group->pools);
}
