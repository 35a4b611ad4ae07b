# The oracle of test/unit/stats.c: what R makes of samples at the edges.

set.seed(20261121)

source("test/oracle/case.R")

rounded <- function(n, digits = 3) round(rnorm(n, 10, 3), digits)

samples <- list(
	one = 3.25,
	one_zero = 0,
	two = c(1, 2),
	two_equal = c(0.1, 0.1),
	three = c(5, 1, 3),
	mean_first = c(2, 1, 3),
	equal = rep(0.1, 11),
	zeros = rep(0, 7),
	with_zero = c(0, 1, 2, 4, 8),
	negative = c(-5, -1.5, -2.25, -100, -3),
	mixed = c(-3, 0, 3, 1e-9, -7.5, 11),
	ties = c(1, 1, 2, 2, 2, 3, 3, 3, 3, 9),
	one_outlier = c(10, 11, 10.5, 10.2, 10.8, 10.4, 9.9, 10.1, 500),
	mild_outlier = c(1:11, 17, 19, -8, 24),
	on_the_fence = c(1, 2, 3, 4, 5, 8),
	tiny_spread = 1e9 + c(0, 1, 2, 3, 5, 8) / 1024,
	small = c(3, 1, 4, 1, 5, 9, 2, 6) * 1e-300,
	large = c(3, 1, 4, 1, 5, 9, 2, 6) * 1e300,
	trend = (1:40)^1.5,
	alternating = rep(c(1, -1), 13),
	walk = round(cumsum(rnorm(60)), 3),
	heavy = round(exp(rnorm(150, 12, 2))))
for (n in 4:12)
	samples[[paste0("n", n)]] <- rounded(n)

ps <- c(0, 0.001, 0.05, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1)

fences <- function(x) {
	q <- quantile(x, c(0.25, 0.75), type = 7, names = FALSE)
	iqr <- q[2] - q[1]
	beyond <- function(k) sum(x < q[1] - k * iqr | x > q[2] + k * iqr)
	c(beyond(1.5) - beyond(3), beyond(3))
}

block_se <- function(x) {
	n <- length(x)
	if (n < 10)
		return(NaN)
	ends <- floor((0:5) * n / 5)
	means <- sapply(1:5, function(b) mean(x[(ends[b] + 1):ends[b + 1]]))
	sd(means) / sqrt(5)
}

lag1 <- function(x)
	if (length(x) < 3 || length(unique(x)) == 1) NaN else
		acf(x, lag.max = 1, plot = FALSE)$acf[2]

# sd() and acf() square the values as they are, and sd() rounds the mean that
# it subtracts: values near the limits of a double are brought to a common
# scale first (by a power of 2), and values far from 0 to 0.
scale_of <- function(x) 2^floor(log2(max(abs(x), 1e-300)))
careful_sd <- function(x)
	if (length(x) == 1) NaN else
		sd(x / scale_of(x) - x[1] / scale_of(x)) * scale_of(x)

for (x in samples) {
	sorted <- sort(x)
	case("sum", NULL, x, NULL, sum(x))
	case("mean", NULL, x, NULL, mean(x))
	case("stddev", NULL, x, NULL, careful_sd(x))
	case("geometric_mean", NULL, x, NULL,
	    if (all(x > 0)) exp(mean(log(x))) else NaN)
	case("median", NULL, sorted, NULL, median(x))
	case("mad", NULL, sorted, NULL, mad(x, constant = 1))
	case("outliers", NULL, sorted, NULL, fences(x))
	case("lag1", NULL, x, NULL, lag1(x / scale_of(x)))
	case("block_se", NULL, x, NULL, block_se(x))
	case("quantile", ps, sorted, NULL,
	    quantile(x, ps, type = 7, names = FALSE))
}

