/* No process of ours outlives a trial, or wl-run itself. */
#include "wl-run-child.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

volatile sig_atomic_t tree_stop_signal, tree_stop_again;

static volatile sig_atomic_t n_requests;
static pid_t guard_pid;

enum {
	MOST_REAPED = 256,
	LONGEST_PAUSE_NS = 50000000,
	MOST_TRIES = 1200, /* for a minute */
	MANY = 100,	   /* so many processes may be multiplying */
};

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum {
	N_STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals
};

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

struct process {
	long pid, parent;
	bool ours; /* a descendant */
};

static int
by_pid(const void *a, const void *b)
{
	const struct process *p = a, *q = b;

	return (p->pid > q->pid) - (p->pid < q->pid);
}

/*
 * All processes but us. Of those that a control group shows to be ours we need
 * no more, which is much faster where a workload has made thousands.
 */
static struct process *
list_processes(size_t *n)
{
	struct process *list = NULL;
	size_t capacity = 0, n_members;
	pid_t *members = cgroup_members(&n_members);
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	*n = 0;
	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);
		struct process *p;

		if (pid <= 0 || pid == getpid())
			continue;
		p = MEM_PUSH(list, *n, capacity);
		*p = (struct process){.pid = pid,
		    .ours = cgroup_is_member((pid_t)pid, members, n_members)};
		if (!p->ours)
			p->parent = parent_of(pid);
	}
	if (proc)
		closedir(proc);
	free(members);
	return list;
}

/* Finds the descendants: the children, then theirs, until there are no more. */
static void
mark_descendants(struct process *list, size_t n)
{
	long self = getpid();
	bool more;

	qsort(list, n, sizeof *list, by_pid);
	do {
		more = false;
		for (size_t i = 0; i < n; i++) {
			const struct process key = {.pid = list[i].parent};
			const struct process *parent;

			if (list[i].ours)
				continue;
			parent = bsearch(&key, list, n, sizeof *list, by_pid);
			list[i].ours =
			    key.pid == self || (parent && parent->ours);
			more |= list[i].ours;
		}
	} while (more);
}

size_t
tree_signal(int number)
{
	size_t n, n_ours = 0;
	struct process *list = list_processes(&n);

	if (n)
		mark_descendants(list, n);
	for (size_t i = 0; i < n; i++)
		if (list[i].ours) {
			n_ours++;
			kill((pid_t)list[i].pid, number);
		}
	free(list);
	return n_ours;
}

/*
 * Stops all descendants. A process that forks as fast as it can takes the place
 * of each one that is killed, but not of one that is stopped; so here is an
 * end, and the processor is free for us.
 */
static void
freeze_descendants(void)
{
	size_t n = 0, before;
	int tries = 0;

	do {
		before = n;
		n = tree_signal(SIGSTOP);
	} while (n > before && ++tries < MOST_TRIES);
}

void
tree_terminate(void)
{
	if (tree_signal(0) < MANY) {
		tree_signal(SIGTERM);
		return;
	}
	/* They get it together, when they go on. */
	freeze_descendants();
	tree_signal(SIGTERM);
	tree_signal(SIGCONT);
}

/*
 * Not all at a time: there may come more as fast as they are reaped.
 */
bool
tree_reap(void)
{
	pid_t pid;
	int n = 0;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0 && ++n < MOST_REAPED);
	return pid >= 0;
}

void
tree_kill(void)
{
	struct timespec pause = {.tv_nsec = 500000};

	/*
	 * Orphans become ours, as we are their subreaper, so killing what
	 * there is until there is nothing ends the whole tree. Thousands need
	 * the processor to die, so we ask less and less often.
	 */
	for (int tries = 0; tree_reap(); tries++) {
		/* What has left the group is killed only by the second try. */
		if (!cgroup_kill() || tries > 0) {
			freeze_descendants();
			tree_signal(SIGKILL);
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LONGEST_PAUSE_NS)
			pause.tv_nsec *= 2;
		if (tries == MOST_TRIES) {
			warn("a process of the workload cannot be killed");
			return;
		}
	}
}

