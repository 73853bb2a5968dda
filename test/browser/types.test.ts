// The page of VM types and OS types in a real browser, against a stand-in of the CLC.
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { accessible } from '../support/accessible.ts';
import { startChromium } from '../support/chromium.ts';
import { startFakeClc, type FakeClc } from '../support/fake-clc.ts';
import { buildPages } from '../support/web-pages.ts';
import { IMAGES, STATUS } from '../support/wizard-scene.ts';

const DEADLINE_MS = 10_000;

describe('the page of types in a browser', function () {
  this.timeout(90_000);
  let pages: Awaited<ReturnType<typeof buildPages>>;
  let browser: Browser;
  let clc: FakeClc;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  before(async () => {
    [pages, browser] = await Promise.all([buildPages(), startChromium()]);
  });
  after(async () => {
    await browser?.close();
    await pages?.remove();
  });
  beforeEach(() => open());
  afterEach(async () => {
    await context.close();
    await clc.close();
    assert.deepEqual(complaints, [], 'the page made no errors, also none of its content policy');
  });

  async function open(options: { locale?: string; colorScheme?: 'light' | 'dark'; viewport?: { width: number; height: number } } = {}): Promise<void> {
    clc = await startFakeClc({ pages: pages.folder, status: STATUS, images: IMAGES });
    context = await browser.newContext({ locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 900 }, ...options });
    page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4(01|04|09|12)|ERR_/.test(message.text())) complaints.push(message.text());
    });
  }
  const sees = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
  const gone = (): Promise<void> => page.locator('dialog').waitFor({ state: 'detached' });
  async function enter(path = '/types'): Promise<void> {
    await page.goto(clc.url + path);
    await page.getByLabel(/User name|用户名/).fill('admin');
    await page.getByLabel(/Password|密码/).fill('right');
    await press(/^(Log in|登录)$/);
    await page.locator('header.top').waitFor();
  }

  it('leads an administrator from the top bar to what there is', async () => {
    await enter('/');
    await page.getByRole('link', { name: 'Types' }).click();
    for (const text of ['VM types', '512 MiB, processors: 1', 'disk 10 GiB', 'A small Linux server', 'disk as the image', 'für <b>alle</b>', 'OS types', 'network e1000e', 'clock in local time', 'sound ac97', 'usually small']) await sees(text);
  });

  it('makes, changes and deletes a VM type; what is not changed is not sent', async () => {
    await enter();
    await press('New VM type');
    await page.getByLabel('Name').fill('course');
    await page.getByLabel('Memory (MiB)').fill('4096');
    await page.getByLabel('Disk size (GiB)').fill('40');
    await press('Create');
    await gone();
    await sees('4096 MiB, processors: 2');
    const [sent] = await Promise.all([page.waitForRequest((request) => request.method() === 'PATCH'), (async () => {
      await press('Change: course');
      await page.getByLabel('Processors').fill('8');
      await press('Save');
    })()]);
    assert.deepEqual([sent.postDataJSON(), sent.headers()['if-match']], [{ cpus: 8 }, '"1"']);
    await gone();
    await sees('4096 MiB, processors: 8');
    await press('Delete: course');
    await press('Keep it');
    await gone();
    await press('Delete: course');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await gone();
    assert.deepEqual(clc.vmTypes.map((type) => type.name), ['small', '教室']);
    await page.getByRole('heading', { name: 'course' }).waitFor({ state: 'detached' });
  });

  it('makes and changes an OS type', async () => {
    await enter();
    await press('New OS type');
    await page.getByLabel('Name').fill('bsd');
    await page.getByLabel('Title').fill('BSD');
    await page.getByLabel('Disk bus').selectOption('virtio');
    await page.getByLabel('Hardware clock').selectOption('local');
    await page.getByLabel('Usual size').selectOption('教室');
    await press('Create');
    await gone();
    await page.getByRole('heading', { name: 'BSD' }).waitFor();
    const { name, title, diskBus, localtime, defaultVmType, audio } = clc.osTypes.at(-1)!;
    assert.deepEqual([name, title, diskBus, localtime, defaultVmType, audio], ['bsd', 'BSD', 'virtio', true, '教室', 'none']);
    await press('Change: bsd');
    await page.getByLabel('Sound').selectOption('hda');
    await press('Save');
    await gone();
    await sees('sound hda');
  });

  it('says why it is refused: a name that is taken, a type in use, a change that somebody else has made meanwhile', async () => {
    await enter();
    await press('New VM type');
    await page.getByLabel('Name').fill('small');
    await press('Create');
    await sees('The name is in use.');
    await press('Not now');
    await gone();
    await press('Delete: small');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await sees('is in use and cannot be deleted');
    await press('Keep it');
    await gone();
    await press('Change: small');
    clc.vmTypes[0] = { ...clc.vmTypes[0]!, cpus: 16, rev: 7 };
    await page.getByLabel('Processors').fill('3');
    await press('Save');
    await sees('The object changed since it was read.');
    await press('Not now');
    await sees('512 MiB, processors: 16');
    assert.equal(clc.vmTypes[0].cpus, 16);
  });

  it('is found among the places on a small screen, which does not scroll sideways', async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    await enter('/');
    await page.getByRole('link', { name: 'Types' }).click();
    await page.getByRole('heading', { name: 'VM types' }).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  });

  it('shows others what there is and lets them change nothing', async () => {
    clc.setRole('user');
    await enter();
    await sees('A small Linux server');
    assert.equal(await page.getByRole('button', { name: /Change|Delete|New/ }).count(), 0);
    assert.equal(await page.getByRole('link', { name: 'Types' }).count(), 0);
  });

  it('begins a build with a VM type', async () => {
    await enter('/');
    await press('Create new image: Debian 12 desktop');
    await page.getByLabel('Name of the new image').fill('Python course');
    await page.getByText('Machine and node').click();
    await page.getByLabel(/^Size/).selectOption('教室');
    const [sent] = await Promise.all([page.waitForRequest((request) => request.url().includes('/begin/')), press('Begin')]);
    assert.equal((sent.postDataJSON() as { vmType?: string }).vmType, '教室');
  });

  for (const [name, options] of Object.entries({
    'light, wide': {}, 'dark, wide, Chinese': { colorScheme: 'dark', locale: 'zh-CN' }, 'light, 360 px, Chinese': { locale: 'zh-CN', viewport: { width: 360, height: 700 } }, 'dark, 360 px': { colorScheme: 'dark', viewport: { width: 360, height: 700 } },
  } as const)) {
    it(`can be used by everybody and does not scroll sideways: ${name}`, async () => {
      await context.close();
      await clc.close();
      await open(options);
      await enter();
      await page.getByRole('heading', { name: /^(OS types|系统类型)$/ }).waitFor();
      await sees(/A small Linux server|小型 Linux 服务器/);
      await accessible(page, 'types');
      if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/types ${name}.png`, fullPage: true });
      for (const dialog of [/^(New VM type|新建虚拟机类型)$/, /^(Change|更改): windows$/, /^(Delete|删除): small$/]) {
        await press(dialog);
        await page.locator('dialog[open]').waitFor();
        await accessible(page, String(dialog));
        if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/dialog ${String(dialog).replace(/\W+/g, ' ')} ${name}.png` });
        await page.keyboard.press('Escape');
        await gone();
      }
    });
  }
});
