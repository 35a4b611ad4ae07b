/*
 * Pure statistics: numbers in, numbers out. Level 0.
 *
 * Describing a sample (lib/stats.c) and correcting for the number of tests
 * (lib/stats-correct.c) need libm only; tests and distributions
 * (lib/stats-test.c) need GSL, which is seen nowhere else.
 *
 * Every function asserts what it requires, does no I/O and keeps no state that
 * shows.
 * All values must be finite, and sums of them must be. `sorted` means
 * ascending (stats_sort); `x` alone means any order, or the order of time
 * where the text says so. What cannot be computed is NAN, never a guess.
 * Scratch memory that cannot be had ends in abort().
 *
 * Level: of confidence, a fraction with 0 < level < 1. p: a probability.
 */
#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stddef.h>

struct rng; /* rng.h */

/* The consecutive blocks of stats_block_se, and the fewest values it takes. */
#define STATS_BLOCKS	5
#define STATS_BLOCK_MIN 10

/*
 * The rank-sum distribution is exact while nx * ny is at most this (50 times
 * 50), else normal. The cost grows with its square, to 1 ms at the bound.
 * Below 0.01 the normal p is too large: at 0.001 by 10 % for 50 and 51 values,
 * by 43 % for 10 and 260; of 1 beside thousands it is never below 0.04.
 */
#define STATS_EXACT_PAIRS 2500

/*
 * The signed-rank distribution is exact for at most this many values that are
 * not zero, else normal. The cost grows with its cube, to 0.1 ms at the bound,
 * and is paid once for samples of one size without ties. The normal p is too
 * large: for 101 values at 0.001 by 11 %, at 1e-6 by 100 %.
 */
#define STATS_EXACT_SIGNS 100

/*
 * What stats_predict assumes of the spread between sessions before it has
 * seen any: a standard deviation of the logs (2 %), worth so many degrees of
 * freedom.
 */
#define STATS_PRIOR_SD 0.02
#define STATS_PRIOR_DF 4

/*
 * The fewest metrics that stats_learn_prior takes, and the most degrees of
 * freedom that it gives: the metrics of a suite are slow on the same days, so
 * that many of them know less than as many independent ones.
 */
#define STATS_PRIOR_METRICS 10
#define STATS_PRIOR_MOST_DF 10

/*
 * stats_mean_interval resamples this many values at least, and at most; the
 * more there are, the nearer is its normal approximation, which it then takes.
 */
#define STATS_RESAMPLE_LEAST 10
#define STATS_RESAMPLE_MOST  1000

/* The fewest values in the thirds that stats_drift compares. */
#define STATS_DRIFT_THIRD 4

/*
 * stats_growth looks at so many blocks of a course; at growth of a twentieth
 * of its level and more; and calls it superlinear from that factor on.
 */
#define STATS_GROWTH_BLOCKS 10
#define STATS_GROWTH_LEAST  0.05
#define STATS_GROWTH_BENT   1.5

/* A closed interval, in the unit of the values it was made of. */
struct stats_interval {
	double lo;
	double hi;
};

/* How many values lie outside Tukey's fences; mild excludes severe. */
struct stats_outliers {
	size_t mild;
	size_t severe;
};

/*
 * A new value beside those that were stored, in the unit of the logs: their
 * difference, the standard deviation of one value, the standard error of
 * the difference, and the degrees of freedom of both. At a true difference
 * of margin, (effect - margin) / se has Student's t distribution.
 */
struct stats_prediction {
	double effect;
	double sd;
	double se;
	double df;
};

/*
 * Which share of the values are equal to another one, and the least
 * difference between two that are not; NAN where all are equal.
 */
struct stats_ties {
	double share;
	double step;
};

/* From the first third of a sample to its last, and two-sided p of none. */
struct stats_drift {
	double shift;
	double p;
};

/* How a course goes on, the worst last. */
enum stats_growth_kind {
	STATS_STABLE,
	STATS_LINEAR,
	STATS_SUPERLINEAR
};

/* The slope of a course, in its unit over that of its times, and its kind. */
struct stats_growth {
	double slope;
	struct stats_interval interval;
	enum stats_growth_kind kind;
};

/* Describing a sample: lib/stats.c. */

