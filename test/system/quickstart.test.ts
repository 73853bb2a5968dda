// The newcomer's first command, as it is typed: with real guests and without, again on the same folder, and when a step fails.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../../tools/build.ts';
import type { CloudJson } from '../../tools/cloud/start.ts';
import { stopCloud } from '../../tools/cloud/stop.ts';
import { livePid } from '../../tools/servers/index.ts';

interface End {
  code: number | null;
  out: string;
  err: string;
}

describe('npm run quickstart', function () {
  this.timeout(240_000);
  let dir = '';
  beforeEach(async () => { dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-quick-')); });
  afterEach(async () => {
    await stopCloud(dir);
    await rm(dir, { recursive: true, force: true });
  });

  const script = (file: string, args: string[], env: Record<string, string> = {}): Promise<End> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'tools', file), '--dir', dir, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, EDU_LANG: 'en', ...env } });
      const end: End = { code: null, out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (end.out += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (end.err += chunk));
      child.once('error', reject).once('close', (code) => resolve({ ...end, code }));
    });
  const cloud = async (): Promise<CloudJson> => JSON.parse(await readFile(path.join(dir, 'cloud.json'), 'utf8')) as CloudJson;
  const answers = (url: string): Promise<boolean> => fetch(`${url}/livez`).then((a) => a.ok, () => false);

  it('--once builds an image from a real guest, tells what it did, and leaves nothing running', async () => {
    const { code, out, err } = await script('quickstart.ts', ['--once']);
    assert.equal(code, 0, err);
    for (const part of [/tid\)\s+img-\w{8}:img-\w{8}:ins-\w{8}/, /preparing 准备\s+[\d.]+ s/, /run 编辑：启动\s+[\d.]+ s/, /stop 编辑：关机\s+[\d.]+ s/, /submitting 提交\s+[\d.]+ s/, /new image 新镜像\s+img-\w{8}/, /version 版本\s+1/, /sha256\s+[0-9a-f]{64}/]) assert.match(out, part);
    assert.match(err, /prepare 100% preparing\/prepared/);
    assert.ok(!out.includes('FAKE'));
    assert.equal(await answers((await cloud()).clcUrl), false);
    assert.equal(livePid(path.join(dir, 'servers/libvirt/server.pid')), null);
  });

  it('stays up with the address and login of the pages, works again on the same folder, and down ends it; a fake hypervisor is marked as such', async () => {
    const first = await script('quickstart.ts', ['--fake']);
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /!! FAKE hypervisor/);
    assert.match(first.out, /on the FAKE hypervisor .*no guest really ran/);
    const { clcUrl, adminUser, adminPassword } = await cloud();
    for (const part of [clcUrl, adminUser, adminPassword, `npm run down -- --dir ${dir}`]) assert.ok(first.out.includes(part), part);
    assert.ok(await answers(clcUrl));

    const second = await script('quickstart.ts', ['--fake']);
    assert.equal(second.code, 0, second.err);
    assert.match(second.out, /holds the same bytes already/);
    assert.equal((await cloud()).clcUrl, clcUrl);

    assert.equal((await script('down.ts', [])).code, 0);
    assert.equal(await answers(clcUrl), false);
  });

  it('ends with 1 when a step fails: one line of what happened, what is kept and what to do, and where the logs are', async () => {
    const { code, err } = await script('quickstart.ts', ['--fake', '--once'], { EDUCLOUD_ALL_IN_ONE_NC_RESERVE_BYTES: String(2 ** 52) });
    assert.equal(code, 1);
    const line = err.split('\n').find((each) => each.startsWith('edu: ')) ?? '';
    assert.match(line, /prepare failed: .*\[\w+\].* What to do: /);
    assert.match(err, /quickstart failed at "Preparing/);
    assert.ok(err.includes(path.join(dir, 'log')), err);
    assert.equal(await answers((await cloud()).clcUrl), false);
  });
});
