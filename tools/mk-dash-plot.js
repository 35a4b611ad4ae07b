/*
 * A chart drawn by dygraphs: the lines with their intervals, and below them,
 * on the same canvas, what they are compared with.
 */
/* global Changes, Data, Dygraph, Format, State */
/* exported Plot */
const Plot = (() => {
	'use strict';

	/* Lines differ in colour, in dashes and in the shape of points. */
	const DASHES = [null, [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4]];
	/* Its own legend sets styles that the page's policy does not allow. */
	Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) =>
		plugin !== Dygraph.Plugins.Legend);

	const MANY = 400; /* points of so many are not drawn one by one */

	const shapes = [
		(c, x, y, r) => c.arc(x, y, r, 0, 2 * Math.PI),
		(c, x, y, r) => c.rect(x - r, y - r, 2 * r, 2 * r),
		(c, x, y, r) => {
			c.moveTo(x, y - r * 1.3);
			c.lineTo(x + r * 1.2, y + r);
			c.lineTo(x - r * 1.2, y + r);
		},
		(c, x, y, r) => {
			c.moveTo(x, y - r * 1.4);
			c.lineTo(x + r * 1.4, y);
			c.lineTo(x, y + r * 1.4);
			c.lineTo(x - r * 1.4, y);
		},
	];

	const drawShape = (which, scale) =>
		(g, label, c, x, y, color, size) => {
			c.beginPath();
			c.fillStyle = color;
			shapes[which % shapes.length](c, x, y, size * scale);
			c.closePath();
			c.fill();
		};

	/* A colour of the style sheet, as the canvas wants it. */
	const colours = new Map();
	const colour = (name) => {
		const probe = document.getElementById('live');

		if (!colours.has(name)) {
			probe.style.color = 'var(--' + name + ')';
			colours.set(name, getComputedStyle(probe).color);
		}
		return colours.get(name);
	};

	/* Of the axis of time, the numbers of the runs that are in it. */
	const windowOf = (byOrder) => {
		const [from, to] = State.range();

		if (!byOrder || !Data.hasTimes)
			return [from, to];
		let least = Infinity, most = -Infinity;

		for (const run of Data.runs)
			if (run.time >= from && run.time <= to) {
				least = Math.min(least, run.number);
				most = Math.max(most, run.number);
			}
		return [least - 0.5, most + 0.5];
	};

	/* Where the axis of values begins and ends. */
	const valueRange = (rows, range, extra, fromZero) => {
		let least = Infinity, most = -Infinity;
		let low = Infinity, high = -Infinity;

		for (const row of rows) {
			if (row[0] < range[0] || row[0] > range[1])
				continue;
			for (let k = 1; k < row.length; k++) {
				if (!row[k])
					continue;
				least = Math.min(least, row[k][1]);
				most = Math.max(most, row[k][1]);
				low = Math.min(low, row[k][0]);
				high = Math.max(high, row[k][2]);
			}
		}
		if (least > most)
			return [0, 1];
		/* An interval without end must not flatten all the others. */
		const span = Math.max(most - least,
			Math.abs(most + least) * 0.02) || 1;

		least = Math.max(low, least - span);
		most = Math.min(high, most + span);
		for (const y of extra)
			if (y > least - 1.5 * span && y < most + 1.5 * span) {
				least = Math.min(least, y);
				most = Math.max(most, y);
			}
		/* Noise of a thousandth is not to look like a mountain. */
		const missing = Math.abs(most + least) * 0.02 - (most - least);

		if (missing > 0) {
			least -= missing / 2;
			most += missing / 2;
		}
		if (fromZero) {
			least = Math.min(least, 0);
			most = Math.max(most, 0);
		}
		const pad = (most - least) * 0.1 || 1;

		return [fromZero && least === 0 ? 0 : least - pad, most + pad];
	};

	/* The level of each stretch between two steps: its median. */
	const levels = (s) => {
		const starts = s.changes.filter((c) => c.kind === 'step')
			.map((c) => c.index);
		const list = [0].concat(starts, [s.n]);
		const made = [];

		for (let k = 0; starts.length && k + 1 < list.length; k++) {
			const part = s.value.slice(list[k], list[k + 1]).sort();

			if (part.length)
				made.push({from: list[k], to: list[k + 1] - 1,
					y: part[part.length >> 1]});
		}
		return made;
	};

	/* The lines that values are compared with. */
	const references = (lines) => {
		const list = [];
		const seen = new Set();
		const add = (y, kind, label) => {
			const key = kind + y + label;

			if (!seen.has(key))
				list.push({y, kind, label});
			seen.add(key);
		};

		for (const s of lines) {
			for (const limit of s.limits)
				add(limit.limit, 'limit', 'limit ' +
					Format.operator(limit.operator) + ' ' +
					Format.value(limit.limit, s.unit) +
					(limit.by ? ' by ' + limit.by : ''));
			for (const b of s.baselines) {
				add(b.value, 'baseline', b.name + ' ' +
					Format.value(b.value, s.unit));
				if (s.threshold > 0 && Data.worseSign(s))
					add(b.value * (1 + s.threshold *
						Data.worseSign(s)), 'threshold',
					Format.change(s.threshold *
						Data.worseSign(s)) + ' of ' +
						b.name);
			}
		}
		return list;
	};

	const COLOURS = {limit: 'limit', baseline: 'base', threshold: 'limit'};
	const WIDTHS = {limit: 2, baseline: 1.5, threshold: 1.5};
	const STROKES = {limit: [], baseline: [8, 4], threshold: [2, 4]};

	const drawReference = (c, area, g, {y: value, kind}) => {
		const y = g.toDomYCoord(value);

		if (y < area.y || y > area.y + area.h)
			return;
		c.save();
		c.strokeStyle = colour(COLOURS[kind]);
		c.lineWidth = WIDTHS[kind];
		c.setLineDash(STROKES[kind]);
		c.beginPath();
		c.moveTo(area.x, y);
		c.lineTo(area.x + area.w, y);
		c.stroke();
		c.restore();
	};

	const drawMute = (c, area, g, mark, byOrder) => {
		if (byOrder || mark.kind !== 'mute')
			return;
		const from = mark.time
			? g.toDomXCoord(Date.parse(mark.time)) : area.x;
		/* A day is a whole one. */
		const to = mark.until ? g.toDomXCoord(Date.parse(mark.until) +
			(mark.until.length > 10 ? 0 : 864e5))
			: area.x + area.w;
		const left = Math.max(area.x, from);
		const right = Math.min(area.x + area.w, to);

		if (!(right > left))
			return;
		c.save();
		c.fillStyle = colour('mute');
		c.fillRect(left, area.y, right - left, area.h);
		c.fillStyle = colour('muted');
		c.font = '11px system-ui, sans-serif';
		c.textBaseline = 'top';
		c.fillText('muted', left + 4, area.y + 3, right - left - 8);
		c.restore();
	};

	/* A cross at the foot for each run that failed. */
	const drawFailures = (c, area, g, s, byOrder) => {
		const y = area.y + area.h - 6;

		c.save();
		c.strokeStyle = colour('bad');
		c.lineWidth = 1.75;
		c.beginPath();
		for (let i = 0; i < s.n; i++) {
			const run = Data.runs[s.runOf[i]];

			if (run.result !== 'fail')
				continue;
			const x = g.toDomXCoord(Data.position(run, byOrder));

			if (x < area.x || x > area.x + area.w)
				continue;
			c.moveTo(x - 3.5, y - 3.5);
			c.lineTo(x + 3.5, y + 3.5);
			c.moveTo(x + 3.5, y - 3.5);
			c.lineTo(x - 3.5, y + 3.5);
		}
		c.stroke();
		c.restore();
	};

	const drawLevels = (c, area, g, s, byOrder) => {
		c.save();
		c.beginPath();
		c.rect(area.x, area.y, area.w, area.h);
		c.clip();
		c.strokeStyle = colour('level');
		c.lineWidth = 5;
		for (const level of levels(s)) {
			const [from, to] = [level.from, level.to].map((i) =>
				g.toDomXCoord(Data.position(
					Data.runs[s.runOf[i]], byOrder)));
			const y = g.toDomYCoord(level.y);

			c.beginPath();
			c.moveTo(from - 2, y);
			c.lineTo(to + 2, y);
			c.stroke();
		}
		c.restore();
	};

	/* Where a step may be instead of at its point. */
	const drawDoubt = (c, area, g, s, byOrder) => {
		const place = (i) => g.toDomXCoord(Data.position(
			Data.runs[s.runOf[i]], byOrder));

		c.save();
		c.fillStyle = colour('doubt');
		for (const {kind, range} of s.changes) {
			if (kind !== 'step' || !range || !(range[0] >= 0) ||
				!(range[1] < s.n) || range[0] >= range[1])
				continue;
			const from = Math.max(area.x, place(range[0]));
			const to = Math.min(area.x + area.w, place(range[1]));

			if (to > from)
				c.fillRect(from, area.y, to - from, area.h);
		}
		c.restore();
	};

	/* The signs at points: changes, and what people said of them. */
	const annotations = (lines, byOrder) => {
		const list = [];
		const add = (line, i, given) => {
			const run = Data.runs[lines[line].runOf[i]];

			list.push({series: 'l' + line, width: 18, height: 18,
				tickHeight: 10, x: Data.position(run, byOrder),
				...given});
		};

		lines.forEach((s, line) => {
			for (const change of s.changes) {
				const sign = Changes.sign(change);

				add(line, change.index, {
					shortText: sign.symbol, change,
					text: Format.visible(sign.words),
					cssClass: 'note note-' + sign.tone});
			}
			for (const mark of s.marks) {
				const i = Changes.markIndex(s, mark);

				if (i >= 0)
					add(line, i, {
						shortText: mark.kind === 'mute'
							? '∅' : '✓',
						text: Format.visible(Changes
							.markWords(mark)),
						attachAtBottom: true,
						cssClass: 'note note-mark'});
			}
		});
		return list;
	};

	/*
	 * The band of the intervals as one outline. That of dygraphs is a path
	 * of its own for each point, which takes a browser the square of their
	 * number in time. Points in one column of pixels are one step.
	 */
	const plotBand = (e) => {
		const {drawingContext: c, plotArea: area, points} = e;
		const xs = [], tops = [], feet = [];

		for (const point of points) {
			if (Number.isNaN(point.y) || point.y === null)
				continue;
			const x = Math.round(point.canvasx);
			const top = area.y + area.h * point.y_top;
			const foot = area.y + area.h * point.y_bottom;
			const last = xs.length - 1;

			if (last >= 0 && xs[last] === x &&
				points.length > MANY) {
				tops[last] = Math.min(tops[last], top);
				feet[last] = Math.max(feet[last], foot);
			} else {
				xs.push(points.length > MANY ? x
					: point.canvasx);
				tops.push(top);
				feet.push(foot);
			}
		}
		c.save();
		c.globalAlpha = 0.2;
		c.fillStyle = e.color;
		c.beginPath();
		xs.forEach((x, i) => c.lineTo(x, tops[i]));
		for (let i = xs.length - 1; i >= 0; i--)
			c.lineTo(xs[i], feet[i]);
		c.fill();
		c.restore();
	};

	/* A line; of many points in a column of pixels the ends are seen. */
	const plotLine = (e) => {
		const {drawingContext: c, plotArea: area, points} = e;

		if (points.length < 4 * area.w) {
			Dygraph.Plotters.linePlotter(e);
			return;
		}
		let x = NaN, least = 0, most = 0;
		const column = () => {
			c.lineTo(x, least);
			c.lineTo(x, most);
		};

		c.save();
		c.strokeStyle = e.color;
		c.lineWidth = 1;
		c.beginPath();
		for (const {canvasx, canvasy, y} of points) {
			if (Number.isNaN(y) || y === null)
				continue;
			if (Math.round(canvasx) === x) {
				least = Math.min(least, canvasy);
				most = Math.max(most, canvasy);
				continue;
			}
			if (!Number.isNaN(x))
				column();
			x = Math.round(canvasx);
			least = most = canvasy;
		}
		column();
		c.stroke();
		c.restore();
	};

	/* What dygraphs is told of each line. */
	const lineOptions = (lines) => {
		const options = {};

		lines.forEach((s, line) => {
			options['l' + line] = {
				color: colour('line-' + line % 6),
				strokePattern: DASHES[line % DASHES.length],
				drawPointCallback: drawShape(line, 1),
				drawHighlightPointCallback: drawShape(line, 1),
			};
		});
		return options;
	};

	/* Numbers at the axis, all in one unit and with the same digits. */
	const axisLabel = (unit) => (y, granularity, options, g) => {
		const [least, most] = g.yAxisRange();
		const to = Format.axisScale(Math.max(Math.abs(least),
			Math.abs(most)), unit);
		const step = (most - least) * to.factor / 5;
		const digits = Math.min(6, Math.max(0,
			Math.ceil(-Math.log10(step || 1))));

		return (y * to.factor).toFixed(digits);
	};

	const orderLabel = (at) => {
		const run = Data.runs[Math.round(at)];

		return run && Math.abs(at - Math.round(at)) < 0.01
			? Format.shortDay(run.time) || String(at + 1) : '';
	};

	const axes = (byOrder, unit) => {
		const x = {axisLabelWidth: 64, pixelsPerLabel: 52};

		if (byOrder || !Data.hasTimes)
			x.axisLabelFormatter = orderLabel;
		else {
			x.ticker = Dygraph.dateTicker;
			x.axisLabelFormatter = (at, granularity, get) =>
				Dygraph.dateAxisLabelFormatter(
					new Date(at), granularity, get);
		}
		return {x, y: {axisLabelWidth: 48, pixelsPerLabel: 36,
			axisLabelFormatter: axisLabel(unit)}};
	};

	return {MANY, windowOf, valueRange, references, drawReference,
		drawMute, drawFailures, drawLevels, drawDoubt, annotations,
		lineOptions, axes, plotters: [plotBand, plotLine], colour,
		DASHES, COLOURS, WIDTHS, STROKES, Dygraph,
		forgetColours: () => colours.clear()};
})();