# The ranks of the interval for the median, by the quantile of the binomial;
# then whether they are what the definition says. The slack is for levels that
# a rank reaches exactly (n = 2 at 0.5, n = 3 at 0.75).
coverage <- function(rank, n) 1 - 2 * pbinom(rank - 1, n, 0.5)
for (level in c(0.5, 0.75, 0.875, 0.9, 0.95, 0.99, 0.999))
	for (n in c(1:20, 25, 30, 50, 51, 99, 100, 101, 500, 998:1002, 1023,
	    1024, 1025, 5000, 99999, 1e5, 999999, 1e6)) {
		rank <- qbinom((1 - level) / 2, n, 0.5)
		if (coverage(rank + 1, n) >= level - 1e-12)
			rank <- rank + 1
		stopifnot(rank == 0 || coverage(rank, n) >= level - 1e-12,
		    coverage(rank + 1, n) < level)
		case("median_interval", c(n, level), NULL, NULL,
		    if (rank > 0) c(1, rank, n + 1 - rank) else 0)
	}

# Untied samples: R's own exact test.
untied <- function(n, shift) {
	v <- round(rnorm(n, shift), 5)
	stopifnot(!anyDuplicated(v))
	v
}
exact <- function(x, y)
	wilcox.test(x, y, alternative = "greater", exact = TRUE)$p.value
case_exact <- function(x, y) case("mann_whitney", NULL, x, y, exact(x, y))
for (nx in c(1:7, 10, 12))
	for (ny in c(1:7, 10, 12))
		for (shift in c(0, 1.5))
			case_exact(untied(nx, shift), untied(ny, 0))
for (n in 1:12) {
	case_exact(n + 1:n, 1:n)
	case_exact(1:n, n + 1:n)
}
case_exact(40, 1:39)
case_exact(c(7, 30), 8:29)
case_exact(untied(20, 0.5), untied(30, 0))
case_exact(untied(30, -0.5), untied(20, 0))
for (shift in c(-1, -0.2, 0, 0.1, 0.5, 1, 3))
	case_exact(untied(50, shift), untied(50, 0))
case_exact(untied(25, 0.4), untied(100, 0))
case_exact(untied(100, 0.4), untied(25, 0))

# Tied samples: every way to draw nx of the pooled mid-ranks.
enumerated <- function(x, y) {
	ranks <- rank(c(x, y))
	sums <- combn(length(ranks), length(x), function(i) sum(ranks[i]))
	mean(sums >= sum(ranks[seq_along(x)]) - 1e-9)
}
case_tied <- function(x, y) case("mann_whitney", NULL, x, y, enumerated(x, y))
case_tied(1, 1)
case_tied(c(0, 0), c(0, 0, 0))
case_tied(c(0, 0, 1), c(0, 0, 0))
case_tied(c(0, 0, 0), c(0, 0, 1))
case_tied(c(2, 2, 2), c(1, 1, 1))
case_tied(c(1, 1, 1), c(2, 2, 2))
case_tied(c(1, 2, 3, 4), c(1, 2, 3, 4))
case_tied(c(5, 5, 5, 6), c(1, 2, 5))
case_tied(c(-1, 0, 0, 1), c(-1, -1, 0))
for (nx in 2:7)
	for (ny in 2:7)
		case_tied(sample(1:4, nx, TRUE) + 1, sample(1:4, ny, TRUE))
for (i in 1:4) {
	case_tied(sample(1:9, 9, TRUE), sample(1:7, 8, TRUE))
	case_tied(sample(1:2, 4, TRUE), sample(1:3, 15, TRUE))
	case_tied(sample(1:3, 15, TRUE), sample(1:2, 4, TRUE))
}

# Large samples: the normal approximation with both corrections.
normal <- function(x, y)
	wilcox.test(x, y, alternative = "greater", exact = FALSE,
	    correct = TRUE)$p.value
case_normal <- function(x, y) case("mann_whitney", NULL, x, y, normal(x, y))
for (shift in c(-1, 0, 0.2, 2)) {
	case_normal(round(rnorm(60, shift), 6), round(rnorm(70), 6))
	case_normal(round(rnorm(51, shift), 1), round(rnorm(50), 1))
}
case_normal(c(1.5, 2.5), round(rnorm(1300), 1))

for (sizes in list(c(1, 1), c(1, 19), c(3, 3), c(4, 4), c(5, 5), c(6, 9),
    c(9, 6), c(10, 10), c(20, 30), c(50, 50), c(400, 500)))
	case("mann_whitney_min_p", sizes, NULL, NULL,
	    prod(seq_len(sizes[1]) / (sizes[2] + seq_len(sizes[1]))))

