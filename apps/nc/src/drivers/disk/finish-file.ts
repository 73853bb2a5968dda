// The last steps of every file we make: its hash; on disk for sure, then under its name. Used by both disk tools.
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { hashFile, syncDirectory } from '@educloud/images';

/** fsync, rename, fsync of the folder: after a power cut there is the whole file or none. It stays writable, unlike an image. */
export async function publishFile(part: string, target: string): Promise<void> {
  const file = await fs.open(part, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await fs.rename(part, target);
  await syncDirectory(path.dirname(target));
}

export async function sha256File(file: string, signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<{ sha256: string; sizeBytes: number }> {
  const { size } = await fs.stat(file);
  return { sha256: await hashFile(file, { sizeBytes: size, signal, onProgress }), sizeBytes: size };
}
