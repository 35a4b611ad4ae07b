/*
 * mk-baseline: what runs offer, and whether it may be accepted.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "mk-baseline.h"
#include "stats.h"

/* The p at which a single metric would be called changed. */
static const double ALPHA = 0.05;

static const char *
keep(struct input *input, const char *text)
{
	return text ? index_text(&input->texts, text) : NULL;
}

const char *
origin_name(const struct origin *origin)
{
	return origin->session.session ? origin->session.session : "(no name)";
}

/* The session of that name; NULL is a name too. */
static size_t
origin_of(struct input *input, const char *name)
{
	size_t i = index_add(&input->origin_names, name ? name : "");

	if (i == input->n_origins) {
		struct origin origin = {0};

		record_clear(&session_type, &origin.session);
		origin.session.session = keep(input, name);
		*MEM_PUSH(input->origins, input->n_origins,
		    input->origins_capacity) = origin;
	}
	return i;
}

static struct known_case *
case_of(struct input *input, const char *name)
{
	size_t i = index_add(&input->case_names, name);

	if (i == input->n_cases)
		*MEM_PUSH(input->cases, input->n_cases, input->cases_capacity) =
		    (struct known_case){0};
	return &input->cases[i];
}

/* A session may have several runs: one that was interrupted is resumed. */
static void
read_run(struct input *input, struct reader *in)
{
	struct origin *origin;
	struct run run;
	size_t i;

	reader_get(in, &run_type, &run);
	reader_check_time(in, "time", run.time);
	input->current = origin_of(input, run.session ? run.session : run.run);
	origin = &input->origins[input->current];
	origin->begun = true;
	origin->ended = false;
	origin->run = keep(input, run.run);
	origin->arch = keep(input, run.arch);
	origin->cpu = keep(input, tree_string(tree_get(run.host.value, "cpu")));
	origin->session.machine = keep(input, run.machine);
	origin->session.time = keep(input, run.time);
	origin->session.commit = keep(input, run.commit);
	origin->session.branch = keep(input, run.branch);
	if (!run.run)
		return;
	i = index_add(&input->run_names, run.run);
	if (i == input->n_runs)
		*MEM_PUSH(input->origin_of_run, input->n_runs,
		    input->runs_capacity) = 0;
	input->origin_of_run[i] = input->current;
}

/*
 * Without a run it is the end of the last one. A session is whole where the
 * last of its runs is; the end of a run that nobody has begun ends none.
 */
static void
read_end(struct input *input, struct reader *in)
{
	size_t i = input->current, run = INDEX_NONE;
	struct origin *origin;
	struct run_end end;

	reader_get(in, &end_type, &end);
	if (end.run)
		run = index_find(&input->run_names, end.run);
	if (run != INDEX_NONE)
		i = input->origin_of_run[run];
	origin = &input->origins[i];
	if (end.failed > 0)
		origin->failed = true;
	if (!end.run || !origin->run || strcmp(end.run, origin->run) == 0)
		origin->ended = end.complete == true;
}

static void
read_case(struct input *input, struct reader *in)
{
	struct case_record record;
	struct known_case *known;
	struct metric metric;

	reader_get(in, &case_type, &record);
	reader_check_case(in, &record);
	known = case_of(input, record.name);
	known->declares = record.metrics.value;
	known->skipped = known->skipped || record.status;
	known->n = 0;
	for (size_t i = 0; i < tree_length(record.metrics.value); i++) {
		reader_get_part(in, tree_at(record.metrics.value, i),
		    &metric_type, &metric);
		*MEM_PUSH(known->metrics, known->n, known->capacity) =
		    keep(input, metric.name);
	}
	record_release(&case_type, &record);
}

static void
read_trial(struct input *input, struct reader *in)
{
	struct trial trial;

	reader_get(in, &trial_type, &trial);
	if (status_is_skipped(trial.status))
		case_of(input, trial.name)->skipped = true;
	if (status_is_ok(trial.status) || status_is_skipped(trial.status) ||
	    phase_is_rejected(trial.phase))
		return;
	case_of(input, trial.name)->failed = true;
	input->origins[input->current].failed = true;
}

static bool
is_variant(const struct offer *offer, const char *variant)
{
	return offer->variant && variant ? strcmp(offer->variant, variant) == 0
					 : offer->variant == variant;
}

/* Whether a verdict says that a metric is not where it was. */
static bool
is_new_level(const char *verdict)
{
	return strcmp(verdict, "regressed") == 0 ||
	       strcmp(verdict, "improved") == 0 ||
	       strcmp(verdict, "exact-changed") == 0;
}

static bool
is_unconfirmed(const struct verdict *verdict)
{
	return strcmp(verdict->verdict, "unconfirmed") == 0;
}

/*
 * Whether a verdict leaves a suspicion: something that the correction for many
 * metrics, a short session or a second one kept from being called a change.
 */
static bool
is_doubtful(const struct verdict *verdict)
{
	return is_unconfirmed(verdict) ||
	       (strcmp(verdict->verdict, "inconclusive") == 0 &&
		   (verdict->p <= ALPHA || verdict->p_better <= ALPHA ||
		       verdict->n < STATS_BLOCK_MIN));
}

