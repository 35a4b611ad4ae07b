/* The tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan.h"
#include "stats.h"

static const double LEVEL = 0.95, ALPHA = 0.05, MARGIN = 0.01;

static const char *const rule_names[N_RULES] = {
    [PLUMBLINE] = "cmp-baseline",
    [NAIVE] = "mean > 5 %",
    [BARE_TEST] = "rank test",
};

/* A share of the tally, or NAN. */
typedef double share(const struct tally *tally);

/* A share in one draw after the other. */
struct figure {
	double mean, least, most;
};

static double
over(double k, double n)
{
	return n > 0 ? k / n : (double)NAN;
}

static double
failed_suites(const struct tally *t)
{
	return over((double)t->failed, (double)t->suites);
}

static double
wrong_suites(const struct tally *t)
{
	return over((double)t->unchanged, (double)t->suites);
}

static double
proven(const struct tally *t)
{
	return over(
	    (double)t->steady[UNCHANGED], (double)tally_total(t->steady));
}

static double
undecided(const struct tally *t)
{
	return over(
	    (double)t->steady[INCONCLUSIVE], (double)tally_total(t->steady));
}

static double
found(const struct tally *t)
{
	return over(
	    (double)t->shifted[REGRESSED], (double)tally_total(t->shifted));
}

static double
seen(const struct tally *t)
{
	return over((double)(t->shifted[REGRESSED] + t->shifted[SMALL]),
	    (double)tally_total(t->shifted));
}

static struct figure
figure_of(const struct plan *plan, const struct item_result *results,
    enum rule rule, share *get)
{
	struct figure figure = {0, INFINITY, -INFINITY};

	for (size_t i = 0; i < plan->draws; i++) {
		double x = get(&results[i].tally[rule]);

		figure.mean += x / (double)plan->draws;
		figure.least = fmin(figure.least, x);
		figure.most = fmax(figure.most, x);
	}
	return figure;
}

static struct tally
sum_of(
    const struct plan *plan, const struct item_result *results, enum rule rule)
{
	struct tally sum = {0};

	for (size_t i = 0; i < plan->draws; i++)
		tally_add(&sum, &results[i].tally[rule]);
	return sum;
}

/* --- real measurements --- */

/* The mean of all draws, and between which two of them it lies. */
static void
put_figure(struct figure f)
{
	table_cell("%.1f %.0f-%.0f", 100 * f.mean, 100 * f.least, 100 * f.most);
}

/* Bounds for k of n in so many draws, as if they had been one. */
static void
put_bounds(double k, double n, double draws)
{
	struct stats_interval bounds =
	    stats_clopper_pearson(k / draws, n / draws, LEVEL);

	table_cell("%.1f-%.1f", 100 * bounds.lo, 100 * bounds.hi);
}

static void
put_false_alarms(const struct plan *plan, const struct shared *shared, size_t n,
    enum rule rule)
{
	const struct item_result *none = plan_setting(plan, shared, n, 0, ALL);
	struct tally sum = sum_of(plan, none, rule);
	double suites = (double)sum.suites, failed = (double)sum.failed;
	double metrics = (double)tally_total(sum.steady);
	double wrong = (double)sum.steady[REGRESSED];

	table_cell("%zu", n);
	table_cell("%s", rule_names[rule]);
	put_figure(figure_of(plan, none, rule, failed_suites));
	put_bounds(failed, suites, 1);
	put_bounds(failed, suites, (double)plan->draws);
	table_cell("%.2f", 100 * over(wrong, metrics));
	put_bounds(wrong, metrics, 1);
	put_bounds(wrong, metrics, (double)plan->draws);
	table_row();
}

