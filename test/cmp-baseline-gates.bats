#!/usr/bin/env bats
# cmp-baseline --gates: limits, budgets and targets of a file.

load helper

# The seed's file, as it stands there.
config() {
	cat >gates.json <<-'END'
	{
	  "gates": [
	    {
	      "name": "API Response Time",
	      "metric": "search_api.avg_time_ms",
	      "operator": "LessThan",
	      "threshold": 1000.0,
	      "severity": "Blocking"
	    },
	    {
	      "name": "Search Success Rate",
	      "metric": "search_api.success_rate",
	      "operator": "GreaterThanOrEqual",
	      "threshold": 99.0,
	      "severity": "Blocking"
	    }
	  ],
	  "fail_on_regression": true,
	  "regression_threshold_percent": 5.0,
	  "update_baseline_on_success": true,
	  "reporting": {
	    "json": true,
	    "html": true,
	    "markdown": true,
	    "upload_external": false
	  }
	}
	END
}

# s CASE METRIC UNIT VALUE [FIELDS]
s() {
	printf '{"type":"summary","case":"%s","metric":"%s","unit":"%s","value":%s%s}\n' \
		"$1" "$2" "$3" "$4" "${5:+,$5}"
}

gates_are() {
	out_json "map(select(.kind == \"gate\")) | $1"
}

result_is() {
	out_json "map(select(.type == \"result\"))[0] | $1"
}

# gate FIELDS: a file of one gate, about metric m of case c.
gate() {
	printf '{"gates":[{"metric":"c.m"%s}]}\n' "${1:+,$1}" >gates.json
}

@test "cmp-baseline: a gate file as it is elsewhere" {
	config
	{
		s search_api avg_time_ms ms 612
		s search_api success_rate % 99.5
	} >stdin
	expect 0 cmp-baseline --gates gates.json
	gates_are 'length == 2 and all(.[]; .verdict == "pass" and .gating) and
		(.[0] | .gate == "API Response Time" and .case == "search_api" and
		.metric == "avg_time_ms" and .operator == "<" and .limit == 1000 and
		.current == 612 and
		.why == "612 ms; must be < 1 s (API Response Time)")'
	result_is '.slo_compliance_percent == 100 and .update_baseline and
		.reporting == {json: true, html: true, markdown: true,
			upload_external: false}'
	{
		s search_api avg_time_ms ms 1000
		s search_api success_rate % 99
	} >stdin
	expect 1 cmp-baseline -g gates.json
	gates_are 'map(.verdict) == ["fail", "pass"]'
	result_is '.status == "fail" and .slo_compliance_percent == 50 and
		.update_baseline == false'
	# It is the statement of what is compared, too: 5 %, and it fails.
	printf '{"type":"baseline","case":"d","metric":"m","sessions":[%s]}\n' \
		'{"value":100},{"value":100},{"value":100},{"value":101},{"value":99}' >base
	s d m "" 120 '"n":10,"se_block":0.001' | sed 's/"unit":"",//' >stdin
	expect 1 cmp-baseline -b base -g gates.json
	err_has 'gates 1: this run has nothing named search_api.avg_time_ms'
	result_is '.counts.regressed == 1 and .counts.unknown == 2'
	sed 's/"fail_on_regression": true/"fail_on_regression": false/
		s/_percent": 5.0/_percent": 15/' gates.json >spares.json
	expect 0 cmp-baseline -b base -g spares.json
	ignore_err
	out_json 'any(.[]; .verdict == "regressed" and .threshold == 0.15 and
		(.gating | not))'
	expect 0 cmp-baseline -b base -g spares.json -t 30
	ignore_err
	out_json 'any(.[]; .metric == "m" and .threshold == 0.3)'
}

