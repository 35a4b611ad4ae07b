/*
 * mk-dash: the files that the page is made of, in the program. The Makefile
 * says where dygraphs is.
 */
#include "mk-dash.h"

#define EMBED(name, path)                                                      \
	__asm__(".pushsection .rodata\n"                                       \
		"embedded_" #name ": .incbin \"" path "\"\n"                   \
		"embedded_" #name "_end: .byte 0\n"                            \
		".popsection\n");                                              \
	extern const char embedded_##name[], embedded_##name##_end[];

EMBED(body, "tools/mk-dash.html")
EMBED(style, "tools/mk-dash.css")
EMBED(notice, "tools/mk-dash-dygraphs.txt")
EMBED(dygraphs_style, DYGRAPHS "/dygraph.min.css")
EMBED(dygraphs_script, DYGRAPHS "/dygraph.min.js")

/* The scripts of the page, in the order in which they need each other. */
EMBED(format, "tools/mk-dash-format.js")
EMBED(data, "tools/mk-dash-data.js")
EMBED(state, "tools/mk-dash-state.js")
EMBED(changes, "tools/mk-dash-changes.js")
EMBED(plot, "tools/mk-dash-plot.js")
EMBED(points, "tools/mk-dash-points.js")
EMBED(card, "tools/mk-dash-card.js")
EMBED(detail, "tools/mk-dash-detail.js")
EMBED(compare, "tools/mk-dash-compare.js")
EMBED(runs, "tools/mk-dash-runs.js")
EMBED(headline, "tools/mk-dash-headline.js")
EMBED(main, "tools/mk-dash.js")

#define EMBEDDED(name)                                                         \
	{                                                                      \
		embedded_##name, embedded_##name##_end                         \
	}

const struct embedded page_body = EMBEDDED(body);
const struct embedded page_style = EMBEDDED(style);
const struct embedded dygraphs_notice = EMBEDDED(notice);
const struct embedded dygraphs_style = EMBEDDED(dygraphs_style);
const struct embedded dygraphs_script = EMBEDDED(dygraphs_script);

const struct embedded page_scripts[] = {
    EMBEDDED(format),
    EMBEDDED(data),
    EMBEDDED(state),
    EMBEDDED(changes),
    EMBEDDED(plot),
    EMBEDDED(points),
    EMBEDDED(card),
    EMBEDDED(detail),
    EMBEDDED(compare),
    EMBEDDED(runs),
    EMBEDDED(headline),
    EMBEDDED(main),
    {0},
};
