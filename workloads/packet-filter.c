/*
 * packet-filter: what a packet costs on its way through the filter rules of the
 * network namespace that this runs in. One operation is a UDP packet that is
 * sent over 127.0.0.1 and received.
 *
 * nft-rule-lookup.sh makes the namespace and the rules. They let this packet
 * pass, and drop one for the port DROPPED: that this one does not arrive, and
 * the other does, shows that the rules were asked.
 */
#include "wlbench.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	DROPPED = 9, /* nobody listens on the port of discard */
	PACKETS = 8  /* in one turn */
};

static void
trouble(const char *what)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s: %s", what, strerror(errno));
}

/* A socket on this port of 127.0.0.1; 0 is a free one, and is set. */
static int
open_socket(uint16_t *port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		trouble("socket on 127.0.0.1");
	*port = ntohs(address.sin_port);
	return fd;
}

static void
send_packet(int from, uint16_t port, uint64_t content)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	/* Where a rule drops what we send, sending may say so. */
	if (sendto(from, &content, sizeof content, 0,
		(struct sockaddr *)&address, sizeof address) < 0 &&
	    errno != EPERM)
		trouble("send");
}

/* Whether a packet has come, which must be this one. */
static bool
received(int fd, uint64_t content)
{
	uint64_t got;
	ssize_t n = recv(fd, &got, sizeof got, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0)
		trouble("receive");
	if (n != sizeof got || got != content)
		wlbench_quit(WLBENCH_WRONG, "the wrong packet arrived");
	return true;
}

static void
check(int from)
{
	uint16_t port = DROPPED;
	int dropped = open_socket(&port);

	send_packet(from, DROPPED, 1);
	usleep(1000);
	if (received(dropped, 1))
		wlbench_quit(WLBENCH_WRONG,
		    "the rules let a packet for port %d pass", DROPPED);
	close(dropped);
}

int
main(int argc, char *argv[])
{
	struct wlbench bench = {
	    .kernel = "packet_filter",
	    .metric = "time_per_packet",
	    .ops = PACKETS,
	};
	uint16_t ports[2] = {0, 0};
	uint64_t state = wlbench_seed();
	int from, to;

	wlbench_usage(argc, argv, 0, "packet-filter");
	from = open_socket(&ports[0]);
	to = open_socket(&ports[1]);
	check(from);

	while (wlbench_next(&bench))
		for (int i = 0; i < PACKETS; i++) {
			uint64_t content = wlbench_random(&state);

			send_packet(from, ports[1], content);
			if (!received(to, content))
				wlbench_quit(
				    WLBENCH_WRONG, "no packet arrived");
		}

	wlbench_report(&bench);
	return 0;
}
