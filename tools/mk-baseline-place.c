/*
 * mk-baseline: one writer at a time, and a file that is never half written.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mk-baseline.h"

/* As mkdir -p. */
static void
make_directory(const char *path)
{
	char *part = mem_copy(path);

	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			die_errno("%s", part);
		*slash = '/';
	}
	if (mkdir(part, 0777) != 0 && errno != EEXIST)
		die_errno("%s", part);
	free(part);
}

/* The directory that a file is in. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return mem_copy(".");
	return mem_format(
	    "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/*
 * Locks the directory, not the file: rename() puts another file in its place,
 * and a lock file would stay behind. Some network file systems lock no
 * directories; there nothing keeps two writers apart.
 */
static void
lock(const struct place *place)
{
	while (flock(place->fd, LOCK_EX) != 0) {
		if (errno == EINTR)
			continue;
		warn("%s: cannot lock: %s", place->directory, strerror(errno));
		return;
	}
}

void
place_open(struct place *place, const char *path)
{
	struct stat status;

	/* A link stays a link; what it names is replaced. */
	place->path = realpath(path, NULL);
	if (!place->path && errno != ENOENT)
		die_errno("%s", path);
	if (!place->path)
		place->path = mem_copy(path);
	place->directory = directory_of(place->path);
	make_directory(place->directory);
	place->fd = open(place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->fd < 0)
		die_errno("%s", place->directory);
	lock(place);
	if (stat(place->path, &status) == 0 && !S_ISREG(status.st_mode))
		die("%s: not a regular file", path);
}

/* The mode of the file that is replaced, or what a new one would get. */
static mode_t
mode_of(const struct place *place)
{
	struct stat status;
	mode_t mask;

	if (stat(place->path, &status) == 0)
		return status.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static bool
write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return true;
}

/* Returns false, with the reason in errno, where `path` is not complete. */
static bool
write_file(int fd, const struct place *place, const char *text)
{
	bool done = fchmod(fd, mode_of(place)) == 0 && write_all(fd, text) &&
		    fsync(fd) == 0;
	int reason = errno;

	if (close(fd) != 0 && done)
		return false;
	errno = reason;
	return done;
}

void
place_replace(const struct place *place, const char *text)
{
	char *temporary =
	    mem_format("%s/.mk-baseline.XXXXXX", place->directory);
	sigset_t all, before;
	bool done;
	int fd;

	/* What would kill us waits until there is no temporary file. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		die_errno("%s", place->directory);
	done =
	    write_file(fd, place, text) && rename(temporary, place->path) == 0;
	if (!done) {
		int reason = errno;

		unlink(temporary);
		errno = reason;
		die_errno("%s", place->path);
	}
	if (fsync(place->fd) != 0 && errno != EINVAL)
		die_errno("%s", place->directory);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(temporary);
}

void
place_release(struct place *place)
{
	close(place->fd); /* and so unlocks */
	free(place->directory);
	free(place->path);
	*place = (struct place){0};
}
