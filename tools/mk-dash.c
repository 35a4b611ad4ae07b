/*
 * mk-dash: one self-contained dashboard page of a history. See mk-dash(1).
 *
 * The page is made in memory and then written, so that a file never holds a
 * part of one.
 */
#include "mk-dash.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "replace.h"
#include "tool.h"

enum {
	KEY_TITLE = 256,
};

static const struct tool_option option_list[] = {
    {'b', "baseline", "file", "show this baseline as lines; more than once"},
    {'o', "output", "file", "write to this file, in one step at the end"},
    {KEY_TITLE, "title", "text", "the page's title"},
    {0},
};

static const struct tool tool = {
    .name = "mk-dash",
    .synopsis = "[-b file] ... [-o file] [--title text] [file ...]",
    .purpose = "Make one self-contained dashboard page of a history.",
    .options = option_list,
};

struct options {
	const char *output, *title;
	const char **baselines;
	size_t n_baselines, baselines_capacity;
};

static void
read_options(struct options *options, int argc, char *argv[])
{
	int key;

	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'b':
			*MEM_PUSH(options->baselines, options->n_baselines,
			    options->baselines_capacity) = optarg;
			break;
		case 'o':
			options->output =
			    strcmp(optarg, "-") == 0 ? NULL : optarg;
			break;
		case KEY_TITLE:
			options->title = optarg;
			break;
		}
}

static FILE *
open_memory(char **text, size_t *len)
{
	FILE *f = open_memstream(text, len);

	if (!f)
		die_errno("memory");
	return f;
}

static void
write_page(struct model *model, const struct options *options)
{
	struct jline data = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memory(&text, &len);

	data_write(&data, model, options->title, options->output);
	page_write(f, options->title, data.text, data.len);
	if (ferror(f) || fclose(f) != 0)
		die_errno("memory");
	if (options->output)
		write_or_replace(options->output, text, len);
	else if (fwrite(text, 1, len, stdout) != len)
		die_errno("stdout");
	free(text);
	jline_release(&data);
}

int
main(int argc, char *argv[])
{
	struct options options = {.title = "Performance"};
	struct model model = {0};

	tool_start(&tool, argv);
	read_options(&options, argc, argv);
	for (size_t i = 0; i < options.n_baselines; i++)
		model_read_baseline(&model, options.baselines[i]);
	model_read(&model, argv + optind);
	write_page(&model, &options);
	model_release(&model);
	free(options.baselines);
	return out_close();
}
