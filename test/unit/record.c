#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "record.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

/* A file of records, and a reader of it. */
struct stream {
	char path[40];
	char *operands[2];
	struct reader reader;
};

static void
stream_open(struct stream *stream, const char *text)
{
	int fd;
	size_t len = strlen(text);

	*stream = (struct stream){.path = "/tmp/plumbline-record-XXXXXX"};
	fd = mkstemp(stream->path);
	assert_true(fd >= 0);
	assert_true(write(fd, text, len) == (ssize_t)len);
	close(fd);
	stream->operands[0] = stream->path;
	reader_open(&stream->reader, stream->operands);
}

static void
stream_close(struct stream *stream)
{
	reader_release(&stream->reader);
	unlink(stream->path);
}

static void
read_all_samples(struct reader *reader)
{
	while (reader_next(reader))
		if (reader->kind == RECORD_SAMPLE) {
			struct sample sample;

			reader_get(reader, &sample_type, &sample);
			record_release(&sample_type, &sample);
		}
}

/*
 * Reads all of `text` as samples in a process of its own: its status, and what
 * it said behind the file's name.
 */
static int
status_of(const char *text, char *said, size_t size)
{
	struct stream stream;
	char all[400] = "";
	size_t len = 0;
	ssize_t got;
	int ends[2], status;
	pid_t child;
	const char *behind;

	stream_open(&stream, text);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		read_all_samples(&stream.reader);
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], all + len, sizeof all - 1 - len)) > 0)
		len += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	behind = strstr(all, stream.path);
	snprintf(said, size, "%s", behind ? behind + strlen(stream.path) : all);
	stream_close(&stream);
	return WEXITSTATUS(status);
}

static void
test_a_sample_is_read(void **state)
{
	struct stream stream;
	struct sample sample;

	(void)state;
	stream_open(&stream,
	    "{\"type\":\"sample\",\"case\":\"a/n=1\",\"variant\":\"head\","
	    "\"round\":3,\"metric\":\"wall_time\",\"unit\":\"ns\","
	    "\"value\":1712345,\"mine\":[1]}\n");
	assert_true(reader_next(&stream.reader));
	assert_int_equal(stream.reader.kind, RECORD_SAMPLE);
	reader_get(&stream.reader, &sample_type, &sample);
	assert_string_equal(sample.name, "a/n=1");
	assert_string_equal(sample.variant, "head");
	assert_string_equal(sample.metric, "wall_time");
	assert_string_equal(sample.unit, "ns");
	assert_true(sample.round == 3);
	assert_true(sample.value == 1712345);
	record_release(&sample_type, &sample);
	assert_false(reader_next(&stream.reader));
	stream_close(&stream);
}

/* Hand-made records: case, metric and value are enough. */
static void
test_a_sample_needs_no_type(void **state)
{
	struct stream stream;
	struct sample sample;

	(void)state;
	stream_open(&stream, "{\"case\":\"a\",\"metric\":\"m\",\"value\":0}\n");
	assert_true(reader_next(&stream.reader));
	assert_int_equal(stream.reader.kind, RECORD_SAMPLE);
	reader_get(&stream.reader, &sample_type, &sample);
	assert_null(sample.variant);
	assert_null(sample.unit);
	assert_true(isnan(sample.round));
	assert_true(sample.value == 0);
	record_release(&sample_type, &sample);
	stream_close(&stream);
}

static void
test_every_type_is_known_by_its_word(void **state)
{
	static const char *const words[] = {
#define X(id, word) [RECORD_##id] = word,
	    RECORD_KINDS(X)
#undef X
		[RECORD_OTHER] = "something-else",
	};

	(void)state;
	for (enum record_kind k = 0; k <= RECORD_OTHER; k++) {
		struct stream stream;
		char line[64];

		snprintf(line, sizeof line, "{\"type\":\"%s\"}\n", words[k]);
		stream_open(&stream, line);
		assert_true(reader_next(&stream.reader));
		assert_int_equal(stream.reader.kind, k);
		stream_close(&stream);
	}
}

static void
test_bad_records_are_named_by_line(void **state)
{
	static const struct {
		const char *text, *said;
	} table[] = {
	    {"\n\n{\"case\":\"a\",\"metric\":\"m\",\"value\":\"x\"}\n",
		":3: value is not a number\n"},
	    {"{\"type\":\"sample\",\"case\":\"a\",\"metric\":\"m\"}\n",
		":1: value is missing\n"},
	    {"{\"type\":\"sample\",\"case\":1,\"metric\":\"m\",\"value\":1}\n",
		":1: case is not a text\n"},
	    {"{\"type\":\"sample\",\"case\":\"a\",\"metric\":\"m\","
	     "\"value\":null}\n",
		":1: value is not a number\n"},
	    {"{\"type\":7}\n", ":1: type is not a text\n"},
	    {"[]\n", ":1: not a JSON object\n"},
	};
	char said[400];

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		assert_int_equal(
		    status_of(table[i].text, said, sizeof said), 2);
		assert_string_equal(said, table[i].said);
	}
}

