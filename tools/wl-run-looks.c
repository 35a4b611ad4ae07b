/*
 * Looks at what has been measured so far: the cases that are decided are not
 * measured any further. Whether they are is for a command to say, which reads
 * the records and writes verdicts; how the chance of a false one stays what it
 * is, although there are several looks, is in lib/looks.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "looks.h"
#include "wl-run.h"

/* The records so far, as if that were all of the run, into the command. */
#define SCRIPT                                                                 \
	"{ cat \"$1\" && echo '{\"type\":\"end\",\"complete\":true}'; } | {\n" \
	"eval \"$2\"\n"                                                        \
	"}"

extern char **environ;

/* Starts the command; what it writes is to be read from `*out`. */
static pid_t
start(const struct jobs *jobs, int *out)
{
	char *argv[] = {"sh", "-c", SCRIPT, "sh", (char *)jobs->journal.path,
	    (char *)jobs->settings.adaptive, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die_errno("--adaptive");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	error = posix_spawnp(&pid, "sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	*out = ends[0];
	errno = error;
	if (error)
		die_errno("--adaptive: sh");
	return pid;
}

/* Copies all that comes, unless we are to stop. */
static void
copy(int in, FILE *to)
{
	char part[65536];
	struct pollfd ready = {.fd = in, .events = POLLIN};
	ssize_t n = 1;

	while (n > 0 && !tree_stop_signal) {
		if (poll(&ready, 1, -1) < 0)
			continue; /* a signal */
		n = read(in, part, sizeof part);
		if (n > 0)
			fwrite(part, 1, (size_t)n, to);
	}
}

/* What the command writes, in a file; NULL where it does not answer. */
static FILE *
ask(const struct jobs *jobs)
{
	int out, status = -1;
	pid_t pid = start(jobs, &out);
	FILE *answer = tmpfile();

	if (!answer)
		die_errno("--adaptive");
	copy(out, answer);
	close(out);
	if (tree_stop_signal)
		tree_kill();
	else
		waitpid(pid, &status, 0);
	if (fflush(answer) || ferror(answer) ||
	    lseek(fileno(answer), 0, SEEK_SET) < 0)
		die_errno("--adaptive");
	/* As cmp-baseline has it: a verdict that nobody likes is an answer. */
	if (WIFEXITED(status) && (WEXITSTATUS(status) == STATUS_DONE ||
				     WEXITSTATUS(status) == STATUS_NO ||
				     WEXITSTATUS(status) == STATUS_UNDECIDED))
		return answer;
	if (!tree_stop_signal)
		warn("--adaptive: its command failed: nothing is decided");
	fclose(answer);
	return NULL;
}

/*
 * What more rounds could still decide; a small change, too, for that it is
 * below the threshold is said by its interval, which is made for one look.
 */
static bool
is_open(const struct verdict *v)
{
	return v->gating == true && word_is(v->kind, "change") &&
	       (word_is(v->verdict, "inconclusive") ||
		   word_is(v->verdict, "small"));
}

/* The names of the cases that have such verdicts; closes the answer. */
static void
read_answer(struct index *open, FILE *answer)
{
	static char *none[] = {NULL};
	struct reader in = {.lines.operands = none,
	    .lines.stream = answer,
	    .lines.name = "the answer of --adaptive"};
	struct verdict verdict;

	while (reader_next(&in)) {
		if (in.kind != RECORD_VERDICT)
			continue;
		reader_get(&in, &verdict_type, &verdict);
		if (is_open(&verdict))
			index_add(open, verdict.name);
		record_release(&verdict_type, &verdict);
	}
	reader_release(&in);
}

/* Whether a case is of a family of stat-agg's, as w/n=1 is of w/n=*. */
static bool
is_of_family(const char *family, const char *name)
{
	const char *star = strstr(family, "=*");
	size_t len;

	if (!star)
		return false;
	len = (size_t)(star + 1 - family);
	if (strncmp(family, name, len) != 0)
		return false;
	name += len;
	return strcmp(star + 2, name + strcspn(name, ",")) == 0;
}

/* Whether a case is among those of a list, itself or by its family. */
static bool
is_among(const struct jobs *jobs, const struct job *job, struct index *names)
{
	struct loaded loaded;
	bool is;

	job_load(jobs, job, 0, &loaded);
	is = index_find(names, loaded.record.name) != INDEX_NONE;
	for (size_t i = 0; i < names->n && !is; i++)
		is = is_of_family(names->texts[i], loaded.record.name);
	job_unload(&loaded);
	return is;
}

/* Whether a case has more rounds than that: it was not decided then. */
static bool
has_more(const struct jobs *jobs, const struct job *job, unsigned rounds)
{
	for (size_t v = 0; v < jobs->n_variants; v++)
		if (job_unit(jobs, job, v)->done > (int)rounds)
			return true;
	return false;
}

void
looks_set(const struct jobs *jobs, struct job *job)
{
	job->min = job->max = (int)looks_rounds[jobs->look];
}

bool
looks_next(struct jobs *jobs)
{
	unsigned rounds = looks_rounds[jobs->look];
	struct index open = {0};
	size_t n = 0, n_before = 0;
	FILE *answer;

	if (!jobs->settings.adaptive || tree_stop_signal ||
	    jobs->look == LOOKS - 1)
		return false;
	answer = ask(jobs);
	if (answer)
		read_answer(&open, answer);
	jobs->look++;
	for (size_t i = 0; i < jobs->n && !tree_stop_signal; i++) {
		struct job *job = &jobs->jobs[i];

		if (job->max != (int)rounds)
			continue;
		n_before++;
		if (answer && !has_more(jobs, job, rounds) &&
		    !is_among(jobs, job, &open))
			continue;
		looks_set(jobs, job);
		n++;
	}
	if (!jobs->settings.quiet && !tree_stop_signal)
		fprintf(stderr,
		    "wl-run: after %u rounds %zu of %zu cases are decided\n",
		    rounds, n_before - n, n_before);
	index_release(&open);
	return n > 0;
}
