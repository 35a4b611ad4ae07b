/*
 * Files that cases read, and that are made once, by a generator, and kept for
 * later runs: in a directory whose name is a hash of all that they depend on.
 */
#include "wl-run-place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

/* What is made has such a name until it is whole. */
#define UNFINISHED ".unfinished-"

/* By how much it may be larger than was said. */
static const double tolerance = 1.1;

/* When a person is told why it takes so long. */
static const double told_after_ns = 1.5e9;

static char *cache; /* the directory; NULL: nobody wants one, or has one */
static char *lacks; /* why nobody has one */
static double seed;
static struct index failed; /* paths that could not be made */

/* What is being made, for the guard to remove if the runner is killed. */
static char *unfinished; /* PATH_MAX bytes that the two share */

/* --- reading --- */

void
fixture_read(struct loaded *loaded)
{
	record_clear(&fixture_type, &loaded->fixture);
	if (tree_is_object(loaded->exec.fixture.value))
		reader_get_part(&loaded->reader, loaded->exec.fixture.value,
		    &fixture_type, &loaded->fixture);
}

void
fixture_check(const struct loaded *loaded)
{
	const struct lines *in = &loaded->reader.lines;

	if (!loaded->exec.fixture.value)
		return;
	if (!tree_is_object(loaded->exec.fixture.value))
		lines_die(in, "fixture is not an object");
	if (!loaded->fixture.command.n)
		lines_die(in, "the fixture has no command");
	if (!(loaded->fixture.size > 0 && loaded->fixture.size <= 0x1p53))
		lines_die(in, "size must be from 1 to %g: %g", 0x1p53,
		    loaded->fixture.size);
}

void
fixture_release(struct loaded *loaded)
{
	record_release(&fixture_type, &loaded->fixture);
}

/* --- the cache --- */

static void
make_directories(const char *path)
{
	char *copy = mem_copy(path);

	for (char *slash = strchr(copy + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0777);
		*slash = '/';
	}
	free(copy);
	mkdir(path, 0777);
}

/* Where it is: as an option says, or as is usual. */
static char *
cache_directory(const char *option)
{
	const char *own = getenv("WL_CACHE"), *all = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (option)
		return mem_copy(option);
	if (own && *own)
		return mem_copy(own);
	if (all && *all == '/')
		return mem_format("%s/plumbline", all);
	if (!home || *home != '/')
		return NULL;
	return mem_format("%s/.cache/plumbline", home);
}

void
fixture_open(const struct jobs *jobs)
{
	const char *option = jobs->settings.cache;
	char *path = cache_directory(option);

	if (path) {
		make_directories(path);
		cache = realpath(path, NULL);
	}
	if (!cache && option)
		die_errno("--cache: %s", path);
	if (!cache)
		lacks = path ? mem_format("%s: %s", path, strerror(errno))
			     : mem_copy("there is no HOME");
	free(path);
	seed = jobs->settings.seed;
	unfinished = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (unfinished == MAP_FAILED)
		die_errno("memory");
}

void
fixture_close(void)
{
	free(lacks);
	lacks = NULL;
	if (!cache)
		return;
	if (*unfinished)
		scratch_remove(unfinished);
	munmap(unfinished, PATH_MAX);
	index_release(&failed);
	manifest_forget();
	free(cache);
	cache = NULL;
}

/* --- what it depends on --- */

static void
add_text(SHA2_CTX *hash, const char *text)
{
	SHA256Update(hash, (const uint8_t *)text, strlen(text) + 1);
}

/* What is in a file; false where it is no regular file. */
static bool
add_file(SHA2_CTX *hash, const char *path)
{
	static uint8_t bytes[64 << 10];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n = 0;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		return false;
	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		SHA256Update(hash, bytes, (size_t)n);
	close(fd);
	return true;
}

/* A word, and of a file what is in it, wherever a checkout has it. */
static void
add_word(SHA2_CTX *hash, struct loaded *loaded, const char *word)
{
	const char *path = loaded_text(loaded, word);

	if (*path == '/' && add_file(hash, path))
		word = strrchr(path, '/') + 1;
	add_text(hash, word);
}

