/* What a command needs beside it: services, files, memory; and its steps. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wl-expand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	MAX_LATER = 32, /* more ports than any system needs */
};

/* --- names for which wl-run puts values --- */

static void
add_later(struct workload *w, const struct node *node, const char *name)
{
	size_t n = w->later.n;

	if (space_find(&w->space, name) != INDEX_NONE)
		node_die(node, "$(%s) is a parameter of this workload", name);
	if (index_add(&w->later, name) < n)
		node_die(node, "$(%s) is there already", name);
	if (n == MAX_LATER)
		node_die(node, "more than %d ports", MAX_LATER);
}

static void
add_port(struct workload *w, const struct node *node, const char *name)
{
	if (!text_is_name(name))
		node_die(
		    node, "a port's name is letters, digits and _: %s", name);
	check_free_name(node, name);
	add_later(w, node, name);
}

/* wl-run finds all $(name) that a record has, wherever they come from. */
static void
check_values(const struct workload *w)
{
	for (size_t i = 0; i < w->space.n; i++) {
		const struct parameter *p = &w->space.parameters[i];

		for (size_t k = 0; k < p->values.n; k++) {
			const char *text = p->values.texts[k];

			if (text_find_later(w, text))
				node_die(p->node,
				    "wl-run would put a value in this one of "
				    "parameter %s: %s",
				    p->name, text);
		}
	}
}

/* --- services --- */

/* The keys of a service; NULL where absent. */
struct service_keys {
	const struct node *command, *ready, *ports, *startup_timeout;
	const struct node *stop_signal, *stop_timeout, *cpus, *each;
};

static void
read_keys(struct service_keys *keys, const struct node *node)
{
	const struct field fields[] = {
	    {"command", &keys->command},
	    {"ready", &keys->ready},
	    {"ports", &keys->ports},
	    {"startup_timeout", &keys->startup_timeout},
	    {"stop_signal", &keys->stop_signal},
	    {"stop_timeout", &keys->stop_timeout},
	    {"cpus", &keys->cpus},
	    {"each", &keys->each},
	};

	node_fields(node, "a service", fields, COUNT(fields));
	if (!keys->command)
		node_die(node, "a service needs a command");
}

static size_t
count_services(const struct node *service)
{
	size_t n;

	if (service->kind == NODE_MAP)
		return 1;
	if (service->kind == NODE_TEXT)
		node_die(
		    service, "service must be a mapping or a list of mappings");
	n = node_list(service, "service");
	if (n == 0)
		node_die(service, "service is an empty list");
	return n;
}

static const struct node *
service_at(const struct node *service, size_t i)
{
	return service->kind == NODE_MAP ? service : service->items[i].value;
}

/* The names of a service's ports: the only service has one without a word. */
static struct texts
read_ports(struct workload *w, const struct node *node, const struct node *list,
    bool only)
{
	bool none = list && list->kind == NODE_LIST && list->n == 0;
	struct texts ports = {0};

	if (!list && only) {
		ports.s = mem_zero(1, sizeof *ports.s);
		ports.s[ports.n++] = "port";
		add_port(w, node, "port");
	}
	if (!list || none)
		return ports;
	ports = texts_of(list, "ports");
	for (size_t i = 0; i < ports.n; i++)
		add_port(w, node_item(list, i), ports.s[i]);
	return ports;
}

static void
read_ready(const struct reading *r, struct workload *w, struct part *part,
    const struct node *node)
{
	const struct node *port, *command, *line;
	const struct field fields[] = {
	    {"port", &port},
	    {"command", &command},
	    {"line", &line},
	};
	struct jline json = {0};
	struct ready ready;

	node_fields(node, "ready", fields, COUNT(fields));
	if (!!port + !!command + !!line != 1)
		node_die(node, "ready needs one of port, command and line");
	record_clear(&ready_type, &ready);
	ready.port = text_marked_or_null(r, w, port, "port");
	if (port && !strchr(port->text, '$'))
		node_integer(port, "port", 1, 65535);
	ready.command = command_of(r, w, command, "command");
	ready.line = node_full_text(line, "line");
	if (line)
		check_regex(line);
	record_put(&json, NULL, &ready_type, &ready);
	record_release(&ready_type, &ready);
	part->text = text_own_line(w, &json);
}