case_shift <- function(x, y, level, ...) {
	differences <- sort(outer(x, y, "-"))
	nx <- length(x)
	ny <- length(y)
	if (level == 0.95)
		case("hodges_lehmann", NULL, x, y, median(differences))
	rank <- qwilcox((1 - level) / 2, nx, ny)
	# R takes the wider interval where the next one reaches the level too.
	reached <- abs(2 * pwilcox(rank, nx, ny) - (1 - level)) < 1e-12
	rank <- rank + reached
	want <- if (rank == 0) 0 else
		c(1, differences[rank], differences[nx * ny + 1 - rank])
	if (rank > 0 && !reached && !anyDuplicated(c(x, y))) {
		r <- suppressWarnings(wilcox.test(x, y, conf.int = TRUE,
		    conf.level = level, exact = TRUE))
		stopifnot(identical(want, c(1, r$conf.int)),
		    all.equal(r$estimate[[1]], median(differences)))
	}
	case("shift_interval", level, x, y, want)
}
for (level in c(0.5, 0.8, 0.9, 0.95, 0.99)) {
	for (nx in c(1:4, 7, 12))
		for (ny in c(1, 3:5, 11))
			case_shift(untied(nx, 1), untied(ny, 0), level)
	case_shift(untied(30, 0.2), untied(40, 0), level)
	case_shift(sample(1:5, 9, TRUE), sample(1:5, 8, TRUE), level)
	case_shift(rep(2, 6), rep(5, 7), level)
	case_shift(c(-1, 0, 0, 1, 2), c(0, 0, 0, 0), level)
}
case_shift(c(1, 2, 3), c(1, 2, 3), 0.9)
case_shift(untied(50, 0.2), untied(50, 0), 0.95)
# R looks for the ends with a root finder, hence the tolerance.
for (level in c(0.9, 0.95, 0.99)) {
	x <- round(rnorm(60, 5), 5)
	y <- round(rnorm(80, 4), 5)
	stopifnot(!anyDuplicated(c(x, y)))
	r <- wilcox.test(x, y, conf.int = TRUE, conf.level = level,
	    exact = FALSE, tol.root = 1e-13)
	case("shift_interval", level, x, y, c(1, r$conf.int))
	case("hodges_lehmann", NULL, x, y, median(outer(x, y, "-")))
}

corrected <- function(p) {
	case("benjamini_hochberg", NULL, p, NULL, p.adjust(p, "BH"))
	case("benjamini_yekutieli", NULL, p, NULL, p.adjust(p, "BY"))
	case("holm", NULL, p, NULL, p.adjust(p, "holm"))
}
corrected(0.03)
corrected(c(0, 1))
corrected(c(1, 1, 1))
corrected(c(0.01, 0.02, 0.03, 0.04, 0.05))
corrected(c(0.05, 0.04, 0.03, 0.02, 0.01))
corrected(c(0.01, 0.01, 0.5, 0.01, 0.9, 0.9))
corrected(c(1e-12, 0.04, 0.041, 0.042, 0.9))
corrected(round(runif(40)^3, 6))

dfs <- c(1, 2, 3, 4, 4.5, 5, 8, 13, 30, 100, 1e4, 1e6)
ts <- c(-40, -3.5, -1, -0.01, 0, 1e-6, 0.5, 1, 2.015, 3.3, 10, 60)
qs <- c(0, 1e-12, 1e-6, 0.001, 0.025, 0.05, 0.2, 0.5, 0.6, 0.8, 0.95, 0.975,
    0.999, 1 - 1e-9, 1)
for (df in dfs) {
	# On 1 degree of freedom, GSL loses digits far out in the tail.
	near <- if (df == 1) qs[qs != 1e-12 & qs != 1 - 1e-9] else qs
	case("t_upper", df, ts, NULL, pt(ts, df, lower.tail = FALSE))
	case("t_quantile", df, near, NULL, qt(near, df))
}
case("normal_quantile", NULL, qs, NULL, qnorm(qs))

