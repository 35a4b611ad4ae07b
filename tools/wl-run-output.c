/* What a trial wrote: its own metrics, the text that was expected of it. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <regex.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "utf8.h"

bool
output_is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* A stream over a file's whole content; it shares the offset of `fd`. */
static FILE *
reread(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *f = copy < 0 ? NULL : fdopen(copy, "r");

	if (!f || fseek(f, 0, SEEK_SET) < 0)
		die_errno("output of a trial");
	return f;
}

static const char *
keep(struct output *output, const char *text)
{
	size_t number;

	if (!text)
		return NULL;
	number = index_add(&output->words, text);
	return output->words.texts[number];
}

/* What is wrong with a metric that was reported; NULL: nothing. */
static const char *
mistake_in(const tree *object)
{
	const char *name = tree_string(tree_get(object, "metric"));
	const tree *unit = tree_get(object, "unit");

	if (!name)
		return "metric is not a text";
	if (builtin_find(name) != BUILTIN_COUNT)
		return "metric is the name of a built-in one";
	if (isnan(tree_number(tree_get(object, "value"))))
		return "value is not a number";
	if (unit && !tree_string(unit))
		return "unit is not a text";
	return NULL;
}

void
output_report(
    struct output *output, const char *metric, const char *unit, double value)
{
	*MEM_PUSH(output->reported, output->n, output->capacity) =
	    (struct reported){
		.metric = keep(output, metric),
		.unit = keep(output, unit),
		.value = value,
	    };
}

void
output_add(struct output *output, const tree *object)
{
	output_report(output, tree_string(tree_get(object, "metric")),
	    tree_string(tree_get(object, "unit")),
	    tree_number(tree_get(object, "value")));
}

/*
 * A line that is an object with a metric counts, any other is just text. But
 * {"metric":"latency","value":nan} is a mistake, not a text: to drop an
 * observation would bias the sample.
 */
static bool
read_line(struct output *output, const char *line, size_t len, char *wrong,
    size_t size)
{
	static const char key[] = "\"metric\"";
	tree *object = tree_parse(line, len, wrong, size);
	const char *mistake = NULL;

	if (!object)
		return !memmem(line, len, key, sizeof key - 1);
	if (tree_get(object, "metric")) {
		mistake = mistake_in(object);
		if (!mistake)
			output_add(output, object);
	}
	if (mistake)
		snprintf(wrong, size, "%s", mistake);
	tree_free(object);
	return !mistake;
}

bool
output_read(struct output *output, int fd, char *why, size_t size)
{
	FILE *f = reread(fd);
	char *line = NULL, wrong[200];
	size_t capacity = 0, number = 0;
	ssize_t len;
	bool good = true;

	while (good && (len = getline(&line, &capacity, f)) > 0) {
		number++;
		if (line[strspn(line, " \t")] == '{')
			good = read_line(
			    output, line, (size_t)len, wrong, sizeof wrong);
	}
	if (good && !feof(f))
		die_errno("output of a trial");
	if (!good)
		snprintf(
		    why, size, "line %zu of its output: %s", number, wrong);
	free(line);
	fclose(f);
	return good;
}

void
output_release(struct output *output)
{
	free(output->reported);
	index_release(&output->words);
	/* Children start as copies of us: see keep_memory_small. */
	if (output->n)
		malloc_trim(0);
	*output = (struct output){0};
}

