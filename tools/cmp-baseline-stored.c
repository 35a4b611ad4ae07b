/* What was read: the baseline. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmp-baseline.h"
#include "die.h"
#include "metric.h"

/* --- sessions --- */

static struct stored *
stored_of(struct input *input, const char *name, const char *metric)
{
	size_t number =
	    input_key(&input->stored_keys, name, metric, NULL, true);

	if (number == input->n_stored)
		*MEM_PUSH(
		    input->stored, input->n_stored, input->stored_capacity) =
		    (struct stored){.name = input_word(input, name),
			.metric = input_word(input, metric),
			.noise_floor = NAN};
	return &input->stored[number];
}

/* A session that is there twice is still one session: the last counts. */
static void
store_session(struct input *input, struct stored *stored, struct past past)
{
	size_t i = 0;

	past.session = input_word(input, past.session);
	past.machine = input_word(input, past.machine);
	past.time = input_word(input, past.time);
	past.commit = input_word(input, past.commit);
	past.branch = input_word(input, past.branch);
	past.unit = input_word(input, past.unit);
	past.aggregator = input_word(input, past.aggregator);
	past.id = input_word(input, past.id);
	while (i < stored->n &&
	       (!past.session || stored->sessions[i].session != past.session ||
		   stored->sessions[i].unit != past.unit))
		i++;
	if (i == stored->n)
		MEM_PUSH(stored->sessions, stored->n, stored->capacity);
	stored->sessions[i] = past;
}

static void
store_baseline(struct input *input, struct reader *in)
{
	struct baseline b;
	struct stored *stored;

	reader_get(in, &baseline_type, &b);
	reader_check_list(in, "sessions", &b.sessions);
	stored = stored_of(input, b.name, b.metric);
	if (stored->is_record)
		lines_die(&in->lines, "case %s: metric %s is here twice",
		    b.name, b.metric);
	stored->is_record = true;
	reader_check_range(in, "noise_floor", b.noise_floor, 0, RECORD_LARGEST);
	stored->noise_floor = b.noise_floor;
	for (size_t i = 0; i < tree_length(b.sessions.value); i++) {
		struct session s;

		reader_get_part(
		    in, tree_at(b.sessions.value, i), &session_type, &s);
		reader_check_session(in, &s);
		store_session(input, stored,
		    (struct past){
			.session = s.session,
			.machine = s.machine,
			.time = s.time,
			.commit = s.commit,
			.branch = s.branch,
			.unit = b.unit,
			.aggregator = b.aggregator,
			.id = b.id,
			.value = s.value,
		    });
	}
}

/* Whether it is of the program that others are compared with. */
static bool
is_base(const struct input *input, const struct summary *s)
{
	if (case_is_probe(s->name))
		return !s->variant;
	return !s->variant || strcmp(s->variant, input->base) == 0;
}

/* A bare summary is a session of its own; returns whether it was kept. */
static bool
store_summary(struct input *input, struct reader *in)
{
	struct summary s;
	bool keeps;

	reader_get(in, &summary_type, &s);
	reader_check_summary(in, &s);
	keeps = is_base(input, &s);
	if (keeps)
		store_session(input, stored_of(input, s.name, s.metric),
		    (struct past){
			.session = s.session,
			.machine = s.machine,
			.unit = s.unit,
			.aggregator = s.aggregator,
			.id = s.id,
			.value = s.value,
		    });
	record_release(&summary_type, &s);
	return keeps;
}

struct stored *
input_stored(struct input *input, const char *name, const char *metric)
{
	size_t number =
	    input_key(&input->stored_keys, name, metric, NULL, false);

	return number == INDEX_NONE ? NULL : &input->stored[number];
}

