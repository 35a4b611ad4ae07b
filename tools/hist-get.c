/*
 * hist-get: query the history.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "die.h"
#include "hist-get.h"
#include "tool.h"

enum {
	KEY_ARCH = 256,
	KEY_BRANCH,
	KEY_BY_TIME,
	KEY_CASE,
	KEY_COMMITS,
	KEY_COMPARE,
	KEY_CONFIRMATIONS,
	KEY_JOIN,
	KEY_MACHINE,
	KEY_METRIC,
	KEY_RUNS,
	KEY_SERIES,
	KEY_SESSIONS,
	KEY_SINCE,
	KEY_SKIP,
	KEY_TAG,
	KEY_TARGET,
	KEY_UNTIL,
	KEY_VALUES,
	KEY_VARIANT,
	KEY_WORKLOAD,
};

enum {
	SESSIONS = 5, /* of a branch; what cmp-baseline(1) says of five */
	MOST = 1000000
};

static const struct tool_option options[] = {
    {'d', "directory", "DIR", "the history (history)"},
    {KEY_WORKLOAD, "workload", "GLOB", "of these workloads"},
    {KEY_CASE, "case", "GLOB", "of these cases"},
    {KEY_METRIC, "metric", "GLOB", "of these metrics"},
    {KEY_TAG, "tag", "GLOB", "of cases that have such a tag"},
    {KEY_VARIANT, "variant", "NAME", "of this variant (of none)"},
    {KEY_ARCH, "arch", "GLOB", "on these architectures"},
    {KEY_TARGET, "target", "GLOB", "for these targets"},
    {KEY_MACHINE, "machine", "GLOB", "on these machines"},
    {KEY_BRANCH, "branch", "GLOB", "on these branches"},
    {KEY_COMMITS, "commits", "RANGE", "of these commits, as git rev-list"},
    {KEY_SINCE, "since", "TIME", "from then on"},
    {KEY_UNTIL, "until", "TIME", "until then"},
    {'n', "last", "N", "the last N of each series, or of the runs"},
    {KEY_VALUES, "values", NULL, "with the values of the rounds"},
    {KEY_CONFIRMATIONS, "confirmations", NULL,
	"also runs that measured failures again"},
    {KEY_JOIN, "join", NULL, "the branches of a case are one series"},
    {KEY_BY_TIME, "by-time", NULL, "in order of time, without git"},
    {KEY_COMPARE, "compare", "BASE..HEAD", "summaries of two revisions"},
    {KEY_SESSIONS, "sessions", "N", "of a branch that is compared (5)"},
    {KEY_SERIES, "series", NULL, "the newest point of each series only"},
    {KEY_RUNS, "runs", NULL, "the runs only"},
    {KEY_SKIP, "skip-damaged", NULL, "name bad files, and leave them out"},
    {0},
};

static const struct tool tool = {
    .name = "hist-get",
    .synopsis =
	"[-d DIR] [--workload GLOB] [--case GLOB] [--metric GLOB] "
	"[--tag GLOB] [--variant NAME] [--arch GLOB] [--target GLOB] "
	"[--machine GLOB] [--branch GLOB] [--commits RANGE] [--since TIME] "
	"[--until TIME] [-n N] [--values] [--join] [--confirmations] "
	"[--by-time] "
	"[--skip-damaged] "
	"[--compare BASE..HEAD [--sessions N] | --series | --runs]",
    .purpose = "Query the history: points, runs, or two sides to compare.",
    .options = options,
};

/* A moment as records have it, or a day: texts that sort. */
static const char *
time_of(const char *option, const char *text)
{
	size_t n = strlen(text);

	if (!day_is(text) ||
	    (n > DAY_LENGTH && (text[DAY_LENGTH] != 'T' || text[n - 1] != 'Z')))
		tool_usage(&tool,
		    "%s: neither a date, YYYY-MM-DD, nor a time as "
		    "2026-11-21T01:30:00Z: %s",
		    option, text);
	return text;
}

/* Whether the option is a glob, which is kept then. */
static bool
add_glob(struct choice *choice, int key)
{
	static const int keys[COLUMNS] = {
	    [COLUMN_WORKLOAD] = KEY_WORKLOAD,
	    [COLUMN_CASE] = KEY_CASE,
	    [COLUMN_METRIC] = KEY_METRIC,
	    [COLUMN_TAG] = KEY_TAG,
	    [COLUMN_ARCH] = KEY_ARCH,
	    [COLUMN_TARGET] = KEY_TARGET,
	    [COLUMN_MACHINE] = KEY_MACHINE,
	    [COLUMN_BRANCH] = KEY_BRANCH,
	};

	for (size_t i = 0; i < COLUMNS; i++)
		if (keys[i] == key) {
			struct globs *globs = &choice->globs[i];

			*MEM_PUSH(globs->globs, globs->n, globs->capacity) =
			    optarg;
			return true;
		}
	return false;
}

