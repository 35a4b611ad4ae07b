/* Cases, and what is known of them between trials. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "stats.h"

enum {
	DEFAULT_ITERATIONS = 10,
	MOST_ITERATIONS = 1000,
	DEFAULT_WARMUP = 1
};

/* The text of a case's line, for the caller to free. */
static char *
spooled_line(const struct jobs *jobs, const struct job *job)
{
	char *text = mem_alloc(job->len + 1);
	ssize_t n =
	    pread(fileno(jobs->spool), text, job->len, (off_t)job->offset);

	if (n < 0 || (size_t)n != job->len)
		die_errno("spool of the cases");
	text[job->len] = '\0';
	return text;
}

static void
get_metrics(struct loaded *loaded)
{
	const tree *list = loaded->record.metrics.value;

	loaded->n_metrics = tree_length(list);
	loaded->metrics = mem_zero(loaded->n_metrics, sizeof *loaded->metrics);
	for (size_t i = 0; i < loaded->n_metrics; i++)
		reader_get_part(&loaded->reader, tree_at(list, i), &metric_type,
		    &loaded->metrics[i]);
}

/* Reads a case record and its parts out of the reader's current line. */
static void
get_case(struct loaded *loaded)
{
	struct reader *in = &loaded->reader;
	struct exec *exec = &loaded->exec;

	reader_get(in, &case_type, &loaded->record);
	reader_get_part(in, loaded->record.exec.value, &exec_type, exec);
	reader_get_part(in, exec->expect.value, &expect_type, &loaded->expect);
	reader_get_part(
	    in, exec->requires.value, &requires_type, &loaded->requires);
	get_metrics(loaded);
}

static void
release_case(struct loaded *loaded)
{
	record_release(&case_type, &loaded->record);
	record_release(&exec_type, &loaded->exec);
	record_release(&requires_type, &loaded->requires);
	free(loaded->metrics);
	loaded->metrics = NULL;
}

void
job_load(const struct jobs *jobs, const struct job *job, struct loaded *loaded)
{
	char why[200];
	char *text = spooled_line(jobs, job);

	*loaded = (struct loaded){0};
	loaded->reader.lines.name = "<spool>";
	loaded->reader.record = tree_parse(text, job->len, why, sizeof why);
	if (!loaded->reader.record)
		die("spool of the cases: %s", why);
	free(text);
	get_case(loaded);
}

void
job_unload(struct loaded *loaded)
{
	release_case(loaded);
	reader_release(&loaded->reader);
}

static long
or_default(double x, long otherwise)
{
	return isnan(x) ? otherwise : (long)x;
}

/* How often a case is to run: the options first, then its file. */
static void
set_counts(struct job *job, const struct exec *exec, const struct settings *s)
{
	bool adaptive =
	    !isnan(exec->precision_percent) || !isnan(exec->budget_s);

	job->precision = exec->precision_percent / 100;
	job->budget_ns = 1e9 * exec->budget_s;
	job->max = or_default(exec->max_iterations, -1);
	job->min = or_default(exec->min_iterations, DEFAULT_ITERATIONS);
	if (job->max >= 0 && isnan(exec->min_iterations) && job->min > job->max)
		job->min = job->max;
	if (job->max < job->min)
		job->max = adaptive && job->min < MOST_ITERATIONS
			       ? MOST_ITERATIONS
			       : job->min;
	job->warmup = or_default(exec->warmup, DEFAULT_WARMUP);
	if (s->warmup >= 0)
		job->warmup = s->warmup;
	if (s->iterations >= 0)
		job->min = job->max = s->iterations;
}

/* A number that is there is in its range; NAN is one that is not there. */
static void
check_range(const struct lines *in, const char *name, double x, double least,
    double most)
{
	if (x < least || x > most)
		lines_die(
		    in, "%s must be from %g to %g: %g", name, least, most, x);
}

static void
check_whole(const struct lines *in, const char *name, double x, double least,
    double most)
{
	check_range(in, name, x, least, most);
	if (x != trunc(x) && !isnan(x))
		lines_die(in, "%s is not a whole number: %g", name, x);
}

static void
check_numbers(const struct lines *in, const struct loaded *loaded)
{
	const struct exec *exec = &loaded->exec;
	const double many = 1e9, long_s = 1e9;

	check_whole(in, "seed", loaded->record.seed, 0, 0x1p53);
	check_whole(in, "warmup", exec->warmup, 0, many);
	check_whole(in, "min_iterations", exec->min_iterations, 1, many);
	check_whole(in, "max_iterations", exec->max_iterations, 1, many);
	check_range(in, "precision_percent", exec->precision_percent, 0, 100);
	check_range(in, "budget_s", exec->budget_s, 0, long_s);
	check_range(in, "timeout_s", exec->timeout_s, 0, long_s);
	check_whole(in, "exit", loaded->expect.exit, 0, 255);
	for (size_t i = 0; i < exec->ok_exit.n; i++)
		check_whole(in, "ok_exit", exec->ok_exit.x[i], 0, 255);
}

