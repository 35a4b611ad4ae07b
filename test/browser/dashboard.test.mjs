/*
 * The dashboard as people use it.
 */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {demo, hashOf, makePage, pointAt, settled, start, stop, withPage,
	writeLines} from './browser.mjs';

let page0 = ''; /* the demo */

before(async () => {
	await start();
	page0 = makePage('demo', demo(), ['--title', 'Demo <b>&amp;']);
});

after(stop);

const open = (given, use) => withPage(page0, given, use);
const text = (page, selector) => page.locator(selector).first().innerText();
const cards = (page) => page.locator('.card').count();
const drawn = (page) => page.locator('.card canvas').count();

test('the page says at once what is wrong', () => open({}, async (page) => {
	assert.equal(await text(page, 'h1'), 'Demo <b>&amp;');
	assert.equal(await page.title(), 'Demo <b>&amp;');
	assert.match(await text(page, '#headline'),
		/4 series have become worse; 2 series became better/);
	assert.equal(await text(page, '#count'), '18 charts of 18, 27 series');
	assert.match(await text(page, '#strip h2'),
		/128 runs: 115 passed, 5 failed, 8 inconclusive/);
	assert.equal(await page.locator('#strip a').count(), 60);
	/* The worst comes first. */
	assert.match(await text(page, '.card h3'), /compile\s*max_rss/);
	assert.match(await text(page, '.card .event'),
		/▲ \+13\.0 % worse/);
}));

/* Series of so many points, with what else is known of them. */
const shortPage = (name, lengths, more = [], fields = {}) => makePage(name,
	lengths.flatMap((n, k) => Array.from({length: n}, (_, i) => ({
		type: 'point', case: 'c' + k, metric: 'time', unit: 'ms',
		run: 'run' + i, value: 10 + i % 3, ...(fields[k] || {})})))
		.concat(more));

const headlineOf = async (path) => {
	let found = [];

	await withPage(path, {}, async (page) => {
		found = [await text(page, '#headline'),
			await page.locator('#headline .status')
				.getAttribute('class')];
	});
	return found;
};

test('what nobody can know yet is not said', async () => {
	assert.deepEqual(await headlineOf(shortPage('short', [9, 9, 10])),
		['• No change can be shown yet: 2 of 3 series have fewer ' +
			'than 10 points.', 'status none']);
	assert.deepEqual(await headlineOf(shortPage('long', [9, 10, 10])),
		['✔ Nothing is known to be worse, but 1 of 3 series has too ' +
			'few points to show it.', 'status good']);
	assert.deepEqual(await headlineOf(shortPage('all', [10])),
		['✔ Nothing is known to be worse.', 'status good']);
	/* Since the last change that was accepted. */
	assert.deepEqual(await headlineOf(shortPage('accepted', [15], [{
		type: 'change', kind: 'step', case: 'c0', metric: 'time',
		unit: 'ms', index: 6, before: 10, after: 12, change: 0.2,
		worse: true, accepted: true}])),
	['• No change can be shown yet: 1 of 1 series has fewer than 10 ' +
		'points.', 'status none']);
});

test('a newest run that failed is not green', async () => {
	const runs = (result, n = 12) => Array.from({length: n}, (_, i) => ({
		type: 'run', v: 1, run: 'run' + i, time: '2026-11-' +
			String(10 + i) + 'T00:00:00Z',
		result: i === 11 ? result : 'pass'}));
	const about = async (name, result) => headlineOf(shortPage(name, [12],
		runs(result)));

	assert.deepEqual(await about('failed', 'fail'),
		['✖ The newest run failed; nothing is known to be worse.',
			'status bad']);
	assert.deepEqual(await about('torn', 'inconclusive'),
		['⚠ The newest run is inconclusive; nothing is known to be ' +
			'worse.', 'status warn']);
	assert.deepEqual(await about('passed', 'pass'),
		['✔ Nothing is known to be worse.', 'status good']);
	await withPage(shortPage('failed', [12], runs('fail')), {},
		async (page) => {
			await page.click('#headline a');
			assert.match(await text(page, '#detail'), /run11/);
		});
});

