/*
 * mk-baseline: the baseline file, and how it takes what runs offer.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "day.h"
#include "die.h"
#include "metric.h"
#include "mk-baseline.h"
#include "stats.h"

enum {
	FLOOR_SESSIONS = 5 /* fewer tell too little of a percentile */
};

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The length keeps "a" "bc" and "ab" "c" apart; the caller frees it. */
static char *
entry_name(const struct baseline *metric)
{
	return mem_format(
	    "%zu %s%s", strlen(metric->name), metric->name, metric->metric);
}

static bool
has_entry(const struct store *store, const struct baseline *metric)
{
	char *name = entry_name(metric);
	size_t i = index_find(&store->names, name);

	free(name);
	return i != INDEX_NONE;
}

/* The number of a metric's entry; that of a new one is the number of all. */
static size_t
entry_number(struct store *store, const struct baseline *metric)
{
	char *name = entry_name(metric);
	size_t i = index_add(&store->names, name);

	free(name);
	return i;
}

static void
add_entry(struct store *store, const struct baseline *metric, tree *old)
{
	*MEM_PUSH(store->entries, store->n, store->capacity) = (struct entry){
	    .metric = *metric,
	    .old = old,
	    .before = NAN,
	};
}

/* The record, which the caller now owns. */
static tree *
take_record(struct reader *in)
{
	tree *record = in->record;

	in->record = NULL;
	return record;
}

static void
read_head(struct store *store, struct reader *in)
{
	if (in->kind != RECORD_BASELINE_FILE)
		lines_die(&in->lines, "this is not a baseline file");
	reader_get(in, &baseline_file_type, &store->head);
	store->old_head = take_record(in);
}

static void
read_entry(struct store *store, struct reader *in)
{
	struct baseline metric;
	struct entry *entry;

	reader_get(in, &baseline_type, &metric);
	reader_check_list(in, "sessions", &metric.sessions);
	if (entry_number(store, &metric) < store->n)
		lines_die(&in->lines, "case %s: metric %s is here twice",
		    metric.name, metric.metric);
	add_entry(store, &metric, in->record);
	entry = &store->entries[store->n - 1];
	for (size_t i = 0; i < tree_length(metric.sessions.value); i++) {
		struct kept_session kept = {
		    .old = tree_at(metric.sessions.value, i),
		};

		reader_get_part(in, kept.old, &session_type, &kept.session);
		reader_check_session(in, &kept.session);
		*MEM_PUSH(entry->sessions, entry->n, entry->capacity) = kept;
	}
	take_record(in);
	entry->before = entry_median(entry);
}

static void
read_other(struct store *store, struct reader *in)
{
	char *others = store->others;

	if (in->kind != RECORD_OTHER)
		lines_die(&in->lines, "this is no record of a baseline file");
	store->others =
	    mem_format("%s%s\n", others ? others : "", in->lines.text);
	free(others);
}

void
store_read(struct store *store, const char *path)
{
	char *operands[] = {(char *)path, NULL};
	struct reader in;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return;
	reader_open(&in, operands);
	/* Here a last line that is cut short is damage, not a truncated run. */
	in.ended = true;
	while (reader_next(&in))
		if (!store->old_head)
			read_head(store, &in);
		else if (in.kind == RECORD_BASELINE)
			read_entry(store, &in);
		else
			read_other(store, &in);
	reader_release(&in);
}

double
entry_median(const struct entry *entry)
{
	double *values = mem_resize(NULL, entry->n, sizeof *values);
	double median = NAN;

	for (size_t i = 0; i < entry->n; i++)
		values[i] = entry->sessions[i].session.value;
	stats_sort(values, entry->n);
	if (entry->n)
		median = stats_median(values, entry->n);
	free(values);
	return median;
}

/* Sessions without a time count as the latest. */
static bool
is_before(const struct session *a, const struct session *b)
{
	return a->time && (!b->time || day_compare(a->time, b->time) < 0);
}