/* Sort x[0..n-1] ascending, in place. Requires: no NAN. */
void stats_sort(double *x, size_t n);

/*
 * Sum of x[0..n-1], 0 for n = 0, with the rounding errors carried along.
 * Source: Neumaier 1974, "Rundungsfehleranalyse einiger Verfahren zur
 * Summation endlicher Summen", ZAMM 54.
 */
double stats_sum(const double *x, size_t n);

/* Arithmetic mean, never outside [min, max]. Requires: n >= 1. */
double stats_mean(const double *x, size_t n);

/*
 * Sample standard deviation (divisor n - 1); NAN for n = 1, and exactly 0
 * where all values are equal. Requires: n >= 1.
 * Source: the corrected two-pass algorithm of Chan, Golub and LeVeque 1983,
 * on deviations scaled by the largest, so that no square overflows.
 */
double stats_stddev(const double *x, size_t n);

/*
 * Geometric mean; NAN where any value is zero or less, for which it has no
 * meaning. Requires: n >= 1.
 */
double stats_geometric_mean(const double *x, size_t n);

/*
 * Quantile p of sorted[0..n-1], in its unit.
 * Requires: n >= 1, 0 <= p <= 1.
 * Source: Hyndman and Fan 1996, definition 7; agrees with R's quantile().
 */
double stats_quantile(const double *sorted, size_t n, double p);

/* Median: quantile 1/2. Requires: n >= 1. */
double stats_median(const double *sorted, size_t n);

/*
 * Median absolute deviation about the median, raw: multiply by 1.4826 for
 * an estimate of a normal standard deviation. Requires: n >= 1.
 * Source: Hampel 1974; agrees with R's mad(x, constant = 1).
 */
double stats_mad(const double *sorted, size_t n);

/*
 * Interval for the median, free of any assumption but independence:
 * [x(r), x(n+1-r)] with the largest rank r whose coverage under Bin(n, 1/2)
 * is at least level. For tied values the coverage is only larger.
 * Requires: n >= 1, 0 < level < 1. Exact for n up to 1e6 at least.
 * Returns false, out untouched, where even the range does not reach the
 * level: n < 6 at 0.95.
 * Source: Thompson 1936; David and Nagaraja 2003, section 7.1.
 */
bool stats_median_interval(
    const double *sorted, size_t n, double level, struct stats_interval *out);

/*
 * Outliers by Tukey's fences: mild beyond 1.5, severe beyond 3 interquartile
 * ranges outside the quartiles (definition 7). A value on a fence is inside;
 * where the quartiles are equal, every other value is severe.
 * Requires: n >= 1.
 * Source: Tukey 1977, "Exploratory Data Analysis", section 2D.
 */
struct stats_outliers stats_outliers(const double *sorted, size_t n);

/*
 * Autocorrelation at lag 1 of x in the order of time, -1 to 1; NAN for n < 3
 * or where all values are equal.
 * Source: Box and Jenkins 1976, section 2.1; agrees with R's acf().
 */
double stats_lag1(const double *x, size_t n);

/*
 * Standard error of the mean of x in the order of time that stays honest
 * under autocorrelation: the standard deviation of the means of STATS_BLOCKS
 * consecutive blocks (block b: x[b*n/5] to x[(b+1)*n/5 - 1]), divided by
 * sqrt(STATS_BLOCKS). NAN for n < STATS_BLOCK_MIN.
 * Source: batch means, Schmeiser 1982, "Batch size effects in the analysis
 * of simulation output", Operations Research 30.
 */
double stats_block_se(const double *x, size_t n);

/* Estimates: lib/stats-estimate.c. */

/*
 * Interval for quantile p of the distribution that n values come from: from
 * the value of rank *lower to that of rank *upper, from 1, ascending. *lower
 * is the largest r with P(Bin(n, p) < r) <= (1 - level) / 2, *upper the
 * smallest s with P(Bin(n, p) >= s) <= (1 - level) / 2. Assumes only that the
 * values are independent; with ties the coverage is only larger.
 * Requires: 1 <= n < 2^32 - 1, 0 < p < 1, 0 < level < 1.
 * Returns false, both untouched, where there are too few values: at 0.95
 * fewer than 6 for the median, 72 for p = 0.95, 368 for p = 0.99.
 * Source: David and Nagaraja 2003, "Order Statistics", section 7.1.
 */
