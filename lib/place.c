#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mem.h"
#include "replace.h"

void
place_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	/* What may be written but not read has nothing to ask. */
	if (fd < 0)
		return;
	if (fsync(fd) != 0 && errno != EINVAL)
		die_errno("%s", path);
	close(fd);
}

static void
make_part(const char *part)
{
	char *parent;

	if (mkdir(part, 0777) != 0) {
		if (errno != EEXIST)
			die_errno("%s", part);
		return;
	}
	parent = directory_of(part);
	place_sync(parent);
	free(parent);
}

void
place_make(const char *directory)
{
	char *part = mem_copy(directory);

	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		make_part(part);
		*slash = '/';
	}
	make_part(part);
	free(part);
}

/*
 * Locks the directory, not a file in it: rename() puts another file in its
 * place, and a lock file would stay behind. Some network file systems lock no
 * directories; there nothing keeps two writers apart.
 */
int
place_lock(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die_errno("%s", directory);
	while (flock(fd, LOCK_EX) != 0) {
		if (errno == EINTR)
			continue;
		warn("%s: cannot lock: %s", directory, strerror(errno));
		break;
	}
	return fd;
}
