/*
 * mock-disk: make disk images for tests of programs that inspect disks.
 *
 * usage: mock-disk [-t type | -S bytes] [-o os] [-H hostname] [-f files]
 *	      [-p packages] [-s seed] [-n count] [-b batch] [-j jobs] image
 *
 *	-t  minimal (1 MB), small (10 MB, the default), medium (100 MB) or
 *	    large (1 GB): the size, and how many files and packages
 *	-S  a size of one's own, in bytes, rounded up to whole KiB
 *	-o  debian, ubuntu (the default) or alpine
 *	-n  make so many, IMAGE-1.img and on: all alike, each from the same seed
 *	-b  identical (the default), or varied: in os, hostname, files, packages
 *	    and content
 *	-j  make so many at a time
 *
 * An image is an ext2 file system: the files by which an operating system is
 * known, the database of its package manager, and data in /srv/data. The same
 * arguments make the same bytes: it is genext2fs that makes the file system,
 * with all times fixed, of a tar archive that this program writes to it.
 *
 * Beside each image are the answers that its inspection must give: IMAGE.os
 * (os, version, hostname) and IMAGE.packages (name and version, a line each).
 *
 * MOCK_DISK_GROW=FACTOR (1 to 1000) makes FACTOR times as many files and
 * packages, as long as they fit: a planted regression.
 */
#include "tar.h"
#include "wlbench.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS	      "t:S:o:H:f:p:s:n:b:j:"
#define TAR_END	      2		 /* blocks of zeros at the end */
#define MADE_AT	      1700000000 /* modification time of all files */
#define FILES_A_DIR   100
#define DATA_SHARE    0.5  /* of the image is filled with data */
#define SYSTEM_INODES 64   /* all that is not data */
#define BLOCK_BYTES   1024 /* of the file system */
#define CHUNK	      4096
#define MOST_IMAGES   10000
#define MOST_FILES    1000000
#define LEAST_BYTES   (256 * 1024)
#define MOST_BYTES    (UINT64_C(2) << 30) /* what genext2fs can make */

extern char **environ;

struct type {
	const char *name;
	uint64_t bytes;
	uint64_t files;
	uint64_t packages;
};

static const struct type types[] = {
    {"minimal", UINT64_C(1) << 20, 20, 10},
    {"small", UINT64_C(10) << 20, 100, 200},
    {"medium", UINT64_C(100) << 20, 1000, 800},
    {"large", UINT64_C(1) << 30, 10000, 1500},
};

/* An operating system: how it names itself, and how it notes a package. */
struct os {
	const char *id;
	const char *name;
	const char *version;
	const char *database;
	const char *package; /* of its name and its version */
};

#define DPKG                                                                   \
	"Package: %s\nStatus: install ok installed\nPriority: optional\n"      \
	"Section: misc\nMaintainer: Nobody <nobody@example.org>\n"             \
	"Architecture: amd64\nVersion: %s\nDescription: a package of a disk "  \
	"that nobody boots\n\n"
#define APK "P:%s\nV:%s\nA:x86_64\nT:a package of a disk that nobody boots\n\n"

static const struct os oses[] = {
    {"debian", "Debian GNU/Linux", "12", "var/lib/dpkg/status", DPKG},
    {"ubuntu", "Ubuntu", "22.04", "var/lib/dpkg/status", DPKG},
    {"alpine", "Alpine Linux", "3.18.4", "lib/apk/db/installed", APK},
};

enum {
	TYPES = sizeof types / sizeof types[0],
	OSES = sizeof oses / sizeof oses[0]
};

struct disk {
	uint64_t bytes;
	uint64_t files;
	uint64_t packages;
	double file_bytes; /* of a file, on average */
	uint64_t seed;
	const struct os *os;
	char hostname[64];
	char path[4000];
};

struct batch {
	struct disk first; /* as the arguments describe it */
	uint64_t count;	   /* 0: just that one, under its own name */
	uint64_t jobs;
	bool varied;
};

/* Text that grows. */
struct text {
	char *bytes;
	size_t length;
	FILE *stream;
};

static void
trouble(const char *what)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s: %s", what, strerror(errno));
}

static void
text_open(struct text *text)
{
	text->stream = open_memstream(&text->bytes, &text->length);
	if (text->stream == NULL)
		trouble("out of memory");
}

static void
text_close(struct text *text)
{
	if (fclose(text->stream) != 0)
		trouble("out of memory");
}

