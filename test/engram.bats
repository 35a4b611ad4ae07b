#!/usr/bin/env bats
# The three kernels, judged as their own framework did.

load helper

prepare_test() {
	PATH=$TOP/workloads:$PATH
}

@test "benchmark_regression: slower, faster and new, in its words" {
	cat >baselines.json <<-'END'
	{"version": "1.0", "platform": "x86_64-unknown-linux-gnu",
	 "cpu": "unknown", "baselines": {
	    "vector_similarity_768d_1000c":
		{"mean_ns": 1000, "std_dev_ns": 10, "sample_size": 100},
	    "spreading_activation_1000n_100i":
		{"mean_ns": 900000000000, "std_dev_ns": 10, "sample_size": 100}}}
	END
	sed -i "s/x86_64/$(uname -m)/" baselines.json
	cp baselines.json before
	expect 1 benchmark_regression.sh -n 10
	out_has 'No baseline for decay_calculation_10000m, recording current performance'
	out_has '✗ Performance regressions detected'
	grep -qE '^REGRESSION: vector_similarity_768d_1000c is [0-9]+\.[0-9][0-9]% slower than baseline \([0-9]+ ns vs 1000 ns\)$' err
	grep -qE '^IMPROVEMENT: spreading_activation_1000n_100i is [0-9.]+% faster than baseline$' err
	ignore_err
	cmp baselines.json before
	# What is accepted is what was measured, and holds.
	expect 0 env UPDATE_BASELINES=1 benchmark_regression.sh -n 2
	out_has 'Baselines updated and saved to baselines.json'
	jq -e '.version == "1.0" and (.baselines | keys == [
		"decay_calculation_10000m", "spreading_activation_1000n_100i",
		"vector_similarity_768d_1000c"]) and
		(.baselines | map(.mean_ns > 1000 and .sample_size == 2) | all)' \
		baselines.json >/dev/null
}

@test "benchmark_regression: what it cannot use" {
	echo 'no json' >baselines.json
	expect 2 benchmark_regression.sh -n 2
	ignore_out
	ignore_err
	expect 2 benchmark_regression.sh -x
	ignore_err
	# Before anything runs.
	expect 2 benchmark_regression.sh -n x
	err_is 'benchmark_regression.sh: -n: not a whole number above 0: x'
	expect 2 benchmark_regression.sh -n 0
	err_has 'not a whole number above 0: 0'
	expect 2 benchmark_regression.sh a b
	err_has 'usage: '
}
