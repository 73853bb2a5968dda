// The id and secret of a daemon, in a file that only it can read. Used by membership.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DaemonId } from '@educloud/contracts';
import { z } from 'zod';

const Identity = z.object({ id: DaemonId, secret: z.string().min(1) });
export type Identity = z.infer<typeof Identity>;

/** Null when there is none yet. @throws when the file is there but cannot be read or is damaged: enrolling again would need a new token anyway. */
export async function readIdentity(path: string): Promise<Identity | null> {
  let text: string;
  try { text = await readFile(path, 'utf8'); } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
  return Identity.parse(JSON.parse(text));
}

/** Whole or not at all; the secret is given only once, so it has to last before it is used. */
export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.chmod(0o600); // also when a crash left the file behind
    await file.writeFile(JSON.stringify(identity));
    await file.sync();
  } finally { await file.close(); }
  await rename(`${path}.new`, path);
  const directory = await open(dirname(path), 'r');
  try { await directory.sync(); } finally { await directory.close(); }
}
