/*
 * file-ops: what a program does with files that are not small: write and read a
 * large one, read it at random places, let several processes do that at a time,
 * and make, rename, list and remove a tree of directories.
 *
 * usage: file-ops [-s size_mb] [-j processes] [-d directories] directory
 *
 * Its metrics: write_rate, read_rate and random_rate of one file of `size_mb`
 * (MB/s), shared_rate of `processes` that each write and read a file of their
 * share of that size (MB/s), directory_rate (operations a second). All that is
 * read is checked. WLBENCH_SLOWDOWN names them without _rate.
 */
#include "wlbench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEGABYTE    1000000
#define CHUNK_BYTES 262144
#define PAGE_BYTES  4096
#define MOST_JOBS   64
#define CYCLES	    3 /* measurements of each kind */
#define SECOND_NS   1e9
#define NAME_SIZE   64

struct work {
	uint64_t chunks; /* of the large file */
	uint64_t jobs;
	uint64_t directories;
	unsigned char *chunk; /* twice CHUNK_BYTES random bytes */
	unsigned char *buffer;
	uint64_t state; /* of random places */
};

__attribute__((noreturn)) static void
trouble(const char *what)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s: %s", what, strerror(errno));
}

static int
open_file(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		trouble(name);
	return fd;
}

/* Each chunk of a file is another stretch of the random bytes. */
static const unsigned char *
content(const struct work *work, uint64_t chunk)
{
	return work->chunk + chunk * 61 % CHUNK_BYTES;
}

static void
write_file(const struct work *work, const char *name, uint64_t chunks)
{
	int fd = open_file(name, O_WRONLY | O_CREAT | O_TRUNC);

	for (uint64_t i = 0; i < chunks; i++) {
		errno = ENOSPC; /* what a short write means */
		if (write(fd, content(work, i), CHUNK_BYTES) != CHUNK_BYTES)
			trouble(name);
	}
	if (close(fd) != 0)
		trouble(name);
}

static void
read_at(const struct work *work, int fd, uint64_t at, size_t size)
{
	uint64_t chunk = at / CHUNK_BYTES;

	if (pread(fd, work->buffer, size, (off_t)at) != (ssize_t)size)
		wlbench_quit(WLBENCH_WRONG, "a read was short");
	if (memcmp(work->buffer, content(work, chunk) + at % CHUNK_BYTES,
		size) != 0)
		wlbench_quit(WLBENCH_WRONG, "wrong content");
}

static void
read_file(const struct work *work, const char *name, uint64_t chunks)
{
	int fd = open_file(name, O_RDONLY);

	for (uint64_t i = 0; i < chunks; i++)
		read_at(work, fd, i * CHUNK_BYTES, CHUNK_BYTES);
	close(fd);
}

static uint64_t
do_write(struct work *work)
{
	write_file(work, "large", work->chunks);
	return work->chunks * CHUNK_BYTES;
}

static uint64_t
do_read(struct work *work)
{
	read_file(work, "large", work->chunks);
	return work->chunks * CHUNK_BYTES;
}

/* A quarter of the pages, in random order. */
static uint64_t
do_random(struct work *work)
{
	uint64_t pages = work->chunks * (CHUNK_BYTES / PAGE_BYTES);
	int fd = open_file("large", O_RDONLY);

	for (uint64_t i = 0; i < pages / 4; i++)
		read_at(work, fd,
		    wlbench_below(&work->state, pages) * PAGE_BYTES,
		    PAGE_BYTES);
	close(fd);
	return pages / 4 * PAGE_BYTES;
}

