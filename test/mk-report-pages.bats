#!/usr/bin/env bats
# mk-report: HTML and PDF, which have the same on them. Each is looked at by
# programs that are not ours.

# mk-report.bash assigns hostile_texts.
# shellcheck disable=SC2154

load helper
load mk-report

# A whole page that a validator has nothing to say of.
html() {
	expect 0 mk-report -f html "$@"
	touch looked_out
	tidy -qe out 2>tidy.err || true
	[ ! -s tidy.err ] || {
		head tidy.err >&2
		return 1
	}
}

# poppler warns of a needless part of the map from glyphs to characters.
pdf() {
	expect 0 mk-report -f pdf "$@"
	touch looked_out
	pdfinfo out >info 2>info.err
	pdftotext -layout out pages 2>>info.err
	run ! grep -v "Invalid 'begincidrange' operator" info.err
}

# A page has this, whatever it is broken into.
page_has() {
	tr -s ' \f\n' '   ' <pages | grep -qF -- "$1" || {
		echo "not on a page: $1" >&2
		head -n 60 pages >&2
		return 1
	}
}

# Two variants of two cases, in rounds: head is slower than base in one.
variants() {
	jq -cn '{type: "run", run: "r", time: "2026-11-21T01:30:00Z"},
	(("a/n=1", "b") as $case |
	{type: "case", case: $case, metrics: [{name: "m", unit: "ms"}],
		criteria: [{metric: "m", operator: "<=", limit: 105}]},
	(range(1; 31) as $r | ("base", "head") as $v |
	{type: "sample", case: $case, metric: "m", unit: "ms", round: $r,
		variant: $v, value: (100 + ($r * 7 % 11) / 10 +
		if $v == "head" then (($r * 5 % 7) / 10 +
			if $case == "b" then 10 else 0 end) else 0 end)})),
	{type: "end", run: "r", complete: true}' |
		stat-agg | cmp-baseline --base base || [ $? -eq 1 ]
}

# --- HTML ---

