/*
 * fs-stress: make, stat, read and remove a tree of small files, and say how
 * many files a second each phase did. All that is read is checked.
 *
 * Several writers are as many processes, each with files of its own, spread
 * over all directories; a phase begins for all of them at once and ends with
 * the last.
 *
 * The tree is on /dev/shm where there is one: on a disk's file system the same
 * work takes now this long and now twice as long. The last argument is another
 * directory to work in.
 */
#include "wlbench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_PER_DIRECTORY 100
#define NAME_SIZE	    48
#define CYCLES		    5	/* measurements of each phase */
#define SHIFTS		    251 /* files that follow each other differ */
#define MOST_WRITERS	    64
#define SECOND_NS	    1e9

struct tree {
	char root[4096]; /* empty where there is nothing to remove */
	pid_t owner;	 /* the process that removes it */
	int fd;		 /* of the root */
	uint64_t writers;
	uint64_t files;
	uint64_t directories;
	size_t size; /* of each file */
	char (*names)[NAME_SIZE];
	unsigned char *pattern; /* size + SHIFTS random bytes */
	unsigned char *buffer;	/* size + 1 */
};

/* One phase does one thing to every file. */
struct phase {
	const char *kernel; /* in WLBENCH_SLOWDOWN */
	const char *metric;
	void (*work)(const struct tree *, uint64_t file);
};

/* What the exit handler removes, and the signal that wants us to end. */
static struct tree tree = {.fd = -1};
static volatile sig_atomic_t caught;

static void
on_signal(int signal)
{
	caught = signal;
}

__attribute__((noreturn)) static void
trouble(const char *what, const char *name)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s/%s: cannot %s: %s", tree.root, name,
	    what, strerror(errno));
}

static void
directory_name(char name[NAME_SIZE], uint64_t directory)
{
	snprintf(name, NAME_SIZE, "d%" PRIu64, directory);
}

/* Remove whatever of the tree is there. */
static void
remove_tree(void)
{
	char name[NAME_SIZE];

	if (tree.root[0] == '\0' || tree.owner != getpid())
		return;
	for (uint64_t i = 0; i < tree.files; i++)
		unlinkat(tree.fd, tree.names[i], 0);
	for (uint64_t i = 0; i < tree.directories; i++) {
		directory_name(name, i);
		unlinkat(tree.fd, name, AT_REMOVEDIR);
	}
	rmdir(tree.root);
	tree.root[0] = '\0';
}

static const unsigned char *
content(const struct tree *of, uint64_t file)
{
	return of->pattern + file % SHIFTS;
}

