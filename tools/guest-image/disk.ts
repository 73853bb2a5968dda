// From a root directory to a bootable disk: MBR, GRUB core behind it, one ext4 partition. No mounts, no loop devices, no root.
import { closeSync, copyFileSync, createReadStream, createWriteStream, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { run } from './process.ts';
import type { System } from './system.ts';

const MiB = 1024 * 1024;
const SECTOR = 512;
const PARTITION_START = 2048; // sectors: 1 MiB, the usual gap, where GRUB's core fits
export const DISK_BYTES = 192 * MiB;

/** Without root the files of the partition belong to the builder; debugfs gives them to root inside the image. */
async function giveToRoot(root: string, image: string, commands: string): Promise<void> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => lstatSync(path.join(root, f)).uid !== 0);
  writeFileSync(commands, names.flatMap((f) => [`sif "/${f}" uid 0`, `sif "/${f}" gid 0`]).join('\n'));
  await run('debugfs', ['-w', '-f', commands, image]);
}

function mbr(bootCode: Buffer, sectors: number): Buffer {
  const out = Buffer.alloc(SECTOR);
  bootCode.copy(out, 0, 0, 440);
  out.writeUInt32LE(0x6564_7563, 440); // disk signature: "cude", fixed so that builds are alike
  out.writeUInt8(0x80, 446); // bootable
  out.fill(0xff, 447, 450); // CHS: "use LBA"
  out.writeUInt8(0x83, 450); // Linux
  out.fill(0xff, 451, 454);
  out.writeUInt32LE(PARTITION_START, 454);
  out.writeUInt32LE(sectors - PARTITION_START, 458);
  out.writeUInt16LE(0xaa55, 510);
  return out;
}

/** Returns the path of a sparse raw disk. */
export async function buildDisk(work: string, system: System): Promise<string> {
  const disk = path.join(work, 'disk.raw');
  writeFileSync(disk, '');
  truncateSync(disk, DISK_BYTES);
  // mke2fs writes at the partition's offset inside the file.
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^metadata_csum', '-L', 'educloud-root', '-m', '0', '-N', '8192', '-J', 'size=4', '-U', '65647563-6c6f-7564-8000-000000000001',
    '-E', `root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,hash_seed=65647563-6c6f-7564-8000-000000000002,offset=${PARTITION_START * SECTOR}`, '-d', system.root, disk, `${DISK_BYTES / 1024 - PARTITION_START / 2}k`]);
  if (process.getuid?.() !== 0) await giveToRoot(system.root, `${disk}?offset=${PARTITION_START * SECTOR}`, path.join(work, 'owners'));

  const core = path.join(work, 'core.img');
  await run('grub-mkimage', ['-d', system.grubDir, '-O', 'i386-pc', '-o', core, '-p', '(hd0,msdos1)/boot/grub', '-c', path.join(import.meta.dirname, 'grub-disk.cfg'), 'biosdisk', 'part_msdos', 'ext2', 'linux']);
  if (statSync(core).size > (PARTITION_START - 1) * SECTOR) throw new Error('the GRUB core does not fit before the partition');
  const fd = openSync(disk, 'r+');
  try {
    writeSync(fd, mbr(readFileSync(path.join(system.grubDir, 'boot.img')), DISK_BYTES / SECTOR), 0, SECTOR, 0);
    const bytes = readFileSync(core);
    writeSync(fd, bytes, 0, bytes.length, SECTOR);
  } finally {
    closeSync(fd);
  }
  return disk;
}

export async function buildQcow2(raw: string, out: string): Promise<void> {
  await run('qemu-img', ['convert', '-q', '-f', 'raw', '-O', 'qcow2', '--', raw, out]);
}

/** The installation medium: GRUB for El Torito, kernel, installer and the compressed disk. */
export async function buildIso(work: string, system: System, rawDisk: string, out: string): Promise<void> {
  const tree = path.join(work, 'medium');
  mkdirSync(path.join(tree, 'boot'), { recursive: true });
  copyFileSync(system.kernel, path.join(tree, 'boot/vmlinuz'));
  writeFileSync(path.join(tree, 'boot/installer.img'), system.installerInitrd);
  await pipeline(createReadStream(rawDisk, { highWaterMark: MiB }), createGzip({ level: 6 }), createWriteStream(path.join(tree, 'system.img.gz')));
  await run('grub-mkimage', ['-d', system.grubDir, '-O', 'i386-pc-eltorito', '-o', path.join(tree, 'boot/eltorito.img'), '-p', '/boot/grub', '-c', path.join(import.meta.dirname, 'grub-medium.cfg'),
    'biosdisk', 'iso9660', 'part_msdos', 'ext2', 'linux', 'search', 'search_label', 'test', 'normal']);
  await run('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'EDUCLOUD_INSTALL', '-R', '-J', '-b', 'boot/eltorito.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', '-o', out, tree]);
}
