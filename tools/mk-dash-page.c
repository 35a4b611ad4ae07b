/*
 * mk-dash: the page around the data: one file that needs no other, and that
 * may run no script and use no style but those which it came with.
 */
#include <sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mk-dash.h"
#include "utf8.h"

enum {
	TITLE_BYTES = 200
};

/* A file of ours or dygraphs' as it stands in the page. */
struct section {
	char *text;
	size_t len;
};

/* Where a debugger finds the source is of no use in the page: it is no file. */
static size_t
without_map(const char *text, size_t len)
{
	static const char map[] = "# sourceMappingURL=";
	size_t size = sizeof map - 1;

	for (size_t i = len >= size ? len - size : 0; i > 2; i--)
		if (memcmp(text + i, map, size) == 0)
			return i - 2; /* the comment begins there */
	return len;
}

static void
add(struct section *section, const char *text, size_t len)
{
	section->text = mem_resize(section->text, section->len + len + 1, 1);
	memcpy(section->text + section->len, text, len);
	section->len += len;
	section->text[section->len] = '\0';
}

static void
add_embedded(struct section *section, const struct embedded *part)
{
	size_t len = (size_t)(part->end - part->text);

	add(section, part->text, without_map(part->text, len));
}

/* dygraphs with its notice, then our own. */
static struct section
all_scripts(void)
{
	struct section section = {0};

	add(&section, "\n/*!\n", 5);
	add_embedded(&section, &dygraphs_notice);
	add(&section, "*/\n", 3);
	add_embedded(&section, &dygraphs_script);
	for (const struct embedded *part = page_scripts; part->text; part++)
		add_embedded(&section, part);
	return section;
}

static struct section
all_styles(void)
{
	struct section section = {0};

	add(&section, "\n", 1);
	add_embedded(&section, &dygraphs_style);
	add(&section, "\n", 1);
	add_embedded(&section, &page_style);
	return section;
}

/* Source: RFC 4648, section 4. */
static void
put_base64(FILE *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t word = (uint32_t)bytes[i] << 16;

		if (i + 1 < n)
			word |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < n)
			word |= bytes[i + 2];
		for (size_t k = 0; k < 4; k++)
			fputc(
			    i + k > n ? '=' : digits[word >> (18 - 6 * k) & 63],
			    out);
	}
}

static void
put_hash(FILE *out, const struct section *section)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, (const uint8_t *)section->text, section->len);
	SHA256Final(digest, &context);
	fputs("'sha256-", out);
	put_base64(out, digest, sizeof digest);
	fputc('\'', out);
}

/* The title in HTML; what would act or hide in it is shown. */
static void
put_title(FILE *out, const char *title)
{
	char shown[16];

	for (size_t used = 0; *title && used < TITLE_BYTES;) {
		size_t n = utf8_show(shown, title);

		title += n;
		used += n;
		if (strcmp(shown, "<") == 0)
			fputs("&lt;", out);
		else if (strcmp(shown, "&") == 0)
			fputs("&amp;", out);
		else
			fputs(shown, out);
	}
}

/*
 * JSON inside a script element: no "<" can end that or begin a comment, and
 * nothing in it is the end of a line. All of these are in strings only.
 */
static void
put_data(FILE *out, const char *data, size_t len)
{
	static const char separator[] = "\xe2\x80";

	for (size_t i = 0; i < len; i++)
		if (data[i] == '<')
			fputs("\\u003c", out);
		else if (len - i > 2 && memcmp(data + i, separator, 2) == 0 &&
			 ((uint8_t)data[i + 2] & 0xfe) == 0xa8) {
			fputs(data[i + 2] & 1 ? "\\u2029" : "\\u2028", out);
			i += 2;
		} else
			fputc(data[i], out);
}

static void
put_policy(FILE *out, const struct section *script, const struct section *style)
{
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\""
	      "default-src 'none'; script-src ",
	    out);
	put_hash(out, script);
	fputs("; style-src ", out);
	put_hash(out, style);
	fputs("; img-src data:; base-uri 'none'; form-action 'none'\">\n", out);
}

void
page_write(FILE *out, const char *title, const char *data, size_t len)
{
	struct section script = all_scripts(), style = all_styles();

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n",
	    out);
	put_policy(out, &script, &style);
	fputs("<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n<meta name=\"referrer\" "
	      "content=\"no-referrer\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	    out);
	put_title(out, title);
	fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n%.*s",
	    style.text, (int)(page_body.end - page_body.text), page_body.text);
	fputs("<script type=\"application/json\" id=\"data\">\n", out);
	put_data(out, data, len);
	fprintf(out, "\n</script>\n<script>%s</script>\n</body>\n</html>\n",
	    script.text);
	free(script.text);
	free(style.text);
}
