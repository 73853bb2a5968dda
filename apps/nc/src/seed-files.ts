// The files of a NoCloud seed, as cloud-init reads them: JSON is YAML. What the cloud says goes into meta-data and vendor-data, so that the
// owner's user-data stays as it was written and wins where both speak. Called by commands/image-create/run.
import type { GuestSeed } from '@educloud/contracts';

/** The label by which cloud-init finds the disk. */
export const SEED_LABEL = 'cidata';

// One key a line: also for guests that read it with sed.
const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export function seedFiles(insId: string, seed: GuestSeed): Record<'meta-data' | 'user-data' | 'vendor-data', string> {
  return {
    'meta-data': text({ 'instance-id': insId, ...(seed.hostname ? { 'local-hostname': seed.hostname } : {}), ...(seed.sshKeys.length > 0 && !seed.user ? { 'public-keys': seed.sshKeys } : {}) }),
    'user-data': seed.userData ?? '#cloud-config\n{}\n',
    'vendor-data': `#cloud-config\n${text({ ...(seed.hostname ? { preserve_hostname: false } : {}), ...account(seed) })}`,
  };
}

function account({ user, passwordHash, sshKeys }: GuestSeed): Record<string, unknown> {
  const login = passwordHash === null ? {} : { ssh_pwauth: true, chpasswd: { expire: false } };
  // Of the image's own first account.
  if (!user) return passwordHash === null ? {} : { password: passwordHash, ...login };
  const mine = { name: user, shell: '/bin/bash', sudo: 'ALL=(ALL) NOPASSWD:ALL', lock_passwd: passwordHash === null, ...(passwordHash === null ? {} : { passwd: passwordHash }), ...(sshKeys.length > 0 ? { ssh_authorized_keys: sshKeys } : {}) };
  return { ...login, users: ['default', mine] };
}