@test "cmp-baseline: gates: what a metric's name may stand for" {
	config
	# The mean of wall_time, and the share of good trials.
	{
		for status in ok ok ok exit; do
			printf '{"type":"trial","case":"search_api/q=1","status":"%s","phase":"measure"}\n' $status
		done
		printf '{"type":"trial","case":"search_api/q=1","status":"exit","phase":"warmup"}\n'
		s search_api/q=1 wall_time ns 3e8 '"n":3,"values":[3e8,2e8,7e8]'
	} >stdin
	expect 1 cmp-baseline -g gates.json
	gates_are '(.[0] | .verdict == "pass" and .current == 4e8 and
		.limit == 1e9 and .unit == "ns" and .metric == "wall_time" and
		.statistic == "mean") and
		(.[1] | .verdict == "fail" and .current == 75 and .n == 4)'
	# Every case of the workload; CASE.METRIC is that one.
	{
		s w/a=1 m ms 1
		s w/a=2 m ms 2
		s v m ms 3
	} >stdin
	printf '{"budgets":{"w.m":"<1.5ms","w/a=2.m":"<= 2 ms","m":"<2500us","w":"<1s"}}\n' >gates.json
	expect 1 cmp-baseline -g gates.json
	err_is 'cmp-baseline: gates.json: budgets 4: this run has nothing named w'
	gates_are 'map([.case, .metric, .verdict, .limit]) == [
		["w/a=1", "m", "pass", 1.5], ["w/a=2", "m", "fail", 1.5],
		["w/a=2", "m", "pass", 2],
		["w/a=1", "m", "pass", 2.5], ["w/a=2", "m", "pass", 2.5],
		["v", "m", "fail", 2.5],
		["w/a=1", "wall_time", "unknown", 1], ["w/a=2", "wall_time", "unknown", 1]]'
	# A workload's name may have dots.
	s a.b m.n ms 1 >stdin
	printf '{"budgets":{"a.b.m.n":"<2ms"}}\n' >gates.json
	expect 0 cmp-baseline -g gates.json
	gates_are 'map(.verdict) == ["pass"]'
}

@test "cmp-baseline: gates: a workload's limit is not about how fast it grows" {
	printf '{"gates":[{"metric":"%s","operator":"<=","threshold":%s}]}\n' \
		w.time 9 >gates.json
	{
		s 'w/n=1' time ms 3 '"workload":"w"'
		s 'w/n=2' time ms 5 '"workload":"w"'
		s 'w/n=*' time.exponent '' 0.7 '"workload":"w"'
	} >stdin
	expect 0 cmp-baseline --gates gates.json
	gates_are 'map(.case) == ["w/n=1", "w/n=2"] and all(.verdict == "pass")'
	sed -i 's/w.time/w.time.exponent/' gates.json
	expect 0 cmp-baseline --gates gates.json
	gates_are 'map(select(.verdict == "pass").case) == ["w/n=*"]'
}

@test "cmp-baseline: budgets say a statistic, a number and a unit" {
	s hot_reload wall_time ns 2e9 '"n":4,"values":[1e9,2e9,2e9,4e9]' >stdin
	check() { # BUDGET JQ
		jq -n --arg b "$1" '{budgets: {hot_reload: $b}}' >gates.json
		expect "$2" cmp-baseline -g gates.json
		gates_are "length == 1 and (.[0] | $3)"
	}
	check '<3s p95' 1 '.statistic == "p95" and .limit == 3e9 and
		(.current - 3.7e9 | fabs) < 1 and .verdict == "fail" and
		.why == "3.700 s; must be < 3 s for its p95"'
	check 'p95 < 4 s' 0 '.verdict == "pass"'
	check '<3s' 0 '.current == 2e9 and (has("statistic") | not)'
	check '2.5 s' 0 '.operator == "<="'
	check 'avg <= 2250ms' 0 '.current == 2.25e9 and .statistic == "mean"'
	check 'max < 4s' 1 '.current == 4e9'
	check 'min >= 1s' 0 '.current == 1e9'
	check 'median<2.1s' 0 '.current == 2e9'
	check 'p99.9 < 4 s' 0 '.current < 4e9 and .current > 3.9e9'
	# Without values, what the summary says.
	s hot_reload wall_time ns 2e9 '"p95":5e9' >stdin
	check '<3s p95' 1 '.current == 5e9'
	check 'p75 < 3s' 0 '.verdict == "unknown" and .gating'
	for bad in '' 'fast' '<' '< s' '< 1 s s' '<< 1' 'p95 p99 < 1' '1 < 2' 'p101 < 1' \
		'<0x10 s' '< -0X1p3 s' '< inf s' '< nan'; do
		jq -n --arg b "$bad" '{budgets: {x: $b}}' >gates.json
		expect 2 cmp-baseline -g gates.json
		err_has 'gates.json: budgets 1: x is neither a number nor a limit'
	done
}

