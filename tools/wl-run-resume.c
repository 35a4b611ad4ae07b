/* A run that was cut short goes on: what its journal says of it. */
#include "wl-run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

/* The state of reading a journal. */
struct recall {
	struct jobs *jobs;
	const char *path;
	struct loaded loaded; /* its reader is that of the journal */
	FILE *stream;
	off_t start;	/* of the current record */
	bool torn;	/* the last line is cut short */
	bool ended;	/* the end record was read */
	size_t *places; /* of the cases that were given; INDEX_NONE: none yet */

	/* The trial whose records are being read, and how many are to come. */
	size_t n_missing;
	struct job *job;
	size_t variant;
	struct made made;
	bool counts; /* as a trial of its unit */
	bool keeps;  /* and what it measured is kept */
	bool rejected, counted;
	bool skipped; /* the whole case */
	bool ends;    /* the unit has no trial after it */
	double values[BUILTIN_COUNT];
	struct output output;
};

/* The next record that is whole; the reader warns of one that is not. */
static bool
next(struct recall *r)
{
	struct reader *in = &r->loaded.reader;
	struct lines *lines = &in->lines;

	if (r->torn || !reader_next(in)) {
		r->torn = r->torn || lines->cut;
		return false;
	}
	if (lines->cut) {
		lines_warn(lines, "the last line is cut short and is dropped");
		r->torn = true;
		return false;
	}
	r->start = (off_t)lines->offset;
	return true;
}

/* All records up to the current one are whole. */
static void
is_whole(struct recall *r)
{
	const struct lines *lines = &r->loaded.reader.lines;

	r->jobs->journal.len = (off_t)(lines->offset + lines->len + 1);
}

static void
open_stream(struct recall *r)
{
	static char *none[] = {NULL};
	struct lines *lines = &r->loaded.reader.lines;
	int copy = fcntl(r->jobs->journal.fd, F_DUPFD_CLOEXEC, 3);

	r->stream = copy < 0 ? NULL : fdopen(copy, "r");
	if (!r->stream)
		die_errno("%s", r->path);
	*lines = (struct lines){
	    .operands = none, .stream = r->stream, .name = r->path};
}

/* --- the run and its cases --- */

/*
 * Whether the file is empty or its one line is what is left of a run record:
 * nothing in it could be lost.
 */
static bool
holds_nothing(const struct recall *r)
{
	static const char begin[] = "{\"type\":\"run\",";
	char text[sizeof begin - 1];
	ssize_t n = pread(r->jobs->journal.fd, text, sizeof text, 0);

	if (n < 0)
		die_errno("%s", r->path);
	return memcmp(text, begin, (size_t)n) == 0;
}

/* The run record, and its options; false where there is none yet. */
static bool
read_run(struct recall *r)
{
	struct journal *journal = &r->jobs->journal;
	struct reader *in = &r->loaded.reader;

	if (!next(r)) {
		if (!holds_nothing(r))
			die("%s: it does not begin with a run", r->path);
		return false;
	}
	if (in->kind != RECORD_RUN)
		lines_die(&in->lines, "it does not begin with a run");
	reader_get(in, &run_type, &journal->run);
	if (isnan(journal->run.records) || !journal->run.run ||
	    isnan(journal->run.seed))
		lines_die(&in->lines,
		    "an older wl-run made this, and did not say which records "
		    "belong together: it cannot go on");
	options_resume(r->jobs, &journal->run);
	record_keep(&run_type, &journal->run, &journal->texts);
	return true;
}

static bool
are_same_stages(const tree *a, const tree *b)
{
	char *text_a = a ? tree_text(a) : NULL,
	     *text_b = b ? tree_text(b) : NULL;
	bool same = a && b ? strcmp(text_a, text_b) == 0 : !a && !b;

	free(text_a);
	free(text_b);
	return same;
}

/* Whether a case is the same thing to measure. */
static bool
is_same_case(const struct case_record *a, const struct exec *exec_a,
    const struct case_record *b, const struct exec *exec_b)
{
	const struct texts *command_a = &exec_a->command;
	const struct texts *command_b = &exec_b->command;

	if (a->id || b->id)
		return a->id && b->id && strcmp(a->id, b->id) == 0;
	if (command_a->n != command_b->n)
		return false;
	for (size_t i = 0; i < command_a->n; i++)
		if (strcmp(command_a->s[i], command_b->s[i]) != 0)
			return false;
	return are_same_stages(exec_a->stages.value, exec_b->stages.value);
}