static void
remove_session(struct entry *entry, size_t i)
{
	memmove(entry->sessions + i, entry->sessions + i + 1,
	    (entry->n - i - 1) * sizeof *entry->sessions);
	entry->n--;
}

static void
insert_session(struct entry *entry, const struct session *session)
{
	size_t i = entry->n;

	*MEM_PUSH(entry->sessions, entry->n, entry->capacity) =
	    (struct kept_session){0};
	for (; i > 0 && is_before(session, &entry->sessions[i - 1].session);
	     i--)
		entry->sessions[i] = entry->sessions[i - 1];
	entry->sessions[i] = (struct kept_session){.session = *session};
}

/* What makes values of two sessions different things; NULL where nothing. */
static const char *
difference(const struct baseline *a, const struct baseline *b)
{
	const char *from = a->aggregator ? a->aggregator : AGGREGATOR_DEFAULT;
	const char *to = b->aggregator ? b->aggregator : AGGREGATOR_DEFAULT;

	if (a->id && b->id && strcmp(a->id, b->id) != 0)
		return "what is measured";
	if (!same_text(a->unit, b->unit))
		return "its unit";
	return strcmp(from, to) != 0 ? "its aggregator" : NULL;
}

static void
take_offer(struct store *store, const struct offer *offer,
    const struct origin *origin, const struct choice *choice)
{
	struct session session = offer->session;
	struct baseline metric = offer->metric;
	struct entry *entry;
	const char *changed;
	size_t number;

	if (choice->grow && offer->unconfirmed && !has_entry(store, &metric)) {
		store->n_doubtful++;
		return;
	}
	number = entry_number(store, &metric);
	if (number == store->n)
		add_entry(store, &metric, NULL);
	entry = &store->entries[number];
	changed = difference(&entry->metric, &metric);
	if (!changed && choice->grow && entry->n) {
		bool doubtful = offer->new_level || offer->doubtful;
		bool full = entry->n >= choice->keep && !offer->accepted;

		store->n_doubtful += doubtful;
		if (doubtful || full)
			return;
	}
	if (!changed && offer->new_level && entry->n)
		changed = "its level";
	if (changed) {
		warn("case %s: metric %s: %s changed, its baseline starts anew",
		    metric.name, metric.metric, changed);
		tree_free(entry->old);
		entry->old = NULL;
		entry->metric = metric;
		entry->n = 0;
		entry->before = NAN;
	}
	entry->touched = true;
	if (metric.id)
		entry->metric.id = metric.id;
	if (metric.better)
		entry->metric.better = metric.better;
	session.session = origin->session.session;
	session.machine = origin->session.machine;
	session.time = origin->session.time;
	session.commit = origin->session.commit;
	session.branch = origin->session.branch;
	session.reason = choice->reason;
	for (size_t i = entry->n; i > 0; i--) {
		const struct session *old = &entry->sessions[i - 1].session;

		if (!same_text(old->session, session.session))
			continue;
		if (!session.reason)
			session.reason = old->reason;
		remove_session(entry, i - 1);
	}
	insert_session(entry, &session);
	while (entry->n > choice->keep)
		remove_session(entry, 0);
}

/* Whether sessions are stored, but none of this machine. */
static bool
is_another_machine(const struct store *store, const char *machine)
{
	bool others = false;

	for (size_t i = 0; i < store->n; i++) {
		const struct entry *entry = &store->entries[i];

		for (size_t s = 0; s < entry->n; s++) {
			const struct session *session =
			    &entry->sessions[s].session;

			if (same_text(session->machine, machine))
				return false;
			others = others || session->machine;
		}
	}
	return machine && others;
}

static void
take_origin(struct store *store, const char *name, const struct input *input,
    size_t number, const struct choice *choice)
{
	const struct origin *origin = &input->origins[number];
	bool taken = false;

	for (size_t i = 0; i < input->n; i++) {
		if (input->offers[i].origin != number)
			continue;
		if (!taken &&
		    is_another_machine(store, origin->session.machine))
			refuse(choice,
			    "session %s is of another machine than those of %s",
			    origin_name(origin), name);
		taken = true;
		take_offer(store, &input->offers[i], origin, choice);
	}
	if (!taken || !origin->begun)
		return;
	store->head.platform = origin->arch;
	store->head.cpu = origin->cpu;
	store->head.timestamp = origin->session.time;
}

