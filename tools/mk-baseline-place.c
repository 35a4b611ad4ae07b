/* mk-baseline: one writer at a time. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mk-baseline.h"
#include "place.h"
#include "replace.h"

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
	place_make(place->directory);
	place->fd = place_lock(place->directory);
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
