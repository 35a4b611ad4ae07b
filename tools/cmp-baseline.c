/* Decides, with error control, what changed and what fails. */
#include "cmp-baseline.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "die.h"
#include "tool.h"

enum {
	KEY_AGAIN = 256,
	KEY_BISECT,
	KEY_CHECK,
	KEY_FDR,
	KEY_MIN_SLO,
	KEY_REACHED,
	KEY_STRICT,
	KEY_ANY_MACHINE,
	KEY_ADAPTIVE
};

static const struct tool_option tool_options[] = {
    {'b', "baseline", "FILE", "compare with the sessions stored in FILE"},
    {'B', "base", "NAME", "compare with this variant of the stream (base)"},
    {'t', "threshold", "PERCENT", "what matters (5)"},
    {'m', "margin", "PERCENT", "what is real (1)"},
    {'a', "alpha", "P", "how often a false alarm is accepted (0.05)"},
    {KEY_FDR, "fdr", "NAME", "correct by bh, by, holm or none (bh)"},
    {'T', "target", "NAME", "judge this target's criteria"},
    {KEY_REACHED, "reached", "NAME",
	"judge the criteria due by milestone NAME"},
    {'g', "gates", "FILE", "judge the gates in FILE, too"},
    {KEY_AGAIN, "again", "FILE",
	"what failed must fail in these verdicts, too"},
    {KEY_MIN_SLO, "min-slo", "PERCENT", "fail where fewer criteria pass"},
    {KEY_ANY_MACHINE, "any-machine", NULL, "compare with other machines too"},
    {KEY_ADAPTIVE, "adaptive", NULL,
	"the rounds grew while looked at: wl-run(1)"},
    {KEY_STRICT, "strict", NULL, "exit 3 where a verdict is not reached"},
    {KEY_BISECT, "bisect", NULL, "exit 0, 1, 125 or 128, for git bisect run"},
    {KEY_CHECK, "check", NULL, "only look whether the gate file is one"},
    {0},
};

static const struct tool tool = {
    .name = "cmp-baseline",
    .synopsis =
	"[-b FILE | -B NAME] [-t PERCENT] [-m PERCENT] [-a P] "
	"[--fdr NAME] [-T NAME] [--reached NAME] [-g FILE] "
	"[--again FILE] [--min-slo PERCENT] [--any-machine] [--adaptive] "
	"[--strict | --bisect | --check] "
	"[file ...]",
    .purpose = "Decide, with error control, what changed and what fails.",
    .options = tool_options,
};

/* The corrections, as --fdr names them. */
static const char *const corrections[] = {
    [STATS_BENJAMINI_HOCHBERG] = "bh",
    [STATS_BENJAMINI_YEKUTIELI] = "by",
    [STATS_HOLM] = "holm",
    [STATS_UNCORRECTED] = "none",
};

static enum stats_correction
correction_of(const char *name)
{
	for (size_t i = 0; i < sizeof corrections / sizeof *corrections; i++)
		if (strcmp(corrections[i], name) == 0)
			return (enum stats_correction)i;
	tool_usage(&tool, "--fdr: one of bh, by, holm and none: %s", name);
}

/* Whether the operands are stdin, or name it. */
static bool
reads_stdin(char *argv[])
{
	for (int i = optind; argv[i]; i++)
		if (strcmp(argv[i], "-") == 0)
			return true;
	return !argv[optind];
}

/* Dies where two of what is read are stdin. */
static void
check_stdin(const struct options *o, char *argv[])
{
	bool baseline = o->baseline && strcmp(o->baseline, "-") == 0;
	bool gates = o->gates && strcmp(o->gates, "-") == 0;

	if (baseline && reads_stdin(argv))
		tool_usage(&tool, "the baseline and the run are both stdin");
	if (gates && (baseline || reads_stdin(argv)))
		tool_usage(&tool, "stdin is the gates, and something else");
	if (o->again && strcmp(o->again, "-") == 0)
		tool_usage(&tool, "--again: a file, and not stdin");
}

