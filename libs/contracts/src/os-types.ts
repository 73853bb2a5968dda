// OS types: what a kind of guest system needs from the virtual hardware. Rows that an administrator keeps; images name one.
import { z } from 'zod';
import { AUDIO_MODELS, DISK_BUSES, NIC_MODELS, VIDEO_MODELS } from './hardware.ts';
import { ImageName } from './images.ts';
import { TypeName } from './vm-types.ts';

const hardware = {
  diskBus: z.enum(DISK_BUSES),
  nicModel: z.enum(NIC_MODELS),
  video: z.enum(VIDEO_MODELS),
  audio: z.enum(AUDIO_MODELS),
  /** Guests of this type keep local time in the hardware clock. */
  localtime: z.boolean(),
};

/** The virtual hardware of a guest, as its node is told. QEMU takes every combination (test/integration/hypervisor.test.ts). */
export const GuestHardware = z.object(hardware);
export type GuestHardware = z.infer<typeof GuestHardware>;

/** SATA needs the AHCI of the newer board q35; IDE exists only on the older one. */
export const boardOf = ({ diskBus }: Pick<GuestHardware, 'diskBus'>): 'pc' | 'q35' => (diskBus === 'sata' ? 'q35' : 'pc');

/** What guests were given by name before there were rows: for messages that bring no hardware. */
export const OS_HARDWARE = {
  linux: { diskBus: 'virtio', nicModel: 'virtio', video: 'vga', audio: 'none', localtime: false },
  windows: { diskBus: 'sata', nicModel: 'e1000e', video: 'vga', audio: 'none', localtime: true },
  other: { diskBus: 'ide', nicModel: 'e1000', video: 'vga', audio: 'none', localtime: false },
} as const satisfies Record<string, GuestHardware>;

const fields = { title: ImageName, ...hardware, /** Size of a machine when nobody gives another. */ defaultVmType: TypeName };

/** POST /clc/api/1.0/ostypes */
export const CreateOsType = z.strictObject({ name: TypeName, ...fields, audio: hardware.audio.default('none'), localtime: hardware.localtime.default(false) });
export type CreateOsType = z.input<typeof CreateOsType>;

/** PATCH /clc/api/1.0/ostypes/{name}: what is left out stays. */
export const ModifyOsType = z.strictObject(fields).partial();
export type ModifyOsType = z.input<typeof ModifyOsType>;

export const OsTypeView = z.object({
  name: z.string(), title: z.string(), ...hardware, defaultVmType: z.string(),
  /** Of the default VM type, as it is now. */
  defaultMemoryMiB: z.number().int(), defaultCpus: z.number().int(),
  /** Rises with each change; also the ETag. */
  rev: z.number().int(),
  /** 0: came with the cloud. */
  createdAt: z.number().int(), updatedAt: z.number().int(),
});
export type OsTypeView = z.infer<typeof OsTypeView>;
