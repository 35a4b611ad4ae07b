/* What runs beside the trials of a place: started, measured, stopped. */
#include "wl-run-place.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpus.h"
#include "die.h"

enum {
	MOST_RESTARTS = 3,
	MOST_STOP_S = 10, /* where the service does not say it */
};

/* How long what was killed may need to leave its port. */
static const double FREEING_NS = 1e9;

/* --- reading --- */

void
services_read(struct loaded *loaded)
{
	const tree *list = loaded->exec.services.value;

	loaded->n_services = tree_length(list);
	loaded->services =
	    mem_zero(loaded->n_services, sizeof *loaded->services);
	for (size_t i = 0; i < loaded->n_services; i++)
		reader_get_part(&loaded->reader, tree_at(list, i),
		    &service_type, &loaded->services[i]);
}

void
services_release(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->n_services; i++)
		record_release(&service_type, &loaded->services[i]);
	free(loaded->services);
	loaded->services = NULL;
	loaded->n_services = 0;
}

/* The number of a signal that is called TERM or SIGTERM; 0: there is none. */
static int
signal_of(const char *name)
{
	if (!name)
		return SIGTERM;
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < NSIG; i++)
		if (word_is(sigabbrev_np(i), name))
			return i;
	return 0;
}

static void
check_one(const struct loaded *loaded, const struct service *service)
{
	const struct lines *in = &loaded->reader.lines;
	const double least_s = 1e-3, most_s = 1e6;
	cpu_set_t unused;

	CPU_ZERO(&unused);
	if (!service->command.n)
		lines_die(in, "a service has no command");
	if (!signal_of(service->stop_signal))
		lines_die(in, "stop_signal is not the name of a signal: %s",
		    service->stop_signal);
	if (service->each && !word_is(service->each, "run") &&
	    !word_is(service->each, "trial"))
		lines_die(
		    in, "each is neither run nor trial: %s", service->each);
	if (service->cpus && !cpus_add(&unused, service->cpus))
		lines_die(in, "cpus is not a list of CPUs: %s", service->cpus);
	if (service->startup_timeout_s < least_s ||
	    service->startup_timeout_s > most_s)
		lines_die(in, "startup_timeout_s must be from %g to %g: %g",
		    least_s, most_s, service->startup_timeout_s);
	if (service->stop_timeout_s < 0 || service->stop_timeout_s > most_s)
		lines_die(in, "stop_timeout_s must be from 0 to %g: %g", most_s,
		    service->stop_timeout_s);
	ready_check(loaded, service);
}

void
services_check(const struct loaded *loaded)
{
	const struct lines *in = &loaded->reader.lines;
	const tree *list = loaded->exec.services.value;
	size_t n_ports = 0;

	if (list && !tree_is_array(list))
		lines_die(in, "services is not a list");
	if (loaded->n_services > MOST_ALARMS)
		lines_die(in, "more than %d services", MOST_ALARMS);
	for (size_t i = 0; i < loaded->n_services; i++) {
		check_one(loaded, &loaded->services[i]);
		n_ports += loaded->services[i].ports.n;
	}
	if (n_ports > MOST_VALUES - MOST_DIRECTORIES)
		lines_die(
		    in, "more than %d ports", MOST_VALUES - MOST_DIRECTORIES);
}

/* --- starting --- */

static bool
is_each_trial(const struct service *service)
{
	return word_is(service->each, "trial");
}

