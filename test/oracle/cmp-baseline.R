# The oracle of test/cmp-baseline.bats: what R makes of the rule. A line of
# JSON each: the arguments, the records of the stream and of the baseline, and
# fields that the verdicts have; null: it has no such field.
# To regenerate:
#	Rscript test/oracle/cmp-baseline.R > test/oracle/cmp-baseline.jsonl

number <- function(v) sprintf("%.17g", v)
text <- function(v) paste0('"', v, '"')
list_of <- function(v) paste0("[", paste(v, collapse = ","), "]")
object <- function(...) {
	fields <- list(...)
	json <- sapply(fields, function(v)
		if (is.null(v)) NA
		else if (is.character(v)) v
		else if (length(v) == 0 || !all(is.finite(v))) "null"
		else if (length(v) > 1) list_of(number(v))
		else number(v))
	fields <- !is.na(json)
	paste0("{", paste0('"', names(json)[fields], '":', json[fields],
	    collapse = ","), "}")
}

# --- the rule ---

alpha <- 0.05
margin <- log(1.01)
threshold <- log(1.05)

block_se <- function(x) {
	n <- length(x)
	if (n < 10)
		return(NaN)
	edges <- floor(0:5 * n / 5)
	sd(sapply(1:5, function(b) mean(x[(edges[b] + 1):edges[b + 1]]))) /
	    sqrt(5)
}

# `now`: the values of the rounds; `stored`: one for each session. All effects
# are toward worse on the scale of `f`.
predictive <- function(now, stored, f = log, sign = 1, d = c(margin, margin),
    limit = pmax(threshold, d), prior = c(0.02, 4)) {
	k <- length(stored)
	y <- sign * f(median(now))
	x <- sign * f(stored)
	more <- prior[2] - 1
	df <- k + more
	s <- sqrt((prior[2] * prior[1]^2 + sum((x - mean(x))^2)) / df)
	sd <- max(s, 2 * block_se(f(now)), na.rm = TRUE)
	se <- sd * sqrt(1 + 1 / k)
	effect <- y - mean(x)
	list(effect = effect, ci = effect + c(-1, 1) * qt(0.975, df) * se,
	    p = pt((effect - d[1]) / se, df, lower.tail = FALSE),
	    better = pt((-effect - d[2]) / se, df, lower.tail = FALSE),
	    equal = max(pt((limit[1] - effect) / se, df, lower.tail = FALSE),
		pt((limit[2] + effect) / se, df, lower.tail = FALSE)),
	    limit = limit, sd = sd, least = 0,
	    mde = function(m, n = k) d[1] + (qt(1 - alpha / m, n + more) +
		qt(0.8, n + more)) * sd * sqrt(1 + 1 / n))
}

# P(the sum of ranks is as large or larger), over all ways to draw.
drawn_p <- function(x, y) {
	r <- rank(c(x, y))
	sums <- combn(length(r), length(x), function(i) sum(r[i]))
	mean(sums >= sum(r[seq_along(x)]) - 1e-9)
}

above_p <- function(x, y)
	if (any(duplicated(c(x, y))) && length(x) * length(y) <= 100) {
		drawn_p(x, y)
	} else {
		suppressWarnings(wilcox.test(x, y, alternative = "greater",
		    exact = length(x) * length(y) <= 2500, correct = TRUE)$p.value)
	}

# Whether rounds depend on those before them.
shows <- function(x) length(x) >= 10 &&
	acf(x, 1, plot = FALSE)$acf[2] * sqrt(length(x)) > qnorm(0.99)

rank_sums <- function(now, base, f = log, sign = 1, d = c(margin, margin),
    limit = pmax(threshold, d)) {
	x <- sign * f(now)
	y <- sign * f(base)
	nx <- length(x)
	ny <- length(y)
	differences <- sort(outer(x, y, "-"))
	if (nx * ny <= 2500) {
		r <- qwilcox(0.025, nx, ny)
		if (pwilcox(r, nx, ny) <= 0.025)
			r <- r + 1
	} else {
		r <- ceiling((nx * ny - 1) / 2 -
		    qnorm(0.975) * sqrt(nx * ny * (nx + ny + 1) / 12))
	}
	sd <- sqrt((var(x) + var(y)) / 2)
	least <- function(n) 1 / choose(2 * n, n)
	list(effect = median(differences),
	    ci = if (r > 0) differences[c(r, nx * ny + 1 - r)] else NULL,
	    p = above_p(x - d[1], y), better = above_p(y - d[2], x),
	    equal = max(above_p(y + limit[1], x), above_p(x + limit[2], y)),
	    limit = limit, sd = sd, least = 1 / choose(nx + ny, nx),
	    fewest = 4, dependent = shows(now) || shows(base),
	    mde = function(m, n = NULL)
		if ((if (is.null(n)) 1 / choose(nx + ny, nx) else least(n)) >
		    min(alpha / m, 0.025)) Inf
		else d[1] + (qnorm(1 - alpha / m) + qnorm(0.8)) * sd *
		    sqrt(2 / (0.955 * if (is.null(n)) 2 / (1 / nx + 1 / ny)
			else n)))
}

