/* What the command line says. */
#include "wl-run.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "die.h"
#include "tool.h"

/* The options that have no letter. */
enum {
	KEY_STRICT_ENV = 256,
	KEY_NO_TABLE,
	KEY_EVENTS,
	KEY_CPUS,
	KEY_NO_ASLR,
	KEY_NO_PAD,
	KEY_COOL,
	KEY_KEEP_OUTPUT,
	KEY_MONITOR,
	KEY_PROBE,
	KEY_RETRY,
	KEY_ADAPTIVE,
	KEY_CACHE,
};

static const struct tool_option tool_options[] = {
    {'n', "iterations", "N", "measure each case N times, whatever it says"},
    {'w', "warmup", "N", "run each case N times before, unmeasured"},
    {'t', "timeout", "SECONDS", "end a trial that takes longer"},
    {'g', "grace", "SECONDS", "from SIGTERM to SIGKILL (2)"},
    {'b', "budget", "SECONDS", "go on with what needs it most, for so long"},
    {'o', "order", "ORDER", "rounds, abba, random or sequential (rounds)"},
    {'s', "seed", "N", "of the order and of WL_SEED (1)"},
    {'V', "variant", "NAME=DIR", "measure the build in DIR, beside others"},
    {'A', "aa", "N", "measure N cases twice, to see false changes"},
    {KEY_ADAPTIVE, "adaptive", "COMMAND",
	"15 to 40 rounds, till it finds all decided"},
    {KEY_CPUS, "cpus", "LIST", "run on these CPUs, where a case names none"},
    {KEY_NO_ASLR, "no-aslr", NULL, "the same addresses in every trial"},
    {KEY_NO_PAD, "no-pad", NULL, "the same environment in every trial"},
    {KEY_COOL, "cool", "SECONDS", "a random pause, up to so long, before each"},
    {KEY_KEEP_OUTPUT, "keep-output", "DIR", "keep there what a failure wrote"},
    {KEY_CACHE, "cache", "DIR", "keep fixtures there"},
    {KEY_PROBE, "probe", "PERCENT", "of the time for the probe; 0: none (1)"},
    {KEY_RETRY, "retry-perturbed", "N",
	"make a trial with flags again, N times (0)"},
    {KEY_MONITOR, "monitor", "TIME",
	"look at what a trial uses, so often: 100ms"},
    {KEY_STRICT_ENV, "strict-env", NULL, "refuse a machine with warnings"},
    {KEY_EVENTS, "events", "LIST", "what the kernel counts, or none"},
    {'p', "progress", "HOW", "auto, plain or none (auto)"},
    {KEY_NO_TABLE, "no-table", NULL, "no table at the end"},
    {'j', "journal", "FILE", "write all records to this new file, too"},
    {'r', "resume", "FILE", "go on with the run in a journal"},
    {'q', "quiet", NULL, "no progress and no table"},
    {0},
};

const struct tool wl_run_tool = {
    .name = "wl-run",
    .synopsis = "[option ...] [file ...]",
    .purpose = "Run every case, interleaved, and measure it.",
    .options = tool_options,
};
#define TOOL (&wl_run_tool)

static const struct settings defaults = {
    .iterations = -1,
    .warmup = -1,
    .timeout_s = NAN,
    .grace_s = 2,
    .seed = NAN,
    .budget_s = NAN,
    .events = COUNTERS_DEFAULT,
    .monitor_s = NAN,
    .probe_percent = 1,
};

