// What each kind of guest system needs from the virtual hardware. The editable table comes with the instances.
import { z } from 'zod';

export const OsType = z.enum(['linux', 'windows', 'other']);
export type OsType = z.infer<typeof OsType>;

export interface OsHardware {
  diskBus: 'virtio' | 'sata' | 'ide';
  nicModel: 'virtio' | 'e1000e' | 'e1000';
  video: 'virtio' | 'qxl' | 'vga';
  /** Guests of this type keep local time in the hardware clock. */
  localtime: boolean;
  defaultMemoryMiB: number;
  defaultCpus: number;
}

export const OS_HARDWARE: Readonly<Record<OsType, OsHardware>> = {
  linux: { diskBus: 'virtio', nicModel: 'virtio', video: 'vga', localtime: false, defaultMemoryMiB: 512, defaultCpus: 1 },
  windows: { diskBus: 'sata', nicModel: 'e1000e', video: 'vga', localtime: true, defaultMemoryMiB: 4096, defaultCpus: 2 },
  other: { diskBus: 'ide', nicModel: 'e1000', video: 'vga', localtime: false, defaultMemoryMiB: 1024, defaultCpus: 1 },
};
