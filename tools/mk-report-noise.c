/* How noisy a run was, in words. */
#include "mk-report-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

static void
tell(struct model *model, const char *name, char *value)
{
	add_fact(model, &model->noise, name, value);
	free(value);
}

/* "1.2% of the time that was measured", where it is anything. */
static void
tell_share(struct model *model, const char *name, double ns)
{
	const struct disturbance *d = &model->disturbance;
	char percent[32];

	if (!(ns > 0) || !(d->elapsed_ns > 0))
		return;
	show_percent(percent, sizeof percent, ns / d->elapsed_ns);
	tell(model, name,
	    mem_format("%s of the time that was measured",
		ns / d->elapsed_ns < 0.0005 ? "less than 0.1%" : percent));
}

/* "psi_cpu 12, load 143 of 143 trials" */
static void
tell_flags(struct model *model)
{
	const struct disturbance *d = &model->disturbance;
	char *list = mem_copy("");

	if (!d->trials) {
		free(list);
		return;
	}
	for (size_t i = 0; i < d->flags.n; i++)
		list = text_join(list, ", ",
		    mem_format("%s %zu", d->flags.texts[i], d->n_of_flag[i]));
	tell(model, "Disturbed trials",
	    mem_format(*list ? "%s of %zu" : "%snone of %zu", list, d->trials));
	free(list);
}

static void
tell_self_test(struct model *model)
{
	const struct self_test *test = &model->self_test;
	char change[32];

	if (!test->n)
		return;
	change_format(change, sizeof change, test->worst);
	tell(model, "Against itself",
	    mem_format("at most %s of %zu comparisons of a program with itself "
		       "(%s %s)",
		change, test->n, test->name, test->metric));
}

/* The same little work at all times: what differs is the machine's. */
static void
tell_probe(struct model *model, const struct summary *s)
{
	struct measured_cells c;
	char drift[32], name[128];
	char *metric = show_text(s->metric, 40);

	show_measured(model, s, &c);
	snprintf(name, sizeof name, "Probe %s", metric);
	free(metric);
	change_format(drift, sizeof drift, s->drift);
	tell(model, name,
	    mem_format("%s, n = %s%s%s%s%s", c.value, c.n, *c.cv ? ", cv " : "",
		c.cv, s->drift_p < 0.05 ? ", over the run " : "",
		s->drift_p < 0.05 ? drift : ""));
}

void
model_tell_noise(struct model *model)
{
	const struct disturbance *d = &model->disturbance;

	tell_flags(model);
	tell_share(model, "Waiting for a CPU", d->cpu_ns);
	tell_share(model, "Taken by the host", d->steal_ns);
	tell_share(model, "Waiting for memory", d->memory_ns);
	tell_share(model, "Waiting for disks", d->io_ns);
	tell_share(model, "Held back by a quota", d->throttled_ns);
	if (model->trials_rejected)
		tell(model, "Rejected trials",
		    mem_format(
			"%zu, which were run again", model->trials_rejected));
	tell_self_test(model);
	for (size_t i = 0; i < model->n_probes; i++)
		if (!model->probes[i].variant)
			tell_probe(model, &model->probes[i]);
}
