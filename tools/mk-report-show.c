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

static size_t
cost_of_text(const char *text, bool sentence)
{
	size_t sum = 0;

	while (*text) {
		struct glyph g = glyph_at(text, sentence);

		sum += cost_of(&g);
		text += g.taken;
	}
	return sum;
}

static char *
show(const char *text, size_t columns, bool sentence)
{
	static const char dots[] = "...";
	size_t total = cost_of_text(text ? text : "", sentence);
	bool cut = total > columns;
	size_t room = columns - (cut ? strlen(dots) : 0);
	size_t head = sentence ? room : (room + 1) / 2;
	size_t skip_to = total - (room - head);
	size_t at = 0, used = 0;
	/* The most that one column takes: "\ue0000" has seven. */
	char *shown = mem_alloc((cut ? columns : total) * 4 + 16);
	bool in_gap = false;

	for (; text && *text;) {
		struct glyph g = glyph_at(text, sentence);
		size_t cost = cost_of(&g);
		bool kept = !cut || at + cost <= head || at >= skip_to;
		const char *piece = kept ? g.text : in_gap ? "" : dots;

		memcpy(shown + used, piece, strlen(piece));
		used += strlen(piece);
		in_gap = !kept;
		at += cost;
		text += g.taken;
	}
	shown[used] = '\0';
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
