/*
 * Changes and marks in words, and the table of all of them.
 */
/* global Data, Format, State */
/* exported Changes */
const Changes = (() => {
	'use strict';

	const {el} = Format;

	const SYMBOLS = {bad: '✖', good: '✔', warn: '⚠', none: '•'};

	const KINDS = new Map([['step', 'step'], ['creep', 'creep'],
		['outlier', 'outlier']]);

	const PREPOSITIONS = new Map([['step', ' since '], ['creep', ' from '],
		['outlier', ' on ']]);

	const kindOf = (change) => KINDS.get(change.kind) || change.kind;

	/* What a change is to the reader. */
	const toneOf = (change) => {
		if (change.accepted || change.muted ||
			change.kind === 'outlier')
			return 'none';
		if (change.worse === true)
			return change.over ? 'warn' : 'bad';
		return change.worse === false ? 'good' : 'none';
	};

	/* Worse, better, and what became of it. */
	const statusOf = (change) => {
		const words = [change.worse === true ? 'worse'
			: change.worse === false ? 'better' : 'changed'];

		if (change.back)
			words.push('back from worse');
		if (change.accepted)
			words.push('accepted');
		if (change.muted)
			words.push('muted');
		if (change.worse === true && change.over)
			words.push('over since');
		if (change.stable === false)
			words.push('not stable');
		return words.join(', ');
	};

	const ends = (change) => Format.change(change.ci[0]) + ' to ' +
		Format.change(change.ci[1]);

	const sizeOf = (change) => Format.change(change.change) +
		(change.ci ? ' (' + ends(change) + ')' : '');

	/* How a change is shown at its point. */
	const sign = (change) => ({
		tone: toneOf(change),
		symbol: change.kind === 'outlier' ? '!'
			: change.change < 0 ? '▼' : '▲',
		words: kindOf(change) + ' ' +
			sizeOf(change) + ', ' + statusOf(change),
	});

	const markWords = (mark) =>
		(mark.kind === 'mute' ? 'Muted' : 'Change accepted') +
		(mark.until ? ' until ' + mark.until.slice(0, 10) : '') +
		(mark.by ? ' by ' + mark.by : '') +
		(mark.reason ? ': ' + mark.reason : '');

	/* The first point of a series that a mark is about. */
	const markIndex = (s, mark) => {
		/* A mute may hold from the beginning. */
		const from = mark.time ? Date.parse(mark.time) : -Infinity;

		for (let i = 0; i < s.n; i++) {
			const run = Data.runs[s.runOf[i]];

			if ((mark.run && run.name === mark.run) ||
				(mark.commit && run.commit &&
				mark.commit.startsWith(run.commit)) ||
				(!mark.run && !mark.commit && run.time >= from))
				return i;
		}
		return s.n && Data.runs[s.runOf[0]].time > from ? 0 : -1;
	};

	/* Between which commits it happened. */
	const suspects = (change) => {
		const [a, b] = change.commits || [];

		if (a && b && a !== b)
			return Format.commit(a) + '..' + Format.commit(b);
		return Format.commit(change.commit || change.run.commit);
	};

	const pointLink = (s, index, ...parts) => {
		const run = Data.runs[s.runOf[index]];

		return el('a', {href: State.hashOf({point: s.key + ':' +
			(run.name || '@' + run.number), run: ''})}, parts);
	};

	const dayOf = (s, i) => Format.day(Data.runs[s.runOf[i]].time) ||
		'point ' + (i + 1);

	/* A step is at a point, a creep from one to another. */
	const when = (change) => {
		const [first] = (change.kind === 'creep' && change.range) ||
			[NaN];

		return (first >= 0 && first < change.index
			? dayOf(change.of, first) + ' to ' : '') +
			dayOf(change.of, change.index);
	};

	const isIn = (change, range) => Number.isNaN(change.run.time) ||
		(change.run.time >= range[0] && change.run.time <= range[1]);

	/* The changes of some series, the worst of the open ones first. */
	const listOf = (lines) => {
		const range = State.range();
		const tones = ['bad', 'warn', 'good', 'none'];
		const rank = (change) => tones.indexOf(toneOf(change));

		return lines.flatMap((s) => s.changes)
			.filter((change) => isIn(change, range))
			.sort((x, y) => rank(x) - rank(y) || Math.abs(
				y.change || 0) - Math.abs(x.change || 0));
	};

	/* One line for a person, below a chart. */
	const item = (change) => {
		const tone = toneOf(change);

		return el('li', {class: 'event ' + tone},
			el('span', {class: 'tag'}, SYMBOLS[tone] + ' ' +
				sign(change).symbol + ' ' +
				Format.change(change.change) + ' ' +
				statusOf(change)),
			change.ci ? ' (' + ends(change) + ')' : '', ', ' +
			kindOf(change) +
				(PREPOSITIONS.get(change.kind) || ' '),
			pointLink(change.of, change.index, when(change)),
			suspects(change) ? [' in ', el('code', null,
				suspects(change))] : '',
			change.q !== undefined
				? ', q ' + Format.probability(change.q) : '');
	};

	/* Limits that the newest values miss. */
	const missed = (lines) => lines.flatMap((s) => s.missed.map((limit) =>
		el('li', {class: 'event bad'}, el('span', {class: 'tag'},
			'✖ limit ' + Format.operator(limit.operator) + ' ' +
			Format.value(limit.limit, s.unit)),
		' is missed by the ' + Data.lastWords(s) + ', ' +
			Format.value(s.value[s.n - 1], s.unit))));

	/* What is no change yet, where there is none. */
	const looks = (lines) => lines.filter((s) => s.excess > 0 &&
		!s.changes.some((c) => c.open)).map((s) =>
		el('li', {class: 'event none'}, 'The ' +
			Data.lastWords(s) + ' is ' +
			Format.change(s.excess * Data.worseSign(s)) +
			' from the median before it: a change only if it ' +
			'stays so.'));

	const HEADS = ['Series', 'Status', 'What', 'Change', 'From', 'To',
		'Since', 'Commits', 'q'];

	const row = (change) => {
		const s = change.of;
		const tone = toneOf(change);

		return el('tr', null,
			el('th', {scope: 'row'}, pointLink(s, change.index,
				Format.name(s.case), ' ',
				Format.name(s.metric)),
			el('span', {class: 'small'}, describe(s))),
			el('td', {class: tone},
				el('span', {class: 'tag'}, SYMBOLS[tone] + ' ' +
					statusOf(change))),
			el('td', null, kindOf(change)),
			el('td', {class: 'num'}, sizeOf(change)),
			Format.cell(Format.value(change.before, s.unit)),
			Format.cell(Format.value(change.after, s.unit)),
			el('td', {class: 'when'}, when(change)),
			el('td', null, el('code', null, suspects(change))),
			el('td', {class: 'num'}, change.q === undefined ? ''
				: Format.probability(change.q)));
	};

	/* The sentence of a change, below its numbers. */
	const whyRow = (change) => (change.why ? el('tr', {class: 'why'},
		el('td', {class: 'small', colspan: HEADS.length},
			change.why)) : []);

	/* What tells a series from others of its case. */
	const describe = (s) => [s.arch, s.target !== s.arch ? s.target : '',
		s.machine && 'machine ' + s.machine.slice(0, 8), s.branch]
		.filter(Boolean).join(' · ');

	const MOST = 500;

	const view = (lines) => {
		const list = listOf(lines);

		if (!list.length)
			return el('p', {class: 'empty'},
				'No change was found in these series.');
		return el('div', null,
			Format.table('Changes, the worst that still hold first',
				HEADS, list.slice(0, MOST).map((change) =>
					[row(change), whyRow(change)])),
			list.length > MOST ? el('p', {class: 'empty'},
				(list.length - MOST) + ' more: choose a ' +
				'workload or a metric to see them.') : '');
	};

	return {SYMBOLS, missed, looks, sign, markWords, markIndex, pointLink, item,
		listOf,
		describe, view, suspects};
})();
