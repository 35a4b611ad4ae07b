#!/bin/sh
# udp-burst with its gateway in a network namespace of its own, at the other end
# of a pair of virtual Ethernet devices:
#
#	udp-burst-namespaces.sh ARGUMENT ...	those of udp-burst
#	udp-burst-namespaces.sh --try		whether it can be done here
#
# The namespaces have no names: they are gone when the last process in them is.
set -eu
export LC_ALL=C

name=${0##*/}

if [ "${1-}" != --inside ]; then
	user=
	[ "$(id -u)" -eq 0 ] || user=--map-root-user
	exec unshare $user --net "$0" --inside "$@"
fi
shift

# The second namespace lives as long as the process that holds it, which is
# started in it.
unshare --net sleep 3600 >/dev/null &
holder=$!
trap 'kill "$holder"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
tries=0
while [ "$(readlink "/proc/$holder/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do
	tries=$((tries + 1))
	if [ "$tries" -gt 200 ]; then
		echo "$name: there is no second namespace" >&2
		exit 2
	fi
	sleep 0.01
done

ip link add burst0 type veth peer name burst1 netns "$holder"
ip addr add 10.77.0.1/24 dev burst0
ip link set burst0 up
nsenter --net="/proc/$holder/ns/net" \
	sh -c 'ip addr add 10.77.0.2/24 dev burst1 && ip link set burst1 up'

[ "${1-}" != --try ] || exit 0
UDP_BURST_GATEWAY=/proc/$holder/ns/net udp-burst "$@"
