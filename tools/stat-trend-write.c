/* How stat-trend says what it has found. */
#include "stat-trend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"
#include "utf8.h"

struct change *
trends_add(struct trends *trends, const struct course *course, const char *kind,
    size_t at)
{
	struct change *change = MEM_PUSH(
	    trends->changes, trends->n_changes, trends->changes_capacity);
	const struct place *place = &course->places[at];

	*change = course->of;
	change->kind = kind;
	change->index = (double)at;
	change->run = place->run;
	change->time = place->time;
	change->commit = place->commit;
	return change;
}

void
trends_drop(struct trends *trends)
{
	record_release(&change_type, &trends->changes[--trends->n_changes]);
}

static double
fraction_of(const struct course *course, double effect, double before)
{
	return course->is_log ? expm1(effect) : effect / fabs(before);
}

int
change_direction(const struct change *change)
{
	if (change->better)
		return strcmp(change->better, "higher") == 0;
	return change->unit ? unit_is_rate(change->unit) : ABSENT;
}

void
change_set_effect(struct change *change, const struct course *course,
    double effect, const struct stats_interval *interval, double before,
    double after)
{
	int better = change_direction(change);

	change->before = before;
	change->after = after;
	change->change = fraction_of(course, effect, before);
	if (better != ABSENT && effect != 0)
		change->worse = (effect > 0) != better;
	if (!interval || !isfinite(change->change))
		return;
	change->ci.n = 2;
	change->ci.x = mem_alloc(2 * sizeof *change->ci.x);
	change->ci.x[0] = fraction_of(course, interval->lo, before);
	change->ci.x[1] = fraction_of(course, interval->hi, before);
}

void
change_set_range(
    struct change *change, const struct course *course, size_t from, size_t to)
{
	const char *old = from ? course->places[from - 1].commit : NULL;
	const char *new = course->places[to].commit;

	change->range.n = 2;
	change->range.x = mem_alloc(2 * sizeof *change->range.x);
	change->range.x[0] = (double)from;
	change->range.x[1] = (double)to;
	if (!old || !new)
		return;
	change->commits.n = 2;
	change->commits.s = mem_alloc(2 * sizeof *change->commits.s);
	change->commits.s[0] = old;
	change->commits.s[1] = new;
}

/* How many points, in a word. */
static void
count(char *text, size_t size, size_t n)
{
	snprintf(text, size, n == 1 ? "%zu point" : "%zu points", n);
}

/* "+7.0% (+5.1% to +8.9%)", or nothing. */
static void
say_change(char *text, size_t size, const struct change *change)
{
	char fraction[32], lo[32], hi[32];

	*text = '\0';
	if (!isfinite(change->change))
		return;
	change_format(fraction, sizeof fraction, change->change);
	snprintf(text, size, ", %s", fraction);
	if (!change->ci.n)
		return;
	change_format(lo, sizeof lo, change->ci.x[0]);
	change_format(hi, sizeof hi, change->ci.x[1]);
	snprintf(text, size, ", %s (%s to %s)", fraction, lo, hi);
}

void
change_explain(struct trends *trends, struct change *change, size_t n_before,
    size_t n_after, size_t n_later)
{
	char before[48], after[48], fraction[128], old[32], new[32], *why;
	const char *unit = change->unit ? change->unit : "";
	bool is_outlier = strcmp(change->kind, "outlier") == 0;

	metric_format(before, sizeof before, change->before, unit);
	metric_format(after, sizeof after, change->after, unit);
	say_change(fraction, sizeof fraction, change);
	count(old, sizeof old, n_before);
	count(new, sizeof new, n_after);
	if (is_outlier)
		why = mem_format("%s is far from %s, the level of %s %s it%s%s",
		    after, before, old, n_after > 1 ? "before" : "about",
		    fraction,
		    n_after > 1 ? "; so are all of the last points, which may "
				  "be a step that is too new to be told"
				: "");
	else if (strcmp(change->kind, "creep") == 0)
		why = mem_format("little by little from %s, the best of %s, to "
				 "%s in the last %s%s",
		    before, old, after, new, fraction);
	else
		why = mem_format("%s of %s, then %s of %s%s%s", old, before,
		    new, after, fraction,
		    change->accepted == true  ? "; a mark accepts it"
		    : change->stable != false ? ""
		    : n_later > 0	      ? "; it did not stay so"
				  : "; too new to say that it stays");
	change->why = index_text(&trends->texts, why);
	free(why);
}