static void
add_program(SHA2_CTX *hash, const struct jobs *jobs, struct loaded *loaded)
{
	struct environment env = env_make(jobs, loaded, "fixture", NAN, -1);
	const char *name = loaded_text(loaded, loaded->fixture.command.s[0]);
	char *path = process_find(name, env.texts, NULL);

	if (path)
		add_file(hash, path);
	free(path);
	env_release(&env);
}

char *
fixture_path(const struct jobs *jobs, struct loaded *loaded)
{
	const struct fixture *fixture = &loaded->fixture;
	char hex[SHA256_DIGEST_STRING_LENGTH], numbers[80];
	char *params;
	SHA2_CTX hash;

	if (!cache || !fixture->command.n)
		return NULL;
	SHA256Init(&hash);
	for (size_t i = 0; i < fixture->command.n; i++)
		add_word(&hash, loaded, fixture->command.s[i]);
	add_program(&hash, jobs, loaded);
	snprintf(numbers, sizeof numbers, "seed %.17g size %.17g", seed,
	    fixture->size);
	add_text(&hash, numbers);
	if (texts_are_for_shell(&fixture->command) &&
	    loaded->record.params.value) {
		params = tree_text(loaded->record.params.value);
		add_text(&hash, params);
		free(params);
	}
	SHA256End(&hash, hex);
	return mem_format("%s/%s", cache, hex);
}

/* --- making it --- */

/*
 * One is made at a time, by whoever has the lock of the cache; -1 where we were
 * asked to stop meanwhile.
 */
static int
lock_cache(const struct jobs *jobs, const struct attempt *attempt)
{
	int fd = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const double until_ns = process_now_ns() + told_after_ns;
	bool told = false;

	if (fd < 0)
		die_errno("--cache: %s", cache);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			die_errno("--cache: %s", cache);
		process_pause(0.05);
		if (!told && process_now_ns() >= until_ns) {
			told = true;
			progress_say(jobs, attempt->loaded,
			    "waiting for another run that makes a fixture; "
			    "then comes that of");
		}
		if (tree_stop_signal) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

/* Who has the lock knows that nobody works on these. */
static void
remove_unfinished(void)
{
	DIR *dir = opendir(cache);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path;

		if (!strstr(entry->d_name, UNFINISHED))
			continue;
		path = mem_format("%s/%s", cache, entry->d_name);
		scratch_remove(path);
		free(path);
	}
	if (dir)
		closedir(dir);
}

/* What the last look at one in the making needs. */
static struct {
	const struct jobs *jobs;
	const struct loaded *loaded;
	double told_ns; /* when a person is told; INFINITY: never again */
} making;

bool
fixture_is_too_large(void)
{
	double most = tolerance * making.loaded->fixture.size;

	if (process_now_ns() >= making.told_ns) {
		making.told_ns = INFINITY;
		progress_say(
		    making.jobs, making.loaded, "making the fixture of");
	}
	return manifest_survey(unfinished).size > most;
}

/* Whether it is what was said. */
static bool
check_made(struct attempt *attempt, const char *path)
{
	const double wanted = attempt->loaded->fixture.size;
	const bool ended = attempt->outcome.ending == ENDING_OUTPUT;
	struct survey made = manifest_survey(path);
	char has[48], was_to_have[48];

	if (!ended && !status_is_ok(attempt->status))
		return false;
	if (!ended && !made.files) {
		judge_fail(attempt, "expect", "it made no file");
		return false;
	}
	if (!ended && made.size <= tolerance * wanted)
		return true;
	metric_format(has, sizeof has, made.size, "B");
	metric_format(was_to_have, sizeof was_to_have, wanted, "B");
	judge_fail(attempt, "expect",
	    "it made files of %s, and they were to have %s%s", has, was_to_have,
	    ended ? "; it was ended" : "");
	return false;
}