case_predict <- function(y, stored, block_se) {
	k <- length(stored)
	effect <- y - mean(stored)
	s <- sqrt((4 * 0.02^2 + sum((stored - mean(stored))^2)) / (k + 3))
	sd <- if (is.nan(block_se)) s else max(s, 2 * block_se)
	case("predict", c(y, block_se), stored, NULL,
	    c(effect, sd, sd * sqrt(1 + 1 / k), k + 3))
}
case_predict(0.1, 0, NaN)
case_predict(12.5, 12.4, 0)
case_predict(12.5, c(12.4, 12.45), 0.001)
case_predict(12.5, 12.4, 0.001)
case_predict(12.5, 12.4, 0.05)
case_predict(0, c(0.5, 0.5, 0.5), NaN)
case_predict(-3.2, c(-3.25, -3.2, -3.4, -3.3), 0.01)
case_predict(7, round(rnorm(10, 7, 0.05), 4), NaN)
case_predict(7, round(rnorm(10, 7, 0.05), 4), 0.08)

# Differences of pairs. Untied and without zeros: R's own exact test.
signed <- function(n, shift) {
	v <- round(rnorm(n, shift), 5)
	stopifnot(!anyDuplicated(abs(v)), all(v != 0))
	v
}
signed_p <- function(x, exact)
	suppressWarnings(wilcox.test(x, alternative = "greater", exact = exact,
	    correct = TRUE)$p.value)
case_signed <- function(x, p) case("signed_rank", NULL, x, NULL, p)
for (n in c(1:10, 15, 20, 30, 49)) {
	for (shift in c(-1.5, 0, 0.3, 1)) {
		x <- signed(n, shift)
		case_signed(x, signed_p(x, TRUE))
	}
	case_signed(1:n, 2^-n)
	case_signed(-(1:n), 1)
}
# Beyond 49, R must be told to be exact, and psignrank is.
for (n in c(50, 99, 100))
	for (shift in c(-0.2, 0, 0.2, 1)) {
		x <- signed(n, shift)
		w <- sum(rank(abs(x))[x > 0])
		p <- psignrank(w - 1, n, lower.tail = FALSE)
		stopifnot(all.equal(p, signed_p(x, TRUE)))
		case_signed(x, p)
	}

# With ties and zeros: every way to give signs to the mid-ranks, as counts of
# doubled sums.
signs <- function(x) {
	x <- x[x != 0]
	if (length(x) == 0)
		return(1)
	score <- round(2 * rank(abs(x)))
	ways <- 1
	for (s in score)
		ways <- c(ways, rep(0, s)) + c(rep(0, s), ways)
	sum(ways[(sum(score[x > 0]) + 1):length(ways)]) / 2^length(x)
}
case_signs <- function(x) case_signed(x, signs(x))
case_signed_normal <- function(x) case_signed(x, signed_p(x, FALSE))
for (x in list(0, c(0, 0, 0), c(0, 3), c(0, -3), c(1, 1), c(-1, 1), c(-1, -1),
    rep(2.5, 9), rep(-2.5, 9), c(0, 1, -1, 2), c(0, 0, 1, 1, 1, 1, -1),
    c(3, 3, -3, 1, 2, 2, 2, -1, 5), c(rep(0, 20), 1:6), c(1:6, rep(-7, 3)),
    rep(c(1, 2), 50), c(rep(1, 60), rep(-1, 40)), rep(0, 200)))
	case_signs(x)
for (n in 2:14)
	for (lowest in c(-1, -3))
		case_signs(sample(lowest:4, n, TRUE))
case_signs(sample(-4:6, 80, TRUE))
# Zeros do not count among those that are few enough.
case_signs(c(rep(0, 30), sample(c(-4:-1, 1:6), 100, TRUE)))
# R's own, where all ways are its exact answer too.
stopifnot(all.equal(signs(1:9 * c(-1, 1, 1)),
    signed_p(1:9 * c(-1, 1, 1), TRUE)))

# Large samples: the normal approximation with both corrections.
for (shift in c(-0.5, 0, 0.2, 1)) {
	case_signed_normal(round(rnorm(101, shift), 6))
	case_signed_normal(round(rnorm(400, shift), 6))
	x <- round(rnorm(160, shift), 1)
	stopifnot(sum(x != 0) > 100, any(x == 0))
	case_signed_normal(x)
}

