/*
 * What a trial uses in the course of time. The guard, who has nothing else to
 * do, looks at the tree while it runs; the measuring process only says when a
 * trial begins, and when it has ended takes what was seen from the memory that
 * the two share.
 */
#include "wl-run-child.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "wl-run-usage.h"

enum {
	MOST_LOOKS = 1024, /* then every second one goes; even */
	IDLE = 19,	   /* times as long as a look: 5 % of one CPU */
	PATIENCE = 1000,   /* ms that we wait for a look to end */
};

/*
 * What the two share. While `on` the guard may look, and while it does so, it
 * is `busy` and all is the guard's; else all belongs to the measuring process.
 */
static struct ring {
	atomic_bool on, busy;
	struct usage_trial trial;
	double interval_ns, due_ns;
	size_t n;
	/* The first one is from before the start, the last from the end. */
	struct usage looks[MOST_LOOKS + 1];
	/* A series. It is here, as children are no copies of what is shared. */
	double t[MOST_LOOKS], value[MOST_LOOKS];
} * ring;

static const struct {
	const char *name, *unit;
	enum {
		LEVEL,
		SHARE, /* of a CPU, since the look before */
		AMOUNT /* since the look before */
	} kind;
} metrics[MONITOR_METRICS] = {
    [USAGE_CPU] = {"cpu", "%", SHARE},
    [USAGE_RSS] = {"rss", "B", LEVEL},
    [USAGE_READ] = {"disk_read", "B", AMOUNT},
    [USAGE_WRITTEN] = {"disk_written", "B", AMOUNT},
    [USAGE_RECEIVED] = {"net_received", "B", AMOUNT},
    [USAGE_SENT] = {"net_sent", "B", AMOUNT},
};

_Static_assert(MONITOR_METRICS == USAGE_COUNT, "each has a series");

/* What the measuring process has of the last trial. */
static size_t n_looks;
static double start_ns;

void
monitor_make(void)
{
	usage_make();
	ring = mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ring == MAP_FAILED)
		die_errno("memory");
}

/* --- the guard --- */

/* Half as many looks, in intervals twice as long: the whole trial stays. */
static void
make_room(void)
{
	for (size_t i = 1; i < MOST_LOOKS / 2; i++)
		ring->looks[i] = ring->looks[2 * i];
	ring->n = MOST_LOOKS / 2;
	ring->interval_ns *= 2;
}

/* The processor time that we have taken ourselves. */
static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void
look(void)
{
	double before_ns = cpu_ns(), now_ns, missed;

	if (!usage_read(&ring->trial, true, &ring->looks[ring->n]))
		return; /* the guard is needed, and will come back */
	now_ns = process_now_ns();
	missed = ceil((now_ns - ring->due_ns) / ring->interval_ns);
	ring->due_ns += ring->interval_ns * fmax(1, missed);
	/* What is large to look at is looked at less often. */
	ring->due_ns =
	    fmax(ring->due_ns, now_ns + IDLE * (cpu_ns() - before_ns));
	if (++ring->n == MOST_LOOKS)
		make_room();
}

const struct timespec *
monitor_look(struct timespec *left)
{
	double left_ns = 0;

	if (!atomic_load(&ring->on))
		return NULL;
	atomic_store(&ring->busy, true);
	if (atomic_load(&ring->on)) {
		if (process_now_ns() >= ring->due_ns)
			look();
		left_ns = fmax(0, ring->due_ns - process_now_ns());
	}
	atomic_store(&ring->busy, false);
	left->tv_sec = (time_t)(left_ns / 1e9);
	left->tv_nsec = (long)fmod(left_ns, 1e9);
	return left;
}

/* --- the measuring process --- */