test('what gates comes first', async () => {
	const worse = (k, change) => ({type: 'change', kind: 'step',
		case: 'c' + k, metric: 'time', unit: 'ms', index: 6,
		before: 10, after: 10 * (1 + change), change, worse: true});
	const idle = {gate: false};
	const path = shortPage('gates', [12, 12, 12, 12],
		[worse(2, 0.9), worse(3, 0.1)], {0: idle, 2: idle});

	assert.deepEqual(await headlineOf(path), ['✖ 2 series have become ' +
		'worse, 1 of them does not gate.', 'status bad']);
	await withPage(path, {}, async (page) => assert.deepEqual(
		(await page.locator('.card h3').allInnerTexts())
			.map((said) => said.slice(0, 2)),
		['c3', 'c2', 'c1', 'c0']));
	/* Then those whose newest value is worth a look. */
	const newest = (k, value) => ({case: 'c' + k, metric: 'time',
		unit: 'ms', better: 'lower', run: 'run12', value});
	const better = {better: 'lower'};

	await withPage(shortPage('look', [12, 12, 12, 12, 1],
		[newest(0, 10), newest(1, 11.5), newest(2, 19),
			newest(3, 11.7), newest(4, -10)],
		{0: better, 1: {...better, ...idle}, 2: {...better, ...idle},
			3: better, 4: {...better, value: -9}}), {},
	async (page) => {
		assert.deepEqual(
			(await page.locator('.card h3').allInnerTexts())
				.map((said) => said.slice(0, 2)),
			['c3', 'c0', 'c4', 'c2', 'c1']);
		assert.deepEqual(await page.locator('.card .event')
			.allInnerTexts(), ['+6.4', '+72.7'].map((much) =>
			'The newest value is ' + much + ' % from the median ' +
			'before it: a change only if it stays so.'));
	});
	assert.deepEqual(await headlineOf(shortPage('idle', [12],
		[worse(0, 0.1)], {0: idle})), ['⚠ 1 series has become worse, ' +
		'and does not gate.', 'status warn']);
});

test('filters', () => open({}, async (page) => {
	await page.selectOption('#filter-workload', 'json_parse');
	assert.equal(await cards(page), 6);
	assert.equal((await hashOf(page)).workload, 'json_parse');
	const metrics = await page.locator('#filter-metric option')
		.allInnerTexts();

	assert.deepEqual(metrics, ['all', 'max_rss', 'wall_time']);
	await page.selectOption('#filter-metric', 'wall_time');
	assert.equal(await cards(page), 4);
	await page.selectOption('#filter-arch', 'x86_64');
	assert.equal(await cards(page), 2);
	await page.selectOption('#filter-branch', 'faster-hash');
	assert.equal(await text(page, '#count'), '2 charts of 18, 2 series');
	await page.click('#reset');
	assert.equal(await text(page, '#count'), '18 charts of 18, 27 series');
	await page.check('#bad');
	assert.equal(await text(page, '#count'), '4 charts of 18, 4 series');
	await page.uncheck('#bad');
	await page.fill('#find', 'hash THROUGH');
	assert.equal(await cards(page), 2);
	await page.press('#find', 'Enter');
	await page.fill('#find', 'no such thing');
	assert.equal(await cards(page), 0);
	assert.ok(await page.isVisible('#none'));
	await page.click('#reset');
	await page.selectOption('#filter-machine', 'b82e07f15c6d94a3');
	assert.equal(await cards(page), 9);
	await page.click('#reset');
	await page.fill('#to', '2026-10-01');
	assert.match(await text(page, '#strip h2'), /^60 runs/);
	await page.fill('#from', '2026-11-20');
	assert.equal(await cards(page), 0);
}));

