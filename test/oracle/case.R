# What the oracles of test/unit/*.c share: one case a line,
#
#	NAME ; ARGUMENTS ; X ; Y ; EXPECTED
#
# each a list of numbers separated by blanks, in the order of the C function's
# parameters. A function that may refuse has a first expected value of 1 (it
# answers, and the answer follows) or 0 (it refuses).

# The fewest digits that read back as the same number.
shortest <- function(v) {
	for (digits in c(6, 15, 16, 17)) {
		text <- sprintf("%.*g", digits, v)
		if (is.nan(v) || as.numeric(text) == v)
			break
	}
	text
}
number <- function(v) paste(vapply(as.numeric(v), shortest, ""), collapse = " ")

case <- function(name, arguments = NULL, x = NULL, y = NULL, want)
	cat(paste(name, number(arguments), number(x), number(y), number(want),
	    sep = " ; "), "\n", sep = "")
