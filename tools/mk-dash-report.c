/*
 * mk-dash: where reports are, as seen from the page.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mk-dash.h"
#include "replace.h"

/* The parts of a path, of which none is empty, "." or, but at first, "..". */
struct parts {
	char *copy;
	char **list;
	size_t n, capacity;
};

static void
parts_add(struct parts *parts, const char *path)
{
	char *rest = NULL, *part;

	free(parts->copy);
	parts->copy = mem_copy(path);
	for (part = strtok_r(parts->copy, "/", &rest); part;
	     part = strtok_r(NULL, "/", &rest)) {
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0 && parts->n)
			parts->n--;
		else
			*MEM_PUSH(parts->list, parts->n, parts->capacity) =
			    part;
	}
}

static void
parts_release(struct parts *parts)
{
	free(parts->copy);
	free(parts->list);
}

/* The path to `to` from the directory `from`; both begin at the root. */
static char *
path_between(const char *from, const char *to)
{
	struct parts a = {0}, b = {0};
	char *path = mem_copy(""), *longer;
	size_t same = 0;

	parts_add(&a, from);
	parts_add(&b, to);
	while (same < a.n && same + 1 < b.n &&
	       strcmp(a.list[same], b.list[same]) == 0)
		same++;
	for (size_t i = same; i < a.n + b.n - same; i++) {
		const char *part = i < a.n ? ".." : b.list[i - a.n + same];

		longer = mem_format("%s%s%s", path, *path ? "/" : "", part);
		free(path);
		path = longer;
	}
	parts_release(&a);
	parts_release(&b);
	return path;
}

/* http://, or the like: RFC 3986, section 3.1. */
static bool
has_scheme(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789+.-")] == ':';
}

char *
report_place(const char *report, const char *page)
{
	char *directory, *from, *here, *to, *path = NULL;

	if (!page || !*report || *report == '/' || has_scheme(report))
		return mem_copy(report);
	directory = directory_of(page);
	from = realpath(directory, NULL);
	here = realpath(".", NULL);
	if (from && here) {
		to = mem_format("%s/%s", here, report);
		path = path_between(from, to);
		free(to);
	}
	free(directory);
	free(from);
	free(here);
	return path ? path : mem_copy(report);
}
