// The page of networks, and addresses of a machine on its own page, in a real browser on a whole cloud with the fake hypervisor.
import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { accessible } from '../support/accessible.ts';
import { startChromium } from '../support/chromium.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';

const STEP_MS = 30_000;

describe('networks in a browser', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let browser: Browser;
  const complaints: string[] = [];

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-networks-'));
    const disk = path.join(dir, 'disk.raw');
    await writeFile(disk, '').then(() => truncate(disk, 8 * 1024 ** 2));
    [browser, cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'fake' })]);
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    await edu.json('image', 'upload', disk, '--name', 'server', '--ostype', 'linux', '--usage', 'server', '--format', 'raw');
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function enter(at: string, options: { locale: string; colorScheme: 'light' | 'dark' }): Promise<{ page: Page; press(name: string | RegExp): Promise<void>; sees(text: string | RegExp): Promise<void> }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
    await page.goto(cloud.json.clcUrl + at);
    await page.getByLabel(/User name|用户名/).fill(cloud.json.adminUser);
    await page.getByLabel(/Password|密码/).fill(cloud.json.adminPassword);
    await press(/^(Log in|登录)$/);
    return { page, press, sees: (text) => page.getByText(text).first().waitFor() };
  }

  it('a machine with services shows where they are reached as soon as that works, to be copied; the page of networks shows whose the ports are', async () => {
    const { page, press, sees } = await enter('/instances', { locale: 'en-GB', colorScheme: 'light' });
    await press('New machine');
    await page.getByLabel('Name of the machine').fill('web');
    await page.getByText('Network', { exact: true }).click();
    await page.getByLabel('Services').fill('ssh 22, web 80');
    await accessible(page, 'the page');
    await press('Make it');
    await sees('ssh: port 22, as soon as it is placed');
    await press(/^Start: /);
    await page.getByRole('button', { name: /^Copy: / }).first().waitFor();
    await accessible(page, 'the page');
    await press(/^Copy: /);
    await sees('Copied');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^[\w.]+:18\d{3}$/);
    await page.getByRole('link', { name: 'Networks' }).click();
    await sees(/2 of 1000 leased/);
    await page.getByText(/^Whose they are/).click();
    await page.getByRole('link', { name: 'web' }).first().waitFor();
    await accessible(page, 'the page');
    assert.deepEqual(complaints, []);
  });

  it('says in Chinese and in the dark what an administrator has set', async () => {
    const [{ cluster } = { cluster: '' }] = await edu.json<Array<{ cluster: string }>>('network', 'list');
    await edu.json('network', 'set', cluster, '--access-host', 'desktops.example', '--bridge', 'br0', '--net', '10.77.0.0/24', '--private', '10.77.0.10-10.77.0.20', '--gateway', '10.77.0.1');
    const { page, sees } = await enter('/networks', { locale: 'zh-CN', colorScheme: 'dark' });
    await sees('访问地址 desktops.example');
    await sees(/网桥 br0/);
    await sees('已分配 0/11');
    await accessible(page, 'the page');
    assert.deepEqual(complaints, []);
  });
});