/* Options whose argument is a number of a range, and options without one. */
static const struct parsed {
	int key;
	enum {
		PARSED_INTEGER, /* long */
		PARSED_NUMBER,	/* double */
		PARSED_TIME,	/* the same, with a unit or in seconds */
		PARSED_TRUTH	/* bool */
	} kind;
	size_t offset; /* in struct settings */
	double least, most;
} parsed[] = {
#define SETTING(member) offsetof(struct settings, member)
    {'n', PARSED_INTEGER, SETTING(iterations), 1, 1e6},
    {'w', PARSED_INTEGER, SETTING(warmup), 0, 1e6},
    {'t', PARSED_NUMBER, SETTING(timeout_s), 1e-3, 1e9},
    {'g', PARSED_NUMBER, SETTING(grace_s), 0, 1e6},
    {'b', PARSED_NUMBER, SETTING(budget_s), 0, 1e9},
    {'A', PARSED_INTEGER, SETTING(shadows), 1, 1e6},
    {KEY_NO_ASLR, PARSED_TRUTH, SETTING(no_aslr), 0, 0},
    {KEY_NO_PAD, PARSED_TRUTH, SETTING(no_pad), 0, 0},
    {KEY_COOL, PARSED_NUMBER, SETTING(cool_s), 0, 3600},
    {KEY_PROBE, PARSED_NUMBER, SETTING(probe_percent), 0, 100},
    {KEY_RETRY, PARSED_INTEGER, SETTING(retries), 0, 1000},
    {KEY_MONITOR, PARSED_TIME, SETTING(monitor_s), 1e-3, 3600},
    {KEY_STRICT_ENV, PARSED_TRUTH, SETTING(strict_env), 0, 0},
    {'q', PARSED_TRUTH, SETTING(quiet), 0, 0},
    {KEY_NO_TABLE, PARSED_TRUTH, SETTING(no_table), 0, 0},
#undef SETTING
};

/* "--iterations", for a message. */
static const char *
long_name(int key)
{
	static char text[64];

	for (const struct tool_option *o = tool_options; o->name; o++)
		if (o->key == key)
			snprintf(text, sizeof text, "--%s", o->name);
	return text;
}

static double
parse_time(const struct parsed *p, const char *text)
{
	double s = seconds_parse(text);

	if (isnan(s))
		tool_usage(TOOL, "%s: not a time such as 2, 500ms or 1m: %s",
		    long_name(p->key), text);
	if (!(s >= p->least && s <= p->most))
		tool_usage(TOOL, "%s: must be from %gs to %gs: %s",
		    long_name(p->key), p->least, p->most, text);
	return s;
}

/* Whether the option is in the table; then it is done. */
static bool
parse(struct settings *settings, int key, const char *text)
{
	for (size_t i = 0; i < sizeof parsed / sizeof *parsed; i++) {
		const struct parsed *p = &parsed[i];
		void *member = (char *)settings + p->offset;

		if (p->key != key)
			continue;
		if (p->kind == PARSED_INTEGER)
			*(long *)member = tool_integer(TOOL, long_name(key),
			    text, (long)p->least, (long)p->most);
		else if (p->kind == PARSED_TIME)
			*(double *)member = parse_time(p, text);
		else if (p->kind == PARSED_NUMBER)
			*(double *)member = tool_number(
			    TOOL, long_name(key), text, p->least, p->most);
		else
			*(bool *)member = true;
		return true;
	}
	return false;
}

/* Which of some words an argument is. */
static int
parse_word(int key, const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	tool_usage(TOOL, "%s: none of its words: %s", long_name(key), text);
}

static const char *const order_words[] = {
    [ORDER_ROUNDS] = "rounds",
    [ORDER_ABBA] = "abba",
    [ORDER_RANDOM] = "random",
    [ORDER_SEQUENTIAL] = "sequential",
    [ORDER_SEQUENTIAL + 1] = NULL,
};

static const char *const showing_words[] = {
    [SHOWING_AUTO] = "auto",
    [SHOWING_PLAIN] = "plain",
    [SHOWING_NONE] = "none",
    [SHOWING_NONE + 1] = NULL,
};
static unsigned
parse_events(const char *list)
{
	unsigned chosen;
	const char *unknown = counters_parse(list, &chosen);

	if (unknown)
		tool_usage(TOOL, "--events: not an event: %.*s; there are %s",
		    (int)strcspn(unknown, ","), unknown, counters_names());
	return chosen;
}

/* The list is kept as short as it can be. */
static char *
parse_cpus(const char *text)
{
	char *missing;
	cpu_set_t set;

	CPU_ZERO(&set);
	if (!cpus_add(&set, text))
		tool_usage(TOOL,
		    "--cpus: not numbers from 0 to %d or ranges of them, such "
		    "as 0-1,3: %s",
		    CPUS_LAST, text);
	missing = machine_lacks_cpus(&set);
	if (missing)
		die("--cpus: %s", missing);
	return cpus_text(&set);
}

