/*
 * http-load: ask an HTTP server at a steady rate, look at each answer, and say
 * how long they took, how many were bad and, where one of several servers
 * behind it is killed meanwhile, how long that could be seen.
 *
 * usage: http-load [-c connections] [-n requests] [-r rate] [-k pidfile]
 *	      port path expected
 *
 *	-c  connections that are kept open; 8 by default
 *	-n  requests; 1000 by default
 *	-r  requests a second; 1000 by default
 *	-k  kill the process that is named there, once half of them are due
 *
 * A request is due at its own time, whatever became of the ones before, and its
 * latency counts from then. An answer is good if its status is 200 and its body
 * is the file `expected`. One that takes longer than a second is none.
 *
 * Metrics: avg_time, p50_time, p95_time and p99_time (ms) of the good answers;
 * success_rate (%); failed_requests. Where the header X-Backend says who has
 * answered: spread, the share of who did least, of an even share (%), before
 * the kill. With -k: recovery_time (ms), from the kill until the last answer
 * that was bad or took longer than 50 ms was over, which is 0 if none was.
 */
#include "wlbench.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_CONNECTIONS 256
#define MOST_REQUESTS	 1000000
#define MOST_BACKENDS	 8
#define ANSWER_BYTES	 65536
#define SECOND_NS	 UINT64_C(1000000000)
#define TIMEOUT_NS	 SECOND_NS
#define SLOW_NS		 UINT64_C(50000000)
#define MILLISECOND	 1e6

struct connection {
	int fd;	    /* or -1 */
	bool busy;  /* with the request that was due at due_ns */
	bool fresh; /* nothing was answered on it yet */
	uint64_t due_ns;
	size_t got;
	char answer[ANSWER_BYTES + 1];
};

struct load {
	uint64_t connections;
	uint64_t requests;
	uint64_t rate;
	const char *pidfile; /* or NULL */
	const char *path;
	char request[1024];
	char *body; /* expected */
	size_t body_size;
	struct sockaddr_in server;

	uint64_t began_ns;
	uint64_t due;  /* how many were asked for */
	uint64_t over; /* good or bad */
	uint64_t good;
	uint64_t killed_ns; /* 0: not yet */
	uint64_t last_bad_ns;
	double *latency_ms; /* of the good ones */
	char backend[MOST_BACKENDS][32];
	uint64_t answers_of[MOST_BACKENDS];
};

static struct connection all[MOST_CONNECTIONS];

static void
trouble(const char *what)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s: %s", what, strerror(errno));
}

static void
read_body(struct load *load, const char *path)
{
	FILE *file = fopen(path, "r");
	struct stat status;

	if (file == NULL || fstat(fileno(file), &status) != 0)
		trouble(path);
	load->body_size = (size_t)status.st_size;
	if (load->body_size > ANSWER_BYTES / 2)
		wlbench_quit(WLBENCH_TROUBLE, "%s: more than %d bytes", path,
		    ANSWER_BYTES / 2);
	load->body = wlbench_alloc(load->body_size + 1, 1);
	if (fread(load->body, 1, load->body_size, file) != load->body_size)
		trouble(path);
	fclose(file);
}

static uint64_t
due_at(const struct load *load, uint64_t request)
{
	return load->began_ns + request * SECOND_NS / load->rate;
}

static void
hang_up(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
	connection->busy = false;
}

/* The request of this connection is over. */
static void
end_request(struct load *load, struct connection *connection, bool good)
{
	uint64_t now_ns = wlbench_now();
	uint64_t took_ns = now_ns - connection->due_ns;

	connection->busy = false;
	load->over++;
	if (good)
		load->latency_ms[load->good++] = (double)took_ns / MILLISECOND;
	if ((!good || took_ns > SLOW_NS) && load->killed_ns > 0)
		load->last_bad_ns = now_ns;
	if (!good)
		hang_up(connection);
}

static bool
open_connection(const struct load *load, struct connection *connection)
{
	int one = 1;

	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0)
		trouble("socket");
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	connection->fresh = true;
	if (connect(connection->fd, (const struct sockaddr *)&load->server,
		sizeof load->server) == 0)
		return true;
	hang_up(connection);
	return false;
}

