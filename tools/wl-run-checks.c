/* What disturbs measuring on this machine, looked at before a run. */
#include "wl-run.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "die.h"

enum level {
	LEVEL_UNKNOWN, /* it cannot be read, and is not mentioned */
	LEVEL_OK,
	LEVEL_INFO,
	LEVEL_WARNING,
};

static const char *const level_names[] = {
    [LEVEL_OK] = "ok",
    [LEVEL_INFO] = "info",
    [LEVEL_WARNING] = "warning",
};

/* What a look at one thing has shown. */
struct finding {
	const struct settings *settings;
	enum level level;
	char msg[120];
	const char *fix;
};

static void found(struct finding *f, enum level level, const char *fix,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
static void
found(struct finding *f, enum level level, const char *fix, const char *format,
    ...)
{
	va_list arguments;

	f->level = level;
	f->fix = fix;
	va_start(arguments, format);
	vsnprintf(f->msg, sizeof f->msg, format, arguments);
	va_end(arguments);
}

static long
processors(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

/* --- the clock rate --- */

static void
see_governor(const char *path, void *what)
{
	struct finding *f = what;
	char governor[32];

	if (f->level == LEVEL_WARNING ||
	    !machine_line(path, governor, sizeof governor))
		return;
	if (strcmp(governor, "performance") == 0)
		found(f, LEVEL_OK, NULL, "the governor is performance");
	else
		found(f, LEVEL_WARNING, "cpupower frequency-set -g performance",
		    "the governor is %s: the clock rate follows the load",
		    governor);
}

static void
look_governor(struct finding *f)
{
	machine_each("/sys/devices/system/cpu/cpufreq/policy*/scaling_governor",
	    see_governor, f);
}

static void
look_turbo(struct finding *f)
{
	static const char intel[] =
	    "/sys/devices/system/cpu/intel_pstate/no_turbo";
	static const char other[] = "/sys/devices/system/cpu/cpufreq/boost";
	double off = machine_number(intel), on = machine_number(other);

	if (isnan(off) && isnan(on))
		return;
	if (isnan(off) ? on == 0 : off == 1)
		found(f, LEVEL_OK, NULL, "turbo is off");
	else
		found(f, LEVEL_WARNING,
		    isnan(off)
			? "echo 0 >/sys/devices/system/cpu/cpufreq/boost"
			: "echo 1 "
			  ">/sys/devices/system/cpu/intel_pstate/no_turbo",
		    "turbo is on: the clock rate follows the temperature and "
		    "the other cores");
}

/* --- memory --- */

static void
look_aslr(struct finding *f)
{
	double on = machine_number("/proc/sys/kernel/randomize_va_space");
	int own = personality(0xffffffff); /* asks only */

	if (isnan(on))
		return;
	if (on == 0 || f->settings->no_aslr ||
	    (own > 0 && own & ADDR_NO_RANDOMIZE))
		found(f, LEVEL_OK, NULL, "addresses are the same every time");
	else
		found(f, LEVEL_INFO, "wl-run --no-aslr",
		    "addresses differ from trial to trial");
}

static void
look_thp(struct finding *f)
{
	char text[64];

	if (!machine_line("/sys/kernel/mm/transparent_hugepage/enabled", text,
		sizeof text))
		return;
	if (strstr(text, "[always]"))
		found(f, LEVEL_INFO,
		    "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled",
		    "huge pages go to whoever asks while there are some");
	else
		found(f, LEVEL_OK, NULL,
		    "huge pages go to who asks for them, or to nobody");
}

static void
look_swap(struct finding *f)
{
	double all = machine_memory("SwapTotal");
	double free_bytes = machine_memory("SwapFree");
	double swappiness = machine_number("/proc/sys/vm/swappiness");

	if (isnan(all) || isnan(free_bytes))
		return;
	if (all == 0)
		found(f, LEVEL_OK, NULL, "there is no swap");
	else if (free_bytes < all)
		found(f, LEVEL_WARNING, "swapoff -a",
		    "%.0f MB of swap are in use", (all - free_bytes) / 1e6);
	else if (isnan(swappiness))
		found(f, LEVEL_OK, NULL, "swap is unused");
	else
		found(f, LEVEL_OK, NULL, "swap is unused; swappiness is %g",
		    swappiness);
}

/* --- processors that others use, too --- */

static void
look_smt(struct finding *f)
{
	double active = machine_number("/sys/devices/system/cpu/smt/active");

	if (isnan(active))
		return;
	if (active == 0)
		found(f, LEVEL_OK, NULL, "each core runs one thread");
	else
		found(f, LEVEL_INFO,
		    "echo off >/sys/devices/system/cpu/smt/control",
		    "cores run several threads, which slow each other");
}

static void
look_virtualisation(struct finding *f)
{
	int virtual = machine_is_virtual();

	if (virtual == ABSENT)
		return;
	if (virtual)
		found(f, LEVEL_INFO,
		    "compare what was measured in one run: wl-run --variant",
		    "a virtual machine: its host has others to serve");
	else
		found(f, LEVEL_OK, NULL, "not a virtual machine");
}

static void
look_load(struct finding *f)
{
	double load = machine_number("/proc/loadavg");
	double most = (double)processors() / 4;

	if (isnan(load))
		return;
	if (load > (most > 1 ? most : 1))
		found(f, LEVEL_WARNING, "wait, or stop what else is running",
		    "the load is %.2f", load);
	else
		found(f, LEVEL_OK, NULL, "the load is %.2f", load);
}

static void
look_cpu_quota(struct finding *f)
{
	char dir[PATH_MAX];
	double cpus = machine_cpu_quota(dir, sizeof dir);

	if (isnan(cpus))
		return;
	if (isinf(cpus))
		found(f, LEVEL_OK, NULL, "CPU time is not limited");
	else
		found(f, LEVEL_WARNING, "run it outside of that control group",
		    "a control group may use %g processors, and is stopped "
		    "when it did",
		    cpus);
}

/* --- the rest --- */

static void
look_clock_source(struct finding *f)
{
	static const char *const slow[] = {
	    "hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit", "xen"};
	char source[64];

	if (!machine_line("/sys/devices/system/clocksource/clocksource0/"
			  "current_clocksource",
		source, sizeof source))
		return;
	found(f, LEVEL_OK, NULL, "the clock is %s", source);
	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
		if (strcmp(source, slow[i]) == 0)
			found(f, LEVEL_WARNING,
			    "boot with clocksource=tsc, if that is stable here",
			    "the clock is %s, which takes a microsecond and "
			    "more to read",
			    source);
}

/* A mouse, too, may have a battery: its scope is Device. */
static void
see_supply(const char *path, void *what)
{
	struct finding *f = what;
	char file[PATH_MAX], type[32], status[32], scope[32];

	snprintf(file, sizeof file, "%s/type", path);
	machine_line(file, type, sizeof type);
	snprintf(file, sizeof file, "%s/scope", path);
	machine_line(file, scope, sizeof scope);
	snprintf(file, sizeof file, "%s/status", path);
	if (strcmp(type, "Battery") != 0 || strcmp(scope, "Device") == 0 ||
	    !machine_line(file, status, sizeof status))
		return;
	if (strcmp(status, "Discharging") == 0)
		found(f, LEVEL_WARNING, "plug it in",
		    "it runs on its battery: clock rates are saved");
	else if (f->level != LEVEL_WARNING)
		found(f, LEVEL_OK, NULL, "it does not run on its battery");
}

static void
look_battery(struct finding *f)
{
	int fd = machine_open("/sys/class/power_supply");

	if (fd < 0)
		return;
	close(fd);
	found(f, LEVEL_OK, NULL, "there is no battery");
	machine_each("/sys/class/power_supply/*", see_supply, f);
}

/* --- all of them --- */

static const struct look {
	const char *id;
	void (*look)(struct finding *f);
} looks[] = {
    {"governor", look_governor},
    {"turbo", look_turbo},
    {"aslr", look_aslr},
    {"thp", look_thp},
    {"swap", look_swap},
    {"smt", look_smt},
    {"virtualisation", look_virtualisation},
    {"load", look_load},
    {"clock_source", look_clock_source},
    {"cpu_quota", look_cpu_quota},
    {"battery", look_battery},
};

static void
write_check(struct jline *line, const char *id, const struct finding *f)
{
	struct check check = {
	    .id = id,
	    .level = level_names[f->level],
	    .msg = f->msg,
	    .fix = f->fix,
	};

	record_put(line, NULL, &check_type, &check);
}

char *
checks_look(const struct settings *settings)
{
	bool tell = settings->strict_env || (isatty(2) && !settings->quiet);
	struct jline line = {0};
	size_t n_warnings = 0;

	jline_list(&line, NULL);
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		struct finding f = {
		    .settings = settings, .level = LEVEL_UNKNOWN};

		looks[i].look(&f);
		if (f.level == LEVEL_UNKNOWN)
			continue;
		write_check(&line, looks[i].id, &f);
		if (f.level != LEVEL_WARNING)
			continue;
		n_warnings++;
		if (tell)
			warn("%s: %s; %s", looks[i].id, f.msg, f.fix);
	}
	jline_list_end(&line);
	if (settings->strict_env && n_warnings)
		die("--strict-env: nothing was measured");
	return line.text;
}
