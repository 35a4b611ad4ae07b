/* The whole output of trials that failed, in a directory: --keep-output. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "rng.h"

/* In bytes: of a longer name the beginning and a hash are left. */
enum {
	MAX_NAME = 200,
	CUT_NAME = 180
};

static int keep_fd = -1;

void
keep_open(const char *dir)
{
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		die_errno("--keep-output: %s", dir);
	keep_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keep_fd < 0 || faccessat(keep_fd, ".", W_OK | X_OK, 0) < 0)
		die_errno("--keep-output: %s", dir);
}

/* Bytes that are not safe in a file's name become %XX, as in a case's name. */
static void
put_safe(FILE *out, const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.+:@,=%~-";

	for (const char *c = text; *c; c++)
		if (strchr(safe, *c) && (*c != '.' || c > text))
			fputc(*c, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*c);
}

/* CASE[.VARIANT].PHASE.ROUND, for the caller to free. */
static char *
name_of(const struct jobs *jobs, const struct attempt *attempt)
{
	const struct loaded *loaded = attempt->loaded;
	char *name, *whole;
	size_t len;
	FILE *out = open_memstream(&name, &len);

	if (!out)
		die_errno("memory");
	put_safe(out, loaded->record.name);
	if (loaded->variant->name) {
		fputc('.', out);
		put_safe(out, loaded->variant->name);
	}
	if (fclose(out))
		die_errno("memory");
	if (len > MAX_NAME)
		snprintf(name + CUT_NAME, MAX_NAME - CUT_NAME, "~%016jx",
		    (uintmax_t)rng_hash(name, len));
	/* What has no round is told apart by its number in the run. */
	whole = isnan(attempt->round) ? mem_format("%s.%s.s%ld", name,
					    attempt->phase, jobs->seq + 1)
				      : mem_format("%s.%s.%.0f", name,
					    attempt->phase, attempt->round);
	free(name);
	return whole;
}

/* All of the file but what watch_look has given back at its beginning. */
static bool
copy(int from, int to)
{
	static char buffer[64 << 10];
	off_t at = lseek(from, 0, SEEK_DATA);
	ssize_t n = 0;

	while (at >= 0 && (n = pread(from, buffer, sizeof buffer, at)) > 0)
		for (ssize_t done = 0, some; done < n;
		     done += some, at += some) {
			some = write(to, buffer + done, (size_t)(n - done));
			if (some < 0)
				return false;
		}
	return n == 0;
}

/* Whether there is now a file NAME.ENDING with what is in `fd`. */
static bool
keep_file(int fd, const char *name, const char *ending)
{
	char *path = mem_format("%s.%s", name, ending);
	struct stat st;
	bool kept = false;
	int to;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		to = openat(keep_fd, path,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK, /* we wait for no partner of a FIFO */
		    0666);
		kept = to >= 0 && copy(fd, to);
		if (to >= 0 && close(to) < 0)
			kept = false;
		if (!kept)
			warn("--keep-output: %s: %s", path, strerror(errno));
		if (!kept && to >= 0)
			unlinkat(keep_fd, path, 0);
	}
	free(path);
	return kept;
}

static void
set_output(const struct jobs *jobs, struct attempt *attempt, const char *name)
{
	char *path = mem_format("%s/%s", jobs->settings.keep_output, name);

	attempt->output = index_text(&attempt->loaded->words, path);
	free(path);
}

void
keep_output(const struct jobs *jobs, struct attempt *attempt, int out, int err)
{
	bool kept;
	char *name;

	if (keep_fd < 0 || status_is_ok(attempt->status) ||
	    attempt->outcome.ending == ENDING_SPAWN ||
	    attempt->outcome.ending == ENDING_INTERRUPTED)
		return;
	name = name_of(jobs, attempt);
	kept = keep_file(out, name, "stdout");
	kept |= keep_file(err, name, "stderr");
	if (kept)
		set_output(jobs, attempt, name);
	free(name);
}

void
keep_service(
    const struct jobs *jobs, struct attempt *attempt, size_t number, int out)
{
	char *name, *ending;

	if (keep_fd < 0)
		return;
	name = name_of(jobs, attempt);
	ending =
	    number > 1 ? mem_format("service%zu", number) : mem_copy("service");
	if (keep_file(out, name, ending))
		set_output(jobs, attempt, name);
	free(ending);
	free(name);
}
