/*
 * stat-agg: make summaries of samples.
 */
#include <getopt.h>

#include "stat-agg.h"
#include "tool.h"

enum {
	KEY_LEVEL = 256,
	KEY_QUANTILE,
	KEY_RESAMPLES,
	KEY_ERROR,
	KEY_PARTIAL,
	KEY_MERGE,
	KEY_PART,
	KEY_STRICT
};

static const struct tool_option options[] = {
    {KEY_LEVEL, "level", "P", "the confidence of intervals (0.95)"},
    {KEY_QUANTILE, "quantile", "Q", "this quantile, too, and its interval"},
    {KEY_RESAMPLES, "resamples", "N",
	"for the interval of the mean (2000; 0: none)"},
    {KEY_ERROR, "error", "P", "the relative error of sketches (0.001)"},
    {KEY_PARTIAL, "partial", NULL, "write partials, for another to merge"},
    {KEY_MERGE, "merge", NULL, "read partials, too"},
    {KEY_PART, "part", "NAME", "call the input this, and not by its file"},
    {KEY_STRICT, "strict", NULL, "parse every line as if it were the first"},
    {0},
};

static const struct tool tool = {
    .name = "stat-agg",
    .synopsis = "[--level P] [--quantile Q] ... [--resamples N] [--error P] "
		"[--partial] [--merge] [--part NAME] [--strict] [file ...]",
    .purpose = "Aggregate samples: one summary per case, metric and variant.",
    .options = options,
};

/* What was asked for. */
struct choices {
	struct wishes wishes;
	const char *part;
	bool partial, merge, strict;
};

static void
add_quantile(struct wishes *wishes, const char *text)
{
	double p = tool_number(&tool, "--quantile", text, 0, 1);

	if (wishes->n_quantiles == MOST_QUANTILES)
		tool_usage(&tool, "--quantile: %d at most", MOST_QUANTILES);
	if (p == 0 || p == 1)
		tool_usage(&tool,
		    "--quantile: must be between 0 and 1: %s: see min and max",
		    text);
	wishes->quantiles[wishes->n_quantiles++] = p;
}

static struct choices
parse_options(int argc, char *argv[])
{
	struct choices choices = {
	    .wishes = {.level = 0.95, .resamples = 2000, .error = SKETCH_ERROR},
	};
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case KEY_LEVEL:
			choices.wishes.level =
			    tool_number(&tool, "--level", optarg, 0.5, 0.9999);
			break;
		case KEY_QUANTILE:
			add_quantile(&choices.wishes, optarg);
			break;
		case KEY_RESAMPLES:
			choices.wishes.resamples = (size_t)tool_integer(
			    &tool, "--resamples", optarg, 0, 1000000);
			break;
		case KEY_ERROR:
			choices.wishes.error = tool_number(&tool, "--error",
			    optarg, SKETCH_ERROR_LEAST, SKETCH_ERROR_MOST);
			break;
		case KEY_PARTIAL:
			choices.partial = true;
			break;
		case KEY_MERGE:
			choices.merge = true;
			break;
		case KEY_PART:
			choices.part = optarg;
			break;
		case KEY_STRICT:
			choices.strict = true;
			break;
		}
	return choices;
}

int
main(int argc, char *argv[])
{
	struct study study = {0};
	struct choices choices;
	struct reader in;

	tool_start(&tool, argv);
	choices = parse_options(argc, argv);
	study.error = choices.wishes.error;
	study.level = choices.partial ? 0 : choices.wishes.level;
	study.called = choices.part;
	study.named = choices.partial || choices.merge;
	study_begin_session(&study, &(struct run){0});
	reader_open(&in, argv + optind);
	in.whole = choices.merge;
	in.shapes = choices.strict ? NULL : &study.shapes;
	while (reader_next(&in))
		study_read(&study, &in, choices.merge);
	partials_end(&study);
	study_settle(&study, !choices.partial);
	if (choices.partial)
		study_write_partials(&study);
	else
		study_write(&study, &choices.wishes);
	reader_write_held(&in);
	reader_release(&in);
	study_release(&study);
	return out_close();
}
