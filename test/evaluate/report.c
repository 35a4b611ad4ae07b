/* The tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan.h"

static const double LEVEL = 0.95, ALPHA = 0.05;

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
false_metrics(const struct tally *t)
{
	return over(
	    (double)t->steady[REGRESSED], (double)tally_total(t->steady));
}

static double
false_claims(const struct tally *t)
{
	return over((double)(t->steady[REGRESSED] + t->steady[SMALL]),
	    (double)tally_total(t->steady));
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

static void
put_figures(const struct plan *plan, const struct item_result *results,
    const char *name, share *get)
{
	table_cell("%s", name);
	for (enum rule rule = 0; rule < N_RULES; rule++) {
		struct figure f = figure_of(plan, results, rule, get);

		table_cell("%.1f [%.1f, %.1f]", 100 * f.mean, 100 * f.least,
		    100 * f.most);
	}
	table_row();
}

/* At most so many, if draws were independent; and if they were one. */
static void
put_bounds(const struct plan *plan, const struct item_result *results,
    const char *name, double (*count)(const struct tally *),
    double (*of)(const struct tally *), double draws)
{
	table_cell("%s", name);
	for (enum rule rule = 0; rule < N_RULES; rule++) {
		struct tally sum = sum_of(plan, results, rule);
		double k = count(&sum) / draws, n = of(&sum) / draws;

		table_cell("%.1f to %.1f", 100 * rate_lower(k, n, LEVEL),
		    100 * rate_upper(k, n, LEVEL));
	}
	table_row();
}

static double
count_failed(const struct tally *t)
{
	return (double)t->failed;
}

static double
count_suites(const struct tally *t)
{
	return (double)t->suites;
}

static double
count_false(const struct tally *t)
{
	return (double)t->steady[REGRESSED];
}

static double
count_metrics(const struct tally *t)
{
	return (double)tally_total(t->steady);
}

static void
put_slower(const struct plan *plan, const struct shared *shared,
    const char *what, double slower, enum spread spread)
{
	const struct item_result *results =
	    plan_setting(plan, shared, 10, slower, spread);
	char name[60];

	snprintf(name, sizeof name, "%s %.0f %% slower: regressed", what,
	    100 * slower);
	put_figures(plan, results, name, found);
	snprintf(name, sizeof name, "%s %.0f %% slower: or small", what,
	    100 * slower);
	put_figures(plan, results, name, seen);
}

static void
report_ten(const struct plan *plan, const struct shared *shared)
{
	static const double all[] = {0.02, 0.03, 0.05, 0.07, 0.1};
	static const double few[] = {0.03, 0.05, 0.07, 0.1};
	const struct item_result *none = plan_setting(plan, shared, 10, 0, ALL);
	double draws = (double)plan->draws;

	table_say("Ten values of either night, in percent: the mean of %zu "
		  "draws and, in brackets, the least and the largest of them.",
	    plan->draws);
	table_begin(plan->format);
	table_cell("n = 10");
	for (enum rule rule = 0; rule < N_RULES; rule++)
		table_cell("%s", rule_names[rule]);
	table_row();
	put_figures(plan, none, "unchanged: suites failed", failed_suites);
	put_bounds(plan, none, "95 % bounds, all draws", count_failed,
	    count_suites, 1);
	put_bounds(plan, none, "95 % bounds, one draw", count_failed,
	    count_suites, draws);
	put_figures(plan, none, "unchanged: metrics failed", false_metrics);
	put_bounds(plan, none, "95 % bounds, all draws", count_false,
	    count_metrics, 1);
	put_bounds(plan, none, "95 % bounds, one draw", count_false,
	    count_metrics, draws);
	put_figures(plan, none, "unchanged: or small", false_claims);
	put_figures(plan, none, "unchanged: proven so", proven);
	put_figures(plan, none, "unchanged: inconclusive", undecided);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		put_slower(plan, shared, "all", all[i], ALL);
	for (size_t i = 0; i < sizeof few / sizeof *few; i++)
		put_slower(plan, shared, "a tenth", few[i], TENTH);
	put_figures(plan, plan_setting(plan, shared, 10, 0.05, TENTH),
	    "the others: suites failed", wrong_suites);
	for (size_t i = 0; i < sizeof few / sizeof *few; i++)
		put_slower(plan, shared, "one", few[i], LONE);
	table_end();
}

static void
put_size(const struct plan *plan, const struct shared *shared, size_t n,
    enum rule rule)
{
	static const double all[] = {0.02, 0.03, 0.05, 0.07, 0.1};
	const struct item_result *none = plan_setting(plan, shared, n, 0, ALL);
	struct figure suites = figure_of(plan, none, rule, failed_suites);

	table_cell("%zu, %s", n, rule_names[rule]);
	table_cell("%.1f [%.0f, %.0f]", 100 * suites.mean, 100 * suites.least,
	    100 * suites.most);
	table_cell(
	    "%.2f", 100 * figure_of(plan, none, rule, false_metrics).mean);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct item_result *results =
		    plan_setting(plan, shared, n, all[i], ALL);
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
	static const size_t sizes[] = {5, 6, 8, 10, 15};

