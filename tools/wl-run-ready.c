/* When a service can be used: a port, a command, or a line of its output. */
#include "wl-run-place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"

/* How long a port has to take a connection; on this machine it takes none. */
enum {
	CONNECT_MS = 50,
	LONGEST_LINE = 4096, /* of a longer one the beginning counts */
	LONGEST_REASON = 240,
};

static const double startup_timeout_s = 30;

void
ready_read(const struct loaded *loaded, const struct service *service,
    struct ready *ready)
{
	/* Whatever is wrong with it was found when the case was read. */
	reader_get_part((struct reader *)&loaded->reader, service->ready.value,
	    &ready_type, ready);
}

void
ready_check(const struct loaded *loaded, const struct service *service)
{
	const struct lines *in = &loaded->reader.lines;
	struct ready ready;

	if (service->ready.value && !tree_is_object(service->ready.value))
		lines_die(in, "ready is not an object");
	ready_read(loaded, service, &ready);
	if (service->ready.value &&
	    !ready.port + !ready.line + !ready.command.n != 2)
		lines_die(in, "ready wants one of port, command and line");
	if (ready.line && !output_is_regex(ready.line))
		lines_die(in, "not a regular expression: %s", ready.line);
	record_release(&ready_type, &ready);
}

/* What is waited for. */
struct wait {
	const struct jobs *jobs;
	struct loaded *loaded;
	struct instance *instance;
	struct ready ready;
	double until_ns;
	regex_t regex; /* of ready.line */
	off_t at;      /* what of its output has been read */
	char line[LONGEST_LINE];
	size_t len;
	char lacks[LONGEST_REASON]; /* what it still lacks, of a command */
	bool in_vain;		    /* and it never will have it */
};

static bool
takes_connections(const char *port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtol(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd connected = {.fd = fd, .events = POLLOUT};
	bool takes;

	if (fd < 0)
		return false;
	takes = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	if (!takes && errno == EINPROGRESS)
		takes = poll(&connected, 1, CONNECT_MS) > 0 &&
			!(connected.revents & (POLLERR | POLLHUP));
	close(fd);
	return takes;
}

const char *
ready_taken(struct loaded *loaded, const struct service *service)
{
	struct ready ready;
	const char *port;

	ready_read(loaded, service, &ready);
	port = loaded_text(loaded, ready.port);
	if (port && takes_connections(port))
		port = index_text(&loaded->words, port);
	else
		port = NULL;
	record_release(&ready_type, &ready);
	return port;
}

/* What a command that has not succeeded says of it. */
static void
note_failure(struct wait *wait, const struct outcome *outcome, int err)
{
	char said[LONGEST_REASON / 3], how[LONGEST_REASON / 3];

	switch (outcome->ending) {
	case ENDING_SPAWN:
		wait->in_vain = outcome->error == ENOENT ||
				outcome->error == EACCES ||
				outcome->error == ENOTDIR;
		snprintf(wait->lacks, sizeof wait->lacks,
		    "its ready command: %.100s: %s", outcome->step,
		    strerror(outcome->error));
		return;
	case ENDING_EXIT:
		snprintf(how, sizeof how, "exited %d", outcome->exit);
		break;
	case ENDING_SIGNAL:
		snprintf(how, sizeof how, "was ended by signal %d (%s)",
		    outcome->signal, strsignal(outcome->signal));
		break;
	case ENDING_TIMEOUT:
		/* Of the last of several, the time may just have been over. */
		if (*wait->lacks)
			return;
		snprintf(how, sizeof how, "was still running");
		break;
	default:
		return;
	}
	output_last_line(err, said, sizeof said);
	snprintf(wait->lacks, sizeof wait->lacks, "its ready command %s%s%s",
	    how, *said ? ": " : "", said);
}

static bool
succeeds(struct wait *wait)
{
	struct loaded *loaded = wait->loaded;
	const struct texts *words = &wait->ready.command;
	struct environment env =
	    env_make(wait->jobs, loaded, "service", NAN, -1);
	const char **argv = mem_zero(words->n + 1, sizeof *argv);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	static int err = -1;
	struct command command = {
	    .argv = argv,
	    .env = env.texts,
	    .cwd = loaded->exec.cwd,
	    .in = null,
	    .out = null,
	    .err = output_file(&err),
	    .kept_err = OUTPUT_END,
	    .timeout_s = (wait->until_ns - process_now_ns()) / 1e9,
	    .grace_s = wait->jobs->settings.grace_s,
	    .alarms = &wait->instance->keeper.fd,
	    .n_alarms = 1,
	};
	struct outcome outcome;

	if (null < 0)
		die_errno("/dev/null");
	memcpy(argv, words->s, words->n * sizeof *argv);
	process_run(&command, &outcome);
	close(null);
	free(argv);
	env_release(&env);
	if (outcome.ending == ENDING_EXIT && outcome.exit == 0)
		return true;
	note_failure(wait, &outcome, err);
	return false;
}

/* Whether the line matches that has just come to its end. */
static bool
line_matches(struct wait *wait)
{
	wait->line[wait->len] = '\0';
	wait->len = 0;
	return regexec(&wait->regex, wait->line, 0, NULL, 0) == 0;
}

static bool
has_line(struct wait *wait)
{
	char text[4096];
	ssize_t n;

	while (
	    (n = pread(wait->instance->out, text, sizeof text, wait->at)) > 0) {
		wait->at += n;
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] == '\n' && line_matches(wait))
				return true;
			if (text[i] != '\n' && wait->len < LONGEST_LINE - 1)
				wait->line[wait->len++] = text[i];
		}
	}
	return false;
}

