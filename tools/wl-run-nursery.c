/*
 * Services run beside the trials, and outlive them. The runner kills whatever
 * descends from it after each command, so it has no services: it asks the
 * nursery, another child of the guard, for a keeper for each of them.
 */
#include "wl-run-keeper.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

/* How long a keeper has for an answer, and beyond what its service has. */
enum {
	PATIENCE_MS = 10000
};

static int to_nursery = -1;

/* --- the nursery --- */

/* Room for the descriptors that go with a message, cmsg(3). */
union ancillary {
	char bytes[CMSG_SPACE(N_ASKED * sizeof(int))];
	struct cmsghdr aligned;
};

/* A message of one byte, and room for descriptors with it. */
static struct msghdr
message_of(struct iovec *byte, union ancillary *room)
{
	return (struct msghdr){
	    .msg_iov = byte,
	    .msg_iovlen = 1,
	    .msg_control = room->bytes,
	    .msg_controllen = sizeof room->bytes,
	};
}

/* What is asked for; false where nobody asks any more. */
static bool
receive(int from, int fds[N_ASKED])
{
	union ancillary room;
	char unused;
	struct iovec byte = {&unused, 1};
	struct msghdr message = message_of(&byte, &room);
	const struct cmsghdr *header;
	ssize_t n;

	do
		n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_len != CMSG_LEN(N_ASKED * sizeof *fds))
		return false;
	memcpy(fds, CMSG_DATA(header), N_ASKED * sizeof *fds);
	return true;
}

/* The keepers, and whether one of them was killed. */
static pid_t *keepers;
static size_t n_keepers, keepers_capacity;
static bool lost_one;

static void
make_keeper(int from, const int fds[N_ASKED])
{
	pid_t self = getpid(), pid = fork();

	if (pid > 0)
		*MEM_PUSH(keepers, n_keepers, keepers_capacity) = pid;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != self)
			_exit(STATUS_TROUBLE);
		close(from);
		keeper_live(fds);
	}
	for (int i = 0; i < N_ASKED; i++)
		close(fds[i]);
}

/* What a keeper leaves that was killed is ours, and is killed, too. */
static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < n_keepers; i++)
			if (keepers[i] == pid) {
				keepers[i] = keepers[--n_keepers];
				lost_one |= WIFSIGNALED(status);
			}
	if (lost_one)
		tree_kill_but(keepers, n_keepers);
	lost_one = false;
}

/* It ends when the runner does, or the guard, and its keepers before it. */
static _Noreturn void
live(int from)
{
	struct pollfd asked = {.fd = from, .events = POLLIN};
	sigset_t unblocked;
	int fds[N_ASKED];

	sigemptyset(&unblocked);
	sigaddset(&unblocked, SIGTTOU);
	while (!tree_stop_signal) {
		reap();
		if (ppoll(&asked, 1, NULL, &unblocked) <= 0)
			continue;
		if (!receive(from, fds))
			break;
		make_keeper(from, fds);
	}
	for (size_t i = 0; i < n_keepers; i++)
		kill(keepers[i], SIGTERM);
	for (reap(); n_keepers; reap())
		ppoll(NULL, 0, NULL, &unblocked);
	_exit(STATUS_DONE);
}

void
nursery_make(void)
{
	pid_t self = getpid(), pid;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		die_errno("socket");
	pid = fork();
	if (pid < 0)
		die_errno("fork");
	if (pid == 0) {
		setpgid(0, 0); /* as the runner does */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != self)
			_exit(STATUS_TROUBLE);
		cgroup_forget();
		close(ends[0]);
		live(ends[1]);
	}
	close(ends[1]);
	to_nursery = ends[0];
}

void
nursery_forget(void)
{
	if (to_nursery >= 0)
		close(to_nursery);
	to_nursery = -1;
}

/* --- asking it --- */

static bool
put(FILE *to, const char *text)
{
	return fwrite(text, strlen(text) + 1, 1, to) == 1;
}

