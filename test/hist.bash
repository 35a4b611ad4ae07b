# For tests of the history: runs as stat-agg and cmp-baseline leave them.
#
#	run_of NAME [VALUE [COMMIT [BRANCH [DAY]]]]    the records of a run

MACHINE_ID=9a0364b9e99bb480

run_of() {
	local name=$1 value=${2-100} commit=${3-} branch=${4-main} day=${5-2026-11-21}

	[ -n "$commit" ] || commit=$(printf %s "$name" | sha1sum | cut -c1-40)
	printf '{"type":"run","v":1,"run":"%s","session":"%s","arch":"x86_64","target":"x86_64","commit":"%s","branch":"%s","dirty":false,"time":"%sT01:30:00Z","machine":"%s"}\n' \
		"$name" "$name" "$commit" "$branch" "$day" "$MACHINE_ID"
	printf '%s\n' '{"type":"case","case":"sort/n=1","workload":"sort","id":"a1","tags":["quick"],"metrics":[{"name":"wall_time","unit":"ns","threshold_percent":7}]}' \
		'{"type":"trial","case":"sort/n=1","status":"ok"}' \
		'{"type":"sample","case":"sort/n=1","metric":"wall_time","value":1}'
	printf '{"type":"summary","case":"sort/n=1","workload":"sort","id":"a1","run":"%s","session":"%s","machine":"%s","metric":"wall_time","unit":"ns","better":"lower","aggregator":"median","value":%s,"n":10,"mad":0.5,"min":%s,"max":%s,"ci":[%s,%s],"level":0.95,"se_block":0.004,"rounds":[1,2]}\n' \
		"$name" "$name" "$MACHINE_ID" "$value" "$value" "$value" "$value" "$value"
	printf '{"type":"result","status":"pass","exit":0}\n'
	printf '{"type":"end","run":"%s","complete":true}\n' "$name"
}

# Points are in two tables, those that came last apart.
POINTS='(SELECT series, run, value, at, len, text FROM point UNION ALL
	SELECT series, run, value, at, len, text FROM recent)'

# What the index holds, whatever order it was put there in.
index_of() {
	sqlite3 "${1-history}/index.sqlite" \
		'SELECT run.run, file, session, confirms, time, "commit", branch, arch, target, machine, dirty, result, report, complete, text FROM run JOIN record ON record.run = run.id ORDER BY run.run' \
		'SELECT spec, "case", workload, what, metric, unit, better, aggregator, variant, threshold_percent, severity, gate, tags, arch, target, machine FROM series ORDER BY spec' \
		'SELECT spec, run.run, value, at, len, p.text FROM '"$POINTS"' AS p JOIN series ON series.id = series JOIN run ON run.id = p.run ORDER BY spec, run.run' \
		'SELECT "case", run.run, at, len FROM declared JOIN run ON run.id = declared.run ORDER BY "case", run.run' \
		'SELECT mark, file, kind, "case", text FROM mark ORDER BY mark'
}

# The index is what it would be if it were made anew.
index_is_right() {
	local store=${1-history}

	index_of "$store" >index.is
	hist-add -d "$store" --reindex || return
	index_of "$store" >index.anew
	diff index.anew index.is >&2
}

# One of the ways in which an index is not what it was.
damage_index() { # WAY FILE
	case $1 in
	empty) : >"$2" ;;
	cut) truncate -s 5000 "$2" ;;
	program) cp /bin/true "$2" ;;
	gone) rm "$2" ;;
	scribble) head -c 30720 /dev/zero | tr '\0' Q |
		dd of="$2" bs=1k seek=5 conv=notrunc status=none ;;
	as_link) echo precious >precious && ln -sf "$PWD/precious" "$2" ;;
	*) sqlite3 "$2" "$1" ;;
	esac
}