static void
read_option(struct choice *choice, int key)
{
	switch (key) {
	case 'd':
		choice->root = optarg;
		break;
	case 'n':
		choice->last =
		    (size_t)tool_integer(&tool, "--last", optarg, 1, MOST);
		break;
	case KEY_SESSIONS:
		choice->sessions =
		    (size_t)tool_integer(&tool, "--sessions", optarg, 1, MOST);
		break;
	case KEY_VARIANT:
		choice->variant = optarg;
		break;
	case KEY_COMMITS:
		choice->range = optarg;
		break;
	case KEY_COMPARE:
		choice->compare = optarg;
		break;
	case KEY_SINCE:
		choice->since = time_of("--since", optarg);
		break;
	case KEY_UNTIL:
		choice->until = time_of("--until", optarg);
		break;
	case KEY_VALUES:
		choice->values = true;
		break;
	case KEY_JOIN:
		choice->join = true;
		break;
	case KEY_CONFIRMATIONS:
		choice->confirmations = true;
		break;
	case KEY_BY_TIME:
		choice->by_time = true;
		break;
	case KEY_SERIES:
		choice->series = true;
		break;
	case KEY_RUNS:
		choice->runs = true;
		break;
	case KEY_SKIP:
		choice->skips = true;
		break;
	}
}

/* What has no meaning with two sides, or only with them. */
static void
check_comparison(struct choice *choice)
{
	if (choice->sessions && !choice->compare)
		tool_usage(&tool, "--sessions: only with --compare");
	if (choice->compare && (choice->last || choice->values || choice->join))
		tool_usage(&tool,
		    "--last, --values and --join: --compare has no points");
	if (!choice->sessions)
		choice->sessions = SESSIONS;
}

static void
read_options(struct choice *choice, int argc, char *argv[])
{
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		if (!add_glob(choice, key))
			read_option(choice, key);
	if (argv[optind])
		tool_usage(&tool, "not an option: %s", argv[optind]);
	if (!!choice->compare + choice->series + choice->runs > 1)
		tool_usage(
		    &tool, "--compare, --series and --runs: one of them only");
	check_comparison(choice);
	if (choice->range && *choice->range == '-')
		tool_usage(
		    &tool, "--commits: not a revision: %s", choice->range);
}

/* Runs that nothing was measured in are runs, where nothing is asked of them.
 */
static void
choose_runs(struct selection *selection, const struct choice *choice)
{
	bool all = !choice_is_of_points(choice) && !choice->last;

	for (size_t i = 0; i < selection->n_runs; i++)
		selection->runs[i].wanted =
		    all || (choice->runs && !choice_is_of_points(choice));
	for (size_t i = 0; i < selection->n; i++)
		selection->runs[selection->points[i].run].wanted = true;
}

/* With --runs, N is how many of them. */
static void
cut_runs(struct selection *selection, size_t last)
{
	size_t n = selection->n_runs;
	struct past_run **by_rank = mem_zero(n, sizeof *by_rank);

	for (size_t i = 0; i < n; i++)
		by_rank[selection->runs[i].rank] = &selection->runs[i];
	while (n-- > 0)
		if (by_rank[n]->wanted && last)
			last--;
		else
			by_rank[n]->wanted = false;
	free(by_rank);
}

static bool
has_wanted(const struct selection *selection)
{
	for (size_t i = 0; i < selection->n_runs; i++)
		if (selection->runs[i].wanted)
			return true;
	return false;
}

/* All that is asked of the index. */
static void
prepare(struct selection *selection, struct sides *sides, struct store *store,
    const struct choice *choice)
{
	selection_make(selection, store, choice);
	if (store->db.failed)
		return;
	order_runs(selection, choice->by_time);
	selection_sort(selection);
	if (choice->compare) {
		sides_choose(sides, selection, choice);
	} else {
		if (!choice->runs && choice->last)
			selection_cut(selection, choice->last);
		choose_runs(selection, choice);
		if (choice->runs && choice->last)
			cut_runs(selection, choice->last);
	}
	selection_load(selection, store);
}

/*
 * What looked well when it was opened may prove damaged when it is read, or
 * made of files that somebody has written into since.
 */
static void
select_all(struct selection *selection, struct sides *sides,
    struct store *store, const struct choice *choice)
{
	bool failed;

	prepare(selection, sides, store, choice);
	failed = store->db.failed;
	if (!failed && !selection->outdated)
		return;
	sides_release(sides);
	selection_release(selection);
	if (failed)
		store_recover(store);
	else
		store_look_again(store);
	prepare(selection, sides, store, choice);
	store_check(store);
}

/* Whether there was anything to write. */
static bool
write_all(struct selection *selection, struct sides *sides,
    const struct store *store, const struct choice *choice)
{
	if (choice->compare)
		return sides_write(sides, selection, store);
	if (!choice->series)
		write_runs(selection);
	if (!choice->series && !choice->runs) {
		write_cases(selection, store);
		write_marks(selection);
	}
	if (!choice->runs)
		write_points(selection, store, choice);
	return has_wanted(selection);
}

int
main(int argc, char *argv[])
{
	struct choice choice = {.root = STORE_DEFAULT};
	struct selection selection = {0};
	struct sides sides = {0};
	struct store store;
	bool any;

	tool_start(&tool, argv);
	read_options(&choice, argc, argv);
	store_open(&store, choice.root, choice.skips);
	select_all(&selection, &sides, &store, &choice);
	/* Who reads what we write may take his time. */
	store_let_go(&store);
	any = write_all(&selection, &sides, &store, &choice);
	if (!any)
		warn("%s: nothing of it was selected", choice.root);
	sides_release(&sides);
	selection_release(&selection);
	store_close(&store);
	for (size_t i = 0; i < COLUMNS; i++)
		free(choice.globs[i].globs);
	out_close();
	return any ? STATUS_DONE : STATUS_NO;
}
