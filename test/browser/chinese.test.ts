// A reader of Chinese meets no English: a session with `edu` and the pages beside it, on a whole cloud with the fake hypervisor.
import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { ImageView, TaskView } from '@educloud/contracts';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { startChromium } from '../support/chromium.ts';
import { eduOf, type Edu } from '../support/edu-process.ts';
import { latinWords } from '../support/latin-words.ts';

const STEP_MS = 30_000;
/** Names of types and hardware, shown as they are typed. */
const codes = ['tiny', 'small', 'medium', 'desktop', 'large', 'xlarge', 'linux', 'windows', 'other', 'legacy', 'virtio', 'sata', 'ide', 'e1000', 'e1000e', 'rtl8139', 'vga', 'cirrus', 'none', 'hda', 'ac97', 'UTC', 'XP', 'qxl'];

describe('in Chinese', function () {
  this.timeout(180_000);
  let dir = '';
  let cloud: Cloud;
  let edu: Edu;
  let browser: Browser;
  let page: Page;
  let disk = '';

  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-chinese-'));
    disk = path.join(dir, 'disk.raw');
    await writeFile(disk, '').then(() => truncate(disk, 8 * 1024 ** 2));
    [browser, cloud] = await Promise.all([startChromium(), startCloud({ dir, mode: 'all-in-one', hypervisor: 'fake' })]);
    edu = await eduOf(cloud, path.join(dir, 'edu'), 'zh');
    page = await (await browser.newContext({ locale: 'zh-CN', viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(STEP_MS);
  });
  after(async () => {
    await browser?.close();
    await cloud?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** What it prints has no English word. @returns what it printed */
  const says = (code: number, ...args: string[]): Promise<string> => saysBeside([], code, ...args);
  /** `typed`: words that are shown as they are typed. */
  async function saysBeside(typed: string[], code: number, ...args: string[]): Promise<string> {
    const end = await edu.run(...args);
    assert.equal(end.code, code, `edu ${args.join(' ')}: ${end.stdout}${end.stderr}`);
    assert.deepEqual(latinWords(end.stdout + end.stderr, typed), [], `edu ${args.join(' ')}:\n${end.stdout}${end.stderr}`);
    return end.stdout;
  }
  /** Everything a reader sees or hears on the page has no English word. */
  async function shows(where: string, typed: string[] = []): Promise<void> {
    await page.evaluate(() => document.querySelectorAll('details').forEach((each) => { each.open = true; }));
    const text = await page.evaluate(() => [document.title, document.body.innerText, ...[...document.querySelectorAll('*')].flatMap((each) => ['aria-label', 'title', 'placeholder', 'alt'].map((name) => each.getAttribute(name) ?? ''))].join('\n'));
    // The one word of another language: the way back to it.
    assert.deepEqual(latinWords(text, ['Switch', 'to', 'English', ...typed]), [], `${where}:\n${text}`);
  }
  const sees = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();

  it('the frame of every help, wrong usage and refusals are', async () => {
    const groups = { '': ['login', 'status', 'image', 'task', 'host', 'user', 'orphan', 'vmtype', 'ostype'], ostype: ['list', 'show', 'create', 'set', 'delete'], vmtype: ['list', 'show', 'create', 'set', 'delete'], image: ['upload', 'list', 'show', 'versions', 'download', 'delete', 'create', 'modify'], task: ['prepare', 'stop', 'list', 'show', 'watch', 'console'], host: ['list', 'show', 'set', 'enable', 'drain', 'disable', 'remove', 'fence', 'wake', 'poweroff', 'pull', 'token'], user: ['list', 'create', 'delete'], orphan: ['list', 'remove'] };
    for (const [group, commands] of Object.entries(groups)) {
      await Promise.all(commands.map(async (command) => {
        const { stdout } = await edu.run(...[group, command, '--help'].filter(Boolean));
        // The names of commands and arguments begin their lines, as they are typed; some values are words.
        assert.deepEqual(latinWords(stdout.replace(/^ {2}[a-z]+/gm, ''), ['medium', 'school', 'room', 'usual']), [], stdout);
        assert.match(stdout, /用法：[\s\S]*选项：/);
      }));
    }
    await says(2, 'image', 'upload');
    await says(2, 'image', '爆炸');
    await says(3, 'task', 'run', '1');
    await says(2, 'image', 'upload', path.join(dir, 'none'), '--name', '无', '--ostype', 'linux', '--usage', 'server');
    await says(3, 'image', 'show', '没有');
    await says(3, 'task', 'show', 'img-00000000:img-00000001:ins-00000000');
    await says(5, 'user', 'delete', 'admin');
    for (const list of ['image', 'task', 'host', 'user', 'orphan']) await says(0, list, 'list');
    await says(0, 'status');
    await says(0, 'host', 'token', 'create', '--role', 'nc');
    await says(0, 'host', 'pull', 'nc-1');
    await says(0, 'host', 'show', (await edu.json<Array<{ id: string; role: string }>>('host', 'list')).find((daemon) => daemon.role === 'nc')!.id);
  });

  it('types are', async () => {
    const typing = (code: number, ...args: string[]): Promise<string> => saysBeside(codes, code, ...args);
    assert.match(await says(0, 'vmtype', 'create', '教室', '--memory', '2G', '--cpus', '2', '--description', '上课用'), /与镜像相同/);
    await says(5, 'vmtype', 'create', '教室', '--memory', '4G', '--cpus', '2');
    await says(2, 'vmtype', 'create', '教室<', '--memory', '4G', '--cpus', '2');
    await says(0, 'vmtype', 'set', '教室', '--disk', '40');
    await says(0, 'vmtype', 'show', '教室');
    assert.match(await typing(0, 'vmtype', 'list'), /^tiny .*测试机与小型设备$/m);
    await typing(0, 'ostype', 'create', '课程', '--title', '课程', '--disk-bus', 'ide', '--nic', 'e1000', '--video', 'vga', '--vm-type', '教室');
    assert.match(await typing(0, 'ostype', 'list'), /^other +其他系统 /m);
    await typing(0, 'ostype', 'show', 'windows-legacy');
    await typing(0, 'ostype', 'set', '课程', '--clock', 'local');
    await says(5, 'vmtype', 'delete', '教室');
    await typing(2, 'ostype', 'set', '课程', '--vm-type', '没有');
    for (const kind of ['ostype', 'vmtype']) await says(0, kind, 'delete', kind === 'ostype' ? '课程' : '教室');
    await says(3, 'vmtype', 'show', '教室');
    await says(3, 'ostype', 'show', '课程');
  });

  it('the way of an image through all steps is, on the pages and on the command line', async () => {
    await page.goto(cloud.json.clcUrl);
    await sees('登录');
    await shows('login');
    await page.getByLabel('用户名').fill(cloud.json.adminUser);
    await page.getByLabel('密码').fill('wrong');
    await press('登录');
    await sees('用户名或密码不正确');
    await shows('login refused');
    await page.getByLabel('密码').fill(cloud.json.adminPassword);
    await press('登录');
    await sees('还没有镜像');
    await shows('empty landing page', ['linux', 'desktop']);

    await says(0, 'image', 'upload', disk, '--name', '基础', '--ostype', 'linux', '--usage', 'server');
    await says(0, 'image', 'upload', disk, '--name', '基础', '--ostype', 'linux', '--usage', 'server');
    const { id } = (await edu.json<ImageView[]>('image', 'list'))[0]!;
    for (const command of ['show', 'versions']) await says(0, 'image', command, id);
    await press('制作新镜像: 基础');
    await page.getByLabel('新镜像的名称').fill('课程');
    await shows('begin dialog', codes);
    await press('开始');
    await sees('一切就绪，可以开始');
    await shows('pending');
    const { tid } = (await edu.json<TaskView[]>('task', 'list'))[0]!;
    await says(5, 'task', 'submit', tid);
    await says(5, 'image', 'delete', id);
    await says(0, 'task', 'console', tid);
    const steps = { prepare: '可以启动了', run: '机器正在运行', stop: '机器已关机', submit: '新版本已保存' };
    for (const [step, words] of Object.entries(steps)) {
      await says(0, 'task', step, tid, '--wait');
      await sees(words);
      await shows(step);
      if (step !== 'stop') continue;
      await press('取消任务');
      await shows('cancel dialog');
      await press('保留');
    }
    await says(0, 'task', 'show', tid);
    await says(0, 'task', 'list');
    await page.goto(cloud.json.clcUrl);
    await page.getByRole('heading', { name: '课程' }).waitFor();
    await shows('landing page');
    await page.getByRole('link', { name: '类型' }).click();
    await sees('测试机与小型设备');
    await shows('types', codes);
    await press('更改: windows-legacy');
    await shows('dialog of an OS type', codes);
    await page.goto(`${cloud.json.clcUrl}/tasks/img-00000000:img-00000001:ins-00000000`);
    await sees('没有这个任务');
    await shows('missing task');
    await page.goto(`${cloud.json.clcUrl}/of/nothing`);
    await sees('没有这个页面');
    await shows('no page');
  });

  it('a failure with its reasons, advice and history is', async () => {
    const { id } = (await edu.json<ImageView[]>('image', 'list'))[0]!;
    await says(0, 'image', 'create', id, '--name', '太大', '--memory', '900G');
    const tid = (await edu.json<TaskView[]>('task', 'list')).find((task) => task.name === '太大')!.tid;
    await says(7, 'task', 'prepare', tid, '--wait');
    await says(0, 'task', 'show', tid);
    await page.goto(`${cloud.json.clcUrl}/tasks/${tid}`);
    await sees('准备没有成功');
    await shows('failure');
    await says(0, 'task', 'cancel', tid, '--wait');
    await says(0, 'task', 'delete', tid, '--wait');
  });
});
