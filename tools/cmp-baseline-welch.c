/*
 * A metric of this run, and a baseline of which there is only a mean, a
 * standard deviation and a size: Welch's t of the logarithms of the means.
 *
 * That knows of the rounds of two sessions, and not of how sessions differ, so
 * the verdict says so. The error of this session's mean is that of its blocks
 * where that is larger; nobody knows that of the other.
 *
 * Source: Welch 1947, "The generalization of Student's problem when several
 * different population variances are involved", Biometrika 34; the variance
 * of the logarithm of a mean is the squared coefficient of variation of the
 * mean (the delta method).
 */
#include <math.h>
#include <string.h>

#include "cmp-baseline.h"
#include "metric.h"

/* A mean, as an estimate on the scale of logarithms. */
struct estimate {
	double mean, variance, df;
};

static struct estimate
estimate(double mean, double stddev, double n)
{
	double cv = stddev / mean;

	return (struct estimate){mean, cv * cv / n, n - 1};
}

/* That of this run, in the unit of the metric; all NAN where it has none. */
static struct estimate
current(const struct test *t, const struct subject *s)
{
	size_t n = s->values.n;
	struct estimate e = n > 1 ? estimate(stats_mean(s->values.x, n),
					stats_stddev(s->values.x, n), (double)n)
				  : estimate(s->mean, s->stddev, s->n);
	double error = session_error(t, s);

	if (error * error > e.variance) {
		e.variance = error * error;
		e.df = STATS_BLOCKS - 1;
	}
	return e;
}

/* Whether something is known of it that can be computed with. */
static bool
is_known(const struct estimate *e)
{
	return e->variance >= 0 && isfinite(e->variance) && e->df >= 1;
}

/*
 * Welch and Satterthwaite's degrees of freedom, which are never too few. Only
 * the ratio of the variances matters, and their squares may have no double.
 */
static double
df_of(const struct estimate *a, const struct estimate *b)
{
	double most = fmax(a->variance, b->variance);
	double x = a->variance / most, y = b->variance / most;

	if (!(most > 0))
		return a->df + b->df;
	return (x + y) * (x + y) / (x * x / a->df + y * y / b->df);
}

static void
test_means(struct test *t, const struct subject *s, const struct estimate *now,
    const struct estimate *was)
{
	double rounds = s->values.n ? (double)s->values.n : s->n;

	t->kind = TEST_SUMMARY;
	t->effect = test_scaled(t, s, now->mean) - test_scaled(t, s, was->mean);
	t->df = df_of(now, was);
	/* Where nothing varied, any difference is certain. */
	t->se = fmax(sqrt(now->variance + was->variance), 1e-9);
	t->sd = t->se;
	t->n = t->n_least = was->df + 1;
	t->least_p = 0;
	t->has_few_rounds = !(rounds >= STATS_BLOCK_MIN);
	test_by_t(t, t->se);
}

/* --- which machine --- */

/* The name of an architecture, as uname has it; NULL for any other word. */
static const char *
arch_of(const char *platform)
{
	static const struct {
		const char *name, *own;
	} archs[] = {{"x86_64", "x86_64"}, {"amd64", "x86_64"},
	    {"aarch64", "aarch64"}, {"arm64", "aarch64"}, {"i686", "i686"},
	    {"riscv64", "riscv64"}, {"ppc64le", "ppc64le"}, {"s390x", "s390x"}};
	size_t len = platform ? strcspn(platform, "-") : 0;

	for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
		if (len == strlen(archs[i].name) &&
		    strncmp(platform, archs[i].name, len) == 0)
			return archs[i].own;
	return NULL;
}

/* Why it is of another machine, or NULL. */
static const char *
obstacle(struct findings *findings, const struct input *input)
{
	const char *cpu = input->document_cpu;

	if (texts_differ(
		arch_of(input->document_platform), arch_of(input->arch)))
		return findings_say(findings,
		    "the baseline is of %s, this run of %s",
		    input->document_platform, input->arch);
	if (texts_differ(cpu, input->cpu) && strcmp(cpu, "unknown") != 0)
		return findings_say(findings,
		    "the baseline is of the processor %s, this run of %s", cpu,
		    input->cpu);
	return NULL;
}

void
compare_entry(struct tests *tests, struct findings *findings, struct verdict *v,
    const struct subject *s, const struct entry *entry,
    const struct input *input, const struct options *options)
{
	struct test t = {
	    .verdict = (size_t)(v - findings->verdicts),
	    .is_log = true,
	    .looks = looks_single(1),
	};
	struct estimate now = current(&t, s), was;
	double factor = 1;

	v->why = options->any_machine ? NULL : obstacle(findings, input);
	if (v->why) {
		v->verdict = "incomparable";
		return;
	}
	unit_factor("ns", s->unit, &factor);
	was = estimate(entry->mean * factor, entry->stddev * factor, entry->n);
	v->baseline = t.level = was.mean;
	v->method = "welch";
	if (!is_known(&was)) {
		v->verdict = "incomparable";
		v->why = "the baseline has no standard deviation, or one that "
			 "is beyond all bounds, or is of fewer than two values";
	} else if (!is_known(&now)) {
		v->verdict = "incomparable";
		v->why = "the summary is of fewer than two values, or its "
			 "error is beyond all bounds";
	} else if (!all_positive(s->values.x, s->values.n) || !(now.mean > 0) ||
		   !test_set_scale(&t, s, options, true, was.mean)) {
		refuse_to_scale(v);
	} else {
		v->current = now.mean;
		test_means(&t, s, &now, &was);
		tests_add(tests, v, &t, s);
	}
}
