/*
 * stat-agg: groups as partials, and back.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stat-agg.h"

/* --- writing --- */

/* A list of numbers in the making. */
struct column {
	double *x;
	size_t n, capacity;
};

static void
push(struct column *column, double x)
{
	*MEM_PUSH(column->x, column->n, column->capacity) = x;
}

static struct numbers
numbers_of(const struct column *column)
{
	return (struct numbers){column->x, column->n};
}

/* Whether two lines may be in one piece. */
static bool
is_piece(const struct observation *a, const struct observation *b)
{
	return a->order >> PART_SHIFT == b->order >> PART_SHIFT &&
	       isnan(a->round) == isnan(b->round);
}

static int
compare_lines(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (isnan(x->round) != isnan(y->round))
		return isnan(x->round) ? 1 : -1;
	return (x->order > y->order) - (x->order < y->order);
}

static void
put_piece(struct jline *line, const struct observation *lines, size_t n)
{
	struct column round = {0}, order = {0}, value = {0};
	struct piece piece = {.part = (double)(lines->order >> PART_SHIFT)};

	for (size_t i = 0; i < n; i++) {
		if (!isnan(lines[i].round))
			push(&round, lines[i].round);
		push(&order, (double)(lines[i].order & LINE_MASK));
		push(&value, lines[i].value);
	}
	piece.round = numbers_of(&round);
	piece.order = numbers_of(&order);
	piece.value = numbers_of(&value);
	record_put(line, NULL, &piece_type, &piece);
	free(round.x);
	free(order.x);
	free(value.x);
}

static char *
lines_text(struct group *group)
{
	struct jline line = {0};
	size_t end;

	if (group->n_lines > 1)
		qsort(group->lines, group->n_lines, sizeof *group->lines,
		    compare_lines);
	jline_list(&line, NULL);
	for (size_t start = 0; start < group->n_lines; start = end) {
		end = start + 1;
		while (end < group->n_lines &&
		       is_piece(&group->lines[start], &group->lines[end]))
			end++;
		put_piece(&line, &group->lines[start], end - start);
	}
	jline_list_end(&line);
	return line.text;
}

static char *
digits_text(struct sum *sum)
{
	struct jline line = {0};
	struct column digits = {0};
	struct digits record;

	sum_settle(sum);
	for (int i = 0; i < sum->n; i++)
		push(&digits, (double)sum->digits[i]);
	record.low = sum->low;
	record.digits = numbers_of(&digits);
	record_put(&line, NULL, &digits_type, &record);
	free(digits.x);
	return line.text;
}

static void
put_pool(struct jline *line, const struct round_lines *pool)
{
	struct tally *tally = pool->tally;
	uint64_t order = tally ? tally->order : pool->order;
	struct pool record;
	char *texts[4] = {0};

	record_clear(&pool_type, &record);
	record.round = pool->round;
	record.n = 1;
	record.last = pool->value;
	record.part = (double)(order >> PART_SHIFT);
	record.order = (double)(order & LINE_MASK);
	if (tally) {
		record.n = (double)tally->n;
		record.min = tally->min;
		record.max = tally->max;
		record.last = tally->last;
		record.sum.text = texts[0] = digits_text(&tally->sum);
		record.squares.text = texts[1] = digits_text(&tally->squares);
		record.logs.text = texts[2] = digits_text(&tally->logs);
		record.sketch.text = texts[3] = sketch_text(&tally->sketch);
	}
	record_put(line, NULL, &pool_type, &record);
	for (size_t i = 0; i < 4; i++)
		free(texts[i]);
}

static char *
pools_text(const struct pools *pools)
{
	struct jline line = {0};

	jline_list(&line, NULL);
	for (size_t i = 0; i < pools->n; i++)
		put_pool(&line, &pools->p[i]);
	jline_list_end(&line);
	return line.text;
}

static char *
loose_text(const struct pools *pools)
{
	struct jline line = {0};

	if (!pools->loose)
		return NULL;
	put_pool(&line,
	    &(struct round_lines){.round = (double)NAN, .tally = pools->loose});
	return line.text;
}

static void
write_group(struct jline *line, struct partial *partial, struct group *group)
{
	char *lines = NULL, *pools = NULL, *loose = NULL;

	if (group->pools && group->pools->n)
		pools = pools_text(group->pools);
	if (group->pools)
		loose = loose_text(group->pools);
	else
		lines = lines_text(group);
	partial->variant = group->variant;
	partial->unit = group->unit;
	partial->lines.text = lines;
	partial->pools.text = pools;
	partial->loose.text = loose;
	record_write(line, &partial_type, partial);
	partial->number++;
	free(lines);
	free(pools);
	free(loose);
}

