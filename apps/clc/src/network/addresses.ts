// Addresses as numbers: the places of a pool, what lies in which net. Pure; used wherever pools are checked, filled and leased from.
import type { ClusterNetworkSettings, PoolKind } from '@educloud/contracts';

export interface Range { from: number; to: number }

export const ipNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
export const ipText = (place: number): string => [24, 16, 8, 0].map((bits) => Math.floor(place / 2 ** bits) % 256).join('.');
export const macNumber = (mac: string): number => Number.parseInt(mac.replaceAll(':', ''), 16);
export const macText = (place: number): string => (place.toString(16).padStart(12, '0').match(/../g) as string[]).join(':');
/** To more than one card: no card may have it. */
export const isMulticast = (mac: string): boolean => Number.parseInt(mac.slice(0, 2), 16) % 2 === 1;

/** First and last address of a net: its own name, and everybody in it. */
export function netOf(cidr: string): Range & { bits: number } {
  const [ip = '', length = '32'] = cidr.split('/');
  const bits = Number(length);
  const size = 2 ** (32 - bits);
  const from = Math.floor(ipNumber(ip) / size) * size;
  return { from, to: from + size - 1, bits };
}

export const within = (place: number, { from, to }: Range): boolean => place >= from && place <= to;
export const overlap = (a: Range, b: Range): boolean => a.from <= b.to && b.from <= a.to;

const OF: Readonly<Record<PoolKind, { place(value: string): number; value(place: number): string }>> = {
  'rdp-port': { place: Number, value: String }, 'management-port': { place: Number, value: String },
  'public-ip': { place: ipNumber, value: ipText }, 'private-ip': { place: ipNumber, value: ipText },
  mac: { place: macNumber, value: macText },
};
export const placeOf = (kind: PoolKind, value: string): number => OF[kind].place(value);
export const valueAt = (kind: PoolKind, place: number): string => OF[kind].value(place);

/** Where each pool of a setting lies. */
export function poolsOf(settings: ClusterNetworkSettings): Record<PoolKind, Range[]> {
  const as = (kind: PoolKind, range: { from: string | number; to: string | number } | null): Range[] => (range ? [{ from: placeOf(kind, String(range.from)), to: placeOf(kind, String(range.to)) }] : []);
  return {
    'rdp-port': as('rdp-port', settings.rdpPorts), 'management-port': as('management-port', settings.managementPorts),
    'public-ip': settings.publicIps.flatMap((range) => as('public-ip', range)), 'private-ip': as('private-ip', settings.privateNet), mac: as('mac', settings.macs),
  };
}
export const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
