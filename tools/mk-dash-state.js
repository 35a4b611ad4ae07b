/*
 * What is shown is said by the address of the page, behind the #: so a link
 * leads to the same view, and the browser's back and forward work.
 */
/* global Data */
/* exported State */
const State = (() => {
	'use strict';

	/* What a link may say, and what holds where it says nothing. */
	const DEFAULTS = {
		view: 'charts', find: '', workload: '', metric: '', arch: '',
		target: '', machine: '', branch: '', from: '', to: '',
		bad: '', x: '', zero: '', sort: '', a: '', b: '', order: '',
		point: '', run: '', chart: '',
	};
	let now = {...DEFAULTS};
	const watchers = [];

	const parse = (hash) => {
		const given = new URLSearchParams(hash.replace(/^#/, ''));
		const state = {...DEFAULTS};

		for (const key of Object.keys(DEFAULTS))
			if (given.has(key))
				state[key] = given.get(key);
		return state;
	};

	/* The link to a state: only what is not as usual. */
	const hashOf = (changes) => {
		const state = {...now, ...changes};
		const said = new URLSearchParams();

		for (const [key, usual] of Object.entries(DEFAULTS))
			if (state[key] !== usual)
				said.set(key, state[key]);
		return '#' + said.toString();
	};

	const tell = (before) => {
		for (const watcher of watchers)
			watcher(now, before);
	};

	/*
	 * Another state. What is typed letter by letter replaces the entry in
	 * the browser's history; all else adds one.
	 */
	const set = (changes, replace) => {
		const before = now;
		const hash = hashOf(changes);

		if (hash === hashOf({}))
			return;
		now = {...now, ...changes};
		if (replace)
			history.replaceState(null, '', hash);
		else
			history.pushState(null, '', hash);
		tell(before);
	};

	const follow = () => {
		const before = now;

		now = parse(location.hash);
		if (JSON.stringify(now) !== JSON.stringify(before))
			tell(before);
	};

	const start = () => {
		now = parse(location.hash);
		window.addEventListener('hashchange', follow);
		window.addEventListener('popstate', follow);
	};

	/* From and to, on the axis: numbers, infinite where open. */
	const range = () => {
		const end = /^\d{4}-\d\d-\d\d$/.test(now.to)
			? now.to + 'T23:59:59.999Z' : now.to;
		const read = (text, open) => {
			const x = Data.hasTimes ? Date.parse(text)
				: Number(text || NaN);

			return Number.isNaN(x) ? open : x;
		};

		return [read(now.from, -Infinity), read(end, Infinity)];
	};

	/* A place on the axis of time as a link says it. */
	const said = (x) => {
		if (!Number.isFinite(x))
			return '';
		return Data.hasTimes
			? new Date(x).toISOString().replace(/\.\d+Z$/, 'Z')
			: String(Math.round(x * 100) / 100);
	};

	/* Whether a series is among those that are asked for. */
	const selects = (s, but) => {
		const wanted = (key, is) =>
			key === but || !now[key] || now[key] === is;

		return wanted('workload', s.workload) &&
			wanted('metric', s.metric) && wanted('arch', s.arch) &&
			wanted('target', s.target) &&
			wanted('machine', s.machine) &&
			wanted('branch', s.branch);
	};

	/* A text of several words: all of them are to be there. */
	const finder = () => {
		const words = now.find.toLowerCase().split(/\s+/)
			.filter(Boolean);

		return (text) => words.every((word) => text.includes(word));
	};

	return {set, start, hashOf, range, said, selects, finder,
		watch: (watcher) => watchers.push(watcher),
		get now() { return now; },
		get filters() {
			return ['workload', 'metric', 'arch', 'target',
				'machine', 'branch'];
		}};
})();
