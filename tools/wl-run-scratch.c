/*
 * Directories in memory, and ports: what a run takes for a while. All its
 * directories are in one, which is locked as long as the run has a process, so
 * that the next run can remove what two that were killed at once have left.
 */
#include "wl-run-child.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "die.h"

static char *root; /* of all directories of this run; NULL: there is none */
static int lock = -1;

/* --- removing --- */

/* Who has made a directory that nobody may look into has done so for himself.
 */
static int
make_open(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)at;
	if (kind == FTW_D || kind == FTW_DNR)
		chmod(path, st->st_mode | S_IRWXU);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	remove(path);
	return 0;
}

/* What is mounted in it stays, and what is in that. */
static bool
remove_tree(const char *path)
{
	const int flags = FTW_PHYS | FTW_MOUNT;

	nftw(path, remove_one, 16, flags | FTW_DEPTH);
	if (access(path, F_OK) < 0)
		return true;
	/* One that was closed is seen into only when it has been opened. */
	for (int tries = 0; tries < 64 && access(path, F_OK) == 0; tries++) {
		nftw(path, make_open, 16, flags);
		nftw(path, remove_one, 16, flags | FTW_DEPTH);
	}
	return access(path, F_OK) < 0;
}

void
scratch_remove(const char *path)
{
	if (!remove_tree(path))
		warn("%s: it cannot be removed", path);
}

/* --- the directory of the run --- */

/* The directory, if it is in memory and ours to use. */
static const char *
usable(const char *dir)
{
	struct statfs fs;

	return dir && *dir == '/' && statfs(dir, &fs) == 0 &&
		       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) &&
		       access(dir, W_OK | X_OK) == 0
		   ? dir
		   : NULL;
}

static int
lock_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Removes what nobody holds, and who made it was the same user. */
static void
sweep(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct stat st;
		char *path;
		int held;

		if (strncmp(
			entry->d_name, GROUP_PREFIX, strlen(GROUP_PREFIX)) != 0)
			continue;
		path = mem_format("%s/%s", parent, entry->d_name);
		held = lock_directory(path);
		if (held >= 0 && fstat(held, &st) == 0 &&
		    st.st_uid == geteuid())
			remove_tree(path);
		if (held >= 0)
			close(held);
		free(path);
	}
	if (dir)
		closedir(dir);
}

void
scratch_open(void)
{
	const char *parent = usable("/dev/shm");

	if (!parent)
		parent = usable(getenv("XDG_RUNTIME_DIR"));
	if (!parent)
		return;
	sweep(parent);
	/* Another run may sweep ours away before it is locked. */
	for (int tries = 0; tries < 3 && lock < 0; tries++) {
		free(root);
		root = mem_format(
		    "%s/" GROUP_PREFIX "%ld-XXXXXX", parent, (long)getpid());
		lock = mkdtemp(root) ? lock_directory(root) : -1;
	}
	/* A workload may become another user, who has to pass. */
	if (lock >= 0 && fchmod(lock, 0711) == 0)
		return;
	free(root);
	root = NULL;
}

void
scratch_close(void)
{
	if (!root)
		return;
	scratch_remove(root);
	close(lock);
	free(root);
	root = NULL;
	lock = -1;
}

char *
scratch_path(size_t number)
{
	return root ? mem_format("%s/%zu", root, number) : NULL;
}

bool
scratch_make(const char *path)
{
	/* Whatever our mask is. */
	return mkdir(path, 0755) == 0 && chmod(path, 0755) == 0;
}

/* --- ports --- */

enum {
	LEAST_PORT = 10000,
	MOST_PORT = 65535,
	MOST_TAKEN = 1024
};

/*
 * The kernel gives those of a range to whoever connects to another one
 * (ip(7)). One of these may be taken before the service has it.
 */
static void
read_range(int *from, int *to)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (!f || fscanf(f, "%d %d", from, to) != 2) {
		*from = 32768;
		*to = 60999;
	}
	if (f)
		fclose(f);
}

static bool
is_free(int port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool bound = fd >= 0 &&
		     bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

	if (fd >= 0)
		close(fd);
	return bound;
}

/* Whether we have chosen it already; if not, now we have. */
static bool
is_taken(int port)
{
	static int taken[MOST_TAKEN];
	static size_t n;

	for (size_t i = 0; i < n; i++)
		if (taken[i] == port)
			return true;
	if (n < MOST_TAKEN)
		taken[n++] = port;
	return false;
}

int
port_choose(void)
{
	int from, to;

	read_range(&from, &to);
	/* At random, so that two runs hardly ever choose the same. */
	for (int tries = 0; tries < 10000; tries++) {
		uint32_t bits = 0;
		int port;

		if (getrandom(&bits, sizeof bits, 0) < 0)
			bits = (uint32_t)(process_now_ns() / 1e3);
		port = LEAST_PORT + (int)(bits % (MOST_PORT - LEAST_PORT + 1));
		/* Where the range is nearly all there is, any will do. */
		if (port >= from && port <= to && tries < 5000)
			continue;
		if (is_free(port) && !is_taken(port))
			return port;
	}
	die("no TCP port of 127.0.0.1 is free");
}