bool stats_quantile_ranks(
    size_t n, double p, double level, size_t *lower, size_t *upper);
bool stats_quantile_interval(const double *sorted, size_t n, double p,
    double level, struct stats_interval *out);

/*
 * The interval that n bootstrap replicates (ascending) of an estimate give,
 * corrected for bias and acceleration. Replicates equal to the estimate count
 * half as below it. Requires: n >= 1, 0 < level < 1.
 * Returns false, out untouched, where all replicates lie on one side of the
 * estimate, or the acceleration turns the interval around.
 * Source: Efron 1987, "Better Bootstrap Confidence Intervals", JASA 82; ranks
 * between two replicates as Davison and Hinkley 1997, equation 5.8. Agrees
 * with R's boot.ci(type = "bca").
 */
bool stats_bca(const double *replicates, size_t n, double estimate,
    double acceleration, double level, struct stats_interval *out);

/*
 * Interval for the mean: BCa on so many resamples, whose acceleration is a
 * sixth of the skewness over sqrt(n). Above STATS_RESAMPLE_MOST values it is
 * what BCa tends to, mean + se (skewness (2 z^2 + 1) / (6 sqrt(n)) +- z), and
 * neither resamples nor rng matter.
 * Assumes independence. The coverage at 0.95 is 0.91 for 10 normal values,
 * 0.94 for 30; 0.90 and 0.93 for log-normal ones with sigma 0.5.
 * Returns false, out untouched, for n < STATS_RESAMPLE_LEAST and where
 * stats_bca does. Requires: n >= 1, 0 < level < 1.
 * Source: Efron 1987, section 4; the limit is that of Hall 1988, "Theoretical
 * Comparison of Bootstrap Confidence Intervals", Annals of Statistics 16.
 */
bool stats_mean_interval(const double *sorted, size_t n, double level,
    size_t resamples, struct rng *rng, struct stats_interval *out);

/*
 * Interval for the probability of a success, of which there were so many in n
 * trials. Requires: 0 <= successes <= n, n >= 1, 0 < level < 1.
 * Source: Wilson 1927, "Probable Inference, the Law of Succession, and
 * Statistical Inference", JASA 22; agrees with R's prop.test(correct = FALSE).
 */
struct stats_interval stats_wilson(double successes, double n, double level);

/*
 * Interval for the difference of two such probabilities, from k successes in n
 * trials less from l in m: the limits of Wilson's intervals, combined.
 * Requires: 0 <= k <= n, 0 <= l <= m, n >= 1, m >= 1, 0 < level < 1.
 * Source: Newcombe 1998, "Interval Estimation for the Difference Between
 * Independent Proportions: Comparison of Eleven Methods", Statistics in
 * Medicine 17, method 10.
 */
struct stats_interval stats_newcombe(
    double k, double n, double l, double m, double level);

/*
 * As stats_wilson, but the coverage is never less than level, but larger: the
 * exact interval, from the rates at which so many successes, or more, and so
 * many, or fewer, are likely at (1 - level) / 2. Neither needs to be whole.
 * Requires: 0 <= successes <= n, n > 0, 0 < level < 1.
 * Source: Clopper and Pearson 1934, "The Use of Confidence or Fiducial Limits
 * Illustrated in the Case of the Binomial", Biometrika 26; agrees with R's
 * binom.test().
 */
struct stats_interval stats_clopper_pearson(
    double successes, double n, double level);

/*
 * Qn: a quarter quantile of the distances between all pairs, scaled to
 * estimate the standard deviation of normal values. Half of the values may be
 * anything; unlike the MAD it asks for no symmetry and wastes less (82 % of
 * the efficiency of stats_stddev, where the MAD has 37 %). NAN for n = 1.
 * Requires: n >= 1.
 * Source: Rousseeuw and Croux 1993, "Alternatives to the Median Absolute
 * Deviation", JASA 88; factors of small samples from Croux and Rousseeuw 1992.
 */
double stats_qn(const double *sorted, size_t n);

/* Requires: n >= 1. */
struct stats_ties stats_ties(const double *sorted, size_t n);

