/* What changed: all tests together, what each of them says, and the rest. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "die.h"
#include "metric.h"
#include "stats.h"

enum {
	MOST_NEEDED = 1000 /* sessions, or rounds: beyond, no number helps */
};

static const double POWER = 0.8;

/* --- all tests together --- */

/*
 * Corrects the tests that gate, and apart from them those that do not: one
 * family for worse, one for better.
 */
static void
correct(struct tests *tests, const struct findings *findings,
    enum stats_correction correction, bool gating)
{
	size_t *which = mem_zero(tests->n, sizeof *which), n = 0;
	double *p = mem_zero(tests->n, sizeof *p);

	for (size_t i = 0; i < tests->n; i++)
		if (findings->verdicts[tests->tests[i].verdict].gating ==
		    gating)
			which[n++] = i;
	for (size_t i = 0; i < n; i++)
		p[i] = tests->tests[which[i]].worse.p;
	stats_correct(correction, p, n, p);
	for (size_t i = 0; i < n; i++) {
		tests->tests[which[i]].worse.q = p[i];
		p[i] = tests->tests[which[i]].better.p;
	}
	stats_correct(correction, p, n, p);
	for (size_t i = 0; i < n; i++)
		tests->tests[which[i]].better.q = p[i];
	free(which);
	free(p);
}

/* The p that one test alone must show among those that gate, or do not. */
static double
lone_of(const struct tests *tests, const struct findings *findings,
    const struct options *options, bool gating)
{
	size_t n = 0;

	for (size_t i = 0; i < tests->n; i++)
		n += findings->verdicts[tests->tests[i].verdict].gating ==
		     gating;
	return stats_lone_p(options->correction, options->alpha, n ? n : 1);
}

/* The least p that n rounds of each variant, or n pairs, could show. */
static double
least_p(const struct test *t, double n)
{
	size_t rounds = (size_t)n;

	return t->kind == TEST_PAIRS ? stats_signed_rank_min_p(rounds)
				     : stats_mann_whitney_min_p(rounds, rounds);
}

/* Whether so many have an interval, without which nothing has regressed. */
static bool
has_interval(const struct test *t, double n)
{
	return n == t->n ? isfinite(t->lo) && isfinite(t->hi)
			 : least_p(t, n) <= (1 - TEST_LEVEL) / 2;
}

/* Whether rank tests of so many could have a p of `lone`. */
static bool
can_show(const struct test *t, double n, double lone)
{
	double least =
	    n == t->n ? t->least_p : least_p(t, n) / looks_share(&t->looks);

	return least <= lone && has_interval(t, n);
}

/*
 * The least effect that would be found in 8 of 10 cases, were it the only one
 * and had to show a p of `lone`, with n sessions in the baseline and m new
 * ones, n pairs or n rounds of each variant. INFINITY where so few could never
 * show any.
 */
static double
least_effect(const struct test *t, double n, double m, double lone)
{
	double asked = lone;

	lone *= looks_share(&t->looks);
	if (t->kind == TEST_SUMMARY)
		return t->worse.margin + (stats_t_quantile(1 - lone, t->df) +
					     stats_t_quantile(POWER, t->df)) *
					     t->se;
	if (t->kind == TEST_SESSIONS) {
		double df = n - 1 + m - 1 + t->prior.df;

		return t->worse.margin + (stats_t_quantile(1 - lone, df) +
					     stats_t_quantile(POWER, df)) *
					     t->sd * sqrt(1 / m + 1 / n);
	}
	if (!can_show(t, n, asked))
		return INFINITY;
	/* 3/pi = 0.955: the efficiency of ranks for a normal value. */
	return t->worse.margin +
	       (stats_normal_quantile(1 - lone) +
		   stats_normal_quantile(POWER)) *
		   t->sd * sqrt((t->kind == TEST_PAIRS ? 1 : 2) / (0.955 * n));
}

/*
 * The fewest sessions, or rounds of each variant, that find the threshold;
 * NAN where there are as many already, or where that many do not help. The
 * more there are, the less is found.
 */
