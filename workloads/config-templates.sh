#!/bin/sh
# Templates of configuration files in three languages, and their rendering:
#
#	config-templates.sh make		in this directory: templates, and
#						what they render to
#	config-templates.sh toml SCENARIOS	such a file, and what tomljson
#						makes of it
#	config-templates.sh parse SCENARIOS TIMES
#	config-templates.sh render ENGINE COMPLEXITY TIMES
#	config-templates.sh tree FILES		a directory of templates
#	config-templates.sh work FILES		read, render and find them
#
# COMPLEXITY is simple (variables), medium (a loop and conditions) or complex
# (nested loops and many services). ENGINE is m4, j2 or envsubst, which knows
# variables only and has all else written out. All render to the same bytes,
# which awk has made another way.
set -eu
export LC_ALL=C

name=${0##*/}

# The variables, for all of them.
export T_NAME=journey T_VERSION=0.7.0 T_IMAGE=registry/service T_RUN='run --step'

# services, scenarios and steps of each
sizes() {
	case $1 in
	simple) echo 1 1 1 ;;
	medium) echo 10 5 2 ;;
	complex) echo 40 60 5 ;;
	*)
		echo "$name: no such complexity: $1" >&2
		exit 2
		;;
	esac
}

# What comes out; with `variables`, what envsubst makes it of.
document() {
	awk -v services="$1" -v scenarios="$2" -v steps="$3" \
		-v variables="${4-}" 'function value(name) {
		return variables ? "${" name "}" : ENVIRON[name]
	}
	BEGIN {
		printf "[meta]\nname = \"%s\"\nversion = \"%s\"\n",
			value("T_NAME"), value("T_VERSION")
		for (s = 1; s <= services; s++) {
			printf "\n[service.s%d]\nimage = \"%s:%d\"\n",
				s, value("T_IMAGE"), s
			if (s % 2 == 0)
				print "wait = true"
		}
		for (n = 1; n <= scenarios; n++) {
			printf "\n[[scenario]]\nname = \"scenario %d\"\n", n
			for (k = 1; k <= steps; k++)
				printf "\n[[scenario.step]]\nrun = \"%s %d %d\"\n",
					value("T_RUN"), n, k
		}
	}'
}

make_m4() {
	cat <<-'END'
	changequote([<, >])define([<loop>], [<ifelse(eval($2 <= $3), 1,
	[<define([<$1>], [<$2>])$4[<>]loop([<$1>], incr($2), [<$3>], [<$4>])>])>])dnl
	[meta]
	name = "T_NAME"
	version = "T_VERSION"
	loop([<T_S>], 1, T_SERVICES, [<
	[service.s[<>]T_S[<>]]
	image = "T_IMAGE:T_S"
	ifelse(eval(T_S % 2), 0, [<wait = true
	>])>])dnl
	loop([<T_N>], 1, T_SCENARIOS, [<
	[[scenario]]
	name = "scenario T_N"
	loop([<T_K>], 1, T_STEPS, [<
	[[scenario.step]]
	run = "T_RUN T_N T_K"
	>])>])dnl
	END
}

make_j2() {
	cat <<-'END'
	[meta]
	name = "{{ T_NAME }}"
	version = "{{ T_VERSION }}"
	{% for s in range(1, services + 1) %}
	[service.s{{ s }}]
	image = "{{ T_IMAGE }}:{{ s }}"
	{% if s % 2 == 0 %}wait = true
	{% endif %}{% endfor %}{% for n in range(1, scenarios + 1) %}
	[[scenario]]
	name = "scenario {{ n }}"
	{% for k in range(1, steps + 1) %}
	[[scenario.step]]
	run = "{{ T_RUN }} {{ n }} {{ k }}"
	{% endfor %}{% endfor -%}
	END
}

# A template of each ten in a directory.
make_tree() {
	mkdir tree rendered
	document 10 5 2 >expected
	i=0
	while [ "$i" -lt "$1" ]; do
		mkdir -p "tree/d$((i / 10))"
		document 10 5 2 variables >"tree/d$((i / 10))/t$i.tmpl"
		i=$((i + 1))
	done
	find tree -name '*.tmpl' >list
	[ "$(wc -l <list)" -eq "$1" ]
	# shellcheck disable=SC2046
	cat $(cat list) >all
}

render_tree() {
	while read -r file; do
		envsubst <"$file" >"rendered/${file##*/}"
	done <list
}

check_tree() {
	for file in rendered/*; do
		if ! cmp -s "$file" expected; then
			echo "$name: $file is not what it should be" >&2
			exit 1
		fi
	done
	rm rendered/*
}

case ${1-} in
make)
	make_m4 >template.m4
	make_j2 >template.j2
	for complexity in simple medium complex; do
		# shellcheck disable=SC2046
		set -- $(sizes "$complexity")
		document "$@" >"$complexity.expected"
		document "$@" variables >"$complexity.envsubst"
		printf '{"T_NAME":"%s","T_VERSION":"%s","T_IMAGE":"%s","T_RUN":"%s","services":%d,"scenarios":%d,"steps":%d}\n' \
			"$T_NAME" "$T_VERSION" "$T_IMAGE" "$T_RUN" "$@" \
			>"$complexity.json"
	done
	;;
toml)
	document 4 "$2" 5 >in.toml
	tomljson in.toml >parsed
	# It is right if as many scenarios come out as went in.
	jq -e --argjson n "$2" '.meta.version == "0.7.0" and
		(.scenario | map(.step | length) | add) == 5 * $n' parsed
	;;
parse)
	exec repeat -n "$3" -e parsed parse_time ms tomljson in.toml
	;;
render)
	complexity=$3
	times=$4
	engine=$2
	# shellcheck disable=SC2046
	set -- $(sizes "$complexity")
	case $engine in
	envsubst)
		set -- -i "$complexity.envsubst" render_time ms envsubst
		;;
	m4)
		set -- render_time ms m4 "-DT_NAME=$T_NAME" \
			"-DT_VERSION=$T_VERSION" "-DT_IMAGE=$T_IMAGE" \
			"-DT_RUN=$T_RUN" "-DT_SERVICES=$1" \
			"-DT_SCENARIOS=$2" "-DT_STEPS=$3" template.m4
		;;
	j2)
		set -- render_time ms j2 template.j2 "$complexity.json"
		;;
	*)
		echo "$name: no such engine: $engine" >&2
		exit 2
		;;
	esac
	exec repeat -n "$times" -e "$complexity.expected" "$@"
	;;
tree)
	make_tree "$2"
	;;
work)
	# shellcheck disable=SC2046
	repeat -n 20 -e all read_time ms cat $(cat list)
	repeat -n 20 -e list scan_time ms find tree -name '*.tmpl'
	times=$((100 / $2 < 10 ? 100 / $2 : 10))
	repeat -n "$times" render_all_time ms "$0" render-tree
	check_tree
	;;
render-tree)
	render_tree
	;;
*)
	sed -n '2,/^$/s/^#	\(config-templates.sh [^	]*\).*/usage: \1/p' "$0" >&2
	exit 2
	;;
esac