@test "mk-report: HTML needs nothing but itself" {
	html "$DATA/verdicts.jsonl"
	[ "$(head -n 1 out)" = '<!DOCTYPE html>' ]
	out_has '<html lang="en">'
	out_has '<meta charset="utf-8">'
	out_has "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\""
	out_has 'prefers-color-scheme:dark'
	out_has '@media print'
	out_has '@media(max-width:640px)'
	lacks '<script'
	lacks 'http://'
	lacks 'https://'
	lacks ' style='
	out_has '<th scope="col">'
	out_has '<th scope="row"'
	out_has '<th scope="rowgroup"'
	# A narrow screen has room for what matters; all else is in the numbers.
	sed '/<h2>What could not/,$d' out | grep -qF '<th scope="col" class="num extra">p</th>'
	sed '1,/<summary>All numbers/d' out | grep -qF '<th scope="col" class="num">p</th>'
	out_has '.extra{display:none}'
	# What can be scrolled can be reached by keys, and has a name.
	[ "$(grep -c 'class="wide"' out)" -eq \
		"$(grep -c 'class="wide" tabindex="0" role="region" aria-label="' out)" ]
}

@test "mk-report: every element of the HTML is closed" {
	html "$DATA/verdicts.jsonl"
	# As XML, but for the elements that have no end and the attribute
	# without a value.
	sed -e 's/<!DOCTYPE html>//' -e 's/<meta \([^>]*\)>/<meta \1\/>/' \
		-e 's/<details open>/<details open="">/' out >out.xml
	xmllint --noout out.xml
	for tag in details table thead tbody tr td section article svg g p dl; do
		[ "$(grep -oE "<${tag}[ >]" out | wc -l)" -eq \
			"$(grep -o "</$tag>" out | wc -l)" ]
	done
	# No name is given twice, and no link leads nowhere.
	[ -z "$(grep -o ' id="[^"]*"' out | sort | uniq -d)" ]
	grep -o 'href="#[^"]*"' out | sed 's/href="#//' | sort -u >to
	grep -o ' id="[^"]*"' out | sed 's/ id="//' | sort -u >ids
	[ -z "$(comm -23 to ids)" ]
}

@test "mk-report: sections come in the order of what matters" {
	html "$DATA/verdicts.jsonl"
	in_order '<h1>' 'class="status bad"' '<dt>Verdicts</dt>' \
		'<h2>What changed, and what failed</h2>' 'Regressions (2)' \
		'Failed cases (1)' 'Failed criteria (1)' \
		'<h2>What could not be decided</h2>' \
		'<h2>Acceptance criteria and gates</h2>' '<h2>By workload</h2>' \
		'<h2>Measured values</h2>' \
		'<h2>Trials that failed or were skipped</h2>' \
		'<h2>Noise and environment</h2>'
}

@test "mk-report: a plot for each workload that has changes" {
	html "$DATA/verdicts.jsonl"
	[ "$(grep -c '<svg class="plot"' out)" -eq 2 ]
	[ "$(grep -c 'role="img" aria-label="Changes with' out)" -eq 2 ]
	[ "$(grep -c 'class="mark"' out)" -eq 5 ]
	[ "$(grep -c 'class="ring"' out)" -eq 4 ]
	[ "$(grep -c '>baseline</text>' out)" -eq 2 ]
	[ "$(grep -c 'class="band"' out)" -eq 8 ]
	[ "$(grep -c 'class="threshold"' out)" -eq 16 ]
	[ "$(grep -c 'class="head"' out)" -eq 5 ]
	in_order 'class="head" x="0.00%" y="18">packet_size_bytes=64<' \
		'>latency_p99<' 'y="120">packet_size_bytes=256<' \
		'y="222">packet_size_bytes=1024<' '>throughput*<'
	out_has 'iot_gateway_data_forwarding_udp_burst/packet_size_bytes=1024 latency_p99: +12.1% (+7.8% to +16.4%), regressed</title>'
	out_has '71.50 us → 80.12 us'
}

@test "mk-report: a change that no axis has room for" {
	{
		verdict a regressed 1 900 '"ci":[-1e300,1e300],"threshold":1e300'
		verdict b unchanged 1 1 '"change":0,"ci":[0,0]'
		verdict c/x=1 unchanged 1 1 '"change":1e-9,"ci":[1,2,3]'
		verdict d regressed 0 0 '"change":null' | sed 's/,"change":null//'
		result fail
	} >stdin
	html
	lacks nan
	lacks inf
	out_has x900
	pdf
	page_has x900
}

@test "mk-report: the samples of base and head, with where they end" {
	variants >stdin
	html
	# Of two metrics, two strips of 30 dots each.
	[ "$(grep -c '<symbol ' out)" -eq 4 ]
	[ "$(grep -o 'M[0-9.]* [0-9.]*h0' out | wc -l)" -eq 120 ]
	out_has 'b m: base: 100.5 ms, n = 30;'
	out_has '<text class="tick first" x="0.00%"'
	[ "$(grep -c 'class="middle"' out)" -eq 4 ]
	# The baseline is drawn through the strips and through the plots.
	[ "$(grep -c 'class="base"' out)" -ge 4 ]
	in_order '<summary>Samples (1)</summary>' '<summary>All numbers (1)</summary>'
	# Where nothing happened they are folded.
	out_has '<details>'
	out_has '<details open>'
}

@test "mk-report: samples without a comparison, and too many of them" {
	{
		seq 1000 | jq -c '{case: "a", metric: "m", round: ., value: .}'
		echo '{"case":"b","metric":"m","round":1,"value":3}'
	} | stat-agg >stdin
	html
	[ "$(grep -c '<symbol ' out)" -eq 1 ]
	[ "$(grep -o 'M[0-9.]* [0-9.]*h0' out | wc -l)" -eq 200 ]
	out_has 'a m: 500.5, n = 1000'
	# All the same, and enormous.
	for value in 5 0 -1e279 1e279; do
		seq 3 | jq -c --argjson v $value \
			'{case: "a", metric: "m", round: ., value: $v}' |
			stat-agg >stdin
		html
		run ! grep -E '="[^"]*(nan|inf)' out
	done
}

@test "mk-report: criteria, gates and the compliance have a section" {
	{
		verdict a pass 1 9 '"kind":"criterion","operator":"<=","limit":10,"by":"2027-01-01"'
		verdict a fail 1 9 '"kind":"gate","gate":"API time","operator":"<","limit":5'
		result fail ',"slo_compliance_percent":50'
	} >stdin
	html
	in_order 'Acceptance criteria and gates' \
		'SLO compliance: 50.0% of the criteria and gates that could be judged are met.' \
		'&lt; 5 ms' '✖ fail' 'API time' '&lt;= 10 ms' pass criterion 2027-01-01
	lacks 'By workload'
}

@test "mk-report: what could not be decided, and how much more it takes" {
	{
		verdict a inconclusive 10 10.3 '"sessions":3,"n":30,"need_n":7,"mde":0.12,"why":"neither a change nor its absence is shown"'
		verdict b inconclusive 10 10.3 '"n":12,"need_n":30'
		verdict c inconclusive 10 10.3 '"sessions":3,"n":4,"need_n":10'
		verdict d incomparable 10 10.3 '"why":"another machine"'
		verdict e inconclusive 10 10.3 '"need_n":1'
		verdict f inconclusive 10 10.3 '"sessions":3,"n":30,"threshold":0.05,"mde":0.12'
		result inconclusive
	} >stdin
	html
	in_order 'What could not be decided' '>a</a>' '12.0%' '4 more sessions' \
		'>b</a>' '18 more rounds' '>c</a>' '6 more rounds' '>d</a>' \
		'another machine' '>e</a>' '1 round<' \
		'>f</a>' 'a longer or quieter run'
}

@test "mk-report: how noisy it was, and what to do" {
	{
		jq -cn '{type: "run", run: "r", checks: [
			{id: "swap", level: "ok", msg: "there is no swap"},
			{id: "turbo", level: "warning", msg: "turbo is on",
				fix: "turn it off"}]},
		({type: "trial", case: "a", phase: "measure", status: "ok",
			elapsed: 1e9, flags: ["load"], noise: {steal_ns: 1e7,
			psi_cpu_ns: 2e8, psi_memory_ns: 1e5, psi_io_ns: 0}},
		{type: "trial", case: "a", phase: "measure", status: "ok",
			elapsed: 1e9, noise: {psi_cpu_ns: 0}},
		{type: "trial", case: "a", phase: "rejected", status: "ok"},
		{type: "summary", case: ":probe", metric: "cpu_loop",
			unit: "ns", value: 77, n: 5, cv: 0.2, drift: 0.1,
			drift_p: 0.01},
		{type: "aa", case: "a", metric: "m", change: -0.03, n: 10},
		{type: "aa", case: "b", metric: "m", change: 0.01, n: 10})'
		verdict a unchanged 10 10
	} >stdin
	html
	in_order 'Noise and environment' '<dt>Disturbed trials</dt><dd>load 1 of 2' \
		'<dt>Waiting for a CPU</dt><dd>10.0% of the time' \
		'<dt>Taken by the host</dt><dd>0.5% of' \
		'<dt>Waiting for memory</dt><dd>less than 0.1% of' \
		'<dt>Rejected trials</dt><dd>1,' \
		'<dt>Against itself</dt><dd>at most -3.0% of 2 comparisons of a program with itself (a m)' \
		'<dt>Probe cpu_loop</dt><dd>77 ns, n = 5, cv 20.0%, over the run +10.0%' \
		'What may disturb measuring (2)' turbo '⚠ warning' 'turbo is on' \
		'turn it off' 'there is no swap'
	lacks 'Waiting for disks'
	pdf
	page_has 'at most -3.0% of 2 comparisons'
	page_has 'turn it off'
}

# --- PDF ---

@test "mk-report: PDF has what HTML has, in the same order" {
	for stream in "$DATA/verdicts.jsonl" variants.jsonl; do
		[ -e "$stream" ] || variants >"$stream"
		html "$stream"
		# The words of all cells and headings, one on a line.
		sed -e '1,/<body>/d' -e 's/<svg .*<\/svg>//' \
			-e '/<svg/,/<\/svg>/d' -e '/<footer>/d' \
			-e 's/<[^>]*>/\n/g' out |
			sed -e 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' |
			tr -s ' \n' '\n' | grep . >words.html
		pdf "$stream"
		pdftotext -raw out - 2>/dev/null |
			sed 's/\xe2\x80\x83/\n/g' | tr -s ' \n\f' '\n' |
			grep . >words.pdf
		sort -u words.html >all.html
		sort -u words.pdf >all.pdf
		# Some words are broken in two where a column is narrow.
		comm -23 all.html all.pdf >lost
		while read -r word; do
			tr -d '\n' <words.pdf | grep -qF -- "$word" ||
				{ echo "PDF lacks: $word" >&2; return 1; }
		done <lost
		# The rows of the tables before the plots, by their changes.
		for format in html pdf; do
			sed '/^workload$/,$d' words.$format |
				grep -E '^[+-][0-9.]+%$' >changes.$format
		done
		[ -s changes.html ]
		diff changes.html changes.pdf
	done
}

@test "mk-report: PDF is whole: pages, numbers, fonts, title and date" {
	pdf --title 'Nightly of µ and 漢' "$DATA/verdicts.jsonl"
	grep -q '^Title: *Nightly of µ and 漢$' info
	grep -q '^Creator: *mk-report' info
	grep -qE '^CreationDate: *Sat Nov 21 01:30:00 2026' info
	grep -qE '^Page size: .*A4' info
	n=$(sed -n 's/^Pages: *//p' info)
	[ "$n" -ge 3 ]
	for i in $(seq "$n"); do page_has "page $i of $n"; done
	# All fonts are embedded, and their text can be searched.
	pdffonts out 2>/dev/null | tail -n +3 >fonts
	[ "$(wc -l <fonts)" -ge 2 ]
	run ! grep -v 'yes yes yes' fonts
	[ "$(head -c 5 out)" = %PDF- ]
	tail -n 1 out | grep -q '^%%EOF'
	pdftoppm -r 20 -png out page 2>/dev/null
	[ "$(find . -name 'page-*.png' | wc -l)" -eq "$n" ]
}

@test "mk-report: the head of a table is on each of its pages" {
	{
		for i in $(seq 60); do verdict "case$i" regressed 10 12; done
		result fail
	} >stdin
	pdf
	n=$(sed -n 's/^Pages: *//p' info)
	[ "$n" -ge 5 ]
	# In the summary and in the numbers of each workload.
	[ "$(pdftotext -l 3 -layout out - 2>/dev/null | grep -c 'Metric  *Verdict  *Change')" -eq 3 ]
}

@test "mk-report: PDF of any text" {
	for text in "${hostile_texts[@]}" 'Größe Привет ελλάς Łódź'; do
		hostile "$text"
	done >stdin
	pdf --title "${hostile_texts[0]}"
	grep -qF "${hostile_texts[0]}" info
	page_has 'Größe Привет ελλάς Łódź'
	# From right to left, with joined letters; poppler turns them back.
	page_has 'שלום'
	# What no font has is its number, and never an empty box.
	page_has '\u1f600'
	# None of it acts, or is missing.
	page_has '<script>alert(1)</script>'
	page_has '\x01\x08\x1b[31m\x7f\u0085'
	page_has '\u202eesrever\u2066'
	page_has ']]>'
}

# The first page, in grey.
draw() { # TITLE
	expect 0 mk-report -f pdf --title "$1"
	touch looked_out
	pdftoppm -gray -r 72 -l 1 out drawn 2>/dev/null
	mv drawn-1.pgm "$2"
}

@test "mk-report: PDF has the parts of letters that are made of others" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	draw A plain.pgm
	# Made of a letter that is made of two, and a tilde.
	draw Ẵ marked.pgm
	run ! cmp -s plain.pgm marked.pgm
	draw Ẳ other.pgm
	run ! cmp -s other.pgm marked.pgm
	# In the middle of a word: a stroke, and dots below or above it.
	draw مبم below.pgm
	draw متم above.pgm
	draw مىم none.pgm
	run ! cmp -s below.pgm above.pgm
	run ! cmp -s below.pgm none.pgm
	run ! cmp -s above.pgm none.pgm
}

# The hundredths of a point that the first word takes.
width_of_first() {
	pdftotext -bbox out - 2>/dev/null |
		sed -n '/<word /{s/.*xMin="\([0-9.]*\)".*xMax="\([0-9.]*\)".*/\2 \1/p;q}' |
		awk '{ printf "%d", 100 * ($1 - $2) }'
}

@test "mk-report: PDF is written from right to left, with joined letters" {
	{ verdict a unchanged 10 10 && result pass; } >stdin
	expect 0 mk-report -f pdf --title 'אב גד'
	ignore_out
	# The second word is the first one from the left, and so its letters.
	pdftotext -bbox out - 2>/dev/null | grep -m 1 '<word ' | grep -F '>דג<'
	expect 0 mk-report -f pdf --title ببب
	ignore_out
	joined=$(width_of_first)
	expect 0 mk-report -f pdf --title ب
	ignore_out
	alone=$(width_of_first)
	[ "$joined" -gt "$alone" ]
	[ "$joined" -lt $((5 * alone / 2)) ]
}

@test "mk-report: PDF where there are no fonts for Han" {
	mkdir fonts
	ln -s /usr/share/fonts/truetype/dejavu fonts/dejavu
	hostile 'a漢b' >stdin
	expect 0 env PLUMBLINE_FONTS=fonts mk-report -f pdf
	ignore_out
	pdftotext out pages 2>/dev/null
	page_has 'a\u6f22b'
}

@test "mk-report: PDF without fonts is trouble, and says what is missing" {
	expect 2 env PLUMBLINE_FONTS=nowhere mk-report -f pdf "$DATA/verdicts.jsonl"
	err_is 'mk-report: nowhere/dejavu/DejaVuSans.ttf: No such file or directory; the package fonts-dejavu-core has it'
	mkdir -p bad/dejavu
	echo 'no font' >bad/dejavu/DejaVuSans.ttf
	expect 2 env PLUMBLINE_FONTS=bad mk-report -f pdf -o out.pdf "$DATA/verdicts.jsonl"
	err_has 'mk-report: '
	[ ! -e out.pdf ]
	# Nothing that is cut anywhere is more than trouble.
	for size in 4 12 100 1000 30000 300000; do
		head -c $size /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf \
			>bad/dejavu/DejaVuSans.ttf
		expect 2 env PLUMBLINE_FONTS=bad mk-report -f pdf "$DATA/verdicts.jsonl"
		err_has 'mk-report: '
	done
}

@test "mk-report: HTML and PDF of runs that came to nothing" {
	for stream in '{"type":"run","run":"r"}' \
		'{"type":"result","status":"pass"}' \
		'{"type":"summary","case":"a","metric":"m","value":1}' \
		'{"type":"trial","case":"a","status":"timeout"}' \
		'{"type":"verdict","kind":"change","case":"a","verdict":"failed"}' \
		'{"type":"verdict","kind":"gate","case":"","verdict":"unknown"}'; do
		given "$stream"
		html
		pdf
		grep -q '^Pages: *1$' info
	done
}

@test "mk-report: names of 10 kB, and of one word, stay on the page" {
	name=$(printf 'long%.0s' {1..2500})
	jq -cn --arg n "$name" '{type: "verdict", kind: "change", case: $n,
		metric: $n, verdict: "regressed", baseline: 1, current: 2,
		change: 1, unit: $n, why: $n}' >stdin
	result fail >>stdin
	html
	pdf
	[ "$(pdftotext -bbox out - 2>/dev/null | grep -oE 'xMax="[0-9.]+"' |
		tr -dc '0-9.\n' | sort -n | tail -n 1 | cut -d. -f1)" -le 580 ]
}

