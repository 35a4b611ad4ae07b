#include "day.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/*
 * The text behind what has this shape, where d is a digit and all else stands
 * for itself; NULL where it has another.
 */
static const char *
behind(const char *text, const char *shape)
{
	for (; *shape; text++, shape++)
		if (*shape == 'd' ? !isdigit((unsigned char)*text)
				  : *text != *shape)
			return NULL;
	return text;
}

/* The number of two digits. */
static int
two(const char *digits)
{
	return 10 * (digits[0] - '0') + digits[1] - '0';
}

static int
days_in(int year, int month)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool
is_offset(const char *text)
{
	const char *end = NULL;

	if (!*text || strcmp(text, "Z") == 0)
		return true;
	if (*text == '+' || *text == '-')
		end = behind(text + 1, "dd:dd");
	return end && !*end && two(text + 1) < 24 && two(text + 4) < 60;
}

static bool
is_time(const char *text)
{
	const char *end = behind(text, "dd:dd"), *seconds;

	if (!end || two(text) > 23 || two(text + 3) > 59)
		return false;
	seconds = behind(end, ":dd");
	if (seconds) {
		if (two(end + 1) > 60) /* a leap second */
			return false;
		end = seconds;
		if (*end == '.' && isdigit((unsigned char)end[1]))
			end += 1 + strspn(end + 1, "0123456789");
	}
	return is_offset(end);
}

bool
day_is(const char *text)
{
	const char *end = behind(text, "dddd-dd-dd");
	int month, day;

	if (!end)
		return false;
	month = two(text + 5);
	day = two(text + 8);
	if (month < 1 || month > 12 || day < 1 ||
	    day > days_in(100 * two(text) + two(text + 2), month))
		return false;
	return !*end || ((*end == 'T' || *end == ' ') && is_time(end + 1));
}

/* The bytes of a time that say when it is. */
static size_t
significant(const char *time)
{
	size_t n = strcspn(time, "Z");

	if (!memchr(time, '.', n))
		return n;
	while (time[n - 1] == '0')
		n--;
	return n - (time[n - 1] == '.');
}

int
day_compare(const char *a, const char *b)
{
	size_t n = significant(a), m = significant(b);
	int order = memcmp(a, b, n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

bool
milestone_is(const char *text)
{
	return *text && !isspace((unsigned char)*text) &&
	       !isdigit((unsigned char)*text);
}
