// The last steps of every file we make: its hash; on disk for sure, then under its name. Used by both disk tools.
import { promises as fs } from 'node:fs';
import { hashFile, publishFile } from '@educloud/images';

/** A person's disk: nobody else on the node reads it. libvirt hands it to QEMU's account while the guest runs. */
const PRIVATE = 0o600;

/** fsync, mode, rename, fsync of the folder: after a power cut there is the whole file or none. It stays writable, unlike an image. */
export async function finishDisk(part: string, target: string): Promise<void> {
  const file = await fs.open(part, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await publishFile(part, target, PRIVATE);
}

export async function sha256File(file: string, signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<{ sha256: string; sizeBytes: number }> {
  const { size } = await fs.stat(file);
  return { sha256: await hashFile(file, { sizeBytes: size, signal, onProgress }), sizeBytes: size };
}
