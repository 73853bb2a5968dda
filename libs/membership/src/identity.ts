// The id and secret of a daemon, in a file that only it can read. Used by membership.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DaemonId } from '@educloud/contracts';
import { z } from 'zod';

const Identity = z.object({ id: DaemonId, secret: z.string().min(1) });
export type Identity = z.infer<typeof Identity>;
const Wish = z.object({ secret: z.string().min(1) });

/** Null when there is none yet. @throws when the file is there but cannot be read or is damaged: enrolling again would need a new token anyway. */
export async function readIdentity(path: string): Promise<Identity | null> {
  const text = await read(path);
  return text === null ? null : Identity.parse(JSON.parse(text));
}

/** Whole or not at all: the join token is used up, so it has to last before it is used. */
export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  await write(path, identity);
  await rm(wishOf(path), { force: true });
}

/** The secret with which we ask to be enrolled, the same at each attempt: after a lost answer it proves that it is us who come again. */
export async function wishedSecret(path: string): Promise<string> {
  const text = await read(wishOf(path));
  if (text !== null) return Wish.parse(JSON.parse(text)).secret;
  const secret = randomBytes(32).toString('base64url');
  await write(wishOf(path), { secret });
  return secret;
}

const wishOf = (path: string): string => `${path}.joining`;

async function read(path: string): Promise<string | null> {
  try { return await readFile(path, 'utf8'); } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw e;
  }
}

async function write(path: string, content: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.chmod(0o600); // also when a crash left the file behind
    await file.writeFile(JSON.stringify(content));
    await file.sync();
  } finally { await file.close(); }
  await rename(`${path}.new`, path);
  const directory = await open(dirname(path), 'r');
  try { await directory.sync(); } finally { await directory.close(); }
}
