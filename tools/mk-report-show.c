/* Values and untrusted texts as people read them. */
#include "mk-report.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "metric.h"
#include "stats.h"
#include "utf8.h"

/* A character, or what stands for one that must not be written as it is. */
struct glyph {
	char text[16];
	size_t taken; /* bytes of the source */
	size_t width; /* columns */
};

/* wcwidth knows only the characters of the locale. */
static size_t
columns_of(uint32_t c)
{
	static bool asked, knows;
	int width;

	if (c < 0x80)
		return 1;
	if (!asked)
		knows = setlocale(LC_CTYPE, "C.UTF-8");
	asked = true;
	width = knows ? wcwidth((wchar_t)c) : 1;
	return width < 0 ? 1 : (size_t)width;
}

static struct glyph
glyph_at(const char *text, bool sentence)
{
	struct glyph g = {0};
	uint32_t c;
	bool valid = utf8_decode(text, &c);

	g.taken = utf8_show(g.text, text);
	if (sentence && valid && (c == '\n' || c == '\r' || c == '\t'))
		strcpy(g.text, " ");
	g.width = valid && !utf8_is_hidden(c) ? columns_of(c) : strlen(g.text);
	if (g.text[0] == ' ')
		g.width = 1;
	return g;
}

/*
 * How many bytes from the start take no more than so many columns. A text may
 * have millions, and only these are looked at; so that no text of marks without
 * width is endless, each takes a column.
 */
static size_t
bytes_within(const char *text, size_t columns, bool sentence)
{
	size_t bytes = 0, width = 0;

	while (text[bytes]) {
		struct glyph g = glyph_at(text + bytes, sentence);

		width += g.width ? g.width : 1;
		if (width > columns)
			break;
		bytes += g.taken;
	}
	return bytes;
}

static char *
show(const char *text, size_t columns, bool sentence)
{
	static const char dots[] = "...";
	size_t n = bytes_within(text ? text : "", columns, sentence);
	bool whole = !text || !text[n];
	/* At most four bytes for what takes a column. */
	char *shown = mem_alloc(4 * n + sizeof dots), *end = shown;

	if (!whole)
		n = bytes_within(text, columns - strlen(dots), sentence);
	for (size_t i = 0; i < n;) {
		struct glyph g = glyph_at(text + i, sentence);

		end = stpcpy(end, g.text);
		i += g.taken;
	}
	strcpy(end, whole ? "" : dots);
	return shown;
}

char *
show_text(const char *text, size_t columns)
{
	return show(text, columns, false);
}

char *
show_sentence(const char *text, size_t columns)
{
	return show(text, columns, true);
}

size_t
show_width(const char *shown)
{
	size_t width = 0;

	while (*shown) {
		struct glyph g = glyph_at(shown, false);

		width += g.width;
		shown += g.taken;
	}
	return width;
}

size_t
show_fit(const char *shown, size_t columns)
{
	return bytes_within(shown, columns, false);
}

/* A value with its unit, "" where it is absent. */
static void
show_value(char *text, size_t size, double value, const char *unit)
{
	enum {
		UNIT_COLUMNS = 12
	};
	char *shown;

	text[0] = '\0';
	if (isnan(value))
		return;
	shown = show_text(unit, UNIT_COLUMNS);
	metric_format(text, size, value, shown);
	free(shown);
}

void
show_percent(char *text, size_t size, double fraction)
{
	double percent = 100 * fraction + 0.0; /* never -0 */

	snprintf(text, size,
	    fabs(percent) < 99.95 ? "%.1f%%"
	    : fabs(percent) < 1e6 ? "%.0f%%"
				  : "%.1e%%",
	    percent);
}

char *
show_time(const char *time)
{
	const char *form = "0000-00-00T00:00:00Z";

	for (size_t i = 0; i <= strlen(form); i++)
		if (form[i] == '0' ? !isdigit((unsigned char)time[i])
				   : form[i] != time[i])
			return show_text(time, 40);
	return mem_format("%.10s %.8s UTC", time, time + 11);
}

char *
show_commit(const char *commit)
{
	size_t digits = strspn(commit, "0123456789abcdef");

	if (digits >= 40 && !commit[digits])
		return mem_format("%.12s", commit);
	return show_text(commit, 40);
}

char *
show_check(const struct check *check)
{
	return mem_format("%s: %s%s%s", check->level, check->msg,
	    check->fix ? "; " : "", check->fix ? check->fix : "");
}

char *
show_failure(const struct model *model, const struct failure *failure)
{
	const struct trial *t = &failure->trial;
	bool variant = model->variants && t->variant;

	return mem_format("%zu x %s%s%s%s%s%s%s", failure->n, t->status,
	    t->phase ? " in " : "", t->phase ? t->phase : "",
	    variant ? " of " : "", variant ? t->variant : "",
	    t->why ? ": " : "", t->why ? t->why : "");
}

