#!/bin/sh
# What a packet costs with so many rules of nftables in front of it, in a network
# namespace of our own:
#
#	nft-rule-lookup.sh KIND RULES
#	nft-rule-lookup.sh --try KIND RULES	whether that can be done here
#
# KIND is chain, rules that are asked one after the other, or set, one rule that
# looks the packet up in a set. No rule but the last, which packet-filter asks
# for, is about a packet that is sent here. The namespace has no name, and is
# gone with the last process in it.
set -eu
export LC_ALL=C

if [ "${1-}" != --inside ]; then
	user=
	[ "$(id -u)" -eq 0 ] || user=--map-root-user
	exec unshare $user --net "$0" --inside "$@"
fi
shift
try=
if [ "${1-}" = --try ]; then
	try=1
	shift
fi
if [ $# -ne 2 ] || { [ "$1" != chain ] && [ "$1" != set ]; }; then
	echo "usage: ${0##*/} [--try] {chain|set} RULES" >&2
	exit 2
fi

ip link set lo up
awk -v kind="$1" -v n="$2" -v seed="${WL_SEED:-1}" 'BEGIN {
	srand(seed)
	print "table inet filter {"
	if (kind == "set")
		print "set denied { type ipv4_addr . inet_service; elements = {"
	else
		print "chain input { type filter hook input priority 0"
	for (i = 0; i < n; i++) {
		port = 1024 + int(rand() * 60000)
		# In the set no element is there twice.
		if (kind == "set")
			printf "10.%d.%d.%d . %d,\n", i / 65536 % 256, i / 256 % 256, i % 256, port
		else
			printf "ip saddr 10.%d.%d.0/24 udp dport %d drop\n",
				int(rand() * 256), int(rand() * 256), port
	}
	if (kind == "set") {
		print "}\n}"
		print "chain input { type filter hook input priority 0"
		print "ip saddr . udp dport @denied drop"
	}
	print "udp dport 9 drop"
	print "}\n}"
}' | nft -f -
[ -n "$try" ] || exec packet-filter