/* The whole file as a text, for the caller to free; NULL where too large. */
static char *
whole_text(int fd)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		die_errno("output of a trial");
	if (st.st_size > 64 << 20)
		return NULL;
	text = mem_alloc((size_t)st.st_size + 1);
	n = pread(fd, text, (size_t)st.st_size, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

bool
output_is_regex(const char *pattern)
{
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	regfree(&regex);
	return true;
}

static bool
matches_regex(const char *pattern, int fd, char *why, size_t size)
{
	char *text = whole_text(fd);
	regex_t regex;
	bool matches;

	if (!text) {
		snprintf(why, size,
		    "its output is too long to match: over "
		    "64 MiB");
		return false;
	}
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		die("memory: a regular expression is too large");
	matches = regexec(&regex, text, 0, NULL, 0) == 0;
	snprintf(why, size, "its output does not match %s", pattern);
	regfree(&regex);
	free(text);
	return matches;
}

static bool
matches_sha256(const char *wanted, int fd, char *why, size_t size)
{
	char buffer[65536], got[SHA256_DIGEST_STRING_LENGTH];
	FILE *f = reread(fd);
	SHA2_CTX hash;
	size_t n;

	SHA256Init(&hash);
	while ((n = fread(buffer, 1, sizeof buffer, f)) > 0)
		SHA256Update(&hash, (uint8_t *)buffer, n);
	fclose(f);
	SHA256End(&hash, got);
	snprintf(why, size, "the sha256 of its output is %s", got);
	return strcasecmp(got, wanted) == 0;
}

bool
output_matches(const struct expect *expect, int fd, char *why, size_t size)
{
	if (expect->regex && !matches_regex(expect->regex, fd, why, size))
		return false;
	return !expect->sha256 || matches_sha256(expect->sha256, fd, why, size);
}

/*
 * No control character, and no broken one, of a stranger reaches a terminal;
 * only of what he wrote himself the ends of lines.
 */
static size_t
show_character(FILE *to, const char *text, bool has_lines)
{
	char shown[16];
	size_t n = utf8_show(shown, text);

	if (*text == '\t' || (has_lines && *text == '\n'))
		putc(*text, to);
	else
		fputs(shown, to);
	return n;
}

void
output_show(const char *text)
{
	while (*text)
		text += show_character(stderr, text, false);
}

char *
output_harmless(const char *text)
{
	char *harmless;
	size_t size;
	FILE *to = open_memstream(&harmless, &size);

	if (!to)
		die_errno("memory");
	while (*text)
		text += show_character(to, text, false);
	if (fclose(to))
		die_errno("memory");
	return harmless;
}

char *
output_last_lines(int fd)
{
	enum {
		MOST = 2000
	};
	char text[MOST + 1], *begin = text, *shown;
	struct stat st;
	size_t size;
	ssize_t n;
	FILE *to;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	n = pread(fd, text, MOST, st.st_size > MOST ? st.st_size - MOST : 0);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\0'))
		n--;
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	/* A line that was cut is left out, unless there is no other. */
	if (st.st_size > MOST && strchr(text, '\n'))
		begin = strchr(text, '\n') + 1;
	to = open_memstream(&shown, &size);
	if (!to)
		die_errno("memory");
	while (begin < text + n)
		begin += show_character(to, begin, true);
	if (fclose(to))
		die_errno("memory");
	return shown;
}

void
output_last_line(int fd, char *line, size_t size)
{
	struct stat st;
	ssize_t n = 0;
	char *begin, *end;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = pread(fd, line, size - 1,
		    st.st_size < (off_t)size ? 0
					     : st.st_size - (off_t)size + 1);
	end = line + (n > 0 ? n : 0);
	while (end > line && (end[-1] == '\n' || end[-1] == '\0'))
		end--;
	*end = '\0';
	begin = strrchr(line, '\n');
	if (begin)
		memmove(line, begin + 1, (size_t)(end - begin));
}

void
output_show_end(int fd, const char *what)
{
	enum {
		MOST = 4096
	};
	char text[MOST + 1];
	struct stat st;
	ssize_t n;
	bool begins = true;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size)
		return;
	n = pread(fd, text, MOST, st.st_size > MOST ? st.st_size - MOST : 0);
	text[n > 0 ? n : 0] = '\0';
	fprintf(stderr, "  %s of its %s:\n",
	    st.st_size > MOST ? "the last 4 KiB" : "all", what);
	for (ssize_t i = 0; i < n;) {
		if (begins)
			fputs("  | ", stderr);
		begins = text[i] == '\n';
		i += (ssize_t)show_character(stderr, text + i, true);
	}
	if (!begins)
		putc('\n', stderr);
}