# --- PDF by another program ---

# A chromium that tells what it was asked for.
pretend_chromium() {
	mkdir -p bin
	{
		printf '#!/bin/bash\n'
		# shellcheck disable=SC2016
		printf '%s\n' 'top=$PLUMBLINE_TOP' 'printf "%s\n" "$@" >"$top/argv"' \
			'for a; do case $a in --print-to-pdf=*) to=${a#*=};; esac; done' \
			'dir=${to%/*}; echo "$dir" >"$top/dir"; cp "$dir/report.html" "$top/html"' \
			"$1"
	} >bin/chromium
	chmod +x bin/chromium
	PATH=$PWD/bin:$PATH PLUMBLINE_TOP=$PWD TMPDIR=$PWD/tmp
	export PLUMBLINE_TOP TMPDIR
	mkdir -p tmp
}

@test "mk-report: chromium prints the HTML, and leaves nothing" {
	# shellcheck disable=SC2016
	pretend_chromium 'echo much >&2; echo printed >"$to"'
	expect 0 mk-report -f pdf --pdf-engine chromium "$DATA/verdicts.jsonl"
	out_is printed
	expect 0 mk-report -f html "$DATA/verdicts.jsonl"
	ignore_out
	cmp out html
	grep -qxF -- '--headless' argv
	grep -qxF -- "--user-data-dir=$(cat dir)/profile" argv
	[ "$(tail -n 1 argv)" = --no-sandbox ] || [ "$(id -u)" -ne 0 ]
	grep -q '^file:///.*/report.html$' argv
	[ ! -e "$(cat dir)" ]
	[ -z "$(ls tmp)" ]
	# A directory with any name.
	mkdir "tmp/a b;\$(c)%"
	expect 0 env TMPDIR="tmp/a b;\$(c)%" mk-report -f pdf --pdf-engine chromium -o out.pdf "$DATA/verdicts.jsonl"
	grep -q '^file:///.*/a%20b%3B%24%28c%29%25/mk-report' argv
	[ "$(cat out.pdf)" = printed ]
	# Other formats do not need it.
	rm argv
	expect 0 mk-report -f md --pdf-engine chromium "$DATA/verdicts.jsonl"
	ignore_out
	[ ! -e argv ]
}

