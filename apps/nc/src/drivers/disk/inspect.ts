// What the disk tools need of the image inspector (libs/images `inspectImage`), handed in; and which base a header names, to have something to allow.
import { promises as fs } from 'node:fs';

/** Reads only the header. @throws the IMAGE_… errors for everything that is not a plain image of this format, on no base but the allowed one. */
export interface InspectDisk {
  (path: string, options: { declaredFormat: 'qcow2' | 'raw'; maxVirtualBytes: number; allowBacking?: false | { basePath: string } }): Promise<{
    virtualSizeBytes: number;
    backing?: { path: string };
  }>;
}

const QCOW2_MAGIC = 0x514649fb;
const NAME_MAX = 1023; // qcow2's own limit

/** The backing file a qcow2 header names, unchecked; null when it names none or is no qcow2. */
export async function namedBase(file: string): Promise<string | null> {
  const handle = await fs.open(file, 'r');
  try {
    const head = Buffer.alloc(20);
    const { bytesRead } = await handle.read(head, 0, 20, 0);
    if (bytesRead < 20 || head.readUInt32BE(0) !== QCOW2_MAGIC) return null;
    const offset = head.readBigUInt64BE(8);
    const length = head.readUInt32BE(16);
    if (offset === 0n || offset > 2n * 1024n * 1024n || length === 0 || length > NAME_MAX) return null;
    const name = Buffer.alloc(length);
    const read = await handle.read(name, 0, length, Number(offset));
    return read.bytesRead === length ? name.toString('utf8') : null;
  } finally {
    await handle.close();
  }
}
