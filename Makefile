# plumbline: build, test, install, and the pipeline itself (lib/perf.mk).
# `make help` lists what can be asked for.

VERSION = 0.1.0

PREFIX ?= /usr/local
CC = gcc
CFLAGS ?= -O2 -g
INSTALL ?= install

ifdef SAN
BUILD ?= build-san
SAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DSANITIZED
endif
ifdef DEV
DEV_FLAGS = -Werror
endif
BUILD ?= build
# One name for one directory: dependency files name their targets by it.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))

# The link matrix: each tool is made of tools/NAME.c and tools/NAME-*.c, and
# needs these libraries.
TOOLS = wl-expand wl-run stat-agg cmp-baseline mk-baseline mk-report mk-dash \
	stat-trend hist-add hist-get
LIBS_wl-expand = -lyaml -lmd
LIBS_wl-run = -lmd
LIBS_stat-agg = -lgsl -lgslcblas
LIBS_cmp-baseline = -lgsl -lgslcblas
LIBS_mk-dash = -lmd
LIBS_stat-trend = -lgsl -lgslcblas
LIBS_hist-add = -lsqlite3 -lmd
LIBS_hist-get = -lsqlite3 -lmd
LIBS_mk-report = -lhpdf -lfribidi
# A command that wl-run starts begins in its memory, and a static program has a
# third of it. Where the static libraries are absent it is linked as the others.
STATIC = $(if $(SAN),,wl-run)

