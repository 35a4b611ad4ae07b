/*
 * Two revisions beside each other: a branch, a commit, a day or a baseline
 * against another one.
 */
/* global Changes, Data, Format, State */
/* exported Compare */
const Compare = (() => {
	'use strict';

	const {el} = Format;
	const MOST = 1000;

	const median = (list) => {
		const x = Float64Array.from(list).sort();
		const half = x.length >> 1;

		return x.length % 2 ? x[half] : (x[half - 1] + x[half]) / 2;
	};

	/* A series of several branches has none of its own. */
	const branchOf = (s, run) => s.branch || run.branch;

	/* The points of a chart that a revision names. */
	const pointsOf = (lines, said) => {
		const points = (s, good) => Array.from({length: s.n},
			(_, i) => ({s, i, run: Data.runs[s.runOf[i]]}))
			.filter((p) => good(p.run));
		const newest = (list) => list.reduce((best, p) =>
			(!best || p.run.number > best.run.number ? p : best),
		null);
		const branch = newest(lines.flatMap((s) => points(s, (run) =>
			branchOf(s, run) === said)));

		if (branch)
			return [branch];
		const commit = said.slice(0, 16).toLowerCase();
		const all = lines.flatMap((s) => points(s, (run) =>
			(said.length >= 4 && run.commit.startsWith(commit)) ||
			run.name === said));

		if (all.length || !/^\d{4}-\d\d-\d\d/.test(said))
			return all;
		const before = Date.parse(said.length === 10
			? said + 'T23:59:59Z' : said);
		const last = newest(lines.flatMap((s) => points(s, (run) =>
			run.time <= before)));

		return last ? [last] : [];
	};

	/* A revision's value in a chart, with how far its intervals reach. */
	const valueOf = (lines, said) => {
		const base = lines.flatMap((s) => s.baselines.map((b) =>
			({s, b}))).find(({b}) => b.name === said);

		if (base)
			return {value: base.b.value, lo: NaN, hi: NaN,
				n: base.b.n, id: base.b.id || '', s: base.s,
				i: -1};
		const list = pointsOf(lines, said);

		if (!list.length)
			return null;
		const known = list.every(({s, i}) => s.hasInterval(i));

		return {value: median(list.map(({s, i}) => s.value[i])),
			lo: known ? Math.min(...list.map(({s, i}) => s.lo[i]))
				: NaN,
			hi: known ? Math.max(...list.map(({s, i}) => s.hi[i]))
				: NaN,
			n: list.length, id: list[0].s.id, s: list[0].s,
			i: list[list.length - 1].i};
	};

	const rowOf = (lines, a, b) => {
		const s = b.s;
		const change = a.value ? b.value / a.value - 1 : NaN;
		const apart = a.hi < b.lo || b.hi < a.lo ? true
			: a.lo <= b.hi ? false : null;
		const threshold = s.threshold > 0 ? s.threshold : 0.05;
		const worse = change * Data.worseSign(s);
		const far = Math.abs(change) >= threshold;
		const same = !a.id || !b.id || a.id === b.id;

		return {s, a, b, change, apart, worse: worse || 0, same,
			tone: !same || apart === false || !far ? 'none'
				: worse > 0 ? 'bad' : worse < 0 ? 'good'
					: 'none'};
	};

	const TONES = ['bad', 'good', 'none'];

	const ORDERS = new Map([
		['worse', (x, y) => TONES.indexOf(x.tone) -
			TONES.indexOf(y.tone) ||
			(x.tone === 'good' ? x.worse - y.worse
				: y.worse - x.worse)],
		['change', (x, y) => Math.abs(y.change || 0) -
			Math.abs(x.change || 0)],
		['name', (x, y) => x.s.case.localeCompare(y.s.case) ||
			x.s.metric.localeCompare(y.s.metric)],
	]);

	const head = (title, order) => {
		const on = (State.now.order || 'worse') === order;

		return el('th', {scope: 'col', 'aria-sort': on
			? (order === 'name' ? 'ascending' : 'descending')
			: 'none'},
		el('button', {type: 'button', class: 'sort', onclick: () =>
			State.set({order: order === 'worse' ? '' : order})},
		title + (on ? (order === 'name' ? ' ▲' : ' ▼') : '')));
	};

	const cell = (side, unit) => el('td', {class: 'num'},
		side.i >= 0 ? Changes.pointLink(side.s, side.i,
			Format.value(side.value, unit))
			: Format.value(side.value, unit),
		Number.isNaN(side.lo) ? '' : el('span', {class: 'small'},
			Format.interval(side.lo, side.hi, unit)));

	const tableRow = (row) => {
		const direction = row.worse > 0 ? 'worse'
			: row.worse < 0 ? 'better' : '';

		return el('tr', null,
			el('th', {scope: 'row'}, Format.name(row.s.case), ' ',
				Format.name(row.s.metric),
				el('span', {class: 'small'},
					Changes.describe({...row.s,
						branch: ''}))),
			el('td', {class: 'num ' + row.tone},
				el('span', {class: 'tag'},
					Format.change(row.change))),
			el('td', {class: row.tone}, el('span', {class: 'tag'},
				Changes.SYMBOLS[row.tone] + ' ' + direction)),
			cell(row.a, row.s.unit), cell(row.b, row.s.unit),
			el('td', null, !row.same ? 'another definition'
				: row.apart === null ? 'no intervals'
					: row.apart ? 'apart' : 'overlap'));
	};

	/* What one may choose, the likeliest first. */
	const revisions = (charts) => {
		const lines = charts.flatMap((chart) => chart.lines);
		const list = new Map();
		const branches = new Map();
		const runs = new Set();

		for (const s of lines) {
			for (const b of s.baselines)
				list.set(b.name, 'baseline');
			for (const run of s.runOf) {
				const branch = branchOf(s, Data.runs[run]);

				runs.add(run);
				if (branch)
					branches.set(branch,
						(branches.get(branch) || 0) +
						1);
			}
		}
		for (const [branch] of Array.from(branches)
			.sort((x, y) => y[1] - x[1]))
			list.set(branch, 'newest of the branch');
		for (const number of Array.from(runs).sort((x, y) => y - x)) {
			const run = Data.runs[number];
			const said = Format.commit(run.commit);

			if (said && !list.has(said) && list.size < 300)
				list.set(said, [Format.day(run.time),
					run.branch].filter(Boolean).join(' '));
		}
		return list;
	};

	/*
	 * What is compared where nobody has chosen: another branch with the one
	 * that has most points, else what is newest with the baseline or, as
	 * releases are not known here, with what was a month before.
	 */
	const MONTH = 30 * 24 * 3600e3;
	const usual = (list, charts) => {
		const of = (kind) => Array.from(list).filter(([, is]) =>
			is.startsWith(kind)).map(([said]) => said);
		const [baseline] = of('baseline');
		const [most, other] = of('newest');
		const times = charts.flatMap(({lines}) => lines.map((s) =>
			Data.runs[s.runOf[s.n - 1]].time));
		const last = Math.max(...times.filter(Number.isFinite));
		const day = Number.isFinite(last) ? Format.day(last - MONTH)
			: '';

		return {a: baseline || (other ? most : day),
			b: other || most || Format.day(last)};
	};

	const chooser = (key, list, now) => {
		const id = 'revision-' + key;

		return el('label', {class: 'field'},
			el('span', null, key.toUpperCase()),
			el('input', {id, list: id + '-list', value: now,
				autocomplete: 'off', spellcheck: 'false',
				onchange: (event) => State.set({
					[key]: event.target.value.trim()})}),
			el('datalist', {id: id + '-list'}, Array.from(list)
				.map(([said, what]) => el('option',
					{value: said}, what))));
	};

	const view = (charts) => {
		const list = revisions(charts);
		const {a, b} = {...usual(list, charts), ...Object.fromEntries(
			['a', 'b'].filter((key) => State.now[key])
				.map((key) => [key, State.now[key]]))};
		const rows = [];
		let absent = 0;

		for (const chart of charts) {
			const [x, y] = [a, b].map((said) => said &&
				valueOf(chart.lines, said));

			if (x && y)
				rows.push(rowOf(chart.lines, x, y));
			else
				absent++;
		}
		rows.sort(ORDERS.get(State.now.order) || ORDERS.get('worse'));
		const count = (tone) => rows.filter((row) =>
			row.tone === tone).length;

		return el('div', null,
			el('div', {class: 'filters'}, chooser('a', list, a),
				chooser('b', list, b),
				el('button', {type: 'button', onclick: () =>
					State.set({a: b, b: a})}, 'Swap')),
			el('p', {class: 'small'}, 'A branch stands for its ' +
				'newest run; a commit may be cut short; a ' +
				'day stands for the last run until then.'),
			el('p', {role: 'status'}, el('b', null,
				rows.length + ' compared: ' + count('bad') +
				' worse and ' + count('good') + ' better by ' +
				'more than their threshold, with no ' +
				'intervals that touch'),
			absent ? '; ' + absent + ' without one of the two'
				: '', '. This is a look, not a test: ' +
				'cmp-baseline decides.'),
			rows.length ? Format.table('A: ' + a + ', B: ' + b, [
				head('Series', 'name'),
				head('Change', 'change'),
				head('Which is', 'worse'), ...['A', 'B'].map(
					(side) => el('th', {scope: 'col',
						class: 'num'}, side)),
				'Intervals'],
			rows.slice(0, MOST).map(tableRow))
				: el('p', {class: 'empty'},
					'No series has both of them.'),
			rows.length > MOST ? el('p', {class: 'empty'},
				(rows.length - MOST) + ' more: choose a ' +
				'workload or a metric to see them.') : '');
	};

	return {view};
})();