void
store_merge(struct store *store, const char *name, const struct input *input,
    const struct choice *choice)
{
	for (size_t i = 0; i < input->n_origins; i++)
		take_origin(store, name, input, i, choice);
}

void
store_prune(
    struct store *store, const struct input *input, const struct choice *choice)
{
	for (size_t i = 0; i < store->n; i++) {
		struct entry *entry = &store->entries[i];
		const struct baseline *metric = &entry->metric;

		if (entry->touched || !entry->n ||
		    !choice_matches(choice, metric->name, metric->metric) ||
		    !input_lacks(input, metric->name, metric->metric))
			continue;
		warn("case %s: metric %s: not in this run: pruned",
		    metric->name, metric->metric);
		entry->n = 0;
	}
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;
	int order = strcmp(x->metric.name, y->metric.name);

	return order ? order : strcmp(x->metric.metric, y->metric.metric);
}

/*
 * The 95th percentile of the sizes, as logarithms, of the changes that sessions
 * saw in the same program; one that few have measured is none.
 */
static double
noise_floor(const struct entry *entry)
{
	double *sizes = mem_resize(NULL, entry->n, sizeof *sizes);
	double floor = NAN;
	size_t n = 0;

	for (size_t i = 0; i < entry->n; i++) {
		double aa = entry->sessions[i].session.aa;

		if (aa > -1)
			sizes[n++] = fabs(log1p(aa));
	}
	stats_sort(sizes, n);
	if (n >= FLOOR_SESSIONS)
		floor = expm1(stats_quantile(sizes, n, 0.95));
	free(sizes);
	return floor;
}

static void
put_entry(FILE *out, const struct entry *entry)
{
	struct baseline metric = entry->metric;
	struct jline sessions = {0}, line = {0};

	metric.noise_floor = noise_floor(entry);
	jline_list(&sessions, NULL);
	for (size_t i = 0; i < entry->n; i++)
		record_put_over(&sessions, NULL, &session_type,
		    &entry->sessions[i].session, entry->sessions[i].old);
	jline_list_end(&sessions);
	metric.sessions = (struct part){.text = sessions.text};
	record_put_over(&line, NULL, &baseline_type, &metric, entry->old);
	fprintf(out, "%s\n", line.text);
	jline_release(&sessions);
	jline_release(&line);
}

char *
store_head_text(const struct store *store)
{
	struct baseline_file head = store->head;
	struct jline line = {0};
	char *text;

	head.v = RECORD_VERSION;
	record_put_over(
	    &line, NULL, &baseline_file_type, &head, store->old_head);
	text = mem_format("%s\n", line.text);
	jline_release(&line);
	return text;
}

char *
store_body_text(const struct store *store)
{
	const struct entry **sorted =
	    mem_resize(NULL, store->n, sizeof *sorted);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		die_errno("memory");
	for (size_t i = 0; i < store->n; i++)
		sorted[i] = &store->entries[i];
	if (store->n)
		qsort(sorted, store->n, sizeof *sorted, compare_entries);
	for (size_t i = 0; i < store->n; i++)
		if (sorted[i]->n)
			put_entry(out, sorted[i]);
	if (store->others)
		fputs(store->others, out);
	if (ferror(out) || fclose(out) != 0)
		die_errno("memory");
	free(sorted);
	return text;
}

void
store_release(struct store *store)
{
	for (size_t i = 0; i < store->n; i++) {
		tree_free(store->entries[i].old);
		free(store->entries[i].sessions);
	}
	free(store->entries);
	free(store->others);
	tree_free(store->old_head);
	index_release(&store->names);
	*store = (struct store){0};
}