static void
report_false_alarms(const struct plan *plan, const struct shared *shared)
{
	table_say("Nothing is slower: in percent, how many suites failed, as "
		  "the mean of %zu draws and the least and the largest of "
		  "them, and how many metrics regressed; with 95 %% bounds "
		  "for all draws, and for one.",
	    plan->draws);
	table_begin();
	table_cell("n");
	table_cell("rule");
	table_cell("suites");
	table_cell("all");
	table_cell("one draw");
	table_cell("metrics");
	table_cell("all");
	table_cell("one draw");
	table_row();
	for (size_t i = 0; i < N_SIZES; i++)
		for (enum rule rule = 0; rule < N_RULES; rule++)
			put_false_alarms(plan, shared, sizes[i], rule);
	table_end();
}

static void
put_size(const struct plan *plan, const struct shared *shared, size_t n,
    enum rule rule)
{
	const struct item_result *none = plan_setting(plan, shared, n, 0, ALL);

	table_cell("%zu", n);
	table_cell("%s", rule_names[rule]);
	for (size_t i = 0; i < N_SLOWER; i++) {
		const struct item_result *results =
		    plan_setting(plan, shared, n, slower_by[i], ALL);
		double fails = figure_of(plan, results, rule, found).mean;
		double small =
		    figure_of(plan, results, rule, seen).mean - fails;

		if (rule == PLUMBLINE)
			table_cell("%.0f + %.0f", 100 * fails, 100 * small);
		else
			table_cell("%.0f", 100 * fails);
	}
	table_cell("%.0f", 100 * figure_of(plan, none, rule, proven).mean);
	table_cell("%.0f", 100 * figure_of(plan, none, rule, undecided).mean);
	table_row();
}

static void
report_sizes(const struct plan *plan, const struct shared *shared)
{
	table_say("All metrics are slower by so much: how many regressed, and "
		  "behind \"+\" how many more were shown as small. Then, "
		  "where nothing is slower, how many were proven unchanged, "
		  "and of how many nothing could be said.");
	table_begin();
	table_cell("n");
	table_cell("rule");
	for (size_t i = 0; i < N_SLOWER; i++)
		table_cell("+%.0f %%", 100 * slower_by[i]);
	table_cell("proven");
	table_cell("open");
	table_row();
	for (size_t i = 0; i < N_SIZES; i++)
		for (enum rule rule = 0; rule < N_RULES; rule++)
			put_size(plan, shared, sizes[i], rule);
	table_end();
}

static void
put_slower(const struct plan *plan, const struct shared *shared,
    enum spread spread, double slower)
{
	static const char *const names[N_SPREADS] = {
	    [ALL] = "all", [TENTH] = "tenth", [LONE] = "one"};
	const struct item_result *results =
	    plan_setting(plan, shared, 10, slower, spread);

	table_cell("%s +%.0f %%", names[spread], 100 * slower);
	put_figure(figure_of(plan, results, PLUMBLINE, found));
	put_figure(figure_of(plan, results, PLUMBLINE, seen));
	put_figure(figure_of(plan, results, NAIVE, found));
	put_figure(figure_of(plan, results, BARE_TEST, found));
	table_row();
}

static void
report_spreads(const struct plan *plan, const struct shared *shared)
{
	struct figure others =
	    figure_of(plan, plan_setting(plan, shared, 10, 0.05, TENTH),
		PLUMBLINE, wrong_suites);

	table_say("n = 10, with the least and the largest draw, where all "
		  "metrics are slower, every tenth, or a single one: the "
		  "fewer they are, the more the correction for the others "
		  "costs.");
	table_begin();
	table_cell("slower");
	table_cell("regressed");
	table_cell("or small");
	table_cell("%s", rule_names[NAIVE]);
	table_cell("%s", rule_names[BARE_TEST]);
	table_row();
	for (enum spread spread = 0; spread < N_SPREADS; spread++)
		for (size_t i = 0; i < N_SLOWER; i++)
			put_slower(plan, shared, spread, slower_by[i]);
	table_end();
	table_say("Where a tenth is 5 %% slower, some other metric regressed, "
		  "too, in %.1f %% of the suites.",
	    100 * others.mean);
}

/* --- simulated measurements --- */