static void
write_subject(
    struct jline *line, struct partial *partial, const struct subject *subject)
{
	partial->name = subject->name;
	for (size_t s = 0; s < subject->n_sources; s++) {
		struct source *source = &subject->sources[s];

		partial->metric = source->name;
		for (size_t g = 0; g < source->n; g++)
			write_group(line, partial, &source->groups[g]);
	}
}

static size_t
count_groups(const struct study *study)
{
	size_t n = 0;

	for (size_t i = 0; i < study->n_sessions; i++)
		for (size_t s = 0; s < study->sessions[i].n_subjects; s++) {
			const struct subject *subject =
			    &study->sessions[i].subjects[s];

			for (size_t k = 0; k < subject->n_sources; k++)
				n += subject->sources[k].n;
		}
	return n;
}

void
study_write_partials(struct study *study)
{
	struct partial partial;
	struct jline line = {0};

	record_clear(&partial_type, &partial);
	partial.number = 0;
	partial.of = (double)count_groups(study);
	partial.error = study->error;
	partial.parts = (struct texts){study->parts.names, study->parts.n};
	for (size_t i = 0; i < study->n_sessions; i++) {
		const struct session_data *session = &study->sessions[i];

		partial.run = session->run;
		partial.session = session->session;
		partial.machine = session->machine;
		for (size_t s = 0; s < session->n_subjects; s++)
			write_subject(&line, &partial, &session->subjects[s]);
	}
	jline_release(&line);
}

/* --- reading --- */

/* A partial and who to blame for it. */
struct giver {
	struct study *study;
	struct reader *in;
	struct group *group;
};

static _Noreturn void
refuse(const struct giver *giver, const char *what)
{
	lines_die(&giver->in->lines, "not what --partial writes: %s", what);
}

/* A count that was read; dies where it is none. */
static uint64_t
whole(const struct giver *giver, double x, double most, const char *what)
{
	if (!(x >= 0 && x <= most && x == trunc(x)))
		refuse(giver, what);
	return (uint64_t)x;
}

static uint64_t
order_of(const struct giver *giver, double part, double order)
{
	const struct study *study = giver->study;

	if (!study->n_pieces)
		refuse(giver, "parts");
	return (uint64_t)study->pieces[whole(
		   giver, part, (double)study->n_pieces - 1, "part")]
		   << PART_SHIFT |
	       whole(giver, order, (double)LINE_MASK, "order");
}

static double
checked(const struct giver *giver, double value)
{
	reader_check_value(giver->in, "value", value);
	return value;
}

static void
read_piece(const struct giver *giver, const tree *value)
{
	struct piece piece;

	reader_get_part(giver->in, value, &piece_type, &piece);
	if (piece.order.n != piece.value.n ||
	    (piece.round.n && piece.round.n != piece.value.n))
		refuse(giver, "lines");
	for (size_t i = 0; i < piece.value.n; i++)
		group_add(giver->study, giver->group,
		    &(struct observation){
			.round = piece.round.n ? piece.round.x[i] : (double)NAN,
			.value = checked(giver, piece.value.x[i]),
			.order = order_of(giver, piece.part, piece.order.x[i]),
		    });
	record_release(&piece_type, &piece);
}

static void
read_digits(const struct giver *giver, struct sum *sum, const tree *value)
{
	struct digits digits;

	reader_get_part(giver->in, value, &digits_type, &digits);
	if (!sum_set(sum, digits.low, digits.digits.x, digits.digits.n))
		refuse(giver, "digits");
	record_release(&digits_type, &digits);
}

/* Returns how many numbers there are. */
static uint64_t
read_counts(const struct giver *giver, struct sketch *sketch, bool negative,
    const tree *value)
{
	struct frequencies counts;
	uint64_t n = 0;

	if (!value)
		return 0;
	reader_get_part(giver->in, value, &frequencies_type, &counts);
	if (!(fabs(counts.low) < 1e7 && counts.low == trunc(counts.low)) ||
	    counts.counts.n > 20000000)
		refuse(giver, "low");
	for (size_t i = 0; i < counts.counts.n; i++) {
		uint64_t count =
		    whole(giver, counts.counts.x[i], UINT32_MAX, "counts");

		if (count)
			sketch_add_bucket(sketch, negative,
			    (int32_t)counts.low + (int32_t)i, (uint32_t)count);
		n += count;
	}
	record_release(&frequencies_type, &counts);
	return n;
}

static uint64_t
read_sketch(const struct giver *giver, struct sketch *sketch, const tree *value)
{
	struct histogram histogram;
	uint64_t n;

	reader_get_part(giver->in, value, &histogram_type, &histogram);
	if (histogram.error != sketch->error)
		refuse(giver, "error");
	if (!isnan(histogram.zeros))
		sketch->zeros = whole(giver, histogram.zeros, 0x1p53, "zeros");
	n = sketch->zeros;
	n += read_counts(giver, sketch, false, histogram.positive.value);
	n += read_counts(giver, sketch, true, histogram.negative.value);
	return n;
}

