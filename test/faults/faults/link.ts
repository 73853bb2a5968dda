// The cable of a node: silent (DROP), loud (REJECT), lossy (random drops), slow (tbf). Inside the node's namespace, so the host is not touched.
import { between } from '../between.ts';
import { inside } from '../rig/network.ts';
import type { Seeded } from '../seeded.ts';
import type { Fault } from './interface.ts';
import { nodeOf, nodes } from './targets.ts';

const TABLE = 'educloud_faults';

/** @param verdict what happens to a packet, e.g. `drop`, in the grammar of nft */
function filtered(name: string, lastsSeconds: Fault['lastsSeconds'], verdict: (random: Seeded) => string): Fault {
  return {
    name,
    targets: nodes,
    touches: (node) => [`cable of ${node}`],
    lastsSeconds,
    async inject(rig, target, random) {
      const { netns, device } = nodeOf(rig, target);
      const rule = verdict(random);
      const nft = (...words: string[]): Promise<unknown> => inside(netns, 'nft', ...words);
      await nft(`add table inet ${TABLE}; add chain inet ${TABLE} in { type filter hook input priority -300; }; add chain inet ${TABLE} out { type filter hook output priority -300; }; add rule inet ${TABLE} in iifname ${device} ${rule}; add rule inet ${TABLE} out oifname ${device} ${rule}`);
      return { detail: rule, heal: async () => void (await nft(`delete table inet ${TABLE}`)) };
    },
  };
}

export const linkDrop = filtered('link-drop', { from: 2, to: 40 }, () => 'drop');
export const linkReject = filtered('link-reject', { from: 1, to: 20 }, () => 'meta l4proto tcp reject with tcp reset');
export const linkLoss = filtered('link-loss', { from: 5, to: 30 }, (random) => `numgen random mod 100 < ${between(random, 5, 40)} drop`);

export const linkSlow: Fault = {
  name: 'link-slow',
  targets: nodes,
  touches: (node) => [`cable of ${node}`],
  lastsSeconds: { from: 5, to: 30 },
  async inject(rig, target, random) {
    const { netns, device } = nodeOf(rig, target);
    const rate = `${between(random, 200, 4000)}kbit`;
    await inside(netns, 'tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', 'rate', rate, 'burst', '32kb', 'latency', '400ms');
    return { detail: { rate }, heal: async () => void (await inside(netns, 'tc', 'qdisc', 'del', 'dev', device, 'root')) };
  },
};