/* A file with the order; -1 where it cannot be written. */
static int
write_order(const struct command *command, const struct stopping *stopping)
{
	struct order_head head = {
	    .stopping = *stopping,
	    .kept = command->kept_err,
	    .has_cwd = command->cwd != NULL,
	    .has_cpus = command->setup->cpus != NULL,
	    .set = command->setup->set,
	};
	int fd = memfd_create("plumbline", MFD_CLOEXEC), copy;
	FILE *to;
	bool good;

	while (command->argv[head.n_argv])
		head.n_argv++;
	while (command->env[head.n_env])
		head.n_env++;
	copy = fd < 0 ? -1 : dup(fd);
	to = copy < 0 ? NULL : fdopen(copy, "w");
	good = to && fwrite(&head, sizeof head, 1, to) == 1;
	if (good && command->cwd)
		good = put(to, command->cwd);
	for (size_t i = 0; good && i < head.n_argv; i++)
		good = put(to, command->argv[i]);
	for (size_t i = 0; good && i < head.n_env; i++)
		good = put(to, command->env[i]);
	if (to && fclose(to))
		good = false;
	if (good)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
send_descriptors(const int fds[N_ASKED])
{
	union ancillary room = {0};
	char nothing = 0;
	struct iovec byte = {&nothing, 1};
	struct msghdr message = message_of(&byte, &room);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(N_ASKED * sizeof *fds);
	memcpy(CMSG_DATA(header), fds, N_ASKED * sizeof *fds);
	return sendmsg(to_nursery, &message, MSG_NOSIGNAL) > 0;
}

/* --- talking with a keeper --- */

static void
say(const struct keeper *keeper, enum word word)
{
	struct message message = {.word = word};

	send(keeper->fd, &message, sizeof message, MSG_NOSIGNAL);
}

/*
 * The next message, within some time; false where none came. A service that has
 * gone is noted, and so is a keeper, with which its service has.
 */
static bool
hear(struct keeper *keeper, struct message *message, int most_ms)
{
	struct pollfd answer = {.fd = keeper->fd, .events = POLLIN};
	double until_ns = process_now_ns() + 1e6 * most_ms;
	int left_ms = most_ms, ready;
	ssize_t n;

	while ((ready = poll(&answer, 1, left_ms)) < 0 && errno == EINTR) {
		left_ms = (int)((until_ns - process_now_ns()) / 1e6);
		if (left_ms < 0)
			return false;
	}
	if (ready <= 0)
		return false;
	n = recv(keeper->fd, message, sizeof *message, 0);
	if (n != (ssize_t)sizeof *message) {
		keeper->has_gone = keeper->is_lost = true;
		return false;
	}
	if (message->word == WORD_KILLED)
		keeper->was_killed = true;
	if (message->word == WORD_GONE) {
		keeper->has_gone = true;
		keeper->exit = message->exit;
		keeper->signal = message->signal;
	}
	return true;
}

/* The answer of this word; false where there is none. */
static bool
hear_word(struct keeper *keeper, enum word word, struct message *message)
{
	while (hear(keeper, message, PATIENCE_MS))
		if (message->word == word || message->word == WORD_FAILED)
			return message->word == word;
	*message = (struct message){.error = ETIMEDOUT, .step = "its keeper"};
	return false;
}

/* The keeper is no more, or nobody talks to it. */
static void
leave(struct keeper *keeper)
{
	close(keeper->fd);
	keeper->fd = -1;
}

bool
keeper_start(struct keeper *keeper, const struct command *command,
    const struct stopping *stopping, struct outcome *outcome)
{
	struct message message = {.step = "its keeper"};
	int ends[2], fds[N_ASKED];
	bool asked;

	*outcome = (struct outcome){.ending = ENDING_SPAWN};
	*keeper = (struct keeper){.fd = -1, .stopping = *stopping};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		die_errno("socket");
	keeper->fd = ends[0];
	fds[ASKED_ORDER] = write_order(command, stopping);
	fds[ASKED_CONTROL] = ends[1];
	fds[ASKED_OUTPUT] = command->out;
	asked = fds[ASKED_ORDER] >= 0 && send_descriptors(fds);
	message.error = errno;
	if (fds[ASKED_ORDER] >= 0)
		close(fds[ASKED_ORDER]);
	close(ends[1]);
	if (asked && hear_word(keeper, WORD_STARTED, &message)) {
		outcome->exec_ns = message.exec_ns;
		return true;
	}
	outcome->error = message.error;
	snprintf(keeper->step, sizeof keeper->step, "%s", message.step);
	outcome->step = keeper->step;
	leave(keeper);
	return false;
}

bool
keeper_has_gone(struct keeper *keeper)
{
	struct message message;

	while (!keeper->has_gone && hear(keeper, &message, 0))
		continue;
	return keeper->has_gone;
}

void
keeper_begin(struct keeper *keeper)
{
	struct message message;

	say(keeper, WORD_BEGIN);
	hear_word(keeper, WORD_BEGUN, &message);
}

void
keeper_end(struct keeper *keeper, double *cpu_ns, double *memory)
{
	struct message message;

	say(keeper, WORD_END);
	if (!hear_word(keeper, WORD_USED, &message))
		message.cpu_ns = message.memory = NAN;
	*cpu_ns = message.cpu_ns;
	*memory = message.memory;
}

/* It closes its end when nothing of the service is left. */
void
keeper_stop(struct keeper *keeper)
{
	double until_ns = process_now_ns() + 1e6 * PATIENCE_MS +
			  1e9 * keeper->stopping.timeout_s;
	struct message message;
	bool killed = false;

	if (keeper->fd < 0)
		return;
	say(keeper, WORD_STOP);
	while (!keeper->is_lost && process_now_ns() < until_ns) {
		hear(keeper, &message, 100);
		if (tree_stop_again && !killed) {
			say(keeper, WORD_KILL);
			killed = true;
		}
	}
	leave(keeper);
}
