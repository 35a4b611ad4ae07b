/* One child: started, timed, waited for, ended. */
#include "wl-run-child.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "mem.h"

/* What the child tells us before execve has replaced it. */
struct stamp {
	double exec_ns;
	int error;
	const char *step;
};

double
process_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Whether a file, seen from `dir`, can be executed; else errno says why. */
static bool
is_program(int dir, const char *path)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) < 0 ||
	    faccessat(dir, path, X_OK, AT_EACCESS) < 0)
		return false;
	errno = EACCES;
	return S_ISREG(st.st_mode);
}

/*
 * The file that a program's name means, for the caller to free: as execvp
 * finds it, but in the PATH of the child and seen from its directory `cwd`.
 * NULL with errno where there is none.
 */
static char *
search_path(const char *name, char *const *env, int cwd)
{
	int reason = ENOENT;
	const char *dir = "/usr/bin:/bin";

	for (char *const *e = env; *e; e++)
		if (strncmp(*e, "PATH=", 5) == 0)
			dir = *e + 5;
	while (*name) {
		size_t len = strcspn(dir, ":");
		char *path = len ? mem_format("%.*s/%s", (int)len, dir, name)
				 : mem_copy(name);

		if (is_program(cwd, path))
			return path;
		if (errno == EACCES)
			reason = errno;
		free(path);
		if (!dir[len])
			break;
		dir += len + 1;
	}
	errno = reason;
	return NULL;
}

char *
process_find(const char *name, char *const *env, const char *cwd)
{
	int dir = cwd ? open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC) : AT_FDCWD;
	char *path;
	int reason;

	if (cwd && dir < 0)
		return mem_copy(name); /* the child will say what is wrong */
	if (strchr(name, '/'))
		path = is_program(dir, name) ? mem_copy(name) : NULL;
	else
		path = search_path(name, env, dir);
	reason = errno;
	if (dir >= 0)
		close(dir);
	errno = reason;
	return path;
}

/* What execve is to be called with; for a path it will say what is wrong. */
static char *
program_path(const struct command *command)
{
	const char *name = command->argv[0];

	return strchr(name, '/')
		   ? mem_copy(name)
		   : process_find(name, command->env, command->cwd);
}

bool
process_finds(const char *name, char *const *env, const char *cwd)
{
	char *path = process_find(name, env, cwd);
	bool found = path != NULL;

	free(path);
	return found;
}

/* What the child needs to know. */
struct birth {
	const struct command *command;
	const char *path;
	struct stamp *stamp;
	pid_t runner;
};

/*
 * The child's side. Its memory may be ours: it leaves all as it is, and calls
 * only functions that are safe after a vfork.
 */
static void
become(const void *data)
{
	const struct birth *birth = data;
	const struct command *command = birth->command;
	struct stamp *stamp = birth->stamp;
	int fds[] = {command->in, command->out, command->err};
	const char *failed;
	sigset_t none;

	stamp->step = "cannot be set up";
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != birth->runner)
		_exit(127);
	setpgid(0, 0);
	for (int i = 0; i < 3; i++)
		/* Ours are above 2: tool_start keeps 0 to 2 open. */
		if (dup2(fds[i], i) < 0)
			goto fail;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		goto fail;
	stamp->step = command->cwd;
	if (command->cwd && chdir(command->cwd) < 0)
		goto fail;
	stamp->step = "control group";
	if (!limits_enter())
		goto fail;
	failed = command->setup ? setup_child(command->setup) : NULL;
	stamp->step = failed ? failed : command->argv[0];
	if (failed)
		goto fail;
	stamp->exec_ns = process_now_ns();
	execve(birth->path, (char *const *)command->argv, command->env);
fail:
	stamp->error = errno;
	_exit(127);
}

static bool
is_asked(const volatile sig_atomic_t *stop)
{
	return stop && *stop;
}

/*
 * Whether the child has exited. What it left, and has exited, is reaped, so
 * that a workload of many daemons does not fill the process table; but these
 * may come without end, and keep us no longer than we wait for the child.
 */
static bool
has_exited(pid_t child, double deadline_ns, const volatile sig_atomic_t *stop)
{
	do {
		siginfo_t info = {0};

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    !info.si_pid)
			return false;
		if (info.si_pid == child)
			return true;
		waitpid(info.si_pid, NULL, 0);
	} while (!is_asked(stop) && !(process_now_ns() > deadline_ns));
	return false;
}

