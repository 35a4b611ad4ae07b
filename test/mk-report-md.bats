#!/usr/bin/env bats
# mk-report: Markdown as a renderer of GitHub's dialect sees it.

# mk-report.bash assigns hostile_texts.
# shellcheck disable=SC2154

load helper
load mk-report

# What GitHub makes of it, but for mentions and references.
render() {
	expect 0 mk-report -f md "$@"
	touch looked_out
	cmark-gfm -e table -e strikethrough -e autolink -e tagfilter --unsafe \
		out >page
}

# The elements of the page, each as often as it is there.
elements() {
	grep -oE '<[a-zA-Z/!][^>]*>' page | sed 's/ [a-z]*=.*>/>/' | sort | uniq -c
}

@test "mk-report: rendered Markdown has the tables, lists and folds" {
	render "$DATA/verdicts.jsonl"
	[ "$(head -n 1 page)" = '<!-- plumbline-report -->' ]
	# Each row of a table is a row, with as many cells as its head.
	[ "$(grep -c '^| ' out)" -eq "$(grep -c '<tr>' page)" ]
	awk '/<tr>/ { n = 0 } /<t[hd]/ { n++ }
		/<thead>/ { head = 0 }
		/<\/tr>/ { if (!head) head = n; if (n != head) exit 1 }' page
	[ "$(grep -c '<details>' page)" -eq "$(grep -c '</details>' page)" ]
	[ "$(grep -c '<h3>' page)" -eq "$(grep -c '^### ' out)" ]
	grep -qF '<li><code>vector-similarity/dim=128</code> <code>wall_time</code>: <strong>8.1%</strong> slower' page
	# Why is a line of its own in its item.
	grep -qE '<br />$' page
	run ! grep -F '|' page
	sed 's/<br \/>/<br\/>/g; s/<!--.*-->//; 1i <page>' page >page.xml
	echo '</page>' >>page.xml
	xmllint --noout page.xml
}

@test "mk-report: a long table is folded, and is a table in its fold" {
	for i in $(seq 30); do
		verdict "case$i" unchanged 10 10
	done >stdin
	result pass >>stdin
	render
	tr -d '\n' <page | grep -qE '<details><summary>Rows \(30\)</summary><table>'
	[ "$(grep -c '<td><code>case' page)" -eq 60 ]
}

@test "mk-report: cut Markdown is whole Markdown" {
	jq -cn 'range(500) as $i | ("inconclusive", "regressed") |
		{type: "verdict", kind: "change", case: "\(.)\($i)/x=\($i)",
		metric: "wall_time", unit: "ms", verdict: ., gating: true,
		baseline: 10, current: 12, change: 0.2, why: "because"}' >stdin
	result fail >>stdin
	for max in 8192 20000 65000; do
		render --max-bytes $max
		[ "$(wc -c <out)" -le $max ]
		[ "$(wc -c <out)" -gt $((max * 9 / 10)) ]
		grep -qE '<em>[0-9]+ more rows left out: the report would be longer than '$max' bytes.</em>' page
		[ "$(grep -c '<details>' page)" -eq "$(grep -c '</details>' page)" ]
		[ "$(grep -c '^<li>' page)" -eq "$(grep -c '^- ' out)" ]
	done
}

@test "mk-report: no text is Markdown of its own" {
	hostile harmless >stdin
	render -a --title harmless
	elements | grep -v 'code>\|<br' >first
	for text in "${hostile_texts[@]}" '# head' '- item' '1. one' '> quote' \
		'```' '~~~' '<b>' '</details>' '<!--' '[a](http://b)' \
		'http://evil.example www.evil.example me@evil.example' '![i](j)' \
		'a  ' '**b**' '_i_ ~~s~~' '| - | - |' '---' '===' '&copy;' \
		'$x$' "\\" '<http://b>' '[^1]'; do
		hostile "$text" >stdin
		render -a --title "$text"
		# Only blanks are no reason, and a reason has a line of its own.
		elements | grep -v 'code>\|<br' >now
		diff first now || {
			printf 'text: %s\n' "$text" >&2
			cat out >&2
			return 1
		}
	done
}
