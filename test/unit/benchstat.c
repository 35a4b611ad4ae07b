/*
 * The p-values of benchstat on its own test data: where both are exact they are
 * the same.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ORACLE TEST_DATA_DIR "/oracle/benchstat.txt"
#include "oracle.h"
#include "stats.h"

static double
two_sided(const struct oracle_case *c)
{
	return fmin(1,
	    2 * fmin(stats_mann_whitney(c->x.value, c->x.n, c->y.value, c->y.n),
		    stats_mann_whitney(
			c->y.value, c->y.n, c->x.value, c->x.n)));
}

static size_t
answer_mann_whitney(const struct oracle_case *c, double *got)
{
	got[0] = two_sided(c);
	return 1;
}

static struct oracle functions[] = {
    {"mann_whitney", answer_mann_whitney, 1e-9, false},
};

/* It prints three digits. */
static void
test_p_is_what_benchstat_prints(void **state)
{
	size_t compared = 0;

	(void)state;
	for (size_t i = 0; i < case_count; i++) {
		double printed = cases[i].arguments.value[0];

		if (isnan(printed))
			continue;
		assert_true(fabs(two_sided(&cases[i]) - printed) <= 0.0005);
		compared++;
	}
	assert_int_equal(compared, 3);
}

int
main(void)
{
	static const struct CMUnitTest own[] = {
	    cmocka_unit_test(test_p_is_what_benchstat_prints),
	};

	return oracle_run(functions, LENGTH(functions), own, LENGTH(own));
}