/* What await waits for in a call; until what is ended is alarms do not count.
 */
static size_t
polled_of(const struct watch *watch, int pidfd, struct pollfd *polled)
{
	size_t n = watch->ending ? 0 : watch->n_alarms;

	polled[0] = (struct pollfd){.fd = pidfd, .events = POLLIN};
	for (size_t i = 0; i < n; i++)
		polled[1 + i] =
		    (struct pollfd){.fd = watch->alarms[i], .events = POLLIN};
	return 1 + n;
}

/*
 * Waits for the child's exit, the deadline (NAN: none), a request to stop
 * (NULL: none counts), or for what ends it because of what it does.
 */
static enum ending
await(int pidfd, struct watch *watch, double deadline_ns,
    const volatile sig_atomic_t *stop)
{
	struct pollfd polled[1 + MOST_ALARMS];
	size_t n = polled_of(watch, pidfd, polled);
	sigset_t unblocked;

	sigemptyset(&unblocked);
	for (;;) {
		double now_ns = process_now_ns();
		double left = fmin(deadline_ns, watch_next_ns(watch)) - now_ns;
		struct timespec t = {0};
		enum ending ending;
		int ready;

		if (is_asked(stop))
			return ENDING_INTERRUPTED;
		if (left > 0) {
			t.tv_sec = (time_t)(left / 1e9);
			t.tv_nsec = (long)fmod(left, 1e9);
		}
		ready = ppoll(polled, n, &t, &unblocked);
		if (ready > 0 && polled[0].revents)
			return ENDING_EXIT;
		/* Without a pidfd, SIGCHLD has woken us. */
		if (has_exited(watch->pid, now_ns + fmax(left, 0), stop))
			return ENDING_EXIT;
		if (ready > 0)
			return ENDING_ALARM;
		ending = watch_look(watch);
		if (ending != ENDING_NONE)
			return ending;
		if (deadline_ns <= now_ns)
			return ENDING_TIMEOUT;
	}
}

/*
 * The child's status and usage. What it left is ended: now, or when its grace
 * is over.
 */
static void
collect(struct watch *watch, double grace_until_ns, struct outcome *outcome)
{
	struct timespec pause = {.tv_nsec = 500000};
	int status = 0;

	while (wait4(watch->pid, &status, 0, &outcome->usage) < 0 &&
	       errno == EINTR)
		continue;
	while (process_now_ns() < grace_until_ns && tree_reap()) {
		watch_look(watch);
		nanosleep(&pause, NULL);
	}
	tree_kill();
	if (WIFSIGNALED(status)) {
		outcome->signal = WTERMSIG(status);
		if (outcome->ending == ENDING_EXIT)
			outcome->ending = ENDING_SIGNAL;
	} else {
		outcome->exit = WEXITSTATUS(status);
	}
	if (outcome->ending == ENDING_STOPPED)
		outcome->signal = watch->stop_signal;
	if (outcome->ending == ENDING_EXIT && watch_is_full(watch))
		outcome->ending = ENDING_OUTPUT;
}

static struct stamp *
shared_stamp(void)
{
	static struct stamp *stamp;

	if (!stamp)
		stamp = mmap(NULL, sizeof *stamp, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stamp == MAP_FAILED)
		die_errno("memory");
	*stamp = (struct stamp){0};
	return stamp;
}

/*
 * Ends a child that ran too long, or that we have no more use for. Returns
 * until when its descendants have time to end themselves.
 */
static double
end_child(int pidfd, struct watch *watch)
{
	double until_ns = process_now_ns() + watch->grace_ns;

	watch->ending = true;
	tree_terminate();
	await(pidfd, watch, until_ns, NULL);
	kill(watch->pid, SIGKILL);
	return until_ns;
}

/*
 * A child that begins in our memory has our peak, too, in its max_rss: the
 * kernel keeps that of the memory which execve gives up. After this our peak is
 * our present size (proc(5), clear_refs).
 */
static void
forget_peak(void)
{
	static int fd = -1;
	static bool tried;

	if (!tried)
		fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	tried = true;
	if (fd >= 0 && write(fd, "5", 1) < 0) {
		close(fd);
		fd = -1;
	}
}