static void
put_share(const struct tally *t, share *get)
{
	double x = t ? get(t) : (double)NAN;

	if (isnan(x))
		table_cell("-");
	else
		table_cell("%.1f", 100 * x);
}

static double
upper_bound(const struct tally *t)
{
	return stats_clopper_pearson(
	    (double)t->failed, (double)t->suites, LEVEL)
	    .hi;
}

static void
put_false(const struct tally *t)
{
	table_cell("%.1f %.1f", 100 * failed_suites(t), 100 * upper_bound(t));
}

/* Cells of one design, noise and number of rounds: a row. */
static void
put_variants(
    const struct plan *plan, const struct shared *shared, struct cell cell)
{
	const struct tally *none = plan_cell(plan, shared, &cell);

	table_cell("%s", noise_names[cell.noise]);
	table_cell("%zu", cell.n);
	put_false(none);
	cell.slower = MARGIN;
	cell.all_slower = true;
	put_share(plan_cell(plan, shared, &cell), seen);
	cell.all_slower = false;
	cell.slower = 0.03;
	put_share(plan_cell(plan, shared, &cell), found);
	put_share(plan_cell(plan, shared, &cell), seen);
	cell.slower = 0.05;
	put_share(plan_cell(plan, shared, &cell), found);
	put_share(plan_cell(plan, shared, &cell), seen);
	table_cell("%s", none->steady[REFUSED] ? "refused" : "");
	table_row();
}

static void
report_variants(const struct plan *plan, const struct shared *shared,
    enum design design, const char *name)
{
	table_begin();
	table_cell("%s", name);
	table_cell("rounds");
	table_cell("failed");
	table_cell("margin");
	table_cell("+3 %%");
	table_cell("or small");
	table_cell("+5 %%");
	table_cell("or small");
	table_cell(" ");
	table_row();
	for (size_t i = 0; i < plan->n_cells; i++)
		if (plan->cells[i].design == design &&
		    !(plan->cells[i].slower > 0))
			put_variants(plan, shared, plan->cells[i]);
	table_end();
}

/* How many rounds a metric took, on average. */
static void
put_rounds(const struct tally *t, bool shifted)
{
	long n = tally_total(shifted ? t->shifted : t->steady);

	table_cell(
	    "%.1f", (double)(shifted ? t->shifted_rounds : t->steady_rounds) /
			(double)n);
}

static void
put_adaptive(
    const struct plan *plan, const struct shared *shared, struct cell cell)
{
	static const double slower[] = {0.03, 0.05};
	const struct tally *t = plan_cell(plan, shared, &cell);

	table_cell("%s", noise_names[cell.noise]);
	put_false(t);
	put_rounds(t, false);
	for (size_t i = 0; i < 2; i++) {
		cell.slower = slower[i];
		t = plan_cell(plan, shared, &cell);
		put_share(t, found);
		put_share(t, seen);
		put_rounds(t, true);
	}
	table_row();
}

static void
report_adaptive(const struct plan *plan, const struct shared *shared)
{
	table_begin();
	table_cell("pairs");
	table_cell("failed");
	table_cell("rounds");
	table_cell("+3 %%");
	table_cell("or small");
	table_cell("rounds");
	table_cell("+5 %%");
	table_cell("or small");
	table_cell("rounds");
	table_row();
	for (size_t i = 0; i < plan->n_cells; i++)
		if (plan->cells[i].design == ADAPTIVE &&
		    !(plan->cells[i].slower > 0))
			put_adaptive(plan, shared, plan->cells[i]);
	table_end();
}

static void
report_stored(const struct plan *plan, const struct shared *shared)
{
	table_begin();
	table_cell("sessions differ");
	table_cell("rounds");
	table_cell("stored");
	table_cell("failed");
	table_cell("+10 %%");
	table_cell("+25 %%");
	table_row();
	for (size_t i = 0; i < plan->n_cells; i++) {
		struct cell cell = plan->cells[i];

		if (cell.design != STORED || cell.slower > 0)
			continue;
		table_cell("%.0f %%", 100 * cell.session_sd);
		table_cell("%s", noise_names[cell.noise]);
		table_cell("%zu", cell.sessions);
		put_false(plan_cell(plan, shared, &cell));
		cell.slower = 0.1;
		put_share(plan_cell(plan, shared, &cell), found);
		cell.slower = 0.25;
		put_share(plan_cell(plan, shared, &cell), found);
		table_row();
	}
	table_end();
}

