/*
 * hist-add: file runs into the history.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "die.h"
#include "hist-add.h"
#include "marking.h"
#include "tool.h"

enum {
	KEY_ALL = 256,
	KEY_ARCH,
	KEY_AT,
	KEY_BRANCH,
	KEY_CASE,
	KEY_COMMIT,
	KEY_MACHINE,
	KEY_MARK,
	KEY_METRIC,
	KEY_PARTIAL,
	KEY_REASON,
	KEY_REINDEX,
	KEY_REPORT,
	KEY_RUN,
	KEY_SKIP,
	KEY_TARGET,
	KEY_UNMARK,
	KEY_UNTIL,
};

static const struct tool_option options[] = {
    {'d', "directory", "DIR", "the history (history)"},
    {KEY_ALL, "all", NULL, "keep trials and samples, too"},
    {KEY_PARTIAL, "partial", NULL, "file runs that were cut short, too"},
    {KEY_REPORT, "report", "PATH", "where a report about the runs is"},
    {KEY_REINDEX, "reindex", NULL, "make the index anew, and file nothing"},
    {KEY_SKIP, "skip-damaged", NULL, "with --reindex: leave out bad files"},
    {KEY_MARK, "mark", "KIND", "mark a case: change or mute"},
    {KEY_UNMARK, "unmark", "ID", "take a mark away"},
    {KEY_CASE, "case", "NAME", "of a mark: the case"},
    {KEY_METRIC, "metric", "NAME", "one metric of it"},
    {KEY_ARCH, "arch", "NAME", "on one architecture"},
    {KEY_TARGET, "target", "NAME", "for one target"},
    {KEY_MACHINE, "machine", "NAME", "on one machine"},
    {KEY_BRANCH, "branch", "NAME", "on one branch"},
    {KEY_COMMIT, "commit", "REV", "from this commit on"},
    {KEY_RUN, "run", "NAME", "from this run on"},
    {KEY_AT, "at", "TIME", "from this time on"},
    {KEY_UNTIL, "until", "TIME", "until then"},
    {KEY_REASON, "reason", "TEXT", "why"},
    {0},
};

static const struct tool tool = {
    .name = "hist-add",
    .synopsis = "[-d DIR] [--all] [--partial] [--report PATH] "
		"[--reindex [--skip-damaged] | --mark KIND --case NAME "
		"[--metric NAME] [--arch NAME] [--target NAME] "
		"[--machine NAME] [--branch NAME] "
		"[--commit REV | --run NAME | --at TIME] [--until TIME] "
		"--reason TEXT | --unmark ID] [file ...]",
    .purpose = "File runs into the history, or mark what is in it.",
    .options = options,
};

struct settings {
	struct choice choice;
	struct marking marking;
	const char *unmark;
	const char *of_mark; /* an option that only marks have, or NULL */
	bool reindex, skips;
};

/* A moment as records have it, or a day. */
static void
check_time(const char *option, const char *text)
{
	size_t n = strlen(text);

	if (!day_is(text) ||
	    (n > DAY_LENGTH && (text[DAY_LENGTH] != 'T' || text[n - 1] != 'Z')))
		tool_usage(&tool,
		    "%s: neither a date, YYYY-MM-DD, nor a time as "
		    "2026-11-21T01:30:00Z: %s",
		    option, text);
}

/* The option of a mark, where it is one. */
static bool
read_mark_option(struct marking *marking, int key)
{
	struct mark *mark = &marking->mark;
	const struct {
		int key;
		const char **text;
	} texts[] = {
	    {KEY_MARK, &mark->kind},
	    {KEY_CASE, &mark->name},
	    {KEY_METRIC, &mark->metric},
	    {KEY_ARCH, &mark->arch},
	    {KEY_TARGET, &mark->target},
	    {KEY_MACHINE, &mark->machine},
	    {KEY_BRANCH, &mark->branch},
	    {KEY_COMMIT, &mark->commit},
	    {KEY_RUN, &mark->run},
	    {KEY_REASON, &mark->reason},
	    {KEY_AT, &marking->at},
	    {KEY_UNTIL, &mark->until},
	};

	if (key == KEY_AT)
		check_time("--at", optarg);
	if (key == KEY_UNTIL)
		check_time("--until", optarg);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].key == key) {
			*texts[i].text = optarg;
			return true;
		}
	return false;
}