const char *
failure_said(const struct failure *failure)
{
	enum {
		MOST_LINES = 10
	};
	const char *said = failure->trial.said ? failure->trial.said : "";
	const char *at = said + strlen(said);

	for (int n = 0; at > said; at--)
		if (at[-1] == '\n' && ++n == MOST_LINES)
			break;
	return at;
}

char *
show_said(const char **at)
{
	size_t n = strcspn(*at, "\n");
	char *line;

	if (!**at)
		return NULL;
	line = mem_format("%.*s", (int)n, *at);
	*at += n + ((*at)[n] == '\n');
	return line;
}

/* A probability; no one needs more digits. */
static void
show_p(char *text, size_t size, double p)
{
	text[0] = '\0';
	if (p < 0.0001)
		snprintf(text, size, "< 0.0001");
	else if (!isnan(p))
		snprintf(text, size, "%.2g", p);
}

static void
show_sense(char *text, size_t size, const struct verdict *v)
{
	double worse = verdict_worsening(v), factor;
	bool time = v->unit && unit_factor(v->unit, "ns", &factor) &&
		    !(v->better && strcmp(v->better, "higher") == 0);
	const char *word = "";

	if (worse > 0)
		word = time ? "slower" : "worse";
	else if (worse < 0)
		word = time ? "faster" : "better";
	snprintf(text, size, "%s", word);
}

/* A word for the direction and a sign of it would be two. */
static void
show_told(struct cells *cells)
{
	const char *change = cells->change;

	if (*cells->sense)
		snprintf(cells->told, sizeof cells->told, "%s %s",
		    change + strspn(change, "+-"), cells->sense);
	else
		snprintf(cells->told, sizeof cells->told, "%s", change);
}

static void
show_basis(char *text, size_t size, const struct verdict *v)
{
	bool paired = v->method && strncmp(v->method, "paired", 6) == 0;

	text[0] = '\0';
	if (v->sessions >= 0)
		snprintf(text, size, "%.0f session%s", v->sessions,
		    v->sessions == 1 ? "" : "s");
	else if (v->n >= 0)
		snprintf(text, size, paired ? "%.0f pairs" : "n = %.0f", v->n);
}

/* Adds "name value" to a phrase where there is a value. */
static void
add_stat(struct cells *cells, const char *before, const char *value)
{
	size_t len = strlen(cells->stats);

	if (*value)
		snprintf(cells->stats + len, sizeof cells->stats - len,
		    "%s%s%s", len ? ", " : "", before, value);
}

/* A column takes four bytes at most. */
static void
show_metric(bool is_named, const char *metric, const char *variant, char *text,
    size_t size)
{
	char *shown = show_text(metric ? metric : "(all)", 80);
	char *of = show_text(variant, 30);

	if (is_named && variant)
		snprintf(text, size, "%s (%s)", shown, of);
	else
		snprintf(text, size, "%s", shown);
	free(shown);
	free(of);
}

static void
show_limit(struct cells *cells, const struct verdict *v)
{
	char value[64];
	char *op;

	if (isnan(v->limit))
		return;
	op = show_text(v->op, 20);
	show_value(value, sizeof value, v->limit, v->unit);
	snprintf(cells->limit, sizeof cells->limit, "%s%s%s", op,
	    *op ? " " : "", value);
	free(op);
}

/* "a to b" */
static void
show_range(char *text, size_t size, const char *lo, const char *hi)
{
	snprintf(text, size, "%s to %s", lo, hi);
}

/* How much more it takes to find a change as large as the threshold. */
static void
show_need(struct cells *cells, const struct verdict *v)
{
	bool rounds = !(v->sessions >= 0) || v->n < STATS_BLOCK_MIN;
	double have = rounds ? v->n : v->sessions, more = v->need_n;
	const char *word = "";

	if (have >= 0 && have < more) {
		more -= have;
		word = "more ";
	}
	if (more >= 1)
		snprintf(cells->need, sizeof cells->need, "%.0f %s%s%s", more,
		    word, rounds ? "round" : "session", more == 1 ? "" : "s");
	else if (isnan(v->need_n) && v->mde > v->threshold)
		snprintf(
		    cells->need, sizeof cells->need, "a longer or quieter run");
}

