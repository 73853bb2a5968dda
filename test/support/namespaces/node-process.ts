// The hypervisor and the guards of a node controller in a process of its own, so that they work inside a network namespace. Started by test/support/namespaces/node.ts.
import { OS_HARDWARE, type GuestNic } from '@educloud/contracts';
import { silentLog } from '@educloud/log';
import { loadHypervisor } from '../../../apps/nc/src/drivers/hypervisor/load.ts';
import { loadTaps } from '../../../apps/nc/src/drivers/taps/load.ts';
import { cardsOf } from '../../../apps/nc/src/network/cards.ts';
import { createGuards } from '../../../apps/nc/src/network/guards.ts';
import { answerParent } from './answer-parent.ts';

const [uri = '', nodeId = '', socketDir = '', accessIp = ''] = process.argv.slice(2);
const hypervisor = await loadHypervisor({ kind: 'libvirt', uri, nodeId: () => nodeId, socketDir, acceleration: 'tcg', log: silentLog() });
const taps = loadTaps({ kind: 'nftables', ownerId: () => nodeId, openPorts: [] });
const guards = createGuards({ hypervisor, taps, nodeId: () => nodeId, log: silentLog() });
hypervisor.onConnected(() => void guards.lookAgain());

answerParent({
  start: (insId: string, disk: string, nics: GuestNic[]) => {
    const cards = cardsOf({ insId, nics }, accessIp);
    return guards.around(insId, cards, () => hypervisor.ensureRunning({
      insId, title: insId, tid: 'img-00000000:img-00000000:ins-00000000', memoryMiB: 128, cpus: 1, hardware: OS_HARDWARE.linux, disk: { path: disk, format: 'qcow2' }, mediaPath: null, nics: cards,
    }));
  },
  absent: (insId: string) => hypervisor.ensureAbsent(insId),
  list: () => hypervisor.list(),
  bridges: () => taps.bridges(),
});
