/*
 * Pages of a PDF document to draw on: the only file that sees the library. Its
 * y grows upward from the bottom; ours does not.
 */
#include "mk-report-pdf.h"

#include <ctype.h>
#include <errno.h>
#include <hpdf.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "die.h"

/* Where Debian has the fonts; PLUMBLINE_FONTS can be another place. */
#ifndef FONT_DIR
#define FONT_DIR "/usr/share/fonts/truetype"
#endif

const double canvas_width = 595.28, canvas_height = 841.89; /* A4 */

static const struct {
	const char *file, *package;
	bool may_be_absent;
} faces[] = {
    [FACE_PLAIN] = {"dejavu/DejaVuSans.ttf", "fonts-dejavu-core", false},
    [FACE_BOLD] = {"dejavu/DejaVuSans-Bold.ttf", "fonts-dejavu-core", false},
    [FACE_HAN] = {"wqy/wqy-zenhei.ttc", "fonts-wqy-zenhei", true},
    [FACE_HANGUL] = {"unfonts-core/UnDotum.ttf", "fonts-unfonts-core", true},
};

/* Those of the HTML report where the system is light. */
static const uint32_t colors[N_COLORS] = {
    [COLOR_TEXT] = 0x1c2128,
    [COLOR_MUTED] = 0x57606a,
    [COLOR_LINE] = 0xd5dbe1,
    [COLOR_SOFT] = 0xf5f7f9,
    [COLOR_BAND] = 0xe9eef3,
    [COLOR_PAPER] = 0xffffff,
    [COLOR_NONE] = 0x4a5560,
    [COLOR_GOOD] = 0x15703a,
    [COLOR_WARN] = 0x8a5300,
    [COLOR_BAD] = 0xb3261e,
    [COLOR_PALE_NONE] = 0xa4aab0,
    [COLOR_PALE_GOOD] = 0x8ab89d,
    [COLOR_PALE_WARN] = 0xc5a980,
    [COLOR_PALE_BAD] = 0xd9938f,
};

struct canvas {
	HPDF_Doc doc;
	HPDF_Page page;
	size_t n_pages;
	HPDF_Outline top; /* the last one */
	struct {
		HPDF_Font font; /* NULL: not loaded, or not there */
		bool tried;
		struct glyphs *glyphs;
		float advance[0x10000]; /* plus 2; 1: none; 0: not known yet */
	} faces[N_FACES];
};

static void
on_error(HPDF_STATUS error, HPDF_STATUS detail, void *data)
{
	(void)data;
	if (error == HPDF_FAILD_TO_ALLOC_MEM)
		die("memory: out of it");
	die("PDF: the library has failed: error 0x%lx, detail %lu",
	    (unsigned long)error, (unsigned long)detail);
}

/* The file, for the caller to free; NULL where it cannot be read. */
static unsigned char *
read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	unsigned char *text = NULL;
	size_t capacity = 0, n;

	if (!f)
		return NULL;
	*len = 0;
	do {
		capacity = capacity ? 2 * capacity : 1 << 20;
		text = mem_resize(text, capacity, 1);
		n = fread(text + *len, 1, capacity - *len, f);
		*len += n;
	} while (*len == capacity);
	if (ferror(f))
		die_errno("%s", path);
	fclose(f);
	return text;
}

static void
load_face(struct canvas *canvas, enum face face)
{
	const char *dir = getenv("PLUMBLINE_FONTS"), *name;
	char *path =
	    mem_format("%s/%s", dir && *dir ? dir : FONT_DIR, faces[face].file);
	unsigned char *text;
	size_t len;

	canvas->faces[face].tried = true;
	text = read_file(path, &len);
	if (!text && faces[face].may_be_absent && errno == ENOENT) {
		free(path);
		return;
	}
	if (!text)
		die("%s: %s; the package %s has it", path, strerror(errno),
		    faces[face].package);
	canvas->faces[face].glyphs = glyphs_read(text, len);
	if (!canvas->faces[face].glyphs)
		die("%s: not a TrueType font", path);
	if (strcmp(path + strlen(path) - 4, ".ttc") == 0)
		name =
		    HPDF_LoadTTFontFromFile2(canvas->doc, path, 0, HPDF_TRUE);
	else
		name = HPDF_LoadTTFontFromFile(canvas->doc, path, HPDF_TRUE);
	canvas->faces[face].font = HPDF_GetFont(canvas->doc, name, "UTF-8");
	free(path);
}

