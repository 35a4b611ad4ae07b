/* Which of the things on a list the selected workloads measure. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A list of the file, and which key of a workload names its items. */
struct list {
	const char *key;
	const struct node *node;
	size_t n, covered;
};

static const struct texts *
named_by(const struct workload *w, const struct list *list)
{
	if (strcmp(list->key, "use_cases") == 0)
		return &w->use_cases;
	if (strcmp(list->key, "components") == 0)
		return &w->components;
	return &w->operations;
}

static bool
has_text(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->s[i], text) == 0)
			return true;
	return false;
}

/* --- the workloads --- */

/* Those that are selected and can be run, each once. */
struct chosen {
	const struct workload **workloads;
	size_t n, capacity;
};

static void
choose(void *context, struct naming *naming, const size_t values[])
{
	const struct workload *w = naming->workload;
	struct chosen *chosen = context;

	(void)values;
	if (!workload_is_implemented(w) ||
	    (chosen->n && chosen->workloads[chosen->n - 1] == w))
		return;
	*MEM_PUSH(chosen->workloads, chosen->n, chosen->capacity) = w;
}

/* --- the lists --- */

static void
check_list(struct list *list)
{
	struct index seen = {0};

	if (!list->node)
		return;
	list->n = node_count(list->node, list->key);
	for (size_t i = 0; i < list->n; i++) {
		const struct node *item = node_item(list->node, i);
		const char *text = node_full_text(item, list->key);

		if (index_add(&seen, text) < i)
			node_die(item, "%s is here a second time", text);
	}
	index_release(&seen);
}

static void
read_lists(struct list lists[], const struct node *root, size_t n)
{
	struct field fields[3];
	size_t items = 0;

	for (size_t i = 0; i < n; i++)
		fields[i] = (struct field){lists[i].key, &lists[i].node};
	node_fields(root, "a list of what is to be covered", fields, n);
	for (size_t i = 0; i < n; i++) {
		check_list(&lists[i]);
		items += lists[i].n;
	}
	if (items == 0)
		node_die(root, "the file has no list");
}

/* --- the table --- */

/* The workloads that name it, as a text for the caller to free. */
static char *
covered_by(
    const struct list *list, const char *text, const struct chosen *chosen)
{
	struct text ids = {0};

	for (size_t i = 0; i < chosen->n; i++) {
		const struct workload *w = chosen->workloads[i];

		if (!has_text(named_by(w, list), text))
			continue;
		text_add(&ids, ", ", ids.len ? 2 : 0);
		text_add(&ids, w->id, strlen(w->id));
	}
	return ids.s;
}

/* What workloads name that the list has not: more often a slip than not. */
static void
print_others(const struct list *list, const struct chosen *chosen)
{
	struct index items = {0};
	size_t n;

	for (size_t i = 0; i < list->n; i++)
		index_add(&items, node_item(list->node, i)->text);
	n = items.n;
	for (size_t i = 0; i < chosen->n; i++) {
		const struct texts *texts =
		    named_by(chosen->workloads[i], list);

		for (size_t k = 0; k < texts->n; k++)
			index_add(&items, texts->s[k]);
	}
	for (size_t i = n; i < items.n; i++)
		printf("%s%s", i == n ? "  not in the list: " : ", ",
		    items.texts[i]);
	if (items.n > n)
		putchar('\n');
	index_release(&items);
}

static double
percent_of(const struct list *list)
{
	return 100 * (double)list->covered / (double)list->n;
}

static void
print_list(struct list *list, const struct chosen *chosen)
{
	char **by = mem_zero(list->n, sizeof *by);
	int width = 0;

	for (size_t i = 0; i < list->n; i++) {
		const char *text = node_item(list->node, i)->text;

		by[i] = covered_by(list, text, chosen);
		list->covered += by[i] != NULL;
		if (width_of(text) > width)
			width = width_of(text);
	}
	printf("%s: %zu of %zu, %.1f %%\n", list->key, list->covered, list->n,
	    percent_of(list));
	for (size_t i = 0; i < list->n; i++) {
		printf("  ");
		print_padded(node_item(list->node, i)->text, width);
		puts(by[i] ? by[i] : "-");
		free(by[i]);
	}
	print_others(list, chosen);
	free(by);
}

int
coverage_write(const struct workloads *workloads, const struct options *options)
{
	struct document *file = document_read(options->coverage);
	struct list lists[] = {
	    {.key = "use_cases"},
	    {.key = "components"},
	    {.key = "operations"},
	};
	struct chosen chosen = {0};
	int status;

	read_lists(lists, document_root(file), COUNT(lists));
	status = select_cases(workloads, options, choose, &chosen);
	for (size_t i = 0; i < COUNT(lists); i++) {
		if (!lists[i].n)
			continue;
		print_list(&lists[i], &chosen);
		if (percent_of(&lists[i]) >= options->at_least ||
		    isnan(options->at_least))
			continue;
		warn("%s: %zu of %zu is less than %.10g %%", lists[i].key,
		    lists[i].covered, lists[i].n, options->at_least);
		status = STATUS_NO;
	}
	free(chosen.workloads);
	document_free(file);
	return status;
}