verdict <- function(t, q, q_better, rounds) {
	hi <- t$ci[2]
	lo <- t$ci[1]
	if (isTRUE(t$dependent)) "inconclusive"
	else if (min(q, q_better, t$equal) <= alpha && rounds < 10)
		"inconclusive"
	else if (min(q, q_better) <= alpha && is.null(t$ci)) "inconclusive"
	else if (q <= alpha) if (hi >= t$limit[1]) "regressed" else "small"
	else if (q_better <= alpha)
		if (lo <= -t$limit[2]) "improved" else "small"
	else if (t$equal <= alpha) "unchanged"
	else "inconclusive"
}

needed <- function(t, m, have) {
	for (n in 1:1000)
		if (t$mde(m, n) <= t$limit[1])
			return(if (n > have) n else NaN)
	NaN
}

# --- cases ---

# What is expected of tests that are corrected together. Each of them: its
# case, sign, how many rounds it has, and how many observations are behind it.
expected <- function(tests, raw = function(effect, e) exp(effect) - 1) {
	m <- length(tests)
	q <- p.adjust(sapply(tests, function(e) e$t$p), "BH")
	q_better <- p.adjust(sapply(tests, function(e) e$t$better), "BH")
	list_of(sapply(seq_along(tests), function(i) {
		e <- tests[[i]]
		t <- e$t
		word <- verdict(t, q[i], q_better[i], e$rounds)
		change <- min(q[i], q_better[i]) <= alpha
		few <- (change || t$equal <= alpha) && e$rounds < 10
		interval <- if (!is.null(t$ci))
			sort(raw(e$sign * t$ci, e))
		object(case = text(e$case), verdict = text(word),
		    change = raw(e$sign * t$effect, e), ci = interval, p = t$p,
		    p_better = t$better,
		    q = if (t$effect > 0) q[i] else q_better[i],
		    mde = if (t$least > alpha / m) NaN else raw(t$mde(m), e),
		    need_n = if (isTRUE(t$dependent)) NaN
			else if (few) 10
			else if (change && is.null(t$ci)) t$fewest
			else if (word != "inconclusive") NaN
			else needed(t, m, e$have))
	}))
}

metric <- function(case, sign, min_abs)
	object(type = '"case"', case = text(case), metrics = paste0("[",
	    object(name = '"m"', min_abs = if (is.finite(min_abs)) min_abs,
		better = text(if (sign > 0) "lower" else "higher")), "]"))

summary_of <- function(case, values, sign, variant = NULL, error = NaN)
	object(type = '"summary"', case = text(case), metric = '"m"',
	    variant = if (!is.null(variant)) text(variant),
	    better = text(if (sign > 0) "lower" else "higher"),
	    value = median(values), n = length(values),
	    se_block = if (is.finite(error)) error,
	    values = list_of(number(values)))

stored_line <- function(case, stored)
	object(type = '"baseline"', case = text(case), metric = '"m"',
	    sessions = list_of(sapply(stored, function(v) object(value = v))))

write_case <- function(name, stream, baseline, want)
	cat('{"name":', text(name), ',"stream":', list_of(stream),
	    ',"baseline":', list_of(baseline), ',"want":', want, "}\n", sep = "")

# Each metric: c(round values), c(session values), sign.
against_sessions <- function(name, metrics) {
	cases <- paste0("c", seq_along(metrics))
	stream <- sapply(seq_along(metrics), function(i) with(metrics[[i]],
	    summary_of(cases[i], now, sign, error = block_se(log(now)))))
	baseline <- sapply(seq_along(metrics), function(i)
		stored_line(cases[i], metrics[[i]]$stored))
	tests <- lapply(seq_along(metrics), function(i) with(metrics[[i]],
	    list(case = cases[i], sign = sign, rounds = length(now),
		have = length(stored),
		t = predictive(now, stored, sign = sign))))
	write_case(name, stream, baseline, expected(tests))
}

