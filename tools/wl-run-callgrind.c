/*
 * Instructions, counted by valgrind's callgrind in trials of their own: the
 * same program, input and environment have the same count each time, where no
 * hardware counts, too.
 *
 * Each process writes files into a directory of ours. The count of a process
 * that has forked goes on in its child with what it had, so it is written down,
 * and begins anew, before each fork.
 */
#include "wl-run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

extern char **environ;

static char *dir; /* NULL: nothing is counted */

void
callgrind_open(struct jobs *jobs)
{
	const char *tmp = getenv("TMPDIR");
	char *absolute;

	if (!jobs->declared[BUILTIN_CALLGRIND_INSTRUCTIONS])
		return;
	if (!process_finds("valgrind", environ, NULL)) {
		warn("callgrind_instructions: not counted, as there is no "
		     "valgrind");
		for (size_t i = 0; i < jobs->n; i++)
			jobs->jobs[i].counts = 0;
		return;
	}
	dir = mem_format("%s/plumbline-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		die_errno("%s", dir);
	/* The command may have another working directory. */
	absolute = realpath(dir, NULL);
	if (!absolute)
		die_errno("%s", dir);
	free(dir);
	dir = absolute;
}

bool
callgrind_is_open(void)
{
	return dir != NULL;
}

struct texts
callgrind_words(const struct texts *command, struct index *words)
{
	static const char *const first[] = {"valgrind", "--tool=callgrind",
	    "--quiet", "--vgdb=no", "--trace-children=yes",
	    "--combine-dumps=yes", "--dump-before=fork", "--dump-before=_Fork",
	    "--dump-before=vfork"};
	const size_t n = sizeof first / sizeof *first;
	struct texts all = {.n = n + 2 + command->n};
	char *out = mem_format("--callgrind-out-file=%s/%%p", dir);

	all.s = mem_zero(all.n, sizeof *all.s);
	memcpy(all.s, first, sizeof first);
	all.s[n] = index_text(words, out);
	all.s[n + 1] = "--";
	memcpy(all.s + n + 2, command->s, command->n * sizeof *all.s);
	free(out);
	return all;
}

/* The sum of the counts in a file; NAN where it has none. */
static double
total_of(FILE *f)
{
	static const char key[] = "totals:";
	char *line = NULL;
	size_t capacity = 0;
	double total = NAN;

	while (getline(&line, &capacity, f) > 0)
		if (strncmp(line, key, sizeof key - 1) == 0)
			total = (isnan(total) ? 0 : total) +
				strtod(line + sizeof key - 1, NULL);
	free(line);
	return total;
}

/* Removes what is in the directory; the sum of the counts that were there. */
static double
empty(void)
{
	DIR *entries = opendir(dir);
	struct dirent *entry;
	double total = NAN;

	while (entries && (entry = readdir(entries))) {
		int fd = openat(dirfd(entries), entry->d_name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
		double one = f ? total_of(f) : (double)NAN;

		if (f)
			fclose(f);
		if (!isnan(one))
			total = (isnan(total) ? 0 : total) + one;
		unlinkat(dirfd(entries), entry->d_name, 0);
	}
	if (entries)
		closedir(entries);
	return total;
}

double
callgrind_total(void)
{
	return empty();
}

void
callgrind_close(void)
{
	if (!dir)
		return;
	empty();
	rmdir(dir);
	free(dir);
	dir = NULL;
}
