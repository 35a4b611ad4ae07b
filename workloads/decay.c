/*
 * decay: the strength that memories have left at their age, in float; one
 * operation does all of them. Seed kernel decay_calculation_10000m, which
 * decays in place. Here the result goes to another array: strengths that
 * shrink with each repetition end as denormal numbers, which cost more.
 */
#include "wlbench.h"

#define LONGEST_AGE 1000000
#define HALF_LIFE   200000.0
#define LN_2	    0.69314718055994530942

struct memories {
	size_t n;
	float *strength;
	uint64_t *age;
	float *left;
};

/*
 * 2 to the power x, for -100 <= x <= 0, to 3e-7 of it: the whole part becomes
 * the exponent, the rest in [-1/2, 1/2] goes into the Taylor series. Calls of
 * expf were faster in one process than in the next, always by the same steps:
 * their speed depends on where the C library happens to lie.
 */
static float
power_of_2(float x)
{
	/* ln(2)^k / k! */
	static const float c[] = {1.0f, 6.9314718e-1f, 2.4022651e-1f,
	    5.5504109e-2f, 9.6181291e-3f, 1.3333558e-3f, 1.5403530e-4f};
	int32_t whole = (int32_t)(x - 0.5f);
	float y = x - (float)whole;
	uint32_t bits = (uint32_t)(whole + 127) << 23;
	float sum = c[6];
	float scale;

	memcpy(&scale, &bits, sizeof scale);
	for (int k = 6; k-- > 0;)
		sum = sum * y + c[k];
	return scale * sum;
}

static void
apply_decay(struct memories *memories)
{
	const float halvings = (float)(-1 / HALF_LIFE);

	for (size_t i = 0; i < memories->n; i++)
		memories->left[i] =
		    memories->strength[i] *
		    power_of_2(halvings * (float)(int64_t)memories->age[i]);
}

/* The same by another way, in double: by the decay constant and libm. */
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
