// As much qcow2 as the fake disk tool needs: a raw file wrapped into one, and a note of the base in unused header space.
import { promises as fs, type promises } from 'node:fs';
import { qcow2Tables } from './qcow2-tables.ts';

type FileHandle = promises.FileHandle;

const CLUSTER = 65_536;
const PER_TABLE = CLUSTER / 8;
const MAGIC = 0x514649fb;

export async function copyRawAsQcow2(from: string, to: string): Promise<void> {
  const { size } = await fs.stat(from);
  const source = await fs.open(from, 'r');
  const target = await fs.open(to, 'w', 0o600);
  try {
    const tables = qcow2Tables(Math.ceil(size / 512) * 512, Math.ceil(size / CLUSTER));
    await target.write(tables, 0, tables.length, 0);
    const block = Buffer.alloc(CLUSTER);
    for (let done = 0; done < size; done += CLUSTER) {
      const { bytesRead } = await source.read(block, 0, CLUSTER, done);
      block.fill(0, bytesRead);
      await target.write(block, 0, CLUSTER, tables.length + done);
    }
  } finally {
    await source.close();
    await target.close();
  }
}

async function withFile<T>(file: string, flags: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await fs.open(file, flags);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

export const virtualSize = (file: string): Promise<number> =>
  withFile(file, 'r', async (handle) => {
    const head = Buffer.alloc(32);
    await handle.read(head, 0, 32, 0);
    return head.readUInt32BE(0) === MAGIC ? Number(head.readBigUInt64BE(24)) : (await handle.stat()).size;
  });

/** A larger virtual disk, as far as the first cluster of its L1 table reaches (4 TiB). Not smaller. */
export const growTo = (file: string, virtualSizeBytes: number): Promise<void> =>
  withFile(file, 'r+', async (handle) => {
    const head = Buffer.alloc(48);
    await handle.read(head, 0, 48, 0);
    if (head.readUInt32BE(0) !== MAGIC || Number(head.readBigUInt64BE(24)) >= virtualSizeBytes) return;
    head.writeBigUInt64BE(BigInt(virtualSizeBytes), 24);
    head.writeUInt32BE(Math.min(PER_TABLE, Math.max(head.readUInt32BE(36), Math.ceil(virtualSizeBytes / (CLUSTER * PER_TABLE)))), 36);
    await handle.write(head, 0, 48, 0);
  });

// Unused between the header's end and the end of its cluster, as long as clusters have 64 KiB (qemu-img's default).
const NOTE_AT = 32_768;
const NOTE_BYTES = 4096;
const hasRoom = async (handle: FileHandle): Promise<boolean> => {
  const head = Buffer.alloc(24);
  const { bytesRead } = await handle.read(head, 0, 24, 0);
  return bytesRead === 24 && head.readUInt32BE(0) === MAGIC && head.readUInt32BE(20) >= 16 && (await handle.stat()).size >= CLUSTER;
};

/** Notes from which base a copy was made; an empty text removes the note. */
export const writeOrigin = (file: string, base: string): Promise<void> =>
  withFile(file, 'r+', async (handle) => {
    if (!(await hasRoom(handle))) return;
    const note = Buffer.alloc(NOTE_BYTES);
    note.write(base);
    await handle.write(note, 0, NOTE_BYTES, NOTE_AT);
  });

/** The base noted in a copy; null where there is no room for a note. */
export const readOrigin = (file: string): Promise<string | null> =>
  withFile(file, 'r', async (handle) => {
    if (!(await hasRoom(handle))) return null;
    const note = Buffer.alloc(NOTE_BYTES);
    await handle.read(note, 0, NOTE_BYTES, NOTE_AT);
    return note.toString('utf8').replace(/\0[\s\S]*$/, '');
  });