void
show_cells(
    const struct model *model, const struct row *row, struct cells *cells)
{
	const struct verdict *v = &row->v;
	char lo[32], hi[32], mde[32];

	*cells = (struct cells){0};
	show_metric(model->row_variants, v->metric, v->variant, cells->metric,
	    sizeof cells->metric);
	show_value(
	    cells->baseline, sizeof cells->baseline, v->baseline, v->unit);
	show_value(cells->current, sizeof cells->current, v->current, v->unit);
	if (!isnan(v->change))
		change_format(cells->change, sizeof cells->change, v->change);
	show_sense(cells->sense, sizeof cells->sense, v);
	show_told(cells);
	if (v->ci.n) {
		change_format(lo, sizeof lo, v->ci.x[0]);
		change_format(hi, sizeof hi, v->ci.x[1]);
		show_range(cells->interval, sizeof cells->interval, lo, hi);
	}
	show_limit(cells, v);
	/* p is of the change toward worse; a better one has its own. */
	show_p(cells->p, sizeof cells->p,
	    verdict_worsening(v) < 0 && !isnan(v->p_better) ? v->p_better
							    : v->p);
	show_p(cells->q, sizeof cells->q, v->q);
	show_basis(cells->basis, sizeof cells->basis, v);
	if (!isnan(v->mde)) {
		change_format(mde, sizeof mde, v->mde);
		snprintf(
		    cells->mde, sizeof cells->mde, "%s", mde + (*mde == '+'));
	}
	show_need(cells, v);
	if (*cells->limit)
		return;
	add_stat(cells, "", cells->basis);
	add_stat(cells, "p ", cells->p);
	add_stat(cells, "q ", cells->q);
}

/* A sentence with a fraction after its name. Frees it. */
static char *
put_number(char *text, const char *name, double fraction)
{
	char *at = strstr(text, name), *longer;
	char percent[32];

	if (!at || isnan(fraction))
		return text;
	show_percent(percent, sizeof percent, fraction);
	at += strlen(name);
	longer =
	    mem_format("%.*s of %s%s", (int)(at - text), text, percent, at);
	free(text);
	return longer;
}

static bool
begins(const char *text, const char *with)
{
	return *with && strncmp(text, with, strlen(with)) == 0;
}

/*
 * cmp-baseline begins with what the row shows: "+8.1% (+6.0% to +10.2%)
 * against 3 sessions: " or "80.12 us; must be <= 75 us".
 */
char *
show_meaning(const struct row *row, const struct cells *cells)
{
	const struct verdict *v = &row->v;
	const char *why = v->why ? v->why : "";
	const char *against = strstr(why, " against ");
	const char *rest = strstr(why, ": ");
	char *bound =
	    mem_format("%s; must be %s", cells->current, cells->limit);
	char *text, *muted;

	if (*cells->limit && begins(why, bound))
		why += strlen(bound);
	else if (against && rest && against < rest)
		why = rest + strlen(": ");
	free(bound);
	why += strspn(why, " ;");
	text = put_number(put_number(mem_copy(why), "the margin", v->margin),
	    "the threshold", v->threshold);
	if (!v->muted)
		return text;
	why = *text ? "; " : "";
	muted = mem_format("muted (%s)%s%s", v->muted, why, text);
	free(text);
	return muted;
}

bool
is_unproven(const char *meaning)
{
	return begins(meaning, "neither a change nor its absence");
}

char *
show_verdict(const struct row *row, const struct cells *cells)
{
	const char *word = row->v.verdict;
	char *meaning, *text;

	if (row->rank != ROW_UNJUDGED)
		return mem_copy(word);
	meaning = show_meaning(row, cells);
	if (!is_unproven(meaning))
		text =
		    mem_format("%s%s%s", word, *meaning ? ": " : "", meaning);
	else if (*cells->mde)
		text = mem_format("%s, sees %s worse", word, cells->mde);
	else
		text = mem_format("%s, sees nothing", word);
	free(meaning);
	return text;
}

void
show_measured(const struct model *model, const struct summary *s,
    struct measured_cells *cells)
{
	char lo[64], hi[64];

	*cells = (struct measured_cells){0};
	show_metric(model->variants, s->metric, s->variant, cells->metric,
	    sizeof cells->metric);
	show_value(cells->value, sizeof cells->value, s->value, s->unit);
	show_value(cells->min, sizeof cells->min, s->min, s->unit);
	show_value(cells->max, sizeof cells->max, s->max, s->unit);
	if (s->ci.n == 2) {
		show_value(lo, sizeof lo, s->ci.x[0], s->unit);
		show_value(hi, sizeof hi, s->ci.x[1], s->unit);
		show_range(cells->interval, sizeof cells->interval, lo, hi);
	}
	if (!isnan(s->n))
		snprintf(cells->n, sizeof cells->n, "%.0f", s->n);
	if (!isnan(s->cv))
		show_percent(cells->cv, sizeof cells->cv, s->cv);
}
