#!/usr/bin/env bats
# stat-agg: many lines, parts of a stream, and lines read by their shape.

load helper

# Samples of two cases, N lines in each of ROUNDS rounds, one of two units, as
# the metric lat; and a metric of one line a round.
#	samples N ROUNDS [SEED]
samples() {
	awk -v n="$1" -v rounds="$2" -v seed="${3-1}" 'BEGIN {
		srand(seed)
		line = "{\"type\":\"sample\",\"case\":\"c%d\",\"variant\":\"%s\"," \
			"\"round\":%d,\"metric\":\"%s\",\"unit\":\"%s\",\"value\":%s}\n"
		for (r = 1; r <= rounds; r++)
			for (c = 9; c <= 10; c++) {
				printf(line, c, "head", r, "wall_time", "ns",
					1000000 + int(1000 * rand()))
				for (i = 0; i < n; i++)
					printf(line, c, i % 2 ? "head" : "base", r,
						"lat", "us", exp(3 * rand() + c) "")
			}
	}'
}

# A sample without a round: loose METRIC VALUE ...
loose() {
	local metric=$1

	shift
	printf '{"case":"c","metric":"'"$metric"'","value":%s}\n' "$@"
}

# Nothing was said, but perhaps that lines without a round are too many.
only_of_loose() {
	ignore_err
	run ! grep -v 'more than 10000 samples without a round' err
}

# The whole is what stat-agg makes of stdin; its parts, of so many lines each,
# are merged in reverse.
#	merges_alike LINES
merges_alike() {
	rm -f part.*
	split -a 4 -l "$1" stdin part.
	expect 0 stat-agg
	only_of_loose
	mv out want
	for part in part.????; do
		stat-agg --partial "$part" >"$part.partial" || return 1
	done
	expect 0 bash -c 'stat-agg --merge $(ls -r part.*.partial)'
	only_of_loose
	ignore_out
	if [ -n "${2-}" ]; then
		grep "$2" want >w
		grep "$2" out >o
		cmp w o
	else
		cmp want out
	fi
}

@test "stat-agg --merge: few lines, exact, in any order" {
	samples 20 10 >stdin
	merges_alike 1000
	merges_alike 37
	merges_alike 1
}

@test "stat-agg --merge: more lines than are kept, in any order" {
	samples 1500 10 >stdin
	expect 0 stat-agg
	out_json 'map(select(.metric == "lat")) | length == 4 and
		all(.[]; .lines == 7500 and (has("error") | not))'
	samples 4000 10 >stdin
	expect 0 stat-agg
	out_json 'map(select(.metric == "lat")) | length == 4 and
		all(.[]; .lines == 20000 and .error == 0.001 and
		(.values | length) == 10)'
	merges_alike 30000
	merges_alike 7001
	merges_alike 999
}

@test "stat-agg --merge: each aggregator, exact and not" {
	local aggregator n

	for n in 300 2500; do
		samples "$n" 9 >lines
		for aggregator in mean median percentile_99.5 min max sum \
			count stddev geometric_mean last rate; do
			{
				printf '{"type":"case","case":"c9","metrics":[{"name":"x","from":"lat","aggregator":"%s"}]}\n' \
					"$aggregator"
				for r in 1 2 3 4 5 6 7 8 9; do
					for v in base head; do
						printf '{"type":"trial","case":"c9","variant":"%s","round":%d,"status":"ok","elapsed":%d}\n' \
							$v $r $((r * 1000003))
					done
				done
				cat lines
			} >stdin
			merges_alike 2001 '"summary"' || {
				echo "$aggregator, $n" >&2
				return 1
			}
		done
	done
}

