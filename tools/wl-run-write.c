/* Records leave together, and at once. */
#include "wl-run.h"

#include <string.h>

#include "die.h"

enum {
	LARGE = 1 << 20, /* what is larger leaves in several writes */
	KEPT = 32 << 10	 /* more is given back: children begin with our size */
};

void
write_out(struct jobs *jobs)
{
	struct jline *batch = &jobs->batch;

	if (!jobs->silent && batch->len)
		journal_write(jobs, batch->text, batch->len);
	if (!jobs->silent && batch->len &&
	    (fwrite(batch->text, 1, batch->len, stdout) != batch->len ||
		fflush(stdout)))
		die_errno("stdout");
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
