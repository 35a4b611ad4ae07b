/*
 * Whatever a name is, it is shown as text, and does nothing.
 */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {makePage, settled, start, stop, withPage} from './browser.mjs';

const NAMES = [
	'<script>window.hacked = 1</script>',
	'</script><script>window.hacked = 1</script>',
	'"\'><img src=x onerror="window.hacked = 1">',
	'<!--', ']]>', '&lt;b&gt;', '${window.hacked = 1}',
	'\u202eevil\u202c\u200f', 'שלום', 'a\u2028b\u2029c', 'tab\there',
	'__proto__', 'constructor', 'toString', 'hasOwnProperty',
	'javascript:window.hacked = 1',
];
const LINKS = ['javascript:window.hacked=1', ' JavaScript:window.hacked=1',
	'java\nscript:window.hacked=1', 'data:text/html,<script>1</script>',
	'//evil.invalid/x', '\\\\evil.invalid\\x', 'file:///etc/passwd',
	'vbscript:1', 'blob:1'];
const GOOD = ['report.html', '../a/b.html', 'https://ci.invalid/1',
	'http://ci.invalid/<b>?a=1&b="2"'];

const visible = (name) => name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) =>
	'\\u' + c.codePointAt(0).toString(16).padStart(4, '0'));

let path = '';

before(async () => {
	await start();
	const records = [];

	NAMES.forEach((name, i) => {
		const run = {type: 'run', v: 1, run: name, commit: name,
			branch: name, arch: name, target: name, machine: name,
			time: '2026-01-' + String(i + 10), result: 'fail',
			report: LINKS[i % LINKS.length],
			host: {[name]: name, __proto__x: 1},
			checks: [{id: name, level: 'warning', msg: name,
				fix: name}]};

		records.push(run);
	});
	NAMES.forEach((name) => {
		records.push({type: 'case', case: name, workload: name,
			description: name, criteria: [{metric: name,
				operator: '<=', limit: 1, by: 'm' + name}]});
		records.push({type: 'mark', kind: 'mute', case: name,
			reason: name, by: name, time: '2026-01-01'});
		for (let k = 0; k < NAMES.length; k++)
			records.push({type: 'point', case: name, workload: name,
				metric: name, unit: name, run: NAMES[k],
				branch: name, machine: name, arch: name,
				target: name, better: 'lower', value: 2 + k % 2,
				aggregator: name});
		records.push({type: 'change', kind: 'step', case: name,
			metric: name, unit: name, branch: name, machine: name,
			arch: name, target: name, index: 3, before: 1, after: 2,
			change: 1, worse: true, commits: [name, 'x' + name],
			why: name});
	});
	path = makePage('hostile', records, ['--title', NAMES[1]]);
});

after(stop);

const harmless = async (page) => {
	await settled(page);
	assert.equal(await page.evaluate(() => window.hacked), undefined);
	assert.equal(await page.evaluate(() => ({}).polluted), undefined);
	assert.equal(await page.locator('main img, main script, aside script')
		.count(), 0);
};

test('in charts, filters and details', () => withPage(path, {},
	async (page) => {
		await page.evaluate(() => document.getElementById('more')
			.click());
		const shown = await page.locator('.card h3 .name')
			.allInnerTexts();

		for (const name of NAMES)
			assert.ok(shown.includes(visible(name)), name);
		const options = await page.locator('#filter-workload option')
			.evaluateAll((list) => list.map((option) =>
				[option.value, option.textContent]));

		for (const name of NAMES)
			assert.ok(options.some(([value, label]) => value ===
				name && label === visible(name)), name);
		for (const name of NAMES) {
			await page.selectOption('#filter-workload', name);
			assert.equal(await page.locator('.card').count(), 1,
				name);
			await page.locator('.plot').focus();
			await page.keyboard.press('End');
			await page.keyboard.press('Enter');
			const head = await page.locator('#detail h2')
				.innerText();

			assert.ok(head.includes(visible(name)));
			await page.keyboard.press('Escape');
			await page.locator('.card summary').click();
			await harmless(page);
		}
	}));

test('in the other views', async () => {
	for (const view of ['changes', 'compare', 'runs'])
		await withPage(path, {hash: '#view=' + view}, async (page) => {
			const said = await page.locator('#view').innerText();

			for (const name of [NAMES[1], NAMES[2]])
				assert.ok(view === 'compare' ||
					said.includes(name), view);
			await harmless(page);
		});
});

test('in the address', () => withPage(path, {}, async (page) => {
	for (const name of NAMES)
		for (const key of ['view', 'sort', 'order', 'x', 'workload',
			'a', 'from', 'point', 'run', '__proto__']) {
			await page.evaluate((hash) => {
				location.hash = hash;
			}, new URLSearchParams({[key]: name}).toString());
			await harmless(page);
		}
}));

test('only links that are safe can be followed', async () => {
	const points = LINKS.concat(GOOD).flatMap((report, i) => [
		{type: 'run', v: 1, run: 'r' + i, time: '2026-02-' +
			String(i + 10), report},
		{type: 'point', case: 'a', metric: 'm', value: i,
			run: 'r' + i}]);

	await withPage(makePage('links', points), {hash: '#view=runs'},
		async (page) => {
			const links = await page.locator(
				'#view td:last-child a').evaluateAll((list) =>
				list.map((a) => a.getAttribute('href')));

			assert.deepEqual(links.sort(), GOOD.slice().sort());
		});
});
