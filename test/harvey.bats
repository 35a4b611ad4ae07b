#!/usr/bin/env bats
# What the workloads of an embedded operating system are made of.

load helper

prepare_test() {
	PATH=$TOP/workloads:$PLUMBLINE_BUILD/workloads:$PATH
}

# Where the machine lets us: $@ finds out.
where_it_can() {
	"$@" >/dev/null 2>&1 || skip "it cannot be done here: $*"
}

@test "udp-burst: over two network namespaces" {
	where_it_can udp-burst-namespaces.sh --try
	expect 0 udp-burst-namespaces.sh 256 2000 50
	out_json 'map(.metric) == ["avg_throughput_mbps", "p50_latency_ms",
		"p99_latency_ms", "loss", "cpu_utilization_percentage_avg",
		"memory_footprint_delta_mb"] and .[0].value > 0'
	expect 2 udp-burst-namespaces.sh 1
	err_has 'packet_size_bytes: not a whole number from 64'
}

@test "udp-burst: a gateway that is not there" {
	expect 2 env UDP_BURST_GATEWAY=/nowhere udp-burst 64 1000 10
	err_has '/nowhere: No such file or directory'
}

@test "nft-rule-lookup: rules of both kinds, and that they are asked" {
	local kind

	where_it_can nft-rule-lookup.sh --try set 10
	for kind in chain set; do
		expect 0 nft-rule-lookup.sh $kind 200
		out_json 'length == 7 and map(.metric == "time_per_packet" and
			.unit == "ns" and .value > 0) == [range(7) | true]'
	done
	expect 2 nft-rule-lookup.sh tree 10
	err_is 'usage: nft-rule-lookup.sh [--try] {chain|set} RULES'
}

@test "packet-filter: where nothing is filtered, it says so" {
	# An unprivileged user cannot have the port that it asks for.
	[ "$(id -u)" -eq 0 ] || skip 'this user cannot use port 9'
	expect 1 packet-filter
	err_is 'packet-filter: the rules let a packet for port 9 pass'
}

@test "fs-stress: writers side by side do all the files, and leave none" {
	mkdir work
	expect 0 fs-stress 150 100 3 work
	out_json 'map(.metric) | group_by(.) | map([.[0], length]) ==
		[["create_rate", 5], ["read_rate", 5], ["stat_rate", 5],
		 ["unlink_rate", 5]]'
	[ -z "$(ls work)" ]
	expect 2 fs-stress 150 100 0
	err_has 'writers: not a whole number from 1 to 64: 0'
}

@test "fs-stress: an interrupted one leaves nothing" {
	local pid tries=0

	mkdir work
	fs-stress 500000 100 2 work &
	pid=$!
	until [ -n "$(ls work)" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 500 ]
		sleep 0.02
	done
	kill "$pid"
	wait "$pid" || :
	[ -z "$(ls work)" ]
}

@test "fio-io: all is read and written, and the scratch files go" {
	command -v fio >/dev/null || skip 'fio is not installed'
	where_it_can fio-io.sh --try memory
	expect 0 fio-io.sh memory randwrite 4k 1 2
	out_json 'map([.metric, .unit]) == [["io_rate", "1/s"],
		["bandwidth_rate", "MB/s"], ["p50_latency", "ns"],
		["p99_latency", "ns"]] and (map(.value > 0) | all)'
	expect 2 fio-io.sh tape randwrite 4k 1 2
	err_is 'fio-io.sh: no such place: tape'
	[ -z "$(find /dev/shm -maxdepth 1 -name 'fio-io.*' -newer stdin)" ]
}
