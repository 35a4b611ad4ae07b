/*
 * A chart with what belongs to it: a head, a legend, the changes in words, the
 * table of its numbers, and the keys that move along it.
 */
/* global Changes, Data, Format, Plot, Points, State */
/* exported Card */
const Card = (() => {
	'use strict';

	const {el} = Format;
	const cards = new Map();
	/* What all charts show of the axis, and who tells it to a listener. */
	let extent = [0, 1];
	const live = () => document.getElementById('live');

	/* A chart is as wide as its place, whatever makes that another. */
	const sizes = new ResizeObserver((entries) => {
		for (const {target} of entries) {
			const {card} = target.closest('.card') || {};

			/* To be as wide as paper would empty it. */
			if (card && card.graph &&
				!matchMedia('print').matches &&
				card.graph.width_ !== target.clientWidth)
				card.graph.resize();
		}
	});

	class Card {
		constructor(chart) {
			const s = chart.lines[0];
			const id = 'chart-' + chart.key;

			this.chart = chart;
			this.lines = [];
			this.graph = null;
			this.line = 0;
			this.row = -1;
			this.plot = el('div', {class: 'plot', tabindex: '0',
				role: 'application',
				'aria-roledescription': 'chart',
				'aria-label': s.case + ' ' + s.metric +
					'. Left and right move along the ' +
					'points, up and down change the line,' +
					' Enter shows details, plus and minus' +
					' zoom, 0 shows all.',
				onkeydown: (event) => this.key(event)});
			this.unit = el('p', {class: 'unit small'});
			this.readout = el('p', {class: 'readout'}, ' ');
			this.legend = el('ul', {class: 'legend'});
			this.events = el('ul', {class: 'events'});
			this.details = el('details', {ontoggle: () =>
				this.fillTable()}, el('summary', null));
			this.element = el('article', {class: 'card', id,
				'aria-labelledby': id + '-head'},
			el('header', null,
				el('h3', {id: id + '-head'},
					Format.name(s.case), ' ',
					el('span', {class: 'metric'},
						Format.name(s.metric))),
				el('button', {type: 'button', class: 'quiet',
					'aria-pressed': 'false',
					onclick: (event) =>
						this.enlarge(event.target)},
				'Enlarge'),
				el('p', {class: 'small'}, Points.about(s))),
			this.legend, this.unit, this.plot, this.readout,
			this.events, this.details);
			this.element.card = this;
			sizes.observe(this.plot);
		}

		/* Shows those lines; what is the same stays as it is. */
		show(lines) {
			if (lines.length === this.lines.length &&
				lines.every((s, i) => s === this.lines[i]))
				return;
			this.lines = lines;
			this.line = 0;
			this.row = -1;
			this.drop();
			this.showLegend();
			const list = Changes.listOf(lines);
			const items = list.map(Changes.item);

			this.events.replaceChildren(...items.slice(0, 4),
				...(items.length > 4 ? [el('li', null,
					el('details', null, el('summary', null,
						(items.length - 4) + ' more'),
					el('ul', {class: 'events'},
						items.slice(4))))] : []),
				...Changes.missed(lines),
				...Changes.looks(lines));
			this.details.open = false;
			this.table = null;
			this.details.replaceChildren(el('summary', null,
				'Table of ' + lines.reduce((n, s) =>
					n + s.n, 0) + ' points'));
		}

		showLegend() {
			this.references = Plot.references(this.lines);
			this.legend.replaceChildren(...this.lines.map(
				(s, line) => Points.legend(s, line, this.lines,
					State.now.x === 'order')),
			...this.references.map(Points.reference));
		}

		enlarge(button) {
			const large = this.element.classList.toggle('large');

			button.setAttribute('aria-pressed', String(large));
			button.textContent = large ? 'Shrink' : 'Enlarge';
			this.drop();
			this.draw();
		}

		range() {
			const window = Plot.windowOf(this.byOrder);

			return [Number.isFinite(window[0]) ? window[0]
				: extent[0],
			Number.isFinite(window[1]) ? window[1] : extent[1]];
		}

		/* A little room, so that points at the ends can be seen. */
		padded() {
			const [from, to] = this.range();
			const pad = (to - from) * 0.015 || 0.5;

			return [from - pad, to + pad];
		}

		values(range) {
			return Plot.valueRange(this.rows, range,
				this.references.map((r) => r.y),
				State.now.zero === '1');
		}

		draw() {
			if (this.graph || !this.plot.isConnected)
				return;
			this.byOrder = State.now.x === 'order';
			this.showLegend();
			const made = Data.rowsOf(this.lines, this.byOrder);

			this.rows = made.rows;
			this.points = made.points;
			this.sight = JSON.stringify([this.padded(),
				State.now.zero]);
			this.busy = true;
			this.graph = new Plot.Dygraph(this.plot, this.rows,
				this.options());
			this.busy = false;
			this.showUnit();
		}

		/* That of the numbers at the axis; the range decides. */
		showUnit() {
			const [least, most] = this.graph.yAxisRange();

			this.unit.textContent = Format.visible(Format.axisScale(
				Math.max(Math.abs(least), Math.abs(most)),
				this.lines[0].unit).unit);
		}

		options() {
			const window = this.padded();
			const inside = this.rows.filter((row) =>
				row[0] >= window[0] && row[0] <= window[1]);
			const model = Plot.Dygraph.defaultInteractionModel;

			return {
				labels: ['x'].concat(this.lines.map((s, line) =>
					'l' + line)),
				series: Plot.lineOptions(this.lines),
				customBars: true, connectSeparatedPoints: true,
				legend: 'never', plotter: Plot.plotters,
				strokeWidth: 1.5, pointSize: 2.5,
				drawPoints: inside.length <= Plot.MANY,
				drawGapEdgePoints: true,
				highlightCircleSize: 5, labelsUTC: true,
				axisLineColor: Plot.colour('line'),
				gridLineColor: Plot.colour('grid'),
				gridLineWidth: 1, axisLabelFontSize: 12,
				rightGap: 8, dateWindow: window,
				valueRange: this.values(window),
				showRangeSelector: this.element.classList
					.contains('large'),
				rangeSelectorHeight: 34,
				rangeSelectorPlotFillColor:
					Plot.colour('level'),
				rangeSelectorPlotFillGradientColor: '',
				rangeSelectorPlotStrokeColor:
					Plot.colour('line-0'),
				interactionModel: {mousedown: model.mousedown,
					dblclick: (event) => {
						event.preventDefault();
						State.set({from: '', to: ''});
					},
					willDestroyContextMyself: true},
				axes: Plot.axes(this.byOrder,
					this.lines[0].unit),
				plugins: [this.below()],
				drawCallback: (g) => this.drawn(g),
				highlightCallback: (event, x, near, row) =>
					this.hover(row, near),
				unhighlightCallback: () => this.leave(),
				clickCallback: (event, x, near) =>
					this.click(event, near),
				annotationClickHandler: (note) => {
					if (note.change)
						this.open(note.change.of,
							note.change.index);
				},
			};
		}

		/* Drawn after the grid and before the lines. */
		below() {
			const draw = (event) => this.underlay(
				event.drawingContext, event.dygraph.getArea(),
				event.dygraph);

			/* Told before the first drawing, they need no second one. */
			return {activate: (g) => {
				g.setAnnotations(Plot.annotations(this.lines,
					this.byOrder), true);
				return {willDrawChart: draw};
			}};
		}

		underlay(c, area, g) {
			const marks = new Set(this.lines.flatMap((s) =>
				s.marks));

			for (const mark of marks)
				Plot.drawMute(c, area, g, mark, this.byOrder);
			for (const reference of this.references)
				Plot.drawReference(c, area, g, reference);
			for (const s of this.lines) {
				Plot.drawDoubt(c, area, g, s, this.byOrder);
				Plot.drawLevels(c, area, g, s, this.byOrder);
				Plot.drawFailures(c, area, g, s, this.byOrder);
			}
		}

		/* What dygraphs zoomed or moved to is what all charts show. */
		drawn(g) {
			if (this.busy || !this.graph)
				return;
			clearTimeout(this.timer);
			this.timer = setTimeout(() => {
				if (this.graph === g)
					this.zoomTo(g.xAxisRange());
			}, 120);
		}

		zoomTo([from, to]) {
			const now = this.padded();
			const close = (to - from) * 0.002;

			if (Math.abs(now[0] - from) < close &&
				Math.abs(now[1] - to) < close)
				return;
			const time = (x, round) => {
				if (!this.byOrder || !Data.hasTimes)
					return x;
				const most = Data.runs.length - 1;

				return Data.runs[Math.min(most, Math.max(0,
					round(x)))].time;
			};

			State.set({
				from: from <= extent[0] ? ''
					: State.said(time(from, Math.ceil)),
				to: to >= extent[1] ? ''
					: State.said(time(to, Math.floor)),
			});
		}

		/* The same lines, in another window or with another point. */
		refresh() {
			if (!this.graph)
				return;
			if (this.byOrder !== (State.now.x === 'order')) {
				this.drop();
				this.draw();
				return;
			}
			const window = this.padded();
			const sight = JSON.stringify([window, State.now.zero]);

			if (sight === this.sight)
				return;
			this.sight = sight;
			this.busy = true;
			this.graph.updateOptions({dateWindow: window,
				valueRange: this.values(window)});
			this.busy = false;
			this.showUnit();
		}

		/* The same in the colours of another ground. */
		repaint() {
			this.busy = true;
			if (this.graph)
				this.graph.updateOptions({
					series: Plot.lineOptions(this.lines),
					axisLineColor: Plot.colour('line'),
					gridLineColor: Plot.colour('grid')});
			this.busy = false;
		}

		drop() {
			clearTimeout(this.timer);
			if (this.graph)
				this.graph.destroy();
			this.graph = null;
			this.row = -1;
		}

		/* The point that is nearest, in whichever line. */
		nearest(near, y) {
			let best = null;

			for (const point of near) {
				const line = Number(point.name.slice(1));
				const i = this.points[line][point.idx];
				const far = Math.abs(point.canvasy - y);

				if (i >= 0 && (!best || far < best.far))
					best = {line, i, far, row: point.idx};
			}
			return best;
		}

		hover(row, near) {
			const best = this.nearest(near, near[0].canvasy);

			if (best)
				this.tell(best.line, best.i);
		}

		leave() {
			this.readout.textContent = ' ';
		}

		tell(line, i) {
			const s = this.lines[line];
			const name = Points.nameOf(s, this.lines);
			const text = (this.lines.length > 1 ? name + ': '
				: '') + Points.words(s, i);

			this.readout.textContent = Format.visible(text);
			return text;
		}

		click(event, near) {
			const box = this.plot.getBoundingClientRect();
			const best = this.nearest(near,
				event.clientY - box.top);

			if (best)
				this.open(this.lines[best.line], best.i);
		}

		open(s, i) {
			const run = Data.runs[s.runOf[i]];

			State.set({point: s.key + ':' +
				(run.name || '@' + run.number), run: ''});
		}

		/* The rows of a line that can be seen. */
		rowsInSight() {
			const [from, to] = this.padded();

			return this.rows.map((row, k) => k).filter((k) =>
				this.points[this.line][k] >= 0 &&
				this.rows[k][0] >= from &&
				this.rows[k][0] <= to);
		}

		key(event) {
			const moves = {ArrowLeft: -1, ArrowRight: 1,
				PageUp: -10, PageDown: 10, Home: -Infinity,
				End: Infinity};

			if (event.ctrlKey || event.altKey || event.metaKey)
				return;
			if (event.key in moves)
				this.move(moves[event.key]);
			else if (event.key === 'ArrowUp' ||
				event.key === 'ArrowDown')
				this.turn(event.key === 'ArrowUp' ? -1 : 1);
			else if (event.key === 'Enter' && this.row >= 0)
				this.open(this.lines[this.line],
					this.points[this.line][this.row]);
			else if (event.key === '+' || event.key === '=')
				this.zoomBy(0.5);
			else if (event.key === '-')
				this.zoomBy(2);
			else if (event.key === '0')
				State.set({from: '', to: ''});
			else
				return;
			event.preventDefault();
		}

		/* From no point at all, to the newest. */
		move(by) {
			this.draw();
			const list = this.rowsInSight();
			const at = list.indexOf(this.row);

			if (!list.length)
				return;
			this.select(list[at < 0 && by !== -Infinity
				? list.length - 1
				: Math.min(list.length - 1,
					Math.max(0, at + by))]);
		}

		select(row) {
			this.row = row;
			this.graph.setSelection(row, 'l' + this.line);
			live().textContent = Format.visible(this.tell(
				this.line, this.points[this.line][row]));
		}

		/* To the other line, at the point that is next to this one. */
		turn(by) {
			const x = this.row >= 0 ? this.rows[this.row][0]
				: Infinity;

			this.draw();
			this.line = (this.line + by + this.lines.length) %
				this.lines.length;
			const list = this.rowsInSight();

			if (list.length)
				this.select(list.reduce((best, k) =>
					(Math.abs(this.rows[k][0] - x) <
						Math.abs(this.rows[best][0] - x)
						? k : best)));
		}

		zoomBy(factor) {
			const [from, to] = this.padded();
			const middle = this.row >= 0 ? this.rows[this.row][0]
				: (from + to) / 2;

			this.zoomTo([middle - (middle - from) * factor,
				middle + (to - middle) * factor]);
		}

		fillTable() {
			if (this.details.open && !this.table) {
				this.table = Points.table(this.lines);
				this.details.append(this.table);
			}
		}
	}

	const of = (chart) => {
		if (!cards.has(chart.key))
			cards.set(chart.key, new Card(chart));
		return cards.get(chart.key);
	};

	return {of, setExtent: (to) => { extent = to; },
		all: () => Array.from(cards.values()),
		repaint: () => {
			Plot.forgetColours();
			cards.forEach((card) => card.repaint());
		}};
})();
