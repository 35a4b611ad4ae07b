/*
 * What is known of one point, or of one run: in a panel beside the charts.
 */
/* global Changes, Data, Format, State */
/* exported Detail */
const Detail = (() => {
	'use strict';

	const {el} = Format;
	let from = null; /* what had the focus before */
	let shown = '';

	const panel = () => document.getElementById('detail');

	const facts = (list) => el('dl', {class: 'facts'},
		list.filter((fact) => fact[1] !== '' && fact[1] !== undefined &&
			fact[1] !== null && fact[1] !== false)
			.map(([name, ...value]) =>
				[el('dt', null, name), el('dd', null, value)]));

	/* The values of a point as dots on a line; their list is beside. */
	const strip = (values) => {
		const ns = 'http://www.w3.org/2000/svg';
		const svg = document.createElementNS(ns, 'svg');
		const least = Math.min(...values), most = Math.max(...values);

		svg.setAttribute('viewBox', '0 0 320 24');
		svg.setAttribute('class', 'strip');
		svg.setAttribute('aria-hidden', 'true');
		for (const [i, value] of values.entries()) {
			const dot = document.createElementNS(ns, 'circle');
			const x = most > least
				? (value - least) / (most - least) : 0.5;

			dot.setAttribute('cx', String(8 + 304 * x));
			dot.setAttribute('cy', String(8 + 4 * (i % 3)));
			dot.setAttribute('r', '4');
			svg.append(dot);
		}
		return svg;
	};

	const samples = (s, i) => {
		const values = s.values(i);

		if (!values.length)
			return '';
		return el('section', null,
			el('h3', null, 'Round values'), strip(values),
			el('p', {class: 'small'}, values.map((x) =>
				Format.value(x, s.unit)).join(', ')));
	};

	/* Facts of the machine; a size in memory is B. */
	const hostFact = (name, value) => {
		if (typeof value === 'number' && /memory|swap/.test(name))
			return Format.value(value, 'B');
		return typeof value === 'object' && value !== null
			? JSON.stringify(value) : String(value);
	};

	const checks = (run) => {
		const list = run.checks.filter((check) => check.level !== 'ok');
		const fine = run.checks.length - list.length;

		if (!run.checks.length)
			return '';
		return [el('h4', null, 'What may have disturbed it'),
			el('ul', {class: 'checks'}, list.map((check) =>
				el('li', {class: check.level === 'warning'
					? 'warn' : 'none'},
				el('span', {class: 'tag'},
					(check.level === 'warning' ? '⚠ '
						: '• ') + check.id),
				': ' + (check.msg || ''),
				check.fix ? el('span', {class: 'small'},
					check.fix) : '')),
			el('li', {class: 'none'}, fine + ' of ' +
				run.checks.length + ' looks found nothing'))];
	};

	const RESULTS = new Map([['pass', '✔ pass'], ['fail', '✖ fail'],
		['inconclusive', '? inconclusive']]);

	const aboutRun = (run) => [
		facts([
			['Run', run.name && Format.name(run.name)],
			['Time', Format.time(run.time)],
			['Commit', run.commit && el('code', null, run.commit),
				run.dirty ? ' with changes' : ''],
			['Branch', run.branch && Format.name(run.branch)],
			['Result', run.result && el('span', {class:
				run.result === 'fail' ? 'bad tag'
					: run.result === 'pass' ? 'good tag'
						: 'tag'},
			RESULTS.get(run.result) || run.result)],
			['Report', run.report && Format.link(run.report,
				'Report of this run')],
		]),
		el('h3', null, 'Environment'),
		facts([
			['Architecture', run.arch],
			['Target', run.target !== run.arch && run.target],
			['Machine', run.machine],
			...Object.entries(run.host || {}).map(([name, value]) =>
				[name, hostFact(name, value)]),
		]),
		...[checks(run)].flat(),
	];

	/* How it stands to the point before and to the baselines. */
	const against = (s, i) => {
		const ratio = (y) => (y ? Format.change(s.value[i] / y - 1)
			: '');
		const said = (y) => Format.value(y, s.unit) + ', ' + ratio(y);
		const list = i > 0 ? [['Point before', said(s.value[i - 1])]]
			: [];

		for (const b of s.baselines)
			list.push([b.name, said(b.value)]);
		return list;
	};

	const step = (s, i, text) => (i >= 0 && i < s.n
		? Changes.pointLink(s, i, text)
		: el('span', {class: 'small'}, text));

	const aboutPoint = (s, i) => {
		const run = Data.runs[s.runOf[i]];
		const choose = (key) => el('a', {href: State.hashOf({
			view: 'compare', point: '', [key]: run.commit})},
		'compare as ' + key.toUpperCase());

		return [
			el('p', {class: 'small'}, Changes.describe(s)),
			facts([
				['Value', el('b', null,
					Format.value(s.value[i], s.unit))],
				['Interval', s.hasInterval(i) &&
					Format.interval(s.lo[i], s.hi[i],
						s.unit) + ' (' + Math.round(
						s.level * 1000) / 10 + ' %)'],
				['n', s.count(i)],
				['Aggregator', s.aggregator],
				...against(s, i),
			]),
			el('p', {class: 'steps'}, step(s, i - 1, '← older'),
				' ', step(s, i + 1, 'newer →'),
				run.commit ? [' ', choose('a'), ' ',
					choose('b')] : ''),
			...s.changes.filter((c) => c.index === i).map((c) =>
				el('div', null, el('ul', {class: 'events'},
					Changes.item(c)),
				c.why ? el('p', null, c.why) : '')),
			...s.marks.filter((m) => Changes.markIndex(s, m) === i)
				.map((m) => el('p', null,
					'✓ ' + Changes.markWords(m))),
			samples(s, i),
			el('h3', null, 'Run'),
			...aboutRun(run),
		];
	};

	const runNumber = (said) => (said.startsWith('@')
		? Number(said.slice(1))
		: Data.runs.findIndex((run) => run.name === said));

	/* The series and the point that a link names, if they are here. */
	const find = (said) => {
		const key = said.split(':', 1)[0];
		const s = Data.series.find((t) => t.key === key);
		const run = runNumber(said.slice(key.length + 1));
		const i = s ? s.runOf.indexOf(run) : -1;

		return i >= 0 ? {s, i} : null;
	};

	const close = () => {
		State.set({point: '', run: ''});
	};

	const fill = (title, parts) => {
		const head = el('h2', {id: 'detail-head', tabindex: '-1'},
			title);

		panel().replaceChildren(el('button', {type: 'button',
			class: 'quiet close', onclick: close}, 'Close'),
		head, ...parts.flat(3).filter((part) => part !== ''));
		return head;
	};

	/* Opens, fills or closes the panel as the state says. */
	const update = (state) => {
		const wanted = state.point || state.run;
		const found = state.point ? find(state.point) : null;
		const number = state.run && !state.point
			? runNumber(state.run) : -1;
		let head = null;

		if (wanted === shown)
			return;
		if (!shown)
			from = document.activeElement;
		shown = wanted;
		if (found)
			head = fill([Format.name(found.s.case), ' ',
				Format.name(found.s.metric)],
			aboutPoint(found.s, found.i));
		else if (Data.runs[number])
			head = fill('Run', aboutRun(Data.runs[number]));
		else if (wanted)
			head = fill('Not here', [el('p', null, 'This page ' +
				'has no such point or run: the link may be ' +
				'of another page.')]);
		panel().hidden = !wanted;
		document.body.classList.toggle('with-detail', Boolean(wanted));
		if (head)
			head.focus({preventScroll: true});
		else if (from && from.isConnected)
			from.focus({preventScroll: true});
	};

	const start = () => document.addEventListener('keydown', (event) => {
		if (event.key === 'Escape' && shown)
			close();
	});

	return {update, start, find, RESULTS};
})();