/* Runs the generator in a directory, which is what the fixture is for it. */
static void
generate(const struct jobs *jobs, struct attempt *attempt, char *dir)
{
	struct loaded *loaded = attempt->loaded;
	const char *cwd = loaded->exec.cwd;
	char *path = loaded->place->fixture;
	struct texts words = loaded->fixture.command;

	words.s = mem_zero(words.n, sizeof *words.s);
	memcpy(words.s, loaded->fixture.command.s, words.n * sizeof *words.s);
	loaded->exec.cwd = loaded->place->fixture = dir;
	loaded_texts(loaded, &words);
	making.jobs = jobs;
	making.loaded = loaded;
	making.told_ns = process_now_ns() + told_after_ns;
	attempt_run_hook(jobs, attempt, &words);
	loaded->exec.cwd = cwd;
	loaded->place->fixture = path;
	free(words.s);
}

/* What was made is the fixture; what was it before has changed, and goes. */
static bool
put_in_place(const char *path)
{
	char *list = manifest_of(path);
	char *new_list = mem_format("%s" UNFINISHED "files", path);
	char *old = mem_format("%s" UNFINISHED "old", path);
	bool put = manifest_write(unfinished, new_list) &&
		   (rename(path, old) == 0 || errno == ENOENT) &&
		   rename(new_list, list) == 0 && rename(unfinished, path) == 0;
	int error = errno;

	scratch_remove(old);
	unlink(new_list);
	free(list);
	free(new_list);
	free(old);
	errno = error;
	return put;
}

/* True when it is there. */
static bool
make(const struct jobs *jobs, struct attempt *attempt, const char *path)
{
	bool made = false;

	snprintf(unfinished, PATH_MAX, "%s" UNFINISHED "XXXXXX", path);
	if (!mkdtemp(unfinished)) {
		judge_fail(
		    attempt, "spawn", "%s: %s", unfinished, strerror(errno));
		*unfinished = '\0';
		return false;
	}
	chmod(unfinished, 0755); /* for who becomes another user */
	generate(jobs, attempt, unfinished);
	if (check_made(attempt, unfinished)) {
		made = put_in_place(path);
		if (!made)
			judge_fail(
			    attempt, "spawn", "%s: %s", path, strerror(errno));
	}
	if (!made)
		scratch_remove(unfinished);
	*unfinished = '\0';
	return made;
}

/* Whether it is there, as it was made. */
static bool
is_there(const struct jobs *jobs, const struct attempt *attempt,
    const char *path, bool tells)
{
	char *differs;

	if (access(path, F_OK) != 0)
		return false;
	differs = manifest_differs(path);
	if (!differs)
		return true;
	if (tells && *differs) {
		emit_name(jobs, attempt->loaded);
		fputs(": its fixture was changed: ", stderr);
		output_show(differs);
		fputs("; it is made anew\n", stderr);
	}
	free(differs);
	return false;
}

/* The same, for one process at a time, and once for a run. */
static bool
make_once(const struct jobs *jobs, struct attempt *attempt, const char *path)
{
	bool made = false;
	int lock;

	if (index_find(&failed, path) != INDEX_NONE) {
		judge_fail(attempt, "exit", "it has failed before");
		return false;
	}
	lock = lock_cache(jobs, attempt);
	if (lock >= 0) {
		remove_unfinished();
		made = is_there(jobs, attempt, path, true) ||
		       make(jobs, attempt, path);
		close(lock);
	}
	if (!made && tree_stop_signal)
		attempt->outcome.ending = ENDING_INTERRUPTED;
	else if (!made)
		index_add(&failed, path);
	return made;
}

bool
fixture_make(const struct jobs *jobs, struct attempt *attempt)
{
	const struct attempt before = *attempt;
	const struct loaded *loaded = attempt->loaded;
	const char *path = loaded->place->fixture;

	if (!loaded->fixture.command.n)
		return true;
	attempt->phase = "fixture";
	attempt->hook = true;
	if (!path) {
		judge_fail(attempt, "spawn",
		    "no directory to keep it in: %s; --cache or WL_CACHE can "
		    "say another one",
		    lacks ? lacks : "");
		return false;
	}
	if (!is_there(jobs, attempt, path, false) &&
	    !make_once(jobs, attempt, path))
		return false;
	*attempt = before;
	manifest_note(path, loaded->record.workload ? loaded->record.workload
						    : loaded->record.name);
	return true;
}
