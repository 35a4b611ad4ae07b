#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "die.h"
#include "line.h"
#include "tool.h"
#include "wl-expand.h"

/* Options without a letter. */
enum {
	KEY_TIER = 256,
	KEY_SHARD,
	KEY_COVERAGE,
	KEY_AT_LEAST,
};

static const struct tool tool = {
    .name = "wl-expand",
    .synopsis = "[-cl] [-a ARCH] [-T NAME] [--tier N] [-t TAG] [-f GLOB] "
		"[-D NAME=VALUE] [--shard I/N] [-s N] [-p DIR] "
		"[--coverage LIST] [--at-least PERCENT] [file ...]",
    .purpose = "Expands workload files into cases, one line for each.",
    .options =
	(const struct tool_option[]){
	    {'a', "arch", "ARCH", "for this architecture (uname -m)"},
	    {'T', "target", "NAME", "whose criteria count (ARCH)"},
	    {KEY_TIER, "tier", "N", "only workloads of this tier"},
	    {'t', "tag", "TAG", "only workloads with the tag; ! negates"},
	    {'f', "filter", "GLOB", "only matching cases; ! negates"},
	    {'D', "define", "NAME=VALUE", "instead of a parameter's values"},
	    {KEY_SHARD, "shard", "I/N",
		"only the I-th of N parts of the cases"},
	    {'s', "seed", "N", "for the order of the run and for workloads"},
	    {'p', "path", "DIR", "where programs and scripts are found"},
	    {'l', "list", NULL, "a list for people"},
	    {'c', "check", NULL, "only check the files"},
	    {KEY_COVERAGE, "coverage", "LIST",
		"which items of a list the workloads measure"},
	    {KEY_AT_LEAST, "at-least", "PERCENT", "fail where they are fewer"},
	    {0},
	},
};

/*
 * Where a list of globs is cut: at a comma, but not at one that goes on in a
 * case's name, because what follows reads "name=": no glob of its own that
 * starts so can match.
 */
static const char *
end_of_glob(const char *text)
{
	for (;;) {
		const char *end = text + strcspn(text, ",");
		const char *word = end + 1;
		size_t len = 0;

		if (!*end || isdigit((unsigned char)*word))
			return end;
		while (isalnum((unsigned char)word[len]) || word[len] == '_')
			len++;
		if (len == 0 || word[len] != '=')
			return end;
		text = word;
	}
}

static void
add_globs(struct globs *globs, const char *option, const char *text)
{
	for (;;) {
		const char *end = end_of_glob(text);
		bool negated = *text == '!';

		text += negated;
		if (text == end)
			tool_usage(
			    &tool, "%s: an empty item: %s", option, optarg);
		*MEM_PUSH(globs->globs, globs->n, globs->capacity) =
		    (struct glob){
			.text = mem_format("%.*s", (int)(end - text), text),
			.negated = negated,
		    };
		if (!*end)
			return;
		text = end + 1;
	}
}

static void
add_definition(struct options *options, const char *text)
{
	struct definition d = {
	    .name = mem_format("%.*s", (int)strcspn(text, "="), text),
	    .value = strchr(text, '='),
	};

	if (!d.value || !text_is_name(d.name))
		tool_usage(&tool, "--define: not NAME=VALUE: %s", text);
	d.value++;
	for (size_t i = 0; i < options->n_definitions; i++)
		if (strcmp(options->definitions[i].name, d.name) == 0 &&
		    strcmp(options->definitions[i].value, d.value) == 0)
			tool_usage(&tool, "--define: twice: %s", text);
	*MEM_PUSH(options->definitions, options->n_definitions,
	    options->definitions_capacity) = d;
}

/* Returns false where there is no such directory. */
static bool
add_path(struct options *options, const char *dir)
{
	char *path = realpath(dir, NULL);

	if (path && !text_is_clean(path))
		die("%s: a control character in a directory's name", path);
	if (path)
		*MEM_PUSH(options->paths, options->n_paths,
		    options->paths_capacity) = path;
	return path;
}

