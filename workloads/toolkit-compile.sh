#!/bin/sh
# Compile plumbline itself, out of tree, into a scratch directory:
#
#	toolkit-compile.sh all TREE JOBS	everything, from clean
#	toolkit-compile.sh one TREE FILE TIMES	one file, several times
#
# COMPILE_CFLAGS is added to the compiler's options: a planted regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

usage="usage: $name all TREE JOBS | one TREE FILE TIMES"
case ${1-} in
all) [ $# -eq 3 ] || trouble "$usage" ;;
one) [ $# -eq 4 ] || trouble "$usage" ;;
*) trouble "$usage" ;;
esac

# What a make around us was told is not for the one that is measured.
unset MAKEFLAGS MFLAGS MAKELEVEL TARGET_ARCH
unset BUILD SAN DEV CPPFLAGS CFLAGS LDFLAGS LDLIBS
flags="-O2 -g ${COMPILE_CFLAGS-}"

tree=$2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/toolkit-compile.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "$1" = all ]; then
	make -C "$tree" -j "$3" BUILD="$scratch" CC=gcc CFLAGS="$flags" all
	[ -x "$scratch/bin/wl-run" ] || trouble "there is no wl-run"
	exit
fi

i=0
while [ "$i" -lt "$4" ]; do
	# $flags is several words.
	# shellcheck disable=SC2086
	gcc -std=c17 -D_GNU_SOURCE -I"$tree/lib" $flags -c \
		-o "$scratch/$i.o" "$tree/$3"
	i=$((i + 1))
done
[ -s "$scratch/0.o" ] || trouble "there is no object file"
