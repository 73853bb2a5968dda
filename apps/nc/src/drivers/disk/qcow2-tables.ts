// The metadata of a qcow2 file that nobody has written to yet: header, refcounts, L1 and L2 tables. For overlays (a qemu-img process costs ten times the
// work) and for the fake disk tool. Layout: docs/interop/qcow2.txt of QEMU; read back by our own inspector, and by qemu-img in the contract tests.

const CLUSTER = 65_536;
const PER_TABLE = CLUSTER / 8;
const PER_REFCOUNT_BLOCK = CLUSTER / 2;
const MAGIC = 0x514649fb;
const COPIED = 1n << 63n;
const HEADER_BYTES = 104;
const BACKING_FORMAT = 0xe2792aca;
/** The format's own limit. */
const NAME_MAX = 1023;

export interface Backing { path: string; format: 'qcow2' | 'raw' }

/** @param dataClusters so many first clusters are allocated, one after the other, behind the tables */
export function qcow2Tables(virtualSizeBytes: number, dataClusters: number, backing?: Backing): Buffer {
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
  image.writeUInt32BE(HEADER_BYTES, 100); // the zeroes behind it end the extensions
  for (let i = 0; i < blocks; i++) image.writeBigUInt64BE(BigInt((2 + i) * CLUSTER), CLUSTER + 8 * i);
  for (let i = 0; i < total(); i++) image.writeUInt16BE(1, 2 * CLUSTER + 2 * i);
  for (let i = 0; i < l2Clusters; i++) image.writeBigUInt64BE(BigInt(l2At + i * CLUSTER) | COPIED, l1At + 8 * i);
  for (let i = 0; i < dataClusters; i++) image.writeBigUInt64BE(BigInt(dataAt + i * CLUSTER) | COPIED, l2At + 8 * i);
  if (backing) nameBacking(image, backing);
  return image;
}

function nameBacking(image: Buffer, { path, format }: Backing): void {
  const name = Buffer.from(path);
  // Only a path: `nbd:…` or `json:…` would be something else to QEMU.
  if (!path.startsWith('/') || name.length > NAME_MAX) throw new RangeError(`no backing file can be named so: ${path.slice(0, 100)}`);
  image.writeUInt32BE(BACKING_FORMAT, HEADER_BYTES);
  image.writeUInt32BE(format.length, HEADER_BYTES + 4);
  image.write(format, HEADER_BYTES + 8);
  const nameAt = HEADER_BYTES + 8 + 8 + 8; // behind the format, padded to 8, and the end of the extensions
  image.writeBigUInt64BE(BigInt(nameAt), 8);
  image.writeUInt32BE(name.length, 16);
  name.copy(image, nameAt);
}
