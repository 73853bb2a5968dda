// Guards by the kernel: a bridge table and an inet table of this node controller.
import { say, type Said } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createNftTable, inOneGo, runNft, type NftRun, type NftTable } from '@educloud/nftables';
import { access, readdir } from 'node:fs/promises';
import type { Taps } from './interface.ts';
import { guardTable, nodeTable } from './rules.ts';

export interface NftablesTapsOptions {
  /** `nc-1a2b3c4d`: several node controllers on one host have tables of their own. Known from the registration on. */
  ownerId: () => string;
  /** TCP ports of this host that bridged guests may reach. */
  openPorts: readonly number[];
  run?: NftRun;
}

export function createNftablesTaps({ ownerId, openPorts, run = inOneGo(runNft) }: NftablesTapsOptions): Taps {
  let tables: { name: string; guards: NftTable; node: NftTable } | null = null;
  let usable = false;
  const here = (): { guards: NftTable; node: NftTable } => {
    const name = `educloud_${ownerId().replaceAll('-', '_')}`;
    if (tables?.name !== name) tables = { name, guards: createNftTable({ family: 'bridge', name, run }), node: createNftTable({ family: 'inet', name, run }) };
    return tables;
  };
  async function unusable(): Promise<Said | null> {
    try {
      if (!usable) await run(['list', 'tables']);
      usable = true;
      return null;
    } catch (e) {
      return say('nftMissing', { why: e instanceof Error ? e.message : String(e) });
    }
  }
  return {
    unusable,
    async bridges() {
      const names = await readdir('/sys/class/net').catch(() => []);
      const found = await Promise.all(names.map((name) => access(`/sys/class/net/${name}/bridge`).then(() => [name], () => [])));
      return found.flat().sort().slice(0, 100);
    },
    async keep(guards, options) {
      // Where nothing can be guarded, nothing of ours is left to be taken away.
      if (guards.length === 0 && (await unusable()) !== null) return 0;
      try {
        const { guards: bridge, node } = here();
        // The node is closed before a guest can speak, and open again after the last one is gone.
        if (guards.length === 0) {
          const opened = await bridge.bring(null, options);
          return opened.changed + (await node.bring(null, options)).changed;
        }
        // Both at once: a guest waits for them at its start.
        const [closed, guarded] = await Promise.all([node.bring(nodeTable(openPorts), options), bridge.bring(guardTable(guards), options)]);
        const refused = [...guarded.refused][0];
        if (refused) throw new Error(`${refused[0]}: ${refused[1]}`);
        return closed.changed + guarded.changed;
      } catch (e) {
        throw new CloudError('NETWORK_UNAVAILABLE', say('nftMissing', { why: e instanceof Error ? e.message : String(e) }), { retryable: false, cause: e });
      }
    },
  };
}