/*
 * Whether x, in the order of time, has drifted: the Hodges-Lehmann shift from
 * its first third to its last, and the two-sided p of the Mann-Whitney test,
 * twice the smaller of the one-sided. Where x is autocorrelated p is too
 * small, as drift and autocorrelation look alike.
 * Returns false, out untouched, for n < 3 * STATS_DRIFT_THIRD.
 */
bool stats_drift(const double *x, size_t n, struct stats_drift *out);

/*
 * Whether an autocorrelation at lag 1 of n values is more than 99 of 100
 * samples of independent ones have. False where r1 is NAN, and for fewer than
 * STATS_BLOCK_MIN values, which show nothing.
 * Source of the bound, var r1 = 1/n: Bartlett 1946, "On the Theoretical
 * Specification and Sampling Properties of Autocorrelated Time-Series",
 * Supplement to the Journal of the Royal Statistical Society 8.
 */
bool stats_lag1_shows(double r1, double n);

/* The course of a metric in time: lib/stats-growth.c. */

/*
 * One-sided p of Kendall's test against the alternative that x rises in the
 * order of time. Exact for at most STATS_GROWTH_BLOCKS values without ties;
 * else normal, with the corrections for ties and continuity; 1 where all are
 * equal. Requires: n >= 2.
 * Source: Mann 1945, "Nonparametric Tests Against Trend", Econometrica 13;
 * Kendall 1975, "Rank Correlation Methods". Agrees with R's cor.test(method =
 * "kendall").
 */
double stats_kendall_rise(const double *x, size_t n);

/*
 * The slope of x over t, the median of those of all pairs of points, and an
 * interval for it by inversion of Kendall's test: the slopes of rank r from
 * below and from above. Returns false, out untouched, where all of them do not
 * reach the level: n < 5 at 0.95.
 * Requires: 2 <= n <= STATS_GROWTH_BLOCKS, t ascends strictly, 0 < level < 1.
 * Source: Theil 1950 and Sen 1968, "Estimates of the Regression Coefficient
 * Based on Kendall's Tau", JASA 63.
 */
bool stats_slope(const double *t, const double *x, size_t n, double level,
    double *slope, struct stats_interval *out);

/*
 * How x goes on over t, which ascends. The first third of the time is a
 * warm-up and is left out, as a program that fills its memory once and then
 * keeps it does not leak. What is left becomes STATS_GROWTH_BLOCKS consecutive
 * medians, as successive looks are not independent.
 *
 * - stable: the interval of their slope does not lie above 0, or the growth
 *   over the time is less than STATS_GROWTH_LEAST of the first median;
 * - superlinear: it grows; the slopes between successive medians rise, too
 *   (Kendall's p is at most (1 - level) / 2); and the slope of the second half
 *   is STATS_GROWTH_BENT times that of the first or more;
 * - linear: it grows otherwise.
 *
 * A course of independent noise is called stable but for (1 - level) / 2.
 * Returns false, out untouched, where fewer than STATS_GROWTH_BLOCKS points are
 * left, or their times do not differ. Requires: n >= 1, 0 < level < 1.
 */
bool stats_growth(const double *t, const double *x, size_t n, double level,
    struct stats_growth *out);

/* Tests and distributions: lib/stats-test.c. */

/*
 * One-sided p of the Mann-Whitney (Wilcoxon rank-sum) test against the
 * alternative that x tends to be larger than y; 1 where all are equal.
 * Exact while nx * ny <= STATS_EXACT_PAIRS, with ties too (the permutation
 * distribution of the mid-ranks at hand); else normal, with the corrections
 * for ties and continuity. Values tie where they are equal as doubles: shift
 * or take logs before, and what was tied may not be.
 * Requires: nx >= 1, ny >= 1.
 * Source: Mann and Whitney 1947; with ties Lehmann 1975, section 1.4, by the
 * shift algorithm of Streitberg and Roehmel 1986. Agrees with R's
 * wilcox.test(alternative = "greater") where that is exact or normal too.
 */
double stats_mann_whitney(
    const double *x, size_t nx, const double *y, size_t ny);

