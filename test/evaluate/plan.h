/* What is evaluated, an item at a time; and what is told of it. */
#ifndef PLAN_H
#define PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "evaluate.h"

/* The numbers of values, and by how much metrics are slower. */
enum {
	N_SIZES = 5,
	N_SLOWER = 5
};
extern const size_t sizes[N_SIZES];
extern const double slower_by[N_SLOWER];

/* An item is a draw of a setting, or a cell. */
struct plan {
	const char *tool;
	enum format format;
	size_t jobs, draws, suites;
	struct nights *nights;
	struct setting *settings;
	size_t n_settings, settings_capacity;
	struct cell *cells;
	size_t n_cells, cells_capacity;
	size_t n_items;
};

struct item_result {
	struct tally tally[N_RULES];
};

/* What the workers share. */
struct shared {
	atomic_size_t next; /* the item that nobody does yet */
	struct item_result results[];
};

/* Fills in the settings and the cells. */
void plan_items(struct plan *plan);
void plan_do(const struct plan *plan, size_t item, struct item_result *result);
void plan_release(struct plan *plan);

/* The results of a setting or a cell: NULL where the plan has none such. */
const struct item_result *plan_setting(const struct plan *plan,
    const struct shared *shared, size_t n, double slower, enum spread spread);
const struct tally *plan_cell(const struct plan *plan,
    const struct shared *shared, const struct cell *cell);

/* Writes all tables; whether all that is promised is kept. */
bool report(const struct plan *plan, const struct shared *shared);

#endif
