/*
 * usage: bench-spin MILLISECONDS
 *
 * Spins for so long, by the clock, and says how long it was: what bench-run.sh
 * compares with what runners say of it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int
main(int argc, char *argv[])
{
	int64_t start_ns = now_ns(), end_ns = start_ns;
	int64_t ns = argc > 1 ? strtoll(argv[1], NULL, 10) * 1000000 : 0;

	while (end_ns - start_ns < ns)
		end_ns = now_ns();
	printf("{\"metric\":\"own_time\",\"value\":%lld,\"unit\":\"ns\"}\n",
	    (long long)(end_ns - start_ns));
	return 0;
}