@test "stat-agg: what a sketch says is as near as its error" {
	local aggregator

	samples 4000 3 >lines
	for aggregator in mean median percentile_99 percentile_1 min max sum \
		count stddev geometric_mean last; do
		{
			printf '{"type":"case","case":"c9","metrics":[{"name":"x","from":"lat","aggregator":"%s"}]}\n' \
				"$aggregator"
			grep '"c9"' lines | grep '"lat"'
		} >stdin
		# 6000 lines of each variant in three rounds: exact.
		expect 0 stat-agg
		jq -c 'select(.type == "summary") | .values[]' out >want
		ignore_out
		# The same lines, and others in another round: no longer.
		sed -n 's/"round":1,/"round":4,/p' stdin >others
		cat others others others >>stdin
		expect 0 stat-agg
		jq -c 'select(.type == "summary") | .values[:3][]' out >have
		ignore_out
		paste want have | awk -v a="$aggregator" '
			BEGIN { most = a ~ /median|percentile/ ? 0.001 : 1e-12 }
			{ d = $1 - $2; if (d < 0) d = -d }
			d > most * $1 { print a ": " $0; bad = 1 }
			END { exit bad || NR != 6 }' || {
			paste want have >&2
			return 1
		}
	done
}

@test "stat-agg: --error" {
	samples 8000 3 >stdin
	expect 0 stat-agg --error 0.02
	out_json 'map(select(.metric == "lat")) | all(.[]; .error == 0.02)'
	expect 2 stat-agg --error 0.5
	err_has '--error: must be from 0.0001 to 0.05: 0.5'
	stat-agg --partial --error 0.02 stdin >partial
	expect 2 stat-agg --merge partial
	err_is 'stat-agg: partial:1: sketches with an error of 0.02 do not merge with those of 0.001: see --error'
	expect 0 stat-agg --error 0.02 stdin
	mv out want
	expect 0 stat-agg --merge --error 0.02 partial
	ignore_out
	cmp want out
}

@test "stat-agg: more lines without a round than are kept are a sketch" {
	seq 10000 | sed 's/.*/{"case":"c","metric":"m","value":&}/' >stdin
	expect 0 stat-agg
	out_json '.[0] | .n == 10000 and (.values | length) == 10000 and
		(has("sketch") or has("error") | not)'
	loose m 10001 >>stdin
	expect 0 stat-agg --quantile 0.999
	err_is 'stat-agg: case c: metric m: more than 10000 samples without a round: no change in them can be shown; give them rounds'
	out_json '.[0] | .n == 10001 and .lines == 10001 and .mean == 5001 and
		.min == 1 and .max == 10001 and .error == 0.001 and
		(.stddev / 2887.1843 - 1 | fabs) < 1e-7 and
		(.value / 5001 - 1 | fabs) <= 0.001 and
		(.p99 / 9901 - 1 | fabs) <= 0.001 and
		(.ci[0] / 4903 - 1 | fabs) <= 0.001 and
		(.quantiles[0].value / 9991 - 1 | fabs) <= 0.001 and
		.sketch.error == 0.001 and
		(.sketch.positive.counts | add) == 10001 and
		(has("values") or has("rounds") or has("r1") | not)'
	shuf --random-source=<(yes) stdin >shuffled
	expect 0 stat-agg
	only_of_loose
	mv out want
	expect 0 stat-agg shuffled
	only_of_loose
	ignore_out
	cmp want out
	merges_alike 3000
}

@test "stat-agg: what a sketch of lines without a round cannot be" {
	seq 10001 | sed 's/.*/{"case":"c","metric":"m","value":&}/' >lines
	for aggregator in rate:2 stddev:0 count:0 geometric_mean:0 sum:0; do
		{
			printf '{"type":"case","case":"c","metrics":[{"name":"m","aggregator":"%s"}]}\n' \
				"${aggregator%:*}"
			cat lines
		} >stdin
		expect "${aggregator#*:}" stat-agg
		[ ${aggregator#*:} != 0 ] || [ $aggregator = stddev:0 ] ||
			only_of_loose
		case $aggregator in
		rate:*)
			ignore_out
			err_is 'stat-agg: case c: metric m: a rate needs samples that say their round'
			;;
		stddev:*)
			err_is 'stat-agg: case c: metric m has no summary: its stddev needs two lines in every round'
			out_json 'map(.type) == ["case"]'
			;;
		count:*) out_json '.[1] | .value == 1 and .n == 10001' ;;
		*) out_json '.[1] | .n == 10001 and .mean == 5001' ;;
		esac
	done
}