@test "mk-report: a chromium that fails, or is not there" {
	echo old >out.pdf
	pretend_chromium 'echo "no display" >&2; exit 3'
	expect 2 mk-report -f pdf --pdf-engine chromium -o out.pdf "$DATA/verdicts.jsonl"
	err_is 'mk-report: chromium has failed: no display'
	pretend_chromium 'exit 0'
	expect 2 mk-report -f pdf --pdf-engine chromium -o out.pdf "$DATA/verdicts.jsonl"
	err_is 'mk-report: chromium has not printed anything'
	rm bin/chromium
	expect 2 env PATH="$PWD/bin" "$(command -v mk-report)" -f pdf --pdf-engine chromium -o out.pdf "$DATA/verdicts.jsonl"
	err_is 'mk-report: there is no chromium in PATH'
	[ "$(cat out.pdf)" = old ]
	[ -z "$(ls tmp)" ]
	expect 2 mk-report -f pdf --pdf-engine lynx
	err_has 'mk-report: --pdf-engine: not hpdf or chromium: lynx'
}

@test "mk-report: interrupted, it ends chromium and leaves nothing" {
	# shellcheck disable=SC2016
	pretend_chromium 'echo $$ >"$top/pid.new"; mv "$top/pid.new" "$top/pid"; exec sleep 20'
	mk-report -f pdf --pdf-engine chromium -o out.pdf "$DATA/verdicts.jsonl" &
	job=$!
	for i in $(seq 200); do [ -e pid ] || sleep 0.05; done
	kill -TERM $job
	status=0
	wait $job || status=$?
	[ $status -eq 143 ]
	[ -z "$(ls tmp)" ]
	[ ! -e out.pdf ]
	run ! kill -0 "$(cat pid)"
}

