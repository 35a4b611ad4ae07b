/*
 * The data of the page: columns as mk-dash(1) describes them, made into
 * series, and the series of one measured thing into a chart.
 */
/* global Format */
/* exported Data */
const Data = (() => {
	'use strict';

	let raw = null;
	let runs = [];
	let series = [];
	let charts = [];
	let hasTimes = true;
	let inOrder = true; /* the order of runs is that of their times */

	/* A column is a list, or one value for all. */
	const at = (column, i) => (Array.isArray(column) ? column[i] : column);

	/* A short name for a list of texts: FNV-1a, twice, in 16 digits. */
	const keyOf = (texts) => {
		const text = JSON.stringify(texts);
		let a = 0x811c9dc5, b = 0x1b873593;

		for (let i = 0; i < text.length; i++) {
			const c = text.charCodeAt(i);

			a = Math.imul(a ^ c, 0x01000193);
			b = Math.imul(b ^ c, 0x01000193) + (a >>> 7);
		}
		return [a, b].map((x) => (x >>> 0).toString(16)
			.padStart(8, '0')).join('');
	};

	/* 20261121T013000Z of a time: how the names of runs begin. */
	const stamp = (ms) => new Date(ms).toISOString()
		.replace(/[-:]|\.\d+/g, '');

	const nameOf = (given, time) => (given.startsWith('-') &&
		!Number.isNaN(time) ? stamp(time) + given : given);

	const readRuns = () => {
		const r = raw.runs;
		const texts = raw.texts;
		const text = (column, i) => {
			const which = at(column, i);

			return which >= 0 ? texts[which] : undefined;
		};

		runs = [];
		for (let i = 0; i < r.n; i++) {
			const seconds = at(r.time, i);
			const time = typeof seconds === 'number'
				? seconds * 1000 : NaN;
			const given = at(r.run, i) || '';

			if (Number.isNaN(time))
				hasTimes = false;
			runs.push({number: i, time,
				/* Of many, few are ever asked for. */
				get name() { return nameOf(given, time); },
				commit: at(r.commit, i) || '',
				branch: text(r.branch, i),
				arch: text(r.arch, i),
				target: text(r.target, i),
				machine: text(r.machine, i),
				result: text(r.result, i),
				dirty: at(r.dirty, i) === 1,
				report: at(r.report, i) || '',
				host: raw.hosts[at(r.host, i)],
				checks: raw.checks[at(r.checks, i)] || []});
		}
	};

	const readSeries = (s, number) => {
		const n = s.value.length;
		const runOf = new Int32Array(n);
		const value = Float64Array.from(s.value);
		const lo = new Float64Array(n), hi = new Float64Array(n);
		const cased = raw.cases[s.case];
		let run = 0, oldest = Infinity, newest = -Infinity;

		for (let i = 0; i < n; i++) {
			run += s.run[i];
			runOf[i] = run;
			oldest = Math.min(oldest, run);
			newest = Math.max(newest, run);
			lo[i] = value[i] - (s.lo ? s.lo[i] || 0 : 0);
			hi[i] = value[i] + (s.hi ? s.hi[i] || 0 : 0);
		}
		return {number, n, runOf, value, lo, hi, oldest, newest,
			case: cased.case, workload: cased.workload,
			cased,
			id: s.id || '', metric: s.metric, unit: s.unit || '',
			better: s.better || '', arch: s.arch || '',
			target: s.target || '', machine: s.machine || '',
			branch: s.branch || '', gate: s.gate !== false,
			aggregator: s.aggregator || '',
			threshold: s.threshold_percent / 100,
			level: s.level || 0.95,
			count: (i) => at(s.n, i),
			values: (i) => (s.values && s.values[i]) || [],
			hasInterval: (i) => Boolean(s.lo && s.lo[i] !== null),
			key: keyOf([s.id || '', cased.case, s.metric,
				s.unit || '', s.arch || '', s.target || '',
				s.machine || '', s.branch || '']),
			changes: [], baselines: []};
	};

	/* Which way is bad: 1 up, -1 down, 0 nobody knows. */
	const worseSign = (s) => (s.better === 'lower' ? 1
		: s.better === 'higher' ? -1 : 0);

	/*
	 * A step that a later one has taken back by more than half is over.
	 */
	const isOver = (change, later) => {
		const size = change.after - change.before;

		return later.some((next) => next.kind === 'step' &&
			(next.after - change.before) * Math.sign(size) <
			Math.abs(size) / 2);
	};

	/* What is worth a look: the threshold, or 5 % where there is none. */
	const tolerance = (s) => (s.threshold > 0 ? s.threshold : 0.05);

	/*
	 * What ends no better than things were before they became worse is a
	 * recovery, unless the worse was accepted.
	 */
	const isBack = (s, change, earlier) => change.worse === false &&
		change.kind !== 'outlier' && earlier.some((e) =>
		e.worse === true && e.kind !== 'outlier' && !e.accepted &&
		(e.before - change.after) * Math.sign(e.after - e.before) <=
			tolerance(s) * Math.abs(e.before));

	const readChanges = () => {
		for (const change of raw.changes) {
			const s = series[change.series];

			change.of = s;
			change.run = runs[s.runOf[change.index]];
			s.changes.push(change);
		}
		for (const s of series) {
			s.changes.sort((x, y) => x.index - y.index);
			s.changes.forEach((change, i) => {
				change.over = isOver(change,
					s.changes.slice(i + 1));
				change.back = isBack(s, change,
					s.changes.slice(0, i));
				change.open = change.worse === true &&
					change.kind !== 'outlier' &&
					!change.accepted && !change.muted &&
					!change.over;
			});
		}
	};

	const matches = (wanted, is) =>
		wanted === undefined || wanted === is;

	const markApplies = (mark, s) => matches(mark.case, s.case) &&
		matches(mark.metric, s.metric) && matches(mark.arch, s.arch) &&
		matches(mark.target, s.target) &&
		matches(mark.machine, s.machine) &&
		matches(mark.branch, s.branch);

	const LIMITS = new Map([
		['<=', (x, limit) => x <= limit],
		['<', (x, limit) => x < limit],
		['>=', (x, limit) => x >= limit],
		['>', (x, limit) => x > limit],
		['==', (x, limit) => x === limit],
		['!=', (x, limit) => x !== limit],
	]);

	/* The limits of a series, and those that its newest value misses. */
	const readLimits = (s) => {
		const last = s.value[s.n - 1];
		const today = Format.day(runs[s.runOf[s.n - 1]].time);

		s.limits = (s.cased.criteria || []).filter((limit) =>
			limit.metric === s.metric &&
			(!limit.target || limit.target === s.target));
		s.missed = s.limits.filter((limit) =>
			LIMITS.has(limit.operator) &&
			!LIMITS.get(limit.operator)(last, limit.limit) &&
			!(limit.by && (!/^\d/.test(limit.by) ||
				today.localeCompare(limit.by) < 0)));
	};

	/* One chart has the ids and branches of what else is the same. */
	const makeCharts = () => {
		const byKey = new Map();

		for (const s of series) {
			const key = keyOf([s.case, s.metric, s.unit, s.arch,
				s.target, s.machine]);

			if (!byKey.has(key))
				byKey.set(key, {key, lines: []});
			byKey.get(key).lines.push(s);
		}
		charts = Array.from(byKey.values());
		for (const chart of charts) {
			const s = chart.lines[0];

			chart.isProbe = s.case === ':probe';
			chart.search = [s.case, s.metric].join(' ')
				.toLowerCase();
			chart.severity = Math.max(...chart.lines.map(severity));
			chart.excess = Math.max(...chart.lines.map((s) =>
				s.excess));
			const gates = chart.lines.some((line) => line.gate);

			/* Noise of what does not gate hides nothing that does. */
			chart.rank = chart.severity > 0 ? 4 + gates
				: gates ? 2 + (chart.excess > 0)
					: 0 + (chart.excess > 0);
		}
		charts.sort((x, y) => x.isProbe - y.isProbe ||
			y.rank - x.rank || y.severity - x.severity ||
			y.excess - x.excess);
	};

	/* How much worse it has become and still is: what is shown first. */
	const severity = (s) => s.changes.filter((c) => c.open)
		.reduce((most, c) => Math.max(most, Math.abs(c.change || 0)),
			s.missed.length ? 0.001 : 0);

	/*
	 * By how much the newest value is worse than the median of its level
	 * before it, where that is more than matters: no change yet, but worth a
	 * look.
	 */
	const excess = (s) => {
		const from = Math.max(0, ...s.changes
			.filter((c) => c.kind === 'step').map((c) => c.index));
		const level = s.value.slice(from, s.n - 1).sort();
		const median = level[level.length >> 1];
		const change = median ? (s.value[s.n - 1] - median) /
			Math.abs(median) * worseSign(s) : 0;

		return change >= tolerance(s) ? change : 0;
	};

	const read = (text) => {
		raw = JSON.parse(text);
		readRuns();
		inOrder = runs.every((run, i) => i === 0 ||
			run.time >= runs[i - 1].time);
		series = raw.series.map(readSeries);
		readChanges();
		for (const s of series) {
			s.marks = raw.marks.filter((m) => markApplies(m, s));
			s.baselines = raw.baselines.filter((b) =>
				b.case === s.case && b.metric === s.metric &&
				(b.unit || '') === s.unit &&
				matches(b.id, s.id) &&
				matches(b.machine, s.machine) &&
				matches(b.series, s.number));
			readLimits(s);
			s.excess = excess(s);
		}
		makeCharts();
	};

	/* Where a run is on the axis: its time, or its place. */
	const position = (run, byOrder) =>
		(byOrder || !hasTimes ? run.number : run.time);

	/* The point of a series that is the right-most one of its chart. */
	const lastOf = (s, byOrder) => {
		let last = s.n - 1;

		if (!byOrder && hasTimes && !inOrder)
			s.runOf.forEach((number, i) => {
				if (runs[number].time >
					runs[s.runOf[last]].time)
					last = i;
			});
		return last;
	};

	/* What its last point in the order of commits is called. */
	const lastWords = (s) => (lastOf(s, false) === s.n - 1
		? 'newest value' : 'value of the newest commit');

	const isAscending = (xs) => {
		for (let i = 1; i < xs.length; i++)
			if (!(xs[i] >= xs[i - 1]))
				return false;
		return true;
	};

	/* The same of one line whose points are in order, as most are. */
	const rowsOfOne = (s, xs) => {
		const rows = new Array(s.n), points = new Array(s.n);

		for (let i = 0; i < s.n; i++) {
			rows[i] = [xs[i], [s.lo[i], s.value[i], s.hi[i]]];
			points[i] = i;
		}
		return {rows, points: [points]};
	};

	/* The rows for dygraphs, and which point of which line each shows. */
	const rowsOf = (lines, byOrder) => {
		if (lines.length === 1) {
			const xs = Array.from(lines[0].runOf, (number) =>
				position(runs[number], byOrder));

			if (isAscending(xs))
				return rowsOfOne(lines[0], xs);
		}
		const all = [];

		lines.forEach((s, line) => {
			for (let i = 0; i < s.n; i++) {
				const run = runs[s.runOf[i]];

				all.push({x: position(run, byOrder),
					run: run.number, line, i});
			}
		});
		all.sort((p, q) => p.x - q.x || p.run - q.run || p.i - q.i);
		const rows = [];
		const points = lines.map(() => []);
		let last = null;

		for (const p of all) {
			const s = lines[p.line];
			const same = last && last.run === p.run &&
				rows[rows.length - 1][p.line + 1] === null;

			if (!same) {
				rows.push([p.x].concat(lines.map(() => null)));
				points.forEach((list) => list.push(-1));
			}
			rows[rows.length - 1][p.line + 1] =
				[s.lo[p.i], s.value[p.i], s.hi[p.i]];
			points[p.line][rows.length - 1] = p.i;
			last = p;
		}
		return {rows, points};
	};

	/* The first and last place of the points of some series. */
	const extentOf = (lines, byOrder) => {
		let least = Infinity, most = -Infinity;
		const see = (number) => {
			const x = position(runs[number], byOrder);

			least = Math.min(least, x);
			most = Math.max(most, x);
		};

		for (const s of lines)
			if (byOrder || inOrder || !hasTimes) {
				see(s.oldest);
				see(s.newest);
			} else
				s.runOf.forEach(see);
		return least <= most ? [least, most] : [0, 1];
	};

	/* The runs of some series, in their order. */
	const runsOf = (lines) => {
		const has = new Uint8Array(runs.length);

		for (const s of lines)
			for (let i = 0; i < s.n; i++)
				has[s.runOf[i]] = 1;
		return runs.filter((run) => has[run.number]);
	};

	return {read, worseSign, position, lastOf, lastWords, rowsOf, extentOf, runsOf,
		get runs() { return runs; },
		get series() { return series; },
		get charts() { return charts; },
		get hasTimes() { return hasTimes; },
		get marks() { return raw.marks; }};
})();
