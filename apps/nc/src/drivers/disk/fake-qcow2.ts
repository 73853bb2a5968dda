// As much qcow2 as the fake disk tool needs: an empty image, a raw file wrapped into one, and a note of the base in unused header space.
import { promises as fs, type promises } from 'node:fs';

type FileHandle = promises.FileHandle;

const CLUSTER = 65_536;
const PER_TABLE = CLUSTER / 8;
const PER_REFCOUNT_BLOCK = CLUSTER / 2;
const MAGIC = 0x514649fb;
const COPIED = 1n << 63n;

/** Header, refcounts, L1 and L2 tables of an image whose `dataClusters` first clusters are allocated, one after the other, behind the tables. */
export function qcow2Tables(virtualSizeBytes: number, dataClusters: number): Buffer {
  const l1Entries = Math.max(1, Math.ceil(virtualSizeBytes / (CLUSTER * PER_TABLE)));
  const l1Clusters = Math.ceil((l1Entries * 8) / CLUSTER);
  const l2Clusters = Math.ceil(dataClusters / PER_TABLE);
  let blocks = 1;
  const total = (): number => 2 + blocks + l1Clusters + l2Clusters + dataClusters;
  while (blocks * PER_REFCOUNT_BLOCK < total()) blocks += 1;
  const l1At = (2 + blocks) * CLUSTER;
  const l2At = l1At + l1Clusters * CLUSTER;
  const dataAt = l2At + l2Clusters * CLUSTER;
  const image = Buffer.alloc(dataAt);
  image.writeUInt32BE(MAGIC, 0);
  image.writeUInt32BE(3, 4);
  image.writeUInt32BE(16, 20); // cluster_bits
  image.writeBigUInt64BE(BigInt(virtualSizeBytes), 24);
  image.writeUInt32BE(l1Entries, 36);
  image.writeBigUInt64BE(BigInt(l1At), 40);
  image.writeBigUInt64BE(BigInt(CLUSTER), 48); // refcount table
  image.writeUInt32BE(1, 56);
  image.writeUInt32BE(4, 96); // refcount_order: 16 bits
  image.writeUInt32BE(104, 100); // header length; the zeroes behind it end the extensions
  for (let i = 0; i < blocks; i++) image.writeBigUInt64BE(BigInt((2 + i) * CLUSTER), CLUSTER + 8 * i);
  for (let i = 0; i < total(); i++) image.writeUInt16BE(1, 2 * CLUSTER + 2 * i);
  for (let i = 0; i < l2Clusters; i++) image.writeBigUInt64BE(BigInt(l2At + i * CLUSTER) | COPIED, l1At + 8 * i);
  for (let i = 0; i < dataClusters; i++) image.writeBigUInt64BE(BigInt(dataAt + i * CLUSTER) | COPIED, l2At + 8 * i);
  return image;
}

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
