#!/bin/sh
# What is on the disk image of a virtual machine, without mounting it: debugfs
# reads its file system.
#
#	disk-inspect.sh os IMAGE		id, version and hostname
#	disk-inspect.sh packages IMAGE		name and version, a line each
#	disk-inspect.sh cached CACHE IMAGE	as os; looked up in the directory
#						CACHE, where it is there
#	disk-inspect.sh appliance PORT FILE	as os, of the image that nbdkit
#						serves at PORT, by way of FILE
#	disk-inspect.sh verify IMAGE...		nothing, where e2fsck has no complaint
#						and the answers are those beside it
#	disk-inspect.sh batch JOBS IMAGE...	as os, of JOBS images at a time
#
# DISK_INSPECT_DELAY=SECONDS sleeps before each inspection that is not in a
# cache: a planted regression.
set -eu
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

name=${0##*/}

trouble() {
	echo "$name: $1" >&2
	exit 2
}

# What a file of the image holds; nothing where it is not there.
content() {
	debugfs -R "cat $2" "$1" 2>/dev/null
}

os() {
	[ -z "${DISK_INSPECT_DELAY-}" ] || sleep "$DISK_INSPECT_DELAY"
	id=
	version=
	while IFS='=' read -r key value; do
		value=${value#\"}
		case $key in
		ID) id=${value%\"} ;;
		VERSION_ID) version=${value%\"} ;;
		esac
	done <<-END
		$(content "$1" /etc/os-release)
	END
	[ -n "$id" ] || trouble "$1: no operating system found"
	echo "$id $version $(content "$1" /etc/hostname)"
}

packages() {
	[ -z "${DISK_INSPECT_DELAY-}" ] || sleep "$DISK_INSPECT_DELAY"
	content "$1" /var/lib/dpkg/status | awk '
		$1 == "Package:" { name = $2 }
		$1 == "Version:" { print name, $2 }'
	content "$1" /lib/apk/db/installed | awk -F: '
		$1 == "P" { name = $2 }
		$1 == "V" { print name, $2 }'
}

# An image is known by its place, its size and when it was written.
cached() {
	entry=$1/$(stat -c '%d-%i-%s-%.9Y' "$2")
	if ! cat "$entry" 2>/dev/null; then
		os "$2" >"$entry.$$"
		mv "$entry.$$" "$entry"
		cat "$entry"
	fi
}

# nbdkit serves each file under its name.
appliance() {
	nbdcopy "nbd://127.0.0.1:$1//etc/os-release" - | cat >"$2"
	nbdcopy "nbd://127.0.0.1:$1//etc/hostname" - | cat >>"$2"
	awk -F= '
		{ gsub(/"/, "") }
		$1 == "ID" { id = $2 }
		$1 == "VERSION_ID" { version = $2 }
		NF == 1 { print id, version, $0 }' "$2"
}

verify() {
	for image; do
		e2fsck -fn "$image" >/dev/null 2>&1 ||
			trouble "$image: the file system is not sound"
		os "$image" | cmp -s - "$image.os" ||
			trouble "$image: not the operating system that it should be"
		packages "$image" | cmp -s - "$image.packages" ||
			trouble "$image: not the packages that it should have"
	done
}

case $#,${1-} in
2,os) os "$2" ;;
2,packages) packages "$2" ;;
3,cached) cached "$2" "$3" ;;
3,appliance) appliance "$2" "$3" ;;
[2-9],verify | [1-9][0-9]*,verify)
	shift
	verify "$@"
	;;
[3-9],batch | [1-9][0-9]*,batch)
	shift
	jobs=$1
	shift
	printf '%s\n' "$@" | xargs -n 1 -P "$jobs" "$0" os | sort
	;;
*)
	trouble "usage: $name os IMAGE | packages IMAGE | cached CACHE IMAGE |\
 appliance PORT FILE | verify IMAGE... | batch JOBS IMAGE..."
	;;
esac