static void
read_service(const struct reading *r, struct workload *w, struct jline *line,
    const struct node *node, struct texts ports)
{
	static const char *const signals[] = {
	    "TERM", "INT", "QUIT", "HUP", "KILL", "USR1", "USR2"};
	static const char *const each[] = {"run", "trial"};
	struct service_keys keys;
	struct service service;

	read_keys(&keys, node);
	record_clear(&service_type, &service);
	service.command = command_of(r, w, keys.command, "command");
	service.ports = ports;
	if (keys.ready)
		read_ready(r, w, &service.ready, keys.ready);
	service.startup_timeout_s =
	    node_seconds(keys.startup_timeout, "startup_timeout");
	service.stop_signal =
	    node_word(keys.stop_signal, "stop_signal", signals, COUNT(signals));
	service.stop_timeout_s =
	    node_seconds(keys.stop_timeout, "stop_timeout");
	if (keys.cpus)
		service.cpus = text_own(w, setup_cpus(keys.cpus));
	service.each = node_word(keys.each, "each", each, COUNT(each));
	record_put(line, NULL, &service_type, &service);
	write_down(w, "service", service.each ? service.each : "run");
	write_down_command(w, keys.command);
	record_release(&service_type, &service);
}

/* Every service may name the ports of all. */
static struct texts *
read_all_ports(struct workload *w, const struct node *list)
{
	size_t n = count_services(list);
	struct texts *ports = mem_zero(n, sizeof *ports);

	for (size_t i = 0; i < n; i++) {
		const struct node *node = service_at(list, i);
		struct service_keys keys;

		read_keys(&keys, node);
		ports[i] = read_ports(w, node, keys.ports, n == 1);
	}
	return ports;
}

static void
read_services(const struct reading *r, struct workload *w,
    const struct node *list, struct texts ports[])
{
	size_t n = count_services(list);
	struct jline line = {0};

	jline_list(&line, NULL);
	for (size_t i = 0; i < n; i++)
		read_service(r, w, &line, service_at(list, i), ports[i]);
	jline_list_end(&line);
	w->exec.services.text = text_own_line(w, &line);
}

/* --- files --- */

static void
read_fixture(
    const struct reading *r, struct workload *w, const struct node *node)
{
	const struct node *command, *size;
	const struct field fields[] = {
	    {"command", &command},
	    {"size", &size},
	};
	struct jline line = {0};
	struct fixture fixture;

	node_fields(node, "fixture", fields, COUNT(fields));
	if (!command)
		node_die(node, "fixture needs a command");
	if (!size)
		node_die(node, "fixture needs a size");
	add_later(w, node, "fixture");
	record_clear(&fixture_type, &fixture);
	fixture.command = command_of(r, w, command, "command");
	fixture.size = node_bytes(size, "size");
	record_put(&line, NULL, &fixture_type, &fixture);
	record_release(&fixture_type, &fixture);
	w->exec.fixture.text = text_own_line(w, &line);
	write_down(w, "fixture", node_text(size, "size"));
	write_down_command(w, command);
}

void
beside_read(
    const struct reading *r, struct workload *w, const struct keys *keys)
{
	struct texts *ports = NULL;

	/* A fixture is kept: it can have no part in what one run chooses. */
	if (keys->fixture)
		read_fixture(r, w, keys->fixture);
	if (node_truth(keys->tmpfs, "tmpfs") == true) {
		w->exec.tmpfs = true;
		add_later(w, keys->tmpfs, "scratch");
		write_down(w, "tmpfs", "true");
	}
	if (keys->service)
		ports = read_all_ports(w, keys->service);
	check_values(w);
	if (keys->service)
		read_services(r, w, keys->service, ports);
	free(ports);
}

/* --- steps --- */

static void
check_stage_name(struct workload *w, const struct node *node, const char *name)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.-";
	char *metric = mem_format("stage.%s", name);
	size_t n = w->stages.n;

	if (!isalnum((unsigned char)*name) || name[strspn(name, characters)])
		node_die(node,
		    "a stage's name is letters, digits, _ . and -, and starts "
		    "with a letter or a digit: %s",
		    name);
	if (index_add(&w->stages, metric) < n)
		node_die(node, "a second stage of the name %s", name);
	free(metric);
}

static void
read_stage(const struct reading *r, struct workload *w, struct jline *line,
    const struct node *node)
{
	const struct node *name, *command;
	const struct field fields[] = {
	    {"name", &name},
	    {"command", &command},
	};
	struct stage stage;

	node_fields(node, "a stage", fields, COUNT(fields));
	if (!name)
		node_die(node, "a stage needs a name");
	if (!command)
		node_die(node, "a stage needs a command");
	record_clear(&stage_type, &stage);
	stage.name = node_text(name, "a stage's name");
	check_stage_name(w, name, stage.name);
	stage.command = command_of(r, w, command, "command");
	record_put(line, NULL, &stage_type, &stage);
	record_release(&stage_type, &stage);
	write_down(w, "stage", name->text);
	w->named |= !write_down_command(w, command);
}

void
stages_read(
    const struct reading *r, struct workload *w, const struct node *stages)
{
	size_t n = node_list(stages, "stages");
	struct jline line = {0};

	if (n == 0)
		node_die(stages, "stages is an empty list");
	jline_list(&line, NULL);
	for (size_t i = 0; i < n; i++)
		read_stage(r, w, &line, stages->items[i].value);
	jline_list_end(&line);
	w->exec.stages.text = text_own_line(w, &line);
}
