// Chooses the disk tool: qemu-img wherever real guests run, the fake beside the fake hypervisor.
import { createFakeDisks, type FakeDiskOptions } from './fake.ts';
import type { DiskTool } from './interface.ts';
import { createQemuImgDisks, type QemuImgOptions } from './qemu-img.ts';

export type DiskChoice = ({ kind: 'fake' } & FakeDiskOptions) | ({ kind: 'qemu-img' } & QemuImgOptions);

export const loadDiskTool = (choice: DiskChoice): DiskTool => (choice.kind === 'fake' ? createFakeDisks(choice) : createQemuImgDisks(choice));
