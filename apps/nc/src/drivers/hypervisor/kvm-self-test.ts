// Whether KVM really runs guests here. A /dev/kvm that is there but hangs costs minutes in libvirt, so a guest of one sector must answer within 3 s.
// Called once per start of the node controller; the answer holds until the next start.
import { say, type Said } from '@educloud/contracts';
import { spawn } from 'node:child_process';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';

export interface KvmVerdict {
  usable: boolean;
  /** For people and /readyz. */
  why: Said;
}

/** mov dx,0xf4 · mov al,0x10 · out dx,al · hlt · jmp: tells isa-debug-exit to end QEMU with (0x10 << 1) | 1. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from([0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
const EXPECTED_EXIT = (0x10 << 1) | 1;

/** Runs the sector under one accelerator. True when the guest answered in time. */
export async function runBootSector({ accel, qemu, dir, limitMs }: { accel: 'kvm' | 'tcg'; qemu: string; dir: string; limitMs: number }): Promise<boolean> {
  await fs.mkdir(dir, { recursive: true });
  const file = path.join(dir, `boot-sector-${process.pid}-${accel}.img`);
  await fs.writeFile(file, bootSector());
  try {
    return await new Promise<boolean>((resolve) => {
      // timeout(1) ends it, not we: a node controller that dies meanwhile must not leave a guest of one sector behind for ever.
      const child = spawn('timeout', ['--signal=KILL', String(limitMs / 1000), qemu, '-accel', accel, '-M', 'pc', '-m', '16', '-nodefaults', '-display', 'none', '-no-reboot',
        '-device', 'isa-debug-exit,iobase=0xf4,iosize=1', '-drive', `file.driver=file,file.filename=${file.replaceAll(',', ',,')},format=raw,if=floppy,readonly=on`], { stdio: 'ignore' });
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === EXPECTED_EXIT));
    });
  } finally {
    await fs.rm(file, { force: true });
  }
}

export async function kvmSelfTest({ dir, device = '/dev/kvm', qemu = 'qemu-system-x86_64', limitMs = 3000 }: { dir: string; device?: string; qemu?: string; limitMs?: number }): Promise<KvmVerdict> {
  try {
    await fs.access(device, constants.R_OK | constants.W_OK);
  } catch (e) {
    const missing = (e as NodeJS.ErrnoException).code === 'ENOENT';
    return { usable: false, why: say(missing ? 'kvmAbsent' : 'kvmForbidden', { device }) };
  }
  const usable = await runBootSector({ accel: 'kvm', qemu, dir, limitMs });
  return usable
    ? { usable: true, why: say('kvmPasses') }
    : { usable: false, why: say('kvmFails', { device, seconds: limitMs / 1000 }) };
}
