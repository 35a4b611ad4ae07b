# The oracle of test/unit/growth.c: what R makes of courses in time. The lines
# are those of case.R.

set.seed(20261121)

source("test/oracle/case.R")

# --- Kendall's test against a rise ---

kendall <- function(x) {
	n <- length(x)
	if (all(x == x[1]))
		return(1)
	exact <- n <= 10 && !anyDuplicated(x)
	r <- cor.test(seq_len(n), x, method = "kendall",
	    alternative = "greater", exact = exact, continuity = TRUE)
	if (exact || r$estimate > 0)
		return(r$p.value)
	# R corrects toward 0; one-sided it is always downward.
	s <- sum(sign(outer(x, x, "-"))[lower.tri(diag(n))])
	t <- table(x)
	pnorm((s - 1) / sqrt((n * (n - 1) * (2 * n + 5) -
	    sum(t * (t - 1) * (2 * t + 5))) / 18), lower.tail = FALSE)
}
for (n in c(2:10, 11, 30, 60))
	for (slope in c(-1, 0, 1)) {
		case("kendall_rise", NULL, x <- round(rnorm(n) +
		    slope * seq_len(n), 4), NULL, kendall(x))
		x <- round(x)
		case("kendall_rise", NULL, x, NULL, kendall(x))
	}
case("kendall_rise", NULL, rep(3, 9), NULL, 1)

# --- the slope and its interval ---

# The least K with P(falls <= K) > (1 - level) / 2, by cor.test's p of one
# order with so many falls.
falls_at_most <- function(n, k) {
	ways <- 1
	for (m in 2:n) {
		next_ways <- rep(0, length(ways) + m - 1)
		for (add in 0:(m - 1))
			next_ways[add + seq_along(ways)] <-
			    next_ways[add + seq_along(ways)] + ways
		ways <- next_ways
	}
	sum(ways[seq_len(k + 1)]) / factorial(n)
}
stopifnot(all.equal(falls_at_most(7, 4), cor.test(1:7, c(1, 2, 7, 3, 4, 5, 6),
    method = "kendall", alternative = "greater")$p.value))

slopes <- function(t, x) {
	pairs <- which(upper.tri(diag(length(t))), arr.ind = TRUE)
	sort((x[pairs[, 2]] - x[pairs[, 1]]) / (t[pairs[, 2]] - t[pairs[, 1]]))
}
slope <- function(t, x, level) {
	s <- slopes(t, x)
	k <- 0
	while (falls_at_most(length(t), k) <= (1 - level) / 2 * (1 + 1e-12))
		k <- k + 1
	if (k == 0) 0 else
		c(1, s[k], s[length(s) + 1 - k], median(s))
}
for (level in c(0.5, 0.9, 0.95, 0.99))
	for (n in 2:10) {
		t <- cumsum(round(runif(n, 0.5, 2), 3))
		x <- round(rnorm(n, t), 3)
		case("slope", level, t, x, slope(t, x, level))
		x <- round(x)
		case("slope", level, t, x, slope(t, x, level))
	}

# --- growth ---

growth <- function(t, x, level = 0.95) {
	n <- length(t)
	kept <- t >= t[1] + (t[n] - t[1]) / 3
	at <- t[kept]
	m <- length(at)
	if (m < 10)
		return(0)
	block <- rep(1:10, diff(floor(0:10 * m / 10)))
	bt <- tapply(at, block, median)
	bx <- tapply(x[kept], block, median)
	if (any(diff(bt) <= 0))
		return(0)
	s <- slope(bt, bx, level)
	kind <- 0
	if (s[2] > 0 && s[4] * (at[m] - at[1]) >= 0.05 * abs(bx[1])) {
		late <- median(slopes(bt[6:10], bx[6:10]))
		early <- median(slopes(bt[1:5], bx[1:5]))
		p <- kendall(diff(bx) / diff(bt))
		kind <- if (late >= 1.5 * early && p <= (1 - level) / 2) 2 else 1
	}
	c(s, kind)
}
course <- function(t, x, level = 0.95) {
	x <- signif(x, 8)
	case("growth", level, t, x, growth(t, x, level))
}
times <- function(n) cumsum(round(runif(n, 0.05, 0.15), 4))
for (n in c(1, 5, 14, 15, 16, 40, 300)) {
	t <- times(n)
	u <- (t - t[1]) / max(t[n] - t[1], 1)
	noise <- function(sd) exp(rnorm(n, 0, sd))
	course(t, 1e8 * noise(0.01))
	course(t, 1e8 * (1 + u) * noise(0.01))
	course(t, 1e8 * (1 + 0.02 * u))
	course(t, 1e8 * 2^(4 * u) * noise(0.005))
	course(t, 1e8 * (1 + u^3) * noise(0.001))
	course(t, 1e8 * pmin(1, 5 * u) * noise(0.001) + 1)
	course(t, 1e8 * (2 - u) * noise(0.01))
	course(t, floor(1e3 * (1 + u)) * 4096)
	course(t, rep(4096, n))
	course(t, 1e8 * (1 - exp(-3 * u)) * noise(0.001) + 1, 0.9)
	course(t, c(-1e8) * (1 - u))
	course(t, 100 * u)
}
course(rep(1, 40), 1:40)
course(c(rep(1, 10), rep(2, 30)), 1:40)