against_base <- function(name, metrics) {
	cases <- paste0("c", seq_along(metrics))
	stream <- unlist(lapply(seq_along(metrics), function(i)
		with(metrics[[i]], c(
		    summary_of(cases[i], base, sign, "base"),
		    summary_of(cases[i], now, sign, "head")))))
	tests <- lapply(seq_along(metrics), function(i) with(metrics[[i]],
	    list(case = cases[i], sign = sign, rounds = 10,
		have = min(length(now), length(base)),
		t = rank_sums(now, base, sign = sign))))
	write_case(name, stream, character(), expected(tests))
}

set.seed(20261121)
rounds <- function(n, level, cv) round(level * exp(rnorm(n, 0, cv)))

for (k in c(1, 5, 10))
	for (change in c(0.8, 0.97, 1, 1.02, 1.08, 1.25))
		for (sign in c(1, -1))
			against_sessions(
			    sprintf("%d sessions, %+g %%, better %s", k,
				100 * (change - 1),
				if (sign > 0) "lower" else "higher"),
			    list(list(now = rounds(12, change * 1e6, 0.01),
				stored = rounds(k, 1e6, 0.01), sign = sign)))

# The error of the session itself is the larger one.
drifting <- round(1e6 * 1.12 * (1 + 0.01 * 1:20))
against_sessions("a session that drifts", list(list(now = drifting,
    stored = rounds(5, 1e6, 0.005), sign = 1)))
against_sessions("nine rounds, far worse", list(list(now = rounds(9, 2e6, 0.01),
    stored = rounds(10, 1e6, 0.01), sign = 1)))
against_sessions("nine rounds, far better", list(list(now = rounds(9, 5e5, 0.01),
    stored = rounds(10, 1e6, 0.01), sign = 1)))
against_sessions("nine rounds, the same", list(list(now = rounds(9, 1e6, 0.001),
    stored = rounds(10, 1e6, 0.001), sign = 1)))
against_sessions("ten metrics, both families", lapply(1:10, function(i)
	list(now = rounds(15, 1e6 * c(1.17, 1.13, 1.06, 0.85, 0.88)[(i - 1) %% 5
	    + 1], 0.01), stored = rounds(3, 1e6, 0.01),
	    sign = if (i > 5) -1 else 1)))
against_sessions("noisy sessions", list(list(now = rounds(12, 1.2e6, 0.01),
    stored = rounds(6, 1e6, 0.15), sign = 1)))

for (change in c(0.85, 0.97, 1, 1.03, 1.1))
	for (sign in c(1, -1))
		against_base(sprintf("two variants, %+g %%, better %s",
			100 * (change - 1),
			if (sign > 0) "lower" else "higher"),
		    list(list(now = rounds(12, change * 1e6, 0.008),
			base = rounds(9, 1e6, 0.008), sign = sign)))

against_base("variants with ties", list(list(
    now = c(104, 104, 105, 106, 105), base = c(100, 101, 101, 100, 102),
    sign = 1)))
against_base("variants of sixty rounds", list(list(
    now = rounds(60, 1.03e6, 0.03), base = rounds(60, 1e6, 0.03), sign = 1)))
against_base("ten metrics of five rounds, both families", lapply(1:10,
    function(i) list(
	now = rounds(5, 1e6 * c(1.2, 1.1, 1, 0.9, 0.8)[(i - 1) %% 5 + 1], 0.01),
	base = rounds(5, 1e6, 0.01), sign = if (i > 5) -1 else 1)))
against_base("four rounds can show it alone, but not among ten", lapply(1:10,
    function(i) list(now = rounds(4, 1.3e6, 0.01), base = rounds(4, 1e6, 0.01),
	sign = 1)))

# --- min_abs ---

# A rise by min_abs is a smaller ratio than a fall by it.
floor_of <- function(level, min_abs, sign) {
	rise <- max(margin, log1p(min_abs / level))
	fall <- if (min_abs < level) max(margin, -log1p(-min_abs / level)) else Inf
	if (sign > 0) c(rise, fall) else c(fall, rise)
}

with_floor <- function(name, now, stored, sign, min_abs) {
	d <- floor_of(exp(mean(log(stored))), min_abs, sign)
	t <- predictive(now, stored, sign = sign, d = d,
	    limit = pmax(threshold, d))
	write_case(name,
	    c(metric("c1", sign, min_abs),
		summary_of("c1", now, sign, error = block_se(log(now)))),
	    stored_line("c1", stored),
	    expected(list(list(case = "c1", sign = sign, rounds = length(now),
		have = length(stored), t = t))))
}

