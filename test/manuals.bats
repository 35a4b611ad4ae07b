#!/usr/bin/env bats
# The manuals say what the tools do: CONTRIBUTING.md has the conventions.

load helper
load make

# A page as plain text, in lines so long that nothing is wrapped.
rendered() {
	mandoc -T ascii -O width=1000 "$1" | sed 's/.\x08//g'
}

# The lines of a section of a rendered page.
section() {
	sed -n "/^$1\$/,/^[^ ]/p" | sed '/^[^ ]/d'
}

words() {
	tr -s ' \n' ' ' | sed 's/^ //;s/ $//'
}

# What tests say, they say once for all pages: complain, and go on.
complain() {
	printf '%s\n' "$*" >>complaints
}

no_complaints() {
	[ ! -s complaints ] || {
		cat complaints >&2
		return 1
	}
}

@test "manuals: mandoc has nothing to say" {
	run mandoc -T lint -W warning "$TOP"/man/*.[1-9]
	[ -z "$output" ] || {
		echo "$output" >&2
		return 1
	}
}

@test "manuals: each tool has a page with the sections that all have" {
	local tool name

	for tool in $(tools); do
		[ -f "$TOP/man/$tool.1" ] || {
			complain "$tool has no page"
			continue
		}
		for name in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES \
			'SEE ALSO'; do
			grep -q "^\.Sh $name\$" "$TOP/man/$tool.1" ||
				complain "$tool(1) has no $name"
		done
		grep -q "^\.Nm $tool\$" "$TOP/man/$tool.1" ||
			complain "$tool(1) is named otherwise"
	done
	no_complaints
}

@test "manuals: the sections that a page refers to are there" {
	local page name

	# Those of this page, or where the next line says so, of another.
	for page in "$TOP"/man/*.[1-9]; do
		awk '/^\.Sx / {
			sub(/^\.Sx /, "")
			sub(/( [.,;:)])+$/, "")
			gsub(/"/, "")
			if (section)
				print "- " section
			section = $0
			next
		}
		section && /^in$/ { next }
		section {
			print /^\.Xr / ? $2 "." $3 : "-", section
			section = ""
		}' "$page" | while read -r place name; do
			[ "$place" != - ] || place=${page##*/}
			grep -qixE "\.S[sh] \"?$name\"?" "$TOP/man/$place" ||
				echo "${page##*/}: $name is no section of $place"
		done >missing
		! [ -s missing ] || complain "$(cat missing)"
	done
	no_complaints
}

@test "manuals: each page of section 1 is that of a tool" {
	local page

	for page in "$TOP"/man/*.1; do
		[ -x "$PLUMBLINE_BUILD/bin/$(basename "$page" .1)" ] ||
			complain "$page: there is no such tool"
	done
	no_complaints
}

@test "manuals: SYNOPSIS is the usage of --help" {
	local page tool

	for page in "$TOP"/man/*.1; do
		tool=$(basename "$page" .1)
		rendered "$page" | section SYNOPSIS | words >synopsis
		"$tool" --help | sed -n '1s/^usage: //p' | words >usage
		cmp -s synopsis usage || complain "$tool: SYNOPSIS is" \
			"'$(cat synopsis)', usage is '$(cat usage)'"
	done
	no_complaints
}

@test "manuals: the options of --help and those of the page are the same" {
	local page tool

	for page in "$TOP"/man/*.1; do
		tool=$(basename "$page" .1)
		"$tool" --help | grep -oE '^ +(-., )?--[a-z-]+' |
			grep -oE '\-\-[a-z-]+' | sort -u >have
		# .It Fl b , -baseline Ar FILE and .It Fl -baseline Ns = Ns ...
		grep -E '^\.It Fl ' "$page" | grep -oE ' -[a-z][a-z-]+' |
			sed 's/^ /-/' | sort -u >say
		diff have say >difference ||
			complain "$tool: $(sed 's/^</only --help:/
				s/^>/only the page:/' difference | grep only)"
	done
	no_complaints
}

# What the examples run in: what git tracks, and the build beside it, which
# make must find to be of the same flags and hence of today.
scratch_copy() {
	local build

	build=$(basename "$PLUMBLINE_BUILD")
	mkdir scratch
	(
		cd "$TOP" || exit
		if [ -e .git ]; then
			git ls-files -z
		else
			find . -name 'build*' -prune -o -type f -print0
		fi | while IFS= read -rd '' file; do
			[ ! -f "$file" ] || printf '%s\0' "$file"
		done | xargs -0 cp -p --parents -t "$BATS_TEST_TMPDIR/scratch"
	)
	ln -s "$PLUMBLINE_BUILD" "scratch/$build"
	MAKEFLAGS="BUILD=$build $(made_with)"
	export MAKEFLAGS
}

# The commands of a page's EXAMPLES, each followed by a NUL.
examples_of() {
	rendered "$1" | section EXAMPLES | sed 's/^ *//' | awk '
		!more && !/^\$ / { next }
		{ sub(/^\$ /, ""); more = /[\\|]$/
		  printf "%s%s", $0, more ? "\n" : "\0" }'
}

