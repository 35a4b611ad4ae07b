/*
 * wlbench.h: time an operation inside one process, and write every measurement
 * as a line of JSON that wl-run reads. One file, with no others of its own:
 * include it, or copy it beside your program.
 *
 *	#include "wlbench.h"
 *
 *	int
 *	main(int argc, char *argv[])
 *	{
 *		struct wlbench bench = {.kernel = "sum"};
 *		uint64_t n = wlbench_param("n", argc > 1 ? argv[1] : NULL,
 *		    10000, 1, 1000000);
 *		uint64_t state = wlbench_seed();
 *		double *x = wlbench_alloc(n, sizeof x[0]);
 *		double sum;
 *
 *		for (uint64_t i = 0; i < n; i++)
 *			x[i] = wlbench_uniform(&state);
 *		while (wlbench_next(&bench)) {
 *			sum = add(x, n);
 *			wlbench_keep(&sum);
 *		}
 *		wlbench_report(&bench);
 *		free(x);
 *		return 0;
 *	}
 *
 * writes seven lines such as
 *
 *	{"metric":"time_per_op","value":9133.125,"unit":"ns"}
 *
 * The body of the loop is one turn. It is repeated until one measurement takes
 * at least WLBENCH_MIN_NS, because a shorter one measures the clock, the timer
 * interrupt and the start of the loop as well. The loop itself costs about a
 * nanosecond per turn: an operation of a few nanoseconds belongs several times
 * into one turn, with `ops` set to how many.
 *
 * A turn must leave things as the next turn needs them; where it does not
 * (values that shrink each time), the turns are not repetitions of each other.
 *
 * Environment:
 *
 *	WLBENCH_SLOWDOWN=KERNEL=FACTOR[,KERNEL=FACTOR]...
 *		Plant a regression: the work of KERNEL is done FACTOR times
 *		for each operation that is counted. FACTOR is a decimal number
 *		from 1 to 1000; with 1.2, six turns count as five, evenly over
 *		the measurement. `*` is every kernel that is not named. This
 *		is how to prove that a slower program is found to be slower.
 *		A value that is not of this form ends the program: status 2.
 *	WL_SEED	the seed of the data, 1 if unset (wl-run sets it)
 *	WL_name	the value of parameter `name` (wl-run sets it)
 *
 * Errors are one line, `program: what`, and status 2. Compile with
 * -D_GNU_SOURCE or the compiler's default GNU dialect. Programs that call
 * setlocale must leave LC_NUMERIC alone: JSON has a decimal point.
 */
#ifndef WLBENCH_H
#define WLBENCH_H

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Both may be defined before the header is included. */
#ifndef WLBENCH_MIN_NS
#define WLBENCH_MIN_NS 10000000 /* one measurement takes at least this long */
#endif
#ifndef WLBENCH_TIMES
#define WLBENCH_TIMES 7 /* measurements */
#endif

enum {
	WLBENCH_WRONG = 1,
	WLBENCH_TROUBLE = 2
};

struct wlbench {
	const char *kernel; /* its name in WLBENCH_SLOWDOWN; required */
	const char *metric; /* what the lines are called; time_per_op */
	double ops;	    /* operations in one turn; 1 */

	/* The rest starts as zero and belongs to the functions below. */
	double factor;	   /* turns per counted turn */
	uint64_t turns;	   /* turns in the current measurement */
	uint64_t counted;  /* how many they count as: turns / factor */
	uint64_t left;	   /* turns that are still to do */
	uint64_t began_ns; /* when the current measurement began */
	unsigned done;	   /* measurements made */
	double ns[WLBENCH_TIMES];
};

/* Say `program: what` and exit with this status. */
__attribute__((noreturn, format(printf, 2, 3))) static inline void
wlbench_quit(int status, const char *format, ...)
{
	va_list list;

#ifdef _GNU_SOURCE
	fprintf(stderr, "%s: ", program_invocation_short_name);
#else
	fputs("wlbench: ", stderr);
#endif
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(status);
}

/*
 * Refuse options and more than `most` arguments. The usage string starts with
 * the program's name, as in "sum [n]".
 */