test('dragging zooms all charts, a double click shows all', () =>
	open({hash: '#workload=json_parse'}, async (page) => {
		const ranges = () => page.evaluate(() => Array.from(
			document.querySelectorAll('.card'),
			({card}) => card.graph && card.graph.xAxisRange())
			.filter(Boolean));
		const before = (await ranges())[0];
		const box = await page.locator('.plot').first().boundingBox();
		const y = box.y + 100;

		await page.mouse.move(box.x + 200, y);
		await page.mouse.down();
		await page.mouse.move(box.x + 300, y + 2, {steps: 4});
		await page.mouse.up();
		await page.waitForFunction(() =>
			location.hash.includes('from='));
		await settled(page);
		const after = await ranges();

		assert.ok(after.length >= 2);
		for (const range of after) {
			assert.deepEqual(range, after[0]);
			assert.ok(range[0] > before[0] && range[1] < before[1]);
		}
		await page.locator('.plot').first().dblclick(
			{position: {x: 200, y: 100}});
		await settled(page);
		assert.deepEqual((await ranges())[0], before);
		const now = await hashOf(page);

		assert.equal(now.from, undefined);
		assert.equal(now.to, undefined);
	}));

test('arrow keys move along a series and say where they are', () =>
	open({hash: '#workload=json_parse&arch=x86_64'}, async (page) => {
		const live = () => page.locator('#live').innerText();
		const plot = page.locator('.plot').first();

		await plot.focus();
		await page.keyboard.press('ArrowRight');
		assert.match(await live(), /^main: [\d.]+ ms .*2026-10-31/);
		await page.keyboard.press('Home');
		assert.match(await live(), /2026-09-02/);
		await page.keyboard.press('ArrowRight');
		assert.match(await live(), /2026-09-03/);
		await page.keyboard.press('PageDown');
		assert.match(await live(), /2026-09-13/);
		await page.keyboard.press('ArrowLeft');
		assert.match(await live(), /2026-09-12/);
		assert.match(await text(page, '.readout'), /2026-09-12/);
		await page.keyboard.press('ArrowDown');
		assert.match(await live(), /^faster-hash: .*2026-10-24/);
		await page.keyboard.press('End');
		await page.keyboard.press('+');
		await settled(page);
		assert.ok((await hashOf(page)).from);
		await page.keyboard.press('0');
		assert.equal((await hashOf(page)).from, undefined);
		await page.keyboard.press('Enter');
		assert.ok(await page.isVisible('#detail'));
		await page.keyboard.press('Escape');
		assert.ok(await page.isHidden('#detail'));
		assert.ok(await plot.evaluate((element) =>
			element === document.activeElement));
	}));

test('a step is announced at its point', () =>
	open({hash: '#find=large wall_time&arch=aarch64'}, async (page) => {
		await page.locator('.plot').first().focus();
		await page.keyboard.press('Home');
		for (let i = 0; i < 40; i++)
			await page.keyboard.press('ArrowRight');
		assert.match(await page.locator('#live').innerText(),
			/step \+8\.0 % .*worse/);
	}));

test('runs: one stop of the tabulator, arrows, details', () =>
	open({}, async (page) => {
		await page.locator('#strip a').last().focus();
		await page.keyboard.press('ArrowLeft');
		await page.keyboard.press('Enter');
		await settled(page);
		assert.match(await text(page, '#detail'), /Run\n/);
		assert.equal(await page.locator('#strip a[tabindex="0"]')
			.count(), 1);
		assert.match(await text(page, '#detail'), /faster-hash|main/);
	}));

