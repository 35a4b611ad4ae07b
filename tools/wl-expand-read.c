#include <ctype.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	MAX_ID = 100, /* bytes of a workload_id */
	MAX_TRIALS = 1000000000,
};

/* What is known while a file is read. */
struct reading {
	struct workloads *all;
	struct options *options;
	const char *dir; /* of the file, absolute */
};

/* Every key of a workload: a member, and the word in the file. */
#define KEYS(X)                                                                \
	X(workload_id, "workload_id")                                          \
	X(description, "description")                                          \
	X(use_case_refs, "use_case_refs")                                      \
	X(tiers, "tier_applicability")                                         \
	X(components, "components_stressed")                                   \
	X(parameters, "parameters")                                            \
	X(zip, "zip")                                                          \
	X(include, "include")                                                  \
	X(exclude, "exclude")                                                  \
	X(metrics, "metrics")                                                  \
	X(criteria, "acceptance_criteria")                                     \
	X(command, "command")                                                  \
	X(shell, "shell")                                                      \
	X(setup, "setup")                                                      \
	X(prepare, "prepare")                                                  \
	X(conclude, "conclude")                                                \
	X(cleanup, "cleanup")                                                  \
	X(env, "env")                                                          \
	X(cwd, "cwd")                                                          \
	X(in, "stdin")                                                         \
	X(out, "stdout")                                                       \
	X(warmup, "warmup")                                                    \
	X(iterations, "iterations")                                            \
	X(min_iterations, "min_iterations")                                    \
	X(max_iterations, "max_iterations")                                    \
	X(precision, "precision")                                              \
	X(budget, "budget")                                                    \
	X(timeout, "timeout")                                                  \
	X(cpus, "cpus")                                                        \
	X(nice, "nice")                                                        \
	X(limits, "limits")                                                    \
	X(monitor, "monitor")                                                  \
	X(monitor_ms, "monitoring_interval_ms")                                \
	X(ok_exit, "ok_exit")                                                  \
	X(expect, "expect")                                                    \
	X(requires, "requires")                                                \
	X(architectures, "architectures")                                      \
	X(tags, "tags")

struct keys {
#define X(member, word) const struct node *member;
	KEYS(X)
#undef X
};

/* Makes a text the workload's own. */
static const char *
own(struct workload *w, char *text)
{
	*MEM_PUSH(w->texts, w->n_texts, w->texts_capacity) = text;
	return text;
}

/* --- lists --- */

static struct texts
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

static struct numbers
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
	if (!text_is_name(name))
		node_die(node,
		    "$(%s) names no parameter; a plain $( is written $$(",
		    name);
	if (number == INDEX_NONE)
		space_die_unknown(&w->space, node, name);
	w->space.parameters[number].named = true;
	fprintf(stream, "%c%c%zu;", MARK, MARK_STRING, number);
}

/* The text with marks for what its cases put there; it becomes w's own. */
static const char *
marked(const struct reading *r, struct workload *w, const struct node *node,
    const char *what)
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
	return own(w, result);
}

static const char *
marked_or_null(const struct reading *r, struct workload *w,
    const struct node *node, const char *what)
{
	if (node_full_text(node, what))
		return marked(r, w, node, what);
	return NULL;
}

static struct texts
marked_texts(const struct reading *r, struct workload *w,
    const struct node *node, const char *what)
{
	struct texts texts = texts_of(node, what);

	for (size_t i = 0; i < texts.n; i++)
		texts.s[i] = marked(r, w, node_item(node, i), what);
	return texts;
}

/* --- how a case is run --- */

/* A list is argv; a text is for the shell, which expands its $ itself. */
static struct texts
command_of(const struct reading *r, struct workload *w, const struct keys *keys,
    const struct node *node, const char *what)
{
	struct texts texts = {0};

	if (!node)
		return texts;
	if (node->kind == NODE_TEXT) {
		node_full_text(node, what);
		if (node_truth(keys->shell, "shell") != true)
			node_die(node,
			    "%s is a text: write a list, or add shell: true",
			    what);
		texts.n = 3;
		texts.s = mem_zero(texts.n, sizeof *texts.s);
		texts.s[0] = "/bin/sh";
		texts.s[1] = "-c";
		texts.s[2] = node->text;
		return texts;
	}
	texts.n = node_count(node, what);
	texts.s = mem_zero(texts.n, sizeof *texts.s);
	node_full_text(node->items[0].value, what);
	for (size_t i = 0; i < texts.n; i++)
		texts.s[i] = marked(r, w, node->items[i].value, what);
	return texts;
}

