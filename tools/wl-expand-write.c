#include <fnmatch.h>
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "rng.h"
#include "wl-expand.h"

enum {
	ID_DIGITS = 16,
	MAX_NAME = 200, /* bytes: with a suffix it is still a file's name */
	CUT_NAME = 180, /* of a longer one; "~" and the id follow */
};

/* Bytes in the making. */
struct text {
	char *s;
	size_t len, capacity;
};

/*
 * The record of a workload, made once: JSON, with marks where its cases
 * differ. A mark is found in the JSON as the escape of MARK, which no text of
 * a workload holds, since control characters are refused in all of them.
 */
struct segment {
	char kind; /* MARK_..., or 0: text */
	size_t parameter;
	const char *text; /* in the JSON */
	size_t len;
};

struct template
{
	struct jline json;
	struct segment *segments;
	size_t n, capacity;
};

/* Why a case is not selected: what users read is the option's name. */
enum reason {
	SELECTED,
	BY_ARCH,
	BY_TIER,
	BY_TAG,
	BY_FILTER,
	BY_SHARD,
	REASONS,
};

static const char *const reasons[REASONS] = {
    [BY_ARCH] = "--arch",
    [BY_TIER] = "--tier",
    [BY_TAG] = "--tag",
    [BY_FILTER] = "--filter",
    [BY_SHARD] = "--shard",
};

struct writer {
	const struct options *options;
	const struct workload *workload; /* the current one */
	struct template template;
	SHA2_CTX hash;	 /* of what all its cases have in common */
	size_t *by_name; /* its parameters, sorted by name */
	struct text name, line, scratch;
	struct jline value;
	char id[2 * SHA256_DIGEST_LENGTH + 1];
	bool measuring; /* the list's columns, before it is printed */
	int name_width, tags_width, iterations_width;
	size_t counts[REASONS];
};

static void
add(struct text *text, const char *s, size_t len)
{
	if (text->len + len + 1 > text->capacity) {
		text->capacity = 2 * (text->len + len + 1);
		text->s = mem_resize(text->s, text->capacity, 1);
	}
	memcpy(text->s + text->len, s, len);
	text->len += len;
	text->s[text->len] = '\0';
}

static const char *
value_of(const struct workload *w, const size_t values[], size_t parameter)
{
	return w->space.parameters[parameter].values.texts[values[parameter]];
}

/* --- what a case is called --- */

/* RFC 3986, section 2.1, for all but a few characters that are safe. */
static void
add_escaped(struct text *text, const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.+:@-";

	for (;;) {
		size_t len = strspn(s, safe);
		char escape[4];

		add(text, s, len);
		s += len;
		if (!*s)
			return;
		snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*s++);
		add(text, escape, 3);
	}
}

/* "key length:bytes": no two different lists of these read the same. */
static void
add_item(struct text *text, const char *key, const char *s)
{
	char length[32];

	add(text, key, strlen(key));
	add(text, length,
	    (size_t)snprintf(length, sizeof length, " %zu:", strlen(s)));
	add(text, s, strlen(s));
	add(text, "\n", 1);
}

/*
 * The id hashes what is measured, as it is written in the file: no paths of a
 * checkout, no counts, no limits. What is the same in all cases comes first.
 */
static void
begin_id(struct writer *out)
{
	const struct workload *w = out->workload;
	struct text *text = &out->scratch;

	text->len = 0;
	add_item(text, "workload", w->id);
	add_item(text, "arch", out->options->arch);
	for (size_t i = 0; i < w->n_written; i++)
		add_item(text, w->written[i].key, w->written[i].text);
	SHA256Init(&out->hash);
	SHA256Update(&out->hash, (const uint8_t *)text->s, text->len);
}

static void
make_id(struct writer *out, const size_t values[])
{
	const struct workload *w = out->workload;
	struct text *text = &out->scratch;
	SHA2_CTX hash = out->hash;

	text->len = 0;
	for (size_t i = 0; i < w->space.n; i++) {
		size_t p = out->by_name[i];

		add_item(text, "parameter", w->space.parameters[p].name);
		add_item(text, "is", value_of(w, values, p));
	}
	if (text->len)
		SHA256Update(&hash, (const uint8_t *)text->s, text->len);
	SHA256End(&hash, out->id);
	out->id[ID_DIGITS] = '\0';
}

