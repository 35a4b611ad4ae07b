/*
 * decay: the strength that memories have left at their age, in float; one
 * operation does all of them. Seed kernel decay_calculation_10000m, which
 * decays in place. Here the result goes to another array: strengths that
 * shrink with each repetition end as denormal numbers, which cost more.
 */
#include "wlbench.h"

#define LONGEST_AGE 1000000
#define HALF_LIFE   200000.0

struct memories {
	size_t n;
	float *strength;
	uint64_t *age;
	float *left;
};

static void
apply_decay(struct memories *memories)
{
	const float rate = (float)(0.69314718055994530942 / HALF_LIFE);

	for (size_t i = 0; i < memories->n; i++)
		memories->left[i] = memories->strength[i] *
				    expf(-rate * (float)memories->age[i]);
}

/* The same by another way, in double: halved once per half-life. */
static void
check(const struct memories *memories)
{
	for (size_t i = 0; i < memories->n; i++) {
		double right = (double)memories->strength[i] *
			       pow(0.5, (double)memories->age[i] / HALF_LIFE);
		double got = (double)memories->left[i];

		if (!(fabs(got - right) <= 1e-5 * right))
			wlbench_quit(WLBENCH_WRONG,
			    "memory %zu: strength is %.9g, should be %.9g", i,
			    got, right);
	}
}

int
main(int argc, char *argv[])
{
	struct wlbench bench = {.kernel = "decay_calculation"};
	struct memories memories = {0};
	uint64_t state = wlbench_seed();

	wlbench_usage(argc, argv, 1, "decay [memories]");
	memories.n = wlbench_param(
	    "memories", argc > 1 ? argv[1] : NULL, 10000, 1, 1 << 28);
	memories.strength = wlbench_alloc(memories.n, sizeof(float));
	memories.age = wlbench_alloc(memories.n, sizeof(uint64_t));
	memories.left = wlbench_alloc(memories.n, sizeof(float));
	for (size_t i = 0; i < memories.n; i++) {
		memories.strength[i] = (float)wlbench_uniform(&state);
		memories.age[i] = wlbench_below(&state, LONGEST_AGE);
	}

	apply_decay(&memories);
	check(&memories);
	while (wlbench_next(&bench)) {
		apply_decay(&memories);
		wlbench_keep(memories.left);
	}
	wlbench_report(&bench);

	free(memories.strength);
	free(memories.age);
	free(memories.left);
	return 0;
}
