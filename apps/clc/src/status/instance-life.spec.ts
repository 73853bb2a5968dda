// What a node says of an instance that somebody changes at that very moment: he who was faster decides, and the rest of the message is heard.
import assert from 'node:assert/strict';
import { say, standOf, type InstanceAt } from '@educloud/contracts';
import type { InstanceRow, Tx, UserInstanceRow } from '../store/interface.ts';
import { followInstances, type Told } from './instance-life.ts';

describe('what a node says of people’s instances', () => {
  const scene = (lifetimes: Array<UserInstanceRow['lifetime']>) => {
    const seen = lifetimes.map((lifetime, i) => ({ id: `ins-0000000${i}`, imageId: 'img-00000001', lifetime, vmState: 'active', taskState: null, message: say('instanceRuns'), rev: 1 }) as UserInstanceRow);
    // Changed after it was seen, before it is locked.
    const now = new Map<string, UserInstanceRow>(seen.map((row) => [row.id, row]));
    const overtaken = (i: number): void => void now.set(seen[i]!.id, { ...seen[i]!, taskState: 'rebooting', rev: 2 });
    const changed: string[] = [];
    const started: string[] = [];
    const released: string[] = [];
    const tx = {
      userInstances: {
        userInstancesByIds: async () => seen, userInstance: async (id: string) => now.get(id), lockUserInstance: async (id: string) => now.get(id),
        changeUserInstance: async (id: string, from: InstanceAt[]) => { if (!from.includes(standOf(now.get(id)!))) return null; changed.push(id); return now.get(id); },
      },
      saga: { activeSubjects: async () => [] },
      daemons: { daemon: async () => ({ name: 'node-one' }) },
      ledger: { release: async (id: string) => void released.push(id) },
    } as unknown as Tx;
    const tell = (vmstatus: string, reason: string) => followInstances({ start: async (_tx, { subject }) => { started.push(subject); return {} as never; } }, tx, seen.map((row): Told => ({ instance: { id: row.id, purpose: 'run', ncId: 'nc-1' } as InstanceRow, word: { vmstatus, reason } })));
    return { seen, overtaken, changed, started, released, tell };
  };

  for (const reason of ['shutdown', 'crashed', 'lost'] as const) {
    it(`R125 leaves one to whom something is being done since, and hears the others (${reason})`, async () => {
      const { seen, overtaken, changed, released, tell } = scene(['persistent', 'persistent']);
      overtaken(0);
      assert.equal((await tell('stopped', reason)).begun, false);
      assert.deepEqual([changed, released], [[seen[1]!.id], [seen[1]!.id]]);
    });
  }
  it('R125 begins nothing with a temporary one that somebody is stopping already', async () => {
    const { seen, overtaken, started, tell } = scene(['temporary', 'temporary']);
    overtaken(0);
    assert.equal((await tell('stopped', 'shutdown')).begun, true);
    assert.deepEqual(started.map((subject) => subject.split(':')[2]), [seen[1]!.id]);
  });
  it('R125 says of a full disk only to one that is as it was seen', async () => {
    const { seen, overtaken, changed, tell } = scene(['persistent', 'persistent']);
    overtaken(0);
    await tell('running', 'io-error');
    assert.deepEqual(changed, [seen[1]!.id]);
  });
});