/* The document is as old as the run, so that the same run is the same bytes. */
static void
set_date(struct canvas *canvas, const char *time)
{
	const char *form = "0000-00-00T00:00:00Z";
	HPDF_Date date = {.ind = 'Z'};

	for (size_t i = 0; time && i <= strlen(form); i++)
		if (form[i] == '0' ? !isdigit((unsigned char)time[i])
				   : form[i] != time[i])
			return;
	if (!time || !day_is(time) ||
	    sscanf(time, "%d-%d-%dT%d:%d:%d", &date.year, &date.month,
		&date.day, &date.hour, &date.minutes, &date.seconds) != 6 ||
	    date.seconds > 59)
		return;
	HPDF_SetInfoDateAttr(canvas->doc, HPDF_INFO_CREATION_DATE, date);
}

struct canvas *
canvas_new(const char *title, const char *time)
{
	struct canvas *canvas = mem_zero(1, sizeof *canvas);

	canvas->doc = HPDF_New(on_error, NULL);
	if (!canvas->doc)
		die("memory: out of it");
	HPDF_SetCompressionMode(canvas->doc, HPDF_COMP_ALL);
	HPDF_SetPagesConfiguration(canvas->doc, 64);
	HPDF_UseUTFEncodings(canvas->doc);
	HPDF_SetCurrentEncoder(canvas->doc, "UTF-8");
	HPDF_SetInfoAttr(canvas->doc, HPDF_INFO_TITLE, title);
	HPDF_SetInfoAttr(canvas->doc, HPDF_INFO_CREATOR,
	    "mk-report, plumbline " PLUMBLINE_VERSION);
	set_date(canvas, time);
	HPDF_SetPageMode(canvas->doc, HPDF_PAGE_MODE_USE_OUTLINE);
	load_face(canvas, FACE_PLAIN);
	load_face(canvas, FACE_BOLD);
	return canvas;
}

void
canvas_page(struct canvas *canvas)
{
	canvas->page = HPDF_AddPage(canvas->doc);
	HPDF_Page_SetWidth(canvas->page, (HPDF_REAL)canvas_width);
	HPDF_Page_SetHeight(canvas->page, (HPDF_REAL)canvas_height);
	canvas->n_pages++;
}

size_t
canvas_pages(const struct canvas *canvas)
{
	return canvas->n_pages;
}

void
canvas_turn_to(struct canvas *canvas, size_t page)
{
	canvas->page = HPDF_GetPageByIndex(canvas->doc, (HPDF_UINT)page);
}

/* To ask how wide a character is makes the library take it along. */
static float
ask(struct canvas *canvas, enum face face, uint32_t code)
{
	HPDF_Font font = canvas->faces[face].font;
	struct glyph_helpers helpers;

	if (!font || !glyphs_find(canvas->faces[face].glyphs, code, &helpers))
		return 1;
	for (size_t i = 0; i < helpers.n; i++)
		HPDF_Font_GetUnicodeWidth(font, (HPDF_UNICODE)helpers.codes[i]);
	return 2 + (float)HPDF_Font_GetUnicodeWidth(font, (HPDF_UNICODE)code) /
		       1000;
}

static bool
has(struct canvas *canvas, enum face face, uint32_t code)
{
	float *known = &canvas->faces[face].advance[code];

	if (*known == 0) {
		if (!canvas->faces[face].tried)
			load_face(canvas, face);
		*known = ask(canvas, face, code);
	}
	return *known >= 2;
}

enum face
canvas_face_of(struct canvas *canvas, enum face wanted, uint32_t code)
{
	if (code > 0xffff) /* the library knows no more */
		return N_FACES;
	if (has(canvas, wanted, code))
		return wanted;
	for (int face = 0; face < N_FACES; face++)
		if (has(canvas, (enum face)face, code))
			return (enum face)face;
	return N_FACES;
}

double
canvas_advance(struct canvas *canvas, enum face face, uint32_t code)
{
	return (double)canvas->faces[face].advance[code] - 2;
}

static HPDF_REAL
up(double y)
{
	return (HPDF_REAL)(canvas_height - y);
}

/* The share of one of its parts. */
static HPDF_REAL
share(enum color color, int shift)
{
	return (HPDF_REAL)(colors[color] >> shift & 0xff) / 255;
}

static void
set_fill(struct canvas *canvas, enum color color)
{
	HPDF_Page_SetRGBFill(
	    canvas->page, share(color, 16), share(color, 8), share(color, 0));
}

static void
set_stroke(struct canvas *canvas, const struct stroke *stroke)
{
	const HPDF_UINT16 dash[] = {
	    (HPDF_UINT16)stroke->dash, (HPDF_UINT16)stroke->gap};

	HPDF_Page_SetRGBStroke(canvas->page, share(stroke->color, 16),
	    share(stroke->color, 8), share(stroke->color, 0));
	HPDF_Page_SetLineWidth(canvas->page, (HPDF_REAL)stroke->width);
	HPDF_Page_SetDash(canvas->page, dash, stroke->dash ? 2 : 0, 0);
}

