# The pipeline as make targets: perf-test, perf-resume, perf-ab, perf-baseline,
# perf-report.
#
# plumbline's own Makefile includes this file, and so can any other:
#
#	PERF_WORKLOADS = perf/*.yaml
#	include PREFIX/lib/plumbline/perf.mk
#
# plumbline-perf.mk(5) explains the variables. Each stage is a file below
# PERF_RUN, so each can be looked at, and a stage that failed is done again
# without measuring again.

PERF_LIB := $(dir $(lastword $(MAKEFILE_LIST)))

# To measure is never what a mere `make` means, wherever this is included.
PERF_DEFAULT_GOAL := $(.DEFAULT_GOAL)

# What a project sets.
PERF_WORKLOADS ?= workloads/*.yaml
PERF_BASELINES ?= baselines
PERF_OUT ?= perf_results
# Where complete runs are filed; empty: nowhere.
HISTORY ?= history
# Where scripts and programs of workloads are, besides beside their file.
PERF_KERNELS ?= $(WL_PATH)
# Where the tools are, if they are not in PATH, and what must be built first.
PERF_TOOLS ?=
PERF_NEEDS ?=
# What builds the project in a worktree of it.
PERF_BUILD ?= $(MAKE)

# What one call sets: make perf-test TARGET_ARCH=x86_64 TAGS=all
PERF_MACHINE := $(or $(shell uname -m),$(error uname is not in PATH))
ifeq ($(origin TARGET_ARCH),undefined)
TARGET_ARCH = $(PERF_MACHINE)
endif
TARGET ?= $(TARGET_ARCH)
TAGS ?= quick
TIER ?=
FILTER ?=
ITERATIONS ?=
WARMUP ?=
SEED ?=
KEEP_OUTPUT ?=
PERF_BRANCH ?=
BASELINE ?= local
TAG ?= local
CONFIRM ?= 1
GATES ?=
BASE ?=
HEAD ?= HEAD
ROUNDS ?= $(or $(ITERATIONS),30)
ADAPTIVE ?=
REASON ?=
PRUNE ?=
KEEP ?=
VALUES ?= 1

# GNU make's implicit rules hand TARGET_ARCH to the compiler, as an option.
$(foreach perf_rule,\
	$(filter COMPILE.% LINK.% PREPROCESS.% LINT.%,$(.VARIABLES)),\
	$(if $(filter default,$(origin $(perf_rule))),\
	$(eval $(perf_rule) = \
		$(subst $$(TARGET_ARCH),,$(value $(perf_rule))))))

# A text as one word of the shell's; a line break would end the recipe.
define perf_newline


endef
perf_quote = '$(subst $(perf_newline), ,$(subst ','\'',$(1)))'
perf_option = $(if $(2),$(1) $(call perf_quote,$(2)))
# Paths below this directory, as seen from it.
perf_add = mk-baseline $(call perf_option,--keep,$(KEEP)) \
	-b $(call perf_quote,$(1))
perf_accept = $(call perf_add,$(1)) \
	$(call perf_option,--reason,$(or $(REASON),$(2)))
perf_inside = $(subst $(CURDIR)/,,$(1))
perf_kept = $(if $(filter-out 0,$(KEEP_OUTPUT)),--keep-output $(1)/output)
# What is no name of a directory below PERF_BASELINES.
perf_stray = $(or $(if $(strip $(1)),,x),$(filter .. ../% %/.. /%,$(1)),\
	$(findstring /../,$(1)))
perf_named = $(if $(perf_stray),\
	$(error not the name of a baseline: "$(1)"))
perf_baseline_file = \
	$(call perf_named,$(1))$(PERF_BASELINES)/$(1)/$(TARGET).jsonl
PERF_ENV = PATH=$(if $(PERF_TOOLS),$(call perf_quote,$(PERF_TOOLS)):)"$$PATH" \
	WL_PATH=$(call perf_quote,$(PERF_KERNELS))
PERF_BASELINE_FILE = $(call perf_baseline_file,$(BASELINE))
PERF_EXPAND = wl-expand \
	$(call perf_option,--arch,$(TARGET_ARCH)) \
	$(call perf_option,--target,$(TARGET)) \
	$(call perf_option,--tag,$(TAGS)) \
	$(call perf_option,--tier,$(TIER)) \
	$(call perf_option,--filter,$(FILTER)) \
	$(call perf_option,--seed,$(SEED))

# What make hands to the makes that it calls is not for those that a workload
# calls.
perf_runner = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u TARGET_ARCH \
	$(if $(PERF_BRANCH),PERF_BRANCH=$(call perf_quote,$(PERF_BRANCH))) \
	wl-run --no-table
PERF_MEASURE = $(perf_runner) \
	$(call perf_option,--iterations,$(ITERATIONS)) \
	$(call perf_option,--warmup,$(WARMUP))
PERF_COMPARE = cmp-baseline $(call perf_option,--target,$(TARGET)) \
	$(call perf_option,--gates,$(PERF_GATES))
# The file, also from another directory.
PERF_GATES = $(if $(filter-out /%,$(firstword $(GATES))),$(CURDIR)/)$(GATES)

# These look at the latest run, unless a run is asked for before them.
PERF_LOOKS_BACK := $(if $(filter perf-test perf-ab,$(MAKECMDGOALS)),,\
	$(filter perf-report perf-baseline perf-resume,$(MAKECMDGOALS)))
PERF_RESUMES := $(filter perf-resume,$(MAKECMDGOALS))
ifneq ($(and $(PERF_RESUMES),$(filter perf-test perf-ab,$(MAKECMDGOALS))),)
$(error perf-resume goes on with the latest run, and others begin a new one)
endif
ifndef PERF_RUN
ifneq ($(PERF_LOOKS_BACK),)
PERF_RUN := $(PERF_OUT)/latest
else
PERF_RUN := $(PERF_OUT)/$(shell date -u +%Y%m%dT%H%M%SZ)-$(shell echo $$$$)
endif
endif

PERF_REPORTS = $(PERF_RUN)/report.txt $(PERF_RUN)/report.md \
	$(PERF_RUN)/report.html $(PERF_RUN)/report.xml

.PHONY: perf-test perf-ab perf-resume perf-baseline perf-report perf-history \
	aa-test perf-check perf-ab-check perf-resume-check perf-gates-check
ifneq ($(filter perf-baseline,$(MAKECMDGOALS)),)
$(call perf_named,$(TAG))
endif
ifneq ($(filter perf-test,$(MAKECMDGOALS)),)
perf-baseline perf-report: | perf-test
endif
ifneq ($(PERF_RESUMES),)
perf-baseline perf-report: | perf-resume
endif
ifneq ($(filter perf-ab,$(MAKECMDGOALS)),)
ifneq ($(filter perf-test,$(MAKECMDGOALS)),)
$(error perf-test and perf-ab are two runs: call make twice)
endif
perf-baseline perf-report: | perf-ab
endif
# What was measured is never deleted, whatever fails or is interrupted.
.PRECIOUS: $(PERF_REPORTS) $(PERF_RUN)/cases.jsonl $(PERF_RUN)/samples.jsonl \
	$(PERF_RUN)/summary.jsonl $(PERF_RUN)/verdicts.jsonl

# A complete run is filed, whatever was found; what cannot be filed is told, and
# is no failure of what was measured.
perf_history = $(if $(HISTORY),hist-add -d $(call perf_quote,$(HISTORY)))
define perf_file
if tail -n 1 $(1)/verdicts.jsonl | \
	grep -q '^{"type":"end".*"complete":true'; then \
	$(perf_history) --report $(1)/report.html $(1)/verdicts.jsonl \
		>/dev/null || echo 'the run is not in the history' >&2; \
fi
endef

# What people said about what is in the history: files, or a pattern.
perf_marks = $(if $(HISTORY),$(call perf_quote,$(HISTORY))/marks/*.jsonl)

# What failed is measured again, in a new session, before the build fails; a
# trial that failed is no matter of chance. What there is of a second session
# counts, too, where nothing is measured.
perf_measures_again = $(if $(filter 0,$(CONFIRM)),,$\
	$(if $(PERF_LOOKS_BACK),$(PERF_RESUMES),perf-test))
perf_confirm = CONFIRM_RUN=$(PERF_RUN) \
	CONFIRM_MEASURE=$(if $(perf_measures_again),$(call perf_quote,\
		$(PERF_MEASURE) $(call perf_kept,$(PERF_RUN)/confirm))) \
	CONFIRM_COMPARE=$(call perf_quote,$(PERF_COMPARE)) \
	sh $(PERF_LIB)perf-confirm.sh

## perf-test: measure, compare with BASELINE (local), report; fail on regression
## perf-resume: go on with the latest run, if it was cut short, as perf-test
perf-test perf-resume: $(PERF_REPORTS)
	@cat $(PERF_RUN)/report.txt
	@echo
	@echo "report: $(PERF_RUN)/report.html"
	@[ ! -e $(PERF_RUN)/confirm/report.html ] || \
		echo "measured again: $(PERF_RUN)/confirm/report.html"
	$(if $(HISTORY),@$(PERF_ENV); export PATH; \
		$(call perf_file,$(PERF_RUN)); \
		[ ! -e $(PERF_RUN)/confirm/report.html ] || \
			{ $(call perf_file,$(PERF_RUN)/confirm); })
	@$(PERF_ENV); export PATH; \
	ran=2; judged=2; \
	[ ! -e $(PERF_RUN)/run.status ] || read -r ran <$(PERF_RUN)/run.status; \
	[ ! -e $(PERF_RUN)/verdict.status ] || \
		read -r judged <$(PERF_RUN)/verdict.status; \
	update=$$(sed -n 's/^{"type":"result".*"update_baseline":\([a-z]*\).*/\1/p' \
		$(PERF_RUN)/verdicts.jsonl); \
	if [ "$${UPDATE_BASELINES:-0}" != 0 ] && [ "$$ran" -eq 0 ]; then \
		$(call perf_accept,$(PERF_BASELINE_FILE)) \
			$(PERF_RUN)/verdicts.jsonl; \
	elif [ "$$ran" -ne 0 ] || [ "$$judged" -ne 0 ]; then \
		exit 1; \
	elif [ "$$update" = true ]; then \
		$(call perf_accept,$(PERF_BASELINE_FILE),update_baseline_on_success) \
			$(PERF_RUN)/verdicts.jsonl; \
	elif [ -z "$$update" ] && \
		[ $(call perf_quote,$(BASELINE)) = local ]; then \
		old='the baseline stays as it was'; \
		[ -e $(call perf_quote,$(PERF_BASELINE_FILE)) ] || old=; \
		if ! $(call perf_add,$(PERF_BASELINE_FILE)) -g \
			$(PERF_RUN)/verdicts.jsonl; then \
			echo "$${old:-there is still no baseline}"; \
		elif [ -z "$$old" ] && \
			[ -e $(call perf_quote,$(PERF_BASELINE_FILE)) ]; then \
			echo "no baseline yet: this run is its first session"; \
		fi; \
	fi