/* Verdicts follow the summaries that they are about. */
static void
mark_offer(struct input *input, const struct verdict *verdict)
{
	for (size_t i = 0; i < input->n; i++) {
		struct offer *offer = &input->offers[i];

		if (verdict->metric &&
		    strcmp(offer->metric.name, verdict->name) == 0 &&
		    strcmp(offer->metric.metric, verdict->metric) == 0 &&
		    is_variant(offer, verdict->variant)) {
			offer->new_level |= is_new_level(verdict->verdict);
			offer->doubtful |= is_doubtful(verdict);
			offer->unconfirmed |= is_unconfirmed(verdict);
			offer->accepted |= verdict->left_out > 0;
		}
	}
}

static void
read_verdict(struct input *input, struct reader *in)
{
	struct verdict verdict;

	reader_get(in, &verdict_type, &verdict);
	if (strcmp(verdict.verdict, "failed") == 0)
		case_of(input, verdict.name)->failed = true;
	else if (is_new_level(verdict.verdict) || is_doubtful(&verdict) ||
		 verdict.left_out > 0)
		mark_offer(input, &verdict);
	record_release(&verdict_type, &verdict);
}

/* The session that a summary is of. */
static size_t
origin_of_summary(struct input *input, const struct summary *summary)
{
	struct origin *origin;
	size_t i = input->current;

	if (summary->session || summary->run)
		i = origin_of(
		    input, summary->session ? summary->session : summary->run);
	origin = &input->origins[i];
	if (!origin->session.machine)
		origin->session.machine = keep(input, summary->machine);
	return i;
}

/* A metric of a session, as one word; for the caller to free. */
static char *
shadow_name(size_t origin, const char *name, const char *metric)
{
	return mem_format("%zu %zu %s%s", origin, strlen(name), name, metric);
}

static void
add_shadow(struct input *input, const struct summary *summary)
{
	char *name = shadow_name(
	    origin_of_summary(input, summary), summary->name, summary->metric);
	size_t i = index_add(&input->shadow_names, name);

	free(name);
	if (i == input->n_shadows)
		MEM_PUSH(
		    input->shadows, input->n_shadows, input->shadows_capacity);
	input->shadows[i] = (struct shadow){
	    .unit = keep(input, summary->unit),
	    .value = summary->value,
	};
}

/* What an offer differs from its shadow by; NAN where it has none. */
static double
aa_of(const struct input *input, const struct offer *offer)
{
	char *name = shadow_name(
	    offer->origin, offer->metric.name, offer->metric.metric);
	size_t i = index_find(&input->shadow_names, name);
	const struct shadow *shadow;

	free(name);
	if (i == INDEX_NONE || offer->variant)
		return (double)NAN;
	shadow = &input->shadows[i];
	if (shadow->unit != offer->metric.unit || !(shadow->value > 0) ||
	    !(offer->session.value > 0))
		return (double)NAN;
	return shadow->value / offer->session.value - 1;
}

static void
read_summary(struct input *input, struct reader *in)
{
	struct summary summary;
	struct offer offer;

	reader_get(in, &summary_type, &summary);
	reader_check_summary(in, &summary);
	if (is_calibration(summary.name, summary.variant)) {
		if (!case_is_probe(summary.name))
			add_shadow(input, &summary);
		record_release(&summary_type, &summary);
		return;
	}
	offer.origin = origin_of_summary(input, &summary);
	record_clear(&baseline_type, &offer.metric);
	offer.metric.name = keep(input, summary.name);
	offer.metric.id = keep(input, summary.id);
	offer.metric.metric = keep(input, summary.metric);
	offer.metric.unit = keep(input, summary.unit);
	offer.metric.better = keep(input, summary.better);
	offer.metric.aggregator = keep(input, summary.aggregator);
	record_clear(&session_type, &offer.session);
	offer.session.value = summary.value;
	offer.session.n = summary.n;
	offer.session.se_block = summary.se_block;
	offer.variant = keep(input, summary.variant);
	offer.new_level = offer.doubtful = offer.unconfirmed = false;
	offer.accepted = false;
	case_of(input, summary.name);
	*MEM_PUSH(input->offers, input->n, input->capacity) = offer;
	record_release(&summary_type, &summary);
}

static void
read_record(struct input *input, struct reader *in)
{
	switch (in->kind) {
	case RECORD_RUN:
		read_run(input, in);
		break;
	case RECORD_CASE:
		read_case(input, in);
		break;
	case RECORD_TRIAL:
		read_trial(input, in);
		break;
	case RECORD_SUMMARY:
		read_summary(input, in);
		break;
	case RECORD_VERDICT:
		read_verdict(input, in);
		break;
	case RECORD_END:
		read_end(input, in);
		break;
	default:
		break;
	}
}

void
input_read(struct input *input, char *operands[])
{
	struct reader in;

	*input = (struct input){0};
	origin_of(input, NULL);
	reader_open(&in, operands);
	while (reader_next(&in))
		read_record(input, &in);
	reader_release(&in);
	for (size_t i = 0; i < input->n; i++)
		input->offers[i].session.aa = aa_of(input, &input->offers[i]);
}

