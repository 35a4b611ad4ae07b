/*
 * All runs: a strip of passes and failures, and a table.
 */
/* global Data, Detail, Format, State */
/* exported Runs */
const Runs = (() => {
	'use strict';

	const {el} = Format;
	const STRIP = 60;
	const MOST = 500;

	const LOOKS = new Map([['pass', ['good', '✔']],
		['fail', ['bad', '✖']], ['inconclusive', ['warn', '?']]]);

	const link = (run, attributes, ...parts) => el('a', {
		href: State.hashOf({point: '',
			run: run.name || '@' + run.number}), ...attributes},
	parts);

	const words = (run) => ['run', Format.time(run.time),
		Format.commit(run.commit), run.branch,
		run.result || 'not judged'].filter(Boolean).join(' ');

	/* The runs of some series, the oldest first. */
	const runsOf = (lines) => {
		const [from, to] = State.range();

		return Data.runsOf(lines).filter((run) =>
			Number.isNaN(run.time) ||
			(run.time >= from && run.time <= to))
			.sort((p, q) => Data.position(p) - Data.position(q) ||
				p.number - q.number);
	};

	/* The newest run of some series that was judged. */
	const newest = (lines) => runsOf(lines).reverse()
		.find((run) => run.result);

	const strip = (runs) => {
		const judged = runs.filter((run) => run.result);
		const list = judged.slice(-STRIP);
		const count = (result) => judged.filter((run) =>
			run.result === result).length;

		if (!list.length)
			return [];
		return [el('h2', {class: 'small'}, judged.length + ' runs: ' +
			count('pass') + ' passed, ' + count('fail') +
			' failed, ' + count('inconclusive') +
			' inconclusive' + (judged.length > STRIP
			? '; the newest ' + STRIP + ':' : '')),
		el('ol', {class: 'runs'}, list.map((run) => {
			const [tone, symbol] = LOOKS.get(run.result) ||
				['none', '•'];

			return el('li', null, link(run, {class: 'run ' + tone,
				title: words(run), 'aria-label': words(run)},
			symbol));
		}))];
	};

	/* One place for the tabulator; arrows move in it. */
	const keys = (event) => {
		const moves = {ArrowLeft: -1, ArrowRight: 1, Home: -Infinity,
			End: Infinity};
		const links = Array.from(event.currentTarget
			.querySelectorAll('a'));
		const at = links.indexOf(document.activeElement);

		if (!(event.key in moves) || at < 0)
			return;
		links[Math.min(links.length - 1, Math.max(0,
			at + moves[event.key]))].focus();
		event.preventDefault();
	};

	const showStrip = (lines) => {
		const place = document.getElementById('strip');

		place.replaceChildren(...strip(runsOf(lines)));
		const links = place.querySelectorAll('a');

		if (links.length)
			place.lastChild.scrollLeft = 1e6; /* to the newest */
		links.forEach((a, i) => {
			a.tabIndex = i === links.length - 1 ? 0 : -1;
		});
	};

	const start = () => document.getElementById('strip')
		.addEventListener('keydown', keys);

	const row = (run) => {
		const [tone, symbol] = LOOKS.get(run.result) || ['none', ''];

		return el('tr', null,
			el('th', {scope: 'row'}, link(run, null,
				Format.time(run.time) || run.name ||
				'run ' + (run.number + 1))),
			el('td', null, el('code', null,
				Format.commit(run.commit)),
			run.dirty ? ' with changes' : ''),
			el('td', null, run.branch ? Format.name(run.branch)
				: ''),
			el('td', null, run.arch || ''),
			el('td', null, (run.machine || '').slice(0, 8)),
			el('td', {class: tone}, el('span', {class: 'tag'},
				symbol + ' ' + (run.result || ''))),
			el('td', null, run.report
				? Format.link(run.report, 'report') : ''));
	};

	const view = (lines) => {
		const runs = runsOf(lines).reverse();

		if (!runs.length)
			return el('p', {class: 'empty'}, 'No run is left.');
		return el('div', null, Format.table('Runs, newest first',
			['Time', 'Commit', 'Branch', 'Architecture', 'Machine',
				'Result', 'Report'],
			runs.slice(0, MOST).map(row)),
		runs.length > MOST ? el('p', {class: 'empty'},
			(runs.length - MOST) + ' older ones: choose dates ' +
			'to see them.') : '');
	};

	return {link, newest, showStrip, start, view, RESULTS: Detail.RESULTS};
})();
