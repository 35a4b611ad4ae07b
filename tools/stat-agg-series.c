/*
 * stat-agg: the course of a metric within a trial. What it comes to becomes
 * samples, so that rounds, units and declared metrics are as those of any
 * other; how it grows is kept beside them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat-agg.h"
#include "stats.h"

#define NS_PER_S 1e9

static const char *const kinds[] = {
    [STATS_STABLE] = "stable",
    [STATS_LINEAR] = "linear",
    [STATS_SUPERLINEAR] = "superlinear",
};

static void
check(struct reader *in, const struct series *series)
{
	if (series->t.n != series->value.n)
		lines_die(&in->lines, "t and value are not of one length");
	for (size_t i = 0; i < series->t.n; i++) {
		reader_check_value(in, "value", series->value.x[i]);
		if (i > 0 && series->t.x[i] < series->t.x[i - 1])
			lines_die(&in->lines, "t does not ascend");
	}
}

static void
add_sample(struct study *study, struct subject *subject,
    const struct series *series, struct reader *in, enum series_part part,
    double value)
{
	char *name =
	    mem_format("%s.%s", series->metric, series_part_names[part]);
	char *unit = series->unit ? mem_format("%s%s", series->unit,
					series_part_units[part])
				  : NULL;
	struct source *source = source_of(subject, name);
	struct group *group = group_of(source,
	    study_text(study, series->variant), study_text(study, unit));

	if (!group->n) {
		group->file = in->lines.name;
		group->line = in->lines.number;
	}
	group_add(study, group,
	    &(struct observation){
		.round = series->round,
		.value = value,
		.order = study->order++,
	    });
	free(unit);
	free(name);
}

/* Between two looks it goes straight from one value to the next. */
static double
area_of(const struct series *series)
{
	const double *t = series->t.x, *x = series->value.x;
	double area = 0;

	for (size_t i = 1; i < series->t.n; i++)
		area +=
		    (t[i] - t[i - 1]) / NS_PER_S * (x[i] / 2 + x[i - 1] / 2);
	return area;
}

static double
peak_of(const struct series *series)
{
	double peak = series->value.x[0];

	for (size_t i = 1; i < series->value.n; i++)
		peak = fmax(peak, series->value.x[i]);
	return peak;
}

/* Of one point in time the mean is the value, and there is no slope. */
static void
add_samples(struct study *study, struct subject *subject,
    const struct series *series, struct reader *in)
{
	size_t n = series->t.n;
	double seconds = (series->t.x[n - 1] - series->t.x[0]) / NS_PER_S;
	double area = area_of(series);
	struct course course = {
	    .metric = study_text(study, series->metric),
	    .variant = study_text(study, series->variant),
	    .unit = study_text(study, series->unit),
	};

	add_sample(study, subject, series, in, SERIES_MEAN,
	    seconds > 0 ? area / seconds : stats_mean(series->value.x, n));
	add_sample(study, subject, series, in, SERIES_PEAK, peak_of(series));
	add_sample(study, subject, series, in, SERIES_AREA, area);
	for (size_t i = 0; i < n; i++)
		series->t.x[i] /= NS_PER_S;
	if (!stats_growth(
		series->t.x, series->value.x, n, study->level, &course.growth))
		return;
	add_sample(
	    study, subject, series, in, SERIES_SLOPE, course.growth.slope);
	*MEM_PUSH(subject->courses, subject->n_courses,
	    subject->courses_capacity) = course;
}

void
series_read(struct study *study, struct reader *in)
{
	struct series series;

	reader_get(in, &series_type, &series);
	check(in, &series);
	if (series.t.n)
		add_samples(study,
		    subject_of(&study->sessions[study->current], series.name),
		    &series, in);
	record_release(&series_type, &series);
}

/* The slope of a course in the unit of a plan, as factor; 0: it is of another.
 */
static double
factor_of(const struct course *course, const struct plan *plan)
{
	enum series_part part;
	size_t len =
	    plan->source ? series_part_find(plan->source->name, &part) : 0;
	double factor = 1;
	char *unit;

	if (!len || part != SERIES_SLOPE || strlen(course->metric) != len ||
	    memcmp(course->metric, plan->source->name, len) != 0 ||
	    !same_text(course->variant, plan->variant))
		return 0;
	if (!course->unit || !plan->unit)
		return 1;
	unit = mem_format("%s/s", course->unit);
	if (!unit_factor(unit, plan->unit, &factor))
		factor = 0;
	free(unit);
	return factor;
}

/*
 * More than half of the rounds grow like this, or worse. The interval of all
 * rounds takes in those of each, where there are too few for another.
 */
void
series_describe(struct summary *summary, const struct subject *subject,
    const struct plan *plan, struct stats_interval *interval)
{
	size_t count[STATS_SUPERLINEAR + 1] = {0}, n = 0, above = 0;
	enum stats_growth_kind kind = STATS_SUPERLINEAR;

	*interval = (struct stats_interval){INFINITY, -INFINITY};
	for (size_t i = 0; i < subject->n_courses; i++) {
		const struct course *course = &subject->courses[i];
		double factor = factor_of(course, plan);

		if (factor == 0)
			continue;
		n++;
		count[course->growth.kind]++;
		interval->lo =
		    fmin(interval->lo, factor * course->growth.interval.lo);
		interval->hi =
		    fmax(interval->hi, factor * course->growth.interval.hi);
	}
	if (!n)
		return;
	while (kind > STATS_STABLE && 2 * (above += count[kind]) <= n)
		kind--;
	summary->growth = kinds[kind];
}

bool
series_unit_is_rate(const struct source *source, const char *unit)
{
	enum series_part part;
	size_t len = strlen(unit), added;
	char *own;
	bool is_rate;

	if (!source || !series_part_find(source->name, &part))
		return unit_is_rate(unit);
	added = strlen(series_part_units[part]);
	if (len < added ||
	    strcmp(unit + len - added, series_part_units[part]) != 0)
		return unit_is_rate(unit);
	own = mem_copy(unit);
	own[len - added] = '\0';
	is_rate = unit_is_rate(own);
	free(own);
	return is_rate;
}
