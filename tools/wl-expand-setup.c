#include <math.h>

#include "cpus.h"
#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	MAX_COUNT = 1000000000, /* of processes, files, seconds */
};

char *
setup_cpus(const struct node *node)
{
	size_t n = node_count(node, "cpus");
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < n; i++) {
		const struct node *item = node_item(node, i);
		const char *text = node_full_text(item, "cpus");

		if (!cpus_add(&set, text))
			node_die(item,
			    "cpus must be numbers from 0 to %d or ranges of "
			    "them, such as 0-1,3: %s",
			    CPUS_LAST, text);
	}
	return cpus_text(&set);
}

/* The kernel counts processor time that has a limit in whole seconds. */
static double
whole_seconds(const struct node *node, const char *what)
{
	double s = node_seconds(node, what);

	if (s != trunc(s) && node)
		node_die(
		    node, "%s must be in whole seconds: %s", what, node->text);
	if (s > MAX_COUNT)
		node_die(node, "%s must be up to %ds: %s", what, MAX_COUNT,
		    node->text);
	return s;
}

char *
setup_limits(const struct node *node)
{
	const struct node *memory, *cpu, *processes, *open_files, *file_size;
	const struct node *stack, *cpu_time;
	const struct field fields[] = {
	    {"memory", &memory},
	    {"cpu", &cpu},
	    {"processes", &processes},
	    {"open_files", &open_files},
	    {"file_size", &file_size},
	    {"stack", &stack},
	    {"cpu_time", &cpu_time},
	};
	struct jline line = {0};
	struct limits limits;

	node_fields(node, "limits", fields, COUNT(fields));
	if (!node->n)
		node_die(node, "limits is empty");
	record_clear(&limits_type, &limits);
	limits.memory = node_bytes(memory, "memory");
	limits.cpu = node_range(cpu, "cpu", 0.01, CPUS_LAST);
	limits.processes = node_integer(processes, "processes", 1, MAX_COUNT);
	/* With fewer no program can open what it is linked with. */
	limits.open_files =
	    node_integer(open_files, "open_files", 4, MAX_COUNT);
	limits.file_size = node_bytes(file_size, "file_size");
	limits.stack = node_bytes(stack, "stack");
	limits.cpu_time_s = whole_seconds(cpu_time, "cpu_time");
	record_put(&line, NULL, &limits_type, &limits);
	return line.text;
}

double
setup_monitor(const struct node *interval, const struct node *ms)
{
	double s = node_seconds(interval, "monitor");

	if (interval && ms)
		node_die(ms,
		    "monitoring_interval_ms is another word for monitor: leave "
		    "one out");
	if (s < 0.001 || s > 3600)
		node_die(interval, "monitor must be from 1ms to 1h: %s",
		    interval->text);
	return ms ? node_range(ms, "monitoring_interval_ms", 1, 3600000) / 1000
		  : s;
}
