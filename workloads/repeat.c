/*
 * repeat: run a command several times and write how long each time took, as
 * lines of JSON that wl-run reads. So a command of a few milliseconds has a
 * median of many within one trial.
 *
 * usage: repeat [-n times] [-o operations] [-i input] [-e expected]
 *	      [-r rate] metric unit command [argument ...]
 *
 *	-n  how many times; 1 by default
 *	-o  how many operations each time is; 1 by default
 *	-i  what is standard input each time; /dev/null by default
 *	-e  what must come out each time, to the byte
 *	-r  the name of a second metric: the operations in a second
 *
 * With the unit ns, us, ms or s a value is the time of one operation; with one
 * that ends in "/s", as queries/s, the operations in a second. A command that
 * fails, or writes something else, ends it with status 1. The lines are written
 * when all is done.
 *
 * WLBENCH_SLOWDOWN=METRIC=FACTOR holds the CPU after each time until FACTOR
 * times as long has passed: a planted regression.
 */
#include "wlbench.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_TIMES 100000
#define SECOND_NS  1e9

extern char **environ;

struct repeat {
	uint64_t times;
	uint64_t operations;
	const char *input;
	const char *expected;
	const char *rate; /* NULL: no such metric */
	const char *metric;
	const char *unit;
	double unit_ns; /* 0 for a rate */
	double factor;	/* planted */
	char **command;
	int output; /* a file in memory, or -1 */
	char *answer;
	size_t answer_size;
};

static void
trouble(const char *what)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s: %s", what, strerror(errno));
}

/* All of a file; the caller frees it. */
static char *
slurp(int fd, const char *name, size_t *size)
{
	struct stat status;
	char *bytes;

	if (fstat(fd, &status) != 0)
		trouble(name);
	*size = (size_t)status.st_size;
	bytes = wlbench_alloc(*size + 1, 1);
	if (pread(fd, bytes, *size, 0) != (ssize_t)*size)
		trouble(name);
	return bytes;
}

static void
read_expected(struct repeat *repeat)
{
	int fd = open(repeat->expected, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		trouble(repeat->expected);
	repeat->answer = slurp(fd, repeat->expected, &repeat->answer_size);
	close(fd);
	repeat->output = memfd_create("repeat", MFD_CLOEXEC);
	if (repeat->output < 0)
		trouble("a file in memory");
}

static pid_t
start(const struct repeat *repeat)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, repeat->input, O_RDONLY, 0);
	if (repeat->output >= 0)
		posix_spawn_file_actions_adddup2(
		    &actions, repeat->output, STDOUT_FILENO);
	else
		posix_spawn_file_actions_addopen(
		    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&child, repeat->command[0], &actions, NULL,
	    repeat->command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		wlbench_quit(WLBENCH_TROUBLE, "%s: %s", repeat->command[0],
		    strerror(error));
	return child;
}

static void
check(const struct repeat *repeat, uint64_t time)
{
	size_t size;
	char *bytes;

	if (repeat->output < 0)
		return;
	bytes = slurp(repeat->output, "output", &size);
	if (size != repeat->answer_size ||
	    memcmp(bytes, repeat->answer, size) != 0)
		wlbench_quit(WLBENCH_WRONG,
		    "%s: time %" PRIu64 ": its output is not %s",
		    repeat->command[0], time + 1, repeat->expected);
	free(bytes);
	if (ftruncate(repeat->output, 0) != 0 ||
	    lseek(repeat->output, 0, SEEK_SET) != 0)
		trouble("a file in memory");
}

/* Returns how long it took, in nanoseconds. */
static double
run_once(const struct repeat *repeat, uint64_t time)
{
	uint64_t began_ns = wlbench_now();
	pid_t child = start(repeat);
	double elapsed_ns;
	int status;

	if (waitpid(child, &status, 0) != child)
		trouble(repeat->command[0]);
	wlbench_drag(repeat->factor, began_ns);
	elapsed_ns = (double)(wlbench_now() - began_ns);
	if (WIFSIGNALED(status))
		wlbench_quit(WLBENCH_WRONG, "%s: time %" PRIu64 ": signal %d",
		    repeat->command[0], time + 1, WTERMSIG(status));
	if (status != 0)
		wlbench_quit(WLBENCH_WRONG, "%s: time %" PRIu64 ": status %d",
		    repeat->command[0], time + 1, WEXITSTATUS(status));
	check(repeat, time);
	return elapsed_ns;
}

static double
unit_of(const char *name)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", SECOND_NS}};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].name, name) == 0)
			return units[i].ns;
	if (length >= 2 && strcmp(name + length - 2, "/s") == 0)
		return 0;
	wlbench_quit(WLBENCH_TROUBLE,
	    "the unit is none of ns, us, ms, s and .../s: %s", name);
}

__attribute__((noreturn)) static void
usage(void)
{
	wlbench_quit(WLBENCH_TROUBLE,
	    "usage: repeat [-n times] [-o operations] [-i input] [-e expected] "
	    "[-r rate] metric unit command [argument ...]");
}

static void
parse(struct repeat *repeat, int argc, char *argv[])
{
	int key;

	/* What follows the command is the command's. */
	while ((key = getopt(argc, argv, "+n:o:i:e:r:")) != -1)
		switch (key) {
		case 'n':
			repeat->times =
			    wlbench_param("-n", optarg, 0, 1, MOST_TIMES);
			break;
		case 'o':
			repeat->operations = wlbench_param(
			    "-o", optarg, 0, 1, UINT64_C(1) << 52);
			break;
		case 'i':
			repeat->input = optarg;
			break;
		case 'e':
			repeat->expected = optarg;
			break;
		case 'r':
			repeat->rate = optarg;
			break;
		default:
			usage();
		}
	if (argc - optind < 3)
		usage();
	repeat->metric = argv[optind];
	repeat->unit = argv[optind + 1];
	repeat->command = argv + optind + 2;
	repeat->unit_ns = unit_of(repeat->unit);
	repeat->factor = wlbench_slowdown(repeat->metric);
}

int
main(int argc, char *argv[])
{
	struct repeat repeat = {
	    .times = 1, .operations = 1, .input = "/dev/null", .output = -1};
	double *elapsed_ns;

	parse(&repeat, argc, argv);
	if (repeat.expected != NULL)
		read_expected(&repeat);
	elapsed_ns = wlbench_alloc(repeat.times, sizeof elapsed_ns[0]);
	for (uint64_t i = 0; i < repeat.times; i++)
		elapsed_ns[i] = run_once(&repeat, i);
	for (uint64_t i = 0; i < repeat.times; i++) {
		double one = elapsed_ns[i] / (double)repeat.operations;

		wlbench_emit(repeat.metric,
		    repeat.unit_ns > 0 ? one / repeat.unit_ns : SECOND_NS / one,
		    repeat.unit);
		if (repeat.rate != NULL)
			wlbench_emit(repeat.rate, SECOND_NS / one, "/s");
	}
	wlbench_flush();
	free(elapsed_ns);
	free(repeat.answer);
	return 0;
}
