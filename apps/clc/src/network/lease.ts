// Addresses and ports for an instance, in the transaction that places it (jobs/place) or changes its cards (instance/modify).
import { CloudError } from '@educloud/errors';
import { say, type ClusterNetworkSettings, type InstanceKind, type JobParams, type NicAsked, type PoolKind, type Said, type Service } from '@educloud/contracts';
import type { DaemonRow, InstanceCard, InstanceNetwork, Store, Tx } from '../store/interface.ts';
import { macText, poolsOf, sizeOf } from './addresses.ts';
import { ownPorts } from './own-ports.ts';
import { fillPools } from './pools.ts';
import { DEFAULT_SETTINGS, settingsOf } from './setting.ts';

export interface NetworkWish { id: string; kind: InstanceKind; nics: readonly NicAsked[]; services: readonly Service[] }

/** What each card is in a cluster with this setting; or why it has none such. */
export function modesIn(settings: ClusterNetworkSettings, cluster: string, { kind, nics }: NetworkWish): Array<'nat' | 'bridge'> | Said {
  const bridged = settings.bridge !== null && settings.privateNet !== null;
  const modes = nics.map(({ mode, ip }) => (mode === 'bridge' || ip !== undefined || (mode === 'auto' && kind === 'vs' && bridged) ? 'bridge' : 'nat'));
  return modes.includes('bridge') && !bridged ? say('noBridgeInCluster', { cluster }) : modes;
}

/** Nobody has written a setting, and ports are about to be leased: the pools it has by default get their rows. Two at once do the same. */
export async function ensurePools(store: Pick<Store, 'transaction' | 'read'>, ccId: string): Promise<void> {
  if (!(await untouched(store.read, ccId))) return;
  await store.transaction((tx) => defaultPools(tx, ccId));
}

const untouched = async (of: Pick<Tx, 'networks'>, ccId: string): Promise<boolean> => {
  const row = await of.networks.network(ccId);
  return !row || (row.settings === null && row.stateRev === 0);
};

async function defaultPools(tx: Pick<Tx, 'networks' | 'daemons'>, ccId: string): Promise<void> {
  const own = new Set(ownPorts(await tx.daemons.daemons(), {}).map(({ port }) => port));
  await tx.networks.raise(ccId);
  if ((await tx.networks.network(ccId))?.settings === null) await fillPools(tx, ccId, DEFAULT_SETTINGS, own);
}

/** In a transaction that is about to lease: @see ensurePools */
export async function poolsForPorts(tx: Pick<Tx, 'networks' | 'daemons'>, ccId: string, services: readonly Service[]): Promise<void> {
  if (services.length > 0 && (await untouched(tx, ccId))) await defaultPools(tx, ccId);
}

/** Of one that its disk holds on this node: a card that is left to the cloud is on the bridge only where the node has it. */
export function asNodeHas(settings: ClusterNetworkSettings, wish: NetworkWish, node: Pick<DaemonRow, 'facts'> | null): NetworkWish {
  const { bridge } = settings;
  const bridged = bridge !== null && node?.facts.network?.nft === true && node.facts.network.bridges.includes(bridge);
  return { ...wish, nics: wish.nics.map((nic) => (nic.mode === 'auto' && nic.ip === undefined && !bridged ? { ...nic, mode: 'nat' as const } : nic)) };
}

/** Of one that has its place and no addresses yet, at its start. What is leased when something is refused is given back here: a job's refusal does not take its transaction back. */
export async function leaseWhereItIs(leasing: Leasing & { tx: Pick<Tx, 'networks' | 'daemons'> }, wish: NetworkWish, node: DaemonRow | null): Promise<InstanceNetwork> {
  const { tx, cluster: { id: ccId }, now } = leasing;
  // Nobody has been placed there since there are networks.
  await poolsForPorts(tx, ccId, wish.services);
  const here = asNodeHas(settingsOf(await tx.networks.network(ccId)), wish, node);
  try {
    return await leaseNetwork(leasing, here, null);
  } catch (e) {
    await tx.networks.giveBack(wish.id, { rev: (await tx.networks.network(ccId))?.stateRev ?? 0, at: now });
    throw e;
  }
}

export interface Leasing { tx: Pick<Tx, 'networks'>; cluster: Pick<DaemonRow, 'id' | 'name'>; now: number; quarantineMs: number }