test('a click at a point shows what is known of it', () =>
	open({hash: '#find=large wall_time&arch=aarch64'}, async (page) => {
		const [x, y] = await pointAt(page, 0, 0, 40);

		await page.mouse.move(x - 3, y);
		await page.mouse.click(x, y);
		await settled(page);
		const said = await text(page, '#detail');

		assert.match(said, /json_parse\/size=large/);
		assert.match(said, /Commit\s+07378c3ec6/);
		assert.match(said, /Result\s+✖ fail/);
		assert.match(said, /Interval\s+[\d.]+ to [\d.]+ ms \(95 %\)/);
		assert.match(said, /\nn\s+10\n/);
		assert.match(said, /cpu\s+Neoverse-N1/);
		assert.match(said, /memory\s+16\.78 GB/);
		assert.match(said, /⚠ virtualised: this is a virtual mach/);
		assert.match(said, /worse by 8\.0 % since point 41 of 60/);
		assert.match(said, /Round values/);
		assert.equal(await page.locator('#detail .strip circle')
			.count(), 10);
		const link = page.locator('#detail a', {hasText: 'Report'});

		assert.match(await link.getAttribute('href'),
			/^reports\/.*\.html$/);
		assert.ok((await hashOf(page)).point);
		await page.click('text=← older');
		assert.match(await text(page, '#detail'), /2026-10-11/);
		await page.click('#detail .close');
		assert.ok(await page.isHidden('#detail'));
	}));

test('compare: branches that are one series', async () => {
	const lines = ['main', 'main', 'topic', 'main', 'topic'].flatMap(
		(branch, i) => [
			{type: 'run', run: 'r' + i, branch,
				time: '2026-11-0' + (i + 1)},
			{type: 'point', case: 'c', metric: 'm', unit: 'ms',
				run: 'r' + i, value: 100 + i},
		]);

	await withPage(makePage('joined', lines), {hash: '#view=compare'},
		async (page) => {
			assert.equal(await page.inputValue('#revision-a'),
				'main');
			assert.equal(await page.inputValue('#revision-b'),
				'topic');
			assert.match(await text(page, '#view tbody tr'),
				/103.*104/s);
		});
});

test('compare: branches, commits, days', () =>
	open({hash: '#view=compare'}, async (page) => {
		const rows = () => page.locator('#view tbody tr')
			.allInnerTexts();

		assert.equal(await page.inputValue('#revision-a'), 'main');
		assert.equal(await page.inputValue('#revision-b'),
			'faster-hash');
		let list = await rows();

		assert.equal(list.length, 9);
		assert.match(list[0], /index=hash throughput[^]*\+1\d\.\d %/);
		assert.match(list[0], /better[^]*apart/);
		assert.match(await text(page, '#view [role=status]'),
			/9 compared: 0 worse and 1 better/);
		await page.click('text=Swap');
		list = await rows();
		assert.match(list[0], /index=hash throughput[^]*−1\d\.\d %/);
		assert.match(list[0], /worse[^]*apart/);
		await page.click('#view .sort >> text=Series');
		list = await rows();
		assert.match(list[0], /compile max_rss/);
		assert.equal((await hashOf(page)).order, 'name');
		/* A commit of the middle, and a day before the step. */
		await page.fill('#revision-a', '2026-10-11');
		await page.press('#revision-a', 'Enter');
		await page.fill('#revision-b', '07378c3e');
		await page.press('#revision-b', 'Enter');
		list = await rows();
		assert.equal(list.length, 18);
		assert.equal(list.filter((row) =>
			/size=large wall_time/.test(row) &&
			/worse/.test(row)).length, 2);
		await page.fill('#revision-b', 'no such revision');
		await page.press('#revision-b', 'Enter');
		assert.match(await text(page, '#view .empty'), /No series/);
	}));

