/*
 * A keeper: the process that has one service. It is the subreaper of all that
 * descends from it, has control groups of its own, says what the service uses,
 * and stops it: when it is told to, and when nobody is left to tell it.
 */
#include "wl-run-keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wl-run-usage.h"

enum {
	MOST_TRIES = 10
};

/* How often a keeper looks at what the service wrote. */
static const long look_ns = 250000000;

static struct {
	int control, output;
	struct order_head order;
	pid_t main;    /* the service; 0: it has exited */
	int status;    /* then, as wait(2) has it */
	bool is_alone; /* nothing descends from us */
	bool has_told; /* that it has gone */
	struct usage_trial tree;
	double cpu_before_ns; /* the trial */
	int peak;	      /* of its memory, a file of a group; or -1 */
	double memory_ours;   /* what that has of us */
} keeper;

static sigset_t unblocked;

/* --- what it uses --- */

static double
number_in(int fd)
{
	char text[64];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n <= 0)
		return NAN;
	text[n] = '\0';
	return strtod(text, NULL);
}

/* Whether a peak can be begun anew, by any text: in version 2, Linux 6.12. */
static bool
open_peak(const char *group, const char *file)
{
	keeper.peak = group ? group_open(group, file, O_RDWR) : -1;
	if (keeper.peak < 0 || pwrite(keeper.peak, "0", 1, 0) == 1)
		return keeper.peak >= 0;
	close(keeper.peak);
	keeper.peak = -1;
	return false;
}

static void
open_usage(void)
{
	usage_make();
	usage_begin(&keeper.tree);
	/* Of version 1 we are in the group ourselves. */
	if (!open_peak(cgroup_path(NULL), "memory.peak") &&
	    open_peak(cgroup_path("memory"), "memory.max_usage_in_bytes"))
		keeper.memory_ours = number_in(keeper.peak);
}

/* What a group of version 1 has counted of us, too. */
static double
own_cpu_ns(void)
{
	struct timespec t;

	if (!cgroup_path("cpuacct"))
		return 0;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/*
 * Its processor time until now is also returned; NAN where it is not known. Who
 * ends just now, of those that are ours, is no reason not to look.
 */
static double
read_usage(struct usage *usage)
{
	const struct timespec now = {0};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		sigtimedwait(&child, NULL, &now);
		if (usage_read(&keeper.tree, true, usage))
			return usage->x[USAGE_CPU] - own_cpu_ns();
	}
	return usage->x[USAGE_RSS] = NAN;
}

static void
begin_trial(void)
{
	struct usage usage;

	if (keeper.peak >= 0 && pwrite(keeper.peak, "0", 1, 0) < 0)
		keeper.peak = -1;
	keeper.cpu_before_ns = read_usage(&usage);
}

static void
end_trial(struct message *used)
{
	struct usage usage;

	used->word = WORD_USED;
	used->cpu_ns = read_usage(&usage) - keeper.cpu_before_ns;
	used->memory = usage.x[USAGE_RSS];
	if (keeper.peak >= 0)
		used->memory =
		    fmax(0, number_in(keeper.peak) - keeper.memory_ours);
}

/* --- the service --- */

/* The next text of an order. */
static char *
take_text(char **at)
{
	char *text = *at;

	*at += strlen(text) + 1;
	return text;
}

static char **
take_texts(char **at, size_t n)
{
	char **texts = mem_zero(n + 1, sizeof *texts);

	for (size_t i = 0; i < n; i++)
		texts[i] = take_text(at);
	return texts;
}

/* The order, which stays as long as we do. */
static char *
read_order(int fd)
{
	struct stat st;
	char *bytes;

	if (fstat(fd, &st) < 0)
		_exit(127);
	bytes = mem_alloc((size_t)st.st_size);
	if (pread(fd, bytes, (size_t)st.st_size, 0) != st.st_size)
		_exit(127);
	memcpy(&keeper.order, bytes, sizeof keeper.order);
	return bytes + sizeof keeper.order;
}