for (sign in c(1, -1))
	for (change in c(0.4, 0.75, 1.25, 1.8))
		with_floor(sprintf("min_abs of 30 %%, %+g %%, better %s",
			100 * (change - 1),
			if (sign > 0) "lower" else "higher"),
		    rounds(12, change * 1000, 0.01), rounds(5, 1000, 0.01),
		    sign, 300)
with_floor("a rise from below min_abs", rounds(12, 60, 0.01),
    rounds(5, 20, 0.01), 1, 25)
with_floor("a fall from below min_abs", rounds(12, 4000, 0.01),
    rounds(5, 20000, 0.01), -1, 25000)

# Differences, where values of zero or less have no ratio. The prior takes
# min_abs, or 2 % of the level, for the standard deviation of a session.
differences <- function(name, now, stored, sign, min_abs) {
	size <- abs(mean(stored))
	unit <- max(min_abs / 0.02, size)
	d <- rep(max(min_abs, 0.01 * size) / unit, 2)
	t <- predictive(now, stored, f = function(v) v / unit, sign = sign,
	    d = d, limit = pmax(0.05 * size / unit, d))
	write_case(name,
	    c(metric("c1", sign, min_abs), summary_of("c1", now, sign)),
	    stored_line("c1", stored),
	    expected(list(list(case = "c1", sign = sign, rounds = length(now),
		have = length(stored), t = t)),
		function(effect, e) effect * unit / size))
}

for (sign in c(1, -1)) {
	differences("differences, +10 times min_abs",
	    c(38, 42, 40, 41, 39, 40, 42, 39, 38, 41), c(0, 3, -2, 1, 2), sign, 4)
	differences("differences, as before",
	    c(0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 2), c(0, 1, 1, 0, 1), sign, 10)
	differences("differences, far below zero",
	    -940 + c(1, -1, 0, 0, 1, -1, 0, 2, 0, 0, 1), -1000 + -2:2, sign, 1)
	differences("differences, a level beyond min_abs",
	    1000 + c(8, -2, 0, 1, 9, 0, 3, -5, -7, -1007), 1000 + -3:3, sign, 1)
}
differences("differences, negative values",
    c(-70, -71, -69, -70, -70, -72, -70, -71, -70, -70), c(-80, -81, -79), 1, 2)

differing <- function(name, now, base, sign, min_abs) {
	level <- median(base)
	size <- abs(level)
	unit <- max(min_abs / 0.02, size)
	d <- rep(max(min_abs, 0.01 * size) / unit, 2)
	t <- rank_sums(now, base, f = function(v) v / unit, sign = sign, d = d,
	    limit = pmax(0.05 * size / unit, d))
	write_case(name,
	    c(metric("c1", sign, min_abs), summary_of("c1", base, sign, "base"),
		summary_of("c1", now, sign, "head")),
	    character(),
	    expected(list(list(case = "c1", sign = sign, rounds = 10,
		have = min(length(now), length(base)), t = t)),
		function(effect, e)
			if (size > 0) effect * unit / size else effect * NaN))
}
differing("variants that differ by more than min_abs", c(9, 11, 12, 10, 13),
    c(0, 1, 2, 3, 4), 1, 5)
differing("variants from a level of zero", c(9, 11, 12, 10, 13, 8),
    c(0, 1, 0, -1, 0.5, -0.5), -1, 5)

# --- pairs: the rounds that both variants have ---

# All ways to give signs to the mid-ranks, as counts of doubled sums.
signs_p <- function(x) {
	score <- round(2 * rank(abs(x)))
	ways <- 1
	for (s in score)
		ways <- c(ways, rep(0, s)) + c(rep(0, s), ways)
	sum(ways[(sum(score[x > 0]) + 1):length(ways)]) / 2^length(x)
}

above_zero_p <- function(x) {
	x <- x[x != 0]
	n <- length(x)
	if (n == 0)
		1
	else if (n > 100)
		wilcox.test(x, alternative = "greater", exact = FALSE,
		    correct = TRUE)$p.value
	else if (anyDuplicated(abs(x)))
		signs_p(x)
	else
		psignrank(sum(rank(abs(x))[x > 0]) - 1, n, lower.tail = FALSE)
}

