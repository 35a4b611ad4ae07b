/*
 * What cases share while they are measured: the directory in memory and the
 * ports. Their values are chosen when the first text asks for one.
 */
#include "wl-run-place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

/* --- which cases share a place --- */

static void
put_part(struct jline *key, const struct part *part)
{
	if (part->value)
		jline_tree(key, NULL, part->value);
	else
		jline_list(key, NULL), jline_list_end(key);
}

/*
 * What makes a place another one, as a text to free. A service is given all of
 * this; where there is none, each case has a place of its own.
 */
static char *
key_of(const struct loaded *loaded)
{
	const struct exec *exec = &loaded->exec;
	struct jline key = {0};

	jline_list(&key, NULL);
	if (!loaded->n_services)
		jline_string(&key, NULL, loaded->record.name);
	for (size_t i = 0; i < loaded->n_services; i++)
		if (texts_are_for_shell(&loaded->services[i].command))
			put_part(&key, &loaded->record.params);
	put_part(&key, &exec->services);
	put_part(&key, &exec->fixture);
	put_part(&key, &exec->env);
	jline_bool(&key, NULL, exec->tmpfs == true);
	jline_string(&key, NULL, exec->cwd ? exec->cwd : "");
	jline_string(&key, NULL, exec->cpus ? exec->cpus : "");
	for (size_t i = 0; i < exec->path.n; i++)
		jline_string(&key, NULL, exec->path.s[i]);
	jline_list_end(&key);
	return key.text;
}

unsigned
place_take(struct jobs *jobs, const struct loaded *loaded)
{
	const struct exec *exec = &loaded->exec;
	char *key;
	size_t number;

	if (!loaded->n_services && exec->tmpfs != true && !exec->fixture.value)
		return 0;
	key = key_of(loaded);
	number = index_add(&jobs->place_keys, key);
	free(key);
	jobs->wants_scratch = jobs->wants_scratch || exec->tmpfs == true;
	jobs->wants_fixture = jobs->wants_fixture || exec->fixture.value;
	jobs->has_services = jobs->has_services || loaded->n_services;
	return (unsigned)number + 1;
}

void
places_make(struct jobs *jobs)
{
	const size_t n = jobs->place_keys.n * jobs->n_variants;

	jobs->places = mem_zero(n, sizeof *jobs->places);
	for (size_t i = 0; i < n; i++)
		jobs->places[i].number = i;
	for (size_t i = 0; i < jobs->n; i++)
		for (size_t v = 0; v < jobs->n_variants; v++) {
			struct place *place = place_of(jobs, &jobs->jobs[i], v);

			if (place)
				place->users++;
		}
}

struct place *
place_of(const struct jobs *jobs, const struct job *job, size_t v)
{
	if (!job->place || !jobs->places)
		return NULL;
	return &jobs->places[(job->place - 1) * jobs->n_variants + v];
}

void
places_release(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->place_keys.n * jobs->n_variants; i++) {
		struct place *place = &jobs->places[i];

		free(place->scratch);
		free(place->fixture);
		for (size_t j = 0; j < place->n_ports; j++)
			free(place->ports[j].name);
		free(place->ports);
		free(place->instances);
	}
	free(jobs->places);
	index_release(&jobs->place_keys);
}

/* --- its values --- */

static void
choose_ports(struct place *place, const struct loaded *loaded)
{
	size_t capacity = 0;

	for (size_t i = 0; i < loaded->n_services; i++) {
		const struct texts *names = &loaded->services[i].ports;

		for (size_t j = 0; j < names->n; j++)
			*MEM_PUSH(place->ports, place->n_ports, capacity) =
			    (struct port){
				.name = mem_copy(names->s[j]),
				.number = port_choose(),
			    };
	}
}

void
place_choose(const struct jobs *jobs, struct loaded *loaded)
{
	struct place *place = loaded->place;

	if (!place || place->is_chosen)
		return;
	place->is_chosen = true;
	choose_ports(place, loaded);
	place->n_instances = loaded->n_services;
	place->instances =
	    mem_zero(place->n_instances, sizeof *place->instances);
	for (size_t i = 0; i < place->n_instances; i++)
		place->instances[i] =
		    (struct instance){.keeper.fd = -1, .out = -1};
	if (loaded->exec.tmpfs == true)
		place->scratch = scratch_path(place->number);
	place->fixture = fixture_path(jobs, loaded);
}

size_t
place_values(const struct loaded *loaded, struct value *values)
{
	struct place *place = loaded->place;
	size_t n = 0;

	if (!place)
		return 0;
	for (size_t i = 0;
	     i < place->n_ports && n < MOST_VALUES - MOST_DIRECTORIES; i++) {
		values[n].name = place->ports[i].name;
		snprintf(values[n].number, sizeof values[n].number, "%d",
		    place->ports[i].number);
		values[n].text = values[n].number;
		n++;
	}
	if (place->scratch)
		values[n++] =
		    (struct value){.name = "scratch", .text = place->scratch};
	if (place->fixture)
		values[n++] =
		    (struct value){.name = "fixture", .text = place->fixture};
	return n;
}

/* Which of the values a text begins with, as in "$(port)". */
static const struct value *
value_at(const char *text, const struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(values[i].name);

		if (strncmp(text, "$(", 2) == 0 &&
		    strncmp(text + 2, values[i].name, len) == 0 &&
		    text[2 + len] == ')')
			return &values[i];
	}
	return NULL;
}

const char *
place_fill(struct loaded *loaded, const char *text)
{
	struct value values[MOST_VALUES];
	const struct value *value;
	const char *kept;
	size_t n, size;
	char *filled;
	FILE *out;

	if (!text || !loaded->place || !strstr(text, "$("))
		return text;
	n = place_values(loaded, values);
	out = open_memstream(&filled, &size);
	if (!out)
		die_errno("memory");
	while (*text) {
		value = value_at(text, values, n);
		if (value) {
			fputs(value->text, out);
			text += strlen(value->name) + strlen("$()");
		} else {
			fputc(*text++, out);
		}
	}
	if (fclose(out))
		die_errno("memory");
	kept = index_text(&loaded->words, filled);
	free(filled);
	return kept;
}

/* --- while cases are measured there --- */

bool
place_open(const struct jobs *jobs, struct attempt *attempt)
{
	const struct loaded *loaded = attempt->loaded;
	struct place *place = loaded->place;

	if (!place || place->is_open)
		return true;
	if (loaded->exec.tmpfs == true && !place->scratch) {
		judge_fail(attempt, "skipped",
		    "tmpfs: no file system in memory is writable here");
		return false;
	}
	if (!fixture_make(jobs, attempt))
		return false;
	if (place->scratch && !scratch_make(place->scratch)) {
		judge_fail(attempt, "spawn", "%s: %s", place->scratch,
		    strerror(errno));
		return false;
	}
	place->is_open = true;
	return true;
}

bool
place_leave(struct place *place)
{
	return place && place->users && --place->users == 0;
}

void
place_close(struct place *place)
{
	if (!place->is_open)
		return;
	place->is_open = false;
	if (place->scratch)
		scratch_remove(place->scratch);
}
