// Three desktops of one image, started together and opened in a real browser by the person who sits before them: what is typed there is in the guest,
// and after the next start it is gone (temporary, assigned) or still there (persistent).
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { InstanceView, Lifetime } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { makeGuestImage } from '../../tools/guest-image.ts';
import { startChromium } from '../support/chromium.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { eventually } from '../support/eventually.ts';
import { nothingIsLeft } from '../support/leftovers.ts';
import { guestOf, type LibvirtGuest } from '../support/libvirt-guest.ts';
import { screenOf } from '../support/screen-page.ts';

const BOOT_MS = 120_000;
/** Of the tiny guest's root; it stands on its login screen. */
const PASSWORD = 'educloud';
const NOTE = '/root/typed';
const LIFETIMES: Lifetime[] = ['temporary', 'assigned', 'persistent'];

describe('three desktops of one image in a browser', function () {
  this.timeout(300_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let browser: Browser;
  let context: BrowserContext;
  const complaints: string[] = [];
  const desks = new Map<Lifetime, string>();

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-desktops-'));
    [browser, cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'libvirt' })]);
    edu = await eduOf(cloud, path.join(dir, 'edu'));
    await edu.json('image', 'upload', await makeGuestImage(), '--name', 'Classroom', '--ostype', 'linux', '--usage', 'desktop');
    for (const lifetime of LIFETIMES) desks.set(lifetime, (await edu.json<InstanceView>('instance', 'define', 'Classroom', '--name', lifetime, '--type', 'tiny', '--lifetime', lifetime)).id);
    context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${cloud.json.clcUrl}/instances`);
    await page.getByLabel('User name').fill(cloud.json.adminUser);
    await page.getByLabel('Password').fill(cloud.json.adminPassword);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('link', { name: /^Open: persistent/ }).waitFor();
    await page.close();
  });
  after(async function () {
    this.timeout(60_000);
    await browser?.close();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const each = <T>(work: (lifetime: Lifetime, id: string) => Promise<T>): Promise<T[]> => Promise.all([...desks].map(([lifetime, id]) => work(lifetime, id)));
  const guest = (id: string): LibvirtGuest => guestOf(cloud.json.libvirtUri, id);
  /** Its page, as soon as its screen is painted and the guest has come up. */
  async function opened(id: string): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(BOOT_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${cloud.json.clcUrl}/instances/${id}`);
    await page.getByRole('button', { name: /^Start: / }).click();
    await page.getByText('Connected').first().waitFor();
    await page.locator('.console canvas').waitFor();
    await eventually('something is painted', async () => { const { colours, width } = await screenOf(page).painted(); return colours > 1 && width >= 640; }, BOOT_MS);
    await guest(id).booted(BOOT_MS);
    return page;
  }
  async function shutDown(page: Page): Promise<void> {
    await page.getByRole('button', { name: /^Shut down: / }).click();
    await page.getByRole('button', { name: /^Start: / }).waitFor();
    await page.close();
  }

  it('started together, each shows its screen and takes what is typed there; then they are shut down', async () => {
    const pages = await each(async (lifetime, id) => ({ lifetime, id, page: await opened(id) }));
    // One keyboard has one focus.
    for (const { lifetime, id, page } of pages) {
      const says = (text: RegExp): Promise<boolean> => eventually(`the screen says ${text.source}`, async () => text.test(await guest(id).sh('cat /dev/vcs1')), BOOT_MS);
      await page.bringToFront();
      await says(/login: *$/);
      await screenOf(page).types('root');
      await says(/Password: *$/);
      await screenOf(page).types(PASSWORD);
      await says(/# *$/);
      await screenOf(page).types(`echo ${lifetime} > ${NOTE}; sync`);
      await eventually('the guest has it', async () => (await guest(id).read(NOTE)) === `${lifetime}\n`, BOOT_MS);
    }
    await Promise.all(pages.map(({ page }) => shutDown(page)));
    const placed = await each(async (lifetime, id) => [lifetime, (await edu.json<InstanceView>('instance', 'show', id)).nodeName !== null] as const);
    assert.deepEqual(placed, [['temporary', false], ['assigned', true], ['persistent', true]]);
  });

  it('started together again, only the persistent one has what was typed; deleted, nothing is left', async () => {
    await each(async (_, id) => void (await opened(id)));
    const kept = await each(async (lifetime, id) => [lifetime, (await guest(id).sh(`test -f ${NOTE} && echo kept || echo gone`)).trim()] as const);
    assert.deepEqual(kept, [['temporary', 'gone'], ['assigned', 'gone'], ['persistent', 'kept']]);
    await each((_, id) => edu.json('instance', 'delete', id, '--wait'));
    await nothingIsLeft(cloud);
    assert.deepEqual(complaints, []);
  });
});