# `x`: how much worse each pair is.
signed_ranks <- function(x, d = c(margin, margin),
    limit = pmax(threshold, d)) {
	n <- length(x)
	averages <- outer(x, x, "+") / 2
	averages <- sort(averages[upper.tri(averages, diag = TRUE)])
	if (n <= 100) {
		r <- qsignrank(0.025, n)
		if (psignrank(r, n) <= 0.025)
			r <- r + 1
	} else {
		r <- ceiling((length(averages) - 1) / 2 -
		    qnorm(0.975) * sqrt(n * (n + 1) * (2 * n + 1) / 24))
	}
	list(effect = median(averages),
	    ci = if (r > 0) averages[c(r, length(averages) + 1 - r)] else NULL,
	    p = above_zero_p(x - d[1]), better = above_zero_p(-x - d[2]),
	    equal = max(above_zero_p(limit[1] - x), above_zero_p(x + limit[2])),
	    limit = limit, sd = sd(x), least = 2^-n, fewest = 6,
	    mde = function(m, pairs = n)
		if (2^-pairs > min(alpha / m, 0.025)) Inf
		else d[1] + (qnorm(1 - alpha / m) + qnorm(0.8)) * sd(x) /
		    sqrt(0.955 * pairs))
}

in_rounds <- function(rounds, line)
	sub("}$", paste0(',"rounds":', list_of(rounds), "}"), line)

# Each metric: its values now and in the base variant, and their rounds.
in_pairs <- function(name, metrics) {
	cases <- paste0("c", seq_along(metrics))
	stream <- unlist(lapply(seq_along(metrics), function(i)
		with(metrics[[i]], c(
		    in_rounds(rounds, summary_of(cases[i], now, sign, "head")),
		    in_rounds(base_rounds,
			summary_of(cases[i], base, sign, "base"))))))
	tests <- lapply(seq_along(metrics), function(i) with(metrics[[i]], {
		both <- sort(intersect(rounds, base_rounds))
		x <- sign * (log(now[match(both, rounds)]) -
		    log(base[match(both, base_rounds)]))
		list(case = cases[i], sign = sign, rounds = 10,
		    have = length(x), t = signed_ranks(x))
	}))
	want <- expected(tests)
	for (i in seq_along(metrics))
		want <- sub(paste0('("case":"', cases[i], '")'), paste0('\\1',
		    ',"method":"paired-wilcoxon","n":', tests[[i]]$have), want)
	write_case(name, stream, character(), want)
}

# Rounds that are alike in what disturbs them, and differ in little else.
together <- function(n, change, cv, sign = 1) {
	drift <- 1e6 * exp(cumsum(rnorm(n, 0, 0.05)))
	list(now = round(drift * change * exp(rnorm(n, 0, cv))),
	    base = round(drift * exp(rnorm(n, 0, cv))),
	    rounds = 1:n, base_rounds = 1:n, sign = sign)
}

for (change in c(0.9, 0.97, 1, 1.03, 1.06, 1.2))
	for (sign in c(1, -1))
		in_pairs(sprintf("pairs, %+g %%, better %s",
			100 * (change - 1), if (sign > 0) "lower" else "higher"),
		    list(together(15, change, 0.008, sign)))
for (n in c(5, 6, 30, 100, 101, 140))
	in_pairs(paste(n, "pairs"), list(together(n, 1.04, 0.02)))
in_pairs("noisy pairs", list(together(12, 1.1, 0.2)))
in_pairs("rounds that one variant does not have, in any order", list(list(
    now = c(120, 119, 121, 118, 122, 117, 9), rounds = c(9, 2, 4, 3, 7, 6, 1),
    base = c(100, 5, 101, 99, 98, 102, 103), base_rounds = c(2, 5, 3, 4, 6, 7, 9),
    sign = 1)))
in_pairs("pairs with ties", list(list(
    now = c(104, 104, 105, 106, 105, 104, 100), rounds = 1:7,
    base = c(100, 101, 101, 100, 101, 100, 104), base_rounds = 1:7, sign = 1)))
in_pairs("pairs that are all equal", list(list(now = rep(7, 9), rounds = 1:9,
    base = rep(7, 9), base_rounds = 1:9, sign = 1)))
in_pairs("ten metrics of pairs, both families", lapply(1:10, function(i)
	together(9, c(1.2, 1.1, 1, 0.9, 0.8)[(i - 1) %% 5 + 1], 0.01,
	    if (i > 5) -1 else 1)))
in_pairs("five pairs can show it alone, but not among ten", lapply(1:10,
    function(i) together(5, 1.3, 0.01)))