UNITS = $(patsubst test/unit/%.c,%,$(wildcard test/unit/*.c))
KERNELS = $(patsubst workloads/%.c,%,$(wildcard workloads/*.c))
WORKLOAD_FILES = $(wildcard workloads/*.yaml workloads/*.yml workloads/*.sh workloads/*.lua \
	workloads/*.json workloads/*.md \
	workloads/*.h)
MANUALS = $(wildcard man/*.[157])
PERF_FILES = lib/perf.mk $(wildcard lib/perf-*.sh lib/from-*.jq)
EVALUATE = $(BUILD)/evaluate
EVALUATE_TREND = $(BUILD)/evaluate-trend

FLAGS = -std=c17 -D_GNU_SOURCE -DPLUMBLINE_VERSION='"$(VERSION)"' -Ilib \
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	$(DEV_FLAGS) $(SAN_FLAGS) $(CPPFLAGS) $(CFLAGS)
# What is done is told in a word; V=1 shows the commands.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@; )
LINK = $(CC) $(FLAGS) $(LDFLAGS) -Wl,--as-needed
link_tool = $(LINK) $(1) -o $@ $^ -ljansson $(LIBS_$*) $(LDLIBS) -lm

BINARIES = $(TOOLS:%=$(BUILD)/bin/%) $(KERNELS:%=$(BUILD)/workloads/%)
UNIT_TESTS = $(UNITS:%=$(BUILD)/test/%)
LIB = $(BUILD)/libplumb.a
LIB_OBJECTS = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard lib/*.c))

.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
.PHONY: all check browser-test lint bench evaluate evaluate-trend \
	evaluate-manual install uninstall clean help FORCE

## all: build the tools and the reference workloads (the default; V=1 DEV=1)
all: $(BINARIES)

$(TOOLS:%=$(BUILD)/bin/%): $(BUILD)/bin/%: \
		$$(addprefix $(BUILD)/obj/,$$(addsuffix .o,$$(basename \
		$$(wildcard tools/$$*.c tools/$$*-*.c)))) \
		$(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(if $(filter $*,$(STATIC)),$(call link_tool,-static-pie) \
		2>/dev/null || )$(call link_tool)

$(KERNELS:%=$(BUILD)/workloads/%): $(BUILD)/workloads/%: \
		$(BUILD)/obj/workloads/%.o
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ $(LDLIBS) -lm

$(UNIT_TESTS): $(BUILD)/test/%: $(BUILD)/obj/test/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -lcmocka -ljansson -lgsl -lgslcblas \
		-lsqlite3 -lmd $(LDLIBS) -lm

$(EVALUATE): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard test/evaluate/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -ljansson -lgsl -lgslcblas $(LDLIBS) -lm

$(EVALUATE_TREND): $(patsubst %.c,$(BUILD)/obj/%.o,test/evaluate/show.c \
		$(wildcard test/evaluate-trend/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -ljansson -lgsl -lgslcblas $(LDLIBS) -lm

$(LIB): $(LIB_OBJECTS)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

# What the page of mk-dash is made of is in the program.
DYGRAPHS ?= /usr/share/javascript/dygraphs
PAGE_PARTS = $(wildcard tools/mk-dash*.js tools/mk-dash*.txt \
	tools/mk-dash.html tools/mk-dash.css) \
	$(DYGRAPHS)/dygraph.min.js $(DYGRAPHS)/dygraph.min.css
$(BUILD)/obj/tools/mk-dash-embed.o: $(PAGE_PARTS)
$(BUILD)/obj/tools/mk-dash-embed.o: FLAGS += -DDYGRAPHS='"$(DYGRAPHS)"'

$(BUILD)/obj/test/unit/%.o: FLAGS += -DTEST_DATA_DIR='"test"'

# The flags sentinel: what is built with other flags is built anew.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(FLAGS) $(LDFLAGS))' | \
		cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(CC) $(FLAGS) $(LDFLAGS))' > $@

-include $(patsubst %,$(BUILD)/obj/%.d,$(basename \
	$(wildcard lib/*.c tools/*.c workloads/*.c test/unit/*.c \
	test/evaluate/*.c test/evaluate-trend/*.c)))

## check: run all tests, or those of CHECK="FILE ..." (SAN=1, CC=clang)
check: $(BINARIES) $(UNIT_TESTS) $(EVALUATE) $(EVALUATE_TREND)
	@ci/check $(BUILD) $(CHECK)

## browser-test: look at the dashboard in a browser (ci/bootstrap --browser; PAGE=)
browser-test: $(addprefix $(BUILD)/bin/,mk-dash hist-add hist-get stat-trend)
	@test/browser/run $(BUILD)

## lint: formatting, static analysis, shell scripts, manuals, header levels
lint:
	@CC='$(CC)' ci/lint

## bench: how fast the tools are and how much memory they take, beside others
bench: $(BINARIES)
	@for b in test/bench-*.sh; do $$b $(BUILD) || exit 1; done

EVALUATE_NOW = $(EVALUATE) $(call perf_option,-j,$(JOBS)) \
	$(call perf_option,-n,$(DRAWS)) $(call perf_option,-s,$(SUITES)) \
	$(BUILD)/bin/cmp-baseline $(call perf_quote,$(DATA))
EVALUATE_TREND_NOW = $(EVALUATE_TREND) $(call perf_option,-n,$(SERIES)) \
	$(BUILD)/bin/stat-trend $(call perf_quote,$(DATA))
evaluate_manual = man/plumbline-statistics.7
evaluate_needs = $(EVALUATE) $(EVALUATE_TREND) $(BUILD)/bin/cmp-baseline \
	$(BUILD)/bin/stat-trend

has_data = test -n $(call perf_quote,$(DATA)) || \
	{ echo 'evaluate: where is the data? DATA=DIR' >&2; exit 2; }

## evaluate: how often the rules are wrong, and what they see (DATA=DIR; JOBS=1)
evaluate: $(evaluate_needs)
	@$(has_data)
	@status=0; $(EVALUATE_NOW) || status=$$?; [ $$status -le 1 ] || exit 2; \
		$(EVALUATE_TREND_NOW) && exit $$status

## evaluate-trend: the same of stat-trend alone (DATA=DIR; SERIES=500)
evaluate-trend: $(evaluate_needs)
	@$(has_data)
	@$(EVALUATE_TREND_NOW)

## evaluate-manual: the same, into plumbline-statistics(7)
evaluate-manual: $(evaluate_needs)
	@status=0; test/evaluate/into-manual $(evaluate_manual) evaluate \
		$(EVALUATE_NOW) -m || status=$$?; [ $$status -le 1 ] || exit 2; \
		test/evaluate/into-manual $(evaluate_manual) evaluate-trend \
		$(EVALUATE_TREND_NOW) -m && exit $$status

LIBDIR = $(DESTDIR)$(PREFIX)/lib/plumbline
MANDIR = $(DESTDIR)$(PREFIX)/share/man

## install: into PREFIX (/usr/local), below DESTDIR
install: all
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(LIBDIR)/workloads \
		$(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man7
	$(INSTALL) $(TOOLS:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	$(INSTALL) -m 644 $(PERF_FILES) $(LIBDIR)
	$(INSTALL) $(KERNELS:%=$(BUILD)/workloads/%) $(LIBDIR)/workloads
	for f in $(WORKLOAD_FILES); do \
		mode=644; [ ! -x $$f ] || mode=755; \
		$(INSTALL) -m $$mode $$f $(LIBDIR)/workloads || exit 1; \
	done
	for f in $(MANUALS); do \
		$(INSTALL) -m 644 $$f $(MANDIR)/man$${f##*.} || exit 1; \
	done

## uninstall: take away what install put there
uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(PREFIX)/bin/%) \
		$(PERF_FILES:lib/%=$(LIBDIR)/%) \
		$(KERNELS:%=$(LIBDIR)/workloads/%) \
		$(WORKLOAD_FILES:%=$(LIBDIR)/%)
	for f in $(MANUALS); do \
		rm -f $(MANDIR)/man$${f##*.}/$${f##*/} || exit 1; \
	done
	-rmdir $(LIBDIR)/workloads $(LIBDIR)
	-cd $(DESTDIR)/ && for d in share/man/man1 share/man/man5 \
		share/man/man7 lib bin; do \
		rmdir -p .$(PREFIX)/$$d 2>/dev/null; done; true

## clean: remove what was built; measurements and baselines stay
clean:
	rm -rf build build-san build-clang

## help: this list
help:
	@sed -n 's/^## //p' Makefile lib/perf.mk

# The pipeline: perf-test, perf-resume, perf-ab, perf-baseline, perf-report. A
# worktree is built into a directory of its own, whatever BUILD was called here.
PERF_TOOLS = $(CURDIR)/$(BUILD)/bin
PERF_KERNELS = $(CURDIR)/$(BUILD)/workloads
PERF_NEEDS = $(BINARIES)
PERF_BUILD = $(MAKE) BUILD=$(BUILD)
include lib/perf.mk
