/*
 * usage: evaluate-trend [-m] [-n SERIES] TOOL DATA
 *
 * How often stat-trend, run as TOOL, sees a step where there is none, and how
 * many of those that are there, in made-up series; what it sees in
 * DATA/otava/tigerbeetle.json; and what is known of other detectors. -m writes
 * the tables as a part of a manual page. The same arguments give the same
 * bytes.
 *
 * Exit status: 0 what is promised is kept; 1 it is not.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../evaluate/show.h"
#include "die.h"
#include "json.h"
#include "line.h"
#include "mem.h"
#include "stats.h"
#include "tool.h"
#include "trend.h"

static const struct tool_option tool_options[] = {
    {'m', "manual", NULL, "write a part of a manual page"},
    {'n', "series", "N", "series of each kind (500)"},
    {0},
};

static const struct tool tool = {
    .name = "evaluate-trend",
    .synopsis = "[-m] [-n N] TOOL DATA",
    .purpose = "Print how often stat-trend is wrong, and what it sees.",
    .options = tool_options,
};

struct plan plan;

static double
percent(size_t k, size_t n)
{
	return n ? 100 * (double)k / (double)n : (double)NAN;
}

/* A share with its bounds, at a level of 0.95. */
static void
put_share(size_t k, size_t n)
{
	struct stats_interval bounds =
	    stats_clopper_pearson((double)k, (double)n, 0.95);

	table_cell(
	    "%.1f %.1f-%.1f", percent(k, n), 100 * bounds.lo, 100 * bounds.hi);
}

/* --- nothing changes --- */

static void
put_nulls(void)
{
	enum {
		LENGTHS = 4
	};
	static const size_t lengths[LENGTHS] = {12, 30, 100, 300};

	table_say("Series of 12 to 300 points without a step that are told to "
		  "have one, of %zu in percent, with bounds at a level of "
		  "0.95; and of 100 points that creep:",
	    plan.series);
	table_begin();
	table_cell("noise");
	for (size_t i = 0; i < LENGTHS; i++)
		table_cell("n = %zu", lengths[i]);
	table_cell("creep");
	table_row();
	for (enum noise noise = 0; noise < N_NOISES; noise++) {
		size_t crept = 0;

		table_cell("%s", noise_names[noise]);
		for (size_t i = 0; i < LENGTHS; i++) {
			struct tally tally = judge_null(noise, lengths[i]);

			put_share(tally.flagged, tally.series);
			if (lengths[i] == 100)
				crept = tally.crept;
		}
		table_cell("%.1f", percent(crept, plan.series));
		table_row();
	}
	table_end();
}

/* --- one step --- */

static void
put_steps(void)
{
	static const size_t afters[] = {5, 7, 10, 20, 40};
	static const struct {
		enum noise noise;
		double sd, change;
		size_t before;
	} rows[] = {
	    {NORMAL, 0.02, 0.05, 20},
	    {NORMAL, 0.02, 0.05, 40},
	    {NORMAL, 0.02, 0.05, 90},
	    {NORMAL, 0.02, 0.05, 290},
	    {NORMAL, 0.02, -0.05, 90},
	    {NORMAL, 0.02, 0.03, 90},
	    {NORMAL, 0.02, 0.1, 90},
	    {NORMAL, 0.03, 0.05, 40},
	    {NORMAL, 0.03, 0.05, 90},
	    {NORMAL, 0.05, 0.1, 90},
	    {HEAVY, 0.02, 0.05, 90},
	    {SKEWED, 0.02, 0.05, 90},
	    {SPIKED, 0.02, 0.05, 90},
	    {ROUNDED, 0.02, 0.05, 90},
	    {AR_03, 0.02, 0.05, 90},
	    {AR_06, 0.02, 0.05, 90},
	    {AR_03, 0.02, 0.1, 90},
	    {AR_06, 0.02, 0.1, 90},
	};

	table_say("Steps found within %d points, in percent, by the points "
		  "before and after:",
	    NEAR);
	table_begin();
	table_cell("noise, its sd");
	table_cell("step");
	table_cell("before");
	for (size_t i = 0; i < 5; i++)
		table_cell("%zu after", afters[i]);
	table_row();
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		table_cell(
		    "%s, %g %%", noise_names[rows[r].noise], 100 * rows[r].sd);
		table_cell("%+g %%", 100 * rows[r].change);
		table_cell("%zu", rows[r].before);
		for (size_t i = 0; i < 5; i++)
			table_cell("%.1f",
			    percent(
				judge_step(rows[r].noise, rows[r].sd,
				    rows[r].change, rows[r].before, afters[i])
				    .found[0],
				plan.series));
		table_row();
	}
	table_end();
}

/* --- short series --- */

static const double FINE = 0.003;

/* How many have a step told of at the very point. */
static size_t
judge_short(enum noise noise, double change, size_t before, size_t after)
{
	return judge_step(noise, FINE, change, before, after).exact;
}

