/*
 * Pages made by the tools, opened in the system's browser. Whatever a page says
 * on its console, and whatever it asks of a network, fails its test.
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];

export const scratch = mkdtempSync(join(tmpdir(), 'plumbline-'));
let context = null;

export const start = async () => {
	context = await chromium.launchPersistentContext(
		join(scratch, 'profile'), {
			executablePath: process.env.BROWSER,
			headless: true, args: FLAGS, timezoneId: 'Asia/Kolkata',
			viewport: {width: 1280, height: 900}});
};

export const stop = async () => {
	await context.close();
	rmSync(scratch, {recursive: true, force: true});
};

/* The history that was made up, as hist-get and stat-trend have it. */
export const demo = () => execFileSync(
	join(process.env.TOP, 'test', 'demo-history'), ['--points'],
	{maxBuffer: 1e8});

/* A page of records, texts or objects; its path. */
export const makePage = (name, records, options = []) => {
	const path = join(scratch, name + '.html');
	const input = Array.isArray(records)
		? records.map((record) => JSON.stringify(record)).join('\n') +
			'\n' : records;

	execFileSync(join(process.env.BUILD_BIN, 'mk-dash'),
		['-o', path, ...options],
		{input, maxBuffer: 1e9, cwd: scratch});
	return path;
};

export const writeLines = (name, records) => {
	const path = join(scratch, name);

	writeFileSync(path, records.map((record) => JSON.stringify(record) +
		'\n').join(''));
	return path;
};

export const sizeOf = (path) => statSync(path).size;

/* Opens a page for a test, and sees to it that it behaves. */
export const withPage = async (path, given, test) => {
	const {hash = '', width = 1280, height = 900, ...media} = given;
	const page = await context.newPage();
	const said = [];

	page.on('console', (message) => said.push(message.type() + ': ' +
		message.text()));
	page.on('pageerror', (error) => said.push(String(error.stack)));
	page.on('request', (request) => {
		if (!/^(file|data):/.test(request.url()))
			said.push('asks for ' + request.url());
	});
	page.on('dialog', (dialog) => {
		said.push('dialog: ' + dialog.message());
		dialog.dismiss();
	});
	try {
		await page.setViewportSize({width, height});
		await page.emulateMedia({colorScheme: 'light', ...media});
		await page.goto('file://' + path + hash);
		await page.waitForSelector('html[data-ready]');
		await page.evaluate(() => localStorage.clear());
		await test(page);
		assert.deepEqual(said, []);
	} finally {
		await page.close();
	}
};

/* Waits until what a test asked for was painted. */
export const settled = (page) => page.evaluate(() => new Promise((done) => {
	requestAnimationFrame(() => setTimeout(done, 60));
}));

export const hashOf = async (page) => Object.fromEntries(new URLSearchParams(
	(await page.evaluate(() => location.hash)).slice(1)));

/* Where the i-th point of a chart's line is on the screen. */
export const pointAt = (page, card, line, i) => page.evaluate(
	([number, which, at]) => {
		const {card: it} = document.querySelectorAll('.card')[number];
		const row = it.points[which].indexOf(at);
		const [x, y] = it.graph.toDomCoords(it.rows[row][0],
			it.rows[row][which + 1][1]);
		const box = it.plot.getBoundingClientRect();

		return [box.left + x, box.top + y];
	}, [card, line, i]);
