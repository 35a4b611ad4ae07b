#include "sketch.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum {
	SHORT_LIST = 64, /* below it a list is never too long */
	SPARE = 64	 /* buckets that are made at either end */
};

void
sketch_init(struct sketch *sketch, double error)
{
	assert(error >= SKETCH_ERROR_LEAST && error <= SKETCH_ERROR_MOST);
	*sketch = (struct sketch){
	    .error = error,
	    .width = log1p(2 * error / (1 - error)),
	};
}

/* Makes the buckets from first to last those that have counts. */
static void
extend(struct buckets *buckets, int32_t first, int32_t last)
{
	int32_t low = buckets->low;
	int32_t end = low + (int32_t)buckets->capacity;
	uint32_t *counts;

	if (buckets->counts && first >= low && last < end)
		return;
	if (!buckets->counts || first < low)
		low = first - SPARE;
	if (!buckets->counts || last >= end)
		end = last + SPARE;
	counts = mem_zero((size_t)(end - low), sizeof *counts);
	if (buckets->counts)
		memcpy(counts + (buckets->low - low), buckets->counts,
		    buckets->capacity * sizeof *counts);
	free(buckets->counts);
	buckets->counts = counts;
	buckets->low = low;
	buckets->capacity = (size_t)(end - low);
}

void
buckets_count_all(struct buckets *buckets)
{
	int32_t *list = buckets->list;
	size_t n = buckets->n;

	if (!list)
		return;
	buckets->list = NULL;
	buckets->n = buckets->capacity = 0;
	extend(buckets, buckets->first, buckets->last);
	for (size_t i = 0; i < n; i++)
		buckets->counts[list[i] - buckets->low]++;
	free(list);
}

uint32_t
buckets_count(const struct buckets *buckets, int32_t bucket)
{
	return buckets->counts[bucket - buckets->low];
}

/* Whether counts take no more memory than a list of n more numbers. */
static bool
is_too_long(const struct buckets *buckets, uint32_t n)
{
	size_t spread = (size_t)(buckets->last - buckets->first) + 2 * SPARE;

	return buckets->n + n > SHORT_LIST && buckets->n + n > spread;
}

static void
add(struct buckets *buckets, int32_t bucket, uint32_t n)
{
	bool empty = !buckets->counts && !buckets->n;

	if (empty || bucket < buckets->first)
		buckets->first = bucket;
	if (empty || bucket > buckets->last)
		buckets->last = bucket;
	if (!buckets->counts && is_too_long(buckets, n)) {
		buckets_count_all(buckets);
		/* An empty one has no list. */
		extend(buckets, buckets->first, buckets->last);
	}
	if (!buckets->counts) {
		for (uint32_t i = 0; i < n; i++)
			*MEM_PUSH(buckets->list, buckets->n,
			    buckets->capacity) = bucket;
		return;
	}
	extend(buckets, bucket, bucket);
	assert(buckets->counts[bucket - buckets->low] <= UINT32_MAX - n);
	buckets->counts[bucket - buckets->low] += n;
}

void
sketch_add_bucket(
    struct sketch *sketch, bool negative, int32_t bucket, uint32_t n)
{
	add(negative ? &sketch->negative : &sketch->positive, bucket, n);
}

static int32_t
bucket_of(const struct sketch *sketch, double log_size)
{
	return (int32_t)ceil(log_size / sketch->width);
}

void
sketch_add(struct sketch *sketch, double x, double log_size)
{
	if (x == 0)
		sketch->zeros++;
	else
		sketch_add_bucket(
		    sketch, x < 0, bucket_of(sketch, log_size), 1);
}

static void
merge(struct buckets *buckets, const struct buckets *other)
{
	for (size_t i = 0; other->list && i < other->n; i++)
		add(buckets, other->list[i], 1);
	if (!other->counts)
		return;
	for (int32_t i = other->first; i <= other->last; i++)
		if (buckets_count(other, i))
			add(buckets, i, buckets_count(other, i));
}

void
sketch_merge(struct sketch *sketch, const struct sketch *other)
{
	assert(sketch->error == other->error);
	merge(&sketch->positive, &other->positive);
	merge(&sketch->negative, &other->negative);
	sketch->zeros += other->zeros;
}

