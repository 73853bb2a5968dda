// The kill test of the all-in-one: the whole cloud is one process and dies as one, in each phase; its bus and cache die with it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCloud, type Cloud } from '../../tools/cloud/start.ts';
import { builderOf, type Builder } from '../support/build-flow.ts';
import { keepLogs } from '../support/keep-logs.ts';
import { died, dying, restart } from '../support/kills.ts';
import { nothingIsLeft } from '../support/leftovers.ts';

describe('kill -9 of the all-in-one (fake guests)', function () {
  this.timeout(120_000);
  let dir = '';
  let cloud: Cloud;
  let user: Builder;

  before(async function () {
    this.timeout(120_000);
    dir = await mkdtemp(path.join(os.tmpdir(), 'educloud-kill-one-'));
    cloud = await startCloud({ dir: path.join(dir, 'cloud'), mode: 'all-in-one', hypervisor: 'fake' });
    user = await builderOf(cloud);
  });
  after(async function () {
    this.timeout(60_000);
    await cloud?.stop();
    keepLogs(this.test?.parent, path.join(dir, 'cloud'));
    await rm(dir, { recursive: true, force: true });
  });

  async function begin(): Promise<string> {
    const file = path.join(dir, 'source.raw');
    await writeFile(file, randomBytes(512 * 1024));
    return (await user.begin(await user.upload(file, { name: `source-${randomBytes(3).toString('hex')}`, format: 'raw' }))).tid;
  }
  const PHASES = [
    ['prepare', 'preparing/prepared', [['cc', 'cacheImage:do:after'], ['nc', 'fetchImage:do:before'], ['nc', 'cloneDisk:do:after']]],
    ['run', 'editing/running', [['clc', 'outbox:before'], ['nc', 'startDomain:do:after']]],
    ['stop', 'editing/stopped', [['nc', 'stopDomain:do:before'], ['clc', 'releaseCompute:do:after']]],
    ['submit', 'submitted/submitted', [['nc', 'flattenDisk:do:after'], ['cc', 'uploadToStore:do:before'], ['clc', 'registerVersion:do:after'], ['nc', 'discardInstance:do:after']]],
  ] as const;

  for (const [step, where, deaths] of PHASES) {
    for (const [who, point] of deaths) {
      it(`goes on after dying at ${point}`, async () => {
        const tid = await begin();
        for (const [before] of PHASES.slice(0, PHASES.findIndex(([name]) => name === step))) await user.do(tid, before);
        await dying(cloud, who, [point], async () => {
          const task = await user.do(tid, step);
          assert.equal(`${task.phase}/${task.state}`, where, task.error?.message ?? task.message);
        });
        if (step !== 'submit') await user.do(tid, 'cancel');
        await nothingIsLeft(cloud);
      });
    }
  }

  it('takes a cancel up again that it was asked before it died', async () => {
    const tid = await begin();
    await user.do(tid, 'prepare');
    await user.do(tid, 'run');
    await restart(cloud, 'nc', 'discardInstance:do:before');
    await user.ask(tid, 'cancel');
    await died(cloud, 'nc', 'discardInstance:do:before');
    await restart(cloud, 'nc');
    assert.equal((await user.rests(tid)).state, 'cancelled');
    await nothingIsLeft(cloud);
  });
});