static struct options
parse_options(int argc, char *argv[])
{
	struct options o = {
	    .base = "base",
	    .alpha = 0.05,
	    .margin = 0.01,
	    .threshold = NAN,
	    .min_slo_percent = NAN,
	};
	size_t capacity = 0;
	int key;

	/* Of a usage error, too, git bisect must not think that it is bad. */
	for (int i = 1; argv[i]; i++)
		if (strncmp(argv[i], "--bi", strlen("--bi")) == 0)
			die_status(STATUS_ABORT);
	tool_start(&tool, argv);
	while ((key = tool_next(&tool, argc, argv)) != -1)
		switch (key) {
		case 'b':
			o.baseline = optarg;
			break;
		case 'B':
			o.base = optarg;
			o.base_named = true;
			break;
		case 't':
			o.threshold = tool_number(&tool, "--threshold", optarg,
					  0.01, 1000) /
				      100;
			break;
		case 'm':
			o.margin =
			    tool_number(&tool, "--margin", optarg, 0, 1000) /
			    100;
			break;
		case 'a':
			o.alpha =
			    tool_number(&tool, "--alpha", optarg, 1e-9, 0.5);
			break;
		case KEY_FDR:
			o.correction = correction_of(optarg);
			break;
		case 'T':
			o.target = optarg;
			break;
		case KEY_REACHED:
			if (!milestone_is(optarg))
				tool_usage(&tool,
				    "--reached: not a milestone: %s", optarg);
			*MEM_PUSH(o.reached.s, o.reached.n, capacity) = optarg;
			break;
		case 'g':
			o.gates = optarg;
			break;
		case KEY_AGAIN:
			o.again = optarg;
			break;
		case KEY_MIN_SLO:
			o.min_slo_percent =
			    tool_number(&tool, "--min-slo", optarg, 0, 100);
			break;
		case KEY_ANY_MACHINE:
			o.any_machine = true;
			break;
		case KEY_ADAPTIVE:
			o.adaptive = true;
			break;
		case KEY_STRICT:
			o.strict = true;
			break;
		case KEY_BISECT:
			o.bisect = true;
			break;
		case KEY_CHECK:
			o.check = true;
			break;
		}
	if (o.strict + o.bisect + o.check > 1)
		tool_usage(
		    &tool, "--strict, --bisect and --check: one of them only");
	if (o.check && (!o.gates || o.baseline || argv[optind]))
		tool_usage(&tool, "--check is for --gates, and nothing else");
	if (!o.check)
		check_stdin(&o, argv);
	if (o.baseline && o.adaptive)
		tool_usage(&tool,
		    "--adaptive is for variants: with a baseline more rounds "
		    "do not make up for sessions");
	if (o.baseline && o.base_named)
		tool_usage(&tool, "--baseline and --base: one of them only");
	return o;
}

/* --- findings --- */

struct verdict *
findings_add(struct findings *findings, const char *kind)
{
	struct verdict *v =
	    MEM_PUSH(findings->verdicts, findings->n, findings->capacity);

	record_clear(&verdict_type, v);
	v->kind = kind;
	return v;
}

const char *
findings_say(struct findings *findings, const char *format, ...)
{
	va_list arguments;
	char *text;
	const char *sentence;

	va_start(arguments, format);
	text = mem_vformat(format, arguments);
	va_end(arguments);
	sentence = index_text(&findings->sentences, text);
	free(text);
	return sentence;
}

static void
findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		record_release(&verdict_type, &findings->verdicts[i]);
	free(findings->verdicts);
	index_release(&findings->sentences);
}

/* --- the answer --- */

