/* No process of ours outlives a trial, or wl-run itself. */
#include "wl-run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

volatile sig_atomic_t tree_stop_signal, tree_stop_again;

static volatile sig_atomic_t n_requests;
static char cgroup_path[PATH_MAX];
static int cgroup_fd = -1;

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum {
	N_STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals
};

/*
 * Where this process's own version 2 group is: the mount point of cgroup2 and
 * the path after "0::" (cgroups(7)). False where there is none.
 */
static bool
find_cgroup(char *path, size_t size)
{
	char line[2 * PATH_MAX], mount[PATH_MAX] = "", own[PATH_MAX] = "";
	FILE *f = fopen("/proc/self/mountinfo", "re");

	while (f && fgets(line, sizeof line, f))
		if (strstr(line, " - cgroup2 "))
			sscanf(line, "%*s %*s %*s %*s %4095s", mount);
	if (f)
		fclose(f);
	f = fopen("/proc/self/cgroup", "re");
	while (f && fgets(line, sizeof line, f))
		sscanf(line, "0::%4095[^\n]", own);
	if (f)
		fclose(f);
	return *mount && *own &&
	       snprintf(path, size, "%s%s/plumbline-%ld", mount,
		   strcmp(own, "/") ? own : "", (long)getpid()) < (int)size;
}

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

/* Whether the group is gone, with those that a workload has made in it. */
static bool
remove_cgroup(void)
{
	if (rmdir(cgroup_path) < 0 && errno == EBUSY)
		nftw(cgroup_path, remove_directory, 4, FTW_DEPTH | FTW_PHYS);
	return access(cgroup_path, F_OK) < 0;
}

static void
open_cgroup(void)
{
	/* An empty one of a process that had our number is in nobody's way. */
	rmdir(cgroup_path);
	if (mkdir(cgroup_path, 0700) < 0) {
		*cgroup_path = '\0';
		return;
	}
	cgroup_fd = open(cgroup_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup_fd < 0)
		tree_without_cgroup();
}

static void
make_cgroup(void)
{
	if (find_cgroup(cgroup_path, sizeof cgroup_path))
		open_cgroup();
	else
		*cgroup_path = '\0';
}

/*
 * A group that has been killed kills whatever is cloned into it later (seen
 * with Linux 6.18: clone3 compares the kill count of the new group with that
 * of the old one), so it is replaced by a fresh one of the same name.
 */
static void
renew_cgroup(void)
{
	struct timespec pause = {.tv_nsec = 500000};

	close(cgroup_fd);
	cgroup_fd = -1;
	for (int tries = 0; !remove_cgroup() && tries < 1000; tries++)
		nanosleep(&pause, NULL);
	open_cgroup();
}

int
tree_cgroup(void)
{
	return cgroup_fd;
}

void
tree_without_cgroup(void)
{
	if (cgroup_fd >= 0)
		close(cgroup_fd);
	cgroup_fd = -1;
	if (*cgroup_path)
		remove_cgroup();
	*cgroup_path = '\0';
}

static void
kill_cgroup(void)
{
	int fd = openat(cgroup_fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1", 1) < 0 && errno != ENODEV)
		warn("%s/cgroup.kill: %s", cgroup_path, strerror(errno));
	close(fd);
}

/* The parent of a process, or 0 where it has gone. */
static long
parent_of(long pid)
{
	char path[64], text[512];
	const char *after_name;
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(text, sizeof text, f)) {
		/* The name, in parentheses, may itself hold parentheses. */
		after_name = strrchr(text, ')');
		if (after_name)
			sscanf(after_name + 1, " %*c %ld", &parent);
	}
	fclose(f);
	return parent;
}

/*
 * Sends a signal to all children, or to all descendants. A descendant is found
 * by its chain of parents: depth is bounded, so that a loop seen in a changing
 * /proc ends.
 */
static void
signal_descendants(int number, bool children_only)
{
	long self = getpid();
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		return;
	while ((entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);
		long up = pid;

		if (pid <= 0)
			continue;
		for (int depth = 0; depth < 64 && up > 1; depth++) {
			up = parent_of(up);
			if (up == self || children_only)
				break;
		}
		if (up == self)
			kill((pid_t)pid, number);
	}
	closedir(proc);
}