void
trends_write(struct trends *trends)
{
	struct jline line = {0};

	for (size_t i = 0; i < trends->n_changes; i++)
		record_write(&line, &change_type, &trends->changes[i]);
	jline_release(&line);
}

/* A text as a person may see it: nothing in it acts on a terminal. */
static void
put_text(const char *text)
{
	char shown[16];

	while (*text) {
		text += utf8_show(shown, text);
		fputs(shown, stdout);
	}
}

/* A commit as git shortens it; other names in full. */
static void
put_name(const char *name)
{
	size_t length = strlen(name);
	char shown[13];

	if (length < 40 || strspn(name, "0123456789abcdef") != length) {
		put_text(name);
		return;
	}
	snprintf(shown, sizeof shown, "%.12s", name);
	put_text(shown);
}

/* Where it may be instead, if that is more than one point. */
static void
put_range(const struct change *change)
{
	if (change->range.n < 2 || change->range.x[0] == change->range.x[1])
		return;
	printf(" (from %.0f to %.0f", change->range.x[0], change->range.x[1]);
	if (change->commits.n == 2) {
		fputs(", between ", stdout);
		put_name(change->commits.s[0]);
		fputs(" and ", stdout);
		put_name(change->commits.s[1]);
	}
	putchar(')');
}

static void
show(const struct change *change)
{
	const char *when = change->commit ? change->commit
			   : change->run  ? change->run
					  : change->time;

	put_text(change->name);
	putchar(' ');
	put_text(change->metric);
	printf(": %s at point %.0f", change->kind, change->index);
	if (when) {
		fputs(", ", stdout);
		put_name(when);
	}
	put_range(change);
	if (change->worse != ABSENT)
		fputs(change->worse ? ", worse" : ", better", stdout);
	if (change->muted == true)
		fputs(", muted", stdout);
	fputs(": ", stdout);
	put_text(change->why);
	putchar('\n');
}

/* Of a series: those since the last accepted change. */
static size_t
newest_points(const struct course *course)
{
	size_t k = course->n_cuts;

	return course->n - (k ? course->cuts[k - 1] : 0);
}

/* How many series that gate, or do not, are too short to show a step alone. */
static void
show_too_short_alone(const struct trends *trends, size_t least, bool gates)
{
	size_t enough = step_enough(least, trends->lone_p[gates]), count = 0;

	for (size_t i = 0; i < trends->n; i++)
		count += trends->courses[i].gates == gates &&
			 newest_points(&trends->courses[i]) < enough;
	if (count)
		printf("; too short for a step of one series alone%s: %zu, "
		       "with less than %zu",
		    gates ? "" : " that does not gate", count, enough);
}

/* Of how many series nothing can be said yet, whatever their values are. */
static void
show_short(const struct trends *trends, const struct choices *choices)
{
	size_t any = step_enough(choices->least, choices->alpha), count = 0;

	for (size_t i = 0; i < trends->n; i++)
		count += newest_points(&trends->courses[i]) < any;
	if (count)
		printf("; too short for a step: %zu, with less than %zu points",
		    count, any);
	for (int gates = 1; gates >= 0; gates--)
		if (trends->lone_p[gates] < choices->alpha)
			show_too_short_alone(trends, choices->least, gates);
}

void
trends_show(const struct trends *trends, const struct choices *choices)
{
	size_t points = 0;

	for (size_t i = 0; i < trends->n_changes; i++)
		show(&trends->changes[i]);
	for (size_t i = 0; i < trends->n; i++)
		points += trends->courses[i].n;
	printf("series: %zu, points: %zu, changes: %zu", trends->n, points,
	    trends->n_changes);
	show_short(trends, choices);
	putchar('\n');
}