static void
make_name(struct writer *out, const size_t values[])
{
	const struct workload *w = out->workload;
	struct text *name = &out->name;

	name->len = 0;
	add(name, w->id, strlen(w->id));
	for (size_t i = 0; i < w->space.n; i++) {
		const char *parameter = w->space.parameters[i].name;

		add(name, i ? "," : "/", 1);
		add(name, parameter, strlen(parameter));
		add(name, "=", 1);
		add_escaped(name, value_of(w, values, i));
	}
	if (name->len <= MAX_NAME)
		return;
	make_id(out, values);
	name->len = CUT_NAME;
	add(name, "~", 1);
	add(name, out->id, strlen(out->id));
}

/* --- the record --- */

bool
workload_is_implemented(const struct workload *w)
{
	return w->exec.command.n || w->exec.stages.text;
}

/* The texts are marks and JSON that marks are in. */
static void
put_params(struct jline *line, const struct space *space)
{
	jline_open(line, NULL);
	for (size_t i = 0; i < space->n; i++) {
		char *mark = mem_format("\\u%04x%c%zu;", MARK, MARK_VALUE, i);

		jline_json(line, space->parameters[i].name, mark);
		free(mark);
	}
	jline_close(line);
}

static double
least_tier(const struct workload *w)
{
	double least = w->tiers.n ? w->tiers.x[0] : (double)NAN;

	for (size_t i = 1; i < w->tiers.n; i++)
		least = fmin(least, w->tiers.x[i]);
	return least;
}

static void
put_record(
    struct jline *line, const struct workload *w, const struct options *options)
{
	static const char name[] = {MARK, MARK_CASE, ';', '\0'};
	static const char id[] = {MARK, MARK_ID, ';', '\0'};
	char *criteria = mem_format("\\u%04x%c;", MARK, MARK_CRITERIA);
	struct jline params = {0}, exec = {0};
	struct case_record record;

	record_clear(&case_type, &record);
	record.name = name;
	record.workload = w->id;
	record.id = id;
	record.arch = options->arch;
	record.target = options->target;
	record.description = w->description;
	record.status = workload_is_implemented(w) ? NULL : "not-implemented";
	record.tier = least_tier(w);
	record.tags = w->tags;
	record.seed = options->seed;
	record.file = w->node->source->name;
	record.line = (double)w->node->line;
	put_params(&params, &w->space);
	record.params.text = params.text;
	record.metrics.text = w->metrics;
	if (w->n_rules)
		record.criteria.text = criteria;
	record.scaling.text = w->scaling;
	record_put(&exec, NULL, &exec_type, &w->exec);
	record.exec.text = exec.text;
	record_put(line, NULL, &case_type, &record);
	jline_release(&params);
	jline_release(&exec);
	free(criteria);
}

static void
add_segment(struct template *template, struct segment segment)
{
	*MEM_PUSH(template->segments, template->n, template->capacity) =
	    segment;
}

/* Finds the marks in the JSON. Nothing else in it starts with a backslash. */
static void
template_make(struct template *template)
{
	const char *start = template->json.text;
	char mark[8];
	size_t len =
	    (size_t)snprintf(mark, sizeof mark, "\\u%04x", (unsigned)MARK);

	for (const char *at = start; (at = strchr(at, '\\'));) {
		struct segment segment = {0};
		char *end;

		if (strncmp(at, mark, len) != 0) {
			at += 2;
			continue;
		}
		add_segment(template, (struct segment){.text = start,
					  .len = (size_t)(at - start)});
		segment.kind = at[len];
		segment.parameter = strtoul(at + len + 1, &end, 10);
		add_segment(template, segment);
		at = start = end + 1;
	}
	add_segment(
	    template, (struct segment){.text = start, .len = strlen(start)});
}

static void
template_release(struct template *template)
{
	jline_release(&template->json);
	free(template->segments);
	*template = (struct template){0};
}

/* A value as it is inside of a JSON string, or as JSON of its own. */
static void
add_value(
    struct writer *out, const size_t values[], size_t parameter, bool quoted)
{
	const struct parameter *p = &out->workload->space.parameters[parameter];
	const char *text = p->values.texts[values[parameter]];

	if (!quoted && p->bare[values[parameter]]) {
		add(&out->line, text, strlen(text));
		return;
	}
	out->value.len = 0;
	jline_string(&out->value, NULL, text);
	if (quoted)
		add(&out->line, out->value.text + 1, out->value.len - 2);
	else
		add(&out->line, out->value.text, out->value.len);
}

static void
add_criteria(struct writer *out, const size_t values[])
{
	const struct workload *w = out->workload;
	struct text *line = &out->line;
	bool first = true;

	add(line, "[", 1);
	for (size_t i = 0; i < w->n_rules; i++) {
		const struct rule *rule = &w->rules[i];

		if (!match_holds(&rule->where, values))
			continue;
		if (!first)
			add(line, ",", 1);
		first = false;
		add(line, rule->json, strlen(rule->json));
	}
	add(line, "]", 1);
}

