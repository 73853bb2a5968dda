// A driver of the cluster controller in a process of its own, so that it works inside a network namespace: orders come and answers go over the
// channel to its parent. Started by test/support/namespaces/drivers.ts.
import { silentLog } from '@educloud/log';
import { loadDhcp } from '../../../apps/cc/src/drivers/dhcp/load.ts';
import type { DhcpWanted } from '../../../apps/cc/src/drivers/dhcp/interface.ts';
import type { ForwardingWanted } from '../../../apps/cc/src/drivers/forwarding/interface.ts';
import { loadForwarding } from '../../../apps/cc/src/drivers/forwarding/load.ts';
import { lookAtHost } from '../../../apps/cc/src/network/host.ts';
import { answerParent } from './answer-parent.ts';

const [publicInterface = '', guestInterface = '', dir = ''] = process.argv.slice(2);
const forwarding = loadForwarding({ kind: 'nftables', ownerId: () => 'cc-00000001', publicInterface, guestInterface, openPorts: [] });
const dhcp = loadDhcp({ dir, device: guestInterface, log: silentLog() });

answerParent({
  unusable: () => forwarding.unusable(),
  forward: async (wanted: ForwardingWanted, options: { look: boolean }) => {
    const began = performance.now();
    const { changed, refused } = await forwarding.apply(wanted, options);
    return { changed, refused: [...refused], tookMs: performance.now() - began };
  },
  dhcp: (wanted: DhcpWanted | null) => dhcp.apply(wanted),
  host: () => lookAtHost(),
});
