/* Looking up what was read. */
#include <string.h>

#include "cmp-baseline.h"

const struct rule *
input_rule(struct input *input, const char *name, const char *metric)
{
	size_t number = input_key(&input->rule_keys, name, metric, NULL, false);

	return number == INDEX_NONE ? NULL : &input->rules[number];
}

struct subject *
input_subject(struct input *input, const char *name, const char *metric,
    const char *variant)
{
	size_t number = input_key(&input->keys, name, metric, variant, false);

	return number == INDEX_NONE ? NULL : &input->subjects[number];
}

bool
input_has_variant(const struct input *input, const char *variant)
{
	for (size_t i = 0; i < input->n_subjects; i++)
		if (input->subjects[i].variant &&
		    strcmp(input->subjects[i].variant, variant) == 0)
			return true;
	return false;
}

bool
input_has_others(const struct input *input, const char *variant)
{
	for (size_t i = 0; i < input->n_subjects; i++)
		if (input->subjects[i].variant &&
		    strcmp(input->subjects[i].variant, variant) != 0)
			return true;
	return false;
}

bool
input_compares_variants(
    const struct input *input, const struct options *options)
{
	bool only = true;

	if (options->baseline || options->base_named)
		return options->base_named;
	for (size_t i = 0; i < input->n_subjects; i++)
		only = only && input->subjects[i].variant;
	return input_has_variant(input, options->base) &&
	       (only || input_has_others(input, options->base));
}

bool
input_is_truncated(const struct input *input)
{
	return input->has_end ? !input->complete : input->has_run;
}
