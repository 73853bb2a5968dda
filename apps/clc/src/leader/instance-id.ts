// Who this cloud controller is among several on one database: made once, kept in its data folder. Not to be copied to another machine.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { newDaemonId, type RandomBytes } from '@educloud/contracts';

export async function instanceIdOf(dataDir: string, random: RandomBytes): Promise<string> {
  const file = path.join(dataDir, 'instance-id');
  const stored = (await readFile(file, 'utf8').catch((e: NodeJS.ErrnoException) => (e.code === 'ENOENT' ? '' : Promise.reject(e)))).trim();
  if (stored !== '') return stored;
  const id = newDaemonId('clc', random);
  await writeFile(file, `${id}\n`, { mode: 0o600 });
  return id;
}
