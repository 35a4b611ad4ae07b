/* Lines of text in columns, which are as wide as they must be. */
#include "mk-report-text.h"

#include <stdlib.h>
#include <string.h>

enum {
	METRIC_LEAST = 8, /* columns */
	NOTE_CUT = 13,
	NOTE_LEAST = 34, /* what is said of a row has so many, if need be */
	DETAIL_INDENT = 6,
	NAME_MAX = 300,
	SENTENCE_MAX = 400,
};

static const struct {
	size_t before; /* spaces */
	bool right;
} columns[N_COLUMNS] = {
    [METRIC] = {4, false},
    [BASELINE] = {2, true},
    [CURRENT] = {2, true},
    [CHANGE] = {2, true},
    [INTERVAL] = {2, false},
    [NOTE] = {2, false},
};

/* Select graphic rendition, ECMA-48 section 8.3.117. */
void
paint(const struct page *page, enum tone tone, const char *text)
{
	static const char *const codes[] = {
	    [TONE_NONE] = "1",
	    [TONE_GOOD] = "1;32",
	    [TONE_WARN] = "1;33",
	    [TONE_BAD] = "1;31",
	};

	if (page->options->color)
		fprintf(page->out, "\033[%sm%s\033[0m", codes[tone], text);
	else
		fputs(text, page->out);
}

static void
pad(const struct page *page, size_t n)
{
	fprintf(page->out, "%*s", (int)n, "");
}

/* How many bytes of a safe text go into a line: up to a break, if it can. */
static size_t
line_length(const char *text, size_t width, bool is_name)
{
	size_t fit = show_fit(text, width);
	size_t at = fit;

	if (!text[fit])
		return fit;
	while (at && text[at] != ' ' && !(is_name && text[at - 1] == ','))
		at--;
	return at ? at : fit;
}

/* A safe text behind a label that is `indent` columns wide, in lines. */
static void
put_lines(const struct page *page, const char *label, const char *shown,
    size_t indent, bool is_name)
{
	shown += strspn(shown, " ");
	while (*shown) {
		size_t n = line_length(shown, COLUMNS - indent, is_name);

		fprintf(
		    page->out, "%-*s%.*s\n", (int)indent, label, (int)n, shown);
		shown += n;
		shown += strspn(shown, " ");
		label = "";
	}
}

void
put_wrapped(
    const struct page *page, const char *label, const char *text, size_t indent)
{
	char *shown = show_sentence(
	    text, page->options->all ? SENTENCE_ALL : SENTENCE_MAX);

	put_lines(page, label, shown, indent, false);
	free(shown);
}

/* A name is never cut where it could tell one case from another. */
static void
put_name(const struct page *page, const char *name, size_t indent)
{
	char *shown = show_text(name, NAME_MAX);

	put_lines(page, "", shown, indent, true);
	free(shown);
}

/* The workload where it is another one, and the case. */
static void
put_case(const struct page *page, size_t number, const size_t *last)
{
	const struct model *model = page->model;
	size_t workload = model->places[number].workload;

	if (last && *last == number)
		return;
	if (model->workloads[workload].n_cases == 1) {
		put_name(page, model->cases.texts[number], 2);
		return;
	}
	if (!last || model->places[*last].workload != workload)
		put_name(page, model->workload_names.texts[workload], 2);
	put_name(page, case_rest(model, number), 3);
}

static size_t
width_of(const char *cell)
{
	return cell ? show_width(cell) : 0;
}

/* A note without a change before it begins where that would. */
static bool
is_early(const struct line *line)
{
	return !line->cells[CHANGE] && !line->cells[INTERVAL];
}

/* A value keeps closer to its baseline. */
static size_t
gap_before(int c, const size_t widths[])
{
	return columns[c].before - (c == CURRENT && widths[BASELINE]);
}

