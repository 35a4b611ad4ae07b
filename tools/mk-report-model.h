/*
 * What the parts that make a model have in common. Only they include this.
 */
#ifndef MK_REPORT_MODEL_H
#define MK_REPORT_MODEL_H

#include "mk-report.h"

/* The model's copy of a text; keep_own frees the text that it is given. */
const char *keep(struct model *model, const char *text);
const char *keep_own(struct model *model, char *text);

/* Whether a text, which may be NULL, is a word of any case. */
bool is(const char *text, const char *word);

/* A metric of a case as one text, for the caller to free. */
char *metric_key(const char *name, const char *metric);

void add_metric(struct index *keys, const char *name, const char *metric);

enum row_class class_of(const struct verdict *verdict, bool gates);

/* A check that found something. */
bool is_warning(const struct check *check);

/* Adds a fact that has a value. */
void add_fact(struct model *model, struct facts *facts, const char *name,
    const char *value);

/*
 * What follows from the records, when all are read. `declared` are the keys of
 * the metrics that cases declare.
 */
void model_finish(struct model *model, const struct index *declared);

/* Adds an item to a list, and frees both; an empty one adds nothing. */
char *text_join(char *list, const char *separator, char *item);

void model_tell_noise(struct model *model);

/* The headline, and what is told of the run. */
void model_tell(struct model *model);

#endif