@test "cmp-baseline: a limit that is of another dimension than its metric" {
	s hot_reload wall_time ns 2e9 >stdin
	printf '{"budgets":{"x":"<1s","hot_reload":"< 3 MB"}}' >gates.json
	expect 2 cmp-baseline -g gates.json
	err_has 'cmp-baseline: gates.json: budgets 2: the limit is in MB, and hot_reload wall_time was measured in ns'
	out_json 'all(.[]; .type != "result")'
	printf '{"gates":[{"metric":"hot_reload","operator":"<","threshold":3,"unit":"MB"}]}' >gates.json
	expect 2 cmp-baseline -g gates.json
	err_is 'cmp-baseline: gates.json: gates 1: the limit is in MB, and hot_reload wall_time was measured in ns'
	ignore_out
	printf '{"targets":[{"metric":"m","targets":{"x":"3 s"}}]}' >gates.json
	printf '{"type":"summary","case":"c","metric":"m","value":1}\n' >stdin
	expect 2 cmp-baseline -g gates.json
	err_is 'cmp-baseline: gates.json: targets 1: the limit is in s, and c m was measured in no unit'
	ignore_out
}

@test "cmp-baseline: targets have a day or a milestone, and where they began" {
	cat >gates.json <<-'END'
	{"targets": [
	  {"metric": "cache_lookup", "baseline": "500ms",
	   "targets": {"2026-02-01": "<100ms", "week 12": "<80ms"}},
	  {"metric": "parallel_batch", "baseline": "4000 ms",
	   "targets": {"week 4": "<1000ms"}}
	]}
	END
	{
		printf '{"type":"run","run":"r","time":"2026-03-01T00:00:00Z"}\n'
		s cache_lookup wall_time ns 85e6
		s parallel_batch wall_time ns 948e6
		printf '{"type":"end","complete":true}\n'
	} >stdin
	expect 0 cmp-baseline -g gates.json
	gates_are 'map([.verdict, .severity, .by, .gating]) == [
		["pass", "blocking", "2026-02-01", true],
		["fail", "info", "week 12", false],
		["pass", "info", "week 4", false]] and
		.[0].start == 5e8 and .[0].improvement == 0.83 and
		(.[0].why == "85 ms; must be < 100 ms by 2026-02-01; 83.0 % better than the 500 ms it began with")'
	# Each metric counts once: (83 + 76.3) / 2.
	result_is '.improvement_percent == 79.65 and .slo_compliance_percent == 100'
	expect 1 cmp-baseline -g gates.json --reached 'week 12'
	gates_are '.[1].gating'
	sed -i 's/2026-03/2026-01/;s/85e6/600e6/' stdin
	expect 0 cmp-baseline -g gates.json
	gates_are '.[0].verdict == "fail" and (.[0].gating | not) and
		(.[0].why | endswith("20.0 % worse than the 500 ms it began with"))'
}

