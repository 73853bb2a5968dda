// The REST shapes of an image build: how it is begun, what its steps take. Its jobs are in ./jobs. `image/modify` is the same build with dst = src.
import { z } from 'zod';
import { ImageName, ImageUsage } from './images.ts';
import { Cpus, MemoryMiB, TypeName } from './vm-types.ts';

/** POST /clc/api/1.0/image/create/task/begin/{srcid}. With `blankBytes` the source must be a medium (ISO). */
export const BeginImageCreate = z.strictObject({
  name: ImageName,
  description: z.string().max(2000).default(''),
  usage: ImageUsage.exclude(['medium']).optional(),
  ostype: TypeName.optional(),
  srcVersion: z.number().int().positive().optional(),
  blankBytes: z.number().int().min(1024 * 1024).optional(),
  /** Sizes of the guest; `memoryMiB` and `cpus` go before it. Without any: the default of the OS type. */
  vmType: TypeName.optional(),
  memoryMiB: MemoryMiB.optional(),
  cpus: Cpus.optional(),
  /** Pin to one node or cluster, by id or name. */
  node: z.string().max(63).optional(),
  cluster: z.string().max(63).optional(),
});
export type BeginImageCreate = z.input<typeof BeginImageCreate>;

/** POST /clc/api/1.0/image/modify/task/begin/{srcid} */
export const BeginImageModify = BeginImageCreate.omit({ name: true, usage: true, ostype: true, blankBytes: true, description: true });
export type BeginImageModify = z.input<typeof BeginImageModify>;

/** Body of a stop, of a build as of an instance. `graceSeconds` absent: as long as the cloud controller is set to. */
export const StopBody = z.strictObject({ graceSeconds: z.number().int().min(0).max(3600).optional(), force: z.boolean().default(false) });
export type StopBody = z.input<typeof StopBody>;
/** Of what is asked without more words: the other steps of a build, most actions on an instance. */
export const EmptyBody = z.strictObject({});
