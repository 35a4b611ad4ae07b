/*
 * stat-agg: what was read, in an order of its own.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"

/* --- what is of no run --- */

/* Everything of a subject becomes part of another; what it was is empty. */
static void
move_subject(struct study *study, struct subject *to, struct subject *from)
{
	if (!to->record) {
		struct subject old = *to;

		to->record = from->record;
		to->id = from->id;
		to->workload = from->workload;
		to->arch = from->arch;
		to->target = from->target;
		to->params = from->params;
		to->declared = from->declared;
		to->n_declared = from->n_declared;
		to->criteria = from->criteria;
		to->n_criteria = from->n_criteria;
		to->scalings = from->scalings;
		to->n_scalings = from->n_scalings;
		from->record = old.record;
		from->declared = old.declared;
		from->criteria = old.criteria;
		from->scalings = old.scalings;
	}
	from->n_declared = from->n_criteria = from->n_scalings = 0;
	for (size_t i = 0; i < from->n_trials; i++) {
		struct tried trial = from->trials[i];

		trial.order = to->n_trials;
		*MEM_PUSH(to->trials, to->n_trials, to->trials_capacity) =
		    trial;
	}
	from->n_trials = 0;
	for (size_t i = 0; i < from->n_courses; i++)
		*MEM_PUSH(to->courses, to->n_courses, to->courses_capacity) =
		    from->courses[i];
	from->n_courses = 0;
	for (size_t s = 0; s < from->n_sources; s++) {
		struct source *source = source_of(to, from->sources[s].name);

		for (size_t g = 0; g < from->sources[s].n; g++) {
			struct group *group = &from->sources[s].groups[g];
			struct group *own =
			    group_of(source, group->variant, group->unit);

			if (!own->n) {
				own->file = group->file;
				own->line = group->line;
			}
			group_merge(study, own, group);
			group_release(group);
		}
		from->sources[s].n = 0;
	}
}

/*
 * What a part of a run that does not begin with the run holds: the session ""
 * goes into the only other. Where there are several nobody knows; plain
 * samples stay what they are, of no run.
 */
static void
move_session(struct study *study)
{
	struct session_data *none = &study->sessions[0];
	struct session_data *only = &study->sessions[1];

	if (study->n_sessions > 2 && study->named && none->n_subjects)
		warn("cases of no run, and several runs that they could be of: "
		     "each part must begin with its run");
	if (study->n_sessions != 2)
		return;
	for (size_t i = 0; i < none->n_subjects; i++) {
		struct subject *subject = &none->subjects[i];

		move_subject(study, subject_of(only, subject->name), subject);
	}
}

/* --- order --- */

/* Texts as people count, file9 before file10; none is last. */
static int
compare_texts(const char *a, const char *b)
{
	if (!a || !b)
		return !a - !b;
	return strverscmp(a, b);
}

static int
compare_sessions(const void *a, const void *b)
{
	const struct session_data *x = a, *y = b;

	return compare_texts(
	    x->session ? x->session : "", y->session ? y->session : "");
}

static int
compare_subjects(const void *a, const void *b)
{
	const struct subject *x = a, *y = b;

	return compare_texts(x->name, y->name);
}

static int
compare_sources(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return compare_texts(x->name, y->name);
}

static int
compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int difference = compare_texts(x->variant, y->variant);

	return difference ? difference : compare_texts(x->unit, y->unit);
}

