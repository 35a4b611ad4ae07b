/*
 * mk-report: show verdicts to people and machines. See mk-report(1).
 *
 * The report is made in memory and then written, so that a file never holds a
 * part of one.
 */
#include "mk-report.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "replace.h"
#include "tool.h"

enum {
	KEY_COLOR = 256,
	KEY_EXIT_STATUS,
	KEY_MAX_BYTES,
	KEY_MAX_ROWS,
	KEY_PDF_ENGINE,
	KEY_TITLE,
	/* The head of a Markdown report, in which nothing can be left out. */
	MAX_BYTES_LEAST = 8192,
};

#define FORMATS "text, md, html, pdf, json, junit, github, badge or shields"

static const struct tool_option option_list[] = {
    {'a', "all", NULL, "show all rows, reasons and values"},
    {'f', "format", "format",
	"text md html pdf json junit github badge shields"},
    {'o', "output", "file", "write to this file, in one step at the end"},
    {KEY_COLOR, "color", "when", "text: auto (default), always or never"},
    {KEY_EXIT_STATUS, "exit-status", NULL,
	"exit as the result says: 0, 1 or 3"},
    {KEY_MAX_BYTES, "max-bytes", "n", "md: at most so long (65000)"},
    {KEY_MAX_ROWS, "max-rows", "n",
	"text: so many rows where nothing happened (20)"},
    {KEY_PDF_ENGINE, "pdf-engine", "engine", "hpdf (default) or chromium"},
    {KEY_TITLE, "title", "text", "the report's title"},
    {0},
};

static const struct tool tool = {
    .name = "mk-report",
    .synopsis = "[-a] [-f format] [-o file] [--color when] [--exit-status] "
		"[--max-bytes n] [--max-rows n] [--pdf-engine engine] [--title "
		"text] [file ...]",
    .purpose = "Show verdicts to people and machines.",
    .options = option_list,
};

/* A format is its writer. */
typedef void writer(
    FILE *out, const struct model *model, const struct options *options);

static const struct {
	const char *word;
	writer *write;
} formats[] = {
    {"text", write_text},
    {"md", write_md},
    {"html", write_html},
    {"pdf", write_pdf},
    {"json", write_json},
    {"junit", write_junit},
    {"github", write_github},
    {"badge", write_badge},
    {"shields", write_shields},
};

static writer *
find_writer(const char *word)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i].word, word) == 0)
			return formats[i].write;
	tool_usage(&tool, "--format: not " FORMATS ": %s", word);
}

static writer *
choose_engine(writer *write, const char *engine)
{
	bool chromium = strcmp(engine, "chromium") == 0;

	if (!chromium && strcmp(engine, "hpdf") != 0)
		tool_usage(
		    &tool, "--pdf-engine: not hpdf or chromium: %s", engine);
	return chromium && write == write_pdf ? write_pdf_by_chromium : write;
}

static bool
choose_color(const char *when, const char *output)
{
	const char *none = getenv("NO_COLOR"); /* no-color.org */
	const char *term = getenv("TERM");

	if (strcmp(when, "always") == 0)
		return true;
	if (strcmp(when, "never") == 0)
		return false;
	if (strcmp(when, "auto") != 0)
		tool_usage(
		    &tool, "--color: not auto, always or never: %s", when);
	return !output && isatty(STDOUT_FILENO) && !(none && *none) && term &&
	       strcmp(term, "dumb") != 0;
}

static void
write_report(
    writer *write, const struct model *model, const struct options *options)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		die_errno("memory");
	write(f, model, options);
	if (ferror(f) || fclose(f) != 0)
		die_errno("memory");
	if (options->output)
		write_or_replace(options->output, text, len);
	else if (fwrite(text, 1, len, stdout) != len)
		die_errno("stdout");
	free(text);
}

static struct options
read_options(int argc, char *argv[], writer **write)
{
	struct options options = {.max_rows = 20, .max_bytes = 65000};
	const char *format = "text", *when = "auto", *engine = "hpdf";
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'a':
			options.all = true;
			break;
		case 'f':
			format = optarg;
			break;
		case 'o':
			options.output = optarg;
			break;
		case KEY_COLOR:
			when = optarg;
			break;
		case KEY_EXIT_STATUS:
			options.exit_status = true;
			break;
		case KEY_MAX_BYTES:
			options.max_bytes = (size_t)tool_integer(&tool,
			    "--max-bytes", optarg, MAX_BYTES_LEAST, LONG_MAX);
			break;
		case KEY_MAX_ROWS:
			options.max_rows = (size_t)tool_integer(
			    &tool, "--max-rows", optarg, 0, LONG_MAX);
			break;
		case KEY_PDF_ENGINE:
			engine = optarg;
			break;
		case KEY_TITLE:
			options.title = optarg;
			break;
		}
	if (options.output && strcmp(options.output, "-") == 0)
		options.output = NULL;
	*write = choose_engine(find_writer(format), engine);
	options.color = choose_color(when, options.output);
	return options;
}

/* What the comparison came to; where it came to nothing that is trouble. */
static int
result_status(const struct model *model)
{
	double status = model->result.exit;

	if (!model->result.status)
		die("there is no result for --exit-status");
	if (isnan(status))
		status = strcmp(model->result.status, "fail") == 0
			     ? STATUS_NO
			     : STATUS_DONE;
	if (status != STATUS_DONE && status != STATUS_NO &&
	    status != STATUS_UNDECIDED)
		die("the result's exit status is not 0, 1 or 3");
	return (int)status;
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct model model;
	writer *write;
	int status = STATUS_DONE;

	tool_start(&tool, argv);
	options = read_options(argc, argv, &write);
	model_read(&model, argv + optind);
	write_report(write, &model, &options);
	out_close();
	if (options.exit_status)
		status = result_status(&model);
	model_release(&model);
	return status;
}
