/* Which cases are wanted. */
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "rng.h"
#include "wl-expand.h"

/* Why a case is not selected: what users read is the option's name. */
enum reason {
	SELECTED,
	BY_ARCH,
	BY_TIER,
	BY_TAG,
	BY_FILTER,
	BY_SHARD,
	REASONS,
};

static const char *const reasons[REASONS] = {
    [BY_ARCH] = "--arch",
    [BY_TIER] = "--tier",
    [BY_TAG] = "--tag",
    [BY_FILTER] = "--filter",
    [BY_SHARD] = "--shard",
};

/* Whether one of the texts matches; with `all`, that glob matches always. */
static bool
glob_matches(
    const struct glob *glob, const char *const texts[], size_t n, bool all)
{
	if (all && strcmp(glob->text, "all") == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (fnmatch(glob->text, texts[i], 0) == 0)
			return true;
	return false;
}

/* Some glob, where there are any, and none of the negated ones. */
static bool
globs_select(
    const struct globs *globs, const char *const texts[], size_t n, bool all)
{
	bool wanted = false, any = false;

	for (size_t i = 0; i < globs->n; i++) {
		const struct glob *glob = &globs->globs[i];
		bool matches = glob_matches(glob, texts, n, all);

		if (glob->negated && matches)
			return false;
		any |= !glob->negated;
		wanted |= !glob->negated && matches;
	}
	return wanted || !any;
}

static bool
has_arch(const struct workload *w, const char *arch)
{
	for (size_t i = 0; i < w->architectures.n; i++)
		if (strcmp(w->architectures.s[i], arch) == 0)
			return true;
	return w->architectures.n == 0;
}

static bool
has_tier(const struct workload *w, double tier)
{
	for (size_t i = 0; i < w->tiers.n; i++)
		if (w->tiers.x[i] == tier)
			return true;
	return w->tiers.n == 0 || isnan(tier);
}

static enum reason
judge_workload(const struct workload *w, const struct options *options)
{
	if (!has_arch(w, options->arch))
		return BY_ARCH;
	if (!has_tier(w, options->tier))
		return BY_TIER;
	if (!globs_select(&options->tags, w->tags.s, w->tags.n, true))
		return BY_TAG;
	return SELECTED;
}

static enum reason
judge_case(const struct options *options, const struct naming *naming)
{
	const struct text *name = &naming->name;
	const char *const names[] = {name->s, naming->workload->id};

	if (!globs_select(&options->filters, names, 2, false))
		return BY_FILTER;
	if (rng_hash(name->s, name->len) % options->shards != options->shard)
		return BY_SHARD;
	return SELECTED;
}

static void
say_nothing_selected(const struct options *options, const size_t counts[])
{
	struct text text = {0};

	for (enum reason i = BY_ARCH; i < REASONS; i++) {
		char count[40];

		if (!counts[i])
			continue;
		snprintf(count, sizeof count, "%s%zu left out by ",
		    text.len ? ", " : ": ", counts[i]);
		text_add(&text, count, strlen(count));
		text_add(&text, reasons[i], strlen(reasons[i]));
		if (i == BY_ARCH) {
			text_add(&text, " ", 1);
			text_add(&text, options->arch, strlen(options->arch));
		}
	}
	warn("no case is selected%s", text.s ? text.s : "");
	free(text.s);
}

/* --- all of them --- */

static void
visit_workload(const struct options *options, struct naming *naming,
    visit_case *visit, void *context, size_t counts[])
{
	enum reason whole = judge_workload(naming->workload, options);
	struct walk walk;

	walk_begin(&walk, &naming->workload->space);
	while (walk_next(&walk)) {
		enum reason reason = whole;

		if (reason == SELECTED) {
			naming_make_name(naming, walk.values);
			reason = judge_case(options, naming);
		}
		counts[reason]++;
		if (reason == SELECTED)
			visit(context, naming, walk.values);
	}
	walk_end(&walk);
}

int
select_cases(const struct workloads *workloads, const struct options *options,
    visit_case *visit, void *context)
{
	size_t counts[REASONS] = {0};
	struct naming naming = {0};

	for (size_t i = 0; i < workloads->n; i++) {
		naming_begin(&naming, &workloads->workloads[i], options->arch);
		visit_workload(options, &naming, visit, context, counts);
	}
	naming_release(&naming);
	if (!counts[SELECTED]) {
		say_nothing_selected(options, counts);
		return STATUS_NO;
	}
	return STATUS_DONE;
}
