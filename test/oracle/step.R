# The oracle of test/unit/step.c: normal scores, and the likelihood of noise by
# its covariance matrix, where the C code goes from one value to the next. The
# lines are those of case.R.

set.seed(20261121)

source("test/oracle/case.R")

# --- normal scores ---

scores <- function(x) {
	n <- length(x)
	order_scores <- qnorm((seq_len(n) - 0.375) / (n + 0.25))
	s <- ave(order_scores[rank(x, ties.method = "first")], x)
	if (all(x == x[1])) 0 * x else s / sqrt(mean(s^2))
}
for (n in c(1, 2, 3, 8, 30, 60)) {
	x <- round(rnorm(n), 4)
	case("scores", NULL, x, NULL, scores(x))
	x <- round(2 * x)
	case("scores", NULL, x, NULL, scores(x))
}
case("scores", NULL, rep(7, 9), NULL, rep(0, 9))

# --- noise ---

noises <- rbind(cbind(c(0:9 / 10, 0.96), 0),
    cbind(rep(c(0.8, 0.9, 0.96, 0.99), c(3, 4, 4, 4)),
	-c(0.3, 0.5, 0.7, rep(c(0.3, 0.5, 0.7, 0.85), 3))))
prior <- 4

# The covariances of noise whose innovations have a variance of 1.
covariance <- function(ar, ma, n) {
	psi <- c(1, (ar + ma) * ar^(0:20000))
	gamma <- vapply(0:1, function(k)
		sum(psi[seq_len(length(psi) - k)] * psi[k + seq_len(length(psi) - k)]), 0)
	toeplitz(c(gamma[1], gamma[2] * ar^(0:(n - 2)))[seq_len(n)])
}
deviance_of <- function(y, columns, ar, ma) {
	n <- length(y)
	root <- chol(covariance(ar, ma, n))
	white <- function(v) backsolve(root, v, transpose = TRUE)
	left <- sum(qr.resid(qr(white(columns)), white(y))^2)
	n * log(max(left, 1e-12 * n)) + 2 * sum(log(diag(root))) +
	    (ma < 0) * prior
}
least <- function(y, columns)
	min(apply(noises, 1, function(m) deviance_of(y, columns, m[1], m[2])))
flat <- function(y) cbind(rep(1, length(y)))
slope <- function(y) cbind(1, seq_along(y))

for (n in c(8, 20, 60)) {
	white <- scores(rnorm(n))
	wandering <- scores(rnorm(n) + cumsum(0.3 * rnorm(n)))
	persistent <- scores(as.vector(filter(rnorm(n), 0.7, "recursive")))
	rising <- scores(rnorm(n) + 4 * seq_len(n) / n)
	for (y in list(white, wandering, persistent, rising)) {
		y <- signif(y, 12)
		case("deviance", 0, y, NULL, least(y, flat(y)))
		case("deviance", 1, y, NULL, least(y, slope(y)))
	}
}

# --- a step ---

# With a moving average the C code takes the first innovations for as good as
# the later ones: there it differs by some 0.0001 of the gain.
spread <- function(ar, ma)
	(1 + ma) / (1 - ar) / sqrt((1 + 2 * ar * ma + ma^2) / (1 - ar^2))
gain <- function(y, from, to) {
	n <- length(y)
	d <- apply(noises, 1, function(m) deviance_of(y, flat(y), m[1], m[2]))
	m <- noises[which.min(d), ]
	waves <- if (spread(m[1], m[2]) > 2) max(0, 2 * log(n / 40)) else 0
	each <- vapply(from:to, function(at)
		least(y, cbind(1, seq_len(n) > at)), 0)
	c(which.min(each) + from - 1, min(d) - min(each) - waves)
}
for (n in c(12, 40, 70))
	for (after in c(5, n %/% 2)) {
		y <- rnorm(n) + 3 * (seq_len(n) > n - after)
		y <- signif(scores(y), 12)
		case("step", c(4, n - 4), y, NULL, gain(y, 4, n - 4))
	}

# --- runs ---

# All orders of two groups, written down.
runs_p <- function(old, new, runs) {
	places <- combn(old + new, new)
	mean(apply(places, 2, function(p) {
		group <- integer(old + new)
		group[p] <- 1
		sum(diff(group) != 0) + 1 <= runs
	}))
}
for (sizes in list(c(1, 1), c(4, 8), c(6, 4), c(5, 5), c(1, 9), c(7, 9)))
	for (runs in c(2, 3, 4, 5, 8))
		case("runs", c(sizes, runs), NULL, NULL,
		    runs_p(sizes[1], sizes[2], runs))