/* Every word that a verdict can be, in the order in which they are counted. */
#define WORDS(X)                                                               \
	X(REGRESSED, "regressed")                                              \
	X(EXACT_CHANGED, "exact-changed")                                      \
	X(FAILED, "failed")                                                    \
	X(FAIL, "fail")                                                        \
	X(UNCONFIRMED, "unconfirmed")                                          \
	X(IMPROVED, "improved")                                                \
	X(SMALL, "small")                                                      \
	X(INCONCLUSIVE, "inconclusive")                                        \
	X(INCOMPARABLE, "incomparable")                                        \
	X(MISSING, "missing")                                                  \
	X(UNKNOWN, "unknown")                                                  \
	X(NEW, "new")                                                          \
	X(UNCHANGED, "unchanged")                                              \
	X(PASS, "pass")

enum word {
#define X(id, text) WORD_##id,
	WORDS(X)
#undef X
	N_WORDS
};

static const char *const words[N_WORDS] = {
#define X(id, text) [WORD_##id] = text,
    WORDS(X)
#undef X
};

struct tally {
	long counts[N_WORDS];
	long blocking;	/* what fails the build */
	long bad;	/* of it, what is no failed trial */
	long untold;	/* what gates, but had nothing to be compared with */
	long undecided; /* what was to gate, but could not be judged */
};

static enum word
word_of(const struct verdict *v)
{
	for (enum word w = 0; w < N_WORDS; w++)
		if (strcmp(words[w], v->verdict) == 0)
			return w;
	die("no verdict: %s", v->verdict);
}

static struct tally
count(const struct findings *findings)
{
	struct tally tally = {0};

	for (size_t i = 0; i < findings->n; i++) {
		const struct verdict *v = &findings->verdicts[i];
		enum word w = word_of(v);

		tally.counts[w]++;
		if (w <= WORD_FAIL)
			tally.blocking += v->gating == true;
		if (w <= WORD_FAIL && w != WORD_FAILED)
			tally.bad += v->gating == true;
		else if (w == WORD_NEW)
			tally.untold += v->gating == true;
		else if (w == WORD_MISSING)
			tally.undecided += strcmp(v->severity, "info") != 0;
		else if (w == WORD_INCONCLUSIVE || w == WORD_INCOMPARABLE ||
			 w == WORD_UNKNOWN)
			tally.undecided += v->gating == true;
	}
	return tally;
}

static char *
counts_text(const struct tally *tally)
{
	struct jline line = {0};

	jline_open(&line, NULL);
	for (enum word w = 0; w < N_WORDS; w++)
		jline_number(&line, words[w], (double)tally->counts[w]);
	jline_close(&line);
	return line.text;
}

/*
 * For git bisect a commit is bad where it is slower, or breaks a limit; one
 * that fails, or of which too little is known, tells nothing.
 */
static int
bisect_status(const struct tally *tally, bool fails, bool undecided)
{
	if (tally->bad || (fails && !tally->blocking))
		return STATUS_NO;
	return undecided || fails || tally->untold ? STATUS_SKIP : STATUS_DONE;
}

/* What the gate file wants of a run, and what came of its targets. */
static void
add_gates(struct result *result, const struct gates *gates,
    const struct findings *findings, bool passes)
{
	if (gates->update_baseline != ABSENT)
		result->update_baseline = gates->update_baseline && passes;
	result->reporting = gates->reporting;
	if (findings->targets)
		result->improvement_percent =
		    100 * findings->improvements / (double)findings->targets;
}

/*
 * Whether something was to be measured and was not, or nothing that was
 * measured was to be judged: then nobody knows. A run that was cut short says
 * so itself.
 */
static bool
is_unmeasured(const struct input *input, const struct findings *findings)
{
	const struct case_info *info = NULL;

	for (size_t i = 0; i < input->n_cases && !info; i++)
		if (input->cases[i].good && !input->cases[i].first)
			info = &input->cases[i];
	if (info)
		warn("%s: it was run, and no summary of it was read",
		    info->name);
	else if (!input->n_subjects)
		warn("nothing was measured");
	else if (!findings->n)
		warn("nothing that was measured is to be judged");
	return info || !input->n_subjects || !findings->n;
}

