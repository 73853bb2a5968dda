// From the cards that the CLC describes to those of a domain: names of taps, and the address at which forwarded ports listen. Used when a guest is started.
import { say, type GuestSpec } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';
import type { DomainNic } from '../drivers/hypervisor/interface.ts';
import type { TapGuard } from '../drivers/taps/interface.ts';

/** 11 characters of at most 15; the same at each start. */
export const tapName = (insId: string, index: number): string => `e${insId.slice('ins-'.length)}n${index}`;

/** @throws NETWORK_UNAVAILABLE ports are to be forwarded, and no address is known for that */
export function cardsOf({ insId, nics }: Pick<GuestSpec, 'insId' | 'nics'>, accessIp: string | null): DomainNic[] | undefined {
  return nics?.map((nic, index): DomainNic => {
    if (nic.mode === 'bridge') return { ...nic, tap: tapName(insId, index) };
    if (nic.forwards.length > 0 && accessIp === null) throw new CloudError('NETWORK_UNAVAILABLE', say('noAccessIp'), { retryable: false });
    return { mode: 'nat', mac: nic.mac, forwards: nic.forwards.map((f) => ({ ...f, hostIp: accessIp ?? '' })) };
  });
}

export const guardsOf = (cards: readonly DomainNic[] | undefined): TapGuard[] =>
  (cards ?? []).flatMap((card) => (card.mode === 'bridge' ? [{ tap: card.tap, mac: card.mac, ip: card.ip }] : []));
