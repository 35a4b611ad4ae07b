/*
 * What a reader must see as workflow commands, which GitHub Actions shows as
 * annotations: ten errors and ten warnings of a step, and no more.
 */
#include "mk-report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST = 10, /* of each kind */
	NAME_COLUMNS = 200,
	SENTENCE_COLUMNS = 1000,
};

enum kind {
	ERROR,
	WARNING,
	NOTICE,
	COUNTED, /* in the last line: of these there can be many */
	NOTHING,
};

static const char *const words[] = {"error", "warning", "notice"};

static enum kind
kind_of(const struct row *row)
{
	if (row->rank <= ROW_LAST_BLOCKING)
		return ERROR;
	if (row_is_doubt(row) && strcmp(row->v.verdict, "inconclusive") == 0)
		return COUNTED;
	if (row->rank == ROW_UNCONFIRMED || row->rank == ROW_WARNING ||
	    row_is_doubt(row))
		return WARNING;
	return row->rank == ROW_IMPROVEMENT ? NOTICE : NOTHING;
}

/*
 * A text in a command: % and ends of lines are escaped, and in a property what
 * ends it, too, as toolkit/packages/core/src/command.ts of GitHub's reads it.
 */
static void
put_escaped(FILE *out, const char *text, bool property)
{
	for (; *text; text++)
		if (strchr(property ? "%\r\n:," : "%\r\n", *text))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
}

static void
put_shown(FILE *out, const char *text, bool property)
{
	char *shown = show_sentence(text, SENTENCE_COLUMNS);

	put_escaped(out, shown, property);
	free(shown);
}

static void
put_property(FILE *out, char *separator, const char *name, const char *text)
{
	char *shown = show_text(text, NAME_COLUMNS);

	fprintf(out, "%c%s=", *separator, name);
	put_escaped(out, shown, true);
	*separator = ',';
	free(shown);
}

/* Of a row; or of the whole, where there is none. */
static void
put_command(FILE *out, const struct model *model, enum kind kind,
    const struct row *row, const char *title)
{
	const struct place *place =
	    row ? &model->places[row->case_number] : NULL;
	char separator = ' ', line[32];

	fprintf(out, "::%s", words[kind]);
	if (place && place->file) {
		put_property(out, &separator, "file", place->file);
		if (place->line >= 1 && place->line < 1e9) {
			snprintf(line, sizeof line, "%.0f", place->line);
			put_property(out, &separator, "line", line);
		}
	}
	put_property(out, &separator, "title", title);
	fputs("::", out);
}

/* "8.1% slower, 95 % interval +6.0% to +10.2%, 1.2 ms -> 1.3 ms", and why. */
static void
put_row(FILE *out, const struct model *model, const struct row *row)
{
	const char *name = row->v.name;
	struct cells c;
	char *title, *meaning;

	show_cells(model, row, &c);
	title = mem_format("%s%s%s", name, row->v.metric ? " " : "",
	    row->v.metric ? c.metric : "");
	put_command(out, model, kind_of(row), row, title);
	free(title);
	put_shown(out, row->v.verdict, false);
	if (*c.limit) {
		fputs(": ", out);
		put_shown(out, c.current, false);
		fputs(*c.current ? ", must be " : "must be ", out);
		put_shown(out, c.limit, false);
	} else if (*c.change) {
		fputs(": ", out);
		put_shown(out, c.told, false);
	}
	if (*c.interval) {
		fputs(", 95 %25 interval ", out);
		put_shown(out, c.interval, false);
	}
	if (*c.baseline && *c.current) {
		fputs(", ", out);
		put_shown(out, c.baseline, false);
		fputs(" -> ", out);
		put_shown(out, c.current, false);
	}
	meaning = show_meaning(row, &c);
	if (*meaning) {
		fputs("%0A", out);
		put_shown(out, meaning, false);
	}
	free(meaning);
	fputc('\n', out);
}

static void
put_more(FILE *out, size_t n, enum kind kind, bool *any)
{
	if (!n)
		return;
	fprintf(out, "%s%zu more %s%s", *any ? ", " : "; ", n, words[kind],
	    n == 1 ? "" : "s");
	*any = true;
}

/* The whole, in one line: an error or a warning where no row was one. */
static void
put_whole(FILE *out, const struct model *model, const struct options *options,
    const size_t n_of[])
{
	enum kind kind = model->tone == TONE_BAD && !n_of[ERROR]      ? ERROR
			 : model->tone == TONE_WARN && !n_of[WARNING] ? WARNING
								      : NOTICE;
	bool any = false;

	put_command(out, model, kind, NULL,
	    options->title ? options->title : DEFAULT_TITLE);
	put_shown(out, model->headline, false);
	if (n_of[COUNTED] && !strstr(model->headline, "not be judged"))
		fprintf(out, "; %zu inconclusive", n_of[COUNTED]);
	for (int k = ERROR; k < COUNTED; k++)
		put_more(out, n_of[k] > MOST ? n_of[k] - MOST : 0, (enum kind)k,
		    &any);
	fputs(any ? ", which the report has\n" : "\n", out);
}

void
write_github(
    FILE *out, const struct model *model, const struct options *options)
{
	size_t n_of[NOTHING + 1] = {0};

	for (size_t i = 0; i < model->n_rows; i++) {
		enum kind kind = kind_of(&model->rows[i]);

		n_of[kind]++;
		if (kind < COUNTED && n_of[kind] <= MOST)
			put_row(out, model, &model->rows[i]);
	}
	put_whole(out, model, options, n_of);
}