static const char *
name_of(const struct service *service)
{
	const char *path = service->command.s[0];
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "service nginx: ", and which one where there are several. */
static void
fail(struct attempt *attempt, size_t i, const char *why)
{
	const struct loaded *loaded = attempt->loaded;
	const char *name = name_of(&loaded->services[i]);

	if (loaded->n_services > 1)
		judge_fail(attempt, "service", "service %zu, %s: %s", i + 1,
		    name, why);
	else
		judge_fail(attempt, "service", "service %s: %s", name, why);
}

/* How it ended by itself, and when. */
static void
fail_gone(struct attempt *attempt, size_t i, const char *when)
{
	const struct keeper *keeper =
	    &attempt->loaded->place->instances[i].keeper;
	char why[300];

	if (keeper->is_lost)
		snprintf(why, sizeof why, "its keeper was ended %s", when);
	else if (keeper->signal)
		snprintf(why, sizeof why, "ended by signal %d (%s) %s",
		    keeper->signal, strsignal(keeper->signal), when);
	else
		snprintf(why, sizeof why, "exited %d %s", keeper->exit, when);
	fail(attempt, i, why);
}

/* It is no more, and the next one may be better. */
static void
bury(struct attempt *attempt, size_t i)
{
	struct instance *instance = &attempt->loaded->place->instances[i];

	keeper_stop(&instance->keeper);
	instance->ends++;
	attempt->service = instance->out;
}

void
services_keep(const struct jobs *jobs, struct attempt *attempt)
{
	const struct place *place = attempt->loaded->place;

	if (!place || attempt->outcome.ending == ENDING_INTERRUPTED ||
	    status_is_ok(attempt->status))
		return;
	for (size_t i = 0; i < place->n_instances; i++)
		keep_service(jobs, attempt, i + 1, place->instances[i].out);
}

/* The CPUs of the service, or else of the case; NULL, or why it cannot be. */
static char *
read_cpus(const struct loaded *loaded, const struct service *service,
    struct setup *setup)
{
	*setup = loaded->setup;
	if (service->cpus) {
		setup->cpus = service->cpus;
		CPU_ZERO(&setup->set);
		cpus_add(&setup->set, service->cpus);
	}
	return setup->cpus ? machine_lacks_cpus(&setup->set) : NULL;
}

/* False where it cannot be started: the outcome says why. */
static bool
launch(const struct jobs *jobs, struct loaded *loaded,
    const struct service *service, struct instance *instance,
    const struct setup *setup, struct outcome *outcome)
{
	struct environment env = env_make(jobs, loaded, "service", NAN, -1);
	const char **argv = mem_zero(service->command.n + 1, sizeof *argv);
	struct command command = {
	    .argv = argv,
	    .env = env.texts,
	    .cwd = loaded->exec.cwd,
	    .out = output_file(&instance->out),
	    .setup = setup,
	    .kept_err = jobs->settings.keep_output ? OUTPUT_MOST : OUTPUT_END,
	};
	struct stopping stopping = {
	    .signal = signal_of(service->stop_signal),
	    .timeout_s = isnan(service->stop_timeout_s)
			     ? MOST_STOP_S
			     : service->stop_timeout_s,
	};
	bool started;

	memcpy(argv, service->command.s, service->command.n * sizeof *argv);
	started = keeper_start(&instance->keeper, &command, &stopping, outcome);
	free(argv);
	env_release(&env);
	return started;
}

/* Starts one that does not run, and waits until it is ready. */
static enum readiness
start_one(const struct jobs *jobs, struct attempt *attempt, size_t i)
{
	struct loaded *loaded = attempt->loaded;
	const struct service *service = &loaded->services[i];
	struct instance *instance = &loaded->place->instances[i];
	struct setup setup;
	struct outcome outcome;
	enum readiness readiness;
	char why[300];
	char *missing = read_cpus(loaded, service, &setup);

	if (missing) {
		snprintf(why, sizeof why, "cpus: %s", missing);
		free(missing);
		fail(attempt, i, why);
		return READY_NOT;
	}
	if (!launch(jobs, loaded, service, instance, &setup, &outcome)) {
		snprintf(why, sizeof why, "%s: %s", outcome.step,
		    strerror(outcome.error));
		fail(attempt, i, why);
		return READY_NOT;
	}
	instance->exec_ns = outcome.exec_ns;
	readiness =
	    ready_wait(jobs, loaded, service, instance, why, sizeof why);
	instance->startup_ns = process_now_ns() - instance->exec_ns;
	instance->is_new = readiness == READY;
	if (readiness == READY_NOT && instance->keeper.has_gone)
		fail_gone(attempt, i, why);
	else if (readiness == READY_NOT)
		fail(attempt, i, why);
	return readiness;
}

/* Starts one if it does not run; false where it cannot be. */
static bool
start_if_needed(const struct jobs *jobs, struct attempt *attempt, size_t i)
{
	struct instance *instance = &attempt->loaded->place->instances[i];

	if (instance->keeper.fd >= 0 && keeper_has_gone(&instance->keeper)) {
		keeper_stop(&instance->keeper);
		instance->ends++;
	}
	if (instance->keeper.fd >= 0)
		return true;
	if (instance->ends > MOST_RESTARTS) {
		char why[100];

		snprintf(why, sizeof why,
		    "it has failed %u times, and is not started again",
		    instance->ends);
		fail(attempt, i, why);
		return false;
	}
	switch (start_one(jobs, attempt, i)) {
	case READY:
		return true;
	case READY_NOT:
		bury(attempt, i);
		return false;
	case READY_INTERRUPTED:
		break;
	}
	attempt->outcome.ending = ENDING_INTERRUPTED;
	return false;
}

/* What has just been killed may have a port for a moment. */
static const char *
wait_for_port(const struct attempt *attempt, size_t i)
{
	struct loaded *loaded = attempt->loaded;
	const unsigned ends = loaded->place->instances[i].ends;
	const double until_ns = process_now_ns() + (ends ? FREEING_NS : 0);
	const char *port;

	while ((port = ready_taken(loaded, &loaded->services[i])) &&
	       process_now_ns() < until_ns && !tree_stop_signal)
		process_pause(0.02);
	return port;
}

/*
 * Whether all are to be started, and somebody has a port of one: whoever that
 * is would be measured. Where one of them runs already, it may be that one.
 */
static bool
finds_foreign(struct attempt *attempt)
{
	const struct loaded *loaded = attempt->loaded;
	const char *port;
	char why[100];

	for (size_t i = 0; i < loaded->n_services; i++)
		if (loaded->place->instances[i].keeper.fd >= 0)
			return false;
	for (size_t i = 0; i < loaded->n_services; i++) {
		port = wait_for_port(attempt, i);
		if (!port)
			continue;
		snprintf(why, sizeof why,
		    "port %.20s is in use by another process", port);
		fail(attempt, i, why);
		return true;
	}
	return false;
}

bool
services_start(const struct jobs *jobs, struct attempt *attempt)
{
	if (finds_foreign(attempt)) {
		attempt->outcome.ending = ENDING_SPAWN;
		return false;
	}
	for (size_t i = 0; i < attempt->loaded->n_services; i++)
		if (!start_if_needed(jobs, attempt, i)) {
			if (attempt->outcome.ending == ENDING_NONE)
				attempt->outcome.ending = ENDING_SPAWN;
			services_keep(jobs, attempt);
			return false;
		}
	return true;
}

/* --- while a trial runs --- */

size_t
services_alarms(const struct place *place, int *alarms)
{
	size_t n = 0;

	for (size_t i = 0; place && i < place->n_instances; i++)
		if (place->instances[i].keeper.fd >= 0)
			alarms[n++] = place->instances[i].keeper.fd;
	return n;
}

void
services_begin(const struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->n_services; i++)
		keeper_begin(&loaded->place->instances[i].keeper);
}

