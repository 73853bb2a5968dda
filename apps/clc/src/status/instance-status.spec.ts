// What a node says of its guests, told to the person who waits: paused by a full disk, going on, and what must stay as it is.
import assert from 'node:assert/strict';
import { Envelope, say, type Said } from '@educloud/contracts';
import type { Store } from '../store/interface.ts';
import { onInstanceStatus } from './instance-status.ts';

describe('insstatus', () => {
  const scene = (first: Said) => {
    const messages = [first];
    const row = { id: 'ins-00000001', ncId: 'nc-1', tid: 't', deletedAt: null, vmstatus: 'running', statusEpoch: 0, statusSeq: 0 };
    let seq = 0;
    const tx = {
      instances: { instancesByIds: async () => [{ ...row }], confirmStatus: async (_ids: string[], at: { epoch: number; seq: number }) => void Object.assign(row, { statusEpoch: at.epoch, statusSeq: at.seq }) },
      saga: { activeSubjects: async () => [] },
      daemons: { daemon: async () => ({ name: 'node-one' }) },
      tasks: { tasksOf: async () => [{ tid: 't', phase: 'editing', state: 'running', message: messages.at(-1) }], changeTask: async (_tid: string, _from: string[], set: { message: Said }) => void messages.push(set.message) },
    };
    const store = { transaction: async (work: (t: unknown) => Promise<unknown>) => work(tx) } as unknown as Store;
    const tell = (reason: string) => onInstanceStatus({ store, tellCluster: () => undefined, progress: { set: async () => undefined, notify: () => undefined }, now: () => 0, limits: { guestSilentMs: 1 }, saga: { start: async () => assert.fail('nothing is begun'), kick: () => undefined } }, Envelope.parse({ v: 1, id: 'm', name: 'insstatus', seq: (seq += 1), source: { node: 'nc-1', epoch: 1 }, body: { full: false, instances: [{ insId: 'ins-00000001', vmstatus: 'running', reason }] } }));
    return { messages, tell };
  };

  it('of a guest paused by a full disk is told once, and taken back when it goes on', async () => {
    const { messages, tell } = scene(say('guestRuns'));
    for (const reason of ['io-error', 'io-error', 'resumed', 'inventory']) await tell(reason);
    assert.equal(messages.length, 3);
    assert.deepEqual(messages.slice(1), [say('guestPausedDiskFull', { node: 'node-one' }), say('guestRuns')]);
  });
  it('of a guest that simply runs leaves what was said of a failed stop', async () => {
    const failed = say('stepFailed', { step: 'stop', why: 'no answer' });
    const { messages, tell } = scene(failed);
    await tell('inventory');
    assert.deepEqual(messages, [failed]);
  });
});