static uint64_t
do_shared(struct work *work)
{
	uint64_t share = work->chunks / work->jobs;
	char name[NAME_SIZE];
	bool failed = false;
	int status;

	for (uint64_t job = 0; job < work->jobs; job++) {
		pid_t child = fork();

		if (child < 0)
			trouble("fork");
		if (child > 0)
			continue;
		snprintf(name, sizeof name, "share%" PRIu64, job);
		write_file(work, name, share);
		read_file(work, name, share);
		unlink(name);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	if (failed)
		wlbench_quit(WLBENCH_WRONG, "a process failed");
	return 2 * share * work->jobs * CHUNK_BYTES;
}

static uint64_t
count_entries(const char *name)
{
	DIR *directory = opendir(name);
	uint64_t n = 0;

	if (directory == NULL)
		trouble(name);
	while (readdir(directory) != NULL)
		n++;
	closedir(directory);
	return n - 2; /* without "." and ".." */
}

static uint64_t
do_directory(struct work *work)
{
	char name[NAME_SIZE];
	char other[NAME_SIZE];

	if (mkdir("tree", 0700) != 0)
		trouble("tree");
	for (uint64_t i = 0; i < work->directories; i++) {
		snprintf(name, sizeof name, "tree/d%" PRIu64, i);
		if (mkdir(name, 0700) != 0)
			trouble(name);
	}
	for (uint64_t i = 0; i < work->directories; i++) {
		snprintf(name, sizeof name, "tree/d%" PRIu64, i);
		snprintf(other, sizeof other, "tree/e%" PRIu64, i);
		if (rename(name, other) != 0)
			trouble(name);
	}
	if (count_entries("tree") != work->directories)
		wlbench_quit(WLBENCH_WRONG, "a directory is missing");
	for (uint64_t i = 0; i < work->directories; i++) {
		snprintf(other, sizeof other, "tree/e%" PRIu64, i);
		if (rmdir(other) != 0)
			trouble(other);
	}
	if (rmdir("tree") != 0)
		trouble("tree");
	return 4 * work->directories;
}

static const struct kind {
	const char *kernel; /* in WLBENCH_SLOWDOWN */
	const char *metric;
	const char *unit;
	double of; /* what is counted, in one of the unit */
	uint64_t (*work)(struct work *);
} kinds[] = {
    {"write", "write_rate", "MB/s", MEGABYTE, do_write},
    {"read", "read_rate", "MB/s", MEGABYTE, do_read},
    {"random", "random_rate", "MB/s", MEGABYTE, do_random},
    {"shared", "shared_rate", "MB/s", MEGABYTE, do_shared},
    {"directory", "directory_rate", "/s", 1, do_directory},
};

enum {
	KINDS = sizeof kinds / sizeof kinds[0]
};

static double
measure(struct work *work, const struct kind *kind)
{
	uint64_t began_ns = wlbench_now();
	uint64_t done = kind->work(work);

	wlbench_drag(wlbench_slowdown(kind->kernel), began_ns);
	return (double)done / kind->of * SECOND_NS /
	       (double)(wlbench_now() - began_ns);
}

__attribute__((noreturn)) static void
usage(void)
{
	wlbench_quit(WLBENCH_TROUBLE,
	    "usage: file-ops [-s size_mb] [-j processes] [-d directories] "
	    "directory");
}

static void
parse(struct work *work, int argc, char *argv[])
{
	uint64_t size_mb = 32;
	int key;

	while ((key = getopt(argc, argv, "s:j:d:")) != -1)
		if (key == 's')
			size_mb = wlbench_param("-s", optarg, 0, 1, 65536);
		else if (key == 'j')
			work->jobs =
			    wlbench_param("-j", optarg, 0, 1, MOST_JOBS);
		else if (key == 'd')
			work->directories =
			    wlbench_param("-d", optarg, 0, 1, 1000000);
		else
			usage();
	if (argc - optind != 1)
		usage();
	work->chunks = size_mb * MEGABYTE / CHUNK_BYTES;
	if (chdir(argv[optind]) != 0)
		trouble(argv[optind]);
}

int
main(int argc, char *argv[])
{
	struct work work = {.jobs = 4, .directories = 2000};
	double rates[CYCLES][KINDS];

	parse(&work, argc, argv);
	work.state = wlbench_seed();
	/* A chunk may begin anywhere in the first half. */
	work.chunk = wlbench_alloc(2, CHUNK_BYTES);
	work.buffer = wlbench_alloc(1, CHUNK_BYTES);
	for (size_t i = 0; i < 2 * CHUNK_BYTES; i++)
		work.chunk[i] = (unsigned char)wlbench_random(&work.state);
	for (int cycle = 0; cycle < CYCLES; cycle++)
		for (int i = 0; i < KINDS; i++)
			rates[cycle][i] = measure(&work, &kinds[i]);
	unlink("large");
	for (int cycle = 0; cycle < CYCLES; cycle++)
		for (int i = 0; i < KINDS; i++)
			wlbench_emit(
			    kinds[i].metric, rates[cycle][i], kinds[i].unit);
	wlbench_flush();
	free(work.chunk);
	free(work.buffer);
	return 0;
}