/* Ask for what was due, on a connection that is free. */
static void
ask(struct load *load, struct connection *connection, uint64_t due_ns)
{
	size_t size = strlen(load->request);

	connection->due_ns = due_ns;
	connection->got = 0;
	if ((connection->fd < 0 && !open_connection(load, connection)) ||
	    send(connection->fd, load->request, size, MSG_NOSIGNAL) !=
		(ssize_t)size) {
		end_request(load, connection, false);
		return;
	}
	connection->busy = true;
}

static void
count_backend(struct load *load, const char *head)
{
	const char *name = strstr(head, "X-Backend: ");
	int i = 0;

	if (name == NULL || load->killed_ns > 0)
		return;
	name += strlen("X-Backend: ");
	for (; i < MOST_BACKENDS && load->backend[i][0] != '\0'; i++)
		if (strncmp(load->backend[i], name, strlen(load->backend[i])) ==
		    0)
			break;
	if (i == MOST_BACKENDS)
		return;
	if (load->backend[i][0] == '\0')
		snprintf(load->backend[i], sizeof load->backend[i], "%.*s",
		    (int)strcspn(name, "\r\n"), name);
	load->answers_of[i]++;
}

/* Whether the answer is whole, and then whether it is what it should be. */
static bool
is_whole(
    const struct connection *connection, bool *good, const struct load *load)
{
	const char *head_end = strstr(connection->answer, "\r\n\r\n");
	const char *length = strstr(connection->answer, "Content-Length: ");
	size_t head;

	if (head_end == NULL)
		return false;
	*good = false;
	head = (size_t)(head_end + 4 - connection->answer);
	if (strncmp(connection->answer, "HTTP/1.1 200 ", 13) != 0 ||
	    length == NULL || length > head_end ||
	    strtoull(length + strlen("Content-Length: "), NULL, 10) !=
		load->body_size)
		return true;
	if (connection->got < head + load->body_size)
		return false;
	*good = connection->got == head + load->body_size &&
		memcmp(head_end + 4, load->body, load->body_size) == 0;
	return true;
}

static void
hear(struct load *load, struct connection *connection)
{
	ssize_t got = recv(connection->fd, connection->answer + connection->got,
	    ANSWER_BYTES - connection->got, 0);
	bool good = false;

	if (got <= 0) {
		/* A server may close what was idle, just as it is used. */
		uint64_t due_ns = connection->due_ns;
		bool again = connection->busy && !connection->fresh &&
			     connection->got == 0;

		if (!connection->busy || again)
			hang_up(connection);
		if (again)
			ask(load, connection, due_ns);
		else if (connection->busy)
			end_request(load, connection, false);
		return;
	}
	if (!connection->busy) { /* nobody asked */
		hang_up(connection);
		return;
	}
	connection->got += (size_t)got;
	connection->answer[connection->got] = '\0';
	connection->fresh = false;
	if (is_whole(connection, &good, load)) {
		if (good)
			count_backend(load, connection->answer);
		end_request(load, connection, good);
	}
}

static void
kill_one(struct load *load)
{
	FILE *file = fopen(load->pidfile, "r");
	long pid;

	if (file == NULL)
		trouble(load->pidfile);
	if (fscanf(file, "%ld", &pid) != 1 || pid <= 1)
		wlbench_quit(WLBENCH_TROUBLE, "%s: has no process number",
		    load->pidfile);
	fclose(file);
	if (kill((pid_t)pid, SIGKILL) != 0)
		trouble(load->pidfile);
	load->killed_ns = wlbench_now();
}

/* Ask for all that is due now and for which there is a connection. */
static void
ask_due(struct load *load)
{
	uint64_t now_ns = wlbench_now();
	uint64_t free = 0;

	while (
	    load->due < load->requests && due_at(load, load->due) <= now_ns) {
		if (load->pidfile != NULL && load->killed_ns == 0 &&
		    load->due >= load->requests / 2)
			kill_one(load);
		while (free < load->connections && all[free].busy)
			free++;
		if (free == load->connections)
			return;
		ask(load, &all[free], due_at(load, load->due++));
	}
}