/* Whether the current record is a case like the one of a number. */
static bool
is_case(struct recall *r, size_t number)
{
	struct reader *in = &r->loaded.reader;
	struct case_record record;
	struct exec exec;
	struct loaded given;
	bool same;

	reader_get(in, &case_type, &record);
	reader_get_part(in, record.exec.value, &exec_type, &exec);
	job_load(r->jobs, &r->jobs->jobs[number], 0, &given);
	same = is_same_case(&record, &exec, &given.record, &given.exec);
	job_unload(&given);
	record_release(&exec_type, &exec);
	record_release(&case_type, &record);
	return same;
}

/* A case of the run must be among those that we were given. */
static void
compare_case(struct recall *r, size_t place)
{
	const struct reader *in = &r->loaded.reader;
	const char *name = tree_string(tree_get(in->record, "case"));
	size_t number = name ? index_find(&r->jobs->names, name) : INDEX_NONE;

	if (number == INDEX_NONE)
		lines_die(&in->lines, "the case %s is not among those given",
		    name ? name : "without a name");
	if (!is_case(r, number))
		lines_die(&in->lines,
		    "the case %s has changed since: it is another thing to "
		    "measure",
		    name);
	r->places[number] = place;
}

/* The jobs in the order of the run, by which its shadows were drawn. */
static void
reorder_jobs(struct recall *r)
{
	struct jobs *jobs = r->jobs;
	struct job *ordered;

	for (size_t i = 0; i < jobs->n; i++)
		if (r->places[i] == INDEX_NONE)
			die("%s: its run has no case %s", r->path,
			    jobs->names.texts[i]);
	ordered = mem_zero(jobs->capacity, sizeof *ordered);
	for (size_t i = 0; i < jobs->n; i++)
		ordered[r->places[i]] = jobs->jobs[i];
	free(jobs->jobs);
	jobs->jobs = ordered;
}

/*
 * The records that the run was given. False where not all are there: then it
 * has made no trial.
 */
static bool
read_cases(struct recall *r)
{
	struct jobs *jobs = r->jobs;
	struct reader *in = &r->loaded.reader;
	size_t n_cases = 0;

	for (double i = 0; i < jobs->journal.run.records; i++) {
		if (!next(r))
			return false;
		if (!r->places)
			jobs_take(jobs, &r->loaded);
		else if (in->kind == RECORD_CASE)
			compare_case(r, n_cases++);
	}
	if (r->places)
		reorder_jobs(r);
	jobs_ready(jobs);
	is_whole(r);
	return true;
}

/* --- its trials --- */

static struct job *
job_of(struct recall *r, const char *name)
{
	size_t number = index_find(&r->jobs->names, name);

	if (number == INDEX_NONE)
		lines_die(&r->loaded.reader.lines,
		    "a trial of a case that the run does not have: %s", name);
	return &r->jobs->jobs[r->places ? r->places[number] : number];
}

static size_t
variant_of(struct recall *r, const char *name)
{
	const struct jobs *jobs = r->jobs;

	for (size_t v = 0; v < jobs->n_variants; v++) {
		const char *known = jobs->variants[v].name;

		if (name && known ? strcmp(name, known) == 0 : name == known)
			return v;
	}
	lines_die(&r->loaded.reader.lines,
	    "a trial of a variant that the run does not have: %s",
	    name ? name : "none");
}

/* A round that was made is the next one of its unit. */
static void
check_round(struct recall *r, const struct trial *trial)
{
	int done = job_unit(r->jobs, r->job, r->variant)->done;

	if (trial->round != done + 1)
		lines_die(&r->loaded.reader.lines,
		    "round %g of %s comes after %d others", trial->round,
		    trial->name, done);
}

