// What a person changes on the disk of a running guest: a mark nobody else ever writes. It is synced before anybody believes in it.
import { open } from 'node:fs/promises';
import path from 'node:path';
import { guestOf } from '../../support/libvirt-guest.ts';
import type { Workplace } from '../rig/interface.ts';

const BOOT_MS = 120_000;

/** @param turn how many marks the disk has already: each gets a place of its own */
export async function writeMark(node: Workplace['nodes'][number], insId: string, mark: string, turn: number): Promise<void> {
  if (!node.libvirtUri) return onFakeDisk(path.join(node.dataDir, 'instances', insId, 'disk.qcow2'), mark, turn);
  const guest = guestOf(node.libvirtUri, insId);
  await guest.booted(BOOT_MS);
  await guest.write(`/root/mark-${turn}`, mark);
}

/** The disk of a fake guest is a plain file; its last blocks are data. */
async function onFakeDisk(file: string, mark: string, turn: number): Promise<void> {
  const disk = await open(file, 'r+');
  try {
    const bytes = Buffer.from(mark);
    await disk.write(bytes, 0, bytes.length, (await disk.stat()).size - 4096 * (turn + 1));
    await disk.sync();
  } finally {
    await disk.close();
  }
}