/* Two cases of one name would be one to everybody who reads their samples. */
static void
check_case(const struct loaded *loaded, struct index *names)
{
	const struct lines *in = &loaded->reader.lines;

	if (!loaded->record.exec.value)
		lines_die(in, "exec is missing");
	if (!loaded->exec.command.n && !loaded->record.status)
		lines_die(in, "exec has no command");
	if (index_find(names, loaded->record.name) != INDEX_NONE)
		lines_die(
		    in, "a second case of the name %s", loaded->record.name);
	index_add(names, loaded->record.name);
	check_numbers(in, loaded);
	if (loaded->expect.regex && !output_is_regex(loaded->expect.regex))
		lines_die(
		    in, "not a regular expression: %s", loaded->expect.regex);
	for (size_t i = 0; i < loaded->n_metrics; i++) {
		const struct metric *m = &loaded->metrics[i];
		struct aggregator unused;

		if (m->aggregator && !aggregator_parse(m->aggregator, &unused))
			lines_die(in, "metric %s: unknown aggregator: %s",
			    m->name, m->aggregator);
	}
}

static void
add_job(struct jobs *jobs, struct loaded *loaded, size_t offset,
    struct index *names)
{
	struct job *job = MEM_PUSH(jobs->jobs, jobs->n, jobs->capacity);

	get_case(loaded);
	check_case(loaded, names);
	*job = (struct job){
	    .offset = offset,
	    .len = loaded->reader.lines.len,
	};
	set_counts(job, &loaded->exec, &jobs->settings);
	/* Where failures are what is measured, they do not end a case. */
	for (size_t i = 0; i < loaded->n_metrics; i++)
		if (loaded->metrics[i].aggregator &&
		    strcmp(loaded->metrics[i].aggregator, "success_rate") == 0)
			job->keep_trying = true;
	if (jobs->n == 1) {
		const struct case_record *first = &loaded->record;

		jobs->arch = first->arch ? mem_copy(first->arch) : NULL;
		jobs->target = first->target ? mem_copy(first->target) : NULL;
		if (isnan(jobs->settings.seed))
			jobs->settings.seed = first->seed;
	}
	release_case(loaded);
}

void
jobs_read(struct jobs *jobs, char *operands[])
{
	struct loaded loaded = {0};
	struct reader *in = &loaded.reader;
	struct index names = {0};
	size_t offset = 0;

	jobs->spool = tmpfile();
	if (!jobs->spool || fcntl(fileno(jobs->spool), F_SETFD, FD_CLOEXEC) < 0)
		die_errno("spool of the cases");
	reader_open(in, operands);
	while (reader_next(in)) {
		if (in->kind == RECORD_RUN || in->kind == RECORD_END)
			lines_die(&in->lines, "these cases have been run");
		if (in->kind == RECORD_CASE)
			add_job(jobs, &loaded, offset, &names);
		fwrite(in->lines.text, 1, in->lines.len, jobs->spool);
		putc('\n', jobs->spool);
		offset += in->lines.len + 1;
	}
	if (fflush(jobs->spool) || ferror(jobs->spool))
		die_errno("spool of the cases");
	if (!jobs->n)
		die("no cases to run");
	if (isnan(jobs->settings.seed))
		jobs->settings.seed = 1;
	index_release(&names);
	reader_release(in);
}

void
jobs_release(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		free(jobs->jobs[i].wall_ns);
	free(jobs->jobs);
	free(jobs->arch);
	free(jobs->target);
	jline_release(&jobs->line);
	fclose(jobs->spool);
	*jobs = (struct jobs){0};
}

void
jobs_pass(const struct jobs *jobs)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len;

	rewind(jobs->spool);
	while ((len = getline(&line, &capacity, jobs->spool)) > 0)
		if (fwrite(line, 1, (size_t)len, stdout) != (size_t)len ||
		    fflush(stdout))
			die_errno("stdout");
	if (!feof(jobs->spool))
		die_errno("spool of the cases");
	free(line);
}

/* Whether the interval of the median is as narrow as the case wants it. */
static bool
is_precise(const struct job *job)
{
	struct stats_interval ci;
	double *sorted, median;
	bool known;

	if (isnan(job->precision) || !job->n_wall)
		return false;
	sorted = mem_zero(job->n_wall, sizeof *sorted);
	memcpy(sorted, job->wall_ns, job->n_wall * sizeof *sorted);
	stats_sort(sorted, job->n_wall);
	median = stats_median(sorted, job->n_wall);
	known = stats_median_interval(sorted, job->n_wall, 0.95, &ci);
	free(sorted);
	return known && (ci.hi - ci.lo) / 2 <= job->precision * median;
}

bool
job_wants_warmup(const struct job *job)
{
	return !job->over && job->warmups_done < job->warmup;
}

bool
job_wants_trial(const struct job *job)
{
	if (job->over)
		return false;
	if (job->warmups_done < job->warmup || job->done < job->min)
		return true;
	return job->done < job->max && !(job->spent_ns >= job->budget_ns) &&
	       !is_precise(job);
}
