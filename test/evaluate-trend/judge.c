/* What is said of many series of one kind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "trend.h"

static const double SD = 0.02;

/* What of one series has been found yet. */
struct seen {
	const struct cell *cell;
	struct tally *tally;
	bool *flagged, *crept; /* by series */
	bool *found;	       /* by series and step */
};

static void
count(const struct told *told, void *data)
{
	struct seen *seen = data;
	const struct cell *cell = seen->cell;
	struct tally *tally = seen->tally;
	size_t k;

	if (!told->is_step) {
		seen->crept[told->series] = true;
		return;
	}
	seen->flagged[told->series] = true;
	for (k = 0; k < MOST_STEPS && cell->at[k]; k++) {
		bool *found = &seen->found[told->series * MOST_STEPS + k];
		double jump = expm1(cell->up[k] * cell->jump);

		if (*found || told->index + NEAR < cell->at[k] ||
		    told->index > cell->at[k] + NEAR)
			continue;
		*found = true;
		tally->found[k]++;
		tally->exact += told->index == cell->at[k];
		tally->in_range +=
		    told->from <= cell->at[k] && told->to >= cell->at[k];
		tally->in_ci += told->lo <= jump && told->hi >= jump;
		return;
	}
	tally->extra++;
}

struct tally
judge_cell(struct cell cell)
{
	size_t n = plan.series;
	double *x = mem_alloc(n * cell.n * sizeof *x);
	struct tally tally = {.series = n};
	struct seen seen = {.cell = &cell, .tally = &tally};
	struct rng rng;
	char key[200];

	snprintf(key, sizeof key, "%s %zu %g %g %zu %zu %zu",
	    noise_names[cell.noise], cell.n, cell.sd, cell.jump, cell.at[0],
	    cell.at[1], cell.at[2]);
	rng_seed(&rng, rng_hash(key, strlen(key)));
	for (size_t i = 0; i < n; i++)
		make_series(&cell, &rng, x + i * cell.n);
	seen.flagged = mem_zero(n, sizeof *seen.flagged);
	seen.crept = mem_zero(n, sizeof *seen.crept);
	seen.found = mem_zero(n * MOST_STEPS, sizeof *seen.found);
	ask(plan.path, x, n, cell.n, count, &seen);
	for (size_t i = 0; i < n; i++) {
		tally.flagged += seen.flagged[i];
		tally.crept += seen.crept[i];
	}
	free(x);
	free(seen.flagged);
	free(seen.crept);
	free(seen.found);
	return tally;
}

struct tally
judge_null(enum noise noise, size_t n)
{
	return judge_cell((struct cell){.noise = noise, .n = n, .sd = SD});
}

struct tally
judge_step(
    enum noise noise, double sd, double change, size_t before, size_t after)
{
	return judge_cell((struct cell){
	    .noise = noise,
	    .n = before + after,
	    .sd = sd,
	    .jump = fabs(log1p(change)),
	    .at = {before},
	    .up = {change > 0 ? 1 : -1},
	});
}
