// The pages in a real browser against a stand-in of the CLC that the test drives: every phase is seen, nothing sleeps.
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { accessible as isAccessible } from '../support/accessible.ts';
import { startChromium } from '../support/chromium.ts';
import { startFakeClc } from '../support/fake-clc.ts';
import type { FakeClc } from '../support/fake-clc.ts';
import { buildPages } from '../support/web-pages.ts';
import { DISK_FULL, GIB, IMAGES, KEPT, PLACEMENT, PREPARE_PLAN, STATUS, STOP_PLAN } from '../support/wizard-scene.ts';

const DEADLINE_MS = 5000;

describe('the wizard in a browser', function () {
  this.timeout(60_000);
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
  beforeEach(async () => {
    clc = await startFakeClc({ pages: pages.folder, status: STATUS, images: IMAGES });
    context = await browser.newContext({ locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 40[149]|ERR_/.test(message.text())) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await context.close();
    await clc.close();
    assert.deepEqual(complaints, [], 'the page made no errors, also none of its content policy');
  });

  const sees = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();

  async function enter(path = '/'): Promise<void> {
    await page.goto(clc.url + path);
    await page.getByLabel(/User name|用户名/).fill('admin');
    await page.getByLabel(/Password|密码/).fill('right');
    await press(/^(Log in|登录)$/);
    await page.locator('header.top').waitFor();
    await until(() => clc.streams() > 0, 'the event stream is open');
  }
  async function begin(): Promise<string> {
    await press('Create new image: Debian 12 desktop');
    await page.getByLabel('Name of the new image').fill('Python course');
    await press('Begin');
    await page.getByRole('heading', { name: 'Python course' }).waitFor();
    return [...clc.tasks.keys()].at(-1)!;
  }
  const barAt = (percent: number): Promise<void> => page.locator(`[role=progressbar][aria-valuenow="${percent}"]`).waitFor();
  async function until(holds: () => boolean, what: string): Promise<void> {
    const end = Date.now() + DEADLINE_MS;
    while (!holds()) {
      if (Date.now() > end) throw new Error(`not in time: ${what}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const accessible = (where: string): Promise<void> => isAccessible(page, where);

  it('refuses a wrong password with words, lets the right one in, and remembers it over a reload', async () => {
    await page.goto(clc.url);
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('wrong');
    await press('Log in');
    await sees('User name or password is wrong.');
    await page.getByLabel('Password').fill('right');
    await press('Log in');
    await sees('Images and tasks');
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await sees('Nothing is being built');
    await begin(); // with the CSRF token that /me gave
    await press('Account: admin');
    await press('Log out');
    await sees('To build and run images');
    await page.goto(clc.url);
    await sees('To build and run images');
  });

  it('says that the hypervisor is simulated on the landing page and in the wizard', async () => {
    await enter();
    await sees('No real machines run here');
    await begin();
    assert.equal(await page.locator('header .fake').textContent(), 'Simulated hypervisor');
  });

  it('leads a deep link through the login back to the task', async () => {
    await enter('/tasks/img-aaaaaaaa:img-00000009:ins-00000009');
    await sees('There is no such task');
  });

  it('carries one image through prepare, run, stop and submit, live and without a reload', async () => {
    await enter();
    const tid = await begin();
    await sees('Everything is set to begin');

    await press('Prepare');
    await sees('Copying the image to the node');
    const start = Date.now();
    clc.progress({ tid, phase: 'preparing', progress: 20, job: 'fetchImage', bytes: { done: 0.5 * GIB, total: 2 * GIB }, note: 'walrus→cc', at: start });
    await barAt(20);
    clc.progress({ tid, phase: 'preparing', progress: 40, job: 'fetchImage', bytes: { done: GIB, total: 2 * GIB }, note: 'walrus→cc', at: start + 5000 });
    await barAt(40);
    await sees('1.0 GiB of 2.0 GiB');
    await sees('102 MiB/s');
    await sees('10 sec left');
    await sees('walrus→cc');
    clc.progress({ tid, phase: 'preparing', progress: 30, job: 'fetchImage', bytes: { done: 0.875 * GIB, total: 2 * GIB }, note: 'again', at: start + 6000 });
    await sees('again');
    await barAt(40);

    clc.move(tid, { state: 'prepared', progress: 100, ccId: 'cc-00000001', ncId: 'nc-00000001', placement: PLACEMENT, plans: [PREPARE_PLAN] });
    await sees('Ready to start');
    await sees('On node-1');
    await sees('lacks 2 GiB memory');
    await press('Start the machine');
    await sees('Its screen appears here in a moment');

    clc.move(tid, { state: 'running', vmstatus: 'running' });
    await sees('Connected');
    await page.locator('.console canvas').waitFor();
    await press('Shut down');
    await sees('The machine is asked to shut down by itself');
    clc.move(tid, { state: 'stopped', vmstatus: 'stopped', plans: [PREPARE_PLAN, STOP_PLAN] });
    await sees('The machine is stopped');
    await page.getByText('3. Shutting down').click();
    await sees('by the power button');

    await press('Submit');
    await sees('Saving the new version');
    clc.progress({ tid, phase: 'submitting', progress: 55, job: 'uploadToStore', bytes: { done: GIB, total: 2 * GIB }, note: '' });
    await barAt(55);
    await sees('Send to the image store');
    clc.move(tid, { phase: 'submitted', state: 'submitted', progress: 100, result: { imageId: 'img-00000001', version: 1, sha256: 'cd'.repeat(32), sizeBytes: 2 * GIB } });
    await sees('Saved as Python course, version 1');
    assert.deepEqual(clc.asked.map((line) => line.split(' ')[1]), ['prepare', 'run', 'stop', 'submit']);
  });

  it('tells a failure in words: what happened, what is kept, where and until when, what to do, and retries', async () => {
    await enter();
    const tid = await begin();
    clc.move(tid, { phase: 'editing', state: 'stopped', vmstatus: 'stopped', error: DISK_FULL, kept: KEPT, failedStep: 'submit', plans: [PREPARE_PLAN, STOP_PLAN] });
    const failure = page.locator('.failure');
    await failure.waitFor();
    const text = (await failure.textContent()) ?? '';
    for (const part of ['Submitting failed', 'There is not enough space.', 'lacks 3.2 GiB', 'the edited disk of ins-00000001, on node-1, until you submit', 'Free as much as is missing']) assert.ok(text.includes(part), `${part} in: ${text}`);
    await failure.getByRole('button', { name: 'Retry' }).click();
    await sees('Saving the new version');
    assert.deepEqual(clc.asked, [`${tid} retry`]);
  });

  it('asks before cancelling and names the edited disk, and only then cancels', async () => {
    await enter();
    const tid = await begin();
    await press('Cancel task');
    await sees('Nothing of yours is lost.');
    await press('Keep it');
    clc.move(tid, { phase: 'editing', state: 'stopped', vmstatus: 'stopped' });
    await sees('The machine is stopped');
    await press('Cancel task');
    await sees('The edited disk of this machine is lost for good');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(clc.asked, []);
    await press('Cancel task');
    await press('Cancel the task');
    await page.getByRole('heading', { name: 'Cancelling' }).waitFor();
    clc.move(tid, { state: 'cancelled' });
    await sees('Everything this task had made is removed.');
  });

  it('shows an image as soon as the stream tells of it', async () => {
    clc.images.length = 0;
    await enter();
    await sees('No images yet');
    clc.addImage(IMAGES[0]!);
    await sees('Debian 12 desktop');
  });

  it('shows only the steps that are allowed', async () => {
    await enter();
    const tid = await begin();
    clc.move(tid, { phase: 'submitting', state: 'registering', allowed: [] });
    await sees('Registering the new version');
    assert.equal(await page.locator('.panel-do button').count(), 0);
  });

  it('types into the guest, sends Ctrl-Alt-Del, and takes a fresh grant when the connection breaks', async () => {
    await enter();
    const tid = await begin();
    clc.move(tid, { phase: 'editing', state: 'running', vmstatus: 'running' });
    await sees('Connected');
    await press('Ctrl-Alt-Del');
    await until(() => clc.keys.includes(0xffff), 'Delete arrived');
    await press('Type text');
    await page.getByLabel('Text', { exact: true }).fill('Ls\n');
    await press('Type it');
    await until(() => clc.keys.slice(-4).join() === [0xffe1, 0x4c, 0x73, 0xff0d].join(), 'the text arrived as keys');
    await press('Use keyboard');
    await page.keyboard.press('q');
    await until(() => clc.keys.at(-1) === 0x71, 'a pressed key arrived');
    await press('Clipboard');
    await page.getByLabel('Text for the machine').fill('from my desk');
    await press('Give it to the machine');
    await until(() => clc.cuts.join() === 'from my desk', 'the clipboard arrived');
    await page.getByText('Given. Paste it in the machine.').waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLTextAreaElement>('.clipboard textarea')].some(({ readOnly, value }) => readOnly && value === 'FROM MY DESK'));
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press('Copy it here');
    await page.getByText('Copied', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'FROM MY DESK');
    await page.keyboard.press('Shift+Escape');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Use keyboard');
    clc.consoles.forEach((socket) => socket.terminate());
    await sees('Connecting again');
    await sees('Connected');
    assert.equal(clc.consoles.size, 1);
  });

  it('reads again what it missed after the stream was cut', async () => {
    await enter();
    const tid = await begin();
    clc.cutStreams();
    await sees('Connection to the cloud is interrupted');
    clc.move(tid, { state: 'prepared' }); // nobody listens to this event, or the new stream already does
    await until(() => clc.streams() > 0, 'the stream is open again');
    await sees('Ready to start');
    await page.getByText('Connection to the cloud is interrupted').waitFor({ state: 'detached' });
  });

  it('speaks Chinese completely and remembers it', async () => {
    await enter();
    await press('切换到中文');
    await sees('镜像与任务');
    await page.reload();
    await sees('镜像与任务');
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    await press('制作新镜像: Debian 12 desktop');
    await page.getByLabel('新镜像的名称').fill('课程');
    await press('开始');
    await sees('一切就绪，可以开始');
    const tid = [...clc.tasks.keys()].at(-1)!;
    clc.move(tid, { phase: 'editing', state: 'stopped', vmstatus: 'stopped', error: DISK_FULL, kept: KEPT, failedStep: 'submit' });
    await sees('空间不足。');
    await sees('编辑过的磁盘，在 node-1 上，直到您提交、取消或删除任务');
    const latin = await page.evaluate(() => (document.querySelector('.panel') as HTMLElement).innerText.match(/[A-Za-z]{4,}/g));
    assert.equal(latin, null, 'no English word is left in the panel');
  });

  it('follows the system to dark, can be switched, and remembers the choice', async () => {
    const colour = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'dark' });
    await enter();
    const dark = await colour();
    await press(/^Theme/); // as the system → light
    const light = await colour();
    assert.notEqual(light, dark);
    await page.reload();
    await sees('Images and tasks');
    assert.equal(await colour(), light);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 360]) {
      it(`is accessible and fits: ${colorScheme}, ${width} px wide`, async () => {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(clc.url);
        await sees('To build and run images');
        await accessible('login');
        await enter();
        await sees('Debian 12 desktop');
        await accessible('landing page');
        await press('Create new image: Windows 11 setup');
        await page.locator('dialog').waitFor();
        await accessible('begin dialog');
        await press('Not now');
        const tid = await begin();
        await press('Prepare');
        clc.progress({ tid, phase: 'preparing', progress: 20, job: 'fetchImage', bytes: { done: 0.5 * GIB, total: 2 * GIB }, note: '' });
        await barAt(20);
        await accessible('preparing');
        clc.move(tid, { phase: 'editing', state: 'running', vmstatus: 'running', placement: PLACEMENT, plans: [PREPARE_PLAN] });
        await sees('Connected');
        await accessible('editing');
        clc.move(tid, { phase: 'editing', state: 'stopped', vmstatus: 'stopped', error: DISK_FULL, kept: KEPT, failedStep: 'submit', plans: [PREPARE_PLAN, STOP_PLAN] });
        await page.locator('.failure').waitFor();
        await accessible('failure');
        await press('Cancel task');
        await accessible('cancel dialog');
      });
    }
  }
});