void
refuse(const struct choice *choice, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	if (!choice->force)
		die("%s: not accepted without --force", text);
	warn("%s: accepted all the same", text);
	free(text);
}

static bool
is_declared(const struct known_case *known, const char *metric)
{
	for (size_t i = 0; i < known->n; i++)
		if (strcmp(known->metrics[i], metric) == 0)
			return true;
	return !known->declares;
}

bool
choice_matches(
    const struct choice *choice, const char *name, const char *metric)
{
	for (size_t i = 0; i < choice->n_match; i++)
		if (strstr(name, choice->match[i]) ||
		    strstr(metric, choice->match[i]))
			return true;
	return !choice->n_match;
}

/* Why an offer is not accepted. */
enum objection {
	OBJECTION_FAILED,
	OBJECTION_UNDECLARED,
	OBJECTION_VARIANT,
	OBJECTION_OTHER_VARIANT,
	OBJECTION_NO_MATCH,
	OBJECTIONS,
	OBJECTION_NONE = OBJECTIONS
};

static enum objection
objection(const struct input *input, const struct offer *offer,
    const struct choice *choice)
{
	size_t i = index_find(&input->case_names, offer->metric.name);

	if (!is_variant(offer, choice->variant))
		return choice->variant ? OBJECTION_OTHER_VARIANT
				       : OBJECTION_VARIANT;
	if (!choice_matches(choice, offer->metric.name, offer->metric.metric))
		return OBJECTION_NO_MATCH;
	if (i != INDEX_NONE && input->cases[i].failed)
		return OBJECTION_FAILED;
	if (i != INDEX_NONE &&
	    !is_declared(&input->cases[i], offer->metric.metric))
		return OBJECTION_UNDECLARED;
	return OBJECTION_NONE;
}

/* Says why of all summaries there is none to accept. */
static _Noreturn void
die_of(const size_t counts[], size_t all, const struct choice *choice)
{
	static const struct {
		const char *all, *some;
	} whys[] = {
	    [OBJECTION_FAILED] = {"their cases failed", "in cases that failed"},
	    [OBJECTION_UNDECLARED] = {"their cases do not declare them",
		"not declared by their cases"},
	    [OBJECTION_VARIANT] = {"all of them have a variant; -v NAME "
				   "accepts one",
		"with a variant"},
	    [OBJECTION_OTHER_VARIANT] = {"there is none of it",
		"not of that variant"},
	    [OBJECTION_NO_MATCH] = {"no name matches",
		"with no name that matches"},
	};
	char *list = mem_copy("");

	for (size_t i = 0; i < OBJECTIONS; i++) {
		char *before = list;

		if (counts[i] == all)
			list = mem_copy(whys[i].all);
		else if (counts[i])
			list = mem_format("%s%s%s: %zu", before,
			    *before ? ", " : "", whys[i].some, counts[i]);
		else
			continue;
		free(before);
	}
	if (choice->variant)
		die("no summary of variant %s can be accepted: %s",
		    choice->variant, list);
	die("none of the summaries can be accepted: %s", list);
}

bool
input_lacks(const struct input *input, const char *name, const char *metric)
{
	size_t i = index_find(&input->case_names, name);

	if (i == INDEX_NONE)
		return true;
	if (input->cases[i].failed || input->cases[i].skipped)
		return false;
	if (input->cases[i].declares)
		return !is_declared(&input->cases[i], metric);
	for (size_t k = 0; k < input->n; k++)
		if (strcmp(input->offers[k].metric.name, name) == 0 &&
		    strcmp(input->offers[k].metric.metric, metric) == 0)
			return false;
	return true;
}

void
input_choose(struct input *input, const struct choice *choice)
{
	size_t n = 0, counts[OBJECTIONS] = {0};

	if (!input->n)
		die("there are no summaries");
	for (size_t i = 0; i < input->n_origins; i++) {
		const struct origin *origin = &input->origins[i];

		if (origin->begun && !origin->ended)
			refuse(choice, "session %s was cut short",
			    origin_name(origin));
		if (origin->failed)
			refuse(choice, "session %s has failed trials",
			    origin_name(origin));
	}
	for (size_t i = 0; i < input->n_cases; i++)
		if (input->cases[i].failed)
			warn("case %s failed and is left out",
			    input->case_names.texts[i]);
	for (size_t i = 0; i < input->n; i++) {
		enum objection why =
		    objection(input, &input->offers[i], choice);

		if (why != OBJECTION_NONE)
			counts[why]++;
		else
			input->offers[n++] = input->offers[i];
	}
	if (!n)
		die_of(counts, input->n, choice);
	input->n = n;
}

void
input_release(struct input *input)
{
	for (size_t i = 0; i < input->n_cases; i++)
		free(input->cases[i].metrics);
	free(input->cases);
	free(input->origins);
	free(input->origin_of_run);
	free(input->offers);
	index_release(&input->texts);
	index_release(&input->origin_names);
	index_release(&input->case_names);
	index_release(&input->run_names);
	index_release(&input->shadow_names);
	free(input->shadows);
	*input = (struct input){0};
}
