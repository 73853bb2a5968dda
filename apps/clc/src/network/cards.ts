// Cards and services that somebody asks for: what is wrong with them, and whether the addresses can be had. Used by define and modify.
import { CloudError, wrongField } from '@educloud/errors';
import { say, type ErrorCode, type NicAsked, type PoolKind, type Said, type Service } from '@educloud/contracts';
import { isMulticast } from './addresses.ts';
import type { Tx } from '../store/interface.ts';

export interface CardsAsked { nics?: readonly NicAsked[] | undefined; services?: readonly Service[] | undefined }

const refusal = (code: ErrorCode, field: string, why: Said): CloudError => new CloudError(code, why, { data: { fields: [wrongField(field, why)] } });

/** @throws BAD_REQUEST */
export function checkCards({ nics = [], services = [] }: CardsAsked): void {
  for (const [i, { mode, mac, ip }] of nics.entries()) {
    if (mac !== undefined && isMulticast(mac)) throw refusal('BAD_REQUEST', `nics.${i}.mac`, say('macMulticast'));
    if (ip !== undefined && mode === 'nat') throw refusal('BAD_REQUEST', `nics.${i}.ip`, say('ipNeedsBridge'));
    for (const [field, value] of [['mac', mac], ['ip', ip]] as const) {
      if (value !== undefined && nics.slice(0, i).some((other) => other[field] === value)) throw refusal('BAD_REQUEST', `nics.${i}.${field}`, say('sameTwice', { value }));
    }
  }
  for (const [i, { name, port, protocol }] of services.entries()) {
    if (services.slice(0, i).some((other) => other.name === name || (other.port === port && other.protocol === protocol))) throw refusal('BAD_REQUEST', `services.${i}`, say('serviceTwice'));
  }
}

/** An address that is asked for is in a pool of a cluster it may be placed in, and nobody else's. Whether it still is then, the placement says. @throws ADDRESS_NOT_IN_POOL, ADDRESS_TAKEN */
export async function checkAddresses(tx: Tx, { nics = [] }: CardsAsked, pins: { node?: string | null | undefined; cluster?: string | null | undefined }, insId: string | null): Promise<void> {
  if (!nics.some(({ mac, ip }) => mac !== undefined || ip !== undefined)) return;
  const clusters = await clustersFor(tx, pins);
  for (const [i, { mac, ip }] of nics.entries()) {
    for (const [field, kind, value] of [['mac', 'mac', mac], ['ip', 'private-ip', ip]] as ReadonlyArray<readonly ['mac' | 'ip', PoolKind, string | undefined]>) {
      if (value === undefined) continue;
      const found = (await Promise.all(clusters.map((ccId) => tx.networks.address(ccId, kind, value)))).filter((row) => row !== null);
      if (found.length === 0) throw refusal('ADDRESS_NOT_IN_POOL', `nics.${i}.${field}`, field === 'mac' ? say('macNotInPool', { mac: value }) : say('ipNotInPool', { ip: value }));
      const taken = found.find((row) => row.state === 'leased' && row.insId !== insId);
      if (taken && found.every((row) => row.state === 'leased' && row.insId !== insId)) throw refusal('ADDRESS_TAKEN', `nics.${i}.${field}`, say('addressTakenBy', { value, instance: taken.insId }));
    }
  }
}

async function clustersFor(tx: Tx, { node, cluster }: { node?: string | null | undefined; cluster?: string | null | undefined }): Promise<string[]> {
  const all = await tx.daemons.daemons({ role: 'cc' });
  const pinned = node ? ((await tx.daemons.daemon(node)) ?? (await tx.daemons.daemonByName('nc', node))) : null;
  return all.filter((cc) => (!cluster || cc.id === cluster || cc.name === cluster) && (!pinned || cc.id === pinned.ccId)).map((cc) => cc.id);
}
