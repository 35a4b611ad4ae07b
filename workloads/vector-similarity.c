/*
 * vector-similarity: the cosine of one query with many candidates, in float;
 * one operation scores the whole batch. Seed kernel vector_similarity_768d.
 */
#include "wlbench.h"

enum {
	LANES = 8
};

struct batch {
	size_t dimensions;
	size_t candidates;
	float *query;	/* dimensions */
	float *vectors; /* candidates rows of dimensions */
	float *scores;	/* candidates */
};

static float
sum_lanes(const float lane[LANES])
{
	float sum = 0;

	for (size_t k = 0; k < LANES; k++)
		sum += lane[k];
	return sum;
}

/* Eight sums side by side, so that they need not wait for one another. */
static void
dot_and_square(
    const float *a, const float *b, size_t n, float *dot, float *square)
{
	float products[LANES] = {0};
	float squares[LANES] = {0};
	size_t i;

	for (i = 0; i + LANES <= n; i += LANES)
		for (size_t k = 0; k < LANES; k++) {
			products[k] += a[i + k] * b[i + k];
			squares[k] += b[i + k] * b[i + k];
		}
	for (; i < n; i++) {
		products[0] += a[i] * b[i];
		squares[0] += b[i] * b[i];
	}
	*dot = sum_lanes(products);
	*square = sum_lanes(squares);
}

static void
score_all(struct batch *batch)
{
	size_t n = batch->dimensions;
	float query_square;
	float dot;
	float square;

	dot_and_square(batch->query, batch->query, n, &dot, &query_square);
	for (size_t i = 0; i < batch->candidates; i++) {
		dot_and_square(
		    batch->query, batch->vectors + i * n, n, &dot, &square);
		batch->scores[i] = dot / sqrtf(query_square * square);
	}
}

static double
length(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sqrt(sum);
}

/*
 * The same by another way, in double: of two vectors of length one at distance
 * d, the cosine is 1 - d^2 / 2.
 */
static double
plain_cosine(const float *a, const float *b, size_t n)
{
	double length_a = length(a, n);
	double length_b = length(b, n);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double difference =
		    (double)a[i] / length_a - (double)b[i] / length_b;

		sum += difference * difference;
	}
	return 1 - sum / 2;
}

static void
check(const struct batch *batch)
{
	size_t n = batch->dimensions;

	for (size_t i = 0; i < batch->candidates; i++) {
		double right =
		    plain_cosine(batch->query, batch->vectors + i * n, n);
		double got = (double)batch->scores[i];

		if (!(fabs(got - right) <= 1e-5))
			wlbench_quit(WLBENCH_WRONG,
			    "candidate %zu: cosine is %.9g, should be %.9g", i,
			    got, right);
	}
}

static void
fill(float *x, size_t n, uint64_t *state)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (float)(wlbench_uniform(state) - 0.5);
}

int
main(int argc, char *argv[])
{
	struct wlbench bench = {.kernel = "vector_similarity"};
	struct batch batch = {0};
	uint64_t state = wlbench_seed();

	wlbench_usage(
	    argc, argv, 2, "vector-similarity [dimensions [candidates]]");
	batch.dimensions = wlbench_param(
	    "dimensions", argc > 1 ? argv[1] : NULL, 768, 1, 1 << 20);
	batch.candidates = wlbench_param(
	    "candidates", argc > 2 ? argv[2] : NULL, 1000, 1, 1 << 24);
	batch.query = wlbench_alloc(batch.dimensions, sizeof(float));
	batch.vectors =
	    wlbench_alloc(batch.candidates, batch.dimensions * sizeof(float));
	batch.scores = wlbench_alloc(batch.candidates, sizeof(float));
	fill(batch.query, batch.dimensions, &state);
	fill(batch.vectors, batch.candidates * batch.dimensions, &state);

	score_all(&batch);
	check(&batch);
	while (wlbench_next(&bench)) {
		score_all(&batch);
		wlbench_keep(batch.scores);
	}
	wlbench_report(&bench);

	free(batch.scores);
	free(batch.vectors);
	free(batch.query);
	return 0;
}