/* As the shell reads PATH: what is not there is passed over. */
static void
add_environment_path(struct options *options)
{
	const char *path = getenv("WL_PATH");

	while (path && *path) {
		size_t len = strcspn(path, ":");
		char *dir = mem_format("%.*s", (int)len, path);

		if (len)
			add_path(options, dir);
		free(dir);
		path += len + (path[len] == ':');
	}
}

static void
read_shard(struct options *options, const char *text)
{
	unsigned long i, n;
	char end;

	if (!isdigit((unsigned char)*text) ||
	    sscanf(text, "%lu/%lu%c", &i, &n, &end) != 2 || i < 1 || i > n)
		tool_usage(
		    &tool, "--shard: not I/N with I from 1 to N: %s", text);
	options->shard = i - 1;
	options->shards = n;
}

/* Records and messages have no place for a control character. */
static const char *
clean(const char *option, const char *text)
{
	if (!text_is_clean(text))
		tool_usage(&tool, "%s: a control character", option);
	if (!*text)
		tool_usage(&tool, "%s: an empty name", option);
	return text;
}

static void
read_option(struct options *options, int key)
{
	switch (key) {
	case 'a':
		options->arch = clean("--arch", optarg);
		break;
	case 'T':
		options->target = clean("--target", optarg);
		break;
	case KEY_TIER:
		options->tier =
		    (double)tool_integer(&tool, "--tier", optarg, 0, 1000);
		break;
	case 't':
		add_globs(&options->tags, "--tag", optarg);
		break;
	case 'f':
		add_globs(&options->filters, "--filter", optarg);
		break;
	case 'D':
		add_definition(options, optarg);
		break;
	case KEY_SHARD:
		read_shard(options, optarg);
		break;
	case 's':
		options->seed = (double)tool_integer(
		    &tool, "--seed", optarg, 0, (1L << 53) - 1);
		break;
	case 'p':
		if (!add_path(options, optarg))
			die_errno("--path: %s", optarg);
		break;
	case 'l':
		options->list = true;
		break;
	case 'c':
		options->check = true;
		break;
	case KEY_COVERAGE:
		options->coverage = clean("--coverage", optarg);
		break;
	case KEY_AT_LEAST:
		options->at_least =
		    tool_number(&tool, "--at-least", optarg, 0, 100);
		break;
	}
}

static void
read_options(struct options *options, int argc, char *argv[])
{
	static struct utsname host;
	int key;

	*options = (struct options){
	    .tier = (double)NAN,
	    .seed = (double)NAN,
	    .shards = 1,
	    .at_least = (double)NAN,
	};
	while ((key = tool_next(&tool, argc, argv)) != -1)
		read_option(options, key);
	if (options->coverage && (options->list || options->check))
		tool_usage(&tool, "--coverage goes without --list and --check");
	if (!options->coverage && !isnan(options->at_least))
		tool_usage(&tool, "--at-least needs --coverage");
	if (!options->arch && uname(&host) == 0)
		options->arch = host.machine;
	if (!options->target)
		options->target = options->arch;
	add_environment_path(options);
}

static void
release_globs(struct globs *globs)
{
	for (size_t i = 0; i < globs->n; i++)
		free(globs->globs[i].text);
	free(globs->globs);
}

static void
release_options(struct options *options)
{
	release_globs(&options->tags);
	release_globs(&options->filters);
	for (size_t i = 0; i < options->n_definitions; i++)
		free(options->definitions[i].name);
	free(options->definitions);
	for (size_t i = 0; i < options->n_paths; i++)
		free(options->paths[i]);
	free(options->paths);
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct workloads workloads;
	int status = STATUS_DONE;

	tool_start(&tool, argv);
	read_options(&options, argc, argv);
	workloads_read(&workloads, &options, argv + optind);
	if (options.check)
		workloads_warn(&workloads);
	else if (options.coverage)
		status = coverage_write(&workloads, &options);
	else if (options.list)
		status = workloads_list(&workloads, &options);
	else
		status = workloads_write(&workloads, &options);

	workloads_release(&workloads);
	release_options(&options);
	out_close();
	return status;
}