static inline void
wlbench_usage(int argc, char *argv[], int most, const char *usage)
{
	if (argc - 1 > most || (argc > 1 && argv[1][0] == '-'))
		wlbench_quit(WLBENCH_TROUBLE, "usage: %s", usage);
}

/*
 * A whole number: the argument where there is one (not NULL), else the
 * environment's WL_name, else the fallback.
 */
static inline uint64_t
wlbench_param(const char *name, const char *argument, uint64_t fallback,
    uint64_t lowest, uint64_t highest)
{
	char variable[128];
	char *end;
	uintmax_t value;

	snprintf(variable, sizeof variable, "WL_%s", name);
	if (argument == NULL) {
		argument = getenv(variable);
		name = variable; /* so that a message says where it is from */
	}
	if (argument == NULL)
		return fallback;
	errno = 0;
	value = strtoumax(argument, &end, 10);
	/* strtoumax takes signs and spaces, and wraps negative numbers. */
	if (argument[0] < '0' || argument[0] > '9' || *end != '\0' ||
	    errno != 0 || value < lowest || value > highest)
		wlbench_quit(WLBENCH_TROUBLE,
		    "%s: not a whole number from %" PRIu64 " to %" PRIu64
		    ": %s",
		    name, lowest, highest, argument);
	return (uint64_t)value;
}

/* An array of zeros; never NULL. The caller frees it. */
static inline void *
wlbench_alloc(size_t n, size_t size)
{
	void *memory = calloc(n > 0 ? n : 1, size);

	if (memory == NULL)
		wlbench_quit(
		    WLBENCH_TROUBLE, "out of memory: %zu * %zu bytes", n, size);
	return memory;
}

/* The seed that wl-run chose; the state that the functions below move on. */
static inline uint64_t
wlbench_seed(void)
{
	return wlbench_param("SEED", NULL, 1, 0, UINT64_MAX);
}

/*
 * The next 64 random bits: splitmix64, the same on every machine.
 * Source: Steele, Lea and Flood 2014, Fast splittable pseudorandom number
 * generators, with variant 13 of Stafford's mixing function.
 */
static inline uint64_t
wlbench_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A number in [0, 1), from the top 53 bits. */
static inline double
wlbench_uniform(uint64_t *state)
{
	return (double)(wlbench_random(state) >> 11) * 0x1p-53;
}

/* A whole number in [0, n); the bias of at most n / 2^53 does not matter. */
static inline uint64_t
wlbench_below(uint64_t *state, uint64_t n)
{
	return (uint64_t)(wlbench_uniform(state) * (double)n);
}

/* Nanoseconds on a clock that nobody sets. */
static inline uint64_t
wlbench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)now.tv_nsec;
}

/*
 * Keep the optimiser honest: whatever memory holds may be read and changed
 * here, so what was computed must have been stored, and must be computed again.
 */
static inline void
wlbench_keep(const void *result)
{
	__asm__ volatile("" : : "r"(result) : "memory");
}

/*
 * Find the factor of a kernel in the text of WLBENCH_SLOWDOWN: that of its
 * name, else that of `*`, else 1. Returns false where the text is malformed.
 */
static inline bool
wlbench_find_factor(const char *text, const char *kernel, double *factor)
{
	double any = 1;
	double own = 0;

	for (const char *next = text; *text != '\0'; text = next) {
		size_t length = strcspn(text, "=,");
		const char *digit = text + length + 1;
		double value = 0;
		double unit = 1;

		if (length == 0 || text[length] != '=')
			return false;
		/* By hand, because strtod reads what the locale says. */
		if (*digit < '0' || *digit > '9')
			return false;
		for (; *digit >= '0' && *digit <= '9'; digit++)
			value = value * 10 + (*digit - '0');
		if (*digit == '.') {
			digit++;
			if (*digit < '0' || *digit > '9')
				return false;
			for (; *digit >= '0' && *digit <= '9'; digit++)
				value += (*digit - '0') * (unit /= 10);
		}
		if (value < 1 || value > 1000)
			return false;
		if (strncmp(text, kernel, length) == 0 &&
		    kernel[length] == '\0')
			own = value;
		else if (length == 1 && *text == '*')
			any = value;
		if (*digit == ',' && digit[1] != '\0')
			next = digit + 1;
		else if (*digit == '\0')
			next = digit;
		else
			return false;
	}
	*factor = own > 0 ? own : any;
	return true;
}

