/* Records leave together, and at once. */
#include "wl-run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

enum {
	LARGE = 1 << 20, /* what is larger leaves in several writes */
	KEPT = 32 << 10	 /* more is given back: children begin with our size */
};

/*
 * A reader who has stopped reading would keep us for ever: then a second
 * request to stop, or the end of the guard, ends the waiting.
 */
void
write_stdout(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n == 0 || (n < 0 && errno != EINTR))
			die_errno("stdout");
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (tree_stop_again || tree_is_orphan()) {
			die("stdout: nobody reads it, and the run is to end");
		}
	}
}

void
write_out(struct jobs *jobs)
{
	struct jline *batch = &jobs->batch;

	if (!jobs->silent && batch->len)
		journal_write(jobs, batch->text, batch->len);
	if (!jobs->silent)
		write_stdout(batch->text, batch->len);
	batch->len = 0;
	if (batch->capacity > KEPT)
		jline_release(batch);
}

static void
end_line(struct jobs *jobs)
{
	jline_end(&jobs->batch);
	if (jobs->batch.len > LARGE / 2)
		write_out(jobs);
}

void
write_add(struct jobs *jobs, const struct record_type *type, const void *record)
{
	record_put(&jobs->batch, NULL, type, record);
	end_line(jobs);
}

void
write_line(struct jobs *jobs, const char *text, size_t len)
{
	jline_text(&jobs->batch, text, len);
	end_line(jobs);
}
