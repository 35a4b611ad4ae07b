# The oracle of test/stat-agg.bats: what R makes of round values. A line of
# JSON each: the values, and the fields that their summary has.
# To regenerate: Rscript test/oracle/stat-agg.R > test/oracle/stat-agg.jsonl

number <- function(v) sprintf("%.17g", v)
field <- function(name, v) if (is.finite(v)) paste0('"', name, '":', number(v))

interval <- function(s, level = 0.95) {
	r <- qbinom((1 - level) / 2, length(s), 0.5)
	if (r < 1)
		return(NULL)
	paste0('"ci":[', number(s[r]), ",", number(s[length(s) + 1 - r]), "]")
}

outliers <- function(x) {
	q <- quantile(x, c(0.25, 0.75), type = 7)
	beyond <- pmax(q[1] - x, x - q[2]) / diff(q)
	beyond[is.nan(beyond)] <- 0
	sprintf('"outliers":{"mild":%d,"severe":%d}',
	    sum(beyond > 1.5 & beyond <= 3), sum(beyond > 3))
}

block_se <- function(x) {
	n <- length(x)
	if (n < 10 || any(x <= 0))
		return(NaN)
	edges <- floor(0:5 * n / 5)
	sd(sapply(1:5, function(b)
		mean(log(x[(edges[b] + 1):edges[b + 1]])))) / sqrt(5)
}

lag1 <- function(x) {
	if (length(x) < 3 || all(x == x[1]))
		return(NaN)
	acf(x, lag.max = 1, plot = FALSE)$acf[2]
}

qn <- function(x) {
	n <- length(x)
	if (n == 1)
		return(NaN)
	h <- n %/% 2 + 1
	factor <- if (n <= 9)
		c(0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872)[n - 1]
	else if (n %% 2) n / (n + 1.4) else n / (n + 3.8)
	factor / (sqrt(2) * qnorm(5 / 8)) * sort(dist(x))[h * (h - 1) / 2]
}

ties <- function(x)
	if (length(x) > 1) mean(x %in% x[duplicated(x)]) else NaN

step <- function(x)
	if (all(x == x[1])) NaN else min(diff(sort(unique(x))))

# Two-sided, over all ways to draw.
drift_p <- function(first, last) {
	if (!anyDuplicated(c(first, last)))
		return(wilcox.test(last, first, exact = TRUE)$p.value)
	r <- rank(c(last, first))
	sums <- combn(length(r), length(last), function(i) sum(r[i]))
	seen <- sum(r[seq_along(last)])
	min(1, 2 * min(mean(sums >= seen - 1e-9), mean(sums <= seen + 1e-9)))
}

drift <- function(x) {
	third <- length(x) %/% 3
	if (third < 4)
		return(NULL)
	f <- if (all(x > 0)) log else identity
	first <- f(head(x, third))
	last <- f(tail(x, third))
	shift <- median(outer(last, first, "-"))
	c(field("drift",
	    if (all(x > 0)) expm1(shift) else shift / abs(median(x))),
	    field("drift_p", drift_p(first, last)))
}

case <- function(x) {
	q <- quantile(x, c(0.5, 0.9, 0.95, 0.99), type = 7)
	deviation <- if (length(x) > 1) sd(x) else NaN
	fields <- c(field("n", length(x)), field("mean", mean(x)),
	    field("stddev", deviation), field("cv", deviation / abs(mean(x))),
	    field("median", median(x)), field("mad", mad(x, constant = 1)),
	    field("qn", qn(x)),
	    field("min", min(x)), field("max", max(x)), field("p50", q[1]),
	    field("p90", q[2]), field("p95", q[3]), field("p99", q[4]),
	    interval(sort(x)), outliers(x), field("ties", ties(x)),
	    field("step", step(x)), drift(x), field("r1", lag1(x)),
	    field("se_block", block_se(x)))
	cat('{"values":[', paste(number(x), collapse = ","), '],"want":{',
	    paste(fields, collapse = ","), "}}\n", sep = "")
}

case(42)
case(0)
case(c(-3, 5))
case(c(0.1, 0.1, 0.1))
case(c(7, 1, 3, 9, 5))
case(c(7, 1, 3, 9, 5, 11))
case(c(102, 98, 110, 97, 105, 101, 99, 140, 103, 100, 96, 104))
case(c(-2, 0, 4, 4, 4, 1, 0, -8, 2.5, 3, 1e-3))
case(c(5, 5, 5, 5, 6, 5, 5, 5, 5, 5))
case(c(-5, 5, 5, 7, 6, 5, 8, 5, 9, 5, 8, 8))
case(c(5, 5, 5, 7, 6, 5, 8, 5, 9, 5, 8, 8, 9))
set.seed(20261121)
case(round(1e6 * exp(rnorm(30, 0, 0.05))))
case(round(1e9 * exp(rnorm(101, 0, 0.02)) + 1e7 * sin(1:101 / 9)))
