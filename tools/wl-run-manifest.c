/*
 * What is in a directory, as a list that is kept beside it: whether it still
 * is what it was.
 */
#include "wl-run-place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

enum {
	OPEN_DIRECTORIES = 16
};

/* What nftw(3) finds, which knows no other way to its callback. */
static struct survey found;
static struct texts_found {
	char **s;
	size_t n, capacity;
	size_t skipped; /* bytes of each path: the directory itself */
} lines;

/* Directories that were used, and by whom. */
static struct index used;
static struct index *users; /* one for each */
static size_t n_users, users_capacity;

/* --- how much there is --- */

static int
add_size(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)path;
	(void)at;
	if (kind == FTW_D || kind == FTW_DNR)
		return 0;
	found.files++;
	if (kind == FTW_F && S_ISREG(st->st_mode))
		found.size += (double)st->st_size;
	return 0;
}

struct survey
manifest_survey(const char *dir)
{
	found = (struct survey){0};
	nftw(dir, add_size, OPEN_DIRECTORIES, FTW_PHYS);
	return found;
}

/* --- the list --- */

char *
manifest_of(const char *dir)
{
	return mem_format("%s.files", dir);
}

/* The path comes first, so that the lines of one file are beside each other. */
static int
add_line(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	const char *name = path + lines.skipped;
	char *line;

	if (at->level == 0)
		return 0;
	if (kind == FTW_D || kind == FTW_DNR)
		line = mem_format("%s\tdirectory\n", name);
	else
		line = mem_format("%s\t%jd\t%jd.%09ld\n", name,
		    (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec,
		    st->st_mtim.tv_nsec);
	*MEM_PUSH(lines.s, lines.n, lines.capacity) = line;
	return 0;
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All of it as a text, for the caller to free. */
static char *
list(const char *dir)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("memory");
	lines = (struct texts_found){.skipped = strlen(dir) + 1};
	nftw(dir, add_line, OPEN_DIRECTORIES, FTW_PHYS);
	if (lines.n)
		qsort(lines.s, lines.n, sizeof *lines.s, compare_lines);
	for (size_t i = 0; i < lines.n; i++) {
		fputs(lines.s[i], out);
		free(lines.s[i]);
	}
	free(lines.s);
	if (fclose(out))
		die_errno("memory");
	return text;
}

bool
manifest_write(const char *dir, const char *file)
{
	FILE *out = fopen(file, "we");
	char *text;
	bool good;

	if (!out)
		return false;
	text = list(dir);
	good = fputs(text, out) >= 0;
	free(text);
	return fclose(out) == 0 && good;
}

/* All of a file, for the caller to free; NULL where it cannot be read. */
static char *
read_all(const char *file)
{
	FILE *in = fopen(file, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (!in)
		return NULL;
	n = getdelim(&text, &size, '\0', in);
	fclose(in);
	if (n >= 0)
		return text;
	free(text);
	return mem_copy("");
}

/* The path of the first line that only one of two lists has. */
static char *
first_difference(const char *was, const char *is)
{
	const char *a, *b, *line;

	while (*was && *is) {
		size_t n = strcspn(was, "\n") + 1;

		if (strncmp(was, is, n) != 0)
			break;
		was += n;
		is += n;
	}
	/* What sorts first is what the other has not got. */
	a = *was ? was : is;
	b = *is ? is : was;
	line = strcmp(a, b) < 0 ? a : b;
	return mem_format("%.*s", (int)strcspn(line, "\t\n"), line);
}

char *
manifest_differs(const char *dir)
{
	char *file = manifest_of(dir);
	char *was = read_all(file), *is, *path = NULL;

	free(file);
	if (!was)
		return mem_copy("");
	is = list(dir);
	if (strcmp(was, is) != 0)
		path = first_difference(was, is);
	free(was);
	free(is);
	return path;
}

/* --- at the end --- */

void
manifest_note(const char *dir, const char *user)
{
	size_t i = index_add(&used, dir);

	if (i == n_users)
		*MEM_PUSH(users, n_users, users_capacity) = (struct index){0};
	index_add(&users[i], user);
}

static void
tell_change(const struct index *names, const char *path)
{
	fputs("wl-run: the fixture of ", stderr);
	for (size_t i = 0; i < names->n; i++) {
		fputs(i ? ", " : "", stderr);
		output_show(names->texts[i]);
	}
	fputs(" was changed while it ran: ", stderr);
	output_show(path);
	fputs("; it will be made anew\n", stderr);
}

void
manifest_report(void)
{
	for (size_t i = 0; i < used.n; i++) {
		char *differs = manifest_differs(used.texts[i]);

		if (differs && access(used.texts[i], F_OK) == 0)
			tell_change(&users[i], differs);
		free(differs);
	}
}

void
manifest_forget(void)
{
	for (size_t i = 0; i < n_users; i++)
		index_release(&users[i]);
	free(users);
	users = NULL;
	n_users = users_capacity = 0;
	index_release(&used);
}