/* How many times the work of this kernel is to be done; 1 unless planted. */
static inline double
wlbench_slowdown(const char *kernel)
{
	const char *text = getenv("WLBENCH_SLOWDOWN");
	double factor = 1;

	if (text != NULL && !wlbench_find_factor(text, kernel, &factor))
		wlbench_quit(WLBENCH_TROUBLE,
		    "WLBENCH_SLOWDOWN: not KERNEL=FACTOR[,KERNEL=FACTOR]... "
		    "with factors from 1 to 1000: %s",
		    text);
	return factor;
}

/*
 * For work that cannot be repeated (a file is removed once): hold the CPU for
 * factor - 1 times as long as the work took that began at `began_ns`.
 */
static inline void
wlbench_drag(double factor, uint64_t began_ns)
{
	uint64_t end_ns;

	if (factor <= 1)
		return;
	end_ns =
	    began_ns + (uint64_t)((double)(wlbench_now() - began_ns) * factor);
	while (wlbench_now() < end_ns)
		continue;
}

/*
 * Plan about `turns` turns: as few counted ones as make at least that many,
 * and the factor true to 0.1 %. With 1.2 that is a multiple of five.
 */
static inline void
wlbench_plan(struct wlbench *bench, double turns)
{
	double counted = ceil(turns / bench->factor);
	double real = round(counted * bench->factor);

	while (fabs(real / counted / bench->factor - 1) > 0.001) {
		counted += 1;
		real = round(counted * bench->factor);
	}
	bench->counted = (uint64_t)counted;
	bench->turns = (uint64_t)real;
}

/*
 * The end of one measurement, or of a loop that was too short to be one: that
 * sets the length of the next and is forgotten. Aiming a quarter beyond the
 * minimum makes a second correction rare.
 */
static inline bool
wlbench_lap(struct wlbench *bench)
{
	double elapsed = (double)(wlbench_now() - bench->began_ns);
	double aim = 1.25 * WLBENCH_MIN_NS;

	if (bench->turns == 0) {
		bench->factor = wlbench_slowdown(bench->kernel);
		if (bench->metric == NULL)
			bench->metric = "time_per_op";
		if (bench->ops <= 0)
			bench->ops = 1;
		wlbench_plan(bench, 1);
	} else if (elapsed < WLBENCH_MIN_NS) {
		/* At most tenfold: the first turn may be all cache misses. */
		if (elapsed < aim / 10)
			elapsed = aim / 10;
		wlbench_plan(bench, (double)bench->turns * aim / elapsed);
	} else
		bench->ns[bench->done++] =
		    elapsed / ((double)bench->counted * bench->ops);
	if (bench->done == WLBENCH_TIMES)
		return false;
	bench->left = bench->turns - 1;
	bench->began_ns = wlbench_now();
	return true;
}

/* True while there is another turn to do. */
static inline bool
wlbench_next(struct wlbench *bench)
{
	if (bench->left == 0)
		return wlbench_lap(bench);
	bench->left--;
	return true;
}

/* Write one measurement. */
static inline void
wlbench_emit(const char *metric, double value, const char *unit)
{
	if (!isfinite(value))
		wlbench_quit(WLBENCH_WRONG, "%s: not a number", metric);
	printf("{\"metric\":\"%s\",\"value\":%.9g,\"unit\":\"%s\"}\n", metric,
	    value, unit);
}

/* Make sure that all that was written has left the program. */
static inline void
wlbench_flush(void)
{
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		wlbench_quit(WLBENCH_TROUBLE, "cannot write the output: %s",
		    strerror(errno));
}

/* Write all measurements: only now, so that no write is timed. */
static inline void
wlbench_report(const struct wlbench *bench)
{
	for (unsigned i = 0; i < bench->done; i++)
		wlbench_emit(bench->metric, bench->ns[i], "ns");
	wlbench_flush();
}

#endif
