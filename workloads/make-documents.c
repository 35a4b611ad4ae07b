/*
 * make-documents: documents to be searched, and what searching must find.
 *
 * usage: make-documents [-n documents] [-s seed] directory
 *
 * The same arguments make the same bytes. The directory gets these files, whose
 * fields are parted by tabs:
 *
 *	documents.tsv	id, title and body: words of a language that nobody
 *			speaks, as frequent as Zipf's law has them
 *	counts.tsv	a word, and how many documents have it
 *	relevance.tsv	a query of two words, the id of a document, and how
 *			relevant that is: 3, 2 or 1; all others are not
 *	words.tsv	all words
 *	misspelt.tsv	a word with one letter wrong, and the right one
 */
#include "wlbench.h"

#include <sys/stat.h>
#include <unistd.h>

#define VOCABULARY     20000
#define WORD_SIZE      16
#define SYLLABLES      80
#define STEP	       104729 /* a prime: walks through all of 80^3 words */
#define TITLE_WORDS    4
#define BODY_WORDS     12 /* and up to as many again */
#define COUNTED	       20 /* words whose documents are counted */
#define FIRST_COUNTED  100
#define COUNTED_STEP   20 /* ranks between two of them */
#define TOPICS	       20
#define ROLES	       20 /* documents of a topic */
#define LEAST_DOCS     (TOPICS * ROLES)
#define MOST_DOCS      10000000
#define MISSPELT       200
#define MISSPELT_FIRST 1000
#define MISSPELT_STEP  83

static char words[VOCABULARY][WORD_SIZE];
static uint64_t documents_with[COUNTED];
static uint64_t seen_in[COUNTED]; /* the last document that had it, from 1 */

struct document {
	uint64_t id;	 /* from 1 */
	uint64_t topic;	 /* TOPICS: none */
	uint64_t role;	 /* in the topic */
	uint64_t *state; /* of the random numbers */
	FILE *out;
};

static FILE *
create(const char *name)
{
	FILE *file = fopen(name, "w");

	if (file == NULL)
		wlbench_quit(WLBENCH_TROUBLE, "%s: %s", name, strerror(errno));
	return file;
}

static void
finish(FILE *file, const char *name)
{
	if (ferror(file) != 0 || fclose(file) != 0)
		wlbench_quit(WLBENCH_TROUBLE, "%s: %s", name, strerror(errno));
}

static char *
syllable(char *to, uint64_t number)
{
	*to++ = "bcdfghjklmnprstv"[number / 5 % 16];
	*to++ = "aeiou"[number % 5];
	*to = '\0';
	return to;
}

/* Three syllables, no word the same, and one of three endings. */
static void
make_words(uint64_t seed)
{
	const uint64_t most = SYLLABLES * SYLLABLES * SYLLABLES;

	for (uint64_t i = 0; i < VOCABULARY; i++) {
		uint64_t number = (seed % most + i * STEP) % most;
		char *to = words[i];

		to = syllable(to, number % SYLLABLES);
		to = syllable(to, number / SYLLABLES % SYLLABLES);
		to = syllable(to, number / SYLLABLES / SYLLABLES);
		if (i % 3 > 0)
			strcpy(to, i % 3 == 1 ? "n" : "s");
	}
}

/* The two words of a topic; no other word begins with a q. */
static void
topic_word(char word[WORD_SIZE], uint64_t topic, int which)
{
	word[0] = 'q';
	syllable(
	    syllable(word + 1, topic * 3 + 1), topic * 2 + (uint64_t)which);
}

/* A rank by Zipf's law: its logarithm is evenly spread. */
static uint64_t
zipf(uint64_t *state)
{
	double rank = pow(VOCABULARY, wlbench_uniform(state)) - 1;

	return rank < VOCABULARY ? (uint64_t)rank : VOCABULARY - 1;
}

static void
write_words(const struct document *document, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t rank = zipf(document->state);
		uint64_t counted = (rank - FIRST_COUNTED) / COUNTED_STEP;

		fprintf(document->out, "%s%s", i > 0 ? " " : "", words[rank]);
		if (rank < FIRST_COUNTED || counted >= COUNTED ||
		    (rank - FIRST_COUNTED) % COUNTED_STEP != 0 ||
		    seen_in[counted] == document->id)
			continue;
		seen_in[counted] = document->id;
		documents_with[counted]++;
	}
}

static void
write_topic(const struct document *document, int which, int times)
{
	char word[WORD_SIZE];

	topic_word(word, document->topic, which);
	for (int i = 0; i < times; i++)
		fprintf(document->out, " %s", word);
}

/* What the documents of a topic have of its words, by their role. */
static const struct role {
	uint64_t below; /* up to this role */
	int grade;
	int title; /* each word, so many times */
	int first; /* in the body */
	int second;
	uint64_t more; /* words in the body */
} roles[] = {
    {3, 3, 1, 1, 1, 0},
    {8, 2, 0, 1, 1, 8},
    {14, 1, 0, 1, 0, 0},
    {17, 0, 0, 0, 3, 24},
    {ROLES, 0, 0, 0, 0, 0},
};

