/*
 * The one sentence that everybody came for.
 */
/* global Changes, Format, Runs */
/* exported Headline */
const Headline = (() => {
	'use strict';

	const {el, plural} = Format;

	/* stat-trend(1): of fewer points no change is told at an alpha of 0.01 */
	const ENOUGH = 10;

	/* Whether there are too few points since the last accepted change. */
	const isShort = (s) => s.n - Math.max(0, ...s.changes
		.filter((c) => c.accepted).map((c) => c.index)) < ENOUGH;

	/* That nothing is worse is said of what could have shown it. */
	const nothing = (lines) => {
		const short = lines.filter(isShort);
		const few = short.length + ' of ' + lines.length +
			' series ' + (short.length === 1 ? 'has' : 'have');

		if (2 * short.length > lines.length)
			return ['none', 'no change can be shown yet: ' + few +
				' fewer than ' + ENOUGH + ' points'];
		return ['good', 'nothing is known to be worse' + (short.length
			? ', but ' + few + ' too few points to show it' : '')];
	};

	const missing = (missed) => plural(missed.length, 'series misses its',
		'series miss their') + ' limit';

	const worsened = (worse, idle) => plural(worse.length, 'series has',
		'series have') + ' become worse' + (idle.length === 0 ? ''
		: ', ' + (idle.length === worse.length ? 'and '
			: idle.length + ' of them ') +
			(idle.length === 1 ? 'does' : 'do') + ' not gate');

	/* What is said of the newest run that was judged, and how bad that is. */
	const RESULTS = new Map([['fail', ['bad', 'the newest run failed']],
		['inconclusive', ['warn', 'the newest run is inconclusive']]]);

	const aboutNewest = (lines) => {
		const run = Runs.newest(lines);
		const said = run && RESULTS.get(run.result);

		return said ? [...said, run] : null;
	};

	/* All that is to be said, each as [tone, text, run]. */
	const sayings = (all) => {
		const lines = all.filter((s) => s.case !== ':probe');
		const worse = lines.filter((s) => s.changes.some((c) =>
			c.open));
		const idle = worse.filter((s) => !s.gate);
		const missed = lines.filter((s) => s.missed.length);
		const better = lines.filter((s) => s.changes.some((c) =>
			c.worse === false && c.kind !== 'outlier' && !c.over &&
			!c.back));
		const newest = aboutNewest(all);
		const said = newest ? [newest] : [];

		if (worse.length)
			said.push([idle.length === worse.length ? 'warn'
				: 'bad', worsened(worse, idle)]);
		if (missed.length)
			said.push(['bad', missing(missed)]);
		if (!worse.length && !missed.length)
			said.push(lines.length ? nothing(lines)
				: ['none', 'no series is left']);
		if (better.length)
			said.push(['good', plural(better.length, 'series',
				'series') + ' became better']);
		return said;
	};

	const TONES = ['bad', 'warn', 'none', 'good'];

	const capital = (text) => text[0].toUpperCase() + text.slice(1);

	const show = (lines, place) => {
		const said = sayings(lines);
		const tone = TONES.find((t) => said.some(([is]) => is === t));
		const parts = said.map(([, words, run], i) => {
			const text = i ? words : capital(words);

			return [i ? '; ' : '', run ? Runs.link(run, null, text)
				: text];
		});

		place.replaceChildren(el('span', {class: 'status ' + tone},
			el('span', {class: 'tag', 'aria-hidden': 'true'},
				Changes.SYMBOLS[tone] + ' '), parts, '.'));
	};

	return {show};
})();
