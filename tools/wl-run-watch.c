/* What a command does while it runs: it stops itself, it writes and writes. */
#include "wl-run-child.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A command that writes as fast as it can fills some 2 GB of memory a second,
 * so its files are looked at often once they grow, and else seldom enough for
 * nobody to feel it.
 */
static const double seldom_ns = 100e6, often_ns = 10e6;

/* How often the caller looks; where that takes long, more seldom. */
static const double look_ns = 500e6, most_share = 0.02;
enum {
	GROWS = 16 << 20, /* bytes from one look to the next */
	SLACK = 1 << 20,  /* less than this is not worth giving back */
	PAGE = 4096,
};

void
watch_begin(struct watch *watch, const struct command *command, pid_t pid)
{
	*watch = (struct watch){
	    .pid = pid,
	    .out = command->most_out ? command->out : -1,
	    .err = command->err,
	    .most_out = command->most_out,
	    .kept_err = command->kept_err,
	    .grace_ns = 1e9 * command->grace_s,
	    .next_ns = process_now_ns() + seldom_ns,
	    .stopped_until_ns = NAN,
	    .alarms = command->alarms,
	    .n_alarms = command->n_alarms,
	    .look = command->look,
	    .next_look_ns =
		command->look ? process_now_ns() + look_ns : (double)NAN,
	};
}

/* The state of a process in /proc/PID/stat, proc(5); 0 where it has gone. */
static char
state_of(pid_t pid)
{
	char path[64], text[512];
	const char *after_name = NULL;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	f = fopen(path, "re");
	if (f && fgets(text, sizeof text, f))
		after_name = strrchr(text, ')');
	if (f)
		fclose(f);
	return after_name && after_name[1] ? after_name[2] : '\0';
}

/* Whether the command has been stopped for so long that it will not go on. */
static bool
has_stopped(struct watch *watch, double now_ns)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)watch->pid, &info, WSTOPPED | WNOHANG) == 0 &&
	    info.si_pid == watch->pid) {
		watch->stop_signal = info.si_status;
		watch->stopped_until_ns = now_ns + watch->grace_ns;
	}
	if (isnan(watch->stopped_until_ns) || now_ns < watch->stopped_until_ns)
		return false;
	watch->stopped_until_ns = NAN;
	return state_of(watch->pid) == 'T';
}

void
watch_trim(int fd, off_t kept)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	/* stat(2): blocks are of 512 bytes. */
	if (st.st_blocks * 512 > kept + SLACK && st.st_size > kept)
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		    (st.st_size - kept) / PAGE * PAGE);
}

static off_t
size_of(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
		   ? st.st_size
		   : 0;
}

bool
watch_is_full(const struct watch *watch)
{
	return size_of(watch->out) > watch->most_out;
}

static void
look_at_files(struct watch *watch, double now_ns)
{
	off_t size = size_of(watch->out) + size_of(watch->err);
	bool grows = size - watch->size > GROWS;

	watch_trim(watch->err, watch->kept_err);
	watch->size = size;
	watch->next_ns = now_ns + (grows ? often_ns : seldom_ns);
}

/* Whether the caller finds that it has written too much. */
static bool
is_too_much(struct watch *watch, double now_ns)
{
	double took_ns;
	bool too_much;

	if (!(now_ns >= watch->next_look_ns))
		return false;
	too_much = watch->look();
	took_ns = process_now_ns() - now_ns;
	watch->next_look_ns = now_ns + fmax(look_ns, took_ns / most_share);
	return too_much;
}

enum ending
watch_look(struct watch *watch)
{
	double now_ns = process_now_ns();

	if (now_ns >= watch->next_ns)
		look_at_files(watch, now_ns);
	if (watch->ending) {
		watch->next_look_ns = NAN;
		return ENDING_NONE;
	}
	if (watch_is_full(watch) || is_too_much(watch, now_ns))
		return ENDING_OUTPUT;
	return has_stopped(watch, now_ns) ? ENDING_STOPPED : ENDING_NONE;
}

double
watch_next_ns(const struct watch *watch)
{
	return fmin(
	    watch->next_ns, fmin(watch->stopped_until_ns, watch->next_look_ns));
}
