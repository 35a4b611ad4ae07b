/* Texts of others in HTML, SVG and XML: content, never markup. */
#include "mk-report.h"

#include <stdlib.h>

static void
put_escaped(FILE *out, char *shown)
{
	for (const char *c = shown; *c; c++)
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*c, out);
		}
	free(shown);
}

void
markup_text(FILE *out, const char *text, size_t columns)
{
	put_escaped(out, show_text(text, columns));
}

void
markup_sentence(FILE *out, const char *text, size_t columns)
{
	put_escaped(out, show_sentence(text, columns));
}
