/* One control group (cgroups(7)): where it is, and its files. */
#include "wl-run-child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- where we are --- */

bool
group_has_word(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; *list; list += n + (list[n] != '\0')) {
		n = strcspn(list, ", ");
		if (n == len && memcmp(list, word, n) == 0)
			return true;
	}
	return false;
}

/* A line of /proc/self/cgroup is "4:memory:/path", of version 2 "0::/path". */
static char *
path_in_hierarchy(const char *controller)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 256];
	char *path = NULL;

	while (f && !path && fgets(line, sizeof line, f)) {
		char *list = strchr(line, ':');
		char *own = list ? strchr(++list, ':') : NULL;

		if (!own)
			continue;
		*own++ = '\0';
		own[strcspn(own, "\n")] = '\0';
		if (controller ? group_has_word(list, controller) : !*list)
			path = mem_copy(own);
	}
	if (f)
		fclose(f);
	return path;
}

/* Where a line of /proc/self/mountinfo (proc(5)) shows a path; or NULL. */
static char *
path_in_mount(const char *line, const char *controller, const char *own)
{
	char root[PATH_MAX], mount[PATH_MAX], type[16], options[512];
	const char *end = strstr(line, " - ");
	size_t len;

	if (!end ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", root, mount) != 2 ||
	    sscanf(end, " - %15s %*s %511s", type, options) != 2 ||
	    strcmp(type, controller ? "cgroup" : "cgroup2") != 0 ||
	    (controller && !group_has_word(options, controller)))
		return NULL;
	/* In a container the mount may begin further down. */
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(own, root, len) != 0 || (own[len] && own[len] != '/'))
		return NULL;
	own += len;
	return mem_format("%s%s", mount, strcmp(own, "/") == 0 ? "" : own);
}

char *
group_home(const char *controller)
{
	char *own = path_in_hierarchy(controller);
	FILE *f = own ? fopen("/proc/self/mountinfo", "re") : NULL;
	char *line = NULL, *path = NULL;
	size_t capacity = 0;

	while (f && !path && getline(&line, &capacity, f) > 0)
		path = path_in_mount(line, controller, own);
	if (f)
		fclose(f);
	free(line);
	free(own);
	return path;
}

/* --- files of a group --- */

int
group_open(const char *group, const char *file, int flags)
{
	char *path = mem_format("%s/%s", group, file);
	int fd = open(path, flags | O_CLOEXEC), reason = errno;

	free(path);
	errno = reason;
	return fd;
}

bool
group_has(const char *group, const char *file, int rights)
{
	char *path = mem_format("%s/%s", group, file);
	bool found = access(path, rights) == 0;

	free(path);
	return found;
}

bool
group_write(const char *group, const char *file, const char *text)
{
	int fd = group_open(group, file, O_WRONLY), reason;
	bool done = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	reason = errno;
	if (fd >= 0)
		close(fd);
	errno = reason;
	return done;
}

void
group_line(const char *group, const char *file, char *text, size_t size)
{
	int fd = group_open(group, file, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/* --- making and removing --- */

static int
remove_directory(
    const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	if (kind == FTW_DP)
		rmdir(path);
	return 0;
}

/* Tries to, once; false where that may go well later. */
static bool
try_to_remove(const char *path)
{
	if (rmdir(path) == 0 || errno != EBUSY)
		return true;
	/* There are groups in it, or processes. */
	nftw(path, remove_directory, 4, FTW_DEPTH | FTW_PHYS);
	return rmdir(path) == 0;
}

void
group_remove(const char *path)
{
	struct timespec pause = {.tv_nsec = 500000};

	/* Processes that were killed may take seconds to give all back. */
	for (int tries = 0; !try_to_remove(path) && tries < 100; tries++) {
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 50000000)
			pause.tv_nsec *= 2;
	}
}

/* Locks a group, if nobody else has; -1 otherwise. */
static int
lock_group(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

/*
 * What runs have left of which both processes were killed at once has no owner,
 * so it is not locked.
 */
void
group_sweep(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path;
		int lock;

		if (strncmp(
			entry->d_name, GROUP_PREFIX, strlen(GROUP_PREFIX)) != 0)
			continue;
		path = mem_format("%s/%s", parent, entry->d_name);
		lock = lock_group(path);
		if (lock >= 0 && group_write(path, "cgroup.kill", "1"))
			group_remove(path);
		else if (lock >= 0)
			try_to_remove(path);
		if (lock >= 0)
			close(lock);
		free(path);
	}
	if (dir)
		closedir(dir);
}

bool
group_has_ours(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = strncmp(entry->d_name, GROUP_PREFIX,
			    strlen(GROUP_PREFIX)) == 0;
	if (dir)
		closedir(dir);
	return found;
}

char *
group_make(const char *parent, int *lock)
{
	group_sweep(parent);
	/* Another run may sweep ours away before it is locked. */
	for (int tries = 0; tries < 3; tries++) {
		char *path = mem_format(
		    "%s/" GROUP_PREFIX "%ld-XXXXXX", parent, (long)getpid());
		bool made = mkdtemp(path) != NULL;

		*lock = made ? lock_group(path) : -1;
		if (*lock >= 0 && group_has(path, "cgroup.procs", F_OK))
			return path;
		if (*lock >= 0)
			close(*lock);
		free(path);
		if (!made)
			break;
	}
	*lock = -1;
	return NULL;
}