@test "cmp-baseline: gates: operators and severities" {
	s c m ms 10 >stdin
	for pair in 'LessThan 1' 'LessThanOrEqual 0' 'GreaterThan 1' \
		'GreaterThanOrEqual 0' 'Equal 0' 'NotEqual 1' '< 1' '<= 0' \
		'> 1' '>= 0' '== 0' '!= 1' 'lessthan 1'; do
		gate '"operator":"'"${pair% *}"'","threshold":10'
		expect "${pair#* }" cmp-baseline -g gates.json
		ignore_out
	done
	for severity in Warning Info warning; do
		gate '"operator":"<","threshold":1,"severity":"'$severity'"'
		expect 0 cmp-baseline -g gates.json
		gates_are '.[0] | .verdict == "fail" and (.gating | not)'
	done
	# A target of gates is that of the run.
	gate '"operator":"<","threshold":1,"target":"big"'
	expect 0 cmp-baseline -g gates.json
	gates_are 'length == 0'
	expect 1 cmp-baseline -g gates.json -T big
	gates_are '.[0].target == "big"'
}

@test "cmp-baseline: gates: the base variant is spared, and a skipped case is not known" {
	{
		s c m ms 20 '"variant":"base"'
		s c m ms 10 '"variant":"head"'
		printf '{"type":"trial","case":"d","status":"skipped"}\n'
	} >stdin
	printf '{"budgets":{"c.m":"<15ms","d.m":"<1ms"}}\n' >gates.json
	expect 0 cmp-baseline -g gates.json
	gates_are 'map([.variant, .verdict]) ==
		[["head", "pass"], [null, "unknown"]] and
		(.[1].why | endswith("but its case was skipped"))'
}

@test "cmp-baseline: a gate that this run cannot judge" {
	s c m ms 10 >stdin
	printf '{"budgets":{"serch.m":"<15ms"}}\n' >gates.json
	expect 0 cmp-baseline -g gates.json
	gates_are '.[0] | .verdict == "unknown" and .gating and
		.why == "must be < 15 ms, but this run has nothing of that name"'
	err_is 'cmp-baseline: gates.json: budgets 1: this run has nothing named serch.m'
	result_is '.status == "inconclusive"'
	expect 3 cmp-baseline --strict -g gates.json
	ignore_out
	ignore_err
	printf '{"budgets":{"c.m":"<15ms","c.n":"<15ms"}}\n' >gates.json
	expect 0 cmp-baseline -g gates.json
	err_is 'cmp-baseline: gates.json: budgets 2: this run has nothing named c.n'
	gates_are 'map(.verdict) == ["pass", "unknown"]'
	# Where its case was skipped, that is why.
	printf '{"type":"trial","case":"d","status":"skipped"}\n' >>stdin
	printf '{"budgets":{"d.n":"<15ms"}}\n' >gates.json
	expect 0 cmp-baseline -g gates.json
	gates_are 'map(.verdict) == ["unknown"]'
}

@test "cmp-baseline: gates: min_slo_percent" {
	s c m ms 10 >stdin
	printf '{"gates":[{"metric":"c.m","operator":"<","threshold":1,"severity":"Warning"}],"min_slo_percent":95}\n' >gates.json
	expect 1 cmp-baseline -g gates.json
	result_is '.slo_compliance_percent == 0'
	expect 0 cmp-baseline -g gates.json --min-slo 0
	ignore_out
}

@test "cmp-baseline: --check looks at the gate file, and at nothing else" {
	config
	expect 0 cmp-baseline --gates gates.json --check
	cp gates.json stdin
	expect 0 cmp-baseline --gates - --check
	given '{"budgets":{"a":"<< 1"}}'
	expect 2 cmp-baseline --gates - --check
	err_has 'cmp-baseline: <stdin>: budgets 1: a is neither a number nor a limit'
	given '{"regression_threshold_percent":0.5}'
	expect 2 cmp-baseline --gates - --check
	err_has 'the margin, 1 %, is above the threshold, 0.5 %'
	expect 0 cmp-baseline --gates - --check --margin 0.2
}

