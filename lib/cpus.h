/*
 * Sets of CPUs as texts, in the list form of the kernel: "0", "0-1,3". Level 1.
 */
#ifndef CPUS_H
#define CPUS_H

#include <sched.h>
#include <stdbool.h>

/* The number of the last CPU that a set can hold. */
#define CPUS_LAST (CPU_SETSIZE - 1)

/*
 * Adds the CPUs of a list to the set. False where the text is no list, has a
 * range that ends before it begins, or a number above CPUS_LAST.
 * Source: cpuset(7), "List format".
 */
bool cpus_add(cpu_set_t *set, const char *text);

/* The set as a list, ascending and as short as can be, for the caller to free.
 */
char *cpus_text(const cpu_set_t *set);

#endif