static void
put_short(void)
{
	static const size_t afters[] = {4, 5, 6, 8, 12};
	static const struct {
		enum noise noise;
		double change;
		size_t before;
	} rows[] = {
	    {NORMAL, 0.3, 5},
	    {NORMAL, 0.3, 6},
	    {NORMAL, 0.3, 8},
	    {NORMAL, 0.3, 20},
	    {NORMAL, 0.02, 8},
	    {NORMAL, 0.02, 20},
	    {NORMAL, 0.01, 8},
	    {NORMAL, 0.01, 20},
	    {HEAVY, 0.3, 8},
	    {SPIKED, 0.3, 8},
	    {AR_06, 0.3, 8},
	};

	table_say("Steps in short series where the noise is %g %%, told of at "
		  "the very point, in percent, by the points before and after:",
	    100 * FINE);
	table_begin();
	table_cell("noise");
	table_cell("step");
	table_cell("before");
	for (size_t i = 0; i < 5; i++)
		table_cell("%zu after", afters[i]);
	table_row();
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		table_cell("%s", noise_names[rows[r].noise]);
		table_cell("%+g %%", 100 * rows[r].change);
		table_cell("%zu", rows[r].before);
		for (size_t i = 0; i < 5; i++)
			table_cell("%.1f",
			    percent(judge_short(rows[r].noise, rows[r].change,
					rows[r].before, afters[i]),
				plan.series));
		table_row();
	}
	table_end();
}

/* --- several steps, and what is told of them --- */

static void
put_several(void)
{
	static const struct {
		const char *name;
		struct cell cell;
	} rows[] = {
	    {"one, 90 and 10", {.n = 100, .at = {90}, .up = {1}}},
	    {"one, 40 and 40", {.n = 80, .at = {40}, .up = {1}}},
	    {"one, AR(0.3)", {.noise = AR_03, .n = 100, .at = {50}, .up = {1}}},
	    {"one, 5 % spikes",
		{.noise = SPIKED, .n = 100, .at = {50}, .up = {1}}},
	    {"up, down 7 later", {.n = 100, .at = {50, 57}, .up = {1, -1}}},
	    {"up, down 10 later", {.n = 100, .at = {50, 60}, .up = {1, -1}}},
	    {"up, down 20 later", {.n = 100, .at = {50, 70}, .up = {1, -1}}},
	    {"up twice", {.n = 100, .at = {33, 66}, .up = {1, 1}}},
	    {"up twice, down",
		{.n = 100, .at = {25, 50, 75}, .up = {1, 1, -1}}},
	};

	table_say("Of steps of 5 %% where noise is 2 %%, in percent: found, at "
		  "the very point, told with a range and an interval that "
		  "they are in; and steps that are not there, a series:");
	table_begin();
	table_cell("steps");
	table_cell("found");
	table_cell("exact");
	table_cell("range");
	table_cell("interval");
	table_cell("not there");
	table_row();
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct cell cell = rows[r].cell;
		size_t found = 0, all = 0;
		struct tally tally;

		cell.sd = 0.02;
		cell.jump = log(1.05);
		tally = judge_cell(cell);
		for (size_t k = 0; k < MOST_STEPS && cell.at[k]; k++) {
			found += tally.found[k];
			all += tally.series;
		}
		table_cell("%s", rows[r].name);
		table_cell("%.1f", percent(found, all));
		table_cell("%.1f", percent(tally.exact, found));
		table_cell("%.1f", percent(tally.in_range, found));
		table_cell("%.1f", percent(tally.in_ci, found));
		table_cell("%.3f", (double)tally.extra / (double)tally.series);
		table_row();
	}
	table_end();
}

/* --- others --- */

static void
put_others(void)
{
	static const char *const rows[][10] = {
	    {"detector", "normal", "heavy", "AR(0.3)", "AR(0.6)", "2 %, 40",
		"2 %, 10", "3 %, 40", "3 %, 10"},
	    {"Otava, p 0.001", "7", "19", "36", "83", "99", "100", "93", "90"},
	    {"E-divisive, p 0.05", "3", "8", "47", "97", "100", "97", "97",
		"88"},
	    {"Perfherder", "0", "0", "0.5", "13", "51", "1", "4", "0"},
	    {"asv, a port", "0", "0", "0", "0", "100", "33", "50", "7"},
	};
	struct tally nulls[] = {judge_null(NORMAL, 100), judge_null(HEAVY, 100),
	    judge_null(AR_03, 100), judge_null(AR_06, 100)};

	table_say("Beside others, as they were measured elsewhere, with series "
		  "of the same kinds that need not be the same in detail, 200 "
		  "of each (60 for E-divisive and asv): series of 100 points "
		  "without a step that are told to have one; and steps of +5 "
		  "%% found, by the noise and the points after them. In "
		  "percent:");
	table_begin();
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		for (size_t c = 0; c < 9; c++)
			table_cell("%s", rows[r][c]);
		table_row();
	}
	table_cell("stat-trend");
	for (size_t i = 0; i < 4; i++)
		table_cell("%.1f", percent(nulls[i].flagged, plan.series));
	for (size_t i = 0; i < 4; i++)
		table_cell(
		    "%.1f", percent(judge_step(NORMAL, i < 2 ? 0.02 : 0.03,
					0.05, 40, i % 2 ? 10 : 40)
					.found[0],
				plan.series));
	table_row();
	table_end();
}

