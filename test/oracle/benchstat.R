# The oracle of test/unit/benchstat.c: the test data of benchstat
# (golang.org/x/perf, cmd/benchstat/testdata), as pairs of samples. A line is
# one of case.R; its argument is the p-value that benchstat prints, which is exact
# here, or NaN where it compares nothing; expected is the exact two-sided p of
# Mann and Whitney's test.
#
# usage: Rscript benchstat.R DIRECTORY

dir <- commandArgs(TRUE)[1]

number <- function(v) paste(sprintf("%.15g", as.numeric(v)), collapse = " ")
case <- function(name, arguments, x, y, want)
	cat(paste(name, number(arguments), number(x), number(y),
	    sprintf("%.17g", want), sep = " ; "), "\n", sep = "")

samples <- function(lines) {
	words <- strsplit(grep("^Benchmark.* ns/op", lines, value = TRUE),
	    "[ \t]+")
	split(as.numeric(sapply(words, `[`, 3)), sapply(words, `[`, 1))
}

exact_p <- function(x, y) {
	if (!anyDuplicated(c(x, y)))
		return(wilcox.test(x, y, exact = TRUE)$p.value)
	r <- rank(c(x, y))
	chosen <- combn(length(r), length(x))
	sums <- colSums(matrix(r[chosen], length(x)))
	seen <- sum(r[seq_along(x)])
	min(1, 2 * min(mean(sums >= seen - 1e-9), mean(sums <= seen + 1e-9)))
}

# Its table: rows of "name ... p=0.123 n=6".
printed <- function(file) {
	rows <- grep("p=[0-9.]+", readLines(file.path(dir, file)), value = TRUE)
	p <- as.numeric(sub(".*p=([0-9.]+).*", "\\1", rows))
	setNames(p, sub("^([^ ,]+)[ ,].*", "\\1", rows))
}

compare <- function(old, new, p) {
	for (name in intersect(names(old), names(new))) {
		x <- new[[name]]
		y <- old[[name]]
		say <- p[paste0(sub("^Benchmark", "", name))]
		q <- exact_p(x, y)
		stopifnot(is.na(say) || abs(q - say) <= 0.0005)
		case("mann_whitney", if (is.na(say)) NaN else say, x, y, q)
	}
}

read <- function(file) readLines(file.path(dir, file))
compare(samples(read("old.txt")), samples(read("new.txt")),
    printed("csvOldNew.stdout"))
compare(samples(read("crc-old.txt")), samples(read("crc-new.txt")),
    setNames(numeric(), character()))
both <- read("issue19565.txt")
after <- grep("^note: after", both)
compare(samples(both[seq_len(after)]), samples(both[-seq_len(after)]),
    printed("issue19565.stdout"))
