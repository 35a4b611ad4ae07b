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

void
place_make(const char *directory)
{
	char *part = mem_copy(directory);

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
