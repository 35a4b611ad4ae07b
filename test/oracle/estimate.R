# The oracle of test/unit/estimate.c: what R makes of estimates and their
# intervals. The lines are those of case.R. Needs the package boot.

library(boot)
set.seed(20261121)

source("test/oracle/case.R")

samples <- list(
	two = c(1, 2),
	two_equal = c(0.1, 0.1),
	three = c(1, 3, 5),
	four = c(-2, -2, 0, 7),
	zeros = rep(0, 7),
	equal = rep(0.1, 11),
	ties = c(1, 1, 2, 2, 2, 3, 3, 3, 3, 9),
	one_outlier = c(9.9, 10, 10.1, 10.2, 10.4, 10.5, 10.8, 11, 500),
	half_outliers = c(1:6, 1e6, 2e6, 4e6, 8e6),
	negative = sort(c(-5, -1.5, -2.25, -100, -3)),
	large = sort(c(3, 1, 4, 1, 5, 9, 2, 6)) * 1e280,
	small = sort(c(3, 1, 4, 1, 5, 9, 2, 6)) * 1e-300,
	heavy = sort(round(exp(rnorm(150, 12, 2)))),
	normal = sort(rnorm(101, 1e6, 3e4)))
for (n in 5:13)
	samples[[paste0("n", n)]] <- sort(round(rnorm(n, 10, 3), 3))

# --- the interval of a quantile: its ranks ---

for (level in c(0.5, 0.75, 0.9, 0.95, 0.99))
	for (p in c(0.01, 0.25, 1 / 3, 0.5, 0.9, 0.95, 0.99, 0.999))
		for (n in c(1:12, 30, 71, 72, 367, 368, 1000, 10000)) {
			k <- 0:n
			tail <- (1 - level) / 2 * (1 + 1e-12)
			lower <- sum(pbinom(k, n, p) <= tail)
			above <- sum(pbinom(k, n, 1 - p) <= tail)
			if (n > 12 && (level < 0.9 || p == 1 / 3))
				next
			case("quantile_ranks", c(n, p, level), NULL, NULL,
			    if (min(lower, above) == 0) 0
			    else c(1, lower, n + 1 - above))
		}

# --- BCa: of given replicates, as R's own ---

bca_of <- function(x, level, resamples) {
	n <- length(x)
	b <- boot(x, function(v, i) mean(v[i]), resamples)
	influence <- x - mean(x)
	acceleration <- sum(influence^3) / (6 * sum(influence^2)^1.5)
	r <- boot.ci(b, conf = level, type = "bca", L = influence)$bca[4:5]
	list(t = sort(b$t[, 1]), acceleration = acceleration, ends = r)
}
for (level in c(0.5, 0.9, 0.95, 0.99))
	for (x in list(samples$n10, samples$normal, samples$n12,
	    exp(rnorm(20)), -exp(rnorm(15, 0, 2)))) {
		# Few replicates: a list of a line is short, and ranks are between.
		r <- bca_of(x, level, 399)
		case("bca", c(mean(x), r$acceleration, level), r$t, NULL,
		    c(1, r$ends))
	}
case("bca", c(5, 0, 0.95), 1:4, NULL, 0)
case("bca", c(0, 0, 0.95), 1:4, NULL, 0)

# --- BCa of the mean: by so many resamples that R's ends are exact ---

for (level in c(0.9, 0.95, 0.99))
	for (x in list(rnorm(10, 100, 5), rnorm(30, 100, 5), exp(rnorm(20)),
	    rexp(12), c(rep(5, 10), 5.1, 5.2, 6, 7, 7, 9, 11), 1e6 * exp(rnorm(200, 0, 0.05)),
	    -exp(rnorm(15, 0, 1)))) {
		x <- sort(signif(x, 9))
		r <- bca_of(x, level, 1e5)
		case("mean_interval", level, x, NULL, c(1, r$ends))
	}
case("mean_interval", 0.95, sort(rnorm(9)), NULL, 0)
case("mean_interval", 0.95, rep(7, 10), NULL, c(1, 7, 7))

