/*
 * Runs a command that sees another perf_event_open(2) than that of this
 * machine, for the tests of wl-run's counters.
 *
 * usage: fake-counters ERRNO command ...
 *        fake-counters FILE,FILE,... command ...
 *
 * Either each call fails with that error number; or the first gives a file
 * without content, and the second, third and so on give a pipe from which what
 * FILE has is read, and then its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void
fail(const char *what)
{
	perror(what);
	exit(99);
}

/* Handles perf_event_open as `action` says; the descriptor of a listener. */
static int
install_filter(unsigned action, unsigned flags)
{
	struct sock_filter filter[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, action),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
	    .len = sizeof filter / sizeof *filter,
	    .filter = filter,
	};
	long fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("prctl");
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (fd < 0)
		fail("seccomp");
	return (int)fd;
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void
send_fd(int to, int fd)
{
	union control control = {0};
	char byte = 0;
	struct iovec one = {&byte, 1};
	struct msghdr message = {.msg_iov = &one,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	if (sendmsg(to, &message, 0) < 0)
		fail("sendmsg");
}

static int
receive_fd(int from)
{
	union control control = {0};
	char byte;
	struct iovec one = {&byte, 1};
	struct msghdr message = {.msg_iov = &one,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control};
	int fd;

	if (recvmsg(from, &message, 0) != 1)
		fail("recvmsg");
	memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
	return fd;
}

/* A pipe that holds what a file does, and its end. */
static int
filled_pipe(const char *name)
{
	char bytes[4096];
	int ends[2], file = open(name, O_RDONLY);
	ssize_t n = file < 0 ? -1 : read(file, bytes, sizeof bytes);

	if (n < 0)
		fail(name);
	if (pipe(ends) < 0 || write(ends[1], bytes, (size_t)n) != n)
		fail("pipe");
	close(ends[1]);
	close(file);
	return ends[0];
}

/* Answers each call, for as long as somebody is there to make one. */
static void
answer(int listener, char *names)
{
	struct seccomp_notif call = {0};
	char *name = NULL;

	while (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
		int fd = name ? filled_pipe(name) : open("/dev/null", O_RDONLY);
		struct seccomp_notif_addfd add = {
		    .id = call.id,
		    .srcfd = (unsigned)fd,
		    .newfd_flags = O_CLOEXEC,
		};
		struct seccomp_notif_resp response = {.id = call.id};

		response.val = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
		close(fd);
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
		call = (struct seccomp_notif){0};
		name = strtok(name ? NULL : names, ",");
	}
}

int
main(int argc, char *argv[])
{
	int sockets[2], status;
	char *end;
	unsigned error;
	pid_t pid;

	if (argc < 3)
		return 99;
	error = (unsigned)strtoul(argv[1], &end, 10);
	if (!*end) {
		install_filter(SECCOMP_RET_ERRNO | error, 0);
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		fail("socketpair");
	pid = fork();
	if (pid == 0) {
		send_fd(sockets[1], install_filter(SECCOMP_RET_USER_NOTIF,
					SECCOMP_FILTER_FLAG_NEW_LISTENER));
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	answer(receive_fd(sockets[0]), argv[1]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		fail("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}