/* Only the last line of a stream that has not ended may be cut short. */
static void
test_a_cut_line_is_a_truncated_run(void **state)
{
	static const char good[] =
	    "{\"case\":\"a\",\"metric\":\"m\",\"value\":1}\n";
	char text[400], said[400];

	(void)state;
	snprintf(text, sizeof text, "%s%s", good, "{\"case\":\"a\",\"met");
	assert_int_equal(status_of(text, said, sizeof said), 0);
	assert_string_equal(said, ":2: the last line is cut short and is "
				  "dropped: the run was truncated\n");
	snprintf(text, sizeof text, "%s%s", good, "{\"case\":\"a\",\"met\n");
	assert_int_equal(status_of(text, said, sizeof said), 2);
	snprintf(text, sizeof text, "%s%s", "{\"case\":\"a\",\"met\n", good);
	assert_int_equal(status_of(text, said, sizeof said), 2);
	snprintf(text, sizeof text, "{\"type\":\"end\"}\n{\"case\":");
	assert_int_equal(status_of(text, said, sizeof said), 2);
	/* A whole line without its newline is whole. */
	snprintf(text, sizeof text, "%s", good);
	text[strlen(text) - 1] = '\0';
	assert_int_equal(status_of(text, said, sizeof said), 0);
	assert_string_equal(said, "");
}

static void
test_a_later_version_is_refused(void **state)
{
	char said[400];

	(void)state;
	assert_int_equal(status_of("{\"type\":\"run\",\"v\":1}\n"
				   "{\"type\":\"case\",\"v\":2}\n"
				   "{\"type\":\"baseline-file\",\"v\":1}\n"
				   "{\"type\":\"history\",\"v\":1}\n",
			     said, sizeof said),
	    0);
	assert_int_equal(
	    status_of("{\"type\":\"run\",\"v\":2}\n", said, sizeof said), 2);
	assert_string_equal(
	    said, ":1: a run of version 2; this tool knows 1\n");
	assert_int_equal(status_of("{\"type\":\"baseline-file\",\"v\":1.5}\n",
			     said, sizeof said),
	    2);
	assert_int_equal(
	    status_of("{\"type\":\"history\",\"v\":2}\n", said, sizeof said),
	    2);
	assert_string_equal(
	    said, ":1: a history of version 2; this tool knows 1\n");
}

