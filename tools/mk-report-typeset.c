/*
 * Text in lines: broken where it must be, and in each line in the order in
 * which it is seen, as Arabic and Hebrew are written from right to left. The
 * only file that sees the library which knows that order and how the letters of
 * Arabic are joined.
 */
#include "mk-report-pdf.h"

#include <fribidi/fribidi.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* From here on there are scripts that are written from right to left. */
#define FIRST_RTL 0x590

static void
add_code(uint32_t **codes, size_t *n, size_t *capacity, uint32_t code)
{
	*MEM_PUSH(*codes, *n, *capacity) = code;
}

/* Of characters that no font has, the number, as of those that none sees. */
static uint32_t *
read_codes(struct canvas *canvas, enum face face, const char *shown, size_t *n)
{
	uint32_t *codes = NULL, code;
	size_t capacity = 0;
	char number[16];

	*n = 0;
	while (*shown) {
		size_t taken = utf8_decode(shown, &code);

		if (!taken) { /* show_text lets none through */
			taken = 1;
			code = '?';
		}
		shown += taken;
		if (canvas_face_of(canvas, face, code) != N_FACES) {
			add_code(&codes, n, &capacity, code);
			continue;
		}
		snprintf(number, sizeof number, "\\u%04x", (unsigned)code);
		for (const char *c = number; *c; c++)
			add_code(&codes, n, &capacity, (unsigned char)*c);
	}
	return codes;
}

static double
advance_of(struct canvas *canvas, enum face face, uint32_t code)
{
	enum face other = canvas_face_of(canvas, face, code);

	return other == N_FACES ? 0 : canvas_advance(canvas, other, code);
}

static void
add_line(struct typeset *typeset, size_t from, size_t n, double width)
{
	while (n && typeset->codes[from + n - 1] == ' ')
		n--;
	*MEM_PUSH(typeset->lines, typeset->n_lines, typeset->capacity) =
	    (struct line_of_text){n ? typeset->codes + from : NULL, n, width};
}

struct typeset
typeset_text(struct canvas *canvas, enum face face, double size, double width,
    const char *shown)
{
	struct typeset typeset = {0};
	size_t n, from = 0, space = 0; /* where a line begins; after a space */
	double wide = 0, at_space = 0; /* from there; up to the space */

	typeset.codes = read_codes(canvas, face, shown, &n);
	for (size_t i = 0; i < n; i++) {
		double step = size * advance_of(canvas, face, typeset.codes[i]);

		if (wide + step > width && i > from) {
			bool at_word = space > from;
			size_t end = at_word ? space : i;

			add_line(&typeset, from, end - from,
			    at_word ? at_space : wide);
			wide = at_word ? wide - at_space : 0;
			from = end;
			if (at_word)
				space = from;
		}
		wide += step;
		if (typeset.codes[i] == ' ') {
			space = i + 1;
			at_space = wide;
		}
	}
	add_line(&typeset, from, n - from, wide);
	return typeset;
}

void
typeset_release(struct typeset *typeset)
{
	free(typeset->codes);
	free(typeset->lines);
	*typeset = (struct typeset){0};
}

/* The codes in the order in which they are seen, from left to right. */
static uint32_t *
order(const struct line_of_text *line, size_t *n)
{
	uint32_t *seen = mem_zero(line->n + 1, sizeof *seen);
	FriBidiParType base = FRIBIDI_PAR_LTR;
	bool any = false;

	for (size_t i = 0; i < line->n; i++)
		any = any || line->codes[i] >= FIRST_RTL;
	*n = line->n;
	if (line->n)
		memcpy(seen, line->codes, line->n * sizeof *seen);
	if (!any || !fribidi_log2vis(line->codes, (FriBidiStrIndex)line->n,
			&base, seen, NULL, NULL, NULL))
		return seen;
	/* Two letters that became one leave a hole. */
	*n = 0;
	for (size_t i = 0; i < line->n; i++)
		if (seen[i] != FRIBIDI_CHAR_FILL)
			seen[(*n)++] = seen[i];
	return seen;
}

/* A character as UTF-8; it is below U+10000. */
static size_t
encode(char *text, uint32_t code)
{
	if (code < 0x80) {
		text[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		text[0] = (char)(0xc0 | code >> 6);
		text[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	text[0] = (char)(0xe0 | code >> 12);
	text[1] = (char)(0x80 | (code >> 6 & 0x3f));
	text[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* Characters of one face at a time; returns where they end. */
static double
show_run(struct canvas *canvas, enum face face, double size, enum color color,
    double x, double y, const uint32_t *codes, size_t n)
{
	char *text = mem_alloc(3 * n + 1), *end = text;
	double width = 0;

	for (size_t i = 0; i < n; i++) {
		end += encode(end, codes[i]);
		width += size * canvas_advance(canvas, face, codes[i]);
	}
	*end = '\0';
	canvas_show(canvas, face, size, color, x, y, text);
	free(text);
	return x + width;
}

void
typeset_line(struct canvas *canvas, enum face face, double size,
    enum color color, double x, double y, bool right,
    const struct line_of_text *line)
{
	size_t n, length;
	uint32_t *codes = order(line, &n);
	double width = 0;

	for (size_t i = 0; i < n; i++)
		width += size * advance_of(canvas, face, codes[i]);
	if (right)
		x -= width;
	for (size_t i = 0; i < n; i += length) {
		enum face own = canvas_face_of(canvas, face, codes[i]);

		for (length = 1;
		     i + length < n &&
		     canvas_face_of(canvas, face, codes[i + length]) == own;)
			length++;
		/* A joined form that the font lacks is left out. */
		if (own != N_FACES)
			x = show_run(
			    canvas, own, size, color, x, y, codes + i, length);
	}
	free(codes);
}

double
typeset_put(struct canvas *canvas, enum face face, double size,
    enum color color, double x, double y, bool right, const char *shown)
{
	struct typeset typeset = typeset_text(canvas, face, size, 1e9, shown);
	double width = typeset.lines[0].width;

	typeset_line(canvas, face, size, color, x, y, right, &typeset.lines[0]);
	typeset_release(&typeset);
	return width;
}

double
typeset_width(
    struct canvas *canvas, enum face face, double size, const char *shown)
{
	struct typeset typeset = typeset_text(canvas, face, size, 1e9, shown);
	double width = typeset.lines[0].width;

	typeset_release(&typeset);
	return width;
}