/* A line's text becomes w's own. */
static const char *
own_line(struct workload *w, struct jline *line)
{
	const char *text = own(w, line->text);

	*line = (struct jline){0};
	return text;
}

static const char *
read_env(const struct reading *r, struct workload *w, const struct node *env)
{
	struct jline line = {0};
	size_t n = node_map(env, "env");

	jline_open(&line, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct node *key = env->items[i].key;
		bool ours = strncmp(key->text, "WL_", 3) == 0;

		if (!text_is_name(key->text))
			node_die(
			    key, "not a name for a variable: %s", key->text);
		if (ours &&
		    (variable_is_taken(key->text + 3) ||
			space_find(&w->space, key->text + 3) != INDEX_NONE))
			node_die(key, "%s is set already", key->text);
		jline_string(&line, key->text,
		    marked(r, w, env->items[i].value, key->text));
	}
	jline_close(&line);
	return own_line(w, &line);
}

static void
check_regex(const struct node *node)
{
	char why[200];
	regex_t regex;
	int error = regcomp(&regex, node->text, REG_EXTENDED | REG_NOSUB);

	if (error) {
		regerror(error, &regex, why, sizeof why);
		node_die(node, "regex: %s: %s", why, node->text);
	}
	regfree(&regex);
}

static const char *
read_expect(struct workload *w, const struct node *node)
{
	const struct node *code, *regex, *sha256;
	const struct field fields[] = {
	    {"exit", &code},
	    {"regex", &regex},
	    {"sha256", &sha256},
	};
	struct jline line = {0};
	struct expect expect;

	node_fields(node, "expect", fields, COUNT(fields));
	record_clear(&expect_type, &expect);
	expect.exit = node_integer(code, "exit", 0, 255);
	expect.regex = node_full_text(regex, "regex");
	if (regex)
		check_regex(regex);
	expect.sha256 = node_full_text(sha256, "sha256");
	if (sha256 &&
	    (strlen(sha256->text) != 64 ||
		sha256->text[strspn(sha256->text, "0123456789abcdef")]))
		node_die(sha256, "sha256 must be 64 digits 0-9a-f: %s",
		    sha256->text);
	if (!code && !regex && !sha256)
		node_die(node, "expect needs exit, regex or sha256");
	record_put(&line, NULL, &expect_type, &expect);
	return own_line(w, &line);
}

static const char *
read_requires(
    const struct reading *r, struct workload *w, const struct node *node)
{
	const struct node *programs, *files;
	const struct field fields[] = {
	    {"programs", &programs},
	    {"files", &files},
	};
	struct jline line = {0};
	struct requires requires;

	node_fields(node, "requires", fields, COUNT(fields));
	record_clear(&requires_type, &requires);
	requires.programs = marked_texts(r, w, programs, "programs");
	requires.files = marked_texts(r, w, files, "files");
	record_put(&line, NULL, &requires_type, &requires);
	record_release(&requires_type, &requires);
	return own_line(w, &line);
}

static void
read_counts(struct exec *exec, const struct keys *keys)
{
	double n = node_integer(keys->iterations, "iterations", 1, MAX_TRIALS);

	exec->warmup = node_integer(keys->warmup, "warmup", 0, MAX_TRIALS);
	exec->min_iterations =
	    node_integer(keys->min_iterations, "min_iterations", 1, MAX_TRIALS);
	exec->max_iterations =
	    node_integer(keys->max_iterations, "max_iterations", 1, MAX_TRIALS);
	if (exec->min_iterations > exec->max_iterations)
		node_die(keys->min_iterations,
		    "min_iterations is above max_iterations: %.0f, %.0f",
		    exec->min_iterations, exec->max_iterations);
	if (!keys->iterations)
		return;
	if (keys->min_iterations || keys->max_iterations)
		node_die(keys->iterations,
		    "iterations is both min_iterations and max_iterations: "
		    "leave them out");
	exec->min_iterations = exec->max_iterations = n;
}

