/* Where the files of the history are. */
#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "die.h"
#include "place.h"
#include "replace.h"
#include "store.h"

enum {
	MOST_BYTES = 100, /* of a word: file names have 255 at most */
	KEPT_BYTES = 80,
	HASH_DIGITS = 16,
	COMMIT_DIGITS = 12
};

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr("_.+@-", c);
}

/* A long one is cut, and told from others by its hash. */
static char *
shorten(char *word, const char *text)
{
	char hash[SHA256_DIGEST_STRING_LENGTH];
	char *cut;

	if (strlen(word) <= MOST_BYTES)
		return word;
	SHA256Data((const uint8_t *)text, strlen(text), hash);
	cut = mem_format("%.*s~%.*s", KEPT_BYTES, word, HASH_DIGITS, hash);
	free(word);
	return cut;
}

/* What is not plain is %XX, as in names of cases; no name is hidden or empty.
 */
char *
store_word(const char *text)
{
	char *word, *to;

	if (!text || !*text)
		return mem_copy("unknown");
	word = to = mem_alloc(3 * strlen(text) + 1);
	for (const char *c = text; *c; c++)
		if (is_plain(*c) && !(c == text && (*c == '.' || *c == '-')))
			*to++ = *c;
		else
			to += sprintf(to, "%%%02X", (unsigned char)*c);
	*to = '\0';
	return shorten(word, text);
}

/* An architecture is a name beside those of the history's own files. */
static char *
beside_ours(const char *text)
{
	char *word = store_word(text), *other;

	if (strcmp(word, STORE_MARKS) != 0 &&
	    strncmp(word, STORE_INDEX, strlen(STORE_INDEX)) != 0)
		return word;
	other = mem_format("%%%02X%s", (unsigned char)*word, word + 1);
	free(word);
	return other;
}

/* 2026-11-21T01:30:00Z as 20261121T013000Z. */
static char *
compact(const char *time)
{
	char *text = mem_copy(time), *to = text;

	for (const char *c = time; *c && *c != '.'; c++)
		if (*c != '-' && *c != ':')
			*to++ = *c;
	*to = '\0';
	return text;
}

char *
store_name(const struct run *run)
{
	char *commit =
	    mem_format("%.*s", COMMIT_DIGITS, run->commit ? run->commit : "");
	char *time = compact(run->time);
	char *words[] = {beside_ours(run->arch), store_word(run->machine),
	    store_word(time), store_word(commit), store_word(run->run)};
	char *name = mem_format("%s/%s/%s-%s-%s.jsonl", words[0], words[1],
	    words[2], words[3], words[4]);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		free(words[i]);
	free(time);
	free(commit);
	return name;
}

char *
store_path(const struct store *store, const char *file)
{
	return mem_format("%s/%s", store->root, file);
}

/* Makes sure that the directories that a path leads through are there. */
static void
sync_directories(const struct store *store, const char *file)
{
	char *path = store_path(store, file), *slash;
	char *parent = directory_of(store->root);

	while ((slash = strrchr(path, '/')) &&
	       slash >= path + strlen(store->root)) {
		*slash = '\0';
		place_sync(path);
	}
	place_sync(parent);
	free(parent);
	free(path);
}

void
store_sync(const struct store *store, const char *file)
{
	char *path = store_path(store, file);

	place_sync(path);
	sync_directories(store, file);
	free(path);
}

/* Whether the index knows a file that is in the directory of this one. */
static bool
has_neighbour(struct store *store, const char *file)
{
	char *directory = directory_of(file);
	struct query query;
	bool found;

	query_open(&query, &store->db,
	    "SELECT 1 FROM run WHERE file > ?1 || '/' AND file < ?1 || '0'");
	query_put_text(&query, 0, directory);
	found = query_next(&query);
	query_release(&query);
	free(directory);
	return found;
}

void
store_make_directory(struct store *store, const char *file)
{
	char *path = store_path(store, file), *slash = path;
	size_t root = strlen(store->root);
	struct stat status;

	place_make(store->root);
	slash = path + root;
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			die_errno("%s", path);
		if (lstat(path, &status) != 0)
			die_errno("%s", path);
		if (!S_ISDIR(status.st_mode))
			die("%s: not a directory of the history", path);
		*slash = '/';
	}
	free(path);
	/* Who made it may have been killed before it was safe. */
	if (!has_neighbour(store, file))
		sync_directories(store, file);
}