/* What a trial record says; its samples follow. */
static void
begin_trial(struct recall *r, const struct trial *trial)
{
	bool ok = status_is_ok(trial->status);
	bool measured = word_is(trial->phase, "measure");
	bool prepares = word_is(trial->phase, "prepare");

	if (isnan(trial->records))
		lines_die(&r->loaded.reader.lines,
		    "the trial does not say how many records belong to it");
	if (trial->records < 0 || trial->records != trunc(trial->records))
		lines_die(&r->loaded.reader.lines,
		    "records is not a number of records: %g", trial->records);
	r->n_missing = (size_t)trial->records;
	r->job = job_of(r, trial->name);
	r->variant = variant_of(r, trial->variant);
	r->made = (struct made){
	    .round = trial->round,
	    .ok = ok,
	    .flagged = tree_length(trial->flags.value) > 0,
	    .elapsed_ns = isnan(trial->elapsed) ? 0 : trial->elapsed,
	    .values = r->values,
	    .output = &r->output,
	};
	for (enum builtin b = 0; b < BUILTIN_COUNT; b++)
		r->values[b] = NAN;
	r->rejected = word_is(trial->phase, "rejected");
	r->counted = word_is(trial->phase, "count");
	r->skipped = status_is_skipped(trial->status);
	r->ends = r->skipped || word_is(trial->phase, "setup") ||
		  word_is(trial->phase, "fixture");
	r->counts = !r->skipped &&
		    (measured || prepares || word_is(trial->phase, "warmup"));
	r->keeps = measured && ok && unit_keeps(r->jobs, r->job);
	if (r->counts && (measured || !isnan(trial->round)))
		check_round(r, trial);
}

static void
take_sample(struct recall *r)
{
	struct reader *in = &r->loaded.reader;
	struct sample sample;
	enum builtin builtin;

	reader_get(in, &sample_type, &sample);
	if (job_of(r, sample.name) != r->job || sample.round != r->made.round)
		lines_die(&in->lines, "it does not belong to the trial before");
	builtin = builtin_find(sample.metric);
	if (builtin != BUILTIN_COUNT)
		r->values[builtin] = sample.value;
	else if (r->keeps)
		output_add(&r->output, in->record);
}

/* All records of a trial have been read: it has been made. */
static void
end_trial(struct recall *r)
{
	struct jobs *jobs = r->jobs;
	struct unit *unit = job_unit(jobs, r->job, r->variant);
	struct loaded loaded;

	jobs->seq++;
	jobs->spent_ns += r->made.elapsed_ns;
	jobs->skipped += r->skipped;
	jobs->rejected += r->rejected;
	if (r->rejected)
		unit->spent_ns += r->made.elapsed_ns;
	jobs->failed += !r->skipped && !r->made.ok;
	unit->over = unit->over || r->ends;
	if (r->counted)
		unit_has_counted(r->job, unit, r->made.ok);
	if (r->keeps) {
		job_load(jobs, r->job, r->variant, &loaded);
		unit_count(jobs, r->job, unit, &loaded, &r->made);
		job_unload(&loaded);
	} else if (r->counts) {
		unit_count(jobs, r->job, unit, NULL, &r->made);
	}
	output_release(&r->output);
}

/* A record that belongs to the trial before it. */
static void
take_part(struct recall *r)
{
	struct reader *in = &r->loaded.reader;

	if (in->kind == RECORD_SAMPLE)
		take_sample(r);
	else if (in->kind != RECORD_SERIES && in->kind != RECORD_OTHER)
		lines_die(&in->lines,
		    "the trial before it lacks %zu of its records",
		    r->n_missing);
	if (!--r->n_missing)
		end_trial(r);
}

/* Any other record. */
static void
take_other(struct recall *r)
{
	struct reader *in = &r->loaded.reader;
	struct case_record record;
	struct sample sample;
	struct trial trial;
	struct run_end end;

	switch (in->kind) {
	case RECORD_END:
		reader_get(in, &end_type, &end);
		r->ended = true;
		r->jobs->journal.finished = end.complete == true;
		break;
	case RECORD_TRIAL:
		reader_get(in, &trial_type, &trial);
		begin_trial(r, &trial);
		record_release(&trial_type, &trial);
		if (!r->n_missing)
			end_trial(r);
		break;
	case RECORD_CASE:
		reader_get(in, &case_type, &record);
		if (case_is_probe(record.name))
			probe_resume(0);
		record_release(&case_type, &record);
		break;
	case RECORD_SAMPLE:
		reader_get(in, &sample_type, &sample);
		if (case_is_probe(sample.name))
			probe_resume(sample.round);
		break;
	case RECORD_RESUME:
	case RECORD_AA:
	case RECORD_SERIES:
	case RECORD_OTHER:
		break;
	case RECORD_RUN:
		lines_die(&in->lines, "a second run");
	default:
		lines_die(&in->lines, "wl-run does not write such a record");
	}
}

