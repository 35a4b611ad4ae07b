/* The closing table: what was measured, for a person. */
#include "wl-run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "utf8.h"

enum {
	MOST_ROWS = 100,
	WIDEST_NAME = 60
};

/* The columns, as texts. */
struct row {
	char *name, *metric;
	char value[80], cpu[48], max_rss[48], trials[32];
	char notes[80];
};

static double
wall_of(const struct kept *kept)
{
	return kept->wall_ns;
}

static double
cpu_of(const struct kept *kept)
{
	return (double)kept->cpu_ns;
}

static double
max_rss_of(const struct kept *kept)
{
	return (double)kept->max_rss;
}

struct shown
table_shown(const struct loaded *loaded)
{
	const struct metric *leading = leading_metric(loaded);
	enum builtin builtin = BUILTIN_WALL_TIME;

	if (leading)
		builtin =
		    builtin_find(leading->from ? leading->from : leading->name);
	if (builtin == BUILTIN_COUNT &&
	    aggregator_keeps_unit(leading->aggregator))
		return (struct shown){leading->name,
		    leading->unit ? leading->unit : "", kept_value};
	if (builtin == BUILTIN_COUNT || builtin == BUILTIN_WALL_TIME)
		return (struct shown){builtin_names[BUILTIN_WALL_TIME],
		    builtin_units[BUILTIN_WALL_TIME], wall_of};
	return (struct shown){
	    builtin_names[builtin], builtin_units[builtin], kept_value};
}

void
table_format(
    char *text, size_t size, const struct estimate *estimate, const char *unit)
{
	char value[48];

	if (isnan(estimate->median)) {
		*text = '\0';
		return;
	}
	metric_format(value, sizeof value, estimate->median, unit);
	if (isinf(estimate->half_width))
		snprintf(text, size, "%s", value);
	else
		snprintf(text, size, "%s ±%.*f %%", value,
		    estimate->half_width < 0.1, 100 * estimate->half_width);
}

char *
table_name(const struct loaded *loaded)
{
	const char *variant = loaded->variant->name;
	char *text = variant
			 ? mem_format("%s [%s]", loaded->record.name, variant)
			 : mem_copy(loaded->record.name);
	char *harmless = output_harmless(text);

	free(text);
	return harmless;
}

size_t
table_width(const char *text)
{
	size_t width = 0;
	uint32_t code;

	for (; *text; width++) {
		size_t n = utf8_decode(text, &code);

		text += n ? n : 1;
	}
	return width;
}

static void
format_median(char *text, size_t size, const struct unit *unit,
    double (*value)(const struct kept *), enum builtin builtin)
{
	struct estimate estimate = unit_estimate(unit, value);

	*text = '\0';
	if (!isnan(estimate.median))
		metric_format(
		    text, size, estimate.median, builtin_units[builtin]);
}

static void
format_notes(char *text, size_t size, const struct unit *unit)
{
	int n = 0;

	*text = '\0';
	if (unit->failed)
		n = snprintf(text, size, "%d failed", unit->failed);
	if (unit->flagged && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, "%s%d disturbed",
		    n ? ", " : "", unit->flagged);
}

/* The byte at which the column of a text begins. */
static size_t
byte_of(const char *text, size_t column)
{
	size_t at = 0;
	uint32_t code;

	while (column-- && text[at]) {
		size_t n = utf8_decode(text + at, &code);

		at += n ? n : 1;
	}
	return at;
}

/* A long name without its middle, as cases differ at its end. */
static char *
short_name(char *name)
{
	size_t width = table_width(name), begin = WIDEST_NAME / 3;
	char *shorter;

	if (width <= WIDEST_NAME)
		return name;
	shorter = mem_format("%.*s…%s", (int)byte_of(name, begin), name,
	    name + byte_of(name, width - (WIDEST_NAME - begin - 1)));
	free(name);
	return shorter;
}

static struct row
row_of(const struct jobs *jobs, const struct job *job, size_t v)
{
	const struct unit *unit = job_unit(jobs, job, v);
	struct estimate estimate;
	struct loaded loaded;
	struct shown shown;
	struct row row = {0};

	job_load(jobs, job, v, &loaded);
	shown = table_shown(&loaded);
	estimate = unit_estimate(unit, shown.value);
	row.name = short_name(table_name(&loaded));
	row.metric = short_name(output_harmless(shown.metric));
	table_format(row.value, sizeof row.value, &estimate, shown.unit);
	format_median(row.cpu, sizeof row.cpu, unit, cpu_of, BUILTIN_CPU_TIME);
	format_median(
	    row.max_rss, sizeof row.max_rss, unit, max_rss_of, BUILTIN_MAX_RSS);
	snprintf(row.trials, sizeof row.trials, "%d", unit->done);
	format_notes(row.notes, sizeof row.notes, unit);
	job_unload(&loaded);
	return row;
}

/* A text in so many columns, at their left or right end. */
static void
put_column(const char *text, size_t columns, bool right)
{
	size_t width = table_width(text);
	int pad = width < columns ? (int)(columns - width) : 0;

	if (right)
		fprintf(stderr, "%*s%s  ", pad, "", text);
	else
		fprintf(stderr, "%s%*s  ", text, pad, "");
}

static void
put_row(const struct row *row, size_t name, size_t metric)
{
	put_column(row->name, name, false);
	put_column(row->metric, metric, false);
	put_column(row->value, 18, true);
	put_column(row->cpu, 8, true);
	put_column(row->max_rss, 8, true);
	fprintf(stderr, "%6s%s%s\n", row->trials, *row->notes ? "  " : "",
	    row->notes);
}

static size_t
widest(size_t width, const char *text)
{
	size_t own = table_width(text);

	return own > width ? own : width;
}

static void
put_rows(const struct row *rows, size_t n)
{
	struct row head = {.name = (char *)"case",
	    .metric = (char *)"metric",
	    .value = "median",
	    .cpu = "cpu",
	    .max_rss = "max rss",
	    .trials = "trials"};
	size_t name = 4, metric = 6;

	for (size_t i = 0; i < n; i++) {
		name = widest(name, rows[i].name);
		metric = widest(metric, rows[i].metric);
	}
	put_row(&head, name, metric);
	for (size_t i = 0; i < n; i++)
		put_row(&rows[i], name, metric);
}

void
table_write(const struct jobs *jobs)
{
	struct row rows[MOST_ROWS];
	size_t n = 0, n_tried = 0;

	for (size_t i = 0; i < jobs->n; i++)
		for (size_t v = 0; v < jobs->n_variants; v++) {
			const struct unit *unit =
			    job_unit(jobs, &jobs->jobs[i], v);

			if (!unit->failed && !(unit->done && jobs->keeps))
				continue;
			if (n_tried++ < MOST_ROWS)
				rows[n++] = row_of(jobs, &jobs->jobs[i], v);
		}
	if (n)
		put_rows(rows, n);
	if (n_tried > n)
		fprintf(stderr, "and %zu more\n", n_tried - n);
	for (size_t i = 0; i < n; i++) {
		free(rows[i].name);
		free(rows[i].metric);
	}
}
