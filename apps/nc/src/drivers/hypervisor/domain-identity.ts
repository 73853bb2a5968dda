// What of a domain derives from its instance's id, and the mark by which we know our own domains. Used by the libvirt driver.
import { createHash } from 'node:crypto';
import type { TapGuard } from '../taps/interface.ts';
import { el, type XmlElement } from './xml.ts';

/** Namespace of our element in a domain's metadata. */
export const METADATA_URI = 'https://educloud.org/xmlns/instance/1';

/** Instances the cloud places here, and local desktops of this host: kept apart by their names. */
export const INSTANCE_NAME = /^(ins|lvd)-[0-9a-f]{8}$/;

const digest = (insId: string): Buffer => createHash('sha256').update(`educloud:${insId}`).digest();

/** Always the same UUID for an instance (RFC 9562 version 8: made from a hash). */
export function domainUuid(insId: string): string {
  const b = digest(insId).subarray(0, 16);
  b.writeUInt8((b.readUInt8(6) & 0x0f) | 0x80, 6);
  b.writeUInt8((b.readUInt8(8) & 0x3f) | 0x80, 8);
  const h = b.toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/** Always the same address for an instance's first card, under QEMU's prefix: a redefined guest keeps its network. */
export function domainMac(insId: string): string {
  const b = digest(insId);
  return ['52', '54', '00', ...[16, 17, 18].map((i) => b.readUInt8(i).toString(16).padStart(2, '0'))].join(':');
}

export interface OwnerMark {
  tid: string;
  nodeId: string;
  /** Hash of the domain as we described it, without the mark: tells whether a redefinition is needed. */
  spec: string;
  /** Bridged cards and the address each may use: read from the running domains after a restart of this daemon. */
  guards?: TapGuard[];
}

export const ownerMark = (mark: OwnerMark): XmlElement =>
  el('educloud:instance', { 'xmlns:educloud': METADATA_URI, tid: mark.tid, node: mark.nodeId, spec: mark.spec, guards: mark.guards && mark.guards.length > 0 ? mark.guards.map((g) => `${g.tap}-${g.mac}-${g.ip}`).join('_') : undefined });

/** Reads the mark from what libvirt keeps. libvirt writes attributes with either quote. */
export function parseOwnerMark(metadata: string | null): OwnerMark | null {
  if (metadata === null) return null;
  const attribute = (name: string): string | undefined => new RegExp(`\\s${name}=(["'])([\\w:.-]*)\\1`).exec(metadata)?.[2];
  const tid = attribute('tid');
  const nodeId = attribute('node');
  const spec = attribute('spec');
  if (tid === undefined || nodeId === undefined || spec === undefined) return null;
  const guards = (attribute('guards') ?? '').split('_').filter((word) => word !== '').map((word): TapGuard => {
    const [tap = '', mac = '', ip = ''] = word.split('-');
    return { tap, mac, ip };
  });
  return { tid, nodeId, spec, ...(guards.length > 0 ? { guards } : {}) };
}
