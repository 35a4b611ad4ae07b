#include "replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mem.h"
#include "place.h"

char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return mem_copy(".");
	return mem_format(
	    "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* The mode that a new file gets. */
static mode_t
mode_of_new(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* The mode of the file that is replaced, or that of a new one. */
static mode_t
mode_for(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0)
		return status.st_mode & 0777;
	return mode_of_new();
}

/* root does not take a user's file away from him; nobody else can give one. */
static void
keep_owner(int fd, const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && geteuid() == 0 &&
	    fchown(fd, status.st_uid, status.st_gid) != 0)
		die_errno("%s", path);
}

static bool
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* Returns false, with the reason in errno, where the file is not complete. */
static bool
fill(int fd, mode_t mode, const char *text, size_t len)
{
	return fchmod(fd, mode) == 0 && write_all(fd, text, len) &&
	       fsync(fd) == 0;
}

#define LEFTOVER ".plumbline.??????"

/*
 * What a writer left that was killed. Who is at work on such a file has it
 * locked; where nothing can be locked, nothing is removed.
 */
static void
remove_leftovers(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct stat status;
		int fd;

		if (fnmatch(LEFTOVER, entry->d_name, 0) != 0)
			continue;
		fd = openat(dirfd(dir), entry->d_name,
		    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

/* A file that is locked and still there; its name is put into `beside`. */
static int
make_beside(char *beside, const char *path)
{
	struct stat status;
	size_t suffix = strlen(beside) - strlen("XXXXXX");

	for (;;) {
		int fd = mkostemp(beside, O_CLOEXEC);

		if (fd < 0)
			die_errno("%s", path);
		if (flock(fd, LOCK_EX) != 0 || fstat(fd, &status) != 0 ||
		    status.st_nlink > 0)
			return fd;
		/* Somebody took it for a leftover before it was locked. */
		close(fd);
		strcpy(beside + suffix, "XXXXXX");
	}
}

/* The file that links lead to; NULL where there is none yet. */
static char *
resolve(const char *path)
{
	char *target = realpath(path, NULL);
	struct stat status;

	/* A link that leads nowhere is not to be replaced by a file. */
	if (!target && (errno != ENOENT || lstat(path, &status) == 0))
		die_errno("%s", path);
	return target;
}

/* What would kill us waits until there is no temporary file. */
static void
block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, before);
}

void
replace_file(const char *path, const char *text, size_t len)
{
	char *target = resolve(path);
	const char *real = target ? target : path;
	char *directory = directory_of(real);
	char *beside = mem_format("%s/.plumbline.XXXXXX", directory);
	sigset_t before;
	int fd, reason = 0;

	block_signals(&before);
	remove_leftovers(directory);
	fd = make_beside(beside, path);
	keep_owner(fd, real);
	if (!fill(fd, mode_for(real), text, len) || rename(beside, real) < 0) {
		reason = errno;
		unlink(beside);
	} else {
		close(fd);
		place_sync(directory);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	free(beside);
	free(directory);
	free(target);
	errno = reason;
	if (reason)
		die_errno("%s", path);
}

void
write_or_replace(const char *path, const char *text, size_t len)
{
	struct stat status;
	FILE *f;
	bool good;

	if (stat(path, &status) != 0 || S_ISREG(status.st_mode)) {
		replace_file(path, text, len);
		return;
	}
	f = fopen(path, "we");
	good = f && fwrite(text, 1, len, f) == len;
	if (!f || fclose(f) != 0 || !good)
		die_errno("%s", path);
}

/* Where a file system has no links, another call takes no name either. */
static bool
give_name(const char *beside, const char *path)
{
	if (link(beside, path) == 0)
		return unlink(beside) == 0;
	if (errno == EEXIST)
		return false;
	return renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) ==
	       0;
}

bool
create_file(const char *path, const char *text, size_t len)
{
	char *directory = directory_of(path);
	char *beside = mem_format("%s/.plumbline.XXXXXX", directory);
	sigset_t before;
	bool made;
	int fd, reason = 0;

	block_signals(&before);
	remove_leftovers(directory);
	fd = make_beside(beside, path);
	made = fill(fd, mode_of_new(), text, len) && give_name(beside, path);
	if (!made) {
		reason = errno;
		unlink(beside);
	}
	close(fd);
	if (made)
		place_sync(directory);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(beside);
	free(directory);
	errno = reason;
	if (reason && reason != EEXIST)
		die_errno("%s", path);
	return made;
}

char *
read_file(const char *path, size_t *len)
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