/*
 * Whether what has been read stays. The end of a run that is not complete does
 * not: another one will take its place, with what comes right before it.
 */
static bool
stays(const struct recall *r)
{
	return !r->n_missing && r->loaded.reader.kind != RECORD_AA &&
	       (!r->ended || r->jobs->journal.finished);
}

/* What follows the cases. */
static void
read_trials(struct recall *r)
{
	struct jobs *jobs = r->jobs;

	while (next(r)) {
		if (r->ended)
			lines_die(&r->loaded.reader.lines,
			    "a record behind the end of the run");
		if (r->n_missing)
			take_part(r);
		else
			take_other(r);
		if (stays(r))
			is_whole(r);
	}
	if (r->n_missing)
		warn(
		    "%s: the last trial lacks records and is dropped", r->path);
	/* What a program finds warm, it may not find so now. */
	for (size_t u = 0; u < jobs->n * jobs->n_variants; u++)
		jobs->units[u].warmups_done = 0;
}

/* Nothing was measured yet, so what there is of a run is no loss. */
static void
begin_anew(struct recall *r)
{
	struct journal *journal = &r->jobs->journal;

	if (!r->places)
		die("%s: it was cut short before its first trial: name the "
		    "files of its cases, too",
		    r->path);
	warn("%s: it was cut short before its first trial: the run begins anew",
	    r->path);
	record_release(&run_type, &journal->run);
	journal->len = 0;
	jobs_ready(r->jobs);
}

/* The cases that we are given, which must be those of the run. */
static void
take_given(struct recall *r, char *operands[])
{
	struct jobs *jobs = r->jobs;

	if (!*operands)
		return;
	jobs_take_all(jobs, operands);
	r->places = mem_zero(jobs->n, sizeof *r->places);
	for (size_t i = 0; i < jobs->n; i++)
		r->places[i] = INDEX_NONE;
}

void
resume_read(struct jobs *jobs, char *operands[])
{
	struct recall r = {.jobs = jobs, .path = jobs->journal.path};
	bool begun;

	journal_open(jobs);
	jobs_begin(jobs);
	open_stream(&r);
	begun = read_run(&r);
	take_given(&r, operands);
	if (begun && read_cases(&r))
		read_trials(&r);
	else
		begin_anew(&r);
	index_release(&jobs->names);
	reader_release(&r.loaded.reader);
	free(r.places);
}

/* --- going on --- */

/* Dies where what is measured now would not be of the same run. */
static void
check_place(const struct jobs *jobs, const struct run *now)
{
	const struct run *then = &jobs->journal.run;
	const char *path = jobs->journal.path;

	if (!word_is(then->machine, now->machine))
		die("%s: its run was made on another machine: %s, this is %s",
		    path, then->machine ? then->machine : "unknown",
		    now->machine);
	if (then->cwd && strcmp(then->cwd, jobs->home) != 0)
		die("%s: its run was made in %s: it goes on there", path,
		    then->cwd);
	for (size_t v = 0; v < jobs->n_variants; v++)
		if (jobs->variants[v].dir &&
		    access(jobs->variants[v].dir, X_OK) < 0)
			die_errno("--variant: %s", jobs->variants[v].dir);
	if (then->commit && !word_is(now->commit, then->commit))
		warn("%s: its run began at the commit %s, and this is %s", path,
		    then->commit, now->commit ? now->commit : "none");
}

void
resume_begin(struct jobs *jobs, const struct run *now)
{
	const struct resume resume = {
	    .run = jobs->journal.run.run,
	    .time = now->time,
	    .commit = now->commit,
	    .checks = now->checks,
	};

	check_place(jobs, now);
	journal_begin(jobs);
	journal_pass(jobs);
	write_add(jobs, &resume_type, &resume);
	write_out(jobs);
}