differing_pairs <- function(name, now, base, sign, min_abs) {
	size <- abs(median(base))
	unit <- max(min_abs / 0.02, size)
	d <- rep(max(min_abs, 0.01 * size) / unit, 2)
	t <- signed_ranks(sign * (now / unit - base / unit), d = d,
	    limit = pmax(0.05 * size / unit, d))
	write_case(name,
	    c(metric("c1", sign, min_abs),
		in_rounds(seq_along(base), summary_of("c1", base, sign, "base")),
		in_rounds(seq_along(now), summary_of("c1", now, sign, "head"))),
	    character(),
	    expected(list(list(case = "c1", sign = sign, rounds = 10,
		have = length(now), t = t)),
		function(effect, e)
			if (size > 0) effect * unit / size else effect * NaN))
}
differing_pairs("pairs that differ by more than min_abs",
    c(9, 11, 12, 10, 13, 10.5, 14), c(0, 1, 2, 3, 4, 2.5, 1.5), 1, 5)
differing_pairs("pairs from a level of zero", c(9, 11, 12, 10, 13, 8),
    c(0, 1, 0, -1, 0.5, -0.5), -1, 5)

# --- a baseline that is summed up: Welch's t of the logarithms ---

welch <- function(now, mean, sd, n, sign = 1, d = c(margin, margin),
    limit = pmax(threshold, d)) {
	v <- c((stats::sd(now) / base::mean(now))^2 / length(now),
	    (sd / mean)^2 / n)
	df <- c(length(now), n) - 1
	b <- block_se(log(now))
	if (is.finite(b) && b^2 > v[1]) {
		v[1] <- b^2
		df[1] <- 4
	}
	se <- sqrt(sum(v))
	df <- sum(v)^2 / sum(v^2 / df)
	effect <- sign * log(base::mean(now) / mean)
	above <- function(t) pt(t / se, df, lower.tail = FALSE)
	list(effect = effect, ci = effect + c(-1, 1) * qt(0.975, df) * se,
	    p = above(effect - d[1]), better = above(-effect - d[2]),
	    equal = max(above(limit[1] - effect), above(limit[2] + effect)),
	    limit = limit, least = 0,
	    mde = function(m, n = 1) if (n > 1) Inf else
		d[1] + (qt(1 - alpha / m, df) + qt(0.8, df)) * se)
}

# The degrees of freedom are Welch's: t.test's, where R can compute them.
local({
	x <- c(3, 5, 4, 8)
	y <- c(6, 9, 7)
	v <- c(var(x) / 4, var(y) / 3)
	stopifnot(all.equal(sum(v)^2 / sum(v^2 / c(3, 2)),
	    t.test(x, y)$parameter[[1]]))
})

against_summary <- function(name, metrics) {
	cases <- paste0("c", seq_along(metrics))
	stream <- sapply(seq_along(metrics), function(i) with(metrics[[i]],
	    sub("}$", ',"unit":"us"}', summary_of(cases[i], now / 1000, sign,
		error = block_se(log(now))))))
	entries <- sapply(seq_along(metrics), function(i) with(metrics[[i]],
	    paste0(text(cases[i]), ":", object(mean_ns = mean, std_dev_ns = sd,
		sample_size = n))))
	tests <- lapply(seq_along(metrics), function(i) with(metrics[[i]],
	    list(case = cases[i], sign = sign, rounds = length(now), have = Inf,
		t = welch(now, mean, sd, n, sign))))
	want <- gsub('("case":"c[0-9]+")', '\\1,"method":"welch"',
	    expected(tests))
	write_case(name, stream,
	    paste0('{"baselines":{', paste(entries, collapse = ","), "}}"), want)
}

for (change in c(0.8, 0.97, 1, 1.03, 1.06, 1.2))
	for (sign in c(1, -1))
		against_summary(sprintf("a summary, %+g %%, better %s",
			100 * (change - 1), if (sign > 0) "lower" else "higher"),
		    list(list(now = rounds(20, change * 1e6, 0.02), mean = 1e6,
			sd = 2e4, n = 100, sign = sign)))
against_summary("a summary of five values", list(list(
    now = rounds(12, 1.1e6, 0.01), mean = 1e6, sd = 3e4, n = 5, sign = 1)))
against_summary("a summary, and a session that drifts", list(list(
    now = drifting, mean = 1.1e6, sd = 3e4, n = 50, sign = 1)))
against_summary("a summary, and nine rounds", list(list(
    now = rounds(9, 1.5e6, 0.02), mean = 1e6, sd = 3e4, n = 50, sign = 1)))
