/*
 * udp-burst: a gateway that forwards a burst of UDP packets. A sender, a
 * forwarder and a receiver are three processes that talk over 127.0.0.1, or
 * over the network of UDP_BURST_GATEWAY.
 *
 * Packet i is due at start + i / rate. The sender waits for that moment and
 * stamps it, not the moment of sending, into the packet: a sender that was held
 * up must not hide how long the packets waited for it (coordinated omission).
 *
 * All three share one CPU. On two, what is measured on a virtual machine is
 * mostly how it wakes the other CPU; on one it is faster and repeats better.
 * For the same reason a fourth process keeps that CPU from going idle: what it
 * costs to wake it was charged to the three on a quiet machine, and not on one
 * with other work to do.
 *
 * A lost packet is data; a wrong one (its check, its content, seen before) ends
 * the program with status 1. UDP_BURST_FORWARD_DELAY_US holds the forwarder's
 * CPU that long for each packet: a planted regression.
 */
#include "wlbench.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND_NS     UINT64_C(1000000000)
#define LEAST_PACKET  64
#define MOST_PACKET   65507    /* what IPv4 can carry */
#define MOST_PACKETS  10000000 /* in a burst */
#define BUFFER_BYTES  (4 << 20)
#define IDLE_NS	      20000000 /* silence after which a burst has ended */
#define BODY_SHIFTS   64       /* consecutive packets differ in their body */
#define FIRST_ADDRESS UINT32_C(0x0a4d0001) /* 10.77.0.1 */
#define MEGABIT	      1e6
#define MEGABYTE      1e6
#define RSS_UNIT      1024.0 /* of ru_maxrss */
#define MILLISECOND   1e6
#define MICROSECOND   1e3

/* What each packet begins with, in this machine's own byte order. */
struct header {
	uint64_t sequence;
	uint64_t due_ns;
	uint64_t check; /* check_of() of the others, the size and the seed */
};

/* A network namespace, -1 where there is but one, and an address in it. */
struct place {
	int net;
	uint32_t address;
};

/* In memory that the three processes share. */
struct shared {
	atomic_int ready;      /* forwarder and receiver that listen */
	atomic_bool sent;      /* the sender has sent its last packet */
	atomic_bool forwarded; /* and the forwarder has passed it on */
	uint64_t start_ns;     /* when packet 0 is due; set by the sender */
	uint64_t end_ns;       /* when the last packet arrived */
	uint64_t received;
	uint64_t cpu_ns[3];    /* spent on the burst by each process */
	double grown_bytes;    /* of the forwarder's largest resident set */
	uint64_t latency_ns[]; /* by sequence; 0 where it did not arrive */
};

struct burst {
	uint64_t size; /* of a packet, in bytes */
	uint64_t rate; /* packets per second */
	uint64_t packets;
	uint64_t seed;
	uint64_t delay_ns;	/* planted, in the forwarder */
	unsigned char *pattern; /* size + BODY_SHIFTS random bytes */
	int sender;		/* sockets: sender to in, out to receiver */
	int in;
	int out;
	int receiver;
	struct shared *shared;
};

static void
trouble(const char *what)
{
	wlbench_quit(WLBENCH_TROUBLE, "%s: %s", what, strerror(errno));
}

static uint64_t
check_of(const struct burst *burst, const struct header *header)
{
	uint64_t state = burst->seed ^ header->sequence;

	state = wlbench_random(&state) ^ header->due_ns;
	state = wlbench_random(&state) ^ burst->size;
	return wlbench_random(&state);
}

static unsigned char *
body_of(const struct burst *burst, uint64_t sequence)
{
	return burst->pattern + sequence % BODY_SHIFTS;
}

static uint64_t
cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * SECOND_NS + (uint64_t)used.tv_nsec;
}

static double
largest_rss(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) != 0)
		trouble("getrusage");
	return (double)usage.ru_maxrss * RSS_UNIT;
}

static void
sleep_until(uint64_t when_ns)
{
	struct timespec when = {
	    .tv_sec = (time_t)(when_ns / SECOND_NS),
	    .tv_nsec = (long)(when_ns % SECOND_NS),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) ==
	       EINTR)
		continue;
}

