/* hist-get: what was selected, as records. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "hist-get.h"

/* --- records of files --- */

enum {
	MOST_BYTES = 1 << 30 /* of a record; more is no length of one */
};

/* The index is made of files, but it may be anybody's index. */
static void
check_file(const struct store *store, const char *file)
{
	if (*file == '/' || *file == '.' || strstr(file, "/."))
		die("%s: the index has a file that is none of the history: %s",
		    store->root, file);
}

tree *
read_at(const struct store *store, const struct past_run *run, int64_t at,
    int64_t len)
{
	char *path, *text, why[200];
	tree *record = NULL;
	int fd;

	check_file(store, run->file);
	path = store_path(store, run->file);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		die_errno("%s", path);
	if (len < 0 || len > MOST_BYTES)
		len = 0;
	text = mem_zero((size_t)len + 1, 1);
	if (pread(fd, text, (size_t)len, (off_t)at) == (ssize_t)len)
		record = tree_parse(text, (size_t)len, why, sizeof why);
	if (!record)
		die("%s: is not what the index was made of: hist-add --reindex",
		    path);
	close(fd);
	free(text);
	free(path);
	return record;
}

/* --- runs --- */

static int
compare_ranks(const void *a, const void *b)
{
	const struct past_run *x = *(struct past_run *const *)a;
	const struct past_run *y = *(struct past_run *const *)b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The runs that are wanted, the oldest first. */
static struct past_run **
wanted_runs(struct selection *selection, size_t *n)
{
	struct past_run **runs = mem_zero(selection->n_runs, sizeof *runs);

	*n = 0;
	for (size_t i = 0; i < selection->n_runs; i++)
		if (selection->runs[i].wanted)
			runs[(*n)++] = &selection->runs[i];
	qsort(runs, *n, sizeof *runs, compare_ranks);
	return runs;
}

void
write_runs(struct selection *selection)
{
	size_t n;
	struct past_run **runs = wanted_runs(selection, &n);

	for (size_t i = 0; i < n; i++)
		if (runs[i]->text)
			out_line(runs[i]->text, strlen(runs[i]->text));
	free(runs);
}

void
write_cases(const struct selection *selection, const struct store *store)
{
	struct jline line = {0};

	for (size_t i = 0; i < selection->n_cases; i++) {
		const struct past_case *c = &selection->cases[i];
		tree *record =
		    read_at(store, &selection->runs[c->run], c->at, c->len);

		jline_tree(&line, NULL, record);
		jline_out(&line);
		tree_free(record);
	}
	jline_release(&line);
}

void
write_marks(const struct selection *selection)
{
	for (size_t i = 0; i < selection->n_marks; i++)
		out_line(
		    selection->marks[i].text, strlen(selection->marks[i].text));
}

/* --- points --- */

static char *
members(const struct point_record *point)
{
	struct jline line = {0};

	point_members(&line, point);
	return line.text;
}

static void
make_series_members(struct past_series *series)
{
	struct point_record head = series->point, tail;

	record_clear(&point_type, &tail);
	tail.threshold_percent = series->point.threshold_percent;
	tail.severity = series->point.severity;
	tail.gate = series->point.gate;
	record_clear(&point_type, &head);
	head.name = series->point.name;
	head.workload = series->point.workload;
	head.id = series->point.id;
	head.metric = series->point.metric;
	head.unit = series->point.unit;
	head.better = series->point.better;
	head.aggregator = series->point.aggregator;
	series->head = members(&head);
	series->tail = members(&tail);
}

static void
make_run_members(struct past_run *run, bool join)
{
	struct point_record where, when;

	record_clear(&point_type, &where);
	where.arch = run->arch;
	where.target = run->target;
	where.machine = run->machine;
	where.branch = join ? NULL : run->branch;
	record_clear(&point_type, &when);
	when.run = run->run;
	when.session = run->session;
	when.time = run->time;
	when.commit = run->commit;
	when.dirty = run->dirty;
	run->where = members(&where);
	run->when = members(&when);
}

/* The round values, which only the file has. */
static char *
value_members(const struct store *store, const struct past_run *run,
    const struct past_point *point)
{
	tree *record = read_at(store, run, point->at, point->len);
	struct jline line = {0};
	static const char *const keys[] = {"rounds", "values"};
	char *text;

	jline_open(&line, NULL);
	for (size_t i = 0; i < 2; i++)
		if (tree_get(record, keys[i]))
			jline_tree(&line, keys[i], tree_get(record, keys[i]));
	jline_close(&line);
	/* Without the braces. */
	text = line.len > 2
		   ? mem_format(",%.*s", (int)line.len - 2, line.text + 1)
		   : mem_copy("");
	jline_release(&line);
	tree_free(record);
	return text;
}

static void
put(struct jline *line, const char *text)
{
	jline_text(line, text, strlen(text));
}

static void
put_point(struct jline *line, struct selection *selection,
    const struct store *store, const struct past_point *point, bool values)
{
	struct past_series *series = &selection->series[point->series];
	struct past_run *run = &selection->runs[point->run];

	if (!series->head)
		make_series_members(series);
	if (!run->where)
		make_run_members(run, selection->join);
	line->len = 0;
	put(line, "{\"type\":\"point\"");
	put(line, series->head);
	put(line, run->where);
	if (series->tags) {
		put(line, ",\"tags\":");
		put(line, series->tags);
	}
	put(line, run->when);
	put(line, point->text);
	if (values) {
		char *text = value_members(store, run, point);

		put(line, text);
		free(text);
	}
	put(line, series->tail);
}

static void
put_count(struct jline *line, size_t count)
{
	struct point_record point;
	char *text;

	record_clear(&point_type, &point);
	point.points = (double)count;
	text = members(&point);
	put(line, text);
	free(text);
}

void
write_points(struct selection *selection, const struct store *store,
    const struct choice *choice)
{
	struct jline line = {0};
	size_t count = 0;

	for (size_t i = 0; i < selection->n; i++) {
		const struct past_point *point = &selection->points[i];
		bool last = i + 1 == selection->n ||
			    !is_one_series(selection, i, i + 1);

		count++;
		if (choice->series && !last)
			continue;
		put_point(&line, selection, store, point, choice->values);
		if (choice->series)
			put_count(&line, count);
		put(&line, "}");
		jline_out(&line);
		if (last)
			count = 0;
	}
	jline_release(&line);
}
