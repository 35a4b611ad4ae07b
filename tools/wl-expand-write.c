/* The cases as records. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "stats.h"
#include "wl-expand.h"

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

struct writer {
	const struct options *options;
	const struct workload *workload; /* that of the template */
	struct template template;
	struct text line;
	struct jline value;
};

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
		text_add(&out->line, text, strlen(text));
		return;
	}
	out->value.len = 0;
	jline_string(&out->value, NULL, text);
	if (quoted)
		text_add(&out->line, out->value.text + 1, out->value.len - 2);
	else
		text_add(&out->line, out->value.text, out->value.len);
}

static void
add_criteria(struct writer *out, const size_t values[])
{
	const struct workload *w = out->workload;
	struct text *line = &out->line;
	bool first = true;

	text_add(line, "[", 1);
	for (size_t i = 0; i < w->n_rules; i++) {
		const struct rule *rule = &w->rules[i];

		if (!match_holds(&rule->where, values))
			continue;
		if (!first)
			text_add(line, ",", 1);
		first = false;
		text_add(line, rule->json, strlen(rule->json));
	}
	text_add(line, "]", 1);
}

static void
write_record(struct writer *out, struct naming *naming, const size_t values[])
{
	struct text *line = &out->line;

	naming_make_id(naming, values);
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
			text_add(line, naming->name.s, naming->name.len);
			break;
		case MARK_ID:
			text_add(line, naming->id, strlen(naming->id));
			break;
		case MARK_CRITERIA:
			add_criteria(out, values);
			break;
		default:
			text_add(line, s->text, s->len);
		}
	}
	out_line(line->s, line->len);
}

/*
 * A parameter that an argument list does not name is more often a slip; and a
 * workload that gates is meant to fail some day.
 */
void
workload_warn(const struct workload *w)
{
	struct text text = {0};

	if (w->gates && w->exec.max_iterations < STATS_BLOCK_MIN)
		node_warn(w->node,
		    "warning: %s has %.0f iteration%s, and a stored baseline "
		    "shows no regression with fewer than %d",
		    w->id, w->exec.max_iterations,
		    w->exec.max_iterations == 1 ? "" : "s", STATS_BLOCK_MIN);

	for (size_t i = 0; w->named && i < w->space.n; i++) {
		const struct parameter *p = &w->space.parameters[i];

		if (p->named)
			continue;
		text_add(&text, ", ", text.len ? 2 : 0);
		text_add(&text, p->name, strlen(p->name));
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
		workload_warn(&workloads->workloads[i]);
}

/* --- all of it --- */

static void
write_case(void *context, struct naming *naming, const size_t values[])
{
	const struct workload *w = naming->workload;
	struct writer *out = context;

	if (out->workload != w) {
		workload_warn(w);
		template_release(&out->template);
		put_record(&out->template.json, w, out->options);
		template_make(&out->template);
	}
	out->workload = w;
	write_record(out, naming, values);
}

int
workloads_write(
    const struct workloads *workloads, const struct options *options)
{
	struct writer out = {.options = options};
	int status = select_cases(workloads, options, write_case, &out);

	template_release(&out.template);
	free(out.line.s);
	jline_release(&out.value);
	return status;
}