static struct tally *
read_tally(const struct giver *giver, const struct pool *record)
{
	struct tally *tally = tally_new(giver->study->error);

	tally->n = whole(giver, record->n, 0x1p53, "n");
	if (!tally->n)
		refuse(giver, "n");
	tally->min = checked(giver, record->min);
	tally->max = checked(giver, record->max);
	tally->last = checked(giver, record->last);
	if (!(tally->min <= tally->last && tally->last <= tally->max))
		refuse(giver, "min and max");
	tally->order = order_of(giver, record->part, record->order);
	read_digits(giver, &tally->sum, record->sum.value);
	read_digits(giver, &tally->squares, record->squares.value);
	read_digits(giver, &tally->logs, record->logs.value);
	if (read_sketch(giver, &tally->sketch, record->sketch.value) !=
	    tally->n)
		refuse(giver, "n");
	return tally;
}

static void
read_pool(const struct giver *giver, const tree *value, bool is_loose)
{
	struct pool record;
	struct round_lines pool = {0};

	reader_get_part(giver->in, value, &pool_type, &record);
	if (isnan(record.round) != is_loose)
		refuse(giver, "round");
	pool.round = record.round;
	if (record.sketch.value) {
		pool.tally = read_tally(giver, &record);
	} else {
		if (record.n != 1)
			refuse(giver, "n");
		pool.value = checked(giver, record.last);
		pool.order = order_of(giver, record.part, record.order);
	}
	group_merge_pool(giver->study, giver->group, &pool);
	tally_free(pool.tally);
}

void
partials_end(const struct study *study)
{
	if (study->given != study->to_give)
		die("%s: cut short: it has %zu of %zu partials", study->giver,
		    study->given, study->to_give);
}

/* Each of a file's partials follows the one before it. */
static void
count_partial(const struct giver *giver, const struct partial *partial)
{
	struct study *study = giver->study;
	uint64_t number = whole(giver, partial->number, 0x1p53, "number");
	uint64_t of = whole(giver, partial->of, 0x1p53, "of");

	if (number == 0) {
		partials_end(study);
		study->giver = study_text(study, giver->in->lines.name);
		study->to_give = of;
		study->given = 0;
	}
	if (number >= of)
		refuse(giver, "of");
	if (number != study->given || of != study->to_give)
		lines_die(&giver->in->lines,
		    "partial %zu of %zu, where %zu was to come",
		    (size_t)number + 1, (size_t)of, study->given + 1);
	study->given++;
}

/* The first of a file's partials names its parts for the others. */
static void
read_parts(struct study *study, const struct partial *partial)
{
	study->n_pieces = 0;
	for (size_t i = 0; i < partial->parts.n; i++) {
		*MEM_PUSH(study->pieces, study->n_pieces,
		    study->pieces_capacity) = study->parts.n;
		*MEM_PUSH(
		    study->parts.names, study->parts.n, study->parts.capacity) =
		    study_text(study, partial->parts.s[i]);
	}
}

void
partial_read(struct study *study, struct reader *in)
{
	struct partial partial;
	struct giver giver = {.study = study, .in = in};
	struct session_data *session;
	struct run run = {0};
	uint64_t before;

	reader_get(in, &partial_type, &partial);
	if (partial.error != study->error)
		lines_die(&in->lines,
		    "sketches with an error of %g do not merge with those of "
		    "%g: see --error",
		    partial.error, study->error);
	count_partial(&giver, &partial);
	if (partial.number == 0)
		read_parts(study, &partial);
	run.run = partial.run;
	run.session = partial.session;
	run.machine = partial.machine;
	session = &study->sessions[study_session(study, &run)];
	giver.group = group_of(
	    source_of(subject_of(session, partial.name), partial.metric),
	    study_text(study, partial.variant),
	    study_text(study, partial.unit));
	if (!giver.group->n) {
		giver.group->file = in->lines.name;
		giver.group->line = in->lines.number;
	}
	before = giver.group->n;
	for (size_t i = 0; i < tree_length(partial.lines.value); i++)
		read_piece(&giver, tree_at(partial.lines.value, i));
	for (size_t i = 0; i < tree_length(partial.pools.value); i++)
		read_pool(&giver, tree_at(partial.pools.value, i), false);
	if (partial.loose.value)
		read_pool(&giver, partial.loose.value, true);
	if (giver.group->n == before)
		refuse(&giver, "no lines");
	record_release(&partial_type, &partial);
}
