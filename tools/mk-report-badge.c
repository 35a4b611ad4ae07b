/* The headline as a badge: an SVG of our own, or JSON that shields.io draws. */
#include "mk-report.h"

#include <stdlib.h>

enum {
	LABEL_COLUMNS = 40,
	/* Pixels: of a column of text 11 high, and what is left beside it. */
	COLUMN = 7,
	MARGIN = 6,
	HEIGHT = 20,
};

/* White on it has a contrast of at least 4.5 (WCAG 2.2, 1.4.3). */
static const char *const colors[] = {
    [TONE_NONE] = "#5b646d",
    [TONE_GOOD] = "#15703a",
    [TONE_WARN] = "#8a5300",
    [TONE_BAD] = "#b3261e",
};

static const char *const shields_colors[] = {
    [TONE_NONE] = "lightgrey",
    [TONE_GOOD] = "green",
    [TONE_WARN] = "orange",
    [TONE_BAD] = "red",
};

static const char *
label_of(const struct options *options)
{
	return options->title ? options->title : "performance";
}

static void
put_text(FILE *out, double x, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"14\">", x);
	markup_text(out, text, 2 * LABEL_COLUMNS);
	fputs("</text>\n", out);
}

void
write_badge(FILE *out, const struct model *model, const struct options *options)
{
	char *label = show_text(label_of(options), LABEL_COLUMNS);
	double left = (double)show_width(label) * COLUMN + 2 * MARGIN;
	double right = (double)show_width(model->brief) * COLUMN + 2 * MARGIN;

	fprintf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
	    "height=\"%d\" role=\"img\" aria-label=\"",
	    left + right, HEIGHT);
	markup_text(out, label, LABEL_COLUMNS);
	fputs(": ", out);
	markup_text(out, model->brief, 2 * LABEL_COLUMNS);
	fputs("\">\n<title>", out);
	markup_text(out, label, LABEL_COLUMNS);
	fputs(": ", out);
	markup_text(out, model->headline, 200);
	fprintf(out,
	    "</title>\n<rect width=\"%.0f\" height=\"%d\" rx=\"3\" "
	    "fill=\"#30363d\"/>\n"
	    "<path d=\"M%.0f 0h%.0fa3 3 0 0 1 3 3v%da3 3 0 0 1-3 3h-%.0fz\" "
	    "fill=\"%s\"/>\n"
	    "<g fill=\"#fff\" text-anchor=\"middle\" font-size=\"11\" "
	    "font-family=\"Verdana,DejaVu Sans,sans-serif\">\n",
	    left + right, HEIGHT, left, right - 3, HEIGHT - 6, right - 3,
	    colors[model->tone]);
	put_text(out, left / 2, label);
	put_text(out, left + right / 2, model->brief);
	fputs("</g>\n</svg>\n", out);
	free(label);
}

void
write_shields(
    FILE *out, const struct model *model, const struct options *options)
{
	char *label = show_text(label_of(options), LABEL_COLUMNS);
	struct jline line = {0};

	jline_open(&line, NULL);
	jline_number(&line, "schemaVersion", 1);
	jline_string(&line, "label", label);
	jline_string(&line, "message", model->brief);
	jline_string(&line, "color", shields_colors[model->tone]);
	jline_close(&line);
	fprintf(out, "%s\n", line.text);
	jline_release(&line);
	free(label);
}
