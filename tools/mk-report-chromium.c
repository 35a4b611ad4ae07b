/*
 * The HTML report printed by Chromium, which makes PDF that is tagged: a screen
 * reader can follow it. The program is run with a list of arguments and in a
 * directory of its own, which is gone afterwards, whatever happens.
 */
#include "mk-report.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

extern char **environ;

enum {
	PATIENCE = 120, /* seconds */
	LOG_COLUMNS = 300,
	MOST_OPEN = 16, /* directories at a time, while they are removed */
};

/* Where it prints: all paths are below the directory. */
struct printer {
	char *dir, *html, *pdf, *log;
	char *profile, *print, *url; /* arguments */
};

/* A path in a URL: what could mean something there is escaped. */
static char *
url_of(const char *path)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789/-_.~";
	char *url = mem_alloc(strlen("file://") + 3 * strlen(path) + 1);
	char *end = stpcpy(url, "file://");

	for (; *path; path++)
		if (strchr(safe, *path))
			*end++ = *path;
		else
			end += sprintf(end, "%%%02X", (unsigned char)*path);
	*end = '\0';
	return url;
}

static struct printer
make_printer(void)
{
	const char *tmp = getenv("TMPDIR");
	struct printer place = {0};
	char *real;

	place.dir =
	    mem_format("%s/mk-report.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(place.dir))
		die_errno("%s", place.dir);
	real = realpath(place.dir, NULL); /* a URL has no relative path */
	if (real) {
		free(place.dir);
		place.dir = real;
	}
	place.html = mem_format("%s/report.html", place.dir);
	place.pdf = mem_format("%s/report.pdf", place.dir);
	place.log = mem_format("%s/log", place.dir);
	place.profile = mem_format("--user-data-dir=%s/profile", place.dir);
	place.print = mem_format("--print-to-pdf=%s", place.pdf);
	place.url = url_of(place.html);
	return place;
}

static int
remove_one(
    const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	remove(path);
	return 0;
}

static void
remove_printer(struct printer *place)
{
	nftw(place->dir, remove_one, MOST_OPEN, FTW_DEPTH | FTW_PHYS);
	free(place->dir);
	free(place->html);
	free(place->pdf);
	free(place->log);
	free(place->profile);
	free(place->print);
	free(place->url);
}

/* A whole file, for the caller to free; NULL where that cannot be read. */
static char *
read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "re");
	char *text = NULL, part[16384];
	FILE *out = in ? open_memstream(&text, len) : NULL;
	size_t n;

	while (out && (n = fread(part, 1, sizeof part, in)) > 0)
		fwrite(part, 1, n, out);
	if (out)
		fclose(out);
	if (in)
		fclose(in);
	return text;
}

static bool
write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "we");
	bool good = f && fwrite(text, 1, len, f) == len;

	return f && fclose(f) == 0 && good;
}

/* What it said last, as it says much. */
static char *
last_line(const struct printer *place)
{
	size_t len;
	char *log = read_file(place->log, &len), *last, *shown;

	while (log && len && log[len - 1] == '\n')
		log[--len] = '\0';
	last = log ? strrchr(log, '\n') : NULL;
	shown = show_sentence(last ? last + 1 : log, LOG_COLUMNS);
	free(log);
	return shown;
}

/* In a group of its own, with all signals as they are by default. */
static int
start(const struct printer *place, pid_t *pid)
{
	char *argv[] = {"chromium", "--headless", "--disable-gpu",
	    "--no-first-run", "--no-pdf-header-footer", place->profile,
	    place->print, place->url,
	    /* It refuses to have a sandbox where it is root. */
	    geteuid() == 0 ? "--no-sandbox" : NULL, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, place->log,
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(
	    &actions, STDOUT_FILENO, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
						  POSIX_SPAWN_SETSIGDEF |
						  POSIX_SPAWN_SETPGROUP);
	error =
	    posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return error;
}

/*
 * Waits for its end, for a signal to us, or until our patience ends, and leaves
 * nothing of it. Returns the signal, or 0. `*status` is -1 where it did not end
 * by itself.
 */
static int
attend(pid_t pid, const sigset_t *signals, int *status)
{
	const struct timespec patience = {.tv_sec = PATIENCE};
	int number = SIGCHLD;
	pid_t ended = 0;

	while (number == SIGCHLD && ended != pid) {
		ended = waitpid(pid, status, WNOHANG);
		if (ended == pid)
			break;
		do
			number = sigtimedwait(signals, NULL, &patience);
		while (number < 0 && errno == EINTR);
	}
	kill(-pid, SIGKILL);
	if (ended != pid) {
		waitpid(pid, NULL, 0);
		*status = -1;
	}
	return ended == pid || number < 0 ? 0 : number;
}

/* What went wrong, for the caller to free; or NULL. */
static char *
print_page(const struct printer *place, const sigset_t *signals, int *number)
{
	int status, error;
	char *said, *what;
	pid_t pid;

	error = start(place, &pid);
	if (error == ENOENT)
		return mem_copy("there is no chromium in PATH");
	if (error)
		return mem_format("chromium: %s", strerror(error));
	*number = attend(pid, signals, &status);
	if (*number)
		return mem_copy("interrupted");
	if (status == 0)
		return NULL;
	if (status == -1)
		return mem_format("chromium: no end after %d s", PATIENCE);
	said = last_line(place);
	what = mem_format("chromium has failed: %s", said);
	free(said);
	return what;
}

/* The page as PDF. */
static char *
convert(const char *html, size_t len, size_t *pdf_len)
{
	struct printer place;
	sigset_t signals, before;
	char *what, *pdf = NULL;
	int number = 0;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	place = make_printer();
	if (write_file(place.html, html, len))
		what = print_page(&place, &signals, &number);
	else
		what = mem_format("%s: %s", place.html, strerror(errno));
	if (!what)
		pdf = read_file(place.pdf, pdf_len);
	if (!what && !pdf)
		what = mem_copy("chromium has not printed anything");
	remove_printer(&place);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (number)
		raise(number);
	if (!pdf)
		die("%s", what);
	return pdf;
}

void
write_pdf_by_chromium(
    FILE *out, const struct model *model, const struct options *options)
{
	char *html = NULL, *pdf;
	size_t len = 0;
	FILE *f = open_memstream(&html, &len);

	if (f)
		write_html(f, model, options);
	if (!f || fclose(f) != 0)
		die_errno("memory");
	pdf = convert(html, len, &len);
	fwrite(pdf, 1, len, out);
	free(html);
	free(pdf);
}