@test "cmp-baseline: a gate file that is none" {
	s c m ms 10 >stdin
	check() { # TEXT MESSAGE
		printf '%s\n' "$1" >gates.json
		expect 2 cmp-baseline -g gates.json
		err_is "cmp-baseline: gates.json: $2"
	}
	for text in '' ' ' '[]' 5 '"x"' null; do
		check "$text" 'not a JSON object'
	done
	check $'{\n"gates": [\n}' \
		"line 3: not JSON: unexpected token near '}'"
	check '{"gate":[]}' 'unknown key: gate'
	check '{"gates":{}}' 'gates is not a list'
	check '{"gates":[1]}' 'gates 1: not an object'
	check '{"gates":[{"metric":"m","operator":"<","threshold":1},{}]}' \
		'gates 2: metric is missing'
	check '{"gates":[{"metric":"","operator":"<","threshold":1}]}' \
		'gates 1: metric is empty'
	check '{"budgets":{"m":"< 1","":"< 1"}}' 'budgets 2: metric is empty'
	for by in 2026-2-1 2026-13-45 2026-02-31 ''; do
		check '{"gates":[{"metric":"m","operator":"<","threshold":1,"by":"'"$by"'"}]}' \
			"gates 1: by is neither a date, YYYY-MM-DD, nor a milestone: $by"
		check '{"targets":[{"metric":"m","targets":{"2026-02-01":1,"'"$by"'":"1 MB"}}]}' \
			"targets 1: by is neither a date, YYYY-MM-DD, nor a milestone: $by"
	done
	check '{"gates":[{"metric":"m","threshold":1}]}' \
		'gates 1: operator is missing'
	check '{"gates":[{"metric":"m","operator":"<"}]}' \
		'gates 1: threshold is missing'
	check '{"gates":[{"metric":"m","operator":"Under","threshold":1}]}' \
		'gates 1: unknown operator: Under'
	check '{"gates":[{"metric":"m","operator":"<","threshold":1,"severty":"Info"}]}' \
		'gates 1: unknown key: severty'
	check '{"gates":[{"metric":"m","operator":"<","threshold":1,"severity":"Fatal"}]}' \
		'gates 1: severity is none of Blocking, Warning and Info: Fatal'
	check '{"gates":[{"metric":"m","operator":"<","threshold":1,"statistic":"mode"}]}' \
		'gates 1: unknown statistic: mode'
	check '{"gates":[{"metric":1}]}' 'gates 1: metric is not a text'
	check '{"budgets":[]}' 'budgets is not an object'
	check '{"targets":[{"metric":"m"}]}' 'targets 1: targets is not an object'
	check '{"targets":[{"metric":"m","baseline":"1 s","targets":{"x":"1 MB"}}]}' \
		'targets 1: baseline is in s, and the limit in MB'
	check '{"fail_on_regression":1}' 'fail_on_regression is not true or false'
	check '{"regression_threshold_percent":"5"}' \
		'regression_threshold_percent is not a number'
	check '{"regression_threshold_percent":0}' \
		'regression_threshold_percent: must be from 0.01 to 1000'
	check '{"min_slo_percent":101}' 'min_slo_percent: must be from 0 to 100'
	check '{"min_slo_percent":-1}' 'min_slo_percent: must be from 0 to 100'
	check '{"reporting":[]}' 'reporting is not an object'
	expect 2 cmp-baseline -g nowhere
	err_is 'cmp-baseline: nowhere: No such file or directory'
	expect 2 cmp-baseline -g -
	err_has 'stdin is the gates, and something else'
	printf '{"budgets":{"c.m":"<15ms"}}' >gates.json
	s c m ms 10 >run
	cp gates.json stdin
	expect 0 cmp-baseline -g - run
	gates_are '.[0].verdict == "pass"'
}
