/* What a person sees of a run while it goes on. */
#include "wl-run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "utf8.h"

/* Lines that nobody asked a terminal for come this seldom. */
static const double PLAIN_EVERY_NS = 5e9;

long
progress_still_to_do(
    const struct jobs *jobs, const struct job *job, const struct unit *unit)
{
	long warmups = job->warmup - unit->warmups_done;
	long trials = job->min - unit->done;

	long counts =
	    unit_wants_count(job, unit) ? job->counts - unit->counted : 0;

	if (!unit_wants_trial(jobs, job, unit))
		return counts;
	return counts + (warmups > 0 ? warmups : 0) + (trials > 0 ? trials : 0);
}

/* A terminal that shows the records has no place for progress. */
static bool
shows_line(const struct settings *settings)
{
	const char *term = getenv("TERM");

	return !settings->quiet && settings->showing == SHOWING_AUTO &&
	       isatty(2) && !isatty(1) && term && strcmp(term, "dumb") != 0;
}

static bool
shows_plain(const struct jobs *jobs)
{
	return !jobs->settings.quiet && jobs->settings.showing == SHOWING_PLAIN;
}

void
progress_more(struct progress *p, const struct jobs *jobs)
{
	p->all = p->done;
	for (size_t i = 0; i < jobs->n; i++)
		for (size_t v = 0; v < jobs->n_variants; v++)
			p->all += progress_still_to_do(jobs, &jobs->jobs[i],
			    job_unit(jobs, &jobs->jobs[i], v));
}

void
progress_begin(struct progress *p, struct jobs *jobs)
{
	double now_ns = process_now_ns();

	*p = (struct progress){
	    .start_ns = now_ns, .shown_ns = now_ns - PLAIN_EVERY_NS};
	jobs->progress = shows_line(&jobs->settings);
	progress_more(p, jobs);
}

/* Cuts a text to so many columns. */
static void
cut(char *text, size_t columns)
{
	uint32_t code;

	for (; *text && columns; columns--) {
		size_t n = utf8_decode(text, &code);

		text += n ? n : 1;
	}
	*text = '\0';
}

static size_t
terminal_width(void)
{
	struct winsize size;

	return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
							       : 80;
}

/* How long the rest takes, if it is like what is done: "0:21 left, ". */
static char *
time_left(const struct progress *p, double now_ns)
{
	double spent_s = (now_ns - p->start_ns) / 1e9;
	long left_s;

	if (!p->done)
		return mem_copy("");
	left_s = lround(spent_s / (double)p->done * (double)(p->all - p->done));
	return mem_format("%ld:%02ld left, ", left_s / 60, left_s % 60);
}

/* On a terminal it takes the place of the line before it. */
static void
show_line(const struct jobs *jobs, char *line)
{
	if (jobs->progress) {
		cut(line, terminal_width() - 1);
		fprintf(stderr, CLEAR_LINE "%s", line);
	} else {
		fprintf(stderr, "wl-run: %s\n", line);
	}
}

void
progress_now(struct progress *p, const struct jobs *jobs, const struct job *job,
    size_t v)
{
	double now_ns = process_now_ns();
	struct loaded loaded;
	char *name, *left, *line;

	if (!jobs->progress &&
	    (!shows_plain(jobs) || now_ns - p->shown_ns < PLAIN_EVERY_NS))
		return;
	p->shown_ns = now_ns;
	job_load(jobs, job, v, &loaded);
	name = table_name(&loaded);
	left = time_left(p, now_ns);
	line = mem_format("%ld/%ld, %s%s%s%s", p->done + 1, p->all, left, name,
	    p->last ? "; last " : "", p->last ? p->last : "");
	show_line(jobs, line);
	free(line);
	free(left);
	free(name);
	job_unload(&loaded);
}

/* What is known of the unit now, for the next lines. */
static void
keep_estimate(struct progress *p, const struct jobs *jobs,
    const struct job *job, size_t v)
{
	const struct unit *unit = job_unit(jobs, job, v);
	struct estimate estimate;
	struct loaded loaded;
	struct shown shown;
	char text[80], *name;

	if (!unit->n_kept)
		return;
	job_load(jobs, job, v, &loaded);
	shown = table_shown(&loaded);
	estimate = unit_estimate(unit, shown.value);
	table_format(text, sizeof text, &estimate, shown.unit);
	name = table_name(&loaded);
	free(p->last);
	p->last = mem_format("%s: %s %s", name, shown.metric, text);
	free(name);
	job_unload(&loaded);
}

void
progress_step(struct progress *p, const struct jobs *jobs,
    const struct job *job, size_t v, long before)
{
	p->done++;
	p->all += 1 + progress_still_to_do(jobs, job, job_unit(jobs, job, v)) -
		  before;
	if (jobs->progress || shows_plain(jobs))
		keep_estimate(p, jobs, job, v);
}

void
progress_end(struct progress *p, struct jobs *jobs)
{
	if (jobs->progress)
		fputs(CLEAR_LINE, stderr);
	jobs->progress = false;
	free(p->last);
	p->last = NULL;
}

void
progress_say(
    const struct jobs *jobs, const struct loaded *loaded, const char *what)
{
	char *name, *line;

	if (!jobs->progress && !shows_plain(jobs))
		return;
	name = table_name(loaded);
	line = mem_format("%s %s", what, name);
	show_line(jobs, line);
	free(line);
	free(name);
}