## perf-ab: build BASE and HEAD (HEAD), measure them turn by turn, compare
# Both are built in worktrees, and what is measured is there: directories below
# this one are those of the worktree. The "+" hands make's jobs to the builds.
perf-ab: perf-ab-check perf-gates-check $(PERF_NEEDS)
	$(if $(findstring n,$(firstword -$(MAKEFLAGS))),,+)@exec env \
	PATH=$(if $(PERF_TOOLS),$(call perf_quote,$(abspath $(PERF_TOOLS))):)"$$PATH" \
	WL_PATH=$(call perf_quote,$(PERF_KERNELS)) \
	AB_BASE=$(call perf_quote,$(BASE)) AB_HEAD=$(call perf_quote,$(HEAD)) \
	AB_RUN=$(PERF_RUN) AB_LATEST=$(PERF_OUT)/latest \
	AB_BUILD=$(call perf_quote,$(PERF_BUILD)) \
	AB_EXPAND=$(call perf_quote,$(PERF_EXPAND) \
		$(call perf_inside,$(PERF_WORKLOADS))) \
	AB_ADAPTIVE=$(if $(filter-out 0,$(ADAPTIVE)),1) \
	AB_MEASURE=$(call perf_quote,$(perf_runner) \
		$(if $(filter-out 0,$(ADAPTIVE)),,\
			$(call perf_option,--iterations,$(ROUNDS))) \
		$(call perf_option,--warmup,$(WARMUP)) \
		$(call perf_kept,$(abspath $(PERF_RUN)))) \
	AB_COMPARE=$(call perf_quote,$(PERF_COMPARE)) \
	sh $(PERF_LIB)perf-ab.sh

