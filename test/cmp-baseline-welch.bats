#!/usr/bin/env bats
# cmp-baseline and a baseline of means, standard deviations and sizes. Its
# numbers are checked with those of R: test/oracle/cmp-baseline.R.

load helper

# The seed's file, as it stands there.
document() {
	cat >base <<-'END'
	{
	  "version": "1.0",
	  "platform": "x86_64-apple-darwin",
	  "cpu": "Apple M1 Pro",
	  "timestamp": "2025-10-23T12:00:00Z",
	  "baselines": {
	    "vector_similarity_768d_1000c": {
	      "mean_ns": 1700000,
	      "std_dev_ns": 50000,
	      "sample_size": 100
	    },
	    "spreading_activation_1000n_100i": {
	      "mean_ns": 95000000,
	      "std_dev_ns": 2000000,
	      "sample_size": 100
	    },
	    "decay_calculation_10000m": {
	      "mean_ns": 65000000,
	      "std_dev_ns": 1500000,
	      "sample_size": 100
	    }
	  }
	}
	END
}

# s CASE METRIC UNIT VALUE [FIELDS]: a summary of 20 values around one.
s() {
	printf '{"type":"summary","case":"%s","metric":"%s","unit":"%s","value":%s,"n":20,"values":[%s]%s}\n' \
		"$1" "$2" "$3" "$4" "$(awk -v x="$4" 'BEGIN {
			for (i = 0; i < 20; i++)
				printf "%s%.6g", i ? "," : "",
					x * (1 + ((i * 7) % 20 - 9.5) / 400) }')" "${5:+,$5}"
}

run() {
	printf '{"type":"run","run":"r","arch":"%s","host":{"cpu":"%s"}}\n' "$1" "$2"
}

changes_are() {
	out_json "map(select(.kind == \"change\")) | $1"
}

@test "cmp-baseline: a baseline of means, as it is elsewhere" {
	document
	{
		s vector_similarity_768d_1000c wall_time ns 1700000
		s spreading_activation_1000n_100i wall_time ms 110
		s decay_calculation_10000m time s 0.05
		s another wall_time ns 1
	} >stdin
	expect 1 cmp-baseline -b base
	changes_are 'map([.verdict, .method, .baseline]) == [
		["unchanged", "welch", 1700000], ["regressed", "welch", 95],
		["improved", "welch", 0.065], ["new", null, null]] and
		(.[1].why | test("^\\+15.8% \\(.*\\) against the mean of 100 values: .*; of a baseline without sessions nobody knows how much they differ$"))'
	# On one line, and from stdin.
	cp stdin run
	jq -c . base >stdin
	expect 1 cmp-baseline -b - run
	changes_are 'map(.verdict) == ["unchanged", "regressed", "improved", "new"]'
}

@test "cmp-baseline: a baseline of means: which metric a name is" {
	echo '{"baselines":{"c":{"mean_ns":1e6,"std_dev_ns":1e4,"sample_size":50},
		"d":{"mean_ns":1e6,"std_dev_ns":1e4,"sample_size":50},
		"d.b":{"mean_ns":2e6,"std_dev_ns":1e4,"sample_size":50}}}' >base
	{
		s c wall_time ms 1
		s c cpu_time ms 1
		s c max_rss B 1
		s d a ms 1
		s d b ms 1
	} >stdin
	expect 0 cmp-baseline -b base
	changes_are 'map([.case, .metric, .verdict]) == [
		["c", "wall_time", "unchanged"], ["c", "cpu_time", "new"],
		["c", "max_rss", "new"], ["d", "a", "new"], ["d", "b", "improved"],
		["d", null, "missing"]]'
	# Where there is only one time, it is that.
	s d a ms 1 >stdin
	expect 0 cmp-baseline -b base
	changes_are 'map(.verdict) == ["unchanged"]'
}

@test "cmp-baseline: a baseline of means is of a machine" {
	document
	{ run x86_64 'Apple M1 Pro'; s decay_calculation_10000m wall_time ns 65e6; } >stdin
	expect 0 cmp-baseline -b base
	changes_are '.[0].verdict == "unchanged"'
	err_is 'cmp-baseline: the run is not complete'
	sed -i 's/"x86_64"/"aarch64"/' stdin
	expect 0 cmp-baseline -b base
	err_has 'not complete'
	changes_are '.[0] | .verdict == "incomparable" and
		.why == "the baseline is of x86_64-apple-darwin, this run of aarch64"'
	sed -i 's/"aarch64"/"x86_64"/;s/M1/M9/' stdin
	expect 0 cmp-baseline -b base
	err_has 'not complete'
	changes_are '.[0] | .verdict == "incomparable" and
		.why == "the baseline is of the processor Apple M1 Pro, this run of Apple M9 Pro"'
	expect 0 cmp-baseline -b base --any-machine
	err_has 'not complete'
	changes_are '.[0].verdict == "unchanged"'
	sed -i 's/"cpu": "Apple M1 Pro"/"cpu": "unknown"/' base
	expect 0 cmp-baseline -b base
	err_has 'not complete'
	changes_are '.[0].verdict == "unchanged"'
}

