/*
 * Characters of UTF-8, and which of them are not for a terminal. Level 0.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many bytes of a valid UTF-8 character begin in a text that ends in NUL,
 * and its code point; 0 where none does. Source: RFC 3629, sections 3 and 4.
 */
size_t utf8_decode(const char *text, uint32_t *code);

/*
 * Whether a code point acts or hides where it should be seen: Unicode's Cc and
 * Cf, which turn the direction of writing, and separators of lines.
 */
bool utf8_is_hidden(uint32_t code);

/*
 * Writes what a person sees of the first character of a text, into 16 bytes,
 * and returns how many bytes it is of: the character; or, of one that is hidden
 * or is none, \x1b or \u202e.
 */
size_t utf8_show(char shown[16], const char *text);

#endif
