/*
 * What the kernel counts while a trial runs (perf_event_open(2)).
 *
 * Each event is opened once, in the process that starts the trials, which
 * itself is never counted: an event is enabled when a child calls execve, and
 * is handed down to all that this child starts. When one of them has ended, its
 * count is added to ours. So a trial's count is a difference of two readings,
 * complete when all its processes have been reaped.
 */
#include "wl-run-child.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"

/*
 * Each event costs the workload: some 0.3 us more for a switch from one process
 * to another and 3 us for a fork with the first event, and a fifth of that with
 * each further one (Linux 6.18 in a virtual machine). So what getrusage(2) has
 * as well is counted on request only.
 */
enum {
	ON_REQUEST,
	BY_DEFAULT,
	INSTEAD /* by default, where that before is not permitted */
};

static const struct event {
	enum builtin builtin;
	uint32_t type;
	uint64_t config;
	bool user_only; /* what the kernel does for it is not counted */
	int when;
} events[] = {
#define SOFTWARE(id) PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##id
#define HARDWARE(id) PERF_TYPE_HARDWARE, PERF_COUNT_HW_##id
    /* The kernel's time is in this one, too, whatever we ask for. */
    {BUILTIN_TASK_CLOCK, SOFTWARE(TASK_CLOCK), true, BY_DEFAULT},
    {BUILTIN_PAGE_FAULTS, SOFTWARE(PAGE_FAULTS), false, ON_REQUEST},
    {BUILTIN_CONTEXT_SWITCHES, SOFTWARE(CONTEXT_SWITCHES), false, ON_REQUEST},
    {BUILTIN_CPU_MIGRATIONS, SOFTWARE(CPU_MIGRATIONS), false, BY_DEFAULT},
    {BUILTIN_INSTRUCTIONS, HARDWARE(INSTRUCTIONS), false, BY_DEFAULT},
    {BUILTIN_INSTRUCTIONS_USER, HARDWARE(INSTRUCTIONS), true, INSTEAD},
    {BUILTIN_CYCLES, HARDWARE(CPU_CYCLES), false, BY_DEFAULT},
    {BUILTIN_CYCLES_USER, HARDWARE(CPU_CYCLES), true, INSTEAD},
    {BUILTIN_BRANCH_MISSES, HARDWARE(BRANCH_MISSES), false, BY_DEFAULT},
    {BUILTIN_BRANCH_MISSES_USER, HARDWARE(BRANCH_MISSES), true, INSTEAD},
    {BUILTIN_CACHE_MISSES, HARDWARE(CACHE_MISSES), false, BY_DEFAULT},
    {BUILTIN_CACHE_MISSES_USER, HARDWARE(CACHE_MISSES), true, INSTEAD},
#undef SOFTWARE
#undef HARDWARE
};

enum {
	N_EVENTS = sizeof events / sizeof *events
};

/* As PERF_FORMAT_TOTAL_TIME_ENABLED and _RUNNING make it. */
struct reading {
	uint64_t value, enabled_ns, running_ns;
};

static struct counter {
	int fd;	   /* -1: it is not counted */
	int error; /* why not, or 0: nobody asked for it */
	struct reading before;
	bool known; /* `before` could be read */
} counters[N_EVENTS];

/* After so many commands they were read. */
static unsigned long runs_read;

/*
 * The events of one trial need not be enabled in the same moment, and older
 * kernels keep a clock for each kind; so much they may differ.
 */
static const double COVERED = 0.99;

