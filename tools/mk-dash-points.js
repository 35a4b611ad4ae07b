/*
 * The points of a chart in words: what a line is called, what is said of a
 * point, and the table of all of them.
 */
/* global Changes, Data, Format, Plot */
/* exported Points */
const Points = (() => {
	'use strict';

	const {el} = Format;
	const MOST = 500; /* rows at a time */

	const nameOf = (s, lines) => {
		const twins = lines.filter((t) => t.branch === s.branch);

		return [s.branch || (lines.length > 1 ? 'no branch' : ''),
			twins.length > 1 && s.id ? 'id ' + s.id.slice(0, 8)
				: ''].filter(Boolean).join(' ');
	};

	/* A piece of a line as the chart draws it. */
	const swatch = (looks, width, dash) => {
		const ns = 'http://www.w3.org/2000/svg';
		const svg = document.createElementNS(ns, 'svg');
		const path = document.createElementNS(ns, 'line');
		const set = (to, given) => Object.entries(given).forEach(
			([key, value]) => to.setAttribute(key, value));

		set(svg, {viewBox: '0 0 28 10', width: 28, height: 10,
			'aria-hidden': 'true',
			class: 'swatch ' + looks});
		set(path, {x1: 0, y1: 5, x2: 28, y2: 5, 'stroke-width': width,
			'stroke-dasharray': dash.join(' ') || 'none'});
		svg.append(path);
		return svg;
	};

	const legendWords = (s, i) => (s.hasInterval(i)
		? Format.interval(s.lo[i], s.hi[i], s.unit) + ', ' : '') +
		(Format.day(Data.runs[s.runOf[i]].time) || 'newest');

	/* A line and what is said beside it: its right-most point. */
	const legend = (s, line, lines, byOrder) => {
		const i = Data.lastOf(s, byOrder);
		const name = nameOf(s, lines);

		return el('li', null, swatch('line-' + line % 6, 2.5,
			Plot.DASHES[line % Plot.DASHES.length] || []), ' ',
			name ? [Format.name(name), ' '] : '',
			el('b', null, Format.value(s.value[i], s.unit)), ' ',
			el('span', {class: 'small'}, legendWords(s, i)));
	};

	/* What values are compared with: in the chart it would hide them. */
	const reference = ({kind, label}) => el('li', {class: 'small'},
		swatch(Plot.COLOURS[kind], Plot.WIDTHS[kind],
			Plot.STROKES[kind]), ' ', Format.name(label));

	const words = (s, i) => {
		const run = Data.runs[s.runOf[i]];
		const parts = [Format.value(s.value[i], s.unit)];

		if (s.hasInterval(i))
			parts[0] += ' (' + Format.interval(s.lo[i], s.hi[i],
				s.unit) + ')';
		parts.push(Format.time(run.time) || 'point ' + (i + 1));
		if (run.commit)
			parts.push(Format.commit(run.commit));
		if (run.result)
			parts.push('run: ' + run.result);
		for (const change of s.changes)
			if (change.index === i)
				parts.push(Changes.sign(change).words);
		return parts.join(', ');
	};

	const row = ({s, i, run}, lines) => {
		const notes = s.changes.filter((c) => c.index === i)
			.map((c) => Changes.sign(c).words);

		return el('tr', null,
			el('th', {scope: 'row'}, Changes.pointLink(s, i,
				Format.time(run.time) || 'point ' + (i + 1))),
			el('td', null, el('code', null,
				Format.commit(run.commit))),
			lines.length > 1 ? el('td', null, Format.name(
				nameOf(s, lines))) : '',
			Format.cell(Format.value(s.value[i], s.unit)),
			Format.cell(s.hasInterval(i)
				? Format.interval(s.lo[i], s.hi[i], s.unit)
				: ''),
			el('td', {class: 'num'}, s.count(i) || ''),
			el('td', null, run.result || ''),
			el('td', null, notes.join('; ')));
	};

	/* All points, the newest first; so many at a time. */
	const table = (lines) => {
		const all = lines.flatMap((s) => Array.from({length: s.n},
			(_, i) => ({s, i, run: Data.runs[s.runOf[i]]})));

		all.sort((p, q) => Data.position(q.run) -
			Data.position(p.run) || q.run.number - p.run.number);
		const heads = ['Time', 'Commit'].concat(
			lines.length > 1 ? ['Line'] : [],
			['Value', 'Interval', 'n', 'Run', 'Note']);
		const made = Format.table('Points of this chart, newest first',
			heads, []);
		const body = made.querySelector('tbody');
		const add = () => {
			const from = body.children.length;

			body.append(...all.slice(from, from + MOST)
				.map((point) => row(point, lines)));
			more.hidden = body.children.length >= all.length;
		};
		const more = el('button', {type: 'button', class: 'quiet',
			onclick: add}, 'More rows');

		add();
		return el('div', null, made, more);
	};

	/* What tells a chart from others, and what it is about. */
	const about = (s) => [s.arch, s.target !== s.arch ? s.target : '',
		s.machine && 'machine ' + s.machine.slice(0, 8),
		Data.worseSign(s) ? s.better + ' is better' : '',
		s.gate ? '' : 'does not gate', s.cased.description]
		.filter(Boolean).join(' · ');

	return {nameOf, legend, reference, words, table, about};
})();