/** @param before what it has already: that stays its own as far as it fits. @throws NO_CAPACITY, ADDRESS_TAKEN, ADDRESS_NOT_IN_POOL; what was leased goes back with the transaction */
export async function leaseNetwork({ tx, cluster, now, quarantineMs }: Leasing, wish: NetworkWish, before: InstanceNetwork | null): Promise<InstanceNetwork> {
  const ccId = cluster.id;
  const setting = await tx.networks.network(ccId);
  const settings = settingsOf(setting);
  const pools = poolsOf(settings);
  const modes = modesIn(settings, cluster.name, wish);
  if (!Array.isArray(modes)) throw new CloudError('NO_CAPACITY', modes, { retryable: false });
  const used: Array<{ kind: PoolKind; value: string }> = [];
  const has = (kind: PoolKind, value: string): string => (used.push({ kind, value }), value);

  async function take(kind: PoolKind, purpose: string, had: string | null | undefined, asked?: string): Promise<string | null> {
    const by = { insId: wish.id, purpose };
    if (had && (asked === undefined || asked === had) && (await tx.networks.leaseThis(ccId, kind, had, by))) return has(kind, had);
    for (const again of [false, true]) {
      // Only when there is nothing else: what has been in quarantine long enough.
      if (again) await tx.networks.endQuarantine(now - quarantineMs, ccId);
      const got = asked === undefined ? await tx.networks.lease(ccId, kind, by, startOf(kind, pools[kind], wish.id)) : (await tx.networks.leaseThis(ccId, kind, asked, by)) ? asked : null;
      if (got !== null) return has(kind, got);
    }
    if (asked === undefined) return null;
    const there = await tx.networks.address(ccId, kind, asked);
    if (!there) throw new CloudError('ADDRESS_NOT_IN_POOL', kind === 'mac' ? say('macNotInPool', { mac: asked }) : say('ipNotInPool', { ip: asked }));
    throw new CloudError('ADDRESS_TAKEN', there.insId ? say('addressTakenBy', { value: asked, instance: there.insId }) : say('addressTaken', { value: asked }));
  }
  const need = async (...[kind, ...more]: Parameters<typeof take>): Promise<string> => {
    const got = await take(kind, ...more);
    if (got === null) throw await empty(tx, cluster, kind);
    return got;
  };

  const cards: InstanceCard[] = [];
  for (const [i, nic] of wish.nics.entries()) {
    const had = before?.cards[i];
    const mac = nic.mac === undefined && settings.macs === null ? macOf(wish.id, i) : await need('mac', `nic${i}`, had?.mac, nic.mac);
    if (modes[i] === 'nat') cards.push({ mode: 'nat', mac });
    else {
      const was = had?.mode === 'bridge' ? had : null;
      const ip = await need('private-ip', `nic${i}`, was?.ip, nic.ip);
      // Without one that is left it is reached at a port of the cluster controller.
      const publicIp = i === 0 && settings.mode === 'private' && settings.publicIps.length > 0 ? await take('public-ip', `nic${i}`, was?.publicIp) : null;
      cards.push({ mode: 'bridge', mac, bridge: settings.bridge as string, ip, publicIp });
    }
  }
  const doors: InstanceNetwork['doors'] = [];
  for (const service of wish.services) {
    const had = before?.doors.find((door) => door.name === service.name && (door.at === 'node' || door.at === 'cluster'));
    doors.push(await doorOf(service, settings.mode, cards[0] as InstanceCard, (kind) => need(kind, service.name, had && String(had.port))));
  }
  // Whoever changes the mode locks the addresses: with ours in hand, either that is over or it waits for us and finds them leased.
  if (((await tx.networks.network(ccId))?.rev ?? 0) !== (setting?.rev ?? 0)) throw new CloudError('CONFLICT', say('networkChanged', { cluster: cluster.name }), { retryable: true });
  if (before) await tx.networks.giveBack(wish.id, { rev: (await tx.networks.network(ccId))?.stateRev ?? 0, at: now, keep: used });
  return { ccId, mode: settings.mode, cards, doors, byCluster: cards.some((card) => card.mode === 'bridge') || doors.some((door) => door.at === 'cluster'), open: false, accessRev: null };
}

async function doorOf({ name, protocol, port: guestPort }: Service, mode: ClusterNetworkSettings['mode'], card: InstanceCard, port: (kind: PoolKind) => Promise<string>): Promise<InstanceNetwork['doors'][number]> {
  const door = { name, protocol, guestPort };
  const outside = async (): Promise<number> => Number(await port(name === 'rdp' ? 'rdp-port' : 'management-port'));
  if (card.mode === 'nat') return { ...door, at: mode === 'private' ? 'cluster' : 'node', ip: null, port: await outside() };
  if (mode === 'public') return { ...door, at: 'guest', ip: card.ip, port: guestPort };
  return card.publicIp === null ? { ...door, at: 'cluster', ip: card.ip, port: await outside() } : { ...door, at: 'alias', ip: card.ip, port: guestPort };
}

async function empty(tx: Pick<Tx, 'networks'>, { id, name }: Pick<DaemonRow, 'id' | 'name'>, kind: PoolKind): Promise<CloudError> {
  const pool = (await tx.networks.counts(id)).find((one) => one.kind === kind);
  return new CloudError('NO_CAPACITY', pool ? say('poolEmpty', { kind, cluster: name, leased: pool.leased, all: pool.all }) : say('poolMissing', { kind, cluster: name }), { retryable: false, data: { pool: kind } });
}

/** Addresses from the first on. Ports from a place that the instance's id names: it tends to get the same one again, and two clouds on one host to differ. */
function startOf(kind: PoolKind, ranges: ReturnType<typeof poolsOf>[PoolKind], insId: string): number {
  const [range] = ranges;
  return range && (kind === 'rdp-port' || kind === 'management-port') ? range.from + (Number.parseInt(insId.slice(-8), 16) % sizeOf([range])) : 0;
}

/** Nobody else's, as the id is nobody else's: 52, which card, and the eight digits of the id. Locally administered, for one card. */
export const macOf = (insId: string, index: number): string => macText((0x52 * 256 + 0x54 + index) * 2 ** 32 + Number.parseInt(insId.slice(-8), 16));

/** As its node is told. */
export function nicsOf({ cards, doors }: InstanceNetwork): NonNullable<JobParams<'startDomain'>['guest']['nics']> {
  const forwards = doors.filter((door) => door.ip === null).map(({ protocol, port, guestPort }) => ({ protocol, hostPort: port, guestPort }));
  return cards.map((card, i) => (card.mode === 'nat' ? { mode: 'nat', mac: card.mac, forwards: i === 0 ? forwards : [] } : { mode: 'bridge', mac: card.mac, bridge: card.bridge, ip: card.ip }));
}
