/* How a case is run. */
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	MAX_TRIALS = 1000000000,
};

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
			index_find(&w->later, key->text + 3) != INDEX_NONE ||
			space_find(&w->space, key->text + 3) != INDEX_NONE))
			node_die(key, "%s is set already", key->text);
		jline_string(&line, key->text,
		    text_marked(r, w, env->items[i].value, key->text));
	}
	jline_close(&line);
	return text_own_line(w, &line);
}

void
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
	return text_own_line(w, &line);
}

/* What is looked for before anything is chosen. */
static void
check_required(const struct workload *w, const struct texts *texts,
    const struct node *node)
{
	for (size_t i = 0; i < texts->n; i++)
		if (text_find_later(w, texts->s[i]))
			node_die(
			    node->kind == NODE_TEXT ? node : node_item(node, i),
			    "requires is looked at before there is a $(%s)",
			    text_find_later(w, texts->s[i]));
}

static const char *
read_requires(
    const struct reading *r, struct workload *w, const struct node *node)
{
	const struct node *programs, *files, *command;
	const struct field fields[] = {
	    {"programs", &programs},
	    {"files", &files},
	    {"command", &command},
	};
	struct jline line = {0};
	struct requires requires;

	node_fields(node, "requires", fields, COUNT(fields));
	record_clear(&requires_type, &requires);
	requires.programs = texts_marked(r, w, programs, "programs");
	requires.files = texts_marked(r, w, files, "files");
	requires.command = command_of(r, w, command, "command");
	check_required(w, &requires.programs, programs);
	check_required(w, &requires.files, files);
	check_required(w, &requires.command, command);
	record_put(&line, NULL, &requires_type, &requires);
	record_release(&requires_type, &requires);
	return text_own_line(w, &line);
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
		exec->cpus = text_own(w, setup_cpus(keys->cpus));
	exec->nice = node_integer(keys->nice, "nice", -20, 19);
	if (keys->limits)
		exec->limits.text = text_own(w, setup_limits(keys->limits));
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
	return found ? text_own(w, found) : NULL;
}

static void
find_command(
    const struct reading *r, struct workload *w, const struct keys *keys)
{
	struct texts *command = &w->exec.command;
	const char *script;

	if (keys->command && keys->stages)
		node_die(keys->stages,
		    "a workload has a command or stages, not both");
	*command = command_of(r, w, keys->command, "command");
	w->named = keys->command && keys->command->kind == NODE_LIST;
	if (keys->stages)
		stages_read(r, w, keys->stages);
	script = keys->command || keys->stages ? NULL : find_script(w);
	if (script) {
		command->s = mem_zero(1, sizeof *command->s);
		command->s[command->n++] = script;
	}
}

static int
compare_keys(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	return strcmp((*x)->key->text, (*y)->key->text);
}

static void
write_down_env(struct workload *w, const struct node *env)
{
	const struct item **items = mem_zero(env->n, sizeof *items);

	for (size_t i = 0; i < env->n; i++)
		items[i] = &env->items[i];
	qsort(items, env->n, sizeof *items, compare_keys);
	for (size_t i = 0; i < env->n; i++) {
		write_down(w, "env", items[i]->key->text);
		write_down(w, "is", items[i]->value->text);
	}
	free(items);
}

/* Of what the id hashes all but what stands beside the command. */
static void
write_down_exec(struct workload *w, const struct keys *keys)
{
	if (keys->command)
		write_down_command(w, keys->command);
	if (keys->env)
		write_down_env(w, keys->env);
	if (keys->in)
		write_down(w, "stdin", keys->in->text);
	if (keys->out)
		write_down(w, "stdout", keys->out->text);
}

void
exec_read(const struct reading *r, struct workload *w, const struct keys *keys)
{
	struct exec *exec = &w->exec;
	bool null = keys->out && keys->out->kind == NODE_TEXT &&
		    strcmp(keys->out->text, "null") == 0;

	record_clear(&exec_type, exec);
	exec->path = read_path(r);
	w->takes_shell = node_truth(keys->shell, "shell") == true;
	beside_read(r, w, keys);
	find_command(r, w, keys);
	exec->setup = command_of(r, w, keys->setup, "setup");
	exec->prepare = command_of(r, w, keys->prepare, "prepare");
	exec->conclude = command_of(r, w, keys->conclude, "conclude");
	exec->cleanup = command_of(r, w, keys->cleanup, "cleanup");
	if (keys->env)
		exec->env.text = read_env(r, w, keys->env);
	exec->cwd = text_marked_or_null(r, w, keys->cwd, "cwd");
	exec->in = text_marked_or_null(r, w, keys->in, "stdin");
	/* In YAML the word is no text, but here it means what it says. */
	exec->out =
	    null ? "null" : text_marked_or_null(r, w, keys->out, "stdout");
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
	write_down_exec(w, keys);
}
