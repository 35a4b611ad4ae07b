#!/bin/sh
# Build one directory of a Linux kernel, in a tree that is unpacked and
# configured once:
#
#	kernel-directory.sh tree ARCHIVE CONFIG	make the tree, in this directory
#	kernel-directory.sh clean DIRECTORY	remove what was built of it
#	kernel-directory.sh build DIRECTORY JOBS
#
# The tree has no more than a build below kernel/ needs, a tenth of the archive.
# The kernel's own KCFLAGS plants a regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

# What a make around us was told is not for the kernel's.
unset MAKEFLAGS MFLAGS MAKELEVEL TARGET_ARCH ARCH CROSS_COMPILE O V
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=plumbline KBUILD_BUILD_HOST=plumbline

case ${1-} in
tree)
	[ $# -eq 3 ] || trouble "usage: $name tree ARCHIVE CONFIG"
	tar -xf "$2" --strip-components=1 --wildcards --wildcards-match-slash \
		--exclude='*/Documentation/*.rst' \
		--exclude='*/Documentation/*.yaml' \
		--exclude='*/Documentation/*.txt' \
		--exclude='*/Documentation/*.svg' \
		--exclude='*/arch/[!x]*/*.[chS]' --exclude='*.dts' \
		--exclude='*.dtsi' --exclude='*/crypto/*.c' \
		--exclude='*/drivers/*.[ch]' --exclude='*/fs/*.c' \
		--exclude='*/net/*.c' --exclude='*/samples/*.c' \
		--exclude='*/sound/*.[ch]' --exclude='*/tools/perf/*' \
		--exclude='*/tools/testing/*'
	make "$3"
	make prepare
	;;
clean)
	find "$2" -name '*.[oa]' -exec rm {} +
	;;
build)
	[ ! -e "$2/built-in.a" ] || trouble "$2 is not clean"
	make -j "$3" "$2/"
	[ -s "$2/built-in.a" ] || trouble "there is no $2/built-in.a"
	;;
*)
	trouble "usage: $name tree ARCHIVE CONFIG | clean DIRECTORY | build DIRECTORY JOBS"
	;;
esac