static void
start(int order, struct message *message)
{
	char *at = read_order(order);
	struct setup setup = {
	    .cpus = keeper.order.has_cpus ? "" : NULL,
	    .set = keeper.order.set,
	    .nice = NAN,
	};
	struct command command = {
	    .cwd = keeper.order.has_cwd ? take_text(&at) : NULL,
	    .in = open("/dev/null", O_RDONLY | O_CLOEXEC),
	    .out = keeper.output,
	    .err = keeper.output,
	    .setup = &setup,
	};
	struct outcome outcome;

	record_clear(&limits_type, &setup.limits);
	command.argv =
	    (const char *const *)take_texts(&at, keeper.order.n_argv);
	command.env = take_texts(&at, keeper.order.n_env);
	if (process_launch(&command, &keeper.main, &outcome)) {
		message->word = WORD_STARTED;
		message->exec_ns = outcome.exec_ns;
	} else {
		message->word = WORD_FAILED;
		message->error = outcome.error;
		snprintf(
		    message->step, sizeof message->step, "%s", outcome.step);
	}
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == keeper.main) {
			keeper.main = 0;
			keeper.status = status;
		}
	keeper.is_alone = pid < 0;
}

/* What makes itself a daemon exits well, and leaves others behind. */
static bool
is_running(void)
{
	return keeper.main || (keeper.status == 0 && !keeper.is_alone);
}

static void
say(const struct message *message)
{
	send(keeper.control, message, sizeof *message, MSG_NOSIGNAL);
}

static void
tell_gone(void)
{
	struct message gone = {.word = WORD_GONE};

	keeper.has_told = true;
	tree_kill();
	if (WIFSIGNALED(keeper.status))
		gone.signal = WTERMSIG(keeper.status);
	else
		gone.exit = WEXITSTATUS(keeper.status);
	say(&gone);
}

/* --- its end --- */

/* The next word of the runner, within some time; false where there is none. */
static bool
hear(long most_ns, enum word *word)
{
	struct pollfd said = {.fd = keeper.control, .events = POLLIN};
	struct timespec most = {.tv_nsec = most_ns};
	struct message message;
	ssize_t n;

	if (ppoll(&said, 1, &most, &unblocked) <= 0)
		return false;
	n = recv(keeper.control, &message, sizeof message, 0);
	/* The runner has gone: that is for the guard, if it is still there. */
	*word = n == (ssize_t)sizeof message ? message.word : WORD_STOP;
	return true;
}

/* What is left when its first process has ended, or the time, is killed. */
static void
stop(void)
{
	double until_ns =
	    process_now_ns() + 1e9 * keeper.order.stopping.timeout_s;
	bool had_main = keeper.main != 0;
	enum word word = WORD_STOP;
	const struct message killed = {.word = WORD_KILLED};
	bool has_ended = false;

	if (had_main) {
		kill(keeper.main, keeper.order.stopping.signal);
		kill(keeper.main, SIGCONT);
	} else if (!keeper.is_alone) {
		tree_signal(keeper.order.stopping.signal);
	}
	while (!has_ended && word != WORD_KILL && process_now_ns() < until_ns) {
		struct timespec pause = {.tv_nsec = 2000000};

		reap();
		has_ended = had_main ? !keeper.main : keeper.is_alone;
		/* One that has gone says WORD_STOP again and again. */
		if (!has_ended && hear(pause.tv_nsec, &word))
			nanosleep(&pause, NULL);
	}
	if (!has_ended && word != WORD_KILL &&
	    keeper.order.stopping.timeout_s > 0)
		say(&killed);
	tree_kill();
}

/* Answers; false where it is to stop. */
static bool
obey(enum word word)
{
	struct message answer = {.word = WORD_BEGUN};

	switch (word) {
	case WORD_BEGIN:
		begin_trial();
		say(&answer);
		return true;
	case WORD_END:
		end_trial(&answer);
		say(&answer);
		return true;
	default:
		return false;
	}
}

static void
watch_over(void)
{
	enum word word;

	do {
		reap();
		if (!is_running() && !keeper.has_told)
			tell_gone();
		watch_trim(keeper.output, keeper.order.kept);
	} while (!tree_stop_signal && (!hear(look_ns, &word) || obey(word)));
}

_Noreturn void
keeper_live(const int fds[N_ASKED])
{
	struct message message = {0};

	sigemptyset(&unblocked);
	sigaddset(&unblocked, SIGTTOU);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	keeper.control = fds[ASKED_CONTROL];
	keeper.output = fds[ASKED_OUTPUT];
	cgroup_forget();
	cgroup_make();
	cgroup_enter();
	open_usage();
	start(fds[ASKED_ORDER], &message);
	close(fds[ASKED_ORDER]);
	say(&message);
	if (message.word == WORD_STARTED) {
		watch_over();
		stop();
	}
	cgroup_leave();
	_exit(0);
}