static double
needed(const struct test *t, double lone)
{
	int fewest = 1, most = MOST_NEEDED + 1;

	if (t->kind == TEST_SUMMARY)
		return NAN;
	while (fewest < most) {
		int n = (fewest + most) / 2;
		double m = t->is_of_variants ? n : t->m;

		if (least_effect(t, n, m, lone) <= t->worse.threshold)
			most = n;
		else
			fewest = n + 1;
	}
	return fewest <= MOST_NEEDED && fewest > t->n_least ? fewest
							    : (double)NAN;
}

/* --- words --- */

/* "+8.1% (+6.0% to +10.2%) against 3 sessions". */
static const char *
comparison(
    struct findings *findings, const struct verdict *v, const struct test *t)
{
	char change[32] = "a change", lo[32], hi[32], base[128];

	if (!isnan(v->change))
		change_format(change, sizeof change, v->change);
	if (t->kind == TEST_SUMMARY)
		snprintf(base, sizeof base, "the mean of %.0f values", t->n);
	else if (t->is_of_variants && t->n + t->m > 2)
		snprintf(base, sizeof base,
		    "the base variant, %.0f and %.0f sessions", t->m, t->n);
	else if (isnan(v->sessions) || v->variant)
		snprintf(base, sizeof base, "the base variant");
	else if (!isnan(v->prior_metrics))
		snprintf(base, sizeof base,
		    "%.0f sessions, which differ as those of %.0f metrics do",
		    v->sessions, v->prior_metrics);
	else
		snprintf(base, sizeof base, "%.0f session%s", v->sessions,
		    v->sessions == 1 ? "" : "s");
	if (!v->ci.n)
		return findings_say(findings, "%s against %s", change, base);
	change_format(lo, sizeof lo, v->ci.x[0]);
	change_format(hi, sizeof hi, v->ci.x[1]);
	return findings_say(
	    findings, "%s (%s to %s) against %s", change, lo, hi, base);
}

/* "; from +12.0% worse it would be found; 5 sessions would find ..." */
static const char *
prospect(
    struct findings *findings, const struct verdict *v, const struct test *t)
{
	const char *least = "; so few cannot show any change", *need = "";
	bool stored = t->kind == TEST_SESSIONS && !t->is_of_variants;
	bool many = stored && v->need_n > SESSIONS_KEPT;
	const char *counted = stored		  ? "sessions"
			      : t->is_of_variants ? "sessions of each"
						  : "rounds of each";
	char mde[32];

	if (isfinite(v->mde)) {
		change_format(mde, sizeof mde, v->mde);
		least = findings_say(
		    findings, "; from %s worse it would be found", mde);
	}
	if (!isnan(v->need_n))
		need = findings_say(findings,
		    "; %.0f %s would find the threshold%s", v->need_n, counted,
		    many ? ", which is more than mk-baseline keeps unless it "
			   "is told to"
			 : "");
	else if (t->kind != TEST_SUMMARY && isfinite(v->mde) &&
		 v->mde > t->worse.threshold)
		need = findings_say(findings,
		    "; no number of %s would find the threshold: it takes a "
		    "longer run, or a quieter machine",
		    counted);
	return findings_say(findings, "%s%s", least, need);
}

static void
say(struct findings *findings, struct verdict *v, const struct test *t,
    const char *word, const char *meaning)
{
	v->verdict = word;
	v->why = findings_say(findings, "%s%s: %s%s%s%s%s",
	    comparison(findings, v, t),
	    v->covariate
		? findings_say(findings, ", less what the probe's %s explains",
		      v->covariate)
		: "",
	    meaning,
	    t->kind == TEST_SUMMARY
		? "; of a baseline without sessions nobody knows how much "
		  "they differ"
		: "",
	    t->is_noisy ? "; its margin is the noise floor, as the same "
			  "program differed by as much"
			: "",
	    t->is_coarse ? "; does not gate, as its margin reaches its "
			   "threshold"
			 : "",
	    t->note ? t->note : "");
}

/* The fewest that have an interval. */
static int
fewest_with_interval(const struct test *t)
{
	int n = 1;

	while (least_p(t, n) > (1 - TEST_LEVEL) / 2)
		n++;
	return n;
}

