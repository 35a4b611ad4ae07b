/* mk-baseline: one writer at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mk-baseline.h"
#include "replace.h"

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

void
place_release(struct place *place)
{
	close(place->fd); /* and so unlocks */
	free(place->directory);
	free(place->path);
	*place = (struct place){0};
}