bool
process_launch(
    const struct command *command, pid_t *pid, struct outcome *outcome)
{
	struct stamp *stamp = shared_stamp();
	char *path = program_path(command);
	const struct birth birth = {command, path, stamp, getpid()};
	int pidfd = -1;

	*outcome = (struct outcome){
	    .ending = ENDING_SPAWN, .step = command->argv[0], .error = errno};
	*pid = path ? start_child(become, &birth, &pidfd) : -1;
	if (path && *pid < 0)
		outcome->error = errno;
	free(path);
	if (pidfd >= 0)
		close(pidfd);
	if (*pid < 0)
		return false;
	if (stamp->error) {
		waitpid(*pid, NULL, 0);
		outcome->error = stamp->error;
		outcome->step = stamp->step;
		return false;
	}
	/* Where it was forked, it may be on its way. */
	outcome->exec_ns =
	    stamp->exec_ns > 0 ? stamp->exec_ns : process_now_ns();
	return true;
}

/* Starts the child and waits for it; false where none could be made. */
static bool
run_child(const struct command *command, const char *path, struct stamp *stamp,
    struct outcome *outcome)
{
	const struct birth birth = {command, path, stamp, getpid()};
	double start_ns = process_now_ns(), end_ns, grace_until_ns = 0;
	struct watch watch;
	int pidfd;
	pid_t pid = start_child(become, &birth, &pidfd);

	if (pid < 0)
		return false;
	watch_begin(&watch, command, pid);
	outcome->ending =
	    await(pidfd, &watch, start_ns + 1e9 * command->timeout_s,
		command->unstoppable ? &tree_stop_again : &tree_stop_signal);
	end_ns = process_now_ns();
	if (outcome->ending == ENDING_STOPPED)
		kill(pid, SIGKILL); /* it has had its grace */
	else if (outcome->ending != ENDING_EXIT)
		grace_until_ns = end_child(pidfd, &watch);
	collect(&watch, grace_until_ns, outcome);
	if (pidfd >= 0)
		close(pidfd);
	outcome->elapsed_ns = end_ns - start_ns;
	outcome->exec_ns = stamp->exec_ns;
	outcome->end_ns = end_ns;
	outcome->spawn_ns = stamp->exec_ns - start_ns;
	outcome->wall_ns = end_ns - stamp->exec_ns;
	return true;
}

void
process_pause(double s)
{
	double until_ns = process_now_ns() + 1e9 * s;
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	for (;;) {
		double left = until_ns - process_now_ns();
		struct timespec t = {
		    .tv_sec = (time_t)(left / 1e9),
		    .tv_nsec = (long)fmod(left, 1e9),
		};

		if (left <= 0 || tree_stop_signal)
			break;
		ppoll(NULL, 0, &t, &before);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static unsigned long n_runs;

unsigned long
process_runs(void)
{
	return n_runs;
}

int
output_file(int *fd)
{
	struct stat st;

	/* Nothing but O_APPEND keeps writers apart: memfds lock no position. */
	if (*fd < 0 && ((*fd = memfd_create("plumbline", MFD_CLOEXEC)) < 0 ||
			   fcntl(*fd, F_SETFL, O_APPEND) < 0))
		die_errno("output file");
	/* Most of the time it is empty, and to empty it takes longer. */
	if (fstat(*fd, &st) < 0 || (st.st_size && ftruncate(*fd, 0) < 0) ||
	    lseek(*fd, 0, SEEK_SET) < 0)
		die_errno("output file");
	return *fd;
}

void
process_run(const struct command *command, struct outcome *outcome)
{
	struct stamp *stamp = shared_stamp();
	char *path = program_path(command);
	sigset_t all, before;

	*outcome = (struct outcome){
	    .ending = ENDING_SPAWN, .step = command->argv[0], .error = errno};
	n_runs++;
	if (!path)
		return;
	cgroup_renew(false);
	forget_peak();
	/* No signal may come between our last look and ppoll. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if (tree_stop_signal && !command->unstoppable) {
		outcome->ending = ENDING_INTERRUPTED;
	} else if (!run_child(command, path, stamp, outcome)) {
		outcome->error = errno;
	} else if (stamp->error) {
		outcome->ending = ENDING_SPAWN;
		outcome->error = stamp->error;
		outcome->step = stamp->step;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(path);
}