against_summary("summaries of ten metrics", lapply(1:10, function(i)
	list(now = rounds(15, 1e6 * c(1.2, 1.08, 1, 0.9, 1.02)[(i - 1) %% 5 + 1],
	    0.03), mean = 1e6, sd = 4e4, n = 10 * i, sign = 1)))

# --- the prior of sessions, learned from ten metrics or more ---

learned <- function(metrics) {
	sd <- sapply(metrics, function(e) stats::sd(log(e$stored)))
	df <- sapply(metrics, function(e) length(e$stored) - 1)
	df <- df[sd >= 0.001]
	sd <- sd[sd >= 0.001]
	n <- length(sd)
	e <- 2 * log(sd) - digamma(df / 2) + log(df / 2)
	excess <- var(e) - mean(trigamma(df / 2))
	if (excess <= 0)
		return(list(exp(mean(e) / 2), 10, n))
	half <- exp(uniroot(function(x) trigamma(exp(x)) - excess, c(-30, 30),
	    tol = 1e-15)$root)
	prior <- list(exp((mean(e) + digamma(half) - log(half)) / 2),
	    min(2 * half, 10), n)
	if (prior[[2]] < 4) NULL else prior
}

# What is learned is for the metrics that it was learned from: those of five
# sessions which differ by a thousandth or more.
learning <- function(name, metrics, known = TRUE) {
	cases <- paste0("c", seq_along(metrics))
	teaches <- sapply(metrics, function(e) length(e$stored) >= 5 &&
		stats::sd(log(e$stored)) >= 0.001)
	prior <- learned(metrics[sapply(metrics, function(e)
		length(e$stored) >= 5)])
	stopifnot(is.null(prior) != known)
	stream <- sapply(seq_along(metrics), function(i) with(metrics[[i]],
	    summary_of(cases[i], now, sign, error = block_se(log(now)))))
	baseline <- sapply(seq_along(metrics), function(i)
		stored_line(cases[i], metrics[[i]]$stored))
	of <- function(i) if (known && teaches[i]) unlist(prior) else c(0.02, 4)
	tests <- lapply(seq_along(metrics), function(i) with(metrics[[i]],
	    list(case = cases[i], sign = sign, rounds = length(now),
		have = length(stored),
		t = predictive(now, stored, sign = sign, prior = of(i)[1:2]))))
	want <- expected(tests)
	for (i in seq_along(metrics))
		want <- sub(paste0('("case":"', cases[i], '")'), paste0(
		    '\\1,"prior_sd":', number(of(i)[1]), ',"prior_df":',
		    number(of(i)[2]), ',"prior_metrics":',
		    if (known && teaches[i]) number(of(i)[3]) else "null"), want)
	write_case(name, stream, baseline, want)
}

suite <- function(n, k, cv, changes) lapply(1:n, function(i)
	list(now = rounds(15, 1e6 * changes[(i - 1) %% length(changes) + 1],
	    cv[(i - 1) %% length(cv) + 1] / 2),
	    stored = rounds(k, 1e6, cv[(i - 1) %% length(cv) + 1]),
	    sign = if (i %% 3 == 0) -1 else 1))
learning("ten metrics that repeat well",
    suite(10, 5, 0.004, c(1, 1, 1.06, 1.03, 0.93)))
learning("ten metrics that do not", suite(10, 5, 0.06, c(1, 1.3, 1, 0.9)))
learning("twenty metrics that differ too much for a rule",
    suite(20, 8, c(0.0002, 0.01, 0.05), c(1, 1, 1.08, 1.02, 0.9)), FALSE)

# --- the probe as a covariate ---