@test "stat-agg: zeros and values below zero in a sketch" {
	seq -6000 6000 | sed 's/.*/{"case":"c","metric":"m","value":&}/' >stdin
	expect 0 stat-agg
	only_of_loose
	out_json '.[0] | .value == 0 and .mean == 0 and .min == -6000 and
		.max == 6000 and .sketch.zeros == 1 and
		(.sketch.negative.counts | add) == 6000 and
		(.p90 / 4800 - 1 | fabs) <= 0.001'
	merges_alike 5000
}

@test "stat-agg: units in a sketch are converted" {
	{
		echo '{"type":"case","case":"c","metrics":[{"name":"m","unit":"ms","aggregator":"max"},{"name":"p","from":"m","unit":"ms","aggregator":"median"}]}'
		seq 12000 | sed 's/.*/{"case":"c","metric":"m","round":1,"unit":"us","value":&}/'
		echo '{"case":"c","metric":"m","round":1,"unit":"s","value":1}'
		echo '{"case":"c","metric":"m","round":2,"unit":"s","value":1.5}'
	} >stdin
	expect 0 stat-agg
	out_json '(.[1] | .values == [1000, 1500] and .lines == 12002) and
		(.[2].values | (.[0] / 6.001 - 1 | fabs) <= 0.001 and
		.[1] == 1500)'
}

@test "stat-agg: several units in a sketch, in any order of the lines" {
	awk 'BEGIN { srand(7); split("s ms us", u); for (i = 0; i < 33000; i++) {
		k = int(3 * rand())
		printf("{\"case\":\"c\",\"metric\":\"m\",%s\"unit\":\"%s\",\"value\":%.17g}\n",
			i % 3 ? "\"round\":" i % 7 "," : "",
			u[k + 1], exp(rand()) * 1000 ^ k)
	} }' >lines
	for aggregator in mean sum stddev geometric_mean median; do
		printf '{"type":"case","case":"c","metrics":[{"name":"m","unit":"ms","aggregator":"%s"}]}\n' \
			$aggregator >case
		# Of lines without a round there is no deviation.
		if [ $aggregator = stddev ]; then
			grep round lines >some
		else
			cp lines some
		fi
		expect 0 stat-agg case some
		only_of_loose
		mv out want
		for seed in 1 2; do
			shuf --random-source=<(yes $seed) some >shuffled
			expect 0 stat-agg case shuffled
			only_of_loose
			ignore_out
			cmp want out
			head -n 11000 shuffled | cat case - |
				stat-agg --partial --part p1 >a
			tail -n +11001 shuffled | stat-agg --partial --part p2 >b
			expect 0 bash -c "stat-agg --merge b a"
			only_of_loose
			ignore_out
			cmp <(grep summary want) <(grep summary out)
		done
	done
}

@test "stat-agg --merge: lines without a round are in the order of their parts" {
	loose m 5 3 8 1 9 2 7 4 6 10 12 11 >stdin
	expect 0 stat-agg
	out_json '.[0].values == [5, 3, 8, 1, 9, 2, 7, 4, 6, 10, 12, 11]'
	merges_alike 5
	merges_alike 1
	# What is not called by a file is called by --part, else as it comes.
	head -n 6 stdin | stat-agg --partial --part run9 >a
	tail -n 6 stdin | stat-agg --partial --part run10 >b
	expect 0 stat-agg --merge b a
	ignore_out
	cmp want out
	head -n 6 stdin | stat-agg --partial >a
	tail -n 6 stdin | stat-agg --partial >b
	expect 0 stat-agg --merge a b
	ignore_out
	cmp want out
	cat a b >stdin
	expect 0 stat-agg --merge
	ignore_out
	cmp want out
}

