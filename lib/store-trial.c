/* Whether files of the history can be read: a process tries it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "filed.h"
#include "store.h"

static void
try_file(const struct store *store, const char *file)
{
	char *path = store_path(store, file), *text;
	struct index texts = {0};
	struct filed filed;
	struct mark mark;

	if (store_is_mark(file)) {
		filed_read_mark(path, &mark, &texts, &text);
		index_release(&texts);
		free(text);
	} else {
		filed_read(&filed, path);
		filed_release(&filed);
	}
	free(path);
}

/* Says of each file that it has read it, and dies of one that is damaged. */
_Noreturn static void
try(const struct trial_reader *reader, size_t i, int fd)
{
	for (; i < reader->files->n; i++) {
		try_file(reader->store, reader->files->texts[i]);
		if (write(fd, "", 1) != 1)
			break;
	}
	_exit(0);
}

static void
start(struct trial_reader *reader, size_t i)
{
	int ends[2];
	pid_t child;

	fflush(stdout);
	if (pipe(ends) != 0)
		die_errno("pipe");
	child = fork();
	if (child < 0)
		die_errno("fork");
	if (child == 0) {
		close(ends[0]);
		try(reader, i, ends[1]);
	}
	close(ends[1]);
	reader->child = child;
	reader->fd = ends[0];
}

bool
trial_reader_can(struct trial_reader *reader, size_t i)
{
	char byte;
	ssize_t n;

	if (!reader->child)
		start(reader, i);
	while ((n = read(reader->fd, &byte, 1)) < 0 && errno == EINTR)
		;
	if (n == 1)
		return true;
	trial_reader_release(reader);
	return false;
}

void
trial_reader_release(struct trial_reader *reader)
{
	if (!reader->child)
		return;
	close(reader->fd);
	/* It has nothing more to say. */
	kill(reader->child, SIGKILL);
	while (waitpid(reader->child, NULL, 0) < 0 && errno == EINTR)
		;
	reader->child = 0;
}