/* A record that is written, read and written again is the same text. */
static void
test_records_go_there_and_back(void **state)
{
	static const struct {
		const struct record_type *type;
		size_t size;
		const char *text;
	} table[] = {
	    {&run_type, sizeof(struct run),
		"{\"type\":\"run\",\"v\":1,\"run\":\"r\",\"dirty\":false,"
		"\"seed\":1,\"host\":{\"cores\":2},\"checks\":[{\"id\":1}],"
		"\"options\":[\"--seed=1\"],\"records\":3}"},
	    {&resume_type, sizeof(struct resume),
		"{\"type\":\"resume\",\"run\":\"r\",\"time\":\"t\"}"},
	    {&case_type, sizeof(struct case_record),
		"{\"type\":\"case\",\"case\":\"w/n=1\",\"workload\":\"w\","
		"\"tags\":[\"a\",\"b\"],\"params\":{\"n\":\"1\"},"
		"\"metrics\":[{\"name\":\"m\"}]}"},
	    {&trial_type, sizeof(struct trial),
		"{\"type\":\"trial\",\"case\":\"c\",\"round\":0,"
		"\"status\":\"ok\",\"exit\":0,\"elapsed\":17}"},
	    {&sample_type, sizeof(struct sample),
		"{\"type\":\"sample\",\"case\":\"c\",\"metric\":\"m\","
		"\"value\":0.1}"},
	    {&series_type, sizeof(struct series),
		"{\"type\":\"series\",\"case\":\"c\",\"variant\":\"v\","
		"\"round\":1,\"metric\":\"rss\",\"unit\":\"B\","
		"\"t\":[0,1000],\"value\":[4096,0.5]}"},
	    {&end_type, sizeof(struct run_end),
		"{\"type\":\"end\",\"complete\":true,\"trials\":3,"
		"\"failed\":0}"},
	    {&summary_type, sizeof(struct summary),
		"{\"type\":\"summary\",\"case\":\"c\",\"metric\":\"m\","
		"\"value\":1,\"ci\":[0.5,1.5],\"outliers\":{\"mild\":0},"
		"\"rounds\":[1,2],\"values\":[0.5,1.5]}"},
	    {&baseline_file_type, sizeof(struct baseline_file),
		"{\"type\":\"baseline-file\",\"v\":1,\"platform\":\"x86_64\"}"},
	    {&baseline_type, sizeof(struct baseline),
		"{\"type\":\"baseline\",\"case\":\"c\",\"metric\":\"m\","
		"\"sessions\":[{\"value\":1}]}"},
	    {&verdict_type, sizeof(struct verdict),
		"{\"type\":\"verdict\",\"kind\":\"change\",\"case\":\"c\","
		"\"verdict\":\"regressed\",\"gating\":true,\"change\":0.081}"},
	    {&result_type, sizeof(struct result),
		"{\"type\":\"result\",\"status\":\"pass\",\"exit\":0,"
		"\"counts\":{\"pass\":1}}"},
	    {&history_type, sizeof(struct history),
		"{\"type\":\"history\",\"v\":1,\"run\":\"r\","
		"\"report\":\"a/b\"}"},
	    {&point_type, sizeof(struct point_record),
		"{\"type\":\"point\",\"case\":\"c\",\"metric\":\"m\","
		"\"tags\":[\"quick\"],\"dirty\":false,\"value\":1,"
		"\"ci\":[0.5,1.5],\"level\":0.95,\"rounds\":[1,2],"
		"\"values\":[0.5,1.5],\"gate\":true}"},
	    {&mark_type, sizeof(struct mark),
		"{\"type\":\"mark\",\"mark\":\"m1\",\"kind\":\"mute\","
		"\"case\":\"c\",\"until\":\"2026-12-31\","
		"\"reason\":\"a \\\"known\\\" one\"}"},
	    {&change_type, sizeof(struct change),
		"{\"type\":\"change\",\"kind\":\"step\",\"case\":\"c\","
		"\"metric\":\"m\",\"index\":41,\"range\":[40,42],"
		"\"commits\":[\"a\",\"b\"],\"change\":0.07,"
		"\"worse\":true,\"accepted\":false}"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		struct stream stream;
		struct jline line = {0};
		void *record = mem_alloc(table[i].size);

		stream_open(&stream, table[i].text);
		assert_true(reader_next(&stream.reader));
		reader_get(&stream.reader, table[i].type, record);
		record_put(&line, NULL, table[i].type, record);
		assert_string_equal(line.text, table[i].text);
		record_release(table[i].type, record);
		line.len = 0;
		jline_release(&line);
		free(record);
		stream_close(&stream);
	}
}

/* A record that is changed keeps what only others know of. */
static void
test_a_changed_record_keeps_unknown_fields(void **state)
{
	struct stream stream;
	struct sample sample;
	struct jline line = {0};

	(void)state;
	stream_open(&stream,
	    "{\"mine\":[1,{\"a\":0.1}],\"type\":\"sample\",\"case\":\"a\","
	    "\"unit\":\"s\",\"metric\":\"m\",\"value\":1,\"x\":null}");
	assert_true(reader_next(&stream.reader));
	reader_get(&stream.reader, &sample_type, &sample);
	sample.value = 2;
	sample.unit = NULL;
	record_put_over(
	    &line, NULL, &sample_type, &sample, stream.reader.record);
	assert_string_equal(line.text,
	    "{\"type\":\"sample\",\"case\":\"a\",\"metric\":\"m\","
	    "\"value\":2,\"mine\":[1,{\"a\":0.1}],\"x\":null}");
	record_release(&sample_type, &sample);
	jline_release(&line);
	stream_close(&stream);
}

/* Nothing of a record that was kept belongs to the reader. */
static void
test_a_kept_record_outlives_its_line(void **state)
{
	static const char text[] =
	    "{\"type\":\"case\",\"case\":\"w/n=1\",\"workload\":\"w\","
	    "\"tags\":[\"a\",\"b\"],\"params\":{\"n\":\"1\"}}";
	struct case_record record;
	struct stream stream;
	struct index texts = {0};
	struct jline line = {0};

	(void)state;
	stream_open(&stream, text);
	assert_true(reader_next(&stream.reader));
	reader_get(&stream.reader, &case_type, &record);
	record_keep(&case_type, &record, &texts);
	/* However many texts come after it. */
	for (int i = 0; i < 1000; i++) {
		char other[16];

		snprintf(other, sizeof other, "%d", i);
		index_add(&texts, other);
	}
	stream_close(&stream);
	record_put(&line, NULL, &case_type, &record);
	assert_string_equal(line.text, text);
	record_release(&case_type, &record);
	assert_null(record.name);
	jline_release(&line);
	index_release(&texts);
}

static void
test_parts_are_read_from_inside(void **state)
{
	struct case_record record;
	struct criterion criterion;
	struct stream stream;

	(void)state;
	stream_open(&stream,
	    "{\"type\":\"case\",\"case\":\"c\",\"criteria\":[{\"metric\":\"m\","
	    "\"operator\":\"<=\",\"limit\":75}]}\n");
	assert_true(reader_next(&stream.reader));
	reader_get(&stream.reader, &case_type, &record);
	assert_int_equal(tree_length(record.criteria.value), 1);
	reader_get_part(&stream.reader, tree_at(record.criteria.value, 0),
	    &criterion_type, &criterion);
	assert_string_equal(criterion.metric, "m");
	assert_string_equal(criterion.op, "<=");
	assert_true(criterion.limit == 75);
	assert_null(criterion.by);
	record_release(&criterion_type, &criterion);
	record_release(&case_type, &record);
	stream_close(&stream);
}

/* What runs beside a command, as a record has it. */
static void
test_parts_of_exec_go_there_and_back(void **state)
{
	static const struct {
		const struct record_type *type;
		size_t size;
		const char *text;
	} table[] = {
	    {&exec_type, sizeof(struct exec),
		"{\"services\":[{}],\"tmpfs\":true,\"fixture\":{\"size\":1},"
		"\"stages\":[{\"name\":\"a\"}]}"},
	    {&service_type, sizeof(struct service),
		"{\"command\":[\"d\",\"$(port)\"],\"ports\":[\"port\"],"
		"\"ready\":{\"port\":\"$(port)\"},\"startup_timeout_s\":1,"
		"\"stop_signal\":\"INT\",\"stop_timeout_s\":0.5,"
		"\"cpus\":\"1\",\"each\":\"trial\"}"},
	    {&ready_type, sizeof(struct ready),
		"{\"port\":\"80\",\"command\":[\"x\"],\"line\":\"^up\"}"},
	    {&fixture_type, sizeof(struct fixture),
		"{\"command\":[\"make\"],\"size\":12000000}"},
	    {&stage_type, sizeof(struct stage),
		"{\"name\":\"init\",\"command\":[\"git\",\"init\"]}"},
	    {&scaling_type, sizeof(struct scaling),
		"{\"over\":\"n\",\"metric\":\"wall_time\",\"at_most\":1.1}"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		struct stream stream;
		struct jline line = {0};
		void *part = mem_alloc(table[i].size);

		stream_open(&stream, table[i].text);
		assert_true(reader_next(&stream.reader));
		reader_get(&stream.reader, table[i].type, part);
		record_put(&line, NULL, table[i].type, part);
		assert_string_equal(line.text, table[i].text);
		record_release(table[i].type, part);
		jline_release(&line);
		free(part);
		stream_close(&stream);
	}
}

static void
test_statuses(void **state)
{
	(void)state;
	assert_true(status_is_ok("ok"));
	assert_false(status_is_ok("okay"));
	assert_true(status_is_skipped("skipped"));
	assert_false(status_is_skipped("ok"));
	assert_true(phase_is_rejected("rejected"));
	assert_false(phase_is_rejected("measure"));
	assert_false(phase_is_rejected(NULL));
}

static void
test_calibration(void **state)
{
	(void)state;
	assert_true(case_is_probe(":probe"));
	assert_false(case_is_probe("probe"));
	assert_true(is_calibration(":probe", NULL));
	assert_true(is_calibration(":probe", "head"));
	assert_true(is_calibration("sort", "aa"));
	assert_false(is_calibration("sort", "aaa"));
	assert_false(is_calibration("aa", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_sample_is_read),
	    cmocka_unit_test(test_a_sample_needs_no_type),
	    cmocka_unit_test(test_every_type_is_known_by_its_word),
	    cmocka_unit_test(test_bad_records_are_named_by_line),
	    cmocka_unit_test(test_a_cut_line_is_a_truncated_run),
	    cmocka_unit_test(test_a_later_version_is_refused),
	    cmocka_unit_test(test_records_go_there_and_back),
	    cmocka_unit_test(test_a_changed_record_keeps_unknown_fields),
	    cmocka_unit_test(test_a_kept_record_outlives_its_line),
	    cmocka_unit_test(test_parts_are_read_from_inside),
	    cmocka_unit_test(test_parts_of_exec_go_there_and_back),
	    cmocka_unit_test(test_statuses),
	    cmocka_unit_test(test_calibration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
