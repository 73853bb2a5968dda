// sha256 of a local file, and what kind of disk it looks like. Used before an upload and after a download.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ImageFormat } from '@educloud/contracts';

export async function hashInto(hash: Hash, file: string, onBytes: (done: number) => void = () => undefined): Promise<void> {
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
    onBytes(done += (chunk as Buffer).length);
  }
}

export async function sha256OfFile(file: string, onBytes?: (done: number) => void): Promise<string> {
  const hash = createHash('sha256');
  await hashInto(hash, file, onBytes);
  return hash.digest('hex');
}

/** By magic numbers: qcow2 at 0, ISO 9660 at 32769; everything else is taken as raw. */
export async function detectFormat(file: string): Promise<ImageFormat> {
  const handle = await open(file);
  try {
    const at = async (position: number, length: number): Promise<string> => { const b = Buffer.alloc(length); await handle.read(b, 0, length, position); return b.toString('latin1'); };
    if ((await at(0, 4)) === 'QFI\xfb') return 'qcow2';
    return (await at(32769, 5)) === 'CD001' ? 'iso' : 'raw';
  } finally {
    await handle.close();
  }
}