@test "mk-report: Debian's chromium prints a page" {
	command -v chromium >/dev/null || skip 'there is no chromium'
	mkdir tmp
	expect 0 env TMPDIR="$PWD/tmp" mk-report -f pdf --pdf-engine chromium "$DATA/verdicts.jsonl"
	ignore_out
	pdfinfo out >info
	grep -q '^Tagged: *yes' info
	pdftotext -layout out pages
	page_has 'What changed, and what failed'
	# What is folded on a screen is open on paper.
	page_has 'Detects'
	page_has 'virtualisation'
	[ -z "$(ls tmp)" ]
}

# --- many metrics ---

# So many metrics of one workload, the third of which is slower.
many() { # METRICS
	jq -cn --argjson n "$1" '("base", "head") as $v | range($n) as $i |
	{type: "summary", case: "w", metric: "m\($i)", unit: "ms", variant: $v,
		value: 100, n: 2, rounds: [1, 2], values: [99, 101]},
	if $v == "base" then empty else {type: "verdict", kind: "change",
		case: "w", metric: "m\($i)", variant: "head", unit: "ms",
		better: "lower", verdict: (if $i == 2 then "regressed"
		else "unchanged" end), severity: "blocking", gating: true,
		baseline: 100, current: 100, change: 0, ci: [-0.01, 0.01],
		threshold: 0.05} end'
}

