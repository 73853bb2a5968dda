// What a guest is told at its first start: from what a person gave to what is kept. The password is hashed here and is nowhere afterwards.
// Called by instance/define and instance/modify.
import type { CloudInit, CloudInitView, GuestSeed } from '@educloud/contracts';
import { encrypt } from 'unixcrypt';

const EMPTY: GuestSeed = { hostname: null, user: null, passwordHash: null, sshKeys: [], userData: null };

/** What is given changes, null takes it out. Null: nothing is left to tell. */
export function seedWith(before: GuestSeed | null, asked: CloudInit | null): GuestSeed | null {
  if (asked === null) return null;
  const old = before ?? EMPTY;
  const seed: GuestSeed = {
    hostname: given(asked.hostname, old.hostname),
    user: given(asked.user, old.user),
    // What every guest's system can check; its salt is random.
    passwordHash: asked.password === undefined ? old.passwordHash : asked.password === null ? null : encrypt(asked.password),
    sshKeys: given(asked.sshKeys, old.sshKeys) ?? [],
    userData: given(asked.userData, old.userData),
  };
  return seed.sshKeys.length === 0 && Object.entries(seed).every(([key, value]) => key === 'sshKeys' || value === null) ? null : seed;
}
const given = <T>(asked: T | null | undefined, old: T | null): T | null => (asked === undefined ? old : asked);

/** Of several alike each has a host name of its own: web.school → web-1.school, web-2.school. */
export function seedOfNth(seed: GuestSeed, n: number): GuestSeed {
  if (seed.hostname === null) return seed;
  const [label = '', ...domain] = seed.hostname.split('.');
  return { ...seed, hostname: [`${label.slice(0, 62 - String(n).length)}-${n}`, ...domain].join('.') };
}

export const seedView = (seed: GuestSeed | null): CloudInitView | null =>
  seed && { hostname: seed.hostname, user: seed.user, hasPassword: seed.passwordHash !== null, sshKeys: seed.sshKeys.length, userDataBytes: Buffer.byteLength(seed.userData ?? '') };
