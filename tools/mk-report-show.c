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

/* A character, or what stands for one that must not be written as it is. */
struct glyph {
	char text[16];
	size_t taken; /* bytes of the source */
	size_t width; /* columns */
};

/* Code points that act or hide: Unicode's Cc and Cf, and line separators. */
static bool
is_hidden(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
	    {0x00, 0x1f},
	    {0x7f, 0x9f},
	    {0xad, 0xad},
	    {0x61c, 0x61c},
	    {0x180e, 0x180e},
	    {0x200b, 0x200f},
	    {0x2028, 0x202e},
	    {0x2060, 0x206f},
	    {0xfeff, 0xfeff},
	    {0xfff9, 0xfffb},
	    {0xfffe, 0xffff},
	    {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The character that begins here, or the first byte where none does. */
static size_t
decode(const char *text, uint32_t *c)
{
	const unsigned char *b = (const unsigned char *)text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = b[0] < 0x80	     ? 1
		   : b[0] >> 5 == 6  ? 2
		   : b[0] >> 4 == 14 ? 3
		   : b[0] >> 3 == 30 ? 4
				     : 0;

	*c = n == 1 ? b[0] : b[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (b[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (b[i] & 0x3f);
	}
	return n && *c >= least[n] && *c <= 0x10ffff && *c >> 11 != 0x1b ? n
									 : 0;
}

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
	size_t n = decode(text, &c);

	g.taken = n ? n : 1;
	if (sentence && n && (c == '\n' || c == '\r' || c == '\t'))
		g.text[0] = ' ';
	else if (!n || (is_hidden(c) && c < 0x80))
		snprintf(g.text, sizeof g.text, "\\x%02x", (uint8_t)*text);
	else if (is_hidden(c))
		snprintf(g.text, sizeof g.text, "\\u%04x", c);
	else
		memcpy(g.text, text, n);
	g.width = n && !is_hidden(c) ? columns_of(c) : strlen(g.text);
	if (g.text[0] == ' ')
		g.width = 1;
	return g;
}

/* No character is free, so that no text of marks without width is endless. */
static size_t
cost_of(const struct glyph *g)
{
	return g->width ? g->width : 1;
}

/*
 * How many bytes from the start cost no more than `budget`. A text may have
 * millions of them, and only these are looked at.
 */
static size_t
bytes_within(const char *text, size_t budget, bool sentence)
{
	size_t bytes = 0, cost = 0;

	while (text[bytes]) {
		struct glyph g = glyph_at(text + bytes, sentence);

		cost += cost_of(&g);
		if (cost > budget)
			break;
		bytes += g.taken;
	}
	return bytes;
}

/* The start of the character that ends before text[end]; end > 0. */
static size_t
step_back(const char *text, size_t end)
{
	size_t at = end - 1;

	while (at && end - at < 4 && (unsigned char)text[at] >> 6 == 2)
		at--;
	return at + glyph_at(text + at, false).taken == end ? at : end - 1;
}

/* Where the last characters begin that cost no more than `budget`. */
static size_t
tail_within(const char *text, size_t len, size_t budget)
{
	size_t at = len, cost = 0;

	while (at) {
		size_t before = step_back(text, at);
		struct glyph g = glyph_at(text + before, false);

		cost += cost_of(&g);
		if (cost > budget)
			break;
		at = before;
	}
	return at;
}

/* Appends the glyphs of n bytes of a text. */
static char *
append(char *end, const char *text, size_t n, bool sentence)
{
	for (size_t i = 0; i < n;) {
		struct glyph g = glyph_at(text + i, sentence);

		end = stpcpy(end, g.text);
		i += g.taken;
	}
	return end;
}

static char *
show(const char *text, size_t columns, bool sentence)
{
	static const char dots[] = "...";
	size_t head = bytes_within(text ? text : "", columns, sentence);
	size_t len, room, tail;
	char *shown, *end;

	if (!text || !text[head]) {
		/* At most four bytes for what costs a column. */
		shown = mem_alloc(4 * head + 1);
		*append(shown, text, head, sentence) = '\0';
		return shown;
	}
	len = strlen(text);
	room = columns - strlen(dots);
	/* A sentence begins with what matters; a name may differ at its end. */
	head = bytes_within(text, sentence ? room : (room + 1) / 2, sentence);
	tail = sentence ? len : tail_within(text, len, room / 2);
	shown = mem_alloc(4 * columns + 1);
	end = append(shown, text, head, sentence);
	end = stpcpy(end, dots);
	*append(end, text + tail, len - tail, sentence) = '\0';
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
	size_t bytes = 0, width = 0;

	while (shown[bytes]) {
		struct glyph g = glyph_at(shown + bytes, false);

		if (width + g.width > columns)
			break;
		width += g.width;
		bytes += g.taken;
	}
	return bytes;
}

void
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
show_count(char *text, size_t size, double n)
{
	text[0] = '\0';
	if (!isnan(n))
		snprintf(text, size, "%.0f", n);
}

void
show_percent(char *text, size_t size, double fraction)
{
	char signed_text[32];

	change_format(signed_text, sizeof signed_text, fabs(fraction));
	snprintf(text, size, "%s%s", fraction < 0 ? "-" : "", signed_text + 1);
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

/* Three digits are enough for a probability. */
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

static void
show_basis(char *text, size_t size, const struct verdict *v)
{
	text[0] = '\0';
	if (v->sessions >= 0)
		snprintf(text, size, "%.0f session%s", v->sessions,
		    v->sessions == 1 ? "" : "s");
	else if (v->n >= 0)
		snprintf(text, size, "n = %.0f", v->n);
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

static void
show_name(
    const struct model *model, const struct verdict *v, char *text, size_t size)
{
	char *metric = show_text(v->metric ? v->metric : "(all)", 60);
	char *variant = show_text(v->variant, 30);

	if (model->variants && v->variant)
		snprintf(text, size, "%s (%s)", metric, variant);
	else
		snprintf(text, size, "%s", metric);
	free(metric);
	free(variant);
}

void
show_cells(
    const struct model *model, const struct row *row, struct cells *cells)
{
	const struct verdict *v = &row->v;
	char limit[64], lo[32], hi[32];

	*cells = (struct cells){0};
	show_name(model, v, cells->metric, sizeof cells->metric);
	show_value(
	    cells->baseline, sizeof cells->baseline, v->baseline, v->unit);
	show_value(cells->current, sizeof cells->current, v->current, v->unit);
	if (!isnan(v->change))
		change_format(cells->change, sizeof cells->change, v->change);
	show_sense(cells->sense, sizeof cells->sense, v);
	if (v->ci.n) {
		change_format(lo, sizeof lo, v->ci.x[0]);
		change_format(hi, sizeof hi, v->ci.x[1]);
		snprintf(cells->interval, sizeof cells->interval, "%s to %s",
		    lo, hi);
		cells->repeated = v->why && strstr(v->why, cells->interval);
	}
	if (!isnan(v->limit)) {
		char *op = show_text(v->op, 20);

		show_value(limit, sizeof limit, v->limit, v->unit);
		snprintf(cells->limit, sizeof cells->limit, "%s%s%s", op,
		    *op ? " " : "", limit);
		free(op);
	}
	/* p is of the change toward worse; a better one has its own. */
	show_p(cells->p, sizeof cells->p,
	    verdict_worsening(v) < 0 && !isnan(v->p_better) ? v->p_better
							    : v->p);
	show_p(cells->q, sizeof cells->q, v->q);
	show_basis(cells->basis, sizeof cells->basis, v);
	if (!isnan(v->mde))
		show_percent(cells->mde, sizeof cells->mde, v->mde);
	show_count(cells->need, sizeof cells->need, v->need_n);
	add_stat(cells, "p ", cells->p);
	add_stat(cells, "q ", cells->q);
	add_stat(cells, "", cells->basis);
	add_stat(cells, "detects ", cells->mde);
	add_stat(cells, "needs n = ", cells->need);
}
