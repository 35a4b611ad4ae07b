/* The texts of a workload, and its commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *
text_own(struct workload *w, char *text)
{
	*MEM_PUSH(w->texts, w->n_texts, w->texts_capacity) = text;
	return text;
}

const char *
text_own_line(struct workload *w, struct jline *line)
{
	const char *text = text_own(w, line->text);

	*line = (struct jline){0};
	return text;
}

/* --- lists --- */

struct texts
texts_of(const struct node *node, const char *what)
{
	struct texts texts = {0};

	if (!node)
		return texts;
	texts.n = node_count(node, what);
	texts.s = mem_zero(texts.n, sizeof *texts.s);
	for (size_t i = 0; i < texts.n; i++)
		texts.s[i] = node_full_text(node_item(node, i), what);
	return texts;
}

struct numbers
integers_of(
    const struct node *node, const char *what, double least, double most)
{
	struct numbers numbers = {0};

	if (!node)
		return numbers;
	numbers.n = node_count(node, what);
	numbers.x = mem_zero(numbers.n, sizeof *numbers.x);
	for (size_t i = 0; i < numbers.n; i++)
		numbers.x[i] =
		    node_integer(node_item(node, i), what, least, most);
	return numbers;
}

/* --- texts with $(name) in them --- */

static _Noreturn void
die_of_reference(
    const struct workload *w, const struct node *node, const char *name)
{
	const char *but = index_find(&w->later, "fixture") != INDEX_NONE
			      ? ", and a fixture has none"
			      : "";

	if (strcmp(name, "scratch") == 0)
		node_die(node, "$(scratch) needs tmpfs: true%s", but);
	if (strcmp(name, "fixture") == 0)
		node_die(node, "$(fixture) needs a fixture");
	if (strcmp(name, "port") == 0)
		node_die(node,
		    "$(port) needs a service with a port of that name%s", but);
	if (!text_is_name(name))
		node_die(node,
		    "$(%s) names no parameter; a plain $( is written $$(",
		    name);
	space_die_unknown(&w->space, node, name);
}

static void
put_reference(FILE *stream, const struct reading *r, struct workload *w,
    const struct node *node, const char *name)
{
	const struct {
		const char *name, *text;
	} texts[] = {
	    {"arch", r->options->arch},
	    {"target", r->options->target},
	    {"workload", w->id},
	    {"dir", r->dir},
	};
	size_t number = space_find(&w->space, name);

	for (size_t i = 0; i < COUNT(texts); i++)
		if (strcmp(texts[i].name, name) == 0) {
			fputs(texts[i].text, stream);
			return;
		}
	if (strcmp(name, "case") == 0) {
		fprintf(stream, "%c%c;", MARK, MARK_CASE);
		return;
	}
	if (index_find(&w->later, name) != INDEX_NONE) {
		fprintf(stream, "$(%s)", name);
		return;
	}
	if (number == INDEX_NONE)
		die_of_reference(w, node, name);
	w->space.parameters[number].named = true;
	fprintf(stream, "%c%c%zu;", MARK, MARK_STRING, number);
}

const char *
text_find_later(const struct workload *w, const char *text)
{
	for (size_t i = 0; i < w->later.n; i++) {
		char *reference = mem_format("$(%s)", w->later.texts[i]);
		bool there = strstr(text, reference);

		free(reference);
		if (there)
			return w->later.texts[i];
	}
	return NULL;
}

/* A plain $(name), of which wl-run would not know that it is one. */
static void
check_plain(const struct workload *w, const struct node *node, const char *text)
{
	size_t len = strcspn(text, ")");
	char *name;

	if (*text != '(' || !text[len])
		return;
	name = mem_format("%.*s", (int)len - 1, text + 1);
	if (index_find(&w->later, name) != INDEX_NONE)
		node_die(node,
		    "no plain $(%s) can be here: wl-run puts a value in its "
		    "place",
		    name);
	free(name);
}

const char *
text_marked(const struct reading *r, struct workload *w,
    const struct node *node, const char *what)
{
	const char *text = node_text(node, what);
	char *result;
	size_t size;
	FILE *stream = open_memstream(&result, &size);

	if (!stream)
		die_errno("memory");
	while (*text) {
		size_t len;
		char *name;

		if (text[0] != '$' || (text[1] != '$' && text[1] != '(')) {
			fputc(*text++, stream);
			continue;
		}
		text += 2;
		if (text[-1] == '$') {
			check_plain(w, node, text);
			fputc('$', stream);
			continue;
		}
		len = strcspn(text, ")");
		if (!text[len])
			node_die(node,
			    "a $( without its ); a plain $( is written $$(");
		name = mem_format("%.*s", (int)len, text);
		put_reference(stream, r, w, node, name);
		free(name);
		text += len + 1;
	}
	if (fclose(stream) != 0)
		die_errno("memory");
	return text_own(w, result);
}

const char *
text_marked_or_null(const struct reading *r, struct workload *w,
    const struct node *node, const char *what)
{
	if (node_full_text(node, what))
		return text_marked(r, w, node, what);
	return NULL;
}

struct texts
texts_marked(const struct reading *r, struct workload *w,
    const struct node *node, const char *what)
{
	struct texts texts = texts_of(node, what);

	for (size_t i = 0; i < texts.n; i++)
		texts.s[i] = text_marked(r, w, node_item(node, i), what);
	return texts;
}

/* --- commands --- */

/* The shell expands its $ itself. */
static void
check_shell_text(
    const struct workload *w, const struct node *node, const char *text)
{
	const char *later = text_find_later(w, text);

	if (later)
		node_die(node, "a shell needs \"$WL_%s\" instead of $(%s)",
		    later, later);
}

static struct texts
shell_command(
    const struct workload *w, const struct node *node, const char *what)
{
	const char *text = node_full_text(node, what);
	struct texts texts = {.n = 3};

	if (!w->takes_shell)
		node_die(node, "%s is a text: write a list, or add shell: true",
		    what);
	check_shell_text(w, node, text);
	texts.s = mem_zero(texts.n, sizeof *texts.s);
	texts.s[0] = "/bin/sh";
	texts.s[1] = "-c";
	texts.s[2] = text;
	return texts;
}

struct texts
command_of(const struct reading *r, struct workload *w, const struct node *node,
    const char *what)
{
	struct texts texts = {0};

	if (!node)
		return texts;
	if (node->kind == NODE_TEXT)
		return shell_command(w, node, what);
	texts.n = node_count(node, what);
	texts.s = mem_zero(texts.n, sizeof *texts.s);
	node_full_text(node->items[0].value, what);
	for (size_t i = 0; i < texts.n; i++)
		texts.s[i] = text_marked(r, w, node->items[i].value, what);
	/* In a record this is a text for the shell, too. */
	if (texts.n == 3 && strcmp(texts.s[0], "/bin/sh") == 0 &&
	    strcmp(texts.s[1], "-c") == 0)
		check_shell_text(w, node->items[2].value, texts.s[2]);
	return texts;
}

/* --- for the id --- */

void
write_down(struct workload *w, const char *key, const char *text)
{
	*MEM_PUSH(w->written, w->n_written, w->written_capacity) =
	    (struct written){key, text};
}

bool
write_down_command(struct workload *w, const struct node *node)
{
	bool shell = node->kind == NODE_TEXT;
	size_t n = node_count(node, "");

	for (size_t i = 0; i < n; i++)
		write_down(
		    w, shell ? "shell" : "argument", node_item(node, i)->text);
	return shell;
}