static bool
is_ready(struct wait *wait)
{
	if (wait->ready.port)
		return takes_connections(wait->ready.port);
	if (wait->ready.line)
		return has_line(wait);
	return !wait->ready.command.n || succeeds(wait);
}

/* It is looked at more and more seldom: to within 2 % of the time. */
static void
pause_a_little(const struct wait *wait)
{
	double taken_s = (process_now_ns() - wait->instance->exec_ns) / 1e9;

	process_pause(fmin(fmax(0.0005, taken_s / 50), 0.05));
}

/* Why it is not ready: what was looked for, and was not there. */
static void
say_lack(const struct wait *wait, char *text, size_t size)
{
	const struct ready *ready = &wait->ready;

	if (ready->port)
		snprintf(text, size, "nothing listens on port %s", ready->port);
	else if (ready->line)
		snprintf(text, size, "no line matched %.100s%s", ready->line,
		    !wait->at	? "; it has written nothing, or holds it back"
		    : wait->len ? "; the end of its output is no whole line"
				: "");
	else
		snprintf(text, size, "%s", wait->lacks);
}

static enum readiness
wait_for(struct wait *wait, double timeout_s, char *why, size_t size)
{
	struct keeper *keeper = &wait->instance->keeper;
	const char *when =
	    wait->ready.port || wait->ready.line || wait->ready.command.n
		? "before it was ready"
		: "at once";
	char lack[LONGEST_REASON];

	while (!tree_stop_signal) {
		if (is_ready(wait) && !keeper_has_gone(keeper))
			return READY;
		if (keeper_has_gone(keeper)) {
			snprintf(why, size, "%s", when);
			return READY_NOT;
		}
		if (wait->in_vain) {
			snprintf(why, size, "%s", wait->lacks);
			return READY_NOT;
		}
		if (process_now_ns() >= wait->until_ns) {
			say_lack(wait, lack, sizeof lack);
			snprintf(why, size, "not ready after %g s: %s",
			    timeout_s, lack);
			return READY_NOT;
		}
		pause_a_little(wait);
	}
	return READY_INTERRUPTED;
}

enum readiness
ready_wait(const struct jobs *jobs, struct loaded *loaded,
    const struct service *service, struct instance *instance, char *why,
    size_t size)
{
	double timeout_s = isnan(service->startup_timeout_s)
			       ? startup_timeout_s
			       : service->startup_timeout_s;
	struct wait wait = {
	    .jobs = jobs,
	    .loaded = loaded,
	    .instance = instance,
	    .until_ns = instance->exec_ns + 1e9 * timeout_s,
	};
	struct texts *words = &wait.ready.command;
	enum readiness readiness;

	ready_read(loaded, service, &wait.ready);
	wait.ready.port = loaded_text(loaded, wait.ready.port);
	loaded_texts(loaded, words);
	if (wait.ready.line &&
	    regcomp(&wait.regex, wait.ready.line, REG_EXTENDED | REG_NOSUB))
		die("memory: a regular expression is too large");
	readiness = wait_for(&wait, timeout_s, why, size);
	if (wait.ready.line)
		regfree(&wait.regex);
	record_release(&ready_type, &wait.ready);
	return readiness;
}