static const char *
name_of(int key)
{
	const struct tool_option *option = options;

	while (option->key != key)
		option++;
	return option->name;
}

static void
read_options(struct settings *settings, int argc, char *argv[])
{
	struct choice *choice = &settings->choice;
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'd':
			choice->root = optarg;
			break;
		case KEY_ALL:
			choice->all = true;
			break;
		case KEY_PARTIAL:
			choice->partial = true;
			break;
		case KEY_REPORT:
			choice->report = *optarg ? optarg : NULL;
			break;
		case KEY_REINDEX:
			settings->reindex = true;
			break;
		case KEY_SKIP:
			settings->skips = true;
			break;
		case KEY_UNMARK:
			settings->unmark = optarg;
			break;
		default:
			if (!read_mark_option(&settings->marking, key))
				abort();
			settings->of_mark = name_of(key);
		}
}

/* Of marks: what cannot be meant is told before anything is done. */
static void
check_mark(const struct marking *marking)
{
	const struct mark *mark = &marking->mark;
	bool is_change = strcmp(mark->kind, "change") == 0;

	if (!is_change && strcmp(mark->kind, "mute") != 0)
		tool_usage(
		    &tool, "--mark: neither change nor mute: %s", mark->kind);
	if (!mark->name || !*mark->name)
		tool_usage(&tool, "--mark: of which case? --case NAME");
	if (!mark->reason || !*mark->reason)
		tool_usage(&tool, "--mark: why? --reason TEXT");
	if (!!mark->commit + !!mark->run + !!marking->at > 1)
		tool_usage(&tool, "--commit, --run and --at: one of them only");
	if (is_change && !mark->commit && !mark->run && !marking->at)
		tool_usage(&tool, "--mark change: from when on? --commit REV, "
				  "--run NAME or --at TIME");
	if (is_change && mark->until)
		tool_usage(&tool, "--until: a change does not end");
	if (!is_change && !mark->until)
		tool_usage(&tool, "--mark mute: until when? --until TIME");
	if (mark_is_over(mark, marking->at))
		tool_usage(&tool, "--until: it would end before it begins");
}

static void
check_options(const struct settings *settings, bool has_operands)
{
	const struct marking *marking = &settings->marking;

	if (!*settings->choice.root)
		tool_usage(&tool, "--directory: it has no name");
	if (!!marking->mark.kind + !!settings->unmark + settings->reindex > 1)
		tool_usage(
		    &tool, "--mark, --unmark and --reindex: one of them only");
	if (settings->skips && !settings->reindex)
		tool_usage(&tool, "--skip-damaged: only with --reindex");
	if (has_operands &&
	    (marking->mark.kind || settings->unmark || settings->reindex))
		tool_usage(&tool, "nothing is filed with --mark, --unmark and "
				  "--reindex");
	if (!marking->mark.kind && settings->of_mark)
		tool_usage(&tool, "--%s: only with --mark", settings->of_mark);
	if (marking->mark.kind)
		check_mark(marking);
}

static void
file_runs(const struct choice *choice, char *operands[])
{
	struct intake intake = {0};

	intake_read(&intake, operands, choice);
	intake_file(&intake, choice);
	intake_release(&intake);
}

int
main(int argc, char *argv[])
{
	struct settings settings = {.choice.root = STORE_DEFAULT};
	struct store store;

	record_clear(&mark_type, &settings.marking.mark);
	tool_start(&tool, argv);
	read_options(&settings, argc, argv);
	check_options(&settings, argv[optind] != NULL);
	if (settings.marking.mark.kind) {
		marking_make(&settings.marking, &settings.choice);
	} else if (settings.unmark) {
		marking_remove(settings.unmark, &settings.choice);
	} else if (settings.reindex) {
		store_reindex(&store, settings.choice.root, settings.skips);
		store_close(&store);
	} else {
		file_runs(&settings.choice, argv + optind);
	}
	return out_close();
}