static int
compare_trials(const void *a, const void *b)
{
	const struct tried *x = a, *y = b;
	int difference = compare_texts(x->variant, y->variant);

	if (difference)
		return difference;
	if (isnan(x->round) != isnan(y->round))
		return isnan(x->round) ? 1 : -1;
	if (x->round < y->round || x->round > y->round)
		return x->round < y->round ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static void
sort(void *list, size_t n, size_t size,
    int (*compare)(const void *, const void *))
{
	if (n > 1)
		qsort(list, n, size, compare);
}

static int
compare_parts(const void *a, const void *b, void *arg)
{
	const struct parts *parts = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int difference = strverscmp(parts->names[x], parts->names[y]);

	return difference ? difference : (x > y) - (x < y);
}

/* The place of each part among all; to be freed. */
static size_t *
rank_parts(struct parts *parts)
{
	size_t *order = mem_resize(NULL, parts->n, sizeof *order);
	size_t *ranks = mem_resize(NULL, parts->n, sizeof *ranks);
	const char **names = mem_resize(NULL, parts->n, sizeof *names);

	for (size_t i = 0; i < parts->n; i++)
		order[i] = i;
	if (parts->n > 1)
		qsort_r(order, parts->n, sizeof *order, compare_parts, parts);
	for (size_t i = 0; i < parts->n; i++) {
		ranks[order[i]] = i;
		names[i] = parts->names[order[i]];
	}
	free(order);
	free(parts->names);
	parts->names = names;
	parts->capacity = parts->n;
	return ranks;
}

static uint64_t
rank_order(uint64_t order, const size_t *ranks)
{
	return (uint64_t)ranks[order >> PART_SHIFT] << PART_SHIFT |
	       (order & LINE_MASK);
}

/* The first of the parts that have the name of each, but of those without. */
static size_t *
find_namesakes(const struct parts *parts)
{
	size_t *first = mem_resize(NULL, parts->n, sizeof *first);
	bool any = false;

	for (size_t i = 0; i < parts->n; i++) {
		bool same = i && *parts->names[i] &&
			    strcmp(parts->names[i], parts->names[i - 1]) == 0;

		first[i] = same ? first[i - 1] : i;
		any = any || same;
	}
	if (any)
		return first;
	free(first);
	return NULL;
}

static int
compare_orders(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* No line may be there twice, of parts of one name. */
static void
check_group(const struct parts *parts, const struct group *group,
    const size_t *namesakes)
{
	uint64_t *orders = mem_resize(NULL, group->n_lines, sizeof *orders);

	for (size_t i = 0; i < group->n_lines; i++)
		orders[i] = rank_order(group->lines[i].order, namesakes);
	sort(orders, group->n_lines, sizeof *orders, compare_orders);
	for (size_t i = 1; i < group->n_lines; i++)
		if (orders[i] == orders[i - 1])
			order_die_of_repeated(parts, orders[i]);
	free(orders);
}

static void
rank_group(struct group *group, const size_t *ranks)
{
	struct pools *pools = group->pools;

	for (size_t i = 0; i < group->n_lines; i++)
		group->lines[i].order =
		    rank_order(group->lines[i].order, ranks);
	for (size_t i = 0; pools && i < pools->n; i++) {
		struct round_lines *pool = &pools->p[i];
		uint64_t *order =
		    pool->tally ? &pool->tally->order : &pool->order;

		*order = rank_order(*order, ranks);
	}
	if (pools && pools->loose)
		pools->loose->order = rank_order(pools->loose->order, ranks);
}

/* Groups that can become one metric are all pooled or all not. */
static void
pool_alike(struct study *study, struct source *source)
{
	for (size_t g = 0; g < source->n; g++)
		for (size_t h = 0; source->groups[g].pools && h < source->n;
		     h++)
			if (source->groups[h].variant ==
			    source->groups[g].variant)
				group_pool(study, &source->groups[h]);
}

/* Before the parts have other numbers, as it asks which line is the last. */
static void
pool_all_alike(struct study *study)
{
	for (size_t i = 0; i < study->n_sessions; i++)
		for (size_t s = 0; s < study->sessions[i].n_subjects; s++) {
			struct subject *subject =
			    &study->sessions[i].subjects[s];

			for (size_t k = 0; k < subject->n_sources; k++)
				pool_alike(study, &subject->sources[k]);
		}
}

static void
settle_subject(struct study *study, struct subject *subject,
    const size_t *ranks, const size_t *namesakes)
{
	for (size_t s = 0; s < subject->n_sources; s++) {
		struct source *source = &subject->sources[s];

		for (size_t g = 0; g < source->n; g++) {
			rank_group(&source->groups[g], ranks);
			if (namesakes)
				check_group(&study->parts, &source->groups[g],
				    namesakes);
		}
		sort(source->groups, source->n, sizeof *source->groups,
		    compare_groups);
	}
	sort(subject->trials, subject->n_trials, sizeof *subject->trials,
	    compare_trials);
	sort(subject->sources, subject->n_sources, sizeof *subject->sources,
	    compare_sources);
	for (size_t s = 0; s < subject->n_sources; s++)
		subject->sources[s].name =
		    study_text(study, subject->sources[s].name);
	index_release(&subject->source_names);
	for (size_t s = 0; s < subject->n_sources; s++)
		index_add(&subject->source_names, subject->sources[s].name);
}

void
study_settle(struct study *study, bool is_whole)
{
	size_t *ranks, *namesakes;

	if (is_whole)
		move_session(study);
	pool_all_alike(study);
	ranks = rank_parts(&study->parts);
	namesakes = find_namesakes(&study->parts);
	for (size_t i = 0; i < study->n_sessions; i++) {
		struct session_data *session = &study->sessions[i];

		for (size_t s = 0; s < session->n_subjects; s++)
			settle_subject(
			    study, &session->subjects[s], ranks, namesakes);
		sort(session->subjects, session->n_subjects,
		    sizeof *session->subjects, compare_subjects);
	}
	sort(study->sessions, study->n_sessions, sizeof *study->sessions,
	    compare_sessions);
	free(ranks);
	free(namesakes);
}
