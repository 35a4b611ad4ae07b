/* What is evaluated. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "looks.h"
#include "mem.h"

const double slower_by[N_SLOWER] = {0.02, 0.03, 0.05, 0.07, 0.1};
const size_t sizes[N_SIZES] = {5, 6, 8, 10, 15};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void
add_setting(struct plan *plan, size_t n, double slower, enum spread spread)
{
	*MEM_PUSH(plan->settings, plan->n_settings, plan->settings_capacity) =
	    (struct setting){.n = n, .slower = slower, .spread = spread};
}

static void
add_settings(struct plan *plan)
{
	for (size_t i = 0; i < N_SIZES; i++) {
		add_setting(plan, sizes[i], 0, ALL);
		for (size_t j = 0; j < N_SLOWER; j++)
			add_setting(plan, sizes[i], slower_by[j], ALL);
	}
	for (size_t j = 0; j < N_SLOWER; j++) {
		add_setting(plan, 10, slower_by[j], TENTH);
		add_setting(plan, 10, slower_by[j], LONE);
	}
}

/* Nothing slower; all at the margin; the first by so much. */
static void
add_cells(
    struct plan *plan, struct cell cell, const double *slower, size_t n_slower)
{
	*MEM_PUSH(plan->cells, plan->n_cells, plan->cells_capacity) = cell;
	for (size_t i = 0; i < n_slower; i++) {
		cell.slower = slower[i];
		*MEM_PUSH(plan->cells, plan->n_cells, plan->cells_capacity) =
		    cell;
	}
}

static void
add_variants(struct plan *plan, enum design design)
{
	static const size_t fixed[] = {10, 30, 1};
	size_t most = looks_rounds[LOOKS - 1];
	const size_t *rounds = design == ADAPTIVE ? &most : fixed;
	size_t n_rounds = design == ADAPTIVE ? 1 : COUNT(fixed);

	for (enum noise noise = 0; noise < N_NOISES; noise++)
		for (size_t i = 0; i < n_rounds; i++) {
			/* A single round is refused, whatever the noise. */
			if (rounds[i] == 1 && noise != CALM)
				continue;
			struct cell cell = {
			    .design = design,
			    .noise = noise,
			    .n = rounds[i],
			    .metrics = 10,
			};

			add_cells(plan, cell, (const double[]){0.03, 0.05}, 2);
			cell.slower = 0.01;
			cell.all_slower = true;
			add_cells(plan, cell, NULL, 0);
		}
}

static void
add_stored(struct plan *plan)
{
	static const double spreads[] = {0.01, 0.02, 0.03, 0.05};
	static const size_t sessions[] = {1, 3, 5, 10};

	for (size_t i = 0; i < COUNT(spreads); i++)
		for (size_t j = 0; j < COUNT(sessions); j++)
			for (int drifting = 0; drifting < 2; drifting++)
				add_cells(plan,
				    (struct cell){
					.design = STORED,
					.noise = drifting ? DRIFTING : CALM,
					.n = 10,
					.sessions = sessions[j],
					.session_sd = spreads[i],
					.metrics = 10,
				    },
				    (const double[]){0.1, 0.25}, 2);
}

void
plan_items(struct plan *plan)
{
	add_settings(plan);
	add_variants(plan, PAIRED);
	add_variants(plan, UNPAIRED);
	add_variants(plan, ADAPTIVE);
	add_stored(plan);
	plan->n_items = plan->n_settings * plan->draws + plan->n_cells;
}

void
plan_do(const struct plan *plan, size_t item, struct item_result *result)
{
	size_t n_draws = plan->n_settings * plan->draws;
	struct rng rng;
	char key[40];

	if (item < n_draws) {
		real_judge(plan->nights, &plan->settings[item / plan->draws],
		    item % plan->draws, result->tally);
		return;
	}
	item -= n_draws;
	snprintf(key, sizeof key, "cell %zu", item);
	rng_seed(&rng, rng_hash(key, strlen(key)));
	simulate_judge(&plan->cells[item], plan->suites, &rng, result->tally);
}

const struct item_result *
plan_setting(const struct plan *plan, const struct shared *shared, size_t n,
    double slower, enum spread spread)
{
	for (size_t i = 0; i < plan->n_settings; i++) {
		const struct setting *s = &plan->settings[i];

		if (s->n == n && s->slower == slower && s->spread == spread)
			return &shared->results[i * plan->draws];
	}
	return NULL;
}

const struct tally *
plan_cell(const struct plan *plan, const struct shared *shared,
    const struct cell *cell)
{
	for (size_t i = 0; i < plan->n_cells; i++) {
		const struct cell *c = &plan->cells[i];
		size_t item = plan->n_settings * plan->draws + i;

		if (c->design == cell->design && c->noise == cell->noise &&
		    c->n == cell->n && c->sessions == cell->sessions &&
		    c->session_sd == cell->session_sd &&
		    c->slower == cell->slower &&
		    c->all_slower == cell->all_slower)
			return shared->results[item].tally;
	}
	return NULL;
}

void
plan_release(struct plan *plan)
{
	free(plan->settings);
	free(plan->cells);
	nights_free(plan->nights);
}
