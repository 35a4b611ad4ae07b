/* The journal: all records in a file, from which a run can go on. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

/*
 * The run that is gone on with may have been killed just now: its cleanup can
 * take some seconds yet.
 */
static const double MOST_WAIT_NS = 10e9;

/* How to go on with what is unfinished; see journal_how_to_go_on. */
static char *go_on;
static bool unfinished;

/* The lock is the guard's and the runner's: it lasts as long as either. */
static void
lock(const struct journal *journal)
{
	double until_ns =
	    process_now_ns() + (journal->resumes ? MOST_WAIT_NS : 0);
	struct timespec pause = {.tv_nsec = 50000000};

	while (flock(journal->fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			die_errno("%s: lock", journal->path);
		if (process_now_ns() >= until_ns)
			die("%s: another wl-run is writing to it",
			    journal->path);
		nanosleep(&pause, NULL);
	}
}

/* What is read to its end and written on may not be what we write to. */
static void
check_stdout(const struct journal *journal, const struct stat *st)
{
	struct stat out;

	if (fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st->st_dev &&
	    out.st_ino == st->st_ino)
		die("%s: standard output is the same file", journal->path);
}

void
journal_open(struct jobs *jobs)
{
	struct journal *journal = &jobs->journal;
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;

	if (!journal->path)
		return;
	if (!journal->resumes)
		flags |= O_CREAT;
	journal->fd = open(journal->path, flags, 0666);
	if (journal->fd < 0 || fstat(journal->fd, &st) < 0)
		die_errno("%s", journal->path);
	if (!S_ISREG(st.st_mode))
		die("%s: not a regular file", journal->path);
	check_stdout(journal, &st);
	lock(journal);
	if (fstat(journal->fd, &st) < 0)
		die_errno("%s", journal->path);
	if (!journal->resumes && st.st_size)
		die("%s: it is not empty; to go on with the run in it: "
		    "--resume %s",
		    journal->path, journal->path);
}

void
journal_begin(struct jobs *jobs)
{
	struct journal *journal = &jobs->journal;

	if (!journal->path)
		return;
	if (ftruncate(journal->fd, journal->len) < 0)
		die_errno("%s", journal->path);
	journal->begun = true;
	unfinished = true;
}

/* What was written of this batch goes again, so that the file stays whole. */
static _Noreturn void
give_up(struct journal *journal)
{
	int reason = errno;

	if (ftruncate(journal->fd, journal->len) < 0)
		warn("%s: its last line is cut short", journal->path);
	errno = reason;
	die_errno("%s", journal->path);
}

void
journal_write(struct jobs *jobs, const char *text, size_t len)
{
	struct journal *journal = &jobs->journal;
	size_t done = 0;

	if (!journal->begun)
		return;
	while (done < len) {
		ssize_t n = write(journal->fd, text + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			give_up(journal);
	}
	journal->len += (off_t)len;
}

void
journal_close(struct jobs *jobs, bool complete)
{
	struct journal *journal = &jobs->journal;

	if (!journal->begun)
		return;
	/* The disk may be full only now; some file systems cannot tell. */
	if (fsync(journal->fd) < 0 && errno != EINVAL && errno != EROFS)
		die_errno("%s", journal->path);
	if (close(journal->fd) < 0)
		die_errno("%s", journal->path);
	journal->begun = false;
	unfinished = !complete;
}

void
journal_pass(const struct jobs *jobs)
{
	const struct journal *journal = &jobs->journal;
	char text[65536];
	off_t at = 0;

	while (at < journal->len) {
		size_t left = (size_t)(journal->len - at);
		ssize_t n = pread(journal->fd, text,
		    left < sizeof text ? left : sizeof text, at);

		if (n <= 0)
			die_errno("%s", journal->path);
		write_stdout(text, (size_t)n);
		at += n;
	}
}

/* --- how to go on --- */

/* A word as the shell reads it. */
static void
put_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:=@%+,-";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	putc('\'', out);
}

/* What came from a pipe cannot be had again; the journal has it. */
static bool
is_there_again(const char *operand)
{
	struct stat st;

	return strncmp(operand, "/dev/", 5) != 0 && stat(operand, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

const char *
journal_command(const struct jobs *jobs, char *operands[])
{
	size_t size;
	FILE *out;
	bool all_there = true, dashed = false;

	if (!jobs->journal.path)
		return NULL;
	out = open_memstream(&go_on, &size);
	if (!out)
		die_errno("memory");
	put_word(out, jobs->program);
	for (size_t i = 0; i < jobs->n_options; i++) {
		putc(' ', out);
		put_word(out, jobs->options[i]);
	}
	fputs(" --resume ", out);
	put_word(out, jobs->journal.path);
	for (char **o = operands; *o; o++) {
		all_there = all_there && is_there_again(*o);
		dashed = dashed || **o == '-';
	}
	for (char **o = operands; *o && all_there; o++) {
		fputs(o == operands && dashed ? " -- " : " ", out);
		put_word(out, *o);
	}
	if (fclose(out))
		die_errno("memory");
	return go_on;
}

void
journal_how_to_go_on(void)
{
	if (unfinished)
		fprintf(stderr, "%s\n", go_on);
}
