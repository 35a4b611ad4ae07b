#!/bin/sh
# Build a Linux kernel from clean: unpack once, configure before each trial,
# and build out of tree. The steps:
#
#	kernel_compile_from_clean.sh unpack ARCHIVE
#	kernel_compile_from_clean.sh configure CONFIG
#	kernel_compile_from_clean.sh build JOBS
#	kernel_compile_from_clean.sh remove
#
# All of it is in TMPDIR (/tmp), where it takes 1.5 GB. The kernel's own KCFLAGS
# plants a regression.
set -eu
export LC_ALL=C

name=${0##*/}
root=${TMPDIR:-/tmp}/plumbline-kernel-$(id -u)

trouble() {
	echo "$name: $1" >&2
	exit 2
}

usage() {
	trouble "usage: $name {unpack ARCHIVE|configure CONFIG|build JOBS|remove}"
}

# What a make around us was told is not for the kernel's.
unset MAKEFLAGS MFLAGS MAKELEVEL TARGET_ARCH ARCH CROSS_COMPILE O V
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=plumbline KBUILD_BUILD_HOST=plumbline

step=${1-}
case $step in
unpack | configure | build) [ $# -eq 2 ] || usage ;;
remove) [ $# -eq 1 ] || usage ;;
*) usage ;;
esac

case $step in
unpack)
	# Anybody may make a directory of this name in /tmp.
	if ! mkdir -m 700 "$root" 2>/dev/null && ! [ -O "$root" ]; then
		trouble "$root: is not ours"
	fi
	rm -rf "${root:?}/source"
	mkdir "$root/source"
	tar -xf "$2" -C "$root/source" --strip-components=1
	;;
configure)
	rm -rf "${root:?}/build"
	mkdir "$root/build"
	make -C "$root/source" O="$root/build" "$2"
	;;
build)
	make -C "$root/source" O="$root/build" -j "$2"
	[ -s "$root/build/vmlinux" ] || trouble "there is no vmlinux"
	;;
remove)
	rm -rf "${root:?}"
	;;
esac