void
canvas_show(struct canvas *canvas, enum face face, double size,
    enum color color, double x, double y, const char *text)
{
	set_fill(canvas, color);
	HPDF_Page_BeginText(canvas->page);
	HPDF_Page_SetFontAndSize(
	    canvas->page, canvas->faces[face].font, (HPDF_REAL)size);
	HPDF_Page_TextOut(canvas->page, (HPDF_REAL)x, up(y), text);
	HPDF_Page_EndText(canvas->page);
}

void
canvas_rect(struct canvas *canvas, enum color color, double x, double y,
    double width, double height)
{
	set_fill(canvas, color);
	HPDF_Page_Rectangle(canvas->page, (HPDF_REAL)x, up(y + height),
	    (HPDF_REAL)width, (HPDF_REAL)height);
	HPDF_Page_Fill(canvas->page);
}

void
canvas_line(struct canvas *canvas, const struct stroke *stroke, double x0,
    double y0, double x1, double y1)
{
	set_stroke(canvas, stroke);
	HPDF_Page_MoveTo(canvas->page, (HPDF_REAL)x0, up(y0));
	HPDF_Page_LineTo(canvas->page, (HPDF_REAL)x1, up(y1));
	HPDF_Page_Stroke(canvas->page);
}

/* The path that follows is painted so. */
static void
set_paint(struct canvas *canvas, enum color fill, const struct stroke *stroke)
{
	set_fill(canvas, fill);
	if (stroke)
		set_stroke(canvas, stroke);
}

static void
paint(struct canvas *canvas, const struct stroke *stroke)
{
	if (stroke)
		HPDF_Page_FillStroke(canvas->page);
	else
		HPDF_Page_Fill(canvas->page);
}

void
canvas_polygon(struct canvas *canvas, enum color fill,
    const struct stroke *stroke, const struct dot points[], size_t n)
{
	set_paint(canvas, fill, stroke);
	HPDF_Page_MoveTo(canvas->page, (HPDF_REAL)points[0].x, up(points[0].y));
	for (size_t i = 1; i < n; i++)
		HPDF_Page_LineTo(
		    canvas->page, (HPDF_REAL)points[i].x, up(points[i].y));
	HPDF_Page_ClosePath(canvas->page);
	paint(canvas, stroke);
}

void
canvas_disc(struct canvas *canvas, enum color fill, const struct stroke *stroke,
    double x, double y, double radius)
{
	set_paint(canvas, fill, stroke);
	HPDF_Page_Circle(canvas->page, (HPDF_REAL)x, up(y), (HPDF_REAL)radius);
	paint(canvas, stroke);
}

/* Lines without length, whose ends are round. */
void
canvas_dots(struct canvas *canvas, enum color color, double width,
    const struct dot dots[], size_t n)
{
	set_stroke(canvas, &(struct stroke){.color = color, .width = width});
	HPDF_Page_SetLineCap(canvas->page, HPDF_ROUND_END);
	for (size_t i = 0; i < n; i++) {
		HPDF_Page_MoveTo(
		    canvas->page, (HPDF_REAL)dots[i].x, up(dots[i].y));
		HPDF_Page_LineTo(
		    canvas->page, (HPDF_REAL)dots[i].x, up(dots[i].y));
	}
	HPDF_Page_Stroke(canvas->page);
	HPDF_Page_SetLineCap(canvas->page, HPDF_BUTT_END);
}

void
canvas_bookmark(struct canvas *canvas, bool top, double y, const char *title)
{
	HPDF_Outline outline =
	    HPDF_CreateOutline(canvas->doc, top ? NULL : canvas->top, title,
		HPDF_GetEncoder(canvas->doc, "UTF-8"));
	HPDF_Destination destination =
	    HPDF_Page_CreateDestination(canvas->page);

	HPDF_Destination_SetFitH(destination, up(y));
	HPDF_Outline_SetDestination(outline, destination);
	HPDF_Outline_SetOpened(outline, HPDF_FALSE);
	if (top)
		canvas->top = outline;
}

void
canvas_finish(struct canvas *canvas, FILE *out)
{
	HPDF_BYTE part[16384];

	HPDF_SaveToStream(canvas->doc);
	for (;;) {
		HPDF_UINT32 n = sizeof part;

		HPDF_ReadFromStream(canvas->doc, part, &n);
		if (!n)
			break;
		fwrite(part, 1, n, out);
	}
	HPDF_Free(canvas->doc);
	for (int face = 0; face < N_FACES; face++)
		glyphs_release(canvas->faces[face].glyphs);
	free(canvas);
}