/* --- what is promised --- */

static bool
put_promise(const char *what, double is, const char *relation, double limit)
{
	bool kept = *relation == '<' ? is <= limit : is >= limit;

	table_cell("%s", what);
	table_cell(
	    "%s %.1f", *relation == '<' ? "at most" : "at least", 100 * limit);
	table_cell("%.1f", 100 * is);
	table_cell("%s", kept ? "kept" : "NOT KEPT");
	table_row();
	return kept;
}

/* The largest upper bound of the false alarms of interleaved variants. */
static double
worst_bound(const struct plan *plan, const struct shared *shared)
{
	double worst = 0;

	for (size_t i = 0; i < plan->n_cells; i++) {
		const struct cell *cell = &plan->cells[i];
		const struct tally *t = plan_cell(plan, shared, cell);

		if (cell->design == STORED || cell->slower > 0)
			continue;
		worst = fmax(worst, upper_bound(t));
	}
	return worst;
}

static bool
report_promises(const struct plan *plan, const struct shared *shared)
{
	static const struct {
		const char *what;
		double slower;
		share *get;
		const char *relation;
		double limit;
	} promises[] = {
	    {"unchanged: suites failed", 0, failed_suites, "<", 0.05},
	    {"all +3 %: regressed", 0.03, found, "<", 0.12},
	    {"all +3 %: or small", 0.03, seen, ">", 0.81},
	    {"all +5 %: regressed", 0.05, found, ">", 0.90},
	    {"all +7 %: regressed", 0.07, found, ">", 0.97},
	};
	bool kept = true;

	table_begin();
	table_cell("n = 10");
	table_cell("promised");
	table_cell("is");
	table_cell("so it is");
	table_row();
	for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
		const struct item_result *results =
		    plan_setting(plan, shared, 10, promises[i].slower, ALL);
		struct figure f =
		    figure_of(plan, results, PLUMBLINE, promises[i].get);

		kept = put_promise(promises[i].what, f.mean,
			   promises[i].relation, promises[i].limit) &&
		       kept;
	}
	kept = put_promise("simulated: upper bound", worst_bound(plan, shared),
		   "<", ALPHA) &&
	       kept;
	table_end();
	return kept;
}

bool
report(const struct plan *plan, const struct shared *shared)
{
	table_format(plan->format);
	table_say("Real measurements of one unchanged program: %zu nights, "
		  "each compared with the next, %zu metrics. What is slower "
		  "was made so: its values of the later night were "
		  "multiplied.",
	    nights_suites(plan->nights) + 1, nights_metrics(plan->nights));
	report_false_alarms(plan, shared);
	report_sizes(plan, shared);
	report_spreads(plan, shared);
	table_say("Simulated variants, %zu suites of 10 metrics in each cell, "
		  "in percent: suites that failed though nothing was slower, "
		  "and the upper 95 %% bound; where all metrics are slower by "
		  "just the margin, how many were called worse; and where one "
		  "metric is slower, how often it regressed, or was shown as "
		  "small.",
	    plan->suites);
	report_variants(plan, shared, PAIRED, "pairs");
	report_variants(plan, shared, UNPAIRED, "not paired");
	table_say("The same pairs, measured with --adaptive: and how many "
		  "rounds a metric took on average, of 15, 25 or 40.");
	report_adaptive(plan, shared);
	table_say("Simulated sessions of 10 rounds beside stored ones, the "
		  "same: by how much sessions differ, and their rounds.");
	report_stored(plan, shared);
	table_say("What the rule promises, in percent:");
	return report_promises(plan, shared);
}