static void
write_record(struct writer *out, const size_t values[])
{
	struct text *line = &out->line;

	make_id(out, values);
	line->len = 0;
	for (size_t i = 0; i < out->template.n; i++) {
		const struct segment *s = &out->template.segments[i];

		switch (s->kind) {
		case MARK_STRING:
		case MARK_VALUE:
			add_value(
			    out, values, s->parameter, s->kind == MARK_STRING);
			break;
		case MARK_CASE:
			add(line, out->name.s, out->name.len);
			break;
		case MARK_ID:
			add(line, out->id, ID_DIGITS);
			break;
		case MARK_CRITERIA:
			add_criteria(out, values);
			break;
		default:
			add(line, s->text, s->len);
		}
	}
	out_line(line->s, line->len);
}

/* --- the list for people --- */

/* Characters, where a combining one counts too. */
static int
width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static void
print_padded(const char *text, int width)
{
	printf("%s%*s", text, width - width_of(text) + 2, "");
}

/* Tags, and how often it is run, as texts for the caller to free. */
static char *
tags_text(const struct workload *w)
{
	struct text text = {0};

	for (size_t i = 0; i < w->tags.n; i++) {
		if (i)
			add(&text, ",", 1);
		add(&text, w->tags.s[i], strlen(w->tags.s[i]));
	}
	return text.s ? text.s : mem_copy("-");
}

static char *
iterations_text(const struct workload *w)
{
	double min = w->exec.min_iterations, max = w->exec.max_iterations;

	if (!workload_is_implemented(w))
		return mem_copy("-");
	if (isnan(min) && isnan(max))
		return mem_copy("default");
	if (min == max)
		return mem_format("%.0f", min);
	if (isnan(max))
		return mem_format("%.0f or more", min);
	if (isnan(min))
		return mem_format("up to %.0f", max);
	return mem_format("%.0f to %.0f", min, max);
}

static void
widen(int *width, const char *text)
{
	if (width_of(text) > *width)
		*width = width_of(text);
}

static void
list_row(struct writer *out, const char *name, const char *tags,
    const char *iterations, const char *description)
{
	if (out->measuring) {
		widen(&out->name_width, name);
		widen(&out->tags_width, tags);
		widen(&out->iterations_width, iterations);
		return;
	}
	print_padded(name, out->name_width);
	print_padded(tags, out->tags_width);
	if (*description)
		print_padded(iterations, out->iterations_width);
	else
		printf("%s", iterations);
	printf("%.*s\n", (int)strcspn(description, "\n"), description);
}

static void
list_head(struct writer *out)
{
	list_row(out, "CASE", "TAGS", "ITERATIONS", "DESCRIPTION");
}

static void
list_case(struct writer *out)
{
	const struct workload *w = out->workload;
	char *tags = tags_text(w), *iterations = iterations_text(w);

	list_row(out, out->name.s, tags, iterations,
	    w->description ? w->description : "");
	free(tags);
	free(iterations);
}

/* --- selection --- */