static void
wait_and_hear(struct load *load)
{
	struct pollfd polled[MOST_CONNECTIONS];
	struct timespec wait = {.tv_nsec = 10000000};
	uint64_t now_ns = wlbench_now();

	if (load->due < load->requests) {
		uint64_t next_ns = due_at(load, load->due);
		uint64_t left_ns = next_ns > now_ns ? next_ns - now_ns : 0;

		/* What is due already waits for a connection. */
		if (left_ns > 0 && left_ns < (uint64_t)wait.tv_nsec)
			wait.tv_nsec = (long)left_ns;
	}
	for (uint64_t i = 0; i < load->connections; i++)
		polled[i] = (struct pollfd){.fd = all[i].fd, .events = POLLIN};
	if (ppoll(polled, load->connections, &wait, NULL) < 0)
		trouble("poll");
	now_ns = wlbench_now();
	for (uint64_t i = 0; i < load->connections; i++)
		if (all[i].fd >= 0 && polled[i].revents != 0)
			hear(load, &all[i]);
		else if (all[i].busy && now_ns > all[i].due_ns + TIMEOUT_NS)
			end_request(load, &all[i], false);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report_spread(const struct load *load)
{
	uint64_t least = UINT64_MAX;
	uint64_t sum = 0;
	int backends = 0;

	while (backends < MOST_BACKENDS && load->backend[backends][0] != '\0') {
		if (load->answers_of[backends] < least)
			least = load->answers_of[backends];
		sum += load->answers_of[backends++];
	}
	if (backends > 0)
		wlbench_emit("spread",
		    100.0 * (double)least * backends / (double)sum, "%");
}

static void
report(const struct load *load)
{
	double sum = 0;

	qsort(load->latency_ms, load->good, sizeof(double), compare);
	for (uint64_t i = 0; i < load->good; i++)
		sum += load->latency_ms[i];
	if (load->good > 0) {
		const double *sorted = load->latency_ms;

		wlbench_emit("avg_time", sum / (double)load->good, "ms");
		wlbench_emit("p50_time", sorted[load->good / 2], "ms");
		wlbench_emit("p95_time", sorted[load->good * 95 / 100], "ms");
		wlbench_emit("p99_time", sorted[load->good * 99 / 100], "ms");
	}
	wlbench_emit("success_rate",
	    100.0 * (double)load->good / (double)load->requests, "%");
	wlbench_emit(
	    "failed_requests", (double)(load->requests - load->good), "count");
	report_spread(load);
	if (load->killed_ns > 0)
		wlbench_emit("recovery_time",
		    load->last_bad_ns > 0
			? (double)(load->last_bad_ns - load->killed_ns) /
			      MILLISECOND
			: 0,
		    "ms");
	wlbench_flush();
}

__attribute__((noreturn)) static void
usage(void)
{
	wlbench_quit(WLBENCH_TROUBLE,
	    "usage: http-load [-c connections] [-n requests] [-r rate] "
	    "[-k pidfile] port path expected");
}

static void
parse(struct load *load, int argc, char *argv[])
{
	int key;

	while ((key = getopt(argc, argv, "c:n:r:k:")) != -1)
		if (key == 'c')
			load->connections =
			    wlbench_param("-c", optarg, 0, 1, MOST_CONNECTIONS);
		else if (key == 'n')
			load->requests =
			    wlbench_param("-n", optarg, 0, 1, MOST_REQUESTS);
		else if (key == 'r')
			load->rate =
			    wlbench_param("-r", optarg, 0, 1, MOST_REQUESTS);
		else if (key == 'k')
			load->pidfile = optarg;
		else
			usage();
	if (argc - optind != 3)
		usage();
	load->server.sin_family = AF_INET;
	load->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load->server.sin_port =
	    htons((uint16_t)wlbench_param("port", argv[optind], 0, 1, 65535));
	if (snprintf(load->request, sizeof load->request,
		"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		argv[optind + 1]) >= (int)sizeof load->request)
		wlbench_quit(WLBENCH_TROUBLE, "path too long");
	read_body(load, argv[optind + 2]);
}

int
main(int argc, char *argv[])
{
	struct load load = {.connections = 8, .requests = 1000, .rate = 1000};

	parse(&load, argc, argv);
	load.latency_ms = wlbench_alloc(load.requests, sizeof(double));
	for (uint64_t i = 0; i < load.connections; i++)
		all[i].fd = -1;
	load.began_ns = wlbench_now();
	while (load.over < load.requests) {
		ask_due(&load);
		wait_and_hear(&load);
	}
	report(&load);
	free(load.latency_ms);
	free(load.body);
	return 0;
}