/* A file of random bytes, and where it is. */
static void
tar_data(FILE *tar, uint64_t file, uint64_t size, uint64_t *state)
{
	uint64_t chunk[CHUNK / sizeof(uint64_t)];
	char path[100];

	if (file % FILES_A_DIR == 0) {
		snprintf(path, sizeof path, "srv/data/d%05" PRIu64 "/",
		    file / FILES_A_DIR);
		tar_header(tar, path, '5', 0755, 0);
	}
	snprintf(path, sizeof path, "srv/data/d%05" PRIu64 "/f%07" PRIu64,
	    file / FILES_A_DIR, file);
	tar_header(tar, path, '0', 0644, size);
	for (uint64_t left = size; left > 0;) {
		size_t now = left < sizeof chunk ? (size_t)left : sizeof chunk;

		for (size_t i = 0; i < sizeof chunk / sizeof chunk[0]; i++)
			chunk[i] = wlbench_random(state);
		fwrite(chunk, 1, now, tar);
		left -= now;
	}
	tar_pad(tar, size);
}

/* The packages, as the database has them and as a list. */
static void
make_packages(const struct disk *disk, struct text *database, struct text *list,
    uint64_t *state)
{
	static const char *const parts[] = {"lib", "gnu", "net", "sys", "x",
	    "core", "data", "perl", "python", "util", "font", "http", "mail",
	    "zip", "log", "time"};
	const uint64_t n = sizeof parts / sizeof parts[0];

	text_open(database);
	text_open(list);
	for (uint64_t i = 0; i < disk->packages; i++) {
		char name[64];
		char version[64];

		snprintf(name, sizeof name, "%s%s%" PRIu64,
		    parts[wlbench_below(state, n)],
		    parts[wlbench_below(state, n)], i);
		snprintf(version, sizeof version,
		    "%" PRIu64 ".%" PRIu64 "-%" PRIu64, wlbench_below(state, 9),
		    wlbench_below(state, 90), 1 + wlbench_below(state, 9));
		fprintf(database->stream, disk->os->package, name, version);
		fprintf(list->stream, "%s %s\n", name, version);
	}
	text_close(database);
	text_close(list);
}

static void
write_beside(const struct disk *disk, const char *suffix, const char *bytes,
    size_t length)
{
	char path[sizeof disk->path + 16];
	FILE *file;

	snprintf(path, sizeof path, "%s.%s", disk->path, suffix);
	file = fopen(path, "w");
	if (file == NULL || fwrite(bytes, 1, length, file) != length ||
	    fclose(file) != 0)
		trouble(path);
}

static void
remove_beside(const struct disk *disk, const char *suffix)
{
	char path[sizeof disk->path + 16];

	snprintf(path, sizeof path, "%s.%s", disk->path, suffix);
	unlink(path);
}

static void
write_system(const struct disk *disk, FILE *tar, uint64_t *state)
{
	const struct os *os = disk->os;
	struct text database;
	struct text list;
	char text[512];
	int length;

	tar_parents(tar, "etc/");
	length = snprintf(text, sizeof text,
	    "NAME=\"%s\"\nID=%s\nVERSION_ID=\"%s\"\n"
	    "PRETTY_NAME=\"%s %s\"\n",
	    os->name, os->id, os->version, os->name, os->version);
	tar_text(tar, "etc/os-release", text, (size_t)length);
	length = snprintf(text, sizeof text, "%s\n", disk->hostname);
	tar_text(tar, "etc/hostname", text, (size_t)length);
	length = snprintf(text, sizeof text, "/dev/sda1 / ext2 defaults 0 1\n");
	tar_text(tar, "etc/fstab", text, (size_t)length);
	length = snprintf(text, sizeof text, "root:x:0:0:root:/root:/bin/sh\n");
	tar_text(tar, "etc/passwd", text, (size_t)length);

	make_packages(disk, &database, &list, state);
	tar_parents(tar, os->database);
	tar_text(tar, os->database, database.bytes, database.length);
	write_beside(disk, "packages", list.bytes, list.length);
	free(database.bytes);
	free(list.bytes);
	length = snprintf(text, sizeof text, "%s %s %s\n", os->id, os->version,
	    disk->hostname);
	write_beside(disk, "os", text, (size_t)length);
}

