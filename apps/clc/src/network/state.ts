// What is to be true at a cluster controller: made of its setting and of the instances whose access is open. Called by routes/networks.
import type { ClusterNetworkState } from '@educloud/contracts';
import type { ClusterAccessRow, Tx } from '../store/interface.ts';
import { settingsOf } from './setting.ts';

export async function clusterState(tx: Pick<Tx, 'networks'>, ccId: string): Promise<ClusterNetworkState> {
  // The revision before the rest: what is read after it holds at least what the revision promises.
  const row = await tx.networks.network(ccId);
  const { mode, privateNet } = settingsOf(row);
  const open = await tx.networks.accessIn(ccId);
  return {
    rev: row?.stateRev ?? 0, mode,
    dhcp: privateNet && { cidr: privateNet.cidr, from: privateNet.from, to: privateNet.to, gateway: privateNet.gateway, dns: privateNet.dns },
    hosts: open.flatMap(hostsOf), forwards: open.flatMap(forwardsOf), aliases: open.flatMap(aliasesOf),
  };
}

function hostsOf({ insId, hostname, network }: ClusterAccessRow): ClusterNetworkState['hosts'] {
  const bridged = network.cards.flatMap((card) => (card.mode === 'bridge' ? [card] : []));
  return bridged.map(({ mac, ip }, i) => ({ insId, mac, ip, hostname: i === 0 ? hostname : `${hostname}-${i + 1}` }));
}

function forwardsOf({ insId, ncId, network }: ClusterAccessRow): ClusterNetworkState['forwards'] {
  const id = (protocol: string, ip: string | null, port: number): string => `${insId}/${protocol}/${ip === null ? '' : `${ip}:`}${port}`;
  return network.doors.flatMap(({ protocol, at, ip, port, guestPort }): ClusterNetworkState['forwards'] => {
    const publicIp = network.cards.find((card) => card.mode === 'bridge' && card.ip === ip);
    if (at === 'alias' && publicIp?.mode === 'bridge' && publicIp.publicIp !== null) {
      return [{ id: id(protocol, publicIp.publicIp, port), insId, protocol, listenIp: publicIp.publicIp, listenPort: port, ncId: null, toIp: ip, toPort: guestPort }];
    }
    // To a guest with an address of its own, or to its node, which has the same port.
    return at === 'cluster' ? [{ id: id(protocol, null, port), insId, protocol, listenIp: null, listenPort: port, ncId: ip === null ? ncId : null, toIp: ip, toPort: ip === null ? port : guestPort }] : [];
  });
}

const aliasesOf = ({ insId, network }: ClusterAccessRow): ClusterNetworkState['aliases'] =>
  network.cards.flatMap((card) => (card.mode === 'bridge' && card.publicIp !== null ? [{ insId, publicIp: card.publicIp, privateIp: card.ip }] : []));

/** A name that a DHCP server can give: of the instance's own as much as is possible, and of its id what makes it the only one. */
export function hostnameOf(name: string, insId: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '');
  return `${plain === '' ? 'ins' : plain}-${insId.slice(-8)}`;
}
