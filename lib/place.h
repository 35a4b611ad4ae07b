/*
 * Directories to write in, by one writer at a time. Level 1.
 */
#ifndef PLACE_H
#define PLACE_H

/* Makes a directory, and those that it is in, where they are missing. */
void place_make(const char *directory);

/*
 * Waits until nobody else has locked the directory, and returns a descriptor:
 * until it is closed, or the process ends, the directory is ours.
 */
int place_lock(const char *directory);

#endif