static void
send_packet(const struct burst *burst, uint64_t sequence, uint64_t due_ns)
{
	struct header header = {.sequence = sequence, .due_ns = due_ns};
	struct iovec parts[] = {
	    {.iov_base = &header, .iov_len = sizeof header},
	    {.iov_base = body_of(burst, sequence),
		.iov_len = burst->size - sizeof header},
	};

	header.check = check_of(burst, &header);
	if (writev(burst->sender, parts, 2) < 0)
		trouble("sender: send");
}

static void
run_sender(const struct burst *burst)
{
	struct shared *shared = burst->shared;
	uint64_t cpu;

	/* The default slack lets the kernel wake us 50 us late. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	while (shared->ready < 2)
		sleep_until(wlbench_now() + SECOND_NS / 10000);
	cpu = cpu_ns();
	shared->start_ns = wlbench_now() + SECOND_NS / 1000;
	for (uint64_t i = 0; i < burst->packets; i++) {
		uint64_t due_ns =
		    shared->start_ns + i * SECOND_NS / burst->rate;

		if (wlbench_now() < due_ns)
			sleep_until(due_ns);
		send_packet(burst, i, due_ns);
	}
	shared->cpu_ns[0] = cpu_ns() - cpu;
	shared->sent = true;
}

/*
 * Receive one packet. Returns its length, or 0 where the stage before has ended
 * and nothing came for IDLE_NS: whether it had ended is asked first, so that
 * its last packet was on its way before the wait began.
 */
static size_t
receive(int from, void *packet, size_t room, const atomic_bool *ended)
{
	for (;;) {
		bool last = *ended;
		ssize_t got = recv(from, packet, room, MSG_TRUNC);

		if (got >= 0)
			return (size_t)got;
		if (errno == EAGAIN && last)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			trouble("receive");
	}
}

static void
run_forwarder(const struct burst *burst)
{
	struct shared *shared = burst->shared;
	unsigned char *packet = wlbench_alloc(MOST_PACKET, 1);
	uint64_t cpu = cpu_ns();
	double rss = largest_rss();
	size_t got;

	shared->ready++;
	while ((got = receive(burst->in, packet, MOST_PACKET, &shared->sent)) >
	       0) {
		if (burst->delay_ns > 0) {
			uint64_t end_ns = wlbench_now() + burst->delay_ns;

			while (wlbench_now() < end_ns)
				continue;
		}
		if (send(burst->out, packet, got, 0) < 0)
			trouble("forwarder: send");
	}
	shared->grown_bytes = largest_rss() - rss;
	shared->cpu_ns[1] = cpu_ns() - cpu;
	shared->forwarded = true;
	free(packet);
}

static void
take_packet(const struct burst *burst, const unsigned char *packet, size_t size)
{
	struct shared *shared = burst->shared;
	uint64_t now_ns = wlbench_now();
	struct header header;

	if (size != burst->size)
		wlbench_quit(WLBENCH_WRONG,
		    "wrong packet: %zu bytes, should be %" PRIu64, size,
		    burst->size);
	memcpy(&header, packet, sizeof header);
	if (header.check != check_of(burst, &header) ||
	    header.sequence >= burst->packets || header.due_ns >= now_ns)
		wlbench_quit(WLBENCH_WRONG, "wrong packet: bad header");
	if (memcmp(packet + sizeof header, body_of(burst, header.sequence),
		size - sizeof header) != 0)
		wlbench_quit(WLBENCH_WRONG,
		    "wrong packet: content of packet %" PRIu64,
		    header.sequence);
	if (shared->latency_ns[header.sequence] != 0)
		wlbench_quit(WLBENCH_WRONG,
		    "wrong packet: packet %" PRIu64 " came twice",
		    header.sequence);
	shared->latency_ns[header.sequence] = now_ns - header.due_ns;
	shared->end_ns = now_ns;
	shared->received++;
}

static void
run_receiver(const struct burst *burst)
{
	struct shared *shared = burst->shared;
	unsigned char *packet = wlbench_alloc(MOST_PACKET, 1);
	uint64_t cpu = cpu_ns();
	size_t got;

	shared->ready++;
	while ((got = receive(burst->receiver, packet, MOST_PACKET,
		    &shared->forwarded)) > 0)
		take_packet(burst, packet, got);
	shared->cpu_ns[2] = cpu_ns() - cpu;
	free(packet);
}

/*
 * Only where nobody else wants the CPU: the lowest scheduling class, and it
 * yields at once, because even that class gets a slice of 3 ms now and then.
 */
static void
run_idler(const struct burst *burst)
{
	struct sched_param none = {0};

	if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
		trouble("sched_setscheduler");
	while (!burst->shared->forwarded)
		sched_yield();
}

/*
 * A socket on a free port of this address. It belongs to the network that it
 * was made in, wherever its process is.
 */
static int
open_socket(const struct place *place, struct sockaddr_in *address)
{
	struct timeval idle = {.tv_usec = IDLE_NS / 1000};
	int bytes = BUFFER_BYTES; /* the kernel cuts it to what it allows */
	socklen_t length = sizeof *address;
	int fd;

	if (place->net >= 0 && setns(place->net, CLONE_NEWNET) != 0)
		trouble("setns");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*address = (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(place->address),
	};
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle) != 0 ||
	    bind(fd, (struct sockaddr *)address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)address, &length) != 0)
		trouble("socket");
	return fd;
}

