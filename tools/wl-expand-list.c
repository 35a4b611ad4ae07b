/* The cases as a list for people. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "wl-expand.h"

/* Columns, which are measured before anything is printed. */
struct table {
	bool measuring;
	int name_width, tags_width, iterations_width;
	const struct workload *workload; /* of the last row */
};

int
width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

void
print_padded(const char *text, int width)
{
	printf("%s%*s", text, width - width_of(text) + 2, "");
}

/* Tags, and how often it is run, as texts for the caller to free. */
static char *
tags_text(const struct workload *w)
{
	struct text text = {0};

	for (size_t i = 0; i < w->tags.n; i++) {
		if (i)
			text_add(&text, ",", 1);
		text_add(&text, w->tags.s[i], strlen(w->tags.s[i]));
	}
	return text.s ? text.s : mem_copy("-");
}

static char *
iterations_text(const struct workload *w)
{
	double min = w->exec.min_iterations, max = w->exec.max_iterations;

	if (!workload_is_implemented(w))
		return mem_copy("-");
	if (isnan(min) && isnan(max))
		return mem_copy("default");
	if (min == max)
		return mem_format("%.0f", min);
	if (isnan(max))
		return mem_format("%.0f or more", min);
	if (isnan(min))
		return mem_format("up to %.0f", max);
	return mem_format("%.0f to %.0f", min, max);
}

static void
widen(int *width, const char *text)
{
	if (width_of(text) > *width)
		*width = width_of(text);
}

static void
list_row(struct table *table, const char *name, const char *tags,
    const char *iterations, const char *description)
{
	if (table->measuring) {
		widen(&table->name_width, name);
		widen(&table->tags_width, tags);
		widen(&table->iterations_width, iterations);
		return;
	}
	print_padded(name, table->name_width);
	print_padded(tags, table->tags_width);
	if (*description)
		print_padded(iterations, table->iterations_width);
	else
		printf("%s", iterations);
	printf("%.*s\n", (int)strcspn(description, "\n"), description);
}

static void
list_head(struct table *table)
{
	list_row(table, "CASE", "TAGS", "ITERATIONS", "DESCRIPTION");
}

static void
list_case(void *context, struct naming *naming, const size_t values[])
{
	const struct workload *w = naming->workload;
	char *tags = tags_text(w), *iterations = iterations_text(w);
	struct table *table = context;

	(void)values;
	if (!table->measuring && table->workload != w)
		workload_warn(w);
	table->workload = w;
	list_row(table, naming->name.s, tags, iterations,
	    w->description ? w->description : "");
	free(tags);
	free(iterations);
}

int
workloads_list(const struct workloads *workloads, const struct options *options)
{
	struct table table = {.measuring = true};

	list_head(&table);
	if (select_cases(workloads, options, list_case, &table) != STATUS_DONE)
		return STATUS_NO;
	table.measuring = false;
	table.workload = NULL;
	list_head(&table);
	return select_cases(workloads, options, list_case, &table);
}
