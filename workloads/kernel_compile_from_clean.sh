#!/bin/sh
# Build a Linux kernel from clean, in this directory: unpack once, configure
# before each trial, and build out of tree. The steps:
#
#	kernel_compile_from_clean.sh room
#	kernel_compile_from_clean.sh unpack ARCHIVE
#	kernel_compile_from_clean.sh configure CONFIG
#	kernel_compile_from_clean.sh build JOBS
#
# All of it takes 1.5 GB; `room` succeeds where there is so much in memory. The
# kernel's own KCFLAGS plants a regression.
set -eu
export LC_ALL=C

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

usage() {
	trouble "usage: $name {room|unpack ARCHIVE|configure CONFIG|build JOBS}"
}

# What a make around us was told is not for the kernel's.
unset MAKEFLAGS MFLAGS MAKELEVEL TARGET_ARCH ARCH CROSS_COMPILE O V
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=plumbline KBUILD_BUILD_HOST=plumbline

step=${1-}
case $step in
unpack | configure | build) [ $# -eq 2 ] || usage ;;
room) [ $# -eq 1 ] || usage ;;
*) usage ;;
esac

case $step in
room)
	[ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -ge 2000000 ] ||
		trouble "/dev/shm has no room for 2 GB"
	[ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -ge 3000000 ] ||
		trouble "there are no 3 GB of memory"
	;;
unpack)
	mkdir source
	tar -xf "$2" -C source --strip-components=1
	;;
configure)
	rm -rf build
	mkdir build
	make -C source O="$PWD/build" "$2"
	;;
build)
	make -C source O="$PWD/build" -j "$2"
	[ -s build/vmlinux ] || trouble "there is no vmlinux"
	;;
esac
