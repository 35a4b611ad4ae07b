#include "wl-expand-node.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "die.h"
#include "mem.h"

enum {
	MAX_DEPTH = 64
};

struct document {
	struct source source; /* its address is in each node */
	char *input;
	size_t len;
	const struct node *root;
	struct node **nodes;
	size_t n, capacity;
	struct index anchors;
	const struct node **anchored; /* by number of the anchor */
	size_t n_anchored, anchored_capacity;
};

/* A list or a mapping that is not at its end. */
struct level {
	struct node *node;
	const struct node *key; /* of the value to come, or NULL */
	char *anchor;
};

/* A file in the making. */
struct building {
	struct document *file;
	yaml_parser_t parser;
	yaml_event_t event;
	struct level levels[MAX_DEPTH];
	size_t depth;
};

static void
read_all(struct document *file, FILE *stream)
{
	size_t capacity = 0, got;

	do {
		if (file->len == capacity) {
			capacity = capacity ? 2 * capacity : 1 << 16;
			file->input = mem_resize(file->input, capacity, 1);
		}
		got = fread(
		    file->input + file->len, 1, capacity - file->len, stream);
		file->len += got;
	} while (got);
	if (ferror(stream))
		die_errno("%s", file->source.name);
}

static void
read_file(struct document *file, const char *operand)
{
	bool is_stdin = strcmp(operand, "-") == 0;
	FILE *stream = is_stdin ? stdin : fopen(operand, "re");

	file->source.name = is_stdin ? "<stdin>" : operand;
	if (stream)
		read_all(file, stream);
	else
		die_errno("%s", operand);
	if (!is_stdin)
		fclose(stream);
}

/* The place of the byte at an offset, as a node to blame. */
static struct node
place_of(struct document *file, size_t offset)
{
	struct node place = {.source = &file->source, .line = 1, .column = 1};

	for (size_t i = 0; i < offset && i < file->len; i++)
		if (file->input[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if ((file->input[i] & 0xc0) != 0x80)
			place.column++;
	return place;
}

static struct node
place_at(struct document *file, yaml_mark_t mark)
{
	return (struct node){
	    .source = &file->source,
	    .line = mark.line + 1,
	    .column = mark.column + 1,
	};
}

/* Whether what the library stumbled over is a tab; its columns count from 0. */
static bool
is_tab(const struct document *file, yaml_mark_t mark)
{
	size_t line = 0, column = 0;

	for (size_t i = 0; i < file->len; i++) {
		if (line == mark.line && column == mark.column)
			return file->input[i] == '\t';
		if (file->input[i] == '\n') {
			line++;
			column = 0;
		} else if ((file->input[i] & 0xc0) != 0x80)
			column++;
	}
	return false;
}

static _Noreturn void
die_of_syntax(struct building *b)
{
	const yaml_parser_t *parser = &b->parser;
	struct node at;

	if (parser->error == YAML_MEMORY_ERROR) {
		errno = ENOMEM;
		die_errno("memory");
	}
	if (parser->error == YAML_READER_ERROR) {
		at = place_of(b->file, parser->problem_offset);
		node_die(&at, "not YAML: %s (byte 0x%02X)", parser->problem,
		    (unsigned)parser->problem_value);
	}
	at = place_at(b->file, parser->problem_mark);
	if (is_tab(b->file, parser->problem_mark))
		node_die(&at, "not YAML: a tab; indent with spaces");
	if (parser->context && parser->context_mark.line + 1 != at.line)
		node_die(&at, "not YAML: %s %s that starts on line %zu",
		    parser->problem, parser->context,
		    parser->context_mark.line + 1);
	node_die(&at, "not YAML: %s", parser->problem);
}

static void
next_event(struct building *b)
{
	yaml_event_delete(&b->event);
	if (!yaml_parser_parse(&b->parser, &b->event))
		die_of_syntax(b);
}

static struct node *
new_node(struct building *b, enum node_kind kind)
{
	struct document *file = b->file;
	struct node *node = mem_zero(1, sizeof *node);

	*node = place_at(file, b->event.start_mark);
	node->kind = kind;
	*MEM_PUSH(file->nodes, file->n, file->capacity) = node;
	file->source.n_nodes = file->n;
	return node;
}

/* From here on an alias may name the node; inside of it none may. */
static void
set_anchor(struct document *file, const char *anchor, const struct node *node)
{
	size_t number;

	if (!anchor)
		return;
	number = index_add(&file->anchors, anchor);
	if (number == file->n_anchored)
		(void)MEM_PUSH(
		    file->anchored, file->n_anchored, file->anchored_capacity);
	file->anchored[number] = node;
}

static const struct node *
find_anchor(struct building *b)
{
	const char *anchor = (const char *)b->event.data.alias.anchor;
	size_t number = index_find(&b->file->anchors, anchor);
	struct node at = place_at(b->file, b->event.start_mark);

	if (number == INDEX_NONE)
		node_die(&at, "there is no &%s above this alias", anchor);
	return b->file->anchored[number];
}

/* Puts a whole node into the list or the mapping that is open. */
static void
attach(struct building *b, const struct node *node)
{
	struct level *level;
	struct node *parent;

	if (b->depth == 0) {
		b->file->root = node;
		return;
	}
	level = &b->levels[b->depth - 1];
	parent = level->node;
	if (parent->kind == NODE_MAP && !level->key) {
		if (node->kind != NODE_TEXT)
			node_die(node, "a key must be a text");
		level->key = node;
		return;
	}
	*MEM_PUSH(parent->items, parent->n, parent->capacity) = (struct item){
	    .key = level->key,
	    .value = node,
	};
	level->key = NULL;
}

/* A tag that says no more than the node itself, or none. */
static void
check_tag(const struct node *node, const yaml_char_t *tag, const char *usual)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	const char *text = (const char *)tag;
	bool core;

	if (!text || strcmp(text, usual) == 0 || strcmp(text, "!") == 0)
		return;
	core = strncmp(text, prefix, strlen(prefix)) == 0;
	node_die(node, "tags have no meaning here: %s%s", core ? "!!" : "",
	    core ? text + strlen(prefix) : text);
}

static void
add_text(struct building *b)
{
	struct node *node = new_node(b, NODE_TEXT);
	char *text = (char *)b->event.data.scalar.value;
	const yaml_char_t *tag = b->event.data.scalar.tag;

	/* The node takes the text from the event. */
	b->event.data.scalar.value = NULL;
	node->text = text;
	node->plain =
	    !tag && b->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	check_tag(node, tag, YAML_STR_TAG);
	for (size_t i = 0; i < b->event.data.scalar.length; i++)
		if (iscntrl((unsigned char)text[i]) &&
		    !strchr("\t\n\r", text[i] ? text[i] : '\x01'))
			node_die(node, "a control character (byte 0x%02X)",
			    (unsigned)text[i]);
	set_anchor(b->file, (const char *)b->event.data.scalar.anchor, node);
	attach(b, node);
}

static void
open_level(struct building *b, enum node_kind kind, const yaml_char_t *anchor,
    const yaml_char_t *tag, const char *usual_tag)
{
	struct node *node = new_node(b, kind);

	check_tag(node, tag, usual_tag);
	if (b->depth == MAX_DEPTH)
		node_die(node, "more than %d levels deep", MAX_DEPTH);
	b->levels[b->depth++] = (struct level){
	    .node = node,
	    .anchor = anchor ? mem_copy((const char *)anchor) : NULL,
	};
}

static bool
is_merge(const struct item *item)
{
	return item->key->plain && strcmp(item->key->text, "<<") == 0;
}

/* Adds the members of `from` whose keys are not `seen` yet. */
static void
merge_one(struct node *map, struct index *seen, const struct node *from)
{
	if (from->kind != NODE_MAP)
		node_die(from, "<< must name a mapping, or a list of them");
	node_visit(map, from->n);
	for (size_t i = 0; i < from->n; i++) {
		size_t n = seen->n;

		index_add(seen, from->items[i].key->text);
		if (seen->n > n)
			*MEM_PUSH(map->items, map->n, map->capacity) =
			    from->items[i];
	}
}

static void
merge(struct node *map, struct index *seen, const struct node *from)
{
	if (from->kind != NODE_LIST) {
		merge_one(map, seen, from);
		return;
	}
	for (size_t i = 0; i < from->n; i++)
		merge_one(map, seen, from->items[i].value);
}

/* Refuses a key that is there twice; merges what << names. */
static void
finish_map(struct node *map)
{
	struct index seen = {0};
	const struct node *merged = NULL;
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct item item = map->items[i];

		if (index_add(&seen, item.key->text) < i)
			node_die(item.key, "the key %s is here a second time",
			    item.key->text);
		if (is_merge(&item))
			merged = item.value;
		else
			map->items[n++] = item;
	}
	map->n = n;
	if (merged)
		merge(map, &seen, merged);
	index_release(&seen);
}