static void
write_tar(const struct disk *disk, FILE *tar)
{
	uint64_t state = disk->seed;

	write_system(disk, tar, &state);
	tar_parents(tar, "srv/data/");
	for (uint64_t i = 0; i < disk->files; i++)
		tar_data(tar, i,
		    (uint64_t)(disk->file_bytes *
			       (0.5 + wlbench_uniform(&state))),
		    &state);
	tar_end(tar);
}

/* Start genext2fs, which reads the archive from the pipe. */
static pid_t
start_genext2fs(const struct disk *disk, const char *part, int in)
{
	char size[32];
	char inodes[32];
	char *argv[] = {"genext2fs", "-f", "-z", "-m", "0", "-B", "1024", "-b",
	    size, "-N", inodes, "-a", "-", (char *)part, NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;
	int error;

	snprintf(size, sizeof size, "%" PRIu64, disk->bytes / BLOCK_BYTES);
	snprintf(inodes, sizeof inodes, "%" PRIu64,
	    disk->files + disk->files / FILES_A_DIR + SYSTEM_INODES);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	/* It says on both what it does. */
	posix_spawn_file_actions_addopen(
	    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		wlbench_quit(WLBENCH_TROUBLE, "genext2fs: %s", strerror(error));
	return child;
}

static void
make_disk(const struct disk *disk)
{
	char part[sizeof disk->path + 16];
	int pipe_ends[2];
	int status;
	pid_t child;
	FILE *tar;

	snprintf(part, sizeof part, "%s.part", disk->path);
	if (pipe2(pipe_ends, O_CLOEXEC) != 0)
		trouble("pipe");
	child = start_genext2fs(disk, part, pipe_ends[0]);
	close(pipe_ends[0]);
	tar = fdopen(pipe_ends[1], "w");
	if (tar == NULL)
		trouble("pipe");
	write_tar(disk, tar);
	fclose(tar); /* a failure of it is one of genext2fs */
	if (waitpid(child, &status, 0) != child)
		trouble("genext2fs");
	if (status != 0) {
		unlink(part);
		remove_beside(disk, "os");
		remove_beside(disk, "packages");
		wlbench_quit(WLBENCH_TROUBLE,
		    "%s: genext2fs failed: does all of it fit in %" PRIu64
		    " bytes?",
		    disk->path, disk->bytes);
	}
	if (rename(part, disk->path) != 0)
		trouble(disk->path);
}

/* The disk of this number, from 1, in a batch. */
static struct disk
disk_of(const struct batch *batch, uint64_t number)
{
	struct disk disk = batch->first;
	const struct disk *first = &batch->first;
	uint64_t state = first->seed + number;
	size_t stem = strlen(first->path);

	if (batch->count == 0)
		return disk;
	if (stem > 4 && strcmp(first->path + stem - 4, ".img") == 0)
		stem -= 4;
	if (snprintf(disk.path, sizeof disk.path, "%.*s-%" PRIu64 ".img",
		(int)stem, first->path, number) >= (int)sizeof disk.path)
		wlbench_quit(WLBENCH_TROUBLE, "%s: name too long", first->path);
	if (!batch->varied)
		return disk;
	disk.os = &oses[number % OSES];
	snprintf(disk.hostname, sizeof disk.hostname, "%.40s-%" PRIu64,
	    first->hostname, number);
	/* From half as many to half as many again, of as much in all. */
	disk.files =
	    (first->files + 1) / 2 + wlbench_below(&state, first->files);
	disk.file_bytes *= (double)first->files / (double)disk.files;
	disk.packages =
	    first->packages / 2 + wlbench_below(&state, first->packages + 1);
	disk.seed = wlbench_random(&state);
	return disk;
}

/* Job k makes the disks k, k + jobs, and on. */
static void
make_batch(const struct batch *batch)
{
	uint64_t disks = batch->count > 0 ? batch->count : 1;
	uint64_t jobs = batch->jobs < disks ? batch->jobs : disks;
	bool failed = false;
	int status;

	for (uint64_t job = 1; job <= jobs; job++) {
		pid_t child = jobs > 1 ? fork() : 0;

		if (child < 0)
			trouble("fork");
		if (child > 0)
			continue;
		for (uint64_t i = job; i <= disks; i += jobs) {
			struct disk disk = disk_of(batch, i);

			make_disk(&disk);
		}
		if (jobs > 1)
			exit(0);
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	if (failed)
		exit(WLBENCH_TROUBLE);
}

static void
set_type(struct disk *disk, const char *name)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].name, name) == 0) {
			disk->bytes = types[i].bytes;
			disk->files = types[i].files;
			disk->packages = types[i].packages;
			return;
		}
	wlbench_quit(WLBENCH_TROUBLE,
	    "no such type: %s (minimal, small, medium, large)", name);
}

