// Which format a file is in, by its own words. Only for refusing: a raw disk that begins with the magic of another
// format would be opened as that format by anything that probes. Used by inspect.
export type DetectedFormat = 'qcow2' | 'qcow' | 'iso' | 'vmdk' | 'vdi' | 'vhdx' | 'vhd' | 'qed' | 'luks' | 'parallels' | 'bochs' | 'dmg' | 'cloop' | 'compressed' | 'unknown';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const at = (bytes: Buffer, offset: number, magic: Buffer): boolean => bytes.length >= offset + magic.length && bytes.subarray(offset, offset + magic.length).equals(magic);

const MAGICS: ReadonlyArray<{ format: DetectedFormat; offset: number; magic: Buffer }> = [
  { format: 'vmdk', offset: 0, magic: latin('KDMV') }, // sparse extent
  { format: 'vmdk', offset: 0, magic: latin('COWD') },
  { format: 'vmdk', offset: 0, magic: latin('# Disk DescriptorFile') },
  { format: 'vdi', offset: 0x40, magic: Buffer.from([0x7f, 0x10, 0xda, 0xbe]) },
  { format: 'vhdx', offset: 0, magic: latin('vhdxfile') },
  { format: 'vhd', offset: 0, magic: latin('conectix') },
  { format: 'qed', offset: 0, magic: Buffer.from([0x51, 0x45, 0x44, 0x00]) },
  { format: 'luks', offset: 0, magic: Buffer.from([0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe]) },
  { format: 'parallels', offset: 0, magic: latin('WithoutFreeSpace') },
  { format: 'parallels', offset: 0, magic: latin('WithouFreSpacExt') },
  { format: 'bochs', offset: 0, magic: latin('Bochs Virtual HD Image') },
  { format: 'dmg', offset: 0, magic: latin('koly') },
  { format: 'cloop', offset: 0, magic: latin('#!/bin/sh\n#V2.0 Format\nmodprobe cloop') },
  { format: 'compressed', offset: 0, magic: Buffer.from([0x1f, 0x8b, 0x08]) }, // gzip
  { format: 'compressed', offset: 0, magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) }, // xz
  { format: 'compressed', offset: 0, magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) }, // zstd
  { format: 'compressed', offset: 0, magic: latin('PK\u0003\u0004') }, // zip, ova parts
];

export const QCOW_MAGIC = 0x514649fb; // "QFI\xfb"
/** Where ISO 9660 keeps its first volume descriptor: sector 16 of 2048 bytes, one byte of type, then CD001. */
export const ISO_MAGIC_OFFSET = 32769;

/** `head`: the first 64 KiB or less. `tail`: the last 512 bytes. */
export function detectFormat(head: Buffer, tail: Buffer): DetectedFormat {
  if (head.length >= 8 && head.readUInt32BE(0) === QCOW_MAGIC) return head.readUInt32BE(4) >= 2 ? 'qcow2' : 'qcow';
  for (const known of MAGICS) if (at(head, known.offset, known.magic)) return known.format;
  if (at(tail, 0, latin('conectix'))) return 'vhd'; // a fixed VHD has only a footer
  if (at(tail, 0, latin('koly'))) return 'dmg';
  if (at(head, ISO_MAGIC_OFFSET, latin('CD001'))) return 'iso';
  return 'unknown';
}