# Beyond 1000 values: what it tends to.
for (level in c(0.9, 0.95)) {
	x <- sort(signif(rexp(1001), 4))
	n <- length(x)
	m <- mean(x)
	skew <- mean((x - m)^3) / mean((x - m)^2)^1.5
	z <- qnorm((1 + level) / 2)
	case("mean_limit", level, x, NULL, c(1, m + sd(x) / sqrt(n) *
	    (c(-z, z) + skew * (2 * z^2 + 1) / (6 * sqrt(n)))))
}

# --- Wilson, and Clopper and Pearson ---

for (level in c(0.5, 0.9, 0.95, 0.99))
	for (n in c(1, 2, 5, 10, 30, 1000))
		for (k in unique(round(n * c(0, 0.03, 0.5, 0.9, 1)))) {
			r <- suppressWarnings(prop.test(k, n,
			    conf.level = level, correct = FALSE)$conf.int)
			case("wilson", c(k, n, level), NULL, NULL, r)
			case("clopper_pearson", c(k, n, level), NULL, NULL,
			    binom.test(k, n, conf.level = level)$conf.int)
		}

# Newcombe's difference of two, from the limits of either; the first rows are
# in table II of the paper, to four digits.
newcombe <- function(k, n, l, m, level = 0.95) {
	wilson <- function(k, n) suppressWarnings(prop.test(k, n,
	    conf.level = level, correct = FALSE)$conf.int)
	a <- wilson(k, n)
	b <- wilson(l, m)
	d <- k / n - l / m
	case("newcombe", c(k, n, l, m, level), NULL, NULL, c(
	    d - sqrt((k / n - a[1])^2 + (b[2] - l / m)^2),
	    d + sqrt((a[2] - k / n)^2 + (l / m - b[1])^2)))
}
newcombe(56, 70, 48, 80)
newcombe(9, 10, 3, 10)
newcombe(6, 7, 2, 7)
newcombe(5, 56, 0, 29)
newcombe(10, 10, 0, 10)
for (level in c(0.5, 0.99, 1 - 1e-6))
	for (k in c(0, 3, 15, 30))
		newcombe(k, 30, 2, 40, level)

# --- Qn, as it is defined ---

qn <- function(x) {
	n <- length(x)
	h <- n %/% 2 + 1
	factor <- if (n <= 9)
		c(0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872)[n - 1]
	else if (n %% 2) n / (n + 1.4) else n / (n + 3.8)
	factor / (sqrt(2) * qnorm(5 / 8)) * sort(dist(x))[h * (h - 1) / 2]
}
case("qn", NULL, 3.25, NULL, NaN)
# dist() squares.
for (name in names(samples)) {
	x <- samples[[name]]
	scale <- 2^floor(log2(max(abs(x), 1e-300)))
	case("qn", NULL, x, NULL, qn(x / scale) * scale)
}

# --- ties ---

case("ties", NULL, 3.25, NULL, c(0, NaN))
for (x in samples) {
	steps <- diff(unique(x))
	case("ties", NULL, x, NULL, c(mean(x %in% x[duplicated(x)]),
	    if (length(steps)) min(steps) else NaN))
}

# --- drift ---

permuted_p <- function(x, y) {
	r <- rank(c(x, y))
	sums <- combn(length(r), length(x), function(i) sum(r[i]))
	seen <- sum(r[seq_along(x)])
	min(1, 2 * min(mean(sums >= seen - 1e-9), mean(sums <= seen + 1e-9)))
}
drift <- function(x) {
	third <- length(x) %/% 3
	if (third < 4)
		return(case("drift", NULL, x, NULL, 0))
	first <- head(x, third)
	last <- tail(x, third)
	p <- if (anyDuplicated(c(first, last))) permuted_p(last, first) else
		wilcox.test(last, first, exact = TRUE)$p.value
	case("drift", NULL, x, NULL,
	    c(1, median(outer(last, first, "-")), p))
}
drift(rnorm(11))
for (n in c(12:15, 30, 60, 149)) {
	drift(round(rnorm(n, 100), 6))
	drift(round(rnorm(n, 100) + 3 * seq_len(n) / n, 6))
}
drift(c(1, 1, 2, 2, 0, 0, 0, 9, 2, 2, 3, 3))
drift(rep(1, 14))