static void
add_variant(struct jobs *jobs, char *name, char *dir)
{
	*MEM_PUSH(jobs->variants, jobs->n_variants, jobs->variants_capacity) =
	    (struct variant){.name = name, .dir = dir};
}

/*
 * NAME=DIR; the directory is kept as the system calls it. That of a run that is
 * gone on with is so already, and may be there no more.
 */
static void
parse_variant(struct jobs *jobs, const char *text, bool recorded)
{
	size_t len = strcspn(text, "=");
	char *name = mem_format("%.*s", (int)len, text);
	char *dir;

	if (!len || !text[len] || strpbrk(name, " \t\n/"))
		tool_usage(TOOL, "--variant: not NAME=DIR: %s", text);
	if (strcmp(name, SHADOW_VARIANT) == 0)
		tool_usage(TOOL,
		    "--variant: %s is the name of the shadow of "
		    "--aa",
		    name);
	for (size_t i = 0; i < jobs->n_variants; i++)
		if (strcmp(jobs->variants[i].name, name) == 0)
			tool_usage(TOOL, "--variant: a second %s", name);
	dir = recorded ? mem_copy(text + len + 1)
		       : realpath(text + len + 1, NULL);
	if (!dir || (!recorded && access(dir, X_OK) < 0))
		die_errno("--variant: %s", text + len + 1);
	add_variant(jobs, name, dir);
}

/* Without any there is one that has no name; and the shadow comes last. */
static void
complete_variants(struct jobs *jobs)
{
	const char *dir;

	if (!jobs->n_variants)
		add_variant(jobs, NULL, NULL);
	dir = jobs->variants[0].dir;
	if (jobs->settings.shadows)
		add_variant(
		    jobs, mem_copy(SHADOW_VARIANT), dir ? mem_copy(dir) : NULL);
}

/* One option; true where it says how to measure. */
static bool
take(struct jobs *jobs, int key, const char *argument, bool recorded)
{
	struct settings *settings = &jobs->settings;

	switch (key) {
	case 's':
		settings->seed =
		    (double)tool_integer(TOOL, "--seed", argument, 0, 1L << 53);
		break;
	case 'o':
		settings->order =
		    (enum order)parse_word(key, argument, order_words);
		break;
	case 'p':
		settings->showing =
		    (enum showing)parse_word(key, argument, showing_words);
		return false;
	case KEY_CPUS:
		free(settings->cpus);
		settings->cpus = parse_cpus(argument);
		break;
	case KEY_KEEP_OUTPUT:
		settings->keep_output = argument;
		break;
	case KEY_CACHE:
		settings->cache = argument;
		break;
	case KEY_ADAPTIVE:
		settings->adaptive = argument;
		break;
	case KEY_EVENTS:
		settings->events = parse_events(argument);
		break;
	case 'V':
		parse_variant(jobs, argument, recorded);
		break;
	case 'j':
	case 'r':
		if (jobs->journal.path)
			tool_usage(TOOL, "only one --journal or --resume");
		jobs->journal.path = argument;
		jobs->journal.resumes = key == 'r';
		return false;
	default:
		parse(settings, key, argument);
		return key != 'q' && key != KEY_NO_TABLE;
	}
	return true;
}

/* Keeps an option that was taken, as a text that means the same later. */
static void
remember(struct jobs *jobs, int key, const char *argument)
{
	const struct variant *variants = jobs->variants;
	size_t n = jobs->n_variants;
	char *text;

	if (key == 'V')
		text = mem_format("--variant=%s=%s", variants[n - 1].name,
		    variants[n - 1].dir);
	else if (argument)
		text = mem_format("%s=%s", long_name(key), argument);
	else
		text = mem_copy(long_name(key));
	*MEM_PUSH(jobs->options, jobs->n_options, jobs->options_capacity) =
	    text;
}

/* What cannot be had together. */
static void
check_adaptive(const struct jobs *jobs)
{
	const struct settings *settings = &jobs->settings;

	if (!settings->adaptive)
		return;
	if (!jobs->journal.path)
		tool_usage(TOOL, "--adaptive needs a --journal to look at");
	if (settings->iterations >= 0 || !isnan(settings->budget_s))
		tool_usage(TOOL,
		    "--adaptive says how often, so there can be no "
		    "--iterations and no --budget");
}