/* Writes the result, and returns the exit status that it names. */
static int
write_result(struct jline *line, const struct input *input,
    const struct options *options, const struct gates *gates,
    const struct findings *findings)
{
	struct tally tally = count(findings);
	double judged = (double)findings->judged;
	double slo =
	    judged > 0 ? 100 * (double)findings->passed / judged : (double)NAN;
	bool truncated = input_is_truncated(input);
	bool fails = tally.blocking || slo < options->min_slo_percent;
	bool unjudged = isnan(slo) && !isnan(options->min_slo_percent);
	bool undecided = tally.undecided || truncated || unjudged ||
			 (!fails && is_unmeasured(input, findings));
	int status = options->bisect ? bisect_status(&tally, fails, undecided)
		     : fails	     ? STATUS_NO
		     : undecided && options->strict ? STATUS_UNDECIDED
						    : STATUS_DONE;
	struct result result;

	if (truncated)
		warn("the run is not complete");
	record_clear(&result_type, &result);
	result.status = fails ? "fail" : undecided ? "inconclusive" : "pass";
	result.exit = status;
	if (input->has_run || input->has_end)
		result.complete = !truncated;
	result.run = input->run;
	result.target = options->target ? options->target : input->target;
	result.alpha = options->alpha;
	result.fdr = corrections[options->correction];
	result.counts.text = counts_text(&tally);
	result.slo_compliance_percent = slo;
	add_gates(&result, gates, findings,
	    !fails && !truncated && input->n_subjects &&
		!tally.counts[WORD_UNCONFIRMED]);
	record_write(line, &result_type, &result);
	free((char *)result.counts.text);
	return status;
}

/* What was asked for counts more than what the gate file says. */
static void
settle(struct options *options, const struct gates *gates)
{
	if (isnan(options->threshold))
		options->threshold = gates->threshold;
	if (isnan(options->threshold))
		options->threshold = 0.05;
	if (isnan(options->min_slo_percent))
		options->min_slo_percent = gates->min_slo;
	options->spare_changes = gates->spares_changes;
	if (options->margin > options->threshold)
		tool_usage(&tool,
		    "the margin, %g %%, is above the threshold, %g %%: no "
		    "change could fail anything",
		    100 * options->margin, 100 * options->threshold);
}

/* Reads what is to be judged, and says what came of it: the exit status. */
static int
compare(struct input *input, const struct options *options,
    const struct gates *gates, char *operands[])
{
	struct findings findings = {.least_p = NAN};
	struct jline line = {0};
	int status;

	if (options->baseline)
		input_read_baseline(input, options->baseline);
	input_read(input, operands);
	decide_changes(input, options, &findings);
	input_tell_marks(input);
	for (size_t i = 0; i < findings.n; i++)
		verdict_mute(input, &findings.verdicts[i]);
	judge_limits(input, options, &findings);
	gates_judge(gates, input, options, &findings);
	confirm(input, options, &findings);
	refuse_impossible(input, options, &findings);
	for (size_t i = 0; i < findings.n; i++)
		record_write(&line, &verdict_type, &findings.verdicts[i]);
	status = write_result(&line, input, options, gates, &findings);
	reader_write_held(&input->reader);
	findings_release(&findings);
	jline_release(&line);
	return status;
}

int
main(int argc, char *argv[])
{
	struct options options = parse_options(argc, argv);
	struct input input = {.base = options.base};
	struct gates gates = {
	    .update_baseline = ABSENT, .min_slo = NAN, .threshold = NAN};
	int status = STATUS_DONE;

	if (options.gates)
		gates_read(&gates, &input, options.gates);
	settle(&options, &gates);
	if (!options.check)
		status = compare(&input, &options, &gates, argv + optind);
	gates_release(&gates);
	input_release(&input);
	free(options.reached.s);
	out_close();
	return status;
}
