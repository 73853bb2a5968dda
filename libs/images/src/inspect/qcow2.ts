// Reads the header of a qcow2 file (version 2 and 3; QEMU docs/interop/qcow2.txt) and refuses everything that could make
// a reader open another file, read outside this one, or need a feature we do not know. Used by inspect.
import { say } from '@educloud/contracts';
import { CloudError } from '@educloud/errors';

export interface Qcow2Header {
  version: 2 | 3;
  virtualSizeBytes: number;
  clusterBits: number;
  /** As written in the file; null when standalone. */
  backingFile: string | null;
  backingFormat: string | null;
}

/** dirty 1, corrupt 2, external data file 4, compression type 8, extended L2 16. */
const DATA_FILE_BIT = 4n;
const FEATURE_NAMES: ReadonlyArray<readonly [bigint, string]> = [[1n, 'dirty (not closed properly)'], [2n, 'corrupt'], [8n, 'another compression than deflate'], [16n, 'extended L2 entries']];
const EXTENSION = { end: 0, backingFormat: 0xe2792aca, dataFile: 0x44415441, crypto: 0x0537be77 };
/** QEMU's own limits: 32 MiB of L1, 8 MiB of refcount table. */
const MAX_L1_BYTES = 32 * 1024 * 1024;
const MAX_REFCOUNT_TABLE_BYTES = 8 * 1024 * 1024;
const MAX_BACKING_NAME = 1023;

const corrupt = (what: string): CloudError => new CloudError('IMAGE_CORRUPT', say('qcow2Header', { why: what }));

interface Extensions { backingFormat: string | null; dataFile: boolean; crypto: boolean }

function readExtensions(head: Buffer, start: number, end: number): Extensions {
  const found: Extensions = { backingFormat: null, dataFile: false, crypto: false };
  let at = start;
  while (at + 8 <= end) {
    const type = head.readUInt32BE(at);
    const length = head.readUInt32BE(at + 4);
    if (type === EXTENSION.end) return found;
    if (length > end - at - 8) throw corrupt('a header extension reaches beyond the header');
    const value = head.subarray(at + 8, at + 8 + length);
    if (type === EXTENSION.backingFormat) found.backingFormat = value.toString('latin1');
    if (type === EXTENSION.dataFile) found.dataFile = true;
    if (type === EXTENSION.crypto) found.crypto = true;
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return found;
}

function checkTable(what: string, offset: bigint, bytes: number, maxBytes: number, clusterSize: number, fileSize: number): void {
  if (bytes > maxBytes) throw corrupt(`the ${what} table is too large`);
  if (offset % BigInt(clusterSize) !== 0n) throw corrupt(`the ${what} table is not aligned`);
  if (bytes > 0 && offset === 0n) throw corrupt(`the ${what} table lies over the header`);
  if (offset + BigInt(bytes) > BigInt(fileSize)) throw corrupt(`the ${what} table lies outside the file`);
}

function checkFeatures(incompatible: bigint): void {
  if ((incompatible & DATA_FILE_BIT) !== 0n) throw new CloudError('IMAGE_DATA_FILE', say('externalData'));
  if (incompatible === 0n) return;
  const known = FEATURE_NAMES.filter(([bit]) => (incompatible & bit) !== 0n).map(([, name]) => name);
  throw new CloudError('IMAGE_FEATURES_UNKNOWN', say('unknownFeatures', { features: `${known.join(', ') || 'unknown ones'} (bits 0x${incompatible.toString(16)})` }), {
    data: { incompatibleFeatures: `0x${incompatible.toString(16)}` },
  });
}

/** `head`: the first bytes of the file, at least as many as a cluster or the whole file (at most 2 MiB). */
export function parseQcow2(head: Buffer, fileSize: number): Qcow2Header {
  if (head.length < 72) throw corrupt('it is cut short');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new CloudError('IMAGE_FEATURES_UNKNOWN', say('qcow2Version', { version }));
  if (version === 3 && head.length < 104) throw corrupt('it is cut short');
  const headerLength = version === 3 ? head.readUInt32BE(100) : 72;
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw corrupt(`cluster bits ${clusterBits}`);
  const clusterSize = 2 ** clusterBits;
  if (version === 3 && (headerLength < 104 || headerLength % 8 !== 0 || headerLength > clusterSize)) throw corrupt(`header length ${headerLength}`);
  if (version === 3) {
    checkFeatures(head.readBigUInt64BE(72));
    if (head.readUInt32BE(96) > 6) throw corrupt(`refcount order ${head.readUInt32BE(96)}`);
    // With the compression bit clear the field must say deflate (0), if it is there at all.
    if (headerLength > 104 && head.length > 104 && head.readUInt8(104) !== 0) throw corrupt('a compression type without its feature bit');
  }
  const crypt = head.readUInt32BE(32);
  if (crypt !== 0) throw new CloudError('IMAGE_FEATURES_UNKNOWN', say('encrypted'));

  const backingOffset = head.readBigUInt64BE(8);
  const backingLength = head.readUInt32BE(16);
  const headEnd = Math.min(clusterSize, head.length);
  const extensionsEnd = backingOffset > 0n && backingOffset < BigInt(headEnd) ? Number(backingOffset) : headEnd;
  const extensions = readExtensions(head, headerLength, extensionsEnd);
  if (extensions.dataFile) throw new CloudError('IMAGE_DATA_FILE', say('namesExternalData'));
  if (extensions.crypto) throw new CloudError('IMAGE_FEATURES_UNKNOWN', say('encrypted'));
  let backingFile: string | null = null;
  if (backingOffset !== 0n) {
    if (backingLength > MAX_BACKING_NAME || backingOffset + BigInt(backingLength) > BigInt(headEnd)) throw corrupt('the backing file name lies outside the header');
    backingFile = head.toString('utf8', Number(backingOffset), Number(backingOffset) + backingLength);
  } else if (backingLength !== 0) throw corrupt('a backing file name without a place');

  const size = head.readBigUInt64BE(24);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new CloudError('IMAGE_TOO_BIG', say('virtualBeyondAll'), { data: { virtualSizeBytes: size.toString() } });
  const virtualSizeBytes = Number(size);

  const l1Entries = head.readUInt32BE(36);
  const coveredPerEntry = clusterSize * (clusterSize / 8);
  if (l1Entries * coveredPerEntry < virtualSizeBytes) throw corrupt('the L1 table is too small for the virtual size');
  checkTable('L1', head.readBigUInt64BE(40), l1Entries * 8, MAX_L1_BYTES, clusterSize, fileSize);
  const refcountClusters = head.readUInt32BE(56);
  if (refcountClusters === 0) throw corrupt('there is no refcount table');
  // The last cluster of a file may be shorter than a cluster: only its beginning has to be inside.
  const refcountOffset = head.readBigUInt64BE(48);
  checkTable('refcount', refcountOffset, refcountClusters * clusterSize, MAX_REFCOUNT_TABLE_BYTES, clusterSize, Math.ceil(fileSize / clusterSize) * clusterSize);
  const snapshots = head.readUInt32BE(60);
  if (snapshots > 65536) throw corrupt(`${snapshots} snapshots`);
  if (snapshots > 0) checkTable('snapshot', head.readBigUInt64BE(64), snapshots * 40, 64 * 1024 * 1024, clusterSize, fileSize);
  return { version, virtualSizeBytes, clusterBits, backingFile, backingFormat: extensions.backingFormat };
}
