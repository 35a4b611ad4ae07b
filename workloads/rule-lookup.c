/*
 * rule-lookup: which rule of a firewall decides on a packet. A rule matches a
 * prefix of the destination address, a protocol (0 is any) and a range of
 * ports; of the rules that match, the one with the lowest priority number wins,
 * and where none does, the packet is denied. One operation is one lookup.
 *
 * The table is searched by prefix length, as in tuple space search (Srinivasan,
 * Suri and Varghese 1999): for each length in use, one hash table leads from
 * the masked address to the rules of that prefix, best first. Lengths are tried
 * best first too, until none that is left can hold a better rule.
 */
#include "wlbench.h"

enum {
	LENGTHS = 33,	/* prefixes of 0 to 32 bits */
	CHECKED = 1024, /* lookups compared with a linear search */
	NONE = -1,	/* no rule, or the end of a list */
	/*
	 * Lookups in one turn: so many that a branch predictor cannot learn
	 * them by heart. With 4,096, the measurements of one process fell by
	 * half, one after the other.
	 */
	PACKETS = 65536,
};

struct rule {
	uint32_t address; /* bits beyond the prefix are zero */
	uint16_t low;	  /* ports, both inclusive */
	uint16_t high;
	uint8_t length;	  /* of the prefix */
	uint8_t protocol; /* 0: any */
	int32_t next;	  /* rule in the same hash slot, or NONE */
};

struct packet {
	uint32_t address;
	uint16_t port;
	uint8_t protocol;
};

/* The rules of one prefix length, in chains by priority. */
struct level {
	uint32_t mask;
	unsigned shift; /* 64 - log2 of the slots */
	int32_t best;	/* the lowest priority number in it */
	int32_t *slots; /* first rule of each chain, or NONE */
};

struct table {
	struct rule *rules; /* the index is the priority: 0 wins */
	int32_t n;
	struct level levels[LENGTHS]; /* by `best` */
	unsigned used;
};

static uint32_t
mask_of(unsigned length)
{
	return length == 0 ? 0 : UINT32_MAX << (32 - length);
}

/* Multiplicative hashing: Knuth 1998, section 6.4, 2^64 / golden ratio. */
static size_t
slot_of(const struct level *level, uint32_t address)
{
	uint64_t key = (uint64_t)(address & level->mask) + 1;

	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> level->shift);
}

static bool
matches(const struct rule *rule, const struct packet *packet)
{
	return ((packet->address ^ rule->address) & mask_of(rule->length)) ==
		   0 &&
	       (rule->protocol == 0 || rule->protocol == packet->protocol) &&
	       packet->port >= rule->low && packet->port <= rule->high;
}

/* Returns the priority of the rule that decides, or NONE. */
static int32_t
look_up(const struct table *table, const struct packet *packet)
{
	int32_t best = table->n;

	for (unsigned i = 0; i < table->used; i++) {
		const struct level *level = &table->levels[i];

		if (level->best >= best)
			break;
		for (int32_t rule =
			 level->slots[slot_of(level, packet->address)];
		     rule != NONE && rule < best;
		     rule = table->rules[rule].next)
			if (matches(&table->rules[rule], packet))
				best = rule;
	}
	return best < table->n ? best : NONE;
}

/* The same by another way: the first rule that matches, of all in order. */
static int32_t
search(const struct table *table, const struct packet *packet)
{
	for (int32_t rule = 0; rule < table->n; rule++)
		if (matches(&table->rules[rule], packet))
			return rule;
	return NONE;
}

/*
 * Prefix lengths as in tables that people keep: networks of 8 to 24 bits and
 * single hosts. The few rules for every address come last in priority.
 */
static uint8_t
random_length(uint64_t *state, int32_t priority, int32_t n)
{
	static const uint8_t lengths[] = {8, 12, 16, 16, 20, 22, 24, 24, 24, 24,
	    24, 26, 28, 30, 32, 32, 32, 32};

	if (priority >= n - n / 50)
		return 0;
	return lengths[wlbench_below(state, sizeof lengths)];
}

static uint8_t
random_protocol(uint64_t *state)
{
	static const uint8_t protocols[] = {0, 1, 6, 6, 6, 6, 17, 17};

	return protocols[wlbench_below(state, sizeof protocols)];
}

static void
random_ports(uint64_t *state, uint16_t *low, uint16_t *high)
{
	uint64_t port = wlbench_below(state, 65536);

	switch (wlbench_below(state, 3)) {
	case 0: /* any */
		*low = 0;
		*high = UINT16_MAX;
		break;
	case 1: /* one */
		*low = *high = (uint16_t)port;
		break;
	default:
		*low = (uint16_t)port;
		*high = (uint16_t)(port + wlbench_below(state, 65536 - port));
	}
}

