// Machines in a real browser on a whole cloud with the fake hypervisor: defined, started, seen, shut down, reset and deleted; also without an
// English word for a reader of Chinese, and for readers who do not see.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { startChromium } from '../support/chromium.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { latinWords } from '../support/latin-words.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const STEP_MS = 30_000;

describe('machines in a browser', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let browser: Browser;
  const complaints: string[] = [];

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-machines-'));
    const disk = path.join(dir, 'disk.raw');
    await writeFile(disk, '').then(() => truncate(disk, 8 * 1024 ** 2));
    [browser, cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'fake' })]);
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    await edu.json('image', 'upload', disk, '--name', '课堂', '--ostype', 'linux', '--usage', 'desktop', '--format', 'raw');
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function enter(locale: string): Promise<{ page: Page; press(name: string | RegExp): Promise<void>; sees(text: string | RegExp): Promise<void> }> {
    const page = await (await browser.newContext({ locale, viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
    await page.goto(`${cloud.json.clcUrl}/instances`);
    await page.getByLabel(/User name|用户名/).fill(cloud.json.adminUser);
    await page.getByLabel(/Password|密码/).fill(cloud.json.adminPassword);
    await press(/^(Log in|登录)$/);
    return { page, press, sees: (text) => page.getByText(text).first().waitFor() };
  }
  async function readable(page: Page): Promise<void> {
    // The content policy lets no script of others in; what the test evaluates is not asked.
    await page.evaluate(readFileSync(AXE, 'utf8'));
    const found = await page.evaluate(async () => {
      const axe = (window as unknown as { axe: { run(): Promise<{ violations: Array<{ id: string; impact: string; nodes: Array<{ html: string }> }> }> } }).axe;
      return (await axe.run()).violations.filter((each) => each.impact === 'serious' || each.impact === 'critical').map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' ')}`);
    });
    assert.deepEqual(found, []);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `does not scroll sideways at ${width} px`);
    }
  }

  it('are defined, started, shown, shut down, reset and deleted, live and with the way back from what loses a disk', async () => {
    const { page, press, sees } = await enter('en-GB');
    await sees('No machines yet');
    await press('New machine');
    await page.getByLabel('Name of the machine').fill('desk <7> & "more"');
    await page.getByLabel('Its disk').selectOption('persistent');
    await readable(page);
    await press('Make it');
    await page.getByRole('heading', { name: 'desk <7> & "more"' }).waitFor();
    await sees('defined: it can be run');
    await press(/^Start: /);
    await sees('Connecting to the screen…');
    await page.getByRole('button', { name: /^Shut down: / }).waitFor();
    await readable(page);
    await press(/^Pause: /);
    await page.getByRole('button', { name: /^Go on: / }).click();
    await press(/^Shut down: /);
    await sees(/stopped: the guest agent powered it off/);
    await press(/^Reset: /);
    await sees('Its disk is lost for good');
    await press('Yes, reset it');
    await sees(/its disk was thrown away/);
    await page.getByRole('link', { name: 'All machines' }).click();
    await page.getByRole('link', { name: /^Open: desk/ }).click();
    await press(/^Delete: /);
    await press('Yes, delete it');
    await page.getByRole('link', { name: 'All machines' }).click();
    await sees('No machines yet');
    assert.deepEqual(complaints, []);
  });

  it('a class of them is started at once and shows how far it is; several are selected and deleted together', async () => {
    const { page, press, sees } = await enter('en-GB');
    await press('Start a class');
    await page.getByLabel('How many').fill('3');
    await page.getByLabel('Their names').fill('room');
    await sees(/Several need/);
    await page.getByLabel('Their names').fill('room-{n}');
    await sees('From room-1 to room-3');
    await page.getByLabel('Size').selectOption('tiny');
    await readable(page);
    await press('Start all');
    await sees('Starting a class: done');
    await sees('3 of 3 done');
    await readable(page);
    await press('Dismiss');
    for (const n of [1, 2, 3]) await page.getByLabel(`Select room-${n}`).check();
    await sees('Selected: 3');
    await press('Shut down (3)');
    await sees('Shutting down: done');
    await page.getByLabel('All', { exact: true }).check();
    await press('Delete (3)');
    await readable(page);
    await press('Yes, delete it');
    await sees('No machines yet');
    assert.deepEqual(complaints, []);
  });
  it('a class that has no room for all says of each why', async () => {
    const answer = await edu.run('class', 'start', '--image', '课堂', '--count', '2', '--name', 'huge-{n}', '--memory', '1000G');
    assert.equal(answer.code, 7, answer.stderr);
    assert.match(answer.stderr, /huge-1.*NO_CAPACITY/);
    assert.match(answer.stderr, /0 of 2 done, 2 failed/);
    const [batch] = await edu.json<Array<{ id: string; state: string }>>('batch', 'list');
    assert.equal(batch?.state, 'done-with-failures');
    assert.equal((await edu.json<{ members: unknown[] }>('batch', 'show', batch.id)).members.length, 2);
    const { page, sees } = await enter('en-GB');
    await sees('huge-2');
    await page.getByLabel('All', { exact: true }).check();
    await edu.run('class', 'delete', batch.id);
    await sees('No machines yet');
  });

  it('are told of in Chinese without an English word', async () => {
    const { id } = await edu.json<{ id: string }>('instance', 'define', '课堂', '--name', '课桌', '--lifetime', 'assigned');
    await edu.json('instance', 'run', id, '--wait');
    const { page, sees } = await enter('zh-CN');
    const shows = async (): Promise<void> => {
      const text = await page.evaluate(() => [document.title, document.body.innerText, ...[...document.querySelectorAll('*')].flatMap((each) => ['aria-label', 'title', 'placeholder', 'alt'].map((name) => each.getAttribute(name) ?? ''))].join('\n'));
      assert.deepEqual(latinWords(text, ['Switch', 'to', 'English']), [], text);
    };
    await sees('课桌');
    await shows();
    await page.getByRole('link', { name: /课桌/ }).first().click();
    await sees('运行中');
    await shows();
  });
});
