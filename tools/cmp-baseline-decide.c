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

static size_t
count_gating(const struct tests *tests, const struct findings *findings)
{
	size_t n = 0;

	for (size_t i = 0; i < tests->n; i++)
		n += findings->verdicts[tests->tests[i].verdict].gating == true;
	return n ? n : 1;
}

/* The least p that n rounds of each variant, or n pairs, could show. */
static double
least_p(const struct test *t, double n)
{
	size_t rounds = (size_t)n;

	return t->kind == TEST_PAIRS ? stats_signed_rank_min_p(rounds)
				     : stats_mann_whitney_min_p(rounds, rounds);
}

/*
 * The least effect that would be found in 8 of 10 cases, were it the only one
 * and had to show a p of `lone`, with n sessions in the baseline, n pairs or n
 * rounds of each variant. INFINITY where so few could never show any.
 */
static double
least_effect(const struct test *t, double n, double lone)
{
	lone *= looks_share(&t->looks);
	if (t->kind == TEST_SUMMARY)
		return t->worse.margin + (stats_t_quantile(1 - lone, t->df) +
					     stats_t_quantile(POWER, t->df)) *
					     t->se;
	if (t->kind == TEST_SESSIONS) {
		double df = n - 1 + t->prior.df;

		return t->worse.margin + (stats_t_quantile(1 - lone, df) +
					     stats_t_quantile(POWER, df)) *
					     t->sd * sqrt(1 + 1 / n);
	}
	if (least_p(t, n) > lone)
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

		if (least_effect(t, n, lone) <= t->worse.threshold)
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

	if (isinf(v->change))
		snprintf(change, sizeof change, "beyond any number");
	else if (!isnan(v->change))
		change_format(change, sizeof change, v->change);
	if (t->kind == TEST_SUMMARY)
		snprintf(base, sizeof base, "the mean of %.0f values", t->n);
	else if (isnan(v->sessions))
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
	bool many = t->kind == TEST_SESSIONS && v->need_n > SESSIONS_KEPT;
	char mde[32];

	if (isfinite(v->mde)) {
		change_format(mde, sizeof mde, v->mde);
		least = findings_say(
		    findings, "; from %s worse it would be found", mde);
	}
	if (!isnan(v->need_n))
		need = findings_say(findings,
		    "; %.0f %s would find the threshold%s", v->need_n,
		    t->kind == TEST_SESSIONS ? "sessions" : "rounds of each",
		    many ? ", which is more than mk-baseline keeps unless "
			   "it is told to"
			 : "");
	return findings_say(findings, "%s%s", least, need);
}

static void
say(struct findings *findings, struct verdict *v, const struct test *t,
    const char *word, const char *meaning)
{
	v->verdict = word;
	v->why =
	    findings_say(findings, "%s%s: %s%s%s", comparison(findings, v, t),
		v->covariate
		    ? findings_say(findings,
			  ", less what the probe's %s explains", v->covariate)
		    : "",
		meaning,
		t->kind == TEST_SUMMARY
		    ? "; of a baseline without sessions nobody knows how much "
		      "they differ"
		    : "",
		t->is_coarse ? "; does not gate, as its margin reaches its "
			       "threshold"
			     : "");
}

/* The verdict of one test, at the rate alpha; alone it would need `lone`. */
static void
conclude(
    struct findings *findings, const struct test *t, double alpha, double lone)
{
	struct verdict *v = &findings->verdicts[t->verdict];
	bool worse = t->worse.q <= alpha, better = t->better.q <= alpha;
	double mde =
	    t->least_p <= lone ? least_effect(t, t->n, lone) : INFINITY;

	v->q = t->effect > 0 ? t->worse.q : t->better.q;
	v->mde = test_fraction(t, mde);
	if ((worse || better) && t->has_few_rounds) {
		v->need_n = STATS_BLOCK_MIN;
		say(findings, v, t, "inconclusive",
		    "with fewer than 10 rounds the error of this session is "
		    "not known");
	} else if ((worse || better) && t->has_no_error) {
		say(findings, v, t, "inconclusive",
		    "its summary has neither values nor se_block, so the "
		    "error of this session is not known");
	} else if (worse && t->hi >= t->worse.threshold) {
		say(findings, v, t, "regressed",
		    "worse by more than the margin, and by as much as the "
		    "threshold or more");
	} else if (better && t->lo <= -t->better.threshold) {
		say(findings, v, t, "improved",
		    "better by more than the margin, and by as much as the "
		    "threshold or more");
	} else if (worse || better) {
		say(findings, v, t, "small",
		    worse ? "worse, but by less than the threshold"
			  : "better, but by less than the threshold");
	} else if (t->p_equal <= alpha) {
		say(findings, v, t, "unchanged",
		    "a change as large as the threshold is ruled out");
	} else {
		v->need_n = needed(t, lone);
		say(findings, v, t, "inconclusive",
		    findings_say(findings,
			"neither a change nor its absence is shown%s",
			prospect(findings, v, t)));
	}
}