@test "stat-agg --merge: partials of partials" {
	samples 3000 6 >stdin
	loose m 1 5 2 8 3 9 4 >>stdin
	expect 0 stat-agg
	mv out want
	split -n l/5 stdin part.
	for part in part.??; do
		stat-agg --partial "$part" >"$part.p"
	done
	stat-agg --partial --merge part.ae.p part.aa.p >left
	stat-agg --partial --merge part.ac.p part.ad.p part.ab.p >right
	expect 0 stat-agg --merge right left
	ignore_out
	cmp want out
}

@test "stat-agg --merge: all that a run has, cut anywhere" {
	{
		echo '{"type":"run","run":"r","session":"s","machine":"k"}'
		echo '{"type":"case","case":"c9","id":"9","metrics":[{"name":"lat","aggregator":"percentile_99"},{"name":"good","aggregator":"success_rate"}]}'
		samples 30 12 | awk '{ print } NR % 40 == 0 {
			printf("{\"type\":\"trial\",\"case\":\"c9\",\"round\":%d,\"status\":\"%s\",\"elapsed\":5}\n",
			NR, NR % 80 ? "ok" : "exit") }'
		echo '{"type":"end","run":"r","complete":true}'
	} >stdin
	for n in 400 100 33; do
		merges_alike $n '"summary"'
	done
	# In their own order they are the whole, and end comes last.
	expect 0 bash -c 'stat-agg --merge part.????.partial'
	ignore_out
	cmp want out
	out_json 'map(select(.type == "summary")) | all(.[]; .session == "s" and .machine == "k")'
}

@test "stat-agg --partial: passes what it does not consume; end comes last" {
	given '{"type":"run","run":"r"}' '{"type":"end","run":"r"}' \
		'{"case":"c","metric":"m","value":1}' '{"type":"note"}'
	expect 0 stat-agg --partial
	out_json 'map(.type) == ["run", "note", "partial", "end"] and
		.[2].run == "r" and .[2].lines[0].value == [1]'
}

@test "stat-agg --merge: of which of several runs" {
	loose m 1 >a
	printf '%s\n' '{"type":"run","run":"r1"}' >b
	loose m 2 >>b
	printf '%s\n' '{"type":"run","run":"r2"}' >c
	loose m 3 >>c
	for f in a b c; do stat-agg --partial $f >$f.p; done
	expect 0 stat-agg --merge a.p b.p
	out_json 'map(select(.type == "summary")) |
		map([.run, .values]) == [["r1", [1, 2]]]'
	expect 0 stat-agg --merge b.p c.p
	out_json 'map(select(.type == "summary")) |
		map([.run, .values]) == [["r1", [2]], ["r2", [3]]]'
	expect 0 stat-agg --merge c.p a.p b.p
	err_is 'stat-agg: cases of no run, and several runs that they could be of: each part must begin with its run'
	out_json 'map(select(.type == "summary")) | map([.run, .values]) ==
		[[null, [1]], ["r1", [2]], ["r2", [3]]]'
}

@test "stat-agg --merge: reads samples, too" {
	samples 40 5 >stdin
	expect 0 stat-agg
	mv out want
	head -n 100 stdin | stat-agg --partial >a
	tail -n +101 stdin >b
	expect 0 stat-agg --merge b a
	ignore_out
	cmp want out
}

@test "stat-agg: a partial without --merge, and one that is damaged" {
	local damage

	samples 2500 9 | grep '"base"' | stat-agg --partial >good
	expect 2 stat-agg good
	err_is 'stat-agg: good:1: a partial: --merge reads it'
	for damage in 's/"n":1250,/"n":1251,/' 's/"low":/"low":0.5/' \
		's/"part":0/"part":7/' 's/"part":0/"part":-1/' \
		's/"counts":\[/"counts":[-1,/' 's/"counts":\[/"counts":["1",/' \
		's/"digits":\[/"digits":[5e9,/' 's/"min":/"min":1e9/' \
		's/"sum":/"sun":/' 's/"order":/"order":1e30/' \
		's/"parts":\[""\]/"parts":[]/' 's/"round":/"rouns":/' \
		's/"error":0.001,"zeros"/"error":0.01,"zeros"/;s/"sketch":{"error":0.001/"sketch":{"error":0.01/'; do
		sed "$damage" good >bad
		cmp -s good bad && {
			echo "nothing to damage: $damage" >&2
			return 1
		}
		expect 2 stat-agg --merge bad
		ignore_out
		err_has 'stat-agg: bad:1: '
	done
	samples 5 2 | stat-agg --partial >good
	for damage in 's/"value":\[/"value":[1,/' 's/"value":\[/"value":[1e300,/' \
		's/"round":\[/"round":[1,/' 's/"value":/"values":/'; do
		sed "$damage" good >bad
		expect 2 stat-agg --merge bad
		ignore_out
		err_has 'stat-agg: bad:1: '
	done
}

