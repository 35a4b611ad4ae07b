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
	if (!made &&
	    !store_has_records(path, incoming->text.text, incoming->text.len))
		die("%s: run %s is there already, and is not the same: %s",
		    incoming->where, incoming->run.run, path);
	if (!known)
		store_note(store, file);
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
