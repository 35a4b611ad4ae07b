/* Cases, and what is known of them between trials. */
#include "wl-run-place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "die.h"
#include "rng.h"

enum {
	DEFAULT_ITERATIONS = 10,
	MOST_ITERATIONS = 1000,
	DEFAULT_WARMUP = 1,
	MOST_COUNTS = 3,  /* of instructions: slow, and all alike */
	MOST_KEPT = 1000, /* cases of which good trials are kept */
};

/* What a change must reach to matter, where the case does not say. */
static const float DEFAULT_THRESHOLD = 0.05f;

/* The text of a case's line, for the caller to free. */
static char *
spooled_line(const struct jobs *jobs, const struct job *job)
{
	char *text = mem_alloc(job->len + 1);
	ssize_t n =
	    pread(fileno(jobs->spool), text, job->len, (off_t)job->offset);

	if (n < 0 || (size_t)n != job->len)
		die_errno("temporary file in /tmp");
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
	reader_get_part(in, exec->limits.value, &limits_type, &loaded->limits);
	stages_read(loaded);
	get_metrics(loaded);
	services_read(loaded);
	fixture_read(loaded);
}

static void
release_case(struct loaded *loaded)
{
	stages_release(loaded);
	record_release(&case_type, &loaded->record);
	record_release(&exec_type, &loaded->exec);
	record_release(&requires_type, &loaded->requires);
	services_release(loaded);
	fixture_release(loaded);
	free(loaded->metrics);
	loaded->metrics = NULL;
}

/* Whether a character may be part of a path. */
static bool
is_in_path(char c)
{
	return c && (isalnum((unsigned char)c) || strchr("/.-_+~%@", c));
}

/*
 * The text, for the caller to free, with `to` for the directory `from` where a
 * path in it begins with that.
 */
static char *
moved_text(const char *text, const char *from, const char *to)
{
	size_t len = strlen(from), size;
	const char *at = text, *found;
	char *moved;
	FILE *out = open_memstream(&moved, &size);

	if (!out)
		die_errno("memory");
	while ((found = strstr(at, from))) {
		bool begins = found == text || !is_in_path(found[-1]);
		bool ends = found[len] == '/' || !is_in_path(found[len]);

		fwrite(at, 1, (size_t)(found - at), out);
		fputs(begins && ends ? to : from, out);
		at = found + len;
	}
	fputs(at, out);
	if (fclose(out))
		die_errno("memory");
	return moved;
}

static const char *
text_of_variant(struct loaded *loaded, const char *text)
{
	const char *kept;
	char *moved;

	/* In the root of all directories, every path is below ours. */
	if (!text || !loaded->variant->dir || !loaded->home[1] ||
	    !strstr(text, loaded->home))
		return text;
	moved = moved_text(text, loaded->home, loaded->variant->dir);
	kept = index_text(&loaded->words, moved);
	free(moved);
	return kept;
}

const char *
loaded_text(struct loaded *loaded, const char *text)
{
	return place_fill(loaded, text_of_variant(loaded, text));
}

bool
texts_are_for_shell(const struct texts *texts)
{
	return texts->n == 3 && word_is(texts->s[0], "/bin/sh") &&
	       word_is(texts->s[1], "-c");
}

void
loaded_texts(struct loaded *loaded, struct texts *texts)
{
	bool fills = !texts_are_for_shell(texts);

	for (size_t i = 0; i < texts->n; i++)
		texts->s[i] = fills ? loaded_text(loaded, texts->s[i])
				    : text_of_variant(loaded, texts->s[i]);
}

/* The working directory; relative ones begin in that of the variant. */
static const char *
moved_cwd(struct loaded *loaded, const char *cwd)
{
	const char *dir = loaded->variant->dir, *kept;
	char *path;

	cwd = place_fill(loaded, cwd);
	if (!dir || (cwd && *cwd == '/'))
		return loaded_text(loaded, cwd);
	if (!cwd)
		return dir;
	path = mem_format("%s/%s", dir, cwd);
	kept = index_text(&loaded->words, path);
	free(path);
	return kept;
}

