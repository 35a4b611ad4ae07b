/*
 * Numbers, times and names as people read them. What the data says is made
 * visible here and is only ever text: the rest of the page builds elements
 * with el() and sets no markup.
 */
/* exported Format */
const Format = (() => {
	'use strict';

	/* Units that are multiples of each other, the smallest first. */
	const FAMILIES = [
		[['ns', 1], ['us', 1e3], ['ms', 1e6], ['s', 1e9]],
		[['B', 1], ['kB', 1e3], ['MB', 1e6], ['GB', 1e9],
			['TB', 1e12]],
		[['KiB', 1], ['MiB', 1024], ['GiB', 1024 * 1024]],
		[['bps', 1], ['kbps', 1e3], ['Mbps', 1e6], ['Gbps', 1e9]],
	];
	const SAME = new Map([['seconds', 's'], ['KB', 'kB'],
		['Kbps', 'kbps']]);

	/*
	 * The unit that makes numbers up to `most` easy to read, and by what
	 * a number in `unit` is multiplied for it.
	 */
	const scale = (most, unit) => {
		const name = SAME.get(unit) || unit || '';

		for (const family of FAMILIES) {
			const own = family.find((step) => step[0] === name);

			if (!own)
				continue;
			const base = Math.abs(most) * own[1];
			let best = family[0];

			for (const step of family)
				if (base >= step[1])
					best = step;
			return {factor: own[1] / best[1], unit: best[0]};
		}
		return {factor: 1, unit: name === 'count' ? '' : name};
	};

	/*
	 * The same for the numbers at an axis, which has no room for more than
	 * five digits: thousands of what has no larger unit.
	 */
	const axisScale = (most, unit) => {
		const to = scale(most, unit);
		const steps = [['G', 1e9], ['M', 1e6], ['k', 1e3]];
		const step = Math.abs(most) * to.factor < 1e5 ? null
			: steps.find(([, size]) =>
				Math.abs(most) * to.factor >= size);

		return step ? {factor: to.factor / step[1],
			unit: (step[0] + ' ' + to.unit).trim()} : to;
	};

	/* Four significant digits; all of a whole number's. */
	const number = (x) => {
		const size = Math.abs(x);

		if (!Number.isFinite(x))
			return 'none';
		if (size >= 1e12 || (size > 0 && size < 1e-4))
			return x.toExponential(3);
		if (size >= 1000 || Number.isInteger(x))
			return String(Math.round(x));
		return x.toPrecision(4);
	};

	const value = (x, unit) => {
		const to = scale(x, unit);

		return number(x * to.factor) + (to.unit ? ' ' + to.unit : '');
	};

	/* Two numbers in one unit: "1.2 to 1.4 ms". */
	const interval = (lo, hi, unit) => {
		const to = scale(Math.max(Math.abs(lo), Math.abs(hi)), unit);

		return number(lo * to.factor) + ' to ' +
			number(hi * to.factor) + (to.unit ? ' ' + to.unit : '');
	};

	/* A fraction: 0.081 is "+8.1 %", and from ten times on "x12.5". */
	const change = (fraction) => {
		if (!Number.isFinite(fraction))
			return '';
		if (fraction >= 9)
			return '×' + (fraction + 1).toPrecision(3);
		const percent = fraction * 100;
		const digits = Math.abs(percent) < 0.095 ? 2 : 1;

		return (percent < 0 ? '−' : '+') +
			Math.abs(percent).toFixed(digits) + ' %';
	};

	const operator = (text) => new Map([['<=', '≤'], ['>=', '≥'],
		['==', '='], ['!=', '≠']]).get(text) || text;

	const probability = (p) =>
		(p < 0.0001 ? '< 0.0001' : p.toPrecision(2));

	const time = (ms) => (Number.isFinite(ms)
		? new Date(ms).toISOString().slice(0, 16).replace('T', ' ') +
			' UTC'
		: '');
	const day = (ms) => (Number.isFinite(ms)
		? new Date(ms).toISOString().slice(0, 10) : '');

	/* As dygraphs has it at the axis of time: 07 Oct. */
	const shortDay = (ms) => (Number.isFinite(ms)
		? new Date(ms).toUTCString().slice(5, 11) : '');

	const commit = (text) => (/^[0-9a-f]{12,}$/.test(text)
		? text.slice(0, 10) : text || '');

	/*
	 * Characters that act or hide are shown: a name that turns the
	 * direction of writing must not turn ours.
	 */
	const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
	const visible = (text) => String(text).replace(HIDDEN, (c) =>
		'\\u' + c.codePointAt(0).toString(16).padStart(4, '0'));

	/* Texts and elements below a parent. */
	const fill = (parent, parts) => {
		for (const part of parts.flat(Infinity))
			if (part instanceof Node)
				parent.append(part);
			else if (part !== null && part !== undefined &&
				part !== false && part !== '')
				parent.append(visible(part));
		return parent;
	};

	/*
	 * An element: el('a', {href: '#x', onclick: f}, 'text', element).
	 * Attributes that are null or false are left out.
	 */
	const el = (name, attributes, ...parts) => {
		const made = document.createElement(name);

		for (const [key, given] of Object.entries(attributes || {}))
			if (key.startsWith('on'))
				made.addEventListener(key.slice(2), given);
			else if (key === 'value')
				made.value = given;
			else if (given === true)
				made.setAttribute(key, '');
			else if (given !== null && given !== undefined &&
				given !== false)
				made.setAttribute(key, visible(given));
		return fill(made, parts);
	};

	/* A name from the data: whatever its script, it stays to itself. */
	const name = (text) => el('bdi', {class: 'name'}, text);

	/* A table: heads are texts; a row is a list of cells. */
	const table = (caption, heads, rows) => el('div', {class: 'wide',
		tabindex: '0', role: 'region', 'aria-label': caption},
	el('table', null, el('caption', null, caption),
		el('thead', null, el('tr', null, heads.map((head) =>
			(head instanceof Node ? head : el('th',
				{scope: 'col'}, head))))),
		el('tbody', null, rows)));

	/*
	 * Whether a link may be followed: a path, or http and https. What the
	 * browser would make of it counts, not how it is spelt.
	 */
	const isSafe = (href) => {
		const here = 'https://here.invalid';
		let url = null;

		try {
			url = new URL(href, here + '/a/b/c/d/e/f/g/h');
		} catch {
			return false;
		}
		return url.origin === here ||
			(/^https?:\/\//i.test(href) &&
				/^https?:$/.test(url.protocol));
	};

	/* In the name of a file these three are nothing special. */
	const addressOf = (path) => (/^https?:/i.test(path) ? path
		: path.replace(/[%#?]/g, encodeURIComponent));

	/* A cell with a number; one of a unit like a novel may be wrapped. */
	const cell = (text) => el('td', {class: text.length > 36 ? 'num long'
		: 'num'}, text);

	/* A link out of the page, or the text alone where it is none. */
	const link = (path, text) => (isSafe(path)
		? el('a', {href: addressOf(path), rel: 'noopener noreferrer'},
			text)
		: el('span', null, path));

	const plural = (n, one, many) => n + ' ' + (n === 1 ? one : many);

	return {scale, axisScale, number, value, interval, change, operator,
		probability, time, day, shortDay, commit, visible, fill, el,
		name, table, cell,
		plural, link};
})();