/*
 * The smallest p that stats_mann_whitney can give for these sizes:
 * 1 / C(nx+ny, nx). Larger where the extreme values are tied.
 * Requires: nx >= 1, ny >= 1.
 */
double stats_mann_whitney_min_p(size_t nx, size_t ny);

/*
 * Hodges-Lehmann estimate of the shift from y to x: the median of all
 * nx * ny differences x[i] - y[j]. Requires: nx >= 1, ny >= 1.
 * Source: Hodges and Lehmann 1963.
 */
double stats_hodges_lehmann(
    const double *x, size_t nx, const double *y, size_t ny);

/*
 * Interval for the shift from y to x, by inversion of the rank-sum test: the
 * differences x[i] - y[j] of rank r from below and from above. r is that of
 * the distribution without ties, exact while nx * ny <= STATS_EXACT_PAIRS,
 * else normal; with ties the coverage of the closed interval is only larger.
 * Requires: nx >= 1, ny >= 1, 0 < level < 1.
 * Returns false, out untouched, where all differences together do not reach
 * the level: nx = ny < 4 at 0.95.
 * Source: Bauer 1972, "Constructing confidence sets using rank statistics".
 * Agrees with R's wilcox.test(conf.int = TRUE) without ties, but where a rank
 * reaches the level exactly R takes the next wider interval.
 */
bool stats_shift_interval(const double *x, size_t nx, const double *y,
    size_t ny, double level, struct stats_interval *out);

/*
 * One-sided p of the Wilcoxon signed-rank test against the alternative that x,
 * differences of pairs for example, lies above 0; 1 where none does.
 * Zeros are dropped, as Wilcoxon did and R does: they tell of no direction.
 * Exact for at most STATS_EXACT_SIGNS others, with ties too (the permutation
 * distribution of the mid-ranks at hand); else normal, with the corrections
 * for ties and continuity. Sizes tie where they are equal as doubles.
 * Assumes that the values are independent, and symmetric about their center.
 * Requires: n >= 1.
 * Source: Wilcoxon 1945; with zeros and ties Lehmann 1975, section 3.2.
 * Agrees with R's wilcox.test(alternative = "greater") where that is exact or
 * normal too.
 */
double stats_signed_rank(const double *x, size_t n);

/*
 * The smallest p that stats_signed_rank can give for n values: 2^-n. Larger
 * where some are zero. Requires: n >= 1.
 */
double stats_signed_rank_min_p(size_t n);

/*
 * Hodges-Lehmann estimate of the center of x: the median of the n (n + 1) / 2
 * averages of two values, each value with itself among them.
 * Requires: n >= 1.
 * Source: Hodges and Lehmann 1963; the averages are Walsh's 1949.
 */
double stats_pseudomedian(const double *x, size_t n);

/*
 * Interval for the center of x, by inversion of the signed-rank test: the
 * averages of rank r from below and from above. r is that of the distribution
 * without ties, exact for n <= STATS_EXACT_SIGNS, else normal; with ties the
 * coverage of the closed interval is only larger.
 * Requires: n >= 1, 0 < level < 1.
 * Returns false, out untouched, where all averages together do not reach the
 * level: n < 6 at 0.95.
 * Source: Tukey 1949, and Lehmann 1975, section 4.4. Agrees with R's
 * wilcox.test(conf.int = TRUE) without ties, but where a rank reaches the
 * level exactly R takes the next wider interval.
 */
bool stats_pseudomedian_interval(
    const double *x, size_t n, double level, struct stats_interval *out);

/* How the p of tests that belong together are corrected for their number. */
enum stats_correction {
	STATS_BENJAMINI_HOCHBERG,  /* 1995; false discovery rate */
	STATS_BENJAMINI_YEKUTIELI, /* 2001; the same under any dependence */
	STATS_HOLM,		   /* 1979; family-wise error rate */
	STATS_UNCORRECTED,
};

/*
 * q[i]: the smallest rate of errors, of the kind that the correction is for,
 * at which the test of p[i] is among the rejected. q may be p. At a rate of
 * alpha all but STATS_UNCORRECTED reject anything in at most that share of the
 * families in which nothing is to be found; Benjamini and Hochberg's where the
 * tests are independent, or depend positively on one another.
 * Requires: 0 <= p[i] <= 1.
 * Source: Benjamini and Hochberg 1995, "Controlling the false discovery
 * rate"; Benjamini and Yekutieli 2001, "The control of the false discovery
 * rate in multiple testing under dependency"; Holm 1979, "A simple
 * sequentially rejective multiple test procedure". Agrees with R's p.adjust().
 */