/* Two sockets that hear only each other: no stranger's packet is counted. */
static void
open_pair(const struct place *at_a, int *a, const struct place *at_b, int *b)
{
	struct sockaddr_in address_a;
	struct sockaddr_in address_b;

	*a = open_socket(at_a, &address_a);
	*b = open_socket(at_b, &address_b);
	if (connect(*a, (struct sockaddr *)&address_b, sizeof address_b) != 0 ||
	    connect(*b, (struct sockaddr *)&address_a, sizeof address_a) != 0)
		trouble("connect");
}

/*
 * Where the gateway is: with the others on 127.0.0.1, or at 10.77.0.2 in the
 * network namespace that UDP_BURST_GATEWAY is a file of, and we at 10.77.0.1.
 */
static void
open_sockets(struct burst *burst)
{
	const char *other = getenv("UDP_BURST_GATEWAY");
	struct place here = {-1, INADDR_LOOPBACK};
	struct place there = here;

	if (other != NULL) {
		here.net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		there.net = open(other, O_RDONLY | O_CLOEXEC);
		if (here.net < 0 || there.net < 0)
			trouble(other);
		here.address = FIRST_ADDRESS;
		there.address = FIRST_ADDRESS + 1;
	}
	open_pair(&here, &burst->sender, &there, &burst->in);
	open_pair(&there, &burst->out, &here, &burst->receiver);
}

/* Stay on the first CPU that we may use; the children inherit it. */
static void
pin(void)
{
	cpu_set_t allowed;
	cpu_set_t first;
	size_t cpu = 0;

	if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
		trouble("sched_getaffinity");
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&first);
	CPU_SET(cpu, &first);
	if (sched_setaffinity(0, sizeof first, &first) != 0)
		trouble("sched_setaffinity");
}

/* Start a process that dies with its parent. */
static void
start(void (*run)(const struct burst *), const struct burst *burst)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		trouble("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
		if (getppid() == parent)
			run(burst);
		exit(0);
	}
}

