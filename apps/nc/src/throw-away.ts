// The files of an instance go; its data disk stays where it is wanted. Used by discarding an instance and by undoing its disk.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { NodePaths } from './paths.ts';

/** A data disk is its user's: the note that it was used stays with it. */
export async function throwAway(paths: NodePaths, insId: string, { keepData }: { keepData: boolean }): Promise<void> {
  const folder = paths.instance(insId);
  const names = keepData ? await readdir(folder).catch(() => []) : [];
  const data = path.basename(paths.data(insId));
  if (!names.includes(data)) return rm(folder, { recursive: true, force: true });
  const stays = new Set([data, path.basename(paths.booted(insId))]);
  for (const name of names) if (!stays.has(name)) await rm(path.join(folder, name), { recursive: true, force: true });
}
