/* The environment of a command: plumbline-workload(5), ENVIRONMENT. */
#include "wl-run-place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* Takes the text over. */
static void
env_add(struct environment *env, char *text)
{
	size_t name = strcspn(text, "=") + 1;

	*MEM_PUSH(env->owned, env->n_owned, env->owned_capacity) = text;
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->texts[i], text, name) == 0) {
			env->texts[i] = text;
			return;
		}
	*MEM_PUSH(env->texts, env->n, env->capacity) = text;
}

static void
env_set(struct environment *env, const char *name, const char *value)
{
	if (value)
		env_add(env, mem_format("%s=%s", name, value));
}

static void
env_set_number(struct environment *env, const char *name, double x)
{
	char text[32];

	if (!isfinite(x))
		return;
	json_format_number(text, sizeof text, x);
	env_set(env, name, text);
}

static void
env_set_value(struct environment *env, struct loaded *loaded, const char *name,
    const tree *value)
{
	if (tree_string(value))
		env_set(env, name, loaded_text(loaded, tree_string(value)));
	else if (tree_is_bool(value))
		env_set(env, name, tree_is_true(value) ? "true" : "false");
	else
		env_set_number(env, name, tree_number(value));
}

static void
env_set_path(struct environment *env, const struct texts *dirs)
{
	const char *inherited = getenv("PATH");
	char *path = mem_copy(inherited ? inherited : "/usr/bin:/bin");

	for (size_t i = dirs->n; i > 0; i--) {
		char *longer = mem_format("%s:%s", dirs->s[i - 1], path);

		free(path);
		path = longer;
	}
	env_set(env, "PATH", path);
	free(path);
}

/* Ports and directories. */
static void
env_set_place(struct environment *env, const struct loaded *loaded)
{
	struct value values[MOST_VALUES];
	size_t n = place_values(loaded, values);

	for (size_t i = 0; i < n; i++) {
		char *variable = mem_format("WL_%s", values[i].name);

		env_set(env, variable, values[i].text);
		free(variable);
	}
}

/* So many bytes are what counts: they shift the stack of the program. */
static char *
pad_text(size_t n)
{
	static const char name[] = "WL_PAD=";
	char *text = mem_alloc(sizeof name + n);

	memcpy(text, name, sizeof name - 1);
	memset(text + sizeof name - 1, 'x', n);
	text[sizeof name - 1 + n] = '\0';
	return text;
}

static void
env_set_params(struct environment *env, struct loaded *loaded)
{
	const char *name;
	const tree *value;
	void *at = NULL;

	while ((value = tree_member(loaded->record.params.value, &at, &name))) {
		char *variable = mem_format("WL_%s", name);

		env_set_value(env, loaded, variable, value);
		free(variable);
	}
}

/* What the case declares. */
static void
env_set_own(struct environment *env, struct loaded *loaded)
{
	const char *name;
	const tree *value;
	void *at = NULL;

	while ((value = tree_member(loaded->exec.env.value, &at, &name)))
		env_set_value(env, loaded, name, value);
}

/* What is known to a phase: what works for several cases knows none of them. */
struct known {
	bool its_case, params, own;
};

static struct known
known_in(const struct loaded *loaded, const char *phase)
{
	struct known known = {true, true, true};

	if (word_is(phase, "fixture"))
		known = (struct known){
		    .params = texts_are_for_shell(&loaded->fixture.command)};
	if (word_is(phase, "service")) {
		known = (struct known){.own = true};
		for (size_t i = 0; i < loaded->n_services; i++)
			known.params |=
			    texts_are_for_shell(&loaded->services[i].command);
	}
	return known;
}

struct environment
env_make(const struct jobs *jobs, struct loaded *loaded, const char *phase,
    double round, long pad)
{
	struct environment env = {0};
	struct known known = known_in(loaded, phase);

	for (char **e = environ; *e; e++)
		if (strncmp(*e, "WL_", 3) != 0)
			*MEM_PUSH(env.texts, env.n, env.capacity) = *e;
	env_set_path(&env, &loaded->exec.path);
	env_set_number(&env, "WL_SEED", jobs->settings.seed);
	env_set(&env, "WL_ARCH", loaded->record.arch);
	env_set(&env, "WL_TARGET", loaded->record.target);
	if (known.its_case) {
		env_set(&env, "WL_WORKLOAD", loaded->record.workload);
		env_set(&env, "WL_CASE", loaded->record.name);
	}
	env_set(&env, "WL_VARIANT", loaded->variant->name);
	env_set(&env, "WL_PHASE", phase);
	env_set_number(&env, "WL_ROUND", round);
	if (known.params)
		env_set_params(&env, loaded);
	env_set_place(&env, loaded);
	if (known.own)
		env_set_own(&env, loaded);
	if (pad >= 0)
		env_add(&env, pad_text((size_t)pad));
	*MEM_PUSH(env.texts, env.n, env.capacity) = NULL;
	return env;
}

void
env_release(struct environment *env)
{
	for (size_t i = 0; i < env->n_owned; i++)
		free(env->owned[i]);
	free(env->owned);
	free(env->texts);
}