void
tree_terminate(void)
{
	signal_descendants(SIGTERM, false);
}

bool
tree_reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0;
}

void
tree_kill(void)
{
	struct timespec pause = {.tv_nsec = 500000};
	bool killed = false;

	/*
	 * Children of what is killed become ours, as we are their subreaper,
	 * so killing children until there are none ends the whole tree.
	 */
	for (int tries = 0; tree_reap(); tries++) {
		if (cgroup_fd >= 0)
			kill_cgroup();
		killed = true;
		signal_descendants(SIGKILL, true);
		nanosleep(&pause, NULL);
		if (tries == 20000) {
			warn("a process of the workload cannot be killed");
			return;
		}
	}
	if (killed && cgroup_fd >= 0)
		renew_cgroup();
}

/*
 * A terminal, make and timeout(1) may each send the same signal, and within a
 * second that is one request.
 */
static void
note_signal(int number)
{
	static double first_ns;

	n_requests++;
	if (!tree_stop_signal) {
		first_ns = process_now_ns();
		tree_stop_signal = number;
	} else if (process_now_ns() - first_ns > 1e9) {
		tree_stop_again = 1;
	}
}

static void
ignore_signal(int number)
{
	(void)number;
}

static void
handle(int number, void (*handler)(int))
{
	struct sigaction action = {
	    .sa_handler = handler,
	    .sa_flags = SA_RESTART, /* writing a record is never cut short */
	};

	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* nohup(1) ignores SIGHUP for us, and so it stays. */
static void
handle_stop_signals(void (*handler)(int))
{
	struct sigaction before;

	for (size_t i = 0; i < N_STOP_SIGNALS; i++)
		if (stop_signals[i] != SIGHUP ||
		    sigaction(SIGHUP, NULL, &before) < 0 ||
		    before.sa_handler != SIG_IGN)
			handle(stop_signals[i], handler);
}

/*
 * A workload may stop the runner, its parent, which then could see neither a
 * deadline nor a signal. A person stops the guard, and the runner goes on.
 */
static void
go_on(pid_t runner)
{
	warn("a process stopped the runner; it goes on");
	kill(runner, SIGCONT);
}

/* Hands signals on until the runner has ended; then ends what it left. */
static _Noreturn void
guard(pid_t runner, const sigset_t *unblocked)
{
	int status, n_handed_on = 0;
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
			if (pid == runner && WIFSTOPPED(status))
				go_on(runner);
			else if (pid == runner)
				goto ended;
		if (n_requests != n_handed_on) {
			n_handed_on = n_requests;
			kill(runner, tree_stop_signal);
		}
		sigsuspend(unblocked);
	}
ended:
	tree_kill();
	tree_without_cgroup();
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	if (WTERMSIG(status) == tree_stop_signal)
		_exit(128 + tree_stop_signal); /* before it caught signals */
	warn("the runner was ended by signal %d: the run is truncated",
	    WTERMSIG(status));
	_exit(STATUS_TROUBLE);
}

void
tree_guard(void)
{
	pid_t self = getpid(), runner;
	sigset_t all, unblocked;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&unblocked);
	handle_stop_signals(note_signal);
	/* Handled, not ignored: an ignored signal would stay so in children. */
	handle(SIGPIPE, ignore_signal);
	handle(SIGXFSZ, ignore_signal);
	handle(SIGCHLD, ignore_signal);
	make_cgroup();
	runner = fork();
	if (runner < 0)
		die_errno("fork");
	if (runner > 0)
		guard(runner, &unblocked);
	handle_stop_signals(SIG_DFL);
	/*
	 * A group of its own: what is sent to ours, such as `kill -9 %1`, ends
	 * only one of us, and the other one ends the workload. As terminals
	 * stop other groups that write to them, that signal stays blocked.
	 */
	setpgid(0, 0);
	sigaddset(&unblocked, SIGTTOU);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != self)
		_exit(STATUS_TROUBLE); /* the guard is dead already */
}

void
tree_catch_signals(void)
{
	handle_stop_signals(note_signal);
}