static void
read_records(struct input *input, struct file *file)
{
	bool known = false, others = false;
	struct reader in;

	file_as_records(file, &in);
	while (reader_next(&in)) {
		bool is_file = in.kind == RECORD_BASELINE ||
			       in.kind == RECORD_BASELINE_FILE;

		if (in.kind == RECORD_BASELINE)
			store_baseline(input, &in);
		if (in.kind == RECORD_SUMMARY)
			*(store_summary(input, &in) ? &known : &others) = true;
		known = known || is_file;
		/* Cut short is a run, perhaps, but never a baseline file. */
		in.ended = in.ended || is_file;
	}
	/* As for samples: to compare with nothing would pass anything. */
	if (!known && others)
		die("%s: all of its summaries are of variants, and none is of "
		    "%s",
		    file->name, input->base);
	if (!known)
		die("%s: it holds neither baselines nor summaries", file->name);
	reader_release(&in);
}

/* --- a mean, a standard deviation and a size --- */

/* A number of an entry; NAN where it has none. */
static double
number_of(const struct file *file, const char *name, const tree *entry,
    const char *key)
{
	const tree *value = tree_get(entry, key);
	double x = tree_number(value);

	if (value && (isnan(x) || x < 0 || x > RECORD_LARGEST))
		die("%s: %s: %s is no number from 0 on", file->name, name, key);
	return x;
}

/*
 * {"baselines": {NAME: {"mean_ns", "std_dev_ns", "sample_size"}}}, with the
 * machine that they are of.
 */
static void
read_document(
    struct input *input, const struct file *file, const tree *document)
{
	const tree *entries = tree_get(document, "baselines"), *value;
	const char *name;
	void *at = NULL;

	if (!tree_is_object(entries))
		die("%s: baselines is not an object", file->name);
	input->has_document = true;
	input->document_platform =
	    input_word(input, tree_string(tree_get(document, "platform")));
	input->document_cpu =
	    input_word(input, tree_string(tree_get(document, "cpu")));
	while ((value = tree_member(entries, &at, &name))) {
		struct entry entry = {
		    .name = input_word(input, name),
		    .mean = number_of(file, name, value, "mean_ns"),
		    .stddev = number_of(file, name, value, "std_dev_ns"),
		    .n = number_of(file, name, value, "sample_size"),
		};

		if (!tree_is_object(value))
			die("%s: %s: not an object", file->name, name);
		if (!(entry.mean > 0))
			die("%s: %s: mean_ns is missing, or zero", file->name,
			    name);
		index_add(&input->entry_names, name);
		*MEM_PUSH(input->entries, input->n_entries,
		    input->entries_capacity) = entry;
	}
}

/* Whether it is a time, and the only one of its case or the wall_time. */
static bool
is_main_time(const struct input *input, const struct subject *s)
{
	const char *wall_time = builtin_names[BUILTIN_WALL_TIME];
	size_t number = index_find(&input->case_names, s->name);
	double factor;

	if (!s->unit || !unit_factor(s->unit, "ns", &factor))
		return false;
	if (strcmp(s->metric, wall_time) == 0)
		return true;
	for (size_t k = input->cases[number].first; k;
	     k = input->subjects[k - 1].next) {
		const struct subject *other = &input->subjects[k - 1];

		if (other->rule.declared && other->unit &&
		    unit_factor(other->unit, "ns", &factor) &&
		    strcmp(other->metric, s->metric) != 0)
			return false;
	}
	return true;
}

struct entry *
input_entry(struct input *input, const struct subject *s)
{
	char *name = mem_format("%s.%s", s->name, s->metric);
	size_t number = index_find(&input->entry_names, name);
	double factor;

	free(name);
	if (number != INDEX_NONE &&
	    !(s->unit && unit_factor(s->unit, "ns", &factor)))
		number = INDEX_NONE;
	if (number == INDEX_NONE && is_main_time(input, s))
		number = index_find(&input->entry_names, s->name);
	return number == INDEX_NONE ? NULL : &input->entries[number];
}

void
input_read_baseline(struct input *input, const char *path)
{
	struct file file = file_read(path);
	tree *document = file_document(&file, "baselines");

	if (document)
		read_document(input, &file, document);
	else
		read_records(input, &file);
	tree_free(document);
	file_release(&file);
}