/* Why a test says nothing, whatever its p; or NULL. */
static const char *
obstacle_to(struct findings *findings, struct verdict *v, const struct test *t,
    bool is_change)
{
	if (t->has_few_rounds) {
		v->need_n = STATS_BLOCK_MIN;
		return "with fewer than 10 rounds the error of this session is "
		       "not known";
	}
	if (t->has_no_error)
		return "its summary has neither values nor se_block, as "
		       "where many samples have no round, so the error of "
		       "this session is not known";
	if (t->is_dependent)
		return "its rounds depend on each other (r1), and only as "
		       "pairs could they be compared all the same";
	if (is_change && !has_interval(t, t->n)) {
		v->need_n = fewest_with_interval(t);
		return findings_say(findings,
		    "so few rounds do not say how large the change is; %.0f "
		    "rounds of each would",
		    v->need_n);
	}
	return NULL;
}

/*
 * What is said of a change, which may have been shown at an earlier look: what
 * all rounds make of it can be less. `size` is how it stands to the threshold.
 */
static void
say_change(struct findings *findings, const struct test *t,
    const struct side *side, const char *word, const char *meaning,
    const char *size)
{
	struct verdict *v = &findings->verdicts[t->verdict];
	const char *look = "";

	if (side->shown && (double)side->shown < t->n)
		look = findings_say(
		    findings, ", as the first %zu pairs showed", side->shown);
	say(findings, v, t, word,
	    findings_say(findings, "%s%s, %s", meaning, look, size));
}

/*
 * That there is no change to speak of: shown by an interval that is narrower
 * than the verdict's, as each side of it may be wrong at the whole rate.
 */
static void
say_unchanged(struct findings *findings, const struct test *t)
{
	struct verdict *v = &findings->verdicts[t->verdict];
	const char *proof = "";
	double toward = v->better && *v->better == 'h' ? -1 : 1;
	double a = test_fraction(t, toward * t->equal.lo);
	double b = test_fraction(t, toward * t->equal.hi);
	char lo[32], hi[32];

	if (isfinite(a) && isfinite(b) && t->equal.hi < t->worse.threshold &&
	    t->equal.lo > -t->better.threshold) {
		change_format(lo, sizeof lo, fmin(a, b));
		change_format(hi, sizeof hi, fmax(a, b));
		proof = findings_say(findings,
		    ", as it is from %s to %s with a confidence of %.3g%%", lo,
		    hi, 100 * (1 - 2 * t->alpha * looks_share(&t->looks)));
	} else if (t->looks.n > 1) {
		proof = ", as an earlier look showed";
	}
	say(findings, v, t, "unchanged",
	    findings_say(findings,
		"a change as large as the threshold is ruled out%s", proof));
}

/* How the interval of a change stands to the threshold. */
static const char beyond[] = "and the whole interval is beyond the threshold",
		  reaching[] = "and the interval reaches beyond the threshold",
		  less[] = "but by less than the threshold";

/* The verdict of one test, at the rate alpha; alone it would need `lone`. */
static void
conclude(
    struct findings *findings, const struct test *t, double alpha, double lone)
{
	struct verdict *v = &findings->verdicts[t->verdict];
	bool worse = t->worse.q <= alpha, better = t->better.q <= alpha;
	bool equal = !worse && !better && t->p_equal <= alpha;
	const char *obstacle = NULL;

	v->q = t->effect > 0 ? t->worse.q : t->better.q;
	v->mde = test_fraction(t, least_effect(t, t->n, t->m, lone));
	if (worse || better || equal || t->is_dependent)
		obstacle = obstacle_to(findings, v, t, !equal);
	if (obstacle) {
		say(findings, v, t, "inconclusive", obstacle);
	} else if (worse && t->hi >= t->worse.threshold) {
		say_change(findings, t, &t->worse, "regressed",
		    "worse by more than the margin",
		    t->lo >= t->worse.threshold ? beyond : reaching);
	} else if (better && t->lo <= -t->better.threshold) {
		say_change(findings, t, &t->better, "improved",
		    "better by more than the margin",
		    t->hi <= -t->better.threshold ? beyond : reaching);
	} else if (worse) {
		say_change(findings, t, &t->worse, "small", "worse", less);
	} else if (better) {
		say_change(findings, t, &t->better, "small", "better", less);
	} else if (equal) {
		say_unchanged(findings, t);
	} else {
		v->need_n = needed(t, lone);
		say(findings, v, t, "inconclusive",
		    findings_say(findings,
			"neither a change nor its absence is shown%s",
			prospect(findings, v, t)));
	}
}

/* --- what is compared with what --- */