/* What the case says, as it is for the variant. */
static void
move_case(struct loaded *loaded)
{
	struct exec *exec = &loaded->exec;
	struct texts *lists[] = {&exec->command, &exec->setup, &exec->prepare,
	    &exec->conclude, &exec->cleanup, &exec->path,
	    &loaded->requires.programs, &loaded->requires.files,
	    &loaded->requires.command};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		loaded_texts(loaded, lists[i]);
	for (size_t i = 0; i < loaded->n_stages; i++)
		if (loaded->stages[i].name)
			loaded_texts(loaded, &loaded->stages[i].command);
	exec->cwd = moved_cwd(loaded, exec->cwd);
	exec->in = loaded_text(loaded, exec->in);
	exec->out = loaded_text(loaded, exec->out);
	for (size_t i = 0; i < loaded->n_services; i++)
		loaded_texts(loaded, &loaded->services[i].command);
}

/* How its command is set up, as an option or else the case says. */
static void
read_setup(struct setup *setup, const struct settings *settings,
    const struct exec *exec, const struct limits *limits)
{
	*setup = (struct setup){
	    .cpus = exec->cpus ? exec->cpus : settings->cpus,
	    .nice = exec->nice,
	    .limits = *limits,
	    .no_aslr = settings->no_aslr,
	};
	if (setup->cpus)
		cpus_add(&setup->set, setup->cpus);
}

void
job_load(const struct jobs *jobs, const struct job *job, size_t v,
    struct loaded *loaded)
{
	char why[200];
	char *text = spooled_line(jobs, job);

	*loaded = (struct loaded){
	    .variant = &jobs->variants[v],
	    .home = jobs->home,
	    .place = place_of(jobs, job, v),
	};
	loaded->reader.lines.name = "<spool>";
	loaded->reader.record = tree_parse(text, job->len, why, sizeof why);
	if (!loaded->reader.record)
		die("temporary file in /tmp: %s", why);
	free(text);
	get_case(loaded);
	read_setup(
	    &loaded->setup, &jobs->settings, &loaded->exec, &loaded->limits);
	place_choose(jobs, loaded);
	move_case(loaded);
}

void
job_unload(struct loaded *loaded)
{
	release_case(loaded);
	index_release(&loaded->words);
	reader_release(&loaded->reader);
}

static int
or_default(double x, int otherwise)
{
	return isnan(x) ? otherwise : (int)x;
}

/* How often a case is to run: the options first, then its file. */
static void
set_counts(const struct jobs *jobs, struct job *job, const struct exec *exec)
{
	const struct settings *s = &jobs->settings;
	bool adaptive = !isnan(exec->precision_percent) ||
			!isnan(exec->budget_s) || !isnan(s->budget_s);

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
		job->warmup = (int)s->warmup;
	if (s->iterations >= 0)
		job->min = job->max = (int)s->iterations;
	if (!s->adaptive)
		return;
	looks_set(jobs, job);
	job->precision = job->budget_ns = NAN;
}

/* What the metrics of all cases want of the run. */
static void
add_metric(struct jobs *jobs, struct job *job, const struct metric *m)
{
	enum builtin builtin = builtin_find(m->from ? m->from : m->name);

	if (builtin != BUILTIN_COUNT)
		jobs->declared[builtin] = true;
	if (builtin == BUILTIN_CALLGRIND_INSTRUCTIONS)
		job->counts =
		    (unsigned char)(job->min < MOST_COUNTS ? job->min
							   : MOST_COUNTS);
	/* Where failures are what is measured, they do not end a case. */
	if (m->aggregator && strcmp(m->aggregator, "success_rate") == 0)
		job->keep_trying = true;
}

static void
add_job(struct jobs *jobs, struct loaded *loaded)
{
	struct job *job = MEM_PUSH(jobs->jobs, jobs->n, jobs->capacity);
	const struct metric *leading;

	get_case(loaded);
	valid_check(loaded, &jobs->names);
	reader_check_case(&loaded->reader, &loaded->record);
	leading = leading_metric(loaded);
	*job = (struct job){
	    .offset = jobs->spool_len,
	    .len = loaded->reader.lines.len,
	    .threshold = DEFAULT_THRESHOLD,
	};
	if (leading && leading->threshold_percent > 0)
		job->threshold = (float)(leading->threshold_percent / 100);
	set_counts(jobs, job, &loaded->exec);
	for (size_t i = 0; i < loaded->n_metrics; i++)
		add_metric(jobs, job, &loaded->metrics[i]);
	job->place = place_take(jobs, loaded);
	if (jobs->n == 1) {
		const struct case_record *first = &loaded->record;

		jobs->arch = first->arch ? mem_copy(first->arch) : NULL;
		jobs->target = first->target ? mem_copy(first->target) : NULL;
		if (isnan(jobs->settings.seed))
			jobs->settings.seed = first->seed;
	}
	release_case(loaded);
}

