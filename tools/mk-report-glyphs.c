/*
 * Which characters of a TrueType font the PDF library can embed. It does not
 * say which the font has: what it lacks would be an empty box. And it leaves
 * holes: a glyph may be made of others, but the library takes along only those
 * that it names itself, not what these are made of, and of them only those
 * below 32768 (libhpdf 2.3, CheckCompositGryph). It takes along all that some
 * character asks for, so that others which have the missing parts can help.
 * Source: OpenType 1.9, the chapters "OpenType font file", "cmap", "glyf",
 * "head", "loca" and "maxp".
 */
#include "mk-report-pdf.h"

#include <stdlib.h>
#include <string.h>

enum {
	DEEPEST = 6, /* glyphs of glyphs of glyphs */
	MOST_PARTS = 64,
	/* The flags of a part of a glyph. */
	ARGUMENTS_ARE_WORDS = 1,
	HAS_SCALE = 8,
	MORE_PARTS = 32,
	HAS_TWO_SCALES = 64,
	HAS_MATRIX = 128,
};

/* The parts of a glyph, one after the other. */
struct parts {
	uint32_t glyphs[MOST_PARTS];
	size_t n;
};

/* A number of the file; what lies beyond its end reads as 0. */
static uint32_t
u16(const struct table *table, size_t at)
{
	if (at > table->len || table->len - at < 2)
		return 0;
	return (uint32_t)table->start[at] << 8 | table->start[at + 1];
}

static uint32_t
u32(const struct table *table, size_t at)
{
	return u16(table, at) << 16 | u16(table, at + 2);
}

/* What is at that place of a table; empty where there is nothing. */
static struct table
part(const struct table *table, size_t at)
{
	if (at >= table->len)
		return (struct table){0};
	return (struct table){table->start + at, table->len - at};
}

/* Of a collection of fonts the first one. */
static struct table
find_table(const struct table *file, const char *name)
{
	size_t font =
	    u32(file, 0) == 0x74746366 /* "ttcf" */ ? u32(file, 12) : 0;
	size_t n = u16(file, font + 4);

	for (size_t i = 0; i < n; i++) {
		size_t at = font + 12 + 16 * i;

		size_t start = u32(file, at + 8), size = u32(file, at + 12);

		if (at + 16 <= file->len &&
		    memcmp(file->start + at, name, 4) == 0 &&
		    start <= file->len && size <= file->len - start)
			return (struct table){file->start + start, size};
	}
	return (struct table){0};
}

/* The map of Unicode that all fonts have: of Windows (3, 1), in format 4. */
static struct table
find_map(const struct table *cmap)
{
	size_t n = u16(cmap, 2);

	for (size_t i = 0; i < n; i++) {
		struct table map = part(cmap, u32(cmap, 4 + 8 * i + 4));

		if (u16(cmap, 4 + 8 * i) == 3 &&
		    u16(cmap, 4 + 8 * i + 2) == 1 && u16(&map, 0) == 4)
			return map;
	}
	return (struct table){0};
}

/* The glyph of a character in a segment; 0 is that of no character. */
static uint32_t
glyph_in(const struct table *map, size_t segment, size_t n, uint32_t code)
{
	size_t starts = 16 + 2 * n, deltas = starts + 2 * n;
	size_t offsets = deltas + 2 * n, at = offsets + 2 * segment;
	uint32_t delta = u16(map, deltas + 2 * segment);
	uint32_t offset = u16(map, at), glyph;

	if (!offset)
		return (code + delta) & 0xffff;
	glyph =
	    u16(map, at + offset + 2 * (code - u16(map, starts + 2 * segment)));
	return glyph ? (glyph + delta) & 0xffff : 0;
}

static void
read_map(struct glyphs *glyphs, const struct table *file)
{
	struct table cmap = find_table(file, "cmap");
	struct table map = find_map(&cmap);
	size_t n = u16(&map, 6) / 2;

	for (size_t i = 0; i < n; i++) {
		uint32_t last = u16(&map, 14 + 2 * i);
		uint32_t code = u16(&map, 16 + 2 * n + 2 * i);

		for (; code <= last && code < 0xffff; code++)
			glyphs->of_code[code] =
			    (uint16_t)glyph_in(&map, i, n, code);
	}
}

