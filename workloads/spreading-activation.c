/*
 * spreading-activation: activation flows from one node through a random
 * directed graph; one operation is the whole spread of `iterations` steps.
 * Seed kernel spreading_activation_1000n_100i.
 */
#include "wlbench.h"

/* What a node keeps of its activation, and how much of it it passes on. */
#define RETAINED 0.5f
#define PASSED	 0.45f

struct edge {
	uint32_t from;
	uint32_t to;
	float weight; /* those of one `from` sum to 1 */
};

/* The edges twice: as they were made, and sorted by target. */
struct graph {
	uint32_t nodes;
	uint32_t edges;
	struct edge *list;
	uint32_t *first; /* nodes + 1: where a target's edges begin */
	uint32_t *from;	 /* edges */
	float *weight;	 /* edges */
};

static void
sort_by_target(struct graph *graph)
{
	uint32_t *next = wlbench_alloc(graph->nodes, sizeof next[0]);

	for (uint32_t i = 0; i < graph->edges; i++)
		graph->first[graph->list[i].to + 1]++;
	for (uint32_t v = 0; v < graph->nodes; v++) {
		next[v] = graph->first[v];
		graph->first[v + 1] += graph->first[v];
	}
	for (uint32_t i = 0; i < graph->edges; i++) {
		uint32_t place = next[graph->list[i].to]++;

		graph->from[place] = graph->list[i].from;
		graph->weight[place] = graph->list[i].weight;
	}
	free(next);
}

static void
make_graph(struct graph *graph, uint64_t *state)
{
	double *sum = wlbench_alloc(graph->nodes, sizeof sum[0]);

	graph->list = wlbench_alloc(graph->edges, sizeof graph->list[0]);
	graph->first =
	    wlbench_alloc((size_t)graph->nodes + 1, sizeof graph->first[0]);
	graph->from = wlbench_alloc(graph->edges, sizeof graph->from[0]);
	graph->weight = wlbench_alloc(graph->edges, sizeof graph->weight[0]);
	for (uint32_t i = 0; i < graph->edges; i++) {
		struct edge *edge = &graph->list[i];

		edge->from = (uint32_t)wlbench_below(state, graph->nodes);
		edge->to = (uint32_t)wlbench_below(state, graph->nodes);
		edge->weight = (float)(1 - wlbench_uniform(state));
		sum[edge->from] += (double)edge->weight;
	}
	for (uint32_t i = 0; i < graph->edges; i++) {
		struct edge *edge = &graph->list[i];

		edge->weight = (float)((double)edge->weight / sum[edge->from]);
	}
	sort_by_target(graph);
	free(sum);
}

static void
release_graph(struct graph *graph)
{
	free(graph->list);
	free(graph->first);
	free(graph->from);
	free(graph->weight);
}

/*
 * Node 0 is held at 1, every other starts at 0. Each target collects from its
 * sources. The result is in old[]; both have one value per node.
 */
static void
spread(const struct graph *graph, uint64_t iterations, float **old, float **new)
{
	memset(*old, 0, graph->nodes * sizeof(float));
	(*old)[0] = 1;
	for (uint64_t t = 0; t < iterations; t++) {
		const float *a = *old;
		float *b = *new;

		for (uint32_t v = 0; v < graph->nodes; v++) {
			float sum = 0;
			float next;

			for (uint32_t i = graph->first[v];
			     i < graph->first[v + 1]; i++)
				sum += graph->weight[i] * a[graph->from[i]];
			next = RETAINED * a[v] + PASSED * sum;
			b[v] = next > 1 ? 1 : next;
		}
		b[0] = 1;
		*new = *old;
		*old = b;
	}
}

/* The same by another way, in double: each edge as it was made pushes. */
static void
check(const struct graph *graph, uint64_t iterations, const float *got)
{
	double *a = wlbench_alloc(graph->nodes, sizeof a[0]);
	double *b = wlbench_alloc(graph->nodes, sizeof b[0]);

	a[0] = 1;
	for (uint64_t t = 0; t < iterations; t++) {
		for (uint32_t v = 0; v < graph->nodes; v++)
			b[v] = (double)RETAINED * a[v];
		for (uint32_t i = 0; i < graph->edges; i++)
			b[graph->list[i].to] += (double)PASSED *
						(double)graph->list[i].weight *
						a[graph->list[i].from];
		for (uint32_t v = 0; v < graph->nodes; v++)
			a[v] = b[v] > 1 ? 1 : b[v];
		a[0] = 1;
	}
	for (uint32_t v = 0; v < graph->nodes; v++)
		if (!(fabs((double)got[v] - a[v]) <= 1e-6 + 1e-4 * a[v]))
			wlbench_quit(WLBENCH_WRONG,
			    "node %" PRIu32
			    ": activation is %.9g, should be %.9g",
			    v, (double)got[v], a[v]);
	free(a);
	free(b);
}

int
main(int argc, char *argv[])
{
	struct wlbench bench = {.kernel = "spreading_activation"};
	struct graph graph = {0};
	uint64_t state = wlbench_seed();
	uint64_t iterations;
	float *old;
	float *new;

	wlbench_usage(
	    argc, argv, 3, "spreading-activation [nodes [edges [iterations]]]");
	graph.nodes = (uint32_t)wlbench_param(
	    "nodes", argc > 1 ? argv[1] : NULL, 1000, 1, 1 << 24);
	graph.edges = (uint32_t)wlbench_param(
	    "edges", argc > 2 ? argv[2] : NULL, 5000, 1, 1 << 28);
	iterations = wlbench_param(
	    "iterations", argc > 3 ? argv[3] : NULL, 100, 1, 1 << 20);
	make_graph(&graph, &state);
	old = wlbench_alloc(graph.nodes, sizeof old[0]);
	new = wlbench_alloc(graph.nodes, sizeof new[0]);

	spread(&graph, iterations, &old, &new);
	check(&graph, iterations, old);
	while (wlbench_next(&bench)) {
		spread(&graph, iterations, &old, &new);
		wlbench_keep(old);
	}
	wlbench_report(&bench);

	free(old);
	free(new);
	release_graph(&graph);
	return 0;
}