test('compare: with a baseline, which is drawn too', async () => {
	const file = writeLines('x86_64.jsonl', [
		{type: 'baseline-file', v: 1},
		{type: 'baseline', case: 'compile', metric: 'wall_time',
			unit: 'ns', sessions: [{machine: '3f1c9a40d2b7e658',
				value: 1.7e9}]}]);
	const path = makePage('baseline', demo(), ['-b', file]);

	await withPage(path, {hash: '#view=compare'}, async (page) => {
		assert.match(await page.inputValue('#revision-a'), /x86_64$/);
		await page.fill('#revision-b', 'main');
		await page.press('#revision-b', 'Enter');
		const rows = await page.locator('#view tbody tr')
			.allInnerTexts();

		assert.equal(rows.length, 1);
		assert.match(rows[0], /compile wall_time[^]*\+1\d\.\d %/);
		await page.click('#views a >> nth=0');
		await page.fill('#find', 'compile wall_time');
		await page.selectOption('#filter-arch', 'x86_64');
		const lines = await page.evaluate(() => document
			.querySelector('.card').card.references);

		assert.deepEqual(lines.map((line) => line.kind),
			['baseline', 'threshold']);
		/* Their names hide no value, however narrow it is. */
		assert.deepEqual(await page.locator('.card .legend li')
			.evaluateAll((list) => list.slice(-2).map((item) => [
				item.querySelector('svg').classList[1],
				item.innerText.trim()])),
		[['base', lines[0].label], ['limit', lines[1].label]]);
		assert.equal(lines[1].y, 1.7e9 * 1.05);
	});
});

test('the address says what is shown; back and forward work', () =>
	open({hash: '#workload=query&metric=p99&view=changes'},
		async (page) => {
			const current = () => text(page,
				'#views [aria-current]');

			assert.equal(await current(), 'Changes');
			assert.equal(await page.inputValue('#filter-workload'),
				'query');
			assert.equal(await page.locator('#view tbody th')
				.count(), 4);
			await page.click('#views a >> text=Charts');
			assert.equal(await current(), 'Charts');
			await page.selectOption('#filter-metric', '');
			assert.equal(await cards(page), 8);
			await page.goBack();
			assert.equal(await cards(page), 4);
			await page.goBack();
			assert.equal(await current(), 'Changes');
			await page.goForward();
			assert.equal(await current(), 'Charts');
			assert.equal(await page.inputValue('#filter-metric'),
				'p99');
		}));

test('a link to a point opens it on a page of another day', async () => {
	let hash = '';

	await open({}, async (page) => {
		await page.locator('.card .event a').first().click();
		hash = await page.evaluate(() => location.hash);
	});
	const lines = demo().toString().trim().split('\n')
		.filter((line) => !line.includes('faster-hash'));

	await withPage(makePage('later', lines.join('\n')), {hash},
		async (page) => {
			assert.match(await text(page, '#detail h2'),
				/compile\s*max_rss/);
		});
	await open({hash: '#point=0123456789abcdef:nothing'},
		async (page) => {
			assert.match(await text(page, '#detail'), /Not here/);
		});
});

test('light and dark: the system, and the switch', () =>
	open({colorScheme: 'dark'}, async (page) => {
		const ground = () => page.evaluate(() =>
			getComputedStyle(document.body).backgroundColor);
		const ink = () => page.evaluate(() => document
			.querySelector('.card').card.graph.getColors()[0]);

		assert.equal(await ground(), 'rgb(17, 21, 26)');
		const dark = await ink();

		await page.selectOption('#theme', 'light');
		assert.equal(await ground(), 'rgb(255, 255, 255)');
		assert.notEqual(await ink(), dark);
		await page.reload();
		await page.waitForSelector('html[data-ready]');
		assert.equal(await ground(), 'rgb(255, 255, 255)');
		await page.selectOption('#theme', '');
		assert.equal(await ground(), 'rgb(17, 21, 26)');
		await page.emulateMedia({colorScheme: 'light'});
		assert.equal(await ground(), 'rgb(255, 255, 255)');
		await settled(page);
		assert.notEqual(await ink(), dark);
	}));

test('charts are drawn when they are near', () => open({}, async (page) => {
	await settled(page);
	const first = await drawn(page);

	assert.ok(first > 0 && first < 2 * 18);
	await page.waitForFunction(() => {
		const all = document.querySelectorAll('.card');

		all[all.length - 1].scrollIntoView();
		return all.length === 18 &&
			all[all.length - 1].querySelector('canvas');
	});
}));