/* Marks those that are to be spared, and their descendants, as not ours. */
static void
spare(struct process *list, size_t n, const pid_t *spared, size_t n_spared)
{
	bool more = false;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n_spared; j++)
			if (list[i].pid == spared[j])
				list[i].ours = false;
	do {
		more = false;
		for (size_t i = 0; i < n; i++) {
			const struct process key = {.pid = list[i].parent};
			const struct process *parent;

			if (!list[i].ours || key.pid == getpid())
				continue;
			parent = bsearch(&key, list, n, sizeof *list, by_pid);
			if (parent && !parent->ours) {
				list[i].ours = false;
				more = true;
			}
		}
	} while (more);
}

void
tree_kill_but(const pid_t *spared, size_t n_spared)
{
	struct timespec pause = {.tv_nsec = 1000000};
	size_t n, n_ours = 1;

	for (int tries = 0; n_ours && tries < MOST_TRIES; tries++) {
		struct process *list = list_processes(&n);

		if (n)
			mark_descendants(list, n);
		spare(list, n, spared, n_spared);
		n_ours = 0;
		for (size_t i = 0; i < n; i++)
			if (list[i].ours) {
				n_ours++;
				kill((pid_t)list[i].pid, SIGKILL);

				waitpid((pid_t)list[i].pid, NULL, WNOHANG);
			}
		free(list);
		if (n_ours)
			nanosleep(&pause, NULL);
	}
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
	    /* Those who write a record go on after a signal by themselves. */
	    .sa_flags = handler == note_signal ? 0 : SA_RESTART,
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

/*
 * Hands signals on until the runner has ended; then ends what it left. Until
 * then it has time to look at what runs.
 */
static _Noreturn void
guard(pid_t runner, const sigset_t *unblocked, void (*clean_up)(void),
    const char *last_words)
{
	int status, n_handed_on = 0;
	struct timespec left;
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
		ppoll(NULL, 0, monitor_look(&left), unblocked);
	}
ended:
	tree_kill();
	clean_up();
	cgroup_remove();
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	if (WTERMSIG(status) == tree_stop_signal)
		_exit(128 + tree_stop_signal); /* before it caught signals */
	warn("the runner was ended by signal %d: the run is truncated",
	    WTERMSIG(status));
	if (last_words)
		fprintf(stderr, "%s\n", last_words);
	_exit(STATUS_TROUBLE);
}

/*
 * A workload of thousands of processes must not keep us from seeing that its
 * time is over. Only root can, and children have what they would have.
 */
static void
come_first(void)
{
	const struct sched_param none = {0};

	if (sched_getscheduler(0) == SCHED_OTHER &&
	    getpriority(PRIO_PROCESS, 0) == 0 &&
	    sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none) ==
		0)
		setpriority(PRIO_PROCESS, 0, -20);
}

void
tree_guard(bool has_services, void (*clean_up)(void), const char *last_words)
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
	cgroup_make();
	monitor_make();
	if (has_services)
		nursery_make();
	runner = fork();
	if (runner < 0)
		die_errno("fork");
	if (runner > 0) {
		nursery_forget();
		guard(runner, &unblocked, clean_up, last_words);
	}
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
	guard_pid = self;
	if (getppid() != self)
		_exit(STATUS_TROUBLE); /* the guard is dead already */
	cgroup_enter();
	come_first();
}

bool
tree_is_orphan(void)
{
	return guard_pid && getppid() != guard_pid;
}

void
tree_wake_guard(void)
{
	if (guard_pid && getppid() == guard_pid)
		kill(guard_pid, SIGCONT);
}

void
tree_catch_signals(void)
{
	handle_stop_signals(note_signal);
}
