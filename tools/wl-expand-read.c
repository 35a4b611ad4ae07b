#include <ctype.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	MAX_ID = 100, /* bytes of a workload_id */
};

/* --- workloads --- */

static void
check_id(const struct node *node)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.-";
	const char *id = node_text(node, "workload_id");

	if (!isalnum((unsigned char)*id) || id[strspn(id, characters)])
		node_die(node,
		    "a workload_id is letters, digits, _ . and -, and starts "
		    "with a letter or a digit: %s",
		    id);
	if (strlen(id) > MAX_ID)
		node_die(node, "a workload_id has at most %d characters: %s",
		    MAX_ID, id);
}

static void
check_tags(const struct node *node)
{
	size_t n = node_count(node, "tags");

	for (size_t i = 0; i < n; i++) {
		const struct node *tag = node_item(node, i);

		if (strpbrk(tag->text, ",!") || strcmp(tag->text, "all") == 0)
			node_die(tag,
			    "a tag has no comma and no !, and is not all: %s",
			    tag->text);
	}
}

static void
remember(struct workloads *all, struct workload *w, const struct node *id)
{
	size_t number = index_add(&all->ids, w->id);

	if (number < all->n) {
		const struct node *first = all->workloads[number].node;

		node_die(id,
		    "a second workload of the id %s; the first is "
		    "on %s:%zu",
		    w->id, first->source->name, first->line);
	}
	*MEM_PUSH(all->workloads, all->n, all->capacity) = *w;
}

static void
read_workload(const struct reading *r, const struct node *node)
{
	struct workload w = {.node = node};
	struct keys keys;
	const struct field fields[] = {
#define X(member, word) {word, &keys.member},
	    KEYS(X)
#undef X
	};

	node_fields(node, "a workload", fields, COUNT(fields));
	if (!keys.workload_id)
		node_die(node, "a workload needs a workload_id");
	check_id(keys.workload_id);
	w.id = keys.workload_id->text;
	w.description = node_text(keys.description, "description");
	w.use_cases = texts_of(keys.use_case_refs, "use_case_refs");
	w.components = texts_of(keys.components, "components_stressed");
	w.operations = texts_of(keys.operations, "operations");
	w.tiers = integers_of(keys.tiers, "tier_applicability", 0, 1000);
	w.architectures = texts_of(keys.architectures, "architectures");
	w.tags = texts_of(keys.tags, "tags");
	if (keys.tags)
		check_tags(keys.tags);
	space_read(&w.space,
	    &(struct space_nodes){
		.parameters = keys.parameters,
		.zip = keys.zip,
		.include = keys.include,
		.exclude = keys.exclude,
	    },
	    r->options->definitions, r->options->n_definitions);
	exec_read(r, &w, &keys);
	judge_read(&w, &keys);
	remember(r->all, &w, keys.workload_id);
}

/* --- files --- */

/* The list of workloads under the one key that a file has. */
static const struct node *
find_list(const struct node *root)
{
	static const char word[] = "workloads";
	const char *key;
	size_t len;

	if (node_is_null(root) || node_map(root, "the file") == 0)
		node_die(root, "the file has no workloads");
	key = root->items[0].key->text;
	len = strlen(key);
	if (len < strlen(word) || strcmp(key + len - strlen(word), word) != 0 ||
	    (len > strlen(word) && key[len - strlen(word) - 1] != '_'))
		node_die(root->items[0].key,
		    "unknown key: %s; a file has the key workloads, or one "
		    "that ends in _workloads",
		    key);
	if (root->n > 1)
		node_die(root->items[1].key,
		    "a file has one key, and it has %s already", key);
	return root->items[0].value;
}

/* The absolute directory of a file, for the caller to free. */
static char *
directory_of(const char *operand)
{
	char *name = mem_copy(strcmp(operand, "-") == 0 ? "./-" : operand);
	char *dir = realpath(dirname(name), NULL);

	if (!dir)
		die_errno("%s", operand);
	if (!text_is_clean(operand) || !text_is_clean(dir))
		die("%s: a control character in a file's name", operand);
	free(name);
	return dir;
}

static void
read_file(struct workloads *all, struct options *options, const char *operand)
{
	struct document *file = document_read(operand);
	struct reading r = {.all = all, .options = options};
	const struct node *list;
	char *dir;
	size_t n;

	*MEM_PUSH(all->files, all->n_files, all->files_capacity) = file;
	dir = directory_of(operand);
	*MEM_PUSH(all->dirs, all->n_dirs, all->dirs_capacity) = dir;
	r.dir = dir;
	list = find_list(document_root(file));
	n = node_list(list, "workloads");
	if (n == 0)
		node_die(list, "the list of workloads is empty");
	for (size_t i = 0; i < n; i++)
		read_workload(&r, list->items[i].value);
}

void
workloads_read(struct workloads *all, struct options *options, char *operands[])
{
	static char dash[] = "-";
	static char *stdin_only[] = {dash, NULL};

	*all = (struct workloads){0};
	for (char **o = *operands ? operands : stdin_only; *o; o++)
		read_file(all, options, *o);
	for (size_t i = 0; i < options->n_definitions; i++)
		if (!options->definitions[i].used)
			die("--define: no workload has a parameter %s",
			    options->definitions[i].name);
}

static void
release_workload(struct workload *w)
{
	space_release(&w->space);
	record_release(&exec_type, &w->exec);
	index_release(&w->later);
	index_release(&w->stages);
	free(w->written);
	free(w->scaling);
	free(w->use_cases.s);
	free(w->components.s);
	free(w->operations.s);
	free(w->tags.s);
	free(w->architectures.s);
	free(w->tiers.x);
	free(w->metrics);
	for (size_t i = 0; i < w->n_rules; i++) {
		match_release(&w->rules[i].where);
		free(w->rules[i].json);
	}
	free(w->rules);
	for (size_t i = 0; i < w->n_texts; i++)
		free(w->texts[i]);
	free(w->texts);
}

void
workloads_release(struct workloads *all)
{
	for (size_t i = 0; i < all->n; i++)
		release_workload(&all->workloads[i]);
	free(all->workloads);
	for (size_t i = 0; i < all->n_files; i++)
		document_free(all->files[i]);
	free(all->files);
	for (size_t i = 0; i < all->n_dirs; i++)
		free(all->dirs[i]);
	free(all->dirs);
	index_release(&all->ids);
}