void
options_parse(struct jobs *jobs, int argc, char *argv[])
{
	int key;

	jobs->settings = defaults;
	jobs->program = argv[0];
	tool_start(TOOL, argv);
	while ((key = tool_next(TOOL, argc, argv)) != -1)
		if (take(jobs, key, optarg, false))
			remember(jobs, key, optarg);
	check_adaptive(jobs);
	complete_variants(jobs);
}

char *
options_text(const struct jobs *jobs)
{
	struct jline line = {0};

	jline_list(&line, NULL);
	for (size_t i = 0; i < jobs->n_options; i++)
		jline_string(&line, NULL, jobs->options[i]);
	jline_list_end(&line);
	return line.text;
}

void
options_release(struct jobs *jobs)
{
	for (size_t v = 0; v < jobs->n_variants; v++) {
		free((char *)jobs->variants[v].name);
		free((char *)jobs->variants[v].dir);
	}
	free(jobs->variants);
	for (size_t i = 0; i < jobs->n_options; i++)
		free(jobs->options[i]);
	free(jobs->options);
	free(jobs->settings.cpus);
}

/* --- a run that is gone on with --- */

/* Takes an option as it was remembered. */
static void
take_text(struct jobs *jobs, const char *text)
{
	char *copy; /* which lives on, as some settings are parts of it */

	for (const struct tool_option *o = tool_options; text && o->name; o++) {
		const char *name = long_name(o->key);
		size_t len = strlen(name);

		if (strncmp(text, name, len) != 0 ||
		    text[len] != (o->argument ? '=' : '\0'))
			continue;
		copy = mem_copy(text);
		take(jobs, o->key, o->argument ? copy + len + 1 : NULL, true);
		*MEM_PUSH(jobs->options, jobs->n_options,
		    jobs->options_capacity) = copy;
		return;
	}
	die("%s: its run was given an option that is not known here: %s",
	    jobs->journal.path, text ? text : "not a text");
}

static bool
has_option(const struct jobs *jobs, const char *text)
{
	for (size_t i = 0; i < jobs->n_options; i++)
		if (strcmp(jobs->options[i], text) == 0)
			return true;
	return false;
}

/* The options of some kind that we are given must be those of the run. */
static void
compare_options(
    const struct jobs *run, const struct jobs *given, const char *prefix)
{
	const char *path = given->journal.path;
	size_t len = strlen(prefix), n = 0;

	for (size_t i = 0; i < given->n_options; i++) {
		const char *text = given->options[i];

		if (strncmp(text, prefix, len) != 0)
			continue;
		n++;
		if (!has_option(run, text))
			die("%s: its run was not given %s", path, text);
	}
	for (size_t i = 0; n && i < run->n_options; i++)
		if (strncmp(run->options[i], prefix, len) == 0 &&
		    !has_option(given, run->options[i]))
			die("%s: its run was given %s, too", path,
			    run->options[i]);
}

void
options_resume(struct jobs *jobs, const struct run *run)
{
	struct jobs given = *jobs;
	const tree *options = run->options.value;

	jobs->settings = defaults;
	jobs->settings.showing = given.settings.showing;
	jobs->settings.no_table = given.settings.no_table;
	jobs->settings.quiet = given.settings.quiet;
	jobs->variants = NULL;
	jobs->n_variants = jobs->variants_capacity = 0;
	jobs->options = NULL;
	jobs->n_options = jobs->options_capacity = 0;
	for (size_t i = 0; i < tree_length(options); i++)
		take_text(jobs, tree_string(tree_at(options, i)));
	if (given.settings.seed != run->seed && !isnan(given.settings.seed))
		die("%s: the seed of its run is %.0f", jobs->journal.path,
		    run->seed);
	compare_options(jobs, &given, "--variant=");
	compare_options(jobs, &given, "--aa=");
	for (size_t i = 0; i < given.n_options; i++)
		if (!has_option(jobs, given.options[i]))
			take_text(jobs, given.options[i]);
	check_adaptive(jobs);
	jobs->settings.seed = run->seed;
	complete_variants(jobs);
	options_release(&given);
}
