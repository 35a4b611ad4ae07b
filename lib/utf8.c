#include "utf8.h"

#include <stdio.h>
#include <string.h>

size_t
utf8_decode(const char *text, uint32_t *code)
{
	const unsigned char *c = (const unsigned char *)text;
	/* The least code point of each length: overlong forms are invalid. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = c[0] < 0x80	     ? 1
		   : c[0] >> 5 == 6  ? 2
		   : c[0] >> 4 == 14 ? 3
		   : c[0] >> 3 == 30 ? 4
				     : 0;

	*code = n == 1 ? c[0] : c[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (c[i] >> 6 != 2)
			return 0;
		*code = *code << 6 | (c[i] & 0x3f);
	}
	if (n && (*code < least[n] || *code > 0x10ffff || *code >> 11 == 0x1b))
		return 0;
	return n;
}

bool
utf8_is_hidden(uint32_t code)
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
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

size_t
utf8_show(char shown[16], const char *text)
{
	uint32_t code;
	size_t n = utf8_decode(text, &code);

	shown[n] = '\0';
	if (!n || (code < 0x80 && utf8_is_hidden(code)))
		snprintf(shown, 16, "\\x%02x", (unsigned char)*text);
	else if (utf8_is_hidden(code))
		snprintf(shown, 16, "\\u%04x", code);
	else
		memcpy(shown, text, n);
	return n ? n : 1;
}
