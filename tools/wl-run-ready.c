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

static bool
succeeds(struct wait *wait)
{
	struct loaded *loaded = wait->loaded;
	const struct texts *words = &wait->ready.command;
	struct environment env =
	    env_make(wait->jobs, loaded, "service", NAN, -1);
	const char **argv = mem_zero(words->n + 1, sizeof *argv);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct command command = {
	    .argv = argv,
	    .env = env.texts,
	    .cwd = loaded->exec.cwd,
	    .in = null,
	    .out = null,
	    .err = null,
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
	return outcome.ending == ENDING_EXIT && outcome.exit == 0;
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

static enum readiness
wait_for(struct wait *wait, double timeout_s, char *why, size_t size)
{
	struct keeper *keeper = &wait->instance->keeper;

	while (!tree_stop_signal) {
		if (is_ready(wait) && !keeper_has_gone(keeper))
			return READY;
		if (keeper_has_gone(keeper)) {
			snprintf(why, size, "before it was ready");
			return READY_NOT;
		}
		if (process_now_ns() >= wait->until_ns) {
			snprintf(why, size, "not ready after %g s", timeout_s);
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
