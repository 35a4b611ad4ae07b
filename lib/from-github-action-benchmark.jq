# A history of github-action-benchmark, its data.js, as runs with summaries:
#
#	jq -Rsc -f from-github-action-benchmark.jq data.js | hist-add
#
# --arg branch NAME and --arg arch NAME say what data.js does not. A run is all
# that was measured of a commit, in the order of time; where a suite was run
# again for a commit, that is a run more. Of a suite and the name of a benchmark
# in it a case is made, SUITE/bench=NAME, and of its unit a metric.

# Bytes as names of cases have them.
def escaped:
	@uri | gsub("!"; "%21") | gsub("~"; "%7E") | gsub("\\*"; "%2A") |
	gsub("'"; "%27") | gsub("\\("; "%28") | gsub("\\)"; "%29");

# The name of a workload.
def word:
	gsub("[^A-Za-z0-9_.-]+"; "_") | sub("^[^A-Za-z0-9]+"; "") | .[:100] |
	if . == "" then "suite" else . end;

# What the unit says: "ns/iter", "ops/sec". github-action-benchmark itself
# knows by the tool which direction is better.
def metric($tool):
	if test("^(ops|iter|req|op)s?/s(ec)?$") then
		{metric: "rate", unit: "ops/s", better: "higher"}
	elif test("^(ns|us|μs|µs|ms|s)(/(iter|op))?$") then
		{metric: "time", unit: (sub("/.*"; "") | sub("^[μµ]s$"; "us")),
			better: "lower"}
	else
		{metric: "value", unit: .,
			better: (if $tool | test("^(benchmarkjs|pytest|customBiggerIsBetter)$")
				then "higher" else "lower" end)}
	end;

# Each entry with the number of times that its suite had its commit before.
def numbered:
	reduce .[] as $entry ({seen: {}, all: []};
		$entry.commit.id as $id |
		.all += [$entry + {again: (.seen[$id] // 0)}] |
		.seen[$id] += 1) |
	.all;

def cases($run):
	.suite as $suite | .tool as $tool | .benches[] |
	select(.value | type == "number") |
	{case: "\($suite | word)/bench=\(.name | escaped)",
		workload: ($suite | word)} as $case |
	(.unit // "" | metric($tool)) as $metric |
	({type: "case"} + $case + {description: "\(.name), of \($suite)",
		params: {bench: .name},
		metrics: [{name: $metric.metric, unit: $metric.unit,
			better: $metric.better}]}),
	({type: "summary"} + $case + {run: $run, session: $run} + $metric +
		{aggregator: "mean", value} +
		(if .range then {range} else {} end) +
		(if .extra then {extra} else {} end));

# A later benchmark of one name and unit is the one that counts.
def records:
	(map(.date) | min / 1000 | floor | todate) as $time |
	.[0].commit as $commit |
	"\($time | gsub("[-:]"; ""))-\($commit.id[:12])" as $run |
	{type: "run", v: 1, run: $run, session: $run, time: $time,
		commit: $commit.id, tool: "github-action-benchmark",
		message: $commit.message, url: $commit.url} +
	($ARGS.named | {arch, branch} | with_entries(select(.value))),
	(.[] | cases($run)),
	{type: "end", run: $run, complete: true};

.[index("{"):] | fromjson | .entries | to_entries |
map(.key as $suite | .value | numbered | map(. + {suite: $suite})) | add |
group_by([.commit.id, .again]) |
sort_by([(map(.date) | min), .[0].commit.id])[] | records