static void
make_rules(struct table *table, uint64_t *state)
{
	table->rules = wlbench_alloc((size_t)table->n, sizeof(struct rule));
	for (int32_t i = 0; i < table->n; i++) {
		struct rule *rule = &table->rules[i];

		rule->length = random_length(state, i, table->n);
		rule->address =
		    (uint32_t)wlbench_random(state) & mask_of(rule->length);
		rule->protocol = random_protocol(state);
		random_ports(state, &rule->low, &rule->high);
		/* The last rules decide on all that is left, not on it all. */
		if (rule->length == 0 && rule->protocol == 0)
			rule->protocol = 6;
	}
}

static int
compare_levels(const void *a, const void *b)
{
	const struct level *x = a;
	const struct level *y = b;

	return (x->best > y->best) - (x->best < y->best);
}

/* Chain the rules of one length, last first, so that the best is in front. */
static void
make_level(struct table *table, unsigned length, uint32_t rules)
{
	struct level *level = &table->levels[table->used++];
	unsigned bits = 1;

	while (bits < 31 && UINT32_C(1) << bits < 2 * rules)
		bits++;
	level->mask = mask_of(length);
	level->shift = 64 - bits;
	level->slots = wlbench_alloc((size_t)1 << bits, sizeof level->slots[0]);
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		level->slots[i] = NONE;
	for (int32_t i = table->n - 1; i >= 0; i--) {
		struct rule *rule = &table->rules[i];
		int32_t *slot;

		if (rule->length != length)
			continue;
		slot = &level->slots[slot_of(level, rule->address)];
		rule->next = *slot;
		*slot = level->best = i;
	}
}

static void
make_levels(struct table *table)
{
	uint32_t count[LENGTHS] = {0};

	for (int32_t i = 0; i < table->n; i++)
		count[table->rules[i].length]++;
	for (unsigned length = 0; length < LENGTHS; length++)
		if (count[length] > 0)
			make_level(table, length, count[length]);
	qsort(table->levels, table->used, sizeof table->levels[0],
	    compare_levels);
}

/* Four packets of five are for an address that some rule is about. */
static void
make_packets(struct packet *packets, const struct table *table, uint64_t *state)
{
	for (size_t i = 0; i < PACKETS; i++) {
		struct packet *packet = &packets[i];
		const struct rule *rule =
		    &table->rules[wlbench_below(state, (uint64_t)table->n)];
		uint16_t high;

		packet->address = (uint32_t)wlbench_random(state);
		random_ports(state, &packet->port, &high);
		packet->protocol = wlbench_below(state, 2) == 0 ? 6 : 17;
		if (wlbench_below(state, 5) == 0)
			continue;
		packet->address =
		    rule->address | (packet->address & ~mask_of(rule->length));
		packet->port =
		    (uint16_t)(rule->low +
			       wlbench_below(state,
				   (uint64_t)(rule->high - rule->low) + 1));
	}
}

static void
check(const struct table *table, const struct packet *packets)
{
	for (size_t i = 0; i < CHECKED; i++) {
		int32_t right = search(table, &packets[i]);
		int32_t got = look_up(table, &packets[i]);

		if (got != right)
			wlbench_quit(WLBENCH_WRONG,
			    "packet %zu: rule is %" PRId32
			    ", should be %" PRId32,
			    i, got, right);
	}
}

int
main(int argc, char *argv[])
{
	struct wlbench bench = {
	    .kernel = "rule_lookup",
	    .metric = "time_per_lookup",
	    .ops = PACKETS,
	};
	static struct packet packets[PACKETS];
	static int32_t decisions[PACKETS];
	struct table table = {0};
	uint64_t state = wlbench_seed();

	wlbench_usage(argc, argv, 1, "rule-lookup [rules]");
	table.n = (int32_t)wlbench_param(
	    "rules", argc > 1 ? argv[1] : NULL, 1000, 1, 1 << 24);
	make_rules(&table, &state);
	make_levels(&table);
	make_packets(packets, &table, &state);

	check(&table, packets);
	while (wlbench_next(&bench)) {
		for (size_t i = 0; i < PACKETS; i++)
			decisions[i] = look_up(&table, &packets[i]);
		wlbench_keep(decisions);
	}
	wlbench_report(&bench);

	for (unsigned i = 0; i < table.used; i++)
		free(table.levels[i].slots);
	free(table.rules);
	return 0;
}