void stats_correct(
    enum stats_correction correction, const double *p, size_t n, double *q);

/*
 * The largest p with which one test among n is rejected at the rate alpha,
 * where all others are far from it. Requires: n >= 1.
 */
double stats_lone_p(enum stats_correction correction, double alpha, size_t n);

/* P(T > t) of Student's t on df degrees of freedom. Requires: df > 0. */
double stats_t_upper(double t, double df);

/*
 * The t with P(T <= t) = p; -INFINITY at p = 0, INFINITY at p = 1. To 10
 * digits, but on df = 1 only to 5 at p = 1e-12 and fewer beyond.
 * Requires: 0 <= p <= 1, df > 0.
 */
double stats_t_quantile(double p, double df);

/*
 * The z with P(Z <= z) = p of the standard normal; infinite at p = 0 and 1.
 * Requires: 0 <= p <= 1.
 */
double stats_normal_quantile(double p);

/*
 * A line through points by least squares: the slope, the p that it is positive,
 * the mean of x, and the sum of its squares about that.
 */
struct stats_line {
	double slope;
	double p; /* one-sided; 1 for n = 2, and where all x are equal */
	double center;
	double squares;
};

/*
 * The line of y[0..n-1] over x[0..n-1]; that of logarithms is a power, its
 * slope the exponent. Where all x are equal the slope is 0. Requires: n >= 2.
 * Source: Draper and Smith 1998, "Applied Regression Analysis", chapter 1;
 * agrees with R's lm().
 */
struct stats_line stats_line(const double *x, const double *y, size_t n);

/* What is assumed of a spread before any was seen: see stats_predict. */
struct stats_prior {
	double sd;
	double df;
};

/*
 * Learns the prior that the spreads sd[0..n-1] of n metrics come from, each on
 * df[i] degrees of freedom: the typical spread, and how many degrees of
 * freedom that is worth, the fewer the more the metrics differ. Returns false,
 * prior untouched, for fewer than STATS_PRIOR_METRICS.
 * Requires: df > 0, sd > 0.
 * Source: Smyth 2004, "Linear models and empirical Bayes methods for assessing
 * differential expression in microarray experiments", Statistical Applications
 * in Genetics and Molecular Biology 3, section 6.2.
 */
bool stats_learn_prior(
    const double *sd, const double *df, size_t n, struct stats_prior *prior);

/*
 * Where y, the log of a new session's value, stands against stored[0..k-1],
 * those of the stored sessions:
 *
 *     s^2 = (DF SD^2 + sum (stored - mean)^2) / (k - 1 + DF)
 *     sd  = max(s, 2 block_se),  se = sd sqrt(1 + 1/k),  df = k - 1 + DF
 *
 * with DF and SD of the prior. block_se is that of y's own round values
 * (stats_block_se of their logs): a session that was unsteady within itself is
 * not trusted to repeat better. NAN where there is none.
 * Requires: k >= 1; block_se >= 0 or NAN; prior.sd > 0, prior.df > 0.
 * Source: predictive distribution of a normal value under the conjugate
 * prior for the variance, Gelman et al. 2013, "Bayesian Data Analysis",
 * sections 2.6 and 3.2.
 */
struct stats_prediction stats_predict(double y, const double *stored, size_t k,
    double block_se, struct stats_prior prior);

/*
 * The same for y[0..m-1], the logs of m new sessions, whose mean is compared:
 *
 *     s^2 = (DF SD^2 + squares of stored + squares of y) / (k + m - 2 + DF)
 *     se  = sd sqrt(1/m + 1/k),  df = k + m - 2 + DF
 *
 * where squares are those of the deviations from the mean of their own side.
 * Requires, besides: m >= 1.
 * Source: the same, for two means of normal values with one variance.
 */
struct stats_prediction stats_predict_mean(const double *y, size_t m,
    const double *stored, size_t k, double block_se, struct stats_prior prior);

#endif
