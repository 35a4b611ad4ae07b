/*
 * stat-trend: find where the series of a history changed.
 */
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-trend.h"
#include "tool.h"

enum {
	KEY_FDR = 256,
	KEY_SEED,
};

static const struct tool_option options[] = {
    {'a', "alpha", "P", "how often a series may have a false step (0.01)"},
    {'q', "max-q", "Q", "how many of the steps may be false (0.05)"},
    {'e', "min-effect", "PERCENT", "tell of no smaller change (2)"},
    {'m', "min-segment", "N", "how many points a level has (4)"},
    {KEY_FDR, "fdr", "NAME", "correct by bh, by, holm or none (bh)"},
    {KEY_SEED, "seed", "N", "taken, and not needed: nothing is random"},
    {'t', "text", NULL, "write a list for people, and no records"},
    {'x', "exit-status", NULL, "exit with 1 where a series is worse"},
    {0},
};

static const struct tool tool = {
    .name = "stat-trend",
    .synopsis = "[-tx] [-a P] [-q Q] [-e PERCENT] [-m N] [--fdr NAME] "
		"[--seed N] [file ...]",
    .purpose = "Find where the series of a history changed.",
    .options = options,
};

static enum stats_correction
parse_correction(const char *name)
{
	static const char *const names[] = {
	    [STATS_BENJAMINI_HOCHBERG] = "bh",
	    [STATS_BENJAMINI_YEKUTIELI] = "by",
	    [STATS_HOLM] = "holm",
	    [STATS_UNCORRECTED] = "none",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return (enum stats_correction)i;
	tool_usage(&tool, "--fdr: one of bh, by, holm and none: %s", name);
}

/* A fraction from percents, with their sign or without. */
static double
parse_percent(const char *option, char *text)
{
	size_t length = strlen(text);

	if (length > 1 && text[length - 1] == '%')
		text[length - 1] = '\0';
	return tool_number(&tool, option, text, 0, 1000) / 100;
}

static struct choices
parse_options(int argc, char *argv[])
{
	struct choices choices = {
	    .alpha = 0.01,
	    .rate = 0.05,
	    .min_effect = 0.02,
	    .least = STEP_LEAST,
	    .correction = STATS_BENJAMINI_HOCHBERG,
	};
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'a':
			choices.alpha =
			    tool_number(&tool, "--alpha", optarg, 1e-9, 0.5);
			break;
		case 'q':
			choices.rate =
			    tool_number(&tool, "--max-q", optarg, 1e-9, 1);
			break;
		case 'e':
			choices.min_effect =
			    parse_percent("--min-effect", optarg);
			break;
		case 'm':
			choices.least = (size_t)tool_integer(
			    &tool, "--min-segment", optarg, STEP_LEAST, 100000);
			break;
		case KEY_FDR:
			choices.correction = parse_correction(optarg);
			break;
		case KEY_SEED:
			tool_number(&tool, "--seed", optarg, 0, 0x1p64);
			break;
		case 't':
			choices.text = true;
			break;
		case 'x':
			choices.exit_status = true;
			break;
		}
	return choices;
}

/* A line without a type that has a metric and a value is a point here. */
static bool
is_point(const struct reader *in)
{
	return in->kind == RECORD_POINT ||
	       (in->kind == RECORD_SAMPLE && !tree_get(in->record, "type"));
}

int
main(int argc, char *argv[])
{
	struct trends trends = {0};
	struct choices choices;
	struct reader in;
	int status;

	tool_start(&tool, argv);
	choices = parse_options(argc, argv);
	reader_open(&in, argv + optind);
	while (reader_next(&in)) {
		if (is_point(&in))
			trends_read_point(&trends, &in);
		else if (in.kind == RECORD_MARK)
			trends_read_mark(&trends, &in);
		if (!choices.text)
			reader_pass(&in);
	}
	reader_release(&in);
	trends_find(&trends, &choices);
	if (choices.text)
		trends_show(&trends, &choices);
	else
		trends_write(&trends);
	status = out_close();
	if (choices.exit_status && trends.regressed)
		status = STATUS_NO;
	trends_release(&trends);
	return status;
}