static void
close_level(struct building *b)
{
	struct level level = b->levels[--b->depth];

	if (level.node->kind == NODE_MAP)
		finish_map(level.node);
	set_anchor(b->file, level.anchor, level.node);
	free(level.anchor);
	attach(b, level.node);
}

static void
build_document(struct building *b)
{
	for (;;) {
		yaml_event_t *event = &b->event;

		next_event(b);
		switch (event->type) {
		case YAML_SCALAR_EVENT:
			add_text(b);
			break;
		case YAML_ALIAS_EVENT:
			attach(b, find_anchor(b));
			break;
		case YAML_SEQUENCE_START_EVENT:
			open_level(b, NODE_LIST,
			    event->data.sequence_start.anchor,
			    event->data.sequence_start.tag, YAML_SEQ_TAG);
			break;
		case YAML_MAPPING_START_EVENT:
			open_level(b, NODE_MAP,
			    event->data.mapping_start.anchor,
			    event->data.mapping_start.tag, YAML_MAP_TAG);
			break;
		case YAML_SEQUENCE_END_EVENT:
		case YAML_MAPPING_END_EVENT:
			close_level(b);
			break;
		case YAML_DOCUMENT_END_EVENT:
			return;
		default: /* the document's start */
			break;
		}
	}
}

const struct node *
document_root(const struct document *file)
{
	return file->root;
}

struct document *
document_read(const char *operand)
{
	struct document *file = mem_zero(1, sizeof *file);
	struct building b = {.file = file};
	struct node at;

	read_file(file, operand);
	at = place_of(file, 0);
	if (!yaml_parser_initialize(&b.parser))
		die_of_syntax(&b);
	yaml_parser_set_input_string(
	    &b.parser, (const unsigned char *)file->input, file->len);
	next_event(&b); /* the stream's start */
	next_event(&b);
	if (b.event.type == YAML_STREAM_END_EVENT)
		node_die(&at, "the file is empty");
	build_document(&b);
	next_event(&b);
	at = place_at(file, b.event.start_mark);
	if (b.event.type != YAML_STREAM_END_EVENT)
		node_die(&at, "a second document; a file has one");
	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	free(file->input);
	file->input = NULL;
	return file;
}

void
document_free(struct document *file)
{
	for (size_t i = 0; i < file->n; i++) {
		free((char *)file->nodes[i]->text);
		free(file->nodes[i]->items);
		free(file->nodes[i]);
	}
	free(file->nodes);
	free(file->anchored);
	index_release(&file->anchors);
	free(file);
}