static void
read_setup(struct workload *w, const struct keys *keys)
{
	struct exec *exec = &w->exec;

	if (keys->cpus)
		exec->cpus = own(w, setup_cpus(keys->cpus));
	exec->nice = node_integer(keys->nice, "nice", -20, 19);
	if (keys->limits)
		exec->limits.text = own(w, setup_limits(keys->limits));
	exec->monitor_s = setup_monitor(keys->monitor, keys->monitor_ms);
}

static void
add_path(struct texts *path, const char *dir)
{
	for (size_t i = 0; i < path->n; i++)
		if (strcmp(path->s[i], dir) == 0)
			return;
	path->s[path->n++] = dir;
}

static struct texts
read_path(const struct reading *r)
{
	const struct options *options = r->options;
	struct texts path = {
	    .s = mem_zero(options->n_paths + 1, sizeof *path.s),
	};

	for (size_t i = 0; i < options->n_paths; i++)
		add_path(&path, options->paths[i]);
	add_path(&path, r->dir);
	return path;
}

/*
 * A workload without a command is a script of its name, if there is one in its
 * path. Returns NULL where there is none.
 */
static const char *
find_script(struct workload *w)
{
	static const char *const endings[] = {"", ".sh", ".py", ".pl"};
	const struct texts *path = &w->exec.path;
	char *found = NULL, *useless = NULL;

	for (size_t i = 0; i < path->n * COUNT(endings) && !found; i++) {
		char *name = mem_format("%s/%s%s", path->s[i / COUNT(endings)],
		    w->id, endings[i % COUNT(endings)]);
		struct stat st;
		bool file = stat(name, &st) == 0 && S_ISREG(st.st_mode);

		if (file && access(name, X_OK) == 0)
			found = name;
		else if (file && !useless)
			useless = name;
		else
			free(name);
	}
	if (useless && !found)
		node_warn(w->node, "%s is not executable", useless);
	free(useless);
	return found ? own(w, found) : NULL;
}

static void
read_exec(const struct reading *r, struct workload *w, const struct keys *keys)
{
	struct exec *exec = &w->exec;
	const char *script;
	bool null = keys->out && keys->out->kind == NODE_TEXT &&
		    strcmp(keys->out->text, "null") == 0;

	record_clear(&exec_type, exec);
	exec->path = read_path(r);
	exec->command = command_of(r, w, keys, keys->command, "command");
	exec->setup = command_of(r, w, keys, keys->setup, "setup");
	exec->prepare = command_of(r, w, keys, keys->prepare, "prepare");
	exec->conclude = command_of(r, w, keys, keys->conclude, "conclude");
	exec->cleanup = command_of(r, w, keys, keys->cleanup, "cleanup");
	node_truth(keys->shell, "shell");
	if (keys->env)
		exec->env.text = read_env(r, w, keys->env);
	exec->cwd = marked_or_null(r, w, keys->cwd, "cwd");
	exec->in = marked_or_null(r, w, keys->in, "stdin");
	/* In YAML the word is no text, but here it means what it says. */
	exec->out = null ? "null" : marked_or_null(r, w, keys->out, "stdout");
	read_counts(exec, keys);
	exec->precision_percent = node_percent(keys->precision, "precision");
	exec->budget_s = node_seconds(keys->budget, "budget");
	exec->timeout_s = node_seconds(keys->timeout, "timeout");
	read_setup(w, keys);
	exec->ok_exit = integers_of(keys->ok_exit, "ok_exit", 0, 255);
	if (keys->expect)
		exec->expect.text = read_expect(w, keys->expect);
	if (keys->requires)
	exec->requires.text = read_requires(r, w, keys->requires);

	w->command = keys->command;
	w->env = keys->env;
	w->in = keys->in;
	w->out = keys->out;
	w->shell = keys->command && keys->command->kind == NODE_TEXT;
	w->named = keys->command && keys->command->kind == NODE_LIST;
	script = keys->command ? NULL : find_script(w);
	if (script) {
		exec->command.s = mem_zero(1, sizeof *exec->command.s);
		exec->command.s[exec->command.n++] = script;
	}
}

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
	struct texts unused;
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
	unused = texts_of(keys.use_case_refs, "use_case_refs");
	free(unused.s);
	unused = texts_of(keys.components, "components_stressed");
	free(unused.s);
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
	read_exec(r, &w, &keys);
	judge_read(&w, keys.metrics, keys.criteria);
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
