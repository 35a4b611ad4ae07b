/*
 * The dashboard: filters, views, and when what is drawn.
 */
/* global Card, Changes, Compare, Data, Detail, Format, Headline, Runs,
   State */
(() => {
	'use strict';

	const {el, plural} = Format;
	const MORE = 12; /* cards that are added at a time */
	const byId = (id) => document.getElementById(id);
	const THEMES = ['', 'light', 'dark'];

	let selected = []; /* charts with the lines that are asked for */
	let listed = 0;

	/*
	 * Drawn when near to what is seen; of many, those far from it are
	 * thrown away.
	 */
	const KEPT = 40;
	const near = new Set();
	const isSeen = ({top, bottom}) => top < window.innerHeight &&
		bottom > 0;

	/* What is near waits until what is seen has been painted. */
	const drawSoon = (card) => setTimeout(() => {
		if (near.has(card))
			card.draw();
	}, 0);

	const watcher = new IntersectionObserver((entries) => {
		for (const {target, isIntersecting,
			boundingClientRect} of entries) {
			const {card} = target;

			near.delete(card);
			if (!isIntersecting)
				continue;
			near.add(card);
			if (isSeen(boundingClientRect))
				card.draw();
			else
				drawSoon(card);
		}
		const far = Card.all().filter((card) => card.graph &&
			!near.has(card));

		for (const card of far.slice(0, Math.max(0,
			far.length + near.size - KEPT)))
			card.drop();
	}, {rootMargin: '400px 0px'});

	const sentinel = new IntersectionObserver((entries) => {
		if (entries.some((entry) => entry.isIntersecting))
			addCards();
	}, {rootMargin: '1200px 0px'});

	const select = () => {
		const found = State.finder();
		const [from, to] = State.range();
		const bad = State.now.bad === '1';
		const inRange = (s) => {
			for (const number of s.runOf) {
				const {time} = Data.runs[number];

				if (!(time < from) && !(time > to))
					return true;
			}
			return false;
		};
		const open = from === -Infinity && to === Infinity;

		return Data.charts.filter((chart) => found(chart.search))
			.map((chart) => ({...chart, whole: chart,
				lines: chart.lines.filter((s) =>
					State.selects(s) &&
					(open || inRange(s)) &&
					(!bad || s.missed.length ||
					s.changes.some((c) => c.open)))
					.sort((x, y) => y.n - x.n)}))
			.filter((chart) => chart.lines.length);
	};

	const ORDERS = new Map([
		['name', (x, y) => x.search.localeCompare(y.search)],
		['newest', (x, y) => newestChange(y) - newestChange(x)],
	]);

	const newestChange = (chart) => Math.max(-1, ...chart.lines
		.flatMap((s) => s.changes.filter((c) => c.kind !== 'outlier')
			.map((c) => s.runOf[c.index])));

	const addCards = () => {
		const place = byId('cards');
		const next = selected.slice(listed, listed + MORE);

		for (const chart of next) {
			const card = Card.of(chart.whole);

			card.show(chart.lines);
			place.append(card.element);
			watcher.observe(card.element);
		}
		listed += next.length;
		byId('more').hidden = listed >= selected.length;
	};

	/* The charts: those that stay where they are are not drawn anew. */
	const showCards = () => {
		const place = byId('cards');
		const first = selected.slice(0, MORE).map((chart) => {
			const card = Card.of(chart.whole);

			card.show(chart.lines);
			return card;
		});

		for (const old of Array.from(place.children))
			if (!first.includes(old.card)) {
				watcher.unobserve(old);
				old.card.drop();
				old.remove();
			}
		first.forEach((card, i) => {
			if (place.children[i] !== card.element)
				place.insertBefore(card.element,
					place.children[i] || null);
			watcher.observe(card.element);
			card.refresh();
		});
		/* What is seen is drawn now, and what is near soon. */
		for (const card of first) {
			if (card.element.getBoundingClientRect().top >
				window.innerHeight)
				break;
			card.draw();
		}
		listed = first.length;
		byId('more').hidden = listed >= selected.length;
	};

	/* What a filter may be, by what the other filters leave. */
	const showFilters = () => {
		for (const key of State.filters) {
			const select = byId('filter-' + key);
			const values = Array.from(new Set(Data.series
				.filter((s) => State.selects(s, key))
				.map((s) => s[key]).filter(Boolean))).sort();
			const now = State.now[key];

			if (now && !values.includes(now))
				values.unshift(now);
			select.replaceChildren(el('option', {value: ''}, 'all'),
				...values.map((text) => el('option',
					{value: text}, key === 'machine'
						? text.slice(0, 8) : text)));
			select.value = now;
			select.closest('label').hidden = !now &&
				(values.length < 2 || (key === 'target' &&
					Data.series.every((s) =>
						s.target === s.arch)));
		}
		byId('find').value = State.now.find;
		byId('bad').checked = State.now.bad === '1';
		byId('zero').checked = State.now.zero === '1';
		byId('order').checked = State.now.x === 'order';
		byId('sort').value = State.now.sort;
		for (const key of ['from', 'to']) {
			byId(key).value = /^\d{4}-\d\d-\d\d/.test(
				State.now[key])
				? State.now[key].slice(0, 10) : '';
			byId(key).closest('label').hidden = !Data.hasTimes;
		}
	};

	const VIEWS = new Map([
		['changes', (lines) => Changes.view(lines)],
		['compare', () => Compare.view(selected)],
		['runs', (lines) => Runs.view(lines)],
	]);

	const showView = (lines) => {
		const view = VIEWS.has(State.now.view) ? State.now.view
			: 'charts';

		for (const tab of document.querySelectorAll('#views a')) {
			const name = tab.dataset.view;

			tab.href = State.hashOf({view: name, point: '',
				run: ''});
			if (name === view)
				tab.setAttribute('aria-current', 'page');
			else
				tab.removeAttribute('aria-current');
		}
		byId('charts').hidden = view !== 'charts';
		byId('hint').hidden = view !== 'charts';
		byId('view').hidden = view === 'charts';
		if (view === 'charts')
			showCards();
		else
			byId('view').replaceChildren(VIEWS.get(view)(lines));
	};

	const show = () => {
		const lines = [];

		selected = select();
		if (ORDERS.has(State.now.sort))
			selected.sort(ORDERS.get(State.now.sort));
		for (const chart of selected)
			lines.push(...chart.lines);
		Card.setExtent(Data.extentOf(lines, State.now.x === 'order'));
		showFilters();
		Headline.show(lines, byId('headline'));
		Runs.showStrip(lines);
		byId('count').textContent = plural(selected.length, 'chart',
			'charts') + ' of ' + Data.charts.length + ', ' +
			plural(lines.length, 'series', 'series');
		byId('none').hidden = selected.length > 0;
		showView(lines);
		Detail.update(State.now);
	};

	/* How long it takes until what was asked for has been painted. */
	const timed = (name, work) => {
		const start = name + '-start';

		performance.mark(start);
		work();
		requestAnimationFrame(() => setTimeout(() => {
			performance.measure(name, start);
		}, 0));
	};

	const OUTSIDE = ['point', 'run'];

	/* A point that is looked at changes no chart. */
	const changed = (now, before) => {
		const rest = Object.keys(now).some((key) =>
			!OUTSIDE.includes(key) && now[key] !== before[key]);

		if (rest)
			timed('filter', show);
		else
			Detail.update(now);
	};

	const theme = () => {
		let now = '';

		try {
			now = localStorage.getItem('plumbline-theme') || '';
		} catch {
			now = document.documentElement.dataset.theme || '';
		}
		return THEMES.includes(now) ? now : '';
	};

	const setTheme = (now) => {
		if (now)
			document.documentElement.dataset.theme = now;
		else
			delete document.documentElement.dataset.theme;
		byId('theme').value = now;
		try {
			localStorage.setItem('plumbline-theme', now);
		} catch {
			return; /* it is not kept, then */
		}
	};

	/*
	 * Paper is light. A canvas that is new when printing begins is empty
	 * there: those charts are printed that have been looked at.
	 */
	const forPrint = (begins) => {
		document.documentElement.dataset.theme = begins ? 'light'
			: byId('theme').value;
		Card.repaint();
	};

	const listen = () => {
		for (const key of State.filters)
			byId('filter-' + key).addEventListener('change',
				({target}) => State.set({[key]: target.value}));
		byId('find').addEventListener('input', (event) =>
			State.set({find: event.target.value}, true));
		for (const [id, key, on] of [['bad', 'bad', '1'],
			['zero', 'zero', '1'], ['order', 'x', 'order']])
			byId(id).addEventListener('change', ({target}) =>
				State.set({[key]: target.checked ? on : ''}));
		for (const key of ['from', 'to', 'sort'])
			byId(key).addEventListener('change', (event) =>
				State.set({[key]: event.target.value}));
		byId('reset').addEventListener('click', () => State.set({
			find: '', from: '', to: '', bad: '',
			...Object.fromEntries(State.filters.map((key) =>
				[key, '']))}));
		byId('theme').addEventListener('change', (event) => {
			setTheme(event.target.value);
			Card.repaint();
		});
		byId('filters').addEventListener('submit', (event) =>
			event.preventDefault());
		byId('skip').addEventListener('click', (event) => {
			event.preventDefault(); /* the # is for the state */
			byId('content').focus();
		});
		byId('more').addEventListener('click', addCards);
		matchMedia('(prefers-color-scheme: dark)')
			.addEventListener('change', Card.repaint);
		window.addEventListener('beforeprint', () => forPrint(true));
		window.addEventListener('afterprint', () => forPrint(false));
	};

	const fold = () => {
		const narrow = matchMedia('(max-width: 700px)');
		const set = () => {
			byId('fold').open = !narrow.matches;
		};

		set();
		narrow.addEventListener('change', set);
	};

	const title = () => {
		const given = document.title;
		const last = Data.runs.reduce((best, run) =>
			(run.time > best ? run.time : best), -Infinity);

		byId('title').textContent = given;
		byId('newest').textContent = Number.isFinite(last)
			? 'Newest run ' + Format.time(last) : '';
	};

	const start = () => {
		const place = byId('data');

		Data.read(place.textContent);
		place.remove(); /* it is not kept twice */
		State.start();
		Detail.start();
		Runs.start();
		setTheme(theme());
		title();
		fold();
		listen();
		State.watch(changed);
		show();
		sentinel.observe(byId('end'));
		performance.measure('read-and-shown');
		requestAnimationFrame(() => setTimeout(() => {
			performance.measure('first-charts');
		}, 0));
		document.documentElement.dataset.ready = '1';
	};

	start();
})();