static int
open_event(uint32_t type, uint64_t config, bool user_only, bool inherit)
{
	struct perf_event_attr attr = {
	    .size = sizeof attr,
	    .type = type,
	    .config = config,
	    .disabled = 1,
	    .inherit = inherit,
	    .enable_on_exec = inherit,
	    .pinned = inherit,
	    .exclude_kernel = user_only,
	    .exclude_hv = 1,
	    .read_format =
		PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	return (int)syscall(
	    SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/*
 * A second event that is not inherited, and never enabled. Without it the
 * events of a child are exactly ours, and the kernel, where it changes from us
 * to the child, exchanges the two sets instead (perf_event_context_sched_out):
 * what we hold would be enabled by that execve, and would end with that child.
 * Seen with Linux 6.18: after two or three trials all counts are 0.
 */
static bool
open_anchor(void)
{
	return open_event(
		   PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY, true, false) >= 0;
}

/* Whether it takes a right that we lack. */
static bool
is_denied(int error)
{
	return error == EACCES || error == EPERM;
}

static bool
is_wanted(size_t i, unsigned chosen)
{
	if (chosen != COUNTERS_DEFAULT)
		return chosen & 1u << i;
	return events[i].when == BY_DEFAULT ||
	       (events[i].when == INSTEAD && is_denied(counters[i - 1].error));
}

static const char *
name_of(size_t i)
{
	return builtin_names[events[i].builtin];
}

/* Why an event is not counted, for people. */
static const char *
why_not(int error)
{
	switch (error) {
	case 0:
		return "not among --events";
	case EACCES:
	case EPERM:
		return "not permitted (see kernel.perf_event_paranoid)";
	case ENOSYS:
		return "this kernel does not count";
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
	case EINVAL:
		return "there is no such counter here";
	default:
		return strerror(error);
	}
}

/* Whoever wants an event by its name, and does not get it, is told. */
static void
warn_of_missing(unsigned chosen, const bool declared[BUILTIN_COUNT])
{
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < N_EVENTS; i++) {
		bool named = declared[events[i].builtin] ||
			     (chosen != COUNTERS_DEFAULT && chosen & 1u << i);

		if (counters[i].fd < 0 && named && len < sizeof text)
			len += (size_t)snprintf(text + len, sizeof text - len,
			    "%s%s: %s", len ? "; " : "", name_of(i),
			    why_not(counters[i].error));
	}
	if (*text)
		warn("%s", text);
}

/* The event of that name, of `len` bytes, or N_EVENTS. */
static size_t
find_event(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < N_EVENTS; i++)
		if (strlen(name_of(i)) == len &&
		    memcmp(name_of(i), name, len) == 0)
			break;
	return i;
}

const char *
counters_parse(const char *list, unsigned *chosen)
{
	*chosen = 0;
	if (strcmp(list, "none") == 0)
		return NULL;
	for (;;) {
		size_t len = strcspn(list, ",");
		size_t i = find_event(list, len);

		if (i == N_EVENTS)
			return list;
		*chosen |= 1u << i;
		if (!list[len])
			return NULL;
		list += len + 1;
	}
}

const char *
counters_names(void)
{
	static char text[1024];
	size_t len = 0;

	for (size_t i = 0; i < N_EVENTS && len < sizeof text; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
		    i ? "," : "", name_of(i));
	return text;
}

void
counters_open(unsigned chosen, const bool declared[BUILTIN_COUNT])
{
	bool anchored = open_anchor();
	int error = errno;

	for (size_t i = 0; i < N_EVENTS; i++) {
		const struct event *e = &events[i];
		struct counter *counter = &counters[i];

		*counter = (struct counter){.fd = -1};
		if (!is_wanted(i, chosen) &&
		    (chosen != COUNTERS_DEFAULT || !declared[e->builtin]))
			continue;
		if (anchored)
			counter->fd =
			    open_event(e->type, e->config, e->user_only, true);
		if (counter->fd < 0)
			counter->error = anchored ? errno : error;
	}
	warn_of_missing(chosen, declared);
}

/* What the hardware counts, or why it does not. */
static const char *
hardware(void)
{
	int error = 0;

	for (size_t i = 0; i < N_EVENTS; i++)
		if (events[i].type != PERF_TYPE_HARDWARE)
			continue;
		else if (counters[i].fd >= 0)
			return "yes";
		else if (counters[i].error && (!error || is_denied(error)))
			error = counters[i].error;
	return why_not(error);
}

void
counters_describe(struct jline *caps)
{
	jline_list(caps, "events");
	for (size_t i = 0; i < N_EVENTS; i++)
		if (counters[i].fd >= 0)
			jline_string(caps, NULL, name_of(i));
	jline_list_end(caps);
	jline_string(caps, "hardware_counters", hardware());
}

static bool
take(const struct counter *counter, struct reading *reading)
{
	return read(counter->fd, reading, sizeof *reading) ==
	       (ssize_t)sizeof *reading;
}

void
counters_start(void)
{
	if (runs_read == process_runs())
		return; /* what was read after the last trial still holds */
	for (size_t i = 0; i < N_EVENTS; i++)
		if (counters[i].fd >= 0)
			counters[i].known =
			    take(&counters[i], &counters[i].before);
}

/* What was counted since counters_start; false where that is not known. */
static bool
spent(struct counter *counter, struct reading *reading)
{
	const struct reading *before = &counter->before;
	struct reading now;
	bool known = counter->known;

	counter->known = take(counter, reading);
	if (!known || !counter->known)
		return false;
	now = *reading;
	reading->value -= before->value;
	reading->enabled_ns -= before->enabled_ns;
	reading->running_ns -= before->running_ns;
	counter->before = now;
	return true;
}

/*
 * Whether an event was counted all the time. Where it had to share a counter of
 * the processor with others, it ran for less than it was enabled; where it was
 * refused one, as pinned events are, it is not even enabled any more, which the
 * longest time of all events shows.
 */
static bool
is_covered(const struct reading *r, uint64_t longest_ns)
{
	return r->running_ns == r->enabled_ns &&
	       (double)r->enabled_ns >= COVERED * (double)longest_ns;
}

bool
counters_stop(double values[BUILTIN_COUNT])
{
	struct reading readings[N_EVENTS];
	bool known[N_EVENTS], covered = true;
	uint64_t longest_ns = 0;

	runs_read = process_runs();
	for (size_t i = 0; i < N_EVENTS; i++) {
		known[i] =
		    counters[i].fd >= 0 && spent(&counters[i], &readings[i]);
		if (known[i] && readings[i].enabled_ns > longest_ns)
			longest_ns = readings[i].enabled_ns;
	}
	for (size_t i = 0; i < N_EVENTS; i++)
		if (known[i] && is_covered(&readings[i], longest_ns))
			values[events[i].builtin] = (double)readings[i].value;
		else if (counters[i].fd >= 0)
			covered = false;
	return covered;
}
