/* How well a step explains a course, beside noise of many kinds. */
#include "step.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mem.h"

/*
 * The noise that a course may have. With ma = 0 it is that of an
 * autoregression of the first order; else that of one with independent errors
 * on top, or of a level that wanders. Those are rarer, so they have to explain
 * more: PRIOR of twice the log likelihood.
 */
static const struct step_noise noises[] = {
    {0, 0},
    {0.1, 0},
    {0.2, 0},
    {0.3, 0},
    {0.4, 0},
    {0.5, 0},
    {0.6, 0},
    {0.7, 0},
    {0.8, 0},
    {0.9, 0},
    {0.96, 0},
    {0.8, -0.3},
    {0.8, -0.5},
    {0.8, -0.7},
    {0.9, -0.3},
    {0.9, -0.5},
    {0.9, -0.7},
    {0.9, -0.85},
    {0.96, -0.3},
    {0.96, -0.5},
    {0.96, -0.7},
    {0.96, -0.85},
    {0.99, -0.3},
    {0.99, -0.5},
    {0.99, -0.7},
    {0.99, -0.85},
};

enum {
	NOISES = sizeof noises / sizeof *noises
};

#ifndef PRIOR
#define PRIOR 4.0
#endif

/* Below this share of its mean square a residual is rounding. */
static const double EXACT = 1e-12;

/* A value, the constant and the line, with the noise made independent. */
struct white {
	double y, level, line;
};

/* The sums of a course under one noise. */
struct sums {
	double log_det;
	double yy, ll, ly; /* of y and of the level */
	double bb, bl, by; /* of the line */
};

static double
place(size_t i, size_t n)
{
	return (double)i - ((double)n - 1) / 2;
}

/*
 * The innovations of the noise: Brockwell and Davis 1991, section 5.3. Their
 * variances r tend to 1.
 */
static struct sums
whiten(const struct step_noise *m, const double *y, size_t n, bool line,
    struct white *white)
{
	double ar = m->ar, ma = m->ma;
	double r = (1 + 2 * ar * ma + ma * ma) / (1 - ar * ar), root = sqrt(r);
	double ey = y[0], el = 1, eb = place(0, n);
	struct sums s = {.log_det = log(r)};

	for (size_t i = 0;; i++) {
		struct white w = {ey / root, el / root, eb / root};
		double carried;

		white[i] = w;
		s.yy += w.y * w.y;
		s.ll += w.level * w.level;
		s.ly += w.level * w.y;
		if (line) {
			s.bb += w.line * w.line;
			s.bl += w.line * w.level;
			s.by += w.line * w.y;
		}
		if (i + 1 == n)
			return s;
		carried = ma / r;
		ey = y[i + 1] - ar * y[i] - carried * ey;
		el = 1 - ar - carried * el;
		if (line)
			eb = place(i + 1, n) - ar * place(i, n) - carried * eb;
		if (r == 1)
			continue;
		r = 1 + ma * ma - ma * carried;
		if (fabs(r - 1) < 1e-9)
			r = 1;
		s.log_det += log(r);
		root = sqrt(r);
	}
}

/* What a column takes off the squares of y, beside the level. */
static double
taken(const struct sums *s, double cc, double cl, double cy)
{
	double left = cy - cl * s->ly / s->ll;
	double size = cc - cl * cl / s->ll;

	return size > 1e-9 * cc ? left * left / size : 0;
}

/*
 * The place of a step that takes most. A step at
 * t is, made independent, h[0], h[1] and so on from t on, where
 * h[j] = H + (1 - H) (-ma)^j, H = (1 - ar) / (1 + ma). The variances are taken
 * for 1 there.
 */
static double
best_step(const struct step_noise *m, const struct sums *s,
    const struct white *white, size_t n, size_t from, size_t to, size_t *at)
{
	double far = (1 - m->ar) / (1 + m->ma), best = -1;
	double y = 0, l = 0, near_y = 0, near_l = 0, squares = 0, h = 1;

	for (size_t t = n - 1; t >= from; t--) {
		double off;

		y += white[t].y;
		l += white[t].level;
		near_y = white[t].y - m->ma * near_y;
		near_l = white[t].level - m->ma * near_l;
		squares += h * h;
		h = 1 - m->ar - m->ma * h;
		if (t > to)
			continue;
		off = taken(s, squares, far * l + (1 - far) * near_l,
		    far * y + (1 - far) * near_y);
		if (off >= best) {
			best = off;
			*at = t;
		}
	}
	return best;
}

/* -2 log likelihood of what is left, up to a constant. */
static double
deviance(const struct sums *s, double left, size_t n, size_t noise)
{
	double least = EXACT * (double)n;

	return (double)n * log(fmax(left, least)) + s->log_det +
	       (noises[noise].ma < 0 ? PRIOR : 0);
}

double
step_spread(const struct step_noise *noise)
{
	double ar = noise->ar, ma = noise->ma, far = (1 + ma) / (1 - ar);

	return far / sqrt((1 + 2 * ar * ma + ma * ma) / (1 - ar * ar));
}

/*
 * Where noise is so persistent that without a step it explains a course by
 * long waves, more places look like a step, the more the longer the course is.
 * Fitted to simulations.
 */
static const double PERSISTENT = 2, WAVE_COST = 2, WAVE_LENGTH = 40;

static double
wave_cost(size_t noise, size_t n)
{
	if (step_spread(&noises[noise]) <= PERSISTENT)
		return 0;
	return fmax(0, WAVE_COST * log((double)n / WAVE_LENGTH));
}

struct step_fit
step_fit(const double *y, size_t n, size_t from, size_t to, bool line)
{
	struct white *white = mem_alloc(n * sizeof *white);
	double none = INFINITY, step = INFINITY, straight = INFINITY;
	struct step_fit best = {0};
	size_t plain = 0;

	assert(from >= 1 && from <= to && to < n);
	for (size_t k = 0; k < NOISES; k++) {
		struct sums s = whiten(&noises[k], y, n, line, white);
		double left = s.yy - s.ly * s.ly / s.ll, d;
		size_t at = from;

		d = deviance(&s, left, n, k);
		if (d < none) {
			none = d;
			plain = k;
		}
		d = best_step(&noises[k], &s, white, n, from, to, &at);
		d = deviance(&s, left - d, n, k);
		if (d < step) {
			step = d;
			best.at = at;
			best.noise = noises[k];
		}
		if (!line)
			continue;
		d = left - taken(&s, s.bb, s.bl, s.by);
		straight = fmin(straight, deviance(&s, d, n, k));
	}
	free(white);
	best.gain = none - step - wave_cost(plain, n);
	best.over_line = line ? straight - step : (double)NAN;
	return best;
}

double
step_deviance(const double *y, size_t n, bool line)
{
	struct white *white = mem_alloc(n * sizeof *white);
	double least = INFINITY;

	for (size_t k = 0; k < NOISES; k++) {
		struct sums s = whiten(&noises[k], y, n, line, white);
		double left = s.yy - s.ly * s.ly / s.ll;

		if (line)
			left -= taken(&s, s.bb, s.bl, s.by);
		least = fmin(least, deviance(&s, left, n, k));
	}
	free(white);
	return least;
}
