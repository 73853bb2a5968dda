// A local desktop in a real browser on a whole cloud with the fake hypervisor: defined for an owner group, seen live on the PCs that have it and
// run it; in both languages and themes, and for readers who do not see.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { LocalDesktop } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { startChromium } from '../support/chromium.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { socketOf } from '../support/local-door.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('a local desktop in a browser', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let browser: Browser;
  const complaints: string[] = [];

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-lvdb-'));
    const disk = path.join(dir, 'disk.raw');
    await writeFile(disk, '').then(() => truncate(disk, 8 * 1024 ** 2));
    [browser, cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'fake', overrides: { cc: { usages: ['lvd'] }, nc: { local: { enabled: true, askSeconds: 1, syncMaxLoad: 1000 } } } })]);
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    await edu.json('image', 'upload', disk, '--name', '课堂', '--ostype', 'linux', '--usage', 'desktop', '--format', 'raw');
    await edu.json('host', 'set', 'nc-1', '--owner-group', 'school.lab-2.row-1');
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function enter(locale: string, colorScheme: 'light' | 'dark', at: string): Promise<Page> {
    const page = await (await browser.newContext({ locale, colorScheme, viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${cloud.json.clcUrl}${at}`);
    await page.getByLabel(/User name|用户名/).fill(cloud.json.adminUser);
    await page.getByLabel(/Password|密码/).fill(cloud.json.adminPassword);
    await page.getByRole('button', { name: /^(Log in|登录)$/ }).first().click();
    return page;
  }
  async function readable(page: Page): Promise<void> {
    await page.evaluate(readFileSync(AXE, 'utf8'));
    const found = await page.evaluate(async () => {
      const axe = (window as unknown as { axe: { run(): Promise<{ violations: Array<{ id: string; impact: string }> }> } }).axe;
      return (await axe.run()).violations.filter((each) => each.impact === 'serious' || each.impact === 'critical').map((each) => each.id);
    });
    assert.deepEqual(found, []);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `does not scroll sideways at ${width} px`);
    }
  }

  it('is defined for an owner group; the page says live which PCs have it and who uses it', async () => {
    const page = await enter('en-GB', 'light', '/instances');
    await page.getByRole('button', { name: 'New machine' }).first().click();
    await page.getByLabel('Name of the machine').fill('maths <7> & "more"');
    await page.getByLabel('Used as').selectOption('lvd');
    await page.getByLabel('For the PCs of this owner group').fill('school.lab-2');
    await readable(page);
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('Offered to the PCs of school.lab-2 and below.').waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    await page.getByText('off · version 1').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Start/ }).count(), 0, 'it is started on the PC');
    const run = await eventually('it is started on the PC', () => edu.json<LocalDesktop>('lvd', 'run', id, '--user', 'anna', '--wait', '--socket', socketOf(cloud)));
    assert.equal(run.state, 'running');
    await page.getByText(/running · version 1 · anna · since /).waitFor();
    await readable(page);

    const dark = await enter('zh-CN', 'dark', `/instances/${id}`);
    await dark.getByText('提供给 school.lab-2 及其下级的电脑。').waitFor();
    await dark.getByText(/运行中 · 版本 1 · anna · 自/).waitFor();
    await readable(dark);
    await edu.json('lvd', 'stop', id, '--force', '--wait', '--socket', socketOf(cloud));
    await page.getByText('off · version 1').waitFor();
    assert.deepEqual(complaints, []);
  });
});