@test "mk-report: of many metrics only what changed is drawn" {
	drawn='<title>w m[0-9]*:'
	many 1000 >stdin
	html
	[ "$(grep -c "$drawn" out)" -eq 2000 ]
	lacks '--all draws'
	many 1001 >stdin
	html
	[ "$(grep -c "$drawn" out)" -eq 2 ]
	out_has '<title>w m2: '
	out_has 'Samples (1)'
	out_has 'All numbers (1001)'
	out_has 'Of more than 1000 metrics only those are drawn that changed or failed; the tables have all. --all draws all.'
	grep -q '<td[^>]*>.*unchanged' out
	html --all
	[ "$(grep -c "$drawn" out)" -eq 2002 ]
	lacks '--all draws'
	pdf
	page_has 'Samples (1)'
	page_has 'Of more than 1000 metrics'
	# Without a comparison.
	many 1001 | grep summary >stdin
	html
	lacks 'Samples ('
	out_has 'Of so many values no samples are drawn; --all draws them.'
}

@test "mk-report: the page says why an interval can begin below the margin" {
	{
		verdict a regressed 10 13 '"ci":[0.007,0.629],"margin":0.01,"threshold":0.05'
		result fail
	} >stdin
	expect 0 mk-report -f html
	out_has 'The interval of a regression may begin a little below the margin'
}
