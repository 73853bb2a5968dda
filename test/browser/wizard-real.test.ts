// The wizard in a real browser on a real cloud with a real guest: through every step, with the guest's own screen and keyboard.
// EDUCLOUD_SHOTS=DIR keeps a picture of each step in both themes.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { ImageVersionView, TaskView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { startChromium } from '../support/chromium.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { guestOf } from '../support/libvirt-guest.ts';
import { screenOf } from '../support/screen-page.ts';

const STEP_MS = 60_000;
/** Of the tiny guest's root; it stands on its login screen. */
const PASSWORD = 'educloud';

describe('the wizard on a real cloud with a real guest', function () {
  this.timeout(180_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-wizard-'));
    [browser, cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'libvirt' })]);
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    await edu.json('image', 'upload', await makeGuestImage(), '--name', 'Tiny Linux', '--ostype', 'linux', '--usage', 'server');
    page = await (await browser.newContext({ locale: 'en-GB', colorScheme: 'light', reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error' && !/status of 40[149]|ERR_/.test(message.text())) complaints.push(message.text()); });
  });
  after(async function () {
    this.timeout(60_000);
    await browser?.close();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await shot(`failed-${this.currentTest.title.slice(0, 20)}`);
  });

  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
  const sees = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

  /** A picture in each theme, for people; only when asked for. */
  async function shot(name: string): Promise<void> {
    const into = process.env['EDUCLOUD_SHOTS'];
    if (!into) return;
    await mkdir(into, { recursive: true });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: path.join(into, `${name}-${colorScheme}.png`), fullPage: true });
    }
  }
  let task: TaskView;

  it('logs in, finds the uploaded image and begins a new one from it', async () => {
    await page.goto(cloud.json.clcUrl);
    await shot('1-login');
    await page.getByLabel('User name').fill(cloud.json.adminUser);
    await page.getByLabel('Password').fill(cloud.json.adminPassword);
    await press('Log in');
    await sees('Tiny Linux');
    await shot('2-home');
    await press('Create new image: Tiny Linux');
    await page.getByLabel('Name of the new image').fill('Tiny Linux with Python');
    await shot('3-begin');
    await press('Begin');
    await page.getByRole('heading', { name: 'Tiny Linux with Python' }).waitFor();
    await shot('4-pending');
    task = (await edu.json<TaskView[]>('task', 'list'))[0] as TaskView;
    assert.ok(page.url().includes(encodeURIComponent(task.tid)) || decodeURIComponent(page.url()).includes(task.tid));
  });

  it('prepares it', async () => {
    await press('Prepare');
    await sees('Ready to start');
    await shot('5-prepared');
  });

  it('starts the guest and paints its screen', async () => {
    await press('Start the machine');
    await sees('Connected');
    await page.locator('.console canvas').waitFor();
    await eventually('something is painted', async () => { const s = await screenOf(page).painted(); return s.colours > 1 && s.width >= 640; }, STEP_MS);
    await guestOf(cloud.json.libvirtUri, task.insId).booted();
    await shot('6-running');
  });

  it('carries what is typed into the guest: pressed keys and pasted text', async () => {
    const guest = guestOf(cloud.json.libvirtUri, task.insId);
    /** The text that stands on the guest's screen, as the guest itself knows it. */
    const says = (text: RegExp): Promise<boolean> => eventually(`the screen says ${text.source}`, async () => text.test(await guest.sh('cat /dev/vcs1')), STEP_MS);
    await says(/login: *$/);
    const before = await screenOf(page).painted();
    await press('Use keyboard');
    await page.keyboard.type('root');
    await page.keyboard.press('Enter');
    await says(/Password: *$/);
    await eventually('the page shows it', async () => (await screenOf(page).painted()).print !== before.print, STEP_MS);
    await screenOf(page).types(PASSWORD);
    await says(/# *$/);
    await screenOf(page).types('echo "Typed in the BROWSER: $((6*7))" > /root/typed; sync');
    await eventually('the guest has it', async () => (await guest.read('/root/typed')) === 'Typed in the BROWSER: 42\n', STEP_MS);
    await shot('7-typed');
  });

  it('keeps the screen over a reload of the page', async () => {
    await page.reload();
    await sees('Connected');
    await eventually('it is painted again', async () => (await screenOf(page).painted()).colours > 1, STEP_MS);
  });

  it('shuts it down, submits it, and shows the new image', async () => {
    await press('Shut down');
    await sees('The machine is stopped');
    await shot('8-stopped');
    await press('Submit');
    await sees('Saved as Tiny Linux with Python, version 1');
    await shot('9-submitted');
    const made = (await edu.json<TaskView>('task', 'show', task.tid)).result;
    assert.ok(made);
    assert.ok((await page.locator('.saved').textContent())?.includes(made.sha256));
    await page.getByRole('link', { name: /Back to images and tasks/ }).first().click();
    await page.getByRole('button', { name: 'Create new image: Tiny Linux with Python' }).waitFor();
    await shot('10-home-after');
    const latest = (await edu.json<ImageVersionView[]>('image', 'versions', made.imageId))[0];
    assert.equal(latest?.state, 'available');
    await nothingIsLeft(cloud);
  });

  it('cancels a running task after asking, and names what is lost', async () => {
    const begun = await edu.json<TaskView>('image', 'modify', task.dstImageId);
    await page.goto(`${cloud.json.clcUrl}/tasks/${begun.tid}`);
    await press('Prepare');
    await sees('Ready to start');
    await press('Start the machine');
    await sees('Connected');
    await press('Cancel task');
    await sees('The edited disk of this machine is lost for good');
    await shot('11-cancel');
    await press('Cancel the task');
    await sees('Everything this task had made is removed.');
    assert.equal(await page.getByRole('heading', { name: 'Screen of the machine' }).count(), 0, 'there is no machine any more');
    await sees(/^\d+\. Removing/);
    await shot('12-cancelled');
    await nothingIsLeft(cloud);
  });

  it('made no errors on the page, also none of its content policy', () => assert.deepEqual(complaints, []));
});