test('of many charts those that are far are thrown away', async () => {
	const path = makePage('many', Array.from({length: 180}, (_, i) =>
		({case: 'a/n=' + i % 90, metric: 'm', value: i})));

	await withPage(path, {}, (page) => page.waitForFunction(() => {
		const all = document.querySelectorAll('.card');

		all[all.length - 1].scrollIntoView();
		return all.length === 90 &&
			all[89].querySelector('canvas') &&
			!all[0].querySelector('canvas') &&
			Card.all().filter((card) => card.graph).length <= 40;
	}));
});

test('a table is behind each chart', () => open({}, async (page) => {
	const card = page.locator('.card').first();

	assert.equal(await card.locator('tr').count(), 0);
	await card.locator('summary').click();
	await card.locator('tbody').waitFor();
	assert.equal(await card.locator('tbody tr').count(), 60);
	assert.match(await card.locator('tbody tr').first().innerText(),
		/2026-10-31.*409\.1 MB.*406\.6 to 411\.8 MB.*10.*creep/s);
}));

test('marks, mutes, limits and failed runs are told', () =>
	open({hash: '#find=query/index=hash p99&arch=aarch64'},
		async (page) => {
			assert.match(await text(page, '.card .events'),
				/worse, muted/);
			const notes = await page.locator(
				'.card .dygraph-annotation').evaluateAll(
				(list) => list.map((note) => note.title));

			assert.ok(notes.includes('Muted until 2026-12-15 by ' +
				'grace: a neighbour of the machine is busy'));
			const lines = await page.evaluate(() => document
				.querySelector('.card').card.references);

			assert.equal(lines[0].label, 'limit ≤ 12 ms');
			await page.click('#views a >> text=Runs');
			const runs = await page.locator('#view tbody tr')
				.allInnerTexts();

			assert.equal(runs.length, 60);
			assert.equal(runs.filter((row) =>
				row.includes('✖ fail')).length, 2);
			assert.equal(await page.locator('#view tbody a',
				{hasText: 'report'}).count(), 60);
		}));

test('narrow: nothing is wider than the screen', async () => {
	for (const hash of ['', '#view=changes', '#view=compare', '#view=runs'])
		await open({hash, width: 360, height: 740}, async (page) => {
			const width = await page.evaluate(() =>
				document.documentElement.scrollWidth);

			assert.equal(width, 360, hash);
			await page.click('#fold summary');
			assert.ok(await page.isVisible('#filter-metric'));
			assert.equal(await page.evaluate(() =>
				document.documentElement.scrollWidth), 360);
		});
	/* Nor a description in which there is no blank. */
	const path = shortPage('wide', [12], [{type: 'case', case: 'c0',
		workload: 'c0', description: 'org.example.'.repeat(12)}]);

	await withPage(path, {width: 360, height: 740}, async (page) => {
		assert.match(await page.locator('.card').innerText(),
			/org.example.org/);
		assert.equal(await page.evaluate(() =>
			document.documentElement.scrollWidth), 360);
	});
});

test('the keyboard reaches all; the first stop skips to the charts', () =>
	open({hash: '#workload=compile'}, async (page) => {
		await page.keyboard.press('Tab');
		assert.equal(await page.evaluate(() =>
			document.activeElement.id), 'skip');
		await page.keyboard.press('Enter');
		assert.equal(await page.evaluate(() =>
			document.activeElement.id), 'content');
		assert.equal((await hashOf(page)).workload, 'compile');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Tab');
		const focus = await page.evaluate(() => {
			const it = document.activeElement;

			return [it.className, it.getAttribute('role'),
				getComputedStyle(it).outlineStyle];
		});

		assert.deepEqual(focus, ['plot', 'application', 'solid']);
	}));

