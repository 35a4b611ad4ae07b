#!/usr/bin/env bats
# ci/noise-table, of a run that never was.

load helper

summary() { # VARIANT METRIC UNIT VALUE STDDEV
	printf '{"type":"summary","case":"c/n=1","variant":"%s","metric":"%s","unit":"%s","value":%s,"mean":%s,"stddev":%s,"n":30}\n' \
		"$1" "$2" "$3" "$4" "$4" "$5"
}

verdict() { # METRIC SEVERITY CHANGE MDE
	printf '{"type":"verdict","kind":"change","case":"c/n=1","metric":"%s","severity":"%s","change":%s,"mde":%s,"n":30,"current":0.2}\n' \
		"$1" "$2" "$3" "$4"
}

prepare_test() {
	{
		echo '{"type":"run","time":"2026-11-21T01:30:00Z","host":{"cpu":"a cpu","cores":2}}'
		echo '{"type":"case","case":"c/n=1","metrics":[{"name":"time"},{"name":"spared","gate":false}]}'
		summary base time ns 1234567 12345
		summary head time ns 1 1
		summary base rate 1/s 98.76 1
		summary base noisy ns 1 1
		summary base time.exponent '' 0.2 0.02
		verdict time blocking -0.004 0.031
		verdict rate blocking 0.01 0.052
		verdict spared blocking 0.5 0.9
		verdict noisy info 0.5 0.9
		verdict time.exponent blocking 0.1 0.25
	} >verdicts
	printf '%s\n' before '<!-- noise-table: begin -->' old \
		'<!-- noise-table: end -->' after >readme
}

@test "noise-table: metrics that gate, in their place" {
	expect 1 "$TOP/ci/noise-table" -w -o readme verdicts
	grep -qx old readme
	expect 0 "$TOP/ci/noise-table" -o readme verdicts
	diff -u - readme >&2 <<-'END'
	before
	<!-- noise-table: begin -->
	Measured 2026-11-21 on a cpu, 2 cores, not virtualised.

	| case | metric | median | rounds | differs by | seen | finds |
	|---|---|---:|---:|---:|---:|---:|
	| c/n=1 | rate | 98.8 1/s | 30 | 1 % | 1 % | 5.2 % |
	| c/n=1 | time | 1.23 ms | 30 | 1 % | -0.4 % | 3.1 % |
	| c/n=1 | time.exponent | 0.2 | 30 | 10 % | 0.02 | 0.05 |
	<!-- noise-table: end -->
	after
	END
	expect 0 "$TOP/ci/noise-table" -w -o readme verdicts
}

@test "noise-table: what it cannot use is left alone" {
	cp readme before
	expect 2 "$TOP/ci/noise-table" -o readme nothing
	err_is 'ci/noise-table: cannot read nothing'
	grep -v '"variant":"base"' verdicts | grep -v verdict >one-sided
	expect 2 "$TOP/ci/noise-table" -o readme one-sided
	err_has 'not a run of two variants'
	cmp readme before
	grep -v end readme >open-ended
	expect 2 "$TOP/ci/noise-table" -o open-ended verdicts
	err_has 'there is no line <!-- noise-table: end -->'
}

@test "noise-table: of several runs the first that measured a case counts" {
	{
		sed -n 1p verdicts
		summary base time ns 9 9
		verdict time blocking 0.5 0.5
		summary base other ns 1000 1
		verdict other blocking 0.02 null
	} >second
	expect 0 "$TOP/ci/noise-table" -o readme verdicts second
	grep -qF '| c/n=1 | time | 1.23 ms | 30 | 1 % | -0.4 % | 3.1 % |' readme
	grep -qF '| c/n=1 | other | 1 us | 30 | 0.1 % | 2 % | - |' readme
}