## aa-test: programs against themselves, N times (20): how many false alarms
aa-test: $(PERF_NEEDS)
	@exec env \
	PATH=$(if $(PERF_TOOLS),$(call perf_quote,$(abspath $(PERF_TOOLS))):)"$$PATH" \
	WL_PATH=$(call perf_quote,$(PERF_KERNELS)) \
	AA_RUN=$(PERF_RUN) AA_N=$(call perf_quote,$(or $(N),20)) \
	AA_PLANTED=$(call perf_quote,$(or $(PLANTED),10)) \
	AA_SESSIONS=$(call perf_quote,$(or $(SESSIONS),5)) \
	AA_ROUNDS=$(call perf_quote,$(ROUNDS)) AA_SLOWER_AB=5 AA_SLOWER=25 \
	AA_EXPAND=$(call perf_quote,$(PERF_EXPAND) $(PERF_WORKLOADS)) \
	AA_MEASURE=$(call perf_quote,$(PERF_MEASURE) --quiet) \
	AA_COMPARE=$(call perf_quote,$(PERF_COMPARE)) \
	sh $(PERF_LIB)perf-aa.sh

# What is looked at: hist-get with these options; by default what has led to the
# commit that is checked out, as one series. Where git does not know that, or
# the commits of the history, it is all of it.
ifeq ($(origin HISTORY_SELECT),undefined)
HISTORY_SELECT = $(if $(filter false,$(shell \
	git rev-parse --verify --quiet HEAD >/dev/null 2>&1 && \
	git rev-parse --is-shallow-repository)),--join --commits HEAD)
