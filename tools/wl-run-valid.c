/* Whether a case makes sense: its mistakes are found before any is run. */
#include "wl-run-place.h"

#include <math.h>
#include <string.h>

#include "cpus.h"

/* A number that is there is in its range; NAN is one that is not there. */
static void
check_range(const struct lines *in, const char *name, double x, double least,
    double most)
{
	if (x < least || x > most)
		lines_die(
		    in, "%s must be from %g to %g: %g", name, least, most, x);
}

static void
check_whole(const struct lines *in, const char *name, double x, double least,
    double most)
{
	check_range(in, name, x, least, most);
	if (x != trunc(x) && !isnan(x))
		lines_die(in, "%s is not a whole number: %g", name, x);
}

static void
check_numbers(const struct lines *in, const struct loaded *loaded)
{
	const struct exec *exec = &loaded->exec;
	const double many = 1e9, long_s = 1e9;

	check_whole(in, "seed", loaded->record.seed, 0, 0x1p53);
	check_whole(in, "warmup", exec->warmup, 0, many);
	check_whole(in, "min_iterations", exec->min_iterations, 1, many);
	check_whole(in, "max_iterations", exec->max_iterations, 1, many);
	check_range(in, "precision_percent", exec->precision_percent, 0, 100);
	check_range(in, "budget_s", exec->budget_s, 0, long_s);
	check_range(in, "timeout_s", exec->timeout_s, 1e-6, long_s);
	check_whole(in, "exit", loaded->expect.exit, 0, 255);
	for (size_t i = 0; i < exec->ok_exit.n; i++)
		check_whole(in, "ok_exit", exec->ok_exit.x[i], 0, 255);
}

static void
check_setup(const struct lines *in, const struct loaded *loaded)
{
	const struct exec *exec = &loaded->exec;
	const struct limits *limits = &loaded->limits;
	const double many = 1e9, bytes = 0x1p53;
	cpu_set_t unused;

	CPU_ZERO(&unused);
	if (exec->cpus && !cpus_add(&unused, exec->cpus))
		lines_die(in, "cpus is not a list of CPUs: %s", exec->cpus);
	check_whole(in, "nice", exec->nice, -20, 19);
	check_range(in, "monitor_s", exec->monitor_s, 1e-3, 3600);
	check_whole(in, "memory", limits->memory, 1, bytes);
	check_range(in, "cpu", limits->cpu, 0.01, CPUS_LAST);
	check_whole(in, "processes", limits->processes, 1, many);
	check_whole(in, "open_files", limits->open_files, 4, many);
	check_whole(in, "file_size", limits->file_size, 1, bytes);
	check_whole(in, "stack", limits->stack, 1, bytes);
	check_whole(in, "cpu_time_s", limits->cpu_time_s, 1, many);
}

/* A part that is no object, or no list, would be taken for an empty one. */
static void
check_parts(const struct lines *in, const struct loaded *loaded)
{
	const struct exec *exec = &loaded->exec;
	const struct {
		const char *name;
		const tree *value;
	} objects[] = {
	    {"exec", loaded->record.exec.value},
	    {"params", loaded->record.params.value},
	    {"env", exec->env.value},
	    {"expect", exec->expect.value},
	    {"requires", exec->requires.value},
	    {"limits", exec->limits.value},
	};
	const tree *value;
	const char *name;
	void *at = NULL;

	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
		if (objects[i].value && !tree_is_object(objects[i].value))
			lines_die(in, "%s is not an object", objects[i].name);
	if (loaded->record.metrics.value &&
	    !tree_is_array(loaded->record.metrics.value))
		lines_die(in, "metrics is not a list");
	while ((value = tree_member(exec->env.value, &at, &name))) {
		if (!*name || strchr(name, '='))
			lines_die(
			    in, "env: not a name of a variable: \"%s\"", name);
		if (!tree_string(value) && !tree_is_bool(value) &&
		    isnan(tree_number(value)))
			lines_die(in,
			    "env: %s is neither a text, a number nor a truth",
			    name);
	}
}

static bool
is_digest(const char *text)
{
	return strlen(text) == 64 &&
	       strspn(text, "0123456789abcdefABCDEF") == 64;
}

/* Two cases of one name would be one to everybody who reads their samples. */
void
valid_check(const struct loaded *loaded, struct index *names)
{
	const struct lines *in = &loaded->reader.lines;

	if (!loaded->record.exec.value)
		lines_die(in, "exec is missing");
	check_parts(in, loaded);
	stages_check(loaded);
	services_check(loaded);
	fixture_check(loaded);
	if (!loaded->n_stages && !loaded->record.status)
		lines_die(in, "exec has no command");
	if (case_is_probe(loaded->record.name))
		lines_die(in, "%s is the name of wl-run's own probe",
		    loaded->record.name);
	if (index_find(names, loaded->record.name) != INDEX_NONE)
		lines_die(
		    in, "a second case of the name %s", loaded->record.name);
	index_add(names, loaded->record.name);
	check_numbers(in, loaded);
	check_setup(in, loaded);
	if (!*loaded->record.name)
		lines_die(in, "the case's name is empty");
	if (loaded->expect.sha256 && !is_digest(loaded->expect.sha256))
		lines_die(in, "sha256 is not 64 hexadecimal digits: %s",
		    loaded->expect.sha256);
	if (loaded->expect.regex && !output_is_regex(loaded->expect.regex))
		lines_die(
		    in, "not a regular expression: %s", loaded->expect.regex);
	for (size_t i = 0; i < loaded->n_metrics; i++) {
		const struct metric *m = &loaded->metrics[i];
		struct aggregator unused;

		if (m->aggregator && !aggregator_parse(m->aggregator, &unused))
			lines_die(in, "metric %s: unknown aggregator: %s",
			    m->name, m->aggregator);
	}
}
