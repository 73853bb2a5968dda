// Cards of an instance, and where its services are reached. Said as soon as it works, not before.
import { hasScreen, type InstanceView } from '@educloud/contracts';
import { nicsAsked, openedServices, servicesOf } from '../commands/instance/define.ts';
import { settingsOf } from '../network/setting.ts';
import type { ClusterNetworkRow, DaemonRow, InstanceNetwork, UserInstanceRow } from '../store/interface.ts';
import { hostOf } from './task-view.ts';

type Access = InstanceView['access'][number];
interface Places { cc: DaemonRow | null; nc: DaemonRow | null; network: ClusterNetworkRow | null }

export function networkView(row: UserInstanceRow, places: Places): Pick<InstanceView, 'nics' | 'services' | 'networkMode' | 'access'> {
  const { network } = row;
  const services = servicesOf(row);
  const nics = nicsAsked(row.definition).map((asked, i): InstanceView['nics'][number] => {
    const card = network?.cards[i];
    if (!card) return { mode: asked.mode, mac: asked.mac ?? null, ip: asked.ip ?? null, publicIp: null, asked };
    return { mode: card.mode, mac: card.mac, ip: card.mode === 'bridge' ? card.ip : null, publicIp: card.mode === 'bridge' ? card.publicIp : null, asked };
  });
  const state = stateOf(row, places.network);
  const access = openedServices(row).map(({ name, protocol, port }): Access => {
    const door = network?.doors.find((one) => one.name === name);
    return { name, protocol, guestPort: port, host: network && door ? hostOfDoor(network, door, places) : null, port: door?.port ?? null, ...(door ? state : { state: 'closed' }) };
  });
  return { nics, services, networkMode: network?.mode ?? null, access };
}

function hostOfDoor(network: InstanceNetwork, door: InstanceNetwork['doors'][number], { cc, nc, network: setting }: Places): string | null {
  if (door.at === 'node') return nc?.facts.network?.accessIp ?? hostOf(nc);
  if (door.at === 'cluster') return settingsOf(setting).accessHost ?? hostOf(cc);
  const card = network.cards.find((one) => one.mode === 'bridge' && one.ip === door.ip);
  return door.at === 'alias' && card?.mode === 'bridge' ? card.publicIp : door.ip;
}

function stateOf(row: UserInstanceRow, setting: ClusterNetworkRow | null): Pick<Access, 'state' | 'reason' | 'why'> {
  const { network } = row;
  if (row.taskState === 'spawning' || row.taskState === 'resuming') return { state: 'opening' };
  // A guest that runs was started after its cluster controller had opened the ways to it.
  if (!network || !hasScreen(row) || (network.byCluster && !network.open)) return { state: 'closed' };
  const refused = network.byCluster ? setting?.refused.find(({ insId }) => insId === row.id) : undefined;
  return refused ? { state: 'closed', reason: refused.reason, ...(refused.why ? { why: refused.why } : {}) } : { state: 'open' };
}
