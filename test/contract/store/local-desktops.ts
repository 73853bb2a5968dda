// Contract of the store: what hosts say of their local desktops.
import { strict as assert } from 'node:assert';
import type { LocalDesktopRow } from '../../../apps/clc/src/store/index.ts';
import { MANY, times, type StoreScene } from './scene.ts';

const HOST = 'nc-00000001';
const row = (insId: string, at: { epoch: number; seq: number }): LocalDesktopRow => ({ hostId: HOST, insId, state: 'off', synced: 1, syncing: null, madeFrom: 1, user: null, startedAt: null, at: 1, ...at });

export function localDesktopsContract(scene: StoreScene): void {
  describe('local desktops', () => {
    const put = (n: number, epoch: number, seq: number, ...ids: string[]) => scene.both(n).read.local.putLocalDesktops(HOST, ids.map((id) => row(id, { epoch, seq })), { epoch, seq });
    const there = async (): Promise<string[]> => (await scene.store.read.local.localDesktopsAt(HOST)).map(({ insId }) => insId);

    it('R161: a report that comes late changes nothing, also after one that found nothing on the host', async () => {
      await put(0, 1, 5, 'ins-00000001');
      await put(0, 1, 7);
      await put(1, 1, 6, 'ins-00000001');
      assert.deepEqual(await there(), []);
      await put(1, 2, 1, 'ins-00000002');
      await put(0, 1, 99, 'ins-00000001');
      assert.deepEqual(await there(), ['ins-00000002']);
    });

    it('of many reports at once the latest counts', async () => {
      await times(MANY, (n) => put(n, 1, n + 1, ...(n % 2 === 0 ? [] : [`ins-${String(n).padStart(8, '0')}`])));
      assert.deepEqual(await there(), [`ins-${String(MANY - 1).padStart(8, '0')}`]);
    });

    it('R191: of two first reports of a host at once the later counts, also when it comes second with its row', async () => {
      const hosts = Array.from({ length: 40 }, (_, n) => `nc-${String(n).padStart(8, '0')}`);
      for (const hostId of hosts) await Promise.all([1, 2].map((seq) => scene.both(seq).read.local.putLocalDesktops(hostId, [{ ...row(`ins-0000000${seq}`, { epoch: 1, seq }), hostId }], { epoch: 1, seq })));
      const kept = await Promise.all(hosts.map(async (hostId) => (await scene.store.read.local.localDesktopsAt(hostId)).map(({ seq }) => seq)));
      assert.deepEqual(kept, hosts.map(() => [2]));
    });

    it('are forgotten with the host, and the next of its name begins anew', async () => {
      await put(0, 3, 9, 'ins-00000001');
      await scene.store.transaction((tx) => tx.daemons.removeDaemon(HOST));
      assert.deepEqual(await there(), []);
      await put(0, 1, 1, 'ins-00000001');
      assert.deepEqual(await there(), ['ins-00000001']);
    });
  });
}