/* Run the burst. If one process fails, the others die with this one. */
static void
run_all(const struct burst *burst)
{
	void (*const runs[])(const struct burst *) = {
	    run_idler, run_receiver, run_forwarder, run_sender};
	size_t n = sizeof runs / sizeof runs[0];
	int status;

	for (size_t i = 0; i < n; i++)
		start(runs[i], burst);
	for (size_t i = 0; i < n; i++) {
		if (wait(&status) < 0)
			trouble("wait");
		if (WIFSIGNALED(status))
			wlbench_quit(WLBENCH_TROUBLE,
			    "a process was killed by signal %d",
			    WTERMSIG(status));
		if (WEXITSTATUS(status) != 0)
			exit(WEXITSTATUS(status));
	}
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Quantile p of ascending x[0..n-1]: the least that at least a share p of them
 * does not exceed. Source: Hyndman and Fan 1996, definition 1.
 */
static double
quantile(const uint64_t *x, uint64_t n, double p)
{
	double rank = ceil(p * (double)n);

	return (double)x[rank < 1 ? 0 : (uint64_t)rank - 1];
}

/* Sorts the latencies; those of lost packets, 0, come first. */
static void
report(const struct burst *burst)
{
	struct shared *shared = burst->shared;
	uint64_t *latency = shared->latency_ns;
	uint64_t n = shared->received;
	double planned =
	    (double)burst->packets * (double)SECOND_NS / (double)burst->rate;
	double elapsed = (double)(shared->end_ns - shared->start_ns);
	double cpu =
	    (double)(shared->cpu_ns[0] + shared->cpu_ns[1] + shared->cpu_ns[2]);
	const char *raw = getenv("WL_RAW");

	if (n == 0)
		wlbench_quit(WLBENCH_WRONG, "all packets were lost");
	if (elapsed < planned)
		elapsed = planned;
	if (raw != NULL && strcmp(raw, "1") == 0)
		for (uint64_t i = 0; i < burst->packets; i++)
			if (latency[i] != 0)
				wlbench_emit("latency",
				    (double)latency[i] / MICROSECOND, "us");
	qsort(latency, burst->packets, sizeof latency[0], compare);
	latency += burst->packets - n;
	wlbench_emit("avg_throughput_mbps",
	    (double)(n * burst->size * 8) / MEGABIT /
		(elapsed / (double)SECOND_NS),
	    "Mbps");
	wlbench_emit(
	    "p50_latency_ms", quantile(latency, n, 0.5) / MILLISECOND, "ms");
	wlbench_emit(
	    "p99_latency_ms", quantile(latency, n, 0.99) / MILLISECOND, "ms");
	wlbench_emit("loss",
	    100 * (double)(burst->packets - n) / (double)burst->packets, "%");
	wlbench_emit(
	    "cpu_utilization_percentage_avg", 100 * cpu / elapsed, "%");
	wlbench_emit(
	    "memory_footprint_delta_mb", shared->grown_bytes / MEGABYTE, "MB");
	wlbench_flush();
}

static void
read_parameters(struct burst *burst, int argc, char *argv[])
{
	uint64_t ms;

	wlbench_usage(argc, argv, 3,
	    "udp-burst [packet_size_bytes [packets_per_second_target "
	    "[burst_duration_ms]]]");
	burst->size = wlbench_param("packet_size_bytes",
	    argc > 1 ? argv[1] : NULL, 1024, LEAST_PACKET, MOST_PACKET);
	burst->rate = wlbench_param("packets_per_second_target",
	    argc > 2 ? argv[2] : NULL, 10000, 1, SECOND_NS);
	ms = wlbench_param(
	    "burst_duration_ms", argc > 3 ? argv[3] : NULL, 200, 1, 3600000);
	burst->packets = burst->rate * ms / 1000;
	if (burst->packets < 1 || burst->packets > MOST_PACKETS)
		wlbench_quit(WLBENCH_TROUBLE,
		    "a burst has 1 to %d packets, not %" PRIu64, MOST_PACKETS,
		    burst->packets);
	burst->seed = wlbench_seed();
}

static uint64_t
planted_delay_ns(void)
{
	const char *text = getenv("UDP_BURST_FORWARD_DELAY_US");

	if (text == NULL)
		return 0;
	return 1000 *
	       wlbench_param("UDP_BURST_FORWARD_DELAY_US", text, 0, 0, 1000000);
}

int
main(int argc, char *argv[])
{
	struct burst burst = {0};
	uint64_t state;
	size_t bytes;

	read_parameters(&burst, argc, argv);
	burst.delay_ns = planted_delay_ns();
	state = burst.seed;
	burst.pattern = wlbench_alloc(burst.size + BODY_SHIFTS, 1);
	for (uint64_t i = 0; i < burst.size + BODY_SHIFTS; i++)
		burst.pattern[i] = (unsigned char)wlbench_random(&state);
	bytes = sizeof *burst.shared + burst.packets * sizeof(uint64_t);
	burst.shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (burst.shared == MAP_FAILED)
		trouble("mmap");
	pin();
	open_sockets(&burst);

	run_all(&burst);
	report(&burst);

	munmap(burst.shared, bytes);
	free(burst.pattern);
	return 0;
}
