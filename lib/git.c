#include "git.h"

#include <ctype.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

extern char **environ;

enum {
	LONGEST = 64 /* digits of a commit */
};

/* A git that is at work. */
struct git {
	pid_t pid;
	FILE *out;
	char *line; /* the last one, without its newline */
	size_t capacity;
};

bool
git_is_commit(const char *text)
{
	size_t n = text ? strspn(text, "0123456789abcdef") : 0;

	return (n == 40 || n == LONGEST) && !text[n];
}

bool
git_is_here(void)
{
	char *path = realpath(".", NULL), *slash;
	bool found = getenv("GIT_DIR") != NULL;

	while (path && !found && (slash = strrchr(path, '/'))) {
		char *git = mem_format("%s/.git", path);
		struct stat status;

		found = stat(git, &status) == 0;
		free(git);
		*slash = '\0';
	}
	free(path);
	return found;
}

/* A file without a name that holds the text, to be a stdin; -1: none. */
static int
text_as_file(const char *text)
{
	size_t len = strlen(text);
	int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * A clone that has only a part of the objects would ask another machine for
 * each commit that is not there. git before 2.45 knows the second way only.
 */
static void
fetch_nothing(void)
{
	setenv("GIT_NO_LAZY_FETCH", "1", 1);
	setenv("GIT_ALLOW_PROTOCOL", "", 1);
}

/* Runs git with this stdin, or none; `quiet`: what it says is of no matter. */
static bool
git_start(struct git *git, char *const argv[], const char *in, bool quiet)
{
	posix_spawn_file_actions_t actions;
	int ends[2], fd = in ? text_as_file(in) : -1, failed;

	*git = (struct git){0};
	fetch_nothing();
	if (pipe2(ends, O_CLOEXEC) != 0)
		die_errno("git");
	posix_spawn_file_actions_init(&actions);
	if (fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, fd, 0);
	else
		posix_spawn_file_actions_addopen(
		    &actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (quiet)
		posix_spawn_file_actions_addopen(
		    &actions, 2, "/dev/null", O_WRONLY, 0);
	failed = posix_spawnp(&git->pid, "git", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (fd >= 0)
		close(fd);
	if (!failed)
		git->out = fdopen(ends[0], "r");
	else
		close(ends[0]);
	return !failed;
}

static bool
git_line(struct git *git)
{
	ssize_t n;

	if (!git->out)
		return false;
	n = getline(&git->line, &git->capacity, git->out);
	if (n <= 0)
		return false;
	if (git->line[n - 1] == '\n')
		git->line[n - 1] = '\0';
	return true;
}

/* Whether it ended well. One that is not read to its end has not. */
static bool
git_end(struct git *git)
{
	int status = -1;

	if (git->out) {
		fclose(git->out);
		while (waitpid(git->pid, &status, 0) < 0)
			;
	}
	free(git->line);
	*git = (struct git){0};
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The one line that git answers with, for the caller to free; or NULL. */
static char *
answer(char *const argv[])
{
	struct git git;
	char *text = NULL;

	git_start(&git, argv, NULL, true);
	if (git_line(&git))
		text = mem_copy(git.line);
	if (!git_end(&git)) {
		free(text);
		text = NULL;
	}
	return text;
}

char *
git_commit(const char *revision)
{
	char *name, *commit;
	char *argv[] = {"git", "rev-parse", "--verify", "--quiet",
	    "--end-of-options", NULL, NULL};

	if (*revision == '-' || !*revision || !git_is_here())
		return NULL;
	name = mem_format("%s^{commit}", revision);
	argv[5] = name;
	commit = answer(argv);
	free(name);
	if (git_is_commit(commit))
		return commit;
	free(commit);
	return NULL;
}

char *
git_time(const char *commit)
{
	char *argv[] = {"git", "log", "-1", "--format=%ct",
	    "--no-show-signature", "--no-patch", "--end-of-options",
	    (char *)(uintptr_t)commit, NULL};
	char *seconds, text[32];
	struct tm tm;
	time_t t;

	if (!git_is_commit(commit) || !git_is_here())
		return NULL;
	seconds = answer(argv);
	if (!seconds)
		return NULL;
	t = (time_t)strtoll(seconds, NULL, 10);
	free(seconds);
	if (!gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	return mem_copy(text);
}

bool
git_range(const char *range, struct index *commits)
{
	char *argv[] = {"git", "rev-list", "--end-of-options",
	    (char *)(uintptr_t)range, "--", NULL};
	struct git git;

	if (*range == '-' || !*range) {
		warn("not a revision: %s", range);
		return false;
	}
	git_start(&git, argv, NULL, false);
	while (git_line(&git))
		index_add(commits, git.line);
	return git_end(&git);
}

/* --- order --- */

/* What was walked through of the history. */
struct node {
	size_t *parents;
	size_t n, capacity;
	bool wanted, walked, done;
};

struct graph {
	struct index names;
	struct node *nodes;
	size_t n, capacity;
};

static size_t
node_of(struct graph *graph, const char *commit)
{
	size_t i = index_add(&graph->names, commit);

	if (i == graph->n)
		*MEM_PUSH(graph->nodes, graph->n, graph->capacity) =
		    (struct node){0};
	return i;
}

/* A line "COMMIT PARENT ..."; whether it is of one that is wanted. */
static bool
add_line(struct graph *graph, char *line, struct node **walked)
{
	char *rest = line, *word = strsep(&rest, " ");
	size_t i = node_of(graph, word);

	while ((word = strsep(&rest, " "))) {
		size_t parent = node_of(graph, word);
		struct node *node = &graph->nodes[i];

		*MEM_PUSH(node->parents, node->n, node->capacity) = parent;
	}
	*walked = &graph->nodes[i];
	(*walked)->walked = true;
	return (*walked)->wanted;
}

/* Those of the commits that git has. */
static void
find_known(const char *const commits[], size_t n, struct index *known)
{
	char *argv[] = {"git", "cat-file", "--buffer",
	    "--batch-check=%(objecttype) %(objectname)", NULL};
	size_t len = 0, size = n * (LONGEST + 1) + 1;
	char *list = mem_alloc(size);
	struct git git;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(
		    list + len, size - len, "%s\n", commits[i]);
	git_start(&git, argv, list, true);
	while (git_line(&git)) {
		const char *name = git.line + strlen("commit ");

		if (strncmp(git.line, "commit ", strlen("commit ")) == 0 &&
		    git_is_commit(name))
			index_add(known, name);
	}
	git_end(&git);
	free(list);
}

/* One a line, and behind them one more line; for the caller to free. */
static char *
list_of(const struct index *commits, const char *last)
{
	size_t len = 0, size = (commits->n + 1) * (LONGEST + 2) + 1;
	char *list = mem_alloc(size);

	for (size_t i = 0; i < commits->n; i++)
		len += (size_t)snprintf(
		    list + len, size - len, "%s\n", commits->texts[i]);
	snprintf(list + len, size - len, "%s", last);
	return list;
}

/*
 * Parents before children, by a walk in depth that has a stack of its own: a
 * history is deeper than any stack of ours.
 */
static void
walk(struct graph *graph, size_t from, struct index *ordered)
{
	size_t *stack = NULL, n = 0, capacity = 0;

	*MEM_PUSH(stack, n, capacity) = from;
	while (n) {
		size_t at = stack[n - 1];
		struct node *node = &graph->nodes[at];

		if (node->n && !node->done) {
			size_t parent = node->parents[--node->n];

			if (!graph->nodes[parent].done)
				*MEM_PUSH(stack, n, capacity) = parent;
			continue;
		}
		n--;
		if (node->wanted && !node->done)
			index_add(ordered, graph->names.texts[at]);
		node->done = true;
	}
	free(stack);
}

/* Walks back until all that are wanted were seen. */
static void
read_graph(struct graph *graph, const char *known, size_t wanted, size_t **seen,
    size_t *n)
{
	char *argv[] = {"git", "rev-list", "--parents", "--stdin", NULL};
	size_t capacity = 0;
	struct node *node;
	struct git git;

	git_start(&git, argv, known, true);
	while (*n < wanted && git_line(&git))
		if (add_line(graph, git.line, &node))
			*MEM_PUSH(*seen, *n, capacity) =
			    (size_t)(node - graph->nodes);
	git_end(&git);
}

/* The names among the texts, each once; for the caller to free. */
static const char **
names_of(const char *const commits[], size_t n, size_t *n_names)
{
	const char **names = mem_zero(n, sizeof *names);
	struct index seen = {0};

	*n_names = 0;
	for (size_t i = 0; i < n; i++)
		if (git_is_commit(commits[i]) &&
		    index_add(&seen, commits[i]) == *n_names)
			names[(*n_names)++] = commits[i];
	index_release(&seen);
	return names;
}

void
git_know(const char *const commits[], size_t n, struct index *known)
{
	size_t n_names;
	const char **names = names_of(commits, n, &n_names);

	if (n_names && git_is_here())
		find_known(names, n_names, known);
	free(names);
}

void
git_order(const char *const commits[], size_t n, struct index *ordered)
{
	struct graph graph = {0};
	size_t *seen = NULL, n_seen = 0;
	struct index known = {0};

	git_know(commits, n, &known);
	for (size_t i = 0; i < known.n; i++) {
		size_t node = node_of(&graph, known.texts[i]);

		graph.nodes[node].wanted = true;
	}
	if (known.n) {
		char *list = list_of(&known, "");

		read_graph(&graph, list, known.n, &seen, &n_seen);
		free(list);
	}
	while (n_seen)
		walk(&graph, seen[--n_seen], ordered);
	for (size_t i = 0; i < graph.n; i++)
		free(graph.nodes[i].parents);
	free(graph.nodes);
	free(seen);
	index_release(&graph.names);
	index_release(&known);
}

/* --- what contains what --- */

/* Whether what is not found may be beyond the end of what git has. */
static bool
is_shallow(void)
{
	char *argv[] = {"git", "rev-parse", "--is-shallow-repository", NULL};
	char *text = answer(argv);
	bool shallow = !text || strcmp(text, "false") != 0;

	free(text);
	return shallow;
}

/* Those on the way from the ancestor to any of the commits. */
static bool
find_between(
    const char *ancestor, const struct index *commits, struct index *between)
{
	char *argv[] = {"git", "rev-list", "--ancestry-path", "--stdin", NULL};
	char *except = mem_format("^%s\n", ancestor);
	char *list = list_of(commits, except);
	struct git git;

	git_start(&git, argv, list, true);
	while (git_line(&git))
		index_add(between, git.line);
	free(list);
	free(except);
	return git_end(&git);
}

void
git_contain(const char *ancestor, const char *const commits[], size_t n,
    struct index *with, struct index *without)
{
	struct index itself = {0}, known = {0}, between = {0};
	int shallow = -1;

	git_know(&ancestor, 1, &itself);
	if (itself.n)
		git_know(commits, n, &known);
	if (known.n && find_between(ancestor, &known, &between))
		for (size_t i = 0; i < known.n; i++) {
			const char *name = known.texts[i];

			if (strcmp(name, ancestor) == 0 ||
			    index_find(&between, name) != INDEX_NONE) {
				index_add(with, name);
				continue;
			}
			if (shallow < 0)
				shallow = is_shallow();
			if (!shallow)
				index_add(without, name);
		}
	index_release(&itself);
	index_release(&known);
	index_release(&between);
}