/* How wide the columns must be; the metric gets what is left. */
static void
measure(const struct line *lines, size_t n, size_t widths[])
{
	size_t rest = columns[METRIC].before, early = 0;

	memset(widths, 0, N_COLUMNS * sizeof *widths);
	for (size_t i = 0; i < n; i++)
		for (int c = 0; c < N_COLUMNS; c++) {
			size_t width = width_of(lines[i].cells[c]);
			bool is_note = c == NOTE && is_early(&lines[i]);
			size_t *most = is_note ? &early : &widths[c];

			*most = width > *most ? width : *most;
		}
	if (widths[NOTE] > NOTE_LEAST)
		widths[NOTE] = NOTE_LEAST;
	for (int c = CHANGE; c <= NOTE; c++)
		rest += widths[c] ? columns[c].before + widths[c] : 0;
	early = early < NOTE_LEAST ? early : NOTE_LEAST;
	early += columns[METRIC].before + columns[NOTE].before;
	rest = rest > early ? rest : early;
	for (int c = BASELINE; c <= CURRENT; c++)
		rest += widths[c] ? gap_before(c, widths) + widths[c] : 0;
	if (widths[METRIC] + rest > COLUMNS)
		widths[METRIC] = rest + METRIC_LEAST < COLUMNS ? COLUMNS - rest
							       : METRIC_LEAST;
}

/* "verdict: why" in the last column; a reason that is longer goes below. */
static void
put_note(const struct page *page, const struct line *line, size_t at)
{
	size_t room = at + NOTE_CUT < COLUMNS ? COLUMNS - at : NOTE_CUT;
	char *whole = show_sentence(line->cells[NOTE], SENTENCE_ALL);
	char *reason = show_width(whole) > room ? strstr(whole, ": ") : NULL;
	char *note;

	if (reason)
		*reason = '\0';
	note = show_text(whole, room);
	pad(page, columns[NOTE].before);
	paint(page, line->tone, note);
	fputc('\n', page->out);
	if (reason)
		put_wrapped(page, "", reason + strlen(": "), DETAIL_INDENT);
	free(note);
	free(whole);
}

/*
 *     wall_time  1.234 -> 1.334 ms  +8.1%  +6.0% to +10.2%  regressed
 *     latency             80.12 us  fail: must be <= 75 us
 */
static void
put_line(
    const struct page *page, const struct line *line, const size_t widths[])
{
	size_t at = 0;

	for (int c = 0; c < NOTE; c++) {
		const char *cell = line->cells[c] ? line->cells[c] : "";
		size_t width = show_width(cell);
		size_t blank = widths[c] > width ? widths[c] - width : 0;
		size_t before = gap_before(c, widths);

		if (!widths[c] || (c >= CHANGE && is_early(line)))
			continue;
		pad(page, before + (columns[c].right ? blank : 0));
		fputs(cell, page->out);
		if (width > widths[c]) { /* a long metric has its own line */
			fputc('\n', page->out);
			pad(page, before + widths[c]);
		}
		pad(page, columns[c].right ? 0 : blank);
		at += before + widths[c];
	}
	if (line->cells[NOTE])
		put_note(page, line, at + columns[NOTE].before);
	else
		fputc('\n', page->out);
}

/* Writes lines under a heading and frees what they hold. */
void
put_section(const struct page *page, enum tone tone, const char *title,
    size_t total, struct line *lines, size_t n)
{
	size_t widths[N_COLUMNS];

	if (!n)
		return;
	measure(lines, n, widths);
	fputc('\n', page->out);
	paint(page, tone, title);
	fprintf(page->out, " (%zu)\n", total);
	for (size_t i = 0; i < n; i++) {
		put_case(page, lines[i].case_number,
		    i ? &lines[i - 1].case_number : NULL);
		if (lines[i].cells[METRIC])
			put_line(page, &lines[i], widths);
		if (lines[i].detail)
			put_wrapped(page, "", lines[i].detail,
			    lines[i].cells[METRIC] ? DETAIL_INDENT : 4);
	}
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < N_COLUMNS; c++)
			free(lines[i].cells[c]);
		free(lines[i].detail);
	}
}