@test "manuals: the examples run" {
	local page example want status n=0

	for page in "$TOP"/man/*.[1-9]; do
		rm -rf scratch
		scratch_copy
		examples_of "$page" >examples
		while IFS= read -rd '' example; do
			want=0
			[[ $example =~ \#\ exits\ ([0-9]+)$ ]] &&
				want=${BASH_REMATCH[1]}
			n=$((n + 1))
			status=0
			(
				cd scratch || exit
				export WL_PATH=$PLUMBLINE_BUILD/workloads
				timeout 60 bash -c "$example" </dev/null \
					>"$BATS_TEST_TMPDIR/said" 2>&1
			) || status=$?
			[ $status -eq "$want" ] || complain \
				"$(basename "$page"): status $status:" \
				"$example"$'\n'"$(head -n 20 said)"
		done <examples
	done
	no_complaints
	[ $n -gt 0 ]
}

@test "manuals: each tool's page has an example of the tool" {
	local tool

	for tool in $(tools); do
		examples_of "$TOP/man/$tool.1" | grep -qazE "(^|[ |])$tool( |$)" ||
			complain "$tool(1) has no example of $tool"
	done
	no_complaints
}

# "STRUCT FIELD" for each line of the tables of lib/record-*.c.
fields_of_tables() {
	cat "$TOP"/lib/record-*.c | tr -s ' \t\n' ' ' |
		grep -oE '(MAY|NEED)\([a-z_]+, [A-Z]+, "[^"]*"' |
		sed -E 's/.*\(([a-z_]+), [A-Z]+, "(.*)"/\1 \2/
			s/^case_record /case /; s/^run_end /end /
			s/^baseline_file /baseline-file /; s/^point_record /point /'
}

# "SECTION FIELD" for each .It Cm in a .Ss of the page.
fields_of_page() {
	awk '$1 == ".Ss" { part = $2 }
		$1 == ".Sh" { part = "" }
		$1 == ".It" && $2 == "Cm" && part {
			for (i = 3; i <= NF; i++)
				if ($i != ",") print part, $i
		}' "$TOP/man/plumbline-records.5"
}

@test "plumbline-records(5) has every field of lib/record-*.c, and no other" {
	fields_of_tables | sort >have
	fields_of_page | sort >say
	[ "$(wc -l <have)" -gt 100 ]
	diff -u have say >&2
}

@test "plumbline-records(5) says of each required field that it is" {
	cat "$TOP"/lib/record-*.c | tr -s ' \t\n' ' ' |
		grep -oE 'NEED\([a-z_]+, [A-Z]+, "[^"]*"' | wc -l >have
	grep -cE ', required[:.]' "$TOP/man/plumbline-records.5" >say
	# operator , limit share an item of a verdict, where neither is.
	diff have say >&2
}

@test "plumbline-records(5): the example of each record can be read" {
	rendered "$TOP/man/plumbline-records.5" | section DESCRIPTION |
		grep -oE '^ *\{.*\}$' >lines
	[ "$(wc -l <lines)" -ge 16 ]
	jq -e . lines >/dev/null
	# A tool that knows the type reads it, and those it does not it passes.
	grep '"type"' lines | sed '/"result"/d;/"verdict"/d' >stdin
	expect 0 stat-agg --merge
	ignore_out
}

@test "wl-run(1) has every built-in metric" {
	local name

	sed -n '/define BUILTIN_METRICS/,/^$/s/^\tX([A-Z_]*, "\([a-z_]*\)", ".*/\1/p' \
		"$TOP/lib/metric.h" >names
	[ "$(wc -l <names)" -ge 10 ]
	while read -r name; do
		grep -q "^\.It .*$name" "$TOP/man/wl-run.1" ||
			complain "wl-run(1) has no $name"
	done <names
	no_complaints
}

@test "stat-agg(1) has every aggregator" {
	local word

	sed -n '/words\[\] = {/,/};/s/.*{"\([a-z_]*\)", AGG.*/\1/p' \
		"$TOP/lib/metric.c" >words
	[ "$(wc -l <words)" -ge 12 ]
	while read -r word; do
		grep -qE "^\.It .*\b$word\b" "$TOP/man/stat-agg.1" ||
			complain "stat-agg(1) has no $word"
	done <words
	no_complaints
}

# "AUTHOR YEAR" of each source that a header states: of its authors the last.
sources_of() {
	sed 's/^ \* *//' "$@" | tr '\n' ' ' | tr -s ' ' |
		grep -oE '[A-Z][A-Za-z]+ (19|20)[0-9]{2}\b' | sort -u
}

@test "plumbline-statistics(7) names the source of every formula" {
	local page=$TOP/man/plumbline-statistics.7 source

	sources_of "$TOP"/lib/{stats,looks,sum,sketch}.h >sources
	[ "$(wc -l <sources)" -ge 20 ]
	rendered "$page" | section DESCRIPTION | words >text
	rendered "$page" | section STANDARDS | words >titles
	while read -r source; do
		grep -qF "$source" text || complain "no $source"
		# "S. Holm, A Simple ..., 1979."
		grep -qE "${source% *},[^.]*\\b.*${source##* }" titles ||
			complain "no title of $source"
	done <sources
	no_complaints
}