	table_say("The same for other numbers of values; \"a + b\" is a share "
		  "that regressed, and one that was shown as small.");
	table_begin(plan->format);
	table_cell("n, rule");
	table_cell("suites");
	table_cell("metrics");
	table_cell("+2 %%");
	table_cell("+3 %%");
	table_cell("+5 %%");
	table_cell("+7 %%");
	table_cell("+10 %%");
	table_cell("proven");
	table_cell("open");
	table_row();
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (enum rule rule = 0; rule < N_RULES; rule++)
			put_size(plan, shared, sizes[i], rule);
	table_end();
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

static void
put_false(const struct tally *t)
{
	table_cell("%.1f, %.1f", 100 * failed_suites(t),
	    100 * rate_upper((double)t->failed, (double)t->suites, LEVEL));
}

static double
refused(const struct tally *t)
{
	return over((double)t->steady[REFUSED], (double)tally_total(t->steady));
}

/* Any claim that a metric is worse by more than the margin, where all are
 * worse by just that.
 */
static double
margin_claims(const struct tally *t)
{
	return seen(t);
}

static void
report_variants(const struct plan *plan, const struct shared *shared,
    enum design design, const char *name)
{
	static const size_t rounds[] = {1, 10, 30};

	table_begin(plan->format);
	table_cell("%s", name);
	table_cell("rounds");
	table_cell("failed");
	table_cell("refused");
	table_cell("at margin");
	table_cell("+3 %%");
	table_cell("+5 %%");
	table_cell("+5 %% or small");
	table_row();
	for (enum noise noise = 0; noise < N_NOISES; noise++)
		for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
			struct cell cell = {
			    .design = design,
			    .noise = noise,
			    .n = rounds[i],
			};
			const struct tally *none =
			    plan_cell(plan, shared, &cell);

			table_cell("%s", noise_names[noise]);
			table_cell("%zu", rounds[i]);
			put_false(none);
			put_share(none, refused);
			cell.slower = 0.01;
			cell.all_slower = true;
			put_share(
			    plan_cell(plan, shared, &cell), margin_claims);
			cell.all_slower = false;
			cell.slower = 0.03;
			put_share(plan_cell(plan, shared, &cell), found);
			cell.slower = 0.05;
			put_share(plan_cell(plan, shared, &cell), found);
			put_share(plan_cell(plan, shared, &cell), seen);
			table_row();
		}
	table_end();
}

static void
report_stored(const struct plan *plan, const struct shared *shared)
{
	size_t first = 0;

	while (plan->cells[first].design != STORED)
		first++;
	table_begin(plan->format);
	table_cell("sessions, rounds");
	table_cell("stored");
	table_cell("failed");
	table_cell("+10 %%");
	table_cell("+25 %%");
	table_row();
	for (size_t i = first; i + 2 < plan->n_cells; i += 3) {
		struct cell cell = plan->cells[i];
		const struct tally *none = plan_cell(plan, shared, &cell);

		table_cell("%.0f %%, %s", 100 * cell.session_sd,
		    noise_names[cell.noise]);
		table_cell("%zu", cell.sessions);
		put_false(none);
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
		worst = fmax(worst,
		    rate_upper((double)t->failed, (double)t->suites, LEVEL));
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
	    {"n = 10, unchanged: suites failed", 0, failed_suites, "<", 0.05},
	    {"n = 10, all 3 % slower: regressed", 0.03, found, "<", 0.12},
	    {"n = 10, all 3 % slower: or small", 0.03, seen, ">", 0.81},
	    {"n = 10, all 5 % slower: regressed", 0.05, found, ">", 0.90},
	    {"n = 10, all 7 % slower: regressed", 0.07, found, ">", 0.97},
	};
	bool kept = true;

	table_begin(plan->format);
	table_cell("in percent");
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
	kept = put_promise("simulated variants, unchanged: upper bound",
		   worst_bound(plan, shared), "<", ALPHA) &&
	       kept;
	table_end();
	return kept;
}

bool
report(const struct plan *plan, const struct shared *shared)
{
	table_say("Real measurements of one unchanged program: %zu nights, "
		  "each compared with the next, %zu metrics. What is slower "
		  "was made so: its values of the later night were "
		  "multiplied.",
	    nights_suites(plan->nights) + 1, nights_metrics(plan->nights));
	report_ten(plan, shared);
	report_sizes(plan, shared);
	table_say("Simulated variants, %zu suites of 10 metrics in each cell, "
		  "in percent: suites that failed though nothing changed, and "
		  "the upper 95 %% bound; metrics that are worse by just the "
		  "margin, all of them, and were called worse; and, where only "
		  "the first metric was slower, how often it regressed, or "
		  "was shown as small.",
	    plan->suites);
	report_variants(plan, shared, PAIRED, "pairs");
	report_variants(plan, shared, UNPAIRED, "not paired");
	table_say("Simulated sessions beside stored ones, the same: by how "
		  "much sessions differ, and their rounds; 10 rounds, 10 "
		  "metrics, of which one is slower.");
	report_stored(plan, shared);
	table_say("What the rule promises:");
	return report_promises(plan, shared);
}
