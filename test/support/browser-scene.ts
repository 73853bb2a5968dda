// A whole cloud with the fake hypervisor and one image, and people who look at its pages in Chromium: what the browser tests of one page each begin with.
import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startCloud, type Cloud, type CloudOptions } from '../../tools/cloud/start.ts';
import { accessible } from './accessible.ts';
import { startChromium } from './chromium.ts';
import { eduOf, type Edu } from './edu-process.ts';
import { latinWords } from './latin-words.ts';

const STEP_MS = 30_000;
export const NARROW_PX = 360;
const WIDE_PX = 1280;

export interface Visitor {
  page: Page;
  press(name: string | RegExp): Promise<void>;
  sees(text: string | RegExp): Promise<void>;
  /** No serious complaint of axe, and nothing scrolls sideways, at a desk and on a telephone. */
  readable(): Promise<void>;
  /** Everything that is read or heard is Chinese but for what is shown as it is typed. */
  chinese(typed?: string[]): Promise<void>;
}

export interface BrowserScene {
  cloud: Cloud;
  edu: Edu;
  /** Logs in as the administrator and is at that address. */
  enter(at: string, as?: { locale?: string; colorScheme?: 'light' | 'dark' }): Promise<Visitor>;
  /** What pages threw. */
  complaints: string[];
}

/** Call it inside of `describe`: begins before its tests and ends after them. */
export function browserScene(image: { name: string; usage: 'desktop' | 'server' }, overrides: CloudOptions['overrides'] = {}): BrowserScene {
  let dir = '';
  let browser: Browser;
  const scene = { complaints: [] } as unknown as BrowserScene;

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-pages-'));
    const disk = path.join(dir, 'disk.raw');
    await writeFile(disk, '').then(() => truncate(disk, 8 * 1024 ** 2));
    [browser, scene.cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'fake', overrides })]);
    scene.edu = await eduOf(scene.cloud, path.join(dir, 'edu'));
    await scene.edu.json('image', 'upload', disk, '--name', image.name, '--ostype', 'linux', '--usage', image.usage, '--format', 'raw');
  });
  after(async () => {
    await browser?.close();
    await scene.cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  scene.enter = async (at, { locale = 'en-GB', colorScheme = 'light' } = {}) => {
    const context = await browser.newContext({ viewport: { width: WIDE_PX, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], locale, colorScheme });
    const page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('pageerror', (error) => scene.complaints.push(error.message));
    const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
    await page.goto(scene.cloud.json.clcUrl + at);
    await page.getByLabel(/User name|用户名/).fill(scene.cloud.json.adminUser);
    await page.getByLabel(/Password|密码/).fill(scene.cloud.json.adminPassword);
    await press(/^(Log in|登录)$/);
    return {
      page, press, sees: (text) => page.getByText(text).first().waitFor(),
      async readable() {
        for (const width of [NARROW_PX, WIDE_PX]) {
          await page.setViewportSize({ width, height: 900 });
          await accessible(page, `${page.url()} at ${width} px`);
        }
      },
      async chinese(typed = []) {
        const text = await page.evaluate(() => [document.title, document.body.innerText, ...[...document.querySelectorAll('*')].flatMap((each) => ['aria-label', 'title', 'placeholder', 'alt'].map((name) => each.getAttribute(name) ?? ''))].join('\n'));
        // The one word of another language: the way back to it.
        assert.deepEqual(latinWords(text, ['Switch', 'to', 'English', ...typed]), [], text);
      },
    };
  };
  return scene;
}