test('every field has a label, every id is one', () => open({},
	async (page) => {
		const bad = await page.evaluate(() => {
			const ids = Array.from(document.querySelectorAll(
				'[id]'), (element) => element.id);

			return [ids.filter((id, i) => ids.indexOf(id) !== i),
				Array.from(document.querySelectorAll(
					'input, select')).filter((field) =>
					!field.labels.length &&
					field.checkVisibility()).length,
				document.querySelectorAll('h1').length];
		});

		assert.deepEqual(bad, [[], 0, 1]);
	}));

test('in print: charts, in light, without what one clicks at', () =>
	open({colorScheme: 'dark', hash: '#workload=compile'},
		async (page) => {
			await page.emulateMedia({media: 'print'});
			await settled(page);
			assert.ok(await page.isHidden('#filters'));
			assert.ok(await page.isVisible('.card canvas'));
			assert.equal(await page.evaluate(() => getComputedStyle(
				document.body).backgroundColor),
			'rgb(255, 255, 255)');
			/* Ink of the light ground, and more than a few lines. */
			const ink = () => page.evaluate(() => document
				.querySelector('.card').card.graph
				.getColors()[0]);
			await page.emulateMedia({media: null});
			const dark = await ink();

			await page.evaluate(() => {
				window.addEventListener('beforeprint', () => {
					window.printed = document
						.querySelector('.card').card
						.graph.getColors()[0];
				});
			});
			const pdf = (await page.pdf()).toString('latin1');

			assert.notEqual(await page.evaluate(() =>
				window.printed), dark);
			assert.equal(await ink(), dark);
			assert.ok(pdf.split('/Subtype /Image').length > 8);
		}));

test('who wants less motion gets none', () => open(
	{reducedMotion: 'reduce'}, async (page) => {
		assert.equal(await page.evaluate(() => getComputedStyle(
			document.documentElement).scrollBehavior), 'auto');
	}));

test('runs evenly spaced, and values from zero', () =>
	open({hash: '#find=large wall_time&arch=x86_64'}, async (page) => {
		const ranges = () => page.evaluate(() => {
			const {graph} = document.querySelector('.card').card;

			return [graph.xAxisRange(), graph.yAxisRange()];
		});
		const [, before] = await ranges();

		assert.ok(before[0] > 0);
		await page.check('#zero');
		await page.check('#order');
		const [x, y] = await ranges();

		assert.equal(y[0], 0);
		assert.ok(x[0] < 0 && x[1] > 127 && x[1] < 140);
	}));

test('points alone: no time, no run, no unit', async () => {
	const path = makePage('bare', Array.from({length: 12}, (_, i) =>
		({case: 'a', metric: 'm', value: 10 + i % 3})));

	await withPage(path, {}, async (page) => {
		assert.equal(await text(page, '#count'),
			'1 chart of 1, 1 series');
		await page.locator('.plot').focus();
		await page.keyboard.press('ArrowRight');
		assert.match(await page.locator('#live').innerText(),
			/^12, point 12$/);
		await page.keyboard.press('Enter');
		assert.match(await text(page, '#detail'), /Value\s+12\n/);
		assert.equal((await hashOf(page)).point.slice(-4), ':@11');
	});
});

/* A series of main, a step up at 4 that is, or is not, taken back at 8. */
const stepped = (name, last, extra) => {
	const values = [10, 10, 10, 10, 12, 12, 12, 12, last, last];
	const base = {case: name, metric: 'm', unit: 'ms', better: 'lower'};
	const change = (index, before, after) => ({type: 'change', ...base,
		kind: 'step', index, before, after,
		change: after / before - 1, worse: after > before, ...extra});

	return [...values.map((value, i) => ({type: 'point', ...base, value,
		time: `2026-01-${i + 10}`, commit: 'abcdef0' + i})),
	change(4, 10, 12), ...(last === 12 ? [] : [change(8, 12, last)])];
};