for (n in c(1:12, 30, 53, 100, 1000, 1074))
	case("signed_rank_min_p", n, NULL, NULL, 2^-n)

case_center <- function(x, level) {
	averages <- outer(x, x, "+") / 2
	averages <- sort(averages[upper.tri(averages, diag = TRUE)])
	n <- length(x)
	if (level == 0.95)
		case("pseudomedian", NULL, x, NULL, median(averages))
	rank <- qsignrank((1 - level) / 2, n)
	# As above: the level may be reached exactly.
	reached <- abs(2 * psignrank(rank, n) - (1 - level)) < 1e-12
	rank <- rank + reached
	want <- if (rank == 0) 0 else
		c(1, averages[rank], averages[length(averages) + 1 - rank])
	if (rank > 0 && !reached && !anyDuplicated(abs(x)) && all(x != 0)) {
		r <- wilcox.test(x, conf.int = TRUE, conf.level = level,
		    exact = TRUE)
		stopifnot(all.equal(want, c(1, r$conf.int)),
		    all.equal(r$estimate[[1]], median(averages)))
	}
	case("pseudomedian_interval", level, x, NULL, want)
}
for (level in c(0.5, 0.75, 0.9, 0.95, 0.99)) {
	for (n in c(1:9, 12, 30, 49))
		case_center(signed(n, 1), level)
	case_center(sample(-2:5, 11, TRUE), level)
	case_center(rep(2, 8), level)
	case_center(rep(0, 7), level)
	case_center(c(0, 0, 0, 1, 2, -1, 0), level)
}
case_center(signed(100, 0.2), 0.95)
for (level in c(0.9, 0.95, 0.99)) {
	x <- signed(130, 0.3)
	r <- wilcox.test(x, conf.int = TRUE, conf.level = level,
	    exact = FALSE, tol.root = 1e-13)
	averages <- outer(x, x, "+") / 2
	case("pseudomedian_interval", level, x, NULL, c(1, r$conf.int))
	case("pseudomedian", NULL, x, NULL,
	    median(averages[upper.tri(averages, diag = TRUE)]))
}

# The prior of many spreads (Smyth 2004), with trigamma inverted by bisection.
case_prior <- function(sd, df) {
	e <- 2 * log(sd) - digamma(df / 2) + log(df / 2)
	excess <- var(e) - mean(trigamma(df / 2))
	df0 <- Inf
	sd0 <- exp(mean(e) / 2)
	if (excess > 0) {
		half <- uniroot(function(x) trigamma(exp(x)) - excess,
		    c(-30, 30), tol = 1e-15)$root
		half <- exp(half)
		df0 <- 2 * half
		sd0 <- exp((mean(e) + digamma(half) - log(half)) / 2)
	}
	case("learn_prior", NULL, sd, df, c(1, sd0, min(df0, 10)))
}
spreads <- function(n, df, sd) signif(sd * sqrt(rchisq(n, df) / df), 6)
case_prior(spreads(10, 4, 0.02), rep(4, 10))
case_prior(spreads(40, 4, 0.02), rep(4, 40))
case_prior(spreads(30, 9, 0.005 * 10^runif(30)), rep(9, 30))
case_prior(c(spreads(25, 4, 0.01), 0.9, 1e-4), rep(c(4, 6, 9), 9))
case_prior(spreads(12, 1, 0.03), rep(1, 12))
case_prior(rep(0.01, 10), rep(4, 10))
case_prior(c(rep(1e-3, 10), rep(1e3, 10)), rep(5, 20))

case_line <- function(x, y) {
	fit <- summary(lm(y ~ x))$coefficients
	case("line", NULL, x, y, c(fit[2, 1], pt(fit[2, 3], length(x) - 2,
	    lower.tail = FALSE), mean(x), sum((x - mean(x))^2)))
}
for (n in c(3, 8, 30)) {
	x <- round(rnorm(n), 3)
	for (slope in c(-1, 0, 0.5))
		case_line(x, round(slope * x + rnorm(n, 0, 0.3), 3))
}