/* The time that those took to start of which no trial was told yet. */
static void
tell_startup(struct attempt *attempt)
{
	const struct place *place = attempt->loaded->place;
	double *value = &attempt->values[BUILTIN_SERVICE_STARTUP_TIME];

	for (size_t i = 0; i < place->n_instances; i++) {
		struct instance *instance = &place->instances[i];

		if (!instance->is_new || isnan(attempt->round))
			continue;
		*value = (isnan(*value) ? 0 : *value) + instance->startup_ns;
		instance->is_new = !status_is_ok(attempt->status);
	}
}

void
services_end(struct attempt *attempt)
{
	const struct loaded *loaded = attempt->loaded;
	double cpu_ns, memory, sum_ns = 0, sum = 0;

	if (!loaded->n_services)
		return;
	for (size_t i = 0; i < loaded->n_services; i++) {
		struct instance *instance = &loaded->place->instances[i];

		keeper_end(&instance->keeper, &cpu_ns, &memory);
		sum_ns += cpu_ns;
		sum += memory;
		if (attempt->outcome.ending == ENDING_INTERRUPTED ||
		    !keeper_has_gone(&instance->keeper))
			continue;
		fail_gone(attempt, i, "while the command ran");
		bury(attempt, i);
	}
	attempt->values[BUILTIN_SERVICE_CPU_TIME] = sum_ns;
	attempt->values[BUILTIN_SERVICE_MEMORY] = sum;
	tell_startup(attempt);
}

/* --- stopping --- */

/* Says once of each that it did not end as it should. */
static void
tell_killed(const struct loaded *loaded, size_t i)
{
	static struct index told;
	const struct service *service = &loaded->services[i];
	const struct keeper *keeper = &loaded->place->instances[i].keeper;
	size_t n = told.n;
	char *text = mem_format(
	    "service %s: still there %g s after its %s, and was killed",
	    name_of(service), keeper->stopping.timeout_s,
	    service->stop_signal ? service->stop_signal : "TERM");
	char *harmless = output_harmless(text);

	index_add(&told, harmless);
	if (told.n > n)
		warn("%s", harmless);
	free(harmless);
	free(text);
}

static void
stop_one(const struct loaded *loaded, size_t i)
{
	struct keeper *keeper = &loaded->place->instances[i].keeper;

	keeper_stop(keeper);
	if (keeper->was_killed)
		tell_killed(loaded, i);
	keeper->was_killed = false;
}

/* The last one first: it may need those before it. */
void
services_after(const struct loaded *loaded)
{
	for (size_t i = loaded->n_services; i-- > 0;)
		if (is_each_trial(&loaded->services[i]))
			stop_one(loaded, i);
}

void
services_stop(const struct loaded *loaded)
{
	struct place *place = loaded->place;

	for (size_t i = place->n_instances; i-- > 0;) {
		struct instance *instance = &place->instances[i];

		stop_one(loaded, i);
		if (instance->out >= 0)
			close(instance->out);
		instance->out = -1;
	}
}

void
services_show(const struct attempt *attempt)
{
	if (attempt->service > 0)
		output_show_end(attempt->service, "service's output");
}
