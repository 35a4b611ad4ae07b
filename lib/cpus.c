#include "cpus.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* A number, and what follows it; -1 where there is none, or it is too large. */
static long
number(const char *text, const char **end)
{
	char *after;
	long x;

	if (!isdigit((unsigned char)*text))
		return -1;
	x = strtol(text, &after, 10);
	*end = after;
	return x <= CPUS_LAST ? x : -1;
}

bool
cpus_add(cpu_set_t *set, const char *text)
{
	for (;;) {
		long first = number(text, &text), last = first;

		if (first < 0)
			return false;
		if (*text == '-')
			last = number(text + 1, &text);
		if (last < first)
			return false;
		for (long i = first; i <= last; i++)
			CPU_SET((size_t)i, set);
		if (*text != ',')
			return !*text;
		text++;
	}
}

char *
cpus_text(const cpu_set_t *set)
{
	char *text = mem_copy("");

	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		size_t first = i;
		char *longer;

		if (!CPU_ISSET(i, set))
			continue;
		while (i < CPUS_LAST && CPU_ISSET(i + 1, set))
			i++;
		longer = mem_format("%s%s%zu", text, *text ? "," : "", first);
		free(text);
		text = longer;
		if (i == first)
			continue;
		longer = mem_format("%s-%zu", text, i);
		free(text);
		text = longer;
	}
	return text;
}