/* What a glyph is made of; nothing, where it is made of lines. */
static struct parts
parts_of(const struct glyphs *glyphs, uint32_t glyph)
{
	struct parts parts = {0};
	struct table outline;
	size_t at = 10, start, end;
	uint32_t flags = MORE_PARTS;

	if (glyphs->long_offsets) {
		start = u32(&glyphs->loca, 4 * (size_t)glyph);
		end = u32(&glyphs->loca, 4 * (size_t)glyph + 4);
	} else {
		start = 2 * (size_t)u16(&glyphs->loca, 2 * (size_t)glyph);
		end = 2 * (size_t)u16(&glyphs->loca, 2 * (size_t)glyph + 2);
	}
	outline = part(&glyphs->glyf, start);
	if (end <= start || u16(&outline, 0) != 0xffff) /* -1 outlines */
		return parts;
	while (flags & MORE_PARTS && parts.n < MOST_PARTS) {
		flags = u16(&outline, at);
		parts.glyphs[parts.n++] = u16(&outline, at + 2);
		at += flags & ARGUMENTS_ARE_WORDS ? 8 : 6;
		at += flags & HAS_SCALE	       ? 2
		      : flags & HAS_TWO_SCALES ? 4
		      : flags & HAS_MATRIX     ? 8
					       : 0;
	}
	return parts;
}

/* Characters that ask for a glyph, as their own or as a part of it. */
static void
find_helpers(struct glyphs *glyphs)
{
	for (uint32_t code = 0xffff; code-- > 0;)
		if (glyphs->of_code[code])
			glyphs->helper[glyphs->of_code[code]] = (uint16_t)code;
	for (uint32_t code = 0; code < 0xffff; code++) {
		struct parts parts = {0};

		if (glyphs->of_code[code])
			parts = parts_of(glyphs, glyphs->of_code[code]);
		for (size_t i = 0; i < parts.n; i++)
			if (parts.glyphs[i] < 0x8000 &&
			    !glyphs->helper[parts.glyphs[i]])
				glyphs->helper[parts.glyphs[i]] =
				    (uint16_t)code;
	}
}

/* Whether it has all that the library asks of a font, up to the end. */
static bool
is_whole(const struct table *file)
{
	static const char *const names[] = {"cmap", "glyf", "head", "hhea",
	    "hmtx", "loca", "maxp", "name", "OS/2"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!find_table(file, names[i]).len)
			return false;
	return true;
}

struct glyphs *
glyphs_read(unsigned char *font, size_t len)
{
	struct table file = {font, len};
	struct table head = find_table(&file, "head");
	struct glyphs *glyphs;

	if (!is_whole(&file))
		return NULL;
	glyphs = mem_zero(1, sizeof *glyphs);
	glyphs->font = font;
	glyphs->loca = find_table(&file, "loca");
	glyphs->glyf = find_table(&file, "glyf");
	glyphs->long_offsets = u16(&head, 50) != 0;
	read_map(glyphs, &file);
	find_helpers(glyphs);
	return glyphs;
}

void
glyphs_release(struct glyphs *glyphs)
{
	if (glyphs)
		free(glyphs->font);
	free(glyphs);
}

/*
 * Adds what must be asked for so that a glyph is whole; whether that can be.
 * What is named by the character's own glyph comes along with it.
 */
static bool
collect(const struct glyphs *glyphs, uint32_t glyph, int depth,
    struct glyph_helpers *helpers)
{
	struct parts parts = parts_of(glyphs, glyph);

	if (depth == DEEPEST)
		return !parts.n;
	for (size_t i = 0; i < parts.n; i++) {
		uint32_t p = parts.glyphs[i];

		if (depth > 0 || p >= 0x8000) {
			if (!glyphs->helper[p] || helpers->n == MOST_HELPERS)
				return false;
			helpers->codes[helpers->n++] = glyphs->helper[p];
		}
		if (!collect(glyphs, p, depth + 1, helpers))
			return false;
	}
	return true;
}

bool
glyphs_find(
    const struct glyphs *glyphs, uint32_t code, struct glyph_helpers *helpers)
{
	helpers->n = 0;
	return code < 0xffff && glyphs->of_code[code] &&
	       collect(glyphs, glyphs->of_code[code], 0, helpers);
}