/* Whether one of the texts matches; with `all`, that glob matches always. */
static bool
glob_matches(
    const struct glob *glob, const char *const texts[], size_t n, bool all)
{
	if (all && strcmp(glob->text, "all") == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (fnmatch(glob->text, texts[i], 0) == 0)
			return true;
	return false;
}

/* Some glob, where there are any, and none of the negated ones. */
static bool
globs_select(
    const struct globs *globs, const char *const texts[], size_t n, bool all)
{
	bool wanted = false, any = false;

	for (size_t i = 0; i < globs->n; i++) {
		const struct glob *glob = &globs->globs[i];
		bool matches = glob_matches(glob, texts, n, all);

		if (glob->negated && matches)
			return false;
		any |= !glob->negated;
		wanted |= !glob->negated && matches;
	}
	return wanted || !any;
}

static bool
has_arch(const struct workload *w, const char *arch)
{
	for (size_t i = 0; i < w->architectures.n; i++)
		if (strcmp(w->architectures.s[i], arch) == 0)
			return true;
	return w->architectures.n == 0;
}

static bool
has_tier(const struct workload *w, double tier)
{
	for (size_t i = 0; i < w->tiers.n; i++)
		if (w->tiers.x[i] == tier)
			return true;
	return w->tiers.n == 0 || isnan(tier);
}

static enum reason
judge_workload(const struct workload *w, const struct options *options)
{
	if (!has_arch(w, options->arch))
		return BY_ARCH;
	if (!has_tier(w, options->tier))
		return BY_TIER;
	if (!globs_select(&options->tags, w->tags.s, w->tags.n, true))
		return BY_TAG;
	return SELECTED;
}

static enum reason
judge_case(const struct writer *out)
{
	const struct options *options = out->options;
	const char *const names[] = {out->name.s, out->workload->id};

	if (!globs_select(&options->filters, names, 2, false))
		return BY_FILTER;
	if (rng_hash(out->name.s, out->name.len) % options->shards !=
	    options->shard)
		return BY_SHARD;
	return SELECTED;
}

static void
say_nothing_selected(const struct writer *out)
{
	struct text text = {0};
	const char *arch = out->options->arch;

	for (enum reason i = BY_ARCH; i < REASONS; i++) {
		char count[40];

		if (!out->counts[i])
			continue;
		snprintf(count, sizeof count, "%s%zu left out by ",
		    text.len ? ", " : ": ", out->counts[i]);
		add(&text, count, strlen(count));
		add(&text, reasons[i], strlen(reasons[i]));
		if (i == BY_ARCH) {
			add(&text, " ", 1);
			add(&text, arch, strlen(arch));
		}
	}
	warn("no case is selected%s", text.s ? text.s : "");
	free(text.s);
}

/* A parameter that an argument list does not name is more often a slip. */
static void
warn_of_unnamed(const struct workload *w)
{
	struct text text = {0};

	for (size_t i = 0; w->named && i < w->space.n; i++) {
		const struct parameter *p = &w->space.parameters[i];

		if (p->named)
			continue;
		add(&text, ", ", text.len ? 2 : 0);
		add(&text, p->name, strlen(p->name));
	}
	if (text.len)
		node_warn(w->node,
		    "warning: the command of %s has no $(name) of these: %s; "
		    "it sees them only as WL_name",
		    w->id, text.s);
	free(text.s);
}

void
workloads_warn(const struct workloads *workloads)
{
	for (size_t i = 0; i < workloads->n; i++)
		warn_of_unnamed(&workloads->workloads[i]);
}

/* --- all of it --- */

static void
begin_workload(struct writer *out, const struct workload *w)
{
	const struct space *space = &w->space;

	out->workload = w;
	out->by_name = mem_zero(space->n, sizeof *out->by_name);
	/* Insertion sort: parameters are few. */
	for (size_t i = 0; i < space->n; i++) {
		size_t at = i;

		for (;
		     at && strcmp(space->parameters[out->by_name[at - 1]].name,
			       space->parameters[i].name) > 0;
		     at--)
			out->by_name[at] = out->by_name[at - 1];
		out->by_name[at] = i;
	}
	begin_id(out);
	put_record(&out->template.json, w, out->options);
	template_make(&out->template);
}

static void
end_workload(struct writer *out)
{
	free(out->by_name);
	template_release(&out->template);
}

static void
write_case(struct writer *out, const size_t values[])
{
	if (out->options->list)
		list_case(out);
	else
		write_record(out, values);
}

static void
write_workload(struct writer *out, const struct workload *w)
{
	enum reason whole = judge_workload(w, out->options);
	bool warned = out->measuring;
	struct walk walk;

	begin_workload(out, w);
	walk_begin(&walk, &w->space);
	while (walk_next(&walk)) {
		enum reason reason = whole;

		if (reason == SELECTED) {
			make_name(out, walk.values);
			reason = judge_case(out);
		}
		out->counts[reason]++;
		if (reason != SELECTED)
			continue;
		if (!warned)
			warn_of_unnamed(w);
		warned = true;
		write_case(out, walk.values);
	}
	walk_end(&walk);
	end_workload(out);
}

static void
write_all(struct writer *out, const struct workloads *workloads)
{
	for (size_t i = 0; i < workloads->n; i++)
		write_workload(out, &workloads->workloads[i]);
}

int
workloads_write(
    const struct workloads *workloads, const struct options *options)
{
	struct writer out = {.options = options};
	int status = STATUS_DONE;

	if (options->list) {
		out.measuring = true;
		list_head(&out);
		write_all(&out, workloads);
		out.measuring = false;
		if (out.counts[SELECTED])
			list_head(&out);
		memset(out.counts, 0, sizeof out.counts);
	}
	write_all(&out, workloads);
	if (!out.counts[SELECTED]) {
		say_nothing_selected(&out);
		status = STATUS_NO;
	}
	free(out.name.s);
	free(out.line.s);
	free(out.scratch.s);
	jline_release(&out.value);
	return status;
}
