/* hist-add: runs become files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "hist-add.h"
#include "replace.h"

/* The whole file of a run. */
static void
make_text(struct jline *text, const struct incoming *incoming)
{
	const struct run *run = &incoming->run;
	struct history head;

	record_clear(&history_type, &head);
	head.v = RECORD_VERSION;
	head.run = run->run;
	head.time = run->time;
	head.commit = run->commit;
	head.arch = run->arch;
	head.target = run->target;
	head.machine = run->machine;
	head.report = incoming->report;
	head.records = (double)incoming->records;
	text->len = 0;
	record_put(text, NULL, &history_type, &head);
	jline_end(text);
	jline_text(text, incoming->text.text, incoming->text.len);
}

/* The text of a file, for the caller to free; NULL where it is no file. */
static char *
read_all(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0, got;

	*len = 0;
	if (!file)
		return NULL;
	do {
		size = 2 * size + 65536;
		text = mem_resize(text, size, 1);
		got = fread(text + *len, 1, size - *len, file);
		*len += got;
	} while (got && *len == size);
	if (ferror(file) || !*len) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

/* Whether a file has these records, whatever its first line says. */
static bool
has_records(const char *path, const struct jline *records)
{
	size_t len;
	char *text = read_all(path, &len);
	const char *line = text ? memchr(text, '\n', len) : NULL;
	bool same = line && len - (size_t)(line + 1 - text) == records->len &&
		    memcmp(line + 1, records->text, records->len) == 0;

	free(text);
	return same;
}

/*
 * The file that the run is in, for the caller to free. One that is there has
 * the same records, or it is another run of that name.
 */
static char *
file_run(
    struct store *store, const struct incoming *incoming, struct jline *text)
{
	char *file = store_file_of(store, incoming->run.run), *path;
	bool known = file != NULL, made;

	if (!known)
		file = store_name(&incoming->run);
	path = store_path(store, file);
	if (!known)
		store_make_directory(store, file);
	make_text(text, incoming);
	made = !known && create_file(path, text->text, text->len);
	if (!made && !has_records(path, &incoming->text))
		die("%s: run %s is there already, and is not the same: %s",
		    incoming->where, incoming->run.run, path);
	if (!known)
		store_note_run(store, file);
	free(file);
	return path;
}

void
intake_file(const struct intake *intake, const struct choice *choice)
{
	char **paths = mem_zero(intake->n, sizeof *paths);
	struct jline text = {0};
	struct store store;

	store_open_to_add(&store, choice->root);
	store_begin(&store);
	for (size_t i = 0; i < intake->n; i++)
		paths[i] = file_run(&store, &intake->runs[i], &text);
	store_end(&store);
	store_close(&store);
	for (size_t i = 0; i < intake->n; i++) {
		out_line(paths[i], strlen(paths[i]));
		free(paths[i]);
	}
	free(paths);
	jline_release(&text);
}