test('an older commit that is measured again', async () => {
	const run = (name, day) => ({type: 'run', run: name,
		time: '2026-11-' + day + 'T00:00:00Z'});
	const point = (name, value) => ({case: 'c', metric: 'm', unit: 'ms',
		better: 'lower', run: name, value});
	const path = makePage('again', [run('a', '10'), run('b', '11'),
		run('c', '12'), run('again', '13'), point('a', 10),
		point('again', 20), point('b', 30), point('c', 40)]);
	const drawnAs = (page) => page.evaluate(() => document
		.querySelector('.card').card.rows.map((row) => row[1][1]));

	await withPage(path, {}, async (page) => {
		/* By time it is the last one, in the order of commits not. */
		assert.deepEqual(await drawnAs(page), [10, 30, 40, 20]);
		assert.match(await text(page, '.legend'),
			/20 ms 2026-11-13/);
		assert.match(await text(page, '.card .events'),
			/^The value of the newest commit is \+100\.0 %/);
		await page.check('#order');
		assert.deepEqual(await drawnAs(page), [10, 20, 30, 40]);
		assert.match(await text(page, '.legend'),
			/40 ms 2026-11-12/);
	});
});

test('what is back from worse is no improvement', async () => {
	const about = (...given) => headlineOf(makePage('back',
		stepped(...given)));

	assert.deepEqual(await about('back', 9.9),
		['✔ Nothing is known to be worse.', 'status good']);
	assert.deepEqual(await about('better', 8),
		['✔ Nothing is known to be worse; 1 series became better.',
			'status good']);
	/* What was accepted is what there was before. */
	assert.deepEqual(await about('accepted', 9.9, {accepted: true}),
		['• No change can be shown yet: 1 of 1 series has fewer ' +
			'than 10 points; 1 series became better.',
		'status none']);
	await withPage(makePage('back', stepped('back', 10)), {},
		async (page) => assert.match(
			await text(page, '.card .events'),
			/better, back from worse/));
});

test('what is over, accepted or muted is no regression; a missed limit is',
	async () => {
		const limit = (operator, by) => ({type: 'case', case: 'e' +
			operator + (by || ''), criteria: [{metric: 'm',
			operator, limit: 11, by}]});
		const path = makePage('over', [
			...stepped('a', 12), ...stepped('b', 10.5),
			...stepped('c', 12, {accepted: true}),
			...stepped('d', 12, {muted: true}),
			...['<=', '>='].flatMap((sign) => [limit(sign),
				{case: 'e' + sign, metric: 'm', value: 12,
					time: '2026-01-12'}]),
			limit('<', '2026-12-31'),
			{case: 'e<2026-12-31', metric: 'm', value: 12,
				time: '2026-01-12'}]);

		await withPage(path, {}, async (page) => {
			const heads = () => page.locator('.card h3 .name')
				.allInnerTexts().then((list) => list.filter(
					(name) => name !== 'm'));

			assert.match(await text(page, '#headline'),
				/^✖ 1 series has become worse; 1 series misses/);
			await page.check('#bad');
			assert.deepEqual(await heads(), ['a', 'e<=']);
			assert.match(await page.locator('.card').last()
				.innerText(), /limit ≤ 11 is missed by the/);
			await page.uncheck('#bad');
			await page.selectOption('#sort', 'name');
			assert.deepEqual((await heads()).slice(0, 4),
				['a', 'b', 'c', 'd']);
			await page.selectOption('#sort', 'newest');
			assert.deepEqual((await heads())[0], 'b');
			await page.click('#views a >> text=Changes');
			const rows = await page.locator('#view tbody tr')
				.allInnerTexts();

			assert.match(rows[0], /^a m[^]*worse/);
			assert.match(rows[1], /^b m[^]*worse, over since/);
			assert.equal(rows.filter((row) =>
				/accepted|muted/.test(row)).length, 2);
		});
	});