static void
create_file(const struct tree *in, uint64_t file)
{
	const char *name = in->names[file];
	int fd = openat(in->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		trouble("create", name);
	errno = ENOSPC; /* what a short write means */
	if (write(fd, content(in, file), in->size) != (ssize_t)in->size)
		trouble("write", name);
	if (close(fd) != 0)
		trouble("close", name);
}

static void
stat_file(const struct tree *in, uint64_t file)
{
	const char *name = in->names[file];
	struct stat status;

	if (fstatat(in->fd, name, &status, 0) != 0)
		trouble("stat", name);
	if ((uint64_t)status.st_size != in->size)
		wlbench_quit(WLBENCH_WRONG, "%s: wrong size", name);
}

static void
read_file(const struct tree *in, uint64_t file)
{
	const char *name = in->names[file];
	int fd = openat(in->fd, name, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		trouble("open", name);
	got = read(fd, in->buffer, in->size + 1);
	if (got < 0)
		trouble("read", name);
	if ((size_t)got != in->size ||
	    memcmp(in->buffer, content(in, file), in->size) != 0)
		wlbench_quit(WLBENCH_WRONG, "%s: wrong content", name);
	if (close(fd) != 0)
		trouble("close", name);
}

static void
unlink_file(const struct tree *in, uint64_t file)
{
	const char *name = in->names[file];

	if (unlinkat(in->fd, name, 0) != 0)
		trouble("unlink", name);
}

static const struct phase phases[] = {
    {"create", "create_rate", create_file},
    {"stat", "stat_rate", stat_file},
    {"read", "read_rate", read_file},
    {"unlink", "unlink_rate", unlink_file},
};

enum {
	PHASES = sizeof phases / sizeof phases[0]
};

/* End as the signal wants it, if there was one. */
static void
heed_signal(void)
{
	if (!caught)
		return;
	remove_tree();
	signal(caught, SIG_DFL);
	raise(caught);
}

/* What one writer does in a phase: every file of its own. */
static void
write_share(const struct phase *phase, double factor, uint64_t writer)
{
	for (uint64_t i = writer; i < tree.files; i += tree.writers) {
		uint64_t file_ns = factor > 1 ? wlbench_now() : 0;

		phase->work(&tree, i);
		wlbench_drag(factor, file_ns);
		heed_signal();
	}
}

/* A process that waits for `go` and does its share. */
static pid_t
start_writer(const struct phase *phase, double factor, uint64_t writer,
    const atomic_bool *go)
{
	pid_t pid = fork();

	if (pid < 0)
		trouble("fork", ".");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
	while (!*go && getppid() == tree.owner)
		usleep(100);
	if (getppid() == tree.owner)
		write_share(phase, factor, writer);
	_exit(0);
}

/* Wait for all writers; where one failed, end the others and ourselves. */
static void
wait_for(const pid_t *pids, uint64_t n)
{
	int failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		int status = 0;

		while (waitpid(pids[i], &status, 0) < 0 && errno == EINTR)
			for (uint64_t k = i; k < n; k++)
				kill(pids[k], SIGKILL);
		if (WIFSIGNALED(status))
			failed = WLBENCH_TROUBLE;
		else if (WEXITSTATUS(status) != 0)
			failed = WEXITSTATUS(status);
	}
	heed_signal();
	if (failed)
		exit(failed);
}

/* The same phase by all writers at once. */
static void
write_together(const struct phase *phase, double factor, uint64_t *began_ns)
{
	pid_t pids[MOST_WRITERS];
	atomic_bool *go = mmap(NULL, sizeof *go, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (go == MAP_FAILED)
		trouble("map memory", ".");
	for (uint64_t i = 0; i < tree.writers; i++)
		pids[i] = start_writer(phase, factor, i, go);
	*began_ns = wlbench_now();
	*go = true;
	wait_for(pids, tree.writers);
	munmap(go, sizeof *go);
}

/* Do one phase. Returns files per second. */
static double
run_phase(const struct phase *phase, double factor)
{
	uint64_t began_ns = wlbench_now();

	if (tree.writers == 1)
		write_share(phase, factor, 0);
	else
		write_together(phase, factor, &began_ns);
	return (double)tree.files * SECOND_NS /
	       (double)(wlbench_now() - began_ns);
}

/* The directory to work in: the argument, /dev/shm, TMPDIR or /tmp. */
static const char *
working_directory(const char *argument)
{
	if (argument != NULL)
		return argument;
	if (access("/dev/shm", W_OK | X_OK) == 0)
		return "/dev/shm";
	argument = getenv("TMPDIR");
	return argument != NULL && argument[0] != '\0' ? argument : "/tmp";
}

static void
make_tree(const char *directory)
{
	char name[NAME_SIZE];
	char root[sizeof tree.root];

	if (snprintf(root, sizeof root, "%s/fs-stress.XXXXXX", directory) >=
	    (int)sizeof root)
		wlbench_quit(WLBENCH_TROUBLE, "%s: name too long", directory);
	if (mkdtemp(root) == NULL)
		wlbench_quit(WLBENCH_TROUBLE, "%s: cannot make a directory: %s",
		    directory, strerror(errno));
	memcpy(tree.root, root, sizeof root);
	tree.owner = getpid();
	tree.fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree.fd < 0)
		trouble("open", ".");
	for (uint64_t i = 0; i < tree.directories; i++) {
		directory_name(name, i);
		if (mkdirat(tree.fd, name, 0700) != 0)
			trouble("make", name);
	}
}

/* Names and contents are made before anything is timed. */
static void
prepare(void)
{
	uint64_t state = wlbench_seed();

	tree.directories =
	    (tree.files + FILES_PER_DIRECTORY - 1) / FILES_PER_DIRECTORY;
	tree.names = wlbench_alloc(tree.files, sizeof tree.names[0]);
	for (uint64_t i = 0; i < tree.files; i++)
		snprintf(tree.names[i], NAME_SIZE, "d%" PRIu64 "/f%" PRIu64,
		    i / FILES_PER_DIRECTORY, i);
	tree.buffer = wlbench_alloc(tree.size + 1, 1);
	tree.pattern = wlbench_alloc(tree.size + SHIFTS, 1);
	for (size_t i = 0; i < tree.size + SHIFTS; i++)
		tree.pattern[i] = (unsigned char)wlbench_random(&state);
}

static void
catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &action, NULL);
}

int
main(int argc, char *argv[])
{
	double rates[CYCLES][PHASES];
	double factors[PHASES];

	wlbench_usage(argc, argv, 4,
	    "fs-stress [files [file_size_bytes [writers [directory]]]]");
	tree.files =
	    wlbench_param("files", argc > 1 ? argv[1] : NULL, 2000, 1, 1000000);
	tree.size = wlbench_param(
	    "file_size_bytes", argc > 2 ? argv[2] : NULL, 1024, 0, 1 << 24);
	tree.writers = wlbench_param(
	    "writers", argc > 3 ? argv[3] : NULL, 1, 1, MOST_WRITERS);
	for (int i = 0; i < PHASES; i++)
		factors[i] = wlbench_slowdown(phases[i].kernel);
	prepare();
	catch_signals();
	atexit(remove_tree);
	make_tree(working_directory(argc > 4 ? argv[4] : NULL));

	for (int cycle = 0; cycle < CYCLES; cycle++)
		for (int i = 0; i < PHASES; i++)
			rates[cycle][i] = run_phase(&phases[i], factors[i]);
	for (int cycle = 0; cycle < CYCLES; cycle++)
		for (int i = 0; i < PHASES; i++)
			wlbench_emit(
			    phases[i].metric, rates[cycle][i], "files/s");
	wlbench_flush();

	remove_tree();
	close(tree.fd);
	free(tree.names);
	free(tree.pattern);
	free(tree.buffer);
	return 0;
}
