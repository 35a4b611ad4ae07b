/*
 * The picture of the README: test/browser/run BUILD man/dashboard.png
 */
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {demo, makePage, settled, start, stop, withPage} from './browser.mjs';

const found = execFileSync(join(process.env.BUILD_BIN, 'stat-trend'),
	{input: demo().toString().replace(/^{"type":"change".*\n/gm, ''),
		maxBuffer: 1e8});

await start();
await withPage(makePage('picture', found, ['--title', 'Nightly']),
	{width: 1200, height: 688, hash: '#find=json_parse'},
	async (page) => {
		await settled(page);
		await page.screenshot({path: process.argv[2]});
	});
await stop();
