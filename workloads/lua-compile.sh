#!/bin/sh
# Build lua from clean, in this directory:
#
#	lua-compile.sh unpack ARCHIVE
#	lua-compile.sh clean
#	lua-compile.sh build JOBS
#
# COMPILE_CFLAGS is added to the compiler's options: a planted regression.
set -eu
export LC_ALL=C

unset MAKEFLAGS MFLAGS MAKELEVEL TARGET_ARCH CC CFLAGS LDFLAGS

case ${1-} in
unpack)
	tar -xf "$2" --strip-components=1
	;;
clean)
	make clean
	;;
build)
	make -j "$2" MYCFLAGS="${COMPILE_CFLAGS-}" posix
	[ "$(src/lua -e 'print(6 * 7)')" = 42 ]
	;;
*)
	echo "usage: ${0##*/} unpack ARCHIVE | clean | build JOBS" >&2
	exit 2
	;;
esac