@test "cmp-baseline: a baseline of means that says too little" {
	s c wall_time ns 1e6 >stdin
	echo '{"baselines":{"c":{"mean_ns":1e6}}}' >base
	expect 0 cmp-baseline -b base
	changes_are '.[0] | .verdict == "incomparable" and (.why | test("no standard deviation"))'
	echo '{"baselines":{"c":{"mean_ns":1e6,"std_dev_ns":1,"sample_size":1}}}' >base
	expect 0 cmp-baseline -b base
	changes_are '.[0].verdict == "incomparable"'
	echo '{"baselines":{"c":{"mean_ns":1e6,"std_dev_ns":1e4,"sample_size":9}}}' >base
	echo '{"type":"summary","case":"c","metric":"wall_time","unit":"ns","value":1e6}' >stdin
	expect 0 cmp-baseline -b base
	changes_are '.[0] | .verdict == "incomparable" and
		.why == "the summary is of fewer than two values, or its error is beyond all bounds"'
	# What is summed up on both sides can be compared.
	echo '{"type":"summary","case":"c","metric":"wall_time","unit":"ns","value":2e6,"mean":2e6,"stddev":1e4,"n":20}' >stdin
	expect 1 cmp-baseline -b base
	changes_are '.[0] | .verdict == "regressed" and .method == "welch"'
	# Nothing varies: any difference is certain.
	echo '{"baselines":{"c":{"mean_ns":1e6,"std_dev_ns":0,"sample_size":9}}}' >base
	sed -i 's/"stddev":1e4/"stddev":0/' stdin
	expect 1 cmp-baseline -b base
	changes_are '.[0].verdict == "regressed"'
}

@test "cmp-baseline: a baseline of means that is none" {
	s c wall_time ns 1e6 >stdin
	check() { # TEXT MESSAGE
		printf '%s\n' "$1" >base
		expect 2 cmp-baseline -b base
		err_is "cmp-baseline: base: $2"
	}
	check '{"baselines":[]}' 'baselines is not an object'
	check '{"baselines":{"c":5}}' 'c: not an object'
	check '{"baselines":{"c":null}}' 'c: not an object'
	check '{"baselines":{"c":{}}}' 'c: mean_ns is missing, or zero'
	check '{"baselines":{"c":{"mean_ns":0}}}' 'c: mean_ns is missing, or zero'
	check '{"baselines":{"c":{"mean_ns":-1}}}' 'c: mean_ns is no number from 0 on'
	check '{"baselines":{"c":{"mean_ns":1,"sample_size":"9"}}}' \
		'c: sample_size is no number from 0 on'
	check $'{\n  "baselines": {\n' \
		"line 4: not JSON: string or '}' expected near end of file"
}

@test "cmp-baseline: a baseline of means: errors beyond all bounds" {
	s c wall_time ns 1e6 >stdin
	echo '{"baselines":{"c":{"mean_ns":1e-9,"std_dev_ns":1e200,"sample_size":10}}}' >base
	expect 0 cmp-baseline -b base
	changes_are '.[0] | .verdict == "incomparable" and .gating and
		(.why | startswith("the baseline has no standard deviation, or one that is beyond all bounds"))'
	echo '{"baselines":{"c":{"mean_ns":1e6,"std_dev_ns":1,"sample_size":10}}}' >base
	s c wall_time ns 1e6 '"se_block":1e160' >stdin
	expect 0 cmp-baseline -b base
	changes_are '.[0] | .verdict == "incomparable" and
		(.why | endswith("its error is beyond all bounds"))'
	# One whose square has no double.
	s c wall_time ns 1e6 '"se_block":1e100' >stdin
	expect 0 cmp-baseline -b base
	changes_are '.[0] | .verdict == "inconclusive"'
}

@test "cmp-baseline: a baseline of means: fewer than ten rounds prove nothing" {
	echo '{"baselines":{"c":{"mean_ns":1e6,"std_dev_ns":1e3,"sample_size":100}}}' >base
	echo '{"type":"summary","case":"c","metric":"wall_time","unit":"ns","value":1e6,"mean":1e6,"stddev":1e3,"n":9}' >stdin
	expect 3 cmp-baseline -b base --strict
	changes_are '.[0] | .verdict == "inconclusive" and .need_n == 10'
	sed -i 's/"n":9/"n":10/' stdin
	expect 0 cmp-baseline -b base --strict
	changes_are '.[0].verdict == "unchanged"'
}
