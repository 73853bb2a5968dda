// The exit codes of a daemon process: systemd and the kill tests rely on them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

const run = (script: string, onReady?: (kill: () => void) => void): Promise<{ code: number | null; out: string }> =>
  new Promise((resolve) => {
    const head = `import { runDaemon, loadConfig } from '@educloud/config'; import { z } from 'zod';
const log = () => ({ info: (o, m) => console.log(m), warn: console.log, fatal: (o, m) => console.log(m, o.err.message) });
const idle = async () => { const t = setInterval(() => {}, 1000); return { ready: async () => {}, close: async () => { clearInterval(t); console.log('closed'); } }; };
`;
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', head + script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    const take = (d: Buffer): void => {
      out += d.toString();
      if (out.includes('is ready')) onReady?.(() => child.kill('SIGTERM'));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', (code) => resolve({ code, out }));
  });

describe('the process of a daemon', function () {
  this.timeout(20_000);
  it('ends with 0 after a signal, closed', async () => {
    const { code, out } = await run(`runDaemon({ role: 'x', load: () => 1, log, start: idle, notify: (s) => console.log(s) });`, (kill) => kill());
    assert.equal(code, 0, out);
    assert.match(out, /READY=1[\s\S]*STOPPING=1[\s\S]*closed/);
  });
  it('ends with 78 and every mistake when the configuration is wrong', async () => {
    const { code, out } = await run(`runDaemon({ role: 'x', load: () => loadConfig({ role: 'x', schema: z.object({ a: z.string(), b: z.number() }), env: {} }), log, start: idle });`);
    assert.equal(code, 78, out);
    assert.match(out, /2 mistakes[\s\S]*a:[\s\S]*b:/);
  });
  it('ends with 1 on an error nobody caught, or when closing takes too long', async () => {
    assert.equal((await run(`runDaemon({ role: 'x', load: () => 1, log, start: async () => { setTimeout(() => { throw new Error('lost'); }); return idle(); } });`)).code, 1);
    assert.equal((await run(`runDaemon({ role: 'x', load: () => 1, log, closeDeadlineMs: 100, start: async () => ({ ...(await idle()), close: () => new Promise(() => {}) }) });`, (kill) => kill())).code, 1);
  });
});
