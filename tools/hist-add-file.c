/* hist-add: runs become files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "die.h"
#include "hist-add.h"
#include "replace.h"

/* The whole file of a run. */
static void
make_text(struct jline *text, const struct incoming *incoming)
{
	const struct run *run = &incoming->filed.run;
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

/* Where a run is, or is to be. */
struct filing {
	char *file, *path;
	bool known;
};

static bool
has_records(const struct filing *filing, const struct incoming *incoming)
{
	return store_has_records(
	    filing->path, incoming->text.text, incoming->text.len);
}

static void
set_file(struct filing *filing, const struct store *store, char *file)
{
	free(filing->file);
	free(filing->path);
	filing->file = file;
	filing->path = file ? store_path(store, file) : NULL;
}

/* Whether the history has the run; another one of its name is refused. */
static bool
is_filed(
    struct filing *filing, struct store *store, const struct incoming *incoming)
{
	const char *run = incoming->filed.run.run;

	set_file(filing, store, store_file_of(store, run));
	if (filing->file && !has_records(filing, incoming)) {
		/* Somebody may have written into the file. */
		store_scan(store);
		set_file(filing, store, store_file_of(store, run));
	}
	if (filing->file && !has_records(filing, incoming))
		die("%s: run %s is there already, and is not the same: %s",
		    incoming->where, run, filing->path);
	return filing->file != NULL;
}

_Noreturn static void
refuse_place(const struct filing *filing, const struct incoming *incoming)
{
	die("%s: run %s: in its place is a file that is damaged, or of another "
	    "run: %s",
	    incoming->where, incoming->filed.run.run, filing->path);
}

/* Finds the place of a run, and refuses it where it cannot be filed. */
static void
find_place(
    struct filing *filing, struct store *store, const struct incoming *incoming)
{
	struct stat status;

	filing->known = is_filed(filing, store, incoming);
	if (filing->known)
		return;
	set_file(filing, store, store_name(&incoming->filed.run));
	if (lstat(filing->path, &status) == 0)
		refuse_place(filing, incoming);
}

/* One that is in the input twice is filed once. */
static void
join_earlier(struct filing *filing, const struct store *store,
    const struct incoming *incoming, const struct incoming *other,
    const struct filing *place)
{
	if (incoming->text.len != other->text.len ||
	    memcmp(incoming->text.text, other->text.text, other->text.len) != 0)
		die("%s: run %s is at %s, too, and is not the same",
		    incoming->where, incoming->filed.run.run, other->where);
	set_file(filing, store, mem_copy(place->file));
	filing->known = true;
}

static void
file_run(const struct filing *filing, struct store *store,
    struct incoming *incoming, struct jline *text)
{
	store_make_directory(store, filing->file);
	make_text(text, incoming);
	if (!create_file(filing->path, text->text, text->len))
		refuse_place(filing, incoming);
	filed_finish(&incoming->filed, text->len - incoming->text.len);
	store_note(store, filing->file, &incoming->filed);
}

/* All are looked at before the first is filed. */
static void
find_places(
    struct filing *filings, struct store *store, const struct intake *intake)
{
	size_t *first = mem_zero(intake->n, sizeof *first);
	struct index names = {0};

	for (size_t i = 0; i < intake->n; i++) {
		const struct incoming *runs = intake->runs;
		size_t n = names.n,
		       k = index_add(&names, runs[i].filed.run.run);

		if (k < n)
			join_earlier(&filings[i], store, &runs[i],
			    &runs[first[k]], &filings[first[k]]);
		else
			find_place(&filings[i], store, &runs[i]);
		if (k == n)
			first[k] = i;
	}
	free(first);
	index_release(&names);
}

void
intake_file(struct intake *intake, const struct choice *choice)
{
	struct filing *filings = mem_zero(intake->n, sizeof *filings);
	struct jline text = {0};
	struct store store;

	store_open_to_add(&store, choice->root);
	store_begin(&store);
	find_places(filings, &store, intake);
	for (size_t i = 0; i < intake->n; i++)
		if (filings[i].known)
			store_sync(&store, filings[i].file);
		else
			file_run(&filings[i], &store, &intake->runs[i], &text);
	store_end(&store);
	store_close(&store);
	for (size_t i = 0; i < intake->n; i++) {
		out_line(filings[i].path, strlen(filings[i].path));
		free(filings[i].path);
		free(filings[i].file);
	}
	free(filings);
	jline_release(&text);
}