@test "stat-agg --merge: a partial that was cut short" {
	local n

	samples 3 2 | tee whole | stat-agg --partial >good
	n=$(wc -l <good)
	[ "$n" -eq 6 ]
	for i in 1 2 5; do
		head -n $i good >short
		expect 2 stat-agg --merge short
		ignore_out
		err_is "stat-agg: short: cut short: it has $i of 6 partials"
		# It is noticed where another file follows, or another partial.
		expect 2 stat-agg --merge short good
		ignore_out
		err_is "stat-agg: short: cut short: it has $i of 6 partials"
		cat short good >both
		expect 2 stat-agg --merge both
		ignore_out
		err_is "stat-agg: both: cut short: it has $i of 6 partials"
	done
	sed 3d good >short
	expect 2 stat-agg --merge short
	ignore_out
	err_is 'stat-agg: short:3: partial 4 of 6, where 3 was to come'
	sed 1d good >short
	expect 2 stat-agg --merge short
	err_is 'stat-agg: short:1: partial 2 of 6, where 1 was to come'
	for bytes in 10 100 1200; do
		head -c $bytes good >short
		expect 2 stat-agg --merge short
		ignore_out
		err_has 'stat-agg: short:'
		err_has ': not JSON'
	done
	expect 0 stat-agg whole
	mv out want
	expect 0 stat-agg --merge good
	ignore_out
	cmp want out
}

@test "stat-agg --merge: the same part twice" {
	local n

	# As lines, and as what they come to.
	for n in 10 3000; do
		samples $n 5 >x
		samples $n 4 9 | sed 's/"round":/"round":1/' >y
		for part in x y; do
			stat-agg --partial $part >$part.p
			cp $part.p $part.copy
		done
		expect 0 stat-agg --merge x.p y.p
		ignore_out
		expect 2 stat-agg --merge x.p y.p x.p
		ignore_out
		err_is 'stat-agg: x.p: to be merged twice'
		expect 2 stat-agg --merge x.p y.p x.copy
		ignore_out
		err_is 'stat-agg: part x: it has been read before; see --part'
		# Also where it is a part of something larger.
		stat-agg --partial --merge x.p y.p >xy.p
		expect 2 stat-agg --merge xy.p y
		ignore_out
		err_is 'stat-agg: part y: it has been read before; see --part'
		# The same name of another session is another part.
		{ echo '{"type":"run","run":"r1"}'; cat x; } >x1
		{ echo '{"type":"run","run":"r2"}'; cat x; } >x2
		for i in 1 2; do stat-agg --partial --part x x$i >x$i.p; done
		expect 0 stat-agg --merge x1.p x2.p
		ignore_out
		# Several files that are called the same are one part.
		expect 0 stat-agg --partial --part z x y
		mv out z.p
		expect 0 stat-agg x y
		mv out want
		expect 0 stat-agg --merge z.p
		ignore_out
		cmp want out
	done
}