/* A unit for each variant of each case; only some cases have a shadow. */
static void
make_units(struct jobs *jobs)
{
	size_t last = jobs->n_variants - 1, n_shadows = jobs->n;
	size_t *order = mem_zero(jobs->n, sizeof *order);
	struct rng rng;

	jobs->units = mem_zero(jobs->n * jobs->n_variants, sizeof *jobs->units);
	for (size_t i = 0; i < jobs->n * jobs->n_variants; i++)
		jobs->units[i].half_width = INFINITY;
	for (size_t i = 0; i < jobs->n; i++)
		order[i] = i;
	if (jobs->settings.shadows < (long)jobs->n)
		n_shadows = (size_t)jobs->settings.shadows;
	rng_seed(&rng, (uint64_t)jobs->settings.seed);
	rng_shuffle(&rng, order, jobs->n);
	for (size_t i = n_shadows; jobs->settings.shadows && i < jobs->n; i++)
		job_unit(jobs, &jobs->jobs[order[i]], last)->over = true;
	free(order);
}

void
jobs_begin(struct jobs *jobs)
{
	jobs->home = getcwd(NULL, 0);
	if (!jobs->home)
		die_errno("working directory");
	jobs->spool = tmpfile();
	if (!jobs->spool || fcntl(fileno(jobs->spool), F_SETFD, FD_CLOEXEC) < 0)
		die_errno("temporary file in /tmp");
}

void
jobs_take(struct jobs *jobs, struct loaded *loaded)
{
	const struct reader *in = &loaded->reader;

	if (in->kind == RECORD_RUN || in->kind == RECORD_END)
		lines_die(&in->lines, "these cases have been run");
	if (in->kind == RECORD_CASE)
		add_job(jobs, loaded);
	fwrite(in->lines.text, 1, in->lines.len, jobs->spool);
	putc('\n', jobs->spool);
	jobs->spool_len += in->lines.len + 1;
	jobs->n_lines++;
}

void
jobs_take_all(struct jobs *jobs, char *operands[])
{
	struct loaded loaded = {0};

	reader_open(&loaded.reader, operands);
	while (reader_next(&loaded.reader))
		jobs_take(jobs, &loaded);
	reader_release(&loaded.reader);
	if (fflush(jobs->spool) || ferror(jobs->spool))
		die_errno("temporary file in /tmp");
}

void
jobs_ready(struct jobs *jobs)
{
	if (fflush(jobs->spool) || ferror(jobs->spool))
		die_errno("temporary file in /tmp");
	if (!jobs->n)
		die("no cases to run");
	if (isnan(jobs->settings.seed))
		jobs->settings.seed = 1;
	jobs->keeps = jobs->n <= MOST_KEPT;
	make_units(jobs);
	places_make(jobs);
}

void
jobs_read(struct jobs *jobs, char *operands[])
{
	jobs_begin(jobs);
	jobs_take_all(jobs, operands);
	jobs_ready(jobs);
	index_release(&jobs->names);
}

void
jobs_release(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->n * jobs->n_variants; i++)
		free(jobs->units[i].kept);
	free(jobs->units);
	free(jobs->jobs);
	places_release(jobs);
	options_release(jobs);
	record_release(&run_type, &jobs->journal.run);
	index_release(&jobs->journal.texts);
	index_release(&jobs->names);
	free(jobs->arch);
	free(jobs->target);
	free(jobs->home);
	jline_release(&jobs->batch);
	fclose(jobs->spool);
	*jobs = (struct jobs){0};
}

void
jobs_pass(struct jobs *jobs)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t len;

	rewind(jobs->spool);
	while ((len = getline(&line, &capacity, jobs->spool)) > 0)
		write_line(jobs, line, (size_t)len - 1);
	if (!feof(jobs->spool))
		die_errno("temporary file in /tmp");
	write_out(jobs);
	free(line);
}
