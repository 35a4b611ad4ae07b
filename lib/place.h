/*
 * Directories to write in, by one writer at a time. Level 1.
 */
#ifndef PLACE_H
#define PLACE_H

/*
 * Makes a directory, and those that it is in, where they are missing. Those
 * that it makes outlive a crash.
 */
void place_make(const char *directory);

/*
 * Makes sure that what is in a file outlives a crash, or which names are in a
 * directory, where that can be asked.
 */
void place_sync(const char *path);

/*
 * Waits until nobody else has locked the directory, and returns a descriptor:
 * until it is closed, or the process ends, the directory is ours.
 */
int place_lock(const char *directory);

#endif
