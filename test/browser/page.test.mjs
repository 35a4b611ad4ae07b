/*
 * What must be true of any page, of the pages of a whole pipeline: that of the
 * demo, filed run by run, and PAGE, where somebody asks for one.
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {join, resolve} from 'node:path';
import {after, before, test} from 'node:test';
import {makePage, scratch, settled, start, stop, withPage}
	from './browser.mjs';

const tool = (name, options, input) => execFileSync(
	join(process.env.BUILD_BIN, name), options,
	{input, maxBuffer: 1e9, cwd: scratch});

before(start);
after(stop);

const look = async (path) => {
	let charts = 0;

	await withPage(path, {}, async (page) => {
		charts = await page.evaluate(() => Data.charts.length);
		assert.ok(charts > 0);
		/* All of them can be drawn. */
		await page.waitForFunction((wanted) => {
			const all = document.querySelectorAll('.card');

			all[all.length - 1].scrollIntoView();
			return all.length === wanted &&
				all[wanted - 1].querySelector('canvas');
		}, charts);
		const bad = await page.evaluate(() => Card.all().filter(
			(card) => {
				card.draw();
				const range = card.graph.yAxisRange();

				return !range.every(Number.isFinite) ||
					!(range[0] < range[1]);
			}).length);

		assert.equal(bad, 0);
		await page.locator('.plot').first().focus();
		await page.keyboard.press('End');
		assert.notEqual(await page.locator('#live').innerText(), '');
		await page.keyboard.press('Enter');
		assert.match(await page.locator('#detail').innerText(),
			/Value/);
		await page.keyboard.press('Escape');
		await page.check('#bad');
		await page.uncheck('#bad');
		await page.check('#order');
		await settled(page);
		for (const view of ['Changes', 'Compare', 'Runs']) {
			await page.click('#views a >> text=' + view);
			assert.ok(await page.isVisible('#view'));
		}
		await page.goBack();
		await settled(page);
	});
	for (const media of [{width: 360, height: 740}, {colorScheme: 'dark'}])
		await withPage(path, media, async (page) => {
			assert.ok(await page.evaluate(() =>
				document.documentElement.scrollWidth <=
				innerWidth));
		});
};

test('a history that was filed, got, and looked through', async () => {
	const runs = execFileSync(join(process.env.TOP, 'test',
		'demo-history'), {maxBuffer: 1e8});

	tool('hist-add', ['-d', 'history'], runs);
	tool('hist-add', ['-d', 'history', '--mark', 'change', '--case',
		'compile', '--metric', 'wall_time', '--at', '2026-10-02',
		'--reason', 'worth it']);
	const points = tool('hist-get', ['-d', 'history', '--values']);
	const path = makePage('filed', tool('stat-trend', [], points));

	await withPage(path, {hash: '#view=changes'}, async (page) => {
		const said = await page.locator('#view').innerText();

		assert.match(said, /size=large wall_time[^]*step[^]*worse/);
		assert.match(said, /creep/);
		assert.match(said, /accepted/);
	});
	await look(path);
});

test('PAGE', {skip: process.env.PAGE ? false : 'none was asked for'},
	() => look(resolve(process.env.START || '.', process.env.PAGE)));
