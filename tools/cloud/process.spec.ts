// Whose process a pid file names.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { layoutOf, type Layout } from './layout.ts';
import { pidOf, stopProcess } from './process.ts';

describe('the pid file of a daemon', () => {
  let dir = '';
  beforeEach(() => { dir = mkdtempSync(path.join(os.tmpdir(), 'edu-pid-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const cloudAt = (name: string): Layout => {
    const layout = layoutOf(path.join(dir, name));
    mkdirSync(path.dirname(layout.pid('nc')), { recursive: true });
    return layout;
  };

  it('is believed for the daemon of this cloud and not for that of another one which has got the pid since', async () => {
    const mine = cloudAt('mine');
    const other = cloudAt('other');
    const program = path.join(dir, 'nc.js');
    writeFileSync(program, 'process.stdout.write("up"); setInterval(() => undefined, 60_000);');
    const child = spawn(process.execPath, [program, '--config', other.config('nc')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
    try {
      await new Promise((resolve) => { child.stdout.once('data', resolve); });
      for (const layout of [mine, other]) writeFileSync(layout.pid('nc'), `${child.pid}\n`);
      assert.equal(await pidOf(mine, 'nc'), null);
      await stopProcess(mine, 'nc');
      assert.equal(await pidOf(other, 'nc'), child.pid);
      await stopProcess(other, 'nc');
      await ended;
    } finally { child.kill('SIGKILL'); }
  });
});