# The groups of other units become as pooled as the large one.
@test "stat-agg: the last line, of several units and parts" {
	{
		echo '{"type":"case","case":"c","metrics":[{"name":"m","unit":"ms","aggregator":"last"}]}'
		seq 10001 | sed 's/.*/{"case":"c","metric":"m","round":1,"unit":"us","value":&}/'
	} >b10
	loose m 1 2 3 | sed 's/"m",/&"round":1,"unit":"s",/' >b9
	loose m 6 7 | sed 's/"m",/&"round":1,"unit":"s",/' >b11
	for files in 'b9 b10' 'b10 b9'; do
		# shellcheck disable=SC2086
		expect 0 stat-agg --merge $files
		out_json 'map(select(.type == "summary"))[0].value == 10.001'
	done
	expect 0 stat-agg --merge b11 b10 b9
	out_json 'map(select(.type == "summary"))[0].value == 7000'
}

# --- lines read by their shape ---

# Both ways must say the same, of good lines and of bad.
same_strictly() {
	local status=0 strict=0

	stat-agg "$1" >fast.out 2>fast.err || status=$?
	stat-agg --strict "$1" >strict.out 2>strict.err || strict=$?
	[ $status -eq $strict ] && [ $status -le 2 ] &&
		cmp fast.out strict.out && cmp fast.err strict.err
}

@test "stat-agg --strict: the same of lines that look alike" {
	samples 700 9 >lines
	same_strictly lines
	shuf --random-source=<(yes 1) lines >shuffled
	same_strictly shuffled
	# In other orders of members, with spaces, and with more members.
	awk 'NR % 3 == 0 { sub(/"round":[0-9]*,/, ""); }
		NR % 5 == 0 { gsub(/:/, ": "); }
		NR % 7 == 0 { sub(/}$/, ",\"seq\":" NR ",\"x\":[1.5,{\"value\":2}]}") }
		NR % 11 == 0 { sub(/^{/, "{\"value\":" NR "e-1,"); sub(/,"value": *[0-9.e+]*/, "") }
		NR % 13 == 0 { sub(/"case":/, "\"c\\u0061se\":") }
		NR % 17 == 0 { sub(/}$/, "}\r") }
		1' lines >mixed
	same_strictly mixed
	[ "$(jq -s length fast.out)" -ge 6 ]
}

# Each good line is followed by the same line damaged in a way of its own.
@test "stat-agg --strict: the same of lines that are hostile" {
	local good='{"type":"sample","case":"c","round":1,"metric":"m","value":2.5}'
	local line n=0

	while IFS= read -r line; do
		printf '%s\n%s\n%s\n%s\n' "$good" "$good" "$line" "$good" >lines
		same_strictly lines || {
			echo "not the same: $line" >&2
			return 1
		}
		n=$((n + 1))
	done <<-'END'
		{"type":"sample","case":"c","round":1,"metric":"m","value":2.5
		{"type":"sample","case":"c","round":1,"metric":"m","value":2.5}}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2.5} x
		{"type":"sample","case":"c","round":1,"metric":"m","value":02.5}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2.}
		{"type":"sample","case":"c","round":1,"metric":"m","value":.5}
		{"type":"sample","case":"c","round":1,"metric":"m","value":+2}
		{"type":"sample","case":"c","round":1,"metric":"m","value":-}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2e}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2e400}
		{"type":"sample","case":"c","round":1,"metric":"m","value":1e290}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2e-400}
		{"type":"sample","case":"c","round":1,"metric":"m","value":-0}
		{"type":"sample","case":"c","round":1,"metric":"m","value":-0.0}
		{"type":"sample","case":"c","round":-0,"metric":"m","value":1}
		{"type":"sample","case":"c","round":9007199254740993,"metric":"m","value":1}
		{"type":"sample","case":"c","round":9223372036854775807,"metric":"m","value":1}
		{"type":"sample","case":"c","round":9223372036854775808,"metric":"m","value":1}
		{"type":"sample","case":"c","round":1,"metric":"m","value":0.1000000000000000055511151231257827}
		{"type":"sample","case":"c","round":1,"metric":"m","value":123456789012345678901234567890.5}
		{"type":"sample","case":"c","round":1,"metric":"m","value":9007199254740993.0}
		{"type":"sample","case":"c","round":1,"metric":"m","value":null}
		{"type":"sample","case":"c","round":1,"metric":"m","value":"2.5"}
		{"type":"sample","case":"c","round":1,"metric":"m","value":true}
		{"type":"sample","case":"c","round":1,"metric":"m","value":NaN}
		{"type":"sample","case":"c","round":1,"metric":"m","value":[2.5]}
		{"type":"sample","case":"c","round":null,"metric":"m","value":2.5}
		{"type":"sample","case":"c","round":1,"round":1,"metric":"m","value":2.5}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2.5,"value":2.5}
		{"type":"sample","case":"c","round":1,"metric":"m","value":2.5,"v\u0061lue":2.5}
		{"type":"sample","case":"c","round":1,"metric":"m","v\u0061lue":2.5}
		{"type":"sampl\u0065","case":"c","round":1,"metric":"m","value":7}
		{"type":"sample","case":"c\"","round":1,"metric":"m","value":7}
		{"type":"sample","case":"c","metric":"m","round":1,"value":7}
		{"type":"sample","case":"c","round":1,"metric":"m","value":7,"x":1e999}
		{"type":"sample","case":"c","round":1,"metric":"m","value":7,"x":{"value":9}}
		{"x":{"value":9},"type":"sample","case":"c","round":1,"metric":"m","value":7}
		{"x":"\"value\":9","type":"sample","case":"c","round":1,"metric":"m","value":7}
		{"x":"value","type":"sample","case":"c","round":1,"metric":"m","value":7}
		{"type":"sample","case":"c","round":1,"metric":"value","value":7}
		{"type":"sample","case":"round","round":1,"metric":"m","value":7}
		{"type":"sample" ,"case":"c", "round" : 1 ,"metric":"m","value"	:	7 }
		{"type":"Sample","case":"c","round":1,"metric":"m","value":7}
		{"type":"trial","case":"c","round":1,"status":"ok","metric":"m","value":7}
		{"case":"c","round":1,"metric":"m","value":7}
		{"case":"c","metric":"m","value":7}
		{"case":"c","round":1,"metric":"m","value":7,"unit":null}
		[{"case":"c","round":1,"metric":"m","value":7}]
		"case"
		7
	END
	[ "$n" -eq 50 ]
}