static void
release(struct buckets *buckets)
{
	free(buckets->list);
	free(buckets->counts);
	*buckets = (struct buckets){0};
}

void
sketch_release(struct sketch *sketch)
{
	release(&sketch->positive);
	release(&sketch->negative);
	sketch->zeros = 0;
}

void
points_add(struct points *points, double value, uint64_t n)
{
	*MEM_PUSH(points->p, points->n, points->capacity) =
	    (struct point){value, n};
	points->total += n;
}

/* What the buckets of one sign stand for. */
static void
add_buckets(struct points *points, struct buckets *buckets, double width,
    const double range[2], const double by[3])
{
	/* 2 / (g + 1), without g: 1 - tanh(log(g) / 2). */
	double middle = 1 - tanh(width / 2);

	buckets_count_all(buckets);
	for (int32_t i = buckets->first; buckets->counts && i <= buckets->last;
	     i++) {
		double value = by[2] * exp(i * width) * middle;

		if (!buckets_count(buckets, i))
			continue;
		value = fmin(fmax(value, range[0]), range[1]);
		points_add(
		    points, value * by[0] / by[1], buckets_count(buckets, i));
	}
}

/* One number of a point is known to be `value`. */
static void
set_exactly(struct points *points, size_t i, double value)
{
	points->p[i].n--;
	points->total--;
	points_add(points, value, 1);
}

void
points_add_sketch(struct points *points, struct sketch *sketch, double min,
    double max, double multiply, double divide)
{
	const double range[2] = {min, max};
	size_t start = points->n, lowest = start, highest = start;

	add_buckets(points, &sketch->negative, sketch->width, range,
	    (const double[]){multiply, divide, -1});
	if (sketch->zeros)
		points_add(points, 0, sketch->zeros);
	add_buckets(points, &sketch->positive, sketch->width, range,
	    (const double[]){multiply, divide, 1});
	if (points->n == start)
		return;
	for (size_t i = start; i < points->n; i++) {
		if (points->p[i].value < points->p[lowest].value)
			lowest = i;
		if (points->p[i].value > points->p[highest].value)
			highest = i;
	}
	set_exactly(points, lowest, min * multiply / divide);
	if (points->p[highest].n)
		set_exactly(points, highest, max * multiply / divide);
}

static int
compare_points(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

void
points_sort(struct points *points)
{
	if (points->n > 1)
		qsort(points->p, points->n, sizeof *points->p, compare_points);
}

void
points_sketch(const struct points *points, struct sketch *sketch)
{
	for (size_t i = 0; i < points->n; i++) {
		double x = points->p[i].value;
		uint64_t n = points->p[i].n;

		assert(n <= UINT32_MAX);
		if (x == 0)
			sketch->zeros += n;
		else if (n)
			sketch_add_bucket(sketch, x < 0,
			    bucket_of(sketch, log(fabs(x))), (uint32_t)n);
	}
}

double
points_rank(const struct points *points, uint64_t rank)
{
	size_t i = 0;

	assert(rank < points->total);
	while (rank >= points->p[i].n)
		rank -= points->p[i++].n;
	return points->p[i].value;
}

double
points_quantile(const struct points *points, double p)
{
	double position = (double)(points->total - 1) * p;
	uint64_t rank = (uint64_t)position;
	double fraction = position - (double)rank;
	double below, above;

	assert(p >= 0 && p <= 1);
	below = points_rank(points, rank);
	above = points_rank(points, rank + 1 < points->total ? rank + 1 : rank);
	if (below == above)
		return below;
	return (1 - fraction) * below + fraction * above;
}

double
points_mad(const struct points *points)
{
	double median = points_quantile(points, 0.5), mad;
	struct points deviations = {0};

	for (size_t i = 0; i < points->n; i++)
		points_add(&deviations, fabs(points->p[i].value - median),
		    points->p[i].n);
	points_sort(&deviations);
	mad = points_quantile(&deviations, 0.5);
	points_release(&deviations);
	return mad;
}

void
points_release(struct points *points)
{
	free(points->p);
	*points = (struct points){0};
}