static void
set_os(struct disk *disk, const char *id)
{
	for (size_t i = 0; i < OSES; i++)
		if (strcmp(oses[i].id, id) == 0) {
			disk->os = &oses[i];
			return;
		}
	wlbench_quit(WLBENCH_TROUBLE,
	    "no such operating system: %s (debian, ubuntu, alpine)", id);
}

static void
set_batch(struct batch *batch, const char *name)
{
	batch->varied = strcmp(name, "varied") == 0;
	if (!batch->varied && strcmp(name, "identical") != 0)
		wlbench_quit(WLBENCH_TROUBLE,
		    "no such batch: %s (identical, varied)", name);
}

static void
set_hostname(struct disk *disk, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-";

	if (name[0] == '\0' || strlen(name) >= sizeof disk->hostname ||
	    name[strspn(name, allowed)] != '\0')
		wlbench_quit(WLBENCH_TROUBLE, "not a hostname: %s", name);
	strcpy(disk->hostname, name);
}

static uint64_t
grown(uint64_t n)
{
	const char *text = getenv("MOCK_DISK_GROW");
	char *end;
	double factor;

	if (text == NULL)
		return n;
	factor = strtod(text, &end);
	if (end == text || *end != '\0' || !(factor >= 1 && factor <= 1000))
		wlbench_quit(WLBENCH_TROUBLE,
		    "MOCK_DISK_GROW: not a number from 1 to 1000: %s", text);
	return (uint64_t)((double)n * factor);
}

__attribute__((noreturn)) static void
usage(void)
{
	wlbench_quit(WLBENCH_TROUBLE,
	    "usage: mock-disk [-t type | -S bytes] [-o os] [-H hostname] "
	    "[-f files] [-p packages] [-s seed] [-n count] [-v] [-j jobs] "
	    "image");
}

static void
set_sizes(struct batch *batch, int key, const char *text)
{
	struct disk *disk = &batch->first;

	switch (key) {
	case 'S':
		disk->bytes = wlbench_param(
		    "-S", text, 0, LEAST_BYTES, MOST_BYTES - BLOCK_BYTES);
		disk->bytes =
		    (disk->bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
		break;
	case 'f':
		disk->files = wlbench_param("-f", text, 0, 1, MOST_FILES);
		break;
	case 'p':
		disk->packages = wlbench_param("-p", text, 0, 0, MOST_FILES);
		break;
	case 's':
		disk->seed = wlbench_param("-s", text, 0, 0, UINT64_MAX);
		break;
	case 'n':
		batch->count = wlbench_param("-n", text, 0, 1, MOST_IMAGES);
		break;
	case 'j':
		batch->jobs = wlbench_param("-j", text, 0, 1, 64);
		break;
	default:
		usage();
	}
}

int
main(int argc, char *argv[])
{
	struct batch batch = {.jobs = 1};
	struct disk *disk = &batch.first;
	int key;

	set_type(disk, "small");
	set_os(disk, "ubuntu");
	set_hostname(disk, "mock");
	disk->seed = wlbench_seed();
	/* Wherever it stands, what else is said counts more than the type. */
	while ((key = getopt(argc, argv, KEYS)) != -1)
		if (key == 't')
			set_type(disk, optarg);
		else if (key == '?')
			usage();
	optind = 1;
	while ((key = getopt(argc, argv, KEYS)) != -1)
		if (key == 't')
			continue;
		else if (key == 'o')
			set_os(disk, optarg);
		else if (key == 'H')
			set_hostname(disk, optarg);
		else if (key == 'b')
			set_batch(&batch, optarg);
		else
			set_sizes(&batch, key, optarg);
	if (argc - optind != 1 || strlen(argv[optind]) >= sizeof disk->path)
		usage();
	if (batch.varied && batch.count == 0)
		wlbench_quit(WLBENCH_TROUBLE, "-b varied: needs -n");
	strcpy(disk->path, argv[optind]);
	disk->file_bytes =
	    DATA_SHARE * (double)disk->bytes / (double)disk->files;
	disk->files = grown(disk->files);
	disk->packages = grown(disk->packages);
	/* A write to a genext2fs that failed is told by its status. */
	signal(SIGPIPE, SIG_IGN);
	make_batch(&batch);
	return 0;
}
