/* Whole files: documents that are not a record a line. */
#include "cmp-baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

struct file
file_read(const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct file file = {.name = is_stdin ? "<stdin>" : path};
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	size_t capacity = 0, n;

	if (!in)
		die_errno("%s", path);
	do {
		if (file.len + BUFSIZ > capacity) {
			capacity = 2 * capacity + BUFSIZ;
			file.text = mem_resize(file.text, capacity, 1);
		}
		n = fread(file.text + file.len, 1, BUFSIZ, in);
		file.len += n;
	} while (n);
	if (ferror(in))
		die_errno("%s", file.name);
	if (!is_stdin)
		fclose(in);
	return file;
}

void
file_release(struct file *file)
{
	free(file->text);
	*file = (struct file){0};
}

/* Whether the first line is nothing but a brace, as no record's is. */
static bool
spans_lines(const struct file *file)
{
	size_t i = 0;

	while (i < file->len && strchr(" \t\r\n", file->text[i]))
		i++;
	if (i == file->len || file->text[i++] != '{')
		return false;
	while (i < file->len && strchr(" \t\r", file->text[i]))
		i++;
	return i < file->len && file->text[i] == '\n';
}

tree *
file_document(const struct file *file, const char *member)
{
	char why[200];
	tree *document = tree_parse(file->text, file->len, why, sizeof why);

	if (!document && (!member || spans_lines(file)))
		die("%s: %s", file->name, why);
	if (document && member && !tree_get(document, member)) {
		tree_free(document);
		return NULL;
	}
	return document;
}

void
file_as_records(struct file *file, struct reader *in)
{
	*in = (struct reader){0};
	lines_open_text(&in->lines, file->text, file->len, file->name);
	file->text = NULL;
	file->len = 0;
}