void
monitor_start(double interval_s)
{
	n_looks = 0;
	/* A guard that was stopped while it looked still has all of it. */
	if (isnan(interval_s) || atomic_load(&ring->busy))
		return;
	usage_begin(&ring->trial);
	usage_read(&ring->trial, false, &ring->looks[0]);
	ring->n = 1;
	ring->interval_ns = 1e9 * interval_s;
	ring->due_ns = process_now_ns() + ring->interval_ns;
	atomic_store(&ring->on, true);
	/* It wakes the guard; and whoever it might wake instead ignores it. */
	kill(getppid(), SIGCHLD);
}

/* Whether the guard has come to an end of its look. */
static bool
take_ring(void)
{
	struct timespec pause = {.tv_nsec = 50000};
	double until_ns = process_now_ns() + 1e6 * PATIENCE;

	atomic_store(&ring->on, false);
	while (atomic_load(&ring->busy) && process_now_ns() < until_ns)
		nanosleep(&pause, NULL);
	return !atomic_load(&ring->busy);
}

void
monitor_stop(const struct outcome *outcome)
{
	double end_ns = outcome->end_ns;
	struct usage *looks = ring->looks;
	size_t n = 1;

	if (!atomic_load(&ring->on) || !take_ring() ||
	    outcome->ending != ENDING_EXIT)
		return;
	start_ns = looks[0].at_ns = outcome->exec_ns;
	for (size_t i = 1; i < ring->n; i++)
		if (looks[i].at_ns > start_ns && looks[i].at_ns < end_ns)
			looks[n++] = looks[i];
	if (n == 1)
		return;
	usage_read(&ring->trial, false, &looks[n]);
	looks[n++].at_ns = end_ns;
	n_looks = n;
}

/*
 * What was there at each look. At the start and at the end there is nothing to
 * be seen, and neither is there of processes that are just exiting.
 */
static void
add_levels(enum usage_kind kind, struct series *series)
{
	size_t n = 0;

	for (size_t i = 1; i < n_looks - 1; i++) {
		if (!(ring->looks[i].x[kind] > 0))
			continue;
		series->t.x[n] = ring->looks[i].at_ns - start_ns;
		series->value.x[n++] = ring->looks[i].x[kind];
	}
	series->value.n = n;
}

/*
 * What came between two looks. As a process may have ended between two looks at
 * it and at its parent, who inherits its amount, amounts can seem to fall for a
 * moment. An end right behind a look takes its place: of a short time no share
 * is known.
 */
static void
add_differences(enum usage_kind kind, struct series *series)
{
	const struct usage *from = &ring->looks[0], *last;
	double before = from->x[kind];
	size_t n = 0;

	last = &ring->looks[n_looks - 1];
	for (const struct usage *u = from + 1; u <= last; u++) {
		double value = fmax(u->x[kind], before), dt;

		if (u == last - 1 &&
		    last->at_ns - u->at_ns < ring->interval_ns / 2)
			continue;
		dt = u->at_ns - from->at_ns;
		series->t.x[n] = u->at_ns - start_ns;
		series->value.x[n++] =
		    metrics[kind].kind == AMOUNT
			? value - before
			: round(1e4 * (value - before) / dt) / 100;
		before = value;
		from = u;
	}
	series->value.n = n;
}

bool
monitor_series(size_t i, struct series *series)
{
	enum usage_kind kind = (enum usage_kind)i;

	if (i >= MONITOR_METRICS || !n_looks || isnan(ring->looks[0].x[i]))
		return false;
	series->metric = metrics[i].name;
	series->unit = metrics[i].unit;
	series->t.x = ring->t;
	series->value.x = ring->value;
	if (metrics[i].kind == LEVEL)
		add_levels(kind, series);
	else
		add_differences(kind, series);
	series->t.n = series->value.n;
	return series->value.n > 0;
}

bool
monitor_makes(const char *metric)
{
	enum series_part part;
	size_t len = series_part_find(metric, &part);

	for (size_t i = 0; len && i < MONITOR_METRICS; i++)
		if (strlen(metrics[i].name) == len &&
		    memcmp(metrics[i].name, metric, len) == 0)
			return true;
	return false;
}