static const struct role *
role_of(const struct document *document)
{
	const struct role *role = roles;

	if (document->topic == TOPICS)
		return &roles[sizeof roles / sizeof roles[0] - 1];
	while (document->role >= role->below)
		role++;
	return role;
}

static void
write_document(const struct document *document)
{
	const struct role *role = role_of(document);
	uint64_t body = BODY_WORDS + role->more +
			wlbench_below(document->state, BODY_WORDS);

	fprintf(document->out, "%" PRIu64 "\t", document->id);
	write_words(document, TITLE_WORDS);
	write_topic(document, 0, role->title);
	write_topic(document, 1, role->title);
	fputc('\t', document->out);
	write_words(document, body);
	write_topic(document, 0, role->first);
	write_topic(document, 1, role->second);
	fputc('\n', document->out);
}

/* The documents of topics are spread evenly over all. */
static void
write_documents(uint64_t n, uint64_t seed)
{
	FILE *relevance = create("relevance.tsv");
	FILE *out = create("documents.tsv");
	uint64_t stride = n / LEAST_DOCS;
	char word[2][WORD_SIZE];

	for (uint64_t i = 0; i < n; i++) {
		uint64_t planted = i % stride == 0 ? i / stride : LEAST_DOCS;
		struct document document = {.id = i + 1,
		    .topic = planted < LEAST_DOCS ? planted / ROLES : TOPICS,
		    /* In no order, so that that of the ids is no help. */
		    .role = (planted * 7 + 13) % ROLES,
		    .state = &seed,
		    .out = out};
		int grade = role_of(&document)->grade;

		write_document(&document);
		if (grade == 0)
			continue;
		topic_word(word[0], document.topic, 0);
		topic_word(word[1], document.topic, 1);
		fprintf(relevance, "%s OR %s\t%" PRIu64 "\t%d\n", word[0],
		    word[1], document.id, grade);
	}
	finish(out, "documents.tsv");
	finish(relevance, "relevance.tsv");
}

/* Two letters change places, or one is another, is lost or is one too many. */
static void
misspell(char wrong[WORD_SIZE], const char *right, uint64_t kind, uint64_t at)
{
	size_t length = strlen(right);

	strcpy(wrong, right);
	switch (kind) {
	case 0:
		wrong[at] = right[at + 1];
		wrong[at + 1] = right[at];
		break;
	case 1:
		wrong[at] = 'w';
		break;
	case 2:
		memmove(wrong + at, right + at + 1, length - at);
		break;
	default:
		wrong[at] = 'y';
		memcpy(wrong + at + 1, right + at, length - at + 1);
	}
}

static void
write_lists(uint64_t seed)
{
	FILE *counts = create("counts.tsv");
	FILE *all = create("words.tsv");
	FILE *misspelt = create("misspelt.tsv");
	char wrong[WORD_SIZE + 1];

	for (uint64_t i = 0; i < COUNTED; i++)
		fprintf(counts, "%s\t%" PRIu64 "\n",
		    words[FIRST_COUNTED + i * COUNTED_STEP], documents_with[i]);
	for (uint64_t i = 0; i < VOCABULARY; i++)
		fprintf(all, "%s\n", words[i]);
	for (uint64_t i = 0; i < MISSPELT; i++) {
		const char *right = words[MISSPELT_FIRST + i * MISSPELT_STEP];

		misspell(wrong, right, i % 4,
		    1 + wlbench_below(&seed, strlen(right) - 2));
		fprintf(misspelt, "%s\t%s\n", wrong, right);
	}
	finish(counts, "counts.tsv");
	finish(all, "words.tsv");
	finish(misspelt, "misspelt.tsv");
}

__attribute__((noreturn)) static void
usage(void)
{
	wlbench_quit(WLBENCH_TROUBLE,
	    "usage: make-documents [-n documents] [-s seed] directory");
}

int
main(int argc, char *argv[])
{
	uint64_t n = 1000;
	uint64_t seed = wlbench_seed();
	int key;

	while ((key = getopt(argc, argv, "n:s:")) != -1)
		if (key == 'n')
			n = wlbench_param(
			    "-n", optarg, 0, LEAST_DOCS, MOST_DOCS);
		else if (key == 's')
			seed = wlbench_param("-s", optarg, 0, 0, UINT64_MAX);
		else
			usage();
	if (argc - optind != 1)
		usage();
	if ((mkdir(argv[optind], 0777) != 0 && errno != EEXIST) ||
	    chdir(argv[optind]) != 0)
		wlbench_quit(
		    WLBENCH_TROUBLE, "%s: %s", argv[optind], strerror(errno));
	make_words(seed);
	write_documents(n, seed);
	write_lists(seed);
	return 0;
}
