/*
 * Say once what went wrong, under the tool's name, and exit with a documented
 * status. Level 0.
 */
#ifndef DIE_H
#define DIE_H

/* The exit statuses of every tool, as cmp, diff and grep have them. */
enum status {
	STATUS_DONE = 0,      /* done; nothing failed */
	STATUS_NO = 1,	      /* the answer is no */
	STATUS_TROUBLE = 2,   /* usage, bad input, a failed read or write */
	STATUS_UNDECIDED = 3, /* only under --strict: no verdict was reached */
	STATUS_SKIP = 125,    /* only for git bisect: it cannot be told */
	STATUS_ABORT = 128,   /* only for git bisect: trouble */
};

/* What die exits with, where it is not STATUS_TROUBLE. */
void die_status(enum status status);

/* The name that messages begin with. Keeps the pointer, not the text. */
void die_name(const char *name);

/* "tool: message" on stderr, then exit with STATUS_TROUBLE, or as die_status
 * says. */
_Noreturn void die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The same, with ": " and the reason that errno holds. */
_Noreturn void die_errno(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The same without a message: it has been written. */
_Noreturn void die_silent(void);

/* "tool: message" on stderr, and go on. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
