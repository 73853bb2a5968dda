// An instance that is shut down by itself: after a time, at a time of day, or because nobody uses it. Real commands, plans, engine and
// database; no daemon.
import assert from 'node:assert/strict';
import { inWords, ModifyInstance } from '@educloud/contracts';
import { CloudError, hasCode } from '@educloud/errors';
import { autoStopRound } from '../../apps/clc/src/auto-stop/work.ts';
import { modifyInstance } from '../../apps/clc/src/commands/instance/modify.ts';
import { extendInstance } from '../../apps/clc/src/commands/instance/extend.ts';
import type { ClcPlans } from '../support/clc-plans.ts';
import { BROKEN, instancePlansScene } from '../support/instance-plans-scene.ts';

describe('the life of an instance', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  const { row, at, ask, act, running, report } = instancePlansScene((plans) => { clc = plans; });

  describe('shut down by itself', () => {
    const MINUTE = 60_000;
    const look = async (): Promise<string[]> => autoStopRound({ ...clc.deps, saga: clc.engine });
    it('is told before, can be put off, and is then stopped as by its owner, with the reason; the next run begins anew', async () => {
      const id = await running({ autoStop: { afterMinutes: 60 } });
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await clc.later(50 * MINUTE);
      assert.deepEqual(await look(), []);
      const told = await row(id);
      assert.deepEqual([told.message.code, told.autoStopAt], ['autoStopSoon', (told.startedAt ?? 0) + 60 * MINUTE]);
      assert.equal((await extendInstance(clc.deps, id, { minutes: 30 })).message.code, 'instanceRuns');
      await clc.later(15 * MINUTE);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await clc.later(15 * MINUTE);
      await look();
      await clc.later(10 * MINUTE);
      assert.deepEqual(await look(), [id]);
      assert.deepEqual(await look(), [], 'once');
      assert.deepEqual((await clc.answerAll()).map((s) => s.job), ['stopDomain']);
      assert.match(inWords((await row(id)).message, 'en'), /by itself \(it has run as long as it shall\)/);
      await act(id, 'run');
      assert.deepEqual([(await row(id)).autoStopAt, (await row(id)).extendedUntil, await look()], [null, null, []]);
    });
    it('R135 is tried again only some time later when it failed, and says so; it can be put off meanwhile', async () => {
      const id = await running({ autoStop: { afterMinutes: 60, warnMinutes: 1 } });
      await clc.later(59 * MINUTE);
      await look();
      await clc.later(MINUTE);
      assert.deepEqual(await look(), [id]);
      assert.equal((await clc.answer(BROKEN)).job, 'stopDomain');
      await clc.answerAll();
      const left = await row(id);
      assert.deepEqual([await at(id), left.message.code, left.error?.code, left.autoStopAt], ['active/-', 'autoStopFailed', BROKEN.code, clc.deps.now() + 10 * MINUTE]);
      assert.deepEqual(await look(), []);
      await ask.extend(id);
      assert.equal((await row(id)).message.code, 'instanceRuns');
      await clc.later(10 * MINUTE);
      assert.deepEqual(await look(), []);
    });
    it('R136 of one that cannot be keeps no other waiting', async () => {
      const ids = [await running({ autoStop: { afterMinutes: 60 } }), await running({ autoStop: { afterMinutes: 60 } })].sort();
      await clc.later(60 * MINUTE);
      await look();
      await clc.later(10 * MINUTE);
      let refused = '';
      const saga: typeof clc.engine = { ...clc.engine, start: async (tx, plan) => { if (refused === '') { refused = plan.subject; throw new CloudError('STEP_IN_PROGRESS', 'busy'); } return clc.engine.start(tx, plan); } };
      const [stopped, ...more] = await autoStopRound({ ...clc.deps, saga });
      assert.ok(stopped && ids.includes(stopped) && !refused.endsWith(stopped) && more.length === 0);
      assert.deepEqual((await clc.answerAll()).map((s) => s.job), ['stopDomain']);
      assert.deepEqual(await look(), ids.filter((id) => id !== stopped), 'it is looked at again');
    });
    const work = (id: string, said: { watched?: boolean; cpuPercent?: number; netOutBps?: number; reason?: string }) => report({
      insId: id, vmstatus: 'running', reason: said.reason ?? 'inventory', ...(said.watched === undefined ? {} : { watched: said.watched }),
      ...(said.cpuPercent === undefined ? {} : { load: { cpuPercent: said.cpuPercent, memoryMiB: 64, diskReadBps: 0, diskWrittenBps: 0, netInBps: 50_000, netOutBps: said.netOutBps ?? 300 } }),
    });
    /** So many minutes in which its node says each minute that nothing happens. */
    const idles = async (id: string, minutes: number): Promise<void> => {
      for (let i = 0; i < minutes; i += 1) {
        await clc.later(MINUTE);
        await work(id, { watched: false, cpuPercent: 0.4 });
      }
    };
    it('when nobody uses it: is told before, goes on when somebody comes to its screen or it has work to do, and is stopped with the reason', async () => {
      const id = await running({ autoStop: { idleMinutes: 30 } });
      await idles(id, 20);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await idles(id, 1);
      await look();
      const told = await row(id);
      assert.deepEqual([told.message.code, told.autoStopAt], ['autoStopSoon', (told.idleSince ?? 0) + 30 * MINUTE]);
      assert.match(inWords(told.message, 'en'), /nobody uses it; it can be put off/);
      for (const used of [{ watched: true }, { watched: false, cpuPercent: 5 }]) {
        await work(id, used);
        await look();
        assert.deepEqual([(await row(id)).message.code, (await row(id)).autoStopAt, (await row(id)).idleSince], ['instanceRuns', null, null], JSON.stringify(used));
        await idles(id, 22);
        await look();
        assert.equal((await row(id)).message.code, 'autoStopSoon', 'told anew');
      }
      await idles(id, 10);
      assert.deepEqual(await look(), [id]);
      assert.deepEqual((await clc.answerAll()).map((s) => s.job), ['stopDomain']);
      assert.match(inWords((await row(id)).message, 'en'), /by itself \(nobody uses it\)/);
    });
    it('R181 when nobody uses it: it is used also by whoever keeps a part of one of its many processors busy, or sends something, without a screen of the cloud', async () => {
      const id = await running({ cpus: 4, autoStop: { idleMinutes: 30 } });
      for (const used of [{ watched: false, cpuPercent: 2 }, { watched: false, cpuPercent: 0.4, netOutBps: 2_000 }]) {
        await idles(id, 5);
        assert.notEqual((await row(id)).idleSince, null, 'what all of the classroom hear is no use of it');
        await work(id, used);
        assert.equal((await row(id)).idleSince, null, JSON.stringify(used));
      }
    });
    it('when nobody uses it: not while its node is silent or cannot tell, nor while it is paused; then it counts from when its node speaks again', async () => {
      const id = await running({ autoStop: { idleMinutes: 30, warnMinutes: 1 } });
      await idles(id, 28);
      await clc.later(10 * MINUTE);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null], 'silent');
      await idles(id, 1);
      assert.equal((await row(id)).idleSince, clc.deps.now(), 'from now on');
      await idles(id, 29);
      await look();
      assert.equal((await row(id)).message.code, 'autoStopSoon');
      await clc.later(10 * MINUTE);
      assert.deepEqual([await look(), (await row(id)).message.code], [[], 'instanceRuns'], 'told, then silent');
      for (const untold of [{ watched: false }, { watched: false, cpuPercent: 0, reason: 'io-error' }, {}]) {
        for (let i = 0; i < 40; i += 1) {
          await clc.later(MINUTE);
          await work(id, untold);
        }
        assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null], JSON.stringify(untold));
      }
      await act(id, 'pause');
      await idles(id, 40);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null], 'paused');
    });
    it('when nobody uses it: can be put off also while it is used, and begins anew with the next run', async () => {
      const id = await running({ autoStop: { idleMinutes: 30, warnMinutes: 0 } });
      assert.equal((await extendInstance(clc.deps, id, { minutes: 60 })).extendedUntil, clc.deps.now() + 60 * MINUTE);
      await idles(id, 45);
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
      await idles(id, 15);
      await look();
      assert.deepEqual(await look(), [id]);
      await clc.answerAll();
      await act(id, 'run');
      assert.deepEqual([await look(), (await row(id)).autoStopAt], [[], null]);
    });
    it('R189 is put off from now where its node, silent since, once said that nobody uses it', async () => {
      const id = await running({ autoStop: { idleMinutes: 480, warnMinutes: 0 } });
      await idles(id, 5);
      assert.notEqual((await row(id)).idleSince, null);
      await clc.later(25 * MINUTE);
      assert.equal((await extendInstance(clc.deps, id, { minutes: 60 })).extendedUntil, clc.deps.now() + 60 * MINUTE);
    });
    it('is not put off when it does not, and no more when that was taken out', async () => {
      const plain = await running();
      await assert.rejects(ask.extend(plain), (e) => hasCode(e, 'BAD_REQUEST'));
      const id = await running({ autoStop: { at: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], time: '18:00' }] } });
      await act(id, 'stop');
      await modifyInstance(clc.deps, id, ModifyInstance.parse({ autoStop: null }), null);
      await act(id, 'run');
      await clc.later(48 * 60 * MINUTE);
      assert.deepEqual(await look(), []);
    });
  });
});