# `metrics`: of each the values of the sessions and of the rounds now; `probe`:
# that of the sessions, and the one now.
with_probe <- function(name, metrics, probe, probe_now, used = TRUE) {
	cases <- paste0("c", seq_along(metrics))
	k <- length(probe)
	in_session <- function(line, i)
		sub("}$", sprintf(',"session":"s%d"}', i), line)
	probe_line <- function(v) object(type = '"summary"', case = '":probe"',
	    metric = '"walk"', unit = '"ns"', value = v)
	baseline <- unlist(lapply(1:k, function(i) c(
	    in_session(probe_line(probe[i]), i),
	    sapply(seq_along(metrics), function(g) in_session(object(
		type = '"summary"', case = text(cases[g]), metric = '"m"',
		value = metrics[[g]]$stored[i]), i)))))
	stream <- c(probe_line(probe_now), sapply(seq_along(metrics),
	    function(g) with(metrics[[g]], summary_of(cases[g], now, sign,
		error = block_se(log(now))))))
	course <- rowMeans(sapply(metrics, function(e)
		e$sign * (log(e$stored) - mean(log(e$stored)))))
	x <- log(probe)
	fit <- summary(lm(course ~ x))$coefficients
	p <- pt(fit[2, 3], k - 2, lower.tail = FALSE)
	stopifnot((p <= alpha && log(probe_now) >= min(x) &&
	    log(probe_now) <= max(x)) == used)
	at <- log(probe_now) - mean(x)
	tests <- lapply(seq_along(metrics), function(g) with(metrics[[g]], {
		t <- if (used) covaried(now, stored, sign, fit[2, 1],
			x - mean(x), at) else predictive(now, stored, sign = sign)
		list(case = cases[g], sign = sign, rounds = length(now),
		    have = k, t = t)
	}))
	said <- if (used) '\\1,"covariate":"walk"' else '\\1,"covariate":null'
	write_case(name, stream, baseline,
	    gsub('("case":"c[0-9]+")', said, expected(tests)))
}

covaried <- function(now, stored, sign, slope, x, at, d = c(margin, margin),
    limit = pmax(threshold, d)) {
	k <- length(stored)
	y <- sign * log(median(now)) - slope * at
	v <- sign * log(stored) - slope * x
	df <- k + 2
	s <- sqrt((4 * 0.02^2 + sum((v - mean(v))^2)) / df)
	sd <- max(s, 2 * block_se(log(now)), na.rm = TRUE)
	se <- sd * sqrt(1 + 1 / k + at^2 / sum(x^2))
	effect <- y - mean(v)
	above <- function(t) pt(t / se, df, lower.tail = FALSE)
	list(effect = effect, ci = effect + c(-1, 1) * qt(0.975, df) * se,
	    p = above(effect - d[1]), better = above(-effect - d[2]),
	    equal = max(above(limit[1] - effect), above(limit[2] + effect)),
	    limit = limit, sd = sd, least = 0,
	    mde = function(m, n = k) d[1] + (qt(1 - alpha / m, n + 3) +
		qt(0.8, n + 3)) * sd * sqrt(1 + 1 / n))
}

probed <- function(k, slope, change, cv = 0.004, n = 2) {
	slow <- exp(seq(-0.15, 0.2, length.out = k)[sample(k)])
	list(probe = round(1e7 * slow), metrics = lapply(1:n, function(g) {
		sign <- if (g == 2) -1 else 1
		list(stored = round(1e6 * g * slow^(sign * slope) *
			exp(rnorm(k, 0, cv))),
		    now = rounds(12, 1e6 * g * 1.1^(sign * slope) * change, cv),
		    sign = sign)
	}))
}
for (change in c(0.9, 1, 1.1)) {
	e <- probed(8, 0.9, change)
	with_probe(sprintf("a probe that explains sessions, %+g %%",
	    100 * (change - 1)), e$metrics, e$probe, 1.1e7)
}
e <- probed(10, 0.4, 1.03, 0.01, 4)
with_probe("a probe that explains a part", e$metrics, e$probe, 1.1e7)
e <- probed(9, 0.8, 1)
with_probe("a probe beyond what was seen", e$metrics, e$probe, 1.3e7, FALSE)
e <- probed(12, 0, 1)
with_probe("a probe that explains nothing", e$metrics, e$probe, 1.1e7, FALSE)
e <- probed(12, -0.8, 1)
with_probe("a probe that goes the other way", e$metrics, e$probe, 1.1e7, FALSE)

# --- more of the prior ---

learning("twenty metrics that differ, and some that never do",
    suite(20, 8, c(0.0002, 0.01, 0.02), c(1, 1, 1.08, 1.02, 0.9)))
learning("twelve metrics, and three that are known less", c(
    suite(12, 6, 0.004, c(1, 1, 1.06)), suite(2, 4, 0.004, c(1.06, 1)),
    suite(1, 1, 0.004, 1.2)))

# --- variants of which no size can be told, or of unequal size ---

in_pairs("five pairs, far apart", list(together(5, 1.3, 0.01)))
in_pairs("five pairs, far better", list(together(5, 0.7, 0.01)))
against_base("three rounds of each, far apart", list(list(
    now = c(130, 131, 132), base = c(100, 101, 102), sign = 1)))
against_base("twenty rounds and four, a hundred metrics", lapply(1:100,
    function(i) list(now = rounds(4, 1.1e6, 0.003),
	base = rounds(20, 1e6, 0.003), sign = 1)))
