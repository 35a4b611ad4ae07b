/*
 * mk-baseline: accept a run as (part of) a baseline.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "metric.h"
#include "mk-baseline.h"
#include "replace.h"
#include "tool.h"

enum {
	KEY_PRUNE = 256,
	KEY_REASON,
};

enum {
	MOST_KEPT = 1000
};

/* A median that moves by more is worth a line. */
#define WORTH_SAYING 0.05

static const struct tool_option options[] = {
    {'b', "baseline", "FILE", "the file to update; else write to stdout"},
    {'f', "force", NULL, "accept what else is refused"},
    {'g', "grow", NULL, "only metrics with fewer than N sessions"},
    {'k', "keep", "N", "how many sessions a metric keeps (10)"},
    {'m', "match", "TEXT", "only cases and metrics whose name has TEXT"},
    {'q', "quiet", NULL, "do not say what changed"},
    {KEY_REASON, "reason", "TEXT", "keep with it why it was accepted"},
    {KEY_PRUNE, "prune", NULL, "drop the metrics that this run has not"},
    {'v', "variant", "NAME", "accept this variant"},
    {0},
};

static const struct tool tool = {
    .name = "mk-baseline",
    .synopsis = "[-fgq] [-b FILE] [-k N] [-m TEXT] [--reason TEXT] [--prune] "
		"[-v NAME] [file ...]",
    .purpose = "Accept the summaries of runs as (part of) a baseline.",
    .options = options,
};

struct settings {
	struct choice choice;
	const char *file;
	bool quiet;
};

static void
read_options(struct settings *settings, int argc, char *argv[])
{
	struct choice *choice = &settings->choice;
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'b':
			settings->file = optarg;
			break;
		case 'f':
			choice->force = true;
			break;
		case 'g':
			choice->grow = true;
			break;
		case 'k':
			choice->keep = (size_t)tool_integer(
			    &tool, "--keep", optarg, 1, MOST_KEPT);
			break;
		case 'm':
			*MEM_PUSH(choice->match, choice->n_match,
			    choice->match_capacity) = optarg;
			break;
		case 'q':
			settings->quiet = true;
			break;
		case 'v':
			choice->variant = optarg;
			break;
		case KEY_REASON:
			choice->reason = *optarg ? optarg : NULL;
			break;
		case KEY_PRUNE:
			choice->prune = true;
			break;
		}
	if (choice->grow && choice->prune)
		tool_usage(&tool, "--grow and --prune: one of them only");
	if (settings->file && strcmp(settings->file, "-") == 0)
		tool_usage(&tool, "--baseline: not a file: -");
}

static void
tell_move(const struct entry *entry)
{
	const char *unit = entry->metric.unit ? entry->metric.unit : "";
	double before = entry->before, after = entry_median(entry);
	char from[64], to[64], change[32] = "";

	if (!(fabs(after - before) > WORTH_SAYING * fabs(before)))
		return;
	metric_format(from, sizeof from, before, unit);
	metric_format(to, sizeof to, after, unit);
	if (before != 0)
		change_format(
		    change, sizeof change, (after - before) / fabs(before));
	warn("case %s: metric %s: the median moved %s%sfrom %s to %s",
	    entry->metric.name, entry->metric.metric, change,
	    *change ? ", " : "", from, to);
}

/* What was done; moves are told where a person accepted them. */
static void
tell(const struct store *store, const char *name, bool changed, bool moves)
{
	size_t n = 0, fresh = 0, least = 0, most = 0;

	for (size_t i = 0; i < store->n; i++) {
		const struct entry *entry = &store->entries[i];

		if (!entry->touched)
			continue;
		least = n && least < entry->n ? least : entry->n;
		most = most > entry->n ? most : entry->n;
		n++;
		if (isnan(entry->before))
			fresh++;
		else if (moves)
			tell_move(entry);
	}
	if (store->n_doubtful)
		warn("%s: metrics that may have changed, and are not added: "
		     "%zu",
		    name, store->n_doubtful);
	if (!changed)
		warn("%s: nothing to change", name);
	else if (least == most)
		warn("%s: metrics: %zu, new: %zu, sessions of each: %zu", name,
		    n, fresh, least);
	else
		warn("%s: metrics: %zu, new: %zu, sessions of each: %zu to %zu",
		    name, n, fresh, least, most);
}

static void
update(const struct settings *settings, const struct input *input)
{
	const char *name = settings->file ? settings->file : "<stdout>";
	struct store store = {0};
	struct place place;
	char *before, *head, *body, *text;
	bool changed;

	record_clear(&baseline_file_type, &store.head);
	if (settings->file) {
		place_open(&place, settings->file);
		store_read(&store, settings->file);
	}
	before = store_body_text(&store);
	store_merge(&store, name, input, &settings->choice);
	if (settings->choice.prune)
		store_prune(&store, input, &settings->choice);
	head = store_head_text(&store);
	body = store_body_text(&store);
	text = mem_format("%s%s", head, body);
	changed = strcmp(before, body) != 0;
	if (!settings->file)
		out_line(text, strlen(text) - 1);
	else if (changed)
		replace_file(place.path, text, strlen(text));
	if (!settings->quiet)
		tell(&store, name, changed, !settings->choice.grow);
	if (settings->file)
		place_release(&place);
	free(before);
	free(head);
	free(body);
	free(text);
	store_release(&store);
}

int
main(int argc, char *argv[])
{
	struct settings settings = {.choice.keep = SESSIONS_KEPT};
	struct input input;

	tool_start(&tool, argv);
	read_options(&settings, argc, argv);
	input_read(&input, argv + optind);
	input_choose(&input, &settings.choice);
	update(&settings, &input);
	input_release(&input);
	free(settings.choice.match);
	return out_close();
}