perf_select_all = || { [ $$? -eq 1 ] && \
	echo 'all of the history, then' >&2 && $(call perf_get,$(1)); }
endif
perf_get = hist-get -d $(call perf_quote,$(or $(HISTORY),history)) $(1)
perf_select = { $(call perf_get,$(1)) $(HISTORY_SELECT) $(perf_select_all); }

## perf-dashboard: the history as one page, PERF_OUT/dashboard.html
# Each stage is a file until the next one has read it: none can fail unseen. A
# page with the values of all rounds is some times larger.
.PHONY: perf-dashboard
perf-dashboard: | $(PERF_NEEDS)
	@mkdir -p $(PERF_OUT)
	@$(PERF_ENV); export PATH; \
	part=$(PERF_OUT)/dashboard.part; \
	trap 'rm -f $$part.points $$part.changes' EXIT; \
	set -- --title $(call perf_quote,$(notdir $(CURDIR))); \
	for baseline in $(call perf_quote,$(PERF_BASELINES)/$(BASELINE))/*.jsonl; do \
		[ ! -e "$$baseline" ] || set -- "$$@" -b "$$baseline"; \
	done; \
	$(call perf_select,$(if $(filter-out 0,$(VALUES)),--values)) \
		>$$part.points && \
	stat-trend $$part.points >$$part.changes && \
	mk-dash "$$@" -o $(PERF_OUT)/dashboard.html $$part.changes || exit 2; \
	echo "dashboard: $(PERF_OUT)/dashboard.html"

## perf-baseline: accept the latest run as (part of) baseline TAG (local)
# A metric whose level has changed since starts anew: cmp-baseline tells which.
perf-baseline: $(PERF_RUN)/summary.jsonl
	@$(PERF_ENV); export PATH; \
	file=$(call perf_quote,$(call perf_baseline_file,$(TAG))); \
	set -- $(if $(filter-out 0,$(PRUNE)),--prune); \
	again=$(PERF_RUN)/confirm/verdicts.jsonl; \
	if [ -e "$$file" ] && [ -e $$again ] && \
		[ $(call perf_quote,$(TAG)) = $(call perf_quote,$(BASELINE)) ]; then \
		cmp-baseline --again $$again -b "$$file" $< | \
			$(call perf_accept,$(call perf_baseline_file,$(TAG))) "$$@"; \
	elif [ -e "$$file" ]; then \
		cmp-baseline -b "$$file" $< | \
			$(call perf_accept,$(call perf_baseline_file,$(TAG))) "$$@"; \
	else \
		$(call perf_accept,$(call perf_baseline_file,$(TAG))) $<; \
	fi

## perf-report: report the latest run again, also one that was cut short
perf-report: $(PERF_REPORTS)
	@cat $(PERF_RUN)/report.txt
	@echo
	@echo "report: $(PERF_RUN)/report.html"
	@[ ! -e $(PERF_RUN)/confirm/report.html ] || \
		echo "measured again: $(PERF_RUN)/confirm/report.html"

## perf-history: where and since when what is in HISTORY (history) changed
perf-history: | $(PERF_NEEDS)
	@if [ ! -d $(call perf_quote,$(HISTORY)) ]; then \
		echo 'there is no history yet: make perf-test begins one' >&2; \
		exit 2; \
	fi
	@$(PERF_ENV); export PATH; \
	mkdir -p $(PERF_OUT); \
	part=$(PERF_OUT)/history.part; \
	trap 'rm -f $$part' EXIT; \
	$(call perf_select) >$$part && stat-trend --text $$part

# A mistake that would only show after measuring is told before.
define perf_machine_check
if [ $(call perf_quote,$(TARGET_ARCH)) != $(PERF_MACHINE) ]; then \
	printf '%s: this machine is %s, and there is no host to run %s on\n' \
		$(1) $(PERF_MACHINE) $(call perf_quote,$(TARGET_ARCH)) >&2; \
	exit 2; \
fi
endef

perf-ab-check:
	@$(call perf_machine_check,perf-ab)
	@if [ -z $(call perf_quote,$(BASE)) ]; then \
		echo 'perf-ab: which revision to compare with? make perf-ab BASE=HEAD~1' >&2; \
		exit 2; \
	fi
	@case $(call perf_quote,$(ROUNDS)) in [1-5]) \
		echo 'perf-ab: fewer than 6 rounds cannot show any change' >&2; \
		exit 2; \
	esac

perf-check:
	@$(call perf_machine_check,perf-test)
	@if [ $(call perf_quote,$(BASELINE)) != local ] && \
		[ "$${UPDATE_BASELINES:-0}" = 0 ] && \
		[ ! -e $(call perf_quote,$(PERF_BASELINE_FILE)) ]; then \
		printf 'perf-test: no such baseline: %s\n' \
			$(call perf_quote,$(PERF_BASELINE_FILE)) >&2; \
		exit 2; \
	fi

# By the tool itself, which may have to be built.
perf-gates-check: | $(PERF_NEEDS)
	$(if $(GATES),@$(PERF_ENV) cmp-baseline --check \
		--gates $(call perf_quote,$(PERF_GATES)))

# Whether all was measured: perf_is_whole DIRECTORY.
perf_is_whole = tail -n 1 $(1)/samples.jsonl 2>/dev/null | \
	grep -q '^{"type":"end".*"complete":true'

perf-resume-check: | perf-check perf-gates-check
	@if [ ! -e $(PERF_RUN)/samples.jsonl ]; then \
		echo 'there is no run yet: make perf-test measures one' >&2; \
		exit 2; \
	elif [ -e $(PERF_RUN)/revisions ]; then \
		echo 'the latest run is one of perf-ab, whose builds are gone: make perf-ab measures anew' >&2; \
		exit 2; \
	elif $(call perf_is_whole,$(PERF_RUN)) && \
		[ -e $(PERF_RUN)/verdicts.jsonl ] && \
		{ [ ! -e $(PERF_RUN)/confirm ] || \
			$(call perf_is_whole,$(PERF_RUN)/confirm); }; then \
		echo 'the latest run is complete: make perf-report shows it' >&2; \
		exit 2; \
	fi

# What wl-run comes to: perf_ran STATUS. A trial that failed is data, and the
# report shows it.
define perf_ran
echo $(1) >$(PERF_RUN)/run.status; \
if [ $(1) -gt 1 ]; then \
	echo "the run was cut short: make perf-resume goes on with it, make perf-report shows it" >&2; \
	exit $(1); \
fi
endef

ifneq ($(filter perf-ab,$(MAKECMDGOALS)),)
$(PERF_RUN)/samples.jsonl: | perf-ab ;
else ifneq ($(PERF_RESUMES),)
# All that was made of it before is made again, also where all was measured and
# only the second measurement was cut short.
$(PERF_RUN)/samples.jsonl: perf-resume-check | $(PERF_NEEDS)
	@echo "going on with $$(readlink $(PERF_RUN) || echo $(PERF_RUN))"
	@status=0; \
	$(PERF_ENV) $(PERF_MEASURE) \
		--resume $@ $(PERF_RUN)/cases.jsonl >/dev/null || status=$$?; \
	touch $@; \
	$(call perf_ran,$$status)
else ifneq ($(PERF_LOOKS_BACK),)
$(PERF_RUN)/samples.jsonl:
	@echo "there is no run yet, so no $@: make perf-test measures one" >&2
	@exit 2
else
$(PERF_RUN)/cases.jsonl: | perf-check perf-gates-check $(PERF_NEEDS)
	@mkdir -p $(PERF_OUT) $(dir $(PERF_RUN))
	@mkdir $(PERF_RUN)
	@$(PERF_ENV) $(PERF_EXPAND) $(PERF_WORKLOADS) >$@ || \
		{ status=$$?; rm $@; rmdir $(PERF_RUN); exit $$status; }

# Where wl-run refused to begin there is no run, and the latest one is the
# latest still.
$(PERF_RUN)/samples.jsonl: $(PERF_RUN)/cases.jsonl
	@n=$$(grep -c '"type":"case"' $<); \
	echo "measuring $$n case$$([ "$$n" -eq 1 ] || echo s)"
	@before=$$(readlink $(PERF_OUT)/latest || :); \
	ln -sfn $(if $(filter $(PERF_OUT)/%,$(PERF_RUN)),$(notdir $(PERF_RUN)),\
		$(abspath $(PERF_RUN))) $(PERF_OUT)/latest; \
	status=0; \
	$(PERF_ENV) $(PERF_MEASURE) \
		$(call perf_kept,$(PERF_RUN)) \
		--journal $@ $< >/dev/null || status=$$?; \
	if [ ! -s $@ ]; then \
		rm -f $< $@ $(PERF_OUT)/latest; \
		[ ! -d $(PERF_RUN)/output ] || rmdir $(PERF_RUN)/output; \
		rmdir $(PERF_RUN); \
		[ -z "$$before" ] || ln -s "$$before" $(PERF_OUT)/latest; \
		exit 2; \
	fi; \
	$(call perf_ran,$$status)
endif

# A stage that fails leaves no file that looks as if it were done.
$(PERF_RUN)/summary.jsonl: $(PERF_RUN)/samples.jsonl
	@$(PERF_ENV) stat-agg $< >$@.part
	@mv $@.part $@

# A regression is no reason to lose the verdicts: its status is kept beside.
# What perf-ab measured has its base with it. What all else is made of is judged
# twice where it failed: what a second session does not confirm is no failure.
$(PERF_RUN)/verdicts.jsonl: $(PERF_RUN)/summary.jsonl | perf-check
	@$(PERF_ENV); export PATH WL_PATH; \
	baseline=$(call perf_quote,$(PERF_BASELINE_FILE)); \
	set --; \
	if [ -e $(PERF_RUN)/revisions ]; then \
		set -- --base base; \
		[ ! -e $(PERF_RUN)/adaptive ] || set -- "$$@" --adaptive; \
	else \
		[ ! -e "$$baseline" ] || set -- -b "$$baseline"; \
		for mark in $(perf_marks); do \
			[ ! -e "$$mark" ] || set -- "$$@" "$$mark"; \
		done; \
	fi; \
	judge() { \
		status=0; \
		$(PERF_COMPARE) "$$@" $< >$@.part || status=$$?; \
		case $$status in 0|1|3) ;; *) exit $$status ;; esac; \
	}; \
	judge "$$@"; \
	ran=0; again=$(PERF_RUN)/confirm; \
	[ ! -e $(PERF_RUN)/run.status ] || read -r ran <$(PERF_RUN)/run.status; \
	if [ $$status -eq 1 ] && [ "$$ran" -eq 0 ] && \
		[ ! -e $(PERF_RUN)/revisions ] && \
		[ "$${UPDATE_BASELINES:-0}" = 0 ] && \
		{ $(if $(perf_measures_again),true,false) || [ -e $$again ]; } && \
		CONFIRM_VERDICTS=$@.part $(perf_confirm) "$$@"; then \
		judge --again $$again/verdicts.jsonl "$$@"; \
		if [ $$status -eq 1 ]; then \
			echo 'confirmed: it failed in a new session, too'; \
		else \
			echo 'not confirmed: it did not fail in a new session'; \
		fi; \
	fi; \
	echo $$status >$(PERF_RUN)/verdict.status; \
	mv $@.part $@

$(PERF_RUN)/report.txt: PERF_FORMAT = text
$(PERF_RUN)/report.md: PERF_FORMAT = md
$(PERF_RUN)/report.html: PERF_FORMAT = html
$(PERF_RUN)/report.xml: PERF_FORMAT = junit
$(PERF_REPORTS): $(PERF_RUN)/verdicts.jsonl
	@set --; [ ! -e $(PERF_RUN)/revisions ] || \
		set -- --title "$$(cat $(PERF_RUN)/revisions)"; \
	$(PERF_ENV) mk-report "$$@" -f $(PERF_FORMAT) -o $@ $<

.DEFAULT_GOAL := $(PERF_DEFAULT_GOAL)
