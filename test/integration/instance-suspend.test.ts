// An instance whose memory is saved: what it holds meanwhile, and what becomes of it when saving or going on fails. Real commands, plans,
// engine and database; no daemon.
import assert from 'node:assert/strict';
import { DefineInstance, inWords, say } from '@educloud/contracts';
import { hasCode } from '@educloud/errors';
import { resumeInstance } from '../../apps/clc/src/commands/instance/resume.ts';
import { suspendInstance } from '../../apps/clc/src/commands/instance/suspend.ts';
import { fenceNode } from '../../apps/clc/src/commands/node-fence.ts';
import type { ClcPlans } from '../support/clc-plans.ts';
import { AWAY, BROKEN, GIB, NODE, instancePlansScene } from '../support/instance-plans-scene.ts';

describe('the life of an instance', function () {
  this.timeout(30_000);
  let clc: ClcPlans;
  const { row, at, claims, act, running, tell } = instancePlansScene((plans) => { clc = plans; });

  describe('suspended', () => {
    const suspended = async (set: Partial<DefineInstance> = {}): Promise<string> => {
      const id = await running(set);
      assert.deepEqual(await act(id, 'suspend'), ['suspendDomain']);
      return id;
    };
    it('gives CPU and memory back and has room for its memory instead; resumed it is the other way round', async () => {
      const id = await suspended();
      assert.deepEqual([await at(id), await claims(id)], ['suspended/-', ['disk', 'saved']]);
      assert.equal((await clc.deps.store.read.ledger.usage(NODE))?.used.diskBytes, GIB + 512 * 2 ** 20);
      await tell(id, 'stopped', 'inventory');
      assert.equal(await at(id), 'suspended/-', 'that nothing of it runs is no news');
      assert.deepEqual(await act(id, 'resume'), ['resumeDomain']);
      assert.deepEqual([await at(id), await claims(id)], ['active/-', ['disk', 'compute']]);
      await act(id, 'pause');
      await act(id, 'suspend');
      assert.equal(await at(id), 'suspended/-', 'also when it was paused');
    });
    it('R195 with a clipboard is refused before anything begins: QEMU cannot save its channel', async () => {
      const id = await running({ startup: { bootFrom: 'disk', bootMenuSeconds: 0, clipboard: true } });
      await assert.rejects(suspendInstance(clc.deps, id), (e) => hasCode(e, 'CONFLICT'));
      assert.equal(await at(id), 'active/-');
    });
    it('goes on as it was when its memory cannot be saved, or has no room', async () => {
      const id = await running();
      await suspendInstance(clc.deps, id);
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo suspendDomain']);
      assert.deepEqual([await at(id), (await row(id)).failedAction, await claims(id)], ['active/-', 'suspend', ['disk', 'compute']]);
      await clc.deps.store.transaction((tx) => tx.ledger.setLimits(NODE, { cpus: 8, memoryMiB: 8192, diskBytes: GIB }));
      await suspendInstance(clc.deps, id);
      await clc.sent();
      assert.deepEqual([await at(id), (await row(id)).error?.code, await claims(id)], ['active/-', 'NO_CAPACITY', ['disk', 'compute']]);
    });
    it('stays saved when it cannot go on, and can be asked again, stopped or deleted', async () => {
      const id = await suspended();
      await resumeInstance(clc.deps, id);
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => `${s.op} ${s.job}`), ['undo resumeDomain']);
      assert.deepEqual([await at(id), (await row(id)).failedAction, await claims(id)], ['suspended/-', 'resume', ['disk', 'saved']]);
      assert.deepEqual(await act(id, 'stop'), ['stopDomain']);
      assert.deepEqual([await at(id), await claims(id)], ['stopped/-', ['disk']]);
      const other = await suspended();
      await act(other, 'delete');
      assert.deepEqual([await at(other), await claims(other)], ['deleted/-', []]);
      const temporary = await suspended({ kind: 'rvd', lifetime: 'temporary' });
      assert.deepEqual(await act(temporary, 'stop'), ['stopDomain', ...AWAY]);
      assert.deepEqual([await at(temporary), await claims(temporary)], ['initialized/-', []]);
    });
    it('R131 is paused again when it was paused and its memory cannot be saved', async () => {
      const id = await running();
      await act(id, 'pause');
      await suspendInstance(clc.deps, id);
      await clc.answer(BROKEN);
      assert.deepEqual((await clc.answerAll()).map((s) => [s.op, s.job, s.params['paused']]), [['undo', 'suspendDomain', true]]);
      assert.equal(await at(id), 'paused/-');
      const { id: other } = await row(await running());
      await suspendInstance(clc.deps, other);
      assert.equal((await clc.sent())[0]?.params['paused'], undefined);
    });
    it('R132 is off, with its disk, when nothing is saved of it any more, and can be run', async () => {
      const id = await suspended();
      await resumeInstance(clc.deps, id);
      const said = say('nothingSaved', { instance: id });
      await clc.answer({ code: 'NOT_FOUND', message: inWords(said, 'en'), why: said, retryable: false });
      await clc.answerAll();
      assert.deepEqual([await at(id), (await row(id)).message.code, await claims(id)], ['stopped/-', 'instanceMemoryLost', ['disk']]);
      assert.deepEqual(await act(id, 'run'), ['startDomain']);
    });
    it('waits where it is when its node is declared switched off', async () => {
      const id = await suspended();
      await clc.daemon(NODE, { state: 'down' });
      await fenceNode({ ...clc.deps, liveness: { registered: () => undefined } }, NODE, 'admin');
      assert.deepEqual([await at(id), await claims(id)], ['suspended/-', ['disk', 'saved']]);
      await resumeInstance(clc.deps, id);
      await clc.answerAll('stopGuests');
      assert.deepEqual([await at(id), (await row(id)).error?.code], ['suspended/-', 'NODE_FENCED']);
    });
  });
});