# Lines made of a good one by chance: bytes changed, dropped, doubled, swapped.
@test "stat-agg --strict: the same of lines that chance has damaged" {
	awk 'BEGIN {
		srand(42)
		good = "{\"type\":\"sample\",\"case\":\"c\",\"round\":1,\"metric\":\"m\",\"value\":2.5e3}"
		bytes = "0123456789.eE+-\"\\{}[]:, truefalsn"
		for (i = 0; i < 300; i++) {
			at = 1 + int(length(good) * rand())
			c = substr(bytes, 1 + int(length(bytes) * rand()), 1)
			kind = int(3 * rand())
			print substr(good, 1, at - 1) \
				(kind == 0 ? c : kind == 1 ? "" : \
				c substr(good, at, 1)) substr(good, at + 1)
		}
	}' >damaged
	while IFS= read -r line; do
		{
			echo '{"type":"sample","case":"c","round":1,"metric":"m","value":2.5e3}'
			printf '%s\n' "$line"
		} >lines
		same_strictly lines || {
			echo "not the same: $line" >&2
			return 1
		}
	done <damaged
}

@test "stat-agg: a shape belongs to the session that is current" {
	{
		echo '{"type":"run","run":"r1"}'
		loose m 1 2
		echo '{"type":"run","run":"r2"}'
		loose m 3 4
		echo '{"type":"run","run":"r1"}'
		loose m 5
	} >stdin
	expect 0 stat-agg
	out_json 'map(select(.type == "summary")) | map([.run, .values]) ==
		[["r1", [1, 2, 5]], ["r2", [3, 4]]]'
}

@test "stat-agg: more shapes than are learned" {
	awk 'BEGIN { for (i = 0; i < 36000; i++)
		printf("{\"case\":\"c%d\",\"metric\":\"m\",\"value\":%d}\n",
			i % 18000, i) }' >stdin
	expect 0 stat-agg
	out_json 'length == 18000 and all(.[]; .n == 2)'
}
