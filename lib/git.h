/*
 * What git knows of commits. There need be no git, and no repository: then it
 * knows none. Level 2.
 *
 * git is run with a list of arguments, never by a shell, and what people name
 * is behind --end-of-options. It fetches nothing: of a clone that has only a
 * part of the objects it knows what is there.
 */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

/* Whether this directory is in a repository. Asks no git. */
bool git_is_here(void);

/* Whether it is a whole name of a commit: 40 or 64 hexadecimal digits. */
bool git_is_commit(const char *text);

/*
 * The commit that a revision is, for the caller to free; NULL where git knows
 * none. A text that begins with - is no revision.
 */
char *git_commit(const char *revision);

/* When it was committed, in UTC, for the caller to free; or NULL. */
char *git_time(const char *commit);

/*
 * Puts all commits that `git rev-list RANGE` has into `commits`; false where
 * git refuses it, and then it has said why.
 */
bool git_range(const char *range, struct index *commits);

/* Puts those of commits[0..n-1] that git knows into `known`. */
void git_know(const char *const commits[], size_t n, struct index *known);

/*
 * Puts those of commits[0..n-1] that git knows into `ordered`, which is empty:
 * an ancestor before those that come from it, and else the older first.
 */
void git_order(const char *const commits[], size_t n, struct index *ordered);

/*
 * Puts those of commits[0..n-1] that are `ancestor`, or come from it, into
 * `with`, and those that do not into `without`. What git does not know, and
 * what a shallow repository cannot tell, is in none of them.
 */
void git_contain(const char *ancestor, const char *const commits[], size_t n,
    struct index *with, struct index *without);

#endif