static struct verdict *
add_change(struct findings *findings, const struct subject *s,
    const struct options *options)
{
	struct verdict *v = findings_add(findings, "change");

	v->name = s->name;
	v->metric = s->metric;
	v->variant = s->variant;
	v->unit = s->unit;
	v->better = s->better;
	v->current = s->value;
	v->n = s->n;
	v->r1 = s->r1;
	v->severity = s->rule.severity;
	v->gating = s->rule.gates && !options->spare_changes;
	return v;
}

static void
compare_subject(struct input *input, const struct subject *s, bool variants,
    const struct options *options, struct tests *tests,
    struct findings *findings)
{
	struct stored *stored = input_stored(input, s->name, s->metric);
	struct entry *entry =
	    input->has_document ? input_entry(input, s) : NULL;
	struct subject *base = NULL;
	struct verdict *v;

	if (stored)
		stored->seen = true;
	if (entry)
		entry->seen = true;
	if (!s->rule.declared ||
	    (variants && s->variant && strcmp(s->variant, options->base) == 0))
		return;
	v = add_change(findings, s, options);
	if (variants && s->variant)
		base = input_subject(input, s->name, s->metric, options->base);
	if (base) {
		base->compared = true;
		compare_variant(tests, findings, v, s, base, options);
	} else if (stored && !variants) {
		compare_stored(tests, findings, v, s, stored, options);
	} else if (entry && !variants) {
		compare_entry(tests, findings, v, s, entry, input, options);
	} else {
		v->verdict = "new";
		v->why = "there is nothing to compare it with";
	}
}

/*
 * One side alone is no comparison, unless the others failed, were skipped or
 * were yet to come: that is told of each.
 */
static void
check_sides(const struct input *input, const struct options *options)
{
	bool base = input_has_variant(input, options->base);

	if ((base && input_has_others(input, options->base)) ||
	    input_is_truncated(input))
		return;
	for (size_t i = 0; i < input->n_cases; i++)
		if (input->cases[i].skipped || input->cases[i].has_bad_trial)
			return;
	die(base ? "no summary is of another variant than %s"
		 : "no summary is of the variant %s",
	    options->base);
}

void
decide_changes(struct input *input, const struct options *options,
    struct findings *findings)
{
	struct tests tests = {0};
	bool variants = input_compares_variants(input, options);
	double lone[2];

	if (variants)
		check_sides(input, options);
	if (!variants) {
		learn_priors(&tests, input, options);
		learn_covariates(&tests, input, options);
	}
	for (size_t i = 0; i < input->n_subjects; i++)
		compare_subject(input, &input->subjects[i], variants, options,
		    &tests, findings);
	for (int gating = false; gating <= true; gating++) {
		correct(&tests, findings, options->correction, gating);
		lone[gating] = lone_of(&tests, findings, options, gating);
	}
	for (size_t i = 0; i < tests.n; i++) {
		const struct test *t = &tests.tests[i];
		bool gating = findings->verdicts[t->verdict].gating;

		conclude(findings, t, options->alpha, lone[gating]);
		findings->least_p = fmin(findings->least_p, t->least_p);
	}
	add_untested(input, options, findings, variants);
	free(tests.tests);
	free(tests.learned);
	for (size_t i = 0; i < tests.n_covariates; i++)
		covariate_release(&tests.covariates[i]);
	free(tests.covariates);
	index_release(&tests.units);
	index_release(&tests.metrics);
}

/* Whether anything was judged, or else all was left open. */
static bool
is_judged(const struct findings *findings)
{
	static const char *const open[] = {
	    "inconclusive", "incomparable", "missing", "new", "unknown"};
	const size_t n = sizeof open / sizeof *open;

	for (size_t i = 0; i < findings->n; i++) {
		size_t k = 0;

		while (k < n &&
		       strcmp(findings->verdicts[i].verdict, open[k]) != 0)
			k++;
		if (k == n)
			return true;
	}
	return false;
}

void
refuse_impossible(const struct input *input, const struct options *options,
    const struct findings *findings)
{
	if (findings->least_p > options->alpha && !is_judged(findings) &&
	    !input_is_truncated(input))
		die("so few rounds can never show a change: the least possible "
		    "p is %.2g, and alpha is %g",
		    findings->least_p, options->alpha);
}
