// Forwarding by the kernel: one nftables table of this cluster controller, and the public addresses on its interface.
import { say, type Said } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import { createNftTable, runNft, type NftRun } from '@educloud/nftables';
import { readFile } from 'node:fs/promises';
import { addAddress, ourAddresses, removeAddress } from './addresses.ts';
import { wantsNothing, type Alias, type Forwarding, type ForwardingWanted, type Redirect } from './interface.ts';
import { tableOf, type RulesOptions } from './rules.ts';

export interface NftablesOptions extends RulesOptions {
  /** `cc-1a2b3c4d`: several cluster controllers on one host have a table each. */
  ownerId: () => string;
  /** For public addresses; empty: there are none. */
  publicInterface: string;
  /** Handed in by tests. */
  run?: NftRun;
}

export const tableName = (ownerId: string): string => `educloud_${ownerId.replaceAll('-', '_')}`;

export function createNftablesForwarding(options: NftablesOptions): Forwarding {
  const { publicInterface, run = runNft } = options;
  let table: ReturnType<typeof createNftTable> | null = null;
  let tableOfOwner = '';
  /** nft could be used; what it says later says it itself. */
  let usable = false;
  /** What we know to be on the interface; null: look. */
  let known: Set<string> | null = null;

  function tableHere(): ReturnType<typeof createNftTable> {
    const name = tableName(options.ownerId());
    if (!table || name !== tableOfOwner) table = createNftTable({ family: 'ip', name, run });
    tableOfOwner = name;
    return table;
  }
  const failed = (e: unknown): CloudError => new CloudError('NETWORK_UNAVAILABLE', say('nftMissing', { why: e instanceof Error ? e.message : String(e) }), { retryable: false, cause: e });

  /** Redirects and aliases that have an element which nft does not take; each is left out as a whole. */
  function partsWith(wanted: ForwardingWanted, elements: Map<string, string>): Map<string, Said> {
    const refused = new Map<string, Said>();
    const look = (id: string, part: ForwardingWanted): void => {
      const why = Object.values(tableOf(part, options).sets).flat().map((e) => elements.get(e)).find((w) => w !== undefined);
      if (why !== undefined) refused.set(id, say('refusedByKernel', { why }));
    };
    for (const redirect of wanted.redirects) look(redirect.id, { redirects: [redirect], aliases: [], guests: null });
    for (const alias of wanted.aliases) look(alias.id, { redirects: [], aliases: [alias], guests: null });
    return refused;
  }

  /** Rules first: an address without them would lead to the services of this host. */
  async function putAddresses(aliases: readonly Alias[], refused: Map<string, Said>): Promise<number> {
    let changed = 0;
    for (const { id, publicIp } of aliases) {
      if (known?.has(publicIp)) continue;
      try {
        await addAddress(publicInterface, publicIp);
        known?.add(publicIp);
        changed += 1;
      } catch (e) {
        refused.set(id, e instanceof CloudError && e.why ? e.why : say('addressFailed', { ip: publicIp, interface: publicInterface, why: String(e) }));
      }
    }
    return changed;
  }
  async function takeAddresses(aliases: readonly Alias[]): Promise<number> {
    const wanted = new Set(aliases.map((a) => a.publicIp));
    const gone = [...(known ?? [])].filter((address) => !wanted.has(address));
    for (const address of gone) {
      await removeAddress(publicInterface, address);
      known?.delete(address);
    }
    return gone.length;
  }

  return {
    async unusable() {
      try {
        if (!usable) await run(['list', 'tables']);
        usable = true;
      } catch (e) {
        return failed(e).why ?? say('nftMissing', { why: '' });
      }
      const forwards = await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8').catch(() => '0');
      return forwards.trim() === '1' ? null : say('ipForwardOff');
    },

    async apply(asked, { look }) {
      if (look) known = null;
      if (publicInterface !== '') known ??= await ourAddresses(publicInterface);
      let wanted = asked;
      let refused = new Map<string, Said>();
      let changed = await takeAddresses(wanted.aliases);
      const bring = (again: boolean): Promise<{ changed: number; refused: Map<string, string> }> =>
        tableHere().bring(wantsNothing(wanted) ? null : tableOf(wanted, options), { look: again }).catch((e: unknown) => { throw failed(e); });
      const first = await bring(look);
      changed += first.changed;
      if (first.refused.size > 0) {
        refused = partsWith(wanted, first.refused);
        const taken = <T extends Redirect | Alias>(parts: readonly T[]): T[] => parts.filter((p) => !refused.has(p.id));
        wanted = { ...wanted, redirects: taken(wanted.redirects), aliases: taken(wanted.aliases) };
        changed += (await bring(false)).changed;
      }
      changed += await putAddresses(wanted.aliases, refused);
      return { changed, refused };
    },
  };
}