/* --- a recorded series --- */

struct found {
	size_t index[MOST_POINTS], n;
};

static void
keep(const struct told *told, void *data)
{
	struct found *found = data;

	if (told->is_step && found->n < MOST_POINTS)
		found->index[found->n++] = told->index;
}

static size_t
read_recorded(double *x)
{
	char *path = mem_format("%s/otava/tigerbeetle.json", plan.data);
	char *operands[] = {path, NULL}, why[100];
	const tree *series;
	struct lines in;
	tree *record;
	size_t n;

	lines_open(&in, operands);
	if (!lines_next(&in))
		die("%s: it is empty", path);
	record = tree_parse(in.text, in.len, why, sizeof why);
	if (!record)
		die("%s: %s", path, why);
	series = tree_get(record, "series");
	n = tree_length(series);
	if (n == 0 || n > MOST_POINTS)
		die("%s: %zu points", path, n);
	for (size_t i = 0; i < n; i++)
		x[i] = tree_number(tree_at(series, i));
	tree_free(record);
	lines_release(&in);
	free(path);
	return n;
}

/* Whether both points that are published were found. */
static bool
put_recorded(void)
{
	double x[MOST_POINTS];
	size_t n = read_recorded(x), both = 0, len = 0;
	struct found found = {0};
	char list[200] = "";

	ask(plan.path, x, 1, n, keep, &found);
	for (size_t i = 0; i < found.n; i++) {
		both += found.index[i] == 15 || found.index[i] == 71;
		if (len < sizeof list)
			len += (size_t)snprintf(list + len, sizeof list - len,
			    "%s%zu", i ? ", " : "", found.index[i]);
	}
	table_say("In tigerbeetle, %zu points that Otava has as an example: "
		  "steps at %s. Those that are published, with its defaults of "
		  "5 %% at least: 15, 71.",
	    n, list);
	return both == 2;
}

/* --- promises --- */

static void
promise(const char *what, bool least, double limit, double is)
{
	bool kept = least ? is >= limit : is <= limit;

	plan.broken = plan.broken || !kept;
	table_cell("%s", what);
	table_cell(least ? "at least %.1f" : "at most %.1f", limit);
	table_cell("%.1f", is);
	table_cell("%s", kept ? "kept" : "NOT KEPT");
	table_row();
}

static double
false_percent(enum noise noise)
{
	return percent(judge_null(noise, 100).flagged, plan.series);
}

static double
found_percent(size_t before, size_t after)
{
	return percent(judge_step(NORMAL, 0.02, 0.05, before, after).found[0],
	    plan.series);
}

static void
put_promises(bool recorded)
{
	table_say("What is promised, in percent:");
	table_begin();
	table_cell("n = 100; +5 %% where noise is 2 %%");
	table_cell("promised");
	table_cell("is");
	table_cell("so it is");
	table_row();
	promise("normal: false", false, 2, false_percent(NORMAL));
	promise("heavy tails: false", false, 2, false_percent(HEAVY));
	promise("AR(0.3): false", false, 5, false_percent(AR_03));
	promise("AR(0.6): false", false, 10, false_percent(AR_06));
	promise("40 before, 10 after: found", true, 95, found_percent(40, 10));
	promise("90 before, 10 after: found", true, 95, found_percent(90, 10));
	promise("40 before, 40 after: found", true, 95, found_percent(40, 40));
	promise("+30 %, noise 0.3 %, 8 before, 4 after: found", true, 99,
	    percent(judge_short(NORMAL, 0.3, 8, 4), plan.series));
	promise("tigerbeetle: both found", true, 100, recorded ? 100 : 0);
	table_end();
}

int
main(int argc, char *argv[])
{
	bool recorded;
	int key;

	plan.series = 500;
	tool_start(&tool, argv);
	while ((key = tool_next(&tool, argc, argv)) != -1)
		if (key == 'm')
			table_format(MDOC);
		else
			plan.series = (size_t)tool_integer(
			    &tool, "--series", optarg, 1, 100000);
	if (argc - optind != 2)
		tool_usage(&tool, "a tool and a directory of data");
	plan.path = argv[optind];
	plan.data = argv[optind + 1];
	put_nulls();
	put_steps();
	put_short();
	put_several();
	put_others();
	recorded = put_recorded();
	put_promises(recorded);
	out_close();
	return plan.broken ? STATUS_NO : STATUS_DONE;
}
