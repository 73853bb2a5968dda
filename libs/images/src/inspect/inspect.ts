// Looks into an image file before anything else opens it: after each upload, after each fetch, after a guest wrote the disk.
// Never trusts the file: reads at most 2 MiB of it, and throws nothing but CloudError.
import { open, type FileHandle } from 'node:fs/promises';
import { say, type ImageFormat } from '@educloud/contracts';
import { CloudError, wrap } from '@educloud/errors';
import { detectFormat, type DetectedFormat } from './known-formats.ts';
import { parseQcow2 } from './qcow2.ts';

export interface InspectOptions {
  declaredFormat: ImageFormat;
  maxVirtualBytes: number;
  /** Only an overlay may have a backing file, and only this one (compared as text). Default false. */
  allowBacking?: false | { basePath: string };
}

/** What the file is by its own header. */
export interface Inspection {
  format: ImageFormat;
  virtualSizeBytes: number;
  /** Of an overlay: exactly the allowed base. */
  backing?: { path: string; format: string | null };
}

const HEAD_BYTES = 64 * 1024;
/** Largest qcow2 cluster: the header never goes beyond the first one. */
const MAX_HEAD_BYTES = 2 * 1024 * 1024;

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await file.read(buffer, got, length - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return buffer.subarray(0, got);
}

function refuseFormat(detected: DetectedFormat, declared: ImageFormat): never {
  const ours = detected === 'qcow2' || detected === 'iso' || detected === 'unknown';
  if (ours) throw new CloudError('IMAGE_FORMAT_MISMATCH', detected === 'unknown' ? say('declaredIsNeither', { declared }) : say('declaredIsNot', { declared, detected }), { data: { declared, detected } });
  throw new CloudError('IMAGE_FORMAT_UNSUPPORTED', detected === 'compressed' ? say('fileCompressed') : say('fileOfKind', { detected }), { data: { declared, detected } });
}

function checkVirtualSize(virtualSizeBytes: number, limit: number): void {
  if (virtualSizeBytes === 0) throw new CloudError('IMAGE_CORRUPT', say('imageEmpty'));
  if (virtualSizeBytes > limit) {
    throw new CloudError('IMAGE_TOO_BIG', say('virtualTooBig', { size: virtualSizeBytes, limit }), { data: { virtualSizeBytes, maxVirtualBytes: limit } });
  }
}

async function inspectOpen(file: FileHandle, options: InspectOptions): Promise<Inspection> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new CloudError('IMAGE_FORMAT_UNSUPPORTED', say('notPlainFile'));
  if (stat.size === 0) throw new CloudError('IMAGE_CORRUPT', say('fileEmpty'));
  let head = await readAt(file, 0, Math.min(HEAD_BYTES, stat.size));
  const tail = await readAt(file, Math.max(0, stat.size - 512), 512);
  const detected = detectFormat(head, tail);
  const { declaredFormat, maxVirtualBytes, allowBacking = false } = options;

  if (declaredFormat === 'qcow2') {
    if (detected !== 'qcow2') refuseFormat(detected, declaredFormat);
    const clusterBits = head.length >= 24 ? head.readUInt32BE(20) : 0;
    if (clusterBits > 16 && clusterBits <= 21) head = await readAt(file, 0, Math.min(MAX_HEAD_BYTES, 2 ** clusterBits, stat.size));
    const header = parseQcow2(head, stat.size);
    if (header.backingFile !== null && (allowBacking === false || header.backingFile !== allowBacking.basePath)) {
      throw new CloudError('IMAGE_BACKING_FILE', say(allowBacking === false ? 'hasBackingFile' : 'otherBase'));
    }
    if (header.backingFile === null && allowBacking !== false) throw new CloudError('IMAGE_BACKING_FILE', say('noBase'));
    checkVirtualSize(header.virtualSizeBytes, maxVirtualBytes);
    return { format: 'qcow2', virtualSizeBytes: header.virtualSizeBytes, ...(header.backingFile === null ? {} : { backing: { path: header.backingFile, format: header.backingFormat } }) };
  }
  if (declaredFormat === 'iso') {
    if (detected !== 'iso') refuseFormat(detected, declaredFormat);
    checkVirtualSize(stat.size, maxVirtualBytes);
    return { format: 'iso', virtualSizeBytes: stat.size };
  }
  // A hybrid ISO is also a valid raw disk (that is what makes it bootable from a stick), so iso passes as raw.
  if (detected !== 'unknown' && detected !== 'iso') refuseFormat(detected, declaredFormat);
  if (stat.size % 512 !== 0) throw new CloudError('IMAGE_CORRUPT', say('rawSectors'));
  checkVirtualSize(stat.size, maxVirtualBytes);
  return { format: 'raw', virtualSizeBytes: stat.size };
}

/** @throws IMAGE_BACKING_FILE, IMAGE_DATA_FILE, IMAGE_FORMAT_MISMATCH, IMAGE_FORMAT_UNSUPPORTED, IMAGE_FEATURES_UNKNOWN, IMAGE_TOO_BIG, IMAGE_CORRUPT; NOT_FOUND */
export async function inspectImage(path: string, options: InspectOptions): Promise<Inspection> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await inspectOpen(file, options);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') throw new CloudError('NOT_FOUND', say('imageFileAway'), { cause: e, internal: path });
    throw wrap(e, say('inspecting'));
  } finally {
    await file?.close();
  }
}
