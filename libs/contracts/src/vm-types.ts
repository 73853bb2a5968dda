// VM types: named sizes of a machine, kept by an administrator and chosen by whoever makes one. Changing or deleting one changes no machine.
import { z } from 'zod';

/** Key of a VM type or an OS type: it stands in addresses, on command lines and in messages. */
export const TypeName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u, 'a type name has 1-32 letters, digits and . _ -, and begins with a letter or digit');

/** Of a guest. Less than 96 MiB boots no system we know of. */
export const MemoryMiB = z.number().int().min(96).max(1024 * 1024);
export const Cpus = z.number().int().min(1).max(256);
/** Of the system disk; 0 = as large as its image. */
export const DiskGiB = z.number().int().min(0).max(64 * 1024);

/** Several lines for people; nothing that a terminal or a page would obey. */
export const TypeDescription = z
  .string()
  .max(500)
  .regex(/^(?:\n|[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069])*$/u, 'a description has no control characters, marks of text direction or halves of characters');

const sizes = { memoryMiB: MemoryMiB, cpus: Cpus, diskGiB: DiskGiB };

/** POST /clc/api/1.0/vmtypes */
export const CreateVmType = z.strictObject({ name: TypeName, ...sizes, diskGiB: DiskGiB.default(0), description: TypeDescription.default('') });
export type CreateVmType = z.input<typeof CreateVmType>;

/** PATCH /clc/api/1.0/vmtypes/{name}: what is left out stays. */
export const ModifyVmType = z.strictObject({ ...sizes, description: TypeDescription }).partial();
export type ModifyVmType = z.input<typeof ModifyVmType>;

export const VmTypeView = z.object({
  name: z.string(), memoryMiB: z.number().int(), cpus: z.number().int(), diskGiB: z.number().int(), description: z.string(),
  /** Rises with each change; also the ETag. */
  rev: z.number().int(),
  /** 0: came with the cloud. */
  createdAt: z.number().int(), updatedAt: z.number().int(),
});
export type VmTypeView = z.infer<typeof VmTypeView>;
