// A real process killed with SIGKILL around each effect: what was acked is never lost, and the effect is there exactly once.
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope, TaskStatus } from '@educloud/contracts';

const DAEMON = new URL('../support/killable-executor.ts', import.meta.url).pathname;
const JOB_ID = 'img-00000001:img-00000002:ins-00000003/1/0';

interface Said { ready?: true; acked?: string; status?: Envelope }

describe('a daemon killed in the middle of a command', function () {
  this.timeout(30_000);
  let dir: string;
  let child: ChildProcess | null = null;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'kill-')); });
  afterEach(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(dir, { recursive: true, force: true });
  });

  const command = (op: 'do' | 'undo', epoch: number): Envelope => ({
    v: 1, id: `${JOB_ID}:${op}:1`, name: 'image/create/prepare', tid: 'img-00000001:img-00000002:ins-00000003', jobId: JOB_ID, target: { node: 'nc-00000001', epoch },
    source: null, generation: 1, seq: 0, deadline: null, trail: [], body: { job: 'cloneDisk', op, attempt: 1, plan: 1, params: { insId: 'ins-00000003', base: null, blankBytes: 1 } },
  });
  const live = async (epoch: number, failAt?: string): Promise<{ process: ChildProcess; said: Said[] }> => {
    const process = fork(DAEMON, [JSON.stringify({ dir, epoch, failAt })], { execArgv: ['--import=tsx'] });
    child = process;
    const said: Said[] = [];
    process.on('message', (m: Said) => said.push(m));
    await once(process, 'message', { signal: AbortSignal.timeout(15_000) });
    return { process, said };
  };
  const result = async (d: { process: ChildProcess; said: Said[] }): Promise<TaskStatus> => {
    const signal = AbortSignal.timeout(10_000);
    for (;;) {
      const found = d.said.find((s) => s.status);
      if (found?.status) return found.status.body as TaskStatus;
      await once(d.process, 'message', { signal });
    }
  };
  const runs = (): string[] => (existsSync(join(dir, 'runs')) ? readFileSync(join(dir, 'runs'), 'utf8').trim().split('\n') : []);

  for (const op of ['do', 'undo'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`finishes the ${op} after a kill ${when} its effect, once it is sent again`, async () => {
        const first = await live(1, `cloneDisk:${op}:${when}`);
        const exit = once(first.process, 'exit', { signal: AbortSignal.timeout(10_000) });
        if (op === 'undo') {
          first.process.send(command('do', 1));
          assert.equal((await result(first)).outcome, 'done');
        }
        first.process.send(command(op, 1));
        assert.equal((await exit)[1], 'SIGKILL');
        assert.equal(existsSync(join(dir, 'disk')), op === 'do' ? when === 'after' : when === 'before');
        const second = await live(2);
        second.process.send(command(op, 2));
        const status = await result(second);
        assert.deepEqual([status.op, status.outcome], [op, 'done']);
        assert.equal(existsSync(join(dir, 'disk')), op === 'do');
        const before = runs().length;
        second.process.send(command(op, 2));
        while (second.said.filter((s) => s.status).length < 2) await once(second.process, 'message', { signal: AbortSignal.timeout(10_000) });
        assert.equal(runs().length, before, 'a duplicate of what is done ran again');
      });
    }
  }
});