/* --- what is not a test --- */

static void
add_missing(struct input *input, struct findings *findings)
{
	for (size_t i = 0; i < input->n_stored; i++) {
		const struct stored *stored = &input->stored[i];
		size_t number = index_find(&input->case_names, stored->name);
		const struct case_info *info =
		    number == INDEX_NONE ? NULL : &input->cases[number];
		const struct rule *rule =
		    input_rule(input, stored->name, stored->metric);
		struct verdict *v;

		if (stored->seen || !info || info->skipped ||
		    info->has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = stored->name;
		v->metric = stored->metric;
		if (stored->n)
			v->unit = stored->sessions[stored->n - 1].unit;
		v->verdict = "missing";
		v->severity = rule && !rule->gates ? "info" : "warning";
		v->gating = false;
		v->why = input_is_truncated(input)
			     ? "the run was cut short before it was measured"
			     : "the baseline has it, and this run ran its "
			       "case, but did not measure it";
	}
}

/* The same of an entry whose case this run ran. */
static void
add_missing_entries(struct input *input, struct findings *findings)
{
	for (size_t i = 0; i < input->n_entries; i++) {
		const struct entry *entry = &input->entries[i];
		size_t number = index_find(&input->case_names, entry->name);
		const struct case_info *info =
		    number == INDEX_NONE ? NULL : &input->cases[number];
		struct verdict *v;

		if (entry->seen || !info || info->skipped ||
		    info->has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = entry->name;
		v->verdict = "missing";
		v->severity = "warning";
		v->gating = false;
		v->why = "the baseline has it, and this run ran its case, but "
			 "has no time of it";
	}
}

static void
add_failed(struct input *input, struct findings *findings, bool variants)
{
	for (size_t i = 0; i < input->n_cases; i++) {
		const struct case_info *info = &input->cases[i];
		long failures =
		    info->failures + (variants ? 0 : info->base_unstarted);
		struct verdict *v;

		if (!failures)
			continue;
		v = findings_add(findings, "change");
		v->name = info->name;
		v->verdict = "failed";
		v->severity = "blocking";
		v->gating = true;
		v->why = findings_say(findings, "%ld of %ld trials failed: %s",
		    failures, info->trials,
		    info->first_failure ? info->first_failure : "spawn");
	}
}

/* A metric of the base variant that no other variant has. */
static void
add_missing_variants(struct input *input, const struct options *options,
    struct findings *findings)
{
	for (size_t i = 0; i < input->n_subjects; i++) {
		const struct subject *s = &input->subjects[i];
		size_t number = index_find(&input->case_names, s->name);
		struct verdict *v;

		if (!s->rule.declared || s->compared || !s->variant ||
		    strcmp(s->variant, options->base) != 0 ||
		    input->cases[number].has_bad_trial)
			continue;
		v = findings_add(findings, "change");
		v->name = s->name;
		v->metric = s->metric;
		v->unit = s->unit;
		v->baseline = s->value;
		v->verdict = "missing";
		v->severity = "warning";
		v->gating = false;
		v->why = "only the base variant has it";
	}
}

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
 * A rank test that cannot reject, whatever comes out, is no test; but a run
 * that was cut short did not choose how many rounds it has.
 */
static void
refuse_impossible(const struct input *input, const struct tests *tests,
    const struct options *options)
{
	double least = INFINITY;

	if (input_is_truncated(input))
		return;
	for (size_t i = 0; i < tests->n; i++)
		least = fmin(least, tests->tests[i].least_p);
	if (tests->n && least > options->alpha)
		die("so few rounds can never show a change: the least possible "
		    "p is %.2g, and alpha is %g",
		    least, options->alpha);
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
	double lone;

	if (variants)
		check_sides(input, options);
	if (!variants) {
		learn_priors(&tests, input, options);
		learn_covariates(&tests, input, options);
	}
	for (size_t i = 0; i < input->n_subjects; i++)
		compare_subject(input, &input->subjects[i], variants, options,
		    &tests, findings);
	refuse_impossible(input, &tests, options);
	correct(&tests, findings, options->correction, true);
	correct(&tests, findings, options->correction, false);
	lone = stats_lone_p(options->correction, options->alpha,
	    count_gating(&tests, findings));
	for (size_t i = 0; i < tests.n; i++)
		conclude(findings, &tests.tests[i], options->alpha, lone);
	add_failed(input, findings,
	    variants && input_has_others(input, options->base));
	add_missing(input, findings);
	add_missing_entries(input, findings);
	if (variants)
		add_missing_variants(input, options, findings);
	free(tests.tests);
	free(tests.learned);
	for (size_t i = 0; i < tests.n_covariates; i++)
		covariate_release(&tests.covariates[i]);
	free(tests.covariates);
	index_release(&tests.units);
	index_release(&tests.metrics);
}
