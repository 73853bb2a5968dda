// Who needs which cached version: one empty file per pin, so that each change is atomic and survives kill -9. Used by the image cache.
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudError } from '@educloud/errors';
import { removeFile, syncDirectory } from '../durable.ts';
import { versionName, type VersionKey } from '../file-name.ts';

export interface Pins {
  /** Idempotent; recorded on disk when it resolves, in force from the call on. */
  add(owner: string, image: VersionKey): Promise<void>;
  /** All pins of the owner, or one. Idempotent. Returns the names of the versions that it had pinned. */
  remove(owner: string, image?: VersionKey): Promise<string[]>;
  isPinned(version: string): boolean;
  /** Version name → owners. */
  all(): Map<string, string[]>;
}

const OWNER = /^[a-z0-9][a-z0-9-]{0,62}$/;
const FILE = /^([a-z0-9][a-z0-9-]{0,62})@(img-[0-9a-f]{8}\.v\d+)$/;

export async function openPins(directory: string): Promise<Pins> {
  await mkdir(directory, { recursive: true });
  const owners = new Map<string, Set<string>>();
  const note = (version: string, owner: string): void => { owners.set(version, (owners.get(version) ?? new Set()).add(owner)); };
  for (const name of await readdir(directory)) {
    const match = FILE.exec(name);
    if (match) note(match[2]!, match[1]!);
  }
  const checkOwner = (owner: string): void => { if (!OWNER.test(owner)) throw new CloudError('BAD_REQUEST', 'a pin needs an owner id'); };

  return {
    async add(owner, image) {
      checkOwner(owner);
      const version = versionName(image);
      note(version, owner);
      await (await open(join(directory, `${owner}@${version}`), 'a', 0o600)).close();
      await syncDirectory(directory);
    },
    async remove(owner, image) {
      checkOwner(owner);
      const only = image && versionName(image);
      const versions = [...owners].filter(([version, who]) => who.has(owner) && (!only || only === version)).map(([version]) => version);
      for (const version of versions) {
        await removeFile(join(directory, `${owner}@${version}`));
        owners.get(version)?.delete(owner);
        if (owners.get(version)?.size === 0) owners.delete(version);
      }
      if (versions.length > 0) await syncDirectory(directory);
      return versions;
    },
    isPinned: (version) => owners.has(version),
    all: () => new Map([...owners].map(([version, who]) => [version, [...who].sort()])),
  };
}
